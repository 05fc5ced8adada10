"""The public catalogue: search, browse, the stories that open it (floor 2).

Search goes by `search`, the folded text of a product (`ocop.trace.text.fold`: lower case, without marks): its
names, brand, maker, place and old place, keys. Every word of the query must begin a word of that text, so
"tra huong van", "Trà Hương" and "hợp tác xã hương vân thái nguyên" all find Trà Hương Vân of HTX Hương Vân Trà.

Products whose own name has all the words come first, then the others. Within that the order is that of the
Vietnamese alphabet: `sort` holds `text.sort_key` as bytes whose order is the key's order.

Products of a maker that stopped are not listed; their pages stand, for those who hold the goods.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

from ocop.trace import facts
from ocop.trace.registry import tables
from ocop.trace.registry.columns import Flag
from ocop.trace.registry.errors import BadValue
from ocop.trace.registry.products import load
from ocop.trace.registry.reads import recalls_of
from ocop.trace.signing.ledger import State
from ocop.trace.text import fold, sort_key
from sqlalchemy import ColumnElement, Select, and_, case, exists, func, literal, select
from sqlmodel import Session, col

PAGE_SIZE = 24
MAX_WORDS = 8

_AT_WORK = select(col(tables.Producer.id)).where(col(tables.Producer.closed_at).is_(None))

Selected = TypeVar("Selected", bound=Select[Any])


@dataclass(frozen=True, slots=True)
class Query:
    """What somebody looks for; empty fields don't narrow. `stars` 3..5 means in force on the day asked for."""

    words: str = ""
    province: str = ""
    group: int = 0
    stars: int = 0
    page: int = 1
    size: int = PAGE_SIZE

    def __post_init__(self) -> None:
        if not 0 <= self.group <= 6:
            raise BadValue("group", "1 to 6", self.group)
        if self.stars not in {0, 3, 4, 5}:
            raise BadValue("stars", "3, 4 or 5", self.stars)
        if not 1 <= self.page <= 100_000 or not 1 <= self.size <= 200:
            raise BadValue("page", "1 and up, at most 200 products a page", (self.page, self.size))


@dataclass(frozen=True, slots=True)
class Found:
    """One page of the products found, and how many there are in all."""

    products: tuple[facts.ProductFacts, ...]
    total: int


def find(session: Session, query: Query, version: int, state: State, today: date) -> Found:
    """The products that fit `query`, in alphabetical order."""
    wanted = _conditions(query, today)
    total = session.scalar(_narrowed(select(func.count(col(tables.Product.id))), wanted)) or 0
    page = (
        _narrowed(select(col(tables.Product.id)), wanted)
        .order_by(_named_so(query), col(tables.Product.sort), col(tables.Product.key))
        .offset((query.page - 1) * query.size)
        .limit(query.size)
    )
    return Found(_facts(session, list(session.scalars(page)), version, state, today), total)


def with_stories(
    session: Session, version: int, state: State, today: date, limit: int = 6
) -> tuple[facts.ProductFacts, ...]:
    """Products whose Vietnamese story is published and illustrated, the latest told first."""
    told = (
        select(col(tables.Story.product_id))
        .join(tables.Product, col(tables.Product.id) == col(tables.Story.product_id))
        .where(
            col(tables.Story.lang) == "vi",
            col(tables.Story.state) == str(facts.StoryState.PUBLISHED),
            col(tables.Product.photo).is_not(None),
            col(tables.Product.producer_id).in_(_AT_WORK),
        )
        .group_by(col(tables.Story.product_id))
        .order_by(func.max(col(tables.Story.updated_on)).desc(), col(tables.Story.product_id))
        .limit(limit)
    )
    return _facts(session, list(session.scalars(told)), version, state, today)


def provinces(session: Session) -> dict[str, str]:
    """The provinces that products come from, code -> name as the producers' rows say it, in alphabetical order."""
    query = (
        select(col(tables.Producer.province_code), func.max(col(tables.Producer.province)))
        .where(
            exists().where(col(tables.Product.producer_id) == col(tables.Producer.id)),
            col(tables.Producer.closed_at).is_(None),
        )
        .group_by(col(tables.Producer.province_code))
    )
    found = [(code, name) for code, name in session.execute(query)]
    return dict(sorted(found, key=lambda pair: sort_key(_bare(pair[1]))))


def _bare(name: str) -> str:
    """A province's name without its kind, which would put every city before every province."""
    for kind in ("thành phố ", "tỉnh "):
        if name.lower().startswith(kind):
            return name[len(kind) :]
    return name


def search_text(names: Iterable[str], rest: Iterable[str]) -> str:
    """What `Product.search` holds: folded words, each after a space, the product's own names on the first line."""
    return "\n".join("".join(f" {word}" for word in _folded(parts)) for parts in (names, rest))


def _folded(parts: Iterable[str]) -> dict[str, None]:
    return dict.fromkeys(word for part in parts for word in fold(part).split())


def sort_bytes(name: str) -> bytes:
    """`text.sort_key` as bytes in the same order: 4 bytes a letter, zeros at a syllable's end, then its tone."""
    return b"".join(
        b"".join((rank + 1).to_bytes(4, "big") for rank in ranks) + bytes(4) + bytes([tone])
        for ranks, tone in sort_key(name)
    )


def _facts(
    session: Session, ids: list[int | None], version: int, state: State, today: date
) -> tuple[facts.ProductFacts, ...]:
    known = [id_ for id_ in ids if id_ is not None]
    recalls = recalls_of(session, known, state)
    return tuple(
        facts.ProductFacts(version, one.product, one.producer, recalls.get(one.id, {}))
        for one in load(session, known, on=today)
    )


def _narrowed(query: Selected, wanted: list[ColumnElement[bool]]) -> Selected:
    joined = query.join(tables.Producer, col(tables.Producer.id) == col(tables.Product.producer_id))
    return joined.where(*wanted)


def _conditions(query: Query, today: date) -> list[ColumnElement[bool]]:
    wanted: list[ColumnElement[bool]] = [col(tables.Producer.closed_at).is_(None)]
    wanted += [_has(word) for word in _words(query)]
    if query.province:
        wanted.append(col(tables.Producer.province_code) == query.province)
    if query.group:
        wanted.append(col(tables.Product.group_no) == query.group)
    if query.stars:
        wanted.append(_holds(query.stars, today))
    return wanted


def _words(query: Query) -> list[str]:
    return list(_folded([query.words]))[:MAX_WORDS]


def _has(word: str, behind: str = "") -> ColumnElement[bool]:
    escaped = word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return col(tables.Product.search).like(f"% {escaped}%{behind}", escape="\\")


def _named_so(query: Query) -> ColumnElement[int]:
    """0 for products whose own name has all the words, so that they stand before the maker's other products."""
    words = _words(query)
    return case((and_(*(_has(word, "\n%") for word in words)), 0), else_=1) if words else literal(0)


def _holds(stars: int, today: date) -> ColumnElement[bool]:
    """The highest star in force on the day is `stars`."""
    own = _in_force(today)
    higher = exists().where(and_(own, col(tables.Certificate.stars) > stars))
    return and_(exists().where(and_(own, col(tables.Certificate.stars) == stars)), ~higher)


def _in_force(today: date) -> ColumnElement[bool]:
    return and_(
        col(tables.Certificate.product_id) == col(tables.Product.id),
        col(tables.Certificate.state) == str(facts.CertificateState.IN_FORCE),
        col(tables.Certificate.potential) == literal(False, Flag()),
        col(tables.Certificate.valid_from) <= today,
        col(tables.Certificate.valid_to) >= today,
    )
