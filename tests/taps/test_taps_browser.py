"""What Chromium makes of a tap: reload, back, a restored tab, a second browser, a webview, a cut reply, a prefetch.

Each is done as a person does it; that each costs what it should is read from the chip's row.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from ocop.trace.registry.tables_chips import Chip
from sqlalchemy import select

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("browser"),
    # What a browser does is the same whatever database is behind it.
    pytest.mark.parametrize("store", ["sqlite"], indirect=True),
]
SUN_CHIP = bytes.fromhex("04015f1eacc040")
ZALO = (
    "Mozilla/5.0 (Linux; Android 12; SM-A125F; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0"
    " Chrome/124.0.0.0 Mobile Safari/537.36 Zalo android/12110"
)
PREFETCH = "u => { const l = document.createElement('link'); l.rel = 'prefetch'; l.href = u; document.head.append(l) }"
Page = Any


@pytest.fixture
def origin(shop: Any, serving: Any) -> Iterator[str]:
    """A server on the shop, which Chromium may open."""
    with serving(shop, "http://127.0.0.1:8000") as at:
        yield at


@pytest.fixture
def phone(chromium_browser: Any) -> Iterator[Callable[..., Page]]:
    """Opens a page in a browser of its own, as narrow as a phone and without JavaScript; nothing complains."""
    opened: list[Any] = []

    def open_one(**more: Any) -> Page:
        context = chromium_browser.new_context(
            viewport={"width": 360, "height": 720}, locale="vi-VN", java_script_enabled=False, **more
        )
        opened.append(context)
        return context.new_page()

    yield open_one
    for context in opened:
        context.close()


def code(page: Page) -> str:
    return str(page.locator(".answers .code").get_attribute("id"))


def said(page: Page) -> str:
    """The answers, without the minute in which the page was shown: a reload is another one."""
    whole = " ".join(page.locator(".answers").inner_text().split())
    return re.sub(r"Lúc \d\d:\d\d, \d\d/\d\d/\d{4} ", "", whole, count=1)


def counter(shop: Any) -> int | None:
    """The last counter that was spent of the chip on item 1."""
    with shop.store.read() as session:
        found: int | None = session.execute(select(Chip.counter).where(Chip.number == 1)).scalar_one()
    return found


def tapped(page: Page, origin: str, shop: Any, count: int = 2) -> str:
    """Taps; the address that the browser ends at, which carries nothing of the tap."""
    page.goto(origin + shop.tap(1, SUN_CHIP, count))
    assert code(page) == "chip_answered"
    assert "&m=" not in page.url
    assert "&c=" not in page.url
    return str(page.url)


def test_reload_back_and_forward_keep_the_answer_and_spend_nothing(
    shop: Any, origin: str, phone: Callable[..., Page]
) -> None:
    page = phone()
    page.goto(origin + "/")
    clean = tapped(page, origin, shop)
    time = said(page)
    page.reload()
    assert (code(page), said(page)) == ("chip_answered", time)
    page.goto(origin + "/")
    page.go_back()
    assert (page.url, code(page), said(page)) == (clean, "chip_answered", time)
    page.go_back()
    page.go_forward()
    assert (page.url, code(page), said(page)) == (clean, "chip_answered", time)
    assert counter(shop) == 2
    assert tapped(page, origin, shop, 3) == clean


def test_with_javascript_and_the_back_forward_cache_it_is_the_same(
    shop: Any, origin: str, chromium_browser: Any
) -> None:
    context = chromium_browser.new_context(viewport={"width": 360, "height": 720}, locale="vi-VN")
    page = context.new_page()
    clean = tapped(page, origin, shop)
    page.goto(origin + "/")
    # Later: an answer to this call must not be cut off by the navigation that it begins.
    page.evaluate("void setTimeout(() => history.back())")
    page.wait_for_url(clean)
    assert (code(page), counter(shop)) == ("chip_answered", 2)
    context.close()


@contextmanager
def profile(browser: Any, folder: Path, *more: str) -> Iterator[Any]:
    """A browser whose profile stays on disk between two starts."""
    context = browser.browser_type.launch_persistent_context(
        folder, executable_path="/usr/bin/chromium", headless=False, locale="vi-VN",
        viewport={"width": 360, "height": 720},
        args=["--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", *more],
    )  # fmt: skip
    try:
        yield context
    finally:
        context.close()


def test_a_tab_that_is_restored_with_the_browser_keeps_the_answer(
    shop: Any, origin: str, tmp_path: Path, chromium_browser: Any
) -> None:
    with profile(chromium_browser, tmp_path / "profile") as first:
        clean = tapped(first.pages[0], origin, shop)
    with profile(chromium_browser, tmp_path / "profile", "--restore-last-session") as again:
        # Chromium opens the tab by itself, from its session file; its cookies come from the profile.
        tab = next((page for page in again.pages if page.url == clean), None) or again.wait_for_event("page")
        assert (tab.url, code(tab)) == (clean, "chip_answered")
    assert counter(shop) == 2


def test_the_clean_address_in_a_second_browser_asks_for_a_tap(
    shop: Any, origin: str, phone: Callable[..., Page]
) -> None:
    clean = tapped(phone(), origin, shop)
    friend = phone()
    friend.goto(clean)
    assert code(friend) == "chip_silent"
    tapped(friend, origin, shop, 3)


def test_another_language_keeps_the_answer_and_spends_nothing(
    shop: Any, origin: str, phone: Callable[..., Page]
) -> None:
    page = phone()
    tapped(page, origin, shop)
    page.locator("summary", has_text="Tiếng Việt").click()
    page.locator('a[hreflang="en"]').first.click()
    assert (page.locator("html").get_attribute("lang"), code(page), counter(shop)) == (
        "en",
        "chip_answered",
        2,
    )
    page.go_back()
    assert (page.locator("html").get_attribute("lang"), code(page)) == ("vi", "chip_answered")


def test_open_in_chrome_from_a_webview_is_met_calmly(
    shop: Any, origin: str, phone: Callable[..., Page]
) -> None:
    zalo, chrome = phone(user_agent=ZALO), phone()
    clean = tapped(zalo, origin, shop)
    chrome.goto(clean)
    assert code(chrome) == "chip_silent"
    chrome.goto(origin + shop.tap(1, SUN_CHIP, 2))
    assert code(chrome) == "already_used"
    assert "Chạm lại để kiểm tra mới" in said(chrome)
    tapped(chrome, origin, shop, 3)
    zalo.reload()
    assert code(zalo) == "chip_answered"


def test_a_reply_that_is_cut_off_after_the_commit_is_met_calmly(
    shop: Any, origin: str, phone: Callable[..., Page]
) -> None:
    page, tap = phone(), origin + shop.tap(1, SUN_CHIP, 2)

    def cut(route: Any) -> None:
        # Not by `route.fetch`, which hands the cookie of the reply that is to be lost to the browser.
        assert httpx.get(tap, headers=route.request.headers).status_code == 303
        route.abort("connectionreset")

    page.route(tap, cut)
    with pytest.raises(Exception, match="ERR_CONNECTION_RESET"):
        page.goto(tap)
    assert counter(shop) == 2
    page.unroute(tap)
    page.goto(tap)
    assert code(page) == "already_used"
    assert "Chạm lại để kiểm tra mới" in said(page)
    tapped(page, origin, shop, 3)


def test_a_prefetch_of_the_browser_spends_nothing(shop: Any, origin: str, chromium_browser: Any) -> None:
    context = chromium_browser.new_context(locale="vi-VN")
    page, tap = context.new_page(), shop.tap(1, SUN_CHIP, 2)
    # A page that somebody else made: the policy of ours lets nothing be prefetched.
    page.route(origin + "/cho", lambda route: route.fulfill(body="<p>chợ</p>", content_type="text/html"))
    page.goto(origin + "/cho")
    with page.expect_response(origin + tap) as answered:
        page.evaluate(PREFETCH, origin + tap)
    assert answered.value.status == 503
    assert answered.value.request.all_headers()["sec-purpose"] == "prefetch"
    assert counter(shop) == 1
    tapped(page, origin, shop)
    context.close()
