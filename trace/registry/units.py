"""Administrative units: provinces (2 digits) and communes (5 digits), dated (floor 2).

`data/units.csv` ships with the package: 34 provinces and 3,321 communes since 01/07/2025, with every change of
kind since then as a second row (Đồng Nai became a city on 30/04/2026 and ten of its communes wards). An
operator can import a newer list without waiting for a new version:

    rows = read_units(Path("units-2027.csv").read_text("utf-8"))
    print(import_units(session, rows, dry_run=True))     # what would change, nothing written
    import_units(session, rows)

A list says everything there is to say about each code it names: for these codes its rows replace ours. Codes
it does not name stay as they are. A code is never reused, so a row never moves to another province.
Names repeat (Tân Kỳ is in Thái Nguyên, Hải Phòng and Nghệ An): nothing is ever found by name alone.
"""

import csv
from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import date
from importlib import resources

from ocop.trace.registry.columns import clean_words
from ocop.trace.registry.errors import BadValue
from ocop.trace.registry.tables import AdminUnit
from ocop.trace.registry.tables_catalogue import UNIT_KINDS
from sqlalchemy import ColumnElement, and_, insert, or_, select
from sqlmodel import Session, col

COLUMNS = ("code", "kind", "name", "province_code", "valid_from", "valid_to")
KIND_NAMES = {"tinh": "tỉnh", "thanh_pho": "thành phố", "xa": "xã", "phuong": "phường", "dac_khu": "đặc khu"}


@dataclass(frozen=True, slots=True, order=True)
class Unit:
    """One unit in one span of time; days are inclusive, `valid_to` None is open."""

    code: str
    valid_from: date
    kind: str
    name: str
    province_code: str
    valid_to: date | None = None
    predecessors: str = ""

    @property
    def full_name(self) -> str:
        """With its kind, e.g. `xã Giai Xuân`."""
        return f"{KIND_NAMES[self.kind]} {self.name}"


@dataclass(frozen=True, slots=True)
class UnitChanges:
    """What an import changes: rows added, rows taken away, codes that are new."""

    added: tuple[Unit, ...]
    removed: tuple[Unit, ...]
    new_codes: tuple[str, ...]

    def __str__(self) -> str:
        return f"{len(self.added)} rows added, {len(self.removed)} rows replaced, {len(self.new_codes)} new codes"


def bundled_units() -> tuple[Unit, ...]:
    """The list that ships with this version."""
    file = resources.files("ocop.trace.registry").joinpath("data/units.csv")
    return read_units(file.read_text("utf-8"))


def read_units(text: str) -> tuple[Unit, ...]:
    """Parse a list: `#` lines are comments, then a header line, then rows. Raises BadValue with the line."""
    lines = [(n, line) for n, line in enumerate(text.splitlines(), 1) if line and not line.startswith("#")]
    if not lines:
        raise BadValue("units", "a header line", "nothing")
    header = tuple(next(csv.reader([lines[0][1].lstrip("\ufeff")])))
    if header[: len(COLUMNS)] != COLUMNS:
        raise BadValue(f"line {lines[0][0]}", ",".join(COLUMNS), ",".join(header))
    units = []
    for number, line in lines[1:]:
        values = next(csv.reader([line]))
        if len(values) != len(header):
            raise BadValue(f"line {number}", f"{len(header)} values", line)
        units.append(_unit(f"line {number}", dict(zip(header, values, strict=True))))
    _check_spans(units)
    return tuple(units)


