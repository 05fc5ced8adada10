"""Issuers, keys, the ledger, acts, batches and their exceptions, print runs (floor 2)."""

from datetime import date, datetime
from typing import ClassVar

from ocop.trace.facts import Level
from ocop.trace.registry.columns import Big, Blob, Code, Day, Flag, Json, Utc, Words
from ocop.trace.registry.tables_base import Row, one_of, rules
from sqlalchemy import Index, Integer, UniqueConstraint
from sqlmodel import Field

LEVELS = tuple(str(level) for level in Level)
KEY_STATES = ("active", "retired", "withdrawn")


class Meta(Row, table=True):
    """The store itself, one row. `facts_version` rises with every act that a page must show at once."""

    __tablename__ = "meta"
    __table_args__: ClassVar = rules(
        single="id = 1",
        realm="realm <> ''",
        key_floor="key_floor BETWEEN 0 AND 65536",
        facts_version="facts_version >= 1",
    )
    id: int = Field(default=1, primary_key=True, sa_type=Integer)
    realm: str = Field(sa_type=Code)
    created_at: datetime = Field(sa_type=Utc)
    facts_version: int = Field(default=1, sa_type=Big)
    # Set by a restore: keys numbered below the floor verify only, and unknown numbers are "cannot say".
    restored_at: datetime | None = Field(default=None, sa_type=Utc)
    key_floor: int = Field(default=0, sa_type=Integer)


class Issuer(Row, table=True):
    """The body that signs codes (a certificate has an authority, which is another thing)."""

    __tablename__ = "issuer"
    __table_args__: ClassVar = rules(code="code <> ''", province="length(province_code) = 2")
    id: int | None = Field(default=None, primary_key=True, sa_type=Integer)
    code: str = Field(sa_type=Code, unique=True)
    name: str = Field(sa_type=Words)
    province_code: str = Field(sa_type=Code)
    created_at: datetime = Field(sa_type=Utc)


class LedgerEntry(Row, table=True):
    """One entry as the bytes that were written once; `position` is its index, 0, 1, 2 … without a gap."""

    __tablename__ = "ledger_entry"
    __table_args__: ClassVar = rules(position="position >= 0", entry="length(entry) BETWEEN 2 AND 65535")
    position: int = Field(primary_key=True, sa_type=Big, sa_column_kwargs={"autoincrement": False})
    entry: bytes = Field(sa_type=Blob)
    at: datetime = Field(sa_type=Utc)


class Act(Row, table=True):
    """Who did what, when and why. The words may be corrected; the ledger holds the code of the reason only."""

    __tablename__ = "act"
    __table_args__: ClassVar = rules(kind="kind <> ''")
    id: int | None = Field(default=None, primary_key=True, sa_type=Integer)
    position: int | None = Field(default=None, foreign_key="ledger_entry.position", unique=True, sa_type=Big)
    kind: str = Field(sa_type=Code)
    why: str = Field(default="", sa_type=Code)
    reason: str = Field(default="", sa_type=Words)
    advice: str = Field(default="", sa_type=Words)
    actor: str = Field(default="", sa_type=Words)
    at: datetime = Field(sa_type=Utc)


class IdentifierAssignment(Row, table=True):
    """An identifier given to an issuer by an office act; past holders stay, so that old codes stay good."""

    __tablename__ = "identifier_assignment"
    __table_args__: ClassVar = rules(UniqueConstraint("key", "position"))
    id: int | None = Field(default=None, primary_key=True, sa_type=Integer)
    key: str = Field(sa_type=Code)
    issuer_id: int = Field(foreign_key="issuer.id", index=True, sa_type=Integer)
    position: int = Field(foreign_key="ledger_entry.position", sa_type=Big)


class SigningKey(Row, table=True):
    """The public half of a key and its state. The secret half is a file of the keystore, never a row."""

    __tablename__ = "signing_key"
    __table_args__: ClassVar = rules(
        UniqueConstraint("issuer_id", "number"),
        number="number BETWEEN 0 AND 65535",
        public="length(public) = 32",
        state=one_of("state", *KEY_STATES),
        cutoff="(state = 'withdrawn') = (cutoff IS NOT NULL)",
    )
    id: int | None = Field(default=None, primary_key=True, sa_type=Integer)
    issuer_id: int = Field(foreign_key="issuer.id", sa_type=Integer)
    number: int = Field(sa_type=Integer)
    public: bytes = Field(sa_type=Blob, unique=True)
    state: str = Field(default="active", sa_type=Code)
    position: int = Field(foreign_key="ledger_entry.position", unique=True, sa_type=Big)
    # Batches entered before this ledger index stay good after a withdrawal.
    cutoff: int | None = Field(default=None, sa_type=Big)
    created_at: datetime = Field(sa_type=Utc)


