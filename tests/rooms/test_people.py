"""Letting people in, helping, two officers for a way back, and the log that tells of all of it."""

import html
import json
import re
import subprocess

import pytest
from ocop.trace import auditing
from ocop.trace.rights import Actor
from sqlalchemy import text

LINK = re.compile(r"https://id\.example\.vn(/door/i/[A-Za-z0-9_-]{43})")


def invited(client, **fields):
    return client.post("/office/people", {"name": "Phạm Văn Tư", "phone": "", **fields})


def test_an_invitation_is_made_with_its_link_a_qr_and_a_text_for_zalo(room):
    office = room.person("province")
    got = invited(office, role="commune", commune="17357")
    assert got.status == 200
    link = LINK.search(html.unescape(got.text))[1]
    assert "<svg" in got.text
    assert "dùng một lần" in got.words
    assert "Phạm Văn Tư" in got.words
    page = room.client().get(link)
    assert "cán bộ xã" in page.words
    assert "Phạm Văn Tư" in office.get("/office/people").words


@pytest.mark.parametrize(
    ("role", "fields"),
    [
        ("commune", {"role": "operator"}),
        ("commune", {"role": "province", "province": "40"}),
        ("commune", {"role": "commune", "commune": "17357"}),
        ("province", {"role": "national"}),
        ("province", {"role": "province", "province": "19"}),
        ("province", {"role": "commune", "commune": "05443"}),
        ("province", {"role": "commune", "commune": ""}),
        ("province", {"role": "commune", "commune": "99999"}),
        ("province", {"role": "producer", "producer": "other"}),
        ("province", {"role": "producer", "producer": "999999"}),
        ("producer", {"role": "producer", "producer": "other"}),
        ("producer", {"role": "inspector", "province": "40"}),
        ("operator", {"role": "producer", "producer": "own"}),
        ("province", {"role": "king"}),
        ("province", {"role": ""}),
    ],
)
def test_nobody_lets_in_somebody_above_or_elsewhere(room, role, fields):
    places = {"own": str(room.producer()), "other": str(room.producer("other", "19", "05443"))}
    client = room.person(role)
    given = {
        **fields,
        **({"producer": places.get(fields["producer"], fields["producer"])} if "producer" in fields else {}),
    }
    assert invited(client, **given).status == 422
    assert room.rows("SELECT count(*) FROM invitation") == [(0,)]


def test_a_maker_lets_in_family_and_the_office_sees_only_its_own(room):
    maker = room.person("producer", name="Bà Hoa")
    got = invited(maker, role="producer", producer=str(room.producer()))
    assert got.status == 200
    elsewhere = room.person("province", province="19")
    assert "Phạm Văn Tư" not in elsewhere.get("/office/people").words
    assert "Bà Hoa" not in elsewhere.get("/office/people").words
    assert "Bà Hoa" in room.person("province").get("/office/people").words


def test_an_invitation_is_taken_back_by_those_who_reach_it(room):
    office = room.person("province")
    link = LINK.search(html.unescape(invited(office, role="commune", commune="17357").text))[1]
    (number,) = room.rows("SELECT id FROM invitation")[0]
    target = f"/office/people/invitations/{number}/end"
    assert room.person("province", province="19").post(target).status == 404
    assert office.post(target).status == 303
    assert room.client().get(link).status == 410


def test_a_way_back_takes_two_officers_and_ends_everything_old(room):
    first, second = room.person("province"), room.person("commune")
    lost = room.person("producer", name="Bà Hoa")
    asked = first.post(f"/office/people/{lost.person_id}/recover", {"reason": "mất điện thoại, gặp tại nhà"})
    assert asked.status == 303
    (number,) = room.rows("SELECT id FROM recovery")[0]
    target = f"/office/people/recoveries/{number}"
    assert first.post(target).status == 422, "the one who asked can't agree"
    got = second.post(target)
    assert got.status == 200
    link = LINK.search(html.unescape(got.text))[1]
    assert lost.get("/me").status == 200
    back = room.client()
    page = back.post(link, {"kind": "made"})
    assert page.status == 200
    assert lost.get("/me").status == 303, "old browsers are out"
    assert "Bà Hoa" in back.get("/me").words
    assert second.post(target).status == 404, "agreed once"


def test_after_a_way_back_nothing_dear_is_done_for_three_days(room):
    first, second = room.person("province"), room.person("province")
    lost = room.person("producer")
    first.post(f"/office/people/{lost.person_id}/recover", {"reason": "mất điện thoại"})
    (number,) = room.rows("SELECT id FROM recovery")[0]
    link = LINK.search(html.unescape(second.post(f"/office/people/recoveries/{number}").text))[1]
    back = room.client()
    back.post(link, {"kind": "own", "passphrase": "mái nhà tranh có khói chiều"})
    producer = str(room.producer())
    held = invited(back, role="producer", producer=producer)
    assert (held.status, "tạm dừng" in held.words) == (403, True)
    for target, form in (("/me/data/file", {}), ("/me/close", {"sure": "1"})):
        shut = back.post(target, form)
        assert (target, shut.status, "tạm dừng" in shut.words) == (target, 403, True)
    room.later(hours=73)
    back.post("/door/again", {"passphrase": "mái nhà tranh có khói chiều", "next": "/me"})
    assert invited(back, role="producer", producer=producer).status == 200


