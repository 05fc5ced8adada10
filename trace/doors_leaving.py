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

from ocop.trace import doors
from ocop.trace.registry import erasures, tables
from ocop.trace.registry.erasures import Entry, mark_of
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
    wish = tables.ClosingWish
    theirs = col(wish.person_id) == person_id
    session.execute(update(wish).where(theirs, col(wish.words) != "").values(words=GONE))
    session.expire_all()


def _forget_name(session: Session, person_id: int, name: str) -> None:
    """The name where rows hold it as words. Nothing there says whose it is, so it goes only from what this person
    entered, and from what this person's makers keep as long as nobody else there has the same name.
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
    makers = select(col(grant.producer_id)).where(
        col(grant.person_id) == person_id, col(grant.role) == str(Role.PRODUCER)
    )
    for maker in set(session.scalars(makers)):
        namesake = (
            select(col(tables.Person.id))
            .join(grant, col(grant.person_id) == col(tables.Person.id))
            .where(
                col(grant.producer_id) == maker,
                col(tables.Person.name) == name,
                col(tables.Person.id) != person_id,
            )
        )
        if session.execute(namesake.limit(1)).first() is None:
            _forget_at(session, maker or 0, name)


def _forget_at(session: Session, maker: int, name: str) -> None:
    products = select(col(tables.Product.id)).where(col(tables.Product.producer_id) == maker)
    keys = select(col(tables.ProductKey.key)).where(col(tables.ProductKey.product_id).in_(products))
    lots = select(col(tables.Batch.id)).where(
        or_(col(tables.Batch.key).in_(keys), col(tables.Batch.producer_id) == maker)
    )
    for table in (tables.StoryDraft, tables.StoryAside):
        theirs = col(table.product_id).in_(products), col(table.author) == name
        session.execute(update(table).where(*theirs).values(author=GONE))
    for row in (tables.PrintRun, tables.ShopLink, tables.ProvisioningPlan):
        did = col(row.batch_id).in_(lots), col(row.actor) == name
        session.execute(update(row).where(*did).values(actor=GONE))
