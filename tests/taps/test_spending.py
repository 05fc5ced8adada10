"""When a tap is spent and when it isn't: nothing is said before the commit, and a receipt saves nobody a check."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from ocop.trace.registry import chips
from ocop.trace.registry.direct import DirectSqlite
from ocop.trace.registry.errors import StoreReplaced, StoreUnreachable
from ocop.trace.registry.store import mark_restored
from ocop.trace.registry.taps import Spend, TapWriter

GTIN, LOT, NOW = "09521234543213", "L2609A", datetime(2026, 11, 23, 4, 5, 6, tzinfo=UTC)
SUN_CHIP, OTHER_SUN, STRANGER = (bytes.fromhex(f"04{n:02x}5f1eacc040") for n in (1, 3, 5))
CALM = "Lần chạm lúc"
# The classes of the folder's fixtures (conftest.py).
Worker = Shop = Answer = Any


def cookie(answer: Answer) -> str:
    return str(answer.cookie.partition(";")[0])


@pytest.mark.parametrize("floor", ["known", "lost"])
def test_nothing_is_said_of_a_tap_whose_commit_fails(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, floor: str
) -> None:
    """Chips with a floor and without one are spent in different statements."""
    if floor == "lost":
        shop.act(mark_restored, NOW, 300)
    worker = shop.worker()
    writer = worker.service.taps

    def cut(begin: Any) -> Any:
        @contextmanager
        def begun() -> Iterator[Any]:
            with begin() as it:
                yield it
                raise StoreUnreachable("cut at the commit")

        return begun

    with monkeypatch.context() as broken:
        broken.setattr(writer._store, "begin", cut(writer._store.begin))
        if writer._direct is not None:
            broken.setattr(writer._direct, "begin", cut(writer._direct.begin))
        answer = worker.ask(shop.tap(1, SUN_CHIP, 2))
        assert (answer.status, answer.code) == (503, "cannot_say")
    again = worker.ask(shop.tap(1, SUN_CHIP, 2))
    assert (again.status, again.code) == ((303, "") if floor == "known" else (200, "chip_silent"))


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
def test_a_tap_is_on_the_disk_when_it_is_answered(shop: Shop) -> None:
    direct = DirectSqlite(shop.store.file)
    with direct.begin() as connection:
        assert connection.execute("PRAGMA synchronous").fetchone() == (2,), "FULL: every commit is synced"
    direct.close()


def test_only_the_last_counter_is_met_calmly(shop: Shop) -> None:
    worker = shop.worker()
    worker.ask(shop.tap(1, SUN_CHIP, 5))
    last, harvested = worker.ask(shop.tap(1, SUN_CHIP, 5)), worker.ask(shop.tap(1, SUN_CHIP, 4))
    assert (last.code, harvested.code) == ("already_used", "already_used")
    assert CALM in last.body.decode()
    assert CALM not in harvested.body.decode()


def test_a_receipt_saves_no_tap_its_check(shop: Shop) -> None:
    worker = shop.worker()
    worker.ask(shop.tap(1, SUN_CHIP, 1))
    mine = cookie(worker.ask(shop.tap(1, SUN_CHIP, 2)))
    false = shop.tap(1, SUN_CHIP, 2).rpartition("=")[0] + "=" + "0" * 16
    assert worker.ask(false, cookie=mine).code == "not_issued"
    assert worker.ask(shop.tap(1, SUN_CHIP, 1), cookie=mine).code == "already_used"
    third = worker.ask(shop.tap(1, SUN_CHIP, 3), cookie=mine)
    assert (third.status, cookie(third)[:10]) == (303, "tap=000003")
    assert worker.ask(shop.tap(1, SUN_CHIP, 3)).code == "already_used"


def test_the_receipt_of_a_chip_that_was_taken_off_its_item_is_good_for_nothing(shop: Shop) -> None:
    worker = shop.worker()
    mine = cookie(worker.ask(shop.tap(1, SUN_CHIP, 2)))
    with shop.store.begin() as session:
        row = chips.by_uid(session, SUN_CHIP)
        assert row is not None
        chips.replace(session, row.id or 0, NOW)
    worker = shop.worker()
    assert worker.ask(shop.tap(1, SUN_CHIP, 2), cookie=mine).code == "withdrawn"
    assert worker.ask(shop.link(1, SUN_CHIP), cookie=mine).code == "withdrawn"


@pytest.mark.parametrize("way", ["full", "usual"])
def test_a_chip_that_is_taken_off_while_its_tap_waits_has_not_answered(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    worker = shop.worker()
    if way == "usual":
        assert worker.ask(shop.tap(3, OTHER_SUN, 2)).status == 303
    spent = worker.service.taps.spent

    async def voided_meanwhile(tap: Spend) -> Any:
        shop.act(chips.void, tap.chip, NOW)
        return await spent(tap)

    monkeypatch.setattr(worker.service.taps, "spent", voided_meanwhile)
    assert worker.ask(shop.tap(1, SUN_CHIP, 2)).code == "cannot_say"


def test_a_store_that_goes_after_the_commit_is_our_fault(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    worker = shop.worker()
    spent = worker.service.taps.spent

    def gone() -> int:
        raise StoreUnreachable("away")

    async def away_after(tap: Spend) -> Any:
        answer = await spent(tap)
        monkeypatch.setattr(worker.service.scanner, "_watched", gone)
        return answer

    monkeypatch.setattr(worker.service.taps, "spent", away_after)
    answer = worker.ask(shop.tap(1, SUN_CHIP, 2))
    assert (answer.status, answer.code, answer.cookie) == (503, "cannot_say", "")


def test_counter_0_makes_no_binding_live(shop: Shop) -> None:
    """The MAC of a chip that mirrors its UID alone is that of counter 0."""
    worker = shop.worker()
    new = chips.NewChip(STRANGER, GTIN, LOT, 7, "ntag424", master_generation=1, chip_generation=1)
    shop.act(chips.reserve, new, NOW)
    assert worker.ask(shop.tap(7, STRANGER, 0)).code == "already_used"
    with shop.store.read() as session:
        row = chips.by_uid(session, STRANGER)
        assert row is not None
        assert row.state == "reserved"


def test_a_sun_link_without_its_mac_is_malformed_whoever_signed_it(shop: Shop) -> None:
    unbound = shop.tap(9, STRANGER, 2).partition("&c=")[0]
    assert shop.worker().ask(unbound).code == "not_issued"


def test_a_writer_that_is_closed_spends_nothing(shop: Shop) -> None:
    writer = TapWriter(shop.store)
    writer.close()
    with pytest.raises(StoreUnreachable):
        writer.spend(Spend(1, 9, NOW)).result(5)


def test_a_binding_that_a_restore_lost_is_not_called_false(shop: Shop) -> None:
    assert shop.worker().ask(shop.link(9, STRANGER)).code == "not_issued"
    shop.act(mark_restored, NOW, 300)
    assert shop.worker().ask(shop.link(9, STRANGER)).code == "cannot_say"


def test_a_store_that_is_restored_under_a_running_worker_is_known_as_restored(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = shop.worker()
    assert worker.ask(shop.link(9, STRANGER)).code == "not_issued"
    shop.act(mark_restored, NOW, 300)
    watch, replaced = worker.service.scanner._watch, iter([StoreReplaced()])

    def version() -> int:
        for error in replaced:
            raise error
        return int(watch.version())

    noticing = SimpleNamespace(version=version, close=watch.close)
    monkeypatch.setattr(worker.service.scanner, "_watch", noticing)
    assert worker.ask(shop.link(9, STRANGER)).code == "cannot_say"