def test_nobody_reopens_an_account_above_or_elsewhere_or_their_own(room):
    commune, province = room.person("commune"), room.person("province")
    elsewhere = room.person("producer", producer=room.producer("other", "19", "05443"))
    for officer, person in ((commune, province), (commune, elsewhere), (province, elsewhere)):
        assert officer.post(f"/office/people/{person.person_id}/recover", {"reason": "x"}).status == 404
    assert province.post(f"/office/people/{province.person_id}/recover", {"reason": "x"}).status == 422
    assert province.post("/office/people/99999/recover", {"reason": "x"}).status == 404
    maker = room.person("producer")
    assert province.post(f"/office/people/{maker.person_id}/recover", {"reason": " "}).status == 422


def agreed(room, maker, helper):
    number = room.rows(f"SELECT phone FROM person WHERE id = {helper.person_id}")[0][0]
    fields = {
        "maker": str(room.producer()), "phone": number, "agreed_by": "Nguyễn Thị Hoa",
        "proof": "ký giấy ngày 20/11", "agreed": "1",
    }  # fmt: skip
    return maker.post("/me/helpers", fields)


def test_a_helper_acts_by_consent_is_shown_and_is_ended_at_once(room):
    maker, helper = room.person("producer", name="Bà Hoa"), room.person("commune", name="Anh Tư")
    assert agreed(room, maker, helper).status == 303
    page = helper.get("/me")
    consent = re.search(r'name="consent" value="(\d+)"', page.text)[1]
    assert helper.post("/me/helping", {"consent": consent}).status == 303
    assert "Đang làm giúp HTX htx-ao-vua" in helper.get("/me").words
    assert helper.get("/me/helpers").status == 403, "a helper changes no consents"
    assert helper.get("/office/people").status == 403, "and is no officer while helping"
    shown = maker.get("/me/helpers").words
    assert "Anh Tư" in shown
    assert "bắt đầu làm giúp" in shown
    assert "ký giấy ngày 20/11" in shown
    assert maker.post(f"/me/helpers/{consent}/end").status == 303
    assert "Đang làm giúp" not in helper.get("/me").words
    assert helper.post("/me/helping", {"consent": consent}).status == 404


def test_help_ends_by_itself_after_ninety_days(room):
    maker, helper = (
        room.person("producer"),
        room.person("producer", producer=room.producer("other", "19", "05443")),
    )
    agreed(room, maker, helper)
    consent = re.search(r'name="consent" value="(\d+)"', helper.get("/me").text)[1]
    helper.post("/me/helping", {"consent": consent})
    for _ in range(9):
        room.later(days=10, seconds=1)
        words = helper.get("/me").words
    assert "Đang làm giúp" not in words


@pytest.mark.parametrize("missing", ["maker", "phone", "agreed_by", "proof", "agreed"])
def test_help_needs_everything_that_a_consent_needs(room, missing):
    maker, helper = room.person("producer"), room.person("commune")
    number = room.rows(f"SELECT phone FROM person WHERE id = {helper.person_id}")[0][0]
    fields = {
        "maker": str(room.producer()),
        "phone": number,
        "agreed_by": "Hoa",
        "proof": "giấy",
        "agreed": "1",
    }
    got = maker.post("/me/helpers", {**fields, missing: ""})
    assert got.status == 422
    assert room.rows("SELECT count(*) FROM help_consent") == [(0,)]


def test_nobody_helps_without_a_consent_of_that_maker(room):
    helper = room.person("commune")
    assert helper.post("/me/helping", {"consent": "1"}).status == 404
    stranger = room.person("producer", producer=room.producer("other", "19", "05443"))
    assert agreed(room, stranger, helper).status == 422


XSS = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{7*7}}",
    "' OR 1=1 --",
    "x\r\nSet-Cookie: a=1",
]


@pytest.mark.parametrize("said", XSS)
def test_what_people_type_is_shown_as_they_typed_it_and_nothing_else(room, said):
    office = room.person("province", name=said.replace("\r\n", " "))
    got = office.post("/office/people", {"name": said, "role": "commune", "commune": "17357"})
    pages = [got, office.get("/office/people"), office.get("/me")]
    for page in pages:
        assert page.status in {200, 422}
        assert "<script>" not in page.text
        assert "<img src=x" not in page.text
        assert not any(value.startswith("a=1") for _, value in page.headers)


# The log.


def fill(store, now, count=5):
    actor = Actor(0, "chị Mai")
    with store.begin() as session:
        for number in range(count):
            auditing.note(session, None, "story.save", f"việc {number}", "vì thế", at=now, name=actor.name)


