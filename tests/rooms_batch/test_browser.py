"""An artisan's day in Debian's Chromium at 360 px; chips with an emulated reader; every page, empty and full."""

import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import zxingcpp
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import Browser, Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
PRODUCT = "/studio/products/09521234543213/batches"
BATCH = f"{PRODUCT}/L2609A"
Studio = Any

# A phone's reader as the page sees it: one chip at a time in the field, chosen by the test.
READER = """
window.field = { chip: null, locked: [], refuse: false, readers: [] };
window.chip = (uid, text) => ({ uid, text: text || "", locked: false });
window.hold = (chip) => {
  window.field.chip = chip;
  for (const reader of window.field.readers) reader.meet();
};
window.NDEFReader = class extends EventTarget {
  async scan() {
    if (window.field.refuse) throw new DOMException("no", "NotAllowedError");
    window.field.readers.push(this);
  }
  meet() {
    const chip = window.field.chip;
    const records = chip.text
      ? [{ recordType: "url", data: new DataView(new TextEncoder().encode(chip.text).buffer) }] : [];
    const event = new Event("reading");
    event.serialNumber = chip.uid.match(/../g).join(":");
    event.message = { records };
    this.dispatchEvent(event);
  }
  async write(message) {
    if (window.field.chip.locked) throw new DOMException("no", "NotSupportedError");
    window.field.chip.text = message.records[0].data;
  }
  async makeReadOnly() { window.field.chip.locked = true; }
};
"""


@contextmanager
def phone(
    chromium: Browser, studio: Studio, *, signed: bool = True, reader: bool = False, **options: Any
) -> Iterator[Page]:
    """A fresh phone-sized browser; at the end no page may have complained or asked another place."""
    given = {
        "viewport": {"width": 360, "height": 740},
        "locale": "vi-VN",
        "accept_downloads": True,
        **options,
    }
    context = chromium.new_context(**given)
    if signed:
        context.add_cookies([{"name": "ocop", "value": studio.person().cookie, "url": studio.origin}])
    if reader:
        context.add_init_script(READER)
    else:
        # Chromium on a laptop has the name but no radio; the page must take it for what it is.
        context.add_init_script("delete window.NDEFReader")
    page = context.new_page()
    complaints: list[str] = []
    asked: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    yield page
    context.close()
    assert complaints == []
    assert [url for url in asked if not url.startswith((studio.origin + "/", "blob:"))] == []


def sound(page: Page) -> None:
    """No serious finding, nothing sideways, nothing too small to touch."""
    found = Axe().run(page).response["violations"]
    assert [
        (v["id"], [n["html"] for n in v["nodes"]][:3])
        for v in found
        if v["impact"] in {"serious", "critical"}
    ] == []
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), (
        page.url
    )
    small = page.evaluate(
        "[...document.querySelectorAll('main button, main .button, main input:not([type=hidden]):not([type=radio])"
        ":not([type=checkbox])')].filter(e => e.offsetParent && e.getBoundingClientRect().height < 44)"
        ".map(e => e.outerHTML)"
    )
    assert small == []


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
def test_the_day_of_an_artisan(chromium: Browser, studio: Studio, tmp_path: Path, scripts: bool) -> None:
    with phone(chromium, studio, java_script_enabled=scripts) as page:
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
        with phone(chromium, studio, signed=False) as buyer:
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
        with phone(chromium, studio, signed=False) as buyer:
            buyer.goto(links[5])
            expect(buyer.locator(".answers .code")).to_have_attribute("id", "code_issued")
        studio.flush()
        page.get_by_role("link", name="Ai đã quét").click()
        expect(page.get_by_text("đã được quét 2 lượt")).to_be_visible()


