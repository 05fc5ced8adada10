""" "Làm giúp": a maker lets somebody help, sees what was done, ends it; the helper begins and stops."""

from dataclasses import replace

from ocop.trace import auditing, doors, doors_helping, doors_phone, doors_sessions
from ocop.trace.api.rooms.picking import alphabetical, choices
from ocop.trace.api.rooms.routes import Route
from ocop.trace.api.rooms.visit import Answer, Go, Page, Visit
from ocop.trace.pages.rooms.base import EMPTY, FieldState
from ocop.trace.pages.rooms.door_views import Helper, HelpersView
from ocop.trace.registry import tables
from ocop.trace.registry.errors import BadValue, Unknown
from ocop.trace.rights import Right, Where
from sqlalchemy import select
from sqlmodel import Session, col

LINES = 30


def shown(visit: Visit, session: Session, rows: list[tables.HelpConsent]) -> tuple[Helper, ...]:
    """Consents as a page shows them."""
    return tuple(
        Helper(
            row.id or 0,
            session.get_one(tables.Person, row.person_id).name,
            session.get_one(tables.Producer, row.producer_id).name,
            row.agreed_by,
            row.proof,
            visit.words.day_of(row.until),
            row.until > visit.now,
        )
        for row in rows
    )


def helpers_page(visit: Visit) -> Answer:
    """Who helps us, and what they did."""
    return Page(_helpers(visit))


def _helpers(visit: Visit, state: FieldState = EMPTY) -> HelpersView:
    session, own = visit.session, visit.actor.producers
    names = tuple((str(number), session.get_one(tables.Producer, number).name) for number in own)
    makers = choices(alphabetical(names))
    noted = auditing.newest(session, producers=own, limit=10 * LINES)
    lines = [row for row in noted if row.helping or row.what == "help.agree"][:LINES]
    done = tuple((visit.words.moment(row.at), row.actor, _what(visit, row.what), row.about) for row in lines)
    helpers = shown(visit, session, doors_helping.helpers(session, own, visit.now))
    return HelpersView(visit.base_view(visit.say("helpers.title")), makers, helpers, done, state)


def _what(visit: Visit, what: str) -> str:
    return visit.say(f"log.{what}") if f"log.{what}" in visit.words else what


def agree(visit: Visit) -> Answer:
    """The maker lets somebody with an account help."""
    form, session, problems = visit.form, visit.session, {}
    maker = form.one("maker")
    numbers = [number for number in visit.actor.producers if str(number) == maker]
    if not numbers:
        problems["maker"] = visit.say("helpers.maker.bad")
    try:
        person = doors.by_phone(session, doors_phone.normal(form.one("phone")))
    except BadValue:
        person, problems["phone"] = None, visit.say("door.phone.bad")
    if "phone" not in problems and (person is None or person.person_id == visit.actor.person_id):
        problems["phone"] = visit.say("helpers.phone.unknown")
    for name in ("agreed_by", "proof", "agreed"):
        if not form.one(name).strip():
            problems[name] = visit.say(f"helpers.{name}.bad")
    if problems or person is None:
        return Page(_helpers(visit, FieldState(form.values(), problems)), 422)
    doors_helping.agree(
        session, person.person_id, numbers[0], agreed_by=form.one("agreed_by"), proof=form.one("proof"),
        entered_by=visit.actor.person_id, now=visit.now,
    )  # fmt: skip
    visit.note("help.agree", person.name, form.one("proof"), numbers[0])
    return Go("/me/helpers", "helpers.agreed.done", {"name": person.name})


def paper_page(visit: Visit) -> Answer:
    """An officer enters what a maker without an account signed on paper."""
    return Page(_paper(visit))


def _paper(visit: Visit, state: FieldState = EMPTY) -> HelpersView:
    session, me = visit.session, visit.actor.person_id
    reach = visit.actor.reach(Right.PRODUCER_EDIT)
    names = tuple(
        (str(row.id), row.name)
        for row in session.scalars(select(tables.Producer).where(col(tables.Producer.closed_at).is_(None)))
        if any(held.reaches(Where(row.id, row.province_code, row.commune_code or None)) for held in reach)
    )
    makers = choices(alphabetical(names))
    helping = shown(visit, session, doors_helping.helps(session, me, visit.now))
    return HelpersView(visit.base_view(visit.say("helpers.paper")), makers, helping, (), state, officer=True)


def paper(visit: Visit) -> Answer:
    """The officer may help from now on; the line stands in the maker's log with its proof."""
    form, view = visit.form, _paper(visit)
    problems = {
        name: visit.say(f"helpers.{name}.bad")
        for name in ("agreed_by", "proof", "agreed")
        if not form.one(name).strip()
    }
    if not form.one("maker") or form.one("maker") not in dict(view.makers):
        problems["maker"] = visit.say("helpers.maker.bad")
    if problems:
        return Page(replace(view, state=FieldState(form.values(), problems)), 422)
    producer, me = int(form.one("maker")), visit.actor.person_id
    doors_helping.agree(
        visit.session, me, producer, agreed_by=form.one("agreed_by"), proof=form.one("proof"), entered_by=me,
        now=visit.now,
    )  # fmt: skip
    visit.note("help.agree", visit.actor.name, form.one("proof"), producer)
    return Go("/me", "helpers.agreed.done", {"name": visit.actor.name})


def end(visit: Visit) -> Answer:
    """The maker ends it, at once."""
    row = doors_helping.end(visit.session, visit.number("id"), visit.actor.producers, visit.now)
    name = visit.session.get_one(tables.Person, row.person_id).name
    visit.note("help.end", name, "", row.producer_id)
    return Go("/me/helpers", "helpers.ended", {"name": name})


def begin(visit: Visit) -> Answer:
    """The helper acts for a maker from now on."""
    wanted = visit.form.one("consent")
    found = [
        row
        for row in doors_helping.helps(visit.session, visit.actor.person_id, visit.now)
        if str(row.id) == wanted
    ]
    if not found or visit.signed is None:
        raise Unknown("consent", wanted[:40])
    doors_sessions.help_for(visit.session, visit.signed, found[0].producer_id)
    visit.note("help.begin", visit.actor.name, actor=replace(visit.actor, helping=found[0].producer_id))
    return Go("/studio" if visit.index.knows("/studio") else "/me")


def stop(visit: Visit) -> Answer:
    """The helper is only themselves again."""
    if visit.signed is not None and visit.actor.helping is not None:
        doors_sessions.help_for(visit.session, visit.signed, None)
        visit.note("help.stop", visit.actor.name)
    return Go("/me", "helpers.stopped")


ROUTES: tuple[Route, ...] = (
    Route("GET", "/me/helpers", Right.CONSENT_KEEP, helpers_page),
    Route("POST", "/me/helpers", Right.CONSENT_KEEP, agree, step_up=True),
    Route("POST", "/me/helpers/{id}/end", Right.CONSENT_KEEP, end),
    Route("GET", "/office/helping", Right.PRODUCER_EDIT, paper_page),
    Route("POST", "/office/helping", Right.PRODUCER_EDIT, paper, step_up=True),
    Route("POST", "/me/helping", Right.HELP_OUT, begin),
    Route("POST", "/me/helping/stop", Right.HELP_OUT, stop),
)
