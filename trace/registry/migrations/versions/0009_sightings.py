"""Marks of sightings go many to a row: a market day leaves thousands a minute, and nobody asks for a single one.

A number is never used twice (AUTOINCREMENT), so that a worker which read up to one misses none after old rows went.
"""

import sqlalchemy as sa
from alembic import op

from ocop.trace.registry import columns

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table anew. Marks live for two days and are learnt again: none is carried over."""
    op.drop_index("ix_item_sighting_day", table_name="item_sighting")
    op.drop_table("item_sighting")
    op.create_table(
        "item_sighting",
        sa.Column("id", columns.Big(), nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("worker", columns.Big(), nullable=False),
        sa.Column("marks", columns.Blob(), nullable=False),
        sa.CheckConstraint("length(marks) > 4", name=op.f("ck_item_sighting_marks")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_item_sighting")),
        sqlite_strict=True,
        sqlite_autoincrement=True,
    )
    op.create_index("ix_item_sighting_day", "item_sighting", ["day"], unique=False)


def downgrade() -> None:
    """A row a mark again."""
    op.drop_index("ix_item_sighting_day", table_name="item_sighting")
    op.drop_table("item_sighting")
    op.create_table(
        "item_sighting",
        sa.Column("id", columns.Big(), nullable=False),
        sa.Column("item", columns.Code(), nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("mark", columns.Big(), nullable=False),
        sa.Column("worker", columns.Big(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_item_sighting")),
        sa.UniqueConstraint("item", "day", "mark", name=op.f("uq_item_sighting_item_day_mark")),
        sqlite_strict=True,
    )
    op.create_index("ix_item_sighting_day", "item_sighting", ["day"], unique=False)
