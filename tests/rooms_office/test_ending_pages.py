"""The office's pages of hand-over, closing and change of people, and the maker's own page, over HTTP."""

import io
import json
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from ocop.trace import doors, facts, handing_export
from ocop.trace.registry import feedback, tables, telling
from ocop.trace.registry.editing import producer_row, save_producer
from ocop.trace.rights import Grant, Role
from sqlalchemy import select

TEA, LEAF, HAMMOCK = "09521234543213", "P/4VTR0QB4", "09521234543220"
MAKER = "htx-huong-van-tra"
TAKEN = {"part": "1", "reason": "con trai bà Vân xin, đã xem giấy thừa kế"}
HERE = f"/office/producers/{MAKER}"


class Place:
    """A furnished room with an officer of the province and somebody of the maker."""

    def __init__(self, room: Any, office: Any) -> None:
        self.room, self.office = room, office
        self.officer = room.person("province", province="19", name="Chị Hà")
        with room.store.read() as session:
            self.maker_id = producer_row(session, MAKER).id
        self.chief = room.person("producer", producer=self.maker_id, name="Bà Vân")

    def log(self, what: str) -> list[tuple[Any, ...]]:
        return self.room.rows(
            f"SELECT actor, about, why, producer_id FROM audit_entry WHERE what = '{what}' ORDER BY position"
        )

    def told(self) -> None:
        with self.room.store.begin() as session:
            for item in ("portrait", "phone", "quote"):
                telling.give_consent(session, MAKER, item, person="Bà Vân", proof="giấy", at=self.room.now)
        self.office.tell(TEA)


@pytest.fixture
def place(rooms: Any, furnished: Callable[..., Any], tmp_path: Path) -> Place:
    room = rooms()
    return Place(room, furnished(room.store, tmp_path / "office"))


def test_closing_is_looked_at_first_and_done_once(place: Place) -> None:
    place.office.issue("L1")
    place.told()
    page = place.officer.get(f"{HERE}/close")
    assert page.status == 200
    for words in (
        "Đóng HTX Hương Vân Trà",
        "Lời đồng ý đang có 3",
        "Lô đã phát hành 1",
        "Hủy mã là việc khác",
    ):
        assert words in page.words, words
    fields = {"cause": "died", "reason": "bà Vân mất ngày 12/11", "sure": "1"}
    first, second = place.officer.post(f"{HERE}/close", fields), place.officer.post(f"{HERE}/close", fields)
    assert (first.status, first.location) == (303, HERE)
    assert "ngừng hoạt động" in place.officer.follow(first).words
    assert (second.status, second.location) == (303, HERE)
    assert place.log("producer.close") == [
        ("Chị Hà", "HTX Hương Vân Trà: died", "bà Vân mất ngày 12/11", place.maker_id)
    ]
    shown = place.officer.get(HERE)
    assert "Đã ngừng hoạt động" in shown.words
    assert "/office/batches/09521234543213/L1" in shown.text, "withdrawing is another act, offered here"
    assert "Sửa" not in shown.words or f'action="{HERE}"' not in shown.text
    assert "Đã ngừng hoạt động" in place.officer.get("/office/producers").words
    assert "Đã ngừng hoạt động" in place.officer.get("/office/products").words
    assert place.chief.get("/studio").status in {303, 403}


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"cause": "died", "sure": "1"}, "lý do"),
        ({"cause": "died", "reason": "x"}, "Xin đánh dấu để xác nhận"),
        ({"cause": "handed_over", "reason": "x", "sure": "1"}, "chọn"),
        ({"reason": "x" * 1001, "cause": "other", "sure": "1"}, ""),
    ],
    ids=["no reason", "not sure", "a cause that isn't offered", "too long"],
)
def test_a_closing_that_can_not_be_is_told_why_and_nothing_changes(
    place: Place, fields: dict[str, str], sentence: str
) -> None:
    got = place.officer.post(f"{HERE}/close", fields)
    assert got.status == 422
    assert sentence.lower() in got.words.lower()
    assert place.room.rows("SELECT COUNT(*) FROM producer_closing") == [(0,)]


