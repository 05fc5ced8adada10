"""NTAG213/215/216: memory, configuration, version; what is written where, page by page.

Source: NXP NTAG213_215_216 rev 3.2 ("DS"), NFC Forum Type 2 Tag 1.2.

A page has 4 bytes. Pages 0 to 2 hold UID, check bytes and the static lock bytes, page 3 the capability
container, the link starts at page 4. At the end stand the dynamic lock bytes, CFG0, CFG1, PWD and PACK:

                user pages   CC             dynamic lock   CFG0   CFG1   PWD   PACK   longest NDEF message
    NTAG213     04 to 27     E1 10 12 00    28             29     2A     2B    2C     137
    NTAG215     04 to 81     E1 10 3E 00    82             83     84     85    86     491
    NTAG216     04 to E1     E1 10 6D 00    E2             E3     E4     E5    E6     867

    CFG0   MIRROR (bits 7..6: 1 UID, 2 counter, 3 both; 5..4 byte in page; 2 strong modulation) RFU
           MIRROR_PAGE  AUTH0 (first protected page)
    CFG1   ACCESS (bit 7 PROT: reading too; 6 CFGLCK; 4 NFC_CNT_EN; 3 NFC_CNT_PWD_PROT; 2..0 AUTHLIM) RFU RFU RFU

**The mirror** of both puts `<14 hex UID>x<6 hex counter>` over 21 bytes of the memory as it is read.
**The counter** is in plain: a statistic, never a proof.

**Order of writing.** Length 0 first, then the body, then the true length: a cut leaves an empty tag or a whole
link. CFG1 (counter on), PWD and PACK before CFG0, because CFG0 both points the mirror and switches the
password on. CFGLCK is set last, when everything was read back; then mirror and rights stay for ever, while
the link can still be changed by who knows the password. AUTHLIM stays 0: any other value lets a passer-by
lock the chip for good with a few wrong passwords.

**Protected are the pages from 2 on**, not only the link: a bit once set in the static lock bytes or in the
capability container stays set, so a stranger's single WRITE there would spoil the chip for ever. PROT stays 0,
so phones read as before. Chips that were made earlier protect from page 4; one whose configuration is locked
keeps that for life and is still a good one of ours, any other gets page 2 when it is written again.

An NTAG213 holds 137 bytes, a signed link with tap data needs 117 and the address: too small, refused.

Worked example: the 215's mirror for a link whose `m=` value starts at byte 110 of the user memory stands at
page 1Fh, byte 2: CFG0 = E4 00 1F 02 with protection from page 02.
"""

from dataclasses import dataclass, replace
from typing import Final

from ocop.trace.tags.errors import BadAnswer, WrongChip
from ocop.trace.tags.link import MIRROR_MARK, UID_PLACEHOLDER, Content, check_base, static_part
from ocop.trace.tags.ndef import NdefError, Truncated, encode_uri, read_type2, to_type2, type2_offset

GET_VERSION, READ_SIGNATURE = b"\x60", b"\x3c\x00"
ACK: Final = b"\x0a"
PAGE, USER_START, USER_PAGE = 4, 4, 0x04
PROTECTED_FROM: Final = 0x02
"""AUTH0: the page of the static lock bytes; the capability container and all else follow."""
EARLIER_PROTECTED_FROM: Final = 0x04
"""AUTH0 of chips that were made before; accepted where it cannot be changed any more."""
MIRROR_SIZE: Final = len(UID_PLACEHOLDER)
FACTORY_PASSWORD, FACTORY_PACK = b"\xff\xff\xff\xff", b"\x00\x00"


class NoVersion(WrongChip):
    """The chip does not say which it is: an older type, or a copy."""


class TooSmall(WrongChip):
    """An NTAG213: no signed link with tap data fits."""


