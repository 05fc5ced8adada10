"""The office's day at first sight: what waits for this person, since when, and where to begin.

Only what this person may do counts as work: a ministry reads of the provinces' work, a commune's officer is not sent
to decisions. What is done is one line; an office without a single maker is told how to begin.
"""

from collections.abc import Iterator

from ocop.trace import (
    certifying_calendar,
    certifying_figures,
    certifying_reports,
    certifying_requests,
    certifying_stories,
    handing_closing,
)
from ocop.trace.api.rooms.office_common import office_name, page, scope_of, today_of
from ocop.trace.api.rooms.office_waiting import HERE as WAITING
from ocop.trace.api.rooms.routes import Route
from ocop.trace.api.rooms.visit import Answer, Visit
from ocop.trace.certifying import Scope
from ocop.trace.certifying_figures import STARS
from ocop.trace.certifying_waiting import waiting
from ocop.trace.pages.rooms.office_views import Section, Task
from ocop.trace.registry import tables
from ocop.trace.rights import Right, may
from sqlalchemy import func, select
from sqlmodel import col


def home(visit: Visit) -> Answer:
    """What waits for this office today."""
    scope = scope_of(visit)
    sections = [_begin(visit)] if _is_empty(visit, scope) else []
    sections += [_today(visit, tuple(_tasks(visit, scope)))]
    if not may(visit.actor, Right.STORY_CHECK).allowed:
        sections.append(_overview(visit, scope))
    sections.append(_figures(visit, scope))
    return page(visit, office_name(visit, scope), *sections)


def _today(visit: Visit, tasks: tuple[Task, ...]) -> Section:
    open_ = tuple(task for task in tasks if task.count)
    done = " · ".join(task.label for task in tasks if not task.count)
    text = () if open_ else (visit.say("office.home.none"),)
    if open_ and done:
        text = (visit.say("office.home.done", what=done),)
    return Section(title=visit.say("office.home.today"), tasks=open_, text=text)


def _tasks(visit: Visit, scope: Scope) -> Iterator[Task]:
    """Everything that this person may work through, the most pressing first."""
    if may(visit.actor, Right.REPORT_WORK).allowed:
        cases = certifying_reports.cases(visit.session, scope_of(visit, Right.REPORT_WORK))
        since = _since(visit, visit.words.day_of(cases[0].at)) if cases else ""
        yield Task(len(cases), visit.say("office.home.reports"), "/office/reports", since)
    if may(visit.actor, Right.REQUEST_WORK).allowed:
        asked = certifying_requests.cases(visit.session, scope_of(visit, Right.REQUEST_WORK))
        due = min((one.due for one in asked), default=None)
        until = visit.say("office.home.until", day=visit.words.date(due)) if due else ""
        yield Task(len(asked), visit.say("request.home"), "/office/requests", until)
    if may(visit.actor, Right.STORY_CHECK).allowed:
        yield from _makers_tasks(visit, scope)
    if may(visit.actor, Right.CERTIFICATE_EDIT).allowed:
        lines = waiting(visit.session, scope, size=1).total
        yield Task(lines, visit.say("office.home.lines"), WAITING)
    if may(visit.actor, Right.PRODUCER_END).allowed:
        wishes = handing_closing.wishes(visit.session, scope_of(visit, Right.PRODUCER_END))
        since = _since(visit, visit.words.day_of(wishes[0].asked_at)) if wishes else ""
        where = f"/office/producers/{wishes[0].slug}" if wishes else "/office/producers"
        yield Task(len(wishes), visit.say("handing.home"), where, since)


def _makers_tasks(visit: Visit, scope: Scope) -> Iterator[Task]:
    """What an office near the makers does: tell them of stars that end, read their stories."""
    today = today_of(visit)
    due = [one for one in certifying_calendar.due(visit.session, scope, today) if one.open]
    until = visit.say("office.home.until", day=visit.words.date(due[0].valid_to)) if due else ""
    yield Task(len(due), visit.say("office.home.calendar"), "/office/calendar", until)
    stories = certifying_stories.unread(visit.session, scope)
    since = _since(visit, visit.words.date(stories[0].updated_on)) if stories else ""
    yield Task(len(stories), visit.say("office.home.stories"), "/office/stories", since)
    scanned = certifying_calendar.still_scanned(visit.session, scope, visit.now, today)
    yield Task(len(scanned), visit.say("office.home.scanned"), "/office/calendar")


def _overview(visit: Visit, scope: Scope) -> Section:
    """The offices' work, for who only reads of it."""
    due = certifying_calendar.due(visit.session, scope, today_of(visit))
    facts = (
        (visit.say("office.home.calendar"), str(sum(one.open for one in due))),
        (visit.say("office.home.lines"), str(waiting(visit.session, scope, size=1).total)),
    )
    links = (
        (visit.say("office.waiting.see"), WAITING),
        (visit.say("office.tab.calendar"), "/office/calendar"),
    )
    return Section(title=visit.say("office.home.overview"), facts=facts, links=links)


def _figures(visit: Visit, scope: Scope) -> Section:
    (month,) = certifying_figures.over_time(visit.session, scope, until=today_of(visit), months=1)
    stars = " · ".join(
        f"{visit.say('office.figures.stars', stars=stars)}: {month.stars[stars]}" for stars in STARS
    )
    links = ((visit.say("office.tab.figures"), "/office/figures"),)
    return Section(title=visit.say("office.figures.now"), text=(stars,), links=links)


def _is_empty(visit: Visit, scope: Scope) -> bool:
    query = select(func.count(col(tables.Producer.id))).where(*scope.conditions())
    return not visit.session.scalar(query)


def _begin(visit: Visit) -> Section:
    ways = (
        ("import.title", "/office/import", Right.IMPORT_RUN),
        ("office.tab.producers", "/office/producers", Right.PRODUCER_EDIT),
        ("rooms.nav.people", "/office/people", Right.PEOPLE_INVITE),
    )
    links = tuple((visit.say(label), href) for label, href, right in ways if may(visit.actor, right).allowed)
    return Section(
        title=visit.say("office.home.begin"), text=(visit.say("office.home.begin.how"),), links=links
    )


def _since(visit: Visit, day: str) -> str:
    return visit.say("office.home.since", day=day)


ROUTES: tuple[Route, ...] = (Route("GET", "/office", Right.FIGURES_SEE, home),)
