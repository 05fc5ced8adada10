"""The import as an officer does it: bring a list, look at its columns, see every problem, write it once."""

import re
from typing import Any

import pytest

LIST = (
    "DANH SÁCH SẢN PHẨM OCOP;;;;;;;;\n"
    "Chủ thể;Sản phẩm;Tỉnh;Nhóm;Hạng sao;Số quyết định;Ngày quyết định;Cơ quan công nhận;Hiệu lực đến\n"
    "HTX Ví Dụ;Trà;Nghệ An;2;4 sao;12/QĐ-UBND;12/05/2026;UBND tỉnh;12/05/2029\n"
    "HTX Ví Dụ;Bún;Nghệ An;1;3 sao;12/QĐ-UBND;12/05/2026;UBND tỉnh;12/05/2029\n"
)
BROKEN = LIST.replace("3 sao", "2 sao")
PRODUCTS = "SELECT count(*) FROM product"


def bring(person: Any, text: str = LIST) -> Any:
    return person.post("/office/import", {}, {"file": ("ds.csv", text.encode())})


def choices(page: Any) -> dict[str, str]:
    """What stands in the form of the columns."""
    found = {}
    for name, inner in re.findall(r'<select id="(column-[0-9]+)".*?>(.*?)</select>', page.text):
        chosen = re.search(r'value="(\w*)" selected', inner)
        found[name] = chosen[1] if chosen else ""
    return found


def seal(page: Any) -> str:
    return re.search(r'name="seal" value="([0-9a-f]{64})"', page.text)[1]  # type: ignore[index]


@pytest.fixture
def mai(room: Any) -> Any:
    return room.person("province", province="40", name="Lê Thị Mai")


def test_a_list_is_brought_looked_at_checked_and_written_once(room: Any, mai: Any) -> None:
    columns = mai.follow(bring(mai))
    assert choices(columns)["column-1"] == "producer"
    assert choices(columns)["column-9"] == "valid_to"
    assert "ví dụ: HTX Ví Dụ" in columns.words
    draft = re.search(r'action="(/office/import/[\w-]{22})"', columns.text)[1]  # type: ignore[index]
    checked = mai.follow(mai.post(draft, choices(columns)))
    assert "2 dòng: 1 chủ thể mới, 2 sản phẩm mới, 2 giấy chứng nhận mới" in checked.words
    assert room.rows(PRODUCTS) == [(0,)]
    done = mai.follow(mai.post(f"{draft}/write", {"seal": seal(checked)}))
    assert "Đã ghi vào sổ: 1 chủ thể, 2 sản phẩm, 2 giấy chứng nhận" in done.words
    assert room.rows(PRODUCTS) == [(2,)]
    assert ("list.write",) in room.rows("SELECT what FROM audit_entry")
    assert mai.post(f"{draft}/write", {"seal": seal(checked)}).status == 404
    again = mai.follow(bring(mai))
    draft = re.search(r'action="(/office/import/[\w-]{22})"', again.text)[1]  # type: ignore[index]
    assert "2 dòng đã có trong sổ" in mai.get(f"{draft}/check").words


def test_problems_are_shown_by_line_and_can_not_be_written_around(room: Any, mai: Any) -> None:
    draft = bring(mai, BROKEN).location
    checked = mai.get(f"{draft}/check")
    assert "Dòng 4, hạng sao 2 sao: dưới 3 sao" in checked.words
    assert "Ghi vào sổ</button>" not in checked.text
    assert f"{draft}/write" not in checked.text
    for forged in ("", "0" * 64, seal(mai.get(f"{bring(mai).location}/check"))):
        draft = bring(mai, BROKEN).location
        forced = mai.post(f"{draft}/write", {"seal": forged})
        assert (forced.status, room.rows(PRODUCTS)) == (409, [(0,)])
    english = mai.get(f"{draft}/check?lang=en")
    assert "Line 4, stars 2 sao: below 3 stars nothing is certified" in english.words


def test_a_register_that_changed_after_the_check_is_shown_again(room: Any, mai: Any) -> None:
    draft = bring(mai).location
    seen = seal(mai.get(f"{draft}/check"))
    mai.post(
        draft, {"column-1": "producer", "column-2": "product", "column-3": "province", "column-4": "group"}
    )
    got = mai.post(f"{draft}/write", {"seal": seen})
    assert (got.status, room.rows(PRODUCTS)) == (409, [(0,)])
    assert "Sổ đã thay đổi từ lúc kiểm tra" in got.words
    assert mai.post(f"{draft}/write", {}).status == 409


def test_what_the_list_does_not_say_is_said_once(room: Any, mai: Any) -> None:
    draft = mai.post("/office/import", {"paste": "Chủ thể\tSản phẩm\tHạng\nHTX A\tTrà\t4*\n"}).location
    said = {"set-province": "40", "set-group": "2", "set-decision_no": "12/QĐ-UBND", "set-decision_date": "12/05/2026",
            "set-authority": "UBND tỉnh", "set-months": "36"}  # fmt: skip
    checked = mai.follow(mai.post(draft, {**choices(mai.get(draft)), **said}))
    assert "Không có lỗi" in checked.words
    assert 'value="12/QĐ-UBND"' in mai.get(draft).text
    assert mai.post(f"{draft}/write", {"seal": seal(checked)}).status == 303


