"""The page for the press says of the stars what holds today, in neutral words, and hands out what it may."""

import html
import re
from dataclasses import replace
from datetime import date, timedelta

import pytest
from ocop.trace.facts import CertificateState, Photo, Recall, Step, Story
from ocop.trace.pages.phrases import plain
from ocop.trace.pages.press_page import photos_of, press_list_view, press_view, story_plain
from ocop.trace.verdict_stars import StarAnswer

DAY = date(2026, 11, 24)
ACCUSING = ("gian", "lừa", "vi phạm", "giả", "kém chất lượng", "không đạt")


def page(samples, facts=None, lang="vi", day=DAY, **more):
    return press_view(
        facts or samples.product_facts, lang, samples.origin, day, lambda _: (4096, 3072, 2_440_000), **more
    )


def starred(samples, **changes):
    """The sample with one certificate, changed."""
    paper = samples.product_facts.product.certificates[0]
    paper = replace(
        paper, valid_from=DAY - timedelta(days=900), valid_to=DAY + timedelta(days=200), **changes
    )
    return replace(
        samples.product_facts, product=replace(samples.product_facts.product, certificates=(paper,))
    )


CLOSED = DAY - timedelta(days=20)
STATES = {
    "valid": {},
    "withdrawn": {"state": CertificateState.WITHDRAWN, "closed_on": CLOSED, "reason": "x"},
    "suspended": {"state": CertificateState.SUSPENDED, "closed_on": CLOSED},
    "potential": {"potential": True},
}


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("lang", ["vi", "en"])
def test_every_state_of_the_star_has_neutral_words(samples, renderer, state, lang):
    view = page(samples, starred(samples, **STATES[state]), lang)
    assert view.stars.id == state
    assert view.stars.lit is (state == "valid")
    said = plain(view.stars.title) + " ".join(plain(one) for one in view.stars.details)
    assert not any(word in said.lower() for word in ACCUSING)
    assert said.split(".")[0] in html.unescape(re.sub("<[^>]*>", "", renderer.page(view).decode()))


def test_the_star_is_judged_on_the_day_of_reading(samples):
    facts = starred(samples)
    last = facts.product.certificates[0].valid_to
    ids = [page(samples, facts, day=day).stars.id for day in (DAY, last, last + timedelta(days=1))]
    assert ids == ["valid", "expiring", "expired"]
    assert page(samples, facts, day=last + timedelta(days=1)).stars.lit is False
    without = replace(facts, product=replace(facts.product, certificates=(), other_certified=""))
    assert page(samples, without).stars.id == StarAnswer.NONE.value


def test_at_most_three_pictures_each_once_the_product_first(samples):
    product = samples.product_facts.product
    shot = [Photo(letter * 64, ((360, 270),)) for letter in "abcde"]
    story = Story(
        "vi", "T", "", ("", "", "", "", ""), steps=tuple(Step(f"bước {n}", p) for n, p in enumerate(shot))
    )
    told = replace(product, photo=shot[1], signs=(), stories={"vi": story, "en": replace(story, lang="en")})
    names = [photo.name[0] for photo, _ in photos_of(replace(samples.product_facts, product=told))]
    assert names == ["b", "a", "c"]
    bare = replace(product, photo=None, signs=(), stories={"vi": replace(story, steps=())})
    assert photos_of(replace(samples.product_facts, product=bare)) == ()
    assert "Ảnh khổ lớn" not in str(page(samples, replace(samples.product_facts, product=bare)).photos)


def test_a_portrait_comes_with_its_tellers_name(samples):
    found = {photo.name[0]: said for photo, said in photos_of(samples.product_facts)}
    assert found["f"]["vi"] == "Nhóm sao chè xóm Hồng Thái"


def test_the_plain_text_is_whole_and_names_its_source(samples):
    facts = samples.product_facts
    text = story_plain(facts, facts.product.stories["vi"], samples.origin)
    for part in (
        "Ba giờ sáng",
        "Ai dạy nghề?",
        "Mẹ chồng dạy.",
        "1. Hái một tôm",
        "Đồi thấp",
        "id.example.vn/products/",
    ):
        assert part in text
    english = story_plain(facts, facts.product.stories["en"], samples.origin)
    assert "Who taught you" in english or "taught" in english
    assert "\n\n\n" not in english, "an empty answer leaves no hole"


def test_a_preview_hands_nothing_out(samples, renderer):
    shown = renderer.page(page(samples, preview=True)).decode()
    assert "Bản xem trước" in shown
    assert "download" not in shown
    assert 'rel="canonical"' not in shown
    assert "download" in renderer.page(page(samples)).decode()


def test_a_machine_translation_says_so(samples, renderer):
    shown = renderer.page(page(samples, lang="en")).decode()
    assert "machine translation, not yet read by anybody" in shown


def test_sizes_are_written_as_the_language_writes_them(samples):
    assert page(samples).photos[0].size == "4096 × 3072 điểm ảnh, 2,4 MB"
    assert page(samples, lang="en").photos[0].size == "4096 × 3072 pixels, 2.4 MB"
    assert press_view(samples.product_facts, "vi", samples.origin, DAY, lambda _: None).photos[0].href == ""


def test_a_recall_stands_before_everything_else(samples, renderer):
    recall = Recall(samples.now, "lẫn thủy tinh", "Xin mang trả.")
    shown = renderer.page(page(samples, replace(samples.product_facts, recalls={"L1": recall}))).decode()
    assert shown.index("lẫn thủy tinh") < shown.index("Ghi nguồn:")


def test_the_list_has_ways_on_and_back(samples, renderer):
    view = press_list_view([samples.product_facts], "ko", samples.origin, DAY, page=2, more=True)
    shown = renderer.page(view).decode()
    assert 'href="/press?page=1&amp;lang=en"' in shown
    assert 'href="/press?page=3&amp;lang=en"' in shown
    assert 'type="application/atom+xml"' in shown
    assert '<meta name="robots" content="noindex">' in shown
    empty = renderer.page(press_list_view([], "vi", samples.origin, DAY, page=1, more=False)).decode()
    assert "Chưa có cơ sở nào mời báo chí" in empty
