"""`ocop-trace import`: every problem by line, nothing written before all is right, a dry run writes nothing."""

from pathlib import Path
from typing import Any

import openpyxl

LIST = (
    "Chủ thể;Sản phẩm;Tỉnh;Nhóm;Hạng sao;Số quyết định;Ngày quyết định;Cơ quan công nhận;Hiệu lực đến\n"
    "HTX Ví Dụ;Trà;tỉnh Bắc Giang;2;4 sao;12/QĐ-UBND;12/05/2026;UBND tỉnh;12/05/2029\n"
)


def test_a_dry_run_says_what_would_be_done_and_does_nothing(made: Any, tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    file.write_text(LIST, "utf-8")
    said = made.must("import", file, "--dry-run")
    assert "Line 2, province: tỉnh Bắc Giang (old) → thành phố Bắc Ninh." in said.out
    assert "1 new products, 1 new certificates" in said.out
    assert "nothing was written" in said.out
    done = made.must("import", file, "--json").json
    assert {name: done[name] for name in ("written", "producers", "products", "unchanged")} == {
        "written": True, "producers": 1, "products": 1, "unchanged": 0,
    }  # fmt: skip
    assert done["problems"][0] == {
        "line": 2, "field": "province", "problem": "province_old", "level": "notice", "got": "tỉnh Bắc Giang",
    }  # fmt: skip
    assert made.must("import", file, "--json").json["unchanged"] == 1


def test_a_list_with_problems_is_told_line_by_line_and_left(made: Any, tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    file.write_text(
        LIST + LIST.splitlines()[1].replace("4 sao", "2 sao").replace("Trà", "Bún") + "\n", "utf-8"
    )
    said = made("import", file)
    assert said.code == 3
    assert "Line 3, stars: 2 sao: below 3 stars" in said.err
    assert "nothing was written" in said.err
    file.write_text(LIST, "utf-8")
    assert made.must("import", file, "--dry-run", "--json").json["producers"] == 1


def test_a_workbook_with_columns_and_values_named_by_hand(made: Any, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["Chủ thể", "Tên gọi"])
    book.active.append(["HTX Ví Dụ", "Trà"])
    file = tmp_path / "list.xlsx"
    book.save(file)
    more = ("--column", "2=product", "--set", "province=Nghệ An", "--set", "group=2")
    assert made("import", file, "--dry-run").code == 3
    assert made.must("import", file, *more, "--json").json["products"] == 1


def test_what_is_no_list_is_refused_in_words(made: Any, tmp_path: Path) -> None:
    file = tmp_path / "list.xls"
    file.write_bytes(b"\xd0\xcf\x11\xe0" + bytes(600))
    for arguments, expected in (
        ((file,), "save it as .xlsx"),
        ((tmp_path / "none.csv",), "none.csv"),
        ((file.with_suffix(".csv"), "--column", "x=product"), "expected"),
    ):
        said = made("import", *arguments)
        assert said.code in {3, 5}, said
        assert expected in said.err, said
    file.write_text(LIST, "utf-8")
    for option, value in (
        ("--column", "0=product"),
        ("--column", "1=colour"),
        ("--set", "colour=red"),
        ("--set", "x"),
    ):
        said = made("import", file, option, value)
        assert (said.code, said.out) == (3, ""), said
