"""Batches as the studio opens, shows and sells them, on both databases."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from ocop.trace import batching
from ocop.trace.issuing import IdempotencyConflict, LotTaken, issue
from ocop.trace.registry.errors import BadValue, Conflict, Unknown
from ocop.trace.registry.ledger_store import By, check
from ocop.trace.registry.quotas import Holder, QuotaSpent, set_quota
from ocop.trace.signing.entries import Why
from ocop.trace.withdrawing import NothingToDo, recall, withdraw

GTIN, CODE = "09521234543213", "P/4VTR0QB4"
NOW = datetime(2026, 11, 23, 4, 5, 6, tzinfo=UTC)
BY = By("chị Hoa", NOW)
Shop = Any


def test_an_empty_form_suggests_the_day_and_a_lot_that_is_free(shop: Shop) -> None:
    with shop.store.read() as session:
        first = batching.suggest(session, GTIN, NOW)
    assert (first.lot, first.made, first.name, first.classifier) == (
        "L261123A",
        date(2026, 11, 23),
        "Trà Hương Vân",
        "hộp",
    )
    assert (first.place, first.place_code) == ("xã Bến Mây, tỉnh Nghệ An", "17000")
    shop.issue("L261123A")
    shop.issue("L261123C")
    with shop.store.read() as session:
        assert batching.suggest(session, GTIN, NOW).lot == "L261123B"


def test_late_at_night_in_viet_nam_it_is_already_tomorrow(shop: Shop) -> None:
    with shop.store.read() as session:
        assert batching.suggest(session, GTIN, NOW.replace(hour=17, minute=1)).lot == "L261124A"


def test_after_z_come_two_letters(shop: Shop) -> None:
    for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ":
        shop.issue(f"L261123{letter}", count=0)
    with shop.store.read() as session:
        assert batching.suggest(session, GTIN, NOW).lot == "L261123AA"


def test_an_unknown_product_has_no_form(shop: Shop) -> None:
    with shop.store.read() as session, pytest.raises(Unknown):
        batching.suggest(session, "09521234543220", NOW)


def test_a_double_tap_makes_one_batch(shop: Shop) -> None:
    one, two = shop.issue(ticket="form-1"), shop.issue(ticket="form-1")
    assert (one.created, two.created, one.position) == (True, False, two.position)
    with shop.store.read() as session:
        assert len(batching.of_product(session, GTIN)) == 1


def test_a_form_sent_again_with_other_words_is_refused(shop: Shop) -> None:
    shop.issue(ticket="form-1")
    with pytest.raises(IdempotencyConflict):
        shop.issue(count=301, ticket="form-1")
    with pytest.raises(LotTaken):
        shop.issue(ticket="form-2")


def test_where_and_when_it_was_made_stand_on_the_page_of_the_buyer(shop: Shop) -> None:
    shop.issue()
    with shop.store.read() as session:
        from ocop.trace.registry import tables
        from sqlmodel import select

        (event,) = session.exec(select(tables.BatchEvent)).all()
    assert (event.step["vi"], event.on_day, event.place_code) == ("Sản xuất", date(2026, 9, 1), "17000")


def test_a_quota_of_the_office_holds_in_the_studio_too(shop: Shop) -> None:
    with shop.store.begin() as session:
        set_quota(session, Holder.ISSUER, 1, from_year=2026, codes=299, by="phòng Nông nghiệp", at=NOW)
    with pytest.raises(QuotaSpent) as caught:
        shop.issue(count=300)
    assert caught.value.left == 299
    with shop.store.read() as session:
        assert batching.of_product(session, GTIN) == ()


def test_a_batch_is_put_on_sale_once(shop: Shop) -> None:
    shop.issue()
    with shop.store.begin() as session:
        batching.put_on_sale(session, GTIN, "L2609A", BY)
    with shop.store.begin() as session, pytest.raises(NothingToDo):
        batching.put_on_sale(session, GTIN, "L2609A", BY)
    with shop.store.read() as session:
        assert batching.find(session, GTIN, "L2609A").released_at == NOW


def test_a_batch_that_was_called_back_is_not_put_on_sale(shop: Shop) -> None:
    shop.issue()
    with shop.store.begin() as session:
        recall(session, GTIN, "L2609A", Why.SAFETY, By("phòng", NOW, "mốc", "xin đừng dùng"))
    with shop.store.begin() as session, pytest.raises(Conflict):
        batching.put_on_sale(session, GTIN, "L2609A", BY)


def test_a_display_item_is_marked_once_and_taken_back(shop: Shop) -> None:
    shop.issue()
    with shop.store.begin() as session:
        first = batching.show_off(session, GTIN, "L2609A", 12, BY)
    with shop.store.begin() as session:
        assert batching.show_off(session, GTIN, "L2609A", 12, BY) == first
        batching.show_off(session, GTIN, "L2609A", 13, BY)
    with shop.store.read() as session:
        assert batching.find(session, GTIN, "L2609A").display == (12, 13)
        assert check(session) > 0
    with shop.store.begin() as session:
        batching.put_away(session, GTIN, "L2609A", 12, BY)
        batching.put_away(session, GTIN, "L2609A", 99, BY)
    with shop.store.read() as session:
        assert batching.find(session, GTIN, "L2609A").display == (13,)


def test_scans_hear_of_a_display_item_at_once(shop: Shop) -> None:
    from ocop.trace.registry.store import read_meta

    shop.issue()
    with shop.store.read() as session:
        before = read_meta(session).facts_version
    with shop.store.begin() as session:
        batching.show_off(session, GTIN, "L2609A", 12, BY)
    with shop.store.read() as session:
        assert read_meta(session).facts_version > before


@pytest.mark.parametrize("number", [0, -1, 301, 999_999])
def test_a_number_that_the_batch_does_not_have_is_no_display_item(shop: Shop, number: int) -> None:
    shop.issue()
    with shop.store.begin() as session, pytest.raises(BadValue):
        batching.show_off(session, GTIN, "L2609A", number, BY)


def test_nobody_has_more_than_fifty_display_items(sqlite_shop: Shop) -> None:
    sqlite_shop.issue()
    with sqlite_shop.store.begin() as session:
        for number in range(1, 51):
            batching.show_off(session, GTIN, "L2609A", number, BY)
        with pytest.raises(batching.TooManyOnDisplay):
            batching.show_off(session, GTIN, "L2609A", 51, BY)


def test_a_list_counts_what_is_cancelled_and_what_was_scanned(shop: Shop) -> None:
    shop.issue()
    shop.issue("L2609B", count=0)
    shop.scan(12, times=3)
    shop.scan(0, lot="L2609B")
    with shop.store.begin() as session:
        withdraw(session, GTIN, "L2609A", Why.LABELS_LOST, replace(BY, reason="mất tem"), [(5, 9), (20, 20)])
    with shop.store.read() as session:
        listed = batching.of_product(session, GTIN)
    assert [(lot.lot, lot.count, lot.withdrawn, lot.scans) for lot in listed] == [
        ("L2609B", 1, 0, 1),
        ("L2609A", 300, 6, 3),
    ]


def test_batches_of_all_products_of_a_maker_stand_in_one_list(shop: Shop) -> None:
    shop.issue()
    shop.issue("X1", key=CODE)
    with shop.store.read() as session:
        assert {lot.key for lot in batching.of_producer(session, 1)} == {GTIN, CODE}
        assert batching.of_producer(session, 999) == ()


@pytest.mark.parametrize(
    ("ranges", "expected"),
    [
        ([], {}),
        ([(1, 1, 300)], {1: 300}),
        ([(1, 1, 10), (1, 5, 12)], {1: 12}),
        ([(1, 0, 0)], {1: 1}),
        ([(1, 5, 6), (1, 1, 10), (2, 1, 3)], {1: 10, 2: 3}),
        ([(1, 1, 10), (1, 2, 3), (1, 9, 20)], {1: 20}),
    ],
)
def test_numbers_in_several_ranges_count_once(
    ranges: list[tuple[int, int, int]], expected: dict[int, int]
) -> None:
    assert batching.covered(ranges) == expected


def test_use_by_before_made_is_told_and_a_lot_is_upper_case(shop: Shop) -> None:
    request = batching.asked(GTIN, "l1", date(2026, 9, 1), 3, ticket="t", expiry=date(2026, 8, 1))
    with pytest.raises(BadValue) as caught:
        issue(shop.store.begin, shop.keystore, request, "chị Hoa", NOW)
    assert caught.value.what == "expiry"
    assert request.lot == "L1"
