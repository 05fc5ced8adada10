"""What stations ask while chips are written: `/api/v1/stations/…`.

Every request carries `Authorization: Bearer <station token>`; without a good one the answer is 401 and nothing else
is looked up.

| request | answer |
|---|---|
| GET `/me` | `{"station", "realm", "public_url"}` |
| GET `/plans` | `{"plans": [{"plan", "product", "lot", "classifier", "family", "first", "last", "total", …}]}` |
| POST `/dialogues` | `{"dialogue", "next"}` |
| POST `/dialogues/{id}` `{"position", "answer"}` | `{"next"}` |
| POST `/dialogues/{id}/lost` | `{"state": "lost"}` |
| GET `/chips/{uid}` | `{"uid", "state", "number", "lot", "plan"}` |

`next` is a command for the chip, `{"finished": …}` or `{"refused": …}`. Any request may be sent again: the same
`request`, or the same answer at the same position, gets the same reply; another answer there is a 409.
"""

import json
import secrets
from collections.abc import Callable
from typing import Any

from fastapi import APIRouter, Depends, FastAPI, Header
from ocop.trace import provisioning as verbs
from ocop.trace.api.http import NO_STORE, SAFE
from ocop.trace.api.problems import PROBLEM
from ocop.trace.provisioning_desk import Bench
from ocop.trace.provisioning_stations import Caller, NotAllowed, PlanView, authenticate, plans_for
from ocop.trace.registry import stations as rows
from ocop.trace.registry.errors import BadValue, Conflict, RegistryError, StoreError, Unknown
from ocop.trace.registry.keystore import KeystoreError
from ocop.trace.registry.keystore_shut import KeystoreShut
from ocop.trace.tags.plan import Kind
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import Response

# The first class that fits decides: status, title, hint.
STATUSES: tuple[tuple[type[Exception], int, str, str], ...] = (
    (NotAllowed, 401, "station_token", "ask the office for a new token"),
    (Unknown, 404, "unknown", ""),
    (verbs.OtherAnswer, 409, "answer_differs", "begin a new dialogue"),
    (verbs.OutOfOrder, 409, "out_of_order", "begin a new dialogue"),
    (Conflict, 409, "conflict", ""),
    (BadValue, 400, "value", ""),
    (StoreError, 503, "unavailable", "try again in a moment"),
    (KeystoreShut, 503, "keystore_shut", "the operator of the server has to open its keystore"),
    (KeystoreError, 503, "keystore", "the operator of the server has to look at its keystore"),
    (RegistryError, 409, "refused", ""),
)
PROBLEMS: dict[int | str, dict[str, Any]] = {
    status: {"description": said, "content": {"application/problem+json": {}}}
    for status, said in (
        (400, "A field that can't be read"),
        (401, "No token of a station in use"),
        (404, "Nothing here has that number"),
        (409, "Refused as things stand"),
        (413, "A body over the limit"),
        (503, "A fault of ours, or a keystore that is shut"),
    )
}


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class WishBody(_Body):
    """What a dialogue is to be about."""

    kind: str = Field(max_length=20)
    family: Kind
    request: str = Field(max_length=64)
    plan: str | None = Field(default=None, pattern=r"^[0-9]{1,9}$")
    number: int | None = Field(default=None, ge=1, le=999_999)
    sim: bool = False
    by: str = Field(default="", max_length=verbs.NAME)
    reason: str = Field(default="", max_length=1000)


class AnswerBody(_Body):
    """What the chip answered."""

    position: int = Field(ge=0, le=verbs.MAX_ANSWERS)
    answer: str = Field(pattern=r"^([0-9A-Fa-f]{2})*$", max_length=2 * verbs.MAX_ANSWER)


def caller_of(bench: Callable[[], Bench]) -> Callable[..., Caller]:
    """Who asks, from the header Authorization. Raises `NotAllowed`."""

    def caller(authorization: str = Header(default="")) -> Caller:
        scheme, _, token = authorization.partition(" ")
        with bench().read() as session:
            return authenticate(session, token.strip() if scheme.lower() == "bearer" else "")

    return caller


