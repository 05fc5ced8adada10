"""After a tap: thanks lead back to the answer of that tap, and no counter is asked a second time."""

from datetime import timedelta
from typing import Any

from ocop.trace.api.back import came_from, way_back
from ocop.trace.api.http import Request
from ocop.trace.scanned import read
from ocop.trace.tags.sun import Mirror

SUN_CHIP = bytes.fromhex("04015f1eacc040")
Shop = Any


def asked(referer: str) -> Request:
    headers = [(b"referer", referer.encode()), (b"host", b"id.example.vn")]
    return Request({"method": "POST", "raw_path": b"/thanks", "query_string": b"", "headers": headers})


def test_the_way_back_shows_the_taps_answer_and_the_next_tap_is_fresh(shop: Shop) -> None:
    worker = shop.worker()
    tap = shop.tap(1, SUN_CHIP, 2)
    first = worker.ask(tap)
    cookie = first.cookie.partition(";")[0]
    what = read(first.location.partition("?")[0].removeprefix("/story").encode(), b"").identifier
    came = came_from(worker.service, asked(f"https://id.example.vn{first.location}"), what)
    back = way_back(what, "vi", came)
    assert came.startswith("s=")
    assert Mirror(SUN_CHIP, 2).text() not in back
    worker.now += timedelta(minutes=2)
    assert worker.ask(back, cookie=cookie).code == "chip_answered"
    assert worker.ask(back).code == "chip_silent", "without the receipt it says nothing of a tap"
    assert worker.ask(shop.tap(1, SUN_CHIP, 3)).status == 303


def test_chip_data_never_comes_back(shop: Shop) -> None:
    worker = shop.worker()
    tap = shop.tap(1, SUN_CHIP, 2)
    what = read(tap.partition("?")[0].removeprefix("/story").encode(), b"").identifier
    assert came_from(worker.service, asked(f"https://id.example.vn{tap}"), what) == ""
    assert "?lang=vi" in way_back(what, "vi", "")
