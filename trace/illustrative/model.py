"""What an illustrative product is, beside the product itself (floor 1, frozen values).

`facts.Product` and its stories come without photos: a `facts.Photo` is named after its re-encoded file, and
nothing is encoded here. A picture says by its id where it belongs:

    hero      -> Product.photo
    sign-1..  -> Product.signs[0..].photo
    step-1..  -> Story.steps[0..].photo, the same picture in every language
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from ocop.trace.facts import Lang, Level, Producer, Product, StageEvent


class BatchAct(StrEnum):
    """What happens to a batch after it is issued. Recalled and withdrawn batches were released first."""

    RELEASED = "released"
    NOT_RELEASED = "not_released"
    RECALLED = "recalled"
    WITHDRAWN = "withdrawn"


class PictureKind(StrEnum):
    """The three formats: a whole scene, a close-up of a sign, a step of the making."""

    HERO = "hero"
    SIGN = "sign"
    STEP = "step"


@dataclass(frozen=True, slots=True)
class Picture:
    """One drawn picture. `size` is (width, height) in pixels."""

    id: str
    kind: PictureKind
    size: tuple[int, int]
    alt: Mapping[Lang, str]
    caption: Mapping[Lang, str]


@dataclass(frozen=True, slots=True)
class IllustrativeBatch:
    """One batch to issue, what then happens to it, and what a scan of its code must answer.

    `count` is 0 for a batch-level code. `sample` is the number of the item whose code is shown (0: the
    code of the batch). `reason` and `advice` belong to the act, per language. `expected_code` and
    `expected_stars` are answer ids of the verdict.
    """

    lot: str
    level: Level
    count: int
    made: date
    expiry: date | None
    events: tuple[StageEvent, ...]
    act: BatchAct
    reason: Mapping[Lang, str]
    advice: Mapping[Lang, str]
    sample: int
    expected_code: str
    expected_stars: str


@dataclass(frozen=True, slots=True)
class IllustrativeProduct:
    """A product with its producer, batches and pictures. `invented` says that the names exist nowhere."""

    slug: str
    invented: bool
    producer: Producer
    product: Product
    batches: tuple[IllustrativeBatch, ...]
    pictures: tuple[Picture, ...]


class PictureError(Exception):
    """There is no such picture."""

    def __init__(self, slug: str, picture_id: str) -> None:
        super().__init__(f"no picture {picture_id!r} of {slug!r}: expected an id of one of its pictures")
        self.slug = slug
        self.picture_id = picture_id
