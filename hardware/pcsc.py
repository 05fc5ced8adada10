"""Readers through PC/SC: pcscd on Linux, the Smart Card service on Windows. Needs pyscard.

An NTAG 424 is a chip of ISO 14443-4: its APDUs go to it as they are. An NTAG21x is asked through pseudo-APDUs
(`pcsc_type2`). Which of both lies on the reader follows from the ATR: a storage card has the RID of PC/SC
(A0 00 00 03 06) in it, then 03 for ISO 14443-3 A and a card name, 0003 for the Ultralight family (PC/SC part 3,
3.1.3.2.3). The chip is held exclusively while it is written, so no other program talks in between.

A reader says the same of a chip that refuses and of one that has just been taken away (63 00, or the PN532's
time-out): so whenever one says no or nothing, it is activated anew and has to show its UID, before anybody concludes
that it is a copy or has a foreign password.

Worked example: `open_reader("ACR122U", "vi").wait_for_chip(10)` -> Contact(TYPE_4, 04...).
"""

import time
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from ocop.hardware.faults import LOST, NO_READER, NOT_A_CHIP, fault, told
from ocop.hardware.pcsc_type2 import (
    ACK,
    BEGIN_TRANSPARENT,
    FAST_READ,
    READ,
    Door,
    Garbled,
    door_of,
    unwrap,
    wrap,
)
from ocop.hardware.reader import ChipLost, Contact, Family, NoChip, ReaderError
from smartcard import scard

STORAGE_CARD: Final = bytes.fromhex("a000000306")
ULTRALIGHT: Final = bytes.fromhex("030003")
GET_UID: Final = bytes.fromhex("ffca000000")
TIMEOUT: Final = 0x8010000A
NO_ANSWER: Final = bytes.fromhex("6300")
"""Of the reader itself: an NTAG 424 has no such status."""
UID_BYTES: Final = 7
SHARING: Final = 0x8010000B
SHARING_TIMES: Final = 20
SHARING_SECONDS: Final = 0.1
"""A service of Windows looks at a card that has just come: 2 s are given it before the reader is called taken."""
NO_READERS: Final = 0x8010002E
ONLY_READ: Final = (READ, FAST_READ, 0x60, 0x3C)
"""Type 2 commands that may be repeated without harm: none of them changes or spends anything but READ's counter."""
CONTACTLESS: Final = ("PICC", "CL ", "CONTACTLESS", "ACR122", "NFC")
NOT_CHIPS: Final = ("SAM", " ICC")
PRESENT, MUTE = scard.SCARD_STATE_PRESENT, scard.SCARD_STATE_MUTE
AWAY: Final = scard.SCARD_STATE_UNKNOWN | scard.SCARD_STATE_UNAVAILABLE | scard.SCARD_STATE_IGNORE


def family_of(atr: bytes) -> Family:
    """How the chip of that ATR wants to be spoken to."""
    at = atr.find(STORAGE_CARD)
    if at < 0:
        return Family.TYPE_4
    return Family.TYPE_2 if atr[at + len(STORAGE_CARD) :].startswith(ULTRALIGHT) else Family.OTHER


def reader_names(lang: str) -> list[str]:
    """Every reader of the system. Raises ReaderError when there is none or PC/SC can't be asked."""
    context = _context(lang)
    try:
        return _names(context, lang)
    finally:
        scard.SCardReleaseContext(context)


def open_reader(wanted: str, lang: str) -> "PcscReader":
    """The first reader whose name has all the words of `wanted`; of several, a contactless one. Raises ReaderError."""
    context = _context(lang)
    try:
        return PcscReader(context, _choose(_names(context, lang), wanted, lang), lang)
    except ReaderError:
        scard.SCardReleaseContext(context)
        raise


def _context(lang: str) -> int:
    code, context = scard.SCardEstablishContext(scard.SCARD_SCOPE_USER)
    if code:
        raise fault(code, lang)
    return int(context)


def _names(context: int, lang: str) -> list[str]:
    code, names = scard.SCardListReaders(context, [])
    if code or not names:
        raise fault(code or NO_READERS, lang)
    return [str(name) for name in names]


def _choose(names: list[str], wanted: str, lang: str) -> str:
    words = wanted.upper().split()
    fitting = [name for name in names if all(word in name.upper() for word in words)]
    if not words:
        fitting = [name for name in names if not any(mark in name.upper() for mark in NOT_CHIPS)]
    if not fitting:
        missing = told(NO_READER, lang)
        missing.hint = f"{missing.hint} ({', '.join(names)})"
        raise missing
    return min(fitting, key=lambda name: not any(mark in name.upper() for mark in CONTACTLESS))


