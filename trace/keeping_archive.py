"""The form of a backup: what its members are, how rows become lines and lines rows (floor 3).

    tables/<table>.jsonl    every row of a table, one JSON array a line, columns in the manifest's order
    keystore/…, media/…, documents/…     the files below those folders of OCOP_DATA, as they are
    kek                     the key-encryption key, only when asked for
    manifest.json           written last: format, schema revision, time, realm, tables, SHA-256 of every member

A row as a line: `["09521234543213", 7, null, "2026-11-23T03:00:00+00:00", "qrs="]`: bytes in base64 (RFC 4648,
section 4), times and dates as in RFC 3339, everything else as JSON has it.

An archive from elsewhere is hostile: `opened` gives nothing out before manifest, names, sizes and every digest
were held against each other, and whatever is wrong leaves it as `BadBackup`.
"""

import base64
import hashlib
import json
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import IO, Any

from ocop.trace.registry.columns import Day, Utc
from sqlalchemy import Column, LargeBinary

FORMAT = "ocop-trace-backup/1"
MANIFEST = "manifest.json"
KEK = "kek"
FOLDERS = ("keystore", "media", "documents")
CHUNK = 1 << 20
# A picture may have 60 MB; a manifest names every file in some 150 bytes. More is no backup of ours.
MAX_FILE = 64 << 20
FILE_NAME = re.compile(r"(?:keystore|media|documents)(?:/[A-Za-z0-9_-][A-Za-z0-9._-]*)+|kek", re.ASCII)
TABLE_NAME = re.compile(r"tables/([a-z0-9_]+)\.jsonl", re.ASCII)

# Everything that `zipfile` and its helpers raise on bytes that somebody made up.
DAMAGE = (zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, struct.error, EOFError, OSError, RuntimeError,
          NotImplementedError, ArithmeticError, LookupError, TypeError, ValueError, AttributeError)  # fmt: skip


class BadBackup(Exception):
    """A file that can't be restored: what was expected, what was got."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup says of itself. `tables` gives each table's columns, `sha256` each member's digest in hex."""

    revision: str
    realm: str
    taken_at: datetime
    ledger_size: int
    rows: int
    tables: dict[str, list[str]]
    sha256: dict[str, str]

    def to_json(self) -> str:
        """The text of `manifest.json`."""
        values = {name: getattr(self, name) for name in self.__slots__}
        return json.dumps(
            {"format": FORMAT, **values, "taken_at": self.taken_at.isoformat()}, indent=1, sort_keys=True
        )

    @property
    def files(self) -> tuple[str, ...]:
        """Members that become files below OCOP_DATA."""
        return tuple(name for name in self.sha256 if not TABLE_NAME.fullmatch(name))


@dataclass(frozen=True, slots=True)
class Archive:
    """A backup whose every byte was checked."""

    manifest: Manifest
    _archive: zipfile.ZipFile

    def content(self, name: str) -> bytes:
        """A whole file of at most MAX_FILE bytes."""
        return self._archive.read(name)

    def rows(self, table: str, columns: list[Column[Any]]) -> Iterator[dict[str, Any]]:
        """The rows of a table, by column name. Raises BadBackup."""
        with self._archive.open(f"tables/{table}.jsonl") as member:
            for number, line in enumerate(member, 1):
                try:
                    yield _row(json.loads(line), columns)
                except (ValueError, TypeError, RecursionError) as error:
                    raise BadBackup(
                        f"expected a row of {table} in line {number}, got something else: {error}"
                    ) from error


@contextmanager
def opened(source: Path) -> Iterator[Archive]:
    """A backup that was checked as a whole. Raises BadBackup; FileNotFoundError stays what it is."""
    with source.open("rb") as file:
        try:
            archive = zipfile.ZipFile(file)
            manifest = _read_manifest(archive)
            _check(archive, manifest)
        except DAMAGE as error:
            said = str(error) or type(error).__name__
            raise BadBackup(
                f"expected a whole backup made by ocop-trace, got {source}: {said}; take an older one"
            ) from error
        with archive:
            yield Archive(manifest, archive)


def to_line(row: Any) -> bytes:
    """One row as a line of JSON."""
    return json.dumps([_plain(value) for value in row], ensure_ascii=False).encode() + b"\n"


def add_file(archive: zipfile.ZipFile, name: str, path: Path) -> str:
    """Put a file in; its SHA-256 in hex."""
    content = path.read_bytes()
    # Pictures are compressed already.
    how = zipfile.ZIP_STORED if name.startswith("media/") else zipfile.ZIP_DEFLATED
    archive.writestr(zipfile.ZipInfo(name), content, compress_type=how)
    return hashlib.sha256(content).hexdigest()


def _plain(value: Any) -> Any:
    if isinstance(value, bytes | memoryview):
        return base64.b64encode(bytes(value)).decode()
    if isinstance(value, date):
        return value.isoformat()
    return value


def _row(values: object, columns: list[Column[Any]]) -> dict[str, Any]:
    if not isinstance(values, list) or len(values) != len(columns):
        raise ValueError(f"expected a list of {len(columns)} values")
    return {c.name: _from_plain(c, value) for c, value in zip(columns, values, strict=True)}


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


def _read_manifest(archive: zipfile.ZipFile) -> Manifest:
    if MANIFEST not in archive.namelist():
        raise BadBackup(
            f"expected {MANIFEST} in the backup, got none: it was cut off or is another kind of file"
        )
    if archive.getinfo(MANIFEST).file_size > MAX_FILE:
        raise BadBackup(f"expected {MANIFEST} of at most {MAX_FILE:,} bytes, got more")
    values = json.loads(archive.read(MANIFEST))
    if not isinstance(values, dict) or values.get("format") != FORMAT:
        raise BadBackup(f"expected the format {FORMAT}, got another")
    tables, sha256 = values["tables"], values["sha256"]
    manifest = Manifest(
        revision=str(values["revision"]),
        realm=str(values["realm"]),
        taken_at=datetime.fromisoformat(values["taken_at"]),
        ledger_size=int(values["ledger_size"]),
        rows=int(values["rows"]),
        tables={str(name): [str(column) for column in columns] for name, columns in tables.items()},
        sha256={str(name): str(digest) for name, digest in sha256.items()},
    )
    named = {f"tables/{name}.jsonl" for name in manifest.tables}
    for name in manifest.sha256.keys() | named:
        if name not in manifest.sha256:
            raise BadBackup(f"expected {name} among the members, got a manifest without it")
        if name not in named and not FILE_NAME.fullmatch(name):
            raise BadBackup(f"expected files below {' and '.join(FOLDERS)}, got {name!r:.80}")
    return manifest


def _check(archive: zipfile.ZipFile, manifest: Manifest) -> None:
    names = sorted(archive.namelist())
    if names != sorted([*manifest.sha256, MANIFEST]):
        others = sorted(set(names) ^ {*manifest.sha256, MANIFEST}) or ["one name twice"]
        raise BadBackup(f"expected the members that the manifest names, got others: {others[:3]!r:.200}")
    for name, wanted in manifest.sha256.items():
        if not name.startswith("tables/") and archive.getinfo(name).file_size > MAX_FILE:
            raise BadBackup(f"expected {name} of at most {MAX_FILE:,} bytes, got more")
        with archive.open(name) as member:
            got = _digest(member)
        if got != wanted:
            raise BadBackup(f"expected {name} as it was backed up, got other bytes; take an older backup")


def _digest(member: IO[bytes]) -> str:
    digest = hashlib.sha256()
    while chunk := member.read(CHUNK):
        digest.update(chunk)
    return digest.hexdigest()
