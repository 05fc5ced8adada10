"""Archives that were damaged, cut, or made up: each is one sentence, and nothing is left behind."""

import hashlib
import io
import json
import sqlite3
import struct
import zipfile
from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from ocop.trace.keeping import BadBackup, backup, restore
from ocop.trace.keeping_archive import DAMAGE, opened
from ocop.trace.registry.errors import StoreFull
from sqlalchemy import event

Members = dict[str, bytes]
Change = Callable[[Members, dict[str, Any]], None]


def unpacked(file: Path) -> Members:
    with zipfile.ZipFile(file) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(file: Path, members: Members) -> Path:
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return file


def made_up(template: Path, file: Path, change: Change, *, signed: bool = True) -> Path:
    """The template with a change, its digests made right again: what somebody who knows the form could send."""
    members = unpacked(template)
    manifest = json.loads(members.pop("manifest.json"))
    change(members, manifest)
    if signed:
        manifest["sha256"] = {name: hashlib.sha256(content).hexdigest() for name, content in members.items()}
    members["manifest.json"] = json.dumps(manifest).encode()
    return packed(file, members)


def refused(home: Any, file: Path, at: datetime, expected: str = "") -> None:
    with pytest.raises(BadBackup, match=expected):
        restore(home.store, file, at)
    assert not home.data.exists() or not list(home.data.iterdir())


def checked(file: Path) -> Members | None:
    """Every file and row member if the archive is taken for whole, else None; no other error may leave."""
    try:
        with opened(file) as archive:
            return {name: archive.content(name) for name in archive.manifest.sha256}
    except BadBackup:
        return None


def test_after_a_refusal_the_place_is_as_good_as_before(
    kept_template: Path, elsewhere: Any, tmp_path: Path, at: datetime
) -> None:
    change = member("tables/ledger_entry.jsonl", b"")
    refused(
        elsewhere, made_up(kept_template, tmp_path / "made-up.zip", change), at, "rows that fit each other"
    )
    restore(elsewhere.store, kept_template, at)
    assert elsewhere.findings() == ()


def test_one_flipped_byte_in_any_member_is_found(kept_template: Path, tmp_path: Path) -> None:
    whole, file = bytearray(kept_template.read_bytes()), tmp_path / "flipped.zip"
    sound = checked(kept_template)
    assert sound is not None
    with zipfile.ZipFile(kept_template) as archive:
        for info in archive.infolist():
            name, extra = struct.unpack("<HH", whole[info.header_offset + 26 : info.header_offset + 30])
            start = info.header_offset + 30 + name + extra
            for at in range(start, start + info.compress_size, max(1, info.compress_size // 4)):
                whole[at] ^= 0x20
                file.write_bytes(whole)
                # A few bits of a deflate stream mean nothing; every one that means something is found.
                found = checked(file)
                assert (
                    found is None if start < at < start + info.compress_size - 2 else found in (None, sound)
                )
                whole[at] ^= 0x20


def test_one_flipped_byte_between_the_members_is_found_or_does_no_harm(
    kept_template: Path, tmp_path: Path
) -> None:
    whole, file = bytearray(kept_template.read_bytes()), tmp_path / "flipped.zip"
    sound = checked(kept_template)
    directory = whole.rindex(b"PK\x05\x06")
    (start,) = struct.unpack("<I", whole[directory + 16 : directory + 20])
    for at in (*range(30), *range(start, start + 92), *range(directory, len(whole))):
        for bit in (0x01, 0x80):
            whole[at] ^= bit
            file.write_bytes(whole)
            assert checked(file) in (None, sound), at
            whole[at] ^= bit


def test_a_backup_that_was_cut_off_anywhere_is_refused(
    kept_template: Path, empty: Any, tmp_path: Path, at: datetime
) -> None:
    whole, file = kept_template.read_bytes(), tmp_path / "cut.zip"
    for length in (0, 1, 22, len(whole) // 3, len(whole) - 4_000, len(whole) - 1):
        file.write_bytes(whole[:length])
        refused(empty, file, at, "expected a whole backup|expected manifest.json")


def set_in_manifest(name: str, value: object) -> Change:
    return lambda _, manifest: manifest.__setitem__(name, value)


def member(name: str, content: bytes = b"x") -> Change:
    return lambda members, _: members.__setitem__(name, content)


def line(table: str, *, old: bytes, new: bytes) -> Change:
    def change(members: Members, _: dict[str, Any]) -> None:
        assert old in members[f"tables/{table}.jsonl"]
        members[f"tables/{table}.jsonl"] = members[f"tables/{table}.jsonl"].replace(old, new, 1)

    return change


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (set_in_manifest("format", "other/1"), "expected the format ocop-trace-backup/1"),
        (set_in_manifest("revision", "0000"), "restore it with the version that made it"),
        (set_in_manifest("tables", []), "expected a whole backup"),
        (set_in_manifest("tables", {"meta": ["id"]}), "got 'tables/"),
        (set_in_manifest("taken_at", "yesterday"), "expected a whole backup"),
        (set_in_manifest("rows", None), "expected a whole backup"),
        (member("../outside"), "expected files below keystore and media"),
        (member("media/../../outside"), "expected files below"),
        (member("/etc/outside"), "expected files below"),
        (member("media//etc/outside"), "expected files below"),
        (member("media\\..\\outside"), "expected files below"),
        (member("keystore/.lock"), "expected files below"),
        (member("ocop.db"), "expected files below"),
        (member("tables/other.jsonl"), "expected files below"),
        (lambda members, _: members.pop("tables/batch.jsonl"), "a manifest without it"),
    ],
)  # fmt: skip
def test_an_archive_in_another_form_is_refused_and_nothing_is_left(
    kept_template: Path, empty: Any, tmp_path: Path, at: datetime, change: Change, expected: str
) -> None:
    refused(empty, made_up(kept_template, tmp_path / "made-up.zip", change), at, expected)
    assert not empty.store.exists()
    assert not list(tmp_path.rglob("outside"))


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (member("tables/batch.jsonl", b"[1]\n"), "expected a row of batch in line 1"),
        (member("tables/batch.jsonl", b"no json\n"), "expected a row of batch in line 1"),
        (member("tables/act.jsonl", b"[" * 100_000), "expected a row of act in line 1"),
        (line("batch", old=b'"09521234543213"', new=b'{"a": 1}'), "expected"),
        (line("batch", old=b", 60, ", new=b", 61, "), "the ledger says"),
        (line("signing_key", old=b'"active"', new=b'"retired"'), "the ledger says"),
        (member("tables/ledger_entry.jsonl", b""), "expected rows that fit each other"),
        (member("tables/meta.jsonl", b""), "expected a store of the realm"),
        (set_in_manifest("realm", "other.example/tag"), "expected a store of the realm other.example/tag"),
    ],
)  # fmt: skip
def test_rows_that_somebody_made_up_are_refused_and_nothing_is_left(
    kept_template: Path, elsewhere: Any, tmp_path: Path, at: datetime, change: Change, expected: str
) -> None:
    refused(elsewhere, made_up(kept_template, tmp_path / "made-up.zip", change), at, expected)
    assert not elsewhere.store.exists()


