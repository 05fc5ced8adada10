"""What the short way of taps may not answer, condition by condition: each dropped would show here."""

from dataclasses import replace as replaced
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from ocop.trace import withdrawing
from ocop.trace.api.usual_taps import usual_link
from ocop.trace.registry import chips
from ocop.trace.registry.ledger_store import By
from ocop.trace.sightings import Seen, Sightings
from ocop.trace.signing.entries import Why
from ocop.trace.signing.keys import Verifier

GTIN, LOT, NOW = "09521234543213", "L2609A", datetime(2026, 11, 23, 4, 5, 6, tzinfo=UTC)
SUN_CHIP, OTHER_SUN, STRANGER = (bytes.fromhex(f"04{n:02x}5f1eacc040") for n in (1, 3, 5))
PHONE = {"accept_language": "vi-VN,vi;q=0.9", "user_agent": "Mozilla/5.0 (Linux; Android 13) Chrome/138.0"}
BY = By("anh Tín", NOW, "thử", "xin đừng dùng")
# A message tells a worker on PostgreSQL a moment later; on SQLite the next question does.
at_once = pytest.mark.parametrize("store", ["sqlite"], indirect=True)
# The classes of the folder's fixtures (conftest.py).
Worker = Shop = Answer = Any


def page(worker: Worker, first: Answer) -> Answer:
    """What a phone shows after a tap that was sent on."""
    assert first.status == 303
    return worker.ask(first.location, cookie=first.cookie.partition(";")[0], **PHONE)


def replace(shop: Shop, uid: bytes) -> None:
    with shop.store.begin() as session:
        row = chips.by_uid(session, uid)
        assert row is not None
        chips.replace(session, row.id or 0, row.bound_at)


@at_once
def test_a_page_asks_the_store_itself_whether_it_still_holds(shop: Shop, warm: Any) -> None:
    worker = warm()
    first = worker.ask(shop.tap(1, SUN_CHIP, 2), **PHONE)
    shop.act(withdrawing.recall, GTIN, LOT, Why.SAFETY, BY)
    assert page(worker, first).code == "recalled"


@at_once
def test_a_tap_asks_the_store_itself_whether_its_chip_is_still_there(shop: Shop, warm: Any) -> None:
    worker = warm()
    replace(shop, SUN_CHIP)
    assert worker.ask(shop.tap(1, SUN_CHIP, 2), **PHONE).code == "withdrawn"


@at_once
def test_a_chip_that_was_never_tapped_is_made_live_by_its_first_tap(shop: Shop, warm: Any) -> None:
    worker = warm()
    new = chips.NewChip(STRANGER, GTIN, LOT, 7, "ntag424", master_generation=1, chip_generation=1)
    shop.act(chips.reserve, new, NOW)
    assert worker.ask(shop.tap(3, OTHER_SUN, 3), **PHONE).status == 303, "a lane that knows of the new chip"
    assert worker.ask(shop.tap(7, STRANGER, 1), **PHONE).status == 303
    with shop.store.read() as session:
        row = chips.by_uid(session, STRANGER)
        assert row is not None
        assert row.state == "live"


def test_a_lot_with_cancelled_numbers_takes_the_full_way(shop: Shop, full_way: list[str]) -> None:
    shop.act(withdrawing.withdraw, GTIN, LOT, Why.PRINT_ERROR, BY, [(1, 1)])
    worker = shop.worker()
    assert page(worker, worker.ask(shop.tap(3, OTHER_SUN, 2), **PHONE)).code == "chip_answered"
    assert page(worker, worker.ask(shop.tap(1, SUN_CHIP, 2), **PHONE)).code == "withdrawn"
    assert len(full_way) == 4


@pytest.mark.parametrize("days", [-1, 1])
def test_a_page_of_another_civil_day_is_judged_anew(
    shop: Shop, warm: Any, full_way: list[str], days: int
) -> None:
    worker = warm()
    worker.now += timedelta(days=days)
    shown = page(worker, worker.ask(shop.tap(1, SUN_CHIP, 2), **PHONE))
    assert (shown.code, len(full_way)) == ("chip_answered", 2)


def test_midnight_between_the_tap_and_its_page_is_noticed(shop: Shop, warm: Any, full_way: list[str]) -> None:
    worker = warm()
    worker.now = datetime(2026, 11, 23, 16, 55, tzinfo=UTC)
    first = worker.ask(shop.tap(1, SUN_CHIP, 2), **PHONE)
    assert full_way == []
    worker.now = datetime(2026, 11, 23, 17, 2, tzinfo=UTC)
    assert (page(worker, first).code, len(full_way)) == ("chip_answered", 1)


