"""Decisions as documents and lines, readings of stories, notices, holds, reports at work, quotas (floor 2).

The star itself stays a `Certificate`; what lies here is the office's paper and work around it. Nothing here is
ever deleted by a verb: what ended has the moment of its end.
"""

from datetime import date, datetime
from typing import ClassVar

from ocop.trace.registry.columns import Code, Day, Flag, Utc, Words
from ocop.trace.registry.tables_base import Row, one_of, rules
from sqlalchemy import Index, Integer, UniqueConstraint
from sqlmodel import Field

LINE_STATES = ("waiting", "entered", "refused")
NOTICE_DAYS = (90, 60, 30, 0)
NOTICE_WAYS = ("letter", "zalo", "phone", "visit")
READING_OUTCOMES = ("checked", "returned")
REPORT_STATES = ("working", "answered", "closed")


class DecisionDocument(Row, table=True):
    """The PDF of a decision. `name` is the SHA-256 of the file in hex; a better scan is a later row, none goes."""

    __tablename__ = "decision_document"
    __table_args__: ClassVar = rules(
        UniqueConstraint("decision_id", "name"),
        name="length(name) = 64",
        size="size BETWEEN 1 AND 20000000",
    )
    id: int | None = Field(default=None, primary_key=True, sa_type=Integer)
    decision_id: int = Field(foreign_key="decision.id", sa_type=Integer)
    name: str = Field(sa_type=Code)
    size: int = Field(sa_type=Integer)
    added_by: str = Field(sa_type=Words)
    added_at: datetime = Field(sa_type=Utc)


class DecisionLine(Row, table=True):
    """One line of a decision as the paper prints it, until the office of its province enters it as a certificate."""

    __tablename__ = "decision_line"
    __table_args__: ClassVar = rules(
        UniqueConstraint("decision_id", "line"),
        Index("ix_decision_line_province_code_state", "province_code", "state"),
        line="line >= 1",
        province="length(province_code) = 2",
        stars="stars BETWEEN 3 AND 5",
        days="valid_to >= valid_from",
        state=one_of("state", *LINE_STATES),
        entered="(state = 'entered') = (certificate_id IS NOT NULL)",
    )
    id: int | None = Field(default=None, primary_key=True, sa_type=Integer)
    decision_id: int = Field(foreign_key="decision.id", sa_type=Integer)
    line: int = Field(sa_type=Integer)
    province_code: str = Field(sa_type=Code)
    producer: str = Field(sa_type=Words)
    product: str = Field(sa_type=Words)
    stars: int = Field(sa_type=Integer)
    potential: bool = Field(default=False, sa_type=Flag)
    valid_from: date = Field(sa_type=Day)
    valid_to: date = Field(sa_type=Day)
    state: str = Field(default="waiting", sa_type=Code)
    certificate_id: int | None = Field(default=None, foreign_key="certificate.id", sa_type=Integer)
    note: str = Field(default="", sa_type=Words)
    entered_by: str = Field(default="", sa_type=Words)
    entered_at: datetime = Field(sa_type=Utc)


class StoryReading(Row, table=True):
    """Somebody of an office read one revision of a story: `checked`, or `returned` with words for its maker."""

    __tablename__ = "story_reading"
    __table_args__: ClassVar = rules(
        Index("ix_story_reading_story_id", "story_id"),
        outcome=one_of("outcome", *READING_OUTCOMES),
        words="outcome = 'checked' OR words <> ''",
    )
    id: int | None = Field(default=None, primary_key=True, sa_type=Integer)
    story_id: int = Field(foreign_key="story.id", sa_type=Integer)
    outcome: str = Field(sa_type=Code)
    words: str = Field(default="", sa_type=Words)
    office: str = Field(sa_type=Words)
    reader: str = Field(sa_type=Words)
    at: datetime = Field(sa_type=Utc)


class ExpiryNotice(Row, table=True):
    """The producer was told that a certificate ends in `days` days: how, by whom, when."""

    __tablename__ = "expiry_notice"
    __table_args__: ClassVar = rules(
        days="days IN (90, 60, 30, 0)",
        way=one_of("way", *NOTICE_WAYS),
    )
    certificate_id: int = Field(primary_key=True, foreign_key="certificate.id", sa_type=Integer)
    days: int = Field(primary_key=True, sa_type=Integer)
    way: str = Field(sa_type=Code)
    told_by: str = Field(sa_type=Words)
    told_at: datetime = Field(sa_type=Utc)


class BatchHold(Row, table=True):
    """An office keeps a batch off sale: while one stands, its maker can't open the batch for sale.

    `was_on_sale` says whether lifting the hold puts the batch back on sale.
    """

    __tablename__ = "batch_hold"
    __table_args__: ClassVar = rules(
        Index("ix_batch_hold_batch_id", "batch_id"),
        lifted="(lifted_by = '') = (lifted_at IS NULL)",
    )
    id: int | None = Field(default=None, primary_key=True, sa_type=Integer)
    batch_id: int = Field(foreign_key="batch.id", sa_type=Integer)
    why: str = Field(sa_type=Code)
    reason: str = Field(sa_type=Words)
    was_on_sale: bool = Field(default=False, sa_type=Flag)
    held_by: str = Field(sa_type=Words)
    held_at: datetime = Field(sa_type=Utc)
    lifted_by: str = Field(default="", sa_type=Words)
    lifted_at: datetime | None = Field(default=None, sa_type=Utc)


class ReportStep(Row, table=True):
    """One step of the work on a reader's report; the newest row is where it stands, no row means new."""

    __tablename__ = "report_step"
    __table_args__: ClassVar = rules(
        Index("ix_report_step_report_id", "report_id"),
        state=one_of("state", *REPORT_STATES),
        answer="state <> 'answered' OR words <> ''",
    )
    id: int | None = Field(default=None, primary_key=True, sa_type=Integer)
    report_id: int = Field(foreign_key="report.id", sa_type=Integer)
    state: str = Field(sa_type=Code)
    words: str = Field(default="", sa_type=Words)
    officer: str = Field(sa_type=Words)
    at: datetime = Field(sa_type=Utc)


class Quota(Row, table=True):
    """How many codes an issuer, or a producer, may have in a calendar year (UTC+07:00) from `from_year` on.

    The row with the highest `from_year` up to the year counts; `codes` NULL lifts the limit again.
    """

    __tablename__ = "quota"
    __table_args__: ClassVar = rules(
        UniqueConstraint("issuer_id", "from_year"),
        UniqueConstraint("producer_id", "from_year"),
        holder="(issuer_id IS NULL) <> (producer_id IS NULL)",
        year="from_year BETWEEN 2020 AND 2200",
        codes="codes IS NULL OR codes BETWEEN 0 AND 1000000000",
    )
    id: int | None = Field(default=None, primary_key=True, sa_type=Integer)
    issuer_id: int | None = Field(default=None, foreign_key="issuer.id", sa_type=Integer)
    producer_id: int | None = Field(default=None, foreign_key="producer.id", sa_type=Integer)
    from_year: int = Field(sa_type=Integer)
    codes: int | None = Field(default=None, sa_type=Integer)
    reason: str = Field(default="", sa_type=Words)
    set_by: str = Field(sa_type=Words)
    set_at: datetime = Field(sa_type=Utc)
