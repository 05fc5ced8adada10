"""As `inside.py`: a whole station over pcscd, which is killed and started anew in the middle of a chip."""

import time
from contextlib import ExitStack
from itertools import count
from pathlib import Path
from typing import Any

from inside import ADDRESS, NOW, InProcess, chip_of, main, names, pcscd, until
from ocop.hardware import pcsc
from ocop.hardware.client import Plan
from ocop.hardware.journal import Journal
from ocop.hardware.signs import Kind, Sign, World
from ocop.hardware.simulator import SimulatedReader, load, save
from ocop.hardware.simulator_vpcd import VirtualCard
from ocop.hardware.station import Station

QUICK = 0.02


class House:
    """A pcscd that dies at an exchange, the hand that puts the chip back, and the reader between them."""

    def __init__(self, name: str, folder: Path, point: int, stack: ExitStack) -> None:
        self.name, self.folder, self.stack, self.point = name, folder, stack, point
        self.chip, self.count = chip_of("ntag424"), 0
        self.signs: list[Sign] = []
        self.start()

    def start(self) -> None:
        """A service, and the chip on its reader."""
        self.service = self.stack.enter_context(pcscd(self.name, self.folder))
        until(names, "a reader")
        self.card = VirtualCard(SimulatedReader(self.chip), ADDRESS, self.name)
        self.card.insert()

    def opened(self) -> Any:
        """The reader as the station opens it; the first time that is asked of a dead service, it is started after."""
        dead = self.service.poll() is not None
        try:
            self.behind = pcsc.open_reader("", "vi")
        finally:
            if dead:
                self.chip = load(save(self.chip))
                self.start()
        return self

    def show(self, sign: Sign) -> None:
        """The chip is taken away when it is ready."""
        self.signs.append(sign)
        if sign.kind is Kind.DONE:
            self.card.remove()

    def transceive(self, command: bytes) -> bytes:
        """Kills the service before its n-th exchange."""
        self.count += 1
        if self.count == self.point:
            self.service.kill()
            self.service.wait(5)
            self.card.remove()
        return self.behind.transceive(command)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.behind, name)


def restarted(name: str, folder: Path, point: int) -> Any:
    """What the person sees and what is left in journal and server."""
    plan = Plan("p", "Trà", "L2609A", "hộp", "ntag424", 1, 1, 1, 0)
    server, requests = InProcess(plan), count()
    journal = Journal(folder / "journal.db")
    world = World(lambda: NOW, lambda seconds: time.sleep(QUICK), lambda: f"request-{next(requests)}")
    with ExitStack() as stack:
        house = House(name, folder, point, stack)
        station = Station(server, journal, house.opened, house, world)
        station.write([plan])
        station.close()
    return {
        "signs": [[sign.kind, sign.number, sign.sentence] for sign in house.signs],
        "outcomes": [line.outcome for line in journal.report()], "open": len(journal.open()),
        "made": server.made, "uid": house.chip.uid.hex().upper(), "uids": [one.uid for one in journal.report()],
    }  # fmt: skip


if __name__ == "__main__":
    main(restarted=restarted)
