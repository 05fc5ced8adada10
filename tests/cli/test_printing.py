"""Print runs: of two printers one wins, a run that was cut off leaves no sheet or one that is on record."""

import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from ocop.trace import facts, issuing, issuing_keys, printing
from ocop.trace.pages.labels import find_stock
from ocop.trace.printing import Job, PrintedBefore, prepare, print_labels
from ocop.trace.registry import editing
from ocop.trace.registry.keystore import create, new_key_file
from ocop.trace.registry.ledger_store import By
from ocop.trace.registry.store import Store
from sqlalchemy import text

GTIN, LOT, ISSUER = "09521234543213", "L2609A", "htx-ben-may"
NOW = datetime(2026, 11, 23, 4, 5, 6, tzinfo=UTC)
Print = Callable[..., Any]


def runs(store: Store) -> list[tuple[Any, ...]]:
    query = "SELECT labels, first, last, reprint FROM print_run JOIN print_range ON run_id = id ORDER BY id"
    with store.read() as session:
        return [tuple(row) for row in session.execute(text(query))]


@pytest.fixture
def printer(store: Store, tmp_path: Path) -> Print:
    """Prints numbers of a lot of 200 into a file, on each database."""
    keystore = create(tmp_path / "keystore", new_key_file(tmp_path / "kek"))
    maker = facts.Producer(
        ISSUER, "HTX Bến Mây", facts.ProducerKind.COOPERATIVE, facts.Place("40", "Nghệ An")
    )
    product = facts.Product(GTIN, (GTIN,), 2, {"vi": facts.ProductText("Trà Hương Vân")})
    by = By("anh Tín", NOW)
    with store.begin() as session:
        editing.save_producer(session, maker)
        editing.save_product(session, product, producer_slug=ISSUER, now=NOW)
        issuing_keys.add_issuer(session, ISSUER, "HTX Bến Mây", "40", by, [GTIN])
    issuing_keys.add_key(store.begin, keystore, ISSUER, by)
    request = issuing.IssueRequest("x", GTIN, LOT, made=date(2026, 9, 1), count=200)
    issuing.issue(store.begin, keystore, request, "chị Hoa", NOW)

    def run(out: Path, first: int, last: int, *, reprint: bool = False, wait: Any = None) -> None:
        prepared = prepare(store, Job(GTIN, LOT, find_stock("a4-21"), first, last, reprint=reprint))
        if wait is not None:
            wait()
        print_labels(store, keystore, prepared, out, realm="ocop.example/tag",
                     public_url="https://id.ocop.example", actor="chị Hoa", now=NOW)  # fmt: skip

    return run


def test_of_two_printers_of_the_same_numbers_exactly_one_wins_even_into_one_file(
    printer: Print, store: Store, tmp_path: Path
) -> None:
    (tmp_path / "out").mkdir()
    ready, ended = threading.Barrier(4), []

    def one(name: str, first: int) -> None:
        try:
            printer(tmp_path / "out" / name, first, first + 41, wait=ready.wait)
            ended.append("printed")
        except PrintedBefore:
            ended.append("refused")

    # Ranges that overlap, one pair of printers with one file name.
    threads = [
        threading.Thread(target=one, args=at)
        for at in (("a.pdf", 1), ("a.pdf", 1), ("b.pdf", 30), ("c.pdf", 42))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(ended) == ["printed", "refused", "refused", "refused"]
    assert len(runs(store)) == 1
    (sheet,) = (tmp_path / "out").iterdir()
    assert sheet.read_bytes().endswith(b"%%EOF\n")


def test_neighbouring_ranges_don_t_touch_and_a_reprint_is_marked(
    printer: Print, store: Store, tmp_path: Path
) -> None:
    printer(tmp_path / "a.pdf", 1, 20)
    printer(tmp_path / "b.pdf", 21, 40)
    with pytest.raises(PrintedBefore, match="numbers 20 to 20"):
        printer(tmp_path / "c.pdf", 20, 20)
    printer(tmp_path / "c.pdf", 20, 20, reprint=True)
    assert runs(store) == [(20, 1, 20, False), (20, 21, 40, False), (1, 20, 20, True)]


def test_a_sheet_that_can_not_be_written_is_not_on_record_and_leaves_nothing(
    printer: Print, store: Store, tmp_path: Path
) -> None:
    with pytest.raises(FileNotFoundError):
        printer(tmp_path / "none" / "a.pdf", 1, 5)
    assert runs(store) == []
    assert not list(tmp_path.rglob("*.part"))
    printer(tmp_path / "a.pdf", 1, 5)


CUT = """
import os, signal
from ocop.trace import cli, printing
def kill(*_, **__): os.kill(os.getpid(), signal.SIGKILL)
{point}
cli.main()
"""


@pytest.mark.kill
@pytest.mark.parametrize(
    ("point", "recorded"),
    [
        ("printing.record = kill", False),
        ("printing.Path.rename = kill", True),
        ("printing.sheets = kill", False),
    ],
)
def test_killed_between_sheet_record_and_name_no_number_is_on_two_sheets(
    shop: Any, tmp_path: Path, point: str, recorded: bool
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    words = ("labels", GTIN, LOT, "--from", "30", "--out", str(out))
    done = subprocess.run([sys.executable, "-c", CUT.format(point=point), *words], check=False, timeout=60,
                          env={"OCOP_DATA": str(shop.data), "OCOP_PUBLIC_URL": "https://id.ocop.example"})  # fmt: skip
    assert done.returncode == -signal.SIGKILL
    assert not list(out.glob("*.pdf"))
    again = shop(*words)
    assert again.code == (4 if recorded else 0), again
    if recorded:
        shop.must(*words, "--reprint")
    (sheet,) = (file for file in out.glob("*.pdf"))
    assert not sheet.name.startswith(".")


def test_the_words_of_a_job_are_found_before_a_sheet_is_begun(shop: Any, tmp_path: Path) -> None:
    assert printing.Job(GTIN, LOT, find_stock("a4-21")).reprint is False
    said = shop("labels", GTIN, LOT, "--out", tmp_path / "x.pdf", "--from", 0)
    assert (said.code, "a range within 1..60" in said.err) == (3, True)
