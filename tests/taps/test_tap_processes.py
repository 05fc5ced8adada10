"""Taps against two servers of their own processes on one store: what threads of one process could hide."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import ExitStack, closing
from typing import Any

import httpx
import pytest
from ocop.trace.registry import chips

SUN_CHIP, STATIC_CHIP, OTHER_SUN = (bytes.fromhex(f"04{n:02x}5f1eacc040") for n in range(1, 4))
REPLAYS = 200


@pytest.fixture
def servers(shop: Any, serving: Any) -> Iterator[list[str]]:
    """Two processes, where they answer."""
    with ExitStack() as stack:
        yield [stack.enter_context(serving(shop)) for _ in range(2)]


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
