"""The dialogues of a station, put together from those of the chips: make ready, take back, look at (floor 3).

The server computes every command (keys never leave it) and the station carries it to the chip. What is decided in
the middle is asked of a `Desk`. A dialogue is replayed from its start at every exchange, so a desk gives the same
answers to the same dialogue again (`provisioning_desk`).

    provision   survey, prove, bind, write, lock, read back       the binding is stored before anything is signed
    void        survey, prove, unbind, blank                      the binding ends before the link is taken off
    inspect     survey, originality, live challenge with key 3    nothing is changed

A chip that is not what it should be raises a ChipError before anything is written to it. Looking at one refuses
nothing but other types: a copy is what an inspector wants to see in the report.
"""

from dataclasses import dataclass, replace
from typing import Final, Protocol

from ocop.trace.tags import ntag21x, ntag21x_flows, ntag424_commands, ntag424_flows
from ocop.trace.tags.dialogue import Dialogue, seeded
from ocop.trace.tags.errors import ChipError
from ocop.trace.tags.ntag424 import LIVE_KEY, AuthenticationDelayed, StatusError
from ocop.trace.tags.ntag424_flows import ForeignChip, KeyRing
from ocop.trace.tags.originality import NTAG21X, NTAG424, SIMULATED_21X, SIMULATED_424, Maker, NotOriginal
from ocop.trace.tags.plan import Kind
from ocop.trace.tags.secure import MacMismatch

NTAG424_TYPE: Final = "ntag424"


@dataclass(frozen=True, slots=True)
class Makers:
    """Whose chips are accepted: NXP's, or in a demo the simulator's."""

    ntag21x: Maker
    ntag424: Maker


NXP: Final = Makers(NTAG21X, NTAG424)
SIMULATED: Final = Makers(SIMULATED_21X, SIMULATED_424)


@dataclass(frozen=True, slots=True)
class Done:
    """How a dialogue ended. `counter` was spent by our own reading, None where there is none.

    `live` says that the chip proved key 3 just now; None when that was not asked, or cannot be. `original` says
    whether its maker's signature over its UID is right; None when the chip told none.
    """

    uid: bytes
    chip_type: str
    link: str = ""
    counter: int | None = None
    locked: bool = False
    live: bool | None = None
    original: bool | None = None


class Desk(Protocol):
    """What the server decides in the middle of a dialogue. Each may refuse the chip with a WrongChip."""

    def keys(self, survey: ntag424_flows.Survey) -> KeyRing:
        """The keys that the chip has or may have, and those it shall have."""

    def order(self, chip: ntag424_flows.Entered) -> ntag424_flows.Order:
        """Stores the binding, then signs."""

    def order_21x(self, found: ntag21x_flows.Survey) -> ntag21x_flows.Order:
        """The same for a chip without keys."""

    def known_keys(self, uid: bytes, *, blank: bool) -> KeyRing | None:
        """The keys of a chip of ours, with the factory's as those it shall have if `blank`; None for any other."""

    def unbind(self, uid: bytes) -> None:
        """Ends the chip's binding, if it has one. Refuses a chip that never was ours."""

    def give_back(self) -> None:
        """Ends a binding that this dialogue began: the chip was refused with nothing written on it."""

    def passwords(self, found: ntag21x_flows.Survey) -> ntag21x_flows.Order:
        """An order that names every password the chip may have."""


def dialogue(kind: str, family: Kind, desk: Desk, seed: bytes, makers: Makers) -> Dialogue[Done]:
    """The dialogue of that name for that family of chips."""
    if kind == "provision":
        making = _provision_424(desk, seed, makers.ntag424)
        if family is Kind.NTAG21X:
            making = _provision_21x(desk, makers.ntag21x)
        return _or_given_back(making, desk)
    if family is Kind.NTAG424:
        made = {"void": _void_424, "inspect": _inspect_424}[kind]
        return made(desk, seed, makers.ntag424)
    plain = {"void": _void_21x, "inspect": _inspect_21x}[kind]
    return plain(desk, makers.ntag21x)


