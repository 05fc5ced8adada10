"""The office's pages as a person uses them: lists, forms that come back with words, acts with a preview."""

import csv
import io
import json
import re
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from ocop.trace import certifying_requests
from ocop.trace.answering import follow_number
from ocop.trace.certifying import Line, Officer, Paper, Scope, enter_decision
from ocop.trace.registry import feedback, tables
from ocop.trace.registry.quotas import QuotaSpent
from sqlalchemy import select
from sqlmodel import col

TEA, LEAF, HAMMOCK = "09521234543213", "P/4VTR0QB4", "09521234543220"
TODAY = date(2026, 11, 24)
PDF = b"%PDF-1.4\n1 0 obj <<>> endobj\nstartxref\n9\n%%EOF\n"
CORPUS = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{7*7}}",
    "' OR 1=1 --",
    "javascript:alert(1)",
)


@pytest.fixture
def desk(room: Any, furnished: Any, tmp_path: Any) -> SimpleNamespace:
    """A service with the office's sample products, and an officer of Thái Nguyên."""
    office = furnished(room.store, tmp_path / "office")
    return SimpleNamespace(room=room, office=office, ha=room.person("province", province="19", name="Chị Hà"))


def certify(desk: SimpleNamespace, key: str, to: date, stars: int = 4) -> int:
    boss = Officer("x", "x", Scope())
    paper = Paper(f"{to}-{key}", to - timedelta(days=1000), "UBND tỉnh Thái Nguyên")
    province = "40" if key == HAMMOCK else "19"
    line = Line(1, province, "HTX", "Trà", stars, paper.signed_on, to, key=key)
    with desk.room.store.begin() as session:
        enter_decision(session, boss, paper, [line], desk.room.now)
        return (
            session.scalars(select(tables.Certificate).order_by(col(tables.Certificate.id).desc())).first().id
        )


def problems(got: Any) -> str:
    return " ".join(re.findall(r'class="problem"[^>]*>([^<]*)', got.text))


OWN = ("/office/products/09521234543213", "/office/producers/htx-huong-van-tra")
PAGES = ("/office", "/office/stories", "/office/calendar", "/office/decisions", "/office/decisions/waiting",
         "/office/products", "/office/producers", "/office/quotas", "/office/reports", "/office/figures",
         *OWN)  # fmt: skip


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_every_page_opens_for_an_office_in_both_languages(desk: SimpleNamespace, lang: str) -> None:
    nation, commune = (
        desk.room.person("national"),
        desk.room.person("commune", commune="05503", province=None),
    )
    elsewhere = desk.room.person("province", province="01")
    for path in PAGES:
        assert desk.ha.get(f"{path}?lang={lang}").status == 200, path
        assert commune.get(f"{path}?lang={lang}").status == 200, path
        reads = path != "/office/stories"
        assert nation.get(f"{path}?lang={lang}").status == (200 if reads else 403), path
        assert elsewhere.get(path).status == (404 if path in OWN else 200), path


def test_the_first_page_names_what_this_person_has_to_do(desk: SimpleNamespace) -> None:
    certify(desk, TEA, TODAY + timedelta(days=20))
    lines = {**PAPER, **typed(1, 1, "19", "Trà búp"), **typed(2, 2, "40", "Võng gai"), "rows": "2"}
    assert desk.ha.post("/office/decisions", lines).status == 303
    with desk.room.store.begin() as session:
        given = feedback.ReportGiven(TEA, "not_alike", "vi", lot="L1", serial=3, words="Nắp khác")
        feedback.add_report(session, given, desk.room.now)
        asked = certifying_requests.Given(
            "delete", "Nguyễn Thị Hoa", "Xin xóa số điện thoại của tôi", province="19"
        )
        certifying_requests.file(session, asked, follow_number(bytes(8)), desk.room.now)
    tasks = re.findall(r'<a href="([^"]*)"><strong>([0-9]+)</strong>', desk.ha.get("/office").text)
    assert tasks[:3] == [("/office/reports", "1"), ("/office/requests", "1"), ("/office/calendar", "1")]
    assert ("/office/decisions/waiting", "1") in tasks
    assert "Gần nhất: hết ngày 14/12/2026" in desk.ha.get("/office").words
    commune = desk.room.person("commune", commune="05503", province=None).get("/office")
    assert "/office/decisions/waiting" not in commune.text
    nation = desk.room.person("national").get("/office").words
    assert "Việc của các tỉnh" in nation
    assert "Bắt đầu" not in nation


