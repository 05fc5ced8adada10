"""Marks of who met which item, shared by several workers (floor 2). What they are: `ocop.trace.sightings`.

salt, day = shared_key(session, fresh=secrets.token_bytes(32), today=day_of(now))    # once, at start
share(session, sightings.take_marks(), worker)                                       # now and then
new, position = news(session, since=day_of(now) - 1, after=position, worker=worker)
sightings.absorb(new, now)
keep_key(session, *sightings.state)                                                  # overwrites yesterday's
forget(session, before=day_of(now) - 1)
"""

from collections.abc import Iterable

from ocop.trace.registry.tables import ItemSighting, SightingKey
from ocop.trace.sightings import Mark, step
from sqlalchemy import delete, func, select, text
from sqlmodel import Session, col

OVERLAP = 1000
ROWS_A_STATEMENT = (100, 10, 1)
_COLUMNS = ("item", "day", "mark", "worker")


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
    """Add what one worker learnt; marks that are known already stay as they are."""
    given = [value for item, day, mark in marks for value in (item, day, mark, worker)]
    connection = session.connection()
    one = "(?, ?, ?, ?)" if connection.dialect.paramstyle == "qmark" else "(%s, %s, %s, %s)"
    start = 0
    # Many rows in one statement, past the compiler of statements: the event loop waits for the interpreter meanwhile.
    for size in ROWS_A_STATEMENT:
        values = size * len(_COLUMNS)
        while len(given) - start >= values:
            connection.exec_driver_sql(
                f"INSERT INTO item_sighting ({', '.join(_COLUMNS)}) VALUES {', '.join([one] * size)} "  # noqa: S608
                "ON CONFLICT DO NOTHING",
                tuple(given[start : start + values]),
            )
            start += values


def news(session: Session, *, since: int, after: int = 0, worker: int = 0) -> tuple[list[Mark], int]:
    """Marks of a day and the days after it that others than `worker` shared, and the position read up to.

    On PostgreSQL a transaction may commit after one with a higher id, so the last `OVERLAP` are read again:
    learning a mark twice is learning it once.
    """
    query = select(
        col(ItemSighting.id), col(ItemSighting.item), col(ItemSighting.day), col(ItemSighting.mark)
    )
    highest = session.execute(select(func.max(col(ItemSighting.id)))).scalar_one() or 0
    if highest == after:
        return [], after
    if highest < after:
        after = 0  # forgotten rows give their ids back, and a restored store has its own
    rows = session.execute(
        query.where(
            col(ItemSighting.id) > after - OVERLAP,
            col(ItemSighting.day) >= since,
            col(ItemSighting.worker) != worker,
        )
    )
    return [Mark(item, day, mark) for _, item, day, mark in rows], highest


def forget(session: Session, *, before: int) -> None:
    """Delete the marks of the days before a day."""
    session.execute(delete(ItemSighting).where(col(ItemSighting.day) < before))
