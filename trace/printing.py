"""Printing: label sheets for a range of a batch, each run recorded, none by accident twice (floor 3).

The sheet is written beside its place first, under a name of its own. When it is on disk, the numbers are held
against earlier runs and the run is recorded, in one transaction; only after that the file gets its name. So of
two printers of the same numbers one wins, and a run that was cut off has left no sheet, or one that is on record.
"""

import os
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from ocop.trace.facts import Level
from ocop.trace.issuing import Issued, check_may_sign, find_issued, links
from ocop.trace.pages.labels import Label, LabelText, SheetReport, Stock, sheets
from ocop.trace.registry.errors import BadValue, Conflict
from ocop.trace.registry.keystore import Keystore
from ocop.trace.registry.store import Store
from ocop.trace.registry.tables_catalogue import ProductText
from ocop.trace.registry.tables_issue import Batch, PrintRange, PrintRun
from sqlmodel import Session, col, select


class PrintedBefore(Conflict):
    """Some of the numbers are on a sheet already."""

    def __init__(self, lot: str, first: int, last: int, at: datetime) -> None:
        self.first, self.last, self.at = first, last, at
        numbers = f"numbers {first} to {last}" if last else "the code"
        super().__init__(
            f"expected labels that were not printed yet, got {numbers} of lot {lot}, printed on {at:%d/%m/%Y}; "
            "two goods with one number look like copies: destroy the first labels and add --reprint",
            "print_range",
        )


@dataclass(frozen=True, slots=True)
class Job:
    """What to print: numbers `first`..`last` of a batch (0..0 for a batch code) on a stock."""

    key: str
    lot: str
    stock: Stock
    first: int | None = None
    last: int | None = None
    skip: int = 0
    dx: float = 0.0
    dy: float = 0.0
    reprint: bool = False


@dataclass(frozen=True, slots=True)
class Prepared:
    """A job whose batch was found: its range, and the words on its labels."""

    job: Job
    batch: Issued
    first: int
    last: int
    name: str
    classifier: str

    @property
    def total(self) -> int:
        """How many labels."""
        return self.last - self.first + 1


def prepare(store: Store, job: Job) -> Prepared:
    """Find the batch and refuse early what would be refused at the end. Raises Unknown, NoUsableKey, PrintedBefore."""
    with store.read() as session:
        batch = find_issued(session, job.key, job.lot)
        check_may_sign(session, batch)
        first = batch.first if job.first is None else job.first
        last = batch.last if job.last is None else job.last
        if not batch.first <= first <= last <= batch.last:
            raise BadValue("numbers", f"a range within {batch.first}..{batch.last}", f"{first}..{last}")
        check_may_print(session, job, first, last)
        row = batch_row(session, job)
        text = session.get_one(ProductText, (row.product_id, "vi"))
        return Prepared(job, batch, first, last, row.name or text.name, text.classifier)


def check_may_print(session: Session, job: Job, first: int, last: int) -> None:
    """Return if none of the numbers was printed before, or the job says so on purpose; else PrintedBefore."""
    if job.reprint:
        return
    row = batch_row(session, job)
    earlier = session.execute(
        select(PrintRange.first, PrintRange.last, PrintRun.at)
        .join(PrintRun, col(PrintRun.id) == PrintRange.run_id)
        .where(PrintRun.batch_id == row.id, col(PrintRange.first) <= last, col(PrintRange.last) >= first)
        .order_by(col(PrintRun.at))
    ).first()
    if earlier is not None:
        raise PrintedBefore(job.lot, max(first, earlier[0]), min(last, earlier[1]), earlier[2])


def print_labels(
    store: Store,
    keystore: Keystore,
    prepared: Prepared,
    out: Path,
    *,
    realm: str,
    public_url: str,
    actor: str,
    now: datetime,
    progress: Callable[[int], None] | None = None,
) -> SheetReport:
    """Write the PDF to `out` and record the run. Raises PrintedBefore, BadValue, LabelError, StoreError, OSError."""
    job = prepared.job
    part = out.with_name(f".{out.name}.{secrets.token_hex(4)}.part")
    try:
        with part.open("xb") as file:
            labels = labels_of(keystore, prepared, realm, public_url)
            report = sheets(
                job.stock, labels, file, total=prepared.total, progress=progress,
                skip=job.skip, dx=job.dx, dy=job.dy,
            )  # fmt: skip
            file.flush()
            os.fsync(file.fileno())
        with store.begin() as session:
            batch_row(session, job, alone=True)
            check_may_sign(session, prepared.batch)
            check_may_print(session, job, prepared.first, prepared.last)
            record(session, prepared, actor, now)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    # On record from here on: what can't get its name now keeps the one it has.
    part.rename(out)
    return report


def labels_of(keystore: Keystore, prepared: Prepared, realm: str, public_url: str) -> Iterator[Label]:
    """The labels of a prepared job, in order. Raises KeystoreError, QRError."""
    batch = prepared.batch
    host = public_url.partition("://")[2]
    count = batch.count if batch.level is Level.ITEM else 0
    for number, link in links(keystore, realm, public_url, batch, prepared.first, prepared.last):
        text = LabelText(prepared.name, batch.lot, prepared.classifier, number or None, count, host)
        yield Label(link, text)


def batch_row(session: Session, job: Job, *, alone: bool = False) -> Batch:
    """The batch's row; `alone`: nobody else gets it so until this transaction ends."""
    query = select(Batch).where(Batch.key == job.key, Batch.lot == job.lot)
    # SQLite has no row locks and needs none: a writer is alone from its start.
    row: Batch = session.execute(query.with_for_update() if alone else query).scalars().one()
    return row


def record(session: Session, prepared: Prepared, actor: str, now: datetime) -> PrintRun:
    """Write down that the job's numbers are on sheets now."""
    job = prepared.job
    run = PrintRun(
        batch_id=batch_row(session, job).id or 0,
        stock=job.stock.name,
        labels=prepared.total,
        reprint=job.reprint,
        actor=actor,
        at=now,
    )
    session.add(run)
    session.flush()
    session.add(PrintRange(run_id=run.id or 0, first=prepared.first, last=prepared.last))
    session.flush()
    return run
