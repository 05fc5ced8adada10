"""Killed at many points: a backup has no half file under its name, a restore can be begun again."""

import io
import json
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest
from ocop.trace import erasing
from ocop.trace.keeping import InTheWay, restore
from ocop.trace.keeping_archive import opened
from ocop.trace.registry import erasures, ledger_store, telling
from ocop.trace.registry.media import keep_photo
from ocop.trace.registry.store import open_store
from ocop.trace.registry.tables import Consent, Photo
from PIL import Image

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


def test_an_erasure_that_is_killed_has_happened_with_its_line_in_the_list_or_not_at_all(
    kept_template: Path, tmp_path: Path, at: datetime
) -> None:
    data = tmp_path / "data"
    store = open_store(data=data)
    restore(store, kept_template, at)
    for path in sorted((data / "media").rglob("*.*")):
        path.unlink()
    photo = keep_photo(data, picture())
    with store.begin() as session:
        telling.save_photo(session, photo)
        telling.give_consent(session, "htx-ben-may", "portrait", person="Hoa", proof="giấy", at=at)
    store.close()
    done = subprocess.run([sys.executable, CUT.with_name("cut_erasing.py"), data, tmp_path / "cuts", "12"],
                          capture_output=True, text=True, timeout=180, check=False)  # fmt: skip
    assert done.returncode == 0, done
    points = json.loads(done.stdout)
    assert len(points) > 12
    ended = set()
    for point in points:
        store = open_store(data=tmp_path / "cuts" / str(point))
        assert erasing.catch_up(store) == 0, "the table knows all that the file knows"
        with store.read() as session:
            listed = erasures.listed(session)
            taken = session.get_one(Consent, 1).withdrawn_at is not None
            kept = session.get(Photo, photo.name) is not None
        assert (len(listed), taken, kept) in {(0, False, True), (2, True, False)}
        if listed:
            assert erasures.read(store.data / erasures.FILE) == listed, (
                "what the crash left out is written at the start"
            )
        ended.add(bool(listed))
        store.close()
    assert ended == {True, False}, "some points lie before the commit and some behind"


def picture() -> bytes:
    out = io.BytesIO()
    Image.effect_noise((420, 300), 40).convert("RGB").save(out, "JPEG")
    return out.getvalue()
