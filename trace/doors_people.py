"""Lists of people for whoever keeps the doors: only those within one's reach (floor 3)."""

from datetime import datetime

from ocop.trace.registry import tables
from ocop.trace.rights import Actor, Grant, Right, Role, Where
from sqlalchemy import select
from sqlmodel import Session, col


def where_of(session: Session, grant: Grant) -> Where:
    """Where a role is held: its producer's province and commune, or its own."""
    if grant.producer_id is not None:
        row = session.get(tables.Producer, grant.producer_id)
        if row is not None:
            return Where(row.id, row.province_code, row.commune_code or None)
    province = grant.province or (_province_of(session, grant.commune) if grant.commune else None)
    return Where(grant.producer_id, province, grant.commune)


def _province_of(session: Session, commune: str) -> str | None:
    query = select(tables.AdminUnit).where(col(tables.AdminUnit.code) == commune)
    row = session.scalars(query.order_by(col(tables.AdminUnit.valid_from).desc())).first()
    return row.province_code if row is not None else None


def within(session: Session, actor: Actor, right: Right, grant: Grant) -> bool:
    """Whether a role is held where `actor` has `right`. A role held everywhere is reached from everywhere only."""
    everywhere = grant.role in {Role.OPERATOR, Role.NATIONAL}
    for held in actor.reach(right):
        if held.role in {Role.OPERATOR, Role.NATIONAL}:
            return True
        if not everywhere and held.reaches(where_of(session, grant)):
            return True
    return False


def members(
    session: Session, actor: Actor, right: Right, limit: int = 500
) -> list[tuple[tables.Person, list[Grant]]]:
    """The people with a role within reach of `right`, with those roles, by name."""
    query = (
        select(tables.Person, tables.RoleGrant)
        .join(tables.RoleGrant, col(tables.RoleGrant.person_id) == col(tables.Person.id))
        .where(col(tables.RoleGrant.ended_at).is_(None), col(tables.Person.closed_at).is_(None))
        .order_by(col(tables.Person.name), col(tables.Person.id), col(tables.RoleGrant.id))
    )
    found: dict[int, tuple[tables.Person, list[Grant]]] = {}
    for person, row in session.execute(query):
        grant = Grant(Role(row.role), row.producer_id, row.province, row.commune)
        if within(session, actor, right, grant):
            found.setdefault(person.id or 0, (person, []))[1].append(grant)
        if len(found) >= limit:
            break
    return list(found.values())


def reachable(
    session: Session, actor: Actor, right: Right, person_id: int, *, ended: bool = False
) -> tables.Person | None:
    """The person, if all their roles lie within reach: nobody reopens an account that is above them.

    `ended`: of somebody who has none any more, all that they ever held count, as after their maker was closed.
    """
    person = session.get(tables.Person, person_id)
    if person is None or person.closed_at is not None:
        return None
    every = list(
        session.scalars(select(tables.RoleGrant).where(col(tables.RoleGrant.person_id) == person_id))
    )
    held = [row for row in every if row.ended_at is None] or (every if ended else [])
    grants = [Grant(Role(row.role), row.producer_id, row.province, row.commune) for row in held]
    if not grants or not all(within(session, actor, right, grant) for grant in grants):
        return None
    return person


def pending(session: Session, actor: Actor, right: Right, now: datetime) -> list[tables.Invitation]:
    """Open invitations to roles within reach, the newest first."""
    query = select(tables.Invitation).where(
        col(tables.Invitation.used_at).is_(None),
        col(tables.Invitation.ended_at).is_(None),
        col(tables.Invitation.expires_at) > now,
        col(tables.Invitation.recovers).is_(None),
    )
    rows = session.scalars(query.order_by(col(tables.Invitation.id).desc()))
    return [
        row
        for row in rows
        if within(session, actor, right, Grant(Role(row.role), row.producer_id, row.province, row.commune))
    ]
