"""What becomes of makers: products that went to another one, makers that stopped, wishes to stop (floor 2).

Rows are added and ended, never deleted: who made what, and until when a maker worked, is asked for years later. Which
names in them stay and which can be erased: `docs/adr/0003-names-in-the-log.md`.
"""

from datetime import datetime
from typing import ClassVar

from ocop.trace.registry.columns import Code, Utc, Words
from ocop.trace.registry.tables_base import Row, one_of, rules
from sqlalchemy import Index, Integer, text
from sqlmodel import Field

CAUSES = ("wish", "dissolved", "died", "handed_over", "other")


class HandOver(Row, table=True):
    """One product went from one maker to another by an office's act; rows of one act share all but the product."""

    __tablename__ = "hand_over"
    __table_args__: ClassVar = rules(
        others="from_id <> to_id", reason="reason <> ''", done_by="done_by <> ''"
    )
    id: int | None = Field(default=None, primary_key=True, sa_type=Integer)
    product_id: int = Field(foreign_key="product.id", index=True, sa_type=Integer)
    from_id: int = Field(foreign_key="producer.id", index=True, sa_type=Integer)
    to_id: int = Field(foreign_key="producer.id", index=True, sa_type=Integer)
    reason: str = Field(sa_type=Words)
    done_by: str = Field(sa_type=Words)
    at: datetime = Field(sa_type=Utc)


class ProducerClosing(Row, table=True):
    """A maker stopped, and why; with `reopened_at` it goes on. At most one stands at a time."""

    __tablename__ = "producer_closing"
    __table_args__: ClassVar = rules(
        Index(
            "uq_producer_closing_standing",
            "producer_id",
            unique=True,
            sqlite_where=text("reopened_at IS NULL"),
            postgresql_where=text("reopened_at IS NULL"),
        ),
        cause=one_of("cause", *CAUSES),
        reason="reason <> ''",
        closed_by="closed_by <> ''",
        order="reopened_at IS NULL OR reopened_at >= closed_at",
        reopened="(reopened_at IS NULL) = (reopened_by = '')",
        why="reopened_at IS NULL OR reopen_reason <> ''",
    )
    id: int | None = Field(default=None, primary_key=True, sa_type=Integer)
    producer_id: int = Field(foreign_key="producer.id", index=True, sa_type=Integer)
    cause: str = Field(sa_type=Code)
    reason: str = Field(sa_type=Words)
    closed_by: str = Field(sa_type=Words)
    closed_at: datetime = Field(sa_type=Utc)
    reopened_by: str = Field(default="", sa_type=Words)
    reopen_reason: str = Field(default="", sa_type=Words)
    reopened_at: datetime | None = Field(default=None, sa_type=Utc)


class ClosingWish(Row, table=True):
    """One of a maker's people asked the office to close it; ended when it was done, taken back or answered."""

    __tablename__ = "closing_wish"
    __table_args__: ClassVar = rules(
        Index(
            "uq_closing_wish_standing",
            "producer_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
        order="ended_at IS NULL OR ended_at >= asked_at",
    )
    id: int | None = Field(default=None, primary_key=True, sa_type=Integer)
    producer_id: int = Field(foreign_key="producer.id", index=True, sa_type=Integer)
    person_id: int = Field(foreign_key="person.id", index=True, sa_type=Integer)
    words: str = Field(default="", sa_type=Words)
    asked_at: datetime = Field(sa_type=Utc)
    ended_at: datetime | None = Field(default=None, sa_type=Utc)
