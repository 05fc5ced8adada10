"""Lists that are being imported; numbers by which readers follow their reports (floor 2).

A list lies here between its upload and its import, for one person and at most a day; importing it, or bringing
another one, takes it away.
"""

from datetime import datetime
from typing import ClassVar

from ocop.trace.registry.columns import Blob, Code, Flag, Json, Utc, Words
from ocop.trace.registry.tables_base import Row, rules
from sqlalchemy import Integer
from sqlmodel import Field


class ReportFollow(Row, table=True):
    """The number of a report, as its SHA-256 alone."""

    __tablename__ = "report_follow"
    __table_args__: ClassVar = rules(mark="length(mark) = 32")
    mark: bytes = Field(primary_key=True, sa_type=Blob)
    report_id: int = Field(foreign_key="report.id", unique=True, sa_type=Integer)


class ReportPrivate(Row, table=True):
    """What was given freely beside a report's words; the row goes when the report is closed. `photo` is a JPEG."""

    __tablename__ = "report_private"
    __table_args__: ClassVar = rules(photo="photo IS NULL OR length(photo) BETWEEN 1 AND 1000000")
    report_id: int = Field(primary_key=True, foreign_key="report.id", sa_type=Integer)
    place: str = Field(default="", sa_type=Words)
    photo: bytes | None = Field(default=None, sa_type=Blob)


class ImportDraft(Row, table=True):
    """A list as it was brought (`pasted`: as text), and how its owner wants it read."""

    __tablename__ = "import_draft"
    __table_args__: ClassVar = rules(
        name="length(name) = 22", size="length(content) BETWEEN 1 AND 8388608", header="header_line >= 0"
    )
    name: str = Field(primary_key=True, sa_type=Code)
    person_id: int = Field(foreign_key="person.id", index=True, sa_type=Integer)
    title: str = Field(sa_type=Words)
    pasted: bool = Field(default=False, sa_type=Flag)
    content: bytes = Field(sa_type=Blob)
    header_line: int = Field(default=0, sa_type=Integer)
    mapping: dict[str, str] = Field(default_factory=dict, sa_type=Json)
    defaults: dict[str, str] = Field(default_factory=dict, sa_type=Json)
    created_at: datetime = Field(sa_type=Utc)
