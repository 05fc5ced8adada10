"""Places, producers, products, certificates, stories and pictures (floor 2)."""

from datetime import date, datetime
from typing import ClassVar

from ocop.trace.facts import CertificateState, ProducerKind, StoryState
from ocop.trace.registry.columns import Blob, Code, Day, Flag, Json, Utc, Words
from ocop.trace.registry.tables_base import Row, one_of, rules
from sqlalchemy import Index, Integer, UniqueConstraint
from sqlmodel import Field

PRODUCER_KINDS = tuple(str(kind) for kind in ProducerKind)
CERTIFICATE_STATES = tuple(str(state) for state in CertificateState)
STORY_STATES = tuple(str(state) for state in StoryState)
UNIT_KINDS = ("tinh", "thanh_pho", "xa", "phuong", "dac_khu")
CONSENT_ITEMS = ("phone", "website", "visit", "portrait", "voice", "quote", "press")


class AdminUnit(Row, table=True):
    """A province (2 digits) or commune (5 digits), valid from a day on. Codes are never reused; names repeat."""

    __tablename__ = "admin_unit"
    __table_args__: ClassVar = rules(
        Index("ix_admin_unit_province_code", "province_code"),
        kind=one_of("kind", *UNIT_KINDS),
        code="length(code) IN (2, 5)",
        level="(length(code) = 2) = (kind IN ('tinh', 'thanh_pho'))",
        days="valid_to IS NULL OR valid_to >= valid_from",
    )
    code: str = Field(sa_type=Code, primary_key=True)
    valid_from: date = Field(sa_type=Day, primary_key=True)
    valid_to: date | None = Field(default=None, sa_type=Day)
    kind: str = Field(sa_type=Code)
    name: str = Field(sa_type=Words)
    province_code: str = Field(sa_type=Code)
    predecessors: str = Field(default="", sa_type=Words)


class Producer(Row, table=True):
    """A *chủ thể OCOP*. Place names are snapshots; `search` and `sort` are made from the name and place."""

    __tablename__ = "producer"
    __table_args__: ClassVar = rules(
        kind=one_of("kind", *PRODUCER_KINDS),
        province="length(province_code) = 2",
        commune="length(commune_code) IN (0, 5)",
    )
    id: int | None = Field(default=None, primary_key=True, sa_type=Integer)
    slug: str = Field(sa_type=Code, unique=True)
    name: str = Field(sa_type=Words)
    kind: str = Field(sa_type=Code)
    province_code: str = Field(sa_type=Code, index=True)
    province: str = Field(sa_type=Words)
    commune_code: str = Field(default="", sa_type=Code)
    commune: str = Field(default="", sa_type=Words)
    detail: str = Field(default="", sa_type=Words)
    formerly: str = Field(default="", sa_type=Words)
    phone: str = Field(default="", sa_type=Words)
    website: str = Field(default="", sa_type=Words)
    visit: str = Field(default="", sa_type=Words)
    # When it stopped; the words stand in `producer_closing`.
    closed_at: datetime | None = Field(default=None, sa_type=Utc)


class LegalId(Row, table=True):
    """An identifier of a producer; a household may have none."""

    __tablename__ = "legal_id"
    __table_args__: ClassVar = rules(kind=one_of("kind", "mst", "gln", "ma_htx", "khac"))
    producer_id: int = Field(primary_key=True, foreign_key="producer.id", sa_type=Integer)
    kind: str = Field(sa_type=Code, primary_key=True)
    value: str = Field(sa_type=Code, primary_key=True)


class Consent(Row, table=True):
    """What one person allowed to be shown, with its proof. Withdrawn means unpublished at the next scan."""

    __tablename__ = "consent"
    __table_args__: ClassVar = rules(
        Index("ix_consent_producer_id_item", "producer_id", "item"),
        item=one_of("item", *CONSENT_ITEMS),
        order="withdrawn_at IS NULL OR withdrawn_at >= given_at",
    )
    id: int | None = Field(default=None, primary_key=True, sa_type=Integer)
    producer_id: int = Field(foreign_key="producer.id", sa_type=Integer)
    person: str = Field(sa_type=Words)
    item: str = Field(sa_type=Code)
    proof: str = Field(sa_type=Words)
    given_at: datetime = Field(sa_type=Utc)
    withdrawn_at: datetime | None = Field(default=None, sa_type=Utc)


