"""The words of the pages: messages in eight languages, dates as each writes them, and which one a reader wants.

Messages live in gettext catalogues, `locale/<language>/<domain>.po`, read once at start; no compiled file is
kept. There are two domains: `scan` (the fixed sentences of a scan, its report and its errors) is complete in
all of `LANGS`; `site` (catalogue, help) in `SITE_LANGS`. A message is named by a stable id
(`code.code_issued.title`), its Vietnamese is the original, and `{name}` marks a place for a value. A message
flagged `fuzzy` is an unreviewed machine draft: it is used, and the page says so.

A formatted message is a `Text`: runs of characters, each with its language, so that a page can mark the
Vietnamese name inside a Korean sentence. `plain` joins the runs.

>>> vi = phrases("vi")
>>> plain(vi.text("code.code_issued.title", maker=Words("HTX Hương Vân Trà", "vi")))
'Mã này do HTX Hương Vân Trà phát hành'
>>> vi.moment(datetime(2026, 11, 23, 3, 42, tzinfo=timezone.utc))
'10:42, 23/11/2026'
>>> negotiate("de, en-GB;q=0.8, vi;q=0.5", None), negotiate("zh-TW", None), negotiate("", "KO")
('en', 'zh-Hant', 'ko')
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from functools import cache, lru_cache
from gettext import c2py
from importlib.resources import files
from string import Formatter
from typing import NamedTuple

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po
from ocop.trace.facts import Lang

LANG_NAMES: Mapping[Lang, str] = {
    "vi": "Tiếng Việt",
    "en": "English",
    "zh-Hans": "简体中文",
    "ko": "한국어",
    "zh-Hant": "繁體中文",
    "ja": "日本語",
    "ru": "Русский",
    "fr": "Français",
}
"""The languages of a scan, in the order of visitors (statistics of 2025), each named in its own script."""

LANGS: tuple[Lang, ...] = tuple(LANG_NAMES)
SITE_LANGS: tuple[Lang, ...] = ("vi", "en")
DOMAINS: Mapping[str, tuple[Lang, ...]] = {
    "scan": LANGS,
    "site": SITE_LANGS,
    "rooms": SITE_LANGS,
    "office": SITE_LANGS,
    "studio-story": SITE_LANGS,
    "studio-batch": SITE_LANGS,
    "imports": SITE_LANGS,
    "help": SITE_LANGS,
    "press": SITE_LANGS,
    "requests": SITE_LANGS,
    "handing": SITE_LANGS,
}

VIET_NAM = timezone(timedelta(hours=7), "UTC+07:00")

# Tags that phones send for the same languages: Chinese by region, and the languages themselves.
_TAGS: Mapping[str, Lang] = {
    **{lang.lower(): lang for lang in LANGS},
    "zh": "zh-Hans",
    "zh-cn": "zh-Hans",
    "zh-sg": "zh-Hans",
    "zh-tw": "zh-Hant",
    "zh-hk": "zh-Hant",
    "zh-mo": "zh-Hant",
}
_MAX_HEADER = 1000
_MAX_RANGES = 20

_DATES: Mapping[Lang, str] = {
    "vi": "{d:02}/{m:02}/{y}",
    "en": "{d} {month} {y}",
    "zh-Hans": "{y}年{m}月{d}日",
    "ko": "{y}년 {m}월 {d}일",
    "zh-Hant": "{y}年{m}月{d}日",
    "ja": "{y}年{m}月{d}日",
    "ru": "{d:02}.{m:02}.{y}",
    "fr": "{d:02}/{m:02}/{y}",
}
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class PhraseError(Exception):
    """A message was asked for that its catalogue doesn't hold, or with the wrong values: a fault of the caller."""


class Words(NamedTuple):
    """A text and the language it is in; `lang` is empty where language has no meaning (a number, a code)."""

    text: str
    lang: Lang = ""


Text = tuple[Words, ...]
Value = str | int | Words
_Parts = tuple[tuple[str, str | None], ...]


def plain(text: Text) -> str:
    """The characters of a text without its languages."""
    return "".join(run.text for run in text)


@dataclass(frozen=True, slots=True)
class Message:
    """One message: its forms (one, or one per plural form), each split at its places; and whether it is a draft."""

    forms: tuple[_Parts, ...]
    draft: bool


