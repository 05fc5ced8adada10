"""NTAG 424 DNA on the wire: frames, status words, GetVersion, file settings, the link template.

Source: NXP NT4H2421Gx rev 3.0 ("DS"), AN12196 rev 1.8.

A native command travels as `90 INS 00 00 [Lc data] 00` and answers `data 91xx`; ISO 7816 commands
(`00 A4`, `00 B0`, `00 D6`) answer `data 9000`. Files: CC E103h/01 (32 B), NDEF E104h/02 (256 B),
proprietary E105h/03 (128 B). Keys: 0 application master, 2 SDM file read, 3 live challenge; 1 and 4 unused.

**File settings**, as ChangeFileSettings takes them (GetFileSettings puts type before and size after rights):

    FileOption      bit 6 SDM on, bits 1..0 communication mode (0 plain, 1 MAC, 3 full)
    AccessRights    RW<<4|Change, Read<<4|Write       key number, E free, F never
    SDMOptions      bit 7 UID, bit 6 counter, bit 5 limit, bit 4 encrypted file data, bit 0 ASCII
    SDMAccessRights F<<4|CtrRet, Meta<<4|File
    then, 3 bytes each, least first, only where they apply, in this order:
    UIDOffset (UID, Meta=E)  CtrOffset (counter, Meta=E)  PICCDataOffset (Meta 0..4)  MACInputOffset (File≠F)
    ENCOffset ENCLength (bit 4, File≠F)  MACOffset (File≠F)  CtrLimit (limit)

**Link.** `?s=<90>&m=<14 zeros>x<6 zeros>&c=<16 zeros>`; the chip overwrites the zeros when it is read. The
file has 256 bytes, which leaves 113 for host and path behind `https://`.

Worked example (AN12196 table 19): 4000E0C1F121200000430000430000 is plain with SDM, RW 0, Change 0, Read E,
Write 0, UID and counter, CtrRet 1, Meta 2, File 1, PICC data at 20h, MAC and its input at 43h.
"""

from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from ocop.trace.tags.errors import BadAnswer, ChipError, WrongChip
from ocop.trace.tags.link import (
    MAC_MARK,
    MAC_PLACEHOLDER,
    MIRROR_MARK,
    UID_PLACEHOLDER,
    check_base,
    static_part,
)
from ocop.trace.tags.ndef import encode_uri, to_type4
from ocop.trace.tags.secure import APPLICATION

FREE, NEVER = 0xE, 0xF
MASTER_KEY, FILE_KEY, LIVE_KEY, KEY_COUNT = 0, 2, 3, 5
NDEF_FILE, NDEF_FILE_ID, NDEF_FILE_SIZE = 0x02, 0xE104, 256
CC_FILE, CC_FILE_ID = 0x01, 0xE103
ADDITIONAL_FRAME, OK, ISO_OK = 0x91AF, 0x9100, 0x9000


class Ins(IntEnum):
    """Instruction bytes."""

    AUTHENTICATE_FIRST = 0x71
    AUTHENTICATE_NON_FIRST = 0x77
    ADDITIONAL = 0xAF
    GET_VERSION = 0x60
    GET_CARD_UID = 0x51
    GET_KEY_VERSION = 0x64
    GET_FILE_SETTINGS = 0xF5
    CHANGE_FILE_SETTINGS = 0x5F
    GET_FILE_COUNTERS = 0xF6
    CHANGE_KEY = 0xC4
    READ_SIGNATURE = 0x3C
    SET_CONFIGURATION = 0x5C
    READ_DATA = 0xAD
    WRITE_DATA = 0x8D


class StatusError(ChipError):
    """The chip refused a command; `status` is its status word."""

    def __init__(self, status: int, doing: str) -> None:
        name, hint = STATUS.get(status, ("unknown status", "try again; if it stays, put the chip aside"))
        super().__init__(f"{doing}: expected the chip to accept, got {status:04X} {name}", hint)
        self.status = status


class AuthenticationFailed(StatusError):
    """91AE: this is not the chip's key, or the session is over."""


class AuthenticationDelayed(StatusError):
    """91AD: after many wrong keys the chip waits before it listens again."""


class NotPermitted(StatusError):
    """919D, 6982: the access rights do not allow it."""


class IntegrityFailed(StatusError):
    """911E: MAC, padding or key checksum is wrong."""


