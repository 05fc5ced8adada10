"""The short way of a usual scan gives what the full way gives, and leaves to the full way whatever is not usual."""

from datetime import timedelta

import pytest
from ocop.trace import withdrawing
from ocop.trace.api import story
from ocop.trace.registry.ledger_store import By
from ocop.trace.signing.entries import Why

GTIN = "09521234543213"
PHONE = {
    "accept-language": "vi-VN,vi;q=0.9",
    "user-agent": "Mozilla/5.0 (Linux; Android 9) Chrome/138.0 Mobile",
}


@pytest.fixture
def full_way(monkeypatch) -> list[str]:
    """The paths that were answered by the full way, in order."""
    taken: list[str] = []
    answer = story.answer

    def told(service, request, judged):
        taken.append(request.raw_path.decode())
        return answer(service, request, judged)

    monkeypatch.setattr(story, "answer", told)
    return taken


@pytest.fixture
def warm(serving, link, full_way):
    """A worker that has just shown item 1 of the lot to somebody else."""

    def start(lot: str = "L1", **settings):
        worker = serving(**settings)
        assert worker.ask("/story" + link(lot, "000001"), headers=PHONE, client="192.0.2.1").status == 200
        full_way.clear()
        return worker

    return start


@pytest.mark.parametrize("languages", ["vi-VN,vi;q=0.9", "en", "ko-KR", "", "de"])
def test_both_ways_give_the_same_bytes_and_the_same_row(serving, link, full_way, languages) -> None:
    headers = {"user-agent": PHONE["user-agent"]} | ({"accept-language": languages} if languages else {})
    target = "/story" + link(serial="000012")
    full, short = serving(), serving()
    first = full.ask(target, headers=headers)
    short.ask("/story" + link(serial="000001"), headers=headers, client="192.0.2.1")
    full_way.clear()
    second = short.ask(target, headers=headers)
    assert full_way == []
    assert second == first
    assert short.scans()[1:] == full.scans()
    assert [mark.item for mark in short.service.sightings.take_marks()][1:] == [f"{GTIN}/L1/000012"]


def test_the_minute_of_the_answer_is_its_own(warm, link, full_way) -> None:
    worker = warm()
    worker.now += timedelta(minutes=7)
    page = worker.ask("/story" + link(), headers=PHONE)
    assert full_way == []
    assert worker.now.isoformat(timespec="seconds") in page.text


@pytest.mark.parametrize("place", [0, 1, 7, 60, 100, 161])
def test_a_changed_digit_is_not_issued(warm, link, altered, place) -> None:
    assert warm().ask("/story" + altered(link(), place), headers=PHONE).code == "not_issued"


def test_the_code_of_another_item_is_not_issued(warm, link) -> None:
    target = link(serial="000012").replace("/21/000012", "/21/000013")
    assert warm().ask("/story" + target, headers=PHONE).code == "not_issued"


def test_a_serial_that_the_batch_lacks_is_for_the_full_way(warm, link, full_way) -> None:
    worker = warm()
    assert worker.ask("/story" + link(serial="999999"), headers=PHONE).code == "not_issued"
    assert full_way


@pytest.mark.parametrize(
    ("name", "value"),
    [("sec-fetch-site", "same-origin"), ("x-moz", "other"), ("purpose", "other"), ("sec-purpose", "other")],
)
def test_a_view_that_tells_more_of_itself_goes_the_full_way(warm, link, full_way, name, value) -> None:
    worker = warm()
    assert worker.ask("/story" + link(), headers={**PHONE, name: value}).code == "code_issued"
    assert full_way


def test_a_prefetch_is_refused_on_a_beaten_path_too(warm, link) -> None:
    worker = warm()
    assert worker.ask("/story" + link(), headers={**PHONE, "sec-purpose": "prefetch"}).status == 503
    assert len(worker.scans()) == 1


def test_head_another_query_and_another_language_go_the_full_way(warm, link, full_way) -> None:
    worker = warm()
    assert worker.ask("/story" + link(), "HEAD", PHONE).body == b""
    for query in ("&lang=en", "&x=1", "&s=0"):
        worker.ask("/story" + link() + query, headers=PHONE)
    worker.ask("/story" + link(), headers={**PHONE, "accept-language": "fr"})
    assert len(full_way) == 5
    assert len(worker.scans()) == 2, "item 1, and item 12 in one visit"


def test_the_second_look_within_half_an_hour_is_not_counted_again(warm, link, full_way) -> None:
    worker = warm()
    for _ in range(3):
        assert worker.ask("/story" + link(), headers=PHONE).code == "code_issued"
    assert full_way == []
    assert len(worker.scans()) == 2


def test_a_robot_is_shown_the_page_and_not_counted(warm, link) -> None:
    worker = warm()
    robot = {**PHONE, "user-agent": "Googlebot/2.1"}
    assert worker.ask("/story" + link(), headers=robot).code == "code_issued"
    assert len(worker.scans()) == 1


def test_an_item_met_often_says_so_and_every_visit_counts_once(warm, link, networks) -> None:
    worker = warm()
    codes = [worker.ask("/story" + link(), headers=PHONE, client=client).code for client in networks(60)]
    assert codes[0] == "code_issued"
    assert codes[-1] == "code_issued_often"
    assert codes == sorted(codes), "once often, often for the day"
    assert [row[3] for row in worker.scans()[1:]] == codes


def test_an_act_shows_at_the_next_scan(warm, serving, link, furnished) -> None:
    worker = warm()
    office = serving(beside=worker)
    office.act(
        withdrawing.recall, GTIN, "L1", Why.SAFETY, By("anh Tín", furnished.now, "thử", "xin đừng dùng")
    )
    assert worker.ask("/story" + link(), headers=PHONE).code == "recalled"


def test_the_next_civil_day_is_judged_anew(warm, link, full_way) -> None:
    worker = warm()
    worker.now += timedelta(days=1)
    worker.ask("/story" + link(), headers=PHONE)
    assert full_way
    worker.now -= timedelta(days=2)  # a clock that is set back
    worker.ask("/story" + link(), headers=PHONE, client="192.0.2.77")
    assert len(full_way) == 2


def test_a_store_that_is_gone_is_our_fault(warm, link) -> None:
    worker = warm()
    (worker.settings.data / "ocop.db").rename(worker.settings.data / "away.db")
    page = worker.ask("/story" + link(), headers=PHONE)
    assert (page.status, page.code) == (503, "cannot_say")
    (worker.settings.data / "away.db").rename(worker.settings.data / "ocop.db")


def test_a_long_list_of_languages_is_not_kept(warm, link, full_way) -> None:
    worker = warm()
    long = {**PHONE, "accept-language": ",".join(["vi"] * 200)}
    for serial in ("000012", "000013"):
        worker.ask("/story" + link(serial=serial), headers=long)
    assert len(full_way) == 2
