"""The list of erasures and a disk that takes nothing: the act stands, the log says it, the next start makes up for it.

And what a restore into any database goes on with: numbers after those that came back.
"""

import errno
import logging
import secrets
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NoReturn

import pytest
from ocop.trace import doors, doors_leaving, erasing
from ocop.trace.keeping import backup, restore
from ocop.trace.registry import erasures, tables
from ocop.trace.registry.erasures import FILE, Entry
from ocop.trace.registry.errors import StoreUnreachable
from ocop.trace.registry.store import open_store

SAID = "the list of erasures was not written to"
FIRST, SECOND = (
    Entry("person", number, bytes(32), datetime.fromisoformat("2026-11-24T03:00:00Z")) for number in (7, 8)
)


def refusing(number: int) -> Any:
    def refuse(*_: Any, **__: Any) -> NoReturn:
        raise OSError(number, "refused")

    return refuse


def listed(store: Any) -> list[Entry]:
    with store.read() as session:
        return erasures.listed(session)


@pytest.mark.parametrize(
    "number", [errno.ENOSPC, errno.EACCES, errno.EROFS], ids=["full", "forbidden", "read only"]
)
@pytest.mark.parametrize("call", ["tempfile.mkstemp", "os.fsync", "os.replace", "fcntl.flock"])
def test_a_disk_that_refuses_costs_no_erasure_and_is_said(
    sqlite_store: Any,
    call: str,
    number: int,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    file = sqlite_store.data / FILE
    with sqlite_store.begin() as session:
        erasures.add(session, FIRST)
    before = file.read_bytes()
    with monkeypatch.context() as patched, caplog.at_level(logging.WARNING, "ocop.trace"):
        patched.setattr(call, refusing(number))
        with sqlite_store.begin() as session:
            erasures.add(session, SECOND)
    assert SAID in caplog.text
    assert "it will be at the next start" in caplog.text
    assert listed(sqlite_store) == [FIRST, SECOND]
    assert file.read_bytes() == before, "the list from before is whole"
    assert list(sqlite_store.data.glob(".new-*")) == []
    assert erasing.catch_up(sqlite_store) == 0
    assert erasures.read(file) == [FIRST, SECOND]


def test_a_start_on_a_full_disk_serves_and_the_one_after_it_writes(
    sqlite_store: Any, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    with sqlite_store.begin() as session:
        erasures.add(session, FIRST)
    (sqlite_store.data / FILE).unlink()
    with monkeypatch.context() as patched:
        patched.setattr("os.replace", refusing(errno.ENOSPC))
        assert erasing.catch_up(sqlite_store) == 0
    assert SAID in caplog.text
    assert not (sqlite_store.data / FILE).exists()
    caplog.clear()
    assert erasing.catch_up(sqlite_store) == 0
    assert erasures.read(sqlite_store.data / FILE) == [FIRST]
    assert caplog.text == ""


def test_a_list_that_cannot_be_read_stops_the_start_in_one_sentence(
    sqlite_store: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with sqlite_store.begin() as session:
        erasures.add(session, FIRST)
    monkeypatch.setattr("fcntl.flock", refusing(errno.EACCES))
    with pytest.raises(StoreUnreachable, match=r"the list of erasures .*: refused"):
        erasing.catch_up(sqlite_store)


def test_a_backup_of_sqlite_with_newer_erasures_goes_on_in_every_database(
    sqlite_home: Any, elsewhere: Any, tmp_path: Path, at: datetime
) -> None:
    later = at + timedelta(hours=1)

    def add(home: Any, name: str, phone: str) -> int:
        with home.store.begin() as session:
            return doors.add_person(session, name, phone, at, handle=secrets.token_bytes(32)).id or 0

    def close(home: Any, number: int, when: datetime) -> None:
        with home.store.begin() as session:
            doors_leaving.close(session, number, when)

    hoa, ba = add(sqlite_home, "Nguyễn Thị Hoa", "0912345678"), add(sqlite_home, "Lê Văn Ba", "0912345679")
    close(sqlite_home, hoa, at)
    backup(sqlite_home.store, tmp_path / "kept.zip", at)
    close(sqlite_home, ba, later)
    kept = restore(elsewhere.store, tmp_path / "kept.zip", later, erased=sqlite_home.data / FILE)
    assert (kept.erasures, kept.listed) == (1, True)
    assert listed(elsewhere.store) == listed(sqlite_home.store)
    with elsewhere.store.read() as session:
        assert [(row.name, row.closed_at) for row in (session.get_one(tables.Person, n) for n in (hoa, ba))] == [
            ("—", at), ("—", later)
        ]  # fmt: skip
    # Numbers go on after those that came back and those that the restore itself gave out.
    tu = add(elsewhere, "Trần Tư", "0912345680")
    close(elsewhere, tu, later)
    assert tu > ba
    assert len(erasures.read(elsewhere.data / FILE)) == 3
    # And back again: a backup from there, into a place that knows nothing.
    backup(elsewhere.store, tmp_path / "next.zip", later)
    third = open_store(data=tmp_path / "third")
    restore(third, tmp_path / "next.zip", later)
    assert listed(third) == listed(elsewhere.store)
    third.close()
