"""Consumers' reports, figures over time and the lists that the law names."""

from ocop.trace import (
    certifying_figures,
    certifying_lists,
    certifying_reports,
)
from ocop.trace.api.rooms.office_common import (
    Problems,
    done,
    number_in,
    officer_of,
    page,
    product_href,
    scope_of,
    text_of,
    today_of,
    tried,
    where_report,
)
from ocop.trace.api.rooms.routes import Route
from ocop.trace.api.rooms.visit import Answer, Download, Visit
from ocop.trace.certifying_csv import Cell as CsvCell
from ocop.trace.certifying_csv import to_csv, to_json
from ocop.trace.certifying_figures import STARS
from ocop.trace.certifying_reports import Case
from ocop.trace.housekeeping import erased_on
from ocop.trace.pages.rooms.base import EMPTY, FieldState
from ocop.trace.pages.rooms.office_views import Cell, Field, OfficeForm, Section, Table
from ocop.trace.registry.errors import Conflict, Unknown
from ocop.trace.rights import Right, may

MONTHS = 24
CSV, JSON = "text/csv; charset=utf-8", "application/json"


def reports(visit: Visit) -> Answer:
    """What consumers reported: open ones, the oldest first, or the closed ones."""
    closed = visit.query.get("closed", "") == "1"
    found = certifying_reports.cases(visit.session, scope_of(visit, Right.REPORT_WORK), closed=closed)
    rows = tuple(
        (
            (visit.say("office.report.number", number=str(one.number)), f"/office/reports/{one.number}"),
            visit.say(f"office.report.kind.{one.kind}")
            if f"office.report.kind.{one.kind}" in visit.words
            else one.kind,
            one.product or one.key,
            visit.words.moment(one.at),
            visit.say(f"office.report.{one.state}"),
            _erased_on(visit, one),
        )
        for one in found
    )
    names = (
        "office.col.report",
        "office.col.kind_of",
        "office.col.product",
        "office.col.when",
        "office.col.state",
        "office.col.erased",
    )
    table = Table(visit.say("office.reports.found", n=len(rows)), tuple(visit.say(name) for name in names), rows,
                  visit.say("office.reports.none"))  # fmt: skip
    other = (
        ("office.reports.open", "/office/reports")
        if closed
        else ("office.reports.closed", "/office/reports?closed=1")
    )
    return page(
        visit, visit.say("office.reports"), Section(table=table, links=((visit.say(other[0]), other[1]),))
    )


def report(visit: Visit, state: FieldState = EMPTY, state_of: str = "") -> Answer:
    """One report and the work on it."""
    one = _case(visit)
    place = " ".join(part for part in (one.key, one.lot, f"{one.serial:06}" if one.serial else "") if part)
    facts = [
        (visit.say("office.col.product"), one.product or visit.say("office.report.unknown")),
        (visit.say("office.report.about"), place),
        (visit.say("office.col.when"), visit.words.moment(one.at)),
        (visit.say("office.col.state"), visit.say(f"office.report.{one.state}")),
    ]
    if one.place:
        facts.append((visit.say("office.report.place"), one.place))
    if one.contact:
        facts.append((visit.say("office.report.contact"), one.contact))
    if one.outcome:
        facts.append((visit.say("office.report.outcome"), one.outcome))
    if day := _erased_on(visit, one):
        facts.append((visit.say("office.col.erased"), day))
    links = ((visit.say("office.story.product"), product_href(one.key)),) if one.product else ()
    sections = [Section(facts=tuple(facts), quote=one.words, lang=one.lang, links=links)]
    if one.photo:
        address = f"/office/reports/{one.number}/photo"
        sections.append(Section(title=visit.say("office.report.photo"), text=(visit.say("office.report.photo.hint"),),
                                picture=(address, visit.say("office.report.photo"))))  # fmt: skip
    rows = tuple((visit.words.moment(step.at), visit.say(f"office.report.{step.state}"), step.officer, step.words)
                 for step in one.steps)  # fmt: skip
    names = ("office.col.when", "office.col.state", "office.col.who", "office.col.words")
    table = Table(visit.say("office.report.steps"), tuple(visit.say(name) for name in names), rows,
                  visit.say("office.report.steps.none"))  # fmt: skip
    forms = () if one.state == "closed" else _report_forms(visit, one)
    sections.append(Section(table=table, forms=forms))
    title = visit.say("office.report.number", number=str(one.number))
    return page(visit, title, *sections, state=state, state_of=state_of)


def _erased_on(visit: Visit, one: Case) -> str:
    """When what its sender gave beside the words is erased; empty when there is nothing of it."""
    given = one.state != "closed" and (one.contact or one.place or one.photo or one.words)
    return visit.words.day_of(erased_on(one.at)) if given else ""


def report_photo(visit: Visit) -> Answer:
    """The photograph that came with a report, for whoever works on it and for nobody else."""
    scope = scope_of(visit, Right.REPORT_WORK)
    number = number_in(visit.params, "report")
    content = certifying_reports.photo(visit.session, scope, number)
    return Download(f"report-{number}.jpg", "image/jpeg", content, inline=True)


