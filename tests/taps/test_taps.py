"""Taps of chips at the story page: spent once, and honest people are never accused."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from ocop.trace.api.verify import verify
from ocop.trace.registry import chips
from ocop.trace.registry.store import mark_restored
from ocop.trace.registry.tables_chips import Chip
from ocop.trace.signing.token import Carrier
from ocop.trace.tags.sun import Mirror

LOT, NOW = "L2609A", datetime(2026, 11, 23, 4, 5, 6, tzinfo=UTC)
SUN_CHIP, STATIC_CHIP, OTHER_SUN, BARE_CHIP, STRANGER = (
    bytes.fromhex(f"04{n:02x}5f1eacc040") for n in range(1, 6)
)
EIGHTH = b"\x04" * 7
# The classes of the folder's fixtures (conftest.py).
Answer = Worker = Shop = Any


def mirror(uid: bytes, counter: int) -> str:
    return Mirror(uid, counter).text()


def follow(worker: Worker, first: Answer) -> Answer:
    """What a browser does with a redirect: it goes there with the cookie."""
    assert first.status == 303
    return worker.ask(first.location, cookie=first.cookie.partition(";")[0])


def test_a_fresh_tap_ends_at_the_clean_address_with_its_time(shop: Shop) -> None:
    worker = shop.worker()
    first = worker.ask(shop.tap(1, SUN_CHIP, 2))
    assert (first.status, first.cache) == (303, "no-store")
    assert "m=" not in first.location
    assert "c=" not in first.location.partition("?")[2]
    assert "HttpOnly; SameSite=Lax; Secure" in first.cookie
    assert "/21/000001;" in first.cookie
    page = follow(worker, first)
    assert (page.status, page.code, page.cache) == (200, "chip_answered", "no-store")


def test_reload_way_back_and_restored_tab_keep_the_answer_for_fifteen_minutes(shop: Shop) -> None:
    worker = shop.worker()
    first = worker.ask(shop.tap(1, SUN_CHIP, 2))
    for minutes, code in ((0, "chip_answered"), (14, "chip_answered"), (16, "chip_silent")):
        worker.now = NOW + timedelta(minutes=minutes)
        assert follow(worker, first).code == code


def test_another_language_keeps_the_answer(shop: Shop) -> None:
    worker = shop.worker()
    first = worker.ask(f"{shop.tap(1, SUN_CHIP, 2)}&lang=en")
    assert first.location.endswith("&lang=en")
    assert follow(worker, first).code == "chip_answered"


def test_the_clean_address_in_a_second_browser_is_a_silent_chip(shop: Shop) -> None:
    worker = shop.worker()
    assert worker.ask(worker.ask(shop.tap(1, SUN_CHIP, 2)).location).code == "chip_silent"


def test_open_in_chrome_from_a_webview_meets_the_calm_form(shop: Shop) -> None:
    worker = shop.worker()
    worker.ask(shop.tap(1, SUN_CHIP, 2))
    worker.now = NOW + timedelta(minutes=3)
    again = worker.ask(shop.tap(1, SUN_CHIP, 2))
    worker.now = NOW + timedelta(minutes=11)
    later = worker.ask(shop.tap(1, SUN_CHIP, 2))
    assert (again.code, later.code) == ("already_used", "already_used")
    assert again.body != later.body
    assert again.cache == "no-store"


def test_the_same_tap_with_its_own_receipt_goes_on(shop: Shop) -> None:
    worker = shop.worker()
    first = worker.ask(shop.tap(1, SUN_CHIP, 2))
    again = worker.ask(shop.tap(1, SUN_CHIP, 2), cookie=first.cookie.partition(";")[0])
    assert follow(worker, again).code == "chip_answered"


@pytest.mark.parametrize(
    ("method", "headers"),
    [("HEAD", {}), ("GET", {"sec_purpose": "prefetch"}), ("GET", {"user_agent": "Googlebot/2.1"})],
    ids=["head", "prefetch", "robot"],
)
def test_what_nobody_taps_with_spends_nothing(shop: Shop, method: str, headers: dict[str, str]) -> None:
    worker = shop.worker()
    ahead = worker.ask(shop.tap(1, SUN_CHIP, 2), method, **headers)
    assert ahead.status in {200, 503}
    assert ahead.code in {"", "cannot_say"}
    assert worker.ask(shop.tap(1, SUN_CHIP, 2)).status == 303


def test_the_api_spends_nothing_and_says_so(shop: Shop) -> None:
    worker = shop.worker()
    link = "https://id.example.vn" + shop.tap(1, SUN_CHIP, 2).removeprefix("/story")
    found = verify(worker.service.scanner, shop.settings, link, NOW)
    assert found is not None
    assert (found["code"], "tap_not_spent" in found["reasons"]) == ("cannot_say", True)
    assert worker.ask(shop.tap(1, SUN_CHIP, 2)).status == 303


def test_a_receipt_is_good_for_its_item_and_chip_only(shop: Shop) -> None:
    worker = shop.worker()
    cookie = worker.ask(shop.tap(1, SUN_CHIP, 2)).cookie.partition(";")[0]
    assert worker.ask(shop.link(3, OTHER_SUN), cookie=cookie).code == "chip_silent"
    digit = "1" if cookie[-1] != "1" else "2"
    assert worker.ask(shop.link(1, SUN_CHIP), cookie=cookie[:-1] + digit).code == "chip_silent"
    for odd in ("tap=", "tap=é", "tap", "=;;\x00", "tap=" + "9" * 3000):
        assert worker.ask(shop.link(1, SUN_CHIP), cookie=odd).code == "chip_silent"


def test_a_counter_behind_is_used_and_one_far_ahead_has_no_known_time(shop: Shop) -> None:
    worker = shop.worker()
    far = follow(worker, worker.ask(shop.tap(1, SUN_CHIP, 40)))
    near = follow(worker, worker.ask(shop.tap(1, SUN_CHIP, 41)))
    assert (far.code, near.code) == ("chip_answered", "chip_answered")
    assert far.body != near.body
    assert worker.ask(shop.tap(1, SUN_CHIP, 12)).code == "already_used"


def damaged(link: str, change: str) -> str:
    base, _, tail = link.partition("&m=")
    m, _, c = tail.partition("&c=")
    changes = {
        "mac cut": f"{base}&m={m}&c={c[:-1]}",
        "mac longer": f"{base}&m={m}&c={c}0",
        "mac of another counter": f"{base}&m={m[:-1]}A&c={c}",
        "counter cut": f"{base}&m={m[:-4]}{m[-2:]}&c={c}",
        "uid alone": f"{base}&m={m[:14]}&c={c}",
        "lower case": f"{base}&m={m.lower()}&c={c}",
        "lower mac": f"{base}&m={m}&c={c[:-1]}f",
        "no mac": f"{base}&m={m}",
        "no mirror": f"{base}&c={c}",
        "two mirrors": f"{base}&m={m}&m={m}&c={c}",
        "not ascii": f"{base}&m=é{m[1:]}&c={c}",
        "full width": f"{base}&m={m[:-1]}６&c={c}",
    }
    return changes[change]


@pytest.mark.parametrize(
    "change",
    ["mac cut", "mac longer", "mac of another counter", "counter cut", "uid alone", "lower case", "lower mac",
     "no mac", "no mirror", "two mirrors", "not ascii", "full width"],
)  # fmt: skip
def test_damaged_tap_data_is_not_issued_and_spends_nothing(shop: Shop, change: str) -> None:
    worker = shop.worker()
    answer = worker.ask(damaged(shop.tap(1, SUN_CHIP, 2), change))
    assert (answer.status, answer.code) == (200, "not_issued")
    assert worker.ask(shop.tap(1, SUN_CHIP, 2)).status == 303


def test_a_mac_over_the_uid_alone_is_that_of_counter_0_and_never_fresh(shop: Shop) -> None:
    """SV2 is padded with zeros, so a chip set to mirror its UID only makes the MAC of (UID, 000000)."""
    worker = shop.worker()
    base, _, tail = shop.tap(1, SUN_CHIP, 0).partition("&m=")
    alone = tail.partition("&c=")[2]
    uid = SUN_CHIP.hex().upper()
    for m in (uid, f"{uid}x", f"{uid}x00"):
        assert worker.ask(f"{base}&m={m}&c={alone}").code == "not_issued"
    assert worker.ask(f"{base}&m={uid}x000000&c={alone}").code == "already_used"
    assert worker.ask(shop.tap(1, SUN_CHIP, 2)).status == 303


@pytest.mark.parametrize(("ahead", "known"), [(20, True), (21, False)])
def test_a_counter_more_than_20_ahead_has_no_known_time(shop: Shop, ahead: int, known: bool) -> None:
    worker = shop.worker()
    page = follow(worker, worker.ask(shop.tap(1, SUN_CHIP, 1 + ahead)))  # bound with counter 1
    assert page.code == "chip_answered"
    assert ("vừa trả lời lúc" in page.body.decode()) == known


def test_the_link_of_one_chip_on_another_of_ours_is_a_copied_chip(shop: Shop) -> None:
    worker = shop.worker()
    assert worker.ask(shop.tap(1, OTHER_SUN, 9, of=SUN_CHIP)).code == "copied_chip"
    assert worker.ask(shop.tap(3, OTHER_SUN, 9)).status == 303, "the other chip's counter was not touched"


def test_the_link_of_a_chip_on_a_stranger_is_not_issued(shop: Shop) -> None:
    assert shop.worker().ask(shop.tap(1, STRANGER, 9, of=SUN_CHIP)).code == "not_issued"


def test_a_real_signature_over_an_unbound_chip_blesses_nothing(shop: Shop) -> None:
    worker = shop.worker()
    assert worker.ask(shop.tap(9, STRANGER, 2)).code == "cannot_say"
    static = f"{shop.link(9, STRANGER, Carrier.STATIC)}&m={mirror(STRANGER, 2)}"
    assert worker.ask(static).code == "cannot_say"


def test_a_static_chip_is_known_whatever_its_counter_said_before(shop: Shop) -> None:
    worker = shop.worker()
    base = shop.link(2, STATIC_CHIP, Carrier.STATIC)
    assert worker.ask(f"{base}&m={STATIC_CHIP.hex().upper()}xFFFFFF").code == "chip_known"
    assert worker.ask(f"{base}&m={mirror(STATIC_CHIP, 3)}").code == "chip_known"
    assert worker.ask(f"{base}&m={mirror(STRANGER, 3)}").code == "copied_chip"
    assert worker.ask(base).code == "code_issued"
    assert worker.ask(shop.link(4, BARE_CHIP, Carrier.STATIC)).code == "code_issued"


def test_a_chip_written_again_refuses_its_old_taps(shop: Shop) -> None:
    worker = shop.worker()
    with shop.store.begin() as session:
        old = chips.by_uid(session, SUN_CHIP)
        assert old is not None
        assert old.id is not None
        chips.void(session, old.id, NOW)
    shop.bind(1, SUN_CHIP, "ntag424", generation=2)
    assert worker.ask(shop.tap(1, SUN_CHIP, 7)).code == "not_issued"
    assert worker.ask(shop.tap(1, SUN_CHIP, 2, generation=2)).status == 303


def test_a_chip_is_checked_by_the_masters_it_was_written_under(shop: Shop) -> None:
    assert shop.masters.add() == 2
    shop.bind(9, STRANGER, "ntag424", master=2)
    worker = shop.worker()
    assert worker.ask(shop.tap(9, STRANGER, 2, master=1)).code == "not_issued"
    assert worker.ask(shop.tap(1, SUN_CHIP, 2, master=2)).code == "not_issued"
    assert worker.ask(shop.tap(9, STRANGER, 2, master=2)).status == 303
    assert worker.ask(shop.tap(1, SUN_CHIP, 2, master=1)).status == 303


def test_a_token_of_one_kind_of_chip_blesses_no_chip_of_the_other(shop: Shop) -> None:
    """Both with the real key: we never sign so, and a chip that must answer must not pass for one that need not."""
    worker = shop.worker()
    static = shop.link(1, SUN_CHIP, Carrier.STATIC)
    assert worker.ask(f"{static}&m={mirror(SUN_CHIP, 2)}").code == "cannot_say"
    assert worker.ask(static).code == "not_issued"
    assert worker.ask(shop.link(2, STATIC_CHIP)).code == "not_issued"
    assert worker.ask(shop.tap(2, STATIC_CHIP, 2)).code == "cannot_say"
    # A copy of a SUN chip's link that shows the UID of a chip of ours that has no MAC to be right.
    shown = f"{shop.link(1, SUN_CHIP)}&m={mirror(STATIC_CHIP, 2)}&c={'0' * 16}"
    assert worker.ask(shown).code == "not_issued"


def test_a_replaced_chip_and_a_void_one_are_withdrawn(shop: Shop) -> None:
    worker = shop.worker()
    with shop.store.begin() as session:
        for uid, end in ((SUN_CHIP, chips.replace), (OTHER_SUN, chips.void)):
            row = chips.by_uid(session, uid)
            assert row is not None
            assert row.id is not None
            end(session, row.id, NOW)
    shop.bind(1, STRANGER, "ntag424")
    assert worker.ask(shop.tap(1, SUN_CHIP, 7)).code == "withdrawn"
    assert worker.ask(shop.link(1, SUN_CHIP)).code == "withdrawn"
    assert worker.ask(shop.tap(1, STRANGER, 2)).status == 303
    gone = worker.ask(shop.tap(3, OTHER_SUN, 7))
    assert (gone.code, worker.ask(shop.link(3, OTHER_SUN)).code) == ("withdrawn", "withdrawn")
    assert "đã được thay" not in gone.body.decode()
    assert "đã được thay" in worker.ask(shop.link(1, SUN_CHIP)).body.decode()
    assert worker.ask(shop.tap(3, OTHER_SUN, 7).replace("x000007", "x000008")).code == "not_issued"


def test_the_first_good_tap_makes_a_binding_live(shop: Shop) -> None:
    worker = shop.worker()
    for number, uid, type_ in ((7, STRANGER, "ntag424"), (8, EIGHTH, "ntag215")):
        keys = {"master_generation": 1, "chip_generation": 1} if type_ == "ntag424" else {}
        shop.act(chips.reserve, chips.NewChip(uid, "09521234543213", LOT, number, type_, **keys), NOW)
    assert worker.ask(shop.tap(7, STRANGER, 1)).status == 303
    static = f"{shop.link(8, EIGHTH, Carrier.STATIC)}&m={mirror(EIGHTH, 1)}"
    assert worker.ask(static).code == "chip_known"
    worker.service.taps.close()
    with shop.store.read() as session:
        states = [chips.by_uid(session, uid) for uid in (STRANGER, EIGHTH)]
        assert [row.state for row in states if row] == ["live", "live"]


def test_after_a_restore_the_first_tap_sets_the_floor_and_asks_for_a_second(shop: Shop) -> None:
    shop.act(mark_restored, NOW, 256)
    worker = shop.worker()
    first = worker.ask(shop.tap(1, SUN_CHIP, 5))
    assert (first.status, first.code) == (200, "chip_silent")
    assert worker.ask(shop.tap(1, SUN_CHIP, 5)).code == "already_used"
    assert follow(worker, worker.ask(shop.tap(1, SUN_CHIP, 6))).code == "chip_answered"


def test_a_lost_master_is_our_fault(shop: Shop) -> None:
    (shop.keystore.folder / "SUN-MASTER.001.key").unlink()
    worker = shop.worker()
    answer = worker.ask(shop.tap(1, SUN_CHIP, 2))
    assert (answer.status, answer.code) == (503, "cannot_say")


def test_two_hundred_replays_on_two_workers_give_one_fresh(shop: Shop) -> None:
    workers = shop.worker(), shop.worker()
    target = shop.tap(1, SUN_CHIP, 2)

    async def at_once() -> list[Answer]:
        return await asyncio.gather(*(workers[n % 2].asking(target) for n in range(200)))

    answers = asyncio.run(at_once())
    assert [answer.status for answer in answers].count(303) == 1
    assert {answer.code for answer in answers if answer.status != 303} == {"already_used"}
    with shop.store.read() as session:
        row = chips.by_uid(session, SUN_CHIP)
        assert isinstance(row, Chip)
        assert (row.counter, row.counter_before) == (2, 1)
