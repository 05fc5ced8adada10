"""Products go from one producer to another: first to whom and which, then what would change, then the act.

GET  /office/producers/{producer}/hand-over                     to whom, which products
GET  /office/producers/{producer}/hand-over?q=tan+cuong         the same, with the producers that have these words
GET  /office/producers/{producer}/hand-over?to=…&p12=1&p15=1    what would change, and the form that does it
POST /office/producers/{producer}/hand-over                     do it, in one transaction with its lines in the log
"""

from ocop.trace import handing, handing_ending
from ocop.trace.api.rooms.office_acts import touched_facts
from ocop.trace.api.rooms.office_common import (
    Problems,
    confirm,
    done,
    officer_of,
    one_of,
    page,
    reason_field,
    scope_of,
    text_of,
    today_of,
    tried,
)
from ocop.trace.api.rooms.office_ending import (
    consent_fields,
    ended_facts,
    help_link,
    maker_of,
    ticked,
    touched_by,
    unsold_facts,
)
from ocop.trace.api.rooms.office_makers import maker_fields, maker_given
from ocop.trace.api.rooms.picking import Options
from ocop.trace.api.rooms.routes import Route, where_producer
from ocop.trace.api.rooms.visit import Answer, Visit
from ocop.trace.certifying_makers import find_producers, own_identifiers, place_of, save_maker
from ocop.trace.facts import CertificateState
from ocop.trace.handing import HandOverGiven, Stars
from ocop.trace.pages.rooms.base import EMPTY, FieldState
from ocop.trace.pages.rooms.office_views import Field, OfficeForm, Section
from ocop.trace.registry import tables
from ocop.trace.registry.errors import BadValue, Conflict
from ocop.trace.registry.ledger_store import By, EntryRefused, replay
from ocop.trace.registry.makers import MakerClosed
from ocop.trace.rights import Right
from ocop.trace.text import format_number
from ocop.trace.withdrawing import NothingToDo
from sqlalchemy import func, select
from sqlmodel import col

NEW = "+"
"""Stands for a producer that is made with the act; no slug has this letter."""
LISTED = 300
OFFERED = 50
"""How many producers there are to choose from at once; more are found by their words."""

Chosen = list[tuple[int, str, str]]
"""Number, key and name of products."""


def look(visit: Visit, state: FieldState = EMPTY) -> Answer:
    """The choice, or what it would do."""
    maker = maker_of(visit)
    products = _products(visit, maker)
    target = visit.query.get("to", "") or visit.form.one("to")
    names = {*visit.query, *visit.form.fields}
    chosen = [one for one in products if "all" in names or f"p{one[0]}" in names]
    known = _name_of(visit, maker, target)
    if chosen and known:
        return _check(visit, maker, target, chosen, whole=len(chosen) == len(products), state=state)
    problems = dict(state.problems)
    if "to" in visit.query and not chosen:
        problems["products"] = visit.say("handing.over.need.products")
    if "to" in visit.query and not known:
        problems["to"] = visit.say("handing.over.need.to")
    return _choose(visit, maker, products, FieldState({**visit.query, **state.values}, problems))


def _choose(visit: Visit, maker: tables.Producer, products: Chosen, state: FieldState) -> Answer:
    here = f"/office/producers/{maker.slug}"
    said = tuple(visit.say(f"handing.over.{what}") for what in ("when", "renamed"))
    lead = Section(text=said, links=(help_link(visit),))
    if not products:
        none = Section(text=(visit.say("handing.over.none"),), links=((visit.say("office.no"), here),))
        return page(visit, visit.say("handing.over"), none)
    searches, offered, about = _offered(visit, maker)
    options = (("", "…"), (NEW, visit.say("handing.over.new")), *offered)
    fields = (
        *([Field("hidden", "q", value=_words(visit))] if searches else []),
        Field("select", "to", visit.say("handing.over.to"), hint=about, options=options, required=True),
        Field("group", "products", visit.say("handing.over.which")),
        Field("check", "all", visit.say("handing.over.all", n=len(products))),
        *(Field("check", f"p{number}", name) for number, _, name in products[:LISTED]),
        Field("end", "products"),
    )
    form = OfficeForm(f"{here}/hand-over", fields, visit.say("handing.over.look"), get=True)
    links = ((visit.say("office.no"), here),)
    forms = (_search(visit, f"{here}/hand-over"), form) if searches else (form,)
    return page(visit, visit.say("handing.over"), lead, Section(forms=forms, links=links),
                state=state, state_of=f"{here}/hand-over")  # fmt: skip


