"""From a file's bytes, or pasted cells, to a `Sheet`: the kind is told from the content, never from the name (floor 0).

| begins with       | read as                                                              |
|-------------------|----------------------------------------------------------------------|
| `PK`              | XLSX (`workbook.py`)                                                 |
| D0 CF 11 E0       | an old .xls, or a locked workbook: refused with what to do           |
| `%PDF`            | refused: a PDF holds no cells                                        |
| `<` … `<table`    | an HTML table, as Word, Excel and many `.xls` exports have it         |
| anything else     | text with tabs, `;` or `,` between cells                             |

Excel in Vietnamese writes `;` because the comma is for decimals. The separator is the one that gives most lines
the same number of cells; quotes as in RFC 4180, so a cell may hold line breaks: a line's number is that of the line
where it begins.

>>> read_sheet("ds.csv", "Tên;Hạng\\nTrà nõn;4 sao\\n".encode()).lines[1].cells
('Trà nõn', '4 sao')
"""

import csv
import io
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser

from ocop.trace.sheets.encodings import CONVERTERS, converted, decode, old_font
from ocop.trace.sheets.grid import MAX_BYTES, MAX_COLUMNS, MAX_LINES, BadSheet, Cell, Line, Sheet, grid
from ocop.trace.sheets.workbook import read_workbook

SEPARATORS = ("\t", ";", ",")
SAMPLE = 30
REFUSED = {
    b"\xd0\xcf\x11\xe0": ("xls", "a workbook of today (.xlsx)", "an old or a locked one (.xls)"),
    b"%PDF": ("pdf", "a list with cells", "a PDF"),
}


def read_sheet(name: str, content: bytes, *, sheet: str = "") -> Sheet:
    """The list in a file; `sheet` chooses one of a workbook, else the first that is shown. Raises BadSheet."""
    if len(content) > MAX_BYTES:
        raise BadSheet("bytes", f"at most {MAX_BYTES // 1024 // 1024} MiB", "more", "take pictures out")
    for start, (id_, expected, got) in REFUSED.items():
        if content.startswith(start):
            raise BadSheet(id_, expected, got, "open it in Excel and save it as .xlsx")
    if content.startswith(b"PK"):
        return _modern(read_workbook(name, content, sheet))
    text, encoding = decode(content)
    return _read_text(name, text, encoding)


def read_pasted(text: str) -> Sheet:
    """Cells pasted from a table of Word or Excel: HTML, or text with tabs. Raises BadSheet."""
    if len(text.encode("utf-8", "replace")) > MAX_BYTES:
        raise BadSheet("bytes", f"at most {MAX_BYTES // 1024 // 1024} MiB", "more")
    return _read_text("", text, "utf-8")


def _read_text(name: str, text: str, encoding: str) -> Sheet:
    if text.lstrip().startswith("<") and "<table" in text.lower():
        read = grid(name, _html_rows(text))
    else:
        read = _separated(name, text)
    return replace(_modern(read), encoding=_font(read) or encoding)


def _font(sheet: Sheet) -> str:
    return old_font(cell for line in sheet.lines for cell in line.cells if isinstance(cell, str))


def _modern(sheet: Sheet) -> Sheet:
    """The sheet with every cell of an old font as Unicode."""
    font = _font(sheet)
    if font not in CONVERTERS:
        return sheet
    lines = tuple(
        Line(
            line.number,
            tuple(converted(cell, font) if isinstance(cell, str) else cell for cell in line.cells),
        )
        for line in sheet.lines
    )
    return replace(sheet, lines=lines, encoding=font)


def _separated(name: str, text: str) -> Sheet:
    separator = _separator(text)
    lines: list[Line] = []
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    before = 0
    try:
        for row in rows:
            if len(lines) > MAX_LINES:
                break
            if any(cell.strip() for cell in row):
                found = grid(name, [row], first=before + 1).lines[0]
                lines.append(found)
            before = rows.line_num
    except csv.Error as error:
        raise BadSheet("quotes", "cells in matching quotes", f"{error} in line {before + 1}") from error
    if len(lines) > MAX_LINES:
        raise BadSheet("lines", f"at most {MAX_LINES} lines", "more", "split the list")
    if not lines:
        raise BadSheet("empty", "a list with at least one line", "nothing")
    return Sheet(name, tuple(lines))


