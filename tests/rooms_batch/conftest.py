"""A maker with two products, an issuer with a key, a keystore, and batches of them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from ocop.trace import facts
from ocop.trace.batching import asked
from ocop.trace.batching_sheets import Press
from ocop.trace.issuing import Issued, issue
from ocop.trace.issuing_keys import add_issuer, add_key
from ocop.trace.registry import editing
from ocop.trace.registry.keystore import Keystore, create, new_key_file
from ocop.trace.registry.ledger_store import By
from ocop.trace.registry.scans import ScanRow
from ocop.trace.registry.store import Store
from ocop.trace.registry.tables import Scan

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
