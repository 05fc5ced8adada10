"""Producers and products as an office keeps them, and the lists it looks them up in (floor 3).

    page = find_products(session, Scope("19"), "tra huong", today)        # without marks, Vietnamese alphabet, paged
    makers = find_producers(session, Scope("19"), "bến mây")
    maker = save_maker(session, officer, MakerGiven("HTX Bến Mây", ProducerKind.COOPERATIVE, "05503"), today)
    key = add_product(session, maker.slug, ProductGiven("Trà Hương Vân", 2, net="200 g"), By("chị Hà", now), code)

A search finds what has every word of it at a word's beginning, whatever the marks and case. A new product gets the
GTIN that the maker was given by GS1, or a product code of ours; `code` is a random one that the caller drew. Its
identifier goes to the issuer that signs for the maker's other products, else to a new issuer of the maker's own;
before its first batch an operator makes that issuer's key.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from ocop.trace import facts, issuing_keys
from ocop.trace.certifying import NotYours, Officer, Scope
from ocop.trace.registry import editing, tables
from ocop.trace.registry.errors import BadValue, Conflict, Unknown
from ocop.trace.registry.ledger_store import By, replay
from ocop.trace.registry.makers import refuse_closed
from ocop.trace.registry.products import certificates, rows
from ocop.trace.registry.store import bump_facts
from ocop.trace.registry.units import unit_on
from ocop.trace.signing.ledger import State
from ocop.trace.text import fold, sort_key
from ocop.trace.verdict_stars import Stars, stars_on
from sqlalchemy import ColumnElement, func, select
from sqlmodel import Session, col

PAGE = 50
Holders = Callable[[str], Sequence[str]]
MAX_WORDS = 8
_NOT_SLUG = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, slots=True)
class ProductLine:
    """One product in a list, with its star today."""

    key: str
    name: str
    producer: str
    producer_slug: str
    place: str
    stars: Stars
    closed: bool = False


@dataclass(frozen=True, slots=True)
class ProductPage:
    """One page of products, how many there are in all."""

    lines: tuple[ProductLine, ...]
    total: int


@dataclass(frozen=True, slots=True)
class MakerLine:
    """One producer in a list."""

    slug: str
    name: str
    kind: facts.ProducerKind
    place: str
    products: int
    closed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class MakerGiven:
    """What an office writes about a producer. `phone` is shown only with the maker's consent."""

    name: str
    kind: facts.ProducerKind
    commune_code: str
    detail: str = ""
    formerly: str = ""
    phone: str = ""
    tax_code: str = ""
    coop_code: str = ""


@dataclass(frozen=True, slots=True)
class ProductGiven:
    """What an office writes about a new product; the maker tells the rest. `gtin` is empty for most."""

    name: str
    group: int
    net: str = ""
    classifier: str = ""
    gtin: str = ""


def find_products(
    session: Session, scope: Scope, words: str, today: date, *, page: int = 1, size: int = PAGE
) -> ProductPage:
    """The products of a scope that have every word, in alphabetical order. Raises BadValue for no such page."""
    if not 1 <= page <= 100_000:
        raise BadValue("page", "1 and up", page)
    wanted = [*scope.conditions(), *(_has(word) for word in fold(words).split()[:MAX_WORDS])]
    joined = col(tables.Producer.id) == col(tables.Product.producer_id)
    count = select(func.count(col(tables.Product.id))).join(tables.Producer, joined).where(*wanted)
    query = (
        select(tables.Product, tables.Producer, col(tables.ProductText.name))
        .join(tables.Producer, joined)
        .join(tables.ProductText, col(tables.ProductText.product_id) == col(tables.Product.id))
        .where(col(tables.ProductText.lang) == "vi", *wanted)
        .order_by(col(tables.Product.sort), col(tables.Product.key))
        .offset((page - 1) * size)
        .limit(size)
    )
    found = list(session.execute(query))
    papers = certificates(session, [product.id or 0 for product, *_ in found])
    lines = tuple(
        ProductLine(
            product.key,
            name,
            maker.name,
            maker.slug,
            place_of(maker),
            stars_on(papers.get(product.id or 0, ()), today),
            maker.closed_at is not None,
        )
        for product, maker, name in found
    )
    return ProductPage(lines, session.scalar(count) or 0)


