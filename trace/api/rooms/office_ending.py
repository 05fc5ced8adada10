"""A producer stops, goes on again, or other people work for it; each with a look at what would change before.

GET, POST  /office/producers/{producer}/close      the reason, what ends, what stays
GET, POST  /office/producers/{producer}/reopen     undo
GET, POST  /office/producers/{producer}/people     who leaves, who comes; the new one's link is shown once
POST       /office/producers/{producer}/wish/end   the maker's wish was answered, without closing
"""

import secrets

from ocop.trace import certifying_acts, handing_closing, handing_ending, handing_people
from ocop.trace.api.rooms.office_acts import touched_facts
from ocop.trace.api.rooms.office_common import (
    Problems,
    allowed,
    confirm,
    done,
    officer_of,
    one_of,
    page,
    reason_field,
    text_of,
    tried,
)
from ocop.trace.api.rooms.people import link_page
from ocop.trace.api.rooms.routes import Route, key_in_path, where_producer
from ocop.trace.api.rooms.visit import Answer, Page, Visit
from ocop.trace.certifying_acts import NOTHING, Touched
from ocop.trace.doors_invitations import Wanted
from ocop.trace.doors_phone import shown as phone_shown
from ocop.trace.handing_ending import Ended
from ocop.trace.handing_people import Change
from ocop.trace.pages.rooms.base import EMPTY, FieldState
from ocop.trace.pages.rooms.office_views import Field, OfficeForm, Section, Table
from ocop.trace.registry import tables
from ocop.trace.registry.errors import BadValue
from ocop.trace.registry.ledger_store import By, replay
from ocop.trace.registry.makers import MakerClosed
from ocop.trace.registry.tables_makers import CAUSES
from ocop.trace.rights import Grant, Right, Role
from ocop.trace.storytelling_consents import Given, consents
from ocop.trace.text import format_number
from ocop.trace.withdrawing import NothingToDo
from sqlalchemy import select
from sqlmodel import col

SHOWN = 50


def state_sections(visit: Visit, maker: tables.Producer) -> tuple[Section, ...]:
    """Whether a producer is at work, and what an office may do about it; empty where there is nothing to say."""
    here, may_end = f"/office/producers/{maker.slug}", allowed(visit, Right.PRODUCER_END, maker)
    closing = handing_closing.closing_of(visit.session, maker.id or 0)
    if closing is not None:
        links = (
            (visit.say("handing.reopen"), f"{here}/reopen"),
            (visit.say("handing.over"), f"{here}/hand-over"),
            (visit.say("handing.take"), f"{here}/data"),
            help_link(visit),
        )
        batches = _batches(visit, maker)
        state = Section(
            title=visit.say("handing.closed"), facts=_closing_facts(visit, closing),
            text=(
                *([visit.say("handing.closed.codes")] if batches.rows else []),
                visit.say("handing.closed.data"),
            ),
            links=links if may_end else (),
        )  # fmt: skip
        # Below what can be done: there may be many, and each is the beginning of another act.
        return state, Section(table=batches)
    ways = (
        (visit.say("handing.people"), f"{here}/people"),
        (visit.say("handing.over"), f"{here}/hand-over"),
        (visit.say("handing.close"), f"{here}/close"),
        help_link(visit),
    )
    wish = handing_closing.wish_of(visit.session, maker.id or 0)
    if wish is None:
        return (Section(title=visit.say("handing.title"), links=ways),) if may_end else ()
    person = visit.session.get_one(tables.Person, wish.person_id).name
    day = visit.words.day_of(wish.asked_at)
    forms = (OfficeForm(f"{here}/wish/end", (), visit.say("handing.wish.answered"), quiet=True),)
    asked = Section(
        title=visit.say("handing.title"), warning=visit.say("handing.wish.waits", person=person, day=day),
        quote=wish.words, lang="vi", links=ways if may_end else (), forms=forms if may_end else (),
    )  # fmt: skip
    return (asked,)


def _closing_facts(visit: Visit, closing: tables.ProducerClosing) -> tuple[tuple[str, str], ...]:
    return (
        (visit.say("handing.since"), visit.words.day_of(closing.closed_at)),
        (visit.say("handing.cause"), visit.say(f"handing.cause.{closing.cause}")),
        (visit.say("office.reason"), closing.reason),
        (visit.say("office.col.who"), closing.closed_by),
    )