def test_an_office_with_nothing_to_do_and_one_with_no_maker_are_told_so(desk: SimpleNamespace) -> None:
    empty = desk.room.person("province", province="01").get("/office")
    assert "Hôm nay không có việc nào đang chờ" in empty.words
    assert "Sổ chưa có cơ sở nào" in empty.words
    assert re.search(r'class="button quiet" href="/office/import"', empty.text)


def test_an_inspector_begins_with_what_buyers_report(desk: SimpleNamespace) -> None:
    inspector = desk.room.person("inspector", province="19")
    assert inspector.get("/door").location == "/office/reports"
    page = inspector.get("/office/reports")
    assert page.status == 200
    assert re.search(r'<a href="/office/reports" aria-current="page">Tin báo', page.text)
    assert 'href="/office/figures"' not in page.text
    assert desk.ha.get("/office").text.count('href="/office/reports"') == 1


def test_a_producer_and_a_stranger_have_no_way_in(desk: SimpleNamespace) -> None:
    maker = desk.room.person("producer")
    for path in PAGES:
        assert maker.get(path).status in {403, 404}
        assert desk.room.client().get(path).status == 303


def test_another_provinces_things_are_not_found_and_not_changed(desk: SimpleNamespace) -> None:
    desk.office.issue("L1", key=HAMMOCK)
    certificate = certify(desk, HAMMOCK, TODAY + timedelta(days=20))
    story = desk.office.tell(HAMMOCK)
    for path in (f"/office/products/{HAMMOCK}", f"/office/batches/{HAMMOCK}/L1", f"/office/calendar/{certificate}",
                 f"/office/stories/{story}", "/office/producers/to-hop-tac-ben-may"):  # fmt: skip
        assert desk.ha.get(path).status == 404, path
    assert desk.ha.post(f"/office/stories/{story}/check").status == 404
    assert (
        desk.ha.post(f"/office/batches/{HAMMOCK}/L1/withdraw", {"why": "quality", "reason": "x"}).status
        == 404
    )
    assert desk.office.state().batch(HAMMOCK, "L1").withdrawals == ()


def test_products_are_found_without_marks_and_listed_by_the_alphabet(desk: SimpleNamespace) -> None:
    got = desk.ha.get("/office/products?q=dinh+huong")
    assert "Có 1 sản phẩm" in got.words
    both = desk.ha.get("/office/products?q=TRA")
    assert both.text.index("Trà Đinh Hương Vân") < both.text.index("Trà Hương Vân<")
    nothing = desk.ha.get("/office/products?q=khong+co").words
    assert "Không tìm thấy “khong co”" in nothing
    assert "Chưa có sản phẩm nào" not in nothing


def test_a_story_is_read_and_checked_and_the_buyer_sees_who(desk: SimpleNamespace) -> None:
    story = desk.office.tell(TEA)
    assert "Lớn lên cùng nương chè" in desk.ha.get("/office/stories").words
    assert "Mẹ tôi dạy tôi sao chè" in desk.ha.get(f"/office/stories/{story}").words
    done = desk.ha.follow(desk.ha.post(f"/office/stories/{story}/check"))
    assert "Đã ghi là đã đọc “Lớn lên cùng nương chè”." in done.words
    shown = desk.room.client().get("/story/01/09521234543213")
    assert "Văn phòng OCOP tỉnh Thái Nguyên" in shown.words
    assert desk.ha.post(f"/office/stories/{story}/check").status == 409
    assert ("story.check",) in desk.room.rows("SELECT what FROM audit_entry")


