"""Chips bound to items: reads for a scan, writes for whoever makes and ends bindings (floor 2).

    with begin() as session:                                   # committed before anything is signed for this UID
        chip = reserve(session, NewChip(uid, key, lot, 12, "ntag424", master_generation=1, chip_generation=1), now)
    promote(session, chip.id, now, counter=1)                  # it answered: reserved -> live, floor of its counter
    replace(session, chip.id, now)                             # its link answers `withdrawn` from now on
    void(session, chip.id, now)                                # the binding ends, the number is free again

`reserve` is idempotent: the same UID, item and generations give the row that is there. Every write that a scan
must see raises `facts_version`. The database itself keeps an item from having two chips (partial unique indexes).
"""

from dataclasses import dataclass
from datetime import datetime

from ocop.trace.facts import BoundChip
from ocop.trace.registry.errors import Conflict, Unknown
from ocop.trace.registry.store import bump_facts
from ocop.trace.registry.tables_chips import Chip
from sqlalchemy import select, update
from sqlmodel import Session, col

_ON_AN_ITEM = ("reserved", "live")
_BOUND = select(
    col(Chip.number),
    col(Chip.id), col(Chip.uid), col(Chip.carrier), col(Chip.mirror), col(Chip.state), col(Chip.master_generation),
    col(Chip.chip_generation), col(Chip.ended_at),
)  # fmt: skip
"""The number of an item, and the fields of a `BoundChip` in their order."""


class ItemHasChip(Conflict):
    """The item has a chip already, and it is another one."""

    def __init__(self, lot: str, number: int, uid: bytes) -> None:
        self.number, self.uid = number, uid
        super().__init__(
            f"expected item {number} of lot {lot} without a chip, got one with the chip {uid.hex().upper()};"
            " void or replace that chip first"
        )


class ChipIsBound(Conflict):
    """The chip is on another item already."""

    def __init__(self, uid: bytes, lot: str, number: int) -> None:
        self.uid, self.lot, self.number = uid, lot, number
        super().__init__(
            f"expected a chip that is free, got {uid.hex().upper()}, which is on item {number} of lot {lot};"
            " void that binding first"
        )


@dataclass(frozen=True, slots=True)
class NewChip:
    """A binding to be made. Generations are 0 where the chip has no such key."""

    uid: bytes
    key: str
    lot: str
    number: int
    type: str
    mirror: str = "full"
    master_generation: int = 0
    chip_generation: int = 0
    password_master_generation: int = 0
    password_generation: int = 0
    plan_id: int | None = None
    station_id: int | None = None

    @property
    def carrier(self) -> str:
        """`sun` for an NTAG 424 DNA, else `static`."""
        return "sun" if self.type == "ntag424" else "static"


def bound(session: Session, key: str, lot: str) -> dict[int, BoundChip]:
    """The chip that each item of a lot has now, reserved or live."""
    return {
        number: chips[0]
        for number, chips in bindings(session, key, lot).items()
        if chips[0].state in _ON_AN_ITEM
    }


def bindings(session: Session, key: str, lot: str) -> dict[int, tuple[BoundChip, ...]]:
    """Every chip that the items of a lot have or had: the one it has first, then the newest."""
    # By columns: a lot may have a hundred thousand chips, and somebody waits for its page. An object a row takes five
    # times as long.
    of_lot = _BOUND.where(col(Chip.key) == key, col(Chip.lot) == lot).order_by(col(Chip.id).desc())
    found: dict[int, tuple[BoundChip, ...]] = {}
    for number, *known in session.execute(of_lot):
        chip, others = BoundChip(*known), found.get(number, ())
        found[number] = (chip, *others) if chip.holds else (*others, chip)
    return found


def by_uid(session: Session, uid: bytes) -> Chip | None:
    """The binding that a chip has now, or None."""
    query = select(Chip).where(col(Chip.uid) == uid, col(Chip.state).in_(_ON_AN_ITEM))
    return session.scalars(query).first()


