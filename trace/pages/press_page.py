"""For the press: a story to quote, pictures to print, and what is known about the maker's stars today (floor 1, pure).

Everything here is offered by the maker's consent and taken from the rows of the moment. The text is plain, so that it
can be copied as it stands; the stars are judged on the day of reading, in the same words as everywhere; the link that
a newspaper prints is the product's and carries no item's code. Of pictures there are at most `PHOTOS`: the product,
whoever tells (only by an own consent), then how it is made and how to recognise it.

The feed carries title, first sentences and link, never the story: what a reader of feeds has stored can't be called
back, while the page asks for the consent at each visit. Its ids are name-based UUIDs (RFC 9562, 5.5) of the realm and
the product's oldest key, so an entry stays the same when the product gains a GTIN or the service a new address:

>>> entry_id("demo.invalid/tag", "09521234543213", "vi")
'urn:uuid:f0647ccd-6d6b-5983-a78c-0e06627e2f1d'
"""

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time

from ocop.trace.facts import Lang, Photo, ProductFacts, Story
from ocop.trace.pages.answers import naming, stars_view
from ocop.trace.pages.phrases import (
    LANG_NAMES,
    LANGS,
    SITE_LANGS,
    VIET_NAM,
    Phrases,
    Text,
    Words,
    phrases,
    plain,
)
from ocop.trace.pages.press_credit import with_credit
from ocop.trace.pages.press_views import (
    FeedEntry,
    FeedView,
    PressListView,
    PressPhoto,
    PressStory,
    PressView,
)
from ocop.trace.pages.site_pages import card, site_lang
from ocop.trace.pages.story_page import frame, lots_recalled, visit_view
from ocop.trace.pages.telling import published_story, story_notes
from ocop.trace.pages.views import PRESS, PRODUCTS, pick, picture, scrub
from ocop.trace.verdict_stars import product_stars

PHOTOS = 3
MEGABYTE = 1_000_000

Sizes = Callable[[str], tuple[int, int, int] | None]


@dataclass(frozen=True, slots=True)
class Told:
    """A story that is offered: its facts, since when, and the product's oldest key."""

    facts: ProductFacts
    since: datetime
    first_key: str


def press_path(key: str) -> str:
    """The page of a product for the press: `P/4VTR0QB4` has `/press/P-4VTR0QB4`."""
    return f"{PRESS}{key.replace('P/', 'P-')}"


def press_view(
    facts: ProductFacts, lang: Lang, origin: str, day: date, sizes: Sizes, *, preview: bool = False
) -> PressView:
    """The page of one story. `sizes` gives width, height and bytes of a picture's large file by its name."""
    words = phrases(site_lang(lang))
    facts = scrub(facts)
    product, producer = facts.product, facts.producer
    story = published_story(product, words.lang)
    path, named = press_path(product.key), naming(words, product, None)
    title = Words(story.title, story.lang) if story is not None else named.name
    shell = frame(
        words,
        origin,
        title=words.say("press.title", title=title),
        langs=SITE_LANGS,
        canonical="" if preview else f"{origin}{path}",
        illustrative=product.illustrative,
    )
    place = producer.place
    return PressView(
        frame=shell,
        title=title,
        name=named.name,
        maker=Words(producer.name, "vi"),
        place=", ".join(part for part in (place.commune, place.province) if part),
        recall=lots_recalled(words, facts.recalls),
        stars=stars_view(words, product, None, product_stars(product, day)),
        today=words.date(day),
        notes=story_notes(words, story, producer) if story is not None else (),
        stories=tuple(
            PressStory(tag, LANG_NAMES.get(tag, tag), story_plain(facts, each, origin),
                       "" if preview else f"{path}/story-{tag}.txt", each.machine_draft)
            for tag, each in product.stories.items()
        ),
        photos=_photos(words, facts, path, sizes, preview=preview),
        captions="" if preview else f"{path}/captions.txt",
        credit=credit(words, facts, shell.host),
        link=f"{origin}{PRODUCTS}{product.key}",
        visit=visit_view(producer),
        preview=preview,
    )  # fmt: skip


