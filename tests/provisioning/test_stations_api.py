"""The station interface over HTTP: nothing without a token, every request repeatable, errors as problems."""

from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from ocop.hardware.client import Done, Refusal, StationClient, Wish
from ocop.hardware.simulator import blank_424
from ocop.trace.api.stations import add_stations
from ocop.trace.provisioning_stations import revoke_station


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
