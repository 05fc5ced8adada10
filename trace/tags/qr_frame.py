"""What a QR version says before any data, as numpy tables: function patterns, format, masks, order of the modules.

Made once for each version 1..9 and shared by all codes of `qr_bulk`. A row (or column) of modules is one 64-bit
number with the quiet zone on its left: bit 63 - 4 - x is module x, 1 is dark. Version 9 with both quiet zones fills
61 bits; larger ones don't fit, which is why the bulk route ends there.

Source: ISO/IEC 18004:2015, 6.3 (function patterns), 7.7 (placing), 7.8 (masks), 7.9 and 7.10 (format, version).
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from ocop.trace.tags.qr import QUIET_ZONE
from qrcode.base import rs_blocks
from qrcode.constants import ERROR_CORRECT_M
from qrcode.util import pattern_position

MAX_VERSION = 9
WORD = 64

Bits = NDArray[np.uint8]
Rows = NDArray[np.uint64]
Index = NDArray[np.intp]

_FORMAT_GENERATOR, _FORMAT_MASK, _VERSION_GENERATOR = 0x537, 0x5412, 0x1F25
_LEVEL_M = 0b00

# ISO/IEC 18004, table 10: where each mask inverts a module, by row y and column x.
_MASKS: tuple[Callable[[Index, Index], NDArray[np.bool_]], ...] = (
    lambda y, x: (y + x) % 2 == 0,
    lambda y, x: y % 2 == 0,
    lambda y, x: x % 3 == 0,
    lambda y, x: (y + x) % 3 == 0,
    lambda y, x: (y // 2 + x // 3) % 2 == 0,
    lambda y, x: (y * x) % 2 + (y * x) % 3 == 0,
    lambda y, x: ((y * x) % 2 + (y * x) % 3) % 2 == 0,
    lambda y, x: ((y + x) % 2 + (y * x) % 3) % 2 == 0,
)


@dataclass(frozen=True, slots=True)
class Frame:
    """The tables of a version.

    `blocks` are the data bytes of each Reed-Solomon block, each followed by `check_bytes`; `order` says where each
    placed byte stands in all data bytes followed by all check bytes. `across` and `down` (size, 64) give for each
    module of a row (of a column) the index of its bit among the placed bits; one past them stands for a 0.
    `fixed` (8, 2, size) has per mask the rows and columns of function patterns and format, `flip` (8, 2, size)
    what that mask inverts.
    """

    size: int
    blocks: tuple[int, ...]
    check_bytes: int
    order: Index
    across: Index
    down: Index
    fixed: Rows
    flip: Rows


@cache
def frame_of(version: int) -> Frame:
    """The tables of a version 1..9, level M."""
    size = 17 + 4 * version
    function = _function_patterns(version)
    reserved = function >= 0
    blocks = [
        (int(block.data_count), int(block.total_count)) for block in rs_blocks(version, ERROR_CORRECT_M)
    ]
    total_bits = 8 * sum(total for _, total in blocks)
    place = np.full((size, size), total_bits, np.intp)
    for bit, (y, x) in enumerate(_zigzag(reserved)):
        # The last 0..7 modules are remainder bits: 0 before masking.
        place[y, x] = min(bit, total_bits)
    fixed, flip = [], []
    ys, xs = np.indices((size, size))
    for mask, condition in enumerate(_MASKS):
        pattern = np.where(reserved, function, 0).astype(np.uint8)
        for (y, x), bit in _format_modules(mask, size):
            pattern[y, x] = bit
        inverted = (condition(ys, xs) & ~reserved).astype(np.uint8)
        fixed.append([_pack(pattern), _pack(pattern.T)])
        flip.append([_pack(inverted), _pack(inverted.T)])
    return Frame(
        size=size,
        blocks=tuple(data for data, _ in blocks),
        check_bytes=blocks[0][1] - blocks[0][0],
        order=_interleaving(blocks),
        across=_widened(place, total_bits),
        down=_widened(place.T, total_bits),
        fixed=np.array(fixed, np.uint64),
        flip=np.array(flip, np.uint64),
    )


def _interleaving(blocks: list[tuple[int, int]]) -> Index:
    """Where each placed byte stands in (all data bytes, then check bytes block after block)."""
    data_order, start = [], 0
    for number, (data, _) in enumerate(blocks):
        data_order += [(i, number, start + i) for i in range(data)]
        start += data
    check = blocks[0][1] - blocks[0][0]
    check_order = [
        (i, number, start + number * check + i) for number in range(len(blocks)) for i in range(check)
    ]
    return np.array([at for _, _, at in sorted(data_order)] + [at for _, _, at in sorted(check_order)])


def _widened(place: Index, zero: int) -> Index:
    """(size, size) -> (size, 64): a quiet zone on the left, the rest of the word on the right."""
    size = len(place)
    return np.pad(place, ((0, 0), (QUIET_ZONE, WORD - QUIET_ZONE - size)), constant_values=zero)


def _pack(modules: Bits) -> Rows:
    """(size, size) of 0 and 1 -> (size,) rows of 64 bits with their quiet zone."""
    wide = np.pad(modules, ((0, 0), (QUIET_ZONE, WORD - QUIET_ZONE - len(modules))))
    rows: Rows = np.ascontiguousarray(np.packbits(wide, axis=1)).view(">u8")[:, 0].astype(np.uint64)
    return rows


def _zigzag(reserved: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """(y, x) of the data modules in their order: pairs of columns from the right, up and down in turn."""
    size = len(reserved)
    rights = [*range(size - 1, 6, -2), 5, 3, 1]
    return [
        (y, x)
        for turn, right in enumerate(rights)
        for y in (range(size) if turn % 2 else range(size - 1, -1, -1))
        for x in (right, right - 1)
        if not reserved[y, x]
    ]


def _function_patterns(version: int) -> NDArray[np.int8]:
    """(size, size): 1 dark, 0 light, -1 free for data. Format modules are 0 here, their dark module is 1."""
    size = 17 + 4 * version
    out = np.full((size, size), -1, np.int8)
    out[6, :] = out[:, 6] = np.arange(size) % 2 == 0
    for top, left in ((0, 0), (0, size - 7), (size - 7, 0)):
        out[max(top - 1, 0) : top + 8, max(left - 1, 0) : left + 8] = 0
        out[top : top + 7, left : left + 7] = _rings(7)
    centres = [int(centre) for centre in pattern_position(version)]
    for y in centres:
        for x in centres:
            if (y, x) not in {(6, 6), (6, centres[-1]), (centres[-1], 6)}:
                out[y - 2 : y + 3, x - 2 : x + 3] = _rings(5)
    for (y, x), _ in _format_modules(0, size):
        out[y, x] = 0
    out[size - 8, 8] = 1
    if version >= 7:
        word = version << 12 | _remainder(version << 12, _VERSION_GENERATOR)
        for bit in range(18):
            out[bit // 3, size - 11 + bit % 3] = out[size - 11 + bit % 3, bit // 3] = word >> bit & 1
    return out


def _rings(size: int) -> Bits:
    """A dark square ring, a light one inside it, dark inside that."""
    distance = np.abs(np.indices((size, size)) - size // 2).max(axis=0)
    rings: Bits = (distance != size // 2 - 1).astype(np.uint8)
    return rings


def _format_modules(mask: int, size: int) -> list[tuple[tuple[int, int], int]]:
    """((y, x), bit) of both copies of the format information of level M."""
    data = (_LEVEL_M << 3 | mask) << 10
    word = (data | _remainder(data, _FORMAT_GENERATOR)) ^ _FORMAT_MASK
    near = [*((y, 8) for y in (0, 1, 2, 3, 4, 5, 7, 8)), *((8, x) for x in (7, 5, 4, 3, 2, 1, 0))]
    far = [*((8, size - 1 - i) for i in range(8)), *((size - 7 + i, 8) for i in range(7))]
    return [(place, word >> bit & 1) for copy in (near, far) for bit, place in enumerate(copy)]


def _remainder(value: int, generator: int) -> int:
    """Remainder of polynomials over GF(2): the check bits of a BCH code."""
    while value.bit_length() >= generator.bit_length():
        value ^= generator << value.bit_length() - generator.bit_length()
    return value
