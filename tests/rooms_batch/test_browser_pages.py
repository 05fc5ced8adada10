"""Every page about batches in Debian's Chromium: empty, full, broken; on a phone and on a desk."""

import re
from typing import Any

import pytest
from playwright.sync_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
PRODUCT = "/studio/products/09521234543213/batches"
BATCH = f"{PRODUCT}/L2609A"
Studio = Any

PAGES = ("", "/new", "/L2609A", "/L2609A/labels", "/L2609A/chips", "/L2609A/chips/write", "/L2609A/scans")


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("full", [False, True], ids=["empty", "full"])
def test_every_page_is_sound_empty_and_full(
    phone: Any, sound: Any, studio: Studio, full: bool, width: int, request: pytest.FixtureRequest
) -> None:
    if full:
        request.getfixturevalue("full_studio")
    else:
        studio.shop.issue()
    with phone(viewport={"width": width, "height": 740}) as page:
        for path in PAGES:
            page.goto(f"{studio.origin}{PRODUCT}{path}")
            sound(page)


def test_the_broken_states_are_sound(phone: Any, sound: Any, full_studio: Studio) -> None:
    with phone() as page:
        page.goto(f"{full_studio.origin}{PRODUCT}/review?ticket=a&lot=?&count=x&made=never&level=item")
        expect(page.get_by_role("alert")).to_be_visible()
        sound(page)
        page.goto(f"{full_studio.origin}{BATCH}/labels")
        page.get_by_label("Từ số").fill("1")
        page.get_by_role("button", name="Lấy tệp").click()
        expect(page.get_by_text("đã in lúc")).to_be_visible()
        sound(page)
        page.get_by_label("Tôi đã hủy tem cũ").check()
        with page.expect_download():
            page.get_by_role("button", name="Lấy tệp").click()


def test_a_link_for_a_shop_is_sound_open_and_spent(phone: Any, sound: Any, studio: Studio) -> None:
    studio.shop.issue()
    with phone() as page:
        page.goto(f"{studio.origin}{BATCH}/labels")
        page.get_by_role("button", name="Gửi tiệm in").click()
        found = re.search(r"http://\S+/studio/shop/\S+", page.locator(".copy").inner_text())
        assert found is not None
        sound(page)
    with phone(signed=False) as page:
        page.goto(found[0])
        sound(page)
        with page.expect_download():
            page.get_by_role("button", name="Tải tệp về").click()
        page.goto(found[0])
        expect(page.get_by_text("đã được tải rồi")).to_be_visible()
        sound(page)
