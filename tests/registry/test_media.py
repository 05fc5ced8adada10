"""Pictures: what is kept is drawn anew; what is no picture, or too much of one, is refused with a sentence."""

import hashlib
import io
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from ocop.trace.registry.errors import BadPicture, StoreUnreachable
from ocop.trace.registry.media import MAX_BYTES, Pictures, keep_photo, media_file, print_file
from PIL import Image, ImageCms, PngImagePlugin


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Pictures, Path]]:
    data = tmp_path_factory.mktemp("data")
    with Pictures(data) as pictures:
        yield pictures, data


def drawn(size: tuple[int, int] = (800, 600), mode: str = "RGB") -> Image.Image:
    image = Image.linear_gradient("L").resize(size)
    return Image.merge("RGB", (image, image.rotate(180), image)).convert(mode)


def saved(image: Image.Image, kind: str = "JPEG", **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def png_that_claims(width: int, height: int) -> bytes:
    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(b"\0" * 4096))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_picture_gets_its_web_sizes_and_a_print_file(kind: str, shared: tuple[Pictures, Path]) -> None:
    pictures, data = shared
    photo = pictures.keep(saved(drawn((1600, 1200)), kind), alt={"vi": "Hộp trà"})
    assert photo.sizes == ((360, 270), (720, 540), (1200, 900))
    assert photo.alt == {"vi": "Hộp trà"}
    for width, height in photo.sizes:
        for extension, name in (("webp", "WEBP"), ("jpg", "JPEG")):
            with Image.open(media_file(data, photo.name, width, extension)) as kept:
                assert (kept.format, kept.size) == (name, (width, height))
    with Image.open(print_file(data, photo.name)) as large:
        assert large.size == (1600, 1200)
    assert hashlib.sha256(print_file(data, photo.name).read_bytes()).hexdigest() == photo.name


def test_the_same_picture_gets_the_same_name_and_no_second_file(shared: tuple[Pictures, Path]) -> None:
    pictures, data = shared
    first = pictures.keep(saved(drawn((640, 480))))
    before = {path: path.stat().st_ino for path in data.rglob("*.*")}
    assert pictures.keep(saved(drawn((640, 480)))) == first
    assert {path: path.stat().st_ino for path in data.rglob("*.*")} == before


def test_the_first_photo_of_a_page_is_light_even_when_it_is_noisy(shared: tuple[Pictures, Path]) -> None:
    pictures, data = shared
    noisy = Image.effect_noise((1600, 1200), 60).convert("RGB")
    photo = pictures.keep(saved(noisy, quality=95))
    assert media_file(data, photo.name, 720, "webp").stat().st_size <= 60_000


def test_a_small_picture_is_not_blown_up(shared: tuple[Pictures, Path]) -> None:
    pictures, _ = shared
    assert pictures.keep(saved(drawn((300, 250)))).sizes == ((300, 250),)


def test_a_phone_held_upright_gives_an_upright_picture(shared: tuple[Pictures, Path]) -> None:
    pictures, data = shared
    image = Image.new("RGB", (800, 400), "red")
    image.paste("blue", (0, 0, 400, 400))
    exif = Image.Exif()
    exif[0x0112] = 6  # turn right by a quarter
    photo = pictures.keep(saved(image, exif=exif, quality=95))
    assert photo.sizes[0] == (360, 720)
    with Image.open(print_file(data, photo.name)) as kept:
        top, bottom = kept.getpixel((200, 50)), kept.getpixel((200, 750))
    assert isinstance(top, tuple)
    assert isinstance(bottom, tuple)
    assert top[2] > 200 > top[0]
    assert bottom[0] > 200 > bottom[2]


def test_where_and_with_what_it_was_taken_is_gone_from_every_file(shared: tuple[Pictures, Path]) -> None:
    pictures, data = shared
    exif = Image.Exif()
    exif[0x010F] = "SECRETPHONE"
    exif.get_ifd(0x8825)[2] = (21.0, 35.0, 12.0)
    content = saved(drawn((900, 700)), exif=exif, comment=b"SECRETPHONE", xmp=b"<x>SECRETPHONE</x>")
    assert content.count(b"SECRETPHONE") >= 2
    photo = pictures.keep(content)
    files = list(data.rglob(f"{photo.name}*"))
    assert len(files) == 5
    for file in files:
        assert b"SECRETPHONE" not in file.read_bytes()
        with Image.open(file) as kept:
            assert dict(kept.getexif()) == {}
            assert "icc_profile" not in kept.info


def test_a_colour_profile_is_applied_and_left_out(shared: tuple[Pictures, Path]) -> None:
    pictures, _ = shared
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    assert pictures.keep(saved(drawn((640, 480)), icc_profile=lab)).sizes[0] == (360, 270)
    assert pictures.keep(saved(drawn((640, 400)), icc_profile=b"broken profile")).sizes[0] == (360, 225)


@pytest.mark.parametrize("mode", ["L", "P", "RGBA", "LA", "1", "CMYK", "I;16"])
def test_every_colour_mode_becomes_plain_colours(mode: str, shared: tuple[Pictures, Path]) -> None:
    pictures, data = shared
    image = Image.new("I;16", (400, 400), 30_000) if mode == "I;16" else drawn((400, 400)).convert(mode)
    photo = pictures.keep(saved(image, "JPEG" if mode == "CMYK" else "PNG"))
    with Image.open(print_file(data, photo.name)) as kept:
        assert kept.mode == "RGB"