def test_no_proof_no_act_and_other_provinces_find_nothing(place: Place) -> None:
    stale = place.room.person("province", province="19", proved=False)
    got = stale.post(f"{HERE}/close", {"cause": "died", "reason": "x", "sure": "1"})
    assert place.room.rows("SELECT COUNT(*) FROM producer_closing") == [(0,)]
    assert got.status != 303 or "again" in got.location
    other = place.room.person("province", province="40")
    for path in ("close", "reopen", "people", "hand-over"):
        assert other.get(f"{HERE}/{path}").status == 404
        assert place.room.person("commune", commune="05503").get(f"{HERE}/{path}").status == 403
        assert place.chief.get(f"{HERE}/{path}").status == 403


def test_a_closed_maker_takes_no_forms_and_can_be_opened_with_its_people(place: Place) -> None:
    place.officer.post(f"{HERE}/close", {"cause": "other", "reason": "nhầm", "sure": "1"})
    new = {"name": "Trà mới", "group": "2"}
    assert "đã ngừng hoạt động" in place.officer.post(f"{HERE}/products", new).words
    page = place.officer.get(f"{HERE}/reopen")
    assert "Bà Vân" in page.words
    assert "Lời đồng ý không tự trở lại" in page.words
    fields = {"reason": "đóng nhầm cơ sở", "people": "1"}
    for _ in range(2):
        assert place.officer.post(f"{HERE}/reopen", fields).location == HERE
    assert [line[2] for line in place.log("producer.reopen")] == ["đóng nhầm cơ sở"]
    assert place.chief.get("/studio").status == 200


def neighbours(place: Place, count: int) -> None:
    """Producers to choose from: `count` of the province, one of them closed, and one of another province."""
    here = facts.Place("19", "tỉnh Thái Nguyên", "05503", "xã Tân Cương")
    there = facts.Place("40", "tỉnh Nghệ An", "17278", "xã Giai Xuân")
    with place.room.store.begin() as session:
        for number in range(1, count + 1):
            kind = facts.ProducerKind.COOPERATIVE
            save_producer(
                session, facts.Producer(f"doi-{number:03d}", f"HTX Chè Đồi Cọ {number:03d}", kind, here)
            )
        save_producer(session, facts.Producer("doi-xa", "HTX Chè Đồi Cọ Xa", kind, there))
        producer_row(session, "doi-007").closed_at = place.room.now


def offered(got: Any) -> list[str]:
    """The values of the choice of a producer, without the empty one."""
    (select,) = re.findall(r'<select[^>]* name="to".*?</select>', got.text, re.S)
    return [value for value in re.findall(r'<option value="([^"]*)"', select) if value]


def test_few_producers_are_all_there_to_choose_from_and_many_are_found_by_words(place: Place) -> None:
    page = f"{HERE}/hand-over"
    neighbours(place, 50)
    few = place.officer.get(page)
    assert len(offered(few)) == 1 + 49, "a new one, and all that are at work"
    assert 'name="q"' not in few.text
    neighbours(place, 61)
    many = place.officer.get(page)
    assert offered(many) == ["+"]
    assert "Có 60 cơ sở. Xin tìm cơ sở nhận ở trên" in many.words
    for typed, found, said in (
        ("che doi co", [f"doi-{number:03d}" for number in range(1, 52) if number != 7],
         "Có 60 cơ sở có “che doi co”, danh sách chỉ hiện 50"),
        ("CHÈ ĐỒI 04", [f"doi-{number:03d}" for number in range(40, 50)], "Tìm thấy 10 cơ sở"),
        ("tan cuong 061", ["doi-061"], "Tìm thấy 1 cơ sở"),
        ("doi 007", [], "Không thấy cơ sở nào có “doi 007”"),
        ("nghe an", [], "Không thấy"),
        ("xoài", [], "Không thấy cơ sở nào có “xoài”. Xin thử gõ ít chữ hơn"),
        ('"><script>', [], "Không thấy cơ sở nào"),
        ("x" * 1500, [], "Không thấy"),
    ):  # fmt: skip
        got = place.officer.get(f"{page}?{urlencode({'q': typed})}")
        assert got.status == 200
        assert offered(got) == ["+", *found], typed
        assert said in got.words
        assert "<script>" not in got.text


