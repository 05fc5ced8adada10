"""Choosing from long lists: the Vietnamese alphabet, nothing chosen beforehand, a few words find a name."""

import re

import pytest
from ocop.trace.api.rooms.picking import alphabetical, choices, narrowed

MAKERS = (("1", "Đồi Chè"), ("2", "Bến Mây"), ("3", "Dốc Gió"), ("4", "Ánh Dương"), ("5", "An Bình"))
COMMUNES = (("05443", "xã Tân Cương"), ("05503", "phường Tích Lương"))


def test_names_stand_as_in_a_vietnamese_dictionary():
    assert [name for _, name in alphabetical(MAKERS)] == [
        "An Bình", "Ánh Dương", "Bến Mây", "Dốc Gió", "Đồi Chè",
    ]  # fmt: skip


def test_nothing_is_chosen_beforehand_unless_there_is_only_one():
    assert choices(MAKERS)[0] == ("", "—")
    assert choices(MAKERS)[1:] == MAKERS
    assert choices(MAKERS[:1]) == MAKERS[:1]
    assert choices(()) == (("", "—"),)


@pytest.mark.parametrize(("words", "left", "found"), [
    ("doi", ["1"], True), ("CHÈ đồi", ["1"], True), ("b", ["2", "5"], True), ("  ", ["1", "2", "3", "4", "5"], True),
    ("tân", ["1", "2", "3", "4", "5"], True), ("không có", ["1", "2", "3", "4", "5"], False),
    ("ồi", ["1", "2", "3", "4", "5"], False), ("%", ["1", "2", "3", "4", "5"], False),
], ids=["no marks", "any order", "a beginning", "blank", "the other list", "nothing", "middle", "sign"])  # fmt: skip
def test_a_list_holds_the_names_that_have_every_word(words, left, found):
    (makers, communes), any_found = narrowed(words, MAKERS, COMMUNES)
    assert ([value for value, _ in makers], any_found) == (left, found)
    assert communes == (COMMUNES[:1] if words == "tân" else COMMUNES)


def test_an_invitation_without_a_maker_is_refused_and_none_is_chosen_in_its_stead(room):
    room.producer(), room.producer("htx-doi-che")
    office = room.person("province")
    form = office.get("/office/people").text
    options = re.search(r'<select id="producer".*?</select>', form, re.S)[0]
    assert re.search(r'<option value="" selected>—</option>', options)
    got = office.post("/office/people", {"name": "Cô Vân", "role": "producer", "producer": ""})
    assert (got.status, room.rows("SELECT count(*) FROM invitation")) == (422, [(0,)])
    assert "Xin chọn cơ sở" in got.words
    assert 'value="Cô Vân"' in got.text
