"""Which stories are offered to the press, on both databases: consent, order, recalled lots, keys that change."""

from datetime import UTC, date, datetime, timedelta

import pytest
from ocop.trace import facts
from ocop.trace.registry import editing, press, tables, telling
from ocop.trace.registry.store import Store
from ocop.trace.signing.ledger import State

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
TODAY = date(2026, 11, 23)
FACE = facts.Photo("f" * 64, ((360, 270),))
KEYS = ("09521234543213", "09521234543220", "09521234543237")


@pytest.fixture
def makers(store: Store) -> Store:
    """Three makers with one product and one story each, told on three days."""
    with store.begin() as session:
        telling.save_photo(session, FACE)
        for number, key in enumerate(KEYS):
            place = facts.Place("19", "tỉnh Thái Nguyên")
            maker = facts.Producer(f"maker-{number}", f"HTX {number}", facts.ProducerKind.COOPERATIVE, place)
            editing.save_producer(session, maker)
            product = facts.Product(key, (key,), 2, {"vi": facts.ProductText(f"Trà {number}")})
            editing.save_product(session, product, producer_slug=maker.slug, now=NOW)
            told = facts.Story("vi", f"Chuyện {number}", "", ("a", "", "", "", ""), portrait=FACE)
            telling.save_story(session, key, told, TODAY - timedelta(days=number))
    return store


def give(store: Store, number: int, item: str = "press", person: str = "Vân", at: datetime = NOW) -> None:
    with store.begin() as session:
        telling.give_consent(session, f"maker-{number}", item, person=person, proof="giấy", at=at)


def offered(store: Store, key: str) -> press.Offered | None:
    with store.read() as session:
        return press.offered(session, key, 1, State(), TODAY)


def newest(store: Store, **more: int) -> tuple[list[str], bool]:
    with store.read() as session:
        found, more_there = press.newest(session, 1, State(), TODAY, **more)
    return [one.facts.product.key for one in found], more_there


def test_only_what_was_consented_to_is_offered(makers: Store) -> None:
    assert newest(makers) == ([], False)
    give(makers, 0)
    assert newest(makers) == ([KEYS[0]], False)
    assert [offered(makers, key) is not None for key in (*KEYS, "09521234543299")] == [
        True,
        False,
        False,
        False,
    ]
    with makers.begin() as session:
        telling.withdraw_consent(session, "maker-0", "press", at=NOW + timedelta(hours=1))
    assert (newest(makers), offered(makers, KEYS[0])) == (([], False), None)


def test_the_latest_told_or_offered_comes_first_page_by_page(makers: Store) -> None:
    old = NOW - timedelta(days=30)
    for number in range(3):
        give(makers, number, at=old)
    assert newest(makers) == (list(KEYS), False)
    assert newest(makers, offset=0, limit=2) == (list(KEYS[:2]), True)
    assert newest(makers, offset=2, limit=2) == ([KEYS[2]], False)
    with makers.begin() as session:
        telling.withdraw_consent(session, "maker-2", "press", at=NOW)
    give(makers, 2, at=NOW + timedelta(days=1))
    assert newest(makers)[0][0] == KEYS[2], "let in again today"


def test_the_first_key_stays_and_every_key_finds_the_story(makers: Store) -> None:
    give(makers, 0)
    with makers.begin() as session:
        product = session.get(tables.ProductKey, KEYS[0])
        assert product is not None
        later = tables.ProductKey(
            key="P/4VTR0QB4", product_id=product.product_id, since=NOW + timedelta(days=3)
        )
        session.add(later)
    for key in (KEYS[0], "P/4VTR0QB4"):
        found = offered(makers, key)
        assert found is not None
        assert (found.first_key, found.since) == (KEYS[0], NOW)


@pytest.mark.parametrize(("person", "shown"), [("Vân", True), ("Ba", False)])
def test_a_portrait_goes_along_for_the_same_person_alone(makers: Store, person: str, shown: bool) -> None:
    give(makers, 0)
    give(makers, 0, "portrait", person)
    found = offered(makers, KEYS[0])
    assert found is not None
    assert (found.facts.product.stories["vi"].portrait is not None) is shown


def test_a_draft_is_no_story_and_a_preview_needs_one(makers: Store) -> None:
    give(makers, 1)
    with makers.begin() as session:
        telling.take_down(session, KEYS[1], "vi")
    assert offered(makers, KEYS[1]) is None
    with makers.read() as session:
        looks = [
            press.shown(session, key, 1, State(), TODAY, NOW) for key in (KEYS[1], "09521234543299", KEYS[0])
        ]
    assert looks[:2] == [None, None]
    preview = looks[2]
    assert preview is not None
    assert preview.facts.product.stories["vi"].portrait is None
