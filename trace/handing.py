"""Handing products over from one maker to another, as one office's act (floor 3).

    given = HandOverGiven("ho-nguyen-thi-van", "htx-huong-van-tra", keys=("P/4VTR0QB4",), stars=Stars.SUSPEND)
    done = hand_over(session, officer, given, By("chị Hà", now, "hộ kinh doanh lên hợp tác xã"), today)

A legal body that is only called otherwise stays the same row: the office changes its name, and batches keep the name of
the day of their issue. A body that becomes another one (a household a cooperative, two cooperatives one) is another
maker: its products are handed over. Everything below happens in the caller's transaction, under the ledger's lock:

- identifiers that the old maker's own issuer holds are assigned to the new maker's (an `issuer` entry); the old one
  stays on the list of holders, so old codes stay good. A body that signs for others too keeps them.
- batches stay their maker's: their pages go on saying who made them, and no further label or chip of them is made.
- the story goes along as far as it speaks of the thing: title, lead, the making with its pictures, the land. Portrait,
  voice, the name of who tells, the own words, telephone and address belong to people who agreed to be shown by the old
  maker. They go along one by one, each on a new consent with its proof (`carry`, `proof`); otherwise not. A portrait,
  a voice and words don't say whose they are, so of these each goes along only when all who allow it agreed anew.
  Drafts that were never published and versions put aside are dropped.
- stars belong to the product, but the paper names the old maker: the office says that whoever recognised them has
  agreed (`Stars.KEEP`), or they are suspended until then.
- links for a print shop and plans for chips of the products end.

Asked again, the act raises NothingToDo: the products are the new maker's already.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from ocop.trace import certifying, doors, handing_closing, handing_ending, handing_story
from ocop.trace.certifying import Officer
from ocop.trace.certifying_makers import let_issue, sign_for
from ocop.trace.facts import CertificateState
from ocop.trace.registry import editing, stations, tables, telling
from ocop.trace.registry.editing import LONG, words
from ocop.trace.registry.errors import BadValue, Conflict
from ocop.trace.registry.ledger_store import By, open_ledger
from ocop.trace.registry.makers import refuse_closed
from ocop.trace.registry.store import bump_facts
from ocop.trace.rights import Grant, Role
from ocop.trace.withdrawing import NothingToDo
from sqlalchemy import select, update
from sqlmodel import Session, col

OWN_LINES = {"phone": "phone", "website": "website", "visit": "visit"}
"""Consents that show a line of the maker's row, and the column of it."""


class Stars(StrEnum):
    """What becomes of stars whose paper names the old maker."""

    KEEP = "keep"
    SUSPEND = "suspend"


@dataclass(frozen=True, slots=True)
class HandOverGiven:
    """What an office decides: from whom, to whom (slugs), which products, what goes along.

    `carry` are numbers of consents whose people agreed anew, `proof` says where that is kept. `people`: whoever works
    for the old maker works for the new one too. `close`: the old maker stops with this act.
    """

    source: str
    target: str
    keys: tuple[str, ...]
    stars: Stars | None = None
    carry: tuple[int, ...] = ()
    proof: str = ""
    people: bool = False
    close: bool = False


@dataclass(frozen=True, slots=True)
class HandedOver:
    """What it did: products, identifiers with a new issuer, stars suspended, people, and what ended."""

    source_id: int
    target_id: int
    products: int
    identifiers: int
    suspended: int
    people: int
    ended: handing_ending.Ended


def hand_over(session: Session, officer: Officer, given: HandOverGiven, by: By, today: date) -> HandedOver:
    """Do it. Raises BadValue, Unknown, NotYours, NothingToDo, MakerClosed, Conflict, EntryRefused, StoreError."""
    reason = words("reason", by.reason, LONG, needed=True)
    stations.hold_open_plans(session)
    state = open_ledger(session).state
    # Only now is nobody else writing: what was read before must not decide.
    session.expire_all()
    source = handing_closing.own_maker(session, officer, given.source)
    target = handing_closing.own_maker(session, officer, given.target)
    if source.id == target.id:
        raise BadValue("target", "another producer", target.name)
    refuse_closed(session, target.id or 0)
    moved = _products(session, source, target, given.keys)
    ids = [row.id or 0 for row in moved]
    consents = _carried(session, source, given)
    identifiers = _keys(session, ids)
    # Before the products are the new maker's: else the old issuer would be taken for hers.
    assigned = sign_for(session, source, target, identifiers, by, state)
    suspended = _stars(session, officer, ids, given, reason, today)
    session.execute(
        update(tables.Batch)
        .where(col(tables.Batch.product_id).in_(ids), col(tables.Batch.producer_id).is_(None))
        .values(producer_id=source.id, maker=source.name)
    )
    ended = handing_ending.end_work(session, ids, by) + handing_ending.drop_drafts(session, ids)
    kept = _kept(session, source, consents)
    for row in moved:
        handing_story.leave_people_out(session, row, kept, today)
        row.producer_id = target.id or 0
        editing.reindex(session, row, target)
        session.add(
            tables.HandOver(product_id=row.id or 0, from_id=source.id or 0, to_id=target.id or 0, reason=reason,
                            done_by=words("by", by.actor, needed=True), at=by.at)
        )  # fmt: skip
    session.flush()
    let_issue(session, target.slug, by)
    _agree(session, source, target, consents, given.proof, by)
    people = _along(session, source, target, by) if given.people else 0
    if given.close:
        ended += handing_closing.close(session, officer, source.slug, "handed_over", by).ended
    bump_facts(session)
    return HandedOver(source.id or 0, target.id or 0, len(moved), assigned, suspended, people, ended)


