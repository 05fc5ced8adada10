"""The words on a label, set into the box that the stock leaves for them.

    Quét mã, đọc lời người làm       semi-bold
    Trà Hương Vân                    bold, larger
    Lô L2609A
    Hộp số 12/300                    semi-bold; the product's own classifier, no line for the code of a whole batch
    Chỉ tin địa chỉ id.ocop.vn       so that nobody trusts a copied code that leads elsewhere

`compose` takes the largest type at which every line fits. Phrases that belong together ("đọc lời người làm",
"số 12/300") stay on one line while the type is of a comfortable size, and lines of a broken text are about equally
long. Down to the smallest type of the stock no word of the name is cut; then the name alone is, to 3, 2 or 1 lines
with an ellipsis, and at last the classifier goes: lot, number and address are what the label is for. Addresses longer
than a line break after a point, a hyphen or a slash, else anywhere. What still doesn't fit is refused, never drawn
over the code.

The lines of a batch differ in the number alone, so they are set once, with the widest number that can come, and
`numbered` tells the line into which the real one goes.

Example: on a4-21 the five lines above stand at 8.5 points, the name at 10.2.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import IntEnum

from ocop.trace.pages.labels_font import ASCENT, DESCENT, Weight, face
from ocop.trace.pages.labels_stock import LabelError, Placement, Stock

POINTS = 72 / 25.4

HEADLINE = ("Quét mã,", "đọc lời người làm")
ADDRESS = "Chỉ tin địa chỉ"

_LARGEST = 13.0
_STEP = 0.25
_COMFORTABLE = 6.0
_LEADING = 1.24
_GAP = 0.3
_NAME_LINES = 3
_MAX_CLASSIFIER = 24
_MAX_TEXT = 300
_NUMBER = "\ue000"
_WIDEST_DIGIT = "4"
_BREAKS = ".-/"
# Stands for a space at which a line is broken last.
_GLUE = "\u00a0"
_ELLIPSIS = "…"


@dataclass(frozen=True, slots=True)
class LabelText:
    """What a label says: product, lot, classifier (hộp, bát, bức; may be empty), the item's number and how many
    items the batch has, and the host that its address may have. `number` is None for the code of a whole batch.
    """

    name: str
    lot: str
    classifier: str
    number: int | None
    count: int
    host: str


@dataclass(frozen=True, slots=True)
class Label:
    """One label: the text of its code, made by `tags.qr.print_link`, and its words."""

    link: str
    text: LabelText


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text: weight, size and lower left corner of its baseline in points, in the label's own frame.

    The item's number stands between `text` and `after` when `numbered`.
    """

    weight: Weight
    size: float
    x: float
    y: float
    width: float
    text: str
    after: str = ""
    numbered: bool = False


class _Care(IntEnum):
    """What an attempt to set the lines must not break: nothing, the name's words and length, phrases too."""

    FIT = 0
    WORDS = 1
    PHRASES = 2


@dataclass(frozen=True, slots=True)
class _Block:
    text: str
    weight: Weight
    scale: float
    cut: bool = False


def clean(text: str) -> str:
    """Composed (NFC), with single spaces and nothing invisible."""
    visible = "".join(
        " " if unicodedata.category(character) in {"Cc", "Zs", "Zl", "Zp"} else character
        for character in unicodedata.normalize("NFC", text[:_MAX_TEXT])
        if unicodedata.category(character) != "Cf"
    )
    return " ".join(visible.split())


def compose(label: LabelText, stock: Stock, placement: Placement) -> tuple[Line, ...]:
    """The lines of a label, from the top. Raises `LabelError` when they can't be fitted or spelt."""
    width = placement.text.width * POINTS
    height = placement.text.height * POINTS
    widest = _WIDEST_DIGIT * max(len(str(label.number)), len(str(label.count)))
    setter = _Setter(widest, width)
    blocks = _blocks(label)
    bare = _blocks(replace(label, classifier=""))
    comfortable = max(_COMFORTABLE, stock.smallest)
    attempts = [
        *((blocks, size, _NAME_LINES, _Care.PHRASES) for size in _sizes(comfortable)),
        *((blocks, size, _NAME_LINES, _Care.WORDS) for size in _sizes(stock.smallest)),
        *((blocks, stock.smallest, name_lines, _Care.FIT) for name_lines in range(_NAME_LINES, 0, -1)),
        (bare, stock.smallest, 1, _Care.FIT),
    ]
    for tried, size, name_lines, care in attempts:
        lines = setter.set(tried, size, name_lines, care)
        if lines is not None and _height(lines) <= height:
            return _placed(setter.balanced(lines, care), placement, setter)
    raise LabelError(
        f"text on {stock.name}",
        f"lines that fit {placement.text.width:.1f} x {placement.text.height:.1f} mm",
        f"{label.name!r}, lot {label.lot}, {label.host}",
        "choose a larger label",
    )


def _blocks(label: LabelText) -> tuple[_Block, ...]:
    name, classifier = clean(label.name), clean(label.classifier)
    if not name:
        raise LabelError("product name", "a name", "nothing")
    if len(classifier) > _MAX_CLASSIFIER:
        classifier = classifier[: _MAX_CLASSIFIER - 1].rstrip() + _ELLIPSIS
    number = f"số {_NUMBER}/{label.count}"
    item = _phrased(classifier, number) if classifier else _phrased(number)
    blocks = [
        _Block(_phrased(*HEADLINE), Weight.SEMIBOLD, 1.0),
        _Block(name, Weight.BOLD, 1.2, cut=True),
        _Block(f"Lô {clean(label.lot)}", Weight.REGULAR, 1.0),
        _Block(item[0].upper() + item[1:], Weight.SEMIBOLD, 1.1),
        _Block(_phrased(ADDRESS, clean(label.host)), Weight.REGULAR, 0.9),
    ]
    if label.number is None:
        del blocks[3]
    return tuple(blocks)