def credit(words: Phrases, facts: ProductFacts, host: str) -> Text:
    """The line that stands below what is taken from here; a drawing never passes for a photograph."""
    name = "press.credit.drawn" if facts.product.illustrative else "press.credit"
    return words.text(name, maker=Words(facts.producer.name, "vi"), host=host)


def story_plain(facts: ProductFacts, story: Story, origin: str) -> str:
    """The story as plain text in its own language: title, lead, questions with answers, steps, land, source."""
    words = phrases(story.lang if story.lang in SITE_LANGS else "en")
    asked = phrases(story.lang if story.lang in LANGS else "en")
    parts = [story.title, story.lead]
    parts += [
        f"{asked.say(f'story.question.{number}')}\n{answer}"
        for number, answer in enumerate(story.answers, 1)
        if answer
    ]
    parts.append("\n".join(f"{number}. {step.text}" for number, step in enumerate(story.steps, 1)))
    parts += [story.land, story.teller]
    host = frame(words, origin, title="").host
    parts.append(f"{plain(credit(words, facts, host))}\n{origin}{PRODUCTS}{facts.product.key}")
    return "\n\n".join(part for part in parts if part)


def photos_of(facts: ProductFacts) -> tuple[tuple[Photo, Mapping[Lang, str]], ...]:
    """The pictures for the press with what their captions say where they have none: the product, whoever tells, the
    making, the signs; each once, `PHOTOS` at most.
    """
    product, stories = facts.product, tuple(facts.product.stories.values())
    names = {tag: text.name for tag, text in product.texts.items()}
    found: list[tuple[Photo | None, Mapping[Lang, str]]] = [(product.photo, names)]
    found += [(story.portrait, {story.lang: story.teller} if story.teller else names) for story in stories]
    found += [(step.photo, {story.lang: step.text}) for story in stories for step in story.steps]
    found += [(sign.photo, sign.text) for sign in product.signs]
    chosen: dict[str, tuple[Photo, Mapping[Lang, str]]] = {}
    for photo, said in found:
        if photo is not None and photo.sizes:
            _, known = chosen.get(photo.name, (photo, {}))
            chosen[photo.name] = (photo, {**said, **known})
    return tuple(list(chosen.values())[:PHOTOS])


def captions_plain(facts: ProductFacts, lang: Lang, origin: str, names: Sequence[str]) -> str:
    """The captions of the pictures, by the names of their files, with the line of credit below each."""
    words = phrases(site_lang(lang))
    facts = scrub(facts)
    host = frame(words, origin, title="").host
    line = plain(credit(words, facts, host))
    parts = [
        f"{name}\n{_caption(words, photo, said).text}\n{line}"
        for name, (photo, said) in zip(names, photos_of(facts), strict=True)
    ]
    return "\n\n".join([*parts, words.say("press.terms"), f"{origin}{press_path(facts.product.key)}"]) + "\n"


def credited(jpeg: bytes, facts: ProductFacts, lang: Lang, origin: str, name: str) -> bytes:
    """The file of one picture for print with its captions and credit inside; `lang` comes first."""
    words = phrases(site_lang(lang))
    facts = scrub(facts)
    said = next(({**texts, **photo.caption} for photo, texts in photos_of(facts) if photo.name == name), {})
    captions = {tag: said[tag] for tag in sorted(said, key=lambda tag: (tag != words.lang, tag)) if said[tag]}
    line = plain(credit(words, facts, frame(words, origin, title="").host))
    return with_credit(jpeg, captions, line, f"{origin}{press_path(facts.product.key)}")


