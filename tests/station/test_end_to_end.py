"""The whole house as a cooperative runs it: demo, server, station, twenty chips, a kill in the middle, and taps."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

import httpx
import pytest
from ocop.hardware.simulator_tray import Tray

SECONDS = 240
# `ocop-trace demo` with one small picture for all: nobody looks at the 77 that it draws, and they cost 15 seconds.
DEMO = """
from ocop.trace import cli, illustrating
from PIL import Image
illustrating.draw = lambda product, picture: Image.new("RGB", (240, 240), "tan")
cli.main(lambda: cli.app(["demo"], prog_name="ocop-trace"))
"""
MINE, THEIRS = (str(Path(sys.executable).with_name(name)) for name in ("ocop-station", "ocop-trace"))


def until(found: Callable[[], Any], what: str) -> Any:
    """Polls until a condition holds."""
    end = time.monotonic() + SECONDS
    while not (value := found()):
        assert time.monotonic() < end, f"expected {what} within {SECONDS} s"
        time.sleep(0.05)
    return value


class House:
    """A data folder, its server, and stations on it."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.folder = folder
        path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        self.env = {"PATH": path, "HOME": str(folder), "OCOP_DATA": str(folder / "data"), "LC_ALL": "C.UTF-8",
                    "OCOP_PUBLIC_URL": self.url}  # fmt: skip
        self.children: list[subprocess.Popen[str]] = []

    def start(self, *command: str) -> subprocess.Popen[str]:
        child = subprocess.Popen(
            command, env=self.env, text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT if 'serve' in command else subprocess.DEVNULL, cwd=self.folder,
        )  # fmt: skip
        self.children.append(child)
        return child

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command, env=self.env, text=True, capture_output=True, stdin=subprocess.DEVNULL, timeout=SECONDS,
            cwd=self.folder, check=False,
        )  # fmt: skip

    def answers(self) -> bool:
        # Not through httpx: it reads all certificates each time, and the server needs the core.
        with closing(HTTPConnection("127.0.0.1", self.port, timeout=2)) as line:
            try:
                line.request("GET", "/healthz")
                return line.getresponse().status == 200
            except (OSError, HTTPException):
                return False

    def close(self) -> None:
        for child in self.children:
            child.kill()
            child.communicate(timeout=5)

    def lines(self, done: subprocess.CompletedProcess[str]) -> list[dict[str, Any]]:
        return [json.loads(line) for line in done.stdout.splitlines()]

    def tray(self, number: int) -> str:
        return (self.folder / f"data/station/tray/{number:03d}.json").read_text()

    def opened(self, link: str) -> str:
        """The answer's id that a browser without history gets; the whole way to it is printed, should it be wrong."""
        with httpx.Client(follow_redirects=True, timeout=SECONDS, headers={"accept": "text/html"}) as browser:
            page = browser.get(link)
        found = re.search(r'<div class="code [a-z]+" id="([a-z_]+)">(.*?)</div>', page.text, re.DOTALL)
        for step in (*page.history, page):
            print(f"{step.status_code} after {step.elapsed.total_seconds():.2f} s: {step.url}")
        print(" ".join(re.sub(r"<[^>]*>", " ", found[2] if found else page.text).split())[:500])
        assert found, page.status_code
        return found[1]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    made = House(tmp_path_factory.mktemp("house"))
    try:
        demo = made.run(sys.executable, "-c", DEMO)
        assert demo.returncode == 0, demo.stderr
        server = made.start(THEIRS, "serve", "--port", str(made.port))
        until(lambda: made.answers() or server.poll() is not None, "a server")
        assert server.poll() is None, server.communicate()
        yield made
    finally:
        made.close()


