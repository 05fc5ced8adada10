"""What a list will do, line by line, before anything is written (floor 3, values)."""

import hashlib
from dataclasses import dataclass

from ocop.trace.importing_lines import ERROR, Problem, Record


@dataclass(frozen=True, slots=True)
class Planned:
    """What one line will do. `key` is empty for a product that will be handed a code.

    `product` numbers the product: the id of its row, or a number below zero for one that the list brings.
    """

    record: Record
    slug: str
    new_producer: bool
    product: int
    key: str
    new_product: bool
    new_certificate: bool
    fills: tuple[str, ...] = ()

    @property
    def changes(self) -> bool:
        """Whether it writes anything."""
        return self.new_producer or self.new_product or self.new_certificate or bool(self.fills)


@dataclass(frozen=True, slots=True)
class Plan:
    """A rehearsal: what each good line will do, what will wait for other offices, and every problem."""

    lines: tuple[Planned, ...]
    waits: tuple[Record, ...]
    problems: tuple[Problem, ...]
    seal: str

    @classmethod
    def of(
        cls, lines: tuple[Planned, ...], waits: tuple[Record, ...], problems: tuple[Problem, ...]
    ) -> "Plan":
        """With its seal: the digest of everything in it."""
        seal = hashlib.sha256(repr((lines, waits, problems)).encode()).hexdigest()
        return cls(lines, waits, problems, seal)

    @property
    def errors(self) -> tuple[Problem, ...]:
        """What stops the import."""
        return tuple(problem for problem in self.problems if problem.level == ERROR)

    @property
    def counts(self) -> dict[str, int]:
        """How many lines are read, wait, or are left as they are; how many makers, products, certificates are new."""
        return {
            "lines": len(self.lines) + len(self.waits),
            "producers": len({line.slug for line in self.lines if line.new_producer}),
            "products": sum(line.new_product for line in self.lines),
            "certificates": sum(line.new_certificate for line in self.lines),
            "waiting": len(self.waits),
            "unchanged": sum(not line.changes for line in self.lines),
        }
