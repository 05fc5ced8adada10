"""Requests about personal data: anybody files one, its days are counted, the right office works on it."""

import hashlib
import re
from datetime import UTC, date, datetime, timedelta

import pytest
from ocop.trace import auditing, certifying_requests, deadlines
from ocop.trace.answering import follow_number
from ocop.trace.certifying import NotYours, Officer, Scope
from ocop.trace.certifying_requests import Given
from ocop.trace.deadlines import Urgency
from ocop.trace.registry.errors import BadValue, Conflict, Unknown
from ocop.trace.registry.units import bundled_units, import_units
from ocop.trace.rights import Role

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
NUMBER = re.compile(r"[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}")
ASKED = {"kind": "delete", "name": "Nguyễn Thị Hoa", "words": "Xin xóa ảnh của tôi", "province": "40",
         "contact": "0912 345 678"}  # fmt: skip
HA = Officer("chị Hà", "Văn phòng", Scope("40"))


@pytest.mark.parametrize(
    ("filed", "due"),
    [
        (date(2026, 11, 24), date(2026, 11, 26)),
        (date(2026, 11, 26), date(2026, 11, 30)),
        (date(2026, 11, 28), date(2026, 12, 1)),
        (date(2026, 2, 13), date(2026, 2, 24)),
        (date(2026, 4, 24), date(2026, 4, 29)),
        (date(2026, 4, 29), date(2026, 5, 5)),
        (date(2026, 8, 31), date(2026, 9, 4)),
        (date(2026, 8, 20), date(2026, 8, 22)),
        (date(2026, 8, 27), date(2026, 9, 3)),
        (date(2026, 1, 8), date(2026, 1, 10)),
        (date(2026, 11, 23), date(2026, 11, 26)),
        (date(2026, 12, 31), date(2027, 1, 5)),
    ],
    ids=str,
)
def test_a_request_is_acknowledged_on_the_second_working_day(filed, due):
    assert deadlines.acknowledge_by(filed) == due


@pytest.mark.parametrize("kind", deadlines.KINDS)
def test_the_days_are_those_of_the_law_and_become_longer_once(kind):
    day = date(2026, 11, 2)
    stops = kind in {"withdraw", "restrict", "object"}
    assert (deadlines.done_by(kind, day) - day).days == (15 if stops else 10)
    assert (deadlines.done_by(kind, day, others=True) - day).days == (20 if stops else 10)
    assert (deadlines.done_by(kind, day, longer=True) - day).days == (30 if stops else 20)


def test_the_last_day_is_soon_and_the_day_after_is_late():
    due = date(2026, 11, 20)
    days = [deadlines.urgency(due, due + timedelta(days=n)) for n in (-4, -3, 0, 1)]
    assert days == [Urgency.CALM, Urgency.SOON, Urgency.SOON, Urgency.LATE]


def filed(session, kind="withdraw", province="40", now=NOW, person_id=None):
    number = follow_number(hashlib.sha256(f"{kind} {now}".encode()).digest())
    given = Given(kind, "Nguyễn Thị Hoa", "ảnh trên trang trà", "0912", province, person_id=person_id)
    return certifying_requests.file(session, given, number, now), number


def test_a_request_goes_its_way_and_every_step_stays(store):
    with store.begin() as session:
        row, number = filed(session)
        assert certifying_requests.look_up(session, number.lower()).state == "new"
        certifying_requests.take(session, HA, row, NOW, others=True)
        with pytest.raises(Conflict):
            certifying_requests.take(session, HA, row, NOW)
        assert certifying_requests.lengthen(session, HA, row, "chờ hợp tác xã trả lời", NOW) == date(
            2026, 12, 29
        )
        with pytest.raises(Conflict):
            certifying_requests.lengthen(session, HA, row, "lại chờ", NOW)
        certifying_requests.settle(session, HA, row, "Đã gỡ ảnh ngày 25/11.", NOW + timedelta(days=1))
        with pytest.raises(Conflict):
            certifying_requests.answer(session, HA, row, "thêm", NOW)
        one = certifying_requests.look_up(session, number)
        assert (one.state, one.answer, one.officer, one.contact) == (
            "done",
            "Đã gỡ ảnh ngày 25/11.",
            "chị Hà",
            "",
        )
        assert [step.state for step in one.steps] == ["done", "longer", "taken"]
        assert certifying_requests.cases(session, Scope("40")) == []
        assert [one.number for one in certifying_requests.cases(session, Scope("40"), closed=True)] == [row]


def test_time_that_is_over_is_not_made_longer(store):
    with store.begin() as session:
        row, _ = filed(session)
        with pytest.raises(Conflict):
            certifying_requests.lengthen(session, HA, row, "quên mất", NOW + timedelta(days=16))


def test_what_is_due_first_stands_first_and_other_places_are_left_out(store):
    with store.begin() as session:
        calm, _ = filed(session, "object", now=NOW)
        late, _ = filed(session, "see", now=NOW - timedelta(days=9))
        nowhere, _ = filed(session, "delete", province="", now=NOW - timedelta(days=4))
        assert [one.number for one in certifying_requests.cases(session, Scope("40"))] == [late, calm]
        assert [one.number for one in certifying_requests.cases(session, Scope())] == [late, nowhere, calm]
        for scope in (Scope("19"), Scope("40")):
            with pytest.raises(Unknown):
                certifying_requests.case(session, scope, nowhere)
        with pytest.raises(NotYours):
            certifying_requests.take(session, HA, nowhere, NOW)


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "sell"},
        {"name": " "},
        {"words": ""},
        {"words": "x" * 2001},
        {"province": "4"},
        {"lang": "??"},
    ],
    ids=str,
)
def test_a_request_that_says_nothing_is_refused(sqlite_store, wrong):
    given = {"kind": "see", "name": "Hoa", "words": "ảnh", **wrong}
    with sqlite_store.begin() as session, pytest.raises(BadValue):
        certifying_requests.file(session, Given(**given), follow_number(bytes(8)), NOW)


