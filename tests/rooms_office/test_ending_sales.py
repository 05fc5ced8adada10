"""After a closing or a hand-over nothing of the maker goes on sale that wasn't: verbs, races, rooms, command line."""

import threading
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from ocop.trace import batching, certifying_acts, facts, handing, handing_closing, withdrawing
from ocop.trace.certifying import Officer, Scope
from ocop.trace.handing import HandOverGiven
from ocop.trace.registry import editing, tables
from ocop.trace.registry.errors import RegistryError, StoreBusy
from ocop.trace.registry.ledger_store import examine
from ocop.trace.registry.makers import MadeByOther, MakerClosed
from ocop.trace.signing.entries import Why
from ocop.trace.withdrawing import NothingToDo
from sqlalchemy import select
from sqlmodel import col

NOW = datetime(2026, 11, 23, 4, 5, 6, tzinfo=UTC)
TEA, OLD, NEW = "09521234543213", "htx-huong-van-tra", "htx-che-moi"
HA = Officer("chị Hà", "Văn phòng OCOP tỉnh Thái Nguyên", Scope("19"))


def settle(store: Any) -> None:
    """A second maker of the same province."""
    place = facts.Place("19", "tỉnh Thái Nguyên", "05503", "xã Tân Cương")
    with store.begin() as session:
        maker = facts.Producer(NEW, "HTX Chè Mới", facts.ProducerKind.COOPERATIVE, place)
        editing.save_producer(session, maker)


@pytest.fixture
def house(office: Any) -> Any:
    settle(office.store)
    return office


def close(house: Any) -> None:
    with house.store.begin() as session:
        handing_closing.close(session, HA, OLD, "dissolved", house.by("giải thể"))


def reopen(house: Any) -> None:
    with house.store.begin() as session:
        handing_closing.reopen(session, HA, OLD, house.by("đóng nhầm"))


def over(house: Any, source: str = OLD, target: str = NEW) -> None:
    given = HandOverGiven(source, target, (TEA,))
    with house.store.begin() as session:
        handing.hand_over(session, HA, given, house.by("nhập làm một"), date(2026, 11, 23))


def release(house: Any, lot: str = "L1") -> None:
    with house.store.begin() as session:
        withdrawing.release(session, TEA, lot, house.by())


def hold(house: Any, lot: str = "L1") -> None:
    with house.store.begin() as session:
        certifying_acts.hold_batch(session, TEA, lot, Why.OFFICE_HOLD, house.by())


def lift(house: Any, lot: str = "L1") -> None:
    with house.store.begin() as session:
        certifying_acts.lift_hold(session, TEA, lot, house.by())


def on_sale(house: Any, lot: str = "L1") -> bool:
    """What the ledger says, which the row must say too."""
    with house.store.read() as session:
        assert examine(session) == ()
    batch = house.state().batch(TEA, lot)
    return batch is not None and batch.released_at is not None


ENDS = pytest.mark.parametrize(
    ("end", "error", "sentence"),
    [(close, MakerClosed, "the programme office can open it again"), (over, MadeByOther, "as a new lot")],
    ids=["closed", "handed over"],
)


@ENDS
def test_a_batch_that_was_not_on_sale_stays_off_sale(
    house: Any, end: Callable[[Any], None], error: type[Exception], sentence: str
) -> None:
    house.issue("L1")
    end(house)
    size = house.state().size
    with pytest.raises(error, match=sentence):
        release(house)
    with pytest.raises(error), house.store.begin() as session:
        batching.put_on_sale(session, TEA, "L1", house.by())
    assert (on_sale(house), house.state().size) == (False, size)


@ENDS
@pytest.mark.parametrize("before", [True, False], ids=["was on sale", "was not on sale"])
def test_a_held_batch_is_not_let_go(
    house: Any, end: Callable[[Any], None], error: type[Exception], sentence: str, before: bool
) -> None:
    house.issue("L1")
    if before:
        release(house)
    hold(house)
    end(house)
    with pytest.raises(error, match=sentence):
        lift(house)
    assert not on_sale(house)
    with house.store.read() as session:
        assert certifying_acts.held(session, TEA, "L1") is not None, "it stays held"


@ENDS
def test_what_was_on_sale_stays_so_and_can_still_be_held(
    house: Any, end: Callable[[Any], None], error: type[Exception], sentence: str
) -> None:
    house.issue("L1")
    release(house)
    end(house)
    assert on_sale(house)
    with pytest.raises(NothingToDo):
        release(house)
    hold(house)
    assert not on_sale(house)
    with pytest.raises(error, match=sentence):
        lift(house)


def test_a_maker_that_is_opened_again_sells_and_is_let_go(house: Any) -> None:
    house.issue("L1")
    house.issue("L2")
    release(house, "L2")
    hold(house, "L2")
    close(house)
    reopen(house)
    release(house, "L1")
    lift(house, "L2")
    assert on_sale(house, "L1")
    assert on_sale(house, "L2")


