"""The phone's two requests over HTTP: clear codes, nothing without a token, everything repeatable."""

from dataclasses import replace
from typing import Any

import httpx
import pytest
from ocop.trace import provisioning_stations as stations
from ocop.trace.api.http import SAFE
from ocop.trace.api.rest import rest_api
from ocop.trace.registry.ledger_store import By
from ocop.trace.signing.entries import Why as Entered
from ocop.trace.tags.dialogue import seeded
from ocop.trace.tags.plan import Kind
from ocop.trace.withdrawing import recall, withdraw_key


class Holder:
    def __init__(self, bench: Any) -> None:
        self.bench = bench


@pytest.fixture
def http(shop: Any, connect: Any) -> httpx.Client:
    return connect(rest_api(lambda: Holder(shop.bench)), shop.token)


def test_bind_write_read_back(shop: Any, http: httpx.Client) -> None:
    plan = str(shop.plan(Kind.NTAG21X))
    wish = {"plan": plan, "uid": "04:de:5f:1e:ac:c0:40", "number": 3}
    first = http.post("/api/v1/chips/bind", json=wish)
    said = first.json()
    assert (first.status_code, said["number"], said["uid"], said["again"]) == (
        200,
        3,
        "04DE5F1EACC040",
        False,
    )
    assert http.post("/api/v1/chips/bind", json=wish).json() == {**said, "again": True}
    back = {"plan": plan, "uid": "04DE5F1EACC040", "text": said["text"]}
    assert http.post("/api/v1/chips/readback", json=back).json()["state"] == "live"
    row = shop.bound()[3]
    assert (row.plan_id, row.station_id, row.mirror) == (int(plan), 1, "none")


@pytest.mark.parametrize(
    ("path", "change", "status", "title", "number"),
    [
        ("bind", {"uid": "04de5f1eacc040", "number": 2}, 409, "other_item", 1),
        ("bind", {"uid": "04de5f1eacc041", "number": 1}, 409, "item_has_chip", 1),
        ("bind", {"uid": "05de5f1eacc040"}, 409, "foreign_uid", None),
        ("bind", {"uid": "04de5f1e"}, 400, "value", None),
        ("bind", {"uid": "04de5f1eacc04041"}, 400, "value", None),
        ("bind", {"uid": "zz"}, 400, "value", None),
        ("bind", {"uid": "04de5f1eacc041", "type": "ntag424"}, 400, "value", None),
        ("bind", {"uid": "04de5f1eacc041", "number": 0}, 400, "body", None),
        ("bind", {"uid": "04de5f1eacc041", "plan": "9"}, 404, "unknown", None),
        ("bind", {"uid": "04de5f1eacc041", "plan": "x"}, 400, "body", None),
        ("readback", {"text": ""}, 409, "nothing_written", None),
        ("readback", {"text": "https://a.vn/"}, 409, "other_text", None),
        ("readback", {"text": "x", "uid": "04de5f1eacc049"}, 409, "foreign_uid", None),
        ("readback", {"text": "x" * 2048}, 409, "other_text", None),
        ("readback", {"text": "x" * 2049}, 400, "body", None),
    ],
)
def test_each_refusal_has_its_code(
    shop: Any, http: httpx.Client, path: str, change: dict[str, Any], status: int, title: str, number: Any
) -> None:
    base = {"plan": str(shop.plan(Kind.NTAG21X)), "uid": "04de5f1eacc040"}
    assert http.post("/api/v1/chips/bind", json={**base, "number": 1}).status_code == 200
    reply = http.post(f"/api/v1/chips/{path}", json={**base, **change})
    said = reply.json()
    assert (reply.status_code, said["title"], said.get("number")) == (status, title, number)
    assert (reply.headers["content-type"], bool(said["detail"])) == ("application/problem+json", True)
    if status == 409:
        told = {"cache-control": "no-store", **{one.decode(): value.decode() for one, value in SAFE}}
        assert {one: reply.headers.get(one) for one in told} == told


def test_without_a_token_nothing_is_told(shop: Any, http: httpx.Client) -> None:
    body = {"plan": str(shop.plan(Kind.NTAG21X)), "uid": "04de5f1eacc040"}
    for path, more in (("bind", {}), ("readback", {"text": ""})):
        reply = http.post(
            f"/api/v1/chips/{path}", json={**body, **more}, headers={"authorization": "Bearer 1.x"}
        )
        assert (reply.status_code, reply.json()["title"]) == (401, "station_token")
    assert shop.bindings() == []


@pytest.mark.parametrize("why", ["recalled", "key", "room"])
def test_a_batch_that_gets_no_chips_says_why(shop: Any, http: httpx.Client, why: str) -> None:
    plan = str(shop.plan(Kind.NTAG21X))
    by = By("anh Tín", shop.bench.clock(), "lý do", "xin đừng dùng")
    with shop.store.begin() as session:
        if why == "recalled":
            recall(session, "09521234543213", "L2609A", Entered.SAFETY, by)
        elif why == "key":
            withdraw_key(session, "htx-ben-may", 1, Entered.KEY_LOST, by)
    if why == "room":
        shop.bench = replace(shop.bench, public_url="https://" + "a" * 400 + ".vn")
    reply = http.post("/api/v1/chips/bind", json={"plan": plan, "uid": "04de5f1eacc040"})
    title = {"recalled": "batch_closed", "key": "no_usable_key", "room": "plan_error"}[why]
    assert (reply.status_code, reply.json()["title"], shop.bindings()) == (409, title, [])


def test_a_phone_may_hold_an_ntag216(shop: Any, http: httpx.Client) -> None:
    body = {"plan": str(shop.plan(Kind.NTAG21X)), "uid": "04de5f1eacc040", "type": "ntag216"}
    assert http.post("/api/v1/chips/bind", json=body).status_code == 200
    assert shop.bound()[1].type == "ntag216"


def test_a_phone_gets_no_place_in_the_plan_of_another_station(shop: Any, http: httpx.Client) -> None:
    with shop.store.begin() as session:
        stations.add_station(session, "Bàn 2", seeded(b"two"), shop.bench.clock())
        about = (
            "09521234543213",
            "L2609A",
            Kind.NTAG21X,
            1,
            5,
            "https://a.vn",
            "anh Tín",
            shop.bench.clock(),
        )
        plan = stations.make_plan(session, *about, "Bàn 2").plan
    for path, more in (("bind", {}), ("readback", {"text": "x"})):
        body = {"plan": str(plan), "uid": "04de5f1eacc040", **more}
        reply = http.post(f"/api/v1/chips/{path}", json=body)
        assert (reply.status_code, reply.json()["title"]) == (404, "unknown")
    assert shop.bindings() == []
