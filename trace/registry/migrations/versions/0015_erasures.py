"""What was erased for good, so that a restored backup can be told again."""

import sqlalchemy as sa
from alembic import op
from ocop.trace.registry import columns

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "erasure",
        sa.Column("id", columns.Big(), nullable=False),
        sa.Column("kind", columns.Code(), nullable=False),
        sa.Column("number", columns.Big(), nullable=False),
        sa.Column("mark", columns.Blob(), nullable=False),
        sa.Column("spans", columns.Json(), nullable=False),
        sa.Column("at", columns.Utc(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('person', 'role', 'consent', 'help', 'invitation', 'maker', 'story', 'draft', 'aside', "
            "'photo', 'voice', 'caption', 'report', 'request')",
            name=op.f("ck_erasure_kind"),
        ),
        sa.CheckConstraint("number >= 0", name=op.f("ck_erasure_number")),
        sa.CheckConstraint("length(mark) = 32", name=op.f("ck_erasure_mark")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasure")),
        sa.UniqueConstraint("kind", "number", "mark", "at", name=op.f("uq_erasure_kind_number_mark_at")),
        sqlite_strict=True,
        sqlite_autoincrement=True,
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_table("erasure")
