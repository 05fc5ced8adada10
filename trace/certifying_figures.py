"""Figures of the programme over time: products by stars, by province, at the end of every month (floor 3).

    months = over_time(session, Scope(), until=date(2026, 11, 23), months=24)
    months[-1].stars          {3: 41, 4: 15, 5: 1}      products with a star in force on that day
    by_province(session, Scope(), today)                ProvinceRow("19", "tỉnh Thái Nguyên", {3: 12, …}, …), …

A product counts once, with its highest star in force on the day: in force from its first to its last day, and
not from the day on which it was suspended or withdrawn. Potential stars don't count. What is counted is this
register; a product that nobody entered is not in it, and the pages say so.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from ocop.trace.certifying import Scope
from ocop.trace.facts import CertificateState
from ocop.trace.registry import tables
from ocop.trace.registry.columns import Flag
from ocop.trace.registry.errors import BadValue
from ocop.trace.text import sort_key
from sqlalchemy import func, literal, select
from sqlmodel import Session, col

STARS = (3, 4, 5)
MOST_MONTHS = 120


@dataclass(frozen=True, slots=True)
class Month:
    """The last day of a month, or the day asked for, and how many products held which star on it."""

    day: date
    stars: Mapping[int, int]

    @property
    def products(self) -> int:
        """All of them."""
        return sum(self.stars.values())


@dataclass(frozen=True, slots=True)
class ProvinceRow:
    """One province today: products by star, producers and products in the register."""

    code: str
    name: str
    stars: Mapping[int, int]
    producers: int
    products: int


@dataclass(frozen=True, slots=True)
class _Span:
    product: int
    province: str
    stars: int
    first: date
    last: date


def month_ends(until: date, months: int) -> list[date]:
    """The last days of the months before that of `until`, and `until` itself: `months` days in all.

    >>> month_ends(date(2026, 3, 10), 3)
    [datetime.date(2026, 1, 31), datetime.date(2026, 2, 28), datetime.date(2026, 3, 10)]
    """
    if not 1 <= months <= MOST_MONTHS:
        raise BadValue("months", f"1 to {MOST_MONTHS}", months)
    days = [until]
    first = until.replace(day=1)
    for _ in range(months - 1):
        days.append(first - timedelta(days=1))
        first = days[-1].replace(day=1)
    return days[::-1]


def over_time(session: Session, scope: Scope, *, until: date, months: int = 24) -> list[Month]:
    """Products by their highest star at each month's end."""
    spans = _spans(session, scope)
    return [
        Month(day, _best(span for span in spans if span.first <= day <= span.last))
        for day in month_ends(until, months)
    ]


def by_province(session: Session, scope: Scope, today: date) -> list[ProvinceRow]:
    """Each province with products in the register, in alphabetical order."""
    spans: dict[str, list[_Span]] = defaultdict(list)
    for span in _spans(session, scope):
        if span.first <= today <= span.last:
            spans[span.province].append(span)
    query = (
        select(
            col(tables.Producer.province_code),
            func.max(col(tables.Producer.province)),
            func.count(func.distinct(col(tables.Producer.id))),
            func.count(func.distinct(col(tables.Product.id))),
        )
        .join(tables.Product, col(tables.Product.producer_id) == col(tables.Producer.id), isouter=True)
        .where(*scope.conditions())
        .group_by(col(tables.Producer.province_code))
    )
    rows = [
        ProvinceRow(code, name, _best(spans[code]), producers, products)
        for code, name, producers, products in session.execute(query)
    ]
    return sorted(rows, key=lambda row: sort_key(bare_name(row.name)))


def bare_name(name: str) -> str:
    """A province's name without its kind."""
    for kind in ("thành phố ", "tỉnh "):
        if name.lower().startswith(kind):
            return name[len(kind) :]
    return name


def _spans(session: Session, scope: Scope) -> list[_Span]:
    query = (
        select(
            col(tables.Certificate.product_id),
            col(tables.Producer.province_code),
            col(tables.Certificate.stars),
            col(tables.Certificate.valid_from),
            col(tables.Certificate.valid_to),
            col(tables.Certificate.state),
            col(tables.Certificate.closed_on),
        )
        .join(tables.Product, col(tables.Product.id) == col(tables.Certificate.product_id))
        .join(tables.Producer, col(tables.Producer.id) == col(tables.Product.producer_id))
        .where(col(tables.Certificate.potential) == literal(False, Flag()), *scope.conditions())
    )
    found = []
    for product, province, stars, first, last, state, closed in session.execute(query):
        if state != CertificateState.IN_FORCE:
            if closed is None:
                continue
            before = closed - timedelta(days=1)
            found.append(_Span(product, province, stars, first, min(last, before)))
        else:
            found.append(_Span(product, province, stars, first, last))
    return found


def _best(spans: Iterable[_Span]) -> dict[int, int]:
    best: dict[int, int] = {}
    for span in spans:
        best[span.product] = max(span.stars, best.get(span.product, 0))
    counts = dict.fromkeys(STARS, 0)
    for stars in best.values():
        counts[stars] += 1
    return counts
