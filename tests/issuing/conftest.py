"""A store with one product, an issuer that holds its identifier, a keystore and a key."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from ocop.trace import facts
from ocop.trace.issuing import Issued, IssueRequest, issue
from ocop.trace.issuing_keys import AddedKey, add_issuer, add_key
from ocop.trace.registry import editing
from ocop.trace.registry.keystore import Keystore, create, new_key_file
from ocop.trace.registry.ledger_store import By, replay
from ocop.trace.registry.store import Store
from ocop.trace.signing.ledger import State

GTIN, CODE, ISSUER = "09521234543213", "P/4VTR0QB4", "htx-ben-may"
NOW = datetime(2026, 11, 23, 4, 5, 6, 789_000, tzinfo=UTC)


@dataclass
class House:
    """Everything the verbs need."""

    store: Store
    keystore: Keystore
    key: AddedKey
    by: By = field(default_factory=lambda: By("anh Tín", NOW, "lý do bằng lời", "xin đừng dùng"))

    def request(
        self, name: str = "first", lot: str = "L2609A", count: int = 300, key: str = GTIN
    ) -> IssueRequest:
        return IssueRequest(name, key, lot, made=date(2026, 9, 1), count=count)

    def issue(self, request: IssueRequest | None = None) -> Issued:
        return issue(self.store.begin, self.keystore, request or self.request(), "chị Hoa", NOW)

    def state(self) -> State:
        with self.store.read() as session:
            return replay(session)


def furnish(store: Store, folder: Path) -> House:
    """Fill an empty store with what an office enters before the first batch."""
    place = facts.Place("40", "tỉnh Nghệ An")
    maker = facts.Producer("htx-ben-may", "HTX Bến Mây", facts.ProducerKind.COOPERATIVE, place)
    text = facts.ProductText("Trà Hương Vân", net="200 g")
    keystore = create(folder / "keystore", new_key_file(folder / "kek"))
    by = By("phòng Nông nghiệp", NOW)
    with store.begin() as session:
        editing.save_producer(session, maker)
        for key, seal in ((GTIN, {"vi": "tem dán nắp"}), (CODE, {})):
            product = facts.Product(key=key, keys=(key,), group=1, texts={"vi": text}, seal=seal)
            editing.save_product(session, product, producer_slug=maker.slug, now=NOW)
        add_issuer(session, ISSUER, "HTX Bến Mây", "40", by, [GTIN, CODE])
    return House(store, keystore, add_key(store.begin, keystore, ISSUER, by))


@pytest.fixture
def house(store: Store, tmp_path: Path) -> House:
    """A furnished house on each database."""
    return furnish(store, tmp_path)


@pytest.fixture
def sqlite_house(sqlite_store: Store, tmp_path: Path) -> House:
    """A furnished house on SQLite."""
    return furnish(sqlite_store, tmp_path)


@pytest.fixture
def furnished() -> Callable[[Store, Path], House]:
    """For tests that bring their own store."""
    return furnish
