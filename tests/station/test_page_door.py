"""The station's page at its door: who is let in, what is taken, what every answer says, when a browser is let go."""

import contextlib
import http.client
import json
import socket
import struct
import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import pytest
from ocop.hardware.page import HEADERS, KEPT, MAX_BODY, Page, served_page
from ocop.hardware.phrases import VI
from ocop.hardware.signs import Kind, Sign

WITHIN = 5.0
LABEL = {"Content-Type": "application/json"}


class Watched(threading.Condition):
    """Tells when somebody waits for it."""

    def __init__(self) -> None:
        super().__init__()
        self.waits = threading.Event()

    def wait(self, timeout: float | None = None) -> bool:
        self.waits.set()
        return super().wait(timeout)


@pytest.fixture
def page() -> Page:
    made = Page(VI, {"L2609A"})
    made._changed = Watched()
    return made


@pytest.fixture
def address(page: Page) -> Iterator[str]:
    with served_page(page, 0) as found:
        yield found


class Line(http.client.HTTPConnection):
    """A browser's connection; `name` is below the secret, or a whole path."""

    def __init__(self, address: str) -> None:
        self.parts = urlsplit(address)
        super().__init__(self.parts.hostname or "", self.parts.port, timeout=WITHIN)

    def ask(self, method: str, name: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        self.begin(method, name, body, **headers)
        return self.end()

    def begin(self, method: str, name: str, body: Any = None, **headers: str) -> None:
        path = name if name.startswith("/") else self.parts.path + name
        self.request(method, path, body, {k.replace("_", "-"): v for k, v in headers.items()})

    def end(self) -> tuple[int, Any]:
        answer = self.getresponse()
        self.told = answer.headers
        said = answer.read()
        return answer.status, json.loads(said) if "json" in self.told["Content-Type"] else said.decode()


@pytest.fixture
def line(address: str) -> Iterator[Line]:
    with contextlib.closing(Line(address)) as made:
        yield made


def raw(address: str, said: str) -> bytes:
    """All that comes back until the other end hangs up."""
    parts = urlsplit(address)
    with socket.create_connection((parts.hostname, parts.port), WITHIN) as wire:
        wire.sendall(said.format(path=parts.path, host=parts.netloc).encode("latin-1"))
        wire.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: wire.recv(65536), b""))


HOSTS = ["", "127.0.0.1", "localhost", "127.0.0.1:{other}", "127.0.0.1.evil.example", "127.0.0.1:{port}.evil.example",
         "localhost.evil.example:{port}", "evil.example:{port}", "[::1]:{port}"]  # fmt: skip


@pytest.mark.parametrize("host", HOSTS)
def test_under_another_name_nothing_is_read_and_nothing_sent(
    page: Page, address: str, line: Line, host: str
) -> None:
    port = urlsplit(address).port or 0
    named = host.format(port=port, other=port - 1)
    for name in ("", "station.js", "signs?after=0"):
        assert line.ask("GET", name, Host=named)[0] == 404, name
    assert line.ask("POST", "label", '"12"', **LABEL, Host=named)[0] == 404
    assert page._labels.empty()


def test_without_the_secret_nothing_is_sent(page: Page, line: Line) -> None:
    secret = line.parts.path.strip("/")
    for path in (
        "/label",
        "//label",
        f"/{'A' * len(secret)}/label",
        f"/{secret}label",
        f"/{secret[:-1]}/label",
    ):
        assert line.ask("POST", path, '"12"', **LABEL)[0] == 404, path
    assert page._labels.empty()
    assert line.ask("POST", "label", '"12"', **LABEL) == (200, True)


def test_each_run_has_a_secret_of_its_own_that_nobody_guesses() -> None:
    found = set()
    for _ in range(3):
        with served_page(Page(VI, ()), 0) as address:
            found.add(urlsplit(address).path.strip("/"))
    assert len(found) == 3
    assert all(len(secret) >= 22 for secret in found), "128 bits"


def test_only_this_machine_reaches_it(address: str) -> None:
    with pytest.raises(OSError):  # noqa: PT011  (refused, or no such address here)
        socket.create_connection(("127.0.0.2", urlsplit(address).port), WITHIN)


@pytest.mark.parametrize(
    "said",
    ["GET http://[ HTTP/1.1\r\nHost: {host}\r\n\r\n", "POST http://[ HTTP/1.1\r\nContent-Length: 0\r\n\r\n",
     "GET //[/signs HTTP/1.1\r\nHost: {host}\r\n\r\n"],
)  # fmt: skip
def test_what_is_no_address_is_one_that_is_not_there(
    address: str, capfd: pytest.CaptureFixture[str], said: str
) -> None:
    assert raw(address, said).startswith(b"HTTP/1.1 404 ")
    assert capfd.readouterr() == ("", "")


def test_words_are_shown_as_text_and_never_as_markup() -> None:
    said = "<b>'Bàn' & \"1\"</b>"
    words = replace(VI, page_title=said, page_gone=said, page_label=said, page_send=said, page_sound=said)
    with (
        served_page(Page(replace(words, waiting=said), ()), 0) as address,
        contextlib.closing(Line(address)) as line,
    ):
        _, body = line.ask("GET", "")
    assert said not in body
    assert "'Bàn'" not in body
    assert body.count("&lt;b&gt;&#x27;Bàn&#x27; &amp; &quot;1&quot;&lt;/b&gt;") == 7


