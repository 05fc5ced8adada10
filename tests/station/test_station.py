"""Chip after chip: numbers, signs, and what must not be written."""

from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from ocop.hardware.client import Command, ServerAway, ServerRefused, Wish
from ocop.hardware.journal import Journal, JournalError, JournalTaken, Outcome, State
from ocop.hardware.reader import ChipLost, NoReader, ReaderError, ReaderGone, ReaderTaken
from ocop.hardware.simulator import blank_21x, save
from ocop.hardware.station import Kind
from ocop.trace.tags.dialogue import Step
from ocop.trace.tags.ntag21x import NTAG213, NTAG216

FAMILIES = ("ntag424", "ntag21x")
NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)


@pytest.mark.parametrize("family", FAMILIES)
def test_chips_are_written_one_after_the_other_and_the_person_reads_their_numbers(
    bench: Any, hand: Any, blank: Any, family: str
) -> None:
    made, chips = bench(family), [blank(family, f"c{n}") for n in range(3)]
    assert made.write(hand(chips)) == 3
    assert made.screen.numbers() == [1, 2, 3]
    done = [sign for sign in made.screen.signs if sign.kind is Kind.DONE]
    assert done[1].sentence == "Chip này là số 2: dán lên hộp số 2."
    assert made.screen.signs[-1].sentence == "Đã viết đủ: 3 chip."
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


BEFORE = {"write": "bound", "settings": "written", "password": "written", "protect": "keyed", "lock": "verified",
          **{f"key_{n}": "written" for n in range(1, 5)}, "key_0": "keyed"}  # fmt: skip
"""What the journal knows of a chip when a step that changes it begins."""


