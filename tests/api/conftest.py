"""A furnished store, made once, and workers that serve copies of it: called as ASGI in this process or started
as `ocop-trace serve`."""

import asyncio
import http.client
import json
import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from ocop.trace import facts, issuing, registering, withdrawing
from ocop.trace.api.app import Edge
from ocop.trace.api.starting import Running, start, stop
from ocop.trace.illustrative import BatchAct, products
from ocop.trace.issuing import IssueRequest
from ocop.trace.issuing_keys import add_key
from ocop.trace.registering import Picture, Registration, register
from ocop.trace.registry.keystore import Keystore, create, new_key_file
from ocop.trace.registry.ledger_store import By
from ocop.trace.registry.media import Pictures
from ocop.trace.registry.scans import ScanRecorder
from ocop.trace.registry.store import Store, open_store
from ocop.trace.registry.tables_base import METADATA
from ocop.trace.settings import read_settings
from ocop.trace.signing.entries import Why
from ocop.trace.signing.token import Carrier, nfc_text, qr_text, sign
from ocop.trace.text import civil_date
from PIL import Image
from sqlalchemy import insert, select, text
from sqlmodel import Session

REALM = "demo.invalid/tag"
HOST = "id.example.vn"
ORIGIN = f"https://{HOST}"
MAKER, OTHER = "htx-ao-vua", "ho-dia-trang"
GTIN, CODE = "09521234543213", "P/4VTR0QB4"
CHIP = bytes.fromhex("04de5f1eacc040")
TOOL = Path(sys.executable).with_name("ocop-trace")
ANSWER = re.compile(r'<div class="code [a-z]+" id="([a-z_]+)">')


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def code(self) -> str:
        """The id of answer 1 on a story page."""
        found = ANSWER.search(self.text)
        return found[1] if found else ""

    def header(self, name: str) -> str:
        """One header; it must not stand there twice."""
        values = [value for key, value in self.headers if key == name]
        assert len(values) < 2, values
        return values[0] if values else ""

    def block(self, name: str) -> str:
        """The words of one of the three answers: `code`, `thing` or `stars`."""
        plain = re.sub(r"<svg.*?</svg>", "", self.text, flags=re.S)
        found = re.search(rf'<div class="{name}[^"]*"[^>]*>(.*?)</div>', plain, re.S)
        return " ".join(re.sub(r"<[^>]*>", " ", found[1]).split()) if found else ""


class Worker:
    """One worker in this process: its own connections, caches and clock."""

    def __init__(self, runner: asyncio.Runner, data: Path, now: datetime, **settings: Any) -> None:
        self.now = now
        self.settings = read_settings(data=data, public_url=ORIGIN, **settings)
        self.running: Running = start(self.settings, lambda: self.now)
        self.service = self.running.service
        self.store: Store = self.running.store
        self.edge = Edge(self.settings, self.service)
        self._runner = runner

    def ask(
        self,
        target: str | bytes,
        method: str = "GET",
        headers: dict[str, str] | None = None,
        body: bytes = b"",
        client: str = "203.0.113.9",
    ) -> Answer:
        """One request, its target byte for byte."""
        return self._runner.run(self.asking(target, method, headers, body, client))

    async def asking(
        self,
        target: str | bytes,
        method: str = "GET",
        headers: dict[str, str] | None = None,
        body: bytes = b"",
        client: str = "203.0.113.9",
    ) -> Answer:
        raw = target if isinstance(target, bytes) else target.encode()
        path, _, query = raw.partition(b"?")
        given = {"host": HOST, **(headers or {})}
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "https",
            "path": path.decode("utf-8", "replace"),
            "raw_path": path,
            "query_string": query,
            "root_path": "",
            "headers": [(name.encode(), value.encode("latin-1")) for name, value in given.items()],
            "client": (client, 40_000),
            "server": (HOST, 443),
        }
        told: list[Any] = [{"type": "http.request", "body": body, "more_body": False}]
        said: list[Any] = []

        async def receive() -> Any:
            return told.pop(0) if told else {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            said.append(message)

        await self.edge(scope, receive, send)
        first, *rest = said
        pairs = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in first["headers"])
        return Answer(first["status"], pairs, b"".join(part.get("body", b"") for part in rest))

    def post(
        self, target: str, form: str | bytes = b"", client: str = "203.0.113.9", **headers: str
    ) -> Answer:
        body = form.encode() if isinstance(form, str) else form
        given = {"content-type": "application/x-www-form-urlencoded", "origin": ORIGIN, **headers}
        return self.ask(target, "POST", given, body, client)

    def scans(self) -> list[tuple[Any, ...]]:
        """All rows (key, lot, serial, code, stars, channel, lang, browser), in order, after what waits is written."""
        self.service.recorder.close()
        self.service.recorder = ScanRecorder(self.store)
        return self.rows("SELECT key, lot, serial, code, stars, channel, lang, browser FROM scan ORDER BY id")

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with self.store.read() as session:
            return [tuple(row) for row in session.execute(text(query))]

    def act(self, verb: Callable[..., Any], *arguments: Any) -> Any:
        """One act through this worker's store, committed."""
        with self.store.begin() as session:
            return verb(session, *arguments)

    def close(self) -> None:
        stop(self.running)


