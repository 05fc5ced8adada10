"""One-time links that let somebody in (floor 3).

    link = invite(session, Wanted("Nguyễn Thị Hoa", "", Grant(Role.PRODUCER, 3)), by="Lê Thị Mai", now=now, fresh=…)
    open_ = read(session, token, now)           # shows it as often as a preview likes; spends nothing
    spend(session, open_, person_id, now)       # once

A link lives for a week, one for recovery for a day. What it holds is 256 random bits; the row keeps their SHA-256.
`state` says kindly why a link no longer opens: used, expired, taken back, never made.
"""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple

from ocop.trace import doors, doors_phone
from ocop.trace.doors_sessions import hashed, token_bytes, token_text
from ocop.trace.registry import tables
from ocop.trace.registry.editing import words
from ocop.trace.registry.errors import Conflict, Unknown
from ocop.trace.rights import Grant, Role
from sqlalchemy import select, update
from sqlmodel import Session, col

LIVES = timedelta(days=7)
RECOVERY_LIVES = timedelta(days=1)


class LinkState(StrEnum):
    """What became of a link."""

    OPEN = "open"
    USED = "used"
    EXPIRED = "expired"
    ENDED = "ended"
    UNKNOWN = "unknown"


class Wanted(NamedTuple):
    """Who is invited, to which role; `phone` may be empty, then the person enters it."""

    name: str
    phone: str
    grant: Grant


class Opened(NamedTuple):
    """A link as it was found."""

    state: LinkState
    row: tables.Invitation | None = None

    @property
    def invitation(self) -> tables.Invitation:
        """The row of an open link."""
        if self.row is None:
            raise Unknown("invitation", self.state)
        return self.row


def invite(
    session: Session, wanted: Wanted, *, by: str, by_id: int | None = None, now: datetime, fresh: bytes
) -> str:
    """A new link; returns what stands at its end. Raises BadValue."""
    doors.check_grant(wanted.grant)
    _add(
        session,
        fresh,
        name=words("name", wanted.name, needed=True),
        phone=doors_phone.normal(wanted.phone) if wanted.phone.strip() else "",
        role=str(wanted.grant.role),
        producer_id=wanted.grant.producer_id,
        province=wanted.grant.province,
        commune=wanted.grant.commune,
        made_by=words("by", by, needed=True),
        made_by_id=by_id,
        made_at=now,
        expires_at=now + LIVES,
    )
    return token_text(fresh)


def way_back(
    session: Session, person: tables.Person, *, by: str, by_id: int, now: datetime, fresh: bytes
) -> str:
    """A link by which a known person sets new keys to the house; older such links end."""
    session.execute(
        update(tables.Invitation)
        .where(col(tables.Invitation.recovers) == person.id, col(tables.Invitation.used_at).is_(None))
        .values(ended_at=now)
    )
    _add(
        session,
        fresh,
        name=person.name,
        phone=person.phone or "",
        recovers=person.id,
        made_by=words("by", by, needed=True),
        made_by_id=by_id,
        made_at=now,
        expires_at=now + RECOVERY_LIVES,
    )
    return token_text(fresh)


def _add(session: Session, fresh: bytes, **values: Any) -> None:
    session.add(tables.Invitation(token_hash=hashed(fresh), **values))
    session.flush()


def read(session: Session, text: str, now: datetime) -> Opened:
    """The link with this end, and whether it still opens."""
    token = token_bytes(text)
    if token is None:
        return Opened(LinkState.UNKNOWN)
    row = session.scalars(
        select(tables.Invitation).where(col(tables.Invitation.token_hash) == hashed(token))
    ).first()
    if row is None:
        return Opened(LinkState.UNKNOWN)
    if row.used_at is not None:
        return Opened(LinkState.USED, row)
    if row.ended_at is not None:
        return Opened(LinkState.ENDED, row)
    return Opened(LinkState.OPEN if now < row.expires_at else LinkState.EXPIRED, row)


def grant_of(row: tables.Invitation) -> Grant:
    """The role that a link gives."""
    return Grant(Role(row.role), row.producer_id, row.province, row.commune)


def spend(session: Session, row: tables.Invitation, person_id: int, now: datetime) -> None:
    """Use a link up. Raises Conflict when somebody was faster."""
    done = session.connection().execute(
        update(tables.Invitation)
        .where(
            col(tables.Invitation.id) == row.id,
            col(tables.Invitation.used_at).is_(None),
            col(tables.Invitation.ended_at).is_(None),
        )
        .values(used_at=now, used_by=person_id)
    )
    if done.rowcount != 1:
        raise Conflict("expected an unused link, got one that was used a moment ago", "invitation")


def take_back(session: Session, invitation_id: int, now: datetime) -> tables.Invitation:
    """End an unused link. Raises Unknown."""
    row = session.get(tables.Invitation, invitation_id)
    if row is None or row.used_at is not None or row.ended_at is not None:
        raise Unknown("open invitation", invitation_id)
    row.ended_at = now
    session.add(row)
    session.flush()
    return row
