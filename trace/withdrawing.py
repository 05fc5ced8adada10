"""Acts on what was issued: release, hold, withdraw, recall, undo, and the withdrawal of a key (floor 3).

    with store.begin() as session:
        release(session, "09521234543213", "L2609A", By("chị Hoa", now))
    with store.begin() as session:
        withdraw(session, key, lot, Why.LABELS_LOST, By("anh Tín", now, "mất cuộn tem"), [(101, 200)])

Each act is a row, its words and a ledger entry in the caller's transaction, and raises `facts_version`, so the
next scan in any worker sees it. Words are for people and may be corrected; the entry has the code of the reason
only. Nothing is ever deleted: what was wrong is undone by another act.

    release       the batch is on sale by its maker,       undone: hold (the same as `hold`)
                  its chips sealed                         `release_again`: what a hold took off sale is back
    withdraw      serials, or the whole batch              undone: they count again
    recall        the goods are called back, with advice   undone: the recall is lifted
    withdraw_key  a cutoff index: batches entered before it keep their credit, others lose it; never undone

Preview what an act would touch before asking a person to confirm it: `preview_withdraw`, `preview_key`.
An act that would change nothing is refused with `NothingToDo`: it was done already, or it was never needed.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from ocop.trace.registry.editing import LONG, words
from ocop.trace.registry.errors import BadValue, Conflict, RegistryError, Unknown
from ocop.trace.registry.ledger_store import By, Entered, open_ledger, replay
from ocop.trace.registry.makers import refuse_more
from ocop.trace.registry.seals import seal
from ocop.trace.registry.tables_issue import Act, Batch, Issuer, Recall, SerialRange, SigningKey
from ocop.trace.registry.tables_office import BatchHold
from ocop.trace.signing.entries import (
    ITEM,
    KeyWithdrawEntry,
    RecallEntry,
    ReleaseEntry,
    UndoEntry,
    Why,
    WithdrawEntry,
)
from ocop.trace.signing.ledger import BatchState, KeyRecord, State
from sqlmodel import Session, col, select, update

Ranges = Sequence[tuple[int, int]]
MAX_RANGES = 1000


class NothingToDo(RegistryError):
    """The act would change nothing: it stands already, or there is nothing to take back."""


class Held(Conflict):
    """An office keeps the batch off sale; only it can let go."""


@dataclass(frozen=True, slots=True)
class WithdrawPreview:
    """What a withdrawal would touch: codes it cancels, and how many of them are cancelled already."""

    codes: int
    already: int


@dataclass(frozen=True, slots=True)
class KeyPreview:
    """What withdrawing a key would do: batches (id, lot) and codes that keep and that lose their credit."""

    kept: tuple[tuple[str, str], ...]
    lost: tuple[tuple[str, str], ...]
    codes_kept: int
    codes_lost: int


def release(session: Session, key: str, lot: str, by: By, *, known: State | None = None) -> Entered:
    """Open a batch for sale. A maker that has closed, or has given the product away, sells nothing new.

    Raises `Unknown`, `Held`, `MakerClosed`, `MadeByOther`, `NothingToDo`, `BadValue`, `StoreError`.
    """
    return _release(session, key, lot, by, known, again=False)


def release_again(session: Session, key: str, lot: str, by: By, *, known: State | None = None) -> Entered:
    """Put a batch back on sale that a hold took off it: the maker's word was given once and needs no maker now.

    Raises as `release`, but for `MakerClosed` and `MadeByOther`.
    """
    return _release(session, key, lot, by, known, again=True)


def _release(session: Session, key: str, lot: str, by: By, known: State | None, *, again: bool) -> Entered:
    cleaned = _cleaned(by)
    ledger = open_ledger(session, known)
    batch = _batch(ledger.state, key, lot)
    if batch.released_at is not None:
        raise NothingToDo(f"expected a batch that is not on sale, got lot {lot}, on sale since {_day(batch)}")
    if not again:
        refuse_more(session, key, lot)
    _refuse_held(session, key, lot)
    # Before the release: whoever replays up to it has the chips that the goods went out with.
    seal(ledger, session, key, lot, cleaned)
    entered = ledger.enter(ReleaseEntry(at=by.second, id=key, lot=lot), cleaned)
    _row(session, key, lot).released_at = by.second
    session.flush()
    return entered


def hold(session: Session, key: str, lot: str, why: Why, by: By, *, known: State | None = None) -> Entered:
    """Take a batch off sale: undo its release. Raises as `release`."""
    state = replay(session, known.fork() if known else None)
    batch = _batch(state, key, lot)
    if batch.release_position is None:
        raise NothingToDo(f"expected a batch that is on sale, got lot {lot}, which isn't")
    return undo(session, batch.release_position, why, by, known=state)


def withdraw(
    session: Session,
    key: str,
    lot: str,
    why: Why,
    by: By,
    ranges: Ranges | None = None,
    *,
    known: State | None = None,
) -> tuple[Entered, ...]:
    """Cancel serials `ranges` (first, last) of a batch, or all of it; one entry for each range.

    Raises `BadValue` for ranges that overlap or that the batch doesn't have, `NothingToDo` when all of a range
    is cancelled already, `Unknown`, `StoreError`.
    """
    by = _cleaned(by, needed=True)
    ledger = open_ledger(session, known)
    batch = _batch(ledger.state, key, lot)
    row_id = _row(session, key, lot).id or 0
    done = []
    for first, last in _checked(batch, ranges):
        if any(act.first <= first and last <= act.last for act in batch.withdrawals):
            raise NothingToDo(
                f"expected codes that still count, got {first}..{last} of lot {lot}, cancelled already"
            )
        entry = WithdrawEntry(at=by.second, id=key, lot=lot, first=first, last=last, why=why)
        entered = ledger.enter(entry, by)
        session.add(
            SerialRange(batch_id=row_id, kind="withdrawn", first=first, last=last, act_id=entered.act_id)
        )
        done.append(entered)
    session.flush()
    return tuple(done)


def recall(session: Session, key: str, lot: str, why: Why, by: By, *, known: State | None = None) -> Entered:
    """Call the goods of a batch back. `by.reason` and `by.advice` (what to do with them) are shown to everybody.

    Raises `BadValue` without words, `NothingToDo` when it is called back already, `Unknown`, `StoreError`.
    """
    by = _cleaned(by, needed=True, advice_needed=True)
    ledger = open_ledger(session, known)
    if _batch(ledger.state, key, lot).recall is not None:
        raise NothingToDo(
            f"expected a batch that isn't called back, got lot {lot}, which is; undo that recall first"
        )
    entered = ledger.enter(RecallEntry(at=by.second, id=key, lot=lot, why=why), by)
    session.add(Recall(batch_id=_row(session, key, lot).id or 0, act_id=entered.act_id))
    session.flush()
    return entered


def undo(session: Session, position: int, why: Why, by: By, *, known: State | None = None) -> Entered:
    """Take back the release, withdrawal or recall at a ledger position.

    A chip's withdrawal is taken back by binding the chip again, never here: nothing would be on its item.
    Raises `NothingToDo` when there is no such act or it doesn't stand any more, `BadValue`, `StoreError`.
    """
    by = _cleaned(by, needed=True)
    ledger = open_ledger(session, known)
    batch = ledger.state.standing(position)
    if batch is None:
        raise NothingToDo(
            f"expected the position of a release, withdrawal or recall that still stands, got {position}"
        )
    chip = next((act.uid for act in batch.chip_withdrawals if act.position == position), None)
    if chip is not None:
        raise NothingToDo(
            f"expected an act on codes, got the withdrawal of the chip {chip.hex().upper()};"
            " bind that chip again, which takes it back"
        )
    act_id = _act_id(session, position)
    entered = ledger.enter(UndoEntry(at=by.second, of=position, why=why), by)
    if batch.release_position == position:
        _row(session, batch.id, batch.lot).released_at = None
    for table in (SerialRange, Recall):
        session.execute(update(table).where(col(table.act_id) == act_id).values(undone_id=entered.act_id))
    session.flush()
    return entered


def withdraw_key(
    session: Session,
    issuer: str,
    number: int,
    why: Why,
    by: By,
    cutoff: int | None = None,
    *,
    known: State | None = None,
) -> Entered:
    """Withdraw a key for batches entered at ledger position `cutoff` or later; by default for those to come.

    Choose the last position before the earliest possible theft. A cutoff may be moved down later, never up, and
    a withdrawal is never undone. Raises `Unknown`, `BadValue`, `NothingToDo`, `EntryRefused`, `StoreError`.
    """
    by = _cleaned(by, needed=True)
    ledger = open_ledger(session, known)
    record = _key(ledger.state, issuer, number)
    cutoff = _cutoff(ledger.state, record, cutoff)
    entry = KeyWithdrawEntry(at=by.second, issuer=issuer, key=number, cutoff=cutoff, why=why)
    entered = ledger.enter(entry, by)
    issuer_id = session.execute(select(Issuer.id).where(Issuer.code == issuer)).scalar_one()
    session.execute(
        update(SigningKey)
        .where(col(SigningKey.issuer_id) == issuer_id, col(SigningKey.number) == number)
        .values(state="withdrawn", cutoff=cutoff)
    )
    return entered


def preview_withdraw(state: State, key: str, lot: str, ranges: Ranges | None = None) -> WithdrawPreview:
    """How many codes a withdrawal would cancel. Raises `Unknown`, `BadValue`."""
    batch = _batch(state, key, lot)
    wanted = _checked(batch, ranges)
    standing = _merged((act.first, act.last) for act in batch.withdrawals)
    overlaps = (
        min(last, act_last) - max(first, act_first) + 1
        for first, last in wanted
        for act_first, act_last in standing
    )
    return WithdrawPreview(sum(last - first + 1 for first, last in wanted), sum(max(0, n) for n in overlaps))


def preview_key(state: State, issuer: str, number: int, cutoff: int | None = None) -> KeyPreview:
    """Which batches would keep their credit if the key were withdrawn. Raises `Unknown`, `BadValue`, `NothingToDo`."""
    record = _key(state, issuer, number)
    cutoff = _cutoff(state, record, cutoff)
    batches = state.batches_of_key(issuer, number)
    kept = [batch for batch in batches if batch.position < cutoff]
    lost = [batch for batch in batches if batch.position >= cutoff]
    return KeyPreview(
        tuple((batch.id, batch.lot) for batch in kept),
        tuple((batch.id, batch.lot) for batch in lost),
        sum(batch.last - batch.first + 1 for batch in kept),
        sum(batch.last - batch.first + 1 for batch in lost),
    )


def _cleaned(by: By, *, needed: bool = False, advice_needed: bool = False) -> By:
    return By(
        words("actor", by.actor, needed=True),
        by.at,
        words("reason", by.reason, LONG, needed=needed),
        words("advice", by.advice, LONG, needed=advice_needed),
    )


def _checked(batch: BatchState, ranges: Ranges | None) -> list[tuple[int, int]]:
    """The ranges in order; without any, the whole batch."""
    if ranges is None:
        return [(batch.first, batch.last)]
    what = f"{batch.first}..{batch.last}" if batch.level == ITEM else "no numbers: it has one code"
    ordered = sorted(ranges)
    if not ordered or len(ordered) > MAX_RANGES:
        raise BadValue("numbers", f"1 to {MAX_RANGES} ranges", len(ordered))
    for first, last in ordered:
        if not batch.first <= first <= last <= batch.last:
            raise BadValue("numbers", what, f"{first}..{last}", f"lot {batch.lot} has no others")
    for (_, last), (first, _) in pairwise(ordered):
        if first <= last:
            raise BadValue("numbers", "ranges that don't overlap", f"..{last} and {first}..")
    return ordered


def _merged(ranges: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """The same numbers as ranges that don't touch."""
    merged: list[tuple[int, int]] = []
    for first, last in sorted(ranges):
        if merged and first <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(merged[-1][1], last))
        else:
            merged.append((first, last))
    return merged


