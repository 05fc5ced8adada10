"""Likeness, flags, CSV, civil days: what needs no database."""

import csv
import io
import json
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ocop.trace import facts
from ocop.trace.certifying import suggest_valid_to
from ocop.trace.certifying_calendar import STEPS, notice_days, step_of
from ocop.trace.certifying_csv import BOM, plain_cell, safe_cell, to_csv, to_json
from ocop.trace.certifying_figures import month_ends
from ocop.trace.certifying_likeness import Samples, claims, claims_day, flags, likeness, most_alike
from ocop.trace.text import civil_date, fold
from ocop.trace.verdict_ids import StarAnswer
from ocop.trace.verdict_stars import stars_on

DAYS = st.dates(date(2000, 1, 1), date(2150, 1, 1))
WORDS = st.lists(
    st.sampled_from(
        [
            "chè",
            "nương",
            "búp",
            "sương",
            "lửa",
            "tay",
            "mẹ",
            "bà",
            "chảo",
            "gang",
            "mùi",
            "sao",
            "nước",
            "ngọt",
        ]
    ),
    min_size=24,
)


@given(DAYS, DAYS)
def test_a_step_is_due_from_its_day_to_the_day_before_the_next(valid_to: date, today: date) -> None:
    step, days = step_of(valid_to, today), notice_days(valid_to)
    if today > valid_to or today < days[90]:
        assert step is None
    else:
        assert step is not None
        assert days[step] <= today
        assert all(today < days[later] for later in STEPS if later < step)


@given(DAYS)
def test_the_star_and_the_calendar_end_at_the_same_midnight_in_viet_nam(valid_to: date) -> None:
    certificate = facts.Certificate(4, "1/QĐ", valid_to, "UBND", valid_to - timedelta(days=900), valid_to)
    last_second = datetime(valid_to.year, valid_to.month, valid_to.day, 16, 59, 59, 999_999, tzinfo=UTC)
    today, tomorrow = civil_date(last_second), civil_date(last_second + timedelta(microseconds=1))
    assert step_of(valid_to, today) == 0
    assert stars_on((certificate,), today).answer is StarAnswer.EXPIRING
    assert step_of(valid_to, tomorrow) is None
    assert stars_on((certificate,), tomorrow).answer is StarAnswer.EXPIRED


@given(DAYS)
def test_36_months_end_on_the_day_before_the_anniversary(signed: date) -> None:
    last = suggest_valid_to(signed)
    after = last + timedelta(days=1)
    assert (after.year, after.month) == (signed.year + 3, signed.month)
    assert after.day == (28 if (signed.month, signed.day) == (2, 29) else signed.day)


@given(DAYS, st.integers(1, 120))
def test_months_end_in_order_and_with_the_day_asked_for(until: date, months: int) -> None:
    days = month_ends(until, months)
    assert len(days) == months
    assert days[-1] == until
    assert days == sorted(set(days))
    assert all((day + timedelta(days=1)).day == 1 for day in days[:-1])


@given(WORDS)
def test_a_text_is_wholly_alike_to_itself_however_it_is_typed(words: list[str]) -> None:
    text = " ".join(words)
    measured = likeness(text, fold(text).upper())
    assert measured in {0, 100}
    assert measured == likeness(text, text)


@given(WORDS, WORDS, WORDS)
def test_more_of_the_other_text_never_makes_it_less_alike(a: list[str], b: list[str], c: list[str]) -> None:
    assert likeness(" ".join(a), " ".join(b + c)) >= likeness(" ".join(a), " ".join(b))
    assert 0 <= likeness(" ".join(a), " ".join(b)) <= 100


def test_a_copy_with_another_name_in_it_is_found_among_hundreds_and_measured() -> None:
    text = " ".join(f"chữ{n} trên{n % 7} nương{n % 11} này{n}" for n in range(60))
    copy = text.replace("chữ30", "KHÁC").replace("chữ10", "KHÁC")
    others = [(n, " ".join(f"lời{n}-{m} khác{m}" for m in range(120))) for n in range(1, 400)]
    found = most_alike(text, [*others, (1000, copy)])
    assert [one.name for one in found] == [1000]
    assert found[0].percent == likeness(text, copy)
    assert 90 <= found[0].percent < 100


