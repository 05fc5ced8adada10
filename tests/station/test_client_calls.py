"""What each call of the station's line sends, and what it makes of the answer."""

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from ocop.hardware.client import (
    BadLine,
    Command,
    Done,
    Refusal,
    ServerError,
    StationClient,
    Wish,
)
from ocop.trace.tags.dialogue import Step


def asked(reply: httpx.Response, call: Callable[[StationClient], Any]) -> Any:
    """What a call gives or raises."""
    http = httpx.Client(transport=httpx.MockTransport(lambda request: reply), base_url="https://demo.invalid")
    try:
        return call(StationClient(http, lambda seconds: None))
    except ServerError as error:
        return error


def answer(status: int, said: Any) -> httpx.Response:
    return httpx.Response(status, json=said)


@pytest.mark.parametrize(
    ("status", "lost"), [(404, True), (409, True), (400, False), (401, False), (403, False)]
)
def test_a_chip_that_is_lost_already_is_lost_and_any_other_no_is_told(status: int, lost: bool) -> None:
    found = asked(answer(status, {"title": "no", "detail": "expected a yes"}), lambda line: line.lost("7"))
    assert found is None if lost else found.status == status


@pytest.mark.parametrize("status", [400, 401, 403, 409])
def test_only_a_chip_that_is_none_of_the_servers_is_unknown(status: int) -> None:
    ask = lambda line: line.chip("04DE5F1EACC040")  # noqa: E731
    assert asked(answer(404, {"title": "unknown", "detail": "expected a chip"}), ask) is None
    assert asked(answer(status, {"title": "no", "detail": "expected a yes"}), ask).status == status


GOES_ON = {"position": 2, "command": "9060000000", "step": "look", "changes": False, "reactivate": False}
REFUSED = {"code": "foreign_chip", "sentence": "expected a chip of ours"}


def then(said: Any) -> Any:
    return asked(answer(200, {"next": said}), lambda line: line.answer("7", 1, b""))


def test_what_the_server_says_next_is_read() -> None:
    assert then(GOES_ON) == Command(2, bytes.fromhex("9060000000"), Step.LOOK, False)
    assert then({**GOES_ON, "reactivate": True}).reactivate is True
    end = {"number": None, "uid": "04", "link": "", "state": "void", "report": {"locked": True}}
    assert then({"finished": end}) == Done(None, "04", "", "void", {"locked": True})
    about = {"number": 12, "lot": "L2609A"}
    assert then({"refused": {**REFUSED, "about": about}}) == Refusal(*REFUSED.values(), "", about)
    assert then({"refused": {**REFUSED, "about": "12"}}).about == {}


@pytest.mark.parametrize(
    "change",
    [{"position": True}, {"position": "2"}, {"position": None}, {"step": "dance"}, {"command": "9"}, {"command": None},
     {"command": "zz"}],
)  # fmt: skip
def test_a_command_that_can_not_be_read_is_not_carried_to_a_chip(change: dict[str, Any]) -> None:
    assert then({**GOES_ON, **change}).code == "other_shape"


@pytest.mark.parametrize("said", [1, "true", None])
def test_only_a_plain_yes_takes_the_power_from_a_chip(said: Any) -> None:
    assert then({**GOES_ON, "reactivate": said}).code == "other_shape"


@pytest.mark.parametrize(
    ("given", "sent"),
    [({}, set()), ({"by": "chị Hoa"}, {"by"}), ({"by": "chị Hoa", "reason": "rách"}, {"by", "reason"})],
)
def test_a_server_older_than_by_and_reason_is_not_told_empty_ones(
    given: dict[str, str], sent: set[str]
) -> None:
    bodies: list[dict[str, Any]] = []

    def reply(request: httpx.Request) -> httpx.Response:
        bodies.append(json.loads(request.content))
        return answer(200, {"dialogue": "7", "next": GOES_ON})

    http = httpx.Client(transport=httpx.MockTransport(reply), base_url="https://demo.invalid")
    StationClient(http).begin(Wish("request-1", "void", "ntag424", **given))
    assert {name: bodies[0].get(name) for name in ("by", "reason") if name in bodies[0]} == given
    assert set(bodies[0]) - sent == {"plan", "kind", "family", "number", "request", "sim"}


def test_the_token_goes_to_the_server_and_not_on_to_where_it_points() -> None:
    line = StationClient.connect("https://demo.invalid", "1.abc")
    http = line._http
    assert http.build_request("GET", "/me").headers["authorization"] == "Bearer 1.abc"
    assert http.follow_redirects is False
    line.close()


@pytest.mark.parametrize(
    ("server", "token"), [("https://[::1", "1.a"), ("https://a.vn", "1.ạ"), ("https://a:b", "1.a")]
)
def test_an_address_or_token_that_can_not_be_used_is_told(server: str, token: str) -> None:
    with pytest.raises(BadLine, match="expected a server address and a token"):
        StationClient.connect(server, token)
