"""What an office and a maker write is what pages are given; what can't be right is refused."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from ocop.trace import facts
from ocop.trace.registry import editing, telling
from ocop.trace.registry.errors import BadValue, Conflict, Unknown
from ocop.trace.registry.reads import product_facts
from ocop.trace.registry.store import Store
from ocop.trace.registry.tables import Decision, Photo, Story
from ocop.trace.signing.ledger import State
from sqlalchemy import func, select
from sqlmodel import col

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
TODAY = date(2026, 11, 23)
GTIN, CODE = "09521234543213", "P/4VTR0QB4"
Saved = Callable[..., None]


def shown(store: Store, key: str = GTIN, on: date | None = TODAY) -> facts.ProductFacts:
    with store.read() as session:
        found = product_facts(session, key, 1, State(), on=on)
    assert found is not None
    return found


def counted(store: Store, table: type) -> int:
    with store.read() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def test_what_was_saved_is_what_a_page_is_given(store: Store, saved: Saved, product: facts.Product) -> None:
    saved(store, product)
    story = replace(product.stories["vi"], updated_on=TODAY)
    assert shown(store).product == replace(product, stories={"vi": replace(story, teller="")})
    with store.begin() as session:
        telling.give_consent(session, "htx-huong-van-tra", "quote", person="Vân", proof="giấy", at=NOW)
    assert shown(store).product == replace(product, stories={"vi": story})


def test_saving_the_same_again_changes_nothing(store: Store, saved: Saved, product: facts.Product) -> None:
    saved(store, product)
    before = shown(store)
    saved(store, product)
    assert shown(store) == before
    assert (counted(store, Story), counted(store, Decision)) == (1, 1)


def test_a_product_that_gains_a_gtin_keeps_its_code(
    store: Store, saved: Saved, product: facts.Product
) -> None:
    saved(store, replace(product, key=CODE, keys=(CODE,)))
    saved(store, replace(product, key=GTIN, keys=(GTIN, CODE)))
    assert shown(store, CODE) == shown(store, GTIN)
    assert shown(store).product.keys == (GTIN, CODE)
    saved(store, replace(product, key=GTIN, keys=(GTIN,)))
    assert shown(store, CODE).product.key == GTIN, "a key that ever worked can't be dropped"


def test_a_key_never_moves_to_another_maker(
    store: Store, saved: Saved, product: facts.Product, maker: facts.Producer
) -> None:
    saved(store, product)
    with pytest.raises(Conflict, match="expected a key of htx-khac, got 09521234543213"):
        saved(store, product, replace(maker, slug="htx-khac"))


def test_two_products_are_never_made_one(
    store: Store, saved: Saved, product: facts.Product, another: Callable[..., facts.Product]
) -> None:
    saved(store, product)
    saved(store, another("Chè búp", CODE))
    with pytest.raises(Conflict, match="keys of one product"):
        saved(store, replace(product, keys=(GTIN, CODE)))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"key": "09521234543214"}, "product key: expected a GTIN-14"),
        ({"key": "P/4VTR0QB5"}, "product key"),
        ({"keys": ("P/x",)}, "product key"),
        ({"group": 7}, "product group: expected 1 to 6, got 7"),
        ({"texts": {"en": facts.ProductText(name="tea")}}, "Vietnamese among the languages"),
        ({"texts": {"vi": facts.ProductText(name=" ")}}, r"name \(vi\): expected some text"),
        (
            {"texts": {"vi": facts.ProductText(name="a"), "vi_VN": facts.ProductText(name="a")}},
            "a tag such as vi",
        ),
        ({"brand": "x" * 201}, "brand: expected at most 200 characters, got '201 characters'"),
        ({"seal": {"vi": "a\x00"}}, "without control characters"),
        ({"standards": ("",)}, "standard: expected some text"),
    ],
)
def test_a_product_that_can_not_be_right_is_refused(
    change: dict[str, object], said: str, sqlite_store: Store, saved: Saved, product: facts.Product
) -> None:
    with pytest.raises(BadValue, match=said):
        saved(sqlite_store, replace(product, **change))  # type: ignore[arg-type]
    with sqlite_store.read() as session:
        assert product_facts(session, GTIN, 1, State()) is None


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"slug": "Htx Trà"}, "a slug such as"),
        ({"name": ""}, "producer name: expected some text"),
        ({"place": facts.Place("4", "tỉnh")}, "province code: expected 2 digits"),
        ({"place": facts.Place("40", "tỉnh", "1727")}, "commune code: expected 5 digits"),
        ({"place": facts.Place("40", "")}, "province: expected some text"),
    ],
)
def test_a_producer_that_can_not_be_right_is_refused(
    change: dict[str, object], said: str, sqlite_store: Store, maker: facts.Producer
) -> None:
    def act() -> None:
        with sqlite_store.begin() as session:
            editing.save_producer(session, replace(maker, **change))  # type: ignore[arg-type]

    with pytest.raises(BadValue, match=said):
        act()


def test_a_picture_has_to_be_there_before_it_is_named(
    store: Store, saved: Saved, product: facts.Product
) -> None:
    picture = facts.Photo("a" * 64, ((360, 270), (720, 540)), {"vi": "Hộp trà"}, {})
    with pytest.raises(Unknown, match="save the picture first"):
        saved(store, replace(product, photo=picture))
    with store.begin() as session:
        telling.save_photo(session, picture)
        telling.save_photo(session, replace(picture, alt={"vi": "Hộp trà xanh"}))
    saved(store, replace(product, photo=picture))
    assert shown(store).product.photo == replace(picture, alt={"vi": "Hộp trà xanh"})
    assert counted(store, Photo) == 1


def test_one_decision_holds_many_products_each_on_its_line(
    store: Store, saved: Saved, product: facts.Product, another: Callable[..., facts.Product]
) -> None:
    saved(store, product)
    saved(store, another("Chè búp", CODE, certificates=product.certificates))
    with store.read() as session:
        lines = session.scalars(
            select(editing.tables.Certificate).order_by(col(editing.tables.Certificate.line))
        )
        assert [row.line for row in lines] == [1, 2]
    assert counted(store, Decision) == 1


def test_a_withdrawn_star_says_since_when_and_why(store: Store, saved: Saved, product: facts.Product) -> None:
    saved(store, product)
    gone = replace(
        product.certificates[0],
        state=facts.CertificateState.WITHDRAWN,
        closed_on=date(2026, 10, 1),
        reason="Ngừng sản xuất",
    )
    with store.begin() as session:
        editing.save_certificate(session, GTIN, gone)
    assert shown(store).product.certificates == (gone,)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"stars": 2}, "stars: expected 3, 4 or 5, got 2"),
        ({"valid_to": date(2024, 11, 30)}, "valid to: expected 2024-12-01 or later"),
        ({"state": facts.CertificateState.SUSPENDED}, "the day of suspension or withdrawal"),
        ({"closed_on": date(2026, 1, 1)}, "closed on: expected no day"),
        ({"decision_no": " "}, "decision number: expected some text"),
        ({"authority": ""}, "authority: expected some text"),
    ],
)
def test_a_certificate_that_can_not_be_right_is_refused(
    change: dict[str, object], said: str, sqlite_store: Store, saved: Saved, product: facts.Product
) -> None:
    saved(sqlite_store, replace(product, certificates=()))
    with pytest.raises(BadValue, match=said), sqlite_store.begin() as session:
        editing.save_certificate(session, GTIN, replace(product.certificates[0], **change))  # type: ignore[arg-type]


def test_the_certified_product_of_a_maker_is_named_on_the_other_one(
    store: Store, saved: Saved, product: facts.Product, another: Callable[..., facts.Product]
) -> None:
    saved(store, product)
    saved(store, another("Chè búp", CODE))
    assert shown(store, CODE).product.other_certified == "Trà Hương Vân"
    assert shown(store, GTIN).product.other_certified == ""
    assert shown(store, CODE, on=date(2027, 12, 1)).product.other_certified == "", (
        "that star has run out by then"
    )


def test_the_office_may_name_a_certified_product_that_is_not_in_the_register(
    store: Store, saved: Saved, another: Callable[..., facts.Product]
) -> None:
    saved(store, another("Chè búp", CODE, other_certified="Chè đinh"))
    assert shown(store, CODE).product.other_certified == "Chè đinh"


def revise(store: Store, story: facts.Story) -> int:
    with store.begin() as session:
        return telling.save_story(session, GTIN, story, TODAY)


def test_a_first_story_goes_live_unchecked(store: Store, saved: Saved, product: facts.Product) -> None:
    saved(store, product)
    found = shown(store).product.stories["vi"]
    assert (found.title, found.checked_by, found.checked_on) == ("Lớn lên cùng nương chè", "", None)


def test_a_draft_is_never_shown(store: Store, saved: Saved, product: facts.Product) -> None:
    saved(store, replace(product, stories={}))
    revise(store, replace(product.stories["vi"], state=facts.StoryState.DRAFT))
    assert shown(store).product.stories == {}


def test_an_edit_leaves_the_checked_words_up_until_it_is_checked(
    store: Store, saved: Saved, product: facts.Product
) -> None:
    saved(store, product)
    with store.begin() as session:
        telling.check_story(session, GTIN, "vi", 1, by="Văn phòng NTM", on=TODAY)
    edited = revise(store, replace(product.stories["vi"], title="Lời mới", checked_by="", checked_on=None))
    assert edited == 2
    assert shown(store).product.stories["vi"].title == "Lớn lên cùng nương chè"
    with store.begin() as session:
        telling.check_story(session, GTIN, "vi", 2, by="Văn phòng NTM", on=TODAY)
    found = shown(store).product.stories["vi"]
    assert (found.title, found.checked_by, found.checked_on) == ("Lời mới", "Văn phòng NTM", TODAY)


def test_an_unchecked_edit_of_unchecked_words_shows_at_once(
    store: Store, saved: Saved, product: facts.Product
) -> None:
    saved(store, product)
    assert revise(store, replace(product.stories["vi"], steps=(facts.Step("Chỉ một bước"),))) == 2
    assert [step.text for step in shown(store).product.stories["vi"].steps] == ["Chỉ một bước"]
    assert revise(store, replace(product.stories["vi"], steps=(facts.Step("Chỉ một bước"),))) == 2


def test_a_revision_that_is_not_there_can_not_be_checked(
    store: Store, saved: Saved, product: facts.Product
) -> None:
    saved(store, product)
    with pytest.raises(Unknown, match="revision of the story"), store.begin() as session:
        telling.check_story(session, GTIN, "vi", 7, by="x", on=TODAY)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"answers": ("a", "b")}, "story answers: expected 5 answers"),
        ({"title": ""}, "story title"),
        ({"lead": "x" * 4001}, "story lead: expected at most 4000 characters"),
        ({"steps": (facts.Step("a"),) * 13}, "steps: expected at most 12"),
        ({"checked_by": "ai đó"}, "both who and when"),
        ({"lang": "Vietnamese"}, "a tag such as vi"),
    ],
)
def test_a_story_that_can_not_be_right_is_refused(
    change: dict[str, object], said: str, sqlite_store: Store, saved: Saved, product: facts.Product
) -> None:
    saved(sqlite_store, product)
    with pytest.raises(BadValue, match=said):
        revise(sqlite_store, replace(product.stories["vi"], **change))  # type: ignore[arg-type]


def test_a_phone_shows_with_a_consent_and_not_without(
    store: Store, saved: Saved, product: facts.Product, maker: facts.Producer
) -> None:
    saved(store, product)
    assert (shown(store).producer.phone, shown(store).producer.website, shown(store).producer.visit) == (
        "",
        "",
        "",
    )
    with store.begin() as session:
        for _ in range(2):
            telling.give_consent(
                session, maker.slug, "phone", person="Cô Vân", proof="giấy ký 01/11/2026", at=NOW
            )
    assert (shown(store).producer.phone, shown(store).producer.website) == ("0912 345 678", "")
    with store.begin() as session:
        assert telling.withdraw_consent(session, maker.slug, "phone", at=NOW) == 1
    assert shown(store).producer.phone == ""


def test_a_portrait_and_a_voice_go_with_their_consent(
    store: Store, saved: Saved, product: facts.Product
) -> None:
    portrait = facts.Photo("b" * 64, ((360, 360),))
    voice = facts.Voice("c" * 64 + ".mp3", "audio/mpeg", 42, 200_000, "Chào bạn.")
    with store.begin() as session:
        telling.save_photo(session, portrait)
    saved(
        store,
        replace(product, stories={"vi": replace(product.stories["vi"], portrait=portrait, voice=voice)}),
    )
    assert (shown(store).product.stories["vi"].portrait, shown(store).product.stories["vi"].voice) == (
        None,
        None,
    )
    with store.begin() as session:
        for item in ("portrait", "voice"):
            telling.give_consent(session, "htx-huong-van-tra", item, person="Cô Vân", proof="giấy", at=NOW)
    assert (shown(store).product.stories["vi"].portrait, shown(store).product.stories["vi"].voice) == (
        portrait,
        voice,
    )


def test_a_consent_is_to_something_we_know(store: Store, saved: Saved, product: facts.Product) -> None:
    saved(store, product)
    with pytest.raises(BadValue, match="consent: expected phone or"), store.begin() as session:
        telling.give_consent(session, "htx-huong-van-tra", "ethnicity", person="x", proof="y", at=NOW)


def test_an_issuer_is_registered_once(store: Store) -> None:
    with store.begin() as session:
        editing.add_issuer(session, "thai-nguyen", "Văn phòng NTM", "19", NOW)
    with pytest.raises(Conflict, match="expected a new issuer, got 'thai-nguyen'"), store.begin() as session:
        editing.add_issuer(session, "thai-nguyen", "Văn phòng NTM", "19", NOW)
