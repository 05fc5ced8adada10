"""What was erased after a backup is erased again by its restore, before anybody can be served."""

import io
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from ocop.trace import (
    certifying_requests,
    doors,
    doors_helping,
    doors_leaving,
    erasing,
    handing_closing,
    storytelling_consents,
)
from ocop.trace.certifying import Officer
from ocop.trace.facts import Story
from ocop.trace.keeping import backup, restore
from ocop.trace.registry import erasures, feedback, tables, telling
from ocop.trace.registry.erasures import FILE, BadErasures, Entry
from ocop.trace.registry.errors import BadValue, WrongRealm
from ocop.trace.registry.ledger_store import By
from ocop.trace.registry.media import keep_photo, print_file
from ocop.trace.registry.store import open_store
from ocop.trace.rights import Grant, Role
from PIL import Image
from sqlalchemy import text

GTIN, SLUG = "09521234543213", "htx-ben-may"
LATER = timedelta(hours=1)


def drawn() -> bytes:
    out = io.BytesIO()
    Image.effect_noise((420, 300), 40).convert("RGB").save(out, "JPEG")
    return out.getvalue()


def people(home: Any, at: datetime, life: int = 1) -> str:
    """An account, consents, a portrait in a story, a report with a contact, a request; the portrait's name."""
    photo = keep_photo(home.data, drawn())
    with home.store.begin() as session:
        hoa = doors.add_person(session, "Nguyễn Thị Hoa", "0912345678", at, handle=secrets.token_bytes(32))
        ba = doors.add_person(session, "Lê Văn Ba", "0912345679", at, handle=secrets.token_bytes(32))
        for one, grant in ((hoa, Grant(Role.PRODUCER, 1)), (ba, Grant(Role.PRODUCER, 1)),
                           (ba, Grant(Role.PROVINCE, province="40"))):  # fmt: skip
            doors.give_role(session, one.id or 0, grant, "phòng", at)
        doors_helping.agree(
            session, ba.id or 0, 1, agreed_by="Hoa", proof="giấy", entered_by=hoa.id or 0, now=at
        )
        telling.save_photo(session, photo)
        story = Story(
            "vi", f"Nương chè {life}", "", ("a", "", "", "", ""), teller="Nguyễn Thị Hoa", portrait=photo
        )
        telling.save_story(session, GTIN, story, at.date())
        for item in ("portrait", "quote"):
            telling.give_consent(session, SLUG, item, person="Nguyễn Thị Hoa", proof="giấy", at=at)
        feedback.add_report(
            session,
            feedback.ReportGiven(GTIN, "seal", "vi", contact="0912", words="rách", place="chợ"),
            at,
            photo=b"x",
        )
        given = certifying_requests.Given("delete", "Hoa", "xóa", "0912345678")
        certifying_requests.file(session, given, f"0000-0000-000{life}", at)
    return photo.name


def forget(home: Any, at: datetime, photo: str) -> None:
    """Every way in which something is taken back or erased, each in its own transaction."""
    officer = Officer("chị Hà", "Văn phòng")
    with home.store.begin() as session:
        doors_leaving.close(session, 1, at)
    with home.store.begin() as session:
        doors_leaving.end_role(session, 2, 3, at)
    with home.store.begin() as session:
        doors_helping.end(session, 1, (1,), at)
    with home.store.begin() as session:
        storytelling_consents.take_back(session, 1, 1, at=at)
        telling.withdraw_consent(session, SLUG, "quote", at=at)
    with home.store.begin() as session:
        feedback.close_report(session, 1, outcome="đã xem", now=at)
    with home.store.begin() as session:
        certifying_requests.settle(session, officer, 1, "Đã xóa.", at)
    with home.store.begin() as session:
        story = session.get_one(tables.Story, 2)
        mark = erasing.words_mark(1, "vi", erasing.story_texts(session, story), 2)
        entry = Entry("story", 2, mark, at, (8, 0, 14))
        erasing.erase(session, [entry, Entry("photo", 0, bytes.fromhex(photo), at)])


LEFT = (
    "SELECT name, phone, closed_at IS NULL FROM person WHERE id = 1",
    "SELECT ended_at IS NULL FROM role_grant ORDER BY id",
    "SELECT ended_at IS NULL FROM help_consent",
    "SELECT withdrawn_at IS NULL FROM consent ORDER BY id",
    "SELECT contact FROM report",
    "SELECT count(*) FROM report_private",
    "SELECT contact FROM data_request",
    "SELECT teller, portrait FROM story ORDER BY id",
    "SELECT count(*) FROM erasure",
)


def left(store: Any) -> list[Any]:
    with store.read() as session:
        return [[tuple(row) for row in session.execute(text(query))] for query in LEFT]


def gone(found: list[Any]) -> list[Any]:
    """The same with the truth values of both databases alike."""
    return [[tuple(int(v) if isinstance(v, bool) else v for v in row) for row in rows] for rows in found]


