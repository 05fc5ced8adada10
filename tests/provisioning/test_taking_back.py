"""Whose chips a station may take back, and what a chip must show before its binding ends."""

import json
from dataclasses import replace
from typing import Any

import pytest
from ocop.hardware.phrases_refusals import EN_REFUSALS, VI_REFUSALS
from ocop.hardware.reader import ChipLost
from ocop.hardware.simulator import SimulatedReader, blank_21x, blank_424
from ocop.hardware.simulator_tray import tap
from ocop.trace import provisioning as verbs
from ocop.trace import provisioning_phone as phone
from ocop.trace import provisioning_stations as stations
from ocop.trace.registry import chips
from ocop.trace.registry.ledger_store import By, examine, replay
from ocop.trace.registry.stations import last_seen
from ocop.trace.registry.tables import AuditEntry
from ocop.trace.registry.tables_chips import ChipDialogue
from ocop.trace.tags.dialogue import seeded
from ocop.trace.tags.ntag21x import NTAG215
from ocop.trace.tags.plan import Kind
from sqlalchemy import select

GTIN, LOT = "09521234543213", "L2609A"
MADE = {Kind.NTAG424: lambda seed: blank_424(seed), Kind.NTAG21X: lambda seed: blank_21x(NTAG215, seed)}
families = pytest.mark.parametrize("family", list(Kind))


class Emulator:
    """A copy of a chip's UID and signature that claims protection, and answers a password with `pack`."""

    def __init__(self, chip: Any, pack: bytes) -> None:
        self.chip, self.pack = chip, pack

    def activate(self) -> None:
        self.chip.activate()

    def transceive(self, command: bytes) -> bytes:
        return self.pack if command[:1] == b"\x1b" else self.chip.transceive(command)


class Heard:
    """A chip that remembers what it was asked."""

    def __init__(self, chip: Any) -> None:
        self.chip, self.commands = chip, []  # type: ignore[var-annotated]

    def activate(self) -> None:
        self.chip.activate()

    def transceive(self, command: bytes) -> bytes:
        self.commands.append(command)
        answer: bytes = self.chip.transceive(command)
        return answer


def standing(workshop: Any) -> list[tuple[int, str]]:
    """(number, state) of all that stand, once books and ledger were held against each other."""
    with workshop.store.read() as session:
        assert examine(session) == ()
        batch = replay(session).batch(GTIN, LOT)
    ended = [row for row in workshop.bindings() if row.state not in ("reserved", "live")]
    assert len(batch.chip_withdrawals) == len(ended)
    return [(number, row.state) for number, row in workshop.bound().items()]


def second(workshop: Any) -> Any:
    """Another station."""
    with workshop.store.begin() as session:
        token = stations.add_station(session, "Bàn 2", seeded(b"two"), workshop.bench.clock())
        return replace(workshop, caller=stations.authenticate(session, token))


@families
def test_a_copy_with_uid_and_signature_takes_no_live_chip_off_the_books(workshop: Any, family: Kind) -> None:
    plan, chip, copy = workshop.plan(family), MADE[family](b"ours"), MADE[family](b"ours")
    workshop.write(plan, chip, family=family)
    assert (copy.uid, copy.signature) == (chip.uid, chip.signature)
    said = workshop.write(None, copy, kind="void", family=family)
    assert (said.code, standing(workshop)) == ("not_proven", [(1, "live")])
    assert tap(chip)
    workshop.write(plan, chip, family=family)


@pytest.mark.parametrize("pack", ["", "00", "0000", "00000000"])
def test_a_password_is_proven_by_its_own_answer_only(shop: Any, pack: str) -> None:
    chip = blank_21x(NTAG215, b"ours")
    shop.write(shop.plan(Kind.NTAG21X), chip, family=Kind.NTAG21X)
    said = shop.write(None, Emulator(chip, bytes.fromhex(pack)), kind="void", family=Kind.NTAG21X)
    assert (said.code, standing(shop)) == ("not_proven", [(1, "live")])
    # The chip itself proves it; being locked it stays written, and its number is free.
    assert shop.write(None, chip, kind="void", family=Kind.NTAG21X).code == "locked_chip"
    assert standing(shop) == []


def test_a_chip_that_hides_its_key_versions_is_asked_for_its_own_keys_too(shop: Any) -> None:
    chip, copy = blank_424(b"ours"), blank_424(b"ours")
    shop.write(shop.plan(), chip)
    copy.tells_versions = False
    assert shop.write(None, copy, kind="void").code == "not_proven"
    assert standing(shop) == [(1, "live")]


@families
def test_a_chip_cut_half_written_is_taken_back_without_its_keys(workshop: Any, family: Kind) -> None:
    plan = workshop.plan(family)
    for at in (12, 16, 20, 24, 28):
        chip = MADE[family](b"half%d" % at)
        with pytest.raises(ChipLost):
            workshop.write(plan, chip, cut=(at, 0), family=family)
        if workshop.bindings() and workshop.bindings()[-1].uid == chip.uid:
            assert workshop.write(None, chip, kind="void", family=family).state == "void"
    assert standing(workshop) == []
    assert workshop.bindings()


