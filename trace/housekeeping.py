"""What goes by itself when its time is over, and the daily seal over chips (floor 3).

    tidy(store, now)                # Tidied(scans=0, reports=2, requests=1, files=5, unfinished=0, sealed=1)

- Scans, after 24 months: folded into counts a month (`registry/scans.py`).
- Contact, place, photograph and words of a report that nobody closed, 24 months after it came, as scans: by then its
  goods are past their date, and its sender can hardly be asked any more. Kind, day and item stay.
- Name, contact and words of a request about data, 24 months after it was closed: until then a complaint may need them.
  Number, kind, days and answer stay, to show what was done.
- A station's dialogue with a chip that nobody went on with for a day is over; seed, answers and names of one that ended
  7 days ago go, its binding and link stay (`registry/dialogue_sweep.py`).
- Pictures and clips that nothing holds, 30 days after they were sent (`registry/media_sweep.py`).

Batches whose chips changed get their root in the ledger (`registry/seals.py`).

It runs when a service starts and once a day from then on; running twice does nothing more. An erasure by time needs no
entry in the list of erasures: a restored backup is tidied at its next start.
"""

from datetime import datetime
from typing import NamedTuple

from ocop.trace.registry import dialogue_sweep, media_sweep, tables
from ocop.trace.registry.ledger_store import By
from ocop.trace.registry.scans import aggregate, months_before
from ocop.trace.registry.seals import seal_changed
from ocop.trace.registry.store import Store
from ocop.trace.text import VIETNAM
from sqlalchemy import delete, or_, select, update
from sqlmodel import Session, col

# Dated 29/11/2026. A shorter term needs a reason that it serves; a longer one needs a law that asks for it.
REPORT_MONTHS = 24
REQUEST_MONTHS = 24
GONE = "—"
ACTOR = "ocop-trace"


class Tidied(NamedTuple):
    """How much of each went, and how many batches got a root over their chips."""

    scans: int
    reports: int
    requests: int
    files: int = 0
    unfinished: int = 0
    sealed: int = 0
    dialogues: int = 0


def tidy_rows(session: Session, now: datetime) -> Tidied:
    """Rows whose time is over."""
    scans = aggregate(session, months_before(now))
    return Tidied(scans, _reports(session, now), _requests(session, now))


def tidy(store: Store, now: datetime) -> Tidied:
    """Rows and files whose time is over, then the seals. Raises StoreError, OSError, EntryRefused."""
    with store.begin() as session:
        rows = tidy_rows(session, now)
    dialogues = _dialogues(store, now)
    files = media_sweep.sweep(store, now)
    unfinished = media_sweep.sweep_unfinished(store.data, now)
    sealed = seal_changed(store.begin, store.read, By(ACTOR, now))
    return rows._replace(files=len(files), unfinished=unfinished, sealed=len(sealed), dialogues=dialogues)


def _dialogues(store: Store, now: datetime) -> int:
    """In transactions of some hundred, so that no tap waits for what an afternoon of writing left behind."""
    with store.begin() as session:
        dialogue_sweep.end_left(session, now)
    emptied = 0
    while True:
        with store.begin() as session:
            found = dialogue_sweep.forget(session, now)
        emptied += found
        if found < dialogue_sweep.AT_ONCE:
            return emptied


def erased_on(at: datetime, months: int = REPORT_MONTHS) -> datetime:
    """When what came at that moment is erased: the first moment of a month at UTC+07:00."""
    local = at.astimezone(VIETNAM)
    count = local.year * 12 + local.month + months
    return datetime(count // 12, count % 12 + 1, 1, tzinfo=VIETNAM)


def _reports(session: Session, now: datetime) -> int:
    row, private = tables.Report, tables.ReportPrivate
    query = select(col(row.id)).where(
        col(row.at) < months_before(now, REPORT_MONTHS),
        col(row.closed_at).is_(None),
        or_(
            col(row.contact) != "",
            col(row.words) != "",
            col(row.id).in_(select(col(private.report_id))),
        ),
    )
    ids = list(session.scalars(query))
    session.execute(delete(private).where(col(private.report_id).in_(ids)))
    session.execute(update(row).where(col(row.id).in_(ids)).values(contact="", words=""))
    return len(ids)


def _requests(session: Session, now: datetime) -> int:
    row = tables.DataRequest
    over = col(row.closed_at) < months_before(now, REQUEST_MONTHS), col(row.name) != GONE
    ids = list(session.scalars(select(col(row.id)).where(*over)))
    values = {"name": GONE, "words": GONE, "contact": ""}
    session.execute(update(row).where(col(row.id).in_(ids)).values(values))
    return len(ids)