def test_an_older_backup_brings_nobody_back(home: Any, elsewhere: Any, tmp_path: Path, at: datetime) -> None:
    photo = people(home, at)
    backup(home.store, tmp_path / "kept.zip", at)
    forget(home, at + LATER, photo)
    assert not print_file(home.data, photo).exists()
    elsewhere.data.mkdir()
    (elsewhere.data / FILE).write_bytes((home.data / FILE).read_bytes())
    kept = restore(elsewhere.store, tmp_path / "kept.zip", at + 2 * LATER)
    assert (kept.erasures, kept.listed) == (9, True)
    wanted = gone(left(home.store))
    assert wanted[0] == [("—", None, 0)]
    assert gone(left(elsewhere.store)) == wanted
    assert not print_file(elsewhere.data, photo).exists()
    assert elsewhere.findings() == ()
    # And the next backup carries the list: from it alone nothing is done again.
    backup(elsewhere.store, tmp_path / "next.zip", at)
    third = open_store(data=tmp_path / "third")
    again = restore(third, tmp_path / "next.zip", at, erased=home.data / FILE)
    assert (again.erasures, again.listed) == (0, True)
    assert gone(left(third)) == wanted
    third.close()


def test_the_list_may_come_from_elsewhere_and_twice_is_once(
    sqlite_home: Any, elsewhere: Any, tmp_path: Path, at: datetime
) -> None:
    photo = people(sqlite_home, at)
    backup(sqlite_home.store, tmp_path / "kept.zip", at)
    forget(sqlite_home, at + LATER, photo)
    kept = restore(elsewhere.store, tmp_path / "kept.zip", at, erased=sqlite_home.data / FILE)
    assert kept.erasures == 9
    before = gone(left(elsewhere.store))
    assert before == gone(left(sqlite_home.store))
    assert (elsewhere.data / FILE).read_bytes() == (sqlite_home.data / FILE).read_bytes()
    assert erasing.catch_up(elsewhere.store) == 0
    with elsewhere.store.begin() as session:
        for entry in erasures.listed(session):
            erasing.apply(session, entry)
            erasures.add(session, entry)
    assert gone(left(elsewhere.store)) == before


def test_without_a_list_the_restore_says_that_there_was_none_and_the_next_start_makes_up_for_it(
    sqlite_home: Any, elsewhere: Any, tmp_path: Path, at: datetime
) -> None:
    photo = people(sqlite_home, at)
    backup(sqlite_home.store, tmp_path / "kept.zip", at)
    forget(sqlite_home, at + LATER, photo)
    kept = restore(elsewhere.store, tmp_path / "kept.zip", at)
    assert (kept.erasures, kept.listed) == (0, False)
    assert left(elsewhere.store)[0][0][0] == "Nguyễn Thị Hoa"
    assert not (elsewhere.data / FILE).exists()
    (elsewhere.data / FILE).write_bytes((sqlite_home.data / FILE).read_bytes())
    assert erasing.catch_up(elsewhere.store) == 9
    assert gone(left(elsewhere.store)) == gone(left(sqlite_home.store))
    assert not print_file(elsewhere.data, photo).exists()


def test_who_has_the_number_in_another_life_of_the_store_is_not_meant(
    sqlite_home: Any, empty: Any, tmp_path: Path, at: datetime
) -> None:
    backup(sqlite_home.store, tmp_path / "early.zip", at)
    photo = people(sqlite_home, at)
    forget(sqlite_home, at + LATER, photo)
    restore(empty.store, tmp_path / "early.zip", at)
    people(empty, at + 3 * LATER, life=2)
    before = left(empty.store)[:-1]
    (empty.data / FILE).write_bytes((sqlite_home.data / FILE).read_bytes())
    assert erasing.catch_up(empty.store) == 9
    after = left(empty.store)[:-1]
    assert [rows for rows in after if rows not in before] == []


def test_a_list_of_another_realm_is_refused_and_nothing_is_left(
    sqlite_home: Any, empty: Any, tmp_path: Path, at: datetime
) -> None:
    backup(sqlite_home.store, tmp_path / "kept.zip", at)
    (tmp_path / "list").write_bytes(erasures.to_bytes("other.example/tag", []))
    with pytest.raises(WrongRealm, match="other"):
        restore(empty.store, tmp_path / "kept.zip", at, erased=tmp_path / "list")
    assert not empty.store.exists()


ENTRY = Entry("person", 7, bytes(32), datetime.fromisoformat("2026-11-24T03:00:00Z"), (1, 2))


def damage() -> list[tuple[str, Callable[[bytes], bytes]]]:
    return [
        ("empty", lambda _: b""),
        ("first line alone", lambda whole: whole.split(b"\n")[0]),
        ("cut", lambda whole: whole[:-20]),
        ("no end", lambda whole: b"\n".join(whole.split(b"\n")[:-2])),
        ("a line less", lambda whole: b"\n".join([*whole.split(b"\n")[:1], *whole.split(b"\n")[2:]])),
        ("another number", lambda whole: whole.replace(b'"number":7', b'"number":8')),
        ("another format", lambda whole: whole.replace(b"erasures/1", b"erasures/9")),
        ("a list", lambda _: b"[1]\n[2]\n"),
        ("not text", lambda _: b"\xff\xfe\x00"),
        ("deep", lambda _: b"[" * 100_000),
    ]


