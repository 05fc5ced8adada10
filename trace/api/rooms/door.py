"""The doors: signing in by number and passphrase, an invitation, the printed card, the proof again.

A wrong number and a wrong passphrase get one answer after the same work. Limits are counted and committed before
the passphrase is looked at, so that a caller who breaks off has still tried. Every way in makes a new session.
"""

import re
import secrets

from ocop.trace import (
    doors,
    doors_cards,
    doors_invitations,
    doors_limits,
    doors_phone,
    doors_secrets,
    doors_sessions,
)
from ocop.trace.api.rooms import kept
from ocop.trace.api.rooms.door_words import browser_of, in_app_of, place_of, role_words
from ocop.trace.api.rooms.kept import Kept
from ocop.trace.api.rooms.nav import home_of
from ocop.trace.api.rooms.routes import Route
from ocop.trace.api.rooms.visit import Answer, Go, Page, Refusal, Visit
from ocop.trace.doors_invitations import LinkState, Opened
from ocop.trace.doors_passkeys import passkeys_work
from ocop.trace.pages.rooms.base import EMPTY, FieldState
from ocop.trace.pages.rooms.door_views import (
    AgainView,
    CardDoorView,
    InviteView,
    KeptView,
    SignInView,
    WelcomeView,
)
from ocop.trace.registry import tables
from ocop.trace.registry.errors import BadValue, Conflict
from ocop.trace.registry.taps import receipt_secret
from ocop.trace.rights import Actor, Right
from sqlmodel import Session

NEXT = re.compile(r"/(?:studio|office|me|help|door/i)(?:/[^\\\x00-\x20]*)?(?:\?[^\\\x00-\x20]*)?", re.ASCII)


def next_of(text: str) -> str:
    """Where to go on: a path of the rooms, or nothing."""
    return text if len(text) <= 500 and NEXT.fullmatch(text) and "//" not in text else ""


def sign_in_page(visit: Visit) -> Answer:
    """Who is signed in already goes on at once."""
    wanted = next_of(visit.query.get("next", ""))
    if visit.signed is not None:
        return Go(wanted or home_of(visit.actor, visit.index))
    return Page(_sign_in(visit, wanted))


def _sign_in(visit: Visit, wanted: str, state: FieldState = EMPTY) -> SignInView:
    passkeys = passkeys_work(visit.service.settings.public_url)
    base = visit.base_view(visit.say("door.title"), scripts=("passkey.js",))
    return SignInView(base, wanted, passkeys, state)


def sign_in(visit: Visit) -> Answer:
    """Number and passphrase."""
    wanted, typed = next_of(visit.form.one("next")), visit.form.one("phone")
    kept = {"phone": typed}
    try:
        phone = doors_phone.normal(typed)
    except BadValue:
        state = FieldState(kept, {"phone": visit.say("door.phone.bad")})
        return Page(_sign_in(visit, wanted, state), 422)
    if not counted(
        visit, ("sign_in.person", phone), ("sign_in.address", network(visit)), ("sign_in.all", "")
    ):
        return Refusal(429, "door.too_many")
    with visit.service.store.read() as session:
        person = doors.by_phone(session, phone)
    given = visit.form.one("passphrase")
    right = doors_secrets.matches(
        person.secret if person else "", given, generated=person.generated if person else False
    )
    if person is None or not right:
        state = FieldState(kept, {"passphrase": visit.say("door.wrong")})
        return Page(_sign_in(visit, wanted, state), 422)
    with visit.begin() as session:
        doors_limits.forgive(session, limit_key(session), "sign_in.person", phone)
        if doors_secrets.is_old(person.secret):
            fresh = doors_secrets.hash_secret(doors_secrets.plain(given) if person.generated else given)
            doors.set_secret(session, person.person_id, fresh, visit.now, generated=person.generated)
        return let_in(visit, session, person.person_id, wanted, "passphrase")


def let_in(visit: Visit, session: Session, person_id: int, wanted: str, by: str) -> Go:
    """A new session for this person; the one before, if any, ends."""
    actor = start(visit, session, person_id, by)
    return Go(wanted or home_of(actor[0], visit.index), token=actor[1])


def start(visit: Visit, session: Session, person_id: int, by: str) -> tuple[Actor, str]:
    """Begin a session: who it is, and its cookie."""
    if visit.signed is not None:
        doors_sessions.end(session, visit.actor.person_id, visit.signed.session_id, visit.now)
    name = doors.known(session, person_id).name
    actor = Actor(person_id, name, doors_sessions.grants_of(session, person_id))
    browser = browser_of(visit.request.text(b"user-agent"))
    token = doors_sessions.begin(session, person_id, browser, visit.now, fresh=secrets.token_bytes(32))
    visit.note("sign.in", by, session=session, actor=actor)
    return actor, token


def counted(visit: Visit, *tries: tuple[str, str]) -> bool:
    """Count a try in a transaction of its own; False when it is one too many."""
    with visit.begin() as session:
        return doors_limits.allowed(session, limit_key(session), tries, visit.now)


