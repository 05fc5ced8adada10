"""The scan page beside its floor and its textbook version: CPU a request, latency at 32 connections, memory.

    bare       bare ASGI, 11 bytes
    floor      bare ASGI with one Ed25519 verification a request by OpenSSL, of a signature that differs each time
    nearest    the same by libsodium, as the house verifies: nothing that does our work can be cheaper
    ours       `ocop-trace serve`, one worker, story page in Vietnamese, uncompressed, each scan recorded
    textbook   sync route, ORM read, render, ORM insert (`textbook.py`)

All servers are up at once and are loaded in turn, round after round; CPU is user and system time of the server
process a request. Floor and page are of the same round. The table also names the sum of bare ASGI and a verification by
OpenSSL of one and the same signature in a tight loop: it is lower than any server with OpenSSL can get.
"""

import os
import random
import statistics
import time
from contextlib import ExitStack
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from ocop.trace import illustrating, issuing, withdrawing
from ocop.trace.issuing import IssueRequest
from ocop.trace.registry import keystore as keys
from ocop.trace.registry import ledger_store
from ocop.trace.registry.ledger_store import By
from ocop.trace.registry.reads import batch_facts
from ocop.trace.registry.store import Store, open_store
from ocop.trace.signing.keys import Signer

from bench import textbook
from bench.bare import openssl
from bench.load import Load, wrk
from bench.servers import BIN, Running, free_port, scratch, serving, uvicorn

BATCHES = 40
ITEMS = 500
LINKS = 20_000
SECONDS = 3.0
CONNECTIONS = 32
LIMITS = {"cpu_ratio": 1.5, "p99_ratio": 5.0, "rss_mb": 150.0}


def verify_us(rounds: int = 2000) -> float:
    """CPU of one Ed25519 verification by OpenSSL with the key object at hand, in µs."""
    signer = Signer.from_seed("bench", 1, os.urandom(32))
    holds, signed = openssl(signer.public), os.urandom(65)
    signature = signer.sign(signed)
    start = time.thread_time()
    for _ in range(rounds):
        holds(signature, signed)
    return (time.thread_time() - start) / rounds * 1e6


def prepare(data: Path, origin: str) -> tuple[Store, list[str], list[Any]]:
    """A store with illustrative products and `BATCHES` more batches; paths to scan; rows for the textbook."""
    now = datetime.now(UTC)
    store = open_store(data=data)
    keystore = keys.create(data / "keystore", keys.new_key_file(data / "kek"))
    store.create(illustrating.REALM, now)
    illustrating.fill(store, keystore, now)
    key = next(illustrating.codes(store, keystore, origin)).link.split("/01/")[1][:14]
    paths, rows, by = [], [], By("bench", now)
    for number in range(BATCHES):
        request = IssueRequest(f"bench {number}", key, f"B{number:04}", made=date(2026, 9, 1), count=ITEMS)
        batch = issuing.issue(store.begin, keystore, request, "bench", now)
        with store.begin() as session:
            withdrawing.release(session, key, batch.lot, by)
        links = issuing.links(keystore, illustrating.REALM, origin, batch)
        paths += ["/story/" + link.split("/", 3)[3] for _, link in links]
        with store.read() as session:
            entered = ledger_store.replay(session).batch(key, batch.lot)
            facts = batch_facts(session, entered, 1) if entered else None
        public = keystore.signer(batch.issuer, batch.key_number).public
        rows.append((key, batch.lot, public, facts))
    random.Random(1).shuffle(paths)
    return store, paths[:LINKS], rows


def one_load(server: Running, paths: list[str], seconds: float, folder: Path) -> tuple[float, Load]:
    """CPU µs a request and what the load saw."""
    before = server.cpu_seconds()
    load = wrk(server.url, paths, seconds, CONNECTIONS, folder)
    return (server.cpu_seconds() - before) / load.requests * 1e6, load


