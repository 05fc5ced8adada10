"""Decisions: the list, entering one with its lines, its PDF, and lines that wait for this office."""

from datetime import timedelta

from ocop.trace import certifying
from ocop.trace.api.rooms.office_common import (
    Problems,
    day_of,
    done,
    number_in,
    number_of,
    officer_of,
    one_of,
    page,
    product_href,
    provinces,
    scope_of,
    text_of,
    tried,
    where_line,
)
from ocop.trace.api.rooms.routes import Route, product_key
from ocop.trace.api.rooms.visit import Answer, Download, Visit
from ocop.trace.certifying import Line, Paper, suggest_valid_to
from ocop.trace.pages.rooms.base import EMPTY, FieldState
from ocop.trace.pages.rooms.office_views import Field, OfficeForm, Section, Table
from ocop.trace.registry import tables
from ocop.trace.registry.documents import keep_document, read_document
from ocop.trace.registry.errors import BadValue, Conflict, Unknown
from ocop.trace.rights import Right, may
from sqlalchemy import func, select
from sqlmodel import col

SHOWN = 300
UPLOAD = 21_000_000


def decisions(visit: Visit, state: FieldState = EMPTY) -> Answer:
    """Lines that wait for this office, then every decision, the newest first."""
    scope = scope_of(visit)
    waiting = select(tables.DecisionLine, tables.Decision).join(
        tables.Decision, col(tables.Decision.id) == col(tables.DecisionLine.decision_id)
    ).where(col(tables.DecisionLine.state) == "waiting")  # fmt: skip
    if scope.province:
        waiting = waiting.where(col(tables.DecisionLine.province_code) == scope.province)
    rows = tuple(
        ((line.product, f"/office/decisions/{decision.id}"), line.producer, line.stars, decision.number)
        for line, decision in visit.session.execute(
            waiting.order_by(col(tables.DecisionLine.id)).limit(SHOWN)
        )
    )
    names = ("office.col.product", "office.col.producer", "office.col.stars", "office.col.decision")
    open_ = Table(visit.say("office.lines.waiting", n=len(rows)), tuple(visit.say(name) for name in names), rows,
                  visit.say("office.lines.none"))  # fmt: skip
    lines = select(func.count(col(tables.Certificate.id))).where(
        col(tables.Certificate.decision_id) == col(tables.Decision.id)
    ).scalar_subquery()  # fmt: skip
    query = select(tables.Decision, lines).order_by(
        col(tables.Decision.signed_on).desc(), col(tables.Decision.id)
    )
    all_rows = tuple(
        ((one.number, f"/office/decisions/{one.id}"), visit.words.date(one.signed_on), one.authority, count)
        for one, count in visit.session.execute(query.limit(SHOWN))
    )
    names = ("office.col.decision", "office.col.signed", "office.col.authority", "office.col.products")
    table = Table(visit.say("office.decisions"), tuple(visit.say(name) for name in names), all_rows,
                  visit.say("office.decisions.none"))  # fmt: skip
    forms = (_new_form(visit),) if may(visit.actor, Right.CERTIFICATE_EDIT).allowed else ()
    return page(visit, visit.say("office.decisions"), Section(table=open_), Section(table=table, forms=forms),
                state=state, state_of="/office/decisions")  # fmt: skip


def enter(visit: Visit) -> Answer:
    """A decision with its first line; one that is there already gets the line."""

    def act() -> Answer:
        signed = day_of(visit, "signed")
        paper = Paper(
            text_of(visit, "number", needed="office.need.number"),
            signed or visit.now.date(),
            text_of(visit, "authority", needed="office.need.authority"),
        )
        return _enter_line(visit, paper)

    return tried(visit, act, lambda state: decisions(visit, state))


