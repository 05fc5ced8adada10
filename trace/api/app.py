"""The edge: one ASGI application per worker, from the settings to the answer.

Requests fall into two kinds. The scan path and the pages are plain functions from a request to a reply, chosen by
the first part of the raw path; the JSON API is FastAPI. Whatever goes wrong below becomes one of
`problems.Wrong`; what nobody expected is logged with its trace and answered without it.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from fastapi import FastAPI
from ocop.trace.api import site
from ocop.trace.api.http import (
    MAX_TARGET,
    BodyTooLarge,
    Receive,
    Reply,
    Request,
    Scope,
    Send,
    read_body,
    send,
)
from ocop.trace.api.problems import Wrong, refuse
from ocop.trace.api.resolve import resolve
from ocop.trace.api.rest import rest_api
from ocop.trace.api.service import Service
from ocop.trace.api.starting import keep_sharing, start, stop
from ocop.trace.api.story import story
from ocop.trace.gs1.digital_link import LinkError
from ocop.trace.registry.errors import StoreError
from ocop.trace.settings import Settings, read_settings

LOG = logging.getLogger("ocop.trace")

Page = Callable[[Service, Request], Reply]
Form = Callable[[Service, Request, bytes], Reply]

# First part of the raw path -> page. Those in THREADED ask the database.
PAGES: dict[bytes, Page] = {
    b"": site.home,
    b"products": site.product,
    b"about": site.about,
    b"typed": site.typed,
    b"media": site.media,
    b"static": site.static,
    b"report": site.report_form,
}
FORMS: dict[bytes, Form] = {b"thanks": site.thanks, b"report": site.report}
THREADED = frozenset({b"", b"media"})
API = frozenset({b"api", b"healthz", b"openapi.json", b"docs"})
GET_ONLY = (b"allow", b"GET, HEAD")
POST_ONLY = (b"allow", b"POST")
GET_POST = (b"allow", b"GET, HEAD, POST")


class Edge:
    """The ASGI application of one worker."""

    def __init__(self, settings: Settings, service: Service | None = None) -> None:
        self._settings = settings
        self.service = service
        self._api = rest_api(self._current)
        self._lifespan = FastAPI(lifespan=self._live)

    def _current(self) -> Service:
        if self.service is None:
            raise RuntimeError("expected a started service")
        return self.service

    @asynccontextmanager
    async def _live(self, _: FastAPI) -> AsyncIterator[None]:
        if self.service is not None:
            yield
            return
        running = await asyncio.to_thread(start, self._settings)
        self.service = running.service
        sharing = asyncio.create_task(keep_sharing(running))
        try:
            yield
        finally:
            sharing.cancel()
            await asyncio.to_thread(stop, running)
            self.service = None

    async def __call__(self, scope: Scope, receive: Receive, out: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._lifespan(scope, receive, out)
            return
        request = Request(scope)
        first = request.raw_path[1:].partition(b"/")[0]
        if request.target_length > MAX_TARGET:
            await send(request, refuse(self._current(), request, Wrong.TOO_LONG), out)
        elif first in API:
            await self._api(scope, receive, out)
        else:
            await send(request, await self._reply(first, request, receive), out)

    async def _reply(self, first: bytes, request: Request, receive: Receive) -> Reply:
        service = self._current()
        try:
            if first == b"story":
                told = story(service, request)
                return told if isinstance(told, Reply) else await told
            if first in {b"P", b"p"} or (first.isdigit() and 2 <= len(first) <= 4):
                return resolve(service, request)
            return await self._page(service, first, request, receive)
        except LinkError as error:
            return refuse(service, request, Wrong.LINK, error)
        except BodyTooLarge as error:
            return refuse(service, request, Wrong.TOO_LARGE, got=str(error))
        except StoreError as error:
            LOG.error("%s", error)
            return refuse(service, request, Wrong.UNAVAILABLE)
        except Exception:
            LOG.exception("a fault of ours on %s", request.raw_path.decode("latin-1"))
            return refuse(service, request, Wrong.FAULT)

    async def _page(self, service: Service, first: bytes, request: Request, receive: Receive) -> Reply:
        form, page = FORMS.get(first), PAGES.get(first)
        if form is None and page is None:
            return refuse(service, request, Wrong.UNKNOWN)
        if request.method == "POST" and form is not None:
            if not _same_origin(request):
                return refuse(service, request, Wrong.ORIGIN)
            body = await read_body(receive, site.MAX_FORM)
            return await asyncio.to_thread(form, service, request, body)
        if request.method in {"GET", "HEAD"} and page is not None:
            if first == b"" and request.raw_path != b"/":
                return refuse(service, request, Wrong.UNKNOWN)
            if first in THREADED:
                return await asyncio.to_thread(page, service, request)
            return page(service, request)
        allow = GET_POST if form and page else POST_ONLY if form else GET_ONLY
        return refuse(service, request, Wrong.METHOD, allow=allow)


def _same_origin(request: Request) -> bool:
    """Whether a form comes from a page of the address it was sent to; old in-app browsers send no Origin."""
    if request.headers.get(b"sec-fetch-site", b"same-origin") not in {b"same-origin", b"none"}:
        return False
    origin = request.headers.get(b"origin")
    return origin is None or origin.partition(b"://")[2] == request.headers.get(b"host", b"")


def create() -> Edge:
    """What uvicorn calls in every worker."""
    return Edge(read_settings())
