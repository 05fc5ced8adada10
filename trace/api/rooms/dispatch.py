"""From a request to a room's answer: form, cookie, right, transaction, page, in that order.

1. the route by path and method (404, 405); 2. the body as a form, within its limits; 3. who is behind the cookie;
4. for a POST: it comes from a page of ours and carries the secret of this browser; 5. the right, on whose thing;
6. fresh proof where the route asks for it; 7. the handler, in one transaction; 8. the answer as bytes.

Everything after the body runs in a thread. Cookies: the session (`__Host-ocop`, or `ocop` on plain http at
home), the browser's own secret before anybody signs in (`…door`), a notice for the next page (`…note`), the
language (`…lang`). The secret of forms is an HMAC of the session's or the browser's cookie, so nothing is stored.
"""

import base64
import hashlib
import hmac
import json
import logging
import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Literal, NamedTuple
from urllib.parse import parse_qsl, quote

from ocop.trace import doors_sessions, handing_closing
from ocop.trace.api.http import HTML, NO_STORE, SAFE, BadForm, Header, Reply, Request
from ocop.trace.api.problems import Wrong
from ocop.trace.api.rooms import problems
from ocop.trace.api.rooms.door import again_for
from ocop.trace.api.rooms.forms import Form, read_form
from ocop.trace.api.rooms.kept import keep
from ocop.trace.api.rooms.nav import nav_of
from ocop.trace.api.rooms.routes import Index, Route
from ocop.trace.api.rooms.visit import Answer, AsBuyer, Download, Go, Json, Page, Refusal, Visit, csrf_of
from ocop.trace.api.service import Service
from ocop.trace.doors_sessions import Signed
from ocop.trace.pages.phrases import PhraseError, Phrases, negotiate, phrases
from ocop.trace.pages.rooms.door_views import KeptView
from ocop.trace.pages.rooms.render import CSP, RoomRenderer
from ocop.trace.registry.errors import RegistryError, StoreError, Unknown
from ocop.trace.rights import HELD, Actor, may, sees

