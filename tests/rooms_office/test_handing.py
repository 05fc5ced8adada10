"""Products go from one maker to another as one act, on both databases; old goods stay truthful."""

import base64
import hashlib
import secrets
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from ocop.trace import certifying, doors, facts, handing, handing_closing, withdrawing
from ocop.trace.batching_shop import look
from ocop.trace.certifying import Line, NotYours, Officer, Paper, Scope
from ocop.trace.handing import HandedOver, HandOverGiven, Stars, hand_over
from ocop.trace.issuing import check_may_sign, find_issued, links
from ocop.trace.issuing_keys import add_issuer, add_key
from ocop.trace.provisioning_stations import make_plan
from ocop.trace.registry import editing, ledger_store, quotas, tables, telling
from ocop.trace.registry.catalogue import Query, find
from ocop.trace.registry.errors import BadValue, Conflict, RegistryError, StoreBusy, Unknown
from ocop.trace.registry.makers import MadeByOther, MakerClosed
from ocop.trace.registry.reads import batch_facts, product_facts
from ocop.trace.rights import Grant, Role
from ocop.trace.scanned import read
from ocop.trace.signing.entries import Why
from ocop.trace.signing.evidence import Signature, check
from ocop.trace.tags.plan import Kind
from ocop.trace.verdict_ids import StarAnswer
from ocop.trace.verdict_stars import product_stars
from ocop.trace.withdrawing import NothingToDo
from sqlalchemy import select
from sqlmodel import col

NOW = datetime(2026, 11, 23, 4, 5, 6, tzinfo=UTC)
TODAY = date(2026, 11, 23)
TEA, LEAF, HAMMOCK = "09521234543213", "P/4VTR0QB4", "09521234543220"
HA = Officer("chị Hà", "Văn phòng OCOP tỉnh Thái Nguyên", Scope("19"))
OLD, NEW = "htx-huong-van-tra", "htx-che-moi"
REALM = "ocop.example/tag"


@pytest.fixture
def house(office: Any) -> Any:
    """Two makers of one province; the old one has an issuer of its own."""
    with office.store.begin() as session:
        place = facts.Place("19", "tỉnh Thái Nguyên", "05503", "xã Tân Cương")
        editing.save_producer(
            session, facts.Producer(NEW, "HTX Chè Mới", facts.ProducerKind.COOPERATIVE, place)
        )
    return office


@pytest.fixture
def own_issuer(house: Any) -> Any:
    """The tea's identifiers are held by an issuer that signs for nobody else."""
    with house.store.begin() as session:
        add_issuer(session, OLD, "HTX Hương Vân Trà", "19", house.by(), [TEA, LEAF])
    add_key(house.store.begin, house.keystore, OLD, house.by())
    return house


def over(house: Any, *keys: str, **given: Any) -> HandedOver:
    wanted = HandOverGiven(OLD, NEW, keys or (TEA,), **given)
    with house.store.begin() as session:
        return hand_over(session, HA, wanted, house.by("hai hợp tác xã nhập làm một"), TODAY)


def scanned_facts(house: Any, lot: str) -> facts.BatchFacts:
    state = house.state()
    with house.store.read() as session:
        entered = state.batch(TEA, lot)
        assert entered is not None
        found = batch_facts(session, entered, 1)
        assert found is not None
        return found


def of_product(house: Any, key: str = TEA) -> facts.ProductFacts:
    with house.store.read() as session:
        found = product_facts(session, key, 1, house.state())
        assert found is not None
        return found


def certify(house: Any, key: str = TEA) -> None:
    paper = Paper("303/QĐ-UBND", date(2026, 2, 4), "UBND tỉnh Thái Nguyên")
    line = Line(1, "19", "HTX Hương Vân Trà", "Trà", 4, date(2026, 2, 4), date(2029, 2, 3), key=key)
    with house.store.begin() as session:
        certifying.enter_decision(session, HA, paper, [line], NOW)


def agree(house: Any, *items: str) -> tuple[int, ...]:
    with house.store.begin() as session:
        for item in items:
            telling.give_consent(session, OLD, item, person="Nguyễn Thị Vân", proof="giấy số 1", at=NOW)
        return tuple(number or 0 for number in session.scalars(select(col(tables.Consent.id))))


def portrait(house: Any, name: str = "a" * 64) -> facts.Photo:
    photo = facts.Photo(name, ((360, 240),))
    with house.store.begin() as session:
        telling.save_photo(session, photo)
    return photo


