"""A chip that can't be had at once: held by another program for a moment or for good, or one that does not answer."""

from typing import Any

import pytest
from ocop.hardware import pcsc
from ocop.hardware.reader import NotAChip, ReaderTaken
from ocop.hardware.simulator import SimulatedReader, blank_424
from smartcard import scard

NAME = "ACS ACR122U PICC Interface"
HELD = 0x8010000B - (1 << 32)
"""SCARD_E_SHARING_VIOLATION, signed, as pyscard gives it on Linux."""


@pytest.mark.parametrize("code", [HELD, HELD & 0xFFFFFFFF], ids=["signed", "unsigned"])
@pytest.mark.parametrize("times", [0, 1, 19])
def test_a_program_that_looks_at_a_fresh_chip_is_given_two_seconds(slot: Any, times: int, code: int) -> None:
    chip, pauses = blank_424(b"held"), []  # type: ignore[var-annotated]
    slot(SimulatedReader(chip), NAME).codes = [code] * times
    assert pcsc.PcscReader(1, NAME, "vi", pauses.append).wait_for_chip(0).uid == chip.uid
    assert pauses == [0.1] * times


def test_a_program_that_keeps_the_reader_is_told(slot: Any) -> None:
    pauses: list[float] = []
    slot(SimulatedReader(blank_424(b"held")), NAME).codes = [HELD] * 40
    with pytest.raises(ReaderTaken):
        pcsc.PcscReader(1, NAME, "vi", pauses.append).wait_for_chip(0)
    assert 1.5 < sum(pauses) <= 2


def test_what_lies_there_and_does_not_answer_is_told_when_the_wait_is_over(
    slot: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = slot(SimulatedReader(blank_424(b"two at once")), NAME)
    mute = scard.SCARD_STATE_PRESENT | scard.SCARD_STATE_MUTE
    monkeypatch.setattr(made, "SCardGetStatusChange", lambda *words: (0, [(NAME, mute, b"")]))
    reader = pcsc.PcscReader(1, NAME, "vi")
    with pytest.raises(NotAChip, match="không nhận ra chip này"):
        reader.wait_for_chip(0)
    assert not reader.wait_for_removal(0), "it is still there"
