"""The bytes of a page: what is filled equals what is rendered, hostile texts stay texts, pages stay light."""

import base64
import gzip
import hashlib
import re
from dataclasses import fields, is_dataclass, replace
from datetime import date, datetime, timedelta
from enum import Enum
from html.parser import HTMLParser

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ocop.trace.pages.phrases import LANGS, phrases
from ocop.trace.pages.render import PreparedPage, static_files
from ocop.trace.pages.story_page import page_key, story_view
from ocop.trace.pages.views import SLOTS, ItemValues, item_values

VOID = {"meta", "link", "img", "input", "source", "br", "path", "circle", "rect"}
# No value of a scan holds a NUL: paths are canonical, dates are ours, and `kept_query` passes nothing else.
WRITABLE = st.characters(codec="utf-8", exclude_characters="\x00\ufdd0\ufdd1")
HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "</style><script>alert(1)</script>",
    "</title><svg onload=alert(1)>",
    "{{ 7*7 }}{% raw %}",
    "javascript:alert(1)",
    "&lt;script&gt;&#39;",
    "\ufdd0path\ufdd1\ufdd0now\ufdd1",
    "\u202egnp.exe\u2066",
    "\x00\x1b[31m\r\n",
    "\ud800lone",
    "<!--",
    "]]>",
]  # fmt: skip


class Balance(HTMLParser):
    """Every element is closed where it was opened; attributes are collected for the tests below."""

    def __init__(self):
        super().__init__()
        self.open, self.attributes, self.ids, self.scripts = [], [], [], []

    def handle_starttag(self, tag, attrs):
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        self.ids += [value for name, value in attrs if name == "id"]
        if tag == "script":
            self.scripts.append(dict(attrs))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag


def parsed(page):
    parser = Balance()
    parser.feed(page.decode("utf-8", "strict"))
    parser.close()
    assert parser.open == []
    return parser


def prepared(samples, renderer, scan, lang="vi"):
    return renderer.prepare(story_view(scan.facts, scan.verdict, lang, samples.origin))


def infested(value, text):
    """The same facts with `text` in every field that people write."""
    if isinstance(value, Enum | bytes | int | date | datetime) or value is None:
        return value
    if isinstance(value, str):
        return text
    if isinstance(value, tuple):
        return tuple(infested(item, text) for item in value)
    if isinstance(value, dict):
        return {key: infested(item, text) for key, item in value.items()}
    if is_dataclass(value):
        kept = {"key", "lang", "lot", "keys"}
        return replace(
            value,
            **{f.name: infested(getattr(value, f.name), text) for f in fields(value) if f.name not in kept},
        )
    return value


@pytest.mark.parametrize("lang", LANGS)
def test_a_filled_page_is_the_rendered_page(samples, renderer, lang):
    for name, scan in samples.scans.items():
        assert prepared(samples, renderer, scan, lang).fill(scan.values(lang)) == scan.page(renderer, lang), (
            name
        )


def test_a_prepared_page_serves_every_scan_with_its_key(samples, renderer):
    """Another item, another time: if the key says it is the same page, it must be."""
    shared = 0
    for name, scan in samples.scans.items():
        other = replace(
            scan, evidence=scan.evidence._replace(serial="000017"), now=scan.now + timedelta(minutes=2)
        )
        if scan.evidence.serial and page_key(other.verdict) == page_key(scan.verdict):
            shared += 1
            assert prepared(samples, renderer, scan).fill(other.values("vi")) == other.page(renderer, "vi"), (
                name
            )
    assert shared >= 20


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
@given(texts=st.lists(st.text(WRITABLE, min_size=1), min_size=8, max_size=8))
def test_slot_values_are_escaped_as_the_templates_escape(samples, renderer, texts):
    values = ItemValues(*texts)
    scan = samples.scans["code-code_issued"]
    whole = renderer.page(story_view(scan.facts, scan.verdict, "vi", samples.origin, values))
    assert prepared(samples, renderer, scan).fill(values) == whole


def test_a_prepared_page_keeps_no_slot_unfilled(samples, renderer):
    for scan in samples.scans.values():
        assert "\ufdd0" not in prepared(samples, renderer, scan).fill(scan.values("vi")).decode()


