"""What goes wrong with identifiers and links: one class of error, one sentence (floor 0).

`str()` of an error is a whole sentence in lower case, what was expected and what was got, then a hint on a
line of its own. `code` is a short id for programs and tests; it never changes once published.

>>> print(LinkError("check_digit", "check digit 8 at the end of AI 01", "0", "type the number again"))
expected check digit 8 at the end of AI 01, got '0'
hint: type the number again
"""

SHOWN = 60


def shown(value: str) -> str:
    """`value` as one printable ASCII literal of bounded length, fit for a log line or a header.

    >>> shown("l\\u00f4\\n")
    "'l\\\\xf4\\\\n'"
    """
    return ascii(value if len(value) <= SHOWN else value[: SHOWN - 3] + "...")


class LinkError(Exception):
    """A link or identifier that breaks the grammar.

    Args:
        code: short id, e.g. `check_digit`.
        expected: what the grammar asks for at this place, without a full stop.
        got: the offending text as it was received (decoded once); it is shortened and escaped when shown.
        hint: what a person can do about it; may be empty.
    """

    def __init__(self, code: str, expected: str, got: str, hint: str = "") -> None:
        super().__init__(code, expected, got, hint)
        self.code = code
        self.expected = expected
        self.got = got
        self.hint = hint

    def __str__(self) -> str:
        sentence = f"expected {self.expected}, got {shown(self.got)}"
        return f"{sentence}\nhint: {self.hint}" if self.hint else sentence
