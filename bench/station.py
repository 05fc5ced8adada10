"""Writing an NTAG 424 through the real PC/SC stack, against the sum of its own APDU round trips.

    round_trips   the time inside `transceive`, summed over one chip
    memory        the whole writing with the journal in memory: aim <= 1.2 x round_trips
    disk          the same with the journal on disk: aim <= that + its measured fsyncs
    resume        a station killed in the middle: from its start to the chip that is ready; aim <= 5 s

pcscd with vsmartcard's virtual reader and a simulated chip behind it (`tests/readers/inside.py` says how), in
namespaces of its own, so it needs root. The dialogue runs in this process, as the server would lead it, so that what
is measured is the station: commands, journal, reader. An fsync is measured on the disk of the journal.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
CHIPS = 40
SECONDS = 120


def run() -> dict[str, Any]:
    """Medians over the chips, in milliseconds, and the ratios."""
    if os.geteuid() != 0:
        return {"not_measured": "expected root for a pcscd in a namespace of its own, got an ordinary user"}
    with tempfile.TemporaryDirectory() as folder:
        inside = ROOT / "tests" / "readers" / "inside.py"
        command = [
            "unshare",
            "--net",
            "--mount",
            "--pid",
            "--fork",
            "--kill-child",
            sys.executable,
            str(inside),
        ]
        words = ["measured", "ACS ACR122U PICC Interface", folder, json.dumps({"chips": CHIPS})]
        said = subprocess.run(
            [*command, *words], cwd=ROOT, capture_output=True, text=True, timeout=SECONDS, check=True
        )
    found = json.loads(said.stdout.splitlines()[-1])
    return summary(found)


def summary(found: dict[str, Any]) -> dict[str, Any]:
    """What the figures mean, beside their aims."""
    took = found["milliseconds"]
    middle = {name: statistics.median(values) for name, values in took.items()}
    whole = statistics.median(a / b for a, b in zip(took["memory"], took["trips"], strict=True))
    disk = statistics.median(
        written / (bare + synced)
        for written, bare, synced in zip(took["disk"], took["memory"], took["fsyncs"], strict=True)
    )
    return {
        "milliseconds": {name: round(value, 3) for name, value in middle.items()},
        "journal_lines": found["lines"],
        "exchanges": found["exchanges"],
        "memory_to_round_trips": round(whole, 3),
        "disk_to_memory_and_fsyncs": round(disk, 3),
        "resume_seconds": round(found["resume_seconds"], 3),
        "aim": {"memory_to_round_trips": 1.2, "disk_to_memory_and_fsyncs": 1.0, "resume_seconds": 5},
    }