def test_two_scans_of_a_prepared_page_do_not_touch_each_other():
    page = PreparedPage(f"<p>{SLOTS.number} of {SLOTS.path}, {SLOTS.number}</p>")
    first = page.fill(ItemValues(number="1", path="/a"))
    assert page.fill(ItemValues(number="2", path="/<b>")) == b"<p>2 of /&lt;b&gt;, 2</p>"
    assert first == b"<p>1 of /a, 1</p>"


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_in_every_field_stays_text(samples, renderer, text):
    clean = samples.scans["code-recalled"]
    attacked = replace(clean, facts=infested(clean.facts, text))
    for lang in ("vi", "ko"):
        page = attacked.page(renderer, lang)
        found = parsed(page)
        harmless = parsed(clean.page(renderer, lang))
        assert found.scripts == harmless.scripts
        assert {name for _, name, _ in found.attributes} <= {name for _, name, _ in harmless.attributes}
        assert not [
            value for _, name, value in found.attributes if name == "href" and value.startswith("javascript")
        ]
        assert prepared(samples, renderer, attacked, lang).fill(attacked.values(lang)) == page


@pytest.mark.parametrize(
    "website", ["javascript:alert(1)", "data:text/html,x", "//evil.example", " https://x"]
)
def test_a_website_is_linked_only_when_it_is_one(samples, website):
    scan = samples.scans["code-code_issued"]
    facts = replace(scan.facts, producer=replace(scan.facts.producer, website=website))
    assert story_view(facts, scan.verdict, "vi", samples.origin).visit.website == ""


@pytest.mark.parametrize("lang", LANGS)
def test_every_page_is_well_formed_and_obeys_its_policy(samples, renderer, lang):
    for name, scan in samples.scans.items():
        page = parsed(scan.page(renderer, lang))
        assert not [a for a in page.attributes if a[1] == "style" or a[1].startswith("on")], name
        assert all(script["src"].startswith("/static/") for script in page.scripts), name
        assert len(page.ids) == len(set(page.ids)), name
        sources = [v for _, attribute, v in page.attributes if attribute in ("src", "srcset", "action")]
        assert all(value.startswith(("/media/", "/static/", "/thanks/", "/report/")) for value in sources), (
            name
        )


def test_the_policy_allows_the_one_inlined_style_and_nothing_foreign(samples, renderer):
    page = samples.scans["code-code_issued"].page(renderer, "vi")
    (style,) = re.findall(rb"<style>(.*?)</style>", page, re.S)
    digest = base64.b64encode(hashlib.sha256(style).digest()).decode()
    assert f"'sha256-{digest}'" in renderer.csp
    assert renderer.csp.startswith("default-src 'none'; ")
    assert "unsafe" not in renderer.csp
    assert "http" not in renderer.csp


@pytest.mark.parametrize("lang", LANGS)
def test_addresses_for_others_carry_no_code(samples, renderer, lang):
    for scan in samples.scans.values():
        page = parsed(scan.page(renderer, lang))
        given_away = [v for t, a, v in page.attributes if (t, a) in (("link", "href"), ("meta", "content"))]
        given_away += [v for t, a, v in page.attributes if a in ("href", "action") and not v.startswith("?")]
        assert not [value for value in given_away if re.search(r"[?&][smc]=", value)]


@pytest.mark.parametrize("name", ["code-code_issued", "code-not_issued"])
def test_a_language_switch_keeps_the_code_and_is_not_followed_by_robots(samples, renderer, name):
    page = samples.scans[name].page(renderer, "vi").decode()
    for lang in LANGS:
        assert (
            f'<a href="?{samples.query}&amp;lang={lang}" lang="{lang}" hreflang="{lang}" rel="nofollow"'
            in page
        )


def test_words_in_another_language_than_the_page_are_marked(samples, renderer):
    page = samples.scans["code-code_issued"].page(renderer, "ko").decode()
    assert '<html lang="ko"' in page
    assert '<span lang="vi">Hợp tác xã' in page
    assert '<div lang="en">' in page
    assert '<span lang="ko">' not in page


def test_a_missing_translation_and_a_draft_are_said(samples, renderer):
    korean = samples.scans["code-code_issued"].page(renderer, "ko").decode()
    assert "아직 <span>" not in korean
    assert phrases("ko").say("story.draft") in korean
    assert phrases("ko").say("page.draft") in korean
    vietnamese = samples.scans["code-code_issued"].page(renderer, "vi").decode()
    assert "Bản dịch máy" not in vietnamese
    assert "chưa có cơ quan nào đọc lại" in vietnamese
    english = samples.scans["code-code_issued"].page(renderer, "en").decode()
    assert "Machine translation, not reviewed." in english
    assert "on 1 Sep 2026" in english


@pytest.mark.parametrize("lang", LANGS)
def test_sample_data_says_so_in_the_answers_on_the_picture_and_in_the_title(samples, renderer, lang):
    tag = phrases(lang).say("page.illustrative.tag")
    page = samples.scans["code-code_issued"].page(renderer, lang).decode()
    answers = page[page.index('class="answers"') : page.index('class="column"')]
    assert f'<span class="tag">{tag}</span>' in answers
    assert f'<figcaption><span class="tag">{tag}</span></figcaption>' in page
    assert f"<title>{tag}: " in page
    assert f'<meta property="og:title" content="{tag}: ' in page
    hidden = samples.scans["code-not_issued"].page(renderer, lang).decode()
    assert f'<span class="tag">{tag}</span>' in hidden


