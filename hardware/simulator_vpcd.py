"""A simulated chip behind the virtual reader of pcscd (vsmartcard's `vpcd`): the whole PC/SC stack without hardware.

The card connects to the reader's port and speaks its protocol (vsmartcard, vpcd.h): two bytes of length, then as many
bytes. One byte is a control (0 power off, 1 power on, 2 reset, 4 what is your ATR), more is an APDU.

What a contactless reader adds is modelled as well: the ATR that PC/SC makes up for a storage card, FF CA for the UID,
and for an NTAG21x the pseudo-APDUs of `pcsc_type2` through the door of the reader's name. A reader asked in
another reader's way refuses, as the real ones do.

The reader sends length and body in two packets, so without TCP_QUICKACK every APDU waits 44 ms for an acknowledgement.
A chip whose field is cut (`SimulatedReader.cut_after`) closes the connection in the middle of its answer's exchange.
Or, with `late`, the reader has not noticed yet that the chip is gone, as an ACR122U hasn't for a moment: it answers as
it does for a chip that refuses, it powers up nobody, and only FF CA fails.

Worked example: `card = VirtualCard(SimulatedReader(chip), ("127.0.0.1", 35979), "ACS ACR122U"); card.insert()`, and
`SCardConnect` finds it; `card.remove()` takes it away.
"""

import socket
import struct
import threading
from contextlib import suppress
from typing import Final

from ocop.hardware.pcsc_type2 import BEGIN_TRANSPARENT, END_TRANSPARENT, OK, Door, door_of
from ocop.hardware.reader import Family, ReaderError
from ocop.hardware.simulator import SimulatedReader

ATR_TYPE_4: Final = bytes.fromhex("3b8180018080")
ATR_TYPE_2: Final = bytes.fromhex("3b8f8001804f0ca0000003060300030000000068")
OFF, ON, RESET, GET_ATR = b"\x00", b"\x01", b"\x02", b"\x04"
REFUSED: Final = b"\x63\x00"
NOT_KNOWN: Final = b"\x6d\x00"
SECONDS: Final = 10.0
QUICKACK: Final = getattr(socket, "TCP_QUICKACK", None)


class VirtualCard:
    """A chip that is put on the virtual reader and taken away. One thread, which ends with the connection."""

    def __init__(
        self, reader: SimulatedReader, address: tuple[str, int], reader_name: str, late: bool = False
    ) -> None:
        self._late = late
        self._reader, self._address, self._door = reader, address, door_of(reader_name)
        self._contact = reader.wait_for_chip(0)
        self._socket: socket.socket | None = None
        self._thread: threading.Thread | None = None
        self._transparent = False

    def insert(self) -> None:
        """Puts it on. Raises OSError when nobody listens there."""
        line = socket.create_connection(self._address, SECONDS)
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        line.settimeout(None)
        self._socket = line
        self._thread = threading.Thread(target=self._serve, args=(line,), daemon=True)
        self._thread.start()

    def remove(self) -> None:
        """Takes it away, also in the middle of an exchange. May be called twice."""
        line, self._socket = self._socket, None
        if line is not None:
            with suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)
            line.close()
        if self._thread is not None:
            self._thread.join(SECONDS)
            self._thread = None

    def _serve(self, line: socket.socket) -> None:
        # A reader that went away or a field that was cut: the connection ends, and that is the whole message.
        with suppress(OSError, ReaderError), line:
            while (said := _received(line)) is not None:
                answer = self.answer(said)
                if answer is not None:
                    line.sendall(struct.pack(">H", len(answer)) + answer)

    def answer(self, said: bytes) -> bytes | None:
        """What the reader says to an APDU or a control, None where it says nothing. Raises ReaderError."""
        if said == GET_ATR:
            return ATR_TYPE_4 if self._contact.family is Family.TYPE_4 else ATR_TYPE_2
        if said in (ON, RESET):
            self._transparent = False
            if not (self._late and self._reader.empty):
                self._contact = self._reader.wait_for_chip(0)
            return None
        if said == OFF:
            return None
        if said[0] == 0xFF:
            return self._pseudo(said)
        if self._contact.family is not Family.TYPE_4:
            return NOT_KNOWN
        try:
            return self._reader.transceive(said)
        except ReaderError:
            if not self._late:
                raise
            return REFUSED

    def _pseudo(self, apdu: bytes) -> bytes:
        """What the reader itself answers, or passes on to an NTAG21x."""
        if apdu == bytes.fromhex("ffca000000"):
            return REFUSED if self._reader.empty else self._contact.uid + OK
        if self._contact.family is not Family.TYPE_2:
            return NOT_KNOWN
        try:
            return self._passed_on(apdu)
        except ReaderError:
            if not self._late:
                raise
        # Gone, and not noticed: what a chip that says no gets as well.
        raw = apdu[:4] == b"\xff\x00\x00\x00" and self._door is Door.PN532
        return b"\xd5\x43\x01" + OK if raw else REFUSED

    def _passed_on(self, apdu: bytes) -> bytes:
        if apdu[:3] == b"\xff\xb0\x00" and len(apdu) == 5:
            data = self._reader.transceive(bytes([0x30, apdu[3]]))
            return data + OK if len(data) == 16 else REFUSED
        if apdu[:3] == b"\xff\xd6\x00" and apdu[4:5] == b"\x04" and len(apdu) == 9:
            return OK if self._reader.transceive(bytes([0xA2, apdu[3]]) + apdu[5:]) == b"\x0a" else REFUSED
        return self._raw(apdu)

    def _raw(self, apdu: bytes) -> bytes:
        body = apdu[5 : 5 + apdu[4]]
        if self._door is Door.TRANSPARENT:
            if apdu in (BEGIN_TRANSPARENT, END_TRANSPARENT):
                self._transparent = apdu == BEGIN_TRANSPARENT
                return bytes.fromhex("c003009000") + OK
            if apdu[:4] != b"\xff\xc2\x00\x01" or body[:1] != b"\x95" or not self._transparent:
                return REFUSED
            data = self._reader.transceive(body[2 : 2 + body[1]])
            told = bytes.fromhex("c003009000") + (bytes([0x97, len(data)]) + data if len(data) > 1 else b"")
            return told + OK
        if apdu[:4] != b"\xff\x00\x00\x00":
            return REFUSED
        if self._door is Door.PN532:
            if body[:2] != b"\xd4\x42":
                return REFUSED
            data = self._reader.transceive(body[2:])
            return b"\xd5\x43" + (b"\x00" + data if len(data) > 1 else b"\x01") + OK
        data = self._reader.transceive(body)
        return data + OK if len(data) > 1 else REFUSED


def _received(line: socket.socket) -> bytes | None:
    """One message; None at the end."""
    head = _exactly(line, 2)
    return None if head is None else _exactly(line, struct.unpack(">H", head)[0])


def _exactly(line: socket.socket, count: int) -> bytes | None:
    data = b""
    while len(data) < count:
        if QUICKACK is not None:
            line.setsockopt(socket.IPPROTO_TCP, QUICKACK, 1)
        part = line.recv(count - len(data))
        if not part:
            return None
        data += part
    return data
