"""The office's list of producers, the page of each, its products and its quota."""

import secrets
from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from ocop.trace.api.rooms.office_common import (
    Problems,
    allowed,
    done,
    none_found,
    officer_of,
    one_of,
    page,
    page_number,
    pager,
    product_href,
    scope_of,
    search_form,
    text_of,
    today_of,
    tried,
)
from ocop.trace.api.rooms.office_ending import maker_of as _maker
from ocop.trace.api.rooms.office_ending import state_sections
from ocop.trace.api.rooms.office_quotas import enter_quota, quota_section
from ocop.trace.api.rooms.routes import Route, where_producer
from ocop.trace.api.rooms.visit import Answer, Visit
from ocop.trace.certifying_makers import (
    PAGE,
    MakerGiven,
    ProductGiven,
    add_product,
    find_producers,
    legal_ids,
    let_issue,
    save_maker,
)
from ocop.trace.facts import ProducerKind
from ocop.trace.gs1.errors import LinkError
from ocop.trace.gs1.identifier import CODE_BITS, identifier, new_product_code
from ocop.trace.pages.rooms.base import EMPTY, FieldState
from ocop.trace.pages.rooms.office_views import Field, OfficeForm, Section, Table, Tag
from ocop.trace.registry import tables
from ocop.trace.registry.errors import Conflict
from ocop.trace.registry.ledger_store import By
from ocop.trace.registry.quotas import Holder
from ocop.trace.registry.units import communes_on
from ocop.trace.rights import Right, may
from ocop.trace.text import sort_key
from sqlalchemy import select
from sqlmodel import col

KINDS = tuple(str(kind) for kind in ProducerKind)
GTIN_LENGTHS = {8, 12, 13, 14}
GROUPS = tuple(str(group) for group in range(1, 7))


def producers(visit: Visit, state: FieldState = EMPTY) -> Answer:
    """Every producer of the scope; below it the form for a new one."""
    found = find_producers(visit.session, scope_of(visit), visit.query.get("q", "")[:200])
    number = page_number(visit)
    rows = tuple(
        (
            (line.name, f"/office/producers/{line.slug}"),
            visit.say(f"office.kind.{line.kind}"),
            line.place,
            line.products,
            Tag(visit.say("handing.closed"), "late") if line.closed_at else "",
        )
        for line in found[(number - 1) * PAGE : number * PAGE]
    )
    headings = (
        "office.col.producer",
        "office.col.kind",
        "office.col.place",
        "office.col.products",
        "office.col.state",
    )
    table = Table(
        visit.say("office.producers.found", n=len(found)),
        tuple(visit.say(name) for name in headings),
        rows,
        none_found(visit, "office.producers.none"),
    )
    forms = [search_form(visit, "/office/producers", "office.search.hint")]
    if may(visit.actor, Right.PRODUCER_EDIT).allowed:
        form = _maker_form(visit, "/office/producers", {}, visit.say("office.producer.new"))
        forms.append(form)
    section = Section(table=table, forms=tuple(forms))
    ways = pager(visit, "/office/producers", number, len(found), PAGE)
    title = visit.say("office.producers")
    return page(visit, title, section, state=state, state_of="/office/producers", pager=ways)


def add_producer(visit: Visit) -> Answer:
    """A new producer."""

    def act() -> Answer:
        officer = officer_of(visit, Right.PRODUCER_EDIT)
        try:
            maker = save_maker(visit.session, officer, maker_given(visit), today_of(visit))
        except Conflict:
            raise Problems(name="office.wrong.twin") from None
        let_issue(visit.session, maker.slug, By(visit.actor.name, visit.now))
        visit.note("producer.add", maker.name, for_producer=maker.id)
        return done(f"/office/producers/{maker.slug}", "office.done.producer", {"name": maker.name})

    return tried(visit, act, lambda state: producers(visit, state))


