"""Debian's Chromium on a running service: what a reader sees, reaches and can do, and what the page never does."""

import re
from contextlib import contextmanager

import pytest
from axe_playwright_python.sync_playwright import Axe

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
SIZES = [(360, 800), (1280, 900)]


@pytest.fixture(scope="module")
def chromium(chromium_browser):
    return chromium_browser


@pytest.fixture(scope="module")
def site(service):
    """A running service whose printed address is its own."""
    return service


def failed(request):
    """Whether a request failed by itself: one that the next page cut off did not."""
    return request.failure != "net::ERR_ABORTED"


@contextmanager
def reading(chromium, site, width=360, height=800, **options):
    """A fresh browser; at the end nothing may have been complained of or asked of another place."""
    context = chromium.new_context(viewport={"width": width, "height": height}, locale="vi-VN", **options)
    page = context.new_page()
    complaints, asked = [], []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.on("requestfailed", lambda request: complaints.append(request.url) if failed(request) else None)
    yield page
    context.close()
    assert complaints == []
    assert [url for url in asked if not url.startswith(site.origin + "/")] == []


def answer(page) -> str:
    return page.locator(".answers .code").get_attribute("id")


def sideways(page) -> int:
    return page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")


def serious(page) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [
        f"{each['id']}: {node['html'][:120]}"
        for each in found
        if each["impact"] in {"serious", "critical"}
        for node in each["nodes"]
    ]


@pytest.mark.parametrize(("width", "height"), SIZES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_illustrative_page_is_open_to_everybody(
    chromium, site, furnished, width, height, scheme
) -> None:
    """Pages of all codes, each read once by axe over the four looks: width and colour scheme take turns."""
    turn = SIZES.index((width, height)) * 2 + (scheme == "dark")
    with reading(chromium, site, width, height, color_scheme=scheme) as page:
        for number, (target, code, _) in enumerate(furnished.expected):
            page.goto(site.origin + target, wait_until="load")
            assert answer(page) == code
            assert sideways(page) <= 0, target
            if number % 4 == turn:
                assert serious(page) == [], target


def test_a_scanned_code_is_followed_to_its_story_and_one_digit_less_is_not_issued(
    chromium, site, link, altered
) -> None:
    with reading(chromium, site) as page:
        page.goto(site.origin + link())
        assert page.url == f"{site.origin}/story{link()}"
        assert answer(page) == "code_issued"
        assert page.locator(".answers").bounding_box()["y"] < 120
        page.goto(site.origin + altered(link()))
        assert answer(page) == "not_issued"


def test_a_withdrawal_shows_when_the_page_is_loaded_again(chromium, site, link) -> None:
    target = link("L1", "000077")
    with reading(chromium, site) as page:
        page.goto(site.origin + target)
        assert answer(page) == "code_issued"
        where = ("09521234543213", "L1", "--from", "77", "--to", "77")
        position = site.tool("withdraw", *where, "--reason", "tem rơi", "--yes")["position"]
        page.reload()
        assert answer(page) == "withdrawn"
        site.tool("undo", str(position), "--reason", "tìm lại được")
        page.reload()
        assert answer(page) == "code_issued"


def test_the_catalogue_finds_a_tea_by_a_name_without_marks(chromium, site) -> None:
    with reading(chromium, site) as page:
        page.goto(site.origin + "/")
        page.get_by_role("searchbox").fill("tra huong van")
        page.keyboard.press("Enter")
        page.wait_for_url("**/?q=tra**")
        assert page.get_by_text("Trà Hương Vân, nõn tôm").first.is_visible()
        page.get_by_role("link", name=re.compile("Trà Hương Vân, nõn tôm")).first.click()
        page.wait_for_url("**/products/**")
        assert answer(page) == "no_code"


def test_a_typed_number_leads_to_a_page_without_a_verdict(chromium, site) -> None:
    with reading(chromium, site, java_script_enabled=False) as page:
        page.goto(site.origin + "/")
        page.locator("#number").fill("9521234543213 l1 12")
        page.locator("form[action='/typed'] button").click()
        page.wait_for_url("**/story/01/09521234543213/10/L1/21/000012**")
        assert answer(page) == "no_code"


def test_thanks_and_a_report_are_sent_without_javascript(chromium, site, link) -> None:
    with reading(chromium, site, java_script_enabled=False) as page:
        page.goto(site.origin + link())
        page.get_by_role("button", name="Gửi lời cảm ơn").click()
        page.wait_for_url("**/thanks/**")
        assert page.locator("h1").inner_text()
        assert page.get_by_text("403").count() == 0
        page.goto(site.origin + link())
        page.locator("a[href^='/report/']").click()
        page.wait_for_url("**/report/**")
        page.locator("input[name=kind]").first.check()
        page.locator("textarea").fill("Nắp hở\nhai lỗ")
        page.locator("main form button").click()
        page.wait_for_load_state()
        assert page.locator("main form").count() == 0
    assert site.rows("SELECT count FROM thanks WHERE lot = 'L1'") == [(1,)]
    assert site.rows("SELECT words FROM report") == [("Nắp hở\nhai lỗ",)]


def test_a_language_is_chosen_and_the_answer_stays(chromium, site, link) -> None:
    with reading(chromium, site) as page:
        page.goto(site.origin + link("RECALL"))
        page.locator("details.lang summary").click()
        page.get_by_role("link", name="English").click()
        page.wait_for_url("**lang=en")
        assert (page.locator("html").get_attribute("lang"), answer(page)) == ("en", "recalled")
    assert site.counted("RECALL") == 1, "the language switch is no second scan"
