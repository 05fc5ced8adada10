"""A program to be cut off: runs one act in child after child, each cut one system call later than the last.

`strace` counts calls for each process and name, and lets one point in a run be chosen: call number `AT`. So a child
that is to be cut at its n-th call first makes AT - n calls of that name that mean nothing. One run of strace
serves all points of a name, and Python starts once.

    strace -f -e trace=NAME -e inject=NAME:signal=SIGKILL:when=200 python cut.py NAME ACT HOUSE...

HOUSE... are copies of one furnished house. Writes a JSON array of how each child ended: "killed", "done", or
the error it met; ends with the first child that got through. A child that is done has first written `ack`.
"""

import gc
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

from ocop.trace import auditing, handing_closing
from ocop.trace.certifying import Officer
from ocop.trace.handing import HandOverGiven, hand_over
from ocop.trace.issuing import IssueRequest, issue
from ocop.trace.issuing_keys import add_key
from ocop.trace.provisioning_chips import bind_chip, replace_chip
from ocop.trace.registry.chips import NewChip
from ocop.trace.registry.keystore import KeyFile, open_keystore
from ocop.trace.registry.ledger_store import By
from ocop.trace.registry.store import Store, open_store
from sqlmodel import Session

AT = 200
NOW = datetime(2026, 11, 23, 4, 5, 6, tzinfo=UTC)
REQUEST = IssueRequest("cut", "09521234543213", "L2609A", made=date(2026, 9, 1), count=300)
BY = By("chị Hoa", NOW, "rơi xuống suối")
CHIP = NewChip(bytes.fromhex("04de5f1eacc040"), "09521234543213", "L2609A", 1, "ntag215", mirror="none")


def padding(name: str, scratch: Path) -> Callable[[], object]:
    """A call of that name which means nothing."""
    scratch.write_bytes(b"x")
    file = os.open(scratch, os.O_RDWR)
    other = scratch.with_suffix(".other")

    def unlink() -> None:
        os.link(scratch, other)
        other.unlink()

    return {
        "pwrite64": lambda: os.pwrite(file, b"x", 0),
        "write": lambda: os.write(file, b"x"),
        "fdatasync": lambda: os.fdatasync(file),
        "fsync": lambda: os.fsync(file),
        "ftruncate": lambda: os.ftruncate(file, 1),
        "rename": lambda: scratch.rename(scratch),
        "unlink": unlink,
    }[name]


def act(what: str, house: Path) -> Store:
    """The act itself, and its acknowledgement."""
    store = open_store("", data=house / "data")
    keystore = open_keystore(house / "keystore", KeyFile(house / "kek"))
    if what == "issue":
        issue(store.begin, keystore, REQUEST, "chị Hoa", NOW)
    elif what == "replace":
        with store.begin() as session:
            replace_chip(session, CHIP.uid, BY)
            auditing.note(session, None, "chip.replace", CHIP.uid.hex(), BY.reason, at=NOW, name=BY.actor)
    elif what in {"close", "hand over"}:
        with store.begin() as session:
            end_maker(session, what)
            auditing.note(session, None, "producer.end", what, BY.reason, at=NOW, name=BY.actor)
    elif what == "rebind":
        with store.begin() as session:
            bind_chip(session, CHIP, BY)
    else:
        add_key(store.begin, keystore, "htx-ben-may", By("chị Hoa", NOW))
    ack = os.open(house / "ack", os.O_WRONLY | os.O_CREAT, 0o600)
    os.write(ack, b"done")
    return store


def end_maker(session: Session, what: str) -> None:
    """Close the maker, or hand its one product over and close it with that."""
    officer = Officer("chị Hà", "Văn phòng")
    if what == "close":
        handing_closing.close(session, officer, "htx-ben-may", "dissolved", BY)
    else:
        given = HandOverGiven("htx-ben-may", "htx-moi", (REQUEST.key, "P/4VTR0QB4"), close=True)
        hand_over(session, officer, given, BY, NOW.date())


def warm(what: str, house: Path) -> None:
    """Do the act once in another copy: mappers that the children inherit are not configured in each of them.

    An act makes fewer than `AT` calls of any name, so nothing is cut here.
    """
    with tempfile.TemporaryDirectory(dir=house.parent) as folder:
        shutil.copytree(house, folder, dirs_exist_ok=True)
        act(what, Path(folder)).close()
    gc.collect()
    gc.freeze()


def child(name: str, what: str, house: Path, point: int) -> None:
    """Never returns."""
    said = os.open(house / "said", os.O_WRONLY | os.O_CREAT, 0o600)
    pad = padding(name, house / "scratch")
    # Writing the scratch file was a call of `write` already.
    for _ in range(AT - point - (name == "write")):
        pad()
    try:
        act(what, house)
    except Exception as error:  # noqa: BLE001  whatever it is, the test must read its name
        os.pwritev(said, [f"{type(error).__name__}: {error}".encode()], 0)
    os._exit(0)


def main() -> None:
    """One child for each house, until one gets through."""
    name, what, *houses = sys.argv[1:]
    ends = []
    warm(what, Path(houses[0]))
    for point, house in enumerate(map(Path, houses), 1):
        pid = os.fork()
        if not pid:
            child(name, what, house, point)
        _, status = os.waitpid(pid, 0)
        said = (house / "said").read_text() if (house / "said").exists() else ""
        ends.append("killed" if os.WIFSIGNALED(status) else said or "done")
        if ends[-1] == "done":
            break
    print(json.dumps(ends))


if __name__ == "__main__":
    main()