def test_a_search_for_who_gets_them_keeps_what_is_ticked_and_leads_on(place: Place) -> None:
    neighbours(place, 60)
    page = f"{HERE}/hand-over"
    number = re.findall(r'name="p(\d+)"', place.officer.get(page).text)[0]
    missing = place.officer.get(f"{page}?q=060&p{number}=1&to=")
    assert missing.status == 422
    assert "Xin chọn cơ sở nhận" in missing.words
    form = missing.text.partition('role="search"')[2].partition("</form>")[0]
    assert f'type="hidden" name="p{number}"' in form
    found = place.officer.get(f"{page}?q=060&p{number}=1")
    assert offered(found) == ["+", "doi-060"]
    looked = place.officer.get(f"{page}?q=060&p{number}=1&to=doi-060")
    assert "chuyển sang: HTX Chè Đồi Cọ 060 (xã Tân Cương, tỉnh Thái Nguyên)" in looked.words
    for wrong in ("doi-007", "doi-xa", MAKER, "nobody"):
        got = place.officer.get(f"{page}?p{number}=1&to={wrong}")
        assert (got.status, "Xin chọn cơ sở nhận" in got.words) == (422, True), wrong
        sent = place.officer.post(page, {"to": wrong, f"p{number}": "1", "reason": "nhập"})
        assert sent.status == 422, wrong
    assert place.room.rows("SELECT COUNT(*) FROM hand_over") == [(0,)]
    place.officer.post(page, {"to": "doi-060", f"p{number}": "1", "reason": "nhập"})
    assert place.room.rows("SELECT COUNT(*) FROM hand_over") == [(1,)]


def test_whoever_lost_the_way_in_by_a_closing_is_told_so_and_nobody_else(place: Place) -> None:
    """Not "this account has no such work": she had, until her maker closed, and there is somebody to call."""
    told = "HTX Hương Vân Trà đã ngừng hoạt động từ"
    place.officer.post(f"{HERE}/close", {"cause": "other", "reason": "nhầm", "sure": "1"})
    for path in ("/studio", f"/studio/producers/{MAKER}/data", f"/studio/products/{TEA}", "/office"):
        got = place.chief.get(path)
        assert got.status == 403
        assert told in got.words
        assert "xin gọi văn phòng OCOP tỉnh" in got.words
    for path in ("/me", "/me/data"):
        assert place.chief.get(path).status == 200, "her own account and data stay hers"
    stranger = place.room.person("inspector").get("/office/import")
    assert (stranger.status, told in stranger.words) == (403, False)
    place.officer.post(f"{HERE}/reopen", {"reason": "đóng nhầm cơ sở"})
    assert told not in place.chief.get("/studio").words, "the maker works again, without her"
    assert place.chief.post("/me/leave").location == "/door"
    assert place.chief.get("/me").status == 303, "signed out"


def test_what_can_be_done_about_a_closed_maker_stands_before_its_batches(place: Place) -> None:
    place.office.issue("L1")
    place.officer.post(f"{HERE}/close", {"cause": "died", "reason": "bà Vân mất", "sure": "1"})
    page = place.officer.get(HERE).text
    assert 0 < page.index("Mở lại cơ sở") < page.index("Các lô đã phát hành")
    looked = place.officer.get(f"{HERE}/reopen").words
    for fact in ("Chủ cơ sở đã mất", "bà Vân mất", "Chị Hà", "Người mất quyền vào khi đóng Bà Vân"):
        assert fact in looked, "what is taken back is shown before it is"