def decision(visit: Visit, state: FieldState = EMPTY, state_of: str = "") -> Answer:
    """One decision: its papers, its lines; each waiting line of this office may be entered."""
    row = _decision(visit)
    here = f"/office/decisions/{row.id}"
    facts = ((visit.say("office.col.signed"), visit.words.date(row.signed_on)),
             (visit.say("office.col.authority"), row.authority))  # fmt: skip
    query = select(tables.DecisionDocument).where(col(tables.DecisionDocument.decision_id) == row.id)
    papers = tuple(
        (visit.say("office.paper", day=visit.words.day_of(one.added_at)), f"{here}/papers/{one.name}")
        for one in visit.session.scalars(query.order_by(col(tables.DecisionDocument.id)))
    )
    forms: tuple[OfficeForm, ...] = ()
    if may(visit.actor, Right.CERTIFICATE_EDIT).allowed:
        upload = OfficeForm(f"{here}/papers", (
            Field("file", "paper", visit.say("office.paper.choose"), hint=visit.say("office.paper.hint"),
                  required=True),
        ), visit.say("office.paper.send"), heading=visit.say("office.paper.add"), fold=True, quiet=True)  # fmt: skip
        add = OfficeForm(f"{here}/lines", _line_fields(visit), visit.say("office.save"),
                         heading=visit.say("office.line.add"), fold=True)  # fmt: skip
        forms = (add, upload)
    head = Section(facts=facts, links=papers, forms=forms)
    sections = [head, _certified(visit, row), *_waiting(visit, row)]
    return page(visit, row.number, *sections, state=state, state_of=state_of)


def add_line(visit: Visit) -> Answer:
    """One more line of a decision."""
    row = _decision(visit)
    action = f"/office/decisions/{row.id}/lines"
    paper = Paper(row.number, row.signed_on, row.authority)
    return tried(visit, lambda: _enter_line(visit, paper), lambda state: decision(visit, state, action))


def claim(visit: Visit) -> Answer:
    """This waiting line is that product."""
    line = visit.session.get_one(tables.DecisionLine, number_in(visit.params, "line"))
    visit.params = {**visit.params, "decision": str(line.decision_id)}
    here = f"/office/decisions/{line.decision_id}"

    def act() -> Answer:
        officer = officer_of(visit, Right.CERTIFICATE_EDIT)
        key = _key(visit, "key")
        try:
            certifying.claim_line(visit.session, officer, line.id or 0, key, visit.now)
        except (Unknown, BadValue):
            raise Problems(key="office.wrong.key") from None
        visit.note("line.claim", f"{line.product} = {key}")
        return done(here, "office.done.claimed", {"product": line.product})

    return tried(visit, act, lambda state: decision(visit, state, f"/office/lines/{line.id}"))


def refuse(visit: Visit) -> Answer:
    """This waiting line stays without a product, and why."""
    line = visit.session.get_one(tables.DecisionLine, number_in(visit.params, "line"))
    visit.params = {**visit.params, "decision": str(line.decision_id)}

    def act() -> Answer:
        officer = officer_of(visit, Right.CERTIFICATE_EDIT)
        note = text_of(visit, "note", needed="office.need.note", most=1000)
        certifying.refuse_line(visit.session, officer, line.id or 0, note, visit.now)
        visit.note("line.refuse", line.product, note)
        return done(f"/office/decisions/{line.decision_id}", "office.done.refused")

    return tried(visit, act, lambda state: decision(visit, state, f"/office/lines/{line.id}/refuse"))


def add_paper(visit: Visit) -> Answer:
    """The PDF of a decision."""
    row = _decision(visit)
    action = f"/office/decisions/{row.id}/papers"

    def act() -> Answer:
        sent = visit.form.file("paper")
        if sent is None:
            raise Problems(paper="office.need.paper")
        try:
            document = keep_document(visit.service.store.data, sent.content)
        except BadValue:
            raise Problems(paper="office.wrong.paper") from None
        certifying.attach(
            visit.session, officer_of(visit, Right.CERTIFICATE_EDIT), row.id or 0, document, visit.now
        )
        visit.note("decision.paper", f"{row.number}: {document.name[:12]}")
        return done(f"/office/decisions/{row.id}", "office.done.paper")

    return tried(visit, act, lambda state: decision(visit, state, action))