@dataclass(frozen=True, slots=True)
class Model:
    """One of the three: its storage byte in GET_VERSION, its last user page, its capability container size."""

    name: str
    storage: int
    last_user: int
    cc_size: int

    @property
    def user_bytes(self) -> int:
        """Bytes of user memory."""
        return (self.last_user - USER_PAGE + 1) * PAGE

    @property
    def ndef_bytes(self) -> int:
        """Bytes that the capability container announces."""
        return self.cc_size * 8

    @property
    def dynamic_lock(self) -> int:
        """The page of the dynamic lock bytes."""
        return self.last_user + 1

    @property
    def cfg0(self) -> int:
        """The page of CFG0; CFG1, PWD and PACK follow."""
        return self.last_user + 2

    @property
    def last(self) -> int:
        """The last page."""
        return self.last_user + 5

    @property
    def cc(self) -> bytes:
        """The capability container as it leaves the factory."""
        return bytes([0xE1, 0x10, self.cc_size, 0x00])

    @property
    def lock_block(self) -> int:
        """How many pages one dynamic lock bit stands for."""
        return 2 if self is NTAG213 else 16


NTAG213: Final = Model("NTAG213", 0x0F, 0x27, 0x12)
NTAG215: Final = Model("NTAG215", 0x11, 0x81, 0x3E)
NTAG216: Final = Model("NTAG216", 0x13, 0xE1, 0x6D)
MODELS: Final = (NTAG213, NTAG215, NTAG216)
_VERSION_HEAD: Final = bytes.fromhex("00040402")


def parse_version(answer: bytes) -> Model:
    """Which model answered GET_VERSION (8 bytes). Raises WrongChip for silence, a NAK and anything else."""
    if len(answer) != 8:
        raise NoVersion(
            "expected the chip to say its version (8 bytes), got "
            + (f"{len(answer)} byte{'s' * (len(answer) > 1)}" if answer else "no answer"),
            "this is an older type or a copy without GET_VERSION, such as FM11NT021; take an NTAG215 or NTAG216",
        )
    for model in MODELS:
        if answer[:4] == _VERSION_HEAD and answer[6] == model.storage and answer[7] == 0x03:
            return model
    raise WrongChip(f"expected an NTAG215 or NTAG216 (00040402010011xx), got version {answer.hex().upper()}")


def check_room(model: Model) -> None:
    """Raises WrongChip for an NTAG213."""
    if model is NTAG213:
        raise TooSmall(
            "expected an NTAG215 or NTAG216, got an NTAG213, which holds a link of at most 137 bytes",
            "a signed link with tap data needs more; take an NTAG215",
        )


def parse_uid(pages: bytes) -> bytes:
    """The 7-byte UID from pages 0 to 2. Raises BadAnswer when its check bytes do not fit."""
    if len(pages) < 9:
        raise BadAnswer(f"expected pages 0 to 2 (at least 9 bytes), got {len(pages)}")
    uid = pages[0:3] + pages[4:8]
    if pages[3] != 0x88 ^ uid[0] ^ uid[1] ^ uid[2] or pages[8] != uid[3] ^ uid[4] ^ uid[5] ^ uid[6]:
        raise BadAnswer(f"expected check bytes that fit the UID, got {pages[:9].hex().upper()}")
    return uid


@dataclass(frozen=True, slots=True)
class Config:
    """CFG0 and CFG1 without password and PACK. `rest` keeps the reserved bits as they were read."""

    mirror: int
    mirror_page: int
    mirror_byte: int
    auth0: int
    protect_reading: bool
    locked: bool
    counter: bool
    counter_protected: bool
    attempts: int
    rest: bytes

    @classmethod
    def decode(cls, pages: bytes) -> "Config":
        """From the 8 bytes of CFG0 and CFG1. Raises BadAnswer."""
        if len(pages) != 8:
            raise BadAnswer(f"expected 8 bytes of configuration, got {len(pages)}")
        mirror, access = pages[0], pages[4]
        rest = bytes([mirror & 0x0F, pages[1], access & 0x20, *pages[5:8]])
        return cls(
            mirror >> 6, pages[2], mirror >> 4 & 3, pages[3],
            bool(access & 0x80), bool(access & 0x40), bool(access & 0x10), bool(access & 0x08), access & 0x07,
            rest,
        )  # fmt: skip

    def encode(self) -> bytes:
        """The 8 bytes of CFG0 and CFG1."""
        mirror = self.mirror << 6 | self.mirror_byte << 4 | self.rest[0]
        access = (
            self.protect_reading << 7 | self.locked << 6 | self.rest[2]
            | self.counter << 4 | self.counter_protected << 3 | self.attempts
        )  # fmt: skip
        return bytes([mirror, self.rest[1], self.mirror_page, self.auth0, access, *self.rest[3:6]])


