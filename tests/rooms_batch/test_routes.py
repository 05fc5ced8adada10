"""The rooms about batches as a browser asks them: every page, every refusal in words, nothing done twice."""

import re
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from ocop.trace import batching
from ocop.trace.batching_sheets import runs
from ocop.trace.registry.keystore_shut import ShutKeystore
from ocop.trace.registry.ledger_store import By
from ocop.trace.registry.tables import AuditEntry
from ocop.trace.rights import Role
from ocop.trace.signing.entries import Why
from ocop.trace.withdrawing import recall
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
    assert "1200 hộp" in words(got)


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
    assert maker.post(PRODUCT, {"lot": "X"}).headers["location"].startswith("/door/again")


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


def test_a_printed_batch_that_is_not_on_sale_nags_everywhere(studio: Studio) -> None:
    studio.shop.issue()
    maker = studio.person()
    assert "tem của lô này đã in" not in words(maker.get(BATCH)).lower()
    sheet = maker.post(f"{BATCH}/labels", {"ticket": "t1", "first": "1", "last": "21", "form": "pdf"})
    assert sheet.status_code == 200
    assert sheet.content.startswith(b"%PDF")
    assert 'filename="tra-huong-van-L2609A-000001-000021.pdf"' in sheet.headers["content-disposition"]
    for path in (BATCH, PRODUCT, "/studio/batches"):
        assert "tem của lô này đã in" in words(maker.get(path)).lower(), path
    maker.post(f"{BATCH}/release")
    assert "tem của lô này đã in" not in words(maker.get(BATCH)).lower()


def test_a_number_that_was_printed_is_asked_about_with_everything_kept(studio: Studio) -> None:
    studio.shop.issue()
    maker = studio.person()
    fields = {"ticket": "t1", "first": "1", "last": "5", "form": "csv", "stock": "a4-65"}
    assert maker.post(f"{BATCH}/labels", fields).status_code == 200
    assert maker.post(f"{BATCH}/labels", fields).status_code == 200
    again = maker.post(f"{BATCH}/labels", {**fields, "ticket": "t2", "last": "6"})
    assert again.status_code == 409
    assert "Số 1–5 đã in lúc" in words(again)
    assert 'value="a4-65" checked' in again.text
    assert (
        maker.post(f"{BATCH}/labels", {**fields, "ticket": "t2", "last": "6", "again": "1"}).status_code
        == 200
    )
    with studio.store.read() as session:
        assert [(run.last, run.reprint) for run in runs(session, GTIN, "L2609A")] == [(6, True), (5, False)]


@pytest.mark.parametrize(
    "values",
    [
        {"first": "0"},
        {"last": "301"},
        {"first": "9", "last": "3"},
        {"first": "x"},
        {"stock": "a4-999"},
        {"stock": "roll-9999x9999"},
        {"stock": "../x"},
        {"form": "exe"},
        {"ticket": "a b"},
        {"ticket": "x" * 100},
        {"ticket": ""},
    ],
)
def test_a_clumsy_order_is_told_and_prints_nothing(studio: Studio, values: dict[str, str]) -> None:
    studio.shop.issue()
    fields = {"ticket": "t1", "first": "1", "last": "5", "form": "csv", **values}
    got = studio.person().post(f"{BATCH}/labels", fields)
    assert got.status_code in {409, 422}
    assert "Xin xem lại chỗ này" in words(got)
    with studio.store.read() as session:
        assert runs(session, GTIN, "L2609A") == ()


def test_a_batch_that_is_called_back_prints_nothing_and_says_so(studio: Studio) -> None:
    studio.shop.issue()
    with studio.store.begin() as session:
        recall(
            session,
            GTIN,
            "L2609A",
            Why.SAFETY,
            By("phòng", studio.running.service.clock(), "mốc", "đừng dùng"),
        )
    maker = studio.person()
    assert "đang được thu hồi" in words(maker.get(BATCH))
    got = maker.post(f"{BATCH}/labels", {"ticket": "t1", "first": "1", "last": "5", "form": "csv"})
    assert got.status_code == 409
    assert maker.post(f"{BATCH}/release").status_code == 409


def test_the_test_sheet_waits_until_it_is_scanned(studio: Studio) -> None:
    studio.shop.issue()
    maker = studio.person()
    assert maker.get(f"{BATCH}/labels/test").status_code == 303
    assert maker.post(f"{BATCH}/labels/test", {"ticket": "t1", "stock": "a4-21"}).content.startswith(b"%PDF")
    assert "Đang chờ" in words(maker.get(f"{BATCH}/labels/test"))
    assert maker.get(f"{BATCH}/labels/test/seen").json() == {"seen": False}
    studio.shop.scan(4, studio.running.service.clock(), code="not_released")
    assert maker.get(f"{BATCH}/labels/test/seen").json() == {"seen": True}
    assert "Tem đọc được. In tiếp." in words(maker.get(f"{BATCH}/labels/test"))


