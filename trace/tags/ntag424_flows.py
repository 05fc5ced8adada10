"""Making an NTAG 424 DNA ready, looking at one, proving one (DESIGN 6).

    survey      select, version, key versions, what link is on it                     no key needed
    enter       authenticate key 0, GetCardUID, Read_Sig                              the chip is what it says
    personalise NDEF, ChangeFileSettings, keys 1..4, key 0, read back, verify SUN, prove the new key 0
    provision   all of it, asking a `Desk` (the server) for keys and for the link
    prove       a live challenge with key 3: fresh, cannot be replayed

**Every flow starts from what the chip says, never from what we think we did**, so running it again after a
cut at any point converges: a key slot is either at its old or at its new version (the chip changes a key in
one atomic frame), the settings are compared before they are changed (switching SDM on would set the tap
counter back), and the link is written with NLEN 0 first, so half a link is never readable.

**A wrong chip is never written over**: key versions that we hold no key for, a link that is not the one to be
written nor the one it replaces, random ID switched on, another type: each is its own error before any write.

The version byte of every key is the chip generation (1 to 255); 0 is the factory's.

Worked example: with a link of 175 bytes a blank chip takes 37 exchanges to be ready; run at once again, 27,
none of which changes it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from ocop.trace.tags import ntag424_commands as do
from ocop.trace.tags.dialogue import Dialogue, Step
from ocop.trace.tags.errors import BadAnswer, WrongChip
from ocop.trace.tags.link import MAC_MARK, MIRROR_MARK, Content
from ocop.trace.tags.ndef import NdefError, from_type4
from ocop.trace.tags.ntag424 import (
    FACTORY_NDEF,
    FILE_KEY,
    KEY_COUNT,
    MASTER_KEY,
    NDEF_FILE,
    NDEF_FILE_ID,
    AuthenticationFailed,
    StatusError,
    Template,
    Version,
)
from ocop.trace.tags.ntag424_commands import Chance
from ocop.trace.tags.originality import NTAG424, Maker
from ocop.trace.tags.secure import FACTORY_KEY, SecureError, Session, diversify
from ocop.trace.tags.sun import Mirror, check, parse_mac

WRITE_CHUNK: Final = 48
"""Bytes of a link per frame. The chip takes 112; cheap readers are known to choke on more than 52."""


class ForeignChip(WrongChip):
    """The chip has keys that we do not hold."""


@dataclass(frozen=True, slots=True)
class ChipKeys:
    """The five keys of one chip at one generation; `version` stands in the chip beside each key."""

    version: int
    keys: tuple[bytes, ...]

    def __post_init__(self) -> None:
        if len(self.keys) != KEY_COUNT or not 0 <= self.version <= 255:
            raise SecureError(f"expected {KEY_COUNT} keys and a version of 0 to 255, got {len(self.keys)}")

    @classmethod
    def derive(cls, master: bytes, uid: bytes, master_generation: int, chip_generation: int) -> "ChipKeys":
        """All five by AN10922. Raises SecureError."""
        made = (diversify(master, uid, n, master_generation, chip_generation) for n in range(KEY_COUNT))
        return cls(chip_generation, tuple(made))

    def __repr__(self) -> str:
        return f"ChipKeys(version={self.version})"


FACTORY: Final = ChipKeys(0, (FACTORY_KEY,) * KEY_COUNT)


@dataclass(frozen=True, slots=True)
class KeyRing:
    """The keys a chip may have now, by version, and those it shall have."""

    target: ChipKeys
    earlier: Mapping[int, ChipKeys]

    @classmethod
    def of(cls, target: ChipKeys, *earlier: ChipKeys) -> "KeyRing":
        """Factory keys are always among the earlier ones."""
        return cls(target, {keys.version: keys for keys in (FACTORY, *earlier)})

    def at(self, number: int, version: int) -> bytes:
        """Key `number` at `version`. Raises ForeignChip."""
        keys = self.target if version == self.target.version else self.earlier.get(version)
        if keys is None:
            raise ForeignChip(
                f"expected key {number} at version {', '.join(map(str, self._versions()))}, got {version}",
                "this chip belongs to someone else, or to another store of keys",
            )
        return keys.keys[number]

    def candidates(self, number: int) -> list[bytes]:
        """Every key `number` that a chip of ours may have, the likeliest first, the factory's last."""
        rings = [self.target, *(self.earlier[v] for v in sorted(self.earlier, reverse=True))]
        return list(dict.fromkeys(keys.keys[number] for keys in rings))

    def _versions(self) -> list[int]:
        return sorted({*self.earlier, self.target.version})


