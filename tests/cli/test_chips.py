"""Chips and stations from the command line: masters, plans, tokens shown once, and how a binding ends."""

import json
import stat
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from ocop.trace import cli_serve
from ocop.trace.provisioning_stations import NotAllowed, authenticate
from ocop.trace.registry import chips
from ocop.trace.registry.keystore import KeyFile, open_keystore
from ocop.trace.registry.masters import Masters
from ocop.trace.registry.store import Store, open_store
from ocop.trace.registry.tables import AuditEntry
from sqlalchemy import select
from sqlmodel import col

ADDRESS, GTIN, LOT = "https://id.ocop.example", "09521234543213", "L2609A"
UID = bytes.fromhex("04de5f1eacc040")


def store_of(cli: Any) -> Store:
    return open_store("", data=cli.data)


def bind(cli: Any, number: int = 12, uid: bytes = UID) -> None:
    store, now = store_of(cli), datetime(2026, 11, 23, 4, tzinfo=UTC)
    with store.begin() as session:
        new = chips.NewChip(uid, GTIN, LOT, number, "ntag424", master_generation=1, chip_generation=1)
        chips.promote(session, chips.reserve(session, new, now).id or 0, now, counter=1)
    store.close()


def lines(said: Any) -> list[dict[str, Any]]:
    return [json.loads(line) for line in said.out.splitlines()]


def test_a_new_store_has_its_first_master_and_gets_more(made: Any) -> None:
    assert lines(made.must("chips", "master", "list", "--json")) == [{"generation": 1, "newest": True}]
    assert made.must("chips", "master", "add", "--json").json == {"generation": 2}
    assert [one["generation"] for one in lines(made.must("chips", "master", "list", "--json"))] == [1, 2]
    assert "2  for new chips" in made.must("chips", "master", "list").out


def test_a_store_from_before_is_told_to_make_a_master(shop: Any) -> None:
    (shop.data / "keystore" / "SUN-MASTER.001.key").unlink()
    assert "chips master add" in shop.must("upgrade").out
    assert "chips master add" in shop.must("chips", "plan", GTIN, LOT, "--family", "ntag21x").err
    assert "chips master add" in shop.must("chips", "master", "list").out
    assert shop.must("chips", "master", "add", "--json").json == {"generation": 1}


@pytest.mark.parametrize("master", [bytes(16), b"\x07" * 16, None], ids=["zero", "one byte", "twice"])
def test_a_weak_master_is_said_before_the_service_listens_and_when_they_are_listed(
    made: Any, monkeypatch: pytest.MonkeyPatch, master: bytes | None
) -> None:
    listened: list[tuple[Any, ...]] = []
    monkeypatch.setattr(cli_serve, "_listen", lambda *where: listened.append(where))
    keys = open_keystore(made.data / "keystore", KeyFile(made.data / "kek"))
    about = {"alg": "AES-128", "generation": 2, "purpose": "SUN-MASTER", "v": 1}
    keys.keep("SUN-MASTER.002.key", about, Masters(keys).key(1) if master is None else master)
    for command in (("serve", "--port", 1), ("chips", "master", "list"), ("verify", f"{ADDRESS}/01/{GTIN}")):
        said = made(*command)
        assert (said.code, "generation 2" in said.err, "Traceback" in said.err) == (5, True, False)
    assert listened == []


def test_a_plan_is_made_listed_and_closed(shop: Any) -> None:
    made = shop.must(
        "chips", "plan", GTIN, LOT, "--family", "ntag424", "--from", 1, "--to", 10, "--json"
    ).json
    assert (made["plan"], made["family"], made["first"], made["last"], made["total"]) == (
        1,
        "ntag424",
        1,
        10,
        10,
    )
    shop.must("station", "add", "Bàn 1")
    shop.must("chips", "plan", GTIN, LOT, "--family", "ntag21x", "--from", 11, "--station", "Bàn 1")
    found = lines(shop.must("chips", "plans", "--json"))
    assert [(one["plan"], one["first"], one["last"]) for one in found] == [(1, 1, 10), (2, 11, 60)]
    bind(shop)
    assert "1 of 50 done" in shop.must("chips", "plans").out
    assert shop.must("chips", "close", 1, "--json").json["state"] == "closed"
    assert shop("chips", "close", 1).code == 4
    shop.must("chips", "close", 2)
    assert '"t":"chips"' in shop.must("ledger", "list", "--last", 1).out
    assert shop.must("ledger", "check", "--json").json["findings"] == []


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("plan", GTIN, LOT, "--family", "ntag9"), 2),
        (("plan", GTIN, "NONE", "--family", "ntag424"), 3),
        (("plan", GTIN, LOT, "--family", "ntag424", "--from", 9, "--to", 3), 3),
        (("plan", GTIN, LOT, "--family", "ntag424", "--to", 61), 3),
        (("plan", GTIN, LOT, "--family", "ntag424", "--station", "Bàn 9"), 3),
        (("close", 9), 3),
        (("list", GTIN, "NONE"), 3),
        (("void", "04", "--reason", "mất"), 3),
        (("void", "04de5f1eacc040", "--reason", "mất"), 3),
        (("void", "04de5f1eacc040"), 2),
        (("replace", "zz", "--reason", "mất"), 3),
    ],
)
def test_clumsy_words_get_a_sentence_and_change_nothing(shop: Any, words: tuple[Any, ...], code: int) -> None:
    said = shop("chips", *words)
    assert said.code == code
    assert "Traceback" not in said.err
    assert "expected" in said.err or code == 2
    assert lines(shop.must("chips", "plans", "--json")) == []


