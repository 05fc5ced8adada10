"""The page of formats says what the code does: its vectors, its example, its tables."""

import re
from pathlib import Path
from typing import Any

from ocop.trace.signing.entries import _FIELDS, Why, encode, parse

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "formats.md").read_text("utf-8")


def test_the_golden_vectors_stand_on_the_page(golden: dict[str, Any]) -> None:
    joined = re.sub(r"\n {6}", "", PAGE)
    for case in golden["cases"]:
        for form in ("message", "token", "nfc", "qr"):
            assert case[form] is None or case[form] in joined, (case["name"], form)


def test_the_example_entry_is_one() -> None:
    (line,) = re.findall(r'^\{"at".*\}$', PAGE, re.MULTILINE)
    assert encode(parse(line.encode())) == line.encode()


def test_every_entry_type_stands_on_the_page_with_its_fields() -> None:
    section = PAGE[PAGE.index("## Ledger") :]
    rows = re.findall(r"^\| `([a-z-]+)` \| (`.*?) \| ", section, re.MULTILINE)
    described = {(name, frozenset(re.findall(r"`([a-z]+)`", fields))) for name, fields in rows}
    for entry, fields in _FIELDS.items():
        names = frozenset(name for name, _ in fields if name != "at")
        assert (entry.t, names) in described, (entry.t, names)


def test_every_reason_stands_on_the_page() -> None:
    for why in Why:
        assert f"`{why}`" in PAGE
