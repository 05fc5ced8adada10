"""A simulated NTAG 424 DNA: its files, keys and counters, and how it answers (NXP NT4H2421Gx rev 3.0).

Modelled: ISO select, read and update; GetVersion, AuthenticateEV2First and NonFirst, GetKeyVersion,
GetCardUID, Read_Sig, GetFileSettings, ChangeFileSettings with its rules, GetFileCounters, ChangeKey, ReadData,
WriteData, SetConfiguration for random ID; plain, MAC and full mode; the session that any error ends; SDM with
plain UID, counter and MAC; the tap counter's own rules; failed authentications: the total that blocks a key
for ever, and the delays after 50 in a row, counted in refused attempts, because nothing here sleeps.
Not modelled: encrypted PICC or file data, LRP, TagTamper (their settings are refused with 919E), chained
frames that are torn: a command is carried out wholly or not at all, as the chip does up to 128 bytes.

`tells_versions` false is a chip that answers GetKeyVersion inside a session only.

Worked example: `Ntag424.blank(uid, signature, b"seed")`, then 9060000000 answers 0404083000110591AF.
"""

from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from ocop.hardware.reader import Family
from ocop.hardware.simulator_ntag424_files import (
    PARAMETER_ERROR,
    CardFile,
    Refusal,
    decode_settings,
    factory_files,
)
from ocop.trace.tags.ntag424 import FREE, KEY_COUNT, MASTER_KEY, Ins
from ocop.trace.tags.secure import (
    APPLICATION,
    FACTORY_KEY,
    MAC_LENGTH,
    MacMismatch,
    Session,
    cbc_decrypt,
    cbc_encrypt,
    key_crc,
    rotated,
    same,
)

TOTAL_FAILURES, PATIENCE, DELAYED_ATTEMPTS, FORGIVEN = 1000, 50, 3, 10
INTEGRITY, NO_KEY, LENGTH, PERMISSION = 0x911E, 0x9140, 0x917E, 0x919D
DELAY, AUTHENTICATION, MORE, ABORTED, UNKNOWN = 0x91AD, 0x91AE, 0x91AF, 0x91CA, 0x911C
_HEADERS = {
    Ins.GET_CARD_UID: 0, Ins.GET_KEY_VERSION: 1, Ins.GET_FILE_SETTINGS: 1, Ins.CHANGE_FILE_SETTINGS: 1,
    Ins.GET_FILE_COUNTERS: 1, Ins.CHANGE_KEY: 1, Ins.READ_SIGNATURE: 1, Ins.SET_CONFIGURATION: 1,
    Ins.READ_DATA: 7, Ins.WRITE_DATA: 7,
}  # fmt: skip
_MAC_MODE = {Ins.GET_KEY_VERSION, Ins.GET_FILE_SETTINGS}
_OPEN = {Ins.GET_KEY_VERSION, Ins.GET_FILE_SETTINGS, Ins.READ_SIGNATURE, Ins.READ_DATA, Ins.WRITE_DATA}
_HARDWARE, _SOFTWARE = bytes.fromhex("04040830001105"), bytes.fromhex("04040201021105")


@dataclass(slots=True)
class Key:
    """One key slot: value, version byte, failed authentications in all and in a row, attempts to sit out."""

    value: bytes = field(default=FACTORY_KEY, repr=False)
    version: int = 0
    failed: int = 0
    in_a_row: int = 0
    waiting: int = 0