def _products(
    session: Session, source: tables.Producer, target: tables.Producer, keys: Sequence[str]
) -> list[tables.Product]:
    if not keys:
        raise BadValue("products", "at least one product", "none")
    ids = sorted({editing.product_row(session, key).id or 0 for key in keys})
    query = select(tables.Product).where(col(tables.Product.id).in_(ids)).order_by(col(tables.Product.id))
    found = list(session.scalars(query.with_for_update().execution_options(populate_existing=True)))
    if all(row.producer_id == target.id for row in found):
        raise NothingToDo(f"expected products that {target.name} doesn't have yet, got those that it has")
    for row in found:
        if row.producer_id != source.id:
            raise Conflict(f"expected products of {source.name}, got {row.key}, which isn't", "products")
    return found


def _keys(session: Session, ids: Sequence[int]) -> tuple[str, ...]:
    query = select(col(tables.ProductKey.key)).where(col(tables.ProductKey.product_id).in_(ids))
    return tuple(session.scalars(query.order_by(col(tables.ProductKey.key))))


def _carried(session: Session, source: tables.Producer, given: HandOverGiven) -> list[tables.Consent]:
    """The consents that go along; each was given anew, so there is a proof."""
    if not given.carry:
        return []
    words("proof", given.proof, LONG, needed=True)
    query = select(tables.Consent).where(
        col(tables.Consent.producer_id) == source.id,
        col(tables.Consent.id).in_(given.carry),
        col(tables.Consent.withdrawn_at).is_(None),
    )
    found = list(session.scalars(query))
    if len(found) != len(set(given.carry)):
        raise Conflict("expected consents that stand, got one that was taken back meanwhile", "carry")
    return found


def _kept(session: Session, source: tables.Producer, consents: Sequence[tables.Consent]) -> frozenset[str]:
    """The items to which nobody who allows them now has said anything less than that they may go along."""
    carried = {one.id for one in consents}
    query = select(tables.Consent).where(
        col(tables.Consent.producer_id) == source.id, col(tables.Consent.withdrawn_at).is_(None)
    )
    staying = {one.item for one in session.scalars(query) if one.id not in carried}
    return frozenset(one.item for one in consents) - staying


def _agree(
    session: Session,
    source: tables.Producer,
    target: tables.Producer,
    consents: Sequence[tables.Consent],
    proof: str,
    by: By,
) -> None:
    for one in consents:
        telling.give_consent(session, target.slug, one.item, person=one.person, proof=proof, at=by.at)
        column = OWN_LINES.get(one.item, "")
        if column and not getattr(target, column):
            setattr(target, column, getattr(source, column))
    session.add(target)
    session.flush()


def _stars(
    session: Session,
    officer: Officer,
    ids: Sequence[int],
    given: HandOverGiven,
    reason: str,
    today: date,
) -> int:
    """Suspend what stands, or leave it; which of the two has to be said where anything stands."""
    query = select(tables.Certificate).where(
        col(tables.Certificate.product_id).in_(ids),
        col(tables.Certificate.state) == str(CertificateState.IN_FORCE),
        col(tables.Certificate.valid_to) >= today,
    )
    standing = list(session.scalars(query))
    if standing and given.stars is None:
        raise BadValue("stars", " or ".join(Stars), "neither")
    if given.stars is not Stars.SUSPEND:
        return 0
    for row in standing:
        on = max(today, row.valid_from)
        certifying.close_certificate(session, officer, row.id or 0, CertificateState.SUSPENDED, reason, on)
    return len(standing)


def _along(session: Session, source: tables.Producer, target: tables.Producer, by: By) -> int:
    people = handing_ending.people_of(session, source.id or 0)
    for person in people:
        doors.give_role(session, person.id or 0, Grant(Role.PRODUCER, producer_id=target.id), by.actor, by.at)
    return len(people)
