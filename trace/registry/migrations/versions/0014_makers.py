"""Makers stop and hand products over; a batch says who made it, and under which name."""

import sqlalchemy as sa
from alembic import op
from ocop.trace.registry import columns

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the columns and tables. Of the batches so far the product's maker of today is the maker."""
    op.add_column("producer", sa.Column("closed_at", columns.Utc(), nullable=True))
    # Alembic adds a reference to a table of SQLite only by copying the table; both databases know this statement.
    op.execute(
        "ALTER TABLE batch ADD COLUMN producer_id INTEGER CONSTRAINT fk_batch_producer_id REFERENCES producer (id)"
    )
    op.add_column("batch", sa.Column("maker", columns.Words(), server_default="", nullable=False))
    op.create_index("ix_batch_producer_id", "batch", ["producer_id"], unique=False)
    op.execute(
        "UPDATE batch SET producer_id = (SELECT producer_id FROM product WHERE product.id = batch.product_id),"
        " maker = (SELECT producer.name FROM producer JOIN product ON product.producer_id = producer.id"
        " WHERE product.id = batch.product_id)"
    )
    _hand_over()
    _closing()
    _wish()


def _hand_over() -> None:
    op.create_table(
        "hand_over",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("product_id", sa.Integer(), nullable=False),
        sa.Column("from_id", sa.Integer(), nullable=False),
        sa.Column("to_id", sa.Integer(), nullable=False),
        sa.Column("reason", columns.Words(), nullable=False),
        sa.Column("done_by", columns.Words(), nullable=False),
        sa.Column("at", columns.Utc(), nullable=False),
        sa.CheckConstraint("from_id <> to_id", name=op.f("ck_hand_over_others")),
        sa.CheckConstraint("reason <> ''", name=op.f("ck_hand_over_reason")),
        sa.CheckConstraint("done_by <> ''", name=op.f("ck_hand_over_done_by")),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"], name=op.f("fk_hand_over_product_id")),
        sa.ForeignKeyConstraint(["from_id"], ["producer.id"], name=op.f("fk_hand_over_from_id")),
        sa.ForeignKeyConstraint(["to_id"], ["producer.id"], name=op.f("fk_hand_over_to_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hand_over")),
        sqlite_strict=True,
    )
    for column in ("product_id", "from_id", "to_id"):
        op.create_index(f"ix_hand_over_{column}", "hand_over", [column], unique=False)


def _closing() -> None:
    op.create_table(
        "producer_closing",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("producer_id", sa.Integer(), nullable=False),
        sa.Column("cause", columns.Code(), nullable=False),
        sa.Column("reason", columns.Words(), nullable=False),
        sa.Column("closed_by", columns.Words(), nullable=False),
        sa.Column("closed_at", columns.Utc(), nullable=False),
        sa.Column("reopened_by", columns.Words(), nullable=False),
        sa.Column("reopen_reason", columns.Words(), nullable=False),
        sa.Column("reopened_at", columns.Utc(), nullable=True),
        sa.CheckConstraint(
            "cause IN ('wish', 'dissolved', 'died', 'handed_over', 'other')",
            name=op.f("ck_producer_closing_cause"),
        ),
        sa.CheckConstraint("reason <> ''", name=op.f("ck_producer_closing_reason")),
        sa.CheckConstraint("closed_by <> ''", name=op.f("ck_producer_closing_closed_by")),
        sa.CheckConstraint(
            "reopened_at IS NULL OR reopened_at >= closed_at", name=op.f("ck_producer_closing_order")
        ),
        sa.CheckConstraint(
            "(reopened_at IS NULL) = (reopened_by = '')", name=op.f("ck_producer_closing_reopened")
        ),
        sa.CheckConstraint(
            "reopened_at IS NULL OR reopen_reason <> ''", name=op.f("ck_producer_closing_why")
        ),
        sa.ForeignKeyConstraint(["producer_id"], ["producer.id"], name=op.f("fk_producer_closing_producer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_producer_closing")),
        sqlite_strict=True,
    )
    op.create_index("ix_producer_closing_producer_id", "producer_closing", ["producer_id"], unique=False)
    _one_standing("producer_closing", "reopened_at")


def _wish() -> None:
    op.create_table(
        "closing_wish",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("producer_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("words", columns.Words(), nullable=False),
        sa.Column("asked_at", columns.Utc(), nullable=False),
        sa.Column("ended_at", columns.Utc(), nullable=True),
        sa.CheckConstraint("ended_at IS NULL OR ended_at >= asked_at", name=op.f("ck_closing_wish_order")),
        sa.ForeignKeyConstraint(["producer_id"], ["producer.id"], name=op.f("fk_closing_wish_producer_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_closing_wish_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_closing_wish")),
        sqlite_strict=True,
    )
    op.create_index("ix_closing_wish_producer_id", "closing_wish", ["producer_id"], unique=False)
    op.create_index("ix_closing_wish_person_id", "closing_wish", ["person_id"], unique=False)
    _one_standing("closing_wish", "ended_at")


def _one_standing(table: str, column: str) -> None:
    op.create_index(
        f"uq_{table}_standing",
        table,
        ["producer_id"],
        unique=True,
        sqlite_where=sa.text(f"{column} IS NULL"),
        postgresql_where=sa.text(f"{column} IS NULL"),
    )


def downgrade() -> None:
    """Drop them."""
    for table in ("closing_wish", "producer_closing", "hand_over"):
        op.drop_table(table)
    op.drop_index("ix_batch_producer_id", table_name="batch")
    op.drop_column("batch", "maker")
    op.execute("ALTER TABLE batch DROP COLUMN producer_id")
    op.drop_column("producer", "closed_at")
