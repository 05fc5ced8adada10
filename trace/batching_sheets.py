"""Printing from the studio: an order, the file, the run on record, and the test sheet that is scanned (floor 3).

    order = Order(key, lot, Form.PDF, find_stock("a4-21"), first=1, last=300, ticket="…")
    file = make(press, order, "chị Hoa", now)                # recorded, then handed out
    state = trial(session, key, lot)                        # Tested(at, first, last, seen=12, seen_at=…)

`make` renders first, with nothing locked; then, in one transaction (commit point `recorded`), the numbers are held
against earlier runs and the run is written down; only then the file leaves. So of two people who print the same
numbers one is asked first (`PrintedBefore`; `reprint` is her answer). A form has a ticket: sent twice it is one run
and gives the same file, so that a double tap or a lost answer costs nothing.

**The test sheet** is the first page of a batch, at most `TEST_MOST` labels, on the very stock that will be used. It is
a run like any other: its labels are good ones. The sheet is *seen* when one of its numbers was scanned after it was
made; printing goes on with the number after its last one. A sheet that doesn't read is printed again on purpose.

Refused: numbers that were cancelled, a batch that was called back, more codes than one file may hold.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain

from ocop.trace.batching import find
from ocop.trace.batching_files import File, Form, write
from ocop.trace.issuing import Begin, check_may_sign, find_issued
from ocop.trace.pages.labels import Stock
from ocop.trace.printing import Job, Prepared, batch_row, check_may_print, labels_of, record
from ocop.trace.registry import tables
from ocop.trace.registry.errors import BadValue, Conflict
from ocop.trace.registry.keystore import Keystore
from sqlalchemy import select
from sqlmodel import Session, col

TEST_MOST = 12
RUNS_SHOWN = 50


class Cancelled(Conflict):
    """Some of the numbers don't count any more, or none of the batch does."""


@dataclass(frozen=True, slots=True)
class Press:
    """What printing needs from the edge."""

    begin: Begin
    read: Callable[[], AbstractContextManager[Session]]
    keystore: Keystore
    realm: str
    public_url: str


@dataclass(frozen=True, slots=True)
class Order:
    """Numbers `first`..`last` of a batch in one form; `skip` labels of the first sheet are used up, and the print is
    moved by `dx`, `dy` mm to the right and upwards.
    """

    key: str
    lot: str
    form: Form
    stock: Stock
    first: int
    last: int
    ticket: str
    purpose: str = "own"
    reprint: bool = False
    skip: int = 0
    dx: float = 0.0
    dy: float = 0.0

    @property
    def job(self) -> Job:
        """The order as `printing` knows it."""
        return Job(
            self.key, self.lot, self.stock, self.first, self.last, self.skip, self.dx, self.dy, self.reprint
        )


@dataclass(frozen=True, slots=True)
class Run:
    """A print run as its list shows it."""

    at: datetime
    first: int
    last: int
    labels: int
    stock: str
    form: str
    purpose: str
    actor: str
    reprint: bool


@dataclass(frozen=True, slots=True)
class Tested:
    """The last test sheet of a batch. `seen`: a number of it that was scanned since, None: none yet; 0: the batch."""

    at: datetime
    first: int
    last: int
    stock: str
    seen: int | None
    seen_at: datetime | None


def make(press: Press, order: Order, actor: str, now: datetime) -> File:
    """The file of an order, on record.

    Raises Unknown, BadValue, Cancelled, PrintedBefore, NoUsableKey, KeystoreError, LabelError, QRError, StoreError;
    after any of them nothing was recorded.
    """
    with press.read() as session:
        prepared = prepare(session, order)
    file = rendered(press, order, prepared)
    with press.begin() as session:  # commit point: recorded
        keep(session, order, prepared, actor, now)
    return file


def prepare(session: Session, order: Order) -> Prepared:
    """Find the batch, refuse early what would be refused at the end. Raises as `make`."""
    batch = find_issued(session, order.key, order.lot)
    check_may_sign(session, batch)
    _check(session, order, batch.first, batch.last)
    if not _known(session, order):
        check_may_print(session, order.job, order.first, order.last)
    row = batch_row(session, order.job)
    text = session.get_one(tables.ProductText, (row.product_id, "vi"))
    return Prepared(order.job, batch, order.first, order.last, row.name or text.name, text.classifier)


def rendered(press: Press, order: Order, prepared: Prepared) -> File:
    """The file itself; nothing is recorded. The key is asked for at once, so a shut keystore is told first."""
    labels = labels_of(press.keystore, prepared, press.realm, press.public_url)
    head = next(labels)
    return write(
        order.form,
        chain([head], labels),
        order.stock,
        first=order.first,
        last=order.last,
        skip=order.skip,
        dx=order.dx,
        dy=order.dy,
    )


def keep(session: Session, order: Order, prepared: Prepared, actor: str, now: datetime) -> None:
    """Write the run down, once for a ticket. Raises Cancelled, PrintedBefore, NoUsableKey."""
    batch_row(session, order.job, alone=True)
    if _known(session, order):
        return
    check_may_sign(session, prepared.batch)
    _check(session, order, prepared.batch.first, prepared.batch.last)
    check_may_print(session, order.job, order.first, order.last)
    run = record(session, prepared, actor, now)
    session.add(
        tables.PrintPurpose(
            run_id=run.id or 0, purpose=order.purpose, format=order.form.value, ticket=order.ticket
        )
    )
    session.flush()


