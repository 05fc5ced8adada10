"""What the station's line makes of answers that are none of the server's own, or that say to come back."""

import json as text_of
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from ocop.hardware.client import (
    MAX_AFTER,
    PAUSES,
    BadReply,
    Command,
    Done,
    Refusal,
    ServerAway,
    ServerError,
    ServerRefused,
    StationClient,
    Wish,
)
from ocop.trace.tags.dialogue import Step

PAGE = "<!doctype html><title>Wifi</title><p>Đăng nhập"
PLANS = {"plans": []}


def asked(
    *replies: httpx.Response, call: Callable[[StationClient], Any] = StationClient.plans
) -> tuple[Any, list[float], int]:
    """What a call (asking for the plans) gives or raises, the pauses, and how many answers were left."""
    left, pauses = list(replies), []  # type: ignore[var-annotated]
    http = httpx.Client(
        transport=httpx.MockTransport(lambda request: left.pop(0) if len(left) > 1 else left[0]),
        base_url="https://demo.invalid",
    )
    try:
        found: Any = call(StationClient(http, pauses.append))
    except ServerError as error:
        found = error
    return found, pauses, len(left)


def answer(status: int, json: Any = None, text: str | None = None, **headers: str) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.Response(status, json=json, text=text, headers=named)


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        (answer(200, text=PAGE), "other_page"),
        (answer(302, Location="https://wifi.invalid/login"), "other_page"),
        (answer(301, json={"to": "elsewhere"}), "other_page"),
        (answer(404, text=PAGE), "other_page"),
        (answer(403, text=PAGE), "other_page"),
        (answer(408, text=PAGE), ""),
        (answer(425, text=PAGE), ""),
        (answer(429, text=PAGE), "too_many"),
        (answer(429, json={"title": "too_many", "detail": "expected fewer requests"}), "too_many"),
        (answer(502, text=PAGE), ""),
        (answer(503, json={"title": "keystore_shut", "detail": "shut", "hint": "open it"}), "keystore_shut"),
    ],
    ids=["page", "redirect", "moved", "404", "403", "408", "425", "429", "429 of ours", "502", "503 of ours"],
)
def test_an_answer_that_is_not_about_what_was_asked_is_a_server_that_is_away(
    reply: httpx.Response, code: str
) -> None:
    found, pauses, _ = asked(reply)
    assert isinstance(found, ServerAway)
    assert (found.code, pauses) == (code, list(PAUSES))


def test_the_reason_of_a_503_comes_with_it() -> None:
    found, _, _ = asked(
        answer(503, json={"title": "keystore_shut", "detail": "expected keys", "hint": "open it"})
    )
    assert (found.sentence, found.hint, found.code) == ("expected keys", "open it", "keystore_shut")


def test_a_moment_later_it_goes_on() -> None:
    found, pauses, _ = asked(answer(429, text=PAGE), answer(200, text=PAGE), answer(200, json=PLANS))
    assert (found, pauses) == ([], list(PAUSES[:2]))


@pytest.mark.parametrize(
    ("said", "after"),
    [("20", 20.0), ("99999999999999", float(MAX_AFTER)), ("-5", 0.0), ("1.5", 0.0), ("", 0.0),
     ("Fri, 31 Dec 1999 23:59:59 GMT", 0.0)],
)  # fmt: skip
def test_how_long_the_server_asks_to_wait_is_told_up_to_a_bound(said: str, after: float) -> None:
    found, pauses, _ = asked(answer(429, json={"title": "too_many"}, Retry_After=said))
    assert found.after == after
    assert pauses == ([] if after else list(PAUSES)), "who is asked to wait does not ask again at once"


def test_a_no_of_the_server_is_a_no() -> None:
    found, pauses, _ = asked(answer(401, json={"title": "station_token", "detail": "expected a token"}))
    assert isinstance(found, ServerRefused)
    assert (found.status, pauses) == (401, [])


@pytest.mark.parametrize("json", [[], {"plans": 1}, 5])
def test_an_answer_of_another_shape_is_no_station_interface(json: Any) -> None:
    assert isinstance(asked(answer(200, json=json))[0], BadReply)


@pytest.mark.parametrize(
    ("status", "lost"), [(404, True), (409, True), (400, False), (401, False), (403, False)]
)
def test_a_chip_that_is_lost_already_is_lost_and_any_other_no_is_told(status: int, lost: bool) -> None:
    found, _, _ = asked(answer(status, json={"title": "no"}), call=lambda line: line.lost("7"))
    assert found is None if lost else found.status == status


@pytest.mark.parametrize("status", [400, 401, 403, 409])
def test_only_a_chip_that_is_none_of_the_servers_is_unknown(status: int) -> None:
    ask = lambda line: line.chip("04DE5F1EACC040")  # noqa: E731
    assert asked(answer(404, json={"title": "unknown"}), call=ask)[0] is None
    assert asked(answer(status, json={"title": "no"}), call=ask)[0].status == status


GOES_ON = {"position": 2, "command": "9060000000", "step": "look", "changes": False, "reactivate": False}
REFUSED = {"code": "foreign_chip", "sentence": "expected a chip of ours"}


def then(said: Any) -> Any:
    return asked(answer(200, json={"next": said}), call=lambda line: line.answer("7", 1, b""))[0]


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
    assert isinstance(then({**GOES_ON, **change}), BadReply)


def test_only_a_plain_yes_takes_the_power_from_a_chip() -> None:
    assert [then({**GOES_ON, "reactivate": said}).reactivate for said in (1, "true", None)] == [False] * 3


@pytest.mark.parametrize(
    ("given", "sent"),
    [({}, set()), ({"by": "chị Hoa"}, {"by"}), ({"by": "chị Hoa", "reason": "rách"}, {"by", "reason"})],
)
def test_a_server_older_than_by_and_reason_is_not_told_empty_ones(
    given: dict[str, str], sent: set[str]
) -> None:
    bodies: list[dict[str, Any]] = []

    def reply(request: httpx.Request) -> httpx.Response:
        bodies.append(text_of.loads(request.content))
        return answer(200, json={"dialogue": "7", "next": GOES_ON})

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
    with pytest.raises(BadReply, match="expected a server address and a token"):
        StationClient.connect(server, token)
