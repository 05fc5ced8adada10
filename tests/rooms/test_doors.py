"""Signing in, invitations, the card, the proof again, sessions: what opens, what does not, and what is said."""

import html
import re
import secrets
from urllib.parse import quote

import pytest
from ocop.trace import doors, doors_invitations, doors_secrets
from ocop.trace.rights import Grant, Role

LINK = re.compile(r"/door/i/[A-Za-z0-9_-]{43}")
MADE = re.compile(r'id="made">([^<]+)<')
CODE = re.compile(r"<li>([0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{5})</li>")
ZALO = "Mozilla/5.0 (Linux; Android 9; SM-A107F) AppleWebKit/537.36 Chrome/138.0 Mobile Safari/537.36 Zalo android/12"
PASSPHRASE = "mái nhà tranh có khói chiều"


def link_for(room, role=Role.PROVINCE, name="Lê Thị Mai", phone="", **where):
    where = where or ({"province": "40"} if role is Role.PROVINCE else {})
    with room.store.begin() as session:
        wanted = doors_invitations.Wanted(name, phone, Grant(role, **where))
        token = doors_invitations.invite(
            session, wanted, by="phòng thử", now=room.now, fresh=secrets.token_bytes(32)
        )
    return f"/door/i/{token}"


def joined(room, **more):
    """Somebody who took an invitation: the browser, and the page that says what to write down."""
    client = room.client()
    link = link_for(room, **more)
    client.get(link)
    got = client.post(link, {"name": "Lê Thị Mai", "phone": "0912 345 678", "kind": "made"})
    assert got.status == 200, got.words
    return client, got


def own(room, phone="0987 654 321", passphrase=PASSPHRASE, role=Role.PROVINCE):
    """Somebody with a passphrase of their own, who is not signed in."""
    client = room.client()
    link = link_for(room, role, province="40") if role is Role.PROVINCE else link_for(room, role)
    got = client.post(link, {"name": "Trần Văn Ba", "phone": phone, "kind": "own", "passphrase": passphrase})
    assert got.status == 200, got.words
    return room.client()


def sign_in(client, phone="0987 654 321", passphrase=PASSPHRASE, **more):
    return client.post("/door", {"phone": phone, "passphrase": passphrase, **more})


def test_an_invitation_is_read_by_previews_and_spent_by_one_form(room):
    link = link_for(room)
    for agent in ("facebookexternalhit/1.1", "ZaloPC-preview", ZALO):
        assert room.client(agent=agent).get(link).status == 200
        assert room.client(agent=agent).ask("HEAD", link).status == 200
    client = room.client()
    got = client.post(link, {"name": "Lê Thị Mai", "phone": "0912345678", "kind": "made"})
    assert got.status == 200
    assert client.get("/me").status == 200
    again = room.client()
    assert again.get(link).status == 410
    assert "đã dùng rồi" in again.get(link).words
    assert again.post(link, {"name": "X", "phone": "0912345679", "kind": "made"}).status == 410
    assert room.rows("SELECT count(*) FROM person") == [(1,)]


def test_an_expired_an_ended_and_an_unknown_invitation_say_so_kindly(room):
    link = link_for(room)
    room.later(days=8)
    got = room.client().get(link)
    assert (got.status, "quá hạn" in got.words, "phòng thử" in got.words) == (410, True, True)
    ended = link_for(room)
    with room.store.begin() as session:
        row = doors_invitations.read(session, ended.rpartition("/")[2], room.now).invitation
        doors_invitations.take_back(session, row.id, room.now)
    assert "đã rút" in room.client().get(ended).words
    unknown = room.client().get("/door/i/" + "A" * 43)
    assert (unknown.status, "Không có lời mời này" in unknown.words) == (404, True)
    assert room.client().get(ended[:-3]).status == 404


def test_inside_zalo_the_page_says_how_to_open_a_browser_and_goes_on_without(room):
    link = link_for(room)
    client = room.client(agent=ZALO)
    page = client.get(link)
    assert "đang mở trong Zalo" in page.words
    assert f"https://id.example.vn{link}" in page.words
    got = client.post(link, {"name": "Hoa", "phone": "0912345678", "kind": "made"})
    assert got.status == 200
    assert "đang mở trong" not in room.client().get(link_for(room)).words


def test_the_made_passphrase_opens_without_marks_and_the_shown_one_too(room):
    _, page = joined(room)
    made = html.unescape(MADE.search(page.text)[1])
    assert len(made.split(", ")) == 4
    for typed in (made, doors_secrets.plain(made), made.upper(), made.replace(",", "")):
        got = sign_in(room.client(), "+84 912 345 678", typed)
        assert got.status == 303, typed