def test_another_officers_list_is_not_found_and_one_that_gave_way_neither(room: Any, mai: Any) -> None:
    draft = bring(mai).location
    other = room.person("province", province="40")
    for got in (
        other.get(draft),
        other.get(f"{draft}/check"),
        other.post(draft),
        other.post(f"{draft}/write"),
    ):
        assert got.status == 404
    newer = bring(mai).location
    assert (mai.get(draft).status, mai.get(newer).status) == (404, 200)


@pytest.mark.parametrize(("content", "words"), [
    (b"", "Xin chọn một tệp hoặc dán một bảng"), (b"%PDF-1.7", "Đây là tệp PDF"),
    (b"PK\x03\x04xx", "Tệp Excel bị hỏng"),
    (b"\xd0\xcf\x11\xe0" + bytes(99), "Excel đời cũ"), (b"\n\n", "Danh sách trống"),
], ids=["none", "pdf", "cut zip", "xls", "empty"])  # fmt: skip
def test_what_is_no_list_is_said_so_beside_the_field(room: Any, mai: Any, content: bytes, words: str) -> None:
    got = mai.post("/office/import", {}, {"file": ("x", content)})
    assert got.status == 422
    assert words in got.words
    assert room.rows("SELECT count(*) FROM import_draft") == [(0,)]


def test_words_of_a_list_never_become_marks_of_the_page(mai: Any) -> None:
    evil = '"<script>alert(1)</script>"'
    draft = bring(mai, LIST.replace("HTX Ví Dụ", evil).replace("4 sao", evil)).location
    for page in (mai.get(draft), mai.get(f"{draft}/check")):
        assert page.status == 200
        assert "<script>alert" not in page.text


@pytest.mark.parametrize("fields", [
    {"column-1": ["producer", "product"]}, {"column-x": "producer"}, {"column-99999999": "producer"},
    {"column-1": "colour"},
    {"set-province": "x" * 5000}, {"column-0": "product"},
], ids=["twice", "no number", "far", "no field", "long", "zero"])  # fmt: skip
def test_a_forged_form_of_columns_ends_in_a_page(mai: Any, fields: dict[str, Any]) -> None:
    draft = bring(mai).location
    got = mai.post(draft, fields)
    assert got.status in {303, 400, 422}
    assert mai.get(draft).status == 200
    assert mai.get(f"{draft}/check").status == 200


def test_only_the_office_imports_and_only_its_own_province(room: Any) -> None:
    for role in ("producer", "inspector", "station"):
        assert room.person(role).get("/office/import").status == 403
    there = room.person("province", province="19")
    draft = bring(there).location
    checked = there.get(f"{draft}/check")
    assert "Thuộc tỉnh Nghệ An: dòng này sẽ chờ văn phòng ở đó nhận" in checked.words
    done = there.follow(there.post(f"{draft}/write", {"seal": seal(checked)}))
    assert "0 sản phẩm, 0 giấy chứng nhận; 2 dòng chờ tỉnh khác" in done.words
    assert room.rows("SELECT province_code, state FROM decision_line") == [("40", "waiting")] * 2


def long_list(lines: int, broken: int = 0) -> str:
    """So many lines like those of `LIST`; the first `broken` of them have two stars."""
    head, line = LIST.splitlines()[1:3]
    rows = [line.replace(";Trà;", f";Trà {number};") for number in range(lines)]
    return "\n".join([head, *(row.replace("4 sao", "2 sao") for row in rows[:broken]), *rows[broken:]])


def test_a_long_table_may_be_pasted_and_a_longer_one_is_told_its_limit(room: Any, mai: Any) -> None:
    pasted = long_list(600).replace(";", "\t")
    assert len(pasted.encode()) > 50_000
    draft = mai.post("/office/import", {"paste": pasted}).location
    assert "600 dòng: 1 chủ thể mới, 600 sản phẩm mới" in mai.get(f"{draft}/check").words
    got = mai.post("/office/import", {"paste": "a\tb\n" * 300_000})
    assert (got.status, "1048576" in got.words) == (400, True)
    assert room.rows("SELECT count(*) FROM import_draft") == [(1,)]


def test_every_problem_of_a_long_list_can_be_read_page_by_page(mai: Any) -> None:
    draft = bring(mai, long_list(250, broken=230)).location
    seen: set[str] = set()
    for number in (1, 2, 3):
        page = mai.get(f"{draft}/check?page={number}")
        assert "Có 230 chỗ cần sửa" in page.words
        assert f"Trang {number} trên 3" in page.words
        seen |= set(re.findall(r"Dòng ([0-9]+), hạng sao", page.words))
        assert "Ghi vào sổ</button>" not in page.text
    assert seen == {str(line) for line in range(2, 232)}
    assert "Trang 3 trên 3" in mai.get(f"{draft}/check?page=99999").words
