"""The list of what was erased for good, so that a restored backup can be told again (floor 2).

Whatever forgets a person, takes a consent back or takes a picture away adds an entry in its own transaction:

    add(session, Entry("person", 7, mark_of(row), at))

An entry holds numbers and digests alone. `number` is the row's, `mark` a digest of what never changes about that row:
numbers are given out again after a restore, and a mark keeps an entry from meeting somebody else. `spans` say which
part of a row (see `erasing`). The table is the truth. After each commit that added to it, `Store.begin` writes it out
once more as one file of OCOP_DATA beside the database, which outlives the database; what a crash left out of the file
is written at the next start. Processes take turns by a lock, and a file that knows more than the table keeps it.

The file `erasures.jsonl`, one JSON object a line, is written under another name, flushed and renamed:

    {"format": "ocop-trace-erasures/1", "realm": "ocop.example/tag"}
    {"at": "2026-11-24T03:00:00.000000Z", "kind": "person", "mark": "5f…", "number": 7, "spans": []}
    {"entries": 1, "sha256": "digest of all lines before this one"}

A list that is damaged, cut off or of another realm is refused as a whole: half of it would bring people back.
"""

import fcntl
import hashlib
import json
import logging
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ocop.trace.registry import tables
from ocop.trace.registry.columns import utc_text
from ocop.trace.registry.errors import RegistryError, StoreError, WrongRealm
from ocop.trace.registry.media import write_files
from ocop.trace.registry.tables_rights import ERASED
from sqlalchemy import select
from sqlmodel import Session, SQLModel, col

if TYPE_CHECKING:
    from ocop.trace.registry.store import Store

LOG = logging.getLogger("ocop.trace")
FORMAT = "ocop-trace-erasures/1"
FILE = "erasures.jsonl"
LOCK = ".erasures.lock"
ADDED, LOST = "erasures added", "files lost"
MOST_BYTES = 256_000_000
MOST_SPANS = 4_000
# What never changes about a row and tells it from another one that has its number in another life of the store.
LASTING: dict[type[SQLModel], tuple[str, ...]] = {
    tables.Person: ("handle",),
    tables.RoleGrant: ("person_id", "role", "given_at"),
    tables.Consent: ("producer_id", "item", "given_at"),
    tables.HelpConsent: ("person_id", "producer_id", "given_at"),
    tables.Invitation: ("token_hash",),
    tables.Producer: ("slug",),
    tables.Report: ("key", "lot", "at"),
    tables.DataRequest: ("mark",),
}


class BadErasures(RegistryError):
    """A list that can't be used: what was expected, what was got."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that was erased: of which kind, in which row, when, and which parts of it."""

    kind: str
    number: int
    mark: bytes
    at: datetime
    spans: tuple[int, ...] = ()

    @property
    def name(self) -> tuple[str, int, bytes, str]:
        """What makes it the same entry in every store and file."""
        return self.kind, self.number, self.mark, utc_text(self.at)


def mark_of(row: SQLModel) -> bytes:
    """The mark of a row, from what lasts about it (`LASTING`)."""
    return mark(*(getattr(row, name) for name in LASTING[type(row)]))


def mark(*parts: object) -> bytes:
    """SHA-256 over text, numbers, bytes and moments."""
    return hashlib.sha256(_json([_plain(part) for part in parts])).digest()


def add(session: Session, entry: Entry) -> None:
    """Keep an entry inside the transaction of the act itself; the same entry twice is once."""
    known = select(col(tables.Erasure.id)).where(
        col(tables.Erasure.kind) == entry.kind,
        col(tables.Erasure.number) == entry.number,
        col(tables.Erasure.mark) == entry.mark,
        col(tables.Erasure.at) == entry.at,
    )
    if session.execute(known).first() is not None:
        return
    session.add(
        tables.Erasure(
            kind=entry.kind, number=entry.number, mark=entry.mark, at=entry.at, spans=list(entry.spans)
        )
    )
    session.flush()
    session.info[ADDED] = True


def listed(session: Session) -> list[Entry]:
    """Every entry, the oldest first."""
    query = select(tables.Erasure).order_by(col(tables.Erasure.id))
    return [Entry(row.kind, row.number, row.mark, row.at, tuple(row.spans)) for row in session.scalars(query)]


def to_bytes(realm: str, entries: Iterable[Entry]) -> bytes:
    """The file of these entries."""
    lines = [_json({"format": FORMAT, "realm": realm})]
    lines += [
        _json({"kind": one.kind, "number": one.number, "mark": one.mark.hex(), "at": utc_text(one.at),
               "spans": list(one.spans)})
        for one in entries
    ]  # fmt: skip
    body = b"".join(line + b"\n" for line in lines)
    return body + _json({"entries": len(lines) - 1, "sha256": hashlib.sha256(body).hexdigest()}) + b"\n"


