"""A maker with one product, and media made for the tests: pictures and recordings, good and hostile."""

import io
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from ocop.trace import facts, issuing_keys
from ocop.trace.registry import editing
from ocop.trace.registry.ledger_store import By
from ocop.trace.registry.store import Store
from PIL import Image

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
