"""Every way a command can fail is a sentence with a documented exit code: no trace, nothing half done."""

import contextlib
import os
import pty
import re
import select
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from ocop.trace import cli
from ocop.trace.cli_errors import CODES, code_and_text
from ocop.trace.registry.errors import RegistryError

GTIN, LOT = "09521234543213", "L2609A"
PROGRAM = Path(sys.executable).with_name("ocop-trace")
PUBLIC_SEED = bytes.fromhex(
    "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"
)  # RFC 8032, 7.1
ISSUE = ("issue", GTIN, "L2609B", "--made", "2026-09-02", "--count", 5)


def refused(said: Any, code: int, expected: str) -> None:
    assert said.code == code, said
    assert said.err.startswith("ocop-trace: "), said
    assert expected in said.err, said
    assert "Traceback" not in said.err
    assert said.out == ""


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("PUBLIC_URL", "http://id.ocop.example", "plain http is for loopback and private addresses"),
        ("PUBLIC_URL", "id.ocop.example", "expected https://host[:port]"),
        ("PUBLIC_URL", "https://id.ocop.example/shop", "expected scheme, host and port only"),
        ("PUBLIC_URL", "https://ô.example", "use an ASCII host name"),
        ("PUBLIC_URL", "https://id.ocop.example:port", "expected scheme://host[:port]"),
        ("PUBLIC_URL", "https://u:p@id.ocop.example", "expected scheme, host and port only"),
        ("REALM", "Ocop Realm", "such as ocop.example/tag"),
        ("REALM", "x", "expected 2 to 63"),
        ("TRUSTED_PROXIES", "10.0.0.0/33", "such as 127.0.0.1,10.0.0.0/8"),
        ("TRUSTED_PROXIES", "proxy.example", "expected addresses or networks"),
        ("DATABASE_URL", "mysql://localhost/x", "expected sqlite:///… or postgresql://…"),
        ("DATABASE_URL", "postgresql://localhost:port/x", "OCOP_DATABASE_URL"),
    ],
)
def test_a_setting_that_can_not_be_used_is_refused_by_name_with_its_hint(
    made: Any, name: str, value: str, expected: str
) -> None:
    for command in (("ledger", "check"), ("init",)):
        said = made(*command, **{f"OCOP_{name}": value})
        refused(said, 3, expected)
        assert f"OCOP_{name}" in said.err


def test_all_bad_settings_are_named_at_once(made: Any) -> None:
    said = made("upgrade", OCOP_REALM="x", OCOP_TRUSTED_PROXIES="x")
    refused(said, 3, "OCOP_REALM: ")
    assert "OCOP_TRUSTED_PROXIES: " in said.err


