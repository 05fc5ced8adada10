"""Many at once: one batch, no gap in the ledger, on both databases, from threads and from processes."""

import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from ocop.trace.issuing import Issued, issue
from ocop.trace.registry.ledger_store import examine, read
from ocop.trace.registry.store import open_store
from ocop.trace.signing.entries import Why
from ocop.trace.withdrawing import withdraw

GTIN, LOT = "09521234543213", "L2609A"
ASK = """
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from ocop.trace.issuing import IssueRequest, issue
from ocop.trace.registry.keystore import KeyFile, open_keystore
from ocop.trace.registry.store import open_store

url, folder, times = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
store = open_store(url, data=folder)
keystore = open_keystore(folder / "keystore", KeyFile(folder / "kek"))
request = IssueRequest("same", "09521234543213", "L2609A", made=date(2026, 9, 1), count=300)
for _ in range(times):
    batch = issue(store.begin, keystore, request, "chị Hoa", datetime(2026, 11, 23, tzinfo=UTC))
    print(batch.position, batch.created)
"""


def positions(house: Any) -> list[int]:
    with house.store.read() as session:
        assert examine(session) == ()
        return [position for position, _ in read(session)]


def test_64_identical_requests_from_threads_make_one_batch(house: Any) -> None:
    start = threading.Barrier(64)

    def ask(_: int) -> Issued:
        start.wait()
        return issue(house.store.begin, house.keystore, house.request(), "chị Hoa", house.by.at)

    with ThreadPoolExecutor(64) as pool:
        batches = list(pool.map(ask, range(64)))
    assert {batch.position for batch in batches} == {2}
    assert sum(batch.created for batch in batches) == 1
    assert positions(house) == [0, 1, 2]


def test_identical_requests_from_processes_make_one_batch(house: Any, tmp_path: Path) -> None:
    url = house.store.engine.url.render_as_string(hide_password=False).replace("+psycopg", "")
    asking = [
        subprocess.Popen(
            [sys.executable, "-c", ASK, url, str(tmp_path), "16"], stdout=subprocess.PIPE, text=True
        )
        for _ in range(4)
    ]
    answers = [line for process in asking for line in process.communicate(timeout=120)[0].splitlines()]
    assert [process.returncode for process in asking] == [0] * 4
    assert sorted(answers) == ["2 False"] * 63 + ["2 True"]
    assert positions(house) == [0, 1, 2]


def test_different_acts_at_once_leave_no_gap(house: Any) -> None:
    house.issue()
    start = threading.Barrier(8)

    def act(number: int) -> None:
        start.wait()
        if number % 2:
            with house.store.begin() as session:
                withdraw(session, GTIN, LOT, Why.QUALITY, house.by, [(number, number)])
        else:
            house.issue(house.request(f"n{number}", f"LOT-{number}"))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(act, range(8)))
    assert positions(house) == list(range(11))
    state = house.state()
    assert len(list(state.every_batch())) == 5
    assert len(state.batch(GTIN, LOT).withdrawals) == 4


def test_a_second_store_object_sees_what_the_first_one_did(sqlite_house: Any) -> None:
    sqlite_house.issue()
    other = open_store("", data=sqlite_house.store.data)
    again = issue(other.begin, sqlite_house.keystore, sqlite_house.request(), "chị Hoa", sqlite_house.by.at)
    other.close()
    assert not again.created