def _unit(where: str, row: dict[str, str]) -> Unit:
    code, kind, province = row["code"], row["kind"], row["province_code"]
    if not (code.isascii() and code.isdigit() and len(code) in {2, 5}):
        raise BadValue(f"{where}: code", "2 or 5 digits", code)
    if kind not in UNIT_KINDS or (len(code) == 2) != (kind in {"tinh", "thanh_pho"}):
        raise BadValue(f"{where}: kind", " or ".join(UNIT_KINDS) + ", fitting the code", kind)
    if len(province) != 2 or not province.isdigit() or (len(code) == 2 and province != code):
        raise BadValue(f"{where}: province_code", "2 digits", province)
    name = clean_words(row["name"].strip(), f"{where}: name")
    if not name:
        raise BadValue(f"{where}: name", "a name", row["name"])
    valid_from = _day(f"{where}: valid_from", row["valid_from"])
    valid_to = _day(f"{where}: valid_to", row["valid_to"]) if row["valid_to"] else None
    return Unit(code, valid_from, kind, name, province, valid_to, row.get("predecessors", ""))


def _day(where: str, value: str) -> date:
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise BadValue(where, "a day such as 2026-04-30", value) from None


def _check_spans(units: Iterable[Unit]) -> None:
    """Spans of one code follow each other without overlap, and stay in one province."""
    last: dict[str, Unit] = {}
    for unit in sorted(units):
        if unit.valid_to is not None and unit.valid_to < unit.valid_from:
            raise BadValue(unit.code, "valid_to on or after valid_from", str(unit.valid_to))
        before = last.get(unit.code)
        if before is not None and (before.valid_to is None or before.valid_to >= unit.valid_from):
            raise BadValue(unit.code, "spans that follow each other", f"two rows on {unit.valid_from}")
        if before is not None and before.province_code != unit.province_code:
            raise BadValue(unit.code, f"province {before.province_code}", unit.province_code)
        last[unit.code] = unit
    provinces = {unit.code for unit in last.values() if len(unit.code) == 2}
    strange = sorted({unit.province_code for unit in last.values()} - provinces)
    if provinces and strange:
        raise BadValue("units", "every province in the list", strange[0])


def import_units(session: Session, units: Iterable[Unit], *, dry_run: bool = False) -> UnitChanges:
    """Replace what is known of the codes in `units` by `units`; returns what changed (or would)."""
    wanted = set(units)
    codes = {unit.code for unit in wanted}
    rows = {_from_row(row): row for row in session.scalars(select(AdminUnit)) if row.code in codes}
    known = {unit.code for unit in rows}
    added, removed = sorted(wanted - rows.keys()), sorted(rows.keys() - wanted)
    changes = UnitChanges(tuple(added), tuple(removed), tuple(sorted(codes - known)))
    if not dry_run:
        for unit in removed:
            session.delete(rows[unit])
        session.flush()
        if added:
            # In one statement: a new store takes in all of them.
            names = [field.name for field in fields(Unit)]
            session.execute(
                insert(AdminUnit), [{name: getattr(unit, name) for name in names} for unit in added]
            )
    return changes


def unit_on(session: Session, code: str, day: date) -> Unit | None:
    """The unit that `code` named on `day`, or None."""
    row = session.scalars(select(AdminUnit).where(col(AdminUnit.code) == code, _valid(day))).first()
    return _from_row(row) if row else None


def provinces_on(session: Session, day: date) -> list[Unit]:
    """All provinces on `day`, by code."""
    query = select(AdminUnit).where(col(AdminUnit.province_code) == col(AdminUnit.code), _valid(day))
    return [_from_row(row) for row in session.scalars(query.order_by(col(AdminUnit.code)))]


def communes_on(session: Session, province_code: str, day: date) -> list[Unit]:
    """The communes of a province on `day`, by code."""
    query = select(AdminUnit).where(
        col(AdminUnit.province_code) == province_code, col(AdminUnit.code) != province_code, _valid(day)
    )
    return [_from_row(row) for row in session.scalars(query.order_by(col(AdminUnit.code)))]


def _valid(day: date) -> ColumnElement[bool]:
    open_end = col(AdminUnit.valid_to).is_(None)
    return and_(col(AdminUnit.valid_from) <= day, or_(open_end, col(AdminUnit.valid_to) >= day))


def _from_row(row: AdminUnit) -> Unit:
    return Unit(
        row.code, row.valid_from, row.kind, row.name, row.province_code, row.valid_to, row.predecessors
    )
