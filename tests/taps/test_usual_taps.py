"""The short way of taps gives what the full way gives, and leaves to the full way whatever is not usual."""

import asyncio
import time
from concurrent.futures import wait
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from ocop.trace import handing_closing, withdrawing
from ocop.trace.certifying import Officer
from ocop.trace.registry import chips
from ocop.trace.registry.errors import StoreUnreachable
from ocop.trace.registry.ledger_store import By
from ocop.trace.registry.store import mark_restored, read_meta
from ocop.trace.registry.tables import Scan
from ocop.trace.registry.taps import Spend, TapWriter
from ocop.trace.signing.entries import Why
from ocop.trace.tags import sun
from sqlmodel import select

GTIN, LOT, NOW = "09521234543213", "L2609A", datetime(2026, 11, 23, 4, 5, 6, tzinfo=UTC)
MAKER = "htx-ben-may"
SUN_CHIP, OTHER_SUN = (bytes.fromhex(f"04{n:02x}5f1eacc040") for n in (1, 3))
PHONE = {"accept_language": "vi-VN,vi;q=0.9", "user_agent": "Mozilla/5.0 (Linux; Android 13) Chrome/138.0"}
Worker = Shop = Answer = Any


def cookie(answer: Answer) -> str:
    return str(answer.cookie.partition(";")[0])


def heard(shop: Shop, worker: Worker) -> None:
    """Return once the worker knows of what was done to the store: at once on SQLite, a message away on PostgreSQL."""
    with shop.store.read() as session:
        wanted = read_meta(session).facts_version
    until = time.monotonic() + 30
    while worker.service.scanner.refresh() != wanted:
        assert time.monotonic() < until, "the worker was never told"


def rows(shop: Shop) -> list[tuple[Any, ...]]:
    with shop.store.read() as session:
        return [
            (r.key, r.lot, r.serial, r.at, r.code, r.stars, r.channel, r.lang, r.browser)
            for r in session.exec(select(Scan).order_by(Scan.id))
        ]


def test_both_ways_give_the_same_bytes_and_the_same_row(shop: Shop, warm: Any, full_way: list[str]) -> None:
    short = warm()
    first = short.ask(shop.tap(1, SUN_CHIP, 2), **PHONE)
    page = short.ask(first.location, cookie=cookie(first), **PHONE)
    assert full_way == []
    full = shop.worker()
    again = full.ask(shop.tap(1, SUN_CHIP, 3), **PHONE)
    other = full.ask(again.location, cookie=cookie(again), **PHONE)
    assert len(full_way) == 2
    assert (first.status, first.location, first.cache) == (again.status, again.location, again.cache)
    assert cookie(first)[:10] == "tap=000002"
    assert first.cookie.partition(";")[2] == again.cookie.partition(";")[2]
    assert (page.status, page.code, page.body, page.cache) == (200, "chip_answered", other.body, other.cache)
    short.service.recorder.close()
    full.service.recorder.close()
    assert [row[2] for row in rows(shop)] == [3, 1, 1]
    assert rows(shop)[1] == rows(shop)[2]


def test_a_replayed_tap_is_used_and_the_next_one_is_fresh(shop: Shop, warm: Any, full_way: list[str]) -> None:
    worker = warm()
    assert worker.ask(shop.tap(1, SUN_CHIP, 2), **PHONE).status == 303
    replay = worker.ask(shop.tap(1, SUN_CHIP, 2), **PHONE)
    assert (replay.status, replay.code, replay.cache) == (200, "already_used", "no-store")
    assert worker.ask(shop.tap(1, SUN_CHIP, 3), **PHONE).status == 303
    assert full_way == []


def test_of_many_replays_at_once_exactly_one_is_fresh(shop: Shop, warm: Any, full_way: list[str]) -> None:
    worker = warm()

    async def at_once() -> list[int]:
        asked = [worker.asking(shop.tap(1, SUN_CHIP, 2), **PHONE) for _ in range(60)]
        return [answer.status for answer in await asyncio.gather(*asked)]

    assert sorted(asyncio.run(at_once())) == [200] * 59 + [303]
    assert full_way == []


