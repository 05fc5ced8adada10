"""Sheets and files: every code decoded and verified, runs on record, one-download links, on both databases."""

import csv
import io
import subprocess
import threading
import zipfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import zxingcpp
from ocop.trace.batching import find, put_on_sale
from ocop.trace.batching_files import Form, form_of
from ocop.trace.batching_sheets import (
    Cancelled,
    Order,
    again,
    make,
    next_numbers,
    runs,
    trial,
    trial_order,
)
from ocop.trace.pages.labels import find_stock
from ocop.trace.printing import PrintedBefore
from ocop.trace.registry.errors import BadValue
from ocop.trace.registry.keystore import KeystoreError
from ocop.trace.registry.keystore_shut import ShutKeystore
from ocop.trace.registry.ledger_store import By, replay
from ocop.trace.scanned import read_uri
from ocop.trace.signing.entries import Why
from ocop.trace.withdrawing import recall, withdraw
from PIL import Image

GTIN = "09521234543213"
NOW = datetime(2026, 11, 23, 4, 5, 6, tzinfo=UTC)
BY = By("chị Hoa", NOW, "lý do", "xin đừng dùng")
Shop = Any


def order(form: Form = Form.PDF, first: int = 1, last: int = 30, **more: Any) -> Order:
    given = {"ticket": f"{form}-{first}-{last}", **more}
    return Order(GTIN, "L2609A", form, find_stock("a4-21"), first, last, **given)


def codes_in(image: Any) -> list[str]:
    return [
        code.text
        for code in zxingcpp.read_barcodes(image, formats=zxingcpp.BarcodeFormat.QRCode)
        if code.text
    ]


def pages_of(pdf: bytes, folder: Path) -> list[Any]:
    (folder / "sheet.pdf").write_bytes(pdf)
    command = ["pdftoppm", "-r", "300", "-gray", "-png", folder / "sheet.pdf", folder / "page"]
    subprocess.run(command, check=True, capture_output=True)
    return [Image.open(path) for path in sorted(folder.glob("page*.png"))]


def drawn(svg: str) -> Any:
    """An SVG of ours as a picture: one unit a module, runs of one row each."""
    import re

    side = int(re.search(r'viewBox="0 0 (\d+) \d+"', svg)[1])  # type: ignore[index]
    picture = Image.new("L", (side, side), 255)
    for x, y, length in re.findall(r"M(\d+) (\d+)h(\d+)v1h-\d+z", svg):
        for column in range(int(x), int(x) + int(length)):
            picture.putpixel((column, int(y)), 0)
    return picture.resize((side * 8, side * 8), Image.Resampling.NEAREST)


def numbers_verified(shop: Shop, links: list[str]) -> list[int]:
    """The numbers of links whose signature holds under the ledger's key."""
    from ocop.trace.signing.token import message

    with shop.store.read() as session:
        state = replay(session)
    found = []
    for link in links:
        scanned = read_uri(link)
        what, token = scanned.identifier, scanned.token
        assert token is not None, scanned.fault
        record = state.keys_for(what.key, token.key_number)
        assert record is not None
        signed = message("ocop.example/tag", token.carrier, token.key_number, what.key, what.lot, what.serial)
        assert record.verifier.holds(token.signature, signed)
        found.append(what.number)
    return sorted(found)


def test_every_code_of_a_sheet_is_read_and_verified(sqlite_shop: Shop, tmp_path: Path) -> None:
    sqlite_shop.issue()
    file = make(sqlite_shop.press, order(), "chị Hoa", NOW)
    assert (file.name, file.media_type) == ("tra-huong-van-L2609A-000001-000030.pdf", "application/pdf")
    found = [text for page in pages_of(file.content, tmp_path) for text in codes_in(page)]
    assert numbers_verified(sqlite_shop, found) == list(range(1, 31))


def test_every_svg_and_png_is_read_and_verified(sqlite_shop: Shop) -> None:
    sqlite_shop.issue()
    for form in (Form.SVG, Form.PNG):
        file = make(sqlite_shop.press, order(form, 1, 12, reprint=form is Form.PNG), "chị Hoa", NOW)
        with zipfile.ZipFile(io.BytesIO(file.content)) as archive:
            names = archive.namelist()
            contents = [archive.read(name) for name in names]
        assert names[0] == f"tra-huong-van-L2609A-000001-000012/000001.{form}"
        pictures = [
            drawn(content.decode()) if form is Form.SVG else Image.open(io.BytesIO(content))
            for content in contents
        ]
        links = [text for picture in pictures for text in codes_in(picture)]
        assert numbers_verified(sqlite_shop, links) == list(range(1, 13))


