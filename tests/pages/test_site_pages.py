"""Catalogue, product page, help, errors, report and thanks."""

from dataclasses import replace
from datetime import timedelta

import pytest
from ocop.trace.facts import ProductFacts
from ocop.trace.pages.phrases import LANGS, SITE_LANGS, phrases, plain
from ocop.trace.pages.site_pages import (
    MESSAGES,
    REPORT_KINDS,
    about_view,
    catalogue_view,
    message_view,
    report_view,
    reported_view,
    thanks_view,
)
from ocop.trace.pages.site_views import Problem, Search
from ocop.trace.pages.story_page import product_view
from ocop.trace.pages.views import item_values
from ocop.trace.verdict import without_code

PROVINCES = {"19": "tỉnh Thái Nguyên", "40": "tỉnh Nghệ An"}


def catalogue(samples, lang="vi", **changes):
    shown = {
        "tales": [samples.product_facts],
        "products": [samples.product_facts],
        "found": 1,
        "search": Search(),
        "provinces": PROVINCES,
        "page_size": 24,
    }
    return catalogue_view(lang, samples.origin, samples.now.date(), **(shown | changes))


def product_page(samples, facts, lang="vi", key="/01/09521234543213"):
    verdict = without_code(facts.product, None, samples.now)
    values = item_values(phrases(lang), verdict, path=key, query="")
    return product_view(facts, verdict, lang, samples.origin, values)


def test_the_catalogue_opens_with_stories(samples, renderer):
    page = renderer.page(catalogue(samples)).decode()
    assert page.index("Chuyện mới kể") < page.index("Ba giờ sáng, bếp đã đỏ") < page.index("Tất cả sản phẩm")
    assert "4 sao, còn hiệu lực đến 12/05/2027" in page
    assert '<a href="/products/09521234543213?lang=vi">' in page


def test_a_star_in_the_catalogue_is_judged_on_the_day(samples):
    later = catalogue_view(
        "vi",
        samples.origin,
        samples.now.date() + timedelta(days=900),
        tales=[],
        products=[samples.product_facts],
        found=1,
        search=Search(),
        provinces={},
        page_size=24,
    )
    assert plain(later.products[0].stars.title).startswith("4 sao đã hết hạn ngày 12/05/2027")
    assert not later.products[0].stars.lit


def test_a_search_shows_products_without_the_opening(samples, renderer):
    view = catalogue(samples, search=Search(query='chè "<b>', stars=4, page=2), found=60)
    assert view.tales == ()
    assert view.previous == "?q=ch%C3%A8+%22%3Cb%3E&stars=4&page=1&lang=vi"
    assert view.following == "?q=ch%C3%A8+%22%3Cb%3E&stars=4&page=3&lang=vi"
    page = renderer.page(view).decode()
    assert "Có 60 sản phẩm khớp với “chè &#34;&lt;b&gt;”" in page
    assert '<option value="4" selected>4 sao</option>' in page
    assert '<meta name="robots" content="noindex">' in page


def test_the_last_page_leads_nowhere(samples):
    assert catalogue(samples, search=Search(page=3), found=72).following == ""
    assert catalogue(samples, search=Search(page=2), found=49).following != ""


def test_an_empty_search_says_what_to_do(samples, renderer):
    page = renderer.page(catalogue(samples, products=[], found=0, search=Search(query="zzz"))).decode()
    assert "Chưa tìm thấy." in page


def test_recalled_lots_are_marked_in_the_catalogue_and_named_on_the_product_page(samples, renderer):
    facts = replace(samples.product_facts, recalls={"L2609A": samples.recall, "L2610B": samples.recall})
    assert "Có lô đang thu hồi" in renderer.page(catalogue(samples, products=[facts])).decode()
    view = product_page(samples, facts)
    assert [notice.lot for notice in view.recall] == ["L2609A", "L2610B"]
    page = renderer.page(view).decode()
    assert page.index("Đang thu hồi lô L2609A") < page.index("Người làm kể")


def test_a_typed_number_can_be_entered_without_script(samples, renderer):
    page = renderer.page(catalogue(samples)).decode()
    assert "Không có điện thoại quét? Gõ số trên tem" in page
    assert '<form class="card body" method="get" action="/typed">' in page


@pytest.mark.parametrize("lang", LANGS)
def test_a_product_page_checks_no_item(samples, renderer, lang):
    view = product_page(samples, samples.product_facts, lang)
    assert view.answers.code.id == "no_code"
    assert view.item.number is None
    assert view.frame.index
    page = renderer.page(view).decode()
    assert f'<link rel="canonical" href="{samples.origin}/products/09521234543213">' in page


def test_a_product_without_gtin_is_named_by_its_code(samples):
    facts = ProductFacts(1, samples.product(key="P/4VTR0QB4"), samples.producer, {})
    view = product_page(samples, facts, key="/P/4VTR0QB4")
    assert view.share == f"{samples.origin}/products/P/4VTR0QB4"
    assert ("legal.product_code", "4VTR0QB4") in [(line.id, line.words[0].text) for line in view.legal]


@pytest.mark.parametrize("lang", LANGS)
def test_site_pages_speak_vietnamese_or_english(samples, renderer, lang):
    spoken = lang if lang in SITE_LANGS else "en"
    for view in (catalogue(samples, lang), about_view(lang, samples.origin)):
        assert view.frame.lang == spoken
        assert renderer.page(view)


def test_the_help_page_says_what_is_counted(samples, renderer):
    page = renderer.page(about_view("vi", samples.origin)).decode()
    assert "Sau 24 tháng chỉ còn số đếm." in page
    assert "không lưu địa chỉ mạng đầy đủ" in page


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("status", [*MESSAGES, 405, 409, 422, 502])
def test_every_error_has_a_sentence_for_people_and_the_one_of_the_api(samples, renderer, status, lang):
    problem = Problem(
        "the link is no identifier of ours", "a check digit of 3", "<4>", "scan the label again"
    )
    page = renderer.page(message_view(status, lang, samples.origin, problem)).decode()
    known = status if status in MESSAGES else 400 if status < 500 else 500
    assert phrases(lang).say(f"message.{known}") in page
    assert '<p lang="en">the link is no identifier of ours</p>' in page
    assert '<dd lang="en">&lt;4&gt;</dd>' in page
    assert ('class="button" href=""' in page) == (known in (429, 500, 503))


@pytest.mark.parametrize("lang", LANGS)
def test_a_report_needs_no_name_and_thanks_no_account(samples, renderer, lang):
    page = renderer.page(report_view(samples.product_facts, lang, samples.origin, samples.path)).decode()
    assert f'<form class="card body" method="post" action="/report{samples.path}" enctype=' in page
    assert page.count('name="kind"') == len(REPORT_KINDS)
    assert page.count(" required") == len(REPORT_KINDS)
    unknown = renderer.page(report_view(None, lang, samples.origin, "/01/09520000000003")).decode()
    assert "Hương Vân" not in unknown
    thanks = renderer.page(thanks_view("HTX <b>", lang, samples.origin, samples.path)).decode()
    assert "HTX &lt;b&gt;" in thanks
    assert renderer.page(reported_view(lang, samples.origin, samples.path, "7K3M-9X2P-Q4TD"))