def trial_order(
    session: Session, key: str, lot: str, stock: Stock, ticket: str, *, again: bool = False, skip: int = 0
) -> Order:
    """The order of a test sheet: the first numbers of the batch that fit one page of the stock. Raises Unknown."""
    batch = find(session, key, lot)
    last = min(batch.last, batch.first + min(stock.per_page - skip, TEST_MOST) - 1)
    return Order(key, lot, Form.PDF, stock, batch.first, last, ticket, "test", reprint=again, skip=skip)


def trial(session: Session, key: str, lot: str) -> Tested | None:
    """How the last test sheet of a batch fared, None without one."""
    query = (
        select(tables.PrintRun, tables.PrintRange)
        .join(tables.PrintRange, col(tables.PrintRange.run_id) == col(tables.PrintRun.id))
        .join(tables.PrintPurpose, col(tables.PrintPurpose.run_id) == col(tables.PrintRun.id))
        .join(tables.Batch, col(tables.Batch.id) == col(tables.PrintRun.batch_id))
        .where(col(tables.Batch.key) == key, col(tables.Batch.lot) == lot)
        .where(col(tables.PrintPurpose.purpose) == "test")
        .order_by(col(tables.PrintRun.id).desc())
    )
    found = session.execute(query).first()
    if found is None:
        return None
    run, numbers = found
    scan = session.execute(
        select(col(tables.Scan.serial), col(tables.Scan.at))
        .where(
            col(tables.Scan.key) == key,
            col(tables.Scan.lot) == lot,
            col(tables.Scan.channel) == "print",
            # A code that we didn't issue proves nothing about the sheet.
            col(tables.Scan.code) != "not_issued",
            col(tables.Scan.serial).between(numbers.first, numbers.last),
            col(tables.Scan.at) >= run.at,
        )
        .order_by(col(tables.Scan.at))
    ).first()
    seen, at = (scan[0], scan[1]) if scan else (None, None)
    return Tested(run.at, numbers.first, numbers.last, run.stock, seen, at)


def runs(session: Session, key: str, lot: str) -> tuple[Run, ...]:
    """The print runs of a batch, the newest first, at most `RUNS_SHOWN`."""
    query = (
        select(tables.PrintRun, tables.PrintRange, tables.PrintPurpose)
        .join(tables.PrintRange, col(tables.PrintRange.run_id) == col(tables.PrintRun.id))
        .join(tables.Batch, col(tables.Batch.id) == col(tables.PrintRun.batch_id))
        .outerjoin(tables.PrintPurpose, col(tables.PrintPurpose.run_id) == col(tables.PrintRun.id))
        .where(col(tables.Batch.key) == key, col(tables.Batch.lot) == lot)
        .order_by(col(tables.PrintRun.id).desc())
        .limit(RUNS_SHOWN)
    )
    return tuple(
        Run(
            run.at, numbers.first, numbers.last, run.labels, run.stock, purpose.format if purpose else "pdf",
            purpose.purpose if purpose else "own", run.actor, run.reprint,
        )
        for run, numbers, purpose in session.execute(query)
    )  # fmt: skip


def next_numbers(session: Session, key: str, lot: str) -> tuple[int, int] | None:
    """The numbers that a form suggests: those after the last printed one. None when all were printed."""
    batch = find(session, key, lot)
    done = max((run.last for run in runs(session, key, lot)), default=-1)
    first = batch.first if done < batch.first else done + 1
    return (first, batch.last) if first <= batch.last else None


def _known(session: Session, order: Order) -> bool:
    """Whether this ticket's run is on record. Raises BadValue when it was used for something else."""
    query = (
        select(
            col(tables.PrintRange.first),
            col(tables.PrintRange.last),
            col(tables.Batch.key),
            col(tables.Batch.lot),
        )
        .join(tables.PrintPurpose, col(tables.PrintPurpose.run_id) == col(tables.PrintRange.run_id))
        .join(tables.PrintRun, col(tables.PrintRun.id) == col(tables.PrintRange.run_id))
        .join(tables.Batch, col(tables.Batch.id) == col(tables.PrintRun.batch_id))
        .where(col(tables.PrintPurpose.ticket) == order.ticket)
    )
    found = session.execute(query).first()
    if found is not None and tuple(found) != (order.first, order.last, order.key, order.lot):
        raise BadValue("ticket", "a form that was not sent yet", order.ticket[:40], "open the page again")
    return found is not None


def _check(session: Session, order: Order, first: int, last: int) -> None:
    if not first <= order.first <= order.last <= last:
        raise BadValue("numbers", f"a range within {first}..{last}", f"{order.first}..{order.last}")
    total = order.last - order.first + 1
    if total > order.form.most:
        raise BadValue("numbers", f"at most {order.form.most} codes in one file", total, "make several files")
    if find(session, order.key, order.lot).recalled:
        raise Cancelled(
            f"expected a batch that counts, got lot {order.lot}, which is called back", "recalled"
        )
    query = (
        select(col(tables.SerialRange.first), col(tables.SerialRange.last))
        .join(tables.Batch, col(tables.Batch.id) == col(tables.SerialRange.batch_id))
        .where(col(tables.Batch.key) == order.key, col(tables.Batch.lot) == order.lot)
        .where(col(tables.SerialRange.kind) == "withdrawn", col(tables.SerialRange.undone_id).is_(None))
        .where(col(tables.SerialRange.first) <= order.last, col(tables.SerialRange.last) >= order.first)
    )
    gone = session.execute(query).first()
    if gone is not None:
        raise Cancelled(
            f"expected numbers that count, got {gone[0]}..{gone[1]} of lot {order.lot}, which were cancelled",
            "withdrawn",
        )


def again(order: Order) -> Order:
    """The same order, by somebody who knows that its numbers were printed and destroyed the old labels."""
    return replace(order, reprint=True)
