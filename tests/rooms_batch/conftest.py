"""A maker with two products, an issuer with a key, a keystore, and batches of them."""

import itertools
import re
import secrets
import shutil
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import httpx
import pytest
import uvicorn
from ocop.trace import doors, doors_sessions, facts
from ocop.trace.api.app import Edge
from ocop.trace.api.starting import start, stop
from ocop.trace.batching import asked
from ocop.trace.batching_sheets import Press
from ocop.trace.issuing import Issued, issue
from ocop.trace.issuing_keys import add_issuer, add_key
from ocop.trace.registry import editing
from ocop.trace.registry.keystore import Keystore, create, new_key_file
from ocop.trace.registry.ledger_store import By
from ocop.trace.registry.scans import ScanRow
from ocop.trace.registry.store import Store, open_store
from ocop.trace.registry.tables import Scan
from ocop.trace.rights import Grant, Role
from ocop.trace.settings import read_settings
from playwright.sync_api import Browser, sync_playwright

GTIN, CODE, ISSUER, REALM = "09521234543213", "P/4VTR0QB4", "htx-ben-may", "ocop.example/tag"
NOW = datetime(2026, 11, 23, 4, 5, 6, tzinfo=UTC)
HOST = "https://id.ocop.example"


@dataclass
class Shop:
    """Everything that the verbs need."""

    store: Store
    keystore: Keystore

    @property
    def press(self) -> Press:
        return Press(self.store.begin, self.store.read, self.keystore, REALM, HOST)

    def issue(self, lot: str = "L2609A", count: int = 300, key: str = GTIN, ticket: str = "") -> Issued:
        request = asked(
            key, lot, date(2026, 9, 1), count, ticket=ticket or f"{key}-{lot}", place_code="17000"
        )
        return issue(self.store.begin, self.keystore, request, "chị Hoa", NOW)

    def scan(
        self,
        number: int,
        at: datetime = NOW,
        *,
        lot: str = "L2609A",
        code: str = "code_issued",
        lang: str = "vi",
        channel: str = "print",
        times: int = 1,
        key: str = GTIN,
    ) -> None:
        row = ScanRow(key, lot, number, at, code, "valid", channel, lang, "chrome")
        with self.store.begin() as session:
            session.add_all([Scan(**row._asdict()) for _ in range(times)])


def furnish(store: Store, folder: Path) -> Shop:
    place = facts.Place("40", "tỉnh Nghệ An", "17000", "xã Bến Mây")
    maker = facts.Producer("htx-ben-may", "HTX Bến Mây", facts.ProducerKind.COOPERATIVE, place)
    text = facts.ProductText("Trà Hương Vân", net="200 g", classifier="hộp")
    keystore = create(folder / "keystore", new_key_file(folder / "kek"))
    by = By("phòng Nông nghiệp", NOW)
    with store.begin() as session:
        editing.save_producer(session, maker)
        for key in (GTIN, CODE):
            product = facts.Product(key=key, keys=(key,), group=1, texts={"vi": text})
            editing.save_product(session, product, producer_slug=maker.slug, now=NOW)
        add_issuer(session, ISSUER, "HTX Bến Mây", "40", by, [GTIN, CODE])
    add_key(store.begin, keystore, ISSUER, by)
    return Shop(store, keystore)


@pytest.fixture
def shop(store: Store, tmp_path: Path) -> Shop:
    """Once on each database."""
    return furnish(store, tmp_path)


@pytest.fixture
def sqlite_shop(sqlite_store: Store, tmp_path: Path) -> Shop:
    return furnish(sqlite_store, tmp_path)


@pytest.fixture
def furnished() -> Callable[[Store, Path], Shop]:
    return furnish


# A running service with rooms, and people who are signed in.


@dataclass
class Person:
    """Somebody signed in, as a plain client: forms carry the secret of the page."""

    studio: "Studio"
    cookie: str

    def _client(self) -> httpx.Client:
        return httpx.Client(base_url=self.studio.origin, cookies={"ocop": self.cookie} if self.cookie else {})

    def get(self, path: str) -> httpx.Response:
        with self._client() as client:
            return client.get(path)

    def secret(self, client: httpx.Client) -> str:
        page = client.get("/me" if self.cookie else "/door").text
        found = re.search(r'name="csrf" value="([^"]+)"', page)
        assert found is not None
        return found[1]

    def post(self, path: str, fields: dict[str, str] | None = None) -> httpx.Response:
        with self._client() as client:
            return client.post(
                path,
                data={"csrf": self.secret(client), **(fields or {})},
                headers={"origin": self.studio.origin},
            )


class Studio:
    """A worker on loopback in this process, its store, and a clock that a test may move."""

    def __init__(self, data: Path, port: int) -> None:
        self.data, self.origin = data, f"http://127.0.0.1:{port}"
        self.later = timedelta(0)
        self.settings = read_settings(data=data, public_url=self.origin)
        self.running = start(self.settings, lambda: datetime.now(UTC) + self.later)
        self.store = self.running.store
        self.shop = Shop(self.store, self.running.service.keystore)
        self._phones = itertools.count(1)
        config = uvicorn.Config(
            Edge(self.settings, self.running.service),
            host="127.0.0.1",
            port=port,
            log_level="error",
            lifespan="off",
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, daemon=True)
        self._thread.start()
        while not self._server.started:
            self._thread.join(0.01)

    def person(self, role: Role = Role.PRODUCER, *, producer: int = 1, proved: bool = True) -> Person:
        now = self.running.service.clock()
        grant = Grant(role, producer) if role is Role.PRODUCER else Grant(role, province="40")
        with self.store.begin() as session:
            phone = f"09120000{next(self._phones):02d}"
            who = doors.add_person(session, "Nguyễn Thị Hoa", phone, now, handle=secrets.token_bytes(32))
            doors.give_role(session, who.id or 0, grant, "phòng Nông nghiệp", now)
            cookie = doors_sessions.begin(
                session, who.id or 0, "Chrome", now, fresh=secrets.token_bytes(32), proved=proved
            )
        return Person(self, cookie)

    @property
    def anybody(self) -> Person:
        return Person(self, "")

    def flush(self) -> None:
        """Scans that wait are in the store."""
        for _ in range(200):
            if not self.running.service.recorder.state.waiting:
                return
            self._thread.join(0.02)

    def close(self) -> None:
        self._server.should_exit = True
        self._thread.join(10)
        stop(self.running)


def _port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@pytest.fixture(scope="module")
def furnished_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = tmp_path_factory.mktemp("studio")
    made = open_store("", data=data)
    made.create("demo.invalid/tag", NOW)
    furnish(made, data)
    with made.begin() as session:
        place = facts.Place("40", "tỉnh Nghệ An", "17000", "xã Bến Mây")
        editing.save_producer(
            session, facts.Producer("ho-khac", "Hộ khác", facts.ProducerKind.HOUSEHOLD, place)
        )
    made.close()
    return data


@pytest.fixture
def studio(furnished_data: Path, tmp_path: Path) -> Iterator[Studio]:
    data = tmp_path / "served"
    shutil.copytree(furnished_data, data)
    made = Studio(data, _port())
    yield made
    made.close()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    arguments = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=arguments)
        yield browser
        browser.close()