def changed(link: str, what: str) -> str:
    base, _, mac = link.rpartition("=")
    m = link.index("&m=") + 3
    return {
        "mac": f"{base}={'0' if mac[0] != '0' else '1'}{mac[1:]}",
        "counter": link[: m + 15] + "000009" + link[m + 21 :],
        "uid": link[:m] + OTHER_SUN.hex().upper() + link[m + 14 :],
        "signature": link[: m - 20] + ("A" if link[m - 20] != "A" else "B") + link[m - 19 :],
        "head": link.replace("?s=E", "?s=F"),
        "serial": link.replace("/21/000001", "/21/000003"),
        "spare bits": link[: m - 4] + chr(ord(link[m - 4]) + 1) + link[m - 3 :],
        "short counter": link[: m + 15] + link[m + 19 :],
        "long counter": link[: m + 15] + "00" + link[m + 15 :],
        "lower mirror": link[:m] + link[m : m + 21].lower() + link[m + 21 :],
        "lower mac": f"{base}={mac.lower()}",
        "short mac": link[:-2],
        "long mac": f"{link}00",
        "two mirrors": f"{link}&{link[m - 2 : m + 21]}",
    }[what]


@pytest.mark.parametrize(
    "what",
    ["mac", "counter", "uid", "signature", "head", "serial", "spare bits", "short counter", "long counter",
     "lower mirror", "lower mac", "short mac", "long mac", "two mirrors"],
)  # fmt: skip
def test_a_changed_link_is_not_issued_and_spends_nothing(shop: Shop, warm: Any, what: str) -> None:
    worker = warm()
    assert worker.ask(changed(shop.tap(1, SUN_CHIP, 2), what), **PHONE).code == "not_issued"
    assert worker.ask(shop.tap(1, SUN_CHIP, 2), **PHONE).status == 303


@pytest.mark.parametrize(
    "more",
    [
        {"cookie": "tap=0"},
        {"sec_purpose": "prefetch"},
        {"user_agent": "Googlebot/2.1"},
        {"x_moz": "other"},
        {"sec_fetch_site": "same-origin"},
        {"method": "HEAD"},
    ],
    ids=["cookie", "prefetch", "robot", "ahead", "from a page", "head"],
)
def test_a_request_that_tells_more_of_itself_goes_the_full_way(
    shop: Shop, warm: Any, full_way: list[str], more: dict[str, str]
) -> None:
    worker = warm()
    answer = worker.ask(shop.tap(1, SUN_CHIP, 2), **{**PHONE, **more})
    assert full_way or answer.status == 503
    spent = not more.keys() & {"sec_purpose", "user_agent", "method"}
    assert (answer.status == 303) is spent


def test_an_act_shows_at_the_next_tap_and_the_next_page(shop: Shop, warm: Any) -> None:
    worker = warm()
    first = worker.ask(shop.tap(1, SUN_CHIP, 2), **PHONE)
    by = By("anh Tín", NOW, "thử", "xin đừng dùng")
    shop.act(withdrawing.recall, GTIN, LOT, Why.SAFETY, by)
    heard(shop, worker)
    assert worker.ask(first.location, cookie=cookie(first), **PHONE).code == "recalled"
    after = worker.ask(shop.tap(1, SUN_CHIP, 3), **PHONE)
    assert worker.ask(after.location, cookie=cookie(after), **PHONE).code == "recalled"


