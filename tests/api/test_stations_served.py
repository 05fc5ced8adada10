"""The station routes in the service itself: mounted, limited, and honest about a keystore that is shut."""

import json
import secrets
import shutil
from typing import Any

import pytest
from ocop.trace.api.starting import open_keys, start
from ocop.trace.issuing import IssueRequest, issue
from ocop.trace.provisioning_stations import add_station
from ocop.trace.registry.keystore import KeyFile, Passphrase, create, open_keystore
from ocop.trace.registry.keystore_shut import KeystoreShut
from ocop.trace.registry.masters import Masters, WeakMaster
from ocop.trace.settings import read_settings

WISH = {"kind": "inspect", "family": "ntag424", "request": "request-1"}


class Line:
    """A station's requests to one worker."""

    def __init__(self, worker: Any) -> None:
        self.worker = worker
        token = worker.act(add_station, "Bàn 1", secrets.token_bytes, worker.now)
        self.headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}

    def ask(self, path: str, body: Any = None, **headers: str) -> tuple[int, dict[str, Any]]:
        data = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        answer = self.worker.ask(
            f"/api/v1/stations{path}", "GET" if body is None else "POST", {**self.headers, **headers}, data
        )
        assert answer.header("cache-control") in {"no-store", ""}
        return answer.status, json.loads(answer.body)


@pytest.fixture
def line(serving: Any) -> Line:
    return Line(serving())


def test_a_station_is_known_by_its_token_alone(line: Line) -> None:
    assert line.ask("/me") == (
        200,
        {"station": "Bàn 1", "realm": "demo.invalid/tag", "public_url": "https://id.example.vn"},
    )
    status, said = line.ask("/me", authorization="Bearer 1.wrong")
    assert (status, said["title"]) == (401, "station_token")
    assert line.ask("/plans") == (200, {"plans": []})


def test_a_dialogue_begins_and_ends_in_the_service(line: Line) -> None:
    status, began = line.ask("/dialogues", WISH)
    assert (status, began["next"]["step"], began["next"]["position"]) == (200, "look", 0)
    # A look tries another way in before it gives a chip up.
    for position in (0, 1):
        status, said = line.ask(f"/dialogues/{began['dialogue']}", {"position": position, "answer": "6a82"})
    assert (status, "refused" in said["next"]) == (200, True)
    assert line.ask(f"/dialogues/{began['dialogue']}/lost", {}) == (200, {"state": "lost"})


@pytest.mark.parametrize(
    ("path", "body", "status", "title"),
    [
        ("/dialogues", b"{", 400, "body"),
        ("/dialogues", b"[" * 9000, 400, ""),
        ("/dialogues", b" " * 20_000, 413, "too_large"),
        ("/dialogues", b'{"kind": "\\ud800", "family": "ntag424", "request": "request-1"}', 400, ""),
        ("/dialogues", {**WISH, "more": 1}, 400, "body"),
        ("/dialogues", {**WISH, "kind": "burn"}, 400, "value"),
        ("/dialogues", {**WISH, "sim": "maybe"}, 400, "body"),
        ("/dialogues/1" + "0" * 400, {"position": 0, "answer": ""}, 404, ""),
        ("/dialogues/x", {"position": 0, "answer": ""}, 400, "body"),
        ("/chips/%00", None, 400, "value"),
        ("/chips/04000000000000", None, 404, "unknown"),
    ],
    ids=["broken", "deep", "long", "surrogate", "more", "kind", "type", "huge", "word", "nul", "stranger"],
)
def test_clumsy_and_hostile_requests_get_a_problem(
    line: Line, path: str, body: Any, status: int, title: str
) -> None:
    got, said = line.ask(path, body)
    assert (got, bool(said["detail"])) == (status, True)
    assert title in {"", said["title"]}


def test_a_keystore_with_a_passphrase_is_shut_and_says_so(serving: Any, furnished: Any) -> None:
    opened = serving()
    data = opened.settings.data
    shutil.rmtree(data / "keystore")
    create(data / "keystore", Passphrase("bông sen nở sớm"))
    worker = serving(opened)
    line = Line(worker)
    assert line.ask("/plans")[0] == 200
    for family in ("ntag424", "ntag21x"):
        status, said = line.ask("/dialogues", {**WISH, "kind": "void", "family": family})
        assert (status, said["title"]) == (503, "keystore_shut")
        assert "passphrase" in said["detail"]
        assert str(data) not in json.dumps(said)
    assert worker.ask(furnished.expected[0][0]).status == 307
    with pytest.raises(KeystoreShut):
        worker.service.masters.generations()
    with pytest.raises(KeystoreShut):
        issue(worker.store.begin, worker.service.keystore, IssueRequest("x", "09521234543213", "NEW",
              worker.now.date(), 3), "Hoa", worker.now)  # fmt: skip


@pytest.mark.parametrize(
    "master", [bytes(16), b"\x07" * 16, "the first again"], ids=["zero", "one byte", "twice"]
)
def test_a_guessable_or_repeated_master_refuses_the_start(
    furnished: Any, tmp_path: Any, master: bytes | str
) -> None:
    data = furnished.copy(tmp_path / "weak")
    keys = open_keystore(data / "keystore", KeyFile(data / "kek"))
    Masters(keys).add()
    secret = Masters(keys).key(1) if isinstance(master, str) else master
    keys.keep(
        "SUN-MASTER.002.key", {"alg": "AES-128", "generation": 2, "purpose": "SUN-MASTER", "v": 1}, secret
    )
    settings = read_settings(data=data, public_url="https://id.example.vn")
    with pytest.raises(WeakMaster, match="generation 2"):
        open_keys(settings)
    with pytest.raises(WeakMaster):
        start(settings)
