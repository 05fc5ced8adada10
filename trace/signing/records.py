"""What a replayed ledger says of keys and batches: frozen values, no behaviour (`ledger.py` makes them).

Positions are ledger indices. Serials are item numbers 1..999,999; 0 stands for the code of a whole batch.
Times are those that the entries claim, in UTC.
"""

from dataclasses import dataclass
from datetime import date, datetime

from .entries import Why
from .keys import Verifier


@dataclass(frozen=True, slots=True)
class KeyRecord:
    """One public key. `active`: it is its issuer's newest and not withdrawn, so it may enter batches."""

    issuer: str
    number: int
    position: int
    verifier: Verifier
    entered_at: datetime
    active: bool = True
    cutoff: int | None = None

    @property
    def withdrawn(self) -> bool:
        """Whether batches from `cutoff` on have lost their credit."""
        return self.cutoff is not None


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """Serials `first`..`last` are cancelled, or the one chip `uid` is; by the act at `position`."""

    position: int
    at: datetime
    why: Why
    first: int = 0
    last: int = 0
    uid: bytes | None = None


@dataclass(frozen=True, slots=True)
class Recalled:
    """The batch is called back by the act at `position`."""

    position: int
    at: datetime
    why: Why


@dataclass(frozen=True, slots=True)
class BatchState:
    """One batch as the ledger knows it now. `made` is a civil date at UTC+07:00."""

    id: str
    lot: str
    position: int
    issuer: str
    key_number: int
    level: str
    first: int
    last: int
    made: date
    entered_at: datetime
    key_withdrawn: bool = False
    release_position: int | None = None
    released_at: datetime | None = None
    withdrawals: tuple[Withdrawn, ...] = ()
    chip_withdrawals: tuple[Withdrawn, ...] = ()
    chips_root: bytes | None = None
    recall: Recalled | None = None

    def withdrawn(self, serial: int) -> Withdrawn | None:
        """The first act that cancels item number `serial` (0: the code of the batch), if one stands."""
        return next((w for w in self.withdrawals if w.first <= serial <= w.last), None)
