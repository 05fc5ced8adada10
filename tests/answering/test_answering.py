"""A reader follows a report by a number that nobody else can have, and that is kept nowhere."""

import doctest
import hashlib
import re
from datetime import UTC, datetime
from typing import Any

import ocop.trace.answering as answering
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ocop.trace.answering import follow_number, keep_report, look_up, read_number
from ocop.trace.registry import feedback, tables
from ocop.trace.registry.feedback import ReportGiven
from ocop.trace.registry.store import Store

NOW = datetime(2026, 11, 23, 4, 5, 6, tzinfo=UTC)
ITEM = "/01/09521234543213/10/L1/21/000012"
NUMBER = re.compile(r"[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}")


@given(st.binary(min_size=8, max_size=8))
def test_a_number_is_read_however_it_is_typed(fresh: bytes) -> None:
    number = follow_number(fresh)
    assert NUMBER.fullmatch(number)
    bare = number.replace("-", "")
    for typed in (number, number.lower(), bare, f" {number[:4]} {number[5:9]} {number[10:]} "):
        assert read_number(typed) == bare
    assert read_number(bare.replace("0", "O").replace("1", "l")) == bare


@pytest.mark.parametrize(
    "typed", ["", "7K3M", "7K3M-9X2P-Q4TDX", "U" * 12, "Ω" * 12, "' OR 1=1 --", "٠" * 12]
)
def test_what_is_no_number_leads_nowhere(sqlite_store: Store, typed: str) -> None:
    with sqlite_store.read() as session:
        assert look_up(session, typed) is None


def test_a_report_is_found_by_its_number_alone_through_all_its_states(store: Store) -> None:
    number = follow_number(b"12345678")
    with store.begin() as session:
        keep_report(session, ReportGiven("09521234543213", "seal", "vi", contact="0912"), number, NOW)
        assert look_up(session, number) == answering.Followed("new", NOW)
        for state, words in (("working", ""), ("answered", "Đã hỏi cửa hàng.")):
            session.add(tables.ReportStep(report_id=1, state=state, words=words, officer="Mai", at=NOW))
            session.flush()
        assert look_up(session, number) == answering.Followed("answered", NOW, "Đã hỏi cửa hàng.")
        feedback.close_report(session, 1, outcome="tem cũ", now=NOW)
        assert look_up(session, number) == answering.Followed("closed", NOW, "Đã hỏi cửa hàng.")
        neighbour = number[:-1] + ("0" if number[-1] != "0" else "1")
        assert look_up(session, neighbour) is None


def test_the_page_gives_a_number_and_the_number_gives_the_state(room: Any) -> None:
    reader = room.client()
    said = reader.post(f"/report{ITEM}", {"kind": "seal", "text": "Nắp hở", "lang": "vi"})
    number = NUMBER.search(said.words)[0]  # type: ignore[index]
    other = NUMBER.search(reader.post(f"/report{ITEM}", {"kind": "seal"}).words)[0]  # type: ignore[index]
    assert number != other
    found = reader.post("/follow", {"number": number.lower(), "lang": "vi"})
    assert (found.status, found.header("cache-control")) == (200, "no-store")
    assert "Đã nhận, đang chờ người đọc." in found.words
    assert number not in found.text
    assert "Không có báo cáo nào mang số này" in reader.post("/follow", {"number": "0000-0000-0000"}).words
    held = room.rows("SELECT mark FROM report_follow")
    assert (hashlib.sha256(number.replace("-", "").encode()).digest(),) in held
    assert number.replace("-", "").encode() not in (room.data / "ocop.db").read_bytes()


@pytest.mark.parametrize("lang", ["vi", "en", "zh-Hans", "ko", "zh-Hant", "ja", "ru", "fr"])
def test_a_reader_of_any_language_gets_the_number_and_knows_what_the_contact_is_for(
    room: Any, lang: str
) -> None:
    reader = room.client()
    said = reader.post(f"/report{ITEM}", {"kind": "seal", "lang": lang})
    assert NUMBER.search(said.words)
    assert f'href="/follow?lang={lang}"' in said.text
    assert reader.get(f"/follow?lang={lang}").status == 200
    assert "contact" in reader.get(f"/report{ITEM}?lang={lang}").text


def test_numbers_can_not_be_tried_by_a_script_and_no_form_of_another_site_is_taken(room: Any) -> None:
    reader = room.client()
    assert [reader.post("/follow", {"number": f"{n:012}"}).status for n in range(12)] == [200] * 10 + [
        429
    ] * 2
    reader.address = "198.51.100.7"
    assert reader.post("/follow", {"number": "x"}, origin="https://evil.example").status == 403
    assert reader.post("/follow", {"number": "<script>alert(1)</script>"}).status == 200
    assert reader.get("/follow/more").status == 404
    assert reader.post("/follow/more", {"number": "x"}).status == 404


def test_the_examples_of_the_specification_hold() -> None:
    assert doctest.testmod(answering).failed == 0
