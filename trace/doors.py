"""The doors of the house: who a person is, and how they prove it by telephone number and passphrase (floor 3).

    person = add_person(session, "Nguyễn Thị Hoa", "0912 345 678", now, handle=secrets.token_bytes(32))
    give_role(session, person.id, Grant(Role.PRODUCER, producer_id=3), "Lê Thị Mai", now)
    set_secret(session, person.id, hash_secret(made.typed), now, generated=True)
    found = by_phone(session, "+84912345678")                 # None: nobody, or somebody who left

Nothing here says whether a number is known: a wrong number and a wrong passphrase get one answer, after the same
work. Invitations, passkeys, recovery, sessions and limits have modules of their own beside this one.
"""

from datetime import datetime
from typing import NamedTuple

from ocop.trace import doors_phone
from ocop.trace.registry import tables
from ocop.trace.registry.editing import words
from ocop.trace.registry.errors import BadValue, Conflict, Unknown
from ocop.trace.registry.makers import refuse_closed
from ocop.trace.rights import Actor, Grant, Role
from sqlalchemy import select
from sqlmodel import Session, col

# Who may let in whom: a role gives only roles below its own, and only within its own reach.
INVITES: dict[Role, frozenset[Role]] = {
    Role.OPERATOR: frozenset({Role.OPERATOR, Role.NATIONAL, Role.PROVINCE}),
    Role.NATIONAL: frozenset({Role.PROVINCE}),
    Role.PROVINCE: frozenset({Role.PROVINCE, Role.COMMUNE, Role.PRODUCER, Role.INSPECTOR, Role.STATION}),
    Role.COMMUNE: frozenset({Role.PRODUCER}),
    Role.PRODUCER: frozenset({Role.PRODUCER}),
}


class Known(NamedTuple):
    """What signing in needs of a person."""

    person_id: int
    name: str
    secret: str
    generated: bool

    def __repr__(self) -> str:
        return f"Known(person_id={self.person_id})"


def add_person(
    session: Session, name: str, phone: str, now: datetime, *, handle: bytes, lang: str = "vi"
) -> tables.Person:
    """Somebody new. Raises BadValue, and Conflict when the number has a person already."""
    number = doors_phone.normal(phone)
    if by_phone(session, number) is not None:
        raise Conflict("expected a number without an account, got one that has one", "phone")
    row = tables.Person(
        name=words("name", name, needed=True), phone=number, handle=handle, lang=lang, created_at=now
    )
    session.add(row)
    session.flush()
    return row


def by_phone(session: Session, phone: str) -> Known | None:
    """Who signs in with this number (E.164)."""
    query = select(tables.Person).where(
        col(tables.Person.phone) == phone, col(tables.Person.closed_at).is_(None)
    )
    row = session.scalars(query).first()
    return None if row is None else Known(row.id or 0, row.name, row.secret, row.secret_generated)


def known(session: Session, person_id: int) -> Known:
    """The same by number. Raises Unknown."""
    row = session.get(tables.Person, person_id)
    if row is None or row.closed_at is not None:
        raise Unknown("person", person_id)
    return Known(person_id, row.name, row.secret, row.secret_generated)


def set_secret(session: Session, person_id: int, hashed: str, now: datetime, *, generated: bool) -> None:
    """Keep the hash of a new passphrase."""
    row = session.get_one(tables.Person, person_id)
    row.secret, row.secret_generated, row.secret_at = hashed, generated, now
    session.add(row)
    session.flush()


def give_role(session: Session, person_id: int, grant: Grant, given_by: str, now: datetime) -> None:
    """One more role; giving it twice is once. Raises BadValue, MakerClosed."""
    query = select(tables.RoleGrant).where(
        col(tables.RoleGrant.person_id) == person_id, col(tables.RoleGrant.ended_at).is_(None)
    )
    for row in session.scalars(query):
        if Grant(Role(row.role), row.producer_id, row.province, row.commune) == grant:
            return
    check_grant(grant)
    if grant.producer_id is not None:
        refuse_closed(session, grant.producer_id)
    session.add(
        tables.RoleGrant(
            person_id=person_id,
            role=str(grant.role),
            producer_id=grant.producer_id,
            province=grant.province,
            commune=grant.commune,
            given_by=words("given by", given_by, needed=True),
            given_at=now,
        )
    )
    session.flush()


def check_grant(grant: Grant) -> None:
    """A role is held at what it needs. Raises BadValue."""
    needs = {
        Role.PRODUCER: ("a producer", grant.producer_id is not None),
        Role.PROVINCE: ("a province", bool(grant.province)),
        Role.COMMUNE: ("a commune", bool(grant.commune)),
    }
    what, there = needs.get(grant.role, ("", True))
    if not there:
        raise BadValue("role", f"{what} to hold {grant.role} at", "none")


def may_give(actor: Actor, grant: Grant, province: str | None, commune: str | None) -> bool:
    """Whether this person may let somebody in with this role. The place is where the role will be held."""
    if actor.helping is not None:
        return False
    for held in actor.grants:
        if grant.role not in INVITES.get(held.role, frozenset()):
            continue
        if held.role in {Role.OPERATOR, Role.NATIONAL}:
            return True
        if held.role is Role.PROVINCE and held.province == province:
            return True
        if held.role is Role.COMMUNE and held.commune == commune and commune:
            return True
        if held.role is Role.PRODUCER and held.producer_id == grant.producer_id:
            return True
    return False


def end_roles(session: Session, person_id: int, now: datetime, *, producer_id: int | None = None) -> int:
    """End the roles of a person, or those at one producer only; returns how many."""
    query = select(tables.RoleGrant).where(
        col(tables.RoleGrant.person_id) == person_id, col(tables.RoleGrant.ended_at).is_(None)
    )
    if producer_id is not None:
        query = query.where(col(tables.RoleGrant.producer_id) == producer_id)
    rows = list(session.scalars(query))
    for row in rows:
        row.ended_at = now
        session.add(row)
    session.flush()
    return len(rows)
