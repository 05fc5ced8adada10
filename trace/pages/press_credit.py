"""A picture that says by itself whose it is: caption and credit inside a JPEG, as XMP (floor 1, pure).

The file for print carries no metadata at all. What a newspaper takes along gets one APP1 segment at its
beginning (XMP Specification Part 3, 1.1.3): `http://ns.adobe.com/xap/1.0/`, a zero byte, and a packet with the fields
that picture desks read:

    dc:description         the caption, by language         photoshop:Credit        the line of credit
    dc:rights              the line of credit               xmpRights:WebStatement  the page of the consent

A segment holds at most 65,533 bytes; a packet that would not fit is left out whole, the file `captions.txt` has it all.
Pixels are never touched: what stands behind the segment is the file for print, byte for byte.

    with_credit(jpeg, {"vi": "Hộp trà", "en": "A box of tea"}, "Lời kể và ảnh: HTX …", "https://id.example.vn/press/…")
"""

from collections.abc import Mapping

from markupsafe import Markup
from ocop.trace.facts import Lang

START = b"\xff\xd8"
JFIF, MARKER = b"\xff\xe0", b"\xff\xe1"
SPACE = b"http://ns.adobe.com/xap/1.0/\x00"
MOST = 65_533

_PACKET = Markup(
    '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    '<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" '
    'xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/" xmlns:xmpRights="http://ns.adobe.com/xap/1.0/rights/" '
    'photoshop:Credit="{credit}" xmpRights:Marked="True" xmpRights:WebStatement="{page}">'
    "<dc:description><rdf:Alt>{captions}</rdf:Alt></dc:description>"
    '<dc:rights><rdf:Alt><rdf:li xml:lang="x-default">{credit}</rdf:li></rdf:Alt></dc:rights>'
    '</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="r"?>'
)
_CAPTION = Markup('<rdf:li xml:lang="{lang}">{text}</rdf:li>')


def with_credit(jpeg: bytes, captions: Mapping[Lang, str], credit: str, page: str) -> bytes:
    """The JPEG with caption and credit inside. `captions` begins with the language that counts where none is asked."""
    texts = list(captions.items())
    if texts:
        texts.insert(0, ("x-default", texts[0][1]))
    lines = Markup("").join(_CAPTION.format(lang=lang, text=text) for lang, text in texts)
    segment = SPACE + _PACKET.format(credit=credit, page=page, captions=lines).encode()
    if not jpeg.startswith(START) or len(segment) > MOST:
        return jpeg
    at = len(START)
    if jpeg[at : at + 2] == JFIF:  # stands first (ITU-T T.871, 10.1)
        at += 2 + int.from_bytes(jpeg[at + 2 : at + 4], "big")
    return jpeg[:at] + MARKER + (len(segment) + 2).to_bytes(2, "big") + segment + jpeg[at:]
