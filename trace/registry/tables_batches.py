"""What the studio keeps beside print runs: what a run was made for, and links for a print shop (floor 2)."""

from datetime import datetime
from typing import ClassVar

from ocop.trace.registry.columns import Blob, Code, Flag, Utc, Words
from ocop.trace.registry.tables_base import Row, one_of, rules
from sqlalchemy import Index, Integer
from sqlmodel import Field

PURPOSES = ("own", "test", "shop")
FORMATS = ("pdf", "svg", "png", "csv")


class PrintPurpose(Row, table=True):
    """What a print run was made for, in which form. `ticket` is the form's own number: a double tap is one run."""

    __tablename__ = "print_purpose"
    __table_args__: ClassVar = rules(
        purpose=one_of("purpose", *PURPOSES), format=one_of("format", *FORMATS), ticket="ticket <> ''"
    )
    run_id: int = Field(primary_key=True, foreign_key="print_run.id", sa_type=Integer)
    purpose: str = Field(sa_type=Code)
    format: str = Field(sa_type=Code)
    ticket: str = Field(sa_type=Code, unique=True)


class ShopLink(Row, table=True):
    """A print shop may fetch one file, once, until `expires_at`. The link is known by its SHA-256 only."""

    __tablename__ = "shop_link"
    __table_args__: ClassVar = rules(
        Index("ix_shop_link_batch_id", "batch_id"),
        secret="length(secret_hash) = 32",  # noqa: S106 a rule's name
        format=one_of("format", *FORMATS),
        serials="0 <= first AND first <= last AND last <= 999999",
        once="fetched_at IS NULL OR ended_at IS NULL",
    )
    id: int | None = Field(default=None, primary_key=True, sa_type=Integer)
    batch_id: int = Field(foreign_key="batch.id", sa_type=Integer)
    secret_hash: bytes = Field(sa_type=Blob, unique=True)
    format: str = Field(sa_type=Code)
    stock: str = Field(sa_type=Code)
    first: int = Field(sa_type=Integer)
    last: int = Field(sa_type=Integer)
    reprint: bool = Field(default=False, sa_type=Flag)
    actor: str = Field(default="", sa_type=Words)
    made_at: datetime = Field(sa_type=Utc)
    expires_at: datetime = Field(sa_type=Utc)
    fetched_at: datetime | None = Field(default=None, sa_type=Utc)
    ended_at: datetime | None = Field(default=None, sa_type=Utc)


class PrinterShift(Row, table=True):
    """How far a maker's printer must be moved to hit the labels: hundredths of a mm to the right and upwards."""

    __tablename__ = "printer_shift"
    __table_args__: ClassVar = rules(dx="dx BETWEEN -500 AND 500", dy="dy BETWEEN -500 AND 500")
    producer_id: int = Field(primary_key=True, foreign_key="producer.id", sa_type=Integer)
    dx: int = Field(default=0, sa_type=Integer)
    dy: int = Field(default=0, sa_type=Integer)
