"""Who works here: inviting, taking an invitation back, the way back in with two officers, the log."""

import secrets

from ocop.trace import auditing, doors, doors_helping, doors_invitations, doors_people, doors_phone
from ocop.trace.api.rooms.door import counted
from ocop.trace.api.rooms.door_words import place_of, role_words
from ocop.trace.api.rooms.picking import LONG, Options, alphabetical, choices, narrowed
from ocop.trace.api.rooms.routes import Route
from ocop.trace.api.rooms.visit import Answer, Go, Page, Refusal, Visit
from ocop.trace.doors_invitations import Wanted
from ocop.trace.pages.rooms.base import EMPTY, FieldState
from ocop.trace.pages.rooms.door_views import (
    Asked,
    AuditView,
    LinkView,
    LogLine,
    Member,
    Pending,
    PeopleView,
)
from ocop.trace.registry import tables
from ocop.trace.registry.errors import BadValue, Conflict, Unknown
from ocop.trace.rights import Grant, Right, Role, Where, may
from ocop.trace.tags import qr
from sqlalchemy import select
from sqlmodel import Session, col

LINES = 50


def page(visit: Visit) -> Answer:
    """The people within reach."""
    return Page(_people(visit, visit.session))


def _people(visit: Visit, session: Session, state: FieldState = EMPTY) -> PeopleView:
    actor, words = visit.actor, visit.words
    can_recover = may(actor, Right.PEOPLE_RECOVER).allowed
    members = tuple(
        Member(
            person.id or 0,
            person.name,
            doors_phone.shown(person.phone or ""),
            "; ".join(role_words(words, grant, place_of(session, grant)) for grant in grants),
        )
        for person, grants in doors_people.members(session, actor, Right.PEOPLE_INVITE)
    )
    roles = {role for held in actor.grants for role in doors.INVITES.get(held.role, ())}
    listed = tuple((str(role), words.say(f"role.{role}")) for role in Role if role in roles)
    producers = _producers(visit, session) if roles & {Role.PRODUCER, Role.STATION} else ()
    communes = _communes(visit, session) if Role.COMMUNE in roles else ()
    wanted = visit.query.get("q", "")[:200]
    (few_producers, few_communes), found = narrowed(wanted, producers, communes)
    return PeopleView(
        base=visit.base_view(visit.say("people.title")),
        members=members,
        pending=_pending(visit, session),
        recoveries=_recoveries(visit, session) if can_recover else (),
        roles=listed,
        producers=choices(few_producers) if producers else (),
        communes=choices(few_communes) if communes else (),
        provinces=choices(_provinces(visit, session)) if Role.PROVINCE in roles else (),
        can_recover=can_recover,
        state=state,
        find=len(producers) + len(communes) > LONG,
        wanted=wanted,
        missed="" if found else visit.say("people.find.none", words=wanted.strip()),
    )


def _pending(visit: Visit, session: Session) -> tuple[Pending, ...]:
    found = doors_people.pending(session, visit.actor, Right.PEOPLE_INVITE, visit.now)
    return tuple(
        Pending(
            row.id or 0,
            row.name,
            role_words(visit.words, grant, place_of(session, grant)),
            visit.words.moment(row.expires_at),
            row.made_by,
        )
        for row in found
        for grant in (doors_invitations.grant_of(row),)
    )


def _recoveries(visit: Visit, session: Session) -> tuple[Asked, ...]:
    found = []
    for row in doors_helping.waiting(session, visit.now):
        person = doors_people.reachable(session, visit.actor, Right.PEOPLE_RECOVER, row.person_id)
        if person is not None:
            by = session.get_one(tables.Person, row.asked_by)
            mine = visit.actor.person_id in {row.asked_by, row.person_id}
            found.append(Asked(row.id or 0, person.name, row.reason, by.name, mine))
    return tuple(found)


def _producers(visit: Visit, session: Session) -> Options:
    reach = visit.actor.reach(Right.PEOPLE_INVITE)
    return alphabetical(
        tuple(
            (str(row.id), row.name)
            for row in session.scalars(
                select(tables.Producer).where(col(tables.Producer.closed_at).is_(None))
            )
            if any(held.reaches(Where(row.id, row.province_code, row.commune_code or None)) for held in reach)
        )
    )


def _communes(visit: Visit, session: Session) -> Options:
    provinces = {held.province for held in visit.actor.grants if held.role is Role.PROVINCE}
    query = select(tables.AdminUnit).where(
        col(tables.AdminUnit.province_code).in_([each for each in provinces if each]),
        col(tables.AdminUnit.kind).in_(["xa", "phuong", "dac_khu"]),
        col(tables.AdminUnit.valid_to).is_(None),
    )
    return alphabetical(tuple((row.code, row.name) for row in session.scalars(query)))


