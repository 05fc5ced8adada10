"""The studio's page of consents: who allowed what, with its proof; given one by one, taken back in one tap."""

from ocop.trace import storytelling_consents
from ocop.trace.api.rooms.routes import Route, where_producer
from ocop.trace.api.rooms.story_common import problem, product_path
from ocop.trace.api.rooms.visit import Answer, Go, Page, Visit
from ocop.trace.pages.rooms.base import FieldState
from ocop.trace.pages.rooms.story_views import ConsentRow, ConsentsView, Step
from ocop.trace.registry import products, tables
from ocop.trace.registry.errors import BadValue, Unknown
from ocop.trace.rights import Right
from ocop.trace.storytelling_consents import ITEMS, Given
from sqlalchemy import select
from sqlmodel import col


def listed(visit: Visit) -> Answer:
    """Every consent of this maker's people."""
    return Page(_view(visit))


def given(visit: Visit) -> Answer:
    """Note a consent. The box is never ticked beforehand."""
    form, maker = visit.form, _maker(visit)
    item, person = form.one("item"), form.one("person")
    try:
        if form.one("agreed") != "1":
            raise BadValue("agreed", "some text", "")
        storytelling_consents.give(
            visit.session, maker.slug, item, person=person, proof=form.one("proof"), at=visit.now
        )
    except BadValue as error:
        state = FieldState(form.values(), {error.what: problem(visit, error)})
        return Page(_view(visit, state), 422)
    visit.note("consent.give", f"{item}: {person[:100]}", why=form.one("proof")[:500], for_producer=maker.id)
    return Go(_path(maker), "tell.done.consent")


def ended(visit: Visit) -> Answer:
    """Take a consent back."""
    maker, number = _maker(visit), visit.params["consent"]
    if not (number.isascii() and number.isdigit() and len(number) < 10):
        raise Unknown("consent", number)
    one = storytelling_consents.take_back(visit.session, maker.id or 0, int(number), at=visit.now)
    visit.note("consent.end", f"{one.item}: {one.person}", for_producer=maker.id)
    return Go(_path(maker), "tell.done.consent.end")


def _maker(visit: Visit) -> tables.Producer:
    row = visit.session.get(tables.Producer, where_producer(visit.session, visit.params).producer_id)
    if row is None:
        raise Unknown("producer", visit.params["producer"])
    return row


def _path(maker: tables.Producer) -> str:
    return f"/studio/producers/{maker.slug}/consents"


def _view(visit: Visit, state: FieldState | None = None) -> ConsentsView:
    maker = _maker(visit)
    rows = storytelling_consents.consents(visit.session, maker.id or 0)
    return ConsentsView(
        base=visit.base_view(visit.say("tell.consents")),
        maker=maker.name,
        action=_path(maker),
        items=tuple((item, visit.say(f"tell.item.{item}")) for item in ITEMS),
        rows=tuple(_row(visit, maker, one) for one in rows),
        press=_told(visit, maker),
        state=state or FieldState(),
    )


def _told(visit: Visit, maker: tables.Producer) -> tuple[Step, ...]:
    """For each product that tells a story, what the press sees or would see of it."""
    query = select(col(tables.Product.id)).where(col(tables.Product.producer_id) == maker.id)
    ids = visit.session.scalars(query.order_by(col(tables.Product.sort), col(tables.Product.id)))
    loaded = products.load(visit.session, [id_ for id_ in ids if id_ is not None])
    return tuple(
        Step(one.product.texts["vi"].name, f"{product_path(one.product.key)}/press")
        for one in loaded
        if one.product.stories
    )


def _row(visit: Visit, maker: tables.Producer, one: Given) -> ConsentRow:
    since = visit.say("tell.consents.since", date=visit.words.day_of(one.given_at))
    ended_on = one.withdrawn_at
    return ConsentRow(
        item=visit.say(f"tell.item.{one.item}"),
        person=one.person,
        proof=one.proof,
        given=since,
        ended=visit.say("tell.consents.ended", date=visit.words.day_of(ended_on)) if ended_on else "",
        end="" if ended_on else f"{_path(maker)}/{one.id}/end",
    )


ROUTES: tuple[Route, ...] = (
    Route("GET", "/studio/producers/{producer}/consents", Right.CONSENT_KEEP, listed, where_producer),
    Route("POST", "/studio/producers/{producer}/consents", Right.CONSENT_KEEP, given, where_producer),
    Route(
        "POST",
        "/studio/producers/{producer}/consents/{consent}/end",
        Right.CONSENT_KEEP,
        ended,
        where_producer,
    ),
)
