"""A program to be cut off: erases a picture and takes a consent back, in children that are killed one after another.

    python cut_erasing.py DATA FOLDER COUNT

As in `cut.py`: a point is a call of something that writes, each child works in its own copy of DATA (FOLDER/n) and is
killed by SIGKILL just before its point. Writes a JSON array of the points.
"""

import shutil
import sys
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from cut import WRITES, cut
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


if __name__ == "__main__":
    source, folder, count = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
    cut(partial(shutil.copytree, source), act, folder, count, range(count + 1), {*WRITES, "replace"})
