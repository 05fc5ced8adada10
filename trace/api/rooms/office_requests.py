"""The office's list of requests about personal data: what is due first stands first, and a letter for each answer."""

from ocop.trace import certifying_requests
from ocop.trace.api.rooms.office_common import (
    Problems,
    done,
    number_in,
    office_name,
    officer_of,
    page,
    scope_of,
    text_of,
    today_of,
    tried,
)
from ocop.trace.api.rooms.routes import Params, Route
from ocop.trace.api.rooms.visit import Answer, Page, Visit
from ocop.trace.certifying_requests import ERASES, LIMIT, NEW, WORKING, Case
from ocop.trace.deadlines import announced, urgency
from ocop.trace.pages.phrases import phrases
from ocop.trace.pages.rooms.base import EMPTY, FieldState
from ocop.trace.pages.rooms.office_views import Field, LetterView, OfficeForm, Section, Table, Tag
from ocop.trace.registry import tables
from ocop.trace.registry.errors import Conflict, Unknown
from ocop.trace.registry.units import unit_on
from ocop.trace.rights import Right, Where
from ocop.trace.text import civil_date, format_date
from sqlmodel import Session

LIST = "/office/requests"


def where_request(session: Session, params: Params) -> Where:
    """The province that a request `{request}` names; nobody's place when it names none. Raises Unknown."""
    row = session.get(tables.DataRequest, number_in(params, "request"))
    if row is None:
        raise Unknown("request", params["request"])
    return Where(None, row.province_code or "--", None)


def requests(visit: Visit) -> Answer:
    """Open requests, what is due first before the others; or the closed ones."""
    closed = visit.query.get("closed", "") == "1"
    found = certifying_requests.cases(visit.session, scope_of(visit, Right.REQUEST_WORK), closed=closed)
    rows = tuple(
        (
            (visit.say("request.row", number=str(one.number)), f"{LIST}/{one.number}"),
            visit.say(f"request.kind.{one.kind}"),
            one.name,
            visit.words.moment(one.filed_at),
            _due(visit, one),
            visit.say(f"request.state.{one.state}"),
            one.officer,
        )
        for one in found
    )
    names = ("request.col.request", "request.kind", "request.col.name", "request.filed", "request.col.due",
             "request.state", "office.col.who")  # fmt: skip
    table = Table(visit.say("request.found", n=len(rows)), tuple(visit.say(name) for name in names), rows,
                  visit.say("request.none"))  # fmt: skip
    other = ("request.open", LIST) if closed else ("request.closed", f"{LIST}?closed=1")
    section = Section(
        text=(visit.say("request.days"),), table=table, links=((visit.say(other[0]), other[1]),)
    )
    return page(visit, visit.say("request.list"), section)


def _due(visit: Visit, one: Case) -> Tag:
    """The next day and how near it is; a closed request has none."""
    if one.closed:
        return Tag("", "")
    near = urgency(one.due, today_of(visit))
    day = visit.words.date(one.due)
    return Tag(visit.say(f"request.due.{near}", day=day), str(near))


def request(visit: Visit, state: FieldState = EMPTY, state_of: str = "") -> Answer:
    """One request and the work on it."""
    one = _case(visit)
    unit = unit_on(visit.session, one.province, today_of(visit)) if one.province else None
    facts = [
        (visit.say("request.kind"), visit.say(f"request.kind.{one.kind}")),
        (visit.say("request.col.name"), one.name),
        (visit.say("request.province"), unit.full_name if unit else visit.say("request.province.none")),
        (visit.say("request.filed"), visit.words.moment(one.filed_at)),
        (visit.say("request.state"), visit.say(f"request.state.{one.state}")),
        (visit.say("request.account"), visit.say("request.account.yes" if one.person_id else "request.account.no")),
    ]  # fmt: skip
    if not one.closed:
        facts += [
            (visit.say("request.acknowledge_by"), visit.words.date(one.acknowledge_by)),
            (visit.say("request.done_by"), _due(visit, one).text if one.state != NEW
             else visit.words.date(one.done_by)),
        ]  # fmt: skip
    if one.contact:
        facts.append((visit.say("request.contact"), one.contact))
    links: tuple[tuple[str, str], ...] = ((visit.say("request.letter"), f"{LIST}/{one.number}/letter"),)
    if one.state == WORKING and one.kind in ERASES:
        links = ((visit.say("erasing.open"), f"{LIST}/{one.number}/person"), *links)
    unsure = not one.closed and one.state == NEW and not announced(one.acknowledge_by)
    text = (visit.say("request.days.expected", year=str(one.acknowledge_by.year)),) if unsure else ()
    about = Section(text=text, facts=tuple(facts), quote=one.words, lang=one.lang, links=links)
    rows = tuple(
        (visit.words.moment(step.at), visit.say(f"request.step.{step.state}"), step.officer, step.words)
        for step in one.steps
    )
    names = ("office.col.when", "office.col.state", "office.col.who", "office.col.words")
    table = Table(visit.say("request.steps"), tuple(visit.say(name) for name in names), rows,
                  visit.say("request.steps.none"))  # fmt: skip
    work = Section(table=table, forms=() if one.closed else _forms(visit, one))
    title = visit.say("request.row", number=str(one.number))
    return page(visit, title, about, work, state=state, state_of=state_of)


