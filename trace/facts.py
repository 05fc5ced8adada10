"""What is known about a product, its maker and one batch: frozen values, no behaviour (floor 1).

The registry makes these values from its rows once per batch and `facts_version`; the verdict judges by
them; the pages show them. They hold nothing that changes between two scans of the same batch, so one
`BatchFacts` serves every item of it.

Languages are BCP 47 tags (`vi`, `en`, `zh-Hans` …). Dates without a time are civil dates at UTC+07:00.
A photo is named by the SHA-256 of its largest re-encoded file, in hex.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

Lang = str


class ProducerKind(StrEnum):
    """Kinds of *chủ thể OCOP* (reference: OCOP statistics, `docs` of the programme)."""

    COOPERATIVE = "htx"
    GROUP = "to_hop_tac"
    HOUSEHOLD = "ho_kinh_doanh"
    COMPANY = "doanh_nghiep"
    FACILITY = "co_so"


class CertificateState(StrEnum):
    """What the office has said of a certificate. Expiry is never stored: it follows from `valid_to`."""

    IN_FORCE = "in_force"
    SUSPENDED = "suspended"
    WITHDRAWN = "withdrawn"


class Level(StrEnum):
    """Whether every item of a batch has its own code, or one code stands for the whole batch."""

    ITEM = "item"
    BATCH = "batch"


class StoryState(StrEnum):
    """A story goes live when its maker publishes it; an office may read it later."""

    DRAFT = "draft"
    PUBLISHED = "published"


@dataclass(frozen=True, slots=True)
class Photo:
    """One picture, already re-encoded. `sizes` are (width, height) in pixels of the files that exist."""

    name: str
    sizes: tuple[tuple[int, int], ...]
    alt: Mapping[Lang, str] = field(default_factory=dict)
    caption: Mapping[Lang, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a producer works today, and the old address that labels and maps still use.

    `province_code` has 2 digits, `commune_code` 5 (QĐ 19/2025/QĐ-TTg); the names are snapshots with
    their kind, e.g. "xã Giai Xuân", "tỉnh Nghệ An". `formerly` is free text.
    """

    province_code: str
    province: str
    commune_code: str = ""
    commune: str = ""
    detail: str = ""
    formerly: str = ""


@dataclass(frozen=True, slots=True)
class LegalId:
    """An identifier of a producer: kind `mst`, `gln`, `ma_htx` or `khac`."""

    kind: str
    value: str


@dataclass(frozen=True, slots=True)
class Producer:
    """A *chủ thể OCOP*. `phone`, `website` and `visit` are empty unless the maker consented to show them; `press`
    says whether the press may use what the maker tells.

    The maker of a batch has the `name` of the day of its issue: `renamed` is what that maker is called today,
    `successor` who makes the product today where that is another; both empty where nothing changed. `closed_on` is
    the day on which this maker stopped.
    """

    slug: str
    name: str
    kind: ProducerKind
    place: Place
    legal_ids: tuple[LegalId, ...] = ()
    phone: str = ""
    website: str = ""
    visit: str = ""
    press: bool = False
    closed_on: date | None = None
    renamed: str = ""
    successor: str = ""

    @property
    def today(self) -> str:
        """Who makes and tells of the product today."""
        return self.successor or self.renamed or self.name

    @property
    def reads_thanks(self) -> bool:
        """Whether thanks for its goods reach it: not after it stopped or gave the product away."""
        return self.closed_on is None and not self.successor


@dataclass(frozen=True, slots=True)
class RecognitionSign:
    """One *điểm nhận biết*: how to recognise the real thing, with a close-up where there is one."""

    text: Mapping[Lang, str]
    photo: Photo | None = None


@dataclass(frozen=True, slots=True)
class ProductText:
    """Words about a product in one language. Vietnamese always exists; others may leave fields empty."""

    name: str
    net: str = ""
    classifier: str = ""
    origin: str = ""
    ingredients: str = ""
    usage: str = ""
    storage: str = ""
    warnings: str = ""
    shelf_life: str = ""


@dataclass(frozen=True, slots=True)
class Certificate:
    """One line of one decision, for one product. `stars` is 3, 4 or 5; with `potential` it is the level aimed at.

    `valid_to` is inclusive. `closed_on` is the day of suspension or withdrawal. `resubmitted_on` is set when a
    renewal dossier was handed in.
    """

    stars: int
    decision_no: str
    decision_date: date
    authority: str
    valid_from: date
    valid_to: date
    state: CertificateState = CertificateState.IN_FORCE
    potential: bool = False
    reason: str = ""
    closed_on: date | None = None
    resubmitted_on: date | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One picture and its sentence in "how it is made"."""

    text: str
    photo: Photo | None = None


@dataclass(frozen=True, slots=True)
class Voice:
    """A voice clip of the maker: file name, MIME type, seconds, bytes, transcript in the story's language."""

    name: str
    media_type: str
    seconds: int
    size: int
    transcript: str