def of_item(session: Session, key: str, lot: str, number: int) -> Chip | None:
    """The binding that an item has now, or None."""
    query = select(Chip).where(
        col(Chip.key) == key,
        col(Chip.lot) == lot,
        col(Chip.number) == number,
        col(Chip.state).in_(_ON_AN_ITEM),
    )
    return session.scalars(query).first()


def history(session: Session, uid: bytes) -> list[Chip]:
    """Every binding that a chip ever had, the newest first."""
    return list(session.scalars(select(Chip).where(col(Chip.uid) == uid).order_by(col(Chip.id).desc())))


def reserve(session: Session, new: NewChip, now: datetime) -> Chip:
    """Bind a chip to an item, or find it bound just so. Raises ItemHasChip, ChipIsBound, Conflict, BadValue."""
    there = of_item(session, new.key, new.lot, new.number)
    if there is not None and there.uid != new.uid:
        raise ItemHasChip(new.lot, new.number, there.uid)
    mine = by_uid(session, new.uid)
    if mine is not None:
        if (mine.key, mine.lot, mine.number) != (new.key, new.lot, new.number):
            raise ChipIsBound(new.uid, mine.lot, mine.number)
        same = (mine.type, mine.mirror, mine.master_generation, mine.chip_generation)
        if same != (new.type, new.mirror, new.master_generation, new.chip_generation):
            raise ChipIsBound(new.uid, mine.lot, mine.number)
        return mine
    row = Chip(
        uid=new.uid,
        key=new.key,
        lot=new.lot,
        number=new.number,
        type=new.type,
        carrier=new.carrier,
        mirror=new.mirror,
        master_generation=new.master_generation,
        chip_generation=new.chip_generation,
        password_master_generation=new.password_master_generation,
        password_generation=new.password_generation,
        plan_id=new.plan_id,
        station_id=new.station_id,
        bound_at=now,
    )
    session.add(row)
    session.flush()
    bump_facts(session)
    return row


def promote(session: Session, chip_id: int, now: datetime, *, counter: int | None = None) -> Chip:
    """The chip answered: `reserved` becomes `live`. `counter` was spent by that reading and is its floor.

    The floor only ever rises, so that no tap between is given back. Raises Unknown for a binding that has ended.
    """
    row = _on_an_item(session, chip_id)
    if row.state == "reserved":
        row.state = "live"
        bump_facts(session)
    row.verified_at = row.verified_at or now
    session.add(row)
    session.flush()
    if counter is not None:
        lower = (col(Chip.counter) < counter) | col(Chip.counter).is_(None)
        session.execute(update(Chip).where(col(Chip.id) == chip_id, lower).values(counter=counter))
        session.refresh(row)
    return row


def void(session: Session, chip_id: int, now: datetime) -> Chip:
    """Give up a binding: the number is free, a link that the chip may hold is no longer ours to vouch for."""
    return _end(session, chip_id, "void", now)


def replace(session: Session, chip_id: int, now: datetime) -> Chip:
    """End a binding because another chip takes its place."""
    return _end(session, chip_id, "replaced", now)


def forget(session: Session, chip_id: int) -> None:
    """Remove a reservation that nothing was ever signed out for. Raises `Unknown`, also for a live one."""
    row = _on_an_item(session, chip_id)
    if row.state != "reserved":
        raise Unknown("chip that is reserved", chip_id)
    session.delete(row)
    session.flush()
    bump_facts(session)


def _end(session: Session, chip_id: int, state: str, now: datetime) -> Chip:
    row = _on_an_item(session, chip_id)
    row.state, row.ended_at = state, now
    session.add(row)
    session.flush()
    bump_facts(session)
    return row


def _on_an_item(session: Session, chip_id: int) -> Chip:
    row = session.get(Chip, chip_id)
    if row is None or row.state not in _ON_AN_ITEM:
        raise Unknown("chip that is on an item", chip_id)
    return row


def fact(row: Chip) -> BoundChip:
    """A binding as scans and pages know it."""
    return BoundChip(
        id=row.id or 0,
        uid=row.uid,
        carrier=row.carrier,
        mirror=row.mirror,
        state=row.state,
        master_generation=row.master_generation,
        chip_generation=row.chip_generation,
        ended_at=row.ended_at,
    )