def test_the_list_is_one_that_spreadsheets_read(sqlite_shop: Shop) -> None:
    sqlite_shop.issue()
    file = make(sqlite_shop.press, order(Form.CSV, 1, 300), "chị Hoa", NOW)
    assert file.content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(file.content.decode("utf-8-sig"))))
    assert rows[0] == ["so", "ten", "lien_ket"]
    assert rows[12][:2] == ["12", "Trà Hương Vân"]
    assert numbers_verified(sqlite_shop, [row[2] for row in rows[1:]]) == list(range(1, 301))


def test_the_code_of_a_whole_batch_is_one_file(sqlite_shop: Shop, tmp_path: Path) -> None:
    sqlite_shop.issue(count=0)
    file = make(sqlite_shop.press, order(Form.PNG, 0, 0), "chị Hoa", NOW)
    with zipfile.ZipFile(io.BytesIO(file.content)) as archive:
        (name,) = archive.namelist()
        (link,) = codes_in(Image.open(io.BytesIO(archive.read(name))))
    assert name.endswith("/lot.png")
    assert read_uri(link).identifier.serial == ""
    sheet = make(sqlite_shop.press, order(Form.PDF, 0, 0, reprint=True), "chị Hoa", NOW)
    assert len([text for page in pages_of(sheet.content, tmp_path) for text in codes_in(page)]) == 1


def test_the_same_order_is_the_same_bytes(sqlite_shop: Shop) -> None:
    sqlite_shop.issue()
    one = make(sqlite_shop.press, order(Form.SVG, 1, 3), "chị Hoa", NOW)
    two = make(sqlite_shop.press, order(Form.SVG, 1, 3), "chị Hoa", NOW + timedelta(hours=1))
    assert one == two


def test_a_double_tap_is_one_run_and_gives_the_same_file(shop: Shop) -> None:
    shop.issue()
    files = []

    def tap() -> None:
        files.append(make(shop.press, order(Form.CSV), "chị Hoa", NOW))

    taps = [threading.Thread(target=tap) for _ in range(4)]
    for each in taps:
        each.start()
    for each in taps:
        each.join()
    assert len(files) == 4
    assert len({file.content for file in files}) == 1
    with shop.store.read() as session:
        assert [(run.first, run.last, run.form, run.actor) for run in runs(session, GTIN, "L2609A")] == [
            (1, 30, "csv", "chị Hoa")
        ]


def test_of_two_who_print_the_same_numbers_one_is_asked(shop: Shop) -> None:
    shop.issue()
    make(shop.press, order(Form.CSV, 1, 30), "chị Hoa", NOW)
    with pytest.raises(PrintedBefore):
        make(shop.press, order(Form.CSV, 30, 40), "chị Hoa", NOW)
    with shop.store.read() as session:
        assert len(runs(session, GTIN, "L2609A")) == 1
    make(shop.press, again(order(Form.CSV, 30, 40)), "chị Hoa", NOW)
    with shop.store.read() as session:
        assert runs(session, GTIN, "L2609A")[0].reprint
        assert find(session, GTIN, "L2609A").printed == 40


def test_a_ticket_is_good_for_one_order(shop: Shop) -> None:
    shop.issue()
    make(shop.press, order(Form.CSV, 1, 30, ticket="t"), "chị Hoa", NOW)
    with pytest.raises(BadValue):
        make(shop.press, order(Form.CSV, 31, 60, ticket="t"), "chị Hoa", NOW)


def test_killed_before_the_run_is_on_record_nothing_was_printed(shop: Shop, monkeypatch: Any) -> None:
    class CutError(Exception):
        pass

    def cut(*_: object) -> None:
        raise CutError

    shop.issue()
    monkeypatch.setattr("ocop.trace.batching_sheets.record", cut)
    with pytest.raises(CutError):
        make(shop.press, order(Form.CSV), "chị Hoa", NOW)
    monkeypatch.undo()
    with shop.store.read() as session:
        assert runs(session, GTIN, "L2609A") == ()
    make(shop.press, order(Form.CSV), "chị Hoa", NOW)


@pytest.mark.parametrize(("first", "last"), [(0, 1), (5, 4), (1, 301), (-3, -1)])
def test_numbers_that_the_batch_does_not_have_are_refused(shop: Shop, first: int, last: int) -> None:
    shop.issue()
    with pytest.raises(BadValue):
        make(shop.press, order(Form.CSV, first, last), "chị Hoa", NOW)


