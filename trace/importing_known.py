"""What the register knows already, held in memory while a list is compared with it (floor 3).

Read once for each rehearsal: makers with their codes, products with their keys and names, certificates. The lines of
the list are added as they are planned, so a maker or product that comes twice in a list is one.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date

from ocop.trace.facts import Certificate, CertificateState
from ocop.trace.importing_lines import Record
from ocop.trace.registry import tables
from ocop.trace.sheets.cells import same_name
from ocop.trace.text import fold
from sqlmodel import Session, col, select


@dataclass(frozen=True, slots=True)
class KnownProducer:
    """A maker of the register (its row's number) or of the list (a negative number)."""

    number: int
    slug: str
    name: str
    same_name: str
    province_code: str
    province: str
    commune_code: str
    phone: str = ""
    website: str = ""
    tax_code: str = ""
    coop_code: str = ""
    closed: bool = False


@dataclass(frozen=True, slots=True)
class KnownProduct:
    """A product, its maker's number, and its key (empty while it has none)."""

    number: int
    producer: int
    key: str
    name: str
    same_name: str
    net: str


@dataclass
class Known:
    """Everything a list is compared with."""

    slugs: dict[str, KnownProducer] = field(default_factory=dict)
    by_code: dict[tuple[str, str], KnownProducer] = field(default_factory=dict)
    by_name: dict[tuple[str, str], list[KnownProducer]] = field(default_factory=lambda: defaultdict(list))
    by_key: dict[str, KnownProduct] = field(default_factory=dict)
    products: dict[tuple[int, str], list[KnownProduct]] = field(default_factory=lambda: defaultdict(list))
    certificates: dict[tuple[int, str, date], Certificate] = field(default_factory=dict)
    filled: set[tuple[int, str]] = field(default_factory=set)

    @classmethod
    def read(cls, session: Session) -> "Known":
        """From the register."""
        known = cls()
        codes = {(row.producer_id, row.kind): row.value for row in session.exec(select(tables.LegalId)).all()}
        for row in session.exec(select(tables.Producer).order_by(col(tables.Producer.id))).all():
            known._keep_producer(
                KnownProducer(
                    row.id or 0,
                    row.slug,
                    row.name,
                    same_name(row.name),
                    row.province_code,
                    row.province,
                    row.commune_code,
                    row.phone,
                    row.website,
                    codes.get((row.id or 0, "mst"), ""),
                    codes.get((row.id or 0, "ma_htx"), ""),
                    row.closed_at is not None,
                )
            )
        known._read_products(session)
        known._read_certificates(session)
        return known

    def producers_of(self, record: Record) -> list[KnownProducer]:
        """The makers that a line may mean: by a code exactly one, by name perhaps several."""
        for kind, code in (("mst", record.tax_code), ("ma_htx", record.coop_code)):
            if code and (kind, code) in self.by_code:
                return [self.by_code[kind, code]]
        found = self.by_name.get((record.place.province_code, same_name(record.producer)), [])
        commune = record.place.commune_code
        near = [one for one in found if not (commune and one.commune_code) or one.commune_code == commune]
        exact = [one for one in near if commune and one.commune_code == commune]
        return exact or near

    def products_of(self, producer: KnownProducer, record: Record) -> list[KnownProduct]:
        """The products that a line may mean, by name and net content."""
        found = self.products.get((producer.number, same_name(record.product)), [])
        net = fold(record.net)
        return [one for one in found if one.net == net] or [one for one in found if not (net and one.net)]

    def gaps(self, producer: KnownProducer, record: Record) -> tuple[str, ...]:
        """What the line knows of a maker of the register that the register does not; each is filled once."""
        pairs = (
            ("phone", producer.phone, record.phone),
            ("website", producer.website, record.website),
            ("mst", producer.tax_code, record.tax_code),
            ("ma_htx", producer.coop_code, record.coop_code),
        )
        found = tuple(
            name
            for name, held, said in pairs
            if said and not held and (producer.number, name) not in self.filled
        )
        self.filled |= {(producer.number, name) for name in found}
        return found

    def add_producer(self, record: Record, slug: str) -> KnownProducer:
        """A maker that the list brings."""
        return self._keep_producer(
            KnownProducer(
                -len(self.slugs) - 1,
                slug,
                record.producer,
                same_name(record.producer),
                record.place.province_code,
                record.place.province,
                record.place.commune_code,
                record.phone,
                record.website,
                record.tax_code,
                record.coop_code,
            )
        )

    def add_product(self, producer: KnownProducer, record: Record) -> KnownProduct:
        """A product that the list brings."""
        number = -1 - sum(map(len, self.products.values()))
        return self._keep_product(
            KnownProduct(
                number,
                producer.number,
                record.gtin,
                record.product,
                same_name(record.product),
                fold(record.net),
            )
        )

    def _keep_producer(self, one: KnownProducer) -> KnownProducer:
        self.slugs[one.slug] = one
        self.by_name[one.province_code, one.same_name].append(one)
        for kind, code in (("mst", one.tax_code), ("ma_htx", one.coop_code)):
            if code:
                self.by_code.setdefault((kind, code), one)
        return one

    def _keep_product(self, one: KnownProduct) -> KnownProduct:
        self.products[one.producer, one.same_name].append(one)
        if one.key:
            self.by_key[one.key] = one
        return one

    def _read_products(self, session: Session) -> None:
        texts = {
            row.product_id: row
            for row in session.exec(
                select(tables.ProductText).where(col(tables.ProductText.lang) == "vi")
            ).all()
        }
        numbered = {}
        for row in session.exec(select(tables.Product).order_by(col(tables.Product.id))).all():
            text = texts[row.id or 0]
            numbered[row.id] = self._keep_product(
                KnownProduct(
                    row.id or 0, row.producer_id, row.key, text.name, same_name(text.name), fold(text.net)
                )
            )
        for key in session.exec(select(tables.ProductKey)).all():
            self.by_key[key.key] = numbered[key.product_id]

    def _read_certificates(self, session: Session) -> None:
        decisions = {row.id: row for row in session.exec(select(tables.Decision)).all()}
        for row in session.exec(select(tables.Certificate)).all():
            decision = decisions[row.decision_id]
            self.certificates[row.product_id, fold(decision.number), decision.signed_on] = Certificate(
                row.stars,
                decision.number,
                decision.signed_on,
                decision.authority,
                row.valid_from,
                row.valid_to,
                CertificateState(row.state),
                row.potential,
            )
