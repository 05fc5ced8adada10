"""The chips of a batch as people see them; how a binding begins and ends, and what the ledger says of it (floor 3).

    rows = chips_of(session, "09521234543213", "L2609A")       # every binding, by number, oldest first
    bind_chip(session, NewChip(uid, key, lot, 12, "ntag424", …), by)
    void_chip(session, uid, by)                                # the number is free; the chip's link: `withdrawn`
    replace_chip(session, uid, by)                             # the same, and it says that another takes its place

A chip that is on the reader is voided by its dialogue instead (`provisioning`, kind `void`), which blanks it too.
A lost or broken one is ended here; what stands on it answers `withdrawn` from the next scan on, and its number gets
another chip at the station or by phone.

**The ledger.** Whatever ends a binding enters `withdraw` {id, lot, uid} in the same transaction: a token over that UID
has left the house and must not count for who holds the ledger only. A chip that is bound again to an item of the same
batch counts again, so its withdrawal is undone there; its older links are told from the new one by the item that the
list of bound UIDs has it on. So at every position the chips that a batch's entries withdraw are those that its rows
had and have no more, which `ledger check` holds against each other. All bindings are made and ended by these verbs.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeVar

from ocop.trace.registry import chips
from ocop.trace.registry import stations as rows
from ocop.trace.registry.editing import LONG, words
from ocop.trace.registry.errors import BadValue, Conflict, Unknown
from ocop.trace.registry.ledger_store import By, open_ledger
from ocop.trace.registry.tables_chips import Chip
from ocop.trace.signing.entries import UndoEntry, Why, WithdrawChipEntry
from sqlmodel import Session

Made = TypeVar("Made")
BOUND_TWICE: Final = ("uq_chip_item_while_bound", "uq_chip_uid_while_bound")
RUNS: Final = 4


@dataclass(frozen=True, slots=True)
class ChipView:
    """One binding. `uid` is 14 upper-case hex digits; `counter` is the last one spent, None where it is unknown."""

    uid: str
    key: str
    lot: str
    number: int
    type: str
    mirror: str
    state: str
    counter: int | None
    bound_at: datetime
    verified_at: datetime | None
    ended_at: datetime | None
    plan: int | None


def chips_of(session: Session, key: str, lot: str, *, all_states: bool = True) -> list[ChipView]:
    """The bindings of a batch, by number, oldest first; with `all_states` false those that stand now only.

    Raises `Unknown` for a batch that was never issued.
    """
    rows.batch_row(session, key, lot)
    found = rows.bindings(session, key, lot)
    return [_view(row) for row in found if all_states or row.state in rows.BOUND]


def standing_chip(session: Session, uid: bytes) -> ChipView:
    """The binding that a chip has now. Raises `Unknown` when it is on no item."""
    return _view(_standing(session, uid))


def bind_chip(session: Session, new: chips.NewChip, by: By) -> Chip:
    """Bind a chip to an item, or find it bound just so; one that was on this batch before counts again.

    Raises what `chips.reserve` raises, and `StoreError`.
    """
    # Looked up before: a chip that stands bound already has nothing to take back.
    before = [row for row in rows.history(session, new.uid) if (row.key, row.lot) == (new.key, new.lot)]
    made = chips.reserve(session, new, by.at)
    if before and before[-1].state not in rows.BOUND:
        ledger = open_ledger(session)
        batch = ledger.state.batch(new.key, new.lot)
        for act in batch.chip_withdrawals if batch else ():
            if act.uid == new.uid:
                ledger.enter(UndoEntry(at=by.second, of=act.position, why=Why.OTHER), _cleaned(by))
    return made


def settled(act: Callable[[], Made]) -> Made:
    """What `act` makes, a whole transaction that binds a chip; run anew where another binding was faster.

    Two plans may share numbers and a phone may bind without one, so no lock is common to all who bind. The database
    lets one of them have the number (or the chip); the other looks again, and takes the next or says why not.
    """
    for _ in range(RUNS - 1):
        try:
            return act()
        except (chips.ItemHasChip, chips.ChipIsBound):
            continue
        except Conflict as error:
            if error.rule not in BOUND_TWICE:
                raise
    return act()


def forget_chip(session: Session, row: Chip) -> None:
    """Take back a first binding of a chip that was refused unwritten: no token of it left the house.

    Kept as history it would make a stranger's chip one of ours, whose content may be written over.
    """
    chips.forget(session, row.id or 0)


def void_chip(session: Session, uid: bytes, by: By, why: Why = Why.OTHER) -> ChipView:
    """Give up the binding of a chip that nobody has at hand. Raises `Unknown` when it is on no item."""
    row = _standing(session, uid)
    _end(session, chips.void(session, row.id or 0, by.at), by, why)
    return _view(row)


def replace_chip(session: Session, uid: bytes, by: By) -> ChipView:
    """End a binding because another chip takes its place. Raises `Unknown` when it is on no item."""
    row = _standing(session, uid)
    _end(session, chips.replace(session, row.id or 0, by.at), by, Why.CHIP_REPLACED)
    return _view(row)


def _end(session: Session, row: Chip, by: By, why: Why) -> None:
    """Enters what was just ended. The row comes first, as it does for a tap: two that wait for each other can't be."""
    entry = WithdrawChipEntry(at=by.second, id=row.key, lot=row.lot, uid=row.uid, why=why)
    open_ledger(session).enter(entry, _cleaned(by))


def _cleaned(by: By) -> By:
    return By(words("actor", by.actor, needed=True), by.at, words("reason", by.reason, LONG))


def read_uid(text: str) -> bytes:
    """The 7 bytes of a UID as people and phones write it: hex, also with colons or spaces. Raises `BadValue`."""
    plain = text.strip().replace(":", "").replace(" ", "").replace("-", "")
    try:
        uid = bytes.fromhex(plain)
    except ValueError:
        uid = b""
    if len(uid) != 7:
        raise BadValue("uid", "the 14 hex digits of a chip's UID", text[:40])
    return uid


def _standing(session: Session, uid: bytes) -> Chip:
    row = chips.by_uid(session, uid)
    if row is None:
        raise Unknown("chip that is on an item", uid.hex().upper(), "see `ocop-trace chips list`")
    return row


def _view(row: Chip) -> ChipView:
    return ChipView(
        row.uid.hex().upper(), row.key, row.lot, row.number, row.type, row.mirror, row.state, row.counter,
        row.bound_at, row.verified_at, row.ended_at, row.plan_id,
    )  # fmt: skip
