"""Real workers of `ocop-trace serve` on loopback: sockets, several processes, acts from the command line."""

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

ANSWER = re.compile(rb'<div class="code [a-z]+" id="([a-z_]+)">')
TOOL = Path(sys.executable).with_name("ocop-trace")
GTIN = "09521234543213"


class Served:
    """A running service."""

    def __init__(self, data: Path, port: int) -> None:
        self.data, self.port = data, port
        self.env = {
            **{name: value for name, value in os.environ.items() if not name.startswith("OCOP_")},
            "OCOP_DATA": str(data),
            "OCOP_PUBLIC_URL": f"http://127.0.0.1:{port}",
        }

    def get(self, target: str, method: str = "GET", **headers: str) -> tuple[int, dict[str, str], bytes]:
        """One request over a connection of its own, so that any worker may take it."""
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)) as connection:
            connection.request(method, target, headers=headers)
            answer = connection.getresponse()
            return answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read()

    def code(self, target: str) -> str:
        found = ANSWER.search(self.get("/story" + target)[2])
        return found[1].decode() if found else ""

    def raw(self, request: bytes) -> bytes:
        with closing(socket.create_connection(("127.0.0.1", self.port), timeout=20)) as connection:
            connection.sendall(request)
            connection.shutdown(socket.SHUT_WR)
            return b"".join(iter(lambda: connection.recv(65536), b""))

    def tool(self, *arguments: str) -> dict:
        done = subprocess.run(
            [TOOL, *arguments, "--json"],
            env=self.env,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)


@contextmanager
def served(data: Path, workers: int) -> Iterator[Served]:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    service = Served(data, port)
    process = subprocess.Popen(
        [TOOL, "serve", "--port", str(port), "--workers", str(workers)],
        env=service.env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    try:
        ready = time.monotonic() + 60
        while True:
            try:
                if service.get("/healthz")[0] == 200:
                    break
            except OSError:
                assert process.poll() is None, process.communicate()[0].decode()
            assert time.monotonic() < ready, "the service did not start"
            time.sleep(0.05)
        yield service
    finally:
        process.send_signal(signal.SIGTERM)
        said = process.communicate(timeout=30)[0].decode()
    assert "Traceback" not in said, said


@pytest.fixture(scope="module")
def service(furnished, tmp_path_factory) -> Iterator[Served]:
    """Two workers on one store."""
    with served(furnished.copy(tmp_path_factory.mktemp("served") / "data"), workers=2) as running:
        yield running


def test_acts_from_the_command_line_show_in_every_worker_at_once(service, link) -> None:
    """Twelve fresh connections after each act: the kernel spreads them over both workers."""
    target = link("EARLY", "000007")
    acts = [
        ("not_released", ()),
        ("code_issued", ("release", GTIN, "EARLY")),
        (
            "withdrawn",
            ("withdraw", GTIN, "EARLY", "--reason", "mất cuộn tem", "--from", "5", "--to", "9", "--yes"),
        ),
        ("recalled", ("recall", GTIN, "EARLY", "--reason", "mốc", "--advice", "đừng dùng", "--yes")),
    ]
    positions = []
    for expected, arguments in acts:
        if arguments:
            positions.append(service.tool(*arguments)["position"])
        assert {service.code(target) for _ in range(12)} == {expected}
    for position, expected in (
        (positions[2], "withdrawn"),
        (positions[1], "code_issued"),
        (positions[0], "not_released"),
    ):
        service.tool("undo", str(position), "--reason", "nhầm")
        assert {service.code(target) for _ in range(12)} == {expected}


def test_a_code_on_the_wire_is_answered_as_in_process(service, shared, link, altered) -> None:
    for target in (link(), altered(link()), link("RECALL"), link().partition("?")[0]):
        status, headers, body = service.get("/story" + target)
        mine = shared.ask("/story" + target)
        assert (status, ANSWER.search(body)[1].decode()) == (mine.status, mine.code)
        expected = {name: value for name, value in mine.headers if name != "content-length"}
        assert {name: headers[name] for name in expected} == expected
        assert "server" not in headers


@pytest.mark.parametrize(
    "line",
    [
        b"GET /story/01/09521234543213/10/L\xc3\xb4 HTTP/1.1",
        b"GET /01/09521234543213\x00 HTTP/1.1",
        b"GET /01/09521234543213?x=\x01\x02 HTTP/1.1",
        b"GET /01/09521234543213?x=\xff\xfe HTTP/1.1",
        b"GET /01/09521234543213?x=a b HTTP/1.1",
        b"GET //evil.example/%2e%2e HTTP/1.1",
        b"GET /story/01/../../etc/passwd HTTP/1.1",
        b"GET http://evil.example/01/09521234543213 HTTP/1.1",
        b"GET * HTTP/1.1",
        b"OPTIONS * HTTP/1.1",
        b"GET /" + b"a" * 3000 + b" HTTP/1.1",
        b"GET /" + b"a" * 70_000 + b" HTTP/1.1",
        b"nonsense",
    ],
)
def test_odd_requests_on_the_wire_are_refused_without_a_fault(service, line) -> None:
    answer = service.raw(line + b"\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
    status = int(answer.split(b" ", 2)[1]) if answer.startswith(b"HTTP/1.1 ") else 400
    assert 200 <= status < 500, answer[:300]
    head = answer.partition(b"\r\n\r\n")[0]
    for byte in (b"\x00", b"\x01", b"evil.example"):
        assert byte not in head
    assert service.get("/healthz")[0] == 200


def test_a_body_over_the_limit_is_refused(service) -> None:
    big = b"kind=other&text=" + b"a" * 40_000
    answer = service.raw(
        b"POST /report/01/09521234543213 HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"
        b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\n" % len(big) + big
    )
    assert answer.startswith(b"HTTP/1.1 413 ")


def test_scans_that_wait_are_written_when_the_service_stops(furnished, tmp_path, link) -> None:
    import sqlite3

    data = furnished.copy(tmp_path / "data")
    with served(data, workers=1) as running:
        for number in range(1, 9):
            assert running.code(link(serial=f"{number:06d}")) == "code_issued"
    with closing(sqlite3.connect(data / "ocop.db")) as connection:
        assert connection.execute("SELECT count(*) FROM scan").fetchone() == (8,)


@pytest.mark.parametrize(
    ("statement", "sentence"),
    [
        ("UPDATE alembic_version SET version_num = '9999'", "expected schema"),
        ("DELETE FROM alembic_version", "expected a store"),
    ],
)
def test_a_store_of_another_schema_is_not_served(furnished, tmp_path, statement, sentence) -> None:
    import sqlite3

    data = furnished.copy(tmp_path / "data")
    with closing(sqlite3.connect(data / "ocop.db", isolation_level=None)) as connection:
        connection.execute(statement)
    done = subprocess.run(
        [TOOL, "serve", "--port", "1"],
        env=Served(data, 1).env,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode != 0
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr
