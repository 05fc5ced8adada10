"""The pages as Debian's Chromium shows them: the answers' place, no violation of the policy, nothing fetched
from elsewhere, no sideways scrolling, and the parts that a reader without JavaScript or light needs."""

import io
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import axe_playwright_python
import pytest
from ocop.trace.pages.phrases import LANGS
from ocop.trace.pages.press_page import press_list_view, press_view
from ocop.trace.pages.render import static_files
from ocop.trace.pages.site_pages import about_view, catalogue_view, message_view, report_view
from ocop.trace.pages.site_views import Problem, Search
from PIL import Image

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


def drawn(width, kind):
    content = io.BytesIO()
    Image.new("RGB", (width, width * 3 // 4), (120, 140, 90)).save(content, kind)
    return content.getvalue()


class Site:
    """A loopback server of rendered pages with the policy they are made for."""

    def __init__(self, renderer):
        self.pages, self.asked = {}, []
        pictures = {kind: drawn(360, kind) for kind in ("WEBP", "JPEG")}
        static = static_files()
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                site.asked.append(self.path)
                path = self.path.partition("?")[0]
                if path.startswith("/media/"):
                    kind = "WEBP" if path.endswith(".webp") else "JPEG"
                    body, media_type = pictures[kind], f"image/{kind.lower()}"
                elif path.startswith("/static/"):
                    body, media_type = static[path.removeprefix("/static/")]
                else:
                    body, media_type = (
                        site.pages.get(path, b"<title>none</title>"),
                        "text/html; charset=utf-8",
                    )
                self.send_response(200)
                self.send_header("Content-Type", media_type)
                self.send_header("Content-Security-Policy", renderer.csp)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                """The server of a test is silent."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.address = f"http://127.0.0.1:{self.server.server_port}"
        Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture(scope="module")
def site(renderer, samples):
    site = Site(renderer)
    for lang in LANGS:
        for name, scan in samples.scans.items():
            site.pages[f"/{lang}/{name}"] = scan.page(renderer, lang)
    facts = samples.product_facts
    views = {
        "catalogue": catalogue_view(
            "vi", samples.origin, samples.now.date(), tales=[facts], products=[facts, facts], found=40,
            search=Search(), provinces={"19": "tỉnh Thái Nguyên"}, page_size=2,
        ),
        "about": about_view("vi", samples.origin),
        "message": message_view(404, "vi", samples.origin, Problem("no such product", "one of ours", "0" * 80, "scan")),
        "report": report_view(facts, "vi", samples.origin, samples.path),
        "again": report_view(facts, "vi", samples.origin, samples.path, typed={"kind": "seal", "text": "Nắp hở"}),
        "press": press_view(facts, "vi", samples.origin, samples.now.date(), lambda _: (4096, 3072, 2_400_000)),
        "pressed": press_view(facts, "en", samples.origin, samples.now.date(), lambda _: None, preview=True),
        "press_list": press_list_view([facts] * 3, "vi", samples.origin, samples.now.date(), page=2, more=True),
    }  # fmt: skip
    for name, view in views.items():
        site.pages[f"/site/{name}"] = renderer.page(view)
    yield site
    site.server.shutdown()
    site.server.server_close()


@pytest.fixture(scope="module")
def chromium(chromium_browser):
    return chromium_browser


@contextmanager
def opened(chromium, width, height, **options):
    """A fresh page that remembers what the browser complained of and asked for."""
    context = chromium.new_context(viewport={"width": width, "height": height}, **options)
    page = context.new_page()
    page.complaints, page.elsewhere = [], []
    page.on("console", lambda message: page.complaints.append(message.text))
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    page.on("request", lambda request: page.elsewhere.append(request.url))
    yield page
    context.close()


AXE_PAGES = (
    "/vi/code-code_issued", "/vi/code-recalled", "/ko/stars-expired", "/en/code-not_issued", "/vi/code-chip_answered",
    "/vi/code-cannot_say", "/vi/code-code_issued_often", "/site/catalogue", "/site/about", "/site/report",
    "/site/message", "/site/again", "/site/press", "/site/pressed", "/site/press_list",
)  # fmt: skip
NARROW = ("/vi/stars-expired", "/ru/code-recalled-no_code", "/fr/code-not_issued-unknown", "/site/")

MEASURE = """fragments => fragments.map(html => {
  document.querySelector('.answers').outerHTML = html;
  const answers = document.querySelector('.answers');
  return [answers.getBoundingClientRect().bottom, answers.scrollWidth - answers.clientWidth];
})"""


def answers_of(page):
    html = page.decode()
    start = html.index('<div class="answers"')
    return html[start : html.index('<div class="column">')]


@pytest.mark.parametrize("lang", LANGS)
def test_the_three_answers_end_on_the_first_screen_with_the_longest_names(site, chromium, samples, lang):
    """All answers in turn on one page: its header and style are the same for all."""
    names = list(samples.scans)
    with opened(chromium, 360, 520) as page:
        page.goto(f"{site.address}/{lang}/code-code_issued")
        measured = page.evaluate(MEASURE, [answers_of(site.pages[f"/{lang}/{name}"]) for name in names])
        assert {name: m for name, m in zip(names, measured, strict=True) if m[0] > 520 or m[1] > 0} == {}
        assert page.complaints == []
        assert [url for url in page.elsewhere if not url.startswith(site.address)] == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_scrolls_sideways_on_the_narrowest_phone(site, chromium, scheme):
    with opened(chromium, 320, 568, color_scheme=scheme) as page:
        for path in [path for path in site.pages if path.startswith(NARROW)]:
            page.goto(site.address + path, wait_until="domcontentloaded")
            assert page.evaluate("document.documentElement.scrollWidth") <= 320, path
        assert page.complaints == []


def test_a_journalist_copies_the_story_with_one_tap(site, chromium):
    with opened(chromium, 360, 640, permissions=["clipboard-read", "clipboard-write"]) as page:
        page.goto(f"{site.address}/site/press")
        page.get_by_role("button", name="Chép lời kể").first.click()
        page.get_by_role("button", name="Đã chép").first.wait_for()
        copied = page.evaluate("navigator.clipboard.readText()")
        assert copied.replace("\r", "").strip() == page.locator("#text-vi").text_content().strip()
        assert "Ba giờ sáng, bếp đã đỏ" in copied
        assert page.complaints == []


def test_the_page_speaks_without_javascript(site, chromium):
    with opened(chromium, 360, 640, java_script_enabled=False) as page:
        page.goto(f"{site.address}/vi/code-code_issued")
        assert page.get_by_role("button", name="Gửi lời cảm ơn").is_visible()
        assert page.get_by_text("Trang để gửi cho bạn bè (không kèm mã)").is_visible()
        page.locator("summary").first.click()
        assert page.get_by_role("link", name="한국어").is_visible()


def test_sharing_gives_the_phone_an_address_without_code(site, chromium, samples):
    with opened(chromium, 360, 640) as page:
        page.add_init_script("navigator.share = data => { window.shared = data; return Promise.resolve(); }")
        page.goto(f"{site.address}/vi/code-code_issued?{samples.query}")
        page.get_by_role("link", name="Chia sẻ").click()
        assert page.evaluate("window.shared.url") == f"{samples.origin}/products/09521234543213"
        assert page.complaints == []


def test_wide_screens_keep_the_answers_beside_the_story(site, chromium):
    with opened(chromium, 1280, 800) as page:
        page.goto(f"{site.address}/vi/code-code_issued")
        page.mouse.wheel(0, 2500)
        page.wait_for_function("window.scrollY > 1500")
        box = page.locator(".answers").bounding_box()
        assert 0 <= box["y"] <= 40
        assert page.locator(".column").bounding_box()["x"] > box["x"] + box["width"]


def test_print_keeps_the_answers_and_drops_what_paper_cannot_do(site, chromium):
    with opened(chromium, 794, 1000) as page:
        page.goto(f"{site.address}/vi/code-recalled")
        page.emulate_media(media="print")
        assert page.get_by_text("Xin đừng dùng.").first.is_visible()
        assert page.get_by_text("Chỉ tin địa chỉ").is_visible()
        assert not page.get_by_role("button", name="Gửi lời cảm ơn").is_visible()
        assert not page.locator("audio").is_visible()
        ground = page.evaluate("getComputedStyle(document.querySelector('#recalled')).backgroundColor")
        assert ground == "rgb(255, 255, 255)"


def test_the_policy_blocks_what_a_page_never_has(site, chromium):
    page_with_script = site.pages["/vi/code-code_issued"].replace(
        b"</body>", b"<script>window.hit=1</script></body>"
    )
    site.pages["/attack"] = page_with_script
    with opened(chromium, 360, 640) as page:
        page.goto(f"{site.address}/attack")
        assert page.evaluate("window.hit") is None
        assert any("Content Security Policy" in complaint for complaint in page.complaints)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(site, chromium, scheme):
    """Deque's axe-core with its rules of WCAG 2.2 A and AA and of good practice."""
    axe = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text("utf-8")
    with opened(chromium, 360, 640, color_scheme=scheme) as page:
        for path in AXE_PAGES:
            page.goto(site.address + path)
            page.evaluate(axe)
            found = page.evaluate("async () => (await axe.run()).violations")
            assert [(v["id"], [node["html"][:90] for node in v["nodes"]]) for v in found] == [], path
