"""The day of an office in Debian's Chromium: reads and checks a story, withdraws a batch, takes it back."""

import re
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import uvicorn
from axe_playwright_python.sync_playwright import Axe
from ocop.trace import certifying_requests
from ocop.trace.registry import telling
from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
TEA, LEAF, HAMMOCK = "09521234543213", "P/4VTR0QB4", "09521234543220"
SIZES = [(360, 800), (1280, 900)]


@pytest.fixture(scope="module")
def chromium(chromium_browser: Any) -> Any:
    return chromium_browser


@pytest.fixture
def served(rooms: Any, furnished: Callable[..., Any], tmp_path: Path) -> Iterator[SimpleNamespace]:
    """A furnished service on a loopback port of its own, and an officer's cookie."""
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    origin = f"http://127.0.0.1:{listening.getsockname()[1]}"
    room = rooms(public_url=origin)
    office = furnished(room.store, tmp_path / "office")
    officer = room.person("province", province="19", name="Chị Nguyễn Thị Thu Hà")
    config = uvicorn.Config(room.edge, lifespan="off", log_level="error", access_log=False)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    yield SimpleNamespace(room=room, office=office, origin=origin, cookie=officer.cookies["__Host-ocop"])
    server.should_exit = True
    thread.join(10)


@contextmanager
def desk(
    chromium: Any, served: SimpleNamespace, width: int = 1280, height: int = 900, **options: Any
) -> Iterator[Page]:
    """A signed-in browser; at the end nothing may have been complained of or asked of another place."""
    context = chromium.new_context(viewport={"width": width, "height": height}, locale="vi-VN", **options)
    context.add_cookies([{"name": "ocop", "value": served.cookie, "url": served.origin}])
    page = context.new_page()
    complaints: list[str] = []
    asked: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    yield page
    context.close()
    assert [text for text in complaints if "422" not in text and "404" not in text] == []
    assert [url for url in asked if not url.startswith((served.origin + "/", "data:"))] == []


def sideways(page: Page) -> int:
    return int(page.evaluate("document.scrollingElement.scrollWidth - innerWidth"))


def serious(page: Page) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [v["id"] for v in found if v["impact"] in {"serious", "critical"}]


@pytest.mark.parametrize("javascript", [True, False], ids=["with scripts", "without scripts"])
@pytest.mark.parametrize(("width", "height"), SIZES, ids=["phone", "desk"])
def test_the_day_of_an_office(
    chromium: Any, served: SimpleNamespace, width: int, height: int, javascript: bool
) -> None:
    served.office.tell(TEA)
    served.office.issue("L1", count=300)
    with desk(chromium, served, width, height, java_script_enabled=javascript) as page:
        page.goto(f"{served.origin}/office")
        page.get_by_role("link", name="Câu chuyện chờ đọc").click()
        page.get_by_role("link", name="Lớn lên cùng nương chè").click()
        page.get_by_role("button", name="Đã đọc, không có gì sai").click()
        assert "Đã ghi là đã đọc" in page.locator(".notice").inner_text()
        assert "Không còn câu chuyện nào" in page.locator("main").inner_text()
        page.goto(f"{served.origin}/office/products?q=tra+huong")
        page.get_by_role("link", name="Trà Hương Vân", exact=True).click()
        page.get_by_role("link", name="L1").click()
        page.get_by_role("link", name="Hủy mã").click()
        assert re.search(r"Mã trên hàng\s+300", page.locator("main").inner_text())
        page.get_by_label("Thuộc loại lý do").select_option("labels_lost")
        page.get_by_label("Lý do", exact=True).fill("Mất cả cuộn tem")
        page.get_by_role("button", name="Hủy những mã này").click()
        assert "Đã hủy mã của lô L1" in page.locator(".notice").inner_text()
        assert len(served.office.state().batch(TEA, "L1").withdrawals) == 1
        page.get_by_role("link", name="Rút lại").click()
        page.get_by_label("Thuộc loại lý do").select_option("mistake")
        page.get_by_label("Lý do", exact=True).fill("Tìm lại được tem")
        page.get_by_role("button", name="Rút lại").click()
        assert "Đã rút lại" in page.locator(".notice").inner_text()
        assert served.office.state().batch(TEA, "L1").withdrawals == ()


@pytest.mark.parametrize("javascript", [True, False], ids=["with scripts", "without scripts"])
@pytest.mark.parametrize(("width", "height"), SIZES, ids=["phone", "desk"])
def test_a_request_to_erase_is_carried_out(
    chromium: Any, served: SimpleNamespace, width: int, height: int, javascript: bool
) -> None:
    name = "Nguyễn Tôn Nữ Thị Hồng Hạnh Phương Thảo Nguyên"
    story = replace(served.office.story, teller=name, lead=f"Bà {name} ra nương từ năm giờ sáng.")
    served.office.tell(TEA, story)
    with served.room.store.begin() as session:
        for item in ("quote", "portrait"):
            telling.give_consent(
                session, "htx-huong-van-tra", item, person=name, proof="ký giấy", at=served.room.now
            )
        given = certifying_requests.Given(
            "delete", name, "Xin xóa tên tôi ở trang trà.", "0912 345 678", "19"
        )
        certifying_requests.file(session, given, "0000-0000-0001", served.room.now)
    with desk(chromium, served, width, height, java_script_enabled=javascript) as page:
        page.goto(f"{served.origin}/office/requests/1")
        page.locator('form[action$="/take"] button').click()
        page.get_by_role("link", name="Tìm và xóa dữ liệu của người này").click()
        page.locator('form[action$="/look"] input[name="name"]').fill("nguyen ton nu")
        page.locator('form[action$="/look"] button').click()
        assert "Có thể xóa" in page.locator("main").inner_text()
        page.get_by_label("Họ tên").fill(name)
        page.locator('form[action$="/look"] button').click()
        assert (sideways(page), serious(page) if javascript else []) == (0, [])
        erase = page.locator('form[action$="/erase"]')
        for box in erase.locator('fieldset input[type="checkbox"]').all():
            box.check()
        erase.locator('input[name="sure"]').check()
        erase.locator("button").click()
        assert "Xin ghi cho người gửi biết đã xóa gì" in page.locator("main").inner_text()
    assert [row[0] for row in served.room.rows("SELECT teller FROM story")] == ["…"]
    assert served.room.rows("SELECT DISTINCT person FROM consent") == [("—",)]


def test_the_keyboard_alone_checks_a_story(chromium: Any, served: SimpleNamespace) -> None:
    story = served.office.tell(TEA)
    with desk(chromium, served, 360, 800) as page:
        page.goto(f"{served.origin}/office/stories/{story}")
        for _ in range(60):
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement.textContent").strip() == "Đã đọc, không có gì sai":
                break
        page.keyboard.press("Enter")
        page.wait_for_url("**/office/stories")
        assert "Đã ghi là đã đọc" in page.locator(".notice").inner_text()
