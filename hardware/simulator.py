"""A reader with simulated chips: ships with the product, for trying out, for tests, for training.

It implements `reader.Reader`, so that everything above runs as it does on a real one. Nothing is random: a
chip's UID, signature and challenges follow from its seed, and a cut happens where it was asked for.

**Loss of the field.** `cut_after(n, kept)` lets n more exchanges pass and cuts the next one. `kept` says how far
the chip came: 0 is before it did anything; of an NTAG21x page write the first `kept` bytes of four stay; an
NTAG 424 carries a frame out wholly or not at all, so any `kept` above 0 means done, and the answer lost. That
covers loss at any byte: before the chip has the whole command nothing happens, and after it only the answer
is lost. The chip is then off the reader until `place`.

**Originality.** Only NXP can sign for NXP. Simulated chips carry signatures of `simulated_maker`, whose private
key is public; nothing real must ever trust it.

Worked example: `reader = SimulatedReader(blank_424(b"1"))`; `reader.wait_for_chip(0)` -> Contact(TYPE_4, 04...).
"""

import json
from collections.abc import Callable
from functools import cache
from hashlib import sha256
from typing import Any, Protocol

from ocop.hardware.reader import ChipLost, Contact, Family, NoChip, ReaderError
from ocop.hardware.simulator_ntag21x import Ntag21x
from ocop.hardware.simulator_ntag424 import Ntag424
from ocop.trace.tags.ntag21x import Model
from ocop.trace.tags.originality import SECP128R1, SECP224R1, Curve, Maker


class SimulatedChip(Protocol):
    """What the reader needs from a chip."""

    family: Family

    @property
    def uid(self) -> bytes:
        """Seven bytes."""

    def activate(self) -> None:
        """Power comes."""

    def transceive(self, command: bytes) -> bytes:
        """One command."""

    def tear(self, command: bytes, kept: int) -> None:
        """Power goes during a command."""

    def state(self) -> dict[str, Any]:
        """All that survives without power."""


class SimulatedReader:
    """A reader with at most one chip on it. `changed` is called after every exchange that may have changed it."""

    def __init__(
        self,
        chip: SimulatedChip | None = None,
        name: str = "Simulated reader",
        changed: Callable[[], None] = lambda: None,
    ) -> None:
        self.name = name
        self.exchanges = 0
        self._changed = changed
        self._chip: SimulatedChip | None = None
        self._cut: tuple[int, int] | None = None
        if chip is not None:
            self.place(chip)

    def place(self, chip: SimulatedChip) -> None:
        """Puts a chip into the field."""
        chip.activate()
        self._chip = chip

    def lift(self) -> None:
        """Takes the chip away."""
        self._chip = None

    @property
    def empty(self) -> bool:
        """Whether no chip is in the field."""
        return self._chip is None

    def cut_after(self, exchanges: int, kept: int = 0) -> None:
        """Lets so many exchanges pass and cuts the next one; see the module."""
        self._cut = (self.exchanges + exchanges, kept)

    def wait_for_chip(self, seconds: float) -> Contact:
        """The chip on the reader. Raises NoChip at once when there is none."""
        del seconds
        chip = self._present()
        chip.activate()
        if isinstance(chip, Ntag424) and chip.random_id:
            return Contact(chip.family, b"\x08" + sha256(chip.seed).digest()[:3])
        return Contact(chip.family, chip.uid)

    def wait_for_removal(self, seconds: float) -> bool:
        """Takes the chip away, as the person at the reader would."""
        del seconds
        self.lift()
        return True

    def reactivate(self) -> None:
        """A new activation. Raises ChipLost."""
        self._present(ChipLost).activate()

    def transceive(self, command: bytes) -> bytes:
        """One exchange. Raises NoChip without a chip, ChipLost when the field goes in the middle."""
        chip = self._present()
        if self._cut is not None and self.exchanges >= self._cut[0]:
            kept, self._cut, self._chip = self._cut[1], None, None
            chip.tear(command, kept)
            self._changed()
            raise ChipLost
        self.exchanges += 1
        answer = chip.transceive(command)
        self._changed()
        return answer

    def close(self) -> None:
        """Nothing to let go of."""
        self._chip = None

    def _present(self, error: type[NoChip | ChipLost] = NoChip) -> SimulatedChip:
        if self._chip is None:
            raise error
        return self._chip


@cache
def simulated_maker(curve: Curve) -> Maker:
    """Who signs simulated chips."""
    public = curve.multiply(_private(curve), curve.generator)
    if public is None:
        raise ReaderError("expected a key pair for simulated chips, got the point at infinity")
    return Maker(curve, public, "simulated chips, worth nothing")


def _private(curve: Curve) -> int:
    return int.from_bytes(sha256(b"ocop simulated chips, public").digest(), "big") % curve.n


def sign_uid(curve: Curve, uid: bytes) -> bytes:
    """The simulated maker's ECDSA signature over a UID, deterministic."""
    message, private = int.from_bytes(uid, "big"), _private(curve)
    nonce = int.from_bytes(sha256(b"nonce" + uid + private.to_bytes(32, "big")).digest(), "big") % curve.n
    point = curve.multiply(nonce, curve.generator)
    r = (point[0] if point else 0) % curve.n
    s = pow(nonce, -1, curve.n) * (message + r * private) % curve.n
    return r.to_bytes(curve.size, "big") + s.to_bytes(curve.size, "big")


def simulated_uid(seed: bytes) -> bytes:
    """Seven bytes, the first NXP's manufacturer code."""
    return b"\x04" + sha256(b"uid" + seed).digest()[:6]


def blank_21x(model: Model, seed: bytes) -> Ntag21x:
    """A chip from the factory."""
    uid = simulated_uid(seed)
    return Ntag21x.blank(model, uid, sign_uid(SECP128R1, uid))


def blank_424(seed: bytes) -> Ntag424:
    """A chip from the factory."""
    uid = simulated_uid(seed)
    return Ntag424.blank(uid, sign_uid(SECP224R1, uid), seed)


def save(chip: SimulatedChip) -> str:
    """A chip as JSON text: all that it remembers without power."""
    return json.dumps(chip.state(), sort_keys=True)


def load(text: str) -> Ntag21x | Ntag424:
    """The inverse of `save`. Raises ReaderError for anything else."""
    try:
        state = json.loads(text)
        return Ntag424.restore(state) if state["chip"] == "NTAG424" else Ntag21x.restore(state)
    except (ValueError, TypeError, LookupError, AttributeError, StopIteration) as error:
        raise ReaderError(f"expected the saved state of a simulated chip, got {text[:60]!r}") from error
