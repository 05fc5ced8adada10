"""Closing, hand-over and change of people in Debian's Chromium, at 360 px and on a desk, with the longest names."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ocop.trace import facts, handing_closing
from ocop.trace.certifying import Officer
from ocop.trace.registry import editing, tables, telling
from ocop.trace.registry.editing import producer_row
from ocop.trace.registry.ledger_store import By

from .test_browser import TEA, chromium, desk, serious, served, sideways

__all__ = ["chromium", "served"]
pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
MAKER = "htx-huong-van-tra"
HERE = f"/office/producers/{MAKER}"
PATHS = (HERE, f"{HERE}/close", f"{HERE}/people", f"{HERE}/hand-over", f"{HERE}/hand-over?to=%2B&all=1")


LONG = ("Hợp tác xã Nông nghiệp Công nghệ cao Dịch vụ Tổng hợp và Chế biến Chè đặc sản Tân Cương "
        "Hồng Thái Thịnh Đức Phúc Xuân Phúc Trìu Quyết Thắng thành phố Thái Nguyên (hư cấu)")  # fmt: skip


def fill_with_long_names(served: SimpleNamespace) -> None:
    """The maker and its tea at their longest, a story, a lot."""
    with served.room.store.begin() as session:
        maker = producer_row(session, MAKER)
        maker.name = LONG[:200]
        key = session.get_one(tables.ProductKey, TEA)
        text = session.get_one(tables.ProductText, (key.product_id, "vi"))
        text.name = "Trà Đinh Thượng Hạng Sao Tay Truyền Thống " * 4
        session.add_all([maker, text])
    served.office.tell(TEA)
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
    with served.room.store.begin() as session:
        by = By("chị Hà", served.room.now, LONG[:400])
        handing_closing.close(session, Officer("chị Hà", "Văn phòng"), MAKER, "died", by)
    with desk(chromium, served, width, height, color_scheme=scheme) as page:
        for name, path in (("closed", HERE), ("taken", f"{HERE}/data"), ("help", "/help/nghi-hoac-sang-ten")):
            page.goto(served.origin + path)
            assert sideways(page) <= 0, path
            assert serious(page) == [], path
            page.screenshot(path=tmp_path / f"{name}-{width}.png", full_page=True)


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


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_who_gets_the_products_is_found_among_many_by_words(
    chromium: Any, served: SimpleNamespace, scripts: bool, tmp_path: Path
) -> None:
    place = facts.Place("19", "tỉnh Thái Nguyên", "05503", "xã Tân Cương")
    with served.room.store.begin() as session:
        for number in range(1, 62):
            name = f"Tổ hợp tác Đồi Cọ {number:03d} {LONG[:140]}"
            editing.save_producer(
                session, facts.Producer(f"doi-{number:03d}", name, facts.ProducerKind.GROUP, place)
            )
    with desk(chromium, served, 360, 800, java_script_enabled=scripts) as page:
        page.goto(f"{served.origin}{HERE}/hand-over")
        main = page.locator("main")
        assert "Có 61 cơ sở" in main.inner_text()
        page.get_by_label("Tìm cơ sở nhận").fill("xoai")
        page.get_by_role("button", name="Tìm").click()
        assert "Không thấy cơ sở nào có “xoai”" in main.inner_text()
        page.get_by_label("Tìm cơ sở nhận").fill("doi co 0")
        page.get_by_label("Tìm cơ sở nhận").press("Enter")
        assert "danh sách chỉ hiện 50" in main.inner_text()
        assert page.get_by_label("Giao cho").locator("option").count() == 52
        page.get_by_label("Tìm cơ sở nhận").fill("doi co 033")
        page.get_by_role("button", name="Tìm").click()
        page.get_by_label("Giao cho").select_option("doi-033")
        assert page.locator("main").bounding_box()["width"] <= 360
        page.screenshot(path=tmp_path / "search-360.png", full_page=True)
        page.get_by_label("Tất cả 2 sản phẩm").check()
        page.get_by_role("button", name="Xem trước").click()
        assert "chuyển sang: Tổ hợp tác Đồi Cọ 033" in main.inner_text()
