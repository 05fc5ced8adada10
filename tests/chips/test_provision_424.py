"""Making an NTAG 424 DNA ready on a simulated reader, and refusing what must not be written."""

from typing import Any

import pytest
from ocop.hardware.reader import ChipLost
from ocop.hardware.simulator import SimulatedReader, blank_424, load, save, simulated_maker
from ocop.hardware.simulator_ntag424 import Key, Ntag424
from ocop.hardware.simulator_ntag424_files import CardFile
from ocop.trace.tags import ntag424_commands as do
from ocop.trace.tags import ntag424_flows as flows
from ocop.trace.tags import sun
from ocop.trace.tags.dialogue import Dialogue, Exchange, Finished, Step, advance, drive, seeded
from ocop.trace.tags.errors import BadAnswer, ChipError, WrongChip
from ocop.trace.tags.link import AlreadyWritten, Content
from ocop.trace.tags.ndef import encode_uri, from_type4, to_type4
from ocop.trace.tags.ntag424 import (
    NDEF_FILE_ID,
    AuthenticationDelayed,
    AuthenticationFailed,
    NotPermitted,
    template,
)
from ocop.trace.tags.originality import SECP224R1, NotOriginal
from ocop.trace.tags.secure import SecureError

MAKER = simulated_maker(SECP224R1)


@pytest.fixture
def chip() -> Ntag424:
    return blank_424(b"one")


@pytest.fixture
def reader(chip: Ntag424) -> SimulatedReader:
    return SimulatedReader(chip)


def tap(chip: Ntag424, run: Any) -> sun.Mirror:
    """A phone's tap: the link it would open, checked under the chip's own key 2."""
    content = run(_read(), SimulatedReader(chip))
    m, _, c = content.link.partition("&m=")[2].partition("&c=")
    mirror = sun.Mirror.parse(m)
    sun.check(chip.keys[2].value, mirror.uid, mirror.counter, sun.parse_mac(c))
    return mirror


def _read() -> Dialogue[Any]:
    yield from do.select_application()
    return (yield from flows.read_content())


def test_a_blank_chip_becomes_ready_and_each_tap_is_a_new_one(
    chip: Ntag424, reader: SimulatedReader, desk: Any, run: Any
) -> None:
    ready = run(desk().provision_424(), reader)
    assert ready.uid == chip.uid
    assert [key.version for key in chip.keys] == [1] * 5
    assert [key.value for key in chip.keys] == list(desk().chip_keys(chip.uid).keys)
    assert [tap(chip, run).counter for _ in range(3)] == [
        ready.counter + 1,
        ready.counter + 2,
        ready.counter + 3,
    ]


def test_a_second_run_changes_nothing_and_does_not_set_the_counter_back(
    chip: Ntag424, reader: SimulatedReader, desk: Any, run: Any
) -> None:
    first = run(desk().provision_424(), reader)
    log: list[Exchange] = []
    second = run(desk().provision_424(b"other"), reader, log)
    assert second.counter > first.counter
    assert not [exchange for exchange in log if exchange.step.changes]


def test_a_new_generation_replaces_the_old_link_and_all_keys(
    chip: Ntag424, reader: SimulatedReader, desk: Any, run: Any, base: str
) -> None:
    run(desk().provision_424(), reader)
    newer = desk(base=base + "B", generation=2, earlier=(1,), replaces=base)
    ready = run(newer.provision_424(), reader)
    assert (ready.counter, ready.key_version) == (1, 2)
    assert [key.version for key in chip.keys] == [2] * 5
    assert tap(chip, run).counter == 2


def test_a_chip_can_be_made_blank_again(chip: Ntag424, reader: SimulatedReader, desk: Any, run: Any) -> None:
    before = save(chip)
    run(desk().provision_424(), reader)

    def whole() -> Dialogue[None]:
        found = yield from flows.survey()
        ring = flows.KeyRing.of(flows.FACTORY, desk().chip_keys(found.uid))
        entered = yield from flows.enter(found, ring, seeded(b"b"), MAKER)
        yield from flows.blank(entered, ring)

    run(whole(), reader)
    fresh = load(before)
    assert [(k.value, k.version) for k in chip.keys] == [(k.value, k.version) for k in fresh.keys]  # type: ignore[union-attr]
    assert chip.files[2].settings == fresh.files[2].settings  # type: ignore[union-attr]
    run(desk().provision_424(), reader)


