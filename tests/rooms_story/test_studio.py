"""The studio over HTTP: what a maker sees and sends."""

import json
import re

from ocop.trace.registry import telling

GTIN = "09521234543213"
WORDS = {"title": "Lớn lên cùng nương chè", "answer-1": "Mẹ dạy tôi.", "teller": "Cô Vân", "step-1": "Hái"}


def said(got):
    """What a script of ours is told."""
    return json.loads(got.body)


def test_a_maker_finds_what_to_do_next_and_her_products(maker):
    page = maker.get("/studio")
    assert page.status == 200
    assert "Chào Nguyễn Thị Vân" in page.words
    assert "Trà Hương Vân: kể câu chuyện của mình" in page.words
    assert f'href="/studio/products/{GTIN}/story/vi"' in page.text


def test_a_new_product_needs_a_name_and_a_group(room, maker):
    path = "/studio/producers/htx-huong-van-tra/products/new"
    empty = maker.post(path, {"name": " ", "group": "2", "net": "100 g"})
    assert (empty.status, 'value="100 g"' in empty.text) == (422, True)
    assert "Xin điền ô này" in empty.words
    assert maker.post(path, {"name": "Chè lam"}).status == 422
    wrong = maker.post(path, {"name": "Chè lam", "group": "1", "gtin": "8936141234567"})
    assert (wrong.status, "Số mã vạch chưa đúng" in wrong.words) == (422, True)
    taken = maker.post(path, {"name": "Chè lam", "group": "1", "gtin": GTIN[1:]})
    assert (taken.status, "đã có ở một sản phẩm khác" in taken.words) == (409, True)
    done = maker.post(path, {"name": "Chè lam", "group": "1"})
    assert re.fullmatch(r"/studio/products/P-[0-9A-Z]{8}/facts/basics", done.location)
    assert "Chè lam" in maker.follow(done).words
    assert room.rows("SELECT count(*) FROM product") == [(2,)]
    assert room.rows("SELECT what FROM audit_entry ORDER BY position DESC LIMIT 1") == [("product.new",)]


def test_facts_are_kept_page_by_page(maker, seen):
    path = f"/studio/products/{GTIN}/facts/keeping"
    fields = {"seen": seen(maker.get(path)), "storage.vi": "Nơi khô mát", "standards": "VietGAP\nTCVN 9740"}
    done = maker.post(path, fields)
    assert done.location == f"/studio/products/{GTIN}/facts/signs"
    assert "Nơi khô mát" in maker.get(path).text
    product = maker.get(f"/studio/products/{GTIN}").words
    assert "Ảnh sản phẩm" in product
    assert "Cách bảo quản" not in product, "what is there is not missing"


def test_two_who_edit_one_page_are_both_shown(room, maker, seen):
    other = room.person("producer", producer=1, name="Cháu Minh")
    path = f"/studio/products/{GTIN}/facts/basics"
    first = seen(other.get(path))
    whole = {"name.vi": "Trà Hương Vân", "net.vi": "200 g", "classifier.vi": "hộp", "group": "2"}
    assert maker.post(path, {**whole, "seen": seen(maker.get(path)), "brand": "Hương Vân"}).status == 303
    clash = other.post(path, {**whole, "seen": first, "brand": "Vân Hương"})
    assert clash.status == 409
    assert 'value="Vân Hương"' in clash.text
    assert "Hương Vân" in clash.words
    again = other.post(path, {**whole, "seen": seen(clash), "brand": "Vân Hương"})
    assert again.status == 303


def test_a_story_goes_live_at_the_next_scan(room, maker, tell):
    assert tell(maker).status == 303
    assert "Lớn lên cùng nương chè" not in room.client().get(f"/products/{GTIN}").words
    assert "Đang viết dở" in maker.get(f"/studio/products/{GTIN}").words
    done = tell(maker, "publish")
    assert "Đã đăng" in maker.follow(done).words
    public = room.client().get(f"/products/{GTIN}").words
    assert "Lớn lên cùng nương chè" in public
    assert "chưa có cơ quan nào đọc lại" in public
    down = maker.post(f"/studio/products/{GTIN}/story/vi/down")
    assert down.status == 303
    assert "Lớn lên cùng nương chè" not in room.client().get(f"/products/{GTIN}").words
    acts = [what for (what,) in room.rows("SELECT what FROM audit_entry ORDER BY position")]
    assert acts == ["story.draft", "story.publish", "story.down"]


def test_a_checked_story_stays_until_the_edit_is_read(room, maker, tell):
    tell(maker, "publish")
    with room.store.begin() as session:
        telling.check_story(session, GTIN, "vi", 1, by="Văn phòng NTM", on=room.now.date())
    assert tell(maker, "publish", title="Tên mới").status == 303
    assert "Tên mới" not in room.client().get(f"/products/{GTIN}").words
    assert "Văn phòng NTM đã đọc ngày" in maker.get(f"/studio/products/{GTIN}").words


