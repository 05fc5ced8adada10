"""Closing, hand-over and change of people in Debian's Chromium, at 360 px and on a desk, with the longest names."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ocop.trace import handing_closing
from ocop.trace.certifying import Line, Officer, Paper, Scope, enter_decision
from ocop.trace.registry import editing, feedback, tables, telling
from ocop.trace.registry.editing import producer_row
from sqlalchemy import select

from .test_browser import HAMMOCK, LEAF, TEA, chromium, desk, serious, served, sideways

__all__ = ["chromium", "served"]
pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
MAKER = "htx-huong-van-tra"
LONG = ("Hợp tác xã Nông nghiệp Công nghệ cao Dịch vụ Tổng hợp và Chế biến Chè đặc sản Tân Cương "
        "Hồng Thái Thịnh Đức Phúc Xuân Phúc Trìu Quyết Thắng thành phố Thái Nguyên (hư cấu)")  # fmt: skip
HERE = f"/office/producers/{MAKER}"
PATHS = (HERE, f"{HERE}/close", f"{HERE}/people", f"{HERE}/hand-over", f"{HERE}/hand-over?to=%2B&all=1")


def fill_with_long_names(served: SimpleNamespace) -> None:
    """Everything at its longest and fullest: names, stories with claims and copies, stars that end, reports."""
    room, today = served.room, date(2026, 11, 24)
    with room.store.begin() as session:
        maker = session.scalars(
            select(tables.Producer).where(tables.Producer.slug == "htx-huong-van-tra")
        ).one()
        maker.name, maker.detail = LONG[:200], "xóm Hồng Thái 2, tổ dân phố số 14, khu tái định cư Đồng Gốc"
        text = session.get(tables.ProductText, (session.get(tables.ProductKey, TEA).product_id, "vi"))
        text.name = "Trà Đinh Thượng Hạng Sao Tay Truyền Thống " * 4
        session.add_all([maker, text])
        session.flush()
        boss = Officer("x", "x", Scope())
        for number, (key, province) in enumerate(((TEA, "19"), (LEAF, "19"), (HAMMOCK, "40"))):
            paper = Paper(
                f"{number}303/QĐ-UBND", today - timedelta(days=1000), "Ủy ban nhân dân tỉnh Thái Nguyên"
            )
            first, soon, late = paper.signed_on, today + timedelta(days=20), today + timedelta(days=900)
            lines = [
                Line(1, province, LONG[:200], LONG[:200], 4, first, soon, key=key),
                Line(2, "19", LONG[:200], LONG[:200], 5, first, late),
            ]
            enter_decision(session, boss, paper, lines, room.now)
        feedback.add_report(
            session, feedback.ReportGiven(TEA, "seal", "vi", "L1", 3, "Tem lạ " * 200, "09"), room.now
        )
        editing.product_row(session, TEA)
    story = replace(served.office.story, title="Lớn lên cùng nương chè " * 8)
    served.office.tell(TEA, story)
    claim = "Uống trà này chữa bệnh. Tôi là nghệ nhân ưu tú."
    served.office.tell(LEAF, replace(story, answers=(*story.answers[:4], claim)))
    served.office.issue("L1234567890123456789", count=999_999)


def furnish(served: SimpleNamespace) -> Any:
    """The longest names, everything open, a wish that waits; returns somebody of the maker."""
    fill_with_long_names(served)
    with served.room.store.read() as session:
        number = producer_row(session, MAKER).id
    chief = served.room.person("producer", producer=number, name=LONG[:120])
    with served.room.store.begin() as session:
        for item in ("portrait", "voice", "phone", "press"):
            telling.give_consent(session, MAKER, item, person=LONG[:150], proof="giấy", at=served.room.now)
        handing_closing.ask(
            session, number or 0, chief.person_id, "Chúng tôi già yếu. " * 40, served.room.now
        )
    return chief


@pytest.mark.parametrize(("width", "height", "scheme"), [(360, 800, "light"), (1280, 900, "dark")],
                         ids=["phone", "desk in the dark"])  # fmt: skip
def test_every_page_holds_the_longest_names(
    chromium: Any, served: SimpleNamespace, width: int, height: int, scheme: Any, tmp_path: Path
) -> None:
    chief = furnish(served)
    with desk(chromium, served, width, height, color_scheme=scheme) as page:
        for path in PATHS:
            page.goto(served.origin + path)
            assert sideways(page) <= 0, path
            assert serious(page) == [], path
            page.screenshot(
                path=tmp_path / f"{path.split('/')[-1].partition('?')[0]}-{width}.png", full_page=True
            )
    mine = SimpleNamespace(origin=served.origin, cookie=chief.cookies["__Host-ocop"])
    with desk(chromium, mine, width, height, color_scheme=scheme) as page:
        page.goto(f"{served.origin}/studio/producers/{MAKER}/data")
        assert sideways(page) <= 0
        assert serious(page) == []
        page.screenshot(path=tmp_path / f"data-{width}.png", full_page=True)


@pytest.mark.parametrize(("width", "height"), [(360, 800), (1280, 900)], ids=["phone", "desk"])
def test_an_office_hands_over_closes_and_opens_again(
    chromium: Any, served: SimpleNamespace, width: int, height: int, tmp_path: Path
) -> None:
    served.office.issue("L1")
    with desk(chromium, served, width, height) as page:
        page.goto(served.origin + HERE)
        page.get_by_role("link", name="Bàn giao sản phẩm").click()
        page.get_by_label("Giao cho").select_option("+")
        page.get_by_label("Tất cả 2 sản phẩm").check()
        page.get_by_role("button", name="Xem trước").click()
        assert "2 sản phẩm của HTX Hương Vân Trà" in page.locator("main").inner_text()
        page.get_by_label("Tên", exact=False).first.fill("HTX Chè Mới Tân Cương")
        page.get_by_label("Xã", exact=False).first.select_option("05503")
        page.get_by_label("Lý do").fill("hộ lên hợp tác xã")
        page.get_by_role("button", name="Bàn giao").click()
        assert (
            "Đã bàn giao 2 sản phẩm cho HTX Chè Mới Tân Cương" in page.locator(".notice").first.inner_text()
        )
        page.get_by_role("link", name="Ngừng hoạt động").click()
        page.get_by_label("Vì sao").select_option("dissolved")
        page.get_by_label("Lý do").fill("giải thể")
        page.get_by_label("Tôi đã xem các con số trên").check()
        page.get_by_role("button", name="Đóng cơ sở này").click()
        assert "Đã ngừng hoạt động" in page.locator("main").inner_text()
        page.screenshot(path=tmp_path / f"closed-{width}.png", full_page=True)
        page.goto(f"{served.origin}/products/{TEA}")
        assert "Cơ sở đã ngừng hoạt động từ" in page.locator("main").inner_text()
        page.screenshot(path=tmp_path / f"product-{width}.png", full_page=True)
        page.go_back()
        page.get_by_role("link", name="Mở lại cơ sở").click()
        page.get_by_label("Lý do").fill("đóng nhầm")
        page.get_by_role("button", name="Mở lại").click()
        assert "hoạt động lại" in page.locator(".notice").first.inner_text()
