"""What was really scanned, thanked and reported (floor 2).

A scan row names an item of goods, never a person: no address, no visitor, no place. Rows name goods by
(key, lot, serial) and not by a batch row, because codes that nobody issued are scanned too.
"""

from datetime import datetime
from typing import ClassVar

from ocop.trace.registry.columns import Big, Blob, Code, Utc, Words
from ocop.trace.registry.tables_base import Row, one_of, rules
from sqlalchemy import Index, Integer
from sqlmodel import Field

CHANNELS = ("print", "nfc", "typed")


class Scan(Row, table=True):
    """One counted scan; folded into `ScanMonth` after 24 months. `serial` 0: no item (a lot or product page)."""

    __tablename__ = "scan"
    __table_args__: ClassVar = rules(
        Index("ix_scan_key_lot_at", "key", "lot", "at"),
        Index("ix_scan_at", "at"),
        channel=one_of("channel", *CHANNELS),
        serial="serial BETWEEN 0 AND 999999",
    )
    id: int | None = Field(default=None, primary_key=True, sa_type=Big)
    key: str = Field(sa_type=Code)
    lot: str = Field(sa_type=Code)
    serial: int = Field(sa_type=Integer)
    at: datetime = Field(sa_type=Utc)
    code: str = Field(sa_type=Code)
    stars: str = Field(sa_type=Code)
    channel: str = Field(sa_type=Code)
    lang: str = Field(sa_type=Code)
    browser: str = Field(sa_type=Code)


class ScanMonth(Row, table=True):
    """How many scans one lot had in one month (`2026-11`, at UTC+07:00), by answer, channel and language."""

    __tablename__ = "scan_month"
    __table_args__: ClassVar = rules(
        count="count >= 1", month="length(month) = 7", channel=one_of("channel", *CHANNELS)
    )
    key: str = Field(primary_key=True, sa_type=Code)
    lot: str = Field(primary_key=True, sa_type=Code)
    month: str = Field(primary_key=True, sa_type=Code)
    code: str = Field(primary_key=True, sa_type=Code)
    stars: str = Field(primary_key=True, sa_type=Code)
    channel: str = Field(primary_key=True, sa_type=Code)
    lang: str = Field(primary_key=True, sa_type=Code)
    count: int = Field(sa_type=Big)


class ItemSighting(Row, table=True):
    """What one worker learnt in a few seconds of one day: which items were met by how many networks.

    A mark is 31 salted bits under a key that is forgotten every day; what it is and why it can't be traced back:
    `ocop.trace.sightings`; the bytes of `marks`: `registry.marks.pack`. Rows live for two days. `worker` is a random
    number of the process, so that nobody reads back what they know; `id` counts up and is never used again: who read
    up to one would miss what comes after old rows went.
    """

    __tablename__ = "item_sighting"
    __table_args__: ClassVar = rules(
        Index("ix_item_sighting_day", "day"), marks="length(marks) > 4", numbers_once=True
    )
    id: int | None = Field(default=None, primary_key=True, sa_type=Big)
    day: int = Field(sa_type=Integer)
    worker: int = Field(sa_type=Big)
    marks: bytes = Field(sa_type=Blob)


class SightingKey(Row, table=True):
    """The key of today's marks, one row; the key of yesterday is overwritten."""

    __tablename__ = "sighting_key"
    __table_args__: ClassVar = rules(single="id = 1", salt="length(salt) = 32")
    id: int = Field(default=1, primary_key=True, sa_type=Integer)
    salt: bytes = Field(sa_type=Blob)
    day: int = Field(sa_type=Integer)


class Thanks(Row, table=True):
    """How many thanked the maker of a lot, by the language they were reading in."""

    __tablename__ = "thanks"
    __table_args__: ClassVar = rules(count="count >= 1")
    key: str = Field(primary_key=True, sa_type=Code)
    lot: str = Field(primary_key=True, sa_type=Code)
    lang: str = Field(primary_key=True, sa_type=Code)
    count: int = Field(sa_type=Big)


class Report(Row, table=True):
    """What a reader reported about an item. `contact` is given freely and erased when the report is closed."""

    __tablename__ = "report"
    __table_args__: ClassVar = rules(
        Index("ix_report_closed_at_at", "closed_at", "at"),
        kind="kind <> ''",
        erased="closed_at IS NULL OR contact = ''",
    )
    id: int | None = Field(default=None, primary_key=True, sa_type=Integer)
    key: str = Field(sa_type=Code)
    lot: str = Field(default="", sa_type=Code)
    serial: int = Field(default=0, sa_type=Integer)
    at: datetime = Field(sa_type=Utc)
    kind: str = Field(sa_type=Code)
    lang: str = Field(sa_type=Code)
    words: str = Field(default="", sa_type=Words)
    contact: str = Field(default="", sa_type=Words)
    closed_at: datetime | None = Field(default=None, sa_type=Utc)
    outcome: str = Field(default="", sa_type=Words)
