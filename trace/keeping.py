"""Backup and restore: everything the service must not lose, in one file that any version's reader can check
(floor 3). The form of that file, a ZIP archive, is `keeping_archive.py`.

    backup(store, Path("ocop-2026-11-23.zip"), now)
    restore(another, Path("ocop-2026-11-23.zip"), now)

A backup reads the rows in one snapshot, so the registry is consistent; pictures are content-addressed and key
files are never changed and are written before the row that names them, so they may be read after it. The archive
grows under another name and gets its own when it is complete and on disk; nobody but its owner may read it. Rows
travel as text, not as a database file: a backup of SQLite restores into PostgreSQL and back.

A restore goes into an empty place only, all or nothing: the whole archive is checked first, files are laid down,
and one transaction makes schema, rows and the mark of the restore. What fails takes everything back; what is
killed leaves the file `restore-unfinished`, and can be begun again. The key-encryption key that an operator put in
its place beforehand is never touched.

What was erased after the backup comes back with it. So a restore takes the newest list of erasures that it finds (in
OCOP_DATA, or a file that it is given; `registry/erasures.py`) and carries out, in the same transaction, every entry
that the backup doesn't hold: nobody can be served from rows that were to be forgotten.

From a restore on keys known at the backup verify only, new key numbers start 256 above the highest number that was
known or allowed, and an unknown key number is "cannot say": a code issued after the backup must never be called
not ours.
"""

import hashlib
import os
import secrets
import shutil
import zipfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

from ocop.trace import erasing
from ocop.trace.keeping_archive import (
    FILE_NAME,
    FOLDERS,
    KEK,
    MANIFEST,
    Archive,
    BadBackup,
    Manifest,
    add_file,
    opened,
    to_line,
)
from ocop.trace.registry import erasures, ledger_store
from ocop.trace.registry.erasures import Entry
from ocop.trace.registry.errors import BadValue, Conflict, NotCreated, StoreError, WrongRealm
from ocop.trace.registry.ledger_store import LedgerBroken
from ocop.trace.registry.store import Store, StoreMeta, mark_restored
from ocop.trace.registry.tables import METADATA, Meta, Photo, Voice
from ocop.trace.registry.tables_issue import SigningKey
from ocop.trace.signing.keys import RESTORE_GAP
from ocop.trace.signing.token import KEY_NUMBERS
from sqlalchemy import Table, func, select, text
from sqlmodel import Session, col

__all__ = ["BadBackup", "InTheWay", "Kept", "backup", "is_hollow", "restore"]

UNFINISHED = "restore-unfinished"
ROWS_AT_ONCE = 500

Progress = Callable[[str], None]


class InTheWay(Exception):
    """Something is where a backup or a restore would go."""

    def __init__(self, expected: str, where: Path, hint: str) -> None:
        super().__init__(f"expected {expected}, got one in use: {where}\nhint: nothing was changed; {hint}")


@dataclass(frozen=True, slots=True)
class Kept:
    """What a backup holds; of a restore also how many erasures were carried out again, and whether a list was found."""

    path: Path
    realm: str
    taken_at: datetime
    rows: int
    files: int
    ledger_size: int
    with_kek: bool
    erasures: int = 0
    listed: bool = False