@dataclass(frozen=True, slots=True)
class Story:
    """The maker speaks, in one language.

    `answers` are the five questions of the story form, in their order: who taught you, what is hardest, how it
    differs from machine-made, how to tell the real thing, what the buyer should remember. An empty answer is
    not shown. `machine_draft` marks an unreviewed translation.
    """

    lang: Lang
    title: str
    lead: str
    answers: tuple[str, str, str, str, str]
    steps: tuple[Step, ...] = ()
    land: str = ""
    teller: str = ""
    portrait: Photo | None = None
    voice: Voice | None = None
    state: StoryState = StoryState.PUBLISHED
    machine_draft: bool = False
    checked_by: str = ""
    checked_on: date | None = None
    updated_on: date | None = None


@dataclass(frozen=True, slots=True)
class Product:
    """A product and everything about it that its batches share.

    `key` is the identifier in use (`09521234543213` or `P/4VTR0QB4`); `keys` are all that ever worked.
    `other_certified` names a product of the same producer that holds a star when this one has none.
    """

    key: str
    keys: tuple[str, ...]
    group: int
    texts: Mapping[Lang, ProductText]
    brand: str = ""
    standards: tuple[str, ...] = ()
    signs: tuple[RecognitionSign, ...] = ()
    photo: Photo | None = None
    seal: Mapping[Lang, str] = field(default_factory=dict)
    chip_place: Mapping[Lang, str] = field(default_factory=dict)
    certificates: tuple[Certificate, ...] = ()
    other_certified: str = ""
    stories: Mapping[Lang, Story] = field(default_factory=dict)
    illustrative: bool = False


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """Serials `first`..`last` (inclusive numbers) of a batch are cancelled; a whole batch is its whole range."""

    first: int
    last: int
    at: datetime
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Recall:
    """The goods of a batch are called back: why, and what whoever holds one should do."""

    at: datetime
    reason: str
    advice: str


@dataclass(frozen=True, slots=True)
class BoundChip:
    """One binding of a chip to an item, now (`reserved`, `live`) or before (`void`, `replaced`, with `ended_at`).

    `uid` is 7 bytes; `carrier` is `static` or `sun`; a chip whose `mirror` is `none` shows no UID when tapped.
    `id` names the binding in the registry.
    """

    id: int
    uid: bytes
    carrier: str
    mirror: str
    state: str
    master_generation: int = 0
    chip_generation: int = 0
    ended_at: datetime | None = None

    @property
    def holds(self) -> bool:
        """Whether the chip is on its item now."""
        return self.state in {"reserved", "live"}


@dataclass(frozen=True, slots=True)
class Batch:
    """One lot of one product, as issued: the range of its serials and a snapshot of what is on the pack.

    Serials run `first`..`last` as numbers and are written with six digits; a batch of level `batch` has the
    range 0..0 and one code without a serial. `name`, `net`, `photo` and `seal` are as they were at issue.
    `chips` has the UID of each item whose chip answers for itself when tapped (live, with a mirror); `bindings`
    has all chips that an item has or had, the present one first.
    """

    key: str
    lot: str
    level: Level
    first: int
    last: int
    issuer: str
    key_number: int
    position: int
    made: date
    issued_at: datetime
    expiry: date | None = None
    name: str = ""
    net: str = ""
    photo: Photo | None = None
    seal: str = ""
    released_at: datetime | None = None
    key_withdrawn: bool = False
    withdrawals: tuple[Withdrawal, ...] = ()
    recall: Recall | None = None
    display: tuple[tuple[int, int], ...] = ()
    chips: Mapping[int, bytes] = field(default_factory=dict)
    bindings: Mapping[int, tuple[BoundChip, ...]] = field(default_factory=dict)
    events: tuple["StageEvent", ...] = ()

    @property
    def count(self) -> int:
        """How many items the batch has (a batch-level code counts as none)."""
        return 0 if self.level is Level.BATCH else self.last - self.first + 1


@dataclass(frozen=True, slots=True)
class StageEvent:
    """One stage of production for the legal panel: what, when, at which place code (Thông tư 02/2024, item 5)."""

    step: Mapping[Lang, str]
    on: date
    place_code: str = ""


@dataclass(frozen=True, slots=True)
class BatchFacts:
    """Everything a scan of any item of one batch needs. `version` is the registry's `facts_version`."""

    version: int
    product: Product
    producer: Producer
    batch: Batch


@dataclass(frozen=True, slots=True)
class ProductFacts:
    """Everything a page about a product without a code needs; `recalls` lists recalled lots."""

    version: int
    product: Product
    producer: Producer
    recalls: Mapping[str, Recall] = field(default_factory=dict)
