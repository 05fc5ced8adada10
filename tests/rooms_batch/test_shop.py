"""A link for a print shop: one download, one day, known by its hash, on both databases."""

import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from ocop.trace.batching_files import Form
from ocop.trace.batching_sheets import (
    Order,
    make,
    runs,
)
from ocop.trace.batching_shop import LinkSpent, end_link, fetch, links_of, look, make_link
from ocop.trace.pages.labels import find_stock
from ocop.trace.printing import PrintedBefore
from ocop.trace.registry.errors import Unknown
from ocop.trace.registry.ledger_store import By

GTIN = "09521234543213"
NOW = datetime(2026, 11, 23, 4, 5, 6, tzinfo=UTC)
BY = By("chị Hoa", NOW, "lý do", "xin đừng dùng")
Shop = Any


def order(form: Form = Form.PDF, first: int = 1, last: int = 30, **more: Any) -> Order:
    given = {"ticket": f"{form}-{first}-{last}", **more}
    return Order(GTIN, "L2609A", form, find_stock("a4-21"), first, last, **given)


def linked(
    shop: Shop, form: Form = Form.CSV, first: int = 1, last: int = 30, chance: bytes = b"c" * 32
) -> str:
    with shop.store.begin() as session:
        return make_link(session, order(form, first, last, ticket="-"), "chị Hoa", NOW, chance)


def test_a_link_gives_its_file_once(shop: Shop) -> None:
    shop.issue()
    secret = linked(shop)
    with shop.store.read() as session:
        for _ in range(3):
            assert look(session, secret, NOW).state == "open"
    found, file = fetch(shop.press, secret, NOW + timedelta(hours=23, minutes=59))
    assert (found.first, found.last, file.media_type) == (1, 30, "text/csv; charset=utf-8")
    with pytest.raises(LinkSpent) as caught:
        fetch(shop.press, secret, NOW + timedelta(hours=23, minutes=59))
    assert caught.value.why == "fetched"
    with shop.store.read() as session:
        (run,) = runs(session, GTIN, "L2609A")
        (listed,) = links_of(session, GTIN, "L2609A", NOW)
    assert (run.purpose, run.actor, listed.state) == ("shop", "chị Hoa", "fetched")


def test_of_many_who_fetch_at_once_one_gets_the_file(shop: Shop) -> None:
    shop.issue()
    secret, got, refused = linked(shop), [], []

    def ask() -> None:
        try:
            got.append(fetch(shop.press, secret, NOW))
        except LinkSpent:
            refused.append(True)

    askers = [threading.Thread(target=ask) for _ in range(6)]
    for each in askers:
        each.start()
    for each in askers:
        each.join()
    assert (len(got), len(refused)) == (1, 5)


def test_after_a_day_a_link_opens_no_more(shop: Shop) -> None:
    shop.issue()
    secret = linked(shop)
    with pytest.raises(LinkSpent) as caught:
        fetch(shop.press, secret, NOW + timedelta(hours=24))
    assert caught.value.why == "late"
    with shop.store.read() as session:
        assert runs(session, GTIN, "L2609A") == ()


def test_a_link_is_taken_back(shop: Shop) -> None:
    shop.issue()
    shop.issue("L2")
    secret = linked(shop)
    with shop.store.begin() as session:
        number = look(session, secret, NOW).id
        with pytest.raises(Unknown):
            end_link(session, GTIN, "L2", number, NOW)
        end_link(session, GTIN, "L2609A", number, NOW)
    with pytest.raises(LinkSpent) as caught:
        fetch(shop.press, secret, NOW)
    assert caught.value.why == "ended"


def test_a_used_link_is_not_taken_back_afterwards(shop: Shop) -> None:
    shop.issue()
    secret = linked(shop)
    found, _ = fetch(shop.press, secret, NOW)
    with shop.store.begin() as session:
        end_link(session, GTIN, "L2609A", found.id, NOW)
        assert look(session, secret, NOW).state == "fetched"


def test_what_she_printed_meanwhile_the_shop_does_not_print_again(shop: Shop) -> None:
    shop.issue()
    secret = linked(shop)
    make(shop.press, order(Form.CSV, 1, 3, ticket="hers"), "chị Hoa", NOW)
    with pytest.raises(PrintedBefore):
        fetch(shop.press, secret, NOW)
    with shop.store.read() as session:
        assert look(session, secret, NOW).state == "open"


def test_numbers_that_were_printed_are_asked_about_before_the_link_is_made(shop: Shop) -> None:
    shop.issue()
    make(shop.press, order(Form.CSV), "chị Hoa", NOW)
    with pytest.raises(PrintedBefore):
        linked(shop)


def test_the_store_knows_the_hash_of_a_link_only(sqlite_shop: Shop) -> None:
    sqlite_shop.issue()
    secret = linked(sqlite_shop, chance=bytes(range(32)))
    data = b"".join(path.read_bytes() for path in sqlite_shop.store.file.parent.glob("ocop.db*"))
    assert secret.encode() not in data
    assert bytes(range(32)) not in data


@pytest.mark.parametrize(
    "secret", ["", "x", "Y" * 43, "é" * 43, "=" * 44, "../..", "Y" * 2000, "Y2Nj", "\x00"]
)
def test_a_made_up_link_opens_nothing(shop: Shop, secret: str) -> None:
    with shop.store.read() as session, pytest.raises(Unknown):
        look(session, secret, NOW)


def test_only_the_spelling_that_was_handed_out_opens(shop: Shop) -> None:
    shop.issue()
    secret = linked(shop)
    with shop.store.read() as session:
        for other in (secret + "=", secret[:-1] + chr(ord(secret[-1]) + 1), secret + "A", f" {secret}"):
            with pytest.raises(Unknown):
                look(session, other, NOW)
