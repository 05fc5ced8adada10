"""A simulated NTAG213, NTAG215 or NTAG216: its memory and how it answers (NXP NTAG213_215_216 rev 3.2).

Modelled: pages, UID check bytes, static and dynamic lock bits with their block-locking bits, one-time bits of
the capability container, configuration with CFGLCK, password with PACK and AUTHLIM, ASCII mirror of UID and
counter, the counter (first read after an activation), READ, FAST_READ, WRITE, GET_VERSION, READ_SIG, READ_CNT,
PWD_AUTH, the silence after a NAK until the next activation, and a page torn by loss of power: its first bytes
are new, the rest old or, with `erases`, that byte, as when the page was erased and not yet written. Lock bytes
and capability container are never torn, as the datasheet has it: wholly or not at all.
Not modelled: COMPATIBILITY_WRITE, halt and anticollision, timing.

The configuration counts from the next activation, which is the strictest reading of the datasheet.

Worked example: `Ntag21x.blank(NTAG215, uid, signature)`, then 60 answers 0004040201001103.
"""

from dataclasses import dataclass, field
from typing import Any

from ocop.hardware.reader import Family
from ocop.trace.tags.ntag21x import (
    ACK,
    FACTORY_CONFIG,
    FACTORY_PACK,
    FACTORY_PASSWORD,
    MODELS,
    NTAG213,
    PAGE,
    USER_PAGE,
    Config,
    Locks,
    Model,
)
from ocop.trace.tags.sun import MAX_COUNTER, Mirror

NAK, NAK_COUNTER = b"\x00", b"\x04"
_LENGTHS = {0x60: 1, 0x30: 2, 0x3A: 3, 0xA2: 6, 0x1B: 5, 0x3C: 2, 0x39: 2}
BLANK_CONFIG = FACTORY_CONFIG.encode()


