"""A maker's batches: what a form suggests, what a list shows, opening for sale, display items (floor 3).

    with read() as session:
        plan = suggest(session, "09521234543213", now)      # Suggestion(lot="L261123A", made=23/11/2026, ...)
    request = asked(plan, lot="L261123A", made=..., count=300, ticket=...)   # the request for `issuing.issue`
    with begin() as session:
        put_on_sale(session, key, lot, By(...))             # "Mở bán lô này"
        act = show_off(session, key, lot, 12, By(...))      # number 12 is a display item from now on

Lots are suggested as `L` + day made (yymmdd) + a letter, the first that is free of all keys of the product, so that
what a maker writes by hand and what we print are easily the same. A display item ("hàng trưng bày") is scanned by
everybody who passes the shelf, so it never gets `code_issued_often`; it is an act of the registry, not of the ledger,
and can be taken back.

A batch **waits** when labels of it were printed and it is not on sale: everybody who scans such a label is told
"Lô này chưa mở bán", which is the most common mistake of a first day.
"""

import string
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from ocop.trace.facts import Level, StageEvent
from ocop.trace.issuing import IssueRequest
from ocop.trace.registry import tables
from ocop.trace.registry.editing import product_row, words
from ocop.trace.registry.errors import BadValue, Conflict, Unknown
from ocop.trace.registry.ledger_store import By, Entered
from ocop.trace.registry.store import bump_facts
from ocop.trace.text import civil_date
from ocop.trace.withdrawing import release
from sqlalchemy import func, select
from sqlmodel import Session, col

MOST_SHOWN = 200
DISPLAY_MOST = 50
STEP = {"vi": "Sản xuất", "en": "Production"}


class TooManyOnDisplay(Conflict):
    """More display items than any shop shows: whoever wants that many means something else."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What an empty form for a new batch holds."""

    key: str
    name: str
    classifier: str
    lot: str
    made: date
    place: str
    place_code: str


@dataclass(frozen=True, slots=True)
class Lot:
    """A batch as lists and its own page show it. `printed` counts numbers on sheets, once each; `handed_over`: its
    product has another maker now, so it gets no labels and doesn't go on sale any more; `held`: by an office."""

    key: str
    lot: str
    product: str
    classifier: str
    level: Level
    first: int
    last: int
    made: date
    expiry: date | None
    issued_at: datetime
    released_at: datetime | None
    recalled: bool
    withdrawn: int
    printed: int
    display: tuple[int, ...]
    scans: int
    handed_over: bool = False
    held: bool = False

    @property
    def count(self) -> int:
        """How many codes."""
        return self.last - self.first + 1

    @property
    def gone(self) -> bool:
        """Whether nothing of it counts any more."""
        return self.recalled or self.withdrawn >= self.count

    @property
    def waits(self) -> bool:
        """Whether labels are out there that answer "not on sale", and its maker can change that."""
        over = self.gone or self.handed_over or self.held
        return self.printed > 0 and self.released_at is None and not over


def suggest(session: Session, key: str, now: datetime) -> Suggestion:
    """What the form for a new batch of a product begins with. Raises Unknown."""
    product = product_row(session, key)
    text = session.get_one(tables.ProductText, (product.id, "vi"))
    producer = session.get_one(tables.Producer, product.producer_id)
    made = civil_date(now)
    place = ", ".join(part for part in (producer.commune, producer.province) if part)
    lot = free_lot(session, product.id or 0, made)
    return Suggestion(product.key, text.name, text.classifier, lot, made, place, producer.commune_code)


def free_lot(session: Session, product_id: int, made: date) -> str:
    """`L261123A`, or the next letter that no batch of the product has; after Z, two letters."""
    stem = f"L{made:%y%m%d}"
    query = select(col(tables.Batch.lot)).where(
        col(tables.Batch.product_id) == product_id, col(tables.Batch.lot).startswith(stem)
    )
    taken = set(session.scalars(query))
    letters: str = string.ascii_uppercase
    for tail in (*letters, *(a + b for a in letters for b in letters)):
        if stem + tail not in taken:
            return f"{stem}{tail}"
    raise Conflict(f"expected a free lot of {made:%d/%m/%Y}, got none in 702; type another one")