def paper(visit: Visit) -> Answer:
    """A PDF to keep: an attachment, never a page."""
    row, name = _decision(visit), visit.params["paper"]
    query = select(tables.DecisionDocument).where(
        col(tables.DecisionDocument.decision_id) == row.id, col(tables.DecisionDocument.name) == name
    )
    if not (name.isascii() and visit.session.scalars(query).first() is not None):
        raise Unknown("document", name[:80])
    content = read_document(visit.service.store.data, name)
    return Download(f"quyet-dinh-{row.signed_on.isoformat()}-{name[:8]}.pdf", "application/pdf", content)


def _enter_line(visit: Visit, paper: Paper) -> Answer:
    officer = officer_of(visit, Right.CERTIFICATE_EDIT)
    valid_from = day_of(visit, "valid_from", needed=False) or paper.signed_on
    valid_to = day_of(visit, "valid_to", needed=False) or suggest_valid_to(paper.signed_on)
    if valid_to < valid_from or valid_to > paper.signed_on + timedelta(days=3660):
        raise Problems(valid_to="office.wrong.valid_to")
    line = Line(
        line=number_of(visit, "line") or 0,
        province_code=one_of(visit, "province", tuple(code for code, _ in provinces(visit))),
        producer=text_of(visit, "producer", needed="office.need.name"),
        product=text_of(visit, "product", needed="office.need.name"),
        stars=int(one_of(visit, "stars", ("3", "4", "5"))),
        valid_from=valid_from,
        valid_to=valid_to,
        potential=bool(visit.form.one("potential")),
        key=_key(visit, "key") if visit.form.one("key").strip() else "",
    )
    if line.line < 1:
        raise Problems(line="office.wrong.number")
    try:
        entered = certifying.enter_decision(visit.session, officer, paper, [line], visit.now)
    except certifying.NotYours:
        raise Problems(key="office.wrong.elsewhere") from None
    except Conflict:
        raise Problems(line="office.wrong.line") from None
    except (Unknown, BadValue):
        raise Problems(key="office.wrong.key") from None
    visit.note("decision.line", f"{paper.number}, {line.line}: {line.product}")
    notice = "office.done.line" if entered.entered else "office.done.line.waiting"
    return done(f"/office/decisions/{entered.decision_id}", notice, {"product": line.product})


def _certified(visit: Visit, row: tables.Decision) -> Section:
    query = (
        select(tables.Certificate, tables.Product, col(tables.ProductText.name))
        .join(tables.Product, col(tables.Product.id) == col(tables.Certificate.product_id))
        .join(tables.ProductText, col(tables.ProductText.product_id) == col(tables.Product.id))
        .where(col(tables.Certificate.decision_id) == row.id, col(tables.ProductText.lang) == "vi")
        .order_by(col(tables.Certificate.line))
    )
    rows = tuple(
        (one.line, (name, product_href(found.key)), one.stars, visit.words.date(one.valid_to),
         visit.say(f"office.state.{one.state}"))
        for one, found, name in visit.session.execute(query)
    )  # fmt: skip
    names = (
        "office.col.line",
        "office.col.product",
        "office.col.stars",
        "office.col.valid_to",
        "office.col.state",
    )
    table = Table(visit.say("office.certificates"), tuple(visit.say(name) for name in names), rows,
                  visit.say("office.certificates.none"))  # fmt: skip
    return Section(table=table)


def _waiting(visit: Visit, row: tables.Decision) -> list[Section]:
    query = select(tables.DecisionLine).where(
        col(tables.DecisionLine.decision_id) == row.id, col(tables.DecisionLine.state) == "waiting"
    )
    names = dict(provinces(visit))
    scope = scope_of(visit, Right.CERTIFICATE_EDIT)
    sections = []
    for line in visit.session.scalars(query.order_by(col(tables.DecisionLine.line)).limit(SHOWN)):
        facts = ((visit.say("office.col.producer"), line.producer),
                 (visit.say("office.col.place"), names.get(line.province_code, line.province_code)),
                 (visit.say("office.col.stars"), str(line.stars)),
                 (visit.say("office.col.valid_to"), visit.words.date(line.valid_to)))  # fmt: skip
        mine = scope.covers(line.province_code) and may(visit.actor, Right.CERTIFICATE_EDIT).allowed
        text = () if mine else (visit.say("office.line.elsewhere"),)
        title = visit.say("office.line", n=line.line, product=line.product)
        sections.append(
            Section(title=title, text=text, facts=facts, forms=_claim_forms(visit, line) if mine else ())
        )
    return sections


