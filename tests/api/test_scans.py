"""What is a scan: counted once, by a person's wish only, without a trace of who it was."""

import re
import sqlite3
from datetime import timedelta

import pytest

PHONE = "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Mobile Safari/537.36"
ZALO = PHONE + " Zalo android/24101"
BY_PERSON = ("none", None)


def scan(worker, target, client="203.0.113.9", **headers):
    given = {"user-agent": PHONE, **{name.replace("_", "-"): value for name, value in headers.items()}}
    return worker.ask("/story" + target, headers=given, client=client)


def test_a_persons_scan_is_one_row_that_names_the_item_and_the_answers(serving, link, altered) -> None:
    worker = serving()
    scan(worker, link(), sec_fetch_site="none")
    scan(worker, link("BATCH", ""), accept_language="ja")
    scan(worker, altered(link(serial="000099")))
    scan(worker, link("RECALL"), client="2001:db8::1", user_agent=ZALO)
    assert worker.scans() == [
        ("09521234543213", "L1", 12, "code_issued", "valid", "print", "vi", "chrome"),
        ("09521234543213", "BATCH", 0, "code_issued", "valid", "print", "ja", "chrome"),
        ("09521234543213", "L1", 99, "not_issued", "not_shown", "print", "vi", "chrome"),
        ("09521234543213", "RECALL", 12, "recalled", "valid", "print", "vi", "zalo"),
    ]


@pytest.mark.parametrize(
    "headers",
    [
        {"sec_fetch_site": "same-origin"},
        {"sec_fetch_site": "same-site"},
        {"sec_fetch_site": "cross-site"},
        {"user_agent": "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)"},
        {"user_agent": "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"},
        {"user_agent": "WhatsApp/2.23.20.0"},
        {"user_agent": "TelegramBot (like TwitterBot)"},
    ],
)
def test_what_no_person_caused_is_answered_and_not_counted(serving, link, headers) -> None:
    worker = serving()
    answer = scan(worker, link(), **headers)
    assert (answer.status, answer.code) == (200, "code_issued")
    assert worker.scans() == []


@pytest.mark.parametrize("header", ["sec-purpose", "purpose", "x-purpose", "x-moz"])
@pytest.mark.parametrize("value", ["prefetch", "prefetch;prerender", "preview"])
def test_a_prefetch_judges_nothing_and_is_not_kept(serving, link, header, value) -> None:
    worker = serving()
    answer = worker.ask("/story" + link(), headers={header: value})
    assert (answer.status, answer.header("cache-control"), answer.code) == (503, "no-store", "")
    assert answer.header("retry-after")
    assert worker.scans() == []
    scan(worker, link())
    assert len(worker.scans()) == 1


def test_head_resolver_api_catalogue_and_forms_count_nothing(serving, link) -> None:
    worker = serving()
    worker.ask("/story" + link(), "HEAD")
    worker.ask(link())
    worker.ask("/api/v1/verify?u=https://id.example.vn" + link())
    worker.ask("/")
    worker.ask("/products/09521234543213")
    worker.ask("/typed?number=09521234543213")
    worker.ask("/report" + link().partition("?")[0])
    worker.post("/thanks" + link().partition("?")[0], "lang=vi")
    worker.ask("/story" + link().partition("?")[0])
    worker.ask("/story/01/09521234567899/10/A/21/000001?s=1")
    assert worker.scans() == []


def test_a_reload_within_half_an_hour_is_the_same_scan(serving, link) -> None:
    worker = serving()
    for _ in range(3):
        scan(worker, link())
        scan(worker, link(), sec_fetch_site="none")
    worker.now += timedelta(minutes=29)
    scan(worker, link(), client="203.0.113.200")  # the same /24
    scan(worker, link() + "&lang=en", sec_fetch_site="same-origin")
    assert len(worker.scans()) == 1
    worker.now += timedelta(minutes=31)
    scan(worker, link())
    assert len(worker.scans()) == 2


def test_another_network_browser_or_item_is_another_scan(serving, link) -> None:
    worker = serving()
    scan(worker, link())
    scan(worker, link(), client="203.0.114.9")
    scan(worker, link(), user_agent=ZALO)
    scan(worker, link(serial="000013"))
    scan(worker, link(), client="2001:db8:1::1")
    scan(worker, link(), client="2001:db8:1:ffff::1")  # the same /48
    assert len(worker.scans()) == 5


