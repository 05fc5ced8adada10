"""The day of an office in Debian's Chromium: reads and checks a story, withdraws a batch, takes it back."""

import re
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import uvicorn
from axe_playwright_python.sync_playwright import Axe
from ocop.trace import certifying_requests
from ocop.trace.certifying import Line, Officer, Paper, Scope, enter_decision
from ocop.trace.registry import editing, feedback, tables, telling
from playwright.sync_api import Page, sync_playwright
from sqlalchemy import select

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
ARGUMENTS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
             "--disable-background-networking", "--disable-component-update", "--disable-sync"]  # fmt: skip
TEA, LEAF, HAMMOCK = "09521234543213", "P/4VTR0QB4", "09521234543220"
LONG = ("Hợp tác xã Nông nghiệp Công nghệ cao Dịch vụ Tổng hợp và Chế biến Chè đặc sản Tân Cương "
        "Hồng Thái Thịnh Đức Phúc Xuân Phúc Trìu Quyết Thắng thành phố Thái Nguyên (hư cấu)")  # fmt: skip
SIZES = [(360, 800), (1280, 900)]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=ARGUMENTS)
        yield browser
        browser.close()


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


def fill_with_long_names(served: SimpleNamespace) -> None:
    """Everything at its longest and fullest: names, stories with claims and copies, stars that end, reports."""
    room, today = served.room, date(2026, 11, 24)
    with room.store.begin() as session:
        maker = session.scalars(
            select(tables.Producer).where(tables.Producer.slug == "htx-huong-van-tra")
        ).one()
        maker.name, maker.detail = LONG[:200], "xóm Hồng Thái 2, tổ dân phố số 14, khu tái định cư Đồng Gốc"
        text = session.get(tables.ProductText, (session.get(tables.ProductKey, TEA).product_id, "vi"))
        text.name = "Trà Đinh Thượng Hạng Sao Tay Truyền Thống " * 4
        session.add_all([maker, text])
        session.flush()
        boss = Officer("x", "x", Scope())
        for number, (key, province) in enumerate(((TEA, "19"), (LEAF, "19"), (HAMMOCK, "40"))):
            paper = Paper(
                f"{number}303/QĐ-UBND", today - timedelta(days=1000), "Ủy ban nhân dân tỉnh Thái Nguyên"
            )
            first, soon, late = paper.signed_on, today + timedelta(days=20), today + timedelta(days=900)
            lines = [
                Line(1, province, LONG[:200], LONG[:200], 4, first, soon, key=key),
                Line(2, "19", LONG[:200], LONG[:200], 5, first, late),
            ]
            enter_decision(session, boss, paper, lines, room.now)
        feedback.add_report(
            session, feedback.ReportGiven(TEA, "seal", "vi", "L1", 3, "Tem lạ " * 200, "09"), room.now
        )
        editing.product_row(session, TEA)
    story = replace(served.office.story, title="Lớn lên cùng nương chè " * 8)
    served.office.tell(TEA, story)
    claim = "Uống trà này chữa bệnh. Tôi là nghệ nhân ưu tú."
    served.office.tell(LEAF, replace(story, answers=(*story.answers[:4], claim)))
    served.office.issue("L1234567890123456789", count=999_999)


def sideways(page: Page) -> int:
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


def serious(page: Page) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [
        f"{each['id']}: {node['html'][:160]}"
        for each in found
        if each["impact"] in {"serious", "critical"}
        for node in each["nodes"]
    ]


PATHS = ("/office", "/office/stories", "/office/stories/2", "/office/calendar", "/office/calendar/1",
         "/office/calendar/1/letter", "/office/decisions", "/office/decisions/1",
         "/office/decisions/waiting", "/office/products",
         f"/office/products/{TEA}", "/office/producers", "/office/producers/htx-huong-van-tra", "/office/reports",
         "/office/reports/1", "/office/figures", f"/office/batches/{TEA}/L1234567890123456789",
         f"/office/batches/{TEA}/L1234567890123456789/recall",
         f"/office/batches/{TEA}/L1234567890123456789/withdraw?first=5&last=1")  # fmt: skip


@pytest.mark.parametrize(("width", "height", "scheme"), [(360, 800, "light"), (1280, 900, "dark")],
                         ids=["phone", "desk in the dark"])  # fmt: skip
def test_every_page_holds_the_longest_names_and_is_open_to_everybody(
    chromium: Any, served: SimpleNamespace, width: int, height: int, scheme: Any
) -> None:
    fill_with_long_names(served)
    with desk(chromium, served, width, height, color_scheme=scheme) as page:
        for path in PATHS:
            page.goto(served.origin + path)
            for fold in page.locator("summary").all():
                fold.click()
            assert page.locator("h1").count() == 1, path
            assert sideways(page) <= 0, path
            assert serious(page) == [], path


def test_empty_and_broken_pages_are_open_to_everybody(chromium: Any, served: SimpleNamespace) -> None:
    with desk(chromium, served, 360, 800) as page:
        for path in (
            *PATHS[:2],
            "/office/calendar",
            "/office/decisions",
            "/office/reports",
            "/office/stories/99",
        ):
            page.goto(served.origin + path)
            assert sideways(page) <= 0, path
            assert serious(page) == [], path


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


def test_a_letter_prints_without_the_ways_to_go(chromium: Any, served: SimpleNamespace) -> None:
    fill_with_long_names(served)
    with desk(chromium, served) as page:
        page.goto(f"{served.origin}/office/calendar/1/letter")
        page.emulate_media(media="print")
        assert page.locator(".letter").is_visible()
        assert not page.locator("nav.rooms").first.is_visible()
