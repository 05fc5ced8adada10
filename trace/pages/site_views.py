"""What the other pages show: catalogue, help, errors, report and thanks (frozen values, floor 1, pure)."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ocop.trace.pages.phrases import Text, Words
from ocop.trace.pages.views import Frame, Picture, StarsView


@dataclass(frozen=True, slots=True)
class Search:
    """What a visitor asked the catalogue for. Empty or 0 means any; pages count from 1."""

    query: str = ""
    province: str = ""
    group: int = 0
    stars: int = 0
    page: int = 1

    @property
    def narrowed(self) -> bool:
        """Whether anything was asked for at all."""
        return bool(self.query or self.province or self.group or self.stars or self.page > 1)


@dataclass(frozen=True, slots=True)
class Option:
    """One choice of a filter."""

    value: str
    label: Words
    chosen: bool


@dataclass(frozen=True, slots=True)
class Choice:
    """A filter: its field in the form, its label's message and its options."""

    name: str
    label: str
    options: tuple[Option, ...]


@dataclass(frozen=True, slots=True)
class Card:
    """A product in the catalogue. `sentence` is the maker's own, from the story's lead."""

    href: str
    name: Words
    maker: Words
    place: str
    picture: Picture | None
    stars: StarsView
    title: Words | None
    sentence: Words | None
    illustrative: bool
    recalled: bool


@dataclass(frozen=True, slots=True)
class CatalogueView:
    """The first page: stories, then products by place, group and stars, then the form for a typed number."""

    frame: Frame
    search: Search
    tales: tuple[Card, ...]
    products: tuple[Card, ...]
    found: Text
    choices: tuple[Choice, ...]
    previous: str
    following: str


@dataclass(frozen=True, slots=True)
class AboutView:
    """How to read the answers, and what is counted. `parts` are names of messages `about.<part>.…`."""

    frame: Frame
    parts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Problem:
    """The same sentence that the API gives: lower case English, what was expected, what was got, what to do."""

    title: str
    expected: str = ""
    got: str = ""
    hint: str = ""


@dataclass(frozen=True, slots=True)
class MessageView:
    """A plain page for a request that could not be answered."""

    frame: Frame
    title: Text
    detail: Text
    problem: Problem | None
    retry: bool


@dataclass(frozen=True, slots=True)
class ReportView:
    """The form for something suspicious. `action` is where it is posted, `back` the page it came from, `came` what the
    form takes along of that page. `again`: shown again with what was `typed`, its photograph could not be opened.
    """

    frame: Frame
    action: str
    back: str
    about: Words | None
    path: str
    kinds: tuple[str, ...]
    came: str = ""
    typed: Mapping[str, str] = field(default_factory=dict)
    again: bool = False


@dataclass(frozen=True, slots=True)
class ThanksView:
    """What is said after thanks or a report were received."""

    frame: Frame
    title: Text
    detail: Text
    back: str
    number: str = ""


@dataclass(frozen=True, slots=True)
class FollowView:
    """Where a report stands: `state` is empty before a number was typed, `unknown` when nothing has it."""

    frame: Frame
    state: str = ""
    since: str = ""
    words: str = ""
