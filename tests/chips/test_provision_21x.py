"""Making an NTAG215 or NTAG216 ready on a simulated reader, and refusing what must not be written."""

from typing import Any

import pytest
from ocop.hardware import simulator_ntag21x
from ocop.hardware.simulator import SimulatedReader, blank_21x, simulated_maker
from ocop.hardware.simulator_ntag21x import Ntag21x
from ocop.trace.tags import ntag21x_flows as flows
from ocop.trace.tags.dialogue import Dialogue, Exchange, Finished, advance, drive
from ocop.trace.tags.errors import BadAnswer, ChipError, WrongChip
from ocop.trace.tags.link import AlreadyWritten, Content
from ocop.trace.tags.ntag21x import NTAG213, NTAG215, NTAG216, Model, content
from ocop.trace.tags.originality import SECP128R1, NotOriginal
from ocop.trace.tags.sun import Mirror

MAKER = simulated_maker(SECP128R1)
h = bytes.fromhex


@pytest.fixture
def chip() -> Ntag21x:
    return blank_21x(NTAG215, b"one")


@pytest.fixture
def reader(chip: Ntag21x) -> SimulatedReader:
    return SimulatedReader(chip)


def link(chip: Ntag21x, run: Any) -> str:
    """What a phone would open."""
    found: flows.Survey = run(flows.survey(MAKER), SimulatedReader(chip))
    return found.content.link or ""


@pytest.mark.parametrize("model", [NTAG215, NTAG216])
def test_a_blank_chip_becomes_ready_and_mirrors_uid_and_counter(
    model: Model, desk: Any, run: Any, base: str
) -> None:
    chip = blank_21x(model, b"one")
    ready = run(desk().provision_21x(), SimulatedReader(chip))
    assert (ready.uid, ready.locked) == (chip.uid, True)
    first, second = link(chip, run), link(chip, run)
    assert first == f"{base}&m={chip.uid.hex().upper()}x{chip.counter - 1:06X}"
    assert second[:-6] == first[:-6]
    assert int(second[-6:], 16) == int(first[-6:], 16) + 1


def test_a_second_run_changes_nothing(chip: Ntag21x, reader: SimulatedReader, desk: Any, run: Any) -> None:
    run(desk().provision_21x(), reader)
    before, log = bytes(chip.memory), []  # type: ignore[var-annotated]
    run(desk().provision_21x(), reader, log)
    assert bytes(chip.memory) == before
    assert not [exchange for exchange in log if exchange.step.changes]


def test_writing_needs_the_password_afterwards_and_the_mirror_stays(
    chip: Ntag21x, reader: SimulatedReader, desk: Any, run: Any
) -> None:
    run(desk().provision_21x(), reader)
    reader.reactivate()
    assert reader.transceive(h("a20500000000")) == b"\x00"
    reader.reactivate()
    assert reader.transceive(b"\x1bpw01") == b"p1"
    assert reader.transceive(h("a20500000000")) == b"\x0a"
    assert reader.transceive(h("a283000000ff")) == b"\x00"


def test_a_new_generation_needs_an_unlocked_chip(
    chip: Ntag21x, reader: SimulatedReader, desk: Any, run: Any, base: str
) -> None:
    run(desk().provision_21x(lock=False), reader)
    newer = desk(base=base[:-1] + "B", generation=2, earlier=(1,), replaces=base)
    assert run(newer.provision_21x(), reader).locked
    assert link(chip, run).startswith(base[:-1] + "B&m=")


def test_a_chip_can_be_made_blank_again_until_it_is_locked(
    chip: Ntag21x, reader: SimulatedReader, desk: Any, run: Any
) -> None:
    fresh = bytes(chip.memory)

    def blank() -> Dialogue[None]:
        found = yield from flows.survey(MAKER)
        yield from flows.blank(found, desk().order_21x(found.model))

    run(desk().provision_21x(lock=False), reader)
    reader.reactivate()  # as on a reader of its own: no password is known any more
    run(blank(), reader)
    # The body behind the empty NDEF block may keep old bytes; configuration and password may not.
    assert bytes(chip.memory[NTAG215.cfg0 * 4 :]) == fresh[NTAG215.cfg0 * 4 :]
    assert chip.memory[16:20] == h("0300fe00")
    run(desk().provision_21x(), reader)
    with pytest.raises(flows.LockedChip, match="locked for ever"):
        run(blank(), reader)


