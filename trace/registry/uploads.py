"""How much a maker may send: pictures and clips in a window of days, by number and by bytes (floor 2).

    if room_left(session, maker, now): ...      # before anything is decoded
    note_upload(session, maker, name, size, now)    # once the files are on disk

A file that replaced another counts too, because both lie on the disk; the same file sent again counts once. Several
that are sent at the same moment may together pass the limit by what was under way.
"""

from datetime import datetime, timedelta

from ocop.trace.registry import tables
from sqlalchemy import func, select
from sqlmodel import Session, col

WINDOW = timedelta(days=30)
MOST_FILES = 300
MOST_BYTES = 500_000_000


def room_left(session: Session, producer_id: int, now: datetime) -> bool:
    """Whether this maker may send one more file now."""
    query = select(func.count(), func.coalesce(func.sum(col(tables.Upload.size)), 0)).where(
        col(tables.Upload.producer_id) == producer_id, col(tables.Upload.at) > now - WINDOW
    )
    files, size = session.execute(query).one()
    return int(files) < MOST_FILES and int(size) < MOST_BYTES


def note_upload(session: Session, producer_id: int, name: str, size: int, now: datetime) -> None:
    """Write down that a file was kept."""
    row = session.get(tables.Upload, (producer_id, name))
    if row is None:
        session.add(tables.Upload(producer_id=producer_id, name=name, size=size, at=now))
        session.flush()
