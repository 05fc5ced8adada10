"""After a closing or a hand-over nothing of the maker goes on sale that wasn't, and what was can be held and let go."""

import threading
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from ocop.trace import batching, certifying_acts, facts, handing, handing_closing, withdrawing
from ocop.trace.certifying import Officer, Scope
from ocop.trace.handing import HandOverGiven
from ocop.trace.issuing import links
from ocop.trace.registry import editing, tables
from ocop.trace.registry.errors import RegistryError, StoreBusy
from ocop.trace.registry.ledger_store import examine
from ocop.trace.registry.makers import MadeByOther, MakerClosed
from ocop.trace.registry.reads import batch_facts
from ocop.trace.registry.store import read_meta
from ocop.trace.signing.entries import Why
from ocop.trace.signing.evidence import Signature
from ocop.trace.signing.token import Carrier
from ocop.trace.verdict import Evidence, judge
from ocop.trace.verdict_ids import CodeAnswer
from ocop.trace.withdrawing import Held, NothingToDo
from sqlalchemy import select
from sqlmodel import col

REALM = "ocop.example/tag"
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


def judged(house: Any, lot: str = "L1") -> CodeAnswer:
    """What the scan of a printed code of it says, which is what its page is made from."""
    with house.store.read() as session:
        found = batch_facts(session, house.state().batch(TEA, lot), 1)
    assert found is not None
    return judge(
        Evidence(Signature.HOLDS, Carrier.PRINT, "000001", key_number=1), found.product, found.batch, NOW
    ).code


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
def test_a_held_batch_that_was_not_on_sale_is_not_let_go(
    house: Any, end: Callable[[Any], None], error: type[Exception], sentence: str
) -> None:
    house.issue("L1")
    hold(house)
    end(house)
    with pytest.raises(error, match=sentence):
        lift(house)
    assert not on_sale(house)
    with house.store.read() as session:
        assert certifying_acts.held(session, TEA, "L1") is not None, "it stays held"


@ENDS
@pytest.mark.parametrize("first", [True, False], ids=["held before", "held after"])
def test_a_held_batch_that_was_on_sale_is_let_go_and_only_by_the_office(
    house: Any, end: Callable[[Any], None], error: type[Exception], sentence: str, first: bool
) -> None:
    house.issue("L1")
    release(house)
    steps: tuple[Callable[[Any], None], ...] = (hold, end) if first else (end, hold)
    for step in steps:
        step(house)
    assert not on_sale(house)
    with pytest.raises((error, Held)):
        release(house)
    assert judged(house) is CodeAnswer.NOT_RELEASED
    with house.store.read() as session:
        before = read_meta(session).facts_version
    lift(house)
    assert on_sale(house)
    assert judged(house) is CodeAnswer.CODE_ISSUED
    with house.store.read() as session:
        assert read_meta(session).facts_version > before, "every worker hears of it"
    with pytest.raises(NothingToDo):
        lift(house)
    hold(house)
    lift(house)
    assert on_sale(house), "as often as the office is mistaken"


@ENDS
def test_what_was_taken_off_sale_without_a_hold_is_not_put_back(
    house: Any, end: Callable[[Any], None], error: type[Exception], sentence: str
) -> None:
    """The release was undone as a mistake: nobody's word stands, and a hold on top gives none."""
    house.issue("L1")
    release(house)
    with house.store.begin() as session:
        withdrawing.hold(session, TEA, "L1", Why.MISTAKE, house.by())
    hold(house)
    end(house)
    with pytest.raises(error, match=sentence):
        lift(house)
    assert not on_sale(house)


@ENDS
def test_what_was_on_sale_stays_so(
    house: Any, end: Callable[[Any], None], error: type[Exception], sentence: str
) -> None:
    house.issue("L1")
    release(house)
    end(house)
    assert on_sale(house)
    with pytest.raises(NothingToDo):
        release(house)


def test_the_counts_tell_what_is_over_from_what_the_office_keeps_back(house: Any) -> None:
    for lot in ("L1", "L2", "L3", "L4", "L5"):
        house.issue(lot)
    for lot in ("L1", "L2", "L5"):
        release(house, lot)
    for lot in ("L2", "L3", "L5"):
        hold(house, lot)
    lift(house, "L5")
    hold(house, "L5")
    with house.store.read() as session:
        number = editing.product_row(session, TEA).id
        assert certifying_acts.unsold(session, [number or 0]) == (2, 2), "L3 and L4; L2 and L5"
        assert certifying_acts.unsold(session, []) == (0, 0)


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


