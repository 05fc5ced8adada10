"""Chips that a phone writes: an NTAG215 or NTAG216 and a browser that can write it (floor 3).

    bound = bind_phone(bench, Place("09521234543213", "L2609A"), uid, number=12)
    bound.text == "https://id.example.vn/01/09521234543213/10/L2609A/21/000012?s=EQAH…"      # exactly this
    done = read_back(bench, Place("09521234543213", "L2609A"), uid, text_read)                # reserved -> live

A phone can set neither the mirror nor a password, so the row says `mirror: none`, the link carries no UID when it is
tapped and answers `code_issued`; a station that gets the chip later gives it both. The order is that of a station:
the binding is committed (`reserved`), only then the text is signed, and what was read back makes it `live`. Ed25519
is deterministic: asked again, the same chip gets the same text, so a tap on the wrong moment costs nothing.

| refused as | what is wrong |
|---|---|
| `ForeignUid` | not the UID of an NXP chip, or one that was never bound here |
| `OtherItem` | the chip is on another number of this lot (`number`) |
| `OtherLot` | the chip is on another lot |
| `chips.ItemHasChip` | the number has another chip (`number`, `uid`) |
| `WrittenAtStation` | a station wrote this chip, for this number or an earlier one; a phone can't change it |
| `stations.BatchClosed` | the batch was recalled, or all of it cancelled |
| `NumberClosed` | this number was cancelled, or is none of this place's |
| `NoNumberLeft` | every number has its chip |
| `NothingWritten`, `OtherText` | what was read back is empty, or is not what had to be written |
"""

from dataclasses import dataclass
from typing import Any, Final

from ocop.trace.facts import Level
from ocop.trace.gs1.identifier import identifier, item_serial
from ocop.trace.issuing import check_may_sign, find_issued
from ocop.trace.provisioning_chips import bind_chip, settled
from ocop.trace.provisioning_desk import Bench, sign_link
from ocop.trace.provisioning_stations import Caller, plan_of
from ocop.trace.registry import chips
from ocop.trace.registry import stations as rows
from ocop.trace.registry.errors import BadValue, Conflict
from ocop.trace.registry.ledger_store import By
from ocop.trace.registry.tables_chips import Chip
from ocop.trace.registry.tables_issue import Batch
from ocop.trace.tags.plan import Kind, check_room
from sqlmodel import Session

NXP: Final = 0x04
PHONE_TYPES: Final = ("ntag215", "ntag216")
MAX_TEXT: Final = 2048


class ForeignUid(Conflict):
    """Not a chip that we can use, or none that we know."""


class OtherItem(Conflict):
    """The chip is on another number of this lot; `number` is the chip's."""

    def __init__(self, number: int, wanted: int) -> None:
        super().__init__(
            f"expected a chip for number {wanted}, got the chip of number {number}; put it on number {number}"
        )
        self.number: Final = number


class OtherLot(Conflict):
    """The chip is on an item of another lot."""


class WrittenAtStation(Conflict):
    """The chip holds a password that only a station knows."""


class NumberClosed(Conflict):
    """The number was cancelled, or belongs to another plan."""


class NoNumberLeft(Conflict):
    """Every number has its chip."""


class NothingWritten(Conflict):
    """The chip was read and is empty."""


class OtherText(Conflict):
    """The chip was read and carries something else."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where chips go: a batch, or numbers `first`..`last` of it; of which plan and station; who binds."""

    key: str
    lot: str
    first: int | None = None
    last: int | None = None
    plan: int | None = None
    station: int | None = None
    by: str = "ocop-trace"


@dataclass(frozen=True, slots=True)
class PhoneBound:
    """What to write. `again` says that this chip had the number before; `state` is `reserved` or `live`."""

    uid: bytes
    number: int
    text: str
    state: str
    again: bool


def place_of(bench: Bench, caller: Caller, plan_id: int) -> Place:
    """The numbers of a plan that this station may work on. Raises `Unknown`, `Conflict`."""
    with bench.begin() as session:
        plan = plan_of(session, plan_id, caller, Kind.NTAG21X)
        batch = session.get_one(Batch, plan.batch_id)
        return Place(batch.key, batch.lot, plan.first, plan.last, plan_id, caller.id, caller.name)


def bind_phone(
    bench: Bench, place: Place, uid: bytes, number: int | None = None, chip_type: str = "ntag215"
) -> PhoneBound:
    """Bind a chip to a number (the lowest free one by default) and say what to write on it.

    Raises what the module's table names, `BadValue`, `Unknown`, `NoUsableKey`, `PlanError` (no room on the chip),
    `StoreError`, `KeystoreError`.
    """
    if chip_type not in PHONE_TYPES:
        raise BadValue("type", " or ".join(PHONE_TYPES), chip_type[:20], "a phone writes no other chip")
    if len(uid) != 7 or uid[0] != NXP:
        raise ForeignUid(f"expected the UID of an NXP chip, 7 bytes from 04, got {uid.hex().upper()}")
    found, about, again = settled(lambda: _bound(bench, place, uid, number, chip_type))
    # Only here, after the commit: a token without its binding would be a chip that nobody knows.
    return PhoneBound(uid, found[0], sign_link(bench, about, uid), found[1], again)


