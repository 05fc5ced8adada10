"""Which row is the header, and which column is which field (floor 0, pure).

Names of columns are compared folded (`text.fold`): without marks, case and punctuation. `FIELDS` is the one table:
each field with the names that offices give it. The best name wins; a longer match beats a shorter one, so that "Số
quyết định công nhận" is the decision's number and not the product's. Nothing is certain: `suggest` proposes, the
officer decides, and a column that nobody knows is left out.

>>> from ocop.trace.sheets.grid import grid
>>> sheet = grid("", [["DANH SÁCH SẢN PHẨM"], ["TT", "Chủ thể", "Tên sản phẩm", "Hạng sao"], [1, "HTX A", "Trà", 4]])
>>> header = find_header(sheet)
>>> header.line, dict(header.mapping)
(2, {1: 'producer', 2: 'product', 3: 'stars'})
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from ocop.trace.sheets.grid import Line, Sheet
from ocop.trace.text import fold

HEADER_WITHIN = 25
NEEDED = ("producer", "product")

FIELDS: Mapping[str, tuple[str, ...]] = {
    "producer": (
        "chu the", "ten chu the", "chu the ocop", "chu the san xuat", "ten co so", "co so san xuat", "don vi",
        "ten don vi", "don vi san xuat", "nha san xuat", "ten htx", "hop tac xa", "doanh nghiep", "producer", "maker",
        "ten to chuc ca nhan", "to chuc ca nhan", "ten chu the san xuat", "ten co so san xuat",
    ),
    "kind": ("loai hinh", "loai hinh chu the", "loai chu the", "hinh thuc to chuc", "loai hinh to chuc", "kind"),
    "mst": ("ma so thue", "mst", "ma so doanh nghiep", "tax code", "ma so thue mst", "ma so dkkd"),
    "ma_htx": ("ma htx", "ma so htx", "ma so hop tac xa", "so giay chung nhan dang ky htx"),
    "detail": ("dia chi", "dia chi san xuat", "dia chi chu the", "thon xom", "thon", "xom", "so nha", "address", "ap"),
    "commune": ("xa", "phuong", "xa phuong", "ten xa", "xa phuong dac khu", "xa phuong thi tran", "commune"),
    "district": ("huyen", "quan huyen", "huyen thi xa thanh pho", "huyen cu", "district"),
    "province": ("tinh", "tinh thanh", "tinh thanh pho", "ten tinh", "tinh tp", "province", "dia phuong"),
    "phone": ("dien thoai", "so dien thoai", "sdt", "dt", "dien thoai lien he", "so dt", "phone", "hotline"),
    "website": ("website", "trang web", "web", "trang thong tin dien tu"),
    "product": ("ten san pham", "san pham", "ten sp", "san pham ocop", "ten san pham ocop", "product", "sp"),
    "brand": ("thuong hieu", "nhan hieu", "ten thuong hieu", "thuong hieu nhan hieu", "brand"),
    "group": ("nhom san pham", "nhom", "nganh hang", "nhom nganh", "nganh", "group", "bo san pham", "nhom sp"),
    "net": ("khoi luong", "quy cach", "khoi luong tinh", "dung tich", "quy cach dong goi", "dinh luong", "net"),
    "gtin": ("ma vach", "gtin", "ma so ma vach", "ma so vach", "ma gtin", "barcode", "ma san pham toan cau"),
    "stars": (
        "hang sao", "so sao", "sao", "hang", "xep hang", "phan hang", "ket qua", "ket qua phan hang", "dat hang sao",
        "hang san pham", "cong nhan hang sao", "stars", "ket qua xep hang",
    ),
    "decision_no": (
        "so quyet dinh", "quyet dinh", "quyet dinh cong nhan", "so qd", "qd cong nhan", "so quyet dinh cong nhan",
        "decision", "so quyet dinh phe duyet", "so hieu quyet dinh", "qd so",
    ),
    "decision_date": (
        "ngay quyet dinh", "ngay cong nhan", "ngay ky", "ngay cap", "ngay ban hanh", "ngay qd", "ngay thang cong nhan",
        "ngay quyet dinh cong nhan", "ngay ban hanh quyet dinh", "thoi gian cong nhan", "decision date",
    ),
    "authority": (
        "co quan cong nhan", "co quan ban hanh", "co quan cap", "cap cong nhan", "don vi cong nhan", "noi cap",
        "authority", "cap quyet dinh",
    ),
    "valid_from": ("hieu luc tu", "co hieu luc tu", "tu ngay", "ngay hieu luc", "ngay co hieu luc", "valid from"),
    "valid_to": (
        "hieu luc den", "co hieu luc den", "den ngay", "ngay het han", "han cong nhan", "het hieu luc",
        "ngay het hieu luc", "thoi han", "hieu luc den ngay", "co gia tri den", "thoi han hieu luc", "valid to",
        "han giay chung nhan",
    ),
}  # fmt: skip
IGNORED = frozenset(
    {"tt", "stt", "so tt", "so thu tu", "no", "ghi chu", "diem", "tong diem", "so diem", "note"}
)
_NAMES: Mapping[str, str] = {name: field for field, names in FIELDS.items() for name in names}
_PUNCTUATION = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, slots=True)
class Header:
    """The line of the header (0: none was found), the columns' names, and what each column seems to be."""

    line: int
    names: tuple[str, ...]
    mapping: Mapping[int, str]


