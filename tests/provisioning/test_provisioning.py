"""Dialogues that the server leads: whatever is cut, a chip ends blank, complete or void, and no number has two."""

from datetime import UTC, datetime
from typing import Any

import pytest
from ocop.hardware.reader import ChipLost
from ocop.hardware.simulator import blank_21x, blank_424, load, save
from ocop.hardware.simulator_tray import tap
from ocop.trace import provisioning as verbs
from ocop.trace import provisioning_desk
from ocop.trace import provisioning_stations as stations
from ocop.trace.provisioning_chips import void_chip
from ocop.trace.provisioning_desk import Bench
from ocop.trace.registry.errors import BadValue, Conflict, Unknown
from ocop.trace.registry.ledger_store import By, replay
from ocop.trace.signing.entries import Why
from ocop.trace.signing.merkle import root
from ocop.trace.tags import ntag21x
from ocop.trace.tags.dialogue import seeded
from ocop.trace.tags.plan import Kind
from ocop.trace.withdrawing import withdraw_key

NOW = datetime(2026, 11, 23, 4, 5, 6, tzinfo=UTC)
FAMILIES = [(Kind.NTAG424, lambda seed: blank_424(seed)),
            (Kind.NTAG21X, lambda seed: blank_21x(ntag21x.NTAG215, seed))]  # fmt: skip
BY = By("anh Tín", NOW)
both = pytest.mark.parametrize(("family", "blank"), FAMILIES, ids=["424", "21x"])


def code(reply: verbs.Reply) -> str:
    return reply.code if isinstance(reply, verbs.Refused) else type(reply).__name__


@both
def test_a_blank_chip_is_bound_written_and_live_with_the_counter_that_reading_spent(
    workshop: Any, family: Kind, blank: Any
) -> None:
    chip = blank(b"one")
    done = workshop.write(workshop.plan(family), chip, family=family)
    assert isinstance(done, verbs.Finished)
    assert (done.number, done.state, done.uid) == (1, "live", chip.uid)
    row = workshop.bound()[1]
    assert row.counter == done.report["counter"]
    link = tap(chip)
    assert link is not None
    assert link.startswith("https://id.ocop.example/01/09521234543213/10/L2609A/21/000001?s=")
    assert int(link.partition("&m=")[2][15:21], 16) > (row.counter or 0)


@both
def test_a_cut_at_any_exchange_is_resumed_with_the_same_number(shop: Any, family: Kind, blank: Any) -> None:
    plan = shop.plan(family)
    saved = save(blank(b"cut"))
    shop.write(shop.plan(family, lot="L2609B"), blank(b"other"), family=family)
    total = shop.last
    assert total >= 30
    for after in range(0, total, 3 if family is Kind.NTAG424 else 8):
        for kept in (0, 4):
            chip = load(saved)
            with pytest.raises(ChipLost):
                shop.write(plan, chip, cut=(after, kept), family=family)
            done = shop.write(plan, load(save(chip)), family=family)
            assert isinstance(done, verbs.Finished), (after, kept, done)
            assert done.number == 1
            bound = shop.bound()
            assert list(bound) == [1]
            with shop.store.begin() as session:
                void_chip(session, bound[1].uid, BY)
            if family is Kind.NTAG21X:
                break


@both
def test_a_second_tap_changes_nothing_and_says_the_same_number(shop: Any, family: Kind, blank: Any) -> None:
    plan, chip = shop.plan(family), blank(b"twice")
    shop.write(plan, chip, family=family)
    before = [row.model_dump(exclude={"counter"}) for row in shop.bindings()]
    again = shop.write(plan, chip, family=family)
    assert isinstance(again, verbs.Finished)
    assert again.number == 1
    assert [row.model_dump(exclude={"counter"}) for row in shop.bindings()] == before


def test_a_label_scanned_first_decides_the_number_and_a_taken_one_is_refused(shop: Any) -> None:
    plan = shop.plan()
    assert shop.write(plan, blank_424(b"a"), number=4).number == 4
    assert code(shop.write(plan, blank_424(b"b"), number=4)) == "number_taken"
    assert code(shop.write(plan, blank_424(b"c"), number=9)) == "plan_error"
    first = blank_424(b"d")
    shop.write(plan, first)
    assert code(shop.write(plan, first, number=2)) == "other_number"


