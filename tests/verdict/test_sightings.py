"""Who counts as a scan, what a worker remembers of it, and what workers tell each other."""

import tracemalloc
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ocop.trace.sightings import (
    QUIET_SECONDS,
    RELAYED_LIMIT,
    THRESHOLD,
    Mark,
    Seen,
    Sightings,
    SightingsError,
    browser_family,
    day_of,
    is_prefetch,
    is_scan,
    network,
    step,
)

SALT = bytes(range(32))
ITEM = "09521234543213/L2609A/000012"
MORNING = 20_780 * 86_400 + 20 * 3600  # 03:00 at UTC+07:00
CHROME = (
    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/137.0.0.0 Mobile Safari/537.36"
)


def fresh(**limits: int) -> Sightings:
    return Sightings(SALT, day_of(MORNING), **limits)


def meet(
    sightings: Sightings, networks: int, family: str = "chrome", now: int = MORNING, start: int = 0
) -> Seen:
    seen = Seen(False, False)
    for number in range(start, start + networks):
        seen = sightings.see(ITEM, b"4" + number.to_bytes(3, "big"), family, now)
    return seen


@pytest.mark.parametrize(
    ("method", "headers", "scan"),
    [
        ("GET", [], True),
        ("GET", [(b"sec-fetch-site", b"none")], True),
        ("GET", [(b"sec-fetch-site", b"None ")], True),
        ("HEAD", [], False),
        ("POST", [], False),
        ("OPTIONS", [], False),
        ("GET", [(b"sec-fetch-site", b"same-origin")], False),
        ("GET", [(b"sec-fetch-site", b"same-site")], False),
        ("GET", [(b"sec-fetch-site", b"cross-site")], False),
        ("GET", [(b"sec-fetch-site", b"")], False),
        ("GET", [(b"sec-fetch-site", b"none"), (b"sec-fetch-site", b"cross-site")], False),
        ("GET", [(b"sec-purpose", b"prefetch")], False),
        ("GET", [(b"sec-purpose", b"prefetch;prerender")], False),
        ("GET", [(b"purpose", b"Prefetch")], False),
        ("GET", [(b"x-moz", b"prefetch")], False),
        ("GET", [(b"x-purpose", b"preview")], False),
        ("GET", [(b"purpose", b"")], True),
        ("GET", [(b"accept", b"prefetch"), (b"cookie", b"sec-fetch-site=cross-site")], True),
    ],
)
def test_a_scan_is_a_get_that_a_person_caused_from_outside(
    method: str, headers: list[tuple[bytes, bytes]], scan: bool
) -> None:
    assert is_scan(method, headers) is scan


def test_a_prefetch_is_told_from_other_requests() -> None:
    assert is_prefetch([(b"host", b"id.example"), (b"sec-purpose", b"prefetch;anonymous-client-ip")])
    assert not is_prefetch([(b"host", b"prefetch"), (b"sec-fetch-site", b"none")])


@pytest.mark.parametrize(
    ("agent", "family"),
    [
        (CHROME, "chrome"),
        (CHROME + " Zalo android/12100750 ZaloTheme/light ZaloLanguage/vi", "zalo"),
        (CHROME.replace("K)", "SM-A546E) SamsungBrowser/27.0"), "samsung"),
        (CHROME + " EdgA/137.0.0.0", "edge"),
        (CHROME + " OPR/89.0.0.0", "opera"),
        (CHROME.replace("Chrome", "coc_coc_browser/134.0 Chrome"), "coccoc"),
        (CHROME + " [FB_IAB/FB4A;FBAV/508.0.0.1;]", "facebook"),
        (CHROME.replace("K)", "CUBOT_X18_Plus)"), "chrome"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
         "Version/18.5 Mobile/15E148 Safari/604.1", "safari"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
         "CriOS/137.0 Mobile/15E148 Safari/604.1", "chrome"),
        ("Mozilla/5.0 (Android 15; Mobile; rv:139.0) Gecko/139.0 Firefox/139.0", "firefox"),
        ("facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)", "robot"),
        ("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", "robot"),
        ("TelegramBot (like TwitterBot)", "robot"),
        ("WhatsApp/2.23.20.0", "robot"),
        ("Mozilla/5.0 (Windows NT 6.1; WOW64) SkypeUriPreview Preview/0.5", "robot"),
        ("curl/8.5.0", "other"),
        ("", "other"),
        ("\x00" * 100_000 + "Zalo", "other"),
    ],
)  # fmt: skip
def test_a_user_agent_falls_into_one_of_a_few_families(agent: str, family: str) -> None:
    assert browser_family(agent) == family


