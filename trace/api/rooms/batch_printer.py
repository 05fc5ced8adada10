"""What a form of labels says about the paper: which stock, a sheet that was begun, how far the printer is off.

>>> mm_of("1,5"), mm_of("-0.25"), mm_of("6")
(1.5, -0.25, None)
"""

import re
from dataclasses import dataclass

from ocop.trace.api.rooms.batch_common import number_of
from ocop.trace.api.rooms.visit import Visit
from ocop.trace.batching_printer import Shift
from ocop.trace.pages.labels import MAX_SHIFT, LabelError, Stock, find_stock

USUAL_STOCK = "a4-21"
NONE = Shift()
OTHER_ROLL = "roll"
"""The choice of a roll whose size is typed beside it."""
_MM = re.compile(r"[+\-−]?[0-9](?:[.,][0-9]{1,2})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Paper:
    """The stock, how many labels of the first sheet are used up, and the printer's shift."""

    stock: Stock
    skip: int = 0
    shift: Shift = NONE


def paper_of(visit: Visit, kept: Shift) -> tuple[Paper, dict[str, str]]:
    """The paper that a form means, and what is wrong by field. What the form doesn't say is as it was kept."""
    form, problems = visit.form, dict[str, str]()
    stock, wrong = _stock(visit)
    if wrong:
        problems[wrong] = visit.say("labels.problem.roll" if wrong == "roll_width" else "batch.problem.stock")
    begin = number_of(form.one("begin") or "1")
    if begin is None or not 1 <= begin <= stock.per_page:
        problems["begin"] = visit.say("labels.problem.begin", most=stock.per_page)
    moved = {}
    for name, before in (("dx", kept.dx), ("dy", kept.dy)):
        typed = form.one(name).strip()
        moved[name] = mm_of(typed) if typed else before
        if moved[name] is None:
            problems[name] = visit.say("labels.problem.shift", most=f"{MAX_SHIFT:g}")
    return Paper(stock, (begin or 1) - 1, Shift(moved["dx"] or 0.0, moved["dy"] or 0.0)), problems


def _stock(visit: Visit) -> tuple[Stock, str]:
    """The stock, and the field that is wrong, empty when none is."""
    form = visit.form
    name, field = form.one("stock") or USUAL_STOCK, "stock"
    if name == OTHER_ROLL:
        width, height = (number_of(form.one(side)) for side in ("roll_width", "roll_height"))
        name, field = f"roll-{width}x{height}", "roll_width"
    try:
        return find_stock(name), ""
    except LabelError:
        return find_stock(USUAL_STOCK), field


def mm_of(text: str) -> float | None:
    """Millimetres as people type them, with a comma or a point; None for anything else or beyond `MAX_SHIFT`."""
    if not _MM.fullmatch(text):
        return None
    value = float(text.replace(",", ".").replace("−", "-"))
    return value if -MAX_SHIFT <= value <= MAX_SHIFT else None


def mm_text(value: float) -> str:
    """The same as a form shows it: `1,5`."""
    return f"{value:g}".replace(".", ",")
