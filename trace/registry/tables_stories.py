"""What makers write and have not published: drafts, versions put aside when two wrote at once, files sent (floor 2)."""

from datetime import datetime
from typing import Any, ClassVar

from ocop.trace.registry.columns import Code, Json, Utc, Words
from ocop.trace.registry.tables_base import Row, rules
from sqlalchemy import Index, Integer
from sqlmodel import Field


class StoryDraft(Row, table=True):
    """The story as its maker has it before her, in one language.

    `revision` rises with every change of the words; whoever saves names the one they saw. `base` is the revision of
    `story` that the draft was last the same as, 0 for none. `content` is a `storytelling.Draft` without its numbers.
    """

    __tablename__ = "story_draft"
    __table_args__: ClassVar = rules(revision="revision >= 0", base="base >= 0")
    product_id: int = Field(primary_key=True, foreign_key="product.id", sa_type=Integer)
    lang: str = Field(primary_key=True, sa_type=Code)
    revision: int = Field(sa_type=Integer)
    base: int = Field(default=0, sa_type=Integer)
    content: dict[str, Any] = Field(sa_type=Json)
    author: str = Field(sa_type=Words)
    saved_at: datetime = Field(sa_type=Utc)


class StoryAside(Row, table=True):
    """The words of somebody whose save came second, kept until she has chosen."""

    __tablename__ = "story_aside"
    __table_args__: ClassVar = rules(Index("ix_story_aside_product_id_lang", "product_id", "lang"))
    id: int | None = Field(default=None, primary_key=True, sa_type=Integer)
    product_id: int = Field(foreign_key="product.id", sa_type=Integer)
    lang: str = Field(sa_type=Code)
    author: str = Field(sa_type=Words)
    content: dict[str, Any] = Field(sa_type=Json)
    kept_at: datetime = Field(sa_type=Utc)


class Upload(Row, table=True):
    """A picture or a clip that a maker's people sent, with the bytes of all its files; `name` is the kept one's."""

    __tablename__ = "upload"
    __table_args__: ClassVar = rules(size="size >= 0")
    producer_id: int = Field(primary_key=True, foreign_key="producer.id", sa_type=Integer)
    name: str = Field(primary_key=True, sa_type=Code)
    size: int = Field(sa_type=Integer)
    at: datetime = Field(sa_type=Utc)
