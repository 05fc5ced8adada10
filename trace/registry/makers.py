"""Whether a maker still works, and whose a batch is (floor 2).

    refuse_closed(session, producer_id)           # before anything new of this maker is made
    refuse_issue(session, "09521234543213")       # before a batch: under the ledger's lock, so that no closing slips in
    refuse_more(session, "09521234543213", "L1")  # before labels or chips of a batch, and before it goes on sale

A batch belongs to whoever made it. When its product goes to another maker, or its maker stops, what was sold stays as
good as it was, but no further label or chip of it is made and what was not on sale doesn't go on sale any more: the new
maker's goods are a new lot.
"""

from datetime import datetime

from ocop.trace.registry import tables
from ocop.trace.registry.errors import Conflict, Unknown
from sqlalchemy import select
from sqlmodel import Session, col


class MakerClosed(Conflict):
    """The maker stopped; an office can open it again."""

    def __init__(self, name: str, at: datetime) -> None:
        self.name, self.at = name, at
        super().__init__(
            f"expected a producer at work, got {name}, closed on {at:%d/%m/%Y};"
            " the programme office can open it again",
            "closed",
        )


class MadeByOther(Conflict):
    """The batch was made by whoever had the product before."""

    def __init__(self, name: str, lot: str) -> None:
        self.name, self.lot = name, lot
        super().__init__(
            f"expected a batch of the product's maker of today, got lot {lot}, made by {name};"
            " issue the goods as a new lot",
            "handed_over",
        )


def refuse_closed(session: Session, producer_id: int) -> None:
    """Return if this maker works, else raise MakerClosed. Raises Unknown."""
    # Columns, not the row: what this session has read before must not answer for what another one just did.
    query = select(col(tables.Producer.name), col(tables.Producer.closed_at))
    found = session.execute(query.where(col(tables.Producer.id) == producer_id)).first()
    if found is None:
        raise Unknown("producer", producer_id)
    if found.closed_at is not None:
        raise MakerClosed(found.name, found.closed_at)


def maker_of(session: Session, key: str) -> int:
    """The maker of today of the product with this key. Raises Unknown."""
    query = (
        select(col(tables.Product.producer_id))
        .join(tables.ProductKey, col(tables.ProductKey.product_id) == col(tables.Product.id))
        .where(col(tables.ProductKey.key) == key)
    )
    found = session.scalars(query).first()
    if found is None:
        raise Unknown("product", key)
    return found


def refuse_issue(session: Session, key: str) -> None:
    """Return if a batch of this product may be made, else raise MakerClosed. Raises Unknown."""
    refuse_closed(session, maker_of(session, key))


def made_by_other(session: Session, key: str, lot: str) -> str:
    """Who made a batch, if that is not the product's maker of today; else an empty text."""
    try:
        refuse_more(session, key, lot)
    except MadeByOther as error:
        return error.name
    except MakerClosed:
        return ""
    return ""


def refuse_more(session: Session, key: str, lot: str) -> None:
    """Return if a batch may still get labels and chips and go on sale, else raise MakerClosed or MadeByOther.

    Under the ledger's lock no closing and no hand-over slips in between. Raises Unknown.
    """
    query = (
        select(col(tables.Batch.producer_id), col(tables.Batch.maker), col(tables.Product.producer_id))
        .join(tables.Product, col(tables.Product.id) == col(tables.Batch.product_id))
        .where(col(tables.Batch.key) == key, col(tables.Batch.lot) == lot)
    )
    found = session.execute(query).first()
    if found is None:
        raise Unknown("batch", f"{key} lot {lot}")
    made_by, named, today = found
    if made_by is not None and made_by != today:
        raise MadeByOther(named, lot)
    refuse_closed(session, today)