@pytest.mark.parametrize(
    ("words", "code", "expected"),
    [
        (("issue", "09521234543214", "L1", "--made", "2026-09-01", "--count", 1), 3, "check digit"),
        (("issue", GTIN, "l/1", "--made", "2026-09-01", "--count", 1), 3, "lot"),
        (("issue", GTIN, "", "--made", "2026-09-01", "--count", 1), 3, "lot"),
        (("issue", GTIN, "L1", "--made", "1.9.2026", "--count", 1), 3, "expected a date such as"),
        (("issue", GTIN, "L1", "--made", "1/9/99999999999999999999", "--count", 1), 3, "expected a date"),
        (("issue", GTIN, "L1", "--made", "2026-09-01", "--count", 1_000_000), 3, "1 to 999999 items"),
        (("issue", GTIN, "L1", "--made", "2026-09-01", "--count", -1), 3, "1 to 999999 items"),
        (
            ("issue", GTIN, "L1", "--made", "2026-09-01", "--count", 1, "--expiry", "2026-08-01"),
            3,
            "a day not before 2026-09-01",
        ),
        (("issue", GTIN, "L1", "--made", "2026-09-01", "--count", 1, "--request", "ổ"), 3, "printable ASCII"),
        (("issue", GTIN, "L1", "--made", "2216-09-01", "--count", 1), 3, "a day that is not to come"),
        (("issue", GTIN, LOT, "--made", "2026-09-02", "--count", 60), 4, "expected a new lot"),
        (("verify", ""), 3, "a link begins with https://"),
        (("verify", "/"), 3, "a link begins with https://"),
        (
            ("issue", "4VTR0QB4", "L1", "--made", "2026-09-01", "--count", 1),
            3,
            "assign it to an issuer first",
        ),
        (("release", GTIN, LOT), 4, "on sale since"),
        (("release", GTIN, "L9"), 3, "look the lot up"),
        (("hold", GTIN, LOT, "--reason", " "), 3, "reason: expected some text"),
        (("withdraw", GTIN, LOT, "--reason", "x", "--from", 3), 3, "both --from and --to"),
        (("withdraw", GTIN, LOT, "--reason", "x", "--from", 3, "--to", 99), 3, "numbers: expected 1..60"),
        (("recall", GTIN, LOT, "--reason", "x", "--advice", ""), 3, "advice: expected some text"),
        (("undo", 0, "--reason", "x"), 4, "that still stands, got 0"),
        (("undo", 99999999999999999999, "--reason", "x"), 4, "that still stands"),
        (("labels", GTIN, LOT, "--from", 61), 3, "a range within 1..60"),
        (("labels", GTIN, LOT, "--from", 9, "--to", 8), 3, "a range within 1..60"),
        (("labels", GTIN, LOT, "--from", 30, "--stock", "a5"), 3, "stock"),
        (("labels", GTIN, LOT, "--from", 30, "--skip", 21), 3, "skip"),
        (("labels", GTIN, LOT, "--from", 30, "--dx", "nan"), 3, "dx"),
        (("labels", GTIN, LOT, "--from", 30, "--dy", "900"), 3, "dy"),
        (("labels", GTIN, LOT, "--from", 30, "--out", "/nowhere/x.pdf"), 3, "expected a folder"),
        (("labels", GTIN, "L9"), 3, "issue it first"),
        (("key", "add", "nobody"), 3, "register it first"),
        (("key", "withdraw", "htx-vi-du", 7, "--reason", "x"), 3, "ocop-trace key list"),
        (("key", "withdraw", "htx-vi-du", 1, "--reason", "x", "--cutoff", 99), 3, "cutoff"),
        (("verify", "https://id.ocop.example/01/09521234543214"), 3, "check digit"),
        (("verify", "https://id.ocop.example/01/04006381333931"), 3, "unknown one"),
        (("backup", "/nowhere/x.zip"), 3, "expected a folder for the backup"),
        (("restore", "/nowhere/x.zip"), 3, "expected a backup, got no file"),
        (("register",), 3, "expected a TOML file, got none"),
    ],
)
def test_words_that_can_not_be_right_are_refused_and_the_ledger_stays(
    shop: Any, words: tuple[object, ...], code: int, expected: str
) -> None:
    before = shop.must("ledger", "list").out
    refused(shop(*words), code, expected)
    assert shop.must("ledger", "list").out == before
    assert [file.name for file in shop.data.parent.iterdir()] == ["data"]


@pytest.mark.parametrize(
    "words",
    [("nothing",), ("issue",), ("issue", GTIN, LOT, "--count", "many", "--made", "x"), ("undo", "x"),
     ("serve", "--port", "70000"), ("serve", "--workers", "0"), ("ledger", "list", "--last", "-1"), ("--x",)],
)  # fmt: skip
def test_words_that_no_command_has_are_code_2_with_the_usage(shop: Any, words: tuple[str, ...]) -> None:
    said = shop(*words)
    assert said.code == 2
    assert "Usage: ocop-trace" in said.err


