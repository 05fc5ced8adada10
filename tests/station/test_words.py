"""What the station says, in both languages, on each kind of screen, and what it reads from a label."""

import io
import json
import os
import re
import string
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from ocop.hardware.label import LabelNotRead, OtherLot, number_on
from ocop.hardware.phrases import EN, LANGUAGES, VI, Words
from ocop.hardware.places import NotSetUp, Places
from ocop.hardware.screen import Afterwards, JsonLines, Terminal, Together, drawn
from ocop.hardware.session import Options, Session
from ocop.hardware.signs import Progress
from ocop.hardware.simulator import blank_424
from ocop.hardware.simulator_tray import Tray
from ocop.hardware.station import Kind, Sign
from ocop.trace import provisioning_desk, provisioning_refusals
from ocop.trace.issuing import NoUsableKey
from ocop.trace.registry.chips import ChipIsBound, ItemHasChip
from ocop.trace.registry.errors import Conflict, Unknown
from ocop.trace.registry.stations import BatchClosed
from ocop.trace.signing.evidence import Signature
from ocop.trace.tags import errors, ntag21x, ntag21x_flows, ntag424, ntag424_flows, originality, plan
from ocop.trace.tags.errors import ChipError
from rich.console import Console

MODULES = (errors, ntag21x, ntag21x_flows, ntag424, ntag424_flows, originality, plan, provisioning_desk,
           provisioning_refusals)  # fmt: skip
REFUSALS = sorted(
    {
        name
        for module in MODULES
        for name, found in vars(module).items()
        if isinstance(found, type) and issubclass(found, ChipError)
    }
)
SERVER = (BatchClosed, ItemHasChip, ChipIsBound, NoUsableKey, Conflict, Unknown)
REFUSALS += sorted(error.__name__ for error in SERVER)
DONE = Sign(Kind.DONE, "Chip này là số 12: dán lên hộp số 12.", "Trà", 12, "3/20", {"uid": "04", "plan": "1"})
LINK = "https://demo.invalid/01/09521234543213/10/L2609A/21/000012?s=0"


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("name", REFUSALS)
def test_every_reason_to_refuse_a_chip_has_words_of_its_own(name: str, lang: str) -> None:
    said = LANGUAGES[lang].refusal(name, "developer's words", "developer's hint")
    assert "developer" not in "".join(said)
    assert all(said)


def test_both_languages_say_the_same_things() -> None:
    assert VI.refusals.keys() == EN.refusals.keys()
    for name in vars(VI):
        mine, theirs = getattr(VI, name), getattr(EN, name)
        if isinstance(mine, str):
            assert theirs, name
            assert fields(mine) == fields(theirs), name
            assert mine != theirs, name


OLD_SPELLING = re.compile("kho[á]|hu[ỷ]|xo[á]|ho[à] |thu[ỷ]|u[ỷ] ", re.IGNORECASE)
LOOSE = re.compile("chúng ta|của ta|của mình|của chúng", re.IGNORECASE)


def test_the_station_spells_as_the_pages_do_and_calls_the_system_by_one_name() -> None:
    """The pages write khóa, hủy, xóa; whose a chip is has one name, as who reads may be anybody."""
    root = Path(__file__).parents[2]
    texts = [
        *(root / "hardware").rglob("*.py"),
        root / "docs" / "station.md",
        *(root / "docs/deploy").glob("*.vi.md"),
    ]
    assert [path.name for path in texts if OLD_SPELLING.search(path.read_text("utf-8"))] == []
    assert [
        path.name for path in (root / "hardware").rglob("*.py") if LOOSE.search(path.read_text("utf-8"))
    ] == []
    for catalogue in (root / "trace/pages/locale/vi").glob("*.po"):
        assert not OLD_SPELLING.search(catalogue.read_text("utf-8")), catalogue.name


@pytest.mark.parametrize("words", LANGUAGES.values(), ids=list(LANGUAGES))
def test_the_sentence_that_matters_has_the_number_twice(words: Words) -> None:
    assert words.put_on(12, "hộp").count("12") == 2
    assert words.put_on(12, "").count("12") == 2
    assert "{" not in "".join([words.again(3), words.again_hint("hộp", 3), words.progress(1, 9, 60)])


def test_a_refusal_nobody_knows_is_told_in_the_servers_words() -> None:
    assert VI.refusal("something_new", "sentence", "hint") == ("sentence", "hint")


@pytest.mark.parametrize("words", LANGUAGES.values(), ids=list(LANGUAGES))
def test_what_a_code_in_a_link_proves_is_said_in_words(words: Words) -> None:
    for shown in set(Signature) - {Signature.NONE}:
        (line,) = words.findings({"signature": shown.value})
        assert shown.value not in line, line
    for state in ("reserved", "live", "void", "replaced", "unknown"):
        (line,) = words.findings({"state": state})
        assert words is EN or state not in line, line


