"""Plain ASGI: the few things that the scan path needs of HTTP, without a framework's price.

A handler takes a `Request` (the ASGI scope with its headers looked up once) and returns a `Reply`; `send` turns it
into ASGI messages. HEAD gets the headers of GET. Bodies are read whole, up to a limit that the caller names.
"""

import ipaddress
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

from ocop.trace.settings import Network

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Header = tuple[bytes, bytes]

MAX_TARGET = 2048
MAX_FIELDS = 50
KEPT_ADDRESSES = 1024
HTML = (b"content-type", b"text/html; charset=utf-8")
NO_STORE = (b"cache-control", b"no-store")
PRIVATE = (b"cache-control", b"private, no-cache")
SAFE: tuple[Header, ...] = (
    (b"x-content-type-options", b"nosniff"),
    # Not `no-referrer`: a form would then come with `Origin: null`, and its origin is what we check.
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=(), payment=()"),
)


class BodyTooLarge(Exception):
    """A request body over its limit."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        super().__init__(f"expected a body of at most {limit} bytes, got more")


class BadForm(Exception):
    """A form that none of our pages sends."""


class Reply(NamedTuple):
    """Status, headers and body of an answer. Headers that no other answer has are its `own`: all others are put
    together once and kept.
    """

    status: int
    headers: tuple[Header, ...]
    body: bytes = b""
    own: tuple[Header, ...] = ()

    @property
    def all_headers(self) -> tuple[Header, ...]:
        """All but the length, in the order in which they are sent."""
        return (*self.headers, *self.own)


Later = Callable[[Callable[[Reply], None]], None]
"""An answer that has to wait for something: called with what to do with it, which happens once, on the same loop."""


class Request:
    """One request: `method`, `raw_path` (bytes as sent), `query` (bytes as sent) and its headers (lower case)."""

    __slots__ = ("headers", "method", "query", "raw_path", "scope")

    def __init__(self, scope: Scope, headers: dict[bytes, bytes] | None = None) -> None:
        """`headers` are those of the scope, where somebody has looked them up already."""
        self.scope = scope
        self.method: str = scope["method"]
        raw: bytes = scope.get("raw_path") or scope["path"].encode("utf-8", "surrogateescape")
        self.raw_path: bytes = raw.partition(b"?")[0]
        self.query: bytes = scope["query_string"]
        self.headers: dict[bytes, bytes] = dict(scope["headers"]) if headers is None else headers

    def text(self, name: bytes) -> str:
        """A header as text, empty if absent."""
        return self.headers.get(name, b"").decode("latin-1")

    @property
    def target_length(self) -> int:
        """Bytes of the request target: path, `?` and query."""
        return len(self.raw_path) + (1 + len(self.query) if self.query else 0)

    def client(self, trusted: "Trusted") -> str:
        """The caller's address. X-Forwarded-For counts only hop by hop through trusted proxies, from the right."""
        peer = self.scope.get("client")
        address: str = peer[0] if peer else ""
        forwarded = self.headers.get(b"x-forwarded-for")
        if forwarded is None or address not in trusted:
            return address
        if b"," not in forwarded:
            return forwarded.decode("latin-1").strip() or address
        hops = [hop.strip() for hop in forwarded.decode("latin-1").split(",") if hop.strip()]
        while hops and address in trusted:
            address = hops.pop()
        return address


class Trusted:
    """The networks of our own proxies. A proxy's address comes with every request, so what was asked is remembered."""

    __slots__ = ("_known", "_networks")

    def __init__(self, networks: tuple[Network, ...]) -> None:
        self._networks = networks
        self._known: dict[str, bool] = {}

    def __contains__(self, address: str) -> bool:
        known = self._known.get(address)
        if known is None:
            if len(self._known) >= KEPT_ADDRESSES:
                self._known.clear()
            known = self._known[address] = self._holds(address)
        return known

    def _holds(self, address: str) -> bool:
        try:
            parsed = ipaddress.ip_address(address)
        except ValueError:
            return False
        return any(parsed in network for network in self._networks)


async def send(request: Request, reply: Reply, out: Send) -> None:
    """Send a reply; a HEAD request gets its headers and the length of the body it would have had."""
    headers = [*reply.all_headers, (b"content-length", b"%d" % len(reply.body))]
    await out({"type": "http.response.start", "status": reply.status, "headers": headers})
    await out({"type": "http.response.body", "body": b"" if request.method == "HEAD" else reply.body})


async def read_body(receive: Receive, limit: int) -> bytes:
    """The whole body. Raises BodyTooLarge over `limit` bytes, BadForm when it breaks off."""
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise BadForm("a body that broke off")
        chunk = message.get("body", b"")
        size += len(chunk)
        if size > limit:
            raise BodyTooLarge(limit)
        chunks.append(chunk)
        if not message.get("more_body"):
            return b"".join(chunks)


def form_fields(body: bytes, allowed: Iterable[str]) -> dict[str, str]:
    """The fields of an urlencoded form. A doubled or unknown field is dropped whole: nobody can sneak one in.

    Raises BadForm for more than `MAX_FIELDS` fields.
    """
    if body.count(b"&") >= MAX_FIELDS:
        raise BadForm(f"more than {MAX_FIELDS} fields")
    known = set(allowed)
    seen: dict[str, str] = {}
    doubled: set[str] = set()
    for name, value in parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True):
        if name in seen:
            doubled.add(name)
        seen[name] = value
    return {name: value for name, value in seen.items() if name in known and name not in doubled}
