"""What a province is called on a day, from the table of units that ships with the register (floor 1).

Texts of the illustration say `{province}` and get the unit with its kind, so that a province which becomes a city
is one in them from that day on; the authority of a decision keeps the kind that it had when it decided:

>>> province_name("22", date(2026, 11, 23), "vi"), province_name("22", date(2026, 8, 31), "vi")
('thành phố Quảng Ninh', 'tỉnh Quảng Ninh')
>>> filled("{province}", "46", date(2026, 11, 23), "en")
'Huế city'
"""

import csv
from datetime import date
from functools import cache
from importlib import resources

from ocop.trace.facts import Lang

_LAYOUT = {
    "tinh": {"vi": "tỉnh {name}", "en": "{name} province"},
    "thanh_pho": {"vi": "thành phố {name}", "en": "{name} city"},
}


def province_name(code: str, day: date, lang: Lang) -> str:
    """The province with its kind on `day`; before the table begins, as its first row says. Raises KeyError."""
    rows = _provinces()[code]
    kind, name = next(((kind, name) for begins, kind, name in reversed(rows) if begins <= day), rows[0][1:])
    return _LAYOUT[kind][lang].format(name=name)


def filled(text: str, code: str, day: date, lang: Lang) -> str:
    """The text with its `{province}`; where it begins the text, it begins with a capital. Raises KeyError."""
    said = text.replace("{province}", province_name(code, day, lang))
    return said[:1].upper() + said[1:] if text.startswith("{province}") else said


@cache
def _provinces() -> dict[str, tuple[tuple[date, str, str], ...]]:
    """For each code of two digits: first day, kind and name, in the order of days; package data, read once."""
    text = resources.files("ocop.trace.registry").joinpath("data", "units.csv").read_text("utf-8")
    found: dict[str, list[tuple[date, str, str]]] = {}
    for row in csv.DictReader(line for line in text.splitlines() if line and not line.startswith("#")):
        if len(row["code"]) == 2:
            begins = date.fromisoformat(row["valid_from"])
            found.setdefault(row["code"], []).append((begins, row["kind"], row["name"]))
    return {code: tuple(sorted(rows)) for code, rows in found.items()}