@pytest.mark.parametrize(
    ("words", "right", "wrong"),
    [(VI, "đúng", ("không", "chưa")), (EN, "right", ("not", "can't"))],
    ids=["vi", "en"],
)
def test_only_a_code_that_holds_is_called_right(words: Words, right: str, wrong: tuple[str, str]) -> None:
    said = {one.value: words.findings({"signature": one.value})[0].partition(": ")[2] for one in Signature}
    assert [name for name, told in said.items() if told == right] == ["holds"]
    for name in ("false", "malformed", "unknown_key", "unknown_key_after_restore"):
        assert said[name].startswith(wrong), said[name]
    for name in ("bound_only", "unbound"):
        assert said[name].startswith(right), said[name]


def test_a_report_has_a_line_for_each_thing_that_is_known_and_yes_is_yes() -> None:
    found = {
        "uid": "04DE5F1EACC040", "type": "ntag216", "state": "reserved", "number": 12, "lot": "L2609A",
        "link": "https://x", "signature": "holds", "original": True, "live": False, "locked": True, "counter": 0,
    }  # fmt: skip
    assert VI.findings(found) == [
        "Số chip: 04DE5F1EACC040", "Loại: NTAG216", "Tình trạng: viết dở", "Món số: 12", "Lô: L2609A",
        "Liên kết: https://x", "Mã trong liên kết: đúng", "Chữ ký của hãng NXP: có",
        "Chip trả lời đúng khóa riêng của nó lúc này: không", "Đã khóa ghi: có", "Số lần chạm: 0",
    ]  # fmt: skip
    assert EN.findings(found) == [
        "Chip: 04DE5F1EACC040", "Kind: NTAG216", "State: not finished", "Item number: 12", "Lot: L2609A",
        "Link: https://x", "Code in the link: right", "NXP's signature: yes",
        "The chip answers with its own key right now: no", "Locked: yes", "Taps: 0",
    ]  # fmt: skip


def test_the_lock_is_told_of_the_chips_that_have_one() -> None:
    assert VI.findings({"type": "ntag424", "locked": False}) == ["Loại: NTAG 424 DNA"]
    assert VI.findings({"type": "ntag215", "locked": False}) == ["Loại: NTAG215", "Đã khóa ghi: không"]


def test_a_counter_of_one_is_not_a_yes() -> None:
    assert VI.findings({"counter": 1, "locked": True, "live": None}) == ["Đã khóa ghi: có", "Số lần chạm: 1"]


def test_a_number_is_drawn_large() -> None:
    assert drawn(12).splitlines()[0] == "  █   ████"
    assert len({len(line) for line in drawn(4096).splitlines()}) == 1


def shown(sign: Sign, terminal: bool) -> str:
    out = io.StringIO()
    Terminal(Console(file=out, force_terminal=terminal, width=80, legacy_windows=False)).show(sign)
    return out.getvalue()


def test_no_two_digits_are_drawn_alike() -> None:
    assert len({drawn(digit) for digit in range(10)}) == 10
    assert {len(line) for digit in range(10) for line in drawn(digit).splitlines()} == {4}


@pytest.mark.parametrize(
    ("kind", "colour"), [(Kind.DONE, 32), (Kind.REFUSED, 31), (Kind.AGAIN, 33), (Kind.PULLED, 33)]
)
def test_ready_is_green_refused_is_red_and_what_needs_a_hand_is_yellow(kind: Kind, colour: int) -> None:
    text = shown(Sign(kind, "câu", number=7), terminal=True)
    assert text.count(f"\x1b[1;{colour}m") >= 2, "the number and the sentence"
    assert set(re.findall(r"\x1b\[1;(3[1-6])m", text)) == {str(colour)}


@pytest.mark.parametrize("terminal", [True, False])
def test_what_a_sign_says_is_no_markup(terminal: bool) -> None:
    said = "[red]Trà[/red] [link=x]xanh[/] :smile:"
    text = shown(Sign(Kind.DONE, said, said, 7, said), terminal)
    assert text.count(said) == 3


@pytest.mark.parametrize("kind", Kind)
def test_a_terminal_shows_the_number_and_rings_as_often_as_it_should(kind: Kind) -> None:
    text = shown(Sign(kind, "câu", "gợi ý", 7, "1/2"), terminal=True)
    assert drawn(7).splitlines()[2] in text
    assert "câu" in text
    assert "gợi ý" in text
    bells = {"waiting": 0, "writing": 0, "closed": 0, "done": 1}.get(kind, 2)
    assert text.count("\a") == bells