def test_a_chip_that_hides_its_key_versions_is_made_ready_too(
    chip: Ntag424, reader: SimulatedReader, desk: Any, run: Any
) -> None:
    chip.tells_versions = False
    run(desk().provision_424(), reader)
    assert run(desk().provision_424(), reader).counter > 1
    assert chip.keys[0].failed < 50


def test_another_makers_link_is_not_written_over(
    chip: Ntag424, reader: SimulatedReader, desk: Any, run: Any
) -> None:
    chip.files[2].write(0, to_type4(encode_uri("https://other.example/menu"), 256))
    before = bytes(chip.files[2].data)
    with pytest.raises(AlreadyWritten, match=r"already carries 'https://other\.example/menu'"):
        run(desk().provision_424(), reader)
    assert bytes(chip.files[2].data) == before


def test_content_that_is_no_link_is_not_written_over(
    chip: Ntag424, reader: SimulatedReader, desk: Any, run: Any
) -> None:
    chip.files[2].write(0, b"\x00\x05hello")
    with pytest.raises(AlreadyWritten, match="other content"):
        run(desk().provision_424(), reader)
    run(desk(resuming=True).provision_424(), reader)


def test_a_chip_of_another_store_is_not_touched(
    chip: Ntag424, reader: SimulatedReader, desk: Any, run: Any
) -> None:
    run(desk(generation=9).provision_424(), reader)
    before, failed = save(chip), chip.keys[0].failed
    with pytest.raises(flows.ForeignChip, match="expected key 0 at version 0, 1, got 9"):
        run(desk().provision_424(), reader)
    assert chip.keys[0].failed == failed
    assert load(before).files[2].data == chip.files[2].data  # type: ignore[union-attr]


@pytest.mark.parametrize("told", [True, False], ids=["told to all", "told in a session"])
@pytest.mark.parametrize("number", range(1, 5))
def test_one_key_of_somebody_else_is_enough_to_leave_a_chip_alone(
    chip: Ntag424, reader: SimulatedReader, desk: Any, run: Any, number: int, told: bool
) -> None:
    chip.keys[number].version, chip.tells_versions = 9, told
    log: list[Exchange] = []
    with pytest.raises(flows.ForeignChip, match=f"expected key {number} at version 0, 1, got 9"):
        run(desk().provision_424(), reader, log)
    assert not [exchange for exchange in log if exchange.step.changes]


def test_a_chip_with_our_version_but_another_key_is_refused_after_one_try(
    chip: Ntag424, reader: SimulatedReader, desk: Any, run: Any
) -> None:
    chip.keys[0].value, chip.keys[0].version = b"x" * 16, 1
    with pytest.raises(AuthenticationFailed):
        run(desk().provision_424(), reader)
    assert chip.keys[0].failed == 1


def test_a_chip_with_random_id_is_refused(
    chip: Ntag424, reader: SimulatedReader, desk: Any, run: Any
) -> None:
    chip.random_id = True
    with pytest.raises(WrongChip, match="random ID"):
        run(desk().provision_424(), reader)
    assert len(reader.wait_for_chip(0).uid) == 4


def test_a_false_signature_of_the_maker_is_refused_before_anything_is_written(
    chip: Ntag424, reader: SimulatedReader, desk: Any, run: Any
) -> None:
    chip.signature = bytes(56)
    log: list[Exchange] = []
    with pytest.raises(NotOriginal):
        run(desk().provision_424(), reader, log)
    assert not [exchange for exchange in log if exchange.step.changes]


def test_a_chip_swapped_in_the_middle_is_noticed_before_anything_is_written(desk: Any, run: Any) -> None:
    one, two = blank_424(b"one"), blank_424(b"two")
    reader = SimulatedReader(one)

    def swapping() -> Dialogue[Any]:
        found = yield from flows.survey()
        reader.place(two)
        return (yield from flows.enter(found, desk().keys(found), seeded(b"s"), MAKER))

    with pytest.raises(BadAnswer, match="UID"):
        run(swapping(), reader)


