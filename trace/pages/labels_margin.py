"""What stands in the margin of an A4 sheet: a ruler of 100 mm, and which labels these are.

    |....|....|…  100 mm     In đúng 100 %: thước phải đo được 100 mm · Trà Hương Vân · lô L2609A · số 1–21 · trang 1/15

A ruler is the one check that everyone can make with what lies on the table: a sheet printed at 97 % ("fit to page")
has its labels beside the die-cuts and its codes too small.
"""

from collections.abc import Sequence

from ocop.trace.pages.labels_font import FontInUse
from ocop.trace.pages.labels_pdf import text_at
from ocop.trace.pages.labels_stock import CONTROL_LABELS, Ruler, Stock
from ocop.trace.pages.labels_text import POINTS, LabelText, clean

RULER = 100.0
HINT = "In đúng 100 %: thước này dài 100 mm"

_HEIGHT = 2.2
_TO_LABELS = 0.8
_EDGE = 6.0
_GAP = 2.0
_LINE = 4.0
_SIZES = (6.5, 6.0, 5.5, 5.0, 4.5)
_TO_MARK = 1.0
_MARK = 4.0


def margin(stock: Stock, font: FontInUse, labels: Sequence[LabelText], page: str) -> str:
    """Content with the ruler and the line about the page, where the stock has room for it."""
    width, height = stock.page
    if stock.ruler is Ruler.TOP:
        x = max(stock.left, _EDGE)
        y = height - stock.top + _TO_LABELS + (_TO_MARK + _MARK if stock.crop_marks else 0)
        return _strip(font, (1, 0, 0, 1, x, y), labels, page, width - _EDGE - x)
    if stock.ruler is Ruler.LEFT:
        return _strip(font, (0, 1, -1, 0, stock.left - _TO_LABELS, _EDGE), labels, page, height - 2 * _EDGE)
    x, y = stock.corner(stock.per_page)
    start = min(x + (CONTROL_LABELS * stock.step_x - RULER) / 2, width - _EDGE - RULER)
    facts = _facts(font, labels, page, RULER)
    below = text_at(font, facts[0], 0, -_LINE * POINTS, facts[1])
    return _placed((1, 0, 0, 1, start, y + stock.height / 2), _ruler() + below)


def crop_marks(stock: Stock) -> str:
    """Short lines in the margins where a knife goes from edge to edge."""
    width, height = stock.page
    right, bottom = width - stock.left, height - stock.top
    far = _TO_MARK + _MARK
    lines = []
    for column in range(stock.columns + 1):
        x = stock.left + column * stock.step_x
        lines += [(x, stock.top - far, x, stock.top - _TO_MARK), (x, bottom + _TO_MARK, x, bottom + far)]
    for row in range(stock.rows + 1):
        y = stock.top + row * stock.step_y
        lines += [(stock.left - far, y, stock.left - _TO_MARK, y), (right + _TO_MARK, y, right + far, y)]
    return "0.3 w\n" + "".join(_line(x1, height - y1, x2, height - y2) for x1, y1, x2, y2 in lines)


def _strip(
    font: FontInUse, place: tuple[float, ...], labels: Sequence[LabelText], page: str, length: float
) -> str:
    """The ruler, and beside it the line about the page, `length` mm in all."""
    size, facts = _facts(font, labels, page, length - RULER - _GAP)
    return _placed(place, _ruler() + text_at(font, size, (RULER + _GAP) * POINTS, 0.3 * POINTS, facts))


def _placed(place: tuple[float, ...], content: str) -> str:
    *turn, x, y = place
    return f"q {' '.join(f'{part:g}' for part in turn)} {x * POINTS:.4f} {y * POINTS:.4f} cm\n{content}Q\n"


def _facts(font: FontInUse, labels: Sequence[LabelText], page: str, room: float) -> tuple[float, str]:
    """(size, text) of the line about the page: smaller type first, then a shorter product name."""
    first, last = labels[0], labels[-1]
    numbers = f"số {first.number}–{last.number}" if first.number is not None else f"{len(labels)} tem"
    name = clean(first.name)
    while True:
        text = " · ".join((HINT, name, f"lô {clean(first.lot)}", numbers, page))
        for size in _SIZES:
            if font.face.width(text, size) <= room * POINTS:
                return size, text
        if len(name) <= 1:
            return _SIZES[-1], text
        name = name.rstrip("…")[:-1].rstrip() + "…"


def _ruler() -> str:
    """A line of 100 mm from the origin with a mark every 5 mm; the ends are the ends of the line."""
    heights = {at: 1.0 if at % 50 == 0 else 0.7 if at % 10 == 0 else 0.4 for at in range(0, 101, 5)}
    marks = "".join(_line(at, 0, at, _HEIGHT * height) for at, height in heights.items())
    return "0.3 w 0 J\n" + _line(0, 0, RULER, 0) + marks


def _line(x1: float, y1: float, x2: float, y2: float) -> str:
    return f"{x1 * POINTS:.4f} {y1 * POINTS:.4f} m {x2 * POINTS:.4f} {y2 * POINTS:.4f} l S\n"