def _separator(text: str) -> str:
    """Tab, `;` or `,`: the one with which most lines of the sample have the same number of cells, two or more."""
    best, score = ",", (0, 0)
    for separator in SEPARATORS:
        try:
            rows = list(_sample(text, separator))
        except csv.Error:
            continue
        widths = Counter(len(row) for row in rows if len(row) > 1)
        if widths:
            width, count = max(widths.items(), key=lambda one: (one[1], one[0]))
            if (count, width) > score:
                best, score = separator, (count, width)
    return best


def _sample(text: str, separator: str) -> Iterator[list[str]]:
    for number, row in enumerate(csv.reader(io.StringIO(text, newline=""), delimiter=separator)):
        if number >= SAMPLE:
            return
        yield row


class _Table(HTMLParser):
    """The cells of the largest table; cells that span rows or columns are repeated, as merged cells are."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.rows: list[dict[int, str]] = []
        self._spans: dict[int, tuple[int, str]] = {}
        self._cell: list[str] | None = None
        self._size = (1, 1)
        self._depth = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A row or a cell begins."""
        if tag == "table":
            self._depth += 1
        elif tag == "tr" and self._depth:
            self._finish_row()
            self.rows.append({})
            if len(self.rows) > MAX_LINES:
                raise BadSheet("lines", f"at most {MAX_LINES} lines", "more", "split the list")
        elif tag in {"td", "th"} and self.rows:
            self._close_cell()
            values = dict(attrs)
            self._size = (_span(values.get("rowspan")), min(_span(values.get("colspan")), MAX_COLUMNS + 1))
            self._cell = []
        elif tag in {"br", "p", "div"} and self._cell is not None:
            self._cell.append(" ")

    def handle_endtag(self, tag: str) -> None:
        """A cell or a table ends."""
        if tag in {"td", "th", "tr", "table"}:
            self._close_cell()
        if tag == "table":
            self._finish_row()
            self._depth = max(0, self._depth - 1)

    def handle_data(self, data: str) -> None:
        """Words in a cell."""
        if self._cell is not None:
            self._cell.append(data)

    def _close_cell(self) -> None:
        if self._cell is None:
            return
        text, row = " ".join("".join(self._cell).split()), self.rows[-1]
        self._cell = None
        column = self._free(row)
        down, across = self._size
        for at in range(column, column + across):
            row[at] = text
            if down > 1:
                self._spans[at] = (down - 1, text)
        if len(row) > MAX_COLUMNS:
            raise BadSheet("columns", f"at most {MAX_COLUMNS} columns", f"{len(row)} in row {len(self.rows)}")

    def _free(self, row: dict[int, str]) -> int:
        """The next column without a cell, after those that reach down from the rows above are filled in."""
        column = 0
        while column in row or self._reaches(row, column):
            column += 1
        return column

    def _reaches(self, row: dict[int, str], column: int) -> bool:
        left, text = self._spans.get(column, (0, ""))
        if not left:
            return False
        row[column] = text
        self._spans[column] = (left - 1, text)
        return True

    def _finish_row(self) -> None:
        if self.rows:
            for column in sorted(self._spans):
                if column not in self.rows[-1]:
                    self._reaches(self.rows[-1], column)

    def cells(self) -> Iterator[list[Cell]]:
        """The rows, gaps filled with empty cells."""
        for row in self.rows:
            yield [row.get(column, "") for column in range(max(row, default=-1) + 1)]


def _span(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 5 and int(text) else 1


def _html_rows(text: str) -> Iterator[list[Cell]]:
    table = _Table()
    table.feed(text)
    table.close()
    return table.cells()
