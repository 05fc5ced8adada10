"""What people ask about the data that is kept on them, and each step of the answer (floor 2).

The number by which somebody follows a request is kept as its SHA-256 alone. Rows are added and closed, never deleted:
that a request came, when, and what was decided has to be shown for as long as the service runs.
"""

from datetime import datetime
from typing import ClassVar

from ocop.trace.deadlines import KINDS
from ocop.trace.registry.columns import Big, Blob, Code, Flag, Json, Utc, Words
from ocop.trace.registry.tables_base import Row, one_of, rules
from sqlalchemy import Integer, UniqueConstraint
from sqlmodel import Field

OUTCOMES = ("done", "refused")
STEPS = ("taken", "answered", "longer", *OUTCOMES)
ERASED = ("person", "role", "consent", "help", "invitation", "maker", "story", "draft", "aside", "photo", "voice",
          "caption", "report", "request")  # fmt: skip


class DataRequest(Row, table=True):
    """One request. `others`: somebody else holds the data too; `longer_at`: when its time was made longer, once.

    `person_id` is known when it was sent while signed in; the contact goes when the request is closed.
    """

    __tablename__ = "data_request"
    __table_args__: ClassVar = rules(
        mark="length(mark) = 32",
        kind=one_of("kind", *KINDS),
        province="length(province_code) IN (0, 2)",
        outcome=one_of("outcome", *OUTCOMES, ""),
        closed="(outcome = '') = (closed_at IS NULL)",
    )
    id: int | None = Field(default=None, primary_key=True, sa_type=Integer)
    mark: bytes = Field(sa_type=Blob, unique=True)
    kind: str = Field(sa_type=Code)
    person_id: int | None = Field(default=None, foreign_key="person.id", index=True, sa_type=Integer)
    name: str = Field(sa_type=Words)
    contact: str = Field(default="", sa_type=Words)
    words: str = Field(sa_type=Words)
    lang: str = Field(sa_type=Code)
    province_code: str = Field(default="", index=True, sa_type=Code)
    others: bool = Field(default=False, sa_type=Flag)
    filed_at: datetime = Field(sa_type=Utc)
    longer_at: datetime | None = Field(default=None, sa_type=Utc)
    closed_at: datetime | None = Field(default=None, sa_type=Utc)
    outcome: str = Field(default="", sa_type=Code)


class DataRequestStep(Row, table=True):
    """One step of the work on a request: who, when, and the words, which its sender reads."""

    __tablename__ = "data_request_step"
    __table_args__: ClassVar = rules(state=one_of("state", *STEPS), officer="officer <> ''")
    id: int | None = Field(default=None, primary_key=True, sa_type=Integer)
    request_id: int = Field(foreign_key="data_request.id", index=True, sa_type=Integer)
    state: str = Field(sa_type=Code)
    words: str = Field(default="", sa_type=Words)
    officer: str = Field(sa_type=Words)
    at: datetime = Field(sa_type=Utc)


class Erasure(Row, table=True):
    """One thing that was erased or taken back for good, as numbers and digests alone; rows are only ever added.

    What the numbers mean: `erasures`. The same entry is never there twice, whichever store it came from.
    """

    __tablename__ = "erasure"
    __table_args__: ClassVar = rules(
        UniqueConstraint("kind", "number", "mark", "at"),
        kind=one_of("kind", *ERASED),
        number="number >= 0",
        mark="length(mark) = 32",
        numbers_once=True,
    )
    id: int | None = Field(default=None, primary_key=True, sa_type=Big)
    kind: str = Field(sa_type=Code)
    number: int = Field(sa_type=Big)
    mark: bytes = Field(sa_type=Blob)
    spans: list[int] = Field(default_factory=list, sa_type=Json)
    at: datetime = Field(sa_type=Utc)