def test_a_copied_story_and_its_claim_are_shown(desk: SimpleNamespace) -> None:
    from dataclasses import replace

    desk.office.tell(TEA)
    text = desk.office.story
    copied = replace(text, answers=(*text.answers[:4], "Uống trà này chữa bệnh. Mời bạn."))
    story = desk.office.tell(LEAF, copied)
    got = desk.ha.get(f"/office/stories/{story}")
    assert re.search(r"Giống \d\d % với Trà Hương Vân", got.words)
    assert "<mark>chữa bệnh</mark>" in got.text
    back = desk.ha.post(f"/office/stories/{story}/return", {"note": " "})
    assert back.status == 422
    assert "Xin ghi vài lời" in problems(back)
    assert desk.ha.post(f"/office/stories/{story}/return", {"note": "Xin bỏ câu cuối."}).status == 303
    (number,) = desk.room.rows("SELECT id FROM producer WHERE slug = 'htx-huong-van-tra'")[0]
    maker = desk.room.person("producer", producer=number)
    assert "Xin bỏ câu cuối." in maker.get("/studio/products/P-4VTR0QB4").words
    desk.office.tell(LEAF, replace(text, lead="Kể lại từ đầu."))
    assert "Xin bỏ câu cuối." not in maker.get("/studio/products/P-4VTR0QB4").words


@pytest.mark.parametrize("act", ["withdraw", "recall", "hold"])
def test_an_act_shows_what_changes_first_then_does_it_and_is_taken_back(
    desk: SimpleNamespace, act: str
) -> None:
    desk.office.issue("L1", count=1200)
    here = "/office/batches/09521234543213/L1"
    preview = desk.ha.get(f"{here}/{act}")
    assert "Trang người mua có thể mở 1.201" in preview.words
    assert "Mã trên hàng 1.200" in preview.words
    size = desk.office.state().size
    bare = desk.ha.post(f"{here}/{act}", {"reason": "Giữ lời này"})
    assert bare.status == 422
    assert "Giữ lời này" in bare.text, "what was typed stays"
    assert desk.office.state().size == size
    fields = {"why": "quality", "reason": "Nắp hở", "advice": "Xin đừng dùng"}
    done = desk.ha.follow(desk.ha.post(f"{here}/{act}", fields))
    assert "Nắp hở" in done.words
    again = desk.ha.post(f"{here}/{act}", fields)
    assert again.status == 422
    assert "đã làm rồi" in problems(again)
    if act == "hold":
        assert desk.ha.post(f"{here}/lift", {"reason": "Đạt"}).status == 303
        assert "Đang tạm giữ" not in desk.ha.get(here).words
        return
    undo = re.search(rf'href="({here}/undo/\d+)"', done.text)[1]
    assert "Nắp hở" in desk.ha.get(undo).words
    assert desk.ha.post(undo, {"why": "mistake", "reason": "Nhầm lô"}).status == 303
    assert desk.ha.post(undo, {"why": "mistake", "reason": "Nhầm lô"}).status == 404
    assert desk.office.state().batch(TEA, "L1").recall is None
    assert desk.office.state().batch(TEA, "L1").withdrawals == ()


def test_some_numbers_are_withdrawn_and_others_refused(desk: SimpleNamespace) -> None:
    desk.office.issue("L1", count=20)
    here = "/office/batches/09521234543213/L1/withdraw"
    assert "Mã trên hàng 3" in desk.ha.get(f"{here}?first=4&last=6").words
    wrong = desk.ha.get(f"{here}?first=4&last=60")
    assert wrong.status == 422
    assert "không có những số ấy" in wrong.words
    fields = {"why": "labels_lost", "reason": "Mất cuộn", "first": "4", "last": "6"}
    assert desk.ha.post(here, fields).status == 303
    (gone,) = desk.office.state().batch(TEA, "L1").withdrawals
    assert (gone.first, gone.last) == (4, 6)


