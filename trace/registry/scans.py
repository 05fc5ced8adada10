"""Scan rows: written in batches by a thread, folded into months after two years (floor 2).

    recorder = ScanRecorder(store)
    recorder.append(ScanRow(...))       # on the scan path: under 1 µs, never waits, never fails
    recorder.state                      # written, waiting, lost, the last trouble
    recorder.close()                    # at shutdown: what waits is written

Rows wait in memory for at most 0.1 seconds, then go out in one transaction (SQLite: a few statements of many rows;
PostgreSQL: one COPY). A crash loses those 0.1 seconds. While the database is locked, full, broken or away, rows
wait and are tried again every second; beyond 50,000 the oldest are dropped and counted as lost. A scan is never
refused for it.

Rows hold no address and no visitor. Those older than 24 months are folded into counts per lot, month, answers,
channel and language (`aggregate`), and are gone after that.
"""

import threading
from collections import deque
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from ocop.trace.registry.columns import utc_text
from ocop.trace.registry.direct import DirectSqlite
from ocop.trace.registry.errors import Conflict, RegistryError, from_driver
from ocop.trace.registry.store import Store
from ocop.trace.registry.tables import Scan
from ocop.trace.text import VIETNAM
from sqlalchemy import delete, func, select, text
from sqlalchemy.engine import URL
from sqlmodel import Session, col

FLUSH_SECONDS = 0.1
RETRY_SECONDS = 1.0
CLOSE_SECONDS = 5.0
MAX_WAITING = 50_000
MOST_AT_ONCE = 5_000
KEPT_MONTHS = 24
ROWS_A_STATEMENT = (256, 64, 16, 4, 1)
COLUMNS = ("key", "lot", "serial", "at", "code", "stars", "channel", "lang", "browser")


class ScanRow(NamedTuple):
    """One counted scan, as `tables.Scan`; `at` is an aware moment, `serial` 0 names no item."""

    key: str
    lot: str
    serial: int
    at: datetime
    code: str
    stars: str
    channel: str
    lang: str
    browser: str


class RecorderState(NamedTuple):
    """How the recorder is doing; `trouble` is empty when the last write went well."""

    written: int
    waiting: int
    lost: int
    trouble: str


class _Writer(Protocol):
    def write(self, rows: Sequence[ScanRow]) -> None:
        """All rows in one transaction; raises RegistryError, then none is written."""

    def close(self) -> None:
        """Let go of the connection; opens again at the next write."""


class ScanRecorder:
    """The scan rows of one worker on their way to the store."""

    def __init__(self, store: Store, *, most_waiting: int = MAX_WAITING) -> None:
        self._writer = _writer_for(store)
        self._rows: deque[ScanRow] = deque()
        self._held: list[ScanRow] = []
        self._most, self._written, self._lost, self._trouble = most_waiting, 0, 0, ""
        self._wake, self._stop = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="scan-recorder", daemon=True)
        self._thread.start()

    def append(self, row: ScanRow) -> None:
        """Remember a scan. Costs the caller a list's append; the thread does the rest."""
        self._rows.append(row)
        if not self._wake.is_set():
            self._wake.set()

    @property
    def state(self) -> RecorderState:
        """Counts since the start."""
        return RecorderState(self._written, len(self._rows) + len(self._held), self._lost, self._trouble)

    def close(self) -> None:
        """Write what waits and stop; what can't be written is counted as lost."""
        self._stop.set()
        self._wake.set()
        self._thread.join(CLOSE_SECONDS)

    def _run(self) -> None:
        while not self._stop.is_set():
            self._wake.wait()
            self._stop.wait(RETRY_SECONDS if self._trouble else FLUSH_SECONDS)
            self._wake.clear()
            self._flush()
            if self._held:
                self._wake.set()
        self._flush()
        self._lost += len(self._held) + len(self._rows)
        self._held = []
        self._writer.close()

    def _flush(self) -> None:
        # What waits now, and no more: a scan that comes meanwhile is of the next tenth of a second. Taken along, each
        # commit would find a few that came during the one before, and the disk would never rest.
        waiting = len(self._held) + len(self._rows)
        while waiting > 0:
            self._take()
            waiting -= len(self._held)
            try:
                self._write_held()
            except RegistryError as error:
                self._trouble = str(error)
                self._writer.close()
                self._drop_oldest()
                return
            self._trouble = ""

    def _write_held(self) -> None:
        """Write and let go of what is held. A row that the database will never take costs itself only."""
        try:
            self._writer.write(self._held)
            self._written += len(self._held)
            self._held = []
        except Conflict:
            while self._held:
                try:
                    self._writer.write(self._held[:1])
                    self._written += 1
                except Conflict:
                    self._lost += 1
                del self._held[0]

    def _take(self) -> None:
        while self._rows and len(self._held) < MOST_AT_ONCE:
            self._held.append(self._rows.popleft())

    def _drop_oldest(self) -> None:
        too_many = len(self._held) + len(self._rows) - self._most
        if too_many <= 0:
            return
        self._lost += too_many
        held = min(too_many, len(self._held))
        del self._held[:held]
        for _ in range(too_many - held):
            self._rows.popleft()


