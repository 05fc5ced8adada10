"""Holding batches, and what an act would touch before anybody does it (floor 3).

    touched = preview_batch(session, state, key, lot, now)         # 312 codes, 40 chips, 313 pages, 7 scans in 30 days
    hold_batch(session, key, lot, Why.QUALITY, By("chị Hà", now, "chờ kết quả kiểm nghiệm"), state)
    lift_hold(session, key, lot, By("chị Hà", now, "kết quả đạt"), state)
    held = hold_product(session, key, Why.OFFICE_HOLD, by, state)  # every batch of it

A hold keeps a batch off sale against everybody: while it stands, `withdrawing.release` refuses. A batch that was on
sale leaves it (the release is undone in the ledger); lifting the hold puts it back, whatever became of its maker
meanwhile (`docs/adr/0005-a-batch-keeps-its-maker.md`). Withdrawing, recalling and
undoing themselves are `withdrawing`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from ocop.trace import withdrawing
from ocop.trace.facts import Level
from ocop.trace.gs1.identifier import MAX_ITEM
from ocop.trace.registry import tables
from ocop.trace.registry.editing import LONG, product_row, words
from ocop.trace.registry.errors import Unknown
from ocop.trace.registry.ledger_store import By, Entered, open_ledger, replay
from ocop.trace.registry.makers import refuse_more
from ocop.trace.registry.store import bump_facts
from ocop.trace.signing.entries import Why
from ocop.trace.signing.ledger import State
from ocop.trace.withdrawing import NothingToDo, Ranges
from sqlalchemy import and_, func, or_, select
from sqlmodel import Session, col

LIVE_CHIPS = ("reserved", "live")
DAYS = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Touched:
    """What an act changes: batches, codes (and how many of these are cancelled already), chips on goods now, pages
    that people may open (one an item code, one a batch, one a product), scans of them in the last 30 days."""

    batches: int
    codes: int
    already: int
    chips: int
    pages: int
    scans: int

    def __add__(self, other: "Touched") -> "Touched":
        return Touched(
            self.batches + other.batches,
            self.codes + other.codes,
            self.already + other.already,
            self.chips + other.chips,
            self.pages + other.pages,
            self.scans + other.scans,
        )


NOTHING = Touched(0, 0, 0, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Standing:
    """An act that stands and can be taken back: `position` names it in the ledger."""

    position: int
    kind: str
    first: int
    last: int
    why: str
    reason: str
    advice: str
    actor: str
    at: datetime


def preview_batch(
    session: Session, state: State, key: str, lot: str, now: datetime, ranges: Ranges | None = None
) -> Touched:
    """What changes when a batch, or serials of it, are withdrawn; without ranges also for a hold or a recall.

    Raises Unknown, BadValue.
    """
    codes = withdrawing.preview_withdraw(state, key, lot, ranges)
    batch = state.batch(key, lot)
    whole = ranges is None
    wanted = ((1, MAX_ITEM),) if whole else ranges or ()
    numbers = codes.codes if batch is not None and batch.level == Level.ITEM else 0
    return Touched(
        batches=1,
        codes=codes.codes,
        already=codes.already,
        chips=_count(session, tables.Chip, key, lot, wanted),
        pages=numbers + (1 if whole else 0),
        scans=_scans(session, key, lot, now, () if whole else wanted),
    )


def preview_product(session: Session, state: State, key: str, now: datetime) -> Touched:
    """What changes when something is said about a product and all its batches. Raises Unknown."""
    batches = _batches(session, key)
    touched = sum((preview_batch(session, state, row.key, row.lot, now) for row in batches), NOTHING)
    return touched + Touched(0, 0, 0, 0, 1, _scans(session, key, "", now))


def unsold(session: Session, products: Sequence[int]) -> tuple[int, int]:
    """Batches of these products that are not on sale: those that only their maker may sell, and those that were on
    sale before they were held, so that an office may let them go."""
    batch, hold = tables.Batch, tables.BatchHold
    stands = and_(col(hold.batch_id) == col(batch.id), col(hold.lifted_at).is_(None))
    query = (
        select(col(hold.was_on_sale), func.count(col(batch.id)))
        .select_from(batch)
        .outerjoin(hold, stands)
        .where(
            col(batch.product_id).in_(products),
            col(batch.state) == "entered",
            col(batch.released_at).is_(None),
        )
        .group_by(col(hold.was_on_sale))
    )
    counts = {was_on_sale: int(count) for was_on_sale, count in session.execute(query)}
    held_back = counts.pop(True, 0)
    return sum(counts.values()), held_back


def standing_acts(session: Session, state: State, key: str, lot: str) -> list[Standing]:
    """The release, withdrawals and recall of a batch that stand, newest first. Raises Unknown."""
    batch = state.batch(key, lot)
    if batch is None:
        raise Unknown("batch", f"{key} lot {lot}")
    spans = {act.position: (act.first, act.last) for act in batch.withdrawals}
    positions = [*spans, batch.release_position, batch.recall.position if batch.recall else None]
    query = select(tables.Act).where(col(tables.Act.position).in_([p for p in positions if p is not None]))
    return [
        Standing(
            row.position or 0,
            row.kind,
            *spans.get(row.position or 0, (batch.first, batch.last)),
            row.why,
            row.reason,
            row.advice,
            row.actor,
            row.at,
        )
        for row in session.scalars(query.order_by(col(tables.Act.position).desc()))
    ]


def held(session: Session, key: str, lot: str) -> tables.BatchHold | None:
    """The hold that stands on a batch."""
    query = (
        select(tables.BatchHold)
        .join(tables.Batch, col(tables.Batch.id) == col(tables.BatchHold.batch_id))
        .where(
            col(tables.Batch.key) == key,
            col(tables.Batch.lot) == lot,
            col(tables.BatchHold.lifted_at).is_(None),
        )
    )
    return session.scalars(query).first()


def hold_batch(
    session: Session, key: str, lot: str, why: Why, by: By, known: State | None = None
) -> Entered | None:
    """Keep a batch off sale; returns what was entered in the ledger, None when it was not on sale.

    `by.reason` is shown to its maker. Raises Unknown, NothingToDo, BadValue, StoreError.
    """
    reason = words("reason", by.reason, LONG, needed=True)
    row = _batch(session, key, lot)
    # The lock of the ledger comes first: a second officer must see what the first one did.
    state = open_ledger(session, known).state
    if held(session, key, lot) is not None:
        raise NothingToDo(f"expected a batch that isn't held, got lot {lot}, which is")
    batch = state.batch(key, lot)
    on_sale = batch is not None and batch.release_position is not None
    entered = withdrawing.hold(session, key, lot, why, by, known=state) if on_sale else None
    hold = tables.BatchHold(
        batch_id=row.id or 0,
        why=str(why),
        reason=reason,
        was_on_sale=on_sale,
        held_by=words("held by", by.actor, needed=True),
        held_at=by.at,
    )
    session.add(hold)
    session.flush()
    bump_facts(session)
    return entered


def lift_hold(session: Session, key: str, lot: str, by: By, known: State | None = None) -> bool:
    """Let go of a batch; it is on sale again if it was before. Returns whether it is.

    What was on sale is let go also after its maker closed or gave the product away: goods in people's hands must not
    answer "not on sale" for ever. Raises as `hold_batch`; `MakerClosed`, `MadeByOther` for a batch that was not on
    sale, since nobody is left who may sell it.
    """
    _batch(session, key, lot)
    state = open_ledger(session, known).state
    row = held(session, key, lot)
    if row is None:
        raise NothingToDo(f"expected a batch that is held, got lot {lot}, which isn't")
    if not row.was_on_sale:
        refuse_more(session, key, lot)
    row.lifted_by, row.lifted_at = words("lifted by", by.actor, needed=True), by.at
    session.add(row)
    session.flush()
    bump_facts(session)
    if row.was_on_sale:
        withdrawing.release_again(session, key, lot, by, known=state)
    return row.was_on_sale


def hold_product(session: Session, key: str, why: Why, by: By, known: State | None = None) -> tuple[str, ...]:
    """Hold every batch of a product that isn't held; returns their lots. Raises Unknown, NothingToDo, BadValue."""
    lots = []
    state = replay(session, known.fork() if known else None)
    for row in _batches(session, key):
        if held(session, row.key, row.lot) is None:
            hold_batch(session, row.key, row.lot, why, by, state)
            lots.append(row.lot)
    if not lots:
        raise NothingToDo("expected a product with a batch that isn't held, got one without")
    return tuple(lots)


