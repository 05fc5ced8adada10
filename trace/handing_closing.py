"""Closing a maker that stopped, opening it again, and a maker's wish to stop (floor 3).

    done = close(session, officer, "ho-nguyen-thi-van", "died", By("chị Hà", now, "bà Vân mất ngày 12/11"))
    reopen(session, officer, "ho-nguyen-thi-van", By("chị Hà", now, "đóng nhầm cơ sở"), give_back=True)
    ask(session, producer_id, person_id, "Tôi nghỉ làm chè", now)           # the office sees it and does it

Only an office closes. It takes rights from everybody of a maker and changes what buyers read for years, so it needs
more than one person's tap on one telephone, which may be in other hands, and a cooperative has several people who may
not agree. What can't wait a maker's people do themselves: take back consents, end their role, ask for a recall.

From the commit on, in every worker: no batch is issued (`issuing` asks under the same lock), no label or chip is made,
roles, invitations, helping, links for a print shop and plans for chips end, drafts are dropped, consents end with
everything personal that they showed, and the scan page says since when the maker has stopped. Codes on goods are judged
as before: they were issued. Cancelling them is another act (`withdrawing`).

Opening again is for mistakes and for those who begin anew. Who had a role until the closing may get it back; consents
don't come back by themselves, nobody's agreement is presumed.
"""

from dataclasses import dataclass
from datetime import datetime

from ocop.trace import doors, handing_ending
from ocop.trace.certifying import NotYours, Officer, Scope
from ocop.trace.handing_ending import Ended
from ocop.trace.registry import editing, stations, tables
from ocop.trace.registry.editing import LONG, words
from ocop.trace.registry.errors import BadValue
from ocop.trace.registry.ledger_store import By, open_ledger
from ocop.trace.registry.makers import refuse_closed
from ocop.trace.registry.store import bump_facts
from ocop.trace.registry.tables_makers import CAUSES
from ocop.trace.rights import Grant, Role
from ocop.trace.withdrawing import NothingToDo
from sqlalchemy import select
from sqlmodel import Session, col


@dataclass(frozen=True, slots=True)
class Closed:
    """The maker that stopped, and what ended with it."""

    producer_id: int
    ended: Ended


@dataclass(frozen=True, slots=True)
class Wish:
    """A maker's people asked to close it."""

    slug: str
    maker: str
    person: str
    words: str
    asked_at: datetime


def close(session: Session, officer: Officer, slug: str, cause: str, by: By) -> Closed:
    """Close a maker. Raises Unknown, NotYours, BadValue, NothingToDo (it is closed), EntryRefused, StoreError."""
    reason = words("reason", by.reason, LONG, needed=True)
    if cause not in CAUSES:
        raise BadValue("cause", " or ".join(CAUSES), cause)
    maker = _locked(session, officer, slug)
    if maker.closed_at is not None:
        raise NothingToDo(f"expected a producer at work, got {maker.name}, closed already")
    maker_id = maker.id or 0
    session.add(
        tables.ProducerClosing(producer_id=maker_id, cause=cause, reason=reason,
                               closed_by=words("by", by.actor, needed=True), closed_at=by.at)
    )  # fmt: skip
    maker.closed_at = by.at
    session.add(maker)
    session.flush()
    products = product_ids(session, maker_id)
    ended = handing_ending.end_doors(session, maker_id, by.at)
    ended += handing_ending.end_consents(session, maker_id, by.at)
    ended += handing_ending.end_work(session, products, by)
    ended += handing_ending.drop_drafts(session, products)
    end_wish(session, maker_id, by.at)
    bump_facts(session)
    return Closed(maker_id, ended)


def reopen(session: Session, officer: Officer, slug: str, by: By, *, give_back: bool = False) -> int:
    """Let a maker go on; returns how many people got their roles back. Raises as `close`."""
    reason = words("reason", by.reason, LONG, needed=True)
    maker = _locked(session, officer, slug)
    row = closing_of(session, maker.id or 0)
    if row is None:
        raise NothingToDo(f"expected a closed producer, got {maker.name}, which is at work")
    row.reopened_at, row.reopened_by = max(by.at, row.closed_at), words("by", by.actor, needed=True)
    row.reopen_reason = reason
    maker.closed_at = None
    session.add_all([row, maker])
    session.flush()
    bump_facts(session)
    if not give_back:
        return 0
    people = lost(session, row)
    for person in people:
        doors.give_role(session, person.id or 0, Grant(Role.PRODUCER, row.producer_id), by.actor, by.at)
    return len(people)


