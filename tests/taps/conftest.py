"""A store with a lot on sale whose items 1 to 4 have chips, and workers that answer scans of it."""

import asyncio
import inspect
import os
import re
import socket
import subprocess
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
from ocop.trace import facts, withdrawing
from ocop.trace.api import story as story_page
from ocop.trace.api.http import Reply, Request
from ocop.trace.api.starting import Running, start, stop
from ocop.trace.api.story import story
from ocop.trace.issuing import IssueRequest, issue
from ocop.trace.issuing_keys import add_issuer, add_key
from ocop.trace.registry import chips, editing
from ocop.trace.registry.keystore import Keystore, create, new_key_file
from ocop.trace.registry.ledger_store import By
from ocop.trace.registry.masters import Masters
from ocop.trace.registry.store import Store
from ocop.trace.settings import Settings, read_settings
from ocop.trace.signing.token import Carrier, nfc_text, sign
from ocop.trace.tags import sun
from ocop.trace.tags.secure import diversify

GTIN, LOT, ISSUER, REALM = "09521234543213", "L2609A", "htx-ben-may", "ocop.example/tag"
NOW = datetime(2026, 11, 23, 4, 5, 6, tzinfo=UTC)
SUN_CHIP, STATIC_CHIP, OTHER_SUN, BARE_CHIP, STRANGER = (
    bytes.fromhex(f"04{n:02x}5f1eacc040") for n in range(1, 6)
)
PHONE = {"accept_language": "vi-VN,vi;q=0.9", "user_agent": "Mozilla/5.0 (Linux; Android 13) Chrome/138.0"}
ANSWER = re.compile(rb'<div class="code [a-z]+" id="([a-z_]+)">')


@dataclass(frozen=True)
class Answer:
    """What came back: the id of answer 1, or where to go on with which cookie."""

    status: int
    code: str
    location: str
    cookie: str
    cache: str
    body: bytes


class Worker:
    """One worker of the service, with a clock of its own."""

    def __init__(self, settings: Settings) -> None:
        self.running: Running = start(settings)
        self.service = self.running.service
        self.now = NOW
        self.service.clock = lambda: self.now

    async def asking(self, target: str, method: str = "GET", **headers: str) -> Answer:
        path, _, query = target.partition("?")
        pairs = [
            (name.replace("_", "-").encode(), value.encode("latin-1")) for name, value in headers.items()
        ]
        scope = {
            "method": method,
            "raw_path": path.encode("utf-8"),
            "query_string": query.encode("utf-8"),
            "headers": pairs,
            "client": ("203.0.113.9", 40_000),
        }
        told: Reply | Awaitable[Reply] = story(self.service, Request(scope))
        reply = await told if inspect.isawaitable(told) else told
        head = dict(reply.all_headers)
        found = ANSWER.search(reply.body)
        return Answer(
            reply.status,
            found[1].decode() if found else "",
            head.get(b"location", b"").decode(),
            head.get(b"set-cookie", b"").decode(),
            head.get(b"cache-control", b"").decode(),
            reply.body,
        )

    def ask(self, target: str, method: str = "GET", **headers: str) -> Answer:
        return asyncio.run(self.asking(target, method, **headers))


@dataclass
class Shop:
    """The furnished store; `worker()` starts another worker on it."""

    store: Store
    keystore: Keystore
    masters: Masters
    settings: Settings
    worker: Callable[[], Worker]

    def act(self, verb: Callable[..., Any], *arguments: Any, **more: Any) -> Any:
        with self.store.begin() as session:
            return verb(session, *arguments, **more)

    def bind(
        self, number: int, uid: bytes, type_: str, generation: int = 1, master: int = 1, **more: Any
    ) -> int:
        """A live chip on an item."""
        keys = {"master_generation": master, "chip_generation": generation} if type_ == "ntag424" else {}
        new = chips.NewChip(uid, GTIN, LOT, number, type_, **keys, **more)
        chip = self.act(chips.reserve, new, NOW).id
        self.act(chips.promote, chip, NOW, counter=1)
        return int(chip)

    def link(self, number: int, uid: bytes, carrier: Carrier = Carrier.SUN) -> str:
        token = sign(self.keystore.signer(ISSUER, 1), REALM, carrier, GTIN, LOT, f"{number:06d}", uid)
        return f"/story/01/{GTIN}/10/{LOT}/21/{number:06d}?s={nfc_text(token)}"

    def tap(
        self,
        number: int,
        uid: bytes,
        counter: int,
        generation: int = 1,
        of: bytes | None = None,
        master: int = 1,
    ) -> str:
        """The link of the chip `of` (the same by default), as the chip `uid` shows it at a tap."""
        key = diversify(self.masters.key(master), uid, 2, master, generation)
        mac = sun.mac(key, uid, counter).hex().upper()
        return f"{self.link(number, of or uid)}&m={mirror(uid, counter)}&c={mac}"


