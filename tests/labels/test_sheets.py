"""Label sheets as a printer sees them: every code of a page read back and verified, text found, nothing in the way."""

import io
import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import zxingcpp
from ocop.trace.pages.labels import STOCKS, Label, LabelError, LabelText, find_stock, sheet_name, sheets
from ocop.trace.pages.labels_stock import Ruler, Stock, place
from ocop.trace.signing.keys import Signer, Verifier
from ocop.trace.signing.token import Carrier, message, read_token
from PIL import Image

MakeLabels = Callable[..., Iterator[Label]]
Render = Callable[..., np.ndarray]

LONG_NAME = (
    "Nước mắm cá cơm nguyên chất ủ chượp mười hai tháng trong lu sành của làng nghề Vạn Phần, loại đặc biệt"
)
REALM, GTIN = "labels.invalid/tag", "09521234543213"

every_stock = pytest.mark.parametrize("stock", STOCKS.values(), ids=STOCKS)
a4_stock = pytest.mark.parametrize(
    "stock", [s for s in STOCKS.values() if not s.dots], ids=lambda stock: stock.name
)


def printed(stock: Stock, labels: list[Label], **options: object) -> bytes:
    out = io.BytesIO()
    report = sheets(stock, labels, out, total=len(labels), **options)  # type: ignore[arg-type]
    assert report.bytes == len(out.getvalue())
    assert report.labels == len(labels)
    return out.getvalue()


def found_in_order(image: np.ndarray, stock: Stock, dpi: float) -> dict[int, str]:
    """The text of each code by the position of the label on which it lies."""
    dots = dpi / 25.4
    found = {}
    for code in zxingcpp.read_barcodes(image, formats=zxingcpp.BarcodeFormat.QRCode):
        corners = code.position
        x = (corners.top_left.x + corners.bottom_right.x) / 2 / dots
        y = stock.page[1] - (corners.top_left.y + corners.bottom_right.y) / 2 / dots
        for position in range(stock.columns * stock.rows):
            left, bottom = stock.corner(position)
            if left < x < left + stock.width and bottom < y < bottom + stock.height:
                found[position] = code.text
    return found


def verify(text: str, signer: Signer) -> None:
    place_, _, digits = text.partition("?s=")
    lot, serial = re.fullmatch(rf"https://ID\.OCOP\.VN/01/{GTIN}/10/(.+)/21/(\d{{6}})", place_).groups()
    token = read_token(digits)
    assert (token.carrier, token.key_number) == (Carrier.PRINT, signer.number)
    Verifier(signer.public).check(
        token.signature, message(REALM, Carrier.PRINT, signer.number, GTIN, lot, serial)
    )


def assert_quiet(image: np.ndarray, stock: Stock, version: int, positions: range, dpi: float) -> None:
    """Nothing is printed in the 4 modules around each symbol, half a pixel of rendering aside."""
    dots = dpi / 25.4
    made = place(stock, version)
    for position in positions:
        left, bottom = stock.corner(position)
        quiet = [(left + made.quiet.x) * dots, (stock.page[1] - bottom - made.quiet.top) * dots]
        inner = (made.symbol.x - made.quiet.x) * dots
        side = made.quiet.width * dots
        x1, y1 = (int(np.ceil(at)) for at in quiet)
        x2, y2 = (int(at + side) for at in quiet)
        ring = image[max(y1, 0) : y2, max(x1, 0) : x2] < 200
        edge = int(inner) - 1
        ring[edge : len(ring) - edge, edge : ring.shape[1] - edge] = False
        assert not ring.any(), position


@every_stock
def test_every_code_of_a_page_reads_back_in_its_place_and_verifies(
    stock: Stock, make_labels: MakeLabels, render: Render, signer: Signer
) -> None:
    labels = list(make_labels(stock.per_page, name=LONG_NAME))
    image = render(printed(stock, labels))
    found = found_in_order(image, stock, 300)
    assert found == {position: label.link for position, label in enumerate(labels)}
    assert not any("HTTPS" in text for text in found.values())
    for text in found.values():
        verify(text, signer)
    assert_quiet(image, stock, 7, range(stock.per_page), 300)


@pytest.mark.parametrize("name", ["a4-65", "a4-40", "roll-40x30"])
def test_codes_read_back_at_200_dpi_too(name: str, make_labels: MakeLabels, render: Render) -> None:
    stock = find_stock(name)
    labels = list(make_labels(stock.per_page))
    found = found_in_order(render(printed(stock, labels), dpi=200), stock, 200)
    assert found == {position: label.link for position, label in enumerate(labels)}


@pytest.mark.parametrize("name", ["a4-65", "roll-50x30"])
def test_a_version_8_code_fits_the_same_label(name: str, make_labels: MakeLabels, render: Render) -> None:
    stock = find_stock(name)
    labels = list(make_labels(stock.per_page, lot="L2609A-23456789", host="truyxuat.ocop.vn"))
    image = render(printed(stock, labels))
    assert list(found_in_order(image, stock, 300).values()) != []
    assert found_in_order(image, stock, 300) == {
        position: label.link for position, label in enumerate(labels)
    }
    assert_quiet(image, stock, 8, range(stock.per_page), 300)


