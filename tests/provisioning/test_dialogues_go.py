"""What stations and chips said to each other goes a week after it ended; what a chip that comes again needs stays."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from ocop.hardware.reader import ChipLost
from ocop.hardware.simulator import blank_21x, blank_424
from ocop.hardware.simulator_tray import tap
from ocop.trace import housekeeping
from ocop.trace import provisioning as verbs
from ocop.trace.provisioning_chips import void_chip
from ocop.trace.registry import dialogue_sweep
from ocop.trace.registry.ledger_store import By
from ocop.trace.registry.tables_chips import ChipDialogue, DialogueAnswer
from ocop.trace.tags.ntag21x import NTAG215
from ocop.trace.tags.plan import Kind
from sqlalchemy import func, select

NOW = datetime(2026, 11, 23, 4, 5, 6, tzinfo=UTC)
BY = By("anh Tín", NOW)
WEEK, DAY, BIT = timedelta(days=7), timedelta(days=1), timedelta(seconds=1)
MADE = {Kind.NTAG424: lambda seed: blank_424(seed), Kind.NTAG21X: lambda seed: blank_21x(NTAG215, seed)}
families = pytest.mark.parametrize("family", list(Kind))


def kept(workshop: Any) -> tuple[list[ChipDialogue], int]:
    with workshop.store.read() as session:
        found = list(session.scalars(select(ChipDialogue).order_by(ChipDialogue.id)))
        return found, session.scalar(select(func.count()).select_from(DialogueAnswer)) or 0


def tidy(workshop: Any, now: datetime) -> int:
    return housekeeping.tidy(workshop.store, now).dialogues


def test_seed_answers_and_names_go_a_week_after_the_end_and_not_before(workshop: Any) -> None:
    workshop.write(workshop.plan(), blank_424(b"one"), by="chị Hoa", reason="viết lô")
    assert tidy(workshop, NOW + WEEK) == 0
    (before,), answers = kept(workshop)
    assert answers > 30
    assert before.snapshot["said"]["by"] == "chị Hoa"
    assert tidy(workshop, NOW + WEEK + BIT) == 1
    (after,), answers = kept(workshop)
    assert (answers, after.seed) == (0, bytes(32))
    assert not {"said", "ring"} & set(after.snapshot)
    assert (after.snapshot["base"], after.snapshot["bound"]) == (
        before.snapshot["base"],
        before.snapshot["bound"],
    )
    assert (after.uid, after.state, after.started_at) == (before.uid, "finished", before.started_at)
    assert tidy(workshop, NOW + WEEK + BIT) == 0


def test_a_dialogue_that_its_station_left_is_over_after_a_day_and_goes_after_a_week(workshop: Any) -> None:
    began = workshop.begin(workshop.plan())
    verbs.answer(workshop.bench, workshop.caller, began.dialogue, 0, b"\x90\x00")
    tidy(workshop, NOW + DAY)
    assert kept(workshop)[0][0].state == "running"
    tidy(workshop, NOW + DAY + BIT)
    (left,), answers = kept(workshop)
    assert (left.state, left.ended_at, answers) == ("lost", NOW + DAY + BIT, 1)
    with pytest.raises(verbs.OutOfOrder):
        verbs.answer(workshop.bench, workshop.caller, began.dialogue, 1, b"\x90\x00")
    assert tidy(workshop, NOW + DAY + WEEK + BIT + BIT) == 1
    assert kept(workshop)[1] == 0


@families
@pytest.mark.parametrize("void", [True, False], ids=["given up", "left half written"])
def test_a_chip_that_comes_again_long_after_is_known_by_what_stayed(
    workshop: Any, family: Kind, void: bool
) -> None:
    plan, chip = workshop.plan(family), MADE[family](b"again")
    if void:
        workshop.write(plan, chip, family=family)
        with workshop.store.begin() as session:
            void_chip(session, chip.uid, BY)
    else:
        with pytest.raises(ChipLost):
            workshop.write(plan, chip, cut=(31, 2), family=family)
    assert tidy(workshop, NOW + 9 * WEEK) == 1
    said = workshop.write(plan, chip, family=family, number=2 if void else None)
    assert isinstance(said, verbs.Finished)
    assert f"/21/00000{said.number}?s=" in (tap(chip) or "")


def test_a_live_chip_keeps_its_link_after_its_dialogues_were_emptied(shop: Any) -> None:
    plan, chip = shop.plan(), blank_424(b"live")
    shop.write(plan, chip)
    link = tap(chip).partition("&m=")[0]
    tidy(shop, NOW + 9 * WEEK)
    shop.bench = replace(shop.bench, public_url="https://nguon-goc.ocop.example")
    assert shop.write(plan, chip).link.partition("&m=")[0] == link


def test_a_request_that_is_sent_again_after_a_week_does_no_harm(workshop: Any) -> None:
    plan, chip = workshop.plan(), blank_424(b"one")
    workshop.write(plan, chip)
    tidy(workshop, NOW + WEEK + BIT)
    (row,), _ = kept(workshop)
    wish = verbs.Wish(row.request, "provision", Kind.NTAG424, plan, simulated=True)
    again = verbs.begin(workshop.bench, workshop.caller, wish, workshop.chance)
    assert again.dialogue == row.id
    with pytest.raises(verbs.OutOfOrder):
        verbs.answer(workshop.bench, workshop.caller, again.dialogue, 0, b"\x90\x00")
    assert len(workshop.bindings()) == 1


def test_many_go_in_parts_and_a_look_counts_them(shop: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dialogue_sweep, "AT_ONCE", 2)
    plan = shop.plan()
    for number in range(5):
        began = shop.begin(plan)
        if number:
            verbs.lost(shop.bench, shop.caller, began.dialogue)
    later = NOW + WEEK + BIT
    with shop.store.read() as session:
        assert (dialogue_sweep.over(session, NOW), dialogue_sweep.over(session, later)) == (0, 5)
    assert tidy(shop, later) == 4  # the fifth ends now, and goes a week from now
    assert tidy(shop, later + WEEK + BIT) == 1
