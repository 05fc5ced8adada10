"""Caption and credit inside a picture: read by others, the pixels untouched, words never markup."""

import io
import xml.etree.ElementTree as ET

import pytest
from ocop.trace.pages.press_credit import with_credit
from PIL import Image

RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
DC = "{http://purl.org/dc/elements/1.1/}"
LANG = "{http://www.w3.org/XML/1998/namespace}lang"
PAGE = "https://id.example.vn/press/09521234543213"


def jpeg(**options):
    out = io.BytesIO()
    Image.linear_gradient("L").convert("RGB").save(out, "JPEG", **options)
    return out.getvalue()


def packet(content):
    text = Image.open(io.BytesIO(content)).info["xmp"].decode()
    return ET.fromstring(text.partition("?>")[2].rpartition("<?")[0])


@pytest.mark.parametrize(
    "options", [{}, {"progressive": True}, {"dpi": (300, 300)}], ids=["usual", "coarse first", "dpi"]
)
def test_others_read_caption_and_credit_and_the_pixels_stay(options):
    plain = jpeg(**options)
    made = with_credit(plain, {"vi": "Hộp trà & sen", "en": "A box"}, 'HTX "Hương" <Vân>', PAGE)
    tree = packet(made)
    about = tree.find(f".//{RDF}Description")
    assert about.get("{http://ns.adobe.com/photoshop/1.0/}Credit") == 'HTX "Hương" <Vân>'
    assert about.get("{http://ns.adobe.com/xap/1.0/rights/}WebStatement") == PAGE
    captions = {li.get(LANG): li.text for li in tree.find(f".//{DC}description").iter(f"{RDF}li")}
    assert captions == {"x-default": "Hộp trà & sen", "vi": "Hộp trà & sen", "en": "A box"}
    assert Image.open(io.BytesIO(made)).tobytes() == Image.open(io.BytesIO(plain)).tobytes()
    assert made.endswith(plain[20:])
    assert made[:20] == plain[:20], "JFIF comes first"


def test_no_caption_is_no_empty_one():
    assert (
        list(packet(with_credit(jpeg(), {}, "HTX", PAGE)).find(f".//{DC}description").iter(f"{RDF}li")) == []
    )


@pytest.mark.parametrize("plain", [b"", b"\x89PNG", b"\xff"], ids=["nothing", "png", "one byte"])
def test_what_is_no_jpeg_stays_as_it_is(plain):
    assert with_credit(plain, {"vi": "a"}, "b", PAGE) == plain


def test_words_that_fit_no_segment_leave_the_picture_whole():
    plain = jpeg()
    assert with_credit(plain, {"vi": "á" * 40_000}, "HTX", PAGE) == plain
    assert Image.open(io.BytesIO(with_credit(plain, {"vi": "á" * 10_000}, "HTX", PAGE))).size == (256, 256)
