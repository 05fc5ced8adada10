"""A maker with two products, an issuer with a key, a keystore, and batches of them."""

import itertools
import re
import secrets
import shutil
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from axe_playwright_python.sync_playwright import Axe
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
from playwright.sync_api import Browser, Page

BATCH = "/studio/products/09521234543213/batches/L2609A"
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


@pytest.fixture(scope="module")
def chromium(chromium_browser: Browser) -> Browser:
    return chromium_browser


# A phone's reader as the page sees it: one chip at a time in the field, chosen by the test.
READER = """
window.field = { chip: null, locked: [], refuse: false, readers: [] };
window.chip = (uid, text) => ({ uid, text: text || "", locked: false });
window.hold = (chip) => {
  window.field.chip = chip;
  for (const reader of window.field.readers) reader.meet();
};
window.NDEFReader = class extends EventTarget {
  async scan() {
    if (window.field.refuse) throw new DOMException("no", "NotAllowedError");
    window.field.readers.push(this);
  }
  meet() {
    const chip = window.field.chip;
    const records = chip.text
      ? [{ recordType: "url", data: new DataView(new TextEncoder().encode(chip.text).buffer) }] : [];
    const event = new Event("reading");
    event.serialNumber = chip.uid.match(/../g).join(":");
    event.message = { records };
    this.dispatchEvent(event);
  }
  async write(message) {
    if (window.field.chip.locked) throw new DOMException("no", "NotSupportedError");
    window.field.chip.text = message.records[0].data;
  }
  async makeReadOnly() { window.field.chip.locked = true; }
};
"""


@contextmanager
def opened(
    chromium: Browser, studio: Studio, *, signed: bool = True, reader: bool = False, **options: Any
) -> Iterator[Page]:
    """A fresh phone-sized browser; at the end no page may have complained or asked another place."""
    given = {
        "viewport": {"width": 360, "height": 740},
        "locale": "vi-VN",
        "accept_downloads": True,
        **options,
    }
    context = chromium.new_context(**given)
    if signed:
        context.add_cookies([{"name": "ocop", "value": studio.person().cookie, "url": studio.origin}])
    if reader:
        context.add_init_script(READER)
    else:
        # Chromium on a laptop has the name but no radio; the page must take it for what it is.
        context.add_init_script("delete window.NDEFReader")
    page = context.new_page()
    complaints: list[str] = []
    asked: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    yield page
    context.close()
    assert complaints == []
    assert [url for url in asked if not url.startswith((studio.origin + "/", "blob:"))] == []


def check_sound(page: Page) -> None:
    """No serious finding, nothing sideways, nothing too small to touch."""
    found = Axe().run(page).response["violations"]
    assert [
        (v["id"], [n["html"] for n in v["nodes"]][:3])
        for v in found
        if v["impact"] in {"serious", "critical"}
    ] == []
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), (
        page.url
    )
    small = page.evaluate(
        "[...document.querySelectorAll('main button, main .button, main input:not([type=hidden]):not([type=radio])"
        ":not([type=checkbox])')].filter(e => e.offsetParent && e.getBoundingClientRect().height < 44)"
        ".map(e => e.outerHTML)"
    )
    assert small == []


@pytest.fixture
def phone(chromium: Browser, studio: Studio) -> Callable[..., Any]:
    """Opens phone-sized browsers: `with phone(signed=False) as page`."""
    return lambda **options: opened(chromium, studio, **options)


@pytest.fixture
def sound() -> Callable[[Page], None]:
    return check_sound


@pytest.fixture
def full_studio(studio: Studio) -> Studio:
    """A batch with a life: printed, scanned, with chips, odd things, a link for a shop."""
    shop, now = studio.shop, studio.running.service.clock()
    shop.issue()
    shop.issue("L2609B", count=0)
    for back in range(20):
        shop.scan(
            back + 1,
            now - timedelta(days=back, hours=back),
            times=9 - back % 5,
            lang="vi" if back % 3 else "en",
        )
    shop.scan(12, now, code="code_issued_often", times=3)
    shop.scan(0, now, code="not_issued", times=2)
    maker = studio.person()
    fields = {"ticket": "t1", "first": "1", "last": "21", "form": "csv", "stock": "a4-21"}
    assert maker.post(f"{BATCH}/labels", fields).status_code == 200
    assert (
        maker.post(
            f"{BATCH}/labels/shop",
            {**fields, "first": "22", "last": "40"},
        ).status_code
        == 200
    )
    assert maker.post(f"{BATCH}/display", {"number": "7"}).status_code == 303
    for number in (1, 2, 3):
        bound = maker.post(
            f"{BATCH}/chips/bind",
            {"uid": f"04A1B2C3D4E5{number:02X}", "number": str(number)},
        )
        assert bound.status_code == 200, bound.text
    return studio