def test_what_does_not_fit_into_a_line_has_its_count_on_one_of_its_own() -> None:
    sentence = "Chip này là số 15: dán lên hộp số 15."
    progress = "3/20 · 14164 chip mỗi giờ · còn khoảng 1 phút"
    text = shown(Sign(Kind.DONE, sentence, number=15, progress=progress), terminal=True)
    assert progress in text
    assert f"{sentence} " not in text


def test_without_a_terminal_each_sign_is_one_line_without_colour() -> None:
    assert shown(DONE, terminal=False) == "3/20 · Chip này là số 12: dán lên hộp số 12. · Trà\n"


def test_programs_get_one_object_for_each_chip() -> None:
    out, kept = io.StringIO(), []
    screen = Together([JsonLines(out), Afterwards(lambda: kept.append(1))])
    for sign in (Sign(Kind.WAITING, "…"), DONE, Sign(Kind.WRITING, "…"), Sign(Kind.CLOSED, "xong")):
        screen.show(sign)
    lines = [json.loads(line) for line in out.getvalue().splitlines()]
    assert [line["kind"] for line in lines] == ["done", "closed"]
    assert lines[0]["uid"] == "04"
    assert kept == [1]


@pytest.mark.parametrize("kind", Kind)
def test_a_chip_that_was_dealt_with_has_its_line_at_once(kind: Kind, tmp_path: Path) -> None:
    about_a_chip = kind in (Kind.DONE, Kind.AGAIN, Kind.PULLED, Kind.REFUSED)
    kept: list[int] = []
    with (tmp_path / "lines").open("w") as out:
        Together([JsonLines(out), Afterwards(lambda: kept.append(1))]).show(Sign(kind, "…"))
        written = (tmp_path / "lines").read_text()
    assert (written != "") is (about_a_chip or kind is Kind.CLOSED)
    assert kept == [1] * about_a_chip


