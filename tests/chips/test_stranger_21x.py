"""A stranger without the password at a finished NTAG215 or NTAG216, and chips that were made before."""

from collections.abc import Iterator
from typing import Any

import pytest
from ocop.hardware.simulator import SimulatedReader, blank_21x, simulated_maker
from ocop.hardware.simulator_ntag21x import Ntag21x
from ocop.trace.tags import ntag21x_flows as flows
from ocop.trace.tags.dialogue import Dialogue
from ocop.trace.tags.ntag21x import EARLIER_PROTECTED_FROM, NTAG215, NTAG216, Model
from ocop.trace.tags.originality import SECP128R1

MAKER = simulated_maker(SECP128R1)
MODELS = pytest.mark.parametrize("model", [NTAG215, NTAG216], ids=lambda model: model.name)


def writes() -> Iterator[bytes]:
    """Every WRITE there is, of bits set and of bits cleared, and the older command for the same."""
    for page in range(256):
        for data in (b"\xff" * 4, bytes(4), b"\x00\x00\x0f\x00", b"\xe1\x10\x3e\x0f"):
            yield bytes([0xA2, page]) + data
        yield bytes([0xA0, page])


def made_before(chip: Ntag21x, desk: Any, run: Any, monkeypatch: pytest.MonkeyPatch, lock: bool) -> None:
    """Provisions the chip as it was done when protection began at page 4."""
    with monkeypatch.context() as patch:
        patch.setattr("ocop.trace.tags.ntag21x.PROTECTED_FROM", EARLIER_PROTECTED_FROM)
        run(desk().provision_21x(lock=lock), SimulatedReader(chip))
    assert first_protected(chip) == 4


def first_protected(chip: Ntag21x) -> int:
    return chip.memory[chip.model.cfg0 * 4 + 3]


def found_on(chip: Ntag21x, run: Any) -> flows.Survey:
    survey: flows.Survey = run(flows.survey(MAKER), SimulatedReader(chip))
    return survey


def blank(desk: Any) -> Dialogue[None]:
    found = yield from flows.survey(MAKER)
    yield from flows.blank(found, desk().order_21x(found.model))


@MODELS
@pytest.mark.parametrize("locked", [True, False], ids=["locked", "not locked yet"])
def test_a_passer_by_without_the_password_spoils_nothing_of_a_finished_chip(
    model: Model, locked: bool, desk: Any, run: Any
) -> None:
    """Above all not the lock bits of page 2 and the capability container of page 3, which no one could mend."""
    chip = blank_21x(model, b"finished")
    run(desk().provision_21x(lock=locked), SimulatedReader(chip))
    before, reader = bytes(chip.memory), SimulatedReader(chip)
    for command in writes():
        reader.reactivate()
        assert reader.transceive(command) == b"\x00", command.hex()
        assert bytes(chip.memory) == before, command.hex()
    for guess in (b"\xff" * 4, bytes(4), b"pw02"):
        for command in (b"\xa2\x03" + b"\xff" * 4, b"\xa2\x02" + b"\xff" * 4, b"\xa2\x05" + b"\xff" * 4):
            reader.reactivate()
            reader.transceive(b"\x1b" + guess)
            reader.transceive(command)
    assert bytes(chip.memory) == before
    found = found_on(chip, run)
    assert (found.cc, found.locks.pages, found.content.static) == (model.cc, frozenset(), desk().base)


@MODELS
def test_anyone_still_reads_a_finished_chip_without_a_password(model: Model, desk: Any, run: Any) -> None:
    chip = blank_21x(model, b"finished")
    run(desk().provision_21x(), SimulatedReader(chip))
    reader = SimulatedReader(chip)
    for page in range(0, model.last_user, 4):
        assert len(reader.transceive(bytes([0x30, page]))) == 16


def test_what_a_stranger_could_do_to_a_chip_that_protects_from_page_4(
    desk: Any, run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The simulated chip allows it as a real one does, so the test above means something."""
    for page, at in ((2, 10), (3, 12)):
        chip = blank_21x(NTAG215, b"before")
        made_before(chip, desk, run, monkeypatch, lock=True)
        reader = SimulatedReader(chip)
        assert reader.transceive(bytes([0xA2, page]) + b"\xff" * 4) == b"\x0a"
        assert bytes(chip.memory[at : at + 2]) == b"\xff\xff"


def test_a_locked_chip_made_before_is_still_ours_and_takes_another_link(
    desk: Any, run: Any, base: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    chip = blank_21x(NTAG215, b"before")
    made_before(chip, desk, run, monkeypatch, lock=True)
    assert found_on(chip, run).content.static == base
    before, log = bytes(chip.memory), []  # type: ignore[var-annotated]
    assert run(desk().provision_21x(), SimulatedReader(chip), log).locked
    assert bytes(chip.memory) == before
    assert not [exchange for exchange in log if exchange.step.changes]
    other = desk(base=base[:-1] + "B", replaces=base)
    assert run(other.provision_21x(), SimulatedReader(chip)).locked
    assert found_on(chip, run).content.static == base[:-1] + "B"
    assert first_protected(chip) == 4


def test_a_locked_chip_that_protects_less_than_ours_ever_did_is_refused(desk: Any, run: Any) -> None:
    chip = blank_21x(NTAG215, b"weak")
    run(desk().provision_21x(), SimulatedReader(chip))
    chip.memory[NTAG215.cfg0 * 4 + 3] = 5
    with pytest.raises(flows.LockedChip, match="configuration that can be set"):
        run(desk().provision_21x(), SimulatedReader(chip))


def test_an_open_chip_made_before_gets_its_first_pages_protected_when_it_is_written_again(
    desk: Any, run: Any, base: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    chip = blank_21x(NTAG215, b"before")
    made_before(chip, desk, run, monkeypatch, lock=False)
    log: list[Any] = []
    assert run(desk().provision_21x(), SimulatedReader(chip), log).locked
    changed = [exchange.command[1] for exchange in log if exchange.step.changes]
    assert changed == [NTAG215.cfg0, NTAG215.cfg0 + 1], "CFG0, and CFG1 for the lock; never the password"
    assert first_protected(chip) == 2


def test_an_open_chip_made_before_can_be_blanked(
    desk: Any, run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    chip = blank_21x(NTAG215, b"before")
    made_before(chip, desk, run, monkeypatch, lock=False)
    run(blank(desk), SimulatedReader(chip))
    fresh = blank_21x(NTAG215, b"before")
    assert chip.memory[NTAG215.cfg0 * 4 :] == fresh.memory[NTAG215.cfg0 * 4 :]
    assert chip.memory[:20] == fresh.memory[:20]