def test_a_story_without_a_title_is_kept_but_not_published(maker, tell):
    got = tell(maker, "publish", title="")
    assert got.status == 422
    assert "đặt tên cho câu chuyện" in got.words
    assert "Mẹ dạy tôi." in got.text


def test_the_preview_is_the_page_that_buyers_get(room, maker, tell):
    tell(maker)
    preview = maker.get(f"/studio/products/{GTIN}/story/vi/preview")
    tell(maker, "publish")
    public = room.client().get(f"/products/{GTIN}")
    cut = re.compile(r'<p class="when">.*?</p>|<input type="hidden" name="csrf"[^>]*>', re.DOTALL)
    assert cut.sub("", preview.text) == cut.sub("", public.text)
    assert preview.header("content-security-policy") == public.header("content-security-policy")
    assert preview.header("cache-control") == "no-store"


def test_both_languages_stand_side_by_side(maker, tell):
    tell(maker)
    tell(maker, lang="en", title="Raised with the tea", answer_1="My mother.")
    page = maker.get(f"/studio/products/{GTIN}/story/sides").words
    assert "Lớn lên cùng nương chè" in page
    assert "Raised with the tea" in page
    form = maker.get(f"/studio/products/{GTIN}/story/en")
    assert "Mẹ dạy tôi." in form.words, "the Vietnamese stands beside the English"


def test_the_second_of_two_sees_both_versions_and_chooses(room, maker, tell, seen):
    other, path = room.person("producer", producer=1, name="Cháu Minh"), f"/studio/products/{GTIN}/story/vi"
    first = seen(other.get(path))
    tell(maker)
    clash = other.post(path, {**WORDS, "seen": first, "title": "Nương chè của mẹ", "act": "save"}, {})
    assert clash.status == 409
    assert "Hai người cùng viết" in clash.words
    assert "Nương chè của mẹ" in clash.words
    assert "Lớn lên cùng nương chè" in clash.words
    assert "1 bản được cất lại" in maker.get(path).words
    number = re.search(r'name="aside" value="(\d+)"', clash.text)[1]
    mixed = {**WORDS, "title": "Nương chè của mẹ tôi", "seen": seen(clash), "aside": number, "keep": "mine"}
    assert other.post(f"{path}/asides", mixed).location == path
    assert "Nương chè của mẹ tôi" in maker.get(path).text
    kept = maker.get(f"{path}/asides")
    assert "Lớn lên cùng nương chè" in kept.words, "what was replaced is put aside in turn"
    number = re.search(r'name="aside" value="(\d+)"', kept.text)[1]
    assert maker.post(f"{path}/asides", {"seen": seen(kept), "aside": number, "keep": "theirs"}).status == 303
    assert maker.get(f"{path}/asides").status == 303


def test_a_script_saves_words_and_is_told_of_a_clash(room, maker):
    path = f"/studio/products/{GTIN}/story/vi/draft"
    saved = maker.post(path, {**WORDS, "seen": "0"})
    assert (saved.status, said(saved)["seen"]) == (200, 1)
    assert said(maker.post(path, {**WORDS, "seen": "0"}))["seen"] == 1, "sent again after a lost answer"
    clash = maker.post(path, {**WORDS, "lead": "khác", "seen": "0"})
    assert (clash.status, said(clash)["clash"]) == (409, f"/studio/products/{GTIN}/story/vi/asides")
    long = maker.post(path, {**WORDS, "title": "x" * 201, "seen": "1"})
    assert (long.status, said(long)["field"]) == (422, "title")
    assert maker.post(path, {**WORDS, "seen": "-1x"}).status == 200
    assert maker.post(path, {"title": ["a", "b"], "seen": "1"}).status == 400
    assert len(room.rows("SELECT 1 FROM audit_entry")) == 1, "drafts within half an hour are one line"


def test_a_consent_is_never_presumed(room, maker):
    page = "/studio/producers/htx-huong-van-tra/consents"
    assert "checked" not in maker.get(page).text
    got = maker.post(page, {"item": "phone", "person": "Vân", "proof": "giấy"})
    assert got.status == 422
    assert 'value="Vân"' in got.text
    assert room.rows("SELECT count(*) FROM consent") == [(0,)]
    assert maker.post(page + "/99/end").status == 404
    assert maker.post(page + "/x/end").status == 404


def test_the_longest_names_are_kept(maker, seen):
    name = "Trà xanh ướp hương sen Tây Hồ thượng hạng " * 4
    path = f"/studio/products/{GTIN}/facts/basics"
    fields = {"seen": seen(maker.get(path)), "name.vi": name.strip(), "group": "2"}
    assert maker.post(path, fields).status == 303
    assert name.strip() in maker.get("/studio").words
