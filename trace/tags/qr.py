"""QR codes: a link -> segments -> a matrix -> SVG, PNG, a 1-bit stencil or terminal text (ISO/IEC 18004).

The text of a printed code is cut into segments here, explicitly, and never by a library's guess: a library that
packs the whole link as bytes needs version 11 where these segments need version 7.

    https://                             byte          lower case: phones exist that don't open `HTTPS://`
    ID.OCOP.VN/01/09521234543213/10/…    alphanumeric  host and path in upper case, 5.5 bits a character
    ?s=                                  byte
    014059209110767152596770424815…      numeric       162 digits, 3.33 bits each

The case of a host means nothing (RFC 3986, 3.2.2) and the path is upper case by itself. Error correction is always
level M. In bits, with n characters of host and path (a port counts as host):

    76 + (13 + 5.5 n) + 36 + 554     7-M holds 992 bits:  n <= 56     8-M holds 1232:  n <= 100

so a printed code is version 7-M (45 modules) while host and path have at most 56 characters and 8-M (49 modules)
beyond; `printed_version` checks that and refuses what 8-M can't hold. Shorter ones are not drawn smaller than 7-M,
so that all labels are laid out alike. Texts that are no printed code (a catalogue
link, a link with the 90 characters of an NFC tag) get segments by the same rule, `version_of` finds their version.

Example: `https://ID.OCOP.VN/01/09521234543213/10/L2609A/21/000012?s=` and 162 digits: n = 48, version 7.

A *stencil* is the matrix without quiet zone: rows from the top, each row packed into bytes, most significant bit
first, padded with 0; 1 is dark. Everything that draws leaves a quiet zone of 4 modules (ISO/IEC 18004, 9.1).
"""

import re
import struct
import zlib
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache
from html import escape
from itertools import groupby

from qrcode.base import rs_blocks
from qrcode.constants import ERROR_CORRECT_M
from qrcode.main import QRCode
from qrcode.util import QRData

QUIET_ZONE = 4
TOKEN_DIGITS = 162
SMALL_VERSION, LARGE_VERSION = 7, 8
SMALL_LIMIT, LARGE_LIMIT = 56, 100

ALPHANUMERIC = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"

_MAX_VERSION = 40
_LINK = re.compile(r"(https?://)([^?#]*)(.*)", re.DOTALL)
_TOKEN_QUERY = re.compile(rf"\?s=([0-9]{{{TOKEN_DIGITS}}})")
_ORIGIN = re.compile(r"(https?)://([A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?/?")
_PATH = re.compile(r"(/[A-Z0-9.-]+)+")
_PAST_ALPHANUMERIC = re.compile(f"[^{re.escape(ALPHANUMERIC)}]")
_MAX_SCALE = 64


class QRError(Exception):
    """A text that can't become the wanted symbol. The message says what was expected and got."""

    def __init__(self, what: str, expected: str, got: str) -> None:
        super().__init__(f"{what}: expected {expected}, got {got}")
        self.what = what
        self.expected = expected
        self.got = got


class Mode(IntEnum):
    """Segment modes with their 4-bit indicators (ISO/IEC 18004, table 2)."""

    NUMERIC = 1
    ALPHANUMERIC = 2
    BYTE = 4


