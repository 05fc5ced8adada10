"""What an office does shows at the very next scan, in every worker, on both databases."""

import time
from datetime import timedelta

import pytest
from ocop.trace import withdrawing
from ocop.trace.api.starting import exchange
from ocop.trace.registry.ledger_store import By
from ocop.trace.registry.marks import forget
from ocop.trace.registry.watch import MAX_AGE_SECONDS
from ocop.trace.signing.entries import Why

GTIN = "09521234543213"


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def workers(request):
    """Two workers and a third connection to act through, on one store."""
    settings = {}
    if request.param == "postgresql":
        settings["database_url"] = request.getfixturevalue("postgres_furnished")()
    serving = request.getfixturevalue("serving")
    first = serving(**settings)
    return first, serving(beside=first), serving(beside=first)


def next_scan(worker, target: str, expected: str) -> str:
    """The answer of the next scan; PostgreSQL's notice travels on its own connection, within the bounded age."""
    until = time.monotonic() + MAX_AGE_SECONDS
    code = worker.ask("/story" + target).code
    while code != expected and worker.store.file is None and time.monotonic() < until:
        code = worker.ask("/story" + target).code
    return code


def test_every_act_shows_at_the_next_scan_in_each_worker(workers, link, furnished) -> None:
    *scanning, office = workers
    by = By("anh Tín", furnished.now, "lý do bằng lời", "xin đừng dùng")
    early, sold = link("EARLY"), link("L1")
    acts = [
        (early, "not_released", lambda: None),
        (early, "code_issued", lambda: office.act(withdrawing.release, GTIN, "EARLY", by)),
        (early, "not_released", lambda: office.act(withdrawing.hold, GTIN, "EARLY", Why.OFFICE_HOLD, by)),
        (sold, "code_issued", lambda: None),
        (
            sold,
            "withdrawn",
            lambda: office.act(withdrawing.withdraw, GTIN, "L1", Why.LABELS_LOST, by, [(12, 12)]),
        ),
        (sold, "recalled", lambda: office.act(withdrawing.recall, GTIN, "L1", Why.SAFETY, by)),
    ]
    done = []
    for target, expected, act in acts:
        done.append(act())
        assert [next_scan(worker, target, expected) for worker in scanning] == [expected] * 2
    withdrawn, recalled = done[4][0].position, done[5].position
    for position, expected in ((recalled, "withdrawn"), (withdrawn, "code_issued")):
        office.act(withdrawing.undo, position, Why.MISTAKE, by)
        assert [next_scan(worker, sold, expected) for worker in scanning] == [expected] * 2


def test_a_withdrawn_key_shows_at_the_next_scan(workers, link, furnished) -> None:
    *scanning, office = workers
    by = By("anh Tín", furnished.now, "mất khoá")
    with office.store.read() as session:
        from ocop.trace import issuing

        position = issuing.find_issued(session, GTIN, "L1").position
    office.act(withdrawing.withdraw_key, "htx-ao-vua", 1, Why.KEY_LOST, by, position)
    assert [next_scan(worker, link(), "key_withdrawn") for worker in scanning] == ["key_withdrawn"] * 2


def test_an_act_that_is_taken_back_before_it_is_committed_never_shows(workers, link, furnished) -> None:
    first, second, office = workers

    class ChangedMind(Exception):
        pass

    def act() -> None:
        with office.store.begin() as session:
            withdrawing.withdraw(session, GTIN, "L1", Why.LABELS_LOST, By("anh Tín", furnished.now, "x"))
            assert first.ask("/story" + link()).code == "code_issued"
            raise ChangedMind

    with pytest.raises(ChangedMind):
        act()
    assert [worker.ask("/story" + link()).code for worker in (first, second)] == ["code_issued"] * 2


def test_what_two_workers_see_together_makes_an_item_met_often(workers, link, networks) -> None:
    first, second, _ = workers
    for address in networks(12):
        assert first.ask("/story" + link(), client=address).code == "code_issued"
    for address in networks(12, 12):
        assert second.ask("/story" + link(), client=address).code == "code_issued"
    for worker in (first, second, first):
        sightings = worker.service.sightings
        learnt = exchange(worker.running, sightings.take_marks(), sightings.state)
        sightings.absorb(learnt, int(worker.now.timestamp()))
    assert [worker.ask("/story" + link()).code for worker in (first, second)] == ["code_issued_often"] * 2


def test_workers_still_share_after_all_marks_were_forgotten(workers, link, networks) -> None:
    """Two quiet days empty the table, and SQLite numbers its rows from the start again."""
    first, second, _ = workers
    for address in networks(10):
        for serial in ("000097", "000098", "000099"):
            first.ask("/story" + link(serial=serial), client=address)
    for worker in (first, second):
        exchange(worker.running, worker.service.sightings.take_marks(), worker.service.sightings.state)
    first.act(lambda session: forget(session, before=1 << 30))
    for address in networks(10):
        first.ask("/story" + link(), client=address)
    for address in networks(10, 10):
        second.ask("/story" + link(), client=address)
    for worker in (first, second, first):
        sightings = worker.service.sightings
        learnt = exchange(worker.running, sightings.take_marks(), sightings.state)
        sightings.absorb(learnt, int(worker.now.timestamp()))
    assert [worker.ask("/story" + link()).code for worker in (first, second)] == ["code_issued_often"] * 2


def test_a_restarted_worker_is_as_wise_as_before(workers, serving, link, networks) -> None:
    first, _, _ = workers
    for address in networks(20):
        first.ask("/story" + link(), client=address)
    sightings = first.service.sightings
    exchange(first.running, sightings.take_marks(), sightings.state)
    assert serving(beside=first).ask("/story" + link()).code == "code_issued_often"


def test_scans_of_all_workers_are_in_one_register(workers, link) -> None:
    first, second, _ = workers
    first.ask("/story" + link())
    second.ask("/story" + link(serial="000013"))
    second.ask("/story" + link(serial="000014"))
    first.scans()
    assert sorted(row[2] for row in second.scans()) == [12, 13, 14]


def test_a_story_page_is_dated_now_and_not_when_it_was_prepared(serving, link) -> None:
    worker = serving()
    before = worker.ask("/story" + link()).text
    worker.now += timedelta(hours=5)
    after = worker.ask("/story" + link()).text
    stamps = [text.partition('<time datetime="')[2].partition('"')[0] for text in (before, after)]
    assert stamps[0] != stamps[1]
