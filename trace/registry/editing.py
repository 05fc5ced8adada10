"""What an office or a maker writes: issuers, producers, products, certificates (floor 2).

Each function takes the frozen value of `ocop.trace.facts` that pages show and makes the rows say it; calling it
again with the same value changes nothing. Anything that can't be right is refused with `BadValue` before a row
is touched. Stories, consents and pictures: `telling.py`.

    save_producer(session, producer)
    save_product(session, product, producer_slug="htx-huong-van-tra", now=now)
    save_certificate(session, product.key, certificate)
    bump_facts(session)                                  # by the caller, once an act

A key that ever worked keeps working: a product that gains a GTIN is saved with the GTIN as `key`, and its
`P/…` code stays in `product_key`. No key ever moves to another product.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from ocop.trace import facts
from ocop.trace.gs1.errors import LinkError
from ocop.trace.gs1.identifier import identifier
from ocop.trace.registry import tables
from ocop.trace.registry.catalogue import search_text, sort_bytes
from ocop.trace.registry.columns import clean_words
from ocop.trace.registry.errors import BadValue, Conflict, Unknown
from sqlalchemy import delete, func, select
from sqlmodel import Session, col

LANG = re.compile(r"[a-z]{2,3}(-[A-Z][a-z]{3})?(-[A-Z]{2})?", re.ASCII)
SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*", re.ASCII)
DIGITS_2, DIGITS_5 = re.compile(r"[0-9]{2}", re.ASCII), re.compile(r"[0-9]{5}", re.ASCII)
SHORT, LONG = 200, 4_000


def words(what: str, value: str, limit: int = SHORT, *, needed: bool = False) -> str:
    """`value` in NFC without outer space; raises BadValue when it is too long, or empty though needed."""
    text = clean_words(value, what).strip()
    if needed and not text:
        raise BadValue(what, "some text", value)
    if len(text) > limit:
        raise BadValue(what, f"at most {limit} characters", f"{len(text)} characters")
    return text


def by_lang(what: str, values: Mapping[str, str], limit: int = SHORT) -> dict[str, str]:
    """Words by language: every tag is BCP 47 (`vi`, `zh-Hans`), empty words are left out."""
    cleaned = {lang_tag(lang): words(f"{what} ({lang})", text, limit) for lang, text in values.items()}
    return {lang: text for lang, text in cleaned.items() if text}


def lang_tag(lang: str) -> str:
    """A language tag, or BadValue."""
    if not LANG.fullmatch(lang):
        raise BadValue("language", "a tag such as vi, en or zh-Hans", lang)
    return lang


def slug_of(what: str, slug: str) -> str:
    """A slug of at most 80 characters, or BadValue."""
    if not SLUG.fullmatch(slug) or len(slug) > 80:
        raise BadValue(what, "a slug such as htx-huong-van-tra", slug)
    return slug


def add_issuer(session: Session, code: str, name: str, province_code: str, now: datetime) -> tables.Issuer:
    """A body that signs. The ledger entry that makes it one is the caller's (`issuing`)."""
    slug_of("issuer", code)
    if not DIGITS_2.fullmatch(province_code):
        raise BadValue("province code", "2 digits", province_code)
    if session.scalars(select(tables.Issuer).where(col(tables.Issuer.code) == code)).first():
        raise Conflict(f"expected a new issuer, got {code!r}, which is registered already", "issuer")
    name = words("issuer name", name, needed=True)
    row = tables.Issuer(code=code, name=name, province_code=province_code, created_at=now)
    session.add(row)
    session.flush()
    return row


def producer_values(producer: facts.Producer) -> dict[str, Any]:
    """What the row of a producer says, its slug among it. Raises BadValue."""
    place = producer.place
    if not DIGITS_2.fullmatch(place.province_code):
        raise BadValue("province code", "2 digits", place.province_code)
    if place.commune_code and not DIGITS_5.fullmatch(place.commune_code):
        raise BadValue("commune code", "5 digits", place.commune_code)
    return {
        "slug": slug_of("producer", producer.slug),
        "name": words("producer name", producer.name, needed=True),
        "kind": str(producer.kind),
        "province_code": place.province_code,
        "province": words("province", place.province, needed=True),
        "commune_code": place.commune_code,
        "commune": words("commune", place.commune),
        "detail": words("address", place.detail),
        "formerly": words("former address", place.formerly),
        "phone": words("phone", producer.phone, 40),
        "website": words("website", producer.website),
        "visit": words("visit", producer.visit, LONG),
    }