def asked(
    key: str,
    lot: str,
    made: date,
    count: int,
    *,
    ticket: str,
    expiry: date | None = None,
    place_code: str = "",
) -> IssueRequest:
    """The request that a form means. `ticket` is the form's own number, `place_code` where it was made."""
    events = (StageEvent(STEP, made, place_code),)
    return IssueRequest(f"studio:{ticket}", key, lot.strip().upper(), made, count, expiry, events)


def find(session: Session, key: str, lot: str) -> Lot:
    """One batch. Raises Unknown."""
    query = select(tables.Batch).where(col(tables.Batch.key) == key, col(tables.Batch.lot) == lot)
    row = session.scalars(query.where(col(tables.Batch.state) == "entered")).first()
    if row is None:
        raise Unknown("batch", f"{key} lot {lot}", "look the lot up as it is printed")
    return _shown(session, [row])[0]


def of_product(session: Session, key: str) -> tuple[Lot, ...]:
    """Batches of a product, the newest first. Raises Unknown."""
    return _listed(session, col(tables.Batch.product_id) == product_row(session, key).id)


def of_producer(session: Session, producer_id: int) -> tuple[Lot, ...]:
    """Batches of all products of a maker, those that wait first, then the newest."""
    mine = select(col(tables.Product.id)).where(col(tables.Product.producer_id) == producer_id)
    found = _listed(session, col(tables.Batch.product_id).in_(mine))
    return tuple(sorted(found, key=lambda lot: not lot.waits))


def put_on_sale(session: Session, key: str, lot: str, by: By) -> Entered:
    """Open a batch for sale. Raises NothingToDo when it is, Unknown, Conflict for one that was called back, and as
    `withdrawing.release`."""
    if find(session, key, lot).gone:
        raise Conflict(
            f"expected a batch that counts, got lot {lot}, which was cancelled or called back", "gone"
        )
    return release(session, key, lot, by)


def show_off(session: Session, key: str, lot: str, number: int, by: By) -> int:
    """Mark an item as a display piece, once however often it is asked; returns the act's id.

    Raises Unknown, BadValue for a number the batch doesn't have, TooManyOnDisplay.
    """
    row = _locked(session, key, lot)
    if row.level != Level.ITEM.value or not row.first <= number <= row.last:
        raise BadValue("number", f"a number within {row.first}..{row.last} of lot {lot}", number)
    standing = _display(session, row.id or 0)
    for place in standing:
        if place.first <= number <= place.last:
            return place.act_id
    if len(standing) >= DISPLAY_MOST:
        raise TooManyOnDisplay(
            f"expected at most {DISPLAY_MOST} display items of a lot, got one more", "display"
        )
    act = _act(session, "display", by)
    session.add(
        tables.SerialRange(batch_id=row.id or 0, kind="display", first=number, last=number, act_id=act)
    )
    session.flush()
    bump_facts(session)
    return act


def put_away(session: Session, key: str, lot: str, number: int, by: By) -> None:
    """The item is no display piece any more. Of one that is none: nothing happens. Raises Unknown."""
    row = _locked(session, key, lot)
    found = [place for place in _display(session, row.id or 0) if place.first <= number <= place.last]
    if not found:
        return
    act = _act(session, "display-end", by)
    for place in found:
        place.undone_id = act
        session.add(place)
    session.flush()
    bump_facts(session)


def _act(session: Session, kind: str, by: By) -> int:
    act = tables.Act(kind=kind, actor=words("actor", by.actor, needed=True), at=by.at)
    session.add(act)
    session.flush()
    return act.id or 0


def _locked(session: Session, key: str, lot: str) -> tables.Batch:
    query = select(tables.Batch).where(col(tables.Batch.key) == key, col(tables.Batch.lot) == lot)
    row = session.scalars(query.with_for_update()).first()
    if row is None or row.position is None:
        raise Unknown("batch", f"{key} lot {lot}")
    return row


def _display(session: Session, batch_id: int) -> list[tables.SerialRange]:
    query = select(tables.SerialRange).where(
        col(tables.SerialRange.batch_id) == batch_id,
        col(tables.SerialRange.kind) == "display",
        col(tables.SerialRange.undone_id).is_(None),
    )
    return list(session.scalars(query.order_by(col(tables.SerialRange.first))))


