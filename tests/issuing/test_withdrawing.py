"""Acts: each writes its row, its words and its entry together, shows at once, and can be taken back."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from ocop.trace.registry.errors import BadValue, Unknown
from ocop.trace.registry.ledger_store import By, examine, read
from ocop.trace.registry.store import read_meta
from ocop.trace.registry.tables_issue import Act, Batch, Recall, SerialRange
from ocop.trace.signing.entries import Why
from ocop.trace.withdrawing import (
    NothingToDo,
    WithdrawPreview,
    hold,
    preview_key,
    preview_withdraw,
    recall,
    release,
    undo,
    withdraw,
    withdraw_key,
)
from sqlalchemy import select

GTIN, ISSUER, LOT = "09521234543213", "htx-ben-may", "L2609A"
SECOND = datetime(2026, 11, 23, 4, 5, 6, tzinfo=UTC)


@pytest.fixture
def sold(house: Any) -> Any:
    """A house with one batch of 300, not released."""
    house.issue()
    return house


@pytest.fixture
def sqlite_sold(sqlite_house: Any) -> Any:
    """The same on SQLite only: for what is refused before the database is asked."""
    sqlite_house.issue()
    return sqlite_house


def do(house: Any, act: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
    with house.store.begin() as session:
        return act(session, *arguments, **named)


def sound(house: Any) -> bool:
    with house.store.read() as session:
        return examine(session) == ()


def row(house: Any, table: Any) -> Any:
    with house.store.read() as session:
        return session.execute(select(table)).scalars().one()


def test_release_hold_and_release_again(sold: Any) -> None:
    done = do(sold, release, GTIN, LOT, sold.by)
    assert row(sold, Batch).released_at == SECOND == sold.state().batch(GTIN, LOT).released_at
    assert sold.state().batch(GTIN, LOT).release_position == done.position
    with pytest.raises(NothingToDo, match="on sale since 23/11/2026"):
        do(sold, release, GTIN, LOT, sold.by)
    do(sold, hold, GTIN, LOT, Why.OFFICE_HOLD, sold.by)
    assert row(sold, Batch).released_at is None is sold.state().batch(GTIN, LOT).released_at
    with pytest.raises(NothingToDo, match="which isn't"):
        do(sold, hold, GTIN, LOT, Why.OFFICE_HOLD, sold.by)
    do(sold, release, GTIN, LOT, sold.by)
    assert sound(sold)


def test_ranges_are_withdrawn_and_one_is_taken_back(sold: Any) -> None:
    first, second = do(sold, withdraw, GTIN, LOT, Why.LABELS_LOST, sold.by, [(101, 200), (5, 5)])
    state = sold.state()
    assert [state.batch(GTIN, LOT).withdrawn(n) is not None for n in (4, 5, 6, 100, 101, 200, 201)] == [
        False, True, False, False, True, True, False,
    ]  # fmt: skip
    do(sold, undo, second.position, Why.MISTAKE, sold.by)
    assert [act.position for act in sold.state().batch(GTIN, LOT).withdrawals] == [first.position]
    with sold.store.read() as session:
        ranges = session.execute(select(SerialRange.first, SerialRange.undone_id)).all()
    assert {first: undone is not None for first, undone in ranges} == {5: False, 101: True}
    assert sound(sold)


def test_a_whole_batch_is_its_whole_range(sold: Any) -> None:
    do(sold, withdraw, GTIN, LOT, Why.QUALITY, sold.by)
    (act,) = sold.state().batch(GTIN, LOT).withdrawals
    assert (act.first, act.last, act.at, act.why) == (1, 300, SECOND, Why.QUALITY)
    with pytest.raises(NothingToDo, match=r"5\.\.6 of lot L2609A, cancelled already"):
        do(sold, withdraw, GTIN, LOT, Why.QUALITY, sold.by, [(5, 6)])


def test_a_recall_says_why_and_what_to_do_and_can_be_lifted(sold: Any) -> None:
    done = do(sold, recall, GTIN, LOT, Why.SAFETY, sold.by)
    assert sold.state().batch(GTIN, LOT).recall.why is Why.SAFETY
    with sold.store.read() as session:
        act = session.execute(select(Act).where(Act.position == done.position)).scalar_one()
        entry = dict(read(session))[done.position]
    assert (act.kind, act.why, act.reason, act.advice) == (
        "recall",
        "safety",
        "lý do bằng lời",
        "xin đừng dùng",
    )
    assert b"safety" in entry
    assert b"do" not in entry.replace(b"recall", b""), "words never enter the ledger"
    with pytest.raises(NothingToDo, match="undo that recall first"):
        do(sold, recall, GTIN, LOT, Why.SAFETY, sold.by)
    do(sold, undo, done.position, Why.MISTAKE, sold.by)
    assert sold.state().batch(GTIN, LOT).recall is None
    assert row(sold, Recall).undone_id is not None
    do(sold, recall, GTIN, LOT, Why.SAFETY, sold.by)
    assert sound(sold)


@pytest.mark.parametrize(
    ("act", "arguments"),
    [
        (release, (GTIN, LOT)),
        (withdraw, (GTIN, LOT, Why.QUALITY)),
        (recall, (GTIN, LOT, Why.SAFETY)),
        (withdraw_key, (ISSUER, 1, Why.KEY_LOST)),
    ],
)
def test_every_act_shows_at_the_next_scan(sold: Any, act: Any, arguments: tuple[Any, ...]) -> None:
    with sold.store.read() as session:
        before = read_meta(session).facts_version
    do(sold, act, *arguments, sold.by)
    with sold.store.read() as session:
        assert read_meta(session).facts_version > before
    assert sound(sold)


@pytest.mark.parametrize(
    ("act", "arguments"),
    [
        (withdraw, (GTIN, LOT, Why.QUALITY)),
        (recall, (GTIN, LOT, Why.SAFETY)),
        (withdraw_key, (ISSUER, 1, Why.KEY_LOST)),
        (undo, (0, Why.MISTAKE)),
    ],
)
def test_an_act_against_something_has_a_reason_and_a_name(
    sqlite_sold: Any, act: Any, arguments: tuple[Any, ...]
) -> None:
    for by in (By("", SECOND, "lý do", "lời dặn"), By("anh Tín", SECOND, " ", "lời dặn")):
        with pytest.raises(BadValue, match="expected some text"):
            do(sqlite_sold, act, *arguments, by)
    assert sound(sqlite_sold)


def test_a_recall_without_advice_is_refused(sqlite_sold: Any) -> None:
    with pytest.raises(BadValue, match="advice"):
        do(sqlite_sold, recall, GTIN, LOT, Why.SAFETY, By("anh Tín", SECOND, "lý do"))


@pytest.mark.parametrize(
    ("ranges", "text"),
    [
        ([(0, 5)], r"1\.\.300"),
        ([(5, 301)], r"1\.\.300"),
        ([(6, 5)], r"1\.\.300"),
        ([(1, 5), (5, 9)], "don't overlap"),
        ([], "1 to 1000 ranges"),
        ([(n, n) for n in range(1, 301)] * 4, "1 to 1000 ranges"),
    ],
)
def test_ranges_that_make_no_sense_are_refused_whole(
    sqlite_sold: Any, ranges: list[tuple[int, int]], text: str
) -> None:
    size = sqlite_sold.state().size
    with pytest.raises(BadValue, match=text):
        do(sqlite_sold, withdraw, GTIN, LOT, Why.QUALITY, sqlite_sold.by, ranges)
    assert sqlite_sold.state().size == size


def test_acts_on_what_is_not_there_are_refused(sqlite_sold: Any) -> None:
    for act, arguments in (
        (release, (GTIN, "L9")),
        (withdraw, (GTIN, "L9", Why.QUALITY)),
        (recall, ("P/4VTR0QB4", LOT, Why.SAFETY)),
        (withdraw_key, (ISSUER, 9, Why.KEY_LOST)),
        (withdraw_key, ("nobody", 1, Why.KEY_LOST)),
    ):
        with pytest.raises(Unknown, match="expected a known"):
            do(sqlite_sold, act, *arguments, sqlite_sold.by)


@pytest.mark.parametrize("position", [0, 1, 2, 3, 99, -1])
def test_what_cannot_be_undone_stays(sqlite_sold: Any, position: int) -> None:
    with pytest.raises(NothingToDo, match="that still stands"):
        do(sqlite_sold, undo, position, Why.MISTAKE, sqlite_sold.by)


def test_an_act_is_undone_once(sold: Any) -> None:
    done = do(sold, release, GTIN, LOT, sold.by)
    do(sold, undo, done.position, Why.MISTAKE, sold.by)
    with pytest.raises(NothingToDo):
        do(sold, undo, done.position, Why.MISTAKE, sold.by)


def test_a_key_is_withdrawn_from_a_position_on(sold: Any) -> None:
    late = sold.issue(sold.request("second", "L2", count=10))
    state = sold.state()
    shown = preview_key(state, ISSUER, 1, late.position)
    assert (shown.kept, shown.lost) == (((GTIN, LOT),), ((GTIN, "L2"),))
    assert (shown.codes_kept, shown.codes_lost) == (300, 10)
    assert preview_key(state, ISSUER, 1).lost == ()
    do(sold, withdraw_key, ISSUER, 1, Why.KEY_LOST, sold.by, late.position)
    assert [b.lot for b in sold.state().every_batch() if b.key_withdrawn] == ["L2"]
    with pytest.raises(NothingToDo):
        do(sold, withdraw_key, ISSUER, 1, Why.KEY_LOST, sold.by)
    with pytest.raises(BadValue, match="cutoff"):
        do(sold, withdraw_key, ISSUER, 1, Why.KEY_LOST, sold.by, late.position + 1)
    do(sold, withdraw_key, ISSUER, 1, Why.KEY_LOST, sold.by, late.position - 1)
    assert [b.lot for b in sold.state().every_batch() if b.key_withdrawn] == [LOT, "L2"]
    assert sound(sold)


@pytest.mark.parametrize("cutoff", [-1, 0, 1, 99])
def test_a_cutoff_lies_between_the_key_and_now(sqlite_sold: Any, cutoff: int) -> None:
    with pytest.raises(BadValue, match="a position from 2 to 3"):
        do(sqlite_sold, withdraw_key, ISSUER, 1, Why.KEY_LOST, sqlite_sold.by, cutoff)


def test_a_preview_counts_codes_and_those_that_are_cancelled_already(sqlite_sold: Any) -> None:
    do(sqlite_sold, withdraw, GTIN, LOT, Why.LABELS_LOST, sqlite_sold.by, [(1, 10), (21, 30)])
    do(sqlite_sold, withdraw, GTIN, LOT, Why.LABELS_LOST, sqlite_sold.by, [(5, 15)])
    state = sqlite_sold.state()
    assert preview_withdraw(state, GTIN, LOT) == WithdrawPreview(300, 25)
    assert preview_withdraw(state, GTIN, LOT, [(10, 21)]) == WithdrawPreview(12, 7)
    assert preview_withdraw(state, GTIN, LOT, [(31, 31)]) == WithdrawPreview(1, 0)


def test_an_act_given_up_leaves_nothing(sold: Any) -> None:
    known = sold.state()

    def give_up() -> None:
        with sold.store.begin() as session:
            release(session, GTIN, LOT, sold.by, known=known)
            recall(session, GTIN, LOT, Why.SAFETY, sold.by, known=known)
            raise RuntimeError("given up")

    with pytest.raises(RuntimeError, match="given up"):
        give_up()
    assert known.size == sold.state().size == 3
    assert known.batch(GTIN, LOT).released_at is None
    assert sound(sold)


def test_several_acts_share_a_transaction_and_a_known_state(sold: Any) -> None:
    known = sold.state()

    def both_and_one_again() -> None:
        with sold.store.begin() as session:
            release(session, GTIN, LOT, sold.by, known=known)
            withdraw(session, GTIN, LOT, Why.QUALITY, sold.by, [(1, 2)], known=known)
            assert sold.state().size == 3, "nobody sees it before the commit"
            with pytest.raises(NothingToDo):
                release(session, GTIN, LOT, sold.by, known=known)

    both_and_one_again()
    assert sold.state().size == 5
    assert sound(sold)