def limit_key(session: Session) -> bytes:
    """The secret of the store under which tries are counted."""
    return receipt_secret(session, fresh=secrets.token_bytes(32))


def network(visit: Visit) -> str:
    """What this caller is counted by."""
    return doors_limits.network(visit.client)


def again_page(visit: Visit) -> Answer:
    """The proof before something dear."""
    return Page(_again(visit, next_of(visit.query.get("next", ""))))


def again_for(visit: Visit, waits: Kept) -> Page:
    """The proof for a form that came too late for the last one; nothing of it was done."""
    return Page(_again(visit, "", waits=waits))


def _again(visit: Visit, wanted: str, state: FieldState = EMPTY, waits: Kept | None = None) -> AgainView:
    passkeys = passkeys_work(visit.service.settings.public_url)
    base = visit.base_view(visit.say("door.again.title"), scripts=("passkey.js",))
    return AgainView(base, wanted, passkeys, state, waits.shown if waits else None)


def again(visit: Visit) -> Answer:
    """The passphrase once more; the session's cookie changes. A form that waited is handed back to be sent."""
    wanted, signed = next_of(visit.form.one("next")) or "/me", visit.signed
    if signed is None or not counted(visit, ("again.person", str(visit.actor.person_id))):
        return Refusal(429, "door.too_many")
    waits = kept.read(visit, visit.form.one("kept"))
    with visit.service.store.read() as session:
        person = doors.known(session, visit.actor.person_id)
    if not doors_secrets.matches(person.secret, visit.form.one("passphrase"), generated=person.generated):
        state = FieldState({}, {"passphrase": visit.say("door.again.wrong")})
        return Page(_again(visit, wanted, state, waits), 422)
    with visit.begin() as session:
        token = doors_sessions.prove(session, signed, visit.now, fresh=secrets.token_bytes(32))
        visit.note("sign.again", "passphrase", session=session)
    if waits is None:
        return Go(wanted, token=token)
    visit.enter(token, signed)
    return Page(
        KeptView(visit.base_view(visit.say("door.kept.title")), waits.shown, visit.say("door.kept.lead"))
    )


def invitation_page(visit: Visit) -> Answer:
    """What a link says. Looking spends nothing: messengers look at every link."""
    opened = doors_invitations.read(visit.session, visit.params["token"], visit.now)
    if opened.state is not LinkState.OPEN:
        return _gone(visit, opened)
    return Page(_invitation(visit, visit.session, opened))


def _gone(visit: Visit, opened: Opened) -> Answer:
    status = 404 if opened.state is LinkState.UNKNOWN else 410
    inviter = opened.row.made_by if opened.row is not None else ""
    back = "/door" if opened.state is LinkState.USED else ""
    return Refusal(status, f"invite.{opened.state}", {"inviter": inviter} if inviter else {}, back)


def _invitation(visit: Visit, session: Session, opened: Opened, state: FieldState = EMPTY) -> InviteView:
    row = opened.invitation
    action = f"/door/i/{visit.params['token']}"
    recovers = row.recovers is not None
    title = "invite.recovers.title" if recovers else "invite.title"
    return InviteView(
        visit.base_view(visit.say(title, name=row.name)),
        action,
        row.name,
        "" if recovers else role_words(visit.words, doors_invitations.grant_of(row), ""),
        "" if recovers else place_of(session, doors_invitations.grant_of(row)),
        row.made_by,
        doors_phone.shown(row.phone) if row.phone else "",
        in_app_of(visit.request.text(b"user-agent")),
        visit.service.settings.public_url + action,
        recovers,
        visit.signed is not None and not recovers,
        state,
    )


def accept(visit: Visit) -> Answer:
    """Take an invitation: a new person, or one more role, or a way back in."""
    if not counted(visit, ("invite.address", network(visit))):
        return Refusal(429, "door.too_many")
    with visit.service.store.read() as session:
        opened = doors_invitations.read(session, visit.params["token"], visit.now)
        if opened.state is not LinkState.OPEN:
            return _gone(visit, opened)
        row = opened.invitation
        joins = row.recovers is None and visit.signed is not None
        made = None if joins else _new_secret(visit, row.name, row.phone)
        if isinstance(made, FieldState):
            return Page(_invitation(visit, session, opened, made), 422)
    try:
        with visit.begin() as session:
            if made is None:
                return _one_more_role(visit, session, row)
            return _settle(visit, session, row, made)
    except (BadValue, Conflict) as error:
        state = FieldState(visit.form.values(), dict([_person_problem(visit, error)]))
        with visit.service.store.read() as session:
            opened = doors_invitations.read(session, visit.params["token"], visit.now)
            if opened.state is not LinkState.OPEN:
                return _gone(visit, opened)
            return Page(_invitation(visit, session, opened, state), 422)


def _person_problem(visit: Visit, error: BadValue | Conflict) -> tuple[str, str]:
    if isinstance(error, Conflict):
        return "phone", visit.say("invite.phone.known")
    if error.what == "phone":
        return "phone", visit.say("door.phone.bad")
    return "name", visit.say("invite.name.bad")


