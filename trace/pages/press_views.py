"""What the pages for the press show: one story with its pictures, the list of stories, the feed (frozen values)."""

from dataclasses import dataclass

from ocop.trace.facts import Lang
from ocop.trace.pages.phrases import Text, Words
from ocop.trace.pages.site_views import Card
from ocop.trace.pages.views import Frame, Picture, RecallView, StarsView, VisitView


@dataclass(frozen=True, slots=True)
class PressPhoto:
    """A picture to take along: `href` is the large file, `size` its pixels and bytes in words."""

    picture: Picture
    href: str
    size: str
    caption: Words


@dataclass(frozen=True, slots=True)
class PressStory:
    """The story in one language as plain text; `href` is the same as a file."""

    lang: Lang
    name: str
    text: str
    href: str
    draft: bool


@dataclass(frozen=True, slots=True)
class PressView:
    """One story for the press. `link` leads to the product without any item's code; `preview`: seen by its maker
    before anybody was let in, so nothing can be taken along.
    """

    frame: Frame
    title: Words
    name: Words
    maker: Words
    place: str
    recall: tuple[RecallView, ...]
    stars: StarsView
    today: str
    notes: tuple[Text, ...]
    stories: tuple[PressStory, ...]
    photos: tuple[PressPhoto, ...]
    captions: str
    credit: Text
    link: str
    visit: VisitView | None
    preview: bool


@dataclass(frozen=True, slots=True)
class PressListView:
    """The stories that the press may use, the newest first."""

    frame: Frame
    cards: tuple[Card, ...]
    feed: str
    previous: str
    following: str


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """One story in the feed (RFC 4287, 4.1.2). Times are RFC 3339, `id` stays with the product for ever."""

    id: str
    lang: Lang
    title: str
    summary: str
    author: str
    href: str
    updated: str
    rights: str


@dataclass(frozen=True, slots=True)
class FeedView:
    """The feed of stories (RFC 4287, 4.1.1)."""

    frame: Frame
    id: str
    href: str
    page: str
    updated: str
    entries: tuple[FeedEntry, ...]
