"""The station's journal: what was begun on which chip, on disk before the chip can know it.

    PLANNED -> BOUND -> WRITTEN -> KEYED -> VERIFIED -> LOCKED

A state says what is known to be true; `doing` is the step that was about to begin. Both are committed, and
synced to the disk, before the first exchange of every step that changes the chip.

| state | means | recorded before |
|---|---|---|
| PLANNED | asked the server for a dialogue | the request |
| BOUND | the server holds the chip `reserved` for its number | the first page or frame of the link |
| WRITTEN | the link is on the chip | the settings, the password |
| KEYED | keys 1 to 4 (each named in `doing` first), or the password | key 0, the protection |
| VERIFIED | read back, all of it right | the lock of an NTAG21x |
| LOCKED | done: nobody can change it without our keys | the number is shown |

**The journal never decides what happens to a chip.** Chip and server do: a dialogue starts from what the chip
says, and the server knows whom it bound. The journal knows what is still open after a cut, so that a restart
can end the dialogues at the server and ask for those chips, and it refuses a chip twice without asking anyone.

The name of the dialogue is no line of its own, which would be a sync more for each chip: it comes with the first
step. Cut off before that, the same request gives the same dialogue.

One folder has one journal, and one program at a time writes it (`JournalTaken`).

Worked example: `entry = journal.plan(plan="7", family="ntag424", request="c1..", now=now)`, then
`journal.note(entry, State.BOUND, "write", now, "31")`, ... `journal.finish(entry, Outcome.DONE, now, 12, "{}")`.
"""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from ocop.hardware.phrases_troubles import Trouble
from ocop.trace.tags.dialogue import Step

_VERSION = 1
_SCHEMA = """
CREATE TABLE writing (
  id INTEGER PRIMARY KEY, request TEXT NOT NULL UNIQUE, plan TEXT NOT NULL, family TEXT NOT NULL,
  wished INTEGER, uid TEXT NOT NULL, dialogue TEXT NOT NULL DEFAULT '', number INTEGER,
  state TEXT NOT NULL, doing TEXT NOT NULL DEFAULT '', outcome TEXT NOT NULL, told TEXT NOT NULL DEFAULT '',
  begun_at TEXT NOT NULL, changed_at TEXT NOT NULL);
CREATE INDEX writing_outcome ON writing (outcome);
CREATE INDEX writing_uid ON writing (plan, uid);
CREATE TABLE wanted (place INTEGER PRIMARY KEY, plan TEXT NOT NULL UNIQUE);
"""
_COLUMNS = "id, request, plan, family, wished, uid, dialogue, number, state, doing, outcome, told, changed_at"


class JournalError(Trouble):
    """The journal can't be used."""


class JournalTaken(JournalError):
    """Another program writes this journal."""


class State(StrEnum):
    """How far a chip is; see the module."""

    PLANNED = "planned"
    BOUND = "bound"
    WRITTEN = "written"
    KEYED = "keyed"
    VERIFIED = "verified"
    LOCKED = "locked"


class Outcome(StrEnum):
    """How a writing ended, or that it has not."""

    OPEN = "open"
    DONE = "done"
    LOST = "lost"
    REFUSED = "refused"


_KNOWN_BEFORE = {
    Step.WRITE: State.BOUND,
    Step.SETTINGS: State.WRITTEN,
    Step.KEY_1: State.WRITTEN,
    Step.KEY_2: State.WRITTEN,
    Step.KEY_3: State.WRITTEN,
    Step.KEY_4: State.WRITTEN,
    Step.KEY_0: State.KEYED,
    Step.PASSWORD: State.WRITTEN,
    Step.PROTECT: State.KEYED,
    Step.LOCK: State.VERIFIED,
}


def known_before(step: Step) -> State:
    """What is known to be true of a chip when a changing step begins."""
    return _KNOWN_BEFORE.get(step, State.PLANNED)


@dataclass(frozen=True, slots=True)
class Writing:
    """One line of the journal. `uid` is upper-case hex; `told` what the server said at the end (JSON)."""

    id: int
    request: str
    plan: str
    family: str
    wished: int | None
    uid: str
    dialogue: str
    number: int | None
    state: State
    doing: str
    outcome: Outcome
    told: str
    changed_at: str


