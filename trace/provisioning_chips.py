"""The chips of a batch as people see them, and the two ways in which a binding ends without a reader (floor 3).

    rows = chips_of(session, "09521234543213", "L2609A")       # every binding, by number, oldest first
    void_chip(session, uid, now)                               # the number is free; the chip's link: `withdrawn`
    replace_chip(session, uid, now)                            # the same, and it says that another takes its place

A chip that is on the reader is voided by its dialogue instead (`provisioning`, kind `void`), which blanks it too.
A lost or broken one is ended here; what stands on it answers `withdrawn` from the next scan on, and its number gets
another chip at the station or by phone.
"""

from dataclasses import dataclass
from datetime import datetime

from ocop.trace.registry import chips
from ocop.trace.registry import stations as rows
from ocop.trace.registry.errors import BadValue, Unknown
from ocop.trace.registry.tables_chips import Chip
from sqlmodel import Session


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


def void_chip(session: Session, uid: bytes, now: datetime) -> ChipView:
    """Give up the binding of a chip that nobody has at hand. Raises `Unknown` when it is on no item."""
    return _view(chips.void(session, _standing(session, uid).id or 0, now))


def replace_chip(session: Session, uid: bytes, now: datetime) -> ChipView:
    """End a binding because another chip takes its place. Raises `Unknown` when it is on no item."""
    return _view(chips.replace(session, _standing(session, uid).id or 0, now))


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
