"""Which chip is on which item: one on one, reserved before live, a floor of the counter that only rises."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from ocop.trace.registry import chips
from ocop.trace.registry.errors import Unknown
from ocop.trace.registry.store import Store, read_meta
from ocop.trace.registry.tables_chips import Chip

NOW = datetime(2026, 11, 23, 4, 5, 6, tzinfo=UTC)
ONE, TWO = bytes.fromhex("04de5f1eacc040"), bytes.fromhex("04de5f1eacc041")
NEW = chips.NewChip(ONE, "09521234543213", "L2609A", 12, "ntag424", master_generation=1, chip_generation=1)


def reserved(store: Store, new: chips.NewChip = NEW) -> int:
    with store.begin() as session:
        return chips.reserve(session, new, NOW).id or 0


def did(store: Store, act: Callable[..., Any], *args: Any, **more: Any) -> tuple[Any, bool]:
    """What an act gives, and whether every worker drops what it remembers."""
    with store.begin() as session:
        before = read_meta(session).facts_version
        found = act(session, *args, **more)
        return found, read_meta(session).facts_version > before


def row(store: Store, chip: int) -> Chip:
    with store.read() as session:
        return session.get_one(Chip, chip)


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"uid": TWO}, chips.ItemHasChip), ({"number": 13}, chips.ChipIsBound), ({"lot": "L2609B"}, chips.ChipIsBound),
        ({"key": "4VTR0QB4"}, chips.ChipIsBound), ({"chip_generation": 2}, chips.ChipIsBound),
        ({"master_generation": 2}, chips.ChipIsBound), ({"type": "ntag215"}, chips.ChipIsBound),
    ],
    ids=["another chip", "another item", "another lot", "another product", "chip generation", "master", "type"],
)  # fmt: skip
@pytest.mark.parametrize("live", [False, True], ids=["reserved", "live"])
def test_an_item_has_one_chip_and_a_chip_one_item(
    store: Store, change: dict[str, Any], error: type[Exception], live: bool
) -> None:
    chip = reserved(store)
    if live:
        did(store, chips.promote, chip, NOW)
    with pytest.raises(error) as caught:
        reserved(store, replace(NEW, **change))
    assert (caught.value.uid, caught.value.number) == (ONE, 12)  # type: ignore[attr-defined]
    assert reserved(store) == chip, "the same again is found"


@pytest.mark.parametrize("end", [chips.void, chips.replace], ids=["void", "replaced"])
def test_an_end_frees_item_and_chip_is_told_to_all_and_is_not_undone(store: Store, end: Any) -> None:
    chip = reserved(store)
    did(store, chips.promote, chip, NOW, counter=5)
    ended, told = did(store, end, chip, NOW)
    assert (ended.state in ("void", "replaced"), ended.ended_at, told) == (True, NOW, True)
    for act in (chips.promote, chips.void, chips.replace):
        with pytest.raises(Unknown):
            did(store, act, chip, NOW)
    with pytest.raises(Unknown):
        did(store, chips.forget, chip)
    assert row(store, chip).state == ended.state
    assert reserved(store, replace(NEW, uid=TWO)) != chip
    assert reserved(store, replace(NEW, number=13)) != chip


def test_a_chip_that_answered_is_live_and_only_that_once_is_news(store: Store) -> None:
    chip = reserved(store)
    assert row(store, chip).state == "reserved"
    made, told = did(store, chips.promote, chip, NOW)
    assert (made.state, made.verified_at, told) == ("live", NOW, True)
    again, told = did(store, chips.promote, chip, NOW + timedelta(hours=1))
    assert (again.state, again.verified_at, told) == ("live", NOW, False)


def test_the_floor_of_a_counter_only_rises(store: Store) -> None:
    chip = reserved(store)
    found = [did(store, chips.promote, chip, NOW, counter=counter)[0].counter for counter in (5, 4, None, 6)]
    assert found == [5, 5, 5, 6]


def test_a_counter_that_was_lost_gets_its_floor(store: Store) -> None:
    chip = reserved(store)
    with store.begin() as session:
        session.get_one(Chip, chip).counter = None
    assert did(store, chips.promote, chip, NOW, counter=0)[0].counter == 0


def test_a_reservation_can_be_forgotten_and_a_live_chip_can_not(store: Store) -> None:
    chip = reserved(store)
    assert did(store, chips.forget, chip) == (None, True)
    with store.read() as session:
        assert session.get(Chip, chip) is None
    chip = reserved(store)
    did(store, chips.promote, chip, NOW)
    with pytest.raises(Unknown):
        did(store, chips.forget, chip)
    assert row(store, chip).state == "live"
