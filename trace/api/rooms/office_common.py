"""What every page of the office needs: whose office it is, where it looks, tabs, forms and their problems."""

from collections.abc import Callable, Mapping
from datetime import date
from urllib.parse import urlencode

from ocop.trace.api.rooms.routes import Params, key_in_path
from ocop.trace.api.rooms.visit import Answer, Go, Page, Visit
from ocop.trace.certifying import Officer, Scope
from ocop.trace.pages.rooms.base import EMPTY, FieldState, NavItem
from ocop.trace.pages.rooms.office_views import Field, OfficeForm, OfficeView, Section
from ocop.trace.registry import tables
from ocop.trace.registry.errors import Unknown
from ocop.trace.registry.units import provinces_on, unit_on
from ocop.trace.rights import Right, Role, Where, may
from ocop.trace.signing.entries import Why
from ocop.trace.text import civil_date
from ocop.trace.verdict_ids import StarAnswer
from ocop.trace.verdict_stars import Stars
from sqlalchemy import select
from sqlmodel import Session, col

TABS = (
    ("/office", "office.tab.home", Right.FIGURES_SEE),
    ("/office/stories", "office.tab.stories", Right.STORY_CHECK),
    ("/office/calendar", "office.tab.calendar", Right.FIGURES_SEE),
    ("/office/decisions", "office.tab.decisions", Right.FIGURES_SEE),
    ("/office/products", "office.tab.products", Right.FIGURES_SEE),
    ("/office/producers", "office.tab.producers", Right.FIGURES_SEE),
    ("/office/reports", "office.tab.reports", Right.REPORT_WORK),
    ("/office/requests", "request.tab", Right.REQUEST_WORK),
    ("/office/quotas", "office.tab.quotas", Right.FIGURES_SEE),
    ("/office/figures", "office.tab.figures", Right.FIGURES_SEE),
)
WHYS = tuple(why for why in Why if why not in {Why.CHIP_REPLACED, Why.KEY_LOST})
LIMIT_NUMBER = 9


class Problems(Exception):
    """A form that can't be taken as it is: a message id for each field."""

    def __init__(self, **by_field: str) -> None:
        super().__init__(", ".join(by_field))
        self.by_field = by_field


def today_of(visit: Visit) -> date:
    """The civil day of this visit."""
    return civil_date(visit.now)


def scope_of(visit: Visit, right: Right = Right.FIGURES_SEE) -> Scope:
    """Where this person's right reaches: the widest of their grants."""
    grants = visit.actor.reach(right)
    if any(grant.role in {Role.NATIONAL, Role.OPERATOR} for grant in grants):
        return Scope()
    for grant in sorted(grants, key=lambda one: bool(one.commune)):
        if grant.commune:
            unit = unit_on(visit.session, grant.commune, today_of(visit))
            return Scope(unit.province_code if unit else grant.province or "", grant.commune)
        if grant.province:
            return Scope(grant.province)
    # Nobody's place: no unit has this code.
    return Scope("--")


def officer_of(visit: Visit, right: Right) -> Officer:
    """The person who acts, with the name of their office as the public reads it."""
    scope = scope_of(visit, right)
    return Officer(visit.actor.name, office_name(visit, scope), scope)


def office_name(visit: Visit, scope: Scope) -> str:
    """`Văn phòng OCOP tỉnh Thái Nguyên`, `UBND xã Tân Cương`: stored and shown in Vietnamese."""
    today = today_of(visit)
    if scope.commune and (unit := unit_on(visit.session, scope.commune, today)) is not None:
        return f"UBND {unit.full_name}"
    if scope.province and (unit := unit_on(visit.session, scope.province, today)) is not None:
        return f"Văn phòng OCOP {unit.full_name}"
    return "Văn phòng OCOP Trung ương"


def provinces(visit: Visit) -> tuple[tuple[str, str], ...]:
    """Code and name of every province of today."""
    return tuple((unit.code, unit.full_name) for unit in provinces_on(visit.session, today_of(visit)))


