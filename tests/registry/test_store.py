"""The store: created whole or not at all, refused when it is not ours, one transaction an act."""

import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from ocop.trace.registry import editing
from ocop.trace.registry.errors import (
    AlreadyCreated,
    BadValue,
    Conflict,
    NewerSchema,
    NotCreated,
    OldSchema,
    StoreBroken,
    StoreBusy,
    StoreError,
    StoreFull,
    StoreUnreachable,
    WrongRealm,
)
from ocop.trace.registry.store import Store, bump_facts, mark_restored, open_store
from ocop.trace.registry.tables import Issuer
from sqlalchemy import select, text
from sqlmodel import col

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
REALM = "ocop.example/tag"


def issuers(store: Store) -> list[str]:
    with store.read() as session:
        return list(session.scalars(select(col(Issuer.code)).order_by(col(Issuer.code))))


def add(store: Store, code: str) -> None:
    with store.begin() as session:
        editing.add_issuer(session, code, "Văn phòng", "19", NOW)


def test_a_new_store_says_what_it_is(store: Store) -> None:
    meta = store.check(REALM)
    assert (meta.realm, meta.created_at, meta.facts_version, meta.key_floor) == (REALM, NOW, 1, 0)
    assert meta.restored_at is None


def test_a_store_is_created_once(store: Store) -> None:
    with pytest.raises(AlreadyCreated, match="expected no store at"):
        store.create(REALM, NOW)
    assert store.check(REALM).realm == REALM


def test_another_realm_is_refused_and_both_are_named(store: Store) -> None:
    with pytest.raises(WrongRealm, match=r"'ocop\.example/tag', got 'other/tag'.*correct OCOP_REALM"):
        store.check("other/tag")


def test_an_act_is_committed_at_the_end(store: Store) -> None:
    add(store, "thai-nguyen")
    assert issuers(store) == ["thai-nguyen"]


def test_an_act_that_fails_in_the_middle_leaves_nothing(store: Store) -> None:
    class MiddleError(Exception):
        pass

    def act() -> None:
        with store.begin() as session:
            editing.add_issuer(session, "thai-nguyen", "Văn phòng", "19", NOW)
            raise MiddleError

    with pytest.raises(MiddleError):
        act()
    assert issuers(store) == []


def test_a_refused_value_leaves_the_block_as_the_registrys_own_error(store: Store) -> None:
    def act() -> None:
        with store.begin() as session:
            session.add(Issuer(code="tên", name="x", province_code="19", created_at=NOW))

    with pytest.raises(BadValue, match="expected printable ascii, got 'tên'"):
        act()


def test_a_broken_rule_of_the_database_is_a_conflict(store: Store) -> None:
    def act() -> None:
        with store.begin() as session:
            session.add(Issuer(code="a", name="x", province_code="190", created_at=NOW))

    with pytest.raises(Conflict, match="ck_issuer_province"):
        act()


def test_nothing_read_can_be_written_by_accident(store: Store) -> None:
    try:
        with store.read() as session:
            session.add(Issuer(code="a", name="x", province_code="19", created_at=NOW))
            session.flush()
    except StoreError:
        pass  # PostgreSQL refuses; SQLite rolls back
    assert issuers(store) == []


def test_a_reader_sees_one_snapshot_while_an_act_lands(store: Store) -> None:
    with store.read() as session:
        before = session.scalar(text("SELECT facts_version FROM meta"))
        with store.begin() as writer:
            bump_facts(writer)
        assert session.scalar(text("SELECT facts_version FROM meta")) == before
    assert store.check().facts_version == 2


def test_foreign_keys_hold(store: Store) -> None:
    def act() -> None:
        with store.begin() as session:
            session.execute(text("INSERT INTO product_key (key, product_id, since) VALUES ('09521234543213',"
                                 " 99, '2026-11-23T00:00:00.000000Z')"))  # fmt: skip

    with pytest.raises(Conflict):
        act()


def test_a_restore_marks_the_store_and_shows_at_once(store: Store) -> None:
    with store.begin() as session:
        mark_restored(session, NOW, 263)
    meta = store.check(REALM)
    assert (meta.restored_at, meta.key_floor, meta.facts_version) == (NOW, 263, 2)


