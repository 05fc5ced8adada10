"""The store: one database, opened by its address (floor 2).

SQLite (the default) runs in WAL mode with `synchronous=FULL` (an acknowledged act survives a power cut) and
foreign keys on; a writer takes the lock when it begins (`BEGIN IMMEDIATE`) and waits at most 5 seconds for it.
PostgreSQL goes through psycopg; a reader sees one snapshot (REPEATABLE READ, read only).

    store = open_store("sqlite:///var/ocop.db", data=Path("var"))
    store.create("ocop.example/tag", now)        # migrations and the row about the store itself, or nothing
    store.check("ocop.example/tag")              # refuses: no store, old or newer schema, another realm
    with store.begin() as session:               # commits once, at the end; any error rolls all of it back
        add_producer(session, producer)
        bump_facts(session)
    with store.read() as session:
        facts = batch_facts(session, key, lot, state)

The edge opens these two; everything inside takes a session and never commits. What leaves them is a
`RegistryError`, whatever the driver said.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ocop.trace.registry import erasures
from ocop.trace.registry.errors import (
    AlreadyCreated,
    NewerSchema,
    NotCreated,
    OldSchema,
    StoreError,
    StoreUnreachable,
    WrongRealm,
    from_database,
)
from ocop.trace.registry.tables import Invitation, Meta, RoomSession
from ocop.trace.registry.units import bundled_units, import_units
from ocop.trace.registry.watch import FactsWatch, PostgresWatch, SqliteWatch
from sqlalchemy import Connection, Engine, create_engine, event, inspect, make_url, text, update
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session, col

__all__ = [
    "FACTS_CHANNEL",
    "FactsWatch",
    "Store",
    "StoreError",
    "StoreMeta",
    "bump_facts",
    "mark_restored",
    "open_store",
    "read_meta",
]

if TYPE_CHECKING:
    from alembic.config import Config

BUSY_SECONDS = 5
HEAD = "0015"
"""The newest migration (`migrations/versions`). Written here so that a worker need not load Alembic to compare."""

MIGRATIONS = Path(__file__).parent / "migrations"
FACTS_CHANNEL = "ocop_facts"


@dataclass(frozen=True, slots=True)
class StoreMeta:
    """What the store says of itself. Keys numbered below `key_floor` verify only (a restore sets it)."""

    realm: str
    created_at: datetime
    facts_version: int
    restored_at: datetime | None = None
    key_floor: int = 0


def open_store(url: str = "", *, data: Path) -> "Store":
    """The store at `url` (`sqlite:///…`, `postgresql://…`; empty: SQLite in `data`). Nothing is opened yet."""
    address = make_url(url or f"sqlite:///{data / 'ocop.db'}")
    if address.get_backend_name() == "sqlite":
        if not address.database or address.database == ":memory:":
            raise StoreUnreachable("an address without a file; a store has to outlive its process")
        return Store(_sqlite_engine(Path(address.database)), data, Path(address.database))
    if address.get_backend_name() == "postgresql":
        return Store(_postgres_engine(address.set(drivername="postgresql+psycopg")), data, None)
    raise StoreUnreachable(f"an address of {address.get_backend_name()!r}; sqlite and postgresql are known")


def _sqlite_engine(file: Path) -> Engine:
    engine = create_engine(
        f"sqlite:///{file}",
        hide_parameters=True,  # an error is logged; what was to be stored is not
        connect_args={"check_same_thread": False, "timeout": BUSY_SECONDS},
    )

    @event.listens_for(engine, "connect")
    def _connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # the driver must not begin by itself
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "trusted_schema=OFF"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("ocop_writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _postgres_engine(address: Any) -> Engine:
    return create_engine(
        address,
        pool_size=5,
        max_overflow=10,
        pool_pre_ping=True,
        hide_parameters=True,
        connect_args={
            "connect_timeout": BUSY_SECONDS,
            "options": f"-c lock_timeout={BUSY_SECONDS}s -c timezone=UTC -c client_encoding=UTF8",
        },
    )


class Store:
    """One database and the folder of its files (`data`). Threads may share it; processes open their own."""

    def __init__(self, engine: Engine, data: Path, file: Path | None) -> None:
        self.engine, self.data, self.file = engine, data, file
        self._reader: Engine
        self._writer: Engine
        if file is None:
            self._reader = engine.execution_options(
                isolation_level="REPEATABLE READ", postgresql_readonly=True
            )
            self._writer = engine
        else:
            self._reader = engine
            self._writer = engine.execution_options(ocop_writes=True)

    @property
    def kind(self) -> str:
        """`sqlite` or `postgresql`."""
        return self.engine.dialect.name

    @property
    def where(self) -> str:
        """The address without a password, for sentences."""
        return str(self.file) if self.file else self.engine.url.render_as_string(hide_password=True)

    @contextmanager
    def begin(self) -> Iterator[Session]:
        """A session that commits once, at the end of the block; any error takes all of it back."""
        self._must_exist()
        try:
            with Session(self._writer, expire_on_commit=False) as session, session.begin():
                yield session
        except SQLAlchemyError as error:
            raise from_database(error) from error
        erasures.after_commit(self, session.info)

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session that sees one snapshot and writes nothing."""
        self._must_exist()
        try:
            with Session(self._reader, autoflush=False) as session:
                yield session
        except SQLAlchemyError as error:
            raise from_database(error) from error

    def exists(self) -> bool:
        """Whether anything is at this address: a file, or tables in the database."""
        if self.file:
            return self.file.exists()
        try:
            with self.engine.connect() as connection:
                return bool(inspect(connection).get_table_names())
        except SQLAlchemyError as error:
            raise from_database(error) from error

    def head(self) -> str:
        """The schema revision of this version."""
        return HEAD

    def create(self, realm: str, now: datetime, fill: Callable[[Session], None] | None = None) -> None:
        """Make a store for `realm`, all or nothing: with today's administrative units, or as `fill` fills it."""
        if self.file:
            try:
                self.file.parent.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise StoreUnreachable(f"{self.file.parent}: {error.strerror}") from error
        try:
            with self._writer.begin() as connection:
                if self._revision(connection) is not None or inspect(connection).get_table_names():
                    raise AlreadyCreated(self.where)
                self._migrate(connection)
                with Session(connection, join_transaction_mode="rollback_only") as session:
                    session.add(Meta(realm=realm, created_at=now))
                    session.flush()
                    if fill is None:
                        import_units(session, bundled_units())
                    else:
                        fill(session)
                    session.commit()
        except SQLAlchemyError as error:
            raise from_database(error) from error

    def upgrade(self) -> bool:
        """Bring the schema to this version; True when there was something to do. All or nothing."""
        self._must_exist()
        try:
            with self._writer.begin() as connection:
                revision = self._revision(connection)
                self._refuse_unknown(revision)
                if revision == HEAD:
                    return False
                self._migrate(connection)
                connection.execute(text("UPDATE meta SET facts_version = facts_version + 1"))
                return True
        except SQLAlchemyError as error:
            raise from_database(error) from error

    def check(self, realm: str = "") -> StoreMeta:
        """What the store says of itself, or the reason why this version must not serve it.

        Raises NotCreated, OldSchema, NewerSchema, WrongRealm (when `realm` is given), StoreError.
        """
        with self.read() as session:
            revision = self._revision(session.connection())
            self._refuse_unknown(revision)
            if revision != HEAD:
                raise OldSchema(revision or "", HEAD)
            meta = read_meta(session)
        if realm and realm != meta.realm:
            raise WrongRealm(meta.realm, realm)
        return meta

    def watch_facts(self) -> FactsWatch:
        """Something to ask on every scan which `facts_version` holds. Close it at the end."""
        if self.file:
            self._must_exist()
            return SqliteWatch(self.file)
        return PostgresWatch(self.engine.url, FACTS_CHANNEL)

    def close(self) -> None:
        """Let go of every connection."""
        self.engine.dispose()

    def _must_exist(self) -> None:
        if self.file and not self.file.exists():
            raise NotCreated(self.where)

    def _revision(self, connection: Connection) -> str | None:
        if not inspect(connection).has_table("alembic_version"):
            return None
        return connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()

    def _refuse_unknown(self, revision: str | None) -> None:
        if revision is None:
            raise NotCreated(self.where)
        if revision != HEAD and revision not in _revisions():
            raise NewerSchema(revision, HEAD)

    def _migrate(self, connection: Connection) -> None:
        from alembic import command

        config = alembic_config()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def alembic_config() -> "Config":
    """Where Alembic finds the migrations of this package."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    return config


def _revisions() -> set[str]:
    """Every revision that this version knows."""
    from alembic.script import ScriptDirectory

    return {script.revision for script in ScriptDirectory.from_config(alembic_config()).walk_revisions()}


def read_meta(session: Session) -> StoreMeta:
    """The row about the store itself."""
    row = session.get_one(Meta, 1)
    return StoreMeta(row.realm, row.created_at, row.facts_version, row.restored_at, row.key_floor)


def bump_facts(session: Session) -> int:
    """Raise `facts_version`: every worker drops what it remembers, at the next scan. Returns the new one."""
    connection = session.connection()
    version = int(
        connection.execute(
            text("UPDATE meta SET facts_version = facts_version + 1 WHERE id = 1 RETURNING facts_version")
        ).scalar_one()
    )
    if connection.dialect.name == "postgresql":
        # Delivered when the transaction commits, and only then.
        connection.execute(text("SELECT pg_notify(:channel, :version)"), {"channel": FACTS_CHANNEL,
                                                                          "version": str(version)})  # fmt: skip
    return version


def mark_restored(session: Session, now: datetime, key_floor: int) -> None:
    """After a restore: keys below `key_floor` verify only; unknown key numbers can't be judged any more.

    Chips may have been tapped since the backup: no counter has a floor until its next tap sets one. Sessions ended
    and links used since then would open again: all of them end, and people sign in anew.
    """
    for table in (RoomSession, Invitation):
        session.execute(update(table).where(col(table.ended_at).is_(None)).values(ended_at=now))
    session.execute(text("UPDATE chip SET counter = NULL, counter_before = NULL, counter_at = NULL"))
    row = session.get_one(Meta, 1)
    row.restored_at, row.key_floor = now, key_floor
    session.add(row)
    session.flush()
    bump_facts(session)