@a4_stock
def test_the_ruler_of_a_sheet_is_100_mm(stock: Stock, make_labels: MakeLabels, render: Render) -> None:
    dpi = 254  # 10 dots a mm
    data = printed(stock, list(make_labels(1)))
    page = render(data, dpi=dpi) < 160
    lines = page.T if stock.ruler is Ruler.LEFT else page
    longest = max(longest_run(line) for line in lines)
    assert longest == pytest.approx(1000, abs=4)


def longest_run(line: np.ndarray) -> int:
    edges = np.flatnonzero(np.diff(np.concatenate([[0], line.astype(np.int8), [0]])))
    return int((edges[1::2] - edges[::2]).max(initial=0))


def words_of(data: bytes, tmp_path: Path, *options: str) -> str:
    file = tmp_path / "words.pdf"
    file.write_bytes(data)
    done = subprocess.run(["pdftotext", *options, str(file), "-"], check=True, capture_output=True)
    return done.stdout.decode("utf-8")


def test_the_words_of_a_page_can_be_searched_in_vietnamese(make_labels: MakeLabels, tmp_path: Path) -> None:
    stock = find_stock("a4-21")
    data = printed(stock, list(make_labels(22, name="Trà Hương Vân", classifier="bức")))
    text = " ".join(words_of(data, tmp_path).split())
    assert text.count("Quét mã, đọc lời người làm") == 22
    assert text.count("Chỉ tin địa chỉ id.ocop.vn") == 22
    assert text.count("In đúng 100 %: thước này dài 100 mm · Trà Hương Vân · lô L2609A") == 2
    assert "số 1–21 · trang 1/2" in text
    assert "số 22–22 · trang 2/2" in text
    for number in range(1, 23):
        assert f"Bức số {number}/22" in text


def test_each_number_stands_on_the_label_of_its_code(
    make_labels: MakeLabels, tmp_path: Path, render: Render
) -> None:
    stock = find_stock("a4-12")
    data = printed(stock, list(make_labels(stock.per_page)))
    boxes = re.findall(
        r'<word xMin="([\d.]+)" yMin="([\d.]+)" .*?>(\d+)/12</word>', words_of(data, tmp_path, "-bbox")
    )
    codes = found_in_order(render(data), stock, 300)
    for x, y, number in boxes:
        left, top = float(x) * 25.4 / 72, stock.page[1] - float(y) * 25.4 / 72
        on = [
            position
            for position in codes
            if 0 < left - stock.corner(position)[0] < stock.width
            and 0 < top - stock.corner(position)[1] < stock.height
        ]
        assert [codes[position].partition("?")[0][-6:] for position in on] == [f"{int(number):06d}"]
    assert len(boxes) == 12