def _batches(visit: Visit, maker: tables.Producer) -> Table:
    """What was issued: cancelling is another act, and begins here."""
    query = select(tables.Batch).where(
        col(tables.Batch.producer_id) == maker.id, col(tables.Batch.state) == "entered"
    )
    newest = visit.session.scalars(query.order_by(col(tables.Batch.position).desc()).limit(SHOWN))
    lines = tuple(
        (
            row.name,
            (row.lot, f"/office/batches/{key_in_path(row.key)}/{row.lot}"),
            visit.words.day_of(row.issued_at),
        )
        for row in newest
    )
    names = ("office.col.product", "office.col.lot", "office.col.when")
    return Table(visit.say("handing.batches"), tuple(visit.say(name) for name in names), lines,
                 visit.say("handing.batches.none"))  # fmt: skip


def close_form(visit: Visit, state: FieldState = EMPTY) -> Answer:
    """Before closing: how much ends, what stays, and the form."""
    maker = maker_of(visit)
    here = f"/office/producers/{maker.slug}"
    if maker.closed_at is not None:
        return done(here, "handing.already")
    products = handing_closing.product_ids(visit.session, maker.id or 0)
    ending = handing_ending.standing(visit.session, maker.id or 0, products, visit.now)
    touched = touched_by(visit, products)
    preview = Section(
        title=visit.say("office.preview"),
        warning=visit.say("handing.close.warning", name=maker.name),
        figures=(
            (visit.say("handing.n.products"), format_number(len(products), visit.lang)),
            (visit.say("handing.n.batches"), format_number(touched.batches, visit.lang)),
            *unsold_facts(visit, products),
            *ended_facts(visit, ending),
            *touched_facts(visit, touched),
        ),
        text=tuple(visit.say(f"handing.close.{what}") for what in ("ends", "personal", "codes", "undo")),
        links=(help_link(visit),),
    )
    causes = tuple((cause, visit.say(f"handing.cause.{cause}")) for cause in CAUSES if cause != "handed_over")
    wish = handing_closing.wish_of(visit.session, maker.id or 0)
    fields = (
        Field("select", "cause", visit.say("handing.cause"), "wish" if wish else "",
              options=(("", "…"), *causes), required=True),
        reason_field(visit, "handing.reason.hint"),
        Field("check", "sure", visit.say("handing.close.sure", name=maker.name), required=True),
    )  # fmt: skip
    form = OfficeForm(f"{here}/close", fields, visit.say("handing.close.yes"), danger=True)
    return _before(visit, here, "close", preview, form, state)


def _before(visit: Visit, here: str, act: str, preview: Section, form: OfficeForm, state: FieldState) -> Page:
    """The page before one of these acts: what would change, and the form."""
    last = confirm(visit, form, here)
    return page(visit, visit.say(f"handing.{act}"), preview, last, state=state, state_of=f"{here}/{act}")


def close(visit: Visit) -> Answer:
    """Close it; asked twice it is once."""
    maker = maker_of(visit)
    here, name, number = f"/office/producers/{maker.slug}", maker.name, maker.id

    def act() -> Answer:
        cause = one_of(visit, "cause", tuple(one for one in CAUSES if one != "handed_over"))
        reason = text_of(visit, "reason", needed="office.need.reason", most=1000)
        if visit.form.one("sure") != "1":
            raise Problems(sure="handing.need.sure")
        officer = officer_of(visit, Right.PRODUCER_END)
        by = By(visit.actor.name, visit.now, reason)
        try:
            handing_closing.close(visit.session, officer, visit.params["producer"], cause, by)
        except NothingToDo:
            return done(here, "handing.already")
        visit.note("producer.close", f"{name}: {cause}", reason, number)
        return done(here, "handing.closed.done", {"name": name})

    return tried(visit, act, lambda state: close_form(visit, state))