def parse(content: bytes, realm: str = "") -> tuple[str, list[Entry]]:
    """The realm and the entries of a file. Raises BadErasures, and WrongRealm unless it is of `realm` (if given)."""
    body, _, last = content.rstrip(b"\n").rpartition(b"\n")
    try:
        end, (first, *lines) = json.loads(last), [json.loads(line) for line in body.split(b"\n")]
        if first["format"] != FORMAT:
            raise BadErasures(f"expected the format {FORMAT}, got {first['format']!r:.60}")
        whole = end == {"entries": len(lines), "sha256": hashlib.sha256(body + b"\n").hexdigest()}
        entries = [_entry(line) for line in lines] if whole else []
        of = str(first["realm"])
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError) as error:
        raise BadErasures(
            f"expected a list of erasures, got something else: {error}; take a copy of it"
        ) from error
    if not whole:
        raise BadErasures(
            "expected a whole list of erasures, got one that was cut off or changed; take a copy of it"
        )
    if realm and of != realm:
        raise WrongRealm(realm, of)
    return of, entries


def read(path: Path, realm: str = "") -> list[Entry]:
    """The entries of a file. Raises BadErasures, WrongRealm, OSError."""
    if path.stat().st_size > MOST_BYTES:
        raise BadErasures(f"expected a list of at most {MOST_BYTES:,} bytes, got {path}")
    return parse(path.read_bytes(), realm)[1]


def write(data: Path, realm: str, entries: Iterable[Entry]) -> None:
    """Write the file of OCOP_DATA, whole or not at all. Raises StoreFull, StoreUnreachable."""
    write_files(data, {FILE: to_bytes(realm, entries)}, mode=0o600)


def united(*lists: Iterable[Entry]) -> list[Entry]:
    """The entries of several lists, each once, in their order."""
    return list({entry.name: entry for each in lists for entry in each}.values())


def lose_file(session: Session, digest: bytes) -> None:
    """The files of a picture or a clip go from the disk when this transaction has been committed."""
    session.info.setdefault(LOST, set()).add(digest.hex())


def after_commit(store: "Store", info: Mapping[Any, Any]) -> None:
    """What a commit leaves to do: files to be lost, the list to be written out. A crash before it costs nothing: the
    list is written at the next start, and files that no row names are swept (`media_sweep`).
    """
    for name in sorted(info.get(LOST, ())):
        lose_files(store.data, name)
    if ADDED in info:
        keep_outside(store)


def lose_files(data: Path, name: str) -> int:
    """Remove all files of a picture or a clip by its 64 digits; returns how many there were."""
    count = 0
    for path in sorted((data / "media" / name[:2]).glob(f"{name}*")):
        try:
            path.unlink()
            count += 1
        except FileNotFoundError:
            continue  # another worker was faster
        except OSError as error:
            LOG.warning("a file that nothing shows any more could not be removed: %s", error)
    return count


def keep_outside(store: "Store") -> None:
    """Write the table out beside the database. The rows are safe already: what fails here is a line in the log."""
    try:
        with locked(store.data):
            with store.read() as session:
                entries, realm = listed(session), session.get_one(tables.Meta, 1).realm
            write(store.data, realm, united(entries, known(store.data, realm)))
    except (StoreError, OSError) as error:
        LOG.warning(
            "the list of erasures was not written to %s, it will be at the next start: %s", store.data, error
        )


def known(data: Path, realm: str) -> list[Entry]:
    """What the file of OCOP_DATA says; one that can't be used is put aside under another name."""
    path = data / FILE
    if not path.exists():
        return []
    try:
        return read(path, realm)
    except (BadErasures, WrongRealm) as error:
        aside = next(
            name
            for number in range(1, 10_000)
            if not (name := path.with_name(f"erasures-unusable-{number}.jsonl")).exists()
        )
        path.rename(aside)
        LOG.error("the list of erasures is unusable and was put aside as %s: %s", aside, error)
        return []


@contextmanager
def locked(data: Path) -> Iterator[None]:
    """Alone with the file of OCOP_DATA, among all processes."""
    data.mkdir(parents=True, exist_ok=True)
    lock = os.open(data / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


def _entry(line: Any) -> Entry:
    entry = Entry(
        kind=line["kind"],
        number=line["number"],
        mark=bytes.fromhex(line["mark"]),
        at=datetime.fromisoformat(line["at"]),
        spans=tuple(line["spans"]),
    )
    numbers = (entry.number, *entry.spans)
    if entry.kind not in ERASED or len(entry.mark) != 32 or entry.at.tzinfo is None:
        raise ValueError("expected a kind, a digest and a moment that we know")
    if (
        len(line) != 5
        or len(numbers) > MOST_SPANS
        or not all(type(n) is int and 0 <= n < 2**63 for n in numbers)
    ):
        raise ValueError("expected numbers from 0 up")
    return entry


def _plain(part: object) -> object:
    if isinstance(part, bytes):
        return part.hex()
    return utc_text(part) if isinstance(part, datetime) else part


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
