"""A maker with one product, and media made for the tests: pictures and recordings, good and hostile."""

import io
import re
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
import uvicorn
from axe_playwright_python.sync_playwright import Axe
from ocop.trace import facts, issuing_keys
from ocop.trace.registry import editing
from ocop.trace.registry.ledger_store import By
from ocop.trace.registry.store import Store
from PIL import Image
from playwright.sync_api import Browser, Page

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
KEY = "09521234543213"
MAKER = facts.Producer(
    slug="htx-huong-van-tra",
    name="HTX Hương Vân Trà",
    kind=facts.ProducerKind.COOPERATIVE,
    place=facts.Place("19", "tỉnh Thái Nguyên", "05503", "xã Tân Cương", "xóm Hồng Thái 2"),
    phone="0912 345 678",
)
PRODUCT = facts.Product(
    key=KEY,
    keys=(KEY,),
    group=2,
    texts={"vi": facts.ProductText(name="Trà Hương Vân", net="200 g", classifier="hộp")},
)


def picture(width: int = 800, height: int = 600, kind: str = "JPEG", **options: object) -> bytes:
    """A picture of a colour run."""
    out = io.BytesIO()
    Image.linear_gradient("L").resize((width, height)).convert("RGB").save(out, kind, **options)
    return out.getvalue()


def recording(seconds: float, form: str = "webm", **tags: str) -> bytes:
    """A tone, as a phone would record it."""
    marks = [part for name, value in tags.items() for part in ("-metadata", f"{name}={value}")]
    tone = f"sine=frequency=300:duration={seconds}"
    command = ["ffmpeg", "-loglevel", "error", "-f", "lavfi", "-i", tone, *marks, "-f", form, "pipe:1"]
    return subprocess.run(command, capture_output=True, check=True).stdout


@pytest.fixture
def tea(store: Store) -> Store:
    """A store with one maker and one product."""
    with store.begin() as session:
        editing.save_producer(session, MAKER)
        editing.save_product(session, PRODUCT, producer_slug=MAKER.slug, now=NOW)
    return store


@pytest.fixture
def made() -> Callable[..., int]:
    """Puts the maker and the product into a room's store; gives the maker's number."""

    def make(room: object) -> int:
        with room.store.begin() as session:  # type: ignore[attr-defined]
            row = editing.save_producer(session, MAKER)
            editing.save_product(session, PRODUCT, producer_slug=MAKER.slug, now=NOW)
            issuing_keys.add_issuer(session, MAKER.slug, MAKER.name, "19", By("phòng thử", NOW), [KEY])
            return row.id or 0

    return make


@pytest.fixture(scope="session")
def tone() -> Callable[..., bytes]:
    """Makes recordings."""
    return recording


@pytest.fixture(scope="session")
def drawn() -> Callable[..., bytes]:
    """Makes pictures."""
    return picture


@pytest.fixture(scope="module")
def chromium(browsers: Callable[..., Browser]) -> Browser:
    """Debian's Chromium with a microphone that hums."""
    return browsers("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")


@pytest.fixture
def house(rooms: Callable[..., Any], made: Callable[..., int]) -> Iterator[Any]:
    """A worker behind a real port, with one maker and one tea."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    room = rooms(public_url=f"http://127.0.0.1:{port}")
    made(room)
    config = uvicorn.Config(
        room.edge, host="127.0.0.1", port=port, lifespan="off", ws="none", log_level="warning"
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        thread.join(0.01)
    yield room
    server.should_exit = True
    thread.join()


@pytest.fixture
def signed_in(chromium: Browser, house: Any) -> Callable[..., Any]:
    """Opens a browser with somebody's session; its console stays silent but for what a lost connection says."""

    @contextmanager
    def open_browser(client: Any, width: int = 360, height: int = 740, **options: Any) -> Iterator[Page]:
        context = chromium.new_context(
            viewport={"width": width, "height": height}, locale="vi-VN", permissions=["microphone"], **options
        )
        cookie = {"name": "ocop", "value": client.cookies["__Host-ocop"], "url": house.settings.public_url}
        context.add_cookies([cookie])  # type: ignore[list-item]
        page = context.new_page()
        page.set_default_timeout(8_000)
        complaints: list[str] = []
        page.on(
            "console", lambda message: complaints.append(message.text) if message.type == "error" else None
        )
        page.on("pageerror", lambda error: complaints.append(str(error)))
        yield page
        context.close()
        assert [
            said for said in complaints if "ERR_INTERNET_DISCONNECTED" not in said and "409" not in said
        ] == []

    return open_browser


@pytest.fixture
def open_to_everybody() -> Callable[[Page], None]:
    """No sideways scrolling, nothing serious for axe."""

    def check(page: Page) -> None:
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, page.url
        found = Axe().run(page).response["violations"]
        serious = [
            f"{page.url} {each['id']}: {node['html'][:160]}"
            for each in found
            if each["impact"] in {"serious", "critical"}
            for node in each["nodes"]
        ]
        assert serious == []

    return check


WORDS = {"title": "Lớn lên cùng nương chè", "answer-1": "Mẹ dạy tôi.", "teller": "Cô Vân", "step-1": "Hái"}
SEEN = re.compile(r'name="seen" value="([^"]*)"')


@pytest.fixture
def maker(room: Any, made: Callable[..., int]) -> Any:
    """Somebody of the maker of one tea, signed in."""
    return room.person("producer", producer=made(room), name="Nguyễn Thị Vân")


@pytest.fixture
def seen() -> Callable[..., str]:
    """Which state of things a page was made from."""
    return seen_on


def seen_on(page: Any) -> str:
    found = SEEN.search(page.text)
    assert found is not None
    return found[1]


@pytest.fixture
def tell() -> Callable[..., Any]:
    """Fills in the form of the story as it stands and sends it."""

    def send(maker: Any, act: str = "save", files: Any = None, lang: str = "vi", **words: str) -> Any:
        path = f"/studio/products/{KEY}/story/{lang}"
        fields = {"seen": seen_on(maker.get(path)), "act": act}
        typed = {name.replace("_", "-"): text for name, text in words.items()}
        return maker.post(path, {**WORDS, **fields, **typed}, files or {})

    return send