def test_what_is_seen_through_is_white(shared: tuple[Pictures, Path]) -> None:
    pictures, data = shared
    photo = pictures.keep(saved(Image.new("RGBA", (400, 400), (0, 0, 0, 0)), "PNG"))
    with Image.open(print_file(data, photo.name)) as kept:
        assert kept.getpixel((200, 200)) == (255, 255, 255)


def test_what_stands_behind_a_picture_in_its_file_is_left_out(shared: tuple[Pictures, Path]) -> None:
    pictures, data = shared
    payload = b"<script>alert(1)</script>PK\x03\x04SECRETARCHIVE"
    photo = pictures.keep(saved(drawn((660, 500))) + payload)
    for file in data.rglob(f"{photo.name}*"):
        assert b"SECRETARCHIVE" not in file.read_bytes()
        assert b"<script>" not in file.read_bytes()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b'<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>', "got SVG"),
        (b'\xef\xbb\xbf<?xml version="1.0"?><svg/>', "got XML or SVG"),
        (b"<!DOCTYPE html><img src=x>", "got HTML"),
        (b"GIF89a" + b"\0" * 64, "got GIF"),
        (b"%PDF-1.7", "got PDF"),
        (b"PK\x03\x04zip", "got a ZIP archive"),
        (b"\0\0\0\x18ftypheic", "got HEIC, AVIF or a video"),
        (b"RIFF\0\0\0\0WAVE", "got another kind of file"),
        (b"\x01\x02", "got another kind of file"),
        (b"", "got an empty file"),
    ],
)
def test_what_is_no_picture_is_refused_by_name(
    content: bytes, said: str, shared: tuple[Pictures, Path]
) -> None:
    with pytest.raises(BadPicture, match=said):
        shared[0].keep(content)


@pytest.mark.parametrize(("width", "height"), [(30_000, 30_000), (24_001, 1_000), (2**31 - 1, 2**31 - 1)])
def test_a_bomb_is_refused_by_its_size_before_it_is_opened(
    width: int, height: int, shared: tuple[Pictures, Path]
) -> None:
    with pytest.raises(BadPicture, match=r"expected at most 24,000,000 pixels|damaged"):
        shared[0].keep(png_that_claims(width, height))


def test_a_picture_of_text_bombs_is_refused(shared: tuple[Pictures, Path]) -> None:
    texts = PngImagePlugin.PngInfo()
    texts.add_text("bomb", "0" * 50_000_000, zip=True)
    content = saved(drawn((400, 300)), "PNG", pnginfo=texts)
    assert len(content) < MAX_BYTES
    with pytest.raises(BadPicture, match="damaged"):
        shared[0].keep(content)


def test_a_picture_cut_short_is_refused(shared: tuple[Pictures, Path]) -> None:
    for kind in ("JPEG", "PNG", "WEBP"):
        content = saved(drawn((900, 700)), kind)
        with pytest.raises(BadPicture, match=r"damaged|whole"):
            shared[0].keep(content[: len(content) // 2])


def test_an_animation_is_refused(shared: tuple[Pictures, Path]) -> None:
    frames = [drawn((300, 300)), Image.new("RGB", (300, 300), "red")]
    for kind in ("PNG", "WEBP"):
        content = saved(frames[0], kind, save_all=True, append_images=frames[1:], duration=100)
        with pytest.raises(BadPicture, match="animation"):
            shared[0].keep(content)


def test_a_picture_too_small_to_show_is_refused(shared: tuple[Pictures, Path]) -> None:
    with pytest.raises(BadPicture, match="at least 200 pixels each way, got 400 x 100"):
        shared[0].keep(saved(drawn((400, 100))))


def test_a_file_that_is_too_big_is_refused_before_it_is_read(shared: tuple[Pictures, Path]) -> None:
    with pytest.raises(BadPicture, match=r"at most 10,000,000 bytes, got 10,000,001"):
        shared[0].keep(b"\xff\xd8\xff" + b"\0" * (MAX_BYTES - 2))


def test_one_byte_changed_anywhere_gives_a_picture_or_a_sentence(shared: tuple[Pictures, Path]) -> None:
    content = saved(drawn((240, 240)), "PNG")
    for at in range(0, len(content), max(1, len(content) // 60)):
        changed = bytearray(content)
        changed[at] ^= 0xFF
        said = "expected"
        try:
            shared[0].keep(bytes(changed))
        except BadPicture as refused:
            said = str(refused)
        assert said.startswith("expected")


def test_a_child_that_dies_is_a_sentence_and_the_next_picture_is_taken(tmp_path: Path) -> None:
    with Pictures(tmp_path, seconds=0.0) as slow, pytest.raises(BadPicture, match="too much to open"):
        slow.keep(saved(drawn()))
    with Pictures(tmp_path) as pictures:
        pictures.keep(saved(drawn((500, 400))))
        child = pictures._child
        assert child is not None
        child.kill()
        with pytest.raises(BadPicture, match="too much to open"):
            pictures.keep(saved(drawn((510, 400))))
        assert pictures.keep(saved(drawn((510, 400)))).sizes[0] == (360, 282)


def test_nothing_half_written_carries_a_name(tmp_path: Path) -> None:
    photo = keep_photo(tmp_path, saved(drawn((640, 480))))
    names = sorted(path.name for path in tmp_path.rglob("*") if path.is_file())
    assert names == sorted([f"{photo.name}.jpg", f"{photo.name}-360.jpg", f"{photo.name}-360.webp"])


def test_a_folder_that_can_not_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "media").write_text("in the way")
    with pytest.raises(StoreUnreachable, match=r"Not a directory|File exists"):
        keep_photo(tmp_path, saved(drawn((640, 480))))