def test_without_a_store_every_command_says_how_to_make_one(
    tmp_path: Path, make_cli: Callable[..., Any]
) -> None:
    nowhere = make_cli(tmp_path / "none")
    for words in (ISSUE, ("ledger", "check"), ("upgrade",), ("backup", tmp_path / "x.zip"), ("serve",),
                  ("verify", f"https://id.ocop.example/01/{GTIN}")):  # fmt: skip
        refused(nowhere(*words), 4, "ocop-trace init")
    assert list(tmp_path.iterdir()) == []


def test_a_store_that_an_interrupted_init_left_empty_can_be_made(
    tmp_path: Path, make_cli: Callable[..., Any]
) -> None:
    cut = make_cli(tmp_path / "cut")
    cut.data.mkdir()
    (cut.data / "ocop.db").touch()
    refused(cut("ledger", "check"), 4, "ocop-trace init")
    cut.must("init")
    cut.must("ledger", "check")


def test_another_realm_an_old_and_a_newer_schema_are_refused(shop: Any) -> None:
    for words in (ISSUE, ("ledger", "check"), ("serve",), ("demo",)):
        refused(shop(*words, OCOP_REALM="other.example/tag"), 4, "expected realm 'ocop.example/tag'")
    for revision, expected in (("0000", "install the newer version"), (None, "ocop-trace init")):
        with contextlib.closing(sqlite3.connect(shop.data / "ocop.db", isolation_level=None)) as connection:
            connection.execute("DELETE FROM alembic_version")
            if revision:
                connection.execute("INSERT INTO alembic_version VALUES (?)", [revision])
        for words in (ISSUE, ("ledger", "check"), ("upgrade",), ("serve",)):
            refused(shop(*words), 4, expected)


def test_a_demonstration_never_goes_beside_real_goods_or_under_another_realm(
    shop: Any, tmp_path: Path
) -> None:
    refused(shop("demo", "--json"), 4, "illustrative data never goes beside real goods")
    empty = type(shop)(tmp_path / "empty")
    refused(empty("demo", OCOP_REALM="ocop.example/tag"), 4, "without OCOP_REALM")
    assert not empty.data.exists()


def test_a_folder_that_can_not_be_written_a_file_in_its_place_and_a_broken_database_are_said(
    shop: Any, tmp_path: Path, make_cli: Callable[..., Any]
) -> None:
    (tmp_path / "file").write_text("")
    for folder in (tmp_path / "file", tmp_path / "file" / "below"):
        for words in (("init",), ("demo",)):
            refused(make_cli(folder)(*words), 5, "expected a folder: ")
    (shop.data / "ocop.db").write_bytes(b"no database at all" * 500)
    for words in (ISSUE, ("ledger", "check"), ("backup", tmp_path / "x.zip"), ("serve",)):
        refused(shop(*words), 5, "bring back the last backup")
    assert not (tmp_path / "x.zip").exists()


@pytest.mark.skipif(
    not Path("/proc/self").exists(), reason="needs a folder that nobody can write in, such as /proc"
)
def test_a_folder_without_permission_is_said(make_cli: Callable[..., Any]) -> None:
    said = make_cli(Path("/proc/self/nothing"))("init")
    assert (said.code, said.out) == (5, "")
    assert said.err.startswith("ocop-trace: expected ")


