"""Fixtures that every part may use: an empty store on SQLite and on PostgreSQL.

The PostgreSQL cluster is private to this run: made in a temporary folder from the binaries of Debian's
`postgresql` package, run by an unprivileged user, reachable through a Unix socket in that folder and by nothing
else, removed at the end. A test's database is a copy of a template, so it costs some 50 ms.
"""

import itertools
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import settings
from ocop.trace.registry.store import Store, open_store
from sqlalchemy import create_engine, text

# Under CI the examples are the same in every run, so a red run can be repeated; elsewhere they are new each time.
# A slow machine is no failure.
settings.register_profile("here", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "here")

REALM = "ocop.example/tag"
CREATED = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
NOBODY = 65534


@dataclass(frozen=True)
class Cluster:
    """A running PostgreSQL cluster; `url(name)` addresses one of its databases."""

    folder: Path
    binaries: Path

    def url(self, database: str) -> str:
        return f"postgresql://ocop@/{database}?host={self.folder}"

    def run(self, program: str, *arguments: str) -> None:
        """Run one of PostgreSQL's programs as the cluster's user, which is never root."""
        user = {"user": NOBODY, "group": NOBODY, "extra_groups": []} if os.geteuid() == 0 else {}
        done = subprocess.run(
            [self.binaries / program, *arguments],
            cwd=self.folder,
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=60,
            check=False,
            **user,  # type: ignore[call-overload]
        )
        if done.returncode:
            raise RuntimeError(f"{program} failed: {done.stdout}")

    def sql(self, statement: str) -> None:
        engine = create_engine(self.url("postgres").replace("postgresql:", "postgresql+psycopg:"))
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text(statement))
        engine.dispose()


def postgres_binaries() -> Path | None:
    """Where Debian or the PATH has initdb, the newest version first."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[4]))
    on_path = shutil.which("initdb")
    return found[-1].parent if found else Path(on_path).parent if on_path else None


@pytest.fixture(scope="session")
def postgres() -> Iterator[Cluster]:
    """The private cluster, started when the first test asks for it."""
    binaries = postgres_binaries()
    if binaries is None:
        reason = "no initdb found: install Debian's postgresql package (it needs no running service)"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    # Short, because the path of a Unix socket has at most 107 characters.
    folder = Path(tempfile.mkdtemp(prefix="ocop-pg-", dir="/tmp"))
    if os.geteuid() == 0:
        os.chown(folder, NOBODY, NOBODY)
    cluster = Cluster(folder, binaries)
    options = (
        f"-c listen_addresses='' -c unix_socket_directories={folder} -c fsync=off -c full_page_writes=off"
        " -c synchronous_commit=off -c shared_buffers=32MB -c max_connections=120 -c autovacuum=off"
    )
    try:
        cluster.run("initdb", "-D", "data", "-U", "ocop", "-A", "trust", "-E", "UTF8", "--no-sync",
                    "--locale=C.UTF-8", "--no-instructions")  # fmt: skip
        cluster.run("pg_ctl", "-D", "data", "-l", "log", "-w", "-o", options, "start")
        try:
            yield cluster
        finally:
            cluster.run("pg_ctl", "-D", "data", "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(folder)


@pytest.fixture(scope="session")
def postgres_template(postgres: Cluster) -> str:
    """The name of a database with an empty store, to be copied."""
    postgres.sql("CREATE DATABASE ocop_template")
    made = open_store(postgres.url("ocop_template"), data=Path("/nonexistent"))
    made.create(REALM, CREATED)
    made.close()
    return "ocop_template"


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with an empty store, to be copied."""
    data = tmp_path_factory.mktemp("template")
    made = open_store("", data=data)
    made.create(REALM, CREATED)
    made.close()
    return data / "ocop.db"


_numbers = itertools.count(1)


@pytest.fixture
def sqlite_store(sqlite_template: Path, tmp_path: Path) -> Iterator[Store]:
    """An empty store on SQLite, realm `ocop.example/tag`."""
    data = tmp_path / "data"
    data.mkdir()
    shutil.copy(sqlite_template, data / "ocop.db")
    store = open_store("", data=data)
    yield store
    store.close()


@pytest.fixture
def postgres_database(postgres: Cluster) -> Iterator[Callable[[str], str]]:
    """Makes databases (from a template) and gives their addresses; drops them at the end."""
    made: list[str] = []

    def make(template: str = "template0") -> str:
        name = f"t{os.getpid()}_{next(_numbers)}"
        postgres.sql(f"CREATE DATABASE {name} TEMPLATE {template}")
        made.append(name)
        return postgres.url(name)

    yield make
    for name in made:
        postgres.sql(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def postgres_store(
    postgres_template: str, postgres_database: Callable[[str], str], tmp_path: Path
) -> Iterator[Store]:
    """An empty store on PostgreSQL, realm `ocop.example/tag`."""
    store = open_store(postgres_database(postgres_template), data=tmp_path / "data")
    yield store
    store.close()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def store(request: pytest.FixtureRequest) -> Store:
    """An empty store, once on each database."""
    name = "sqlite_store" if request.param == "sqlite" else "postgres_store"
    found: Store = request.getfixturevalue(name)
    return found
