"""Import a list of products with their makers and certificates: rehearsed first, then all or nothing (floor 3).

    plan = rehearse(session, wanted, today)              # writes nothing; every problem by line
    done = carry_out(session, wanted, by, seal=plan.seal)  # the same again, then the rows; the caller commits

A list never takes away what the register holds: a maker or product that is known keeps its words, and only gaps are
filled (telephone, website, tax code). A certificate that is there already with other stars or days is an error: an
act of the office changes it, not a list. So the same list a second time changes nothing.

A maker is known by its tax code or cooperative's code, else by its name and province (and commune, where both say
one), with "HTX" as "Hợp tác xã", marks and case forgiven. A product is known by its GTIN, else by its maker, its
name and its net content. Codes are handed out to new products without a GTIN.

`seal` is a digest of all that would be written. `carry_out` refuses when it is no longer what the officer saw.
"""

import hashlib
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from ocop.trace.facts import Certificate, LegalId, Producer, ProducerKind, Product, ProductText
from ocop.trace.gs1.identifier import CODE_BITS, new_product_code
from ocop.trace.importing_known import Known, KnownProducer
from ocop.trace.importing_lines import ERROR, NOTICE, Problem, Reader, Record
from ocop.trace.registry import editing, tables
from ocop.trace.registry.errors import Conflict, RegistryError
from ocop.trace.registry.ledger_store import By
from ocop.trace.registry.places import Gazetteer
from ocop.trace.registry.store import bump_facts
from ocop.trace.registry.tables_catalogue import ProductKey
from ocop.trace.sheets.cells import same_name
from ocop.trace.sheets.columns import body, find_header
from ocop.trace.sheets.grid import Sheet
from ocop.trace.text import civil_date, fold
from sqlmodel import Session

MAX_LINES = 300
"""So many are written within the time that others wait for the database (`store.BUSY_SECONDS`)."""
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
    """A list as the officer wants it read. `province` limits it to one province's lines; the others wait."""

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


@dataclass(frozen=True, slots=True)
class Planned:
    """What one line will do. `key` is empty for a product that will be handed a code; `product` numbers it."""

    record: Record
    slug: str
    new_producer: bool
    product: int
    key: str
    new_product: bool
    new_certificate: bool
    fills: tuple[str, ...] = ()

    @property
    def changes(self) -> bool:
        """Whether it writes anything."""
        return self.new_producer or self.new_product or self.new_certificate or bool(self.fills)


@dataclass(frozen=True, slots=True)
class Plan:
    """A rehearsal: what each good line will do, and every problem."""

    lines: tuple[Planned, ...]
    problems: tuple[Problem, ...]
    seal: str

    @property
    def errors(self) -> tuple[Problem, ...]:
        """What stops the import."""
        return tuple(problem for problem in self.problems if problem.level == ERROR)

    @property
    def counts(self) -> dict[str, int]:
        """How many lines are read and left as they are; how many makers, products, certificates are new."""
        return {
            "lines": len(self.lines),
            "producers": len({line.slug for line in self.lines if line.new_producer}),
            "products": sum(line.new_product for line in self.lines),
            "certificates": sum(line.new_certificate for line in self.lines),
            "unchanged": sum(not line.changes for line in self.lines),
        }


def rehearse(session: Session, wanted: Wanted, today: date) -> Plan:
    """What importing would do, on that civil day. Reads the register, writes nothing."""
    refused = _whole_file(wanted)
    if refused is not None:
        return _sealed((), (refused,))
    gazetteer = Gazetteer.on(session, today)
    reader = Reader(wanted.mapping, wanted.defaults, gazetteer, today)
    records = reader.read(body(wanted.sheet, wanted.header_line))
    judged = _Judge(Known.read(session), wanted.province)
    lines = tuple(line for record in records if (line := judged.line(record)) is not None)
    problems = tuple(
        sorted((*reader.problems, *judged.problems), key=lambda one: (one.line, one.level, one.field))
    )
    if not records and not any(problem.level == ERROR for problem in problems):
        problems = (*problems, Problem(0, "file", "no_lines"))
    return _sealed(lines, problems)


