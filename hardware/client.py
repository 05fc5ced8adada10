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
may be repeated, so a call without an answer is repeated a few times before `ServerAway` is raised.

Worked example: `{"position":0,"command":"9060000000","step":"look","changes":false,"reactivate":false}` is
`Command(0, bytes.fromhex("9060000000"), Step.LOOK, False)`.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

import httpx
from ocop.trace.tags.dialogue import Step

PREFIX: Final = "/api/v1/stations"
PAUSES: Final = (0.2, 0.5, 1.0)
"""Seconds before each repetition of a call that got no answer."""
LATER: Final = (408, 425, 429)
"""Statuses below 500 that say nothing of what was asked."""
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

    `code` names the reason where one was given (a problem's title, `too_many`, `other_page`), `after` is how many
    seconds it asks to wait.
    """

    def __init__(self, sentence: str, hint: str = "", code: str = "", after: float = 0.0) -> None:
        super().__init__(sentence, hint)
        self.code, self.after = code, after


class ServerRefused(ServerError):
    """The server answered no; `code` is the problem's title, `status` its HTTP status."""

    def __init__(self, status: int, code: str, sentence: str, hint: str = "") -> None:
        super().__init__(sentence, hint)
        self.status, self.code = status, code


class BadReply(ServerError):
    """What came back is not the station interface."""


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
            raise BadReply(f"expected a server address and a token, got {server!r}: {error}") from error

    def close(self) -> None:
        """Hangs up."""
        self._http.close()

    def me(self) -> Me:
        """GET me."""
        found = _object(self._call("GET", "/me"))
        return Me(_text(found, "station"), _text(found, "realm"), _text(found, "public_url"))

    def plans(self) -> list[Plan]:
        """GET plans."""
        found = _object(self._call("GET", "/plans")).get("plans")
        if not isinstance(found, list):
            raise BadReply(f"expected a list of plans, got {found!r:.80}")
        return [_plan(_object(item)) for item in found]

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
        found = _object(self._call("POST", "/dialogues", asked))
        return _text(found, "dialogue"), _next(_object(found.get("next")))

    def answer(self, dialogue: str, position: int, answer: bytes) -> Next:
        """POST dialogues/{id}."""
        said = {"position": position, "answer": answer.hex()}
        return _next(_object(_object(self._call("POST", f"/dialogues/{dialogue}", said)).get("next")))

    def lost(self, dialogue: str) -> None:
        """POST dialogues/{id}/lost. 404 and 409 say that there is nothing left to lose."""
        try:
            self._call("POST", f"/dialogues/{dialogue}/lost", {})
        except ServerRefused as error:
            if error.status not in (404, 409):
                raise

    def chip(self, uid: str) -> Mapping[str, Any] | None:
        """GET chips/{uid}."""
        try:
            return _object(self._call("GET", f"/chips/{uid}"))
        except ServerRefused as error:
            if error.status == 404:
                return None
            raise

    def _call(self, method: str, path: str, body: object = None) -> object:
        for pause in (*PAUSES, None):
            try:
                reply = self._http.request(method, PREFIX + path, json=body)
            except httpx.TransportError as error:
                away = ServerAway(
                    f"expected an answer from {self._http.base_url}, got none: {type(error).__name__} {error}".strip(),
                    "is the server running, is the network there?",
                )
            except httpx.HTTPError as error:
                raise BadReply(f"expected an answer of the server, got {error}") from error
            else:
                found = _judged(reply)
                if not isinstance(found, ServerAway):
                    return found
                away = found
            if pause is None or away.after > pause:
                break
            self._pause(pause)
        raise away


def _judged(reply: httpx.Response) -> object:
    """The JSON of an answer, or why to come back later. Raises ServerRefused."""
    status, after = reply.status_code, _after(reply.headers.get("Retry-After", ""))
    try:
        found = reply.json()
    except ValueError:
        if status < 300 and not reply.content:
            return {}
        # What is no JSON is not from our server: its proxy, a wifi's login page, another server at that address.
        code = "too_many" if status == 429 else "" if status >= 500 or status in LATER else "other_page"
        return ServerAway(
            f"expected JSON from {reply.url}, got status {status} and something else",
            "is this the address of an OCOP Trace server?", code, after,
        )  # fmt: skip
    if status < 300:
        return found
    problem = found if isinstance(found, dict) else {}
    if status >= 500 or status in LATER:
        title = str(problem.get("title") or ("too_many" if status == 429 else ""))
        said = str(problem.get("detail") or f"expected an answer, got status {status}")
        return ServerAway(said, str(problem.get("hint", "")), title, after)
    if status < 400:
        return ServerAway(f"expected JSON from {reply.url}, got status {status}", "", "other_page", after)
    said = str(problem.get("detail") or f"expected a yes, got status {reply.status_code}")
    raise ServerRefused(reply.status_code, str(problem.get("title", "")), said, str(problem.get("hint", "")))


def _after(said: str) -> float:
    """Seconds of a Retry-After; a date in it is not read."""
    return float(min(int(said[:9]), MAX_AFTER)) if said.isascii() and said.isdigit() else 0.0


def _object(found: object) -> Mapping[str, Any]:
    if not isinstance(found, dict):
        raise BadReply(f"expected a JSON object, got {found!r:.80}")
    return found


def _text(found: Mapping[str, Any], name: str) -> str:
    value = found.get(name)
    if not isinstance(value, str | int) or isinstance(value, bool):
        raise BadReply(f"expected {name!r} in the answer, got {value!r:.80}")
    return str(value)


def _whole(found: Mapping[str, Any], name: str) -> int:
    value = found.get(name)
    if not isinstance(value, int) or isinstance(value, bool):
        raise BadReply(f"expected a whole number {name!r} in the answer, got {value!r:.80}")
    return value


def _plan(found: Mapping[str, Any]) -> Plan:
    product, lot, classifier = (_text(found, name) for name in ("product", "lot", "classifier"))
    first, last, total, done = (_whole(found, name) for name in ("first", "last", "total", "done"))
    return Plan(
        _text(found, "plan"), product, lot, classifier, _text(found, "family"), first, last, total, done
    )


def _next(found: Mapping[str, Any]) -> Next:
    if "finished" in found:
        end = _object(found["finished"])
        number = None if end.get("number") is None else _whole(end, "number")
        report = end.get("report")
        return Done(number, str(end.get("uid", "")), str(end.get("link") or ""), str(end.get("state", "")),
                    report if isinstance(report, dict) else {})  # fmt: skip
    if "refused" in found:
        no = _object(found["refused"])
        about = no.get("about")
        return Refusal(_text(no, "code"), _text(no, "sentence"), str(no.get("hint", "")),
                       about if isinstance(about, dict) else {})  # fmt: skip
    try:
        command, step = bytes.fromhex(_text(found, "command")), Step(_text(found, "step"))
    except ValueError as error:
        raise BadReply(f"expected a command in hex and a known step, got {found!r:.120}") from error
    return Command(_whole(found, "position"), command, step, found.get("reactivate") is True)
