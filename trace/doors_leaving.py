"""Leaving: a person ends a role, or closes the account and is forgotten (floor 3).

    end_role(session, person_id, grant_id, now)      # the role is history; other browsers lose it at once
    close(session, person_id, now)                   # every door is gone, name and number too

Closing deletes passkeys, codes of the card, sessions and lists brought for import, ends roles, help and ways back, and
empties the name and the number wherever the doors keep them: also where this person let others in, agreed to help,
wrote drafts of a maker's, or printed for it. The row stays with its number, because lines of the log and of the ledger
name it: what somebody did in office is on record (`docs/adr/0003-names-in-the-log.md`), and so are the names at
decisions, readings, holds, answers, hand-overs and closings, which acted for a body that must be able to show them.
The words of a wish to stop were this person's own and go.

Both are in the list of erasures (`registry/erasures.py`), so that a restored backup doesn't open the door again.

The last operator can do neither: a house without one can't be opened again. The last role of an account is not ended
but closed, since an account without a role opens no page.
"""

from datetime import datetime
from typing import Any

from ocop.trace import doors
from ocop.trace.registry import erasures, tables
from ocop.trace.registry.erasures import Entry, mark_of
from ocop.trace.registry.errors import Conflict, Unknown
from ocop.trace.rights import Role
from sqlalchemy import and_, delete, or_, select, update
from sqlmodel import Session, col

GONE = "—"
# Rows that hold a name and no number: which column, and the moment of the act.
NAMED: tuple[tuple[Any, str, str], ...] = (
    (tables.StoryDraft, "author", "saved_at"),
    (tables.StoryAside, "author", "kept_at"),
    (tables.PrintRun, "actor", "at"),
    (tables.ShopLink, "actor", "made_at"),
    (tables.ProvisioningPlan, "actor", "created_at"),
)


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
    erasures.add(session, Entry("role", grant_id, mark_of(row), now))
    return row


def close(session: Session, person_id: int, now: datetime) -> None:
    """Close an account and forget its person. Raises Unknown, Conflict (`operator`)."""
    person = session.get(tables.Person, person_id)
    if person is None or person.closed_at is not None:
        raise Unknown("person", person_id)
    if any(row.role == Role.OPERATOR for row in roles_of(session, person_id)):
        _another_operator(session, person_id)
    erasures.add(session, Entry("person", person_id, mark_of(person), now))
    forget(session, person, now)


def forget(session: Session, person: tables.Person, now: datetime) -> None:
    """Take every door and the name away, whoever else is left."""
    person_id = person.id or 0
    _forget_name(session, person_id, person.name)
    _forget_wishes(session, person_id)
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


def _forget_name(session: Session, person_id: int, name: str) -> None:
    """The name where rows hold it as words: from what this person entered, from what the log says was this person's,
    and from all that this person's makers keep, unless somebody else there has the same name (`namesakes`).
    """
    grant, letter, help_ = tables.RoleGrant, tables.Invitation, tables.HelpConsent
    invited = select(col(letter.used_by), col(letter.used_at)).where(
        col(letter.made_by_id) == person_id, col(letter.used_by).is_not(None)
    )
    for other, at in session.execute(invited).all():
        given = col(grant.person_id) == other, col(grant.given_at) == at, col(grant.given_by) == name
        session.execute(update(grant).where(*given).values(given_by=GONE))
    entered = col(help_.entered_by) == person_id, col(help_.agreed_by) == name
    session.execute(update(help_).where(*entered).values(agreed_by=GONE))
    _forget_where_logged(session, person_id, name)
    free, _ = _makers_of(session, person_id, name)
    for maker in free:
        _forget_at(session, maker, name)


def namesakes(session: Session, person_id: int, name: str) -> list[int]:
    """Makers where somebody else with an account has the same name, whose drafts would keep it."""
    return _makers_of(session, person_id, name)[1]


def _makers_of(session: Session, person_id: int, name: str) -> tuple[list[int], list[int]]:
    """This person's makers: those where nobody else is called so, and those where somebody is."""
    grant = tables.RoleGrant
    makers = select(col(grant.producer_id)).where(
        col(grant.person_id) == person_id, col(grant.role) == str(Role.PRODUCER)
    )
    others = (
        select(col(grant.producer_id))
        .join(tables.Person, col(grant.person_id) == col(tables.Person.id))
        .where(col(tables.Person.name) == name, col(tables.Person.id) != person_id)
    )
    mine, shared = set(session.scalars(makers)), set(session.scalars(others))
    return sorted(one or 0 for one in mine - shared), sorted(one or 0 for one in mine & shared)


def _forget_where_logged(session: Session, person_id: int, name: str) -> None:
    """Rows whose line in the log names this very person by number, at the same moment: here a namesake is no other."""
    line = tables.AuditEntry
    moments = select(col(line.at)).where(col(line.actor_id) == person_id)
    for table, field, at in NAMED:
        told = col(getattr(table, field)) == name, col(getattr(table, at)).in_(moments)
        session.execute(update(table).where(*told).values({field: GONE}))


def _forget_wishes(session: Session, person_id: int) -> None:
    """Somebody's own words to an office; that the maker asked stays."""
    wish = tables.ClosingWish
    session.execute(update(wish).where(col(wish.person_id) == person_id).values(words=""))


def _forget_at(session: Session, maker: int, name: str) -> None:
    products = select(col(tables.Product.id)).where(col(tables.Product.producer_id) == maker)
    batch = tables.Batch
    # A batch stays its maker's when the product goes to another one; what that one printed is not this person's.
    unmarked = and_(col(batch.producer_id).is_(None), col(batch.product_id).in_(products))
    lots = select(col(batch.id)).where(or_(col(batch.producer_id) == maker, unmarked))
    for table, field, _ in NAMED:
        of = col(table.product_id).in_(products) if field == "author" else col(table.batch_id).in_(lots)
        session.execute(update(table).where(of, col(getattr(table, field)) == name).values({field: GONE}))