class Deaf(CardFile):
    """A file that accepts writes and forgets them."""

    def write(self, offset: int, data: bytes) -> None:
        del offset, data


def test_a_chip_that_answers_9100_and_does_not_write_is_caught_by_reading_back(
    chip: Ntag424, reader: SimulatedReader, desk: Any, run: Any
) -> None:
    file = chip.files[2]
    chip.files[2] = Deaf(file.iso, file.data, file.settings)
    with pytest.raises(BadAnswer, match="read back"):
        run(desk().provision_424(), reader)


class Stuck(list[Key]):
    """Key slots of which the first keeps what it has."""

    def __setitem__(self, number: Any, key: Any) -> None:
        if number != 0:
            super().__setitem__(number, key)


def test_a_key_0_that_was_acknowledged_and_not_kept_is_caught(
    chip: Ntag424, reader: SimulatedReader, desk: Any, run: Any
) -> None:
    chip.keys = Stuck(chip.keys)
    with pytest.raises(AuthenticationFailed):
        run(desk().provision_424(), reader)


def test_settings_that_were_lost_on_a_finished_chip_are_set_again(
    chip: Ntag424, reader: SimulatedReader, desk: Any, run: Any
) -> None:
    run(desk().provision_424(), reader)
    wanted, chip.files[2].settings = chip.files[2].settings, blank_424(b"one").files[2].settings
    run(desk().provision_424(b"again"), reader)
    assert chip.files[2].settings == wanted


def test_while_a_link_is_replaced_no_half_link_can_be_read(
    chip: Ntag424, reader: SimulatedReader, desk: Any, run: Any, base: str
) -> None:
    run(desk().provision_424(), reader)
    new, shown = base.replace("000012", "000345"), set()

    def watched(command: bytes) -> bytes:
        answer = reader.transceive(command)
        shown.add(Content.of(from_type4(bytes(chip.files[2].data))).static)
        return answer

    newer = desk(base=new, generation=2, earlier=(1,), replaces=base)
    drive(newer.provision_424(b"newer"), watched, reader.reactivate)
    assert shown == {base, None, new}


def test_after_the_settings_nobody_without_key_0_writes(
    chip: Ntag424, reader: SimulatedReader, desk: Any, run: Any
) -> None:
    run(desk().provision_424(), reader)

    def strangers_write(key: int) -> Dialogue[None]:
        yield from do.select_application()
        session = yield from do.authenticate(key, chip.keys[key].value, seeded(b"s"))
        yield from do.write_data(session, 2, 0, b"\x00\x00")

    for key in (1, 2, 3, 4):
        with pytest.raises(NotPermitted):
            run(strangers_write(key), reader)
    reader.transceive(bytes.fromhex("00a4040c07d276000085010100"))
    reader.transceive(b"\x00\xa4\x00\x0c\x02" + NDEF_FILE_ID.to_bytes(2, "big"))
    assert reader.transceive(bytes.fromhex("00d60000020000")).hex() == "6982"


def test_wrong_keys_are_counted_delayed_and_forgiven(
    chip: Ntag424, reader: SimulatedReader, run: Any
) -> None:
    def wrong() -> Dialogue[Any]:
        yield from do.select_application()
        return (yield from do.authenticate(0, b"w" * 16, seeded(b"w")))

    for _ in range(50):
        with pytest.raises(AuthenticationFailed):
            run(wrong(), reader)
    for _ in range(3):
        with pytest.raises(AuthenticationDelayed, match="leave the chip on the reader"):
            run(wrong(), reader)

    def right() -> Dialogue[Any]:
        yield from do.select_application()
        return (yield from do.authenticate(0, bytes(16), seeded(b"r")))

    run(right(), reader)
    assert (chip.keys[0].failed, chip.keys[0].in_a_row) == (40, 0)


