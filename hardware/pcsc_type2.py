"""How a PC/SC reader is asked to send a raw command to a Type 2 chip (NTAG21x). Pure: bytes and values.

PC/SC knows pages, not commands: READ and WRITE have pseudo-APDUs on every reader (PC/SC part 3, 3.2.2), all else
goes through the reader's own door.

| command | APDU | answer |
|---|---|---|
| READ `30 pp` | `FF B0 00 pp 10` | 16 bytes, 90 00 |
| WRITE `A2 pp dddd` | `FF D6 00 pp 04 dddd` | 90 00 = ACK; 63 00 = NAK |
| other, ACR122U | `FF 00 00 00 Lc D4 42 command` (PN532 InCommunicateThru) | `D5 43 00 data 90 00` |
| other, ACR1252U and its kin | `FF 00 00 00 Lc command` | `data 90 00` |
| other, any other reader | `FF C2 00 01 Lc 95 len command 00` in a transparent session | `97 len data` among TLVs |

**63 00, and the PN532's error 1, say nothing of whether the chip is still there**: most readers answer so when it was
taken away as well. Whoever unwraps them has to ask (`PcscReader` does).

FAST_READ is known to come back too long from some readers now and then, so its length is checked.

Worked example: `wrap(Door.PN532, bytes.fromhex("60"))` -> FF00000003D44260, and D5430000040402010011039000 unwraps to
0004040201001103.
"""

from enum import StrEnum
from typing import Final

READ, WRITE, FAST_READ = 0x30, 0xA2, 0x3A
ACK, NAK = b"\x0a", b"\x00"
OK: Final = b"\x90\x00"
BEGIN_TRANSPARENT: Final = bytes.fromhex("ffc2000002810000")
END_TRANSPARENT: Final = bytes.fromhex("ffc2000002820000")
_PN532_OUT, _PN532_IN = b"\xd4\x42", b"\xd5\x43"
_DATA_OUT, _DATA_IN = 0x95, 0x97


class Door(StrEnum):
    """How a reader passes raw commands on."""

    PN532 = "pn532"
    BARE = "bare"
    TRANSPARENT = "transparent"


class Garbled(ValueError):
    """An answer that is none; the exchange may be repeated when it only reads."""


def door_of(reader: str) -> Door:
    """By the reader's name as the system tells it."""
    name = reader.upper()
    if "ACR122" in name and "ACR1222" not in name:
        return Door.PN532
    return Door.BARE if "ACR12" in name or "ACR15" in name else Door.TRANSPARENT


def wrap(door: Door, command: bytes) -> bytes:
    """The APDU for a raw command."""
    if command[0] == READ and len(command) == 2:
        return bytes([0xFF, 0xB0, 0, command[1], 16])
    if command[0] == WRITE and len(command) == 6:
        return bytes([0xFF, 0xD6, 0, command[1], 4]) + command[2:]
    if door is Door.TRANSPARENT:
        body = bytes([_DATA_OUT, len(command)]) + command
        return bytes([0xFF, 0xC2, 0, 1, len(body)]) + body + b"\x00"
    body = _PN532_OUT + command if door is Door.PN532 else command
    return bytes([0xFF, 0, 0, 0, len(body)]) + body


def unwrap(door: Door, command: bytes, answer: bytes) -> bytes:
    """The chip's answer; b"" or NAK when there was none: silence, a refusal, or no chip. Raises Garbled."""
    if len(answer) < 2:
        raise Garbled(f"expected an answer with its status word, got {answer.hex()}")
    data, status = answer[:-2], answer[-2:]
    if command[0] == WRITE and len(command) == 6:
        return ACK if status == OK else NAK
    if command[0] == READ and len(command) == 2:
        return _of_length(data, 16) if status == OK else NAK
    if status != OK:
        return b""
    data = _opened(door, data)
    if command[0] == FAST_READ and len(command) == 3 and len(data) > 1:
        return _of_length(data, 4 * (command[2] - command[1] + 1))
    return data


def _opened(door: Door, data: bytes) -> bytes:
    if door is Door.BARE:
        return data
    if door is Door.PN532:
        if data[:2] != _PN532_IN or len(data) < 3:
            raise Garbled(f"expected an answer of the PN532, got {data.hex()}")
        # 1 is a time-out; NAK, four bits, comes as a framing or check error.
        return data[3:] if data[2] & 0x3F == 0 else b""
    position = 0
    while position + 2 <= len(data):
        tag, length = data[position], data[position + 1]
        value = data[position + 2 : position + 2 + length]
        if tag == _DATA_IN and len(value) == length:
            return value
        position += 2 + length
    return b""


def _of_length(data: bytes, length: int) -> bytes:
    if len(data) != length:
        raise Garbled(f"expected {length} bytes, got {len(data)}")
    return data
