"""PC/SC for real: pcscd, vsmartcard's virtual reader, pyscard, and our chip behind it."""

from collections.abc import Callable
from typing import Any

import pytest

READERS = ("ACS ACR122U PICC Interface", "ACS ACR1252 Dual Reader PICC", "Any Contactless Reader")
LINK = "https://demo.invalid/01/09521234543213/10/L2609A/21/000012?s="
QUICK_MS = 20
"""Far below the 44 ms that a delayed acknowledgement costs each exchange, far above what a busy machine needs."""


@pytest.mark.parametrize("family", ["ntag424", "ntag21x"])
@pytest.mark.parametrize("reader", READERS)
def test_a_chip_is_made_ready_through_pcscd(inside: Callable[..., Any], reader: str, family: str) -> None:
    found = inside("provision", reader, family=family)
    assert found["reader"].startswith(reader)
    assert found["family"] == ("type_4" if family == "ntag424" else "type_2")
    assert found["link"].startswith(LINK)
    assert f"&m={found['uid'].upper()}x" in found["link"]
    assert found["exchanges"] >= 30
    assert found["median_ms"] < QUICK_MS


@pytest.mark.parametrize("kept", [0, 2])
@pytest.mark.parametrize("family", ["ntag424", "ntag21x"])
def test_a_chip_pulled_off_the_reader_is_made_ready_when_it_comes_back(
    inside: Callable[..., Any], family: str, kept: int
) -> None:
    found = inside("pulled", family=family, points=[1, 17, 33], kept=kept)
    assert found["reasons"] == ["ChipLost"] * 3
    assert found["link"].startswith(LINK)


@pytest.mark.parametrize("reader", READERS)
def test_a_chip_lifted_from_a_reader_that_has_not_noticed_is_pulled_away_and_no_copy(
    inside: Callable[..., Any], reader: str
) -> None:
    # GET_VERSION, READ_SIG, the page of the lock bits, a page that is written
    points = [0, 2, 3, 17]
    found = inside("pulled", reader, family="ntag21x", points=points, kept=0, late=True)
    assert found["reasons"] == ["ChipLost"] * len(points)
    assert found["link"].startswith(LINK)


def test_a_service_that_is_not_there_or_dies_is_named_with_what_to_do(inside: Callable[..., Any]) -> None:
    told = inside("stopped")
    kind, sentence, hint = told["before"]
    assert (kind, sentence) == ("NoReader", "Dịch vụ đọc thẻ của máy không chạy.")
    assert "pcscd.socket" in hint
    assert told["empty"][0] == "NoChip"
    assert told["killed"][0] in ("NoReader", "ReaderGone")
    assert "service" in told["killed"][1]
    assert told["again"].startswith(READERS[0])


def test_a_chip_that_another_program_holds_is_told_as_that(inside: Callable[..., Any]) -> None:
    found = inside("taken")
    assert found["said"] == ["ReaderTaken", "Another program holds the reader."]
    assert found["then"].startswith("04")


@pytest.mark.parametrize("point", [1, 9, 27])
def test_a_service_that_dies_in_the_middle_of_a_chip_is_told_and_the_chip_goes_on_when_it_is_back(
    inside: Callable[..., Any], point: int
) -> None:
    found = inside("restarted", script="inside_station", point=point)
    signs = [
        (kind, number) for kind, number, _ in found["signs"] if kind in ("reader", "pulled", "done", "closed")
    ]
    assert signs[-2:] == [("done", 1), ("closed", None)]
    assert signs[0][0] == "reader"
    assert "Dịch vụ đọc thẻ" in next(said for kind, _, said in found["signs"] if kind == "reader")
    assert (found["made"], found["open"], found["outcomes"]) == (1, 0, ["done"])
    assert found["uids"] == [found["uid"]]