def reopen_form(visit: Visit, state: FieldState = EMPTY) -> Answer:
    """Before opening again: what comes back and what doesn't."""
    maker = maker_of(visit)
    here = f"/office/producers/{maker.slug}"
    closing = handing_closing.closing_of(visit.session, maker.id or 0)
    if closing is None:
        return done(here, "handing.already")
    people = handing_closing.lost(visit.session, closing)
    names = ", ".join(person.name for person in people)
    preview = Section(
        title=visit.say("office.preview"),
        text=tuple(visit.say(f"handing.reopen.{what}") for what in ("back", "consents")),
        facts=(*_closing_facts(visit, closing), (visit.say("handing.reopen.lost"), names or "–")),
    )
    back = visit.say("handing.reopen.people", names=names)
    fields = (
        reason_field(visit, "handing.reason.hint"),
        *((Field("check", "people", back),) if people else ()),
    )
    form = OfficeForm(f"{here}/reopen", fields, visit.say("handing.reopen.yes"))
    return _before(visit, here, "reopen", preview, form, state)


def reopen(visit: Visit) -> Answer:
    """Open it again."""
    maker = maker_of(visit)
    here, name, number = f"/office/producers/{maker.slug}", maker.name, maker.id

    def act() -> Answer:
        reason = text_of(visit, "reason", needed="office.need.reason", most=1000)
        officer = officer_of(visit, Right.PRODUCER_END)
        by, back = By(visit.actor.name, visit.now, reason), visit.form.one("people") == "1"
        try:
            handing_closing.reopen(visit.session, officer, visit.params["producer"], by, give_back=back)
        except NothingToDo:
            return done(here, "handing.already")
        visit.note("producer.reopen", name, reason, number)
        return done(here, "handing.reopened", {"name": name})

    return tried(visit, act, lambda state: reopen_form(visit, state))


def people_form(visit: Visit, state: FieldState = EMPTY) -> Answer:
    """Who works here now; who leaves, who comes."""
    maker = maker_of(visit)
    here = f"/office/producers/{maker.slug}"
    if maker.closed_at is not None:
        return done(here, "handing.already")
    people = handing_ending.people_of(visit.session, maker.id or 0)
    ending = handing_ending.standing(visit.session, maker.id or 0, (), visit.now)
    preview = Section(
        title=visit.say("handing.people.now"),
        facts=tuple((person.name, phone_shown(person.phone or "")) for person in people),
        text=(
            visit.say("handing.people.ends", helpers=ending.helpers, links=ending.invitations),
            visit.say("handing.people.stays"),
        ) if people else (visit.say("handing.people.none"),),
        links=() if people else ((visit.say("rooms.nav.people"), "/office/people"), (visit.say("office.no"), here)),
    )  # fmt: skip
    if not people:
        return page(visit, visit.say("handing.people"), preview)
    form = OfficeForm(f"{here}/people", (
        Field("group", "leavers", visit.say("handing.people.leave")),
        *(Field("check", f"u{person.id}", person.name) for person in people),
        Field("end", "leavers"),
        *consent_fields(visit, maker, "handing.people.consents"),
        Field("text", "name", visit.say("handing.people.name"), hint=visit.say("handing.people.name.hint")),
        Field("tel", "phone", visit.say("handing.people.phone"), most=40),
        reason_field(visit, "handing.reason.hint"),
    ), visit.say("handing.people.yes"), danger=True)  # fmt: skip
    return _before(visit, here, "people", preview, form, state)


def change_people(visit: Visit) -> Answer:
    """Change them in one act; the link of the new one is shown now and never again."""
    maker = maker_of(visit)
    here, name, number = f"/office/producers/{maker.slug}", maker.name, maker.id or 0
    grant = Grant(Role.PRODUCER, number)

    def act() -> Answer:
        reason = text_of(visit, "reason", needed="office.need.reason", most=1000)
        comes, phone = text_of(visit, "name"), text_of(visit, "phone", most=40)
        wanted = Wanted(comes, phone, grant) if comes or phone else None
        change = Change(ticked(visit, "u"), wanted, ticked(visit, "c"))
        by = By(visit.actor.name, visit.now, reason)
        try:
            found = handing_people.change_people(
                visit.session, number, change, by, by_id=visit.actor.person_id, fresh=secrets.token_bytes(32)
            )
        except NothingToDo:
            return done(here, "handing.already")
        except MakerClosed:
            raise Problems(reason="handing.wrong.closed") from None
        except BadValue as error:
            field = {"leavers": "leavers", "new": "name", "name": "name", "phone": "phone"}.get(
                error.what, "reason"
            )
            raise Problems(**{field: f"handing.wrong.{field}"}) from None
        said = ", ".join((*found.left, *([f"→ {comes}"] if comes else [])))
        visit.note("producer.people", f"{name}: {said}", reason, number)
        if not found.link:
            return done(here, "handing.people.done", {"names": ", ".join(found.left)})
        return Page(link_page(visit, visit.session, comes, found.link, grant))

    return tried(visit, act, lambda state: people_form(visit, state))