def refused(chip: Ntag21x, desk: Any, run: Any, error: type[ChipError], said: str, **how: Any) -> None:
    """Provisioning ends in `error` and the memory is as before."""
    before, log = bytes(chip.memory), []  # type: ignore[var-annotated]
    with pytest.raises(error, match=said):
        run(desk(**how).provision_21x(), SimulatedReader(chip), log)
    assert bytes(chip.memory) == before
    assert not [exchange for exchange in log if exchange.step.changes]


def test_an_ntag213_is_refused_untouched(desk: Any, run: Any) -> None:
    refused(
        blank_21x(NTAG213, b"one"), desk, run, WrongChip, "got an NTAG213, which holds a link of at most 137"
    )


def test_a_locked_chip_of_another_password_of_ours_is_refused_untouched(
    chip: Ntag21x, desk: Any, run: Any, base: str
) -> None:
    run(desk().provision_21x(), SimulatedReader(chip))
    newer: dict[str, Any] = {"base": base[:-1] + "B", "generation": 2, "earlier": (1,), "replaces": base}
    refused(chip, desk, run, flows.LockedChip, "the password that was set when the configuration", **newer)


def test_a_copy_without_get_version_is_refused_untouched(chip: Ntag21x, desk: Any, run: Any) -> None:
    chip.says_version = False
    refused(chip, desk, run, WrongChip, "copy without GET_VERSION")


def test_a_copy_without_the_makers_signature_is_refused_untouched(chip: Ntag21x, desk: Any, run: Any) -> None:
    chip.signature = bytes(32)
    refused(chip, desk, run, NotOriginal, "may be a copy")


def test_another_makers_link_is_not_written_over(chip: Ntag21x, desk: Any, run: Any) -> None:
    chip.memory[16:30] = h("030bd101075504612e766e2f78fe")
    refused(chip, desk, run, AlreadyWritten, "already carries 'https://a.vn/x'")


def test_other_content_is_not_written_over(chip: Ntag21x, desk: Any, run: Any) -> None:
    chip.memory[16:26] = h("0307d101035402656efe")
    refused(chip, desk, run, AlreadyWritten, "other content")


def test_a_link_behind_empty_blocks_is_found_and_not_written_over(chip: Ntag21x, desk: Any, run: Any) -> None:
    chip.memory[16:50] = bytes(20) + h("030bd101075504612e766e2f78fe")
    refused(chip, desk, run, AlreadyWritten, "a.vn/x")


@pytest.mark.parametrize("first", [0x00, 0x04, 0x10, NTAG215.cfg0, NTAG215.last])
def test_a_chip_with_anothers_password_on_any_page_is_refused_untouched(
    chip: Ntag21x, desk: Any, run: Any, first: int
) -> None:
    chip.memory[NTAG215.cfg0 * 4 + 3] = first
    chip.memory[(NTAG215.cfg0 + 2) * 4 : (NTAG215.cfg0 + 3) * 4] = b"else"
    refused(chip, desk, run, flows.ForeignPassword, "refuses ours")


def test_a_chip_that_counts_wrong_passwords_is_not_even_tried(chip: Ntag21x, desk: Any, run: Any) -> None:
    chip.memory[NTAG215.cfg0 * 4 + 3], chip.memory[NTAG215.cfg0 * 4 + 4] = 4, 0x03
    refused(chip, desk, run, flows.ForeignPassword, "refuses ours")
    assert chip.failures == 0


def test_a_chip_that_asks_for_a_password_to_be_read_is_refused(chip: Ntag21x, desk: Any, run: Any) -> None:
    chip.memory[NTAG215.cfg0 * 4 + 3], chip.memory[NTAG215.cfg0 * 4 + 4] = 0x10, 0x80
    refused(chip, desk, run, flows.LockedChip, "asks for a password to be read")