def producer(visit: Visit, state: FieldState = EMPTY, state_of: str = "") -> Answer:
    """One producer: what is known, its products, its quota, and the forms that change them."""
    maker = _maker(visit)
    here = f"/office/producers/{maker.slug}"
    ids = legal_ids(visit.session, maker.id or 0)
    known = {
        "name": maker.name, "kind": maker.kind, "commune": maker.commune_code, "detail": maker.detail,
        "formerly": maker.formerly, "phone": maker.phone, "tax": ids.get("mst", ""), "coop": ids.get("ma_htx", ""),
    }  # fmt: skip
    query = (
        select(tables.Product, col(tables.ProductText.name))
        .join(tables.ProductText, col(tables.ProductText.product_id) == col(tables.Product.id))
        .where(col(tables.Product.producer_id) == maker.id, col(tables.ProductText.lang) == "vi")
        .order_by(col(tables.Product.sort))
    )
    rows = tuple(((name, product_href(one.key)), one.key) for one, name in visit.session.execute(query))
    headings = (visit.say("office.col.product"), visit.say("office.col.key"))
    own = Table(visit.say("office.col.products"), headings, rows, visit.say("office.products.none"))
    place = ", ".join(part for part in (maker.detail, maker.commune, maker.province) if part)
    facts = [(visit.say("office.col.kind"), visit.say(f"office.kind.{maker.kind}"))]
    facts += [(visit.say("office.col.place"), place)] if place else []
    forms = []
    if maker.closed_at is None and allowed(visit, Right.PRODUCER_EDIT, maker):
        forms.append(_maker_form(visit, here, known, visit.say("office.producer.change")))
        forms.append(_product_form(visit, f"{here}/products"))
    state_now = state_sections(visit, maker)
    about = Section(facts=tuple(facts), table=own, forms=tuple(forms))
    quota = () if maker.closed_at else (_quota_section(visit, maker),)
    first = maker.closed_at is not None or any(one.warning for one in state_now)
    sections = (*state_now, about, *quota) if first else (about, *quota, *state_now)
    return page(visit, maker.name, *sections, state=state, state_of=state_of)


def change_producer(visit: Visit) -> Answer:
    """What is known of a producer changes."""
    maker = _maker(visit)
    here = f"/office/producers/{maker.slug}"

    def act() -> Answer:
        _refuse_closed(maker)
        officer = officer_of(visit, Right.PRODUCER_EDIT)
        save_maker(visit.session, officer, maker_given(visit), today_of(visit), slug=maker.slug)
        let_issue(visit.session, maker.slug, By(visit.actor.name, visit.now))
        visit.note("producer.change", maker.name, for_producer=maker.id)
        return done(here, "office.done.saved")

    return tried(visit, act, lambda state: producer(visit, state, here))


def add_its_product(visit: Visit) -> Answer:
    """A new product of a producer, so that the maker can tell the rest."""
    maker = _maker(visit)
    action = f"/office/producers/{maker.slug}/products"

    def act() -> Answer:
        _refuse_closed(maker)
        given = ProductGiven(
            name=text_of(visit, "name", needed="office.need.name"),
            group=int(one_of(visit, "group", GROUPS)),
            net=text_of(visit, "net"),
            classifier=text_of(visit, "classifier", most=40),
            gtin=_gtin(visit),
        )
        by = By(visit.actor.name, visit.now)
        code = f"P/{new_product_code(secrets.randbits(CODE_BITS))}"
        try:
            key = add_product(visit.session, maker.slug, given, by, code)
        except Conflict:
            raise Problems(gtin="office.wrong.taken") from None
        visit.note("product.add", f"{given.name} ({key})", for_producer=maker.id)
        return done(product_href(key), "office.done.product", {"name": given.name})

    return tried(visit, act, lambda state: producer(visit, state, action))


def set_quota(visit: Visit) -> Answer:
    """How many codes a producer may have a year."""
    maker = _maker(visit)
    here = f"/office/producers/{maker.slug}"

    def act() -> Answer:
        enter_quota(visit, Holder.PRODUCER, maker)
        return done(here, "office.done.saved")

    return tried(visit, act, lambda state: producer(visit, state, f"{here}/quota"))


def _refuse_closed(maker: tables.Producer) -> None:
    """A form that was open when the producer was closed. Raises Problems."""
    if maker.closed_at is not None:
        raise Problems(name="handing.wrong.closed")


def _quota_section(visit: Visit, maker: tables.Producer) -> Section:
    return quota_section(
        visit, Holder.PRODUCER, maker, visit.say("office.quota"), f"/office/producers/{maker.slug}/quota",
        allowed=allowed(visit, Right.QUOTA_SET, maker),
    )  # fmt: skip


