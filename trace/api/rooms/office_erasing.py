"""Carrying out what a request about personal data asks for: find somebody, see what goes and what stays, erase.

GET  /office/requests/{request}/person          where the person of the request appears
POST /office/requests/{request}/person/look     the same for another spelling or number; nothing changes
POST /office/requests/{request}/person/erase    what was ticked is gone, for good and after a restore too
GET  /office/requests/{request}/person/{media}  a picture or a clip that may have to go, though nobody else sees it

Each asks for a fresh proof, and none is open for 72 hours after a way back into the officer's account. An account that
was recovered itself in these hours is not closed, in case it was a thief who got it. A long list comes in parts.
"""

from collections import Counter

from ocop.trace import (
    certifying_requests,
    doors_leaving,
    erasing,
    erasing_finding,
    erasing_media,
)
from ocop.trace.api.rooms.office_common import Problems, done, number_in, page, product_href, scope_of, tried
from ocop.trace.api.rooms.office_requests import LIST, where_request
from ocop.trace.api.rooms.routes import Route
from ocop.trace.api.rooms.visit import Answer, Download, Visit
from ocop.trace.certifying_requests import ERASES, WORKING, Case
from ocop.trace.doors_people import reachable
from ocop.trace.erasing_finding import Found, wanted_of
from ocop.trace.erasing_kept import Kept, kept
from ocop.trace.erasing_texts import spans
from ocop.trace.pages.rooms.base import EMPTY, FieldState
from ocop.trace.pages.rooms.office_views import Field, OfficeForm, Section, Table
from ocop.trace.registry import tables
from ocop.trace.registry.erasures import Entry, mark_of
from ocop.trace.registry.errors import BadValue, Conflict, Unknown
from ocop.trace.registry.store import bump_facts
from ocop.trace.rights import Right, Role
from sqlalchemy import select
from sqlmodel import col

MOST = 200
STAYS = ("log", "office", "register", "goods", "request", "outside")


def person(visit: Visit) -> Answer:
    """Where the person of the request appears."""
    one = _case(visit)
    phone = one.contact if erasing_finding.read_phone(one.contact) else ""
    return _shown(visit, one, one.name, phone)


def look(visit: Visit) -> Answer:
    """The same by another name or number."""
    return _shown(visit, _case(visit), visit.form.one("name"), visit.form.one("phone"))


def _shown(visit: Visit, one: Case, name: str, phone: str, state: FieldState = EMPTY) -> Answer:
    here = f"{LIST}/{one.number}/person"
    record: list[Kept] = []
    try:
        found, held = _found(visit, one, name, phone)
        scope = scope_of(visit, Right.REQUEST_WORK)
        record = kept(visit.session, scope, wanted_of(name, phone, visit.now))
    except BadValue as error:
        said = visit.say("erasing.need.phone" if error.what == "phone" else "erasing.need.name")
        found, held, state = [], [], FieldState({"name": name, "phone": phone}, {error.what: said})
    fields = (
        Field("text", "name", visit.say("erasing.name"), name),
        Field("tel", "phone", visit.say("erasing.phone"), phone),
    )
    search = Section(
        text=(visit.say("erasing.lead"),),
        forms=(OfficeForm(f"{here}/look", fields, visit.say("erasing.look"), quiet=True),),
    )
    goes: tuple[Section, ...] = (
        Section(title=visit.say("erasing.none"), text=(visit.say("erasing.none.hint"),)),
    )
    if found:
        goes = _goes(visit, here, found, name, phone)
    stays = Section(
        title=visit.say("erasing.stays"),
        text=(*held, *(visit.say(f"erasing.stays.{what}") for what in STAYS)),
        links=((visit.say("request.row", number=str(one.number)), f"{LIST}/{one.number}"),),
    )
    acts = f"{here}/look" if {"name", "phone"} & set(state.problems) else f"{here}/erase"
    title = visit.say("erasing.title", name=one.name)
    records = (_record(visit, record),) if record else ()
    return page(visit, title, search, *goes, *records, stays, state=state, state_of=acts)