def test_every_batch_of_a_product_is_held_at_once(desk: SimpleNamespace) -> None:
    desk.office.issue("L1")
    desk.office.issue("L2")
    path = f"/office/products/{TEA}/hold"
    assert desk.ha.get(path).status == 200
    assert desk.ha.post(path, {"why": "office_hold", "reason": "Kiểm tra"}).status == 303
    assert len(desk.room.rows("SELECT id FROM batch_hold")) == 2


PAPER = {"number": "303/QĐ-UBND", "signed": "2026-02-04", "authority": "UBND tỉnh Thái Nguyên"}


def typed(
    place: int, line: int, province: str, product: str, key: str = "", stars: int = 4
) -> dict[str, str]:
    """One line of a decision's form."""
    values = {"line": str(line), "province": province, "producer": "HTX Hương Vân Trà", "product": product,
              "stars": str(stars), "key": key}  # fmt: skip
    return {f"{name}-{place}": value for name, value in values.items()}


def test_a_decision_with_lines_papers_and_a_line_that_waits(desk: SimpleNamespace) -> None:
    fields = {**PAPER, **typed(1, 1, "19", "Trà Hương Vân", TEA)}
    page = desk.ha.post("/office/decisions", {**fields, "signed": "31/02/2026"})
    assert page.status == 422
    assert "Ngày chưa đúng" in problems(page)
    assert "UBND tỉnh Thái Nguyên" in page.text
    here = desk.ha.post("/office/decisions", fields).location
    assert "03/02/2029" in desk.ha.get(here).words
    other = typed(1, 2, "40", "Võng gai", stars=5)
    assert desk.ha.post(f"{here}/lines", {**other, "key-1": HAMMOCK}).status == 422
    assert desk.room.rows("SELECT count(*) FROM decision_line") == [(1,)]
    assert desk.ha.post(f"{here}/lines", other).status == 303
    assert "Chờ cơ quan tỉnh Nghệ An" in desk.ha.get(here).words
    an = desk.room.person("province", province="40")
    assert "Võng gai" in an.get("/office/decisions/waiting").words
    (line,) = desk.room.rows("SELECT id FROM decision_line WHERE line = 2")
    assert desk.ha.post(f"/office/lines/{line[0]}", {"key": HAMMOCK}).status == 404
    assert "mang mã ấy" in problems(an.post(f"/office/lines/{line[0]}", {"key": TEA}))
    assert an.post(f"/office/lines/{line[0]}", {"key": HAMMOCK}).status == 303
    assert "Võng gai Bến Mây" in an.get(here).words


def test_several_lines_are_entered_at_once_all_or_none(desk: SimpleNamespace) -> None:
    lines = {**typed(1, 1, "19", "Trà Hương Vân", TEA), **typed(3, 2, "19", "Chè lá", LEAF), "rows": "3"}
    wrong = desk.ha.post("/office/decisions", {**PAPER, **lines, "product-1": "", "stars-3": "9"})
    assert wrong.status == 422
    assert re.findall(r'id="((?:product|stars)-[0-9])-problem"', wrong.text) == ["product-1", "stars-3"]
    unknown = desk.ha.post("/office/decisions", {**PAPER, **lines, "key-3": HAMMOCK})
    assert unknown.status == 422
    assert desk.room.rows("SELECT count(*) FROM decision") == [(0,)]
    twice = desk.ha.post("/office/decisions", {**PAPER, **lines, "line-3": "1"})
    assert "đã dùng cho một dòng khác" in problems(twice)
    done = desk.ha.post("/office/decisions", {**PAPER, **lines})
    assert "2 dòng có sao ngay, 0 dòng chờ nhận" in desk.ha.follow(done).words
    assert desk.room.rows("SELECT count(*) FROM certificate") == [(2,)]
    empty = desk.ha.post("/office/decisions", {**PAPER, "rows": "3"})
    assert (empty.status, desk.room.rows("SELECT count(*) FROM decision_line")) == (422, [(2,)])


