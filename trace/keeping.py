"""Backup and restore: everything the service must not lose, in one file that any version's reader can check
(floor 3).

A backup is a ZIP archive:

    tables/<table>.jsonl    every row of a table, one JSON array a line, columns in the manifest's order
    keystore/…, media/…     the files below those folders of OCOP_DATA, as they are
    kek                     the key-encryption key, only when asked for
    manifest.json           written last: format, schema revision, time, realm, tables, SHA-256 of every member

The rows are read in one snapshot, so the registry is consistent; pictures are content-addressed and key files
are never changed, so they may be read beside it. The archive grows under another name and gets its own when it
is complete and on disk. Rows travel as text, not as a database file: a backup of SQLite restores into
PostgreSQL and back.

A restore goes into an empty place only, all or nothing: every digest is checked first, files are laid down, and
one transaction makes schema, rows and the mark of the restore. A restore that was cut off leaves a file that
says so, and can be begun again. From then on keys known at the backup verify
only, new key numbers start 256 above the highest known one, and an unknown key number is "cannot say": a code
issued after the backup must never be called not ours.
"""

import base64
import hashlib
import json
import os
import shutil
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import IO, Any

from ocop.trace.registry import ledger_store
from ocop.trace.registry.columns import Day, Utc
from ocop.trace.registry.store import Store, mark_restored
from ocop.trace.registry.tables import METADATA
from ocop.trace.registry.tables_issue import SigningKey
from sqlalchemy import Column, LargeBinary, Table, func, select, text
from sqlmodel import Session

FORMAT = "ocop-trace-backup/1"
MANIFEST = "manifest.json"
KEK = "kek"
UNFINISHED = "restore-unfinished"
FOLDERS = ("keystore", "media")
KEY_GAP = 256
CHUNK = 1 << 20
ROWS_AT_ONCE = 500

Progress = Callable[[str], None]


class BadBackup(Exception):
    """A file that can't be restored: what was expected, what was got."""


class NotEmpty(Exception):
    """A restore over something that lives."""

    def __init__(self, where: Path) -> None:
        super().__init__(
            f"expected an empty place for the restore, got one in use: {where}; "
            "nothing was changed, choose another OCOP_DATA or move this one away"
        )


@dataclass(frozen=True, slots=True)
class Kept:
    """What a backup holds."""

    path: Path
    realm: str
    taken_at: datetime
    rows: int
    files: int
    ledger_size: int
    with_kek: bool


def backup(
    store: Store, out: Path, now: datetime, *, kek: Path | None = None, tell: Progress | None = None
) -> Kept:
    """Write a backup to `out`, which must not exist. `kek` is the file of the key-encryption key to take along."""
    if out.exists():
        raise NotEmpty(out)
    meta = store.check()
    part = out.with_name(out.name + ".part")
    digests: dict[str, str] = {}
    rows = 0
    try:
        with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED, allowZip64=True) as archive:
            with store.read() as session:
                tables = {
                    table.name: [column.name for column in table.columns] for table in METADATA.sorted_tables
                }
                for table in METADATA.sorted_tables:
                    rows += _write_table(archive, session, table, digests)
                    _tell(tell, table.name)
                size = ledger_store.size(session)
            files = _write_files(archive, store.data, kek, digests, tell)
            manifest = {
                "format": FORMAT,
                "revision": store.head(),
                "realm": meta.realm,
                "taken_at": now.isoformat(),
                "ledger_size": size,
                "rows": rows,
                "tables": tables,
                "sha256": digests,
            }
            archive.writestr(MANIFEST, json.dumps(manifest, indent=1, sort_keys=True))
        _to_disk(part)
        part.rename(out)
        _to_disk(out.parent)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    return Kept(out, meta.realm, now, rows, files, size, kek is not None)


