"""Two furnished stores on any of the databases, with goods, a picture and a keystore, ready to be kept."""

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from ocop.trace import facts, issuing, issuing_keys, keeping, withdrawing
from ocop.trace.registry import editing, ledger_store, telling
from ocop.trace.registry.keystore import KeyFile, Keystore, create, new_key_file, open_keystore
from ocop.trace.registry.ledger_store import By
from ocop.trace.registry.media import keep_photo
from ocop.trace.registry.store import Store, open_store
from ocop.trace.registry.tables import METADATA
from ocop.trace.signing.entries import Why
from PIL import Image
from sqlalchemy import select

GTIN, LOT, ISSUER = "09521234543213", "L2609A", "htx-ben-may"
REALM = "ocop.example/tag"
NOW = datetime(2026, 11, 23, 4, 5, 6, 789_000, tzinfo=UTC)
STORY = facts.Story("vi", "Sương\ttrên búp", lead="", answers=("“a”", "", "", "", ""))
BY = By("anh Tín", NOW, "mất cuộn tem", "mang trả")


@dataclass(frozen=True)
class Home:
    """A store with its folder."""

    store: Store

    @property
    def data(self) -> Path:
        return self.store.data

    @property
    def keystore(self) -> Keystore:
        return open_keystore(self.data / "keystore", KeyFile(self.data / "kek"))

    def rows(self) -> dict[str, list[tuple[Any, ...]]]:
        """Every row of every table but `meta`, which a restore marks."""
        with self.store.read() as session:
            return {
                table.name: sorted((tuple(row) for row in session.execute(select(table))), key=repr)
                for table in METADATA.sorted_tables
                if table.name != "meta"
            }

    def files(self) -> dict[str, bytes]:
        """Everything below keystore and media that is not about to be written."""
        return {
            path.relative_to(self.data).as_posix(): path.read_bytes()
            for folder in ("keystore", "media")
            for path in sorted((self.data / folder).rglob("*"))
            if path.is_file() and not path.name.startswith(".")
        }

    def issue(self, lot: str, count: int = 10) -> issuing.Issued:
        request = issuing.IssueRequest(f"lot {lot}", GTIN, lot, made=date(2026, 9, 1), count=count)
        return issuing.issue(self.store.begin, self.keystore, request, "chị Hoa", NOW)

    def link(self, batch: issuing.Issued, number: int) -> str:
        return next(issuing.links(self.keystore, REALM, "https://id.ocop.example", batch, number, number))[1]

    def findings(self) -> tuple[str, ...]:
        with self.store.read() as session:
            return ledger_store.examine(session)


def furnish(store: Store) -> Home:
    """One product with a picture, a star and a story; a lot that is released, partly withdrawn, recalled, let go."""
    create(store.data / "keystore", new_key_file(store.data / "kek"))
    home = Home(store)
    out = io.BytesIO()
    Image.effect_noise((400, 300), 50).convert("RGB").save(out, "JPEG")
    photo = keep_photo(store.data, out.getvalue(), alt={"vi": "Hộp trà"})
    maker = facts.Producer(
        ISSUER, "HTX Bến Mây", facts.ProducerKind.COOPERATIVE, facts.Place("40", "tỉnh Nghệ An")
    )
    text = facts.ProductText("Trà Hương Vân", net="200 g")
    product = facts.Product(
        key=GTIN, keys=(GTIN,), group=2, texts={"vi": text}, photo=photo, illustrative=True
    )
    star = facts.Certificate(
        4, "12/QĐ-UBND", date(2024, 12, 1), "UBND", date(2024, 12, 1), date(2027, 11, 30)
    )
    with store.begin() as session:
        telling.save_photo(session, photo)
        editing.save_producer(session, maker)
        editing.save_product(session, product, producer_slug=ISSUER, now=NOW)
        editing.save_certificate(session, GTIN, star)
        telling.save_story(session, GTIN, STORY, NOW.date())
        issuing_keys.add_issuer(session, ISSUER, "HTX Bến Mây", "40", BY, [GTIN])
    issuing_keys.add_key(store.begin, home.keystore, ISSUER, BY)
    home.issue(LOT, 60)
    with store.begin() as session:
        withdrawing.release(session, GTIN, LOT, BY)
        withdrawing.withdraw(session, GTIN, LOT, Why.LABELS_LOST, BY, [(3, 5)])
        called = withdrawing.recall(session, GTIN, LOT, Why.SAFETY, BY)
        withdrawing.undo(session, called.position, Why.MISTAKE, BY)
    return home


@pytest.fixture
def home(store: Store) -> Home:
    """A furnished store, once on each database."""
    return furnish(store)


@pytest.fixture
def sqlite_home(sqlite_store: Store) -> Home:
    """A furnished store on SQLite."""
    return furnish(sqlite_store)


@pytest.fixture(scope="session")
def kept_template(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A backup of a furnished store on SQLite, with its secret."""
    folder = tmp_path_factory.mktemp("kept")
    (folder / "data").mkdir()
    (folder / "data" / "ocop.db").write_bytes(sqlite_template.read_bytes())
    store = open_store(data=folder / "data")
    home = furnish(store)
    keeping.backup(store, folder / "kept.zip", NOW, kek=home.data / "kek")
    store.close()
    return folder / "kept.zip"


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def elsewhere(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Home]:
    """An empty place on each database: nothing is there."""
    url = "" if request.param == "sqlite" else request.getfixturevalue("postgres_database")()
    store = open_store(url, data=tmp_path / "elsewhere")
    yield Home(store)
    store.close()


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Home]:
    """An empty place on SQLite."""
    store = open_store(data=tmp_path / "empty")
    yield Home(store)
    store.close()


@pytest.fixture
def at() -> datetime:
    """The moment of every act."""
    return NOW


@pytest.fixture
def as_home() -> Callable[[Store], Home]:
    """A store seen as a home."""
    return Home