@pytest.mark.parametrize(
    ("address", "other", "same"),
    [
        ("14.161.7.9", "14.161.7.250", True),
        ("14.161.7.9", "14.161.8.9", False),
        ("2402:800:6273:1::9", "2402:800:6273:ffff::1", True),
        ("2402:800:6273::", "2402:800:6274::", False),
        ("::ffff:14.161.7.9", "14.161.7.1", True),
        ("64:ff9b::14.161.7.9", "14.161.7.1", True),
        ("fe80::1%eth0", "fe80::2", True),
        ("::1", "0.0.0.1", False),
    ],
)
def test_a_network_is_the_first_24_bits_of_ipv4_and_48_of_ipv6(address: str, other: str, same: bool) -> None:
    assert (network(address) == network(other)) is same


@pytest.mark.parametrize(
    "junk", ["", "testclient", "1.2.3", "1.2.3.4.5", "1.2.3.٤", "::g", "14.161.7.9:80", ":", "%"]
)
def test_what_is_no_address_has_no_network(junk: str) -> None:
    assert network(junk) is None


@given(st.text(max_size=60))
def test_no_text_makes_the_readers_raise(text: str) -> None:
    network(text)
    browser_family(text)
    is_scan(text, [(text.encode(), text.encode())])


def test_a_reload_within_30_minutes_is_no_second_scan_and_after_them_it_is() -> None:
    sightings, here = fresh(), network("14.161.7.9")
    assert sightings.see(ITEM, here, "chrome", MORNING) == Seen(counted=True, often=False)
    assert not sightings.see(ITEM, here, "chrome", MORNING + 1).counted
    assert not sightings.see(ITEM, here, "chrome", MORNING + QUIET_SECONDS - 1).counted
    assert sightings.see(ITEM, here, "chrome", MORNING + QUIET_SECONDS).counted


@pytest.mark.parametrize("first", [0, 1, 1_799, 1_801, 3_599])
def test_the_30_minutes_hold_wherever_the_memory_is_in_its_turn(first: int) -> None:
    sightings, here = fresh(), network("14.161.7.9")
    sightings.see("another", here, "chrome", MORNING)
    assert sightings.see(ITEM, here, "chrome", MORNING + first).counted
    assert not sightings.see(ITEM, here, "chrome", MORNING + first + QUIET_SECONDS - 1).counted


def test_another_network_browser_or_item_is_another_scan() -> None:
    sightings = fresh()
    assert sightings.see(ITEM, network("14.161.7.9"), "chrome", MORNING).counted
    assert sightings.see(ITEM, network("14.161.8.9"), "chrome", MORNING).counted
    assert sightings.see(ITEM, network("14.161.7.9"), "zalo", MORNING).counted
    assert sightings.see(ITEM + "3", network("14.161.7.9"), "chrome", MORNING).counted


def test_a_robot_is_never_counted_and_still_sees_the_alarm() -> None:
    sightings = fresh()
    assert sightings.see(ITEM, network("14.161.7.9"), "robot", MORNING) == Seen(False, False)
    meet(sightings, THRESHOLD)
    assert sightings.see(ITEM, network("14.161.7.9"), "robot", MORNING) == Seen(False, True)


def test_a_scan_without_an_address_counts_and_marks_nothing() -> None:
    sightings = fresh()
    assert sightings.see(ITEM, None, "chrome", MORNING).counted
    assert sightings.take_marks() == []


def test_a_view_of_no_item_is_counted_once_and_marks_nothing() -> None:
    sightings, here = fresh(), network("14.161.7.9")
    assert sightings.count("?", here, "chrome", MORNING)
    assert not sightings.count("?", here, "chrome", MORNING + 60)
    assert sightings.take_marks() == []


def test_a_code_is_often_from_the_threshold_on_until_the_end_of_the_next_day() -> None:
    sightings = fresh()
    assert not meet(sightings, THRESHOLD - 1).often
    assert not sightings.often(ITEM, MORNING)
    assert meet(sightings, 1, start=500).often
    assert sightings.often(ITEM, MORNING)
    assert sightings.often(ITEM, MORNING + 2 * 86_400 - 1)
    assert not sightings.often(ITEM, MORNING + 2 * 86_400)


def test_one_network_never_makes_a_code_often_however_it_comes() -> None:
    sightings = fresh()
    for number in range(10 * THRESHOLD):
        family = ("chrome", "safari", "zalo", "other")[number % 4]
        assert not sightings.see(ITEM, network("14.161.7.9"), family, MORNING + number * 240).often


def test_networks_of_two_days_are_not_added_up() -> None:
    sightings = fresh()
    meet(sightings, THRESHOLD - 1)
    assert not meet(sightings, THRESHOLD - 1, now=MORNING + 86_400, start=500).often


