"""Every problem, field and sentence of an import has its words in both languages, and no words are left over."""

import re
from pathlib import Path

import ocop.trace.importing as importing
from ocop.trace.pages.phrases import phrases, read_catalogue
from ocop.trace.sheets.columns import FIELDS

TRACE = Path(importing.__file__).parent
MISSING = (
    "producer",
    "product",
    "group",
    "province",
    "stars",
    "decision_no",
    "decision_date",
    "authority",
    "valid_to",
)


def source(*patterns: str) -> str:
    return "".join(path.read_text("utf-8") for pattern in patterns for path in sorted(TRACE.glob(pattern)))


def test_every_problem_field_and_refusal_has_words_and_no_words_are_left_over() -> None:
    lines, sheets = source("importing*.py"), source("sheets/*.py")
    problems = set(re.findall(r'BadCell\("(\w+)"', sheets))
    problems |= set(re.findall(r'_tell\(\s*(?:record, )?[\w"]+,\s*"(\w+)"', lines))
    problems |= set(re.findall(r'Problem\(0, [\w"\[\]]+, "(\w+)"', lines))
    problems |= {"province_unknown"} | {f"{name}_missing" for name in MISSING}
    refusals = set(re.findall(r'BadSheet\(\s*"(\w+)"', sheets)) | {"xls", "pdf"}
    pages = source(
        "cli_import.py",
        "api/rooms/imports.py",
        "pages/templates/rooms/import*.html",
        "api/rooms/nav.py",
    )
    named = set(re.findall(r'"(import\.[a-z_.]+)"', pages))
    named |= {f"import.step.{one}" for one in ("list", "columns", "check")}
    expected = (
        {f"import.problem.{one}" for one in problems}
        | {f"import.sheet.{one}" for one in refusals}
        | {f"import.field.{one}" for one in (*FIELDS, "file", "line")}
        | named
    )
    known = {message.id for message in read_catalogue("vi", "imports") if message.id}
    assert expected - known == set()
    assert known - expected == set()


def test_a_problem_reads_as_a_sentence_in_both_languages() -> None:
    said = phrases("vi").say(
        "import.problem.province_old", got="tỉnh Bắc Giang", expected="thành phố Bắc Ninh"
    )
    assert said == "tỉnh Bắc Giang (cũ) → thành phố Bắc Ninh."
    assert phrases("en").say("import.problem.day_none", got="31/02/2026", expected="") == (
        "There is no day 31/02/2026 in the calendar."
    )