@pytest.mark.parametrize(("_", "change"), damage(), ids=[name for name, _ in damage()])
def test_a_damaged_list_is_one_sentence(_: str, change: Callable[[bytes], bytes]) -> None:
    with pytest.raises(BadErasures, match="expected"):
        erasures.parse(change(erasures.to_bytes("a/b", [ENTRY])), "a/b")


@pytest.mark.parametrize(
    "entry",
    [
        Entry("dog", 7, bytes(32), ENTRY.at),
        Entry("person", -1, bytes(32), ENTRY.at),
        Entry("person", 2**63, bytes(32), ENTRY.at),
        Entry("person", 7, b"short", ENTRY.at),
        Entry("person", 7, bytes(32), ENTRY.at, (-1,)),
        Entry("person", 7, bytes(32), ENTRY.at, tuple(range(5_000))),
    ],
    ids=["kind", "negative", "huge", "mark", "span", "many"],
)
def test_an_entry_that_means_nothing_makes_the_list_unusable(entry: Entry) -> None:
    with pytest.raises(BadErasures):
        erasures.parse(erasures.to_bytes("a/b", [entry]))


def test_what_is_written_is_read(tmp_path: Path) -> None:
    erasures.write(tmp_path, "a/b", [ENTRY])
    assert erasures.read(tmp_path / FILE, "a/b") == [ENTRY]
    assert (tmp_path / FILE).stat().st_mode & 0o777 == 0o600


def test_an_unusable_file_is_put_aside_and_the_list_written_anew(sqlite_home: Any, at: datetime) -> None:
    (sqlite_home.data / FILE).write_text("half a li")
    with sqlite_home.store.begin() as session:
        erasures.add(session, ENTRY)
    assert erasures.read(sqlite_home.data / FILE) == [ENTRY]
    assert (sqlite_home.data / "erasures-unusable-1.jsonl").read_text() == "half a li"


def test_a_file_that_knows_more_than_the_table_keeps_it(sqlite_home: Any) -> None:
    other = Entry("person", 99, bytes(32), ENTRY.at)
    erasures.write(sqlite_home.data, "ocop.example/tag", [other])
    with sqlite_home.store.begin() as session:
        erasures.add(session, ENTRY)
    assert set(erasures.read(sqlite_home.data / FILE)) == {ENTRY, other}


def test_a_disk_that_takes_no_file_costs_no_erasure(sqlite_home: Any, at: datetime) -> None:
    (sqlite_home.data / FILE).mkdir()
    with sqlite_home.store.begin() as session:
        erasures.add(session, ENTRY)
    with sqlite_home.store.read() as session:
        assert erasures.listed(session) == [ENTRY]
    (sqlite_home.data / FILE).rmdir()
    assert erasing.catch_up(sqlite_home.store) == 0
    assert erasures.read(sqlite_home.data / FILE) == [ENTRY], "written at the next start"


def add_and_fail(session: Any) -> None:
    erasures.add(session, Entry("person", 8, bytes(32), ENTRY.at))
    telling.give_consent(session, SLUG, "nothing", person="Hoa", proof="giấy", at=ENTRY.at)


def test_what_is_taken_back_again_adds_nothing_and_what_fails_leaves_nothing(sqlite_home: Any) -> None:
    for _ in range(2):
        with sqlite_home.store.begin() as session:
            erasures.add(session, ENTRY)
    with pytest.raises(BadValue), sqlite_home.store.begin() as session:
        add_and_fail(session)
    assert erasures.read(sqlite_home.data / FILE) == [ENTRY]


def test_what_ended_with_a_closing_does_not_come_back_with_an_older_backup(
    home: Any, elsewhere: Any, tmp_path: Path, at: datetime
) -> None:
    people(home, at)
    backup(home.store, tmp_path / "kept.zip", at)
    with home.store.begin() as session:
        by = By("chị Hà", at + LATER, "giải thể")
        handing_closing.close(session, Officer("chị Hà", "Văn phòng"), SLUG, "dissolved", by)
    kept = restore(elsewhere.store, tmp_path / "kept.zip", at + 2 * LATER, erased=home.data / FILE)
    assert (kept.erasures, kept.listed) == (5, True), "two consents, two roles at the maker, one help"
    for query in (
        "SELECT count(*) FROM consent WHERE withdrawn_at IS NULL",
        "SELECT count(*) FROM role_grant WHERE ended_at IS NULL AND producer_id = 1",
        "SELECT count(*) FROM help_consent WHERE ended_at IS NULL",
    ):
        with elsewhere.store.read() as session:
            assert session.execute(text(query)).scalar_one() == 0, query
    with elsewhere.store.read() as session:
        assert session.get_one(tables.Producer, 1).closed_at is None, "closing again is the office's act"
        held = "SELECT count(*) FROM role_grant WHERE ended_at IS NULL AND province = '40'"
        assert session.execute(text(held)).scalar_one() == 1, "a role elsewhere stays"
    assert elsewhere.findings() == ()
