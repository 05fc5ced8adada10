"""Chips written by phone: bound before anything is signed, the same text however often it is asked."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from ocop.hardware.simulator import blank_21x
from ocop.trace import provisioning_phone as phone
from ocop.trace.gs1.identifier import identifier
from ocop.trace.issuing import IssueRequest, NoUsableKey, issue
from ocop.trace.provisioning_chips import void_chip
from ocop.trace.registry import chips
from ocop.trace.registry.errors import BadValue, Conflict, RegistryError, Unknown
from ocop.trace.registry.ledger_store import By, replay
from ocop.trace.registry.stations import BatchClosed
from ocop.trace.scanned import read_uri
from ocop.trace.signing.entries import Why
from ocop.trace.signing.evidence import Signature, check
from ocop.trace.tags.ntag21x import NTAG215
from ocop.trace.tags.plan import Kind
from ocop.trace.withdrawing import recall, withdraw, withdraw_key

GTIN, LOT = "09521234543213", "L2609A"
HERE, THERE = phone.Place(GTIN, LOT), phone.Place(GTIN, "L2609B")
NOW = datetime(2026, 11, 23, 4, 5, 6, tzinfo=UTC)
BY = By("anh Tín", NOW, "lý do", "xin đừng dùng")
ONE, TWO = bytes.fromhex("04de5f1eacc040"), bytes.fromhex("04de5f1eacc041")


def test_a_chip_is_bound_written_and_read_back(workshop: Any) -> None:
    bound = phone.bind_phone(workshop.bench, HERE, ONE, 3)
    assert (bound.number, bound.state, bound.again) == (3, "reserved", False)
    assert bound.text.startswith(f"https://id.ocop.example/01/{GTIN}/10/{LOT}/21/000003?s=EQ")
    said = read_uri(bound.text)
    with workshop.store.read() as session:
        state = replay(session)
    assert said.token is not None
    judged = check(state, "demo.invalid/tag", identifier(GTIN, LOT, "000003"), said.token, None, ONE)
    assert judged is Signature.HOLDS
    done = phone.read_back(workshop.bench, HERE, ONE, bound.text)
    assert (done.number, done.state, done.again) == (3, "live", False)
    (row,) = workshop.bindings()
    assert (row.mirror, row.type, row.carrier, row.state) == ("none", "ntag215", "static", "live")


def test_nothing_is_signed_before_its_binding_stands(shop: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def signed(bench: Any, about: Any, uid: bytes) -> str:
        assert {number: row.uid for number, row in shop.bound().items()} == {about["number"]: uid}
        return sign(bench, about, uid)

    sign = phone.sign_link
    monkeypatch.setattr(phone, "sign_link", signed)
    assert phone.bind_phone(shop.bench, HERE, ONE, 3).number == 3


def test_asked_twice_and_at_any_time_the_text_is_the_same(workshop: Any) -> None:
    first = phone.bind_phone(workshop.bench, HERE, ONE)
    again = phone.bind_phone(workshop.bench, HERE, ONE)
    assert again == replace(first, again=True)
    phone.read_back(workshop.bench, HERE, ONE, first.text)
    assert phone.read_back(workshop.bench, HERE, ONE, first.text).again
    assert phone.bind_phone(workshop.bench, HERE, ONE, 1) == replace(first, state="live", again=True)
    assert len(workshop.bindings()) == 1


def test_numbers_are_given_in_order_until_none_is_left(shop: Any) -> None:
    place = replace(HERE, first=2, last=3)
    assert phone.bind_phone(shop.bench, place, ONE).number == 2
    assert phone.bind_phone(shop.bench, place, TWO).number == 3
    with pytest.raises(phone.NoNumberLeft):
        phone.bind_phone(shop.bench, place, bytes.fromhex("04de5f1eacc042"))


@pytest.mark.parametrize(
    ("place", "uid", "number", "error"),
    [
        (HERE, ONE, 2, phone.OtherItem),
        (HERE, TWO, 1, chips.ItemHasChip),
        (THERE, ONE, None, phone.OtherLot),
        (HERE, TWO, 6, phone.NumberClosed),
        (replace(HERE, first=2, last=3), TWO, 4, phone.NumberClosed),
        (HERE, bytes.fromhex("05de5f1eacc040"), 2, phone.ForeignUid),
        (HERE, bytes.fromhex("04de5f1e"), 2, phone.ForeignUid),
        (HERE, bytes.fromhex("04de5f1eacc04041"), 2, phone.ForeignUid),
        (HERE, b"", 2, phone.ForeignUid),
        (replace(HERE, lot="NONE"), TWO, None, Unknown),
    ],
    ids=[
        "other item",
        "item has chip",
        "other lot",
        "beyond",
        "of another plan",
        "not nxp",
        "short",
        "long",
        "none",
        "no lot",
    ],
)
def test_a_wrong_chip_or_number_is_refused_and_nothing_is_bound(
    shop: Any, place: Any, uid: bytes, number: int | None, error: type[RegistryError]
) -> None:
    phone.bind_phone(shop.bench, HERE, ONE, 1)
    with pytest.raises(error):
        phone.bind_phone(shop.bench, place, uid, number)
    assert [row.number for row in shop.bindings()] == [1]
    assert shop.bindings("L2609B") == []


def test_a_phone_takes_the_chips_it_can_write(shop: Any) -> None:
    assert phone.bind_phone(shop.bench, HERE, ONE, chip_type="ntag216").number == 1
    for other in ("ntag424", "ntag213", ""):
        with pytest.raises(BadValue):
            phone.bind_phone(shop.bench, HERE, TWO, chip_type=other)


def test_a_batch_with_one_code_for_all_gets_no_chips(shop: Any) -> None:
    issue(
        shop.store.begin, shop.bench.keystore, IssueRequest("x", GTIN, "ALL", date(2026, 9, 1), 0), "Hoa", NOW
    )
    with pytest.raises(BadValue, match="numbers"):
        phone.bind_phone(shop.bench, replace(HERE, lot="ALL"), ONE)


@pytest.mark.parametrize("act", ["withdraw", "recall", "range", "key"])
def test_a_batch_that_was_taken_back_gets_no_chips(shop: Any, act: str) -> None:
    with shop.store.begin() as session:
        if act == "withdraw":
            withdraw(session, GTIN, LOT, Why.LABELS_LOST, BY)
        elif act == "recall":
            recall(session, GTIN, LOT, Why.SAFETY, BY)
        elif act == "range":
            withdraw(session, GTIN, LOT, Why.LABELS_LOST, BY, [(2, 2)])
        else:
            withdraw_key(session, "htx-ben-may", 1, Why.KEY_LOST, BY)
    error = {"range": phone.NumberClosed, "key": NoUsableKey}.get(act, BatchClosed)
    with pytest.raises(error):
        phone.bind_phone(shop.bench, HERE, ONE, 2)
    assert shop.bindings() == []
    if act in {"withdraw", "recall"}:
        plan = shop.plan(Kind.NTAG21X)
        assert shop.write(plan, blank_21x(NTAG215, b"x"), family=Kind.NTAG21X).code == "batch_closed"


@pytest.mark.parametrize(
    ("change", "error"),
    [
        (lambda text: "", phone.NothingWritten),
        (lambda text: text[:-1], phone.OtherText),
        (lambda text: text + "&m=04DE5F1EACC040x000001", phone.OtherText),
        (lambda text: "https://other.example/" + text, phone.OtherText),
        (lambda text: "\0" * 50, phone.OtherText),
        (lambda text: f" {text}\n", phone.OtherText),
        (lambda text: text.swapcase(), phone.OtherText),
        (lambda text: text * 30, BadValue),
    ],
    ids=["empty", "cut", "longer", "foreign", "zeros", "blanks", "case", "huge"],
)
def test_what_was_read_back_must_be_the_very_text(shop: Any, change: Any, error: type[Exception]) -> None:
    text = phone.bind_phone(shop.bench, HERE, ONE).text
    with pytest.raises(error):
        phone.read_back(shop.bench, HERE, ONE, change(text))
    assert shop.bound()[1].state == "reserved"
    assert phone.read_back(shop.bench, HERE, ONE, text).state == "live"


def test_reading_back_a_chip_that_was_never_bound_or_is_elsewhere_is_refused(shop: Any) -> None:
    text = phone.bind_phone(shop.bench, HERE, ONE).text
    with pytest.raises(phone.ForeignUid):
        phone.read_back(shop.bench, HERE, TWO, text)
    with pytest.raises(phone.OtherLot):
        phone.read_back(shop.bench, THERE, ONE, text)


def test_a_chip_of_a_station_is_not_written_by_phone_and_the_other_way_round_it_is(workshop: Any) -> None:
    plan, chip = workshop.plan(Kind.NTAG21X), blank_21x(NTAG215, b"both")
    phone.bind_phone(workshop.bench, HERE, chip.uid, 4)
    done = workshop.write(plan, chip, family=Kind.NTAG21X)
    assert (done.number, done.state) == (4, "live")
    assert workshop.bound()[4].mirror == "full"
    for call in (
        lambda: phone.bind_phone(workshop.bench, HERE, chip.uid, 4),
        lambda: phone.read_back(workshop.bench, HERE, chip.uid, ""),
    ):
        with pytest.raises(phone.WrittenAtStation):
            call()


def test_a_chip_that_was_given_up_can_be_bound_again(workshop: Any) -> None:
    phone.bind_phone(workshop.bench, HERE, ONE, 2)
    with workshop.store.begin() as session:
        void_chip(session, ONE, BY)
    assert phone.bind_phone(workshop.bench, THERE, ONE, 5).number == 5
    assert phone.bind_phone(workshop.bench, HERE, TWO, 2).number == 2


def test_a_closed_plan_and_another_stations_plan_give_no_place(shop: Any) -> None:
    plan = shop.plan(Kind.NTAG21X, 2, 4)
    place = phone.place_of(shop.bench, shop.caller, plan)
    assert (place.first, place.last, place.plan) == (2, 4, plan)
    with pytest.raises(Conflict):
        phone.place_of(shop.bench, shop.caller, shop.plan(Kind.NTAG424))
    with pytest.raises(Unknown):
        phone.place_of(shop.bench, shop.caller, 99)
