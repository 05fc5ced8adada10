"""What is kept, asked and let go around a chip: the journal's word for a no, the label, the reader that went."""

from dataclasses import replace
from typing import Any

import pytest
from ocop.hardware.client import Refusal, ServerRefused
from ocop.hardware.journal import Outcome
from ocop.hardware.reader import ReaderGone
from ocop.hardware.signs import Kind


@pytest.mark.parametrize("how", ["a no to the chip", "a no to the request"])
def test_a_chip_that_was_refused_is_in_the_journal_with_the_reason(
    bench: Any, hand: Any, blank: Any, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    made = bench()

    def begun(wish: Any) -> Any:
        if how == "a no to the request":
            raise ServerRefused(409, "conflict", "no")
        return wish.request, Refusal("full", "no", "")

    monkeypatch.setattr(made.server, "begin", begun)
    assert made.write(hand([blank("ntag424", "a")])) == 0
    (line,) = made.journal.report("p")
    assert (line.outcome, line.told) == (
        Outcome.REFUSED, "conflict" if how == "a no to the request" else "full"
    )  # fmt: skip
    assert made.journal.open() == []


def test_what_is_settled_keeps_the_number_that_its_label_had(
    bench: Any, hand: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, begin, wishes = bench(), None, []
    station = made.station(lambda: hand([]))
    made.journal.plan(
        plan="p", family="ntag424", request="r9", uid="04A1", wished=3, now=made.world().now()
    )  # fmt: skip
    begin = made.server.begin
    monkeypatch.setattr(made.server, "begin", lambda wish: (wishes.append(wish), begin(wish))[1])
    station.settle()
    assert [(wish.request, wish.number) for wish in wishes] == [("r9", 3)]
    assert made.journal.open() == []


def test_a_no_in_the_middle_of_a_chip_is_about_the_chip_and_keeps_the_label(
    bench: Any, hand: Any, blank: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, asked, answer = bench(), iter([2, None]), None
    answer, noes = made.server.answer, [ServerRefused(409, "conflict", "no")]

    def answers(*words: Any) -> Any:
        if noes:
            raise noes.pop()
        return answer(*words)

    monkeypatch.setattr(made.server, "answer", answers)
    assert made.write(hand([blank("ntag424", name) for name in "ab"]), label=lambda: next(asked)) == 1
    assert made.screen.numbers() == [2]


def test_a_label_of_none_of_the_plans_is_refused_by_the_server_and_ends_nothing(
    bench: Any, hand: Any, blank: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, asked, begin = bench(), iter([99, 1, None]), None
    begin = made.server.begin

    def begun(wish: Any) -> Any:
        return (wish.request, Refusal("PlanError", "no", "")) if wish.number == 99 else begin(wish)

    monkeypatch.setattr(made.server, "begin", begun)
    (plan,) = made.server.plans()
    reader = hand([blank("ntag424", name) for name in "ab"])
    plans = [plan, replace(plan, plan="other", first=10, last=12)]
    made.station(lambda: reader).write(plans, label=lambda: next(asked), more=lambda: False)
    assert made.screen.kinds().count("refused") == 1
    assert made.screen.numbers() == [1]


def test_a_reader_that_is_gone_is_let_go_before_another_is_opened(bench: Any, hand: Any, blank: Any) -> None:
    made, done = bench(), []

    class Gone(hand):  # type: ignore[misc]
        def wait_for_chip(self, seconds: float) -> Any:
            raise ReaderGone("gone", "plug it in")

        def close(self) -> None:
            done.append("let go")

    readers = [Gone([]), hand([blank("ntag424", "a")])]

    def opened() -> Any:
        done.append("open")
        return readers.pop(0)

    assert made.station(opened).write(made.server.plans(), more=lambda: False) == 1
    assert done == ["open", "let go", "open"]
    assert made.screen.kinds().count(Kind.READER.value) == 1