def test_of_thousands_only_the_few_with_something_in_common_are_compared() -> None:
    samples = Samples()
    text = " ".join(f"chữ{n} trên{n % 7} nương{n % 11} này{n}" for n in range(60))
    half = text[: len(text) // 2] + " ".join(f"riêng{n} lời{n}" for n in range(90))
    for name in range(1, 400):
        samples.learn(name, " ".join(f"lời{name}-{m} khác{m}" for m in range(120)))
    samples.learn(1000, half)
    samples.learn(1001, text.upper())
    names = [*range(1, 400), 1000, 1001, 5000]
    assert samples.missing(names) == [5000]
    assert samples.near(text, names) == [1001, 1000]
    assert samples.near(text, [1000, 5]) == [1000]
    assert samples.near("mẹ dạy tôi sao chè", names) == []


def test_short_texts_are_alike_by_chance_and_are_not_measured() -> None:
    assert likeness("mẹ dạy tôi sao chè", "mẹ dạy tôi sao chè") == 0
    assert most_alike("mẹ dạy tôi sao chè", [(1, "mẹ dạy tôi sao chè")]) == ()


@pytest.mark.parametrize(
    ("text", "phrase"),
    [
        ("Trà này chữa bệnh rất tốt.", "chữa bệnh"),
        ("TRÀ CHỮA BỆNH", "chữa bệnh"),
        ("tra nay chua benh", "chữa bệnh"),
        ("Uống vào hạ huyết áp ngay.", "hạ huyết áp"),
        ("Bà là Nghệ nhân Ưu tú.", "nghệ nhân ưu tú"),
    ],
)
def test_a_claim_is_met_however_it_is_written(text: str, phrase: str) -> None:
    found = flags(text, "vi")
    assert [flag.claim.phrase for flag in found] == [phrase]
    assert fold(found[0].sentence[found[0].start : found[0].end]) == fold(phrase)


@pytest.mark.parametrize(
    "text", ["Chưa bệnh bao giờ.", "Bà chữa chiếc chảo gang.", "Mẹ trị thủy cùng làng", ""]
)
def test_words_that_only_look_alike_without_marks_are_no_claim(text: str) -> None:
    assert flags(text, "vi") == ()


def test_only_the_sentence_with_the_claim_is_shown() -> None:
    (flag,) = flags("Đất tốt. Trà này giải độc gan! Mời bạn.", "vi")
    assert flag.sentence == "Trà này giải độc gan!"


def test_the_list_of_claims_is_dated_and_has_no_doubles() -> None:
    assert date.fromisoformat(claims_day()) <= date(2026, 12, 31)
    keys = [(claim.lang, fold(claim.phrase)) for claim in claims()]
    assert len(keys) == len(set(keys))
    assert {claim.kind for claim in claims()} == {"health", "title"}


@given(st.text(st.characters(codec="utf-8")))
def test_no_cell_begins_like_a_formula_and_its_text_comes_back(text: str) -> None:
    cell = safe_cell(text)
    assert not cell.lstrip().startswith(("=", "+", "-", "@"))
    assert plain_cell(cell) == text or (text.startswith("'") is False and cell == text)


@given(
    st.lists(
        st.tuples(st.text(st.characters(codec="utf-8", exclude_characters="\r\n\0")), st.integers()),
        max_size=5,
    )
)
def test_a_table_comes_back_from_its_csv(rows: list[tuple[str, int]]) -> None:
    content = to_csv(("tên", "số"), rows)
    assert content.startswith(BOM)
    assert b"\n" not in content.replace(b"\r\n", b"")
    read = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    assert read[0] == ["tên", "số"]
    assert [(plain_cell(name), int(number)) for name, number in read[1:]] == rows


@pytest.mark.parametrize("text", ["=1+1", "+84912", "-2", "@SUM(A1)", "\t=1", " =1", "＝1", "\u00a0=cmd"])
def test_a_formula_is_defused(text: str) -> None:
    assert safe_cell(text) == f"'{text}"


def test_json_keeps_letters_and_writes_days() -> None:
    content = to_json([{"tên": "Trà", "ngày": date(2026, 11, 23)}])
    assert json.loads(content) == [{"tên": "Trà", "ngày": "2026-11-23"}]
    assert "Trà".encode() in content
