"""The first schema: catalogue, issue, ledger, scans."""

import sqlalchemy as sa
from alembic import op

from ocop.trace.registry import columns

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make every table."""
    op.create_table(
        "admin_unit",
        sa.Column("code", columns.Code(), nullable=False),
        sa.Column("valid_from", columns.Day(), nullable=False),
        sa.Column("valid_to", columns.Day(), nullable=True),
        sa.Column("kind", columns.Code(), nullable=False),
        sa.Column("name", columns.Words(), nullable=False),
        sa.Column("province_code", columns.Code(), nullable=False),
        sa.Column("predecessors", columns.Words(), nullable=False),
        sa.CheckConstraint(
            "(length(code) = 2) = (kind IN ('tinh', 'thanh_pho'))", name=op.f("ck_admin_unit_level")
        ),
        sa.CheckConstraint(
            "kind IN ('tinh', 'thanh_pho', 'xa', 'phuong', 'dac_khu')", name=op.f("ck_admin_unit_kind")
        ),
        sa.CheckConstraint("length(code) IN (2, 5)", name=op.f("ck_admin_unit_code")),
        sa.CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name=op.f("ck_admin_unit_days")),
        sa.PrimaryKeyConstraint("code", "valid_from", name=op.f("pk_admin_unit")),
        sqlite_strict=True,
    )
    op.create_index("ix_admin_unit_province_code", "admin_unit", ["province_code"], unique=False)
    op.create_table(
        "decision",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", columns.Words(), nullable=False),
        sa.Column("signed_on", columns.Day(), nullable=False),
        sa.Column("authority", columns.Words(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decision")),
        sa.UniqueConstraint(
            "number", "signed_on", "authority", name=op.f("uq_decision_number_signed_on_authority")
        ),
        sqlite_strict=True,
    )
    op.create_table(
        "issuer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", columns.Code(), nullable=False),
        sa.Column("name", columns.Words(), nullable=False),
        sa.Column("province_code", columns.Code(), nullable=False),
        sa.Column("created_at", columns.Utc(), nullable=False),
        sa.CheckConstraint("code <> ''", name=op.f("ck_issuer_code")),
        sa.CheckConstraint("length(province_code) = 2", name=op.f("ck_issuer_province")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_issuer")),
        sa.UniqueConstraint("code", name=op.f("uq_issuer_code")),
        sqlite_strict=True,
    )
    op.create_table(
        "item_sighting",
        sa.Column("id", columns.Big(), nullable=False),
        sa.Column("item", columns.Code(), nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("mark", columns.Big(), nullable=False),
        sa.Column("worker", columns.Big(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_item_sighting")),
        sa.UniqueConstraint("item", "day", "mark", name=op.f("uq_item_sighting_item_day_mark")),
        sqlite_strict=True,
    )
    op.create_index("ix_item_sighting_day", "item_sighting", ["day"], unique=False)
    op.create_table(
        "ledger_entry",
        sa.Column("position", columns.Big(), autoincrement=False, nullable=False),
        sa.Column("entry", sa.LargeBinary(), nullable=False),
        sa.Column("at", columns.Utc(), nullable=False),
        sa.CheckConstraint("length(entry) BETWEEN 2 AND 65535", name=op.f("ck_ledger_entry_entry")),
        sa.CheckConstraint("position >= 0", name=op.f("ck_ledger_entry_position")),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_ledger_entry")),
        sqlite_strict=True,
    )
    op.create_table(
        "meta",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("realm", columns.Code(), nullable=False),
        sa.Column("created_at", columns.Utc(), nullable=False),
        sa.Column("facts_version", columns.Big(), nullable=False),
        sa.Column("restored_at", columns.Utc(), nullable=True),
        sa.Column("key_floor", sa.Integer(), nullable=False),
        sa.CheckConstraint("realm <> ''", name=op.f("ck_meta_realm")),
        sa.CheckConstraint("facts_version >= 1", name=op.f("ck_meta_facts_version")),
        sa.CheckConstraint("id = 1", name=op.f("ck_meta_single")),
        sa.CheckConstraint("key_floor BETWEEN 0 AND 65536", name=op.f("ck_meta_key_floor")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meta")),
        sqlite_strict=True,
    )
    op.create_table(
        "photo",
        sa.Column("name", columns.Code(), nullable=False),
        sa.Column("sizes", columns.Json(), nullable=False),
        sa.Column("alt", columns.Json(), nullable=False),
        sa.Column("caption", columns.Json(), nullable=False),
        sa.CheckConstraint("length(name) = 64", name=op.f("ck_photo_name")),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_photo")),
        sqlite_strict=True,
    )
    op.create_table(
        "producer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slug", columns.Code(), nullable=False),
        sa.Column("name", columns.Words(), nullable=False),
        sa.Column("kind", columns.Code(), nullable=False),
        sa.Column("province_code", columns.Code(), nullable=False),
        sa.Column("province", columns.Words(), nullable=False),
        sa.Column("commune_code", columns.Code(), nullable=False),
        sa.Column("commune", columns.Words(), nullable=False),
        sa.Column("detail", columns.Words(), nullable=False),
        sa.Column("formerly", columns.Words(), nullable=False),
        sa.Column("phone", columns.Words(), nullable=False),
        sa.Column("website", columns.Words(), nullable=False),
        sa.Column("visit", columns.Words(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('htx', 'to_hop_tac', 'ho_kinh_doanh', 'doanh_nghiep', 'co_so')",
            name=op.f("ck_producer_kind"),
        ),
        sa.CheckConstraint("length(commune_code) IN (0, 5)", name=op.f("ck_producer_commune")),
        sa.CheckConstraint("length(province_code) = 2", name=op.f("ck_producer_province")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_producer")),
        sa.UniqueConstraint("slug", name=op.f("uq_producer_slug")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_producer_province_code"), "producer", ["province_code"], unique=False)
    op.create_table(
        "report",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", columns.Code(), nullable=False),
        sa.Column("lot", columns.Code(), nullable=False),
        sa.Column("serial", sa.Integer(), nullable=False),
        sa.Column("at", columns.Utc(), nullable=False),
        sa.Column("kind", columns.Code(), nullable=False),
        sa.Column("lang", columns.Code(), nullable=False),
        sa.Column("words", columns.Words(), nullable=False),
        sa.Column("contact", columns.Words(), nullable=False),
        sa.Column("closed_at", columns.Utc(), nullable=True),
        sa.Column("outcome", columns.Words(), nullable=False),
        sa.CheckConstraint("closed_at IS NULL OR contact = ''", name=op.f("ck_report_erased")),
        sa.CheckConstraint("kind <> ''", name=op.f("ck_report_kind")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report")),
        sqlite_strict=True,
    )
    op.create_index("ix_report_closed_at_at", "report", ["closed_at", "at"], unique=False)
    op.create_table(
        "scan",
        sa.Column("id", columns.Big(), nullable=False),
        sa.Column("key", columns.Code(), nullable=False),
        sa.Column("lot", columns.Code(), nullable=False),
        sa.Column("serial", sa.Integer(), nullable=False),
        sa.Column("at", columns.Utc(), nullable=False),
        sa.Column("code", columns.Code(), nullable=False),
        sa.Column("stars", columns.Code(), nullable=False),
        sa.Column("channel", columns.Code(), nullable=False),
        sa.Column("lang", columns.Code(), nullable=False),
        sa.Column("browser", columns.Code(), nullable=False),
        sa.CheckConstraint("channel IN ('print', 'nfc', 'typed')", name=op.f("ck_scan_channel")),
        sa.CheckConstraint("serial BETWEEN 0 AND 999999", name=op.f("ck_scan_serial")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scan")),
        sqlite_strict=True,
    )
    op.create_index("ix_scan_at", "scan", ["at"], unique=False)
    op.create_index("ix_scan_key_lot_at", "scan", ["key", "lot", "at"], unique=False)
    op.create_table(
        "scan_month",
        sa.Column("key", columns.Code(), nullable=False),
        sa.Column("lot", columns.Code(), nullable=False),
        sa.Column("month", columns.Code(), nullable=False),
        sa.Column("code", columns.Code(), nullable=False),
        sa.Column("stars", columns.Code(), nullable=False),
        sa.Column("channel", columns.Code(), nullable=False),
        sa.Column("lang", columns.Code(), nullable=False),
        sa.Column("count", columns.Big(), nullable=False),
        sa.CheckConstraint("channel IN ('print', 'nfc', 'typed')", name=op.f("ck_scan_month_channel")),
        sa.CheckConstraint("count >= 1", name=op.f("ck_scan_month_count")),
        sa.CheckConstraint("length(month) = 7", name=op.f("ck_scan_month_month")),
        sa.PrimaryKeyConstraint(
            "key", "lot", "month", "code", "stars", "channel", "lang", name=op.f("pk_scan_month")
        ),
        sqlite_strict=True,
    )
    op.create_table(
        "sighting_key",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_sighting_key_single")),
        sa.CheckConstraint("length(salt) = 32", name=op.f("ck_sighting_key_salt")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sighting_key")),
        sqlite_strict=True,
    )
    op.create_table(
        "thanks",
        sa.Column("key", columns.Code(), nullable=False),
        sa.Column("lot", columns.Code(), nullable=False),
        sa.Column("lang", columns.Code(), nullable=False),
        sa.Column("count", columns.Big(), nullable=False),
        sa.CheckConstraint("count >= 1", name=op.f("ck_thanks_count")),
        sa.PrimaryKeyConstraint("key", "lot", "lang", name=op.f("pk_thanks")),
        sqlite_strict=True,
    )
    op.create_table(
        "voice",
        sa.Column("name", columns.Code(), nullable=False),
        sa.Column("media_type", columns.Code(), nullable=False),
        sa.Column("seconds", sa.Integer(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("transcript", columns.Words(), nullable=False),
        sa.CheckConstraint("seconds BETWEEN 1 AND 60", name=op.f("ck_voice_seconds")),
        sa.CheckConstraint("size BETWEEN 1 AND 256000", name=op.f("ck_voice_size")),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_voice")),
        sqlite_strict=True,
    )
    op.create_table(
        "act",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("position", columns.Big(), nullable=True),
        sa.Column("kind", columns.Code(), nullable=False),
        sa.Column("why", columns.Code(), nullable=False),
        sa.Column("reason", columns.Words(), nullable=False),
        sa.Column("advice", columns.Words(), nullable=False),
        sa.Column("actor", columns.Words(), nullable=False),
        sa.Column("at", columns.Utc(), nullable=False),
        sa.CheckConstraint("kind <> ''", name=op.f("ck_act_kind")),
        sa.ForeignKeyConstraint(["position"], ["ledger_entry.position"], name=op.f("fk_act_position")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_act")),
        sa.UniqueConstraint("position", name=op.f("uq_act_position")),
        sqlite_strict=True,
    )
    op.create_table(
        "consent",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("producer_id", sa.Integer(), nullable=False),
        sa.Column("person", columns.Words(), nullable=False),
        sa.Column("item", columns.Code(), nullable=False),
        sa.Column("proof", columns.Words(), nullable=False),
        sa.Column("given_at", columns.Utc(), nullable=False),
        sa.Column("withdrawn_at", columns.Utc(), nullable=True),
        sa.CheckConstraint(
            "item IN ('phone', 'website', 'visit', 'portrait', 'voice', 'quote', 'press')",
            name=op.f("ck_consent_item"),
        ),
        sa.CheckConstraint("withdrawn_at IS NULL OR withdrawn_at >= given_at", name=op.f("ck_consent_order")),
        sa.ForeignKeyConstraint(["producer_id"], ["producer.id"], name=op.f("fk_consent_producer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent")),
        sqlite_strict=True,
    )
    op.create_index("ix_consent_producer_id_item", "consent", ["producer_id", "item"], unique=False)
    op.create_table(
        "identifier_assignment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", columns.Code(), nullable=False),
        sa.Column("issuer_id", sa.Integer(), nullable=False),
        sa.Column("position", columns.Big(), nullable=False),
        sa.ForeignKeyConstraint(
            ["issuer_id"], ["issuer.id"], name=op.f("fk_identifier_assignment_issuer_id")
        ),
        sa.ForeignKeyConstraint(
            ["position"], ["ledger_entry.position"], name=op.f("fk_identifier_assignment_position")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_identifier_assignment")),
        sa.UniqueConstraint("key", "position", name=op.f("uq_identifier_assignment_key_position")),
        sqlite_strict=True,
    )
    op.create_index(
        op.f("ix_identifier_assignment_issuer_id"), "identifier_assignment", ["issuer_id"], unique=False
    )
    op.create_table(
        "legal_id",
        sa.Column("producer_id", sa.Integer(), nullable=False),
        sa.Column("kind", columns.Code(), nullable=False),
        sa.Column("value", columns.Code(), nullable=False),
        sa.CheckConstraint("kind IN ('mst', 'gln', 'ma_htx', 'khac')", name=op.f("ck_legal_id_kind")),
        sa.ForeignKeyConstraint(["producer_id"], ["producer.id"], name=op.f("fk_legal_id_producer_id")),
        sa.PrimaryKeyConstraint("producer_id", "kind", "value", name=op.f("pk_legal_id")),
        sqlite_strict=True,
    )
    op.create_table(
        "product",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("producer_id", sa.Integer(), nullable=False),
        sa.Column("key", columns.Code(), nullable=False),
        sa.Column("group_no", sa.Integer(), nullable=False),
        sa.Column("brand", columns.Words(), nullable=False),
        sa.Column("photo", columns.Code(), nullable=True),
        sa.Column("seal", columns.Json(), nullable=False),
        sa.Column("chip_place", columns.Json(), nullable=False),
        sa.Column("other_certified", columns.Words(), nullable=False),
        sa.Column("illustrative", columns.Flag(), nullable=False),
        sa.Column("search", columns.Words(), nullable=False),
        sa.Column("sort", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("group_no BETWEEN 1 AND 6", name=op.f("ck_product_group")),
        sa.ForeignKeyConstraint(["photo"], ["photo.name"], name=op.f("fk_product_photo")),
        sa.ForeignKeyConstraint(["producer_id"], ["producer.id"], name=op.f("fk_product_producer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_product")),
        sa.UniqueConstraint("key", name=op.f("uq_product_key")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_product_group_no"), "product", ["group_no"], unique=False)
    op.create_index(op.f("ix_product_producer_id"), "product", ["producer_id"], unique=False)
    op.create_index(op.f("ix_product_sort"), "product", ["sort"], unique=False)
    op.create_table(
        "signing_key",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("issuer_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("public", sa.LargeBinary(), nullable=False),
        sa.Column("state", columns.Code(), nullable=False),
        sa.Column("position", columns.Big(), nullable=False),
        sa.Column("cutoff", columns.Big(), nullable=True),
        sa.Column("created_at", columns.Utc(), nullable=False),
        sa.CheckConstraint(
            "(state = 'withdrawn') = (cutoff IS NOT NULL)", name=op.f("ck_signing_key_cutoff")
        ),
        sa.CheckConstraint("state IN ('active', 'retired', 'withdrawn')", name=op.f("ck_signing_key_state")),
        sa.CheckConstraint("length(public) = 32", name=op.f("ck_signing_key_public")),
        sa.CheckConstraint("number BETWEEN 0 AND 65535", name=op.f("ck_signing_key_number")),
        sa.ForeignKeyConstraint(["issuer_id"], ["issuer.id"], name=op.f("fk_signing_key_issuer_id")),
        sa.ForeignKeyConstraint(
            ["position"], ["ledger_entry.position"], name=op.f("fk_signing_key_position")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signing_key")),
        sa.UniqueConstraint("issuer_id", "number", name=op.f("uq_signing_key_issuer_id_number")),
        sa.UniqueConstraint("position", name=op.f("uq_signing_key_position")),
        sa.UniqueConstraint("public", name=op.f("uq_signing_key_public")),
        sqlite_strict=True,
    )
    op.create_table(
        "certificate",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("decision_id", sa.Integer(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("product_id", sa.Integer(), nullable=False),
        sa.Column("stars", sa.Integer(), nullable=False),
        sa.Column("potential", columns.Flag(), nullable=False),
        sa.Column("valid_from", columns.Day(), nullable=False),
        sa.Column("valid_to", columns.Day(), nullable=False),
        sa.Column("state", columns.Code(), nullable=False),
        sa.Column("reason", columns.Words(), nullable=False),
        sa.Column("closed_on", columns.Day(), nullable=True),
        sa.Column("resubmitted_on", columns.Day(), nullable=True),
        sa.CheckConstraint("state = 'in_force' OR closed_on IS NOT NULL", name=op.f("ck_certificate_closed")),
        sa.CheckConstraint(
            "state IN ('in_force', 'suspended', 'withdrawn')", name=op.f("ck_certificate_state")
        ),
        sa.CheckConstraint("line >= 1", name=op.f("ck_certificate_line")),
        sa.CheckConstraint("stars BETWEEN 3 AND 5", name=op.f("ck_certificate_stars")),
        sa.CheckConstraint("valid_to >= valid_from", name=op.f("ck_certificate_days")),
        sa.ForeignKeyConstraint(["decision_id"], ["decision.id"], name=op.f("fk_certificate_decision_id")),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"], name=op.f("fk_certificate_product_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_certificate")),
        sa.UniqueConstraint("decision_id", "line", name=op.f("uq_certificate_decision_id_line")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_certificate_product_id"), "certificate", ["product_id"], unique=False)
    op.create_index(op.f("ix_certificate_valid_to"), "certificate", ["valid_to"], unique=False)
    op.create_table(
        "product_key",
        sa.Column("key", columns.Code(), nullable=False),
        sa.Column("product_id", sa.Integer(), nullable=False),
        sa.Column("since", columns.Utc(), nullable=False),
        sa.CheckConstraint(
            "length(key) = 14 OR (length(key) = 10 AND key LIKE 'P/%')", name=op.f("ck_product_key_form")
        ),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"], name=op.f("fk_product_key_product_id")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_product_key")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_product_key_product_id"), "product_key", ["product_id"], unique=False)
    op.create_table(
        "product_standard",
        sa.Column("product_id", sa.Integer(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("text", columns.Words(), nullable=False),
        sa.CheckConstraint("line >= 0", name=op.f("ck_product_standard_line")),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"], name=op.f("fk_product_standard_product_id")),
        sa.PrimaryKeyConstraint("product_id", "line", name=op.f("pk_product_standard")),
        sqlite_strict=True,
    )
    op.create_table(
        "product_text",
        sa.Column("product_id", sa.Integer(), nullable=False),
        sa.Column("lang", columns.Code(), nullable=False),
        sa.Column("name", columns.Words(), nullable=False),
        sa.Column("net", columns.Words(), nullable=False),
        sa.Column("classifier", columns.Words(), nullable=False),
        sa.Column("origin", columns.Words(), nullable=False),
        sa.Column("ingredients", columns.Words(), nullable=False),
        sa.Column("usage", columns.Words(), nullable=False),
        sa.Column("storage", columns.Words(), nullable=False),
        sa.Column("warnings", columns.Words(), nullable=False),
        sa.Column("shelf_life", columns.Words(), nullable=False),
        sa.CheckConstraint("name <> ''", name=op.f("ck_product_text_name")),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"], name=op.f("fk_product_text_product_id")),
        sa.PrimaryKeyConstraint("product_id", "lang", name=op.f("pk_product_text")),
        sqlite_strict=True,
    )
    op.create_table(
        "recognition_sign",
        sa.Column("product_id", sa.Integer(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("text", columns.Json(), nullable=False),
        sa.Column("photo", columns.Code(), nullable=True),
        sa.CheckConstraint("line >= 0", name=op.f("ck_recognition_sign_line")),
        sa.ForeignKeyConstraint(["photo"], ["photo.name"], name=op.f("fk_recognition_sign_photo")),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"], name=op.f("fk_recognition_sign_product_id")),
        sa.PrimaryKeyConstraint("product_id", "line", name=op.f("pk_recognition_sign")),
        sqlite_strict=True,
    )
    op.create_table(
        "story",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("product_id", sa.Integer(), nullable=False),
        sa.Column("lang", columns.Code(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("title", columns.Words(), nullable=False),
        sa.Column("lead", columns.Words(), nullable=False),
        sa.Column("answers", columns.Json(), nullable=False),
        sa.Column("land", columns.Words(), nullable=False),
        sa.Column("teller", columns.Words(), nullable=False),
        sa.Column("portrait", columns.Code(), nullable=True),
        sa.Column("voice", columns.Code(), nullable=True),
        sa.Column("state", columns.Code(), nullable=False),
        sa.Column("machine_draft", columns.Flag(), nullable=False),
        sa.Column("checked_by", columns.Words(), nullable=False),
        sa.Column("checked_on", columns.Day(), nullable=True),
        sa.Column("updated_on", columns.Day(), nullable=False),
        sa.CheckConstraint("(checked_by = '') = (checked_on IS NULL)", name=op.f("ck_story_checked")),
        sa.CheckConstraint("state IN ('draft', 'published')", name=op.f("ck_story_state")),
        sa.CheckConstraint("revision >= 1", name=op.f("ck_story_revision")),
        sa.ForeignKeyConstraint(["portrait"], ["photo.name"], name=op.f("fk_story_portrait")),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"], name=op.f("fk_story_product_id")),
        sa.ForeignKeyConstraint(["voice"], ["voice.name"], name=op.f("fk_story_voice")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_story")),
        sa.UniqueConstraint("product_id", "lang", "revision", name=op.f("uq_story_product_id_lang_revision")),
        sqlite_strict=True,
    )
    op.create_table(
        "batch",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("product_id", sa.Integer(), nullable=False),
        sa.Column("key", columns.Code(), nullable=False),
        sa.Column("lot", columns.Code(), nullable=False),
        sa.Column("level", columns.Code(), nullable=False),
        sa.Column("first", sa.Integer(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.Column("issuer_id", sa.Integer(), nullable=False),
        sa.Column("key_number", sa.Integer(), nullable=False),
        sa.Column("position", columns.Big(), nullable=True),
        sa.Column("made", columns.Day(), nullable=False),
        sa.Column("expiry", columns.Day(), nullable=True),
        sa.Column("issued_at", columns.Utc(), nullable=False),
        sa.Column("name", columns.Words(), nullable=False),
        sa.Column("net", columns.Words(), nullable=False),
        sa.Column("photo", columns.Code(), nullable=True),
        sa.Column("seal", columns.Words(), nullable=False),
        sa.Column("idempotency_key", columns.Code(), nullable=False),
        sa.Column("content_hash", sa.LargeBinary(), nullable=False),
        sa.Column("state", columns.Code(), nullable=False),
        sa.Column("released_at", columns.Utc(), nullable=True),
        sa.CheckConstraint(
            "(level = 'batch' AND first = 0 AND last = 0) OR (level = 'item' AND first >= 1 AND first <= last AND last <= 999999)",
            name=op.f("ck_batch_serials"),
        ),
        sa.CheckConstraint("(state = 'entered') = (position IS NOT NULL)", name=op.f("ck_batch_entered")),
        sa.CheckConstraint("level IN ('item', 'batch')", name=op.f("ck_batch_level")),
        sa.CheckConstraint("released_at IS NULL OR state = 'entered'", name=op.f("ck_batch_released")),
        sa.CheckConstraint("state IN ('draft', 'entered')", name=op.f("ck_batch_state")),
        sa.CheckConstraint("key_number BETWEEN 0 AND 65535", name=op.f("ck_batch_key_number")),
        sa.CheckConstraint("length(content_hash) = 32", name=op.f("ck_batch_content")),
        sa.CheckConstraint("length(lot) BETWEEN 1 AND 20", name=op.f("ck_batch_lot")),
        sa.ForeignKeyConstraint(["issuer_id"], ["issuer.id"], name=op.f("fk_batch_issuer_id")),
        sa.ForeignKeyConstraint(["key"], ["product_key.key"], name=op.f("fk_batch_key")),
        sa.ForeignKeyConstraint(["photo"], ["photo.name"], name=op.f("fk_batch_photo")),
        sa.ForeignKeyConstraint(["position"], ["ledger_entry.position"], name=op.f("fk_batch_position")),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"], name=op.f("fk_batch_product_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_batch")),
        sa.UniqueConstraint("idempotency_key", name=op.f("uq_batch_idempotency_key")),
        sa.UniqueConstraint("key", "lot", name=op.f("uq_batch_key_lot")),
        sa.UniqueConstraint("position", name=op.f("uq_batch_position")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_batch_product_id"), "batch", ["product_id"], unique=False)
    op.create_table(
        "story_step",
        sa.Column("story_id", sa.Integer(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("text", columns.Words(), nullable=False),
        sa.Column("photo", columns.Code(), nullable=True),
        sa.CheckConstraint("line >= 0", name=op.f("ck_story_step_line")),
        sa.ForeignKeyConstraint(["photo"], ["photo.name"], name=op.f("fk_story_step_photo")),
        sa.ForeignKeyConstraint(["story_id"], ["story.id"], name=op.f("fk_story_step_story_id")),
        sa.PrimaryKeyConstraint("story_id", "line", name=op.f("pk_story_step")),
        sqlite_strict=True,
    )
    op.create_table(
        "batch_event",
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("step", columns.Json(), nullable=False),
        sa.Column("on_day", columns.Day(), nullable=False),
        sa.Column("place_code", columns.Code(), nullable=False),
        sa.CheckConstraint("line >= 0", name=op.f("ck_batch_event_line")),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"], name=op.f("fk_batch_event_batch_id")),
        sa.PrimaryKeyConstraint("batch_id", "line", name=op.f("pk_batch_event")),
        sqlite_strict=True,
    )
    op.create_table(
        "print_run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("stock", columns.Code(), nullable=False),
        sa.Column("labels", sa.Integer(), nullable=False),
        sa.Column("reprint", columns.Flag(), nullable=False),
        sa.Column("actor", columns.Words(), nullable=False),
        sa.Column("at", columns.Utc(), nullable=False),
        sa.CheckConstraint("labels >= 1", name=op.f("ck_print_run_labels")),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"], name=op.f("fk_print_run_batch_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_print_run")),
        sqlite_strict=True,
    )
    op.create_index("ix_print_run_batch_id", "print_run", ["batch_id"], unique=False)
    op.create_table(
        "recall",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("act_id", sa.Integer(), nullable=False),
        sa.Column("undone_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["act_id"], ["act.id"], name=op.f("fk_recall_act_id")),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"], name=op.f("fk_recall_batch_id")),
        sa.ForeignKeyConstraint(["undone_id"], ["act.id"], name=op.f("fk_recall_undone_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recall")),
        sa.UniqueConstraint("act_id", name=op.f("uq_recall_act_id")),
        sqlite_strict=True,
    )
    op.create_index("ix_recall_batch_id", "recall", ["batch_id"], unique=False)
    op.create_table(
        "serial_range",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("kind", columns.Code(), nullable=False),
        sa.Column("first", sa.Integer(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.Column("act_id", sa.Integer(), nullable=False),
        sa.Column("undone_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("kind IN ('withdrawn', 'display')", name=op.f("ck_serial_range_kind")),
        sa.CheckConstraint(
            "0 <= first AND first <= last AND last <= 999999", name=op.f("ck_serial_range_serials")
        ),
        sa.ForeignKeyConstraint(["act_id"], ["act.id"], name=op.f("fk_serial_range_act_id")),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"], name=op.f("fk_serial_range_batch_id")),
        sa.ForeignKeyConstraint(["undone_id"], ["act.id"], name=op.f("fk_serial_range_undone_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_serial_range")),
        sqlite_strict=True,
    )
    op.create_index("ix_serial_range_batch_id", "serial_range", ["batch_id"], unique=False)
    op.create_table(
        "print_range",
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("first", sa.Integer(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "0 <= first AND first <= last AND last <= 999999", name=op.f("ck_print_range_serials")
        ),
        sa.ForeignKeyConstraint(["run_id"], ["print_run.id"], name=op.f("fk_print_range_run_id")),
        sa.PrimaryKeyConstraint("run_id", "first", name=op.f("pk_print_range")),
        sqlite_strict=True,
    )


def downgrade() -> None:
    """Drop every table."""
    op.drop_table("print_range")
    op.drop_index("ix_serial_range_batch_id", table_name="serial_range")
    op.drop_table("serial_range")
    op.drop_index("ix_recall_batch_id", table_name="recall")
    op.drop_table("recall")
    op.drop_index("ix_print_run_batch_id", table_name="print_run")
    op.drop_table("print_run")
    op.drop_table("batch_event")
    op.drop_table("story_step")
    op.drop_index(op.f("ix_batch_product_id"), table_name="batch")
    op.drop_table("batch")
    op.drop_table("story")
    op.drop_table("recognition_sign")
    op.drop_table("product_text")
    op.drop_table("product_standard")
    op.drop_index(op.f("ix_product_key_product_id"), table_name="product_key")
    op.drop_table("product_key")
    op.drop_index(op.f("ix_certificate_valid_to"), table_name="certificate")
    op.drop_index(op.f("ix_certificate_product_id"), table_name="certificate")
    op.drop_table("certificate")
    op.drop_table("signing_key")
    op.drop_index(op.f("ix_product_sort"), table_name="product")
    op.drop_index(op.f("ix_product_producer_id"), table_name="product")
    op.drop_index(op.f("ix_product_group_no"), table_name="product")
    op.drop_table("product")
    op.drop_table("legal_id")
    op.drop_index(op.f("ix_identifier_assignment_issuer_id"), table_name="identifier_assignment")
    op.drop_table("identifier_assignment")
    op.drop_index("ix_consent_producer_id_item", table_name="consent")
    op.drop_table("consent")
    op.drop_table("act")
    op.drop_table("voice")
    op.drop_table("thanks")
    op.drop_table("sighting_key")
    op.drop_table("scan_month")
    op.drop_index("ix_scan_key_lot_at", table_name="scan")
    op.drop_index("ix_scan_at", table_name="scan")
    op.drop_table("scan")
    op.drop_index("ix_report_closed_at_at", table_name="report")
    op.drop_table("report")
    op.drop_index(op.f("ix_producer_province_code"), table_name="producer")
    op.drop_table("producer")
    op.drop_table("photo")
    op.drop_table("meta")
    op.drop_table("ledger_entry")
    op.drop_index("ix_item_sighting_day", table_name="item_sighting")
    op.drop_table("item_sighting")
    op.drop_table("issuer")
    op.drop_table("decision")
    op.drop_index("ix_admin_unit_province_code", table_name="admin_unit")
    op.drop_table("admin_unit")
