"""Places by the names that people write: today's units, and the old ones by what became of them (floor 2).

A name is compared folded, with or without its kind. Names repeat, so a commune is looked for within a province only;
two of one name there (a xã and a phường) are told apart by the kind that was written. What was merged is found
through `AdminUnit.predecessors`, a text of names between `;` or `,`: such a find is a suggestion, and says so.

    gazetteer = Gazetteer.on(session, date(2026, 11, 23))
    gazetteer.province("tỉnh Bắc Giang")          # Found(unit=thành phố Bắc Ninh, old=True)
    gazetteer.commune("40", "Giai Xuân")          # Found(unit=xã Giai Xuân, old=False)
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache

from ocop.trace.registry.units import Unit, communes_on, provinces_on
from ocop.trace.text import fold
from sqlmodel import Session

_KIND = re.compile(
    r"^(?:tinh|thanh pho|tp\.?|t\.?p|xa|phuong|dac khu|thi tran|thi xa|tt\.?|tx\.?|x\.|p\.|quan|huyen)\s+|^(?:tp|x|p)\."
)
_SPOKEN = {"hcm": "ho chi minh", "sai gon": "ho chi minh", "tphcm": "ho chi minh", "tp hcm": "ho chi minh",
           "hn": "ha noi", "brvt": "ba ria vung tau", "dak lac": "dak lak", "daklak": "dak lak"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Found:
    """A unit; `old`: it was found by the name of one that was merged into it, so it is a suggestion."""

    unit: Unit
    old: bool


def bare(text: str) -> str:
    """A place's name as it is compared: folded, without its kind and punctuation."""
    folded = fold(text).strip(" .,")
    without = _KIND.sub("", folded).strip()
    name = " ".join(re.findall(r"[a-z0-9]+", without))
    return _SPOKEN.get(name, name)


class Gazetteer:
    """All units of one day, by name; a province's communes are read when they are first asked for."""

    def __init__(self, provinces: Iterable[Unit], communes: Callable[[str], Iterable[Unit]]) -> None:
        self.provinces = tuple(provinces)
        self._communes = cache(lambda province: tuple(communes(province)))
        self._now = {bare(unit.name): unit for unit in self.provinces}
        self._then = {name: unit for unit in self.provinces for name in _before(unit)}
        self._by_name: dict[str, dict[str, list[Found]]] = {}

    @classmethod
    def on(cls, session: Session, day: date) -> "Gazetteer":
        """The units of the store on that day."""
        return cls(provinces_on(session, day), lambda province: communes_on(session, province, day))

    def province(self, text: str) -> Found | None:
        """A province by its name or code."""
        for unit in self.provinces:
            if text.strip() == unit.code:
                return Found(unit, old=False)
        name = bare(text)
        if name in self._now:
            return Found(self._now[name], old=False)
        return Found(self._then[name], old=True) if name in self._then else None

    def commune(self, province_code: str, text: str) -> tuple[Found, ...]:
        """The communes of a province that may be meant: none, one, or several."""
        for unit in self._communes(province_code):
            if text.strip() == unit.code:
                return (Found(unit, old=False),)
        found = self._names(province_code).get(bare(text), [])
        present = [one for one in found if not one.old] or found
        exact = [one for one in present if fold(one.unit.full_name) == fold(text)]
        return tuple(exact or present)

    def _names(self, province_code: str) -> dict[str, list[Found]]:
        if province_code not in self._by_name:
            names: dict[str, list[Found]] = defaultdict(list)
            for unit in self._communes(province_code):
                names[bare(unit.name)].append(Found(unit, old=False))
                for name in _before(unit):
                    names[name].append(Found(unit, old=True))
            self._by_name[province_code] = names
        return self._by_name[province_code]


def _before(unit: Unit) -> Iterable[str]:
    return {bare(name) for name in re.split(r"[;,]", unit.predecessors) if name.strip()}
