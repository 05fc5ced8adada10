"""Vietnamese text: search keys, order, dates, numbers."""

import unicodedata
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ocop.trace.text import (
    VIETNAM,
    TextError,
    civil_date,
    fold,
    format_date,
    format_money,
    format_number,
    format_time,
    nfc,
    person_key,
    phone,
    sort_key,
)


@pytest.mark.parametrize(
    ("text", "typed"),
    [
        ("Trà Hương Vân", "tra huong van"), ("Gốm Bát Tràng", "GOM BAT TRANG"), ("ĐẶC SẢN", "dac san"),
        ("Nước mắm  Phú Quốc ", "nuoc mam phu quoc"), ("Khánh Hoà", "Khánh Hòa"), ("Thuý", "Thúy"),
        ("Đường thốt nốt", "duong thot not"),
    ],
)  # fmt: skip
def test_what_people_type_without_marks_finds_the_name(text: str, typed: str) -> None:
    assert fold(text) == fold(typed)
    assert fold(unicodedata.normalize("NFD", text)) == fold(typed)


def test_marks_of_other_scripts_are_letters_and_stay() -> None:
    assert fold("が") != fold("か")
    assert fold("한국") == "한국"


@given(st.text())
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)
    assert nfc(fold(text)) == fold(text)


def test_words_stand_in_the_order_of_the_alphabet() -> None:
    letters = "a ă â b c d đ e ê g h i k l m n o ô ơ p q r s t u ư v x y".split()  # noqa: SIM905
    backwards = letters[::-1]
    assert sorted(backwards, key=sort_key) == letters


def test_tones_order_a_syllable_before_the_next_one_does() -> None:
    ordered = ["ma", "ma trơi", "mà", "mà cả", "mả", "mã", "má", "mạ", "măng", "mâm", "me"]
    backwards = ordered[::-1]
    assert sorted(backwards, key=sort_key) == ordered


def test_the_place_of_a_tone_and_the_normal_form_do_not_count() -> None:
    assert (
        sort_key("Khánh Hòa") == sort_key("khánh hoà") == sort_key(unicodedata.normalize("NFD", "Khánh Hòa"))
    )


def test_numbers_stand_by_value_and_before_letters() -> None:
    assert sorted(["Lô Đ", "Lô 10", "Lô 2", "Lô 002"], key=sort_key) == ["Lô 2", "Lô 002", "Lô 10", "Lô Đ"]


@given(st.lists(st.text(max_size=12)))
def test_any_texts_can_be_ordered(texts: list[str]) -> None:
    assert len(sorted(texts, key=sort_key)) == len(texts)


def test_people_are_listed_by_their_given_name() -> None:
    people = ["Lò Thị Ánh", "Nguyễn Văn Bình", "Trần Văn Bình", "Hồ Đào", "Y Moan"]
    backwards = people[::-1]
    assert sorted(backwards, key=person_key) == people


def test_the_civil_date_is_that_of_viet_nam() -> None:
    late = datetime(2026, 8, 31, 17, 0, tzinfo=UTC)
    assert civil_date(late) == date(2026, 9, 1)
    assert civil_date(late.replace(hour=16, minute=59)) == date(2026, 8, 31)
    assert format_date(late) == "01/09/2026"
    assert format_time(late) == "00:00"
    assert format_time(datetime(2026, 9, 1, 10, 42, 59, tzinfo=VIETNAM)) == "10:42"


def test_a_moment_without_a_time_zone_is_refused() -> None:
    with pytest.raises(TextError, match="expected a moment with a time zone, got 2026-09-01T10:42:00"):
        format_time(datetime(2026, 9, 1, 10, 42))


@pytest.mark.parametrize(
    ("lang", "written"),
    [
        ("vi", "02/09/2026"), ("vi-VN", "02/09/2026"), ("en", "2 Sep 2026"), ("zh-Hans", "2026年9月2日"),
        ("ko", "2026년 9월 2일"), ("zh-Hant", "2026年9月2日"), ("ja", "2026年9月2日"), ("ru", "02.09.2026"),
        ("fr", "02/09/2026"), ("xx", "2026-09-02"), ("", "2026-09-02"),
    ],
)  # fmt: skip
def test_a_date_is_written_as_its_language_does(lang: str, written: str) -> None:
    assert format_date(date(2026, 9, 2), lang) == written


@pytest.mark.parametrize(
    ("value", "lang", "written"),
    [
        (1_234_567.5, "vi", "1.234.567,5"), (1_234_567.5, "en", "1,234,567.5"), (999, "vi", "999"), (0, "vi", "0"),
        (-1000, "vi", "-1.000"), (Decimal("12.50"), "vi", "12,50"), (2.0, "vi", "2"), (1000, "fr", "1\u202f000"),
        (1000, "ru", "1\u00a0000"), (1000, "ja", "1,000"), (1_000.5, "xx", "1000.5"), (1e-7, "vi", "0,0000001"),
        (Decimal("1E+6"), "vi", "1.000.000"),
    ],
)  # fmt: skip
def test_a_number_is_written_as_its_language_does(
    value: int | float | Decimal, lang: str, written: str
) -> None:
    assert format_number(value, lang) == written


@pytest.mark.parametrize("value", [float("nan"), float("inf"), Decimal("NaN")])
def test_what_is_no_number_is_refused(value: float | Decimal) -> None:
    with pytest.raises(TextError, match="expected a finite number"):
        format_number(value)


def test_money_is_whole_dong_and_never_breaks_before_its_sign() -> None:
    assert format_money(450_000) == "450.000\u00a0₫"
    assert format_money(450_000, "en") == "₫450,000"
    assert format_money(-5_000, "en") == "-₫5,000"


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("0912345678", "0912 345 678"), ("+84 912 345 678", "0912 345 678"), ("(0912).345-678", "0912 345 678"),
        ("84912345678", "0912 345 678"), ("02438251234", "024 3825 1234"), ("0238 384 1234", "0238 384 1234"),
        ("19001234", "19001234"), (" 113 ", "113"), ("0612345678", "0612345678"), ("không có", "không có"),
        ("٠٩١٢٣٤٥٦٧٨", "٠٩١٢٣٤٥٦٧٨"),
    ],
)  # fmt: skip
def test_a_phone_number_is_grouped_or_left_alone(typed: str, written: str) -> None:
    assert phone(typed) == written