def save_producer(session: Session, producer: facts.Producer) -> tables.Producer:
    """A producer by its slug, new or changed. Its phone, site and visiting hours show with a consent only."""
    values = producer_values(producer)
    row = _producer(session, producer.slug)
    if row is None:
        row = tables.Producer(slug=producer.slug, name="", kind="", province_code="", province="")
    for name, value in values.items():
        setattr(row, name, value)
    session.add(row)
    session.flush()
    producer_id = row.id or 0
    session.execute(delete(tables.LegalId).where(col(tables.LegalId.producer_id) == producer_id))
    session.add_all(
        tables.LegalId(producer_id=producer_id, kind=one.kind, value=words("legal id", one.value, 40))
        for one in producer.legal_ids
    )
    session.flush()
    for product in session.scalars(
        select(tables.Product).where(col(tables.Product.producer_id) == producer_id)
    ):
        reindex(session, product, row)
    return row


def save_product(
    session: Session, product: facts.Product, *, producer_slug: str, now: datetime
) -> tables.Product:
    """A product by any of its keys, new or changed: texts, standards, signs, pictures (already saved).

    Certificates and stories have their own functions. Raises BadValue, Unknown, Conflict.
    """
    producer = _producer(session, producer_slug)
    if producer is None:
        raise Unknown("producer", producer_slug, "save the producer first")
    keys = tuple(dict.fromkeys((product.key, *product.keys)))
    for key in keys:
        check_key(key)
    if not 1 <= product.group <= 6:
        raise BadValue("product group", "1 to 6", product.group)
    row = _by_any_key(session, keys, producer)
    row.key, row.group_no, row.producer_id = product.key, product.group, producer.id or 0
    row.brand, row.illustrative = words("brand", product.brand), product.illustrative
    row.other_certified = words("other certified product", product.other_certified)
    row.seal = by_lang("seal", product.seal)
    row.chip_place = by_lang("chip place", product.chip_place)
    row.photo = _photo_name(session, product.photo)
    session.add(row)
    session.flush()
    known = set(
        session.scalars(select(col(tables.ProductKey.key)).where(col(tables.ProductKey.product_id) == row.id))
    )
    session.add_all(
        tables.ProductKey(key=key, product_id=row.id or 0, since=now) for key in keys if key not in known
    )
    _save_texts(session, row.id or 0, product)
    _save_lines(session, row.id or 0, product)
    reindex(session, row, producer)
    return row


def save_certificate(
    session: Session, key: str, certificate: facts.Certificate, *, line: int = 0
) -> tables.Certificate:
    """One line of a decision for the product with `key`: new, or changed by a later act of the authority.

    `line` 0 takes the next free one. The office enters what the paper says; nothing is derived from it.
    """
    check_certificate(certificate)
    product = product_row(session, key)
    decision = decision_row(session, certificate)
    query = select(tables.Certificate).where(
        col(tables.Certificate.decision_id) == decision.id, col(tables.Certificate.product_id) == product.id
    )
    row = session.scalars(query).first()
    if row is None:
        highest = session.scalar(
            select(func.max(col(tables.Certificate.line))).where(
                col(tables.Certificate.decision_id) == decision.id
            )
        )
        row = tables.Certificate(
            decision_id=decision.id or 0,
            line=line or (highest or 0) + 1,
            product_id=product.id or 0,
            stars=certificate.stars,
            valid_from=certificate.valid_from,
            valid_to=certificate.valid_to,
        )
    row.stars, row.potential = certificate.stars, certificate.potential
    row.valid_from, row.valid_to = certificate.valid_from, certificate.valid_to
    row.state, row.closed_on = str(certificate.state), certificate.closed_on
    row.reason = words("reason", certificate.reason, LONG)
    row.resubmitted_on = certificate.resubmitted_on
    session.add(row)
    session.flush()
    return row


def product_row(session: Session, key: str) -> tables.Product:
    """The product that `key`, or a key before it, names. Raises Unknown."""
    known = session.get(tables.ProductKey, key)
    if known is None:
        raise Unknown("product", key, "save the product first")
    return session.get_one(tables.Product, known.product_id)


def producer_row(session: Session, slug: str) -> tables.Producer:
    """The producer of that slug. Raises Unknown."""
    row = _producer(session, slug)
    if row is None:
        raise Unknown("producer", slug)
    return row


def _producer(session: Session, slug: str) -> tables.Producer | None:
    return session.scalars(select(tables.Producer).where(col(tables.Producer.slug) == slug)).first()


def check_key(key: str) -> None:
    """Raises BadValue for what can't be a product's key."""
    try:
        identifier(key)
    except LinkError as error:
        raise BadValue(
            "product key", "a GTIN-14 or P/ and a code of 8 characters", key, str(error)
        ) from error


