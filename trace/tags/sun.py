"""SUN: the message authentication code that an NTAG 424 DNA puts into its link at every tap (plain mirror).

Source: NXP NT4H2421Gx rev 3.0 section 9.3, AN12196 rev 1.8.

A link carries `m=<UID, 14 hex>x<counter, 6 hex>` and `c=<MACt, 16 hex>`, upper case, counter most significant
byte first. With SDMMACInputOffset = SDMMACOffset nothing else is under the MAC:

    SV2     3CC3 0001 0080 || UID (7) || counter (3, least significant byte first)      16 bytes, no padding
    Kses    CMAC(K, SV2)            K = key 2 of that chip
    c       bytes 1, 3 .. 15 of CMAC(Kses, "")

The lengths are fixed here: SV2 pads with zeros, so a MAC over a UID alone equals that of counter 000000 and
`06` that of `000006`. A verifier that takes what comes in accepts both.

Worked example: K all zeros, 041E3C8A2D6B80, counter 000006 gives 4B00064004B0B3D3.
"""

import hmac
import re
from typing import Final, NamedTuple

from ocop.trace.tags.errors import ChipError
from ocop.trace.tags.secure import UID_LENGTH, SecureError, cmac

MIRROR_LENGTH: Final = 21
MAC_TEXT_LENGTH: Final = 16
MAX_COUNTER: Final = 0xFFFFFF
_SV2: Final = b"\x3c\xc3\x00\x01\x00\x80"
_MIRROR: Final = re.compile(r"[0-9A-F]{14}x[0-9A-F]{6}", re.ASCII)
_MAC: Final = re.compile(r"[0-9A-F]{16}", re.ASCII)


class SunError(ChipError):
    """Tap data that no chip of ours writes."""


class FalseMac(SunError):
    """The MAC was not made by this key over this UID and counter."""

    def __init__(self) -> None:
        super().__init__("expected the MAC of this chip's key over its UID and counter, got another one")


class Mirror(NamedTuple):
    """What a chip mirrors in plain text: its UID (7 bytes) and its counter (0 to 16,777,215)."""

    uid: bytes
    counter: int

    @classmethod
    def parse(cls, text: str) -> "Mirror":
        """From the value of `m`. Raises SunError for anything but 14 hex digits, `x`, 6 hex digits."""
        if _MIRROR.fullmatch(text) is None:
            raise SunError(f"expected 14 upper-case hex digits, x and 6 more, got {text[:40]!r}")
        return cls(bytes.fromhex(text[:14]), int(text[15:], 16))

    def text(self) -> str:
        """The value of `m`."""
        return f"{self.uid.hex().upper()}x{self.counter:06X}"


def parse_mac(text: str) -> bytes:
    """From the value of `c`, 8 bytes. Raises SunError for anything but 16 upper-case hex digits."""
    if _MAC.fullmatch(text) is None:
        raise SunError(f"expected 16 upper-case hex digits, got {text[:40]!r}")
    return bytes.fromhex(text)


def mac(key: bytes, uid: bytes, counter: int) -> bytes:
    """What the chip with this key 2 answers at this counter, 8 bytes. Raises SecureError, SunError."""
    if len(uid) != UID_LENGTH:
        raise SecureError(f"expected a UID of {UID_LENGTH} bytes, got {len(uid)}")
    if not 0 <= counter <= MAX_COUNTER:
        raise SunError(f"expected a counter of 0 to {MAX_COUNTER}, got {counter}")
    session = cmac(key, _SV2 + uid + counter.to_bytes(3, "little"))
    return cmac(session, b"")[1::2]


def check(key: bytes, uid: bytes, counter: int, presented: bytes) -> None:
    """Raises FalseMac unless `presented` (8 bytes) is the MAC of this key, UID and counter. Constant time."""
    if not hmac.compare_digest(mac(key, uid, counter), presented):
        raise FalseMac
