"""One cell to one value, as Vietnamese offices write it (floor 0, pure).

Each function takes a cell and returns a value, or raises `BadCell` with the sentence's id, what was expected and
what was got. Forgiven is what can mean one thing only; never guessed is what could mean two.

| what     | read                                                             | refused                   |
|----------|------------------------------------------------------------------|---------------------------|
| day      | 01/09/2026, 1-9-2026, 2026-09-01, ngày 1 tháng 9 năm 2026, 46266 | 31/02/2026, 12/31/2026, 1/9/26 |
| stars    | 4, 4 sao, 4*, ****, ★★★★, bốn sao, tiềm năng 5 sao, 5 sao (TN)   | 2, 6, 4-5, đạt            |
| gtin     | 8, 12, 13, 14 digits; fewer that fit once zeros lead             | 8.93851E+12, a wrong check digit |
| phone    | 0912 345 678, 912345678, +84 912…; the first of two              | 12345, letters            |
| tax code | 10 digits, or 10-3; one lost leading zero                        | other lengths             |

>>> day("ngày 12 tháng 5 năm 2026"), stars("Tiềm năng 5 sao"), gtin(12345678905).zeros
(datetime.date(2026, 5, 12), Stars(number=5, potential=True), True)
"""

import re
from datetime import date, timedelta
from typing import NamedTuple

from ocop.trace.gs1.check import check_digit
from ocop.trace.sheets.grid import Cell
from ocop.trace.text import fold
from ocop.trace.text import phone as written

EPOCH = date(1899, 12, 30)
FIRST_SERIAL, LAST_SERIAL = 36_526, 73_050  # 01/01/2000 to 31/12/2099
_DMY = re.compile(r"(?:ngay )?([0-9]{1,2})[/. -]+([0-9]{1,2})[/. -]+([0-9]{2,4})", re.ASCII)
_WORDS = re.compile(r"ngay ([0-9]{1,2}) thang ([0-9]{1,2}) nam ([0-9]{4})", re.ASCII)
_ISO = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})(?:[t ]00:00(?::00)?(?:\.0+)?)?", re.ASCII)
_COUNT = re.compile(
    r"(?:hang |dat |ocop |hang sao |dat hang )*([0-9])(?:[.,]0)? ?(?:sao|\*|★|stars?)?", re.ASCII
)
_NUMERALS = {"ba": 3, "bon": 4, "tu": 4, "nam": 5, "mot": 1, "hai": 2}
_POTENTIAL = re.compile(r"\(?\btiem nang\b\)?|\(tn\)|\btn\b|\(?\bpotential\b\)?")
_ERRORS = ("#ref!", "#n/a", "#value!", "#name?", "#div/0!", "#null!", "#num!")
_KINDS = (
    ("lien hiep htx", "htx"), ("lien hiep hop tac xa", "htx"), ("hop tac xa", "htx"), ("htx", "htx"),
    ("to hop tac", "to_hop_tac"), ("tht", "to_hop_tac"), ("to lien ket", "to_hop_tac"),
    ("ho kinh doanh", "ho_kinh_doanh"), ("hkd", "ho_kinh_doanh"), ("ho gia dinh", "ho_kinh_doanh"),
    ("ho san xuat", "ho_kinh_doanh"), ("ho", "ho_kinh_doanh"), ("ong", "ho_kinh_doanh"), ("ba", "ho_kinh_doanh"),
    ("cong ty", "doanh_nghiep"), ("cty", "doanh_nghiep"), ("doanh nghiep", "doanh_nghiep"), ("dntn", "doanh_nghiep"),
    ("tnhh", "doanh_nghiep"), ("co so", "co_so"), ("cssx", "co_so"), ("lang nghe", "co_so"), ("trang trai", "co_so"),
    ("xuong", "co_so"), ("nha vuon", "co_so"), ("lo", "co_so"),
)  # fmt: skip
_GROUPS = (
    ("thuc pham", 1), ("do uong", 2), ("duoc lieu", 3), ("thao duoc", 3), ("thu cong my nghe", 4), ("thu cong", 4),
    ("sinh vat canh", 5), ("dich vu du lich", 6), ("du lich", 6), ("hoa cay canh", 5),
)  # fmt: skip
_SHORT = {
    "HTX": "Hợp tác xã",
    "THT": "Tổ hợp tác",
    "HKD": "Hộ kinh doanh",
    "CSSX": "Cơ sở sản xuất",
    "CTY": "Công ty",
    "DNTN": "Doanh nghiệp tư nhân",
}
_ROMAN = {"i": 1, "ii": 2, "iii": 3, "iv": 4, "v": 5, "vi": 6}