@pytest.mark.parametrize("at", [10, 11, NTAG215.dynamic_lock * 4])
def test_a_chip_with_locked_pages_is_refused_untouched(chip: Ntag21x, desk: Any, run: Any, at: int) -> None:
    chip.memory[at] |= 0xF0 if at == 10 else 0x01
    refused(chip, desk, run, flows.LockedChip, "page .*h locked")


def test_a_chip_with_a_locked_configuration_is_refused_untouched(chip: Ntag21x, desk: Any, run: Any) -> None:
    chip.memory[NTAG215.cfg0 * 4 + 4] = 0x40
    refused(chip, desk, run, flows.LockedChip, "configuration")


@pytest.mark.parametrize(("at", "value"), [(12, 0xE0), (13, 0x40), (14, 0x12), (15, 0x0F)],
                         ids=["magic", "version", "size", "read only"])  # fmt: skip
def test_a_changed_capability_container_is_refused_untouched(
    chip: Ntag21x, desk: Any, run: Any, at: int, value: int
) -> None:
    chip.memory[at] = value
    refused(chip, desk, run, WrongChip, "capability container E1103E00")


def test_a_wrong_check_byte_is_refused(chip: Ntag21x, desk: Any, run: Any) -> None:
    chip.memory[3] ^= 1
    refused(chip, desk, run, BadAnswer, "check bytes")


@pytest.mark.parametrize("page", [NTAG215.cfg0, NTAG215.cfg0 + 1, NTAG215.cfg0 + 2, NTAG215.cfg0 + 3, 0x10])
def test_a_page_that_is_acknowledged_and_not_kept_is_caught_by_reading_back(
    reader: SimulatedReader, desk: Any, run: Any, monkeypatch: pytest.MonkeyPatch, page: int
) -> None:
    real = Ntag21x._write
    monkeypatch.setattr(
        Ntag21x, "_write", lambda self, at, data: b"\x0a" if at == page else real(self, at, data)
    )
    with pytest.raises(BadAnswer, match=r"read back|in the link|just written"):
        run(desk().provision_21x(lock=False), reader)


def test_a_lock_that_is_acknowledged_and_not_kept_is_caught(
    chip: Ntag21x, reader: SimulatedReader, desk: Any, run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(desk().provision_21x(lock=False), reader)
    monkeypatch.setattr(Ntag21x, "_write", lambda self, at, data: b"\x0a")
    with pytest.raises(BadAnswer, match="to be locked, got it open"):
        run(desk().provision_21x(), reader)


def test_a_mirror_of_another_uid_is_caught_by_reading_back(
    reader: SimulatedReader, desk: Any, run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(simulator_ntag21x, "Mirror", lambda _, counter: Mirror(bytes(7), counter))
    with pytest.raises(BadAnswer, match="in the link, got 00000000000000"):
        run(desk().provision_21x(), reader)


def test_while_a_link_is_replaced_no_half_link_can_be_read(
    chip: Ntag21x, reader: SimulatedReader, desk: Any, run: Any, base: str
) -> None:
    run(desk().provision_21x(lock=False), reader)
    new, shown = base.replace("000012", "000345"), set()

    def watched(command: bytes) -> bytes:
        answer = reader.transceive(command)
        shown.add((content(bytes(chip.memory[16 : 16 + NTAG215.user_bytes])) or Content()).static)
        return answer

    newer = desk(base=new, generation=2, earlier=(1,), replaces=base)
    drive(newer.provision_21x(), watched, reader.reactivate)
    assert shown == {base, None, new}


def test_a_hostile_station_gets_our_error_or_another_question(desk: Any) -> None:
    reader = SimulatedReader(blank_21x(NTAG215, b"one"))
    honest: list[bytes] = []
    asked: list[Exchange] = []
    while not isinstance(state := advance(desk().provision_21x(), honest), Finished):
        if state.reactivate:
            reader.reactivate()
        asked.append(state)
        honest.append(reader.transceive(state.command))
    for at in range(0, len(honest), 3):
        for bad in (b"", b"\x00", b"\x0a", bytes(16), honest[at] + b"\x00"):
            try:
                advance(desk().provision_21x(), [*honest[:at], bad])
            except ChipError:
                continue