def backup(
    store: Store, out: Path, now: datetime, *, kek: Path | None = None, tell: Progress | None = None
) -> Kept:
    """Write a backup to `out`, which must not exist. `kek` is the file of the key-encryption key to take along.

    Raises InTheWay, StoreError, OSError; then there is no `out`.
    """
    if out.exists():
        raise InTheWay(
            "a new name for the backup", out, "choose another name, an old backup is worth keeping"
        )
    meta = store.check()
    part = out.with_name(f".{out.name}.{secrets.token_hex(4)}.part")
    try:
        with os.fdopen(os.open(part, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            manifest = _write(file, store, meta, now, kek, tell or _nobody)
            file.flush()
            os.fsync(file.fileno())
        part.rename(out)
        _to_disk(out.parent)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    return _kept(out, manifest)


def restore(
    store: Store,
    source: Path,
    now: datetime,
    *,
    realm: str = "",
    tell: Progress | None = None,
    erased: Path | None = None,
) -> Kept:
    """Bring a backup back into an empty store and an empty OCOP_DATA.

    `realm`, if given, is the one that the backup must be of; `erased` a list of erasures besides that of OCOP_DATA.
    Raises BadBackup, BadErasures, InTheWay, WrongRealm, StoreError, OSError; then nothing was left behind.
    """
    tell = tell or _nobody
    mark = store.data / UNFINISHED
    begun = _begun_earlier(mark)
    if not is_hollow(store):
        raise InTheWay("an empty place for the restore", store.data, "choose another OCOP_DATA")
    if begun:
        _take_back(store, mark, begun)
    for folder in FOLDERS:
        if (store.data / folder).is_dir() and any((store.data / folder).iterdir()):
            raise InTheWay("an empty place for the restore", store.data / folder, "choose another OCOP_DATA")
    with opened(source) as archive:
        manifest = archive.manifest
        _refuse(store, manifest, realm)
        lists = _lists(store, manifest.realm, erased)
        told = erasures.united(*lists)
        again: list[Entry] = []
        tell("checked")
        lines = ["a restore was begun and has not ended; begin it again", *FOLDERS]
        lines += [KEK] if KEK in manifest.sha256 else []
        try:
            _begin(store, mark, lines)
            _lay_files(archive, store.data)
            store.create(
                manifest.realm,
                now,
                fill=lambda session: again.extend(_fill(session, archive, now, tell, told)),
            )
        except BaseException as error:
            _take_back(store, mark, lines)
            if isinstance(error, BadValue | Conflict | LedgerBroken):
                raise BadBackup(f"expected rows that fit each other in {source}, got: {error}") from error
            raise
    _lose_files(store, told)
    mark.unlink()
    return replace(_kept(source, manifest), erasures=len(again), listed=bool(lists))


def _lists(store: Store, realm: str, erased: Path | None) -> list[list[Entry]]:
    """The lists of erasures that there are. Raises BadErasures, WrongRealm, OSError."""
    here = store.data / erasures.FILE
    return [
        erasures.read(path, realm)
        for path in (here, erased)
        if path is not None and (path != here or path.exists())
    ]


def _lose_files(store: Store, told: list[Entry]) -> None:
    """Files that came back and that no row names any more go; the list is written beside the store."""
    with store.read() as session:
        for entry in told:
            name = entry.mark.hex()
            if entry.kind == "photo" and session.get(Photo, name) is None:
                erasures.lose_files(store.data, name)
            clip = select(Voice).where(col(Voice.name).startswith(name))
            if entry.kind == "voice" and session.scalars(clip).first() is None:
                erasures.lose_files(store.data, name)
    if told:
        erasures.keep_outside(store)


def is_hollow(store: Store) -> bool:
    """Whether nothing is at the store's address, or only what a creation that was cut off has left there."""
    if not store.exists():
        return True
    try:
        store.check()
    except NotCreated:
        return True
    return False


def _nobody(_: str) -> None:
    """Tell nobody."""


def _kept(path: Path, manifest: Manifest) -> Kept:
    return Kept(
        path,
        manifest.realm,
        manifest.taken_at,
        manifest.rows,
        len(manifest.files),
        manifest.ledger_size,
        KEK in manifest.sha256,
    )


def _write(
    file: BinaryIO, store: Store, meta: StoreMeta, now: datetime, kek: Path | None, tell: Progress
) -> Manifest:
    tables = {table.name: [column.name for column in table.columns] for table in METADATA.sorted_tables}
    digests: dict[str, str] = {}
    rows = 0
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, allowZip64=True) as archive:
        with store.read() as session:
            for table in METADATA.sorted_tables:
                count, digests[f"tables/{table.name}.jsonl"] = _write_table(archive, session, table)
                rows += count
                tell(table.name)
            size = ledger_store.size(session)
        for name, path in _files(store.data, kek):
            digests[name] = add_file(archive, name, path)
        tell("files")
        manifest = Manifest(store.head(), meta.realm, now, size, rows, tables, digests)
        archive.writestr(MANIFEST, manifest.to_json())
    return manifest


def _write_table(archive: zipfile.ZipFile, session: Session, table: Table) -> tuple[int, str]:
    digest, count = hashlib.sha256(), 0
    with archive.open(f"tables/{table.name}.jsonl", "w", force_zip64=True) as member:
        connection = session.connection().execution_options(yield_per=ROWS_AT_ONCE)
        for row in connection.execute(select(table)):
            line = to_line(row)
            digest.update(line)
            member.write(line)
            count += 1
    return count, digest.hexdigest()


def _files(data: Path, kek: Path | None) -> Iterator[tuple[str, Path]]:
    """Names in the archive and where they lie. What is being written has a name that begins with a dot."""
    for folder in FOLDERS:
        for path in sorted((data / folder).rglob("*")):
            name = path.relative_to(data).as_posix()
            if path.is_file() and FILE_NAME.fullmatch(name):
                yield name, path
    if kek is not None:
        yield KEK, kek


def _refuse(store: Store, manifest: Manifest, realm: str) -> None:
    if manifest.revision != store.head():
        raise BadBackup(
            f"expected schema {store.head()}, got {manifest.revision}; restore it with the version that made it, "
            "then upgrade"
        )
    if realm and realm != manifest.realm:
        raise WrongRealm(manifest.realm, realm)
    if KEK in manifest.sha256 and (store.data / KEK).exists():
        raise InTheWay(
            "no key-encryption key, because the backup has one", store.data / KEK, "move it away first"
        )


def _begin(store: Store, mark: Path, lines: list[str]) -> None:
    store.data.mkdir(parents=True, exist_ok=True)
    mark.write_text("".join(f"{line}\n" for line in lines), "ascii")
    _to_disk(mark)
    _to_disk(store.data)


def _begun_earlier(mark: Path) -> list[str]:
    """The lines of a mark: what an earlier restore was going to make."""
    return mark.read_text("ascii", "replace").splitlines() if mark.is_file() else []


def _take_back(store: Store, mark: Path, lines: list[str]) -> None:
    """Remove what a restore made: only what its mark names, and never a store that came to be."""
    for folder in FOLDERS:
        shutil.rmtree(store.data / folder, ignore_errors=True)
    mark.unlink(missing_ok=True)
    if KEK in lines:
        (store.data / KEK).unlink(missing_ok=True)
    with suppress(StoreError):
        # Whoever made a store here meanwhile keeps it.
        made = not is_hollow(store)
        store.close()
        if made or store.file is None:
            return
        for end in ("", "-wal", "-shm"):
            store.file.with_name(store.file.name + end).unlink(missing_ok=True)


def _lay_files(archive: Archive, data: Path) -> None:
    folders = {data}
    for name in archive.manifest.files:
        target = data / name
        secret = not name.startswith("media/")
        target.parent.mkdir(mode=0o700 if secret else 0o755, parents=True, exist_ok=True)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
        with os.fdopen(os.open(target, flags, 0o600 if secret else 0o644), "wb") as out:
            out.write(archive.content(name))
            out.flush()
            os.fsync(out.fileno())
        folders |= {target.parent, target.parent.parent}
    for folder in folders:
        _to_disk(folder)


def _fill(
    session: Session, archive: Archive, now: datetime, tell: Progress, told: list[Entry]
) -> list[Entry]:
    """Every row of the backup in place of what an empty store has; then the ledger is replayed, and what was erased
    since is erased again. Returns those erasures.
    """
    connection = session.connection()
    for table in reversed(METADATA.sorted_tables):
        connection.execute(table.delete())
    for table in METADATA.sorted_tables:
        named = archive.manifest.tables.get(table.name, [])
        if set(named) != set(table.columns.keys()):
            raise BadBackup(f"expected the columns of {table.name}, got {', '.join(named)[:200]}")
        rows = archive.rows(table.name, [table.columns[name] for name in named])
        for chunk in _chunks(rows):
            connection.execute(table.insert(), chunk)
        if connection.dialect.name == "postgresql":
            _advance_sequence(session, table)
        tell(table.name)
    session.expire_all()
    meta = session.get(Meta, 1)
    if meta is None or meta.realm != archive.manifest.realm:
        raise BadBackup(f"expected a store of the realm {archive.manifest.realm}, got another or none")
    ledger_store.check(session)
    highest = session.execute(select(func.max(col(SigningKey.number)))).scalar_one_or_none()
    # A floor that stands was set by an earlier restore: numbers from there on may have been given out since.
    known = max(highest or 0, meta.key_floor)
    mark_restored(session, now, min(known + RESTORE_GAP, KEY_NUMBERS))
    again = erasing.missing(session, told)
    if again:
        erasing.erase(session, again)
    return again


def _chunks(rows: Iterable[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    rows = iter(rows)
    while chunk := list(islice(rows, ROWS_AT_ONCE)):
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
    # Some file systems of USB sticks can't force a folder to disk; the file itself is there already.
    with suppress(OSError):
        os.fsync(descriptor)
    os.close(descriptor)
