"""What the station's line makes of answers that are none of the server's own, or that say to come back."""

from collections.abc import Callable, Iterator
from json import dumps
from typing import Any

import httpx
import pytest
from ocop.hardware.client import MAX_AFTER, PAUSES, ServerAway, ServerRefused, StationClient, Wish
from ocop.hardware.shapes import SHOWN

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
        found: Any = StationClient(http, pauses.append).plans()
    except (ServerAway, ServerRefused) as error:
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


# --- answers of another shape

COMMAND = {"position": 3, "command": "1B70773031", "step": "look", "changes": False, "reactivate": False}
FINISHED = {"number": 12, "uid": "04DE5F1EACC040", "link": "https://x", "state": "live", "report": {}}
REFUSED = {"code": "plan_full", "sentence": "expected a number, got none", "hint": ""}
PLAN = {"plan": "3", "product": "Trà", "lot": "L2609A", "classifier": "hộp", "family": "ntag424",
        "first": 1, "last": 5, "total": 5, "done": 0}  # fmt: skip
CHIP = {"uid": "04DE5F1EACC040", "state": "live", "number": 12, "lot": "L2609A", "plan": "3"}
WISH = Wish("request-1", "provision", "ntag424", "3")
# call: what is asked, and a right answer
CALLS: dict[str, tuple[Callable[[StationClient], Any], Any]] = {
    "me": (
        lambda line: line.me(),
        {"station": "Bàn 1", "realm": "demo.invalid/tag", "public_url": "https://x"},
    ),
    "plans": (lambda line: line.plans(), {"plans": [PLAN]}),
    "begin": (lambda line: line.begin(WISH), {"dialogue": "7", "next": COMMAND}),
    "answer": (lambda line: line.answer("7", 2, b""), {"next": COMMAND}),
    "finished": (lambda line: line.answer("7", 2, b""), {"next": {"finished": FINISHED}}),
    "refused": (lambda line: line.answer("7", 2, b""), {"next": {"refused": REFUSED}}),
    "lost": (lambda line: line.lost("7"), {"state": "lost"}),
    "chip": (lambda line: line.chip("04DE5F1EACC040"), CHIP),
}
MAY_BE_NULL = {("finished", "number"), ("chip", "number"), ("chip", "plan")}
NONE: Any = object()


