"""The files of a simulated NTAG 424 DNA: memory, rights, SDM mirrors and the tap counter.

The rules for SDM settings are those of NT4H2421Gx rev 3.0 table 69 ff.; what breaks one is refused with 919E.

Worked example: a file whose settings mirror UID, counter and MAC shows them in place of the zeros of its
link, with the counter as text most significant digit first and least significant byte first under the MAC.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Protocol

from ocop.trace.tags.errors import BadAnswer
from ocop.trace.tags.ntag424 import FREE, KEY_COUNT, NEVER, FileSettings, Sdm
from ocop.trace.tags.secure import cmac, truncated
from ocop.trace.tags.sun import MAX_COUNTER

PARAMETER_ERROR, BOUNDARY, EXHAUSTED = 0x919E, 0x91BE, 0x6982
UID_TEXT, COUNTER_TEXT, MAC_TEXT = 14, 6, 16


class Refusal(Exception):
    """What makes the chip answer a status word instead of data."""

    def __init__(self, status: int) -> None:
        super().__init__(f"{status:04X}")
        self.status = status


class HasValue(Protocol):
    """A key slot."""

    value: bytes


@dataclass(slots=True)
class CardFile:
    """One standard data file."""

    iso: int
    data: bytearray
    settings: FileSettings
    counter: int = 0

    def state(self) -> dict[str, Any]:
        """As JSON values."""
        return {"iso": self.iso, "data": self.data.hex(), "settings": self.settings.encode().hex(),
                "counter": self.counter}  # fmt: skip

    @classmethod
    def restore(cls, state: dict[str, Any]) -> "CardFile":
        """The inverse of `state`."""
        settings = FileSettings.decode(bytes.fromhex(state["settings"]))
        return cls(state["iso"], bytearray.fromhex(state["data"]), settings, state["counter"])

    @property
    def readers(self) -> set[int]:
        """Key numbers (and E, free) that may read."""
        return {self.settings.read, self.settings.read_write}

    @property
    def writers(self) -> set[int]:
        """Key numbers (and E, free) that may write."""
        return {self.settings.write, self.settings.read_write}

    def write(self, offset: int, data: bytes) -> None:
        """Changes memory. Raises Refusal beyond the end."""
        if offset + len(data) > len(self.data):
            raise Refusal(BOUNDARY)
        self.data[offset : offset + len(data)] = data

    def read(self, offset: int, length: int) -> bytes:
        """Memory as it is. Raises Refusal beyond the end."""
        if offset >= len(self.data):
            raise Refusal(BOUNDARY)
        return bytes(self.data[offset : offset + length])

    def count(self) -> None:
        """One tap. Raises Refusal at the end of the counter, or at its limit."""
        sdm = self.settings.sdm
        limit = MAX_COUNTER if sdm is None or sdm.limit is None else sdm.limit
        if self.counter >= limit:
            raise Refusal(EXHAUSTED)
        self.counter += 1

    def change(self, settings: FileSettings, is_ndef: bool) -> None:
        """New settings; switching SDM on sets the counter back. Raises Refusal."""
        sdm = settings.sdm
        if sdm is not None:
            if not is_ndef:
                raise Refusal(PARAMETER_ERROR)
            check_sdm(sdm, len(self.data))
            self.counter = 0
        self.settings = settings

    def shown(self, uid: bytes, keys: Sequence[HasValue]) -> bytes:
        """Memory as a phone reads it, mirrors filled in."""
        sdm, shown = self.settings.sdm, bytearray(self.data)
        if sdm is None:
            return bytes(shown)
        if sdm.uid_offset is not None:
            shown[sdm.uid_offset : sdm.uid_offset + UID_TEXT] = uid.hex().upper().encode()
        if sdm.counter_offset is not None:
            shown[sdm.counter_offset : sdm.counter_offset + COUNTER_TEXT] = f"{self.counter:06X}".encode()
        if sdm.mac_offset is not None and sdm.mac_input_offset is not None:
            vector = b"\x3c\xc3\x00\x01\x00\x80" + (uid if sdm.uid else b"")
            vector += self.counter.to_bytes(3, "little") if sdm.counter else b""
            session = cmac(keys[sdm.file_read].value, vector.ljust(16, b"\x00"))
            mac = truncated(cmac(session, bytes(shown[sdm.mac_input_offset : sdm.mac_offset])))
            shown[sdm.mac_offset : sdm.mac_offset + MAC_TEXT] = mac.hex().upper().encode()
        return bytes(shown)


def check_sdm(sdm: Sdm, size: int) -> None:
    """Raises Refusal for settings that the chip refuses, or that are not modelled."""
    spans = [
        (offset, offset + length)
        for offset, length in (
            (sdm.uid_offset, UID_TEXT), (sdm.counter_offset, COUNTER_TEXT), (sdm.mac_offset, MAC_TEXT),
        )
        if offset is not None
    ]  # fmt: skip
    ordered = sorted(spans)
    wrong = (
        sdm.meta_read < KEY_COUNT or sdm.enc_offset is not None,
        sdm.meta_read == NEVER and (sdm.uid or sdm.counter),
        sdm.counter_read != NEVER and not sdm.counter,
        sdm.limit is not None and not sdm.counter,
        sdm.file_read != NEVER and sdm.file_read >= KEY_COUNT,
        sdm.meta_read not in (FREE, NEVER),
        any(end > size for _, end in spans),
        any(first[1] > second[0] for first, second in pairwise(ordered)),
        (sdm.mac_input_offset or 0) > (sdm.mac_offset or 0),
    )
    if any(wrong):
        raise Refusal(PARAMETER_ERROR)


def decode_settings(data: bytes) -> FileSettings:
    """Settings as ChangeFileSettings brings them. Raises Refusal."""
    try:
        return FileSettings.decode(data)
    except BadAnswer as error:
        raise Refusal(0x917E) from error


def factory_files() -> dict[int, CardFile]:
    """CC file, NDEF file and proprietary file as they leave the factory."""
    cc = bytes.fromhex("001720010000ff0406e10401000000050600e105008082830000000000000000")[:32]
    return {
        1: CardFile(0xE103, bytearray(cc.ljust(32, b"\x00")), FileSettings(0, FREE, 0, 0, 0)),
        2: CardFile(0xE104, bytearray(256), FileSettings(0, FREE, FREE, FREE, 0)),
        3: CardFile(0xE105, bytearray(128), FileSettings(3, 2, 3, 3, 0)),
    }
