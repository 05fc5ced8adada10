"""Lighthouse on the main pages, mobile profile, Debian's Chromium: the medians, and the floors of each page.

The story page, which everybody opens, is read five times; the others, those behind the door with somebody's session,
once. `--only story` reads only the pages whose name has that word.
"""

import json
import os
import secrets
import statistics
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ocop.trace import doors, doors_sessions
from ocop.trace.registry import tables
from ocop.trace.registry.store import open_store
from ocop.trace.rights import Grant, Role
from sqlalchemy import select

from bench.servers import BIN, free_port, scratch, serving

FLOORS = {"accessibility": 95, "best-practices": 95}
MAX_SHIFT = 0.05
CATEGORIES = ("accessibility", "best-practices", "performance")
FOLDER = Path(__file__).parent / "lighthouse"
FLAGS = (
    "--headless=new --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"
)


@dataclass(frozen=True)
class Page:
    """One page: its name here, its path (`{key}`, `{lot}`, `{slug}` filled in), who looks, how often."""

    name: str
    path: str
    role: Role | None = None
    runs: int = 1


PAGES = (
    Page("story", "", runs=5),
    Page("catalogue", "/"),
    Page("press", "/press"),
    Page("press, one story", "/press/{key}"),
    Page("report", "/report/01/{key}"),
    Page("help", "/help"),
    Page("help, one topic", "/help/in-tem"),
    Page("door", "/door"),
    Page("account", "/me", Role.PRODUCER),
    Page("studio", "/studio", Role.PRODUCER),
    Page("studio, product", "/studio/products/{key}", Role.PRODUCER),
    Page("studio, telling", "/studio/products/{key}/story/vi", Role.PRODUCER),
    Page("studio, batch", "/studio/products/{key}/batches/{lot}", Role.PRODUCER),
    Page("studio, labels", "/studio/products/{key}/batches/{lot}/labels", Role.PRODUCER),
    Page("studio, scans", "/studio/products/{key}/batches/{lot}/scans", Role.PRODUCER),
    Page("office", "/office", Role.PROVINCE),
    Page("office, products", "/office/products", Role.PROVINCE),
    Page("office, product", "/office/products/{key}", Role.PROVINCE),
    Page("office, stories", "/office/stories", Role.PROVINCE),
    Page("office, calendar", "/office/calendar", Role.PROVINCE),
    Page("office, people", "/office/people", Role.PROVINCE),
    Page("office, import", "/office/import", Role.PROVINCE),
    Page("office, reports", "/office/reports", Role.PROVINCE),
    Page("office, requests", "/office/requests", Role.PROVINCE),
)


def audit(url: str, out: Path, cookie: str = "") -> dict[str, Any]:
    """One run; the report as Lighthouse wrote it."""
    command = ["node", str(FOLDER / "node_modules/lighthouse/cli/index.js"), url, "--quiet", "--output=json",
               f"--output-path={out}", f"--chrome-flags={FLAGS}",
               f"--only-categories={','.join(CATEGORIES)}"]  # fmt: skip
    if cookie:
        headers = out.with_suffix(".headers")
        headers.write_text(json.dumps({"Cookie": cookie}))
        command.append(f"--extra-headers={headers}")
    chromium = os.environ.get("CHROME_PATH", "/usr/bin/chromium")
    subprocess.run(
        command, check=True, env={**os.environ, "CHROME_PATH": chromium}, stderr=subprocess.DEVNULL
    )
    report: dict[str, Any] = json.loads(out.read_text())
    return report


