"""The real stacks: pcscd with the virtual reader, and nfcpy over UDP, each with a simulated chip behind it.

`pcscd` runs as a child in namespaces of its own: its virtual reader listens on every address, and here that is a
loopback nobody else has; its folder for sockets is its own, so a pcscd of this machine is not touched. The test
talks to it from a child in the same namespaces (`tests/readers/inside.py`), which needs root.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from ocop.hardware.reader import ReaderError
from ocop.hardware.simulator import SimulatedReader
from ocop.hardware.simulator_vpcd import ON, VirtualCard

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
SECONDS = 60
REMOVED, TIMEOUT = 0x80100069, 0x8010000A
READERS = ("ACS ACR122U PICC Interface", "ACS ACR1252 Dual Reader PICC", "Any Contactless Reader")


def check_root() -> None:
    """The tests of the real PC/SC stack have no other way."""
    if os.geteuid() != 0:
        pytest.fail(
            "expected root: these tests start their own pcscd in a network and mount namespace of its own "
            "(sudo -E make test); nothing outside of it is touched",
            pytrace=False,
        )


@pytest.fixture
def inside(tmp_path: Path) -> Iterator[Callable[..., Any]]:
    """Runs a scenario of `inside.py` or a script beside it, with a fresh pcscd; gives what it printed as JSON."""
    check_root()
    running: list[subprocess.Popen[str]] = []

    def run(scenario: str, reader: str = READERS[0], script: str = "inside", **arguments: Any) -> Any:
        command = [
            "unshare",
            "--net",
            "--mount",
            "--pid",
            "--fork",
            "--kill-child",
            sys.executable,
            str(HERE / f"{script}.py"),
        ]
        child = subprocess.Popen(
            [*command, scenario, reader, str(tmp_path), json.dumps(arguments)],
            cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
        )  # fmt: skip
        running.append(child)
        try:
            out, err = child.communicate(timeout=SECONDS)
        except subprocess.TimeoutExpired:
            child.kill()
            out, err = child.communicate(timeout=5)
            pytest.fail(f"no end within {SECONDS} s\n{out}\n{err}")
        assert child.returncode == 0, f"{out}\n{err}"
        return json.loads(out.splitlines()[-1])

    yield run
    for child in running:
        if child.poll() is None:
            child.kill()
            child.wait(5)


class Slot:
    """winscard's calls without a service: `VirtualCard` in this process, so that every exchange can be tried.

    What pcscd itself does is tried in `inside.py`. Stands for the module `smartcard.scard`; `codes` are what the next
    connections are answered with, success at last.
    """

    def __init__(self, reader: SimulatedReader, name: str, late: bool = True) -> None:
        self.card, self.name, self.reader = VirtualCard(reader, ("", 0), name, late), name, reader
        self.codes: list[int] = []
        self._names = import_module("smartcard.scard")

    def __getattr__(self, name: str) -> Any:
        return getattr(self._names, name)

    def SCardEstablishContext(self, scope: int) -> tuple[int, int]:
        return 0, scope

    def SCardReleaseContext(self, context: int) -> int:
        return 0

    def SCardListReaders(self, context: int, groups: list[str]) -> tuple[int, list[str]]:
        return 0, [self.name]

    def SCardGetStatusChange(
        self, context: int, milliseconds: int, states: list[tuple[str, int]]
    ) -> tuple[int, list[tuple[str, int, bytes]]]:
        empty = self.reader.empty
        found = self.SCARD_STATE_EMPTY if empty else self.SCARD_STATE_PRESENT
        if states[0][1] & found:
            return TIMEOUT, [(self.name, found, b"")]
        return 0, [(self.name, found, b"" if empty else self.card.answer(b"\x04") or b"")]

    def SCardConnect(self, context: int, name: str, mode: int, protocols: int) -> tuple[int, int, int]:
        code = self.codes.pop(0) if self.codes else self._power()
        return code, 1, self.SCARD_PROTOCOL_T1

    def SCardReconnect(self, card: int, mode: int, protocols: int, how: int) -> tuple[int, int]:
        return self._power(), self.SCARD_PROTOCOL_T1

    def SCardDisconnect(self, card: int, disposition: int) -> int:
        return 0

    def SCardTransmit(self, card: int, protocol: int, apdu: list[int]) -> tuple[int, list[int]]:
        try:
            return 0, list(self.card.answer(bytes(apdu)) or b"")
        except ReaderError:
            return REMOVED, []

    def _power(self) -> int:
        try:
            self.card.answer(ON)
        except ReaderError:
            return REMOVED
        return 0


@pytest.fixture
def slot(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Slot]:
    """Puts a simulated reader behind `hardware/pcsc.py`, in this process, under a reader's name."""

    def put(behind: SimulatedReader, name: str = READERS[0], late: bool = True) -> Slot:
        made = Slot(behind, name, late)
        monkeypatch.setattr("ocop.hardware.pcsc.scard", made)
        return made

    return put