@dataclass(slots=True)
class Ntag424:
    """One chip: memory, and behind the underscore what it forgets without power."""

    uid: bytes
    signature: bytes
    seed: bytes = field(repr=False)
    keys: list[Key] = field(default_factory=lambda: [Key() for _ in range(KEY_COUNT)])
    files: dict[int, CardFile] = field(default_factory=factory_files)
    draws: int = 0
    random_id: bool = False
    tells_versions: bool = True
    _selected: bool = field(default=False, repr=False)
    _file: int | None = field(default=None, repr=False)
    _session: Session | None = field(default=None, repr=False)
    _key: int | None = field(default=None, repr=False)
    _pending: tuple[int, bytes, bool] | None = field(default=None, repr=False)
    _frames: list[bytes] = field(default_factory=list, repr=False)
    _reading: bool = field(default=False, repr=False)

    family = Family.TYPE_4

    @classmethod
    def blank(cls, uid: bytes, signature: bytes, seed: bytes) -> "Ntag424":
        """As it leaves the factory; `seed` decides its challenges."""
        return cls(uid, signature, seed)

    def state(self) -> dict[str, Any]:
        """All that survives without power, as JSON values."""
        return {
            "chip": "NTAG424", "uid": self.uid.hex(), "signature": self.signature.hex(),
            "seed": self.seed.hex(), "draws": self.draws, "random_id": self.random_id,
            "tells_versions": self.tells_versions,
            "keys": [[k.value.hex(), k.version, k.failed, k.in_a_row, k.waiting] for k in self.keys],
            "files": {str(number): file.state() for number, file in self.files.items()},
        }  # fmt: skip

    @classmethod
    def restore(cls, state: dict[str, Any]) -> "Ntag424":
        """The inverse of `state`."""
        chip = cls(
            bytes.fromhex(state["uid"]), bytes.fromhex(state["signature"]), bytes.fromhex(state["seed"])
        )
        chip.draws, chip.random_id = state["draws"], state["random_id"]
        chip.tells_versions = state["tells_versions"]
        chip.keys = [Key(bytes.fromhex(value), *numbers) for value, *numbers in state["keys"]]
        chip.files = {int(number): CardFile.restore(file) for number, file in state["files"].items()}
        return chip

    def activate(self) -> None:
        """Power comes back: selection, session and challenge are gone."""
        self._selected, self._file, self._reading = False, None, False
        self._end_session()

    def tear(self, command: bytes, kept: int) -> None:
        """Power goes during the command: it was carried out (`kept` above 0) or not; the answer is lost."""
        if kept:
            self.transceive(command)
        self.activate()

    def transceive(self, apdu: bytes) -> bytes:
        """One APDU and its answer with status word."""
        reading, self._reading = self._reading, False
        try:
            if apdu[:1] == b"\x00":
                return self._iso(apdu, reading) + b"\x90\x00"
            if apdu[:1] == b"\x90":
                if len(apdu) < 5:
                    raise Refusal(LENGTH)
                return self._native(apdu, reading)
            raise Refusal(0x6E00)
        except MacMismatch:
            refusal = Refusal(INTEGRITY)
        except Refusal as error:
            refusal = error
        self._end_session()
        return refusal.status.to_bytes(2, "big")

    def _end_session(self) -> None:
        self._session, self._key, self._pending = None, None, None
        self._frames = []

    def _draw(self, count: int) -> bytes:
        self.draws += 1
        return sha256(self.seed + self.draws.to_bytes(8, "big")).digest()[:count]

    # ISO 7816-4

    def _iso(self, apdu: bytes, reading: bool) -> bytes:
        if len(apdu) < 5:
            raise Refusal(0x6700)
        match apdu[1]:
            case 0xA4:
                return self._select(apdu)
            case 0xB0:
                file = self._selected_file()
                length = apdu[4] or 256
                return self._read(file, int.from_bytes(apdu[2:4], "big"), length, reading, iso=True)
            case 0xD6:
                return self._update(apdu)
            case _:
                raise Refusal(0x6D00)

    def _select(self, apdu: bytes) -> bytes:
        name = apdu[5 : 5 + apdu[4]]
        if len(name) != apdu[4]:
            raise Refusal(0x6700)
        self._end_session()
        if apdu[2] == 0x04 and name == APPLICATION:
            self._selected, self._file = True, None
            return b""
        number = {file.iso: number for number, file in self.files.items()}.get(int.from_bytes(name, "big"))
        if apdu[2] != 0x00 or not self._selected or number is None:
            raise Refusal(0x6A82)
        self._file = number
        return b""

    def _selected_file(self) -> CardFile:
        if self._file is None:
            raise Refusal(0x6985)
        return self.files[self._file]

    def _update(self, apdu: bytes) -> bytes:
        file, data = self._selected_file(), apdu[5:]
        if len(data) != apdu[4]:
            raise Refusal(0x6700)
        if self._session or FREE not in file.writers:
            raise Refusal(0x6982)
        file.write(int.from_bytes(apdu[2:4], "big"), data)
        return b""

    def _read(self, file: CardFile, offset: int, length: int, reading: bool, iso: bool) -> bytes:
        """Reading outside a session is a tap when SDM is on; consecutive reads are one tap."""
        free = FREE in file.readers
        if not free and (self._key not in file.readers or iso):
            raise Refusal(0x6982 if iso else PERMISSION)
        if self._session is None and file.settings.sdm is not None:
            if not reading:
                file.count()
            self._reading = True
            return file.shown(self.uid, self.keys)[offset : offset + length]
        return file.read(offset, length)

    # Native commands

    def _native(self, apdu: bytes, reading: bool) -> bytes:
        ins, data = apdu[1], apdu[5:-1]
        if len(apdu) < 5 or (len(apdu) > 5 and len(data) != apdu[4]):
            raise Refusal(LENGTH)
        if ins == Ins.ADDITIONAL:
            return self._continue(data)
        if self._pending or self._frames:
            raise Refusal(ABORTED)
        if ins == Ins.GET_VERSION:
            uid = bytes(7) if self.random_id else self.uid
            self._frames = [_SOFTWARE, uid + bytes.fromhex("cf5d9045104621")]
            return _HARDWARE + MORE.to_bytes(2, "big")
        if not self._selected:
            raise Refusal(UNKNOWN)
        if ins in (Ins.AUTHENTICATE_FIRST, Ins.AUTHENTICATE_NON_FIRST):
            return self._challenge(data, ins == Ins.AUTHENTICATE_FIRST)
        if ins not in _HEADERS:
            raise Refusal(UNKNOWN)
        return self._secured(Ins(ins), data, reading)

    def _continue(self, data: bytes) -> bytes:
        if self._pending:
            return self._prove(data)
        if not self._frames:
            raise Refusal(UNKNOWN)
        frame = self._frames.pop(0)
        return frame + (MORE if self._frames else 0x9100).to_bytes(2, "big")

    def _challenge(self, data: bytes, first: bool) -> bytes:
        if len(data) < (2 if first else 1):
            raise Refusal(LENGTH)
        if data[0] >= KEY_COUNT:
            raise Refusal(NO_KEY)
        if not first and self._session is None:
            raise Refusal(PERMISSION)
        key = self.keys[data[0]]
        if key.failed >= TOTAL_FAILURES:
            raise Refusal(AUTHENTICATION)
        if key.waiting:
            key.waiting -= 1
            raise Refusal(DELAY)
        rnd_b = self._draw(16)
        self._pending = (data[0], rnd_b, first)
        return cbc_encrypt(key.value, bytes(16), rnd_b) + MORE.to_bytes(2, "big")

    def _prove(self, data: bytes) -> bytes:
        number, rnd_b, first = self._pending or (0, b"", True)
        key, session = self.keys[number], self._session
        self._pending = None
        if len(data) != 32:
            raise Refusal(LENGTH)
        plain = cbc_decrypt(key.value, bytes(16), data)
        if not same(rotated(rnd_b), plain[16:]):
            key.failed, key.in_a_row = min(key.failed + 1, TOTAL_FAILURES), key.in_a_row + 1
            key.waiting = DELAYED_ATTEMPTS if key.in_a_row >= PATIENCE else 0
            raise Refusal(AUTHENTICATION)
        key.failed, key.in_a_row = max(0, key.failed - FORGIVEN), 0
        ti = self._draw(4) if first or session is None else session.ti
        counter = 0 if first or session is None else session.counter
        self._session, self._key = Session.derive(key.value, plain[:16], rnd_b, ti, counter), number
        answer = (ti if first else b"") + rotated(plain[:16]) + (bytes(12) if first else b"")
        return cbc_encrypt(key.value, bytes(16), answer) + b"\x91\x00"

    def _secured(self, ins: Ins, data: bytes, reading: bool) -> bytes:
        """Takes a command out of its mode, carries it out, puts the answer into the same mode."""
        session, mode = self._session, self._mode(ins, data)
        if session is None and ins not in _OPEN:
            raise Refusal(AUTHENTICATION)
        size = _HEADERS[ins]
        if mode and session:
            data, mac = data[:-MAC_LENGTH], data[-MAC_LENGTH:]
            if not same(session.command_mac(ins, data), mac):
                raise Refusal(INTEGRITY)
        header, body = data[:size], data[size:]
        if len(header) != size:
            raise Refusal(LENGTH)
        if mode == 3 and session:
            body = session.decrypt_command(body)
        answer = self._carry_out(ins, header, body, reading)
        status = 0x9190 if ins == Ins.READ_SIGNATURE else 0x9100
        if session is None or self._session is None:
            return answer + status.to_bytes(2, "big")
        session.counter += 1
        if mode == 3:
            answer = session.encrypt_answer(answer)
        mac = session.answer_mac(status & 0xFF, answer) if mode else b""
        return answer + mac + status.to_bytes(2, "big")

    def _mode(self, ins: Ins, data: bytes) -> int:
        """0 plain, 1 MAC, 3 full: files say it themselves, unless their access is free."""
        if self._session is None:
            return 0
        if ins in _MAC_MODE:
            return 1
        if ins not in (Ins.READ_DATA, Ins.WRITE_DATA):
            return 3
        file = self._numbered(data[:1])
        allowed = file.readers if ins == Ins.READ_DATA else file.writers
        return file.settings.mode if self._key in allowed else 0

    def _numbered(self, number: bytes) -> CardFile:
        file = self.files.get(number[0]) if number else None
        if file is None:
            raise Refusal(0x91F0)
        return file

    def _carry_out(self, ins: Ins, header: bytes, body: bytes, reading: bool) -> bytes:
        match ins:
            case Ins.GET_CARD_UID:
                return self.uid
            case Ins.READ_SIGNATURE:
                return self.signature
            case Ins.GET_KEY_VERSION:
                return bytes([self._slot(header).version])
            case Ins.GET_FILE_SETTINGS:
                file = self._numbered(header)
                return file.settings.encode_full(len(file.data))
            case Ins.CHANGE_FILE_SETTINGS:
                return self._change_settings(header, body)
            case Ins.GET_FILE_COUNTERS:
                return self._file_counter(header)
            case Ins.CHANGE_KEY:
                return self._change_key(header, body)
            case Ins.SET_CONFIGURATION:
                return self._configure(header, body)
            case _:
                return self._data(ins, header, body, reading)

    def _slot(self, header: bytes) -> Key:
        if self._session is None and not self.tells_versions:
            raise Refusal(AUTHENTICATION)
        if header[0] >= KEY_COUNT:
            raise Refusal(NO_KEY)
        return self.keys[header[0]]

    def _change_settings(self, header: bytes, body: bytes) -> bytes:
        file = self._numbered(header)
        if self._key != file.settings.change:
            raise Refusal(PERMISSION)
        file.change(decode_settings(body), is_ndef=header[0] == 2)
        return b""

    def _file_counter(self, header: bytes) -> bytes:
        file = self._numbered(header)
        sdm = file.settings.sdm
        if sdm is None or sdm.counter_read not in (FREE, self._key):
            raise Refusal(PERMISSION)
        return file.counter.to_bytes(3, "little") + bytes(2)

    def _change_key(self, header: bytes, body: bytes) -> bytes:
        number = header[0]
        if number >= KEY_COUNT:
            raise Refusal(NO_KEY)
        if self._key != MASTER_KEY:
            raise Refusal(PERMISSION)
        if len(body) != (17 if number == MASTER_KEY else 21):
            raise Refusal(LENGTH)
        slot, new = self.keys[number], body[:16]
        if number != MASTER_KEY:
            new = bytes(a ^ b for a, b in zip(new, slot.value, strict=True))
            if key_crc(new) != body[17:]:
                raise Refusal(INTEGRITY)
        self.keys[number] = Key(new, body[16])
        if number == MASTER_KEY:
            self._end_session()
        return b""

    def _configure(self, header: bytes, body: bytes) -> bytes:
        if self._key != MASTER_KEY:
            raise Refusal(PERMISSION)
        if header != b"\x00" or body != b"\x02":
            raise Refusal(PARAMETER_ERROR)
        self.random_id = True
        return b""

    def _data(self, ins: Ins, header: bytes, body: bytes, reading: bool) -> bytes:
        file = self._numbered(header)
        offset, length = int.from_bytes(header[1:4], "little"), int.from_bytes(header[4:7], "little")
        if ins == Ins.READ_DATA:
            return self._read(file, offset, length or len(file.data) - offset, reading, iso=False)
        if FREE not in file.writers and self._key not in file.writers:
            raise Refusal(PERMISSION)
        if len(body) != length:
            raise Refusal(LENGTH)
        file.write(offset, body)
        return b""
