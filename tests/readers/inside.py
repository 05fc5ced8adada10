"""Runs in namespaces of its own: starts pcscd with one virtual reader, then a scenario, and prints JSON.

    unshare --net --mount --pid --fork --kill-child python inside.py <scenario> <reader name> <folder> <arguments>

When this process ends, the namespace ends, and pcscd with it.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

from ocop.hardware import pcsc
from ocop.hardware.client import Command, Done, Plan, Wish
from ocop.hardware.journal import Journal
from ocop.hardware.reader import NoChip, Reader, ReaderError
from ocop.hardware.simulator import SimulatedReader, blank_21x, blank_424, load, save, simulated_maker
from ocop.hardware.simulator_vpcd import VirtualCard
from ocop.hardware.station import Station, World
from ocop.trace.tags import ntag21x, ntag21x_flows, ntag424, ntag424_flows
from ocop.trace.tags.dialogue import drive, seeded
from ocop.trace.tags.ntag21x import NTAG215
from ocop.trace.tags.originality import SECP128R1, SECP224R1

PORT = 0x8C8B
ADDRESS = ("127.0.0.1", PORT)
DRIVER = "/usr/lib/pcsc/drivers/serial/libifdvpcd.so"
LINK = "https://demo.invalid/01/09521234543213/10/L2609A/21/000012?s=" + "A" * 90
MASTER = bytes.fromhex("00112233445566778899aabbccddeeff")
DEADLINE = 20.0
NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
LINES = ("plan", "write", "settings", "key_1", "key_2", "key_3", "key_4", "key_0", "finish")
"""The lines of the journal for one chip, each with its own sync."""


def until(found: Callable[[], Any], what: str) -> Any:
    """Polls until a condition holds."""
    end = time.monotonic() + DEADLINE
    while True:
        value = found()
        if value:
            return value
        if time.monotonic() > end:
            raise SystemExit(f"expected {what} within {DEADLINE} s, got none")
        time.sleep(0.01)


@contextmanager
def pcscd(name: str, folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A pcscd with one reader of that name and nothing else."""
    config = folder / "readers"
    config.mkdir(exist_ok=True)  # pcscd reads every file in it, so nothing else may lie there
    text = f'FRIENDLYNAME "{name}"\nDEVICENAME /dev/null:0x{PORT:X}\nLIBPATH {DRIVER}\nCHANNELID 0x{PORT:X}\n'
    (config / "reader.conf").write_text(text)
    with (folder / "pcscd.log").open("ab") as log:
        child = subprocess.Popen(["pcscd", "--foreground", "--config", str(config)], stdout=log, stderr=log)
        try:
            yield child
        finally:
            child.kill()
            child.wait(5)


def names() -> list[str]:
    try:
        return pcsc.reader_names("en")
    except ReaderError:
        return []


def opened(name: str) -> pcsc.PcscReader:
    until(lambda: any(name in one for one in names()), "the reader")
    return pcsc.open_reader(name, "en")


def empty(reader: Reader) -> None:
    """A chip put back before the reader has seen it go is one that nobody powers."""
    until(lambda: reader.wait_for_removal(0.2), "an empty reader")


def chip_of(family: str) -> Any:
    return blank_424(b"behind pcscd") if family == "ntag424" else blank_21x(NTAG215, b"behind pcscd")


class Desk:
    """Keys and an order, as the server would give them."""

    def keys(self, survey: ntag424_flows.Survey) -> ntag424_flows.KeyRing:
        return ntag424_flows.KeyRing.of(ntag424_flows.ChipKeys.derive(MASTER, survey.uid, 1, 1))

    def order(self, chip: ntag424_flows.Entered) -> ntag424_flows.Order:
        return ntag424_flows.Order(ntag424.template(LINK), resuming=True)


def dialogue(family: str, seed: bytes) -> Any:
    if family == "ntag424":
        return ntag424_flows.provision(Desk(), seeded(seed), simulated_maker(SECP224R1))
    return plain()


def plain() -> Any:
    found = yield from ntag21x_flows.survey(simulated_maker(SECP128R1))
    credential = ntag21x_flows.Credential(b"pw01", b"p1")
    order = ntag21x_flows.Order(ntag21x.image(found.model, LINK), credential, resuming=True)
    yield from ntag21x_flows.personalise(found, order)
    return (yield from ntag21x_flows.lock(found, order))


