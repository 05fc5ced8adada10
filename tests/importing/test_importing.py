"""A list becomes makers, products and certificates, once; it never takes away what the register holds."""

import random
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from ocop.trace.importing import ImportRefused, Wanted
from ocop.trace.importing_lines import months_after
from ocop.trace.registry import tables
from ocop.trace.registry.errors import Conflict
from ocop.trace.sheets.reading import read_pasted
from sqlmodel import select

Make = Callable[..., Wanted]
GTIN = "9521234543213"

# name of the broken line -> (its cells, field, problem)
BROKEN: dict[str, tuple[dict[str, str], str, str]] = {
    "no maker": ({"Chủ thể": ""}, "producer", "producer_missing"),
    "maker of digits": ({"Chủ thể": "12345"}, "producer", "no_letters"),
    "maker too long": ({"Chủ thể": "HTX " + "ơ" * 250}, "producer", "long"),
    "no product": ({"Sản phẩm": ""}, "product", "product_missing"),
    "product is an error of a formula": ({"Sản phẩm": "#REF!"}, "product", "formula"),
    "product of signs": ({"Sản phẩm": "***"}, "product", "no_letters"),
    "product with a control character": ({"Sản phẩm": "Trà\x07"}, "product", "control"),
    "product too long": ({"Sản phẩm": "Trà " * 80}, "product", "long"),
    "no province": ({"Tỉnh": ""}, "province", "province_missing"),
    "unknown province": ({"Tỉnh": "Nam Kỳ"}, "province", "province_unknown"),
    "no rank": ({"Hạng sao": ""}, "stars", "stars_missing"),
    "two stars": ({"Hạng sao": "2 sao"}, "stars", "stars_low"),
    "six stars": ({"Hạng sao": "6"}, "stars", "stars"),
    "rank in words": ({"Hạng sao": "đạt"}, "stars", "stars"),
    "a range of ranks": ({"Hạng sao": "3-4 sao"}, "stars", "stars"),
    "no decision": ({"Số quyết định": ""}, "decision_no", "decision_no_missing"),
    "no day of the decision": ({"Ngày quyết định": ""}, "decision_date", "decision_date_missing"),
    "31 February": ({"Ngày quyết định": "31/02/2026"}, "decision_date", "day_none"),
    "month first": ({"Ngày quyết định": "05/13/2026"}, "decision_date", "day_order"),
    "year of two digits": ({"Ngày quyết định": "12/05/26"}, "decision_date", "day_year"),
    "month without a day": ({"Ngày quyết định": "5/2026"}, "decision_date", "day"),
    "a day in words": ({"Ngày quyết định": "đầu năm"}, "decision_date", "day"),
    "decided tomorrow": ({"Ngày quyết định": "24/11/2026"}, "decision_date", "future"),
    "no authority": ({"Cơ quan công nhận": ""}, "authority", "authority_missing"),
    "no end": ({"Hiệu lực đến": ""}, "valid_to", "valid_to_missing"),
    "an end as months": ({"Hiệu lực đến": "36 tháng"}, "valid_to", "day"),
    "ends before it begins": ({"Hiệu lực đến": "12/05/2025"}, "valid_to", "ends_before"),
    "no group": ({"Nhóm": ""}, "group", "group_missing"),
    "unknown group": ({"Nhóm": "Khác"}, "group", "group"),
    "seventh group": ({"Nhóm": "7"}, "group", "group"),
    "rounded bar code": ({"Mã vạch": "9.52123E+12"}, "gtin", "gtin_rounded"),
    "letters in a bar code": ({"Mã vạch": "952123454321O"}, "gtin", "gtin"),
    "wrong check digit": ({"Mã vạch": "9521234543214"}, "gtin", "gtin_check"),
    "bar code too long": ({"Mã vạch": "952123454321345"}, "gtin", "gtin"),
    "telephone too short": ({"Điện thoại": "0912 345"}, "phone", "phone"),
    "telephone in words": ({"Điện thoại": "gọi chị Hoa"}, "phone", "phone"),
    "tax code too short": ({"Mã số thuế": "12345"}, "mst", "mst"),
    "tax code with letters": ({"Mã số thuế": "46000000O0"}, "mst", "mst"),
    "a script as website": ({"Trang web": "javascript:alert(1)"}, "website", "website"),
    "a sentence as website": ({"Trang web": "chưa có"}, "website", "website"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_line_is_named_with_its_field_and_nothing_is_written(
    office: Any, make: Make, name: str
) -> None:
    change, field, problem = BROKEN[name]
    wanted = make({"Sản phẩm": "Bún Ví Dụ"}, change)
    found = [(one.line, one.field, one.id) for one in office.rehearse(wanted).errors]
    assert found == [(3, field, problem)]
    before = office.rows()
    with pytest.raises(ImportRefused, match=r"line 3 .+ nothing was written"):
        office.carry_out(wanted)
    assert office.rows() == before


def test_every_problem_of_every_line_is_told_at_once(office: Any, make: Make) -> None:
    plan = office.rehearse(make(*(change for change, _, _ in BROKEN.values())))
    told = {(one.line, one.field, one.id) for one in plan.errors}
    assert {(n, field, id_) for n, (_, field, id_) in enumerate(BROKEN.values(), 2)} <= told


def test_a_list_becomes_makers_products_and_certificates(both: Any, make: Make) -> None:
    plan = both.carry_out(make(
        {"Mã vạch": GTIN, "Điện thoại": "912345678", "Mã số thuế": "460000000"},
        {"Chủ thể": "Hợp tác xã  ví dụ", "Sản phẩm": "Bún Ví Dụ", "Nhóm": "Thực phẩm", "Hạng sao": "tiềm năng 5 sao"},
        {"Chủ thể": "Hộ bà Lê Thị Ba", "Sản phẩm": "Cốm", "Nhóm": "I", "Hạng sao": "***", "Ngày quyết định": "46154"},
    ))  # fmt: skip
    assert plan.counts == {
        "lines": 3, "producers": 2, "products": 3, "certificates": 3, "waiting": 0, "unchanged": 0,
    }  # fmt: skip
    rows = both.rows()
    assert [(row["slug"], row["name"], row["kind"], row["province_code"], row["commune_code"], row["phone"])
            for row in rows["producer"]] == [
        ("htx-vi-du", "Hợp tác xã Ví Dụ", "htx", "40", "17278", "0912 345 678"),
        ("ho-ba-le-thi-ba", "Hộ bà Lê Thị Ba", "ho_kinh_doanh", "40", "17278", ""),
    ]  # fmt: skip
    assert [row["value"] for row in rows["legal_id"]] == ["0460000000"]
    keys = [row["key"] for row in rows["product"]]
    assert keys[0] == GTIN.zfill(14)
    assert all(key.startswith("P/") for key in keys[1:])
    assert [(row["stars"], row["potential"], row["valid_to"]) for row in rows["certificate"]] == [
        (4, False, date(2029, 5, 12)), (5, True, date(2029, 5, 12)), (3, False, date(2029, 5, 12)),
    ]  # fmt: skip
    assert len(rows["decision"]) == 1


def test_the_same_list_again_changes_nothing(both: Any, make: Make) -> None:
    wanted = make({"Mã vạch": GTIN}, {"Sản phẩm": "Bún", "Điện thoại": "0912345678"})
    both.carry_out(wanted)
    before = both.rows()
    again = both.carry_out(wanted)
    assert again.counts == {
        "lines": 2, "producers": 0, "products": 0, "certificates": 0, "waiting": 0, "unchanged": 2,
    }  # fmt: skip
    assert both.rows() == before


def test_a_list_fills_gaps_and_keeps_what_the_register_says(office: Any, make: Make) -> None:
    office.carry_out(make({"Điện thoại": "0912345678"}))
    plan = office.carry_out(
        make({"Điện thoại": "0987654321", "Mã số thuế": "4600000000", "Trang web": "vidu.vn"})
    )
    assert [(one.id, one.level) for one in plan.problems] == [("phone_differs", "notice")]
    rows = office.rows()
    assert (rows["producer"][0]["phone"], rows["producer"][0]["website"]) == (
        "0912 345 678",
        "https://vidu.vn",
    )
    assert [row["value"] for row in rows["legal_id"]] == ["4600000000"]


@pytest.mark.parametrize(("change", "field", "id_"), [
    ({"Hạng sao": "3"}, "stars", "certificate_differs"),
    ({"Hiệu lực đến": "13/05/2029"}, "stars", "certificate_differs"),
    ({"Mã số thuế": "4600000001"}, "mst", "tax_code_differs"),
    ({"Chủ thể": "HTX Khác", "Xã": "Tân Kỳ"}, "gtin", "gtin_of_other"),
    ({"Sản phẩm": "Bún"}, "gtin", "gtin_twice"),
    ({"Tỉnh": "Hà Tĩnh", "Xã": "", "Mã số thuế": "4600000000"}, "province", "province_differs"),
], ids=["stars", "days", "tax code", "other maker", "other product", "moved"])  # fmt: skip
def test_what_contradicts_the_register_stops_the_list(
    office: Any, make: Make, change: dict[str, str], field: str, id_: str
) -> None:
    office.carry_out(make({"Mã vạch": GTIN, "Mã số thuế": "4600000000"}))
    plan = office.rehearse(make({"Mã vạch": GTIN, **change}))
    assert (field, id_) in {(one.field, one.id) for one in plan.errors}


def test_old_provinces_are_found_by_what_became_of_them_and_the_old_name_is_kept(
    office: Any, make: Make
) -> None:
    plan = office.carry_out(make({"Tỉnh": "tỉnh Bắc Giang", "Xã": "Lục Ngạn"}, {"Tỉnh": "TP. HCM", "Xã": ""}))
    notice = next(one for one in plan.problems if one.id == "province_old")
    assert (notice.line, notice.level, notice.expected, notice.got) == (
        2,
        "notice",
        "thành phố Bắc Ninh",
        "tỉnh Bắc Giang",
    )
    first, second = office.rows()["producer"]
    assert (first["province_code"], first["commune"], first["formerly"]) == (
        "24",
        "xã Lục Ngạn",
        "Lục Ngạn, tỉnh Bắc Giang",
    )
    assert (second["province"], second["formerly"]) == ("thành phố Hồ Chí Minh", "")


def test_an_unknown_commune_is_told_and_kept_as_words(office: Any, make: Make) -> None:
    plan = office.carry_out(make({"Xã": "Không Có"}))
    assert [(one.field, one.id, one.level) for one in plan.problems] == [
        ("commune", "commune_unknown", "notice")
    ]
    row = office.rows()["producer"][0]
    assert (row["commune_code"], row["formerly"]) == ("", "Không Có, Nghệ An")


def test_lines_of_other_provinces_wait_for_their_office(office: Any, make: Make) -> None:
    plan = office.carry_out(make({}, {"Tỉnh": "Hà Tĩnh", "Xã": ""}, province="40"))
    assert [(one.line, one.id, one.level) for one in plan.problems] == [(3, "waits", "notice")]
    assert [row["province_code"] for row in office.rows()["producer"]] == ["40"]


def test_a_line_twice_is_one_and_two_that_differ_are_refused(office: Any, make: Make) -> None:
    plan = office.rehearse(make({}, {}))
    assert [(one.line, one.id, one.level, one.expected) for one in plan.problems] == [
        (3, "same_line", "notice", "2")
    ]
    assert plan.counts["products"] == plan.counts["certificates"] == 1
    errors = office.rehearse(make({}, {"Hạng sao": "3"})).errors
    assert [(one.line, one.id, one.expected) for one in errors] == [(3, "line_differs", "2")]


def test_headings_sums_and_repeated_headers_are_left_out_and_told(office: Any) -> None:
    rows = ["TT\tChủ thể\tSản phẩm\tTỉnh\tNhóm", "(1)\t(2)\t(3)\t(4)\t(5)", "I. HUYỆN TÂN KỲ",
            "1\tHTX A\tTrà\tNghệ An\t2", "TT\tChủ thể\tSản phẩm\tTỉnh\tNhóm", "2\tHTX A\tBún\tNghệ An\t1",
            "\tTổng cộng: 2"]  # fmt: skip
    plan = office.carry_out(Wanted.suggested(read_pasted("\n".join(rows))))
    assert plan.counts["products"] == 2
    assert [(one.line, one.id) for one in plan.problems] == [
        (3, "left_out"),
        (5, "left_out"),
        (7, "left_out"),
    ]


def test_what_the_list_says_nowhere_may_be_said_once(office: Any) -> None:
    sheet = read_pasted("Chủ thể\tSản phẩm\tHạng sao\nHTX A\tTrà\t4*\n")
    said = {"province": "40", "group": "2", "decision_no": "12/QĐ-UBND", "decision_date": "29/02/2024",
            "authority": "UBND tỉnh Nghệ An", "months": "36"}  # fmt: skip
    office.carry_out(Wanted.suggested(sheet, said))
    assert office.rows()["certificate"][0]["valid_to"] == date(2027, 2, 28)
    assert months_after(date(2026, 8, 31), 6) == date(2027, 2, 28)


@pytest.mark.parametrize(("rows", "mapping", "id_"), [
    ("Chủ thể\tMàu\nA\tb\n", {0: "producer"}, "column_missing"),
    ("Chủ thể\tSản phẩm\nA\tb\n", {0: "producer", 1: "product", 2: "product"}, "column_twice"),
    ("Chủ thể\tSản phẩm\n", {0: "producer", 1: "product"}, "no_lines"),
    ("Chủ thể\tSản phẩm\n" + "A\tb\n" * 3000, {0: "producer", 1: "product"}, "too_many_lines"),
], ids=["no product column", "field twice", "header only", "too long"])  # fmt: skip
def test_a_list_that_can_not_be_read_as_a_whole_is_told_so(
    office: Any, rows: str, mapping: dict[int, str], id_: str
) -> None:
    assert [one.id for one in office.rehearse(Wanted(read_pasted(rows), 1, mapping)).errors] == [id_]


def test_a_register_that_changed_since_the_rehearsal_asks_for_another_one(office: Any, make: Make) -> None:
    wanted = make({})
    seal = office.rehearse(wanted).seal
    office.carry_out(make({"Sản phẩm": "Bún"}))
    before = office.rows()
    with pytest.raises(Conflict, match="rehearse again"):
        office.carry_out(wanted, seal=seal)
    assert office.rows() == before
    office.carry_out(wanted, seal=office.rehearse(wanted).seal)


def test_lists_of_chance_end_in_a_plan_never_in_a_fault(office: Any, make: Make) -> None:
    chance = random.Random(7)
    cells = ["", "x", "4 sao", "31/02/2026", "Nghệ An", "#N/A", "0912345678", GTIN, "HTX Ví Dụ", "-", "=1+1", "٤",
             "12/05/2026", "Ω" * 300, "'; DROP TABLE producer; --", "<script>", "1e400", "99999",
             "\u202e", "II"]  # fmt: skip
    names = [
        "Chủ thể",
        "Sản phẩm",
        "Tỉnh",
        "Xã",
        "Hạng sao",
        "Ngày quyết định",
        "Hiệu lực đến",
        "Nhóm",
        "Mã vạch",
        "Điện thoại",
    ]
    for _ in range(40):
        changes = [{name: chance.choice(cells) for name in chance.sample(names, 4)} for _ in range(5)]
        plan = office.rehearse(make(*changes))
        if not plan.errors:
            office.carry_out(make(*changes))


def test_a_line_of_a_maker_that_stopped_is_a_problem_and_nothing_is_written(office: Any, make: Any) -> None:
    office.carry_out(make({}))
    with office.store.begin() as session:
        maker = session.exec(select(tables.Producer)).one()
        maker.closed_at = datetime(2026, 11, 23, tzinfo=UTC)
        session.add(maker)
    before = office.rows()
    plan = office.rehearse(make({"Sản phẩm": "Trà mới"}))
    assert [(one.line, one.id) for one in plan.problems if one.id == "producer_closed"] == [
        (2, "producer_closed")
    ]
    with pytest.raises(ImportRefused):
        office.carry_out(make({"Sản phẩm": "Trà mới"}))
    assert office.rows() == before
