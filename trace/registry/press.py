"""Stories that their makers offer to the press: which ones, since when, with what consent (floor 2).

A story is offered while somebody of its maker's allows `press` and it is published; each question is asked of the
rows at the moment, so what was taken back is gone at the next request. A portrait goes along only when the same
person allowed both the portrait and the press: to be seen beside one's tea is not to be seen in a newspaper. So does
the name of whoever tells, by `quote`.

    offered(session, "09521234543213", version, state, today)      # Offered, or None
    newest(session, version, state, today, offset=0, limit=24)     # without products that have a recalled lot
    shown(session, "09521234543213", version, state, today, now)   # what the press would see, consent or not
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime

from ocop.trace import facts
from ocop.trace.registry import tables
from ocop.trace.registry.products import Loaded, load, rows
from ocop.trace.registry.reads import recalls_of
from ocop.trace.signing.ledger import State
from sqlalchemy import func, select
from sqlmodel import Session, col

ITEMS = ("press", "portrait", "quote")


@dataclass(frozen=True, slots=True)
class Offered:
    """A product whose story the press may use: `since` when, and the oldest of its keys, which never changes."""

    facts: facts.ProductFacts
    since: datetime
    first_key: str


@dataclass(frozen=True, slots=True)
class _Standing:
    """The consents of one maker that matter here."""

    since: datetime
    portrait: bool = False
    quote: bool = False


def offered(session: Session, key: str, version: int, state: State, today: date) -> Offered | None:
    """The product with this key, any that ever worked, if its story is offered to the press."""
    return _of_key(session, key, version, state, today, None)


def shown(
    session: Session, key: str, version: int, state: State, today: date, now: datetime
) -> Offered | None:
    """What the press sees or would see of this product; None when it is unknown or tells no story yet."""
    return _of_key(session, key, version, state, today, _Standing(now))


def newest(
    session: Session, version: int, state: State, today: date, *, offset: int = 0, limit: int = 24
) -> tuple[list[Offered], bool]:
    """Stories offered to the press, the latest offered or told first, and whether there are more.

    Of the `limit` stories from `offset` on those are left out whose product has a recalled lot.
    """
    told = session.execute(
        select(
            col(tables.Product.id), col(tables.Product.producer_id), func.max(col(tables.Story.updated_on))
        )
        .join(tables.Story, col(tables.Story.product_id) == col(tables.Product.id))
        .where(
            col(tables.Story.state) == str(facts.StoryState.PUBLISHED),
            col(tables.Product.producer_id).in_(
                select(col(tables.Consent.producer_id)).where(
                    col(tables.Consent.item) == "press", col(tables.Consent.withdrawn_at).is_(None)
                )
            ),
        )
        .group_by(col(tables.Product.id), col(tables.Product.producer_id))
    ).all()
    consents = _standing(session, {maker for _, maker, _ in told})
    ranked = sorted(
        (
            (max(day, consents[maker].since.date()), id_, maker)
            for id_, maker, day in told
            if maker in consents
        ),
        reverse=True,
    )
    page = {id_: consents[maker] for _, id_, maker in ranked[offset : offset + limit]}
    made = [one for one in _offers(session, page, version, state, today) if not one.facts.recalls]
    return made, len(ranked) > offset + limit


def _of_key(
    session: Session, key: str, version: int, state: State, today: date, without: _Standing | None
) -> Offered | None:
    """One product; `without` stands for consents where there are none."""
    known = session.get(tables.ProductKey, key)
    row = session.get(tables.Product, known.product_id) if known is not None else None
    if row is None or row.id is None:
        return None
    standing = _standing(session, [row.producer_id]).get(row.producer_id, without)
    if standing is None:
        return None
    return next(iter(_offers(session, {row.id: standing}, version, state, today)), None)


def _standing(session: Session, makers: Iterable[int]) -> dict[int, _Standing]:
    """By maker, who let the press in. Makers without such a consent are left out."""
    people: dict[int, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    since: dict[int, datetime] = {}
    found = rows(session, tables.Producer, tables.Producer.id, makers)
    at_work = [row.id for row in found if row.closed_at is None]
    for row in rows(session, tables.Consent, tables.Consent.producer_id, at_work):
        if row.withdrawn_at is not None or row.item not in ITEMS:
            continue
        people[row.producer_id][row.item].add(row.person)
        if row.item == "press":
            since[row.producer_id] = min(since.get(row.producer_id, row.given_at), row.given_at)
    return {
        maker: _Standing(
            at,
            portrait=bool(people[maker]["press"] & people[maker]["portrait"]),
            quote=bool(people[maker]["press"] & people[maker]["quote"]),
        )
        for maker, at in since.items()
    }


def _offers(
    session: Session, wanted: dict[int, _Standing], version: int, state: State, today: date
) -> list[Offered]:
    ids = list(wanted)
    recalls = recalls_of(session, ids, state)
    keys: dict[int, list[tuple[datetime, str]]] = defaultdict(list)
    for row in rows(session, tables.ProductKey, tables.ProductKey.product_id, ids):
        keys[row.product_id].append((row.since, row.key))
    return [
        Offered(
            facts.ProductFacts(version, _given(one, wanted[one.id]), one.producer, recalls.get(one.id, {})),
            wanted[one.id].since,
            min(keys[one.id])[1],
        )
        for one in load(session, ids, on=today)
        if one.product.stories
    ]


def _given(one: Loaded, standing: _Standing) -> facts.Product:
    """The product without portraits and names that nobody gave to the press."""
    stories = {
        lang: replace(
            story,
            portrait=story.portrait if standing.portrait else None,
            teller=story.teller if standing.quote else "",
        )
        for lang, story in one.product.stories.items()
    }
    return replace(one.product, stories=stories)
