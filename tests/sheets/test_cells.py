"""Each cell is read as offices write it; what could mean two things is refused, by name."""

import datetime
import doctest
import importlib

import pytest
from ocop.trace.sheets import cells
from ocop.trace.sheets.cells import BadCell

DAY = datetime.date(2026, 9, 1)
GOOD = [
    *(("day", value, DAY) for value in (
        "01/09/2026", "1/9/2026", "1-9-2026", "01.09.2026", "2026-09-01", "ngày 01 tháng 9 năm 2026", 46266, "46266",
        46266.25, DAY, "Ngày 1/9/2026", "01 / 09 / 2026")),
    *(("stars", value, (4, False)) for value in (4, 4.0, "4", "4 sao", "4*", "****", "★★★★", "bốn sao", "OCOP 4 sao",
                                                "Hạng 4 sao", "4 SAO", "Đạt 4 sao")),
    *(("stars", value, (5, True)) for value in ("5 sao tiềm năng", "Tiềm năng 5 sao", "5 sao (TN)", "potential 5*")),
    ("gtin", "09521234543213", ("09521234543213", False)),
    ("gtin", "952 1234 543213", ("09521234543213", False)),
    ("gtin", 9521234543213, ("09521234543213", False)),
    ("gtin", 12345678905, ("00012345678905", True)),
    *(("phone", value, ("0912 345 678", False)) for value in (
        912345678, "0912345678", "0912.345.678", "+84 912 345 678", "ĐT: 0912 345 678", "'0912345678")),
    ("phone", "0912345678; 0987654321", ("0912 345 678", True)),
    ("tax_code", 100109106, "0100109106"),
    ("tax_code", "0100109106 001", "0100109106-001"),
    *(("kind", value, "htx") for value in ("HTX A", "Hợp tác xã A", "Liên hiệp HTX B", "hợp tác xã nông nghiệp")),
    ("kind", "Hộ kinh doanh Nguyễn Văn A", "ho_kinh_doanh"),
    ("kind", "Bà Trần Thị B", "ho_kinh_doanh"),
    ("kind", "Tổ hợp tác dệt", "to_hop_tac"),
    ("kind", "Công ty TNHH C", "doanh_nghiep"),
    ("kind", "Cơ sở sản xuất D", "co_so"),
    *(("group", value, 1) for value in (1, "I", "Nhóm 1", "Thực phẩm", "1. ")),
    ("group", "Thủ công mỹ nghệ", 4),
    ("full_name", "HTX Hương Vân", "Hợp tác xã Hương Vân"),
]  # fmt: skip
BAD = [
    ("day", "31/02/2026", "day_none"), ("day", "12/31/2026", "day_order"), ("day", "1/9/26", "day_year"),
    ("day", "01/09/1026", "day_year"), ("day", "tháng 9/2026", "day"), ("day", "99999", "day"),
    ("day", "36 tháng", "day"),
    ("stars", "2 sao", "stars_low"), ("stars", 1, "stars_low"), ("stars", "6", "stars"), ("stars", "đạt", "stars"),
    ("stars", "4-5 sao", "stars"), ("stars", "*", "stars_low"), ("stars", 71.5, "stars"),
    ("gtin", "8.93851E+12", "gtin_rounded"), ("gtin", "8,93E+12", "gtin_rounded"), ("gtin", "893x", "gtin"),
    ("gtin", "9521234543214", "gtin_check"), ("gtin", "123456789012345", "gtin"),
    ("phone", "12345", "phone"), ("phone", "không có", "phone"), ("phone", "0912 345 67", "phone"),
    ("tax_code", "123", "mst"), ("tax_code", "01001091o6", "mst"),
    ("kind", "Trà Việt", "kind"), ("group", "Khác", "group"), ("group", "7", "group"),
    ("words", "#REF!", "formula"), ("words", "#N/A", "formula"), ("words", "a\x07b", "control"),
    ("words", "a\ud800", "control"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("read", "cell", "value"), GOOD, ids=[f"{n}-{r}" for n, (r, _, _) in enumerate(GOOD)]
)
def test_a_cell_is_read_as_people_mean_it(read: str, cell: cells.Cell, value: object) -> None:
    assert getattr(cells, read)(cell) == value


@pytest.mark.parametrize(("read", "cell", "id_"), BAD, ids=[f"{n}-{i}" for n, (_, _, i) in enumerate(BAD)])
def test_a_cell_that_can_not_be_right_is_refused_by_name(read: str, cell: cells.Cell, id_: str) -> None:
    with pytest.raises(BadCell, match=r"expected .+, got") as caught:
        getattr(cells, read)(cell)
    assert caught.value.id == id_


@pytest.mark.parametrize("name", ["cells", "columns", "encodings", "grid", "reading"])
def test_the_examples_of_the_specification_hold(name: str) -> None:
    module = importlib.import_module(f"ocop.trace.sheets.{name}")
    result = doctest.testmod(module)
    assert result.attempted
    assert not result.failed
