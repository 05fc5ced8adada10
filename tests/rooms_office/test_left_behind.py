"""People who agreed to one maker only: no other maker, and no restored backup, shows them or lets them in again."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from ocop.trace import (
    doors,
    doors_leaving,
    erasing,
    erasing_finding,
    facts,
    handing,
    handing_closing,
    handing_people,
    storytelling,
)
from ocop.trace.certifying import Officer, Scope
from ocop.trace.handing import HandOverGiven
from ocop.trace.handing_people import Change
from ocop.trace.keeping import backup, restore
from ocop.trace.registry import editing, erasures, tables, telling
from ocop.trace.registry.reads import product_facts
from ocop.trace.registry.showing import Use, picture_use
from ocop.trace.registry.store import open_store
from ocop.trace.rights import Grant, Role
from sqlalchemy import select
from sqlmodel import col

NOW, TODAY = datetime(2026, 11, 23, 4, 5, 6, tzinfo=UTC), date(2026, 11, 23)
TEA, OLD, NEW = "09521234543213", "htx-huong-van-tra", "htx-che-moi"
HA = Officer("chị Hà", "Văn phòng OCOP tỉnh Thái Nguyên", Scope("19"))
VAN, LAN = "Nguyễn Thị Vân", "Trần Thị Lan"
FACE = facts.Photo("a" * 64, ((360, 240),))


@pytest.fixture
def house(office: Any) -> Any:
    """Two makers; of the old one two people allow to be shown, one works there and was helped."""
    place = facts.Place("19", "tỉnh Thái Nguyên", "05503", "xã Tân Cương")
    with office.store.begin() as session:
        new = facts.Producer(NEW, "HTX Chè Mới", facts.ProducerKind.COOPERATIVE, place)
        editing.save_producer(session, new)
        telling.save_photo(session, FACE)
        for person in (VAN, LAN):
            for item in ("portrait", "quote"):
                telling.give_consent(session, OLD, item, person=person, proof="giấy số 1", at=NOW)
        maker = editing.producer_row(session, OLD).id or 0
        for number, name in enumerate((VAN, "Cán bộ xã"), 1):
            row = doors.add_person(session, name, f"091234567{number}", NOW, handle=bytes([number] * 32))
            doors.give_role(session, row.id or 0, Grant(Role.PRODUCER, maker), "phòng", NOW)
        session.add(
            tables.HelpConsent(person_id=2, producer_id=maker, agreed_by=VAN, proof="giấy", entered_by=1,
                               given_at=NOW, until=datetime(2027, 1, 1, tzinfo=UTC))
        )  # fmt: skip
    return office


def consents(house: Any, *people: str) -> tuple[int, ...]:
    query = select(col(tables.Consent.id)).where(col(tables.Consent.person).in_(people))
    with house.store.read() as session:
        return tuple(number or 0 for number in session.scalars(query))


def over(house: Any, *carry: int) -> None:
    given = HandOverGiven(OLD, NEW, (TEA,), carry=carry, proof="biên bản" if carry else "")
    with house.store.begin() as session:
        handing.hand_over(session, HA, given, house.by("nhập làm một"), TODAY)


def shown(house: Any) -> facts.Story | None:
    with house.store.read() as session:
        found = product_facts(session, TEA, 1, house.state())
        assert found is not None
        return found.product.stories.get("vi")


def begun(house: Any) -> storytelling.Draft:
    """What the new maker's editor begins with, where nobody's picture is given out."""
    with house.store.begin() as session:
        telling.give_consent(session, NEW, "portrait", person="Ông Nam", proof="giấy số 2", at=NOW)
        assert picture_use(session, FACE.name) is Use.NONE
        return storytelling.open_draft(session, TEA, "vi")


def test_a_story_that_was_taken_down_is_no_draft_with_people_for_the_next_maker(house: Any) -> None:
    house.tell(TEA, replace(house.story, portrait=FACE))
    with house.store.begin() as session:
        telling.take_down(session, TEA, "vi")
    over(house)
    draft = begun(house)
    assert (draft.portrait, draft.told.teller, set(draft.told.answers)) == ("", "", {""})
    assert (draft.told.lead, draft.published) == (house.story.lead, False)


def test_a_story_of_which_nothing_remains_is_no_draft_with_people_for_the_next_maker(house: Any) -> None:
    house.tell(TEA, replace(house.story, portrait=FACE, lead="", land="", steps=()))
    over(house)
    assert shown(house) is None
    draft = begun(house)
    assert (draft.portrait, draft.told.teller, set(draft.told.answers)) == ("", "", {""})
    assert draft.told.title == house.story.title


def test_where_one_of_two_people_did_not_agree_anew_neither_face_nor_words_go_along(house: Any) -> None:
    house.tell(TEA, replace(house.story, portrait=FACE, teller=LAN))
    over(house, *consents(house, VAN))
    story = shown(house)
    assert story is not None
    assert (story.portrait, story.teller, set(story.answers)) == (None, "", {""})


def test_where_both_agreed_anew_they_go_along(house: Any) -> None:
    house.tell(TEA, replace(house.story, portrait=FACE, teller=LAN))
    over(house, *consents(house, VAN, LAN))
    story = shown(house)
    assert story is not None
    assert (story.portrait, story.teller, story.answers) == (FACE, LAN, house.story.answers)


def test_a_face_in_what_was_told_before_a_hand_over_can_still_be_found_and_erased(house: Any) -> None:
    house.tell(TEA, replace(house.story, portrait=FACE, teller="", lead="Chè", answers=("",) * 5))
    over(house)
    with house.store.begin() as session:
        found = erasing_finding.find(session, Scope("19"), VAN, "", NOW)
        faces = [one.entry for one in found if one.media == FACE.name]
        assert erasing.erase(session, faces) == 1
        assert [row.portrait for row in session.scalars(select(tables.Story))] == [None, None]
        assert [one for one in erasing_finding.find(session, Scope("40"), VAN, "", NOW) if one.picture] == []


def test_an_account_that_closes_takes_its_name_from_batches_of_its_own_maker_only(house: Any) -> None:
    house.issue("L1")
    over(house)
    house.issue("L2")
    with house.store.begin() as session:
        maker = editing.producer_row(session, NEW).id or 0
        new = doors.add_person(session, LAN, "0912345679", NOW, handle=b"n" * 32)
        doors.give_role(session, new.id or 0, Grant(Role.PRODUCER, maker), "phòng", NOW)
        lots = {row.lot: row.id or 0 for row in session.scalars(select(tables.Batch))}
        for lot in lots.values():
            for name in (VAN, LAN):
                session.add(tables.PrintRun(batch_id=lot, stock="a4", labels=2, at=NOW, actor=name))
        session.flush()
        doors_leaving.close(session, 1, NOW)
        doors_leaving.close(session, new.id or 0, NOW)
        of_lots = {number: lot for lot, number in lots.items()}
        runs = session.scalars(select(tables.PrintRun).order_by(tables.PrintRun.id))
        names = [(of_lots[row.batch_id], row.actor) for row in runs]
        assert names == [("L1", "—"), ("L1", LAN), ("L2", VAN), ("L2", "—")]


def closed(house: Any) -> None:
    with house.store.begin() as session:
        handing_closing.close(session, HA, OLD, "dissolved", house.by("giải thể"))


def left(house: Any) -> None:
    with house.store.begin() as session:
        maker = editing.producer_row(session, OLD).id or 0
        change = Change((1,), None, consents(house, VAN, LAN))
        handing_people.change_people(session, maker, change, house.by("nghỉ hưu"), fresh=b"x" * 32)


def standing(store: Any) -> tuple[int, int, int]:
    """Consents, helping, and roles of the one who left, that stand."""
    with store.read() as session:
        return (
            len(list(session.scalars(select(tables.Consent).where(col(tables.Consent.withdrawn_at).is_(None))))),
            len(list(session.scalars(select(tables.HelpConsent).where(col(tables.HelpConsent.ended_at).is_(None))))),
            len(list(session.scalars(select(tables.RoleGrant).where(
                col(tables.RoleGrant.ended_at).is_(None), col(tables.RoleGrant.person_id) == 1)))),
        )  # fmt: skip


@pytest.mark.parametrize("act", [closed, left])
def test_an_older_backup_shows_nobody_and_admits_nobody_again(
    house: Any, act: Callable[[Any], None], tmp_path: Path
) -> None:
    backup(house.store, tmp_path / "kept.zip", NOW)
    assert standing(house.store) == (4, 1, 1)
    act(house)
    assert standing(house.store) == (0, 0, 0)
    listed = house.store.data / erasures.FILE
    again = open_store(data=tmp_path / "again")
    assert restore(again, tmp_path / "kept.zip", NOW, erased=listed).erasures > 0
    assert standing(again) == (0, 0, 0)
    assert erasing.catch_up(again) == 0
    again.close()