class _SqliteWriter:
    def __init__(self, file: Path) -> None:
        self._direct = DirectSqlite(file)
        one = f"({','.join('?' * len(COLUMNS))})"
        # sqlite3 gives the interpreter away at every statement: a statement a row would stop the event loop a row.
        self._insert = {
            size: f"INSERT INTO scan ({','.join(COLUMNS)}) VALUES {','.join([one] * size)}"  # noqa: S608
            for size in ROWS_A_STATEMENT
        }

    def write(self, rows: Sequence[ScanRow]) -> None:
        with self._direct.begin() as connection:
            for start, size in _portions(len(rows)):
                some = rows[start : start + size]
                connection.execute(
                    self._insert[size], [v for r in some for v in (*r[:3], utc_text(r.at), *r[4:])]
                )

    def close(self) -> None:
        self._direct.close()


def _portions(rows: int) -> Iterator[tuple[int, int]]:
    """(start, size) of the statements that take `rows` rows, largest first."""
    start = 0
    for size in ROWS_A_STATEMENT:
        while rows - start >= size:
            yield start, size
            start += size


class _PostgresWriter:
    def __init__(self, url: URL) -> None:
        import psycopg

        self._driver: Any = psycopg
        self._dsn = url.set(drivername="postgresql").render_as_string(hide_password=False)
        self._connection: Any = None

    def write(self, rows: Sequence[ScanRow]) -> None:
        try:
            if self._connection is None:
                self._connection = self._driver.connect(
                    self._dsn, connect_timeout=2, options="-c lock_timeout=1s"
                )
            with (
                self._connection.transaction(),
                self._connection.cursor() as cursor,
                cursor.copy(f"COPY scan ({','.join(COLUMNS)}) FROM STDIN") as copy,
            ):
                for row in rows:
                    copy.write_row(row)
        except self._driver.Error as error:
            raise from_driver(error) from error

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _writer_for(store: Store) -> _Writer:
    return _SqliteWriter(store.file) if store.file else _PostgresWriter(store.engine.url)


def months_before(now: datetime, months: int = KEPT_MONTHS) -> datetime:
    """The first moment of the month (at UTC+07:00) that lies `months` months before that of `now`."""
    local = now.astimezone(VIETNAM)
    count = local.year * 12 + local.month - 1 - months
    return datetime(count // 12, count % 12 + 1, 1, tzinfo=VIETNAM).astimezone(UTC)


def aggregate(session: Session, before: datetime) -> int:
    """Fold the scans before a moment into `ScanMonth` and delete them; returns how many. Safe to repeat."""
    bind = session.get_bind().dialect.name
    if bind == "postgresql":
        # One at a time: two workers that fold together would count the same rows twice. Scans go on being written.
        session.execute(text("LOCK TABLE scan_month IN SHARE ROW EXCLUSIVE MODE"))
    month = {
        "sqlite": "substr(datetime(at, '+7 hours'), 1, 7)",
        "postgresql": "to_char(at AT TIME ZONE 'UTC' + interval '7 hours', 'YYYY-MM')",
    }[bind]
    moment: Any = before if bind == "postgresql" else utc_text(before)
    names = "key, lot, {month}, code, stars, channel, lang"
    session.execute(
        text(
            f"INSERT INTO scan_month ({names.format(month='month')}, count)"  # noqa: S608 - no input in it
            f" SELECT {names.format(month=month)}, count(*) FROM scan WHERE at < :before"
            f" GROUP BY {names.format(month=month)}"
            " ON CONFLICT (key, lot, month, code, stars, channel, lang)"
            " DO UPDATE SET count = scan_month.count + excluded.count"
        ),
        {"before": moment},
    )
    gone = session.scalar(select(func.count(col(Scan.id))).where(col(Scan.at) < before)) or 0
    session.execute(delete(Scan).where(col(Scan.at) < before))
    return gone
