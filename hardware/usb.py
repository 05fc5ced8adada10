"""Readers through nfcpy: those it drives by itself over USB or a serial line, and its `udp` driver.

nfcpy takes the reader for itself: pcscd must not hold it, nor Linux's own module pn533. What it says when it fails
is an `errno`; asked for any reader it skips those it may not open, so each one that is plugged in is asked by its
own path, and then the reason is told.

An NTAG 424 is spoken to through nfcpy's ISO-DEP, an NTAG21x by raw frames.

Worked example: `open_reader("udp:127.0.0.1:54321", "vi").wait_for_chip(1)` -> Contact(TYPE_2, 04...).
"""

import errno
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import nfc
import nfc.clf
import nfc.clf.device
import nfc.clf.transport
import nfc.tag.tt4
from ocop.hardware.faults import LOST, NO_READER, system_fault, told
from ocop.hardware.reader import ChipLost, Contact, Family, NoChip

TYPE_A: Final = "106A"
TYPE_2_SECONDS: Final = 0.1
POLL_SECONDS: Final = 0.1
MARK_TYPE_4, MARK_NOT_TYPE_2 = 0x20, 0x48
"""Of SEL_RES: ISO 14443-4; MIFARE Classic (08) or a phone (40)."""


def reader_names(lang: str) -> list[str]:
    """The paths of the readers that nfcpy can drive and that may be opened. Raises ReaderError when there is none."""
    paths = _usb_paths()
    if not paths:
        raise told(NO_READER, lang)
    return paths


def open_reader(path: str, lang: str) -> "NfcpyReader":
    """The reader at a path of nfcpy; `usb` is the first that opens. Raises ReaderError."""
    reasons = []
    for one in (_usb_paths() or [path]) if path == "usb" else [path]:
        front = nfc.ContactlessFrontend()
        try:
            if front.open(one):
                return NfcpyReader(front, one, lang)
        except OSError as error:
            reasons.append(system_fault(error.errno, lang))
        except (ValueError, TypeError):  # a path that nfcpy can't read
            reasons.append(system_fault(errno.ENODEV, lang))
    raise reasons[0] if reasons else told(NO_READER, lang)


def _usb_paths() -> list[str]:
    """The readers nfcpy knows that are plugged in."""
    found = nfc.clf.transport.USB.find("usb") or []
    return [
        f"usb:{int(bus):03}:{int(device):03}"
        for vendor, product, bus, device in found
        if (vendor, product) in nfc.clf.device.usb_device_map
    ]


class NfcpyReader:
    """One reader of nfcpy; see `reader.Reader`."""

    def __init__(self, front: Any, path: str, lang: str) -> None:
        self.name, self._lang = f"{front.device} ({path})" if path.startswith("usb") else path, lang
        self._front: Any | None = front
        self._target: Any | None = None
        self._tag: Any | None = None

    def wait_for_chip(self, seconds: float) -> Contact:
        """Activates the next chip that comes. Raises NoChip, ReaderError."""
        end = time.monotonic() + seconds
        while not self._sense():
            if time.monotonic() >= end:
                raise NoChip
            time.sleep(POLL_SECONDS)
        return Contact(self._family(), self._uid())

    def reactivate(self) -> None:
        """Field off and on. Raises ChipLost when the chip is not there any more, or is another one."""
        before = self._uid()
        if not self._sense() or self._uid() != before:
            self._target = self._tag = None
            raise told(LOST, self._lang)

    def transceive(self, command: bytes) -> bytes:
        """One APDU of a Type 4 chip, one raw command of a Type 2 chip."""
        if self._tag is not None:
            with self._told():
                return bytes(self._tag.transceive(command))
        self._uid()
        try:
            with self._told():
                return bytes(self._device().exchange(bytearray(command), TYPE_2_SECONDS))
        except ChipLost:
            # Silence has two meanings: a chip that refused and waits to be activated, or no chip.
            self.reactivate()
            return b""

    def wait_for_removal(self, seconds: float) -> bool:
        """Whether the chip left in time."""
        end = time.monotonic() + seconds
        while self._sense():
            if time.monotonic() >= end:
                return False
            time.sleep(POLL_SECONDS)
        return True

    def close(self) -> None:
        """Lets go of the reader."""
        front, self._front, self._target, self._tag = self._front, None, None, None
        if front is not None:
            front.close()

    def _sense(self) -> bool:
        self._target = self._tag = None
        with self._told():
            self._target = self._device().sense(nfc.clf.RemoteTarget(TYPE_A))
        if self._target is None:
            return False
        if self._family() is Family.TYPE_4:
            try:
                with self._told():
                    self._tag = nfc.tag.tt4.Type4ATag(self._front, self._target)
            except ChipLost:
                return False
        return True

    def _family(self) -> Family:
        mark = (
            self._target.sel_res[0] if self._target is not None and self._target.sel_res else MARK_NOT_TYPE_2
        )
        if mark & MARK_TYPE_4:
            return Family.TYPE_4
        return Family.OTHER if mark & MARK_NOT_TYPE_2 else Family.TYPE_2

    def _uid(self) -> bytes:
        if self._target is None:
            raise told(LOST, self._lang)
        return bytes(self._target.sdd_res or b"")

    def _device(self) -> Any:
        if self._front is None:
            raise system_fault(errno.ENODEV, self._lang)
        return self._front

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Whatever nfcpy raises, as a ReaderError."""
        try:
            yield
        except (nfc.clf.CommunicationError, nfc.tag.TagCommandError) as error:
            raise told(LOST, self._lang) from error
        except OSError as error:
            raise system_fault(error.errno, self._lang) from error