class PcscReader:
    """One reader of PC/SC; see `reader.Reader`."""

    def __init__(
        self, context: int, name: str, lang: str, pause: Callable[[float], None] = time.sleep
    ) -> None:
        self._pause = pause
        self.name, self._context, self._lang = name, context, lang
        self._door = door_of(name)
        self._card: int | None = None
        self._protocol = 0
        self._family = Family.TYPE_4
        self._uid = b""
        self._closed = False

    def wait_for_chip(self, seconds: float) -> Contact:
        """Activates the chip that is there or comes. Raises NoChip, ReaderError."""
        self._let_go(scard.SCARD_LEAVE_CARD)
        atr = self._wait(seconds, present=True)
        if atr is None:
            raise NoChip
        self._family = family_of(atr)
        self._connect()
        self._uid = self._ask_uid()
        return Contact(self._family, self._uid)

    def reactivate(self) -> None:
        """Takes the power off the chip and gives it again. Raises ChipLost, also for another chip."""
        card = self._held()
        code, self._protocol = scard.SCardReconnect(
            card, scard.SCARD_SHARE_EXCLUSIVE, _PROTOCOLS, scard.SCARD_UNPOWER_CARD
        )
        self._check(code)
        # A chip with random ID gives four bytes, others each time.
        if (uid := self._ask_uid()) != self._uid and len(uid) == len(self._uid) == UID_BYTES:
            raise told(LOST, self._lang)
        self._open_door()

    def transceive(self, command: bytes) -> bytes:
        """One APDU of a Type 4 chip, one raw command of a Type 2 chip."""
        if self._family is Family.TYPE_4:
            answer = self._transmit(command)
            if answer == NO_ANSWER:
                self.reactivate()
            return answer
        if not command:
            return b""
        answer = self._ask(command)
        # What only reads is asked once more: a chip that was away for a moment is there again.
        for again in (True, False) if command[0] in ONLY_READ else (False,):
            if len(answer) > 1 or answer == ACK:
                break
            self.reactivate()
            answer = self._ask(command) if again else answer
        return answer

    def _ask(self, command: bytes) -> bytes:
        """A raw command through the reader's door; what was garbled is asked again where that does no harm."""
        apdu = wrap(self._door, command)
        try:
            return unwrap(self._door, command, self._transmit(apdu))
        except Garbled as error:
            if command[0] in ONLY_READ:
                with suppress(Garbled):
                    return unwrap(self._door, command, self._transmit(apdu))
            raise fault(scard.SCARD_E_COMM_DATA_LOST, self._lang) from error

    def wait_for_removal(self, seconds: float) -> bool:
        """Whether the reader was empty in time."""
        self._let_go(scard.SCARD_LEAVE_CARD)
        return self._wait(seconds, present=False) is not None

    def close(self) -> None:
        """Lets go of chip and service."""
        if not self._closed:
            self._closed = True
            self._let_go(scard.SCARD_LEAVE_CARD)
            scard.SCardReleaseContext(self._context)

    def _wait(self, seconds: float, *, present: bool) -> bytes | None:
        """The ATR of the chip that is there (b"" when none is, which then was waited for); None out of time."""
        end, known = time.monotonic() + seconds, scard.SCARD_STATE_UNAWARE
        while True:
            left = max(0, round((end - time.monotonic()) * 1000))
            code, states = scard.SCardGetStatusChange(self._context, left, [(self.name, known)])
            late = code & 0xFFFFFFFF == TIMEOUT
            if not late:
                self._check(code)
                _, known, atr = states[0]
            if known & AWAY:
                raise fault(scard.SCARD_E_READER_UNAVAILABLE, self._lang)
            there = bool(known & PRESENT)
            if not late and there == present and not (there and known & MUTE):
                return bytes(atr) if there else b""
            if late or left == 0:
                if present and there and known & MUTE:
                    raise told(NOT_A_CHIP, self._lang)
                return None
            known &= ~scard.SCARD_STATE_CHANGED

    def _connect(self) -> None:
        for left in reversed(range(SHARING_TIMES)):
            code, card, self._protocol = scard.SCardConnect(
                self._context, self.name, scard.SCARD_SHARE_EXCLUSIVE, _PROTOCOLS
            )
            if code & 0xFFFFFFFF != SHARING or not left:
                break
            self._pause(SHARING_SECONDS)
        self._check(code)
        self._card = card
        self._open_door()

    def _open_door(self) -> None:
        if self._family is Family.TYPE_2 and self._door is Door.TRANSPARENT:
            self._transmit(BEGIN_TRANSPARENT)

    def _ask_uid(self) -> bytes:
        answer = self._transmit(GET_UID)
        if answer[-2:] != b"\x90\x00":
            raise fault(scard.SCARD_E_NOT_TRANSACTED, self._lang)
        return answer[:-2]

    def _transmit(self, apdu: bytes) -> bytes:
        code, answer = scard.SCardTransmit(self._held(), self._protocol, list(apdu))
        self._check(code)
        if len(answer) < 2:
            # Some drivers call it a success when the chip goes in the middle; no answer is without its status word.
            raise fault(scard.SCARD_E_NOT_TRANSACTED, self._lang)
        return bytes(byte & 0xFF for byte in answer)

    def _held(self) -> int:
        if self._card is None:
            raise ChipLost
        return self._card

    def _let_go(self, disposition: int) -> None:
        if self._card is not None:
            scard.SCardDisconnect(self._card, disposition)
            self._card = None

    def _check(self, code: int) -> None:
        if code:
            raise fault(code, self._lang)


_PROTOCOLS: Final = scard.SCARD_PROTOCOL_T0 | scard.SCARD_PROTOCOL_T1