def find_producers(session: Session, scope: Scope, words: str = "") -> list[MakerLine]:
    """The producers of a scope that have every word in name, place or number, in alphabetical order."""
    per_maker = select(col(tables.Product.producer_id), func.count()).group_by(
        col(tables.Product.producer_id)
    )
    counts = {producer: int(number) for producer, number in session.execute(per_maker)}
    wanted = fold(words).split()[:MAX_WORDS]
    found = []
    for maker in session.scalars(select(tables.Producer).where(*scope.conditions())):
        text = " " + fold(f"{maker.name} {place_of(maker)} {maker.formerly} {maker.slug}")
        if all(f" {word}" in text for word in wanted):
            kind = facts.ProducerKind(maker.kind)
            found.append(
                MakerLine(
                    maker.slug,
                    maker.name,
                    kind,
                    place_of(maker),
                    counts.get(maker.id or 0, 0),
                    maker.closed_at,
                )
            )
    return sorted(found, key=lambda line: (sort_key(line.name), line.slug))


def save_maker(
    session: Session, officer: Officer, given: MakerGiven, today: date, *, slug: str = ""
) -> tables.Producer:
    """A producer, new (without `slug`) or changed. Its commune must be one of today, in the officer's scope.

    Raises BadValue, NotYours, Unknown, Conflict (a new one with a name that its commune has already).
    """
    unit = unit_on(session, given.commune_code, today) if len(given.commune_code) == 5 else None
    province = unit_on(session, unit.province_code, today) if unit else None
    if unit is None or province is None:
        raise BadValue("commune", "the code of a commune of today", given.commune_code)
    if not officer.scope.covers(unit.province_code, unit.code):
        raise NotYours(f"expected a commune of your own place, got {unit.full_name}, {province.full_name}")
    before = _maker(session, slug) if slug else None
    if before is not None and not officer.scope.covers(before.province_code, before.commune_code):
        raise NotYours(f"expected a producer of your own place, got {before.name}")
    if before is None:
        _refuse_twin(session, given)
        slug = _new_slug(session, given.name)
    maker = editing.save_producer(
        session,
        facts.Producer(
            slug=slug,
            name=given.name,
            kind=given.kind,
            place=facts.Place(
                unit.province_code,
                province.full_name,
                unit.code,
                unit.full_name,
                given.detail,
                given.formerly,
            ),
            legal_ids=_legal_ids(session, before, given),
            phone=given.phone,
            website=before.website if before else "",
            visit=before.visit if before else "",
        ),
    )
    bump_facts(session)
    return maker


def add_product(session: Session, slug: str, given: ProductGiven, by: By, code: str) -> str:
    """A new product of a producer; returns its key. Raises BadValue, Unknown, MakerClosed, Conflict."""
    maker = _maker(session, slug)
    refuse_closed(session, maker.id or 0)
    key = given.gtin.zfill(14) if given.gtin else code
    if session.get(tables.ProductKey, key) is not None:
        raise Conflict(f"expected an identifier that no product has, got {key}", "key")
    text = facts.ProductText(given.name, net=given.net, classifier=given.classifier)
    product = facts.Product(key=key, keys=(key,), group=given.group, texts={"vi": text})
    editing.save_product(session, product, producer_slug=slug, now=by.at)
    state = replay(session)
    issuer = _issuer_of(session, maker, state.holders)
    if issuer:
        issuing_keys.assign(session, issuer, [key], by, known=state)
    else:
        _add_issuer(session, maker, [key], by, state)
    bump_facts(session)
    return key


def let_issue(session: Session, slug: str, by: By) -> int:
    """See that a maker's products have a body that signs for them: one of the maker's own, unless another does already.

    What a maker adds later goes to the same one. Returns how many products were waiting for it. Raises Unknown,
    EntryRefused.
    """
    maker = _maker(session, slug)
    state = replay(session)
    query = select(col(tables.Product.key)).where(col(tables.Product.producer_id) == maker.id)
    waiting = [key for key in session.scalars(query) if not state.holders(key)]
    issuer = _issuer_of(session, maker, state.holders)
    if not issuer:
        _add_issuer(session, maker, waiting, by, state)
    elif waiting:
        issuing_keys.assign(session, issuer, waiting, by, known=state)
    if waiting:
        bump_facts(session)
    return len(waiting)


