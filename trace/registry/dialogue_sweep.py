"""Dialogues with chips that are over: what they were made of goes, what a chip that comes again needs stays (floor 2).

    end_left(session, now)          # running for more than a day: its station never came back
    while forget(session, now): …   # 500 of those that ended 7 days ago or more, a transaction each

A dialogue is its seed and up to a hundred answers, passwords' acknowledgements among them; a week after its end nobody
repeats a request any more. Kept are the binding and the link that it gave (a chip that comes again may carry it), how
it ended, and for which station and chip it was.
"""

from datetime import datetime, timedelta
from typing import Any, Final

from ocop.trace.registry.tables_chips import ChipDialogue, DialogueAnswer
from sqlalchemy import ColumnElement, delete, func, select, update
from sqlmodel import Session, col

LEFT_AFTER: Final = timedelta(days=1)
KEPT_FOR: Final = timedelta(days=7)
AT_ONCE: Final = 500
NO_SEED: Final = bytes(32)
KEPT: Final = ("wish", "bound", "base", "given back", "finished", "refused")


def over(session: Session, now: datetime) -> int:
    """How many dialogues would be emptied now, those that were left and are to be ended first included."""
    wanted = select(func.count()).select_from(ChipDialogue).where(_full(now) | _left(now))
    return session.scalar(wanted) or 0


def end_left(session: Session, now: datetime) -> int:
    """End those that no station went on with for a day. Their bindings stay."""
    ended = session.connection().execute(
        update(ChipDialogue).where(_left(now)).values(state="lost", ended_at=now)
    )
    return ended.rowcount


def forget(session: Session, now: datetime) -> int:
    """Empty the next ones that are over; how many there were."""
    wanted = select(ChipDialogue).where(_full(now)).order_by(col(ChipDialogue.id)).limit(AT_ONCE)
    found = list(session.scalars(wanted))
    ids = [row.id for row in found]
    session.execute(delete(DialogueAnswer).where(col(DialogueAnswer.dialogue_id).in_(ids)))
    for row in found:
        row.seed = NO_SEED
        row.snapshot = _kept(row.snapshot)
        session.add(row)
    session.flush()
    return len(found)


def _left(now: datetime) -> ColumnElement[bool]:
    return (col(ChipDialogue.state) == "running") & (col(ChipDialogue.started_at) < now - LEFT_AFTER)


def _full(now: datetime) -> ColumnElement[bool]:
    return (col(ChipDialogue.ended_at) < now - KEPT_FOR) & (col(ChipDialogue.seed) != NO_SEED)


def _kept(snapshot: dict[str, Any]) -> dict[str, Any]:
    return {name: snapshot[name] for name in KEPT if name in snapshot}
