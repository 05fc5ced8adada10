"""The field is lost at every exchange and at every byte; after a restart each chip is ready, and only as planned."""

import os
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ocop.hardware.reader import ChipLost
from ocop.hardware.simulator import SimulatedReader, blank_21x, blank_424, load, save
from ocop.hardware.simulator_ntag21x import Ntag21x
from ocop.hardware.simulator_ntag424 import Ntag424
from ocop.trace.tags import ntag21x
from ocop.trace.tags.errors import ChipError
from ocop.trace.tags.link import Content
from ocop.trace.tags.ndef import from_type4
from ocop.trace.tags.ntag21x import NTAG215, NTAG216
from ocop.trace.tags.ntag424 import template

BLANKS: dict[str, Callable[[], Any]] = {
    "424": lambda: blank_424(b"cut"),
    "215": lambda: blank_21x(NTAG215, b"cut"),
    "216": lambda: blank_21x(NTAG216, b"cut"),
}
SAVED = {name: save(make()) for name, make in BLANKS.items()}


def provision(desk: Any, name: str, seed: bytes = b"d") -> Any:
    return desk.provision_424(seed) if name == "424" else desk.provision_21x()


def settled(chip: Ntag424 | Ntag21x, desk: Any) -> bool:
    """Whether the chip is wholly as planned."""
    if isinstance(chip, Ntag424):
        keys = desk.chip_keys(chip.uid)
        made = template(desk.base)
        return (
            [(k.value, k.version) for k in chip.keys] == [(k, desk.generation) for k in keys.keys]
            and chip.files[2].settings == made.settings
            and bytes(chip.files[2].data[: len(made.file)]) == made.file
        )
    image = ntag21x.image(chip.model, desk.base)
    found = ntag21x.Config.decode(bytes(chip.memory[chip.model.cfg0 * 4 :][:8]))
    memory = bytes(chip.memory[16 : 16 + len(image.data)])
    return found.locked and image.config(found) == found and memory == image.data


def shows(chip: Ntag424 | Ntag21x, desk: Any) -> Content:
    """What stands on the chip, without its mirrors."""
    if isinstance(chip, Ntag424):
        return Content.of(from_type4(bytes(chip.files[2].data)))
    return ntag21x.content(bytes(chip.memory[16 : 16 + chip.model.user_bytes])) or Content()


def exchanges(desk: Any, run: Any, name: str) -> int:
    reader = SimulatedReader(load(SAVED[name]))
    run(provision(desk(), name), reader)
    return reader.exchanges


@pytest.mark.parametrize("name", BLANKS)
def test_after_a_cut_at_any_exchange_and_byte_the_next_run_makes_the_chip_ready(
    desk: Any, run: Any, name: str
) -> None:
    total = exchanges(desk, run, name)
    assert total >= 30
    kepts = (0, 4) if name == "424" else (0, 1, 2, 3)
    for after in range(total):
        for kept in kepts if name != "216" or after > 30 else (2,):
            chip = load(SAVED[name])
            reader = SimulatedReader(chip)
            reader.cut_after(after, kept)
            with pytest.raises(ChipLost):
                run(provision(desk(), name), reader)
            chip = load(save(chip))
            run(provision(desk(resuming=True), name, b"second"), SimulatedReader(chip))
            assert settled(chip, desk()), (after, kept)


@pytest.mark.parametrize("name", BLANKS)
def test_at_no_cut_between_frames_does_a_phone_find_half_a_link(desk: Any, run: Any, name: str) -> None:
    for after in range(exchanges(desk, run, name)):
        chip = load(SAVED[name])
        reader = SimulatedReader(chip)
        reader.cut_after(after, kept=4)
        with pytest.raises(ChipLost):
            run(provision(desk(), name), reader)
        content = shows(chip, desk)
        assert content == Content() or content.static == desk().base, after


@pytest.mark.parametrize("name", ["424", "215"])
def test_a_cut_while_a_generation_is_replaced_converges_too(
    desk: Any, run: Any, name: str, base: str
) -> None:
    """The old chip has the old link; the new order names it. An NTAG215 is not locked yet."""
    old = load(SAVED[name])
    first = desk().provision_424() if name == "424" else desk().provision_21x(lock=False)
    run(first, SimulatedReader(old))
    newer = desk(base=base[:-1] + "B", generation=2, earlier=(1,), replaces=base, resuming=True)
    saved = save(old)
    reader = SimulatedReader(load(saved))
    run(provision(newer, name), reader)
    for after in range(reader.exchanges):
        for kept in (0, 4) if name == "424" else (0, 2, 4):
            chip = load(saved)
            cut = SimulatedReader(chip)
            cut.cut_after(after, kept)
            with pytest.raises(ChipLost):
                run(provision(newer, name), cut)
            run(provision(newer, name, b"again"), SimulatedReader(chip))
            assert settled(chip, newer), (after, kept)


# `OCOP_SOAK` asks for more runs than the everyday suite makes.
RUNS = int(os.environ.get("OCOP_SOAK", "250"))
lives = st.lists(st.tuples(st.integers(0, 110), st.integers(0, 4), st.booleans()), max_size=8)


@settings(max_examples=RUNS, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(["424", "215"]), lives, st.binary(max_size=4), st.sampled_from([None, 0x00]))
def test_a_chip_that_is_pulled_again_and_again_ends_ready(
    desk: Any, run: Any, name: str, life: list[tuple[int, int, bool]], seed: bytes, erases: int | None
) -> None:
    """Each turn: cut after so many exchanges, so many bytes kept; perhaps the program is killed as well.

    What is not kept of a page is old, or erased.
    """
    chip = load(SAVED[name])
    reader = SimulatedReader(chip)
    for turn, (after, kept, killed) in enumerate(life):
        if killed:
            chip = load(save(chip))
            reader = SimulatedReader(chip)
        else:
            reader.place(chip)
        if isinstance(chip, Ntag21x):
            chip.erases = erases
        reader.cut_after(after, kept)
        try:
            run(provision(desk(resuming=turn > 0), name, seed + bytes([turn])), reader)
        except (ChipLost, ChipError):
            continue
    run(provision(desk(resuming=True), name, seed + b"last"), SimulatedReader(chip))
    assert settled(chip, desk())
    if isinstance(chip, Ntag424):
        assert max(key.in_a_row for key in chip.keys) == 0