def test_more_lines_come_without_a_script_and_keep_what_was_typed(desk: SimpleNamespace) -> None:
    page = desk.ha.get("/office/decisions")
    assert page.text.count("<legend>") == 3
    more = desk.ha.post(
        "/office/decisions", {**PAPER, **typed(2, 8, "19", "Trà búp"), "rows": "3", "more": "1"}
    )
    assert (more.status, more.text.count("<legend>")) == (200, 8)
    for words in ('value="303/QĐ-UBND"', 'value="Trà búp"', 'value="8"'):
        assert words in more.text
    assert desk.room.rows("SELECT count(*) FROM decision") == [(0,)]
    most = desk.ha.post("/office/decisions", {"rows": "999", "more": "1"})
    assert most.text.count("<legend>") == 40


def test_an_office_sees_what_waits_for_it_and_what_waits_for_others(desk: SimpleNamespace) -> None:
    lines = {
        **typed(1, 1, "40", "Võng gai"),
        **typed(2, 2, "40", "Võng đay"),
        **typed(3, 3, "19", "Trà Hương Vân"),
    }
    assert desk.ha.post("/office/decisions", {**PAPER, **lines, "rows": "3"}).status == 303
    mine = desk.ha.get("/office/decisions/waiting")
    assert "Chờ Văn phòng OCOP tỉnh Thái Nguyên: 1 dòng" in mine.words
    assert "Chờ cơ quan tỉnh Nghệ An" in mine.words
    assert "Võng gai" not in mine.words
    an = desk.room.person("province", province="40")
    theirs = an.get("/office/decisions/waiting").words
    assert "Chờ Văn phòng OCOP tỉnh Nghệ An: 2 dòng" in theirs
    assert "Chờ cơ quan tỉnh Thái Nguyên" in theirs
    first, second, _ = (row[0] for row in desk.room.rows("SELECT id FROM decision_line ORDER BY line"))
    assert an.post(f"/office/lines/{first}/refuse", {"note": ""}).status == 422
    assert an.post(f"/office/lines/{first}/refuse", {"note": "Không có ở tỉnh này"}).location.endswith(
        "/waiting"
    )
    assert an.post(f"/office/lines/{first}/refuse", {"note": "Lần nữa"}).status == 409
    assert an.post(f"/office/lines/{second}", {"key": HAMMOCK}).location == "/office/decisions/1"
    nation = desk.room.person("national").get("/office/decisions/waiting").words
    assert "Chờ cơ quan tỉnh Thái Nguyên" in nation


def test_a_waiting_line_offers_the_product_of_its_name(desk: SimpleNamespace) -> None:
    ((maker, name),) = desk.room.rows(
        "SELECT p.name, t.name FROM product_text t JOIN product o ON o.id = t.product_id"
        f" JOIN producer p ON p.id = o.producer_id WHERE o.key = '{TEA}' AND t.lang = 'vi'"
    )
    other = desk.room.person("province", province="40")
    fields = {**PAPER, **typed(1, 1, "19", name.upper()), **typed(2, 2, "19", "Không có"), "rows": "2"}
    fields |= {"producer-1": maker.upper(), "producer-2": "HTX Chưa Có"}
    assert other.post("/office/decisions", fields).status == 303
    page = desk.ha.get("/office/decisions/waiting")
    assert f'<option value="{TEA}" selected>' in page.text
    assert "Sổ chưa có cơ sở này" in page.words