class BadCell(Exception):
    """A cell that can't be read; `id` names the sentence (`problem.<id>`)."""

    def __init__(self, id_: str, expected: str, got: object) -> None:
        self.id, self.expected, self.got = id_, expected, str(got)[:80]
        super().__init__(f"expected {expected}, got {self.got!r}")


class Stars(NamedTuple):
    """A rank; with `potential` it is the one that the province has proposed."""

    number: int
    potential: bool


class Gtin(NamedTuple):
    """A GTIN-14; `zeros`: leading zeros that a spreadsheet had dropped were put back."""

    key: str
    zeros: bool


class Phone(NamedTuple):
    """A number as it is written; `more`: the cell held others, which were left out."""

    number: str
    more: bool


def words(cell: Cell) -> str:
    """The cell as text. Raises BadCell `formula` for a spreadsheet's error, `control` for unprintable characters."""
    text = f"{cell:.10f}".rstrip("0").rstrip(".") if isinstance(cell, float) else str(cell)
    if text.lower() in _ERRORS:
        raise BadCell("formula", "a value", text)
    for letter in text:
        if ord(letter) < 32 or 0xD800 <= ord(letter) < 0xE000 or ord(letter) == 127:
            raise BadCell("control", "text that can be shown", f"U+{ord(letter):04X}")
    return text


def day(cell: Cell) -> date:
    """A civil date. Raises BadCell `day`, `day_none`, `day_order`, `day_year`."""
    if isinstance(cell, date):
        return cell
    text = fold(words(cell)).rstrip(".")
    if re.fullmatch(r"[0-9]{5}(?:\.[0-9]+)?", text, re.ASCII):
        serial = int(text.partition(".")[0])
        if FIRST_SERIAL <= serial <= LAST_SERIAL:
            return EPOCH + timedelta(days=serial)
    if found := _ISO.fullmatch(text):
        return _date(text, int(found[3]), int(found[2]), int(found[1]))
    found = _WORDS.search(text) or _DMY.fullmatch(text)
    if found is None:
        raise BadCell("day", "a day such as 01/09/2026", cell)
    if len(found[3]) != 4:
        raise BadCell("day_year", "a year of four digits", cell)
    return _date(text, int(found[1]), int(found[2]), int(found[3]))


def _date(text: str, day_: int, month: int, year: int) -> date:
    if month > 12 >= day_:
        raise BadCell("day_order", "the day before the month: 31/12/2026", text)
    try:
        made = date(year, month, day_)
    except ValueError:
        raise BadCell("day_none", "a day that is in the calendar", text) from None
    if not 2000 <= year <= 2099:
        raise BadCell("day_year", "a year from 2000 to 2099", text)
    return made


def stars(cell: Cell) -> Stars:
    """A rank of 3, 4 or 5. Raises BadCell `stars`, `stars_low`."""
    text = fold(words(cell))
    bare = " ".join(_POTENTIAL.sub(" ", text).split()).strip(" .:-()")
    potential = bare != text.strip(" .:-()")
    count = 0
    if bare and set(bare) <= {"*", "★", "⭐", " "}:
        count = len(bare.replace(" ", ""))
    elif found := _COUNT.fullmatch(bare):
        count = int(found[1])
    elif bare.removesuffix(" sao") in _NUMERALS:
        count = _NUMERALS[bare.removesuffix(" sao")]
    if count in {1, 2}:
        raise BadCell("stars_low", "3, 4 or 5 stars: fewer are not certified", cell)
    if count not in {3, 4, 5}:
        raise BadCell("stars", "3, 4 or 5 stars", cell)
    return Stars(count, potential)


