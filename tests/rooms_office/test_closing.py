"""A maker that stopped: what ends, what stays, and coming back; on both databases."""

import secrets
import threading
import time
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from ocop.trace import (
    certifying_makers,
    doors,
    doors_helping,
    doors_invitations,
    doors_sessions,
    facts,
    handing_closing,
    handing_ending,
    handing_people,
)
from ocop.trace.certifying import NotYours, Officer, Scope
from ocop.trace.doors_invitations import LinkState, Wanted
from ocop.trace.handing_people import Change
from ocop.trace.issuing import IssueRequest, check_may_sign, find_issued, issue
from ocop.trace.provisioning_stations import make_plan
from ocop.trace.registry import catalogue, editing, press, stations, tables, telling
from ocop.trace.registry.catalogue import Query
from ocop.trace.registry.errors import BadValue, StoreBusy
from ocop.trace.registry.ledger_store import examine, open_ledger
from ocop.trace.registry.makers import MakerClosed
from ocop.trace.registry.reads import batch_facts
from ocop.trace.registry.showing import Use, may_be_heard, picture_use
from ocop.trace.registry.store import read_meta
from ocop.trace.rights import Grant, Role
from ocop.trace.signing.evidence import Signature
from ocop.trace.signing.token import Carrier
from ocop.trace.tags.plan import Kind
from ocop.trace.verdict import Evidence, judge
from ocop.trace.verdict_ids import CodeAnswer
from ocop.trace.withdrawing import NothingToDo, release
from sqlalchemy import select, text
from sqlmodel import col

NOW = datetime(2026, 11, 23, 4, 5, 6, tzinfo=UTC)
TODAY = date(2026, 11, 23)
TEA, LEAF, HAMMOCK = "09521234543213", "P/4VTR0QB4", "09521234543220"
HA = Officer("chị Hà", "Văn phòng OCOP tỉnh Thái Nguyên", Scope("19"))
MAKER = "htx-huong-van-tra"


def close(house: Any, cause: str = "dissolved", slug: str = MAKER) -> handing_closing.Closed:
    with house.store.begin() as session:
        return handing_closing.close(session, HA, slug, cause, house.by("giải thể theo nghị quyết"))


def number(house: Any, slug: str = MAKER) -> int:
    with house.store.read() as session:
        return editing.producer_row(session, slug).id or 0


def person(house: Any, name: str, phone: str) -> int:
    """Somebody who works for the maker."""
    maker = number(house)
    with house.store.begin() as session:
        row = doors.add_person(session, name, phone, NOW, handle=secrets.token_bytes(32))
        doors.give_role(session, row.id or 0, Grant(Role.PRODUCER, maker), "phòng", NOW)
        return row.id or 0


def known(house: Any, lot: str = "L1") -> facts.BatchFacts:
    entered = house.state().batch(TEA, lot)
    with house.store.read() as session:
        found = batch_facts(session, entered, 1)
        assert found is not None
        return found


def told(house: Any) -> None:
    """A story with a portrait and a voice, everything agreed to."""
    photo, clip = facts.Photo("a" * 64, ((360, 240),)), "b" * 64
    with house.store.begin() as session:
        telling.save_photo(session, photo)
        for item in ("portrait", "voice", "phone", "press", "quote"):
            telling.give_consent(session, MAKER, item, person="Nguyễn Thị Vân", proof="giấy số 1", at=NOW)
    voice = facts.Voice(clip, "audio/mp4", 40, 100_000, "Tôi là Vân")
    house.tell(TEA, replace(house.story, portrait=photo, voice=voice))


