"""An act shows at the next scan, in another process too; asking costs next to nothing."""

import subprocess
import sys
import threading
from pathlib import Path

import pytest
from ocop.trace.registry.errors import StoreError
from ocop.trace.registry.store import Store, bump_facts
from ocop.trace.registry.watch import FactsWatch, PostgresWatch
from sqlalchemy import text

# A second worker: says which version holds, each time it is asked.
WORKER = """
import sys
from pathlib import Path
from ocop.trace.registry.store import open_store
watch = open_store(sys.argv[1], data=Path(sys.argv[2])).watch_facts()
for _ in sys.stdin:
    print(watch.version(), flush=True)
watch.close()
"""


def bump(store: Store) -> int:
    with store.begin() as session:
        return bump_facts(session)


def becomes(watch: FactsWatch, version: int) -> bool:
    """On SQLite at once; on PostgreSQL as soon as the notice is here, at most half a second later."""
    for _ in range(500):
        if watch.version() == version:
            return True
        if not isinstance(watch, PostgresWatch):
            return False
        threading.Event().wait(0.01)
    return False


def test_an_act_shows_when_it_is_committed_and_not_before(store: Store) -> None:
    watch = store.watch_facts()
    assert watch.version() == 1
    with store.begin() as session:
        assert bump_facts(session) == 2
        assert watch.version() == 1
    assert becomes(watch, 2)
    watch.close()


def test_an_act_that_was_taken_back_shows_nothing(store: Store) -> None:
    watch = store.watch_facts()

    def act() -> None:
        with store.begin() as session:
            bump_facts(session)
            raise KeyError

    with pytest.raises(KeyError):
        act()
    assert watch.version() == 1
    assert bump(store) == 2
    assert becomes(watch, 2)
    watch.close()


def test_a_second_worker_sees_it_at_its_next_scan(store: Store, tmp_path: Path) -> None:
    url = store.engine.url.render_as_string(hide_password=False)
    worker = subprocess.Popen(
        [sys.executable, "-c", WORKER, url, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        bufsize=1,
    )
    with worker:
        assert worker.stdin is not None
        assert worker.stdout is not None
        for expected in range(1, 6):
            for _ in range(200):
                worker.stdin.write("?\n")
                said = int(worker.stdout.readline())
                if said == expected or store.file:
                    break
                threading.Event().wait(0.01)
            assert said == expected
            assert bump(store) == expected + 1
        worker.stdin.close()


def test_what_is_written_without_an_act_does_not_move_it(store: Store) -> None:
    watch = store.watch_facts()
    with store.begin() as session:
        session.execute(text("UPDATE meta SET key_floor = 1"))
    assert watch.version() == 1
    watch.close()


def test_a_store_that_is_destroyed_is_said_and_never_answered_from_memory(sqlite_store: Store) -> None:
    watch = sqlite_store.watch_facts()
    assert watch.version() == 1
    with sqlite_store.begin() as session:
        session.execute(text("DELETE FROM meta"))
    with pytest.raises(StoreError):
        watch.version()
    with pytest.raises(StoreError):
        watch.version()
    watch.close()


@pytest.mark.postgres
def test_a_connection_that_was_cut_is_taken_up_again(postgres_store: Store) -> None:
    watch = postgres_store.watch_facts()
    with postgres_store.begin() as session:
        session.execute(text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                             " WHERE datname = current_database() AND pid <> pg_backend_pid()"))  # fmt: skip
    bump(postgres_store)
    assert becomes(Patient(watch), 2)
    watch.close()


class Patient(PostgresWatch):
    """Asks again while nobody can say."""

    def __init__(self, watch: FactsWatch) -> None:
        self._asked = watch

    def version(self) -> int:
        try:
            return self._asked.version()
        except StoreError:
            return 0


@pytest.mark.postgres
def test_closing_waits_for_no_news_and_says_nothing(
    postgres_store: Store, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("ocop.trace.registry.watch.POLL_SECONDS", 3600)
    watch = postgres_store.watch_facts()
    closing = threading.Thread(target=watch.close, daemon=True)
    closing.start()
    closing.join(30)
    assert not closing.is_alive()
    assert "facts-watch" not in {thread.name for thread in threading.enumerate()}
    assert caplog.text == ""


@pytest.mark.postgres
def test_an_old_answer_is_no_answer(postgres_store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ocop.trace.registry.watch.MAX_AGE_SECONDS", -1.0)
    watch = postgres_store.watch_facts()
    with pytest.raises(StoreError, match="no news of the facts"):
        watch.version()
    watch.close()