def test_a_member_that_the_manifest_does_not_name_or_names_twice_is_refused(
    kept_template: Path, empty: Any, tmp_path: Path, at: datetime
) -> None:
    file = made_up(kept_template, tmp_path / "more.zip", member("media/ab/x.jpg"), signed=False)
    refused(empty, file, at, "expected the members that the manifest names")
    members = unpacked(kept_template)
    packed(tmp_path / "twice.zip", members)
    with (
        zipfile.ZipFile(tmp_path / "twice.zip", "a") as archive,
        pytest.warns(UserWarning, match="Duplicate"),
    ):
        archive.writestr("kek", b"k" * 32)
    refused(empty, tmp_path / "twice.zip", at, "one name twice")


def test_a_file_that_unpacks_without_end_is_refused(
    kept_template: Path, empty: Any, tmp_path: Path, at: datetime
) -> None:
    file = made_up(kept_template, tmp_path / "bomb.zip", member("media/ab/x.jpg", bytes(65 << 20)))
    assert file.stat().st_size < 1 << 20
    refused(empty, file, at, "expected media/ab/x.jpg of at most")


def test_another_kind_of_archive_and_no_archive_are_refused(empty: Any, tmp_path: Path, at: datetime) -> None:
    packed(tmp_path / "photos.zip", {"photo.jpg": b"x"})
    refused(empty, tmp_path / "photos.zip", at, "expected manifest.json in the backup, got none")
    packed(tmp_path / "list.zip", {"manifest.json": b"[]"})
    refused(empty, tmp_path / "list.zip", at, "expected the format")
    (tmp_path / "text.zip").write_text("no archive")
    refused(empty, tmp_path / "text.zip", at, "File is not a zip file")
    with pytest.raises(FileNotFoundError):
        restore(empty.store, tmp_path / "none.zip", at)


def test_a_disk_that_fills_up_while_restoring_leaves_nothing(
    kept_template: Path, empty: Any, at: datetime
) -> None:
    def small(connection: Any, _: Any) -> None:
        connection.execute("PRAGMA max_page_count = 100")

    event.listen(empty.store.engine, "connect", small)
    with pytest.raises(StoreFull):
        restore(empty.store, kept_template, at)
    assert not list(empty.data.iterdir())
    event.remove(empty.store.engine, "connect", small)
    restore(empty.store, kept_template, at)
    assert empty.findings() == ()


def test_a_backup_that_fails_leaves_no_file(sqlite_home: Any, tmp_path: Path, at: datetime) -> None:
    with closing(sqlite3.connect(sqlite_home.data / "ocop.db", isolation_level=None)) as connection:
        connection.execute("ALTER TABLE report RENAME COLUMN outcome TO result")
    before = sorted(tmp_path.iterdir())
    with pytest.raises(Exception, match="expected"):
        backup(sqlite_home.store, tmp_path / "kept.zip", at)
    assert sorted(tmp_path.iterdir()) == before


def test_every_error_of_a_broken_archive_is_known(tmp_path: Path) -> None:
    with pytest.raises(DAMAGE):
        zipfile.ZipFile(io.BytesIO(b"PK\x05\x06" + bytes(10)))
