"""The station's page in a browser of the same machine: the same big number, with sound, for those who fear a terminal.

    GET  /<secret>/                    the page
    GET  /<secret>/station.css, .js
    GET  /<secret>/signs?after=<n>     the signs after the n-th as a JSON list; waits up to 10 s for one
    POST /<secret>/label               what was scanned or typed, as a JSON string

It listens on 127.0.0.1 only. The path holds a secret made for this run, and another `Host` than ours is refused, so
that no page from outside can read a number or send one (DNS rebinding, forged forms). No key and no token is
ever on it. The policy allows nothing but the page's own two files.

Worked example: `with served_page(page, 0) as address: page.show(sign)` with address http://127.0.0.1:40123/5f0c…/.
"""

import html
import json
import queue
import sys
import threading
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from hmac import compare_digest
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files
from secrets import token_urlsafe
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from ocop.hardware.label import LabelNotRead, OtherLot, number_on
from ocop.hardware.phrases import Words
from ocop.hardware.screen import as_json
from ocop.hardware.signs import Kind, Sign

WAIT_SECONDS: Final = 10.0
LABEL_SECONDS: Final = 0.5
KEPT: Final = 50
MAX_BODY: Final = 4096
TYPES: Final = {"station.css": "text/css; charset=utf-8", "station.js": "text/javascript; charset=utf-8"}
HEADERS: Final = (
    (
        "Content-Security-Policy",
        "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src data:; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    ),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
    ("Cache-Control", "no-store"),
)


class Page:
    """A screen that a browser follows, and the labels that it sends."""

    def __init__(self, words: Words, lots: Collection[str]) -> None:
        self.words = words
        self._lots = lots
        self._changed = threading.Condition()
        self._signs: list[dict[str, Any]] = []
        self._order = 0
        self.closed = False
        self._labels: queue.Queue[str] = queue.Queue(maxsize=8)

    def show(self, sign: Sign) -> None:
        """The next sign for every browser that looks."""
        self._append(as_json(sign), asks=False)

    def close(self) -> None:
        """Lets waiting browsers go."""
        with self._changed:
            self.closed = True
            self._changed.notify_all()

    def after(self, order: int) -> list[dict[str, Any]]:
        """The signs after the one of that order; a browser that comes first gets the last one only."""
        end = time.monotonic() + WAIT_SECONDS
        with self._changed:
            while self._order <= order and not self.closed and (left := end - time.monotonic()) > 0:
                self._changed.wait(left)
            if order == 0:
                return self._signs[-1:]
            return [sign for sign in self._signs if sign["order"] > order]

    def send_label(self, text: str) -> bool:
        """What the browser sent; whether there was room for it."""
        try:
            self._labels.put_nowait(text)
        except queue.Full:
            return False
        return True

    def ask_label(self) -> int | None:
        """The number of the next label; None for an empty one, which ends the work."""
        sign = Sign(Kind.WAITING, self.words.label, self.words.end)
        while True:
            self._append(as_json(sign), asks=True)
            text = self._next_label().strip()
            if not text:
                return None
            try:
                return number_on(text, self._lots)
            except LabelNotRead:
                sign = Sign(Kind.REFUSED, self.words.label_not_read, self.words.label)
            except OtherLot:
                sign = Sign(Kind.REFUSED, self.words.label_other_lot, self.words.label)

    def _next_label(self) -> str:
        """Waits in short turns: Windows tells a program that waits without an end of no Ctrl-C."""
        while True:
            with suppress(queue.Empty):
                return self._labels.get(timeout=LABEL_SECONDS)

    def _append(self, shown: dict[str, Any], *, asks: bool) -> None:
        with self._changed:
            self._order += 1
            self._signs = [*self._signs[1 - KEPT :], {**shown, "order": self._order, "asks": asks}]
            self._changed.notify_all()


@contextmanager
def served_page(page: Page, port: int) -> Iterator[str]:
    """Serves the page while inside; gives its address. Raises OSError when the port is taken."""
    secret = token_urlsafe(16)

    class Handler(_Handler):
        shown, prefix = page, f"/{secret}/"

    server = _Server(("127.0.0.1", port), Handler)
    Handler.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/{secret}/"
    finally:
        page.close()
        server.shutdown()
        server.server_close()
        thread.join(5)


@cache
def _static(name: str) -> str:
    return files("ocop.hardware").joinpath("static", name).read_text("utf-8")


def _html(words: Words) -> str:
    text = _static("station.html")
    for name in ("lang", "page_title", "page_gone", "page_label", "page_send", "page_sound", "waiting"):
        text = text.replace("{" + name + "}", html.escape(str(getattr(words, name))))
    return text


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A browser that hung up is no fault, and the terminal belongs to the person at the reader."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    shown: Page
    prefix: str
    port: int
    protocol_version = "HTTP/1.1"
    timeout = 30
    server_version, sys_version = "ocop-station", ""

    def do_GET(self) -> None:
        """The page and what belongs to it."""
        name = self._name()
        if name == "":
            self._send(200, _html(self.shown.words), "text/html; charset=utf-8")
        elif name in TYPES:
            self._send(200, _static(name), TYPES[name])
        elif name == "signs":
            given = parse_qs(urlsplit(self.path).query).get("after", ["0"])[0]
            order = int(given) if given.isascii() and given.isdigit() and len(given) < 10 else 0
            found = self.shown.after(order)
            # A connection outlives the server's end: said once, so that no browser asks on for ever.
            self.close_connection = self.shown.closed
            self._json(503 if self.shown.closed else 200, found)
        else:
            self._json(404, "expected the address that the program printed, got another one")

    def do_POST(self) -> None:
        """A label."""
        length = self.headers.get("Content-Length", "")
        if not (length.isascii() and length.isdigit() and len(length) < 10 and int(length) <= MAX_BODY):
            self.close_connection = True
            return self._json(413, f"expected at most {MAX_BODY} bytes of a known length")
        body = self.rfile.read(int(length))
        if self._name() != "label" or self.headers.get_content_type() != "application/json":
            return self._json(404, "expected a label as JSON, got something else")
        try:
            text = json.loads(body)
        except (ValueError, RecursionError):
            text = None
        if not isinstance(text, str):
            return self._json(400, "expected a JSON string, got something else")
        return (
            self._json(200, True) if self.shown.send_label(text) else self._json(429, "one after the other")
        )

    def log_message(self, format: str, *arguments: Any) -> None:
        """Nothing: the terminal belongs to the person at the reader."""

    def _name(self) -> str | None:
        """What is asked for below our secret; None for anything else."""
        try:
            host, path = self.headers.get("Host", ""), urlsplit(self.path).path
        except ValueError:
            return None  # no address at all
        known = compare_digest(path[: len(self.prefix)].encode(), self.prefix.encode())
        if host not in (f"127.0.0.1:{self.port}", f"localhost:{self.port}") or not known:
            return None
        return path[len(self.prefix) :]

    def _json(self, status: int, value: object) -> None:
        self._send(status, json.dumps(value, ensure_ascii=False), "application/json")

    def _send(self, status: int, text: str, kind: str) -> None:
        body = text.encode()
        with suppress(ConnectionError):  # the browser went away meanwhile
            self.send_response(status)
            for name, value in (*HEADERS, ("Content-Type", kind), ("Content-Length", str(len(body)))):
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)
