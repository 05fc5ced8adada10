"""Cut off at every write: a batch is whole or not there, and who asks again gets it. A disk that refuses is told.

SQLite; on PostgreSQL the server writes. `cut.py` says how the points are counted.
"""

import contextlib
import json
import runpy
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from ocop.trace import doors, doors_invitations, erasing, facts
from ocop.trace.doors_invitations import Wanted
from ocop.trace.issuing import IssueRequest, issue, links
from ocop.trace.issuing_keys import add_issuer, add_key
from ocop.trace.provisioning_chips import bind_chip, replace_chip
from ocop.trace.registry import editing, erasures, telling
from ocop.trace.registry.chips import NewChip
from ocop.trace.registry.errors import Unknown
from ocop.trace.registry.keystore import KeyFile, open_keystore
from ocop.trace.registry.ledger_store import By, examine, replay
from ocop.trace.registry.store import Store, open_store
from ocop.trace.registry.tables import AuditEntry
from ocop.trace.registry.tables_issue import Batch
from ocop.trace.rights import Grant, Role
from ocop.trace.signing.ledger import State
from ocop.trace.withdrawing import NothingToDo
from sqlalchemy import select, text

PROGRAM = Path(__file__).with_name("cut.py")
AT = 200
POINTS = 40
ALL_POINTS = AT - 5
ISSUER = "htx-ben-may"
BY = By("chị Hoa", datetime(2026, 11, 23, 4, 5, 6, tzinfo=UTC))
WANTED = IssueRequest("cut", "09521234543213", "L2609A", made=date(2026, 9, 1), count=300)
CHIP = NewChip(bytes.fromhex("04de5f1eacc040"), WANTED.key, WANTED.lot, 1, "ntag215", mirror="none")


@pytest.fixture
def chips_before() -> tuple[str, ...]:
    """What was done with the chip before the houses are copied; nothing, and no batch, by default."""
    return ()


@pytest.fixture
def points() -> int:
    """How many houses there are: more than the act has points."""
    return POINTS


@pytest.fixture
def houses(
    sqlite_store: Store,
    furnished: Callable[[Store, Path], Any],
    tmp_path: Path,
    chips_before: tuple[str, ...],
    points: int,
) -> list[Path]:
    """Copies of one furnished house, one for each point."""
    first = tmp_path / "house"
    first.mkdir()
    house = furnished(sqlite_store, first)
    for act in chips_before:
        if act == "people":
            issue(sqlite_store.begin, house.keystore, WANTED, "chị Hoa", BY.at)
            people(sqlite_store)
            continue
        if act == "bind":
            issue(sqlite_store.begin, house.keystore, WANTED, "chị Hoa", BY.at)
        with sqlite_store.begin() as session:
            if act == "bind":
                bind_chip(session, CHIP, BY)
            else:
                replace_chip(session, CHIP.uid, BY)
    sqlite_store.close()
    shutil.move(tmp_path / "data", first / "data")
    copies = [tmp_path / f"{point:03d}" for point in range(1, points + 1)]
    for copy in copies:
        shutil.copytree(first, copy)
    return copies


def people(store: Store) -> None:
    """Everything that ends with a maker: a role, an invitation, consents; and another maker to take the goods."""
    with store.begin() as session:
        maker = editing.producer_row(session, "htx-ben-may").id or 0
        place = facts.Place("40", "tỉnh Nghệ An")
        editing.save_producer(
            session, facts.Producer("htx-moi", "HTX Mới", facts.ProducerKind.COOPERATIVE, place)
        )
        add_issuer(session, "htx-moi", "HTX Mới", "40", BY)
        hoa = doors.add_person(session, "Hoa", "0912345678", BY.at, handle=bytes(32))
        doors.give_role(session, hoa.id or 0, Grant(Role.PRODUCER, maker), "phòng", BY.at)
        wanted = Wanted("Ông Tư", "", Grant(Role.PRODUCER, maker))
        doors_invitations.invite(session, wanted, by="Hoa", now=BY.at, fresh=bytes(32))
        for item in ("portrait", "quote"):
            telling.give_consent(session, "htx-ben-may", item, person="Hoa", proof="giấy", at=BY.at)
    add_key(store.begin, open_keystore(store.data.parent / "house/keystore", KeyFile(store.data.parent / "house/kek")),
            "htx-moi", BY)  # fmt: skip