@pytest.fixture
def placed(room):
    """A room that knows the provinces."""
    with room.store.begin() as session:
        import_units(session, [unit for unit in bundled_units() if unit.code in {"19", "40"}])
    return room


def sent(client, **more):
    got = client.post("/help/du-lieu", {**ASKED, **more})
    assert got.status == 200, got.words
    return NUMBER.search(got.words)[0]


def test_anybody_files_a_request_and_follows_it_by_its_number_alone(placed):
    client = placed.client()
    assert client.get("/help/du-lieu").status == 200
    number = sent(client)
    assert placed.rows("SELECT kind, province_code, person_id FROM data_request") == [("delete", "40", None)]
    assert number.encode() not in (placed.data / "ocop.db").read_bytes()
    other = placed.client()
    got = other.post("/help/du-lieu/tra-cuu", {"number": number})
    assert "Mới nhận" in got.words
    assert "26/11/2026" in got.words
    assert other.post("/help/du-lieu/tra-cuu", {"number": "0000-0000-0000"}).status == 422


@pytest.mark.parametrize(
    "wrong", [{"kind": "x"}, {"name": ""}, {"words": ""}, {"province": "99"}, {"contact": "x" * 300}], ids=str
)
def test_a_form_with_a_fault_comes_back_with_what_was_typed(placed, wrong):
    got = placed.client().post("/help/du-lieu", {**ASKED, **wrong})
    assert got.status == 422
    assert wrong.get("words") == "" or "Xin xóa ảnh của tôi" in got.words
    assert placed.rows("SELECT count(*) FROM data_request") == [(0,)]


def test_a_flood_of_requests_is_stopped_kindly(placed):
    client = placed.client()
    states = [client.post("/help/du-lieu", ASKED).status for _ in range(12)]
    assert states[:10] == [200] * 10
    assert states[-1] == 429


def test_the_office_of_the_province_works_on_it_and_its_sender_reads_the_answer(placed):
    sender = placed.client()
    number = sent(sender)
    mai, elsewhere = (
        placed.person(Role.PROVINCE, name="Lê Thị Mai"),
        placed.person(Role.PROVINCE, province="19"),
    )
    assert "26/11/2026, sắp đến hạn" in mai.get("/office/requests").words
    assert elsewhere.get("/office/requests/1").status == 404
    assert "Nguyễn Thị Hoa" not in elsewhere.get("/office/requests").words
    placed.later(minutes=5)
    assert mai.follow(mai.post("/office/requests/1/take", {"others": "1"})).status == 200
    assert mai.post("/office/requests/1/take").status == 422
    assert mai.post("/office/requests/1/done", {"words": " "}).status == 422
    assert mai.post("/office/requests/1/eat", {"words": "x"}).status == 404
    assert mai.post("/office/requests/1/longer", {"words": "Chờ hợp tác xã trả lời."}).status == 303
    assert mai.post("/office/requests/1/done", {"words": "Đã gỡ ảnh.\n<b>Cảm ơn</b>"}).status == 303
    assert mai.post("/office/requests/1/answer", {"words": "x"}).status == 422
    letter = mai.get("/office/requests/1/letter")
    assert "Kính gửi: Nguyễn Thị Hoa" in letter.words
    assert "Đã gỡ ảnh." in letter.words
    assert "<b>" not in letter.text
    read = sender.post("/help/du-lieu/tra-cuu", {"number": number})
    assert "Đã làm xong" in read.words
    assert "Đã gỡ ảnh." in read.words
    assert placed.rows("SELECT contact FROM data_request") == [("",)]
    assert [what for (what,) in placed.rows("SELECT what FROM audit_entry ORDER BY position")] == [
        "request.file", "request.take", "request.longer", "request.done"
    ]  # fmt: skip
    with placed.store.read() as session:
        assert auditing.check(session).wrong is None


def test_what_names_no_province_reaches_the_national_office_and_the_operator(placed):
    sent(placed.client(), province="")
    for role in (Role.NATIONAL, Role.OPERATOR):
        client = placed.person(role)
        assert "Nguyễn Thị Hoa" in client.get("/office/requests").words
        assert client.get("/office/requests/1").status == 200
    assert placed.person(Role.PROVINCE).get("/office/requests/1").status == 404
    assert placed.person(Role.COMMUNE).get("/office/requests").status == 403


def test_days_of_a_year_that_is_not_announced_are_called_expected(placed):
    sent(placed.client())
    mai = placed.person(Role.PROVINCE)
    assert "chưa công bố lịch nghỉ" not in mai.get("/office/requests/1").words
    placed.later(days=36)
    sent(placed.client())
    assert (
        "năm 2027 Nhà nước chưa công bố lịch nghỉ"
        in placed.person(Role.PROVINCE).get("/office/requests/2").words
    )


def test_an_overdue_request_is_named_late(placed):
    sent(placed.client())
    placed.later(days=3)
    got = placed.person(Role.PROVINCE).get("/office/requests")
    assert 'class="tag late"' in got.text
    assert "đã quá hạn" in got.words
