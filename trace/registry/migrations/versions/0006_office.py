"""Decisions as documents and lines, readings of stories, notices, holds, reports at work, quotas."""

import sqlalchemy as sa
from alembic import op

from ocop.trace.registry import columns

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables of the office."""
    op.create_table(
        "decision_document",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("decision_id", sa.Integer(), nullable=False),
        sa.Column("name", columns.Code(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("added_by", columns.Words(), nullable=False),
        sa.Column("added_at", columns.Utc(), nullable=False),
        sa.CheckConstraint("length(name) = 64", name=op.f("ck_decision_document_name")),
        sa.CheckConstraint("size BETWEEN 1 AND 20000000", name=op.f("ck_decision_document_size")),
        sa.ForeignKeyConstraint(
            ["decision_id"], ["decision.id"], name=op.f("fk_decision_document_decision_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decision_document")),
        sa.UniqueConstraint("decision_id", "name", name=op.f("uq_decision_document_decision_id_name")),
        sqlite_strict=True,
    )
    op.create_table(
        "quota",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("issuer_id", sa.Integer(), nullable=True),
        sa.Column("producer_id", sa.Integer(), nullable=True),
        sa.Column("from_year", sa.Integer(), nullable=False),
        sa.Column("codes", sa.Integer(), nullable=True),
        sa.Column("reason", columns.Words(), nullable=False),
        sa.Column("set_by", columns.Words(), nullable=False),
        sa.Column("set_at", columns.Utc(), nullable=False),
        sa.CheckConstraint("(issuer_id IS NULL) <> (producer_id IS NULL)", name=op.f("ck_quota_holder")),
        sa.CheckConstraint("codes IS NULL OR codes BETWEEN 0 AND 1000000000", name=op.f("ck_quota_codes")),
        sa.CheckConstraint("from_year BETWEEN 2020 AND 2200", name=op.f("ck_quota_year")),
        sa.ForeignKeyConstraint(["issuer_id"], ["issuer.id"], name=op.f("fk_quota_issuer_id")),
        sa.ForeignKeyConstraint(["producer_id"], ["producer.id"], name=op.f("fk_quota_producer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quota")),
        sa.UniqueConstraint("issuer_id", "from_year", name=op.f("uq_quota_issuer_id_from_year")),
        sa.UniqueConstraint("producer_id", "from_year", name=op.f("uq_quota_producer_id_from_year")),
        sqlite_strict=True,
    )
    op.create_table(
        "report_step",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("report_id", sa.Integer(), nullable=False),
        sa.Column("state", columns.Code(), nullable=False),
        sa.Column("words", columns.Words(), nullable=False),
        sa.Column("officer", columns.Words(), nullable=False),
        sa.Column("at", columns.Utc(), nullable=False),
        sa.CheckConstraint("state <> 'answered' OR words <> ''", name=op.f("ck_report_step_answer")),
        sa.CheckConstraint("state IN ('working', 'answered', 'closed')", name=op.f("ck_report_step_state")),
        sa.ForeignKeyConstraint(["report_id"], ["report.id"], name=op.f("fk_report_step_report_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_step")),
        sqlite_strict=True,
    )
    op.create_index("ix_report_step_report_id", "report_step", ["report_id"], unique=False)
    op.create_table(
        "decision_line",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("decision_id", sa.Integer(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("province_code", columns.Code(), nullable=False),
        sa.Column("producer", columns.Words(), nullable=False),
        sa.Column("product", columns.Words(), nullable=False),
        sa.Column("stars", sa.Integer(), nullable=False),
        sa.Column("potential", columns.Flag(), nullable=False),
        sa.Column("valid_from", columns.Day(), nullable=False),
        sa.Column("valid_to", columns.Day(), nullable=False),
        sa.Column("state", columns.Code(), nullable=False),
        sa.Column("certificate_id", sa.Integer(), nullable=True),
        sa.Column("note", columns.Words(), nullable=False),
        sa.Column("entered_by", columns.Words(), nullable=False),
        sa.Column("entered_at", columns.Utc(), nullable=False),
        sa.CheckConstraint(
            "(state = 'entered') = (certificate_id IS NOT NULL)", name=op.f("ck_decision_line_entered")
        ),
        sa.CheckConstraint("state IN ('waiting', 'entered', 'refused')", name=op.f("ck_decision_line_state")),
        sa.CheckConstraint("length(province_code) = 2", name=op.f("ck_decision_line_province")),
        sa.CheckConstraint("line >= 1", name=op.f("ck_decision_line_line")),
        sa.CheckConstraint("stars BETWEEN 3 AND 5", name=op.f("ck_decision_line_stars")),
        sa.CheckConstraint("valid_to >= valid_from", name=op.f("ck_decision_line_days")),
        sa.ForeignKeyConstraint(
            ["certificate_id"], ["certificate.id"], name=op.f("fk_decision_line_certificate_id")
        ),
        sa.ForeignKeyConstraint(["decision_id"], ["decision.id"], name=op.f("fk_decision_line_decision_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decision_line")),
        sa.UniqueConstraint("decision_id", "line", name=op.f("uq_decision_line_decision_id_line")),
        sqlite_strict=True,
    )
    op.create_index(
        "ix_decision_line_province_code_state", "decision_line", ["province_code", "state"], unique=False
    )
    op.create_table(
        "expiry_notice",
        sa.Column("certificate_id", sa.Integer(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("way", columns.Code(), nullable=False),
        sa.Column("told_by", columns.Words(), nullable=False),
        sa.Column("told_at", columns.Utc(), nullable=False),
        sa.CheckConstraint("way IN ('letter', 'zalo', 'phone', 'visit')", name=op.f("ck_expiry_notice_way")),
        sa.CheckConstraint("days IN (90, 60, 30, 0)", name=op.f("ck_expiry_notice_days")),
        sa.ForeignKeyConstraint(
            ["certificate_id"], ["certificate.id"], name=op.f("fk_expiry_notice_certificate_id")
        ),
        sa.PrimaryKeyConstraint("certificate_id", "days", name=op.f("pk_expiry_notice")),
        sqlite_strict=True,
    )
    op.create_table(
        "story_reading",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("story_id", sa.Integer(), nullable=False),
        sa.Column("outcome", columns.Code(), nullable=False),
        sa.Column("words", columns.Words(), nullable=False),
        sa.Column("office", columns.Words(), nullable=False),
        sa.Column("reader", columns.Words(), nullable=False),
        sa.Column("at", columns.Utc(), nullable=False),
        sa.CheckConstraint("outcome = 'checked' OR words <> ''", name=op.f("ck_story_reading_words")),
        sa.CheckConstraint("outcome IN ('checked', 'returned')", name=op.f("ck_story_reading_outcome")),
        sa.ForeignKeyConstraint(["story_id"], ["story.id"], name=op.f("fk_story_reading_story_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_story_reading")),
        sqlite_strict=True,
    )
    op.create_index("ix_story_reading_story_id", "story_reading", ["story_id"], unique=False)
    op.create_table(
        "batch_hold",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("why", columns.Code(), nullable=False),
        sa.Column("reason", columns.Words(), nullable=False),
        sa.Column("was_on_sale", columns.Flag(), nullable=False),
        sa.Column("held_by", columns.Words(), nullable=False),
        sa.Column("held_at", columns.Utc(), nullable=False),
        sa.Column("lifted_by", columns.Words(), nullable=False),
        sa.Column("lifted_at", columns.Utc(), nullable=True),
        sa.CheckConstraint("(lifted_by = '') = (lifted_at IS NULL)", name=op.f("ck_batch_hold_lifted")),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"], name=op.f("fk_batch_hold_batch_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_batch_hold")),
        sqlite_strict=True,
    )
    op.create_index("ix_batch_hold_batch_id", "batch_hold", ["batch_id"], unique=False)


def downgrade() -> None:
    """Drop the tables of the office."""
    op.drop_index("ix_batch_hold_batch_id", table_name="batch_hold")
    op.drop_table("batch_hold")
    op.drop_index("ix_story_reading_story_id", table_name="story_reading")
    op.drop_table("story_reading")
    op.drop_table("expiry_notice")
    op.drop_index("ix_decision_line_province_code_state", table_name="decision_line")
    op.drop_table("decision_line")
    op.drop_index("ix_report_step_report_id", table_name="report_step")
    op.drop_table("report_step")
    op.drop_table("quota")
    op.drop_table("decision_document")
