"""A tap of an NTAG 424 beside its floor, and beside a page that only does one durable commit.

    bare       bare ASGI, 11 bytes
    floor      bare ASGI with one Ed25519 verification by OpenSSL and one SUN check a request, of other values each time
    nearest    the same with libsodium, as the house verifies
    commit     bare ASGI with one UPDATE in a transaction of its own, WAL and synchronous=FULL as the service has it
    ours       `ocop-trace serve`, one worker: a fresh tap, spent on disk, answered with its receipt and a 303
    whole      the same, and after each tap the page that it leads to, with its receipt

`ours` is the request that the chip makes. Every tap is fresh: `CHIPS` chips, and in each round each of them has the
next counter; a tap that came twice would be none and cost more, so the share of the fresh is part of the result. All
servers are up at once and loaded in turn; CPU is user and system time of the server process a request. Latency stands
beside `commit`, which tells what the disk costs: ours commits many taps at once.

A whole tap is two requests, so its floor is `floor` and `bare` together: two answers, one signature, one SUN check.
"""

import asyncio
import sqlite3
import statistics
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, date, datetime
from itertools import cycle
from os import environ
from pathlib import Path
from typing import Any

from ocop.trace import illustrating, issuing, registering, withdrawing
from ocop.trace.gs1.identifier import item_serial
from ocop.trace.issuing import IssueRequest
from ocop.trace.registry import keystore as keys
from ocop.trace.registry.chips import fact
from ocop.trace.registry.ledger_store import By
from ocop.trace.registry.masters import Masters
from ocop.trace.registry.store import open_store
from ocop.trace.registry.tables_chips import Chip
from ocop.trace.registry.taps import receipt_secret
from ocop.trace.signing.token import Carrier, nfc_text, sign
from ocop.trace.tags import sun
from ocop.trace.tags.secure import diversify
from ocop.trace.taps import COOKIE, Receipt, Receipts
from sqlmodel import select

from bench import bare
from bench.bare import App, app
from bench.servers import BIN, free_port, scratch, serving, uvicorn
from bench.web import Load, one_load

CHIPS, BATCHES = 18_000, 60
SECONDS = 2.0
LIMIT = 1.5
KEY, UID = bytes(range(16)), bytes.fromhex("04de5f1eacc040")


def floor() -> App:
    """`bare.floor` and a SUN check a request."""
    return checking(bare.floor())


def nearest() -> App:
    """`bare.nearest` and a SUN check a request."""
    return checking(bare.nearest())