def test_every_answer_lets_nothing_in_but_the_pages_own_files(page: Page, line: Line) -> None:
    page.show(Sign(Kind.WAITING, "…"))
    asked = [("GET", "", 200), ("GET", "station.js", 200), ("GET", "signs?after=0", 200), ("GET", "/", 404),
             ("POST", "label", 400)]  # fmt: skip
    for method, name, status in asked:
        found, _ = line.ask(method, name, "1" if method == "POST" else None, **LABEL)
        assert found == status
        assert {name: line.told[name] for name, _ in HEADERS} == {
            "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; "
            "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "no-referrer",
            "Cache-Control": "no-store",
        }


@pytest.mark.parametrize(("size", "status"), [(MAX_BODY, 200), (MAX_BODY + 1, 413), (10**12, 413)])
def test_a_label_has_at_most_4096_bytes(line: Line, size: int, status: int) -> None:
    assert (
        line.ask("POST", "label", f'"{"1" * (min(size, 9000) - 2)}"', **LABEL, Content_Length=str(size))[0]
        == status
    )


@pytest.mark.parametrize("length", ["", "-1", "+2", "1_0", "0x10", "²", f"{0:09d}99999", "4" * 5000])
def test_a_body_of_no_known_length_is_not_read(address: str, length: str) -> None:
    """What follows it may be the rest of the body, so it is not taken for the next request."""
    begun = "POST {path}label HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n"
    named = f"Content-Length: {length}\r\n" if length else ""
    said = raw(address, f'{begun}{named}\r\n"12"GET {{path}} HTTP/1.1\r\nHost: {{host}}\r\n\r\n')
    assert said.startswith(b"HTTP/1.1 413 ")
    assert said.count(b"HTTP/1.1") == 1


@pytest.mark.parametrize("after", ["x", "-1", "1.5", "²", "9" * 30, "", "%00"])
def test_an_order_that_is_none_begins_anew(page: Page, line: Line, after: str) -> None:
    page.show(Sign(Kind.DONE, "…", number=12))
    status, signs = line.ask("GET", f"signs?after={after.replace('²', '%C2%B2')}")
    assert (status, [sign["number"] for sign in signs]) == (200, [12])


def test_the_last_fifty_signs_are_kept(page: Page, line: Line) -> None:
    for number in range(1, 3 * KEPT):
        page.show(Sign(Kind.DONE, "…", number=number))
    _, signs = line.ask("GET", "signs?after=1")
    assert [sign["number"] for sign in signs] == list(range(2 * KEPT, 3 * KEPT))


def test_a_browser_waits_for_the_next_sign_and_gets_it_at_once(page: Page, line: Line) -> None:
    page.show(Sign(Kind.WAITING, "…"))
    line.begin("GET", "signs?after=1")
    assert page._changed.waits.wait(WITHIN)  # type: ignore[attr-defined]
    page.show(Sign(Kind.DONE, "…", number=12))
    status, signs = line.end()
    assert (status, [(sign["order"], sign["number"]) for sign in signs]) == (200, [(2, 12)])


def test_nothing_new_is_said_after_a_while(page: Page, line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ocop.hardware.page.WAIT_SECONDS", 0.02)
    page.show(Sign(Kind.WAITING, "…"))
    assert line.ask("GET", "signs?after=1") == (200, [])


def test_at_the_end_a_waiting_browser_is_let_go_and_told_once(page: Page) -> None:
    with contextlib.ExitStack() as stack:
        run = contextlib.ExitStack()
        line = stack.enter_context(contextlib.closing(Line(run.enter_context(served_page(page, 0)))))
        page.show(Sign(Kind.WAITING, "…"))
        line.begin("GET", "signs?after=1")
        assert page._changed.waits.wait(WITHIN)  # type: ignore[attr-defined]
        run.close()
        assert line.end() == (503, [])
        assert line.sock is not None
        assert line.sock.recv(1) == b"", "the connection ends with the program"


def test_an_empty_label_ends_the_work(page: Page) -> None:
    assert page.send_label(" \n")
    assert page.ask_label() is None
    assert page.after(0)[0]["asks"] is True


def test_a_browser_that_hangs_up_leaves_the_terminal_alone(
    page: Page, address: str, capfd: pytest.CaptureFixture[str]
) -> None:
    """Closed, or torn off while it waited, or between two requests, or in the middle of a label."""
    page.show(Sign(Kind.WAITING, "…"))
    parts = urlsplit(address)
    get = f"GET {parts.path}signs?after={{}} HTTP/1.1\r\nHost: {parts.netloc}\r\n\r\n"
    post = f'POST {parts.path}label HTTP/1.1\r\nHost: {parts.netloc}\r\nContent-Length: 9\r\n\r\n"1'
    for said, torn in ((get.format(1), True), (get.format(1), False), (get.format(0), True), (post, True)):
        wire = socket.create_connection((parts.hostname, parts.port), WITHIN)
        wire.sendall(said.encode())
        if said == get.format(0):
            wire.recv(65536)
        elif said == get.format(1):
            page._changed.waits.wait(WITHIN)  # type: ignore[attr-defined]
            page._changed.waits.clear()  # type: ignore[attr-defined]
        if torn:
            wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        wire.close()
    page.close()
    answering = [one for one in threading.enumerate() if "process_request_thread" in one.name]
    for thread in answering:
        thread.join(WITHIN)
    assert not any(thread.is_alive() for thread in answering)
    assert capfd.readouterr() == ("", "")
