"""Chip after chip: numbers, signs, and what must not be written."""

from typing import Any

import pytest
from ocop.hardware.client import ServerRefused
from ocop.hardware.journal import Outcome, State
from ocop.hardware.reader import ReaderGone
from ocop.hardware.simulator import blank_21x, save
from ocop.hardware.station import Kind
from ocop.trace.tags.ntag21x import NTAG213, NTAG216

FAMILIES = ("ntag424", "ntag21x")


@pytest.mark.parametrize("family", FAMILIES)
def test_chips_are_written_one_after_the_other_and_the_person_reads_their_numbers(
    bench: Any, hand: Any, blank: Any, family: str
) -> None:
    made, chips = bench(family), [blank(family, f"c{n}") for n in range(3)]
    assert made.write(hand(chips)) == 3
    assert made.screen.numbers() == [1, 2, 3]
    done = [sign for sign in made.screen.signs if sign.kind is Kind.DONE]
    assert done[1].sentence == "Chip này là số 2: dán lên hộp số 2."
    assert made.screen.signs[-1].sentence == "Xong cả lô: 3 chip."
    assert all(made.server.is_complete(chip) for chip in chips)
    lines = made.journal.report("p")
    assert [(line.number, line.state, line.outcome) for line in lines] == [
        (n, State.LOCKED, Outcome.DONE) for n in (1, 2, 3)
    ]


@pytest.mark.parametrize(
    ("family", "steps"),
    [
        ("ntag424", ["write", "settings", "key_1", "key_2", "key_3", "key_4", "key_0"]),
        ("ntag21x", ["write", "password", "protect", "lock"]),
    ],
)
def test_a_chip_costs_a_line_for_each_step_that_changes_it_and_two_more(
    bench: Any, hand: Any, blank: Any, family: str, steps: list[str]
) -> None:
    made, written, reader = bench(family), [], hand([blank(family, "a")])
    station = made.station(lambda: reader)
    made.journal._base.set_trace_callback(
        lambda said: written.append(said) if said.startswith(("INSERT", "UPDATE", "DELETE")) else None
    )
    station.write(made.server.plans(), more=lambda: False)
    assert len(written) == len(steps) + 2, "each is a commit of its own, and a sync"
    assert [step for step, said in zip(steps, written[1:-1], strict=True) if f"'{step}'" not in said] == []
    assert all("dialogue='" in said for said in written[1:-1])


def test_the_number_of_the_scanned_label_is_the_number_of_the_chip(bench: Any, hand: Any, blank: Any) -> None:
    made, labels = bench(), iter([3, 1, None])
    assert made.write(hand([blank("ntag424", "a"), blank("ntag424", "b")]), label=lambda: next(labels)) == 2
    assert made.screen.numbers() == [3, 1]


def test_the_same_chip_again_gets_no_command_and_says_its_number(bench: Any, hand: Any, blank: Any) -> None:
    made, chip = bench(), blank("ntag424", "a")
    made.write(hand([chip]))
    before = save(chip)
    assert made.write(hand([chip])) == 0
    assert save(chip) == before
    again = [sign for sign in made.screen.signs if sign.kind is Kind.AGAIN]
    assert [(sign.number, sign.hint) for sign in again] == [
        (1, "Nó thuộc hộp số 1. Máy không viết lại; lấy chip khác.")
    ]


def test_a_chip_whose_binding_ended_since_is_written_again(bench: Any, hand: Any, blank: Any) -> None:
    made = bench()
    made.write(hand([blank("ntag424", "a")]))
    made.server.bound.clear()
    made.server.live.clear()
    assert made.write(hand([blank("ntag424", "a")])) == 1


@pytest.mark.parametrize("family", FAMILIES)
def test_a_chip_of_the_other_family_gets_no_command(bench: Any, hand: Any, blank: Any, family: str) -> None:
    other = FAMILIES[1 - FAMILIES.index(family)]
    made, chip = bench(family), blank(other, "x")
    before, calls = save(chip), made.server.calls
    made.write(hand([chip]))
    assert save(chip) == before
    assert not made.server.talks, calls
    assert "Lô này cần chip" in made.screen.signs[1].sentence


def test_an_ntag213_is_refused_with_the_reason_and_stays_blank(bench: Any, hand: Any) -> None:
    made, chip = bench("ntag21x"), blank_21x(NTAG213, b"small")
    before = chip.memory[:]
    made.write(hand([chip]))
    assert chip.memory == before
    assert "NTAG213" in made.screen.signs[2].sentence


def test_an_ntag216_is_as_good_as_an_ntag215(bench: Any, hand: Any) -> None:
    made, chip = bench("ntag21x"), blank_21x(NTAG216, b"large")
    assert made.write(hand([chip])) == 1
    assert made.server.is_complete(chip)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_chip_that_carries_something_else_is_never_written_over(
    bench: Any, hand: Any, blank: Any, family: str
) -> None:
    first, second, chip = bench(family), bench(family), blank(family, "a")
    second.server.link = lambda number: first.server.link(number).replace("L2609A", "L9999Z")
    first.write(hand([chip]))
    content = first.server.shows(chip)
    assert second.write(hand([chip])) == 0
    assert first.server.shows(chip) == content
    assert [s.sentence for s in second.screen.signs if s.kind is Kind.REFUSED] == [
        "Chip này đã mang nội dung khác, máy không viết đè."
    ]


@pytest.mark.parametrize("family", FAMILIES)
def test_a_chip_pulled_away_is_asked_for_again_and_keeps_its_number(
    bench: Any, hand: Any, blank: Any, family: str
) -> None:
    made, chips = bench(family), [blank(family, f"c{n}") for n in range(2)]
    reader = hand(chips)
    reader.cut_after(33, 0)
    assert made.write(reader) == 2
    assert "pulled" in made.screen.kinds()
    assert made.screen.numbers() == [1, 2]
    assert all(made.server.is_complete(chip) for chip in chips)


def test_a_reader_that_is_unplugged_is_waited_for(bench: Any, hand: Any, blank: Any) -> None:
    class Unplugged(hand):  # type: ignore[misc]
        def transceive(self, command: bytes) -> bytes:
            if self.exchanges == 10:
                raise ReaderGone("Đầu đọc vừa bị rút ra.")
            return super().transceive(command)

    made, chip = bench(), blank("ntag424", "a")
    readers = iter([Unplugged([chip]), hand([chip])])
    station = made.station(lambda: next(readers))
    assert station.write(made.server.plans(), more=lambda: False) == 1
    assert "reader" in made.screen.kinds()
    assert made.server.is_complete(chip)


def test_a_revoked_station_stops_at_once(bench: Any, hand: Any, blank: Any) -> None:
    made, chip = bench(), blank("ntag424", "a")
    plan = made.server.plans()
    made.server.revoked = True
    with pytest.raises(ServerRefused) as caught:
        made.station(lambda: hand([chip])).write(plan, more=lambda: False)
    assert caught.value.status == 401
    assert save(chip) == save(blank("ntag424", "a"))


def test_the_pace_is_told_once_it_is_known(bench: Any, hand: Any, blank: Any) -> None:
    made = bench("ntag424", 5)
    made.write(hand([blank("ntag424", f"c{n}") for n in range(4)]))
    assert "chip mỗi giờ" in made.screen.signs[-1].progress
    assert made.screen.signs[0].progress == "0/5"
