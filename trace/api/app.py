"""The edge: one ASGI application per worker, from the settings to the answer.

Requests fall into two kinds. The scan path and the pages are plain functions from a request to a reply, chosen by
the first part of the raw path; the JSON API is FastAPI. Whatever goes wrong below becomes one of
`problems.Wrong`; what nobody expected is logged with its trace and answered without it.
"""

import asyncio
import gc
import logging
import sys
from collections.abc import AsyncIterator, Callable, MutableMapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI
from ocop.trace.api import site
from ocop.trace.api.http import (
    MAX_TARGET,
    BadForm,
    BodyTooLarge,
    Header,
    Later,
    Receive,
    Reply,
    Request,
    Scope,
    Send,
    read_body,
    send,
)
from ocop.trace.api.press import press
from ocop.trace.api.problems import Wrong, refuse
from ocop.trace.api.reporting import MAX_REPORT, report, report_form
from ocop.trace.api.resolve import resolve
from ocop.trace.api.rest import rest_api
from ocop.trace.api.service import Service
from ocop.trace.api.starting import keep_sharing, keep_tidy, start, stop
from ocop.trace.api.story import receipt_page, story, tap_at_once, usual_answer
from ocop.trace.api.usual import usual_scan
from ocop.trace.api.usual_taps import usual_link
from ocop.trace.gs1.digital_link import LinkError
from ocop.trace.registry.errors import BadValue, StoreError
from ocop.trace.settings import Settings, read_settings
from sqlmodel import Session

if TYPE_CHECKING:
    from ocop.trace.api.rooms.dispatch import Rooms

LOG = logging.getLogger("ocop.trace")

Page = Callable[[Service, Request], Reply]
Form = Callable[[Service, Request, bytes], site.Asked]

# First part of the raw path -> page. Those in THREADED ask the database or the disk. Scanner, sightings and limits
# belong to the event loop: no thread touches them.
PAGES: dict[bytes, Page] = {
    b"": site.home,
    b"products": site.product,
    b"about": site.about,
    b"typed": site.typed,
    b"media": site.media,
    b"static": site.static,
    b"report": report_form,
    b"follow": site.follow_form,
    b"press": press,
}
FORMS: dict[bytes, Form] = {b"thanks": site.thanks, b"report": report, b"follow": site.follow}
FORM_SIZES = {b"report": MAX_REPORT}
THREADED = frozenset({b"", b"media", b"press"})
ROOMS = frozenset({b"door", b"me", b"studio", b"office", b"help"})
API = frozenset({b"api", b"healthz", b"openapi.json", b"docs"})
SWITCH_SECONDS = 0.0005
COLLECT_AFTER = (20_000, 20, 20)
GET_ONLY = (b"allow", b"GET, HEAD")
POST_ONLY = (b"allow", b"POST")
GET_POST = (b"allow", b"GET, HEAD, POST")