def _phrased(*phrases: str) -> str:
    return " ".join(phrase.replace(" ", _GLUE) for phrase in phrases)


def _sizes(smallest: float) -> list[float]:
    steps = round((_LARGEST - smallest) / _STEP)
    return [_LARGEST - step * _STEP for step in range(steps + 1)]


@dataclass(frozen=True, slots=True)
class _Setter:
    """Breaks blocks into lines of at most `width` points; `widest` is the widest number that can come."""

    widest: str
    width: float

    def measure(self, text: str, weight: Weight, size: float) -> float:
        return face(weight).width(text.replace(_NUMBER, self.widest), size)

    def set(
        self, blocks: Sequence[_Block], size: float, name_lines: int, care: _Care
    ) -> list[tuple[_Block, float, list[str]]] | None:
        """(block, size, lines) of each block; None when something would break that may not."""
        out = []
        for block in blocks:
            own = size * block.scale
            lines = self._broken(block, own, self.width, care)
            if lines is None:
                return None
            if block.cut and len(lines) > name_lines:
                if care is not _Care.FIT:
                    return None
                lines = self._shortened(lines[:name_lines], block, own)
            if not all(self._fits(line, block.weight, own, self.width) for line in lines):
                return None
            out.append((block, own, lines))
        return out

    def balanced(
        self, blocks: Sequence[tuple[_Block, float, list[str]]], care: _Care
    ) -> list[tuple[_Block, float, list[str]]]:
        """The same blocks with the same number of lines, none of which holds a lonely word."""
        return [
            (block, size, self._evened(lines, block, size, care) if len(lines) > 1 else lines)
            for block, size, lines in blocks
        ]

    def _broken(self, block: _Block, size: float, width: float, care: _Care) -> list[str] | None:
        """Lines filled from the left; None when that breaks what may not be."""
        lines: list[str] = []
        words = block.text.split(" ")
        while words:
            word = words.pop(0)
            joined = f"{lines[-1]} {word}" if lines else word
            if self._fits(joined, block.weight, size, width):
                lines[-1:] = [joined]
            elif self._fits(word, block.weight, size, width):
                lines.append(word)
            elif _GLUE in word and care is not _Care.PHRASES:
                words[:0] = word.split(_GLUE)
            elif _GLUE not in word and (care is _Care.FIT or not block.cut):
                lines += self._pieces(word, block.weight, size)
            else:
                return None
        return lines

    def _evened(self, lines: list[str], block: _Block, size: float, care: _Care) -> list[str]:
        """The same number of lines, as narrow as that allows. A name that was cut stays as it is."""
        if lines[-1].endswith(_ELLIPSIS):
            return lines
        best, low, high = lines, 0.0, self.width
        for _ in range(6):
            width = (low + high) / 2
            tried = self._broken(block, size, width, care)
            kept = tried is not None and len(tried) == len(lines)
            # Words that are longer than the narrower line would be cut: that is no gain.
            if tried is not None and kept and all(self._fits(x, block.weight, size, width) for x in tried):
                best, high = tried, width
            else:
                low = width
        return best

    def _pieces(self, word: str, weight: Weight, size: float) -> list[str]:
        """A word that is longer than a line, cut after the last break that fits."""
        pieces = []
        while word and not self._fits(word, weight, size, self.width):
            end = self._fitting(word, weight, size)
            soft = max(word.rfind(mark, 0, end) for mark in _BREAKS) + 1
            end = soft or end
            pieces.append(word[:end])
            word = word[end:]
        return [*pieces, word] if word else pieces

    def _fitting(self, word: str, weight: Weight, size: float) -> int:
        """How many characters of a word fill a line, at least one: widths add up, there is no kerning."""
        used = 0.0
        for end, character in enumerate(word):
            used += self.measure(character, weight, size)
            if used > self.width:
                return max(end, 1)
        return len(word)

    def _shortened(self, lines: list[str], block: _Block, size: float) -> list[str]:
        last = lines[-1]
        while last and not self._fits(last + _ELLIPSIS, block.weight, size, self.width):
            last = last[:-1]
        return [*lines[:-1], last.rstrip(" ,.-–") + _ELLIPSIS]

    def _fits(self, text: str, weight: Weight, size: float, width: float) -> bool:
        return self.measure(text, weight, size) <= width


def _height(blocks: Sequence[tuple[_Block, float, list[str]]]) -> float:
    """Height in points from the highest mark of the first line to the lowest stroke of the last."""
    between = sum(size * _LEADING * len(lines) + size * _GAP for _, size, lines in blocks)
    first, last = blocks[0][1], blocks[-1][1]
    return between - last * _GAP - first * _LEADING + first * ASCENT + last * DESCENT


def _placed(
    blocks: Sequence[tuple[_Block, float, list[str]]], placement: Placement, setter: _Setter
) -> tuple[Line, ...]:
    """Lines with their places: the whole stands in the middle of the box."""
    box = placement.text
    y = (box.y + box.height / 2) * POINTS + _height(blocks) / 2 - blocks[0][1] * ASCENT
    out: list[Line] = []
    for place, (block, size, lines) in enumerate(blocks):
        if place:
            y -= blocks[place - 1][1] * _GAP + size * _LEADING
        for number, text in enumerate(lines):
            y -= size * _LEADING if number else 0
            width = setter.measure(text, block.weight, size)
            x = box.x * POINTS + ((setter.width - width) / 2 if placement.centred else 0)
            before, mark, after = text.replace(_GLUE, " ").partition(_NUMBER)
            out.append(Line(block.weight, size, x, y, width, before, after, bool(mark)))
    return tuple(out)
