"""Faults of ours: nobody is accused, nothing of ours leaks, forms are refused honestly, and it mends itself."""

import asyncio
import re
import shutil
import sqlite3
import time
from datetime import timedelta

import pytest
from ocop.trace import withdrawing
from ocop.trace.api.starting import start
from ocop.trace.registry.errors import NewerSchema, NotCreated, StoreError, WrongRealm
from ocop.trace.registry.ledger_store import By
from ocop.trace.settings import read_settings
from ocop.trace.signing.entries import Why
from sqlalchemy import event, text

ITEM = "/01/09521234543213/10/L1/21/000012"
LEAKS = re.compile(
    r"Traceback|sqlite|psycopg|sqlalchemy|ocop\.db|database is|disk image|OCOP_|/tmp/|\.py\b|restore`|facts_version",
    re.IGNORECASE,
)
UNTOUCHED = "RANGE"  # a lot that no test asks for before the fault, so that nothing of it is remembered


def is_our_fault(answer) -> None:
    """503, grey, not to be kept, and not a word against the goods."""
    assert (answer.status, answer.code) == (503, "cannot_say")
    assert answer.header("cache-control") == "no-store"
    assert answer.header("retry-after")
    assert "lỗi ở phía chúng tôi" in answer.block("code")
    assert "không phát hành" not in answer.block("code")


def nothing_leaks(*answers) -> None:
    for answer in answers:
        plain = re.sub(r"<style>.*?</style>", "", answer.text, flags=re.S)
        assert LEAKS.search(plain) is None, LEAKS.search(plain)


def while_broken(worker, link) -> None:
    """Everything that can be asked of a worker whose database is gone."""
    page = worker.ask("/story" + link(UNTOUCHED, "000001"))
    is_our_fault(page)
    is_our_fault(worker.ask("/story" + link(UNTOUCHED).partition("?")[0]))
    api = worker.ask("/api/v1/verify?u=https://id.example.vn" + link(UNTOUCHED, "000001"))
    assert (api.status, b"our_fault" in api.body) == (503, True)
    thanks = worker.post("/thanks/01/09521234543213/10/RANGE/21/000001", "lang=vi")
    report = worker.post("/report/01/09521234543213/10/RANGE/21/000001", "kind=seal")
    home, health = worker.ask("/"), worker.ask("/healthz")
    product = worker.ask("/products/P/4VTR0QB4")
    assert [a.status for a in (thanks, report, home, health, product)] == [503] * 5
    assert health.header("content-type") == "application/problem+json"
    head = worker.ask("/story" + link(UNTOUCHED, "000001"), "HEAD")
    assert (head.status, head.body) == (503, b"")
    assert worker.ask(link(UNTOUCHED)).status == 307
    assert worker.ask("/about").status == 200
    nothing_leaks(page, api, thanks, report, home, health, product)


def until(worker, target: str, code: str) -> str:
    """The answer once the worker has noticed, which takes at most a few seconds."""
    end = time.monotonic() + 8
    while (found := worker.ask("/story" + target).code) != code and time.monotonic() < end:
        time.sleep(0.02)
    return found


def test_a_database_that_is_deleted_and_brought_back(serving, link) -> None:
    worker = serving()
    file = worker.settings.data / "ocop.db"
    assert worker.ask("/story" + link()).code == "code_issued"
    shutil.copy(file, file.with_suffix(".kept"))
    for name in ("ocop.db", "ocop.db-wal", "ocop.db-shm"):
        (file.parent / name).unlink(missing_ok=True)
    while_broken(worker, link)
    is_our_fault(worker.ask("/story" + link()))
    file.with_suffix(".kept").rename(file)
    assert until(worker, link(), "code_issued") == "code_issued"
    assert until(worker, link(UNTOUCHED), "withdrawn") == "withdrawn"
    assert worker.post(f"/thanks{ITEM}").status == 200


def test_a_database_that_is_replaced_by_garbage_and_brought_back(serving, link) -> None:
    worker = serving()
    file = worker.settings.data / "ocop.db"
    shutil.copy(file, file.with_suffix(".kept"))
    for name in ("ocop.db-wal", "ocop.db-shm"):
        (file.parent / name).unlink(missing_ok=True)
    garbage = file.with_suffix(".garbage")
    garbage.write_bytes(b"not a database at all" * 50_000)
    garbage.rename(file)
    while_broken(worker, link)
    file.with_suffix(".kept").rename(file)
    assert until(worker, link(UNTOUCHED), "withdrawn") == "withdrawn"


def test_a_database_that_is_overwritten_in_place_accuses_nobody(serving, link) -> None:
    worker = serving()
    file = worker.settings.data / "ocop.db"
    assert worker.ask("/story" + link()).code == "code_issued"
    file.write_bytes(b"\0" * file.stat().st_size)
    page = worker.ask("/story" + link(UNTOUCHED, "000001"))
    is_our_fault(page)
    nothing_leaks(page)
    assert worker.ask("/story" + link()).code in {"code_issued", "cannot_say"}


def test_another_store_put_in_place_is_noticed(serving, link, furnished) -> None:
    """A restore under a running worker: the withdrawal in the new file must not be missed."""
    worker, other = serving(), serving()
    assert worker.ask("/story" + link()).code == "code_issued"
    by = By("anh Tín", furnished.now, "lý do")
    other.act(withdrawing.withdraw, "09521234543213", "L1", Why.LABELS_LOST, by)
    other.store.close()
    with sqlite3.connect(other.settings.data / "ocop.db") as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    file = worker.settings.data / "ocop.db"
    for name in ("ocop.db-wal", "ocop.db-shm"):
        (file.parent / name).unlink(missing_ok=True)
    shutil.copy(other.settings.data / "ocop.db", file.with_suffix(".new"))
    file.with_suffix(".new").rename(file)
    assert until(worker, link(), "withdrawn") == "withdrawn"


