"""A form whose proof ran out: what was typed comes through the proof, secrets never do, nothing forged is sent on."""

import html
import json
import re

import pytest
from ocop.trace import doors, doors_secrets
from sqlalchemy import text

PASSPHRASE = "mái nhà tranh có khói chiều"
TYPED = {"name": 'Phạm "Tư" <b>', "phone": "0912 000 111", "role": "commune", "commune": "17357"}


@pytest.fixture
def officer(room):
    """An officer whose proof has run out, with a passphrase."""
    person = room.person("province")
    with room.store.begin() as session:
        secret = doors_secrets.hash_secret(PASSPHRASE)
        doors.set_secret(session, person.person_id, secret, room.now, generated=False)
    room.later(minutes=11)
    return person


def fields(page, action):
    """The hidden fields of the form that goes there, without its own secret."""
    inner = re.search(rf'action="{action}"[^>]*>(.*?)</form>', page.text, re.S)[1]
    found = re.findall(r'type="hidden" name="([^"]*)" value="([^"]*)"', inner)
    return {html.unescape(name): html.unescape(value) for name, value in found if name != "csrf"}


def people(room):
    return room.rows("SELECT name FROM invitation")


def test_what_was_typed_comes_through_the_proof_and_is_sent_on(room, officer):
    asked = officer.post("/office/people", TYPED)
    assert asked.status == 200
    assert "vẫn còn nguyên" in asked.words
    assert people(room) == []
    wrong = officer.post("/door/again", {**fields(asked, "/door/again"), "passphrase": "sai"})
    assert wrong.status == 422
    proved = officer.post("/door/again", {**fields(wrong, "/door/again"), "passphrase": PASSPHRASE})
    assert (proved.status, people(room)) == (200, [])
    again = fields(proved, "/office/people")
    assert again == TYPED
    assert officer.post("/office/people", again).status == 200
    assert people(room) == [(TYPED["name"],)]


def test_a_form_with_a_secret_or_with_nothing_typed_goes_back_to_its_page(officer):
    secret = officer.post("/me/passphrase", {"kind": "own", "passphrase": "một câu rất dài của tôi"})
    assert (secret.status, secret.location[:11]) == (303, "/door/again")
    assert officer.post("/me/card", {}).status == 303
    assert officer.post("/office/people", {**TYPED, "name": "x" * 30_000}).status == 303


@pytest.mark.parametrize("forged", [
    "", "x", "[]", "[1,2]", '["/office/people"]', '["//evil.example/x",[]]', '["/door/leave",[["a","b"]]]',
    '["https://evil.example/",[]]', '["/office/people",[["a",1]]]', '["/office/people",[["a","b","c"]]]',
    '["/office/\u0111",[]]', "[" * 5000, '["/office/people\\r\\nX: y",[]]',
])  # fmt: skip
def test_a_forged_form_is_dropped_and_the_proof_goes_on_as_usual(officer, forged):
    got = officer.post("/door/again", {"passphrase": PASSPHRASE, "kept": forged, "next": "/me"})
    assert (got.status, got.location) == (303, "/me")


def test_a_form_that_waited_still_needs_the_right_to_be_sent(room, officer):
    kept = json.dumps(["/office/people", [["name", "x"], ["role", "national"]]])
    proved = officer.post("/door/again", {"passphrase": PASSPHRASE, "kept": kept})
    assert officer.post("/office/people", fields(proved, "/office/people")).status == 422
    assert people(room) == []
    with room.store.begin() as session:
        session.execute(text("UPDATE room_session SET proved_at = NULL"))
    assert "vẫn còn nguyên" in officer.post("/office/people", TYPED).words