def test_relayed_links_alone_never_make_a_code_often() -> None:
    sightings = fresh()
    assert not meet(sightings, 5_000, "zalo").often
    assert not meet(sightings, THRESHOLD - RELAYED_LIMIT - 1, "chrome", start=6_000).often
    assert meet(sightings, 1, "chrome", start=7_000).often


def test_a_network_first_met_through_an_app_and_then_without_it_is_one_network() -> None:
    sightings = fresh()
    for number in range(THRESHOLD - 1):
        here = b"4" + number.to_bytes(3, "big")
        assert not sightings.see(ITEM, here, "zalo", MORNING).often
        assert not sightings.see(ITEM, here, "chrome", MORNING).often
    assert meet(sightings, 1, start=900).often


def test_a_clock_that_steps_back_changes_nothing() -> None:
    sightings = fresh()
    meet(sightings, THRESHOLD)
    assert sightings.see(ITEM, b"4999", "chrome", MORNING - 86_400) == Seen(True, True)
    assert sightings.state == (SALT, day_of(MORNING))


def test_the_memory_stays_bounded_under_a_flood() -> None:
    sightings = fresh(items=400, visits=400)
    tracemalloc.start()
    meet_many = count()
    for number in range(20_000):
        sightings.see(
            f"item/{number}", b"4" + (next(meet_many) % 2**24).to_bytes(3, "big"), "chrome", MORNING
        )
    size, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert size < 1_000_000
    assert len(sightings.take_marks()) <= 400


def test_a_salt_of_another_length_is_refused_with_a_sentence() -> None:
    with pytest.raises(SightingsError, match="expected a salt of 32 random bytes, got 16"):
        Sightings(bytes(16), 0)


def test_the_salt_steps_forward_every_day_and_all_workers_step_alike() -> None:
    sightings, late = fresh(), fresh()
    sightings.often(ITEM, MORNING + 86_400)
    sightings.often(ITEM, MORNING + 2 * 86_400)
    late.often(ITEM, MORNING + 2 * 86_400)
    assert sightings.state == late.state == (step(step(SALT)), day_of(MORNING) + 2)


def test_a_mark_can_be_compared_neither_between_items_nor_between_days_nor_between_salts() -> None:
    sightings, other = fresh(), Sightings(bytes(32), day_of(MORNING))
    here = network("14.161.7.9")
    sightings.see(ITEM, here, "chrome", MORNING)
    sightings.see(ITEM + "3", here, "chrome", MORNING)
    sightings.see(ITEM, here, "chrome", MORNING + 86_400)
    other.see(ITEM, here, "chrome", MORNING)
    marks = [mark.mark for mark in sightings.take_marks() + other.take_marks()]
    assert len(set(marks)) == len(marks) == 4


def test_what_one_worker_learnt_makes_the_others_and_a_restarted_one_as_wise() -> None:
    one, two = fresh(), fresh()
    meet(one, THRESHOLD // 2)
    meet(two, THRESHOLD - THRESHOLD // 2, start=500)
    rows = one.take_marks() + two.take_marks()
    assert len(rows) == THRESHOLD
    assert one.take_marks() == []
    one.absorb(rows, MORNING)
    two.absorb(rows, MORNING)
    later = fresh()
    later.absorb(rows, MORNING + 86_400)
    assert one.often(ITEM, MORNING)
    assert two.often(ITEM, MORNING)
    assert later.often(ITEM, MORNING + 86_400)
    assert one.take_marks() == [], "what was absorbed must not be told again"


def test_rows_of_other_days_are_left_alone_and_rows_that_are_no_marks_refused() -> None:
    sightings = fresh()
    today = day_of(MORNING)
    for day in (today - 2, today + 1):
        sightings.absorb([Mark(ITEM, day, 2 * n) for n in range(THRESHOLD)], MORNING)
    assert not sightings.often(ITEM, MORNING)
    for wrong in (-1, 2**32):
        with pytest.raises(SightingsError, match="expected a mark below"):
            sightings.absorb([Mark(ITEM, today, wrong)], MORNING)


NETWORKS = st.lists(st.integers(0, 2**31 - 1), unique=True, max_size=3 * THRESHOLD)


@given(NETWORKS, st.data())
def test_rows_absorbed_in_any_order_any_number_of_times_give_the_same_answer(
    networks: list[int], data: st.DataObject
) -> None:
    rows = [Mark(ITEM, day_of(MORNING), 2 * n + data.draw(st.integers(0, 1))) for n in networks]
    expected = sum(1 - row.mark % 2 for row in rows) + min(RELAYED_LIMIT, sum(row.mark % 2 for row in rows))
    for _ in range(2):
        sightings = fresh()
        order = data.draw(st.permutations(rows))
        sightings.absorb(order, MORNING)
        sightings.absorb(order[: len(order) // 2], MORNING)
        assert sightings.often(ITEM, MORNING) is (expected >= THRESHOLD)
