"""The ledger's roots over chips: at a release, at the end of the last plan, each day; never one for each chip."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import pytest
from ocop.trace import housekeeping, withdrawing
from ocop.trace import provisioning_phone as phone
from ocop.trace import provisioning_stations as stations
from ocop.trace.provisioning_chips import void_chip
from ocop.trace.registry.ledger_store import By, examine, read, replay
from ocop.trace.registry.seals import seal_changed, unsealed
from ocop.trace.signing.entries import Why, parse
from ocop.trace.signing.merkle import root
from ocop.trace.tags.plan import Kind

GTIN, LOT, OTHER = "09521234543213", "L2609A", "L2609B"
BY = By("anh Tín", datetime(2026, 11, 23, 4, 5, 6, tzinfo=UTC), "theo kế hoạch")
ONE, TWO, THREE = (bytes.fromhex(f"04de5f1eacc04{n}") for n in range(3))


def bind(workshop: Any, uid: bytes, number: int, lot: str = LOT) -> None:
    """As the studio does it for a phone, without a plan."""
    phone.bind_phone(workshop.bench, phone.Place(GTIN, lot, by="chị Hoa"), uid, number)


def release(workshop: Any, lot: str = LOT) -> None:
    with workshop.store.begin() as session:
        withdrawing.release(session, GTIN, lot, BY)


def sealed(workshop: Any, lot: str = LOT) -> bytes | None:
    """What the ledger alone says; held against the rows."""
    with workshop.store.read() as session:
        assert examine(session) == ()
        found = replay(session).batch(GTIN, lot)
    assert found is not None
    return found.chips_root


def kinds(workshop: Any) -> list[str]:
    with workshop.store.read() as session:
        told = [parse(data).t for _, data in read(session)]
    return told[told.index("batch") + 2 :]


def daily(workshop: Any) -> list[tuple[str, str]]:
    return seal_changed(workshop.store.begin, workshop.store.read, BY)


def test_chips_bound_by_phone_are_sealed_just_before_the_release(workshop: Any) -> None:
    bind(workshop, TWO, 2)
    bind(workshop, ONE, 1)
    assert sealed(workshop) is None
    release(workshop)
    assert sealed(workshop) == root([ONE, TWO])
    assert kinds(workshop) == ["chips", "release"]


def test_a_release_of_a_batch_without_chips_or_with_the_same_ones_enters_no_root(workshop: Any) -> None:
    release(workshop, OTHER)
    bind(workshop, ONE, 1)
    release(workshop)
    with workshop.store.begin() as session:
        withdrawing.hold(session, GTIN, LOT, Why.OFFICE_HOLD, BY)
    release(workshop)
    assert kinds(workshop) == ["release", "chips", "release", "undo", "release"]


def test_a_release_that_is_refused_seals_nothing(workshop: Any) -> None:
    release(workshop)
    bind(workshop, ONE, 1)
    with pytest.raises(withdrawing.NothingToDo):
        release(workshop)
    assert sealed(workshop) is None


def test_chips_bound_after_the_release_are_sealed_together_a_day_later_and_once(workshop: Any) -> None:
    release(workshop)
    for number, uid in enumerate((ONE, TWO, THREE), 1):
        bind(workshop, uid, number)
    assert sealed(workshop) is None
    assert housekeeping.tidy(workshop.store, BY.at).sealed == 1
    assert sealed(workshop) == root([ONE, TWO, THREE])
    assert housekeeping.tidy(workshop.store, BY.at).sealed == 0
    assert kinds(workshop) == ["release", "chips"]


def test_the_order_is_that_of_the_numbers_and_whatever_changes_it_is_sealed_anew(workshop: Any) -> None:
    bind(workshop, ONE, 2)
    bind(workshop, TWO, 1)
    assert daily(workshop) == [(GTIN, LOT)]
    assert sealed(workshop) == root([TWO, ONE])
    with workshop.store.read() as session:
        assert unsealed(session) == []
    with workshop.store.begin() as session:
        void_chip(session, TWO, BY)
    bind(workshop, TWO, 3)
    assert daily(workshop) == [(GTIN, LOT)]
    assert sealed(workshop) == root([ONE, TWO])


def test_a_batch_that_lost_its_last_chip_has_the_root_of_nothing(workshop: Any) -> None:
    bind(workshop, ONE, 1)
    bind(workshop, TWO, 1, OTHER)
    assert daily(workshop) == [(GTIN, LOT), (GTIN, OTHER)]
    with workshop.store.begin() as session:
        void_chip(session, ONE, BY)
    assert daily(workshop) == [(GTIN, LOT)]
    assert (sealed(workshop), sealed(workshop, OTHER)) == (sha256(b"").digest(), root([TWO]))
    assert daily(workshop) == []


def test_the_end_of_a_plan_enters_no_root_that_stands_already(workshop: Any) -> None:
    plan = workshop.plan(Kind.NTAG21X)
    bind(workshop, ONE, 1)
    release(workshop)
    with workshop.store.begin() as session:
        stations.close_plan(session, plan, BY)
    assert kinds(workshop) == ["chips", "release"]


def test_only_the_end_of_a_batchs_last_open_plan_enters_its_root(workshop: Any) -> None:
    first, second = workshop.plan(Kind.NTAG424), workshop.plan(Kind.NTAG21X)
    workshop.plan(Kind.NTAG424, lot=OTHER)
    bind(workshop, ONE, 1)
    for plan, entered in ((first, []), (second, ["chips"])):
        with workshop.store.begin() as session:
            stations.close_plan(session, plan, BY)
        assert kinds(workshop) == entered


def test_a_run_that_dies_between_two_batches_is_finished_by_the_next(workshop: Any) -> None:
    bind(workshop, ONE, 1)
    bind(workshop, TWO, 1, OTHER)
    begun = []

    class DiedError(Exception):
        pass

    def begin() -> Any:
        begun.append(1)
        if len(begun) == 2:
            raise DiedError
        return workshop.store.begin()

    with pytest.raises(DiedError):
        seal_changed(begin, workshop.store.read, BY)
    assert (sealed(workshop), sealed(workshop, OTHER)) == (root([ONE]), None)
    assert daily(workshop) == [(GTIN, OTHER)]
    assert sealed(workshop, OTHER) == root([TWO])


def test_workers_that_seal_at_once_enter_one_root(workshop: Any) -> None:
    bind(workshop, ONE, 1)
    with workshop.store.read() as session:
        assert unsealed(session) == [(GTIN, LOT)]
    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(lambda _: daily(workshop), range(4)))
    assert sum(len(one) for one in done) == 1
    assert kinds(workshop) == ["chips"]
