"""One's own data, a role that ends, an account that closes: what is given, what goes, what stays, what is refused."""

import io
import json
import zipfile
from datetime import UTC, datetime, timedelta

import pytest
from ocop.trace import auditing, certifying_requests, doors, doors_leaving, doors_own
from ocop.trace.certifying_requests import Given
from ocop.trace.registry import tables
from ocop.trace.registry.errors import Conflict, Unknown
from ocop.trace.registry.media import media_file
from ocop.trace.rights import Grant, Role
from sqlalchemy import select

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)


def unpacked(got):
    assert got.status == 200, got.words
    return zipfile.ZipFile(io.BytesIO(got.body))


def test_the_file_holds_what_is_kept_of_this_person_and_nothing_of_others(room):
    hoa, other = room.person(name="Nguyễn Thị Hoa"), room.person("province", name="Lê Thị Mai", province="19")
    hoa.post("/help/du-lieu", {"kind": "see", "name": "Hoa", "words": "mọi thứ", "province": ""})
    content = unpacked(hoa.post("/me/data/file"))
    assert content.testzip() is None
    assert content.read("README.txt").decode().startswith("Đây là mọi điều OCOP Trace giữ về ông, bà")
    text = content.read("data.json").decode()
    said = json.loads(text)
    assert (said["format"], said["version"]) == ("ocop-trace/own-data", 1)
    assert said["person"]["name"] == "Nguyễn Thị Hoa"
    assert [role["producer"] for role in said["roles"]] == ["HTX htx-ao-vua"]
    assert [one["kind"] for one in said["requests"]] == ["see"]
    assert [line["what"] for line in said["log"]] == ["request.file"]
    assert other.name not in text
    for secret in room.rows("SELECT token_hash FROM room_session"):
        assert secret[0].hex() not in text
    assert "data.take" in [what for (what,) in room.rows("SELECT what FROM audit_entry")]


def test_the_file_asks_for_a_fresh_proof_and_for_somebody_signed_in(room):
    stale = room.person(proved=False)
    got = stale.post("/me/data/file")
    assert got.header("content-type") != "application/zip"
    assert room.client().post("/me/data/file").status in {303, 403}


def test_pictures_come_along_until_the_file_is_full_and_the_rest_is_named(room, monkeypatch):
    hoa = room.person()
    names = [letter * 64 for letter in "abc"]
    for name in names:
        path = media_file(room.data, name, 720, "jpg")
        path.parent.mkdir(parents=True)
        path.write_bytes(b"p" * 100)
    with room.store.begin() as session:
        for name in names:
            session.add(tables.Upload(producer_id=room.producer(), name=name, size=100, at=room.now))
        other = room.producer("other", "19", "05443")
        session.add(tables.Upload(producer_id=other, name="d" * 64, size=1, at=room.now))
    monkeypatch.setattr(doors_own, "MOST_BYTES", 250)
    content = unpacked(hoa.post("/me/data/file"))
    said = json.loads(content.read("data.json"))
    assert said["files"] == [f"photos/{name}.jpg" for name in names[:2]]
    assert said["left_out"] == [f"photos/{names[2]}.jpg"]
    assert content.read(said["files"][0]) == b"p" * 100


def test_an_account_that_closes_is_out_of_every_browser_and_leaves_no_name(room):
    hoa = room.person(name="Nguyễn Thị Hoa")
    phone = room.rows(f"SELECT phone FROM person WHERE id = {hoa.person_id}")[0][0]
    assert hoa.post("/me/close", {}).status == 422
    assert hoa.get("/me").status == 200
    got = hoa.post("/me/close", {"sure": "1"})
    assert (got.status, got.location) == (303, "/door")
    assert "Tài khoản đã đóng" in hoa.follow(got).words
    assert hoa.get("/me").status == 303
    assert room.rows(f"SELECT name, phone, secret FROM person WHERE id = {hoa.person_id}") == [
        ("—", None, "")
    ]
    for table in ("credential", "recovery_code", "room_session"):
        assert room.rows(f"SELECT count(*) FROM {table} WHERE person_id = {hoa.person_id}") == [(0,)]
    assert room.rows("SELECT count(*) FROM role_grant WHERE ended_at IS NULL") == [(0,)]
    with room.store.read() as session:
        assert doors.by_phone(session, phone) is None
        assert auditing.check(session).wrong is None
    assert room.rows("SELECT actor, about FROM audit_entry WHERE what = 'account.close'") == [
        ("—", f"#{hoa.person_id}")
    ]


def test_the_last_operator_stays_and_one_of_two_may_go(room):
    first = room.person("operator")
    got = first.post("/me/close", {"sure": "1"})
    assert got.status == 422
    assert "người vận hành cuối cùng" in got.words
    assert first.get("/me").status == 200
    room.person("operator")
    assert first.post("/me/close", {"sure": "1"}).status == 303


def test_a_role_ends_in_every_browser_at_once_and_the_last_one_does_not(room):
    mai = room.person("province")
    with room.store.begin() as session:
        doors.give_role(session, mai.person_id, Grant(Role.PRODUCER, room.producer()), "x", room.now)
    (number,) = room.rows("SELECT id FROM role_grant WHERE role = 'province'")[0]
    assert mai.get("/office").status == 200
    assert "Thôi làm" in mai.get("/me/data").words
    assert mai.post(f"/me/roles/{number}/end").status == 303
    assert mai.get("/office").status == 403
    assert mai.post(f"/me/roles/{number}/end").status == 404
    (last,) = room.rows("SELECT id FROM role_grant WHERE ended_at IS NULL")[0]
    assert mai.post(f"/me/roles/{last}/end").status == 422
    other = room.person("province")
    assert other.post(f"/me/roles/{last}/end").status == 404


def test_leaving_forgets_invitations_and_keeps_the_requests(store):
    with store.begin() as session:
        person = doors.add_person(session, "Hoa", "0912345678", NOW, handle=bytes(32))
        number, end = person.id or 0, NOW + timedelta(days=3)
        doors.give_role(session, number, Grant(Role.NATIONAL), "x", NOW)
        for mark, used in ((b"1", number), (b"2", None)):
            session.add(tables.Invitation(token_hash=mark * 32, name="Hoa", phone="+84912345678", role="national",
                                          made_by="x", made_at=NOW, expires_at=end, used_by=used))  # fmt: skip
        certifying_requests.file(session, Given("see", "Hoa", "x", person_id=number), "7K3M-9X2P-Q4TD", NOW)
    with store.begin() as session:
        doors_leaving.close(session, number, NOW)
        with pytest.raises(Unknown):
            doors_leaving.close(session, number, NOW)
    with store.read() as session:
        rows = session.scalars(select(tables.Invitation)).all()
        assert {(row.name, row.phone) for row in rows} == {("—", "")}
        assert all(row.ended_at for row in rows)
        assert len(certifying_requests.of_person(session, number)) == 1


def test_the_last_operator_is_kept_by_the_verb_too(store):
    with store.begin() as session:
        person = doors.add_person(session, "Op", "0912345678", NOW, handle=bytes(32))
        doors.give_role(session, person.id or 0, Grant(Role.OPERATOR), "x", NOW)
        doors.give_role(session, person.id or 0, Grant(Role.NATIONAL), "x", NOW)
        first = doors_leaving.roles_of(session, person.id or 0)[0]
        with pytest.raises(Conflict):
            doors_leaving.end_role(session, person.id or 0, first.id or 0, NOW)
        with pytest.raises(Conflict):
            doors_leaving.close(session, person.id or 0, NOW)
