"""Label sheets: codes and the words beside them as a print-ready PDF.

    report = sheets(find_stock("a4-21"), labels, out, total=300)      # 15 pages, 300 labels

Each label shows the code of one item (or, for a batch-level code, of the batch) as a QR symbol of at least 18 mm with
its quiet zone, and beside it what `labels_text` says. A4 sheets carry a ruler of exactly 100 mm, "In đúng 100 %", the
batch, the numbers on the page and the page in their margin; stock without margins gives its last two labels for that.
The file asks the printing dialogue for its actual size, has a title and its language, holds its fonts, and is the same
bytes for the same input.

Labels stream: about 300 are in memory at a time. `skip` starts on a partly used sheet, `dx` and `dy` (mm, right and up)
move everything for a printer that pulls paper askew.

`sheet_name("Trà Hương Vân", "L2609A", 1, 300)` is `tra-huong-van-L2609A-000001-000300.pdf`.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby, islice
from typing import BinaryIO

from ocop.trace.pages.labels_font import Weight
from ocop.trace.pages.labels_margin import crop_marks, margin
from ocop.trace.pages.labels_pdf import PdfWriter, stencil_at, text_at
from ocop.trace.pages.labels_stock import STOCKS, LabelError, Placement, Ruler, Stock, find_stock, place, roll
from ocop.trace.pages.labels_text import POINTS, Label, LabelText, Line, clean, compose
from ocop.trace.tags.qr import QRError, printed_version, segments
from ocop.trace.tags.qr_bulk import CHUNK, stencils
from ocop.trace.text import fold

__all__ = [
    "STOCKS",
    "Label",
    "LabelError",
    "LabelText",
    "SheetReport",
    "Stock",
    "find_stock",
    "roll",
    "sheet_name",
    "sheets",
]

MAX_SHIFT = 5.0

_KEPT_DESIGNS = 256
_NAME_LENGTH = 60


@dataclass(frozen=True, slots=True)
class SheetReport:
    """What was made: labels, pages, size of the file in bytes."""

    labels: int
    pages: int
    bytes: int


@dataclass(frozen=True, slots=True)
class _Design:
    """What the labels of a batch share: where things stand, their fixed words as a form, the line of the number."""

    form: str
    placement: Placement
    number: Line | None


def sheets(
    stock: Stock,
    labels: Iterable[Label],
    out: BinaryIO,
    *,
    total: int,
    progress: Callable[[int], None] | None = None,
    dx: float = 0.0,
    dy: float = 0.0,
    skip: int = 0,
) -> SheetReport:
    """Write a PDF of `total` labels in their order to `out`; `progress` hears after each page how many are done.

    Raises `LabelError` when the options or a text don't fit the stock, when a link is none that is printed, or when
    there are not `total` labels; errors of `out` pass through. What was written before an error is no PDF.
    """
    _check_options(stock, total, dx, dy, skip)
    work = _Sheets(stock, PdfWriter(out), (dx * POINTS, dy * POINTS))
    pages = -(-(total + skip) // stock.per_page)
    drawn = _drawn(labels)
    done = 0
    title = ""
    for page in range(1, pages + 1):
        start = skip if page == 1 else 0
        batch = list(islice(drawn, min(stock.per_page - start, total - done)))
        if not batch:
            break
        done += len(batch)
        title = title or f"Tem {clean(batch[0][0].text.name)}, lô {clean(batch[0][0].text.lot)}"
        work.page(batch, start, f"trang {page}/{pages}")
        if progress is not None:
            progress(done)
    if done != total or next(drawn, None) is not None:
        raise LabelError("labels", str(total), str(done) if done != total else f"more than {total}")
    size = work.writer.close(title, "vi")
    return SheetReport(done, pages, size)


def sheet_name(product_name: str, lot: str, first: int, last: int) -> str:
    """A file name in plain ASCII; a batch-level code (`last` 0) has no numbers in it."""
    words = re.findall(r"[a-z0-9]+", fold(product_name))
    name = "-".join(words)[:_NAME_LENGTH].strip("-") or "tem"
    batch = "-".join(re.findall(r"[A-Za-z0-9]+", lot)) or "lo"
    numbers = f"-{first:06d}-{last:06d}" if last else ""
    return f"{name}-{batch}{numbers}.pdf"


def _check_options(stock: Stock, total: int, dx: float, dy: float, skip: int) -> None:
    if total < 1:
        raise LabelError("labels", "at least 1", str(total))
    if skip not in range(stock.per_page):
        raise LabelError("labels to skip", f"0..{stock.per_page - 1} on {stock.name}", str(skip))
    for name, shift in (("dx", dx), ("dy", dy)):
        # Written so that NaN is refused too.
        if not -MAX_SHIFT <= shift <= MAX_SHIFT:
            raise LabelError(name, f"a shift of at most {MAX_SHIFT:g} mm", f"{shift:g} mm")


def _drawn(labels: Iterable[Label]) -> Iterator[tuple[Label, int, bytes]]:
    """(label, version, stencil) of each label; symbols are made in runs of one structure."""
    source = iter(labels)
    while chunk := list(islice(source, CHUNK)):
        try:
            for _, same in groupby(chunk, key=_structure):
                run = list(same)
                links = [label.link for label in run]
                printed_version(links[0])
                symbols = stencils(links)
                for label, rows in zip(run, symbols.rows, strict=True):
                    yield label, symbols.version, rows
        except QRError as error:
            raise LabelError(error.what, error.expected, error.got) from error


def _structure(label: Label) -> tuple[tuple[int, int], ...]:
    return tuple((int(part.mode), len(part.text)) for part in segments(label.link))


class _Sheets:
    """The pages of one file and the designs that its labels share."""

    def __init__(self, stock: Stock, writer: PdfWriter, shift: tuple[float, float]) -> None:
        self.stock = stock
        self.writer = writer
        self._shift = shift
        self._designs: dict[tuple[object, ...], _Design] = {}

    def page(self, batch: list[tuple[Label, int, bytes]], start: int, page: str) -> None:
        """One page, its first label at the position `start`."""
        stock = self.stock
        content = [f"1 0 0 1 {self._shift[0]:.4f} {self._shift[1]:.4f} cm\n"] if any(self._shift) else []
        forms = set()
        for position, (label, version, rows) in enumerate(batch, start):
            design = self._design(label.text, version)
            forms.add(design.form)
            content.append(self._label(label, design, version, rows, position))
        if stock.ruler is not Ruler.NONE:
            content.append(
                margin(stock, self.writer.font(Weight.REGULAR), [label.text for label, _, _ in batch], page)
            )
        if stock.crop_marks:
            content.append(crop_marks(stock))
        width, height = stock.page
        self.writer.page(width * POINTS, height * POINTS, "".join(content), frozenset(forms))

    def _label(self, label: Label, design: _Design, version: int, rows: bytes, position: int) -> str:
        x, y = self.stock.corner(position)
        symbol = design.placement.symbol
        number = ""
        if design.number is not None:
            line = design.number
            font = self.writer.font(line.weight)
            text = f"{line.text}{label.text.number}{line.after}"
            shown_x = line.x
            if design.placement.centred:
                shown_x += (line.width - font.face.width(text, line.size)) / 2
            number = text_at(font, line.size, shown_x, line.y, text)
        return (
            f"q 1 0 0 1 {x * POINTS:.4f} {y * POINTS:.4f} cm /{design.form} Do\n{number}"
            + stencil_at(17 + 4 * version, rows, symbol.width * POINTS, symbol.x * POINTS, symbol.y * POINTS)
            + "Q\n"
        )

    def _design(self, text: LabelText, version: int) -> _Design:
        number = text.number
        key = (
            text.name,
            text.lot,
            text.classifier,
            text.host,
            text.count,
            version,
            number is not None and len(str(number)) > len(str(text.count)),
            number is None,
        )
        design = self._designs.get(key)
        if design is None:
            if len(self._designs) == _KEPT_DESIGNS:
                self._designs.clear()
            design = self._designs[key] = self._made(text, version)
        return design

    def _made(self, text: LabelText, version: int) -> _Design:
        placement = place(self.stock, version)
        fixed, number = [], None
        for line in compose(text, self.stock, placement):
            if line.numbered:
                number = line
            else:
                fixed.append(text_at(self.writer.font(line.weight), line.size, line.x, line.y, line.text))
        form = self.writer.form(self.stock.width * POINTS, self.stock.height * POINTS, "".join(fixed))
        return _Design(form, placement, number)
