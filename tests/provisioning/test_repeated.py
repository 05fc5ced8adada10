"""What a station sends again, at any time, gets the reply it got; what it makes of a request counts once."""

from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest
from ocop.hardware.reader import ChipLost
from ocop.hardware.simulator import blank_21x, blank_424
from ocop.trace import provisioning as verbs
from ocop.trace import provisioning_stations as stations
from ocop.trace.provisioning_chips import bind_chip, replace_chip, void_chip
from ocop.trace.provisioning_desk import ServerDesk
from ocop.trace.provisioning_flows import Done
from ocop.trace.registry.chips import NewChip
from ocop.trace.registry.errors import BadValue, Conflict, Unknown
from ocop.trace.registry.ledger_store import By
from ocop.trace.registry.tables_chips import ChipDialogue
from ocop.trace.tags.ndef import encode_uri, to_type4
from ocop.trace.tags.ntag21x import NTAG213, NTAG215
from ocop.trace.tags.plan import Kind

GTIN, LOT = "09521234543213", "L2609A"
MADE = {Kind.NTAG424: lambda seed: blank_424(seed), Kind.NTAG21X: lambda seed: blank_21x(NTAG215, seed)}
Said = list[tuple[int, bytes, verbs.Reply]]


def carried(shop: Any, chip: Any, plan: int | None, **more: Any) -> tuple[int, Said]:
    """The dialogue, and each answer with what it was replied."""
    began = shop.begin(plan, **more)
    reply, said = began.reply, []  # type: ignore[var-annotated]
    chip.activate()
    while isinstance(reply, verbs.Command):
        if reply.exchange.reactivate:
            chip.activate()
        data, position = chip.transceive(reply.exchange.command), reply.position
        reply = verbs.answer(shop.bench, shop.caller, began.dialogue, position, data)
        said.append((position, data, reply))
    return began.dialogue, said


def again(shop: Any, dialogue: int, said: Said) -> list[verbs.Reply]:
    return [verbs.answer(shop.bench, shop.caller, dialogue, position, data) for position, data, _ in said]


@pytest.mark.parametrize("family", list(Kind))
@pytest.mark.parametrize("kind", ["provision", "inspect", "void"])
def test_each_answer_sent_again_after_the_end_gets_the_reply_it_got(
    shop: Any, family: Kind, kind: str
) -> None:
    plan, chip = shop.plan(family), MADE[family](b"again")
    if kind != "provision":
        shop.write(plan, chip, family=family)
    dialogue, said = carried(shop, chip, plan if kind == "provision" else None, kind=kind, family=family)
    before = [(row.number, row.state, row.counter) for row in shop.bindings()]
    replies = [reply for _, _, reply in said]
    assert not isinstance(replies[-1], verbs.Command)
    assert again(shop, dialogue, said) == replies
    assert again(shop, dialogue, said[::-1]) == replies[::-1]
    verbs.lost(shop.bench, shop.caller, dialogue)
    assert again(shop, dialogue, said[-1:]) == replies[-1:], "what has ended is not lost"
    with shop.store.read() as session:
        assert session.get_one(ChipDialogue, dialogue).state in ("finished", "refused")
    assert [(row.number, row.state, row.counter) for row in shop.bindings()] == before
    with pytest.raises(verbs.OutOfOrder):
        verbs.answer(shop.bench, shop.caller, dialogue, len(said), b"\x90\x00")
    if kind != "void":
        with shop.store.begin() as session:
            void_chip(session, chip.uid, By("anh Tín", shop.bench.clock()))
        assert again(shop, dialogue, said) == replies, "as it was then"


def test_a_refusal_is_told_again_in_the_same_words_and_only_where_it_was(shop: Any) -> None:
    foreign = blank_424(b"foreign")
    foreign.files[2].write(0, to_type4(encode_uri("https://a.vn/"), 256))
    small = blank_21x(NTAG213, b"small")
    for chip, family, code in (
        (foreign, Kind.NTAG424, "already_written"),
        (small, Kind.NTAG21X, "chip_too_small"),
    ):
        dialogue, said = carried(shop, chip, shop.plan(family), family=family)
        end = said[-1][2]
        assert isinstance(end, verbs.Refused)
        assert (end.code != "", end.sentence != "", end.hint != "") == (True, True, True), code
        assert again(shop, dialogue, said[::-1]) == [reply for _, _, reply in said[::-1]]
        with shop.store.read() as session:
            row = session.get_one(ChipDialogue, dialogue)
            assert (row.state, row.ended_at is not None) == ("refused", True)


