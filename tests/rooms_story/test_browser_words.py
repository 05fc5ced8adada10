"""Words typed in a browser survive a lost connection, a closed browser and another writer."""

import pytest
from playwright.sync_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
GTIN = "09521234543213"


def saved(page):
    expect(page.locator("#saved")).to_contain_text("Đã lưu lúc")


def test_words_survive_a_lost_connection_and_a_closed_browser(signed_in, house):
    maker = house.person("producer", producer=1, name="Nguyễn Thị Vân")
    story = f"{house.settings.public_url}/studio/products/{GTIN}/story/vi"
    with signed_in(maker) as page:
        page.goto(story)
        page.fill("#title", "Lớn lên cùng nương chè")
        saved(page)
        page.context.set_offline(True)
        page.fill("#answer-1", "Mẹ tôi dạy, từ năm tôi mười hai tuổi.")
        expect(page.locator("#saved")).to_contain_text("Mất mạng")
        page.context.set_offline(False)
        saved(page)
        assert house.rows("SELECT content FROM story_draft")[0][0].count("mười hai tuổi") == 1
        page.context.set_offline(True)
        page.fill("#answer-2", "Giữ lửa đều tay.")
        expect(page.locator("#saved")).to_contain_text("Mất mạng")
        page.context.set_offline(False)
        page.evaluate("window.stop()")
        page.close()
        again = page.context.new_page()
        again.goto(story)
        assert again.input_value("#answer-2") == "Giữ lửa đều tay."
        again.fill("#lead", "Năm giờ sáng.")
        saved(again)
        again.reload()
        assert again.input_value("#answer-2") == "Giữ lửa đều tay."
        assert again.evaluate("localStorage.length") == 0


def test_two_who_write_at_once_both_keep_their_words(signed_in, house, open_to_everybody):
    van = house.person("producer", producer=1, name="Nguyễn Thị Vân")
    minh = house.person("producer", producer=1, name="Cháu Minh")
    story = f"{house.settings.public_url}/studio/products/{GTIN}/story/vi"
    with signed_in(van) as first, signed_in(minh) as second:
        first.goto(story)
        second.goto(story)
        first.fill("#title", "Lớn lên cùng nương chè")
        saved(first)
        second.fill("#title", "Nương chè của mẹ")
        link = second.locator("#saved a")
        expect(link).to_contain_text("Người khác đã lưu trước")
        link.click()
        assert second.input_value("#title") == "Nương chè của mẹ"
        expect(second.locator(".theirs")).to_contain_text("Lớn lên cùng nương chè")
        open_to_everybody(second)
        second.click("button[value=mine]")
        assert second.input_value("#title") == "Nương chè của mẹ"
