"""A sheet that was begun, a printer that is off, a roll of any size: from the page to the paper."""

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import zxingcpp
from ocop.trace.api.rooms.batch_printer import mm_of
from ocop.trace.keeping import backup, restore
from ocop.trace.pages.labels import find_stock
from ocop.trace.registry.store import open_store
from ocop.trace.registry.tables import AuditEntry, PrinterShift
from PIL import Image
from sqlmodel import select

BATCH = "/studio/products/09521234543213/batches/L2609A"
FIELDS = {"ticket": "t1", "first": "1", "last": "3", "form": "pdf", "stock": "a4-21"}
Studio = Any
DPI = 150


def words(response: Any) -> str:
    return " ".join(re.sub(r"<[^>]*>", " ", response.text).split())


def places(pdf: bytes, folder: Path) -> list[tuple[float, float]]:
    """Where the codes of the first page lie: middle from the left and from the top, mm."""
    (folder / "sheet.pdf").write_bytes(pdf)
    command = [
        "pdftoppm",
        "-r",
        str(DPI),
        "-gray",
        "-png",
        "-singlefile",
        folder / "sheet.pdf",
        folder / "page",
    ]
    subprocess.run(command, check=True, capture_output=True)
    with Image.open(folder / "page.png") as image:
        found = zxingcpp.read_barcodes(image, formats=zxingcpp.BarcodeFormat.QRCode)
    mm = 25.4 / DPI
    middles = [
        (
            (code.position.top_left.x + code.position.bottom_right.x) / 2 * mm,
            (code.position.top_left.y + code.position.bottom_right.y) / 2 * mm,
        )
        for code in found
    ]
    return sorted(middles, key=lambda at: (round(at[1] / 10), at[0]))


def test_printing_goes_on_where_the_sheet_was_left(studio: Studio, tmp_path: Path) -> None:
    studio.shop.issue()
    got = studio.person().post(f"{BATCH}/labels", {**FIELDS, "begin": "6"})
    assert got.status_code == 200
    stock, found = find_stock("a4-21"), places(got.content, tmp_path)
    assert len(found) == 3
    for position, (x, y) in zip((5, 6, 7), found, strict=True):
        left, bottom = stock.corner(position)
        assert left < x < left + stock.width
        assert 297 - bottom - stock.height < y < 297 - bottom


def test_the_shift_moves_the_print_and_is_remembered_for_the_maker(studio: Studio, tmp_path: Path) -> None:
    studio.shop.issue()
    maker = studio.person()
    plain = places(maker.post(f"{BATCH}/labels", FIELDS).content, tmp_path)
    shifted = {**FIELDS, "ticket": "t2", "first": "4", "last": "6", "dx": "2,5", "dy": "-1"}
    moved = places(maker.post(f"{BATCH}/labels", shifted).content, tmp_path)
    for (x, y), (x_, y_) in zip(plain, moved, strict=True):
        assert x_ - x == pytest.approx(2.5, abs=0.4)
        assert y_ - y == pytest.approx(1.0, abs=0.4)
    page = maker.get(f"{BATCH}/labels").text
    assert re.search(r'name="dx"[^>]* value="2,5"', page)
    assert re.search(r'name="dy"[^>]* value="-1"', page)
    kept = {**FIELDS, "ticket": "t3", "first": "7", "last": "9"}
    assert places(maker.post(f"{BATCH}/labels", kept).content, tmp_path) == moved
    with studio.store.read() as session:
        assert [row.what for row in session.exec(select(AuditEntry)).all()].count("sheet.shift") == 1


def test_the_test_sheet_is_printed_as_the_rest_will_be(studio: Studio, tmp_path: Path) -> None:
    studio.shop.issue()
    maker = studio.person()
    sent = {"ticket": "t1", "stock": "a4-21", "begin": "20", "dx": "2"}
    found = places(maker.post(f"{BATCH}/labels/test", sent).content, tmp_path)
    stock = find_stock("a4-21")
    assert len(found) == 2
    assert found[0][0] > stock.corner(19)[0]
    assert "1–2" in words(maker.get(f"{BATCH}/labels"))


