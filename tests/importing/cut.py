"""A program to be cut off: carries out one import in child after child, each cut one system call later than the last.

    strace -f -e trace=NAME -e inject=NAME:signal=SIGKILL:when=200 python cut.py NAME HOUSE...

As in `tests/issuing/cut.py`, a child that is to be cut at its n-th call first makes 200 - n calls that mean nothing.
Writes a JSON array of how each child ended: "killed", "done", or the error it met; ends with the first that got
through, which has written `ack`.
"""

import gc
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from ocop.trace.importing import Wanted, carry_out
from ocop.trace.registry.ledger_store import By
from ocop.trace.registry.store import Store, open_store
from ocop.trace.sheets.reading import read_sheet

AT = 200
LIST = "Chủ thể;Sản phẩm;Tỉnh;Nhóm\n" + "".join(f"HTX {n};Trà {n};Nghệ An;2\n" for n in range(1, 7))


def padding(name: str, scratch: Path) -> Callable[[], object]:
    """A call of that name which means nothing."""
    scratch.write_bytes(b"x")
    file = os.open(scratch, os.O_RDWR)
    return {
        "pwrite64": lambda: os.pwrite(file, b"x", 0),
        "fdatasync": lambda: os.fdatasync(file),
        "fsync": lambda: os.fsync(file),
        "ftruncate": lambda: os.ftruncate(file, 1),
    }[name]


def act(house: Path) -> Store:
    """The import, and its acknowledgement."""
    store = open_store("", data=house)
    wanted = Wanted.suggested(read_sheet("list.csv", LIST.encode()))
    with store.begin() as session:
        carry_out(session, wanted, By("chị Mai", datetime(2026, 11, 23, 4, 5, 6, tzinfo=UTC)))
    os.close(os.open(house / "ack", os.O_WRONLY | os.O_CREAT, 0o600))
    return store


def child(name: str, house: Path, point: int) -> None:
    """Never returns."""
    said = os.open(house / "said", os.O_WRONLY | os.O_CREAT, 0o600)
    pad = padding(name, house / "scratch")
    for _ in range(AT - point):
        pad()
    try:
        act(house)
    except Exception as error:  # noqa: BLE001  whatever it is, the test must read its name
        os.writev(said, [f"{type(error).__name__}: {error}".encode()])
    os._exit(0)


def main() -> None:
    """One child for each house, until one gets through."""
    name, *houses = sys.argv[1:]
    ends = []
    # Once in another copy: what it loads and configures is inherited by the children. It has fewer than `AT` calls.
    with tempfile.TemporaryDirectory(dir=Path(houses[0]).parent) as folder:
        shutil.copytree(houses[0], folder, dirs_exist_ok=True)
        act(Path(folder)).close()
    gc.collect()
    for point, house in enumerate(map(Path, houses), 1):
        pid = os.fork()
        if not pid:
            child(name, house, point)
        _, status = os.waitpid(pid, 0)
        said = (house / "said").read_text() if (house / "said").exists() else ""
        ends.append("killed" if os.WIFSIGNALED(status) else said or "done")
        if ends[-1] == "done":
            break
    print(json.dumps(ends))


if __name__ == "__main__":
    main()
