"""A chip that comes again: under a new master, after it was given up, in the middle of being taken back."""

from datetime import UTC, datetime
from typing import Any

import pytest
from ocop.hardware.phrases import VI
from ocop.hardware.reader import ChipLost
from ocop.hardware.simulator import SimulatedReader, blank_21x, blank_424
from ocop.hardware.simulator_tray import tap
from ocop.trace import provisioning as verbs
from ocop.trace.provisioning_chips import bind_chip, void_chip
from ocop.trace.registry import chips
from ocop.trace.registry.ledger_store import By
from ocop.trace.tags import ntag21x_flows, secure
from ocop.trace.tags.ntag21x import NTAG215
from ocop.trace.tags.ntag424_flows import ChipKeys
from ocop.trace.tags.plan import Kind

GTIN, LOT = "09521234543213", "L2609A"
BY = By("anh Tín", datetime(2026, 11, 23, 4, 5, 6, tzinfo=UTC))
MADE = {Kind.NTAG424: lambda seed: blank_424(seed), Kind.NTAG21X: lambda seed: blank_21x(NTAG215, seed)}
families = pytest.mark.parametrize("family", list(Kind))


def give_up(workshop: Any, chip: Any) -> None:
    """As for a chip that nobody has at hand: what stands on it stays."""
    with workshop.store.begin() as session:
        void_chip(session, chip.uid, BY)


def pair_of(row: Any) -> tuple[int, int]:
    """(master's generation, chip's generation), of the kind that the chip has."""
    if row.type == "ntag424":
        return row.master_generation, row.chip_generation
    return row.password_master_generation, row.password_generation


def secret(workshop: Any, chip: Any, pair: tuple[int, int]) -> bool:
    """Whether the chip holds the keys, or the password, of that pair."""
    master = workshop.masters.keys[pair[0]]
    if hasattr(chip, "keys"):
        return [key.value for key in chip.keys] == [*ChipKeys.derive(master, chip.uid, *pair).keys]
    word, pack = secure.password(master, chip.uid, *pair)
    return bytes(chip.memory[(NTAG215.cfg0 + 2) * 4 :][:6]) == word + pack


@families
def test_an_old_masters_chip_keeps_its_keys_and_gets_the_new_ones_when_it_is_bound_again(
    workshop: Any, family: Kind, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        ntag21x_flows, "lock", ntag21x_flows.verify
    )  # a locked one keeps its password for life
    plan, chip = workshop.plan(family), MADE[family](b"old")
    workshop.write(plan, chip, family=family)
    workshop.masters.keys[2] = bytes(range(16))
    assert workshop.write(plan, chip, family=family).number == 1
    assert (pair_of(workshop.bound()[1]), secret(workshop, chip, (1, 1))) == ((1, 1), True)
    give_up(workshop, chip)
    workshop.write(plan, chip, family=family, number=3)
    assert (pair_of(workshop.bound()[3]), secret(workshop, chip, (2, 2))) == ((2, 2), True)


@families
def test_a_chip_cut_under_an_old_master_is_finished_under_it(workshop: Any, family: Kind) -> None:
    plan, chip = workshop.plan(family), MADE[family](b"cut")
    with pytest.raises(ChipLost):
        workshop.write(plan, chip, cut=(27, 4), family=family)
    workshop.masters.keys[2] = bytes(range(16))
    assert workshop.write(plan, chip, family=family).number == 1
    assert (pair_of(workshop.bound()[1]), secret(workshop, chip, (1, 1))) == ((1, 1), True)


@families
def test_a_link_torn_in_the_middle_of_our_own_writing_is_written_again(workshop: Any, family: Kind) -> None:
    plan, chip = workshop.plan(family), MADE[family](b"torn")
    with pytest.raises(ChipLost):
        workshop.write(plan, chip, cut=(27, 4), family=family)
    if family is Kind.NTAG424:
        chip.files[2].write(0, b"\x00\x05hello")
    else:
        chip.memory[16:20] = bytes.fromhex("03fffe00")  # two bytes of the page that is written last
    assert workshop.write(plan, chip, family=family).number == 1
    assert "/21/000001?s=" in (tap(chip) or "")


def test_a_locked_chip_keeps_its_password_at_its_next_binding(workshop: Any) -> None:
    plan, chip = workshop.plan(Kind.NTAG21X), blank_21x(NTAG215, b"locked")
    workshop.write(plan, chip, family=Kind.NTAG21X)
    give_up(workshop, chip)
    workshop.masters.keys[2] = bytes(range(16))
    assert workshop.write(plan, chip, family=Kind.NTAG21X, number=1).number == 1
    assert (pair_of(workshop.bound()[1]), secret(workshop, chip, (1, 1))) == ((1, 1), True)


def test_a_chip_given_up_again_and_again_is_written_over_with_its_next_link(workshop: Any) -> None:
    plan, chip = workshop.plan(), blank_424(b"often")
    for generation, number in enumerate((1, 2, 3, 1), 1):
        workshop.write(plan, chip, number=number)
        assert f"/21/00000{number}?s=" in (tap(chip) or "")
        assert pair_of(workshop.bound()[number]) == (1, generation)
        give_up(workshop, chip)


@families
def test_a_chip_that_was_bound_as_often_as_can_be_counted_is_refused(workshop: Any, family: Kind) -> None:
    chip = MADE[family](b"worn")
    last = {"master_generation": 1, "chip_generation": 255}
    if family is Kind.NTAG21X:
        last = {"password_master_generation": 1, "password_generation": 255}
    with workshop.store.begin() as session:
        kind = "ntag424" if family is Kind.NTAG424 else "ntag215"
        bind_chip(session, chips.NewChip(chip.uid, GTIN, LOT, 1, kind, **last), BY)
    give_up(workshop, chip)
    said = workshop.write(workshop.plan(family), chip, family=family)
    assert (said.code, "at most 255 times" in said.sentence) == ("no_more_generations", True)
    assert VI.refusal(said.code, said.sentence, said.hint)[1] == "Để riêng, lấy chip mới."
    assert workshop.bound() == {}


@families
def test_a_chip_is_taken_back_in_the_books_before_anything_on_it_changes(
    workshop: Any, family: Kind, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ntag21x_flows, "lock", ntag21x_flows.verify)
    chip, states = MADE[family](b"back"), set()
    workshop.write(workshop.plan(family), chip, family=family)
    began = workshop.begin(None, kind="void", family=family)
    reader, reply = SimulatedReader(chip), began.reply
    while isinstance(reply, verbs.Command):
        if reply.exchange.step.changes:
            states.add(workshop.bindings()[0].state)
        if reply.exchange.reactivate:
            reader.reactivate()
        data = reader.transceive(reply.exchange.command)
        reply = verbs.answer(workshop.bench, workshop.caller, began.dialogue, reply.position, data)
    assert (states, reply.state, tap(chip)) == ({"void"}, "void", None)


@families
def test_a_chip_is_not_taken_back_for_the_plan_of_another_lot(workshop: Any, family: Kind) -> None:
    chip = MADE[family](b"mine")
    workshop.write(workshop.plan(family), chip, family=family)
    said = workshop.write(workshop.plan(family, lot="L2609B"), chip, kind="void", family=family)
    assert (said.code, workshop.bound()[1].state) == ("other_batch", "live")
    assert tap(chip)
