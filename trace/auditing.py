"""The log of what people did: lines are added, never changed, and each covers the one before (floor 3).

A line is one row; its digest is SHA-256 over the digest before it and the line as canonical JSON (sorted keys, no
spaces, letters as they are, UTF-8). The first line stands on 32 zero bytes.

    note(session, actor, "person.invite", "Nguyễn Thị Hoa", why="chủ nhiệm mới", for_producer=3)

>>> line_digest(bytes(32), Line(0, datetime(2026, 11, 23, 3, 0, tzinfo=UTC), 7, "Lê Thị Mai", "sign.in", "")).hex()
'7de9ac3f063f15633585b3f76fb5e5324fe6848f0332f4aed5539d0e1114a055'

Who can write to the database can still rewrite the whole end of the log; `check` therefore tells the newest
position and digest, which an office may keep elsewhere and hand in again (`seen`).
"""

import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import NamedTuple

from ocop.trace.registry import tables
from ocop.trace.registry.columns import clean_words, utc_text
from ocop.trace.registry.editing import words
from ocop.trace.rights import Actor
from sqlalchemy import select, text
from sqlmodel import Session, col

START = bytes(32)
LONG = 1_000
_LOCK = 0x6F636F70_61756474


class Line(NamedTuple):
    """One line as it is digested."""

    position: int
    at: datetime
    actor_id: int | None
    actor: str
    what: str
    about: str
    why: str = ""
    producer_id: int | None = None
    helping: bool = False


class Checked(NamedTuple):
    """How many lines there are, the newest digest, and the first position that is wrong with a sentence about it."""

    lines: int
    digest: bytes
    wrong: int | None = None
    problem: str = ""


def note(
    session: Session,
    actor: Actor | None,
    what: str,
    about: str,
    why: str = "",
    for_producer: int | None = None,
    *,
    at: datetime | None = None,
    name: str = "",
) -> int:
    """Add a line inside the transaction of the act itself; returns its position.

    `what` is a dotted word of ours, `about` names the thing for a person. `actor` None is the machine or `name`
    (a login at the command line). What a helper does is marked and belongs to the maker who is helped.
    """
    if session.connection().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    last = session.execute(
        select(col(tables.AuditEntry.position), col(tables.AuditEntry.digest))
        .order_by(col(tables.AuditEntry.position).desc())
        .limit(1)
    ).first()
    helping = actor is not None and actor.helping is not None
    if actor is not None and for_producer is None:
        for_producer = actor.helping
    line = Line(
        0 if last is None else last.position + 1,
        (at or datetime.now(UTC)).astimezone(UTC),
        actor.person_id if actor is not None else None,
        words("actor", actor.name if actor is not None else name or "ocop-trace"),
        what,
        clean_words(about.strip())[:LONG],
        clean_words(why.strip())[:LONG],
        for_producer,
        helping,
    )
    before = START if last is None else last.digest
    row = tables.AuditEntry(**line._asdict(), before=before, digest=line_digest(before, line))
    session.add(row)
    session.flush()
    return line.position


def line_digest(before: bytes, line: Line) -> bytes:
    """The digest of a line that follows the one with digest `before`."""
    said = {**line._asdict(), "at": utc_text(line.at)}
    canonical = json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(before + canonical.encode()).digest()


def check(session: Session, seen: tuple[int, bytes] | None = None) -> Checked:
    """Read the whole log; the first line that was changed, lost or put in is named. `seen`: an earlier end."""
    before, count = START, 0
    for row in _rows(session):
        line = Line(**{field: getattr(row, field) for field in Line._fields})
        if row.position != count:
            return Checked(count, before, count, f"line {count} is missing; line {row.position} follows")
        if row.before != before:
            return Checked(count, before, count, f"line {count} does not follow the line before it")
        if row.digest != line_digest(before, line):
            return Checked(
                count, before, count, f"line {count} was changed: {row.what} by {row.actor} about {row.about}"
            )
        before, count = row.digest, count + 1
        if seen is not None and seen[0] == row.position and seen[1] != row.digest:
            return Checked(
                count, before, row.position, f"line {row.position} has another digest than was seen"
            )
    if seen is not None and seen[0] >= count:
        return Checked(count, before, count, f"the log ends before line {seen[0]}, which was seen")
    return Checked(count, before)


def _rows(session: Session) -> Iterator[tables.AuditEntry]:
    """All lines in order, a thousand at a time: the log may be long."""
    after = -1
    while True:
        query = select(tables.AuditEntry).where(col(tables.AuditEntry.position) > after)
        found = session.scalars(query.order_by(col(tables.AuditEntry.position)).limit(1000)).all()
        yield from found
        if not found:
            return
        after = found[-1].position
        session.expunge_all()


def newest(
    session: Session, *, producers: tuple[int, ...] | None = None, before: int | None = None, limit: int = 50
) -> list[tables.AuditEntry]:
    """Lines, newest first; of some producers only, when they are named."""
    query = select(tables.AuditEntry)
    if producers is not None:
        query = query.where(col(tables.AuditEntry.producer_id).in_(producers))
    if before is not None:
        query = query.where(col(tables.AuditEntry.position) < before)
    return list(session.scalars(query.order_by(col(tables.AuditEntry.position).desc()).limit(limit)))
