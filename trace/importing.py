"""Import a list of products with their makers and certificates: rehearsed first, then all or nothing (floor 3).

    plan = rehearse(session, wanted, today)              # writes nothing; every problem by line
    done = carry_out(session, wanted, by, seal=plan.seal)  # the same again, then the rows; the caller commits

A line of another province is kept with its decision for the office there (`importing_waiting`).

A list never takes away what the register holds: a maker or product that is known keeps its words, and only gaps are
filled (telephone, website, tax code). A certificate that is there already with other stars or days is an error: an
act of the office changes it, not a list. So the same list a second time changes nothing.

A maker is known by its tax code or cooperative's code, else by its name and province (and commune, where both say
one), with "HTX" as "Hợp tác xã", marks and case forgiven. A product is known by its GTIN, else by its maker, its
name and its net content. Codes are handed out to new products without a GTIN.

`seal` is a digest of all that would be written. `carry_out` refuses when it is no longer what the officer saw.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from ocop.trace import importing_rows, importing_waiting
from ocop.trace.facts import Certificate
from ocop.trace.importing_known import Known, KnownProducer
from ocop.trace.importing_lines import ERROR, NOTICE, Problem, Reader, Record
from ocop.trace.importing_plan import Plan, Planned
from ocop.trace.importing_waiting import LineName, name_of
from ocop.trace.registry.errors import Conflict, RegistryError
from ocop.trace.registry.ledger_store import By
from ocop.trace.registry.places import Gazetteer
from ocop.trace.registry.store import bump_facts
from ocop.trace.sheets.cells import same_name
from ocop.trace.sheets.columns import body, find_header
from ocop.trace.sheets.grid import Sheet
from ocop.trace.text import civil_date, fold
from sqlmodel import Session

MAX_LINES = 3_000
"""So many are written well within the time that others wait for the database (`store.BUSY_SECONDS`)."""
MAX_SLUG = 40


class ImportRefused(RegistryError):
    """A list with problems; nothing of it was written."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        self.problems = problems
        errors = [problem for problem in problems if problem.level == ERROR]
        first = errors[0]
        super().__init__(
            f"expected a list without problems, got {len(errors)}, the first in line {first.line}"
            f" ({first.field}: {first.id}); nothing was written"
        )


@dataclass(frozen=True, slots=True)
class Wanted:
    """A list as the officer wants it read. `province`: its lines are written, others wait for their offices."""

    sheet: Sheet
    header_line: int
    mapping: Mapping[int, str]
    defaults: Mapping[str, str] = field(default_factory=dict)
    province: str = ""

    @classmethod
    def suggested(
        cls, sheet: Sheet, defaults: Mapping[str, str] | None = None, province: str = ""
    ) -> "Wanted":
        """As the sheet seems to mean it."""
        header = find_header(sheet)
        return cls(sheet, header.line, header.mapping, defaults or {}, province)


def rehearse(session: Session, wanted: Wanted, today: date) -> Plan:
    """What importing would do, on that civil day. Reads the register, writes nothing."""
    refused = _whole_file(wanted)
    if refused is not None:
        return Plan.of((), (), (refused,))
    gazetteer = Gazetteer.on(session, today)
    reader = Reader(wanted.mapping, wanted.defaults, gazetteer, today)
    records = reader.read(body(wanted.sheet, wanted.header_line))
    judged = _Judge(Known.read(session), importing_waiting.known_lines(session), wanted.province)
    lines = tuple(line for record in records if (line := judged.line(record)) is not None)
    problems = tuple(
        sorted((*reader.problems, *judged.problems), key=lambda one: (one.line, one.level, one.field))
    )
    if not records and not any(problem.level == ERROR for problem in problems):
        problems = (*problems, Problem(0, "file", "no_lines"))
    return Plan.of(lines, tuple(judged.waits), problems)


def carry_out(session: Session, wanted: Wanted, by: By, *, seal: str = "") -> Plan:
    """Write the list. Raises ImportRefused (problems), Conflict (`seal` is not this plan's), RegistryError."""
    plan = rehearse(session, wanted, civil_date(by.at))
    if plan.errors:
        raise ImportRefused(plan.problems)
    if seal and seal != plan.seal:
        raise Conflict("expected the register as it was rehearsed, got a changed one; rehearse again", "seal")
    makers = importing_rows.makers(session, plan.lines)
    products = importing_rows.products(session, plan.lines, makers, by.at)
    importing_rows.certificates(session, plan.lines, products)
    importing_waiting.keep(session, plan.waits, by)
    importing_waiting.settle(session, plan.lines, products, by)
    if plan.waits or any(line.changes for line in plan.lines):
        bump_facts(session)
    return plan


def _whole_file(wanted: Wanted) -> Problem | None:
    """What is wrong with the list as a whole."""
    fields = list(wanted.mapping.values())
    twice = sorted({name for name in fields if fields.count(name) > 1})
    if twice:
        return Problem(0, twice[0], "column_twice")
    for name in ("producer", "product"):
        if name not in fields:
            return Problem(0, name, "column_missing")
    if len(wanted.sheet.lines) > MAX_LINES:
        return Problem(0, "file", "too_many_lines", expected=str(MAX_LINES), got=str(len(wanted.sheet.lines)))
    return None