@dataclass(frozen=True)
class Furnished:
    """A folder with a store that holds the illustrative products and two makers of the tests' own."""

    data: Path
    keystore: Keystore
    now: datetime
    expected: tuple[tuple[str, str, str], ...] = field(
        default=()
    )  # (target, code, stars) of illustrative codes

    def link(
        self,
        lot: str = "L1",
        serial: str = "000012",
        key: str = GTIN,
        carrier: Carrier = Carrier.PRINT,
        uid: bytes | None = None,
        signer: tuple[str, int] | None = None,
        realm: str = REALM,
    ) -> str:
        """The target of a genuine code; `signer` (issuer, number) is the batch's key by default."""
        name = signer or ((MAKER, 1) if key == GTIN else (OTHER, 2))
        token = sign(self.keystore.signer(*name), realm, carrier, key, lot, serial, uid)
        return f"{path(key, lot, serial)}?s={nfc_text(token) if carrier else qr_text(token)}"

    def copy(self, data: Path) -> Path:
        """Another folder with the same content; pictures are shared."""
        data.mkdir(parents=True)
        shutil.copy(self.data / "ocop.db", data / "ocop.db")
        shutil.copy(self.data / "kek", data / "kek")
        shutil.copytree(self.data / "keystore", data / "keystore")
        (data / "media").symlink_to(self.data / "media")
        return data


def path(key: str = GTIN, lot: str = "", serial: str = "") -> str:
    stem = f"/{key}" if key.startswith("P/") else f"/01/{key}"
    return stem + (f"/10/{lot}" if lot else "") + (f"/21/{serial}" if serial else "")


def picture() -> bytes:
    content = BytesIO()
    Image.new("RGB", (400, 300), (120, 140, 90)).save(content, "PNG")
    return content.getvalue()


class Office:
    """Enters what the tests scan, by the verbs of the service."""

    def __init__(self, store: Store, keystore: Keystore, now: datetime) -> None:
        self.store, self.keystore, self.now = store, keystore, now
        self.by = By("phòng Nông nghiệp", now - timedelta(days=3), "lý do bằng lời", "xin đừng dùng")

    def act(self, verb: Callable[..., Any], *arguments: Any) -> Any:
        with self.store.begin() as session:
            return verb(session, *arguments)

    def register(self, wanted: Registration, pictures: Pictures) -> None:
        done = register(self.store, wanted, self.by, pictures=pictures)
        if done.needs_key:
            registering.first_key(self.store, self.keystore, done.issuer, self.by)

    def issue(self, key: str, lot: str, count: int = 300, made: date | None = None, **more: Any) -> int:
        day = made or civil_date(self.now) - timedelta(days=20)
        request = IssueRequest(f"{key} {lot}", key, lot, made=day, count=count, **more)
        return issuing.issue(self.store.begin, self.keystore, request, "chị Hoa", self.by.at).position

    def on_sale(self, key: str, lot: str, count: int = 300) -> int:
        position = self.issue(key, lot, count)
        self.act(withdrawing.release, key, lot, self.by)
        return position


