"""nfcpy as it comes, over its `udp` driver, with our chip behind it. Every wait here has an end of its own."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from ocop.hardware import usb
from ocop.hardware.reader import ChipLost, NoChip, ReaderError
from ocop.hardware.simulator import SimulatedReader, blank_21x, blank_424, simulated_maker
from ocop.hardware.simulator_udp import UdpChip
from ocop.trace.tags import ntag21x, ntag21x_flows, ntag424, ntag424_flows
from ocop.trace.tags.dialogue import drive, seeded
from ocop.trace.tags.ntag21x import NTAG215
from ocop.trace.tags.originality import SECP128R1, SECP224R1

LINK = "https://demo.invalid/01/09521234543213/10/L2609A/21/000012?s=" + "A" * 90
MASTER = bytes.fromhex("00112233445566778899aabbccddeeff")
FAMILIES = ("ntag424", "ntag21x")
TURNS = 40


class Desk:
    """Keys and an order, as the server would give them."""

    def keys(self, survey: ntag424_flows.Survey) -> ntag424_flows.KeyRing:
        return ntag424_flows.KeyRing.of(ntag424_flows.ChipKeys.derive(MASTER, survey.uid, 1, 1))

    def order(self, chip: ntag424_flows.Entered) -> ntag424_flows.Order:
        return ntag424_flows.Order(ntag424.template(LINK), resuming=True)


def dialogue(family: str, turn: int = 0) -> Any:
    if family == "ntag424":
        return ntag424_flows.provision(Desk(), seeded(b"turn %d" % turn), simulated_maker(SECP224R1))

    def plain() -> Any:
        found = yield from ntag21x_flows.survey(simulated_maker(SECP128R1))
        credential = ntag21x_flows.Credential(b"pw01", b"p1")
        order = ntag21x_flows.Order(ntag21x.image(found.model, LINK), credential, resuming=True)
        yield from ntag21x_flows.personalise(found, order)
        return (yield from ntag21x_flows.lock(found, order))

    return plain()


@contextmanager
def on_air(family: str) -> Iterator[tuple[usb.NfcpyReader, UdpChip, SimulatedReader, Any]]:
    chip = blank_424(b"on air") if family == "ntag424" else blank_21x(NTAG215, b"on air")
    behind = SimulatedReader(chip)
    air = UdpChip(behind)
    with air as port:
        reader = usb.open_reader(f"udp:127.0.0.1:{port}", "en")
        try:
            yield reader, air, behind, chip
        finally:
            reader.close()
            reader.close()


@pytest.mark.parametrize("family", FAMILIES)
def test_a_chip_is_made_ready_through_nfcpy(family: str) -> None:
    with on_air(family) as (reader, _, _, chip):
        assert reader.wait_for_chip(5).uid == chip.uid
        done = drive(dialogue(family), reader.transceive, reader.reactivate)
        assert done.link.startswith(LINK + f"&m={chip.uid.hex().upper()}x")


@pytest.mark.parametrize("family", FAMILIES)
def test_activation_is_right_every_time(family: str) -> None:
    with on_air(family) as (reader, _, _, chip):
        assert {reader.wait_for_chip(5).uid for _ in range(TURNS)} == {chip.uid}


@pytest.mark.parametrize("family", FAMILIES)
def test_a_chip_that_goes_in_the_middle_is_lost_and_goes_on_when_it_is_back(family: str) -> None:
    with on_air(family) as (reader, air, behind, chip):
        reader.wait_for_chip(5)
        behind.cut_after(12, 1)
        air_after = behind.lift

        def cut(command: bytes) -> bytes:
            try:
                return reader.transceive(command)
            finally:
                air.present = behind._chip is not None

        with pytest.raises(ChipLost):
            drive(dialogue(family), cut, reader.reactivate)
        air_after()
        behind.place(chip)
        air.present = True
        assert reader.wait_for_chip(5).uid == chip.uid
        assert drive(dialogue(family, 1), reader.transceive, reader.reactivate).link.startswith(LINK)


def test_an_ntag21x_that_refuses_is_silent_and_not_lost() -> None:
    with on_air("ntag21x") as (reader, _, _, chip):
        reader.wait_for_chip(5)
        assert reader.transceive(bytes.fromhex("30ff")) == b"\x00"
        assert reader.transceive(b"\x60") == b""  # silent until the next activation
        assert reader.transceive(b"\x60").hex() == "0004040201001103"
        assert chip.uid


def test_an_empty_reader_says_so_in_time() -> None:
    with on_air("ntag424") as (reader, air, _, _):
        air.present = False
        with pytest.raises(NoChip):
            reader.wait_for_chip(0)
        assert reader.wait_for_removal(5)


@pytest.mark.parametrize("path", ["usb:999:999", "usb", "tty:NOSUCH:pn532", "usb:nonsense"])
def test_a_path_where_nothing_is_gets_a_sentence_and_what_to_do(path: str) -> None:
    with pytest.raises(ReaderError) as caught:
        usb.open_reader(path, "vi")
    assert caught.value.sentence
    assert caught.value.hint


def test_no_thread_is_left_behind(request: pytest.FixtureRequest) -> None:
    before: Callable[[], int] = threading.active_count
    count = before()
    with on_air("ntag424") as (reader, _, _, _):
        reader.wait_for_chip(5)
    assert threading.active_count() == count
