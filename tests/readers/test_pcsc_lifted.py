"""A chip lifted from a reader that says of it what it says of a chip that refuses: never an accusation."""

from collections.abc import Callable
from typing import Any

import pytest
from ocop.hardware import pcsc
from ocop.hardware.reader import ChipLost
from ocop.hardware.simulator import SimulatedReader, blank_21x, blank_424, load, save, simulated_maker
from ocop.trace.tags import ntag21x, ntag21x_flows, ntag424, ntag424_flows
from ocop.trace.tags.dialogue import Dialogue, drive, seeded
from ocop.trace.tags.errors import BadAnswer
from ocop.trace.tags.ntag21x import NTAG215
from ocop.trace.tags.originality import SECP128R1, SECP224R1

READERS = ("ACS ACR122U PICC Interface", "ACS ACR1252 Dual Reader PICC", "Any Contactless Reader")
LINK = "https://demo.invalid/01/09521234543213/10/L2609A/21/000012?s=" + "A" * 90
NEWER = LINK[:-1] + "B"
OLD, NEW = ntag21x_flows.Credential(b"pw01", b"p1"), ntag21x_flows.Credential(b"pw02", b"p2")
MASTER = bytes.fromhex("00112233445566778899aabbccddeeff")
MAKER = simulated_maker(SECP128R1)


def written(
    link: str, credential: Any, *earlier: Any, lock: bool = True, replaces: str = ""
) -> Dialogue[Any]:
    found = yield from ntag21x_flows.survey(MAKER)
    image = ntag21x.image(found.model, link)
    order = ntag21x_flows.Order(image, credential, earlier, replaces, resuming=True)
    ready = yield from ntag21x_flows.personalise(found, order)
    return (yield from ntag21x_flows.lock(found, order)) if lock else ready


def blanked() -> Dialogue[None]:
    found = yield from ntag21x_flows.survey(MAKER)
    yield from ntag21x_flows.blank(found, ntag21x_flows.Order(ntag21x.image(found.model, LINK), OLD))


def looked_at() -> Dialogue[Any]:
    return (yield from ntag21x_flows.survey(None))


class Desk:
    """Keys and an order, as the server would give them."""

    def keys(self, survey: ntag424_flows.Survey) -> ntag424_flows.KeyRing:
        return ntag424_flows.KeyRing.of(ntag424_flows.ChipKeys.derive(MASTER, survey.uid, 1, 1))

    def order(self, chip: ntag424_flows.Entered) -> ntag424_flows.Order:
        return ntag424_flows.Order(ntag424.template(LINK), resuming=True)


def keyed() -> Dialogue[Any]:
    return ntag424_flows.provision(Desk(), seeded(b"lifted"), simulated_maker(SECP224R1))


# name: what the chip was made before, and the dialogue
FLOWS: dict[str, tuple[Callable[[], Any] | None, Callable[[], Any]]] = {
    "blank chip": (None, lambda: written(LINK, OLD)),
    "our own again": (lambda: written(LINK, OLD), lambda: written(LINK, OLD)),
    "new generation": (
        lambda: written(LINK, OLD, lock=False),
        lambda: written(NEWER, NEW, OLD, replaces=LINK),
    ),
    "taken back": (lambda: written(LINK, OLD, lock=False), blanked),
    "inspected": (lambda: written(LINK, OLD), looked_at),
    "NTAG 424": (None, keyed),
    "NTAG 424 again": (keyed, keyed),
}


def fresh(flow: str, seed: bytes) -> Any:
    return blank_424(seed) if "424" in flow else blank_21x(NTAG215, seed)


class Lifting(SimulatedReader):
    """A chip that is lifted at an exchange; `next_chip` is what lies there from then on."""

    next_chip: Any = None

    def transceive(self, command: bytes) -> bytes:
        try:
            return super().transceive(command)
        except ChipLost:
            if self.next_chip is not None:
                self.place(self.next_chip)
            raise


@pytest.fixture
def on_slot(slot: Any) -> Callable[..., pcsc.PcscReader]:
    def opened(behind: SimulatedReader, name: str) -> pcsc.PcscReader:
        slot(behind, name)
        reader = pcsc.open_reader("", "vi")
        reader.wait_for_chip(0)
        return reader

    return opened


def prepared(flow: str) -> tuple[str, Callable[[], Any], int]:
    """The chip as text, the dialogue, and how many exchanges it has."""
    before, dialogue = FLOWS[flow]
    chip = fresh(flow, b"lifted")
    reader = SimulatedReader(chip)
    if before is not None:
        drive(before(), reader.transceive, reader.reactivate)
    kept, counted = save(chip), SimulatedReader(load(save(chip)))
    drive(dialogue(), counted.transceive, counted.reactivate)
    return kept, dialogue, counted.exchanges


@pytest.mark.parametrize("another", [False, True], ids=["empty", "another chip"])
@pytest.mark.parametrize("flow", FLOWS)
@pytest.mark.parametrize("name", READERS)
def test_a_chip_lifted_at_any_exchange_of_any_flow_was_pulled_away_and_nothing_else(
    on_slot: Any, name: str, flow: str, another: bool
) -> None:
    kept, dialogue, exchanges = prepared(flow)
    for at in range(exchanges):
        behind = Lifting(load(kept))
        behind.next_chip = fresh(flow, b"the next in the hand") if another else None
        reader = on_slot(behind, name)
        behind.cut_after(at, at % 5)
        with pytest.raises(ChipLost):
            drive(dialogue(), reader.transceive, reader.reactivate)


@pytest.mark.parametrize("name", READERS)
def test_a_chip_that_refuses_and_stays_is_still_told_as_what_it_is(on_slot: Any, name: str) -> None:
    copy = blank_21x(NTAG215, b"copy")
    copy.says_version = False
    reader = on_slot(SimulatedReader(copy), name)
    with pytest.raises(ntag21x.NoVersion):
        drive(written(LINK, OLD), reader.transceive, reader.reactivate)
    theirs = blank_21x(NTAG215, b"theirs")
    behind = SimulatedReader(theirs)
    drive(written(LINK, NEW, lock=False), behind.transceive, behind.reactivate)
    reader = on_slot(SimulatedReader(theirs), name)
    with pytest.raises(ntag21x_flows.ForeignPassword):
        drive(written(LINK, OLD), reader.transceive, reader.reactivate)


@pytest.mark.parametrize("name", READERS)
def test_a_chip_that_was_away_for_a_moment_while_it_was_looked_at_is_asked_again(
    on_slot: Any, name: str
) -> None:
    chip = blank_21x(NTAG215, b"flickers")
    behind = Lifting(chip)
    behind.next_chip = chip
    reader = on_slot(behind, name)
    for at in range(3):
        behind.cut_after(at)
        found = drive(looked_at(), reader.transceive, reader.reactivate)
        assert found.model is NTAG215
        assert len(found.signature) == 32


@pytest.mark.parametrize("answer", [b"", b"\x00"], ids=["silence", "NAK"])
def test_a_signature_that_was_not_heard_is_no_proof_of_a_copy(answer: bytes) -> None:
    chip = SimulatedReader(blank_21x(NTAG215, b"not heard"))
    with pytest.raises(BadAnswer, match="no answer"):
        drive(
            written(LINK, OLD),
            lambda command: answer if command == ntag21x.READ_SIGNATURE else chip.transceive(command),
            chip.reactivate,
        )
