"""The ledger's table: what `ledger check` finds, and what a broken ledger does to whoever reads it."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from ocop.trace.registry import ledger_store
from ocop.trace.registry.ledger_store import (
    EntryRefused,
    LedgerBroken,
    check,
    examine,
    open_ledger,
    read,
    replay,
    size,
)
from ocop.trace.signing.entries import BatchEntry, ReleaseEntry, Why
from ocop.trace.withdrawing import recall, release, withdraw
from sqlalchemy import text

GTIN, LOT, ISSUER = "09521234543213", "L2609A", "htx-ben-may"
AT = datetime(2026, 11, 23, tzinfo=UTC)


@pytest.fixture
def busy(house: Any) -> Any:
    """A house with a released batch, a withdrawn range and a recall: positions 0 to 5."""
    house.issue()
    with house.store.begin() as session:
        release(session, GTIN, LOT, house.by)
        withdraw(session, GTIN, LOT, Why.QUALITY, house.by, [(1, 5)])
        recall(session, GTIN, LOT, Why.SAFETY, house.by)
    return house


def tampered(house: Any, sql: str, **values: Any) -> tuple[str, ...]:
    """What is found after somebody with access to the database ran a statement."""
    with house.store.begin() as session:
        session.execute(text(sql), values)
    with house.store.read() as session:
        return examine(session)


def test_a_sound_ledger_has_no_findings(busy: Any) -> None:
    with busy.store.read() as session:
        assert examine(session) == ()
        assert check(session) == size(session) == 6
        assert [position for position, _ in read(session, 4)] == [4, 5]


@pytest.mark.parametrize(
    ("sql", "found"),
    [
        ("UPDATE batch SET last = 400", "batch ('09521234543213', 'L2609A'): the ledger says"),
        ("UPDATE batch SET made = '2026-09-02'", "batch ("),
        ("UPDATE batch SET released_at = NULL", "batch ("),
        ("UPDATE signing_key SET state = 'retired'", "key ('htx-ben-may', 1): the ledger says"),
        ("UPDATE serial_range SET last = 6", "withdrawal 4: the ledger says"),
        ("DELETE FROM serial_range", "withdrawal 4: in the ledger, but there is no row of it"),
        ("DELETE FROM recall", "recall 5: in the ledger, but there is no row of it"),
        (
            "DELETE FROM identifier_assignment WHERE key = '09521234543213'",
            "assignment (0, '09521234543213'): in the",
        ),
        ("UPDATE act SET kind = 'undo' WHERE position = 3", "act 3: the ledger says"),
        (
            "UPDATE ledger_entry SET at = '2020-01-01T00:00:00.000000Z' WHERE position = 3",
            "ledger entry 3: the row says",
        ),
        (
            "INSERT INTO issuer (code, name, province_code, created_at)"
            " VALUES ('ghost', 'x', '40', '2026-11-23T00:00:00.000000Z')",
            "issuer ghost: there is a row of it, but nothing in the ledger",
        ),
    ],
)
def test_a_row_that_says_something_else_is_named(busy: Any, sql: str, found: str) -> None:
    findings = tampered(busy, sql)
    assert any(finding.startswith(found) for finding in findings), findings


def test_a_changed_entry_is_named_and_nobody_trusts_the_rest(busy: Any) -> None:
    with busy.store.read() as session:
        entry = dict(read(session))[2]
    findings = tampered(busy, "UPDATE ledger_entry SET entry = :e WHERE position = 2", e=entry + b" ")
    assert findings[0].startswith("ledger entry 2: form: ")
    with busy.store.read() as session:
        with pytest.raises(LedgerBroken, match=r"ledger entry 2: form: .*ocop-trace ledger check"):
            replay(session)
        with pytest.raises(LedgerBroken):
            check(session)


def test_a_range_that_was_stretched_in_the_entry_shows_against_the_row(busy: Any) -> None:
    with busy.store.read() as session:
        entry = dict(read(session))[2]
    stretched = entry.replace(b'"last":300', b'"last":900')
    findings = tampered(busy, "UPDATE ledger_entry SET entry = :e WHERE position = 2", e=stretched)
    assert any("batch" in finding for finding in findings)


def test_a_long_ledger_is_read_in_pages(busy: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for rows in (1, 2, 3, 6, 7):
        monkeypatch.setattr(ledger_store, "_ROWS_AT_ONCE", rows)
        with busy.store.read() as session:
            assert [position for position, _ in read(session)] == [0, 1, 2, 3, 4, 5]


def test_a_missing_entry_is_a_gap(sqlite_house: Any) -> None:
    sqlite_house.issue()
    with sqlite_house.store.begin() as session:
        release(session, GTIN, LOT, sqlite_house.by)
    with sqlite_house.store.engine.connect() as connection:
        raw = connection.connection.driver_connection
        raw.execute("PRAGMA foreign_keys = OFF")
        raw.execute("DELETE FROM ledger_entry WHERE position = 2")
    with sqlite_house.store.read() as session:
        assert examine(session)[0].startswith("ledger entry 3: gap: expected index 2")


def test_an_entry_the_rules_refuse_is_never_written(busy: Any) -> None:
    def enter(entry: Any) -> None:
        with busy.store.begin() as session:
            open_ledger(session).enter(entry, busy.by)

    with pytest.raises(EntryRefused, match="is open since") as caught:
        enter(ReleaseEntry(at=AT, id=GTIN, lot=LOT))
    assert caught.value.rule == "released"
    with pytest.raises(EntryRefused, match="lot: expected 1 to 20") as caught:
        enter(BatchEntry(at=AT, issuer=ISSUER, key=1, id=GTIN, lot="lô 2", level="item", first=1, last=2,
                         made=date(2026, 9, 1)))  # fmt: skip
    assert caught.value.rule == "form"
    assert busy.state().size == 6


def test_a_state_known_from_before_is_only_caught_up(busy: Any) -> None:
    with busy.store.read() as session:
        known = replay(session)
    busy.issue(busy.request("second", "L2"))
    with busy.store.begin() as session:
        ledger = open_ledger(session, known)
        assert (known.size, ledger.state.size) == (6, 7)
    with busy.store.read() as session:
        assert replay(session, known) is known
    assert known.batch(GTIN, "L2") is not None


def test_a_state_that_knows_more_than_the_store_is_not_believed(busy: Any) -> None:
    known = busy.state()
    known.size += 1
    with busy.store.begin() as session:
        assert open_ledger(session, known).state.size == 6
