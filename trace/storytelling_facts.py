"""What a maker enters about a product, page by page, and what the legal panel still lacks (floor 3).

A product is one value (`facts.Product`); a page of the form shows a few of its words by field name and gives them
back together. `seen` is the digest of the words that the writer saw: when others changed them meanwhile nothing is
written, and `Edited.clash` is true, so that the page shows both.

>>> page_values(product, "basics")["name.vi"], page_values(product, "signs")["sign-1.vi"]
('Trà Hương Vân', 'Nắp in nổi')

A new product gets the GTIN that its maker has, or a product code of ours; never an invented GTIN. It is assigned at
once to the issuer that signs for her other products, that bears her own name, or that is the only one of her
province; otherwise an office assigns it later, and until then it has no public page.
"""

import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from ocop.trace import facts, issuing_keys
from ocop.trace.gs1.errors import LinkError
from ocop.trace.gs1.identifier import CODE_BITS, identifier, new_product_code
from ocop.trace.registry import editing, ledger_store, products, tables
from ocop.trace.registry.errors import BadValue, Conflict, Unknown
from ocop.trace.registry.ledger_store import By
from ocop.trace.registry.makers import refuse_closed
from ocop.trace.registry.store import bump_facts
from sqlalchemy import select
from sqlmodel import Session, col

SIGNS = 3
TEXTS: Mapping[str, tuple[str, ...]] = {
    "basics": ("name", "net", "classifier"),
    "making": ("origin", "ingredients"),
    "keeping": ("usage", "storage", "shelf_life", "warnings"),
    "signs": (),
}
PAGES = tuple(TEXTS)
LANGS = ("vi", "en")
MAX_STANDARDS = 20
SHORT_FIELDS = {"name": 200, "net": 200, "classifier": 40, "shelf_life": 200, "group": 1, "brand": 200}
"""Most characters of a field; any other takes `editing.LONG`, a line of the standards 200."""


@dataclass(frozen=True, slots=True)
class Edited:
    """The words of a page as they stand now; `clash`: others came first and nothing was written."""

    values: Mapping[str, str]
    seen: str
    clash: bool = False


def product_of(session: Session, key: str) -> products.Loaded:
    """The product and its maker, as pages are given them. Raises Unknown."""
    return products.load(session, [editing.product_row(session, key).id or 0])[0]


def maker_of(session: Session, key: str) -> tables.Producer:
    """The row of the product's maker. Raises Unknown."""
    return session.get_one(tables.Producer, editing.product_row(session, key).producer_id)


def is_public(session: Session, key: str) -> bool:
    """Whether an issuer holds this key, so that it has a public page."""
    query = select(col(tables.IdentifierAssignment.key)).where(col(tables.IdentifierAssignment.key) == key)
    return session.execute(query.limit(1)).first() is not None


def page_values(product: facts.Product, page: str) -> dict[str, str]:
    """The words of one page by field name: `name.vi`, `sign-1.en`, `standards` (one a line)."""
    _known(page)
    values = {
        f"{name}.{lang}": getattr(product.texts[lang], name) if lang in product.texts else ""
        for name in TEXTS[page]
        for lang in LANGS
    }
    if page == "basics":
        values |= {"group": str(product.group), "brand": product.brand}
    if page == "keeping":
        values["standards"] = "\n".join(product.standards)
    if page == "signs":
        for lang in LANGS:
            for number in range(1, SIGNS + 1):
                sign = product.signs[number - 1] if number <= len(product.signs) else None
                values[f"sign-{number}.{lang}"] = sign.text.get(lang, "") if sign is not None else ""
            values[f"seal.{lang}"] = product.seal.get(lang, "")
            values[f"chip_place.{lang}"] = product.chip_place.get(lang, "")
    return values


def digest(values: Mapping[str, str]) -> str:
    """What names the words of a page: 16 hexadecimal digits."""
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()[:16]


def save_page(
    session: Session, key: str, page: str, given: Mapping[str, str], *, seen: str, by: By
) -> Edited:
    """Keep the words of a page. Raises BadValue (`what` is the field), Unknown."""
    row = editing.product_row(session, key)
    session.execute(select(col(tables.Product.id)).where(col(tables.Product.id) == row.id).with_for_update())
    loaded = product_of(session, key)
    before = page_values(loaded.product, page)
    values = {
        name: editing.words(name, given.get(name, ""), SHORT_FIELDS.get(name.partition(".")[0], editing.LONG))
        for name in before
    }
    if values == before:
        return Edited(before, digest(before))
    if seen != digest(before):
        return Edited(before, digest(before), clash=True)
    changed = _with(loaded.product, page, values)
    editing.save_product(session, changed, producer_slug=loaded.producer.slug, now=by.at)
    bump_facts(session)
    return Edited(values, digest(values))


def set_product_photo(session: Session, key: str, place: str, photo: facts.Photo | None, by: By) -> None:
    """The picture of the product (`hero`) or the close-up of a sign (`sign-1` to `sign-3`); None takes it away."""
    loaded = product_of(session, key)
    product = loaded.product
    if place == "hero":
        product = replace(product, photo=photo)
    elif place in {f"sign-{n}" for n in range(1, SIGNS + 1)}:
        number = int(place[5:])
        if number > len(product.signs):
            raise BadValue(f"{place}.vi", "words of the sign before its picture", "")
        signs = list(product.signs)
        signs[number - 1] = replace(signs[number - 1], photo=photo)
        product = replace(product, signs=tuple(signs))
    else:
        raise BadValue("place", f"hero or sign-1 to sign-{SIGNS}", place)
    editing.save_product(session, product, producer_slug=loaded.producer.slug, now=by.at)
    bump_facts(session)


