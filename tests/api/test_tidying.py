"""What is over goes each day while a service runs: in turns that the test lets begin, without waiting for any."""

import asyncio
import logging
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ocop.trace import housekeeping
from ocop.trace.api import starting
from ocop.trace.api.app import Edge
from ocop.trace.api.starting import SHARE_SOON, TIDY_EACH, TIDY_FIRST, keep_sharing, keep_tidy
from ocop.trace.registry import feedback, media_sweep, tables
from ocop.trace.registry.store import open_store
from sqlalchemy import select

OVER = timedelta(days=800)
GIVEN = feedback.ReportGiven("09521234543213", "seal", "vi", contact="0912")


class Turns:
    """Time that passes when the test says so: each sleep says for how long, and ends when it is let go on."""

    def __init__(self) -> None:
        self.slept: asyncio.Queue[float] = asyncio.Queue()
        self.goes_on: asyncio.Queue[None] = asyncio.Queue()

    async def __call__(self, seconds: float) -> None:
        self.slept.put_nowait(seconds)
        await self.goes_on.get()

    async def turn(self) -> float:
        """Let one sleep end; returns how long the next one is, once that has begun."""
        self.goes_on.put_nowait(None)
        return await asyncio.wait_for(self.slept.get(), 30)


def reported(room: Any) -> None:
    with room.store.begin() as session:
        feedback.add_report(session, GIVEN, room.now)


def contacts(room: Any) -> list[str]:
    with room.store.read() as session:
        return list(session.scalars(select(tables.Report.contact).order_by(tables.Report.id)))


async def ended(task: "asyncio.Task[None]") -> None:
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(task, 30)


def test_what_is_over_goes_some_minutes_after_the_start_and_each_day(room: Any) -> None:
    reported(room)

    async def days() -> None:
        turns = Turns()
        task = asyncio.create_task(keep_tidy(room.running, turns))
        assert await turns.slept.get() == TIDY_FIRST
        assert await turns.turn() == TIDY_EACH
        assert contacts(room) == ["0912"], "its time is not over"
        room.now += OVER
        assert await turns.turn() == TIDY_EACH
        assert contacts(room) == [""]
        reported(room)
        room.now += OVER
        assert await turns.turn() == TIDY_EACH
        assert contacts(room) == ["", ""]
        await ended(task)

    room.runner.run(days())


def test_a_store_that_is_away_is_said_and_tried_again_the_next_day(
    room: Any, caplog: pytest.LogCaptureFixture
) -> None:
    reported(room)
    room.now += OVER
    file: Path = room.store.file
    away = file.with_name("away")

    async def days() -> None:
        turns = Turns()
        task = asyncio.create_task(keep_tidy(room.running, turns))
        await turns.slept.get()
        file.rename(away)
        with caplog.at_level(logging.WARNING, "ocop.trace"):
            assert await turns.turn() == TIDY_EACH
        assert "what is over was not let go of, it will be tried again" in caplog.text
        away.rename(file)
        assert contacts(room) == ["0912"]
        assert await turns.turn() == TIDY_EACH
        assert contacts(room) == [""]
        await ended(task)

    room.runner.run(days())


