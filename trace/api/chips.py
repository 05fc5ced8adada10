"""Chips that a phone writes, for whoever shows it a page: `/api/v1/chips/…`, with a station's token.

| request | answer |
|---|---|
| POST `/bind` `{"plan", "uid", "number", "type"}` | `{"uid", "number", "text", "state", "again"}`; write just `text` |
| POST `/readback` `{"plan", "uid", "text"}` | the same, `state` is `live` |

`uid` is 14 hex digits, colons allowed, as a phone's browser gives it. Both may be sent again. What is refused is a
409 whose `title` is the name of the error in snake case (`other_item`, `item_has_chip`, `other_lot`, `foreign_uid`,
`batch_closed`, `number_closed`, `no_number_left`, `written_at_station`, `nothing_written`, `other_text`), with
`number` where a number is to blame.
"""

import json
import re
from collections.abc import Callable
from typing import Any, Final

from fastapi import APIRouter, Depends, FastAPI
from ocop.trace import provisioning_phone as verbs
from ocop.trace.api.http import NO_STORE, SAFE
from ocop.trace.api.problems import PROBLEM
from ocop.trace.api.stations import PROBLEMS, caller_of
from ocop.trace.issuing import NoUsableKey
from ocop.trace.provisioning_chips import read_uid
from ocop.trace.provisioning_desk import Bench
from ocop.trace.provisioning_stations import Caller
from ocop.trace.registry.chips import ItemHasChip
from ocop.trace.registry.stations import BatchClosed
from ocop.trace.tags.errors import ChipError
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import Response

REFUSED: Final[tuple[type[Exception], ...]] = (
    verbs.ForeignUid, verbs.OtherItem, verbs.OtherLot, verbs.WrittenAtStation, verbs.NumberClosed,
    verbs.NoNumberLeft, verbs.NothingWritten, verbs.OtherText, BatchClosed, ItemHasChip, NoUsableKey, ChipError,
)  # fmt: skip
_WORD: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")
    plan: str = Field(pattern=r"^[0-9]{1,9}$")
    uid: str = Field(max_length=40)


class BindBody(_Body):
    """Which chip, and for which number if a label was looked at first."""

    number: int | None = Field(default=None, ge=1, le=999_999)
    type: str = Field(default="ntag215", max_length=20)


class ReadBody(_Body):
    """What the chip said after writing."""

    text: str = Field(max_length=verbs.MAX_TEXT)


def add_chips(api: FastAPI, bench: Callable[[], Bench]) -> None:
    """Put the routes on the JSON application, which has those of stations; `bench` is asked once a request."""
    router = APIRouter(prefix="/api/v1/chips", tags=["chips"], responses=PROBLEMS)
    known = Depends(caller_of(bench))

    @router.post("/bind")
    def bind(body: BindBody, station: Caller = known) -> dict[str, Any]:
        at = bench()
        place = verbs.place_of(at, station, int(body.plan))
        return _said(verbs.bind_phone(at, place, read_uid(body.uid), body.number, body.type))

    @router.post("/readback")
    def readback(body: ReadBody, station: Caller = known) -> dict[str, Any]:
        at = bench()
        place = verbs.place_of(at, station, int(body.plan))
        return _said(verbs.read_back(at, place, read_uid(body.uid), body.text))

    api.include_router(router)
    for kind in REFUSED:
        api.add_exception_handler(kind, _refused)


def _said(bound: verbs.PhoneBound) -> dict[str, Any]:
    return {
        "uid": bound.uid.hex().upper(), "number": bound.number, "text": bound.text, "state": bound.state,
        "again": bound.again,
    }  # fmt: skip


def _refused(_: Request, error: Exception) -> Response:
    title = _WORD.sub("_", type(error).__name__).lower()
    fields: dict[str, Any] = {"title": title, "status": 409, "detail": str(error)}
    number = getattr(error, "number", None)
    if isinstance(number, int):
        fields["number"] = number
    headers = {name.decode(): value.decode() for name, value in (PROBLEM, NO_STORE, *SAFE)}
    return Response(json.dumps(fields, ensure_ascii=False), 409, headers)