def _goes(visit: Visit, here: str, found: list[Found], name: str, phone: str) -> tuple[Section, ...]:
    """One part of what was found, to be ticked; then the ways to the other parts, if there are any."""
    who = (Field("hidden", "name", value=name), Field("hidden", "phone", value=phone))
    last = -(-len(found) // MOST)
    part = _part(visit, last)
    first, part_of = (part - 1) * MOST, found[(part - 1) * MOST : part * MOST]
    fields = (
        *who,
        Field("hidden", "part", value=str(part)),
        Field("group", "items", visit.say("erasing.items")),
        *(
            Field("check", one.ref, _label(visit, one), hint=visit.say(f"erasing.goes.{one.kind}"))
            for one in part_of
        ),
        Field("end", "items"),
        Field("check", "sure", visit.say("erasing.sure"), required=True),
    )
    media = tuple((_seen(visit, one), f"{here}/{one.media}") for one in part_of if one.media)
    form = OfficeForm(f"{here}/erase", fields, visit.say("erasing.erase"), danger=True)
    title = visit.say("erasing.goes", n=len(found))
    if last == 1:
        return (Section(title=title, forms=(form,), links=media),)
    said = visit.say("erasing.part", first=first + 1, last=first + len(part_of), n=len(found))
    ways = tuple(
        OfficeForm(f"{here}/look", (*who, Field("hidden", "part", value=str(other))),
                   visit.say(f"erasing.part.{way}"), quiet=True)
        for way, other in (("before", part - 1), ("next", part + 1)) if 1 <= other <= last
    )  # fmt: skip
    return Section(title=title, text=(said,), forms=(form,), links=media), Section(text=(said,), forms=ways)


def _part(visit: Visit, last: int) -> int:
    """Which part was asked for, from 1; the nearest that there is."""
    typed = visit.form.one("part")
    number = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 6 else 1
    return min(max(number, 1), last)


def _record(visit: Visit, record: list[Kept]) -> Section:
    """Words that stay, where they stand, and what can be done about them."""
    rows = tuple(
        (
            (visit.say(f"erasing.kept.{one.kind}"), product_href(one.key)) if one.key
            else (visit.say(f"erasing.kept.{one.kind}"), f"{LIST}/{one.number}") if one.number
            else visit.say(f"erasing.kept.{one.kind}"),
            one.place,
            one.shown,
        )
        for one in record[:MOST]
    )  # fmt: skip
    names = ("erasing.kept.what", "erasing.kept.place", "erasing.kept.words")
    text = [visit.say("erasing.kept.why"), visit.say("erasing.kept.do")]
    if len(record) > MOST:
        text.append(visit.say("erasing.kept.more", most=MOST, n=len(record)))
    title = visit.say("erasing.kept", n=len(record))
    return Section(
        title=title, text=tuple(text), table=Table(visit.say(names[-1]), tuple(map(visit.say, names)), rows)
    )


def _seen(visit: Visit, one: Found) -> str:
    """What a picture or a clip is called on this page: which product's, and the first digits of its name."""
    return visit.say(
        "erasing.clip" if one.kind == "voice" else "erasing.picture", place=one.place, name=one.media[:6]
    )


def media(visit: Visit) -> Answer:
    """A picture or a clip of the list, for whoever works on the request; nothing keeps it."""
    _case(visit)
    scope, name = scope_of(visit, Right.REQUEST_WORK), visit.params["media"]
    kind, content = erasing_media.seen(visit.session, visit.service.store.data, scope, name)
    return Download(name if "." in name else f"{name}.jpg", kind, content, inline=True)


def _label(visit: Visit, one: Found) -> str:
    place = _seen(visit, one) if one.media else one.place
    if one.item:
        place = f"{place}, {visit.say(f'tell.item.{one.item}')}"
    label = f"{visit.say(f'erasing.kind.{one.kind}')}: {place}"
    return f"{label}: “{one.shown}”" if one.shown else label


def erase(visit: Visit) -> Answer:
    """What was ticked goes; the line of the log says how much of what, and no name."""
    one = _case(visit)
    name, phone = visit.form.one("name"), visit.form.one("phone")

    def act() -> Answer:
        if visit.form.one("sure") != "1":
            raise Problems(sure="erasing.need.sure")
        refs = [ref for ref, values in visit.form.fields.items() if "-" in ref and values == ("1",)]
        try:
            found, _ = _found(visit, one, name, phone)
            entries = erasing_finding.ticked(found, refs, visit.now)
            _carry_out(visit, entries)
        except BadValue:
            raise Problems(items="erasing.need.items") from None
        except Conflict:
            raise Problems(items="erasing.wrong.operator") from None
        kinds = Counter(entry.kind for entry in entries)
        said = ", ".join(f"{kind} {count}" for kind, count in sorted(kinds.items()))
        visit.note("person.erase", f"#{one.number} {said}")
        return done(f"{LIST}/{one.number}", "erasing.done", {"n": len(entries)})

    return tried(visit, act, lambda state: _shown(visit, one, name, phone, state))


def _carry_out(visit: Visit, entries: list[Entry]) -> None:
    # Words first: an account that closes takes names out of drafts, whose marks would no longer be the ones found.
    erasing.erase(visit.session, [entry for entry in entries if entry.kind != "person"])
    for entry in entries:
        if entry.kind == "person":
            doors_leaving.close(visit.session, entry.number, visit.now)
    bump_facts(visit.session)


def _found(visit: Visit, one: Case, name: str, phone: str) -> tuple[list[Found], list[str]]:
    """What may be erased, and sentences about accounts that may not. Raises BadValue."""
    scope = scope_of(visit, Right.REQUEST_WORK)
    found = erasing_finding.find(visit.session, scope, name, phone, visit.now, one.number)
    accounts, held = _accounts(visit, one, name, phone)
    return [*accounts, *found], held


def _accounts(visit: Visit, one: Case, name: str, phone: str) -> tuple[list[Found], list[str]]:
    number = erasing_finding.read_phone(phone)
    found, held = [], []
    query = select(tables.Person).where(col(tables.Person.closed_at).is_(None))
    for row in visit.session.scalars(query.order_by(col(tables.Person.id))):
        if not (row.id == one.person_id or (number and row.phone == number) or spans(row.name, name, "")):
            continue
        id_ = row.id or 0
        if reachable(visit.session, visit.actor, Right.REQUEST_WORK, id_, ended=True) is None:
            continue
        operates = any(grant.role == Role.OPERATOR for grant in doors_leaving.roles_of(visit.session, id_))
        if id_ == visit.actor.person_id or (operates and Role.OPERATOR not in visit.actor.roles):
            held.append(visit.say("erasing.stays.account", name=row.name))
        elif row.held_until is not None and visit.now < row.held_until:
            until = visit.words.moment(row.held_until)
            held.append(visit.say("erasing.stays.held", name=row.name, until=until))
        else:
            found.append(Found(Entry("person", id_, mark_of(row), visit.now), f"#{id_}", row.name))
            held += _shared(visit, id_, row.name)
    return found, held


def _shared(visit: Visit, id_: int, name: str) -> list[str]:
    """Where a namesake keeps the name from going everywhere with this account."""
    makers = [
        visit.session.get_one(tables.Producer, one)
        for one in doors_leaving.namesakes(visit.session, id_, name)
    ]
    return [visit.say("erasing.stays.namesake", name=name, maker=maker.name) for maker in makers]


def _case(visit: Visit) -> Case:
    """A request that somebody works on and that asks for something to go. Raises Unknown."""
    scope = scope_of(visit, Right.REQUEST_WORK)
    one = certifying_requests.case(visit.session, scope, number_in(visit.params, "request"))
    if one.state != WORKING or one.kind not in ERASES:
        raise Unknown("request that is worked on and asks for something to go", one.number)
    return one


ROUTES: tuple[Route, ...] = tuple(
    Route(method, f"{LIST}/{{request}}/person{end}", Right.REQUEST_WORK, handler, where=where_request,
          step_up=True, held=True)
    for method, end, handler in (("GET", "", person), ("POST", "/look", look), ("POST", "/erase", erase),
                                 ("GET", "/{media}", media))
)  # fmt: skip