def _or_given_back(making: Dialogue[Done], desk: Desk) -> Dialogue[Done]:
    """What a chip carries is judged after its binding, by the link it shall get: refused unwritten, it keeps no number.

    Once something was written the binding stays: the chip is resumed or voided.
    """
    wrote = False
    try:
        exchange = next(making)
        while True:
            wrote = wrote or exchange.step.changes
            exchange = making.send((yield exchange))
    except StopIteration as end:
        done: Done = end.value
        return done
    except ChipError:
        if not wrote:
            desk.give_back()
        raise


def _provision_424(desk: Desk, seed: bytes, maker: Maker) -> Dialogue[Done]:
    ready = yield from ntag424_flows.provision(desk, seeded(seed), maker)
    return Done(ready.uid, NTAG424_TYPE, ready.link, ready.counter, original=True)


def _void_424(desk: Desk, seed: bytes, maker: Maker) -> Dialogue[Done]:
    found = yield from ntag424_flows.survey()
    ring = desk.known_keys(found.uid, blank=True)
    if ring is None:
        raise ForeignChip("expected a chip of ours, got one that was never bound here")
    chip = yield from ntag424_flows.enter(found, ring, seeded(seed), maker)
    desk.unbind(chip.uid)
    yield from ntag424_flows.blank(chip, ring)
    return Done(chip.uid, NTAG424_TYPE, original=True)


def _inspect_424(desk: Desk, seed: bytes, maker: Maker) -> Dialogue[Done]:
    found = yield from ntag424_flows.survey()
    original = yield from _original_424(found.uid, maker)
    seen = Done(found.uid, NTAG424_TYPE, found.content.link or "", original=original)
    ring = desk.known_keys(found.uid, blank=False)
    if ring is None:
        return seen
    chance = seeded(seed)
    try:
        chip = yield from ntag424_flows.enter(found, ring, chance, maker)
        proof = yield from ntag424_flows.prove(ring.at(LIVE_KEY, chip.key_versions[LIVE_KEY]), chance)
    except AuthenticationDelayed:
        return seen  # somebody tried wrong keys on it: it listens to nobody now, which is no word against it
    except (ForeignChip, MacMismatch, NotOriginal, StatusError):
        # MacMismatch: old answers said again. StatusError: another key, or a blank chip under one of our UIDs.
        return replace(seen, live=False)
    # Before it is written a chip holds the factory's keys, which everyone knows: an answer proves nothing then.
    ours = chip.key_versions[LIVE_KEY] == ring.target.version and proof.uid == found.uid
    return replace(seen, counter=proof.counter, live=ours)


def _original_424(uid: bytes, maker: Maker) -> Dialogue[bool | None]:
    """Asked outside of any session, so that it is known of chips whose keys we don't hold, too."""
    try:
        signature = yield from ntag424_commands.read_signature_plain()
    except StatusError:
        return None
    return maker.made(uid, signature)


def _provision_21x(desk: Desk, maker: Maker) -> Dialogue[Done]:
    found = yield from ntag21x_flows.survey(maker)
    ntag21x.check_room(found.model)
    order = desk.order_21x(found)
    yield from ntag21x_flows.personalise(found, order)
    ready = yield from ntag21x_flows.lock(found, order)
    return Done(ready.uid, type_of(found.model), ready.link, ready.counter, ready.locked, original=True)


def _void_21x(desk: Desk, maker: Maker) -> Dialogue[Done]:
    found = yield from ntag21x_flows.survey(maker)
    order = desk.passwords(found)
    desk.unbind(found.uid)
    yield from ntag21x_flows.blank(found, order)
    return Done(found.uid, type_of(found.model), original=True)


def _inspect_21x(desk: Desk, maker: Maker) -> Dialogue[Done]:
    del desk
    found = yield from ntag21x_flows.survey(None)
    original = maker.made(found.uid, found.signature)
    link = found.content.link or ""
    return Done(found.uid, type_of(found.model), link, locked=found.config.locked, original=original)


def type_of(model: ntag21x.Model) -> str:
    """`ntag215`, as the chip's row says it."""
    return model.name.lower()
