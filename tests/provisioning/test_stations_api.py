"""The station interface over HTTP: nothing without a token, every request repeatable, errors as problems."""

from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from ocop.hardware.client import Done, Refusal, StationClient, Wish
from ocop.hardware.simulator import blank_424
from ocop.trace.api.stations import add_stations
from ocop.trace.provisioning_chips import void_chip
from ocop.trace.provisioning_stations import revoke_station
from ocop.trace.registry.ledger_store import By
from ocop.trace.registry.store import bump_facts
from ocop.trace.registry.tables_chips import Chip
from sqlalchemy import event

NOW = datetime(2026, 11, 23, 4, 5, 6, tzinfo=UTC)


@pytest.fixture
def http(workshop: Any, connect: Any) -> httpx.Client:
    api = FastAPI()
    add_stations(api, lambda: workshop.bench)
    return connect(api, workshop.token)


PATHS = [("GET", "/me"), ("GET", "/plans"), ("POST", "/dialogues"), ("POST", "/dialogues/1"),
         ("POST", "/dialogues/1/lost"), ("GET", "/chips/04000000000000")]  # fmt: skip


@pytest.mark.parametrize("token", ["", "Bearer", "Bearer 1.wrong", "Basic eDp5"])
def test_nothing_is_told_without_a_token(http: httpx.Client, token: str) -> None:
    body = {"kind": "inspect", "family": "ntag424", "request": "request-1"}
    for method, path in PATHS:
        sent = body if path == "/dialogues" else {"position": 0, "answer": ""}
        reply = http.request(
            method, f"/api/v1/stations{path}", headers={"Authorization": token},
            json=sent if method == "POST" else None,
        )  # fmt: skip
        assert (reply.status_code, reply.json()["title"]) == (401, "station_token")
        assert reply.headers["content-type"] == "application/problem+json"


def test_the_stations_own_client_writes_a_chip_and_sends_everything_twice(
    workshop: Any, http: httpx.Client
) -> None:
    workshop.plan()
    client = StationClient(http)
    assert client.me().public_url == "https://id.ocop.example"
    (plan,) = client.plans()
    assert (plan.product, plan.lot, plan.classifier, plan.total) == ("Trà Hương Vân", "L2609A", "hộp", 5)
    wish = Wish("request-http", "provision", "ntag424", plan.plan, 3, sim=True)
    dialogue, then = client.begin(wish)
    assert client.begin(wish) == (dialogue, then)
    chip = blank_424(b"http")
    chip.activate()
    while not isinstance(then, Done | Refusal):
        data = chip.transceive(then.command)
        position = then.position
        then = client.answer(dialogue, position, data)
        assert client.answer(dialogue, position, data) == then
    assert isinstance(then, Done)
    assert (then.number, then.state) == (3, "live")
    known = client.chip(chip.uid.hex().upper())
    assert known is not None
    assert (known["state"], known["number"], known["plan"]) == ("live", 3, plan.plan)
    assert client.chip("04FFFFFFFFFFFF") is None
    assert client.plans()[0].done == 1


def test_a_revoked_token_is_refused_at_once(workshop: Any, http: httpx.Client) -> None:
    assert http.get("/api/v1/stations/me").status_code == 200
    with workshop.store.begin() as session:
        revoke_station(session, "Bàn 1", workshop.bench.clock())
    assert http.get("/api/v1/stations/me").status_code == 401


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/dialogues", {"kind": "burn", "family": "ntag424", "request": "request-1"}, 400),
        ("/dialogues", {"kind": "provision", "family": "ntag424", "request": "request-1"}, 404),
        ("/dialogues", {"kind": "provision", "family": "ntag424", "request": "request-1", "plan": "99"}, 404),
        ("/dialogues", {"kind": "provision", "family": "ntag9", "request": "request-1"}, 422),
        ("/dialogues", {"kind": "inspect", "family": "ntag424", "request": "é"}, 400),
        ("/dialogues/77", {"position": 0, "answer": ""}, 404),
        ("/dialogues/99999999999999999999", {"position": 0, "answer": ""}, 404),
        ("/dialogues/1", {"position": 0, "answer": "9"}, 422),
        ("/dialogues/1", {"position": -1, "answer": "90"}, 422),
    ],
)
def test_clumsy_and_hostile_requests_get_a_sentence(
    http: httpx.Client, path: str, body: dict[str, Any], status: int
) -> None:
    assert http.post(f"/api/v1/stations{path}", json=body).status_code == status


def test_a_uid_is_14_hex_digits(http: httpx.Client) -> None:
    for wrong in ("04", "zz000000000000", "04 00000000000"):
        assert http.get(f"/api/v1/stations/chips/{wrong}").status_code == 400


def test_plans_are_told_while_somebody_writes_and_without_reading_every_chip(
    workshop: Any, http: httpx.Client
) -> None:
    plan = workshop.plan()
    workshop.plan(first=2, last=5)
    for name in (b"one", b"two", b"three"):
        workshop.write(plan, blank_424(name))
    with workshop.store.begin() as session:
        void_chip(session, workshop.bound()[3].uid, By("anh Tín", NOW))
    read: list[object] = []
    seen = lambda chip, _: read.append(chip)  # noqa: E731
    event.listen(Chip, "load", seen)
    try:
        with workshop.store.begin() as session:
            bump_facts(session)  # a tap, say: the one who may write now
            found = http.get("/api/v1/stations/plans").json()["plans"]
    finally:
        event.remove(Chip, "load", seen)
    assert [(one["done"], one["void"], one["total"]) for one in found] == [(2, 1, 5), (1, 1, 4)]
    assert read == []
