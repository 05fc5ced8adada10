"""The simulated chips do what the datasheets say, and remember it across a restart of the program."""

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from ocop.hardware.reader import ChipLost, Family, NoChip, Reader, ReaderError
from ocop.hardware.simulator import SimulatedReader, blank_21x, blank_424, load, save
from ocop.hardware.simulator_ntag21x import Ntag21x
from ocop.trace.tags import ntag424_commands as do
from ocop.trace.tags.dialogue import Dialogue, seeded
from ocop.trace.tags.ntag21x import MODELS, NTAG213, NTAG215, NTAG216, Model
from ocop.trace.tags.ntag424 import StatusError
from ocop.trace.tags.secure import FACTORY_KEY, Session

h = bytes.fromhex
NEW = b"a key of our own"


def ask(chip: Any, *commands: str) -> list[str]:
    """Sends raw commands after an activation; answers in hex."""
    chip.activate()
    return [chip.transceive(h(command)).hex() for command in commands]


def test_the_simulated_reader_is_a_reader() -> None:
    reader: Reader = SimulatedReader(blank_424(b"1"))
    assert reader.wait_for_chip(0).family is Family.TYPE_4
    assert reader.wait_for_removal(0)
    with pytest.raises(NoChip, match="expected a chip on the reader, got none"):
        reader.transceive(b"\x60")
    with pytest.raises(NoChip):
        reader.wait_for_chip(0)


def test_a_cut_loses_the_chip_until_it_is_put_down_again() -> None:
    chip = blank_21x(NTAG215, b"1")
    reader = SimulatedReader(chip)
    reader.cut_after(1)
    reader.transceive(b"\x60")
    with pytest.raises(ChipLost):
        reader.transceive(b"\x60")
    with pytest.raises(NoChip):
        reader.transceive(b"\x60")
    with pytest.raises(ChipLost):
        reader.reactivate()
    reader.place(chip)
    assert len(reader.transceive(b"\x60")) == 8


@pytest.mark.parametrize("kept", range(5))
def test_of_a_torn_page_the_first_bytes_stay(kept: int) -> None:
    chip = blank_21x(NTAG215, b"1")
    chip.memory[20:24] = h("11223344")
    chip.activate()
    chip.tear(h("a205aabbccdd"), kept)
    assert chip.memory[20:24] == h("aabbccdd")[:kept] + h("11223344")[kept:]


def test_a_refused_page_write_tears_nothing() -> None:
    chip = blank_21x(NTAG215, b"1")
    before = bytes(chip.memory)
    chip.activate()
    chip.tear(h("a200aabbccdd"), 4)
    assert bytes(chip.memory) == before


@pytest.mark.parametrize("model", MODELS)
def test_a_saved_chip_comes_back_with_all_it_knows(model: Model) -> None:
    chip = blank_21x(model, b"1")
    chip.counter, chip.failures, chip.says_version = 7, 2, False
    assert save(load(save(chip))) == save(chip)
    other = blank_424(b"1")
    other.keys[2].failed, other.files[2].counter, other.draws, other.tells_versions = 9, 5, 11, False
    assert save(load(save(other))) == save(other)


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", '{"chip": "NTAG999"}', '{"chip": "NTAG424"}', '{"chip": "NTAG215"}']
)
def test_a_saved_state_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ReaderError, match="saved state of a simulated chip"):
        load(text)


def test_the_same_seed_gives_the_same_chip_and_another_seed_another() -> None:
    assert save(blank_424(b"a")) == save(blank_424(b"a"))
    assert blank_424(b"a").uid != blank_424(b"b").uid
    assert blank_424(b"a").uid[0] == 0x04


@pytest.mark.parametrize(("model", "version"), [(NTAG213, "0f"), (NTAG215, "11"), (NTAG216, "13")])
def test_get_version_and_the_factory_pages_are_the_datasheets(model: Model, version: str) -> None:
    chip = blank_21x(model, b"1")
    assert ask(chip, "60") == [f"000404020100{version}03"]
    assert bytes(chip.memory[12:16]) == model.cc
    assert chip.transceive(bytes([0x30, model.cfg0])).hex()[:16] == "040000ff00050000"


def test_reading_past_the_end_goes_on_at_page_0() -> None:
    chip = blank_21x(NTAG215, b"1")
    assert ask(chip, "3086")[0][8:] == bytes(chip.memory[:12]).hex()


def test_password_and_pack_are_never_read() -> None:
    assert ask(blank_21x(NTAG215, b"1"), "3085")[0][:16] == "00" * 8
    assert ask(blank_21x(NTAG215, b"1"), "3a8586") == ["00" * 8]