@pytest.mark.parametrize(
    ("done", "made", "said"),
    [(50, 2, "50/100"), (50, 3, "50/100 · 3 chip mỗi giờ · còn khoảng 1000 phút"),
     (50, 10, "50/100 · 10 chip mỗi giờ · còn khoảng 300 phút"),
     (99, 99, "99/100 · 99 chip mỗi giờ · còn khoảng 1 phút"),
     (99, 600, "99/100 · 600 chip mỗi giờ · còn khoảng 1 phút"), (100, 60, "100/100")],
)  # fmt: skip
def test_the_pace_is_that_of_this_run_and_the_time_that_of_what_is_left(
    done: int, made: int, said: str
) -> None:
    begun = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
    progress = Progress(done, 100, begun, made)
    assert progress.says(begun + timedelta(hours=1), VI) == said
    assert progress.says(begun, VI) == f"{done}/100", "no time has passed"


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("12", 12),
        (" 000012 \n", 12),
        (LINK, 12),
        (LINK.replace("https://demo.invalid", "HTTPS://OTHER.VN"), 12),
    ],
)
def test_a_label_is_read_as_a_scanner_types_it(text: str, number: int) -> None:
    assert number_on(text, {"L2609A"}) == number


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("", LabelNotRead), ("0", LabelNotRead), ("1234567", LabelNotRead), ("hộp 12", LabelNotRead),
        ("-1", LabelNotRead), ("１２", LabelNotRead), (LINK.replace("/21/000012", ""), LabelNotRead),
        ("https://" + "a" * 9000, LabelNotRead), (LINK.replace("000012", "7K3M9X2PQ4TD"), LabelNotRead),
        (LINK.replace("L2609A", "L2609B"), OtherLot),
    ],
)  # fmt: skip
def test_what_is_no_label_of_this_lot_is_told_apart(text: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        number_on(text, {"L2609A"})


def test_a_lot_of_a_name_that_begins_alike_is_another_lot() -> None:
    for lots in ({"L2609"}, {"L2609A1"}, {"l2609a"}, set()):
        with pytest.raises(OtherLot):
            number_on(LINK, lots)


def line(tmp_path: Path, kept: Any, server: str = "", token: str = "", **environ: str) -> tuple[str, str]:
    if kept is not None:
        (tmp_path / "station.json").write_text(kept if isinstance(kept, str) else json.dumps(kept))
    found = Places.find({"OCOP_DATA": str(tmp_path), **environ}, None).line(environ, server, token)
    return found.url, found.token


KEPT = {"url": "https://a.example/", "token": "1.abc", "name": "Bàn 1"}


def test_the_server_is_found_by_hand_then_environment_then_file(tmp_path: Path) -> None:
    env = {"OCOP_SERVER": "https://b.example", "OCOP_STATION_TOKEN": "2.b"}
    assert line(tmp_path, KEPT) == ("https://a.example", "1.abc")
    assert line(tmp_path, KEPT, **env) == ("https://b.example", "2.b")
    assert line(tmp_path, KEPT, "https://c.example", "3.c", **env) == ("https://c.example", "3.c")


def test_a_token_of_the_file_is_not_sent_to_another_server(tmp_path: Path) -> None:
    with pytest.raises(NotSetUp, match="no token"):
        line(tmp_path, KEPT, "https://evil.example")
    assert line(tmp_path, KEPT, "https://a.example") == ("https://a.example", "1.abc")


@pytest.mark.parametrize(
    "kept",
    [None, "{", "[]", {}, {"url": "a", "token": "b"}, {**KEPT, "url": "ftp://a"}, {**KEPT, "token": "có dấu"},
     {**KEPT, "url": "https://[::1"}, "\ud800".encode("utf-8", "surrogatepass").decode("latin-1")],
)  # fmt: skip
def test_a_file_that_is_not_right_gets_a_sentence_and_a_hint(tmp_path: Path, kept: Any) -> None:
    with pytest.raises(NotSetUp) as caught:
        line(tmp_path, kept)
    assert caught.value.sentence.startswith("expected")
    assert caught.value.hint


def test_a_tray_that_was_being_filled_is_filled_anew(tmp_path: Path) -> None:
    folder = tmp_path / "tray"
    (tmp_path / "tray.new").mkdir()
    (tmp_path / "tray.new" / "000.json").write_text("{")
    folder.mkdir()
    tray = Tray.open(folder, [blank_424(b"a"), blank_424(b"b")])
    assert len(tray) == 2
    assert not (tmp_path / "tray.new").exists()


@pytest.mark.parametrize(
    "url",
    ["http://ocop.example.vn", "http://203.0.114.9:8000", "http://127.0.0.1@ocop.example.vn", "http://8.8.8.8",
     "http://127.0.0.1.ocop.example.vn", "HTTP://OCOP.EXAMPLE.VN", "http://[2001:4860:4860::8888]"],
)  # fmt: skip
def test_a_token_does_not_travel_in_plain_beyond_the_house(tmp_path: Path, url: str) -> None:
    with pytest.raises(NotSetUp, match=r"expected https for .*, got http") as caught:
        line(tmp_path, {**KEPT, "url": url})
    assert "1.abc" not in f"{caught.value} {caught.value.hint}"


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1:8000", "http://localhost:8000", "http://192.168.1.7", "http://10.0.0.7:8000", "http://[::1]:9",
     "https://ocop.example.vn"],
)  # fmt: skip
def test_plain_http_is_for_loopback_and_private_addresses(tmp_path: Path, url: str) -> None:
    assert line(tmp_path, {**KEPT, "url": url}) == (url, "1.abc")


@pytest.mark.skipif(os.name != "posix", reason="the rights of a file are told otherwise there")
@pytest.mark.parametrize(("mode", "warned"), [(0o600, False), (0o400, False), (0o640, True), (0o604, True)])
def test_a_token_that_others_may_read_is_used_and_warned_of(tmp_path: Path, mode: int, warned: bool) -> None:
    file = tmp_path / "station.json"
    file.write_text(json.dumps(KEPT))
    file.chmod(mode)
    found = Places.find({"OCOP_DATA": str(tmp_path)}, None).line({}, "", "")
    assert found.token == "1.abc"
    for lang in ("vi", "en"):
        assert (f"chmod 600 {file}" in found.warning(lang)) is warned
    given = Places.find({"OCOP_DATA": str(tmp_path)}, None).line({}, "https://c.example", "3.c")
    assert given.warning("vi") == "", "the file is not used"


@pytest.mark.skipif(os.name != "posix", reason="the rights of a file are told otherwise there")
@pytest.mark.parametrize(
    ("lang", "said"), [("vi", "người khác trên máy này đọc được"), ("en", "others on this computer")]
)
def test_the_station_warns_before_it_begins(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], lang: str, said: str
) -> None:
    for mode, warned in ((0o644, True), (0o600, False)):
        file = tmp_path / "station.json"
        file.write_text(json.dumps(KEPT))
        file.chmod(mode)
        Session(Options(lang=lang), {"OCOP_DATA": str(tmp_path)}, io.StringIO(), Console(), io.StringIO())
        told = capsys.readouterr().err
        assert (said in told) is warned
        assert KEPT["token"] not in told