LOG = logging.getLogger("ocop.trace")
MAX_NOTE = 1500
YEAR = 365 * 24 * 3600
ROOM_HEADERS: tuple[Header, ...] = (
    HTML,
    (b"content-security-policy", CSP.encode("ascii")),
    (b"vary", b"accept-language, cookie"),
    NO_STORE,
    *((name, value) for name, value in SAFE if name != b"permissions-policy"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=(self), payment=()"),
)
HSTS: Header = (b"strict-transport-security", b"max-age=63072000; includeSubDomains")


class Asked(NamedTuple):
    """One request on its way: the matched route, its parameters, and the body that was read for it."""

    route: Route
    params: Mapping[str, str]
    body: bytes


class Cookies:
    """The cookies of one request, and those to set with its answer."""

    def __init__(self, header: str, secure: bool) -> None:
        self._prefix, self._secure = ("__Host-", "; Secure") if secure else ("", "")
        self.sets: list[Header] = []
        self._given: dict[str, str] = {}
        for part in header.split(";"):
            name, _, value = part.strip().partition("=")
            self._given.setdefault(name, value)

    def get(self, name: str) -> str:
        """A cookie of ours, empty if absent."""
        return self._given.get(self._prefix + name, "")

    def set(self, name: str, value: str, seconds: int | None = None) -> None:
        """Set a cookie; `seconds` None: until the browser closes; 0: take it away."""
        age = "" if seconds is None else f"; Max-Age={seconds}"
        text = f"{self._prefix}{name}={value}; Path=/; HttpOnly; SameSite=Lax{self._secure}{age}"
        self.sets.append((b"set-cookie", text.encode("ascii")))


class Rooms:
    """The rooms of one worker."""

    def __init__(self, routes: tuple[Route, ...]) -> None:
        self.index = Index(routes)
        self._renderer = RoomRenderer()

    def find(self, request: Request) -> tuple[Route | None, Mapping[str, str], frozenset[str]]:
        """The route of a request, its parameters; without one, the methods that the path knows.

        An address that no room has is answered by a page too, with the ways that this person has.
        """
        route, params, known = self.index.find(request.method, request.raw_path)
        if route is None and not known and request.method in {"GET", "HEAD"}:
            return NOWHERE_TO_GO, {}, frozenset()
        return route, params, known

    def answer(
        self, service: Service, request: Request, route: Route, params: Mapping[str, str], body: bytes
    ) -> Reply:
        """Answer a request whose body was read. Runs in a thread."""
        asked = Asked(route, params, body)
        cookies = Cookies(request.text(b"cookie"), service.settings.scheme == "https")
        answer: Answer
        try:
            visit = self._visit(service, request, asked, cookies)
        except StoreError as error:
            visit = self._visit(service, request, asked, cookies, store=False)
            return self._reply(visit, problems.of(visit, error), cookies)
        try:
            answer = self._judge(visit, asked)
        except BadForm as error:
            answer = problems.wrong(visit, Wrong.FORM, got=str(error))
        except RegistryError as error:
            answer = problems.of(visit, error)
        except Exception:
            LOG.exception("a fault of ours on %s", request.raw_path.decode("latin-1"))
            answer = problems.wrong(visit, Wrong.FAULT)
        return self._reply(visit, answer, cookies)

    def _visit(
        self, service: Service, request: Request, asked: Asked, cookies: Cookies, *, store: bool = True
    ) -> Visit:
        """Who asks, in which language; without the `store` nobody is known."""
        now = service.clock()
        query = dict(parse_qsl(request.query.decode("latin-1"), keep_blank_values=True))
        signed = None
        if store and (cookie := cookies.get("ocop")):
            with service.store.read() as session:
                signed = doors_sessions.find(session, cookie, now)
        if signed is not None:
            secret = cookie
            _touch(service, signed, now)
        else:
            secret = cookies.get("door")
            if doors_sessions.token_bytes(secret) is None:
                secret = doors_sessions.token_text(secrets.token_bytes(32))
                cookies.set("door", secret)
        lang = _language(request, query, cookies, signed)
        words = phrases(lang)
        return Visit(
            service=service,
            request=request,
            params=asked.params,
            query=query,
            form=Form(),
            lang=lang,
            words=words,
            now=now,
            csrf=csrf_of(secret),
            holder=hashlib.sha256(b"holder" + secret.encode()).digest(),
            signed=signed,
            index=self.index,
            nav=nav_of(
                signed.actor if signed else None, words, request.raw_path.decode("latin-1"), self.index
            ),
            notice=_notice(cookies, words),
        )

    def _judge(self, visit: Visit, asked: Asked) -> Answer:
        route, service = asked.route, visit.service
        if route.method == "POST":
            kind = visit.request.headers.get(b"content-type", b"")
            visit.form = read_form(kind, asked.body, route.max_field)
            given = visit.form.one("csrf") or visit.request.text(b"x-csrf")
            if not hmac.compare_digest(given.encode(), visit.csrf.encode()):
                return _not_from_this_page(visit, route)
        refused = self._refused(visit, route)
        if refused is not None:
            return refused
        if route.commits:
            return route.handler(visit)
        with service.store.begin() if route.method == "POST" else service.store.read() as session:
            visit.transaction = session
            return route.handler(visit)

    def _refused(self, visit: Visit, route: Route) -> Answer | None:
        """Why this visit may not go on, or None."""
        if route.right is None:
            return None
        if visit.signed is None:
            return _sign_in_first(visit, route)
        with visit.service.store.read() as session:
            where = route.where(session, visit.params)
        actor = visit.signed.actor
        decision = may(actor, route.right, where)
        if not decision.allowed:
            if not sees(actor, route.right, where) and decision.reason == "elsewhere":
                return problems.wrong(visit, Wrong.UNKNOWN)
            return _said_why(visit, actor, decision.reason)
        held = visit.signed.held_until
        shut = route.held or (route.method == "POST" and route.right in HELD)
        if shut and held is not None and visit.now < held:
            until = visit.words.moment(held)
            return Refusal(403, "rooms.refused.held", {"until": until})
        if route.step_up and not visit.signed.proved(visit.now):
            waits = keep(visit)
            if waits is not None:
                return again_for(visit, waits)
            return Go(f"/door/again?next={quote(_back(visit, route), safe='')}")
        return None

    def _reply(self, visit: Visit, answer: Answer, cookies: Cookies) -> Reply:
        headers = ROOM_HEADERS
        if visit.service.settings.scheme == "https":
            headers = (*headers, HSTS)
        if isinstance(answer, Refusal):
            answer = problems.refusal(visit, answer)
        if isinstance(answer, Page):
            if visit.notice:
                cookies.set("note", "", 0)
            if visit.token is not None:
                _signed_in(cookies, visit.token)
            body = self._renderer.page(answer.view)
            extra: tuple[Header, ...] = ((b"retry-after", b"5"),) if answer.status == 503 else ()
            if answer.status == 429:
                extra = ((b"retry-after", b"300"),)
            return Reply(answer.status, (*headers, *extra, *cookies.sets), body)
        if isinstance(answer, AsBuyer):
            return Reply(200, (*visit.service.page_headers, NO_STORE, *cookies.sets), answer.body)
        if isinstance(answer, Download):
            return Reply(200, (*_kept(answer), *headers[1:], *cookies.sets), answer.content)
        if answer.token is not None:
            _signed_in(cookies, answer.token)
        if isinstance(answer, Json):
            kind = (b"content-type", b"application/json")
            body = json.dumps(answer.value, ensure_ascii=False).encode()
            return Reply(answer.status, (kind, *headers[1:], *cookies.sets), body)
        if answer.notice:
            cookies.set("note", _note_text(answer.notice, answer.values), 60)
        return Reply(303, ((b"location", own_path(answer.location).encode()), *headers, *cookies.sets))


def _touch(service: Service, signed: Signed, now: datetime) -> None:
    """Note once a minute that the browser was here; a busy database costs this note only."""
    if now - signed.seen_at <= doors_sessions.TOUCH:
        return
    try:
        with service.store.begin() as session:
            doors_sessions.touch(session, signed, now)
    except StoreError as error:
        LOG.warning("a visit was not noted: %s", error)


def _signed_in(cookies: Cookies, token: str) -> None:
    """Set the session's cookie (empty: take it away). It outlives the browser; the row says when it is over."""
    cookies.set("ocop", token, YEAR if token else 0)
    cookies.set("door", "", 0)


def own_path(location: str) -> str:
    """A path of ours as it goes into Location: escaped, and never another host."""
    if not location.startswith("/") or location.startswith(("//", "/\\")):
        return "/me"
    return quote(location, safe="/?=&%-._~#:@!$'()*+,;")


def _kept(file: Download) -> tuple[Header, ...]:
    plain = "".join(c if c.isascii() and (c.isalnum() or c in "-_.") else "_" for c in file.filename)
    named = f"filename=\"{plain}\"; filename*=UTF-8''{quote(file.filename, safe='')}"
    kind = "inline" if file.inline else "attachment"
    return (
        (b"content-type", file.media_type.encode("ascii")),
        (b"content-disposition", f"{kind}; {named}".encode("ascii")),
    )


def _said_why(visit: Visit, actor: Actor, reason: str) -> Refusal:
    """Why this person may not; who lost every role when their maker closed is told that, and whom to call."""
    if not actor.grants:
        with visit.service.store.read() as session:
            closed = handing_closing.closed_for(session, actor.person_id)
        if closed is not None:
            values = {"maker": closed[0], "day": visit.words.day_of(closed[1])}
            return Refusal(403, "rooms.refused.closed", values)
    return Refusal(403, f"rooms.refused.{reason}")


def _sign_in_first(visit: Visit, route: Route) -> Answer:
    if route.method == "GET":
        return Go(f"/door?next={quote(_target(visit), safe='')}")
    return Refusal(403, "rooms.refused.nobody", back=f"/door?next={quote(_back(visit, route), safe='')}")


def _not_from_this_page(visit: Visit, route: Route) -> Answer:
    """A form without this browser's secret: nothing is done with it.

    Most often the session ended while it was filled in. When the browser itself says that it is from a page of ours,
    no word of it is lost: the page that answers carries it, and sends it on once somebody is signed in.
    """
    over = visit.signed is None and route.right is not None
    ours = visit.request.headers.get(b"sec-fetch-site") == b"same-origin"
    waits = keep(visit) if ours and route.right is not None else None
    if waits is not None:
        why = "over" if over else "stale"
        base = visit.base_view(visit.say(f"rooms.wrong.{why}"))
        return Page(
            KeptView(base, waits.shown, visit.say(f"rooms.wrong.{why}.kept"), "/door" if over else ""), 403
        )
    return _sign_in_first(visit, route) if over else problems.stale(visit)


def _nowhere(visit: Visit) -> Answer:
    raise Unknown("page", _target(visit))


NOWHERE_TO_GO = Route("GET", "/", None, _nowhere)


def _target(visit: Visit) -> str:
    query = visit.request.query.decode("latin-1")
    return visit.request.raw_path.decode("latin-1") + (f"?{query}" if query else "")


def _back(visit: Visit, route: Route) -> str:
    """Where to go on after the proof: the page itself, or for a form the page that it came from."""
    if route.method == "GET":
        return _target(visit)
    came = visit.request.text(b"referer").partition("://")[2].partition("/")[2]
    return f"/{came}" if came else "/me"


def _language(
    request: Request, query: Mapping[str, str], cookies: Cookies, signed: Signed | None
) -> Literal["vi", "en"]:
    asked = query.get("lang", "")
    if asked in {"vi", "en"}:
        cookies.set("lang", asked, YEAR)
    known = cookies.get("lang")
    chosen = asked if asked in {"vi", "en"} else known if known in {"vi", "en"} else ""
    if not chosen and signed is not None:
        chosen = signed.lang
    if not chosen:
        chosen = negotiate(request.text(b"accept-language"), None)
    return "vi" if chosen == "vi" else "en"


def _note_text(notice: str, values: Mapping[str, str | int]) -> str:
    raw = json.dumps([notice, values], ensure_ascii=False).encode()
    if len(raw) > MAX_NOTE:
        shorter = {name: value[:100] if isinstance(value, str) else value for name, value in values.items()}
        raw = json.dumps([notice, shorter], ensure_ascii=False).encode()[:MAX_NOTE]
    return base64.urlsafe_b64encode(raw).decode()


def _notice(cookies: Cookies, words: Phrases) -> str:
    """What the answer before wanted to be said; nothing when the cookie is not one of ours."""
    text = cookies.get("note")
    if not text or len(text) > 2 * MAX_NOTE:
        return ""
    try:
        name, values = json.loads(base64.urlsafe_b64decode(text))
        said = {str(key): value for key, value in values.items() if isinstance(value, str | int)}
        return words.say(name, **said) if isinstance(name, str) and name in words else ""
    except (ValueError, TypeError, AttributeError, PhraseError):
        return ""
