"""Something between station and server answers in its place, in JSON or nearly: nothing is lost, nothing doubled."""

import json
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count, cycle
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from ocop.hardware.client import PAUSES, StationClient
from ocop.hardware.journal import Journal
from ocop.hardware.reader import NoChip
from ocop.hardware.signs import Kind, Sign, World
from ocop.hardware.simulator import SimulatedReader, blank_424
from ocop.hardware.station import Station
from ocop.trace.api.stations import add_stations

CALLS = ("me", "plans", "begin", "answer", "lost", "chip")
Wrong = tuple[int, bytes, dict[str, str]]


def said(found: Any, status: int = 200) -> Callable[[Any], Wrong]:
    return lambda right: (status, json.dumps(found).encode(), {})


def changed(change: Callable[[dict[str, Any]], Any]) -> Callable[[Any], Wrong]:
    return lambda right: (200, json.dumps(change(right)).encode(), {})


WRONG: dict[str, Callable[[Any], Wrong]] = {
    "a list": said([]),
    "null": said(None),
    "a login page in JSON": said({"login": "https://wifi.invalid"}),
    "somebody else's 404": said({"error": "no such thing"}, 404),
    "somebody else's 401": said({"message": "who are you?"}, 401),
    "a 409 that is a list": said(["no"], 409),
    "wrapped": changed(lambda right: {"data": right, "ok": True}),
    "a field missing": changed(lambda right: dict(list(right.items())[:-1])),
    "a field of another type": changed(lambda right: right | {list(right)[-1]: 1.5}),
    "a flag": changed(lambda right: right | {list(right)[-1]: True}),
    "nothing": lambda right: (200, b"", {}),
    "no end of brackets": lambda right: (200, b"[" * 200_000, {}),
    "not packed as it says": lambda right: (200, b"{}", {"Content-Encoding": "gzip"}),
}


def call_of(method: str, path: str) -> str:
    last = path.rpartition("/")[2]
    if last in ("me", "plans", "lost"):
        return last
    return "chip" if method == "GET" else "begin" if last == "dialogues" else "answer"


class Between:
    """A proxy on loopback before the real application. Of `calls` each request is answered wrongly once and then
    rightly, or the `first` so many requests are; every other time the server has heard it.
    """

    def __init__(self, behind: httpx.Client, calls: Sequence[str], first: int) -> None:
        self.behind, self.calls, self.first = behind, calls, first
        self.seen: Counter[Any] = Counter()
        self.given: Counter[str] = Counter()
        self._kinds, self._hears = cycle(WRONG.values()), cycle([True, False])

    def answer(self, method: str, path: str, body: bytes) -> Wrong:
        call = call_of(method, path)
        asked = call if self.first else (method, path, body)
        turn = self.seen[asked]
        self.seen[asked] += 1
        right = call not in self.calls or (turn >= self.first if self.first else turn % 2 == 1)
        heard, found = right or next(self._hears), {"state": "lost", "next": {}}
        if heard:
            headers = {"content-type": "application/json"}
            reply = self.behind.request(method, path, content=body, headers=headers)
            found = reply.json()
            if right or reply.status_code >= 400:
                return reply.status_code, reply.content, {}
        self.given[call] += 1
        return next(self._kinds)(found)


@contextmanager
def served(between: Between) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # head and body in one go: else each answer waits for an acknowledgement

        def passed(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            status, content, headers = between.answer(self.command, self.path, body)
            self.send_response(status)
            for name, value in {"Content-Type": "application/json", **headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = passed  # noqa: N815

        def log_message(self, *words: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


class Hand(SimulatedReader):
    """Puts the chips on, one after the other; the first is pulled away once in the middle."""

    def __init__(self, chips: list[Any]) -> None:
        super().__init__()
        self.waiting, self.pulls = chips, [14]

    def wait_for_chip(self, seconds: float) -> Any:
        if not self.waiting:
            raise NoChip
        self.place(self.waiting[0])
        if self.pulls:
            self.cut_after(self.pulls.pop(), 1)
        return super().wait_for_chip(seconds)

    def wait_for_removal(self, seconds: float) -> bool:
        del seconds
        self.waiting = self.waiting[1:]
        self.lift()
        return True


class Remembers:
    def __init__(self) -> None:
        self.signs: list[Sign] = []

    def show(self, sign: Sign) -> None:
        self.signs.append(sign)


def afternoon(
    shop: Any, connect: Any, folder: Path, calls: Sequence[str], first: int = 0
) -> tuple[Between, list[Sign]]:
    """Two chips are written, the first pulled away once and put on again when it is ready; every call is made."""
    plan = shop.plan(first=1, last=2)
    api = FastAPI()
    add_stations(api, lambda: shop.bench)
    between, screen, requests, ticks = (
        Between(connect(api, shop.token), calls, first),
        Remembers(),
        count(),
        count(),
    )
    one, two = blank_424(b"first"), blank_424(b"second")
    start = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
    world = World(
        lambda: start + timedelta(seconds=10 * next(ticks)),
        lambda seconds: None,
        lambda: f"request-{next(requests)}",
    )
    journal = Journal(folder / "journal.db")
    with served(between) as url:
        client = StationClient.connect(url, shop.token)
        client._pause = lambda seconds: None
        assert client.me().station == "Bàn 1"
        plans = client.plans()
        assert [known.plan for known in plans] == [str(plan)]
        hand = Hand([one, one, two])
        made = Station(client, journal, lambda: hand, screen, world).write(
            plans, sim=True, more=lambda: False
        )
        client.close()
    assert made == 2, [sign.sentence for sign in screen.signs]
    assert journal.open() == []
    journal.close()
    numbered = [(sign.kind, sign.number) for sign in screen.signs if sign.kind in (Kind.DONE, Kind.AGAIN)]
    assert numbered == [(Kind.DONE, 1), (Kind.AGAIN, 1), (Kind.DONE, 2)]
    assert {number: (chip.uid, chip.state) for number, chip in shop.bound().items()} == {
        1: (one.uid, "live"),
        2: (two.uid, "live"),
    }
    assert len(shop.bindings()) == 2, "no chip was bound and given up on the way"
    return between, screen.signs


@pytest.mark.parametrize("call", [*CALLS, "every call"])
def test_a_call_that_is_answered_wrongly_once_is_made_again_and_nobody_notices(
    shop: Any, connect: Any, tmp_path: Path, call: str
) -> None:
    calls = CALLS if call == "every call" else (call,)
    between, signs = afternoon(shop, connect, tmp_path, calls)
    assert all(between.given[one] for one in calls), between.given
    assert [sign for sign in signs if sign.kind is Kind.SERVER] == []


@pytest.mark.parametrize("call", ["begin", "answer", "lost", "chip"])
def test_a_call_that_is_answered_wrongly_for_long_is_told_and_goes_on_by_itself(
    shop: Any, connect: Any, tmp_path: Path, call: str
) -> None:
    between, signs = afternoon(shop, connect, tmp_path, [call], 3 * len(PAUSES))
    assert between.given[call] > len(PAUSES)
    told = [sign.sentence for sign in signs if sign.kind is Kind.SERVER]
    assert told
    assert all("không đúng dạng" in one or "trang khác" in one.lower() for one in told), told
