"""How a maker's printer pulls paper: a shift kept for each maker and used on every sheet of hers (floor 3).

    shift_of(session, producer_id)                       # Shift(dx=0.0, dy=0.0) until one was kept
    keep_shift(session, producer_id, Shift(1.5, -0.5))   # 1.5 mm to the right, 0.5 mm down

A shop has another printer, so what is made for one is never shifted.
"""

from dataclasses import dataclass

from ocop.trace.pages.labels import MAX_SHIFT
from ocop.trace.registry import tables
from ocop.trace.registry.errors import BadValue
from sqlmodel import Session

PARTS = 100


@dataclass(frozen=True, slots=True)
class Shift:
    """Millimetres to the right and upwards, in hundredths at the finest."""

    dx: float = 0.0
    dy: float = 0.0


def shift_of(session: Session, producer_id: int) -> Shift:
    """The shift that was kept last."""
    row = session.get(tables.PrinterShift, producer_id)
    return Shift(row.dx / PARTS, row.dy / PARTS) if row is not None else Shift()


def keep_shift(session: Session, producer_id: int, shift: Shift) -> bool:
    """Keep a shift; whether it is another one than before. Raises BadValue beyond `MAX_SHIFT` mm."""
    for name, value in (("dx", shift.dx), ("dy", shift.dy)):
        # Written so that NaN is refused too.
        if not -MAX_SHIFT <= value <= MAX_SHIFT:
            raise BadValue(name, f"a shift of at most {MAX_SHIFT:g} mm", value)
    if shift_of(session, producer_id) == shift:
        return False
    row = session.get(tables.PrinterShift, producer_id) or tables.PrinterShift(producer_id=producer_id)
    row.dx, row.dy = round(shift.dx * PARTS), round(shift.dy * PARTS)
    session.add(row)
    session.flush()
    return True
