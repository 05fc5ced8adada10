"""The station's line to the server: plans, dialogues, chips. Keys never come over it, only commands to relay.

| call | answer |
|---|---|
| GET me | station, realm, public_url |
| GET plans | the batches to write |
| POST dialogues | a dialogue and its first command; the same `request` again gives the same dialogue |
| POST dialogues/{id} | the next command for an answer; the same answer again gives the same reply |
| POST dialogues/{id}/lost | the chip went away; its number stays reserved for it |
| GET chips/{uid} | what the server knows of a chip |

All below `/api/v1/stations/`, `Authorization: Bearer <token>`, problems as application/problem+json. Every call
may be repeated, so a call without an answer is repeated a few times before `ServerAway` is raised. An answer that is
not of this table, JSON or not, is none: something between here and the server said it, or another server.

Worked example: `{"position":0,"command":"9060000000","step":"look","changes":false,"reactivate":false}` is
`Command(0, bytes.fromhex("9060000000"), Step.LOOK, False)`.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Protocol, TypeVar

import httpx
from ocop.hardware import shapes
from ocop.hardware.shapes import Shape
from ocop.trace.tags.dialogue import Step

T = TypeVar("T")

PREFIX: Final = "/api/v1/stations"
PAUSES: Final = (0.2, 0.5, 1.0)
"""Seconds before each repetition of a call that got no answer."""
LATER: Final = (408, 425, 429)
"""Statuses below 500 that say nothing of what was asked."""
OTHER_SERVER: Final = (
    "is this the address of an OCOP Trace server, and does nothing on the way answer for it?"
)
MAX_AFTER: Final = 60
"""Seconds that a `Retry-After` may ask for: a mistyped one must not end the afternoon."""


class ServerError(Exception):
    """Base of what goes wrong on the line: one sentence, and a hint."""

    def __init__(self, sentence: str, hint: str = "") -> None:
        super().__init__(sentence)
        self.sentence, self.hint = sentence, hint

    def __str__(self) -> str:
        return f"{self.sentence} ({self.hint})" if self.hint else self.sentence


class ServerAway(ServerError):
    """No answer, or one that says to come back later.

    `code` names the reason where one was given (a problem's title, `too_many`, `other_page`, `other_shape`), `after`
    is how many seconds it asks to wait. `about` has what the person is told of it: of `other_shape` the call that was
    `asked`, what was `wanted` and what was `got`.
    """

    def __init__(
        self,
        sentence: str,
        hint: str = "",
        code: str = "",
        after: float = 0.0,
        about: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(sentence, hint)
        self.code, self.after, self.about = code, after, about or {}


class ServerRefused(ServerError):
    """The server answered no; `code` is the problem's title, `status` its HTTP status."""

    def __init__(self, status: int, code: str, sentence: str, hint: str = "") -> None:
        super().__init__(sentence, hint)
        self.status, self.code = status, code


class BadLine(ServerError):
    """No call can be made with this address or this token."""


@dataclass(frozen=True, slots=True)
class Me:
    """Who we are to the server."""

    station: str
    realm: str
    public_url: str


@dataclass(frozen=True, slots=True)
class Plan:
    """A batch to write: numbers `first` to `last`, `total` in all, of which `done` are ready."""

    plan: str
    product: str
    lot: str
    classifier: str
    family: str
    first: int
    last: int
    total: int
    done: int


@dataclass(frozen=True, slots=True)
class Command:
    """The next command for the chip."""

    position: int
    command: bytes = field(repr=False)
    step: Step
    reactivate: bool


@dataclass(frozen=True, slots=True)
class Done:
    """A dialogue that ended well. `number` is None where the dialogue is about no item."""

    number: int | None
    uid: str
    link: str
    state: str
    report: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Refusal:
    """The server will not have this chip; `about` has what its sentence names: `number`, `lot`, …"""

    code: str
    sentence: str
    hint: str
    about: Mapping[str, Any] = field(default_factory=dict)


Next = Command | Done | Refusal


@dataclass(frozen=True, slots=True)
class Wish:
    """What a dialogue is to be about. `request` makes it repeatable; `number` comes from a label.

    `by` and `reason` go into the server's log where a chip is voided.
    """

    request: str
    kind: str
    family: str
    plan: str | None = None
    number: int | None = None
    sim: bool = False
    by: str = ""
    reason: str = ""


class Server(Protocol):
    """What the station needs from the other end."""

    def me(self) -> Me:
        """Who we are. Raises ServerError."""

    def plans(self) -> list[Plan]:
        """The batches to write."""

    def begin(self, wish: Wish) -> tuple[str, Next]:
        """A dialogue and its first command."""

    def answer(self, dialogue: str, position: int, answer: bytes) -> Next:
        """The next command."""

    def lost(self, dialogue: str) -> None:
        """The chip went away. Of a dialogue that has ended already: nothing."""

    def chip(self, uid: str) -> Mapping[str, Any] | None:
        """What the server knows of a chip, None when it is none of its own."""


class StationClient:
    """The server over HTTP."""

    def __init__(self, http: httpx.Client, pause: Callable[[float], None] = time.sleep) -> None:
        self._http = http
        self._pause = pause

    @classmethod
    def connect(cls, server: str, token: str, seconds: float = 10.0) -> "StationClient":
        """A line to `server` (scheme, host, port) with a station token."""
        headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
        try:
            return cls(
                httpx.Client(base_url=server, headers=headers, timeout=seconds, follow_redirects=False)
            )
        except (httpx.InvalidURL, UnicodeEncodeError, ValueError) as error:
            raise BadLine(f"expected a server address and a token, got {server!r}: {error}") from error

    def close(self) -> None:
        """Hangs up."""
        self._http.close()

    def me(self) -> Me:
        """GET me."""
        return self._call("GET", "/me", _me)

    def plans(self) -> list[Plan]:
        """GET plans."""
        return self._call("GET", "/plans", _plans)

    def begin(self, wish: Wish) -> tuple[str, Next]:
        """POST dialogues."""
        asked = {
            "plan": wish.plan,
            "kind": wish.kind,
            "family": wish.family,
            "number": wish.number,
            "request": wish.request,
            "sim": wish.sim,
        }
        # An older server knows neither, and writes chips all the same.
        asked |= {name: text for name, text in (("by", wish.by), ("reason", wish.reason)) if text}
        return self._call("POST", "/dialogues", _begun, asked)

    def answer(self, dialogue: str, position: int, answer: bytes) -> Next:
        """POST dialogues/{id}."""
        said = {"position": position, "answer": answer.hex()}
        return self._call("POST", f"/dialogues/{dialogue}", _next, said)

    def lost(self, dialogue: str) -> None:
        """POST dialogues/{id}/lost. 404 and 409 say that there is nothing left to lose."""
        try:
            self._call("POST", f"/dialogues/{dialogue}/lost", _lost, {})
        except ServerRefused as error:
            if error.status not in (404, 409):
                raise

    def chip(self, uid: str) -> Mapping[str, Any] | None:
        """GET chips/{uid}."""
        try:
            return self._call("GET", f"/chips/{uid}", lambda found: _chip(found, uid))
        except ServerRefused as error:
            if error.status == 404:
                return None
            raise

    def _call(self, method: str, path: str, read: Callable[[object], T], body: object = None) -> T:
        """What `read` makes of the answer. Raises ServerAway, ServerRefused."""
        for pause in PAUSES:
            try:
                return self._once(method, path, read, body)
            except ServerAway as error:
                if error.after > pause:
                    raise
                self._pause(pause)
        return self._once(method, path, read, body)

    def _once(self, method: str, path: str, read: Callable[[object], T], body: object) -> T:
        try:
            reply = self._http.request(method, PREFIX + path, json=body)
        except httpx.TransportError as error:
            raise ServerAway(
                f"expected an answer from {self._http.base_url}, got none: {type(error).__name__} {error}".strip(),
                "is the server running, is the network there?",
            ) from error
        except httpx.HTTPError as error:  # such as a body that is not compressed as it says
            raise ServerAway(
                f"expected an answer of the server, got {error}", OTHER_SERVER, "other_page"
            ) from error
        try:
            return read(_judged(reply))
        except Shape as error:
            about = {"asked": f"{method} {path}", "wanted": error.wanted, "got": error.got}
            raise ServerAway(
                f"expected {error.wanted} from {method} {path}, got {error.got}",
                OTHER_SERVER, "other_shape", _after(reply), about,
            ) from error  # fmt: skip


def _judged(reply: httpx.Response) -> object:
    """The JSON of an answer. Raises ServerAway, ServerRefused, Shape."""
    status, after = reply.status_code, _after(reply)
    try:
        found = reply.json()
    except (ValueError, RecursionError):
        # What is no JSON is not from our server: its proxy, a wifi's login page, another server at that address.
        code = "too_many" if status == 429 else "" if status >= 500 or status in LATER else "other_page"
        raise ServerAway(
            f"expected JSON from {reply.url}, got status {status} and something else",
            OTHER_SERVER,
            code,
            after,
        ) from None
    if status < 300:
        return found
    if status >= 500 or status in LATER:
        problem = found if isinstance(found, dict) else {}
        title = str(problem.get("title") or ("too_many" if status == 429 else ""))
        said = str(problem.get("detail") or f"expected an answer, got status {status}")
        raise ServerAway(said, str(problem.get("hint", "")), title, after)
    if status < 400:
        raise ServerAway(f"expected JSON from {reply.url}, got status {status}", "", "other_page", after)
    # A no of the server has its name and its sentence; another's 401 or 404 says nothing of this station.
    no = shapes.fields(found)
    title, said = shapes.text(no, "title"), shapes.text(no, "detail")
    raise ServerRefused(status, title, said, str(no.get("hint", "")))


def _after(reply: httpx.Response) -> float:
    """Seconds of a Retry-After; a date in it is not read."""
    said = reply.headers.get("Retry-After", "")
    return float(min(int(said[:9]), MAX_AFTER)) if said.isascii() and said.isdigit() else 0.0


def _me(found: object) -> Me:
    who = shapes.fields(found)
    return Me(shapes.text(who, "station"), shapes.text(who, "realm"), shapes.text(who, "public_url"))


def _plans(found: object) -> list[Plan]:
    return [_plan(shapes.fields(item)) for item in shapes.items(shapes.fields(found), "plans")]


def _plan(found: Mapping[str, Any]) -> Plan:
    plan, product, lot, classifier, family = (
        shapes.text(found, name) for name in ("plan", "product", "lot", "classifier", "family")
    )
    first, last, total, done = (shapes.whole(found, name) for name in ("first", "last", "total", "done"))
    return Plan(plan, product, lot, classifier, family, first, last, total, done)


def _begun(found: object) -> tuple[str, Next]:
    return shapes.text(shapes.fields(found), "dialogue"), _next(found)


def _next(found: object) -> Next:
    said = shapes.inner(shapes.fields(found), "next")
    if "finished" in said:
        end = shapes.inner(said, "finished")
        uid, link, state = (shapes.text(end, name) for name in ("uid", "link", "state"))
        return Done(
            shapes.or_none(shapes.whole, end, "number"), uid, link, state, shapes.inner(end, "report")
        )
    if "refused" in said:
        no = shapes.inner(said, "refused")
        about = no.get("about")
        return Refusal(shapes.text(no, "code"), shapes.text(no, "sentence"), str(no.get("hint", "")),
                       about if isinstance(about, dict) else {})  # fmt: skip
    return _command(said)


def _command(said: Mapping[str, Any]) -> Command:
    position, reactivate = shapes.whole(said, "position"), shapes.flag(said, "reactivate")
    try:
        command = bytes.fromhex(shapes.text(said, "command"))
    except ValueError:  # also of text that is none, whose value must not be shown either
        command = b""
    if not command:
        raise shapes.wrong(said, "command", '"9060000000"', secret=True)
    named = shapes.text(said, "step")
    if named not in set(Step):
        raise shapes.wrong(said, "step", '"look"')
    return Command(position, command, Step(named), reactivate)


def _lost(found: object) -> None:
    shapes.text(shapes.fields(found), "state")


def _chip(found: object, uid: str) -> Mapping[str, Any]:
    known = shapes.fields(found)
    if shapes.text(known, "uid").upper() != uid.upper():
        raise shapes.wrong(known, "uid", shapes.shown(uid))  # an answer about another chip, kept on the way
    shapes.text(known, "state")
    shapes.or_none(shapes.whole, known, "number")
    shapes.or_none(shapes.text, known, "plan")
    return known
