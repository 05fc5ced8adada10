"""What people ask about the data that is kept on them, and each step of the answer."""

import sqlalchemy as sa
from alembic import op
from ocop.trace.registry import columns

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "data_request",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("mark", columns.Blob(), nullable=False),
        sa.Column("kind", columns.Code(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("name", columns.Words(), nullable=False),
        sa.Column("contact", columns.Words(), nullable=False),
        sa.Column("words", columns.Words(), nullable=False),
        sa.Column("lang", columns.Code(), nullable=False),
        sa.Column("province_code", columns.Code(), nullable=False),
        sa.Column("others", columns.Flag(), nullable=False),
        sa.Column("filed_at", columns.Utc(), nullable=False),
        sa.Column("longer_at", columns.Utc(), nullable=True),
        sa.Column("closed_at", columns.Utc(), nullable=True),
        sa.Column("outcome", columns.Code(), nullable=False),
        sa.CheckConstraint("length(mark) = 32", name=op.f("ck_data_request_mark")),
        sa.CheckConstraint(
            "kind IN ('see', 'correct', 'delete', 'withdraw', 'restrict', 'object')",
            name=op.f("ck_data_request_kind"),
        ),
        sa.CheckConstraint("length(province_code) IN (0, 2)", name=op.f("ck_data_request_province")),
        sa.CheckConstraint("outcome IN ('done', 'refused', '')", name=op.f("ck_data_request_outcome")),
        sa.CheckConstraint("(outcome = '') = (closed_at IS NULL)", name=op.f("ck_data_request_closed")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_data_request_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_data_request")),
        sa.UniqueConstraint("mark", name=op.f("uq_data_request_mark")),
        sqlite_strict=True,
    )
    op.create_index("ix_data_request_person_id", "data_request", ["person_id"], unique=False)
    op.create_index("ix_data_request_province_code", "data_request", ["province_code"], unique=False)
    op.create_table(
        "data_request_step",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("request_id", sa.Integer(), nullable=False),
        sa.Column("state", columns.Code(), nullable=False),
        sa.Column("words", columns.Words(), nullable=False),
        sa.Column("officer", columns.Words(), nullable=False),
        sa.Column("at", columns.Utc(), nullable=False),
        sa.CheckConstraint(
            "state IN ('taken', 'answered', 'longer', 'done', 'refused')",
            name=op.f("ck_data_request_step_state"),
        ),
        sa.CheckConstraint("officer <> ''", name=op.f("ck_data_request_step_officer")),
        sa.ForeignKeyConstraint(
            ["request_id"], ["data_request.id"], name=op.f("fk_data_request_step_request_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_data_request_step")),
        sqlite_strict=True,
    )
    op.create_index("ix_data_request_step_request_id", "data_request_step", ["request_id"], unique=False)


def downgrade() -> None:
    """Drop them."""
    op.drop_table("data_request_step")
    op.drop_table("data_request")