@pytest.mark.parametrize("command", ["", "ff", "3087", "3a0504", "3a0487", "a20411", "a20000000000", "a28700000000",
                                     "3c01", "3902", "1b00", "1b00000000"])  # fmt: skip
def test_a_refusal_silences_the_chip_until_it_is_activated(command: str) -> None:
    chip = blank_21x(NTAG215, b"1")
    assert ask(chip, command, "60") == ["00", ""]
    assert len(ask(chip, "60")[0]) == 16


def test_lock_bits_are_set_for_ever_and_close_their_pages() -> None:
    chip = blank_21x(NTAG215, b"1")
    assert ask(chip, "a20200001000", "a20200000000", "a205aabbccdd", "a204aabbccdd") == [
        "0a",
        "0a",
        "0a",
        "00",
    ]
    assert ask(chip, "a28201000000", "a210aabbccdd") == ["0a", "00"]


def test_block_locking_bits_freeze_lock_bits() -> None:
    chip = blank_21x(NTAG215, b"1")
    assert ask(chip, "a20200000200", "a20200001000", "a204aabbccdd") == ["0a", "0a", "0a"]
    assert ask(chip, "a28200000100", "a28201000000", "a210aabbccdd") == ["0a", "0a", "0a"]


def test_bits_of_the_capability_container_are_only_ever_set() -> None:
    chip = blank_21x(NTAG215, b"1")
    ask(chip, "a20300000000")
    assert bytes(chip.memory[12:16]) == NTAG215.cc


def test_the_counter_rises_once_per_activation_and_only_when_switched_on() -> None:
    chip = blank_21x(NTAG215, b"1")
    assert ask(chip, "3004", "3902")[1] == "00"
    ask(chip, "a28410050000")
    assert ask(chip, "3004", "3004", "3902")[2] == "010000"
    assert ask(chip, "3902", "3004", "3902")[::2] == ["010000", "020000"]


def test_the_counter_stops_at_its_end() -> None:
    chip = blank_21x(NTAG215, b"1")
    ask(chip, "a28410050000")
    chip.counter = 0xFFFFFF
    assert ask(chip, "3004", "3902")[1] == "ffffff"


@pytest.mark.parametrize(
    ("mirror", "expected"),
    [("54000500", 14), ("94000500", 6), ("d4000500", 21), ("c4000300", 0), ("c4008100", 0)],
)
def test_the_mirror_shows_what_it_is_set_to_and_needs_room(mirror: str, expected: int) -> None:
    chip = blank_21x(NTAG215, b"1")
    ask(chip, "a284" + "10050000", "a283" + mirror[:6] + "ff")
    shown = h(ask(chip, "3a0481")[0])
    full = f"{chip.uid.hex().upper()}x000001".encode()
    text = {14: full[:14], 6: full[15:], 21: full, 0: b""}[expected]
    start = 4 + 1 if expected else 0
    assert shown[start : start + expected] == text
    if not expected:
        assert b"x0000" not in shown


def test_auth_limit_blocks_for_good_also_for_the_right_password() -> None:
    chip = blank_21x(NTAG215, b"1")
    ask(chip, "a28402050000", "a28304000004")
    assert [ask(chip, "1b00000000")[0] for _ in range(2)] == ["00", "00"]
    assert ask(chip, "1bffffffff") == ["04"]


def test_a_right_password_forgives_wrong_ones() -> None:
    chip = blank_21x(NTAG215, b"1")
    ask(chip, "a28402050000")
    assert [ask(chip, "1b00000000")[0], ask(chip, "1bffffffff")[0], ask(chip, "1b00000000")[0]] == [
        "00",
        "0000",
        "00",
    ]
    assert ask(chip, "1bffffffff") == ["0000"]


def test_a_locked_configuration_is_closed_from_the_next_activation_but_for_the_password() -> None:
    chip = blank_21x(NTAG215, b"1")
    assert ask(chip, "a28440050000", "a28304000004") == ["0a", "0a"]
    chip.activate()
    assert chip.transceive(h("1bffffffff")).hex() == "0000"
    assert chip.transceive(h("a285aabbccdd")).hex() == "0a"
    assert chip.transceive(h("a28400050000")).hex() == "00"


@given(st.lists(st.binary(max_size=8), max_size=30))
def test_any_bytes_are_answered_by_a_type_2_chip(commands: list[bytes]) -> None:
    chip = blank_21x(NTAG216, b"1")
    for command in commands:
        chip.activate()
        chip.transceive(command)
    assert Ntag21x.restore(chip.state()).memory == chip.memory