def _listed(session: Session, where: object) -> tuple[Lot, ...]:
    query = select(tables.Batch).where(where, col(tables.Batch.state) == "entered")  # type: ignore[arg-type]
    newest = query.order_by(col(tables.Batch.position).desc()).limit(MOST_SHOWN)
    return tuple(_shown(session, list(session.scalars(newest))))


def _shown(session: Session, rows: Sequence[tables.Batch]) -> list[Lot]:
    """Batches with what was done to them; a fixed number of queries, however many they are."""
    ids = [row.id or 0 for row in rows]
    texts = {
        text.product_id: text
        for text in session.scalars(
            select(tables.ProductText).where(
                col(tables.ProductText.product_id).in_({row.product_id for row in rows}),
                col(tables.ProductText.lang) == "vi",
            )
        )
    }
    makers = select(col(tables.Product.id), col(tables.Product.producer_id)).where(
        col(tables.Product.id).in_({row.product_id for row in rows})
    )
    today = {row.id: row.producer_id for row in session.execute(makers)}
    printed = covered(_ranges_printed(session, ids))
    ranges = _exceptions(session, ids)
    called = set(
        session.scalars(
            select(col(tables.Recall.batch_id)).where(
                col(tables.Recall.batch_id).in_(ids), col(tables.Recall.undone_id).is_(None)
            )
        )
    )
    hold = tables.BatchHold
    held = set(
        session.scalars(
            select(col(hold.batch_id)).where(col(hold.batch_id).in_(ids), col(hold.lifted_at).is_(None))
        )
    )
    scans = _scans(session, rows)
    gone = covered([(batch, first, last) for batch, kind, first, last in ranges if kind == "withdrawn"])
    shown = []
    for row in rows:
        number, text = row.id or 0, texts.get(row.product_id)
        display = tuple(
            n
            for batch, kind, first, last in ranges
            if batch == number and kind == "display"
            for n in range(first, last + 1)
        )
        made = Lot(
            row.key, row.lot, row.name or (text.name if text else ""), text.classifier if text else "",
            Level(row.level), row.first, row.last, row.made, row.expiry, row.issued_at, row.released_at,
            number in called, gone.get(number, 0), printed.get(number, 0), display,
            scans.get((row.key, row.lot), 0), row.producer_id not in {None, today[row.product_id]},
            number in held,
        )  # fmt: skip
        shown.append(made)
    return shown


def _ranges_printed(session: Session, ids: Sequence[int]) -> list[tuple[int, int, int]]:
    query = (
        select(col(tables.PrintRun.batch_id), col(tables.PrintRange.first), col(tables.PrintRange.last))
        .join(tables.PrintRange, col(tables.PrintRange.run_id) == col(tables.PrintRun.id))
        .where(col(tables.PrintRun.batch_id).in_(ids))
    )
    return [(batch, first, last) for batch, first, last in session.execute(query)]


def _exceptions(session: Session, ids: Sequence[int]) -> list[tuple[int, str, int, int]]:
    query = select(tables.SerialRange).where(
        col(tables.SerialRange.batch_id).in_(ids), col(tables.SerialRange.undone_id).is_(None)
    )
    ordered = query.order_by(col(tables.SerialRange.first))
    return [(row.batch_id, row.kind, row.first, row.last) for row in session.scalars(ordered)]


def _scans(session: Session, rows: Sequence[tables.Batch]) -> dict[tuple[str, str], int]:
    found: dict[tuple[str, str], int] = {}
    keys, lots = {row.key for row in rows}, {row.lot for row in rows}
    for table, count in (
        (tables.Scan, func.count()),
        (tables.ScanMonth, func.sum(col(tables.ScanMonth.count))),
    ):
        key, lot = col(table.key), col(table.lot)
        query = select(key, lot, count).where(key.in_(keys), lot.in_(lots)).group_by(key, lot)
        for one, two, number in session.execute(query):
            found[one, two] = found.get((one, two), 0) + int(number)
    return found


def covered(ranges: Sequence[tuple[int, int, int]]) -> dict[int, int]:
    """How many numbers of each batch lie in (batch, first, last), each counted once."""
    total: dict[int, int] = {}
    reached: dict[int, int] = {}
    for batch, first, last in sorted(ranges):
        start = max(first, reached.get(batch, -1) + 1)
        if start <= last:
            total[batch] = total.get(batch, 0) + last - start + 1
            reached[batch] = last
    return total