_AGAIN: Final = "hold the chip still on the reader and try again"
_ASIDE: Final = "put this chip aside and take another one"
STATUS: Final = {
    0x911C: ("command unknown or not allowed now", "this may not be an NTAG 424 DNA"),
    0x911E: ("integrity error", "the key held for this chip is not the one in it"),
    0x9140: ("no such key", _ASIDE),
    0x917E: ("length error", "this may not be an NTAG 424 DNA"),
    0x919D: ("permission denied", "the chip is locked for this; it may belong to someone else"),
    0x919E: ("parameter error", "the chip does not take these settings; check the length of the link"),
    0x91AD: ("authentication delay", "too many wrong keys; leave the chip on the reader for a while"),
    0x91AE: ("authentication error", "the chip does not know our key; it may belong to someone else"),
    0x91BE: ("boundary error", "the link is too long for this chip"),
    0x91CA: ("command aborted", _AGAIN),
    0x91EE: ("memory error", _ASIDE),
    0x91F0: ("file not found", "this may not be an NTAG 424 DNA"),
    0x6581: ("memory failure", _ASIDE),
    0x6700: ("wrong length", "this may not be an NTAG 424 DNA"),
    0x6982: ("security status not satisfied", "the file is locked, or its counter has reached its end"),
    0x6985: ("conditions of use not satisfied", _AGAIN),
    0x6A82: ("file or application not found", "this is not an NTAG 424 DNA"),
    0x6A86: ("incorrect parameters P1 P2", "this may not be an NTAG 424 DNA"),
    0x6A87: ("length inconsistent with P1 P2", _AGAIN),
    0x6D00: ("instruction not supported", "this is not an NTAG 424 DNA"),
    0x6E00: ("class not supported", "this is not an NTAG 424 DNA"),
}
"""Status word -> its name in the datasheet, and what a person can do."""
_CLASSES: Final[dict[int, type[StatusError]]] = {
    0x91AE: AuthenticationFailed,
    0x91AD: AuthenticationDelayed,
    0x919D: NotPermitted,
    0x6982: NotPermitted,
    0x911E: IntegrityFailed,
}


def native(ins: int, data: bytes = b"") -> bytes:
    """The APDU of a native command."""
    return bytes([0x90, ins, 0, 0]) + (bytes([len(data)]) + data if data else b"") + b"\x00"


def iso_select_application() -> bytes:
    """The APDU that selects the chip's one application and ends any session."""
    return b"\x00\xa4\x04\x0c" + bytes([len(APPLICATION)]) + APPLICATION + b"\x00"


def iso_select_file(file_id: int) -> bytes:
    """The APDU that selects an elementary file by its ISO identifier."""
    return b"\x00\xa4\x00\x0c\x02" + file_id.to_bytes(2, "big")


def iso_read(offset: int, length: int) -> bytes:
    """The APDU that reads 1 to 256 bytes of the selected file."""
    return b"\x00\xb0" + offset.to_bytes(2, "big") + bytes([length & 0xFF])


def split(answer: bytes) -> tuple[bytes, int]:
    """(data, status word). Raises BadAnswer for fewer than 2 bytes."""
    if len(answer) < 2:
        raise BadAnswer(f"expected an answer with a status word, got {len(answer)} bytes")
    return answer[:-2], int.from_bytes(answer[-2:], "big")


def accepted(answer: bytes, doing: str, *also: int) -> bytes:
    """The data of an answer with 9100, 9000 or one of `also`; raises the StatusError of any other."""
    data, status = split(answer)
    if status in (OK, ISO_OK, *also):
        return data
    raise _CLASSES.get(status, StatusError)(status, doing)


@dataclass(frozen=True, slots=True)
class Version:
    """GetVersion: 7 bytes hardware, 7 software, 14 production. `uid` is all zeros with random ID switched on."""

    hardware: bytes
    software: bytes
    production: bytes

    @classmethod
    def decode(cls, hardware: bytes, software: bytes, production: bytes) -> "Version":
        """From the three frames. Raises WrongChip when they are not those of an NTAG 424 DNA."""
        if (len(hardware), len(software)) != (7, 7) or len(production) not in (14, 15):
            raise WrongChip(
                f"expected version frames of 7, 7 and 14 bytes, got {len(hardware)}, {len(software)} and "
                f"{len(production)}"
            )
        if hardware[:2] != b"\x04\x04" or hardware[5] != 0x11:
            raise WrongChip(
                f"expected an NTAG 424 DNA (vendor 04, type 04, storage 11), got {hardware.hex().upper()}"
            )
        return cls(hardware, software, production)

    @property
    def uid(self) -> bytes:
        """The 7-byte UID."""
        return self.production[:7]

    @property
    def random_id(self) -> bool:
        """Whether the chip hides its UID, which cannot be undone."""
        return not any(self.uid)


@dataclass(frozen=True, slots=True)
class Sdm:
    """Secure dynamic messaging of one file. An offset is None where its field does not apply."""

    meta_read: int
    file_read: int
    counter_read: int
    uid: bool = True
    counter: bool = True
    uid_offset: int | None = None
    counter_offset: int | None = None
    picc_offset: int | None = None
    mac_input_offset: int | None = None
    enc_offset: int | None = None
    enc_length: int | None = None
    mac_offset: int | None = None
    limit: int | None = None

    @property
    def options(self) -> int:
        """The SDMOptions byte."""
        bits = ((self.uid, 0x80), (self.counter, 0x40), (self.limit is not None, 0x20),
                (self.enc_offset is not None, 0x10))  # fmt: skip
        return 0x01 | sum(bit for on, bit in bits if on)