def _provinces(visit: Visit, session: Session) -> Options:
    own = {held.province for held in visit.actor.grants if held.role is Role.PROVINCE}
    everywhere = bool({Role.OPERATOR, Role.NATIONAL} & visit.actor.roles)
    query = select(tables.AdminUnit).where(
        col(tables.AdminUnit.kind).in_(["tinh", "thanh_pho"]), col(tables.AdminUnit.valid_to).is_(None)
    )
    rows = session.scalars(query)
    return alphabetical(tuple((row.code, row.name) for row in rows if everywhere or row.code in own))


def invite(visit: Visit) -> Answer:
    """A new link, shown once with its QR and a text for Zalo."""
    form, fresh = visit.form, secrets.token_bytes(32)
    if not counted(visit, ("invite.person", str(visit.actor.person_id))):
        return Refusal(429, "door.too_many")
    with visit.begin() as session:
        try:
            grant = _wanted_grant(visit, session)
            wanted = Wanted(form.one("name"), form.one("phone"), grant)
            link = doors_invitations.invite(
                session, wanted, by=visit.actor.name, by_id=visit.actor.person_id, now=visit.now, fresh=fresh
            )
        except BadValue as error:
            name, sentence = _problem(error)
            state = FieldState(form.values(), {name: visit.say(sentence)})
            return Page(_people(visit, session, state), 422)
        visit.note(
            "person.invite", f"{wanted.name.strip()} ({grant.role})", "", grant.producer_id, session=session
        )
        return Page(link_page(visit, session, wanted.name.strip(), link, grant))


def _problem(error: BadValue) -> tuple[str, str]:
    if error.what == "phone":
        return "phone", "door.phone.bad"
    if error.what == "name":
        return "name", "invite.name.bad"
    if error.what == "province":
        return "province", "people.place.bad"
    if error.what in {"producer", "commune"}:
        return error.what, f"people.{error.what}.bad"
    return "role", "people.role.bad"


def _wanted_grant(visit: Visit, session: Session) -> Grant:
    """The role that the form asks for, if this person may give it. Raises BadValue."""
    try:
        role = Role(visit.form.one("role"))
    except ValueError as error:
        raise BadValue("role", "a role of the list", visit.form.one("role")[:40]) from error
    producer, commune, province = None, None, None
    if role in {Role.PRODUCER, Role.STATION}:
        text = visit.form.one("producer")
        row = (
            session.get(tables.Producer, int(text))
            if text.isascii() and text.isdigit() and len(text) < 10
            else None
        )
        if row is None or row.closed_at is not None:
            raise BadValue("producer", "a producer of the list", text[:40])
        producer = row.id
    elif role is Role.COMMUNE:
        commune = visit.form.one("commune") or None
    elif role in {Role.PROVINCE, Role.INSPECTOR}:
        own = next((held.province for held in visit.actor.grants if held.role is Role.PROVINCE), None)
        province = visit.form.one("province") or own
        if province is None:
            raise BadValue("province", "a province of the list", "none")
    grant = Grant(role, producer, province, commune)
    where = doors_people.where_of(session, grant)
    if role is Role.COMMUNE and where.province is None:
        raise BadValue("commune", "a commune of the list", commune or "none")
    doors.check_grant(grant)
    if not doors.may_give(visit.actor, grant, where.province, where.commune):
        raise BadValue("role", "a role that you may give", str(role))
    return grant


def link_page(visit: Visit, session: Session, name: str, token: str, grant: Grant | None) -> LinkView:
    """A link that was just made, with its QR and a text for Zalo; it is shown this once."""
    link = f"{visit.service.settings.public_url}/door/i/{token}"
    row = doors_invitations.read(session, token, visit.now).invitation
    until = visit.words.moment(row.expires_at)
    if grant is None:
        text = visit.say("link.text.recovers", name=name, link=link, until=until)
    else:
        role = role_words(visit.words, grant, place_of(session, grant))
        text = visit.say("link.text", name=name, role=role, link=link, until=until, inviter=visit.actor.name)
    symbol = qr.svg(qr.matrix(qr.segments(link)))
    return LinkView(visit.base_view(visit.say("link.title")), name, link, symbol, text, until)


