"""Single codes: segments, versions, drawings, read back by two decoders that know nothing of us."""

import io
import re
import xml.etree.ElementTree as ET

import cv2
import numpy as np
import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from ocop.trace.tags import qr
from PIL import Image

# The golden print token of docs/formats.md.
DIGITS = (
    "014059209110767152596770424815919988775736281255137706211160624686359039142687832674391753325607593053"
    "857961426594196970766587404373703100991211430958234675832839"
)
PATH = "/01/09521234543213/10/L2609A/21/000012"
LINK = qr.print_link("https://id.ocop.vn", PATH, DIGITS)


def picture(symbol: qr.Matrix, scale: int = 4) -> np.ndarray:
    return np.array(Image.open(io.BytesIO(qr.png(symbol, scale))).convert("L"))


def zxing(image: np.ndarray) -> list[str]:
    return [found.text for found in zxingcpp.read_barcodes(image, formats=zxingcpp.BarcodeFormat.QRCode)]


def opencv(image: np.ndarray) -> str:
    return cv2.QRCodeDetectorAruco().detectAndDecode(image)[0]


def link_with_place(length: int) -> str:
    """A printed link whose host and path have `length` characters."""
    host = "a" * (length - len(PATH) - 3) + ".vn"
    return qr.print_link(f"https://{host}", PATH, DIGITS)


def test_a_printed_link_has_a_lower_case_scheme_and_an_upper_case_host() -> None:
    assert f"https://ID.OCOP.VN{PATH}?s={DIGITS}" == LINK


def test_a_printed_link_is_cut_as_the_format_says() -> None:
    assert qr.segments(LINK) == (
        qr.Segment(qr.Mode.BYTE, "https://"),
        qr.Segment(qr.Mode.ALPHANUMERIC, f"ID.OCOP.VN{PATH}"),
        qr.Segment(qr.Mode.BYTE, "?s="),
        qr.Segment(qr.Mode.NUMERIC, DIGITS),
    )


@pytest.mark.parametrize(
    "origin", ["http://127.0.0.1:8000", "http://localhost:8000", "http://192.168.1.7:80"]
)
def test_a_test_address_with_a_port_stays_alphanumeric(origin: str) -> None:
    link = qr.print_link(origin, PATH, DIGITS)
    modes = [part.mode for part in qr.segments(link)]
    assert modes == [qr.Mode.BYTE, qr.Mode.ALPHANUMERIC, qr.Mode.BYTE, qr.Mode.NUMERIC]
    assert link.startswith("http://")
    assert link[7:] == link[7:].upper().replace("?S=", "?s=")
    assert qr.printed_version(link) == 7


def test_an_ipv6_host_goes_as_bytes_and_the_path_stays_alphanumeric() -> None:
    parts = qr.segments(qr.print_link("http://[::1]:8000", PATH, DIGITS))
    assert [part.text for part in parts] == ["http://[::1]:8000", PATH, "?s=", DIGITS]
    assert [part.mode for part in parts] == [4, 2, 4, 1]


@pytest.mark.parametrize("length", range(45, 101))
def test_version_7_up_to_56_characters_of_host_and_path_and_8_beyond(length: int) -> None:
    link = link_with_place(length)
    expected = 7 if length <= 56 else 8
    assert qr.printed_version(link) == expected == qr.version_of(qr.segments(link))
    assert qr.matrix(qr.segments(link), mask=0).size == 17 + 4 * expected


def test_a_printed_link_is_never_drawn_smaller_than_version_7() -> None:
    link = qr.print_link("https://x.vn", "/P/4VTR0QB4/10/L1", DIGITS)
    assert qr.printed_version(link) == qr.version_of(qr.segments(link)) == 7


def test_more_than_8_m_holds_is_refused() -> None:
    with pytest.raises(qr.QRError, match=r"host and path: expected at most 100 characters .*, got 101"):
        qr.printed_version(link_with_place(101))