def test_the_log_is_in_order_and_each_line_covers_the_one_before(store, room):
    fill(store, room.now)
    with store.read() as session:
        done = auditing.check(session)
    assert (done.lines, done.wrong) == (5, None)


@pytest.mark.parametrize(
    ("change", "wrong", "named"),
    [
        (
            "UPDATE audit_entry SET about = 'khác' WHERE position = 2",
            2,
            "was changed: story.save by chị Mai about khác",
        ),
        ("UPDATE audit_entry SET why = '' WHERE position = 0", 0, "was changed"),
        ("UPDATE audit_entry SET actor = 'anh Tư' WHERE position = 4", 4, "was changed"),
        ("DELETE FROM audit_entry WHERE position = 3", 3, "line 3 is missing; line 4 follows"),
        ("DELETE FROM audit_entry WHERE position = 0", 0, "line 0 is missing"),
        ("UPDATE audit_entry SET position = position + 10 WHERE position = 4", 4, "missing"),
    ],
)
def test_a_changed_a_lost_and_a_moved_line_are_found_and_named(store, room, change, wrong, named):
    fill(store, room.now)
    with store.begin() as session:
        session.execute(text(change))
    with store.read() as session:
        done = auditing.check(session)
    assert done.wrong == wrong
    assert named in done.problem


def test_a_rewritten_end_is_found_by_what_was_seen_before(store, room):
    fill(store, room.now)
    with store.read() as session:
        seen = (4, auditing.check(session).digest)
    with store.begin() as session:
        session.execute(text("DELETE FROM audit_entry WHERE position = 4"))
    with store.read() as session:
        assert auditing.check(session).wrong is None
        assert auditing.check(session, seen).wrong == 4
    fill(store, room.now, 1)
    with store.read() as session:
        assert "another digest" in auditing.check(session, seen).problem


def test_the_log_page_is_for_those_who_may_and_for_their_province(room):
    maker = room.person("producer", name="Bà Hoa")
    maker.post("/me/helpers", {})
    assert agreed(room, maker, room.person("commune")).status == 303
    assert "để người khác làm giúp" in room.person("province").get("/office/audit").words
    assert "để người khác làm giúp" not in room.person("province", province="19").get("/office/audit").words
    assert "Đủ" in room.person("operator").get("/office/audit").words
    assert maker.get("/office/audit").status == 403
    with room.store.begin() as session:
        session.execute(text("UPDATE audit_entry SET about = 'x' WHERE position = 0"))
    assert "Dòng 0 đã bị sửa" in room.person("operator").get("/office/audit").words


def tool(program, room, *arguments):
    env = {"PATH": "/usr/bin:/bin", "OCOP_DATA": str(room.data), "OCOP_PUBLIC_URL": "https://id.example.vn"}
    return subprocess.run(
        [program, *arguments], env=env, capture_output=True, text=True, timeout=60, check=False
    )


def test_the_first_officer_is_let_in_from_the_command_line(room, warm_tool):
    done = tool(warm_tool, room, "invite", "Lê Thị Mai", "province", "--province", "40", "--json")
    assert done.returncode == 0, done.stderr
    link = json.loads(done.stdout)["link"].removeprefix("https://id.example.vn")
    # The command's clock is today's; the room's is set to it.
    client = room.client()
    assert client.get(link).status == 200
    assert tool(warm_tool, room, "invite", "Lê Thị Mai", "province").returncode == 3
    assert tool(warm_tool, room, "invite", "Lê Thị Mai", "producer", "--producer", "none").returncode == 3
    assert tool(warm_tool, room, "audit", "check").returncode == 0
    with room.store.begin() as session:
        session.execute(text("UPDATE audit_entry SET about = 'x'"))
    broken = tool(warm_tool, room, "audit", "check")
    assert broken.returncode == 1
    assert "line 0 was changed" in broken.stdout


def test_an_officer_helps_by_a_paper_that_is_on_record_and_only_within_reach(room):
    officer, maker = room.person("commune", name="Anh Tư"), room.person("producer", name="Bà Hoa")
    room.producer("other", "19", "05443")
    page = officer.get("/office/helping")
    assert "HTX htx-ao-vua" in page.words
    assert "HTX other" not in page.words
    fields = {
        "maker": str(room.producer()),
        "agreed_by": "Bà Hoa",
        "proof": "giấy ký 20/11, tủ số 2",
        "agreed": "1",
    }
    for bent in ({"maker": str(room.producer("other", "19", "05443"))}, {"proof": " "}, {"agreed": ""}):
        assert officer.post("/office/helping", {**fields, **bent}).status == 422
    assert room.person("inspector").post("/office/helping", fields).status == 403
    assert officer.post("/office/helping", fields).status == 303
    consent = re.search(r'name="consent" value="(\d+)"', officer.get("/me").text)[1]
    assert officer.post("/me/helping", {"consent": consent}).status == 303
    assert "giấy ký 20/11, tủ số 2" in maker.get("/me/helpers").words
    maker.post(f"/me/helpers/{consent}/end")
    assert "Đang làm giúp" not in officer.get("/me").words
