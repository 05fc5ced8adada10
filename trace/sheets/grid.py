"""A sheet: lines of cells as a person sees them, with the limits that every way in shares (floor 0, pure).

A cell is text, a number or a date. An empty cell is the empty text. `Line.number` is the line in the file, or the
row in the workbook, as the person's own program counts it (from 1): every problem names it.

>>> rows = grid("list", [["Tên", "Hạng"], ["Trà", 4]])
>>> rows.lines[1].number, rows.lines[1].cells
(2, ('Trà', 4))
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

Cell = str | int | float | date

MAX_BYTES = 8 * 1024 * 1024
MAX_LINES = 5_000
MAX_COLUMNS = 80
MAX_CELL = 8_000


class BadSheet(Exception):
    """A file that can't be read as a list. `id` names the sentence for people: `sheet.<id>`."""

    def __init__(self, id_: str, expected: str, got: object, hint: str = "") -> None:
        self.id, self.expected, self.got, self.hint = id_, expected, str(got)[:120], hint
        text = f"list: expected {expected}, got {self.got}"
        super().__init__(f"{text}\nhint: {hint}" if hint else text)


@dataclass(frozen=True, slots=True)
class Line:
    """One line and where it stands."""

    number: int
    cells: tuple[Cell, ...]

    @property
    def filled(self) -> int:
        """How many cells hold something."""
        return sum(cell != "" for cell in self.cells)


@dataclass(frozen=True, slots=True)
class Sheet:
    """The lines that hold something. `encoding` is how the text was read; `sheets` are all sheets of a workbook."""

    name: str
    lines: tuple[Line, ...]
    encoding: str = "utf-8"
    sheets: tuple[str, ...] = ()


def grid(
    name: str, rows: Iterable[Sequence[object]], *, first: int = 1, sheets: tuple[str, ...] = ()
) -> Sheet:
    """A sheet of rows in their order. Raises BadSheet `empty`, `lines`, `columns`, `cell`."""
    lines = []
    for number, row in enumerate(rows, first):
        cells = tuple(_cell(value, number) for value in row)
        while cells and cells[-1] == "":
            cells = cells[:-1]
        if len(cells) > MAX_COLUMNS:
            raise BadSheet("columns", f"at most {MAX_COLUMNS} columns", f"{len(cells)} in line {number}")
        if cells:
            lines.append(Line(number, cells))
        if len(lines) > MAX_LINES:
            raise BadSheet("lines", f"at most {MAX_LINES} lines", "more", "split the list")
    if not lines:
        raise BadSheet("empty", "a list with at least one line", "nothing")
    return Sheet(name, tuple(lines), sheets=sheets)


def _cell(value: object, line: int) -> Cell:
    """The value as a cell; spaces of every kind around and between words become single ones."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, int | date):
        return value
    if isinstance(value, float):
        return int(value) if value.is_integer() else value
    text = str(value)
    if len(text) > MAX_CELL:
        raise BadSheet("cell", f"at most {MAX_CELL} characters in a cell", f"{len(text)} in line {line}")
    return " ".join(text.replace("\u200b", "").replace("\ufeff", "").split())
