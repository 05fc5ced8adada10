"""Many printed codes at once: the symbols of `qr`, 256 at a time in numpy (ISO/IEC 18004).

`stencils(links)` gives for each link the same bytes as `qr.stencil(qr.matrix(qr.segments(link), mask))`, only without
a loop in Python over bits. All links of a call have one structure: the same segments with the same lengths, as the
links of one batch do. Versions 1..9, in which the character counts have one width.

1. bits        characters -> numbers of 8, 10 or 11 bits -> one row of bits per code, padded to the data capacity
2. words       data bytes, and the Reed-Solomon bytes of each block by a table of 256 multiples of the generator
3. symbol      data and check bits, interleaved, taken into their modules by one index; a row is one 64-bit number
4. mask        the eight masks are XORed in, each result scored by the four rules, the lowest kept

Step 4 in words of 64 bits makes the choice of the standard cost about as much as the rest of the symbol, so there is
no need for the shortcut of a fixed mask: the mask doesn't matter for reading, but a symbol made by the book needs no
excuse. Which one `qrcode` would take differs now and then: it scores other details; the content is the same.

Example: 300 links of a batch, version 7: 300 stencils of 45 rows of 6 bytes, 270 bytes each.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from ocop.trace.tags.qr import (
    ALPHANUMERIC,
    QUIET_ZONE,
    Mode,
    QRError,
    Segment,
    capacity_bits,
    count_bits,
    segments,
    version_of,
)
from ocop.trace.tags.qr_frame import MAX_VERSION, WORD, Bits, Rows, frame_of

Points = NDArray[np.int64]

CHUNK = 256


_PAD_BYTES = (0xEC, 0x11)
_FIELD = 0x11D


@dataclass(frozen=True, slots=True)
class Stencils:
    """The symbols of a call: their version, modules a side, and for each link its packed rows and its mask."""

    version: int
    size: int
    rows: tuple[bytes, ...]
    masks: tuple[int, ...]


def stencils(links: Sequence[str], mask: int | None = None) -> Stencils:
    """The symbols of links of one structure; without `mask` each gets the best of the eight.

    Raises `QRError` when there is none, when they differ in structure, or when they need more than version 9.
    """
    if not links:
        raise QRError("links", "at least one", "none")
    if mask is not None and mask not in range(8):
        raise QRError("mask", "0..7", str(mask))
    parts = segments(links[0])
    version = version_of(parts)
    if version > MAX_VERSION:
        raise QRError("bulk symbol", f"version 1..{MAX_VERSION}", str(version))
    characters = _characters(links, parts)
    rows: list[bytes] = []
    masks: list[int] = []
    for start in range(0, len(links), CHUNK):
        words = _words(_data_bits(characters[start : start + CHUNK], parts, version), version)
        drawn, chosen = _drawn(words, version, mask)
        rows += drawn
        masks += chosen
    return Stencils(version, 17 + 4 * version, tuple(rows), tuple(masks))


def _characters(links: Sequence[str], parts: tuple[Segment, ...]) -> Bits:
    """(links, length) ASCII codes; every link is held against the modes of the first one's segments."""
    length = len(links[0])
    for link in links:
        if len(link) != length or not link.isascii():
            raise QRError("links of one call", f"{length} ASCII characters like the first", repr(link))
    codes = np.frombuffer("".join(links).encode("ascii"), np.uint8).reshape(len(links), length)
    start = 0
    for part in parts:
        piece = codes[:, start : start + len(part.text)]
        wrong = np.flatnonzero((_allowed(part.mode)[piece] == 0).any(axis=1))
        if wrong.size:
            raise QRError("links of one call", "segments like the first", repr(links[int(wrong[0])]))
        start += len(part.text)
    return codes


@cache
def _allowed(mode: Mode) -> Bits:
    """(256,) 1 where a character may stand in a segment of that mode."""
    table = np.zeros(256, np.uint8)
    alphabet = {Mode.NUMERIC: ALPHANUMERIC[:10], Mode.ALPHANUMERIC: ALPHANUMERIC}.get(mode)
    table[np.frombuffer(alphabet.encode(), np.uint8) if alphabet else slice(128)] = 1
    return table


