"""An artisan's day in Debian's Chromium at 360 px; chips with an emulated reader; every page, empty and full."""

import subprocess
from pathlib import Path
from typing import Any

import pytest
import zxingcpp
from ocop.trace.registry.tables import Chip
from PIL import Image
from playwright.sync_api import expect
from sqlmodel import select

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
PRODUCT = "/studio/products/09521234543213/batches"
BATCH = f"{PRODUCT}/L2609A"
Studio = Any


def codes(pdf: bytes, folder: Path) -> list[str]:
    (folder / "sheet.pdf").write_bytes(pdf)
    subprocess.run(
        ["pdftoppm", "-r", "300", "-gray", "-png", folder / "sheet.pdf", folder / "page"], check=True
    )
    found = []
    for path in sorted(folder.glob("page*.png")):
        found += [
            c.text for c in zxingcpp.read_barcodes(Image.open(path), formats=zxingcpp.BarcodeFormat.QRCode)
        ]
    return found


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
def test_the_day_of_an_artisan(phone: Any, studio: Studio, tmp_path: Path, scripts: bool) -> None:
    with phone(java_script_enabled=scripts) as page:
        page.goto(f"{studio.origin}{PRODUCT}")
        page.get_by_role("link", name="Mở lô mới").click()
        page.get_by_label("Bao nhiêu hộp?").fill("60")
        page.get_by_role("button", name="Xem lại").click()
        expect(page.get_by_text("60 hộp")).to_be_visible()
        page.get_by_role("button", name="Phát hành mã").click()
        expect(page.get_by_role("status")).to_contain_text("Đã phát hành lô")
        page.get_by_role("link", name="In tem").click()
        with page.expect_download() as got:
            page.get_by_role("button", name="Lấy tờ in thử").click()
        links = codes(Path(got.value.path()).read_bytes(), tmp_path)
        assert len(links) == 12
        page.reload()
        page.get_by_role("link", name="Tờ in thử đang chờ quét").click()
        expect(page.get_by_text("Đang chờ lượt quét tem số 1–12")).to_be_visible()
        with phone(signed=False) as buyer:
            buyer.goto(links[3])
            expect(buyer.locator(".answers .code")).to_have_attribute("id", "not_released")
        studio.flush()
        if not scripts:
            page.get_by_role("link", name="Xem đã thấy chưa").click()
        expect(page.get_by_text("Tem đọc được. In tiếp.")).to_be_visible(timeout=15_000)
        page.get_by_role("link", name="In tiếp").click()
        assert page.get_by_label("Từ số").input_value() == "13"
        with page.expect_download() as got:
            page.get_by_role("button", name="Lấy tệp").click()
        assert len(codes(Path(got.value.path()).read_bytes(), tmp_path)) >= 48
        page.get_by_role("link", name="Quay lại").click()
        expect(page.locator(".notice.careful")).to_contain_text("Tem của lô này đã in")
        page.get_by_role("button", name="Mở bán lô này").click()
        expect(page.get_by_role("status")).to_contain_text("đã mở bán")
        with phone(signed=False) as buyer:
            buyer.goto(links[5])
            expect(buyer.locator(".answers .code")).to_have_attribute("id", "code_issued")
        studio.flush()
        page.get_by_role("link", name="Lượt quét").click()
        expect(page.get_by_text("đã được quét 2 lượt")).to_be_visible()


def test_a_phone_writes_a_chip_reads_it_back_and_goes_on(phone: Any, sound: Any, studio: Studio) -> None:
    studio.shop.issue(count=3)
    with phone(reader=True) as page:
        page.goto(f"{studio.origin}{BATCH}/chips/write")
        expect(page.locator("#cannot")).to_be_hidden()
        told = page.locator("#told")
        page.get_by_role("button", name="Bắt đầu").click()
        expect(told).to_contain_text("Áp chip vào lưng điện thoại")
        page.evaluate("window.one = chip('04A1B2C3D4E501'); hold(one)")
        expect(told).to_contain_text("Ghi xong món số 1")
        page.evaluate("hold(chip('04A1B2C3D4E5FF'))")
        expect(told).to_contain_text("không phải con vừa ghi")
        page.evaluate("hold(one)")
        expect(told).to_contain_text("Xong món số 1. Dán chip này lên món số 1.")
        sound(page)
        page.get_by_role("button", name="Chốt chip này").click()
        expect(told).to_contain_text("Đã chốt chip")
        assert page.evaluate("one.locked")
        assert page.get_by_label("Món số mấy?").input_value() == "2"
        link = page.evaluate("one.text")
        page.get_by_role("button", name="Bắt đầu").click()
        page.evaluate("hold(chip('04A1B2C3D4E502', 'https://example.com/'))")
        expect(told).to_contain_text("đã mang nội dung khác")
        with studio.store.read() as session:
            assert [chip.number for chip in session.exec(select(Chip)).all()] == [1], "nothing waits for it"
        page.get_by_role("button", name="Bắt đầu").click()
        page.evaluate("hold(one)")
        expect(told).to_contain_text("Con chip này là của món số 1")
    with phone(signed=False) as buyer:
        buyer.goto(link)
        expect(buyer.locator(".answers .code")).to_have_attribute("id", "not_released")
    with phone() as page:
        page.goto(f"{studio.origin}{BATCH}/chips")
        expect(page.locator("main")).to_contain_text("Đang dùng")


def test_a_phone_that_refuses_or_a_chip_that_is_sealed_is_told(
    phone: Any, sound: Any, studio: Studio
) -> None:
    studio.shop.issue(count=3)
    with phone(reader=True) as page:
        page.goto(f"{studio.origin}{BATCH}/chips/write")
        page.evaluate("field.refuse = true")
        page.get_by_role("button", name="Bắt đầu").click()
        expect(page.locator("#told")).to_contain_text("Điện thoại chưa cho dùng chip")
        page.evaluate("field.refuse = false")
        page.get_by_role("button", name="Bắt đầu").click()
        page.evaluate("window.shut = chip('04A1B2C3D4E503'); shut.locked = true; hold(shut)")
        expect(page.locator("#told")).to_contain_text("không ghi được")


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
def test_a_phone_without_a_writer_is_offered_labels_and_the_station(
    phone: Any, sound: Any, studio: Studio, scripts: bool
) -> None:
    studio.shop.issue()
    with phone(java_script_enabled=scripts) as page:
        page.goto(f"{studio.origin}{BATCH}/chips/write")
        expect(page.get_by_role("heading", name="Máy này chưa ghi chip được")).to_be_visible()
        expect(page.get_by_role("button", name="Bắt đầu")).to_be_hidden()
        page.get_by_role("link", name="In tem có mã quét").click()
        expect(page.get_by_role("heading", name="In tem lô L2609A")).to_be_visible()
