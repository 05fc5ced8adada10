"""Telling a story: drafts that two may write at once, and going live (floor 3).

A draft is the story as its maker has it before her, in one language. It begins as the newest revision that was
published (or empty), is saved as often as she types, and goes live by `publish`.

    draft = open_draft(session, key, "vi")                     # what to show; nothing is written
    saved = save_words(session, key, "vi", words, seen=draft.revision, by=By("Cô Vân", now))
    saved.clash                                                # None, or the version that came first
    publish(session, key, "vi", seen=saved.draft.revision, by=by)   # live at the next scan; raises NotReady

**Two at once.** `seen` is the revision that the writer saw. When the words have changed since by other hands, hers
are not written over theirs: they are put aside, whole, and `saved.clash` holds both. `settle` makes one of them the
draft; when she takes hers, theirs are put aside in turn, so nothing that anybody wrote is gone. Saving what stands
there already is no change, so a save that is sent again after a lost answer is harmless.

Pictures and clips are not words: they are set one by one (`set_picture`, `set_voice`), by whoever sends them, and
never clash. Which picture belongs to which step moves with the step.
"""

from dataclasses import dataclass, replace

from ocop.trace import facts
from ocop.trace.registry import products, tables, telling
from ocop.trace.registry.editing import product_row
from ocop.trace.registry.errors import BadValue, Unknown
from ocop.trace.registry.store import bump_facts
from ocop.trace.registry.voice import Clip
from ocop.trace.storytelling_consents import consents
from ocop.trace.storytelling_drafts import (
    LANGS,
    QUESTIONS,
    STEPS,
    Aside,
    By,
    Draft,
    Told,
    aside_of,
    asides,
    checked,
    load,
    put_aside,
    write,
)
from ocop.trace.text import civil_date
from sqlalchemy import select
from sqlmodel import Session, col

__all__ = [
    "LANGS",
    "QUESTIONS",
    "STEPS",
    "Aside",
    "By",
    "Draft",
    "NotReady",
    "Saved",
    "Told",
    "as_story",
    "asides",
    "checked",
    "move_step",
    "open_draft",
    "previewed",
    "publish",
    "save_words",
    "set_picture",
    "set_voice",
    "settle",
    "take_down",
]


@dataclass(frozen=True, slots=True)
class Saved:
    """The draft after a save; `clash` is what the writer wrote when another's words came first."""

    draft: Draft
    clash: Aside | None = None


class NotReady(BadValue):
    """A story that can't go live yet; `what` is the first thing missing: `title`, `answers` or `transcript`."""


def open_draft(session: Session, key: str, lang: str) -> Draft:
    """The draft in this language. Raises BadValue (language), Unknown (product)."""
    product_id = product_row(session, key).id or 0
    return load(session, product_id, _lang(lang))[0]


def save_words(session: Session, key: str, lang: str, told: Told, *, seen: int, by: By) -> Saved:
    """Keep the words, or put them aside when others wrote meanwhile. Raises BadValue, Unknown."""
    told = checked(told)
    product_id = _locked(session, key)
    draft, row = load(session, product_id, _lang(lang))
    if told == draft.told:
        return Saved(draft)
    if seen != draft.revision:
        return Saved(draft, put_aside(session, product_id, draft.lang, told, by))
    kept = replace(draft, told=told, revision=draft.revision + 1)
    return Saved(write(session, product_id, row, kept, by))


def set_picture(session: Session, key: str, lang: str, place: str, name: str, by: By) -> Draft:
    """The picture of a place (`portrait`, `step-1` …), already kept; an empty name takes it away.

    Pictures of the making serve every language, so they are set in each draft that has any.
    """
    number = _place(place)
    product_id = _locked(session, key)
    if name and session.get(tables.Photo, name) is None:
        raise Unknown("picture", name, "send the picture first")
    changed: Draft | None = None
    for tag in dict.fromkeys((_lang(lang), *LANGS)):
        draft, row = load(session, product_id, tag)
        if tag != lang and row is None and not draft.published:
            continue
        if number:
            photos = (*draft.photos[: number - 1], name, *draft.photos[number:])
            draft = replace(draft, photos=photos)
        else:
            draft = replace(draft, portrait=name)
        written = write(session, product_id, row, draft, by)
        changed = changed or written
    return changed or open_draft(session, key, lang)


def set_voice(session: Session, key: str, lang: str, clip: Clip | None, by: By) -> Draft:
    """The clip of the story; another clip has other words, so its transcript begins anew."""
    product_id = _locked(session, key)
    if clip is not None:
        telling.save_clip(session, clip.name, clip.media_type, clip.seconds, clip.size)
    draft, row = load(session, product_id, _lang(lang))
    name = clip.name if clip is not None else ""
    if name == draft.voice:
        return draft
    told = replace(draft.told, transcript="")
    kept = replace(draft, voice=name, told=told, revision=draft.revision + (told != draft.told))
    return write(session, product_id, row, kept, by)


def move_step(session: Session, key: str, lang: str, number: int, *, seen: int, by: By) -> Draft:
    """Step `number` (2 to 6) changes places with the one before it, sentence and picture."""
    if not 2 <= number <= STEPS:
        raise BadValue("step", f"2 to {STEPS}", number)
    product_id = _locked(session, key)
    draft, row = load(session, product_id, _lang(lang))
    if seen != draft.revision:
        return draft
    told = replace(draft.told, steps=_swapped(draft.told.steps, number))
    kept = replace(draft, told=told, photos=_swapped(draft.photos, number), revision=draft.revision + 1)
    return write(session, product_id, row, kept, by)


