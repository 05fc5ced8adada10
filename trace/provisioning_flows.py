"""The dialogues of a station, put together from those of the chips: make ready, take back, look at (floor 3).

The server computes every command (keys never leave it) and the station carries it to the chip. What is decided in
the middle is asked of a `Desk`. A dialogue is replayed from its start at every exchange, so a desk gives the same
answers to the same dialogue again (`provisioning_desk`).

    provision   survey, prove, bind, write, lock, read back       the binding is stored before anything is signed
    void        survey, prove, unbind, blank                      the binding ends before the link is taken off; a live
                                                                  chip proves that it is the one in the books first
    inspect     survey, originality, live challenge with key 3    nothing is changed

A chip that is not what it should be raises a ChipError before anything is written to it. Looking at one refuses
nothing but other types: a copy is what an inspector wants to see in the report, also one that does not say what it is,
or lets nobody read it. Not live is said of a wrong key or a wrong answer to the challenge, and of nothing else.
"""

from dataclasses import dataclass, replace
from typing import Final, Protocol

from ocop.trace.tags import ntag21x, ntag21x_flows, ntag424_flows
from ocop.trace.tags import ntag424_commands as do
from ocop.trace.tags.dialogue import Dialogue, Exchange, Step, seeded
from ocop.trace.tags.errors import BadAnswer, ChipError, WrongChip
from ocop.trace.tags.link import Content
from ocop.trace.tags.ntag21x_flows import Credential, PageRefused
from ocop.trace.tags.ntag424 import LIVE_KEY, NDEF_FILE, AuthenticationFailed, StatusError
from ocop.trace.tags.ntag424_commands import Chance
from ocop.trace.tags.ntag424_flows import ForeignChip, KeyRing
from ocop.trace.tags.originality import NTAG21X, NTAG424, SIMULATED_21X, SIMULATED_424, Maker
from ocop.trace.tags.plan import Kind
from ocop.trace.tags.secure import MacMismatch

NTAG424_TYPE: Final = "ntag424"
SIGNATURE_21X: Final = 32


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
    whether its maker's signature over its UID is right; None when the chip told none. `locked` is None where the chip
    did not let that be read, `chip_type` "" where it did not say.
    """

    uid: bytes
    chip_type: str
    link: str = ""
    counter: int | None = None
    locked: bool | None = False
    live: bool | None = None
    original: bool | None = None


class NotProven(WrongChip):
    """A chip under the UID of a live one that doesn't show its keys or password: a copy, or one that is broken."""

    def __init__(self) -> None:
        super().__init__(
            "expected the chip to prove that it is the one in the books, got no proof",
            "its binding stands; the maker's studio or the office can end it",
        )


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

    def proof(self, uid: bytes) -> KeyRing | None:
        """The keys that a live chip must prove before its binding ends, and no others; None when none is asked for."""

    def proof_21x(self, found: ntag21x_flows.Survey) -> Credential | None:
        """The same for the password of a chip without keys."""

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
    chip = yield from _entered(found, desk.proof(found.uid), ring, seeded(seed), maker)
    desk.unbind(chip.uid)
    yield from ntag424_flows.blank(chip, ring)
    return Done(chip.uid, NTAG424_TYPE, original=True)


def _entered(
    found: ntag424_flows.Survey, own: KeyRing | None, ring: KeyRing, chance: Chance, maker: Maker
) -> Dialogue[ntag424_flows.Entered]:
    """With `own`, the keys of a live binding, by those only: the factory's are known to everyone."""
    if own is None:
        return (yield from ntag424_flows.enter(found, ring, chance, maker))
    try:
        return (yield from ntag424_flows.enter(found, own, chance, maker))
    except (ForeignChip, AuthenticationFailed, MacMismatch) as error:
        raise NotProven from error


def _inspect_424(desk: Desk, seed: bytes, maker: Maker) -> Dialogue[Done]:
    uid, link = yield from _seen_424()
    original = yield from _original_424(uid, maker)
    seen = Done(uid, NTAG424_TYPE, link, original=original)
    ring = desk.known_keys(uid, blank=False)
    if ring is None:
        return seen
    try:
        yield from do.select_application(Step.CHECK)
    except ChipError:
        return seen
    try:
        session = yield from do.authenticate(LIVE_KEY, ring.target.keys[LIVE_KEY], seeded(seed), Step.CHECK)
    except (AuthenticationFailed, MacMismatch, BadAnswer):
        return replace(
            seen, live=False
        )  # another key; or old answers said again, or none that could be right
    except StatusError:
        return seen  # lifted, or made to wait by somebody's wrong keys: which is no word against it
    # The key is this UID's alone, so the UID is proven with it. Whatever fails from here on takes nothing away.
    try:
        counter = yield from do.get_file_counter(session, NDEF_FILE)
    except ChipError:
        return replace(seen, live=True)
    return replace(seen, counter=counter, live=True)


def _seen_424() -> Dialogue[tuple[bytes, str]]:
    """UID and link; "" where the file is closed to readers. Raises WrongChip (another type), StatusError, BadAnswer."""
    try:
        found = yield from ntag424_flows.survey()
    except (StatusError, BadAnswer):
        yield from do.select_application()
        return (yield from do.get_version()).uid, ""
    return found.uid, found.content.link or ""


def _original_424(uid: bytes, maker: Maker) -> Dialogue[bool | None]:
    """Asked outside of any session, so that it is known of chips whose keys we don't hold, too."""
    try:
        signature = yield from do.read_signature_plain()
    except (StatusError, BadAnswer):
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
    own = desk.proof_21x(found)
    if own is not None:
        if found.config.attempts:
            raise NotProven  # ours never counts wrong passwords; one that does would be lost by ours
        if not (yield from ntag21x_flows.prove_password(own, Step.LOOK)):
            raise NotProven
    desk.unbind(found.uid)
    yield from ntag21x_flows.blank(found, order)
    return Done(found.uid, type_of(found.model), original=True)


def _inspect_21x(desk: Desk, maker: Maker) -> Dialogue[Done]:
    """Reads what it is let. Raises WrongChip for other types, and BadAnswer where not even the UID can be read."""
    del desk
    try:
        model = ntag21x.parse_version((yield Exchange(ntag21x.GET_VERSION)))
    except ntag21x.NoVersion:
        model = None  # a copy
    head = yield from ntag21x_flows.read_pages(0, reactivate=model is None)
    uid = ntag21x.parse_uid(head)
    signature = yield Exchange(ntag21x.READ_SIGNATURE)
    original = maker.made(uid, signature) if len(signature) == SIGNATURE_21X else None
    refused, locked = original is None, None
    if model is not None:
        try:
            tail = yield from ntag21x_flows.read_pages(model.dynamic_lock, reactivate=refused)
            refused, locked = False, ntag21x.Config.decode(tail[4:12]).locked
        except PageRefused:
            refused = True
    try:
        content = yield from ntag21x_flows.read_content(model or _as_told(head), Step.LOOK, refused)
    except PageRefused:
        content = Content()
    kind = "" if model is None else type_of(model)
    return Done(uid, kind, content.link or "", locked=locked, original=original)


def _as_told(head: bytes) -> ntag21x.Model:
    """A type as large as the capability container of a chip says that does not tell which it is."""
    last = ntag21x.USER_PAGE - 1 + 2 * head[14]
    return replace(
        ntag21x.NTAG213, last_user=min(max(last, ntag21x.USER_PAGE + 3), ntag21x.NTAG216.last_user)
    )


def type_of(model: ntag21x.Model) -> str:
    """`ntag215`, as the chip's row says it."""
    return model.name.lower()
