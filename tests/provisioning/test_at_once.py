"""Two who bind at the same moment: each gets a number of its own, or a reason that is true."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from ocop.hardware.simulator import blank_21x
from ocop.trace import provisioning_phone as phone
from ocop.trace.provisioning_chips import void_chip
from ocop.trace.provisioning_stations import close_plan
from ocop.trace.registry import chips
from ocop.trace.registry import stations as rows
from ocop.trace.registry.errors import Conflict
from ocop.trace.registry.ledger_store import By
from ocop.trace.tags import ntag21x_flows
from ocop.trace.tags.ntag21x import NTAG215
from ocop.trace.tags.plan import Kind

GTIN, LOT = "09521234543213", "L2609A"
HERE = phone.Place(GTIN, LOT)
BY = By("anh Tín", datetime(2026, 11, 23, 4, 5, 6, tzinfo=UTC))
ONE, TWO = bytes.fromhex("04de5f1eacc040"), bytes.fromhex("04de5f1eacc041")


@pytest.fixture
def on_postgres(postgres_store: Any, tmp_path: Path, furnished: Any) -> Any:
    """Where two may write at once; SQLite lets them in one after the other."""
    return furnished(postgres_store, tmp_path)


@pytest.fixture
def meanwhile(monkeypatch: pytest.MonkeyPatch) -> Callable[[Any, str, Callable[[], Any]], None]:
    """`act` is done by somebody else, once, just after `name` of a module was asked."""

    def plant(module: Any, name: str, act: Callable[[], Any]) -> None:
        asked, waiting = getattr(module, name), [act]

        def then(*words: Any, **more: Any) -> Any:
            found = asked(*words, **more)
            if waiting:
                other = Thread(target=waiting.pop())
                other.start()
                other.join(20)
            return found

        monkeypatch.setattr(module, name, then)

    return plant


@pytest.mark.parametrize(
    "seen", ["closed_numbers", "of_item"], ids=["before it was seen", "after it was seen"]
)
@pytest.mark.postgres
def test_a_phone_that_loses_the_race_for_a_number_gets_the_next_one(
    on_postgres: Any, meanwhile: Any, seen: str
) -> None:
    module = rows if seen == "closed_numbers" else chips
    meanwhile(module, seen, lambda: phone.bind_phone(on_postgres.bench, HERE, TWO))
    assert phone.bind_phone(on_postgres.bench, HERE, ONE).number == 2
    assert {number: row.uid for number, row in on_postgres.bound().items()} == {1: TWO, 2: ONE}


@pytest.mark.parametrize(
    "seen", ["closed_numbers", "of_item"], ids=["before it was seen", "after it was seen"]
)
@pytest.mark.postgres
def test_a_station_that_loses_the_race_to_another_plan_goes_on_with_the_next_number(
    on_postgres: Any, meanwhile: Any, seen: str
) -> None:
    plan, other = on_postgres.plan(Kind.NTAG21X), on_postgres.plan(Kind.NTAG21X, first=1, last=3)
    place = replace(HERE, plan=other, station=1)
    module = rows if seen == "closed_numbers" else chips
    meanwhile(module, seen, lambda: phone.bind_phone(on_postgres.bench, place, TWO))
    said = on_postgres.write(plan, blank_21x(NTAG215, b"slow"), family=Kind.NTAG21X)
    assert said.number == 2
    assert sorted(on_postgres.bound()) == [1, 2]


@pytest.mark.postgres
def test_who_wanted_the_very_number_is_told_that_it_has_a_chip_now(on_postgres: Any, meanwhile: Any) -> None:
    meanwhile(chips, "by_uid", lambda: phone.bind_phone(on_postgres.bench, HERE, TWO, 1))
    with pytest.raises(chips.ItemHasChip):
        phone.bind_phone(on_postgres.bench, HERE, ONE, 1)


@pytest.mark.postgres
def test_one_chip_bound_twice_at_once_has_one_number(on_postgres: Any, meanwhile: Any) -> None:
    meanwhile(rows, "closed_numbers", lambda: phone.bind_phone(on_postgres.bench, HERE, ONE, 4))
    assert phone.bind_phone(on_postgres.bench, HERE, ONE).number == 4
    assert [row.number for row in on_postgres.bindings()] == [4]


def test_a_phone_binds_nothing_for_a_plan_that_was_closed_just_now(workshop: Any) -> None:
    plan = workshop.plan(Kind.NTAG21X)
    place = phone.place_of(workshop.bench, workshop.caller, plan)
    with workshop.store.begin() as session:
        close_plan(session, plan, BY)
    with pytest.raises(Conflict, match="closed just now"):
        phone.bind_phone(workshop.bench, place, ONE)
    assert workshop.bindings() == []


@pytest.mark.parametrize("number", [None, 1, 3])
def test_a_phone_gives_no_number_to_a_chip_that_keeps_a_stations_password(
    workshop: Any, number: int | None
) -> None:
    plan, chip = workshop.plan(Kind.NTAG21X), blank_21x(NTAG215, b"locked")
    workshop.write(plan, chip, family=Kind.NTAG21X)
    with workshop.store.begin() as session:
        void_chip(session, chip.uid, BY)
    with pytest.raises(phone.WrittenAtStation, match="an earlier number"):
        phone.bind_phone(workshop.bench, HERE, chip.uid, number)
    assert workshop.bound() == {}


def test_a_chip_that_a_station_made_blank_again_is_a_phones_to_write(
    workshop: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan, chip = workshop.plan(Kind.NTAG21X), blank_21x(NTAG215, b"open")
    with monkeypatch.context() as unlocked:
        unlocked.setattr(ntag21x_flows, "lock", ntag21x_flows.verify)
        workshop.write(plan, chip, family=Kind.NTAG21X)
    assert workshop.write(None, chip, kind="void", family=Kind.NTAG21X).state == "void"
    chip.memory[10:12] = b"\xff\xff"  # a station refuses it now, which says nothing of a password
    assert workshop.write(plan, chip, family=Kind.NTAG21X).code == "locked_chip"
    assert phone.bind_phone(workshop.bench, HERE, chip.uid, 2).number == 2
