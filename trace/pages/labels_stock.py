"""Sticker stock and where things stand on one label: a frozen table, and millimetres.

A label has three boxes, in mm from its lower left corner: the symbol, the symbol with its quiet zone of 4 modules,
and the text. The quiet zone lies on the label, text never enters it, and whatever is printed keeps `inset` from the
label's edge (the sheet's edge on stock without margins, where printers can't print).

    a4-…        die-cut A4 sheets by their number of labels; `cut-…` is plain paper with crop marks
    roll-WxH    one label a page for thermal printers with 203 dpi (8 dots a mm); any whole millimetres

A symbol is at least 18 mm wide, or the stock is refused. On rolls a module is a whole number of dots, 4 unless told
otherwise (0.5 mm: 22.5 mm in version 7), and so are the places of the symbol, because a head can't print half a dot.

Example: a4-21 has 3 x 7 labels of 63.5 x 38.1 mm; version 7 stands there with 28.9 mm, its quiet zone is 34 mm.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType

from ocop.trace.tags.qr import LARGE_VERSION, QUIET_ZONE, SMALL_VERSION

MIN_SYMBOL = 18.0
DOT = 25.4 / 203.2
MIN_TEXT_WIDTH = 12.0
CONTROL_LABELS = 2

_A4 = (210.0, 297.0)
_ROLL = re.compile(r"roll-([1-9][0-9]{1,2})x([1-9][0-9]{1,2})")
_ROLL_DOTS = 4
_EPSILON = 1e-6


class LabelError(Exception):
    """Labels that can't be printed as asked. The message says what was expected and got, `hint` what to do."""

    def __init__(self, what: str, expected: str, got: str, hint: str = "") -> None:
        super().__init__(f"{what}: expected {expected}, got {got}" + (f"; {hint}" if hint else ""))
        self.what = what
        self.expected = expected
        self.got = got
        self.hint = hint


class Ruler(Enum):
    """Where an A4 sheet carries its ruler: a margin, or its last labels when it has none."""

    NONE = "none"
    TOP = "top"
    LEFT = "left"
    LABELS = "labels"


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in mm: lower left corner, width, height."""

    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        return self.x + self.width

    @property
    def top(self) -> float:
        return self.y + self.height

    def holds(self, other: "Box") -> bool:
        return (
            other.x >= self.x - _EPSILON
            and other.y >= self.y - _EPSILON
            and other.right <= self.right + _EPSILON
            and other.top <= self.top + _EPSILON
        )

    def meets(self, other: "Box") -> bool:
        """Whether the two share more than an edge."""
        return (
            other.x < self.right - _EPSILON
            and self.x < other.right - _EPSILON
            and other.y < self.top - _EPSILON
            and self.y < other.top - _EPSILON
        )


@dataclass(frozen=True, slots=True)
class Stock:
    """One kind of label sheet or roll, in mm. `left` and `top` are the margins before the first label, `step_x`
    and `step_y` lead from one label to the next; `square` is the side given to a symbol with its quiet zone;
    `dots` are printer dots a module (0: no fixed grid); `smallest` is the smallest type in points.
    """

    name: str
    title: str
    page: tuple[float, float]
    width: float
    height: float
    columns: int
    rows: int
    left: float
    top: float
    step_x: float
    step_y: float
    square: float
    inset: float = 1.2
    ruler: Ruler = Ruler.TOP
    crop_marks: bool = False
    dots: int = 0
    smallest: float = 4.5

    @property
    def per_page(self) -> int:
        """Labels a page, without those that carry the ruler."""
        return self.columns * self.rows - (CONTROL_LABELS if self.ruler is Ruler.LABELS else 0)

    def corner(self, position: int) -> tuple[float, float]:
        """Lower left corner of a label on the page, mm; positions run by rows from the top left."""
        row, column = divmod(position, self.columns)
        top = self.page[1] - self.top - row * self.step_y
        return self.left + column * self.step_x, top - self.height


@dataclass(frozen=True, slots=True)
class Placement:
    """The boxes of one label: symbol, symbol with quiet zone, text. `centred` says that text stands below."""

    symbol: Box
    quiet: Box
    text: Box
    centred: bool


def find_stock(name: str) -> Stock:
    """The stock of that name. Raises `LabelError` with the names that exist."""
    if name in STOCKS:
        return STOCKS[name]
    found = _ROLL.fullmatch(name)
    if found is None:
        raise LabelError("stock", " or ".join((*STOCKS, "roll-WxH in mm")), repr(name))
    return roll(float(found[1]), float(found[2]))


def roll(width: float, height: float, dots: int = _ROLL_DOTS) -> Stock:
    """A roll of single labels for a printer with 203 dpi. Raises `LabelError` when no printed code fits."""
    stock = Stock(
        name=f"roll-{width:g}x{height:g}",
        title=f"Cuộn tem {width:g} × {height:g} mm, máy in nhiệt 203 dpi",
        page=(width, height),
        width=width,
        height=height,
        columns=1,
        rows=1,
        left=0,
        top=0,
        step_x=width,
        step_y=height,
        square=dots * DOT * (17 + 4 * SMALL_VERSION + 2 * QUIET_ZONE),
        inset=1.0,
        ruler=Ruler.NONE,
        dots=dots,
        smallest=5.0,
    )
    place(stock, SMALL_VERSION)
    return stock


def place(stock: Stock, version: int) -> Placement:
    """Where symbol and text of a printed code (version 7 or 8) stand on a label.

    Raises `LabelError` when the symbol would be smaller than 18 mm, or it or the text doesn't fit.
    """
    size = 17 + 4 * version
    module = stock.dots * DOT if stock.dots else stock.square / (size + 2 * QUIET_ZONE)
    symbol, quiet = size * module, QUIET_ZONE * module
    side = symbol + 2 * quiet
    hint = "choose a larger label"
    if symbol < MIN_SYMBOL - _EPSILON:
        raise LabelError(f"symbol on {stock.name}", f"at least {MIN_SYMBOL:g} mm", f"{symbol:.2f} mm", hint)
    if side > min(stock.width, stock.height) + _EPSILON:
        got = f"a label of {stock.width:g} x {stock.height:g} mm"
        raise LabelError(
            f"label {stock.name}", f"room for {side:.2f} mm (symbol {symbol:.2f}, quiet zone)", got, hint
        )
    beside = (stock.width - side) * stock.height >= stock.width * (stock.height - side)
    placement = _beside(stock, symbol, quiet) if beside else _below(stock, symbol, quiet)
    if placement.text.width < MIN_TEXT_WIDTH:
        got = f"{placement.text.width:.1f} mm"
        raise LabelError(
            f"text on {stock.name}", f"at least {MIN_TEXT_WIDTH:g} mm beside the symbol", got, hint
        )
    return placement


def _beside(stock: Stock, symbol: float, quiet: float) -> Placement:
    """Symbol on the left, as high as the label's middle; text on the right."""
    side = symbol + 2 * quiet
    x = _on_grid(stock, max(0.0, stock.inset - quiet))
    y = _on_grid(stock, (stock.height - side) / 2)
    start = x + side
    text = Box(start, stock.inset, stock.width - stock.inset - start, stock.height - 2 * stock.inset)
    return Placement(Box(x + quiet, y + quiet, symbol, symbol), Box(x, y, side, side), text, centred=False)


