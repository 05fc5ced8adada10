"""A chip that was given up by the office and is bound anew: cut at any exchange it is ready when it comes again, also
when the binding it was cut in was given up too.
"""

from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cache
from typing import Any

import pytest
from ocop.hardware.reader import ChipLost
from ocop.hardware.simulator import SimulatedReader, blank_21x, blank_424
from ocop.hardware.simulator_tray import tap
from ocop.trace import provisioning as verbs
from ocop.trace import provisioning_phone as phone
from ocop.trace.issuing import IssueRequest, issue
from ocop.trace.provisioning_chips import void_chip
from ocop.trace.registry import chips
from ocop.trace.registry.ledger_store import By, examine
from ocop.trace.signing.token import Carrier, nfc_text, sign
from ocop.trace.tags import ntag21x_flows
from ocop.trace.tags.ndef import encode_uri, to_type4
from ocop.trace.tags.ntag21x import NTAG215
from ocop.trace.tags.originality import Curve
from ocop.trace.tags.plan import Kind, item_link

GTIN, LOT = "09521234543213", "L2609A"
BY = By("phòng Nông nghiệp", datetime(2026, 11, 23, 4, 5, 6, tzinfo=UTC))
VERIFIES = cache(Curve.verifies)
MADE = {Kind.NTAG424: lambda seed: blank_424(seed), Kind.NTAG21X: lambda seed: blank_21x(NTAG215, seed)}
families = pytest.mark.parametrize("family", list(Kind))
KINDS = {
    "ntag424": (Kind.NTAG424, True),
    "ntag215": (Kind.NTAG21X, False),
    "ntag215, locked": (Kind.NTAG21X, True),
}


@pytest.fixture(autouse=True)
def originality_is_checked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Curve, "verifies", VERIFIES)


def give_up(workshop: Any, chip: Any) -> None:
    with workshop.store.begin() as session:
        void_chip(session, chip.uid, BY)


def pulled(workshop: Any, plan: int, chip: Any, cut: tuple[int, int], **more: Any) -> bool:
    """Whether the chip was away before its dialogue ended."""
    try:
        workshop.write(plan, chip, cut=cut, **more)
    except ChipLost:
        return True
    return False


