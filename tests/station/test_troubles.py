"""What stops the program is told in the language that was asked for."""

import string
import sys

import pytest
from ocop.hardware import cli
from ocop.hardware.client import BadLine, ServerAway, ServerRefused
from ocop.hardware.journal import JournalError, JournalTaken
from ocop.hardware.phrases_refusals import EN_AWAY, VI_AWAY
from ocop.hardware.phrases_troubles import TROUBLES, trouble
from ocop.hardware.places import NotSetUp
from ocop.hardware.session import NoSuchPlan

ERRORS = [
    (
        JournalError("journal", path="var/station/journal.db", said="database or disk is full"),
        "Không ghi được nhật ký",
    ),
    (JournalTaken("journal_taken", path="journal.db"), "đang có chương trình khác dùng"),
    (NotSetUp("no_server", file="station.json"), "Chưa biết máy chủ nào"),
    (NoSuchPlan("plan_named", plan="'7'", got=0, known="-"), "Cần đúng một kế hoạch tên '7', tìm thấy 0"),
    (
        ServerRefused(401, "station_token", "expected the token of a station in use"),
        "không nhận mã của trạm này",
    ),
    (ServerRefused(409, "conflict", "expected an open plan"), "Máy chủ từ chối: expected an open plan"),
    (BadLine("expected a server address and a token, got 5"), "Không hỏi được máy chủ nào"),
    (
        ServerAway(
            "expected …", "…", "other_shape", about={"asked": "GET /me", "wanted": "{…}", "got": "[5]"}
        ),
        "không như máy chủ OCOP Trace: hỏi GET /me, cần {…}, nhận được [5].",
    ),
    (ServerAway("expected an object", "", "other_shape"), "trả lời không đúng dạng"),
    (ServerAway("expected an answer, got none"), "Máy chủ không trả lời"),
    (ServerAway("shut", "open it", "keystore_shut"), "Kho khóa của máy chủ đang đóng"),
    (OSError("no more files"), "Không dùng được một tệp"),
    (KeyboardInterrupt(), "Đã dừng; chưa mất gì"),
]


def fields(pair: tuple[str, str]) -> set[str]:
    return {name for text in pair for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("name", TROUBLES)
def test_every_trouble_is_there_in_both_languages(name: str) -> None:
    vi, en = TROUBLES[name]
    assert vi != en
    assert all((vi[0], en[0]))
    # An answer of the server is told in its own words where the person reads English.
    assert fields(vi) <= fields(en) or fields(en) == {"said", "hint"}


def test_the_servers_reasons_are_there_in_both_languages() -> None:
    assert VI_AWAY.keys() == EN_AWAY.keys()
    assert not set(VI_AWAY.values()) & set(EN_AWAY.values())


def said(
    error: BaseException, words: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> str:
    def run() -> None:
        raise error

    monkeypatch.setattr(sys, "argv", ["ocop-station", *words])
    with pytest.raises(SystemExit) as ended:
        cli.main(run)
    assert ended.value.code in (3, 4, 5, 130)
    return capsys.readouterr().err


@pytest.mark.parametrize(("error", "words"), ERRORS, ids=[str(n) for n in range(len(ERRORS))])
def test_what_stops_the_program_is_told_in_the_persons_language(
    error: BaseException, words: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    assert words in said(error, ["write"], monkeypatch, capsys)
    assert words in said(error, ["write", "--lang", "en", "--lang", "vi"], monkeypatch, capsys)
    for english in (["--lang", "en"], ["--lang=en"]):
        told = said(error, ["write", *english], monkeypatch, capsys)
        assert told.replace("…", "").isascii(), told
        assert "expected" in told or "nothing is lost" in told or "shut" in told


def test_a_language_nobody_speaks_here_is_told_in_vietnamese() -> None:
    assert [cli.spoken(words) for words in (["--lang", "fr"], ["--lang"], ["--lang="], [])] == ["vi"] * 4


def test_the_address_of_the_file_is_written_as_one_types_it() -> None:
    assert '{"url": …, "token": …}' in trouble("no_server", "vi", file="station.json")[1]
