"""What is there and what is missing: the legal panel's completeness and a maker's next steps (floor 3, pure).

    panel = completeness(product, producer)        # panel.done, panel.of, panel.missing = ("photo", "origin", …)
    next_steps(product, producer, drafts)          # ("story.publish", "signs", …), the most useful first

The lines of the law are those of the legal panel (`pages.legal`): name, picture, producer, address, origin, brand,
standards, use-by. Only what every product can have is asked for; "(nếu có)" lines never count against anybody.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from ocop.trace.facts import Producer, Product
from ocop.trace.storytelling_drafts import Draft

EDIBLE = frozenset({1, 2, 3})
"""Product groups (QĐ 148): food, drinks, medicinal herbs. What is eaten needs ingredients and a shelf life."""
PICTURES = 3


@dataclass(frozen=True, slots=True)
class Completeness:
    """How many of the asked lines are there, and the ids of those that are not, in the order of the panel."""

    done: int
    of: int
    missing: tuple[str, ...]


def completeness(product: Product, producer: Producer) -> Completeness:
    """What the legal panel of this product has. Page of each id: `PLACES`."""
    text = product.texts["vi"]
    asked: dict[str, bool] = {
        "photo": product.photo is not None,
        "net": bool(text.net),
        "classifier": bool(text.classifier),
        "address": bool(producer.place.detail or producer.place.commune),
        "legal_id": bool(producer.legal_ids),
        "origin": bool(text.origin),
        "standards": bool(product.standards),
        "storage": bool(text.storage),
    }
    if product.group in EDIBLE:
        asked |= {
            "ingredients": bool(text.ingredients),
            "shelf_life": bool(text.shelf_life),
            "warnings": bool(text.warnings),
        }
    asked["signs"] = len(product.signs) >= PICTURES
    missing = tuple(name for name, there in asked.items() if not there)
    return Completeness(len(asked) - len(missing), len(asked), missing)


PLACES: Mapping[str, str] = {
    "photo": "signs",
    "net": "basics",
    "classifier": "basics",
    "address": "",
    "legal_id": "",
    "origin": "making",
    "standards": "keeping",
    "storage": "keeping",
    "ingredients": "making",
    "shelf_life": "keeping",
    "warnings": "keeping",
    "signs": "signs",
}
"""The page of the product's form where a missing line is filled in; empty where the office does it."""


def next_steps(product: Product, producer: Producer, drafts: Mapping[str, Draft]) -> tuple[str, ...]:
    """What to do next, the most useful first: ids `story.tell`, `story.publish`, `story.photos`, `photo`, `signs` …"""
    told = drafts["vi"]
    found = []
    if not any(told.told.answers):
        found.append("story.tell")
    elif told.dirty:
        found.append("story.publish")
    if any(told.told.answers) and sum(1 for name in told.photos if name) < PICTURES:
        found.append("story.photos")
    if told.voice and not told.told.transcript:
        found.append("story.transcript")
    found += [name for name in completeness(product, producer).missing if PLACES[name]]
    return tuple(found)
