"""SQLite past SQLAlchemy, for the two threads that write for the scan path: scan rows and taps (floor 2).

The interpreter is handed over at every step of a statement, and a thread that wants it back waits while the event loop
works; so what these threads do, they do in few steps and without a layer that costs more than the statement.

    direct = DirectSqlite(store.file)
    with direct.begin() as connection:                  # BEGIN IMMEDIATE … COMMIT, or ROLLBACK and a RegistryError
        connection.execute("INSERT …")
    direct.close()                                      # opens again at the next begin

The connection belongs to one thread. When another file stands under the name, after a restore, it is opened anew.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ocop.trace.registry.errors import StoreUnreachable, from_driver
from ocop.trace.registry.watch import file_id


class DirectSqlite:
    """One connection that writes, durable at its COMMIT. `timeout` is how many seconds it waits for a lock."""

    def __init__(self, file: Path, timeout: float = 1.0) -> None:
        self._file, self._timeout = file, timeout
        self._connection: sqlite3.Connection | None = None
        self._opened: tuple[int, int] | None = None

    @contextmanager
    def begin(self) -> Iterator[sqlite3.Connection]:
        """A transaction that commits at the end of the block; any error takes all of it back. Raises RegistryError."""
        if file_id(self._file) != self._opened:
            self.close()  # another file stands there now: what is to be written belongs into that one
        try:
            connection = self._connection or self._open()
            self._connection = connection
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise
        except sqlite3.Error as error:
            raise from_driver(error) from error

    def close(self) -> None:
        """Let go of the connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _open(self) -> sqlite3.Connection:
        if not self._file.exists():
            raise StoreUnreachable("no database file")
        self._opened = file_id(self._file)
        connection = sqlite3.connect(
            self._file, timeout=self._timeout, isolation_level=None, check_same_thread=False
        )
        connection.execute("PRAGMA synchronous=FULL")
        return connection