STANDING = (
    "SELECT count(*) FROM producer WHERE slug = 'htx-ben-may' AND closed_at IS NULL",
    "SELECT count(*) FROM producer_closing",
    "SELECT count(*) FROM hand_over",
    "SELECT count(*) FROM product JOIN producer p ON p.id = producer_id WHERE p.slug = 'htx-moi'",
    "SELECT count(*) FROM role_grant WHERE ended_at IS NULL",
    "SELECT count(*) FROM invitation WHERE ended_at IS NULL",
    "SELECT count(*) FROM consent WHERE withdrawn_at IS NULL",
    "SELECT count(*) FROM erasure",
    "SELECT count(*) FROM audit_entry",
)
BEFORE = [1, 0, 0, 0, 1, 1, 2, 0, 0]
AFTER = {"close": [0, 1, 0, 0, 0, 0, 0, 3, 1], "hand over": [0, 1, 2, 2, 0, 0, 0, 3, 1]}


def settle_maker(house: Path, act: str) -> bool:
    """After the cut all of it happened or nothing did, also for the ledger; asked again, it has happened once."""

    def standing() -> list[int]:
        store, state, _ = look(house)
        with store.read() as session:
            found = [int(session.execute(text(query)).scalar_one()) for query in STANDING]
        assert (state.holders(WANTED.key)[-1] == "htx-moi") is (found[3] > 0), "rows and ledger agree"
        store.close()
        return found

    there = standing() != BEFORE
    assert standing() == (AFTER[act] if there else BEFORE), "never half of it"
    assert there or not heard(house), "what was acknowledged is there"
    erasing.catch_up(open_store("", data=house / "data"))
    with pytest.raises(NothingToDo) if there else contextlib.nullcontext():
        runpy.run_path(str(PROGRAM))["act"](act, house)
    assert standing() == AFTER[act]
    assert len(erasures.read(house / "data" / erasures.FILE)) == 3
    return there