def test_the_own_passphrase_opens_as_it_is_typed_and_only_so(room):
    client = own(room)
    assert sign_in(client, passphrase=PASSPHRASE.upper()).status == 422
    got = sign_in(client, next="/me")
    assert (got.status, got.location) == (303, "/me")
    assert "Trần Văn Ba" in client.get("/me").words


@pytest.mark.parametrize(
    ("phone", "passphrase"),
    [
        ("0987654321", "sai rồi nhé bạn ơi"),
        ("0900000000", PASSPHRASE),
        ("0987654321", ""),
        ("0987654321", "x" * 5000),
    ],
    ids=["passphrase", "number", "nothing", "long"],
)
def test_a_wrong_number_and_a_wrong_passphrase_get_the_same_answer(room, phone, passphrase):
    client = own(room)
    got = sign_in(client, phone, passphrase)
    assert got.status == 422
    assert "Số điện thoại hoặc câu mở cửa chưa đúng" in got.words
    assert client.get("/me").status == 303


def test_a_number_that_is_none_is_told_and_what_was_typed_stays(room):
    got = sign_in(room.client(), "12ab")
    assert (got.status, 'value="12ab"' in got.text) == (422, True)
    assert PASSPHRASE not in got.text


@pytest.mark.parametrize(
    "passphrase",
    [
        "ngắn quá",
        "matkhau123456",
        "aaaaaaaaaaaaaaaa",
        "123456789012",
        "Lê Thị Mai 1",
        "0912345678ab",
        "a" * 129,
    ],
)
def test_a_passphrase_that_others_guess_is_refused_and_nothing_is_spent(room, passphrase):
    link, client = link_for(room), room.client()
    fields = {"name": "Lê Thị Mai", "phone": "0912345678", "kind": "own", "passphrase": passphrase}
    got = client.post(link, fields)
    assert got.status == 422
    assert 'value="0912345678"' in got.text, "what was typed stays"
    assert passphrase not in html.unescape(got.text)
    assert client.post(link, {**fields, "passphrase": PASSPHRASE}).status == 200


def test_a_number_with_an_account_is_told_to_sign_in_first_and_then_gets_one_more_role(room):
    client = own(room)
    maker = room.producer()
    link = link_for(room, Role.PRODUCER, producer_id=maker)
    got = client.post(link, {"name": "Ba", "phone": "0987654321", "kind": "made"})
    assert (got.status, "đã có tài khoản" in got.words) == (422, True)
    sign_in(client)
    assert client.post(link).location == "/me"
    assert "HTX htx-ao-vua" in client.get("/me").words


def test_two_people_take_one_link_and_one_gets_in(room):
    link, first, second = link_for(room), room.client(), room.client()
    first.get(link), second.get(link)
    assert first.post(link, {"name": "A B", "phone": "0911111111", "kind": "made"}).status == 200
    assert second.post(link, {"name": "C D", "phone": "0922222222", "kind": "made"}).status == 410
    assert second.get("/me").status == 303


def test_signing_in_makes_a_new_session_and_the_old_one_ends(room):
    client = own(room)
    sign_in(client)
    before = client.cookies["__Host-ocop"]
    sign_in(client)
    assert client.cookies["__Host-ocop"] != before
    thief = room.client()
    thief.cookies["__Host-ocop"] = before
    assert thief.get("/me").status == 303


def test_a_cookie_that_a_stranger_planted_is_never_taken_over(room):
    client = own(room)
    client.cookies["__Host-ocop"] = "A" * 43
    client.get("/door")
    fields = f"csrf={client.csrf}&phone=0987654321&passphrase={quote(PASSPHRASE)}".encode()
    client.ask("POST", "/door", {"content-type": "application/x-www-form-urlencoded"}, fields)
    assert client.cookies["__Host-ocop"] != "A" * 43
    assert client.get("/me").status == 200


def test_no_secret_stands_in_the_database(room):
    client, page = joined(room)
    made = doors_secrets.plain(html.unescape(MADE.search(page.text)[1]))
    dump = b"".join(path.read_bytes() for path in room.data.glob("ocop.db*"))
    for secret in (client.cookies["__Host-ocop"], made, *CODE.findall(page.text)):
        assert secret.encode() not in dump
    (hashed,) = room.rows("SELECT secret FROM person")[0]
    assert hashed.startswith("$argon2id$v=19$m=19456,t=2,p=1$")