@every_stock
def test_qpdf_finds_nothing_wrong(stock: Stock, make_labels: MakeLabels, tmp_path: Path) -> None:
    file = tmp_path / "sheet.pdf"
    file.write_bytes(printed(stock, list(make_labels(stock.per_page + 1))))
    done = subprocess.run(["qpdf", "--check", str(file)], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "No syntax or stream encoding errors" in done.stdout


def test_ghostscript_draws_the_codes_as_poppler_does(make_labels: MakeLabels, tmp_path: Path) -> None:
    stock = find_stock("a4-21")
    labels = list(make_labels(21))
    file = tmp_path / "sheet.pdf"
    file.write_bytes(printed(stock, labels))
    picture = tmp_path / "page.png"
    subprocess.run(
        ["gs", "-q", "-dNOPAUSE", "-dBATCH", "-sDEVICE=pnggray", "-r300", f"-sOutputFile={picture}", str(file)],
        check=True, capture_output=True,
    )  # fmt: skip
    found = found_in_order(np.array(Image.open(picture)), stock, 300)
    assert found == {position: label.link for position, label in enumerate(labels)}


def test_the_file_has_a_title_a_language_fonts_and_opens_at_actual_size(
    make_labels: MakeLabels, tmp_path: Path
) -> None:
    file = tmp_path / "sheet.pdf"
    file.write_bytes(printed(find_stock("a4-21"), list(make_labels(1))))
    info = subprocess.run(["pdfinfo", str(file)], check=True, capture_output=True, text=True).stdout
    assert re.search(r"Title: +Tem Trà Hương Vân, lô L2609A\n", info)
    assert "Page size:       595.276 x 841.89 pts (A4)" in info
    fonts = subprocess.run(["pdffonts", str(file)], check=True, capture_output=True, text=True).stdout
    assert len(re.findall(r"BeVietnamPro-\w+ +CID TrueType +Identity-H +yes yes yes", fonts)) == 3
    assert b"/Lang(vi)" in file.read_bytes()
    assert b"/PrintScaling/None" in file.read_bytes()


def test_the_same_labels_give_the_same_bytes(make_labels: MakeLabels) -> None:
    stock = find_stock("a4-40")
    assert printed(stock, list(make_labels(45))) == printed(stock, list(make_labels(45)))


def test_a_partly_used_sheet_starts_at_its_first_free_label(make_labels: MakeLabels, render: Render) -> None:
    stock = find_stock("a4-8")
    labels = list(make_labels(5))
    data = printed(stock, labels, skip=6)
    assert found_in_order(render(data, 1), stock, 300) == {6: labels[0].link, 7: labels[1].link}
    assert found_in_order(render(data, 2), stock, 300) == {at: labels[at + 2].link for at in range(3)}


def test_a_shift_moves_the_whole_sheet(make_labels: MakeLabels, render: Render) -> None:
    stock = find_stock("a4-14")
    labels = list(make_labels(stock.per_page))
    plain = render(printed(stock, labels), dpi=254)
    moved = render(printed(stock, labels, dx=2.0, dy=-3.0), dpi=254)
    assert (np.abs(plain[:-30, :-20].astype(int) - moved[30:, 20:]) > 128).mean() < 0.002


def test_the_code_of_a_whole_batch_prints_as_often_as_asked(make_labels: MakeLabels, tmp_path: Path) -> None:
    (item,) = make_labels(1)
    text = LabelText("Trà Hương Vân", "L2609A", "hộp", None, 0, "id.ocop.vn")
    data = printed(find_stock("a4-21"), [Label(item.link.replace("/21/000001", ""), text)] * 30)
    words = words_of(data, tmp_path)
    assert words.count("Lô L2609A") == 30
    assert "Hộp số" not in words
    assert "21 tem · trang 1/2" in words


def test_labels_of_two_structures_may_share_a_sheet(make_labels: MakeLabels, render: Render) -> None:
    stock = find_stock("a4-8")
    labels = [*make_labels(3), *make_labels(3, lot="L2609A-234567890ABC"), *make_labels(2)]
    assert found_in_order(render(printed(stock, labels)), stock, 300) == {
        position: label.link for position, label in enumerate(labels)
    }


def test_labels_are_taken_as_they_are_printed_and_progress_is_told(make_labels: MakeLabels) -> None:
    taken, told = 0, []

    def counted() -> Iterator[Label]:
        nonlocal taken
        for label in make_labels(700):
            taken += 1
            yield label

    def progress(done: int) -> None:
        told.append((done, taken))

    report = sheets(find_stock("a4-65"), counted(), io.BytesIO(), total=700, progress=progress)
    assert (report.labels, report.pages) == (700, 11)
    assert [done for done, _ in told] == [*range(65, 651, 65), 700]
    assert all(taken - done <= 320 for done, taken in told)


@pytest.mark.parametrize(
    ("total", "got"),
    [(4, "expected 4, got 3"), (2, "expected 2, got more than 2"), (0, "expected at least 1, got 0")],
)
def test_another_number_of_labels_than_announced_is_refused(
    make_labels: MakeLabels, total: int, got: str
) -> None:
    with pytest.raises(LabelError, match=f"labels: {got}"):
        sheets(find_stock("a4-21"), make_labels(3), io.BytesIO(), total=total)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"skip": -1}, r"labels to skip: expected 0\.\.20 on a4-21, got -1"),
        ({"skip": 21}, r"labels to skip: expected 0\.\.20 on a4-21, got 21"),
        ({"dx": 5.1}, "dx: expected a shift of at most 5 mm, got 5.1 mm"),
        ({"dy": float("nan")}, "dy: expected a shift of at most 5 mm, got nan mm"),
    ],
)
def test_options_that_make_no_sheet_are_refused(
    make_labels: MakeLabels, options: dict[str, float], sentence: str
) -> None:
    with pytest.raises(LabelError, match=sentence):
        printed(find_stock("a4-21"), list(make_labels(1)), **options)


@pytest.mark.parametrize(
    "link", ["", "https://ID.OCOP.VN/", "HTTPS", "https://ID.OCOP.VN/01/1?s=" + "0" * 161]
)
def test_a_link_that_is_not_printed_on_goods_is_refused(make_labels: MakeLabels, link: str) -> None:
    (item,) = make_labels(1)
    with pytest.raises(LabelError, match="expected"):
        printed(find_stock("a4-21"), [Label(link, item.text)])


@pytest.mark.parametrize(
    ("name", "lot", "numbers", "file"),
    [
        ("Trà Hương Vân", "L2609A", (1, 300), "tra-huong-van-L2609A-000001-000300.pdf"),
        ("Đậu phộng (rang)", "L-1", (7, 7), "dau-phong-rang-L-1-000007-000007.pdf"),
        ("Trà Hương Vân", "L2609A", (0, 0), "tra-huong-van-L2609A.pdf"),
        ("茶", "L1", (0, 0), "tem-L1.pdf"),
        ("../../etc/passwd", "..", (0, 0), "etc-passwd-lo.pdf"),
    ],
)
def test_a_file_name_is_plain_ascii(name: str, lot: str, numbers: tuple[int, int], file: str) -> None:
    assert sheet_name(name, lot, *numbers) == file


def test_a_file_name_has_an_end() -> None:
    assert len(sheet_name("trà " * 200, "L" * 20, 1, 999_999)) < 110
