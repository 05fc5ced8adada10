"""Taps against two servers of their own processes on one store: what threads of one process could hide."""

import asyncio
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from ocop.trace.registry import chips

TOOL = Path(sys.executable).with_name("ocop-trace")
SUN_CHIP, STATIC_CHIP, OTHER_SUN = (bytes.fromhex(f"04{n:02x}5f1eacc040") for n in range(1, 4))
REPLAYS = 200


@contextmanager
def serving(shop: Any) -> Iterator[tuple[int, "subprocess.Popen[bytes]"]]:
    """A server process on the shop's store, and the port that it will answer at."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    given = {name: value for name, value in os.environ.items() if not name.startswith("OCOP_")}
    own = {"OCOP_DATA": str(shop.settings.data), "OCOP_REALM": "ocop.example/tag",
           "OCOP_PUBLIC_URL": "https://id.example.vn"}  # fmt: skip
    if not shop.store.file:
        url = shop.store.engine.url.render_as_string(hide_password=False)
        own["OCOP_DATABASE_URL"] = url.replace("+psycopg", "")
    process = subprocess.Popen(
        [TOOL, "serve", "--port", str(port)], env={**given, **own},
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    try:
        yield port, process
    finally:
        process.terminate()
        said = process.communicate(timeout=30)[0].decode()
    assert "Traceback" not in said, said


def await_ready(port: int, process: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + 60
    while True:
        assert process.poll() is None, process.communicate()[0].decode()
        assert time.monotonic() < until, "the server did not start"
        try:
            if httpx.get(f"http://127.0.0.1:{port}/healthz", timeout=5).status_code == 200:
                return
        except httpx.TransportError:
            continue


@pytest.fixture
def servers(shop: Any) -> Iterator[list[str]]:
    """Two processes, where they answer."""
    with ExitStack() as stack:
        begun = [stack.enter_context(serving(shop)) for _ in range(2)]
        for port, process in begun:
            await_ready(port, process)
        yield [f"http://127.0.0.1:{port}" for port, _ in begun]


def code(reply: httpx.Response) -> str:
    return reply.text.partition('<div class="code ')[2].partition('id="')[2].partition('"')[0]


def test_of_parallel_taps_in_two_processes_each_counter_is_fresh_once(shop: Any, servers: list[str]) -> None:
    two_hundred_replays_give_one_fresh(shop, servers)
    taps_in_any_order_rise_only(shop, servers)


def test_a_lost_reply_is_met_calmly_and_a_replaced_chip_is_withdrawn_everywhere(
    shop: Any, servers: list[str]
) -> None:
    a_reply_that_was_cut_after_the_commit_meets_the_calm_words(shop, servers)
    a_chip_that_is_replaced_meanwhile_is_withdrawn_in_both(shop, servers)


def two_hundred_replays_give_one_fresh(shop: Any, servers: list[str]) -> None:
    target = shop.tap(1, SUN_CHIP, 2)

    async def at_once() -> list[httpx.Response]:
        async with httpx.AsyncClient(timeout=60, limits=httpx.Limits(max_connections=64)) as client:
            asked = (client.get(servers[n % 2] + target) for n in range(REPLAYS))
            return list(await asyncio.gather(*asked))

    replies = asyncio.run(at_once())
    fresh = [reply for reply in replies if reply.status_code == 303]
    assert len(fresh) == 1
    assert {code(reply) for reply in replies if reply.status_code == 200} == {"already_used"}
    assert len(replies) - len(fresh) == REPLAYS - 1
    # The receipt of the one holds in the other process, which shares the secret.
    cookie = fresh[0].headers["set-cookie"].partition(";")[0]
    for server in servers:
        page = httpx.get(server + fresh[0].headers["location"], headers={"cookie": cookie})
        assert code(page) == "chip_answered"
    with shop.store.read() as session:
        row = chips.by_uid(session, SUN_CHIP)
        assert row is not None
        assert (row.counter, row.counter_before) == (2, 1)


def taps_in_any_order_rise_only(shop: Any, servers: list[str]) -> None:
    counters = [5, 3, 9, 4, 9, 7, 2, 12, 12, 1]

    async def at_once() -> list[int]:
        async with httpx.AsyncClient(timeout=60) as client:
            asked = [client.get(servers[n % 2] + shop.tap(3, OTHER_SUN, c)) for n, c in enumerate(counters)]
            return [reply.status_code for reply in await asyncio.gather(*asked)]

    statuses = asyncio.run(at_once())
    fresh = [counter for counter, status in zip(counters, statuses, strict=True) if status == 303]
    assert 12 in fresh
    assert 1 not in fresh
    assert len(fresh) == len(set(fresh))


def a_reply_that_was_cut_after_the_commit_meets_the_calm_words(shop: Any, servers: list[str]) -> None:
    target = shop.tap(1, SUN_CHIP, 2)
    host, _, port = servers[0].removeprefix("http://").partition(":")
    with closing(socket.create_connection((host, int(port)), timeout=20)) as line:
        line.sendall(f"GET {target} HTTP/1.1\r\nHost: id.example.vn\r\n\r\n".encode())
        line.recv(1)  # the commit is done, the rest of the reply is lost
    calm = httpx.get(servers[1] + target)
    assert (calm.status_code, code(calm)) == (200, "already_used")
    assert "Chạm lại" in calm.text
    assert httpx.get(servers[1] + shop.tap(1, SUN_CHIP, 3)).status_code == 303


def a_chip_that_is_replaced_meanwhile_is_withdrawn_in_both(shop: Any, servers: list[str]) -> None:
    for server in servers:
        assert code(httpx.get(server + shop.link(1, SUN_CHIP))) == "chip_silent"
    with shop.store.begin() as session:
        row = chips.by_uid(session, SUN_CHIP)
        assert row is not None
        chips.replace(session, row.id or 0, row.bound_at)
    for server in servers:
        for target in (shop.tap(1, SUN_CHIP, 4), shop.link(1, SUN_CHIP)):
            assert code(httpx.get(server + target)) == "withdrawn"