def lost(session: Session, row: tables.ProducerClosing) -> list[tables.Person]:
    """The people whose roles ended with a closing and who still have an account."""
    query = (
        select(tables.Person)
        .join(tables.RoleGrant, col(tables.RoleGrant.person_id) == col(tables.Person.id))
        .where(
            col(tables.RoleGrant.producer_id) == row.producer_id,
            col(tables.RoleGrant.role) == str(Role.PRODUCER),
            col(tables.RoleGrant.ended_at) == row.closed_at,
            col(tables.Person.closed_at).is_(None),
        )
    )
    return list(session.scalars(query.order_by(col(tables.Person.name), col(tables.Person.id))))


def closing_of(session: Session, producer_id: int) -> tables.ProducerClosing | None:
    """The closing that stands."""
    query = select(tables.ProducerClosing).where(
        col(tables.ProducerClosing.producer_id) == producer_id,
        col(tables.ProducerClosing.reopened_at).is_(None),
    )
    return session.scalars(query).first()


def closed_for(session: Session, person_id: int) -> tuple[str, datetime] | None:
    """The maker whose closing ended this person's role there, and when; the newest, while it stands."""
    closing, grant = tables.ProducerClosing, tables.RoleGrant
    query = (
        select(col(tables.Producer.name), col(closing.closed_at))
        .join(closing, col(closing.producer_id) == col(tables.Producer.id))
        .join(grant, col(grant.producer_id) == col(tables.Producer.id))
        .where(
            col(closing.reopened_at).is_(None),
            col(grant.person_id) == person_id,
            col(grant.role) == str(Role.PRODUCER),
            col(grant.ended_at) == col(closing.closed_at),
        )
        .order_by(col(closing.closed_at).desc(), col(closing.id).desc())
    )
    found = session.execute(query).first()
    return None if found is None else (found[0], found[1])


def product_ids(session: Session, producer_id: int) -> list[int]:
    """The rows of a maker's products of today."""
    query = select(col(tables.Product.id)).where(col(tables.Product.producer_id) == producer_id)
    return [found for found in session.scalars(query.order_by(col(tables.Product.id))) if found is not None]


def ask(session: Session, producer_id: int, person_id: int, said: str, now: datetime) -> None:
    """One of a maker's people wishes to stop; asking again changes the words. Raises BadValue, MakerClosed."""
    refuse_closed(session, producer_id)
    row = wish_of(session, producer_id)
    if row is None:
        row = tables.ClosingWish(producer_id=producer_id, person_id=person_id, asked_at=now)
    row.words = words("words", said, LONG)
    session.add(row)
    session.flush()


def end_wish(session: Session, producer_id: int, now: datetime) -> bool:
    """The wish is no longer one: done, taken back or answered. False when there was none."""
    row = wish_of(session, producer_id)
    if row is None:
        return False
    row.ended_at = max(now, row.asked_at)
    session.add(row)
    session.flush()
    return True


def wish_of(session: Session, producer_id: int) -> tables.ClosingWish | None:
    """The wish that stands."""
    query = select(tables.ClosingWish).where(
        col(tables.ClosingWish.producer_id) == producer_id, col(tables.ClosingWish.ended_at).is_(None)
    )
    return session.scalars(query).first()


def wishes(session: Session, scope: Scope) -> list[Wish]:
    """The wishes that wait for an office, the oldest first."""
    query = (
        select(tables.ClosingWish, tables.Producer, col(tables.Person.name))
        .join(tables.Producer, col(tables.Producer.id) == col(tables.ClosingWish.producer_id))
        .join(tables.Person, col(tables.Person.id) == col(tables.ClosingWish.person_id))
        .where(col(tables.ClosingWish.ended_at).is_(None), *scope.conditions())
        .order_by(col(tables.ClosingWish.asked_at), col(tables.ClosingWish.id))
    )
    return [
        Wish(maker.slug, maker.name, person, row.words, row.asked_at)
        for row, maker, person in session.execute(query)
    ]


def own_maker(session: Session, officer: Officer, slug: str) -> tables.Producer:
    """A producer of the officer's place. Raises Unknown, NotYours."""
    maker = editing.producer_row(session, slug)
    if not officer.scope.covers(maker.province_code, maker.commune_code):
        raise NotYours(f"expected a producer of your own place, got {maker.name} of {maker.province}")
    return maker


def _locked(session: Session, officer: Officer, slug: str) -> tables.Producer:
    """The maker's row, read when nobody else writes: a batch is issued before this act or not at all."""
    stations.hold_open_plans(session)
    open_ledger(session)
    session.expire_all()
    return own_maker(session, officer, slug)
