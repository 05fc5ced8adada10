"""The calendar of stars that end: who to tell, with a letter and a short text ready; what is scanned all the same."""

from ocop.trace import certifying_calendar
from ocop.trace.api.rooms.office_common import (
    Problems,
    done,
    number_in,
    office_name,
    officer_of,
    one_of,
    page,
    product_href,
    scope_of,
    today_of,
    tried,
    where_certificate,
)
from ocop.trace.api.rooms.routes import Route
from ocop.trace.api.rooms.visit import Answer, Page, Visit
from ocop.trace.certifying_calendar import STEPS, Due
from ocop.trace.pages.phrases import phrases
from ocop.trace.pages.rooms.base import EMPTY, FieldState
from ocop.trace.pages.rooms.office_views import Field, LetterView, OfficeForm, Section, Table
from ocop.trace.registry.errors import Conflict
from ocop.trace.registry.tables_office import NOTICE_WAYS
from ocop.trace.rights import Right, Where, may
from ocop.trace.text import format_date


def calendar(visit: Visit) -> Answer:
    """Stars that end within 90 days, and stars that ended and are scanned all the same."""
    scope, today = scope_of(visit), today_of(visit)
    rows = tuple(
        (
            (one.product, f"/office/calendar/{one.certificate_id}"),
            one.producer,
            one.stars,
            visit.words.date(one.valid_to),
            visit.say("office.days_left", n=one.days_left),
            _told_words(visit, one),
        )
        for one in certifying_calendar.due(visit.session, scope, today)
    )
    names = ("office.col.product", "office.col.producer", "office.col.stars", "office.col.valid_to",
             "office.col.days", "office.col.told_producer")  # fmt: skip
    soon = Table(visit.say("office.calendar.soon", n=len(rows)), tuple(visit.say(name) for name in names), rows,
                 visit.say("office.calendar.none"))  # fmt: skip
    over_rows = tuple(
        (
            (one.product, product_href(one.key)),
            one.producer,
            one.stars,
            visit.words.date(one.valid_to),
            one.scans,
            visit.words.date(one.resubmitted_on) if one.resubmitted_on else "–",
        )
        for one in certifying_calendar.still_scanned(visit.session, scope, visit.now, today)
    )
    names = ("office.col.product", "office.col.producer", "office.col.stars", "office.col.ended", "office.col.scans",
             "office.resubmitted")  # fmt: skip
    over = Table(visit.say("office.calendar.over"), tuple(visit.say(name) for name in names), over_rows,
                 visit.say("office.calendar.over.none"))  # fmt: skip
    return page(visit, visit.say("office.calendar"), Section(text=(visit.say("office.calendar.hint"),), table=soon),
                Section(table=over))  # fmt: skip


def line(visit: Visit, state: FieldState = EMPTY) -> Answer:
    """One star that ends: the short text, the letter, and whether the producer was told."""
    one = _line(visit)
    facts = (
        (visit.say("office.col.producer"), one.producer),
        (visit.say("office.col.stars"), str(one.stars)),
        (visit.say("office.col.decision"), f"{one.decision_no}, {visit.words.date(one.decision_date)}"),
        (visit.say("office.col.valid_to"), visit.words.date(one.valid_to)),
        (visit.say("office.col.days"), visit.say("office.days_left", n=max(one.days_left, 0))),
        (visit.say("office.producer.phone"), one.phone or visit.say("office.nothing")),
    )
    told = tuple(
        (
            visit.say("office.notice.step", n=step),
            visit.say(f"office.way.{note.way}"),
            note.by,
            visit.words.moment(note.at),
        )
        for step in STEPS
        if (note := one.told.get(step)) is not None
    )
    names = ("office.col.step", "office.col.way", "office.col.who", "office.col.when")
    table = Table(visit.say("office.notices"), tuple(visit.say(name) for name in names), told,
                  visit.say("office.notices.none"))  # fmt: skip
    here = f"/office/calendar/{one.certificate_id}"
    head = Section(facts=facts, links=((visit.say("office.calendar.letter"), f"{here}/letter"),
                                       (visit.say("office.story.product"), product_href(one.key))))  # fmt: skip
    zalo = Section(
        title=visit.say("office.zalo"), text=(visit.say("office.zalo.hint"),), copy=zalo_text(visit, one)
    )
    forms = (
        (_tell_form(visit, one, here),)
        if may(visit.actor, Right.CERTIFICATE_EDIT, _where(visit)).allowed
        else ()
    )
    notices = Section(table=table, forms=forms)
    return page(visit, one.product, head, zalo, notices, state=state, state_of=here)