@pytest.fixture(scope="module")
def written(house: House) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Signs of a run that was killed in the middle of a chip, and of the one that went on."""
    first = house.start(MINE, "write", "--reader", "sim", "--json")
    assert first.stdout is not None
    before = [json.loads(first.stdout.readline()) for _ in range(4)]
    blank = house.tray(5)
    until(lambda: json.loads(house.tray(4))["draws"] > 0, "a fifth chip that was begun")
    first.send_signal(signal.SIGKILL)
    rest, _ = first.communicate(timeout=5)
    before += [json.loads(line) for line in rest.splitlines()]
    assert len(before) == 4
    assert house.tray(5) == blank
    after = house.run(MINE, "resume", "--reader", "sim", "--json")
    assert after.returncode == 0, after.stderr
    return before, house.lines(after)


def test_twenty_chips_are_written_over_a_kill_and_none_is_lost_or_doubled(
    house: House, written: tuple[list[dict[str, Any]], list[dict[str, Any]]]
) -> None:
    done = [sign for part in written for sign in part if sign["kind"] == "done"]
    numbers = [(sign["plan"], sign["number"]) for sign in done]
    assert len(numbers) == len(set(numbers)) == 20
    assert len({sign["number"] for sign in done}) == len({sign["uid"] for sign in done}) == 20
    assert written[1][-1]["kind"] == "closed"
    assert written[1][-1]["progress"] == "20/20"


def test_each_chips_link_opens_with_the_right_answer_once(house: House, written: Any) -> None:
    tray = Tray.open(house.folder / "data/station/tray")
    for chip in range(20):
        link = tray.tap(chip)
        assert link is not None
        if chip < 10:
            assert [house.opened(link), house.opened(link)] == ["chip_answered", "already_used"], chip
        else:
            assert house.opened(link) == "chip_known", chip


def test_a_tap_from_the_terminal_opens_too(house: House, written: Any) -> None:
    told = next(sign for part in written for sign in part if sign["kind"] == "done")
    number = str(told["number"])
    said = house.run(MINE, "tap", number)
    assert house.opened(said.stdout.strip()) == "chip_answered"
    again = json.loads(house.run(MINE, "tap", number, "--json").stdout)
    assert again["link"] != said.stdout.strip()
    assert again["uid"] == told["uid"]
    assert f"/21/{told['number']:06d}?" in again["link"]


def test_a_tap_without_a_number_is_of_the_chip_written_last(house: House, written: Any) -> None:
    told = [sign for part in written for sign in part if sign["kind"] == "done"][-1]
    assert json.loads(house.run(MINE, "tap", "--json").stdout)["uid"] == told["uid"]


def test_the_report_has_the_last_word_on_each_chip(house: House, written: Any) -> None:
    lines = house.lines(house.run(MINE, "report"))
    assert len(lines) == 20
    assert {(line["outcome"], line["state"]) for line in lines} == {("done", "locked")}
    kept = (house.folder / "data/station/report.jsonl").read_text()
    assert [json.loads(line) for line in kept.splitlines()] == lines


def test_resuming_when_nothing_is_left_is_done_at_once(house: House, written: Any) -> None:
    said = house.run(MINE, "resume", "--reader", "sim")
    assert (said.returncode, said.stdout) == (0, "")


def test_a_chip_is_looked_at_with_a_fresh_proof(house: House, written: Any) -> None:
    said = house.run(MINE, "check", "--reader", "sim", "--chip", "2", "--json")
    found = json.loads(said.stdout)
    assert said.returncode == 0
    assert (found["state"], found["type"], found["live"], found["signature"]) == (
        "live",
        "ntag424",
        True,
        "holds",
    )
    said = house.run(MINE, "check", "--reader", "sim", "--chip", "2")
    assert "Tình trạng: đang dùng" in said.stdout


def test_a_chip_taken_back_is_blank_and_its_link_says_withdrawn(house: House, written: Any) -> None:
    link = json.loads(house.run(MINE, "tap", "--chip", "10", "--json").stdout)["link"]
    said = house.run(MINE, "void", "--reader", "sim", "--chip", "10", "--yes", "--json")
    assert json.loads(said.stdout)["state"] == "void"
    assert house.opened(link) == "withdrawn"
    empty = house.run(MINE, "tap", "--chip", "10")
    assert (empty.returncode, empty.stderr) == (1, "ocop-station: Chip này còn trắng, chưa có liên kết.\n")


def test_a_locked_chip_taken_back_is_told_as_that_and_the_tray_begins_anew(
    house: House, written: Any
) -> None:
    """The tray begins anew, so that chips which were taken back can be written again."""
    said = house.run(MINE, "void", "--reader", "sim", "--chip", "20", "--yes", "--reason", "dán hỏng")
    assert said.returncode == 0, said.stderr
    assert "khóa ghi nên không xóa trắng được" in said.stdout
    assert re.search(r"số ([0-9]+) lại trống.*quét tem số \1 rồi đặt lại chip này", said.stdout, re.DOTALL)
    again = house.run(MINE, "void", "--reader", "sim", "--chip", "20", "--yes", "--json")
    assert (json.loads(again.stdout)["state"], again.returncode) == ("void", 0)
    assert house.opened(house.run(MINE, "tap", "--chip", "20").stdout.strip()) == "withdrawn"
    assert house.run(THEIRS, "ledger", "check").returncode == 0
    lines = house.lines(house.run(MINE, "write", "--reader", "sim", "--json"))
    kinds = [line["kind"] for line in lines]
    # The locked one carries the very link of the number that is free, so it is bound to it again.
    assert (kinds.count("done"), kinds.count("again")) == (2, 18)
    assert house.opened(house.run(MINE, "tap", "--chip", "20").stdout.strip()) == "chip_known"


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["write", "--reader", "sim", "--plan", "99"], 3, "expected one plan named '99'"),
        (["write", "--reader", "sim", "--token", "1.wrong"], 4, "expected the token of a station in use"),
        (["write", "--reader", "sim", "--server", "http://[::1]:9", "--token", "1.x"], 5, "expected an answer"),
        (["write", "--reader", "sim", "--server", "ftp://a", "--token", "1.x"], 3, "expected an address such as"),
        (["write", "--reader", "no such reader"], 5, ""),
        (["tap", "--chip", "21"], 3, "expected a chip of 1..20"),
        (["tap", "999"], 3, "expected a number that was written here, got 999\n  written: numbers from "),
        (["write", "--lang", "fr"], 2, "expected vi or en"),
        (["nonsense"], 2, ""),
    ],
    ids=["plan", "token", "server", "address", "reader", "chip", "number", "language", "command"],
)  # fmt: skip
def test_what_is_wrong_is_a_sentence_and_a_code(
    house: House, written: Any, words: list[str], code: int, said: str
) -> None:
    done = house.run(MINE, words[0], "--lang", "en", *words[1:])
    assert done.returncode == code, done.stderr
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_a_second_station_on_the_same_folder_is_told_to_wait(house: House, written: Any) -> None:
    from ocop.hardware.journal import Journal

    journal = Journal(house.folder / "data/station/journal.db")
    try:
        done = house.run(MINE, "resume", "--reader", "sim")
        english = house.run(MINE, "resume", "--reader", "sim", "--lang", "en")
    finally:
        journal.close()
    assert done.returncode == 5
    assert "Một ocop-station khác đang chạy trong thư mục này: đóng cửa sổ ấy trước." in done.stderr
    assert "another ocop-station works in this folder" in english.stderr


def test_without_a_server_or_a_token_it_says_where_they_may_stand(tmp_path: Path) -> None:
    house = House(tmp_path)
    done = house.run(MINE, "write", "--reader", "sim")
    assert done.returncode == 3
    assert "station.json" in done.stderr


def test_interrupted_it_says_that_nothing_is_lost(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.settimeout(SECONDS)
        env = {**House(tmp_path).env, "OCOP_STATION_TOKEN": "1.x"}
        env["OCOP_SERVER"] = f"http://127.0.0.1:{silent.getsockname()[1]}"
        child = subprocess.Popen(
            [MINE, "write", "--reader", "sim"], env=env, text=True, cwd=tmp_path, stderr=subprocess.PIPE
        )
        try:
            line, _ = silent.accept()  # it has asked, and waits
            with line:
                child.send_signal(signal.SIGINT)
                _, said = child.communicate(timeout=SECONDS)
        finally:
            child.kill()
            child.wait(5)
    assert child.returncode == 130
    assert said == "ocop-station: Đã dừng; chưa mất gì, lần sau chạy tiếp từ chỗ dở.\n"


def test_the_page_is_told_before_the_first_chip(house: House, written: Any) -> None:
    said = house.run(MINE, "write", "--reader", "sim", "--page", "--plan", "1")
    assert re.match(r"http://127\.0\.0\.1:[0-9]+/[\w-]{20,}/\n", said.stdout)


def test_readers_are_listed_for_programs_too(tmp_path: Path) -> None:
    said = House(tmp_path).run(MINE, "readers", "--json", "--lang", "en")
    found = [json.loads(line) for line in said.stdout.splitlines()]
    assert [one["way"] for one in found] == ["pcsc", "nfcpy"]
    assert said.returncode == (0 if any(one["readers"] for one in found) else 1)
    assert all(one["readers"] or one["problem"]["hint"] for one in found)