def test_what_is_sent_late_to_a_closed_maker_is_answered_with_a_sentence(place: Place) -> None:
    """The maker's own forms, sent in the moment of the closing: rights are gone, so they meet a closed door."""
    place.officer.post(f"{HERE}/close", {"cause": "other", "reason": "x", "sure": "1"})
    for path, fields in (
        (f"/studio/products/{TEA}/batches", {"lot": "L9"}),
        (f"/studio/products/{TEA}/story/vi", {"title": "x"}),
        (f"/studio/producers/{MAKER}/consents", {"item": "phone"}),
        (f"/studio/producers/{MAKER}/data/stop", {"sure": "1"}),
    ):
        assert place.chief.post(path, fields).status in {403, 404}


def test_people_change_in_one_act_and_the_new_one_gets_a_link(place: Place) -> None:
    page = place.officer.get(f"{HERE}/people")
    assert "Bà Vân" in page.words
    wrong = place.officer.post(f"{HERE}/people", {"reason": "x", "name": "Ông Nam"})
    assert (wrong.status, "ít nhất một người nghỉ" in wrong.words) == (422, True)
    nobody = place.officer.post(f"{HERE}/people", {"reason": "x", f"u{place.chief.person_id}": "1"})
    assert (nobody.status, "không còn ai" in nobody.words) == (422, True)
    bad = {"reason": "x", f"u{place.chief.person_id}": "1", "name": "Ông Nam", "phone": "12"}
    assert "Số điện thoại chưa đúng" in place.officer.post(f"{HERE}/people", bad).words
    assert place.chief.get("/studio").status == 200, "nothing of a refused change stays"
    fields = {"reason": "giám đốc nghỉ hưu", f"u{place.chief.person_id}": "1", "name": "Trần Văn Nam",
              "phone": "0987 654 321"}  # fmt: skip
    got = place.officer.post(f"{HERE}/people", fields)
    assert (got.status, "Trần Văn Nam" in got.words) == (200, True)
    assert re.search(r"/door/i/[\w-]{43}", got.text)
    assert place.chief.get("/studio").status in {303, 403}
    assert place.log("producer.people")[0][1:] == (
        "HTX Hương Vân Trà: Bà Vân, → Trần Văn Nam", "giám đốc nghỉ hưu", place.maker_id,
    )  # fmt: skip
    again = place.officer.post(f"{HERE}/people", fields)
    assert (again.status, again.location) == (303, HERE)


def numbers(place: Place) -> dict[str, int]:
    with place.room.store.read() as session:
        return {row.key: row.id for row in session.scalars(select(tables.Product))}


def test_a_household_becomes_a_cooperative_in_one_act(place: Place) -> None:
    place.office.issue("L1")
    place.told()
    choose = place.officer.get(f"{HERE}/hand-over")
    assert "Trà Hương Vân" in choose.words
    assert "Bến Mây" not in choose.words, "a producer of another province is not offered"
    none = place.officer.get(f"{HERE}/hand-over?to=%2B")
    assert (none.status, "ít nhất một sản phẩm" in none.words) == (422, True)
    look = place.officer.get(f"{HERE}/hand-over?to=%2B&all=1")
    for words in (
        "2 sản phẩm của HTX Hương Vân Trà",
        "Không đi theo nếu chưa đồng ý lại",
        "Lô đã phát hành 1",
    ):
        assert words in look.words, words
    fields = {f"p{number}": "1" for key, number in numbers(place).items() if key != HAMMOCK}
    fields |= {
        "to": "+", "name": "HTX Chè Mới", "kind": "htx", "commune": "05503", "people": "1", "close": "1",
        "reason": "hộ lên hợp tác xã",
    }  # fmt: skip
    done = place.officer.post(f"{HERE}/hand-over", fields)
    assert done.status == 303, done.words
    assert "2 sản phẩm" in place.officer.follow(done).words
    again = place.officer.post(f"{HERE}/hand-over", fields)
    assert (again.status, again.location) == (303, HERE)
    assert place.room.rows("SELECT COUNT(*) FROM producer WHERE name = 'HTX Chè Mới'") == [(1,)]
    assert {line[3] for line in place.log("producer.hand_over")} > {place.maker_id}
    assert len(place.log("producer.hand_over")) == 2
    studio = place.chief.get("/studio")
    assert (studio.status, "HTX Chè Mới" in studio.words, "HTX Hương Vân Trà" in studio.words) == (
        200,
        True,
        False,
    )
    batch = place.chief.get(f"/studio/products/{TEA}/batches/L1")
    assert "Lô này do HTX Hương Vân Trà làm" in batch.words
    assert "/labels" not in batch.text


