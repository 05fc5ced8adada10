"""The catalogue, the help page, and the pages after an error, a report or thanks (floor 1, pure).

The catalogue opens with stories, because the maker comes first; then come the products, by province, group and
stars. It and the help page exist in Vietnamese and English; a reader of another language gets English. Pages
that follow a scan (error, report, thanks) speak all eight.

A star in the catalogue is always shown with its date, as judged on `day`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from urllib.parse import urlencode

from ocop.trace.facts import BatchFacts, Lang, ProductFacts
from ocop.trace.pages.answers import naming, stars_view
from ocop.trace.pages.phrases import SITE_LANGS, Phrases, Text, Words, phrases
from ocop.trace.pages.site_views import (
    AboutView,
    Card,
    CatalogueView,
    Choice,
    FollowView,
    MessageView,
    Option,
    Problem,
    ReportView,
    Search,
    ThanksView,
)
from ocop.trace.pages.story_page import frame
from ocop.trace.pages.telling import published_story
from ocop.trace.pages.views import PRODUCTS, REPORT, STORY, ItemValues, picture, scrub
from ocop.trace.verdict_stars import product_stars

GROUPS = (1, 2, 3, 4, 5, 6)
STARS = (5, 4, 3)
ABOUT_PARTS = ("code", "thing", "stars", "fault", "saved", "privacy", "illustrative")
REPORT_KINDS = ("same_number", "not_alike", "seal", "stars", "quality", "other")
MESSAGES = (400, 404, 413, 414, 429, 500, 503)
RETRY = (429, 500, 503)
FOLLOW_STATES = ("unknown", "new", "working", "answered", "closed")


def site_lang(lang: Lang) -> Lang:
    """The language of a catalogue or help page for a reader of `lang`."""
    return lang if lang in SITE_LANGS else "en"


def catalogue_view(
    lang: Lang,
    origin: str,
    day: date,
    *,
    tales: Sequence[ProductFacts],
    products: Sequence[ProductFacts],
    found: int,
    search: Search,
    provinces: Mapping[str, str],
    page_size: int,
) -> CatalogueView:
    """The first page. `products` is one page of the `found` ones; `provinces` maps codes to names, in order.

    `tales` are the products whose stories open the page; they are left out when something was searched for.
    """
    words = phrases(site_lang(lang))
    search = scrub(search)
    asked = _asked(search)
    return CatalogueView(
        frame=frame(
            words,
            origin,
            title=words.say("site.name"),
            description=words.say("site.description"),
            langs=SITE_LANGS,
            canonical=f"{origin}/",
            values=ItemValues(query=f"{urlencode(asked)}&" if asked else ""),
            index=not search.narrowed,
        ),
        search=search,
        tales=() if search.narrowed else tuple(card(words, facts, day) for facts in tales),
        products=tuple(card(words, facts, day) for facts in products),
        found=_found(words, found, search),
        choices=_choices(words, search, provinces),
        previous=_page_link(asked, search.page - 1, lang) if search.page > 1 else "",
        following=_page_link(asked, search.page + 1, lang) if search.page * page_size < found else "",
    )


def _found(words: Phrases, found: int, search: Search) -> Text:
    if search.query:
        return words.text("catalogue.results.for", n=found, query=search.query)
    return words.text("catalogue.results", n=found)


def _asked(search: Search) -> dict[str, str]:
    fields = {
        "q": search.query,
        "province": search.province,
        "group": str(search.group or ""),
        "stars": str(search.stars or ""),
    }
    return {name: value for name, value in fields.items() if value}


def _page_link(asked: Mapping[str, str], page: int, lang: Lang) -> str:
    return "?" + urlencode({**asked, "page": page, "lang": site_lang(lang)})


def _choices(words: Phrases, search: Search, provinces: Mapping[str, str]) -> tuple[Choice, ...]:
    def said(name: str, **values: str | int) -> Words:
        return Words(words.say(name, **values), words.lang)

    places = {code: Words(name, "vi") for code, name in provinces.items()}
    groups = {str(group): said(f"group.{group}") for group in GROUPS}
    stars = {str(number): said("catalogue.stars.value", stars=number) for number in STARS}
    anything = {"": said("catalogue.any")}
    return (
        _choice("province", anything | places, search.province),
        _choice("group", anything | groups, str(search.group or "")),
        _choice("stars", anything | stars, str(search.stars or "")),
    )


def _choice(name: str, labels: Mapping[str, Words], chosen: str) -> Choice:
    options = tuple(Option(value, label, value == chosen) for value, label in labels.items())
    return Choice(name, f"catalogue.{name}", options)


def card(words: Phrases, facts: ProductFacts, day: date) -> Card:
    """A product as a list shows it, its star judged on `day`."""
    facts = scrub(facts)
    product, producer = facts.product, facts.producer
    named = naming(words, product, None)
    story = published_story(product, words.lang)
    return Card(
        href=f"{PRODUCTS}{product.key}?lang={words.lang}",
        name=named.name,
        maker=Words(producer.name, "vi"),
        place=producer.place.province,
        picture=picture(product.photo, words.lang, named.name),
        stars=stars_view(words, product, None, product_stars(product, day)),
        title=Words(story.title, story.lang) if story is not None else None,
        sentence=Words(story.lead, story.lang) if story is not None else None,
        illustrative=product.illustrative,
        recalled=bool(facts.recalls),
    )


def about_view(lang: Lang, origin: str) -> AboutView:
    """How to read the answers, and what is counted."""
    words = phrases(site_lang(lang))
    shell = frame(
        words,
        origin,
        title=words.say("about.title"),
        description=words.say("about.lead"),
        langs=SITE_LANGS,
        canonical=f"{origin}/about",
        index=True,
    )
    return AboutView(shell, ABOUT_PARTS)


def message_view(status: int, lang: Lang, origin: str, problem: Problem | None = None) -> MessageView:
    """The page for an HTTP status: one of `MESSAGES`, else the nearest of its kind."""
    known = status if status in MESSAGES else 400 if status < 500 else 500
    words = phrases(lang)
    title = words.text(f"message.{known}")
    return MessageView(
        frame=frame(words, origin, title=words.say(f"message.{known}"), langs=()),
        title=title,
        detail=words.text(f"message.{known}.detail"),
        problem=scrub(problem),
        retry=known in RETRY,
    )


def report_view(
    facts: BatchFacts | ProductFacts | None,
    lang: Lang,
    origin: str,
    path: str,
    *,
    back: str = "",
    came: str = "",
    typed: Mapping[str, str] | None = None,
) -> ReportView:
    """The form. `path` is the canonical path of what the reader came from; `facts` is None when it is unknown.

    `back` is the page to go back to, `came` what the form must know of it. With `typed` the form is shown again,
    because its photograph could not be opened.
    """
    words = phrases(lang)
    about = None
    if facts is not None:
        product = scrub(facts.product)
        about = naming(words, product, facts.batch if isinstance(facts, BatchFacts) else None).name
    return ReportView(
        frame=frame(words, origin, title=words.say("report.heading")),
        action=f"{REPORT}{path}",
        back=back or f"{STORY}{path}?lang={lang}",
        came=came,
        typed=scrub(dict(typed or {})),
        again=typed is not None,
        about=about,
        path=path,
        kinds=REPORT_KINDS,
    )


def thanks_view(maker: str, lang: Lang, origin: str, path: str, *, back: str = "") -> ThanksView:
    """After "Gửi lời cảm ơn"; `back` is the page that the reader came from."""
    words = phrases(lang)
    detail = words.text("thanks.done.detail", maker=Words(scrub(maker), "vi"))
    return _done(words, origin, path, words.text("thanks.done"), detail, back)


def reported_view(lang: Lang, origin: str, path: str, number: str, *, back: str = "") -> ThanksView:
    """After a report: the number by which the reader finds out what came of it."""
    words = phrases(lang)
    done = _done(words, origin, path, words.text("report.done"), words.text("report.done.detail"), back)
    return replace(done, number=number)


def follow_view(
    lang: Lang, origin: str, state: str = "", since: datetime | None = None, said: str = ""
) -> FollowView:
    """The form for a report's number, and where that report stands (`FOLLOW_STATES`)."""
    words = phrases(site_lang(lang))
    shell = frame(words, origin, title=words.say("follow.heading"), langs=SITE_LANGS)
    return FollowView(shell, state, words.moment(since) if since else "", scrub(said))


def _done(words: Phrases, origin: str, path: str, title: Text, detail: Text, back: str) -> ThanksView:
    shell = frame(words, origin, title="".join(run.text for run in title), langs=())
    return ThanksView(shell, title, detail, back or f"{STORY}{path}?lang={words.lang}")
