"""Figures that never single out a person, on both databases."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from ocop.trace.batching_scans import DAYS, FEW, GROUP, MANY, Odd, Summary, summary
from ocop.trace.registry.feedback import add_thanks
from ocop.trace.registry.scans import aggregate

GTIN = "09521234543213"
NOW = datetime(2026, 11, 23, 4, 5, 6, tzinfo=UTC)
Shop = Any


def told(shop: Shop, lot: str = "L2609A") -> Summary:
    with shop.store.read() as session:
        return summary(session, GTIN, lot, NOW)


def test_nothing_scanned_is_nothing_shown(shop: Shop) -> None:
    found = told(shop)
    assert (found.total, found.days, found.hours, found.languages, found.odd) == (0, (), (), (), ())
    assert (found.best_day, found.best_hours) == (None, None)


def test_with_few_scans_there_is_a_total_and_nothing_that_points_at_anybody(shop: Shop) -> None:
    shop.scan(1, NOW, times=FEW - 1, lang="ja")
    found = told(shop)
    assert (found.total, found.recent) == (FEW - 1, FEW - 1)
    assert (found.days, found.hours, found.languages, found.others) == ((), (), (), 0)


def test_days_come_first_and_hours_with_many(shop: Shop) -> None:
    shop.scan(1, NOW, times=FEW)
    found = told(shop)
    assert len(found.days) == DAYS
    assert found.best_day == (date(2026, 11, 23), FEW)
    assert found.hours == ()
    shop.scan(1, NOW, times=MANY - FEW)
    assert told(shop).best_hours == (9, 12, MANY), "04:05 in UTC is 11:05 in Viet Nam"


def test_days_and_hours_are_those_of_viet_nam(shop: Shop) -> None:
    shop.scan(1, datetime(2026, 11, 22, 16, 59, tzinfo=UTC), times=30)
    shop.scan(1, datetime(2026, 11, 22, 17, 0, tzinfo=UTC), times=20)
    found = told(shop)
    assert dict(found.days)[date(2026, 11, 22)] == 30
    assert dict(found.days)[date(2026, 11, 23)] == 20
    assert {start: count for start, _, count in found.hours if count} == {21: 30, 0: 20}


def test_what_is_older_than_the_window_counts_in_the_total_only(shop: Shop) -> None:
    shop.scan(1, NOW - timedelta(days=DAYS), times=30)
    found = told(shop)
    assert (found.total, found.recent, found.days) == (30, 0, ())


def test_a_language_of_few_readers_is_not_named(shop: Shop) -> None:
    shop.scan(1, NOW, times=90)
    shop.scan(1, NOW, times=26, lang="en")
    shop.scan(1, NOW, times=GROUP - 1, lang="ko")
    assert (told(shop).languages, told(shop).others) == ((("vi", 90), ("en", 26)), 0)
    shop.scan(1, NOW, times=1, lang="ja")
    assert (told(shop).languages, told(shop).others) == ((("vi", 90), ("en", 26)), GROUP)


def test_folded_months_still_count(shop: Shop) -> None:
    shop.scan(1, NOW - timedelta(days=800), times=30, lang="en")
    with shop.store.begin() as session:
        aggregate(session, NOW - timedelta(days=700))
    found = told(shop)
    assert (found.total, found.languages, found.days) == (30, (("en", 30),), ())


def test_a_lot_and_all_lots(shop: Shop) -> None:
    shop.scan(1, NOW, times=3)
    shop.scan(1, NOW, times=4, lot="L2", channel="nfc")
    assert (told(shop).total, told(shop, "").total, told(shop, "").tapped) == (3, 7, 4)


def test_thanks_are_counted_and_few_are_of_no_language(shop: Shop) -> None:
    with shop.store.begin() as session:
        for lang in ["vi"] * 6 + ["fr"]:
            add_thanks(session, GTIN, "L2609A", lang)
    assert (told(shop).thanks, told(shop).thanks_languages) == (7, (("vi", 6),))


@pytest.mark.parametrize(
    ("code", "kind", "numbers"),
    [
        ("code_issued_often", "often", (12,)),
        ("not_issued", "foreign", ()),
        ("copied_chip", "copied", (12,)),
        ("withdrawn", "cancelled", (12,)),
        ("recalled", "cancelled", (12,)),
        ("not_released", "not_on_sale", (12,)),
    ],
)
def test_odd_things_are_told_by_number(shop: Shop, code: str, kind: str, numbers: tuple[int, ...]) -> None:
    shop.scan(12, NOW, code=code, times=2)
    shop.scan(3, NOW)
    assert told(shop).odd == (Odd(kind, 2, numbers),)
