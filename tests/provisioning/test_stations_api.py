"""The station interface over HTTP: nothing without a token, every request repeatable, errors as problems."""

from datetime import UTC, datetime
from hashlib import sha256
from itertools import count
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from ocop.hardware.client import Done, Refusal, StationClient, Wish
from ocop.hardware.simulator import blank_21x, blank_424
from ocop.trace import provisioning as verbs
from ocop.trace.api.http import SAFE
from ocop.trace.api.stations import add_stations
from ocop.trace.provisioning_chips import void_chip
from ocop.trace.provisioning_stations import revoke_station
from ocop.trace.registry.keystore import KeystoreError
from ocop.trace.registry.ledger_store import By
from ocop.trace.registry.store import bump_facts
from ocop.trace.registry.tables_chips import Chip, ChipDialogue, Station
from ocop.trace.tags.ntag21x import NTAG215
from ocop.trace.tags.plan import Kind
from sqlalchemy import event

NOW = datetime(2026, 11, 23, 4, 5, 6, tzinfo=UTC)


@pytest.fixture
def http(workshop: Any, connect: Any) -> httpx.Client:
    api = FastAPI()
    add_stations(api, lambda: workshop.bench)
    return connect(api, workshop.token)


SAYS_ALWAYS = {
    "content-type": "application/problem+json",
    "cache-control": "no-store",
    **{name.decode(): value.decode() for name, value in SAFE},
}
LOOK = {"kind": "inspect", "family": "ntag424", "request": "request-1"}
PATHS = [("GET", "/me"), ("GET", "/plans"), ("POST", "/dialogues"), ("POST", "/dialogues/1"),
         ("POST", "/dialogues/1/lost"), ("GET", "/chips/04000000000000")]  # fmt: skip


@pytest.mark.parametrize(
    "token",
    ["", "Bearer", "Bearer .", "Bearer 1", "Bearer 1.", "Bearer 1.wrong", "Bearer 2.", "Bearer 2.wrong", "Bearer -1.x",
     "Bearer ².x", f"Bearer {'9' * 30}.x", f"Bearer {'9' * 5000}.x", "Bearer 1.é", "Basic eDp5"],
)  # fmt: skip
def test_nothing_is_told_without_a_token(http: httpx.Client, token: str) -> None:
    body = {"kind": "inspect", "family": "ntag424", "request": "request-1"}
    for method, path in PATHS:
        sent = body if path == "/dialogues" else {"position": 0, "answer": ""}
        reply = http.request(
            method, f"/api/v1/stations{path}", headers={"Authorization": token.encode("latin-1")},
            json=sent if method == "POST" else None,
        )  # fmt: skip
        assert (reply.status_code, reply.json()["title"]) == (401, "station_token")
        told = {name: reply.headers.get(name) for name in SAYS_ALWAYS}
        assert told == SAYS_ALWAYS
        assert reply.headers["www-authenticate"] == "Bearer"


def test_a_token_is_a_bearers_and_the_whole_of_it(workshop: Any, http: httpx.Client) -> None:
    number, _, secret = workshop.token.partition(".")
    swapped, right = secret.swapcase(), sha256(secret.encode()).digest()
    near = next(str(n) for n in count() if sha256(str(n).encode()).digest()[:2] == right[:2])
    for said in (
        f"Basic {workshop.token}", workshop.token, f"Bearer {secret}", f"Bearer 2.{secret}",
        f"Bearer {workshop.token}A",
        f"Bearer {workshop.token[:-1]}", f"Bearer {number}.{swapped}", f"Bearer {number}.{near}",
        f"Bearer {number}.{secret[:-1]}A",
    ):  # fmt: skip
        assert http.get("/api/v1/stations/me", headers={"Authorization": said}).status_code == 401, said
    for said in (f"Bearer {workshop.token}", f"bearer {workshop.token}", f"BEARER  {workshop.token} "):
        assert http.get("/api/v1/stations/me", headers={"Authorization": said}).status_code == 200, said
    assert len(secret) == 43, "256 bits"
    with workshop.store.read() as session:
        kept = session.get_one(Station, 1)
        assert secret.encode() not in kept.token_hash + repr(kept).encode()
        assert kept.token_hash == right


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
        ("/dialogues/1", {"position": verbs.MAX_ANSWERS + 1, "answer": "90"}, 422),
        ("/dialogues/1", {"position": 0, "answer": "90" * (verbs.MAX_ANSWER + 1)}, 422),
        ("/dialogues/1", {"position": 0, "answer": "90", "more": 1}, 422),
        ("/dialogues/0", {"position": 0, "answer": "90"}, 404),
        (f"/dialogues/{2**63}", {"position": 0, "answer": "90"}, 404),
        (f"/dialogues/{2**63}/lost", {}, 404),
        ("/dialogues", {**LOOK, "number": 0}, 422),
        ("/dialogues", {**LOOK, "number": 1_000_000}, 422),
        ("/dialogues", {**LOOK, "plan": "-1"}, 422),
        ("/dialogues", {**LOOK, "plan": "1" * 10}, 422),
        ("/dialogues", {**LOOK, "by": "a" * 81}, 422),
        ("/dialogues", {**LOOK, "more": 1}, 422),
        ("/dialogues", {**LOOK, "request": "a" * 7}, 400),
        ("/dialogues", {**LOOK, "request": "a" * 65}, 422),
        ("/dialogues", {**LOOK, "request": "request 1"}, 400),
        ("/dialogues", {**LOOK, "request": "request-1\n"}, 400),
    ],
)
def test_clumsy_and_hostile_requests_get_a_sentence(
    http: httpx.Client, path: str, body: dict[str, Any], status: int
) -> None:
    assert http.post(f"/api/v1/stations{path}", json=body).status_code == status