def own(key: str, maker: str, name: str, now: datetime, *papers: facts.Certificate) -> Registration:
    """A product of the tests' own, as small as a page allows."""
    place = facts.Place("40", "tỉnh Nghệ An", "17357", "xã Giai Xuân")
    producer = facts.Producer(maker, f"Cơ sở {name}", facts.ProducerKind.COOPERATIVE, place)
    words = {
        "vi": facts.ProductText(name, net="200 g", classifier="hộp"),
        "en": facts.ProductText(f"{name} (en)", net="200 g", classifier="box"),
    }
    product = facts.Product(key=key, keys=(key,), group=1, texts=words)
    return Registration(maker, f"Cơ sở {name}", "40", producer, product, papers)


def paper(now: datetime, **changes: Any) -> facts.Certificate:
    day = civil_date(now)
    made = facts.Certificate(
        stars=4,
        decision_no="12/QĐ-UBND",
        decision_date=day - timedelta(days=400),
        authority="UBND tỉnh Nghệ An",
        valid_from=day - timedelta(days=400),
        valid_to=day + timedelta(days=600),
    )
    return replace(made, **changes)


def enter_illustrative(office: Office, pictures: Pictures, content: bytes) -> None:
    """The illustrative products and batches, with plain pictures: drawing them is tested elsewhere."""
    for one in products(civil_date(office.now)):
        taken = {
            each.id: Picture(lambda: content, each.alt)
            for each in one.pictures
            if each.id in {"hero", "step-1"}
        }
        issuer, maker = one.producer.slug[:40].strip("-"), one.producer
        office.register(
            Registration(
                issuer, maker.name, maker.place.province_code, maker, one.product, one.product.certificates,
                tuple(one.product.stories.values()), taken,
            ),
            pictures,
        )  # fmt: skip
        for batch in one.batches:
            key, lot = one.product.key, batch.lot
            office.issue(key, lot, batch.count, batch.made, expiry=batch.expiry, events=batch.events)
            if batch.act is BatchAct.NOT_RELEASED:
                continue
            office.act(withdrawing.release, key, lot, office.by)
            if batch.act is BatchAct.RECALLED:
                office.act(withdrawing.recall, key, lot, Why.SAFETY, office.by)
            elif batch.act is BatchAct.WITHDRAWN:
                office.act(withdrawing.withdraw, key, lot, Why.LABELS_LOST, office.by)


def enter_own(office: Office, pictures: Pictures) -> None:
    """One lot of each kind that the illustrative products don't have."""
    now, by = office.now, office.by
    office.register(own(GTIN, MAKER, "Tương Ao Vua", now, paper(now)), pictures)
    closed = paper(now, state=facts.CertificateState.SUSPENDED, closed_on=civil_date(now) - timedelta(days=5))
    office.register(own(CODE, OTHER, "Mứt Đìa Trăng", now, closed), pictures)
    for lot in ("L1", "RANGE", "WHOLE", "RECALL", "BOTH"):
        office.on_sale(GTIN, lot)
    office.on_sale(GTIN, "BATCH", count=0)
    office.issue(GTIN, "EARLY")
    office.issue(GTIN, "GONE")
    office.act(withdrawing.withdraw, GTIN, "RANGE", Why.LABELS_LOST, by, [(10, 20)])
    for lot in ("WHOLE", "BOTH", "GONE"):
        office.act(withdrawing.withdraw, GTIN, lot, Why.LABELS_LOST, by)
    for lot in ("RECALL", "BOTH"):
        office.act(withdrawing.recall, GTIN, lot, Why.SAFETY, by)
    office.on_sale(CODE, "BEFORE")
    stolen_from = office.on_sale(CODE, "AFTER")
    office.act(withdrawing.withdraw_key, OTHER, 2, Why.KEY_LOST, by, stolen_from)
    add_key(office.store.begin, office.keystore, OTHER, by)