def add_stations(api: FastAPI, bench: Callable[[], Bench]) -> None:
    """Put the station routes on the JSON application; `bench` is asked once a request."""
    router = APIRouter(prefix="/api/v1/stations", tags=["stations"], responses=PROBLEMS)

    known = Depends(caller_of(bench))

    @router.get("/me")
    def me(station: Caller = known) -> dict[str, str]:
        at = bench()
        return {"station": station.name, "realm": at.realm, "public_url": at.public_url}

    @router.get("/plans")
    def plans(station: Caller = known) -> dict[str, Any]:
        with bench().read() as session:  # asked once for each chip: taps need not wait for it
            found = plans_for(session, station)
        return {"plans": [_plan(plan) for plan in found]}

    @router.post("/dialogues")
    def begin(body: WishBody, station: Caller = known) -> dict[str, Any]:
        plan = int(body.plan) if body.plan is not None else None
        wish = verbs.Wish(
            body.request, body.kind, body.family, plan, body.number, body.sim, body.by, body.reason
        )
        began = verbs.begin(bench(), station, wish, secrets.token_bytes)
        return {"dialogue": str(began.dialogue), "next": _next(began.reply)}

    @router.post("/dialogues/{dialogue}")
    def answer(dialogue: int, body: AnswerBody, station: Caller = known) -> dict[str, Any]:
        data = bytes.fromhex(body.answer)
        return {"next": _next(verbs.answer(bench(), station, _id(dialogue), body.position, data))}

    @router.post("/dialogues/{dialogue}/lost")
    def lost(dialogue: int, station: Caller = known) -> dict[str, str]:
        verbs.lost(bench(), station, _id(dialogue))
        return {"state": "lost"}

    @router.get("/chips/{uid}")
    def chip(uid: str, station: Caller = known) -> dict[str, Any]:
        del station
        with bench().read() as session:
            past = rows.history(session, _uid(uid))
        if not past:
            raise Unknown("chip", uid[:40])
        last = past[-1]
        plan = None if last.plan_id is None else str(last.plan_id)
        return {"uid": uid.upper(), "state": last.state, "number": last.number, "lot": last.lot, "plan": plan}

    api.include_router(router)
    for kind, status, title, hint in STATUSES:
        if kind is not StoreError:
            api.add_exception_handler(kind, _handler(status, title, hint))


def _plan(plan: PlanView) -> dict[str, Any]:
    return {
        "plan": str(plan.plan), "product": plan.product, "lot": plan.lot, "classifier": plan.classifier,
        "family": plan.family.value, "first": plan.first, "last": plan.last, "total": plan.total,
        "done": plan.done, "void": plan.void,
    }  # fmt: skip


def _id(number: int) -> int:
    if not 0 < number < 2**63:
        raise Unknown("dialogue", str(number)[:40])
    return number


def _uid(text: str) -> bytes:
    try:
        uid = bytes.fromhex(text)
    except ValueError:
        uid = b""
    if len(uid) != 7 or len(text) != 14:
        raise BadValue("uid", "14 hex digits", text[:40])
    return uid


def _next(reply: verbs.Reply) -> dict[str, Any]:
    if isinstance(reply, verbs.Refused):
        said = {"code": reply.code, "sentence": reply.sentence, "hint": reply.hint}
        return {"refused": said | ({"about": reply.about} if reply.about else {})}
    if isinstance(reply, verbs.Finished):
        return {
            "finished": {
                "number": reply.number, "uid": reply.uid.hex().upper(), "link": reply.link,
                "state": reply.state, "report": reply.report,
            }
        }  # fmt: skip
    exchange = reply.exchange
    return {
        "position": reply.position, "command": exchange.command.hex(), "step": exchange.step.value,
        "changes": exchange.step.changes, "reactivate": exchange.reactivate,
    }  # fmt: skip


def _handler(status: int, title: str, hint: str) -> Callable[[Request, Exception], Response]:
    def handle(_: Request, error: Exception) -> Response:
        # The sentences of a keystore name files of the server: they are for its operator.
        said = "expected the keys of this service, got none" if title == "keystore" else str(error)
        fields = {"title": title, "status": status, "detail": said, "hint": hint}
        body = json.dumps({k: v for k, v in fields.items() if v != ""}, ensure_ascii=False)
        headers = {n.decode(): v.decode() for n, v in (PROBLEM, NO_STORE, *SAFE)}
        if status == 401:
            headers["www-authenticate"] = "Bearer"
        return Response(body, status, headers)

    return handle