def test_a_print_shop_gets_its_file_once_and_looking_spends_nothing(studio: Studio) -> None:
    studio.shop.issue()
    maker, shop = studio.person(), studio.anybody
    made = maker.post(
        f"{BATCH}/labels/shop", {"ticket": "t1", "first": "1", "last": "5", "form": "csv", "stock": "a4-21"}
    )
    assert made.status_code == 200
    found = re.search(r"/studio/shop/[A-Za-z0-9_-]{43}", made.text)
    assert found is not None
    link = found[0]
    assert link not in maker.get(f"{BATCH}/labels").text, "a link is shown once"
    for _ in range(3):
        assert "Tải tệp về" in words(shop.get(link))
    assert shop.post(link).headers["content-disposition"].startswith("attachment")
    second = shop.post(link)
    assert second.status_code == 410
    assert "đã được tải rồi" in words(second)
    assert "tiệm đã tải lúc" in words(maker.get(f"{BATCH}/labels"))
    assert log(studio) == ["sheet.shop", "sheet.shop.fetch"]


def test_after_a_day_and_after_taking_back_the_shop_reads_why(studio: Studio) -> None:
    studio.shop.issue()
    maker, shop = studio.person(), studio.anybody
    links = []
    for first in ("1", "6"):
        made = maker.post(
            f"{BATCH}/labels/shop", {"ticket": "t", "first": first, "last": "9", "form": "csv", "again": "1"}
        )
        links.append(re.search(r"/studio/shop/[A-Za-z0-9_-]{43}", made.text)[0])  # type: ignore[index]
    number = re.search(rf'action="{BATCH}/labels/shop/(\d+)/end"', maker.get(f"{BATCH}/labels").text)[1]  # type: ignore[index]
    assert maker.post(f"{BATCH}/labels/shop/{number}/end").status_code == 303
    assert "đã thu lại" in words(shop.post(links[1]))
    studio.later = timedelta(hours=24, seconds=1)
    assert "quá 24 giờ" in words(shop.get(links[0]))
    assert shop.post(links[0]).status_code == 410
    assert shop.get("/studio/shop/nope").status_code == 404


def test_scans_are_told_in_words_and_never_with_few_as_a_chart(studio: Studio) -> None:
    studio.shop.issue()
    maker, now = studio.person(), studio.running.service.clock()
    assert "Chưa ai quét lô này" in words(maker.get(f"{BATCH}/scans"))
    studio.shop.scan(3, now, lang="ja", times=3)
    few = maker.get(f"{BATCH}/scans")
    assert "đã được quét 3 lượt" in words(few)
    assert "<figure" not in few.text
    assert "日本語" not in few.text
    studio.shop.scan(4, now, times=60)
    studio.shop.scan(12, now, code="code_issued_often")
    full = maker.get(f"{BATCH}/scans")
    assert full.text.count("<figure") == 3
    assert "日本語" not in full.text, "three readers are too few to be named"
    assert "Số 12 được quét nhiều bất thường" in words(full)
    assert "Nghệ An" not in words(full)
    maker.post(f"{BATCH}/display", {"number": "12"})
    assert "Số 12 được quét nhiều" not in words(maker.get(f"{BATCH}/scans"))


def test_every_page_is_complete_in_english(studio: Studio) -> None:
    studio.shop.issue()
    maker = studio.person()
    for path in (
        PRODUCT,
        f"{PRODUCT}/new",
        BATCH,
        f"{BATCH}/labels",
        f"{BATCH}/chips",
        f"{BATCH}/chips/write",
        f"{BATCH}/scans",
    ):
        got = maker.get(f"{path}?lang=en")
        assert got.status_code == 200
        assert '<html lang="en"' in got.text, path


def test_a_page_that_stays_open_after_its_download_goes_on(studio: Studio) -> None:
    studio.shop.issue()
    maker, page = studio.person(), {"ticket": "t1", "form": "csv", "stock": "a4-21"}
    assert maker.post(f"{BATCH}/labels/test", page).status_code == 200
    assert maker.post(f"{BATCH}/labels", {**page, "first": "13", "last": "20"}).status_code == 200
    assert maker.post(f"{BATCH}/labels", {**page, "first": "21", "last": "30"}).status_code == 200
    assert maker.post(f"{BATCH}/labels/shop", {**page, "first": "31", "last": "40"}).status_code == 200