def test_a_test_sheet_that_misses_is_moved_and_tried_again(studio: Studio, tmp_path: Path) -> None:
    studio.shop.issue()
    maker = studio.person()
    first = places(maker.post(f"{BATCH}/labels/test", {"ticket": "t1"}).content, tmp_path)
    page = maker.get(f"{BATCH}/labels/test").text
    assert re.search(r'name="dx"[^>]* value="0"', page)
    sent = {"ticket": "t2", "again": "1", "stock": "a4-21", "dx": "-2"}
    moved = places(maker.post(f"{BATCH}/labels/test", sent).content, tmp_path)
    assert len(moved) == len(first)
    assert moved[0][0] - first[0][0] == pytest.approx(-2.0, abs=0.4)
    assert re.search(r'name="dx"[^>]* value="-2"', maker.get(f"{BATCH}/labels/test").text)
    assert re.search(r'name="dx"[^>]* value="-2"', maker.get(f"{BATCH}/labels").text)


def test_what_goes_to_a_print_shop_is_not_moved(studio: Studio, tmp_path: Path) -> None:
    studio.shop.issue()
    maker = studio.person()
    maker.post(f"{BATCH}/labels", {**FIELDS, "dx": "3"})
    page = maker.post(
        f"{BATCH}/labels/shop", {**FIELDS, "ticket": "t2", "first": "4", "last": "6", "begin": "5"}
    )
    assert page.status_code == 200
    link = re.search(r"/studio/shop/[A-Za-z0-9_-]+", page.text)
    assert link is not None
    found = places(studio.anybody.post(link[0]).content, tmp_path)
    assert found[0][0] < find_stock("a4-21").corner(0)[0] + 40


def test_a_roll_of_another_size_is_one_label_a_page(studio: Studio) -> None:
    studio.shop.issue()
    sent = {**FIELDS, "stock": "roll", "roll_width": "80", "roll_height": "55"}
    got = studio.person().post(f"{BATCH}/labels", sent)
    assert got.status_code == 200
    assert len(re.findall(rb"/MediaBox ?\[0 0 226\.77\d* 155\.9\d*\]", got.content)) == 3


@pytest.mark.parametrize(
    ("typed", "field", "sentence"),
    [
        ({"begin": "22"}, "begin", "từ 1 đến 21"),
        ({"begin": "0"}, "begin", "từ 1 đến 21"),
        ({"begin": "x"}, "begin", "từ 1 đến 21"),
        ({"stock": "roll-50x30", "begin": "2"}, "begin", "từ 1 đến 1"),
        ({"dx": "9"}, "dx", "nhiều nhất 5"),
        ({"dy": "1e3"}, "dy", "nhiều nhất 5"),
        ({"dy": "nan"}, "dy", "nhiều nhất 5"),
        ({"stock": "roll"}, "roll_width", "chiều rộng"),
        ({"stock": "roll", "roll_width": "12", "roll_height": "12"}, "roll_width", "chiều rộng"),
        ({"stock": "roll", "roll_width": "-50", "roll_height": "3e1"}, "roll_width", "chiều rộng"),
    ],
)
def test_paper_that_there_is_not_is_told_with_what_was_typed(
    studio: Studio, typed: dict[str, str], field: str, sentence: str
) -> None:
    studio.shop.issue()
    maker = studio.person()
    got = maker.post(f"{BATCH}/labels", {**FIELDS, **typed})
    assert got.status_code == 422
    assert sentence in words(got)
    assert f'id="{field}-problem"' in got.text
    for name, value in typed.items():
        if name != "stock":
            assert re.search(rf'name="{name}"[^>]* value="{re.escape(value)}"', got.text)
    with studio.store.read() as session:
        assert session.exec(select(PrinterShift)).all() == []


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0", 0.0),
        ("1,5", 1.5),
        ("−0.25", -0.25),
        ("+5", 5.0),
        ("5,01", None),
        ("", None),
        ("1.234", None),
        ("٣", None),
    ],
    ids=["zero", "comma", "minus sign", "most", "beyond", "nothing", "too fine", "other digits"],
)
def test_millimetres_as_people_type_them(text: str, value: float | None) -> None:
    assert mm_of(text) == value


def test_a_backup_keeps_the_shift(studio: Studio, tmp_path: Path) -> None:
    studio.shop.issue()
    studio.person().post(f"{BATCH}/labels", {**FIELDS, "dx": "1,25"})
    now = studio.running.service.clock()
    backup(studio.store, tmp_path / "kept.zip", now)
    fresh = open_store("", data=tmp_path / "fresh")
    restore(fresh, tmp_path / "kept.zip", now)
    with fresh.read() as session:
        assert [(row.dx, row.dy) for row in session.exec(select(PrinterShift)).all()] == [(125, 0)]
    fresh.close()
