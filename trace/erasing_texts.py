"""A name or a number in words: found without regard to marks and spaces, and taken out (floor 3, pure).

>>> spans("Bà Nguyễn  Thị Vân kể, gọi 0912.345.678", "nguyen thi van", "+84912345678")
[(3, 18), (27, 39)]
>>> taken_out("Bà Nguyễn  Thị Vân kể", [(3, 18)])
'Bà … kể'
"""

import re
import unicodedata
from collections.abc import Sequence

from ocop.trace.text import fold

HOLE = "…"
Span = tuple[int, int]


def spans(text: str, name: str, phone: str) -> list[Span]:
    """Where a name (any spelling; as whole words) and a number (E.164) stand in a text: from, up to."""
    found = _names(text, name) + _numbers(text, phone)
    return sorted(
        span for span in found if not any(o[0] <= span[0] and span[1] <= o[1] != span[1] for o in found)
    )


def _names(text: str, name: str) -> list[Span]:
    wanted = re.sub(r"[^a-z0-9]+", " ", fold(name)).split()
    if not wanted:
        return []
    letters, places = [" "], [0]
    for place, letter in enumerate(text):
        # The marks of a decomposed letter fold to nothing.
        for bare in re.sub(r"[^\w]", "", fold(letter)) or ("" if unicodedata.combining(letter) else " "):
            letters.append(bare)
            places.append(place)
    letters.append(" ")
    pattern = re.compile(r"(?<=[^\w])" + r"[^\w]+".join(map(re.escape, wanted)) + r"(?=[^\w])")
    return [(places[m.start()], places[m.end() - 1] + 1) for m in pattern.finditer("".join(letters))]


def _numbers(text: str, phone: str) -> list[Span]:
    local = phone.removeprefix("+84")
    if not local:
        return []
    digits = r"[\s.\-()]*".join(local)
    pattern = re.compile(rf"(?<!\d)(?:(?:\+|00)?84[\s.\-()]*0?|0)[\s.\-()]*{digits}(?!\d)", re.ASCII)
    return [match.span() for match in pattern.finditer(text)]


def taken_out(text: str, places: Sequence[Span]) -> str:
    """The text with a mark of omission in these places. Places that lie outside of it are left alone."""
    for start, end in sorted(places, reverse=True):
        if 0 <= start < end <= len(text):
            text = text[:start] + HOLE + text[end:]
    return text


def flat(by_text: Sequence[Sequence[Span]]) -> tuple[int, ...]:
    """The places of several texts as one row of numbers: which text, from, up to."""
    return tuple(n for number, places in enumerate(by_text) for span in places for n in (number, *span))


def unflat(numbers: Sequence[int]) -> dict[int, list[Span]]:
    """The opposite of `flat`."""
    found: dict[int, list[Span]] = {}
    for at in range(0, len(numbers) - 2, 3):
        found.setdefault(numbers[at], []).append((numbers[at + 1], numbers[at + 2]))
    return found
