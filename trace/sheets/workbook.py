"""XLSX to a `Sheet`: values as shown, merged cells filled, dates as dates; bombs refused (floor 0, pure).

A workbook is a zip of XML. Before anything is parsed the zip's own directory is read: few members, none of them
huge, none packed more than `MAX_RATIO` times, no entity or document type in the XML (defusedxml sees to that, also
inside openpyxl). The sizes that the directory states are not believed: each member is unpacked once with a limit.
openpyxl reads in its read-only way, which keeps one row in memory; it does not tell of merged cells, so these are
taken from the sheet's XML: a merged cell stands for each of its cells, which is what a person reads.

Formulas give the value that was last computed; a formula never computed, or an error such as `#REF!`, is left as it
is for the line to be refused. A number formatted as a date is a date already; a bare number in a column of dates is
for `cells.day` to read.
"""

import io
import re
import warnings
import zipfile
from collections.abc import Iterator
from typing import Any
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import iterparse
from ocop.trace.sheets.grid import MAX_COLUMNS, MAX_LINES, BadSheet, Sheet, grid

MAX_MEMBERS = 2_000
MAX_UNPACKED = 96 * 1024 * 1024
MAX_RATIO = 400
MAX_MERGED = 20_000
MAX_FILLED = 400_000
CHUNK = 1 << 16
MERGED = re.compile(r"[A-Z]{1,3}[0-9]{1,7}:[A-Z]{1,3}[0-9]{1,7}", re.ASCII)
NS = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def read_workbook(name: str, content: bytes, sheet: str = "") -> Sheet:
    """One sheet of a workbook: `sheet`, or the first that is shown. Raises BadSheet."""
    _check_zip(content)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of styles and extensions that don't matter here
            return _read(name, content, sheet)
    except BadSheet:
        raise
    except DefusedXmlException as error:
        raise BadSheet(
            "bomb", "a workbook as Excel writes it", "one with document types or entities"
        ) from error
    except (KeyError, ValueError, TypeError, IndexError, AttributeError, OSError, ParseError) as error:
        # What openpyxl raises for a damaged workbook, which it has no class of its own for.
        raise BadSheet("workbook", "a workbook as Excel writes it", type(error).__name__) from error


def _read(name: str, content: bytes, wanted: str) -> Sheet:
    from openpyxl import load_workbook  # with numpy: a fifth of a second, for the few who bring a workbook

    book = load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
    try:
        shown = [one for one in book.worksheets if one.sheet_state == "visible"] or list(book.worksheets)
        titles = tuple(one.title for one in shown)
        if not shown:
            raise BadSheet("empty", "a workbook with a sheet", "none")
        if wanted and wanted not in titles:
            raise BadSheet("sheet", f"one of {', '.join(titles)}", wanted)
        chosen = shown[titles.index(wanted)] if wanted else _first_filled(shown)
        chosen.reset_dimensions()  # what the file says of its own size is not believed
        rows = list(_rows(chosen))
        _fill(rows, _merged(content, chosen._worksheet_path))
        return grid(chosen.title if len(titles) > 1 else name, rows, sheets=titles)
    finally:
        book.close()


def _first_filled(sheets: list[Any]) -> Any:
    for one in sheets:
        one.reset_dimensions()
        if next(iter(one.iter_rows(max_row=50, values_only=True)), None):
            return one
    return sheets[0]


def _rows(sheet: Any) -> Iterator[list[Any]]:
    empty = 0
    for number, row in enumerate(sheet.iter_rows(max_col=MAX_COLUMNS + 1, values_only=True), 1):
        filled = any(value is not None for value in row)
        empty = 0 if filled else empty + 1
        if number > MAX_LINES * 2 or empty > MAX_LINES:
            if filled:
                raise BadSheet("lines", f"at most {MAX_LINES} lines", "more", "split the list")
            return
        yield list(row)


def _merged(content: bytes, path: str) -> Iterator[tuple[int, int, int, int]]:
    """(first column, first row, last column, last row) of each merged cell, from 1."""
    from openpyxl.utils.cell import range_boundaries

    with zipfile.ZipFile(io.BytesIO(content)) as packed, packed.open(path.lstrip("/")) as member:
        count = 0
        for _, element in iterparse(member, forbid_dtd=True):
            if element.tag == f"{NS}mergeCell" and MERGED.fullmatch(element.get("ref", "")):
                count += 1
                if count > MAX_MERGED:
                    raise BadSheet("bomb", f"at most {MAX_MERGED} merged cells", "more")
                left, top, right, bottom = range_boundaries(element.get("ref"))
                yield int(left or 1), int(top or 1), int(right or 1), int(bottom or 1)
            elif element.tag == f"{NS}row":
                element.clear()


def _fill(rows: list[list[Any]], merged: Iterator[tuple[int, int, int, int]]) -> None:
    room = MAX_FILLED
    for left, top, right, bottom in merged:
        if top > len(rows) or left > len(rows[top - 1]):
            continue
        room -= (min(bottom, len(rows)) - top + 1) * (min(right, MAX_COLUMNS) - left + 1)
        if room < 0:
            raise BadSheet("bomb", f"at most {MAX_FILLED} cells in merged ones", "more")
        value = rows[top - 1][left - 1]
        for row in rows[top - 1 : bottom]:
            row.extend([None] * (min(right, MAX_COLUMNS) - len(row)))
            for column in range(left - 1, min(right, MAX_COLUMNS)):
                row[column] = value


def _check_zip(content: bytes) -> None:
    """Refuse what would not fit when unpacked. Raises BadSheet `bomb`, `workbook`."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            members = packed.infolist()
            if len(members) > MAX_MEMBERS:
                raise BadSheet("bomb", f"at most {MAX_MEMBERS} parts", len(members))
            if "xl/workbook.xml" not in {member.filename for member in members}:
                raise BadSheet("workbook", "a workbook as Excel writes it", "another kind of zip")
            left = MAX_UNPACKED
            for member in members:
                left -= _unpacked(packed, member, left)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, EOFError, ValueError) as error:
        raise BadSheet("workbook", "a sound workbook", str(error) or type(error).__name__) from error


def _unpacked(packed: zipfile.ZipFile, member: zipfile.ZipInfo, left: int) -> int:
    size = 0
    most = min(left, max(member.compress_size, CHUNK) * MAX_RATIO)
    with packed.open(member) as stream:
        while chunk := stream.read(CHUNK):
            size += len(chunk)
            if size > most:
                raise BadSheet(
                    "bomb", "a workbook of ordinary size", f"{member.filename}, which unpacks too far"
                )
            if b"<!DOCTYPE" in chunk or b"<!ENTITY" in chunk:
                raise BadSheet("bomb", "a workbook as Excel writes it", "one with document types or entities")
    return size