def sign_in(data: Path, key: str) -> tuple[dict[Role | None, str], dict[str, str]]:
    """Cookies of a maker and of her office, and what stands in the braces of paths."""
    store, now = open_store("", data=data), datetime.now(UTC)
    with store.begin() as session:
        found = select(tables.Producer, tables.Product.id)
        found = found.join(tables.Product, tables.Product.producer_id == tables.Producer.id)
        found = found.join(tables.ProductKey, tables.ProductKey.product_id == tables.Product.id)
        maker, product = session.execute(found.where(tables.ProductKey.key == key)).one()
        lot = session.scalars(select(tables.Batch.lot).where(tables.Batch.product_id == product)).first()
        cookies: dict[Role | None, str] = {None: ""}
        grants = (Grant(Role.PRODUCER, maker.id), Grant(Role.PROVINCE, province=maker.province_code))
        for number, grant in enumerate(grants):
            person = doors.add_person(
                session, "Nguyễn Thị Hoa", f"091200000{number}", now, handle=secrets.token_bytes(32)
            )
            doors.give_role(session, person.id or 0, grant, "phòng thử", now)
            token = doors_sessions.begin(
                session, person.id or 0, "Chrome", now, fresh=secrets.token_bytes(32), proved=True
            )
            cookies[grant.role] = f"ocop={token}"
    store.close()
    return cookies, {"key": key.replace("P/", "P-"), "lot": str(lot), "slug": maker.slug}


def rows(wanted: str) -> Iterator[tuple[Page, list[dict[str, Any]]]]:
    """The reports of each page whose name has the word `wanted`."""
    with scratch() as folder:
        port = free_port()
        env = {"OCOP_DATA": str(folder / "data"), "OCOP_PUBLIC_URL": f"http://127.0.0.1:{port}"}
        demo = subprocess.run([BIN / "ocop-trace", "demo", "--json"], check=True, capture_output=True,
                              text=True, env={**os.environ, **env})  # fmt: skip
        link = json.loads(demo.stdout.splitlines()[0])["link"]
        key = link.split("/01/")[1].split("/")[0]
        cookies, names = sign_in(folder / "data", key)
        command = [str(BIN / "ocop-trace"), "serve", "--host", "127.0.0.1", "--port", str(port)]
        with serving(command, port, env, "/healthz"):
            for page in PAGES:
                if wanted not in page.name:
                    continue
                url = f"http://127.0.0.1:{port}{page.path.format(**names)}" if page.path else link
                out = folder / page.name.replace(" ", "-")
                reports = [audit(url, Path(f"{out}-{n}.json"), cookies[page.role]) for n in range(page.runs)]
                for report in reports:
                    if report["finalDisplayedUrl"].partition("?")[0].rstrip("/").endswith("/door") != (
                        page.path == "/door"
                    ):
                        raise RuntimeError(
                            f"expected the page {page.name}, got the door; is the session good?"
                        )
                yield page, reports


def main() -> int:
    """Print a table of medians; exit 1 when a page is below a floor."""
    wanted = sys.argv[2] if sys.argv[1:2] == ["--only"] and len(sys.argv) == 3 else ""
    below = 0
    print(
        f"{'page':20} {'accessibility':>14} {'practices':>10} {'performance':>12} {'shift':>6} {'paint':>8}"
    )
    for page, reports in rows(wanted):
        score = {
            name: round(100 * statistics.median(one["categories"][name]["score"] for one in reports))
            for name in CATEGORIES
        }
        shift = statistics.median(r["audits"]["cumulative-layout-shift"]["numericValue"] for r in reports)
        paint = statistics.median(r["audits"]["largest-contentful-paint"]["numericValue"] for r in reports)
        low = shift > MAX_SHIFT or any(score[name] < floor for name, floor in FLOORS.items())
        below += low
        print(
            f"{page.name:20} {score['accessibility']:14} {score['best-practices']:10} {score['performance']:12}"
            f" {shift:6.3f} {paint:5.0f} ms{'  below its floor' if low else ''}", flush=True,
        )  # fmt: skip
        scored = {name for one in reports for each in CATEGORIES[:2]
                  for name in (ref["id"] for ref in one["categories"][each]["auditRefs"])
                  if one["audits"][name].get("score") == 0}  # fmt: skip
        if scored:
            print(f"  at zero: {', '.join(sorted(scored))}")
    print(f"floors: accessibility and best practices {FLOORS['accessibility']}, layout shift {MAX_SHIFT}")
    return int(below > 0)


if __name__ == "__main__":
    sys.exit(main())