def illustrative_codes(office: Office) -> Iterator[tuple[str, str, str]]:
    """(target, code, stars) of each illustrative batch's sample item, with the answers expected of it."""
    for one in products(civil_date(office.now)):
        for batch in one.batches:
            with office.store.read() as session:
                issued = issuing.find_issued(session, one.product.key, batch.lot)
            made = issuing.links(office.keystore, REALM, ORIGIN, issued, batch.sample, batch.sample)
            yield "/" + next(made)[1].split("/", 3)[3], batch.expected_code, batch.expected_stars


@pytest.fixture(scope="session")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Furnished:
    """The store that everything here is a copy of; nobody writes to it."""
    now = datetime.now(UTC).replace(microsecond=0)
    data = tmp_path_factory.mktemp("furnished")
    store = open_store("", data=data)
    store.create(REALM, now - timedelta(days=30))
    office = Office(store, create(data / "keystore", new_key_file(data / "kek")), now)
    with Pictures(data) as pictures:
        enter_own(office, pictures)
        enter_illustrative(office, pictures, picture())
    made = Furnished(data, office.keystore, now, tuple(illustrative_codes(office)))
    store.close()
    return made


@pytest.fixture(scope="session")
def runner() -> Iterator[asyncio.Runner]:
    """The loop that all in-process requests of this run share."""
    with asyncio.Runner() as runner:
        yield runner


Serving = Callable[..., Worker]


@pytest.fixture
def serving(runner: asyncio.Runner, furnished: Furnished, tmp_path: Path) -> Iterator[Serving]:
    """Starts workers: on a fresh copy of the store, or on the store of an earlier worker (`beside`)."""
    started: list[Worker] = []

    def serve(beside: Worker | None = None, **settings: Any) -> Worker:
        data = beside.settings.data if beside else furnished.copy(tmp_path / f"data{len(started)}")
        if beside is not None:
            settings = {"database_url": beside.settings.database_url, **settings}
        worker = Worker(runner, data, furnished.now, **settings)
        started.append(worker)
        return worker

    yield serve
    for worker in started:
        worker.close()


@pytest.fixture(scope="session")
def shared(
    runner: asyncio.Runner, furnished: Furnished, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Worker]:
    """A worker for tests that only look."""
    worker = Worker(runner, furnished.copy(tmp_path_factory.mktemp("shared") / "data"), furnished.now)
    yield worker
    worker.close()


@pytest.fixture(scope="session")
def link(furnished: Furnished) -> Callable[..., str]:
    """Targets of genuine codes."""
    return furnished.link


@pytest.fixture(scope="session")
def altered() -> Callable[..., str]:
    """A target with one digit of its `s` changed."""

    def change(target: str, place: int = 100) -> str:
        head, s = target.split("?s=")
        return f"{head}?s={s[:place]}{(int(s[place]) + 1) % 10}{s[place + 1 :]}"

    return change


def addresses(count: int, start: int = 0) -> Sequence[str]:
    """That many addresses in as many networks."""
    return [f"198.{18 + n // 250}.{n % 250}.7" for n in range(start, start + count)]


@pytest.fixture(scope="session")
def networks() -> Callable[..., Sequence[str]]:
    return addresses


@pytest.fixture(scope="session")
def postgres_furnished_template(postgres: Any, furnished: Furnished) -> str:
    """The same rows in a database of the private cluster, to be copied."""
    postgres.sql("CREATE DATABASE ocop_furnished")
    source = open_store("", data=furnished.data)
    target = open_store(postgres.url("ocop_furnished"), data=furnished.data)

    def fill(session: Session) -> None:
        with source.read() as reading:
            copy_rows(reading, session)

    with source.read() as reading:
        meta = reading.execute(text("SELECT facts_version FROM meta")).scalar_one()
    target.create(REALM, furnished.now, fill)
    with target.begin() as session:
        session.execute(text("UPDATE meta SET facts_version = :version"), {"version": meta})
    source.close()
    target.close()
    return "ocop_furnished"