def cut(strace: str, call: str, act: str, houses: list[Path], how: str) -> list[str]:
    """How the children ended."""
    done = subprocess.run(
        [strace, "-f", "-qq", "-o", "/dev/null", "-e", f"trace={call}", "-e", f"inject={call}:{how}",
         sys.executable, str(PROGRAM), call, act, *map(str, houses)],
        capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    ends: list[str] = json.loads(done.stdout)
    return ends


def look(house: Path) -> tuple[Store, State, list[Batch]]:
    """The store after the cut, which must be sound."""
    store = open_store("", data=house / "data")
    with store.read() as session:
        assert examine(session) == ()
        return store, replay(session), list(session.execute(select(Batch)).scalars())


def settle_issue(house: Path) -> bool:
    """Check what is there after the cut, ask again, and say whether the batch was there already."""
    store, state, rows = look(house)
    entered = state.batch(WANTED.key, WANTED.lot)
    assert [row.state for row in rows] == (["entered"] if entered else []), "never half a batch"
    if heard(house):
        assert entered, "what was acknowledged is there"
    keystore = open_keystore(house / "keystore", KeyFile(house / "kek"))
    again = issue(store.begin, keystore, WANTED, "chị Hoa", BY.at)
    assert again.created == (entered is None)
    assert entered is None or again.position == entered.position
    assert len(list(links(keystore, "ocop.example/tag", "https://id.ocop.example", again, 1, 2))) == 2
    assert look(house)[1].size == 3
    store.close()
    return entered is not None


def settle_key(house: Path) -> bool:
    """The same for a key: every key of the ledger opens, and the next number follows."""
    store, state, _ = look(house)
    keystore = open_keystore(house / "keystore", KeyFile(house / "kek"))
    known = [record.number for record in state.every_key()]
    assert known == [1, 2][: len(known)]
    assert 2 in known or not heard(house), "what was acknowledged is there"
    added = add_key(store.begin, keystore, ISSUER, BY)
    assert added.number == len(known) + 1
    for record in look(house)[1].every_key():
        assert keystore.signer(ISSUER, record.number).public == record.verifier.public
    store.close()
    return 2 in known


def settle_chip(house: Path, act: str) -> bool:
    """After the cut the chip is on or off, for the ledger as for the row, and the act goes through once more."""
    store, state, _ = look(house)

    def off() -> bool:
        return bool(state.batch(WANTED.key, WANTED.lot).chip_withdrawals)

    there = off() == (act == "replace")
    assert there or not heard(house), "what was acknowledged is there"
    with store.begin() as session:
        lines = session.execute(select(AuditEntry)).scalars().all()
        assert [line.what for line in lines] == (["chip.replace"] if there and act == "replace" else [])
        if there and act == "replace":
            with pytest.raises(Unknown):
                replace_chip(session, CHIP.uid, BY)
        elif act == "replace":
            replace_chip(session, CHIP.uid, BY)
        else:
            bind_chip(session, CHIP, BY)
    store.close()
    store, state, _ = look(house)
    assert off() == (act == "replace")
    store.close()
    return there


def heard(house: Path) -> bool:
    """Whether the act was acknowledged."""
    return (house / "ack").exists() and bool((house / "ack").read_bytes())


def cut_and_settle(
    strace: str, call: str, act: str, houses: list[Path], least: int, settle: Callable[[Path], bool]
) -> None:
    """Kill children at that call, each in a house of its own, until one gets through; `settle` looks at each house."""
    ends = cut(strace, call, act, houses, f"signal=SIGKILL:when={AT}")
    assert ends[-1] == "done", "the last child got through"
    assert set(ends[:-1]) <= {"killed"}
    assert len(ends) - 1 >= least, "the points were hit"
    there = [settle(house) for house in houses[: len(ends)]]
    print(f"{act}, {call}: {len(ends) - 1} points, 0 torn, {sum(there[:-1])} committed but not acknowledged")


@pytest.mark.kill
@pytest.mark.parametrize(
    ("call", "least"), [("pwrite64", 10), ("fdatasync", 1), ("ftruncate", 0), ("write", 1)]
)
def test_a_batch_cut_off_at_any_write_is_whole_or_not_there(
    strace: str, houses: list[Path], call: str, least: int
) -> None:
    cut_and_settle(strace, call, "issue", houses, least, settle_issue)


@pytest.mark.kill
@pytest.mark.parametrize(("call", "least"), [("write", 2), ("fsync", 2), ("rename", 1), ("fdatasync", 1)])
def test_a_key_cut_off_at_any_write_is_whole_or_made_again(
    strace: str, houses: list[Path], call: str, least: int
) -> None:
    cut_and_settle(strace, call, "key", houses, least, settle_key)


@pytest.mark.kill
@pytest.mark.parametrize(("call", "least"), [("pwrite64", 8), ("fdatasync", 1)])
@pytest.mark.parametrize(
    ("act", "chips_before"),
    [("replace", ("bind",)), ("rebind", ("bind", "replace"))],
    ids=["replace", "rebind"],
)
def test_a_chips_end_or_return_cut_off_at_any_write_is_in_row_and_ledger_or_in_neither(
    strace: str, houses: list[Path], act: str, call: str, least: int
) -> None:
    cut_and_settle(strace, call, act, houses, least, partial(settle_chip, act=act))


@pytest.mark.kill
@pytest.mark.parametrize("points", [ALL_POINTS])
@pytest.mark.parametrize("chips_before", [("people",)])
@pytest.mark.parametrize("act", ["close", "hand over"])
@pytest.mark.parametrize(("call", "least"), [("pwrite64", 20), ("fdatasync", 1), ("rename", 1)])
def test_a_makers_end_cut_off_at_any_write_is_whole_or_not_there(
    strace: str, houses: list[Path], act: str, call: str, least: int
) -> None:
    cut_and_settle(strace, call, act, houses, least, partial(settle_maker, act=act))


@pytest.mark.kill
@pytest.mark.parametrize(
    ("act", "call", "error", "said"),
    [
        # Where SQLite grows its shared memory it has only one name for every error: disk I/O error.
        (
            "issue",
            "pwrite64",
            "ENOSPC",
            ("StoreFull: expected room on the disk, got none", "StoreUnreachable: "),
        ),
        ("issue", "fdatasync", "EIO", ("StoreUnreachable: ",)),
        ("key", "write", "ENOSPC", ("KeystoreUnusable: ",)),
        ("key", "fsync", "EIO", ("KeystoreUnusable: ",)),
    ],
)
def test_a_disk_that_refuses_is_told_and_loses_nothing(
    strace: str, houses: list[Path], act: str, call: str, error: str, said: tuple[str, ...]
) -> None:
    ends = cut(strace, call, act, houses, f"error={error}:when={AT}+")
    assert any(end.startswith(said[0]) for end in ends)
    for end in ends[:-1]:
        # The acknowledgement itself may meet the full disk, after everything that counts.
        assert end.startswith((*said, "OSError: ")), end
    settle = settle_issue if act == "issue" else settle_key
    for house in houses[: len(ends)]:
        settle(house)
