"""Quotas: how many codes an issuer, and a producer, may have in a calendar year (floor 2).

    set_quota(session, Holder.PRODUCER, maker_id, from_year=2027, codes=5_000, by="Chi cục PTNT", at=now)
    check_quota(session, batch_key, "htx-huong-van-tra", codes=300, now=now)     # before a batch is entered

The year is that of the civil date at UTC+07:00. Every code that was ever entered in it counts, also when it was
withdrawn since: otherwise one could print, withdraw and print again. A batch with one code for all of it counts as
one. Without a quota there is no limit. The check is asked by `issuing` inside the transaction that holds the
writers' lock, so of many who want the last unit one gets it.

Worked example: quota 1,000, entered this year 900: a batch of 100 goes through, one of 101 is refused with "100".
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from ocop.trace.registry import tables
from ocop.trace.registry.editing import LONG, words
from ocop.trace.registry.errors import BadValue, Conflict, Unknown
from ocop.trace.text import VIETNAM, civil_date
from sqlalchemy import func, select
from sqlalchemy.orm import Mapped
from sqlmodel import Session, col

MOST = 1_000_000_000
YEARS = range(2020, 2201)


class Holder(StrEnum):
    """Whose quota: the body that signs, or the maker."""

    ISSUER = "issuer"
    PRODUCER = "producer"


class QuotaSpent(Conflict):
    """The batch would take its holder over the quota of the year. `left` codes are left."""

    def __init__(self, holder: Holder, name: str, year: int, wanted: int, left: int) -> None:
        self.holder, self.name, self.year, self.wanted, self.left = holder, name, year, wanted, left
        super().__init__(
            f"expected at most {left:,} more codes of {name} in {year}, got {wanted:,};"
            " ask the programme office for a larger quota",
            "quota",
        )


@dataclass(frozen=True, slots=True)
class Standing:
    """The quota of one holder in one year. `codes` None: no limit."""

    holder: Holder
    id: int
    name: str
    year: int
    codes: int | None
    used: int

    @property
    def left(self) -> int | None:
        """How many codes may still be entered this year."""
        return None if self.codes is None else max(0, self.codes - self.used)


def set_quota(
    session: Session,
    holder: Holder,
    holder_id: int,
    *,
    from_year: int,
    codes: int | None,
    by: str,
    at: datetime,
    reason: str = "",
) -> None:
    """From `from_year` on `holder` may have `codes` codes a year; None lifts the limit. Raises BadValue, Unknown."""
    if from_year not in YEARS:
        raise BadValue("year", f"{YEARS[0]} to {YEARS[-1]}", from_year)
    if codes is not None and not 0 <= codes <= MOST:
        raise BadValue("quota", f"0 to {MOST:,} codes a year, or none", codes)
    _name(session, holder, holder_id)
    column = _column(holder)
    query = select(tables.Quota).where(column == holder_id, col(tables.Quota.from_year) == from_year)
    row = session.scalars(query).first()
    if row is None:
        row = tables.Quota(from_year=from_year, set_by="", set_at=at)
        setattr(row, f"{holder}_id", holder_id)
    row.codes, row.reason = codes, words("reason", reason, LONG)
    row.set_by, row.set_at = words("set by", by, needed=True), at
    session.add(row)
    session.flush()


def standing(session: Session, holder: Holder, holder_id: int, year: int) -> Standing:
    """What one holder may have, and has. Raises Unknown."""
    name = _name(session, holder, holder_id)
    used = _used(session, holder, holder_id, year)
    return Standing(holder, holder_id, name, year, _codes(session, holder, holder_id, year), used)


def check_quota(session: Session, key: str, issuer: str, *, codes: int, now: datetime) -> None:
    """Return if a batch of `codes` codes of the product `key` may be entered, else raise QuotaSpent."""
    year = civil_date(now).year
    issuer_id = session.scalars(select(col(tables.Issuer.id)).where(col(tables.Issuer.code) == issuer)).one()
    owner = (
        select(col(tables.Product.producer_id))
        .join(tables.ProductKey, col(tables.ProductKey.product_id) == col(tables.Product.id))
        .where(col(tables.ProductKey.key) == key)
    )
    for holder, holder_id in (
        (Holder.ISSUER, issuer_id or 0),
        (Holder.PRODUCER, session.scalars(owner).one()),
    ):
        if _codes(session, holder, holder_id, year) is None:
            continue
        found = standing(session, holder, holder_id, year)
        if found.left is not None and codes > found.left:
            raise QuotaSpent(holder, found.name, year, codes, found.left)


def _codes(session: Session, holder: Holder, holder_id: int, year: int) -> int | None:
    query = select(col(tables.Quota.codes)).where(
        _column(holder) == holder_id, col(tables.Quota.from_year) <= year
    )
    return session.scalars(query.order_by(col(tables.Quota.from_year).desc())).first()


def _used(session: Session, holder: Holder, holder_id: int, year: int) -> int:
    start = datetime(year, 1, 1, tzinfo=VIETNAM).astimezone(UTC)
    end = datetime(year + 1, 1, 1, tzinfo=VIETNAM).astimezone(UTC)
    count = func.sum(col(tables.Batch.last) - col(tables.Batch.first) + 1)
    query = select(count).where(
        col(tables.Batch.state) == "entered",
        col(tables.Batch.issued_at) >= start,
        col(tables.Batch.issued_at) < end,
    )
    if holder is Holder.ISSUER:
        query = query.where(col(tables.Batch.issuer_id) == holder_id)
    else:
        # Who made it then, not who has the product today.
        query = query.where(col(tables.Batch.producer_id) == holder_id)
    return int(session.scalar(query) or 0)


def _name(session: Session, holder: Holder, holder_id: int) -> str:
    found: tables.Issuer | tables.Producer | None
    if holder is Holder.ISSUER:
        found = session.get(tables.Issuer, holder_id)
    else:
        found = session.get(tables.Producer, holder_id)
    if found is None:
        raise Unknown(str(holder), holder_id)
    return found.name


def _column(holder: Holder) -> Mapped[int | None]:
    return col(tables.Quota.issuer_id if holder is Holder.ISSUER else tables.Quota.producer_id)