# Bits of the character count by mode, for versions 1..9, 10..26 and 27..40 (ISO/IEC 18004, table 3).
_COUNT_BITS = {Mode.NUMERIC: (10, 12, 14), Mode.ALPHANUMERIC: (9, 11, 13), Mode.BYTE: (8, 16, 16)}


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of ASCII text and the mode it is packed in."""

    mode: Mode
    text: str

    def bits(self, version: int) -> int:
        """Size in a symbol of that version: mode indicator, character count, data."""
        length = len(self.text)
        if self.mode is Mode.NUMERIC:
            data = 10 * (length // 3) + (0, 4, 7)[length % 3]
        elif self.mode is Mode.ALPHANUMERIC:
            data = 11 * (length // 2) + 6 * (length % 2)
        else:
            data = 8 * length
        return 4 + count_bits(self.mode, version) + data


@dataclass(frozen=True, slots=True)
class Matrix:
    """A symbol: `rows[y][x]` is true where the module is dark, without quiet zone. `size` modules a side."""

    version: int
    rows: tuple[tuple[bool, ...], ...]

    @property
    def size(self) -> int:
        return len(self.rows)


def count_bits(mode: Mode, version: int) -> int:
    """Bits of the character count indicator of a mode in a version."""
    return _COUNT_BITS[mode][0 if version < 10 else 1 if version < 27 else 2]


@lru_cache(maxsize=_MAX_VERSION)
def capacity_bits(version: int) -> int:
    """Data bits of a version 1..40 at level M (ISO/IEC 18004, table 7)."""
    return 8 * sum(int(block.data_count) for block in rs_blocks(version, ERROR_CORRECT_M))


def print_link(public_url: str, identifier_path: str, s_digits: str) -> str:
    """The text of a printed code: `https://HOST/PATH?s=DIGITS`.

    `public_url` is a scheme in lower case, a host and perhaps a port (`http://127.0.0.1:8000`), `identifier_path`
    is canonical (`/01/09521234543213/10/L2609A/21/000012`), `s_digits` are the 162 digits of a token. Raises
    `QRError` for anything else.
    """
    origin = _ORIGIN.fullmatch(public_url)
    if origin is None:
        raise QRError("public address", "https://host, perhaps with :port, in ASCII", repr(public_url))
    if not _PATH.fullmatch(identifier_path):
        raise QRError("identifier path", "/KEY/VALUE… of A-Z, 0-9, '-' and '.'", repr(identifier_path))
    if len(s_digits) != TOKEN_DIGITS or not (s_digits.isascii() and s_digits.isdigit()):
        raise QRError("token", f"{TOKEN_DIGITS} digits", f"{len(s_digits)} characters")
    scheme, host, port = origin.groups(default="")
    return f"{scheme}://{host.upper()}{port}{identifier_path}?s={s_digits}"


def segments(link: str) -> tuple[Segment, ...]:
    """Cut a text into segments; their texts joined are exactly `link`.

    Scheme, query and whatever has a character outside the alphanumeric set go as bytes, host and path as
    alphanumeric when they can, the digits of a token as numbers. Raises `QRError` for an empty text and for
    characters outside ASCII: byte segments have no agreed character set beyond it.
    """
    if not link or not link.isascii():
        raise QRError("text of a code", "ASCII, not empty", repr(link))
    found = _LINK.fullmatch(link)
    if found is None:
        pieces = [_plain(link)]
    else:
        scheme, place, query = found.groups()
        host, slash, path = place.partition("/")
        pieces = [Segment(Mode.BYTE, scheme), _plain(host), _plain(slash + path), *_query(query)]
    runs = groupby((piece for piece in pieces if piece.text), key=lambda piece: piece.mode)
    return tuple(Segment(mode, "".join(piece.text for piece in run)) for mode, run in runs)


def version_of(parts: tuple[Segment, ...]) -> int:
    """The smallest version that holds the segments at level M: 7..40 with a token, else 1..40.

    Raises `QRError` when none does.
    """
    has_token = any(part.mode is Mode.NUMERIC for part in parts)
    for version in range(SMALL_VERSION if has_token else 1, _MAX_VERSION + 1):
        bits = sum(part.bits(version) for part in parts)
        if bits <= capacity_bits(version):
            return version
    raise QRError("text of a code", f"at most {capacity_bits(_MAX_VERSION)} bits", f"{bits} bits")


def printed_version(link: str) -> int:
    """7 or 8: the version of a code that is printed on goods. Raises `QRError` when the link is none.

    Host and path of at most 56 characters give 7-M, at most 100 give 8-M; longer ones are refused, because a
    larger symbol can't be read at the sizes that labels have.
    """
    found = _LINK.fullmatch(link)
    if found is None or not _TOKEN_QUERY.fullmatch(found[3]):
        raise QRError("printed link", f"https://HOST/PATH?s= and {TOKEN_DIGITS} digits", repr(link[:80]))
    if _PAST_ALPHANUMERIC.search(found[2]):
        raise QRError(
            "printed link", "host and path in upper case (print_link makes them so)", repr(found[2])
        )
    length = len(found[2])
    if length > LARGE_LIMIT:
        raise QRError("host and path", f"at most {LARGE_LIMIT} characters in version 8-M", str(length))
    promised = SMALL_VERSION if length <= SMALL_LIMIT else LARGE_VERSION
    version = version_of(segments(link))
    if version != promised:
        raise QRError("symbol version", f"{promised}-M for {length} characters", f"{version}-M")
    return version


def matrix(parts: tuple[Segment, ...], mask: int | None = None) -> Matrix:
    """The symbol of the segments at level M in its smallest version; the library picks a mask unless given.

    Raises `QRError` when no version holds them or the mask is not 0..7.
    """
    if mask is not None and mask not in range(8):
        raise QRError("mask", "0..7", str(mask))
    version = version_of(parts)
    code: QRCode[object] = QRCode(version=version, error_correction=ERROR_CORRECT_M, mask_pattern=mask)
    for part in parts:
        code.add_data(QRData(part.text.encode("ascii"), mode=int(part.mode)))
    code.make(fit=False)
    return Matrix(version, tuple(tuple(bool(module) for module in row) for row in code.modules))


def stencil(symbol: Matrix) -> bytes:
    """Rows of packed bits, 1 = dark, without quiet zone; `(size + 7) // 8` bytes a row."""
    return b"".join(_packed(row) for row in symbol.rows)


def svg(symbol: Matrix, title: str = "") -> str:
    """An SVG drawing: white ground with quiet zone, all dark modules in one path, no style and no script.

    One unit is one module, so whoever places it decides the size; `title` is what a screen reader says.
    """
    side = symbol.size + 2 * QUIET_ZONE
    path = "".join(
        f"M{x + QUIET_ZONE} {y + QUIET_ZONE}h{length}v1h-{length}z"
        for y, row in enumerate(symbol.rows)
        for x, length in _dark_runs(row)
    )
    label = f' role="img"><title>{escape(title)}</title>' if title else ' aria-hidden="true">'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}" shape-rendering="crispEdges"'
        f'{label}<path fill="#fff" d="M0 0h{side}v{side}H0z"/><path d="{path}"/></svg>'
    )


def png(symbol: Matrix, scale: int = 8) -> bytes:
    """A PNG of 1-bit grey with quiet zone, `scale` pixels (1..64) a module. Raises `QRError` for other scales."""
    if scale not in range(1, _MAX_SCALE + 1):
        raise QRError("scale", f"1..{_MAX_SCALE} pixels a module", str(scale))
    side = (symbol.size + 2 * QUIET_ZONE) * scale
    margin = (False,) * QUIET_ZONE * scale
    blank = b"\x00" + _packed((True,) * side)
    lines = [blank] * (QUIET_ZONE * scale)
    for row in symbol.rows:
        wide = (*margin, *(module for module in row for _ in range(scale)), *margin)
        lines += [b"\x00" + _packed(tuple(not module for module in wide))] * scale
    lines += [blank] * (QUIET_ZONE * scale)
    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        _chunk(kind, data)
        for kind, data in ((b"IHDR", header), (b"IDAT", zlib.compress(b"".join(lines), 9)), (b"IEND", b""))
    )


def terminal(symbol: Matrix, colours: bool = True) -> str:
    """Lines of half-block characters, two rows of modules a line, with quiet zone.

    With `colours` each line sets black on white (ECMA-48), so that it reads on every background; without, it
    supposes light text on a dark ground.
    """
    side = symbol.size + 2 * QUIET_ZONE
    light = (False,) * side
    margin = (False,) * QUIET_ZONE
    rows = [light] * QUIET_ZONE + [(*margin, *row, *margin) for row in symbol.rows] + [light] * QUIET_ZONE
    rows += [light] * (len(rows) % 2)
    glyphs = " ▄▀█" if colours else "█▀▄ "
    before, after = ("\x1b[30;107m", "\x1b[0m") if colours else ("", "")
    lines = (
        "".join(glyphs[2 * upper + lower] for upper, lower in zip(top, bottom, strict=True))
        for top, bottom in zip(rows[::2], rows[1::2], strict=True)
    )
    return "".join(f"{before}{line}{after}\n" for line in lines)


def _plain(text: str) -> Segment:
    return Segment(Mode.BYTE if _PAST_ALPHANUMERIC.search(text) else Mode.ALPHANUMERIC, text)


def _query(text: str) -> tuple[Segment, ...]:
    found = _TOKEN_QUERY.fullmatch(text)
    if found is None:
        return (Segment(Mode.BYTE, text),)
    return Segment(Mode.BYTE, "?s="), Segment(Mode.NUMERIC, found[1])


def _packed(row: tuple[bool, ...]) -> bytes:
    width = -(-len(row) // 8) * 8
    bits = "".join("1" if module else "0" for module in row).ljust(width, "0")
    return int(bits, 2).to_bytes(width // 8, "big")


def _dark_runs(row: tuple[bool, ...]) -> list[tuple[int, int]]:
    """(first module, length) of each run of dark modules."""
    runs, x = [], 0
    for dark, run in groupby(row):
        length = len(tuple(run))
        if dark:
            runs.append((x, length))
        x += length
    return runs


def _chunk(kind: bytes, data: bytes) -> bytes:
    body = kind + data
    return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))
