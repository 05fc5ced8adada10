"""The office's list of products and the page of each: its star, its certificates, its batches."""

from ocop.trace import certifying
from ocop.trace.api.rooms.office_common import (
    Problems,
    allowed,
    day_of,
    done,
    none_found,
    number_in,
    officer_of,
    one_of,
    page,
    page_number,
    pager,
    product_href,
    scope_of,
    search_form,
    stars_words,
    text_of,
    today_of,
    tried,
    where_certificate,
)
from ocop.trace.api.rooms.routes import Route, key_in_path, product_key, where_product
from ocop.trace.api.rooms.visit import Answer, Visit
from ocop.trace.certifying_makers import PAGE, find_products
from ocop.trace.facts import CertificateState
from ocop.trace.pages.rooms.base import EMPTY, FieldState
from ocop.trace.pages.rooms.office_views import Field, OfficeForm, Section, Table, Tag
from ocop.trace.registry import tables
from ocop.trace.registry.products import load
from ocop.trace.rights import Right
from ocop.trace.text import format_number
from ocop.trace.verdict_stars import product_stars
from sqlalchemy import select
from sqlmodel import col


def products(visit: Visit) -> Answer:
    """Every product of the scope, searched without marks, by the Vietnamese alphabet, 50 a page."""
    words = visit.query.get("q", "")[:200]
    number = page_number(visit)
    found = find_products(visit.session, scope_of(visit), words, today_of(visit), page=number)
    rows = tuple(
        (
            (line.name, product_href(line.key)),
            (line.producer, f"/office/producers/{line.producer_slug}"),
            line.place,
            stars_words(visit, line.stars),
            Tag(visit.say("handing.closed"), "late") if line.closed else "",
        )
        for line in found.lines
    )
    headings = (
        "office.col.product",
        "office.col.producer",
        "office.col.place",
        "office.col.stars",
        "office.col.state",
    )
    table = Table(
        visit.say("office.products.found", n=found.total),
        tuple(visit.say(name) for name in headings),
        rows,
        none_found(visit, "office.products.none"),
    )
    section = Section(table=table, forms=(search_form(visit, "/office/products", "office.search.hint"),))
    ways = pager(visit, "/office/products", number, found.total, PAGE)
    return page(visit, visit.say("office.products"), section, pager=ways)


def product(visit: Visit, state: FieldState = EMPTY, state_of: str = "") -> Answer:
    """One product: its star, its certificates, its batches, the certified product beside it."""
    row = _product(visit)
    today = today_of(visit)
    loaded = load(visit.session, [row.id or 0], on=today)[0]
    maker = visit.session.get_one(tables.Producer, row.producer_id)
    facts = (
        (visit.say("office.col.stars"), stars_words(visit, product_stars(loaded.product, today))),
        (visit.say("office.col.producer"), maker.name),
        *([(visit.say("handing.since"), visit.words.day_of(maker.closed_at))] if maker.closed_at else []),
        (visit.say("office.col.key"), row.key),
        (visit.say("office.other"), row.other_certified or visit.say("office.nothing")),
    )
    here = product_href(row.key)
    may_certify = allowed(visit, Right.CERTIFICATE_EDIT, maker)
    other = OfficeForm(f"{here}/other", (
        Field("text", "other", visit.say("office.other"), row.other_certified, visit.say("office.other.hint")),
    ), visit.say("office.save"), heading=visit.say("office.other.change"), fold=True, quiet=True)  # fmt: skip
    head = Section(
        facts=facts,
        forms=(other,) if may_certify else (),
        links=((visit.say("office.product.maker"), f"/office/producers/{maker.slug}"),),
    )
    batches = _batches_section(visit, row)
    papers = _certificate_sections(visit, row, may_certify)
    return page(
        visit, loaded.product.texts["vi"].name, head, batches, *papers, state=state, state_of=state_of
    )


def set_other(visit: Visit) -> Answer:
    """The maker's certified product that is not in the register."""
    row = _product(visit)
    here = product_href(row.key)

    def act() -> Answer:
        name = text_of(visit, "other")
        officer = officer_of(visit, Right.CERTIFICATE_EDIT)
        certifying.name_other_certified(visit.session, officer, row.key, name)
        visit.note("product.other", f"{row.key}: {name}", for_producer=row.producer_id)
        return done(here, "office.done.saved")

    return tried(visit, act, lambda state: product(visit, state, f"{here}/other"))


def set_certificate(visit: Visit) -> Answer:
    """Suspend, withdraw or restore a certificate."""
    row, found = _certificate(visit)
    action = f"/office/certificates/{row.id}"

    def act() -> Answer:
        officer = officer_of(visit, Right.CERTIFICATE_EDIT)
        state = one_of(visit, "state", ("suspended", "withdrawn", "in_force"))
        reason = text_of(visit, "reason", needed="office.need.reason", most=1000)
        if row.state == state:
            raise Problems(state="office.wrong.state")
        on = max(today_of(visit), row.valid_from)
        certifying.close_certificate(visit.session, officer, row.id or 0, CertificateState(state), reason, on)
        about = f"{found.key}, {row.stars}"
        visit.note(f"certificate.{state}", about, reason, found.producer_id)
        return done(product_href(found.key), f"office.done.{state}")

    return tried(visit, act, lambda state: product(visit, state, action))