@dataclass(slots=True)
class Ntag21x:
    """One chip. `says_version` is false for a copy without GET_VERSION."""

    model: Model
    memory: bytearray = field(repr=False)
    signature: bytes
    counter: int = 0
    failures: int = 0
    says_version: bool = True
    erases: int | None = None
    _active: bool = field(default=False, repr=False)
    _known: bool = field(default=False, repr=False)
    _counted: bool = field(default=False, repr=False)
    _config: Config = field(default=FACTORY_CONFIG, repr=False)

    family = Family.TYPE_2

    @classmethod
    def blank(cls, model: Model, uid: bytes, signature: bytes) -> "Ntag21x":
        """As it leaves the factory."""
        memory = bytearray((model.last + 1) * PAGE)
        memory[0:9] = bytes([*uid[:3], 0x88 ^ uid[0] ^ uid[1] ^ uid[2], *uid[3:],
                             uid[3] ^ uid[4] ^ uid[5] ^ uid[6]])  # fmt: skip
        memory[9] = 0x48
        memory[12:16] = model.cc
        start = bytes.fromhex("0103a00c340300fe") if model is NTAG213 else bytes.fromhex("0300fe00")
        memory[16 : 16 + len(start)] = start
        memory[model.dynamic_lock * PAGE + 3] = 0xBD
        tail = BLANK_CONFIG + FACTORY_PASSWORD + FACTORY_PACK + b"\x00\x00"
        memory[model.cfg0 * PAGE :] = tail
        return cls(model, memory, signature)

    @property
    def uid(self) -> bytes:
        """Seven bytes."""
        return bytes(self.memory[0:3] + self.memory[4:8])

    def state(self) -> dict[str, Any]:
        """All that survives without power, as JSON values."""
        return {
            "chip": self.model.name, "memory": self.memory.hex(), "signature": self.signature.hex(),
            "counter": self.counter, "failures": self.failures, "says_version": self.says_version,
        }  # fmt: skip

    @classmethod
    def restore(cls, state: dict[str, Any]) -> "Ntag21x":
        """The inverse of `state`."""
        model = next(model for model in MODELS if model.name == state["chip"])
        return cls(model, bytearray.fromhex(state["memory"]), bytes.fromhex(state["signature"]),
                   state["counter"], state["failures"], state["says_version"])  # fmt: skip

    def activate(self) -> None:
        """Power comes back: volatile state is gone and the configuration is read."""
        self._active, self._known, self._counted = True, False, False
        self._config = Config.decode(bytes(self._page(self.model.cfg0, 2)))

    def transceive(self, command: bytes) -> bytes:
        """One command. A refusal silences the chip until it is activated again."""
        if not self._active:
            return b""
        answer = self._answer(command)
        if len(answer) == 1 and answer != ACK:
            self._active = False
        return answer

    def tear(self, command: bytes, kept: int) -> None:
        """Power goes during the command: of a page, only the first `kept` bytes (0 to 4) take their new value."""
        if command[:1] == b"\xa2" and self._active:
            before = bytes(self.memory)
            if self._answer(command) == ACK:
                page = command[1]
                whole, end = page in (2, 3, self.model.dynamic_lock), (page + 1) * PAGE
                at = end if whole and kept else page * PAGE + kept
                old = whole or self.erases is None
                self.memory[at:end] = before[at:end] if old else bytes([self.erases or 0]) * (end - at)
        self._active = False

    def _answer(self, command: bytes) -> bytes:
        code = command[0] if command else 0
        if _LENGTHS.get(code) != len(command):
            return NAK
        match code:
            case 0x60:
                return self._version() if self.says_version else NAK
            case 0x30:
                return self._read(command[1], 4)
            case 0x3A:
                return self._fast_read(command[1], command[2])
            case 0xA2:
                return self._write(command[1], command[2:])
            case 0x1B:
                return self._prove(command[1:])
            case 0x3C:
                return self.signature if command[1] == 0 else NAK
            case _:
                return self._read_counter(command[1])

    def _version(self) -> bytes:
        return bytes([0, 4, 4, 2, 1, 0, self.model.storage, 3])

    def _page(self, page: int, count: int = 1) -> bytearray:
        return self.memory[page * PAGE : (page + count) * PAGE]

    def _closed(self, page: int) -> bool:
        return page >= self._config.auth0 and not self._known

    def _readable(self, page: int) -> bool:
        return page <= self.model.last and not (self._config.protect_reading and self._closed(page))

    def _count(self) -> None:
        if self._config.counter and not self._counted:
            self._counted = True
            self.counter = min(self.counter + 1, MAX_COUNTER)

    def _read(self, page: int, count: int) -> bytes:
        if not self._readable(page):
            return NAK
        self._count()
        shown, out = self._shown(), b""
        for number in range(page, page + count):
            at = number if self._readable(number) else number - self._last_readable() - 1
            out += shown[at * PAGE : at * PAGE + PAGE]
        return out

    def _last_readable(self) -> int:
        if self._config.protect_reading and not self._known:
            return min(self.model.last, self._config.auth0 - 1)
        return self.model.last

    def _fast_read(self, first: int, last: int) -> bytes:
        if first > last or not self._readable(last):
            return NAK
        self._count()
        return self._shown()[first * PAGE : (last + 1) * PAGE]

    def _shown(self) -> bytes:
        """The memory as it is read: mirrors filled in, password and PACK hidden."""
        shown = bytearray(self.memory)
        shown[(self.model.cfg0 + 2) * PAGE :] = bytes(2 * PAGE)
        config = self._config
        start = config.mirror_page * PAGE + config.mirror_byte
        if config.mirror and config.mirror_page >= USER_PAGE:
            text = Mirror(self.uid, self.counter).text()
            part = {1: text[:14], 2: text[15:], 3: text}[config.mirror].encode()
            if start + len(part) <= (self.model.last_user + 1) * PAGE:
                shown[start : start + len(part)] = part
        return bytes(shown)

    def _write(self, page: int, data: bytes) -> bytes:
        if not 2 <= page <= self.model.last or self._closed(page) or page in self._locks().pages:
            return NAK
        if self._config.locked and page in (self.model.cfg0, self.model.cfg0 + 1):
            return NAK
        at = page * PAGE
        if page == 2:
            self._set_locks(at + 2, data[2:], self._frozen_static())
        elif page == 3:
            self._or(at, data)
        elif page == self.model.dynamic_lock:
            self._set_locks(at, data[:3], self._frozen_dynamic())
        else:
            self.memory[at : at + PAGE] = data
        return ACK

    def _locks(self) -> Locks:
        return Locks.decode(self.model, bytes(self.memory[10:12]), bytes(self._page(self.model.dynamic_lock)))

    def _or(self, at: int, data: bytes) -> None:
        for number, byte in enumerate(data):
            self.memory[at + number] |= byte

    def _set_locks(self, at: int, data: bytes, frozen: int) -> None:
        """Lock bits can only be set, and not where their block-locking bit froze them."""
        bits = int.from_bytes(data, "little") & ~frozen
        self._or(at, bits.to_bytes(len(data), "little"))

    def _frozen_static(self) -> int:
        bits = self.memory[10]
        return (bits & 1) << 3 | (0x03F0 if bits & 2 else 0) | (0xFC00 if bits & 4 else 0)

    def _frozen_dynamic(self) -> int:
        blocks = self._page(self.model.dynamic_lock)[2]
        return sum(0b11 << 2 * bit for bit in range(8) if blocks >> bit & 1)

    def _prove(self, password: bytes) -> bytes:
        limit = self._config.attempts
        if limit and self.failures >= limit:
            return NAK_COUNTER
        tail = self._page(self.model.cfg0 + 2, 2)
        if password != bytes(tail[:4]):
            self.failures += 1
            return NAK
        self.failures, self._known = 0, True
        return bytes(tail[4:6])

    def _read_counter(self, number: int) -> bytes:
        config = self._config
        if number != 2 or not config.counter or (config.counter_protected and not self._known):
            return NAK
        return self.counter.to_bytes(3, "little")
