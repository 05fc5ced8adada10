"""What the station's line makes of answers that are none of the server's own, or that say to come back."""

from typing import Any

import httpx
import pytest
from ocop.hardware.client import MAX_AFTER, PAUSES, BadReply, ServerAway, ServerRefused, StationClient

PAGE = "<!doctype html><title>Wifi</title><p>Đăng nhập"
PLANS = {"plans": []}


def asked(*replies: httpx.Response) -> tuple[Any, list[float], int]:
    """What asking for the plans gives or raises, the pauses, and how many answers were left."""
    left, pauses = list(replies), []  # type: ignore[var-annotated]
    http = httpx.Client(
        transport=httpx.MockTransport(lambda request: left.pop(0) if len(left) > 1 else left[0]),
        base_url="https://demo.invalid",
    )
    try:
        found: Any = StationClient(http, pauses.append).plans()
    except (ServerAway, ServerRefused, BadReply) as error:
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
