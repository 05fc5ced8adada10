"""Drafts of stories, versions put aside, the words of a clip with each story."""

import sqlalchemy as sa
from alembic import op

from ocop.trace.registry import columns

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.add_column("story", sa.Column("transcript", columns.Words(), server_default="", nullable=False))
    op.create_table(
        "story_draft",
        sa.Column("product_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("lang", columns.Code(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("base", sa.Integer(), nullable=False),
        sa.Column("content", columns.Json(), nullable=False),
        sa.Column("author", columns.Words(), nullable=False),
        sa.Column("saved_at", columns.Utc(), nullable=False),
        sa.CheckConstraint("revision >= 0", name=op.f("ck_story_draft_revision")),
        sa.CheckConstraint("base >= 0", name=op.f("ck_story_draft_base")),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"], name=op.f("fk_story_draft_product_id")),
        sa.PrimaryKeyConstraint("product_id", "lang", name=op.f("pk_story_draft")),
        sqlite_strict=True,
    )
    op.create_table(
        "story_aside",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("product_id", sa.Integer(), nullable=False),
        sa.Column("lang", columns.Code(), nullable=False),
        sa.Column("author", columns.Words(), nullable=False),
        sa.Column("content", columns.Json(), nullable=False),
        sa.Column("kept_at", columns.Utc(), nullable=False),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"], name=op.f("fk_story_aside_product_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_story_aside")),
        sqlite_strict=True,
    )
    op.create_index("ix_story_aside_product_id_lang", "story_aside", ["product_id", "lang"], unique=False)


def downgrade() -> None:
    """Drop the tables."""
    op.drop_index("ix_story_aside_product_id_lang", table_name="story_aside")
    op.drop_table("story_aside")
    op.drop_table("story_draft")
    op.drop_column("story", "transcript")
