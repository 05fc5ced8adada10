"""Killed at many points: a backup has no half file under its name, a restore can be begun again."""

import json
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest
from ocop.trace.keeping import InTheWay, restore
from ocop.trace.keeping_archive import opened
from ocop.trace.registry import ledger_store
from ocop.trace.registry.store import open_store

pytestmark = pytest.mark.kill
CUT = Path(__file__).with_name("cut.py")


def cut(what: str, source: Path, folder: Path, count: int) -> list[int]:
    folder.mkdir()
    done = subprocess.run([sys.executable, CUT, what, source, folder, str(count)],
                          capture_output=True, text=True, timeout=120, check=False)  # fmt: skip
    assert done.returncode == 0, done
    points: list[int] = json.loads(done.stdout)
    assert len(points) >= count
    return points


def test_a_backup_that_is_killed_leaves_a_whole_file_under_its_name_or_none(
    kept_template: Path, tmp_path: Path
) -> None:
    ended = set()
    for point in cut("backup", kept_template.parent / "data", tmp_path / "cuts", 12):
        file = tmp_path / "cuts" / str(point) / "kept.zip"
        ended.add(file.exists())
        if file.exists():
            with opened(file) as archive:
                assert archive.manifest.rows > 3_000
    assert ended == {True, False}, "some points lie before the name is given and some behind"


def test_a_restore_that_is_killed_can_be_begun_again(
    kept_template: Path, tmp_path: Path, at: datetime
) -> None:
    ended = set()
    for point in cut("restore", kept_template, tmp_path / "cuts", 8):
        store = open_store(data=tmp_path / "cuts" / str(point) / "data")
        try:
            restore(store, kept_template, at)
            ended.add("again")
        except InTheWay:
            ended.add("done")
        with store.read() as session:
            assert ledger_store.check(session) == 7
        assert store.check().key_floor == 1 + 256
        assert (store.data / "kek").read_bytes() == (kept_template.parent / "data" / "kek").read_bytes()
        store.close()
    assert ended == {"again", "done"}