class Edge:
    """The ASGI application of one worker."""

    def __init__(self, settings: Settings, service: Service | None = None) -> None:
        self._settings = settings
        self.service = service
        self._api: FastAPI | None = None
        self._rooms: Rooms | None = None
        self._lifespan = FastAPI(lifespan=self._live)

    def _rest(self) -> FastAPI:
        api = self._api
        if api is None:
            api = self._api = rest_api(self._current)
        return api

    def _load_rooms(self) -> "Rooms":
        # Sheets, passkeys, tables and PDFs come with the rooms, some 40 MB of them: a worker that only answers scans
        # never loads them. Two threads that come first together load the modules once and keep either index.
        from ocop.trace.api.rooms.dispatch import Rooms
        from ocop.trace.api.rooms.table import ROUTES

        rooms = self._rooms
        if rooms is None:
            rooms = self._rooms = Rooms(ROUTES)
            settle()
        return rooms

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
        self.service.scanner.each_turn(asyncio.get_running_loop().call_soon)
        self._rest()
        settle()
        tasks = [asyncio.create_task(keep(running)) for keep in (keep_sharing, keep_tidy)]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
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
        elif first in API and request.method == "HEAD":
            await self._rest()({**scope, "method": "GET"}, receive, _headers_only(out))
        elif first in API:
            await self._rest()(scope, receive, out)
        else:
            await send(request, await self._reply(first, request, receive), out)

    def at_once(
        self, target: bytes, pairs: list[Header], headers: dict[bytes, bytes], client: tuple[str, int] | None
    ) -> Reply | Later | None:
        """The answer to a GET that is a usual scan, a usual tap or the page after it, without waiting for anything but
        the tap's counter; None for any other. See `wire`.
        """
        service = self.service
        if service is None:
            return None
        usual = usual_scan(target, pairs, headers)
        link = usual_link(target, pairs, headers) if usual is None else None
        if usual is None and link is None:
            return None
        path, _, query = target.partition(b"?")
        request = Request(
            {"method": "GET", "raw_path": path, "query_string": query, "headers": pairs, "client": client},
            headers,
        )
        try:
            if usual is not None:
                return usual_answer(service, request, usual)
            if link is None or not link.uid:
                return None if link is None else receipt_page(service, request, link)
            return tap_at_once(service, request, link)
        except Exception:
            LOG.exception("a fault of ours on %s", path.decode("latin-1"))
            return None

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
        except BadForm as error:
            return refuse(service, request, Wrong.FORM, got=str(error))
        except BadValue as error:
            return refuse(service, request, Wrong.FORM, got=error.what)
        except StoreError as error:
            LOG.error("%s", error)
            return refuse(service, request, Wrong.UNAVAILABLE)
        except Exception:
            LOG.exception("a fault of ours on %s", request.raw_path.decode("latin-1"))
            return refuse(service, request, Wrong.FAULT)

    async def _page(self, service: Service, first: bytes, request: Request, receive: Receive) -> Reply:
        form, page = FORMS.get(first), PAGES.get(first)
        if first in ROOMS:
            return await self._room(service, request, receive)
        if form is None and page is None:
            return refuse(service, request, Wrong.UNKNOWN)
        if request.method == "POST" and form is not None:
            if not _same_origin(service, request):
                return refuse(service, request, Wrong.ORIGIN)
            asked = form(service, request, await read_body(receive, FORM_SIZES.get(first, site.MAX_FORM)))
            if asked.act is not None:
                await asyncio.to_thread(_commit, service, asked.act)
            return await asyncio.to_thread(asked.look) if asked.look else asked.reply
        if request.method in {"GET", "HEAD"} and page is not None:
            if first == b"" and request.raw_path != b"/":
                return refuse(service, request, Wrong.UNKNOWN)
            if first in THREADED:
                if page is not site.media:
                    service.scanner.refresh()
                return await asyncio.to_thread(page, service, request)
            return page(service, request)
        allow = GET_POST if form and page else POST_ONLY if form else GET_ONLY
        return refuse(service, request, Wrong.METHOD, allow=allow)

    async def _room(self, service: Service, request: Request, receive: Receive) -> Reply:
        """Where people work: the body is read here, everything else happens in a thread."""
        rooms = self._rooms
        if rooms is None:
            rooms = await asyncio.to_thread(self._load_rooms)
        route, params, known = rooms.find(request)
        if route is None:
            allow = (b"allow", ", ".join(sorted(known)).encode())
            return (
                refuse(service, request, Wrong.METHOD, allow=allow)
                if known
                else refuse(service, request, Wrong.UNKNOWN)
            )
        body = b""
        if route.method == "POST":
            if not _same_origin(service, request):
                return refuse(service, request, Wrong.ORIGIN)
            body = await read_body(receive, route.max_body)
        service.scanner.refresh()
        return await asyncio.to_thread(rooms.answer, service, request, route, params, body)


def settle() -> None:
    """Make the interpreter fit for a worker: people wait for its loop, while threads write what the loop has left."""
    # What is loaded now stays for good: the collector need not walk it again while people wait, and what comes
    # and goes with a request is mostly free of cycles.
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECT_AFTER)
    # A thread that writes hands the interpreter back after half a millisecond, not after five: at 32 connections
    # that is the difference between a page that waits for one such slice and one that waits for many pages.
    sys.setswitchinterval(SWITCH_SECONDS)


def _headers_only(out: Send) -> Send:
    async def send_without_body(message: MutableMapping[str, Any]) -> None:
        await out({**message, "body": b""} if message["type"] == "http.response.body" else message)

    return send_without_body


def _commit(service: Service, act: Callable[[Session], object]) -> None:
    with service.store.begin() as session:
        act(session)


def _same_origin(service: Service, request: Request) -> bool:
    """Whether a form comes from a page of ours: of the address it was sent to, or of the one that is printed, which a
    proxy may hide from us. Old in-app browsers send no Origin.
    """
    if request.headers.get(b"sec-fetch-site", b"same-origin") not in {b"same-origin", b"none"}:
        return False
    origin = request.headers.get(b"origin")
    if origin is None:
        return True
    host = origin.partition(b"://")[2]
    return host == request.headers.get(b"host") or service.settings.is_own_host(host.decode("latin-1"))


def create() -> Edge:
    """What uvicorn calls in every worker."""
    return Edge(read_settings())
