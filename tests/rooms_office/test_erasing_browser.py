"""The page that erases in Debian's Chromium: a long list in parts, records that stay, a picture and a clip."""

import io
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ocop.trace import certifying_requests
from ocop.trace.certifying import Officer, Scope
from ocop.trace.facts import Story
from ocop.trace.registry import tables, telling
from ocop.trace.registry.media import keep_photo
from PIL import Image

from .test_browser import TEA, chromium, desk, serious, served, sideways

__all__ = ["chromium", "served"]
pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
MAKER, NAME, HERE = "htx-huong-van-tra", "Nguyễn Thị Hoa", "/office/requests/1/person"
LONG = "Hợp tác xã Dịch vụ Nông nghiệp Tổng hợp và Du lịch cộng đồng Nghiêm Xuyên Thượng Nguyễn Quỳnh Hương"


def furnish(served: SimpleNamespace) -> str:
    """A picture whose consent is over, more reports than one part holds, a label with the name; the picture's name."""
    room, out = served.room, io.BytesIO()
    Image.effect_noise((900, 700), 40).convert("RGB").save(out, "JPEG")
    photo = keep_photo(room.data, out.getvalue())
    with room.store.begin() as session:
        telling.save_photo(session, photo)
        story = Story("vi", LONG[:100], "", ("a", "", "", "", ""), teller=NAME, portrait=photo)
        telling.save_story(session, TEA, story, room.now.date())
        telling.give_consent(
            session, MAKER, "portrait", person=f"{NAME} {LONG[:100]}", proof="giấy", at=room.now
        )
        telling.withdraw_consent(session, MAKER, "portrait", at=room.now)
        for _ in range(230):
            session.add(
                tables.Report(key=TEA, kind="seal", lang="vi", at=room.now, words=f"Bà {NAME} {LONG}")
            )
        session.get_one(tables.ProductText, (1, "vi")).usage = f"{LONG} {NAME} {LONG}"
        given = certifying_requests.Given("delete", NAME, "Xin xóa", province="19")
        certifying_requests.file(session, given, "0000-0000-0001", room.now)
        certifying_requests.take(session, Officer("Hà", "VP", Scope("19")), 1, room.now)
    return photo.name


@pytest.mark.parametrize(("width", "height", "scheme"), [(360, 800, "light"), (1280, 900, "dark")],
                         ids=["phone", "desk in the dark"])  # fmt: skip
def test_a_long_list_its_records_and_a_hidden_picture(
    chromium: Any, served: SimpleNamespace, width: int, height: int, scheme: Any, tmp_path: Path
) -> None:
    name = furnish(served)
    with desk(chromium, served, width, height, color_scheme=scheme) as page:
        page.goto(served.origin + HERE)
        assert sideways(page) <= 0
        assert serious(page) == []
        assert "đây là chỗ 1 đến 200" in page.locator("main").inner_text()
        page.screenshot(path=tmp_path / f"first-{width}.png", full_page=True)
        seen = page.get_by_role("link", name=f"ảnh {name[:6]} của").get_attribute("href")
        assert Image.open(io.BytesIO(page.request.get(served.origin + seen).body())).size == (720, 560)
        page.get_by_role("button", name="Xem phần sau").click()
        text = page.locator("main").inner_text()
        assert "đây là chỗ 201 đến" in text
        assert "Tên hay số còn trong hồ sơ: 1 chỗ" in text
        assert sideways(page) <= 0
        assert serious(page) == []
        page.screenshot(path=tmp_path / f"next-{width}.png", full_page=True)
        page.get_by_role("button", name="Xem phần trước").click()
        assert "đây là chỗ 1 đến 200" in page.locator("main").inner_text()
