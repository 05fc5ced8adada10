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
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
INSIDE = Path(__file__).with_name("inside.py")
SECONDS = 60
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
    """Runs a scenario of `inside.py` beside a fresh pcscd; gives what it printed as JSON."""
    check_root()
    running: list[subprocess.Popen[str]] = []

    def run(scenario: str, reader: str = READERS[0], **arguments: Any) -> Any:
        command = [
            "unshare",
            "--net",
            "--mount",
            "--pid",
            "--fork",
            "--kill-child",
            sys.executable,
            str(INSIDE),
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