def test_a_uid_is_14_hex_digits(http: httpx.Client) -> None:
    for wrong in (
        "04",
        "zz000000000000",
        "04 00000000000",
        "04000000 000000",
        "04  0000000000",
        "0" * 16,
        "0" * 12,
    ):
        assert http.get(f"/api/v1/stations/chips/{wrong}").status_code == 400


def test_an_answer_that_differs_or_comes_too_early_is_told_apart(workshop: Any, http: httpx.Client) -> None:
    began = http.post("/api/v1/stations/dialogues", json=LOOK).json()
    path = f"/api/v1/stations/dialogues/{began['dialogue']}"
    first = http.post(path, json={"position": 0, "answer": "9000"})
    assert first.status_code == 200
    for body, title in (
        ({"position": 0, "answer": "9001"}, "answer_differs"), ({"position": 2, "answer": "9000"}, "out_of_order"),
    ):  # fmt: skip
        reply = http.post(path, json=body)
        assert (reply.status_code, reply.json()["title"]) == (409, title)
        assert reply.json()["hint"] == "begin a new dialogue"
    assert http.post(path, json={"position": 0, "answer": "9000"}).json() == first.json()
    assert http.post(f"{path}/lost", json={}).json() == {"state": "lost"}
    late = http.post(path, json={"position": 1, "answer": "9000"})
    assert (late.status_code, late.json()["title"]) == (409, "out_of_order")
    other = http.post("/api/v1/stations/dialogues", json={**LOOK, "kind": "void"})
    assert (other.status_code, other.json()["title"]) == (409, "conflict")


def test_a_command_says_what_it_does_to_the_chip(workshop: Any, http: httpx.Client) -> None:
    plan, chip = workshop.plan(Kind.NTAG21X), blank_21x(NTAG215, b"http")
    wish = {"kind": "provision", "family": "ntag21x", "request": "request-1", "plan": str(plan), "sim": True}
    began = http.post("/api/v1/stations/dialogues", json=wish).json()
    path, then, seen = f"/api/v1/stations/dialogues/{began['dialogue']}", began["next"], []
    chip.activate()
    while "command" in then:
        seen.append((then["step"], then["changes"], then["reactivate"]))
        if then["reactivate"]:
            chip.activate()
        answer = chip.transceive(bytes.fromhex(then["command"])).hex()
        then = http.post(path, json={"position": then["position"], "answer": answer}).json()["next"]
    assert then["finished"]["state"] == "live"
    assert {step for step, changes, _ in seen if changes} == {"write", "password", "protect", "lock"}
    assert {step for step, changes, _ in seen if not changes} == {"look", "check"}
    assert {reactivate for _, _, reactivate in seen} == {True, False}


def test_who_and_why_travel_with_the_wish(workshop: Any, http: httpx.Client) -> None:
    said = {"by": "chị Hoa", "reason": "rách tem"}
    assert http.post("/api/v1/stations/dialogues", json={**LOOK, "kind": "void", **said}).status_code == 200
    with workshop.store.read() as session:
        assert session.get_one(ChipDialogue, 1).snapshot["said"] == said


def test_a_chip_is_told_by_its_last_binding(workshop: Any, http: httpx.Client) -> None:
    plan, chip = workshop.plan(), blank_424(b"http")
    workshop.write(plan, chip, number=2)
    workshop.write(None, chip, kind="void")
    uid = chip.uid.hex()
    told = http.get(f"/api/v1/stations/chips/{uid}").json()
    assert (told["uid"], told["state"], told["number"]) == (uid.upper(), "void", 2)
    workshop.write(plan, chip, number=3)
    told = http.get(f"/api/v1/stations/chips/{uid}").json()
    assert (told["state"], told["number"], told["lot"], told["plan"]) == ("live", 3, "L2609A", str(plan))


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


def test_a_fault_of_the_keystore_names_no_file_of_the_server(
    workshop: Any, http: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> None:
        raise KeystoreError("expected a key, got junk in /srv/ocop/keystore/SUN-MASTER.001.key")

    monkeypatch.setattr(workshop.masters, "generations", broken)
    body = {"kind": "inspect", "family": "ntag424", "request": "request-1"}
    reply = http.post("/api/v1/stations/dialogues", json=body)
    assert (reply.status_code, reply.json()["title"], bool(reply.json()["hint"])) == (503, "keystore", True)
    assert "/srv" not in reply.text