@pytest.mark.parametrize("end", [close, over])
def test_a_sale_that_is_opened_meanwhile_comes_before_the_end_or_is_refused(
    house: Any, end: Callable[[Any], None]
) -> None:
    """Five times, from two threads at once: the ledger's order says who came first, and both agree with it."""
    for attempt in range(5):
        lot = f"R{attempt}"
        house.issue(lot)
        said = meanwhile(house, release, end, lot)
        assert said in (["sold"], ["refused"])
        assert on_sale(house, lot) is (said == ["sold"])
        with pytest.raises((MakerClosed, MadeByOther, NothingToDo)):
            release(house, lot)
        assert on_sale(house, lot) is (said == ["sold"]), "after the end nothing changes"
        back(house, end)


@pytest.mark.parametrize("end", [close, over])
def test_letting_go_meanwhile_is_done_whoever_comes_first(house: Any, end: Callable[[Any], None]) -> None:
    for attempt in range(3):
        lot = f"R{attempt}"
        house.issue(lot)
        release(house, lot)
        hold(house, lot)
        assert meanwhile(house, lift, end, lot) == ["sold"]
        assert on_sale(house, lot)
        back(house, end)


def meanwhile(house: Any, act: Callable[[Any, str], None], end: Callable[[Any], None], lot: str) -> list[str]:
    """What the act said while the end happened in another thread."""
    ready, said = threading.Barrier(2), []

    def selling() -> None:
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
    return said


def back(house: Any, end: Callable[[Any], None]) -> None:
    """Take the end back, for the next turn."""
    if end is close:
        reopen(house)
    else:
        over(house, NEW, OLD)


@pytest.fixture
def place(rooms: Any, furnished: Callable[..., Any], tmp_path: Path) -> tuple[Any, Any]:
    """A room, and the furnished office of its store: L1 is held and was on sale, L2 is not on sale, L3 held and never
    was."""
    room = rooms()
    office = furnished(room.store, tmp_path / "office")
    settle(room.store)
    for lot in ("L1", "L2", "L3"):
        office.issue(lot)
    release(office, "L1")
    hold(office, "L1")
    hold(office, "L3")
    return room, office


def test_the_office_is_told_why_it_can_not_let_go_of_what_was_not_on_sale(place: tuple[Any, Any]) -> None:
    room, office = place
    officer = room.person("province", province="19")
    page = f"/office/batches/{TEA}/L3"
    assert f'href="{page}/lift"' in officer.get(page).text
    looked = officer.get(f"{page}/lift")
    assert "Lô L3 vẫn chưa mở bán" in looked.words
    assert f'action="{page}/lift"' in looked.text
    for end, sentence in (
        (close, "chưa mở bán mà cơ sở đã ngừng hoạt động, nên không mở bán được nữa"),
        (over, "chưa mở bán mà sản phẩm đã bàn giao cho cơ sở khác, nên không mở bán được nữa"),
    ):
        end(office)
        shown = officer.get(page)
        assert sentence in shown.words
        assert f'href="{page}/lift"' not in shown.text
        looked = officer.get(f"{page}/lift")
        assert sentence in looked.words
        assert f'action="{page}/lift"' not in looked.text, "no form that could only be refused"
        got = officer.post(f"{page}/lift", {"reason": "kết quả đạt"})
        assert got.status == 422
        assert sentence in got.words
        if end is close:
            reopen(office)
    assert not on_sale(office, "L3")
    assert room.rows("SELECT COUNT(*) FROM audit_entry WHERE what = 'batch.lift'") == [(0,)]


