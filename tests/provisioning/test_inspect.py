"""What a report says of a chip on the reader: its maker's signature, its link, and whether it answered just now."""

from datetime import UTC, datetime
from typing import Any

import pytest
from ocop.hardware.reader import ChipLost
from ocop.hardware.simulator import blank_21x, blank_424
from ocop.trace.provisioning_chips import replace_chip, void_chip
from ocop.trace.registry.ledger_store import By
from ocop.trace.tags.ntag21x import NTAG215
from ocop.trace.tags.plan import Kind

BY = By("anh Tín", datetime(2026, 11, 23, 4, 5, 6, tzinfo=UTC))
MADE = {Kind.NTAG424: lambda seed: blank_424(seed), Kind.NTAG21X: lambda seed: blank_21x(NTAG215, seed)}
families = pytest.mark.parametrize("family", list(Kind))


def look(workshop: Any, chip: Any, family: Kind) -> Any:
    return workshop.write(None, chip, kind="inspect", family=family)


@families
def test_a_blank_chip_of_nobody_is_original_and_unknown(workshop: Any, family: Kind) -> None:
    seen = look(workshop, MADE[family](b"blank"), family)
    assert (seen.state, seen.number, seen.link) == ("unknown", None, "")
    assert (seen.report["original"], seen.report["live"], seen.report["signature"]) == (True, None, "")
    assert workshop.bindings() == []


@families
def test_a_chip_of_ours_is_told_with_its_number_and_proof(workshop: Any, family: Kind) -> None:
    chip = MADE[family](b"ours")
    written = workshop.write(workshop.plan(family), chip, family=family)
    assert written.report["original"] is True
    seen = look(workshop, chip, family)
    assert (seen.state, seen.number, seen.uid) == ("live", 1, chip.uid)
    assert seen.report["live"] is (True if family is Kind.NTAG424 else None)
    assert (seen.report["original"], seen.report["signature"], seen.report["lot"]) == (
        True,
        "holds",
        "L2609A",
    )


@families
def test_a_copy_with_another_makers_signature_is_reported_and_not_refused(
    workshop: Any, family: Kind
) -> None:
    chip = MADE[family](b"copy")
    chip.signature = bytes(len(chip.signature))
    seen = look(workshop, chip, family)
    assert (seen.state, seen.report["original"]) == ("unknown", False)


def test_a_chip_that_lost_our_key_is_not_live(workshop: Any) -> None:
    chip = blank_424(b"ours")
    workshop.write(workshop.plan(), chip)
    copy = blank_424(b"ours")
    seen = look(workshop, copy, Kind.NTAG424)
    assert (seen.state, seen.report["live"], seen.report["original"]) == ("live", False, True)


def test_a_chip_of_ours_that_still_has_the_factorys_keys_proves_nothing(workshop: Any) -> None:
    chip = blank_424(b"ours")
    with pytest.raises(ChipLost):
        workshop.write(workshop.plan(), chip, cut=(24, 4))
    assert (chip.keys[3].version, chip.files[2].settings.sdm is not None) == (0, True)
    seen = look(workshop, chip, Kind.NTAG424)
    assert (seen.state, seen.number, seen.report["live"]) == ("reserved", 1, False)


@families
def test_a_chip_that_was_replaced_or_given_up_says_so(workshop: Any, family: Kind) -> None:
    plan, one, two = workshop.plan(family), MADE[family](b"one"), MADE[family](b"two")
    workshop.write(plan, one, family=family)
    workshop.write(plan, two, family=family)
    with workshop.store.begin() as session:
        replace_chip(session, one.uid, BY)
        void_chip(session, two.uid, BY)
    assert [look(workshop, chip, family).state for chip in (one, two)] == ["replaced", "void"]
    # The number that is free again gets the next chip, and never two.
    assert workshop.write(plan, MADE[family](b"three"), family=family).number == 1
    assert look(workshop, one, family).report["signature"] != "holds"
