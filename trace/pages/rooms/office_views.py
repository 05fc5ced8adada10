"""Pages of the office: sections of facts, tables, forms and figures; a letter for the post (floor 1, frozen values).

Words are in the reader's language already. A field's id on the page is its form's place and its name, so that one page
may ask the same thing about twenty lines; in the form that is shown again (`state_of`) it is the bare name, which
the list of problems links to.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ocop.trace.pages.rooms.base import EMPTY, FieldState, NavItem, RoomBase


@dataclass(frozen=True, slots=True)
class Tag:
    """Words in a cell with the colour of their `tone`: `calm`, `soon`, `late`; the words say the same."""

    text: str
    tone: str


Cell = str | int | tuple[str, str] | Tag


@dataclass(frozen=True, slots=True)
class Field:
    """One field: kind `text`, `search`, `tel`, `number`, `date`, `area`, `select`, `check`, `file` or `hidden`.

    Between `group`, whose label names them, and `end` stand fields that belong together.
    """

    kind: str
    name: str
    label: str = ""
    value: str = ""
    hint: str = ""
    options: tuple[tuple[str, str], ...] = ()
    required: bool = False
    most: int = 200


@dataclass(frozen=True, slots=True)
class OfficeForm:
    """One form; `get` asks without changing anything, `fold` hides it behind its heading until it is wanted.

    `more` names a second button, whose answer is the form again with room for more.
    """

    action: str
    fields: tuple[Field, ...]
    submit: str
    heading: str = ""
    danger: bool = False
    quiet: bool = False
    get: bool = False
    fold: bool = False
    more: str = ""

    @property
    def files(self) -> bool:
        """Whether it sends files."""
        return any(one.kind == "file" for one in self.fields)


@dataclass(frozen=True, slots=True)
class Table:
    """A table; a cell is text, a number, a tag, or a pair of text and address."""

    caption: str
    headings: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    empty: str = ""


@dataclass(frozen=True, slots=True)
class Task:
    """Something that waits to be done: how many, what, where; `hint` says since or until when."""

    count: int
    label: str
    href: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Marked:
    """A sentence with the phrase that was met in it, and what it may mean."""

    before: str
    phrase: str
    after: str
    why: str


@dataclass(frozen=True, slots=True)
class Section:
    """One part of a page; whatever is empty is not shown. `picture` is an address and what it shows; `figures` are
    facts whose values are numbers, a line each."""

    title: str = ""
    text: tuple[str, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
    figures: tuple[tuple[str, str], ...] = ()
    warning: str = ""
    tasks: tuple[Task, ...] = ()
    table: Table | None = None
    marked: tuple[Marked, ...] = ()
    quote: str = ""
    lang: str = ""
    copy: str = ""
    picture: tuple[str, str] = ("", "")
    bars: tuple[tuple[str, int], ...] = ()
    bars_title: str = ""
    links: tuple[tuple[str, str], ...] = ()
    forms: tuple[OfficeForm, ...] = ()


@dataclass(frozen=True, slots=True)
class OfficeView:
    """A page of the office. `state` belongs to the form whose action is `state_of`."""

    base: RoomBase
    tabs: tuple[NavItem, ...]
    sections: tuple[Section, ...]
    pager: tuple[tuple[str, str], ...] = ()
    state: FieldState = EMPTY
    state_of: str = ""


@dataclass(frozen=True, slots=True)
class LetterView:
    """A letter to print and sign: who writes, to whom, about what, in paragraphs."""

    base: RoomBase
    office: str
    place_and_day: str
    to: str
    subject: str
    paragraphs: tuple[str, ...]
    signature: str
    back: str
    words: Mapping[str, str] = field(default_factory=dict)


TEMPLATES: dict[type, str] = {OfficeView: "rooms/office.html", LetterView: "rooms/office_letter.html"}