class Batch(Row, table=True):
    """One lot as issued: (key, lot) is one batch for ever. `name` to `seal` are what the pack said that day.

    `producer_id` made it, then called `maker`: the product may be somebody else's today.

    A draft has no ledger position and no token of it may leave the house.
    """

    __tablename__ = "batch"
    __table_args__: ClassVar = rules(
        UniqueConstraint("key", "lot"),
        level=one_of("level", *LEVELS),
        serials="(level = 'batch' AND first = 0 AND last = 0)"
        " OR (level = 'item' AND first >= 1 AND first <= last AND last <= 999999)",
        lot="length(lot) BETWEEN 1 AND 20",
        state=one_of("state", "draft", "entered"),
        entered="(state = 'entered') = (position IS NOT NULL)",
        released="released_at IS NULL OR state = 'entered'",
        key_number="key_number BETWEEN 0 AND 65535",
        content="length(content_hash) = 32",
    )
    id: int | None = Field(default=None, primary_key=True, sa_type=Integer)
    product_id: int = Field(foreign_key="product.id", index=True, sa_type=Integer)
    key: str = Field(foreign_key="product_key.key", sa_type=Code)
    lot: str = Field(sa_type=Code)
    level: str = Field(sa_type=Code)
    first: int = Field(sa_type=Integer)
    last: int = Field(sa_type=Integer)
    issuer_id: int = Field(foreign_key="issuer.id", sa_type=Integer)
    key_number: int = Field(sa_type=Integer)
    position: int | None = Field(default=None, foreign_key="ledger_entry.position", unique=True, sa_type=Big)
    made: date = Field(sa_type=Day)
    expiry: date | None = Field(default=None, sa_type=Day)
    issued_at: datetime = Field(sa_type=Utc)
    name: str = Field(default="", sa_type=Words)
    net: str = Field(default="", sa_type=Words)
    photo: str | None = Field(default=None, foreign_key="photo.name", index=True, sa_type=Code)
    seal: str = Field(default="", sa_type=Words)
    producer_id: int | None = Field(default=None, foreign_key="producer.id", index=True, sa_type=Integer)
    maker: str = Field(default="", sa_type=Words, sa_column_kwargs={"server_default": ""})
    idempotency_key: str = Field(sa_type=Code, unique=True)
    content_hash: bytes = Field(sa_type=Blob)
    state: str = Field(default="draft", sa_type=Code)
    released_at: datetime | None = Field(default=None, sa_type=Utc)


class BatchEvent(Row, table=True):
    """One stage of production of a batch for the legal panel: what, when, at which place code."""

    __tablename__ = "batch_event"
    __table_args__: ClassVar = rules(line="line >= 0")
    batch_id: int = Field(primary_key=True, foreign_key="batch.id", sa_type=Integer)
    line: int = Field(primary_key=True, sa_type=Integer)
    step: dict[str, str] = Field(sa_type=Json)
    on_day: date = Field(sa_type=Day)
    place_code: str = Field(default="", sa_type=Code)


class SerialRange(Row, table=True):
    """Serials `first`..`last` of a batch that are an exception: cancelled, or display pieces.

    `undone_id` names the act that took the exception back; the row stays.
    """

    __tablename__ = "serial_range"
    __table_args__: ClassVar = rules(
        Index("ix_serial_range_batch_id", "batch_id"),
        kind=one_of("kind", "withdrawn", "display"),
        serials="0 <= first AND first <= last AND last <= 999999",
    )
    id: int | None = Field(default=None, primary_key=True, sa_type=Integer)
    batch_id: int = Field(foreign_key="batch.id", sa_type=Integer)
    kind: str = Field(sa_type=Code)
    first: int = Field(sa_type=Integer)
    last: int = Field(sa_type=Integer)
    act_id: int = Field(foreign_key="act.id", sa_type=Integer)
    undone_id: int | None = Field(default=None, foreign_key="act.id", sa_type=Integer)


class Recall(Row, table=True):
    """The goods of a batch are called back; the words stand in the act."""

    __tablename__ = "recall"
    __table_args__: ClassVar = rules(Index("ix_recall_batch_id", "batch_id"))
    id: int | None = Field(default=None, primary_key=True, sa_type=Integer)
    batch_id: int = Field(foreign_key="batch.id", sa_type=Integer)
    act_id: int = Field(foreign_key="act.id", unique=True, sa_type=Integer)
    undone_id: int | None = Field(default=None, foreign_key="act.id", sa_type=Integer)


class PrintRun(Row, table=True):
    """One sheet file that was made: which stock, when, by whom, and whether on purpose a second time."""

    __tablename__ = "print_run"
    __table_args__: ClassVar = rules(Index("ix_print_run_batch_id", "batch_id"), labels="labels >= 1")
    id: int | None = Field(default=None, primary_key=True, sa_type=Integer)
    batch_id: int = Field(foreign_key="batch.id", sa_type=Integer)
    stock: str = Field(sa_type=Code)
    labels: int = Field(sa_type=Integer)
    reprint: bool = Field(default=False, sa_type=Flag)
    actor: str = Field(default="", sa_type=Words)
    at: datetime = Field(sa_type=Utc)


class PrintRange(Row, table=True):
    """Serials `first`..`last` are on the sheets of a print run (0..0 for a batch code)."""

    __tablename__ = "print_range"
    __table_args__: ClassVar = rules(serials="0 <= first AND first <= last AND last <= 999999")
    run_id: int = Field(primary_key=True, foreign_key="print_run.id", sa_type=Integer)
    first: int = Field(primary_key=True, sa_type=Integer)
    last: int = Field(sa_type=Integer)