def test_the_page_of_goods_sold_before_says_who_made_them_and_who_makes_the_product_now(house: Any) -> None:
    house.issue("L1")
    over(house)
    batch, product = scanned_facts(house, "L1"), of_product(house)
    assert (batch.producer.name, batch.producer.successor) == ("HTX Hương Vân Trà", "HTX Chè Mới")
    assert (product.producer.name, product.producer.successor) == ("HTX Chè Mới", "")
    house.issue("L2")
    assert scanned_facts(house, "L2").producer.name == "HTX Chè Mới"


def test_a_maker_that_is_called_otherwise_keeps_its_name_on_goods_sold_before(house: Any) -> None:
    house.issue("L1")
    with house.store.begin() as session:
        maker = editing.producer_row(session, OLD)
        maker.name = "HTX Trà Tân Cương Xanh"
        session.add(maker)
    made = scanned_facts(house, "L1").producer
    assert (made.name, made.renamed) == ("HTX Hương Vân Trà", "HTX Trà Tân Cương Xanh")
    with house.store.begin() as session:
        maker = editing.producer_row(session, OLD)
        maker.name = "HTX Huong Van Tra"
        session.add(maker)
    made = scanned_facts(house, "L1").producer
    assert (made.name, made.renamed) == ("HTX Huong Van Tra", ""), "another spelling is a correction"


def test_an_own_issuer_gives_its_identifiers_up_and_old_codes_stay_good(own_issuer: Any) -> None:
    house = own_issuer
    batch = house.issue("L1")
    (_, link), *_ = links(house.keystore, REALM, "https://id.example.vn", batch, 1, 1)
    done = over(house)
    state = house.state()
    assert state.holders(TEA)[-2:] == (OLD, NEW)
    assert done.identifiers == 1
    assert state.holders(LEAF)[-1] == OLD, "what wasn't handed over stays"
    path, _, query = link.partition("://")[2].partition("/")[2].partition("?")
    scanned = read(f"/{path}".encode(), query.encode())
    assert (
        check(state, REALM, scanned.identifier, scanned.token, None, None, restored=False) is Signature.HOLDS
    )
    with house.store.read() as session:
        assert ledger_store.examine(session) == ()


def test_a_body_that_signs_for_others_too_keeps_what_it_holds(house: Any) -> None:
    before = house.state().size
    done = over(house)
    assert (done.identifiers, house.state().size) == (0, before)
    house.issue("L2")


def test_no_label_or_chip_is_made_of_a_batch_that_the_other_maker_made(house: Any) -> None:
    house.issue("L1")
    over(house)
    with house.store.read() as session, pytest.raises(MadeByOther, match="HTX Hương Vân Trà"):
        check_may_sign(session, find_issued(session, TEA, "L1"))
    house.issue("L2")
    with house.store.read() as session:
        check_may_sign(session, find_issued(session, TEA, "L2"))


def test_people_in_the_story_stay_behind_and_the_making_goes_along(house: Any) -> None:
    agree(house, "portrait", "phone", "quote")
    step = facts.Step("Sao chè trên chảo gang", portrait(house, "b" * 64))
    house.tell(TEA, replace(house.story, portrait=portrait(house), steps=(step,)))
    with house.store.begin() as session:
        telling.check_story(session, TEA, "vi", 1, by="Văn phòng", on=TODAY)
        telling.give_consent(session, NEW, "portrait", person="Ông Nam", proof="giấy số 2", at=NOW)
    over(house)
    found = of_product(house)
    story = found.product.stories["vi"]
    assert (story.portrait, story.voice, story.teller, set(story.answers)) == (None, None, "", {""})
    assert (story.lead, story.land, story.steps) == (house.story.lead, house.story.land, (step,))
    assert story.checked_by == "", "nobody has read it as it is now"
    assert found.producer.phone == ""


def test_a_waiting_edit_with_people_in_it_is_not_shown_one_day(house: Any) -> None:
    house.tell(TEA)
    with house.store.begin() as session:
        telling.check_story(session, TEA, "vi", 1, by="Văn phòng", on=TODAY)
    house.tell(TEA, replace(house.story, teller="Bà Lan"))
    over(house)
    with house.store.begin() as session:
        rows = session.scalars(select(tables.Story).where(col(tables.Story.state) == "published")).all()
        assert [(row.teller, any(row.answers)) for row in rows] == [("", False)]


