"""Pages about batches in Debian's Chromium when something is wrong, and the page for a print shop."""

import re
from typing import Any

import pytest
from playwright.sync_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
PRODUCT = "/studio/products/09521234543213/batches"
BATCH = f"{PRODUCT}/L2609A"
Studio = Any


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
