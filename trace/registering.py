"""Registering: one product with its maker, issuer, certificates and stories, all or nothing (floor 3).

The edge hands in frozen values (`Registration`), or reads them from a TOML file (`read_file`; `EXAMPLE` is a whole
one). Pictures are taken in first: they are named by their content, so a picture without a row harms nobody.
Then one transaction writes rows and ledger entries. Registering the same again changes nothing; with other words
it corrects them. A product without an identifier gets a product code once: the same name and net of the same maker
are the same product. An identifier that belongs to another issuer is not taken away by it.

>>> read_file(Path("tra.toml")).product.key
'09521234543213'
"""

import secrets
import tomllib
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from ocop.trace import issuing_keys
from ocop.trace.facts import Certificate, Lang, Photo, Producer, Product, Story
from ocop.trace.gs1.identifier import CODE_BITS, new_product_code
from ocop.trace.registering_file import EXAMPLE, BadFile, parse_file
from ocop.trace.registry import editing, ledger_store, tables, telling
from ocop.trace.registry.errors import BadPicture, BadValue, Conflict
from ocop.trace.registry.keystore import Keystore
from ocop.trace.registry.ledger_store import By
from ocop.trace.registry.makers import refuse_closed
from ocop.trace.registry.media import MAX_BYTES, Pictures
from ocop.trace.registry.store import Store, bump_facts
from ocop.trace.registry.tables_catalogue import ProductKey
from ocop.trace.registry.tables_issue import Issuer
from ocop.trace.text import civil_date
from sqlmodel import Session, col, select

__all__ = [
    "EXAMPLE",
    "BadFile",
    "Consent",
    "Picture",
    "Registered",
    "Registration",
    "first_key",
    "read_file",
    "register",
    "wants_key",
]

