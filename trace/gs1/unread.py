"""Links without a GS1 key: which sentence helps the person who sent one (floor 0).

>>> no_key(["gtin", "09521234543213"]).code
'alias'
>>> no_key(["about"]).code
'no_key'
"""

import re
from base64 import urlsafe_b64decode
from collections.abc import Sequence

from ocop.trace.gs1.ai import HOUSE, find
from ocop.trace.gs1.check import check_digit
from ocop.trace.gs1.errors import LinkError

ALIASES = {
    "gtin": "01", "itip": "8006", "gmn": "8013", "cpid": "8010", "shipto": "410", "billto": "411",
    "purchasedfrom": "412", "shipfor": "413", "gln": "414", "payto": "415", "partygln": "417", "gsrnp": "8017",
    "gsrn": "8018", "gcn": "255", "sscc": "00", "gdti": "253", "ginc": "401", "gsin": "402", "grai": "8003",
    "giai": "8004",
}  # fmt: skip
"""The alphabetic key names of the URI syntax before release 1.3, and the application identifiers they stood for."""

_BASE64URL = re.compile(r"[A-Za-z0-9_-]{10,}", re.ASCII)
_EPC = re.compile(r"eh([0-9A-Fa-f]{14,})|ex([A-Za-z0-9_-]{10,})", re.ASCII)
_EPC_HEADERS = frozenset([*range(0x2C, 0x40), *range(0xF0, 0x100)])
"""First byte of an EPC binary string (GS1 EPC Tag Data Standard 2.0)."""
_TABLE_CODE = re.compile(r"[0-9][a-f]", re.ASCII)
_GTIN_BITS = 47


def no_key(segments: Sequence[str]) -> LinkError:
    """The error for a path in which no primary key was found."""
    expected, got = "a GS1 primary key and its value in the path, like /01/09521234543213", "/".join(segments)
    if len(segments) == 1 and looks_compressed(segments[0]):
        return LinkError("compressed", "an uncompressed Digital Link", got, "expand it first: /01/…")
    last = find(segments[-1])
    if last is not None and len(segments) % 2:
        return LinkError("value_missing", f"a value after AI {last.code}", got)
    for segment in segments:
        if segment in ALIASES:
            return LinkError("alias", f"/{ALIASES[segment]}/ in place of /{segment}/", got)
        if segment == HOUSE.lower():
            return LinkError("house_case", "an upper-case /P/ before a product code", got)
    if "1" in segments:
        return LinkError("no_key", expected, got, "application identifiers keep their zero: /01/")
    return LinkError("no_key", expected, got)


def looks_compressed(segment: str) -> bool:
    """Whether a lone segment reads like a compressed link: GS1 Digital Link URI: Compression, 2025 (an EPC binary
    string, `eh` and hex or `ex` and base64url), or its forerunner that 2025 replaced (all base64url).

    An ordinary word is base64url as well. So its first byte must make sense: an EPC header, a primary key, or a
    code of the old optimisation table (a digit and a letter A-F) or AI 01, followed by 47 bits that are a GTIN.
    """
    if epc := _EPC.fullmatch(segment):
        header = int(epc[1][:2], 16) if epc[1] else urlsafe_b64decode(epc[2][:4])[0]
        return header in _EPC_HEADERS
    if not _BASE64URL.fullmatch(segment):
        return False
    start = urlsafe_b64decode(segment[:8] + segment[8:12].ljust(4, "A"))
    first, gtin = start[:2].hex(), int.from_bytes(start[1:7], "big") >> 48 - _GTIN_BITS
    if first[:2] == "01" or _TABLE_CODE.match(first):
        digits = f"{gtin:014d}"
        return len(digits) == 14 and check_digit(digits[:13]) == digits[13]
    return any(_is_key(first[:size]) for size in (2, 3, 4))


def _is_key(code: str) -> bool:
    entry = find(code)
    return entry is not None and entry.key