def test_a_writer_that_holds_the_lock_stops_no_scan_and_loses_none(serving, link, runner) -> None:
    """Forms wait five seconds and say so; scans are answered meanwhile and written afterwards."""
    worker = serving()
    blocker = sqlite3.connect(worker.settings.data / "ocop.db", isolation_level=None)
    blocker.execute("BEGIN IMMEDIATE")

    async def together():
        given = {"content-type": "application/x-www-form-urlencoded"}
        posted = asyncio.ensure_future(worker.asking(f"/thanks{ITEM}", "POST", given, b"lang=vi"))
        await asyncio.sleep(0)
        pages = [await worker.asking("/story" + link(serial=f"{n:06d}")) for n in range(1, 6)]
        answered_first = not posted.done()
        return pages, answered_first, await posted

    pages, answered_first, thanks = runner.run(together())
    assert [page.code for page in pages] == ["code_issued"] * 5
    assert answered_first
    assert thanks.status == 503
    nothing_leaks(thanks, *pages)
    blocker.execute("ROLLBACK")
    blocker.close()
    assert len(worker.scans()) == 5
    assert worker.rows("SELECT count(*) FROM thanks") == [(0,)]


def test_a_full_disk_stops_no_scan(serving, link) -> None:
    worker = serving()
    with worker.store.begin() as session:
        pages = session.execute(text("PRAGMA page_count")).scalar_one()
    worker.store.close()

    @event.listens_for(worker.store.engine, "connect")
    def full(connection, _record) -> None:
        connection.execute(f"PRAGMA max_page_count = {pages}")

    report = "kind=other&text=" + "a" * 1000
    statuses = {worker.post(f"/report{ITEM}", report, f"198.51.{n}.7").status for n in range(40)}
    assert statuses <= {200, 503}
    assert 503 in statuses
    answer = worker.post(f"/report{ITEM}", report, "203.0.113.1")
    assert answer.status == 503
    nothing_leaks(answer)
    assert worker.ask("/story" + link()).code == "code_issued"


@pytest.mark.postgres
def test_a_postgresql_that_stops_and_comes_back(postgres, postgres_furnished, request, link) -> None:
    address = postgres_furnished()
    name = address.partition("?")[0].rpartition("/")[2]
    worker = request.getfixturevalue("serving")(database_url=address)
    assert worker.ask("/story" + link()).code == "code_issued"
    postgres.sql(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
    postgres.sql(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")
    assert until(worker, link(), "cannot_say") == "cannot_say"
    while_broken(worker, link)
    postgres.sql(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
    assert until(worker, link(), "code_issued") == "code_issued"
    assert worker.post(f"/thanks{ITEM}").status == 200
    assert worker.ask("/healthz").status == 200


def test_a_worker_refuses_a_store_that_it_must_not_serve(furnished, tmp_path) -> None:
    for number, (statement, error) in enumerate(
        [
            ("UPDATE alembic_version SET version_num = '9999'", NewerSchema),
            ("DELETE FROM alembic_version", NotCreated),
            ("DROP TABLE meta", StoreError),
        ]
    ):
        data = furnished.copy(tmp_path / f"old{number}")
        with sqlite3.connect(data / "ocop.db") as connection:
            connection.execute(statement)
        connection.close()
        with pytest.raises(error):
            start(read_settings(data=data))
    with pytest.raises(WrongRealm):
        start(read_settings(data=furnished.copy(tmp_path / "other"), realm="other.example/tag"))


def test_a_schema_that_changes_under_a_worker_makes_it_unready(serving) -> None:
    worker = serving()
    assert worker.ask("/healthz").body == b'{"status":"ready","schema":"current"}'
    with sqlite3.connect(worker.settings.data / "ocop.db") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    answer = worker.ask("/healthz")
    assert answer.status == 503
    nothing_leaks(answer)


def test_a_fault_nobody_expected_is_logged_and_not_shown(serving, link, caplog) -> None:
    worker = serving()
    scanner, worker.service.scanner = worker.service.scanner, None
    for target in ("/story" + link(), "/products/P/4VTR0QB4"):
        answer = worker.ask(target)
        assert answer.status == 500
        assert "this says nothing about the goods" in answer.text
        nothing_leaks(answer)
    assert "a fault of ours on /story/01/" in caplog.text
    api = worker.ask("/api/v1/verify?u=https://id.example.vn" + link())
    assert (api.status, api.header("content-type")) == (500, "application/problem+json")
    nothing_leaks(api)
    worker.service.scanner = scanner


def test_a_right_signature_over_what_was_never_entered_tells_the_operator(
    serving, link, altered, caplog
) -> None:
    worker = serving()
    never, beyond = link("NEVER"), link(serial="000301")
    for target in (never, never, beyond, altered(never), link()):
        worker.ask(f"/story{target}")
    said = [record.getMessage() for record in caplog.records if "a right signature" in record.getMessage()]
    assert len(said) == 2, "once an hour a batch"
    assert "key 1 over what the ledger does not hold: 09521234543213 lot NEVER number 000012" in said[0]
    assert "lot L1 number 000301" in said[1]
    assert never.partition("?s=")[2] not in caplog.text
    worker.now += timedelta(hours=1)
    worker.ask(f"/story{never}")
    assert caplog.text.count("lot NEVER") == 2