def new_product(
    session: Session, producer_id: int, *, name: str, net: str, group: int, gtin: str, by: By
) -> str:
    """A product with what its first page asks; returns its key. Raises BadValue, Conflict, MakerClosed, Unknown."""
    producer = session.get(tables.Producer, producer_id)
    if producer is None:
        raise Unknown("producer", producer_id)
    refuse_closed(session, producer_id)
    key = gtin_of(gtin) if gtin.strip() else _new_code(session)
    if session.get(tables.ProductKey, key) is not None:
        raise Conflict(f"expected a GTIN that no product has yet, got {key}; ask your office", "gtin")
    text = facts.ProductText(
        name=editing.words("name.vi", name, needed=True), net=editing.words("net.vi", net)
    )
    product = facts.Product(key=key, keys=(key,), group=group, texts={"vi": text})
    editing.save_product(session, product, producer_slug=producer.slug, now=by.at)
    _assign(session, producer, key, by)
    bump_facts(session)
    return key


def gtin_of(text: str) -> str:
    """The GTIN-14 of a bar code number as people type it. Raises BadValue (`gtin`).

    Numbers for use inside a shop (GS1 prefixes 02, 04 and 20 to 29) name another thing in every shop.
    """
    digits = "".join(character for character in text if character not in " -.\t\u00a0")
    try:
        if not (digits.isascii() and digits.isdigit() and len(digits) in {8, 12, 13, 14}):
            raise BadValue("gtin", "8, 12, 13 or 14 digits", text[:40])
        key = identifier(digits.zfill(14)).key
    except LinkError as error:
        raise BadValue("gtin", "a right check digit", text[:40]) from error
    if len(digits) > 8 and key[1:3] in {"02", "04", *(str(prefix) for prefix in range(20, 30))}:
        raise BadValue("gtin", "a number from GS1, not one for use inside a shop", text[:40])
    return key


def _with(product: facts.Product, page: str, values: Mapping[str, str]) -> facts.Product:
    texts = dict(product.texts)
    for lang in LANGS:
        known = texts.get(lang)
        words: dict[str, Any] = {name: values[f"{name}.{lang}"] for name in TEXTS[page]}
        if lang == "vi" and page == "basics" and not words["name"]:
            raise BadValue("name.vi", "some text", "")
        if known is None and not any(words.values()):
            continue
        text = replace(known or facts.ProductText(name=""), **words)
        if not any(getattr(text, name) for page_ in PAGES for name in TEXTS[page_]):
            texts.pop(lang, None)
        else:
            texts[lang] = text if text.name else replace(text, name=texts["vi"].name)
    changed = replace(product, texts=texts)
    if page == "basics":
        return replace(changed, group=_group(values["group"]), brand=values["brand"])
    if page == "keeping":
        lines = tuple(line.strip() for line in values["standards"].split("\n") if line.strip())
        if len(lines) > MAX_STANDARDS:
            raise BadValue("standards", f"at most {MAX_STANDARDS} lines", len(lines))
        if any(len(line) > editing.SHORT for line in lines):
            raise BadValue("standards", f"at most {editing.SHORT} characters in a line", "a longer line")
        return replace(changed, standards=lines)
    return _with_signs(changed, values) if page == "signs" else changed


def _with_signs(product: facts.Product, values: Mapping[str, str]) -> facts.Product:
    """Signs keep their pictures; a sign without words in Vietnamese is left out, those behind it move up."""
    signs = []
    for number in range(1, SIGNS + 1):
        text = {lang: values[f"sign-{number}.{lang}"] for lang in LANGS if values[f"sign-{number}.{lang}"]}
        photo = product.signs[number - 1].photo if number <= len(product.signs) else None
        if "vi" in text:
            signs.append(facts.RecognitionSign(text, photo))
        elif text:
            raise BadValue(f"sign-{number}.vi", "the sign in Vietnamese too", "")
    seal = {lang: values[f"seal.{lang}"] for lang in LANGS if values[f"seal.{lang}"]}
    chip = {lang: values[f"chip_place.{lang}"] for lang in LANGS if values[f"chip_place.{lang}"]}
    return replace(product, signs=(*signs, *product.signs[SIGNS:]), seal=seal, chip_place=chip)


def _group(text: str) -> int:
    if text not in {"1", "2", "3", "4", "5", "6"}:
        raise BadValue("group", "1 to 6", text)
    return int(text)


def _known(page: str) -> None:
    if page not in TEXTS:
        raise Unknown("page", page)


def _new_code(session: Session) -> str:
    while True:
        key = f"P/{new_product_code(secrets.randbits(CODE_BITS))}"
        if session.get(tables.ProductKey, key) is None:
            return key


def _assign(session: Session, producer: tables.Producer, key: str, by: By) -> None:
    """Give the key to the issuer that signs for this maker, when it is plain which one that is."""
    state = ledger_store.replay(session)
    if state.holders(key):
        return
    siblings = session.scalars(
        select(col(tables.Product.key)).where(col(tables.Product.producer_id) == producer.id)
    )
    issuers = {holders[-1] for sibling in siblings if (holders := state.holders(sibling))}
    for whose in (
        col(tables.Issuer.code) == issuing_keys.issuer_code(producer.slug),
        col(tables.Issuer.province_code) == producer.province_code,
    ):
        if not issuers:
            issuers = set(session.scalars(select(col(tables.Issuer.code)).where(whose)))
    if len(issuers) == 1:
        issuing_keys.assign(session, issuers.pop(), [key], by, known=state)
