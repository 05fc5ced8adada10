"""Cut everywhere: at each exchange with the chip, each call of the server, each line of the journal; pulled, killed,
unplugged, without a network, with two stations on one plan. Afterwards no number has two chips and every chip that
was put on again is ready.
"""

import os
import tempfile
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from ocop.hardware import journal as journals
from ocop.hardware.client import ServerAway
from ocop.hardware.reader import NoChip, ReaderGone
from ocop.hardware.simulator import SimulatedReader, load, save
from ocop.hardware.station import Station
from ocop.trace.tags.originality import Curve

FAMILIES = ("ntag424", "ntag21x")
RUNS = max(1000, int(os.environ.get("OCOP_SOAK", "0")))
STEPS = 6
VERIFIES = cache(Curve.verifies)
MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None
"""Random runs keep their journals in memory: what a disk does with a written line is not theirs to find out."""


@pytest.fixture(autouse=True)
def originality_is_checked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A few chips come to the reader thousands of times, and elliptic curves in Python cost a sixth of all that."""
    monkeypatch.setattr(Curve, "verifies", VERIFIES)


class Killed(BaseException):
    """kill -9: nothing of the program runs any more."""


class Fate:
    """Counts what the station does to the world; kills it before or after the n-th such act."""

    def __init__(self) -> None:
        self.acts = 0
        self._kill: tuple[int, bool] | None = None

    def kill(self, at: int, after: bool) -> None:
        self._kill = (self.acts + at, after)

    def spare(self) -> None:
        self._kill = None

    def act(self, done: Callable[..., Any], *words: Any, **more: Any) -> Any:
        self.acts += 1
        kill = self._kill
        if kill and self.acts > kill[0]:
            self._kill = None
            if kill[1]:
                done(*words, **more)
            raise Killed
        return done(*words, **more)


class Fated:
    """Something whose every call is an act."""

    def __init__(self, fate: Fate, behind: Any, names: tuple[str, ...]) -> None:
        self._fate, self._behind, self._names = fate, behind, names

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._behind, name)
        return (
            (lambda *words, **more: self._fate.act(found, *words, **more)) if name in self._names else found
        )


SERVER = ("begin", "answer", "lost", "chip", "plans")
JOURNAL = ("plan", "note", "finish")


class Desk:
    """One station: its folder, its fate, and one chip at a time on its reader."""

    def __init__(self, bench: Any, folder: Path) -> None:
        self.bench, self.fate, self.folder = bench, Fate(), folder

    def put(self, chip: Any, cut: tuple[int, int] | None = None, away: tuple[int, bool] | None = None) -> Any:
        """Puts a chip on and writes; the program begins anew each time. Gives the chip as the tray keeps it."""
        reader = Once(chip)
        if cut:
            reader.cut_after(*cut)
        if away:
            self.bench.server.cut(*away)
        journal = journals.Journal(self.folder / "journal.db")
        station = Station(
            Fated(self.fate, self.bench.server, SERVER),  # type: ignore[arg-type]
            Fated(self.fate, journal, JOURNAL),  # type: ignore[arg-type]
            lambda: Fated(self.fate, reader, ("transceive",)),  # type: ignore[arg-type, return-value]
            self.bench.screen,
            self.bench.world(),
        )
        with suppress(Killed):
            station.write(self.bench.server.plans(), more=lambda: False)
        self.fate.spare()
        journal.close()
        return load(save(chip))

    def open_lines(self) -> list[Any]:
        journal = journals.Journal(self.folder / "journal.db")
        try:
            return journal.open()
        finally:
            journal.close()


class Once(SimulatedReader):
    """One chip comes; when it was pulled away or taken, nothing comes any more."""

    def __init__(self, chip: Any) -> None:
        super().__init__()
        self._coming: Any = chip

    def wait_for_chip(self, seconds: float) -> Any:
        if self._coming is None:
            raise NoChip
        self.place(self._coming)
        self._coming = None
        return super().wait_for_chip(seconds)


def check(server: Any, chips: list[Any]) -> None:
    """Each chip is blank, complete or bound to the one number it will get; no number has two."""
    assert len(set(server.bound.values())) == len(server.bound)
    for chip in chips:
        name, shown = chip.uid.hex().upper(), server.shows(chip)
        if name in server.live:
            assert server.is_complete(chip)
        elif name not in server.bound:
            assert shown.link is None
            assert not shown.garbled
        elif shown.static is not None:
            assert shown.static == server.link(server.bound[name])


@pytest.fixture
def at_desk(bench: Any, tmp_path: Path) -> Callable[..., Desk]:
    numbers = count(1)

    def make(like: Desk | None = None, family: str = "ntag424", total: int = 3) -> Desk:
        return Desk(like.bench if like else bench(family, total), tmp_path / f"desk{next(numbers)}")

    return make


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("family", FAMILIES)
def test_killed_before_or_after_any_act_a_chip_is_ready_when_it_comes_back(
    at_desk: Any, blank: Any, family: str, after: bool
) -> None:
    desk = at_desk(family=family, total=999)
    desk.put(blank(family, "counted"))
    acts = desk.fate.acts
    assert acts >= 60
    for at in range(acts):
        chip = blank(family, f"{family}{at}")
        desk.fate.kill(at, after)
        chip = desk.put(chip)
        check(desk.bench.server, [chip])
        chip = desk.put(chip)
        check(desk.bench.server, [chip])
        assert desk.bench.server.is_complete(chip), at
        assert desk.open_lines() == []
    assert len(desk.bench.server.live) == acts + 1


@pytest.mark.parametrize("family", FAMILIES)
def test_pulled_at_any_exchange_a_chip_is_ready_when_it_comes_back(
    at_desk: Any, blank: Any, family: str
) -> None:
    desk = at_desk(family=family, total=999)
    for at in range(200):
        chip = blank(family, f"{family}{at}")
        chip = desk.put(chip, cut=(at, at % 5))
        check(desk.bench.server, [chip])
        if chip.uid.hex().upper() in desk.bench.server.live:
            break  # beyond the last exchange
        chip = desk.put(chip)
        assert desk.bench.server.is_complete(chip), at
    assert at >= 30


@pytest.mark.parametrize("before", [True, False], ids=["request", "answer"])
@pytest.mark.parametrize("family", FAMILIES)
def test_without_a_network_at_any_call_a_chip_is_ready_when_it_is_back(
    at_desk: Any, blank: Any, family: str, before: bool
) -> None:
    desk = at_desk(family=family, total=999)
    for at in range(1, 200):
        chip = blank(family, f"{family}{at}")
        chip = desk.put(chip, away=(at, before))
        check(desk.bench.server, [chip])
        if desk.bench.server._cut is not None:
            break  # beyond the last call
        chip = desk.put(chip)
        assert desk.bench.server.is_complete(chip), at
    assert at >= 30


def test_two_stations_on_one_plan_give_no_number_twice_and_stop_when_it_is_full(
    at_desk: Any, blank: Any
) -> None:
    first = at_desk(total=4)
    second = at_desk(like=first)
    chips = [blank("ntag424", f"two{n}") for n in range(6)]
    server = first.bench.server
    first.fate.kill(40, False)
    chips[0] = first.put(chips[0])  # cut off in the middle; its number stays its own
    chips[1] = second.put(chips[1])
    chips[2] = first.put(chips[2])
    chips[0] = second.put(chips[0])  # the other station goes on with it
    chips[3] = first.put(chips[3])
    for left in (4, 5):
        chips[left] = second.put(chips[left])
    check(server, chips)
    assert sorted(server.bound.values()) == [1, 2, 3, 4]
    assert [server.is_complete(chip) for chip in chips] == [True] * 4 + [False] * 2
    assert first.bench.screen.signs[-1].sentence == "Đã viết đủ: 4 chip."


def test_a_chip_that_was_ready_when_the_program_died_is_known_as_ready(at_desk: Any, blank: Any) -> None:
    desk = at_desk(total=2)
    desk.put(blank("ntag424", "whole"))
    acts = desk.fate.acts
    chip = blank("ntag424", "last word lost")
    for back in range(1, 8):  # the journal's last line is one of the last acts
        desk = at_desk(total=2)
        desk.fate.kill(acts - back, False)
        mine = desk.put(load(save(chip)))
        if desk.bench.server.is_complete(mine) and desk.open_lines():
            break
    desk.bench.screen.signs.clear()
    desk.put(mine)
    assert [sign.number for sign in desk.bench.screen.signs if sign.kind == "again"] == [1]
    assert desk.open_lines() == []


def test_a_reader_unplugged_at_any_exchange_is_waited_for(bench: Any, hand: Any, blank: Any) -> None:
    class Unplugged(hand):  # type: ignore[misc]
        at = 0

        def transceive(self, command: bytes) -> bytes:
            if self.exchanges == self.at:
                raise ReaderGone("gone")
            return super().transceive(command)

    for at in range(37):
        made, chip = bench(total=1), blank("ntag424", f"unplugged{at}")
        bad = Unplugged([chip])
        bad.at = at
        readers = iter([bad, hand([chip])])
        station = made.station(lambda readers=readers: next(readers))
        assert station.write(made.server.plans(), more=lambda: False) == 1
        assert made.server.is_complete(chip)


def lives(make: Callable[[str], Any], blank: Callable[[str, str], Any]) -> type[RuleBasedStateMachine]:
    """A cooperative's afternoon: two stations, five chips, and everything that can happen to them."""
    fresh = cache(lambda family, name: save(blank(family, name)))

    class Afternoon(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            self.folder = tempfile.TemporaryDirectory(dir=MEMORY)
            self.family = ""
            self.desks: list[Desk] = []
            self.chips: list[Any] = []

        def begin(self, family: str) -> None:
            if self.desks:
                return
            self.family, self.bench = family, make(family)
            self.desks = [Desk(self.bench, Path(self.folder.name) / str(n)) for n in range(2)]
            self.chips = [load(fresh(family, f"chip{n}")) for n in range(5)]

        @rule(family=st.sampled_from(FAMILIES), desk=st.integers(0, 1), chip=st.integers(0, 4))
        def put_on(self, family: str, desk: int, chip: int) -> None:
            self.begin(family)
            self.chips[chip] = self.desks[desk].put(self.chips[chip])

        @rule(
            family=st.sampled_from(FAMILIES), desk=st.integers(0, 1), chip=st.integers(0, 4),
            at=st.integers(0, 100), kept=st.integers(0, 4),
        )  # fmt: skip
        def pull(self, family: str, desk: int, chip: int, at: int, kept: int) -> None:
            self.begin(family)
            self.chips[chip] = self.desks[desk].put(self.chips[chip], cut=(at, kept))

        @rule(
            family=st.sampled_from(FAMILIES), desk=st.integers(0, 1), chip=st.integers(0, 4),
            at=st.integers(0, 220), after=st.booleans(),
        )  # fmt: skip
        def kill(self, family: str, desk: int, chip: int, at: int, after: bool) -> None:
            self.begin(family)
            self.desks[desk].fate.kill(at, after)
            self.chips[chip] = self.desks[desk].put(self.chips[chip])

        @rule(
            family=st.sampled_from(FAMILIES), desk=st.integers(0, 1), chip=st.integers(0, 4),
            at=st.integers(1, 110), before=st.booleans(),
        )  # fmt: skip
        def lose_the_network(self, family: str, desk: int, chip: int, at: int, before: bool) -> None:
            self.begin(family)
            with suppress(ServerAway):  # so early that the plans were not even known
                self.chips[chip] = self.desks[desk].put(self.chips[chip], away=(at, before))
            self.bench.server._cut = None

        @invariant()
        def no_number_has_two_chips_and_none_is_lost(self) -> None:
            if self.desks:
                check(self.bench.server, self.chips)

        def teardown(self) -> None:
            try:
                for number in range(len(self.chips)):
                    self.chips[number] = self.desks[number % 2].put(self.chips[number])
                    assert self.bench.server.is_complete(self.chips[number])
                for desk in self.desks:
                    desk.put(self.chips[0])
                    assert desk.open_lines() == []
            finally:
                self.folder.cleanup()

    return Afternoon


def test_whatever_happens_in_an_afternoon_every_chip_ends_ready(bench: Any, blank: Any) -> None:
    run_state_machine_as_test(
        lives(lambda family: bench(family, 6), blank),
        settings=settings(
            max_examples=RUNS, stateful_step_count=STEPS, deadline=None, database=None,
            phases=[Phase.generate, Phase.shrink], suppress_health_check=list(HealthCheck),
        ),
    )  # fmt: skip