FACTORY_CONFIG: Final = Config.decode(bytes.fromhex("040000ff00050000"))


@dataclass(frozen=True, slots=True)
class Image:
    """What one chip shall hold: the link, its TLV bytes from page 4 on, where the mirror stands."""

    model: Model
    link: str
    data: bytes
    mirror_at: int | None

    @property
    def static(self) -> str:
        """The part of the link that no tap changes."""
        return static_part(self.link)

    def pages(self) -> list[tuple[int, bytes]]:
        """(page, 4 bytes) in writing order: length 0, the body, the first page with the true length."""
        padded = self.data + bytes(-len(self.data) % PAGE)
        whole = [(USER_PAGE + at // PAGE, padded[at : at + PAGE]) for at in range(0, len(padded), PAGE)]
        return [(USER_PAGE, b"\x03\x00\xfe\x00"), *whole[1:], whole[0]]

    def config(self, found: Config) -> Config:
        """The configuration for this image: mirror of both, counter on, written by password holders only.

        A locked one keeps the earlier first protected page, because nothing can change it.
        """
        old = found.locked and found.auth0 == EARLIER_PROTECTED_FROM
        auth0 = EARLIER_PROTECTED_FROM if old else PROTECTED_FROM
        if self.mirror_at is None:
            return replace(found, mirror=0, auth0=auth0, protect_reading=False, attempts=0)
        page, byte = divmod(self.mirror_at, PAGE)
        return replace(
            found, mirror=3, mirror_page=USER_PAGE + page, mirror_byte=byte, auth0=auth0,
            protect_reading=False, counter=True, counter_protected=False, attempts=0,
        )  # fmt: skip


def image(model: Model, base: str, mirror: bool = True) -> Image:
    """The image for `base`, a link that ends in its `?s=` token. Raises WrongChip, NdefError, ChipError.

    Without `mirror` (a phone wrote it, Web NFC cannot set one) the link stays as it is.
    """
    check_room(model)
    check_base(base)
    link = f"{base}{MIRROR_MARK}{UID_PLACEHOLDER}" if mirror else base
    message = encode_uri(link)
    data = to_type2(message)
    if len(data) > model.ndef_bytes:
        raise NdefError(
            f"expected at most {model.ndef_bytes} bytes for an {model.name}, got {len(data)}",
            "use a shorter address",
        )
    at = type2_offset(message) + len(message) - MIRROR_SIZE if mirror else None
    return Image(model, link, data, at)


@dataclass(frozen=True, slots=True)
class Locks:
    """Which pages are read-only for ever, by static and dynamic lock bits (page numbers)."""

    pages: frozenset[int]

    @classmethod
    def decode(cls, model: Model, static: bytes, dynamic: bytes) -> "Locks":
        """From the two static lock bytes (page 2, bytes 2 and 3) and the three dynamic ones. Raises BadAnswer."""
        if len(static) != 2 or len(dynamic) < 3:
            raise BadAnswer(f"expected 2 and 3 lock bytes, got {len(static)} and {len(dynamic)}")
        bits = int.from_bytes(static, "little")
        locked = {page for page in range(3, 16) if bits >> page & 1}
        wide, block = int.from_bytes(dynamic[:2], "little"), model.lock_block
        for first in range(16, model.last_user + 1, block):
            if wide >> (first - 16) // block & 1:
                locked.update(range(first, min(first + block, model.last_user + 1)))
        return cls(frozenset(locked))


def content(area: bytes, whole: bool = True) -> Content | None:
    """What stands in the user memory; None when more of it has to be read, which cannot be when it is `whole`.

    Never raises. A memory of zeros is empty.
    """
    try:
        message, _ = read_type2(area)
    except Truncated:
        if whole:
            return Content(garbled=any(area))
        return None
    except NdefError:
        return Content(garbled=True)
    return Content.of(message)
