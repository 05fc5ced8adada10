"""What a reader gave freely beside a report's words: where they bought it, a photograph. The row goes at closing."""

import sqlalchemy as sa
from alembic import op

from ocop.trace.registry import columns

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "report_private",
        sa.Column("report_id", sa.Integer(), nullable=False),
        sa.Column("place", columns.Words(), nullable=False),
        sa.Column("photo", columns.Blob(), nullable=True),
        sa.CheckConstraint(
            "photo IS NULL OR length(photo) BETWEEN 1 AND 1000000", name=op.f("ck_report_private_photo")
        ),
        sa.ForeignKeyConstraint(["report_id"], ["report.id"], name=op.f("fk_report_private_report_id")),
        sa.PrimaryKeyConstraint("report_id", name=op.f("pk_report_private")),
        sqlite_strict=True,
    )


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("report_private")
