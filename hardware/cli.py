"""The command line of the provisioning station: `ocop-station`.

| command | does |
|---|---|
| `readers` | lists the readers and says what to do when none is there |
| `write` | writes chip after chip: put one on, hear the bell, read the number, next |
| `resume` | the same, for what was begun here and is not full yet |
| `check` | looks at one chip and reports; changes nothing |
| `void` | takes one chip back: its binding ends, then it is blanked |
| `tap` | the next link of a simulated chip, as a phone would open it |
| `report` | the last word on each chip, one JSON object a line |

| code | meaning |
|---|---|
| 0 | done; `write`, `resume`: every number has its chip; `check`: a chip of ours |
| 1 | `write`, `resume`: it ended with numbers left; `check`, `void`, `tap`: the answer is no |
| 2 | the command's words are off (unknown option, missing argument) |
| 3 | bad input: no server or token, a plan that is not there |
| 4 | the server refuses this station or what it asks for |
| 5 | the reader, the server or the journal can't be used now |
| 130 | interrupted; the next start goes on |

Errors go to standard error as `ocop-station: ` and a sentence, with a hint on the next line, in the language asked for.
"""

import getpass
import json
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from ocop.hardware import readers
from ocop.hardware.client import Done, Refusal, ServerAway, ServerError, ServerRefused
from ocop.hardware.journal import Journal, JournalError, Outcome
from ocop.hardware.page import Page, served_page
from ocop.hardware.phrases import LANGUAGES, VI
from ocop.hardware.phrases_refusals import plain
from ocop.hardware.phrases_troubles import Trouble, trouble
from ocop.hardware.places import NotSetUp, Places
from ocop.hardware.reader import ReaderError
from ocop.hardware.session import NoSuchPlan, Options, Session, as_json, open_tray
from ocop.hardware.simulator_tray import Tray
from rich.console import Console

INTERRUPTED = 130
LOCKED = "locked_chip"
WHO, WHY = 80, 1000
"""Most characters that the server takes."""
CODES: tuple[tuple[type[Exception], int], ...] = (
    (NotSetUp, 3),
    (NoSuchPlan, 3),
    (ServerRefused, 4),
    (ServerError, 5),
    (ReaderError, 5),
    (JournalError, 5),
)