def test_the_pdf_of_a_decision_is_kept_and_comes_back_as_an_attachment(desk: SimpleNamespace) -> None:
    certify(desk, TEA, TODAY + timedelta(days=900))
    here = "/office/decisions/1"
    for content in (b"<html>", b""):
        got = desk.ha.post(f"{here}/papers", {}, {"paper": ("a.pdf", content)})
        assert got.status == 422
        assert problems(got)
    assert desk.ha.post(f"{here}/papers", {}, {"paper": ("../../a.pdf", PDF)}).status == 303
    link = re.search(rf'href="({here}/papers/[0-9a-f]{{64}})"', desk.ha.get(here).text)[1]
    got = desk.ha.get(link)
    assert got.body == PDF
    assert got.header("content-disposition").startswith("attachment;")
    assert got.header("content-type") == "application/pdf"
    assert got.header("x-content-type-options") == "nosniff"
    assert desk.ha.get(f"{here}/papers/{'0' * 64}").status == 404


def test_the_calendar_names_who_to_tell_and_keeps_that_they_were_told(desk: SimpleNamespace) -> None:
    id_ = certify(desk, TEA, TODAY + timedelta(days=20))
    assert "20 ngày" in desk.ha.get("/office/calendar").words
    page = desk.ha.get(f"/office/calendar/{id_}")
    assert "Chào HTX Hương Vân Trà. Giấy công nhận 4 sao của Trà Hương Vân" in page.words
    letter = desk.ha.get(f"/office/calendar/{id_}/letter")
    assert "Kính gửi: HTX Hương Vân Trà" in letter.words
    assert "14/12/2026" in letter.words
    assert desk.ha.post(f"/office/calendar/{id_}", {"step": "30", "way": "zalo"}).status == 303
    assert "Mốc 30 ngày: đã báo 24/11/2026" in desk.ha.get("/office/calendar").words
    assert "đã được ghi" in problems(desk.ha.post(f"/office/calendar/{id_}", {"step": "30", "way": "zalo"}))


def test_a_star_is_withdrawn_restored_and_its_renewal_noted(desk: SimpleNamespace) -> None:
    id_ = certify(desk, TEA, TODAY + timedelta(days=20))
    page = "/story/01/09521234543213"
    assert desk.ha.post(f"/office/certificates/{id_}", {"state": "withdrawn", "reason": ""}).status == 422
    assert (
        desk.ha.post(f"/office/certificates/{id_}", {"state": "withdrawn", "reason": "Ngừng làm"}).status
        == 303
    )
    assert "Ngừng làm" in desk.ha.get(f"/office/products/{TEA}").words
    assert desk.ha.post(f"/office/certificates/{id_}", {"state": "in_force", "reason": "Nhầm"}).status == 303
    wrong = desk.ha.post(f"/office/certificates/{id_}/renewal", {"on": "2027-01-01"})
    assert wrong.status == 422
    assert desk.ha.post(f"/office/certificates/{id_}/renewal", {"on": "20/11/2026"}).status == 303
    assert "20/11/2026" in desk.room.client().get(page).words


def test_a_producer_and_a_product_are_added_and_changed(desk: SimpleNamespace) -> None:
    fields = {"name": "HTX Chè Đá Hen (hư cấu)", "kind": "htx", "commune": "05503", "phone": "0900 000 001",
              "tax": "4600000001"}  # fmt: skip
    assert "Xin ghi tên" in problems(desk.ha.post("/office/producers", {**fields, "name": ""}))
    assert "trong danh sách" in problems(desk.ha.post("/office/producers", {**fields, "commune": "17278"}))
    here = desk.ha.post("/office/producers", fields).location
    assert here == "/office/producers/htx-che-da-hen-hu-cau"
    assert "mang tên ấy" in problems(desk.ha.post("/office/producers", fields))
    assert desk.ha.post(here, {**fields, "detail": "xóm 1", "phone": "0900 000 002"}).status == 303
    assert "xóm 1" in desk.ha.get(here).words
    assert "0900 000 002" in desk.ha.get(here).text
    product = {"name": "Chè móc câu", "group": "2", "net": "100 g", "classifier": "gói"}
    assert "Mã vạch chưa đúng" in problems(desk.ha.post(f"{here}/products", {**product, "gtin": "123"}))
    made = desk.ha.post(f"{here}/products", product).location
    assert re.fullmatch(r"/office/products/P-[0-9A-Z]{8}", made)
    assert "Chè móc câu" in desk.ha.get(made).words
    assert desk.ha.post(f"{here}/quota", {"year": "2026", "codes": "5.000"}).status == 303
    assert "Hạn mức năm 2026 5.000" in desk.ha.get(here).words


