"""The ledger in the database: appended in the transaction of the act itself, read back and replayed (floor 2).

    with store.begin() as session:
        ledger = open_ledger(session)                     # nobody else appends until this transaction ends
        act = ledger.enter(ReleaseEntry(...), By("chị Hoa", now, reason="..."))
        batch.released_at = now                           # the row of the act, in the same transaction

`open_ledger` takes the writers' lock (SQLite: the transaction has it from its start; PostgreSQL: the row of
`meta`), so positions have no gap under any concurrency, and replays. Whoever holds a state already hands it in
as `known`; it is copied, for the transaction may still be given up. Each entry is checked by the replay before
it is written, so the table never holds what `signing.ledger` would refuse, and is written once as the bytes
that were checked. `enter` also writes the `Act` row with the words and raises `facts_version`.

`examine` judges a whole ledger for `ledger check`: bytes canonical, no gap, rules kept, and every issuer,
assignment, key, batch, release, withdrawal, recall and ended chip row has its entry and every entry its row. `check`
raises.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from ocop.trace.registry.errors import RegistryError, StoreError
from ocop.trace.registry.store import bump_facts
from ocop.trace.registry.tables_chips import Chip
from ocop.trace.registry.tables_issue import (
    Act,
    Batch,
    IdentifierAssignment,
    Issuer,
    LedgerEntry,
    Recall,
    SerialRange,
    SigningKey,
)
from ocop.trace.signing.entries import Entry, EntryError, IssuerEntry, encode
from ocop.trace.signing.ledger import KeyRecord, LedgerError, State
from sqlalchemy import func, insert, text
from sqlmodel import Session, col, select

_ROWS_AT_ONCE = 2000


class LedgerBroken(StoreError):
    """The ledger in the database is not what was written: `findings` say where and how."""

    def __init__(self, findings: tuple[str, ...]) -> None:
        more = f" (and {len(findings) - 1} more)" if len(findings) > 1 else ""
        super().__init__(
            f"expected a ledger in order, got: {findings[0]}{more}; see `ocop-trace ledger check`, use a backup"
        )
        self.findings = findings


class EntryRefused(RegistryError):
    """An act that the rules of the ledger don't allow. `rule` is the rule's name (`signing.ledger`)."""

    def __init__(self, rule: str, text: str) -> None:
        super().__init__(f"expected an act that the ledger allows, got: {text}")
        self.rule = rule


@dataclass(frozen=True, slots=True)
class By:
    """Who acts, when, and in which words. The words stand in the registry and never in the ledger."""

    actor: str
    at: datetime
    reason: str = ""
    advice: str = ""

    @property
    def second(self) -> datetime:
        """The time as an entry holds it: UTC, whole seconds."""
        return self.at.astimezone(UTC).replace(microsecond=0)


@dataclass(frozen=True, slots=True)
class Entered:
    """An act that was written: its position in the ledger and the id of its `Act` row."""

    position: int
    act_id: int


class Ledger:
    """The ledger inside one write transaction. `state` includes what was entered here."""

    def __init__(self, session: Session, state: State) -> None:
        self._session = session
        self.state = state

    def enter(self, entry: Entry, by: By) -> Entered:
        """Check, append and record one act. Raises `EntryRefused` (nothing is written then)."""
        position = self.state.size
        try:
            data = encode(entry)
            self.state.apply_bytes(position, data)
        except LedgerError as error:
            raise EntryRefused(error.rule, error.text) from None
        except EntryError as error:
            raise EntryRefused("form", str(error)) from None
        self._session.execute(insert(LedgerEntry).values(position=position, entry=data, at=entry.at))
        act = Act(
            position=position,
            kind=entry.t,
            why=getattr(entry, "why", ""),
            reason=by.reason,
            advice=by.advice,
            actor=by.actor,
            at=by.at,
        )
        self._session.add(act)
        self._session.flush()
        bump_facts(self._session)
        return Entered(position, act.id or 0)


def open_ledger(session: Session, known: State | None = None) -> Ledger:
    """The ledger, locked for this transaction and replayed. Raises `LedgerBroken`."""
    if session.connection().dialect.name == "postgresql":
        session.execute(text("SELECT 1 FROM meta WHERE id = 1 FOR UPDATE"))
    state = known.fork() if known is not None and known.size <= size(session) else State()
    return Ledger(session, replay(session, state))


def size(session: Session) -> int:
    """How many entries the ledger has."""
    last = session.execute(select(func.max(col(LedgerEntry.position)))).scalar_one()
    return 0 if last is None else int(last) + 1


def read(session: Session, start: int = 0) -> Iterator[tuple[int, bytes]]:
    """(position, bytes) of every entry from `start` on, in order; a page of rows is in memory at a time."""
    position = col(LedgerEntry.position)
    while True:
        wanted = select(LedgerEntry.position, LedgerEntry.entry).where(position >= start)
        rows = session.execute(wanted.order_by(position).limit(_ROWS_AT_ONCE)).all()
        yield from ((int(at), bytes(data)) for at, data in rows)
        if len(rows) < _ROWS_AT_ONCE:
            return
        start = int(rows[-1][0]) + 1


def replay(session: Session, state: State | None = None) -> State:
    """Bring `state` (a new one without) up to the ledger's end, and return it. Raises `LedgerBroken`.

    An entry that is refused leaves the state at the last good one.
    """
    state = State() if state is None else state
    try:
        for position, data in read(session, state.size):
            state.apply_bytes(position, data)
    except LedgerError as error:
        raise LedgerBroken((str(error),)) from error
    return state


def check(session: Session) -> int:
    """Raise `LedgerBroken` unless the whole ledger and the rows of its acts are in order; return its size."""
    findings = examine(session)
    if findings:
        raise LedgerBroken(findings)
    return size(session)


def examine(session: Session) -> tuple[str, ...]:
    """Everything that is not in order, as sentences; empty when all is.

    Rows are compared with the replayed state only when the replay reaches the end.
    """
    state = State()
    assigned: _Facts = {}
    acts: _Facts = {}
    times = dict(session.execute(select(LedgerEntry.position, LedgerEntry.at)).all())
    try:
        for position, data in read(session):
            entry = state.apply_bytes(position, data)
            acts[position] = (entry.t,)
            if isinstance(entry, IssuerEntry):
                assigned.update({(position, key): (entry.issuer,) for key in entry.ids})
            if times[position] != entry.at:
                return (f"ledger entry {position}: the row says {times[position]}, the entry {entry.at}",)
    except LedgerError as error:
        return (str(error),)
    pairs = (
        ("act", acts, _acts(session)),
        ("issuer", dict.fromkeys(state.issuers, ()), _issuers(session)),
        ("assignment", assigned, _assignments(session)),
        ("key", _keys_entered(state), _keys(session)),
        ("batch", _batches_entered(state), _batches(session)),
        ("withdrawal", _withdrawals_entered(state), _withdrawals(session)),
        ("chip's withdrawal", _chips_entered(state), _chips_ended(session)),
        (
            "recall",
            {b.recall.position: (b.id, b.lot) for b in state.every_batch() if b.recall},
            _recalls(session),
        ),
    )
    return tuple(finding for what, entered, rows in pairs for finding in _differences(what, entered, rows))


_Facts = dict[Any, tuple[Any, ...]]


def _differences(what: str, entered: _Facts, rows: _Facts) -> Iterator[str]:
    for name in entered.keys() | rows.keys():
        if name not in rows:
            yield f"{what} {name}: in the ledger, but there is no row of it"
        elif name not in entered:
            yield f"{what} {name}: there is a row of it, but nothing in the ledger"
        elif entered[name] != rows[name]:
            yield f"{what} {name}: the ledger says {entered[name]}, the row {rows[name]}"


def _acts(session: Session) -> _Facts:
    rows = session.execute(select(Act.position, Act.kind).where(col(Act.position).is_not(None)))
    return {position: (kind,) for position, kind in rows}


def _issuers(session: Session) -> _Facts:
    return {code: () for (code,) in session.execute(select(Issuer.code))}


def _assignments(session: Session) -> _Facts:
    wanted = select(IdentifierAssignment.position, IdentifierAssignment.key, Issuer.code)
    rows = session.execute(wanted.join(Issuer, col(Issuer.id) == IdentifierAssignment.issuer_id))
    return {(position, key): (code,) for position, key, code in rows}


def _keys_entered(state: State) -> _Facts:
    def name(key: KeyRecord) -> str:
        return "withdrawn" if key.withdrawn else "active" if key.active else "retired"

    return {
        (key.issuer, key.number): (key.verifier.public, key.position, name(key), key.cutoff)
        for key in state.every_key()
    }


def _keys(session: Session) -> _Facts:
    wanted = select(Issuer.code, SigningKey).join(Issuer, col(Issuer.id) == SigningKey.issuer_id)
    return {
        (code, key.number): (key.public, key.position, key.state, key.cutoff)
        for code, key in session.execute(wanted)
    }


def _batches_entered(state: State) -> _Facts:
    return {
        (b.id, b.lot): (b.position, b.issuer, b.key_number, b.level, b.first, b.last, b.made, b.released_at)
        for b in state.every_batch()
    }


def _batches(session: Session) -> _Facts:
    wanted = select(Batch, Issuer.code).join(Issuer, col(Issuer.id) == Batch.issuer_id)
    return {
        (b.key, b.lot): (b.position, code, b.key_number, b.level, b.first, b.last, b.made, b.released_at)
        for b, code in session.execute(wanted.where(Batch.state == "entered"))
    }


def _withdrawals_entered(state: State) -> _Facts:
    return {
        act.position: (b.id, b.lot, act.first, act.last) for b in state.every_batch() for act in b.withdrawals
    }


def _withdrawals(session: Session) -> _Facts:
    wanted = (
        select(Act.position, Batch.key, Batch.lot, SerialRange)
        .join(SerialRange, col(SerialRange.act_id) == Act.id)
        .join(Batch, col(Batch.id) == SerialRange.batch_id)
        .where(SerialRange.kind == "withdrawn", col(SerialRange.undone_id).is_(None))
    )
    rows = session.execute(wanted)
    return {position: (key, lot, gone.first, gone.last) for position, key, lot, gone in rows}


def _chips_entered(state: State) -> _Facts:
    return {
        (b.id, b.lot, act.uid.hex().upper()): (act.at,)
        for b in state.every_batch()
        for act in b.chip_withdrawals
        if act.uid is not None
    }


def _chips_ended(session: Session) -> _Facts:
    """When each chip that a batch had, and has no more, was taken off: its newest binding there decides."""
    wanted = select(Chip.key, Chip.lot, Chip.uid, Chip.ended_at).order_by(col(Chip.id))
    newest = {(key, lot, uid.hex().upper()): ended for key, lot, uid, ended in session.execute(wanted)}
    return {name: (ended.replace(microsecond=0),) for name, ended in newest.items() if ended is not None}


def _recalls(session: Session) -> _Facts:
    wanted = (
        select(Act.position, Batch.key, Batch.lot)
        .join(Recall, col(Recall.act_id) == Act.id)
        .join(Batch, col(Batch.id) == Recall.batch_id)
        .where(col(Recall.undone_id).is_(None))
    )
    return {position: (key, lot) for position, key, lot in session.execute(wanted)}
