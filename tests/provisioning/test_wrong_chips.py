"""What must not be written is refused with a sentence of its own, and stays as it was, byte for byte."""

from collections.abc import Callable
from typing import Any

import pytest
from ocop.hardware.phrases_refusals import SAME, VI_REFUSALS
from ocop.hardware.simulator import blank_21x, blank_424
from ocop.hardware.simulator_ntag424 import Ntag424
from ocop.trace import provisioning as verbs
from ocop.trace.registry.ledger_store import examine, replay
from ocop.trace.tags.ndef import encode_uri, to_type4
from ocop.trace.tags.ntag21x import NTAG213, NTAG215
from ocop.trace.tags.plan import Kind

CFG0 = NTAG215.cfg0 * 4
FOREIGN = encode_uri("https://other.example/menu")
FULL = encode_uri("https://other.example/" + "x" * 470)


def body(chip: Any) -> object:
    """All that a command could have changed; what reading counts and a wrong key counts is left out."""
    if not isinstance(chip, Ntag424):
        return bytes(chip.memory)
    files = {number: (bytes(file.data), file.settings) for number, file in chip.files.items()}
    return files, [(key.value, key.version) for key in chip.keys], chip.random_id


def plain(model: Any = NTAG215, *, changes: tuple[tuple[int, bytes], ...] = ()) -> Any:
    chip = blank_21x(model, b"wrong")
    for at, data in changes:
        chip.memory[at : at + len(data)] = data
    return chip


def tlv(message: bytes) -> bytes:
    length = bytes([len(message)]) if len(message) < 255 else b"\xff" + len(message).to_bytes(2, "big")
    return b"\x03" + length + message + b"\xfe"


def no_version() -> Any:
    chip = plain()
    chip.says_version = False
    return chip


def tampered(chip: Any) -> Any:
    chip.signature = bytes([*chip.signature[:-1], chip.signature[-1] ^ 1])
    return chip


def foreign_424() -> Any:
    chip = blank_424(b"wrong")
    chip.files[2].write(0, to_type4(FOREIGN, 256))
    return chip


def other_424() -> Any:
    chip = blank_424(b"wrong")
    chip.files[2].write(0, b"\x00\x05hello")
    return chip


def others_keys() -> Any:
    chip = blank_424(b"wrong")
    chip.keys[0].value, chip.keys[0].version = b"somebody's key..", 9
    return chip


WRONG: dict[str, tuple[Callable[[], Any], str]] = {
    "ntag213": (lambda: plain(NTAG213), "too_small"),
    "copy without GET_VERSION": (no_version, "no_version"),
    "foreign link": (lambda: plain(changes=((16, tlv(FOREIGN)),)), "already_written"),
    "full chip": (lambda: plain(changes=((16, tlv(FULL)),)), "already_written"),
    "foreign password": (lambda: plain(changes=((CFG0 + 3, b"\x04"),)), "foreign_password"),
    "locked pages": (lambda: plain(changes=((10, b"\xff\xff"),)), "locked_chip"),
    "locked pages, dynamic": (lambda: plain(changes=((NTAG215.dynamic_lock * 4, b"\x01"),)), "locked_chip"),
    "locked configuration": (lambda: plain(changes=((CFG0 + 4, b"\x40"),)), "locked_chip"),
    "NTAG215 with a tampered signature": (lambda: tampered(plain()), "not_original"),
    "other content": (lambda: plain(changes=((16, bytes.fromhex("0307d101035402656efe")),)), "already_written"),
    "NTAG 424 with other content": (other_424, "already_written"),
    "NTAG 424 with a foreign link": (foreign_424, "already_written"),
    "NTAG 424 with another's keys": (others_keys, "foreign_chip"),
    "NTAG 424 with a tampered signature": (lambda: tampered(blank_424(b"wrong")), "not_original"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_chip_gets_its_sentence_and_stays_as_it_was(shop: Any, name: str) -> None:
    make, code = WRONG[name]
    chip = make()
    family = Kind.NTAG424 if isinstance(chip, Ntag424) else Kind.NTAG21X
    before = body(chip)
    said = shop.write(shop.plan(family), chip, family=family)
    assert isinstance(said, verbs.Refused)
    assert said.code == code
    short = code.replace("_", "")
    assert SAME.get(short, short) in VI_REFUSALS
    assert body(chip) == before
    assert not shop.bindings()
    # A person tries again: what was learnt the first time must not open it.
    again = shop.write(shop.plan(family), chip, family=family)
    assert (again.code, body(chip)) == (code, before)
    good = blank_424(b"good") if family is Kind.NTAG424 else blank_21x(NTAG215, b"good")
    assert shop.write(shop.plan(family), good, family=family).number == 1


@pytest.mark.parametrize("family", Kind)
@pytest.mark.parametrize("lot", ["L2609A", "L2609B"], ids=["double tap", "another batch"])
def test_a_chip_of_ours_stays_as_it_was_on_its_own_batch_and_on_another(
    shop: Any, family: Kind, lot: str
) -> None:
    chip = blank_424(b"ours") if family is Kind.NTAG424 else blank_21x(NTAG215, b"ours")
    first = shop.write(shop.plan(family), chip, family=family)
    before, bound = body(chip), shop.bound()[1].uid
    said = shop.write(shop.plan(family, lot=lot), chip, family=family)
    if lot == "L2609A":
        assert (said.number, said.uid) == (first.number, first.uid)
    else:
        assert said.code == "other_batch"
        assert not shop.bindings(lot)
    assert body(chip) == before
    assert shop.bound()[1].uid == bound


def test_a_chip_that_was_ours_and_is_refused_unwritten_keeps_no_number_and_stays_withdrawn(
    workshop: Any,
) -> None:
    chip = blank_424(b"ours")
    workshop.write(workshop.plan(), chip)
    workshop.write(None, chip, kind="void")
    chip.files[2].write(0, to_type4(FOREIGN, 256))
    before = body(chip)
    assert workshop.write(workshop.plan(), chip).code == "already_written"
    assert (body(chip), workshop.bound()) == (before, {})
    with workshop.store.read() as session:
        assert examine(session) == ()
        batch = replay(session).batch("09521234543213", "L2609A")
    assert batch is not None
    assert [act.uid for act in batch.chip_withdrawals] == [chip.uid]


def test_a_chip_that_fails_once_it_was_written_on_keeps_its_number(shop: Any, monkeypatch: Any) -> None:
    chip, plan = blank_424(b"weak"), shop.plan()
    with monkeypatch.context() as deaf:
        deaf.setattr(type(chip.files[2]), "write", lambda *_: None)
        assert isinstance(shop.write(plan, chip), verbs.Refused)
    assert [(row.number, row.state, row.uid) for row in shop.bindings()] == [(1, "reserved", chip.uid)]
    assert shop.write(plan, blank_424(b"next")).number == 2
    assert shop.write(plan, chip).number == 1