MAX_FILE = 1_000_000
MAX_ISSUER = 40


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture to take in: how to get its bytes, and its words by language."""

    content: Callable[[], bytes]
    alt: Mapping[Lang, str] = field(default_factory=dict)
    caption: Mapping[Lang, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Consent:
    """What a person allowed to be shown, and where the proof is kept."""

    item: str
    person: str
    proof: str


@dataclass(frozen=True, slots=True)
class Registration:
    """What is to be registered. An empty `product.key` asks for a new product code.

    `pictures` go by place: `hero`, `sign-1` …, `step-1` …, `portrait`; a step's picture serves every language.
    """

    issuer: str
    issuer_name: str
    province_code: str
    producer: Producer
    product: Product
    certificates: tuple[Certificate, ...] = ()
    stories: tuple[Story, ...] = ()
    pictures: Mapping[str, Picture] = field(default_factory=dict)
    consents: tuple[Consent, ...] = ()


@dataclass(frozen=True, slots=True)
class Registered:
    """What stands in the register now. `new`: the product was not there before; `needs_key`: no key signs for it."""

    key: str
    name: str
    issuer: str
    new: bool
    needs_key: bool


def read_file(path: Path) -> Registration:
    """A registration from a TOML file. Raises BadFile with the place in it."""
    try:
        content = _read(path, MAX_FILE)
        if len(content) > MAX_FILE:
            raise BadFile(str(path), f"at most {MAX_FILE:,} bytes", "more")
        table = tomllib.loads(content.decode("utf-8"))
    except FileNotFoundError as error:
        raise BadFile(str(path), "a TOML file", "no file") from error
    except (
        OSError,
        ValueError,
        RecursionError,
    ) as error:  # TOMLDecodeError is a ValueError; so are huge numbers
        raise BadFile(str(path), "a readable TOML file in UTF-8", str(error)) from error
    parsed = parse_file(table)
    return Registration(
        issuer=parsed.issuer,
        issuer_name=parsed.issuer_name,
        province_code=parsed.producer.place.province_code,
        producer=parsed.producer,
        product=parsed.product,
        certificates=parsed.product.certificates,
        stories=tuple(parsed.product.stories.values()),
        pictures={
            place: Picture(partial(_read_picture, path.parent, place, name), alt)
            for place, (name, alt) in parsed.pictures.items()
        },
        consents=tuple(Consent(*one) for one in parsed.consents),
    )


def register(store: Store, wanted: Registration, by: By, *, pictures: Pictures | None = None) -> Registered:
    """Write a registration. Raises BadValue, Conflict, Unknown, BadPicture, StoreError, OSError."""
    if len(editing.slug_of("issuer", wanted.issuer)) > MAX_ISSUER:
        raise BadValue("issuer", f"at most {MAX_ISSUER} characters", wanted.issuer)
    with ExitStack() as stack:
        taker = pictures or stack.enter_context(Pictures(store.data))
        taken = {place: _keep(taker, place, picture) for place, picture in wanted.pictures.items()}
    product = _with_photos(wanted.product, taken)
    stories = tuple(_story_with_photos(story, taken) for story in wanted.stories)
    with store.begin() as session:
        for photo in taken.values():
            telling.save_photo(session, photo)
        if not product.key:
            product = replace(product, key=_code_of(session, wanted) or _new_code(session))
        known = session.get(ProductKey, product.key) is not None
        refuse_closed(session, editing.save_producer(session, wanted.producer).id or 0)
        row = editing.save_product(session, product, producer_slug=wanted.producer.slug, now=by.at)
        for certificate in wanted.certificates:
            editing.save_certificate(session, row.key, certificate)
        for story in stories:
            telling.save_story(session, row.key, story, civil_date(by.at))
        for consent in wanted.consents:
            telling.give_consent(
                session,
                wanted.producer.slug,
                consent.item,
                person=consent.person,
                proof=consent.proof,
                at=by.at,
            )
        needs_key = _assign(session, wanted, (product.key, *product.keys), by)
        bump_facts(session)
        return Registered(row.key, product.texts["vi"].name, wanted.issuer, not known, needs_key)


def wants_key(store: Store, issuer: str) -> bool:
    """Whether `issuer` has no key that signs, so that a registration for it needs the keystore."""
    editing.slug_of("issuer", issuer)
    with store.read() as session:
        return ledger_store.replay(session).active_key(issuer) is None


def first_key(store: Store, keystore: Keystore, issuer: str, by: By) -> None:
    """Make the key that an issuer without one needs."""
    issuing_keys.add_key(store.begin, keystore, issuer, by)


def _read(path: Path, most: int) -> bytes:
    """The file, or `most` + 1 bytes of it: enough to see that it is too long."""
    with path.open("rb") as file:
        return file.read(most + 1)


def _read_picture(folder: Path, place: str, name: str) -> bytes:
    try:
        return _read(folder / name, MAX_BYTES)
    except (OSError, ValueError) as error:
        said = getattr(error, "strerror", None) or str(error)
        raise BadFile(f"picture {place}", "a picture file beside this one", f"{name}: {said}") from error


def _keep(taker: Pictures, place: str, picture: Picture) -> Photo:
    try:
        return taker.keep(picture.content(), alt=picture.alt, caption=picture.caption)
    except BadPicture as error:
        raise BadPicture(f"picture {place}: {error}", error.why) from error


def _code_of(session: Session, wanted: Registration) -> str:
    """The product code that the same product of the same maker was handed out before; empty when it is new."""
    text = wanted.product.texts["vi"]
    query = (
        select(tables.Product.key)
        .join(tables.Producer, col(tables.Producer.id) == tables.Product.producer_id)
        .join(tables.ProductText, col(tables.ProductText.product_id) == tables.Product.id)
        .where(
            tables.Producer.slug == wanted.producer.slug,
            tables.ProductText.lang == "vi",
            tables.ProductText.name == editing.words("name", text.name),
            tables.ProductText.net == editing.words("net", text.net),
        )
    )
    return session.execute(query).scalars().first() or ""


def _new_code(session: Session) -> str:
    """A product code that nobody has."""
    while True:
        key = f"P/{new_product_code(secrets.randbits(CODE_BITS))}"
        if session.get(ProductKey, key) is None:
            return key


def _assign(session: Session, wanted: Registration, keys: tuple[str, ...], by: By) -> bool:
    """Give the identifiers to the issuer, which is registered if it is new; whether it still has no key."""
    state = ledger_store.replay(session)
    free = [key for key in dict.fromkeys(keys) if key and not state.holders(key)]
    for key in keys:
        holders = state.holders(key) if key else ()
        if holders and holders[-1] != wanted.issuer:
            raise Conflict(
                f"expected an identifier of {wanted.issuer}, got {key}, which {holders[-1]} holds",
                "assignment",
            )
    issuer = session.execute(select(Issuer).where(col(Issuer.code) == wanted.issuer)).scalars().first()
    if issuer is None:
        issuing_keys.add_issuer(
            session, wanted.issuer, wanted.issuer_name, wanted.province_code, by, free, known=state
        )
        return True
    issuer.name = editing.words("issuer name", wanted.issuer_name, needed=True)
    session.flush()
    if free:
        issuing_keys.assign(session, wanted.issuer, free, by, known=state)
    return state.active_key(wanted.issuer) is None


def _with_photos(product: Product, taken: Mapping[str, Photo]) -> Product:
    signs = tuple(
        replace(sign, photo=taken.get(f"sign-{number}", sign.photo))
        for number, sign in enumerate(product.signs, 1)
    )
    return replace(product, photo=taken.get("hero", product.photo), signs=signs)


def _story_with_photos(story: Story, taken: Mapping[str, Photo]) -> Story:
    steps = tuple(
        replace(step, photo=taken.get(f"step-{number}", step.photo))
        for number, step in enumerate(story.steps, 1)
    )
    return replace(story, steps=steps, portrait=taken.get("portrait", story.portrait))
