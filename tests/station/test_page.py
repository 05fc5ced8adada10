"""The station's page in a real browser: the number, the sound, the label, what a reader with other needs gets."""

import contextlib
import http.client
import json
import queue
import threading
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from ocop.hardware.page import Page, served_page
from ocop.hardware.phrases import EN, VI
from ocop.hardware.screen import BELLS
from ocop.hardware.station import Kind, Sign
from playwright.sync_api import Browser, expect

DONE = Sign(Kind.DONE, "Chip này là số 12: dán lên hộp số 12.", "Trà Hương Vân", 12, "3/20")
LINK = "https://demo.invalid/01/09521234543213/10/L2609A/21/000007?s=0"


@pytest.fixture(scope="module")
def chromium(browsers: Any) -> Any:
    return browsers("--autoplay-policy=user-gesture-required")


@pytest.fixture
def page() -> Page:
    return Page(VI, {"L2609A"})


@pytest.fixture
def address(page: Page) -> Iterator[str]:
    with served_page(page, 0) as found:
        yield found


@pytest.fixture
def view(chromium: Browser, address: str) -> Iterator[Any]:
    tab = chromium.new_page(viewport={"width": 900, "height": 700})
    problems: list[str] = []
    tab.on("console", lambda said: problems.append(said.text) if said.type == "error" else None)
    tab.on("pageerror", lambda error: problems.append(str(error)))
    tab.goto(address)
    yield tab
    assert problems == []
    tab.close()


def ask(
    address: str, method: str, name: str, body: bytes = b"", **headers: str
) -> tuple[int, dict[str, str], bytes]:
    parts = urlsplit(address)
    with contextlib.closing(http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=5)) as line:
        path = name if name.startswith("/") else parts.path + name
        line.request(method, path, body, {key.replace("_", "-"): value for key, value in headers.items()})
        answer = line.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read()


@pytest.mark.browser
def test_the_number_fills_the_page_and_changes_by_itself(page: Page, view: Any) -> None:
    expect(view.locator("#sentence")).to_have_text("Đặt chip tiếp theo lên đầu đọc.")
    page.show(DONE)
    expect(view.locator("#number")).to_have_text("12")
    expect(view.locator("#sentence")).to_have_text(DONE.sentence)
    expect(view.locator("#progress")).to_have_text("3/20")
    assert view.locator("#number").bounding_box()["height"] > 200
    page.show(Sign(Kind.REFUSED, "Chip này đã mang nội dung khác, máy không viết đè.", "Để riêng."))
    expect(view.locator("#number")).to_be_hidden()
    expect(view.locator("body")).to_have_attribute("data-kind", "refused")
    large = "getComputedStyle(document.getElementById('sign'), '::before').content"
    assert view.evaluate(large).startswith('"×"')


@pytest.mark.browser
@pytest.mark.parametrize("width", [360, 768, 1280, 2560])
def test_no_digit_of_a_number_is_lost_at_the_edge(page: Page, view: Any, width: int) -> None:
    view.set_viewport_size({"width": width, "height": 1600})
    for number in (8, 88, 888, 8888, 88888, 888888):
        page.show(Sign(Kind.DONE, f"Chip này là số {number}.", "", number, "3/20"))
        expect(view.locator("#number")).to_have_text(str(number))
        assert view.locator("#number").evaluate("shown => shown.scrollWidth - shown.clientWidth") == 0, number
        assert view.evaluate("document.documentElement.scrollWidth") == width, number


@pytest.mark.browser
def test_a_tone_sounds_for_each_chip_once_sound_is_on(page: Page, view: Any) -> None:
    with view.expect_request("**/signs?after=1"):  # what it has shown it does not ask for, or hear, again
        page.show(DONE)
    expect(view.locator("#number")).to_have_text("12")
    assert view.evaluate("document.body.dataset.sounded") is None
    view.get_by_role("button", name="Bật tiếng").click()
    expect(view.locator("body")).to_have_attribute("data-sounded", "done")
    page.show(Sign(Kind.PULLED, VI.pulled, VI.pulled_hint))
    expect(view.locator("body")).to_have_attribute("data-sounded", "pulled")


