"""Leaving: a person ends a role, or closes the account and is forgotten (floor 3).

    end_role(session, person_id, grant_id, now)      # the role is history; other browsers lose it at once
    close(session, person_id, now)                   # every door is gone, name and number too

Closing deletes passkeys, codes of the card, sessions and lists brought for import, ends roles, help and ways back, and
empties the name and the number wherever the doors keep them. The row stays with its number, because lines of the log
and of the ledger name it: what somebody did in office is on record (`docs/adr/0003-names-in-the-log.md`).

The last operator can do neither: a house without one can't be opened again. The last role of an account is not ended
but closed, since an account without a role opens no page.
"""

from datetime import datetime

from ocop.trace import doors
from ocop.trace.registry import tables
from ocop.trace.registry.errors import Conflict, Unknown
from ocop.trace.rights import Role
from sqlalchemy import delete, or_, select, update
from sqlmodel import Session, col

GONE = "—"


def roles_of(session: Session, person_id: int) -> list[tables.RoleGrant]:
    """The roles that this person holds now, the oldest first."""
    grant = tables.RoleGrant
    query = select(grant).where(col(grant.person_id) == person_id, col(grant.ended_at).is_(None))
    return list(session.scalars(query.order_by(col(grant.id))))


def end_role(session: Session, person_id: int, grant_id: int, now: datetime) -> tables.RoleGrant:
    """End one role. Raises Unknown for anybody else's, Conflict (`last`, `operator`)."""
    held = roles_of(session, person_id)
    row = next((row for row in held if row.id == grant_id), None)
    if row is None:
        raise Unknown("role", grant_id)
    if len(held) == 1:
        raise Conflict("expected a role beside others, got the last one; close the account instead", "last")
    if row.role == Role.OPERATOR:
        _another_operator(session, person_id)
    row.ended_at = now
    session.add(row)
    session.flush()
    return row


def close(session: Session, person_id: int, now: datetime) -> None:
    """Close an account and forget its person. Raises Unknown, Conflict (`operator`)."""
    person = session.get(tables.Person, person_id)
    if person is None or person.closed_at is not None:
        raise Unknown("person", person_id)
    if any(row.role == Role.OPERATOR for row in roles_of(session, person_id)):
        _another_operator(session, person_id)
    doors.end_roles(session, person_id, now)
    _forget_doors(session, person_id, person.phone or "", now)
    person.name, person.phone, person.secret, person.secret_generated = GONE, None, "", False
    person.secret_at, person.held_until, person.closed_at = None, None, now
    session.add(person)
    session.flush()


def _another_operator(session: Session, person_id: int) -> None:
    # Locked, so that two operators who leave at the same moment don't both count on the other.
    query = select(tables.RoleGrant).where(
        col(tables.RoleGrant.role) == str(Role.OPERATOR), col(tables.RoleGrant.ended_at).is_(None)
    )
    if all(row.person_id == person_id for row in session.scalars(query.with_for_update())):
        raise Conflict("expected another operator who stays, got the last one", "operator")


def _forget_doors(session: Session, person_id: int, phone: str, now: datetime) -> None:
    for table in (tables.Credential, tables.RecoveryCode, tables.RoomSession, tables.ImportDraft):
        session.execute(delete(table).where(col(table.person_id) == person_id))
    help_, way, letter = tables.HelpConsent, tables.Recovery, tables.Invitation
    session.execute(
        update(help_)
        .where(col(help_.person_id) == person_id, col(help_.ended_at).is_(None))
        .values(ended_at=now)
    )
    session.execute(
        update(way).where(col(way.person_id) == person_id, col(way.ended_at).is_(None)).values(ended_at=now)
    )
    session.execute(update(way).where(col(way.person_id) == person_id).values(reason=GONE))
    theirs = or_(col(letter.used_by) == person_id, col(letter.recovers) == person_id)
    if phone:
        theirs = or_(theirs, col(letter.phone) == phone)
    open_ = col(letter.used_at).is_(None), col(letter.ended_at).is_(None)
    session.execute(update(letter).where(theirs, *open_).values(ended_at=now))
    session.execute(update(letter).where(theirs).values(name=GONE, phone=""))
    session.execute(update(letter).where(col(letter.made_by_id) == person_id).values(made_by=GONE))
    session.expire_all()