def _fields(options: int, meta: int, file: int) -> list[str]:
    """The conditional offsets, in wire order: the one table for encoding and decoding."""
    table = (
        ("uid_offset", options & 0x80 and meta == FREE),
        ("counter_offset", options & 0x40 and meta == FREE),
        ("picc_offset", meta < KEY_COUNT),
        ("mac_input_offset", file != NEVER),
        ("enc_offset", file != NEVER and options & 0x10),
        ("enc_length", file != NEVER and options & 0x10),
        ("mac_offset", file != NEVER),
        ("limit", options & 0x20),
    )
    return [name for name, applies in table if applies]


@dataclass(frozen=True, slots=True)
class FileSettings:
    """Communication mode, access rights and SDM of one file."""

    mode: int
    read: int
    write: int
    read_write: int
    change: int
    sdm: Sdm | None = None

    def encode(self) -> bytes:
        """As ChangeFileSettings takes it. Raises ChipError when an offset that applies is missing."""
        head = bytes([self.mode | (0x40 if self.sdm else 0)]) + self._rights()
        return head + (self._encode_sdm(self.sdm) if self.sdm else b"")

    def encode_full(self, size: int) -> bytes:
        """As GetFileSettings answers for a file of `size` bytes."""
        changed = self.encode()
        return b"\x00" + changed[:3] + size.to_bytes(3, "little") + changed[3:]

    def _rights(self) -> bytes:
        return bytes([self.read_write << 4 | self.change, self.read << 4 | self.write])

    @staticmethod
    def _encode_sdm(sdm: Sdm) -> bytes:
        out = bytes([sdm.options, 0xF0 | sdm.counter_read, sdm.meta_read << 4 | sdm.file_read])
        for name in _fields(sdm.options, sdm.meta_read, sdm.file_read):
            value: int | None = getattr(sdm, name)
            if value is None:
                raise ChipError(f"expected {name} in these settings, got none")
            out += value.to_bytes(3, "little")
        return out

    @classmethod
    def decode(cls, data: bytes) -> "FileSettings":
        """From what ChangeFileSettings takes. Raises BadAnswer."""
        if len(data) < 3 or (data[0] & 0x40 and len(data) < 6):
            raise BadAnswer(f"expected file settings of at least 3 bytes, 6 with SDM, got {len(data)}")
        sdm = cls._decode_sdm(data[3:]) if data[0] & 0x40 else None
        if sdm is None and len(data) != 3:
            raise BadAnswer(f"expected 3 bytes of file settings without SDM, got {len(data)}")
        return cls(data[0] & 0x03, data[2] >> 4, data[2] & 0xF, data[1] >> 4, data[1] & 0xF, sdm)

    @classmethod
    def decode_full(cls, data: bytes) -> tuple["FileSettings", int]:
        """(settings, file size) from what GetFileSettings answers. Raises BadAnswer."""
        if len(data) < 7 or data[0] != 0x00:
            raise BadAnswer(f"expected the settings of a standard data file (00), got {data.hex() or 'none'}")
        return cls.decode(data[1:4] + data[7:]), int.from_bytes(data[4:7], "little")

    @staticmethod
    def _decode_sdm(data: bytes) -> Sdm:
        options, meta, file = data[0], data[2] >> 4, data[2] & 0xF
        names = _fields(options, meta, file)
        if len(data) != 3 + 3 * len(names):
            raise BadAnswer(f"expected {3 + 3 * len(names)} bytes of SDM settings, got {len(data)}")
        offsets = {
            name: int.from_bytes(data[at : at + 3], "little")
            for name, at in zip(names, range(3, len(data), 3), strict=True)
        }
        return Sdm(meta, file, data[1] & 0xF, bool(options & 0x80), bool(options & 0x40), **offsets)


FACTORY_NDEF: Final = FileSettings.decode(bytes.fromhex("00e0ee"))
"""DS table 69: how the NDEF file leaves the factory."""


@dataclass(frozen=True, slots=True)
class Template:
    """The NDEF file for one chip and the settings that make the chip fill it in."""

    link: str
    file: bytes
    settings: FileSettings

    @property
    def static(self) -> str:
        """The part of the link that no tap changes."""
        return static_part(self.link)


def template(base: str) -> Template:
    """The template for `base`, a link that ends in its `?s=` token. Raises NdefError, ChipError.

    UID and counter are mirrored in plain, the MAC is over nothing else, and after this only key 0 may write.
    """
    check_base(base)
    link = f"{base}{MIRROR_MARK}{UID_PLACEHOLDER}{MAC_MARK}{MAC_PLACEHOLDER}"
    file = to_type4(encode_uri(link), NDEF_FILE_SIZE)
    uid_at = file.rindex(MIRROR_MARK.encode()) + len(MIRROR_MARK)
    mac_at = file.rindex(MAC_MARK.encode()) + len(MAC_MARK)
    sdm = Sdm(
        FREE, FILE_KEY, LIVE_KEY,
        uid_offset=uid_at, counter_offset=uid_at + 15, mac_input_offset=mac_at, mac_offset=mac_at,
    )  # fmt: skip
    return Template(link, file, FileSettings(mode=0, read=FREE, write=0, read_write=0, change=0, sdm=sdm))