def _cutoff(state: State, record: KeyRecord, cutoff: int | None) -> int:
    highest = state.size if record.cutoff is None else record.cutoff - 1
    if record.cutoff is not None and (cutoff is None or cutoff == record.cutoff):
        raise NothingToDo(
            f"expected a key that counts, got {record.number}, withdrawn from {record.cutoff} on"
        )
    wanted = state.size if cutoff is None else cutoff
    if not record.position < wanted <= highest:
        raise BadValue("cutoff", f"a position from {record.position + 1} to {highest}", wanted)
    return wanted


def _batch(state: State, key: str, lot: str) -> BatchState:
    batch = state.batch(key, lot)
    if batch is None:
        raise Unknown("batch", f"{key} lot {lot}", "look the lot up as it is printed")
    return batch


def _key(state: State, issuer: str, number: int) -> KeyRecord:
    record = state.key(issuer, number)
    if record is None:
        raise Unknown("key", f"{number} of {issuer}", "see `ocop-trace key list`")
    return record


def _refuse_held(session: Session, key: str, lot: str) -> None:
    query = select(BatchHold).where(
        BatchHold.batch_id == _row(session, key, lot).id, col(BatchHold.lifted_at).is_(None)
    )
    held = session.execute(query).scalars().first()
    if held is not None:
        raise Held(
            f"expected a batch that may go on sale, got lot {lot}, held by {held.held_by} since"
            f" {held.held_at:%d/%m/%Y}: {held.reason}",
            "hold",
        )


def _row(session: Session, key: str, lot: str) -> Batch:
    row: Batch = session.execute(select(Batch).where(Batch.key == key, Batch.lot == lot)).scalars().one()
    return row


def _day(batch: BatchState) -> str:
    return f"{batch.released_at:%d/%m/%Y}" if batch.released_at else ""


def _act_id(session: Session, position: int) -> int:
    return int(session.execute(select(Act.id).where(Act.position == position)).scalar_one())