@pytest.mark.parametrize(
    "link",
    [
        "",
        "https://ID.OCOP.VN/",
        LINK.replace("https", "HTTPS"),
        LINK.replace("ID.OCOP", "id.ocop"),
        LINK[:-1],
        LINK + "0",
        LINK + "&m=1",
        "x" + LINK,
    ],
)
def test_what_is_no_printed_link_has_no_printed_version(link: str) -> None:
    with pytest.raises(qr.QRError, match="printed link: expected"):
        qr.printed_version(link)


@pytest.mark.parametrize(
    "origin",
    ["HTTPS://id.ocop.vn", "id.ocop.vn", "https://id.ocop.vn/x", "https://u@id.ocop.vn", "https://", "https://chợ.vn",
     "ftp://id.ocop.vn", "https://id.ocop.vn?x", "https://id ocop.vn", "https://id.ocop.vn\n"],
)  # fmt: skip
def test_a_public_address_that_is_no_origin_is_refused(origin: str) -> None:
    with pytest.raises(qr.QRError, match="public address: expected https://host"):
        qr.print_link(origin, PATH, DIGITS)


@pytest.mark.parametrize(
    "path", ["", "01/1", PATH.lower(), PATH + "/", PATH + "?x", "/01/ộ", "/01//10", PATH + "\n"]
)
def test_a_path_that_is_not_canonical_is_refused(path: str) -> None:
    with pytest.raises(qr.QRError, match="identifier path: expected"):
        qr.print_link("https://id.ocop.vn", path, DIGITS)


@pytest.mark.parametrize("digits", ["", DIGITS[1:], DIGITS + "0", DIGITS[1:] + "x", DIGITS[1:] + "٣"])
def test_a_token_that_is_not_162_ascii_digits_is_refused(digits: str) -> None:
    with pytest.raises(qr.QRError, match="token: expected 162 digits"):
        qr.print_link("https://id.ocop.vn", PATH, digits)


@pytest.mark.parametrize("text", ["", "https://chợ.vn/"])
def test_empty_and_non_ascii_texts_have_no_segments(text: str) -> None:
    with pytest.raises(qr.QRError, match="text of a code: expected ASCII"):
        qr.segments(text)


def test_a_text_beyond_version_40_is_refused() -> None:
    with pytest.raises(qr.QRError, match="text of a code: expected at most 18672 bits"):
        qr.version_of(qr.segments("x" * 2400))


@pytest.mark.parametrize("mask", [-1, 8])
def test_a_mask_that_does_not_exist_is_refused(mask: int) -> None:
    with pytest.raises(qr.QRError, match=r"mask: expected 0\.\.7"):
        qr.matrix(qr.segments(LINK), mask)


@pytest.mark.parametrize("scale", [0, 65])
def test_a_scale_that_makes_no_picture_is_refused(scale: int) -> None:
    with pytest.raises(qr.QRError, match="scale: expected"):
        qr.png(qr.matrix(qr.segments("A")), scale)


@given(st.text(st.characters(codec="ascii", exclude_categories=()), min_size=1, max_size=200))
def test_segments_joined_are_the_text(text: str) -> None:
    assert "".join(part.text for part in qr.segments(text)) == text


@given(
    st.sampled_from(["https://", "http://", ""]),
    st.text(qr.ALPHANUMERIC + "abc", max_size=60),
    st.sampled_from(["", "?s=", f"?s={DIGITS}", f"?s={'x' * 90}", f"?s={DIGITS}&m=1"]),
)
@settings(max_examples=40)
def test_what_the_bit_count_promises_is_what_the_library_draws(scheme: str, place: str, query: str) -> None:
    text = scheme + place + query or "A"
    parts = qr.segments(text)
    symbol = qr.matrix(parts, mask=1)
    assert symbol.size == 17 + 4 * qr.version_of(parts)
    assert zxing(picture(symbol)) == [text]