def carry_out(session: Session, wanted: Wanted, by: By, *, seal: str = "") -> Plan:
    """Write the list. Raises ImportRefused (problems), Conflict (`seal` is not this plan's), RegistryError."""
    plan = rehearse(session, wanted, civil_date(by.at))
    if plan.errors:
        raise ImportRefused(plan.problems)
    if seal and seal != plan.seal:
        raise Conflict("expected the register as it was rehearsed, got a changed one; rehearse again", "seal")
    keys: dict[int, str] = {}
    held = frozenset(map(id, session))
    for line in plan.lines:
        if line.new_producer:
            editing.save_producer(session, _producer(line))
        elif line.fills:
            _fill(session, line)
        key = keys[line.product] = keys.get(line.product) or line.key or _new_code(session)
        if line.new_product:
            editing.save_product(session, _product(line.record, key), producer_slug=line.slug, now=by.at)
        if line.new_certificate and line.record.certificate is not None:
            editing.save_certificate(session, key, line.record.certificate)
        _let_go(session, held)
    if any(line.changes for line in plan.lines):
        bump_facts(session)
    return plan


def _let_go(session: Session, held: frozenset[int]) -> None:
    """Forget the rows of a line once they are written: each DELETE compares itself with every row remembered."""
    session.flush()
    for row in [row for row in session if id(row) not in held]:
        session.expunge(row)


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


def _sealed(lines: tuple[Planned, ...], problems: tuple[Problem, ...]) -> Plan:
    return Plan(lines, problems, hashlib.sha256(repr((lines, problems)).encode()).hexdigest())


class _Judge:
    """Holds each record against the register and the lines before it."""

    def __init__(self, known: Known, province: str) -> None:
        self._known, self._province = known, province
        self.problems: list[Problem] = []
        self._lines: dict[tuple[int, str, date], tuple[int, Certificate]] = {}
        self._bare: dict[int, int] = {}

    def line(self, record: Record) -> Planned | None:
        """What the record will do; None when it does nothing or can't be."""
        if self._province and record.place.province_code != self._province:
            self._tell(record, "province", "waits", NOTICE, got=record.place.province)
            return None
        before = len(self.problems)
        producer, new_producer = self._producer(record)
        product, key, new_product = self._product(record, producer)
        new_certificate = self._certificate(record, product)
        fills = () if new_producer else self._known.gaps(producer, record)
        if any(problem.level == ERROR for problem in self.problems[before:]):
            return None
        return Planned(record, producer.slug, new_producer, product, key, new_product, new_certificate, fills)

    def _tell(self, record: Record, name: str, id_: str, level: str = ERROR, **more: str) -> None:
        self.problems.append(Problem(record.line, name, id_, level, **more))

    def _producer(self, record: Record) -> tuple[KnownProducer, bool]:
        found = self._known.producers_of(record)
        if len(found) > 1:
            self._tell(record, "producer", "producer_several", got=record.producer, expected=str(len(found)))
        if found:
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


def _producer(line: Planned) -> Producer:
    record = line.record
    ids = (LegalId("mst", record.tax_code), LegalId("ma_htx", record.coop_code))
    return Producer(
        slug=line.slug,
        name=record.producer,
        kind=ProducerKind(record.kind),
        place=record.place,
        legal_ids=tuple(one for one in ids if one.value),
        phone=record.phone,
        website=record.website,
    )


def _product(record: Record, key: str) -> Product:
    return Product(
        key, (), record.group, {"vi": ProductText(record.product, net=record.net)}, brand=record.brand
    )


def _fill(session: Session, line: Planned) -> None:
    """Write what the register did not know of a maker."""
    row = editing.producer_row(session, line.slug)
    record = line.record
    for name in line.fills:
        if name in {"mst", "ma_htx"}:
            value = record.tax_code if name == "mst" else record.coop_code
            session.add(tables.LegalId(producer_id=row.id or 0, kind=name, value=value))
        else:
            setattr(row, name, record.phone if name == "phone" else record.website)
    session.add(row)
    session.flush()


def _new_code(session: Session) -> str:
    """A product code that nobody has."""
    while True:
        key = f"P/{new_product_code(secrets.randbits(CODE_BITS))}"
        if session.get(ProductKey, key) is None:
            return key
