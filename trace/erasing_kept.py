"""Words that stay as a record and hold a name or a number: found, shown to the officer, erased by nobody (floor 3).

    for one in kept(session, scope, wanted): print(one.kind, one.place, one.shown)

| kind | whose words | who reads them |
|---|---|---|
| recall, withdraw | why goods were called back or a code cancelled, and what to do | buyers, by scanning |
| goods | what stands on a product's label, its standards and the signs to know it by | buyers |
| star | why a certificate was withdrawn or suspended | the office |
| hold | why a batch was kept off sale | the maker, the office |
| returned | what was to be changed in a story before it was read through | the maker |
| closing, handover | why a maker stopped, or its products went to another | the maker, the office |
| answer | what was answered to a request | its sender |

They say why a public body acted, or what is in a packet, and are wanted for that as long as the act has an effect; a
name there is rarely needed. So the officer is told where it stands: goods and stars can be written anew in their own
pages, the rest is answered for. Found as in `erasing_finding`, within the same reach.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ocop.trace.certifying import Scope
from ocop.trace.erasing_finding import Wanted
from ocop.trace.registry import tables
from sqlalchemy import select
from sqlmodel import Session, col

LABEL = ("name", "net", "classifier", "origin", "ingredients", "usage", "storage", "warnings", "shelf_life")


@dataclass(frozen=True, slots=True)
class Kept:
    """One place: its kind, whose it is, the words around; the product's key or the number of a request, if any."""

    kind: str
    place: str
    shown: str
    key: str = ""
    number: int = 0


def kept(session: Session, scope: Scope, wanted: Wanted) -> list[Kept]:
    """Every such place in `scope`, always in the same order."""
    looks = (_acts, _goods, _stars, _holds, _readings, _makers, _answers)
    return [one for look in looks for one in look(session, scope, wanted)]


def _acts(session: Session, scope: Scope, wanted: Wanted) -> Iterator[Kept]:
    """The words of recalls and withdrawals; the same words at several ranges of a batch are one."""
    act, span, batch, maker = tables.Act, tables.SerialRange, tables.Batch, tables.Producer
    said = select(col(act.reason), col(act.advice), col(batch.key), col(batch.lot), col(maker.name))
    for kind, row in (("recall", tables.Recall), ("withdraw", span)):
        query = _of_batches(said, row, scope).join(act, col(act.id) == col(row.act_id)).order_by(col(act.id))
        if row is span:
            query = query.where(col(span.kind) == "withdrawn")
        for reason, advice, key, lot, name in dict.fromkeys(tuple(one) for one in session.execute(query)):
            if shown := wanted.among(reason, advice):
                yield Kept(kind, f"{name}, {key} {lot}", shown, key)


def _of_batches(query: Any, row: Any, scope: Scope) -> Any:
    """Rows that name a batch, with the batch and the maker that its product belongs to now."""
    batch, key, product, maker = tables.Batch, tables.ProductKey, tables.Product, tables.Producer
    return (
        query.select_from(row)
        .join(batch, col(batch.id) == col(row.batch_id))
        .join(key, col(key.key) == col(batch.key))
        .join(product, col(product.id) == col(key.product_id))
        .join(maker, col(maker.id) == col(product.producer_id))
        .where(*scope.conditions())
    )


def _goods(session: Session, scope: Scope, wanted: Wanted) -> Iterator[Kept]:
    """What is said about a product itself, in any language."""
    text, standard, sign = tables.ProductText, tables.ProductStandard, tables.RecognitionSign
    for product, maker in session.execute(_of_products(select(tables.Product, tables.Producer), scope)):
        said = [*product.seal.values(), *product.chip_place.values()]
        for row in session.scalars(select(text).where(col(text.product_id) == product.id)):
            said += [getattr(row, name) for name in LABEL]
        said += session.scalars(select(col(standard.text)).where(col(standard.product_id) == product.id))
        for words in session.scalars(select(col(sign.text)).where(col(sign.product_id) == product.id)):
            said += words.values()
        if shown := wanted.among(*said):
            yield Kept("goods", f"{maker.name}, {product.key}", shown, product.key)


def _of_products(query: Any, scope: Scope) -> Any:
    maker, product = tables.Producer, tables.Product
    joined = query.join(maker, col(maker.id) == col(product.producer_id))
    return joined.where(*scope.conditions()).order_by(col(product.id))


def _stars(session: Session, scope: Scope, wanted: Wanted) -> Iterator[Kept]:
    star, product = tables.Certificate, tables.Product
    query = select(star, product, tables.Producer).join(product, col(product.id) == col(star.product_id))
    for row, goods, maker in session.execute(_of_products(query, scope).order_by(col(star.id))):
        if shown := wanted.among(row.reason):
            yield Kept("star", f"{maker.name}, {goods.key}", shown, goods.key)


def _holds(session: Session, scope: Scope, wanted: Wanted) -> Iterator[Kept]:
    hold, batch = tables.BatchHold, tables.Batch
    query = _of_batches(select(hold, col(batch.key), col(batch.lot), tables.Producer), hold, scope)
    for row, key, lot, maker in session.execute(query.order_by(col(hold.id))):
        if shown := wanted.among(row.reason):
            yield Kept("hold", f"{maker.name}, {key} {lot}", shown, key)


def _readings(session: Session, scope: Scope, wanted: Wanted) -> Iterator[Kept]:
    reading, story, product = tables.StoryReading, tables.Story, tables.Product
    query = select(reading, product, tables.Producer).join(story, col(story.id) == col(reading.story_id))
    query = _of_products(query.join(product, col(product.id) == col(story.product_id)), scope)
    for row, goods, maker in session.execute(query.order_by(col(reading.id))):
        if shown := wanted.among(row.words):
            yield Kept("returned", f"{maker.name}, {goods.key}", shown, goods.key)


def _makers(session: Session, scope: Scope, wanted: Wanted) -> Iterator[Kept]:
    """Why makers stopped, and why products went to another one: said at the one that gave them away."""
    maker, ended, given = tables.Producer, tables.ProducerClosing, tables.HandOver
    query = select(ended, maker).join(maker, col(maker.id) == col(ended.producer_id))
    for row, whose in session.execute(query.where(*scope.conditions()).order_by(col(ended.id))):
        if shown := wanted.among(row.reason, row.reopen_reason):
            yield Kept("closing", whose.name, shown)
    passed = select(given, maker).join(maker, col(maker.id) == col(given.from_id))
    seen: set[tuple[str, str]] = set()
    for row, whose in session.execute(passed.where(*scope.conditions()).order_by(col(given.id))):
        shown = wanted.among(row.reason)
        if shown and (whose.name, row.reason) not in seen:
            seen.add((whose.name, row.reason))
            yield Kept("handover", whose.name, shown)


def _answers(session: Session, scope: Scope, wanted: Wanted) -> Iterator[Kept]:
    step, asked = tables.DataRequestStep, tables.DataRequest
    query = select(step).join(asked, col(asked.id) == col(step.request_id))
    if scope.province:
        query = query.where(col(asked.province_code) == scope.province)
    for row in session.scalars(query.order_by(col(step.id))):
        if shown := wanted.among(row.words):
            yield Kept("answer", f"#{row.request_id}", shown, number=row.request_id)