def test_a_chip_of_another_batch_is_never_written_over(shop: Any) -> None:
    chip = blank_424(b"a")
    shop.write(shop.plan(), chip)
    before = chip.files[2].data[:]
    assert code(shop.write(shop.plan(lot="L2609B"), chip)) == "other_batch"
    assert chip.files[2].data == before


@both
def test_a_chip_of_another_plan_of_its_lot_is_left_alone(shop: Any, family: Kind, blank: Any) -> None:
    first, second = shop.plan(family, 1, 2), shop.plan(family, 3, 5)
    chip = blank(b"second")
    assert shop.write(second, chip, family=family).number == 3
    before = save(chip)
    said = shop.write(first, chip, family=family)
    assert (code(said), "another plan" in said.hint) == ("other_batch", True)
    assert [(row.number, row.state) for row in shop.bindings()] == [(3, "live")]
    if family is Kind.NTAG21X:
        assert load(before).memory == chip.memory
    assert shop.write(None, chip, kind="inspect", family=family).number == 3


def test_a_full_plan_says_so(shop: Any) -> None:
    plan = shop.plan(last=1)
    shop.write(plan, blank_424(b"a"))
    assert code(shop.write(plan, blank_424(b"b"))) == "plan_full"


def test_an_ntag213_and_a_chip_without_version_are_refused_unwritten(shop: Any) -> None:
    plan = shop.plan(Kind.NTAG21X)
    small = blank_21x(ntag21x.NTAG213, b"small")
    before = save(small)
    assert code(shop.write(plan, small, family=Kind.NTAG21X)) == "too_small"
    assert save(small) == before
    began = shop.begin(plan, family=Kind.NTAG21X)
    assert code(verbs.answer(shop.bench, shop.caller, began.dialogue, 0, b"")) == "no_version"
    assert not shop.bound()


def test_a_chip_of_the_other_family_is_refused(shop: Any) -> None:
    plan = shop.plan()
    with pytest.raises(Conflict, match="family"):
        shop.begin(plan, family=Kind.NTAG21X)


def test_a_simulated_chip_is_no_original_when_it_is_not_said_to_be_simulated(shop: Any) -> None:
    wish = verbs.Wish("request-real", "provision", Kind.NTAG21X, shop.plan(Kind.NTAG21X))
    began = verbs.begin(shop.bench, shop.caller, wish, shop.chance)
    reply, chip = began.reply, blank_21x(ntag21x.NTAG215, b"x")
    chip.activate()
    while isinstance(reply, verbs.Command):
        data = chip.transceive(reply.exchange.command)
        reply = verbs.answer(shop.bench, shop.caller, began.dialogue, reply.position, data)
    assert code(reply) == "not_original"
    assert not shop.bound()


def test_simulated_chips_are_for_the_demo_realm_only(shop: Any) -> None:
    b = shop.bench
    real = Bench(b.begin, b.read, b.keystore, b.masters, "ocop.example/tag", b.public_url, b.clock)
    with pytest.raises(BadValue, match="sim"):
        verbs.begin(
            real, shop.caller, verbs.Wish("request-1", "provision", Kind.NTAG424, 1, None, True), bytes
        )


@pytest.mark.parametrize("family", list(Kind))
def test_nothing_is_signed_before_its_binding_stands(
    shop: Any, family: Kind, monkeypatch: pytest.MonkeyPatch
) -> None:
    sign, asked = provisioning_desk.sign_link, []

    def signed(bench: Bench, about: Any, uid: bytes) -> str:
        asked.append({number: row.uid for number, row in shop.bound().items()} == {about["number"]: uid})
        return sign(bench, about, uid)

    monkeypatch.setattr(provisioning_desk, "sign_link", signed)
    chip = blank_424(b"x") if family is Kind.NTAG424 else blank_21x(ntag21x.NTAG215, b"x")
    assert shop.write(shop.plan(family), chip, number=3, family=family).number == 3
    assert asked == [True]