class Phrases:
    """All messages of one language."""

    def __init__(self, lang: Lang, messages: Mapping[str, Message], plural: Callable[[int], int]) -> None:
        self.lang = lang
        self.draft = any(message.draft for message in messages.values())
        self._messages = messages
        self._plural = plural

    def __contains__(self, name: str) -> bool:
        return name in self._messages

    def text(self, name: str, /, **values: Value) -> Text:
        """The message with its values, as runs. `n` chooses the plural form. Raises `PhraseError`."""
        message = self._messages.get(name)
        if message is None:
            raise PhraseError(f"expected a message of the {self.lang} catalogue, got {name!r}")
        form = 0
        if len(message.forms) > 1:
            n = values.get("n")
            if not isinstance(n, int):
                raise PhraseError(f"expected a whole number n for the plural of {name!r}, got {n!r}")
            form = self._plural(n)
        return tuple(run for part in message.forms[form] for run in self._runs(name, part, values))

    def say(self, name: str, /, **values: Value) -> str:
        """The message with its values, as one string."""
        return plain(self.text(name, **values))

    def _runs(self, name: str, part: tuple[str, str | None], values: Mapping[str, Value]) -> list[Words]:
        literal, place = part
        runs = [Words(literal, self.lang)] if literal else []
        if place is not None:
            if place not in values:
                raise PhraseError(f"expected a value for {{{place}}} in {name!r}, got {sorted(values)}")
            value = values[place]
            runs.append(value if isinstance(value, Words) else Words(str(value)))
        return runs

    def date(self, day: date) -> str:
        """A civil date: `23/11/2026`, `23 Nov 2026`, `2026年11月23日`."""
        return _date(self.lang, day)

    def day_of(self, at: datetime) -> str:
        """The civil date in Viet Nam of a moment. `at` must know its zone."""
        return self.date(at.astimezone(VIET_NAM).date())

    def moment(self, at: datetime) -> str:
        """Time and date in Viet Nam: `10:42, 23/11/2026`. `at` must know its zone."""
        return _moment(self.lang, int(at.timestamp()) // 60)


@lru_cache(maxsize=1024)
def _moment(lang: Lang, minutes: int) -> str:
    """A minute, counted from 1970-01-01T00:00Z: every scan of that minute says the same."""
    local = datetime.fromtimestamp(minutes * 60, VIET_NAM)
    return f"{local.hour:02}:{local.minute:02}, {_date(lang, local.date())}"


@lru_cache(maxsize=1024)
def _date(lang: Lang, day: date) -> str:
    return _DATES[lang].format(d=day.day, m=day.month, y=day.year, month=_MONTHS[day.month - 1])


def clock(at: datetime) -> str:
    """The time in Viet Nam, `10:42`. `at` must know its zone."""
    local = at.astimezone(VIET_NAM)
    return f"{local.hour:02}:{local.minute:02}"


def read_catalogue(lang: Lang, domain: str) -> Catalog:
    """One catalogue as it stands in the package."""
    source = files("ocop.trace.pages").joinpath("locale", lang, f"{domain}.po")
    with source.open("rb") as file:
        return read_po(file, locale=lang.replace("-", "_"), domain=domain, abort_invalid=True)


def places(message: str) -> tuple[str, ...]:
    """The names of a message's places, sorted: `{stars} sao … {date}` has `date`, `stars`."""
    return tuple(sorted(field for _, field, _, _ in Formatter().parse(message) if field is not None))


@cache
def phrases(lang: Lang) -> Phrases:
    """The words of one of `LANGS`, read from the package at the first call."""
    if lang not in LANGS:
        raise PhraseError(f"expected one of {', '.join(LANGS)}, got {lang!r}")
    messages: dict[str, Message] = {}
    plural = c2py("0")
    for domain, langs in DOMAINS.items():
        if lang in langs:
            catalogue = read_catalogue(lang, domain)
            plural = c2py(catalogue.plural_expr)
            messages.update(_messages(catalogue))
    return Phrases(lang, messages, plural)


def _messages(catalogue: Catalog) -> dict[str, Message]:
    found = {}
    for message in catalogue:
        if not message.id:
            continue
        name = message.id if isinstance(message.id, str) else message.id[0]
        string = message.string or ""
        forms = (string,) if isinstance(string, str) else string
        found[name] = Message(tuple(_split(form) for form in forms), message.fuzzy)
    return found


def _split(form: str) -> _Parts:
    return tuple((literal, field) for literal, field, _, _ in Formatter().parse(form))


@lru_cache(maxsize=2048)
def negotiate(accept_language: str, chosen: str | None) -> Lang:
    """The language of a page: the one chosen by hand, else the best of `Accept-Language` (RFC 4647 lookup).

    A reader who names only languages that we lack gets English; one who names none gets Vietnamese.
    """
    if chosen is not None and (lang := _lookup(chosen)) is not None:
        return lang
    wanted = _ranges(accept_language)
    for tag in wanted:
        if (lang := _lookup(tag)) is not None:
            return lang
    return "en" if wanted else "vi"


def _lookup(tag: str) -> Lang | None:
    """RFC 4647, 3.4: shorten the range from its end until it is a tag of ours."""
    parts = tag.strip().lower().split("-")
    while parts:
        if (lang := _TAGS.get("-".join(parts))) is not None:
            return lang
        parts.pop()
        if parts and len(parts[-1]) == 1:  # a single letter introduces what follows and goes with it
            parts.pop()
    return None


def _ranges(header: str) -> list[str]:
    """The language ranges of a header, best first, without `*` and without those refused by `q=0`."""
    weighed: list[tuple[float, str]] = []
    for item in header[:_MAX_HEADER].split(",")[:_MAX_RANGES]:
        tag, _, parameters = item.partition(";")
        tag = tag.strip()
        if not tag.replace("-", "").isalnum() or not tag.isascii():
            continue
        weight = _weight(parameters)
        if weight > 0:
            weighed.append((weight, tag))
    weighed.sort(key=lambda pair: -pair[0])
    return [tag for _, tag in weighed]


def _weight(parameters: str) -> float:
    """The q-value of RFC 9110, 12.4.2; a malformed one counts as 0, so that junk never wins."""
    name, _, value = parameters.strip().partition("=")
    if not name:
        return 1.0
    digits = value.strip()
    whole, _, fraction = digits.partition(".")
    if name.strip().lower() != "q" or whole not in ("0", "1") or len(fraction) > 3:
        return 0.0
    if fraction and not (fraction.isascii() and fraction.isdigit()):
        return 0.0
    return min(float(digits), 1.0)
