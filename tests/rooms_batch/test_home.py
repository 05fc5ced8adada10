"""The studio's first page: what can't wait, and what buyers gave back."""

import re
from typing import Any

import pytest
from ocop.trace.registry.feedback import add_thanks

GTIN = "09521234543213"
BATCH = f"/studio/products/{GTIN}/batches/L2609A"
Studio = Any


def words(response: Any) -> str:
    return " ".join(re.sub(r"<[^>]*>", " ", response.text).split())


def test_a_printed_lot_that_is_not_on_sale_comes_first(studio: Studio) -> None:
    studio.shop.issue()
    maker = studio.person()
    assert "chưa mở bán" not in words(maker.get("/studio"))
    maker.post(f"{BATCH}/labels", {"ticket": "t1", "first": "1", "last": "21", "form": "csv"})
    page = maker.get("/studio")
    assert "lô L2609A: đã in 21 tem" in words(page)
    assert f'href="{BATCH}"' in page.text
    assert page.text.index("Tem đã in mà lô chưa mở bán") < page.text.index("Việc nên làm tiếp")
    maker.post(f"{BATCH}/release")
    assert "chưa mở bán" not in words(maker.get("/studio"))


def test_thanks_and_scans_are_told_when_there_are_any(studio: Studio) -> None:
    studio.shop.issue()
    maker = studio.person()
    assert "Người mua gửi lại" not in words(maker.get("/studio"))
    with studio.store.begin() as session:
        for lang in ("vi", "vi", "en"):
            add_thanks(session, GTIN, "L2609A", lang)
    studio.shop.scan(3, studio.running.service.clock())
    page = maker.get("/studio")
    assert "Đã nhận 3 lời cảm ơn" in words(page)
    assert "lô L2609A: 1 lượt quét" in words(page)
    assert f'href="{BATCH}/scans"' in page.text
    assert "lời cảm ơn" not in words(studio.person(producer=2).get("/studio"))


@pytest.mark.parametrize(
    ("page", "topics"),
    [
        (f"{BATCH}/labels", {"in-tem"}),
        (f"{BATCH}/chips", {"gan-chip", "mua-chip"}),
        (f"{BATCH}/chips/write", {"gan-chip", "mua-chip"}),
        (f"/studio/products/{GTIN}/story/vi", {"ke-chuyen"}),
    ],
    ids=["labels", "chips", "write", "story"],
)
def test_help_is_one_tap_away_where_it_is_needed(studio: Studio, page: str, topics: set[str]) -> None:
    studio.shop.issue()
    maker = studio.person()
    assert set(re.findall(r'href="/help/([a-z-]+)"', maker.get(page).text)) >= topics
    for topic in topics:
        assert maker.get(f"/help/{topic}").status_code == 200
