"""One's own account: the ways in, the browsers that are signed in, the passphrase, the card."""

import secrets

from ocop.trace import (
    doors,
    doors_cards,
    doors_helping,
    doors_passkeys,
    doors_phone,
    doors_secrets,
    doors_sessions,
)
from ocop.trace.api.rooms.door import welcome
from ocop.trace.api.rooms.door_words import place_of, role_words
from ocop.trace.api.rooms.helping import shown
from ocop.trace.api.rooms.routes import Route
from ocop.trace.api.rooms.visit import Answer, Go, Page, Visit
from ocop.trace.doors_passkeys import passkeys_work
from ocop.trace.pages.rooms.base import EMPTY, FieldState
from ocop.trace.pages.rooms.door_views import Browser, MeView, Passkey, SecretView
from ocop.trace.registry import tables
from ocop.trace.registry.errors import BadValue
from ocop.trace.rights import Right, may


def page(visit: Visit) -> Answer:
    """Everything about this account that its owner may see and end."""
    session, me, words = visit.session, visit.actor.person_id, visit.words
    here = visit.signed.session_id if visit.signed is not None else 0
    roles = tuple(role_words(words, grant, place_of(session, grant)) for grant in visit.actor.grants)
    browsers = tuple(
        Browser(
            row.id or 0, row.browser, words.moment(row.made_at), words.moment(row.seen_at), row.id == here
        )
        for row in doors_sessions.listed(session, me, visit.now)
    )
    keys = tuple(
        Passkey(
            row.id or 0,
            row.name,
            words.day_of(row.created_at),
            words.moment(row.used_at) if row.used_at else "",
        )
        for row in doors_passkeys.listed(session, me)
    )
    return Page(
        MeView(
            base=visit.base_view(visit.say("me.title"), scripts=("passkey.js",)),
            phone=doors_phone.shown(visit.signed.phone) if visit.signed is not None else "",
            roles=roles,
            browsers=browsers,
            passkeys=keys,
            can_passkey=passkeys_work(visit.service.settings.public_url),
            codes_left=doors_cards.codes_left(session, me),
            helping=()
            if visit.actor.helping
            else shown(visit, session, doors_helping.helps(session, me, visit.now)),
            helpers=shown(visit, session, doors_helping.helpers(session, visit.actor.producers, visit.now)),
            maker=may(visit.actor, Right.CONSENT_KEEP).allowed,
            officer=may(visit.actor, Right.PRODUCER_EDIT).allowed,
        )
    )


def leave(visit: Visit) -> Answer:
    """Sign out here."""
    if visit.signed is not None:
        doors_sessions.end(visit.session, visit.actor.person_id, visit.signed.session_id, visit.now)
        visit.note("sign.out", "")
    return Go("/door", "me.left", token="")


def end_session(visit: Visit) -> Answer:
    """End another browser."""
    doors_sessions.end(visit.session, visit.actor.person_id, visit.number("id"), visit.now)
    visit.note("session.end", str(visit.number("id")))
    return Go("/me", "me.browser.ended")


def end_sessions(visit: Visit) -> Answer:
    """End every other browser."""
    here = visit.signed.session_id if visit.signed is not None else None
    count = doors_sessions.end_all(visit.session, visit.actor.person_id, visit.now, but=here)
    visit.note("session.end", "*")
    return Go("/me", "me.browsers.ended", {"n": count})


def secret_page(visit: Visit) -> Answer:
    """The form for a new passphrase."""
    return Page(_secret(visit))


def _secret(visit: Visit, state: FieldState = EMPTY) -> SecretView:
    return SecretView(visit.base_view(visit.say("me.secret")), state)


def change_secret(visit: Visit) -> Answer:
    """A new passphrase, made or own; other browsers must sign in again."""
    me, phone = visit.actor.person_id, visit.signed.phone if visit.signed is not None else ""
    made = None
    if visit.form.one("kind") == "own":
        try:
            own = doors_secrets.check_own(
                visit.form.one("passphrase"), visit.actor.name, phone.replace("+84", "0")
            )
        except BadValue as error:
            sentence = "door.own.length" if "characters" in error.expected else "door.own.common"
            return Page(_secret(visit, FieldState({"kind": "own"}, {"passphrase": visit.say(sentence)})), 422)
        hashed = doors_secrets.hash_secret(own)
    else:
        made = doors_secrets.make(secrets.randbelow)
        hashed = doors_secrets.hash_secret(made.typed)
    with visit.begin() as session:
        doors.set_secret(session, me, hashed, visit.now, generated=made is not None)
        doors_sessions.end_all(session, me, visit.now)
        token = doors_sessions.begin(session, me, _browser(visit), visit.now, fresh=secrets.token_bytes(32))
        visit.note("passphrase.change", "", session=session)
        if made is not None:
            return welcome(visit, session, visit.actor, token, made.shown, ())
    return Go("/me", "secret.changed", token=token)


def _browser(visit: Visit) -> str:
    if visit.signed is None:
        return "?"
    with visit.service.store.read() as session:
        return session.get_one(tables.RoomSession, visit.signed.session_id).browser


def new_card(visit: Visit) -> Answer:
    """A new card; the old one ends."""
    with visit.begin() as session:
        codes = doors_cards.new_card(session, visit.actor.person_id, visit.now, draw=secrets.randbelow)
        visit.note("card.new", "", session=session)
        if visit.signed is None:
            return Go("/door")
        token = doors_sessions.prove(session, visit.signed, visit.now, fresh=secrets.token_bytes(32))
        return welcome(visit, session, visit.actor, token, "", codes)


ROUTES: tuple[Route, ...] = (
    Route("GET", "/me", Right.OWN, page),
    Route("POST", "/me/leave", Right.OWN, leave),
    Route("POST", "/me/sessions/{id}/end", Right.OWN, end_session),
    Route("POST", "/me/sessions/end", Right.OWN, end_sessions),
    Route("GET", "/me/passphrase", Right.OWN, secret_page, step_up=True),
    Route("POST", "/me/passphrase", Right.OWN, change_secret, step_up=True, commits=True),
    Route("POST", "/me/card", Right.OWN, new_card, step_up=True, commits=True),
)