def fill(studio: Studio) -> None:
    """A batch with a life: printed, scanned, with chips, odd things, a link for a shop."""
    shop, now = studio.shop, studio.running.service.clock()
    shop.issue()
    shop.issue("L2609B", count=0)
    for back in range(20):
        shop.scan(
            back + 1,
            now - timedelta(days=back, hours=back),
            times=9 - back % 5,
            lang="vi" if back % 3 else "en",
        )
    shop.scan(12, now, code="code_issued_often", times=3)
    shop.scan(0, now, code="not_issued", times=2)
    maker = studio.person()
    fields = {"ticket": "t1", "first": "1", "last": "21", "form": "csv", "stock": "a4-21"}
    assert maker.post(f"{BATCH}/labels", fields).status_code == 200
    assert maker.post(f"{BATCH}/labels/shop", {**fields, "first": "22", "last": "40"}).status_code == 200
    assert maker.post(f"{BATCH}/display", {"number": "7"}).status_code == 303
    for number in (1, 2, 3):
        bound = maker.post(f"{BATCH}/chips/bind", {"uid": f"04A1B2C3D4E5{number:02X}", "number": str(number)})
        assert bound.status_code == 200, bound.text


PAGES = ("", "/new", "/L2609A", "/L2609A/labels", "/L2609A/chips", "/L2609A/chips/write", "/L2609A/scans")


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("full", [False, True], ids=["empty", "full"])
def test_every_page_is_sound_empty_and_full(
    chromium: Browser, studio: Studio, full: bool, width: int
) -> None:
    if full:
        fill(studio)
    else:
        studio.shop.issue()
    with phone(chromium, studio, viewport={"width": width, "height": 740}) as page:
        for path in PAGES:
            page.goto(f"{studio.origin}{PRODUCT}{path}")
            sound(page)


def test_the_broken_states_are_sound(chromium: Browser, studio: Studio) -> None:
    fill(studio)
    with phone(chromium, studio) as page:
        page.goto(f"{studio.origin}{PRODUCT}/review?ticket=a&lot=?&count=x&made=never&level=item")
        expect(page.get_by_role("alert")).to_be_visible()
        sound(page)
        page.goto(f"{studio.origin}{BATCH}/labels")
        page.get_by_label("Từ số").fill("1")
        page.get_by_role("button", name="Lấy tệp").click()
        expect(page.get_by_text("đã in lúc")).to_be_visible()
        sound(page)
        page.get_by_label("Tôi đã hủy tem cũ").check()
        with page.expect_download():
            page.get_by_role("button", name="Lấy tệp").click()


def test_a_link_for_a_shop_is_sound_open_and_spent(chromium: Browser, studio: Studio) -> None:
    studio.shop.issue()
    with phone(chromium, studio) as page:
        page.goto(f"{studio.origin}{BATCH}/labels")
        page.get_by_role("button", name="Gửi tiệm in").click()
        found = re.search(r"http://\S+/studio/shop/\S+", page.locator(".copy").inner_text())
        assert found is not None
        sound(page)
    with phone(chromium, studio, signed=False) as page:
        page.goto(found[0])
        sound(page)
        with page.expect_download():
            page.get_by_role("button", name="Tải tệp về").click()
        page.goto(found[0])
        expect(page.get_by_text("đã được tải rồi")).to_be_visible()
        sound(page)


def test_a_phone_writes_a_chip_reads_it_back_and_goes_on(chromium: Browser, studio: Studio) -> None:
    studio.shop.issue(count=3)
    with phone(chromium, studio, reader=True) as page:
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
        page.get_by_role("button", name="Bắt đầu").click()
        page.evaluate("hold(one)")
        expect(told).to_contain_text("Con chip này là của món số 1")
    with phone(chromium, studio, signed=False) as buyer:
        buyer.goto(link)
        expect(buyer.locator(".answers .code")).to_have_attribute("id", "not_released")
    with phone(chromium, studio) as page:
        page.goto(f"{studio.origin}{BATCH}/chips")
        expect(page.locator("main")).to_contain_text("Đang dùng")


def test_a_phone_that_refuses_or_a_chip_that_is_sealed_is_told(chromium: Browser, studio: Studio) -> None:
    studio.shop.issue(count=3)
    with phone(chromium, studio, reader=True) as page:
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
    chromium: Browser, studio: Studio, scripts: bool
) -> None:
    studio.shop.issue()
    with phone(chromium, studio, java_script_enabled=scripts) as page:
        page.goto(f"{studio.origin}{BATCH}/chips/write")
        expect(page.get_by_role("heading", name="Máy này chưa ghi chip được")).to_be_visible()
        expect(page.get_by_role("button", name="Bắt đầu")).to_be_hidden()
        page.get_by_role("link", name="In tem có mã quét").click()
        expect(page.get_by_role("heading", name="In tem lô L2609A")).to_be_visible()
