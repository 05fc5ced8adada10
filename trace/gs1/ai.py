"""GS1 application identifiers: one table decides decoding, encoding and error text (floor 0).

The facts stand in `table.py`; this module reads them once into `AIS` and judges values by them.

>>> find("17").describe()
'AI 17 (USE BY or EXPIRY) of 6 digits'
>>> find("17").check("261231")
>>> find("01").orders
(('22', '10', '21'), ('235',))
>>> check_associations({"01": "09521234543213", "17": "261231"})
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from ocop.trace.gs1.check import CSET_39, CSET_64, CSET_82
from ocop.trace.gs1.errors import LinkError
from ocop.trace.gs1.rules import RULES
from ocop.trace.gs1.table import SHORT, TABLE

HOUSE = "P"
"""The key of products without a GTIN, in the place of an AI. In associations it counts as `01`."""

_ALPHABETS = {"N": "0123456789", "X": CSET_82, "Y": CSET_39, "Z": CSET_64}
_WORDS = {"N": "digits", "X": "characters of GS1 CSET 82", "Y": "of 0-9, A-Z, #, -, /", "Z": "of base64url"}
_COMPONENT = re.compile(r"(\[?)([NXYZ])(\.\.)?([0-9]+)((?::[a-z0-9_]+)*)\]?")
_CSET_82_HINT = "letters with marks, spaces and # $ @ [ \\ ] ^ ` { | } ~ are not in GS1 CSET 82"


@dataclass(frozen=True, slots=True)
class Component:
    """One part of a value: alphabet letter (N, X, Y, Z), least and greatest length, names of its rules."""

    alphabet: str
    least: int
    most: int
    optional: bool
    rules: tuple[str, ...]

    @property
    def pattern(self) -> str:
        """A regular expression with one group."""
        characters = re.escape(_ALPHABETS[self.alphabet])
        return f"([{characters}]{{{self.least},{self.most}}})" + ("?" if self.optional else "")

    def __str__(self) -> str:
        count = str(self.most) if self.least == self.most else f"{self.least} to {self.most}"
        noun = "digit" if (self.alphabet, self.most) == ("N", 1) else _WORDS[self.alphabet]
        return ("optionally " if self.optional else "") + f"{count} {noun}"


@dataclass(frozen=True, slots=True)
class AI:
    """One application identifier.

    Attributes:
        code: its digits, e.g. `3103` (or `P`).
        title: GS1's data title.
        orders: for a key, the alternative orders of its qualifiers, e.g. `(("22", "10", "21"), ("235",))`.
        key: may be the primary key of a Digital Link.
        attribute: may stand in the query of a Digital Link.
        needs: for each entry, one of its groups must be there whole.
        excludes: none of these may be there.
    """

    code: str
    title: str
    components: tuple[Component, ...]
    pattern: re.Pattern[str]
    key: bool
    orders: tuple[tuple[str, ...], ...]
    attribute: bool
    needs: tuple[tuple[frozenset[str], ...], ...]
    excludes: frozenset[str]

    def describe(self) -> str:
        """What a value looks like, for people who write software."""
        return f"AI {self.code} ({self.title}) of {', then '.join(map(str, self.components))}"

    def check(self, value: str) -> None:
        """Check a decoded value. Raises `LinkError`: `empty`, `charset`, `length` or the name of a rule."""
        if not value:
            raise LinkError("empty", self.describe(), value, "leave the AI out when there is no value")
        match = self.pattern.fullmatch(value)
        if match is None:
            raise self._misfit(value)
        for component, part in zip(self.components, match.groups(), strict=True):
            for name in component.rules if part is not None else ():
                if not RULES[name].holds(part):
                    raise LinkError(name, f"{self.describe()}, with {RULES[name].words}", value)

    def _misfit(self, value: str) -> LinkError:
        allowed = {c for component in self.components for c in _ALPHABETS[component.alphabet]}
        if allowed.issuperset(value):
            return LinkError("length", self.describe(), value, "lengths count after decoding escapes")
        return LinkError("charset", self.describe(), value, _CSET_82_HINT if "_" in allowed else "")

    def takes(self, qualifiers: Collection[str]) -> bool:
        """Whether these AIs, in whatever order, can qualify this key together."""
        return any(set(order).issuperset(qualifiers) for order in self.orders)

    def takes_in_order(self, qualifiers: tuple[str, ...]) -> bool:
        """Whether these AIs, each once and in this order, can follow this key in a path."""
        return any(tuple(q for q in order if q in qualifiers) == qualifiers for order in self.orders)


def find(code: str) -> AI | None:
    """The AI of these digits, or None."""
    return AIS.get(code)


def check_associations(codes: Collection[str]) -> None:
    """Check which AIs stand together (GS1 General Specifications, data relationships).

    Raises:
        LinkError: `missing_pair` or `invalid_pair`.
    """
    present = {"01" if code == HOUSE else code for code in codes}
    for code in codes:
        entry = AIS[code]
        for groups in entry.needs:
            if not any(group <= present for group in groups):
                wanted = " or ".join(sorted("+".join(sorted(group)) for group in groups)[:12])
                raise LinkError("missing_pair", f"AI {code} beside {wanted}", ", ".join(codes))
        if clash := sorted(entry.excludes & present):
            raise LinkError("invalid_pair", f"AI {code} without AI {clash[0]}", ", ".join(codes))


def _read_table() -> dict[str, AI]:
    rows = [[cell.strip() for cell in line.split("|")] for line in TABLE.strip().splitlines()]
    known = [code for cells in rows for code in _codes(cells[0])]
    return {
        code: _entry(code, layout, rules, title, known)
        for cell, layout, rules, title in rows
        for code in _codes(cell)
    }


def _codes(cell: str) -> Iterator[str]:
    """`17` -> 17; `310-311 350 + 0-1` -> 3100, 3101, 3110, 3111, 3500, 3501."""
    leads, plus, last = cell.partition(" + ")
    for lead in leads.split():
        first, _, end = lead.partition("-")
        for number in range(int(first), int(end or first) + 1) if plus else ():
            yield from (f"{number}{digit}" for digit in range(int(last[0]), int(last[2]) + 1))
        if not plus:
            yield lead


def _entry(code: str, layout: str, rules: str, title: str, known: list[str]) -> AI:
    words = [w for word in rules.split() for w in SHORT.get(word, word).split()]
    components = tuple(_component(m) for m in _COMPONENT.finditer(SHORT.get(layout, layout)))
    without = [w.removeprefix("without=") for w in words if w.startswith("without=")]
    without += [code[:-1] + "n"] if "alone" in words else []
    keys = [w.removeprefix("key").removeprefix("=") for w in words if w == "key" or w.startswith("key=")]
    return AI(
        code=code,
        title=title,
        components=components,
        pattern=re.compile("".join(c.pattern for c in components), re.ASCII),
        key=bool(keys),
        orders=tuple(tuple(filter(None, order.split(","))) for order in keys[0].split("/")) if keys else (),
        attribute="attribute" in words,
        needs=tuple(_groups(w.removeprefix("with="), known) for w in words if w.startswith("with=")),
        excludes=frozenset(c for w in without for p in w.split(",") for c in _matching(p, known)) - {code},
    )


def _component(match: re.Match[str]) -> Component:
    optional, alphabet, variable, most, rules = match.groups()
    least = 1 if variable else int(most)
    return Component(alphabet, least, int(most), bool(optional), tuple(rules.split(":")[1:]))


def _groups(alternatives: str, known: list[str]) -> tuple[frozenset[str], ...]:
    patterns = alternatives.split(",")
    return tuple(frozenset(p.split("+")) for p in patterns if "n" not in p) + tuple(
        frozenset({code}) for p in patterns if "n" in p for code in _matching(p, known)
    )


def _matching(pattern: str, known: list[str]) -> list[str]:
    shape = re.compile(pattern.replace("n", "[0-9]"))
    return [code for code in known if shape.fullmatch(code)]


AIS: dict[str, AI] = _read_table()
"""Every application identifier by its digits, and the house's `P`."""