def test_no_store_is_said_with_the_way_to_one(tmp_path: Path) -> None:
    empty = open_store("", data=tmp_path / "nowhere")
    for ask in (empty.check, empty.upgrade, empty.watch_facts):
        with pytest.raises(NotCreated, match="ocop-trace init"):
            ask()
    assert not (tmp_path / "nowhere").exists()


@pytest.mark.postgres
def test_an_empty_postgresql_database_is_no_store_yet(
    postgres_database: Callable[..., str], tmp_path: Path
) -> None:
    empty = open_store(postgres_database(), data=tmp_path)
    with pytest.raises(NotCreated, match="ocop-trace init"):
        empty.check()
    empty.create(REALM, NOW)
    assert empty.check().realm == REALM
    empty.close()


@pytest.mark.postgres
def test_a_database_server_that_is_away_is_said(tmp_path: Path) -> None:
    away = open_store("postgresql://ocop:secret@127.0.0.1:1/ocop", data=tmp_path)
    with pytest.raises(StoreUnreachable, match="OCOP_DATABASE_URL") as caught:
        away.check()
    assert "secret" not in str(caught.value)
    assert "secret" not in away.where


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "mysql://a/b"])
def test_an_address_that_is_no_store_is_refused(url: str, tmp_path: Path) -> None:
    with pytest.raises(StoreUnreachable):
        open_store(url, data=tmp_path)


def test_an_older_schema_is_refused_with_upgrade_as_the_way(store: Store) -> None:
    with store.begin() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '0000'"))
    with pytest.raises(NewerSchema, match="got 0000, which this version does not know"):
        store.check()


def test_an_upgrade_of_what_is_current_does_nothing(store: Store) -> None:
    assert store.upgrade() is False
    assert store.check().facts_version == 1


def test_the_sentence_of_an_old_schema_names_both_and_the_command() -> None:
    assert str(OldSchema("0001", "0002")) == (
        "expected schema 0002, got the older 0001; run `ocop-trace upgrade` (after a backup)"
    )


def test_a_file_that_is_no_database_is_broken_and_says_restore(tmp_path: Path) -> None:
    (tmp_path / "ocop.db").write_bytes(b"not a database at all" * 500)
    broken = open_store("", data=tmp_path)
    with pytest.raises(StoreBroken, match="ocop-trace restore"):
        broken.check()
    with pytest.raises(StoreBroken):
        broken.create(REALM, NOW)


def test_a_damaged_file_is_broken_not_a_stack_trace(sqlite_store: Store) -> None:
    add(sqlite_store, "thai-nguyen")
    sqlite_store.close()
    file = sqlite_store.file
    assert file is not None
    content = bytearray(file.read_bytes())
    content[100:8000] = b"\xff" * 7900
    file.write_bytes(content)
    with pytest.raises(StoreBroken):
        sqlite_store.check()


def test_a_locked_database_is_busy_and_nothing_is_changed(
    sqlite_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ocop.trace.registry.store.BUSY_SECONDS", 0.05)
    assert sqlite_store.file is not None
    impatient = open_store("", data=sqlite_store.data)
    other = sqlite3.connect(sqlite_store.file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreBusy, match="nothing was changed, try again"):
        add(impatient, "thai-nguyen")
    assert impatient.check().realm == REALM, "readers are not kept waiting by a writer"
    other.execute("ROLLBACK")
    other.close()
    add(impatient, "thai-nguyen")
    assert issuers(impatient) == ["thai-nguyen"]
    impatient.close()


def test_a_full_disk_is_said_and_nothing_is_lost(sqlite_store: Store) -> None:
    add(sqlite_store, "before")

    def fill(pages: int) -> None:
        with sqlite_store.begin() as session:
            session.execute(text(f"PRAGMA max_page_count = {pages}"))
            for number in range(2_000):
                editing.add_issuer(session, f"i{number}", "Văn phòng " * 10, "19", NOW)

    with pytest.raises(StoreFull, match="free some space and try again"):
        fill(1)
    assert issuers(sqlite_store) == ["before"]
    fill(1_000_000)
    assert len(issuers(sqlite_store)) == 2_001


def test_a_folder_that_can_not_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreUnreachable, match="Not a directory"):
        open_store("", data=tmp_path / "file" / "data").create(REALM, NOW)
