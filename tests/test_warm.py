"""The program that tests call in place of `ocop-trace` does and says what `ocop-trace` does."""

import signal
import subprocess
import sys
import time
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path
from socket import create_server

import pytest

TOOL = Path(sys.executable).with_name("ocop-trace")


def said(program: Path, data: Path, *words: str, **env: str) -> tuple[object, ...]:
    given = {
        "PATH": "/usr/bin:/bin",
        "OCOP_DATA": str(data),
        "OCOP_PUBLIC_URL": "https://id.example.vn",
        **env,
    }
    done = subprocess.run(
        [program, *words], env=given, cwd=data.parent, capture_output=True, text=True, check=False, timeout=60
    )
    return done.returncode, *(text.replace(str(data), "DATA") for text in (done.stdout, done.stderr))


def test_it_answers_as_the_program_itself(warm_tool: Path, tmp_path: Path) -> None:
    calls = [("nonsense",), ("key", "list"), ("init",), ("ledger", "check", "--json")]
    for words in calls:
        mine, its = (
            said(program, tmp_path / name, *words) for program, name in ((warm_tool, "a"), (TOOL, "b"))
        )
        assert mine == its, words
    assert (tmp_path / "a" / "kek").stat().st_mode == (tmp_path / "b" / "kek").stat().st_mode


def test_nothing_of_one_call_is_left_for_the_next(warm_tool: Path, tmp_path: Path) -> None:
    assert said(warm_tool, tmp_path / "a", "init", OCOP_REALM="x")[0] == 3
    assert said(warm_tool, tmp_path / "a", "init")[0] == 0
    assert said(warm_tool, tmp_path / "a", "init")[0] == 4


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_a_server_ends_with_who_called_it(warm_tool: Path, tmp_path: Path, how: signal.Signals) -> None:
    assert said(warm_tool, tmp_path / "a", "init")[0] == 0
    env = {
        "PATH": "/usr/bin:/bin",
        "OCOP_DATA": str(tmp_path / "a"),
        "OCOP_PUBLIC_URL": "https://id.example.vn",
    }
    with closing(create_server(("127.0.0.1", 0))) as probe:
        port = probe.getsockname()[1]
    process = subprocess.Popen([warm_tool, "serve", "--port", str(port)], env=env, stdout=subprocess.PIPE)
    assert process.stdout is not None

    def answers() -> bool:
        try:
            with closing(HTTPConnection("127.0.0.1", port, timeout=5)) as line:
                line.request("GET", "/healthz")
                return line.getresponse().status == 200
        except OSError:
            return False

    while not answers():
        assert process.poll() is None
        time.sleep(0.05)
    process.send_signal(how)
    # The server holds the pipe as well: it ends when both are gone.
    assert process.stdout.read() == b""
    process.communicate(timeout=30)
    assert not answers()
