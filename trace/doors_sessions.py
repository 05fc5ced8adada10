"""Signed-in browsers: who is behind a cookie, for how long, and how it ends (floor 3).

A session is 256 random bits in a cookie, and their SHA-256 in a row. Two lengths:

| who                            | idle       | at most  |
|--------------------------------|------------|----------|
| offices, inspectors, operators | 30 minutes | 12 hours |
| makers                         | 14 days    | 60 days  |

Offices share desks and have much power. A maker has one phone of her own, with a lock; who must type a passphrase
each time writes it on the wall. What is dear (issuing, going on sale, the doors themselves) asks again after ten
minutes anyway.

    token = begin(session, person, agent, now, fresh=secrets.token_bytes(32))
    signed = find(session, token, now)            # None: unknown, ended, idle or too old
"""

import base64
import binascii
import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from ocop.trace.registry import tables
from ocop.trace.registry.errors import Unknown
from ocop.trace.rights import Actor, Grant, Role
from sqlalchemy import or_, select, update
from sqlmodel import Session, col

STEP_UP = timedelta(minutes=10)
OFFICE_IDLE, MAKER_IDLE = 30, 14 * 24 * 60
OFFICE_MOST, MAKER_MOST = timedelta(hours=12), timedelta(days=60)
TOUCH = timedelta(seconds=60)
LONG_ROLES = frozenset({Role.PRODUCER})


@dataclass(frozen=True, slots=True)
class Signed:
    """A living session: its row's number, who it is, and when this person last proved to be it."""

    session_id: int
    actor: Actor
    phone: str
    lang: str
    seen_at: datetime
    proved_at: datetime | None
    helping_name: str = ""
    held_until: datetime | None = None

    def proved(self, now: datetime) -> bool:
        """Whether the proof is fresh enough for what is dear."""
        return self.proved_at is not None and now - self.proved_at <= STEP_UP


def token_text(token: bytes) -> str:
    """How a token stands in a cookie or link."""
    return base64.urlsafe_b64encode(token).decode().rstrip("=")


def token_bytes(text: str) -> bytes | None:
    """The 32 bytes of a token, None for anything else."""
    if len(text) != 43:
        return None
    try:
        raw = base64.b64decode(text + "=", altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    return raw if token_text(raw) == text else None


def hashed(token: bytes) -> bytes:
    """What a row keeps of a token."""
    return hashlib.sha256(token).digest()


def grants_of(session: Session, person_id: int) -> tuple[Grant, ...]:
    """The roles that a person holds now."""
    query = select(tables.RoleGrant).where(
        col(tables.RoleGrant.person_id) == person_id, col(tables.RoleGrant.ended_at).is_(None)
    )
    return tuple(
        Grant(Role(row.role), row.producer_id, row.province, row.commune)
        for row in session.scalars(query.order_by(col(tables.RoleGrant.id)))
    )


def begin(
    session: Session, person_id: int, browser: str, now: datetime, *, fresh: bytes, proved: bool = True
) -> str:
    """A new session; returns what its cookie holds."""
    grants = grants_of(session, person_id)
    long = bool(grants) and {grant.role for grant in grants} <= LONG_ROLES
    session.add(
        tables.RoomSession(
            person_id=person_id,
            token_hash=hashed(fresh),
            browser=browser[:80],
            made_at=now,
            seen_at=now,
            proved_at=now if proved else None,
            idle_minutes=MAKER_IDLE if long else OFFICE_IDLE,
        )
    )
    session.flush()
    return token_text(fresh)


def find(session: Session, cookie: str, now: datetime) -> Signed | None:
    """Who is behind a cookie, or None."""
    token = token_bytes(cookie)
    if token is None:
        return None
    row = session.scalars(
        select(tables.RoomSession).where(col(tables.RoomSession.token_hash) == hashed(token))
    ).first()
    if row is None or not is_alive(row, now):
        return None
    person = session.get_one(tables.Person, row.person_id)
    if person.closed_at is not None:
        return None
    helping = _helping(session, row, now)
    actor = Actor(row.person_id, person.name, grants_of(session, row.person_id), helping and helping[0])
    return Signed(
        row.id or 0,
        actor,
        person.phone or "",
        person.lang,
        row.seen_at,
        row.proved_at,
        helping[1] if helping else "",
        person.held_until,
    )


def is_alive(row: tables.RoomSession, now: datetime) -> bool:
    """Neither ended, nor idle for too long, nor too old."""
    most = OFFICE_MOST if row.idle_minutes <= OFFICE_IDLE else MAKER_MOST
    idle = timedelta(minutes=row.idle_minutes)
    return row.ended_at is None and now - row.seen_at <= idle and now - row.made_at <= most


def _helping(session: Session, row: tables.RoomSession, now: datetime) -> tuple[int, str] | None:
    """The maker who is helped in this session, while her consent stands."""
    if row.helping is None:
        return None
    query = select(col(tables.HelpConsent.id)).where(
        col(tables.HelpConsent.person_id) == row.person_id,
        col(tables.HelpConsent.producer_id) == row.helping,
        col(tables.HelpConsent.ended_at).is_(None),
        col(tables.HelpConsent.until) > now,
    )
    if session.execute(query).first() is None:
        return None
    return row.helping, session.get_one(tables.Producer, row.helping).name


def touch(session: Session, signed: Signed, now: datetime) -> None:
    """The browser was here."""
    _change(session, signed.session_id, seen_at=now)


def prove(session: Session, signed: Signed, now: datetime, *, fresh: bytes) -> str:
    """The person proved to be it once more; the cookie changes, so that an older copy of it is worth nothing."""
    _change(session, signed.session_id, proved_at=now, seen_at=now, token_hash=hashed(fresh))
    return token_text(fresh)


def help_for(session: Session, signed: Signed, producer_id: int | None) -> None:
    """Act for a maker from now on, or for oneself again (None)."""
    _change(session, signed.session_id, helping=producer_id)


def _change(session: Session, session_id: int, **values: object) -> None:
    session.execute(
        update(tables.RoomSession).where(col(tables.RoomSession.id) == session_id).values(**values)
    )


def listed(session: Session, person_id: int, now: datetime) -> list[tables.RoomSession]:
    """The living sessions of a person, the newest first."""
    query = select(tables.RoomSession).where(
        col(tables.RoomSession.person_id) == person_id, col(tables.RoomSession.ended_at).is_(None)
    )
    rows = session.scalars(query.order_by(col(tables.RoomSession.seen_at).desc()))
    return [row for row in rows if is_alive(row, now)]


def end(session: Session, person_id: int, session_id: int, now: datetime) -> None:
    """End one session of this person. Raises Unknown for anybody else's."""
    row = session.get(tables.RoomSession, session_id)
    if row is None or row.person_id != person_id or row.ended_at is not None:
        raise Unknown("session", session_id)
    row.ended_at = now
    session.add(row)
    session.flush()


def end_all(session: Session, person_id: int, now: datetime, *, but: int | None = None) -> int:
    """End all sessions of a person, but one if named; returns how many."""
    query = update(tables.RoomSession).where(
        col(tables.RoomSession.person_id) == person_id, col(tables.RoomSession.ended_at).is_(None)
    )
    if but is not None:
        query = query.where(or_(col(tables.RoomSession.id) != but))
    return int(session.connection().execute(query.values(ended_at=now)).rowcount)
