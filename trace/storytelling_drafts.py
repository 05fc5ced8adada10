"""Drafts as values and as rows: what a maker has before her, and what was put aside (floor 3).

`load` makes the value from the draft's row, or from the newest revision that was published where there is no draft
yet. A draft that nobody touched since follows a newer revision that came from elsewhere. `write` keeps a value.
"""

from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from ocop.trace import facts
from ocop.trace.registry import tables
from ocop.trace.registry.editing import LONG, SHORT, product_row, words
from ocop.trace.registry.errors import BadValue
from sqlalchemy import select
from sqlmodel import Session, col

LANGS = ("vi", "en")
STEPS = 6
QUESTIONS = 5


@dataclass(frozen=True, slots=True)
class By:
    """Who writes, and when."""

    name: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Told:
    """The words of a story: everything that is typed. `steps` are the sentences under the pictures of the making."""

    title: str = ""
    lead: str = ""
    answers: tuple[str, ...] = ("",) * QUESTIONS
    steps: tuple[str, ...] = ("",) * STEPS
    land: str = ""
    teller: str = ""
    transcript: str = ""
    machine_draft: bool = False


@dataclass(frozen=True, slots=True)
class Draft:
    """A draft: its words, the names of its pictures (empty: none) and of its clip, and its numbers.

    `dirty`: differs from what was published last. `published`: anything of this language is live.
    """

    lang: str
    told: Told = Told()
    photos: tuple[str, ...] = ("",) * STEPS
    portrait: str = ""
    voice: str = ""
    revision: int = 0
    base: int = 0
    dirty: bool = False
    published: bool = False
    author: str = ""
    saved_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Aside:
    """Words that were put aside."""

    id: int
    author: str
    kept_at: datetime
    told: Told


def checked(told: Told) -> Told:
    """The words in NFC, without outer space, within their lengths. Raises BadValue, `what` naming the field."""
    if len(told.answers) != QUESTIONS or len(told.steps) != STEPS:
        raise BadValue(
            "story", f"{QUESTIONS} answers and {STEPS} steps", (len(told.answers), len(told.steps))
        )
    return Told(
        title=words("title", told.title, SHORT),
        lead=words("lead", told.lead, LONG),
        answers=tuple(words(f"answer-{n}", text, LONG) for n, text in enumerate(told.answers, 1)),
        steps=tuple(words(f"step-{n}", text, LONG) for n, text in enumerate(told.steps, 1)),
        land=words("land", told.land, LONG),
        teller=words("teller", told.teller, SHORT),
        transcript=words("transcript", told.transcript, LONG),
        machine_draft=told.machine_draft,
    )


def asides(session: Session, key: str, lang: str) -> tuple[Aside, ...]:
    """What was put aside, newest first."""
    query = (
        select(tables.StoryAside)
        .where(
            col(tables.StoryAside.product_id) == product_row(session, key).id,
            col(tables.StoryAside.lang) == lang,
        )
        .order_by(col(tables.StoryAside.kept_at).desc(), col(tables.StoryAside.id).desc())
    )
    return tuple(aside_of(row) for row in session.scalars(query))


def put_aside(session: Session, product_id: int, lang: str, told: Told, by: By) -> Aside:
    """Keep words that came second, once."""
    query = select(tables.StoryAside).where(
        col(tables.StoryAside.product_id) == product_id, col(tables.StoryAside.lang) == lang
    )
    for known in session.scalars(query):
        if known.author == by.name and told_of(known.content) == told:
            return aside_of(known)
    row = tables.StoryAside(
        product_id=product_id, lang=lang, author=by.name, content=told_content(told), kept_at=by.at
    )
    session.add(row)
    session.flush()
    return aside_of(row)


def aside_of(row: tables.StoryAside) -> Aside:
    """The value of a row."""
    return Aside(row.id or 0, row.author, row.kept_at, told_of(row.content))


