"""Administrative units: the list that ships is whole; a newer one replaces what it names and nothing else."""

from datetime import date

import pytest
from ocop.trace.registry.errors import BadValue
from ocop.trace.registry.store import Store
from ocop.trace.registry.units import (
    Unit,
    bundled_units,
    communes_on,
    import_units,
    provinces_on,
    read_units,
    unit_on,
)

HEAD = "code,kind,name,province_code,valid_from,valid_to\n"
START = date(2025, 7, 1)


def on(day: date) -> list[Unit]:
    return [u for u in bundled_units() if u.valid_from <= day and (u.valid_to is None or u.valid_to >= day)]


# Mix of kinds: 2,621 xã, 687 phường, 13 đặc khu at the start (QĐ 19/2025/QĐ-TTg); ten wards of Đồng Nai by
# 237/NQ-UBTVQH16; twelve of Bắc Ninh by 388/NQ-UBTVQH16. Cities: 6, then Đồng Nai, Quảng Ninh, Bắc Ninh.
@pytest.mark.parametrize(
    ("day", "cities", "communes", "wards"),
    [
        (START, 6, 2621, 687),
        (date(2026, 4, 29), 6, 2621, 687),
        (date(2026, 4, 30), 7, 2611, 697),
        (date(2026, 9, 1), 8, 2611, 697),
        (date(2026, 9, 20), 9, 2599, 709),
    ],
)
def test_the_list_has_34_provinces_and_3321_communes_on_every_day(
    day: date, cities: int, communes: int, wards: int
) -> None:
    units = on(day)
    kinds = [unit.kind for unit in units]
    assert len({unit.code for unit in units}) == len(units) == 34 + 3321
    assert (kinds.count("thanh_pho"), kinds.count("tinh")) == (cities, 34 - cities)
    assert (kinds.count("xa"), kinds.count("phuong"), kinds.count("dac_khu")) == (communes, wards, 13)


@pytest.mark.parametrize(
    ("code", "name", "province"),
    [
        ("05503", "xã Tân Cương", "19"),
        ("05443", "phường Phan Đình Phùng", "19"),
        ("14533", "phường Tây Hoa Lư", "37"),
        ("00577", "xã Bát Tràng", "01"),
        ("07582", "xã Lục Ngạn", "24"),
        ("07525", "phường Chũ", "24"),
        ("10525", "phường Hải Dương", "31"),
        ("17278", "xã Giai Xuân", "40"),
        ("10015", "phường Chương Mỹ", "01"),
        ("30037", "xã Tháp Mười", "82"),
        ("07030", "phường Hoành Bồ", "22"),
        ("02104", "xã Tân Kỳ", "19"),
        ("11113", "xã Tân Kỳ", "31"),
        ("17266", "xã Tân Kỳ", "40"),
        ("28870", "xã Chợ Lách", "86"),
    ],
)
def test_codes_that_other_sources_name_stand_in_the_list(code: str, name: str, province: str) -> None:
    unit = next(unit for unit in on(date(2026, 11, 23)) if unit.code == code)
    assert (unit.full_name, unit.province_code) == (name, province)


def test_a_store_knows_a_unit_by_code_and_day(store: Store) -> None:
    with store.read() as session:
        before, after = (unit_on(session, "75", day) for day in (date(2026, 4, 29), date(2026, 4, 30)))
        assert before is not None
        assert after is not None
        assert (before.full_name, after.full_name) == ("tỉnh Đồng Nai", "thành phố Đồng Nai")
        assert unit_on(session, "75", date(2025, 6, 30)) is None
        assert unit_on(session, "99", START) is None
        assert len(provinces_on(session, date(2026, 4, 30))) == 34
        communes = communes_on(session, "75", date(2026, 4, 30))
        assert len(communes) == 95
        assert sum(unit.kind == "phuong" for unit in communes) == 33


def test_a_dry_run_says_what_would_change_and_changes_nothing(store: Store) -> None:
    newer = read_units(
        HEAD + "17278,xa,Giai Xuân,40,2025-07-01,2026-12-31\n17278,phuong,Giai Xuân,40,2027-01-01,\n"
    )
    with store.begin() as session:
        changes = import_units(session, newer, dry_run=True)
        assert str(changes) == "2 rows added, 1 rows replaced, 0 new codes"
        assert import_units(session, newer, dry_run=True) == changes
    with store.begin() as session:
        import_units(session, newer)
        assert import_units(session, newer).added == ()
    with store.read() as session:
        then, later = (
            unit_on(session, "17278", date(2026, 12, 31)),
            unit_on(session, "17278", date(2027, 1, 1)),
        )
        assert then is not None
        assert later is not None
        assert (then.kind, later.kind) == ("xa", "phuong")
        assert unit_on(session, "17266", date(2027, 1, 1)) is not None, (
            "a code that the list does not name stays"
        )


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("", "expected a header line, got 'nothing'"),
        ("code,name\n", "line 1: expected code,kind,name"),
        (HEAD + "17278,xa,Giai Xuân,40,2025-07-01\n", "line 2: expected 6 values"),
        (HEAD + "1727,xa,Giai Xuân,40,2025-07-01,\n", "line 2: code: expected 2 or 5 digits, got '1727'"),
        (HEAD + "１７２７８,xa,Giai Xuân,40,2025-07-01,\n", "line 2: code: expected 2 or 5 digits"),
        (HEAD + "17278,huyen,Giai Xuân,40,2025-07-01,\n", "line 2: kind: expected tinh or"),
        (HEAD + "40,xa,Nghệ An,40,2025-07-01,\n", "fitting the code"),
        (HEAD + "17278,xa,Giai Xuân,4,2025-07-01,\n", "line 2: province_code"),
        (HEAD + "17278,xa, ,40,2025-07-01,\n", "line 2: name"),
        (HEAD + "17278,xa,Giai\x07Xuân,40,2025-07-01,\n", "without control characters"),
        (HEAD + "17278,xa,Giai Xuân,40,01/07/2025,\n", "a day such as 2026-04-30, got '01/07/2025'"),
        (HEAD + "17278,xa,Giai Xuân,40,2025-07-01,2025-06-30\n", "valid_to on or after valid_from"),
        (HEAD + "17278,xa,A,40,2025-07-01,\n17278,phuong,A,40,2026-07-01,\n", "spans that follow each other"),
        (HEAD + "17278,xa,A,40,2025-07-01,2026-01-01\n17278,xa,A,38,2026-07-01,\n", "expected province 40"),
        (HEAD + "40,tinh,Nghệ An,40,2025-07-01,\n17278,xa,A,38,2025-07-01,\n", "every province in the list"),
    ],
)  # fmt: skip
def test_a_list_with_a_mistake_is_refused_with_its_line(rows: str, said: str) -> None:
    with pytest.raises(BadValue, match=said):
        read_units(rows)