def plain_name(text: object) -> str:
    """A column's name as it is compared: `Số QĐ / công nhận*` is `so qd cong nhan`."""
    return _PUNCTUATION.sub(" ", fold(str(text))).strip()


def suggest(names: tuple[str, ...]) -> dict[int, str]:
    """Columns to fields. Each field is given once, to the column that fits it best; the first wins a tie."""
    found: dict[str, tuple[int, int]] = {}
    for column, name in enumerate(names):
        field, score = _best(plain_name(name))
        if field and score > found.get(field, (0, 0))[0]:
            found[field] = (score, column)
    return {column: field for field, (_, column) in sorted(found.items(), key=lambda one: one[1][1])}


def _best(name: str) -> tuple[str, int]:
    """The field that a name means, and how sure that is: the whole name beats a name that is part of it."""
    if not name or name in IGNORED:
        return "", 0
    if name in _NAMES:
        return _NAMES[name], 1_000
    words = f" {name} "
    held = [known for known in _NAMES if len(known) > 3 and f" {known} " in words]
    if not held or len(name) > 80:
        return "", 0
    longest = max(held, key=len)
    return _NAMES[longest], len(longest)


def find_header(sheet: Sheet) -> Header:
    """The first line, among the top ones, that names most fields; two at least, maker or product among them."""
    best = Header(0, (), {})
    for line in sheet.lines[:HEADER_WITHIN]:
        names = tuple(str(cell) for cell in line.cells)
        mapping = {} if _is_title(line) else suggest(names)
        known = set(mapping.values())
        if len(known) > max(1, len(best.mapping)) and known & set(NEEDED):
            best = Header(line.number, names, mapping)
    return best


def _is_title(line: Line) -> bool:
    """Whether one text fills the line, as a merged title does."""
    return len({cell for cell in line.cells if cell != ""}) < 2


def body(sheet: Sheet, header_line: int) -> tuple[Line, ...]:
    """The lines below the header that are no numbering of the columns: `(1) (2) (3)`."""
    below = tuple(line for line in sheet.lines if line.number > header_line)
    return below[1:] if below and _numbers_columns(below[0]) else below


def _numbers_columns(line: Line) -> bool:
    counted = [str(cell).strip("() .") for cell in line.cells if cell != ""]
    return len(counted) > 2 and all(re.fullmatch(r"[0-9]{1,2}|[A-Z]", cell, re.ASCII) for cell in counted)