def _photos(
    words: Phrases, facts: ProductFacts, path: str, sizes: Sizes, *, preview: bool
) -> tuple[PressPhoto, ...]:
    made = []
    for photo, said in photos_of(facts):
        caption = _caption(words, photo, said)
        shown, size = picture(photo, words.lang, caption), sizes(photo.name)
        if shown is None:
            continue
        made.append(
            PressPhoto(
                picture=replace(shown, caption=None),
                href="" if preview or size is None else f"{path}/{photo.name}.jpg",
                size=_size(words, size) if size is not None else "",
                caption=caption,
            )
        )
    return tuple(made)


def _caption(words: Phrases, photo: Photo, said: Mapping[Lang, str]) -> Words:
    return pick(photo.caption, words.lang) or pick(said, words.lang) or Words("")


def _size(words: Phrases, size: tuple[int, int, int]) -> str:
    width, height, count = size
    megabytes = f"{max(count / MEGABYTE, 0.1):.1f}"
    comma = megabytes.replace(".", ",") if words.lang == "vi" else megabytes
    return words.say("press.photo.size", width=width, height=height, megabytes=comma)


def press_list_view(
    told: Sequence[ProductFacts], lang: Lang, origin: str, day: date, *, page: int, more: bool
) -> PressListView:
    """One page of the stories for the press; pages count from 1."""
    words = phrases(site_lang(lang))
    cards = tuple(
        replace(card(words, facts, day), href=f"{press_path(facts.product.key)}?lang={words.lang}")
        for facts in told
    )
    return PressListView(
        frame=frame(
            words,
            origin,
            title=words.say("press.heading"),
            description=words.say("press.lead"),
            langs=SITE_LANGS,
            canonical=f"{origin}/press",
            index=page == 1,
        ),
        cards=cards,
        feed=f"/press/feed.atom?lang={words.lang}",
        previous=f"/press?page={page - 1}&lang={words.lang}" if page > 1 else "",
        following=f"/press?page={page + 1}&lang={words.lang}" if more else "",
    )


def entry_id(realm: str, key: str, lang: Lang) -> str:
    """The id of a product's entry in the feed of one language, for ever; without a key, that of the feed itself."""
    return uuid.uuid5(uuid.NAMESPACE_URL, f"{realm}/press/{lang}/{key}").urn


def feed_view(told: Sequence[Told], lang: Lang, origin: str, realm: str, created: datetime) -> FeedView:
    """The feed. `created`, the birth of the store, stands for an empty feed's time."""
    words = phrases(site_lang(lang))
    shell = frame(words, origin, title=words.say("press.feed"), description=words.say("press.lead"), langs=())
    entries = tuple(_entry(words, scrub(one), origin, realm) for one in told)
    return FeedView(
        frame=shell,
        id=entry_id(realm, "", words.lang),
        href=f"{origin}/press/feed.atom?lang={words.lang}",
        page=f"{origin}/press?lang={words.lang}",
        updated=max((entry.updated for entry in entries), default=_stamp(created)),
        entries=entries,
    )


def _entry(words: Phrases, told: Told, origin: str, realm: str) -> FeedEntry:
    product = told.facts.product
    story = published_story(product, words.lang)
    tag, named = (story.lang if story is not None else "vi"), naming(words, product, None).name.text
    title = f"{story.title} ({named})" if story is not None else named
    if product.illustrative:
        title = f"{words.say('page.illustrative.tag')}: {title}"
    days = (
        [day for day in (story.updated_on, story.checked_on) if day is not None] if story is not None else []
    )
    moments = [told.since, *(datetime.combine(day, time(), VIET_NAM) for day in days)]
    return FeedEntry(
        id=entry_id(realm, told.first_key, words.lang),
        lang=tag,
        title=title,
        summary=story.lead if story is not None else "",
        author=told.facts.producer.name,
        href=f"{origin}{press_path(product.key)}?lang={words.lang}",
        updated=_stamp(max(moments)),
        rights=plain(credit(words, told.facts, frame(words, origin, title="").host)),
    )


def _stamp(moment: datetime) -> str:
    """RFC 3339 at Viet Nam's hour; equal zones make the texts sort as the moments do."""
    return moment.astimezone(VIET_NAM).isoformat(timespec="seconds")
