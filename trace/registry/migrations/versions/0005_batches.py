"""What the studio keeps of batches, sheets and scans."""

import sqlalchemy as sa
from alembic import op
from ocop.trace.registry import columns

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

FORMAT = "format IN ('pdf', 'svg', 'png', 'csv')"


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "print_purpose",
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("purpose", columns.Code(), nullable=False),
        sa.Column("format", columns.Code(), nullable=False),
        sa.Column("ticket", columns.Code(), nullable=False),
        sa.CheckConstraint("purpose IN ('own', 'test', 'shop')", name=op.f("ck_print_purpose_purpose")),
        sa.CheckConstraint(FORMAT, name=op.f("ck_print_purpose_format")),
        sa.CheckConstraint("ticket <> ''", name=op.f("ck_print_purpose_ticket")),
        sa.ForeignKeyConstraint(["run_id"], ["print_run.id"], name=op.f("fk_print_purpose_run_id")),
        sa.PrimaryKeyConstraint("run_id", name=op.f("pk_print_purpose")),
        sa.UniqueConstraint("ticket", name=op.f("uq_print_purpose_ticket")),
        sqlite_strict=True,
    )
    op.create_table(
        "shop_link",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("secret_hash", sa.LargeBinary(), nullable=False),
        sa.Column("format", columns.Code(), nullable=False),
        sa.Column("stock", columns.Code(), nullable=False),
        sa.Column("first", sa.Integer(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.Column("reprint", columns.Flag(), nullable=False),
        sa.Column("actor", columns.Words(), nullable=False),
        sa.Column("made_at", columns.Utc(), nullable=False),
        sa.Column("expires_at", columns.Utc(), nullable=False),
        sa.Column("fetched_at", columns.Utc(), nullable=True),
        sa.Column("ended_at", columns.Utc(), nullable=True),
        sa.CheckConstraint("length(secret_hash) = 32", name=op.f("ck_shop_link_secret")),
        sa.CheckConstraint(FORMAT, name=op.f("ck_shop_link_format")),
        sa.CheckConstraint(
            "0 <= first AND first <= last AND last <= 999999", name=op.f("ck_shop_link_serials")
        ),
        sa.CheckConstraint("fetched_at IS NULL OR ended_at IS NULL", name=op.f("ck_shop_link_once")),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"], name=op.f("fk_shop_link_batch_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shop_link")),
        sa.UniqueConstraint("secret_hash", name=op.f("uq_shop_link_secret_hash")),
        sqlite_strict=True,
    )
    op.create_index("ix_shop_link_batch_id", "shop_link", ["batch_id"], unique=False)


def downgrade() -> None:
    """Drop the tables."""
    op.drop_table("shop_link")
    op.drop_table("print_purpose")