INSTRUCTIONS = (0x71, 0x77, 0xAF, 0x60, 0x51, 0x64, 0xF5, 0x5F, 0xF6, 0xC4, 0x3C, 0x5C, 0xAD, 0x8D)
natives = st.builds(
    lambda ins, body: bytes([0x90, ins, 0, 0, len(body)]) + body + b"\x00",
    st.sampled_from(INSTRUCTIONS),
    st.binary(min_size=1, max_size=40),
)


@example([b"\x90"])
@given(st.lists(st.binary(max_size=40) | natives, max_size=20))
def test_any_bytes_are_answered_with_a_status_word_by_a_type_4_chip(commands: list[bytes]) -> None:
    chip = blank_424(b"1")
    chip.activate()
    chip.transceive(h("00a4040c07d276000085010100"))
    for command in commands:
        assert len(chip.transceive(command)) >= 2
    assert [key.version for key in chip.keys] == [0] * 5


@pytest.mark.parametrize(
    ("apdu", "status"),
    [("00", "6700"), ("0100000000", "6e00"), ("00ff000000", "6d00"), ("00b0000010", "6985"),
     ("00a4040c02aabb", "6a82"), ("00a4000c02e104", "6a82"), ("9051000000", "911c"), ("90ff000000", "911c"),
     ("90510000ff", "911c")],
)  # fmt: skip
def test_an_unselected_type_4_chip_says_what_is_wrong(apdu: str, status: str) -> None:
    assert ask(blank_424(b"1"), apdu) == [status]


def test_a_challenge_that_is_not_answered_is_aborted() -> None:
    chip = blank_424(b"1")
    answers = ask(chip, "00a4040c07d276000085010100", "9071000002000000", "9060000000", "90af00000000")
    assert [answer[-4:] for answer in answers] == ["9000", "91af", "91ca", "911c"]


def entered(reader: SimulatedReader, run: Any, key: int = 0) -> Session:
    """A session of a blank chip, under one of its factory keys."""

    def enter() -> Dialogue[Session]:
        yield from do.select_application()
        return (yield from do.authenticate(key, FACTORY_KEY, seeded(b"s")))

    session: Session = run(enter(), reader)
    return session


def test_a_key_is_changed_by_key_0_and_by_who_knows_the_old_one_only(run: Any) -> None:
    chip = blank_424(b"1")
    reader = SimulatedReader(chip)
    with pytest.raises(StatusError):
        run(do.change_key(entered(reader, run, 1), 2, FACTORY_KEY, NEW, 1), reader)
    with pytest.raises(StatusError):
        run(do.change_key(entered(reader, run), 2, b"not the old one.", NEW, 1), reader)
    assert [(key.value, key.version) for key in chip.keys] == [(FACTORY_KEY, 0)] * 5
    run(do.change_key(entered(reader, run), 2, FACTORY_KEY, NEW, 1), reader)
    assert (chip.keys[2].value, chip.keys[2].version) == (NEW, 1)


def test_a_command_with_a_false_mac_changes_nothing_and_ends_the_session(run: Any) -> None:
    chip = blank_424(b"1")
    reader = SimulatedReader(chip)
    session = entered(reader, run)
    command = next(do.change_key(session, 2, FACTORY_KEY, NEW, 1)).command
    assert reader.transceive(command[:-2] + bytes([command[-2] ^ 1, 0])).hex() == "911e"
    assert (reader.transceive(command).hex(), chip.keys[2].version) == ("91ae", 0)


def test_changing_key_0_ends_the_session(run: Any) -> None:
    reader = SimulatedReader(blank_424(b"1"))
    session = entered(reader, run)
    run(do.change_key(session, 0, FACTORY_KEY, NEW, 1), reader)
    assert reader.transceive(h("9051000000")).hex() == "91ae"


@pytest.mark.parametrize("kept", range(3))
def test_a_frame_that_is_cut_was_carried_out_wholly_or_not_at_all(run: Any, kept: int) -> None:
    chip = blank_424(b"1")
    reader = SimulatedReader(chip)
    session = entered(reader, run)
    reader.cut_after(0, kept)
    with pytest.raises(ChipLost):
        run(do.change_key(session, 2, FACTORY_KEY, NEW, 1), reader)
    assert (chip.keys[2].value, chip.keys[2].version) == ((NEW, 1) if kept else (FACTORY_KEY, 0))


def test_factory_settings_and_container_are_the_datasheets() -> None:
    chip = blank_424(b"1")
    answers = ask(chip, "00a4040c07d276000085010100", "90f50000010100", "90f50000010200", "90f50000010300")
    assert answers[1:] == ["000000e02000009100", "0000e0ee0001009100", "000330238000009100"]
    container = ask(chip, "00a4040c07d276000085010100", "00a4000c02e103", "00b000000f")[2]
    assert container == "001720010000ff0406e10401000000" + "9000"
