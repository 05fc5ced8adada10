"""The reader goes, is taken or loses its service in the middle of a chip or between two: what is let go, told, kept."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from ocop.hardware.client import Refusal
from ocop.hardware.faults import GONE, IN_USE, NO_READER, STOPPED, told
from ocop.hardware.journal import Outcome
from ocop.hardware.reader import ChipLost, Contact, Family, NoChip
from ocop.hardware.signs import Kind, World

FAMILIES = ("ntag424", "ntag21x")
TROUBLES = {"unplugged": GONE, "taken": IN_USE, "service stopped": STOPPED}


@pytest.fixture
def fragile(hand: Any) -> Any:
    """A reader of which the n-th exchange, and every wait for removal of a script, may fail."""

    class Fragile(hand):  # type: ignore[misc]
        def __init__(self, chips: list[Any]) -> None:
            super().__init__(chips)
            self.failing: tuple[int, Exception] | None = None
            self.at_removal: list[Exception] = []
            self.at_coming: list[Exception] = []
            self.closed = 0

        def wait_for_chip(self, seconds: float) -> Contact:
            if self.at_coming:
                raise self.at_coming.pop(0)
            found: Contact = super().wait_for_chip(seconds)
            return found

        def transceive(self, command: bytes) -> bytes:
            if self.failing is not None and self.exchanges == self.failing[0]:
                error, self.failing = self.failing[1], None
                raise error
            return bytes(super().transceive(command))

        def wait_for_removal(self, seconds: float) -> bool:
            if self.at_removal:
                raise self.at_removal.pop(0)
            return bool(super().wait_for_removal(seconds))

        def close(self) -> None:
            self.closed += 1

    return Fragile


@pytest.fixture
def pauses() -> list[float]:
    return []


def run(made: Any, reader: Any, pauses: list[float], openings: list[Any] | None = None) -> int:
    """Writes; opening the reader anew fails as `openings` say. Time stands still but for pauses."""
    left, at = list(openings or []), [datetime(2026, 11, 24, 2, 0, tzinfo=UTC)]

    def pause(seconds: float) -> None:
        pauses.append(seconds)
        at[0] += timedelta(seconds=seconds)

    def opened() -> Any:
        if pauses and left:  # the first opening is that of the start
            raise left.pop(0)
        return reader

    made.world = lambda: World(lambda: at[0], pause, lambda: f"r{next(made.requests)}")
    return int(made.station(opened).write(made.server.plans(), more=lambda: False))


def kinds(made: Any, *wanted: Kind) -> list[str]:
    return [sign.kind.value for sign in made.screen.signs if sign.kind in wanted]


@pytest.mark.parametrize("trouble", TROUBLES)
@pytest.mark.parametrize("family", FAMILIES)
def test_a_reader_that_goes_at_any_exchange_is_let_go_and_the_chip_goes_on_when_it_is_back(
    bench: Any, fragile: Any, blank: Any, pauses: list[float], family: str, trouble: str
) -> None:
    for at in range(0, 60, 4):
        made, chip = bench(family, 1), blank(family, "a")
        reader = fragile([chip])
        error, none = told(TROUBLES[trouble], "vi", windows=False), told(NO_READER, "vi", windows=False)
        reader.failing = (at, error)
        pauses.clear()
        assert run(made, reader, pauses, [none, none]) == 1
        if reader.failing is not None:
            break
        assert made.server.is_complete(chip)
        assert [sign.sentence for sign in made.screen.signs if sign.kind is Kind.READER] == [error.sentence]
        assert (reader.closed, pauses) == (1, [1.0] * 3), "let go, and asked for once a second"
        assert [line.outcome for line in made.journal.report()] == [Outcome.DONE]
        assert made.journal.open() == []
    assert at > 20


def test_a_chip_that_went_is_no_reader_that_went_and_the_journal_has_it_at_once(
    bench: Any, fragile: Any, blank: Any, pauses: list[float]
) -> None:
    for error in (NoChip(), ChipLost()):
        made = bench(total=1)
        reader = fragile([blank("ntag424", "a")])
        reader.failing = (9, error)
        seen: list[Any] = []
        show: Callable[[Any], None] = made.screen.show

        def shown(sign: Any) -> None:
            seen.extend([made.journal.open()] if sign.kind is Kind.PULLED else [])  # noqa: B023
            show(sign)  # noqa: B023

        made.screen.show = shown
        assert run(made, reader, pauses) == 1
        assert kinds(made, Kind.PULLED, Kind.READER, Kind.DONE) == ["pulled", "done"]
        assert seen == [[]], "it was ended at the server and in the journal before the person heard of it"
    assert pauses == []


def test_a_reader_that_is_unplugged_under_a_ready_chip_does_not_end_the_afternoon(
    bench: Any, fragile: Any, blank: Any, pauses: list[float]
) -> None:
    made = bench(total=2)
    one, two = blank("ntag424", "a"), blank("ntag424", "b")
    reader = fragile([one, two])
    reader.at_removal = [told(GONE, "vi")]
    assert run(made, reader, pauses) == 2
    assert made.screen.numbers() == [1, 2]
    assert kinds(made, Kind.READER) == ["reader"]
    assert reader.closed == 1


def test_chips_that_come_near_now_and_then_are_not_counted_together(
    bench: Any, fragile: Any, pauses: list[float]
) -> None:
    made = bench()
    reader = fragile([])
    reader.at_coming = [ChipLost(), ChipLost(), NoChip(), ChipLost(), ChipLost(), NoChip()]
    made.world = lambda: World(
        lambda: datetime(2026, 11, 24, tzinfo=UTC), pauses.append, lambda: f"r{next(made.requests)}"
    )
    station = made.station(lambda: reader)
    assert station.contact(lambda: bool(reader.at_coming)) is None
    assert kinds(made, Kind.REFUSED) == []


def test_a_chip_that_was_refused_is_told_so_as_often_as_it_is_put_on(
    bench: Any, fragile: Any, blank: Any, pauses: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    made, chip = bench(), blank("ntag424", "a")
    monkeypatch.setattr(
        made.server, "begin", lambda wish: (wish.request, Refusal("already_written", "no", ""))
    )
    assert run(made, fragile([chip, chip]), pauses) == 0
    assert kinds(made, Kind.REFUSED) == ["refused"] * 2


def test_a_look_at_a_chip_that_is_pulled_away_ends_at_the_server_too(
    bench: Any, fragile: Any, blank: Any
) -> None:
    made = bench()
    reader = fragile([blank("ntag424", "a")])
    reader.failing = (2, ChipLost())
    station = made.station(lambda: reader)
    contact = station.contact()
    assert contact.family is Family.TYPE_4
    with pytest.raises(ChipLost):
        station.look(contact)
    assert [talk.over for talk in made.server.talks.values()] == [True]
