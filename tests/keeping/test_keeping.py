"""What a restored store is: the same rows, files and ledger, and the caution that follows from lost days."""

import os
import stat
import zipfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from ocop.trace import issuing, issuing_keys
from ocop.trace.gs1.identifier import identifier
from ocop.trace.issuing import NoUsableKey
from ocop.trace.keeping import InTheWay, backup, restore
from ocop.trace.registry import ledger_store
from ocop.trace.registry.errors import WrongRealm
from ocop.trace.registry.ledger_store import By
from ocop.trace.registry.store import open_store
from ocop.trace.scanned import read_uri
from ocop.trace.scanning import Scanner
from ocop.trace.sightings import Sightings

GTIN, LOT, ISSUER = "09521234543213", "L2609A", "htx-ben-may"
REALM = "ocop.example/tag"


def answer(home: Any, link: str, at: datetime) -> tuple[str, list[str]]:
    restored = home.store.check().restored_at is not None
    scanner = Scanner(home.store, REALM, Sightings(bytes(32), 0), restored=restored)
    verdict = scanner.judge(read_uri(link), at).verdict
    scanner.close()
    return verdict.code.value, [reason.value for reason in verdict.code_reasons]


def test_rows_files_and_ledger_come_back_on_every_database(
    home: Any, elsewhere: Any, tmp_path: Path, at: datetime
) -> None:
    told: list[str] = []
    kept = backup(home.store, tmp_path / "kept.zip", at, kek=home.data / "kek", tell=told.append)
    assert {"ledger_entry", "batch", "files"} <= set(told)
    back = restore(elsewhere.store, tmp_path / "kept.zip", at, realm=REALM)
    assert (back.rows, back.files, back.ledger_size) == (kept.rows, kept.files, kept.ledger_size)
    assert elsewhere.rows() == home.rows()
    assert elsewhere.files() == home.files()
    assert (elsewhere.data / "kek").read_bytes() == (home.data / "kek").read_bytes()
    assert elsewhere.findings() == ()
    assert sorted(path.name for path in elsewhere.data.iterdir() if "ocop.db" not in path.name) == [
        "kek",
        "keystore",
        "media",
    ]
    # What is written next gets new ids and the next position.
    issuing_keys.add_key(elsewhere.store.begin, elsewhere.keystore, ISSUER, By("chị Hoa", at))
    assert elsewhere.issue("L2612A").position == kept.ledger_size + 1
    assert elsewhere.findings() == ()


def test_old_keys_verify_only_new_numbers_leave_a_gap_and_lost_ones_are_not_called_false(
    sqlite_home: Any, elsewhere: Any, tmp_path: Path, at: datetime
) -> None:
    home = sqlite_home
    early = home.link(home.issue("L2610A"), 1)
    backup(home.store, tmp_path / "kept.zip", at, kek=home.data / "kek")
    issuing_keys.add_key(home.store.begin, home.keystore, ISSUER, By("chị Hoa", at))
    lost = home.link(home.issue("L2611A"), 1)
    assert answer(home, early, at)[0] == "not_released"
    assert answer(home, lost, at)[0] == "not_released"
    restore(elsewhere.store, tmp_path / "kept.zip", at)
    assert elsewhere.store.check().key_floor == 1 + 256
    assert answer(elsewhere, early, at)[0] == "not_released"
    assert answer(elsewhere, lost, at)[0] == "cannot_say"
    with pytest.raises(NoUsableKey, match="verifies only"):
        elsewhere.issue("L2612A")
    assert (
        issuing_keys.add_key(elsewhere.store.begin, elsewhere.keystore, ISSUER, By("a", at)).number == 1 + 256
    )
    elsewhere.issue("L2612A")
    assert answer(elsewhere, lost, at)[0] == "cannot_say"


def test_a_second_restore_leaves_a_gap_above_what_the_first_one_allowed(
    sqlite_home: Any, empty: Any, tmp_path: Path, at: datetime, as_home: Callable[..., Any]
) -> None:
    backup(sqlite_home.store, tmp_path / "first.zip", at, kek=sqlite_home.data / "kek")
    restore(empty.store, tmp_path / "first.zip", at)
    backup(empty.store, tmp_path / "second.zip", at)
    # The key of this number may sign things in the days that the second loss takes away.
    lost = issuing_keys.add_key(empty.store.begin, empty.keystore, ISSUER, By("a", at)).number
    third = as_home(open_store(data=tmp_path / "third"))
    restore(third.store, tmp_path / "second.zip", at)
    assert third.store.check().key_floor == lost + 256
    third.store.close()


def test_a_store_without_a_key_leaves_the_gap_too(
    sqlite_store: Any, empty: Any, tmp_path: Path, at: datetime
) -> None:
    backup(sqlite_store, tmp_path / "kept.zip", at)
    restore(empty.store, tmp_path / "kept.zip", at)
    assert empty.store.check().key_floor == 256


