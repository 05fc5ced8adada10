"""Looking somebody up among thousands of stories: few questions to the database, and nothing is passed over."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from ocop.trace import doors, doors_leaving, erasing, erasing_finding, facts, handing_closing
from ocop.trace.certifying import Scope
from ocop.trace.registry import editing, tables
from ocop.trace.rights import Grant, Role
from sqlalchemy import event, select

NOW = datetime(2026, 11, 23, 4, 5, 6, tzinfo=UTC)
TEA, MAKER, PROVINCE = "09521234543213", "htx-huong-van-tra", Scope("19")


def asked(office: Any) -> int:
    """How many statements a look takes."""
    count = 0

    def one(*_: object) -> None:
        nonlocal count
        count += 1

    event.listen(office.store.engine, "before_cursor_execute", one)
    try:
        with office.store.read() as session:
            erasing_finding.find(session, PROVINCE, "Tên Không Có", "", NOW)
    finally:
        event.remove(office.store.engine, "before_cursor_execute", one)
    return count


def test_a_look_takes_as_many_questions_for_thirty_revisions_as_for_one(office: Any) -> None:
    step = facts.Step("Sao chè", None)
    office.tell(TEA, replace(office.story, steps=(step,)))
    few = asked(office)
    for number in range(29):
        office.tell(TEA, replace(office.story, lead=f"Lời thứ {number}", steps=(step,)))
    assert 0 < asked(office) <= few


def test_the_words_of_the_making_are_found_and_erased_in_their_own_place(office: Any) -> None:
    steps = (
        facts.Step("Hái chè", None),
        facts.Step("Bà Tạ Thị Mùi sao chè", None),
        facts.Step("Đóng gói", None),
    )
    office.tell(TEA, replace(office.story, steps=steps))
    with office.store.begin() as session:
        found = erasing_finding.find(session, PROVINCE, "Tạ Thị Mùi", "", NOW)
        assert [one.kind for one in found] == ["story"]
        assert erasing.erase(session, [one.entry for one in found]) == 1
        step = tables.StoryStep
        assert list(session.scalars(select(step.text).order_by(step.line))) == [
            "Hái chè",
            "Bà … sao chè",
            "Đóng gói",
        ]


def test_what_somebody_wrote_to_the_office_goes_with_the_account(office: Any) -> None:
    with office.store.begin() as session:
        maker = editing.producer_row(session, MAKER).id or 0
        row = doors.add_person(session, "Bà Vân", "0912345678", NOW, handle=b"h" * 32)
        doors.give_role(session, row.id or 0, Grant(Role.PRODUCER, maker), "phòng", NOW)
        handing_closing.ask(session, maker, row.id or 0, "Tôi ốm, không làm được nữa", NOW)
        doors_leaving.close(session, row.id or 0, NOW)
        (wish,) = handing_closing.wishes(session, PROVINCE)
        assert (wish.maker, wish.words) == ("HTX Hương Vân Trà", "")