def test_what_waits_is_written_when_the_worker_stops(serving, link, furnished) -> None:
    worker = serving()
    for number in range(1, 31):
        scan(worker, link(serial=f"{number:06d}"))
    worker.service.recorder.close()
    assert worker.rows("SELECT count(*) FROM scan") == [(30,)]


def test_a_worker_that_runs_for_years_makes_counts_of_old_scans_when_a_month_ends(serving, link) -> None:
    from ocop.trace.housekeeping import tidy

    worker = serving()
    scan(worker, link())
    assert len(worker.scans()) == 1
    worker.now += timedelta(days=720)
    tidy(worker.running.store, worker.now)
    assert worker.rows("SELECT count(*) FROM scan") == [(1,)], "not yet two years and the rest of their month"
    worker.now += timedelta(days=62)
    tidy(worker.running.store, worker.now)
    assert worker.rows("SELECT count(*) FROM scan") == [(0,)]
    assert worker.rows("SELECT lot, code, count FROM scan_month") == [("L1", "code_issued", 1)]


def test_no_address_of_a_visitor_stands_anywhere_on_disk(serving, link, altered) -> None:
    """Through a trusted proxy, over every page that takes part, with marks shared as between workers."""
    from ocop.trace.api.starting import exchange

    worker = serving(trusted_proxies="127.0.0.0/8,::1")
    visitor, packed = "198.51.100.77", bytes([198, 51, 100, 77])
    via = {"x_forwarded_for": f"10.0.0.1, {visitor}"}
    for target in (link(), altered(link(serial="000013")), link("RECALL")):
        scan(worker, target, client="127.0.0.1", **via)
    worker.post("/thanks" + link().partition("?")[0], client="127.0.0.1", **{"x-forwarded-for": visitor})
    worker.post(
        "/report" + link().partition("?")[0], "kind=seal&text=x", "127.0.0.1", **{"x-forwarded-for": visitor}
    )
    sightings = worker.service.sightings
    exchange(worker.running, sightings.take_marks(), sightings.state)
    assert len(worker.scans()) == 3
    assert worker.rows("SELECT count(*) FROM item_sighting") == [(1,)]
    worker.store.close()
    data = worker.settings.data
    with sqlite3.connect(data / "ocop.db") as connection:
        connection.execute("PRAGMA wal_checkpoint")
    connection.close()
    written = {file.name: file.read_bytes() for file in data.glob("ocop.db*")}
    assert b"RECALL" in written["ocop.db"]
    for content in written.values():
        for trace in (
            b"198.51.100",
            b"198.51",
            packed,
            b"4" + packed[:3],
            packed[:3].hex().encode(),
            b"10.0.0.1",
            b"Android",
        ):
            assert trace not in content


def test_a_forged_address_changes_nothing_without_a_trusted_proxy(serving, link, networks) -> None:
    """Whoever sends X-Forwarded-For is still one network: no scans to add, no item to smear."""
    worker = serving()
    for address in networks(30):
        assert scan(worker, link(), x_forwarded_for=address).code == "code_issued"
    assert len(worker.scans()) == 1


def test_behind_a_trusted_proxy_only_the_hop_it_saw_counts(serving, link, networks) -> None:
    worker = serving(trusted_proxies="127.0.0.1")
    for address in networks(
        30
    ):  # the proxy adds whom it saw; what stood there before is the visitor's own word
        scan(worker, link(), client="127.0.0.1", x_forwarded_for=f"{address}, 198.51.100.77")
    assert len(worker.scans()) == 1
    for address in networks(30, 100):
        scan(worker, link(), client="127.0.0.1", x_forwarded_for=address)
    assert len(worker.scans()) == 31


@pytest.mark.parametrize(
    "forged", ["", ",", "unknown", "1.2.3", "127.0.0.1", "1" * 5000, "::ffff:1.2.3.4", "[::1]:80"]
)
def test_odd_hops_are_survived(serving, link, forged) -> None:
    worker = serving(trusted_proxies="127.0.0.1")
    assert scan(worker, link(), client="127.0.0.1", x_forwarded_for=forged).code == "code_issued"
    assert len(worker.scans()) == 1


def test_the_page_names_no_visitor(shared, link) -> None:
    page = shared.ask("/story" + link(), client="203.0.113.9")
    assert "203.0.113" not in page.text
    assert not re.search(r"set-cookie", str(page.headers))
