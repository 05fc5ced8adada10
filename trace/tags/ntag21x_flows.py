"""Making an NTAG215 or NTAG216 ready, and looking at one (the order of writing stands in `ntag21x`).

    survey       GET_VERSION, UID, lock bytes, READ_SIG, configuration, what link is on it
    personalise  link, counter, password, protection, read back                       up to VERIFIED
    lock         CFGLCK, then nobody can move mirror or rights any more               LOCKED

Every flow starts from what the chip says, so running it again after a cut at any page converges. A page that
was torn in the middle may hold anything: old bytes, new ones, or erased ones. **Password and PACK are
written only while no password is asked for**, so the one that counts is always one we hold, and every other
page is written again. One thing no order can mend: a torn CFG1 that ends with CFGLCK set locks what it holds
for ever; such a chip is put aside, its number goes to another one.

A chip whose configuration is locked keeps its password for life: an order for it names that one.

The configuration takes effect when the chip is activated anew; the flows ask for that where it matters.

Worked example: a blank NTAG215 with 175 bytes of TLV takes 50 page writes, the lock included, and 94 exchanges
in all; run again, 42, none of which changes it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from ocop.trace.tags import ntag21x as layout
from ocop.trace.tags.dialogue import Dialogue, Exchange, Step
from ocop.trace.tags.errors import BadAnswer, WrongChip
from ocop.trace.tags.link import MIRROR_MARK, Content
from ocop.trace.tags.ntag21x import ACK, PAGE, USER_PAGE, Config, Image, Locks, Model
from ocop.trace.tags.originality import NTAG21X, Maker
from ocop.trace.tags.secure import same
from ocop.trace.tags.sun import Mirror

_READ, _WRITE, _PASSWORD = 0x30, 0xA2, 0x1B
_NEVER: Final = 0xFF


class LockedChip(WrongChip):
    """Pages that would have to be written are locked for ever."""


class ForeignPassword(WrongChip):
    """The chip is protected by a password that is not ours."""

    def __init__(self) -> None:
        super().__init__(
            "expected a chip without password, or with ours, got one that refuses ours",
            "this chip belongs to someone else",
        )


class PageRefused(BadAnswer):
    """The chip did not acknowledge a page; `page` is its number."""

    def __init__(self, doing: str, page: int, answer: bytes) -> None:
        got = f"NAK {answer.hex()}" if answer else "no answer"
        super().__init__(f"{doing} page {page:02X}h: expected the chip to accept, got {got}")
        self.page = page


@dataclass(frozen=True, slots=True)
class Credential:
    """Password (4 bytes) and its acknowledge (2 bytes)."""

    pwd: bytes
    pack: bytes

    def __repr__(self) -> str:
        return "Credential()"


@dataclass(frozen=True, slots=True)
class Survey:
    """What a chip says of itself. The link in `content` is as read, with the mirror filled in."""

    model: Model
    uid: bytes
    cc: bytes
    signature: bytes
    locks: Locks
    config: Config
    content: Content

    @property
    def protected(self) -> bool:
        """Whether writing needs a password."""
        return self.config.auth0 <= self.model.last


@dataclass(frozen=True, slots=True)
class Order:
    """What to write, with which password; the passwords it may have had; see `link` for the other two."""

    image: Image
    credential: Credential
    earlier: Sequence[Credential] = ()
    replaces: str = ""
    resuming: bool = False


@dataclass(frozen=True, slots=True)
class Provisioned:
    """A chip that is ready. `counter` is what its mirror showed, None without one."""

    uid: bytes
    counter: int | None
    link: str
    locked: bool


def read_pages(page: int, step: Step = Step.LOOK, reactivate: bool = False) -> Dialogue[bytes]:
    """READ: 4 pages, 16 bytes, from `page`. Raises PageRefused."""
    answer = yield Exchange(bytes([_READ, page]), step, reactivate)
    if len(answer) != 4 * PAGE:
        raise PageRefused("reading", page, answer)
    return answer


def write_page(page: int, data: bytes, step: Step) -> Dialogue[None]:
    """WRITE: one page of 4 bytes. Raises PageRefused."""
    answer = yield Exchange(bytes([_WRITE, page]) + data, step)
    if answer != ACK:
        raise PageRefused("writing", page, answer)


def survey(maker: Maker | None = NTAG21X) -> Dialogue[Survey]:
    """Version, UID, originality, locks, configuration, link. Raises WrongChip, NotOriginal, BadAnswer.

    Without a `maker` the signature is read and not judged: for looking at a chip that nobody is going to write.
    """
    model = layout.parse_version((yield Exchange(layout.GET_VERSION)))
    head = yield from read_pages(0)
    uid = layout.parse_uid(head)
    signature = yield Exchange(layout.READ_SIGNATURE)
    if maker is not None:
        if len(signature) < 2:
            # A genuine chip that could not be heard says as little as a copy without a signature.
            raise BadAnswer("expected the maker's signature over the UID, got no answer")
        maker.check(uid, signature)
    try:
        tail = yield from read_pages(model.dynamic_lock)
    except PageRefused as error:
        said = "expected a chip that anyone can read, got one that asks for a password to be read"
        raise LockedChip(said) from error
    locks = Locks.decode(model, head[10:12], tail[:3])
    config = Config.decode(tail[4:12])
    content = yield from read_content(model, Step.LOOK)
    return Survey(model, uid, head[12:16], signature, locks, config, content)


def read_content(model: Model, step: Step = Step.LOOK, reactivate: bool = False) -> Dialogue[Content]:
    """What a phone would find: as much of the user memory is read as its first TLVs ask for."""
    area = yield from read_pages(USER_PAGE, step, reactivate)
    found = layout.content(area, whole=False)
    while found is None:
        area += yield from read_pages(USER_PAGE + len(area) // PAGE, step)
        found = layout.content(area[: model.user_bytes], whole=len(area) >= model.user_bytes)
    return found


def prove_password(credential: Credential, step: Step, reactivate: bool = False) -> Dialogue[bool]:
    """PWD_AUTH; whether the chip answered with our PACK. After a refusal the chip needs a new activation."""
    answer = yield Exchange(bytes([_PASSWORD]) + credential.pwd, step, reactivate)
    return same(credential.pack, answer)


def personalise(found: Survey, order: Order) -> Dialogue[Provisioned]:
    """Writes what is missing and reads all of it back. Raises WrongChip, BadAnswer."""
    image = order.image
    if image.model is not found.model or found.cc != found.model.cc:
        raise WrongChip(
            f"expected an {image.model.name} with capability container {image.model.cc.hex().upper()}, "
            f"got an {found.model.name} with {found.cc.hex().upper()}"
        )
    found.content.check_may_become(image.static, order.replaces, order.resuming)
    target = image.config(found.config)
    _check_locks(found, image, target)
    open_again = False
    if found.protected and (yield from _unlock(found, order)) != order.credential:
        yield from _lift_protection(found)
        open_again = True
    if found.content.static != image.static:
        for page, data in image.pages():
            yield from write_page(page, data, Step.WRITE)
    if open_again or not found.protected:
        yield from _protect(found, target, order.credential)
    elif found.config != target:
        yield from _configure(found, target)
    return (yield from verify(found, order))


def _check_locks(found: Survey, image: Image, target: Config) -> None:
    needed = {page for page, _ in image.pages()}
    if found.content.static != image.static and needed & found.locks.pages:
        raise LockedChip(
            f"expected pages that can be written, got page {min(needed & found.locks.pages):02X}h locked"
        )
    if found.config.locked and found.config != target:
        raise LockedChip("expected a configuration that can be set, got one that is locked for ever")


def _unlock(found: Survey, order: Order) -> Dialogue[Credential]:
    """Tries our passwords and tells which one it was. A chip that counts wrong ones is none of ours, and not tried."""
    if found.config.attempts:
        raise ForeignPassword
    for number, credential in enumerate((order.credential, *order.earlier)):
        if (yield from prove_password(credential, Step.LOOK, reactivate=number > 0)):
            return credential
    raise ForeignPassword


def _lift_protection(found: Survey) -> Dialogue[None]:
    """Before another password is written: one that was torn while it counts would lose the chip for ever."""
    if found.config.locked:
        raise LockedChip(
            "expected the password that was set when the configuration was locked, got another one"
        )
    cfg0 = replace(found.config, auth0=_NEVER).encode()[:PAGE]
    yield from write_page(found.model.cfg0, cfg0, Step.PROTECT)


def _protect(found: Survey, target: Config, credential: Credential) -> Dialogue[None]:
    """Of an open chip: password, PACK, and the configuration that switches them on last."""
    yield from write_page(found.model.cfg0 + 2, credential.pwd, Step.PASSWORD)
    yield from write_page(found.model.cfg0 + 3, credential.pack + b"\x00\x00", Step.PASSWORD)
    yield from _configure(found, target)


def _configure(found: Survey, target: Config) -> Dialogue[None]:
    """CFG1 where it differs, then CFG0. Of a protected chip the password was just proven, and stays as it is."""
    pages, cfg0 = target.encode(), found.model.cfg0
    if found.config.encode()[PAGE:] != pages[PAGE:]:
        yield from write_page(cfg0 + 1, pages[PAGE:], Step.PASSWORD)
    yield from write_page(cfg0, pages[:PAGE], Step.PROTECT)


def verify(found: Survey, order: Order) -> Dialogue[Provisioned]:
    """After a new activation: link, mirror, configuration and password are what was ordered. Raises BadAnswer."""
    content = yield from read_content(found.model, Step.CHECK, reactivate=True)
    counter = _check_content(content, found.uid, order.image)
    tail = yield from read_pages(found.model.dynamic_lock, Step.CHECK)
    config = Config.decode(tail[4:12])
    if config != order.image.config(config):
        raise BadAnswer(f"expected the configuration just written, got {tail[4:12].hex().upper()}")
    if not (yield from prove_password(order.credential, Step.CHECK)):
        raise BadAnswer("expected the chip to know the password just written, got a refusal")
    return Provisioned(found.uid, counter, content.link or "", config.locked)


def _check_content(content: Content, uid: bytes, image: Image) -> int | None:
    link = content.link or ""
    if image.mirror_at is None and link == image.link:
        return None
    static, _, mirror = link.partition(MIRROR_MARK)
    if static != image.static or image.mirror_at is None:
        raise BadAnswer(f"expected to read back {image.static[:80]!r}, got {link[:80]!r}")
    shown = Mirror.parse(mirror)
    if shown.uid != uid:
        raise BadAnswer(f"expected the UID {uid.hex().upper()} in the link, got {shown.uid.hex().upper()}")
    return shown.counter


def lock(found: Survey, order: Order) -> Dialogue[Provisioned]:
    """Sets CFGLCK on a chip that `verify` accepts, and verifies again. It cannot be undone."""
    ready = yield from verify(found, order)
    if ready.locked:
        return ready
    pages = replace(order.image.config(found.config), locked=True).encode()
    yield from write_page(found.model.cfg0 + 1, pages[4:], Step.LOCK)
    locked = yield from verify(found, order)
    if not locked.locked:
        raise BadAnswer("expected the configuration to be locked, got it open")
    return locked


def blank(found: Survey, order: Order) -> Dialogue[None]:
    """Takes link, mirror and password off a chip whose configuration is not locked, for another use.

    `order` names the passwords it may have. Its binding must be void before this begins. Raises LockedChip.
    """
    if found.config.locked:
        raise LockedChip("expected a configuration that can be set, got one that is locked for ever")
    if found.protected:
        yield from _unlock(found, order)
    now = found.config.encode()
    opened = replace(
        found.config, mirror=0, mirror_page=0, mirror_byte=0, auth0=_NEVER, counter=False, attempts=0
    ).encode()
    cfg0 = found.model.cfg0
    # Never twice: when an earlier run opened the chip, its password may be half gone, and CFG0 torn asks for one.
    if now[:PAGE] != opened[:PAGE]:
        yield from write_page(cfg0, opened[:PAGE], Step.PROTECT)
    if now[PAGE:] != opened[PAGE:]:
        yield from write_page(cfg0 + 1, opened[PAGE:], Step.PROTECT)
    yield from write_page(cfg0 + 2, layout.FACTORY_PASSWORD, Step.PASSWORD)
    yield from write_page(cfg0 + 3, layout.FACTORY_PACK + b"\x00\x00", Step.PASSWORD)
    yield from write_page(USER_PAGE, b"\x03\x00\xfe\x00", Step.WRITE)
    if (yield from read_content(found.model, Step.CHECK, reactivate=True)) != Content():
        raise BadAnswer("expected an empty chip, got one that still carries a link")
