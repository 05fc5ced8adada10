"""How often doors may be tried: counted in the database, so that two workers share every limit; the clock decides."""

from datetime import UTC, datetime, timedelta

import pytest
from ocop.trace import doors_limits
from ocop.trace.doors_limits import LIMITS

WRONG = {"phone": "0987 654 321", "passphrase": "không phải câu này đâu"}


@pytest.fixture
def two(rooms):
    first = rooms()
    return first, rooms(beside=first)


def test_ten_wrong_passphrases_in_five_minutes_are_enough_for_both_workers(two):
    clients = [room.client() for room in two]
    for number, client in enumerate(clients):
        client.address = f"203.0.113.{number}"
    said = [clients[number % 2].post("/door", WRONG).status for number in range(12)]
    assert said == [422] * 10 + [429] * 2
    other = {"phone": "0911 111 111", "passphrase": "x"}
    assert clients[0].post("/door", other).status == 422, "somebody else is not held up"
    for room in two:
        room.later(minutes=5, seconds=1)
    assert clients[1].post("/door", WRONG).status == 422


def test_one_address_tries_many_numbers_and_is_stopped(two):
    clients = [room.client() for room in two]
    most = LIMITS["sign_in.address"][0].most
    said = [
        clients[number % 2].post("/door", {"phone": f"09{number:08}", "passphrase": "x"}).status
        for number in range(most + 1)
    ]
    assert said == [422] * most + [429]


def test_a_right_passphrase_does_not_open_over_the_limit_and_says_when(two):
    room = two[0]
    client = room.client()
    for _ in range(10):
        client.post("/door", WRONG)
    got = client.post("/door", WRONG)
    assert (got.status, got.header("retry-after"), "năm phút" in got.words) == (429, "300", True)


@pytest.mark.parametrize(
    ("kind", "place"), [(kind, place) for kind in sorted(LIMITS) for place in range(len(LIMITS[kind]))]
)
def test_every_limit_holds_to_the_try_and_to_the_second(store, kind, place):
    limit = LIMITS[kind][place]
    start = datetime(2026, 11, 23, 3, tzinfo=UTC)
    # Spread so that no shorter window fills up before this one.
    apart = limit.span / (limit.most + 1)
    key = bytes(32)
    with store.begin() as session:
        for number in range(limit.most):
            assert doors_limits.allowed(session, key, [(kind, "who")], start + apart * number)
        over = start + limit.span - timedelta(seconds=1)
        assert not doors_limits.allowed(session, key, [(kind, "who")], over)
        assert doors_limits.allowed(session, key, [(kind, "another")], over)
        assert doors_limits.allowed(session, key, [(kind, "who")], start + limit.span + timedelta(seconds=1))


def test_tries_name_nobody_and_are_forgotten_after_a_day(room):
    client = room.client()
    client.post("/door", WRONG)
    dump = b"".join(bytes(row[0]) for row in room.rows("SELECT who FROM tried"))
    assert b"987654321" not in dump
    assert b"203.0.113" not in dump
    room.later(days=2)
    client.post("/door", WRONG)
    assert room.rows("SELECT count(*) FROM tried") == [(3,)]


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("somewhere", "somewhere"),
    ],
)
def test_a_caller_is_counted_by_what_they_can_change_least(address, counted):
    assert doors_limits.network(address) == counted