def end_wish(visit: Visit) -> Answer:
    """The office spoke with the maker, who goes on."""
    maker = maker_of(visit)
    if handing_closing.end_wish(visit.session, maker.id or 0, visit.now):
        visit.note("producer.wish.end", maker.name, for_producer=maker.id)
    return done(f"/office/producers/{maker.slug}", "handing.wish.ended")


def maker_of(visit: Visit) -> tables.Producer:
    """The producer that the path names. Raises Unknown."""
    where = where_producer(visit.session, visit.params)
    return visit.session.get_one(tables.Producer, where.producer_id)


def touched_by(visit: Visit, products: list[int]) -> Touched:
    """What of these products people hold and open."""
    state = replay(visit.session)
    keys = visit.session.scalars(
        select(col(tables.Product.key))
        .where(col(tables.Product.id).in_(products))
        .order_by(col(tables.Product.id))
    )
    found = (certifying_acts.preview_product(visit.session, state, key, visit.now) for key in list(keys))
    return sum(found, NOTHING)


def unsold_facts(visit: Visit, products: list[int]) -> tuple[tuple[str, str], ...]:
    """How many batches of these products would never go on sale; and how many only the office keeps off it."""
    never, held_back = certifying_acts.unsold(visit.session, products)
    facts = [(visit.say("handing.n.unreleased"), format_number(never, visit.lang))]
    if held_back:
        facts.append((visit.say("handing.n.held"), format_number(held_back, visit.lang)))
    return tuple(facts)


def help_link(visit: Visit) -> tuple[str, str]:
    """Where it is told what stopping and handing over mean."""
    return f"{visit.say('help.how')} {visit.say('help.end')}", "/help/nghi-hoac-sang-ten"


def ended_facts(visit: Visit, ended: Ended, *names: str) -> tuple[tuple[str, str], ...]:
    """How much ends of each kind, or of those that are named."""
    kinds = names or ("roles", "helpers", "invitations", "consents", "drafts", "links", "plans")
    return tuple(
        (visit.say(f"handing.n.{kind}"), format_number(getattr(ended, kind), visit.lang)) for kind in kinds
    )


def consent_fields(visit: Visit, maker: tables.Producer, label: str) -> tuple[Field, ...]:
    """A box for each consent that stands; none is ticked beforehand."""
    standing = [one for one in consents(visit.session, maker.id or 0) if one.withdrawn_at is None]
    if not standing:
        return ()
    boxes = (Field("check", f"c{one.id}", consent_words(visit, one)) for one in standing)
    return (Field("group", "consents", visit.say(label)), *boxes, Field("end", "consents"))


def consent_words(visit: Visit, one: Given) -> str:
    """What, and who."""
    return f"{visit.say(f'tell.item.{one.item}')}: {one.person}"


def ticked(visit: Visit, letter: str) -> tuple[int, ...]:
    """The numbers of the ticked boxes `c12`, `c15` …"""
    names = (
        name[1:] for name, values in visit.form.fields.items() if name[:1] == letter and values[0] == "1"
    )
    return tuple(int(name) for name in names if name.isascii() and name.isdigit() and len(name) < 10)


ROUTES: tuple[Route, ...] = (
    Route("GET", "/office/producers/{producer}/close", Right.PRODUCER_END, close_form, where=where_producer),
    Route("POST", "/office/producers/{producer}/close", Right.PRODUCER_END, close, where=where_producer,
          step_up=True),
    Route("GET", "/office/producers/{producer}/reopen", Right.PRODUCER_END, reopen_form, where=where_producer),
    Route("POST", "/office/producers/{producer}/reopen", Right.PRODUCER_END, reopen, where=where_producer,
          step_up=True),
    Route("GET", "/office/producers/{producer}/people", Right.PRODUCER_END, people_form, where=where_producer),
    Route("POST", "/office/producers/{producer}/people", Right.PRODUCER_END, change_people, where=where_producer,
          step_up=True),
    Route("POST", "/office/producers/{producer}/wish/end", Right.PRODUCER_END, end_wish, where=where_producer),
)  # fmt: skip
