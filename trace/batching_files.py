"""Codes of a batch as files: label sheets (PDF), single codes (SVG, PNG in a ZIP), a list (CSV) (floor 3).

    write(Form.SVG, labels, stock, first=1, last=300) -> File("….zip", …)

Everything is made from the same labels that a sheet holds, so each form carries the very same links. Names in a ZIP
are the six digits of the item (`000012.svg`), `lot.svg` for the code of a whole batch, under one folder named like the
file. The same labels give the same bytes: the times in a ZIP stand still. The CSV begins with a byte order mark, so
that Excel reads its Vietnamese, has lines `number,label,link`, and no cell of it can be taken for a formula.
"""

import csv
import io
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import chain, islice

from ocop.trace.pages.labels import Label, Stock, sheet_name, sheets
from ocop.trace.registry.errors import BadValue
from ocop.trace.tags.qr import Matrix, matrix, png, segments, svg

PNG_SCALE = 10
_STILL = (1980, 1, 1, 0, 0, 0)


class Form(StrEnum):
    """What a maker may ask for."""

    PDF = "pdf"
    SVG = "svg"
    PNG = "png"
    CSV = "csv"

    @property
    def most(self) -> int:
        """How many codes one file may hold: what a phone can still open, and a few seconds of work."""
        return {Form.PDF: 5_000, Form.SVG: 500, Form.PNG: 500, Form.CSV: 20_000}[self]


def form_of(text: str) -> Form:
    """Raises BadValue."""
    try:
        return Form(text)
    except ValueError:
        raise BadValue("format", " or ".join(Form), text[:20]) from None


@dataclass(frozen=True, slots=True)
class File:
    """A file to hand out."""

    name: str
    media_type: str
    content: bytes


def write(
    form: Form,
    labels: Iterable[Label],
    stock: Stock,
    *,
    first: int,
    last: int,
    skip: int = 0,
    dx: float = 0.0,
    dy: float = 0.0,
) -> File:
    """The file; `skip`, `dx` and `dy` as `labels.sheets` has them, for a PDF alone. Raises LabelError, QRError."""
    source = iter(labels)
    head = list(islice(source, 1))
    name = sheet_name(head[0].text.name, head[0].text.lot, first, last).removesuffix(".pdf")
    every = chain(head, source)
    if form is Form.PDF:
        out = io.BytesIO()
        sheets(stock, every, out, total=last - first + 1, skip=skip, dx=dx, dy=dy)
        return File(f"{name}.pdf", "application/pdf", out.getvalue())
    if form is Form.CSV:
        return File(f"{name}.csv", "text/csv; charset=utf-8", _csv(every))
    return File(f"{name}-{form}.zip", "application/zip", _zip(form, every, name))


def _csv(labels: Iterable[Label]) -> bytes:
    out = io.StringIO(newline="")
    rows = csv.writer(out)
    rows.writerow(("so", "ten", "lien_ket"))
    rows.writerows((label.text.number or "", _plain(label.text.name), label.link) for label in labels)
    return b"\xef\xbb\xbf" + out.getvalue().encode("utf-8")


def _plain(text: str) -> str:
    """A spreadsheet takes a cell that begins so for a formula; an apostrophe makes it text."""
    return f"'{text}" if text[:1] in "=+-@\t\r" else text


def _zip(form: Form, labels: Iterable[Label], folder: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for label, symbol in _symbols(labels):
            number = label.text.number
            stem = f"{number:06d}" if number is not None else "lot"
            entry = zipfile.ZipInfo(f"{folder}/{stem}.{form}", _STILL)
            if form is Form.SVG:
                entry.compress_type = zipfile.ZIP_DEFLATED
                content = svg(symbol, f"{label.text.name}, {label.text.lot} {stem}").encode("utf-8")
            else:
                content = png(symbol, PNG_SCALE)
            archive.writestr(entry, content)
    return out.getvalue()


def _symbols(labels: Iterable[Label]) -> Iterator[tuple[Label, Matrix]]:
    return ((label, matrix(segments(label.link))) for label in labels)
