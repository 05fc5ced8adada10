"""Lines of decisions that wait: for which office, since when, and what of the register each may mean (floor 3).

    page = waiting(session, Scope("42"))                     # this office's lines, the oldest decision first
    page.lines[0].candidates                                 # the products whose maker and name the line has
    for one in elsewhere(session, Scope("42")): ...          # what other offices still have to take, by decision

A decision names goods of many provinces; what an office enters of another's waits until the office there accepts it
(`certifying.claim_line`) or refuses it (`certifying.refuse_line`). Names are compared as in an import
(`sheets.cells.same_name`); the office decides which product it is.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from ocop.trace.certifying import Scope
from ocop.trace.registry import tables
from ocop.trace.sheets.cells import same_name
from sqlalchemy import func, select
from sqlmodel import Session, col

PAGE = 20


@dataclass(frozen=True, slots=True)
class Candidate:
    """A product of the register that a line may mean."""

    key: str
    name: str
    net: str
    maker: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """One line that waits. `maker_slug` names its maker where the register knows one of that name."""

    id: int
    line: int
    decision_id: int
    number: str
    signed_on: date
    authority: str
    province_code: str
    producer: str
    product: str
    stars: int
    potential: bool
    valid_to: date
    entered_by: str
    entered_at: datetime
    candidates: tuple[Candidate, ...] = ()
    maker_slug: str = ""


@dataclass(frozen=True, slots=True)
class WaitingPage:
    """One page of them, and how many there are in all."""

    lines: tuple[Waiting, ...]
    total: int


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Lines of one decision that wait for the office of another province."""

    province_code: str
    decision_id: int
    number: str
    lines: int
    since: datetime


def waiting(
    session: Session, scope: Scope, *, page: int = 1, size: int = PAGE, decision: int = 0, line: int = 0
) -> WaitingPage:
    """The lines that wait for the office of `scope`; of one `decision`, or one `line` alone, where given."""
    wanted = [col(tables.DecisionLine.state) == "waiting"]
    if scope.province:
        wanted.append(col(tables.DecisionLine.province_code) == scope.province)
    if decision:
        wanted.append(col(tables.DecisionLine.decision_id) == decision)
    if line:
        wanted.append(col(tables.DecisionLine.id) == line)
    query = (
        select(tables.DecisionLine, tables.Decision)
        .join(tables.Decision, col(tables.Decision.id) == col(tables.DecisionLine.decision_id))
        .where(*wanted)
        .order_by(col(tables.Decision.signed_on), col(tables.Decision.id), col(tables.DecisionLine.line))
        .offset((page - 1) * size)
        .limit(size)
    )
    found = [(row, paper) for row, paper in session.execute(query)]
    register = _Register(session, {row.province_code for row, _ in found})
    total = session.scalar(select(func.count(col(tables.DecisionLine.id))).where(*wanted)) or 0
    return WaitingPage(tuple(_line(row, paper, register) for row, paper in found), total)


def elsewhere(session: Session, scope: Scope) -> list[Elsewhere]:
    """What waits for other offices than that of `scope`, by province and decision, the longest wait first."""
    since = func.min(col(tables.DecisionLine.entered_at)).label("since")
    query = (
        select(
            col(tables.DecisionLine.province_code),
            col(tables.Decision.id),
            col(tables.Decision.number),
            func.count(),
            since,
        )
        .join(tables.Decision, col(tables.Decision.id) == col(tables.DecisionLine.decision_id))
        .where(col(tables.DecisionLine.state) == "waiting")
        .group_by(
            col(tables.DecisionLine.province_code), col(tables.Decision.id), col(tables.Decision.number)
        )
        .order_by(since, col(tables.DecisionLine.province_code))
    )
    if scope.province:
        query = query.where(col(tables.DecisionLine.province_code) != scope.province)
    return [Elsewhere(*row) for row in session.execute(query)]


class _Register:
    """The makers and products of some provinces by their compared names."""

    def __init__(self, session: Session, provinces: Iterable[str]) -> None:
        self.makers: dict[tuple[str, str], str] = {}
        self.products: dict[tuple[str, str, str], list[Candidate]] = defaultdict(list)
        query = (
            select(tables.Producer, tables.Product, tables.ProductText)
            .join(tables.Product, col(tables.Product.producer_id) == col(tables.Producer.id), isouter=True)
            .join(
                tables.ProductText,
                (col(tables.ProductText.product_id) == col(tables.Product.id))
                & (col(tables.ProductText.lang) == "vi"),
                isouter=True,
            )
            .where(col(tables.Producer.province_code).in_(sorted(provinces)))
            .order_by(col(tables.Producer.id), col(tables.Product.id))
        )
        for maker, product, text in session.execute(query):
            name = maker.province_code, same_name(maker.name)
            self.makers.setdefault(name, maker.slug)
            if product is None or text is None:
                continue
            one = Candidate(product.key, text.name, text.net, maker.name)
            for words in {same_name(text.name), same_name(f"{text.name} ({text.net})")}:
                self.products[(*name, words)].append(one)


def _line(row: tables.DecisionLine, paper: tables.Decision, register: _Register) -> Waiting:
    maker = row.province_code, same_name(row.producer)
    return Waiting(
        id=row.id or 0,
        line=row.line,
        decision_id=row.decision_id,
        number=paper.number,
        signed_on=paper.signed_on,
        authority=paper.authority,
        province_code=row.province_code,
        producer=row.producer,
        product=row.product,
        stars=row.stars,
        potential=row.potential,
        valid_to=row.valid_to,
        entered_by=row.entered_by,
        entered_at=row.entered_at,
        candidates=tuple(register.products.get((*maker, same_name(row.product)), ())),
        maker_slug=register.makers.get(maker, ""),
    )