def _claim_forms(visit: Visit, line: tables.DecisionLine) -> tuple[OfficeForm, ...]:
    action = f"/office/lines/{line.id}"
    claim = OfficeForm(action, (
        Field("text", "key", visit.say("office.line.key"), hint=visit.say("office.line.key.hint"), required=True),
    ), visit.say("office.line.claim"))  # fmt: skip
    refuse = OfficeForm(f"{action}/refuse", (
        Field("text", "note", visit.say("office.reason"), required=True, most=1000),
    ), visit.say("office.line.refuse"), heading=visit.say("office.line.refuse.heading"), quiet=True,
        fold=True)  # fmt: skip
    return claim, refuse


def _new_form(visit: Visit) -> OfficeForm:
    fields = (
        Field("text", "number", visit.say("office.decision.number"), hint=visit.say("office.decision.number.hint"),
              required=True),
        Field("date", "signed", visit.say("office.col.signed"), required=True),
        Field("text", "authority", visit.say("office.col.authority"), required=True),
        *_line_fields(visit),
    )  # fmt: skip
    return OfficeForm("/office/decisions", fields, visit.say("office.save"), heading=visit.say("office.decision.new"),
                      fold=True)  # fmt: skip


def _line_fields(visit: Visit) -> tuple[Field, ...]:
    scope = scope_of(visit, Right.CERTIFICATE_EDIT)
    return (
        Field("number", "line", visit.say("office.col.line"), "1", required=True),
        Field("select", "province", visit.say("office.line.province"), scope.province,
              options=(("", "…"), *provinces(visit)), required=True),
        Field("text", "producer", visit.say("office.line.producer"), required=True),
        Field("text", "product", visit.say("office.line.product"), required=True),
        Field("select", "stars", visit.say("office.col.stars"), "3", options=(("3", "3"), ("4", "4"), ("5", "5"))),
        Field("check", "potential", visit.say("office.line.potential")),
        Field("date", "valid_from", visit.say("office.line.valid_from"), hint=visit.say("office.line.valid_from.hint")),
        Field("date", "valid_to", visit.say("office.line.valid_to"), hint=visit.say("office.line.valid_to.hint")),
        Field("text", "key", visit.say("office.line.key"), hint=visit.say("office.line.key.wait")),
    )  # fmt: skip


def _key(visit: Visit, name: str) -> str:
    typed = text_of(visit, name, needed="office.need.key").upper().replace(" ", "")
    try:
        return product_key(typed.zfill(14) if typed.isdigit() else typed)
    except Unknown:
        raise Problems(**{name: "office.wrong.key"}) from None


def _decision(visit: Visit) -> tables.Decision:
    row = visit.session.get(tables.Decision, number_in(visit.params, "decision"))
    if row is None:
        raise Unknown("decision", visit.params["decision"])
    return row


ROUTES: tuple[Route, ...] = (
    Route("GET", "/office/decisions", Right.FIGURES_SEE, decisions),
    Route("POST", "/office/decisions", Right.CERTIFICATE_EDIT, enter),
    Route("GET", "/office/decisions/{decision}", Right.FIGURES_SEE, decision),
    Route("POST", "/office/decisions/{decision}/lines", Right.CERTIFICATE_EDIT, add_line),
    Route("POST", "/office/decisions/{decision}/papers", Right.CERTIFICATE_EDIT, add_paper, max_body=UPLOAD),
    Route("GET", "/office/decisions/{decision}/papers/{paper}", Right.FIGURES_SEE, paper),
    Route("POST", "/office/lines/{line}", Right.CERTIFICATE_EDIT, claim, where=where_line),
    Route("POST", "/office/lines/{line}/refuse", Right.CERTIFICATE_EDIT, refuse, where=where_line),
)