def tell(visit: Visit) -> Answer:
    """Keep that the producer was told."""
    one = _line(visit)

    def act() -> Answer:
        step = int(one_of(visit, "step", tuple(str(step) for step in STEPS)))
        way = one_of(visit, "way", NOTICE_WAYS)
        try:
            certifying_calendar.tell(
                visit.session, one.certificate_id, step, way=way, by=visit.actor.name, at=visit.now
            )
        except Conflict:
            raise Problems(step="office.wrong.told") from None
        visit.note("notice.told", f"{one.product}, {step}, {way}", for_producer=_where(visit).producer_id)
        return done(f"/office/calendar/{one.certificate_id}", "office.done.told", {"producer": one.producer})

    return tried(visit, act, lambda state: line(visit, state))


def letter(visit: Visit) -> Answer:
    """The letter to print: official letters are in Vietnamese."""
    one = _line(visit)
    vi = phrases("vi")
    office = office_name(visit, scope_of(visit))
    today = today_of(visit)
    day = vi.say("office.letter.day", day=f"{today.day:02}", month=f"{today.month:02}", year=str(today.year))
    values: dict[str, str | int] = {
        "product": one.product,
        "stars": one.stars,
        "number": one.decision_no,
        "signed": format_date(one.decision_date),
        "authority": one.authority,
        "day": format_date(one.valid_to),
    }
    paragraphs = [vi.say("office.letter.fact", **values)]
    if one.days_left >= 0:
        paragraphs.append(vi.say("office.letter.left", n=one.days_left))
    if one.resubmitted_on:
        paragraphs.append(vi.say("office.letter.handed", day=format_date(one.resubmitted_on)))
    else:
        paragraphs.append(vi.say("office.letter.ask"))
    paragraphs += [
        vi.say("office.letter.after", day=format_date(one.valid_to)),
        vi.say("office.letter.thanks"),
    ]
    view = LetterView(
        base=visit.base_view(visit.say("office.calendar.letter")),
        office=office,
        place_and_day=day,
        to=vi.say("office.letter.to", producer=one.producer),
        subject=vi.say("office.letter.subject", product=one.product),
        paragraphs=tuple(paragraphs),
        signature=vi.say("office.letter.sign"),
        back=f"/office/calendar/{one.certificate_id}",
    )
    return Page(view)


def zalo_text(visit: Visit, one: Due) -> str:
    """The short text for Zalo: to a maker, so in Vietnamese."""
    vi = phrases("vi")
    name = "office.zalo.handed" if one.resubmitted_on else "office.zalo.text"
    if one.days_left < 0:
        name = "office.zalo.over"
    office = office_name(visit, scope_of(visit))
    return vi.say(name, producer=one.producer, product=one.product, stars=one.stars, day=format_date(one.valid_to),
                  office=office, n=max(one.days_left, 0))  # fmt: skip


def _tell_form(visit: Visit, one: Due, action: str) -> OfficeForm:
    steps = tuple(
        (str(step), visit.say("office.notice.step", n=step)) for step in STEPS if step not in one.told
    )
    ways = tuple((way, visit.say(f"office.way.{way}")) for way in NOTICE_WAYS)
    fields = (
        Field("select", "step", visit.say("office.col.step"), str(one.step), options=steps),
        Field("select", "way", visit.say("office.col.way"), options=ways),
    )
    return OfficeForm(action, fields, visit.say("office.notice.keep"))


def _told_words(visit: Visit, one: Due) -> str:
    note = one.told.get(one.step)
    if note is None:
        return visit.say("office.notice.open", n=one.step)
    return visit.say("office.notice.done", n=one.step, day=visit.words.day_of(note.at))


def _line(visit: Visit) -> Due:
    number = number_in(visit.params, "certificate")
    return certifying_calendar.line(
        visit.session, officer_of(visit, Right.FIGURES_SEE).scope, number, today_of(visit)
    )


def _where(visit: Visit) -> Where:
    return where_certificate(visit.session, visit.params)


ROUTES: tuple[Route, ...] = (
    Route("GET", "/office/calendar", Right.FIGURES_SEE, calendar),
    Route("GET", "/office/calendar/{certificate}", Right.FIGURES_SEE, line, where=where_certificate),
    Route("GET", "/office/calendar/{certificate}/letter", Right.FIGURES_SEE, letter, where=where_certificate),
    Route("POST", "/office/calendar/{certificate}", Right.CERTIFICATE_EDIT, tell, where=where_certificate),
)
