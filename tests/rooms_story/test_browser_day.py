"""A maker's day in Debian's Chromium at 360 px: a picture, her voice, going live, with and without a script."""

import pytest
from playwright.sync_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
GTIN = "09521234543213"


def saved(page):
    expect(page.locator("#saved")).to_contain_text("Đã lưu lúc")


def test_a_voice_is_recorded_by_holding_a_button(signed_in, house):
    maker = house.person("producer", producer=1)
    with signed_in(maker) as page:
        page.goto(f"{house.settings.public_url}/studio/products/{GTIN}/story/vi")
        hold = page.locator("#hold")
        hold.scroll_into_view_if_needed()
        hold.hover()
        page.mouse.down()
        expect(hold).to_have_text("Thả ra để dừng")
        expect(page.locator("#clock")).to_have_text("2 / 60 giây")
        page.mouse.up()
        expect(page.locator("#heard")).to_be_visible()
        page.click("#again")
        expect(page.locator("#heard")).to_be_hidden()
        hold.focus()
        page.keyboard.press("Space")
        expect(page.locator("#clock")).to_have_text("2 / 60 giây")
        page.keyboard.press("Space")
        page.click("#send")
        clip = page.locator("#voice-card audio[src^='/media/']")
        expect(clip).to_be_visible()
        expect(page.locator("#voice-card")).to_contain_text("chưa có lời đồng ý")
        assert clip.get_attribute("autoplay") is None
        clip.evaluate("a => { a.muted = true; }")
        played = (
            "a => new Promise(yes => { a.ontimeupdate = () => a.currentTime > 0.2 && yes(1); a.play(); })"
        )
        assert clip.evaluate(played) == 1
    assert house.rows("SELECT seconds BETWEEN 1 AND 4, size < 250000 FROM voice") == [(1, 1)]


def test_a_maker_gets_from_nothing_to_a_live_story(signed_in, house, drawn, tmp_path, open_to_everybody):
    """The whole way by taps and typing, as few as a person needs."""
    maker = house.person("producer", producer=1, name="Nguyễn Thị Vân")
    picture = tmp_path / "anh.jpg"
    picture.write_bytes(drawn())
    with signed_in(maker) as page:
        page.goto(f"{house.settings.public_url}/studio")
        open_to_everybody(page)
        page.click("text=Thêm sản phẩm")
        open_to_everybody(page)
        page.fill("#name", "Chè lam Phủ Quảng")
        page.click("label:has(input[name=group][value='1'])")
        page.click("main form button")
        for _ in range(3):
            open_to_everybody(page)
            page.click("text=Lưu và sang trang sau")
        page.set_input_files("#photo-hero", picture)
        page.fill("[name='sign-1.vi']", "Vỏ giấy dó, dây lạt đỏ")
        page.click("text=Lưu và sang trang sau")
        expect(page.locator("main")).to_contain_text("Đã lưu")
        open_to_everybody(page)
        page.click("text=Kể câu chuyện của mình")
        open_to_everybody(page)
        page.fill("#title", "Vị gừng của bà")
        page.fill("#answer-1", "Bà nội dạy tôi.")
        page.fill("#step-1", "Rang nếp")
        page.set_input_files("#photo-step-1", picture)
        expect(page.locator("[data-place='step-1'] img")).to_be_visible()
        saved(page)
        page.click("text=Xem thử như người mua")
        expect(page.locator("body")).to_contain_text("Bà nội dạy tôi.")
        page.go_back()
        page.click("button[value=publish]")
        expect(page.locator("main")).to_contain_text("Đã đăng")
        page.click("text=Xem trang người mua thấy")
        expect(page.locator("body")).to_contain_text("Vị gừng của bà")
        expect(page.locator("body")).to_contain_text("chưa có cơ quan nào đọc lại")


def test_everything_works_without_a_script(signed_in, house, drawn, tmp_path):
    maker = house.person("producer", producer=1)
    picture = tmp_path / "anh.jpg"
    picture.write_bytes(drawn())
    with signed_in(maker, java_script_enabled=False) as page:
        page.goto(f"{house.settings.public_url}/studio/products/{GTIN}/story/vi")
        assert not page.locator("#hold").is_visible()
        page.fill("#title", "Lớn lên cùng nương chè")
        page.fill("#answer-1", "Mẹ dạy tôi.")
        page.set_input_files("#photo-step-1", picture)
        page.set_input_files("#photo-portrait", picture)
        page.click(".last button[value=save]")
        expect(page.locator("main")).to_contain_text("Đã lưu.")
        assert page.input_value("#answer-1") == "Mẹ dạy tôi."
        expect(page.locator("[data-place='step-1'] img")).to_be_visible()
        expect(page.locator("main")).to_contain_text("Ảnh người kể chưa hiện ra")
        page.click(".last button[value=publish]")
        expect(page.locator("main")).to_contain_text("Đã đăng")
