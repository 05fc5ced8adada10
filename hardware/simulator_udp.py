"""A simulated chip behind nfcpy's `udp` driver: nfcpy, unmodified, without hardware.

A datagram is `106A <hex>`, or `RFOFF` when the field goes. Answered are SENS_REQ and WUPA (44 00), anticollision and
SELECT of both levels (the UID and its check bytes; SEL_RES 00 or 20), RATS, ISO-DEP blocks, and for an NTAG21x raw
frames without CRC. No state is kept between two activations but the chip's own.

Bound to 127.0.0.1, one thread, which looks every 50 ms whether it shall end.

Worked example: `with UdpChip(SimulatedReader(chip)) as port:` nfcpy opens `udp:127.0.0.1:<port>`.
"""

import socket
import threading
from contextlib import suppress
from typing import Final

from ocop.hardware.reader import Family, ReaderError
from ocop.hardware.simulator import SimulatedReader

RATS_ANSWER: Final = bytes.fromhex("067777710280")
FRAME: Final = 253
"""Bytes of an APDU in one block: a frame of 256 less its head and its check."""
LOOK_SECONDS: Final = 0.05


class UdpChip:
    """A chip in the field of nfcpy's udp reader. `present` false is an empty reader."""

    def __init__(self, reader: SimulatedReader) -> None:
        self._reader, self.present = reader, True
        self._contact = reader.wait_for_chip(0)
        self._line = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._line.bind(("127.0.0.1", 0))
        self._line.settimeout(LOOK_SECONDS)
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._coming = b""
        self._going = b""

    def __enter__(self) -> int:
        """Listens; gives the port."""
        self._thread.start()
        return int(self._line.getsockname()[1])

    def __exit__(self, *_: object) -> None:
        """Ends within a moment."""
        self._ending.set()
        self._thread.join(5)
        self._line.close()

    def _serve(self) -> None:
        while not self._ending.is_set():
            try:
                datagram, sender = self._line.recvfrom(2048)
            except (TimeoutError, ConnectionError):
                continue
            kind, _, text = datagram.partition(b" ")
            if kind != b"106A" or not self.present:
                continue
            # A cut field or a frame that is no hex: nobody answers, which is what the other side has to bear.
            with suppress(ReaderError, ValueError, OSError):
                answer = self._answer(bytes.fromhex(text.decode("ascii")))
                if answer is not None:
                    self._line.sendto(b"106A " + answer.hex().encode(), sender)

    def _answer(self, frame: bytes) -> bytes | None:
        uid, mark = self._contact.uid, 0x20 if self._contact.family is Family.TYPE_4 else 0x00
        if frame in (b"\x26", b"\x52"):
            self._reader.reactivate()
            self._coming = self._going = b""
            return b"\x44\x00"
        if frame[:2] == b"\x93\x20":
            return _checked(b"\x88" + uid[:3])
        if frame[:2] == b"\x93\x70":
            return b"\x04"
        if frame[:2] == b"\x95\x20":
            return _checked(uid[3:])
        if frame[:2] == b"\x95\x70":
            return bytes([mark])
        if self._contact.family is Family.TYPE_2:
            return self._reader.transceive(frame) or None
        return RATS_ANSWER if frame[:1] == b"\xe0" else self._block(frame)

    def _block(self, frame: bytes) -> bytes | None:
        """ISO 14443-4: I-blocks with chaining both ways, R(ACK) for the next part, R(NAK) as presence check."""
        head, number = frame[0], frame[0] & 1
        if head & 0xF6 == 0xB2:
            return bytes([0xA2 | number ^ 1])
        if head & 0xF6 == 0xA2:
            return self._next(number)
        self._coming += frame[1:]
        if head & 0x10:
            return bytes([0xA2 | number])
        command, self._coming = self._coming, b""
        self._going = self._reader.transceive(command)
        return self._next(number)

    def _next(self, number: int) -> bytes:
        part, self._going = self._going[:FRAME], self._going[FRAME:]
        return bytes([(0x12 if self._going else 0x02) | number]) + part


def _checked(part: bytes) -> bytes:
    return part + bytes([part[0] ^ part[1] ^ part[2] ^ part[3]])