def test_an_issuer_gets_a_quota_and_issuing_keeps_to_it(desk: SimpleNamespace) -> None:
    assert "Không giới hạn" in desk.ha.get("/office/quotas").words
    got = desk.ha.post("/office/quotas/van-phong-ntm", {"year": "2020", "codes": "10"})
    assert "từ năm nay" in problems(got)
    assert desk.ha.post("/office/quotas/van-phong-ntm", {"year": "2026", "codes": "10"}).status == 303
    with pytest.raises(QuotaSpent):
        desk.office.issue("L1", count=11)
    desk.office.issue("L1", count=10)
    elsewhere = desk.room.person("province", province="40")
    assert elsewhere.post("/office/quotas/van-phong-ntm", {"year": "2026", "codes": "99"}).status == 404


def test_a_commune_keeps_to_its_own_producers(desk: SimpleNamespace) -> None:
    own, other = (desk.room.person("commune", commune=code, province=None) for code in ("05503", "05443"))
    assert "Trà Hương Vân" in own.get("/office/products").words
    assert "Trà Hương Vân" not in other.get("/office/products").words
    fields = {"name": "Hộ bà Tư", "kind": "ho_kinh_doanh", "commune": "05503"}
    assert own.post("/office/producers", fields).status == 303
    assert other.post("/office/producers", fields).status == 422
    assert own.post(f"/office/batches/{TEA}/L1/recall", {}).status in {403, 404}


def test_a_report_is_worked_through(desk: SimpleNamespace) -> None:
    with desk.room.store.begin() as session:
        given = feedback.ReportGiven(
            TEA, "seal", "vi", lot="L1", serial=3, words="Tem lạ", contact="0912", place="chợ Vinh"
        )
        number = feedback.add_report(session, given, desk.room.now, photo=b"\xff\xd8\xff one")
    here = f"/office/reports/{number}"
    assert "Tem, niêm phong lạ" in desk.ha.get("/office/reports").words
    assert "0912" in desk.ha.get(here).words
    assert "chợ Vinh" in desk.ha.get(here).words
    assert f'src="{here}/photo"' in desk.ha.get(here).text
    photo = desk.ha.get(f"{here}/photo")
    assert (photo.header("content-type"), photo.body) == ("image/jpeg", b"\xff\xd8\xff one")
    assert "no-store" in photo.header("cache-control")
    assert [
        who.get(f"{here}/photo").status
        for who in (
            desk.room.person("producer"),
            desk.room.client(),
            desk.room.person("province", province="01"),
        )
    ] == [403, 303, 404]
    assert desk.ha.post(f"{here}/take").status == 303
    assert desk.ha.post(f"{here}/answer", {"answer": ""}).status == 422
    assert desk.ha.post(f"{here}/answer", {"answer": "Đã hỏi cơ sở."}).status == 303
    assert desk.ha.post(f"{here}/close", {"outcome": "Tem in đợt mới"}).status == 303
    assert "0912" not in desk.ha.get(here).words
    assert "chợ Vinh" not in desk.ha.get(here).words
    assert desk.ha.get(f"{here}/photo").status == 404
    assert desk.room.rows("SELECT * FROM report_private") == []
    assert "Tin báo số" in desk.ha.get("/office/reports?closed=1").words
    assert desk.ha.post(f"{here}/nothing").status == 404


