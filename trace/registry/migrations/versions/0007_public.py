"""Lists that are being imported; numbers by which readers follow their reports."""

import sqlalchemy as sa
from alembic import op

from ocop.trace.registry import columns

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "import_draft",
        sa.Column("name", columns.Code(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("title", columns.Words(), nullable=False),
        sa.Column("pasted", columns.Flag(), nullable=False),
        sa.Column("content", columns.Blob(), nullable=False),
        sa.Column("header_line", sa.Integer(), nullable=False),
        sa.Column("mapping", columns.Json(), nullable=False),
        sa.Column("defaults", columns.Json(), nullable=False),
        sa.Column("created_at", columns.Utc(), nullable=False),
        sa.CheckConstraint("length(name) = 22", name=op.f("ck_import_draft_name")),
        sa.CheckConstraint("length(content) BETWEEN 1 AND 8388608", name=op.f("ck_import_draft_size")),
        sa.CheckConstraint("header_line >= 0", name=op.f("ck_import_draft_header")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_import_draft_person_id")),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_import_draft")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_import_draft_person_id"), "import_draft", ["person_id"])
    op.create_table(
        "report_follow",
        sa.Column("mark", columns.Blob(), nullable=False),
        sa.Column("report_id", sa.Integer(), nullable=False),
        sa.CheckConstraint("length(mark) = 32", name=op.f("ck_report_follow_mark")),
        sa.ForeignKeyConstraint(["report_id"], ["report.id"], name=op.f("fk_report_follow_report_id")),
        sa.PrimaryKeyConstraint("mark", name=op.f("pk_report_follow")),
        sa.UniqueConstraint("report_id", name=op.f("uq_report_follow_report_id")),
        sqlite_strict=True,
    )


def downgrade() -> None:
    """Drop the tables."""
    op.drop_table("report_follow")
    op.drop_table("import_draft")