app = typer.Typer(
    name="ocop-station",
    help="Viết chip cho từng món hàng: đặt chip, nghe chuông, đọc số, dán. (Writes chips, one after the other.)",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

Reader = Annotated[str, typer.Option(help="auto, sim, usb, udp:HOST:PORT, hoặc một phần tên đầu đọc.")]
Server = Annotated[str, typer.Option(help="Địa chỉ máy chủ; không có thì OCOP_SERVER, station.json.")]
Token = Annotated[str, typer.Option(help="Mã của trạm; nên để trong station.json hơn là trên dòng lệnh.")]
Folder = Annotated[Path | None, typer.Option(help="Thư mục của trạm: nhật ký, báo cáo, chip mô phỏng.")]
Lang = Annotated[str, typer.Option(help="vi hoặc en.")]
Json = Annotated[bool, typer.Option("--json", help="Mỗi chip một dòng JSON ra stdout; lời nói ra stderr.")]
Chip = Annotated[int, typer.Option("--chip", help="Với --reader sim: chip thứ mấy trong khay, từ 1.", min=1)]
PlanNames = Annotated[
    list[str] | None, typer.Option("--plan", help="Số kế hoạch hoặc số lô; có thể lặp lại.")
]
Label = Annotated[bool, typer.Option("--label", help="Quét tem (hoặc gõ số) trước mỗi chip.")]
OnPage = Annotated[bool, typer.Option("--page", help="Mở thêm một trang trong trình duyệt của máy này.")]
PagePort = Annotated[int, typer.Option(help="Cổng của trang; 0 là cổng trống bất kỳ.", min=0, max=65535)]


def fail(code: int, sentence: str, hint: str = "") -> NoReturn:
    """Says what is wrong and leaves with the documented code."""
    print(f"ocop-station: {sentence}", file=sys.stderr)
    if hint:
        print(f"  {hint}", file=sys.stderr)
    raise SystemExit(code)


def main(run: Callable[[], object] = app) -> None:
    """Console entry point."""
    lang = spoken(sys.argv[1:])
    try:
        run()
    except SystemExit as end:
        if end.code == INTERRUPTED:
            print(f"ocop-station: {trouble('interrupted', lang)[0]}", file=sys.stderr)
        raise
    except KeyboardInterrupt:
        fail(INTERRUPTED, *trouble("interrupted", lang))
    except tuple(kind for kind, _ in CODES) as error:
        code = next(code for kind, code in CODES if isinstance(error, kind))
        fail(code, *in_words(error, lang))
    except OSError as error:
        fail(5, *trouble("file", lang, said=error))


def spoken(words: Sequence[str]) -> str:
    """The language that a command line asks for, also where it went wrong before it was read."""
    named = [after for before, after in pairwise([*words, ""]) if before == "--lang"]
    named += [word.partition("=")[2] for word in words if word.startswith("--lang=")]
    return next((lang for lang in reversed(named) if lang in LANGUAGES), VI.lang)


def in_words(error: Exception, lang: str) -> tuple[str, str]:
    """What went wrong, for the person: a sentence, and what to do."""
    if isinstance(error, Trouble):
        return error.told(lang)
    sentence, hint = getattr(error, "sentence", str(error)), getattr(error, "hint", "")
    if not isinstance(error, ServerError):
        return sentence, hint  # readers speak the language already
    if isinstance(error, ServerRefused):
        known = "station_token" if error.status in (401, 403) else "refused"
        return trouble(known, lang, said=sentence, hint=hint)
    if not isinstance(error, ServerAway):
        return trouble("bad_line", lang, said=sentence, hint=hint)
    if error.about:
        return trouble("other_shape", lang, **error.about)
    # The loop's hints say to leave the chip where it is; here the program has ended.
    said, what = trouble("away", lang, said=sentence, hint=hint)
    reason = LANGUAGES[lang].away_reasons.get(plain(error.code)) if lang == VI.lang else None
    return reason[0] if reason else said, what


def options(
    reader: str,
    server: str,
    token: str,
    folder: Path | None,
    lang: str,
    as_lines: bool = False,
    chip: int = 0,
) -> Options:
    """What every command shares."""
    if lang not in LANGUAGES:
        raise typer.BadParameter(f"expected {' or '.join(LANGUAGES)}, got {lang!r}", param_hint="--lang")
    return Options(reader, server, token, folder, lang, as_lines, chip)


def opened(said: Options) -> Session:
    """A session on this terminal. With --json, what is for people goes to standard error."""
    return Session(said, os.environ, sys.stdout, Console(stderr=said.json), sys.stdin)


@app.command("readers")
def list_readers(lang: Lang = "vi", json_: Json = False) -> None:
    """Những đầu đọc đang có, và phải làm gì khi không có. (Readers, and what to do when there are none.)"""
    options("auto", "", "", None, lang)
    found = readers.list_readers(lang)
    for one in found:
        if json_:
            problem = one.problem and {"sentence": one.problem.sentence, "hint": one.problem.hint}
            print(json.dumps({"way": one.way, "readers": one.names, "problem": problem}, ensure_ascii=False))
            continue
        for name in one.names:
            print(f"{one.way}: {name}")
        if one.problem:
            print(f"{one.way}: {one.problem.sentence}\n  {one.problem.hint}")
    raise SystemExit(0 if any(one.names for one in found) else 1)


@app.command()
def write(
    plan: PlanNames = None, reader: Reader = "auto", label: Label = False, page: OnPage = False,
    page_port: PagePort = 0, server: Server = "", token: Token = "", folder: Folder = None, lang: Lang = "vi",
    json_: Json = False,
) -> None:  # fmt: skip
    """Viết chip: đặt chip, nghe chuông, đọc số, dán, chip tiếp theo. (Writes chip after chip.)"""
    with opened(options(reader, server, token, folder, lang, json_)) as session:
        _work(session, plan or [], label, page, page_port)


@app.command()
def resume(
    reader: Reader = "auto", label: Label = False, page: OnPage = False, page_port: PagePort = 0,
    server: Server = "", token: Token = "", folder: Folder = None, lang: Lang = "vi", json_: Json = False,
) -> None:  # fmt: skip
    """Viết tiếp những lô đã bắt đầu ở trạm này. (Goes on with what was begun here.)"""
    with opened(options(reader, server, token, folder, lang, json_)) as session:
        wanted = session.unfinished()
        if wanted:
            _work(session, wanted, label, page, page_port)
        session.keep_report()


def _work(session: Session, wanted: list[str], label: bool, page: bool, port: int) -> NoReturn:
    plans = session.plans(wanted)
    if not page:
        done = session.write(plans, (lambda: session.ask_label(plans)) if label else None)
    else:
        shown = Page(session.options.words, {one.lot for one in plans})
        session.screens.append(shown)
        with served_page(shown, port) as address:
            print(address, file=sys.stderr if session.options.json else sys.stdout, flush=True)
            done = session.write(plans, shown.ask_label if label else None)
    raise SystemExit(0 if done else 1)


@app.command()
def check(
    reader: Reader = "auto", chip: Chip = 1, server: Server = "", token: Token = "", folder: Folder = None,
    lang: Lang = "vi", json_: Json = False,
) -> None:  # fmt: skip
    """Xem một con chip và báo lại, không thay đổi gì. (Looks at one chip.)"""
    _look("inspect", options(reader, server, token, folder, lang, json_, chip))


@app.command()
def void(
    reader: Reader = "auto", chip: Chip = 1,
    yes: Annotated[bool, typer.Option("--yes", help="Không hỏi lại.")] = False,
    reason: Annotated[str, typer.Option("--reason", help="Vì sao; máy chủ ghi vào sổ.")] = "",
    by: Annotated[str, typer.Option("--by", help="Ai hủy; không có thì tên đăng nhập của máy này.")] = "",
    server: Server = "", token: Token = "", folder: Folder = None, lang: Lang = "vi", json_: Json = False,
) -> None:  # fmt: skip
    """Hủy một con chip: chấm dứt việc gắn với món hàng rồi xóa trắng. (Takes one chip back.)"""
    said = options(reader, server, token, folder, lang, json_, chip)
    if not yes:
        typer.confirm(said.words.void_question, abort=True)
        reason = reason or typer.prompt(said.words.void_why, default="", show_default=False)
    _look("void", said, by or login(), reason)


def login() -> str:
    """Who is logged in on this computer; "" where it does not say."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return ""


def _look(kind: str, said: Options, by: str = "", reason: str = "") -> NoReturn:
    with opened(said) as session, session.station() as station:
        if not said.json:
            print(said.words.waiting)
        contact = station.contact(lambda: not said.sim)
        if contact is None:
            fail(1, said.words.no_chip)
        end: Done | Refusal = station.look(contact, kind, said.sim, by[:WHO], reason[:WHY])
        uid = contact.uid.hex().upper()
        kept = kind == "void" and isinstance(end, Refusal) and end.code == LOCKED
        known = session.server.chip(uid) if kept else None
    if known is not None and known.get("state") == "void":
        # Its binding ended before the chip was asked to forget its link, which a locked one can't.
        _voided(said, uid, known)
    if isinstance(end, Refusal):
        sentence, hint = said.words.refusal(end.code, end.sentence, end.hint, end.about)
        if said.json:
            print(json.dumps({"refused": end.code, "sentence": sentence, "hint": hint}, ensure_ascii=False))
            raise SystemExit(1)
        fail(1, sentence, hint)
    found = {"uid": end.uid, "number": end.number, "state": end.state, "link": end.link, **end.report}
    if said.json:
        print(json.dumps(found, ensure_ascii=False))
    else:
        print("\n".join(said.words.findings(found)))
    raise SystemExit(1 if end.state == "unknown" else 0)


def _voided(said: Options, uid: str, known: Mapping[str, Any]) -> NoReturn:
    if said.json:
        print(json.dumps({"uid": uid, "number": known.get("number"), "state": "void", "blank": False}))
    else:
        print("\n  ".join(said.words.kept(known.get("number"))))
    raise SystemExit(0)


@app.command()
def tap(
    number: Annotated[
        int | None, typer.Argument(help="Số đã đọc lên khi viết; không có thì chip viết sau cùng.", min=1)
    ] = None,
    chip: Annotated[
        int | None, typer.Option("--chip", help="Thay cho số: chip thứ mấy trong khay, từ 1.", min=1)
    ] = None,
    folder: Folder = None, lang: Lang = "vi", json_: Json = False,
) -> None:  # fmt: skip
    """Chạm một chip mô phỏng: in liên kết mà điện thoại sẽ mở. (Taps a simulated chip.)"""
    said = options("sim", "", "", folder, lang, json_)
    places = Places.find(os.environ, folder)
    tray = open_tray(places)
    place = _written_as(number, places, tray, lang) if chip is None else chip - 1
    if place >= len(tray):
        fail(3, *trouble("chip_of_tray", lang, count=len(tray), got=chip))
    link = tray.tap(place)
    if json_:
        print(json.dumps({"chip": place + 1, "uid": tray.chip(place).uid.hex().upper(), "link": link}))
    elif link is not None:
        print(link)
    if link is None:
        fail(1, said.words.empty_chip)


def _written_as(number: int | None, places: Places, tray: Tray, lang: str) -> int:
    """The place of the chip that was written last, as this number where one is given. The report says it, and not the
    journal: that one belongs to a station that may be writing now.
    """
    try:
        lines = [json.loads(line) for line in places.report.read_text("utf-8").splitlines()]
    except (FileNotFoundError, ValueError):
        lines = []
    done = [line for line in lines if line["outcome"] == Outcome.DONE]
    for line in reversed(done):
        if number in (None, line["number"]) and (place := tray.place(bytes.fromhex(line["uid"]))) is not None:
            return place
    if number is None:
        return 0
    known = sorted(line["number"] for line in done)
    if not known:
        fail(3, *trouble("nothing_written", lang, number=number))
    fail(3, *trouble("number_not_written", lang, number=number, first=known[0], last=known[-1]))


@app.command()
def report(folder: Folder = None, lang: Lang = "vi") -> None:
    """Lời cuối về từng chip, mỗi chip một dòng JSON. (The last word on each chip.)"""
    places = Places.find(os.environ, folder)
    if not places.journal.exists():
        fail(1, *trouble("no_journal", lang, path=places.journal))
    journal = Journal(places.journal)
    for line in journal.report():
        print(json.dumps(as_json(line), ensure_ascii=False))
    journal.close()