TEXTS = {
    "print": LINK,
    "print, 8-M": link_with_place(80),
    "loopback": qr.print_link("http://127.0.0.1:8000", PATH, DIGITS),
    "nfc form": "https://id.ocop.vn/01/09521234543213/10/L2609A/21/000012"
    "?s=EAAHuDc-eHX5MCBfSjT9Ha_PafGIB0jqp2_9vo4Sy8q_osr69IL-TfBhimrsPlBD89Cx0LrWzKK6A9_UoNQiK63oBw",
    "no token": "http://192.168.1.7:8000/",
    "host alone": "https://id.ocop.vn",
}
texts = pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)


@texts
def test_a_png_reads_back_exactly_in_zxing_and_in_opencv(text: str) -> None:
    image = picture(qr.matrix(qr.segments(text)))
    assert zxing(image) == [text]
    assert opencv(image) == text


@texts
def test_the_svg_draws_the_same_modules_as_the_stencil(text: str) -> None:
    symbol = qr.matrix(qr.segments(text))
    root = ET.fromstring(qr.svg(symbol, 'mã "12" <&>'))
    side = symbol.size + 8
    assert root.attrib["viewBox"] == f"0 0 {side} {side}"
    title, ground, modules = root
    assert title.text == 'mã "12" <&>'
    assert ground.attrib["fill"] == "#fff"
    drawn = np.zeros((side, side), bool)
    for x, y, length, back in re.findall(r"M(\d+) (\d+)h(\d+)v1h-(\d+)z", modules.attrib["d"]):
        assert length == back
        drawn[int(y), int(x) : int(x) + int(length)] = True
    assert not drawn[:4].any()
    assert not drawn[:, :4].any()
    assert not drawn[-4:].any()
    assert not drawn[:, -4:].any()
    bits = np.unpackbits(np.frombuffer(qr.stencil(symbol), np.uint8).reshape(symbol.size, -1), axis=1)
    assert (drawn[4:-4, 4:-4] == bits[:, : symbol.size]).all()
    assert (drawn[4:-4, 4:-4] == np.array(symbol.rows)).all()


def test_an_svg_without_a_title_is_hidden_from_screen_readers_and_none_carries_style_or_script() -> None:
    drawing = qr.svg(qr.matrix(qr.segments(LINK)))
    assert 'aria-hidden="true"' in drawing
    assert "style" not in drawing
    assert "script" not in drawing
    assert len(drawing) < 8_000


@pytest.mark.parametrize("colours", [True, False])
def test_terminal_lines_read_back_as_the_symbol(colours: bool) -> None:
    symbol = qr.matrix(qr.segments(LINK))
    lines = qr.terminal(symbol, colours).splitlines()
    if colours:
        assert all(line.startswith("\x1b[30;107m") and line.endswith("\x1b[0m") for line in lines)
        lines = [line[len("\x1b[30;107m") : -len("\x1b[0m")] for line in lines]
    dark = {" ": (0, 0), "▄": (0, 1), "▀": (1, 0), "█": (1, 1)}
    halves = np.array([[dark[glyph] for glyph in line] for line in lines])
    modules = halves.transpose(0, 2, 1).reshape(-1, halves.shape[1]).astype(bool)
    modules = modules if colours else ~modules
    image = np.where(np.kron(modules, np.ones((4, 4), bool)), 0, 255).astype(np.uint8)
    assert modules.shape == (54, 53)
    assert zxing(image) == [LINK]


def test_a_png_is_1_bit_grey_with_a_white_quiet_zone_of_4_modules() -> None:
    data = qr.png(qr.matrix(qr.segments(LINK)), scale=3)
    image = Image.open(io.BytesIO(data))
    assert (image.mode, image.size) == ("1", (159, 159))
    ground = np.array(image)
    assert ground[:12].all()
    assert ground[-12:].all()
    assert ground[:, :12].all()
    assert ground[:, -12:].all()
    assert not ground[12, 12]
    assert len(data) < 1_500