def restore(store: Store, source: Path, now: datetime, *, tell: Progress | None = None) -> Kept:
    """Bring a backup back into an empty store and an empty OCOP_DATA. Raises BadBackup, NotEmpty, StoreError."""
    if store.exists():
        raise NotEmpty(store.data)
    mark = store.data / UNFINISHED
    if mark.exists():
        _clear(store.data)
    for folder in FOLDERS:
        if (store.data / folder).is_dir() and any((store.data / folder).iterdir()):
            raise NotEmpty(store.data / folder)
    try:
        with zipfile.ZipFile(source) as archive:
            manifest = _read_manifest(archive)
            if manifest["revision"] != store.head():
                raise BadBackup(
                    f"expected schema {store.head()}, got {manifest['revision']}; restore it with the version "
                    "that made it, then upgrade"
                )
            _check_digests(archive, manifest["sha256"], tell)
            store.data.mkdir(parents=True, exist_ok=True)
            mark.write_text("a restore was begun and has not ended; begin it again\n")
            _to_disk(store.data)
            files = _lay_files(archive, store.data, manifest["sha256"])
            store.create(
                manifest["realm"], now, fill=lambda session: _fill(session, archive, manifest, now, tell)
            )
    except (zipfile.BadZipFile, EOFError, KeyError, TypeError, ValueError) as error:
        raise BadBackup(f"expected a backup made by ocop-trace, got {source}: {error}") from error
    mark.unlink(missing_ok=True)
    return Kept(
        source,
        manifest["realm"],
        datetime.fromisoformat(manifest["taken_at"]),
        manifest["rows"],
        files,
        manifest["ledger_size"],
        KEK in manifest["sha256"],
    )


def _clear(data: Path) -> None:
    """Take away what an interrupted restore left; the mark says that there was nothing else."""
    for folder in FOLDERS:
        shutil.rmtree(data / folder, ignore_errors=True)
    (data / KEK).unlink(missing_ok=True)


def _tell(tell: Progress | None, what: str) -> None:
    if tell is not None:
        tell(what)


def _write_table(archive: zipfile.ZipFile, session: Session, table: Table, digests: dict[str, str]) -> int:
    name = f"tables/{table.name}.jsonl"
    digest, count = hashlib.sha256(), 0
    with archive.open(name, "w", force_zip64=True) as member:
        result = session.connection().execution_options(yield_per=ROWS_AT_ONCE).execute(select(table))
        for row in result:
            line = json.dumps([_plain(value) for value in row], ensure_ascii=False).encode() + b"\n"
            digest.update(line)
            member.write(line)
            count += 1
    digests[name] = digest.hexdigest()
    return count


def _plain(value: Any) -> Any:
    if isinstance(value, bytes | memoryview):
        return base64.b64encode(bytes(value)).decode()
    if isinstance(value, date):
        return value.isoformat()
    return value


def _from_plain(column: Column[Any], value: Any) -> Any:
    if value is None:
        return None
    if isinstance(column.type, LargeBinary):
        return base64.b64decode(value, validate=True)
    if isinstance(column.type, Utc):
        return datetime.fromisoformat(value)
    if isinstance(column.type, Day):
        return date.fromisoformat(value)
    return value


def _write_files(
    archive: zipfile.ZipFile, data: Path, kek: Path | None, digests: dict[str, str], tell: Progress | None
) -> int:
    members = [
        (f"{folder}/{path.relative_to(data / folder).as_posix()}", path)
        for folder in FOLDERS
        for path in sorted((data / folder).rglob("*"))
        if path.is_file() and not path.name.endswith((".part", ".tmp", ".lock"))
    ]
    if kek is not None:
        members.append((KEK, kek))
    for name, path in members:
        # Pictures are compressed already.
        how = zipfile.ZIP_STORED if name.startswith("media/") else zipfile.ZIP_DEFLATED
        content = path.read_bytes()
        archive.writestr(zipfile.ZipInfo(name), content, compress_type=how)
        digests[name] = hashlib.sha256(content).hexdigest()
    _tell(tell, "files")
    return len(members)


