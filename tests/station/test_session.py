"""One run of the station: which plans it writes, what it asks for, what it keeps when something fails."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from ocop.hardware.client import Me, Plan, ServerAway, StationClient
from ocop.hardware.journal import Journal, JournalTaken
from ocop.hardware.screen import Together
from ocop.hardware.session import NoSuchPlan, Options, Session
from ocop.hardware.signs import Kind, Sign
from rich.console import Console

LINK = "https://demo.invalid/01/09521234543213/10/{}/21/000012?s=0"
ENVIRON = {"OCOP_SERVER": "https://a.example", "OCOP_STATION_TOKEN": "1.secret"}


class Told:
    """A server that tells its plans."""

    def __init__(self, plans: tuple[Plan, ...]) -> None:
        self._plans = plans

    def plans(self) -> list[Plan]:
        return list(self._plans)


class Typed(io.StringIO):
    """A terminal with somebody at it."""

    def isatty(self) -> bool:
        return True


class Screen:
    def __init__(self) -> None:
        self.signs: list[Sign] = []

    def show(self, sign: Sign) -> None:
        self.signs.append(sign)


def a_plan(
    name: str, family: str = "ntag424", lot: str = "L2609A", done: int = 0, product: str = "Trà"
) -> Plan:
    return Plan(name, product, lot, "hộp", family, 1, 20, 20, done)


def a_session(folder: Path, *plans: Plan, ask: io.StringIO | None = None, **options: Any) -> Any:
    made: Any = Session(
        Options(**options), {"OCOP_DATA": str(folder), **ENVIRON}, io.StringIO(),
        Console(file=io.StringIO(), width=200), ask or io.StringIO(),
    )  # fmt: skip
    made.server = Told(plans)
    return made


def names(plans: list[Plan]) -> list[str]:
    return [plan.plan for plan in plans]


ONE, TWO, OTHER, FULL = (
    a_plan("1"),
    a_plan("2", "ntag21x"),
    a_plan("3", "ntag21x", "L9"),
    a_plan("4", done=20),
)


def test_without_doubt_every_plan_that_has_numbers_left_is_written(tmp_path: Path) -> None:
    assert names(a_session(tmp_path, ONE, TWO, FULL).plans([])) == ["1", "2"]
    assert names(a_session(tmp_path, FULL).plans([])) == []
    assert names(a_session(tmp_path, ONE, TWO, OTHER, FULL, reader="sim").plans([])) == ["1", "2", "3"]


@pytest.mark.parametrize(
    "plans",
    [(ONE, OTHER), (ONE, a_plan("2")), (ONE, a_plan("2", "ntag21x", product="Chè"))],
    ids=["two lots", "two of a kind", "two products"],
)
def test_in_doubt_the_plans_are_shown_and_have_to_be_named(tmp_path: Path, plans: tuple[Plan, ...]) -> None:
    made = a_session(tmp_path, *plans)
    with pytest.raises(NoSuchPlan, match="several"):
        made.plans([])
    shown = made._console.file.getvalue().splitlines()
    assert [line.partition(":")[0] for line in shown] == names(list(plans))


def test_the_person_is_asked_and_names_one_or_more(tmp_path: Path) -> None:
    bold = a_plan("1", product="Trà [bold]xanh[/]")
    for typed, chosen in (("3\n", ["3"]), ("3, 1", ["3", "1"]), ("1 3", ["1", "3"]), ("L9", ["3"])):
        made = a_session(tmp_path, bold, OTHER, ask=Typed(typed))
        assert names(made.plans([])) == chosen
        assert "Trà [bold]xanh[/]" in made._console.file.getvalue()


def test_a_plan_is_named_by_its_number_or_by_a_lot_that_has_one_plan(tmp_path: Path) -> None:
    made = a_session(tmp_path, ONE, TWO, OTHER, a_plan("5", lot="2"), FULL)
    assert names(made.plans(["1", "L9", "1"])) == ["1", "3"], "named twice it is written once"
    assert names(made.plans(["2"])) == ["2"], "its number before a lot of that name"
    for name, got in (("L2609A", 3), ("7", 0), ("", 0)):
        with pytest.raises(NoSuchPlan, match=f"got {got}"):
            made.plans([name])


def test_what_was_begun_here_and_has_numbers_left_is_resumed(tmp_path: Path) -> None:
    made = a_session(tmp_path, ONE, TWO, OTHER, FULL)
    made.journal = Journal(made.places.journal)
    made.journal.want(["3", "1", "4", "9"])
    assert made.unfinished() == ["1", "3"]
    made.journal.close()


def test_a_label_that_can_not_be_used_is_told_and_the_next_one_read(tmp_path: Path) -> None:
    typed = "hộp\n" + LINK.format("L9") + "\n" + LINK.format("L2609A") + "\n\n12\n"
    made, screen = a_session(tmp_path, ask=io.StringIO(typed)), Screen()
    made.screens, words = [screen], made.options.words
    assert made.ask_label([ONE, TWO]) == 12
    assert [(sign.kind, sign.sentence) for sign in screen.signs] == [
        (Kind.WAITING, words.label), (Kind.REFUSED, words.label_not_read), (Kind.REFUSED, words.label_other_lot),
    ]  # fmt: skip
    assert made.ask_label([ONE]) is None, "an empty line ends the work"
    assert made.ask_label([ONE]) == 12


@pytest.fixture
def away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ocop.hardware.client.PAUSES", ())


@pytest.mark.usefixtures("away")
def test_a_start_without_a_server_leaves_the_journal_to_the_next(tmp_path: Path) -> None:
    made = a_session(tmp_path, server="http://127.0.0.1:9", token="1.x")
    with pytest.raises(ServerAway), made:
        pass
    Journal(made.places.journal).close()


def test_while_it_runs_the_journal_is_its_own_and_the_report_is_kept_with_each_chip(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        StationClient, "me", lambda line: Me("Bàn 1", "demo.invalid/tag", "https://a.example")
    )
    made = a_session(tmp_path)
    with made:
        with pytest.raises(JournalTaken):
            Journal(made.places.journal)
        shown = Together(made.screens)
        shown.show(Sign(Kind.WAITING, "…"))
        assert not made.places.report.exists()
        shown.show(Sign(Kind.DONE, "…", number=1))
        assert made.places.report.read_text() == ""
    Journal(made.places.journal).close()


def test_a_report_that_can_not_be_written_is_told_and_stays_as_it_was(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = a_session(tmp_path)
    made.journal = Journal(made.places.journal)
    made.places.report.write_text("as it was")
    made.places.report.with_suffix(".new").mkdir()
    made.keep_report()
    made.journal.close()
    assert made.places.report.read_text() == "as it was"
    told = capsys.readouterr().err
    assert str(made.places.report) in told
    assert "`ocop-station report`" in told


def test_no_token_is_seen_where_options_or_the_line_are_shown(tmp_path: Path) -> None:
    made = a_session(tmp_path, token="2.secret")
    assert "secret" not in repr(made.options) + repr(made._line) + json.dumps(str(made.places))