def _by_any_key(session: Session, keys: Iterable[str], producer: tables.Producer) -> tables.Product:
    """The row that holds one of `keys`, or a new one; two rows, or another maker's, are a conflict."""
    query = select(tables.ProductKey).where(col(tables.ProductKey.key).in_(list(keys)))
    owners = {row.product_id: row.key for row in session.scalars(query)}
    if len(owners) > 1:
        raise Conflict(f"expected keys of one product, got keys of two: {', '.join(owners.values())}", "key")
    for id_, key in owners.items():
        row = session.get_one(tables.Product, id_)
        if row.producer_id != producer.id:
            raise Conflict(f"expected a key of {producer.slug}, got {key}, another producer's", "key")
        return row
    return tables.Product(producer_id=producer.id or 0, key="", group_no=1)


def _photo_name(session: Session, photo: facts.Photo | None) -> str | None:
    if photo is None:
        return None
    if session.get(tables.Photo, photo.name) is None:
        raise Unknown("picture", photo.name, "save the picture first")
    return photo.name


def _save_texts(session: Session, product_id: int, product: facts.Product) -> None:
    if "vi" not in product.texts:
        raise BadValue("product texts", "Vietnamese among the languages", sorted(product.texts))
    session.execute(delete(tables.ProductText).where(col(tables.ProductText.product_id) == product_id))
    for lang, text in product.texts.items():
        session.add(
            tables.ProductText(
                product_id=product_id,
                lang=lang_tag(lang),
                name=words(f"name ({lang})", text.name, needed=True),
                net=words("net", text.net),
                classifier=words("classifier", text.classifier, 40),
                origin=words("origin", text.origin, LONG),
                ingredients=words("ingredients", text.ingredients, LONG),
                usage=words("usage", text.usage, LONG),
                storage=words("storage", text.storage, LONG),
                warnings=words("warnings", text.warnings, LONG),
                shelf_life=words("shelf life", text.shelf_life),
            )
        )
    session.flush()


def _save_lines(session: Session, product_id: int, product: facts.Product) -> None:
    session.execute(
        delete(tables.ProductStandard).where(col(tables.ProductStandard.product_id) == product_id)
    )
    session.execute(
        delete(tables.RecognitionSign).where(col(tables.RecognitionSign.product_id) == product_id)
    )
    for line, standard in enumerate(product.standards):
        text = words("standard", standard, needed=True)
        session.add(tables.ProductStandard(product_id=product_id, line=line, text=text))
    for line, sign in enumerate(product.signs):
        session.add(
            tables.RecognitionSign(
                product_id=product_id,
                line=line,
                text=by_lang("recognition sign", sign.text, LONG),
                photo=_photo_name(session, sign.photo),
            )
        )
    session.flush()


def reindex(session: Session, product: tables.Product, producer: tables.Producer) -> None:
    """Make the search and sort columns anew from what they are made of."""
    texts = session.scalars(
        select(tables.ProductText).where(col(tables.ProductText.product_id) == product.id)
    ).all()
    keys = session.scalars(
        select(col(tables.ProductKey.key)).where(col(tables.ProductKey.product_id) == product.id)
    )
    names = [text.name for text in sorted(texts, key=lambda text: text.lang != "vi")]
    product.search, product.sort = index_of(product, producer, names, keys)
    session.add(product)
    session.flush()


def index_of(
    product: tables.Product, producer: tables.Producer, names: Sequence[str], keys: Iterable[str]
) -> tuple[str, bytes]:
    """What `search` and `sort` of a product hold; the first of `names` is the Vietnamese one."""
    place = (producer.commune, producer.province, producer.detail, producer.formerly)
    search = search_text((*names, product.brand), (producer.name, *place, *keys))
    return search, sort_bytes(names[0]) if names else b""


def check_certificate(certificate: facts.Certificate) -> None:
    """Raises BadValue for a certificate that can't be."""
    if certificate.stars not in {3, 4, 5}:
        raise BadValue("stars", "3, 4 or 5", certificate.stars)
    if certificate.valid_to < certificate.valid_from:
        raise BadValue("valid to", f"{certificate.valid_from} or later", str(certificate.valid_to))
    open_ = certificate.state is facts.CertificateState.IN_FORCE
    if open_ != (certificate.closed_on is None):
        expected = "no day" if open_ else "the day of suspension or withdrawal"
        raise BadValue("closed on", expected, str(certificate.closed_on))
    if not isinstance(certificate.decision_date, date):
        raise BadValue("decision date", "a date", certificate.decision_date)


def decision_row(session: Session, certificate: facts.Certificate) -> tables.Decision:
    """The decision that a certificate names, kept when it is new."""
    number = words("decision number", certificate.decision_no, needed=True)
    authority = words("authority", certificate.authority, needed=True)
    query = select(tables.Decision).where(
        col(tables.Decision.number) == number,
        col(tables.Decision.signed_on) == certificate.decision_date,
        col(tables.Decision.authority) == authority,
    )
    row = session.scalars(query).first()
    if row is None:
        row = tables.Decision(number=number, signed_on=certificate.decision_date, authority=authority)
        session.add(row)
        session.flush()
    return row
