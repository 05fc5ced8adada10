"""The catalogue finds what people type, in the order of the Vietnamese alphabet."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ocop.trace import facts
from ocop.trace.gs1.identifier import product_code
from ocop.trace.registry import catalogue
from ocop.trace.registry.catalogue import Query, sort_bytes
from ocop.trace.registry.errors import BadValue
from ocop.trace.registry.store import Store
from ocop.trace.signing.ledger import State
from ocop.trace.text import sort_key

TODAY = date(2026, 11, 23)
Saved = Callable[..., None]
Another = Callable[..., facts.Product]
CODES = [f"P/{product_code(body)}" for body in ("4VTR0QB", "0000001", "0000002", "0000003")]


def names(store: Store, query: Query, today: date = TODAY) -> list[str]:
    with store.read() as session:
        found = catalogue.find(session, query, 1, State(), today)
    assert found.total >= len(found.products)
    return [product.product.texts["vi"].name for product in found.products]


@pytest.fixture
def shop(
    store: Store, saved: Saved, product: facts.Product, maker: facts.Producer, another: Another
) -> Store:
    saved(store, product)
    weavers = replace(
        maker,
        slug="tht-giai-xuan",
        name="Tổ hợp tác võng gai Giai Xuân",
        place=facts.Place("40", "tỉnh Nghệ An", "17278", "xã Giai Xuân", "", "huyện Tân Kỳ"),
    )
    star = product.certificates[0]
    old = replace(star, stars=3, valid_to=date(2026, 1, 31), decision_no="DEMO-1/QĐ-UBND")
    saved(store, another("Võng gai", CODES[0], group=4, certificates=(old,)), weavers)
    saved(
        store,
        another("Ổi Khánh Hoà", CODES[1], group=1, certificates=(replace(star, potential=True, stars=5),)),
    )
    five = replace(star, stars=5, decision_no="DEMO-9/QĐ-BNNMT")
    saved(store, another("Đường phên 100 %", CODES[2], group=1, certificates=(star, five)))
    return store


FOUND = (
    ("tra huong van", ["Trà Hương Vân", "Đường phên 100 %", "Ổi Khánh Hoà"]),
    ("TRÀ HƯƠNG VÂN", ["Trà Hương Vân", "Đường phên 100 %", "Ổi Khánh Hoà"]),
    ("huong tra tan cuong", ["Đường phên 100 %", "Ổi Khánh Hoà", "Trà Hương Vân"]),
    ("hương vân", ["Trà Hương Vân", "Đường phên 100 %", "Ổi Khánh Hoà"]),
    ("khánh hòa", ["Ổi Khánh Hoà"]),
    ("khanh hoa", ["Ổi Khánh Hoà"]),
    ("nghe an", ["Võng gai"]),
    ("huyện tân kỳ", ["Võng gai"]),
    ("to hop tac", ["Võng gai"]),
    ("09521234543213", ["Trà Hương Vân"]),
    ("hương vân tea", ["Trà Hương Vân"]),
    ("đuong", ["Đường phên 100 %"]),
    ("uong", []),
    ("100 %", ["Đường phên 100 %"]),
    ("trà' OR 1=1 --", []),
    ("", ["Đường phên 100 %", "Ổi Khánh Hoà", "Trà Hương Vân", "Võng gai"]),
)


def test_search_finds_what_was_meant(shop: Store) -> None:
    for words, found in FOUND:
        assert names(shop, Query(words)) == found, words


def test_a_sign_is_no_wildcard(shop: Store) -> None:
    for sign in "%_\\'":
        assert names(shop, Query(f"v{sign}g")) == [], sign


def test_search_follows_a_maker_who_was_renamed(
    shop: Store, saved: Saved, product: facts.Product, maker: facts.Producer
) -> None:
    saved(shop, product, replace(maker, name="HTX Chè Xanh Đồi Sương"))
    assert "Ổi Khánh Hoà" in names(shop, Query("doi suong")), "every product of that maker"
    assert names(shop, Query("htx huong van tra doi")) == ["Trà Hương Vân"]


def test_browsing_by_province_group_and_stars(shop: Store) -> None:
    assert names(shop, Query(province="40")) == ["Võng gai"]
    assert names(shop, Query(group=1)) == ["Đường phên 100 %", "Ổi Khánh Hoà"]
    assert names(shop, Query(group=1, words="oi")) == ["Ổi Khánh Hoà"]
    assert names(shop, Query(province="01")) == []


def test_stars_count_on_the_day_and_the_highest_only(shop: Store) -> None:
    assert names(shop, Query(stars=3)) == [], "run out in January"
    assert names(shop, Query(stars=3), date(2026, 1, 31)) == ["Võng gai"], "the last day counts"
    assert names(shop, Query(stars=4)) == ["Trà Hương Vân"]
    assert names(shop, Query(stars=5)) == ["Đường phên 100 %"], "potential is no star"
    assert names(shop, Query(stars=4), date(2027, 12, 1)) == []


def test_pages_are_cut_without_gap_or_double(shop: Store) -> None:
    pages = [names(shop, Query(page=number, size=3)) for number in (1, 2, 3)]
    assert [len(page) for page in pages] == [3, 1, 0]
    assert [*pages[0], *pages[1]] == names(shop, Query())
    with shop.read() as session:
        assert catalogue.find(session, Query(page=2, size=3), 1, State(), TODAY).total == 4


def test_provinces_are_named_in_the_order_of_their_names(shop: Store) -> None:
    with shop.read() as session:
        assert catalogue.provinces(session) == {"40": "tỉnh Nghệ An", "19": "tỉnh Thái Nguyên"}
        assert list(catalogue.provinces(session)) == ["40", "19"]


def test_the_first_page_opens_with_stories_that_have_a_picture(
    shop: Store, saved: Saved, product: facts.Product
) -> None:
    from ocop.trace.registry import telling

    with shop.read() as session:
        assert catalogue.with_stories(session, 1, State(), TODAY) == ()
    picture = facts.Photo("a" * 64, ((360, 270),))
    with shop.begin() as session:
        telling.save_photo(session, picture)
    saved(shop, replace(product, photo=picture))
    with shop.read() as session:
        told = catalogue.with_stories(session, 7, State(), TODAY)
    assert [(one.version, one.product.key) for one in told] == [(7, product.key)]


@pytest.mark.parametrize("wrong", [{"group": 7}, {"stars": 2}, {"page": 0}, {"size": 201}, {"page": 10**9}])
def test_a_query_that_makes_no_sense_is_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(BadValue):
        Query(**wrong)  # type: ignore[arg-type]


WORDS = st.lists(
    st.text(alphabet="aăâbcdđeêoôơuưỳáảãạàyABĐ0129 -", max_size=8)
    | st.sampled_from(["bà con", "ba", "bá", "Bảo", "Hòa", "Hoà", "10", "9", "Đà Nẵng"]),
    min_size=2,
    max_size=2,
)


@given(WORDS)
def test_the_order_of_the_stored_bytes_is_the_order_of_the_alphabet(pair: list[str]) -> None:
    first, second = pair
    assert (sort_bytes(first) < sort_bytes(second)) == (sort_key(first) < sort_key(second))
    assert (sort_bytes(first) == sort_bytes(second)) == (sort_key(first) == sort_key(second))
