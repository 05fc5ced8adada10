"""Stock: labels stand on the page, symbols are large enough, text keeps out of the quiet zone."""

from itertools import combinations, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ocop.trace.pages.labels_font import ASCENT, DESCENT
from ocop.trace.pages.labels_stock import (
    DOT,
    MIN_SYMBOL,
    STOCKS,
    Box,
    LabelError,
    Ruler,
    Stock,
    find_stock,
    place,
    roll,
)
from ocop.trace.pages.labels_text import POINTS, LabelText, compose

every_stock = pytest.mark.parametrize("stock", STOCKS.values(), ids=STOCKS)
# The smallest roll is for version 7 alone, see the test of its refusal.
PLACED = [
    (stock, version)
    for stock in STOCKS.values()
    for version in (7, 8)
    if (stock.name, version) != ("roll-40x30", 8)
]
placed = pytest.mark.parametrize(
    ("stock", "version"), PLACED, ids=[f"{stock.name}-v{v}" for stock, v in PLACED]
)

# The alphabet with its stacked marks, digits and what product names carry besides.
LETTERS = "aáàảãạăắằẳẵặâấầẩẫậbcdđeéèẻẽẹêếềểễệghiíìỉĩịklmnoóòỏõọôốồổỗộơớờởỡợpqrstuúùủũụưứừửữựvxyýỳỷỹỵ"
words = st.text(LETTERS + LETTERS.upper() + "0123456789-&(),.", min_size=1, max_size=24)
names = st.lists(words, min_size=1, max_size=20).map(" ".join)
LONGEST = (
    "Nước mắm cá cơm nguyên chất truyền thống ủ chượp mười hai tháng trong lu sành của làng nghề Vạn Phần "
    "ẴẰỄỖ thượng hạng đóng chai thủy tinh năm trăm mi-li-lít"
)


@every_stock
def test_the_labels_of_a_sheet_lie_on_it_and_don_t_overlap(stock: Stock) -> None:
    page = Box(0, 0, *stock.page)
    boxes = [Box(*stock.corner(at), stock.width, stock.height) for at in range(stock.columns * stock.rows)]
    assert all(page.holds(box) for box in boxes)
    assert not any(one.meets(other) for one, other in combinations(boxes, 2))
    assert stock.per_page >= 1
    # The first is the one at the top left, where people start to peel.
    assert boxes[0].top == max(box.top for box in boxes)
    assert boxes[0].x == min(box.x for box in boxes)


@placed
def test_a_symbol_is_18_mm_or_more_with_4_modules_of_quiet_zone_on_the_label(
    stock: Stock, version: int
) -> None:
    made = place(stock, version)
    module = made.symbol.width / (17 + 4 * version)
    assert made.symbol.width == made.symbol.height >= MIN_SYMBOL - 1e-9
    assert made.quiet.width == pytest.approx(made.symbol.width + 8 * module)
    assert made.symbol.x - made.quiet.x == pytest.approx(4 * module)
    assert made.symbol.y - made.quiet.y == pytest.approx(4 * module)
    assert Box(0, 0, stock.width, stock.height).holds(made.quiet)
    assert Box(0, 0, stock.width, stock.height).holds(made.text)
    assert not made.quiet.meets(made.text)


@pytest.mark.parametrize(("stock", "version"), [one for one in PLACED if one[0].dots])
def test_a_roll_prints_whole_dots_at_203_dpi(stock: Stock, version: int) -> None:
    made = place(stock, version)
    size = 17 + 4 * version
    for length in (made.symbol.width / size, made.symbol.x, made.symbol.y):
        assert length / DOT == pytest.approx(round(length / DOT))
    assert made.symbol.width / size / DOT == pytest.approx(4)
    assert made.symbol.width == pytest.approx(22.5 if version == 7 else 24.5)


@every_stock
def test_only_a_roll_has_no_ruler_and_only_stock_without_margin_gives_labels_for_it(stock: Stock) -> None:
    assert (stock.ruler is Ruler.NONE) == bool(stock.dots)
    lost = stock.columns * stock.rows - stock.per_page
    assert lost == (2 if stock.ruler is Ruler.LABELS else 0)
    if stock.ruler is Ruler.TOP:
        assert stock.top >= 8
    if stock.ruler is Ruler.LEFT:
        assert stock.left >= 7


@given(
    where=st.sampled_from(PLACED),
    name=names | st.just(LONGEST) | st.just("Ẵ" * 120),
    lot=st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-", min_size=1, max_size=10),
    classifier=st.sampled_from(["hộp", "bức", "bát", "", "túi hút chân không 500 g loại đặc biệt"]),
    number=st.none() | st.integers(1, 9_999),
    host=st.sampled_from(["id.ocop.vn", "truyxuat.ocop.nghean.gov.vn", "192.168.100.100:8000"]),
)
@settings(deadline=None, max_examples=60)
def test_every_line_stays_in_its_box_whatever_the_name(
    where: tuple[Stock, int], name: str, lot: str, classifier: str, number: int | None, host: str
) -> None:
    stock, version = where
    made = place(stock, version)
    lines = compose(LabelText(name, lot, classifier, number, 9_999, host), stock, made)
    box = made.text
    for line in lines:
        assert line.size >= stock.smallest * 0.9 - 1e-9
        assert line.x >= box.x * POINTS - 1e-6
        assert line.x + line.width <= box.right * POINTS + 1e-6
        assert line.y - DESCENT * line.size >= box.y * POINTS - 1e-6
        assert line.y + ASCENT * line.size <= box.top * POINTS + 1e-6
    for upper, lower in pairwise(lines):
        assert upper.y - lower.y >= 1.2 * lower.size
    assert sum(line.numbered for line in lines) == (number is not None)


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        (
            "roll-35x25",
            "label roll-35x25: expected room for 26.50 mm .* got a label of 35 x 25 mm; choose a larger",
        ),
        ("roll-30x30", "text on roll-30x30: expected at least 12 mm beside the symbol, got"),
        ("a4-100", "stock: expected a4-65 or .* or roll-WxH in mm, got 'a4-100'"),
        ("roll-0x30", "stock: expected"),
        ("roll-50x٣٠", "stock: expected"),
        ("", "stock: expected"),
    ],
)
def test_stock_that_does_not_exist_or_is_too_small_is_refused_with_a_sentence(
    name: str, sentence: str
) -> None:
    with pytest.raises(LabelError, match=sentence):
        find_stock(name)


def test_a_module_of_3_dots_makes_too_small_a_symbol() -> None:
    with pytest.raises(LabelError, match=r"symbol on roll-50x30: expected at least 18 mm, got 16\.88 mm"):
        roll(50, 30, dots=3)


def test_the_smallest_roll_has_no_room_beside_a_version_8_symbol() -> None:
    with pytest.raises(LabelError, match=r"text on roll-40x30: expected at least 12 mm .*, got 10\.5 mm"):
        place(find_stock("roll-40x30"), 8)


def test_any_roll_that_fits_can_be_asked_for() -> None:
    stock = find_stock("roll-100x80")
    assert (stock.page, stock.per_page, stock.dots) == ((100.0, 80.0), 1, 4)