@cache
def _alphanumeric_values() -> NDArray[np.uint16]:
    table = np.zeros(256, np.uint16)
    table[np.frombuffer(ALPHANUMERIC.encode(), np.uint8)] = np.arange(len(ALPHANUMERIC))
    return table


# ---- 1. bits


def _data_bits(codes: Bits, parts: tuple[Segment, ...], version: int) -> Bits:
    """(codes, capacity) of 0 and 1: mode, count and data of each segment, terminator, padding."""
    capacity = capacity_bits(version)
    out = np.zeros((len(codes), capacity), np.uint8)
    at = start = 0
    for part in parts:
        length = len(part.text)
        head = int(part.mode) << count_bits(part.mode, version) | length
        width = 4 + count_bits(part.mode, version)
        out[:, at : at + width] = _spread(np.full((1, 1), head, np.uint16), width)
        at += width
        for values, bits in _packs(codes[:, start : start + length], part.mode):
            pieces = _spread(values, bits)
            out[:, at : at + pieces.shape[1]] = pieces
            at += pieces.shape[1]
        start += length
    padding_start = min(-(-(at + 4) // 8) * 8, capacity)
    padding = np.array([_PAD_BYTES[i % 2] for i in range((capacity - padding_start) // 8)], np.uint8)
    out[:, padding_start:] = np.unpackbits(padding)
    return out


def _packs(codes: Bits, mode: Mode) -> list[tuple[NDArray[np.uint16], int]]:
    """The numbers of a segment, as (values (codes, n), bits of each): full groups, then the rest."""
    length = codes.shape[1]
    if mode is Mode.BYTE:
        return [(codes.astype(np.uint16), 8)]
    if mode is Mode.ALPHANUMERIC:
        values = _alphanumeric_values()[codes]
        even = length - length % 2
        packs = [(values[:, 0:even:2] * 45 + values[:, 1:even:2], 11)]
        return [*packs, (values[:, even:], 6)] if length % 2 else packs
    values = codes.astype(np.uint16) - ord("0")
    full = length - length % 3
    packs = [(values[:, 0:full:3] * 100 + values[:, 1:full:3] * 10 + values[:, 2:full:3], 10)]
    if length % 3 == 2:
        packs.append((values[:, full : full + 1] * 10 + values[:, full + 1 :], 7))
    elif length % 3 == 1:
        packs.append((values[:, full:], 4))
    return packs


def _spread(values: NDArray[np.uint16], bits: int) -> Bits:
    """(codes, n) numbers -> (codes, n * bits) of 0 and 1, most significant first."""
    shifts = np.arange(bits - 1, -1, -1, dtype=np.uint16)
    return (values[:, :, None] >> shifts & 1).astype(np.uint8).reshape(len(values), -1)


# ---- 2. words


def _words(bits: Bits, version: int) -> Bits:
    """(codes, total bytes * 8) bits of data and check bytes in the order in which they are placed."""
    frame = frame_of(version)
    data = np.packbits(bits, axis=1)
    pieces, start = [data], 0
    for length in frame.blocks:
        pieces.append(_check_bytes(data[:, start : start + length], frame.check_bytes))
        start += length
    return np.unpackbits(np.concatenate(pieces, axis=1)[:, frame.order], axis=1)


def _check_bytes(data: Bits, count: int) -> Bits:
    """(codes, n) data bytes of one block -> (codes, count): the remainder by the generator polynomial."""
    multiples = _multiples(count)
    remainder = np.zeros((len(data), count + 1), np.uint8)
    for column in data.T:
        remainder[:, :-1] = remainder[:, 1:] ^ multiples[column ^ remainder[:, 0]]
    return remainder[:, :-1]


@cache
def _multiples(count: int) -> Bits:
    """(256, count): every multiple of the generator polynomial (x - 1)(x - 2)(x - 4)… of degree `count`."""
    exponents, logarithms = [0] * 510, [0] * 256
    value = 1
    for power in range(255):
        exponents[power] = exponents[power + 255] = value
        logarithms[value] = power
        value = value << 1 ^ (_FIELD if value & 0x80 else 0)

    def times(a: int, b: int) -> int:
        return exponents[logarithms[a] + logarithms[b]] if a and b else 0

    generator = [1]
    for power in range(count):
        shifted = [*generator, 0]
        scaled = [0, *(times(term, exponents[power]) for term in generator)]
        generator = [a ^ b for a, b in zip(shifted, scaled, strict=True)]
    return np.array([[times(factor, term) for term in generator[1:]] for factor in range(256)], np.uint8)


# ---- 3. symbol


def _drawn(words: Bits, version: int, mask: int | None) -> tuple[list[bytes], list[int]]:
    """Stencils and masks of the codes whose words these are."""
    frame = frame_of(version)
    padded = np.concatenate([words, np.zeros((len(words), 1), np.uint8)], axis=1)
    wanted = slice(None) if mask is None else slice(mask, mask + 1)
    plain = np.stack([_word_rows(padded, frame.across), _word_rows(padded, frame.down)], axis=1)
    # (codes, masks, across and down, size)
    symbols = plain[:, None] ^ frame.flip[wanted] ^ frame.fixed[wanted]
    if mask is None:
        masks = _penalties(symbols, frame.size).argmin(axis=1)
        rows = symbols[np.arange(len(words)), masks, 0]
    else:
        masks = np.full(len(words), mask)
        rows = symbols[:, 0, 0]
    shifted = (rows << np.uint64(QUIET_ZONE)).astype(">u8").view(np.uint8)
    packed = shifted.reshape(len(words), frame.size, 8)[:, :, : -(-frame.size // 8)]
    return [code.tobytes() for code in packed], [int(choice) for choice in masks]


def _word_rows(padded: Bits, index: NDArray[np.intp]) -> Rows:
    """(codes, bits + 1) -> (codes, size) rows of 64 bits."""
    modules = np.take(padded, index, axis=1)
    rows: Rows = np.ascontiguousarray(np.packbits(modules, axis=2)).view(">u8")[:, :, 0].astype(np.uint64)
    return rows


# ---- 4. mask


def _penalties(symbols: Rows, size: int) -> Points:
    """(codes, 8): points of every mask by the four rules of ISO/IEC 18004, 7.8.3.1, the quiet zone being light."""
    field = np.uint64(((1 << size) - 1) << (WORD - QUIET_ZONE - size))
    runs = _run_points(symbols, field) + _run_points(~symbols & field, field)
    blocks = _block_points(symbols[:, :, 0], field)
    dark = np.bitwise_count(symbols[:, :, 0]).sum(axis=2, dtype=np.int64)
    # Rule 4: 10 for every whole 5 % by which the share of dark modules is off one half.
    balance = 10 * (np.abs(20 * dark - 10 * size * size) // (size * size))
    points: Points = runs + blocks + _finder_points(symbols) + balance
    return points


def _run_points(modules: Rows, field: np.uint64) -> Points:
    """Rule 1: a run of 5 or more alike modules in a row or column gives its length - 2."""
    pairs = modules & modules << np.uint64(1)
    fives = pairs & pairs << np.uint64(2) & modules << np.uint64(4) & field
    starts = fives & ~(fives << np.uint64(1))
    counts = np.bitwise_count(fives) + 2 * np.bitwise_count(starts)
    points: Points = counts.sum(axis=(2, 3), dtype=np.int64)
    return points


def _block_points(rows: Rows, field: np.uint64) -> Points:
    """Rule 2: every 2 x 2 square of one colour gives 3."""
    same_across = ~(rows ^ rows << np.uint64(1)) & field & field << np.uint64(1)
    same_down = ~(rows[:, :, 1:] ^ rows[:, :, :-1])
    squares = same_across[:, :, 1:] & same_across[:, :, :-1] & same_down
    points: Points = 3 * np.bitwise_count(squares).sum(axis=2, dtype=np.int64)
    return points


def _finder_points(symbols: Rows) -> Points:
    """Rule 3: dark-light-dark-light-dark as 1:1:3:1:1 beside 4 light modules gives 40."""
    light = ~symbols
    core = symbols
    for step, dark in enumerate((0, 1, 1, 1, 0, 1), start=1):
        core = core & (symbols if dark else light) << np.uint64(step)
    pairs = light & light << np.uint64(1)
    fours = pairs & pairs << np.uint64(2)
    # `core` marks the first module of the pattern, `fours` the first of four light ones.
    found = core & (fours << np.uint64(7) | fours >> np.uint64(4))
    points: Points = 40 * np.bitwise_count(found).sum(axis=(2, 3), dtype=np.int64)
    return points