def places(found: Any, way: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The ways to all that an answer holds, itself first."""
    yield way
    inside = found.items() if isinstance(found, dict) else enumerate(found) if isinstance(found, list) else ()
    for name, value in inside:
        yield from places(value, (*way, name))


def put(found: Any, way: tuple[Any, ...], value: Any) -> Any:
    """The answer with another value there, or with nothing."""
    if not way:
        return value
    made = dict(found) if isinstance(found, dict) else list(found)
    if len(way) == 1 and value is NONE:
        del made[way[0]]
    else:
        made[way[0]] = put(made[way[0]], way[1:], value)
    return made


def heard(call: str, reply: httpx.Response) -> tuple[Any, list[float]]:
    pauses: list[float] = []
    http = httpx.Client(transport=httpx.MockTransport(lambda request: reply), base_url="https://demo.invalid")
    try:
        return CALLS[call][0](StationClient(http, pauses.append)), pauses
    except (ServerAway, ServerRefused) as error:
        return error, pauses


def spoiled(call: str) -> Iterator[tuple[Any, Any]]:
    """Each field of a right answer missing, and of each other type; with what stands there."""
    right = CALLS[call][1]
    for way in places(right):
        name = way[-1] if way else ""
        if name in ("changes", "hint", "report") or (call == "chip" and name == "lot"):
            continue
        for value in (NONE, None, [], {}, True, 1.5, "x", 5):
            there = right
            for step in way:
                there = there[step]
            if type(value) is type(there) and name not in (
                "command",
                "step",
                "uid" if call == "chip" else "",
            ):
                continue
            if value is NONE and (not way or isinstance(name, int)):
                continue
            if (value is None and (call, name) in MAY_BE_NULL) or (value == 5 and isinstance(there, str)):
                continue  # a number may serve as a name
            yield way, put(right, way, value)


@pytest.mark.parametrize("call", CALLS)
def test_a_right_answer_is_read_and_each_field_that_is_missing_or_of_another_type_is_another_shape(
    call: str,
) -> None:
    right, pauses = heard(call, answer(200, json=CALLS[call][1]))
    assert not isinstance(right, Exception), right
    assert pauses == []
    tried = 0
    for way, wrong in spoiled(call):
        found, pauses = heard(call, answer(200, text=dumps(wrong)))
        assert isinstance(found, ServerAway), (way, wrong)
        assert (found.code, pauses) == ("other_shape", list(PAUSES)), (way, wrong)
        tried += 1
    assert tried > 10


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize(
    ("status", "json"),
    [(401, {"message": "log in"}), (404, {"error": "nothing"}), (404, {"detail": "Not Found"}), (409, ["no"]),
     (403, None), (400, {"title": 5, "detail": None})],
)  # fmt: skip
def test_a_no_that_is_not_the_servers_is_no_no(call: str, status: int, json: Any) -> None:
    """Neither a token that was taken back, nor a chip that nobody knows, nor a dialogue that is over."""
    found, pauses = heard(call, answer(status, text=dumps(json)))
    assert isinstance(found, ServerAway)
    assert (found.code, pauses) == ("other_shape", list(PAUSES))


def test_what_was_asked_and_wanted_and_what_came_is_told() -> None:
    found, _ = heard("plans", answer(200, json={"plans": [PLAN | {"done": "7\x1b[2J"}]}))
    assert found.about == {"asked": "GET /plans", "wanted": '"done": 12', "got": '"done": "7\\u001b[2J"'}
    assert found.sentence == f"expected {found.about['wanted']} from GET /plans, got {found.about['got']}"
    found, _ = heard("me", answer(200, json={"login": "secret", "next\u202e": 5}))
    assert found.about["got"] == '{"login", "next?"}'
    found, _ = heard("plans", answer(200, json="x" * 900))
    assert len(found.about["got"]) == SHOWN


@pytest.mark.parametrize("spoil", ["position", "step", "reactivate", "command"])
def test_a_command_that_may_hold_a_password_is_not_told(spoil: str) -> None:
    for value in (NONE, None, "1B70773031zz", ["1B70773031"]):
        if spoil != "command" and value not in (NONE, None):
            continue
        found, _ = heard("answer", answer(200, json=put(CALLS["answer"][1], ("next", spoil), value)))
        assert found.code == "other_shape"
        assert "70773031" not in f"{found} {found.about}"


def test_what_is_known_of_another_chip_is_no_answer() -> None:
    found, _ = heard("chip", answer(200, json=CHIP | {"uid": "04AAAAAAAAAAAA"}))
    assert (found.code, found.about["wanted"]) == ("other_shape", '"uid": "04DE5F1EACC040"')


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        (lambda: httpx.Response(200, content=b"[" * 200_000), "other_page"),
        (lambda: httpx.Response(200, content=b""), "other_page"),
        (lambda: httpx.Response(200, content=b'{"plans": \xff}'), "other_page"),
    ],
    ids=["no end of brackets", "nothing", "not UTF-8"],
)
def test_what_can_not_be_read_as_json_is_another_page(reply: Callable[[], httpx.Response], code: str) -> None:
    found, _ = heard("plans", reply())
    assert isinstance(found, ServerAway)
    assert found.code == code


def test_a_moment_later_it_goes_on_also_after_another_shape() -> None:
    found, pauses, _ = asked(answer(200, json=[]), answer(401, json={}), answer(200, json=PLANS))
    assert (found, pauses) == ([], list(PAUSES[:2]))
