"""From the wire to the page of a usual scan, past what a general server does for any request.

uvicorn makes a scope, a task, an event and two messages of every request, and checks each header of its answer; for
a page of ours that is a fifth of its price. `Wire` is uvicorn's own HTTP/1.1 protocol, which asks the application
first, as soon as the head of a request is read:

    GET /story/01/<gtin>/10/<lot>/21/<serial>?s=<162 digits>, HTTP/1.1, kept alive, no body, nothing pending
        -> `Edge.at_once`: the answer of the short way (`usual`), written when the message is complete
    GET /story/…?s=<90 characters>&m=…&c=…, the same
        -> `Edge.at_once`: the answer of the short way (`usual_taps`), written when the counter is on disk
    anything else, and whatever the short way leaves to the full one
        -> uvicorn, as if nothing had been asked

The bytes of an answer are the same on both ways; a test reads them off a socket. Start it with
`uvicorn --http ocop.trace.api.wire:Wire`; with another application or protocol everything works as well, only slower.
"""

from functools import lru_cache, partial
from http import HTTPStatus
from typing import Any, cast

from ocop.trace.api.http import Header, Later, Reply
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

# Of a request that brings a body, or waits for a word before it does.
_BODY = frozenset({b"content-length", b"transfer-encoding", b"expect"})


class _Awaited:
    """A request whose answer has to wait, in the place where uvicorn keeps the request that it is answering: what comes
    on the same connection meanwhile waits in uvicorn's line, and a server that stops waits for it.
    """

    __slots__ = ("disconnected", "keep_alive", "message_event", "response_complete")

    def __init__(self) -> None:
        self.response_complete = self.disconnected = False
        self.keep_alive = True
        self.message_event = self  # nobody waits for more of a request that has no body

    def set(self) -> None:
        """There is nobody to wake."""


class Wire(HttpToolsProtocol):
    """One connection."""

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        self._at_once = getattr(self.app, "at_once", None)
        if self.root_path or self.access_log or self.limit_concurrency is not None:
            self._at_once = None  # what these ask for is done on uvicorn's way
        self._reply: Reply | Later | None = None

    def on_headers_complete(self) -> None:
        """The head of a request is read: answer it at once, or leave it to uvicorn."""
        if self._at_once is not None and self._is_plain():
            headers = dict(self.headers)
            if headers.keys().isdisjoint(_BODY):
                self._reply = self._at_once(self.url, self.headers, headers, self.client)
        if self._reply is None:
            super().on_headers_complete()

    def on_message_complete(self) -> None:
        """The request is read: write what was answered at once, or what will be."""
        reply, self._reply = self._reply, None
        if reply is None:
            super().on_message_complete()
        elif isinstance(reply, Reply):
            self._write(reply)
            self.on_response_complete()
        else:
            awaited = _Awaited()
            self.cycle = cast(Any, awaited)
            reply(partial(self._answered, awaited))

    def _answered(self, awaited: _Awaited, reply: Reply) -> None:
        """What was waited for is known."""
        awaited.response_complete = True
        if awaited.disconnected or self.transport.is_closing():
            return
        self._write(reply)
        if not awaited.keep_alive:
            self.transport.close()  # the server is stopping
        self.on_response_complete()

    def _write(self, reply: Reply) -> None:
        head = _head(reply.status, tuple(self.server_state.default_headers), reply.headers)
        self.transport.writelines(
            (b"%b%bcontent-length: %d\r\n\r\n" % (head, _lines(reply.own), len(reply.body)), reply.body)
        )

    def _is_plain(self) -> bool:
        """Whether a request can be answered without waiting: it is the only one, and its answer finds room."""
        parser = self.parser
        return (
            (self.cycle is None or self.cycle.response_complete)
            and not self.flow.write_paused
            and parser.get_method() == b"GET"
            and parser.get_http_version() == "1.1"
            and parser.should_keep_alive()
            and not parser.should_upgrade()
        )


@lru_cache(16)
def _head(status: int, given: tuple[Header, ...], headers: tuple[Header, ...]) -> bytes:
    """Status line and the headers that come time and again; `given` are those of the server."""
    return b"HTTP/1.1 %d %b\r\n%b" % (status, HTTPStatus(status).phrase.encode(), _lines((*given, *headers)))


def _lines(headers: tuple[Header, ...]) -> bytes:
    return b"".join([b"%b: %b\r\n" % pair for pair in headers])
