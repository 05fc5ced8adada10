"""Chips and their bindings, stations, plans and dialogues; the secret under the receipts of taps."""

import sqlalchemy as sa
from alembic import op

from ocop.trace.registry import columns

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

BOUND = sa.text("state IN ('reserved', 'live')")


def upgrade() -> None:
    """Make the tables of chips."""
    op.create_table(
        "receipt_key",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_receipt_key_single")),
        sa.CheckConstraint("length(secret) = 32", name=op.f("ck_receipt_key_secret")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_receipt_key")),
        sqlite_strict=True,
    )
    op.create_table(
        "station",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", columns.Words(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", columns.Utc(), nullable=False),
        sa.Column("revoked_at", columns.Utc(), nullable=True),
        sa.CheckConstraint("name <> ''", name=op.f("ck_station_name")),
        sa.CheckConstraint("length(token_hash) = 32", name=op.f("ck_station_token")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_station")),
        sa.UniqueConstraint("name", name=op.f("uq_station_name")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_station_token_hash")),
        sqlite_strict=True,
    )
    op.create_table(
        "provisioning_plan",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("family", columns.Code(), nullable=False),
        sa.Column("first", sa.Integer(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.Column("station_id", sa.Integer(), nullable=True),
        sa.Column("state", columns.Code(), nullable=False),
        sa.Column("actor", columns.Words(), nullable=False),
        sa.Column("created_at", columns.Utc(), nullable=False),
        sa.CheckConstraint("family IN ('ntag21x', 'ntag424')", name=op.f("ck_provisioning_plan_family")),
        sa.CheckConstraint("state IN ('open', 'closed')", name=op.f("ck_provisioning_plan_state")),
        sa.CheckConstraint(
            "1 <= first AND first <= last AND last <= 999999", name=op.f("ck_provisioning_plan_serials")
        ),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"], name=op.f("fk_provisioning_plan_batch_id")),
        sa.ForeignKeyConstraint(["station_id"], ["station.id"], name=op.f("fk_provisioning_plan_station_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_provisioning_plan")),
        sqlite_strict=True,
    )
    op.create_index("ix_provisioning_plan_batch_id", "provisioning_plan", ["batch_id"], unique=False)
    op.create_table(
        "chip",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.LargeBinary(), nullable=False),
        sa.Column("key", columns.Code(), nullable=False),
        sa.Column("lot", columns.Code(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("type", columns.Code(), nullable=False),
        sa.Column("carrier", columns.Code(), nullable=False),
        sa.Column("mirror", columns.Code(), nullable=False),
        sa.Column("master_generation", sa.Integer(), nullable=False),
        sa.Column("chip_generation", sa.Integer(), nullable=False),
        sa.Column("password_master_generation", sa.Integer(), nullable=False),
        sa.Column("password_generation", sa.Integer(), nullable=False),
        sa.Column("counter", sa.Integer(), nullable=True),
        sa.Column("counter_before", sa.Integer(), nullable=True),
        sa.Column("counter_at", columns.Utc(), nullable=True),
        sa.Column("state", columns.Code(), nullable=False),
        sa.Column("bound_at", columns.Utc(), nullable=False),
        sa.Column("verified_at", columns.Utc(), nullable=True),
        sa.Column("ended_at", columns.Utc(), nullable=True),
        sa.Column("plan_id", sa.Integer(), nullable=True),
        sa.Column("station_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "(state IN ('void', 'replaced')) = (ended_at IS NOT NULL)", name=op.f("ck_chip_ended")
        ),
        sa.CheckConstraint(
            "(type = 'ntag424' AND carrier = 'sun' AND mirror = 'full') OR (type <> 'ntag424' AND carrier = 'static')",
            name=op.f("ck_chip_carrier"),
        ),
        sa.CheckConstraint(
            "carrier <> 'sun' OR (master_generation >= 1 AND chip_generation >= 1)",
            name=op.f("ck_chip_sun_generations"),
        ),
        sa.CheckConstraint("mirror IN ('full', 'none')", name=op.f("ck_chip_mirror")),
        sa.CheckConstraint("state IN ('reserved', 'live', 'void', 'replaced')", name=op.f("ck_chip_state")),
        sa.CheckConstraint("type IN ('ntag215', 'ntag216', 'ntag424')", name=op.f("ck_chip_type")),
        sa.CheckConstraint("counter BETWEEN 0 AND 16777215", name=op.f("ck_chip_counter")),
        sa.CheckConstraint("length(uid) = 7", name=op.f("ck_chip_uid")),
        sa.CheckConstraint(
            "master_generation BETWEEN 0 AND 255 AND chip_generation BETWEEN 0 AND 255",
            name=op.f("ck_chip_generations"),
        ),
        sa.CheckConstraint("number BETWEEN 1 AND 999999", name=op.f("ck_chip_number")),
        sa.CheckConstraint(
            "password_master_generation BETWEEN 0 AND 255 AND password_generation BETWEEN 0 AND 255",
            name=op.f("ck_chip_password"),
        ),
        sa.ForeignKeyConstraint(["plan_id"], ["provisioning_plan.id"], name=op.f("fk_chip_plan_id")),
        sa.ForeignKeyConstraint(["station_id"], ["station.id"], name=op.f("fk_chip_station_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chip")),
        sqlite_strict=True,
    )
    op.create_index("ix_chip_key_lot", "chip", ["key", "lot"], unique=False)
    op.create_index("ix_chip_uid", "chip", ["uid"], unique=False)
    op.create_index(
        "uq_chip_item_while_bound",
        "chip",
        ["key", "lot", "number"],
        unique=True,
        sqlite_where=BOUND,
        postgresql_where=BOUND,
    )
    op.create_index(
        "uq_chip_uid_while_bound", "chip", ["uid"], unique=True, sqlite_where=BOUND, postgresql_where=BOUND
    )
    op.create_table(
        "chip_dialogue",
        sa.Column("id", columns.Big(), nullable=False),
        sa.Column("station_id", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=True),
        sa.Column("kind", columns.Code(), nullable=False),
        sa.Column("family", columns.Code(), nullable=False),
        sa.Column("request", columns.Code(), nullable=False),
        sa.Column("seed", sa.LargeBinary(), nullable=False),
        sa.Column("simulated", columns.Flag(), nullable=False),
        sa.Column("uid", sa.LargeBinary(), nullable=True),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column("snapshot", columns.Json(), nullable=False),
        sa.Column("state", columns.Code(), nullable=False),
        sa.Column("started_at", columns.Utc(), nullable=False),
        sa.Column("ended_at", columns.Utc(), nullable=True),
        sa.CheckConstraint("family IN ('ntag21x', 'ntag424')", name=op.f("ck_chip_dialogue_family")),
        sa.CheckConstraint("kind IN ('provision', 'void', 'inspect')", name=op.f("ck_chip_dialogue_kind")),
        sa.CheckConstraint(
            "state IN ('running', 'finished', 'refused', 'lost')", name=op.f("ck_chip_dialogue_state")
        ),
        sa.CheckConstraint("length(seed) = 32", name=op.f("ck_chip_dialogue_seed")),
        sa.CheckConstraint("uid IS NULL OR length(uid) = 7", name=op.f("ck_chip_dialogue_uid")),
        sa.ForeignKeyConstraint(["plan_id"], ["provisioning_plan.id"], name=op.f("fk_chip_dialogue_plan_id")),
        sa.ForeignKeyConstraint(["station_id"], ["station.id"], name=op.f("fk_chip_dialogue_station_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chip_dialogue")),
        sa.UniqueConstraint("station_id", "request", name=op.f("uq_chip_dialogue_station_id_request")),
        sqlite_strict=True,
    )
    op.create_index("ix_chip_dialogue_uid", "chip_dialogue", ["uid"], unique=False)
    op.create_table(
        "dialogue_answer",
        sa.Column("dialogue_id", columns.Big(), nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("answer", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("position >= 0", name=op.f("ck_dialogue_answer_position")),
        sa.ForeignKeyConstraint(
            ["dialogue_id"], ["chip_dialogue.id"], name=op.f("fk_dialogue_answer_dialogue_id")
        ),
        sa.PrimaryKeyConstraint("dialogue_id", "position", name=op.f("pk_dialogue_answer")),
        sqlite_strict=True,
    )


def downgrade() -> None:
    """Take them away, and with them every binding."""
    op.drop_table("dialogue_answer")
    op.drop_index("ix_chip_dialogue_uid", table_name="chip_dialogue")
    op.drop_table("chip_dialogue")
    op.drop_index("uq_chip_uid_while_bound", table_name="chip", sqlite_where=BOUND, postgresql_where=BOUND)
    op.drop_index("uq_chip_item_while_bound", table_name="chip", sqlite_where=BOUND, postgresql_where=BOUND)
    op.drop_index("ix_chip_uid", table_name="chip")
    op.drop_index("ix_chip_key_lot", table_name="chip")
    op.drop_table("chip")
    op.drop_index("ix_provisioning_plan_batch_id", table_name="provisioning_plan")
    op.drop_table("provisioning_plan")
    op.drop_table("station")
    op.drop_table("receipt_key")