def work_report(visit: Visit) -> Answer:
    """Take it, answer it, or close it."""
    one, step = _case(visit), visit.params["step"]
    action = f"/office/reports/{one.number}/{step}"

    def act() -> Answer:
        officer = officer_of(visit, Right.REPORT_WORK)
        try:
            if step == "take":
                certifying_reports.take(visit.session, officer, one.number, visit.now)
            elif step == "answer":
                text = text_of(visit, "answer", needed="office.need.answer", most=2000)
                certifying_reports.answer(visit.session, officer, one.number, text, visit.now)
            elif step == "close":
                text = text_of(visit, "outcome", needed="office.need.outcome", most=2000)
                certifying_reports.close(visit.session, officer, one.number, text, visit.now)
            else:
                raise Unknown("step", step)
        except Conflict:
            raise Problems(state="office.wrong.report") from None
        visit.note(f"report.{step}", str(one.number))
        return done(f"/office/reports/{one.number}", "office.done.saved")

    return tried(visit, act, lambda state: report(visit, state, action))


def figures(visit: Visit) -> Answer:
    """Products by stars over two years, by province today, and the lists to take away."""
    scope, today = scope_of(visit), today_of(visit)
    months = certifying_figures.over_time(visit.session, scope, until=today, months=MONTHS)
    bars = tuple((f"{month.day.month:02}/{month.day.year}", month.products) for month in months)
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (row.name, row.producers, row.products, *(row.stars[stars] for stars in STARS))
        for row in certifying_figures.by_province(visit.session, scope, today)
    )
    star_names = tuple(visit.say("office.figures.stars", stars=stars) for stars in STARS)
    headings = (
        visit.say("office.col.place"),
        visit.say("office.col.producers"),
        visit.say("office.col.products"),
        *star_names,
    )
    table = Table(visit.say("office.figures.provinces"), headings, rows, visit.say("office.figures.none"))
    over = Section(
        text=(visit.say("office.figures.hint"),),
        bars=bars,
        bars_title=visit.say("office.figures.over_time"),
        links=((visit.say("office.figures.csv"), "/office/figures/csv"),),
    )
    sections = [over, Section(table=table)]
    if may(visit.actor, Right.LISTS_EXPORT).allowed:
        links = tuple(
            (visit.say("office.list", which=which, form=form.upper()), f"/office/lists/{which}/{form}")
            for which in ("A", "B")
            for form in ("csv", "json")
        )
        sections.append(
            Section(title=visit.say("office.lists"), text=(visit.say("office.lists.hint"),), links=links)
        )
    return page(visit, visit.say("office.figures"), *sections)


def figures_csv(visit: Visit) -> Answer:
    """Products by stars at each month's end, as a table for Excel."""
    months = certifying_figures.over_time(
        visit.session, scope_of(visit), until=today_of(visit), months=MONTHS
    )
    star_names = tuple(visit.say("office.figures.stars", stars=stars) for stars in STARS)
    head = (visit.say("office.col.day"), *star_names, visit.say("office.col.products"))
    rows: list[tuple[CsvCell, ...]] = [
        (month.day, *(month.stars[stars] for stars in STARS), month.products) for month in months
    ]
    return Download(f"ocop-{today_of(visit).isoformat()}.csv", CSV, to_csv(head, rows))


def legal_list(visit: Visit) -> Answer:
    """List A or B, CSV or JSON."""
    which, form = visit.params["which"], visit.params["form"]
    if which not in {"A", "B"} or form not in {"csv", "json"}:
        raise Unknown("list", f"{which}.{form}"[:40])
    scope = scope_of(visit, Right.LISTS_EXPORT)
    rows = certifying_lists.legal_rows(visit.session, scope, visit.service.settings.public_url)
    name = f"danh-sach-{which}-{today_of(visit).isoformat()}.{form}"
    if form == "json":
        return Download(name, JSON, to_json(row.named(which) for row in rows))
    return Download(name, CSV, to_csv(certifying_lists.columns(which), (row.of(which) for row in rows)))


def _case(visit: Visit) -> Case:
    scope = scope_of(visit, Right.REPORT_WORK)
    return certifying_reports.case(visit.session, scope, number_in(visit.params, "report"))


def _kind(visit: Visit, one: Case) -> str:
    name = f"office.report.kind.{one.kind}"
    return visit.say(name) if name in visit.words else one.kind


def _report_forms(visit: Visit, one: Case) -> tuple[OfficeForm, ...]:
    here = f"/office/reports/{one.number}"
    take = OfficeForm(f"{here}/take", (), visit.say("office.report.take"))
    answer = OfficeForm(f"{here}/answer", (
        Field("area", "answer", visit.say("office.report.answer"), hint=visit.say("office.report.answer.hint"),
              required=True, most=2000),
    ), visit.say("office.report.answer.send"), heading=visit.say("office.report.answer"), fold=True)  # fmt: skip
    close = OfficeForm(f"{here}/close", (
        Field("area", "outcome", visit.say("office.report.outcome"), hint=visit.say("office.report.close.hint"),
              required=True, most=2000),
    ), visit.say("office.report.close"), heading=visit.say("office.report.close"), quiet=True, fold=True)  # fmt: skip
    return (answer, close) if one.state == "working" else (take, answer, close)


ROUTES: tuple[Route, ...] = (
    Route("GET", "/office/reports", Right.REPORT_WORK, reports),
    Route("GET", "/office/reports/{report}", Right.REPORT_WORK, report, where=where_report),
    Route("GET", "/office/reports/{report}/photo", Right.REPORT_WORK, report_photo, where=where_report),
    Route("POST", "/office/reports/{report}/{step}", Right.REPORT_WORK, work_report, where=where_report),
    Route("GET", "/office/figures", Right.FIGURES_SEE, figures),
    Route("GET", "/office/figures/csv", Right.FIGURES_SEE, figures_csv),
    Route("GET", "/office/lists/{which}/{form}", Right.LISTS_EXPORT, legal_list),
)
