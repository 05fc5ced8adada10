"""A file for a print shop: a link for 24 hours and one download, known here by its hash only (floor 3).

    secret = make_link(session, order, "chị Hoa", now, chance)      # shown once: /studio/shop/<secret>
    found = look(session, secret, now)                              # a page; looking spends nothing
    file = fetch(press, secret, now)                                # the file, once

The link is sent over Zalo, whose preview opens it: only `fetch`, behind a button, spends it. Fetching is one
transaction (commit point `fetched`): a conditional UPDATE says who was first, and the print run is recorded with it.
What the maker printed herself meanwhile is not printed twice: the shop is told to ask her. A download that broke off
has spent the link; she makes another one, and is asked whether the first labels were destroyed.
"""

import base64
import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from ocop.trace.batching_files import File, form_of
from ocop.trace.batching_sheets import Order, Press, keep, prepare, rendered
from ocop.trace.pages.labels import find_stock
from ocop.trace.registry import tables
from ocop.trace.registry.errors import Conflict, Unknown
from sqlalchemy import Select, select, update
from sqlmodel import Session, col

HOURS = 24
SECRET_BYTES = 32
SHOWN = 20


class LinkSpent(Conflict):
    """The link was used, ended or is too old. `why`: `fetched`, `ended`, `late`."""

    def __init__(self, why: str) -> None:
        self.why = why
        super().__init__(
            f"expected a link that still opens, got one that is {why}; ask the maker for a new one", why
        )


@dataclass(frozen=True, slots=True)
class Waiting:
    """A link as its page and its maker see it. `state`: open, fetched, ended, late."""

    id: int
    key: str
    lot: str
    producer_id: int
    name: str
    form: str
    stock: str
    first: int
    last: int
    made_at: datetime
    expires_at: datetime
    fetched_at: datetime | None
    state: str


def make_link(session: Session, order: Order, actor: str, now: datetime, chance: bytes) -> str:
    """Keep an order for a print shop and return the secret of its link; `chance` is 32 random bytes.

    Raises what `prepare` raises: numbers that were printed before are asked about now, not at the shop.
    """
    prepare(session, order)
    query = select(col(tables.Batch.id)).where(
        col(tables.Batch.key) == order.key, col(tables.Batch.lot) == order.lot
    )
    session.add(
        tables.ShopLink(
            batch_id=session.scalars(query).one() or 0,
            secret_hash=hashlib.sha256(chance).digest(),
            format=order.form.value,
            stock=order.stock.name,
            first=order.first,
            last=order.last,
            reprint=order.reprint,
            actor=actor,
            made_at=now,
            expires_at=now + timedelta(hours=HOURS),
        )
    )
    session.flush()
    return base64.urlsafe_b64encode(chance).rstrip(b"=").decode("ascii")


def look(session: Session, secret: str, now: datetime) -> Waiting:
    """What a link leads to. Raises Unknown; a link that opens no more is told by its `state`."""
    query = _query().where(col(tables.ShopLink.secret_hash) == _hash(secret))
    found = session.execute(query).first()
    if found is None:
        raise Unknown("link", "a link that was never made")
    return _waiting(*found, now=now)


def links_of(session: Session, key: str, lot: str, now: datetime) -> tuple[Waiting, ...]:
    """The links made for a batch, the newest first."""
    query = _query().where(col(tables.Batch.key) == key, col(tables.Batch.lot) == lot)
    newest = query.order_by(col(tables.ShopLink.id).desc()).limit(SHOWN)
    return tuple(_waiting(*found, now=now) for found in session.execute(newest))


def end_link(session: Session, key: str, lot: str, number: int, now: datetime) -> None:
    """Take back a link of this batch that nobody used yet; of another one: nothing. Raises Unknown."""
    row = session.get(tables.ShopLink, number)
    batch = session.get(tables.Batch, row.batch_id) if row else None
    if row is None or batch is None or (batch.key, batch.lot) != (key, lot):
        raise Unknown("link", number)
    session.execute(
        update(tables.ShopLink)
        .where(col(tables.ShopLink.id) == number, col(tables.ShopLink.fetched_at).is_(None))
        .values(ended_at=now)
    )


def fetch(press: Press, secret: str, now: datetime) -> tuple[Waiting, File]:
    """The file, once. Raises Unknown, LinkSpent, and what `batching_sheets.make` raises (the link stays open)."""
    with press.read() as session:
        found = look(session, secret, now)
        if found.state != "open":
            raise LinkSpent(found.state)
        row = session.get_one(tables.ShopLink, found.id)
        order = Order(
            found.key, found.lot, form_of(row.format), find_stock(row.stock), row.first, row.last,
            f"shop:{found.id}", "shop", reprint=row.reprint,
        )  # fmt: skip
        actor = row.actor
        prepared = prepare(session, order)
    file = rendered(press, order, prepared)
    with press.begin() as session:  # commit point: fetched
        spent = session.execute(
            update(tables.ShopLink)
            .where(
                col(tables.ShopLink.id) == found.id,
                col(tables.ShopLink.fetched_at).is_(None),
                col(tables.ShopLink.ended_at).is_(None),
                col(tables.ShopLink.expires_at) > now,
            )
            .values(fetched_at=now)
        )
        if spent.rowcount != 1:  # type: ignore[attr-defined]
            raise LinkSpent("fetched")
        keep(session, order, prepared, actor, now)
    return found, file


def _query() -> Select[tables.ShopLink, tables.Batch, int]:
    return (
        select(tables.ShopLink, tables.Batch, col(tables.Product.producer_id))
        .join(tables.Batch, col(tables.Batch.id) == col(tables.ShopLink.batch_id))
        .join(tables.Product, col(tables.Product.id) == col(tables.Batch.product_id))
    )


def _waiting(row: tables.ShopLink, batch: tables.Batch, producer_id: int, *, now: datetime) -> Waiting:
    state = "late" if row.expires_at <= now else "open"
    if row.ended_at is not None:
        state = "ended"
    if row.fetched_at is not None:
        state = "fetched"
    return Waiting(
        row.id or 0, batch.key, batch.lot, producer_id, batch.name, row.format, row.stock, row.first, row.last,
        row.made_at, row.expires_at, row.fetched_at, state,
    )  # fmt: skip


def _hash(secret: str) -> bytes:
    """SHA-256 of the secret's bytes; of anything that is no secret, of nothing that exists."""
    try:
        chance = base64.urlsafe_b64decode(secret + "=" * (-len(secret) % 4))
    except ValueError:
        chance = b""
    # Only the one spelling that was handed out opens the link.
    spelt = base64.urlsafe_b64encode(chance).rstrip(b"=").decode("ascii")
    return hashlib.sha256(chance if spelt == secret and len(chance) == SECRET_BYTES else b"").digest()
