"""Dialogues kept in memory: a convenience that never decides anything."""

from dataclasses import replace
from typing import Any

import pytest
from ocop.hardware.simulator import SimulatedReader, blank_424
from ocop.trace import provisioning as verbs
from ocop.trace.provisioning_flows import Done
from ocop.trace.provisioning_talks import Talks
from ocop.trace.tags.dialogue import Dialogue, Exchange, Finished
from ocop.trace.tags.errors import ChipError


def count_to(end: int, begun: list[int]) -> Dialogue[Done]:
    begun.append(end)
    heard = b""
    for number in range(end):
        heard += yield Exchange(bytes([number]))
    return Done(heard, "ntag424")


def test_each_answer_moves_the_one_generator_and_sending_twice_changes_nothing() -> None:
    begun: list[int] = []
    talks, given = Talks(), []
    for number in range(4):
        for _ in range(2):
            assert talks.advance(7, given, lambda: count_to(4, begun)) == Exchange(bytes([number]))
        given.append(bytes([65 + number]))
    assert begun == [4]
    assert talks.advance(7, given, lambda: count_to(4, begun)) == Finished(Done(b"ABCD", "ntag424"))
    assert (begun, len(talks)) == ([4], 0)


def test_an_earlier_position_is_replayed_beside_the_running_one() -> None:
    begun: list[int] = []
    talks = Talks()
    talks.advance(7, [b"A", b"B"], lambda: count_to(4, begun))
    assert talks.advance(7, [b"A"], lambda: count_to(4, begun)) == Exchange(b"\x01")
    assert talks.advance(7, [b"A", b"B", b"C"], lambda: count_to(4, begun)) == Exchange(b"\x03")
    assert begun == [4, 4]


def test_answers_that_another_worker_took_are_caught_up_and_other_ones_are_never_mixed() -> None:
    begun: list[int] = []
    talks = Talks()
    talks.advance(7, [b"A"], lambda: count_to(4, begun))
    assert talks.advance(7, [b"A", b"B", b"C"], lambda: count_to(4, begun)) == Exchange(b"\x03")
    assert begun == [4]
    told = talks.advance(7, [b"x", b"B", b"C", b"D"], lambda: count_to(4, begun))
    assert (told, begun) == (Finished(Done(b"xBCD", "ntag424")), [4, 4])


def test_only_so_many_are_kept_and_a_broken_one_is_not() -> None:
    begun: list[int] = []
    talks = Talks(most=2)
    for number in range(5):
        talks.advance(number, [], lambda: count_to(4, begun))
    assert len(talks) == 2

    def broken() -> Dialogue[Done]:
        yield Exchange(b"")
        raise ChipError("expected an end")

    talks.advance(9, [], broken)
    with pytest.raises(ChipError, match="an end"):
        talks.advance(9, [b""], broken)
    talks.forget(4)
    assert len(talks) == 0


def test_workers_that_take_turns_at_every_answer_write_the_chip(workshop: Any) -> None:
    """Two workers of one store, and one that is restarted now and then."""
    plan, reader = workshop.plan(), SimulatedReader(blank_424(b"turns"))
    began = workshop.begin(plan)
    one, other = workshop.bench, replace(workshop.bench, talks=Talks())
    reply, turn = began.reply, 0
    while isinstance(reply, verbs.Command):
        turn += 1
        bench = one if turn % 3 else other
        if turn % 7 == 0:
            bench = replace(workshop.bench, talks=Talks())
        reply = verbs.answer(
            bench, workshop.caller, began.dialogue, reply.position, reader.transceive(reply.exchange.command)
        )
    assert isinstance(reply, verbs.Finished)
    assert (reply.number, reply.state, turn > 20) == (1, "live", True)