@dataclass(frozen=True, slots=True)
class Survey:
    """What a chip says without a key. The link in `content` is as read, with the mirrors filled in.

    `key_versions` is empty when the chip tells them to a key holder only.
    """

    version: Version
    key_versions: tuple[int, ...]
    content: Content

    @property
    def uid(self) -> bytes:
        """The UID as GetVersion gives it."""
        return self.version.uid


@dataclass(frozen=True, slots=True)
class Entered:
    """A chip that proved key 0 and told its UID under that key, with the maker's signature over it."""

    survey: Survey
    key_versions: tuple[int, ...]
    session: Session
    signature: bytes

    @property
    def uid(self) -> bytes:
        """The UID, proven equal in both answers."""
        return self.survey.uid


@dataclass(frozen=True, slots=True)
class Order:
    """What to write: the template, the static part of the link that it may replace ("" for none).

    `resuming` says that the writing of this UID had begun before.
    """

    template: Template
    replaces: str = ""
    resuming: bool = False


@dataclass(frozen=True, slots=True)
class Provisioned:
    """A chip that is ready. `counter` was spent by our own reading: only higher ones are fresh."""

    uid: bytes
    key_version: int
    counter: int
    link: str


class Desk(Protocol):
    """What the server decides in the middle. Asked again on every replay, so both must be idempotent."""

    def keys(self, survey: Survey) -> KeyRing:
        """The keys of this UID; reserves its next generation. May refuse the chip with WrongChip."""

    def order(self, chip: Entered) -> Order:
        """Stores the binding, then signs; the link to write. May refuse the chip with WrongChip."""


def survey() -> Dialogue[Survey]:
    """Select, version, key versions, link. Raises WrongChip for any other type, or with random ID on."""
    yield from do.select_application()
    version = yield from do.get_version()
    if version.random_id:
        raise WrongChip("expected a chip that shows its UID, got one with random ID switched on for ever")
    versions = yield from _versions_if_told()
    return Survey(version, versions, (yield from read_content()))


def _versions_if_told() -> Dialogue[tuple[int, ...]]:
    versions = []
    try:
        for number in range(KEY_COUNT):
            versions.append((yield from do.get_key_version(number)))
    except StatusError:
        return ()
    return tuple(versions)


def read_content(step: Step = Step.LOOK) -> Dialogue[Content]:
    """What a phone would find. With SDM on this counts as a tap."""
    file = yield from do.read_file(NDEF_FILE_ID, step=step)
    try:
        return Content.of(from_type4(file))
    except NdefError:
        return Content(garbled=True)


def enter(found: Survey, ring: KeyRing, chance: Chance, maker: Maker = NTAG424) -> Dialogue[Entered]:
    """Proves key 0, asks for the UID and the maker's signature. Raises ForeignChip, NotOriginal."""
    for number, version in enumerate(found.key_versions):
        ring.at(number, version)
    session = yield from _prove_master(found, ring, chance)
    versions = found.key_versions
    if not versions:
        versions = yield from _versions_in(session)
        for number, version in enumerate(versions):
            ring.at(number, version)
    uid = yield from do.get_card_uid(session)
    if uid != found.uid:
        raise BadAnswer(f"expected the UID {found.uid.hex().upper()} again, got {uid.hex().upper()}")
    signature = yield from do.read_signature(session)
    maker.check(uid, signature)
    return Entered(found, versions, session, signature)


def _prove_master(found: Survey, ring: KeyRing, chance: Chance) -> Dialogue[Session]:
    """A session of key 0. Each key that it may be is tried once: wrong ones are counted by the chip."""
    if found.key_versions:
        candidates = [ring.at(MASTER_KEY, found.key_versions[MASTER_KEY])]
    else:
        candidates = ring.candidates(MASTER_KEY)
    for key in candidates[:-1]:
        yield from do.select_application()
        try:
            return (yield from do.authenticate(MASTER_KEY, key, chance))
        except AuthenticationFailed:
            continue
    yield from do.select_application()
    return (yield from do.authenticate(MASTER_KEY, candidates[-1], chance))


def _versions_in(session: Session) -> Dialogue[tuple[int, ...]]:
    versions = []
    for number in range(KEY_COUNT):
        versions.append((yield from do.get_key_version_in(session, number)))
    return tuple(versions)


