"""An NTAG21x page that is cut while it is written may hold anything: its old bytes, zeros or ones.

Whatever it is, the password that counts afterwards is one that we hold. Left out is what no order of writing
survives: CFG1 torn to all ones, with which the chip locks its configuration.
"""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from ocop.hardware.reader import ChipLost
from ocop.hardware.simulator import SimulatedReader, blank_21x, load, save, simulated_maker
from ocop.hardware.simulator_ntag21x import Ntag21x
from ocop.trace.tags import ntag21x
from ocop.trace.tags import ntag21x_flows as flows
from ocop.trace.tags.dialogue import Dialogue, Exchange
from ocop.trace.tags.ntag21x import NTAG215
from ocop.trace.tags.originality import SECP128R1

Flow = Callable[[], Dialogue[Any]]
ERASED = pytest.mark.parametrize("erased", [None, 0x00, 0xFF], ids=["old", "zeros", "ones"])
FACTORY = save(blank_21x(NTAG215, b"torn"))


def blank(desk: Any) -> Flow:
    def blank() -> Dialogue[None]:
        found = yield from flows.survey(simulated_maker(SECP128R1))
        yield from flows.blank(found, desk().order_21x(found.model))

    return blank


def written(saved: str, run: Any, flow: Flow) -> str:
    chip = load(saved)
    run(flow(), SimulatedReader(chip))
    return save(chip)


def cuts(saved: str, run: Any, flow: Flow, erased: int | None) -> Iterator[tuple[str, str]]:
    """(what was cut, the chip after it): at each exchange, and inside each page at each byte."""
    log: list[Exchange] = []
    run(flow(), SimulatedReader(load(saved)), log)
    for after, exchange in enumerate(log):
        for kept in range(5) if exchange.step.changes else (0,):
            cfg1 = exchange.command[:2] == bytes([0xA2, NTAG215.cfg0 + 1])
            if not (cfg1 and erased == 0xFF and kept == 0):
                yield (
                    f"{after}: {exchange.command.hex()} at {kept}",
                    cut(saved, run, flow, after, kept, erased),
                )


def cut(saved: str, run: Any, flow: Flow, after: int, kept: int, erased: int | None) -> str:
    chip = load(saved)
    assert isinstance(chip, Ntag21x)
    chip.erases = erased
    reader = SimulatedReader(chip)
    reader.cut_after(after, kept)
    with pytest.raises(ChipLost):
        run(flow(), reader)
    return save(chip)


def complete(saved: str, desk: Any) -> bool:
    chip = load(saved)
    assert isinstance(chip, Ntag21x)
    image, credential = ntag21x.image(NTAG215, desk.base), desk.order_21x(NTAG215).credential
    tail = bytes(chip.memory[NTAG215.cfg0 * 4 :])
    config = ntag21x.Config.decode(tail[:8])
    return (
        config.locked
        and image.config(config) == config
        and tail[8:14] == credential.pwd + credential.pack
        and bytes(chip.memory[16 : 16 + len(image.data)]) == image.data
    )


@ERASED
def test_a_page_torn_while_a_chip_is_made_never_loses_it(desk: Any, run: Any, erased: int | None) -> None:
    points = 0
    again = desk(resuming=True)
    for where, torn in cuts(FACTORY, run, desk().provision_21x, erased):
        assert complete(written(torn, run, again.provision_21x), again), where
        points += 1
    assert points >= 100


@ERASED
def test_a_page_torn_while_a_link_and_password_are_replaced_never_loses_the_chip(
    desk: Any, run: Any, base: str, erased: int | None
) -> None:
    old = written(FACTORY, run, lambda: desk().provision_21x(lock=False))
    newer = desk(base=base[:-1] + "B", generation=2, earlier=(1,), replaces=base, resuming=True)
    points = 0
    for where, torn in cuts(old, run, newer.provision_21x, erased):
        assert complete(written(torn, run, newer.provision_21x), newer), where
        points += 1
    assert points >= 100


@ERASED
@pytest.mark.parametrize(("at", "value"), [(0, 0x04), (2, 0x60), (3, 0x04)], ids=["mirror", "page", "auth0"])
def test_a_page_torn_while_only_the_configuration_is_set_right_never_loses_the_chip(
    desk: Any, run: Any, erased: int | None, at: int, value: int
) -> None:
    """The password is on and is ours, and CFG0 alone differs: an earlier run was cut there, or it protects less."""
    chip = load(written(FACTORY, run, lambda: desk().provision_21x(lock=False)))
    assert isinstance(chip, Ntag21x)
    chip.memory[NTAG215.cfg0 * 4 + at] = value
    odd, again, points = save(chip), desk(resuming=True), 0
    log: list[Exchange] = []
    run(again.provision_21x(lock=False), SimulatedReader(load(odd)), log)
    assert [e.command[1] for e in log if e.step.changes] == [NTAG215.cfg0], "the password is not written over"
    for where, torn in cuts(odd, run, again.provision_21x, erased):
        assert complete(written(torn, run, again.provision_21x), again), where
        points += 1
    assert points >= 30


@ERASED
def test_a_page_torn_while_a_chip_is_blanked_never_loses_it(desk: Any, run: Any, erased: int | None) -> None:
    """Torn once, torn once more at every page of the second try, and still it can be blanked and written."""
    ready, points = written(FACTORY, run, lambda: desk().provision_21x(lock=False)), 0
    for where, torn in cuts(ready, run, blank(desk), erased):
        for again, twice in cuts(torn, run, blank(desk), erased):
            emptied = written(twice, run, blank(desk))
            chip = load(emptied)
            assert isinstance(chip, Ntag21x)
            tail = bytes(chip.memory[NTAG215.cfg0 * 4 :])
            assert tail[3] == 0xFF, (where, again)
            assert tail[8:14] == ntag21x.FACTORY_PASSWORD + ntag21x.FACTORY_PACK, (where, again)
            assert bytes(chip.memory[16:20]) == b"\x03\x00\xfe\x00", (where, again)
            points += 1
    assert points >= 300
    assert complete(written(emptied, run, desk(resuming=True).provision_21x), desk())


@pytest.mark.parametrize("page", [2, 3, NTAG215.dynamic_lock])
def test_lock_bytes_and_capability_container_are_written_wholly_or_not_at_all(page: int) -> None:
    for kept in range(5):
        chip = blank_21x(NTAG215, b"whole")
        chip.erases = 0
        before = bytes(chip.memory)
        chip.activate()
        chip.tear(bytes([0xA2, page]) + b"\xff" * 4, kept)
        changed = bytes(chip.memory)
        assert (changed == before) is (kept == 0)
        assert all(old & new == old for old, new in zip(before, changed, strict=True))
