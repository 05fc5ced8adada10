"""Runs in namespaces of its own: starts pcscd with one virtual reader, then a scenario, and prints JSON.

    unshare --net --mount --pid --fork --kill-child python inside.py <scenario> <reader name> <folder> <arguments>

When this process ends, the namespace ends, and pcscd with it.
"""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ocop.hardware import pcsc
from ocop.hardware.reader import NoChip, Reader, ReaderError
from ocop.hardware.simulator import SimulatedReader, blank_21x, blank_424, load, save, simulated_maker
from ocop.hardware.simulator_vpcd import VirtualCard
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


def pulled(name: str, folder: Path, family: str, points: list[int], kept: int) -> Any:
    """The same chip, cut at each of `points` exchanges, put on again each time, until it is ready."""
    reasons, chip = [], chip_of(family)
    with pcscd(name, folder):
        reader = opened(name)
        for turn, point in enumerate([*points, None]):
            behind = SimulatedReader(chip)
            card = VirtualCard(behind, ADDRESS, name)
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


def main() -> None:
    scenario, name, folder, arguments = sys.argv[1:]
    subprocess.run(["mount", "--make-rprivate", "/"], check=True)
    Path("/run/pcscd").mkdir(exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "tmpfs", "/run/pcscd"], check=True)
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    act = {"provision": provision, "pulled": pulled, "stopped": stopped, "taken": taken}[scenario]
    print(json.dumps(act(name, Path(folder), **json.loads(arguments))))


if __name__ == "__main__":
    main()