def test_a_backup_is_its_owner_s_alone_and_has_the_secret_only_when_asked(
    sqlite_home: Any, tmp_path: Path, at: datetime
) -> None:
    for name, kek in (("without.zip", None), ("with.zip", sqlite_home.data / "kek")):
        kept = backup(sqlite_home.store, tmp_path / name, at, kek=kek)
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600
        with zipfile.ZipFile(tmp_path / name) as archive:
            assert ("kek" in archive.namelist()) == kept.with_kek == (kek is not None)
    assert {file.name for file in tmp_path.iterdir()} == {"data", "without.zip", "with.zip"}


def test_a_backup_never_takes_the_place_of_a_file_and_what_is_being_written_stays_out(
    sqlite_home: Any, tmp_path: Path, at: datetime
) -> None:
    (tmp_path / "old.zip").write_text("worth keeping")
    with pytest.raises(InTheWay, match="expected a new name for the backup"):
        backup(sqlite_home.store, tmp_path / "old.zip", at)
    assert (tmp_path / "old.zip").read_text() == "worth keeping"
    (next((sqlite_home.data / "media").iterdir()) / ".new-x1").write_text("half a picture")
    (sqlite_home.data / "keystore" / "notes of mine.txt").write_text("not ours")
    backup(sqlite_home.store, tmp_path / "kept.zip", at)
    with zipfile.ZipFile(tmp_path / "kept.zip") as archive:
        assert not [
            name for name in archive.namelist() if ".new" in name or "notes" in name or ".lock" in name
        ]


def test_a_restore_over_a_living_store_or_its_files_is_refused_and_they_stay(
    kept_template: Path, sqlite_home: Any, empty: Any, at: datetime
) -> None:
    before = sqlite_home.rows(), sqlite_home.files()
    with pytest.raises(InTheWay, match="expected an empty place for the restore"):
        restore(sqlite_home.store, kept_template, at)
    # A mark that an earlier restore could not remove is no permission.
    (sqlite_home.data / "restore-unfinished").write_text("x\nkeystore\nmedia\nkek\n")
    with pytest.raises(InTheWay):
        restore(sqlite_home.store, kept_template, at)
    assert (sqlite_home.rows(), sqlite_home.files()) == before
    (empty.data / "keystore").mkdir(parents=True)
    (empty.data / "keystore" / "htx.00001.key").write_bytes(b"the only copy")
    with pytest.raises(InTheWay, match="keystore"):
        restore(empty.store, kept_template, at)
    assert (empty.data / "keystore" / "htx.00001.key").read_bytes() == b"the only copy"


def test_the_secret_that_was_put_there_beforehand_is_never_touched(
    kept_template: Path, sqlite_home: Any, empty: Any, tmp_path: Path, at: datetime
) -> None:
    empty.data.mkdir()
    (empty.data / "kek").write_bytes(b"k" * 32)
    with pytest.raises(InTheWay, match="no key-encryption key, because the backup has one"):
        restore(empty.store, kept_template, at)
    assert (empty.data / "kek").read_bytes() == b"k" * 32
    backup(sqlite_home.store, tmp_path / "without.zip", at)
    (empty.data / "restore-unfinished").write_text("begun\nkeystore\nmedia\n")
    restore(empty.store, tmp_path / "without.zip", at)
    assert (empty.data / "kek").read_bytes() == b"k" * 32


def test_another_realm_is_refused_before_anything_is_made(
    kept_template: Path, elsewhere: Any, at: datetime
) -> None:
    with pytest.raises(WrongRealm):
        restore(elsewhere.store, kept_template, at, realm="other.example/tag")
    assert not elsewhere.data.exists()
    assert not elsewhere.store.exists()


def test_a_backup_sees_one_moment_while_others_write(
    home: Any, elsewhere: Any, tmp_path: Path, at: datetime
) -> None:
    def meanwhile(table: str) -> None:
        if table == "admin_unit":
            home.issue("L2611B")

    kept = backup(home.store, tmp_path / "kept.zip", at, kek=home.data / "kek", tell=meanwhile)
    restore(elsewhere.store, tmp_path / "kept.zip", at)
    assert elsewhere.findings() == ()
    with elsewhere.store.read() as session:
        state = ledger_store.replay(session)
    assert state.size == kept.ledger_size
    assert state.batch(identifier(GTIN).key, "L2611B") is None


def test_links_of_a_batch_are_the_same_after_a_restore(
    sqlite_home: Any, kept_template: Path, empty: Any, at: datetime
) -> None:
    restore(empty.store, kept_template, at)
    with empty.store.read() as session:
        batch = issuing.find_issued(session, GTIN, LOT)
    assert answer(empty, empty.link(batch, 7), at)[0] == "code_issued"
    assert answer(empty, empty.link(batch, 4), at)[0] == "withdrawn"
    assert os.access(empty.data / "keystore", os.R_OK)
    assert stat.S_IMODE((empty.data / "keystore").stat().st_mode) == 0o700