def test_a_thousand_wrong_keys_block_the_key_for_ever(
    chip: Ntag424, reader: SimulatedReader, run: Any
) -> None:
    chip.keys[0].failed = 1000

    def right() -> Dialogue[Any]:
        yield from do.select_application()
        return (yield from do.authenticate(0, bytes(16), seeded(b"r")))

    with pytest.raises(AuthenticationFailed):
        run(right(), reader)


def test_a_counter_at_its_end_stops_the_reading(
    chip: Ntag424, reader: SimulatedReader, desk: Any, run: Any
) -> None:
    run(desk().provision_424(), reader)
    chip.files[2].counter = 0xFFFFFF
    with pytest.raises(NotPermitted, match="its counter has reached its end"):
        tap(chip, run)


def test_a_server_that_relays_gets_the_same_chip_as_a_local_run(
    chip: Ntag424, reader: SimulatedReader, desk: Any
) -> None:
    """Nothing is kept between two answers but the seed and the answers themselves."""
    answers: list[bytes] = []
    while True:
        state = advance(desk().provision_424(b"seed"), answers)
        if isinstance(state, Finished):
            break
        answers.append(reader.transceive(state.command))
    assert state.value.uid == chip.uid
    assert [key.version for key in chip.keys] == [1] * 5


def test_an_answer_from_a_hostile_station_ends_in_our_error(desk: Any) -> None:
    honest: list[bytes] = []
    reader = SimulatedReader(blank_424(b"one"))
    while not isinstance(state := advance(desk().provision_424(b"seed"), honest), Finished):
        honest.append(reader.transceive(state.command))
    for at in range(len(honest)):
        for bad in (b"", b"\x91", b"\x91\x00", b"\x90\x00", bytes(70), honest[at][:-2], b"\x00" + honest[at]):
            try:
                advance(desk().provision_424(b"seed"), [*honest[:at], bad])
            except (ChipError, SecureError):
                continue


def test_settings_that_are_there_already_are_not_set_again(
    chip: Ntag424, reader: SimulatedReader, desk: Any, run: Any
) -> None:
    log: list[Exchange] = []
    run(desk().provision_424(), reader, log)
    steps = [exchange.step for exchange in log]
    chip = blank_424(b"one")
    reader = SimulatedReader(chip)
    reader.cut_after(steps.index(Step.KEY_3))
    with pytest.raises(ChipLost):
        run(desk().provision_424(), reader)
    log.clear()
    reader.place(chip)
    run(desk().provision_424(b"again"), reader, log)
    changed = list(dict.fromkeys(exchange.step for exchange in log if exchange.step.changes))
    assert changed == [Step.WRITE, Step.KEY_3, Step.KEY_4, Step.KEY_0]


def test_a_link_read_back_is_accepted_from_this_chip_and_key_only(desk: Any, base: str) -> None:
    uid = bytes.fromhex("04de5f1eacc040")
    keys, made = desk().chip_keys(uid), template(base)

    def read_back(mac_key: bytes, shown: bytes, static: str = base) -> str:
        mac = sun.mac(mac_key, shown, 1).hex().upper()
        return f"{static}&m={sun.Mirror(shown, 1).text()}&c={mac}"

    assert flows.check_link(read_back(keys.keys[2], uid), uid, keys, made).counter == 1
    with pytest.raises(sun.FalseMac):
        flows.check_link(read_back(bytes(16), uid), uid, keys, made)
    other = bytes.fromhex("04de5f1eacc041")
    with pytest.raises(BadAnswer, match="expected the UID 04DE5F1EACC040 in the link, got 04DE5F1EACC041"):
        flows.check_link(read_back(keys.keys[2], other), uid, keys, made)
    for link in ("", base, made.link[:-20], read_back(keys.keys[2], uid, base + "B")):
        with pytest.raises(BadAnswer, match="read back"):
            flows.check_link(link, uid, keys, made)


def test_the_representation_of_keys_does_not_show_them(desk: Any) -> None:
    keys = desk().chip_keys(bytes(7))
    assert repr(keys) == "ChipKeys(version=1)"
    assert keys.keys[0].hex() not in repr(flows.KeyRing.of(keys))
