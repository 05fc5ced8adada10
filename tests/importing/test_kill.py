"""Cut off at every write: all lines of a list are there or none, and asking again brings the rest to an end."""

import json
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from ocop.trace.importing import Wanted, carry_out
from ocop.trace.registry import tables
from ocop.trace.registry.ledger_store import By
from ocop.trace.registry.store import Store, open_store
from ocop.trace.sheets.reading import read_sheet
from sqlmodel import func, select

PROGRAM = Path(__file__).with_name("cut.py")
POINTS = 40
LINES = 6


@pytest.fixture
def houses(sqlite_store: Store, tmp_path: Path) -> list[Path]:
    """Copies of one empty store, one for each point."""
    sqlite_store.close()
    copies = [tmp_path / f"{point:03d}" for point in range(1, POINTS + 1)]
    for copy in copies:
        shutil.copytree(tmp_path / "data", copy)
    return copies


def cut(strace: str, call: str, houses: list[Path], how: str) -> list[str]:
    """How the children ended."""
    done = subprocess.run(
        [strace, "-f", "-qq", "-o", "/dev/null", "-e", f"trace={call}", "-e", f"inject={call}:{how}",
         sys.executable, str(PROGRAM), call, *map(str, houses)],
        capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    ends: list[str] = json.loads(done.stdout)
    return ends


def counts(house: Path) -> tuple[int, ...]:
    store = open_store("", data=house)
    kinds = (tables.Producer, tables.Product, tables.ProductKey, tables.ProductText)
    with store.read() as session:
        found = tuple(session.exec(select(func.count()).select_from(kind)).one() for kind in kinds)
    store.close()
    return found


@pytest.mark.kill
@pytest.mark.parametrize(("call", "how"), [
    ("pwrite64", "signal=SIGKILL:when=200"), ("fdatasync", "signal=SIGKILL:when=200"),
    ("pwrite64", "error=ENOSPC:when=200"), ("fdatasync", "error=EIO:when=200"),
], ids=["write", "sync", "full disk", "broken disk"])  # fmt: skip
def test_a_list_that_is_cut_off_is_there_whole_or_not_at_all(
    strace: str, houses: list[Path], call: str, how: str
) -> None:
    ends = cut(strace, call, houses, how)
    assert ends[-1] == "done"
    assert len(ends) > 1
    lines = "".join(f"HTX {n};Trà {n};Nghệ An;2\n" for n in range(1, LINES + 1))
    wanted = Wanted.suggested(read_sheet("list.csv", f"Chủ thể;Sản phẩm;Tỉnh;Nhóm\n{lines}".encode()))
    for end, house in zip(ends, houses, strict=False):
        found = counts(house)
        whole = (LINES,) * 4
        assert found == whole if end == "done" else found in {(0,) * 4, whole}, (end, found)
        assert end in {"killed", "done"} or "expected" in end, end
        store = open_store("", data=house)
        with store.begin() as session:
            carry_out(session, wanted, By("chị Mai", datetime(2026, 11, 23, 5, tzinfo=UTC)))
        store.close()
        assert counts(house) == whole
