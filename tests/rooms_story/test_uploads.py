"""Pictures and recordings over HTTP: kept without a trace of the phone, refused with a sentence."""

import json
import os
import re

import pytest
from ocop.trace.registry.media import print_file
from ocop.trace.registry.voice import voice_file

GTIN = "09521234543213"


def said(got):
    """What a script of ours is told."""
    return json.loads(got.body)


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
def test_what_is_no_picture_is_refused_and_the_words_are_kept(name, room, maker, tell):
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


def test_a_voice_is_heard_only_with_consent_and_by_ranges(room, maker, tone, tell):
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


def test_without_the_program_the_rest_goes_on(maker, monkeypatch, tone, tmp_path, tell):
    sound = tone(1)
    monkeypatch.setenv("PATH", str(tmp_path))
    page = maker.get(f"/studio/products/{GTIN}/story/vi")
    assert "chưa nhận được ghi âm" in page.words
    got = tell(maker, files={"voice": ("x", sound)})
    assert (got.status, "chưa nhận được ghi âm" in got.words) == (422, True)
    assert "Mẹ dạy tôi." in maker.get(f"/studio/products/{GTIN}/story/vi").text


def test_a_body_beyond_the_limit_is_refused_before_it_is_read(maker):
    got = maker.post(
        f"/studio/products/{GTIN}/story/vi/photo/step-1", {}, {"photo": ("x", bytes(13_000_000))}
    )
    assert got.status == 413
