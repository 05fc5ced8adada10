"""The schema: migrations make exactly the tables, upwards and downwards; rules that no code may bypass."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from ocop.trace.registry import columns, tables
from ocop.trace.registry.errors import BadValue, Conflict, NotCreated
from ocop.trace.registry.store import HEAD, Store, alembic_config, open_store
from sqlalchemy import inspect, select, text
from sqlmodel import col

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)


def test_the_migrations_make_exactly_the_tables(store: Store) -> None:
    with store.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, tables.METADATA) == []


def test_every_check_of_the_tables_is_in_the_database(store: Store) -> None:
    inspector = inspect(store.engine)
    for table in tables.METADATA.sorted_tables:
        wanted = {str(c.name) for c in table.constraints if str(c.name).startswith("ck_")}
        assert {check["name"] for check in inspector.get_check_constraints(table.name)} == wanted, table.name


def test_every_table_is_strict_on_sqlite(sqlite_store: Store) -> None:
    with sqlite_store.read() as session:
        listed = session.execute(
            text("SELECT name, strict FROM pragma_table_list WHERE schema = 'main'")
        ).all()
    loose = {name for name, strict in listed if not strict}
    assert loose <= {"sqlite_schema", "sqlite_sequence", "alembic_version"}
    assert len(listed) > len(tables.METADATA.tables)


def test_every_migration_goes_down_and_up_again(store: Store) -> None:
    with store._writer.begin() as connection:
        config = alembic_config()
        config.attributes["connection"] = connection
        command.downgrade(config, "base")
        left = set(inspect(connection).get_table_names()) - {"alembic_version"}
        assert left == set()
        command.upgrade(config, "head")
        assert set(inspect(connection).get_table_names()) >= set(tables.METADATA.tables)


def test_an_upgrade_that_is_cut_off_has_not_happened(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    class CutError(Exception):
        pass

    def cut(self: Store, connection: object) -> None:
        migrate(self, connection)
        raise CutError

    migrate: Callable[..., None] = Store._migrate
    with store._writer.begin() as connection:
        config = alembic_config()
        config.attributes["connection"] = connection
        command.downgrade(config, "base")
        connection.execute(text("DROP TABLE alembic_version"))
    monkeypatch.setattr(Store, "_migrate", cut)
    with pytest.raises(CutError):
        store.create("ocop.example/tag", NOW)
    monkeypatch.undo()
    with pytest.raises(NotCreated):
        store.check()
    with store.engine.connect() as connection:
        assert "meta" not in inspect(connection).get_table_names()


def test_there_is_one_line_of_migrations() -> None:
    scripts = ScriptDirectory.from_config(alembic_config())
    assert scripts.get_heads() == [HEAD]
    assert [script.revision for script in scripts.walk_revisions()][-1] == "0001"


def test_no_column_could_hold_an_address_or_know_a_visitor() -> None:
    """Scans say what was scanned, never by whom: no address, cookie, user agent, place or account."""
    forbidden = re.compile(r"(^|_)(ip|ipv4|ipv6|address|addr|visitor|cookie|session|user|agent|device|imei|gps|lat|"
                           r"lon|latitude|longitude|geo|fingerprint|network|referer|email)(_|$)")  # fmt: skip
    seen = [
        f"{table.name}.{column.name}"
        for table in tables.METADATA.sorted_tables
        for column in table.columns
        if forbidden.search(column.name)
    ]
    assert seen == []
    assert {column.name for column in tables.METADATA.tables["scan"].columns} == {
        "id", "key", "lot", "serial", "at", "code", "stars", "channel", "lang", "browser",
    }  # fmt: skip
    assert {column.name for column in tables.METADATA.tables["item_sighting"].columns} == {
        "id", "day", "worker", "marks",
    }  # fmt: skip


def test_there_is_no_row_per_item() -> None:
    per_item = {
        table.name
        for table in tables.METADATA.sorted_tables
        if {"serial", "item", "uid"} & {column.name for column in table.columns} and table.name != "consent"
    }
    assert per_item == {"scan", "report", "chip", "chip_dialogue"}, (
        "only what was really scanned or reported, and what has a chip"
    )


ROWS = {
    "the same lot twice": "INSERT INTO batch SELECT id + 1, product_id, key, lot, level, first, last, issuer_id,"
    " key_number, NULL, made, expiry, issued_at, name, net, photo, seal, 'other', content_hash, state, released_at,"
    " producer_id, maker FROM batch",
    "an item numbered 0": "UPDATE batch SET first = 0",
    "an item beyond 999,999": "UPDATE batch SET last = 1000000",
    "a range that runs backwards": "UPDATE batch SET first = 301",
    "a batch code with items": "UPDATE batch SET level = 'batch'",
    "an entered batch without its entry": "UPDATE batch SET state = 'entered'",
    "a draft on sale": "UPDATE batch SET released_at = issued_at",
    "a lot without a name": "UPDATE batch SET lot = ''",
    "a level of its own": "UPDATE batch SET level = 'box'",
    "a batch of nobody": "UPDATE batch SET issuer_id = 99",
    "a second store row": "UPDATE meta SET id = 2",
    "two stars": "UPDATE certificate SET stars = 2",
    "a certificate that ends before it begins": "UPDATE certificate SET valid_from = '2031-01-01'",
    "a suspension without its day": "UPDATE certificate SET state = 'suspended'",
    "the same line of a decision twice": "INSERT INTO certificate SELECT id + 1, decision_id, line, product_id, stars,"
    " potential, valid_from, valid_to, state, reason, closed_on, resubmitted_on FROM certificate",
    "a product group 7": "UPDATE product SET group_no = 7",
    "a product without its maker": "DELETE FROM producer",
    "a key of another form": "INSERT INTO product_key SELECT 'X/12345678', product_id, since FROM product_key",
}


def test_the_database_itself_refuses(store: Store) -> None:
    fill(store)

    def act(statement: str) -> None:
        with store.begin() as session:
            session.execute(text(statement))

    for what, statement in ROWS.items():
        try:
            act(statement)
        except Conflict:
            continue
        pytest.fail(f"the database took {what}")


def fill(store: Store) -> None:
    """One product with one certificate and one draft batch."""
    with store.begin() as session:
        session.add(
            tables.Producer(id=1, slug="htx", name="HTX", kind="htx", province_code="19", province="tỉnh")
        )
        session.add(tables.Issuer(id=1, code="htx", name="HTX", province_code="19", created_at=NOW))
        session.add(
            tables.Decision(id=1, number="1/QĐ-UBND", signed_on=date(2024, 5, 1), authority="UBND tỉnh")
        )
        session.flush()
        session.add(tables.Product(id=1, producer_id=1, key="09521234543213", group_no=2))
        session.flush()
        session.add(tables.ProductKey(key="09521234543213", product_id=1, since=NOW))
        session.add(
            tables.Certificate(
                decision_id=1,
                line=1,
                product_id=1,
                stars=4,
                valid_from=date(2024, 5, 1),
                valid_to=date(2027, 4, 30),
            )
        )
        session.flush()
        session.add(
            tables.Batch(
                id=1,
                product_id=1,
                key="09521234543213",
                lot="L1",
                level="item",
                first=1,
                last=300,
                issuer_id=1,
                key_number=7,
                made=date(2026, 9, 1),
                issued_at=NOW,
                idempotency_key="k",
                content_hash=bytes(32),
            )
        )


def test_a_moment_comes_back_in_utc_and_a_day_as_a_day(store: Store) -> None:
    fill(store)
    with store.read() as session:
        row = session.scalars(select(tables.Batch).where(col(tables.Batch.issued_at) <= NOW)).one()
    assert (row.issued_at, row.issued_at.tzinfo) == (NOW, UTC)
    assert row.made == date(2026, 9, 1)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ({"created_at": datetime(2026, 1, 1)}, "a time with its zone"),
        ({"code": "mã"}, "printable ascii"),
        ({"code": "a\nb"}, "printable ascii"),
        ({"name": "a\x00b"}, "without control characters"),
        ({"name": "a\ud800b"}, "without control characters"),
    ],
)
def test_a_value_that_does_not_fit_never_reaches_the_database(
    value: dict[str, object], said: str, sqlite_store: Store
) -> None:
    row = {"code": "a", "name": "x", "province_code": "19", "created_at": NOW} | value

    def act() -> None:
        with sqlite_store.begin() as session:
            session.add(tables.Issuer(**row))  # type: ignore[arg-type]

    with pytest.raises(BadValue, match=said):
        act()


def test_a_day_is_never_taken_from_a_moment() -> None:
    with pytest.raises(BadValue, match=r"take the day at UTC\+07:00 first"):
        columns.Day().process_bind_param(NOW, None)  # type: ignore[arg-type]


def test_words_are_stored_in_one_normal_form(store: Store) -> None:
    with store.begin() as session:
        session.add(
            tables.Issuer(code="a", name="Tra\u0300 Hu\u031bo\u031bng", province_code="19", created_at=NOW)
        )
    with store.read() as session:
        assert session.scalars(select(col(tables.Issuer.name))).one() == "Trà Hương"


def test_an_older_store_is_refused_until_it_is_upgraded(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stands for the day of the next migration: the head is ahead of the store."""
    from ocop.trace.registry import store as module
    from ocop.trace.registry.errors import OldSchema

    monkeypatch.setattr(module, "HEAD", "9999")
    with pytest.raises(
        OldSchema, match=rf"expected schema 9999, got the older {HEAD}; run `ocop-trace upgrade`"
    ):
        store.check()


def test_the_migrations_come_with_an_installed_package(tmp_path: Path) -> None:
    from ocop.trace.registry.store import MIGRATIONS

    assert (MIGRATIONS / "env.py").is_file()
    assert list((MIGRATIONS / "versions").glob("0001_*.py"))
    made = open_store("", data=tmp_path / "new")
    made.create("ocop.example/tag", NOW)
    assert made.check().realm == "ocop.example/tag"
    made.close()