class TestClosing:
    def test_no_batch_is_issued_any_more_and_a_repeat_of_an_earlier_one_is_still_found(
        self, office: Any
    ) -> None:
        office.issue("L1")
        close(office)
        with pytest.raises(MakerClosed, match="programme office can open it again"):
            office.issue("L2")
        assert office.issue("L1").created is False

    def test_no_label_and_no_chip_is_made_any_more(self, office: Any) -> None:
        office.issue("L1")
        close(office)
        with office.store.read() as session, pytest.raises(MakerClosed):
            check_may_sign(session, find_issued(session, TEA, "L1"))

    def test_codes_on_goods_are_judged_as_before(self, office: Any) -> None:
        office.issue("L1")
        with office.store.begin() as session:
            release(session, TEA, "L1", office.by())
        size = office.state().size
        close(office)
        found = known(office)
        evidence = Evidence(Signature.HOLDS, Carrier.PRINT, "000001", key_number=1)
        assert judge(evidence, found.product, found.batch, NOW).code is CodeAnswer.CODE_ISSUED
        assert found.producer.closed_on == TODAY
        assert office.state().size == size, "nothing is withdrawn"
        with office.store.read() as session:
            assert examine(session) == ()

    def test_everything_personal_is_gone_at_once_and_the_making_stays(self, office: Any) -> None:
        told(office)
        office.issue("L1")
        assert known(office).product.stories["vi"].portrait is not None
        assert close(office).ended.consents == 5
        found = known(office)
        story = found.product.stories["vi"]
        assert (story.portrait, story.voice, story.teller, set(story.answers)) == (None, None, "", {""})
        assert story.land == "Đất Tân Cương"
        assert (found.producer.phone, found.producer.press) == ("", False)
        with office.store.read() as session:
            assert picture_use(session, "a" * 64) is Use.NONE
            assert not may_be_heard(session, "b" * 64)
            assert press.offered(session, TEA, 1, office.state(), TODAY) is None

    def test_a_consent_that_arrives_too_late_shows_nothing(self, office: Any) -> None:
        told(office)
        office.issue("L1")
        close(office)
        with office.store.begin() as session:
            for item in ("portrait", "phone", "press", "voice"):
                telling.give_consent(session, MAKER, item, person="Bà Lan", proof="giấy", at=NOW)
        found = known(office)
        assert (found.product.stories["vi"].portrait, found.producer.phone) == (None, "")
        with office.store.read() as session:
            assert picture_use(session, "a" * 64) is Use.NONE
            assert not may_be_heard(session, "b" * 64)
            assert press.offered(session, TEA, 1, office.state(), TODAY) is None

    def test_the_catalogue_offers_it_no_more(self, office: Any) -> None:
        office.tell(HAMMOCK)
        close(office)
        with office.store.read() as session:
            state = office.state()
            found = catalogue.find(session, Query(), 1, state, TODAY)
            assert [one.product.key for one in found.products] == [HAMMOCK]
            assert list(catalogue.provinces(session)) == ["40"]

    def test_everybody_loses_their_way_in(self, office: Any) -> None:
        chief, maker = person(office, "Bà Vân", "0912345678"), number(office)
        helper = secrets.token_bytes(32)
        with office.store.begin() as session:
            aid = doors.add_person(session, "Cháu Nam", "0912345679", NOW, handle=secrets.token_bytes(32))
            doors.give_role(session, aid.id or 0, Grant(Role.COMMUNE, commune="05503"), "phòng", NOW)
            doors_helping.agree(
                session, aid.id or 0, maker, agreed_by="Bà Vân", proof="miệng", entered_by=chief, now=NOW
            )
            cookie = doors_sessions.begin(session, aid.id or 0, "Chrome", NOW, fresh=helper)
            signed = doors_sessions.find(session, cookie, NOW)
            assert signed is not None
            doors_sessions.help_for(session, signed, maker)
            wanted = Wanted("Ông Tư", "", Grant(Role.PRODUCER, maker))
            link = doors_invitations.invite(
                session, wanted, by="Bà Vân", now=NOW, fresh=secrets.token_bytes(32)
            )
        ended = close(office).ended
        assert (ended.roles, ended.helpers, ended.invitations) == (1, 1, 1)
        with office.store.read() as session:
            assert doors_sessions.grants_of(session, chief) == ()
            assert doors_invitations.read(session, link, NOW).state is LinkState.ENDED
            seen = doors_sessions.find(session, cookie, NOW)
            assert seen is not None
            assert seen.actor.helping is None
        for late in (
            lambda session: doors.give_role(session, chief, Grant(Role.PRODUCER, maker), "phòng", NOW),
            lambda session: doors_helping.agree(
                session, 2, maker, agreed_by="x", proof="x", entered_by=chief, now=NOW
            ),
        ):
            with pytest.raises(MakerClosed), office.store.begin() as session:
                late(session)

    def test_closing_twice_is_once_and_another_province_may_not(self, office: Any) -> None:
        close(office)
        with pytest.raises(NothingToDo):
            close(office)
        with pytest.raises(NotYours):
            close(office, slug="to-hop-tac-ben-may")
        with pytest.raises(BadValue, match="cause"):
            close(office, cause="tired")

    def test_no_product_is_added_to_it(self, office: Any) -> None:
        close(office)
        given = certifying_makers.ProductGiven("Trà mới", 2)
        with pytest.raises(MakerClosed), office.store.begin() as session:
            certifying_makers.add_product(session, MAKER, given, office.by(), "P/0000000R")

    def test_every_worker_hears_of_it(self, office: Any) -> None:
        with office.store.read() as session:
            before = read_meta(session).facts_version
        close(office)
        with office.store.read() as session:
            assert read_meta(session).facts_version > before

    def test_a_batch_that_is_issued_meanwhile_is_whole_or_refused(self, office: Any) -> None:
        """Ten times, from two threads at once: either the batch came first, or it isn't there at all."""
        outcomes = set()
        for attempt in range(10):
            lot, ready = f"R{attempt}", threading.Barrier(2)
            said: list[str] = []

            def issuing(lot: str = lot, ready: threading.Barrier = ready, said: list[str] = said) -> None:
                ready.wait()
                request = IssueRequest(f"race {lot}", TEA, lot, made=TODAY, count=5)
                while True:
                    try:
                        issue(office.store.begin, office.keystore, request, "chị Hoa", NOW)
                        said.append("issued")
                    except MakerClosed:
                        said.append("refused")
                    except StoreBusy:
                        continue
                    return

            thread = threading.Thread(target=issuing)
            thread.start()
            ready.wait()
            close(office)
            thread.join()
            with office.store.read() as session:
                rows = session.scalars(select(tables.Batch).where(col(tables.Batch.lot) == lot)).all()
                closing = handing_closing.closing_of(session, number(office))
                assert closing is not None
                assert examine(session) == ()
            assert len(rows) == (said == ["issued"])
            assert all(row.state == "entered" for row in rows)
            outcomes |= set(said)
            with office.store.begin() as session:
                handing_closing.reopen(session, HA, MAKER, office.by("thử lại"))
        assert outcomes <= {"issued", "refused"}