@pytest.mark.parametrize(
    ("end", "told", "line"),
    [
        (
            close,
            "Cơ sở đã ngừng hoạt động, và trang người mua vẫn ghi rõ như vậy.",
            "Cơ sở đã ngừng hoạt động từ 23/11/2026",
        ),
        (over, "Sản phẩm đã bàn giao cho cơ sở khác.", "Sản phẩm này nay do HTX Chè Mới làm"),
    ],
    ids=["closed", "handed over"],
)
def test_the_office_lets_go_of_what_was_on_sale_and_the_buyer_reads_the_truth(
    place: tuple[Any, Any], end: Callable[[Any], None], told: str, line: str
) -> None:
    room, office = place
    officer, buyer = room.person("province", province="19"), room.client()
    ((_, link),) = links(office.keystore, REALM, "https://id.example.vn", office.issue("L1"), 1, 1)
    scan = f"/story/01/{link.partition('/01/')[2]}"
    end(office)
    page = f"/office/batches/{TEA}/L1"
    shown = officer.get(page)
    assert "Tạm ngừng bán (trước đó đã mở bán)" in shown.words
    assert "không mở bán được nữa" not in shown.words
    assert f'href="{page}/lift"' in shown.text
    looked = officer.get(f"{page}/lift")
    assert "Lô L1 được bán lại ngay, vì trước khi bị giữ đã mở bán." in looked.words
    assert told in looked.words
    assert "Lô này chưa mở bán" in buyer.get(scan).words
    got = officer.post(f"{page}/lift", {"reason": "giữ nhầm lô"})
    assert "Đã thôi giữ lô L1" in officer.follow(got).words
    assert on_sale(office)
    answer = buyer.get(scan).words
    assert "Mã này do HTX Hương Vân Trà phát hành" in answer
    assert line in answer
    assert "Lô này chưa mở bán" not in answer
    assert room.rows("SELECT about, why FROM audit_entry WHERE what = 'batch.lift'") == [
        (f"{TEA} L1", "giữ nhầm lô")
    ]


def test_nothing_is_offered_where_no_hold_stands(place: tuple[Any, Any]) -> None:
    room, _ = place
    officer = room.person("province", province="19")
    looked = officer.get(f"/office/batches/{TEA}/L2/lift")
    assert "không còn gì để thay đổi" in looked.words
    assert f'action="/office/batches/{TEA}/L2/lift"' not in looked.text


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
    assert "cơ sở hiện nay không mở bán" in shown.words
    assert f'action="{page}/release"' not in shown.text
    got = maker.post(f"{page}/release", {})
    assert got.status == 409
    assert "Cơ sở hiện nay không mở bán" in got.words
    assert not on_sale(office, "L2")


def test_the_maker_of_a_held_lot_reads_who_holds_it_and_why_and_is_not_asked_to_sell_it(
    place: tuple[Any, Any],
) -> None:
    room, office = place
    with room.store.begin() as session:
        number = editing.producer_row(session, OLD).id
        held = session.scalars(select(tables.Batch).where(col(tables.Batch.lot) == "L3")).one()
        run = tables.PrintRun(batch_id=held.id or 0, at=NOW, actor="chị Hoa", stock="a4-21", labels=10)
        session.add(run)
        session.flush()
        session.add(tables.PrintRange(run_id=run.id or 0, first=1, last=10))
    maker = room.person("producer", producer=number)
    page = f"/studio/products/{TEA}/batches/L3"
    shown = maker.get(page)
    assert "chị Hà tạm giữ lô này từ 23/11/2026: “chờ kết quả kiểm nghiệm”" in shown.words
    assert "xin bấm “Mở bán lô này”" not in shown.words
    assert f'action="{page}/release"' not in shown.text
    assert "tem đã in mà lô chưa mở bán" not in maker.get("/studio").words.lower(), (
        "she can do nothing about it"
    )
    assert "Đang bị tạm giữ" in maker.get(f"/studio/products/{TEA}/batches").words
    got = maker.post(f"{page}/release", {})
    assert (got.status, "đang tạm giữ lô này" in got.words) == (409, True)
    lift(office, "L3")
    assert f'action="{page}/release"' in maker.get(page).text
    assert "tem đã in mà lô chưa mở bán" in maker.get("/studio").words.lower()


def test_both_ends_say_beforehand_how_many_lots_would_never_be_sold(place: tuple[Any, Any]) -> None:
    room, _ = place
    officer = room.person("province", province="19")
    for page in (f"/office/producers/{OLD}/close", f"/office/producers/{OLD}/hand-over?all=1&to={NEW}"):
        words = officer.get(page).words
        assert "Lô chưa mở bán, sẽ không bán được nữa 2" in words
        assert "Lô đang tạm giữ, văn phòng thôi giữ thì bán lại được 1" in words