def _bound(
    bench: Bench, place: Place, uid: bytes, number: int | None, chip_type: str
) -> tuple[tuple[int, str], dict[str, Any], bool]:
    """(number and state, what `sign_link` needs, whether it stood bound before), in one transaction."""
    with bench.begin() as session:  # commit point: reserved
        if place.plan is not None and rows.locked_plan(session, place.plan).state != "open":
            raise Conflict(f"expected an open plan, got plan {place.plan}, which was closed just now")
        batch = rows.batch_row(session, place.key, place.lot)
        standing = chips.by_uid(session, uid)
        if standing is None:
            if rows.keeps_password(session, uid):
                raise WrittenAtStation(
                    f"expected a chip that a phone can write, got {uid.hex().upper()}, which keeps the password of a"
                    " station from an earlier number; put it on a station, or take another one"
                )
            chosen = _choose(session, bench, batch, place, number)
            new = chips.NewChip(
                uid, batch.key, batch.lot, chosen, chip_type, mirror="none", plan_id=place.plan,
                station_id=place.station,
            )  # fmt: skip
            row = bind_chip(session, new, By(place.by, bench.clock()))
        else:
            row = _same(standing, place, number)
        return (row.number, row.state), _about(session, row), standing is not None


def read_back(bench: Bench, place: Place, uid: bytes, text: str) -> PhoneBound:
    """What the phone read after writing: the very text makes the chip `live`.

    Raises `ForeignUid`, `OtherLot`, `WrittenAtStation`, `NothingWritten`, `OtherText`, `BadValue`, `NoUsableKey`,
    `StoreError`, `KeystoreError`.
    """
    if len(text) > MAX_TEXT:
        raise BadValue("text", f"at most {MAX_TEXT} characters", len(text))
    with bench.begin() as session:
        standing = chips.by_uid(session, uid)
        if standing is None:
            raise ForeignUid(f"expected a chip that was bound before, got {uid.hex().upper()}")
        row = _same(standing, place, None)
        wanted = sign_link(bench, _about(session, row), uid)
        if not text:
            raise NothingWritten("expected the link on the chip, got an empty one; write it once more")
        if text != wanted:
            raise OtherText(f"expected {wanted!r} on the chip, got {text[:120]!r}; write it once more")
        again = row.state == "live"
        done = chips.promote(session, row.id or 0, bench.clock())
        return PhoneBound(uid, done.number, wanted, done.state, again)


def _same(standing: Chip, place: Place, number: int | None) -> Chip:
    """The binding that the chip has, if it is one that a phone may go on with."""
    if (standing.key, standing.lot) != (place.key, place.lot):
        raise OtherLot(
            f"expected a free chip or one of lot {place.lot}, got the chip of number {standing.number} of lot"
            f" {standing.lot}; put it back to its lot, or void it first"
        )
    if number is not None and number != standing.number:
        raise OtherItem(standing.number, number)
    if standing.mirror != "none":
        raise WrittenAtStation(
            f"expected a chip that a phone wrote, got that of number {standing.number}, which a station wrote"
        )
    return standing


def _choose(session: Session, bench: Bench, batch: Batch, place: Place, number: int | None) -> int:
    if batch.level != Level.ITEM:
        raise BadValue("lot", "a batch whose items have numbers", f"{batch.lot}, which has one code", "")
    rows.check_open(session, batch)
    start = batch.first if place.first is None else place.first
    end = batch.last if place.last is None else place.last
    check_room(Kind.NTAG21X, bench.public_url, identifier(batch.key, batch.lot, item_serial(end)).path)
    if number is None:
        closed = rows.closed_numbers(session, batch)
        free = next((n for n in range(start, end + 1) if n not in closed), None)
        if free is None:
            raise NoNumberLeft(f"expected a number without a chip in {start}..{end}, got none")
        return free
    there = chips.of_item(session, batch.key, batch.lot, number)
    if there is not None:
        raise chips.ItemHasChip(batch.lot, number, there.uid)
    if not start <= number <= end or number in rows.closed_numbers(session, batch):
        raise NumberClosed(f"expected an open number within {start}..{end}, got {number}")
    return number


def _about(session: Session, row: Chip) -> dict[str, Any]:
    """What `sign_link` needs. Raises `NoUsableKey` where the batch's key may not sign any more."""
    issued = find_issued(session, row.key, row.lot)
    check_may_sign(session, issued)
    return {
        "number": row.number, "carrier": row.carrier, "issuer": issued.issuer,
        "signing_key": issued.key_number, "key": row.key, "lot": row.lot,
    }  # fmt: skip
