"""Passkeys over HTTP: a script asks for the question, lets the phone answer, and sends the answer as a form.

Answers are JSON: `{"go": "/studio"}` when the door opened, `{"problem": "…"}` with 4xx when it did not.
"""

import secrets

from ocop.trace import doors_passkeys, doors_sessions
from ocop.trace.api.rooms.door import counted, network, next_of, start
from ocop.trace.api.rooms.door_words import browser_of
from ocop.trace.api.rooms.nav import home_of
from ocop.trace.api.rooms.routes import Route
from ocop.trace.api.rooms.visit import Answer, Go, Json, Visit, csrf_of
from ocop.trace.doors_passkeys import PasskeyRefused
from ocop.trace.registry import tables
from ocop.trace.registry.errors import Conflict
from ocop.trace.rights import Right


def _refused(visit: Visit, status: int = 403) -> Json:
    return Json({"problem": visit.say("door.too_many" if status == 429 else "door.passkey.failed")}, status)


def sign_in_options(visit: Visit) -> Answer:
    """The question for somebody whom we don't know yet."""
    options = doors_passkeys.question(
        visit.session, visit.holder, visit.service.settings.public_url, "sign_in", visit.now,
        challenge=secrets.token_bytes(32),
    )  # fmt: skip
    return Json(options)


def sign_in(visit: Visit) -> Answer:
    """The answer opens the door."""
    if not counted(visit, ("sign_in.address", network(visit)), ("sign_in.all", "")):
        return _refused(visit, 429)
    person_id = _opened(visit, "sign_in")
    if person_id is None:
        return _refused(visit)
    with visit.begin() as session:
        if session.get_one(tables.Person, person_id).closed_at is not None:
            return _refused(visit)
        actor, token = start(visit, session, person_id, "passkey")
    return Json({"go": next_of(visit.form.one("next")) or home_of(actor, visit.index)}, token=token)


def _opened(visit: Visit, purpose: str) -> int | None:
    """Who answered. The question is spent even when the answer is wrong."""
    with visit.begin() as session:
        try:
            return doors_passkeys.open_by(
                session, visit.holder, purpose, visit.form.one("credential"),
                visit.service.settings.public_url, visit.now,
            )  # fmt: skip
        except PasskeyRefused:
            return None


def again_options(visit: Visit) -> Answer:
    """The question for the person who is signed in."""
    options = doors_passkeys.question(
        visit.session, visit.holder, visit.service.settings.public_url, "again", visit.now,
        challenge=secrets.token_bytes(32), person_id=visit.actor.person_id,
    )  # fmt: skip
    return Json(options)


def again(visit: Visit) -> Answer:
    """The proof before something dear."""
    signed = visit.signed
    if signed is None or not counted(visit, ("again.person", str(visit.actor.person_id))):
        return _refused(visit, 429)
    if _opened(visit, "again") != visit.actor.person_id:
        return _refused(visit)
    with visit.begin() as session:
        token = doors_sessions.prove(session, signed, visit.now, fresh=secrets.token_bytes(32))
        visit.note("sign.again", "passkey", session=session)
    # The cookie changes, and with it the secret of a form that waits on the page.
    return Json({"go": next_of(visit.form.one("next")) or "/me", "csrf": csrf_of(token)}, token=token)


def new_options(visit: Visit) -> Answer:
    """The question for a new passkey."""
    person = visit.session.get_one(tables.Person, visit.actor.person_id)
    try:
        options = doors_passkeys.registration(
            visit.session, person, visit.holder, visit.service.settings.public_url, visit.now,
            challenge=secrets.token_bytes(32),
        )  # fmt: skip
    except Conflict:
        return Json({"problem": visit.say("me.keys.many")}, 409)
    return Json(options)


def new(visit: Visit) -> Answer:
    """Keep a new passkey; other browsers must sign in again."""
    name = browser_of(visit.request.text(b"user-agent"))
    with visit.begin() as session:
        try:
            doors_passkeys.register(
                session, visit.actor.person_id, visit.holder, visit.form.one("credential"),
                visit.service.settings.public_url, name, visit.now,
            )  # fmt: skip
        except (PasskeyRefused, Conflict):
            return _refused(visit)
        but = visit.signed.session_id if visit.signed is not None else None
        doors_sessions.end_all(session, visit.actor.person_id, visit.now, but=but)
        visit.note("passkey.add", name, session=session)
    return Json({"go": ""})


def remove(visit: Visit) -> Answer:
    """Take a passkey away."""
    number = visit.number("key")
    name = doors_passkeys.remove(visit.session, visit.actor.person_id, number)
    visit.note("passkey.remove", name)
    return Go("/me", "me.key.removed", {"name": name})


ROUTES: tuple[Route, ...] = (
    Route("POST", "/door/passkey/options", None, sign_in_options),
    Route("POST", "/door/passkey", None, sign_in, commits=True),
    Route("POST", "/door/again/options", Right.OWN, again_options),
    Route("POST", "/door/again/passkey", Right.OWN, again, commits=True),
    Route("POST", "/me/passkeys/options", Right.OWN, new_options, step_up=True),
    Route("POST", "/me/passkeys", Right.OWN, new, commits=True, step_up=True),
    Route("POST", "/me/passkeys/{key}/remove", Right.OWN, remove, step_up=True),
)
