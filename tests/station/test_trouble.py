"""What goes wrong around the chip: labels, counting, a server that is away, readers, a full disk; and what is said."""

import resource
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from ocop.hardware.client import Refusal, ServerAway, ServerRefused
from ocop.hardware.faults import GONE, NO_READER, NO_SERVICE, NOT_A_CHIP, told
from ocop.hardware.journal import JournalError, State
from ocop.hardware.reader import ChipLost, NoChip
from ocop.hardware.signs import Kind, World

FAMILIES = ("ntag424", "ntag21x")


class Clock:
    """Time that passes when somebody pauses, and by `steps` when somebody looks."""

    def __init__(self) -> None:
        self.at, self.pauses = datetime(2026, 11, 24, 2, 0, tzinfo=UTC), []  # type: ignore[var-annotated]

    def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.at += timedelta(seconds=seconds)

    def world(self, bench: Any) -> World:
        return World(lambda: self.at, self.pause, lambda: f"r{next(bench.requests)}")


@pytest.fixture
def clock() -> Clock:
    return Clock()


def spoken(made: Any, *kinds: Kind) -> list[str]:
    return [sign.sentence for sign in made.screen.signs if sign.kind in kinds]


# --- labels


@pytest.mark.parametrize("how", ["taken", "out of the plan", "closed", "conflict"])
def test_a_label_that_can_not_be_written_is_asked_for_again(
    bench: Any, hand: Any, blank: Any, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    made, asked = bench(), iter([1, 1, 2, None])
    begin = made.server.begin

    def begun(wish: Any) -> Any:
        code = {"out of the plan": "PlanError", "closed": "batch_closed"}.get(how)
        if len(made.server.live) == 1 and wish.number == 1:
            if code:
                return wish.request, Refusal(code, "no", "")
            if how == "conflict":
                raise ServerRefused(409, "conflict", "a closed plan")
        return begin(wish)

    monkeypatch.setattr(made.server, "begin", begun)
    chips = [blank("ntag424", name) for name in "abc"]
    assert made.write(hand(chips), label=lambda: next(asked)) == 2
    assert made.screen.numbers() == [1, 2]
    assert made.screen.kinds().count("refused") == 1
    assert next(asked, "all were asked for") == "all were asked for"


def test_a_chip_that_can_not_be_written_leaves_the_label_as_it_was(bench: Any, hand: Any, blank: Any) -> None:
    made, asked = bench(), iter([2, None])
    chips = [blank("ntag21x", "other kind"), blank("ntag424", "a")]
    assert made.write(hand(chips), label=lambda: next(asked)) == 1
    assert made.screen.numbers() == [2]


@pytest.mark.parametrize("number", [1, 2, 3])
def test_the_number_of_a_label_chooses_the_plan_that_has_it(
    bench: Any, hand: Any, blank: Any, number: int
) -> None:
    made, asked = bench(total=3), iter([number, None])
    (plan,) = made.server.plans()
    other = replace(plan, plan="other", first=100, last=200, total=101)
    reader = hand([blank("ntag424", "a")])
    made.station(lambda: reader).write([other, plan], label=lambda: next(asked), more=lambda: False)
    assert [talk.wish.plan for talk in made.server.talks.values()] == ["p"]


def test_an_end_by_the_person_and_an_end_of_the_chips_are_told_apart(bench: Any, hand: Any) -> None:
    made = bench()
    made.write(hand([]), label=lambda: None)
    assert made.screen.signs[-1].sentence == "Nghỉ tay. Đã xong 0 trên 3."
    made.write(hand([]))
    assert made.screen.signs[-1].sentence == "Hết chip. Đã xong 0 trên 3."


# --- the number first


@pytest.mark.parametrize(
    "error",
    [
        ServerAway("gone"),
        ServerAway("a list", "", "other_shape"),
        ServerRefused(401, "station_token", "revoked"),
    ],
    ids=["away", "another shape", "revoked"],
)
def test_a_number_is_shown_before_anything_else_is_asked_and_counting_may_fail(
    bench: Any, hand: Any, blank: Any, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    made = bench(total=2)
    plans, shown = made.server.plans(), []

    def fails() -> Any:
        shown.append(made.screen.numbers())
        raise error

    reader = hand([blank("ntag424", name) for name in "ab"])
    station = made.station(lambda: reader)
    monkeypatch.setattr(made.server, "plans", fails)
    assert station.write(plans, more=lambda: False) == 2
    assert shown == [[1], [1, 2]]
    assert [sign.progress for sign in made.screen.signs if sign.kind is Kind.DONE] == ["1/2", "2/2"]


# --- the server is away


def away_once(made: Any, monkeypatch: pytest.MonkeyPatch, errors: list[ServerAway]) -> None:
    answer, left = made.server.answer, list(errors)
    lost = made.server.lost

    def answers(*words: Any) -> Any:
        if left and left[0] is errors[0]:
            raise left.pop(0)
        return answer(*words)

    def loses(*words: Any) -> Any:
        if left:
            raise left.pop(0)
        return lost(*words)

    monkeypatch.setattr(made.server, "answer", answers)
    monkeypatch.setattr(made.server, "lost", loses)


def test_why_the_server_can_not_is_shown_and_it_goes_on_by_itself(
    bench: Any, hand: Any, blank: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, chip = bench(total=1), blank("ntag424", "a")
    shut = ServerAway("expected an open keystore", "open it", "keystore_shut")
    away_once(
        made, monkeypatch, [shut, shut, shut, ServerAway("cut"), ServerAway("odd", "do this", "odd_code")]
    )
    assert made.write(hand([chip])) == 1
    signs = [(sign.sentence, sign.hint) for sign in made.screen.signs if sign.kind is Kind.SERVER]
    assert signs[0][0] == "Kho khóa của máy chủ đang đóng, nên chưa viết chip được."
    assert signs[1][0] == "Mất liên lạc với máy chủ."
    assert signs[2] == ("Máy chủ chưa làm được việc này: odd.", "do this Cứ để chip ở đó, máy tự thử lại.")
    assert len(signs) == 3, "the same reason is told once"


def test_an_answer_of_another_shape_is_told_with_what_was_wanted_and_goes_on_by_itself(
    bench: Any, hand: Any, blank: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, chip = bench(total=1), blank("ntag424", "a")
    odd = ServerAway("odd", "", "other_shape", about={"asked": "GET /me", "wanted": "{…}", "got": '"{x}"'})
    away_once(made, monkeypatch, [odd, odd, odd])
    assert made.write(hand([chip])) == 1
    ((sentence, hint),) = [(one.sentence, one.hint) for one in made.screen.signs if one.kind is Kind.SERVER]
    assert sentence.endswith("trả lời không đúng dạng.")
    assert hint.endswith('(Hỏi GET /me: cần {…}, nhận được "{x}")')


def test_as_long_as_the_server_asks_to_wait_nobody_asks_it(
    bench: Any, hand: Any, blank: Any, monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> None:
    made, chip = bench(total=1), blank("ntag424", "a")
    made.world = lambda: clock.world(made)
    away_once(
        made, monkeypatch, [ServerAway("slower", "", "too_many", 20.0), ServerAway("no", "", "too_many")]
    )
    assert made.write(hand([chip])) == 1
    assert clock.pauses == [20.0, 1.0]


# --- the reader and what lies on it


class Script:
    """A reader whose `wait_for_chip` follows a script of errors and chips, and then has nothing any more."""

    name = "scripted"

    def __init__(self, hand: Any, *script: Any) -> None:
        self.script, self.behind = list(script), hand([])
        self.removed: Callable[[], None] = lambda: None

    def wait_for_chip(self, seconds: float) -> Any:
        found = self.script.pop(0) if self.script else NoChip()
        if isinstance(found, Exception):
            raise found
        self.behind.place(found)
        self.behind.waiting = [found]
        return self.behind.wait_for_chip(seconds)

    def wait_for_removal(self, seconds: float) -> bool:
        self.removed()
        return bool(self.behind.wait_for_removal(seconds))

    def __getattr__(self, name: str) -> Any:
        return getattr(self.behind, name)


def scripted(made: Any, clock: Clock, reader: Any, opened: Callable[[], Any] | None = None) -> Any:
    made.world = lambda: clock.world(made)
    left = iter([True] * 40)
    station = made.station(opened or (lambda: reader))
    return station.write(made.server.plans(), more=lambda: next(left, False) and bool(reader.script))


def test_what_can_not_be_read_is_told_once_without_a_spinning_processor(
    bench: Any, hand: Any, blank: Any, clock: Clock
) -> None:
    made = bench()
    reader = Script(hand, *[ChipLost() for _ in range(10)], NoChip(), blank("ntag424", "a"), NoChip())
    scripted(made, clock, reader)
    assert spoken(made, Kind.REFUSED) == ["Đầu đọc không nhận ra chip này."]
    assert clock.pauses == [0.3] * 10
    after = made.screen.kinds()[made.screen.kinds().index("refused") :]
    assert after[:3] == ["refused", "waiting", "writing"], "it asks for a chip again when that one is gone"


def test_two_chips_at_once_are_told_at_once_and_a_chip_that_came_near_is_not(
    bench: Any, hand: Any, blank: Any, clock: Clock
) -> None:
    made = bench()
    scripted(made, clock, Script(hand, ChipLost(), blank("ntag424", "near"), NoChip()))
    assert spoken(made, Kind.REFUSED) == []
    scripted(made, clock, Script(hand, told(NOT_A_CHIP, "vi"), NoChip()))
    assert spoken(made, Kind.REFUSED) == ["Đầu đọc không nhận ra chip này."]


def test_a_reader_that_is_back_asks_for_a_chip_and_a_reason_that_lasts_is_told(
    bench: Any, hand: Any, clock: Clock
) -> None:
    made = bench()
    gone, service, none = (told(row, "vi", windows=False) for row in (GONE, NO_SERVICE, NO_READER))
    reader = Script(hand, gone, NoChip(), gone, NoChip())
    # Plugged in again after four seconds; the second time the service has stopped as well.
    openings: Iterator[Any] = iter([reader, *[none] * 4, reader, *[none] * 2, *[service] * 6, reader])

    def opened() -> Any:
        found = next(openings)
        if isinstance(found, Exception):
            raise found
        return found

    scripted(made, clock, reader, opened)
    signs = [(sign.kind.value, sign.sentence) for sign in made.screen.signs]
    waiting = ("waiting", "Đặt chip tiếp theo lên đầu đọc.")
    first = ("reader", "Đầu đọc vừa bị rút ra.")
    assert signs[:6] == [waiting, first, waiting, first, ("reader", service.sentence), waiting]


def test_a_chip_that_flickers_at_the_edge_of_the_field_rings_once(
    bench: Any, hand: Any, blank: Any, clock: Clock
) -> None:
    made, chip = bench(), blank("ntag424", "a")
    reader = Script(hand, chip, ChipLost(), ChipLost(), chip, ChipLost(), chip, NoChip())
    reader.removed = lambda: clock.pause(1.0)
    scripted(made, clock, reader)
    assert (made.screen.kinds().count("done"), made.screen.kinds().count("again")) == (1, 0)


def test_a_chip_put_on_again_later_is_told_its_number(
    bench: Any, hand: Any, blank: Any, clock: Clock
) -> None:
    made, chip = bench(), blank("ntag424", "a")
    reader = Script(hand, chip, ChipLost(), *[ChipLost() for _ in range(11)], chip, NoChip())
    scripted(made, clock, reader)
    assert made.screen.kinds().count("again") == 1


# --- the disk is full


@contextmanager
def no_file_beyond(size: int) -> Iterator[None]:
    """As a full disk: no file of this process grows beyond `size` bytes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


FRAME = 4096 + 24
"""What a page costs in SQLite's write-ahead log."""


@pytest.mark.parametrize("family", FAMILIES)
def test_on_a_full_disk_no_chip_is_written_whose_step_could_not_be_noted_and_it_goes_on_when_there_is_room(
    bench: Any, hand: Any, blank: Any, family: str
) -> None:
    shown, stopped = 0, set()
    for room in range(40):
        made, chip, heard = bench(family, 1), blank(family, f"full{room}"), []

        class Watched(hand):  # type: ignore[misc]
            def transceive(self, command: bytes) -> bytes:
                (talk,), (line,) = made.server.talks.values(), made.journal.open()  # noqa: B023
                heard.append((talk.replies[-1].step, line.doing))  # noqa: B023
                return super().transceive(command)

        reader, failed = Watched([chip]), None
        station = made.station(lambda reader=reader: reader)
        plans, kept = made.server.plans(), (made.folder / "journal.db-wal").stat().st_size
        try:
            with no_file_beyond(kept + room * FRAME):
                station.write(plans, more=lambda: False)
        except JournalError as error:
            failed = error
        if failed is None:
            break
        assert failed.sentence.startswith("expected a journal that can be written")
        (line,) = made.journal.open() or (None,)
        stopped.add((line.state, line.doing) if line else None)
        assert [step for step, doing in heard if step.changes and doing != step] == []
        ready = made.server.is_complete(chip) and chip.uid.hex().upper() in made.server.live
        assert made.screen.numbers() == ([1] if ready else []), "a chip that is live has shown its number"
        shown += ready
        made.write(hand([chip]))
        assert made.server.is_complete(chip), room
        assert made.journal.open() == []
    assert shown, "the last line of all was tried too"
    assert len(stopped) == (9 if family == "ntag424" else 6), (
        "before the first line, before each step, at the end"
    )
    assert (State.PLANNED, "") in stopped