def copy_rows(source: Session, target: Session) -> None:
    """Every row but the store's own, table by table in the order of their keys."""
    for table in METADATA.sorted_tables:
        if table.name == "meta":
            continue
        found = [dict(row._mapping) for row in source.execute(select(table))]
        if found:
            target.execute(insert(table), found)
            if "id" in table.c:
                target.execute(text(
                    f"SELECT setval(s, (SELECT max(id) FROM {table.name})) "
                    f"FROM (SELECT pg_get_serial_sequence('{table.name}', 'id') AS s) AS q WHERE s IS NOT NULL"
                ))  # fmt: skip


@pytest.fixture
def postgres_furnished(
    postgres_furnished_template: str, postgres_database: Callable[[str], str]
) -> Callable[[], str]:
    """Makes a furnished PostgreSQL database and gives its address."""
    return lambda: postgres_database(postgres_furnished_template)


class Served:
    """A running service with workers of its own."""

    def __init__(self, data: Path, port: int, tool: Path = TOOL) -> None:
        self.data, self.port, self._tool = data, port, tool
        self.origin = f"http://127.0.0.1:{port}"
        given = {name: value for name, value in os.environ.items() if not name.startswith("OCOP_")}
        self.env = {**given, "OCOP_DATA": str(data), "OCOP_PUBLIC_URL": self.origin}

    def get(self, target: str, method: str = "GET", **headers: str) -> Answer:
        """One request over a connection of its own, so that any worker may take it."""
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)) as connection:
            connection.request(method, target, headers=headers)
            got = connection.getresponse()
            return Answer(
                got.status, tuple((name.lower(), value) for name, value in got.getheaders()), got.read()
            )

    def code(self, target: str) -> str:
        return self.get("/story" + target).code

    def raw(self, request: bytes) -> bytes:
        """Bytes as they are; everything that comes back."""
        with closing(socket.create_connection(("127.0.0.1", self.port), timeout=20)) as connection:
            connection.sendall(request)
            connection.shutdown(socket.SHUT_WR)
            return b"".join(iter(lambda: connection.recv(65536), b""))

    def run(self, *arguments: str, data: Path | None = None) -> subprocess.CompletedProcess[str]:
        env = {**self.env, "OCOP_DATA": str(data or self.data)}
        return subprocess.run(
            [self._tool, *arguments], env=env, capture_output=True, text=True, timeout=60, check=False
        )

    def tool(self, *arguments: str) -> Any:
        """What a command says as JSON."""
        done = self.run(*arguments, "--json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(self.data / "ocop.db")) as connection:
            return connection.execute(query).fetchall()

    def counted(self, lot: str, expected: int = 1) -> int:
        """Scans of a lot, once at least `expected` of them are written, which takes a tenth of a second."""
        until = time.monotonic() + 5
        while True:
            found: int = self.rows(f"SELECT count(*) FROM scan WHERE lot = '{lot}'")[0][0]
            if found >= expected or time.monotonic() > until:
                return found
            time.sleep(0.02)


@contextmanager
def started(data: Path, workers: int, tool: Path = TOOL) -> Iterator[Served]:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    service = Served(data, port, tool)
    process = subprocess.Popen(
        [TOOL, "serve", "--port", str(port), "--workers", str(workers)],
        env=service.env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    try:
        await_ready(service, process)
        yield service
    finally:
        process.send_signal(signal.SIGTERM)
        said = process.communicate(timeout=30)[0].decode()
    assert "Traceback" not in said, said


def await_ready(service: Served, process: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + 60
    while True:
        try:
            if service.get("/healthz").status == 200:
                return
        except OSError:
            assert process.poll() is None, process.communicate()[0].decode()
        assert time.monotonic() < until, "the service did not start"
        time.sleep(0.05)


@pytest.fixture(scope="session")
def running() -> Callable[..., Any]:
    """A context with a started service: `with running(data, workers) as service`."""
    return started


@pytest.fixture(scope="module")
def service(
    furnished: Furnished, warm_tool: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Served]:
    """Two workers on one store."""
    data = furnished.copy(tmp_path_factory.mktemp("served") / "data")
    with started(data, workers=2, tool=warm_tool) as service:
        yield service