def _new_secret(visit: Visit, name: str, phone: str) -> tuple[str, str, bool] | FieldState:
    """What the form chose, hashed; or the form's state with what is wrong."""
    if visit.form.one("kind") != "own":
        made = doors_secrets.make(secrets.randbelow)
        return made.shown, doors_secrets.hash_secret(made.typed), True
    typed_name = visit.form.one("name") or name
    number = visit.form.one("phone") or phone.replace("+84", "0")
    try:
        own = doors_secrets.check_own(visit.form.one("passphrase"), typed_name, number)
    except BadValue as error:
        sentence = "door.own.length" if "characters" in error.expected else "door.own.common"
        values = {key: value for key, value in visit.form.values().items() if key != "passphrase"}
        return FieldState(values, {"passphrase": visit.say(sentence)})
    return "", doors_secrets.hash_secret(own), False


def _one_more_role(visit: Visit, session: Session, row: tables.Invitation) -> Answer:
    doors_invitations.spend(session, row, visit.actor.person_id, visit.now)
    doors.give_role(session, visit.actor.person_id, doors_invitations.grant_of(row), row.made_by, visit.now)
    visit.note("person.join", row.role, row.made_by, row.producer_id, session=session)
    return Go("/me", "invite.joined")


def _settle(visit: Visit, session: Session, row: tables.Invitation, made: tuple[str, str, bool]) -> Answer:
    """Make the person (or find the one who lost the way), keep the passphrase, sign in, show what to write down."""
    shown, hashed, generated = made
    if row.recovers is not None:
        person_id = row.recovers
        doors_sessions.end_all(session, person_id, visit.now)
        doors_cards.forget_keys(session, person_id)
        doors_cards.hold(session, person_id, visit.now)
    else:
        phone = row.phone or visit.form.one("phone")
        name = visit.form.one("name") or row.name
        person = doors.add_person(
            session, name, phone, visit.now, handle=secrets.token_bytes(32), lang=visit.lang
        )
        person_id = person.id or 0
        doors.give_role(session, person_id, doors_invitations.grant_of(row), row.made_by, visit.now)
    doors.set_secret(session, person_id, hashed, visit.now, generated=generated)
    doors_invitations.spend(session, row, person_id, visit.now)
    codes = doors_cards.new_card(session, person_id, visit.now, draw=secrets.randbelow)
    actor, token = start(visit, session, person_id, "invitation")
    what = "person.recovered" if row.recovers is not None else "person.join"
    visit.note(what, row.name, row.made_by, row.producer_id, session=session, actor=actor)
    return welcome(visit, session, actor, token, shown, codes)


def welcome(
    visit: Visit, session: Session, actor: Actor, token: str, shown: str, codes: tuple[str, ...]
) -> Page:
    """What to write down, shown once."""
    visit.enter(token, doors_sessions.find(session, token, visit.now))
    phone = doors_phone.shown(visit.signed.phone) if visit.signed is not None else ""
    base = visit.base_view(visit.say("welcome.title", name=actor.name), scripts=("passkey.js",))
    passkeys = passkeys_work(visit.service.settings.public_url)
    return Page(WelcomeView(base, shown, codes, phone, passkeys, home_of(actor, visit.index)))


def card_page(visit: Visit) -> Answer:
    """The door for who lost the passphrase and has the card."""
    return Page(CardDoorView(visit.base_view(visit.say("door.card.title"))))


def card(visit: Visit) -> Answer:
    """A code of the card opens once; then a new passphrase is made and shown."""
    typed = visit.form.one("phone")
    view = CardDoorView(visit.base_view(visit.say("door.card.title")))
    try:
        phone = doors_phone.normal(typed)
    except BadValue:
        state = FieldState({"phone": typed}, {"phone": visit.say("door.phone.bad")})
        return Page(CardDoorView(view.base, state), 422)
    if not counted(visit, ("card.person", phone), ("card.address", network(visit))):
        return Refusal(429, "door.too_many")
    made = doors_secrets.make(secrets.randbelow)
    hashed = doors_secrets.hash_secret(made.typed)
    with visit.begin() as session:
        person = doors.by_phone(session, phone)
        if person is None or not doors_cards.use_code(
            session, person.person_id, visit.form.one("code"), visit.now
        ):
            state = FieldState({"phone": typed}, {"code": visit.say("door.card.wrong")})
            return Page(CardDoorView(view.base, state), 422)
        doors_sessions.end_all(session, person.person_id, visit.now)
        doors.set_secret(session, person.person_id, hashed, visit.now, generated=True)
        actor, token = start(visit, session, person.person_id, "card")
        return welcome(visit, session, actor, token, made.shown, ())


ROUTES: tuple[Route, ...] = (
    Route("GET", "/door", None, sign_in_page),
    Route("POST", "/door", None, sign_in, commits=True),
    Route("GET", "/door/again", Right.OWN, again_page),
    Route("POST", "/door/again", Right.OWN, again, commits=True),
    Route("GET", "/door/i/{token}", None, invitation_page),
    Route("POST", "/door/i/{token}", None, accept, commits=True),
    Route("GET", "/door/card", None, card_page),
    Route("POST", "/door/card", None, card, commits=True),
)
