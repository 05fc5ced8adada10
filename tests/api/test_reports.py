"""A reader's photograph, and the way back from thanks and reports: nothing lost, nothing leaked, nothing spent."""

import html
import io
import re
import zlib

import pytest
from ocop.trace.api import back
from ocop.trace.keeping import backup, restore
from ocop.trace.registry.store import open_store
from PIL import Image

ITEM = "/01/09521234543213/10/L1/21/000012"
EDGE = "----edge7f3a"
KIND = f"multipart/form-data; boundary={EDGE}"
CODE = "s=EAAHuDc-eHX5MCBfSjT9Ha_PafGIB0jqp2_9vo4Sy8q"


def picture(width=800, height=600, kind="JPEG", **options) -> bytes:
    out = io.BytesIO()
    Image.linear_gradient("L").resize((width, height)).convert("RGB").save(out, kind, **options)
    return out.getvalue()


def located() -> bytes:
    """A picture as a phone writes it: with the place where it was taken."""
    exif = Image.Exif()
    exif[0x010F] = "Maker of phones"
    exif.get_ifd(0x8825).update({1: "N", 2: (21.0, 2.0, 0.0), 3: "E", 4: (105.0, 51.0, 0.0)})
    return picture(exif=exif.tobytes())


def bomb() -> bytes:
    """A PNG of a few hundred bytes that says it is 60,000 pixels each way."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4, "big") + name + data + zlib.crc32(name + data).to_bytes(4, "big")

    head = (60_000).to_bytes(4, "big") * 2 + b"\x08\x02\x00\x00\x00"
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(bytes(1000)))
        + chunk(b"IEND", b"")
    )


def send(worker, photo: bytes | None, name="tem.jpg", target=ITEM, referer="", **fields: str):
    parts = [f'--{EDGE}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'.encode()
             for key, value in {"kind": "seal", "lang": "vi", **fields}.items()]  # fmt: skip
    if photo is not None:
        head = f'--{EDGE}\r\nContent-Disposition: form-data; name="photo"; filename="{name}"\r\n\r\n'
        parts.append(head.encode() + photo + b"\r\n")
    body = b"".join(parts) + f"--{EDGE}--\r\n".encode()
    more = {"referer": referer} if referer else {}
    return worker.post(f"/report{target}", body, **{"content-type": KIND, **more})


def kept(worker):
    joined = "report LEFT JOIN report_private ON report_id = report.id"
    return worker.rows(f"SELECT words, place, photo FROM {joined}")


def test_a_photograph_is_drawn_anew_without_its_place_and_lies_beside_the_report(serving) -> None:
    worker = serving()
    assert 'enctype="multipart/form-data"' in worker.ask(f"/report{ITEM}").text
    sent = located()
    assert b"Maker of phones" in sent
    got = send(worker, sent, text="Nắp hở", place="chợ Vinh")
    assert got.status == 200
    [(words, place, photo)] = kept(worker)
    assert (words, place) == ("Nắp hở", "chợ Vinh")
    image = Image.open(io.BytesIO(photo))
    assert (image.format, image.size, dict(image.getexif())) == ("JPEG", (720, 540), {})
    assert b"Maker of phones" not in photo
    assert not list(worker.settings.data.glob("media/*/.new-*"))


def test_a_polyglot_loses_what_stands_behind_its_picture(serving) -> None:
    worker = serving()
    assert send(worker, picture() + b"PK\x03\x04<script>alert(1)</script>").status == 200
    assert b"<script>" not in kept(worker)[0][2]
    assert len(kept(worker)[0][2]) < 200_000


@pytest.mark.parametrize(
    "content",
    [b"GIF89a" + bytes(300), b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"%PDF-1.7\n", picture()[:400], bomb(),
     picture(60, 60), b"\xff\xd8\xff" + b"A" * 5000],
    ids=["gif", "svg", "pdf", "cut off", "bomb", "too small", "noise"],
)  # fmt: skip
def test_a_photograph_that_can_not_be_opened_loses_no_word(serving, content) -> None:
    worker = serving()
    got = send(worker, content, text="Nắp <hở>", place="chợ Vinh", contact="0912 345 678")
    assert got.status == 422
    assert "Không mở được ảnh này." in got.text
    assert "Nắp &lt;hở&gt;" in got.text
    assert 'value="chợ Vinh"' in got.text
    assert 'value="0912 345 678"' in got.text
    assert re.search(r'value="seal" required checked', got.text)
    assert kept(worker) == []
    assert send(worker, b"", text="ohne").status == 200, "an empty file is no photograph"


def test_too_much_is_refused_and_nothing_is_kept(serving) -> None:
    worker = serving()
    assert send(worker, bytes(10_100_000)).status == 413
    assert send(worker, b"\xff\xd8\xff" + bytes(10_000_050)).status in {413, 422}
    assert worker.post(f"/report{ITEM}", "kind=seal&x=" + "a" * 20_000).status == 413
    broken = {"content-type": KIND}
    assert worker.post(f"/report{ITEM}", f"--{EDGE}\r\nContent-Dispo", **broken).status == 400
    assert kept(worker) == []


def test_a_doubled_field_is_dropped_and_another_file_is_none(serving) -> None:
    worker = serving()
    got = send(worker, picture(), text="a", at="2020", closed_at="1")
    assert got.status == 200
    pair = f'--{EDGE}\r\nContent-Disposition: form-data; name="photo"; filename="a"\r\n\r\nx\r\n'
    assert worker.post(f"/report{ITEM}", pair * 2 + f"--{EDGE}--\r\n", **{"content-type": KIND}).status == 400


def test_while_one_photograph_is_decoded_the_next_is_told_to_wait(serving, monkeypatch) -> None:
    from ocop.trace.api import reporting

    monkeypatch.setattr(reporting, "PATIENCE", 0.01)
    worker = serving()
    with worker.service.darkroom:
        assert send(worker, picture()).status == 503
    assert kept(worker) == []
    assert send(worker, picture()).status == 200


def test_a_backup_keeps_photograph_and_place(serving, tmp_path) -> None:
    worker = serving()
    send(worker, picture(), place="chợ Vinh")
    backup(worker.store, tmp_path / "kept.zip", worker.now)
    other = open_store("", data=tmp_path / "other")
    restore(other, tmp_path / "kept.zip", worker.now)
    from sqlalchemy import text

    with other.read() as session:
        again = [tuple(row) for row in session.execute(text("SELECT place, photo FROM report_private"))]
    other.close()
    assert again == [row[1:] for row in kept(worker)]


@pytest.mark.parametrize("lang", ["vi", "en", "zh-Hans", "ko", "zh-Hant", "ja", "ru", "fr"])
def test_what_is_given_freely_says_what_becomes_of_it(shared, lang) -> None:
    page = shared.ask(f"/report{ITEM}?lang={lang}")
    assert page.status == 200
    assert 'id="photo-hint"' in page.text


def back_of(page) -> str:
    return html.unescape(re.findall(r'href="((?:/story|/products)/[^"]+)"', page.text)[-1])


def test_thanks_and_reports_lead_back_to_the_page_they_came_from(serving, link) -> None:
    worker, target = serving(), link()
    path, _, query = target.partition("?")
    here = f"https://id.example.vn/story{target}&lang=en"
    scanned = worker.ask("/story" + target, headers={"accept-language": "vi"})
    assert scanned.code == "code_issued"
    thanked = worker.post(f"/thanks{path}", "lang=vi", referer=here)
    assert back_of(thanked) == f"/story{path}?{query}&lang=vi"
    assert worker.ask(back_of(thanked)).code == "code_issued"
    form = worker.ask(f"/report{path}?lang=vi", headers={"referer": here})
    assert back_of(form) == f"/story{path}?{query}&lang=vi"
    came = html.unescape(re.search(r'name="from" value="([^"]*)"', form.text)[1])
    sent = worker.post(f"/report{path}", f"kind=seal&lang=vi&from={came}")
    assert back_of(sent) == f"/story{path}?{query}&lang=vi"
    assert len(worker.scans()) == 1, "going back is no second scan"
    for page in (thanked, form, sent):
        assert page.header("cache-control") == "no-store"


def test_from_the_product_one_comes_back_to_the_product(serving) -> None:
    worker = serving()
    got = worker.post(
        "/thanks/01/09521234543213", "lang=en", referer="https://id.example.vn/products/09521234543213"
    )
    assert back_of(got) == "/products/09521234543213?lang=en"


@pytest.mark.parametrize(
    "referer",
    ["", f"https://evil.example/story{ITEM}?{CODE}", f"https://id.example.vn/story{ITEM[:-1]}3?{CODE}",
     f"https://id.example.vn/story{ITEM}?{CODE}&m=04DE5F1EACC040x00002A&c=94EED9EE65337086",
     f"https://id.example.vn/story{ITEM}?m=04DE5F1EACC040x00002A", f"https://id.example.vn/story{ITEM}?{CODE}&{CODE}",
     f"https://id.example.vn/story{ITEM}?s=%22%3E", f"https://id.example.vn/story{ITEM}?s=" + "a" * 300, "https://[",
     "javascript:alert(1)"],
    ids=["none", "another house", "another item", "a tap", "chip data", "two codes", "markup", "long", "no address",
         "script"],
)  # fmt: skip
def test_nothing_else_of_an_address_comes_back(serving, referer) -> None:
    got = serving().post(f"/thanks{ITEM}", "lang=vi", **({"referer": referer} if referer else {}))
    assert back_of(got) == f"/story{ITEM}?lang=vi"


@pytest.mark.parametrize(
    "came", ["s=", "s=a&m=1", '"><script>', "https://evil.example", "products", "s=\u0660"]
)
def test_a_form_can_not_bring_back_what_we_never_said(came) -> None:
    assert back.checked(came) == ""


def test_what_is_shared_carries_no_code_and_the_page_says_which_address_to_trust(serving, link) -> None:
    worker, target = serving(), link()
    for lang in ("vi", "en", "zh-Hans", "ko", "zh-Hant", "ja", "ru", "fr"):
        page = worker.ask(f"/story{target}&lang={lang}").text
        for found in (
            r'id="share" href="([^"]+)"',
            r'rel="canonical" href="([^"]+)"',
            r'og:url" content="([^"]+)"',
        ):
            address = re.search(found, page)[1]
            assert address == "https://id.example.vn/products/09521234543213", (lang, found)
        assert not re.search(r'og:[a-z]+" content="[^"]*[?&](?:s|m|c)=', page)
        assert re.search(r"<footer>\s*<p><strong>[^<]*id\.example\.vn", page), lang
    assert "Chỉ tin địa chỉ id.example.vn" in worker.ask(f"/story{target}&lang=vi").text