def take_back(visit: Visit) -> Answer:
    """End an invitation that nobody used."""
    number = visit.number("id")
    found = doors_people.pending(visit.session, visit.actor, Right.PEOPLE_INVITE, visit.now)
    if number not in {row.id for row in found}:
        raise Unknown("invitation", number)
    row = doors_invitations.take_back(visit.session, number, visit.now)
    visit.note("invitation.end", row.name, "", row.producer_id)
    return Go("/office/people", "people.pending.ended", {"name": row.name})


def ask_way_back(visit: Visit) -> Answer:
    """The first officer."""
    person = _reached(visit, visit.session, visit.number("id"))
    try:
        doors_helping.ask_way_back(
            visit.session, person.id or 0, asked_by=visit.actor.person_id, reason=visit.form.one("reason"),
            now=visit.now,
        )  # fmt: skip
    except Conflict:
        return Refusal(409, "people.recover.waits", back="/office/people")
    except BadValue as error:
        own = error.what == "person"
        return Refusal(422, "people.recover.own" if own else "people.recover.why", back="/office/people")
    visit.note("recovery.ask", person.name, visit.form.one("reason"))
    return Go("/office/people", "people.recover.asked", {"name": person.name})


def agree_way_back(visit: Visit) -> Answer:
    """The second officer: now there is a link, to be handed over in person."""
    session, number = visit.session, visit.number("id")
    row = session.get(tables.Recovery, number)
    if row is None:
        raise Unknown("recovery", number)
    _reached(visit, session, row.person_id)
    try:
        person = doors_helping.agree_way_back(session, number, agreed_by=visit.actor.person_id, now=visit.now)
    except BadValue:
        return Refusal(422, "people.recover.second", back="/office/people")
    token = doors_invitations.way_back(
        session,
        person,
        by=visit.actor.name,
        by_id=visit.actor.person_id,
        now=visit.now,
        fresh=secrets.token_bytes(32),
    )
    visit.note("recovery.agree", person.name, row.reason)
    return Page(link_page(visit, session, person.name, token, None))


def _reached(visit: Visit, session: Session, person_id: int) -> tables.Person:
    person = doors_people.reachable(session, visit.actor, Right.PEOPLE_RECOVER, person_id)
    if person is None:
        raise Unknown("person", person_id)
    return person


def audit_page(visit: Visit) -> Answer:
    """The log, newest first: all of it for who reaches everywhere, else of one's own makers."""
    session, words = visit.session, visit.words
    text = visit.query.get("before", "")
    before = int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None
    lines = auditing.newest(session, producers=_makers(visit, session), before=before, limit=LINES)
    shown = tuple(
        LogLine(
            row.position,
            words.moment(row.at),
            row.actor,
            _what(visit, row.what),
            row.about,
            row.why,
            row.helping,
        )
        for row in lines
    )
    older = f"/office/audit?before={lines[-1].position}" if len(lines) == LINES else ""
    checked = auditing.check(session)
    sound = visit.say("audit.sound", n=checked.lines, digest=checked.digest.hex()[:16])
    problem = "" if checked.wrong is None else visit.say("audit.broken", position=checked.wrong)
    base = visit.base_view(visit.say("audit.title"))
    return Page(AuditView(base, shown, older, sound, problem))


def _makers(visit: Visit, session: Session) -> tuple[int, ...] | None:
    """The producers whose lines this person may read; None: every line."""
    reach = visit.actor.reach(Right.AUDIT_SEE)
    if any(held.role in {Role.OPERATOR, Role.NATIONAL} for held in reach):
        return None
    provinces = [held.province for held in reach if held.province]
    query = select(col(tables.Producer.id)).where(col(tables.Producer.province_code).in_(provinces))
    return tuple(number for number in session.scalars(query) if number is not None)


def _what(visit: Visit, what: str) -> str:
    """A line's word in the reader's language; the word itself where another part of the house wrote it."""
    return visit.say(f"log.{what}") if f"log.{what}" in visit.words else what


ROUTES: tuple[Route, ...] = (
    Route("GET", "/office/people", Right.PEOPLE_INVITE, page),
    Route("POST", "/office/people", Right.PEOPLE_INVITE, invite, commits=True, step_up=True),
    Route("POST", "/office/people/invitations/{id}/end", Right.PEOPLE_INVITE, take_back),
    Route("POST", "/office/people/{id}/recover", Right.PEOPLE_RECOVER, ask_way_back, step_up=True),
    Route(
        "POST",
        "/office/people/recoveries/{id}",
        Right.PEOPLE_RECOVER,
        agree_way_back,
        step_up=True,
    ),
    Route("GET", "/office/audit", Right.AUDIT_SEE, audit_page),
)
