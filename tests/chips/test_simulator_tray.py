"""A tray of simulated chips survives the death of the program, and its chips can be tapped."""

from pathlib import Path
from typing import Any

import pytest
from ocop.hardware.reader import ChipLost, NoChip, ReaderError
from ocop.hardware.simulator import blank_21x, blank_424
from ocop.hardware.simulator_tray import Tray, tap
from ocop.trace.tags.ntag21x import NTAG215


def blanks() -> list[Any]:
    return [blank_424(b"1"), blank_21x(NTAG215, b"2"), blank_424(b"3")]


def provision(tray: Tray, desk: Any, run: Any) -> Any:
    type_4 = tray.reader.wait_for_chip(0).family == "type_4"
    return run(desk.provision_424() if type_4 else desk.provision_21x(), tray.reader)


def test_the_chips_come_one_after_the_other(tmp_path: Path, desk: Any, run: Any, base: str) -> None:
    tray = Tray.open(tmp_path, blanks())
    for number in range(3):
        ready = provision(tray, desk(base=f"{base[:-1]}{number}"), run)
        assert ready.uid == tray.chip(number).uid
        tray.reader.wait_for_removal(0)
    with pytest.raises(NoChip, match="all of them were taken"):
        tray.reader.wait_for_chip(0)
    links = [tap(Tray.open(tmp_path).chip(number)) for number in range(3)]
    assert [(link or "").partition("&m=")[0][-1] for link in links] == ["0", "1", "2"]


@pytest.mark.parametrize("after", range(0, 37, 4))
def test_a_program_killed_in_the_middle_finds_the_same_chip_as_it_was(
    tmp_path: Path, desk: Any, run: Any, after: int
) -> None:
    tray = Tray.open(tmp_path, blanks())
    tray.reader.wait_for_chip(0)
    tray.reader.cut_after(after, kept=4)
    with pytest.raises(ChipLost):
        run(desk().provision_424(), tray.reader)
    again = Tray.open(tmp_path, blanks())
    assert (again.position, again.chip(0).state()) == (0, tray.chip(0).state())
    assert provision(again, desk(resuming=True), run).uid == tray.chip(0).uid


def test_two_taps_are_two_links_and_a_blank_chip_has_none(tmp_path: Path, desk: Any, run: Any) -> None:
    tray = Tray.open(tmp_path, blanks())
    assert tap(tray.chip(0)) is None
    assert tap(tray.chip(1)) is None
    provision(tray, desk(), run)
    first, second = tray.tap(0), Tray.open(tmp_path).tap(0)
    assert first is not None
    assert second is not None
    assert int(second.partition("&m=")[2][15:21], 16) == int(first.partition("&m=")[2][15:21], 16) + 1


def test_going_back_to_an_earlier_chip(tmp_path: Path) -> None:
    tray = Tray.open(tmp_path, blanks())
    tray.reader.wait_for_removal(0)
    tray.move_to(0)
    assert tray.reader.wait_for_chip(0).uid == tray.chip(0).uid


def test_an_empty_or_spoilt_tray_says_so(tmp_path: Path) -> None:
    with pytest.raises(ReaderError, match="got an empty folder"):
        Tray.open(tmp_path / "none")
    tray = Tray.open(tmp_path / "some", blanks())
    (tmp_path / "some" / "position").write_text("x")
    with pytest.raises(ReaderError, match="expected a number"):
        tray.reader.wait_for_chip(0)
    (tmp_path / "some" / "000.json").write_text("{}")
    with pytest.raises(ReaderError, match="saved state of a simulated chip"):
        Tray.open(tmp_path / "some").chip(0)
