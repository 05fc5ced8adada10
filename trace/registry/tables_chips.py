"""Chips and what binds them, the stations that write them, and their dialogues with us (floor 2).

A chip row is one **binding**: this UID was given to that item. Bindings are history: a chip that is voided or
replaced keeps its row, so that its old link still says what became of it. The two partial unique indexes are the
promise that counts: an item never has two chips at once, and a chip is never on two items at once.

    reserved   bound and perhaps half written; the token may have left the house
    live       answered once, to the station or to a phone
    void       given up before or after writing; the number is free again
    replaced   another chip took its place; its link answers `withdrawn`

No key of a chip is ever stored: it follows from the master and the generations in the row.
"""

from datetime import datetime
from typing import Any, ClassVar

from ocop.trace.registry.columns import Big, Blob, Code, Flag, Json, Utc, Words
from ocop.trace.registry.tables_base import Row, one_of, rules
from sqlalchemy import Index, Integer, UniqueConstraint, text
from sqlmodel import Field

CHIP_TYPES = ("ntag215", "ntag216", "ntag424")
CARRIERS = ("static", "sun")
MIRRORS = ("full", "none")
CHIP_STATES = ("reserved", "live", "void", "replaced")
FAMILIES = ("ntag21x", "ntag424")
PLAN_STATES = ("open", "closed")
DIALOGUE_KINDS = ("provision", "void", "inspect")
DIALOGUE_STATES = ("running", "finished", "refused", "lost")
ON_AN_ITEM = one_of("state", "reserved", "live")


def _while_bound(name: str, *columns: str) -> Index:
    where = text(ON_AN_ITEM)
    return Index(name, *columns, unique=True, sqlite_where=where, postgresql_where=where)


class Station(Row, table=True):
    """A machine that writes chips. Its token is known by its SHA-256 only and can be taken away."""

    __tablename__ = "station"
    __table_args__: ClassVar = rules(name="name <> ''", token="length(token_hash) = 32")  # noqa: S106 a rule's name
    id: int | None = Field(default=None, primary_key=True, sa_type=Integer)
    name: str = Field(sa_type=Words, unique=True)
    token_hash: bytes = Field(sa_type=Blob, unique=True)
    created_at: datetime = Field(sa_type=Utc)
    revoked_at: datetime | None = Field(default=None, sa_type=Utc)


class ProvisioningPlan(Row, table=True):
    """Serials `first`..`last` of a batch shall get chips of one family, at one station or at any."""

    __tablename__ = "provisioning_plan"
    __table_args__: ClassVar = rules(
        Index("ix_provisioning_plan_batch_id", "batch_id"),
        family=one_of("family", *FAMILIES),
        serials="1 <= first AND first <= last AND last <= 999999",
        state=one_of("state", *PLAN_STATES),
    )
    id: int | None = Field(default=None, primary_key=True, sa_type=Integer)
    batch_id: int = Field(foreign_key="batch.id", sa_type=Integer)
    family: str = Field(sa_type=Code)
    first: int = Field(sa_type=Integer)
    last: int = Field(sa_type=Integer)
    station_id: int | None = Field(default=None, foreign_key="station.id", sa_type=Integer)
    state: str = Field(default="open", sa_type=Code)
    actor: str = Field(default="", sa_type=Words)
    created_at: datetime = Field(sa_type=Utc)


