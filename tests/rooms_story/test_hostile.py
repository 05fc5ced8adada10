"""Hostile words are only words; other people's rooms are not there."""

import html
import re

import pytest

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


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_words_are_only_words(text, room, maker, tell, seen):
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
