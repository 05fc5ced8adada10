"""Issuing: one batch for ever, the same answer to the same question, codes only of what was entered."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from ocop.trace import facts, scanned
from ocop.trace.issuing import (
    IdempotencyConflict,
    LotTaken,
    NoUsableKey,
    check_may_sign,
    find_issued,
    issue,
    links,
)
from ocop.trace.issuing_keys import add_issuer, add_key, assign
from ocop.trace.registry import editing
from ocop.trace.registry.errors import BadValue, Conflict, Unknown
from ocop.trace.registry.keystore import KeyMissing, KeystoreError, create, new_key_file
from ocop.trace.registry.ledger_store import EntryRefused, examine, read, size
from ocop.trace.registry.store import mark_restored
from ocop.trace.registry.tables_issue import Act, Batch, BatchEvent, SigningKey
from ocop.trace.signing.entries import BatchEntry, Why, parse
from ocop.trace.signing.evidence import Signature, check
from ocop.trace.signing.token import nfc_text
from ocop.trace.withdrawing import withdraw_key
from sqlalchemy import func, select

GTIN, ISSUER, REALM, URL = "09521234543213", "htx-ben-may", "ocop.example/tag", "https://id.ocop.example"


def counted(house: Any, table: Any = Batch) -> int:
    with house.store.read() as session:
        return int(session.execute(select(func.count()).select_from(table)).scalar_one())


def test_a_batch_of_999_999_items_is_two_rows(house: Any) -> None:
    before = counted(house), size_of(house)
    batch = house.issue(house.request(count=999_999))
    assert (batch.first, batch.last, batch.count, batch.created) == (1, 999_999, 999_999, True)
    assert (counted(house), size_of(house)) == (before[0] + 1, before[1] + 1)


def size_of(house: Any) -> int:
    with house.store.read() as session:
        return size(session)


def test_the_row_the_entry_and_the_snapshot_agree(house: Any) -> None:
    event = facts.StageEvent({"vi": "Hái"}, date(2026, 8, 30), "30040001")
    request = replace(house.request(), expiry=date(2027, 9, 1), events=(event,))
    batch = house.issue(request)
    with house.store.read() as session:
        row = session.execute(select(Batch)).scalar_one()
        entry = parse(dict(read(session))[batch.position])
        acts = session.execute(select(Act).where(Act.position == batch.position)).scalar_one()
        event_row = session.execute(select(BatchEvent)).scalar_one()
        assert examine(session) == ()
    assert (row.state, row.position, row.key_number) == ("entered", batch.position, house.key.number)
    assert (row.name, row.net, row.seal, row.expiry) == (
        "Trà Hương Vân",
        "200 g",
        "tem dán nắp",
        date(2027, 9, 1),
    )
    assert (acts.kind, acts.actor) == ("batch", "chị Hoa")
    assert (event_row.step, event_row.on_day, event_row.place_code) == (
        {"vi": "Hái"},
        date(2026, 8, 30),
        "30040001",
    )
    assert isinstance(entry, BatchEntry)
    assert (entry.issuer, entry.key, entry.id, entry.lot) == (ISSUER, house.key.number, GTIN, "L2609A")
    assert (entry.level, entry.first, entry.last, entry.made) == ("item", 1, 300, date(2026, 9, 1))


def test_the_same_request_again_is_the_same_batch(house: Any) -> None:
    first = house.issue()
    again = house.issue()
    assert again == replace(first, created=False)
    assert counted(house) == 1


def test_it_stays_the_same_batch_when_the_product_is_renamed(house: Any) -> None:
    first = house.issue()
    with house.store.begin() as session:
        text = facts.ProductText("Trà tên mới")
        product = facts.Product(key=GTIN, keys=(GTIN,), group=1, texts={"vi": text})
        editing.save_product(session, product, producer_slug="htx-ben-may", now=house.by.at)
    assert house.issue() == replace(first, created=False)
    with house.store.read() as session:
        assert session.execute(select(Batch.name)).scalar_one() == "Trà Hương Vân"


@pytest.mark.parametrize(
    "changed",
    [
        {"count": 301},
        {"count": 0},
        {"lot": "L2609B"},
        {"made": date(2026, 9, 2)},
        {"expiry": date(2027, 9, 1)},
        {"key": "P/4VTR0QB4"},
        {"events": (facts.StageEvent({"vi": "Hái"}, date(2026, 8, 30)),)},
    ],
)
def test_another_content_under_the_same_idempotency_key_is_refused(
    sqlite_house: Any, changed: dict[str, Any]
) -> None:
    sqlite_house.issue()
    with pytest.raises(IdempotencyConflict, match=r"expected the same content .* 'first'.*lot L2609A"):
        sqlite_house.issue(replace(sqlite_house.request(), **changed))
    assert counted(sqlite_house) == 1


def test_a_lot_is_one_batch_for_ever(house: Any) -> None:
    house.issue()
    with pytest.raises(LotTaken, match=r"expected a new lot, got L2609A, issued on 23/11/2026"):
        house.issue(house.request("second"))
    house.issue(house.request("third", key="P/4VTR0QB4"))
    assert counted(house) == 2, "the same lot of another product is another batch"


@pytest.mark.parametrize(
    ("changed", "what"),
    [
        ({"idempotency_key": ""}, "idempotency key"),
        ({"idempotency_key": "x" * 201}, "idempotency key"),
        ({"idempotency_key": "khoá"}, "idempotency key"),
        ({"lot": ""}, "lot"),
        ({"lot": "l2609a"}, "identifier"),
        ({"lot": "A" * 21}, "identifier"),
        ({"lot": "../.."}, "identifier"),
        ({"key": "09521234543214"}, "identifier"),
        ({"key": "P/4VTR0QB5"}, "identifier"),
        ({"count": -1}, "count"),
        ({"count": 1_000_000}, "count"),
        ({"expiry": date(2026, 8, 31)}, "expiry"),
    ],
)
def test_a_request_that_makes_no_sense_is_refused(
    sqlite_house: Any, changed: dict[str, Any], what: str
) -> None:
    with pytest.raises(BadValue) as caught:
        sqlite_house.issue(replace(sqlite_house.request(), **changed))
    assert caught.value.what == what
    assert counted(sqlite_house) == 0


def test_who_issues_has_a_name(sqlite_house: Any) -> None:
    with pytest.raises(BadValue, match="actor"):
        issue(
            sqlite_house.store.begin, sqlite_house.keystore, sqlite_house.request(), " ", sqlite_house.by.at
        )


def test_an_identifier_of_nobody_is_refused(sqlite_house: Any) -> None:
    with pytest.raises(Unknown, match="assign it to an issuer first"):
        sqlite_house.issue(sqlite_house.request(key="00000000000000"))


def test_every_link_of_a_batch_verifies_and_names_its_number(house: Any) -> None:
    batch = house.issue(house.request(count=30))
    state = house.state()
    made = list(links(house.keystore, REALM, URL, batch))
    assert [number for number, _ in made] == list(range(1, 31))
    assert len({link for _, link in made}) == 30
    for number, link in made:
        found = scanned.read_uri(link)
        assert found.identifier.number == number
        assert check(state, REALM, found.identifier, found.token) is Signature.HOLDS
    assert list(links(house.keystore, REALM, URL, batch, 12, 13)) == made[11:13], "made again, the same"


def test_a_batch_code_is_one_link_without_a_serial(house: Any) -> None:
    batch = house.issue(house.request(count=0))
    assert (batch.level, batch.first, batch.last, batch.count) == (facts.Level.BATCH, 0, 0, 1)
    ((number, link),) = links(house.keystore, REALM, URL, batch)
    found = scanned.read_uri(link)
    assert (number, found.identifier.serial) == (0, "")
    assert check(house.state(), REALM, found.identifier, found.token) is Signature.HOLDS
    assert found.token is not None
    assert len(nfc_text(found.token)) == 90


@pytest.mark.parametrize(("first", "last"), [(0, 5), (5, 301), (6, 5), (301, 301)])
def test_numbers_that_the_batch_does_not_have_get_no_link(sqlite_house: Any, first: int, last: int) -> None:
    batch = sqlite_house.issue()
    with pytest.raises(BadValue, match=r"a range within 1\.\.300"):
        links(sqlite_house.keystore, REALM, URL, batch, first, last)


def test_a_batch_is_found_again_to_print_it(house: Any) -> None:
    batch = house.issue()
    with house.store.read() as session:
        assert find_issued(session, GTIN, "L2609A") == replace(batch, created=False)
        check_may_sign(session, batch)
        with pytest.raises(Unknown, match="issue it first"):
            find_issued(session, GTIN, "L9")


def test_a_new_key_signs_from_then_on_and_the_old_one_its_own_batches(house: Any) -> None:
    old = house.issue()
    key = add_key(house.store.begin, house.keystore, ISSUER, house.by)
    assert key.number == house.key.number + 1
    assert house.issue(house.request("second", "L2")).key_number == key.number
    assert list(links(house.keystore, REALM, URL, old, 1, 1))
    with house.store.read() as session:
        check_may_sign(session, old)
        states = dict(session.execute(select(SigningKey.number, SigningKey.state)).all())
        assert examine(session) == ()
    assert states == {1: "retired", 2: "active"}


def test_a_withdrawn_key_signs_nothing(house: Any) -> None:
    batch = house.issue()
    with house.store.begin() as session:
        withdraw_key(session, ISSUER, house.key.number, Why.KEY_LOST, house.by)
    with house.store.read() as session, pytest.raises(NoUsableKey, match="was withdrawn"):
        check_may_sign(session, batch)
    with pytest.raises(NoUsableKey, match=r"got none for htx-ben-may.*key add"):
        house.issue(house.request("second", "L2"))
    add_key(house.store.begin, house.keystore, ISSUER, house.by)
    house.issue(house.request("second", "L2"))


def test_after_a_restore_old_keys_verify_only_and_new_numbers_leave_a_gap(house: Any) -> None:
    batch = house.issue()
    with house.store.begin() as session:
        mark_restored(session, house.by.at + timedelta(days=1), house.key.number + 256)
    with pytest.raises(NoUsableKey, match="made since the store was restored, got key 1"):
        house.issue(house.request("second", "L2"))
    with house.store.read() as session, pytest.raises(NoUsableKey, match="verifies only"):
        check_may_sign(session, batch)
    assert house.issue() == replace(batch, created=False), "what is known stays known"
    assert add_key(house.store.begin, house.keystore, ISSUER, house.by).number == 257
    assert add_key(house.store.begin, house.keystore, ISSUER, house.by).number == 258
    assert house.issue(house.request("second", "L2")).key_number == 258


def test_a_keystore_of_another_store_issues_nothing(sqlite_house: Any, tmp_path: Any) -> None:
    other = create(tmp_path / "other", new_key_file(tmp_path / "other.kek"))
    with pytest.raises(KeyMissing):
        issue(sqlite_house.store.begin, other, sqlite_house.request(), "chị Hoa", sqlite_house.by.at)
    other.generate(ISSUER, sqlite_house.key.number)
    with pytest.raises(KeystoreError, match="is this the keystore of this store"):
        issue(sqlite_house.store.begin, other, sqlite_house.request(), "chị Hoa", sqlite_house.by.at)
    assert counted(sqlite_house) == 0


def test_a_key_that_was_cut_off_before_it_was_entered_is_taken_up(sqlite_house: Any) -> None:
    left = sqlite_house.keystore.generate(ISSUER, sqlite_house.key.number + 1)
    assert (
        add_key(sqlite_house.store.begin, sqlite_house.keystore, ISSUER, sqlite_house.by).public
        == left.public
    )


def test_an_issuer_is_registered_once_and_identifiers_may_move(house: Any) -> None:
    with house.store.begin() as session, pytest.raises(Conflict, match="registered already"):
        add_issuer(session, ISSUER, "HTX", "40", house.by)
    with house.store.begin() as session:
        add_issuer(session, "to-lang-chua", "Tổ Làng Chùa", "40", house.by)
        assign(session, "to-lang-chua", [GTIN], house.by)
    add_key(house.store.begin, house.keystore, "to-lang-chua", house.by)
    assert house.issue().issuer == "to-lang-chua"
    with house.store.read() as session:
        assert examine(session) == ()


@pytest.mark.parametrize(
    ("keys", "error", "text"),
    [
        (["09521234543214"], BadValue, "check digit"),
        (["p/4VTR0QB4"], BadValue, "identifier"),
        ([], BadValue, "at least one"),
        ([GTIN], EntryRefused, "is htx-ben-may's already"),
    ],
)
def test_an_assignment_that_makes_no_sense_is_refused(
    sqlite_house: Any, keys: list[str], error: Any, text: str
) -> None:
    before = size_of(sqlite_house)
    with pytest.raises(error, match=text), sqlite_house.store.begin() as session:
        assign(session, ISSUER, keys, sqlite_house.by)
    assert size_of(sqlite_house) == before


def test_nobody_makes_keys_for_an_unknown_issuer(sqlite_house: Any) -> None:
    with pytest.raises(Unknown, match="register it first"):
        add_key(sqlite_house.store.begin, sqlite_house.keystore, "nobody", sqlite_house.by)
    assert sqlite_house.keystore.names() == ((ISSUER, 1),)
