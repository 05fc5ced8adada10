"""A reader is one call: `transceive(bytes) -> bytes`. The rest is about chips coming and going.

Everything above (dialogues, station, journal) knows this interface and no wire. PC/SC, nfcpy and the simulator
implement it.

What `transceive` carries: an APDU for a Type 4 chip (answer with its status word), a raw command without CRC
for a Type 2 chip. A four-bit ACK or NAK is one byte (0A; 00, 01, 04, 05). A chip that is still there and does
not answer gives b"". Losing the chip in the middle is `ChipLost`: whether the chip carried the command out is
then unknown.

Worked example: `reader.transceive(bytes.fromhex("9060000000"))` -> 0404083000110591AF.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class ReaderError(Exception):
    """Base of everything a reader raises: one sentence, and a hint for the person in front of it."""

    def __init__(self, sentence: str, hint: str = "") -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.sentence} ({self.hint})" if self.hint else self.sentence


class NoReader(ReaderError):
    """No reader is plugged in, or its driver is missing."""


class ReaderTaken(ReaderError):
    """Another program holds the reader."""


class ReaderGone(ReaderError):
    """The reader was unplugged, or its service stopped."""


class NoChip(ReaderError):
    """No chip came into the field in time, or none is there."""

    def __init__(self, sentence: str = "expected a chip on the reader, got none") -> None:
        super().__init__(sentence, "put a chip on the middle of the reader")


class ChipLost(ReaderError):
    """The chip left the field during an exchange."""

    def __init__(
        self, sentence: str = "expected an answer from the chip, got none: it left the field"
    ) -> None:
        super().__init__(sentence, "put the same chip on the reader again; nothing is lost")


class NotAChip(ChipLost):
    """What lies on the reader can't be activated: two chips at once, a card that is none of ours."""


class Family(StrEnum):
    """How a chip wants to be spoken to; OTHER is none that we write (a bank card, a MIFARE Classic)."""

    TYPE_2 = "type_2"
    TYPE_4 = "type_4"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Contact:
    """A chip that has just been activated. `uid` is what anticollision gave: 4 bytes 08.. with random ID."""

    family: Family
    uid: bytes


class Transceiver(Protocol):
    """The one call."""

    def transceive(self, command: bytes) -> bytes:
        """Sends a command to the chip in the field and gives its answer. Raises ReaderError."""


class Reader(Transceiver, Protocol):
    """A reader and the chips that come to it."""

    @property
    def name(self) -> str:
        """As the system calls it."""

    def wait_for_chip(self, seconds: float) -> Contact:
        """Activates the next chip that comes. Raises NoChip when none came in time, ReaderError."""

    def reactivate(self) -> None:
        """Field off and on, or halt and wake-up: the chip forgets all but its memory. Raises ChipLost."""

    def wait_for_removal(self, seconds: float) -> bool:
        """Whether the chip left the field in time."""

    def close(self) -> None:
        """Lets go of the reader. May be called twice."""