def personalise(chip: Entered, ring: KeyRing, order: Order, chance: Chance) -> Dialogue[Provisioned]:
    """Writes link, settings and keys as far as the chip does not have them, then checks all of it."""
    chip.survey.content.check_may_become(order.template.static, order.replaces, order.resuming)
    yield from _write_link(chip.session, order.template.file)
    settings, _ = yield from do.get_file_settings(chip.session, NDEF_FILE)
    if settings != order.template.settings:
        yield from do.change_file_settings(chip.session, NDEF_FILE, order.template.settings)
    yield from _change_keys(chip, ring)
    return (yield from verify(chip.uid, ring.target, order.template, chance))


def _write_link(session: Session, file: bytes) -> Dialogue[None]:
    """NLEN 0, the body, NLEN: whatever is cut, a phone finds nothing or the whole link."""
    yield from do.write_data(session, NDEF_FILE, 0, b"\x00\x00")
    for at in range(2, len(file), WRITE_CHUNK):
        yield from do.write_data(session, NDEF_FILE, at, file[at : at + WRITE_CHUNK])
    yield from do.write_data(session, NDEF_FILE, 0, file[:2])


def _change_keys(chip: Entered, ring: KeyRing) -> Dialogue[None]:
    """Keys 1 to 4, then key 0, which ends the session; slots at the target version are left alone."""
    for number in (*range(1, KEY_COUNT), MASTER_KEY):
        version = chip.key_versions[number]
        if version != ring.target.version:
            old, new = ring.at(number, version), ring.target.keys[number]
            yield from do.change_key(chip.session, number, old, new, ring.target.version)


def verify(uid: bytes, keys: ChipKeys, template: Template, chance: Chance) -> Dialogue[Provisioned]:
    """Reads the link as a phone does, checks its SUN, proves key 0. Raises BadAnswer, FalseMac, StatusError."""
    yield from do.select_application(Step.CHECK)
    link = (yield from read_content(Step.CHECK)).link or ""
    mirror = check_link(link, uid, keys, template)
    yield from do.authenticate(MASTER_KEY, keys.keys[MASTER_KEY], chance, Step.CHECK)
    yield from do.select_application(Step.CHECK)
    return Provisioned(uid, keys.version, mirror.counter, link)


def check_link(link: str, uid: bytes, keys: ChipKeys, template: Template) -> Mirror:
    """The tap data of a link just read. Raises BadAnswer when it is not what was written, FalseMac."""
    static, mirrors, rest = link.partition(MIRROR_MARK)
    m, macs, c = rest.partition(MAC_MARK)
    if not mirrors or not macs or static != template.static:
        raise BadAnswer(f"expected to read back {template.static[:80]!r}, got {link[:80]!r}")
    mirror = Mirror.parse(m)
    if mirror.uid != uid:
        raise BadAnswer(f"expected the UID {uid.hex().upper()} in the link, got {mirror.uid.hex().upper()}")
    check(keys.keys[FILE_KEY], uid, mirror.counter, parse_mac(c))
    return mirror


def provision(desk: Desk, chance: Chance, maker: Maker = NTAG424) -> Dialogue[Provisioned]:
    """From any chip in the field to one that is ready, or an error that says why not."""
    found = yield from survey()
    ring = desk.keys(found)
    chip = yield from enter(found, ring, chance, maker)
    order = desk.order(chip)
    if _complete(chip, ring, order) and (yield from _settings_are(chip, order)):
        return (yield from verify(chip.uid, ring.target, order.template, chance))
    return (yield from personalise(chip, ring, order, chance))


def _complete(chip: Entered, ring: KeyRing, order: Order) -> bool:
    if set(chip.key_versions) != {ring.target.version}:
        return False
    return chip.survey.content.static == order.template.static


def _settings_are(chip: Entered, order: Order) -> Dialogue[bool]:
    settings, _ = yield from do.get_file_settings(chip.session, NDEF_FILE)
    return settings == order.template.settings


def blank(chip: Entered, ring: KeyRing) -> Dialogue[None]:
    """Takes the link off and gives the factory's settings and keys back; `ring.target` must be FACTORY.

    For a chip that is to be used again. Its binding must be void before this begins.
    """
    yield from do.write_data(chip.session, NDEF_FILE, 0, b"\x00\x00")
    settings, _ = yield from do.get_file_settings(chip.session, NDEF_FILE)
    if settings != FACTORY_NDEF:
        yield from do.change_file_settings(chip.session, NDEF_FILE, FACTORY_NDEF)
    yield from _change_keys(chip, ring)
    yield from do.select_application(Step.CHECK)
    if (yield from read_content(Step.CHECK)) != Content():
        raise BadAnswer("expected an empty chip, got one that still carries a link")
