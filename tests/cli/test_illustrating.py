"""The demonstration: filled once, found again on any later day, completed when it was cut off."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from ocop.trace import cli_common, illustrating
from ocop.trace.illustrative import draw as real_draw
from ocop.trace.registry.store import open_store
from sqlalchemy import text

PICTURE = 240
SHARED: dict[str, Any] = {}


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for a demonstration that all tests of this file look at."""
    return tmp_path_factory.mktemp("demo") / "data"


@pytest.fixture
def demo(filled: Path, make_cli: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> Any:
    """The command on that folder, with one cheap picture for all: what they look like is tested elsewhere."""
    picture = SHARED.setdefault("one", real_draw("vai-thieu-luc-ngan", "sign-1").resize((PICTURE, PICTURE)))
    monkeypatch.setattr(illustrating, "draw", lambda slug, id_: picture)
    return make_cli(filled)


def lines(demo: Any) -> list[dict[str, str]]:
    return [json.loads(line) for line in demo.must("demo", "--json").out.splitlines()]


def test_every_code_answers_as_it_says(demo: Any) -> None:
    found = lines(demo)
    assert len(found) >= 11
    for one in found:
        assert set(one) == {"product", "link", "code", "stars"}
        said = demo("verify", one["link"], "--json").json
        assert (said["code"], said["stars"]) == (one["code"], one["stars"]), one["product"]
    assert {"code_issued", "recalled", "withdrawn", "not_released"} <= {one["code"] for one in found}
    assert demo.must("ledger", "check", "--json").json["findings"] == []


def test_a_second_time_draws_nothing_says_the_same_and_writes_nothing(
    demo: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, ledger = lines(demo), demo.must("ledger", "list", "--last", 999).out
    state = {path: path.stat().st_mtime_ns for path in (demo.data / "media").rglob("*")}

    def not_again(*_: str) -> None:
        raise AssertionError("a picture was drawn again")

    monkeypatch.setattr(illustrating, "draw", not_again)
    assert lines(demo) == before
    assert demo.must("ledger", "list", "--last", 999).out == ledger
    assert {path: path.stat().st_mtime_ns for path in (demo.data / "media").rglob("*")} == state


def test_on_another_day_the_lots_are_those_of_the_day_it_was_made(
    demo: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = lines(demo)
    later = datetime.now(UTC) + timedelta(days=100)
    monkeypatch.setattr(cli_common, "now", lambda: later)
    monkeypatch.setattr("ocop.trace.cli_serve.now", lambda: later)
    assert lines(demo) == before
    # As another version of the illustration would: everything is gone through again, and nothing is issued twice.
    (demo.data / illustrating.MARK).write_text("of another version")
    assert lines(demo) == before
    assert demo.must("ledger", "check", "--json").json["findings"] == []


def test_a_fill_that_was_cut_off_between_two_acts_is_completed(
    demo: Any, tmp_path: Path, make_cli: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = [(one["product"], one["code"]) for one in lines(demo)]
    cut = make_cli(tmp_path / "cut")
    recall = illustrating.withdrawing.recall

    def interrupted(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(illustrating.withdrawing, "recall", interrupted)
    assert cut("demo", "--json").code == 130
    monkeypatch.setattr(illustrating.withdrawing, "recall", recall)
    assert [(one["product"], one["code"]) for one in lines(cut)] == whole
    for one in lines(cut):
        assert cut("verify", one["link"], "--json").json["code"] == one["code"]


def test_several_makers_let_the_press_in_and_nobody_real_is_said_to_have_agreed(demo: Any) -> None:
    demo.must("demo")
    with open_store("", data=demo.data).read() as session:
        rows = session.execute(
            text("SELECT item, person, proof FROM consent WHERE withdrawn_at IS NULL")
        ).all()
    assert len(rows) >= 5
    assert {row[0] for row in rows} == {"press", "quote"}
    assert all("minh họa" in person.lower() and "minh họa" in proof.lower() for _, person, proof in rows)