def test_what_people_agreed_to_anew_goes_along_with_its_proof(house: Any) -> None:
    numbers = agree(house, "portrait", "phone", "quote")
    house.tell(TEA, replace(house.story, portrait=portrait(house)))
    with pytest.raises(BadValue, match="proof"):
        over(house, carry=numbers)
    over(house, carry=numbers, proof="biên bản ngày 20/11")
    found = of_product(house)
    story = found.product.stories["vi"]
    assert story.portrait is not None
    assert story.teller == "Cô Vân"
    assert found.producer.phone == "0912 345 678"
    with house.store.read() as session:
        target = editing.producer_row(session, NEW)
        given = session.scalars(
            select(tables.Consent).where(col(tables.Consent.producer_id) == target.id)
        ).all()
        assert {(row.item, row.proof) for row in given} == {
            (item, "biên bản ngày 20/11") for item in ("portrait", "phone", "quote")
        }


def test_stars_stand_or_are_suspended_but_somebody_has_to_say_it(house: Any) -> None:
    certify(house)
    with pytest.raises(BadValue, match="keep or suspend"):
        over(house)
    assert over(house, stars=Stars.SUSPEND).suspended == 1
    assert product_stars(of_product(house).product, TODAY).answer is StarAnswer.SUSPENDED


def test_stars_stand_when_whoever_recognised_them_agreed(house: Any) -> None:
    certify(house)
    assert over(house, stars=Stars.KEEP).suspended == 0
    assert product_stars(of_product(house).product, TODAY).answer is StarAnswer.VALID


def test_doing_it_twice_is_doing_it_once(house: Any) -> None:
    over(house)
    size = house.state().size
    with pytest.raises(NothingToDo):
        over(house)
    assert house.state().size == size
    with house.store.read() as session:
        assert len(session.scalars(select(tables.HandOver)).all()) == 1


@pytest.mark.parametrize(
    ("given", "error"),
    [
        (HandOverGiven(OLD, OLD, (TEA,)), BadValue),
        (HandOverGiven(OLD, NEW, ()), BadValue),
        (HandOverGiven(OLD, NEW, (HAMMOCK,)), Conflict),
        (HandOverGiven(OLD, NEW, ("P/00000000",)), Unknown),
        (HandOverGiven(OLD, "nobody", (TEA,)), Unknown),
        (HandOverGiven(OLD, "to-hop-tac-ben-may", (TEA,)), NotYours),
        (HandOverGiven("to-hop-tac-ben-may", NEW, (HAMMOCK,)), NotYours),
    ],
    ids=[
        "to itself",
        "nothing",
        "somebody else's",
        "unknown",
        "to nobody",
        "to another province",
        "from another",
    ],
)
def test_what_can_not_be_handed_over_is_refused_and_nothing_changes(
    house: Any, given: HandOverGiven, error: type[Exception]
) -> None:
    with pytest.raises(error), house.store.begin() as session:
        hand_over(session, HA, given, house.by(), TODAY)
    assert of_product(house).producer.slug == OLD


def test_nothing_is_handed_to_a_maker_that_stopped_but_what_it_left_can_be_taken_over(house: Any) -> None:
    with house.store.begin() as session:
        handing_closing.close(session, HA, NEW, "dissolved", house.by("giải thể"))
    with pytest.raises(MakerClosed):
        over(house)
    with house.store.begin() as session:
        handing_closing.reopen(session, HA, NEW, house.by("nhầm"))
        handing_closing.close(session, HA, OLD, "died", house.by("bà Vân mất"))
    over(house)
    assert of_product(house).producer.slug == NEW


def test_the_old_maker_may_stop_with_the_act_and_its_people_go_along(house: Any) -> None:
    house.issue("L1")
    with house.store.begin() as session:
        old = editing.producer_row(session, OLD)
        person = doors.add_person(session, "Bà Vân", "0912345678", NOW, handle=secrets.token_bytes(32))
        doors.give_role(session, person.id or 0, Grant(Role.PRODUCER, old.id), "phòng", NOW)
    done = over(house, TEA, LEAF, people=True, close=True)
    assert (done.products, done.people, done.ended.roles) == (2, 1, 1)
    made = scanned_facts(house, "L1").producer
    assert (made.name, made.closed_on, made.successor) == ("HTX Hương Vân Trà", TODAY, "HTX Chè Mới")
    with house.store.read() as session:
        new = editing.producer_row(session, NEW)
        grants = session.scalars(
            select(tables.RoleGrant).where(col(tables.RoleGrant.ended_at).is_(None))
        ).all()
        assert [(row.person_id, row.producer_id) for row in grants] == [(person.id, new.id)]
        found = find(session, Query("che moi"), 1, house.state(), TODAY)
        assert {one.product.key for one in found.products} == {TEA, LEAF}