def test_an_act_between_the_look_and_the_answer_is_heeded(
    shop: Shop, warm: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = warm()
    spent = worker.service.taps.spent

    async def recalled_meanwhile(tap: Spend) -> Any:
        answer = await spent(tap)
        shop.act(withdrawing.recall, GTIN, LOT, Why.SAFETY, By("anh Tín", NOW, "thử", "xin đừng dùng"))
        heard(shop, worker)
        return answer

    monkeypatch.setattr(worker.service.taps, "spent", recalled_meanwhile)
    first = worker.ask(shop.tap(1, SUN_CHIP, 2), **PHONE)
    assert worker.ask(first.location, cookie=cookie(first), **PHONE).code == "recalled"
    worker.service.recorder.close()
    assert [row[4] for row in rows(shop)] == ["chip_answered", "recalled"], "as it was judged after the act"


def test_a_chip_that_was_replaced_is_withdrawn(shop: Shop, warm: Any) -> None:
    worker = warm()
    with shop.store.begin() as session:
        row = chips.by_uid(session, SUN_CHIP)
        assert row is not None
        chips.replace(session, row.id or 0, row.bound_at)
    heard(shop, worker)
    assert worker.ask(shop.tap(1, SUN_CHIP, 2), **PHONE).code == "withdrawn"


def test_a_receipt_is_for_its_item_its_chip_and_fifteen_minutes(shop: Shop, warm: Any) -> None:
    worker = warm()
    first = worker.ask(shop.tap(1, SUN_CHIP, 2), **PHONE)
    other = shop.link(3, OTHER_SUN)
    assert worker.ask(other, cookie=cookie(first), **PHONE).code == "chip_silent"
    forged = cookie(first)[:-1] + ("0" if cookie(first)[-1] != "0" else "1")
    assert worker.ask(first.location, cookie=forged, **PHONE).code == "chip_silent"
    assert worker.ask(first.location, cookie=cookie(first) + "; a=b", **PHONE).code == "chip_answered"
    worker.now = NOW + timedelta(minutes=16)
    assert worker.ask(first.location, cookie=cookie(first), **PHONE).code == "chip_silent"


def test_a_counter_far_ahead_says_so_on_its_page(shop: Shop, warm: Any, full_way: list[str]) -> None:
    worker = warm()
    far = worker.ask(shop.tap(1, SUN_CHIP, 60), **PHONE)
    page = worker.ask(far.location, cookie=cookie(far), **PHONE)
    assert (far.status, page.code) == (303, "chip_answered")
    assert len(full_way) == 1, "the page only"


def test_a_restored_counter_asks_for_a_second_tap(shop: Shop, warm: Any) -> None:
    worker = warm()
    shop.act(mark_restored, NOW, 300)
    heard(shop, worker)
    assert worker.ask(shop.tap(3, OTHER_SUN, 3), **PHONE).code == "chip_silent"
    assert worker.ask(shop.tap(3, OTHER_SUN, 4), **PHONE).status == 303
    assert worker.ask(shop.tap(1, SUN_CHIP, 5), **PHONE).code == "chip_silent"
    assert worker.ask(shop.tap(1, SUN_CHIP, 6), **PHONE).status == 303


def test_the_next_civil_day_is_judged_anew(shop: Shop, warm: Any, full_way: list[str]) -> None:
    worker = warm()
    worker.now += timedelta(days=1)
    assert worker.ask(shop.tap(1, SUN_CHIP, 2), **PHONE).status == 303
    assert len(full_way) == 1


def test_a_store_that_is_gone_is_our_fault_and_spends_nothing(shop: Shop, warm: Any) -> None:
    worker = warm()
    watched = worker.service.scanner._watched

    def gone() -> int:
        raise StoreUnreachable("away")

    worker.service.scanner._watched = gone
    answer = worker.ask(shop.tap(1, SUN_CHIP, 2), **PHONE)
    assert (answer.status, answer.code) == (503, "cannot_say")
    worker.service.scanner._watched = watched
    assert worker.ask(shop.tap(1, SUN_CHIP, 2), **PHONE).status == 303


def test_taps_that_are_spent_together_are_each_judged_alone(shop: Shop) -> None:
    with shop.store.read() as session:
        a, b = (row.id or 0 for uid in (SUN_CHIP, OTHER_SUN) if (row := chips.by_uid(session, uid)))

    async def together(*taps: Spend) -> list[Any]:
        return list(await asyncio.gather(*(writer.spent(tap) for tap in taps)))

    writer = TapWriter(shop.store)
    asked = (Spend(a, 5, NOW), Spend(a, 5, NOW), Spend(a, 7, NOW), Spend(b, 1, NOW), Spend(b, 2, NOW))
    found = asyncio.run(together(*asked))
    assert [spent.fresh for spent in found] == [True, False, True, False, True]
    assert [found[n].before for n in (0, 2, 4)] == [1, 5, 1]
    assert (found[1].is_last, found[1].at, found[3].is_last) == (True, NOW, True)
    shop.act(chips.void, b, NOW)
    gone = asyncio.run(together(Spend(a, 8, NOW), Spend(b, 9, NOW)))
    assert (gone[0].fresh, gone[1].fresh, gone[1].ended) == (True, False, True)
    shop.act(mark_restored, NOW, 300)
    assert [
        asyncio.run(together(Spend(a, 9, NOW)))[0].before,
        asyncio.run(together(Spend(a, 10, NOW)))[0].before,
    ] == [None, 9]
    writer.close()


def test_two_writers_that_take_the_same_chips_never_wait_for_each_other(shop: Shop) -> None:
    with shop.store.read() as session:
        ids = [row.id or 0 for uid in (SUN_CHIP, OTHER_SUN) if (row := chips.by_uid(session, uid))]
    writers = [TapWriter(shop.store) for _ in range(2)]
    asked = [
        writer.spend(Spend(chip, counter, NOW))
        for counter in range(2, 52)
        for writer, order in zip(writers, (ids, ids[::-1]), strict=True)
        for chip in order
    ]
    wait(asked, timeout=60)
    fresh = [one.result() for one in asked if one.result().fresh]
    for writer in writers:
        writer.close()
    assert 2 <= len(fresh) <= 100
    with shop.store.read() as session:
        for uid in (SUN_CHIP, OTHER_SUN):
            row = chips.by_uid(session, uid)
            assert row is not None
            assert row.counter == 51


def test_the_mac_of_a_lane_is_over_the_chip_of_the_item(shop: Shop, warm: Any) -> None:
    """A tap of another chip of ours, right in itself, laid beside this item's signature."""
    worker = warm()
    copied = worker.ask(shop.tap(1, OTHER_SUN, 9, of=SUN_CHIP), **PHONE)
    assert copied.code == "copied_chip"
    assert sun.Mirror(OTHER_SUN, 9).text() in shop.tap(1, OTHER_SUN, 9, of=SUN_CHIP)


def test_a_maker_that_stops_is_told_at_the_next_tap_in_every_worker(shop: Shop, full_way: list[str]) -> None:
    """Two workers with a lane and a page each, both used; after the closing neither may go on without the line."""
    line = "Cơ sở đã ngừng hoạt động từ 23/11/2026"
    workers = shop.worker(), shop.worker()
    for counter, worker in enumerate(workers, 2):
        first = worker.ask(shop.tap(3, OTHER_SUN, counter), **PHONE)
        assert worker.ask(first.location, cookie=cookie(first), **PHONE).code == "chip_answered"
    full_way.clear()
    taps = [worker.ask(shop.tap(1, SUN_CHIP, counter), **PHONE) for counter, worker in enumerate(workers, 2)]
    for worker, tap in zip(workers, taps, strict=True):
        page = worker.ask(tap.location, cookie=cookie(tap), **PHONE)
        assert (page.code, line in page.body.decode()) == ("chip_answered", False)
    assert full_way == [], "both took the short way"
    shop.act(handing_closing.close, Officer("chị Hà", "Văn phòng"), MAKER, "died", By("chị Hà", NOW, "mất"))
    for counter, (worker, tap) in enumerate(zip(workers, taps, strict=True), 4):
        heard(shop, worker)
        before = worker.ask(tap.location, cookie=cookie(tap), **PHONE)
        assert (before.code, line in before.body.decode()) == ("chip_answered", True), "of a tap from before"
        again = worker.ask(shop.tap(1, SUN_CHIP, counter), **PHONE)
        after = worker.ask(again.location, cookie=cookie(again), **PHONE)
        assert (after.code, line in after.body.decode()) == ("chip_answered", True)
    full_way.clear()
    for counter, worker in enumerate(workers, 6):
        short = worker.ask(shop.tap(1, SUN_CHIP, counter), **PHONE)
        assert line in worker.ask(short.location, cookie=cookie(short), **PHONE).body.decode()
    assert full_way == [], "by the short way too"
