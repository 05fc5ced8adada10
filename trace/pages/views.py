"""What each page shows: frozen values, chosen before there is any HTML (floor 1, pure).

`answers.py`, `story_page.py` and `site_pages.py` make them from facts and a verdict; `render.py` lays them
out. A view holds no markup and leaves nothing to decide: what is not in it is not shown.

Most of a story page is the same for every item of a batch. What differs from scan to scan is an `ItemValues`,
strings only. A page is rendered once with `SLOTS` in their place, a marker per value, and then filled for each
scan; markers are noncharacters of Unicode (U+FDD0, U+FDD1: "intended for internal use", chapter 23.7), which
`scrub` takes out of every text that people wrote, together with control and bidi characters.

>>> item_values(phrases("vi"), verdict, path="/01/09521234543213/10/L2609A/21/000012", query="s=EAA")
ItemValues(number='12', serial='000012', path='/01/…/21/000012', query='s=EAA&', now='10:42, 23/11/2026', …)
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import datetime
from enum import Enum, StrEnum
from typing import NamedTuple, TypeVar

from ocop.trace.facts import Lang, Photo
from ocop.trace.pages.phrases import Phrases, Text, Words, clock
from ocop.trace.verdict import Verdict
from ocop.trace.verdict_ids import CodeAnswer

MEDIA = "/media/"
THANKS = "/thanks"
REPORT = "/report"
PRODUCTS = "/products/"
STORY = "/story"
PRESS = "/press/"

WEB_WIDTH = 720
"""Pictures on a page are at most this wide: sharp on a phone's 360 points twice over, and ≤ 60 KB."""

_OPEN, _CLOSE = "\ufdd0", "\ufdd1"
SLOT = re.compile(f"{_OPEN}([a-z]+){_CLOSE}")
# Control characters except tab and line feed; bidi embeddings, overrides and isolates; surrogates; noncharacters.
_UNWANTED = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]"
)
_CODE = re.compile(r"s=[A-Za-z0-9_-]{1,200}", re.ASCII)

Value = TypeVar("Value")


class Tone(StrEnum):
    """How answer 1 is coloured. Words and icon come first; none of these is a green tick."""

    ALARM = "alarm"
    CAUTION = "caution"
    NEUTRAL = "neutral"
    ANSWERED = "answered"
    UNSURE = "unsure"


class ItemValues(NamedTuple):
    """What differs between two scans of one batch with the same verdict, ready to be printed.

    `number` 12, `serial` 000012, `path` the canonical path of what was scanned, `query` the part of the query
    that a language switch keeps (`s=…&` or empty), `now` the time of this answer and `stamp` the same in
    RFC 3339, `since` the date or time that belongs to answer 1, `clock` its time of day.
    """

    number: str = ""
    serial: str = ""
    path: str = ""
    query: str = ""
    now: str = ""
    stamp: str = ""
    since: str = ""
    clock: str = ""


SLOTS = ItemValues(*(f"{_OPEN}{name}{_CLOSE}" for name in ItemValues._fields))


@dataclass(frozen=True, slots=True)
class Source:
    """One file of a picture: address and width in pixels."""

    path: str
    width: int


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture in one place of a page. WebP and JPEG files of the same widths; the smallest first."""

    webp: tuple[Source, ...]
    jpeg: tuple[Source, ...]
    width: int
    height: int
    alt: Words
    caption: Words | None = None


@dataclass(frozen=True, slots=True)
class CodeView:
    """Answer 1 on the page."""

    id: str
    tone: Tone
    icon: str
    title: Text
    details: tuple[Text, ...]


@dataclass(frozen=True, slots=True)
class ThingView:
    """Answer 2: the warning of a passed use-by date comes first; `picture` is None where no credit is lent."""

    id: str
    title: Text
    warning: Text | None
    picture: Picture | None


@dataclass(frozen=True, slots=True)
class StarsView:
    """Answer 3. `stars` is 0 when none are drawn; `lit` says whether they are drawn in gold."""

    id: str
    stars: int
    lit: bool
    title: Text
    details: tuple[Text, ...]


@dataclass(frozen=True, slots=True)
class RecallView:
    """One recalled lot, in full length."""

    since: str
    reason: Words
    advice: Words
    lot: str


@dataclass(frozen=True, slots=True)
class AnswersView:
    """The three answers, and the time at which they were given."""

    code: CodeView
    thing: ThingView
    stars: StarsView
    answered: Text
    stamp: str


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a list: label and words. `id` is the label's message."""

    id: str
    words: tuple[Words, ...]


@dataclass(frozen=True, slots=True)
class SignView:
    """One *điểm nhận biết*."""

    text: Words
    picture: Picture | None


@dataclass(frozen=True, slots=True)
class ItemView:
    """The thing in the reader's hand, or the product when no item was checked (`number` is then None).

    `heading` is a message. `maker_today`: what became of the maker since: another name, another maker, an end.
    """

    heading: str
    name: Words
    maker: Words
    maker_today: tuple[Text, ...]
    place: str
    net: Words | None
    number: Text | None
    twin: Text | None
    picture: Picture | None
    signs: tuple[SignView, ...]
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class VoiceView:
    """The maker's voice: never played by itself, its words always beside it."""

    path: str
    media_type: str
    label: Text
    transcript: Words


@dataclass(frozen=True, slots=True)
class StepView:
    """One step of the making."""

    text: Words
    picture: Picture | None


