"""A refusal names what to act on: the number and lot of a chip, the chips that hold the last numbers."""

from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from ocop.hardware.client import Refusal, StationClient, Wish
from ocop.hardware.phrases import EN, VI
from ocop.hardware.reader import ChipLost
from ocop.hardware.simulator import blank_424
from ocop.trace.api.stations import add_stations

WORDS = pytest.mark.parametrize("words", [VI, EN], ids=["vi", "en"])


def half(workshop: Any, plan: int, seed: bytes) -> Any:
    chip = blank_424(seed)
    with pytest.raises(ChipLost):
        workshop.write(plan, chip, cut=(27, 4))
    return chip


def over_http(workshop: Any, connect: Any, plan: int, chip: Any, number: int | None = None) -> Refusal:
    """As a station gets it."""
    api = FastAPI()
    add_stations(api, lambda: workshop.bench)
    http: httpx.Client = connect(api, workshop.token)
    client = StationClient(http)
    wish = Wish(f"request-{chip.uid.hex()}-{plan}", "provision", "ntag424", str(plan), number, sim=True)
    dialogue, then = client.begin(wish)
    chip.activate()
    while not isinstance(then, Refusal):
        then = client.answer(dialogue, then.position, chip.transceive(then.command))
    return then


@WORDS
def test_a_full_lot_says_which_chips_hold_its_last_numbers_since_when(
    workshop: Any, connect: Any, words: Any
) -> None:
    plan = workshop.plan(first=1, last=2)
    workshop.write(plan, blank_424(b"done"))
    broken = half(workshop, plan, b"broken")
    said = over_http(workshop, connect, plan, blank_424(b"next"))
    assert said.code == "plan_stuck"
    uid = broken.uid.hex().upper()
    assert said.about == {
        "held": [{"number": 2, "uid": uid, "since": "2026-11-23T11:05:06+07:00"}],
        "count": 1,
    }
    sentence, hint = words.refusal(said.code, said.sentence, said.hint, said.about)
    assert f"2 (chip {uid}" in sentence
    assert "23/11/2026" in sentence
    assert "ocop-trace chips void" in hint
    assert workshop.write(plan, broken).number == 2
    assert workshop.write(plan, blank_424(b"next")).code == "plan_full"


def test_only_the_first_of_many_are_said(shop: Any) -> None:
    plan = shop.plan(first=1, last=5)
    for number in range(5):
        half(shop, plan, b"broken%d" % number)
    said = shop.write(plan, blank_424(b"next"))
    assert (said.about["count"], len(said.about["held"])) == (5, 5)
    assert VI.refusal(said.code, "", "", said.about)[0].endswith("và 2 số nữa.")


@WORDS
def test_a_chip_of_another_number_or_lot_is_told_by_both(workshop: Any, connect: Any, words: Any) -> None:
    chip = blank_424(b"ours")
    workshop.write(workshop.plan(), chip, number=4)
    for lot, wanted, code in (("L2609A", 2, "other_number"), ("L2609B", None, "other_batch")):
        said = over_http(workshop, connect, workshop.plan(lot=lot), chip, wanted)
        assert (said.code, said.about["number"], said.about["lot"]) == (code, 4, "L2609A")
        sentence, hint = words.refusal(said.code, said.sentence, said.hint, said.about)
        assert "4" in sentence
        assert "4" in hint
        assert code == "other_number" or "L2609A" in sentence


ODD = [{}, {"number": None}, {"held": 3}, {"held": [{}], "count": 1}]
ODD += [{"held": [{"number": 1, "uid": "", "since": "x"}], "count": 1}]


@pytest.mark.parametrize("about", ODD)
@pytest.mark.parametrize("code", ["plan_stuck", "other_batch"])
def test_a_server_that_says_less_gets_the_plain_sentence(code: str, about: dict[str, Any]) -> None:
    sentence, hint = VI.refusal(code, "developer", "developer", about)
    assert sentence
    assert hint
    assert "{" not in sentence + hint
    assert "developer" not in sentence + hint


def test_both_languages_name_the_same_things() -> None:
    full = [name for name in VI.refusals if name.endswith(" +")]
    assert len(full) >= 3
    for name in full:
        assert name[:-2] in VI.refusals
        for at in (0, 1):
            for field in ("{number}", "{lot}", "{held}"):
                assert (field in VI.refusals[name][at]) == (field in EN.refusals[name][at]), name