def test_a_closing_waits_for_a_chip_that_is_being_bound_and_neither_for_the_other(office: Any) -> None:
    """A binding holds its plan and then asks for the ledger: the closing must not sit on the ledger meanwhile."""
    office.issue("L1")
    with office.store.begin() as session:
        plan = make_plan(
            session, TEA, "L1", Kind.NTAG21X, None, None, "https://id.example.vn", "chị Hoa", NOW
        ).plan
    closing = threading.Thread(target=close, args=(office,))
    with office.store.begin() as session:
        stations.locked_plan(session, plan)
        closing.start()
        if office.store.file is None:
            until_somebody_waits(office.store)
        open_ledger(session)
    closing.join(60)
    with office.store.read() as session:
        assert handing_closing.closing_of(session, number(office)) is not None
        assert stations.open_plans(session) == []


def until_somebody_waits(store: Any) -> None:
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    until = time.monotonic() + 30
    while True:
        with store.read() as session:
            if session.execute(text(waiting)).scalar_one():
                return
        assert time.monotonic() < until, "nobody waits"


class TestReopening:
    def test_it_goes_on_and_its_people_may_come_back_but_consents_do_not(self, office: Any) -> None:
        chief = person(office, "Bà Vân", "0912345678")
        told(office)
        office.issue("L1")
        close(office)
        with office.store.begin() as session:
            assert handing_closing.reopen(session, HA, MAKER, office.by("đóng nhầm"), give_back=True) == 1
        with office.store.read() as session:
            assert doors_sessions.grants_of(session, chief) == (Grant(Role.PRODUCER, number(office)),)
        found = known(office)
        assert found.producer.closed_on is None
        assert (found.producer.phone, found.product.stories["vi"].portrait) == ("", None)
        assert any(found.product.stories["vi"].answers)
        office.issue("L2")

    def test_without_being_told_nobody_comes_back(self, office: Any) -> None:
        chief = person(office, "Bà Vân", "0912345678")
        close(office)
        with office.store.begin() as session:
            assert handing_closing.reopen(session, HA, MAKER, office.by("làm lại")) == 0
            assert doors_sessions.grants_of(session, chief) == ()

    def test_what_is_at_work_can_not_be_opened(self, office: Any) -> None:
        with pytest.raises(NothingToDo), office.store.begin() as session:
            handing_closing.reopen(session, HA, MAKER, office.by("x"))

    def test_both_stand_on_record(self, office: Any) -> None:
        close(office, "died")
        with office.store.begin() as session:
            handing_closing.reopen(session, HA, MAKER, office.by("nhầm"))
        close(office, "wish")
        with office.store.read() as session:
            rows = session.scalars(
                select(tables.ProducerClosing).order_by(col(tables.ProducerClosing.id))
            ).all()
            assert [(row.cause, row.reopen_reason) for row in rows] == [("died", "nhầm"), ("wish", "")]


