"""The link on a chip: what is written, what the chip fills in, and what may be written over.

    https://HOST/PATH?s=<90>&m=<14 hex UID>x<6 hex counter>[&c=<16 hex SUN MAC>]

Everything before `&m=` is the static part; the chip overwrites the zeros behind it whenever it is read.

**A wrong chip is never written over.** An empty chip may be written. One that carries a link may be written
only when the static part is the one to be written, or the one it replaces. Content that is no link at all
may be written over only when the writing of this very UID had begun and was cut (`resuming`).

Worked example: the static part of `https://a.vn/P/4VTR0QB4?s=E&m=04DE5F1EACC040x00003D&c=94EED9EE65337086`
is `https://a.vn/P/4VTR0QB4?s=E`.
"""

from dataclasses import dataclass
from typing import Final

from ocop.trace.tags.errors import ChipError, WrongChip
from ocop.trace.tags.ndef import NdefError, decode_uri

MIRROR_MARK, MAC_MARK = "&m=", "&c="
UID_PLACEHOLDER, MAC_PLACEHOLDER = "0" * 14 + "x" + "0" * 6, "0" * 16


class AlreadyWritten(WrongChip):
    """The chip carries something else; `link` is its static part, "" when it is no link."""

    def __init__(self, link: str) -> None:
        got = f"one that already carries {link[:80]!r}" if link else "one with other content"
        super().__init__(f"expected a blank chip, got {got}")
        self.link: Final = link


def static_part(link: str) -> str:
    """A chip link without what the chip itself writes into it."""
    return link.partition(MIRROR_MARK)[0]


def check_base(base: str) -> None:
    """Raises ChipError unless `base` is a link with a query (its code) and without tap data."""
    if MIRROR_MARK in base or MAC_MARK in base or "?" not in base:
        raise ChipError(f"expected a link with its code and without tap data, got {base!r}")


@dataclass(frozen=True, slots=True)
class Content:
    """What stands on a chip: a link as read, nothing (None), or something that is no link (`garbled`)."""

    link: str | None = None
    garbled: bool = False

    @classmethod
    def of(cls, message: bytes | None) -> "Content":
        """From an NDEF message; none and the empty one are nothing. Never raises."""
        if not message:
            return cls()
        try:
            return cls(decode_uri(message))
        except NdefError:
            return cls(garbled=True)

    @property
    def static(self) -> str | None:
        """The static part of the link, None when there is none."""
        return None if self.link is None else static_part(self.link)

    def check_may_become(self, static: str, replaces: str = "", resuming: bool = False) -> None:
        """Raises AlreadyWritten unless this may be written over with a link of that static part."""
        if self.garbled and not resuming:
            raise AlreadyWritten("")
        if self.static is not None and self.static not in (static, replaces):
            raise AlreadyWritten(self.static)