def test_a_refused_hand_over_leaves_no_new_maker_behind(place: Place) -> None:
    with place.room.store.begin() as session:
        number = session.scalars(select(tables.Consent.id)).first()
        assert number is None
    place.told()
    tea = numbers(place)[TEA]
    with place.room.store.read() as session:
        consent = session.scalars(select(tables.Consent.id)).first()
    fields = {"to": "+", f"p{tea}": "1", "name": "HTX Chè Mới", "kind": "htx", "commune": "05503", "reason": "x",
              f"c{consent}": "1"}  # fmt: skip
    got = place.officer.post(f"{HERE}/hand-over", fields)
    assert (got.status, "giấy đồng ý giữ ở đâu" in got.words) == (422, True)
    assert place.room.rows("SELECT COUNT(*) FROM producer WHERE name = 'HTX Chè Mới'") == [(0,)]
    twin = place.officer.post(f"{HERE}/hand-over", fields | {"name": "HTX Hương Vân Trà", "proof": "giấy"})
    assert twin.status == 422


def test_a_hand_over_to_another_province_is_refused(place: Place) -> None:
    tea = numbers(place)[TEA]
    fields = {"to": "to-hop-tac-ben-may", f"p{tea}": "1", "reason": "x"}
    got = place.officer.post(f"{HERE}/hand-over", fields)
    assert (got.status, "ngoài địa bàn" in got.words) == (422, True)