def test_an_answer_sent_again_gets_the_same_reply_and_another_one_is_refused(workshop: Any) -> None:
    chip = blank_424(b"again")
    chip.activate()
    began = workshop.begin(workshop.plan())
    assert isinstance(began.reply, verbs.Command)
    data = chip.transceive(began.reply.exchange.command)
    ask = (workshop.bench, workshop.caller, began.dialogue)
    reply = verbs.answer(*ask, 0, data)
    assert verbs.answer(*ask, 0, data) == reply
    with pytest.raises(verbs.OtherAnswer):
        verbs.answer(*ask, 0, b"\x90\x01")
    for early in (-1, 2, 99):
        with pytest.raises(verbs.OutOfOrder):
            verbs.answer(*ask, early, data)


def test_the_same_request_finds_the_same_dialogue_and_another_wish_is_refused(shop: Any) -> None:
    plan = shop.plan()
    wish = verbs.Wish("request-same", "provision", Kind.NTAG424, plan, simulated=True)
    one = verbs.begin(shop.bench, shop.caller, wish, shop.chance)
    assert verbs.begin(shop.bench, shop.caller, wish, shop.chance) == one
    other = verbs.Wish("request-same", "provision", Kind.NTAG424, plan, 3, simulated=True)
    with pytest.raises(Conflict, match="same wish"):
        verbs.begin(shop.bench, shop.caller, other, shop.chance)


def test_a_dialogue_of_another_station_cannot_be_spoken_to(shop: Any) -> None:
    began = shop.begin(shop.plan())
    with pytest.raises(Unknown):
        verbs.answer(shop.bench, stations.Caller(2, "Bàn 2"), began.dialogue, 0, b"")


def test_a_plan_that_is_closed_in_the_middle_binds_no_chip(shop: Any) -> None:
    plan, chip = shop.plan(), blank_424(b"late")
    chip.activate()
    began = shop.begin(plan)
    with shop.store.begin() as session:
        stations.close_plan(session, plan, BY)
    reply = began.reply
    while isinstance(reply, verbs.Command):
        data = chip.transceive(reply.exchange.command)
        reply = verbs.answer(shop.bench, shop.caller, began.dialogue, reply.position, data)
    assert (code(reply), shop.bindings()) == ("conflict", [])


def test_a_dialogue_that_was_lost_takes_no_more_answers(shop: Any) -> None:
    began = shop.begin(shop.plan())
    verbs.lost(shop.bench, shop.caller, began.dialogue)
    with pytest.raises(verbs.OutOfOrder, match="that is lost"):
        verbs.answer(shop.bench, shop.caller, began.dialogue, 0, b"\x90\x00")


def test_a_plan_of_one_station_is_that_stations_and_so_is_a_request(shop: Any) -> None:
    with shop.store.begin() as session:
        token = stations.add_station(session, "Bàn 2", seeded(b"second"), NOW)
        other = stations.authenticate(session, token)
        mine = stations.make_plan(
            session, "09521234543213", "L2609A", Kind.NTAG424, 1, 2, "https://a.vn", "anh Tín", NOW, "Bàn 1"
        ).plan
        assert [view.plan for view in stations.plans_for(session, shop.caller)] == [mine]
        assert stations.plans_for(session, other) == []
    wish = verbs.Wish("request-of-one", "provision", Kind.NTAG424, mine, simulated=True)
    with pytest.raises(Unknown, match="plan of this station"):
        verbs.begin(shop.bench, other, wish, shop.chance)
    look = verbs.Wish("request-of-both", "inspect", Kind.NTAG424, simulated=True)
    both_ = {verbs.begin(shop.bench, who, look, shop.chance).dialogue for who in (shop.caller, other)}
    assert len(both_) == 2


def test_a_binding_that_ends_in_the_middle_is_not_written_on(shop: Any) -> None:
    plan, chip = shop.plan(), blank_424(b"mid")
    chip.activate()
    began = shop.begin(plan)
    reply = began.reply
    while not shop.bound():
        data = chip.transceive(reply.exchange.command)
        reply = verbs.answer(shop.bench, shop.caller, began.dialogue, reply.position, data)
    with shop.store.begin() as session:
        void_chip(session, shop.bound()[1].uid, BY)
    data = chip.transceive(reply.exchange.command)
    ended = verbs.answer(shop.bench, shop.caller, began.dialogue, reply.position, data)
    assert code(ended) == "binding_ended"