class Photo(Row, table=True):
    """A re-encoded picture, named by the SHA-256 of its largest file; `sizes` are [width, height] pairs."""

    __tablename__ = "photo"
    __table_args__: ClassVar = rules(name="length(name) = 64")
    name: str = Field(sa_type=Code, primary_key=True)
    sizes: list[list[int]] = Field(sa_type=Json)
    alt: dict[str, str] = Field(default_factory=dict, sa_type=Json)
    caption: dict[str, str] = Field(default_factory=dict, sa_type=Json)


class Voice(Row, table=True):
    """A voice clip of a maker, with its transcript."""

    __tablename__ = "voice"
    __table_args__: ClassVar = rules(seconds="seconds BETWEEN 1 AND 60", size="size BETWEEN 1 AND 256000")
    name: str = Field(sa_type=Code, primary_key=True)
    media_type: str = Field(sa_type=Code)
    seconds: int = Field(sa_type=Integer)
    size: int = Field(sa_type=Integer)
    transcript: str = Field(sa_type=Words)


class Product(Row, table=True):
    """A product. `key` is the identifier in use; every key that ever worked is a `ProductKey`."""

    __tablename__ = "product"
    __table_args__: ClassVar = rules(group="group_no BETWEEN 1 AND 6")
    id: int | None = Field(default=None, primary_key=True, sa_type=Integer)
    producer_id: int = Field(foreign_key="producer.id", index=True, sa_type=Integer)
    key: str = Field(sa_type=Code, unique=True)
    group_no: int = Field(sa_type=Integer, index=True)
    brand: str = Field(default="", sa_type=Words)
    photo: str | None = Field(default=None, foreign_key="photo.name", index=True, sa_type=Code)
    seal: dict[str, str] = Field(default_factory=dict, sa_type=Json)
    chip_place: dict[str, str] = Field(default_factory=dict, sa_type=Json)
    # Named by the office when the certified product of the same maker is not in this register.
    other_certified: str = Field(default="", sa_type=Words)
    illustrative: bool = Field(default=False, sa_type=Flag)
    search: str = Field(default="", sa_type=Words)
    sort: bytes = Field(default=b"", sa_type=Blob, index=True)


class ProductKey(Row, table=True):
    """A key that resolves to a product, for ever: GTIN-14 digits or `P/` and a code."""

    __tablename__ = "product_key"
    __table_args__: ClassVar = rules(form="length(key) = 14 OR (length(key) = 10 AND key LIKE 'P/%')")
    key: str = Field(sa_type=Code, primary_key=True)
    product_id: int = Field(foreign_key="product.id", index=True, sa_type=Integer)
    since: datetime = Field(sa_type=Utc)


class ProductText(Row, table=True):
    """Words about a product in one language. Vietnamese always exists."""

    __tablename__ = "product_text"
    __table_args__: ClassVar = rules(name="name <> ''")
    product_id: int = Field(primary_key=True, foreign_key="product.id", sa_type=Integer)
    lang: str = Field(primary_key=True, sa_type=Code)
    name: str = Field(sa_type=Words)
    net: str = Field(default="", sa_type=Words)
    classifier: str = Field(default="", sa_type=Words)
    origin: str = Field(default="", sa_type=Words)
    ingredients: str = Field(default="", sa_type=Words)
    usage: str = Field(default="", sa_type=Words)
    storage: str = Field(default="", sa_type=Words)
    warnings: str = Field(default="", sa_type=Words)
    shelf_life: str = Field(default="", sa_type=Words)


class ProductStandard(Row, table=True):
    """One line of the standards a product is made to."""

    __tablename__ = "product_standard"
    __table_args__: ClassVar = rules(line="line >= 0")
    product_id: int = Field(primary_key=True, foreign_key="product.id", sa_type=Integer)
    line: int = Field(primary_key=True, sa_type=Integer)
    text: str = Field(sa_type=Words)