def _check(
    visit: Visit, maker: tables.Producer, target: str, chosen: Chosen, *, whole: bool, state: FieldState
) -> Answer:
    here = f"/office/producers/{maker.slug}"
    ids = [number for number, _, _ in chosen]
    to = _name_of(visit, maker, target)
    preview = Section(
        title=visit.say("office.preview"),
        warning=visit.say("handing.over.warning", n=len(chosen), source=maker.name, target=to),
        figures=_facts(visit, maker, ids),
        text=tuple(visit.say(f"handing.over.{what}") for what in ("old", "story", "people", "codes")),
    )
    form = OfficeForm(
        f"{here}/hand-over", _fields(visit, maker, target, chosen, whole=whole), visit.say("handing.over.yes"),
        danger=True,
    )  # fmt: skip
    again = (visit.say("handing.over.again"), f"{here}/hand-over")
    names = Section(title=visit.say("handing.over.which"), text=tuple(name for _, _, name in chosen))
    return page(visit, visit.say("handing.over"), preview, names, confirm(visit, form, here, again),
                state=state, state_of=f"{here}/hand-over")  # fmt: skip


def _facts(visit: Visit, maker: tables.Producer, ids: list[int]) -> tuple[tuple[str, str], ...]:
    ending = handing_ending.standing(visit.session, maker.id or 0, ids, visit.now)
    touched = touched_by(visit, ids)
    query = select(col(tables.ProductKey.key)).where(col(tables.ProductKey.product_id).in_(ids))
    signed = own_identifiers(visit.session, maker, list(visit.session.scalars(query)), replay(visit.session))
    counted = (
        ("handing.n.batches", touched.batches),
        ("handing.n.identifiers", len(signed)),
        ("handing.n.stars", _stars(visit, ids)),
    )
    return (
        *((visit.say(name), format_number(number, visit.lang)) for name, number in counted),
        *unsold_facts(visit, ids),
        *ended_facts(visit, ending, "drafts", "links", "plans", "roles"),
        *touched_facts(visit, touched),
    )


def _fields(
    visit: Visit, maker: tables.Producer, target: str, chosen: Chosen, *, whole: bool
) -> tuple[Field, ...]:
    hidden = [Field("hidden", "to", value=target)]
    hidden += [Field("hidden", f"p{number}", value="1") for number, _, _ in chosen]
    fields: list[Field] = [*hidden]
    if target == NEW:
        fields += [
            Field("group", "new", visit.say("handing.over.made")),
            *maker_fields(visit),
            Field("end", "new"),
        ]
    if _stars(visit, [number for number, _, _ in chosen]):
        options = (("", "…"), *((str(one), visit.say(f"handing.stars.{one}")) for one in Stars))
        fields.append(Field("select", "stars", visit.say("handing.stars"), hint=visit.say("handing.stars.hint"),
                            options=options, required=True))  # fmt: skip
    carried = consent_fields(visit, maker, "handing.carry")
    if carried:
        fields += [*carried, Field("text", "proof", visit.say("handing.carry.proof"),
                                   hint=visit.say("handing.carry.hint"), most=1000)]  # fmt: skip
    if handing_ending.people_of(visit.session, maker.id or 0):
        fields.append(Field("check", "people", visit.say("handing.over.along")))
    if whole and maker.closed_at is None:
        fields.append(
            Field(
                "check",
                "close",
                visit.say("handing.over.close", name=maker.name),
                hint=visit.say("handing.over.close.hint"),
            )
        )
    fields.append(reason_field(visit, "handing.reason.hint"))
    return tuple(fields)


def do(visit: Visit) -> Answer:
    """Hand over; asked twice it is once."""
    maker = maker_of(visit)
    source, name, slug = maker.id or 0, maker.name, maker.slug

    def act() -> Answer:
        reason = text_of(visit, "reason", needed="office.need.reason", most=1000)
        stars = visit.form.one("stars") and one_of(visit, "stars", tuple(Stars))
        keys = _keys(visit, ticked(visit, "p"))
        target = visit.form.one("to")
        if not _name_of(visit, maker, target):
            raise Problems(to="handing.wrong.target")
        if target == NEW and not _has(visit, source, keys):
            return done(f"/office/producers/{slug}", "handing.already")
        officer = officer_of(visit, Right.PRODUCER_END)
        if target == NEW:
            target = _made(visit)
        given = HandOverGiven(
            slug, target, keys, Stars(stars) if stars else None, ticked(visit, "c"),
            text_of(visit, "proof", most=1000), visit.form.one("people") == "1", visit.form.one("close") == "1",
        )  # fmt: skip
        try:
            found = handing.hand_over(
                visit.session, officer, given, By(visit.actor.name, visit.now, reason), today_of(visit)
            )
        except NothingToDo:
            return done(f"/office/producers/{slug}", "handing.already")
        except (BadValue, Conflict, EntryRefused) as error:
            raise _problem(error) from None
        to = visit.session.get_one(tables.Producer, found.target_id).name
        for number in (source, found.target_id):
            visit.note("producer.hand_over", f"{name} → {to}: {', '.join(keys)}", reason, number)
        if given.close:
            visit.note("producer.close", f"{name}: handed_over", reason, source)
        return done(f"/office/producers/{target}", "handing.over.done", {"n": found.products, "name": to})

    return tried(visit, act, lambda state: look(visit, state))