def test_a_withdrawn_key_signs_no_chip(shop: Any) -> None:
    plan = shop.plan()
    with shop.store.begin() as session:
        withdraw_key(session, "htx-ben-may", 1, Why.KEY_LOST, By("anh Tín", shop.bench.clock(), "mất khoá"))
    assert code(shop.write(plan, blank_424(b"a"))) == "no_usable_key"
    assert not shop.bound()


def test_a_voided_chip_is_blank_and_can_be_bound_again_with_the_next_generation(workshop: Any) -> None:
    plan, chip = workshop.plan(), blank_424(b"void")
    workshop.write(plan, chip)
    done = workshop.write(plan, chip, kind="void")
    assert (done.number, done.state) == (1, "void")
    assert tap(chip) is None
    assert not workshop.bound()
    workshop.masters.keys[2] = bytes(range(16))
    assert workshop.write(plan, chip).number == 1
    row = workshop.bound()[1]
    assert (row.master_generation, row.chip_generation) == (2, 2)


def test_a_chip_that_was_never_ours_is_not_blanked(shop: Any) -> None:
    assert code(shop.write(None, blank_424(b"x"), kind="void")) == "foreign_chip"


def test_looking_at_a_chip_proves_key_3_now_and_judges_its_link(workshop: Any) -> None:
    chip = blank_424(b"look")
    strange = workshop.write(None, chip, kind="inspect")
    assert (strange.state, strange.report["live"]) == ("unknown", None)
    workshop.write(workshop.plan(), chip)
    # The house's store signs for `demo.invalid/tag` here, so the link must hold for the chip that carries it.
    seen = workshop.write(None, chip, kind="inspect")
    assert (seen.state, seen.number, seen.report["live"]) == ("live", 1, True)
    assert seen.report["signature"] == "holds"


def test_closing_the_last_plan_enters_the_root_of_the_bound_chips(workshop: Any) -> None:
    plan, made = workshop.plan(), [blank_424(b"a"), blank_424(b"b")]
    workshop.write(plan, made[0])
    # Pulled away behind its binding: reserved, and its first tap makes it live without asking anybody.
    with pytest.raises(ChipLost):
        workshop.write(plan, made[1], cut=(25, 0))
    assert [chip.state for chip in workshop.bindings()] == ["live", "reserved"]
    with workshop.store.begin() as session:
        stations.close_plan(session, plan, By("anh Tín", workshop.bench.clock()))
    with workshop.store.read() as session:
        batch = replay(session).batch("09521234543213", "L2609A")
    assert batch is not None
    assert batch.chips_root == root([chip.uid for chip in made])
    with pytest.raises(Conflict, match="closed"):
        workshop.begin(plan)


def test_a_token_opens_until_it_is_revoked_and_nothing_else_does(workshop: Any) -> None:
    with workshop.store.begin() as session:
        assert stations.authenticate(session, workshop.token).name == "Bàn 1"
        for wrong in (
            "",
            "1",
            "1.",
            workshop.token[:-1],
            workshop.token + "A",
            "2" + workshop.token[1:],
            "x.y",
            "².",
        ):
            with pytest.raises(stations.NotAllowed):
                stations.authenticate(session, wrong)
        stations.revoke_station(session, "Bàn 1", workshop.bench.clock())
        with pytest.raises(stations.NotAllowed):
            stations.authenticate(session, workshop.token)


@pytest.mark.parametrize("revoked", [False, True])
def test_a_renewed_token_is_the_only_one_that_opens(workshop: Any, revoked: bool) -> None:
    with workshop.store.begin() as session:
        if revoked:
            stations.revoke_station(session, "Bàn 1", workshop.bench.clock())
        renewed = stations.renew_token(session, "Bàn 1", seeded(b"another"))
    with workshop.store.read() as session:
        assert stations.authenticate(session, renewed) == stations.Caller(1, "Bàn 1")
        with pytest.raises(stations.NotAllowed):
            stations.authenticate(session, workshop.token)