def test_an_office_is_signed_out_after_half_an_hour_and_a_maker_is_not(room):
    office, maker = room.person("province"), room.person("producer")
    room.later(minutes=29)
    assert office.get("/me").status == 200
    room.later(minutes=29)
    assert office.get("/me").status == 200, "every visit begins the half hour anew"
    room.later(minutes=31)
    assert office.get("/me").status == 303
    room.later(days=13)
    assert maker.get("/me").status == 200
    room.later(days=15)
    assert maker.get("/me").status == 303


def test_no_session_of_an_office_outlives_twelve_hours(room):
    office = room.person("province")
    for _ in range(25):
        room.later(minutes=29)
        last = office.get("/me").status
    assert last == 303


def test_sessions_are_listed_and_ended_by_their_owner_only(room):
    first = own(room)
    sign_in(first)
    second = room.client(agent="Mozilla/5.0 (Linux; Android 9) Chrome/138.0")
    sign_in(second)
    page = first.get("/me")
    assert "Chrome, Android" in page.words
    number = re.search(r"/me/sessions/(\d+)/end", page.text)
    stranger = room.person("producer")
    for target in re.findall(r"/me/sessions/\d+/end", page.text):
        assert stranger.post(target).status == 404
    assert first.post(number[0]).status == 303
    first.post("/me/sessions/end")
    assert (first.get("/me").status, second.get("/me").status) == (200, 303)


def test_something_dear_asks_again_after_ten_minutes_and_goes_on_there(room):
    client = own(room)
    sign_in(client)
    assert client.get("/me/passphrase").status == 200
    room.later(minutes=11)
    got = client.get("/me/passphrase")
    assert got.location == "/door/again?next=%2Fme%2Fpassphrase"
    before = client.cookies["__Host-ocop"]
    assert client.post("/door/again", {"passphrase": "sai rồi", "next": "/me/passphrase"}).status == 422
    got = client.post("/door/again", {"passphrase": PASSPHRASE, "next": "/me/passphrase"})
    assert (got.status, got.location) == (303, "/me/passphrase")
    assert client.cookies["__Host-ocop"] != before
    assert client.get("/me/passphrase").status == 200


def test_a_new_passphrase_ends_the_other_browsers_and_the_old_one(room):
    client, other = own(room), room.client()
    sign_in(client), sign_in(other)
    fresh = "bờ ao có cây sung già"
    assert client.post("/me/passphrase", {"kind": "own", "passphrase": fresh}).status == 303
    assert (client.get("/me").status, other.get("/me").status) == (200, 303)
    assert sign_in(room.client()).status == 422
    assert sign_in(room.client(), passphrase=fresh).status == 303


def test_a_code_of_the_card_opens_once_and_gives_a_new_passphrase(room):
    client, page = joined(room)
    codes = CODE.findall(page.text)
    assert len(codes) == 8
    lost = room.client()
    got = lost.post("/door/card", {"phone": "0912345678", "code": codes[2].lower().replace("-", " ")})
    assert got.status == 200
    assert MADE.search(got.text)
    assert client.get("/me").status == 303, "whoever was signed in is not any more"
    assert "7 mã" in lost.get("/me").words
    again = room.client().post("/door/card", {"phone": "0912345678", "code": codes[2]})
    assert (again.status, "đã dùng" in again.words) == (422, True)
    assert room.client().post("/door/card", {"phone": "0900000000", "code": codes[3]}).status == 422


def test_a_new_card_ends_the_old_one(room):
    client, page = joined(room)
    old = CODE.findall(page.text)[0]
    fresh = CODE.findall(client.post("/me/card").text)[0]
    assert room.client().post("/door/card", {"phone": "0912345678", "code": old}).status == 422
    assert room.client().post("/door/card", {"phone": "0912345678", "code": fresh}).status == 200


def test_who_left_does_not_come_in(room):
    client = own(room)
    sign_in(client)
    with room.store.begin() as session:
        person = doors.by_phone(session, "+84987654321")
        session.connection().exec_driver_sql(
            f"UPDATE person SET closed_at = created_at, phone = NULL WHERE id = {person.person_id}"
        )
    assert client.get("/me").status == 303
    assert sign_in(room.client()).status == 422


def test_signing_in_works_on_postgresql(rooms, postgres_template, postgres_database):
    room = rooms(database_url=postgres_database(postgres_template))
    client = own(room)
    assert sign_in(client).status == 303
    assert client.get("/me").status == 200
    assert client.post("/me/leave").status == 303
