"""The bulk route: the same symbols as `qrcode`, masks chosen by the book, read by two independent decoders."""

import random

import cv2
import numpy as np
import pytest
import zxingcpp
from ocop.trace.tags import qr, qr_bulk

PATHS = {
    7: "/01/09521234543213/10/L2609A/21/{:06d}",
    8: "/01/09521234543213/10/L2609A-234567890ABC-X/21/{:06d}",
}
versions = pytest.mark.parametrize("version", PATHS)


def links(version: int, count: int, seed: int = 1) -> list[str]:
    chance = random.Random(seed)
    return [
        qr.print_link(
            "https://id.ocop.vn", PATHS[version].format(number), "".join(chance.choices("0123456789", k=162))
        )
        for number in range(1, count + 1)
    ]


def modules(rows: bytes, size: int) -> np.ndarray:
    return np.unpackbits(np.frombuffer(rows, np.uint8).reshape(size, -1), axis=1)[:, :size].astype(bool)


def picture(symbol: np.ndarray, scale: int = 4) -> np.ndarray:
    return np.where(np.kron(np.pad(symbol, 4), np.ones((scale, scale), bool)), 0, 255).astype(np.uint8)


def penalty(symbol: np.ndarray) -> int:
    """ISO/IEC 18004, 7.8.3.1, written out plainly on strings of modules with their quiet zone."""
    size = len(symbol)
    points = 0
    for line in [*symbol, *symbol.T]:
        text = "".join("1" if module else "0" for module in line)
        for colour in "01":
            runs = [len(run) for run in text.split("10"[int(colour)]) if len(run) >= 5]
            points += sum(3 + length - 5 for length in runs)
        wide = "0000" + text + "0000"
        for x in range(4, 4 + size - 6):
            if wide[x : x + 7] == "1011101" and "0000" in (wide[x - 4 : x], wide[x + 7 : x + 11]):
                points += 40
    squares = symbol[1:, 1:].astype(int) + symbol[1:, :-1] + symbol[:-1, 1:] + symbol[:-1, :-1]
    points += 3 * int(((squares == 0) | (squares == 4)).sum())
    share = 100 * int(symbol.sum()) / size**2
    return points + 10 * int(abs(share - 50) // 5)


@versions
@pytest.mark.parametrize("mask", range(8))
def test_a_bulk_symbol_is_identical_to_the_library_s_at_the_same_mask(version: int, mask: int) -> None:
    texts = links(version, 3, seed=mask)
    made = qr_bulk.stencils(texts, mask)
    assert (made.version, made.size, made.masks) == (version, 17 + 4 * version, (mask,) * 3)
    assert list(made.rows) == [qr.stencil(qr.matrix(qr.segments(text), mask)) for text in texts]


@pytest.mark.parametrize(
    "text",
    ["A", "https://ID.OCOP.VN/", "http://[::1]:8000/P/4VTR0QB4", "x" * 60, "ABC" * 20, "x" * 100, "x" * 120, "x" * 150,
     "x" * 170],
)  # fmt: skip
def test_every_version_up_to_9_and_every_padding_is_identical_to_the_library_s(text: str) -> None:
    made = qr_bulk.stencils([text], 4)
    symbol = qr.matrix(qr.segments(text), 4)
    assert (made.version, made.rows) == (symbol.version, (qr.stencil(symbol),))


@versions
def test_the_chosen_mask_has_the_lowest_penalty_of_the_eight(version: int) -> None:
    texts = links(version, 6, seed=3)
    made = qr_bulk.stencils(texts)
    for text, chosen in zip(texts, made.masks, strict=True):
        points = [penalty(np.array(qr.matrix(qr.segments(text), mask).rows)) for mask in range(8)]
        assert points.index(min(points)) == chosen, points


@versions
def test_a_batch_of_300_reads_back_exactly_in_zxing(version: int) -> None:
    texts = links(version, 300)
    made = qr_bulk.stencils(texts)
    for text, rows in zip(texts, made.rows, strict=True):
        found = zxingcpp.read_barcodes(
            picture(modules(rows, made.size), 3), formats=zxingcpp.BarcodeFormat.QRCode
        )
        assert [one.text for one in found] == [text]


@versions
def test_bulk_symbols_read_back_exactly_in_opencv(version: int) -> None:
    texts = links(version, 40)
    made = qr_bulk.stencils(texts)
    reader = cv2.QRCodeDetectorAruco()
    assert [reader.detectAndDecode(picture(modules(rows, made.size)))[0] for rows in made.rows] == texts


def test_a_chunk_boundary_changes_nothing() -> None:
    texts = links(7, qr_bulk.CHUNK + 1)
    made = qr_bulk.stencils(texts)
    assert len(made.rows) == len(made.masks) == len(texts)
    assert made.rows[-1] == qr_bulk.stencils(texts[-1:]).rows[0]


def test_no_links_are_refused() -> None:
    with pytest.raises(qr.QRError, match="links: expected at least one, got none"):
        qr_bulk.stencils([])


@pytest.mark.parametrize(
    "other",
    ["https://ID.OCOP.VN/", links(8, 1)[0], links(7, 1)[0].replace("L2609A", "l2609a"), links(7, 1)[0][:-1] + "x",
     links(7, 1)[0][:-1] + "٣"],
    ids=["shorter", "longer", "lower case", "a letter in the digits", "not ASCII"],
)  # fmt: skip
def test_links_of_another_structure_are_refused(other: str) -> None:
    with pytest.raises(qr.QRError, match="links of one call: expected"):
        qr_bulk.stencils([*links(7, 2), other])


def test_what_needs_more_than_version_9_is_refused() -> None:
    with pytest.raises(qr.QRError, match=r"bulk symbol: expected version 1\.\.9, got 10"):
        qr_bulk.stencils(["x" * 200])


def test_a_mask_that_does_not_exist_is_refused() -> None:
    with pytest.raises(qr.QRError, match=r"mask: expected 0\.\.7"):
        qr_bulk.stencils(links(7, 1), 8)