def settle(
    session: Session, key: str, lang: str, aside: int, told: Told | None, *, seen: int, by: By
) -> Saved:
    """Choose between a version put aside and the draft.

    `told` becomes the draft (the version put aside, or the two made into one), and the draft's words are put aside
    under their author's name; None leaves the draft as it is. The chosen version is then no longer aside.
    """
    product_id = _locked(session, key)
    row = session.get(tables.StoryAside, aside)
    if row is None or (row.product_id, row.lang) != (product_id, _lang(lang)):
        raise Unknown("version put aside", aside, "it was chosen or left already")
    if told is None:
        session.delete(row)
        session.flush()
        return Saved(load(session, product_id, lang)[0])
    draft, _ = load(session, product_id, lang)
    if seen != draft.revision:
        return Saved(draft, aside_of(row))
    if draft.told not in (told, Told()):
        put_aside(session, product_id, lang, draft.told, By(draft.author or by.name, by.at))
    session.delete(row)
    session.flush()
    return save_words(session, key, lang, told, seen=seen, by=by)


def publish(session: Session, key: str, lang: str, *, seen: int, by: By) -> int:
    """The draft goes live; returns the revision. A checked one stays up until the new one is checked.

    Raises NotReady, and BadValue when the words changed after the writer saw them.
    """
    product_id = _locked(session, key)
    draft, row = load(session, product_id, _lang(lang))
    if seen != draft.revision:
        raise BadValue("revision", str(draft.revision), seen, "look at it again")
    story = as_story(session, draft)
    _must_be_ready(draft)
    revision = telling.save_story(session, key, story, civil_date(by.at))
    write(session, product_id, row, replace(draft, base=revision), by)
    bump_facts(session)
    return revision


def take_down(session: Session, key: str, lang: str) -> int:
    """Nothing of this language is live any more; the draft stays. Returns how many revisions were."""
    count = telling.take_down(session, key, _lang(lang))
    bump_facts(session)
    return count


def as_story(session: Session, draft: Draft) -> facts.Story:
    """The story that the draft would be, for a preview and for publishing. Steps without words are left out."""
    photos = products.photos(session, (*draft.photos, draft.portrait))
    told = draft.told
    first, second, third, fourth, fifth = told.answers
    return facts.Story(
        lang=draft.lang,
        title=told.title,
        lead=told.lead,
        answers=(first, second, third, fourth, fifth),
        steps=tuple(
            facts.Step(text, photos.get(name))
            for text, name in zip(told.steps, draft.photos, strict=True)
            if text
        ),
        land=told.land,
        teller=told.teller,
        portrait=photos.get(draft.portrait),
        voice=_voice(session, draft),
        machine_draft=told.machine_draft,
    )


def previewed(session: Session, key: str, lang: str) -> facts.ProductFacts:
    """The product with the draft of this language in the place of its story: what a buyer would see.

    A portrait, a voice and the name of whoever tells are left out while nobody agreed to them, as on the real page.
    """
    loaded = products.load(session, [product_row(session, key).id or 0])[0]
    draft = open_draft(session, key, lang)
    story = as_story(session, draft)
    maker = session.scalars(
        select(tables.Producer).where(col(tables.Producer.slug) == loaded.producer.slug)
    ).one()
    given = consents(session, maker.id or 0)
    allowed = {one.item for one in given if one.withdrawn_at is None}
    quotes = [(one.person, one.withdrawn_at is None) for one in given if one.item == "quote"]
    story = replace(
        story,
        teller=story.teller if products.may_be_named(story.teller, quotes) else "",
        portrait=story.portrait if "portrait" in allowed else None,
        voice=story.voice if "voice" in allowed else None,
        updated_on=civil_date(draft.saved_at) if draft.saved_at else None,
    )
    stories = {**loaded.product.stories}
    if story.title or any(story.answers):
        stories[lang] = story
    return facts.ProductFacts(0, replace(loaded.product, stories=stories), loaded.producer)


def _must_be_ready(draft: Draft) -> None:
    if not draft.told.title:
        raise NotReady("title", "a title", "")
    if not any(draft.told.answers):
        raise NotReady("answers", "one answered question at least", "")
    if draft.voice and not draft.told.transcript:
        raise NotReady("transcript", "the words of the clip, for those who can't hear it", "")


def _lang(lang: str) -> str:
    if lang not in LANGS:
        raise BadValue("language", " or ".join(LANGS), lang)
    return lang


def _place(place: str) -> int:
    """The number of a step, 0 for the portrait."""
    if place == "portrait":
        return 0
    head, _, tail = place.partition("-")
    if head == "step" and tail in {str(n) for n in range(1, STEPS + 1)}:
        return int(tail)
    raise BadValue("place", f"portrait or step-1 to step-{STEPS}", place)


def _swapped(items: tuple[str, ...], number: int) -> tuple[str, ...]:
    return (*items[: number - 2], items[number - 1], items[number - 2], *items[number:])


def _locked(session: Session, key: str) -> int:
    """The product's row id, with the row locked: two saves of one story take turns (SQLite has one writer anyway)."""
    product_id = product_row(session, key).id or 0
    session.execute(
        select(col(tables.Product.id)).where(col(tables.Product.id) == product_id).with_for_update()
    )
    return product_id


def _voice(session: Session, draft: Draft) -> facts.Voice | None:
    row = session.get(tables.Voice, draft.voice) if draft.voice else None
    if row is None:
        return None
    return facts.Voice(row.name, row.media_type, row.seconds, row.size, draft.told.transcript)
