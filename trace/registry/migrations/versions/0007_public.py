"""Lists that are being imported."""

import sqlalchemy as sa
from alembic import op

from ocop.trace.registry import columns

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
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


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("import_draft")
