"""People, their roles, credentials, sessions and invitations; the audit log."""

import sqlalchemy as sa
from alembic import op

from ocop.trace.registry import columns

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables of people and the log."""
    op.create_table(
        "ceremony",
        sa.Column("holder", sa.LargeBinary(), nullable=False),
        sa.Column("purpose", columns.Code(), nullable=False),
        sa.Column("challenge", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", columns.Utc(), nullable=False),
        sa.CheckConstraint("purpose IN ('register', 'sign_in', 'again')", name=op.f("ck_ceremony_purpose")),
        sa.PrimaryKeyConstraint("holder", "purpose", name=op.f("pk_ceremony")),
        sqlite_strict=True,
    )
    op.create_table(
        "person",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", columns.Words(), nullable=False),
        sa.Column("phone", columns.Code(), nullable=True),
        sa.Column("handle", sa.LargeBinary(), nullable=False),
        sa.Column("lang", columns.Code(), nullable=False),
        sa.Column("secret", columns.Code(), nullable=False),
        sa.Column("secret_generated", columns.Flag(), nullable=False),
        sa.Column("secret_at", columns.Utc(), nullable=True),
        sa.Column("held_until", columns.Utc(), nullable=True),
        sa.Column("created_at", columns.Utc(), nullable=False),
        sa.Column("closed_at", columns.Utc(), nullable=True),
        sa.CheckConstraint("name <> ''", name=op.f("ck_person_name")),
        sa.CheckConstraint("closed_at IS NOT NULL OR phone IS NOT NULL", name=op.f("ck_person_open")),
        sa.CheckConstraint("length(handle) = 32", name=op.f("ck_person_handle")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
        sa.UniqueConstraint("handle", name=op.f("uq_person_handle")),
        sa.UniqueConstraint("phone", name=op.f("uq_person_phone")),
        sqlite_strict=True,
    )
    op.create_table(
        "tried",
        sa.Column("id", columns.Big(), nullable=False),
        sa.Column("kind", columns.Code(), nullable=False),
        sa.Column("who", sa.LargeBinary(), nullable=False),
        sa.Column("at", columns.Utc(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tried")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_tried_at"), "tried", ["at"], unique=False)
    op.create_index("ix_tried_kind_who_at", "tried", ["kind", "who", "at"], unique=False)
    op.create_table(
        "audit_entry",
        sa.Column("position", columns.Big(), autoincrement=False, nullable=False),
        sa.Column("at", columns.Utc(), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("actor", columns.Words(), nullable=False),
        sa.Column("what", columns.Code(), nullable=False),
        sa.Column("about", columns.Words(), nullable=False),
        sa.Column("why", columns.Words(), nullable=False),
        sa.Column("producer_id", sa.Integer(), nullable=True),
        sa.Column("helping", columns.Flag(), nullable=False),
        sa.Column("before", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("what <> ''", name=op.f("ck_audit_entry_what")),
        sa.CheckConstraint("length(before) = 32", name=op.f("ck_audit_entry_before")),
        sa.CheckConstraint("length(digest) = 32", name=op.f("ck_audit_entry_digest")),
        sa.CheckConstraint("position >= 0", name=op.f("ck_audit_entry_position")),
        sa.ForeignKeyConstraint(["actor_id"], ["person.id"], name=op.f("fk_audit_entry_actor_id")),
        sa.ForeignKeyConstraint(["producer_id"], ["producer.id"], name=op.f("fk_audit_entry_producer_id")),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_audit_entry")),
        sa.UniqueConstraint("digest", name=op.f("uq_audit_entry_digest")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_audit_entry_actor_id"), "audit_entry", ["actor_id"], unique=False)
    op.create_index(op.f("ix_audit_entry_producer_id"), "audit_entry", ["producer_id"], unique=False)
    op.create_table(
        "credential",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("credential_id", sa.LargeBinary(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("sign_count", columns.Big(), nullable=False),
        sa.Column("transports", columns.Json(), nullable=False),
        sa.Column("name", columns.Words(), nullable=False),
        sa.Column("created_at", columns.Utc(), nullable=False),
        sa.Column("used_at", columns.Utc(), nullable=True),
        sa.CheckConstraint("sign_count >= 0", name=op.f("ck_credential_counter")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_credential_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credential")),
        sa.UniqueConstraint("credential_id", name=op.f("uq_credential_credential_id")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_credential_person_id"), "credential", ["person_id"], unique=False)
    op.create_table(
        "help_consent",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("producer_id", sa.Integer(), nullable=False),
        sa.Column("agreed_by", columns.Words(), nullable=False),
        sa.Column("proof", columns.Words(), nullable=False),
        sa.Column("entered_by", sa.Integer(), nullable=False),
        sa.Column("given_at", columns.Utc(), nullable=False),
        sa.Column("until", columns.Utc(), nullable=False),
        sa.Column("ended_at", columns.Utc(), nullable=True),
        sa.CheckConstraint("agreed_by <> '' AND proof <> ''", name=op.f("ck_help_consent_agreed")),
        sa.CheckConstraint("until > given_at", name=op.f("ck_help_consent_order")),
        sa.ForeignKeyConstraint(["entered_by"], ["person.id"], name=op.f("fk_help_consent_entered_by")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_help_consent_person_id")),
        sa.ForeignKeyConstraint(["producer_id"], ["producer.id"], name=op.f("fk_help_consent_producer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_help_consent")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_help_consent_person_id"), "help_consent", ["person_id"], unique=False)
    op.create_index(op.f("ix_help_consent_producer_id"), "help_consent", ["producer_id"], unique=False)
    op.create_index(
        "uq_help_consent_standing",
        "help_consent",
        ["person_id", "producer_id"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "invitation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("name", columns.Words(), nullable=False),
        sa.Column("phone", columns.Code(), nullable=False),
        sa.Column("role", columns.Code(), nullable=False),
        sa.Column("producer_id", sa.Integer(), nullable=True),
        sa.Column("province", columns.Code(), nullable=True),
        sa.Column("commune", columns.Code(), nullable=True),
        sa.Column("recovers", sa.Integer(), nullable=True),
        sa.Column("made_by", columns.Words(), nullable=False),
        sa.Column("made_by_id", sa.Integer(), nullable=True),
        sa.Column("made_at", columns.Utc(), nullable=False),
        sa.Column("expires_at", columns.Utc(), nullable=False),
        sa.Column("used_at", columns.Utc(), nullable=True),
        sa.Column("used_by", sa.Integer(), nullable=True),
        sa.Column("ended_at", columns.Utc(), nullable=True),
        sa.CheckConstraint("(role = '') = (recovers IS NOT NULL)", name=op.f("ck_invitation_purpose")),
        sa.CheckConstraint(
            "role IN ('operator', 'national', 'province', 'commune', 'producer', 'inspector', 'station', '')",
            name=op.f("ck_invitation_role"),
        ),
        sa.CheckConstraint("expires_at > made_at", name=op.f("ck_invitation_order")),
        sa.CheckConstraint("length(token_hash) = 32", name=op.f("ck_invitation_link")),
        sa.ForeignKeyConstraint(["made_by_id"], ["person.id"], name=op.f("fk_invitation_made_by_id")),
        sa.ForeignKeyConstraint(["producer_id"], ["producer.id"], name=op.f("fk_invitation_producer_id")),
        sa.ForeignKeyConstraint(["recovers"], ["person.id"], name=op.f("fk_invitation_recovers")),
        sa.ForeignKeyConstraint(["used_by"], ["person.id"], name=op.f("fk_invitation_used_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitation")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_invitation_token_hash")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_invitation_producer_id"), "invitation", ["producer_id"], unique=False)
    op.create_table(
        "recovery",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("reason", columns.Words(), nullable=False),
        sa.Column("asked_by", sa.Integer(), nullable=False),
        sa.Column("asked_at", columns.Utc(), nullable=False),
        sa.Column("agreed_by", sa.Integer(), nullable=True),
        sa.Column("agreed_at", columns.Utc(), nullable=True),
        sa.Column("ended_at", columns.Utc(), nullable=True),
        sa.CheckConstraint("reason <> ''", name=op.f("ck_recovery_reason")),
        sa.CheckConstraint("(agreed_by IS NULL) = (agreed_at IS NULL)", name=op.f("ck_recovery_agreed")),
        sa.CheckConstraint("agreed_by IS NULL OR agreed_by <> asked_by", name=op.f("ck_recovery_two")),
        sa.ForeignKeyConstraint(["agreed_by"], ["person.id"], name=op.f("fk_recovery_agreed_by")),
        sa.ForeignKeyConstraint(["asked_by"], ["person.id"], name=op.f("fk_recovery_asked_by")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_recovery_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recovery")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_recovery_person_id"), "recovery", ["person_id"], unique=False)
    op.create_table(
        "recovery_code",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", columns.Utc(), nullable=False),
        sa.Column("used_at", columns.Utc(), nullable=True),
        sa.CheckConstraint("length(code_hash) = 32", name=op.f("ck_recovery_code_code")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_recovery_code_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recovery_code")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_recovery_code_person_id"), "recovery_code", ["person_id"], unique=False)
    op.create_table(
        "role_grant",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("role", columns.Code(), nullable=False),
        sa.Column("producer_id", sa.Integer(), nullable=True),
        sa.Column("province", columns.Code(), nullable=True),
        sa.Column("commune", columns.Code(), nullable=True),
        sa.Column("given_by", columns.Words(), nullable=False),
        sa.Column("given_at", columns.Utc(), nullable=False),
        sa.Column("ended_at", columns.Utc(), nullable=True),
        sa.CheckConstraint("role <> 'commune' OR length(commune) = 5", name=op.f("ck_role_grant_commune")),
        sa.CheckConstraint(
            "role <> 'producer' OR producer_id IS NOT NULL", name=op.f("ck_role_grant_producer")
        ),
        sa.CheckConstraint("role <> 'province' OR length(province) = 2", name=op.f("ck_role_grant_province")),
        sa.CheckConstraint(
            "role IN ('operator', 'national', 'province', 'commune', 'producer', 'inspector', 'station')",
            name=op.f("ck_role_grant_role"),
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_role_grant_person_id")),
        sa.ForeignKeyConstraint(["producer_id"], ["producer.id"], name=op.f("fk_role_grant_producer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_role_grant")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_role_grant_person_id"), "role_grant", ["person_id"], unique=False)
    op.create_index(op.f("ix_role_grant_producer_id"), "role_grant", ["producer_id"], unique=False)
    op.create_table(
        "room_session",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("browser", columns.Words(), nullable=False),
        sa.Column("made_at", columns.Utc(), nullable=False),
        sa.Column("seen_at", columns.Utc(), nullable=False),
        sa.Column("proved_at", columns.Utc(), nullable=True),
        sa.Column("idle_minutes", sa.Integer(), nullable=False),
        sa.Column("helping", sa.Integer(), nullable=True),
        sa.Column("ended_at", columns.Utc(), nullable=True),
        sa.CheckConstraint("length(token_hash) = 32", name=op.f("ck_room_session_cookie")),
        sa.CheckConstraint("seen_at >= made_at", name=op.f("ck_room_session_order")),
        sa.ForeignKeyConstraint(["helping"], ["producer.id"], name=op.f("fk_room_session_helping")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_room_session_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_room_session")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_room_session_token_hash")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_room_session_person_id"), "room_session", ["person_id"], unique=False)


def downgrade() -> None:
    """Take them away, and with them every account."""
    op.drop_index(op.f("ix_room_session_person_id"), table_name="room_session")
    op.drop_table("room_session")
    op.drop_index(op.f("ix_role_grant_producer_id"), table_name="role_grant")
    op.drop_index(op.f("ix_role_grant_person_id"), table_name="role_grant")
    op.drop_table("role_grant")
    op.drop_index(op.f("ix_recovery_code_person_id"), table_name="recovery_code")
    op.drop_table("recovery_code")
    op.drop_index(op.f("ix_recovery_person_id"), table_name="recovery")
    op.drop_table("recovery")
    op.drop_index(op.f("ix_invitation_producer_id"), table_name="invitation")
    op.drop_table("invitation")
    op.drop_index(
        "uq_help_consent_standing",
        table_name="help_consent",
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.drop_index(op.f("ix_help_consent_producer_id"), table_name="help_consent")
    op.drop_index(op.f("ix_help_consent_person_id"), table_name="help_consent")
    op.drop_table("help_consent")
    op.drop_index(op.f("ix_credential_person_id"), table_name="credential")
    op.drop_table("credential")
    op.drop_index(op.f("ix_audit_entry_producer_id"), table_name="audit_entry")
    op.drop_index(op.f("ix_audit_entry_actor_id"), table_name="audit_entry")
    op.drop_table("audit_entry")
    op.drop_index("ix_tried_kind_who_at", table_name="tried")
    op.drop_index(op.f("ix_tried_at"), table_name="tried")
    op.drop_table("tried")
    op.drop_table("person")
    op.drop_table("ceremony")
