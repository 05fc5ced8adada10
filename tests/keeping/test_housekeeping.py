"""What goes by itself when its time is over, and what stays: reports, requests, files that nothing holds."""

import io
import os
from datetime import datetime, timedelta
from typing import Any

import pytest
from ocop.trace import certifying_requests, facts, housekeeping
from ocop.trace.certifying import Officer
from ocop.trace.housekeeping import erased_on, tidy
from ocop.trace.registry import feedback, media_sweep, tables, telling
from ocop.trace.registry.errors import StoreUnreachable
from ocop.trace.registry.media import keep_photo, media_file, print_file
from ocop.trace.registry.media_sweep import GRACE, sweep
from PIL import Image
from sqlalchemy import select

GTIN = "09521234543213"
NEVER_OVER = timedelta(days=729)


def drawn(width: int) -> bytes:
    out = io.BytesIO()
    Image.effect_noise((width, 300), 40).convert("RGB").save(out, "JPEG")
    return out.getvalue()


def kept(home: Any, width: int, at: datetime) -> str:
    """A picture with its row, sent at that moment."""
    photo = keep_photo(home.data, drawn(width))
    with home.store.begin() as session:
        telling.save_photo(session, photo)
    for path in print_file(home.data, photo.name).parent.glob(f"{photo.name}*"):
        os.utime(path, (at.timestamp(), at.timestamp()))
    return photo.name


def test_a_report_that_nobody_closes_loses_its_sender_after_its_term(home: Any, at: datetime) -> None:
    given = feedback.ReportGiven(GTIN, "seal", "vi", words="rách", contact="0912", place="chợ")
    with home.store.begin() as session:
        feedback.add_report(session, given, at, photo=b"x")
        feedback.add_report(session, given, at + timedelta(days=40))
    assert tidy(home.store, erased_on(at) - timedelta(seconds=1)).reports == 0
    assert tidy(home.store, erased_on(at)).reports == 1
    assert tidy(home.store, erased_on(at)).reports == 0, "twice is once"
    with home.store.read() as session:
        old, new = session.scalars(select(tables.Report).order_by(tables.Report.id))
        assert (old.contact, old.words, old.kind, old.closed_at) == ("", "", "seal", None)
        assert (new.contact, new.words) == ("0912", "rách")
        assert [row.report_id for row in session.scalars(select(tables.ReportPrivate))] == [new.id]


def test_a_closed_request_keeps_number_and_answer_and_loses_the_person(home: Any, at: datetime) -> None:
    with home.store.begin() as session:
        for number in (1, 2):
            wanted = certifying_requests.Given("delete", "Hoa", "xóa ảnh", "0912")
            certifying_requests.file(session, wanted, f"0000-0000-000{number}", at)
        certifying_requests.settle(session, Officer("chị Hà", "phòng"), 1, "Đã xóa.", at)
    assert tidy(home.store, at + NEVER_OVER).requests == 0
    assert tidy(home.store, erased_on(at)).requests == 1
    with home.store.read() as session:
        closed, open_ = session.scalars(select(tables.DataRequest).order_by(tables.DataRequest.id))
        assert (closed.name, closed.words, closed.outcome) == ("—", "—", "done")
        assert (open_.name, open_.contact) == ("Hoa", "0912")
        assert certifying_requests.look_up(session, "0000-0000-0001").answer == "Đã xóa."


def test_files_that_nothing_holds_go_after_their_grace_and_held_ones_never(home: Any, at: datetime) -> None:
    free, told, drafted, fresh = (kept(home, width, at) for width in (400, 420, 440, 460))
    with home.store.begin() as session:
        portrait = facts.Photo(told, ((420, 300),))
        story = facts.Story("vi", "Cũ", "", ("a", "", "", "", ""), portrait=portrait)
        telling.save_story(session, GTIN, story, at.date())
        telling.save_story(session, GTIN, facts.Story("vi", "Mới", "", ("b", "", "", "", "")), at.date())
        content = {"told": {}, "photos": [drafted] + [""] * 5, "portrait": "", "voice": ""}
        session.add(
            tables.StoryDraft(product_id=1, lang="vi", revision=1, content=content, author="x", saved_at=at)
        )
        session.add(tables.Upload(producer_id=1, name=fresh, size=1, at=at + GRACE))
    goods = [
        row.photo for row in home.store.engine.connect().execute(select(tables.Product.photo)) if row.photo
    ]
    later = at + GRACE + timedelta(hours=1)
    for path in (home.data / "media").glob("*/*"):
        os.utime(path, (at.timestamp(), at.timestamp()))
    assert sweep(home.store, later, only_look=True) == [free]
    assert print_file(home.data, free).exists()
    assert tidy(home.store, later).files == 1
    assert not list(print_file(home.data, free).parent.glob(f"{free}*"))
    for name in (told, drafted, fresh, *goods):
        assert print_file(home.data, name).exists()
    with home.store.read() as session:
        assert session.get(tables.Photo, free) is None
        assert session.get(tables.Photo, told) is not None
    assert tidy(home.store, later).files == 0


def test_what_is_sent_again_counts_as_new(sqlite_home: Any, at: datetime) -> None:
    content = drawn(480)
    photo = keep_photo(sqlite_home.data, content)
    os.utime(print_file(sqlite_home.data, photo.name), (at.timestamp(), at.timestamp()))
    again = keep_photo(sqlite_home.data, content)
    assert again.name == photo.name
    assert print_file(sqlite_home.data, photo.name).stat().st_mtime > at.timestamp()


def test_a_kill_between_the_rows_and_the_files_is_made_up_for(
    sqlite_home: Any, at: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    free = kept(sqlite_home, 500, at)
    later = at + GRACE + timedelta(hours=1)

    def cut(*_: Any) -> int:
        raise StoreUnreachable("cut")

    with monkeypatch.context() as patch:
        patch.setattr(media_sweep.erasures, "lose_files", cut)
        with pytest.raises(StoreUnreachable):
            tidy(sqlite_home.store, later)
    with sqlite_home.store.read() as session:
        assert session.get(tables.Photo, free) is None
    assert print_file(sqlite_home.data, free).exists()
    assert housekeeping.tidy(sqlite_home.store, later).files == 1
    assert not media_file(sqlite_home.data, free, 360, "jpg").exists()


def test_what_was_begun_to_be_written_goes_and_strange_files_stay(sqlite_home: Any, at: datetime) -> None:
    folder = sqlite_home.data / "media" / "ab"
    folder.mkdir(parents=True, exist_ok=True)
    for name in (".new-x1", "notes.txt", f"{'c' * 64}.jpg"):
        (folder / name).write_bytes(b"x")
        os.utime(folder / name, (at.timestamp(), at.timestamp()))
    done = tidy(sqlite_home.store, at + GRACE + timedelta(hours=1))
    assert done.unfinished == 1
    assert {path.name for path in folder.iterdir()} >= {"notes.txt", f"{'c' * 64}.jpg"}


def test_a_file_that_another_worker_removed_meanwhile_stops_nobody(sqlite_home: Any, at: datetime) -> None:
    free = kept(sqlite_home, 520, at)
    # A file that is listed and isn't there when it is looked at: as when two workers sweep at once.
    for name in ("d" * 64 + "-360.jpg", ".new-gone"):
        folder = sqlite_home.data / "media" / "dd"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).symlink_to(folder / "nowhere")
    tidy(sqlite_home.store, at + GRACE + timedelta(hours=1))
    assert not print_file(sqlite_home.data, free).exists()