@pytest.mark.parametrize("role", ["national", "operator"])
def test_a_report_about_a_code_that_no_province_has_reaches_somebody(
    desk: SimpleNamespace, role: str
) -> None:
    with desk.room.store.begin() as session:
        given = feedback.ReportGiven("09521234543299", "other", "vi", words="Mã lạ", contact="0912")
        number = feedback.add_report(session, given, desk.room.now)
    here, somebody = f"/office/reports/{number}", desk.room.person(role)
    assert desk.ha.get(here).status == 404, "it is no province's"
    assert f'href="{here}"' in somebody.get("/office/reports").text
    assert "Mã lạ" in somebody.get(here).words
    assert somebody.post(f"{here}/take").status == 303
    assert somebody.post(f"{here}/close", {"outcome": "Không phải mã của mình"}).status == 303
    assert "0912" not in somebody.get(here).words


def test_figures_and_lists_leave_as_csv_and_json(desk: SimpleNamespace) -> None:
    certify(desk, TEA, TODAY + timedelta(days=900))
    desk.office.issue("L1")
    figures = desk.ha.get("/office/figures")
    assert "<svg" in figures.text
    rows = list(csv.reader(io.StringIO(desk.ha.get("/office/figures/csv").body.decode("utf-8-sig"))))
    assert rows[-1] == ["2026-11-24", "0", "1", "0", "1"]
    for which in ("A", "B"):
        got = desk.ha.get(f"/office/lists/{which}/csv")
        assert got.body.startswith(b"\xef\xbb\xbf")
        assert got.header("content-disposition").startswith("attachment")
        (row,) = json.loads(desk.ha.get(f"/office/lists/{which}/json").body)
        assert row["Tên sản phẩm"] == "Trà Hương Vân"
    assert desk.ha.get("/office/lists/C/csv").status == 404
    an = desk.room.person("province", province="40")
    assert json.loads(an.get("/office/lists/A/json").body) == []


@pytest.mark.parametrize("text", CORPUS)
def test_hostile_words_are_shown_as_words(desk: SimpleNamespace, text: str) -> None:
    desk.office.issue("L1")
    here = "/office/batches/09521234543213/L1"
    assert desk.ha.post(f"{here}/recall", {"why": "safety", "reason": text, "advice": text}).status == 303
    got = desk.ha.get(here)
    assert text in got.words or "<" in text
    assert "<script>alert" not in got.text
    assert "<img src=x" not in got.text
    assert desk.ha.post("/office/producers", {"name": text, "kind": text, "commune": text}).status == 422
    assert desk.ha.get(f"/office/products?q={text}&page={text}").status in {200, 400, 414}


@pytest.mark.parametrize("target", ["/office/stories/99999", "/office/stories/x", "/office/calendar/0",
                                    "/office/reports/99",
                                    "/office/decisions/7", "/office/products/123", "/office/batches/09521234543213/NO",
                                    "/office/producers/nobody"])  # fmt: skip
def test_what_is_not_there_is_a_page_that_says_so(desk: SimpleNamespace, target: str) -> None:
    assert desk.ha.get(target).status == 404


def test_a_doubled_field_and_a_control_character_change_nothing(desk: SimpleNamespace) -> None:
    desk.office.issue("L1")
    here = "/office/batches/09521234543213/L1/recall"
    assert desk.ha.post(here, {"why": ["safety", "quality"], "reason": "x", "advice": "y"}).status == 400
    assert desk.ha.post(here, {"why": "safety", "reason": "x\x00", "advice": "y"}).status == 422
    assert desk.ha.post(here, {"why": "safety", "reason": "x" * 1001, "advice": "y"}).status == 422
    assert desk.office.state().batch(TEA, "L1").recall is None