class RecognitionSign(Row, table=True):
    """One *điểm nhận biết*, in several languages, with a close-up where there is one."""

    __tablename__ = "recognition_sign"
    __table_args__: ClassVar = rules(line="line >= 0")
    product_id: int = Field(primary_key=True, foreign_key="product.id", sa_type=Integer)
    line: int = Field(primary_key=True, sa_type=Integer)
    text: dict[str, str] = Field(sa_type=Json)
    photo: str | None = Field(default=None, foreign_key="photo.name", index=True, sa_type=Code)


class Decision(Row, table=True):
    """One document of one authority, for many products. The authority is history: it may be abolished today."""

    __tablename__ = "decision"
    __table_args__: ClassVar = rules(UniqueConstraint("number", "signed_on", "authority"))
    id: int | None = Field(default=None, primary_key=True, sa_type=Integer)
    number: str = Field(sa_type=Words)
    signed_on: date = Field(sa_type=Day)
    authority: str = Field(sa_type=Words)


class Certificate(Row, table=True):
    """One line of one decision: the stars of one product. Expiry is never stored: it follows from `valid_to`."""

    __tablename__ = "certificate"
    __table_args__: ClassVar = rules(
        UniqueConstraint("decision_id", "line"),
        stars="stars BETWEEN 3 AND 5",
        state=one_of("state", *CERTIFICATE_STATES),
        days="valid_to >= valid_from",
        closed="state = 'in_force' OR closed_on IS NOT NULL",
        line="line >= 1",
    )
    id: int | None = Field(default=None, primary_key=True, sa_type=Integer)
    decision_id: int = Field(foreign_key="decision.id", sa_type=Integer)
    line: int = Field(sa_type=Integer)
    product_id: int = Field(foreign_key="product.id", index=True, sa_type=Integer)
    stars: int = Field(sa_type=Integer)
    potential: bool = Field(default=False, sa_type=Flag)
    valid_from: date = Field(sa_type=Day)
    valid_to: date = Field(sa_type=Day, index=True)
    state: str = Field(default=str(CertificateState.IN_FORCE), sa_type=Code)
    reason: str = Field(default="", sa_type=Words)
    closed_on: date | None = Field(default=None, sa_type=Day)
    resubmitted_on: date | None = Field(default=None, sa_type=Day)


class Story(Row, table=True):
    """One revision of the maker's words in one language. An edit is a new revision; see `stories.shown`."""

    __tablename__ = "story"
    __table_args__: ClassVar = rules(
        UniqueConstraint("product_id", "lang", "revision"),
        state=one_of("state", *STORY_STATES),
        revision="revision >= 1",
        checked="(checked_by = '') = (checked_on IS NULL)",
    )
    id: int | None = Field(default=None, primary_key=True, sa_type=Integer)
    product_id: int = Field(foreign_key="product.id", sa_type=Integer)
    lang: str = Field(sa_type=Code)
    revision: int = Field(sa_type=Integer)
    title: str = Field(sa_type=Words)
    lead: str = Field(default="", sa_type=Words)
    answers: list[str] = Field(sa_type=Json)
    land: str = Field(default="", sa_type=Words)
    teller: str = Field(default="", sa_type=Words)
    portrait: str | None = Field(default=None, foreign_key="photo.name", index=True, sa_type=Code)
    voice: str | None = Field(default=None, foreign_key="voice.name", index=True, sa_type=Code)
    # The words of the clip as this revision gives them; a clip is shared by revisions, its words may be corrected.
    transcript: str = Field(default="", sa_type=Words, sa_column_kwargs={"server_default": ""})
    state: str = Field(sa_type=Code)
    machine_draft: bool = Field(default=False, sa_type=Flag)
    checked_by: str = Field(default="", sa_type=Words)
    checked_on: date | None = Field(default=None, sa_type=Day)
    updated_on: date = Field(sa_type=Day)


class StoryStep(Row, table=True):
    """One picture and its sentence in "how it is made"."""

    __tablename__ = "story_step"
    __table_args__: ClassVar = rules(line="line >= 0")
    story_id: int = Field(primary_key=True, foreign_key="story.id", sa_type=Integer)
    line: int = Field(primary_key=True, sa_type=Integer)
    text: str = Field(sa_type=Words)
    photo: str | None = Field(default=None, foreign_key="photo.name", index=True, sa_type=Code)