@pytest.mark.parametrize("name", KINDS)
def test_cut_at_any_exchange_a_chip_bound_anew_is_ready_when_it_comes_back(
    shop: Any, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    family, locks = KINDS[name]
    if not locks:
        monkeypatch.setattr(ntag21x_flows, "lock", ntag21x_flows.verify)
    plan, chip, numbers = shop.plan(family), MADE[family](b"anew"), [1, 2, 3]
    assert shop.write(plan, chip, family=family, number=3).number == 3
    for at in range(200):
        give_up(shop, chip)
        first, second, _ = numbers = [*numbers[1:], numbers[0]]
        went = pulled(shop, plan, chip, (at, at % 5), family=family, number=first)
        if went and at % 2 and shop.bound():
            give_up(shop, chip)  # its link was decided, and perhaps never written
            first = second
        said = shop.write(plan, chip, family=family, number=first)
        assert isinstance(said, verbs.Finished), (at, said)
        assert (said.number, [*shop.bound()]) == (first, [first]), at
        assert f"/21/00000{first}?s=" in (tap(chip) or "")
        if not went:
            break
    assert at >= 30
    with shop.store.read() as session:
        assert examine(session) == ()


def bound_only(workshop: Any, plan: int, chip: Any, number: int, family: Kind) -> None:
    """The chip is bound and its first change is decided; then the line is gone, and nothing of it reaches the chip."""
    began = workshop.begin(plan, family=family, number=number)
    reader, reply = SimulatedReader(chip), began.reply
    while number not in workshop.bound() or not reply.exchange.step.changes:
        if reply.exchange.reactivate:
            reader.reactivate()
        data = reader.transceive(reply.exchange.command)
        reply = verbs.answer(workshop.bench, workshop.caller, began.dialogue, reply.position, data)


@families
def test_a_chip_that_was_bound_and_not_written_is_written_when_it_comes_back(
    workshop: Any, family: Kind
) -> None:
    plan, chip = workshop.plan(family), MADE[family](b"away")
    workshop.write(plan, chip, family=family)
    for number in (2, 3):  # twice: what the chip carries is then two links old
        give_up(workshop, chip)
        bound_only(workshop, plan, chip, number, family)
        assert "/21/000001?s=" in (tap(chip) or "")
    assert workshop.write(plan, chip, family=family).number == 3
    assert "/21/000003?s=" in (tap(chip) or "")


def test_a_link_that_a_phone_wrote_is_written_over_when_its_chip_is_bound_anew(workshop: Any) -> None:
    chip = blank_21x(NTAG215, b"phone")
    left = replace(workshop.bench, public_url="https://old.ocop.example")
    text = phone.bind_phone(left, phone.Place(GTIN, LOT), chip.uid, 1).text
    message = encode_uri(text)
    chip.memory[16 : 16 + len(message) + 3] = bytes([3, len(message)]) + message + b"\xfe"
    give_up(workshop, chip)
    assert workshop.write(workshop.plan(Kind.NTAG21X), chip, family=Kind.NTAG21X, number=2).number == 2
    assert tap(chip).startswith("https://id.ocop.example/")


@pytest.mark.parametrize("other", ["another chip's link", "a printed code"])
def test_a_link_that_was_not_given_to_this_chip_is_never_written_over(workshop: Any, other: str) -> None:
    plan, chip, twin = workshop.plan(), blank_424(b"one"), blank_424(b"two")
    workshop.write(plan, chip, number=1)
    link = workshop.write(plan, twin, number=2).link.partition("&m=")[0]
    if other == "a printed code":
        link = link.replace("?s=E", "?s=A")
    workshop.write(plan, chip, kind="void")
    chip.files[2].write(0, to_type4(encode_uri(link), 256))
    assert workshop.write(plan, chip, number=1).code == "already_written"
    assert [*workshop.bound()] == [2]


def test_the_right_code_of_a_print_on_a_chip_is_somebodys_and_never_written_over(workshop: Any) -> None:
    """It names no chip: whoever holds the box could have put it there."""
    plan, chip = workshop.plan(), blank_424(b"one")
    workshop.write(plan, chip, number=1)
    workshop.write(plan, chip, kind="void")
    signer = workshop.bench.keystore.signer("htx-ben-may", 1)
    token = sign(signer, workshop.bench.realm, Carrier.PRINT, GTIN, LOT, "000001", None)
    link = item_link(workshop.bench.public_url, f"/01/{GTIN}/10/{LOT}/21/000001", nfc_text(token))
    chip.files[2].write(0, to_type4(encode_uri(link), 256))
    seen = workshop.write(None, chip, kind="inspect")
    assert seen.report["signature"] == "holds", "else this shows nothing"
    assert workshop.write(plan, chip, number=1).code == "already_written"
    assert workshop.bound() == {}


def test_a_chip_that_a_phone_has_now_never_gets_the_link_of_its_earlier_number(
    workshop: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan, chip = workshop.plan(Kind.NTAG21X), blank_21x(NTAG215, b"open")
    with monkeypatch.context() as unlocked:
        unlocked.setattr(ntag21x_flows, "lock", ntag21x_flows.verify)
        workshop.write(plan, chip, number=1, family=Kind.NTAG21X)
    workshop.write(None, chip, kind="void", family=Kind.NTAG21X)
    place = phone.Place(GTIN, LOT)
    text = phone.bind_phone(workshop.bench, place, chip.uid, 2).text
    phone.read_back(workshop.bench, place, chip.uid, text)
    done = workshop.write(plan, chip, family=Kind.NTAG21X)
    assert (done.number, done.link.partition("&m=")[0]) == (2, text)


LONGER = "https://nguon-goc.ocop.example"


@pytest.mark.parametrize("address", [LONGER, "https://id.ocop.exampl2"], ids=["longer", "as long"])
@pytest.mark.parametrize("done", [True, False], ids=["finished", "tapped before it was"])
def test_a_chip_that_has_answered_keeps_link_and_counter_when_our_address_changes(
    shop: Any, address: str, done: bool
) -> None:
    plan, chip = shop.plan(), blank_424(b"live")
    cut = None if done else (36, 0)
    with suppress(ChipLost):
        shop.write(plan, chip, cut=cut)
    taps = [tap(chip) for _ in range(50)]
    with shop.store.begin() as session:
        chips.promote(session, shop.bound()[1].id, BY.at, counter=50)
    shop.bench = replace(shop.bench, public_url=address)
    for at in range(60):
        went = pulled(shop, plan, chip, (at, at % 5))
        last, now = taps[-1], tap(chip)
        assert now.partition("&m=")[0] == last.partition("&m=")[0], at
        assert now.partition("&m=")[2] > last.partition("&m=")[2], (
            "a counter that was set back is refused as used"
        )
        taps.append(now)
        if not went:
            break
    assert at >= 20
    assert (shop.bound()[1].chip_generation, shop.bound()[1].state) == (1, "live")


@families
def test_a_chip_that_never_answered_gets_our_new_address_wherever_it_was_cut(shop: Any, family: Kind) -> None:
    plan, here = shop.plan(family, last=1), shop.bench
    for at in (12, 15, 18, 21, 24, 27, 30, 33):
        shop.bench, chip = here, MADE[family](b"moved%d" % at)
        assert pulled(shop, plan, chip, (at, at % 5), family=family)
        shop.bench = replace(here, public_url=LONGER)
        assert shop.write(plan, chip, family=family).link.startswith(LONGER), at
        give_up(shop, chip)


@pytest.mark.parametrize(
    ("lot", "said"),
    [(LOT, 4), ("L2609B", 1), ("L2609-DAI-HON", "locked_chip")],
    ids=["its own lot", "a lot whose links are as long", "a lot whose links are longer"],
)
def test_a_locked_chip_that_was_given_up_serves_where_the_link_is_as_long(
    shop: Any, lot: str, said: int | str
) -> None:
    chip = blank_21x(NTAG215, b"locked")
    shop.write(shop.plan(Kind.NTAG21X), chip, family=Kind.NTAG21X, number=2)
    give_up(shop, chip)
    if lot == "L2609-DAI-HON":
        asked = IssueRequest(lot, GTIN, lot, date(2026, 9, 1), 5)
        issue(shop.store.begin, shop.bench.keystore, asked, "chị Hoa", BY.at)
    before = bytes(chip.memory)
    number = said if lot == LOT else None
    found = shop.write(shop.plan(Kind.NTAG21X, lot=lot), chip, family=Kind.NTAG21X, number=number)
    if isinstance(said, str):
        assert (found.code, bytes(chip.memory)) == (said, before)
        assert [row for row in shop.bindings(lot) if row.state in ("reserved", "live")] == []
        return
    assert (found.number, found.report["locked"]) == (said, True)
    assert f"/10/{lot}/21/00000{said}?s=" in (tap(chip) or "")