# What reaches the loudspeakers: [hertz, when] of each tone.
HEARD = """
window.heard = [];
const start = OscillatorNode.prototype.start, connect = AudioNode.prototype.connect;
OscillatorNode.prototype.start = function (when) {
  window.heard.push([this.frequency.value, when, Boolean(this.gain?.reaches)]);
  return start.call(this, when);
};
AudioNode.prototype.connect = function (to) {
  if (this instanceof OscillatorNode) this.gain = to;
  if (to === this.context.destination) this.reaches = true;
  return connect.call(this, to);
};
"""


@pytest.mark.browser
def test_each_sign_sounds_as_what_it_is(chromium: Browser, page: Page, address: str) -> None:
    """One who does not look hears whether a chip is ready: rising. Falling, or twice the same: look at the screen."""
    tab = chromium.new_page()
    tab.add_init_script(HEARD)
    tab.goto(address)
    tab.get_by_role("button", name="Bật tiếng").click()
    expect(tab.get_by_role("button", name="Bật tiếng")).to_be_hidden()
    for kind in Kind:
        tab.evaluate("window.heard = []")
        page.show(Sign(kind, f"{kind}"))
        expect(tab.locator("#sentence")).to_have_text(f"{kind}")
        heard = tab.evaluate("window.heard")
        assert all(reaches for _, _, reaches in heard)
        assert [when for _, when, _ in heard] == sorted({when for _, when, _ in heard}), "one after the other"
        pitches = [round(hertz) for hertz, _, _ in heard]
        rising, falling = sorted(set(pitches)), sorted(set(pitches), reverse=True)
        assert (len(pitches) > 1) is (kind in BELLS), kind
        if kind is Kind.DONE:
            assert pitches == rising
        elif kind is Kind.AGAIN:
            assert len(set(pitches)) == 1
        elif kind in BELLS:
            assert pitches == falling
    tab.close()


@pytest.mark.browser
def test_what_a_sign_says_is_text_and_is_read_aloud(page: Page, view: Any) -> None:
    page.show(Sign(Kind.REFUSED, "<b>Chip</b> & <i>tem</i>", "<u>Để riêng</u>", None, "<s>3</s>/20"))
    said = view.get_by_role("status")
    expect(said).to_have_attribute("aria-live", "assertive")
    expect(said.locator("#sentence")).to_have_text("<b>Chip</b> & <i>tem</i>")
    expect(said.locator("#hint")).to_have_text("<u>Để riêng</u>")
    expect(view.locator("#progress")).to_have_text("<s>3</s>/20")


@pytest.mark.browser
def test_a_label_is_asked_for_and_read(page: Page, view: Any) -> None:
    found: list[int | None] = []
    asking = threading.Thread(target=lambda: found.append(page.ask_label()), daemon=True)
    asking.start()
    box = view.get_by_label("Quét tem hoặc gõ số")
    expect(box).to_be_focused()
    box.press_sequentially("nothing")
    box.press("Enter")
    expect(view.locator("#sentence")).to_have_text(VI.label_not_read)
    box.press_sequentially(LINK.replace("L2609A", "L9"))
    box.press("Enter")
    expect(view.locator("#sentence")).to_have_text(VI.label_other_lot)
    box.press_sequentially(LINK)
    box.press("Enter")
    asking.join(10)
    assert found == [7]
    page.show(DONE)
    expect(view.locator("#label")).to_be_hidden()


