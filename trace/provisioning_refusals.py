"""Why the server refuses a chip in the middle of its dialogue, as things stand in its books (floor 3).

    raise OtherNumber(12, wanted=13, lot="L2609A")      # .about == {"number": 12, "wanted": 13, "lot": "L2609A"}

`about` travels to the station, whose sentence then names the number to act on.
"""

from collections.abc import Sequence
from typing import Final

from ocop.trace.registry.tables_chips import Chip
from ocop.trace.tags.errors import WrongChip
from ocop.trace.tags.plan import PlanFull
from ocop.trace.text import VIETNAM

MOST_TOLD: Final = 20


class OtherBatch(WrongChip):
    """The chip stands bound to an item that is not in this plan; `about` says which."""

    def __init__(self, sentence: str, hint: str, number: int, lot: str) -> None:
        super().__init__(sentence, hint)
        self.about: Final = {"number": number, "lot": lot}


class OtherNumber(WrongChip):
    """The chip stands bound to another item than the one whose label was scanned; `number` is the chip's."""

    def __init__(self, number: int, wanted: int, lot: str) -> None:
        super().__init__(
            f"expected a chip for number {wanted}, got the chip of number {number}",
            f"put this chip on number {number}, or take a blank one",
        )
        self.number: Final = number
        self.about: Final = {"number": number, "wanted": wanted, "lot": lot}


class NoMoreGenerations(WrongChip):
    """The chip was bound so often that the byte of its generation has no room for another time."""

    def __init__(self, most: int) -> None:
        super().__init__(
            f"expected a chip bound at most {most} times, got one bound more often", "take a new one"
        )


class PlanStuck(PlanFull):
    """No number is free, and chips that were never finished hold some; `about` says which, by whom, since when."""

    def __init__(self, error: PlanFull, held: Sequence[Chip]) -> None:
        named = [(chip.number, chip.uid.hex().upper(), chip.bound_at.astimezone(VIETNAM)) for chip in held]
        said = ", ".join(f"{number} by {uid} since {at:%d/%m/%Y}" for number, uid, at in named[:MOST_TOLD])
        more = f" and {len(named) - MOST_TOLD} more" if len(named) > MOST_TOLD else ""
        super().__init__(
            f"{error.sentence}; half written: {said}{more}",
            "put those chips on again, or let the office void them (ocop-trace chips void)",
        )
        self.about: Final = {
            "held": [
                {"number": number, "uid": uid, "since": at.isoformat()}
                for number, uid, at in named[:MOST_TOLD]
            ],
            "count": len(named),
        }


class OtherStation(WrongChip):
    """The chip is of no plan that this station may work on."""


class BindingEnded(WrongChip):
    """The chip's binding was voided or replaced while it was being written."""
