"""A program to be cut off: runs a backup or a restore in child after child and kills each at another point.

    python cut.py backup DATA FOLDER COUNT       python cut.py restore ARCHIVE FOLDER COUNT

A point is a call of something that writes: to a file, to the disk, to the database, or a name that changes. A first
child counts them; then COUNT children are killed by SIGKILL just before one of them, half spread over the whole
and half among the last, where names are given and transactions end. What SQLite does inside one call is cut in
`tests/issuing`. Child n works in FOLDER/n. Writes a JSON array of the points.
"""

import contextlib
import gc
import json
import os
import signal
import sys
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from ocop.trace.keeping import backup, restore
from ocop.trace.registry.store import open_store

NOW = datetime(2026, 11, 23, 4, 5, 6, tzinfo=UTC)
WRITES = {"write", "flush", "fsync", "open", "close", "rename", "unlink", "mkdir", "execute", "executemany",
          "commit", "rollback", "cursor", "rmdir"}  # fmt: skip


def act(what: str, source: Path, folder: Path) -> None:
    """The act itself."""
    if what == "backup":
        store = open_store(data=source)
        backup(store, folder / "kept.zip", NOW, kek=source / "kek")
    else:
        restore(open_store(data=folder / "data"), source, NOW)


def child(act: Callable[[], None], point: int, writes: Iterable[str] = WRITES) -> int:
    """How many points the act has; 0 when the child was killed at one. Point 0: none."""
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        seen = 0

        def count(_: Any, event: str, called: Any) -> None:
            nonlocal seen
            if event == "c_call" and called.__name__ in writes:
                seen += 1
                if seen == point:
                    os.kill(os.getpid(), signal.SIGKILL)

        with contextlib.suppress(Exception):
            sys.setprofile(count)
            act()
            sys.setprofile(None)
            os.write(writer, str(seen).encode())
        os._exit(0)
    os.close(writer)
    said = os.read(reader, 20)
    os.close(reader)
    ended = os.waitpid(pid, 0)[1]
    if (not said) == (not os.WIFSIGNALED(ended)):
        raise SystemExit(f"expected a child that ends or is killed, got {ended} at {point}")
    return int(said or 0)


def cut(
    begin: Callable[[Path], object],
    act: Callable[[Path], None],
    folder: Path,
    spread: int,
    last: range,
    writes: Iterable[str] = WRITES,
) -> None:
    """Kill `act(FOLDER/n)` at `spread` points over the whole, and at those that lie `last` before the end.

    `begin(FOLDER/n)` makes the place of a child, whole, before it may be killed.
    """

    def at(point: int) -> int:
        begin(folder / str(point))
        return child(partial(act, folder / str(point)), point, writes)

    # Once before: what it loads and configures is inherited by the children.
    begin(folder / "before")
    act(folder / "before")
    gc.collect()
    total = at(0)
    points = {1 + total * n // spread for n in range(spread)} | {
        total - back for back in last if back < total
    }
    for point in sorted(points):
        at(point)
    json.dump(sorted(points), sys.stdout)


def main() -> None:
    """One child for each point."""
    what, source, folder, count = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]), int(sys.argv[4])
    half = count // 2
    cut(Path.mkdir, partial(act, what, source), folder, half, range(0, 3 * half + 1, 3))


if __name__ == "__main__":
    main()
