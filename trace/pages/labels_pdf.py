"""A PDF written page by page: what is finished leaves memory at once (PDF 32000-1:2008, version 1.4).

A run of 100,000 labels is a file of some 32 MB; the writer keeps 8 bytes an object and the glyphs in use, whatever the
length. Fonts come last, when it is known which glyphs were shown; pages refer to them by numbers set aside before.
The same calls give the same bytes: no clock, no chance, no global registry of fonts.

Codes are 1-bit stencils inside the content of their page (`BI … EI`, 8.9.7), which spares an object for each. Their
data are written as hexadecimal digits: compressed that costs a few per cent more than raw bytes, and no reader can
mistake chance bytes for the end of the image.

Example: `writer.page(595.28, 841.89, content)` 5 times, then `writer.close("Tem …", "vi")`: 5 pages, 1 file.
"""

from array import array
from typing import BinaryIO

from ocop.trace.pages.labels_font import FontInUse, Weight, compressed, face

# Pages hang in a tree of two levels, so that a reader finds page 5,000 without reading 5,000 references.
_BRANCH = 128
_FONT_OBJECTS = 5
# The printing dialogue opens with "actual size"; who prints should not have to know that.
_PREFERENCES = "/ViewerPreferences<</PrintScaling/None/DisplayDocTitle true>>"


class PdfWriter:
    """Writes one file to `out`, which needs `write` alone. Errors of `out` (a full disk) pass through."""

    def __init__(self, out: BinaryIO) -> None:
        self._out = out
        self._size = 0
        self._offsets = array("Q", [0])
        self._fonts: dict[Weight, tuple[int, FontInUse]] = {}
        self._root = self._reserve()
        self._branches: list[tuple[int, list[int]]] = []
        self._write(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")

    @property
    def pages(self) -> int:
        return sum(len(kids) for _, kids in self._branches)

    def font(self, weight: Weight) -> FontInUse:
        """The face, to measure and to show text with; in content its name is that of `font_name`."""
        if weight not in self._fonts:
            first = self._reserve(_FONT_OBJECTS)
            self._fonts[weight] = (first, FontInUse(face(weight)))
        return self._fonts[weight][1]

    def form(self, width: float, height: float, content: str) -> str:
        """Store content that many pages repeat; gives the name under which `Do` draws it."""
        number = self._reserve()
        entries = f"/Type/XObject/Subtype/Form/BBox[0 0 {width:.4f} {height:.4f}]/Resources<<{self._font_entries()}>>"
        self._object(number, compressed(content.encode("ascii"), entries))
        return f"X{number}"

    def page(self, width: float, height: float, content: str, forms: frozenset[str]) -> None:
        """Finish a page of that size in points, with the forms that its content names."""
        if not self._branches or len(self._branches[-1][1]) == _BRANCH:
            self._branches.append((self._reserve(), []))
        parent, kids = self._branches[-1]
        stream, number = self._reserve(), self._reserve()
        self._object(stream, compressed(content.encode("ascii")))
        drawn = "".join(f"/{name} {name[1:]} 0 R" for name in sorted(forms))
        resources = self._font_entries() + (f"/XObject<<{drawn}>>" if drawn else "")
        self._object(
            number,
            f"<</Type/Page/Parent {parent} 0 R/MediaBox[0 0 {width:.4f} {height:.4f}]"
            f"/Resources<<{resources}>>/Contents {stream} 0 R>>".encode("ascii"),
        )
        kids.append(number)

    def close(self, title: str, language: str) -> int:
        """Write what is left: fonts, page tree, catalogue, cross references. Gives the size of the file in bytes."""
        for first, font in self._fonts.values():
            for number, body in enumerate(font.objects(first), first):
                self._object(number, body)
        for number, kids in self._branches:
            self._object(number, _tree_node(kids, len(kids), f"/Parent {self._root} 0 R"))
        self._object(self._root, _tree_node([number for number, _ in self._branches], self.pages))
        catalogue, info = self._reserve(), self._reserve()
        self._object(
            catalogue,
            f"<</Type/Catalog/Pages {self._root} 0 R/Lang({language}){_PREFERENCES}>>".encode("ascii"),
        )
        written = ("\ufeff" + title).encode("utf-16-be").hex()
        self._object(info, f"<</Title<{written}>/Producer(OCOP Trace)>>".encode("ascii"))
        self._cross_references(catalogue, info)
        return self._size

    def _font_entries(self) -> str:
        fonts = "".join(f"/{font_name(weight)} {first} 0 R" for weight, (first, _) in self._fonts.items())
        return f"/Font<<{fonts}>>" if fonts else ""

    def _reserve(self, count: int = 1) -> int:
        number = len(self._offsets)
        self._offsets.extend([0] * count)
        return number

    def _object(self, number: int, body: bytes) -> None:
        self._offsets[number] = self._size
        self._write(b"%d 0 obj\n%b\nendobj\n" % (number, body))

    def _cross_references(self, catalogue: int, info: int) -> None:
        start, count = self._size, len(self._offsets)
        self._write(b"xref\n0 %d\n0000000000 65535 f \n" % count)
        for at in range(1, count, 1024):
            self._write(b"".join(b"%010d 00000 n \n" % offset for offset in self._offsets[at : at + 1024]))
        self._write(
            b"trailer\n<</Size %d/Root %d 0 R/Info %d 0 R>>\nstartxref\n%d\n%%%%EOF\n"
            % (count, catalogue, info, start)
        )

    def _write(self, data: bytes) -> None:
        self._out.write(data)
        self._size += len(data)


def font_name(weight: Weight) -> str:
    """The name of a face in content: its first letter, as in `/B 9 Tf`."""
    return str(weight)[0]


def text_at(font: FontInUse, size: float, x: float, y: float, text: str) -> str:
    """Content that shows a text with its baseline starting at (x, y), in points."""
    return f"BT/{font_name(font.face.weight)} {size:g} Tf {x:.3f} {y:.3f} Td<{font.shown(text)}>Tj ET\n"


def stencil_at(size: int, rows: bytes, side: float, x: float, y: float) -> str:
    """Content that paints a stencil of `size` modules, `side` points wide, its lower left corner at (x, y).

    The last thing inside a `q … Q`: it moves the origin.
    """
    return (
        f"{side:.4f} 0 0 {side:.4f} {x:.4f} {y:.4f} cm\n"
        f"BI/W {size}/H {size}/IM true/D[1 0]/F/AHx ID\n{rows.hex()}>\nEI\n"
    )


def _tree_node(kids: list[int], count: int, entries: str = "") -> bytes:
    references = " ".join(f"{kid} 0 R" for kid in kids)
    return f"<</Type/Pages{entries}/Count {count}/Kids[{references}]>>".encode("ascii")