def run(rounds: int = 5) -> dict[str, Any]:
    """Measure everything; see the module."""
    with scratch() as folder, ExitStack() as stack:
        ports = [free_port() for _ in range(5)]
        origin = f"http://127.0.0.1:{ports[1]}"
        store, paths, rows = prepare(folder / "data", origin)
        textbook.fill(folder, rows)
        store.close()
        env = {
            "OCOP_DATA": str(folder / "data"),
            "OCOP_PUBLIC_URL": origin,
            "OCOP_TRUSTED_PROXIES": "127.0.0.1",
        }
        book = {
            "TEXTBOOK_FOLDER": str(folder),
            "TEXTBOOK_REALM": illustrating.REALM,
            "TEXTBOOK_ORIGIN": origin,
        }
        serve = [str(BIN / "ocop-trace"), "serve", "--port", str(ports[1])]
        servers = {
            "bare": stack.enter_context(serving(uvicorn("bench.bare:app", ports[0]), ports[0], {})),
            "floor": stack.enter_context(
                serving([*uvicorn("bench.bare:floor", ports[3]), "--factory"], ports[3], {})
            ),
            "nearest": stack.enter_context(
                serving([*uvicorn("bench.bare:nearest", ports[4]), "--factory"], ports[4], {})
            ),
            "ours": stack.enter_context(serving(serve, ports[1], env, "/healthz")),
            "textbook": stack.enter_context(
                serving([*uvicorn("bench.textbook:create", ports[2]), "--factory"], ports[2], book)
            ),
        }
        for name, server in servers.items():
            if one_load(server, paths, 1.0, folder)[1].errors:
                raise RuntimeError(f"{name} answered with errors")
        samples: dict[str, list[tuple[float, Load]]] = {name: [] for name in servers}
        verify: list[float] = []
        for _ in range(rounds):
            verify.append(verify_us())
            for name, server in servers.items():
                samples[name].append(one_load(server, paths, SECONDS, folder))
        rss = servers["ours"].rss_mb()
    return _figures(samples, verify, rss)


def _figures(samples: dict[str, list[tuple[float, Load]]], verify: list[float], rss: float) -> dict[str, Any]:
    parts = [bare[0] + one for bare, one in zip(samples["bare"], verify, strict=True)]
    ratios, nearest = (
        [ours[0] / floor[0] for ours, floor in zip(samples["ours"], samples[name], strict=True)]
        for name in ("floor", "nearest")
    )
    of_parts = [ours[0] / part for ours, part in zip(samples["ours"], parts, strict=True)]
    tails = [o[1].p99_ms / b[1].p99_ms for o, b in zip(samples["ours"], samples["bare"], strict=True)]
    median = statistics.median
    table = {
        name: {
            "cpu_us": round(median(cpu for cpu, _ in found), 1),
            "requests_a_second": round(median(load.requests / load.seconds for _, load in found)),
            "p50_ms": round(median(load.p50_ms for _, load in found), 2),
            "p99_ms": round(median(load.p99_ms for _, load in found), 2),
            "errors": sum(load.errors for _, load in found),
        }
        for name, found in samples.items()
    }
    return {
        "servers": table,
        "verify_us": round(median(verify), 1),
        "floor_us": table["floor"]["cpu_us"],
        "parts_us": round(median(parts), 1),
        "cpu_ratio_of_parts": round(median(of_parts), 3),
        "cpu_ratio": round(median(ratios), 3),
        "cpu_ratio_of_nearest": round(median(nearest), 3),
        "p99_ratio": round(median(tails), 2),
        "rss_mb": round(rss, 1),
        "limits": LIMITS,
        "met": median(ratios) <= LIMITS["cpu_ratio"]
        and median(tails) <= LIMITS["p99_ratio"]
        and rss <= LIMITS["rss_mb"],
    }


def main() -> None:
    """Print the table."""
    found = run()
    print(f"{'':10} {'CPU µs':>8} {'req/s':>8} {'p50 ms':>8} {'p99 ms':>8} {'errors':>7}")
    for name, row in found["servers"].items():
        print(
            f"{name:10} {row['cpu_us']:8} {row['requests_a_second']:8} {row['p50_ms']:8} {row['p99_ms']:8}"
            f" {row['errors']:7}"
        )
    print(
        f"floor {found['floor_us']} µs; sum of bare and the same signature again and again: {found['parts_us']} µs, "
        f"of which ours is {found['cpu_ratio_of_parts']} times"
    )
    print(f"ours / nearest {found['cpu_ratio_of_nearest']}")
    print(f"ours / floor {found['cpu_ratio']} (at most {LIMITS['cpu_ratio']})")
    print(f"p99 ours / bare {found['p99_ratio']} (at most {LIMITS['p99_ratio']})")
    print(f"RSS {found['rss_mb']} MB (at most {LIMITS['rss_mb']})")


if __name__ == "__main__":
    main()
