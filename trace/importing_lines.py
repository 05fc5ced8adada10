"""Lines of a sheet to records, with every problem of every line (floor 3; reads no row itself).

A line gives one `Record`: a maker, a product, and its certificate where a rank is given. What the file does not
say in a column the officer may say once for all (`defaults`: the decision, its date and authority, the province,
the group). A problem names line, field and kind; an `error` stops the whole import, a `notice` tells what was
understood: an old province and today's, zeros that a spreadsheet had dropped, a second telephone number.

Lines that hold no goods are left out: headings between groups ("I. HUYỆN …"), sums ("Tổng cộng"), a repeated header.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TypeVar

from ocop.trace.facts import Certificate, Place
from ocop.trace.registry.places import Gazetteer
from ocop.trace.sheets import cells
from ocop.trace.sheets.cells import BadCell
from ocop.trace.sheets.columns import suggest
from ocop.trace.sheets.grid import Cell, Line
from ocop.trace.text import fold

ERROR, NOTICE = "error", "notice"
LIMITS = {"phone": 40, "net": 200, "brand": 200, "producer": 200, "product": 200, "detail": 200, "website": 200,
          "decision_no": 200, "authority": 200, "commune": 200, "district": 200, "province": 200}  # fmt: skip
MONTHS = 36
MAX_DAYS = 366 * 3 + 31
T = TypeVar("T")
_TOTAL = re.compile(r"(?:tong(?: cong| so)?|cong)\b")
_SECTION = re.compile(r"(?:[ivxlc]+|[a-h]|[0-9]{1,2})[.)]\s|(?:huyen|thi xa|thanh pho|nhom|xa|phuong)\b")


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong, or worth telling, about one line. `line` 0 is the file as a whole."""

    line: int
    field: str
    id: str
    level: str = ERROR
    expected: str = ""
    got: str = ""


@dataclass(frozen=True, slots=True)
class Record:
    """What one line says, every value read. `decision` is None for a product without a rank."""

    line: int
    producer: str
    kind: str
    place: Place
    product: str
    tax_code: str = ""
    coop_code: str = ""
    phone: str = ""
    website: str = ""
    brand: str = ""
    group: int = 0
    net: str = ""
    gtin: str = ""
    certificate: Certificate | None = None