def page(
    visit: Visit,
    title: str,
    *sections: Section,
    pager: tuple[tuple[str, str], ...] = (),
    state: FieldState = EMPTY,
    state_of: str = "",
) -> Page:
    """A page of the office; with problems it is a 422."""
    # A batch is reached through its product.
    path = visit.request.raw_path.decode("latin-1").replace("/office/batches/", "/office/products/", 1)
    ways = [way for way in TABS if may(visit.actor, way[2]).allowed]
    current = max((way[0] for way in ways if f"{path}/".startswith(f"{way[0]}/")), key=len, default="")
    tabs = tuple(NavItem(visit.say(label), href, href == current) for href, label, _ in ways)
    view = OfficeView(visit.base_view(title), tabs, sections, pager, state, state_of)
    return Page(view, 422 if state.problems else 200)


def again(visit: Visit, error: Problems) -> FieldState:
    """What was typed, and what is wrong with it, in words."""
    return FieldState(visit.form.values(), {name: visit.say(said) for name, said in error.by_field.items()})


def stars_words(visit: Visit, stars: Stars) -> str:
    """The star of a product today, in a few words."""
    certificate = stars.certificate
    if certificate is None:
        return visit.say("office.stars.none")
    day = visit.words.date(certificate.valid_to)
    name = "office.stars.held" if stars.answer in {StarAnswer.VALID, StarAnswer.EXPIRING} else {
        StarAnswer.EXPIRED: "office.stars.expired",
        StarAnswer.WITHDRAWN: "office.stars.withdrawn",
        StarAnswer.SUSPENDED: "office.stars.suspended",
        StarAnswer.POTENTIAL: "office.stars.potential",
    }.get(stars.answer, "office.stars.none")  # fmt: skip
    if name == "office.stars.none":
        return visit.say(name)
    return visit.say(name, stars=certificate.stars, day=day)


def text_of(visit: Visit, name: str, *, needed: str = "", most: int = 200) -> str:
    """A typed text without outer space. Raises Problems."""
    value = visit.form.one(name).strip()
    if needed and not value:
        raise Problems(**{name: needed})
    if len(value) > most or any(ord(letter) < 32 and letter not in "\n\t" for letter in value):
        raise Problems(**{name: "office.wrong.text"})
    return value


def day_of(visit: Visit, name: str, *, needed: bool = True) -> date | None:
    """A typed day, `2026-11-23` or `23/11/2026`. Raises Problems."""
    value = visit.form.one(name).strip()
    if not value and not needed:
        return None
    parts = value.split("/") if "/" in value else value.split("-")[::-1]
    try:
        day, month, year = (
            int(part) for part in parts if part.isascii() and part.isdigit() and len(part) < 5
        )
        found = date(year, month, day)
    except ValueError:
        raise Problems(**{name: "office.wrong.day"}) from None
    if not 1990 <= found.year <= 2200:
        raise Problems(**{name: "office.wrong.day"})
    return found


def number_of(visit: Visit, name: str, *, needed: bool = True) -> int | None:
    """A typed whole number, with or without separators. Raises Problems."""
    value = visit.form.one(name).strip().replace(".", "").replace(" ", "").replace("\u00a0", "")
    if not value and not needed:
        return None
    if not (value.isascii() and value.isdigit() and len(value) <= LIMIT_NUMBER):
        raise Problems(**{name: "office.wrong.number"})
    return int(value)


def one_of(visit: Visit, name: str, options: tuple[str, ...]) -> str:
    """One of the offered values. Raises Problems."""
    value = visit.form.one(name)
    if value not in options:
        raise Problems(**{name: "office.wrong.choice"})
    return value


def why_field(visit: Visit) -> Field:
    """The reason as a code of the ledger."""
    options = tuple((str(why), visit.say(f"office.why.{why}")) for why in WHYS)
    return Field("select", "why", visit.say("office.why"), options=(("", "…"), *options), required=True)


def why_of(visit: Visit) -> Why:
    """The chosen reason. Raises Problems."""
    return Why(one_of(visit, "why", tuple(str(why) for why in WHYS)))


def reason_field(visit: Visit, hint: str) -> Field:
    """The reason in words, which the log keeps; `hint` says who else reads it."""
    return Field("area", "reason", visit.say("office.reason"), hint=visit.say(hint), required=True, most=1000)


def confirm(visit: Visit, form: OfficeForm, back: str, *ways: tuple[str, str]) -> Section:
    """The last part of an act: the form that does it, and the way back without it."""
    links = (*ways, (visit.say("office.no"), back))
    return Section(title=visit.say("office.confirm.title"), forms=(form,), links=links)


