"""From a view to the bytes of a page (floor 1: templates and style are package data, read once).

    renderer = Renderer()                                  once at start
    page = renderer.page(view)                             any view
    prepared = renderer.prepare(story_view(facts, verdict, "vi", origin))   once per batch, language, verdict
    page = prepared.fill(item_values(…))                   at every scan: a join of bytes

`prepare` renders a view whose scan-dependent strings are slots and cuts the result at them; a fill escapes
the values and joins. It gives byte for byte what `page` gives for the same values.

The policy `Renderer.csp` allows our own host and the one inlined style by its hash; there is no inline script
and no style attribute. This is the only module that marks text as HTML: templates escape everything else.
"""

import base64
import hashlib
import re
from collections.abc import Iterable, Sequence
from functools import cache
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape
from ocop.trace.pages.phrases import Phrases, Text, Value, Words, phrases
from ocop.trace.pages.press_views import FeedView, PressListView, PressView
from ocop.trace.pages.site_views import (
    AboutView,
    CatalogueView,
    FollowView,
    MessageView,
    ReportView,
    ThanksView,
)
from ocop.trace.pages.views import SLOT, ItemValues, StoryView

View = (
    StoryView
    | CatalogueView
    | AboutView
    | FollowView
    | MessageView
    | ReportView
    | ThanksView
    | PressView
    | PressListView
    | FeedView
)

TEMPLATES: dict[type[View], str] = {
    StoryView: "story.html",
    CatalogueView: "catalogue.html",
    AboutView: "about.html",
    MessageView: "message.html",
    ReportView: "report.html",
    ThanksView: "thanks.html",
    FollowView: "follow.html",
    PressView: "press.html",
    PressListView: "press_list.html",
    FeedView: "press_feed.xml",
}
STATIC_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}

_CSS_SPACE = re.compile(r"\s*([{};:,>])\s*")
_CSS_GAPS = re.compile(r"\s+")


class PreparedPage:
    """A page cut at its slots."""

    __slots__ = ("_chunks", "_places")

    def __init__(self, html: str) -> None:
        pieces = SLOT.split(html)  # text, slot name, text, slot name, …, text
        self._chunks = [piece.encode() for piece in pieces]
        places: dict[str, list[int]] = {}
        for position in range(1, len(pieces), 2):
            places.setdefault(pieces[position], []).append(position)
        self._places = tuple((ItemValues._fields.index(name), tuple(at)) for name, at in places.items())

    def fill(self, values: ItemValues) -> bytes:
        """The page with these values in its slots, escaped."""
        # Escaped in one go: no value holds a NUL (`views.scrub`, canonical paths, dates).
        return self.fill_escaped(str(escape("\0".join(values))).encode().split(b"\0"))

    def fill_escaped(self, escaped: Sequence[bytes]) -> bytes:
        """The page with these values, in the order of `ItemValues`, which are HTML already."""
        chunks = self._chunks.copy()
        for index, positions in self._places:
            value = escaped[index]
            for position in positions:
                chunks[position] = value
        return b"".join(chunks)


def environment_of_pages() -> Environment:
    """A new home for templates: what they print is escaped, and a name that nobody gave is an error."""
    return Environment(
        loader=PackageLoader("ocop.trace.pages", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )


@cache
def _environment() -> Environment:
    """Compiled once in a process: that takes longer than everything else at the start of a worker."""
    environment = environment_of_pages()
    environment.filters.update(w=_words, foreign=_foreign, drawing=Markup)
    return environment


class Renderer:
    """Compiled templates, the style and the policy that allows it."""

    def __init__(self) -> None:
        self._style = _squeeze(
            files("ocop.trace.pages").joinpath("templates", "style.css").read_text("utf-8")
        )
        digest = base64.b64encode(hashlib.sha256(self._style.encode()).digest()).decode()
        self.csp = (
            "default-src 'none'; img-src 'self'; media-src 'self'; script-src 'self'; "
            f"style-src 'self' 'sha256-{digest}'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
            "frame-ancestors 'none'"
        )
        environment = _environment()
        self._templates = {view: environment.get_template(name) for view, name in TEMPLATES.items()}

    def page(self, view: View) -> bytes:
        """The page, or the feed, as UTF-8 bytes."""
        return self._html(view).encode()

    def prepare(self, view: StoryView) -> PreparedPage:
        """The page of a view made with `SLOTS`, ready to be filled."""
        return PreparedPage(self._html(view))

    def _html(self, view: View) -> str:
        words = phrases(view.frame.lang)
        template = self._templates[type(view)]
        return template.render(v=view, say=Sayer(words), style=Markup(self._style))  # noqa: S704 - our own file


def static_files() -> dict[str, tuple[bytes, str]]:
    """The files under `/static/`: name to bytes and media type."""
    found = {}
    for entry in files("ocop.trace.pages").joinpath("static").iterdir():
        suffix = entry.name[entry.name.rfind(".") :]
        if suffix in STATIC_TYPES:
            found[entry.name] = (entry.read_bytes(), STATIC_TYPES[suffix])
    return found


class Sayer:
    """`say("id", name=value)` in a template: a message of the page's language, escaped."""

    def __init__(self, words: Phrases) -> None:
        self._words = words

    def __call__(self, name: str, /, **values: Value) -> Markup:
        return _markup(self._words.text(name, **values), self._words.lang)


@pass_context
def _words(context: Context, text: Words | Text) -> Markup:
    """Words or runs of words as HTML; what is in another language than the page is marked so."""
    runs: Iterable[Words] = (text,) if isinstance(text, Words) else text
    return _markup(runs, context["v"].frame.lang)


@pass_context
def _foreign(context: Context, words: Words) -> Markup:
    """A `lang` attribute when the words are in another language than the page."""
    if not words.lang or words.lang == context["v"].frame.lang:
        return Markup("")
    return Markup(' lang="{}"').format(words.lang)


def _markup(runs: Iterable[Words], page_lang: str) -> Markup:
    html = Markup("")
    for text, lang in runs:
        if lang and lang != page_lang:
            html += Markup('<span lang="{}">{}</span>').format(lang, text)
        else:
            html += escape(text)
    return html


def _squeeze(css: str) -> str:
    """The style without the space that only its writer needs."""
    return _CSS_SPACE.sub(r"\1", _CSS_GAPS.sub(" ", css)).strip()
