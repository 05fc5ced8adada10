"""The taps of many chips in one statement are judged as the same taps one by one would be."""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ocop.trace.registry import taps
from ocop.trace.registry.direct import DirectSqlite
from ocop.trace.registry.store import Store, open_store
from ocop.trace.registry.tables_chips import Chip
from ocop.trace.registry.taps import Spend, Spent, rise_all, spend_all
from sqlmodel import select

NOW = datetime(2026, 11, 23, 4, 5, 6, tzinfo=UTC)
COUNTERS = (5, None, 0, 7, 5, 5)
"""What each chip counted last, None where a restore has lost it; the last two are reserved and void."""
STATES = ("live", "live", "live", "live", "reserved", "void")
ABSENT = 99


def chip(number: int, counter: int | None, state: str = "live") -> Chip:
    return Chip(
        id=number, uid=b"\x04" + number.to_bytes(6, "big"), key="09521234543213", lot="L2609A", number=number,
        type="ntag424", carrier="sun", mirror="full", master_generation=1, chip_generation=1, counter=counter,
        state=state, bound_at=NOW, ended_at=NOW if state == "void" else None,
    )  # fmt: skip


def asked() -> st.SearchStrategy[list[Spend]]:
    one = st.builds(
        lambda number, counter, second: Spend(
            number,
            counter,
            NOW + timedelta(seconds=second),
            reserved=number == STATES.index("reserved") + 1,
        ),
        st.sampled_from([*range(1, len(COUNTERS) + 1), ABSENT]),
        st.none() | st.integers(0, 9),
        st.integers(0, 99),
    )
    return st.lists(one, min_size=1, max_size=12).map(lambda some: sorted(some, key=lambda tap: tap.chip))


def rows(store: Store) -> list[tuple[object, ...]]:
    with store.read() as session:
        return [
            (one.id, one.counter, one.counter_before, one.counter_at, one.state)
            for one in session.exec(select(Chip).order_by(Chip.id))
        ]


@pytest.fixture(scope="module")
def two_stores(
    sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Store, Store]]:
    """Two stores with the same empty register."""
    made = []
    for name in ("together", "each"):
        folder = tmp_path_factory.mktemp(name)
        shutil.copy(sqlite_template, folder / "ocop.db")
        made.append(open_store("", data=folder))
    yield made[0], made[1]
    for store in made:
        store.close()


def furnish(store: Store) -> None:
    with store.begin() as session:
        for old in session.exec(select(Chip)):
            session.delete(old)
        session.flush()
        for number, (counter, state) in enumerate(zip(COUNTERS, STATES, strict=True), 1):
            session.add(chip(number, counter, state))


@settings(max_examples=60, deadline=None)
@given(some=asked())
def test_together_they_are_what_each_alone_would_be(
    two_stores: tuple[Store, Store], some: list[Spend]
) -> None:
    together, each = two_stores
    for store in two_stores:
        furnish(store)
    assert together.file is not None
    direct = DirectSqlite(together.file)
    found: dict[int, Spent] = rise_all(direct, some)
    direct.close()
    rest = [place for place in range(len(some)) if place not in found]
    with together.begin() as session:
        found |= dict(zip(rest, spend_all(session, [some[place] for place in rest]), strict=True))
    with each.begin() as session:
        alone = spend_all(session, some)
    assert [found[place] for place in range(len(some))] == alone
    assert rows(together) == rows(each)


def test_chips_beyond_the_most_at_once_are_left_as_they_were(
    sqlite_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(taps, "MOST_AT_ONCE", 5)
    with sqlite_store.begin() as session:
        for number in range(1, 8):
            session.add(chip(number, 1))
    assert sqlite_store.file is not None
    direct = DirectSqlite(sqlite_store.file)
    found = rise_all(direct, [Spend(number, 2, NOW) for number in range(1, 8)])
    direct.close()
    assert found == {place: Spent(True, 1, NOW) for place in range(5)}
    assert [row[1] for row in rows(sqlite_store)] == [2, 2, 2, 2, 2, 1, 1]
