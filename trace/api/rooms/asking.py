"""Asking about one's own data: the form for everybody, and the page that says where a request stands.

    GET, POST  /help/du-lieu              ask; the answer names a number to follow it by
    GET, POST  /help/du-lieu/tra-cuu      look it up; the number comes in the body, so that no log keeps it

Nobody needs an account. Who is signed in finds their requests at `/me/data` too.
"""

import secrets

from ocop.trace import certifying_requests, doors_people
from ocop.trace.answering import follow_number
from ocop.trace.api.rooms.office_common import Problems, again, one_of, provinces, text_of
from ocop.trace.api.rooms.routes import Route
from ocop.trace.api.rooms.visit import Answer, Page, Refusal, Visit
from ocop.trace.certifying_requests import Case, Given
from ocop.trace.deadlines import KINDS
from ocop.trace.pages.rooms.base import EMPTY, FieldState
from ocop.trace.pages.rooms.office_views import Field, OfficeForm, OfficeView, Section
from ocop.trace.sightings import network

ASK, FOLLOW = "/help/du-lieu", "/help/du-lieu/tra-cuu"


def plain(
    visit: Visit, title: str, *sections: Section, state: FieldState = EMPTY, state_of: str = ""
) -> Page:
    """A page of sections without the office's tabs; with problems it is a 422."""
    view = OfficeView(visit.base_view(title), (), sections, (), state, state_of)
    return Page(view, 422 if state.problems else 200)


def ask_page(visit: Visit, state: FieldState = EMPTY) -> Answer:
    """What may be asked, and the form."""
    kinds = tuple((kind, visit.say(f"request.kind.{kind}")) for kind in KINDS)
    fields = (
        Field("select", "kind", visit.say("request.kind"), options=(("", "…"), *kinds), required=True),
        Field("text", "name", visit.say("request.name"), visit.actor.name, required=True),
        Field("area", "words", visit.say("request.words"), hint=visit.say("request.words.hint"),
              required=True, most=certifying_requests.LIMIT),
        Field("select", "province", visit.say("request.province"), _province_of(visit),
              visit.say("request.province.hint"), (("", visit.say("request.province.none")), *provinces(visit))),
        Field("text", "contact", visit.say("request.contact"), hint=visit.say("request.contact.hint")),
    )  # fmt: skip
    form = OfficeForm(ASK, fields, visit.say("request.send"))
    lead = Section(
        text=tuple(visit.say(f"request.lead.{number}") for number in (1, 2)),
        links=((visit.say("request.follow"), FOLLOW),),
    )
    return plain(visit, visit.say("request.title"), lead, Section(forms=(form,)), state=state, state_of=ASK)


def _province_of(visit: Visit) -> str:
    """Where the first role of whoever is signed in is held: a suggestion."""
    if not visit.actor.grants:
        return ""
    return doors_people.where_of(visit.session, visit.actor.grants[0]).province or ""


def ask(visit: Visit) -> Answer:
    """Keep a request and name its number."""
    if not visit.service.reports.allows(("request", network(visit.client)), int(visit.now.timestamp())):
        return Refusal(429, "request.too_many", back=ASK)
    codes = ("", *(code for code, _ in provinces(visit)))
    try:
        given = Given(
            kind=one_of(visit, "kind", KINDS),
            name=text_of(visit, "name", needed="request.need.name"),
            words=text_of(visit, "words", needed="request.need.words", most=certifying_requests.LIMIT),
            contact=text_of(visit, "contact"),
            province=one_of(visit, "province", codes),
            lang=visit.lang,
            person_id=visit.actor.person_id or None,
        )
    except Problems as error:
        return ask_page(visit, again(visit, error))
    number = follow_number(secrets.token_bytes(8))
    row = certifying_requests.file(visit.session, given, number, visit.now)
    visit.note("request.file", f"#{row} {given.kind}")
    one = certifying_requests.look_up(visit.session, number)
    days = () if one is None else _days(visit, one)
    section = Section(
        text=(visit.say("request.sent"),), facts=((visit.say("request.number"), number), *days),
        links=((visit.say("request.follow"), FOLLOW),),
    )  # fmt: skip
    return plain(visit, visit.say("request.sent.title"), section)


def follow_page(visit: Visit, state: FieldState = EMPTY) -> Answer:
    """The form for a number."""
    field = Field("text", "number", visit.say("request.number"), hint=visit.say("request.number.hint"),
                  required=True, most=60)  # fmt: skip
    form = OfficeForm(FOLLOW, (field,), visit.say("request.follow.button"))
    return plain(visit, visit.say("request.follow"), Section(forms=(form,)), state=state, state_of=FOLLOW)


def follow(visit: Visit) -> Answer:
    """Where a request stands."""
    if not visit.service.reports.allows(("asked", network(visit.client)), int(visit.now.timestamp())):
        return Refusal(429, "request.too_many", back=FOLLOW)
    one = certifying_requests.look_up(visit.session, visit.form.one("number"))
    if one is None:
        return follow_page(visit, again(visit, Problems(number="request.unknown")))
    return plain(visit, visit.say("request.follow"), standing(visit, one))


def standing(visit: Visit, one: Case) -> Section:
    """One request as its sender reads it: what, until when, and the words of the office."""
    return Section(
        title=visit.say(f"request.kind.{one.kind}"),
        facts=(
            (visit.say("request.filed"), visit.words.moment(one.filed_at)),
            (visit.say("request.state"), visit.say(f"request.state.{one.state}")),
            *(() if one.closed else _days(visit, one)),
        ),
        quote=one.answer,
        lang="vi",
    )


def _days(visit: Visit, one: Case) -> tuple[tuple[str, str], ...]:
    return (
        (visit.say("request.acknowledge_by"), visit.words.date(one.acknowledge_by)),
        (visit.say("request.done_by"), visit.words.date(one.done_by)),
    )


ROUTES: tuple[Route, ...] = (
    Route("GET", ASK, None, ask_page),
    Route("POST", ASK, None, ask),
    Route("GET", FOLLOW, None, follow_page),
    Route("POST", FOLLOW, None, follow),
)