def _forms(visit: Visit, one: Case) -> tuple[OfficeForm, ...]:
    here, new = f"{LIST}/{one.number}", one.state == NEW
    others = Field("check", "others", visit.say("request.others"), hint=visit.say("request.others.hint"))
    take = OfficeForm(f"{here}/take", (others,), visit.say("request.take"))
    folded = tuple(
        OfficeForm(
            f"{here}/{step}",
            (Field("area", "words", visit.say(f"request.{step}.words"), hint=visit.say(f"request.{step}.hint"),
                   required=True, most=LIMIT),),
            visit.say(f"request.{step}.send"), heading=visit.say(f"request.{step}.send"), fold=True,
            quiet=step != "done",
        )
        for step in ("answer", "longer", "done", "refused") if step != "longer" or not one.longer
    )  # fmt: skip
    return (take, *folded) if new else folded


def work(visit: Visit) -> Answer:
    """Take it, answer it, make its time longer, or end it."""
    one, step = _case(visit), visit.params["step"]
    here = f"{LIST}/{one.number}"

    def act() -> Answer:
        officer = officer_of(visit, Right.REQUEST_WORK)
        try:
            if step == "take":
                others = visit.form.one("others") == "1"
                certifying_requests.take(visit.session, officer, one.number, visit.now, others=others)
            elif step in {"answer", "longer", "done", "refused"}:
                _say(visit, one, step)
            else:
                raise Unknown("step", step)
        except Conflict:
            raise Problems(words="request.wrong") from None
        visit.note(f"request.{step}", f"#{one.number} {one.kind}")
        return done(here, "office.done.saved")

    return tried(visit, act, lambda state: request(visit, state, f"{here}/{step}"))


def _say(visit: Visit, one: Case, step: str) -> None:
    """A step with words, which its sender reads."""
    session, officer, now = visit.session, officer_of(visit, Right.REQUEST_WORK), visit.now
    text = text_of(visit, "words", needed="request.need.answer", most=LIMIT)
    if step == "answer":
        certifying_requests.answer(session, officer, one.number, text, now)
    elif step == "longer":
        certifying_requests.lengthen(session, officer, one.number, text, now)
    else:
        certifying_requests.settle(session, officer, one.number, text, now, refused=step == "refused")


def letter(visit: Visit) -> Answer:
    """The letter to print: official letters are in Vietnamese."""
    one, vi, today = _case(visit), phrases("vi"), today_of(visit)
    day = vi.say("office.letter.day", day=f"{today.day:02}", month=f"{today.month:02}", year=str(today.year))
    paragraphs = [
        vi.say("request.letter.came", day=format_date(civil_date(one.filed_at)),
               kind=vi.say(f"request.kind.{one.kind}"))
    ]  # fmt: skip
    paragraphs += [line for line in one.answer.split("\n") if line.strip()]
    if not one.closed:
        paragraphs.append(vi.say("request.letter.until", day=format_date(one.done_by)))
    paragraphs.append(vi.say("request.letter.complain"))
    view = LetterView(
        base=visit.base_view(visit.say("request.letter")),
        office=office_name(visit, scope_of(visit, Right.REQUEST_WORK)),
        place_and_day=day,
        to=vi.say("request.letter.to", name=one.name),
        subject=vi.say("request.letter.subject", number=str(one.number)),
        paragraphs=tuple(paragraphs),
        signature=vi.say("office.letter.sign"),
        back=f"{LIST}/{one.number}",
    )
    return Page(view)


def _case(visit: Visit) -> Case:
    scope = scope_of(visit, Right.REQUEST_WORK)
    return certifying_requests.case(visit.session, scope, number_in(visit.params, "request"))


ROUTES: tuple[Route, ...] = (
    Route("GET", LIST, Right.REQUEST_WORK, requests),
    Route("GET", f"{LIST}/{{request}}", Right.REQUEST_WORK, request, where=where_request),
    Route("GET", f"{LIST}/{{request}}/letter", Right.REQUEST_WORK, letter, where=where_request),
    Route("POST", f"{LIST}/{{request}}/{{step}}", Right.REQUEST_WORK, work, where=where_request),
)