def test_a_disk_that_refuses_is_said_and_tried_again(
    room: Any, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    async def days() -> None:
        turns = Turns()
        task = asyncio.create_task(keep_tidy(room.running, turns))
        await turns.slept.get()
        with monkeypatch.context() as patched:
            patched.setattr(media_sweep, "sweep", refuse)
            assert await turns.turn() == TIDY_EACH
        assert "No space left" in caplog.text
        caplog.clear()
        assert await turns.turn() == TIDY_EACH
        assert caplog.text == ""
        await ended(task)

    room.runner.run(days())


def test_it_is_cancelled_while_it_waits_and_while_it_works(
    room: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, let = threading.Event(), threading.Event()

    def slow(*_: Any) -> None:
        begun.set()
        let.wait(30)

    async def days() -> None:
        turns = Turns()
        waiting = asyncio.create_task(keep_tidy(room.running, turns))
        await turns.slept.get()
        await ended(waiting)
        monkeypatch.setattr(starting, "tidy", slow)
        working = asyncio.create_task(keep_tidy(room.running, turns))
        await turns.slept.get()
        turns.goes_on.put_nowait(None)
        assert await asyncio.to_thread(begun.wait, 30)
        try:
            await ended(working)
        finally:
            let.set()

    room.runner.run(days())


def test_marks_are_shared_each_five_seconds_and_sooner_when_many_wait(
    room: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared: list[int] = []
    monkeypatch.setattr(starting, "exchange", lambda running, mine, state: (shared.append(len(mine)), [])[1])
    see, now = room.running.service.sightings.see, int(room.now.timestamp())

    def met(lot: str, times: int) -> None:
        for number in range(times):
            see(f"k/{lot}/{number}", b"4abc", "chrome", now)

    async def shares() -> None:
        turns = Turns()
        task = asyncio.create_task(keep_sharing(room.running, turns))
        assert await turns.slept.get() == 0.5
        met("few", SHARE_SOON - 1)
        for _ in range(9):
            await turns.turn()
        assert shared == []
        await turns.turn()
        assert shared == [SHARE_SOON - 1]
        met("many", SHARE_SOON)
        await turns.turn()
        assert shared == [SHARE_SOON - 1, SHARE_SOON]
        await ended(task)

    room.runner.run(shares())


def test_a_service_has_the_timer_from_its_start_to_its_stop(room: Any) -> None:
    def timers() -> list[str]:
        names = [getattr(task.get_coro(), "__name__", "") for task in asyncio.all_tasks()]
        return [name for name in names if name.startswith("keep_")]

    async def live() -> tuple[list[str], list[str]]:
        edge = Edge(room.settings)
        async with edge._live(edge._lifespan):
            during = timers()
        return during, timers()

    during, after = room.runner.run(live())
    assert sorted(during) == ["keep_sharing", "keep_tidy"]
    assert after == []


def test_several_workers_at_the_same_moment_do_not_hinder_each_other(
    store: Any, tmp_path: Path, room: Any, caplog: pytest.LogCaptureFixture
) -> None:
    with store.begin() as session:
        for _ in range(5):
            feedback.add_report(session, GIVEN, room.now)
    for number in range(60):
        path = store.data / "media" / f"{number:02x}" / f"{number:02x}{'0' * 62}-360.jpg"
        path.parent.mkdir(parents=True)
        path.write_bytes(b"x")
        path.with_name(".new-half").write_bytes(b"x")
    later = room.now + OVER
    url = "" if store.file else store.engine.url.render_as_string(hide_password=False)
    stores = [open_store(url, data=store.data) for _ in range(4)]
    together = threading.Barrier(len(stores))

    async def worker(one: Any) -> float:
        turns = Turns()
        service = SimpleNamespace(clock=lambda: (together.wait(30), later)[1])
        task = asyncio.create_task(keep_tidy(SimpleNamespace(store=one, service=service), turns))
        await turns.slept.get()
        wait = await turns.turn()
        await ended(task)
        return wait

    threads: list[threading.Thread] = []
    waits: list[float] = []
    run: Callable[[Any], None] = lambda one: waits.append(asyncio.run(worker(one)))  # noqa: E731
    for one in stores:
        threads.append(threading.Thread(target=run, args=(one,)))
        threads[-1].start()
    for thread in threads:
        thread.join(60)
    assert waits == [TIDY_EACH] * len(stores)
    assert [record.getMessage() for record in caplog.records if record.name == "ocop.trace"] == []
    with store.read() as session:
        assert set(session.scalars(select(tables.Report.contact))) == {""}
    assert [path for path in (store.data / "media").rglob("*") if path.is_file()] == []
    assert housekeeping.tidy(store, later) == housekeeping.Tidied(0, 0, 0)
    for one in stores:
        one.close()
