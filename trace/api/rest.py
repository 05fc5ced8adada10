"""The JSON API: `/api/v1/…` and `/healthz`. Nothing here is on the scan path."""

import asyncio
import logging
from collections.abc import Callable
from typing import Any

from fastapi import FastAPI, Response
from fastapi.exceptions import RequestValidationError
from ocop.trace.api.http import SAFE, Reply
from ocop.trace.api.problems import Wrong, problem_json
from ocop.trace.api.service import Service
from ocop.trace.api.verify import verify
from ocop.trace.gs1.digital_link import LinkError
from ocop.trace.pages.site_views import Problem
from ocop.trace.registry.errors import StoreError
from ocop.trace.verdict_ids import Reason
from starlette.exceptions import HTTPException
from starlette.requests import Request

LOG = logging.getLogger("ocop.trace")

PROBLEMS: dict[int | str, dict[str, Any]] = {
    400: {"description": "The link names no valid identifier", "content": {"application/problem+json": {}}},
    404: {"description": "Nothing here has that identifier", "content": {"application/problem+json": {}}},
    503: {"description": "A fault of ours, not of the goods", "content": {"application/problem+json": {}}},
}


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

    _say_problems(api)
    return api


def _say_problems(api: FastAPI) -> None:
    @api.exception_handler(LinkError)
    async def bad_link(_: Request, error: LinkError) -> Response:
        return _response(problem_json(400, Wrong.LINK.problem(error)))

    @api.exception_handler(RequestValidationError)
    async def bad_query(_: Request, error: RequestValidationError) -> Response:
        names = ", ".join(str(item["loc"][-1]) for item in error.errors())
        return _response(problem_json(400, Problem("query", f"the query parameter {names}", "", "?u=<link>")))

    @api.exception_handler(StoreError)
    async def store_down(_: Request, __: StoreError) -> Response:
        return _response(problem_json(503, Wrong.UNAVAILABLE.problem()))

    @api.exception_handler(HTTPException)
    async def refused(_: Request, error: HTTPException) -> Response:
        kind = {404: Wrong.UNKNOWN, 405: Wrong.METHOD}.get(error.status_code, Wrong.FAULT)
        reply = problem_json(error.status_code, kind.problem())
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


def _response(reply: Reply) -> Response:
    headers = {name.decode(): value.decode() for name, value in reply.headers}
    return Response(reply.body, reply.status, headers)
