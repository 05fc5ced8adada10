"""The chips of the illustration: two are ready, twenty wait for a station, and a cut in between loses nothing."""

import asyncio
import json
import shutil
import stat
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from ocop.hardware.simulator_tray import Tray
from ocop.trace import cli_demo, illustrating, illustrating_chips
from ocop.trace.api.http import Request
from ocop.trace.api.starting import start, stop
from ocop.trace.api.story import story
from ocop.trace.illustrative import draw as real_draw
from ocop.trace.illustrative import products as real_products
from ocop.trace.registry.keystore import KeyFile, open_keystore
from ocop.trace.settings import read_settings

SHARED: dict[str, Any] = {}


def one_product(patch: pytest.MonkeyPatch) -> None:
    """One cheap picture for all and only the first product."""
    picture = SHARED.setdefault("one", real_draw("vai-thieu-luc-ngan", "sign-1").resize((240, 240)))
    patch.setattr(illustrating, "draw", lambda slug, id_: picture)
    patch.setattr(illustrating, "products", lambda day: real_products(day)[:1])


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory, make_cli: Callable[..., Any]) -> Path:
    """A demonstration whose chips are still to come."""
    folder: Path = tmp_path_factory.mktemp("filled") / "data"
    with pytest.MonkeyPatch.context() as patch:
        one_product(patch)
        patch.setattr(cli_demo.DemoChips, "prepare", lambda self: None)
        make_cli(folder).must("demo", "--json")
    return folder


@pytest.fixture
def demo(filled: Path, tmp_path: Path, make_cli: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> Any:
    """The command on a copy of it."""
    one_product(monkeypatch)
    return make_cli(Path(shutil.copytree(filled, tmp_path / "data")))


def lines(said: Any) -> list[dict[str, Any]]:
    return [json.loads(line) for line in said.out.splitlines()]


def of_carrier_1(demo: Any) -> list[dict[str, Any]]:
    return [one for one in lines(demo.must("demo", "--json")) if "?s=EQ" in one["link"]]


def test_the_links_of_the_static_chip_answer_as_they_say_and_again(demo: Any) -> None:
    found = of_carrier_1(demo)
    assert [one["code"] for one in found] == ["chip_known", "code_issued"]
    for one in found:
        said = demo.must("verify", one["link"], "--json").json
        assert (said["code"], said["stars"]) == (one["code"], one["stars"])
    assert of_carrier_1(demo) == found
    assert demo.must("ledger", "check", "--json").json["findings"] == []


def test_twenty_chips_are_left_to_a_station_that_has_its_token(demo: Any) -> None:
    demo.must("demo", "--json")
    plans = lines(demo.must("chips", "plans", "--json"))
    assert [(one["family"], one["total"], one["done"]) for one in plans] == [
        ("ntag424", 10, 0),
        ("ntag21x", 10, 0),
    ]
    file = demo.data / "station.json"
    kept = json.loads(file.read_text("utf-8"))
    assert (set(kept), stat.S_IMODE(file.stat().st_mode)) == ({"url", "token", "name"}, 0o600)
    demo.must("demo", "--json")
    assert json.loads(file.read_text("utf-8")) == kept
    demo.must("demo", "--json", OCOP_PUBLIC_URL="http://10.0.0.7:8000")
    moved = json.loads(file.read_text("utf-8"))
    assert (moved["url"], moved["token"]) == ("http://10.0.0.7:8000", kept["token"])


def test_a_guessable_master_is_said_before_a_chip_is_written(demo: Any) -> None:
    keys = open_keystore(demo.data / "keystore", KeyFile(demo.data / "kek"))
    about = {"alg": "AES-128", "generation": 2, "purpose": "SUN-MASTER", "v": 1}
    keys.keep("SUN-MASTER.002.key", about, bytes(16))
    said = demo("demo", "--json")
    assert (said.code, "generation 2" in said.err, "Traceback" in said.err) == (5, True, False)
    assert not (demo.data / "station" / "ready").exists()


@pytest.mark.parametrize("damage", [None, "", "[]", '{"token": "1.old"}', "\0\xff"])
def test_a_lost_or_damaged_station_file_gets_a_token_that_opens(demo: Any, damage: str | None) -> None:
    demo.must("demo", "--json")
    file = demo.data / "station.json"
    before = json.loads(file.read_text("utf-8"))["token"]
    file.unlink()
    if damage is not None:
        file.write_text(damage, "latin-1")
    demo.must("demo", "--json")
    after = json.loads(file.read_text("utf-8"))
    assert after["token"] != before
    assert [one["station"] for one in lines(demo.must("station", "list", "--json"))] == [after["name"]]


def test_a_tap_of_the_ready_chip_opens_the_story_once(demo: Any) -> None:
    said = demo.must("demo").out.split("opens once:\n  ")[1].split("\n", 1)[0]
    assert demo("verify", said, "--json").json["reasons"][0] == "tap_not_spent"
    settings = read_settings(data=demo.data, public_url="https://id.ocop.example")
    running = start(settings)

    def ask(cookie: str = "", link: str = said) -> Any:
        path, _, query = link.removeprefix("https://id.ocop.example").removeprefix("/story").partition("?")
        scope = {"method": "GET", "raw_path": b"/story" + path.encode(), "query_string": query.encode(),
                 "headers": [(b"cookie", cookie.encode())] if cookie else [], "client": ("203.0.113.9", 1)}  # fmt: skip
        told = story(running.service, Request(scope))

        async def go() -> Any:
            return await told if asyncio.iscoroutine(told) else told

        return asyncio.run(go())

    first = ask()
    head = dict(first.all_headers)
    page = ask(head[b"set-cookie"].decode().partition(";")[0], head[b"location"].decode())
    again = ask()
    stop(running)
    assert first.status == 303
    assert b'id="chip_answered"' in page.body
    assert b'id="already_used"' in again.body


@pytest.mark.parametrize("exchanges", range(3, 60, 14))
def test_a_fill_that_was_cut_while_a_chip_was_written_is_completed(
    demo: Any, exchanges: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = cli_demo.SimulatedReader.transceive
    left = [exchanges]

    def cut(self: Any, command: bytes) -> bytes:
        left[0] -= 1
        if left[0] < 0:
            raise KeyboardInterrupt
        return real(self, command)

    monkeypatch.setattr(cli_demo.SimulatedReader, "transceive", cut)
    assert demo("demo", "--json").code == 130
    monkeypatch.setattr(cli_demo.SimulatedReader, "transceive", real)
    assert [one["code"] for one in of_carrier_1(demo)] == ["chip_known", "code_issued"]
    assert demo.must("demo").out.count("opens once") == 1
    assert len(Tray.open(demo.data / "station" / "ready")) == 2


def test_the_batch_with_chips_is_on_sale_and_its_printed_sample_stays_without() -> None:
    for day in (date(2026, 1, 31), date(2026, 11, 23), date(2027, 7, 1)):
        batch = illustrating_chips.chip_batch(day)
        (sample,) = (
            each.sample
            for one in illustrating.products(day)
            for each in one.batches
            if (one.product.key, each.lot) == (batch.key, batch.lot)
        )
        taken = {
            n for family in illustrating_chips.FAMILIES for n in (*batch.planned(family), batch.ready(family))
        }
        assert len(taken) == 22
        assert sample not in taken
