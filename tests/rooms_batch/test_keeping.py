"""A backup carries what print runs were for and links for a print shop, and brings them back."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ocop.trace.batching_files import Form
from ocop.trace.batching_sheets import Order, make, runs
from ocop.trace.batching_shop import look, make_link
from ocop.trace.keeping import backup, restore
from ocop.trace.pages.labels import find_stock
from ocop.trace.registry.store import open_store

GTIN = "09521234543213"
NOW = datetime(2026, 11, 23, 4, 5, 6, tzinfo=UTC)


def test_runs_and_links_come_back_and_the_link_still_opens(sqlite_shop: Any, tmp_path: Path) -> None:
    sqlite_shop.issue()
    order = Order(GTIN, "L2609A", Form.CSV, find_stock("a4-21"), 1, 30, "t1")
    make(sqlite_shop.press, order, "chị Hoa", NOW)
    other = Order(GTIN, "L2609A", Form.CSV, find_stock("a4-21"), 31, 40, "t2")
    with sqlite_shop.store.begin() as session:
        secret = make_link(session, other, "chị Hoa", NOW, b"k" * 32)
    backup(sqlite_shop.store, tmp_path / "backup.zip", NOW)
    back = open_store("", data=tmp_path / "back")
    restore(back, tmp_path / "backup.zip", NOW)
    with back.read() as session:
        assert [(run.first, run.last, run.form) for run in runs(session, GTIN, "L2609A")] == [(1, 30, "csv")]
        assert look(session, secret, NOW).state == "open"
    back.close()