def test_a_binding_that_ended_meanwhile_is_refused_from_that_answer_on(shop: Any) -> None:
    plan, chip = shop.plan(), blank_424(b"ended")
    began = shop.begin(plan)
    reply, said = began.reply, []  # type: ignore[var-annotated]
    chip.activate()
    while isinstance(reply, verbs.Command):
        if shop.bound() and len(said) > 15:
            with shop.store.begin() as session:
                void_chip(session, chip.uid, By("anh Tín", shop.bench.clock()))
        data, position = chip.transceive(reply.exchange.command), reply.position
        reply = verbs.answer(shop.bench, shop.caller, began.dialogue, position, data)
        said.append((position, data, reply))
    assert reply.code == "binding_ended"
    assert again(shop, began.dialogue, said) == [reply for _, _, reply in said]


def test_a_binding_from_before_is_not_given_back_with_a_refusal(shop: Any) -> None:
    """It may have been written on, and only who voids it knows that it was not."""
    plan, chip, at = shop.plan(), blank_424(b"before"), 5
    while not shop.bound():
        at += 1
        with suppress(ChipLost):
            shop.write(plan, chip, cut=(at, 0))
    assert shop.bound()[1].state == "reserved"
    chip.files[2].write(0, to_type4(encode_uri("https://a.vn/"), 256))
    assert shop.write(plan, chip).code == "already_written"
    assert {number: (row.uid, row.state) for number, row in shop.bound().items()} == {
        1: (chip.uid, "reserved")
    }


def test_keys_that_were_chosen_for_an_older_binding_are_not_written(shop: Any) -> None:
    chip, by = blank_424(b"slow"), By("anh Tín", shop.bench.clock())
    began = shop.begin(shop.plan())
    reply = began.reply
    chip.activate()
    while isinstance(reply, verbs.Command):
        with shop.store.begin() as session:
            if "ring" in session.get_one(ChipDialogue, began.dialogue).snapshot and not shop.bindings():
                new = NewChip(chip.uid, GTIN, LOT, 4, "ntag424", master_generation=1, chip_generation=1)
                bind_chip(session, new, by)
                void_chip(session, chip.uid, by)
                bind_chip(session, replace(new, chip_generation=2), by)
        data = chip.transceive(reply.exchange.command)
        reply = verbs.answer(shop.bench, shop.caller, began.dialogue, reply.position, data)
    assert reply.code == "binding_ended"
    assert {key.version for key in chip.keys} == {0}, "nothing was written"
    assert (shop.bound()[4].chip_generation, shop.bound()[4].state) == (2, "reserved")


@pytest.mark.parametrize(
    "change",
    [{"kind": "inspect"}, {"family": Kind.NTAG21X}, {"plan": None}, {"number": 3}, {"simulated": False}],
    ids=lambda change: next(iter(change)),
)
def test_another_wish_under_the_same_request_is_refused(shop: Any, change: dict[str, Any]) -> None:
    wish = verbs.Wish("request-same", "void", Kind.NTAG424, shop.plan(), simulated=True)
    one = verbs.begin(shop.bench, shop.caller, wish, shop.chance)
    with pytest.raises(Conflict, match="the same wish"):
        verbs.begin(shop.bench, shop.caller, replace(wish, **change), shop.chance)
    said_otherwise = replace(wish, by="chị Hoa", reason="rách")
    assert verbs.begin(shop.bench, shop.caller, said_otherwise, shop.chance) == one


def test_what_somebody_says_is_cleaned_and_a_wish_that_can_not_be_is_refused(shop: Any) -> None:
    wish = verbs.Wish("request-1", "provision", Kind.NTAG424, shop.plan(), simulated=True, by="  chị Hoa ")
    began = verbs.begin(shop.bench, shop.caller, wish, shop.chance)
    with shop.store.read() as session:
        assert session.get_one(ChipDialogue, began.dialogue).snapshot["said"] == {
            "by": "chị Hoa",
            "reason": "",
        }
    for lost in ({"plan": None}, {"plan": 99}, {"kind": "inspect", "plan": 99}, {"kind": "void", "plan": 99}):
        with pytest.raises(Unknown):
            verbs.begin(
                shop.bench, shop.caller, replace(wish, **{"request": "request-2", **lost}), shop.chance
            )
    wrong = ({"by": "a" * 81}, {"by": "a\0"}, {"reason": "a" * 4001}, {"request": "request"},
             {"request": "request-1\n"}, {"request": "yêu-cầu-1"}, {"request": "a" * 65}, {"kind": "burn"})  # fmt: skip
    for change in wrong:
        with pytest.raises(BadValue):
            verbs.begin(
                shop.bench, shop.caller, replace(wish, **{"request": "request-2", **change}), shop.chance
            )


