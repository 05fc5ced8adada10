"""A usual tap is answered off the wire once its counter is on disk, with the bytes the general server would send."""

import asyncio
import contextlib
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import uvicorn
from ocop.trace.api.app import Edge
from ocop.trace.api.wire import Wire
from ocop.trace.registry.errors import StoreError, StoreUnreachable
from ocop.trace.registry.taps import Spend, Spent, TapWriter
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

DATE = (b"date", b"Tue, 24 Nov 2026 04:00:00 GMT")
PHONE = {"accept-language": "vi-VN,vi;q=0.9", "user-agent": "Mozilla/5.0 (Linux; Android 13) Chrome/138.0"}
CHIP, OTHER = (bytes.fromhex(f"04{n:02x}5f1eacc040") for n in (1, 3))
RECEIPT = re.compile(rb"tap=[0-9A-Za-z-]+")


def get(target: str, **headers: str) -> bytes:
    """The bytes of a request."""
    given = {"host": "id.example.vn", **PHONE, **headers}
    lines = [f"GET {target} HTTP/1.1", *(f"{name}: {value}" for name, value in given.items())]
    return "\r\n".join([*lines, "", ""]).encode()


async def answer(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
    return head + await reader.readexactly(length)


class Line:
    """A worker behind a socket of loopback; what it answered past uvicorn's way, and the taps that it holds back."""

    def __init__(self, worker: Any, runner: asyncio.Runner, protocol: type[HttpToolsProtocol] = Wire) -> None:
        self.worker, self.run = worker, runner.run
        self.at_once = 0
        self.held: list[Callable[[], None]] = []
        edge = Edge(worker.service.settings, worker.service)
        asked = edge.at_once

        def told(*request: Any) -> Any:
            reply = asked(*request)
            self.at_once += reply is not None
            return reply

        edge.at_once = told  # type: ignore[method-assign]
        config = uvicorn.Config(
            edge, log_level="warning", access_log=False, proxy_headers=False, lifespan="off"
        )
        config.load()
        self.state = ServerState()
        self.state.default_headers = [DATE]
        self.server = self.run(self._listen(lambda: protocol(config, self.state, {})))
        self.port = self.server.sockets[0].getsockname()[1]

    async def _listen(self, make: Callable[[], HttpToolsProtocol]) -> asyncio.Server:
        return await asyncio.get_running_loop().create_server(make, "127.0.0.1", 0)

    def hold(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """From now on taps wait until what is in `held` is called."""
        then = self.worker.service.taps.then
        monkeypatch.setattr(
            self.worker.service.taps, "then", lambda tap, told: self.held.append(lambda: then(tap, told))
        )

    async def until_held(self) -> None:
        while not self.held:
            await asyncio.sleep(0)

    async def open(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection("127.0.0.1", self.port, limit=1 << 20)

    async def asking(self, *requests: bytes) -> list[bytes]:
        reader, writer = await self.open()
        writer.write(b"".join(requests))
        found = [await answer(reader) for _ in requests]
        writer.close()
        return found

    def ask(self, *requests: bytes) -> list[bytes]:
        """Send these over one connection at once and read as many answers."""
        return self.run(self.asking(*requests))


@pytest.fixture
def lines(shop: Any) -> Iterator[Callable[..., Line]]:
    """Makes a worker behind a socket, at which another chip of the lot was just tapped and its page shown."""
    with asyncio.Runner() as runner:
        made: list[Line] = []

        def open_line(counter: int, protocol: type[HttpToolsProtocol] = Wire) -> Line:
            worker = shop.worker()
            first = runner.run(worker.asking(shop.tap(3, OTHER, counter), **_named(PHONE)))
            seen = {**_named(PHONE), "cookie": first.cookie.partition(";")[0]}
            assert runner.run(worker.asking(first.location, **seen)).code == "chip_answered"
            made.append(Line(worker, runner, protocol))
            return made[-1]

        yield open_line
        for one in made:
            one.server.close()
            runner.run(one.server.wait_closed())


def _named(headers: dict[str, str]) -> dict[str, str]:
    return {name.replace("-", "_"): value for name, value in headers.items()}


def test_both_protocols_send_the_same_bytes_but_for_the_receipt(shop: Any, lines: Any) -> None:
    usual, general = lines(2), lines(3, HttpToolsProtocol)
    (first,), (second,) = usual.ask(get(shop.tap(1, CHIP, 2))), general.ask(get(shop.tap(1, CHIP, 3)))
    assert first.startswith(b"HTTP/1.1 303 See Other\r\n")
    assert RECEIPT.sub(b"tap=-", first) == RECEIPT.sub(b"tap=-", second)
    assert (usual.at_once, general.at_once) == (1, 0)


def test_a_replay_is_told_off_the_wire_too(shop: Any, lines: Any) -> None:
    usual = lines(2)
    tap = get(shop.tap(1, CHIP, 2))
    first, again = usual.ask(tap, tap)
    assert (first[:12], again[:12]) == (b"HTTP/1.1 303", b"HTTP/1.1 200")
    assert b'id="already_used"' in again


def test_what_comes_behind_a_tap_on_the_same_connection_waits_for_it(
    shop: Any, lines: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = lines(2)
    usual.hold(monkeypatch)

    async def three() -> list[bytes]:
        reader, writer = await usual.open()
        writer.write(get(shop.tap(1, CHIP, 2)) + get("/healthz") + get(shop.tap(1, CHIP, 3)))
        await usual.until_held()
        first = asyncio.ensure_future(answer(reader))
        for _ in range(50):
            await asyncio.sleep(0)
        assert not first.done(), "nothing is said before the counter is on disk"
        usual.held.pop()()
        found = [await first, await answer(reader)]
        monkeypatch.undo()
        while usual.held:
            usual.held.pop()()
        found.append(await answer(reader))
        writer.close()
        return found

    tap, health, last = usual.run(three())
    assert (tap[:12], health[:12], last[:12]) == (b"HTTP/1.1 303", b"HTTP/1.1 200", b"HTTP/1.1 303")


def test_a_phone_that_goes_away_while_its_tap_is_spent_harms_nobody(
    shop: Any, lines: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    usual = lines(2)
    usual.hold(monkeypatch)

    async def gone() -> None:
        _, writer = await usual.open()
        writer.write(get(shop.tap(1, CHIP, 2)))
        await usual.until_held()
        writer.transport.abort()
        while usual.state.connections:
            await asyncio.sleep(0)
        usual.held.pop()()

    usual.run(gone())
    monkeypatch.undo()
    (again,) = usual.ask(get(shop.tap(1, CHIP, 2)))
    assert b'id="already_used"' in again, "it was spent, and the next try is told so calmly"
    assert caplog.records == []


def test_a_server_that_stops_answers_the_tap_first(
    shop: Any, lines: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = lines(2)
    usual.hold(monkeypatch)

    async def stopped() -> tuple[bytes, bytes]:
        reader, writer = await usual.open()
        writer.write(get(shop.tap(1, CHIP, 2)))
        await usual.until_held()
        for connection in list(usual.state.connections):
            connection.shutdown()
        usual.held.pop()()
        said, rest = await answer(reader), await reader.read()
        writer.close()
        return said, rest

    said, rest = usual.run(stopped())
    assert (said[:12], rest) == (b"HTTP/1.1 303", b""), "and then the connection ends"


def test_a_tap_that_could_not_be_spent_is_a_fault_of_ours(
    shop: Any, lines: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = lines(2)

    def away(tap: Spend, told: Callable[[Any], None]) -> None:
        asyncio.get_running_loop().call_soon(told, StoreUnreachable("no disk"))

    monkeypatch.setattr(usual.worker.service.taps, "then", away)
    (said,) = usual.ask(get(shop.tap(1, CHIP, 2)))
    assert said.startswith(b"HTTP/1.1 503 ")
    assert b'id="cannot_say"' in said


def test_a_fault_after_the_commit_is_logged_and_the_connection_lives_on(
    shop: Any, lines: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    usual = lines(2)

    def broken(*_: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("ocop.trace.api.tap._sent_on", broken)
    faulty, healthy = usual.ask(get(shop.tap(1, CHIP, 2)), get("/healthz"))
    assert (faulty[:12], healthy[:12]) == (b"HTTP/1.1 500", b"HTTP/1.1 200")
    assert "a fault of ours" in caplog.text


def test_whoever_tapped_in_the_same_commit_is_told_though_another_answer_fails(
    shop: Any, caplog: pytest.LogCaptureFixture
) -> None:
    writer = TapWriter(shop.store)
    at = datetime(2026, 11, 24, 4, tzinfo=UTC)

    async def both() -> Spent | StoreError:
        told: asyncio.Future[Spent | StoreError] = asyncio.get_running_loop().create_future()

        def broken(_: Spent | StoreError) -> None:
            raise ZeroDivisionError

        writer.then(Spend(1, 900, at), broken)
        writer.then(Spend(2, 900, at), told.set_result)
        return await asyncio.wait_for(told, 10)

    with contextlib.closing(writer):
        assert isinstance(asyncio.run(both()), Spent)
    assert "was not answered" in caplog.text


def test_a_tap_after_the_service_stopped_is_told_so(shop: Any, lines: Any) -> None:
    usual = lines(2)
    usual.worker.service.taps.close()
    (said,) = usual.ask(get(shop.tap(1, CHIP, 2)))
    assert said.startswith(b"HTTP/1.1 503 ")
