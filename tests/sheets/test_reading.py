"""CSV, workbooks and pasted tables give the cells that a person sees; bombs and damaged files are refused in words."""

import contextlib
import datetime
import io
import random
import zipfile

import openpyxl
import pytest
from ocop.trace.sheets.columns import body, find_header, suggest
from ocop.trace.sheets.grid import MAX_CELL, MAX_COLUMNS, MAX_LINES, BadSheet
from ocop.trace.sheets.reading import read_pasted, read_sheet
from ocop.trace.sheets.workbook import MAX_MERGED

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def workbook(rows: list[list[object]], merged: tuple[str, ...] = (), *, hidden: bool = False) -> bytes:
    book = openpyxl.Workbook()
    if hidden:
        book.active.title, book.active.sheet_state = "cũ", "hidden"
        book.active.append(["không đọc"])
        sheet = book.create_sheet("Danh sách")
    else:
        sheet = book.active
    for row in rows:
        sheet.append(row)
    for area in merged:
        sheet.merge_cells(area)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def with_part(content: bytes, name: str, change: bytes | None, *, old: bytes = b"") -> bytes:
    """The workbook with one part replaced, or `old` in it replaced by `change`."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as before,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as after,
    ):
        for one in before.namelist():
            data = before.read(one)
            if one == name:
                if change is None:
                    continue
                data = data.replace(old, change) if old else change
            after.writestr(one, data)
    return out.getvalue()


@pytest.mark.parametrize("separator", [",", ";", "\t"], ids=["comma", "semicolon", "tab"])
def test_the_separator_is_recognised_even_when_cells_hold_others(separator: str) -> None:
    lines = [["Tên", "Địa chỉ", "Điểm"], ["Trà", '"thôn 1, xã A; tỉnh B"', '"71,5"'], ["Bún", "x", "70"]]
    sheet = read_sheet("a.csv", "\r\n".join(separator.join(line) for line in lines).encode())
    assert sheet.lines[1].cells == ("Trà", "thôn 1, xã A; tỉnh B", "71,5")


def test_a_line_is_named_as_the_persons_program_counts_it() -> None:
    sheet = read_sheet("a.csv", 'Tên,Nơi\n"một\nhai",x\n\n,,\nba,y\n'.encode())
    assert [(line.number, line.cells[0]) for line in sheet.lines] == [(1, "Tên"), (2, "một hai"), (6, "ba")]


def test_a_workbook_gives_values_dates_and_merged_cells_of_the_first_shown_sheet() -> None:
    rows = [["DANH SÁCH", None, None], ["Chủ thể", "Sản phẩm", "Ngày"],
            ["HTX A", "Trà", datetime.date(2026, 5, 1)], [None, "Bún", 46266], [None, None, None],
            ["HTX B", 12345678905, "=1+1"]]  # fmt: skip
    sheet = read_sheet("a.xlsx", workbook(rows, ("A1:C1", "A3:A4"), hidden=True))
    assert sheet.sheets == ("Danh sách",)
    assert [line.cells for line in sheet.lines] == [
        ("DANH SÁCH",) * 3,
        ("Chủ thể", "Sản phẩm", "Ngày"),
        ("HTX A", "Trà", datetime.date(2026, 5, 1)),
        ("HTX A", "Bún", 46266),
        ("HTX B", 12345678905),
    ]
    assert [line.number for line in sheet.lines] == [1, 2, 3, 4, 6]


def test_a_sheet_can_be_chosen_by_its_name() -> None:
    book = openpyxl.Workbook()
    book.active.append(["một"])
    book.create_sheet("hai").append(["của hai"])
    out = io.BytesIO()
    book.save(out)
    assert read_sheet("a", out.getvalue(), sheet="hai").lines[0].cells == ("của hai",)
    with pytest.raises(BadSheet, match="expected one of Sheet, hai, got ba"):
        read_sheet("a", out.getvalue(), sheet="ba")


def test_a_table_pasted_from_word_keeps_its_merged_cells() -> None:
    html = (
        "<html><body><p>Danh sách</p><table><tr><th rowspan=2>Chủ thể<th colspan=2>Sản phẩm</tr>"
        "<tr><td>Tên<td>Hạng</tr>"
        "<tr><td rowspan='2'><p>HTX&nbsp;A</p></td><td>Trà<br>nõn</td><td>4&nbsp;sao</td></tr>"
        "<tr><td>Bún</td><td>3</td></tr>"
    )
    assert [line.cells for line in read_pasted(html).lines] == [
        ("Chủ thể", "Sản phẩm", "Sản phẩm"),
        ("Chủ thể", "Tên", "Hạng"),
        ("HTX A", "Trà nõn", "4 sao"),
        ("HTX A", "Bún", "3"),
    ]


def test_script_in_a_pasted_table_is_text_or_nothing() -> None:
    sheet = read_pasted("<table><tr><td>a<script>alert(1)</script></td><td>&lt;b&gt;</td></tr></table>")
    assert sheet.lines[0].cells[1] == "<b>"


BOOK = workbook([["Chủ thể", "Sản phẩm"], ["A", "B"]])
SHEET = "xl/worksheets/sheet1.xml"
BOMBS = {
    "entity": with_part(BOOK, SHEET, b'<!DOCTYPE x [<!ENTITY a "aaaa">]><worksheet>&a;</worksheet>'),
    "entity-in-styles": with_part(BOOK, "xl/styles.xml", b"<!DOCTYPE x><styleSheet/>"),
    "packed": with_part(BOOK, SHEET, b"<worksheet>" + b" " * 60_000_000),
    "merged-often": with_part(
        BOOK,
        SHEET,
        b"</sheetData><mergeCells>" + b'<mergeCell ref="A1:B2"/>' * (MAX_MERGED + 1),
        old=b"</sheetData>",
    ),
    "not-a-workbook": with_part(BOOK, "xl/workbook.xml", None),
    "no-sheet": with_part(BOOK, SHEET, None),
    "cut": BOOK[: len(BOOK) // 2],
    "broken-xml": with_part(BOOK, SHEET, b"<worksheet><sheetData><row>"),
    "xls": b"\xd0\xcf\x11\xe0" + bytes(600),
    "pdf": b"%PDF-1.7 x",
    "empty": b"",
    "blank": b"\n\n ,, \n",
    "quotes": b'a,b\n"' + b"x" * 200_000,
    "wide": b"," * (MAX_COLUMNS + 5) + b"x",
    "long-cell": b"a,b\n" + b"x" * (MAX_CELL + 1) + b",c",
    "lines": b"a,b\n" * (MAX_LINES + 2),
    "html-lines": b"<table>" + b"<tr><td>a" * (MAX_LINES + 2),
    "html-wide": b"<table><tr><td colspan=9999>a",
    "large": b"a,b\n" + b"\n" * (9 * 1024 * 1024),
}


@pytest.mark.parametrize("name", BOMBS)
def test_bombs_and_damaged_files_are_refused_with_a_sentence(name: str) -> None:
    with pytest.raises(BadSheet, match=r"list: expected .+, got"):
        read_sheet(name, BOMBS[name])


def test_a_million_merged_rows_cost_nothing() -> None:
    book = with_part(
        BOOK,
        SHEET,
        b'</sheetData><mergeCells><mergeCell ref="A2:XFD1048576"/></mergeCells>',
        old=b"</sheetData>",
    )
    assert read_sheet("a", book).lines[1].cells[:2] == ("A", "A")


def test_bytes_of_chance_end_in_cells_or_in_a_sentence() -> None:
    chance = random.Random(4)
    for _ in range(300):
        start = chance.choice([b"", b"PK\x03\x04", b"<table>", BOOK[:700]])
        content = start + chance.randbytes(chance.randrange(400))
        with contextlib.suppress(BadSheet):
            assert read_sheet("x", content).lines


def test_the_header_is_found_below_titles_and_its_columns_are_proposed() -> None:
    sheet = read_sheet("a.csv", (
        "ỦY BAN NHÂN DÂN TỈNH,,,,,\nDANH SÁCH SẢN PHẨM OCOP,,,,,\n"
        "TT,Tên chủ thể,Tên sản phẩm,Kết quả phân hạng (sao),Số quyết định công nhận,Hiệu lực đến ngày\n"
        "(1),(2),(3),(4),(5),(6)\n1,HTX A,Trà,4,12/QĐ-UBND,01/02/2029\n").encode())  # fmt: skip
    header = find_header(sheet)
    assert header.line == 3
    assert header.mapping == {1: "producer", 2: "product", 3: "stars", 4: "decision_no", 5: "valid_to"}
    assert [line.number for line in body(sheet, header.line)] == [5]


def test_a_field_goes_to_one_column_and_unknown_columns_are_left_out() -> None:
    assert suggest(("Sản phẩm", "Tên sản phẩm", "Màu", "Ghi chú", "")) == {0: "product"}
    assert find_header(read_pasted("một\thai\nba\tbốn\n")).line == 0
