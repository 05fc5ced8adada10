"""The studio over HTTP: what a maker sees and sends, what others may not, and what hostile input becomes."""

import html
import json
import os
import re

import pytest
from ocop.trace.registry import telling
from ocop.trace.registry.media import print_file
from ocop.trace.registry.voice import voice_file

GTIN = "09521234543213"
HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "</textarea><script>alert(1)</script>",
    "</title><svg/onload=alert(1)>",
    "javascript:alert(1)",
    "{{ 7*7 }}{% raw %}",
    "%(name)s {name} {0}",
    "'; DROP TABLE story_draft; --",
    "\u202egnp.exe\u2066",
    "Trà \ufdd0now\ufdd1",
    "&lt;b&gt; &amp;",
    "Nguyễn Thị Hương — “Ngọc” ẾỘỮ 𠮷 🍵",
)
WORDS = {"title": "Lớn lên cùng nương chè", "answer-1": "Mẹ dạy tôi.", "teller": "Cô Vân", "step-1": "Hái"}
SEEN = re.compile(r'name="seen" value="([^"]*)"')


@pytest.fixture
def maker(room, made):
    """Somebody of the maker of one tea, signed in."""
    return room.person("producer", producer=made(room), name="Nguyễn Thị Vân")


def said(got):
    """What a script of ours is told."""
    return json.loads(got.body)


def seen(page) -> str:
    return SEEN.search(page.text)[1]


def tell(maker, act="save", files=None, lang="vi", **words):
    """Fill in the form of the story as it stands and send it."""
    path = f"/studio/products/{GTIN}/story/{lang}"
    fields = {"seen": seen(maker.get(path)), "act": act, **{n.replace("_", "-"): t for n, t in words.items()}}
    return maker.post(path, {**WORDS, **fields}, files or {})


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


def test_facts_are_kept_page_by_page(maker):
    path = f"/studio/products/{GTIN}/facts/keeping"
    fields = {"seen": seen(maker.get(path)), "storage.vi": "Nơi khô mát", "standards": "VietGAP\nTCVN 9740"}
    done = maker.post(path, fields)
    assert done.location == f"/studio/products/{GTIN}/facts/signs"
    assert "Nơi khô mát" in maker.get(path).text
    product = maker.get(f"/studio/products/{GTIN}").words
    assert "Ảnh sản phẩm" in product
    assert "Cách bảo quản" not in product, "what is there is not missing"


def test_two_who_edit_one_page_are_both_shown(room, maker):
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


def test_a_story_goes_live_at_the_next_scan(room, maker):
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


def test_a_checked_story_stays_until_the_edit_is_read(room, maker):
    tell(maker, "publish")
    with room.store.begin() as session:
        telling.check_story(session, GTIN, "vi", 1, by="Văn phòng NTM", on=room.now.date())
    assert tell(maker, "publish", title="Tên mới").status == 303
    assert "Tên mới" not in room.client().get(f"/products/{GTIN}").words
    assert "Văn phòng NTM đã đọc ngày" in maker.get(f"/studio/products/{GTIN}").words


def test_a_story_without_a_title_is_kept_but_not_published(maker):
    got = tell(maker, "publish", title="")
    assert got.status == 422
    assert "đặt tên cho câu chuyện" in got.words
    assert "Mẹ dạy tôi." in got.text


def test_the_preview_is_the_page_that_buyers_get(room, maker):
    tell(maker)
    preview = maker.get(f"/studio/products/{GTIN}/story/vi/preview")
    tell(maker, "publish")
    public = room.client().get(f"/products/{GTIN}")
    cut = re.compile(r'<p class="when">.*?</p>|<input type="hidden" name="csrf"[^>]*>', re.DOTALL)
    assert cut.sub("", preview.text) == cut.sub("", public.text)
    assert preview.header("content-security-policy") == public.header("content-security-policy")
    assert preview.header("cache-control") == "no-store"


def test_both_languages_stand_side_by_side(maker):
    tell(maker)
    tell(maker, lang="en", title="Raised with the tea", answer_1="My mother.")
    page = maker.get(f"/studio/products/{GTIN}/story/sides").words
    assert "Lớn lên cùng nương chè" in page
    assert "Raised with the tea" in page
    form = maker.get(f"/studio/products/{GTIN}/story/en")
    assert "Mẹ dạy tôi." in form.words, "the Vietnamese stands beside the English"


def test_the_second_of_two_sees_both_versions_and_chooses(room, maker):
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


def test_a_picture_taken_with_the_phone_is_kept_without_its_place(room, maker, drawn):
    from PIL import Image

    exif = Image.Exif()
    exif.get_ifd(0x8825)[2] = (21.0, 35.0, 12.0)
    exif[0x010F] = "SECRETPHONE"
    sent = maker.post(
        f"/studio/products/{GTIN}/story/vi/photo/step-1", {}, {"photo": ("x.jpg", drawn(exif=exif))}
    )
    assert sent.status == 200
    name = re.match(r"/media/([0-9a-f]{64})-360.jpg", said(sent)["picture"])[1]
    assert b"SECRETPHONE" not in print_file(room.data, name).read_bytes()
    assert room.client().get(said(sent)["picture"]).header("content-type") == "image/jpeg"
    assert name in maker.get(f"/studio/products/{GTIN}/story/vi").text


