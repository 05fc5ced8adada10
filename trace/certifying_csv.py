"""Tables that leave the house as CSV for Excel and as JSON (floor 3, pure).

    content = to_csv(("Sản phẩm", "Sao"), [("Trà Hương Vân", 4)])
    >>> content[:3], to_csv(("a",), [("=1+1",)]).decode("utf-8-sig").splitlines()
    (b'\\xef\\xbb\\xbf', ['a', "'=1+1"])

CSV is UTF-8 with a byte order mark (without it Excel on Windows reads Vietnamese as another alphabet), commas,
lines ended by CR LF, quotes as in RFC 4180. A text that a spreadsheet would take for a formula, one that begins
with `=`, `+`, `-`, `@`, a tab or a carriage return, full-width forms too, gets an apostrophe in front; so does a
text that begins with an apostrophe, so `plain_cell` takes exactly one off. Numbers and days are no text.
"""

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date

Cell = str | int | date | None
BOM = b"\xef\xbb\xbf"
RISKY = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠", "'")


def safe_cell(text: str) -> str:
    """`text` as a spreadsheet shows it and never runs it."""
    # Spreadsheets trim before they look, so spaces hide nothing.
    return f"'{text}" if text.lstrip(" \u00a0\u3000\ufeff").startswith(RISKY) else text


def plain_cell(cell: str) -> str:
    """The text that `safe_cell` was given."""
    return cell[1:] if cell.startswith("'") else cell


def to_csv(head: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """A table; days are written as 2026-11-23, nothing as an empty cell."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([safe_cell(name) for name in head])
    for row in rows:
        writer.writerow([_cell(value) for value in row])
    return BOM + out.getvalue().encode("utf-8")


def to_json(rows: Iterable[Mapping[str, object]]) -> bytes:
    """The same as one JSON array of objects, letters as they are."""
    return json.dumps(list(rows), ensure_ascii=False, indent=1, default=_json).encode("utf-8")


def _cell(value: Cell) -> str | int:
    if value is None:
        return ""
    if isinstance(value, date):
        return value.isoformat()
    return safe_cell(value) if isinstance(value, str) else value


def _json(value: object) -> str:
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"expected text, a number or a day, got {type(value).__name__}")