def test_an_answer_has_at_most_300_bytes_and_a_dialogue_so_many_answers(
    shop: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verbs, "MAX_ANSWERS", 2)
    began = shop.begin(shop.plan())
    ask = (shop.bench, shop.caller, began.dialogue)
    with pytest.raises(BadValue, match="at most 300 bytes"):
        verbs.answer(*ask, 0, bytes(301))
    chip = blank_424(b"many")
    chip.activate()
    reply = began.reply
    for position in (0, 1):
        assert isinstance(reply, verbs.Command)
        reply = verbs.answer(*ask, position, chip.transceive(reply.exchange.command))
    assert isinstance(reply, verbs.Command)
    with pytest.raises(verbs.OutOfOrder):
        verbs.answer(*ask, 2, chip.transceive(reply.exchange.command))
    other = shop.begin(shop.plan(), kind="inspect")
    assert isinstance(
        verbs.answer(shop.bench, shop.caller, other.dialogue, 0, bytes(300)), verbs.Command | verbs.Refused
    )


def test_what_one_worker_decided_another_that_comes_late_takes_over(shop: Any) -> None:
    began = shop.begin(shop.plan())
    with shop.store.read() as session:
        row = session.get_one(ChipDialogue, began.dialogue)
        desks = [ServerDesk(shop.bench, shop.caller, row) for _ in range(2)]
    asked: list[int] = []

    def decide(number: int) -> int:
        asked.append(number)
        return number

    assert [desk._once("number", lambda *_, n=n: decide(n)) for n, desk in enumerate(desks, 1)] == [1, 1]
    assert asked == [1]


def test_an_end_that_one_worker_told_another_that_comes_late_tells_too(shop: Any) -> None:
    plan, chip = shop.plan(), blank_424(b"ours")
    looked, refused = shop.begin(None, kind="inspect").dialogue, shop.begin(plan).dialogue
    with shop.store.read() as session:
        look, no = (session.get_one(ChipDialogue, number) for number in (looked, refused))
    ends = [verbs._finish(shop.bench, shop.caller, look, 7, Done(chip.uid, kind)) for kind in ("ntag424", "")]
    assert ends[0] == ends[1]
    words = [
        verbs._close(shop.bench, shop.caller, no, "refused", [3, code, "…", "", {}]) for code in ("a", "b")
    ]
    assert [said[1] for said in words] == ["a", "a"]


def test_a_dialogue_that_is_lost_is_kept_in_no_memory(shop: Any) -> None:
    began = shop.begin(shop.plan())
    assert len(shop.bench.talks) == 1
    verbs.lost(shop.bench, shop.caller, began.dialogue)
    assert len(shop.bench.talks) == 0


def test_a_plan_has_numbers_of_its_batch_in_their_order(shop: Any) -> None:
    for first, last in ((0, 3), (1, 6), (6, 6), (4, 2), (-1, 5)):
        with pytest.raises(BadValue, match=r"within 1\.\.5"):
            shop.plan(first=first, last=last)
    assert [shop.plan(first=first, last=last) for first, last in ((1, 5), (5, 5))] == [1, 2]


def test_a_plan_counts_what_is_live_as_done_and_what_ended_as_void(shop: Any) -> None:
    plan, by = shop.plan(), By("anh Tín", shop.bench.clock())
    one, two, three = (blank_424(name) for name in (b"one", b"two", b"three"))
    for chip in (one, two, three):
        shop.write(plan, chip)
    with shop.store.begin() as session:
        void_chip(session, one.uid, by)
        replace_chip(session, two.uid, by)
    carried_on = shop.begin(plan)
    reply, chip = carried_on.reply, blank_424(b"half")
    chip.activate()
    while isinstance(reply, verbs.Command) and len(shop.bound()) < 2:
        data = chip.transceive(reply.exchange.command)
        reply = verbs.answer(shop.bench, shop.caller, carried_on.dialogue, reply.position, data)
    assert sorted(row.state for row in shop.bound().values()) == ["live", "reserved"]
    with shop.store.read() as session:
        (view,) = stations.plans_for(session, shop.caller)
    assert (view.done, view.void, view.total) == (1, 2, 5)
