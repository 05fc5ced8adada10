"""The maker sees what the press would see, lets it in, and shuts the door again."""

import io

from ocop.trace.registry import telling
from PIL import Image

GTIN = "09521234543213"
CONSENTS = "/studio/producers/htx-huong-van-tra/consents"
PREVIEW = f"/studio/products/{GTIN}/press"


def tell(maker, **more):
    page = maker.get(f"/studio/products/{GTIN}/story/vi")
    seen = page.text.split('name="seen" value="')[1].split('"')[0]
    words = {"title": "Lớn lên cùng nương chè", "lead": "Hái từ năm giờ.", "answer-1": "Mẹ dạy tôi.", **more}
    return maker.post(f"/studio/products/{GTIN}/story/vi", {"act": "publish", "seen": seen, **words})


def test_from_the_first_look_to_the_door_that_is_shut_again(room, maker, drawn):
    reader = room.client()
    assert maker.get(PREVIEW).status == 404, "nothing is told yet"
    assert PREVIEW not in maker.get(CONSENTS).text
    assert tell(maker).status == 303
    assert f'href="{PREVIEW}"' in maker.get(f"/studio/products/{GTIN}").text
    assert f'href="{PREVIEW}"' in maker.get(CONSENTS).text
    look = maker.get(PREVIEW)
    assert (look.status, "Bản xem trước" in look.words, "Mẹ dạy tôi." in look.words) == (200, True, True)
    assert ".txt" not in look.text
    assert reader.get(f"/press/{GTIN}").status == 404
    given = {"item": "press", "person": "Nguyễn Thị Vân", "proof": "ký giấy 02/11", "agreed": "1"}
    assert maker.post(CONSENTS, {**given, "agreed": ""}).status == 422
    assert reader.get(f"/press/{GTIN}").status == 404
    assert maker.post(CONSENTS, given).status == 303
    page = reader.get(f"/press/{GTIN}")
    assert (page.status, "Mẹ dạy tôi." in page.words) == (200, True)
    assert f'href="/press/{GTIN}?lang=' in reader.get(f"/products/{GTIN}").text
    assert "Lời kể và ảnh: HTX Hương Vân Trà, id.example.vn" in page.words
    assert "0912" not in page.words
    assert maker.post(CONSENTS, {**given, "item": "phone"}).status == 303
    assert "0912 345 678" in reader.get(f"/press/{GTIN}").words
    assert maker.post(f"{CONSENTS}/1/end").status == 303
    assert reader.get(f"/press/{GTIN}").status == 404
    assert "/press/" not in reader.get(f"/products/{GTIN}").text
    assert [row[0] for row in room.rows("SELECT what FROM audit_entry ORDER BY position")][
        -1
    ] == "consent.end"


def test_the_picture_that_leaves_is_large_and_clean(room, maker, drawn):
    tell(maker)
    sent = maker.post(f"/studio/products/{GTIN}/photo/hero", {}, {"photo": ("a.jpg", drawn(2400, 1800))})
    assert sent.status == 200, sent.words
    telling_at = room.now
    with room.store.begin() as session:
        telling.give_consent(session, "htx-huong-van-tra", "press", person="Vân", proof="giấy", at=telling_at)
    page = room.client().get(f"/press/{GTIN}")
    assert "2400 × 1800 điểm ảnh" in page.words
    target = page.text.split('.jpg" download')[0].rpartition('href="')[2] + ".jpg"
    got = room.client().get(target)
    assert Image.open(io.BytesIO(got.body)).size == (2400, 1800)
    assert 'filename="tra-huong-van-1.jpg"' in got.header("content-disposition")


def test_the_preview_is_the_makers_and_the_offices(room, maker):
    tell(maker)
    assert room.person("province", province="19").get(PREVIEW).status == 200
    assert room.person("province", province="01").get(PREVIEW).status in {403, 404}
    other = room.person("producer", producer=room.producer())
    assert other.get(PREVIEW).status in {403, 404}
    assert room.client().get(PREVIEW).status == 303