def _below(stock: Stock, symbol: float, quiet: float) -> Placement:
    """Symbol at the top, in the middle; text below it over the whole width."""
    side = symbol + 2 * quiet
    x = _on_grid(stock, (stock.width - side) / 2)
    y = _on_grid(stock, stock.height - side - max(0.0, stock.inset - quiet))
    text = Box(stock.inset, stock.inset, stock.width - 2 * stock.inset, y - stock.inset)
    return Placement(Box(x + quiet, y + quiet, symbol, symbol), Box(x, y, side, side), text, centred=True)


def _on_grid(stock: Stock, length: float) -> float:
    return int(length / DOT + _EPSILON) * DOT if stock.dots else length


def _a4(name: str, cells: tuple[int, int], size: tuple[float, float], gap: float, square: float,
        inset: float = 1.2, ruler: Ruler = Ruler.TOP, crop_marks: bool = False) -> Stock:  # fmt: skip
    """A4 stock whose labels stand in the middle of the sheet, touching above and below, `gap` mm apart in a row."""
    (columns, rows), (width, height) = cells, size
    count = columns * rows
    kind = "giấy thường, cắt tay" if crop_marks else "decal bế sẵn"
    return Stock(
        name=name,
        title=f"A4 {kind}, {count} tem {width:g} × {height:g} mm".replace(".", ","),
        page=_A4,
        width=width,
        height=height,
        columns=columns,
        rows=rows,
        left=(_A4[0] - columns * width - (columns - 1) * gap) / 2,
        top=(_A4[1] - rows * height) / 2,
        step_x=width + gap,
        step_y=height,
        square=square,
        inset=inset,
        ruler=ruler,
        crop_marks=crop_marks,
    )


# Sizes as the makers of label sheets give them; the numbers in brackets are the ones most sellers quote.
STOCKS: Mapping[str, Stock] = MappingProxyType(
    {
        stock.name: stock
        for stock in (
            _a4("a4-65", (5, 13), (38.1, 21.2), 2.5, square=21.2, inset=1.0),  # (L7651)
            _a4("a4-44", (4, 11), (48.5, 25.4), 0.0, square=24.0),
            _a4("a4-40", (4, 10), (52.5, 29.7), 0.0, square=22.4, inset=5.0, ruler=Ruler.LABELS),
            _a4("a4-33", (3, 11), (70.0, 25.4), 0.0, square=24.0, inset=5.0),
            _a4("a4-24", (3, 8), (63.5, 33.9), 2.5, square=31.0),  # (L7159)
            _a4("a4-24-70x37", (3, 8), (70.0, 37.0), 0.0, square=30.0, inset=5.0, ruler=Ruler.LABELS),
            _a4("a4-21", (3, 7), (63.5, 38.1), 2.5, square=34.0),  # (L7160)
            _a4("a4-18", (3, 6), (63.5, 46.6), 2.5, square=36.0),  # (L7161)
            _a4("a4-14", (2, 7), (99.1, 38.1), 2.5, square=35.0),  # (L7163)
            _a4("a4-12", (3, 4), (63.5, 72.0), 2.5, square=40.0, ruler=Ruler.LEFT),  # (L7164)
            _a4("a4-8", (2, 4), (99.1, 67.7), 2.5, square=50.0),  # (L7165)
            _a4("cut-18", (3, 6), (60.0, 40.0), 0.0, square=34.0, inset=2.0, crop_marks=True),
            roll(40, 30),
            roll(50, 30),
            roll(50, 40),
            roll(60, 40),
            roll(70, 50),
        )
    }
)
PRINTED_VERSIONS = (SMALL_VERSION, LARGE_VERSION)
