"""What a station shows, and the world it lives in: signs, screens, progress, time.

Worked example: `Sign(Kind.DONE, "Chip này là số 12: dán lên hộp số 12.", number=12)`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from ocop.hardware.phrases import Words


class Kind(StrEnum):
    """What a sign on the screen is about; decides its colour and its sound."""

    WAITING = "waiting"
    WRITING = "writing"
    DONE = "done"
    AGAIN = "again"
    PULLED = "pulled"
    REFUSED = "refused"
    READER = "reader"
    SERVER = "server"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Sign:
    """What the person sees and hears. `number` is the big one, None where there is none."""

    kind: Kind
    sentence: str
    hint: str = ""
    number: int | None = None
    progress: str = ""
    about: Mapping[str, Any] = field(default_factory=dict)
    """For reports: `plan`, `uid`, and of a chip made ready `link` and `state`."""


class Screen(Protocol):
    """Whoever shows signs."""

    def show(self, sign: Sign) -> None:
        """Shows one, until the next."""


@dataclass(frozen=True, slots=True)
class World:
    """Time, waiting and chance, as arguments."""

    now: Callable[[], datetime]
    pause: Callable[[float], None]
    new_request: Callable[[], str]


@dataclass(slots=True)
class Progress:
    """How far a plan is and how fast: only what this run did counts for the pace."""

    done: int
    total: int
    begun: datetime
    made: int = 0

    def says(self, now: datetime, words: Words) -> str:
        """For the person."""
        seconds = (now - self.begun).total_seconds()
        per_hour = round(self.made * 3600 / seconds) if self.made >= 3 and seconds > 0 else None
        return words.progress(self.done, self.total, per_hour)
