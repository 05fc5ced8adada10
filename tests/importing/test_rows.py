"""What a list writes: the rows that the office's own acts write, and lines that wait for other offices."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from ocop.trace.facts import LegalId, Producer, ProducerKind, Product, ProductText
from ocop.trace.importing import ImportRefused, Wanted
from ocop.trace.importing_rows import AT_ONCE
from ocop.trace.registry import editing
from ocop.trace.sheets.grid import Line

Make = Callable[..., Wanted]
WHO, NOW = "Lê Thị Mai", datetime(2026, 11, 23, 4, 5, 6, tzinfo=UTC)
THERE = {"Tỉnh": "Hà Tĩnh", "Xã": "", "Chủ thể": "HTX Láng Giềng"}
NAMES = tuple(f"Trà {letter}{number}" for letter in "ABCDE" for number in range(8))


def varied(make: Make) -> Wanted:
    """Makers with and without codes, several decisions, goods with and without a GTIN and a net content."""
    return make(*(
        {"Sản phẩm": name, "Chủ thể": f"HTX Số {number // 3}", "Số quyết định": f"{number % 4}/QĐ",
         "Mã số thuế": "46000000" + f"{number // 3:02}" if number % 6 == 0 else "",
         "Điện thoại": "0912345678" if number % 3 == 1 else "", "Khối lượng": "200 g" if number % 2 else "",
         "Trang web": "vidu.vn" if number % 3 == 2 else "", "Nhóm": str(number % 6 + 1),
         "Hạng sao": "tiềm năng 5 sao" if number % 5 == 0 else "3"}
        for number, name in enumerate(NAMES)
    ))  # fmt: skip


def one_by_one(office: Any, wanted: Wanted, keys: dict[str, str]) -> None:
    """The same list, thing after thing, as an officer's acts write it."""
    plan = office.rehearse(wanted)
    with office.store.begin() as session:
        for line in plan.lines:
            record = line.record
            ids = (LegalId("mst", record.tax_code), LegalId("ma_htx", record.coop_code))
            if line.new_producer:
                editing.save_producer(
                    session,
                    Producer(
                        line.slug, record.producer, ProducerKind(record.kind), record.place,
                        tuple(one for one in ids if one.value), record.phone, record.website,
                    ),
                )  # fmt: skip
            row = editing.producer_row(session, line.slug)
            row.phone, row.website = row.phone or record.phone, row.website or record.website
            key = keys[record.product]
            text = {"vi": ProductText(record.product, net=record.net)}
            product = Product(key, (), record.group, text, brand=record.brand)
            editing.save_product(session, product, producer_slug=line.slug, now=NOW)
            assert record.certificate is not None
            editing.save_certificate(session, key, record.certificate)


def test_a_list_writes_the_rows_that_acts_one_by_one_write(both: Any, another: Any, make: Make) -> None:
    both.carry_out(varied(make))
    rows = both.rows()
    names = {row["product_id"]: row["name"] for row in rows["product_text"]}
    keys = {names[row["id"]]: row["key"] for row in rows["product"]}
    one_by_one(another, varied(make), keys)
    assert another.rows() == rows
    assert len(rows["product"]) == len(NAMES)
    assert max(row["line"] for row in rows["certificate"]) == len(NAMES) // 4


def test_more_lines_than_one_question_holds_are_written_with_a_code_each(office: Any, make: Make) -> None:
    sheet = make({}).sheet
    first = sheet.lines[1]
    cells = [(*first.cells[:6], f"Trà {number}", *first.cells[7:]) for number in range(AT_ONCE + 50)]
    more = tuple(Line(number, cell) for number, cell in enumerate(cells, 2))
    wanted = Wanted.suggested(replace(sheet, lines=(sheet.lines[0], *more)))
    office.carry_out(wanted)
    keys = {row["key"] for row in office.rows()["product"]}
    assert len(keys) == AT_ONCE + 50
    assert office.rehearse(wanted).counts["unchanged"] == AT_ONCE + 50


def test_a_line_of_another_province_waits_once_with_its_decision(both: Any, make: Make) -> None:
    wanted = make({}, {**THERE, "Khối lượng": "50 g"}, province="40")
    assert both.carry_out(wanted).counts["waiting"] == 1
    rows = both.rows()
    (line,) = rows["decision_line"]
    (decision,) = rows["decision"]
    assert (line["province_code"], line["producer"], line["product"]) == (
        "42", "Hợp tác xã Láng Giềng", "Trà Ví Dụ (50 g)",
    )  # fmt: skip
    assert (line["stars"], line["state"], line["entered_by"]) == (4, "waiting", WHO)
    assert (line["decision_id"], line["line"]) == (decision["id"], 2)
    again = both.carry_out(wanted)
    assert [one.id for one in again.problems] == ["waits_already"]
    assert both.rows() == rows


def test_a_line_that_waits_with_other_stars_stops_the_list(office: Any, make: Make) -> None:
    office.carry_out(make(THERE, province="40"))
    errors = office.rehearse(make({**THERE, "Hạng sao": "5"}, province="40")).errors
    assert [(one.line, one.id, one.expected, one.got) for one in errors] == [
        (2, "waits_otherwise", "4★", "5★")
    ]


def test_a_line_without_a_rank_is_left_to_the_office_there(office: Any, make: Make) -> None:
    wanted = make({"Hạng sao": ""}, province="40")
    mapping = {column: name for column, name in wanted.mapping.items() if name != "stars"}
    elsewhere = Wanted(wanted.sheet, wanted.header_line, mapping, province="19")
    assert [one.id for one in office.carry_out(elsewhere).problems] == ["left_to"]
    assert office.rows()["decision_line"] == []


def test_what_the_office_there_certified_itself_does_not_wait(office: Any, make: Make) -> None:
    office.carry_out(make(THERE, province="42"))
    plan = office.carry_out(make(THERE, province="40"))
    assert [one.id for one in plan.problems] == ["waits_already"]
    assert office.rows()["decision_line"] == []


def test_a_list_of_the_office_there_settles_what_waited_for_it(both: Any, make: Make) -> None:
    both.carry_out(make(THERE, {**THERE, "Sản phẩm": "Bún"}, province="40"))
    both.carry_out(make(THERE, province="42"))
    rows = both.rows()
    settled, waiting = sorted(rows["decision_line"], key=lambda row: row["line"])
    assert (settled["state"], settled["certificate_id"]) == ("entered", rows["certificate"][0]["id"])
    assert (waiting["state"], waiting["product"]) == ("waiting", "Bún (200 g)")


def test_a_refused_list_leaves_no_line_waiting(office: Any, make: Make) -> None:
    wanted = make(THERE, {"Hạng sao": "2"}, province="40")
    assert office.rehearse(wanted).errors
    with pytest.raises(ImportRefused):
        office.carry_out(wanted)
    assert office.rows()["decision_line"] == []