def _made(visit: Visit) -> str:
    """The producer that the act makes; its identifiers come with the products."""
    try:
        made = save_maker(
            visit.session, officer_of(visit, Right.PRODUCER_EDIT), maker_given(visit), today_of(visit)
        )
    except Conflict:
        raise Problems(name="office.wrong.twin") from None
    visit.note("producer.add", made.name, for_producer=made.id)
    return made.slug


def _problem(error: Exception) -> Problems:
    if isinstance(error, MakerClosed):
        return Problems(reason="handing.wrong.closed")
    if isinstance(error, BadValue) and error.what in {"stars", "proof"}:
        return Problems(**{error.what: f"handing.wrong.{error.what}"})
    if isinstance(error, Conflict) and error.rule in {"products", "carry"}:
        return Problems(to=f"handing.wrong.{error.rule}")
    return Problems(to="handing.wrong.target")


def _has(visit: Visit, maker_id: int, keys: tuple[str, ...]) -> bool:
    """Whether any of these products is still this producer's."""
    query = select(func.count()).where(
        col(tables.Product.producer_id) == maker_id, col(tables.Product.key).in_(keys)
    )
    return bool(visit.session.scalar(query))


def _keys(visit: Visit, ids: tuple[int, ...]) -> tuple[str, ...]:
    query = select(col(tables.Product.key)).where(col(tables.Product.id).in_(ids))
    return tuple(visit.session.scalars(query.order_by(col(tables.Product.id))))


def _products(visit: Visit, maker: tables.Producer) -> Chosen:
    query = (
        select(col(tables.Product.id), col(tables.Product.key), col(tables.ProductText.name))
        .join(tables.ProductText, col(tables.ProductText.product_id) == col(tables.Product.id))
        .where(col(tables.Product.producer_id) == maker.id, col(tables.ProductText.lang) == "vi")
        .order_by(col(tables.Product.sort), col(tables.Product.id))
    )
    return [(number or 0, key, name) for number, key, name in visit.session.execute(query)]


def _offered(visit: Visit, maker: tables.Producer) -> tuple[bool, Options, str]:
    """Whether there are so many producers that they are searched, those to choose from, and a sentence about them."""
    words = _words(visit)
    found = tuple(
        (line.slug, f"{line.name} ({line.place})")
        for line in find_producers(visit.session, scope_of(visit, Right.PRODUCER_END), words)
        if line.slug != maker.slug and line.closed_at is None
    )
    count = format_number(len(found), visit.lang)
    if not words:
        if len(found) <= OFFERED:
            return False, found, ""
        return True, (), visit.say("handing.over.find.first", n=count)
    if not found:
        return True, (), visit.say("handing.over.find.none", words=words)
    if len(found) > OFFERED:
        return True, found[:OFFERED], visit.say("handing.over.find.more", n=count, words=words, most=OFFERED)
    return True, found, visit.say("handing.over.find.found", n=count, words=words)


def _words(visit: Visit) -> str:
    return visit.query.get("q", "")[:200].strip()


def _search(visit: Visit, action: str) -> OfficeForm:
    """Looks a producer up; products that were ticked stay so."""
    ticks = (name for name in visit.query if name == "all" or name[:1] == "p")
    fields = (
        Field(
            "search", "q", visit.say("handing.over.find"), _words(visit), visit.say("handing.over.find.hint")
        ),
        *(Field("hidden", name, value="1") for name in ticks),
    )
    return OfficeForm(action, fields, visit.say("office.search.button"), get=True, quiet=True)


def _name_of(visit: Visit, maker: tables.Producer, target: str) -> str:
    """A producer at work, of this officer's place, as the page names it; empty if it may not be the one."""
    if target == NEW:
        return visit.say("handing.over.made")
    found = visit.session.scalars(
        select(tables.Producer).where(
            *scope_of(visit, Right.PRODUCER_END).conditions(),
            col(tables.Producer.slug) == target,
            col(tables.Producer.id) != maker.id,
            col(tables.Producer.closed_at).is_(None),
        )
    ).first()
    return "" if found is None else f"{found.name} ({place_of(found)})"


def _stars(visit: Visit, ids: list[int]) -> int:
    query = select(func.count(col(tables.Certificate.id))).where(
        col(tables.Certificate.product_id).in_(ids),
        col(tables.Certificate.state) == str(CertificateState.IN_FORCE),
        col(tables.Certificate.valid_to) >= today_of(visit),
    )
    return int(visit.session.scalar(query) or 0)


ROUTES: tuple[Route, ...] = (
    Route("GET", "/office/producers/{producer}/hand-over", Right.PRODUCER_END, look, where=where_producer),
    Route("POST", "/office/producers/{producer}/hand-over", Right.PRODUCER_END, do, where=where_producer,
          step_up=True),
)  # fmt: skip
