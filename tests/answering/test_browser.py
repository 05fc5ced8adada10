"""Help, import and a report's number in Debian's Chromium, on a phone and a desktop: sound pages, nothing too wide."""

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
LONG = (
    "Hợp tác xã Nông nghiệp Dịch vụ Tổng hợp và Du lịch Cộng đồng Nghiêng Nghiễng Thượng Lưu Khuỷu Sông " * 2
)
LIST = (
    "Chủ thể;Sản phẩm;Tỉnh;Nhóm;Hạng sao;Số quyết định;Ngày quyết định;Cơ quan công nhận;Hiệu lực đến\n"
    "HTX Ví Dụ;Trà nõn tôm;tỉnh Nghệ An;2;4 sao;12/QĐ-UBND;12/05/2026;UBND tỉnh;12/05/2029\n"
    f"{LONG.strip()};Bún;Nghệ An;1;{{}};12/QĐ-UBND;12/05/2026;UBND tỉnh;12/05/2029\n"
)


@contextmanager
def browser(chromium: Any, served: Any, width: int, role: str = "", **options: Any) -> Iterator[Page]:
    context = chromium.new_context(viewport={"width": width, "height": 740}, locale="vi-VN", **options)
    if role:
        context.add_cookies([served.cookie(served.person(role, province="40"))])
    page = context.new_page()
    said: list[str] = []
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    yield page
    context.close()
    assert said == []


def sound(page: Page) -> None:
    """No serious finding, nothing wider than the screen."""
    found = [
        one["id"]
        for one in Axe().run(page).response["violations"]
        if one["impact"] in {"serious", "critical"}
    ]
    assert found == [], (page.url, found)
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, page.url


@pytest.mark.parametrize("width", [360, 1280])
def test_a_list_goes_from_a_broken_one_to_the_register(
    chromium_browser: Any, room_server: Any, width: int
) -> None:
    with browser(chromium_browser, room_server, width, "province") as page:
        for stars in ("2 sao", "3 sao"):
            page.goto(f"{room_server.origin}/office/import")
            sound(page)
            content = LIST.format(stars).replace("Bún", f"Bún {width}").encode()
            page.get_by_label("Tệp danh sách").set_input_files(
                {"name": "ds.csv", "mimeType": "text/csv", "buffer": content}
            )
            page.get_by_role("button", name="Đọc danh sách").click()
            expect(page.get_by_label("Cột 1: Chủ thể")).to_have_value("producer")
            sound(page)
            page.get_by_role("button", name="Kiểm tra thử").click()
            expect(page.get_by_role("heading", level=1)).to_have_text("Kết quả kiểm tra")
            sound(page)
            if stars == "2 sao":
                expect(page.get_by_text("dưới 3 sao")).to_be_visible()
                expect(page.get_by_role("button", name="Ghi vào sổ")).to_have_count(0)
        page.get_by_role("button", name="Ghi vào sổ").click()
        expect(page.get_by_text("Đã ghi vào sổ:")).to_be_visible()


def test_a_reader_reports_and_follows_by_the_number(chromium_browser: Any, room_server: Any) -> None:
    with browser(chromium_browser, room_server, 360) as page:
        page.goto(f"{room_server.origin}/report/01/09521234543213/10/L1/21/000012?lang=vi")
        sound(page)
        page.get_by_label("Niêm phong hoặc chip bị bóc").check()
        page.get_by_role("button", name="Gửi báo cáo").click()
        said = page.get_by_text("Số theo dõi:").inner_text()
        sound(page)
        page.get_by_role("link", name="Xem báo cáo của tôi").click()
        page.get_by_label("Số theo dõi").fill(said.split(":")[1].split(".")[0])
        page.get_by_role("button", name="Xem").click()
        expect(page.get_by_text("Đã nhận, đang chờ người đọc.")).to_be_visible()
        sound(page)


@pytest.mark.parametrize("width", [360, 1280])
def test_a_photograph_goes_from_a_phone_to_the_office(
    chromium_browser: Any, room_server: Any, width: int
) -> None:
    out = io.BytesIO()
    Image.linear_gradient("L").resize((900, 1200)).convert("RGB").save(out, "JPEG")
    photo = {"name": "IMG_0001.jpg", "mimeType": "image/jpeg"}
    with browser(chromium_browser, room_server, width) as page:
        page.goto(f"{room_server.origin}/report/01/09521234543213/10/L1/21/{width:06}")
        page.get_by_label("Điều khác").check()
        page.get_by_label("Kể ngắn gọn").fill("Tem lạ")
        page.get_by_label("Ảnh tem").set_input_files({**photo, "buffer": out.getvalue()})
        page.get_by_label("Mua ở đâu").fill(LONG)
        sound(page)
        page.get_by_role("button", name="Gửi báo cáo").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Đã nhận báo cáo của bạn")
        sound(page)
    with browser(chromium_browser, room_server, width, "national") as page:
        page.goto(f"{room_server.origin}/office/reports")
        page.get_by_role("link", name=re.compile("Tin báo số")).last.click()
        expect(page.get_by_text("Tem lạ")).to_be_visible()
        shown = page.locator("img.evidence")
        expect(shown).to_be_visible()
        assert shown.evaluate("image => image.naturalWidth") == 720
        sound(page)
