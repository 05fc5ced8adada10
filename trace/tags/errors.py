"""What may go wrong between us and a chip: one base class, so that a caller can catch it once.

Every error has one lower-case sentence that says what was expected and what was got, and `hint`, what to do
next (may be empty). `str()` joins both.
"""


class ChipError(Exception):
    """Base of everything the chip codecs and dialogues raise."""

    hint: str = ""

    def __init__(self, sentence: str, hint: str = "") -> None:
        super().__init__(sentence)
        self.sentence = sentence
        if hint:
            self.hint = hint

    def __str__(self) -> str:
        return f"{self.sentence} ({self.hint})" if self.hint else self.sentence


class BadAnswer(ChipError):
    """The chip (or what sits between) answered something that its datasheet does not allow."""

    hint = "hold the chip still on the reader and try again"


class WrongChip(ChipError):
    """A chip that must not be written: wrong type, a copy, too small, locked, written by others."""

    hint = "put this chip aside and take another one"
