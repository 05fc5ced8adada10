"""Real workers of `ocop-trace serve` on loopback: sockets, several processes, acts from the command line."""

import sqlite3
from contextlib import closing

import pytest

GTIN = "09521234543213"


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
        got, mine = service.get("/story" + target), shared.ask("/story" + target)
        assert (got.status, got.code) == (mine.status, mine.code)
        assert {name for name, _ in got.headers} == {name for name, _ in mine.headers} | {"date"}
        for name in ("content-security-policy", "cache-control", "referrer-policy", "x-content-type-options"):
            assert got.header(name) == mine.header(name)


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
    assert service.get("/healthz").status == 200


def test_a_body_over_the_limit_is_refused(service) -> None:
    big = b"kind=other&text=" + b"a" * 40_000
    answer = service.raw(
        b"POST /report/01/09521234543213 HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"
        b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\n" % len(big) + big
    )
    assert answer.startswith(b"HTTP/1.1 413 ")


def test_scans_that_wait_are_written_when_the_service_stops(furnished, tmp_path, link, running) -> None:
    data = furnished.copy(tmp_path / "data")
    with running(data, workers=1) as service:
        for number in range(1, 9):
            assert service.code(link(serial=f"{number:06d}")) == "code_issued"
    with closing(sqlite3.connect(data / "ocop.db")) as connection:
        assert connection.execute("SELECT count(*) FROM scan").fetchone() == (8,)


@pytest.mark.parametrize(
    ("statement", "sentence"),
    [
        ("UPDATE alembic_version SET version_num = '9999'", "expected schema"),
        ("DELETE FROM alembic_version", "expected a store"),
    ],
)
def test_a_store_of_another_schema_is_not_served(service, furnished, tmp_path, statement, sentence) -> None:
    data = furnished.copy(tmp_path / "data")
    with closing(sqlite3.connect(data / "ocop.db", isolation_level=None)) as connection:
        connection.execute(statement)
    done = service.run("serve", "--port", "1", data=data)
    assert done.returncode != 0
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr
