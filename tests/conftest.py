"""Fixtures that every part may use: an empty store on SQLite and on PostgreSQL, and rooms with people in them.

The PostgreSQL cluster is private to this run: made in a temporary folder from the binaries of Debian's
`postgresql` package, run by an unprivileged user, reachable through a Unix socket in that folder and by nothing
else, removed at the end. A test's database is a copy of a template, so it costs some 50 ms.
"""

import asyncio
import html
import http.client
import itertools
import os
import re
import runpy
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlencode

import psycopg
import pytest
from hypothesis import settings
from ocop.trace import doors, doors_sessions, facts
from ocop.trace.api.app import Edge
from ocop.trace.api.rooms.visit import csrf_of
from ocop.trace.api.starting import start, stop
from ocop.trace.registry import store as registry_store
from ocop.trace.registry import tables
from ocop.trace.registry.editing import save_producer
from ocop.trace.registry.keystore import create as create_keystore
from ocop.trace.registry.keystore import new_key_file
from ocop.trace.registry.store import Store, open_store
from ocop.trace.rights import Grant, Role
from ocop.trace.settings import read_settings
from sqlalchemy import Engine, create_engine, select, text

# Under CI the examples are the same in every run, so a red run can be repeated; elsewhere they are new each time.
# A slow machine is no failure.
settings.register_profile("here", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "here")

MEMORY, ROOM = Path("/dev/shm"), 3 * 1024**3


def lie_in_memory() -> None:
    """Temporary files of this run go into memory where there is room and programs may be started from it.

    Every commit of every store waits for the disk, a third of the suite's time; no test here cuts the power. Who sets
    TMPDIR has chosen another place.
    """
    if "TMPDIR" in os.environ or not os.access(MEMORY, os.W_OK):
        return
    if shutil.disk_usage(MEMORY).free >= ROOM and not os.statvfs(MEMORY).f_flag & os.ST_NOEXEC:
        os.environ["TMPDIR"] = str(MEMORY)
        tempfile.tempdir = None


lie_in_memory()


def hear_ctrl_c() -> None:
    """A shell that starts the suite in the background has it ignore Ctrl-C, and with it every program that the tests
    start: those that try it would wait for ever.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


hear_ctrl_c()

# Chromium lays pages out with the font of an Android phone, not with what this machine happens to have.
os.environ["FONTCONFIG_FILE"] = str(Path(__file__).parent / "setup" / "fonts.conf")


LONGEST = (
    "deploy/test_server.py", "every_page/test_full.py", "every_page/test_desk.py", "station/test_cuts.py",
    "keeping/test_kill.py", "every_page/test_empty.py", "every_page/test_public.py", "every_page/test_broken.py",
    "rooms_day/test_whole_day.py", "station/test_end_to_end.py", "taps/test_tap_processes.py", "issuing/test_kill.py",
    "importing/test_kill.py", "rooms_office/test_browser.py", "rooms_batch/test_browser.py", "api/test_browser.py",
    "taps/test_taps_browser.py", "deploy/test_proxy.py", "api/test_processes.py", "pages/test_browser.py",
)  # fmt: skip
"""Files that take longest. A file is one worker's: begun last, one of these would be waited for by all others."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest files first, all others as they are (`make test` tells xdist not to sort anew)."""
    places = {Path(__file__).parent / name: place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: places.get(item.path, len(places)))


def sharing_statements(create: Callable[..., Engine]) -> Callable[..., Engine]:
    """`create_engine` for a process that opens thousands of stores: what SQLAlchemy compiled for one is known to all.

    A service opens one store and compiles each statement once; here that was a fifth of a test's time.
    """
    first: dict[str, Engine] = {}

    def make(*words: Any, **more: Any) -> Engine:
        engine = create(*words, **more)
        known = first.setdefault(engine.dialect.name, engine)
        if known is not engine and getattr(known.dialect, "server_version_info", None) is None:
            known = first[engine.dialect.name] = engine  # that one has never met its database
        engine.dialect, engine._compiled_cache = known.dialect, known._compiled_cache
        return engine

    return make


registry_store.create_engine = sharing_statements(create_engine)

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
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(statement.encode())

    def copy(self, template: str, name: str) -> None:
        """A new database. From release 15 on files are copied, where each of their pages would go through the log."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            how = " STRATEGY FILE_COPY" if connection.info.server_version >= 150000 else ""
            connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}{how}".encode())


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
    place = tempfile.gettempdir()
    folder = Path(tempfile.mkdtemp(prefix="ocop-pg-", dir=place if len(place) < 20 else "/tmp"))
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
        postgres.copy(template, name)
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


@pytest.fixture(scope="session")
def strace() -> str:
    """The program that cuts."""
    found = shutil.which("strace")
    if found is None:
        if os.environ.get("CI"):
            pytest.fail("strace is not installed")
        pytest.skip("strace is not installed: `make test` names the Debian packages")
    return found


@pytest.fixture(scope="session")
def warm_tool() -> Iterator[Path]:
    """A program that does what `ocop-trace` does, without loading it anew each time: see `setup/warm.py`."""
    source = Path(__file__).parent / "setup" / "warm.py"
    folder = Path(
        tempfile.mkdtemp(prefix="ocop-warm-", dir="/tmp" if len(tempfile.gettempdir()) > 60 else None)
    )
    place, program = folder / "calls", folder / "ocop-trace"
    text = runpy.run_path(str(source))["CALLER"].format(python=sys.executable, socket=str(place))
    program.write_text(text, "utf-8")
    program.chmod(0o755)
    process = subprocess.Popen(
        [sys.executable, source, place], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    try:
        assert process.stdout.readline() == "ready\n"
        yield program
    finally:
        process.terminate()
        process.communicate(timeout=30)
        shutil.rmtree(folder)


# The rooms: a worker in this process on a store of its own, and people who are signed in to it.

HOST = "id.example.vn"
FIELD = re.compile(r'name="csrf" value="([^"]+)"')


@dataclass(frozen=True)
class Got:
    """What came back from a room."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def words(self) -> str:
        """The page without its marks, spaces drawn together."""
        return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", self.text)).split())

    def header(self, name: str) -> str:
        return next((value for key, value in self.headers if key == name), "")

    @property
    def location(self) -> str:
        return self.header("location")


class Client:
    """One browser: it keeps its cookies and puts the secret of forms into what it posts."""

    def __init__(self, room: "Room", agent: str = "Mozilla/5.0 (X11; Linux x86_64) Chrome/156.0") -> None:
        self.room, self.agent = room, agent
        self.cookies: dict[str, str] = {}
        self.csrf = ""
        self.address = "203.0.113.9"
        self.person_id = 0
        self.name = ""

    def ask(self, method: str, target: str, headers: dict[str, str] | None = None, body: bytes = b"") -> Got:
        """One request as it is; cookies are kept."""
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        given = {"host": HOST, "user-agent": self.agent, "accept-language": "vi", **(headers or {})}
        if cookies:
            given["cookie"] = cookies
        got = self.room.ask(method, target, given, body, self.address)
        for key, value in got.headers:
            if key == "set-cookie":
                name, _, text = value.partition(";")[0].partition("=")
                self.cookies.pop(name, None)
                if text:
                    self.cookies[name] = text
        if found := FIELD.search(got.body.decode("utf-8", "replace")):
            self.csrf = found[1]
        return got

    def get(self, target: str, **headers: str) -> Got:
        return self.ask("GET", target, headers)

    def follow(self, got: Got) -> Got:
        """The page that a 303 leads to."""
        assert got.status == 303, (got.status, got.words)
        return self.get(got.location)

    def secret(self) -> str:
        """The secret of forms for this browser."""
        cookie = self.cookies.get("__Host-ocop") or self.cookies.get("__Host-door")
        if cookie is None:
            self.get("/door")
            cookie = self.cookies["__Host-door"]
        return csrf_of(cookie)

    def post(
        self,
        target: str,
        fields: dict[str, str | list[str]] | None = None,
        files: dict[str, tuple[str, bytes]] | None = None,
        **headers: str,
    ) -> Got:
        """A form of one of our pages; with `files` {field: (name, content)} as multipart."""
        pairs = [("csrf", self.secret())]
        for name, value in (fields or {}).items():
            pairs += [(name, one) for one in (value if isinstance(value, list) else [value])]
        if files is None:
            kind, body = "application/x-www-form-urlencoded", urlencode(pairs).encode()
        else:
            kind, body = multipart(pairs, files)
        given = {"content-type": kind, "origin": f"https://{HOST}", "sec-fetch-site": "same-origin"}
        return self.ask("POST", target, {**given, **headers}, body)


def multipart(pairs: list[tuple[str, str]], files: dict[str, tuple[str, bytes]]) -> tuple[str, bytes]:
    edge = "----edge7f3a"
    parts = [
        f'--{edge}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in pairs
    ]
    for name, (called, content) in files.items():
        head = f'--{edge}\r\nContent-Disposition: form-data; name="{name}"; filename="{called}"\r\n\r\n'
        parts.append(head.encode() + content + b"\r\n")
    return f"multipart/form-data; boundary={edge}", b"".join(parts) + f"--{edge}--\r\n".encode()


class Room:
    """A started worker with its clock; `person` signs somebody in."""

    def __init__(self, runner: asyncio.Runner, data: Path, database_url: str = "", **settings: Any) -> None:
        self.data, self.runner, self.database_url = data, runner, database_url
        self.now = datetime(2026, 11, 23, 3, 0, tzinfo=UTC) + timedelta(days=1)
        given = {"data": data, "public_url": f"https://{HOST}", "database_url": database_url, **settings}
        self.settings = read_settings(**given)
        self.running = start(self.settings, lambda: self.now)
        self.store = self.running.store
        self.edge = Edge(self.settings, self.running.service)
        self._people = itertools.count(1)

    def ask(self, method: str, target: str, headers: dict[str, str], body: bytes, address: str) -> Got:
        path, _, query = target.encode().partition(b"?")
        scope = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method,
            "scheme": "https", "path": unquote(path.decode()), "raw_path": path, "query_string": query,
            "root_path": "", "client": (address, 40_000), "server": (HOST, 443),
            "headers": [(name.encode(), value.encode("latin-1")) for name, value in headers.items()],
        }  # fmt: skip
        told: list[Any] = [{"type": "http.request", "body": body, "more_body": False}]
        said: list[Any] = []

        async def receive() -> Any:
            return told.pop(0) if told else {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            said.append(message)

        self.runner.run(self.edge(scope, receive, send))
        first, *rest = said
        pairs = tuple((key.decode("latin-1"), value.decode("latin-1")) for key, value in first["headers"])
        return Got(first["status"], pairs, b"".join(part.get("body", b"") for part in rest))

    def later(self, **span: float) -> None:
        """Let time pass."""
        self.now += timedelta(**span)

    def client(self, **more: Any) -> Client:
        """A browser that nobody is signed in with."""
        return Client(self, **more)

    def producer(self, slug: str = "htx-ao-vua", province: str = "40", commune: str = "17357") -> int:
        """A producer and its number."""
        with self.store.begin() as session:
            known = session.scalars(select(tables.Producer).where(tables.Producer.slug == slug)).first()
            if known is not None:
                return known.id or 0
            place = facts.Place(province, f"tỉnh {province}", commune, f"xã {commune}")
            row = save_producer(
                session, facts.Producer(slug, f"HTX {slug}", facts.ProducerKind.COOPERATIVE, place)
            )
            return row.id or 0

    def person(
        self,
        role: str | Role = Role.PRODUCER,
        *,
        producer: int | None = None,
        province: str | None = "40",
        commune: str | None = "17357",
        name: str = "",
        proved: bool = True,
    ) -> Client:
        """Somebody with this role, signed in; a producer's role gets `producer` or a producer of its own."""
        role, number = Role(role), next(self._people)
        if role is Role.PRODUCER and producer is None:
            producer = self.producer()
        grant = Grant(
            role,
            producer if role is Role.PRODUCER else None,
            province if role in {Role.PROVINCE, Role.COMMUNE, Role.INSPECTOR} else None,
            commune if role in {Role.COMMUNE, Role.STATION} else None,
        )
        client = self.client()
        client.name = name or f"{role} {number}"
        with self.store.begin() as session:
            row = doors.add_person(
                session, client.name, f"09{number:08}", self.now, handle=secrets.token_bytes(32)
            )
            client.person_id = row.id or 0
            doors.give_role(session, client.person_id, grant, "phòng thử", self.now)
            cookie = doors_sessions.begin(
                session,
                client.person_id,
                "Chrome, Linux",
                self.now,
                fresh=secrets.token_bytes(32),
                proved=proved,
            )
        client.cookies["__Host-ocop"] = cookie
        return client

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with self.store.read() as session:
            return [tuple(row) for row in session.execute(text(query))]

    def close(self) -> None:
        stop(self.running)


@pytest.fixture(scope="session")
def room_runner() -> Iterator[asyncio.Runner]:
    """The loop of all rooms in this process."""
    with asyncio.Runner() as runner:
        yield runner


@pytest.fixture(scope="session")
def room_keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a keystore, made once."""
    folder = tmp_path_factory.mktemp("keys")
    create_keystore(folder / "keystore", new_key_file(folder / "kek"))
    return folder


@pytest.fixture
def rooms(
    room_runner: asyncio.Runner, room_keys: Path, sqlite_template: Path, tmp_path: Path
) -> Iterator[Callable[..., Room]]:
    """Starts workers: each on a store of its own, or on the store of an earlier one (`beside`)."""
    started: list[Room] = []

    def begin(beside: Room | None = None, **settings: Any) -> Room:
        if beside is not None:
            made = Room(room_runner, beside.data, beside.database_url, **settings)
            made.now = beside.now
        else:
            data = tmp_path / f"room{len(started)}"
            data.mkdir()
            if not settings.get("database_url"):
                shutil.copy(sqlite_template, data / "ocop.db")
            shutil.copytree(room_keys / "keystore", data / "keystore")
            shutil.copy(room_keys / "kek", data / "kek")
            made = Room(room_runner, data, **settings)
        started.append(made)
        return made

    yield begin
    for one in started:
        one.close()


@pytest.fixture
def room(rooms: Callable[..., Room]) -> Room:
    """One worker on an empty store."""
    return rooms()


class Served(Room):
    """The same house as a running service on loopback, for browsers; its clock is the real one."""

    def __init__(self, data: Path, port: int) -> None:
        self.data, self.origin = data, f"http://localhost:{port}"
        self.now = datetime.now(UTC)
        self.store = open_store("", data=data)
        self._people = itertools.count(1)

    def cookie(self, client: Client) -> dict[str, str]:
        """The cookie that signs a browser in as this person, for `context.add_cookies`."""
        return {"name": "ocop", "value": client.cookies["__Host-ocop"], "url": self.origin}

    def close(self) -> None:
        self.store.close()


@pytest.fixture(scope="module")
def room_server(
    room_keys: Path, sqlite_template: Path, warm_tool: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Served]:
    """`ocop-trace serve` on a store of its own, at http://localhost, where browsers make passkeys."""
    data = tmp_path_factory.mktemp("served") / "data"
    data.mkdir()
    shutil.copy(sqlite_template, data / "ocop.db")
    shutil.copytree(room_keys / "keystore", data / "keystore")
    shutil.copy(room_keys / "kek", data / "kek")
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    served = Served(data, port)
    env = {name: value for name, value in os.environ.items() if not name.startswith("OCOP_")}
    process = subprocess.Popen(
        [warm_tool, "serve", "--port", str(port)],
        env={**env, "OCOP_DATA": str(data), "OCOP_PUBLIC_URL": served.origin},
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    try:
        until = time.monotonic() + 60
        while True:
            try:
                with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=5)) as connection:
                    connection.request("GET", "/healthz")
                    if connection.getresponse().status == 200:
                        break
            except OSError:
                assert process.poll() is None, process.communicate()[0].decode()
            assert time.monotonic() < until, "the service did not start"
            time.sleep(0.05)
        yield served
    finally:
        process.send_signal(signal.SIGTERM)
        said = process.communicate(timeout=30)[0].decode()
        served.close()
    assert "Traceback" not in said, said


SWITCHES = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip


class Browsers:
    """Debian's Chromium, started once in a worker for each set of switches; tests open contexts of their own in it.

    Without windows it is the headless shell where that is installed: the same engine without the browser's own
    surface, at half the cost. Playwright's loop counts as running in this thread from its start on, where no other loop
    could run: it does so only while a module `meets` the browsers.
    """

    def __init__(self, playwright: Any) -> None:
        self._playwright, self._started = playwright, dict[tuple[str, ...], Any]()
        self._loop = asyncio.get_running_loop()

    def of(self, *more: str) -> Any:
        """The browser with these switches beside the usual ones."""
        if more not in self._started:
            program = (
                shutil.which("chromium-headless-shell") or shutil.which("chromium") or "chromium-browser"
            )
            self._started[more] = self._playwright.chromium.launch(
                executable_path=program, args=[*SWITCHES, *more]
            )
        return self._started[more]

    @contextmanager
    def met(self) -> Iterator[Callable[..., Any]]:
        """Inside, the browsers can be used; outside, other loops can run."""
        asyncio._set_running_loop(self._loop)
        try:
            yield self.of
        finally:
            asyncio._set_running_loop(None)

    def close(self) -> None:
        for browser in self._started.values():
            browser.close()


@pytest.fixture(scope="session")
def started_browsers() -> Iterator[Browsers]:
    """The browsers of this worker."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = Browsers(playwright)
        asyncio._set_running_loop(None)
        yield started
        asyncio._set_running_loop(started._loop)
        started.close()


@pytest.fixture(scope="module")
def browsers(started_browsers: Browsers) -> Iterator[Callable[..., Any]]:
    """Gives a browser with the switches that are named beside the usual ones."""
    with started_browsers.met() as of:
        yield of


@pytest.fixture(scope="module")
def chromium_browser(browsers: Callable[..., Any]) -> Any:
    """Debian's Chromium."""
    return browsers()