def sign_for(
    session: Session,
    source: tables.Producer,
    target: tables.Producer,
    keys: Sequence[str],
    by: By,
    state: State,
) -> int:
    """Assign those of `keys` that the own issuer of `source` holds to the body that signs for `target`.

    A body that signs for other makers too keeps what it holds. Returns how many identifiers got a new issuer; past
    holders stay good for what they signed. Raises EntryRefused, StoreError.
    """
    issuer = _issuer_of(session, target, state.holders)
    moving = own_identifiers(session, source, keys, state, but=issuer)
    for start in range(0, len(moving), issuing_keys.MAX_IDS):
        some = moving[start : start + issuing_keys.MAX_IDS]
        if issuer:
            issuing_keys.assign(session, issuer, some, by, known=state)
        else:
            _add_issuer(session, target, some, by, state)
            issuer = issuing_keys.issuer_code(target.slug)
    return len(moving)


def own_identifiers(
    session: Session, maker: tables.Producer, keys: Sequence[str], state: State, *, but: str = ""
) -> list[str]:
    """Those of `keys` that an issuer holds which signs for this maker alone, and is not `but`."""
    held = {key: holders[-1] for key in keys if (holders := state.holders(key))}
    own = {code for code in set(held.values()) if _signs_only_for(session, state, code, maker.id or 0)}
    return [key for key, code in held.items() if code in own and code != but]


def _signs_only_for(session: Session, state: State, issuer: str, maker_id: int) -> bool:
    """Whether every identifier that an issuer holds is one of this maker's."""
    found = rows(session, tables.ProductKey, tables.ProductKey.key, state.ids_of(issuer))
    products = rows(session, tables.Product, tables.Product.id, {row.product_id for row in found})
    return all(row.producer_id == maker_id for row in products)


def legal_ids(session: Session, producer_id: int) -> dict[str, str]:
    """The first identifier of each kind that a producer has."""
    query = select(tables.LegalId).where(col(tables.LegalId.producer_id) == producer_id)
    return {row.kind: row.value for row in session.scalars(query.order_by(col(tables.LegalId.value).desc()))}


def _add_issuer(session: Session, maker: tables.Producer, keys: list[str], by: By, state: State) -> None:
    code = issuing_keys.issuer_code(maker.slug)
    issuing_keys.add_issuer(session, code, maker.name, maker.province_code, by, keys, known=state)


def _issuer_of(session: Session, maker: tables.Producer, holders: Holders) -> str:
    query = (
        select(col(tables.ProductKey.key))
        .join(tables.Product, col(tables.Product.id) == col(tables.ProductKey.product_id))
        .where(col(tables.Product.producer_id) == maker.id)
        .order_by(col(tables.ProductKey.since).desc())
    )
    for key in session.scalars(query):
        held = holders(key)
        if held:
            return held[-1]
    code = issuing_keys.issuer_code(maker.slug)
    known = session.scalars(select(tables.Issuer).where(col(tables.Issuer.code) == code)).first()
    return known.code if known else ""


def _legal_ids(
    session: Session, before: tables.Producer | None, given: MakerGiven
) -> tuple[facts.LegalId, ...]:
    """The two that the form has; others that were known stay."""
    kept = [] if before is None else [
        facts.LegalId(row.kind, row.value)
        for row in session.scalars(
            select(tables.LegalId).where(col(tables.LegalId.producer_id) == before.id)
        )
        if row.kind not in {"mst", "ma_htx"}
    ]  # fmt: skip
    typed = (("mst", given.tax_code), ("ma_htx", given.coop_code))
    return (*kept, *(facts.LegalId(kind, value) for kind, value in typed if value))


def _refuse_twin(session: Session, given: MakerGiven) -> None:
    query = select(tables.Producer).where(col(tables.Producer.commune_code) == given.commune_code)
    for row in session.scalars(query):
        if fold(row.name) == fold(given.name):
            raise Conflict(
                f"expected a new producer, got {row.name}, which this commune has already", "producer"
            )


def _new_slug(session: Session, name: str) -> str:
    base = _NOT_SLUG.sub("-", fold(name)).strip("-")[:60].rstrip("-") or "co-so"
    slug, number = base, 2
    while session.scalars(select(col(tables.Producer.id)).where(col(tables.Producer.slug) == slug)).first():
        slug, number = f"{base}-{number}", number + 1
    return slug


def _maker(session: Session, slug: str) -> tables.Producer:
    row = session.scalars(select(tables.Producer).where(col(tables.Producer.slug) == slug)).first()
    if row is None:
        raise Unknown("producer", slug)
    return row


def place_of(maker: tables.Producer) -> str:
    """`xã Tân Cương, tỉnh Thái Nguyên`, as far as it is known."""
    return ", ".join(part for part in (maker.commune, maker.province) if part)


def _has(word: str) -> ColumnElement[bool]:
    escaped = word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return col(tables.Product.search).like(f"% {escaped}%", escape="\\")
