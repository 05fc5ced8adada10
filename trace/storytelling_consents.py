"""Consents: what each person allowed to be shown, with its proof, given and taken back (floor 3).

    give(session, slug, "voice", person="Nguyễn Thị Vân", proof="Bà Vân đọc và bấm đồng ý trên điện thoại", at=now)
    take_back(session, producer_id, consent_id, at=now)        # gone from pages at the next scan

A consent is one person's, for one thing; there is none for everything, and none is presumed. What was taken back stays
in the list with its days.
"""

from dataclasses import dataclass
from datetime import datetime

from ocop.trace.registry import erasures, tables, telling
from ocop.trace.registry.editing import words
from ocop.trace.registry.erasures import Entry, mark_of
from ocop.trace.registry.errors import BadValue, Unknown
from ocop.trace.registry.store import bump_facts
from ocop.trace.registry.tables_catalogue import CONSENT_ITEMS
from sqlalchemy import select
from sqlmodel import Session, col

ITEMS = CONSENT_ITEMS


@dataclass(frozen=True, slots=True)
class Given:
    """One consent; `withdrawn_at` None while it stands."""

    id: int
    item: str
    person: str
    proof: str
    given_at: datetime
    withdrawn_at: datetime | None


def consents(session: Session, producer_id: int) -> tuple[Given, ...]:
    """Every consent of a maker's people, standing ones first, newest first."""
    query = select(tables.Consent).where(col(tables.Consent.producer_id) == producer_id)
    found = sorted(
        session.scalars(query),
        key=lambda row: (row.withdrawn_at is None, row.given_at, row.id or 0),
        reverse=True,
    )
    return tuple(
        Given(row.id or 0, row.item, row.person, row.proof, row.given_at, row.withdrawn_at) for row in found
    )


def give(session: Session, slug: str, item: str, *, person: str, proof: str, at: datetime) -> None:
    """Note a consent. Raises BadValue: `item`, `person`, `proof`."""
    if item not in ITEMS:
        raise BadValue("item", " or ".join(ITEMS), item)
    person = words("person", person, needed=True)
    telling.give_consent(
        session, slug, item, person=person, proof=words("proof", proof, 4_000, needed=True), at=at
    )
    bump_facts(session)


def take_back(session: Session, producer_id: int, consent_id: int, *, at: datetime) -> Given:
    """End one consent: what it allowed is gone from the next scan on. Raises Unknown."""
    row = session.get(tables.Consent, consent_id)
    if row is None or row.producer_id != producer_id:
        raise Unknown("consent", consent_id)
    if row.withdrawn_at is None:
        row.withdrawn_at = max(at, row.given_at)
        session.add(row)
        session.flush()
        erasures.add(session, Entry("consent", consent_id, mark_of(row), row.withdrawn_at))
        bump_facts(session)
    return Given(row.id or 0, row.item, row.person, row.proof, row.given_at, row.withdrawn_at)