def test_codes_of_the_year_count_for_whoever_made_them(house: Any) -> None:
    house.issue("L1", count=10)
    over(house)
    with house.store.read() as session:
        used = [
            quotas.standing(
                session, quotas.Holder.PRODUCER, editing.producer_row(session, slug).id or 0, 2026
            ).used
            for slug in (OLD, NEW)
        ]
    assert used == [10, 0]


def test_goods_sold_before_can_still_be_called_back(house: Any) -> None:
    house.issue("L1")
    over(house)
    with house.store.begin() as session:
        withdrawing.recall(session, TEA, "L1", Why.SAFETY, house.by())


def test_open_links_for_a_print_shop_and_plans_for_chips_end(house: Any) -> None:
    house.issue("L1")
    secret = secrets.token_bytes(32)
    with house.store.begin() as session:
        row = session.scalars(select(tables.Batch)).one()
        session.add(
            tables.ShopLink(batch_id=row.id or 0, secret_hash=hashlib.sha256(secret).digest(), format="pdf",
                            stock="a4-21", first=1, last=5, made_at=NOW, expires_at=NOW + timedelta(hours=24))
        )  # fmt: skip
        make_plan(session, TEA, "L1", Kind.NTAG21X, None, None, "https://id.example.vn", "chị Hoa", NOW)
    done = over(house)
    assert (done.ended.links, done.ended.plans) == (1, 1)
    with house.store.read() as session:
        text = base64.urlsafe_b64encode(secret).rstrip(b"=").decode()
        assert look(session, text, NOW).state == "ended"


def test_a_cut_in_the_middle_leaves_everything_as_it_was(
    own_issuer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    house, size = own_issuer, own_issuer.state().size
    house.tell(TEA)

    class CutError(Exception):
        pass

    def cut(*_: Any) -> None:
        raise CutError

    for place in ("let_issue", "bump_facts"):
        with monkeypatch.context() as patch:
            patch.setattr(handing, place, cut)
            with pytest.raises(CutError):
                over(house)
        assert house.state().size == size
        assert of_product(house).producer.slug == OLD
        assert any(of_product(house).product.stories["vi"].answers)


def at_once(*acts: Callable[[], object]) -> list[object]:
    """Each act in a thread of its own, begun together; what it gave, or the error. A busy database is asked again."""
    ready = threading.Barrier(len(acts))
    said: list[object] = [None] * len(acts)

    def run(number: int, act: Callable[[], object]) -> None:
        ready.wait()
        while True:
            try:
                said[number] = act()
            except StoreBusy:
                continue
            except RegistryError as error:
                said[number] = error
            return

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return said


def test_a_double_click_hands_over_once(own_issuer: Any) -> None:
    said = at_once(*(lambda: over(own_issuer) for _ in range(3)))
    assert sum(isinstance(one, HandedOver) for one in said) == 1
    assert sum(isinstance(one, NothingToDo) for one in said) == 2
    with own_issuer.store.read() as session:
        assert len(session.scalars(select(tables.HandOver)).all()) == 1
        assert ledger_store.examine(session) == ()


def test_a_batch_that_is_issued_meanwhile_belongs_to_one_of_them_and_whole(own_issuer: Any) -> None:
    house = own_issuer
    with house.store.begin() as session:
        add_issuer(session, NEW, "HTX Chè Mới", "19", house.by())
    add_key(house.store.begin, house.keystore, NEW, house.by())
    said = at_once(lambda: over(house), *(lambda lot=lot: house.issue(lot) for lot in ("R1", "R2", "R3")))
    assert [one for one in said if isinstance(one, Exception)] == []
    state = house.state()
    with house.store.read() as session:
        names = {editing.producer_row(session, slug).id: slug for slug in (OLD, NEW)}
        for row in session.scalars(select(tables.Batch)):
            entered = state.batch(TEA, row.lot)
            assert entered is not None
            assert entered.issuer == names[row.producer_id], "who made it is who signed for it"
        assert ledger_store.examine(session) == ()