class TestWish:
    def test_a_wish_waits_for_the_office_of_its_place_and_ends_with_the_closing(self, office: Any) -> None:
        chief, maker = person(office, "Bà Vân", "0912345678"), number(office)
        for said in ("Tôi nghỉ", "Tôi nghỉ làm chè vì già yếu"):
            with office.store.begin() as session:
                handing_closing.ask(session, maker, chief, said, NOW)
        with office.store.read() as session:
            (wish,) = handing_closing.wishes(session, Scope("19"))
            assert (wish.slug, wish.person, wish.words) == (MAKER, "Bà Vân", "Tôi nghỉ làm chè vì già yếu")
            assert handing_closing.wishes(session, Scope("40")) == []
        close(office, "wish")
        with office.store.read() as session:
            assert handing_closing.wishes(session, Scope("19")) == []

    def test_it_can_be_taken_back(self, office: Any) -> None:
        chief, maker = person(office, "Bà Vân", "0912345678"), number(office)
        with office.store.begin() as session:
            handing_closing.ask(session, maker, chief, "", NOW)
            assert handing_closing.end_wish(session, maker, NOW)
            assert not handing_closing.end_wish(session, maker, NOW)


class TestPeople:
    def change(self, office: Any, change: Change, later: timedelta = timedelta()) -> handing_people.Changed:
        by = replace(office.by("giám đốc nghỉ hưu"), at=NOW + later)
        with office.store.begin() as session:
            return handing_people.change_people(
                session, number(office), change, by, fresh=secrets.token_bytes(32)
            )

    def wanted(self, office: Any, name: str = "Trần Văn Nam") -> Wanted:
        return Wanted(name, "0987654321", Grant(Role.PRODUCER, number(office)))

    def test_one_leaves_another_comes_and_everything_of_the_maker_stays(self, office: Any) -> None:
        old, stays = person(office, "Bà Vân", "0912345678"), person(office, "Cô Mai", "0912345670")
        told(office)
        office.issue("L1")
        done = self.change(office, Change((old,), self.wanted(office)))
        assert done.left == ("Bà Vân",)
        with office.store.read() as session:
            assert doors_sessions.grants_of(session, old) == ()
            assert doors_sessions.grants_of(session, stays) != ()
            assert doors_invitations.read(session, done.link, NOW).state is LinkState.OPEN
        assert known(office).product.stories["vi"].portrait is not None

    def test_what_the_old_one_let_in_ends_with_her(self, office: Any) -> None:
        old, maker = person(office, "Bà Vân", "0912345678"), number(office)
        aid = person(office, "Cháu Nam", "0912345679")
        with office.store.begin() as session:
            doors_helping.agree(
                session, aid, maker, agreed_by="Bà Vân", proof="miệng", entered_by=old, now=NOW
            )
            link = doors_invitations.invite(
                session, self.wanted(office), by="Bà Vân", now=NOW, fresh=secrets.token_bytes(32)
            )
            handing_closing.ask(session, maker, old, "", NOW)
        done = self.change(office, Change((old,)))
        assert (done.ended.roles, done.ended.helpers, done.ended.invitations, done.link) == (1, 1, 1, "")
        with office.store.read() as session:
            assert doors_helping.helpers(session, (maker,), NOW) == []
            assert doors_invitations.read(session, link, NOW).state is LinkState.ENDED
            assert handing_closing.wish_of(session, maker) is None

    def test_consents_end_only_when_they_are_named(self, office: Any) -> None:
        old = person(office, "Bà Vân", "0912345678")
        told(office)
        office.issue("L1")
        with office.store.read() as session:
            numbers = {row.item: row.id or 0 for row in session.scalars(select(tables.Consent))}
        self.change(office, Change((old,), self.wanted(office), (numbers["portrait"],)))
        story = known(office).product.stories["vi"]
        assert (story.portrait is None, story.voice is None) == (True, False)

    def test_a_maker_is_not_left_without_people(self, office: Any) -> None:
        old = person(office, "Bà Vân", "0912345678")
        with pytest.raises(BadValue, match="closed"):
            self.change(office, Change((old,)))
        with pytest.raises(BadValue, match="leaves"):
            self.change(office, Change((), self.wanted(office)))

    def test_the_second_time_nobody_is_left_to_leave(self, office: Any) -> None:
        old = person(office, "Bà Vân", "0912345678")
        self.change(office, Change((old,), self.wanted(office)))
        with pytest.raises(NothingToDo):
            self.change(office, Change((old,), self.wanted(office)))

    def test_the_people_of_a_maker_are_listed_by_name(self, office: Any) -> None:
        person(office, "Bà Vân", "0912345678")
        person(office, "Anh Bình", "0912345679")
        with office.store.read() as session:
            found = handing_ending.people_of(session, number(office))
            assert [one.name for one in found] == ["Anh Bình", "Bà Vân"]
