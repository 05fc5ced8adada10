"""Lines of decisions that wait for an office: "Chờ cơ quan tỉnh …", where that office accepts or refuses each.

GET  /office/decisions/waiting       this office's lines, then what other offices still have to take
POST /office/lines/{line}            it is that product: its certificate stands from now on
POST /office/lines/{line}/refuse     it stays without a product, and why
"""

from ocop.trace import certifying
from ocop.trace.api.rooms.office_common import (
    Problems,
    done,
    number_in,
    office_name,
    officer_of,
    page,
    page_number,
    pager,
    provinces,
    scope_of,
    text_of,
    tried,
    where_line,
)
from ocop.trace.api.rooms.routes import Route, product_key
from ocop.trace.api.rooms.visit import Answer, Visit
from ocop.trace.certifying_waiting import PAGE, Waiting, elsewhere, waiting
from ocop.trace.pages.rooms.base import EMPTY, FieldState
from ocop.trace.pages.rooms.office_views import Field, OfficeForm, Section, Table
from ocop.trace.registry import tables
from ocop.trace.registry.errors import BadValue, Unknown
from ocop.trace.rights import Right, may

HERE = "/office/decisions/waiting"


def waiting_page(visit: Visit, state: FieldState = EMPTY, state_of: str = "", only: int = 0) -> Answer:
    """What this office has to take, and what waits for others; `only` one line when its form comes back."""
    scope, number = scope_of(visit), page_number(visit)
    mine = waiting(visit.session, scope, page=number, line=only)
    head = Section(
        title=visit.say("office.waiting.mine", office=office_name(visit, scope), n=mine.total)
        if scope.province
        else "",
        text=(visit.say("office.waiting.lead"),) if mine.total else (visit.say("office.lines.none"),),
        links=((visit.say("office.decisions"), "/office/decisions"),),
    )
    lines = tuple(line_section(visit, one) for one in mine.lines)
    others = () if only else (_elsewhere(visit),)
    return page(
        visit,
        visit.say("office.waiting"),
        head,
        *lines,
        *others,
        pager=pager(visit, HERE, number, mine.total, PAGE),
        state=state,
        state_of=state_of,
    )


def claim(visit: Visit) -> Answer:
    """This waiting line is that product."""
    line = visit.session.get_one(tables.DecisionLine, number_in(visit.params, "line"))

    def act() -> Answer:
        officer = officer_of(visit, Right.CERTIFICATE_EDIT)
        key = key_of(visit, "key")
        try:
            certifying.claim_line(visit.session, officer, line.id or 0, key, visit.now)
        except (Unknown, BadValue):
            raise Problems(key="office.wrong.key") from None
        visit.note("line.claim", f"{line.product} = {key}")
        return done(_next(visit, line), "office.done.claimed", {"product": line.product})

    shown = f"/office/lines/{line.id}"
    return tried(visit, act, lambda state: waiting_page(visit, state, shown, line.id or 0))


def refuse(visit: Visit) -> Answer:
    """This waiting line stays without a product, and why."""
    line = visit.session.get_one(tables.DecisionLine, number_in(visit.params, "line"))

    def act() -> Answer:
        officer = officer_of(visit, Right.CERTIFICATE_EDIT)
        note = text_of(visit, "note", needed="office.need.note", most=1000)
        certifying.refuse_line(visit.session, officer, line.id or 0, note, visit.now)
        visit.note("line.refuse", line.product, note)
        return done(_next(visit, line), "office.done.refused")

    shown = f"/office/lines/{line.id}/refuse"
    return tried(visit, act, lambda state: waiting_page(visit, state, shown, line.id or 0))


