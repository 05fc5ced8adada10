"""What a scan is given: trust from the ledger, words from the rows, and never the other way round."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from ocop.trace import facts
from ocop.trace.registry import catalogue, tables
from ocop.trace.registry.catalogue import Query
from ocop.trace.registry.reads import batch_facts, product_facts
from ocop.trace.registry.store import Store
from ocop.trace.signing.entries import Why
from ocop.trace.signing.ledger import BatchState, Recalled, State, Withdrawn

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
KEY, LOT = "09521234543213", "L2609A"
Saved = Callable[..., None]
ENTERED = BatchState(
    id=KEY, lot=LOT, position=3, issuer="thai-nguyen", key_number=7, level="item", first=1, last=300,
    made=date(2026, 9, 1), entered_at=NOW,
)  # fmt: skip


class OneBatch(State):
    """The trust state of a ledger with one batch."""

    def __init__(self, entered: BatchState) -> None:
        super().__init__()
        self._entered = entered

    def batch(self, key: str, lot: str) -> BatchState | None:
        return self._entered if (key, lot) == (self._entered.id, self._entered.lot) else None


@pytest.fixture
def issued(store: Store, saved: Saved, product: facts.Product) -> Store:
    saved(store, product)
    with store.begin() as session:
        session.add(
            tables.Issuer(id=1, code="thai-nguyen", name="Văn phòng", province_code="19", created_at=NOW)
        )
        for position in range(8):
            session.add(tables.LedgerEntry(position=position, entry=b"{}", at=NOW))
        session.flush()
        session.add(
            tables.Batch(
                id=1, product_id=1, key=KEY, lot=LOT, level="item", first=1, last=300, issuer_id=1, key_number=7,
                position=3, made=date(2026, 9, 1), expiry=date(2027, 9, 1), issued_at=NOW,
                name="Trà Hương Vân (hộp cũ)",
                net="150 g", seal="tem giấy", idempotency_key="k", content_hash=bytes(32), state="entered",
            )
        )  # fmt: skip
        session.add(tables.Act(id=1, position=5, kind="withdraw", reason="Cuộn tem in lỗi", at=NOW))
        session.add(
            tables.Act(id=2, position=6, kind="recall", reason="Lẫn tạp chất", advice="Đừng pha", at=NOW)
        )
        session.add(tables.Act(id=3, kind="display", at=NOW))
        session.flush()
        session.add(tables.SerialRange(batch_id=1, kind="display", first=1, last=2, act_id=3))
        session.add(tables.SerialRange(batch_id=1, kind="display", first=9, last=9, act_id=3, undone_id=3))
        session.add(
            tables.BatchEvent(
                batch_id=1, line=0, step={"vi": "Hái"}, on_day=date(2026, 8, 30), place_code="A1"
            )
        )
    return store


def read(store: Store, entered: BatchState = ENTERED) -> facts.BatchFacts:
    with store.read() as session:
        found = batch_facts(session, entered, 5)
    assert found is not None
    return found


def test_a_batch_has_the_words_that_were_on_the_pack(issued: Store) -> None:
    found = read(issued)
    assert (found.version, found.product.key, found.producer.slug) == (5, KEY, "htx-huong-van-tra")
    batch = found.batch
    assert (batch.name, batch.net, batch.seal) == ("Trà Hương Vân (hộp cũ)", "150 g", "tem giấy")
    assert (batch.count, batch.expiry, batch.issued_at) == (300, date(2027, 9, 1), NOW)
    assert batch.display == ((1, 2),), "an exception that was taken back is none"
    assert batch.events == (facts.StageEvent({"vi": "Hái"}, date(2026, 8, 30), "A1"),)


def test_trust_comes_from_the_ledger_alone(issued: Store) -> None:
    with issued.begin() as session:
        row = session.get_one(tables.Batch, 1)
        row.released_at = NOW
        session.add(row)
        session.add(tables.SerialRange(batch_id=1, kind="withdrawn", first=1, last=300, act_id=1))
        session.add(tables.Recall(batch_id=1, act_id=2))
    batch = read(issued).batch
    assert batch.released_at is None, "a row can't release what the ledger has not"
    assert (batch.withdrawals, batch.recall, batch.key_withdrawn) == ((), None, False)


def test_acts_of_the_ledger_get_their_words(issued: Store) -> None:
    entered = replace(
        ENTERED,
        released_at=NOW,
        key_withdrawn=True,
        withdrawals=(Withdrawn(5, NOW, Why.PRINT_ERROR, 10, 20),),
        recall=Recalled(6, NOW, Why.SAFETY),
    )
    batch = read(issued, entered).batch
    assert batch.withdrawals == (facts.Withdrawal(10, 20, NOW, "Cuộn tem in lỗi"),)
    assert batch.recall == facts.Recall(NOW, "Lẫn tạp chất", "Đừng pha")
    assert (batch.released_at, batch.key_withdrawn) == (NOW, True)


def test_a_recall_whose_words_are_lost_is_still_a_recall(issued: Store) -> None:
    batch = read(issued, replace(ENTERED, recall=Recalled(7, NOW, Why.SAFETY))).batch
    assert batch.recall == facts.Recall(NOW, "", "")


def test_a_batch_without_its_row_is_unknown_here(issued: Store) -> None:
    with issued.read() as session:
        assert batch_facts(session, replace(ENTERED, lot="L9"), 1) is None


def test_a_recalled_lot_shows_on_the_product_and_in_the_catalogue(issued: Store) -> None:
    state = OneBatch(replace(ENTERED, recall=Recalled(6, NOW, Why.SAFETY)))
    with issued.read() as session:
        product = product_facts(session, KEY, 5, state)
        listed = catalogue.find(session, Query(), 5, state, date(2026, 11, 23)).products
    assert product is not None
    assert product.recalls == listed[0].recalls == {LOT: facts.Recall(NOW, "Lẫn tạp chất", "Đừng pha")}
    with issued.read() as session:
        unknown = product_facts(session, "P/4VTR0QB4", 5, state)
        calm = product_facts(session, KEY, 5, OneBatch(ENTERED))
    assert unknown is None
    assert calm is not None
    assert calm.recalls == {}


def test_a_page_of_the_catalogue_costs_no_more_queries_than_one_product(
    issued: Store, saved: Saved, another: Callable[..., facts.Product]
) -> None:
    from ocop.trace.gs1.identifier import product_code
    from sqlalchemy import event

    def count(size: int) -> int:
        seen: list[str] = []

        def note(*args: object) -> None:
            seen.append(str(args[2]))

        event.listen(issued.engine, "before_cursor_execute", note)
        with issued.read() as session:
            found = catalogue.find(session, Query(size=size), 1, State(), date(2026, 11, 23))
        event.remove(issued.engine, "before_cursor_execute", note)
        assert len(found.products) == size
        return len(seen)

    for number in range(5):
        saved(issued, another(f"Chè {number}", f"P/{product_code(f'000000{number}')}"))
    assert count(6) == count(1)