def load(session: Session, product_id: int, lang: str) -> tuple[Draft, tables.StoryDraft | None]:
    """The draft, and its row if there is one."""
    row = session.get(tables.StoryDraft, (product_id, lang), populate_existing=True)
    newest, live = _published(session, product_id, lang)
    if row is None:
        began = newest[1] if newest else Draft(lang)
        return replace(began, published=live), None
    draft = _draft(row)
    if newest and draft.base and newest[0] != draft.base:
        # A newer revision came from elsewhere. A draft that nobody touched since follows it.
        before = _revision(session, product_id, lang, draft.base)
        if before is not None and _content(before) == _content(draft):
            draft = replace(
                newest[1], revision=draft.revision + 1, author=draft.author, saved_at=draft.saved_at
            )
    dirty = newest is None or _content(newest[1]) != _content(draft)
    return replace(draft, dirty=dirty, published=live), row


def write(session: Session, product_id: int, row: tables.StoryDraft | None, draft: Draft, by: By) -> Draft:
    """Keep a draft and give it back as it stands then."""
    if row is None:
        row = tables.StoryDraft(product_id=product_id, lang=draft.lang, revision=0, content={}, author="",
                                saved_at=by.at)  # fmt: skip
    row.revision, row.base, row.content = draft.revision, draft.base, _content(draft)
    row.author, row.saved_at = words("author", by.name, needed=True), by.at
    session.add(row)
    session.flush()
    return load(session, product_id, draft.lang)[0]


def _published(session: Session, product_id: int, lang: str) -> tuple[tuple[int, Draft] | None, bool]:
    """The newest revision as a draft would hold it, and whether any revision is live."""
    query = (
        select(tables.Story)
        .where(col(tables.Story.product_id) == product_id, col(tables.Story.lang) == lang)
        .order_by(col(tables.Story.revision).desc())
    )
    found = list(session.scalars(query))
    live = any(row.state == facts.StoryState.PUBLISHED for row in found)
    return ((found[0].revision, _from_story(session, found[0])) if found else None), live


def _revision(session: Session, product_id: int, lang: str, revision: int) -> Draft | None:
    query = select(tables.Story).where(
        col(tables.Story.product_id) == product_id,
        col(tables.Story.lang) == lang,
        col(tables.Story.revision) == revision,
    )
    row = session.scalars(query).first()
    return _from_story(session, row) if row is not None else None


def _from_story(session: Session, row: tables.Story) -> Draft:
    """A published revision as a draft would hold it. Steps beyond the form's are kept in the revision only."""
    query = select(tables.StoryStep).where(col(tables.StoryStep.story_id) == row.id)
    steps = sorted(session.scalars(query), key=lambda step: step.line)[:STEPS]
    gap = ("",) * (STEPS - len(steps))
    voice = session.get(tables.Voice, row.voice) if row.voice else None
    told = Told(
        title=row.title,
        lead=row.lead,
        answers=tuple(row.answers),
        steps=(*(step.text for step in steps), *gap),
        land=row.land,
        teller=row.teller,
        transcript=row.transcript or (voice.transcript if voice else ""),
        machine_draft=row.machine_draft,
    )
    photos = (*(step.photo or "" for step in steps), *gap)
    return Draft(row.lang, told, photos, row.portrait or "", row.voice or "", base=row.revision)


def _draft(row: tables.StoryDraft) -> Draft:
    content = row.content
    return Draft(
        lang=row.lang,
        told=told_of(content["told"]),
        photos=tuple(content["photos"]),
        portrait=content["portrait"],
        voice=content["voice"],
        revision=row.revision,
        base=row.base,
        author=row.author,
        saved_at=row.saved_at,
    )


def _content(draft: Draft) -> dict[str, Any]:
    return {
        "told": told_content(draft.told),
        "photos": list(draft.photos),
        "portrait": draft.portrait,
        "voice": draft.voice,
    }


def told_content(told: Told) -> dict[str, Any]:
    """The words as JSON holds them."""
    return asdict(told) | {"answers": list(told.answers), "steps": list(told.steps)}


def told_of(content: dict[str, Any]) -> Told:
    """The words from JSON."""
    return Told(**{**content, "answers": tuple(content["answers"]), "steps": tuple(content["steps"])})