def test_an_item_met_often_is_judged_in_full_after_a_usual_tap(
    shop: Shop, warm: Any, full_way: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = warm()
    monkeypatch.setattr(Sightings, "see", lambda *_: Seen(counted=False, often=True))
    often = page(worker, worker.ask(shop.tap(1, SUN_CHIP, 2), **PHONE))
    assert (often.code, len(full_way)) == ("chip_answered", 1)


def test_a_page_with_something_to_explain_is_shown_to_nobody_else(shop: Shop, warm: Any) -> None:
    worker = warm()
    far = page(worker, worker.ask(shop.tap(1, SUN_CHIP, 60), **PHONE))
    near = page(worker, worker.ask(shop.tap(1, SUN_CHIP, 61), **PHONE))
    assert "vừa trả lời lúc" not in far.body.decode()
    assert "vừa trả lời lúc" in near.body.decode()


def test_the_page_of_a_silent_chip_is_shown_to_nobody_else(shop: Shop, warm: Any) -> None:
    worker = warm()
    first = worker.ask(shop.tap(1, SUN_CHIP, 2), **PHONE)
    assert worker.ask(first.location, cookie="tap=0", **PHONE).code == "chip_silent"
    assert page(worker, first).code == "chip_answered"


@at_once
def test_a_request_with_a_header_twice_goes_the_full_way(shop: Shop) -> None:
    """Of two the last would count here, and the full way heeds each."""
    target = shop.tap(1, SUN_CHIP, 2).encode()
    twice = [(b"sec-fetch-site", b"same-origin"), (b"sec-fetch-site", b"none")]
    assert usual_link(target, twice, dict(twice)) is None
    assert usual_link(target, twice[1:], dict(twice[1:])) is not None


@pytest.fixture
def checked(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """The signatures that were computed, in their order."""
    found: list[bytes] = []
    holds = Verifier.holds

    def told(self: Verifier, signature: bytes, signed: bytes) -> bool:
        found.append(signature)
        return holds(self, signature, signed)

    monkeypatch.setattr(Verifier, "holds", told)
    return found


def test_the_page_after_a_tap_does_not_compute_its_signature_again(
    shop: Shop, warm: Any, full_way: list[str], checked: list[bytes]
) -> None:
    worker = warm()
    checked.clear()
    first = worker.ask(shop.tap(1, SUN_CHIP, 2), **PHONE)
    assert page(worker, first).code == "chip_answered"
    assert len(checked) == 1
    assert full_way == []


def test_a_signature_that_held_a_moment_ago_holds_for_nothing_else(shop: Shop, warm: Any) -> None:
    worker = warm()
    one, other = worker.ask(shop.tap(1, SUN_CHIP, 2), **PHONE), worker.ask(shop.tap(3, OTHER_SUN, 3), **PHONE)
    mixed = other.location.partition("?")[0] + "?" + one.location.partition("?")[2]
    cookie = other.cookie.partition(";")[0]
    assert worker.ask(other.location, cookie=cookie, **PHONE).code == "chip_answered"
    assert worker.ask(mixed, cookie=cookie, **PHONE).code == "not_issued"


def test_what_was_signed_a_moment_ago_needs_the_same_signature_again(shop: Shop, warm: Any) -> None:
    worker, link = warm(), shop.tap(1, SUN_CHIP, 3)
    assert worker.ask(shop.tap(1, SUN_CHIP, 2), **PHONE).status == 303
    at = link.index("&m=") - 17
    altered = link[:at] + ("A" if link[at] != "A" else "B") + link[at + 1 :]
    assert worker.ask(altered, **PHONE).code == "not_issued"


def test_a_signature_that_held_a_moment_ago_does_not_hold_for_another_key(
    shop: Shop, warm: Any, checked: list[bytes]
) -> None:
    worker = warm()
    assert worker.ask(shop.tap(1, SUN_CHIP, 2), **PHONE).status == 303
    checked.clear()
    lanes = worker.service.chip_lanes
    link = usual_link(shop.tap(1, SUN_CHIP, 3).encode(), [], {})
    assert link is not None
    lane = lanes._kept.get(link.stem)
    lanes._kept.put(link.stem, replaced(lane, verifier=Verifier(bytes(range(32)))))
    assert lanes.tapped(link, NOW) is None
    assert checked == [link.signature]
