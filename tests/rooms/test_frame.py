"""The frame of the rooms: who is let through, what a form must carry, how answers are dressed."""

import re

import pytest

FORMS = {"content-type": "application/x-www-form-urlencoded"}


def test_who_is_not_signed_in_is_sent_to_the_door_and_comes_back(room):
    got = room.client().get("/me")
    assert (got.status, got.location) == (303, "/door?next=%2Fme")


def test_a_form_without_anybody_signed_in_is_refused_with_a_page(room):
    got = room.client().post("/me/leave")
    assert got.status == 403
    assert "đăng nhập" in got.words


def test_a_signed_in_person_sees_the_account_and_signs_out(room):
    maker = room.person("producer", name="Nguyễn Thị Hoa")
    page = maker.get("/me")
    assert page.status == 200
    assert "Nguyễn Thị Hoa" in page.words
    assert "HTX htx-ao-vua" in page.words
    copied = dict(maker.cookies)
    assert maker.post("/me/leave").location == "/door"
    assert "__Host-ocop" not in maker.cookies
    maker.cookies = copied
    assert maker.get("/me").status == 303, "a session is over for every copy of its cookie"


@pytest.mark.parametrize("path", ["/me", "/door", "/door/card"])
def test_rooms_are_never_stored_and_carry_the_policy(room, path):
    got = room.person("producer").get(path) if path == "/me" else room.client().get(path)
    assert got.header("cache-control") == "no-store"
    policy = got.header("content-security-policy")
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert got.header("x-content-type-options") == "nosniff"
    assert got.header("strict-transport-security")
    assert "style=" not in got.text
    assert not re.search(r"<script(?![^>]*src=)", got.text)


def test_cookies_are_for_this_host_and_no_script(room):
    got = room.client().get("/door")
    cookie = next(value for key, value in got.headers if key == "set-cookie")
    assert cookie.startswith("__Host-door=")
    assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} <= {part.strip() for part in cookie.split(";")}


@pytest.mark.parametrize(
    ("headers", "csrf"),
    [
        ({}, ""),
        ({}, "other"),
        ({"origin": "https://evil.example"}, "own"),
        ({"origin": "null"}, "own"),
        ({"sec-fetch-site": "cross-site"}, "own"),
    ],
)
def test_a_form_that_is_not_from_our_page_changes_nothing(room, headers, csrf):
    maker, other = room.person("producer"), room.person("producer")
    secret = {"own": maker.secret(), "other": other.secret()}.get(csrf, csrf)
    got = maker.ask("POST", "/me/leave", {**FORMS, **headers}, f"csrf={secret}".encode())
    assert got.status == 403
    assert maker.get("/me").status == 200


def test_a_doubled_secret_is_refused(room):
    maker = room.person("producer")
    got = maker.ask("POST", "/me/leave", FORMS, f"csrf={maker.secret()}&csrf={maker.secret()}".encode())
    assert got.status == 400
    assert maker.get("/me").status == 200


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"\xff\xfe=1", "application/x-www-form-urlencoded", 400),
        (b"a=%ff", "application/x-www-form-urlencoded", 400),
        (b"&" * 500, "application/x-www-form-urlencoded", 400),
        (b"a=" + b"x" * 40_000, "application/x-www-form-urlencoded", 400),
        (b"a=" + b"x" * 70_000, "application/x-www-form-urlencoded", 413),
        (b"{}", "application/json", 400),
        (b"--x\r\n", "multipart/form-data; boundary=x", 400),
        (b"--x--", "multipart/form-data", 400),
        (b'--x\r\nContent-Disposition: form-data\r\n\r\n1\r\n--x--\r\n', "multipart/form-data; boundary=x", 400),
        (b"", "text/plain; charset=\xc3", 400),
    ],
    ids=["latin", "escape", "fields", "field", "body", "json", "torn", "no-boundary", "no-name", "kind"],
)  # fmt: skip
def test_a_body_that_is_no_form_gets_a_sentence(room, body, kind, status):
    got = room.person("producer").ask("POST", "/me/leave", {"content-type": kind}, body)
    assert got.status == status
    assert "Traceback" not in got.text


def test_an_unknown_room_is_not_found_and_a_wrong_method_says_which(room):
    maker = room.person("producer")
    assert maker.get("/studio/nothing/here").status == 404
    got = maker.get("/me/leave")
    assert (got.status, got.header("allow")) == (405, "POST")


def test_the_notice_is_said_once(room):
    maker = room.person("producer")
    gone = maker.post("/me/sessions/end")
    assert "0 máy" in maker.follow(gone).words
    assert "0 máy" not in maker.get("/me").words


@pytest.mark.parametrize("note", ["x", "W10=", "WzEsMl0=", "eyJhIjoxfQ==", "WyJyb29tcy5uYXYiLCB7fV0"])
def test_a_notice_that_is_not_ours_is_not_said(room, note):
    maker = room.person("producer")
    maker.cookies["__Host-note"] = note
    assert maker.get("/me").status == 200


def test_english_is_complete_and_stays_chosen(room):
    maker = room.person("producer")
    assert "My account" in maker.get("/me?lang=en").words
    assert "My account" in maker.get("/me").words
    assert 'lang="en"' in maker.get("/me").text


@pytest.mark.parametrize(
    "next_", ["https://evil.example/", "//evil.example", "/\\evil", "/me//evil", "javascript:1", "/story/x"]
)
def test_the_door_leads_to_no_other_house(room, next_):
    maker = room.person("producer")
    assert maker.get(f"/door?next={next_}").location in {"/me", "/studio"}


def test_on_plain_http_at_home_cookies_have_plain_names(rooms):
    room = rooms(public_url="http://127.0.0.1:8000")
    got = room.client().get("/door")
    cookie = next(value for key, value in got.headers if key == "set-cookie")
    assert cookie.startswith("door=")
    assert "Secure" not in cookie
    assert not got.header("strict-transport-security")
