"""What the studio's pages about batches show: lists, issuing, labels, a print shop, chips, scans (floor 1).

Words and dates are already in the reader's language. `stock_picture` draws a sheet of labels to choose it by.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from ocop.trace.pages.labels_stock import Stock
from ocop.trace.pages.rooms.base import EMPTY, FieldState, RoomBase

Rows = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class BatchCard:
    """A batch in a list. `nag`: labels are out there and it is not on sale."""

    href: str
    title: str
    detail: str
    state: str
    nag: str = ""


@dataclass(frozen=True, slots=True)
class BatchListView:
    """Batches of a product, or of a maker; `new` is where a batch begins, empty for who may not."""

    base: RoomBase
    cards: tuple[BatchCard, ...]
    new: str


@dataclass(frozen=True, slots=True)
class BatchNewView:
    """The form of a new batch."""

    base: RoomBase
    action: str
    back: str
    classifier: str
    place: str
    ticket: str
    state: FieldState = EMPTY


@dataclass(frozen=True, slots=True)
class BatchReviewView:
    """What will be issued, read once more; `fields` go along hidden."""

    base: RoomBase
    action: str
    back: str
    rows: Rows
    fields: Rows


@dataclass(frozen=True, slots=True)
class BatchView:
    """One batch: what it is, what waits, where to go on."""

    base: RoomBase
    back: str
    path: str
    rows: Rows
    nag: str
    gone: str
    can_release: bool
    can_print: bool
    can_write: bool
    sees_scans: bool
    items: bool
    display: tuple[int, ...]
    suggested: int
    state: FieldState = EMPTY


@dataclass(frozen=True, slots=True)
class StockChoice:
    """A kind of label sheet with its picture (SVG)."""

    name: str
    title: str
    picture: str
    checked: bool
    usual: bool


@dataclass(frozen=True, slots=True)
class LabelsView:
    """Print: the test sheet, the sheets, files, the print shop, and what was printed. `done`: nothing is left.

    `shift`: mm to the right and upwards as kept for the maker's printer; `other_roll`: the choice of a typed size.
    """

    base: RoomBase
    path: str
    back: str
    stocks: tuple[StockChoice, ...]
    first: int
    last: int
    items: bool
    done: bool
    forms: Rows
    ticket: str
    test: str
    test_count: int
    runs: tuple[tuple[str, ...], ...]
    links: tuple["ShopRow", ...]
    shift: tuple[str, str]
    other_roll: str
    asks: str = ""
    shop: bool = False
    state: FieldState = EMPTY


@dataclass(frozen=True, slots=True)
class ShopRow:
    """A link for a print shop in the list of its maker; `end` is where it is taken back, empty when it is over."""

    text: str
    end: str


@dataclass(frozen=True, slots=True)
class TrialView:
    """The test sheet: waiting for its scan, or seen. `shift` as in `LabelsView`: what misses is moved, tried again."""

    base: RoomBase
    path: str
    made: str
    numbers: str
    seen: str
    ticket: str
    stock: str
    href: str
    shift: tuple[str, str]


@dataclass(frozen=True, slots=True)
class LinkMadeView:
    """The link for a print shop, shown once."""

    base: RoomBase
    link: str
    text: str
    until: str
    back: str


@dataclass(frozen=True, slots=True)
class ShopView:
    """What a print shop sees: the file that waits, or why there is none."""

    base: RoomBase
    action: str
    rows: Rows
    closed: str


@dataclass(frozen=True, slots=True)
class ChipsView:
    """Chips of a batch as rows of a table (a cell is text, or text and where it leads), and how many live."""

    base: RoomBase
    back: str
    lead: str
    rows: tuple[tuple[str | tuple[str, str], ...], ...]
    write: str
    more: str


@dataclass(frozen=True, slots=True)
class ChipView:
    """The chips that one item has and had, and how the standing one ends; `chip` is its number, 0: none stands."""

    base: RoomBase
    back: str
    action: str
    chip: int
    rows: tuple[tuple[str, ...], ...]
    acts: Rows
    reasons: Rows
    state: FieldState = EMPTY


@dataclass(frozen=True, slots=True)
class WriteView:
    """Put a chip on with the phone: the next number without one."""

    base: RoomBase
    path: str
    back: str
    labels: str
    first: int
    last: int
    next: int
    address: str


@dataclass(frozen=True, slots=True)
class Chart:
    """Bars: pairs of a label and a number, and what they say in one sentence."""

    title: str
    sentence: str
    bars: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class OddRow:
    """Something odd in a sentence; `numbers` can each be made a display item in one tap."""

    text: str
    numbers: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class ScansView:
    """How a batch is scanned, in sentences and charts."""

    base: RoomBase
    back: str
    path: str
    sentences: tuple[str, ...]
    charts: tuple[Chart, ...]
    thanks: tuple[str, ...]
    odd: tuple[OddRow, ...]
    few: str
    can_release: bool


TEMPLATES: dict[type, str] = {
    BatchListView: "rooms/batch_list.html",
    BatchNewView: "rooms/batch_new.html",
    BatchReviewView: "rooms/batch_review.html",
    BatchView: "rooms/batch.html",
    LabelsView: "rooms/batch_labels.html",
    TrialView: "rooms/batch_trial.html",
    LinkMadeView: "rooms/batch_link.html",
    ShopView: "rooms/batch_shop.html",
    ChipsView: "rooms/batch_chips.html",
    ChipView: "rooms/batch_chip.html",
    WriteView: "rooms/batch_write.html",
    ScansView: "rooms/batch_scans.html",
}


def stock_picture(stock: Stock) -> str:
    """A small drawing of one sheet or label of a stock, in mm; its words stand beside it."""
    width, height = stock.page
    labels: Sequence[tuple[float, float]] = [
        stock.corner(position) for position in range(stock.columns * stock.rows)
    ]
    drawn = "".join(
        f'<rect x="{x:.1f}" y="{height - y - stock.height:.1f}" width="{stock.width:.1f}"'
        f' height="{stock.height:.1f}" rx="1"/>'
        f'<path d="M{x + 2:.1f} {height - y - stock.height + 2:.1f}'
        f"h{min(stock.width, stock.height) - 4:.1f}v{min(stock.width, stock.height) - 4:.1f}"
        f'h-{min(stock.width, stock.height) - 4:.1f}z"/>'
        for x, y in labels
    )
    return (
        f'<svg class="stock" viewBox="-2 -2 {width + 4:g} {height + 4:g}" aria-hidden="true">'
        f'<rect class="page" width="{width:g}" height="{height:g}"/>{drawn}</svg>'
    )
