"""Writing an NTAG 424 through the real PC/SC stack, against the sum of its own APDU round trips.

    round_trips   the time inside `transceive`, summed over one chip
    memory        the whole writing with the journal in memory: aim <= 1.2 x round_trips
    disk          the same with the journal on disk: aim <= that + its measured fsyncs
    fsyncs        what the journal waited for the disk, of the same chips: `strace` times each of its calls of fdatasync
    resume        a station killed in the middle: from its start to the chip that is ready; aim <= 5 s

pcscd with vsmartcard's virtual reader and a simulated chip behind it (`tests/readers/inside.py` says how), in
namespaces of its own, so it needs root. The dialogue runs in this process, as the server would lead it, so that what
is measured is the station: commands, journal, reader. A disk answers now in half a millisecond and now in five, so
syncs measured before or after would be other ones: those of the very run are taken. `disk` beside `disk_trips` shows
what becomes of the round trips themselves when the processor has slept for a disk in between.
"""

import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
CHIPS = 40
SECONDS = 120
ALONE = ("unshare", "--net", "--mount", "--pid", "--fork", "--kill-child")
TIMED = ("strace", "-f", "--seccomp-bpf", "-qq", "-ttt", "-T", "-e", "trace=fdatasync")
_CALL = re.compile(r"(?m)^\d+ +(\d+\.\d+) fdatasync\(.* <(\d+\.\d+)>$")


def run() -> dict[str, Any]:
    """Medians over the chips, in milliseconds, and the ratios."""
    if os.geteuid() != 0:
        return {"not_measured": "expected root for a pcscd in a namespace of its own, got an ordinary user"}
    if shutil.which("strace") is None:
        return {"not_measured": "expected strace to time the journal's syncs, got none"}
    with tempfile.TemporaryDirectory() as folder:
        inside = ROOT / "tests" / "readers" / "inside.py"
        calls = Path(folder) / "calls"
        words = ["measured", "ACS ACR122U PICC Interface", folder, json.dumps({"chips": CHIPS})]
        said = subprocess.run(
            [*ALONE, *TIMED, "-o", str(calls), sys.executable, str(inside), *words],
            cwd=ROOT, capture_output=True, text=True, timeout=SECONDS, check=True,
        )  # fmt: skip
        found = json.loads(said.stdout.splitlines()[-1])
        return summary(found, synced(calls.read_text("utf-8")))


def synced(told: str) -> list[tuple[float, float]]:
    """(begun, seconds) of every call of fdatasync, as strace wrote them down."""
    return [(float(begun), float(took)) for begun, took in _CALL.findall(told)]


def summary(found: dict[str, Any], calls: list[tuple[float, float]]) -> dict[str, Any]:
    """What the figures mean, beside their aims."""
    took = found["milliseconds"]
    waits = [[took for at, took in calls if begun <= at <= ended] for begun, ended in found["spans"]]
    took["fsyncs"] = [sum(waited) * 1000 for waited in waits]
    middle = {name: statistics.median(values) for name, values in took.items()}
    whole = statistics.median(a / b for a, b in zip(took["memory"], took["trips"], strict=True))
    begun, ended, times = found["nothing"]
    # Whoever is watched waits for the watcher too, and strace does not count that: it is taken off, by what it costs
    # to sync a file that lies in memory.
    watched = (ended - begun - sum(took for at, took in calls if begun <= at <= ended)) / times * 1000
    took["disk"] = [whole - watched * len(waited) for whole, waited in zip(took["disk"], waits, strict=True)]
    # The chips of one kind are alike; their disks are not, so each is held against its own syncs.
    disk = [
        written / (middle["memory"] + waited)
        for written, waited in zip(took["disk"], took["fsyncs"], strict=True)
    ]
    return {
        "milliseconds": {name: round(value, 3) for name, value in middle.items()},
        "journal_lines": found["lines"],
        "fsyncs_a_chip": statistics.median(len(waited) for waited in waits),
        "watched_ms_a_sync": round(watched, 4),
        "exchanges": found["exchanges"],
        "memory_to_round_trips": round(whole, 3),
        "disk_to_memory_and_fsyncs": round(statistics.median(disk), 3),
        "beyond_both_ms": round(
            statistics.median(
                a - middle["memory"] - b for a, b in zip(took["disk"], took["fsyncs"], strict=True)
            ),
            3,
        ),
        "resume_seconds": round(found["resume_seconds"], 3),
        "aim": {"memory_to_round_trips": 1.2, "disk_to_memory_and_fsyncs": 1.0, "resume_seconds": 5},
    }
