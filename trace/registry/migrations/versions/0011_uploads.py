"""What makers sent, so that it can be limited; where pictures stand, found quickly; how their printers pull askew."""

import sqlalchemy as sa
from alembic import op
from ocop.trace.registry import columns

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

INDEXES = (
    ("product", "photo"),
    ("recognition_sign", "photo"),
    ("batch", "photo"),
    ("story_step", "photo"),
    ("story", "portrait"),
    ("story", "voice"),
)


def upgrade() -> None:
    """Make the tables and the indexes."""
    op.create_table(
        "upload",
        sa.Column("producer_id", sa.Integer(), nullable=False),
        sa.Column("name", columns.Code(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("at", columns.Utc(), nullable=False),
        sa.CheckConstraint("size >= 0", name=op.f("ck_upload_size")),
        sa.ForeignKeyConstraint(["producer_id"], ["producer.id"], name=op.f("fk_upload_producer_id")),
        sa.PrimaryKeyConstraint("producer_id", "name", name=op.f("pk_upload")),
        sqlite_strict=True,
    )
    op.create_table(
        "printer_shift",
        sa.Column("producer_id", sa.Integer(), nullable=False),
        sa.Column("dx", sa.Integer(), nullable=False),
        sa.Column("dy", sa.Integer(), nullable=False),
        sa.CheckConstraint("dx BETWEEN -500 AND 500", name=op.f("ck_printer_shift_dx")),
        sa.CheckConstraint("dy BETWEEN -500 AND 500", name=op.f("ck_printer_shift_dy")),
        sa.ForeignKeyConstraint(["producer_id"], ["producer.id"], name=op.f("fk_printer_shift_producer_id")),
        sa.PrimaryKeyConstraint("producer_id", name=op.f("pk_printer_shift")),
        sqlite_strict=True,
    )
    for table, column in INDEXES:
        op.create_index(f"ix_{table}_{column}", table, [column], unique=False)


def downgrade() -> None:
    """Drop them."""
    for table, column in INDEXES:
        op.drop_index(f"ix_{table}_{column}", table_name=table)
    op.drop_table("printer_shift")
    op.drop_table("upload")
