"""A provisioning plan: which items of a batch get which kind of chip, and which number the next chip gets.

    plan = Plan("L2609A", Kind.NTAG424, 1, 300, frozenset({1, 2, 5}))
    plan.choose() == 3                   the lowest number that has no chip
    plan.choose(12) == 12                the label was scanned first
    plan.left == 297

A plan is made for one kind of chip and never mixes them: the operator has one box of chips before them. What a
plan would write is checked when it is made, not when the first chip is on the reader: an NTAG 424 has room for
113 characters of host and path (256 bytes of file), an NTAG215 for more; an NTAG213 holds 137 bytes in all,
which is too little for any signed link with tap data, so there is no plan for it.

The link of an item is the same text for every chip that could carry it but for the token, whose length is fixed:
so `check_room` tries it with a token of zeros.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from ocop.trace.tags import ntag21x, ntag424
from ocop.trace.tags.errors import ChipError
from ocop.trace.tags.ndef import NdefError

TOKEN_LENGTH: Final = 90
MAX_ITEM: Final = 999_999


class PlanError(ChipError):
    """A plan that cannot be carried out, or a number that it does not have."""


class NumberTaken(PlanError):
    """The item has a chip already; `number` is its number."""

    def __init__(self, number: int) -> None:
        super().__init__(
            f"expected an item without a chip, got number {number}, which has one",
            "void or replace its chip first, or take another item",
        )
        self.number: Final = number


class PlanFull(PlanError):
    """Every item of the plan has its chip."""


class Kind(StrEnum):
    """The two families of chips, as stations name them."""

    NTAG424 = "ntag424"
    NTAG21X = "ntag21x"


def item_link(public_url: str, path: str, token_text: str) -> str:
    """The static part of a chip's link: address, path of the item, token in its form for chips."""
    return f"{public_url}{path}?s={token_text}"


def check_room(kind: Kind, public_url: str, path: str) -> None:
    """Raises PlanError unless the link of the item at `path` fits the chip, tap data included."""
    base = item_link(public_url, path, "A" * TOKEN_LENGTH)
    try:
        if kind is Kind.NTAG424:
            ntag424.template(base)
        else:
            ntag21x.image(ntag21x.NTAG215, base)
    except NdefError as error:
        raise PlanError(f"{error.sentence}: {public_url}{path}", "use a shorter address or lot") from error


@dataclass(frozen=True, slots=True)
class Plan:
    """Items `first`..`last` of a lot; `taken` are those of the whole batch that have a chip, or must not get one."""

    lot: str
    kind: Kind
    first: int
    last: int
    taken: frozenset[int] = frozenset()

    def __post_init__(self) -> None:
        if not 1 <= self.first <= self.last <= MAX_ITEM:
            raise PlanError(f"expected items within 1..{MAX_ITEM}, got {self.first}..{self.last}")

    @property
    def total(self) -> int:
        """How many items it has."""
        return self.last - self.first + 1

    @property
    def left(self) -> int:
        """How many of them still wait for a chip."""
        return self.total - sum(self.first <= number <= self.last for number in self.taken)

    def choose(self, wanted: int | None = None) -> int:
        """The number of the next chip: the one on the label, else the lowest free one. Raises PlanError."""
        if wanted is None:
            free = (number for number in range(self.first, self.last + 1) if number not in self.taken)
            number = next(free, None)
            if number is None:
                raise PlanFull(
                    f"expected an item without a chip in {self.first}..{self.last} of lot {self.lot}, got none",
                    "every item of this plan has its chip; make a plan for the next ones",
                )
            return number
        if not self.first <= wanted <= self.last:
            raise PlanError(
                f"expected a number within {self.first}..{self.last} of lot {self.lot}, got {wanted}",
                "this label belongs to another plan",
            )
        if wanted in self.taken:
            raise NumberTaken(wanted)
        return wanted