class Journal:
    """The journal of one folder; `memory()` is one that nobody finds again."""

    def __init__(self, path: Path | None) -> None:
        try:
            if path is not None:
                path.parent.mkdir(parents=True, exist_ok=True)
            self._base = sqlite3.connect(path or ":memory:", isolation_level=None, timeout=0.2)
            # The lock stays ours until close: two programs must not write chips from one journal.
            self._base.execute("PRAGMA locking_mode=EXCLUSIVE")
            self._base.execute("PRAGMA journal_mode=WAL")
            self._base.execute("PRAGMA synchronous=FULL")
            self._base.execute("BEGIN IMMEDIATE")
            self._make()
            self._base.execute("COMMIT")
        except (sqlite3.Error, OSError) as error:
            raise _named(error, path) from error
        self._path = path

    @classmethod
    def memory(cls) -> "Journal":
        """For measuring what the disk costs."""
        return cls(None)

    def close(self) -> None:
        """Lets go of the file."""
        self._base.close()

    def plan(
        self, *, plan: str, family: str, request: str, uid: str, now: datetime, wished: int | None = None
    ) -> int:
        """A writing begins; gives its number in the journal."""
        at = _stamp(now)
        made = self._do(
            "INSERT INTO writing (request, plan, family, wished, uid, state, outcome, begun_at, changed_at)"
            " VALUES (?,?,?,?,?,?,?,?,?)",
            (request, plan, family, wished, uid, State.PLANNED, Outcome.OPEN, at, at),
        )
        return int(made.lastrowid or 0)

    def note(self, entry: int, state: State, doing: str, now: datetime, dialogue: str) -> None:
        """A step that changes the chip is about to begin; `dialogue` is the server's name for the writing."""
        self._do(
            "UPDATE writing SET dialogue=?, state=?, doing=?, changed_at=? WHERE id=?",
            (dialogue, state, doing, _stamp(now), entry),
        )

    def finish(
        self, entry: int, outcome: Outcome, now: datetime, number: int | None = None, told: str = ""
    ) -> None:
        """A writing ended. Done means LOCKED; the other outcomes keep the state that was reached."""
        self._do(
            "UPDATE writing SET outcome=?, state=CASE WHEN ?='done' THEN 'locked' ELSE state END, doing='',"
            " number=coalesce(?, number), told=?, changed_at=? WHERE id=?",
            (outcome, outcome, number, told, _stamp(now), entry),
        )

    def want(self, plans: Sequence[str]) -> None:
        """The plans that this run is for, so that a resumed one needs no naming."""
        self._do("BEGIN IMMEDIATE", ())
        self._do("DELETE FROM wanted", ())
        for plan in dict.fromkeys(plans):
            self._do("INSERT INTO wanted (plan) VALUES (?)", (plan,))
        self._do("COMMIT", ())

    def wanted(self) -> list[str]:
        """The plans of the last run."""
        return [str(plan) for (plan,) in self._do("SELECT plan FROM wanted ORDER BY place", ())]

    def open(self) -> list[Writing]:
        """What was begun and has not ended, the oldest first."""
        return self._read("WHERE outcome='open' ORDER BY id", ())

    def done(self, plan: str, uid: str) -> Writing | None:
        """The finished writing of this chip in a plan."""
        found = self._read("WHERE plan=? AND uid=? AND outcome='done' ORDER BY id DESC LIMIT 1", (plan, uid))
        return found[0] if found else None

    def unfinished(self, plan: str) -> list[Writing]:
        """The last line of each chip that was touched and is not done: those to be put on again."""
        return self._read(
            "WHERE outcome<>'done' AND id IN (SELECT max(id) FROM writing WHERE plan=? GROUP BY uid)"
            " AND uid IN (SELECT uid FROM writing WHERE plan=? AND state<>'planned') ORDER BY id",
            (plan, plan),
        )

    def report(self, plan: str | None = None) -> list[Writing]:
        """The last word on each chip, in the order of writing."""
        chosen = "WHERE id IN (SELECT max(id) FROM writing GROUP BY plan, uid)"
        if plan is None:
            return self._read(chosen + " ORDER BY id", ())
        return self._read(chosen + " AND plan=? ORDER BY id", (plan,))

    def _make(self) -> None:
        (version,) = self._base.execute("PRAGMA user_version").fetchone()
        if version == 0:
            for statement in _SCHEMA.split(";"):
                self._base.execute(statement)
            self._base.execute(f"PRAGMA user_version={_VERSION}")
        elif version != _VERSION:
            raise JournalError("journal_version", wanted=_VERSION, got=version)

    def _do(self, statement: str, values: tuple[object, ...]) -> sqlite3.Cursor:
        try:
            return self._base.execute(statement, values)
        except sqlite3.Error as error:
            raise _named(error, self._path) from error

    def _read(self, rest: str, values: tuple[object, ...]) -> list[Writing]:
        rows: list[tuple[Any, ...]] = self._do(f"SELECT {_COLUMNS} FROM writing {rest}", values).fetchall()  # noqa: S608 own text
        return [
            replace(Writing(*row), state=State(row[8]), outcome=Outcome(row[10]))  # as text they came
            for row in rows
        ]


def _named(error: Exception, path: Path | None) -> JournalError:
    said = str(error)
    if "locked" in said:
        return JournalTaken("journal_taken", path=path)
    return JournalError("journal", path=path, said=said)


def _stamp(now: datetime) -> str:
    return now.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