def set_renewal(visit: Visit) -> Answer:
    """Note on which day the dossier for a new certificate was handed in."""
    row, found = _certificate(visit)
    action = f"/office/certificates/{row.id}/renewal"

    def act() -> Answer:
        officer = officer_of(visit, Right.CERTIFICATE_EDIT)
        on = day_of(visit, "on", needed=False)
        if on is not None and not row.valid_from <= on <= today_of(visit):
            raise Problems(on="office.wrong.handed")
        certifying.resubmitted(visit.session, officer, row.id or 0, on, today_of(visit))
        visit.note("certificate.resubmitted", f"{found.key}, {on}", for_producer=found.producer_id)
        return done(product_href(found.key), "office.done.saved")

    return tried(visit, act, lambda state: product(visit, state, action))


def _certificate(visit: Visit) -> tuple[tables.Certificate, tables.Product]:
    row = visit.session.get_one(tables.Certificate, number_in(visit.params, "certificate"))
    found = visit.session.get_one(tables.Product, row.product_id)
    visit.params = {**visit.params, "key": key_in_path(found.key)}
    return row, found


def _certificate_sections(visit: Visit, row: tables.Product, may_certify: bool) -> list[Section]:
    query = (
        select(tables.Certificate, tables.Decision)
        .join(tables.Decision, col(tables.Decision.id) == col(tables.Certificate.decision_id))
        .where(col(tables.Certificate.product_id) == row.id)
        .order_by(col(tables.Certificate.valid_to).desc())
    )
    sections = []
    for one, decision in visit.session.execute(query):
        facts = [
            (visit.say("office.col.state"), visit.say(f"office.state.{one.state}")),
            (visit.say("office.col.authority"), decision.authority),
            (
                visit.say("office.col.valid"),
                f"{visit.words.date(one.valid_from)} – {visit.words.date(one.valid_to)}",
            ),
        ]
        if one.reason:
            facts.append((visit.say("office.reason"), one.reason))
        if one.resubmitted_on:
            facts.append((visit.say("office.resubmitted"), visit.words.date(one.resubmitted_on)))
        title = visit.say("office.certificate", stars=one.stars, number=decision.number)
        if one.potential:
            title = visit.say("office.certificate.potential", stars=one.stars, number=decision.number)
        forms = _certificate_forms(visit, one) if may_certify else ()
        links = ((visit.say("office.calendar.letter"), f"/office/calendar/{one.id}/letter"),)
        sections.append(Section(title=title, facts=tuple(facts), forms=forms, links=links))
    return sections


def _certificate_forms(visit: Visit, one: tables.Certificate) -> tuple[OfficeForm, ...]:
    names = ("suspended", "withdrawn") if one.state == "in_force" else ("in_force",)
    states = tuple((name, visit.say(f"office.act.{name}")) for name in names)
    action = f"/office/certificates/{one.id}"
    handed = one.resubmitted_on.isoformat() if one.resubmitted_on else ""
    close = OfficeForm(action, (
        Field("select", "state", visit.say("office.act"), options=(("", "…"), *states), required=True),
        Field("area", "reason", visit.say("office.reason"), hint=visit.say("office.reason.public"), required=True,
              most=1000),
    ), visit.say("office.confirm"), heading=visit.say("office.certificate.change"), danger=True, fold=True)  # fmt: skip
    renewal = OfficeForm(f"{action}/renewal", (
        Field("date", "on", visit.say("office.resubmitted"), handed, visit.say("office.resubmitted.hint")),
    ), visit.say("office.save"), heading=visit.say("office.resubmitted.change"), quiet=True, fold=True)  # fmt: skip
    return close, renewal


def _batches_section(visit: Visit, row: tables.Product) -> Section:
    query = select(tables.Batch).where(
        col(tables.Batch.product_id) == row.id, col(tables.Batch.state) == "entered"
    )
    rows = tuple(
        (
            (batch.lot, f"/office/batches/{key_in_path(batch.key)}/{batch.lot}"),
            visit.words.date(batch.made),
            format_number(batch.last - batch.first + 1, visit.lang),
            visit.say("office.batch.on_sale" if batch.released_at else "office.batch.not_on_sale"),
        )
        for batch in visit.session.scalars(query.order_by(col(tables.Batch.id).desc()))
    )
    names = ("office.col.lot", "office.col.made", "office.col.codes", "office.col.state")
    table = Table(visit.say("office.batches"), tuple(visit.say(name) for name in names), rows,
                  visit.say("office.batches.none"))  # fmt: skip
    links = ((visit.say("office.hold.product"), f"{product_href(row.key)}/hold"),) if rows else ()
    return Section(table=table, links=links)


def _product(visit: Visit) -> tables.Product:
    known = visit.session.get_one(tables.ProductKey, product_key(visit.params["key"]))
    return visit.session.get_one(tables.Product, known.product_id)


ROUTES: tuple[Route, ...] = (
    Route("GET", "/office/products", Right.FIGURES_SEE, products),
    Route("GET", "/office/products/{key}", Right.FIGURES_SEE, product, where=where_product),
    Route("POST", "/office/products/{key}/other", Right.CERTIFICATE_EDIT, set_other, where=where_product),
    Route(
        "POST",
        "/office/certificates/{certificate}",
        Right.CERTIFICATE_EDIT,
        set_certificate,
        where=where_certificate,
    ),
    Route(
        "POST",
        "/office/certificates/{certificate}/renewal",
        Right.CERTIFICATE_EDIT,
        set_renewal,
        where=where_certificate,
    ),
)
