"""Registration files that can't be right: the sentence names the place, and nothing half done stays."""

import json
import shutil
import sqlite3
import struct
import zlib
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from ocop.trace.registering import EXAMPLE

GTIN = "09521234543213"
WriteExample = Callable[[Path], Path]


def rows(data: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Everything in the store but the version of its facts."""
    with closing(sqlite3.connect(data / "ocop.db")) as connection:
        names = [
            name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")
        ]
        return {
            name: sorted(connection.execute(f"SELECT * FROM {name}"), key=repr)
            for name in names
            if name != "meta"
        }


def bomb() -> bytes:
    """A PNG that says it is 30,000 by 30,000 pixels, in a few bytes."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 30_000, 30_000, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(bytes(9000)))
        + chunk(b"IEND", b"")
    )


CASES = json.loads((Path(__file__).parents[1] / "vectors" / "registration.json").read_text("utf-8"))["cases"]


def edited(text: str, edits: list[dict[str, Any]]) -> str:
    for edit in edits:
        ((how, what),) = edit.items()
        if how == "whole":
            text = what[0] + what[1] * what[2]
        elif how == "append":
            text += what
        else:
            assert what[0] in text
            text = text.replace(*what)
    return text


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_a_file_that_can_not_be_right_is_refused_with_its_place_and_nothing_stays(
    made: Any, write_example: WriteExample, tmp_path: Path, case: dict[str, Any]
) -> None:
    file = write_example(tmp_path / "goods")
    (file.parent / "bomb.png").write_bytes(bomb())
    (file.parent / "drawing.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    (file.parent / "cut.jpg").write_bytes((file.parent / "hop-tra.jpg").read_bytes()[:20_000])
    file.write_text(edited(file.read_text("utf-8"), case["edits"]), "utf-8")
    before = rows(made.data)
    said = made("register", file)
    assert (said.code, said.out) == (3, ""), said
    assert said.err.startswith("ocop-trace: "), said
    assert case["expected"] in said.err, said
    assert rows(made.data) == before
    assert not list((made.data / "keystore").glob("[a-z]*.key"))


def test_an_identifier_of_another_issuer_or_maker_is_not_taken_away(
    made: Any, write_example: WriteExample, tmp_path: Path
) -> None:
    file = write_example(tmp_path / "goods")
    made.must("register", file)
    before = rows(made.data)
    text = file.read_text("utf-8")
    for change, expected in (
        (text.replace('code = "htx-vi-du"', 'code = "htx-khac"'), "which htx-vi-du holds"),
        (text.replace('slug = "htx-vi-du"', 'slug = "htx-khac"'), "another producer's"),
    ):
        file.write_text(change, "utf-8")
        said = made("register", file)
        assert (said.code, said.out) == (4, ""), said
        assert expected in said.err
        assert rows(made.data) == before


def test_registering_again_changes_nothing_and_other_words_correct_without_a_ledger_entry(
    made: Any, write_example: WriteExample, tmp_path: Path
) -> None:
    file = write_example(tmp_path / "goods")
    assert made.must("register", file, "--json").json == {"key": GTIN, "issuer": "htx-vi-du", "new": True}
    before, ledger = rows(made.data), made.must("ledger", "list").out
    assert made.must("register", file, "--json").json["new"] is False
    assert rows(made.data) == before
    text = file.read_text("utf-8")
    file.write_text(
        text.replace("Nơi khô, tránh nắng", "Nơi mát").replace('= "Hợp tác xã', '= "HTX'), "utf-8"
    )
    made.must("register", file)
    after = rows(made.data)
    assert {name for name in before if after[name] != before[name]} == {
        "product_text",
        "producer",
        "issuer",
        "product",
    }
    assert made.must("ledger", "list").out == ledger


def test_a_product_without_an_identifier_is_handed_out_one_code_however_often_it_is_registered(
    made: Any, write_example: WriteExample, tmp_path: Path
) -> None:
    file = write_example(tmp_path / "goods")
    text = file.read_text("utf-8").replace(GTIN, "")
    file.write_text(text, "utf-8")
    first = made.must("register", file, "--json").json
    assert first["key"].startswith("P/")
    assert made.must("register", file, "--json").json == {**first, "new": False}
    file.write_text(text.replace("Trà nõn tôm", "Trà móc câu"), "utf-8")
    other = made.must("register", file, "--json").json
    assert (other["new"], other["key"] != first["key"]) == (True, True)
    file.write_text(
        text.replace('key = ""', f'key = "{GTIN}"\nkeys = ["{first["key"]}"]').replace("keys = []", ""),
        "utf-8",
    )
    assert made.must("register", file, "--json").json == {"key": GTIN, "issuer": "htx-vi-du", "new": True}
    made.must("issue", first["key"][2:], "L1", "--made", "2026-09-01", "--count", 1)
    made.must("issue", GTIN.lstrip("0"), "L2", "--made", "2026-09-01", "--count", 1)


def test_without_the_secret_for_the_key_it_needs_nothing_is_registered(
    made: Any, write_example: WriteExample, tmp_path: Path
) -> None:
    before = rows(made.data)
    shutil.move(made.data / "kek", tmp_path / "kek")
    said = made("register", write_example(tmp_path / "goods"))
    assert said.code == 3
    assert "expected the key-encryption key" in said.err
    assert rows(made.data) == before


def test_the_example_that_the_command_prints_is_one_that_it_takes(
    made: Any, write_example: WriteExample, tmp_path: Path
) -> None:
    file = write_example(tmp_path / "goods")
    printed = made.must("register", "--example").out
    assert printed.strip() == EXAMPLE.strip()
    file.write_text(printed, "utf-8")
    made.must("register", file)