class _Judge:
    """Holds each record against the register and the lines before it."""

    def __init__(self, known: Known, waiting: dict[LineName, int], province: str) -> None:
        self._known, self._waiting, self._province = known, waiting, province
        self.problems: list[Problem] = []
        self.waits: list[Record] = []
        self._lines: dict[tuple[int, str, date], tuple[int, Certificate]] = {}
        self._bare: dict[int, int] = {}

    def line(self, record: Record) -> Planned | None:
        """What the record will do; None when it does nothing or can't be."""
        if self._province and record.place.province_code != self._province:
            self._wait(record)
            return None
        before = len(self.problems)
        producer, new_producer = self._producer(record)
        product, key, new_product = self._product(record, producer)
        new_certificate = self._certificate(record, product)
        fills = () if new_producer else self._known.gaps(producer, record)
        if any(problem.level == ERROR for problem in self.problems[before:]):
            return None
        return Planned(record, producer.slug, new_producer, product, key, new_product, new_certificate, fills)

    def _wait(self, record: Record) -> None:
        """A line of another province: kept for the office there, once."""
        name, wanted = name_of(record), record.certificate
        there = record.place.province
        if name is None or wanted is None:
            self._tell(record, "province", "left_to", NOTICE, got=there)
        elif self._certified(record, wanted):
            self._tell(record, "province", "waits_already", NOTICE, got=there)
        elif name not in self._waiting:
            self._waiting[name] = wanted.stars
            self.waits.append(record)
            self._tell(record, "province", "waits", NOTICE, got=there)
        elif self._waiting[name] == wanted.stars:
            self._tell(record, "province", "waits_already", NOTICE, got=there)
        else:
            held = f"{self._waiting[name]}★"
            self._tell(record, "stars", "waits_otherwise", expected=held, got=f"{wanted.stars}★")

    def _certified(self, record: Record, wanted: Certificate) -> bool:
        """Whether the office there has entered it already."""
        makers = self._known.producers_of(record)
        found = [one for maker in makers for one in self._known.products_of(maker, record)]
        paper = (fold(wanted.decision_no), wanted.decision_date)
        return any((one.number, *paper) in self._known.certificates for one in found)

    def _tell(self, record: Record, name: str, id_: str, level: str = ERROR, **more: str) -> None:
        self.problems.append(Problem(record.line, name, id_, level, **more))

    def _producer(self, record: Record) -> tuple[KnownProducer, bool]:
        found = self._known.producers_of(record)
        if len(found) > 1:
            self._tell(record, "producer", "producer_several", got=record.producer, expected=str(len(found)))
        if found:
            if found[0].closed:
                self._tell(record, "producer", "producer_closed", got=found[0].name)
            self._compare(record, found[0])
            return found[0], False
        made = self._known.add_producer(record, self._slug(record))
        return made, True

    def _compare(self, record: Record, known: KnownProducer) -> None:
        """Tell what differs from what is known; a second tax code can't be right."""
        if record.tax_code and known.tax_code and record.tax_code != known.tax_code:
            self._tell(record, "mst", "tax_code_differs", expected=known.tax_code, got=record.tax_code)
        if same_name(record.producer) != known.same_name:
            self._tell(record, "producer", "name_differs", NOTICE, expected=known.name, got=record.producer)
        if record.phone and known.phone and record.phone != known.phone:
            self._tell(record, "phone", "phone_differs", NOTICE, expected=known.phone, got=record.phone)
        if record.place.province_code != known.province_code:
            self._tell(
                record, "province", "province_differs", expected=known.province, got=record.place.province
            )

    def _slug(self, record: Record) -> str:
        short = re.sub(r"^hop tac xa\b", "htx", same_name(record.producer))
        stem = re.sub(r"[^a-z0-9]+", "-", short).strip("-")[: MAX_SLUG - 4].strip("-") or "chu-the"
        tried, number = stem, 1
        while tried in self._known.slugs:
            number += 1
            tried = f"{stem}-{number}"
        return tried

    def _product(self, record: Record, producer: KnownProducer) -> tuple[int, str, bool]:
        """(number of the product in `Known`, its key, whether it is new)."""
        if record.gtin and (owner := self._known.by_key.get(record.gtin)) is not None:
            if owner.producer != producer.number:
                self._tell(record, "gtin", "gtin_of_other", got=record.gtin)
            elif owner.same_name != same_name(record.product):
                self._tell(record, "gtin", "gtin_twice", expected=owner.name, got=record.gtin)
            return owner.number, owner.key, False
        found = self._known.products_of(producer, record)
        if len(found) > 1:
            self._tell(record, "product", "product_several", got=record.product, expected=str(len(found)))
        if found:
            if record.gtin:
                self._tell(record, "gtin", "gtin_new", NOTICE, got=record.gtin, expected=found[0].key)
            return found[0].number, found[0].key, False
        made = self._known.add_product(producer, record)
        return made.number, record.gtin, True

    def _certificate(self, record: Record, product: int) -> bool:
        wanted = record.certificate
        if wanted is None:
            if product in self._bare:
                self._tell(record, "line", "same_line", NOTICE, expected=str(self._bare[product]))
            self._bare[product] = record.line
            return False
        name = (product, fold(wanted.decision_no), wanted.decision_date)
        if name in self._lines:
            line, earlier = self._lines[name]
            if replace(earlier, authority=wanted.authority, decision_no=wanted.decision_no) == wanted:
                self._tell(record, "line", "same_line", NOTICE, expected=str(line))
            else:
                self._tell(record, "stars", "line_differs", expected=str(line), got=_shown(wanted))
            return False
        self._lines[name] = (record.line, wanted)
        held = self._known.certificates.get(name)
        if held is None:
            return True
        if (held.stars, held.potential, held.valid_to) != (wanted.stars, wanted.potential, wanted.valid_to):
            self._tell(record, "stars", "certificate_differs", expected=_shown(held), got=_shown(wanted))
        return False


def _shown(certificate: Certificate) -> str:
    potential = "?" if certificate.potential else ""
    return f"{certificate.stars}★{potential} → {certificate.valid_to:%d/%m/%Y}"