@pytest.mark.parametrize("family", FAMILIES)
def test_the_journal_has_each_step_before_the_server_the_chip_or_the_person_hears_of_it(
    bench: Any, hand: Any, blank: Any, family: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, known, said = bench(family), [], []

    class Watched(hand):  # type: ignore[misc]
        def transceive(self, command: bytes) -> bytes:
            (talk,), (line,) = made.server.talks.values(), made.journal.open()
            known.append((talk.replies[-1].step, line.state, line.doing, line.dialogue))
            return super().transceive(command)

    begin, show = made.server.begin, made.screen.show
    monkeypatch.setattr(made.server, "begin", lambda wish: (said.extend(made.journal.open()), begin(wish))[1])
    monkeypatch.setattr(
        made.screen,
        "show",
        lambda sign: (sign.kind is Kind.DONE and said.extend(made.journal.report()), show(sign)),
    )
    assert made.write(Watched([blank(family, "a")])) == 1
    assert [(line.state, line.outcome, line.request) for line in said] == [
        (State.PLANNED, Outcome.OPEN, "r1"),
        (State.LOCKED, Outcome.DONE, "r1"),
    ]
    changing = [row for row in known if row[0].changes]
    assert len({step for step, *_ in changing}) == (7 if family == "ntag424" else 4)
    for step, state, doing, dialogue in changing:
        assert (state, doing, dialogue) == (BEFORE[step], step, "r1")


def test_a_line_of_the_journal_is_on_the_disk_when_it_is_written_and_nobody_else_writes(
    bench: Any, hand: Any
) -> None:
    made = bench()
    made.station(lambda: hand([]))
    asked = ("synchronous", "journal_mode", "locking_mode")
    told = [made.journal._base.execute(f"PRAGMA {name}").fetchone()[0] for name in asked]
    assert (told, made.journal._base.isolation_level) == ([2, "wal", "exclusive"], None)
    with pytest.raises(JournalTaken, match="got one in use"):
        Journal(made.folder / "journal.db")


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


@pytest.mark.parametrize(("state", "again"), [("void", 0), ("replaced", 0), ("live", 1), ("reserved", 1)])
def test_a_chip_is_known_as_long_as_the_server_says_so(
    bench: Any, hand: Any, blank: Any, monkeypatch: pytest.MonkeyPatch, state: str, again: int
) -> None:
    made = bench()
    made.write(hand([blank("ntag424", "a")]))
    monkeypatch.setattr(
        made.server, "chip", lambda uid: {"uid": uid, "state": state, "number": 1, "plan": "p"}
    )
    made.write(hand([blank("ntag424", "a")]))
    assert made.screen.kinds().count("again") == again


def test_a_plan_that_was_closed_has_nothing_left_to_write(
    bench: Any, hand: Any, blank: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, reader = bench(), hand([blank("ntag424", f"c{n}") for n in range(3)])
    plans = made.server.plans()
    monkeypatch.setattr(made.server, "plans", list)
    assert made.station(lambda: reader).write(plans) == 1
    assert len(reader.waiting) == 2, "nobody waits for a chip of a plan that is closed"
    assert made.screen.signs[-1].kind is Kind.CLOSED


@pytest.mark.parametrize("family", FAMILIES)
def test_a_chip_of_the_other_family_gets_no_command(bench: Any, hand: Any, blank: Any, family: str) -> None:
    other = FAMILIES[1 - FAMILIES.index(family)]
    made, chip = bench(family), blank(other, "x")
    before, calls = save(chip), made.server.calls
    made.write(hand([chip]))
    assert save(chip) == before
    assert not made.server.talks, calls
    assert "Đợt viết này cần chip" in made.screen.signs[1].sentence


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
    assert made.server.talks["r1"].over, "the server was told that the chip is away"


def test_a_loss_that_could_not_be_told_is_told_when_the_server_is_back(
    bench: Any, hand: Any, blank: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, reader = bench(total=1), hand([blank("ntag424", "a")])
    told, away = made.server.lost, [ServerAway("cut"), ServerAway("cut")]

    def lost(dialogue: str) -> None:
        if away:
            raise away.pop()
        told(dialogue)

    monkeypatch.setattr(made.server, "lost", lost)
    reader.cut_after(20, 0)
    assert made.write(reader) == 1
    assert [talk.over for talk in made.server.talks.values()] == [True, True]
    assert made.journal.open() == []
    assert [line.outcome for line in made.journal._read("ORDER BY id", ())] == [Outcome.LOST, Outcome.DONE]


def test_a_loss_is_told_and_noted_at_once(bench: Any, hand: Any, blank: Any) -> None:
    made, reader = bench(total=1), hand([blank("ntag424", "a")])
    reader.cut_after(20, 0)
    assert made.write(reader) == 1
    assert [line.outcome for line in made.journal._read("ORDER BY id", ())] == [Outcome.LOST, Outcome.DONE]


@pytest.mark.parametrize(
    ("known", "plan", "outcome", "number"),
    [("live", "p", Outcome.DONE, 2), ("reserved", "p", Outcome.LOST, 2), ("live", "q", Outcome.LOST, 2),
     ("", "p", Outcome.LOST, None)],
)  # fmt: skip
@pytest.mark.parametrize("named", [True, False], ids=["dialogue known", "no answer came"])
def test_a_start_ends_at_the_server_what_a_cut_left_open(
    bench: Any, hand: Any, known: str, plan: str, outcome: Outcome, number: int | None, named: bool
) -> None:
    made, uid = bench(), "04DE5F1EACC040"
    made.station(lambda: hand([]))
    entry = made.journal.plan(plan=plan, family="ntag424", request="cut off", uid=uid, now=NOW)
    wish = Wish("cut off", "provision", "ntag424", plan, None, False)
    if named:
        made.server.begin(wish)
        made.journal.note(entry, State.BOUND, "write", NOW, "cut off")
    made.server.bound.update({uid: 2} if known else {})
    made.server.live.update({uid} if known == "live" else ())
    made.write(hand([]))
    (line,) = made.journal.report()
    assert (line.outcome, line.number, made.journal.open()) == (outcome, number, [])
    assert (made.server.talks["cut off"].wish, made.server.talks["cut off"].over) == (wish, True)


def test_what_the_server_will_not_begin_again_is_closed_and_the_work_goes_on(
    bench: Any, hand: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuses(wish: Wish) -> Any:
        raise ServerRefused(409, "conflict", "a closed plan")

    made = bench()
    made.station(lambda: hand([]))
    made.journal.plan(plan="p", family="ntag424", request="cut off", uid="04", now=NOW)
    monkeypatch.setattr(made.server, "begin", refuses)
    assert made.write(hand([])) == 0
    assert [line.outcome for line in made.journal.report()] == [Outcome.REFUSED]


def test_a_start_asks_for_the_chips_that_are_not_finished(bench: Any, hand: Any) -> None:
    made = bench()
    made.station(lambda: hand([]))
    entry = made.journal.plan(plan="p", family="ntag424", request="cut off", uid="04", now=NOW)
    made.journal.note(entry, State.BOUND, "write", NOW, "1")
    made.journal.finish(entry, Outcome.LOST, NOW, 2)
    made.write(hand([]))
    assert made.screen.signs[0].sentence == "Có 1 chip viết dở (số 2)."


def test_a_plan_that_is_full_passes_its_chips_on_to_the_next(bench: Any, hand: Any, blank: Any) -> None:
    made, reader = bench(), hand([blank("ntag424", "a")])
    (plan,) = made.server.plans()
    full = replace(plan, plan="full", done=plan.total)
    assert made.station(lambda: reader).write([full, plan], more=lambda: False) == 1
    assert [line.plan for line in made.journal.report()] == ["p"]


def test_a_journal_of_another_release_is_not_written(bench: Any, hand: Any) -> None:
    made = bench()
    made.station(lambda: hand([]))
    made.journal._base.execute("PRAGMA user_version=9")
    made.journal.close()
    with pytest.raises(JournalError, match="expected a journal of version 1, got 9"):
        Journal(made.folder / "journal.db")


def test_a_reader_that_is_unplugged_is_waited_for(bench: Any, hand: Any, blank: Any) -> None:
    class Unplugged(hand):  # type: ignore[misc]
        def transceive(self, command: bytes) -> bytes:
            if self.exchanges == 10:
                raise ReaderGone("Đầu đọc vừa bị rút ra.")
            return super().transceive(command)

    made, chip = bench(), blank("ntag424", "a")
    readers = iter([Unplugged([chip]), NoReader("none"), ReaderTaken("held"), hand([chip])])

    def opened() -> Any:
        found = next(readers)
        if isinstance(found, ReaderError):
            raise found
        return found

    station = made.station(opened)
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


def test_a_look_says_who_and_why_and_tells_when_the_chip_is_lost(
    bench: Any, hand: Any, blank: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, reader, begun, lost = bench(), hand([blank("ntag424", "a")]), [], []

    def begin(wish: Wish) -> tuple[str, Command]:
        begun.append(wish)
        return "d1", Command(0, bytes.fromhex("9060000000"), Step.LOOK, False)

    monkeypatch.setattr(made.server, "begin", begin)
    monkeypatch.setattr(made.server, "lost", lost.append)
    reader.cut_after(0, 0)
    station = made.station(lambda: reader)
    with pytest.raises(ChipLost):
        station.look(station.contact(), "void", True, "chị Hoa", "rách")
    (wish,) = begun
    assert (wish.kind, wish.family, wish.sim, wish.by, wish.reason) == (
        "void",
        "ntag424",
        True,
        "chị Hoa",
        "rách",
    )
    assert lost == ["d1"]


@pytest.mark.parametrize(("status", "stops"), [(401, True), (403, True), (409, False)])
def test_a_station_that_is_not_let_in_stops_and_the_refusal_is_noted(
    bench: Any, hand: Any, blank: Any, monkeypatch: pytest.MonkeyPatch, status: int, stops: bool
) -> None:
    def begin(wish: Wish) -> None:
        raise ServerRefused(status, "no", "expected another one")

    made, reader = bench(), hand([blank("ntag424", "a")])
    monkeypatch.setattr(made.server, "begin", begin)
    with pytest.raises(ServerRefused) if stops else nullcontext():
        made.write(reader)
    assert [(line.outcome, line.told) for line in made.journal.report()] == [(Outcome.REFUSED, "no")]
    assert ("refused" in made.screen.kinds()) is not stops
