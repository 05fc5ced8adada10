"""A usual scan is answered off the wire with the bytes that the general server would send; all else is left to it."""

import asyncio
from collections.abc import Callable, Iterator

import pytest
import uvicorn
from ocop.trace.api.wire import Wire
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

DATE = (b"date", b"Tue, 24 Nov 2026 04:00:00 GMT")
PHONE = {
    "accept-language": "vi-VN,vi;q=0.9",
    "user-agent": "Mozilla/5.0 (Linux; Android 9) Chrome/138.0 Mobile",
}
PROXY = {"trusted_proxies": "127.0.0.1"}


def get(target: str, version: str = "1.1", method: str = "GET", **headers: str) -> bytes:
    """The bytes of a request; `_` in a header's name stands for `-`."""
    given = {"host": "id.example.vn", **PHONE, **{k.replace("_", "-"): v for k, v in headers.items()}}
    lines = [f"{method} {target} HTTP/{version}", *(f"{name}: {value}" for name, value in given.items())]
    return "\r\n".join([*lines, "", ""]).encode()


class Line:
    """A worker behind a socket of loopback, and whether it answered past uvicorn's way."""

    def __init__(self, runner: asyncio.Runner, worker, protocol: type[HttpToolsProtocol]) -> None:
        self.worker, self._runner = worker, runner
        self.at_once: list[bool] = []
        at_once = worker.edge.at_once

        def told(*asked):
            reply = at_once(*asked)
            self.at_once.append(reply is not None)
            return reply

        worker.edge.at_once = told
        config = uvicorn.Config(
            worker.edge, log_level="warning", access_log=False, proxy_headers=False, lifespan="off"
        )
        config.load()
        state = ServerState()
        state.default_headers = [DATE]
        self._server = runner.run(self._listen(lambda: protocol(config, state, {})))
        self._port = self._server.sockets[0].getsockname()[1]

    async def _listen(self, make: Callable[[], HttpToolsProtocol]) -> asyncio.Server:
        return await asyncio.get_running_loop().create_server(make, "127.0.0.1", 0)

    def ask(self, *chunks: bytes, answers: int = 1) -> list[bytes]:
        """Send some chunks over one connection and read that many answers, each with head and body."""
        return self._runner.run(self._asking(chunks, answers))

    async def _asking(self, chunks: tuple[bytes, ...], answers: int) -> list[bytes]:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port, limit=1 << 20)
        found: list[bytes] = []
        for chunk in chunks:
            writer.write(chunk)
            await writer.drain()
            await asyncio.sleep(0)
        for _ in range(answers):
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
            found.append(head + await reader.readexactly(length))
        writer.close()
        await writer.wait_closed()
        return found

    def close(self) -> None:
        self._server.close()
        self._runner.run(self._server.wait_closed())


@pytest.fixture
def line(serving, runner, link) -> Iterator[Callable[..., Line]]:
    """Makes a worker behind a socket that has just shown item 1 to somebody else."""
    made: list[Line] = []

    def open_line(protocol: type[HttpToolsProtocol] = Wire) -> Line:
        worker = serving(**PROXY)
        worker.ask("/story" + link(serial="000001"), headers=PHONE, client="192.0.2.1")
        made.append(Line(runner, worker, protocol))
        return made[-1]

    yield open_line
    for one in made:
        one.close()


def test_both_protocols_send_the_same_bytes_and_leave_the_same_row(line, link) -> None:
    usual, general = line(), line(HttpToolsProtocol)
    asked = get("/story" + link(serial="000012"), x_forwarded_for="198.51.100.7")
    assert usual.ask(asked) == general.ask(asked)
    assert (usual.at_once, general.at_once) == ([True], [])
    assert usual.worker.scans() == general.worker.scans()


def test_requests_in_a_row_are_answered_in_their_order_whatever_their_way(line, link) -> None:
    usual, general = line(), line(HttpToolsProtocol)
    targets = [link(serial=serial) for serial in ("000012", "000013", "000014")]
    asked = [
        get("/story" + targets[0]),
        get("/healthz"),
        get("/story" + targets[1]),
        get("/story" + targets[2]),
    ]
    pipelined = usual.ask(b"".join(asked), answers=4)
    assert pipelined == [one for ask in asked for one in general.ask(ask)]
    assert b"000012" in pipelined[0]
    assert b"000014" in pipelined[3]


def test_a_head_that_comes_in_pieces_is_one_request(line, link) -> None:
    usual = line()
    asked = get("/story" + link(serial="000012"))
    whole = usual.ask(asked)
    assert usual.ask(*(asked[start : start + 50] for start in range(0, len(asked), 50))) == whole
    assert usual.at_once == [True, True]


@pytest.mark.parametrize(
    "how",
    [
        {"version": "1.0"},
        {"version": "1.0", "connection": "keep-alive"},
        {"connection": "close"},
        {"content_length": "0"},
        {"transfer_encoding": "chunked"},
        {"expect": "100-continue"},
        {"method": "HEAD"},
        {"connection": "upgrade", "upgrade": "h2c"},
    ],
    ids=lambda how: "-".join(how),
)
def test_what_is_not_plain_is_left_to_the_server(line, link, how) -> None:
    usual = line()
    asked = get("/story" + link(serial="000012"), **how)
    if "transfer_encoding" in how:
        asked += b"0\r\n\r\n"
    if how.get("method") == "HEAD":
        asked += get(
            "/story" + link(serial="000012"), connection="close"
        )  # a length without a body ends here
        usual._runner.run(head_only(usual, asked))
    else:
        assert b" 200 OK" in usual.ask(asked)[0]
    assert usual.at_once == []


async def head_only(line: Line, asked: bytes) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", line._port)
    writer.write(asked)
    first = await reader.readuntil(b"\r\n\r\n")
    second = await reader.readuntil(b"\r\n\r\n")
    assert first.count(b" 200 OK") == second.count(b" 200 OK") == 1
    writer.close()


def test_a_scan_that_the_short_way_leaves_is_answered_in_full(line, link, altered) -> None:
    usual = line()
    assert b'id="not_issued"' in usual.ask(get("/story" + altered(link())))[0]
    assert b'lang="en"' in usual.ask(get("/story" + link() + "&lang=en"))[0]
    assert usual.at_once == [False, False]


def test_an_item_met_often_is_said_on_the_wire_too_and_counted_once(line, link, networks) -> None:
    usual = line()
    asked = [get("/story" + link(serial="000012"), x_forwarded_for=address) for address in networks(60)]
    answers = usual.ask(b"".join(asked), answers=60)
    assert b'id="code_issued"' in answers[0]
    assert b'id="code_issued_often"' in answers[-1]
    assert len(usual.worker.scans()) == 61


def test_a_fault_of_ours_is_told_and_the_connection_lives_on(line, link, monkeypatch, caplog) -> None:
    usual = line()

    def broken(*_):
        raise ZeroDivisionError

    with monkeypatch.context() as patched:
        patched.setattr("ocop.trace.api.usual.network", broken)
        assert b" 500 " in usual.ask(get("/story" + link(serial="000012")))[0]
    assert "a fault of ours" in caplog.text
    assert b'id="code_issued"' in usual.ask(get("/story" + link(serial="000012")))[0]
