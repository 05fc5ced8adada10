"""What was taken away, replaced or no longer agreed to is gone at its own address too; how much may be sent."""

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from ocop.trace.keeping import backup, restore
from ocop.trace.registry import tables, uploads
from ocop.trace.registry.store import open_store
from sqlalchemy import select

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
GTIN = "09521234543213"
STORY = f"/studio/products/{GTIN}/story/vi"
CONSENTS = "/studio/producers/htx-huong-van-tra/consents"


def put(maker, place: str, content: bytes) -> str:
    """Sends a picture and gives its address."""
    where = f"/studio/products/{GTIN}/photo/{place}" if place == "hero" else f"{STORY}/photo/{place}"
    got = maker.post(where, {}, {"photo": ("x.jpg", content)})
    assert got.status == 200, got.text
    return json.loads(got.body)["picture"]


def agree(maker, item: str) -> str:
    """Somebody allows something; gives the address where it is taken back."""
    given = {"item": item, "person": "Nguyễn Thị Vân", "proof": "ký giấy 02/11", "agreed": "1"}
    assert maker.post(CONSENTS, given).status == 303
    return re.findall(r'action="([^"]+/end)"', maker.get(CONSENTS).text)[0]


def test_a_portrait_is_gone_with_its_consent_and_no_cache_may_keep_it(room, maker, drawn, tell):
    picture = put(maker, "portrait", drawn())
    reader = room.client()
    assert reader.get(picture).status == 200, "a draft, known to its maker alone"
    assert tell(maker, "publish").status == 303
    assert reader.get(picture).status == 404, "published, and nobody agreed"
    end = agree(maker, "portrait")
    got = reader.get(picture)
    assert (got.status, got.header("cache-control")) == (200, "private, no-cache")
    again = {"if-none-match": got.header("etag")}
    assert (reader.get(picture, **again).status, reader.get(picture, **again).body) == (304, b"")
    assert maker.post(end).status == 303
    for size in (".jpg", ".webp"):
        assert reader.get(picture.replace(".jpg", size), **again).status == 404
    assert "đang được cất đi" in maker.get(STORY).words
    assert picture not in maker.get(STORY).text
    assert 'name="remove" value="portrait"' in maker.get(STORY).text
    assert tell(maker, remove="portrait").status == 303
    assert "đang được cất đi" not in maker.get(STORY).words


def test_the_press_has_no_large_file_of_a_portrait_that_was_taken_back(room, maker, drawn, tell):
    name = re.search("[0-9a-f]{64}", put(maker, "portrait", drawn()))[0]
    assert tell(maker, "publish").status == 303
    end = agree(maker, "portrait")
    agree(maker, "press")
    assert room.client().get(f"/press/{GTIN}/{name}.jpg").status == 200
    assert maker.post(end).status == 303
    assert room.client().get(f"/press/{GTIN}/{name}.jpg").status == 404


def test_a_step_that_was_replaced_goes_when_the_page_no_longer_shows_it(room, maker, drawn, tell):
    first = put(maker, "step-1", drawn(500, 400))
    assert tell(maker, "publish").status == 303
    second, reader = put(maker, "step-1", drawn(700, 400)), room.client()
    assert [reader.get(one).status for one in (first, second)] == [200, 200], "shown, and drafted"
    assert reader.get(first).header("cache-control") == "private, max-age=3600"
    assert tell(maker, "publish").status == 303
    assert [reader.get(one).status for one in (first, second)] == [404, 200]


def test_the_picture_of_a_product_goes_when_it_is_replaced(room, maker, drawn):
    first, reader = put(maker, "hero", drawn(500, 400)), room.client()
    assert reader.get(first).status == 200
    second = put(maker, "hero", drawn(700, 400))
    assert [reader.get(one).status for one in (first, second)] == [404, 200]


def test_a_draft_that_lets_go_of_a_picture_lets_it_go_for_all(room, maker, drawn, tell):
    picture, reader = put(maker, "step-2", drawn()), room.client()
    assert reader.get(picture).status == 200
    assert tell(maker, remove="step-2").status == 303
    assert reader.get(picture).status == 404


def test_a_clip_that_was_taken_out_is_gone(room, maker, tone, tell):
    sent = maker.post(f"{STORY}/voice", {}, {"voice": ("voice", tone(1))})
    clip, reader = json.loads(sent.body)["sound"], room.client()
    agree(maker, "voice")
    assert tell(maker, "publish", transcript="Tôi tên Vân.").status == 303
    assert reader.get(clip).status == 200
    end = re.search(r'action="([^"]+/end)"', maker.get(CONSENTS).text)[1]
    assert f'src="{clip}"' in maker.get(STORY).text
    assert maker.post(end).status == 303
    assert f'src="{clip}"' not in maker.get(STORY).text
    agree(maker, "voice")
    assert reader.get(clip).status == 200
    assert tell(maker, "publish", remove="voice", transcript="").status == 303
    assert reader.get(clip).status == 404


def test_a_name_that_nobody_was_given_is_no_picture(room, maker):
    assert room.client().get(f"/media/{'0' * 64}-360.jpg").status == 404
    assert room.client().get(f"/media/{'0' * 64}.m4a").status == 404


@pytest.mark.parametrize("limit", ["MOST_FILES", "MOST_BYTES"])
def test_too_much_is_refused_with_a_sentence_and_taken_again_later(
    limit, room, maker, drawn, tone, tell, monkeypatch
):
    put(maker, "step-1", drawn(500, 400))
    monkeypatch.setattr(uploads, limit, 1)
    got = maker.post(f"{STORY}/photo/step-2", {}, {"photo": ("x.jpg", drawn(700, 400))})
    assert (got.status, "30 ngày" in json.loads(got.body)["problem"]) == (422, True)
    got = tell(maker, files={"voice": ("x", tone(1))})
    assert (got.status, "Lời kể vẫn được giữ đủ" in got.words) == (422, True)
    assert "Mẹ dạy tôi." in maker.get(STORY).text
    with room.store.begin() as session:
        row = session.scalars(select(tables.Upload)).one()
        row.at -= timedelta(days=31)
        session.add(row)
    put(maker, "step-2", drawn(700, 400))


def test_what_was_sent_is_counted_once_with_all_its_files(room, maker, drawn):
    for _ in range(2):
        put(maker, "step-1", drawn())
    with room.store.read() as session:
        row = session.scalars(select(tables.Upload)).one()
    assert row.size == sum(file.stat().st_size for file in room.data.joinpath("media").rglob("*.*"))


def test_a_backup_keeps_count(room, maker, drawn, tmp_path: Path):
    put(maker, "step-1", drawn())
    backup(room.store, tmp_path / "kept.zip", NOW)
    fresh = open_store("", data=tmp_path / "fresh")
    restore(fresh, tmp_path / "kept.zip", NOW)
    with fresh.read() as one, room.store.read() as other:
        assert [row.name for row in one.scalars(select(tables.Upload))] == [
            row.name for row in other.scalars(select(tables.Upload))
        ]
    fresh.close()


def test_an_iphone_picture_is_told_what_to_do(maker):
    heic = b"\0\0\0\x18ftypheic" + bytes(100)
    got = maker.post(f"{STORY}/photo/step-1", {}, {"photo": ("x.heic", heic)})
    assert (got.status, "Tương thích nhất" in json.loads(got.body)["problem"]) == (422, True)
