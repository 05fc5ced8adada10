"""Scan rows: none is lost by us, none keeps a scan waiting, none is kept for more than two years."""

import sqlite3
import threading
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ocop.trace.registry import feedback, marks
from ocop.trace.registry.errors import BadValue, Unknown
from ocop.trace.registry.scans import RecorderState, ScanRecorder, ScanRow, aggregate, months_before
from ocop.trace.registry.store import Store
from ocop.trace.registry.tables import ItemSighting, Report, Scan, ScanMonth
from ocop.trace.sightings import Mark, step
from sqlalchemy import select, text
from sqlmodel import col

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
KEY = "09521234543213"


def row(serial: int = 12, at: datetime = NOW, **changes: str) -> ScanRow:
    values = {"code": "code_issued", "stars": "valid", "channel": "print", "lang": "vi", "browser": "chrome"}
    return ScanRow(KEY, "L2609A", serial, at, **(values | changes))


def serials(store: Store) -> list[int]:
    with store.read() as session:
        return list(session.scalars(select(col(Scan.serial)).order_by(col(Scan.id))))


def test_every_scan_is_written_once_and_in_order(store: Store) -> None:
    recorder = ScanRecorder(store)
    for serial in range(1, 1_001):
        recorder.append(row(serial))
    recorder.close()
    assert serials(store) == list(range(1, 1_001))
    assert recorder.state == RecorderState(written=1_000, waiting=0, lost=0, trouble="")


def test_a_scan_is_on_disk_soon_without_closing(store: Store) -> None:
    recorder = ScanRecorder(store)
    recorder.append(row())
    for _ in range(100):
        if recorder.state.written:
            break
        threading.Event().wait(0.05)
    assert serials(store) == [12]
    recorder.close()


def test_what_was_written_reads_back_as_it_was(store: Store) -> None:
    recorder = ScanRecorder(store)
    given = row(0, code="no_code", stars="not_shown", channel="typed", lang="zh-Hans", browser="zalo")
    recorder.append(given)
    recorder.close()
    with store.read() as session:
        found = session.scalars(select(Scan)).one()
    assert ScanRow(found.key, found.lot, found.serial, found.at, found.code, found.stars, found.channel,
                   found.lang, found.browser) == given  # fmt: skip


