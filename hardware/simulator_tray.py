"""A tray of simulated chips in a folder: what a station without hardware writes, one chip after the other.

Each chip is one JSON file (`000.json`, `001.json` ..), `position` names the one that is on the reader. A chip's
file is replaced after every exchange with it, so a program that is killed at any moment finds the chips as they
were, and the same chip on the reader.

A tap is what a phone does: it activates the chip, reads its link and takes it away.

Worked example: `tray = Tray.open(folder, [blank_424(b"1"), blank_21x(NTAG215, b"2")])`, write with
`tray.reader`, then `tray.tap(0)` is the link of the first chip with its next counter.
"""

import shutil
from collections.abc import Sequence
from pathlib import Path

from ocop.hardware.reader import Contact, NoChip, ReaderError
from ocop.hardware.simulator import SimulatedChip, SimulatedReader, load, save
from ocop.hardware.simulator_ntag21x import Ntag21x
from ocop.hardware.simulator_ntag424 import Ntag424
from ocop.trace.tags import ntag21x, ntag21x_flows, ntag424_commands, ntag424_flows
from ocop.trace.tags.dialogue import Dialogue, drive
from ocop.trace.tags.link import Content

Chip = Ntag21x | Ntag424


class Tray:
    """Chips in a folder, and the reader they are put on in turn."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files = sorted(folder.glob("[0-9][0-9][0-9].json"))
        self._loaded: dict[int, Chip] = {}
        self.reader = TrayReader(self)

    @classmethod
    def open(cls, folder: Path, blanks: Sequence[SimulatedChip] = ()) -> "Tray":
        """The tray in `folder`; an empty folder is filled with `blanks`. Raises ReaderError when both are empty."""
        if blanks and not any(folder.glob("[0-9][0-9][0-9].json")):
            _fill(folder, blanks)
        tray = cls(folder)
        if not len(tray):
            raise ReaderError(f"expected simulated chips in {folder}, got an empty folder")
        return tray

    def __len__(self) -> int:
        return len(self._files)

    @property
    def position(self) -> int:
        """The number of the chip on the reader, from 0; the number of chips when all were taken."""
        try:
            return int((self._folder / "position").read_text("ascii"))
        except FileNotFoundError:
            return 0
        except ValueError as error:
            raise ReaderError(
                f"expected a number in {self._folder / 'position'}, got something else"
            ) from error

    def move_to(self, number: int) -> None:
        """Puts chip `number` on the reader."""
        _replace(self._folder / "position", str(number))
        self.reader.lift()

    def begin_again(self) -> None:
        """When all were taken, the first is put on again: one of them may have been voided, and is blank."""
        if self.position >= len(self):
            self.move_to(0)

    def chip(self, number: int) -> Chip:
        """A chip by its number. Raises NoChip beyond the last."""
        if not 0 <= number < len(self):
            raise NoChip(f"expected one of {len(self)} simulated chips, got none: all of them were taken")
        if number not in self._loaded:
            self._loaded[number] = load(self._files[number].read_text("utf-8"))
        return self._loaded[number]

    def place(self, uid: bytes) -> int | None:
        """Where in the tray the chip with this UID lies, None when it isn't there."""
        return next((number for number in range(len(self)) if self.chip(number).uid == uid), None)

    def keep(self, number: int | None = None) -> None:
        """Writes what a chip remembers now; without a number, the one on the reader."""
        chosen = self.position if number is None else number
        if chosen in self._loaded:
            _replace(self._files[chosen], save(self._loaded[chosen]))

    def tap(self, number: int) -> str | None:
        """Taps a chip by its number and keeps its counter."""
        link = tap(self.chip(number))
        self.keep(number)
        return link


class TrayReader(SimulatedReader):
    """The reader of a tray: the next chip comes when the last one was taken away."""

    def __init__(self, tray: Tray) -> None:
        super().__init__(name="Simulated reader", changed=tray.keep)
        self._tray = tray

    def wait_for_chip(self, seconds: float) -> Contact:
        """The chip at the tray's position. Raises NoChip after the last."""
        self.place(self._tray.chip(self._tray.position))
        return super().wait_for_chip(seconds)

    def wait_for_removal(self, seconds: float) -> bool:
        """Takes the chip away and moves to the next one."""
        self._tray.move_to(self._tray.position + 1)
        return super().wait_for_removal(seconds)


def tap(chip: Chip) -> str | None:
    """The link that a phone would open now; None when the chip is empty. The chip's counter rises."""
    reader = SimulatedReader(chip)
    reader.wait_for_chip(0)
    reading = _read_424() if isinstance(chip, Ntag424) else _read_21x(chip.model)
    return drive(reading, reader.transceive, reader.reactivate).link


def _read_424() -> Dialogue[Content]:
    yield from ntag424_commands.select_application()
    return (yield from ntag424_flows.read_content())


def _read_21x(model: ntag21x.Model) -> Dialogue[Content]:
    return (yield from ntag21x_flows.read_content(model))


def _fill(folder: Path, blanks: Sequence[SimulatedChip]) -> None:
    """A whole tray or none: a start that is killed leaves nothing half filled under that name."""
    fresh = folder.with_name(folder.name + ".new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    for number, chip in enumerate(blanks):
        (fresh / f"{number:03d}.json").write_text(save(chip), "utf-8")
    if folder.exists():
        folder.rmdir()
    fresh.rename(folder)


def _replace(path: Path, text: str) -> None:
    """Writes a whole file or nothing."""
    fresh = path.with_suffix(".new")
    fresh.write_text(text, "utf-8")
    fresh.replace(path)
