"""Pictures and clips of stories, as an officer sees them who was asked to erase somebody (floor 3).

    for name, key in of_makers(session, scope, {7}).items(): print(name, "stands in", key)
    kind, content = seen(session, store.data, scope, name)

What is shown to nobody any more, since a consent was taken back, still lies on the disk and may have to go: whoever
erases it has to see which one it is. So this asks for no consent; it is for an officer alone, for what stands in a
story or a draft of a maker in `scope`. `name` is that of `registry/media.py` (64 digits) or `registry/voice.py`.
"""

import re
from collections.abc import Iterable
from pathlib import Path

from ocop.trace.certifying import Scope
from ocop.trace.registry import tables
from ocop.trace.registry.errors import Unknown
from ocop.trace.registry.media import media_file
from ocop.trace.registry.voice import voice_file
from sqlalchemy import Text, cast, or_, select
from sqlmodel import Session, col

NAME = re.compile(r"[0-9a-f]{64}(?:\.m4a)?", re.ASCII)
# Wide enough to know a face by, small enough for a slow line.
WIDTH = 720


def of_makers(session: Session, scope: Scope, makers: Iterable[int]) -> dict[str, str]:
    """Portraits, pictures of the making and clips of these makers' stories and drafts: name and product's key; also of
    products that they handed over since, whose older revisions are on record.
    """
    product, maker, moved, ids = tables.Product, tables.Producer, tables.HandOver, set(makers)
    given_away = select(col(moved.product_id)).where(col(moved.from_id).in_(ids))
    theirs = or_(col(product.producer_id).in_(ids), col(product.id).in_(given_away))
    query = select(col(product.id), col(product.key)).join(maker, col(maker.id) == col(product.producer_id))
    where: dict[str, str] = {}
    for id_, key in session.execute(query.where(theirs, *scope.conditions()).order_by(col(product.id))).all():
        for row in session.scalars(select(tables.Story).where(col(tables.Story.product_id) == id_)):
            steps = select(col(tables.StoryStep.photo)).where(col(tables.StoryStep.story_id) == row.id)
            for name in (row.portrait, row.voice, *session.scalars(steps)):
                where.setdefault(name or "", key)
        drafted = select(col(tables.StoryDraft.content)).where(col(tables.StoryDraft.product_id) == id_)
        for content in session.scalars(drafted):
            for name in (content["portrait"], content["voice"], *content["photos"]):
                where.setdefault(name or "", key)
    where.pop("", None)
    return where


def seen(session: Session, data: Path, scope: Scope, name: str) -> tuple[str, bytes]:
    """Media type and bytes of one of them. Raises Unknown: no such thing, another place's, or no longer on the disk."""
    # A name is a digest, never a path, and only what a row names is opened.
    if not NAME.fullmatch(name) or not _stands(session, scope, name):
        raise Unknown("picture or clip of a story", name[:80])
    photo, clip = session.get(tables.Photo, name), session.get(tables.Voice, name)
    try:
        if photo is not None:
            widths = [width for width, _ in photo.sizes]
            width = max((one for one in widths if one <= WIDTH), default=min(widths))
            return "image/jpeg", media_file(data, name, width, "jpg").read_bytes()
        if clip is not None:
            return clip.media_type, voice_file(data, name).read_bytes()
    except OSError as error:
        raise Unknown("file of the picture or clip", name[:80]) from error
    raise Unknown("picture or clip of a story", name[:80])


def _stands(session: Session, scope: Scope, name: str) -> bool:
    """Whether a story or a draft of a maker in `scope` holds it."""
    story, step, draft = tables.Story, tables.StoryStep, tables.StoryDraft
    told = select(col(story.product_id))
    stepped = told.join(step, col(step.story_id) == col(story.id)).where(col(step.photo) == name)
    held = (
        told.where(or_(col(story.portrait) == name, col(story.voice) == name)),
        stepped,
        select(col(draft.product_id)).where(cast(col(draft.content), Text).contains(name)),
    )
    maker, product = tables.Producer, tables.Product
    theirs = select(col(product.id)).join(maker, col(maker.id) == col(product.producer_id))
    query = theirs.where(*scope.conditions(), or_(*(col(product.id).in_(one) for one in held)))
    return session.execute(query.limit(1)).first() is not None