def _maker_form(visit: Visit, action: str, known: dict[str, str], heading: str) -> OfficeForm:
    return OfficeForm(
        action, maker_fields(visit, known), visit.say("office.save"), heading=heading, fold=True
    )


def maker_fields(visit: Visit, known: Mapping[str, str] = MappingProxyType({})) -> tuple[Field, ...]:
    """What an office writes about a producer, with what is known of it already."""
    scope = scope_of(visit, Right.PRODUCER_EDIT)
    units = communes_on(visit.session, scope.province, today_of(visit)) if scope.province else []
    units = [unit for unit in units if not scope.commune or unit.code == scope.commune]
    communes = tuple(
        (unit.code, unit.full_name) for unit in sorted(units, key=lambda one: sort_key(one.name))
    )
    kinds = tuple((kind, visit.say(f"office.kind.{kind}")) for kind in KINDS)
    say = visit.say
    fields = (
        Field("text", "name", say("office.producer.name"), required=True),
        Field("select", "kind", say("office.col.kind"), options=kinds),
        Field(
            "select", "commune", say("office.producer.commune"), options=(("", "…"), *communes), required=True
        ),
        Field("text", "detail", say("office.producer.detail")),
        Field("text", "formerly", say("office.producer.formerly")),
        Field("tel", "phone", say("office.producer.phone"), hint=say("office.producer.phone.hint"), most=40),
        Field("text", "tax", say("office.producer.tax"), most=40),
        Field("text", "coop", say("office.producer.coop"), most=40),
    )
    return tuple(replace(one, value=known.get(one.name, "")) for one in fields)


def _product_form(visit: Visit, action: str) -> OfficeForm:
    groups = tuple((group, visit.say(f"office.group.{group}")) for group in GROUPS)
    fields = (
        Field("text", "name", visit.say("office.product.name"), required=True),
        Field("select", "group", visit.say("office.product.group"), options=(("", "…"), *groups), required=True),
        Field("text", "net", visit.say("office.product.net"), hint=visit.say("office.product.net.hint")),
        Field("text", "classifier", visit.say("office.product.classifier"),
              hint=visit.say("office.product.classifier.hint"), most=40),
        Field("text", "gtin", visit.say("office.product.gtin"), hint=visit.say("office.product.gtin.hint"), most=20),
    )  # fmt: skip
    return OfficeForm(
        action, fields, visit.say("office.save"), heading=visit.say("office.product.new"), fold=True
    )


def maker_given(visit: Visit) -> MakerGiven:
    """What was typed about a producer. Raises Problems."""
    commune = visit.form.one("commune")
    scope = scope_of(visit, Right.PRODUCER_EDIT)
    known = {unit.code for unit in communes_on(visit.session, scope.province, today_of(visit))}
    if commune not in known or (scope.commune and commune != scope.commune):
        raise Problems(commune="office.wrong.choice")
    return MakerGiven(
        name=text_of(visit, "name", needed="office.need.name"),
        kind=ProducerKind(one_of(visit, "kind", KINDS)),
        commune_code=commune,
        detail=text_of(visit, "detail"),
        formerly=text_of(visit, "formerly"),
        phone=text_of(visit, "phone", most=40),
        tax_code=text_of(visit, "tax", most=40),
        coop_code=text_of(visit, "coop", most=40),
    )


def _gtin(visit: Visit) -> str:
    value = text_of(visit, "gtin", most=20).replace(" ", "")
    if not value:
        return ""
    if len(value) not in GTIN_LENGTHS:
        raise Problems(gtin="office.wrong.gtin")
    try:
        identifier(value.zfill(14))
    except LinkError:
        raise Problems(gtin="office.wrong.gtin") from None
    return value.zfill(14)


ROUTES: tuple[Route, ...] = (
    Route("GET", "/office/producers", Right.FIGURES_SEE, producers),
    Route("POST", "/office/producers", Right.PRODUCER_EDIT, add_producer),
    Route("GET", "/office/producers/{producer}", Right.FIGURES_SEE, producer, where=where_producer),
    Route("POST", "/office/producers/{producer}", Right.PRODUCER_EDIT, change_producer, where=where_producer),
    Route(
        "POST",
        "/office/producers/{producer}/products",
        Right.PRODUCER_EDIT,
        add_its_product,
        where=where_producer,
    ),
    Route("POST", "/office/producers/{producer}/quota", Right.QUOTA_SET, set_quota, where=where_producer),
)