PICTURES = {
    "a page called a picture": b"<!doctype html><script>alert(1)</script>",
    "a drawing with a script": b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
    "a GIF": b"GIF89a" + bytes(100),
    "a HEIC": b"\0\0\0\x18ftypheic" + bytes(100),
    "noise behind a JPEG head": b"\xff\xd8\xff" + os.urandom(5000),
    "a PNG of 30,000 x 30,000": bytes.fromhex("89504e470d0a1a0a0000000d4948445200007530000075300802000000")
    + bytes(4) + b"\0\0\0\0IEND\xaeB`\x82",
    "a program": b"MZ" + bytes(500),
}  # fmt: skip


@pytest.mark.parametrize("name", list(PICTURES))
def test_what_is_no_picture_is_refused_and_the_words_are_kept(name, room, maker):
    got = tell(maker, files={"photo-step-1": ("../../../etc/passwd.jpg", PICTURES[name])})
    assert got.status == 422
    assert "Có chỗ cần sửa" in got.words
    assert "Traceback" not in got.text
    assert "Mẹ dạy tôi." in maker.get(f"/studio/products/{GTIN}/story/vi").text
    assert not (room.data / "media").exists()


def test_a_picture_with_a_page_behind_it_is_drawn_anew(room, maker, drawn):
    polyglot = drawn() + b"<script>alert(1)</script>PK\x03\x04"
    sent = maker.post(f"/studio/products/{GTIN}/photo/hero", {}, {"photo": ("x.jpg", polyglot)})
    assert sent.status == 200
    for file in room.data.joinpath("media").rglob("*.*"):
        assert b"<script>" not in file.read_bytes()


def test_a_close_up_needs_words_first(maker, drawn):
    got = maker.post(f"/studio/products/{GTIN}/photo/sign-1", {}, {"photo": ("x.jpg", drawn())})
    assert (got.status, "tiếng Việt trước" in said(got)["problem"]) == (422, True)


def test_a_voice_is_heard_only_with_consent_and_by_ranges(room, maker, tone):
    sent = maker.post(f"/studio/products/{GTIN}/story/vi/voice", {}, {"voice": ("voice", tone(2))})
    assert (sent.status, said(sent)["seconds"]) == (200, 2)
    clip, reader = said(sent)["sound"], room.client()
    whole = voice_file(room.data, clip.removeprefix("/media/")).read_bytes()
    got = reader.get(clip)
    assert (got.status, got.body, got.header("content-type")) == (200, whole, "audio/mp4")
    part = reader.get(clip, range="bytes=10-19")
    assert (part.status, part.body) == (206, whole[10:20])
    assert part.header("content-range") == f"bytes 10-19/{len(whole)}"
    assert reader.get(clip, range="bytes=-5").body == whole[-5:]
    assert reader.get(clip, range=f"bytes={len(whole)}-").status == 416
    assert reader.get(clip, range="bytes=5-1").status == 200
    assert reader.get(clip, range="lines=1-2").status == 200
    assert reader.get(clip, **{"if-none-match": got.header("etag")}).status == 304
    assert tell(maker, "publish").status == 422, "its words are missing"
    assert tell(maker, "publish", transcript="Tôi tên Vân.").status == 303
    assert reader.get(clip).status == 404, "nobody agreed"
    page = "/studio/producers/htx-huong-van-tra/consents"
    given = {"item": "voice", "person": "Nguyễn Thị Vân", "proof": "ký giấy 02/11", "agreed": "1"}
    assert maker.post(page, given).status == 303
    assert clip in room.client().get(f"/products/{GTIN}").text
    assert "autoplay" not in room.client().get(f"/products/{GTIN}").text
    assert reader.get(clip).status == 200
    end = re.search(r'action="([^"]+/end)"', maker.get(page).text)[1]
    assert maker.post(end).status == 303
    assert clip not in room.client().get(f"/products/{GTIN}").text
    assert reader.get(clip).status == 404


@pytest.mark.parametrize("what", [b"", b"#EXTM3U\nfile:///etc/passwd", b"\x1aE\xdf\xa3" + bytes(900)])
def test_what_is_no_recording_is_refused_with_a_sentence(what, maker):
    got = maker.post(f"/studio/products/{GTIN}/story/vi/voice", {}, {"voice": ("voice.webm", what)})
    assert got.status == 422
    assert re.search("[à-ỹ]", said(got)["problem"])


