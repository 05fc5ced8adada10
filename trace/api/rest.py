"""The JSON API: `/api/v1/…` and `/healthz`. Nothing here is on the scan path."""

import asyncio
import logging
from collections.abc import Callable
from typing import Any

from fastapi import FastAPI, Response
from fastapi.exceptions import RequestValidationError
from ocop.trace.api.chips import add_chips
from ocop.trace.api.http import SAFE, BadForm, BodyTooLarge, Receive, Reply, Scope, Send, read_body
from ocop.trace.api.problems import Wrong, problem_json
from ocop.trace.api.service import Service
from ocop.trace.api.stations import add_stations
from ocop.trace.api.verify import verify
from ocop.trace.gs1.digital_link import LinkError
from ocop.trace.pages.site_views import Problem
from ocop.trace.registry.errors import StoreError
from ocop.trace.verdict_ids import Reason
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp

LOG = logging.getLogger("ocop.trace")
MAX_BODY = 16_384

PROBLEMS: dict[int | str, dict[str, Any]] = {
    400: {"description": "The link names no valid identifier", "content": {"application/problem+json": {}}},
    404: {"description": "Nothing here has that identifier", "content": {"application/problem+json": {}}},
    503: {"description": "A fault of ours, not of the goods", "content": {"application/problem+json": {}}},
}
KINDS = {400: Wrong.FORM, 404: Wrong.UNKNOWN, 405: Wrong.METHOD}


def rest_api(service: Callable[[], Service]) -> FastAPI:
    """The JSON application; `service` gives the worker's service once it has started."""
    api = FastAPI(
        title="OCOP Trace",
        version="1",
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json",
        redirect_slashes=False,
    )

    @api.get("/api/v1/verify", responses=PROBLEMS, tags=["verify"])
    async def verify_link(u: str, response: Response) -> dict[str, Any]:
        """The three answers about a link. Counts nothing, spends nothing."""
        running = service()
        found = verify(running.scanner, running.settings, u, running.clock())
        if found is None:
            raise HTTPException(404)
        if Reason.OUR_FAULT.value in found["reasons"]:
            response.status_code = 503
            response.headers["retry-after"] = "5"
        response.headers["cache-control"] = "no-store"
        response.headers["access-control-allow-origin"] = "*"
        return found

    @api.get("/healthz", responses={503: PROBLEMS[503]}, tags=["operation"])
    async def healthy() -> dict[str, str]:
        """200 when scans can be judged: the store answers and its schema is ours."""
        running = service()
        await asyncio.to_thread(running.store.check, running.settings.realm)
        return {"status": "ready", "schema": "current"}

    add_stations(api, lambda: service().bench)
    add_chips(api, lambda: service().bench)
    _say_problems(api)
    api.add_middleware(_BodyLimit)
    return api


class _BodyLimit:
    """No body is read beyond `MAX_BODY` bytes, whatever it says of its length."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        try:
            body = await read_body(receive, MAX_BODY)
        except BodyTooLarge:
            problem = Problem("too_large", f"a body of at most {MAX_BODY:,} bytes", "", "")
            await _response(problem_json(413, problem))(scope, receive, send)
            return
        except BadForm:
            return  # whoever asked has gone
        waiting = [{"type": "http.request", "body": body, "more_body": False}]

        async def replayed() -> Any:
            return waiting.pop() if waiting else await receive()

        await self._app(scope, replayed, send)


def _say_problems(api: FastAPI) -> None:
    @api.exception_handler(LinkError)
    async def bad_link(_: Request, error: LinkError) -> Response:
        return _response(problem_json(400, Wrong.LINK.problem(error)))

    @api.exception_handler(RequestValidationError)
    async def bad_query(_: Request, error: RequestValidationError) -> Response:
        return _response(problem_json(400, _unreadable(error)))

    @api.exception_handler(StoreError)
    async def store_down(_: Request, __: StoreError) -> Response:
        return _response(problem_json(503, Wrong.UNAVAILABLE.problem()))

    @api.exception_handler(HTTPException)
    async def refused(_: Request, error: HTTPException) -> Response:
        reply = problem_json(error.status_code, KINDS.get(error.status_code, Wrong.FAULT).problem())
        response = _response(reply)
        for name, value in (error.headers or {}).items():
            response.headers[name] = value
        return response

    @api.middleware("http")
    async def safe_headers(request: Request, call_next: Any) -> Response:
        response: Response
        try:
            response = await call_next(request)
        except Exception:
            LOG.exception("a fault of ours on %s", request.url.path)
            response = _response(problem_json(500, Wrong.FAULT.problem()))
        for name, value in SAFE:
            response.headers.setdefault(name.decode(), value.decode())
        return response


def _unreadable(error: RequestValidationError) -> Problem:
    found = error.errors()
    names = ", ".join(str(item["loc"][-1]) for item in found)
    if any(item["loc"][0] == "query" for item in found):
        return Problem("query", f"the query parameter {names}", "", "?u=<link>")
    return Problem("body", f"a JSON object with a good {names}", "", str(found[0]["msg"]))


def _response(reply: Reply) -> Response:
    headers = {name.decode(): value.decode() for name, value in reply.all_headers}
    return Response(reply.body, reply.status, headers)
