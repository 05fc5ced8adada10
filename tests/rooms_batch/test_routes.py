"""The rooms about batches as a browser asks them: every page, every refusal in words, nothing done twice."""

import re
from typing import Any
from urllib.parse import urlencode

import pytest
from ocop.trace import batching
from ocop.trace.registry.keystore_shut import ShutKeystore
from ocop.trace.registry.tables import AuditEntry
from ocop.trace.rights import Role
from sqlmodel import select

GTIN, PRODUCT = "09521234543213", "/studio/products/09521234543213/batches"
BATCH = f"{PRODUCT}/L2609A"
Studio = Any


def words(response: Any) -> str:
    return " ".join(re.sub(r"<[^>]*>", " ", response.text).split())


def hidden(page: str) -> dict[str, str]:
    return {
        name: value
        for name, value in re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page)
        if name != "csrf"
    }


def asked(**more: str) -> str:
    given = {
        "ticket": "abc123",
        "lot": "L261123A",
        "made": "2026-11-01",
        "level": "item",
        "count": "300",
        **more,
    }
    return f"{PRODUCT}/review?{urlencode(given)}"


def log(studio: Studio) -> list[str]:
    with studio.store.read() as session:
        return [row.what for row in session.exec(select(AuditEntry)).all()]


def test_a_batch_is_read_once_more_issued_and_put_on_sale(studio: Studio) -> None:
    maker = studio.person()
    form = maker.get(f"{PRODUCT}/new")
    assert form.status_code == 200
    assert 'value="300"' not in form.text
    look = maker.get(asked(here="1", place="asked"))
    assert look.status_code == 200
    assert "300 hộp" in words(look)
    assert "xã Bến Mây" in words(look)
    done = maker.post(PRODUCT, hidden(look.text))
    assert (done.status_code, done.headers["location"]) == (303, f"{PRODUCT}/L261123A")
    page = maker.get(f"{PRODUCT}/L261123A")
    assert "Mở bán lô này" in words(page)
    assert maker.post(f"{PRODUCT}/L261123A/release").status_code == 303
    assert "Mở bán lô này" not in words(maker.get(f"{PRODUCT}/L261123A"))
    assert log(studio) == ["batch.issue", "batch.release"]


def test_a_double_tap_is_one_batch_and_one_line_of_the_log(studio: Studio) -> None:
    maker = studio.person()
    fields = hidden(maker.get(asked()).text)
    first, second = maker.post(PRODUCT, fields), maker.post(PRODUCT, fields)
    assert first.headers["location"] == second.headers["location"]
    assert log(studio) == ["batch.issue"]
    with studio.store.read() as session:
        assert len(batching.of_product(session, GTIN)) == 1


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"count": "0"}, "count"),
        ({"count": "1000000"}, "count"),
        ({"count": "ba trăm"}, "count"),
        ({"count": ""}, "count"),
        ({"lot": "lô số 1"}, "lot"),
        ({"lot": "L" * 21}, "lot"),
        ({"lot": "<script>"}, "lot"),
        ({"lot": "../../x"}, "lot"),
        ({"made": "2126-01-01"}, "made"),
        ({"made": "31/02/2026"}, "made"),
        ({"made": ""}, "made"),
        ({"expiry": "2026-10-01"}, "expiry"),
        ({"expiry": "sang năm"}, "expiry"),
        ({"ticket": "' OR 1"}, "lot"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_nothing_typed_is_lost(
    studio: Studio, values: dict[str, str], field: str
) -> None:
    got = studio.person().get(asked(**{"expiry": "2027-01-01", **values}))
    assert got.status_code == 422
    assert f'id="{field}-problem"' in got.text
    kept = values.get("lot", "L261123A").replace("<", "&lt;").replace(">", "&gt;")
    assert f'value="{kept}"' in got.text
    assert "<script>" not in got.text.replace('<script src="', "")


def test_dates_and_numbers_may_be_typed_as_people_write_them(studio: Studio) -> None:
    got = studio.person().get(asked(made="1/11/2026", count="1.200"))
    assert got.status_code == 200
    assert "1.200 hộp" in words(got)


def test_a_lot_that_is_taken_is_said_and_nothing_is_issued(studio: Studio) -> None:
    studio.shop.issue("L261123A")
    maker = studio.person()
    got = maker.post(PRODUCT, hidden(maker.get(asked()).text))
    assert got.status_code == 409
    assert "đã dùng cho một lô khác" in words(got)


def test_a_shut_keystore_is_one_clear_sentence(studio: Studio) -> None:
    studio.running.service.keystore = ShutKeystore(studio.data, "expected an open keystore, got a shut one")
    maker = studio.person()
    got = maker.post(PRODUCT, hidden(maker.get(asked()).text))
    assert got.status_code == 409
    assert "không ký mã được" in words(got)
    with studio.store.read() as session:
        assert batching.of_product(session, GTIN) == ()


def test_before_issuing_one_proves_to_be_it_and_comes_back_to_the_same_words(studio: Studio) -> None:
    maker = studio.person(proved=False)
    got = maker.get(asked())
    assert got.status_code == 303
    assert got.headers["location"].startswith("/door/again?next=")
    assert "L261123A" in got.headers["location"]
    late = maker.post(PRODUCT, {"lot": "X"})
    assert "Những gì anh chị vừa nhập vẫn còn nguyên" in words(late)
    assert f"[&#34;{PRODUCT}&#34;,[[&#34;lot&#34;,&#34;X&#34;]]]" in late.text


def test_another_makers_batch_is_not_there(studio: Studio) -> None:
    studio.shop.issue()
    other = studio.person(producer=2)
    for path in (
        PRODUCT,
        BATCH,
        f"{BATCH}/labels",
        f"{BATCH}/scans",
        f"{BATCH}/chips",
        f"{BATCH}/chips/write",
    ):
        assert other.get(path).status_code == 404, path
    for path in (
        "release",
        "display",
        "labels",
        "labels/test",
        "labels/shop",
        "chips/bind",
        "chips/readback",
    ):
        assert other.post(f"{BATCH}/{path}").status_code == 404, path
    assert log(studio) == []


def test_an_office_sees_a_batch_and_may_not_print_it(studio: Studio) -> None:
    studio.shop.issue()
    office = studio.person(Role.PROVINCE)
    assert office.get(BATCH).status_code == 200
    assert "In tem" not in words(office.get(BATCH))
    assert office.get(f"{BATCH}/labels").status_code == 403
    assert office.post(f"{BATCH}/release").status_code == 403


@pytest.mark.parametrize("path", ["L9", "l2609a", "%00", "L2609A%2F", "..", "L2609A'--"])
def test_a_lot_that_is_not_there_is_not_found(studio: Studio, path: str) -> None:
    studio.shop.issue()
    assert studio.person().get(f"{PRODUCT}/{path}/labels").status_code == 404


def test_display_in_one_tap_and_back(studio: Studio) -> None:
    studio.shop.issue()
    maker = studio.person()
    assert maker.post(f"{BATCH}/display", {"number": "12"}).status_code == 303
    assert maker.post(f"{BATCH}/display", {"number": "12"}).status_code == 303
    assert "Món số 12 đang trưng bày" in words(maker.get(BATCH))
    assert maker.post(f"{BATCH}/display/end", {"number": "12"}).status_code == 303
    assert "đang trưng bày" not in words(maker.get(BATCH))
    for number in ("0", "301", "x", "", "1" * 30, "-1"):
        got = maker.post(f"{BATCH}/display", {"number": number})
        assert got.status_code == 422
        assert "Lô này không có số đó" in words(got)
