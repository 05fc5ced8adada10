"""Facts and dictation in Debian's Chromium: words outlive connection and browser; who listens is said first."""

import pytest
from playwright.sync_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
GTIN = "09521234543213"
MAKING = f"/studio/products/{GTIN}/facts/making"
ORIGIN, FOOD = "[name='origin.vi']", "[name='ingredients.vi']"
EAR = """
window.SpeechRecognition = class {
  start() { window.listened = (window.listened || 0) + 1;
    const words = Object.assign([{ transcript: "mẹ dạy tôi" }], { isFinal: true });
    this.onresult({ resultIndex: 0, results: [words] }); }
  stop() { this.onend(); }
};
"""


def test_what_was_typed_survives_a_closed_page_and_a_lost_connection(signed_in, house):
    maker = house.person("producer", producer=1)
    with signed_in(maker) as page:
        page.goto(f"{house.settings.public_url}{MAKING}")
        page.fill(ORIGIN, "Đồi chè  Tân Cương ")
        other = page.context.new_page()
        page.close()
        other.goto(f"{house.settings.public_url}{MAKING}")
        expect(other.locator(ORIGIN)).to_have_value("Đồi chè  Tân Cương")
        expect(other.locator("#saved")).to_contain_text("Đã lấy lại phần viết dở")
        other.context.set_offline(True)
        other.fill(FOOD, "Búp chè")
        other.click("text=Lưu và sang trang sau")
        expect(other.locator("#saved")).to_contain_text("Mất mạng")
        expect(other.locator(FOOD)).to_have_value("Búp chè")
        other.context.set_offline(False)
        expect(other.locator("#saved")).to_contain_text("Đã có mạng")
        other.click("text=Lưu và sang trang sau")
        expect(other.locator("main")).to_contain_text("Đã lưu")
        other.goto(f"{house.settings.public_url}{MAKING}")
        expect(other.locator(FOOD)).to_have_value("Búp chè")
        expect(other.locator("#saved")).to_be_empty()


def test_words_that_waited_on_a_phone_do_not_overwrite_what_came_meanwhile(signed_in, house):
    first, second = house.person("producer", producer=1), house.person("producer", producer=1)
    with signed_in(first) as page, signed_in(second) as other:
        page.goto(f"{house.settings.public_url}{MAKING}")
        page.fill(ORIGIN, "Đồi chè của bà")
        other.goto(f"{house.settings.public_url}{MAKING}")
        other.fill(ORIGIN, "Đồi chè của ông")
        other.click("text=Lưu và sang trang sau")
        expect(other.locator("main")).to_contain_text("Đã lưu")
        page.reload()
        expect(page.locator(ORIGIN)).to_have_value("Đồi chè của bà")
        page.click("text=Lưu và sang trang sau")
        expect(page.locator("main")).to_contain_text("Đồi chè của ông")
        expect(page.locator(ORIGIN)).to_have_value("Đồi chè của bà")
        page.click("text=Lưu và sang trang sau")
        expect(page.locator("main")).to_contain_text("Đã lưu")
    assert house.rows("SELECT origin FROM product_text WHERE lang = 'vi'") == [("Đồi chè của bà",)]


def test_who_hears_a_dictation_is_said_before_the_first_one_and_remembered(
    signed_in, house, open_to_everybody
):
    maker = house.person("producer", producer=1)
    with signed_in(maker) as page:
        page.add_init_script(EAR)
        page.goto(f"{house.settings.public_url}/studio/products/{GTIN}/story/vi")
        button = page.locator("[data-dictate] button.dictate").first
        button.click()
        expect(page.locator(".asks")).to_contain_text("gửi tới hãng làm ra trình duyệt")
        assert page.evaluate("window.listened || 0") == 0
        open_to_everybody(page)
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        expect(page.locator(".asks")).to_have_count(0)
        expect(page.locator("#answer-1")).to_be_focused()
        assert page.evaluate("window.listened || 0") == 0
        button.click()
        page.keyboard.press("Enter")
        expect(page.locator("#answer-1")).to_have_value("mẹ dạy tôi")
        button.click()
        button.click()
        assert page.evaluate("window.listened") == 2
        expect(page.locator(".asks")).to_have_count(0)