def test_waiting_for_a_label_can_be_interrupted(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without an end to the wait, Windows would keep Ctrl-C from the program."""
    waits: list[float | None] = []

    def get(timeout: float | None = None) -> str:
        waits.append(timeout)
        if len(waits) == 3:
            raise KeyboardInterrupt
        raise queue.Empty

    monkeypatch.setattr(page._labels, "get", get)
    with pytest.raises(KeyboardInterrupt):
        page.ask_label()
    assert all(waits), waits


@pytest.mark.browser
def test_a_program_that_stopped_is_told(chromium: Browser, page: Page) -> None:
    with served_page(page, 0) as address:
        tab = chromium.new_page()
        tab.goto(address)
        page.show(DONE)
        expect(tab.locator("#number")).to_have_text("12")
    expect(tab.locator("#sentence")).to_have_text(VI.page_gone)
    tab.close()


@pytest.mark.browser
def test_a_moment_without_an_answer_is_no_end(chromium: Browser, page: Page, address: str) -> None:
    tab = chromium.new_page()
    # Of every three requests two get no answer: never three in a row, and six in all.
    asked: list[str] = []

    def some(route: Any) -> None:
        asked.append(route.request.url)
        route.continue_() if len(asked) % 3 == 0 else route.abort()

    tab.route("**/signs*", some)
    tab.goto(address)
    for number in (1, 2, 3):
        page.show(Sign(Kind.DONE, f"{number}", number=number))
        expect(tab.locator("#number")).to_have_text(f"{number}")
    assert len(asked) >= 9
    tab.close()


@pytest.mark.browser
def test_a_page_of_an_earlier_run_says_that_it_has_ended(chromium: Browser, page: Page) -> None:
    tab = chromium.new_page()
    with served_page(page, 0) as address:
        tab.goto(address)
        page.show(DONE)
        expect(tab.locator("#number")).to_have_text("12")
    with served_page(Page(VI, ()), urlsplit(address).port or 0) as later:
        assert later != address
        expect(tab.locator("#sentence")).to_have_text(VI.page_gone)
        expect(tab.locator("#number")).to_be_hidden()
    tab.close()


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("kind", ["waiting", "done", "again", "refused", "reader"])
def test_the_page_is_accessible_in_every_colour(page: Page, view: Any, kind: str, scheme: str) -> None:
    view.emulate_media(color_scheme=scheme)
    page.show(Sign(Kind(kind), DONE.sentence, DONE.hint, 12, "3/20"))
    expect(view.locator("body")).to_have_attribute("data-kind", kind)
    found = Axe().run(view)
    assert found.violations_count == 0, found.generate_report()


def test_the_page_speaks_the_language_asked_for() -> None:
    with served_page(Page(EN, set()), 0) as address:
        _, _, body = ask(address, "GET", "")
    assert b'<html lang="en">' in body
    assert EN.waiting.encode() in body
    assert b"{" not in body


def test_only_who_knows_the_address_is_let_in(address: str) -> None:
    parts = urlsplit(address)
    assert parts.hostname == "127.0.0.1"
    assert ask(address, "GET", "")[0] == 200
    assert ask(address, "GET", "/")[0] == 404
    assert ask(address, "GET", "/signs?after=0")[0] == 404
    assert ask(address, "GET", "signs?after=0", Host="evil.example")[0] == 404
    assert ask(address, "GET", "", Host=f"localhost:{parts.port}")[0] == 200
    assert ask(address, "GET", "../../etc/passwd")[0] == 404


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b'"12"', "application/json", 200),
        (b'"12"', "text/plain", 404),  # what a form of another site can send
        (b"12", "application/json", 400),
        (b"{", "application/json", 400),
        (b"[" * 4000, "application/json", 400),
        (b'"' + b"a" * 5000 + b'"', "application/json", 413),
        (b'"\xff"', "application/json", 400),
    ],
    ids=["good", "form", "number", "cut", "nested", "long", "bytes"],
)
def test_a_label_is_taken_only_as_the_page_sends_it(
    address: str, body: bytes, kind: str, status: int
) -> None:
    assert ask(address, "POST", "label", body, Content_Type=kind)[0] == status


def test_labels_that_nobody_reads_do_not_pile_up(address: str) -> None:
    said = [ask(address, "POST", "label", b'"1"', Content_Type="application/json")[0] for _ in range(9)]
    assert said == [200] * 8 + [429]


def test_the_policy_lets_nothing_in_but_its_own_files(address: str) -> None:
    _, headers, _ = ask(address, "GET", "")
    assert headers["Content-Security-Policy"].startswith(
        "default-src 'none'; style-src 'self'; script-src 'self'"
    )
    assert headers["Cache-Control"] == "no-store"


def test_a_browser_that_comes_late_sees_the_last_sign_only(page: Page, address: str) -> None:
    for number in range(1, 60):
        page.show(Sign(Kind.DONE, f"{number}", number=number))
    _, _, body = ask(address, "GET", "signs?after=0")
    assert [sign["number"] for sign in json.loads(body)] == [59]
    _, _, body = ask(address, "GET", "signs?after=57")
    assert [sign["number"] for sign in json.loads(body)] == [58, 59]
