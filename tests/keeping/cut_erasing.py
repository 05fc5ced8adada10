"""A program to be cut off: erases a picture and takes a consent back, in children that are killed one after another.

    python cut_erasing.py DATA FOLDER COUNT

As in `cut.py`: a point is a call of something that writes, each child works in its own copy of DATA (FOLDER/n) and is
killed by SIGKILL just before its point. Writes a JSON array of the points.
"""

import contextlib
import json
import os
import shutil
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cut import WRITES
from ocop.trace import erasing, storytelling_consents
from ocop.trace.registry.erasures import Entry
from ocop.trace.registry.store import open_store

NOW = datetime(2026, 11, 24, 4, 5, 6, tzinfo=UTC)


def act(data: Path) -> None:
    """The act itself: one transaction, and what follows its commit."""
    photo = next(path.stem for path in sorted((data / "media").rglob("*.jpg")) if len(path.stem) == 64)
    with open_store(data=data).begin() as session:
        storytelling_consents.take_back(session, 1, 1, at=NOW)
        erasing.erase(session, [Entry("photo", 0, bytes.fromhex(photo), NOW)])


def child(source: Path, folder: Path, point: int) -> int:
    """How many points there are; 0 when the child was killed at one. Point 0: none."""
    shutil.copytree(source, folder)
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        seen = 0

        def count(_: Any, event: str, called: Any) -> None:
            nonlocal seen
            if event == "c_call" and called.__name__ in {*WRITES, "replace"}:
                seen += 1
                if seen == point:
                    os.kill(os.getpid(), signal.SIGKILL)

        with contextlib.suppress(Exception):
            sys.setprofile(count)
            act(folder)
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


def main() -> None:
    """One child for each point, as many of the last ones as of the whole."""
    source, folder, count = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
    total = child(source, folder / "0", 0)
    spread = {1 + total * n // count for n in range(count)}
    points = sorted(spread | set(range(max(1, total - count), total + 1)))
    for point in points:
        child(source, folder / str(point), point)
    json.dump(points, sys.stdout)


if __name__ == "__main__":
    main()