@dataclass
class Reader:
    """Reads lines one by one. `today` is the civil day; `mapping` goes from columns to fields."""

    mapping: Mapping[int, str]
    defaults: Mapping[str, str]
    gazetteer: Gazetteer
    today: date
    problems: list[Problem] = field(default_factory=list)
    _line: int = 0
    _values: dict[str, Cell] = field(default_factory=dict)

    def read(self, lines: Iterable[Line]) -> list[Record]:
        """The records of the lines that are right; `problems` has what is wrong with the others."""
        return [record for line in lines if (record := self._record(line)) is not None]

    def _record(self, line: Line) -> Record | None:
        self._line = line.number
        before = len(self.problems)
        if self._is_no_goods(line):
            self._tell("line", "left_out", NOTICE, got=str(next(cell for cell in line.cells if cell != "")))
            return None
        self._values = self._cells(line)
        record = self._whole()
        broken = any(problem.level == ERROR for problem in self.problems[before:])
        return None if broken else record

    def _cells(self, line: Line) -> dict[str, Cell]:
        found: dict[str, Cell] = {name: value for name, value in self.defaults.items() if value}
        for column, name in self.mapping.items():
            cell = line.cells[column] if column < len(line.cells) else ""
            if cell in {"-", "–", "x", "X", "0", "/"} and name not in {"stars", "group"}:
                cell = ""
            if cell != "":
                found[name] = cell
        return found

    def _whole(self) -> Record:
        producer, product = self._text("producer", needed=True), self._text("product", needed=True)
        place = self._place()
        kind = self._kind(producer)
        phone = self._read("phone", cells.phone, cells.Phone("", more=False))
        if phone.more:
            self._tell("phone", "phone_more", NOTICE, got=phone.number)
        return Record(
            line=self._line,
            producer=cells.full_name(producer),
            kind=kind,
            place=place,
            product=product,
            tax_code=self._read("mst", cells.tax_code, ""),
            coop_code=self._code("ma_htx"),
            phone=phone.number,
            website=self._website(),
            brand=self._text("brand"),
            group=self._group(),
            net=self._text("net"),
            gtin=self._gtin(),
            certificate=self._certificate(),
        )

    def _is_no_goods(self, line: Line) -> bool:
        filled = [cell for cell in line.cells if cell != ""]
        first = fold(str(filled[0])).strip()
        if len({str(cell) for cell in filled}) <= 2:
            text = fold(str(filled[-1]))
            if _TOTAL.match(first) or _TOTAL.match(text) or _SECTION.match(first) or _SECTION.match(text):
                return True
        names = suggest(tuple(str(cell) for cell in line.cells))
        return len(names) > 2 and len(names) == len(set(names.values()) & set(self.mapping.values()))

    def _tell(self, name: str, id_: str, level: str = ERROR, *, expected: str = "", got: str = "") -> None:
        self.problems.append(Problem(self._line, name, id_, level, expected, got[:80]))

    def _read(self, name: str, read: Callable[[Cell], T], nothing: T) -> T:
        """The value of a field; `nothing` when the cell is empty or wrong, which is told."""
        cell = self._values.get(name, "")
        if cell == "":
            return nothing
        try:
            return read(cell)
        except BadCell as error:
            self._tell(name, error.id, expected=error.expected, got=error.got)
            return nothing

    def _text(self, name: str, *, needed: bool = False) -> str:
        text = self._read(name, cells.words, "")
        limit = LIMITS.get(name, 200)
        if len(text) > limit:
            self._tell(name, "long", expected=str(limit), got=str(len(text)))
            return ""
        if needed and not text and name not in self._values:
            self._tell(name, f"{name}_missing")
        if needed and text and not any(letter.isalpha() for letter in text):
            self._tell(name, "no_letters", got=text)
        return text

    def _code(self, name: str) -> str:
        text = self._text(name)
        if text and not (text.isascii() and text.isprintable() and len(text) <= 40):
            self._tell(name, "code", got=text)
            return ""
        return text

    def _kind(self, producer: str) -> str:
        if self._values.get("kind", "") != "":
            return self._read("kind", cells.kind, "")
        try:
            return cells.kind(producer) if producer else ""
        except BadCell:
            self._tell("kind", "kind_guessed", NOTICE, got=producer)
            return "co_so"

    def _website(self) -> str:
        text = self._text("website")
        if text and not re.fullmatch(r"(?:https?://)?[\w.-]+\.[\w-]{2,}(?:[/?#]\S*)?", text):
            self._tell("website", "website", got=text)
            return ""
        return text if not text or "://" in text else f"https://{text}"

    def _group(self) -> int:
        if self._values.get("group", "") == "":
            self._tell("group", "group_missing")
        return self._read("group", cells.group, 0)

    def _gtin(self) -> str:
        found = self._read("gtin", cells.gtin, cells.Gtin("", zeros=False))
        if found.zeros:
            self._tell("gtin", "gtin_zeros", NOTICE, got=found.key)
        return found.key

    def _place(self) -> Place:
        wanted = self._text("province")
        found = self.gazetteer.province(wanted) if wanted else None
        if found is None:
            if not any(one.field == "province" and one.line == self._line for one in self.problems):
                self._tell("province", "province_unknown" if wanted else "province_missing", got=wanted)
            return Place("", "")
        if found.old:
            self._tell("province", "province_old", NOTICE, expected=found.unit.full_name, got=wanted)
        commune, district = self._text("commune"), self._text("district")
        written = ", ".join(part for part in (commune, district, wanted) if part)
        code = name = ""
        if commune:
            code, name = self._commune(found.unit.code, found.unit.full_name, commune)
        old = found.old or bool(district) or bool(commune and not code)
        return Place(
            found.unit.code, found.unit.full_name, code, name, self._text("detail"), written if old else ""
        )

    def _commune(self, province: str, province_name: str, wanted: str) -> tuple[str, str]:
        found = self.gazetteer.commune(province, wanted)
        if len(found) > 1:
            several = ", ".join(one.unit.full_name for one in found)
            self._tell("commune", "commune_several", expected=several, got=wanted)
        elif not found:
            self._tell("commune", "commune_unknown", NOTICE, expected=province_name, got=wanted)
        else:
            if found[0].old:
                self._tell("commune", "commune_old", NOTICE, expected=found[0].unit.full_name, got=wanted)
            return found[0].unit.code, found[0].unit.full_name
        return "", ""

    def _certificate(self) -> Certificate | None:
        ranked = "stars" in self.mapping.values() or bool(self.defaults.get("stars"))
        if not ranked:
            return None
        if self._values.get("stars", "") == "":
            self._tell("stars", "stars_missing")
        stars = self._read("stars", cells.stars, None)
        number, authority = self._text("decision_no"), self._text("authority")
        for name, value in (("decision_no", number), ("authority", authority)):
            if not value and self._values.get(name, "") == "":
                self._tell(name, f"{name}_missing")
        signed = self._day("decision_date", needed=True)
        begins = self._day("valid_from") or signed
        ends = self._valid_to(begins)
        if signed is not None and signed > self.today:
            self._tell("decision_date", "future", got=f"{signed:%d/%m/%Y}")
        if begins and ends and ends < begins:
            self._tell("valid_to", "ends_before", expected=f"{begins:%d/%m/%Y}", got=f"{ends:%d/%m/%Y}")
        elif begins and ends and (ends - begins).days > MAX_DAYS:
            self._tell("valid_to", "too_long", NOTICE, got=f"{ends:%d/%m/%Y}")
        if not (stars and number and authority and signed and begins and ends):
            return None
        return Certificate(stars.number, number, signed, authority, begins, ends, potential=stars.potential)

    def _day(self, name: str, *, needed: bool = False) -> date | None:
        if needed and self._values.get(name, "") == "":
            self._tell(name, f"{name}_missing")
        return self._read(name, cells.day, None)

    def _valid_to(self, begins: date | None) -> date | None:
        """As the paper says; else, when the officer wished so for the whole list, 36 months after it begins."""
        if self._values.get("valid_to", "") != "":
            return self._day("valid_to")
        ends = months_after(begins, MONTHS) if begins else None
        if ends is not None and self.defaults.get("months") == str(MONTHS):
            return ends
        self._tell("valid_to", "valid_to_missing", expected=f"{ends:%d/%m/%Y}" if ends else "")
        return None


def months_after(day: date, months: int) -> date:
    """The same day so many months later, or the last one of that month.

    >>> months_after(date(2024, 2, 29), 36)
    datetime.date(2027, 2, 28)
    """
    year, month = divmod(day.month - 1 + months, 12)
    for last in (day.day, 30, 29, 28):
        try:
            return date(day.year + year, month + 1, min(day.day, last))
        except ValueError:
            continue
    raise ValueError(f"expected a day that a month has, got {day}")