@families
def test_a_station_takes_back_chips_of_plans_that_it_may_write_only(workshop: Any, family: Kind) -> None:
    with workshop.store.begin() as session:
        made = stations.make_plan(
            session, GTIN, LOT, family, 1, 5, workshop.bench.public_url, "chị Hoa", workshop.bench.clock(), "Bàn 1"
        )  # fmt: skip
    other, chip = second(workshop), MADE[family](b"ours")
    workshop.write(made.plan, chip, family=family)
    said = other.write(None, chip, kind="void", family=family)
    assert (said.code, standing(workshop)) == ("other_station", [(1, "live")])
    shared = workshop.plan(family, lot="L2609B")  # of another lot: lets it do nothing here
    assert other.write(None, chip, kind="void", family=family).code == "other_station"
    assert other.write(shared, chip, kind="void", family=family).code == "other_batch"
    workshop.plan(family, first=1, last=1)
    other.write(None, chip, kind="void", family=family)
    assert standing(workshop) == []


def test_a_chip_that_a_phone_bound_without_a_plan_is_no_stations_to_take_back(shop: Any) -> None:
    chip = blank_21x(NTAG215, b"phone")
    phone.bind_phone(shop.bench, phone.Place(GTIN, LOT), chip.uid)
    assert shop.write(None, chip, kind="void", family=Kind.NTAG21X).code == "other_station"
    assert standing(shop) == [(1, "reserved")]


def test_a_chip_that_answered_while_it_was_taken_back_has_to_prove_itself(workshop: Any) -> None:
    plan, chip = workshop.plan(), blank_424(b"ours")
    with pytest.raises(ChipLost):
        workshop.write(plan, chip, cut=(24, 0))
    began = workshop.begin(None, kind="void")
    reply, reader = began.reply, SimulatedReader(chip)
    while isinstance(reply, verbs.Command):
        with workshop.store.begin() as session:
            asked = session.get_one(ChipDialogue, began.dialogue).snapshot
            (row,) = (one for one in workshop.bindings() if one.state in ("reserved", "live"))
            if "proof" in asked and row.state == "reserved":
                chips.promote(session, row.id, workshop.bench.clock())
        answer = reader.transceive(reply.exchange.command)
        reply = verbs.answer(workshop.bench, workshop.caller, began.dialogue, reply.position, answer)
    assert (reply.code, standing(workshop)) == ("not_proven", [(1, "live")])


def test_a_live_chip_that_counts_wrong_passwords_is_not_even_tried(shop: Any) -> None:
    """Ours never does: it is a copy, or one that three tries would close for good."""
    chip = blank_21x(NTAG215, b"ours")
    shop.write(shop.plan(Kind.NTAG21X), chip, family=Kind.NTAG21X)
    chip.memory[NTAG215.cfg0 * 4 + 4] |= 3
    heard = Heard(chip)
    said = shop.write(None, heard, kind="void", family=Kind.NTAG21X)
    assert (said.code, standing(shop)) == ("not_proven", [(1, "live")])
    assert [command for command in heard.commands if command[:1] == b"\x1b"] == []


def test_a_chip_is_not_taken_back_for_a_plan_that_was_closed_meanwhile(shop: Any) -> None:
    plan, chip = shop.plan(), blank_424(b"ours")
    shop.write(plan, chip)
    began = shop.begin(plan, kind="void")
    with shop.store.begin() as session:
        stations.close_plan(session, plan, By("anh Tín", shop.bench.clock()))
    reply, reader = began.reply, SimulatedReader(chip)
    while isinstance(reply, verbs.Command):
        answer = reader.transceive(reply.exchange.command)
        reply = verbs.answer(shop.bench, shop.caller, began.dialogue, reply.position, answer)
    assert (reply.code, standing(shop)) == ("conflict", [(1, "live")])
    assert tap(chip)


def test_a_long_name_at_a_station_of_a_long_name_is_cut_and_stops_nothing(shop: Any) -> None:
    chip = blank_424(b"ours")
    shop.write(shop.plan(), chip)
    shop.caller = stations.Caller(1, "b" * 200)
    assert shop.write(None, chip, kind="void", by="a" * 80).state == "void"
    with shop.store.read() as session:
        (line,) = session.execute(select(AuditEntry)).scalars()
    assert line.actor == f"{'a' * 80} ({'b' * 118}"


def test_every_reason_has_its_words() -> None:
    assert {"notproven", "otherstation"} <= set(VI_REFUSALS) & set(EN_REFUSALS)


def test_the_list_says_when_a_station_wrote_last(workshop: Any) -> None:
    second(workshop)
    workshop.write(workshop.plan(), blank_424(b"one"))
    with workshop.store.read() as session:
        assert json.dumps(last_seen(session), default=str) == json.dumps(
            {1: workshop.bench.clock()}, default=str
        )
