"""What is open at a maker, and ending it: roles, helpers, invitations, consents, drafts, links, plans (floor 3).

Each function ends one kind of thing of one maker (or of some products) and says how much it was. What was ended stays
on record with its moment; drafts that nobody published are dropped, they belong to whoever wrote them.

Roles, helping and consents that end are entered in the list of erasures too, so that a restored backup from before
doesn't show anybody again who had stopped being shown, and opens no door that was shut.
"""

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from datetime import datetime

from ocop.trace import provisioning_stations
from ocop.trace.registry import erasures, stations, tables
from ocop.trace.registry.erasures import Entry, mark_of
from ocop.trace.registry.ledger_store import By
from ocop.trace.rights import Role
from sqlalchemy import ColumnElement, Executable, Select, Update, delete, func, select, update
from sqlmodel import Session, col


@dataclass(frozen=True, slots=True)
class Ended:
    """How much ended of each kind."""

    roles: int = 0
    helpers: int = 0
    invitations: int = 0
    consents: int = 0
    drafts: int = 0
    links: int = 0
    plans: int = 0

    def __add__(self, other: "Ended") -> "Ended":
        return Ended(*(a + b for a, b in zip(astuple(self), astuple(other), strict=True)))


def standing(session: Session, producer_id: int, products: Sequence[int], now: datetime) -> Ended:
    """What would end: of the maker, and of these products of it. Nothing is changed."""
    grant, help_, letter, consent = tables.RoleGrant, tables.HelpConsent, tables.Invitation, tables.Consent
    link, plan = tables.ShopLink, tables.ProvisioningPlan
    of_batches = _batches(products)
    return Ended(
        roles=_count(session, grant, col(grant.producer_id) == producer_id, col(grant.ended_at).is_(None)),
        helpers=_count(
            session, help_, col(help_.producer_id) == producer_id, col(help_.ended_at).is_(None),
            col(help_.until) > now,
        ),
        invitations=_count(
            session, letter, col(letter.producer_id) == producer_id, col(letter.used_at).is_(None),
            col(letter.ended_at).is_(None), col(letter.expires_at) > now,
        ),
        consents=_count(
            session, consent, col(consent.producer_id) == producer_id, col(consent.withdrawn_at).is_(None)
        ),
        drafts=_count(session, tables.StoryDraft, col(tables.StoryDraft.product_id).in_(products)),
        links=_count(
            session, link, col(link.batch_id).in_(of_batches), col(link.fetched_at).is_(None),
            col(link.ended_at).is_(None), col(link.expires_at) > now,
        ),
        plans=_count(session, plan, col(plan.batch_id).in_(of_batches), col(plan.state) == "open"),
    )  # fmt: skip


def people_of(session: Session, producer_id: int) -> list[tables.Person]:
    """The people who work for a maker now, by name."""
    query = (
        select(tables.Person)
        .join(tables.RoleGrant, col(tables.RoleGrant.person_id) == col(tables.Person.id))
        .where(
            col(tables.RoleGrant.producer_id) == producer_id,
            col(tables.RoleGrant.role) == str(Role.PRODUCER),
            col(tables.RoleGrant.ended_at).is_(None),
        )
    )
    return list(session.scalars(query.order_by(col(tables.Person.name), col(tables.Person.id))))


def end_doors(
    session: Session, producer_id: int, now: datetime, *, only: Sequence[int] | None = None
) -> Ended:
    """End invitations and helping, and the roles of the people in `only` (None: every role held here).

    A session asks for its rights anew at each request, so whoever is signed in has lost them with the commit.
    """
    letter, help_, grant = tables.Invitation, tables.HelpConsent, tables.RoleGrant
    # The links first: who is using one at this moment holds its row, and is seen below once that is through.
    letters = update(letter).where(
        col(letter.producer_id) == producer_id, col(letter.used_at).is_(None), col(letter.ended_at).is_(None)
    )
    invitations = _changed(session, letters.values(ended_at=now))
    helping = update(help_).where(col(help_.producer_id) == producer_id, col(help_.ended_at).is_(None))
    helped = _ended(session, helping.values(ended_at=now).returning(col(help_.id)))
    session.execute(
        update(tables.RoomSession).where(col(tables.RoomSession.helping) == producer_id).values(helping=None)
    )
    held = update(grant).where(col(grant.producer_id) == producer_id, col(grant.ended_at).is_(None))
    if only is not None:
        held = held.where(col(grant.person_id).in_(only), col(grant.role) == str(Role.PRODUCER))
    roles = _ended(session, held.values(ended_at=now).returning(col(grant.id)))
    session.expire_all()
    _keep_erased(session, "help", help_, helped, now)
    _keep_erased(session, "role", grant, roles, now)
    return Ended(roles=len(roles), helpers=len(helped), invitations=invitations)


def end_consents(
    session: Session, producer_id: int, now: datetime, ids: Sequence[int] | None = None
) -> Ended:
    """End consents of a maker's people: these, or all. What they allowed is gone from the next scan on."""
    consent = tables.Consent
    query = select(consent).where(
        col(consent.producer_id) == producer_id, col(consent.withdrawn_at).is_(None)
    )
    if ids is not None:
        query = query.where(col(consent.id).in_(ids))
    found = list(session.scalars(query))
    for row in found:
        row.withdrawn_at = max(now, row.given_at)
        session.add(row)
        erasures.add(session, Entry("consent", row.id or 0, mark_of(row), row.withdrawn_at))
    session.flush()
    return Ended(consents=len(found))


def end_work(session: Session, products: Sequence[int], by: By) -> Ended:
    """End what is open at batches of these products: links for a print shop, plans for chips."""
    link = tables.ShopLink
    unused = update(link).where(
        col(link.batch_id).in_(_batches(products)),
        col(link.fetched_at).is_(None),
        col(link.ended_at).is_(None),
    )
    links = _changed(session, unused.values(ended_at=by.at))
    batches = frozenset(session.scalars(_batches(products)))
    plans = [row for row in stations.open_plans(session) if row.batch_id in batches]
    for row in plans:
        provisioning_stations.close_plan(session, row.id or 0, by)
    session.expire_all()
    return Ended(links=links, plans=len(plans))


def drop_drafts(session: Session, products: Sequence[int]) -> Ended:
    """Drop what was written about these products and never published."""
    count = _count(session, tables.StoryDraft, col(tables.StoryDraft.product_id).in_(products))
    for table in (tables.StoryDraft, tables.StoryAside):
        session.execute(delete(table).where(col(table.product_id).in_(products)))
    session.expire_all()
    return Ended(drafts=count)


def _batches(products: Sequence[int]) -> Select[int | None]:
    return select(col(tables.Batch.id)).where(col(tables.Batch.product_id).in_(products))


def _count(session: Session, table: type, *where: ColumnElement[bool]) -> int:
    query = select(func.count()).select_from(table).where(*where)
    return int(session.scalar(query) or 0)


def _ended(session: Session, statement: Executable) -> list[int]:
    """Change rows by a statement that returns their numbers."""
    session.flush()
    numbers: Sequence[int] = session.connection().execute(statement).scalars().all()
    return sorted(numbers)


def _keep_erased(
    session: Session,
    kind: str,
    table: type[tables.RoleGrant | tables.HelpConsent],
    numbers: Sequence[int],
    now: datetime,
) -> None:
    for number in numbers:
        erasures.add(session, Entry(kind, number, mark_of(session.get_one(table, number)), now))


def _changed(session: Session, statement: Update) -> int:
    session.flush()
    return int(session.connection().execute(statement).rowcount)
