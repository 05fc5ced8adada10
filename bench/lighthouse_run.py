"""Lighthouse on the story page: five runs, mobile profile, Debian's Chromium; the medians and the floors."""

import json
import os
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

from bench.servers import BIN, free_port, scratch, serving

RUNS = 5
FLOORS = {"accessibility": 0.95, "best-practices": 0.95}
MAX_SHIFT = 0.05
FOLDER = Path(__file__).parent / "lighthouse"
FLAGS = (
    "--headless=new --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"
)


def audit(url: str, out: Path) -> dict[str, Any]:
    """One run; the report as Lighthouse wrote it."""
    command = ["node", str(FOLDER / "node_modules/lighthouse/cli/index.js"), url, "--quiet", "--output=json",
               f"--output-path={out}", f"--chrome-flags={FLAGS}",
               "--only-categories=accessibility,best-practices,performance"]  # fmt: skip
    chromium = os.environ.get("CHROME_PATH", "/usr/bin/chromium")
    subprocess.run(
        command, check=True, env={**os.environ, "CHROME_PATH": chromium}, stderr=subprocess.DEVNULL
    )
    report: dict[str, Any] = json.loads(out.read_text())
    return report


def main() -> int:
    """Print the medians; exit 1 below a floor."""
    with scratch() as folder:
        port = free_port()
        env = {"OCOP_DATA": str(folder / "data"), "OCOP_PUBLIC_URL": f"http://127.0.0.1:{port}"}
        demo = subprocess.run([BIN / "ocop-trace", "demo", "--json"], check=True, capture_output=True,
                              text=True, env={**os.environ, **env})  # fmt: skip
        link = json.loads(demo.stdout.splitlines()[0])["link"]
        command = [str(BIN / "ocop-trace"), "serve", "--host", "127.0.0.1", "--port", str(port)]
        with serving(command, port, env, "/healthz"):
            reports = [audit(link, folder / f"{n}.json") for n in range(RUNS)]
    figures = {
        name: statistics.median(report["categories"][name]["score"] for report in reports)
        for name in ("accessibility", "best-practices", "performance")
    }
    shift = statistics.median(r["audits"]["cumulative-layout-shift"]["numericValue"] for r in reports)
    paint = statistics.median(r["audits"]["largest-contentful-paint"]["numericValue"] for r in reports)
    for name, value in figures.items():
        floor = f"(floor {FLOORS[name] * 100:.0f})" if name in FLOORS else "(reported)"
        print(f"{name:16} {value * 100:5.0f} {floor}")
    print(f"{'layout shift':16} {shift:5.3f} (at most {MAX_SHIFT})")
    print(f"{'largest paint':16} {paint:5.0f} ms (reported)")
    missed = {a["id"] for r in reports for a in r["audits"].values() if a.get("score") == 0}
    print("audits at zero:", ", ".join(sorted(missed)) or "none")
    return int(shift > MAX_SHIFT or any(figures[name] < floor for name, floor in FLOORS.items()))


if __name__ == "__main__":
    sys.exit(main())
