"""The rooms about labels, print shops and scans as a browser asks them."""

import re
from datetime import timedelta
from typing import Any

import pytest
from ocop.trace.batching_sheets import runs
from ocop.trace.registry.ledger_store import By
from ocop.trace.registry.tables import AuditEntry
from ocop.trace.signing.entries import Why
from ocop.trace.withdrawing import recall
from sqlmodel import select

GTIN, PRODUCT = "09521234543213", "/studio/products/09521234543213/batches"
BATCH = f"{PRODUCT}/L2609A"
Studio = Any


def words(response: Any) -> str:
    return " ".join(re.sub(r"<[^>]*>", " ", response.text).split())


def log(studio: Studio) -> list[str]:
    with studio.store.read() as session:
        return [row.what for row in session.exec(select(AuditEntry)).all()]


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