def test_real_data_is_not_called_a_sample(samples, renderer):
    page = samples.scan(of=samples.product(illustrative=False)).page(renderer, "vi").decode()
    assert "Minh họa" not in page


@pytest.mark.parametrize("lang", LANGS)
def test_pages_are_light(samples, renderer, lang):
    for name, scan in samples.scans.items():
        page = scan.page(renderer, lang)
        assert len(page) <= 40_000, name
        assert len(gzip.compress(page, 6)) <= 12_000, name
        assert len(page[: page.index(b'class="column"')]) <= 20_000
        assert len(gzip.compress(page[: page.index(b'class="column"')], 6)) <= 14_000


def test_first_pictures_are_eager_and_the_rest_waits(samples, renderer):
    page = samples.scans["code-code_issued"].page(renderer, "vi").decode()
    images = re.findall(r"<img [^>]*>", page)
    assert [("loading=" in image) for image in images[:3]] == [False, False, True]
    assert all("loading=" in image for image in images[2:])
    assert all(re.search(r'width="\d+" height="\d+" alt="[^"]+"', image) for image in images)
    assert "-1200." not in page


def test_a_voice_is_never_played_by_itself_and_has_its_words(samples, renderer):
    page = samples.scans["code-code_issued"].page(renderer, "vi").decode()
    assert '<audio controls preload="none" src="/media/voice-1.m4a"></audio>' in page
    assert "Chè là cái cây biết đợi người." in page
    assert "autoplay" not in page


def test_the_legal_panel_is_the_union_of_both_lists_without_empty_lines(samples, renderer):
    view = story_view(
        samples.scans["code-code_issued"].facts,
        samples.scans["code-code_issued"].verdict,
        "vi",
        samples.origin,
        samples.scans["code-code_issued"].values("vi"),
    )
    assert [line.id.removeprefix("legal.") for line in view.legal] == [
        "product", "producer", "address", "formerly", "mst", "gln", "origin", "gtin", "lot", "serial", "code",
        "made", "expiry", "brand", "standards", "group", "decision",
    ]  # fmt: skip
    assert [(stage.day, stage.place_code) for stage in view.stages] == [
        ("11/09/2026", "893-TC-01"),
        ("12/09/2026", "893-TC-02"),
    ]
    bare = samples.scan(of=samples.product(brand="", standards=()), lot=samples.batch(expiry=None))
    ids = [line.id for line in story_view(bare.facts, bare.verdict, "vi", samples.origin).legal]
    assert not {"legal.brand", "legal.standards", "legal.expiry"} & set(ids)


def test_the_order_of_a_page_is_the_promised_one(samples, renderer):
    page = samples.scans["code-code_issued"].page(renderer, "vi").decode()
    order = ["Mã này do", "Giống ảnh không", "4 sao, còn", "Món này", "Điểm nhận biết", "Người làm kể",
             "Làm ra thế nào", "Đất và nguyên liệu", "Cách dùng và bảo quản", "Thông tin truy xuất", "Thăm và mua",
             "Gửi lời cảm ơn", "Báo điều đáng ngờ", "Chỉ tin địa chỉ id.example.vn"]  # fmt: skip
    body = page[page.index("<body>") :]
    assert sorted(order, key=body.index) == order


def test_thanks_need_one_tap_and_no_script(samples, renderer):
    page = samples.scans["code-code_issued"].page(renderer, "vi").decode()
    assert f'<form method="post" action="/thanks{samples.path}">' in page
    assert f'href="/report{samples.path}?lang=vi"' in page


def test_static_files_have_their_types():
    kinds = {name: kind for name, (_, kind) in static_files().items()}
    assert kinds["mark.svg"] == "image/svg+xml"
    assert kinds["rooms.css"] == "text/css; charset=utf-8"
    assert {kind for name, kind in kinds.items() if name.endswith(".js")} == {
        "text/javascript; charset=utf-8"
    }
    assert {name.rpartition(".")[2] for name in kinds} == {"js", "css", "svg"}


def test_values_of_a_scan_are_cheap_to_read(samples):
    scan = samples.scans["code-withdrawn-item"]
    assert item_values(phrases("vi"), scan.verdict, path="/x", query="") == ItemValues(
        number="12",
        serial="000012",
        path="/x",
        now="10:42, 23/11/2026",
        stamp="2026-11-23T03:42:07+00:00",
        since="20/11/2026",
        clock="10:42",
    )