@dataclass(frozen=True, slots=True)
class StoryText:
    """The maker speaks. `notes` say whose words they are, whether read, translated or missing in this language."""

    lang: Lang
    title: Words
    lead: Words
    teller: Words | None
    portrait: Picture | None
    voice: VoiceView | None
    answers: tuple[Line, ...]
    steps: tuple[StepView, ...]
    land: Words | None
    notes: tuple[Text, ...]


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage of production in the legal panel."""

    day: str
    step: Words
    place_code: str


@dataclass(frozen=True, slots=True)
class VisitView:
    """How to reach the maker, as far as they consented."""

    text: Words | None
    phone: str
    website: str

    @property
    def dial(self) -> str:
        """The phone number as a `tel:` link wants it."""
        return re.sub(r"[^0-9+]", "", self.phone)


@dataclass(frozen=True, slots=True)
class LangLink:
    """A language of the page: its tag and its name in its own script."""

    lang: Lang
    name: str


@dataclass(frozen=True, slots=True)
class Frame:
    """What every page has: language, title, address of the service, language links, sample mark.

    `canonical` is an absolute address without codes, empty for pages that have none. `query` comes before
    `lang=` in the language links.
    """

    lang: Lang
    langs: tuple[LangLink, ...]
    title: str
    description: str
    origin: str
    host: str
    canonical: str = ""
    query: str = ""
    image: str = ""
    draft: bool = False
    illustrative: bool = False
    index: bool = False


@dataclass(frozen=True, slots=True)
class StoryView:
    """The story page and the product page. Parts that are None or empty are not shown."""

    frame: Frame
    answers: AnswersView
    recall: tuple[RecallView, ...]
    item: ItemView | None = None
    story: StoryText | None = None
    land: tuple[Line, ...] = ()
    use: tuple[Line, ...] = ()
    legal: tuple[Line, ...] = ()
    stages: tuple[Stage, ...] = ()
    visit: VisitView | None = None
    thanks: str = ""
    report: str = ""
    share: str = ""
    press: str = ""
    retry: bool = False


def scrub(value: Value) -> Value:
    """A facts value without characters that could break a page, its reading direction or its slots."""
    if isinstance(value, Enum | bytes | int | datetime):
        return value
    if isinstance(value, str):
        return _UNWANTED.sub("", value) if _UNWANTED.search(value) else value  # type: ignore[return-value]
    if isinstance(value, tuple):
        cleaned = map(scrub, value)
        return type(value)(*cleaned) if hasattr(value, "_fields") else tuple(cleaned)  # type: ignore[return-value]
    if isinstance(value, Mapping):
        return {scrub(key): scrub(item) for key, item in value.items()}  # type: ignore[return-value]
    if is_dataclass(value) and not isinstance(value, type):
        changes = {field.name: scrub(getattr(value, field.name)) for field in fields(value)}
        return replace(value, **changes)
    return value


def pick(texts: Mapping[Lang, str], lang: Lang) -> Words | None:
    """The text in this language, else in English, else in Vietnamese, with the language it really is in."""
    for tag in (lang, "en", "vi"):
        if text := texts.get(tag, "").strip():
            return Words(text, tag)
    return None


def picture(photo: Photo | None, lang: Lang, fallback: Words) -> Picture | None:
    """A photo for a page: the files up to `WEB_WIDTH` (or the smallest there is)."""
    if photo is None or not photo.sizes:
        return None
    sizes = sorted(photo.sizes)
    sizes = [size for size in sizes if size[0] <= WEB_WIDTH] or sizes[:1]
    files = [f"{MEDIA}{photo.name}-{width}" for width, _ in sizes]
    width, height = sizes[-1]
    return Picture(
        webp=tuple(Source(f"{file}.webp", size[0]) for file, size in zip(files, sizes, strict=True)),
        jpeg=tuple(Source(f"{file}.jpg", size[0]) for file, size in zip(files, sizes, strict=True)),
        width=width,
        height=height,
        alt=pick(photo.alt, lang) or fallback,
        caption=pick(photo.caption, lang),
    )


def kept_query(raw: str) -> str:
    """What a language switch keeps of a query string: `s=…&`, or nothing when there was no code.

    A code that could not have been ours (two `s`, chip data, other characters) becomes the shortest malformed
    one: the page in the other language must give the same answer and must not carry foreign text.
    """
    if _CODE.fullmatch(raw):
        return f"{raw}&"
    codes = [part for part in raw.split("&") if part.partition("=")[0] in ("s", "m", "c")]
    if not codes:
        return ""
    return f"{codes[0]}&" if len(codes) == 1 and _CODE.fullmatch(codes[0]) else "s=0&"


def item_values(words: Phrases, verdict: Verdict, *, path: str, query: str) -> ItemValues:
    """The values of one scan. `path` is canonical (`Identifier.path`), `query` the raw query string."""
    since = verdict.since
    return ItemValues(
        number="" if verdict.number is None else str(verdict.number),
        serial="" if verdict.number is None else f"{verdict.number:06}",
        path=path,
        query=kept_query(query),
        now=words.moment(verdict.at),
        stamp=verdict.at.isoformat(timespec="seconds"),
        since="" if since is None else _since(words, verdict.code, since),
        clock="" if since is None else clock(since),
    )


def _since(words: Phrases, code: CodeAnswer, since: datetime) -> str:
    if code is CodeAnswer.ALREADY_USED:
        return words.moment(since)
    return words.day_of(since)