def test_many_threads_may_append(store: Store) -> None:
    recorder = ScanRecorder(store)

    def scan(start: int) -> None:
        for serial in range(start, start + 250):
            recorder.append(row(serial))

    threads = [threading.Thread(target=scan, args=(start,)) for start in (1, 1_001, 2_001, 3_001)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    recorder.close()
    assert len(set(serials(store))) == 1_000


def test_while_the_database_is_locked_scans_wait_and_are_written_later(sqlite_store: Store) -> None:
    assert sqlite_store.file is not None
    other = sqlite3.connect(sqlite_store.file, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    recorder = ScanRecorder(sqlite_store)
    recorder.append(row(1))
    for _ in range(200):
        if recorder.state.trouble:
            break
        threading.Event().wait(0.05)
    assert "lock held by another program" in recorder.state.trouble
    recorder.append(row(2))
    other.execute("ROLLBACK")
    other.close()
    recorder.close()
    assert serials(sqlite_store) == [1, 2]
    assert (recorder.state.lost, recorder.state.trouble) == (0, "")


def test_a_database_that_is_gone_costs_scans_that_are_counted_and_no_scan_fails(sqlite_store: Store) -> None:
    sqlite_store.close()
    assert sqlite_store.file is not None
    sqlite_store.file.write_bytes(b"no database" * 1_000)
    recorder = ScanRecorder(sqlite_store, most_waiting=10)
    for serial in range(1, 101):
        recorder.append(row(serial))
    recorder.close()
    assert recorder.state.lost == 100
    assert "expected a sound database" in recorder.state.trouble


def test_a_scan_that_comes_while_others_are_written_waits_for_its_own_turn(store: Store) -> None:
    recorder = ScanRecorder(store)
    recorder.close()
    write, sizes = recorder._writer.write, []

    def write_and_meet_another(rows) -> None:
        sizes.append(len(rows))
        write(rows)
        recorder.append(row(len(sizes) + 1))

    recorder._writer.write = write_and_meet_another
    recorder.append(row(1))
    recorder._flush()
    recorder._writer.close()
    assert sizes == [1]
    assert recorder.state.waiting == 1


def test_one_row_that_no_database_takes_costs_itself_only(store: Store) -> None:
    recorder = ScanRecorder(store)
    for one in (row(1), row(2, channel="telepathy"), row(3), row(-1), row(4)):
        recorder.append(one)
    recorder.close()
    assert serials(store) == [1, 3, 4]
    assert (recorder.state.written, recorder.state.lost) == (3, 2)


@pytest.mark.postgres
def test_a_server_that_restarts_costs_no_scan(postgres_store: Store) -> None:
    recorder = ScanRecorder(postgres_store)
    recorder.append(row(1))
    for _ in range(200):
        if recorder.state.written:
            break
        threading.Event().wait(0.05)
    with postgres_store.begin() as session:
        session.execute(text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                             " WHERE datname = current_database() AND pid <> pg_backend_pid()"))  # fmt: skip
    recorder.append(row(2))
    for _ in range(200):
        if recorder.state.written == 2:
            break
        threading.Event().wait(0.05)
    recorder.close()
    assert serials(postgres_store) == [1, 2]


@pytest.mark.parametrize(
    ("now", "cutoff"),
    [
        (datetime(2026, 11, 23, tzinfo=UTC), datetime(2024, 10, 31, 17, tzinfo=UTC)),
        (datetime(2026, 12, 31, 16, 59, tzinfo=UTC), datetime(2024, 11, 30, 17, tzinfo=UTC)),
        (datetime(2026, 12, 31, 17, 0, tzinfo=UTC), datetime(2024, 12, 31, 17, tzinfo=UTC)),
    ],
)
def test_two_years_end_with_a_month_of_viet_nam(now: datetime, cutoff: datetime) -> None:
    assert months_before(now) == cutoff


def test_old_scans_become_counts_by_month_and_are_gone(store: Store) -> None:
    end_of_may = datetime(2024, 5, 31, 16, 59, 59, tzinfo=UTC)
    with store.begin() as session:
        for at in (end_of_may, end_of_may + timedelta(seconds=1), end_of_may + timedelta(days=1), NOW):
            session.add(Scan(**row(7, at)._asdict()))
    before = months_before(NOW)
    with store.begin() as session:
        assert aggregate(session, before) == 3
    with store.begin() as session:
        assert aggregate(session, before) == 0
        session.add(Scan(**row(8, end_of_may)._asdict()))
        session.flush()
        assert aggregate(session, before) == 1
    with store.read() as session:
        months = {m.month: m.count for m in session.scalars(select(ScanMonth))}
    assert months == {"2024-05": 2, "2024-06": 2}, "midnight is that of Viet Nam"
    assert serials(store) == [7]


def test_two_workers_that_fold_together_count_every_scan_once(store: Store) -> None:
    before = months_before(NOW)
    with store.begin() as session:
        session.add(Scan(**row(7, before - timedelta(days=1))._asdict()))

    def fold() -> None:
        with store.begin() as session:
            aggregate(session, before)

    other = threading.Thread(target=fold)
    with store.begin() as session:
        assert aggregate(session, before) == 1
        other.start()
        other.join(0.5)
        assert other.is_alive(), "it waits for the first"
    other.join(20)
    with store.read() as session:
        assert [month.count for month in session.scalars(select(ScanMonth))] == [1]


def test_thanks_are_counts_by_language(store: Store) -> None:
    with store.begin() as session:
        for lang in ("vi", "en", "vi", "vi"):
            feedback.add_thanks(session, KEY, "L1", lang)
        feedback.add_thanks(session, KEY, "L2", "ko")
    with store.read() as session:
        assert feedback.thanks_of(session, KEY) == {"vi": 3, "en": 1, "ko": 1}
        assert feedback.thanks_of(session, KEY, "L2") == {"ko": 1}
        assert feedback.thanks_of(session, "P/4VTR0QB4") == {}
    with pytest.raises(BadValue), store.begin() as session:
        feedback.add_thanks(session, KEY, "L1", "a; drop table")


def test_a_closed_report_keeps_its_outcome_and_forgets_the_contact(store: Store) -> None:
    kind = feedback.REPORT_KINDS[0]
    given = feedback.ReportGiven(KEY, kind, "vi", "L1", 12, "Hai hộp cùng số", "0912 345 678")
    with store.begin() as session:
        number = feedback.add_report(session, given, NOW)
    with store.begin() as session:
        feedback.close_report(session, number, outcome="Đã thu tem", now=NOW)
    with store.read() as session:
        kept = session.get_one(Report, number)
        assert (kept.words, kept.contact, kept.outcome, kept.closed_at) == (
            "Hai hộp cùng số",
            "",
            "Đã thu tem",
            NOW,
        )
    with pytest.raises(Unknown, match="expected a known report"), store.begin() as session:
        feedback.close_report(session, 999, outcome="x", now=NOW)
    with pytest.raises(BadValue, match="report: expected"), store.begin() as session:
        feedback.add_report(session, feedback.ReportGiven(KEY, "gossip", "vi"), NOW)


def test_workers_share_marks_and_one_key_a_day(store: Store) -> None:
    with store.begin() as session:
        assert marks.shared_key(session, fresh=b"a" * 32, today=20_780) == (b"a" * 32, 20_780)
    with store.begin() as session:
        assert marks.shared_key(session, fresh=b"b" * 32, today=20_780) == (b"a" * 32, 20_780), (
            "a second worker"
        )
        assert marks.shared_key(session, fresh=b"b" * 32, today=20_782) == (step(step(b"a" * 32)), 20_782)
    with store.begin() as session:
        marks.share(session, [Mark("a/b/000001", 20_781, 2**32 - 1), Mark("a/b/000001", 20_780, 4)], 7)
        marks.share(session, [], 7)
    with store.begin() as session:
        learnt, position = marks.news(session, since=20_781)
        assert learnt == [("a/b/000001", 20_781, 2**32 - 1)]
        assert marks.news(session, since=20_781, worker=7)[0] == [], "nobody reads back what they know"
        assert marks.news(session, since=20_781, after=position) == ([], position), "nor what they have read"
        marks.share(session, [Mark("a/b/000002", 20_781, 6)], 8)
        later, _ = marks.news(session, since=20_781, after=position, worker=7)
        assert later == [("a/b/000002", 20_781, 6)]
        marks.forget(session, before=20_781)
        assert len(marks.news(session, since=0)[0]) == 2, "yesterday's are gone"
        marks.keep_key(session, b"c" * 32, 20_783)
        marks.keep_key(session, b"d" * 32, 20_782)
        assert marks.shared_key(session, fresh=b"e" * 32, today=20_783) == (b"c" * 32, 20_783)


def test_a_row_that_was_committed_late_is_read_and_no_row_twice(store: Store) -> None:
    def row(number: int, item: str) -> None:
        bundle = marks.pack([Mark(item, 20_781, 6)])
        session.add(ItemSighting(id=number, day=20_781, worker=8, marks=bundle))
        session.flush()

    with store.begin() as session:
        row(5, "a/b/000005")
        first, position = marks.news(session, since=20_781, worker=7)
        row(4, "a/b/000004")
        late, position = marks.news(session, since=20_781, after=position, worker=7)
        assert [mark.item for mark in first + late] == ["a/b/000005", "a/b/000004"]
        assert marks.news(session, since=20_781, after=position, worker=7)[0] == []


@given(
    st.lists(
        st.tuples(st.from_regex(r"[A-Z0-9/-]{1,50}", fullmatch=True), st.integers(0, 2**32 - 1)), min_size=1
    )
)
def test_bundled_marks_come_back_as_they_were(pairs) -> None:
    given_marks = [Mark(item, 20_781, mark) for item, mark in pairs]
    assert marks.unpack(20_781, marks.pack(given_marks)) == given_marks


@pytest.mark.parametrize("bundle", [b"", b"\0\0\0\2\0\0\0\1a", b"\xff" * 12, b"\0\0\0\1\0\0\0\1a\nb"])
def test_a_bundle_of_another_making_is_refused(bundle: bytes) -> None:
    with pytest.raises(BadValue, match="marks: expected"):
        marks.unpack(20_781, bundle)