def search_form(visit: Visit, action: str, hint: str) -> OfficeForm:
    """One line to look something up."""
    value = visit.query.get("q", "")[:200]
    field = Field("search", "q", visit.say("office.search"), value, visit.say(hint))
    return OfficeForm(action, (field,), visit.say("office.search.button"), get=True, quiet=True)


def none_found(visit: Visit, otherwise: str) -> str:
    """Why a list is empty: nothing has the words that were searched for, or there is nothing yet."""
    words = visit.query.get("q", "")[:200].strip()
    return visit.say("office.search.nothing", words=words) if words else visit.say(otherwise)


def page_number(visit: Visit) -> int:
    """The page of a list that the address asks for; 1 for anything else."""
    asked = visit.query.get("page", "1")
    return int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 6 and int(asked) else 1


def pager(visit: Visit, path: str, number: int, total: int, size: int) -> tuple[tuple[str, str], ...]:
    """The ways to the page before and the page after, with the words that were searched for."""
    words = visit.query.get("q", "")[:200]
    ways = []
    for name, other in (("office.page.before", number - 1), ("office.page.after", number + 1)):
        if other >= 1 and (other - 1) * size < total:
            ways.append((visit.say(name), f"{path}?{urlencode({'q': words, 'page': other})}"))
    return tuple(ways)


def allowed(visit: Visit, right: Right, maker: tables.Producer) -> bool:
    """Whether this person may do `right` at a producer's."""
    return may(visit.actor, right, Where(maker.id, maker.province_code, maker.commune_code or None)).allowed


def product_href(key: str) -> str:
    """The office's page of a product."""
    return f"/office/products/{key_in_path(key)}"


def number_in(params: Params, name: str) -> int:
    """A row number in a path. Raises Unknown."""
    value = params[name]
    if not (value.isascii() and value.isdigit() and len(value) < 10):
        raise Unknown(name, value[:40])
    return int(value)


def where_certificate(session: Session, params: Params) -> Where:
    """The maker of the certificate `{certificate}`. Raises Unknown."""
    row = session.get(tables.Certificate, number_in(params, "certificate"))
    return _of_product(session, None if row is None else row.product_id, params["certificate"])


def where_story(session: Session, params: Params) -> Where:
    """The maker of the story `{story}`. Raises Unknown."""
    row = session.get(tables.Story, number_in(params, "story"))
    return _of_product(session, None if row is None else row.product_id, params["story"])


def where_line(session: Session, params: Params) -> Where:
    """The province of a decision's line `{line}`. Raises Unknown."""
    row = session.get(tables.DecisionLine, number_in(params, "line"))
    if row is None:
        raise Unknown("line", params["line"])
    return Where(None, row.province_code, None)


def where_issuer(session: Session, params: Params) -> Where:
    """The province of the issuer `{issuer}`. Raises Unknown."""
    row = session.scalars(select(tables.Issuer).where(col(tables.Issuer.code) == params["issuer"])).first()
    if row is None:
        raise Unknown("issuer", params["issuer"])
    return Where(None, row.province_code, None)


def where_report(session: Session, params: Params) -> Where:
    """The maker of what the report `{report}` is about; nobody's place when no product has its key."""
    row = session.get(tables.Report, number_in(params, "report"))
    if row is None:
        raise Unknown("report", params["report"])
    known = session.get(tables.ProductKey, row.key)
    return Where(None, "--", None) if known is None else _of_product(session, known.product_id, row.key)


def _of_product(session: Session, product_id: int | None, named: str) -> Where:
    query = (
        select(tables.Producer)
        .join(tables.Product, col(tables.Product.producer_id) == col(tables.Producer.id))
        .where(col(tables.Product.id) == product_id)
    )
    maker = session.scalars(query).first()
    if maker is None:
        raise Unknown("product", named)
    return Where(maker.id, maker.province_code, maker.commune_code or None)


def tried(visit: Visit, act: Callable[[], Answer], shown: Callable[[FieldState], Answer]) -> Answer:
    """Do it, or show the form again with what was typed; then nothing of it stays in the register."""
    try:
        if visit.transaction is None:
            return act()
        with visit.transaction.begin_nested():
            return act()
    except Problems as error:
        return shown(again(visit, error))


def done(location: str, notice: str, values: Mapping[str, str | int] | None = None) -> Go:
    """Go on, and say that it is done."""
    return Go(location, notice, values or {})
