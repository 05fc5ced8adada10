"""The commands of the station without a server: what they ask first, what they send, how they end."""

import io
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import pytest
from ocop.hardware import cli
from ocop.hardware.client import BadLine, Done, Plan, Refusal, ServerAway, ServerRefused
from ocop.hardware.journal import JournalError
from ocop.hardware.page import Page
from ocop.hardware.phrases import VI
from ocop.hardware.places import NotSetUp
from ocop.hardware.reader import ReaderGone
from ocop.hardware.session import NoSuchPlan
from typer.testing import CliRunner

UID = bytes.fromhex("04de5f1eacc040")
SEEN = Done(12, UID.hex().upper(), "https://a.example/x", "live", {"type": "ntag215"})
LOCKED = Refusal("locked_chip", "expected an open chip, got a locked one", "take another one")


class Fake:
    """A session whose chip gives `end`, of which the server knows `known`; and that writes as `write` does."""

    def __init__(
        self, end: Any = SEEN, known: Any = None, write: Callable[..., bool] = lambda *_: True
    ) -> None:
        self.looked: list[Any] = []
        self.screens: list[Any] = []
        self.end, self.write, self.journal = end, write, None
        self.server = SimpleNamespace(chip=lambda uid: known if uid == SEEN.uid else None)

    def __enter__(self) -> "Fake":
        return self

    def __exit__(self, *_: object) -> None: ...

    @contextmanager
    def station(self) -> Iterator[Any]:
        yield self

    def contact(self, more: Any) -> Any:
        return SimpleNamespace(uid=UID) if self.end else None

    def look(self, contact: Any, *said: Any) -> Any:
        self.looked.append(said)
        return self.end

    def plans(self, wanted: list[str]) -> list[Plan]:
        return [Plan(name, "Trà", f"L{name}", "hộp", "ntag424", 1, 20, 20, 0) for name in wanted]


def run(monkeypatch: pytest.MonkeyPatch, fake: Fake, *words: str, typed: str = "") -> tuple[int, str, str]:
    def opened(said: Any) -> Fake:
        fake.options = said  # type: ignore[attr-defined]
        return fake

    monkeypatch.setattr(cli, "opened", opened)
    done = CliRunner().invoke(cli.app, list(words), input=typed)
    return done.exit_code, done.stdout, done.stderr


def test_a_chip_is_taken_back_only_after_a_yes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cli, "login", lambda: "hoa")
    for typed in ("n\n", "\n", ""):
        fake = Fake()
        assert run(monkeypatch, fake, "void", typed=typed)[0] == 1
        assert fake.looked == [], typed
    fake = Fake()
    code, said, _ = run(monkeypatch, fake, "void", typed="y\nrách tem\n")
    assert (code, VI.void_question in said, VI.void_why in said) == (0, True, True)
    assert fake.looked == [("void", False, "hoa", "rách tem")]
    fake = Fake()
    assert (
        run(monkeypatch, fake, "void", "--yes", "--by", "chị Mai", "--reason", "hỏng", "--reader", "sim")[0]
        == 0
    )
    assert fake.looked == [("void", True, "chị Mai", "hỏng")]


def test_who_and_why_are_cut_to_what_the_server_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    fake = Fake()
    run(monkeypatch, fake, "void", "--yes", "--by", "a" * 81, "--reason", "b" * 1001)
    assert fake.looked == [("void", False, "a" * 80, "b" * 1000)]


@pytest.mark.parametrize(("state", "code"), [("live", 0), ("void", 0), ("reserved", 0), ("unknown", 1)])
def test_a_look_ends_with_a_no_for_a_stranger_only(
    monkeypatch: pytest.MonkeyPatch, state: str, code: int
) -> None:
    fake = Fake(Done(12, SEEN.uid, "", state, {"counter": 3}))
    assert run(monkeypatch, fake, "check")[0] == code
    ended, said, _ = run(monkeypatch, fake, "check", "--json")
    assert (ended, json.loads(said)) == (
        code, {"uid": SEEN.uid, "number": 12, "state": state, "link": "", "counter": 3},
    )  # fmt: skip
    assert {kind for kind, *_ in fake.looked} == {"inspect"}