def _batches(session: Session, key: str) -> Sequence[tables.Batch]:
    product = product_row(session, key)
    query = select(tables.Batch).where(
        col(tables.Batch.product_id) == product.id, col(tables.Batch.state) == "entered"
    )
    return session.scalars(query.order_by(col(tables.Batch.id))).all()


def _batch(session: Session, key: str, lot: str) -> tables.Batch:
    query = select(tables.Batch).where(
        col(tables.Batch.key) == key, col(tables.Batch.lot) == lot, col(tables.Batch.state) == "entered"
    )
    row = session.scalars(query).first()
    if row is None:
        raise Unknown("batch", f"{key} lot {lot}", "look the lot up as it is printed")
    return row


def _count(session: Session, table: type[tables.Chip], key: str, lot: str, ranges: Ranges) -> int:
    inside = or_(*(col(table.number).between(first, last) for first, last in ranges))
    query = select(func.count(col(table.id))).where(
        col(table.key) == key, col(table.lot) == lot, col(table.state).in_(LIVE_CHIPS), inside
    )
    return int(session.scalar(query) or 0)


def _scans(session: Session, key: str, lot: str, now: datetime, ranges: Ranges = ()) -> int:
    query = select(func.count(col(tables.Scan.id))).where(
        col(tables.Scan.key) == key, col(tables.Scan.lot) == lot, col(tables.Scan.at) >= now - DAYS
    )
    if ranges:
        query = query.where(or_(*(col(tables.Scan.serial).between(first, last) for first, last in ranges)))
    return int(session.scalar(query) or 0)
