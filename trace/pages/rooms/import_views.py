"""The three pages of an import: the list, its columns, what the check says (floor 1, frozen values)."""

from dataclasses import dataclass, field

from ocop.trace.pages.rooms.base import EMPTY, FieldState, RoomBase


@dataclass(frozen=True, slots=True)
class ImportListView:
    """Where a list is brought; `most_lines` in words, `most_pasted` in letters."""

    base: RoomBase
    steps: tuple[str, ...]
    most_lines: str
    most_pasted: int
    state: FieldState = EMPTY


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its number from 1, its name, an example of what stands in it, and the field chosen."""

    number: int
    name: str
    example: str
    field: str


@dataclass(frozen=True, slots=True)
class ImportColumnsView:
    """What each column is, and what holds for the whole list. `options` are the fields with their names."""

    base: RoomBase
    steps: tuple[str, ...]
    draft: str
    columns: tuple[Column, ...]
    options: tuple[tuple[str, str], ...]
    defaults: tuple[tuple[str, str, str], ...]
    months: bool
    font: str = ""
    no_header: bool = False


@dataclass(frozen=True, slots=True)
class Told:
    """One problem in words: where it is, and what."""

    where: str
    what: str


@dataclass(frozen=True, slots=True)
class ImportCheckView:
    """What the check says: how many errors and notices in all, and those of one page.

    `page` says which page this is, `pager` leads to its neighbours; on the `first` many notices are folded. `seal`
    is what the officer has seen.
    """

    base: RoomBase
    steps: tuple[str, ...]
    draft: str
    counts: str
    error_count: int
    notice_count: int
    errors: tuple[Told, ...]
    notices: tuple[Told, ...]
    page: str = ""
    pager: tuple[tuple[str, str], ...] = ()
    first: bool = True
    seal: str = ""
    changed: bool = field(default=False)


TEMPLATES: dict[type, str] = {
    ImportListView: "rooms/import_list.html",
    ImportColumnsView: "rooms/import_columns.html",
    ImportCheckView: "rooms/import_check.html",
}