def test_a_locked_database_is_said_and_nothing_was_changed(
    shop: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ocop.trace.registry.store.BUSY_SECONDS", 0.05)
    with contextlib.closing(sqlite3.connect(shop.data / "ocop.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        for words in (ISSUE, ("hold", GTIN, LOT, "--reason", "x"), ("key", "add", "htx-vi-du")):
            refused(shop(*words), 5, "nothing was changed, try again")
        shop.must("ledger", "check")
    shop.must(*ISSUE)


def test_a_full_disk_is_said_and_nothing_is_left(shop: Any, tmp_path: Path) -> None:
    """A limit on the size of files is what a full disk is to a writer (EFBIG instead of ENOSPC)."""
    limited = "import resource, signal; from ocop.trace import cli; signal.signal(signal.SIGXFSZ, signal.SIG_IGN); " \
              "resource.setrlimit(resource.RLIMIT_FSIZE, (20000, 20000)); cli.main()"  # fmt: skip
    for words in (("backup", tmp_path / "x.zip"), ("labels", GTIN, LOT, "--from", "30", "--out", tmp_path)):
        done = subprocess.run([sys.executable, "-B", "-c", limited, *words], env=environment(shop.data),
                              capture_output=True, text=True, timeout=60, check=False)  # fmt: skip
        assert done.returncode == 5, done
        assert re.match(r"ocop-trace: expected .+\n", done.stderr), done
        assert "Traceback" not in done.stderr
    assert [file.name for file in tmp_path.iterdir() if file.name != "data"] == []
    shop.must("labels", GTIN, LOT, "--from", 30, "--out", tmp_path)


@pytest.mark.parametrize(
    ("content", "code", "expected"),
    [
        (None, 3, "got no file"),
        (bytes(32), 3, "one byte repeated"),
        (b"k" * 32, 3, "one byte repeated"),
        (PUBLIC_SEED, 3, "published test key"),
        (bytes(range(31)), 3, "expected 32 bytes"),
        (bytes(range(33)), 3, "expected 32 bytes"),
        (bytes(range(32)), 5, "got another one"),
    ],
)
def test_a_key_file_that_can_not_be_the_one_is_refused(
    shop: Any, tmp_path: Path, content: bytes | None, code: int, expected: str
) -> None:
    file = tmp_path / "secret"
    if content is not None:
        file.write_bytes(content)
    for words in (ISSUE, ("key", "add", "htx-vi-du"), ("labels", GTIN, LOT, "--from", 30, "--out", tmp_path)):
        refused(shop(*words, OCOP_KEK_FILE=str(file)), code, expected)
    shop.must("ledger", "check")


def test_a_damaged_key_file_and_a_missing_one_are_told_apart(shop: Any) -> None:
    (key,) = (shop.data / "keystore").glob("[a-z]*.key")
    whole = key.read_bytes()
    key.write_bytes(whole[:40] + bytes([whole[40] ^ 1]) + whole[41:])
    refused(shop(*ISSUE), 5, "got a file that was changed")
    key.unlink()
    refused(shop(*ISSUE), 5, "got no file")
    (shop.data / "keystore" / "keystore.json").write_text("{}")
    refused(shop(*ISSUE), 5, "use a backup")


def environment(data: Path, **more: str) -> dict[str, str]:
    return {"PATH": os.defpath, "OCOP_DATA": str(data), "OCOP_PUBLIC_URL": "https://id.ocop.example", **more}


def on_a_terminal(data: Path, words: list[str], *typed: str) -> tuple[int, str]:
    """Exit code and everything shown of a command that a person talks to, one answer for each question."""
    child, terminal = pty.fork()
    if child == 0:
        os.execve(PROGRAM, [str(PROGRAM), *words], environment(data))
    shown, answers = b"", list(typed)
    with contextlib.suppress(OSError):  # EIO: the child has closed its terminal
        while True:
            if not select.select([terminal], [], [], 1)[0]:
                if "\x03" in typed and not answers:
                    # One that came before the child had begun to read was not noticed; a person would press again.
                    os.write(terminal, b"\x03")
                continue
            shown += os.read(terminal, 4096)
            asked = len(re.findall(rb"(?:characters or more\)|again|keystore|\[y/N\]): ", shown))
            if answers and asked > len(typed) - len(answers):
                answer = answers.pop(0)
                os.write(terminal, answer.encode() + (b"" if answer == "\x03" else b"\n"))
    os.close(terminal)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), shown.decode()


def test_a_passphrase_is_asked_for_on_a_terminal_and_without_one_that_is_said(
    tmp_path: Path, make_cli: Callable[..., Any], write_example: Callable[[Path], Path]
) -> None:
    guarded = make_cli(tmp_path / "guarded")
    code, shown = on_a_terminal(guarded.data, ["init"], "sương trên búp", "sương trên nương")
    assert (code, guarded.data.joinpath("ocop.db").exists()) == (3, False), shown
    code, shown = on_a_terminal(guarded.data, ["init"], "sương trên búp", "sương trên búp")
    assert code == 0, shown
    assert not (guarded.data / "kek").exists()
    register = ["register", str(write_example(tmp_path / "goods"))]
    refused(guarded(*register), 5, "expected a terminal to ask for the passphrase")
    assert guarded.must("ledger", "check", "--json").json["entries"] == 0
    code, shown = on_a_terminal(guarded.data, register, "trăng trên búp")
    assert (code, "got another one" in shown) == (5, True), shown
    code, shown = on_a_terminal(guarded.data, register, "\x03")
    assert (code, "interrupted" in shown) == (130, True), shown
    assert guarded.must("ledger", "check", "--json").json["entries"] == 0
    code, shown = on_a_terminal(guarded.data, register, "sương trên búp")
    assert code == 0, shown
    assert guarded.must("ledger", "check", "--json").json["entries"] == 2


def test_an_act_asks_on_a_terminal_and_no_means_nothing_is_done(shop: Any) -> None:
    withdraw = ["withdraw", GTIN, LOT, "--reason", "thử"]
    before = shop.must("ledger", "list").out
    for answer in ("n", "\x03"):
        code, shown = on_a_terminal(shop.data, withdraw, answer)
        assert (code, "nothing was done" in shown) == (130, True), shown
        assert "60 codes will be cancelled" in shown
    assert shop.must("ledger", "list").out == before
    assert on_a_terminal(shop.data, withdraw, "y")[0] == 0


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        yield busy.getsockname()[1]


def test_a_port_in_use_and_an_address_of_another_machine_are_said(shop: Any, taken_port: int) -> None:
    refused(shop("serve", "--port", taken_port), 5, "choose another with --port")
    refused(shop("serve", "--host", "192.0.2.7"), 5, "expected an address of this machine")


def test_ctrl_c_is_code_130_with_a_sentence(shop: Any) -> None:
    def interrupted() -> None:
        raise SystemExit(130)

    with pytest.raises(SystemExit) as end:
        cli.main(interrupted)
    assert end.value.code == 130
    server = subprocess.Popen([PROGRAM, "restore", "/dev/stdin"], env=environment(shop.data / "new"),
                              stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True)  # fmt: skip
    server.send_signal(signal.SIGINT)
    assert server.wait(60) in {-signal.SIGINT, 130, 3}
    server.communicate()


def test_a_fault_of_ours_is_a_sentence_too() -> None:
    code, text, hint = code_and_text(ZeroDivisionError("x"))
    assert (code, text) == (5, "a fault of ours: ZeroDivisionError: x")
    assert "report it" in hint


def test_the_table_of_errors_has_no_row_that_an_earlier_one_hides() -> None:
    for place, (kind, code) in enumerate(CODES):
        earlier = [other for other, its in CODES[:place] if issubclass(kind, other) and its != code]
        assert not earlier, (kind, earlier)
    assert code_and_text(RegistryError("x"))[0] == 4


def test_a_ledger_that_was_tampered_with_is_code_1_and_every_command_refuses_it(shop: Any) -> None:
    with contextlib.closing(sqlite3.connect(shop.data / "ocop.db", isolation_level=None)) as connection:
        changed = connection.execute(
            "UPDATE ledger_entry SET entry = CAST(replace(CAST(entry AS TEXT), '\"last\":60', '\"last\":90') AS BLOB)"
            " WHERE CAST(entry AS TEXT) LIKE '%\"last\":60%'"
        )
        assert changed.rowcount == 1
    said = shop("ledger", "check", "--json")
    assert said.code == 1
    assert said.json["findings"]
    said = shop("ledger", "check")
    assert said.code == 1
    assert "is not in order" in said.out
