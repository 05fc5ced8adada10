"""Marks of who met which item, shared by several workers (floor 2). What they are: `ocop.trace.sightings`.

salt, day = shared_key(session, fresh=secrets.token_bytes(32), today=day_of(now))    # once, at start
share(session, sightings.take_marks(), worker)                                       # now and then
new, position = news(session, since=day_of(now) - 1, after=position, worker=worker)
sightings.absorb(new, now)
keep_key(session, *sightings.state)                                                  # overwrites yesterday's
forget(session, before=day_of(now) - 1)
"""

import struct
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from ocop.trace.registry.errors import BadValue
from ocop.trace.registry.tables import ItemSighting, SightingKey
from ocop.trace.sightings import Mark, step
from sqlalchemy import delete, text
from sqlmodel import Session, col

OVERLAP = 64
MARKS_A_ROW = 10_000
_SHARE = text("INSERT INTO item_sighting (day, worker, marks) VALUES (:day, :worker, :marks)")
_HIGHEST = text("SELECT max(id) FROM item_sighting")
_NEWS = text(
    "SELECT id FROM item_sighting WHERE id > :after AND day >= :since AND worker <> :worker ORDER BY id"
)
_ROW = text("SELECT day, marks FROM item_sighting WHERE id = :row")


class Position(NamedTuple):
    """Up to where marks were read: the highest id that was seen, and the ids near it whose marks are known."""

    highest: int
    read: frozenset[int]


START = Position(0, frozenset())


def shared_key(session: Session, *, fresh: bytes, today: int) -> tuple[bytes, int]:
    """The key of today's marks that all workers use; `fresh` is kept when there is none yet."""
    row = session.get(SightingKey, 1)
    if row is None:
        session.execute(
            text("INSERT INTO sighting_key (id, salt, day) VALUES (1, :salt, :day) ON CONFLICT DO NOTHING"),
            {"salt": fresh, "day": today},
        )
        row = session.get_one(SightingKey, 1)
    while row.day < today:
        row.salt, row.day = step(row.salt), row.day + 1
    session.add(row)
    session.flush()
    return row.salt, row.day


def keep_key(session: Session, salt: bytes, day: int) -> None:
    """Overwrite the key of an earlier day."""
    row = session.get(SightingKey, 1)
    if row is None or row.day < day:
        session.merge(SightingKey(salt=salt, day=day))
        session.flush()


def share(session: Session, marks: Iterable[Mark], worker: int) -> None:
    """Add what one worker learnt: many marks to a row. Learning a mark twice is learning it once."""
    days: dict[int, list[Mark]] = {}
    for mark in marks:
        days.setdefault(mark.day, []).append(mark)
    for day, learnt in days.items():
        for start in range(0, len(learnt), MARKS_A_ROW):
            packed = pack(learnt[start : start + MARKS_A_ROW])
            session.execute(_SHARE, {"day": day, "worker": worker, "marks": packed})


def news(
    session: Session, *, since: int, after: Position = START, worker: int = 0
) -> tuple[list[Mark], Position]:
    """Marks of a day and the days after it that others than `worker` shared, and the position read up to."""
    fresh, position = unread(session, since=since, after=after, worker=worker)
    return [mark for row in fresh for mark in bundle(session, row)], position


def unread(
    session: Session, *, since: int, after: Position = START, worker: int = 0
) -> tuple[list[int], Position]:
    """The rows whose marks `news` is made of, for whoever has no room for all of them at once; see `bundle`.

    On PostgreSQL a transaction may commit after one with a higher id, so the last `OVERLAP` rows are looked for again,
    and those that were read are left alone.
    """
    highest = session.execute(_HIGHEST).scalar_one() or 0
    if highest < after.highest:
        after = START  # forgotten rows give their ids back, and a restored store has its own
    found = session.execute(
        _NEWS, {"after": after.highest - OVERLAP, "since": since, "worker": worker}
    ).scalars()
    fresh = [row for row in found if row not in after.read]
    read = frozenset(row for row in (*after.read, *fresh) if row > highest - OVERLAP)
    return fresh, Position(highest, read)


def bundle(session: Session, row: int) -> list[Mark]:
    """The marks of one row; none when it was forgotten meanwhile."""
    found = session.execute(_ROW, {"row": row}).one_or_none()
    return [] if found is None else unpack(found[0], bytes(found[1]))


def pack(marks: Sequence[Mark]) -> bytes:
    """The marks of one day as bytes: how many (4, big-endian), each mark (4), then the items, a line each."""
    numbers = struct.pack(f">{1 + len(marks)}I", len(marks), *(mark.mark for mark in marks))
    return numbers + "\n".join([mark.item for mark in marks]).encode()


def unpack(day: int, packed: bytes) -> list[Mark]:
    """What `pack` was given. Raises BadValue for bytes of another making."""
    try:
        count = int.from_bytes(packed[:4], "big")
        numbers = struct.unpack_from(f">{count}I", packed, 4)
        items = packed[4 * (1 + count) :].decode().split("\n")
        return [Mark(item, day, mark) for item, mark in zip(items, numbers, strict=True)]
    except (struct.error, ValueError) as error:
        raise BadValue("marks", "a bundle as `pack` makes it", f"{len(packed)} other bytes") from error


def forget(session: Session, *, before: int) -> None:
    """Delete the marks of the days before a day."""
    session.execute(delete(ItemSighting).where(col(ItemSighting.day) < before))