def test_a_product_that_comes_back_brings_its_old_lots_back(house: Any) -> None:
    house.issue("L1")
    over(house)
    over(house, NEW, OLD)
    release(house)
    assert on_sale(house)


def test_the_new_maker_sells_its_own_lot_and_is_not_nagged_about_the_old_one(house: Any) -> None:
    house.issue("L1")
    with house.store.begin() as session:
        batch = session.scalars(select(tables.Batch)).one()
        run = tables.PrintRun(batch_id=batch.id or 0, at=NOW, actor="chị Hoa", stock="a4-21", labels=10)
        session.add(run)
        session.flush()
        session.add(tables.PrintRange(run_id=run.id or 0, first=1, last=10))
    with house.store.read() as session:
        assert batching.find(session, TEA, "L1").waits
    over(house)
    with house.store.read() as session:
        assert not batching.find(session, TEA, "L1").waits
    house.issue("L2")
    release(house, "L2")
    assert on_sale(house, "L2")


@pytest.mark.parametrize(("act", "end"), [(release, close), (lift, close), (release, over), (lift, over)])
def test_a_sale_that_is_opened_meanwhile_comes_before_the_end_or_is_refused(
    house: Any, act: Callable[[Any, str], None], end: Callable[[Any], None]
) -> None:
    """Five times, from two threads at once: the ledger's order says who came first, and both agree with it."""
    outcomes = []
    for attempt in range(5):
        lot = f"R{attempt}"
        house.issue(lot)
        if act is lift:
            release(house, lot)
            hold(house, lot)
        ready, said = threading.Barrier(2), []

        def selling(lot: str = lot, ready: threading.Barrier = ready, said: list[str] = said) -> None:
            ready.wait()
            while True:
                try:
                    act(house, lot)
                    said.append("sold")
                except StoreBusy:
                    continue
                except RegistryError as error:
                    said.append("refused" if isinstance(error, MakerClosed | MadeByOther) else repr(error))
                return

        thread = threading.Thread(target=selling)
        thread.start()
        ready.wait()
        end(house)
        thread.join()
        assert said in (["sold"], ["refused"])
        assert on_sale(house, lot) is (said == ["sold"])
        with pytest.raises((MakerClosed, MadeByOther, NothingToDo)):
            release(house, lot)
        assert on_sale(house, lot) is (said == ["sold"]), "after the end nothing changes"
        outcomes += said
        if end is close:
            reopen(house)
        else:
            over(house, NEW, OLD)
    print(f"{act.__name__} against {end.__name__}: {outcomes}")


@pytest.fixture
def place(rooms: Any, furnished: Callable[..., Any], tmp_path: Path) -> tuple[Any, Any]:
    """A room, and the furnished office of its store with two lots; the first is held."""
    room = rooms()
    office = furnished(room.store, tmp_path / "office")
    settle(room.store)
    office.issue("L1")
    office.issue("L2")
    release(office, "L1")
    hold(office, "L1")
    return room, office


def test_the_office_is_told_why_it_can_not_let_go(place: tuple[Any, Any]) -> None:
    room, office = place
    officer = room.person("province", province="19")
    page = f"/office/batches/{TEA}/L1"
    assert f'href="{page}/lift"' in officer.get(page).text
    for end, sentence in (
        (close, "Cơ sở đã ngừng hoạt động, nên lô này không mở bán được nữa"),
        (over, "lô của cơ sở trước không mở bán được nữa"),
    ):
        end(office)
        shown = officer.get(page)
        assert sentence in shown.words
        assert f'href="{page}/lift"' not in shown.text
        got = officer.post(f"{page}/lift", {"reason": "kết quả đạt"})
        assert got.status == 422
        assert sentence in got.words
        if end is close:
            reopen(office)
    assert not on_sale(office)
    assert room.rows("SELECT COUNT(*) FROM audit_entry WHERE what = 'batch.lift'") == [(0,)]


def test_the_studio_of_the_new_maker_offers_no_sale_of_the_old_lot_and_says_so(
    place: tuple[Any, Any],
) -> None:
    room, office = place
    over(office)
    with room.store.read() as session:
        number = session.scalars(
            select(col(tables.Producer.id)).where(col(tables.Producer.slug) == NEW)
        ).one()
    maker = room.person("producer", producer=number)
    page = f"/studio/products/{TEA}/batches/L2"
    shown = maker.get(page)
    assert "lô không mở bán" in shown.words
    assert f'action="{page}/release"' not in shown.text
    got = maker.post(f"{page}/release", {})
    assert got.status == 409
    assert "Lô không mở bán" in got.words
    assert not on_sale(office, "L2")


def test_both_ends_say_beforehand_how_many_lots_would_never_be_sold(place: tuple[Any, Any]) -> None:
    room, _ = place
    officer = room.person("province", province="19")
    for page in (f"/office/producers/{OLD}/close", f"/office/producers/{OLD}/hand-over?all=1&to={NEW}"):
        assert "Lô chưa mở bán hoặc đang bị giữ, sẽ không bán được nữa 2" in officer.get(page).words
