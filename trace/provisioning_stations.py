"""Stations and plans: who may write chips, and for which items (floor 3).

    with store.begin() as session:
        token = add_station(session, "Bàn 1, HTX Bến Mây", secrets.token_bytes, now)     # shown once
        plan = make_plan(session, key, lot, Kind.NTAG424, 1, 300, public_url, "chị Hoa", now)
    caller = authenticate(session, token)

A token is `<number of the station>.<43 characters>`; the store keeps its SHA-256 only and compares in constant
time. A revoked token is refused at once, also in the middle of a chip: its binding stays reserved and another
station resumes it.

Closing a plan whose batch has no other open one enters `chips` into the ledger, see `registry/seals.py`.
"""

import hmac
from base64 import urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Final

from ocop.trace.facts import Level
from ocop.trace.gs1.identifier import identifier, item_serial
from ocop.trace.registry import stations as rows
from ocop.trace.registry.editing import words
from ocop.trace.registry.errors import BadValue, Conflict, RegistryError, Unknown
from ocop.trace.registry.ledger_store import By, open_ledger
from ocop.trace.registry.seals import seal
from ocop.trace.registry.tables_chips import ProvisioningPlan, Station
from ocop.trace.registry.tables_issue import Batch
from ocop.trace.tags.plan import Kind, check_room
from sqlmodel import Session

SECRET_BYTES: Final = 32
_NOBODY: Final = bytes(32)


class NotAllowed(RegistryError):
    """The token is none of ours, or was revoked."""


@dataclass(frozen=True, slots=True)
class Caller:
    """A station that has shown its token."""

    id: int
    name: str


@dataclass(frozen=True, slots=True)
class PlanView:
    """A plan as stations and people see it."""

    plan: int
    key: str
    product: str
    lot: str
    classifier: str
    family: Kind
    first: int
    last: int
    done: int
    void: int
    state: str = "open"

    @property
    def total(self) -> int:
        """How many items it has."""
        return self.last - self.first + 1


def add_station(session: Session, name: str, chance: Callable[[int], bytes], now: datetime) -> str:
    """A new station's token, which is kept nowhere. Raises `BadValue`, `Conflict`."""
    secret = urlsafe_b64encode(chance(SECRET_BYTES)).rstrip(b"=").decode("ascii")
    row = rows.add_station(session, words("name", name, needed=True), _hash(secret), now)
    return f"{row.id}.{secret}"


def revoke_station(session: Session, name: str, now: datetime) -> None:
    """From now on the station's token is refused. Raises `Unknown`, `Conflict`."""
    row = rows.station_named(session, name)
    if row.revoked_at is not None:
        raise Conflict(f"expected a station in use, got {name!r}, revoked on {row.revoked_at:%d/%m/%Y}")
    row.revoked_at = now
    session.add(row)


def renew_token(session: Session, name: str, chance: Callable[[int], bytes]) -> str:
    """A new token for a station; the one before is refused from now on. Raises `Unknown`."""
    row = rows.station_named(session, name)
    secret = urlsafe_b64encode(chance(SECRET_BYTES)).rstrip(b"=").decode("ascii")
    row.token_hash, row.revoked_at = _hash(secret), None
    session.add(row)
    session.flush()
    return f"{row.id}.{secret}"


def authenticate(session: Session, token: str) -> Caller:
    """The station with that token. Raises `NotAllowed`, in the same words whatever is wrong with it."""
    number, _, secret = token.partition(".")
    known = number.isascii() and number.isdigit() and len(number) <= 9
    row = session.get(Station, int(number)) if known else None
    right = hmac.compare_digest(row.token_hash if row else _NOBODY, _hash(secret))
    if row is None or not right or row.revoked_at is not None:
        raise NotAllowed("expected the token of a station in use, got none or another one")
    return Caller(row.id or 0, row.name)


def _hash(secret: str) -> bytes:
    return sha256(secret.encode("utf-8", "surrogateescape")).digest()


def make_plan(
    session: Session,
    key: str,
    lot: str,
    family: Kind,
    first: int | None,
    last: int | None,
    public_url: str,
    actor: str,
    now: datetime,
    station: str = "",
) -> PlanView:
    """A plan for items `first`..`last` of a batch, all of them by default, for one station or any.

    Raises `Unknown`, `BadValue`, `PlanError` (the link has no room on such a chip).
    """
    batch = rows.batch_row(session, key, lot)
    if batch.level != Level.ITEM:
        raise BadValue("lot", "a batch whose items have numbers", f"{lot}, which has one code", "")
    start, end = batch.first if first is None else first, batch.last if last is None else last
    if not batch.first <= start <= end <= batch.last:
        raise BadValue("numbers", f"a range within {batch.first}..{batch.last}", f"{start}..{end}")
    check_room(family, public_url, identifier(key, lot, item_serial(end)).path)
    row = ProvisioningPlan(
        batch_id=batch.id or 0,
        family=family.value,
        first=start,
        last=end,
        station_id=rows.station_named(session, station).id if station else None,
        actor=words("actor", actor, needed=True),
        created_at=now,
    )
    session.add(row)
    session.flush()
    return _view(session, row)


def plans_for(session: Session, caller: Caller) -> list[PlanView]:
    """The open plans that this station may work on."""
    return [_view(session, row) for row in rows.open_plans(session) if row.station_id in (None, caller.id)]


def open_plans(session: Session) -> list[PlanView]:
    """Every plan that is not closed, oldest first."""
    return [_view(session, row) for row in rows.open_plans(session)]


def close_plan(session: Session, plan_id: int, by: By) -> PlanView:
    """No more chips are written for it. Raises `Unknown`, `Conflict`, `EntryRefused`."""
    row = rows.locked_plan(session, plan_id)
    if row.state != "open":
        raise Conflict(f"expected an open plan, got plan {plan_id}, which is closed")
    row.state = "closed"
    session.add(row)
    session.flush()
    batch = session.get_one(Batch, row.batch_id)
    if not rows.open_plans(session, row.batch_id):
        seal(open_ledger(session), session, batch.key, batch.lot, by)
    return _view(session, row)


def _view(session: Session, row: ProvisioningPlan) -> PlanView:
    batch = session.get_one(Batch, row.batch_id)
    counted = rows.counted(session, batch, row.first, row.last)
    return PlanView(
        plan=row.id or 0,
        key=batch.key,
        product=batch.name,
        lot=batch.lot,
        classifier=rows.classifier(session, batch),
        family=Kind(row.family),
        first=row.first,
        last=row.last,
        done=counted.get("live", 0),
        void=counted.get("void", 0) + counted.get("replaced", 0),
        state=row.state,
    )


def plan_of(session: Session, plan_id: int | None, caller: Caller, family: Kind) -> ProvisioningPlan:
    """An open plan that this station may work on, for chips of `family`. Raises `Unknown`, `Conflict`."""
    row = rows.locked_plan(session, plan_id) if plan_id is not None else None
    if row is None or row.station_id not in (None, caller.id):
        raise Unknown("plan of this station", plan_id, "see the list of plans")
    if row.state != "open":
        raise Conflict(f"expected an open plan, got plan {plan_id}, which is closed")
    if row.family != family.value:
        raise Conflict(f"expected chips of the family {row.family}, got {family.value}")
    return row
