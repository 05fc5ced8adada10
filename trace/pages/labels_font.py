"""Be Vietnam Pro for label sheets: widths, and the part of a face that a file needs (PDF 32000-1, 9.7 and 9.9).

A face is read once. A `FontInUse` collects the glyphs that one file shows, numbers them from 1 in the order of their
first use and writes text as these numbers, two bytes each (`Identity-H`); at the end it gives the subset, the widths
and the way back to Unicode, so that text can be searched and copied. Text is composed (NFC) before it comes here.

Example: the first text of a file, "Lô", is written <00010002>, and a second "ô" is <0002> again.
"""

import struct
import zlib
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache

from fontpkg_be_vietnam_pro import ROOT
from ocop.trace.pages.labels_stock import LabelError
from reportlab.pdfbase.ttfonts import TTFontFile


class Weight(StrEnum):
    """The faces that labels use, by the name of their file."""

    REGULAR = "Regular"
    SEMIBOLD = "SemiBold"
    BOLD = "Bold"


# The highest mark and the lowest stroke of the three faces, in em: no line of text leaves this band.
ASCENT = 1.23
DESCENT = 0.27


@dataclass(frozen=True, slots=True)
class Face:
    """One face: advance widths in thousandths of an em and glyph numbers, by code point."""

    weight: Weight
    file: TTFontFile
    widths: dict[int, float]
    glyphs: dict[int, int]

    def width(self, text: str, size: float) -> float:
        """Width of a text in points. Raises `LabelError` for a character that the face lacks."""
        try:
            return sum(self.widths[ord(character)] for character in text) * size / 1000
        except KeyError as error:
            character = chr(error.args[0])
            raise LabelError(
                "label text",
                "letters of the Latin and Vietnamese alphabets",
                f"U+{ord(character):04X}",
                f"write {text!r} without it",
            ) from None


@cache
def face(weight: Weight) -> Face:
    """A face of Be Vietnam Pro from its package, read once."""
    file = TTFontFile(str(ROOT / "files" / f"BeVietnamPro-{weight}.ttf"))
    widths = {code: file.charWidths[code] for code in file.charToGlyph if code in file.charWidths}
    return Face(weight, file, widths, dict(file.charToGlyph))


@dataclass(slots=True)
class FontInUse:
    """A face within one file: which glyphs it shows and the numbers they have there."""

    face: Face
    codes: list[int] = field(default_factory=list)
    numbers: dict[int, int] = field(default_factory=dict)
    of_glyph: dict[int, int] = field(default_factory=dict)

    def shown(self, text: str) -> str:
        """The text as hexadecimal glyph numbers, for `<…> Tj`. Measure it first: that finds missing letters."""
        numbers = self.numbers
        return "".join([f"{numbers.get(code) or self._take(code):04x}" for code in map(ord, text)])

    def _take(self, code: int) -> int:
        glyph = self.face.glyphs[code]
        number = self.of_glyph.get(glyph)
        if number is None:
            self.codes.append(code)
            number = self.of_glyph[glyph] = len(self.codes)
        self.numbers[code] = number
        return number

    def objects(self, first: int) -> list[bytes]:
        """The five objects of the font with numbers `first`..`first + 4`; the first is the one pages refer to."""
        file = self.face.file
        name = f"OCOPTR+BeVietnamPro-{self.face.weight}"
        widths = " ".join(f"{self.face.widths[code]:g}" for code in self.codes)
        box = " ".join(f"{value:g}" for value in file.bbox)
        return [
            f"<</Type/Font/Subtype/Type0/BaseFont/{name}/Encoding/Identity-H"
            f"/DescendantFonts[{first + 1} 0 R]/ToUnicode {first + 4} 0 R>>".encode("ascii"),
            f"<</Type/Font/Subtype/CIDFontType2/BaseFont/{name}/CIDToGIDMap/Identity/DW 0/W[1[{widths}]]"
            "/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>"
            f"/FontDescriptor {first + 2} 0 R>>".encode("ascii"),
            f"<</Type/FontDescriptor/FontName/{name}/Flags 4/FontBBox[{box}]/ItalicAngle 0/Ascent {file.ascent:g}"
            f"/Descent {file.descent:g}/CapHeight {file.capHeight:g}/StemV {file.stemV:g}"
            f"/FontFile2 {first + 3} 0 R>>".encode("ascii"),
            self._subset(),
            compressed(self._to_unicode().encode("ascii")),
        ]

    def _subset(self) -> bytes:
        data = self.face.file.makeSubset(self.codes)
        return compressed(data, f"/Length1 {len(data)}")

    def _to_unicode(self) -> str:
        lines = [
            f"<{number:04x}> <{struct.pack('>H', code).hex()}>" for number, code in enumerate(self.codes, 1)
        ]
        # A CMap takes at most 100 lines a block (PDF 32000-1, 9.10.3, after Adobe's CMap specification).
        blocks = "".join(
            f"{len(part)} beginbfchar\n" + "\n".join(part) + "\nendbfchar\n"
            for part in (lines[at : at + 100] for at in range(0, len(lines), 100))
        )
        return (
            "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n"
            "/CIDSystemInfo <</Registry (Adobe) /Ordering (UCS) /Supplement 0>> def\n"
            "/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n"
            f"1 begincodespacerange\n<0000> <ffff>\nendcodespacerange\n{blocks}"
            "endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend\n"
        )


def compressed(data: bytes, entries: str = "") -> bytes:
    """A stream object's body: dictionary and Flate-compressed data. `entries` go into the dictionary."""
    packed = zlib.compress(data, 9)
    head = f"<<{entries}/Filter/FlateDecode/Length {len(packed)}>>\nstream\n".encode("ascii")
    return head + packed + b"\nendstream"