def test_no_chip_and_a_refused_chip_are_a_no(monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(monkeypatch, Fake(None), "check")[::2] == (1, f"ocop-station: {VI.no_chip}\n")
    code, _, told = run(monkeypatch, Fake(LOCKED), "check")
    assert (code, "khóa" in told) == (1, True)
    assert json.loads(run(monkeypatch, Fake(LOCKED), "check", "--json")[1])["refused"] == "locked_chip"


@pytest.mark.parametrize(
    ("kind", "end", "known", "code"),
    [
        ("void", LOCKED, {"state": "void", "number": 12}, 0),
        ("void", LOCKED, {"state": "live", "number": 12}, 1),
        ("void", LOCKED, None, 1),
        ("void", Refusal("foreign_chip", "…", ""), {"state": "void", "number": 12}, 1),
        ("check", LOCKED, {"state": "void", "number": 12}, 1),
    ],
    ids=["ended", "stands", "unknown", "another reason", "a look"],
)
def test_a_locked_chip_is_void_when_the_server_says_so(
    monkeypatch: pytest.MonkeyPatch, kind: str, end: Refusal, known: Any, code: int
) -> None:
    words = [kind, "--yes"] if kind == "void" else [kind]
    ended, said, _ = run(monkeypatch, Fake(end, known), *words)
    assert (ended, "số 12 lại trống" in said) == (code, code == 0)
    ended, said, _ = run(monkeypatch, Fake(end, known), *words, "--json")
    assert (ended, json.loads(said).get("state")) == (code, "void" if code == 0 else None)


@pytest.mark.parametrize(("names", "code"), [([], 1), (["ACS ACR122U 00 00"], 0)])
def test_no_reader_is_a_no(monkeypatch: pytest.MonkeyPatch, names: list[str], code: int) -> None:
    found = [
        SimpleNamespace(way="pcsc", names=names, problem=None),
        SimpleNamespace(way="nfcpy", names=[], problem=None),
    ]
    monkeypatch.setattr(cli.readers, "list_readers", lambda lang: found)
    done = CliRunner().invoke(cli.app, ["readers"])
    assert (done.exit_code, done.stdout) == (code, "".join(f"pcsc: {name}\n" for name in names))


@pytest.mark.parametrize(("done", "code"), [(True, 0), (False, 1)])
def test_numbers_that_are_left_are_a_no(monkeypatch: pytest.MonkeyPatch, done: bool, code: int) -> None:
    assert run(monkeypatch, Fake(write=lambda *_: done), "write", "--plan", "1")[0] == code


@pytest.mark.parametrize("as_lines", [False, True])
def test_the_pages_address_is_there_before_the_first_chip_and_never_among_the_lines(
    monkeypatch: pytest.MonkeyPatch, as_lines: bool
) -> None:
    out, err, seen = io.StringIO(), io.StringIO(), []

    def write(plans: Any, label: Any) -> bool:
        (page,) = fake.screens
        seen.append(((err if as_lines else out).getvalue(), page, label == page.ask_label))
        return True

    fake = Fake(write=write)
    fake.options = SimpleNamespace(words=VI, json=as_lines)  # type: ignore[attr-defined]
    monkeypatch.setattr("sys.stdout", out)
    monkeypatch.setattr("sys.stderr", err)
    with pytest.raises(SystemExit):
        cli._work(fake, ["1", "2"], label=True, page=True, port=0)  # type: ignore[arg-type]
    ((address, page, asks),) = seen
    assert urlsplit(address.strip()).hostname == "127.0.0.1"
    assert (isinstance(page, Page), page._lots, asks, page.closed) == (True, {"L1", "L2"}, True, True)
    assert (out.getvalue() == "") is as_lines


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (NotSetUp("no_server", file="station.json"), 3), (NoSuchPlan("plans_unnamed"), 3),
        (ServerRefused(401, "station_token", "…"), 4), (ServerRefused(409, "conflict", "…"), 4),
        (ServerAway("…"), 5), (BadLine("…"), 5), (ReaderGone("…"), 5),
        (JournalError("journal", path="j", said="…"), 5),
        (OSError("…"), 5), (KeyboardInterrupt(), 130),
    ],
    ids=lambda said: type(said).__name__ if isinstance(said, BaseException) else str(said),
)  # fmt: skip
def test_what_stops_the_program_has_its_code(
    error: BaseException, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    def stops() -> None:
        raise error

    with pytest.raises(SystemExit) as ended:
        cli.main(stops)
    assert ended.value.code == code
    assert capsys.readouterr().err.startswith("ocop-station: ")