def checking(verify: App) -> App:
    """`verify` and a SUN check a request."""
    taps = cycle([(n, sun.mac(KEY, UID, n)) for n in range(1, 4097)])

    async def check(scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            counter, mac = next(taps)
            sun.check(KEY, UID, counter, mac)
        await verify(scope, receive, send)

    return check


def committing() -> App:
    """One durable commit a request, in a thread of its own, and nothing else."""
    thread = ThreadPoolExecutor(1)
    made: list[sqlite3.Connection] = []

    def commit() -> None:
        if not made:
            made.append(sqlite3.connect(environ["BENCH_COMMITS"], isolation_level=None))
            made[0].execute("PRAGMA journal_mode = WAL")
            made[0].execute("PRAGMA synchronous = FULL")
            made[0].execute("CREATE TABLE IF NOT EXISTS chip (id INTEGER PRIMARY KEY, counter INTEGER)")
            made[0].execute("INSERT OR IGNORE INTO chip VALUES (1, 0)")
        made[0].execute("UPDATE chip SET counter = counter + 1 WHERE id = 1")

    async def answer(scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            await asyncio.get_running_loop().run_in_executor(thread, commit)
        await app(scope, receive, send)

    return answer


def prepare(data: Path, rounds: int) -> list[list[str]]:
    """A store with `CHIPS` live chips, and for each round the paths of their next taps; in every other round each is
    followed by the page that it leads to, with a receipt that holds for 15 minutes.
    """
    now = datetime.now(UTC)
    store = open_store(data=data)
    keystore = keys.create(data / "keystore", keys.new_key_file(data / "kek"))
    masters = Masters(keystore)
    masters.add()
    store.create(illustrating.REALM, now)
    one = illustrating.products(illustrating.day_of(store))[0]
    issuer, by, key = "bench", By("bench", now), one.product.key
    registering.register(store, registering.Registration(
        issuer, "bench", one.producer.place.province_code, one.producer, one.product), by)  # fmt: skip
    registering.first_key(store, keystore, issuer, by)
    each, chips = CHIPS // BATCHES, list[tuple[str, bytes]]()
    for number in range(BATCHES):
        lot = f"T{number:03}"
        request = IssueRequest(lot, key, lot, made=date(2026, 9, 1), count=each)
        issued = issuing.issue(store.begin, keystore, request, "bench", now)
        signer = keystore.signer(issued.issuer, issued.key_number)
        with store.begin() as session:
            withdrawing.release(session, key, lot, by)
            for item in range(1, each + 1):
                uid = b"\x04" + (number * each + item).to_bytes(6, "big")
                session.add(Chip(
                    uid=uid, key=key, lot=lot, number=item, type="ntag424", carrier="sun", mirror="full",
                    master_generation=1, chip_generation=1, counter=0, state="live", bound_at=now,
                ))  # fmt: skip
                serial = item_serial(item)
                token = nfc_text(sign(signer, illustrating.REALM, Carrier.SUN, key, lot, serial, uid))
                chips.append((f"/story/01/{key}/10/{lot}/21/{serial}?s={token}", uid))
    with store.begin() as session:
        receipts = Receipts(receipt_secret(session, fresh=bytes(range(32))))
        bound = {row.uid: fact(row) for row in session.exec(select(Chip))}
    store.close()
    taps: list[list[str]] = [[] for _ in range(rounds)]
    for path, uid in chips:
        file_key, item = (
            diversify(masters.key(1), uid, 2, 1, 1),
            path.partition("?")[0].removeprefix("/story"),
        )
        for turn in range(rounds):
            mac = sun.mac(file_key, uid, turn + 1).hex().upper()
            taps[turn].append(f"{path}&m={sun.Mirror(uid, turn + 1).text()}&c={mac}")
            if turn % 2:
                receipt = receipts.write(item.encode(), bound[uid], Receipt(turn + 1, now, 1))
                taps[turn].append(f"{path}\t{COOKIE}={receipt.decode()}")
    return taps


def run(rounds: int = 8) -> dict[str, Any]:
    """Measure everything; see the module. The first round warms up and is not counted.

    Three threads of ours share the cores with the load: eight rounds, because four leave the median to chance.
    """
    with scratch() as folder, ExitStack() as stack:
        ports = [free_port() for _ in range(5)]
        taps = prepare(folder / "data", 2 * (rounds + 1))
        env = {
            "OCOP_DATA": str(folder / "data"),
            "OCOP_PUBLIC_URL": f"http://127.0.0.1:{ports[3]}",
            "OCOP_TRUSTED_PROXIES": "127.0.0.1",
        }
        commits = {"BENCH_COMMITS": str(folder / "commits.db")}
        made: dict[str, tuple[list[str], int, dict[str, str], str]] = {
            "bare": (uvicorn("bench.bare:app", ports[0]), ports[0], {}, "/"),
            "floor": ([*uvicorn("bench.taps:floor", ports[1]), "--factory"], ports[1], {}, "/"),
            "nearest": ([*uvicorn("bench.taps:nearest", ports[2]), "--factory"], ports[2], {}, "/"),
            "commit": ([*uvicorn("bench.taps:committing", ports[4]), "--factory"], ports[4], commits, "/"),
            "ours": ([str(BIN / "ocop-trace"), "serve", "--port", str(ports[3])], ports[3], env, "/healthz"),
        }
        servers = {
            name: stack.enter_context(serving(command, port, more, ready))
            for name, (command, port, more, ready) in made.items()
        }
        samples: dict[str, list[tuple[float, Load]]] = {name: [] for name in (*servers, "whole")}
        fresh: list[float] = []
        for turn in range(0, len(taps), 2):
            for name, server in servers.items():
                samples[name].append(one_load(server, taps[turn], SECONDS, folder))
            fresh.append(_spent(folder / "data" / "ocop.db", turn + 1) / samples["ours"][-1][1].requests)
            cpu, load = one_load(servers["ours"], taps[turn + 1], SECONDS, folder)
            samples["whole"].append((2 * cpu, load))
    return _figures({name: found[1:] for name, found in samples.items()}, fresh[1:])


def _spent(database: Path, turn: int) -> int:
    """How many taps of one round were spent."""
    with sqlite3.connect(database) as connection:
        found = connection.execute("SELECT count(*) FROM chip WHERE counter = ?", (turn,)).fetchone()
    return int(found[0])


def _figures(samples: dict[str, list[tuple[float, Load]]], fresh: list[float]) -> dict[str, Any]:
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
    ratios, nearest_ratios = (
        [ours[0] / floor[0] for ours, floor in zip(samples["ours"], samples[name], strict=True)]
        for name in ("floor", "nearest")
    )
    whole = [
        both[0] / (floor[0] + bare[0])
        for both, floor, bare in zip(samples["whole"], samples["floor"], samples["bare"], strict=True)
    ]
    beside = [o[1].p50_ms / c[1].p50_ms for o, c in zip(samples["ours"], samples["commit"], strict=True)]
    return {
        "servers": table,
        "fresh_share": round(min(fresh), 3),
        "cpu_ratio": round(median(ratios), 3),
        "cpu_ratio_of_nearest": round(median(nearest_ratios), 3),
        "cpu_ratio_of_whole": round(median(whole), 3),
        "p50_beside_one_commit": round(median(beside), 2),
        "limits": {"cpu_ratio": LIMIT},
        "met": median(ratios) <= LIMIT,
    }


if __name__ == "__main__":
    print(run())