class TestOwnData:
    def take(self, place: Place, part: int = 1) -> Any:
        return place.chief.post(f"/studio/producers/{MAKER}/data/file/{part}", {})

    def test_everything_is_in_it(self, place: Place) -> None:
        place.told()
        place.office.issue("L1")
        with place.room.store.begin() as session:
            feedback.add_thanks(session, TEA, "L1", "en")
            session.add_all(
                tables.Scan(key=TEA, lot="L1", serial=number, at=place.room.now, code="code_issued", stars="none",
                            channel="print", lang="vi", browser="chrome")
                for number in (1, 2)
            )  # fmt: skip
        got = self.take(place)
        assert (got.status, got.header("content-type")) == (200, "application/zip")
        archive = zipfile.ZipFile(io.BytesIO(got.body))
        said = json.loads(archive.read("data.json"))
        assert {one["key"] for one in said["products"]} == {TEA, LEAF}
        tea = next(one for one in said["products"] if one["key"] == TEA)
        assert tea["thanks"] == {"en": 1}
        assert tea["stories"][0]["answers"][0].startswith("Mẹ tôi")
        assert {one["item"] for one in said["consents"]} == {"portrait", "phone", "quote"}
        assert [one["name"] for one in said["people"]] == ["Bà Vân"]
        assert "L1" in archive.read("batches.csv").decode("utf-8-sig")
        assert "code_issued,none,print,vi,2" in archive.read("scans.csv").decode("utf-8-sig")
        readme = archive.read("README.txt").decode()
        assert "Đây là dữ liệu của cơ sở" in readme
        assert place.log("producer.take")[0][1] == "HTX Hương Vân Trà: 1"

    def test_big_files_come_in_parts_and_none_is_missing(
        self, place: Place, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(handing_export, "PART_BYTES", 1_000)
        media = place.room.data / "media" / "aa"
        media.mkdir(parents=True)
        names = [f"aa{number:062}" for number in range(5)]
        with place.room.store.begin() as session:
            for name in names:
                (media / f"{name}.jpg").write_bytes(b"x" * 400)
                session.add(tables.Upload(producer_id=place.maker_id, name=name, size=400, at=place.room.now))
        page = place.chief.get(f"/studio/producers/{MAKER}/data")
        assert "Tải phần 3/3" in page.words
        found: list[str] = []
        for part in (1, 2, 3):
            files = zipfile.ZipFile(io.BytesIO(self.take(place, part).body)).namelist()
            found += [name for name in files if name.startswith("photos/")]
        assert found == [f"photos/{name}.jpg" for name in names]
        assert self.take(place, 4).status == 404
        assert self.take(place, 0).status == 404

    def test_helpers_and_others_don_t_get_it(self, place: Place) -> None:
        other = place.room.person("producer", producer=place.room.producer("other"))
        assert other.get(f"/studio/producers/{MAKER}/data").status == 404
        assert place.officer.get(f"/studio/producers/{MAKER}/data").status == 403


class TestTakenByTheOffice:
    """What is kept of a closed maker: its people are out, so the office fetches it, and says for whom."""

    def closed(self, place: Place) -> None:
        place.officer.post(f"{HERE}/close", {"cause": "died", "reason": "bà Vân mất", "sure": "1"})

    def test_a_closed_maker_is_fetched_whole_and_the_log_says_for_whom(self, place: Place) -> None:
        place.office.issue("L1")
        place.told()
        self.closed(place)
        assert place.chief.get(f"/studio/producers/{MAKER}/data").status == 403
        shown = place.officer.get(HERE)
        assert "văn phòng tải giúp ở đây" in shown.words
        assert f'href="{HERE}/data"' in shown.text
        page = place.officer.get(f"{HERE}/data")
        assert "Giao cho ai, vì sao" in page.words
        got = place.officer.post(f"{HERE}/data", TAKEN)
        assert (got.status, got.header("content-type")) == (200, "application/zip")
        said = json.loads(zipfile.ZipFile(io.BytesIO(got.body)).read("data.json"))
        assert {one["key"] for one in said["products"]} == {TEA, LEAF}
        assert said["producer"]["closed_at"]
        assert [one["name"] for one in said["people"]] == ["Bà Vân"]
        assert place.log("producer.take") == [
            ("Chị Hà", "HTX Hương Vân Trà: 1", TAKEN["reason"], place.maker_id)
        ]

    def test_without_a_reason_a_proof_or_the_right_nothing_is_given(self, place: Place) -> None:
        self.closed(place)
        for fields in ({"part": "1"}, {**TAKEN, "part": "2"}, {**TAKEN, "part": "0"}):
            assert place.officer.post(f"{HERE}/data", fields).status == 422
        stale = place.room.person("province", province="19", proved=False)
        assert stale.post(f"{HERE}/data", TAKEN).header("content-type") != "application/zip"
        other = place.room.person("province", province="40")
        assert other.post(f"{HERE}/data", TAKEN).status == 404
        assert place.room.person("commune", commune="05503").post(f"{HERE}/data", TAKEN).status == 403
        assert place.log("producer.take") == []

    def test_of_a_maker_at_work_the_office_takes_nothing(self, place: Place) -> None:
        for ask in (place.officer.get, lambda path: place.officer.post(path, TAKEN)):
            got = ask(f"{HERE}/data")
            assert (got.status, got.location) == (303, HERE)
            assert "người của cơ sở tự tải" in place.officer.follow(got).words
        assert place.log("producer.take") == []

    def test_big_files_are_chosen_by_part(self, place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(handing_export, "PART_BYTES", 1_000)
        media = place.room.data / "media" / "aa"
        media.mkdir(parents=True)
        with place.room.store.begin() as session:
            for name in (f"aa{number:062}" for number in range(5)):
                (media / f"{name}.jpg").write_bytes(b"x" * 400)
                session.add(tables.Upload(producer_id=place.maker_id, name=name, size=400, at=place.room.now))
        self.closed(place)
        assert "Tải phần 3/3" in place.officer.get(f"{HERE}/data").words
        got = place.officer.post(f"{HERE}/data", {**TAKEN, "part": "3"})
        assert zipfile.ZipFile(io.BytesIO(got.body)).namelist() == [f"photos/aa{4:062}.jpg"]


def test_where_it_is_needed_a_page_leads_to_the_help(place: Place) -> None:
    for path in (HERE, f"{HERE}/close", f"{HERE}/hand-over"):
        assert 'href="/help/nghi-hoac-sang-ten"' in place.officer.get(path).text, path
    assert 'href="/help/nghi-hoac-sang-ten"' in place.chief.get(f"/studio/producers/{MAKER}/data").text
    place.officer.post(f"{HERE}/close", {"cause": "other", "reason": "x", "sure": "1"})
    assert 'href="/help/nghi-hoac-sang-ten"' in place.officer.get(HERE).text


class TestWish:
    def test_it_goes_to_the_office_and_back(self, place: Place) -> None:
        here = f"/studio/producers/{MAKER}/data"
        assert f'href="{here}"' in place.chief.get("/studio").text
        assert place.chief.post(f"{here}/stop", {"words": "nghỉ"}).status == 422
        sent = place.chief.post(f"{here}/stop", {"words": "Tôi nghỉ vì già yếu", "sure": "1"})
        assert (sent.status, sent.location) == (303, here)
        home = place.officer.get("/office")
        assert "Cơ sở xin ngừng hoạt động" in home.words
        assert f'href="{HERE}"' in home.text
        assert "Tôi nghỉ vì già yếu" in place.officer.get(HERE).words
        assert "già yếu" not in str(place.log("producer.wish")), "nothing can be taken out of the log"
        back = place.chief.post(f"{here}/go-on", {})
        assert back.status == 303
        assert "Bà Vân xin ngừng" not in place.officer.get(HERE).words
        place.chief.post(f"{here}/stop", {"sure": "1"})
        assert place.officer.post(f"{HERE}/wish/end", {}).location == HERE
        assert len(place.log("producer.wish.end")) == 2


def test_words_with_marks_in_a_reason_are_words(place: Place) -> None:
    reason = "<script>alert(1)</script> 'x' OR 1=1 --\r\nSet-Cookie: a=b"
    got = place.officer.post(f"{HERE}/close", {"cause": "other", "reason": reason, "sure": "1"})
    assert got.status == 303
    page = place.officer.get(HERE)
    assert "<script>alert" not in page.text
    assert "<script>alert(1)</script>" in page.words or "&lt;script&gt;" in page.text


def test_an_invitation_of_a_maker_that_was_closed_meanwhile_opens_nothing(place: Place) -> None:
    with place.room.store.begin() as session:
        someone = place.room.person("producer", producer=place.room.producer("other"))
    place.officer.post(f"{HERE}/close", {"cause": "other", "reason": "x", "sure": "1"})
    with pytest.raises(Exception, match="closed on"), place.room.store.begin() as session:
        doors.give_role(
            session, someone.person_id, Grant(Role.PRODUCER, place.maker_id), "phòng", place.room.now
        )
    invite = {"role": "producer", "producer": str(place.maker_id), "name": "Ông Tư"}
    assert place.officer.post("/office/people", invite).status == 422