def gtin(cell: Cell) -> Gtin:
    """A GTIN. Raises BadCell `gtin_rounded`, `gtin`, `gtin_check`."""
    text = words(cell)
    if re.fullmatch(r"[0-9]+[.,][0-9]+e\+?[0-9]+", text.lower(), re.ASCII):
        raise BadCell("gtin_rounded", "all digits of the number", text)
    digits = re.sub(r"[\s.'-]", "", text)
    if not re.fullmatch(r"[0-9]{6,14}", digits, re.ASCII):
        raise BadCell("gtin", "8, 12, 13 or 14 digits", text)
    key = digits.zfill(14)
    if check_digit(key[:13]) != key[13]:
        raise BadCell("gtin_check", f"{check_digit(key[:13])} as the last digit", text)
    return Gtin(key, len(digits) not in {8, 12, 13, 14})


def phone(cell: Cell) -> Phone:
    """A Vietnamese number. Raises BadCell `phone`."""
    text = words(cell)
    parts = [part for part in re.split(r"\s*[;/,]\s*|\s+(?:và|hoặc|-)\s+", text) if part.strip()]
    for part in parts:
        digits = re.sub(r"[^0-9+]", "", re.sub(r"(?i)^\D*(?=[0-9+])", "", part))
        for tried in (part, digits, f"0{digits}"):
            shown = written(tried)
            if shown != tried.strip() or re.fullmatch(r"0[0-9]{2,3} [0-9]{3,4} [0-9]{3,4}", shown, re.ASCII):
                return Phone(shown, len(parts) > 1)
    raise BadCell("phone", "a telephone number such as 0912 345 678", text)


def tax_code(cell: Cell) -> str:
    """A tax code of a firm or household: 10 digits, or 10 and 3; citizens' numbers have 12. Raises BadCell `mst`."""
    text = re.sub(r"[\s.]", "", words(cell))
    if re.fullmatch(r"[0-9]{9}", text, re.ASCII):
        text = f"0{text}"
    if not re.fullmatch(r"[0-9]{10}(?:-?[0-9]{3})?", text, re.ASCII):
        raise BadCell("mst", "a tax code of 10 digits, or of 10 and 3", cell)
    return f"{text[:10]}-{text[-3:]}" if len(text) > 10 else text


def kind(cell: Cell) -> str:
    """The kind of a maker, from a column that names it or from how its name begins. Raises BadCell `kind`."""
    text = f" {' '.join(re.findall(r'[a-z0-9]+', fold(words(cell))))} "
    for name, known in _KINDS:
        if text.startswith(f" {name} "):
            return known
    for name, known in _KINDS:
        if len(name) > 3 and f" {name} " in text:
            return known
    raise BadCell("kind", "HTX, tổ hợp tác, hộ kinh doanh, doanh nghiệp or cơ sở", cell)


def group(cell: Cell) -> int:
    """A product group, 1 to 6 (QĐ 148/QĐ-TTg). Raises BadCell `group`."""
    text = fold(words(cell)).strip(" .")
    bare = re.sub(r"^nhom(?: san pham)?\s*", "", text).strip(" .:")
    if bare in _ROMAN:
        return _ROMAN[bare]
    if re.fullmatch(r"[1-6]", bare, re.ASCII):
        return int(bare)
    for name, number in _GROUPS:
        if name in text:
            return number
    raise BadCell("group", "one of the six groups", cell)


def full_name(name: str) -> str:
    """A maker's name with its kind written out: `HTX Hương Vân` is `Hợp tác xã Hương Vân`."""
    for short, long in _SHORT.items():
        found = re.match(rf"{short}\b\.?\s+", name, re.IGNORECASE)
        if found:
            return f"{long} {name[found.end() :]}"
    return name


def same_name(name: str) -> str:
    """The key by which two spellings of a maker's or product's name are the same."""
    return " ".join(re.findall(r"[^\W_]+", fold(full_name(name))))