def test_a_link_without_room_on_the_chip_is_said_when_it_is_planned(shop: Any) -> None:
    longer = f"https://{'a' * 60}.{'b' * 60}.example.vn"
    said = shop("chips", "plan", GTIN, LOT, "--family", "ntag424", OCOP_PUBLIC_URL=longer)
    assert (said.code, "room" in said.err or "at most" in said.err) == (3, True)


def test_a_lost_chip_is_given_up_and_a_broken_one_replaced(shop: Any) -> None:
    bind(shop)
    bind(shop, 13, bytes.fromhex("04de5f1eacc041"))
    assert [one["number"] for one in lines(shop.must("chips", "list", GTIN, LOT, "--json"))] == [12, 13]
    void = ("chips", "void", "04:DE:5F:1E:AC:C0:40", "--reason", "rơi xuống suối", "--by", "chị Hoa")
    assert shop.must(*void, "--yes", "--json").json["state"] == "void"
    replace = ("chips", "replace", "04de5f1eacc041", "--reason", "chạm không thấy gì")
    assert shop.must(*replace, "--json").json["state"] == "replaced"
    assert shop(*void).code == 3
    assert lines(shop.must("chips", "list", GTIN, LOT, "--json")) == []
    found = lines(shop.must("chips", "list", GTIN, LOT, "--all", "--json"))
    assert [(one["uid"], one["state"]) for one in found] == [
        ("04DE5F1EACC040", "void"),
        ("04DE5F1EACC041", "replaced"),
    ]
    bind(shop, 12, bytes.fromhex("04de5f1eacc042"))
    assert shop.must("ledger", "check", "--json").json["findings"] == []
    assert '"uid":"04de5f1eacc041"' in shop.must("ledger", "list", "--last", 1).out
    store = store_of(shop)
    with store.read() as session:
        told = session.execute(select(AuditEntry).where(col(AuditEntry.what).like("chip.%"))).scalars().all()
    store.close()
    assert [(line.what, line.why, line.about[-14:]) for line in told] == [
        ("chip.void", "rơi xuống suối", "04DE5F1EACC040"),
        ("chip.replace", "chạm không thấy gì", "04DE5F1EACC041"),
    ]
    assert told[0].actor == "chị Hoa"
    assert told[1].actor
    assert {line.producer_id for line in told} == {1}


def test_a_token_is_shown_once_opens_and_is_taken_away(made: Any, tmp_path: Path) -> None:
    token = made.must("station", "add", "Bàn 1", "--json").json["token"]
    assert token not in made.must("station", "list", "--json").out + made.must("station", "list").out
    assert made("station", "add", "Bàn 1").code == 4
    file = tmp_path / "station.json"
    assert "token" not in made.must("station", "add", "Bàn 2", "--out", file, "--json").json
    assert made("station", "add", "Bàn 3", "--out", file).code == 3
    said = json.loads(file.read_text("utf-8"))
    assert (said["url"], said["name"]) == ("https://id.ocop.example", "Bàn 2")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    store = store_of(made)
    with store.read() as session:
        assert {authenticate(session, one).name for one in (token, said["token"])} == {"Bàn 1", "Bàn 2"}
    made.must("station", "revoke", "Bàn 1")
    assert made("station", "revoke", "Bàn 1").code == 4
    assert made("station", "revoke", "Bàn 7").code == 3
    with store.read() as session, pytest.raises(NotAllowed):
        authenticate(session, token)
    store.close()
    states = [one["revoked_at"] is None for one in lines(made.must("station", "list", "--json"))]
    assert states == [False, True]