def _read_manifest(archive: zipfile.ZipFile) -> dict[str, Any]:
    if MANIFEST not in archive.namelist():
        raise BadBackup(
            f"expected {MANIFEST} in the backup, got none: it was cut off or is another kind of file"
        )
    manifest: dict[str, Any] = json.loads(archive.read(MANIFEST))
    if manifest.get("format") != FORMAT:
        raise BadBackup(f"expected the format {FORMAT}, got {manifest.get('format')!r}")
    return manifest


def _check_digests(archive: zipfile.ZipFile, expected: dict[str, str], tell: Progress | None) -> None:
    names = {name for name in archive.namelist() if name != MANIFEST}
    if names != set(expected):
        raise BadBackup(
            f"expected the members that the manifest names, got others: {sorted(names ^ set(expected))[:3]}"
        )
    for name, wanted in expected.items():
        digest = hashlib.sha256()
        with archive.open(name) as member:
            while chunk := member.read(CHUNK):
                digest.update(chunk)
        if digest.hexdigest() != wanted:
            raise BadBackup(f"expected {name} as it was backed up, got other bytes; take an older backup")
    _tell(tell, "checked")


def _lay_files(archive: zipfile.ZipFile, data: Path, names: dict[str, str]) -> int:
    count = 0
    for name in names:
        if name.startswith("tables/"):
            continue
        if name != KEK and (name.split("/")[0] not in FOLDERS or ".." in name.split("/")):
            raise BadBackup(f"expected files below {' and '.join(FOLDERS)}, got {name!r}")
        target = data / name
        target.parent.mkdir(parents=True, exist_ok=True)
        secret = not name.startswith("media/")
        if secret:
            target.parent.chmod(0o700 if name != KEK else target.parent.stat().st_mode & 0o777)
        if target.exists():
            raise NotEmpty(target)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
        with os.fdopen(os.open(target, flags, 0o600 if secret else 0o644), "wb") as out:
            out.write(archive.read(name))
            out.flush()
            os.fsync(out.fileno())
        count += 1
    return count


def _fill(
    session: Session, archive: zipfile.ZipFile, manifest: dict[str, Any], now: datetime, tell: Progress | None
) -> None:
    """Every row of the backup in place of what an empty store has; then the ledger is replayed."""
    connection = session.connection()
    for table in reversed(METADATA.sorted_tables):
        connection.execute(table.delete())
    for table in METADATA.sorted_tables:
        columns = [table.columns[name] for name in manifest["tables"][table.name]]
        with archive.open(f"tables/{table.name}.jsonl") as member:
            for chunk in _chunks(member, columns):
                connection.execute(table.insert(), chunk)
        if connection.dialect.name == "postgresql":
            _advance_sequence(session, table)
        _tell(tell, table.name)
    session.expire_all()
    ledger_store.check(session)
    highest = session.execute(select(func.max(SigningKey.number))).scalar_one_or_none()  # type: ignore[call-overload]
    mark_restored(session, now, 0 if highest is None else min(highest + KEY_GAP, 65536))


def _chunks(member: IO[bytes], columns: list[Column[Any]]) -> Iterator[list[dict[str, Any]]]:
    chunk: list[dict[str, Any]] = []
    for line in member:
        values = json.loads(line)
        if len(values) != len(columns):
            raise BadBackup(f"expected {len(columns)} columns, got {len(values)}")
        chunk.append({c.name: _from_plain(c, v) for c, v in zip(columns, values, strict=True)})
        if len(chunk) >= ROWS_AT_ONCE:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def _advance_sequence(session: Session, table: Table) -> None:
    """PostgreSQL counts ids apart from the rows: go on above the highest one."""
    column = table.autoincrement_column
    if column is None:
        return
    sequence = session.execute(
        text("SELECT pg_get_serial_sequence(:table, :column)"), {"table": table.name, "column": column.name}
    ).scalar_one()
    if sequence:
        highest = session.execute(select(func.max(column))).scalar_one_or_none() or 0
        session.execute(
            text("SELECT setval(:sequence, :value, :called)"),
            {"sequence": sequence, "value": max(highest, 1), "called": highest > 0},
        )


def _to_disk(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