def provision(name: str, folder: Path, family: str) -> Any:
    """A chip is put on, written and taken away."""
    with pcscd(name, folder):
        reader, chip = opened(name), chip_of(family)
        card = VirtualCard(SimulatedReader(chip), ADDRESS, name)
        card.insert()
        contact = reader.wait_for_chip(DEADLINE)
        taken: list[float] = []

        def timed(command: bytes) -> bytes:
            begin = time.perf_counter()
            answer = reader.transceive(command)
            taken.append(time.perf_counter() - begin)
            return answer

        done = drive(dialogue(family, b"first"), timed, reader.reactivate)
        card.remove()
        empty(reader)
        reader.close()
        return {
            "uid": contact.uid.hex(), "family": contact.family, "link": done.link, "exchanges": len(taken),
            "median_ms": sorted(taken)[len(taken) // 2] * 1000, "reader": reader.name, "state": save(chip),
        }  # fmt: skip


def pulled(name: str, folder: Path, family: str, points: list[int], kept: int, late: bool = False) -> Any:
    """The same chip, cut at each of `points` exchanges, put on again each time, until it is ready. For `late` see
    VirtualCard.
    """
    reasons, chip = [], chip_of(family)
    with pcscd(name, folder):
        reader = opened(name)
        for turn, point in enumerate([*points, None]):
            behind = SimulatedReader(chip)
            card = VirtualCard(behind, ADDRESS, name, late)
            if point is not None:
                behind.cut_after(point, kept)
            card.insert()
            link = ""
            try:
                reader.wait_for_chip(DEADLINE)
                seed = f"turn {turn}".encode()
                link = drive(dialogue(family, seed), reader.transceive, reader.reactivate).link
            except ReaderError as error:
                reasons.append(type(error).__name__)
            card.remove()
            empty(reader)
            chip = load(save(chip))
        reader.close()
        return {"reasons": reasons, "link": link, "state": save(chip)}


def stopped(name: str, folder: Path) -> Any:
    """What is told before there is a service, without a chip, when the service dies, and after it is back."""
    told = {}
    try:
        pcsc.reader_names("vi")
    except ReaderError as error:
        told["before"] = [type(error).__name__, error.sentence, error.hint]
    with pcscd(name, folder) as child:
        reader = opened(name)
        try:
            reader.wait_for_chip(0)
        except NoChip as error:
            told["empty"] = [type(error).__name__, error.sentence, error.hint]
        card = VirtualCard(SimulatedReader(chip_of("ntag424")), ADDRESS, name)
        card.insert()
        reader.wait_for_chip(DEADLINE)
        child.kill()
        child.wait(5)
        try:
            reader.transceive(bytes.fromhex("9060000000"))
        except ReaderError as error:
            told["killed"] = [type(error).__name__, error.sentence, error.hint]
        reader.close()
        card.remove()
    with pcscd(name, folder):
        again = opened(name)
        told["again"] = again.name
        again.close()
    return told


def taken(name: str, folder: Path) -> Any:
    """Two programs and one chip."""
    with pcscd(name, folder):
        first, second = opened(name), opened(name)
        card = VirtualCard(SimulatedReader(chip_of("ntag424")), ADDRESS, name)
        card.insert()
        first.wait_for_chip(DEADLINE)
        try:
            second.wait_for_chip(DEADLINE)
        except ReaderError as error:
            said = [type(error).__name__, error.sentence]
        first.close()
        found = second.wait_for_chip(DEADLINE).uid.hex()
        card.remove()
        second.close()
        return {"said": said, "then": found}


class InProcess:
    """The station interface over one dialogue at a time; `spent` is what the server's part of it took."""

    def __init__(self, plan: Plan) -> None:
        self.plan, self.spent, self.made = plan, 0.0, 0
        self.flow: Any = None

    def plans(self) -> list[Plan]:
        return [replace(self.plan, done=self.made)]

    def begin(self, wish: Wish) -> tuple[str, Any]:
        self.flow, self.position = dialogue("ntag424", wish.request.encode()), 0
        return wish.request, self._next(None)

    def answer(self, name: str, position: int, data: bytes) -> Any:
        del name
        self.position = position + 1
        return self._next(data)

    def lost(self, name: str) -> None:
        del name

    def chip(self, uid: str) -> None:
        del uid

    def _next(self, data: bytes | None) -> Any:
        begin = time.perf_counter()
        try:
            found = next(self.flow) if data is None else self.flow.send(data)
        except StopIteration as end:
            self.made += 1
            return Done(self.made, end.value.uid.hex(), end.value.link, "live", {})
        finally:
            self.spent += time.perf_counter() - begin
        return Command(self.position, found.command, found.step, found.reactivate)


class Timed:
    """A reader that sums its round trips; one chip, put on already."""

    def __init__(self, behind: Reader) -> None:
        self.behind, self.name, self.trips, self.count = behind, behind.name, 0.0, 0
        self.contact = behind.wait_for_chip(DEADLINE)

    def wait_for_chip(self, seconds: float) -> Any:
        del seconds
        return self.contact

    def wait_for_removal(self, seconds: float) -> bool:
        del seconds
        return True

    def reactivate(self) -> None:
        self.behind.reactivate()

    def transceive(self, command: bytes) -> bytes:
        begin = time.perf_counter()
        answer = self.behind.transceive(command)
        self.trips += time.perf_counter() - begin
        self.count += 1
        return answer

    def close(self) -> None:
        """The reader stays ours."""


class Blind:
    """A screen that nobody looks at."""

    def show(self, sign: Any) -> None:
        del sign


def written(reader: Reader, journal: Journal, name: str) -> tuple[Timed, float, float]:
    """One chip that lies on the reader; its round trips, the whole without the server's part, that part."""
    plan = Plan("p", "Trà", "L2609A", "hộp", "ntag424", 1, 1, 1, 0)
    timed, server, requests = Timed(reader), InProcess(plan), count()
    world = World(lambda: NOW, time.sleep, lambda: f"{name}-{next(requests)}")
    station = Station(server, journal, lambda: timed, Blind(), world)
    begin = time.perf_counter()
    station.write([plan], more=lambda: False)
    return timed, time.perf_counter() - begin - server.spent, server.spent


def measured(name: str, folder: Path, chips: int) -> Any:
    """What a writing takes: its round trips, the server's part, the whole with a journal in memory and on disk."""
    told: dict[str, list[float]] = {name: [] for name in ("trips", "server", "memory", "disk", "disk_trips")}
    spans: list[tuple[float, float]] = []
    exchanges = 0
    with pcscd(name, folder):
        reader = opened(name)
        for turn in range(2 * chips):
            on_disk = bool(turn % 2)
            card = VirtualCard(SimulatedReader(blank_424(b"bench %d" % turn)), ADDRESS, name)
            card.insert()
            journal = Journal(folder / f"journal{turn}.db") if on_disk else Journal.memory()
            begun = time.time()
            timed, whole, server = written(reader, journal, f"request-{turn}")
            ended = time.time()
            journal.close()
            if on_disk:
                spans.append((begun, ended))
                told["disk"].append(whole * 1000)
                told["disk_trips"].append(timed.trips * 1000)
            else:
                told["memory"].append(whole * 1000)
                told["trips"].append(timed.trips * 1000)
                told["server"].append(server * 1000)
            exchanges = timed.count
            card.remove()
            empty(reader)
        resume = resumed(reader, folder, name)
        reader.close()
    return {
        "milliseconds": told,
        "spans": spans,
        "nothing": nothing(),
        "exchanges": exchanges,
        "lines": len(LINES),
        "resume_seconds": resume,
    }


def nothing(times: int = 200) -> list[float]:
    """When syncs of a file in memory began and ended, and how many: what it costs to be watched doing them."""
    with tempfile.TemporaryFile(dir="/run/pcscd") as file:
        begun = time.time()
        for _ in range(times):
            os.fdatasync(file.fileno())
        return [begun, time.time(), times]


def resumed(reader: Reader, folder: Path, name: str) -> float:
    """From putting a cut chip on again, the journal opened anew, to the chip that is ready."""
    chip = blank_424(b"resumed")
    behind = SimulatedReader(chip)
    behind.cut_after(20, 1)
    card = VirtualCard(behind, ADDRESS, name)
    card.insert()
    reader.wait_for_chip(DEADLINE)
    try:
        drive(dialogue("ntag424", b"cut"), reader.transceive, reader.reactivate)
    except ReaderError:
        card.remove()
    empty(reader)
    begin = time.perf_counter()
    again = VirtualCard(SimulatedReader(load(save(chip))), ADDRESS, name)
    again.insert()
    journal = Journal(folder / "resumed.db")
    written(reader, journal, "request-resumed")
    journal.close()
    taken = time.perf_counter() - begin
    again.remove()
    return taken


def main(**more: Callable[..., Any]) -> None:
    scenario, name, folder, arguments = sys.argv[1:]
    subprocess.run(["mount", "--make-rprivate", "/"], check=True)
    Path("/run/pcscd").mkdir(exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "tmpfs", "/run/pcscd"], check=True)
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    known = {
        "provision": provision,
        "pulled": pulled,
        "stopped": stopped,
        "taken": taken,
        "measured": measured,
    }
    act = {**known, **more}[scenario]
    print(json.dumps(act(name, Path(folder), **json.loads(arguments))))


if __name__ == "__main__":
    main()
