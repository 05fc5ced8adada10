"""Which pictures and clips may be given out at their address (floor 2).

    picture_use(session, name)      # Use.OPEN, Use.PERSON or Use.NONE
    may_be_heard(session, clip)

A file is named by its content and stays on disk; what decides is whether anything holds it at this moment:

    OPEN      a product, its sign, a batch (its picture is a snapshot), a step of a story or of a draft
    PERSON    the portrait of a story while somebody of its maker's allows `portrait` and the maker is at work; of
              a draft that was never published also without, since only whoever sent it knows the name
    NONE      nothing any more: it was replaced, taken away, or the consent to it was taken back

Of the revisions of a story two count: the one that is shown, and the newest, from which a draft begins. A clip is
judged as a portrait is, by `voice`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from ocop.trace.facts import StoryState
from ocop.trace.registry import tables
from sqlalchemy import Text, cast, literal, select, union_all
from sqlmodel import Session, col


class Use(Enum):
    """What a picture stands for."""

    NONE = "none"
    OPEN = "open"
    PERSON = "person"


@dataclass(frozen=True, slots=True)
class _Held:
    """Where a person's picture or clip stands: by makers whose stories hold it now, ever held it, and in drafts."""

    now: frozenset[int]
    ever: frozenset[int]
    drafts: frozenset[int]


def picture_use(session: Session, name: str) -> Use:
    """What the picture with this name stands for now."""
    things = union_all(
        *(
            select(literal(1)).where(column == name)
            for column in (
                col(tables.Product.photo), col(tables.RecognitionSign.photo), col(tables.Batch.photo),
            )
        )
    )  # fmt: skip
    if session.execute(things.limit(1)).first() is not None:
        return Use.OPEN
    steps = select(col(tables.StoryStep.story_id)).where(col(tables.StoryStep.photo) == name)
    told = select(tables.Story).where(col(tables.Story.id).in_(steps))
    if any(_counts(session, row) for row in session.scalars(told)):
        return Use.OPEN
    drafts = _drafts(session, name)
    if any(name in content["photos"] for _, content in drafts):
        return Use.OPEN
    portraits = select(tables.Story).where(col(tables.Story.portrait) == name)
    makers = frozenset(maker for maker, content in drafts if content["portrait"] == name)
    held = _held(session, session.scalars(portraits), makers)
    return Use.PERSON if _allowed(session, held, "portrait") else Use.NONE


def may_be_heard(session: Session, clip: str) -> bool:
    """Whether the file of a clip may be given out now."""
    drafts = (maker for maker, content in _drafts(session, clip) if content["voice"] == clip)
    stories = select(tables.Story).where(col(tables.Story.voice) == clip)
    return _allowed(session, _held(session, session.scalars(stories), frozenset(drafts)), "voice")


def _held(session: Session, stories: Iterable[tables.Story], drafts: frozenset[int]) -> _Held:
    now, ever = set(), set()
    for row in stories:
        maker = session.get_one(tables.Product, row.product_id).producer_id
        ever.add(maker)
        if _counts(session, row):
            now.add(maker)
    return _Held(frozenset(now), frozenset(ever), drafts)


def _allowed(session: Session, held: _Held, item: str) -> bool:
    if held.drafts - held.ever:
        return True
    holders = held.now | held.drafts
    if not holders:
        return False
    standing = (
        select(col(tables.Consent.id))
        .join(tables.Producer, col(tables.Producer.id) == col(tables.Consent.producer_id))
        .where(
            col(tables.Consent.producer_id).in_(holders),
            col(tables.Consent.item) == item,
            col(tables.Consent.withdrawn_at).is_(None),
            col(tables.Producer.closed_at).is_(None),
        )
    )
    return session.execute(standing.limit(1)).first() is not None


def _counts(session: Session, row: tables.Story) -> bool:
    """Whether a revision is the one that is shown, or the newest."""
    query = select(tables.Story).where(
        col(tables.Story.product_id) == row.product_id, col(tables.Story.lang) == row.lang
    )
    revisions = list(session.scalars(query))
    published = [one for one in revisions if one.state == StoryState.PUBLISHED]
    shown = max(published, key=lambda one: (one.checked_on is not None, one.revision), default=None)
    return row is shown or row.revision == max(one.revision for one in revisions)


def _drafts(session: Session, name: str) -> list[tuple[int, dict[str, str]]]:
    """(maker, content) of the drafts that hold a name of 64 hexadecimal digits."""
    query = (
        select(col(tables.Product.producer_id), col(tables.StoryDraft.content))
        .join(tables.Product, col(tables.Product.id) == col(tables.StoryDraft.product_id))
        .where(cast(col(tables.StoryDraft.content), Text).contains(name))
    )
    return [(maker, content) for maker, content in session.execute(query)]