def mirror(uid: bytes, counter: int) -> str:
    return sun.Mirror(uid, counter).text()


@pytest.fixture
def shop(store: Store, tmp_path: Path) -> Iterator[Shop]:
    """Items 1 and 3 with SUN chips, 2 with a static one, 4 with a static one without a mirror."""
    data = tmp_path / "data"
    data.mkdir(exist_ok=True)
    keystore = create(data / "keystore", new_key_file(data / "kek"))
    masters = Masters(keystore)
    masters.add()
    by = By("phòng Nông nghiệp", NOW - timedelta(days=2))
    maker = facts.Producer(
        ISSUER, "HTX Bến Mây", facts.ProducerKind.COOPERATIVE, facts.Place("40", "tỉnh Nghệ An")
    )
    with store.begin() as session:
        editing.save_producer(session, maker)
        text = facts.ProductText("Trà Hương Vân", net="200 g")
        product = facts.Product(key=GTIN, keys=(GTIN,), group=1, texts={"vi": text})
        editing.save_product(session, product, producer_slug=maker.slug, now=NOW)
        add_issuer(session, ISSUER, "HTX Bến Mây", "40", by, [GTIN])
    add_key(store.begin, keystore, ISSUER, by)
    issue(
        store.begin,
        keystore,
        IssueRequest("first", GTIN, LOT, made=date(2026, 9, 1), count=300),
        "Hoa",
        by.at,
    )
    with store.begin() as session:
        withdrawing.release(session, GTIN, LOT, by)
    url = "" if store.file else store.engine.url.render_as_string(hide_password=False)
    settings = read_settings(
        data=data, public_url="https://id.example.vn", database_url=url.replace("+psycopg", ""), realm=REALM
    )
    started: list[Worker] = []

    def worker() -> Worker:
        started.append(Worker(settings))
        return started[-1]

    made = Shop(store, keystore, masters, settings, worker)
    made.bind(1, SUN_CHIP, "ntag424")
    made.bind(2, STATIC_CHIP, "ntag215")
    made.bind(3, OTHER_SUN, "ntag424")
    made.bind(4, BARE_CHIP, "ntag215", mirror="none")
    yield made
    for one in started:
        stop(one.running)


@contextmanager
def _serving(tool: Path, shop: Shop, public_url: str = "https://id.example.vn") -> Iterator[str]:
    """A server process on the shop's store: where it answers."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    given = {name: value for name, value in os.environ.items() if not name.startswith("OCOP_")}
    own = {"OCOP_DATA": str(shop.settings.data), "OCOP_REALM": "ocop.example/tag",
           "OCOP_PUBLIC_URL": public_url}  # fmt: skip
    if not shop.store.file:
        url = shop.store.engine.url.render_as_string(hide_password=False)
        own["OCOP_DATABASE_URL"] = url.replace("+psycopg", "")
    process = subprocess.Popen(
        [tool, "serve", "--port", str(port)], env={**given, **own},
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    try:
        _await_ready(port, process)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        said = process.communicate(timeout=30)[0].decode()
    assert "Traceback" not in said, said


def _await_ready(port: int, process: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + 60
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=5) as client:
        while True:
            assert process.poll() is None, process.communicate()[0].decode()
            assert time.monotonic() < until, "the server did not start"
            try:
                if client.get("/healthz").status_code == 200:
                    return
            except httpx.TransportError:
                time.sleep(0.05)  # the server needs the core more than who waits for it


@pytest.fixture
def serving(warm_tool: Path) -> Callable[..., AbstractContextManager[str]]:
    """Starts a server process on a shop's store."""
    return partial(_serving, warm_tool)


@pytest.fixture
def full_way(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The methods and queries that went the full way, in order."""
    taken: list[str] = []
    tap = story_page.tap

    def told(service: Any, request: Any, *more: Any) -> Any:
        taken.append(request.query.decode())
        return tap(service, request, *more)

    monkeypatch.setattr(story_page, "tap", told)
    return taken


@pytest.fixture
def warm(shop: Shop, full_way: list[str]) -> Callable[[], Worker]:
    """A worker at which the chip of item 3 has just been tapped, and its page shown."""

    def start() -> Worker:
        worker = shop.worker()
        first = worker.ask(shop.tap(3, OTHER_SUN, 2), **PHONE)
        assert (
            worker.ask(first.location, cookie=first.cookie.partition(";")[0], **PHONE).code == "chip_answered"
        )
        assert len(full_way) == 2
        full_way.clear()
        return worker

    return start
