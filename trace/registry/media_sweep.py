"""Pictures and clips on the disk that nothing shows or holds any more (floor 2).

    gone = sweep(store, now, grace=timedelta(days=30))

Held is what any row names: a product, its sign, a batch (the snapshot that was printed with it), any revision of a
story, a draft. A file goes only when nothing has held it and nobody has sent it for `GRACE`: what a form is about to
save was just sent, and a file that is sent again counts as new (`media.py` touches it). Rows go first, in one
transaction, whose foreign keys refuse a picture that was taken up meanwhile; files follow the commit. What a kill
leaves has no row any more and goes the next time. Other files in the folder are left alone.
"""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from ocop.trace.registry import erasures, tables
from ocop.trace.registry.store import Store
from sqlalchemy import delete, select
from sqlmodel import Session, col

# A maker who begins a story before the harvest comes back to it within the month that `uploads.WINDOW` counts.
GRACE = timedelta(days=30)
DIGEST = re.compile(r"([0-9a-f]{64})(?:-[0-9]+)?\.(?:jpg|webp|m4a|mp3)", re.ASCII)
UNFINISHED = ".new-"
HELD = (
    tables.Product.photo,
    tables.RecognitionSign.photo,
    tables.Batch.photo,
    tables.StoryStep.photo,
    tables.Story.portrait,
    tables.Story.voice,
)


def sweep(store: Store, now: datetime, grace: timedelta = GRACE, *, only_look: bool = False) -> list[str]:
    """Remove what nothing holds; the digests of it, sorted. `only_look`: nothing is removed."""
    before = (now - grace).timestamp()
    old = _old(store.data, before)
    with store.read() as session:
        free = sorted(set(old) - _held(session) - _sent_since(session, now - grace))
    if only_look or not free:
        return free
    with store.begin() as session:
        free = sorted(set(free) - _held(session) - _sent_since(session, now - grace))
        for name in free:
            session.execute(delete(tables.Photo).where(col(tables.Photo.name) == name))
            session.execute(delete(tables.Voice).where(col(tables.Voice.name).startswith(name)))
            session.execute(delete(tables.Upload).where(col(tables.Upload.name).startswith(name)))
    for name in free:
        if all(_sent(path) <= before for path in _files(store.data, name)):
            erasures.lose_files(store.data, name)
    return free


def sweep_unfinished(data: Path, now: datetime, grace: timedelta = GRACE) -> int:
    """Remove files whose writing was cut off by a crash; returns how many."""
    count = 0
    for path in (data / "media").glob(f"*/{UNFINISHED}*"):
        if 0 < _sent(path) <= (now - grace).timestamp():
            path.unlink(missing_ok=True)
            count += 1
    return count


def _old(data: Path, before: float) -> dict[str, float]:
    """By digest the newest time of its files, where that lies before a moment."""
    newest: dict[str, float] = {}
    for path in (data / "media").glob("*/*"):
        found = DIGEST.fullmatch(path.name)
        if found is not None and found[1].startswith(path.parent.name):
            newest[found[1]] = max(newest.get(found[1], 0.0), _sent(path))
    return {name: at for name, at in newest.items() if at <= before}


def _sent(path: Path) -> float:
    """When a file was sent last, in seconds; 0 for one that another worker has just removed."""
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return 0.0


def _files(data: Path, name: str) -> Iterator[Path]:
    return (data / "media" / name[:2]).glob(f"{name}*")


def _held(session: Session) -> set[str]:
    """The digests that any row names."""
    found: set[str] = set()
    for column in HELD:
        names = session.scalars(select(col(column)).where(col(column).is_not(None)).distinct())
        found |= {str(name)[:64] for name in names}
    for content in session.scalars(select(col(tables.StoryDraft.content))):
        found |= {name[:64] for name in (*content["photos"], content["portrait"], content["voice"]) if name}
    return found


def _sent_since(session: Session, moment: datetime) -> set[str]:
    query = select(col(tables.Upload.name)).where(col(tables.Upload.at) > moment)
    return {name[:64] for name in session.scalars(query)}
