"""The calendar of certificates: who must be told that a star ends, and who was (floor 3).

A certificate ends with its last civil day at UTC+07:00 (`valid_to`, inclusive); the star goes out by itself when that
day is over, no act is needed (`verdict_stars`). Its producer is told 90, 60 and 30 days before, the last of which
the rules of the programme demand in writing, and on the last day (reference: `ocop-domain.md` 1.5 and 9.3).

    valid_to 23/11/2026     told on 25/08 (-90), 24/09 (-60), 24/10 (-30), 23/11 (0)
    on 01/11/2026           22 days are left; step 30 is due; 90 and 60 count as due too while nobody told

    for line in due(session, Scope("19"), today): print(line.product, line.days_left, line.step, line.told)
    tell(session, line.certificate_id, 30, way="letter", by="chị Hà", at=now)

A certificate that the office closed, or whose product has one that lasts longer, is not on the list.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from ocop.trace.certifying import Scope
from ocop.trace.facts import CertificateState
from ocop.trace.registry import tables
from ocop.trace.registry.columns import Flag
from ocop.trace.registry.editing import words
from ocop.trace.registry.errors import BadValue, Conflict, Unknown
from ocop.trace.registry.tables_office import NOTICE_DAYS, NOTICE_WAYS
from sqlalchemy import Select, func, literal, select
from sqlmodel import Session, col

STEPS = NOTICE_DAYS  # 90, 60, 30, 0
Lines = Select[tables.Certificate, tables.Decision, tables.Product, str, tables.Producer]


@dataclass(frozen=True, slots=True)
class Told:
    """That a producer was told: how, by whom, when."""

    way: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Due:
    """One certificate that ends soon. `step` is the one that is due now; `told` what was done, by step."""

    certificate_id: int
    key: str
    product: str
    producer: str
    producer_slug: str
    phone: str
    province_code: str
    stars: int
    potential: bool
    decision_no: str
    decision_date: date
    authority: str
    valid_to: date
    days_left: int
    step: int
    resubmitted_on: date | None
    told: Mapping[int, Told]

    @property
    def open(self) -> bool:
        """Whether nobody has told the producer at the present step."""
        return self.step not in self.told


@dataclass(frozen=True, slots=True)
class StillScanned:
    """A product whose star ended and that people still scan."""

    key: str
    product: str
    producer: str
    stars: int
    valid_to: date
    scans: int
    resubmitted_on: date | None


def step_of(valid_to: date, today: date) -> int | None:
    """The step that is due on `today`: 90, 60, 30 or 0; None when it is too early or the last day is over."""
    left = (valid_to - today).days
    if left < 0:
        return None
    reached = [step for step in STEPS if left <= step]
    return min(reached) if reached else None


def notice_days(valid_to: date) -> dict[int, date]:
    """The day of each step."""
    return {step: valid_to - timedelta(days=step) for step in STEPS}


def due(session: Session, scope: Scope, today: date) -> list[Due]:
    """Every certificate in force that ends within 90 days, the first to end first; whoever stopped renews nothing."""
    last = today + timedelta(days=max(STEPS))
    query = (
        _certificates(scope)
        .where(
            col(tables.Certificate.valid_to) >= today,
            col(tables.Certificate.valid_to) <= last,
            col(tables.Producer.closed_at).is_(None),
        )
        .order_by(col(tables.Certificate.valid_to), col(tables.Product.sort), col(tables.Certificate.id))
    )
    found = [row for row in session.execute(query) if not _outlived(session, row[0])]
    told = _told(session, [row[0].id or 0 for row in found])
    return [_due(tuple(row), told, today) for row in found]


def tell(session: Session, certificate_id: int, step: int, *, way: str, by: str, at: datetime) -> None:
    """Keep that the producer was told. Raises BadValue, Unknown, Conflict (it was kept already)."""
    if step not in STEPS:
        raise BadValue("step", "90, 60, 30 or 0 days", step)
    if way not in NOTICE_WAYS:
        raise BadValue("way", " or ".join(NOTICE_WAYS), way)
    if session.get(tables.Certificate, certificate_id) is None:
        raise Unknown("certificate", certificate_id)
    known = session.get(tables.ExpiryNotice, (certificate_id, step))
    if known is not None:
        raise Conflict(f"expected a notice that is open, got one that {known.told_by} gave already", "notice")
    by = words("told by", by, needed=True)
    session.add(
        tables.ExpiryNotice(certificate_id=certificate_id, days=step, way=way, told_by=by, told_at=at)
    )
    session.flush()


def line(session: Session, scope: Scope, certificate_id: int, today: date) -> Due:
    """One certificate with its notices, for the letter; also before and after the 90 days. Raises Unknown."""
    wanted = _certificates(scope, open_only=False).where(col(tables.Certificate.id) == certificate_id)
    row = session.execute(wanted).first()
    if row is None:
        raise Unknown("certificate", certificate_id)
    return _due(tuple(row), _told(session, [certificate_id]), today)


def still_scanned(session: Session, scope: Scope, now: datetime, today: date) -> list[StillScanned]:
    """Products without a star in force whose star ended, and that were scanned in the last 30 days."""
    since = now - timedelta(days=30)
    counts = (
        select(col(tables.ProductKey.product_id).label("product_id"), func.count().label("scans"))
        .join(tables.Scan, col(tables.Scan.key) == col(tables.ProductKey.key))
        .where(col(tables.Scan.at) >= since)
        .group_by(col(tables.ProductKey.product_id))
        .subquery()
    )
    query = (
        _certificates(scope, open_only=False)
        .add_columns(counts.c.scans)
        .join(counts, counts.c.product_id == col(tables.Product.id))
        .where(col(tables.Certificate.potential) == literal(False, Flag()))
    )
    best: dict[int, tuple[tables.Certificate, StillScanned]] = {}
    for certificate, _decision, product, name, producer, scans in session.execute(query):
        known = best.get(product.id)
        if known is None or certificate.valid_to > known[0].valid_to:
            one = StillScanned(product.key, name, producer.name, certificate.stars, certificate.valid_to, scans,
                               certificate.resubmitted_on)  # fmt: skip
            best[product.id] = certificate, one
    over = [one for certificate, one in best.values() if certificate.valid_to < today]
    return sorted(over, key=lambda one: (-one.scans, one.key))


def _certificates(scope: Scope, *, open_only: bool = True) -> Lines:
    query = (
        select(
            tables.Certificate,
            tables.Decision,
            tables.Product,
            col(tables.ProductText.name),
            tables.Producer,
        )
        .join(tables.Decision, col(tables.Decision.id) == col(tables.Certificate.decision_id))
        .join(tables.Product, col(tables.Product.id) == col(tables.Certificate.product_id))
        .join(tables.ProductText, col(tables.ProductText.product_id) == col(tables.Product.id))
        .join(tables.Producer, col(tables.Producer.id) == col(tables.Product.producer_id))
        .where(col(tables.ProductText.lang) == "vi", *scope.conditions())
    )
    if open_only:
        query = query.where(col(tables.Certificate.state) == str(CertificateState.IN_FORCE))
    return query


def _outlived(session: Session, certificate: tables.Certificate) -> bool:
    """Whether the product has a later certificate of the same sort in force."""
    query = select(col(tables.Certificate.id)).where(
        col(tables.Certificate.product_id) == certificate.product_id,
        col(tables.Certificate.potential) == literal(certificate.potential, Flag()),
        col(tables.Certificate.valid_to) > certificate.valid_to,
        col(tables.Certificate.state) == str(CertificateState.IN_FORCE),
    )
    return session.scalars(query.limit(1)).first() is not None


def _told(session: Session, ids: list[int]) -> dict[int, dict[int, Told]]:
    found: dict[int, dict[int, Told]] = defaultdict(dict)
    for start in range(0, len(ids), 500):
        query = select(tables.ExpiryNotice).where(
            col(tables.ExpiryNotice.certificate_id).in_(ids[start : start + 500])
        )
        for row in session.scalars(query):
            found[row.certificate_id][row.days] = Told(row.way, row.told_by, row.told_at)
    return found


def _due(
    row: tuple[tables.Certificate, tables.Decision, tables.Product, str, tables.Producer],
    told: Mapping[int, Mapping[int, Told]],
    today: date,
) -> Due:
    certificate, decision, product, name, producer = row
    step = step_of(certificate.valid_to, today)
    return Due(
        certificate_id=certificate.id or 0,
        key=product.key,
        product=name,
        producer=producer.name,
        producer_slug=producer.slug,
        phone=producer.phone,
        province_code=producer.province_code,
        stars=certificate.stars,
        potential=certificate.potential,
        decision_no=decision.number,
        decision_date=decision.signed_on,
        authority=decision.authority,
        valid_to=certificate.valid_to,
        days_left=(certificate.valid_to - today).days,
        step=max(STEPS) if step is None else step,
        resubmitted_on=certificate.resubmitted_on,
        told=dict(told.get(certificate.id or 0, {})),
    )