class Chip(Row, table=True):
    """One binding of a UID (7 bytes) to an item, and of a SUN chip the last counter that was spent.

    `counter` None: lost with a restore, the next tap sets it. `counter_before` is what it was before the last
    tap, `counter_at` when that tap was. Generations are 1..255, 0 where the chip has no such key.
    """

    __tablename__ = "chip"
    __table_args__: ClassVar = rules(
        _while_bound("uq_chip_item_while_bound", "key", "lot", "number"),
        _while_bound("uq_chip_uid_while_bound", "uid"),
        Index("ix_chip_key_lot", "key", "lot"),
        Index("ix_chip_uid", "uid"),
        uid="length(uid) = 7",
        number="number BETWEEN 1 AND 999999",
        type=one_of("type", *CHIP_TYPES),
        carrier="(type = 'ntag424' AND carrier = 'sun' AND mirror = 'full')"
        " OR (type <> 'ntag424' AND carrier = 'static')",
        mirror=one_of("mirror", *MIRRORS),
        generations="master_generation BETWEEN 0 AND 255 AND chip_generation BETWEEN 0 AND 255",
        sun_generations="carrier <> 'sun' OR (master_generation >= 1 AND chip_generation >= 1)",
        password="password_master_generation BETWEEN 0 AND 255 AND password_generation BETWEEN 0 AND 255",  # noqa: S106 a rule's name
        counter="counter BETWEEN 0 AND 16777215",
        state=one_of("state", *CHIP_STATES),
        ended="(state IN ('void', 'replaced')) = (ended_at IS NOT NULL)",
    )
    id: int | None = Field(default=None, primary_key=True, sa_type=Integer)
    uid: bytes = Field(sa_type=Blob)
    key: str = Field(sa_type=Code)
    lot: str = Field(sa_type=Code)
    number: int = Field(sa_type=Integer)
    type: str = Field(sa_type=Code)
    carrier: str = Field(sa_type=Code)
    mirror: str = Field(default="full", sa_type=Code)
    master_generation: int = Field(default=0, sa_type=Integer)
    chip_generation: int = Field(default=0, sa_type=Integer)
    password_master_generation: int = Field(default=0, sa_type=Integer)
    password_generation: int = Field(default=0, sa_type=Integer)
    counter: int | None = Field(default=0, sa_type=Integer)
    counter_before: int | None = Field(default=None, sa_type=Integer)
    counter_at: datetime | None = Field(default=None, sa_type=Utc)
    state: str = Field(default="reserved", sa_type=Code)
    bound_at: datetime = Field(sa_type=Utc)
    verified_at: datetime | None = Field(default=None, sa_type=Utc)
    ended_at: datetime | None = Field(default=None, sa_type=Utc)
    plan_id: int | None = Field(default=None, foreign_key="provisioning_plan.id", sa_type=Integer)
    station_id: int | None = Field(default=None, foreign_key="station.id", sa_type=Integer)


class ChipDialogue(Row, table=True):
    """One dialogue with a chip, run here and carried by a station. `request` makes its beginning idempotent.

    `seed` is the dialogue's only chance; with the answers it says where the dialogue stands, on any worker.
    """

    __tablename__ = "chip_dialogue"
    __table_args__: ClassVar = rules(
        UniqueConstraint("station_id", "request"),
        Index("ix_chip_dialogue_uid", "uid"),
        kind=one_of("kind", *DIALOGUE_KINDS),
        family=one_of("family", *FAMILIES),
        seed="length(seed) = 32",
        uid="uid IS NULL OR length(uid) = 7",
        state=one_of("state", *DIALOGUE_STATES),
    )
    id: int | None = Field(default=None, primary_key=True, sa_type=Big)
    station_id: int = Field(foreign_key="station.id", sa_type=Integer)
    plan_id: int | None = Field(default=None, foreign_key="provisioning_plan.id", sa_type=Integer)
    kind: str = Field(sa_type=Code)
    family: str = Field(sa_type=Code)
    request: str = Field(sa_type=Code)
    seed: bytes = Field(sa_type=Blob, repr=False)
    simulated: bool = Field(default=False, sa_type=Flag)
    uid: bytes | None = Field(default=None, sa_type=Blob)
    number: int | None = Field(default=None, sa_type=Integer)
    snapshot: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    state: str = Field(default="running", sa_type=Code)
    started_at: datetime = Field(sa_type=Utc)
    ended_at: datetime | None = Field(default=None, sa_type=Utc)


class DialogueAnswer(Row, table=True):
    """What a chip answered at one position of a dialogue; never replaced."""

    __tablename__ = "dialogue_answer"
    __table_args__: ClassVar = rules(position="position >= 0")
    dialogue_id: int = Field(primary_key=True, foreign_key="chip_dialogue.id", sa_type=Big)
    position: int = Field(primary_key=True, sa_type=Integer, sa_column_kwargs={"autoincrement": False})
    answer: bytes = Field(sa_type=Blob)


class ReceiptKey(Row, table=True):
    """The secret under the receipts of taps, one row, shared by all workers."""

    __tablename__ = "receipt_key"
    __table_args__: ClassVar = rules(single="id = 1", secret="length(secret) = 32")  # noqa: S106 a rule's name
    id: int = Field(default=1, primary_key=True, sa_type=Integer)
    secret: bytes = Field(sa_type=Blob, repr=False)