def line_section(visit: Visit, one: Waiting) -> Section:
    """One waiting line; with its forms where this office takes it."""
    names = dict(provinces(visit))
    place = names.get(one.province_code, one.province_code)
    entered = f"{one.entered_by}, {visit.words.day_of(one.entered_at)}"
    facts = ((visit.say("office.col.producer"), one.producer),
             (visit.say("office.col.place"), place),
             (visit.say("office.col.stars"), str(one.stars)),
             (visit.say("office.col.valid_to"), visit.words.date(one.valid_to)),
             (visit.say("office.col.decision"), f"{one.number} · {one.authority}"),
             (visit.say("office.waiting.entered"), entered))  # fmt: skip
    title = visit.say("office.line", n=one.line, product=one.product)
    mine = scope_of(visit, Right.CERTIFICATE_EDIT).covers(one.province_code)
    if not (mine and may(visit.actor, Right.CERTIFICATE_EDIT).allowed):
        return Section(title=title, text=(visit.say("office.waiting.for", place=place),), facts=facts)
    text, links = _suggested(visit, one)
    return Section(title=title, text=text, facts=facts, links=links, forms=_forms(visit, one))


def key_of(visit: Visit, name: str) -> str:
    """A typed product code. Raises Problems."""
    typed = text_of(visit, name, needed="office.need.key").upper().replace(" ", "")
    try:
        return product_key(typed.zfill(14) if typed.isdigit() else typed)
    except Unknown:
        raise Problems(**{name: "office.wrong.key"}) from None


def _suggested(visit: Visit, one: Waiting) -> tuple[tuple[str, ...], tuple[tuple[str, str], ...]]:
    """What of the register the line may mean, and where to go when it has nothing."""
    if one.candidates:
        return (), ()
    if one.maker_slug:
        maker = (visit.say("office.waiting.maker"), f"/office/producers/{one.maker_slug}")
        return (visit.say("office.waiting.no_product"),), (maker,)
    return (visit.say("office.waiting.no_maker"),), (
        (visit.say("office.tab.producers"), "/office/producers"),
    )


def _forms(visit: Visit, one: Waiting) -> tuple[OfficeForm, ...]:
    action = f"/office/lines/{one.id}"
    hint = visit.say("office.line.key.hint")
    if one.candidates:
        options = tuple(
            (found.key, " · ".join(part for part in (found.name, found.net, found.maker) if part))
            for found in one.candidates
        )
        several = (("", "…"), *options) if len(options) > 1 else options
        key = Field("select", "key", visit.say("office.waiting.product"), several[0][0], options=several)
    else:
        key = Field("text", "key", visit.say("office.line.key"), hint=hint, required=True)
    claim_it = OfficeForm(action, (key,), visit.say("office.line.claim"))
    forms = [claim_it]
    if one.candidates:
        typed = Field("text", "key", visit.say("office.line.key"), hint=hint, required=True)
        forms.append(OfficeForm(action, (typed,), visit.say("office.line.claim"), quiet=True, fold=True,
                                heading=visit.say("office.waiting.other")))  # fmt: skip
    forms.append(OfficeForm(f"{action}/refuse", (
        Field("text", "note", visit.say("office.reason"), required=True, most=1000),
    ), visit.say("office.line.refuse"), heading=visit.say("office.line.refuse.heading"), quiet=True,
        fold=True))  # fmt: skip
    return tuple(forms)


def _elsewhere(visit: Visit) -> Section:
    names = dict(provinces(visit))
    rows = tuple(
        (
            visit.say("office.waiting.office", place=names.get(one.province_code, one.province_code)),
            (one.number, f"/office/decisions/{one.decision_id}"),
            one.lines,
            visit.words.day_of(one.since),
        )
        for one in elsewhere(visit.session, scope_of(visit))
    )
    headings = ("office.waiting.whom", "office.col.decision", "office.waiting.lines", "office.waiting.since")
    table = Table(visit.say("office.waiting.others"), tuple(visit.say(name) for name in headings), rows,
                  visit.say("office.waiting.others.none"))  # fmt: skip
    return Section(table=table)


def _next(visit: Visit, line: tables.DecisionLine) -> str:
    """The list while something is left on it, else the decision."""
    left = waiting(visit.session, scope_of(visit), size=1).total
    return HERE if left else f"/office/decisions/{line.decision_id}"


ROUTES: tuple[Route, ...] = (
    Route("GET", HERE, Right.FIGURES_SEE, waiting_page),
    Route("POST", "/office/lines/{line}", Right.CERTIFICATE_EDIT, claim, where=where_line),
    Route("POST", "/office/lines/{line}/refuse", Right.CERTIFICATE_EDIT, refuse, where=where_line),
)