@pytest.mark.parametrize("form", list(Form))
def test_a_file_that_no_phone_opens_is_refused(sqlite_shop: Shop, form: Form) -> None:
    sqlite_shop.issue(count=30_000)
    with pytest.raises(BadValue) as caught:
        make(sqlite_shop.press, order(form, 1, form.most + 1), "chị Hoa", NOW)
    assert str(form.most) in caught.value.expected


def test_cancelled_numbers_are_not_printed(shop: Shop) -> None:
    shop.issue()
    with shop.store.begin() as session:
        withdraw(session, GTIN, "L2609A", Why.LABELS_LOST, BY, [(10, 12)])
    with pytest.raises(Cancelled):
        make(shop.press, order(Form.CSV, 12, 20), "chị Hoa", NOW)
    make(shop.press, order(Form.CSV, 13, 20), "chị Hoa", NOW)


def test_nothing_is_printed_of_a_batch_that_is_called_back(shop: Shop) -> None:
    shop.issue()
    with shop.store.begin() as session:
        recall(session, GTIN, "L2609A", Why.SAFETY, BY)
    with pytest.raises(Cancelled):
        make(shop.press, order(Form.CSV), "chị Hoa", NOW)


def test_a_shut_keystore_prints_nothing_and_records_nothing(shop: Shop, tmp_path: Path) -> None:
    shop.issue()
    shut = replace(shop.press, keystore=ShutKeystore(tmp_path, "expected an open one, got a shut one"))
    with pytest.raises(KeystoreError):
        make(shut, order(Form.CSV), "chị Hoa", NOW)
    with shop.store.read() as session:
        assert runs(session, GTIN, "L2609A") == ()


def test_an_unknown_form_is_told() -> None:
    with pytest.raises(BadValue):
        form_of("exe")


def test_a_test_sheet_is_seen_when_one_of_its_codes_is_scanned(shop: Shop) -> None:
    shop.issue()
    shop.scan(3, NOW - timedelta(hours=1))
    with shop.store.read() as session:
        assert trial(session, GTIN, "L2609A") is None
        sheet = trial_order(session, GTIN, "L2609A", find_stock("a4-21"), "t1")
    assert (sheet.first, sheet.last) == (1, 12)
    make(shop.press, sheet, "chị Hoa", NOW)
    later = NOW + timedelta(minutes=5)
    shop.scan(13, later)
    shop.scan(4, later, code="not_issued")
    shop.scan(5, later, channel="nfc")
    with shop.store.read() as session:
        state = trial(session, GTIN, "L2609A")
        assert next_numbers(session, GTIN, "L2609A") == (13, 300)
    assert state is not None
    assert state.seen is None
    shop.scan(7, later, code="not_released")
    with shop.store.read() as session:
        state = trial(session, GTIN, "L2609A")
    assert state is not None
    assert (state.seen, state.seen_at) == (7, later)


def test_a_test_sheet_that_does_not_read_is_printed_again_on_purpose(shop: Shop) -> None:
    shop.issue()
    with shop.store.read() as session:
        one = trial_order(session, GTIN, "L2609A", find_stock("roll-50x30"), "t1")
        two = trial_order(session, GTIN, "L2609A", find_stock("roll-50x30"), "t2")
    assert (one.first, one.last) == (1, 1)
    make(shop.press, one, "chị Hoa", NOW)
    with pytest.raises(PrintedBefore):
        make(shop.press, two, "chị Hoa", NOW)
    make(shop.press, again(two), "chị Hoa", NOW)


def test_when_all_is_printed_no_numbers_are_suggested(shop: Shop) -> None:
    shop.issue(count=0)
    with shop.store.read() as session:
        assert next_numbers(session, GTIN, "L2609A") == (0, 0)
    make(shop.press, order(Form.CSV, 0, 0), "chị Hoa", NOW)
    with shop.store.read() as session:
        assert next_numbers(session, GTIN, "L2609A") is None


def test_a_printed_batch_that_is_not_on_sale_waits(shop: Shop) -> None:
    shop.issue()
    with shop.store.read() as session:
        assert not find(session, GTIN, "L2609A").waits
    make(shop.press, order(Form.CSV), "chị Hoa", NOW)
    with shop.store.read() as session:
        assert find(session, GTIN, "L2609A").waits
    with shop.store.begin() as session:
        put_on_sale(session, GTIN, "L2609A", BY)
    with shop.store.read() as session:
        assert not find(session, GTIN, "L2609A").waits