def test_without_the_program_the_rest_goes_on(maker, monkeypatch, tone, tmp_path):
    sound = tone(1)
    monkeypatch.setenv("PATH", str(tmp_path))
    page = maker.get(f"/studio/products/{GTIN}/story/vi")
    assert "chưa nhận được ghi âm" in page.words
    got = tell(maker, files={"voice": ("x", sound)})
    assert (got.status, "chưa nhận được ghi âm" in got.words) == (422, True)
    assert "Mẹ dạy tôi." in maker.get(f"/studio/products/{GTIN}/story/vi").text


def test_a_consent_is_never_presumed(room, maker):
    page = "/studio/producers/htx-huong-van-tra/consents"
    assert "checked" not in maker.get(page).text
    got = maker.post(page, {"item": "phone", "person": "Vân", "proof": "giấy"})
    assert got.status == 422
    assert 'value="Vân"' in got.text
    assert room.rows("SELECT count(*) FROM consent") == [(0,)]
    assert maker.post(page + "/99/end").status == 404
    assert maker.post(page + "/x/end").status == 404


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_words_are_only_words(text, room, maker):
    names = ("title", "lead", *(f"answer-{n}" for n in range(1, 6)), *(f"step-{n}" for n in range(1, 7)), "land",
             "teller", "transcript")  # fmt: skip
    assert tell(maker, "publish", **dict.fromkeys(names, text)).status == 303
    path = f"/studio/products/{GTIN}/facts/"
    for page in ("basics", "making", "keeping", "signs"):
        form = maker.get(path + page)
        fields = re.findall(
            r'<(?:input|textarea)[^>]* name="([a-z_0-9-]+\.(?:vi|en)|brand|standards)"', form.text
        )
        values = {**dict.fromkeys(fields, text[:40]), "seen": seen(form), "group": "2"}
        assert maker.post(path + page, values).status == 303
    maker.post("/studio/producers/htx-huong-van-tra/consents",
               {"item": "quote", "person": text, "proof": text, "agreed": "1"})  # fmt: skip
    for page in (
        "/studio", f"/studio/products/{GTIN}", f"/studio/products/{GTIN}/story/vi", f"{path}basics", f"{path}signs",
        f"/studio/products/{GTIN}/story/vi/preview", f"/studio/products/{GTIN}/story/sides",
        "/studio/producers/htx-huong-van-tra/consents",
    ):  # fmt: skip
        got = maker.get(page)
        assert got.status == 200, page
        inert(got.text, page)
    inert(room.client().get(f"/products/{GTIN}").text, "public")


def inert(text, page):
    """No tag or handler of ours but those that the templates have."""
    assert "<script>" not in text, page
    assert not re.search(
        r"<(img|svg)[^>]*\son[a-z]+=", html.unescape(re.sub(r"&lt;|&#34;|&#39;|&gt;", "", text))
    ), page
    assert not re.search(r'href="javascript', text, re.IGNORECASE), page
    assert "49{" not in text, page


OTHERS = (
    "/studio/products/{key}", "/studio/products/{key}/facts/basics", "/studio/products/{key}/story/vi",
    "/studio/products/{key}/story/vi/preview", "/studio/products/{key}/story/sides",
    "/studio/products/{key}/story/vi/asides", "/studio/producers/htx-huong-van-tra/consents",
    "/studio/producers/htx-huong-van-tra/products/new",
)  # fmt: skip


@pytest.mark.parametrize("path", OTHERS)
def test_another_makers_rooms_are_not_there(path, room, maker):
    stranger = room.person("producer")
    assert stranger.get(path.format(key=GTIN)).status == 404
    assert room.client().get(path.format(key=GTIN)).status == 303


def test_an_office_reads_the_preview_and_writes_nothing(room, maker):
    office = room.person("province", province="19")
    assert office.get(f"/studio/products/{GTIN}/story/vi/preview").status == 200
    assert office.get(f"/studio/products/{GTIN}/story/vi").status == 403
    assert office.post(f"/studio/products/{GTIN}/story/vi/draft", {"title": "x", "seen": "0"}).status == 403


@pytest.mark.parametrize(
    "path", ["story/fr", "story/vi/photo/step-9", "facts/prices", "photo/step-1", "story/vi/asides"]
)
def test_a_page_that_is_not_there_is_no_fault_of_ours(path, maker, drawn):
    got = maker.post(f"/studio/products/{GTIN}/{path}", {"seen": "0"}, {"photo": ("x", drawn())})
    assert got.status in {404, 422}
    assert "Traceback" not in got.text


def test_a_body_beyond_the_limit_is_refused_before_it_is_read(maker):
    got = maker.post(
        f"/studio/products/{GTIN}/story/vi/photo/step-1", {}, {"photo": ("x", bytes(13_000_000))}
    )
    assert got.status == 413


def test_the_longest_names_are_kept(maker):
    name = "Trà xanh ướp hương sen Tây Hồ thượng hạng " * 4
    path = f"/studio/products/{GTIN}/facts/basics"
    fields = {"seen": seen(maker.get(path)), "name.vi": name.strip(), "group": "2"}
    assert maker.post(path, fields).status == 303
    assert name.strip() in maker.get("/studio").words
