"""Decisions: the list, entering one with several lines at once, its PDF; waiting lines are `office_waiting`."""

from ocop.trace import certifying
from ocop.trace.api.rooms.office_common import (
    Problems,
    day_of,
    done,
    number_in,
    officer_of,
    page,
    product_href,
    scope_of,
    text_of,
    tried,
)
from ocop.trace.api.rooms.office_lines import asks_for_more, line_fields, lines_of
from ocop.trace.api.rooms.office_waiting import HERE as WAITING
from ocop.trace.api.rooms.office_waiting import line_section
from ocop.trace.api.rooms.routes import Route
from ocop.trace.api.rooms.visit import Answer, Download, Visit
from ocop.trace.certifying import EnteredDecision, Paper, Scope
from ocop.trace.certifying_waiting import waiting
from ocop.trace.importing_waiting import last_line
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
    """How many lines wait for this office, then every decision, the newest first."""
    mine = waiting(visit.session, scope_of(visit), size=1).total
    open_ = Section(
        title=visit.say("office.waiting"),
        text=(visit.say("office.lines.waiting", n=mine) if mine else visit.say("office.lines.none"),),
        links=((visit.say("office.waiting.see"), WAITING),),
    )
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
    return page(visit, visit.say("office.decisions"), open_, Section(table=table, forms=forms),
                state=state, state_of="/office/decisions" if state is not EMPTY else "")  # fmt: skip


def enter(visit: Visit) -> Answer:
    """A decision with its first lines; one that is there already gets the lines."""

    def act() -> Answer:
        signed = day_of(visit, "signed")
        paper = Paper(
            text_of(visit, "number", needed="office.need.number"),
            signed or visit.now.date(),
            text_of(visit, "authority", needed="office.need.authority"),
        )
        return _enter_lines(visit, paper)

    if asks_for_more(visit):
        return decisions(visit, FieldState(visit.form.values()))
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
        add = OfficeForm(f"{here}/lines", line_fields(visit, last_line(visit.session, row.id or 0) + 1),
                         visit.say("office.save"), heading=visit.say("office.line.add"), fold=True,
                         more=visit.say("office.line.more"))  # fmt: skip
        forms = (add, upload)
    head = Section(facts=facts, links=papers, forms=forms)
    sections = [head, _certified(visit, row), *_waiting(visit, row)]
    return page(visit, row.number, *sections, state=state, state_of=state_of)


def add_line(visit: Visit) -> Answer:
    """More lines of a decision."""
    row = _decision(visit)
    action = f"/office/decisions/{row.id}/lines"
    paper = Paper(row.number, row.signed_on, row.authority)
    if asks_for_more(visit):
        return decision(visit, FieldState(visit.form.values()), action)
    return tried(visit, lambda: _enter_lines(visit, paper), lambda state: decision(visit, state, action))


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


def _enter_lines(visit: Visit, paper: Paper) -> Answer:
    """All lines of the form, or none with what is wrong in each."""
    officer = officer_of(visit, Right.CERTIFICATE_EDIT)
    lines = lines_of(visit, paper.signed_on)
    last: EnteredDecision | None = None
    entered = waits = 0
    for place, line in lines:
        try:
            last = certifying.enter_decision(visit.session, officer, paper, [line], visit.now)
        except certifying.NotYours:
            raise Problems(**{f"key-{place}": "office.wrong.elsewhere"}) from None
        except Conflict:
            raise Problems(**{f"line-{place}": "office.wrong.line"}) from None
        except (Unknown, BadValue):
            raise Problems(**{f"key-{place}": "office.wrong.key"}) from None
        entered, waits = entered + last.entered, waits + 1 - last.entered
        visit.note("decision.line", f"{paper.number}, {line.line}: {line.product}")
    if last is None:
        raise Problems(**{"producer-1": "office.need.name"})
    counts: dict[str, str | int] = {"entered": entered, "waiting": waits}
    return done(f"/office/decisions/{last.decision_id}", "office.done.lines", counts)


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
    """The first lines of this decision that wait, for whichever office."""
    found = waiting(visit.session, Scope(), decision=row.id or 0)
    sections = [line_section(visit, one) for one in found.lines]
    if found.total > len(sections):
        more = visit.say("office.waiting.more", n=found.total - len(sections))
        sections.append(Section(text=(more,), links=((visit.say("office.waiting.see"), WAITING),)))
    return sections


def _new_form(visit: Visit) -> OfficeForm:
    fields = (
        Field("text", "number", visit.say("office.decision.number"), hint=visit.say("office.decision.number.hint"),
              required=True),
        Field("date", "signed", visit.say("office.col.signed"), required=True),
        Field("text", "authority", visit.say("office.col.authority"), required=True),
        *line_fields(visit, 1),
    )  # fmt: skip
    return OfficeForm("/office/decisions", fields, visit.say("office.save"), heading=visit.say("office.decision.new"),
                      fold=True, more=visit.say("office.line.more"))  # fmt: skip


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
)
