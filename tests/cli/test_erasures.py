"""From the command line: the list of erasures is shown, written, handed in; what is over goes."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from ocop.trace.registry import telling
from ocop.trace.registry.store import open_store

SLUG = "htx-vi-du"


def forget(data: Path) -> None:
    """Somebody takes a consent back."""
    store = open_store(data=data)
    meta = store.check()
    with store.begin() as session:
        telling.withdraw_consent(session, SLUG, "phone", at=meta.created_at)
    store.close()


def allow(data: Path) -> None:
    store = open_store(data=data)
    meta = store.check()
    with store.begin() as session:
        telling.give_consent(session, SLUG, "phone", person="Hoa", proof="giấy", at=meta.created_at)
    store.close()


def test_a_list_is_written_and_handed_in_with_an_older_backup(
    shop: Any, tmp_path: Path, make_cli: Callable[..., Any]
) -> None:
    allow(shop.data)
    before = shop.must("erasures", "--json").json
    shop.must("backup", tmp_path / "kept.zip", "--with-kek")
    forget(shop.data)
    listed = shop.must("erasures", tmp_path / "list.jsonl", "--json").json
    assert listed["entries"] > before["entries"]
    assert listed["kinds"] == {"consent": listed["entries"]}
    assert "erasures" in shop.must("erasures").out
    assert shop("erasures", tmp_path / "list.jsonl").code == 4
    assert shop("erasures", tmp_path / "no" / "list.jsonl").code == 3
    elsewhere = make_cli(tmp_path / "elsewhere")
    assert elsewhere("restore", tmp_path / "kept.zip", "--erasures", tmp_path / "none").code == 3
    (tmp_path / "half.jsonl").write_bytes((tmp_path / "list.jsonl").read_bytes()[:-9])
    refused = elsewhere("restore", tmp_path / "kept.zip", "--erasures", tmp_path / "half.jsonl")
    assert (refused.code, "expected a whole list" in refused.err or "expected a list" in refused.err) == (
        3,
        True,
    )
    back = elsewhere.must(
        "restore", tmp_path / "kept.zip", "--erasures", tmp_path / "list.jsonl", "--json"
    ).json
    assert (back["erasures"], back["erasures_listed"]) == (listed["entries"] - before["entries"], True)
    without = make_cli(tmp_path / "without").must("restore", tmp_path / "kept.zip")
    assert "no list of erasures was found" in without.err


def test_what_is_over_goes_by_a_command_and_a_look_changes_nothing(shop: Any) -> None:
    assert shop.must("tidy", "--look", "--json").json == {"files": [], "dialogues": 0}
    assert "would go" in shop.must("tidy", "--look").out
    done = shop.must("tidy", "--json").json
    assert done == {
        "scans": 0,
        "reports": 0,
        "requests": 0,
        "files": 0,
        "unfinished": 0,
        "sealed": 0,
        "dialogues": 0,
    }
    assert "are gone" in shop.must("tidy").out
