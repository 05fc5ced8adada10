"""How often something may be tried, counted in the database so that all workers share it (floor 3).

A window slides: a try counts from its own moment on. What is counted is a keyed digest of a phone number or an
address (an IPv6 caller counts by its /64), so the table names nobody; rows older than a day are deleted as new
ones come.

    LIMITS["sign_in.person"]        10 tries in 5 minutes, 50 in a day
"""

import hashlib
import hmac
import ipaddress
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from ocop.trace.registry import tables
from sqlalchemy import delete, func, select, text
from sqlmodel import Session, col

DAY = timedelta(days=1)


class Limit(NamedTuple):
    """At most `most` tries within `span`."""

    most: int
    span: timedelta


_FIVE = timedelta(minutes=5)
LIMITS: Mapping[str, tuple[Limit, ...]] = {
    "sign_in.person": (Limit(10, _FIVE), Limit(50, DAY)),
    # A whole commune may sit behind one address of a carrier: the person's own limit is the strict one.
    "sign_in.address": (Limit(30, _FIVE), Limit(300, DAY)),
    "sign_in.all": (Limit(1000, _FIVE),),
    "again.person": (Limit(5, _FIVE), Limit(20, timedelta(hours=1)), Limit(50, DAY)),
    "card.person": (Limit(5, timedelta(hours=1)), Limit(10, DAY)),
    "card.address": (Limit(20, timedelta(hours=1)),),
    "invite.address": (Limit(30, _FIVE),),
    "invite.person": (Limit(60, DAY),),
}


def allowed(session: Session, key: bytes, tries: Sequence[tuple[str, str]], now: datetime) -> bool:
    """Count one try for every (kind, who), and say whether all of them are within their limits.

    A try over the limit is not counted, so that waiting helps. The caller commits before it goes on.
    """
    if session.connection().dialect.name == "postgresql":
        for kind, who in sorted(tries):
            lock = int.from_bytes(_digest(key, kind, who)[:8], "big", signed=True)
            session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": lock})
    session.execute(delete(tables.Tried).where(col(tables.Tried.at) < now - DAY))
    for kind, who in tries:
        if any(
            _count(session, kind, _digest(key, kind, who), now - one.span) >= one.most for one in LIMITS[kind]
        ):
            return False
    session.add_all(tables.Tried(kind=kind, who=_digest(key, kind, who), at=now) for kind, who in tries)
    session.flush()
    return True


def forgive(session: Session, key: bytes, kind: str, who: str) -> None:
    """Forget the tries of somebody who got in."""
    session.execute(
        delete(tables.Tried).where(
            col(tables.Tried.kind) == kind, col(tables.Tried.who) == _digest(key, kind, who)
        )
    )


def network(address: str) -> str:
    """What a caller is counted by: an IPv4 address, or the /64 that an IPv6 caller may move in."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address):
        return str(parsed.ipv4_mapped or ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)


def _count(session: Session, kind: str, who: bytes, since: datetime) -> int:
    query = select(func.count()).select_from(tables.Tried)
    query = query.where(
        col(tables.Tried.kind) == kind, col(tables.Tried.who) == who, col(tables.Tried.at) > since
    )
    return int(session.execute(query).scalar_one())


def _digest(key: bytes, kind: str, who: str) -> bytes:
    return hmac.digest(key, f"tried {kind} {who}".encode(), hashlib.sha256)[:16]
