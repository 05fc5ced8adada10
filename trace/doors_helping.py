"""Helping a maker ("Làm giúp") and the way back in with two persons (floor 3).

Somebody helps only while a consent stands: the maker enters it herself, or an officer who let her sign it on paper;
either way it says who agreed and where the proof is, it ends by itself, and the maker can end it at any time. What a
helper may do is `rights.HELPER`; what they did stands in the log under the maker's name.

A way back needs two officers: one asks with a reason, another agrees, and only then there is a link. Neither may be
the person who lost the way.
"""

from datetime import datetime, timedelta

from ocop.trace.registry import erasures, tables
from ocop.trace.registry.editing import words
from ocop.trace.registry.erasures import Entry, mark_of
from ocop.trace.registry.errors import BadValue, Conflict, Unknown
from ocop.trace.registry.makers import refuse_closed
from sqlalchemy import select
from sqlmodel import Session, col

HELP_LASTS = timedelta(days=90)
ASK_LASTS = timedelta(days=7)


def agree(
    session: Session,
    person_id: int,
    producer_id: int,
    *,
    agreed_by: str,
    proof: str,
    entered_by: int,
    now: datetime,
) -> None:
    """The maker agrees that this person helps, for 90 days, anew each time. Raises BadValue, MakerClosed."""
    refuse_closed(session, producer_id)
    standing = _standing(session, now, person_id=person_id, producer_id=producer_id, also_over=True)
    for row in standing:
        row.ended_at = now
        session.add(row)
    session.flush()
    session.add(
        tables.HelpConsent(
            person_id=person_id,
            producer_id=producer_id,
            agreed_by=words("agreed by", agreed_by, needed=True),
            proof=words("proof", proof, needed=True),
            entered_by=entered_by,
            given_at=now,
            until=now + HELP_LASTS,
        )
    )
    session.flush()


def helps(session: Session, person_id: int, now: datetime) -> list[tables.HelpConsent]:
    """Whom this person may help now."""
    return _standing(session, now, person_id=person_id)


def helpers(session: Session, producers: tuple[int, ...], now: datetime) -> list[tables.HelpConsent]:
    """Who may help these makers now."""
    found = [row for producer in producers for row in _standing(session, now, producer_id=producer)]
    return sorted(found, key=lambda row: row.id or 0)


def _standing(
    session: Session,
    now: datetime,
    *,
    person_id: int | None = None,
    producer_id: int | None = None,
    also_over: bool = False,
) -> list[tables.HelpConsent]:
    query = select(tables.HelpConsent).where(col(tables.HelpConsent.ended_at).is_(None))
    if not also_over:
        query = query.where(col(tables.HelpConsent.until) > now)
    if person_id is not None:
        query = query.where(col(tables.HelpConsent.person_id) == person_id)
    if producer_id is not None:
        query = query.where(col(tables.HelpConsent.producer_id) == producer_id)
    return list(session.scalars(query.order_by(col(tables.HelpConsent.id))))


def end(session: Session, consent_id: int, producers: tuple[int, ...], now: datetime) -> tables.HelpConsent:
    """End a consent of one of these makers. Raises Unknown for anybody else's."""
    row = session.get(tables.HelpConsent, consent_id)
    if row is None or row.producer_id not in producers or row.ended_at is not None:
        raise Unknown("consent", consent_id)
    row.ended_at = now
    session.add(row)
    session.flush()
    erasures.add(session, Entry("help", consent_id, mark_of(row), now))
    return row


def ask_way_back(
    session: Session, person_id: int, *, asked_by: int, reason: str, now: datetime
) -> tables.Recovery:
    """One officer says that a person lost the way. Raises BadValue, Conflict when somebody asked already."""
    if asked_by == person_id:
        raise BadValue("person", "somebody else", "yourself", "two other officers reopen an account")
    if any(row.person_id == person_id for row in waiting(session, now)):
        raise Conflict("expected a person whose way back nobody asked for, got one that waits", "recovery")
    row = tables.Recovery(
        person_id=person_id, reason=words("reason", reason, needed=True), asked_by=asked_by, asked_at=now
    )
    session.add(row)
    session.flush()
    return row


def agree_way_back(session: Session, recovery_id: int, *, agreed_by: int, now: datetime) -> tables.Person:
    """A second officer agrees; returns whose link may be made now. Raises Unknown, BadValue for the same officer."""
    row = session.get(tables.Recovery, recovery_id)
    if row is None or row.agreed_at is not None or row.ended_at is not None or now - row.asked_at > ASK_LASTS:
        raise Unknown("recovery", recovery_id)
    if agreed_by in {row.asked_by, row.person_id}:
        raise BadValue(
            "officer", "a second officer", "the same one", "somebody else of the office has to agree"
        )
    row.agreed_by, row.agreed_at = agreed_by, now
    session.add(row)
    session.flush()
    return session.get_one(tables.Person, row.person_id)


def waiting(session: Session, now: datetime) -> list[tables.Recovery]:
    """Ways back that wait for a second officer."""
    query = select(tables.Recovery).where(
        col(tables.Recovery.agreed_at).is_(None),
        col(tables.Recovery.ended_at).is_(None),
        col(tables.Recovery.asked_at) > now - ASK_LASTS,
    )
    return list(session.scalars(query.order_by(col(tables.Recovery.id))))
