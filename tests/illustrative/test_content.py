"""The eleven illustrative products: complete, in two languages, each state present, none at a real name's cost."""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from datetime import date, timedelta
from importlib import resources

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from ocop.trace.facts import CertificateState, Level, ProducerKind, ProductText
from ocop.trace.illustrative import (
    BatchAct,
    ContentError,
    IllustrativeBatch,
    IllustrativeProduct,
    PictureKind,
    products,
)
from ocop.trace.illustrative.content import ORDER, months_after
from ocop.trace.illustrative.table import Table

TODAY = date(2026, 11, 23)
ALL = products(TODAY)
NAMED = {product.slug: product for product in ALL}
BAD_CODES = {"recalled", "withdrawn", "not_released", "key_withdrawn", "not_issued", "copied_chip"}
BAD_STARS = {"expired", "expiring", "withdrawn", "suspended", "none"}
DAYS = st.dates(min_value=date(2024, 1, 1), max_value=date(2060, 12, 31))
# Claims that no page of ours may make, and words that no consumer should need.
FORBIDDEN = (
    "hàng thật", "chính hãng", "chữa bệnh", "điều trị", "trị bệnh", "phòng bệnh", "ngừa bệnh", "bổ gan", "giảm cân",
    "tăng cường", "an thần", "thần dược", "blockchain", "nfc", "chip hợp lệ", "genuine", "authentic", "cures",
    "heals", "detox", "healthy", "health", "medicine", "immune",
)  # fmt: skip

each_product = pytest.mark.parametrize("item", ALL, ids=lambda item: item.slug)


def texts_in(value: object) -> Iterator[str]:
    """Every string anywhere inside a value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from texts_in(inner)
    elif isinstance(value, tuple):
        for inner in value:
            yield from texts_in(inner)
    elif is_dataclass(value):
        for field in fields(value):
            yield from texts_in(getattr(value, field.name))


def story_words(item: IllustrativeProduct, lang: str) -> list[str]:
    story = item.product.stories[lang]
    text = (story.title, story.lead, *story.answers, *(step.text for step in story.steps), story.land)
    return re.findall(r"\w+", " ".join(text).lower())


def outcomes() -> list[tuple[IllustrativeProduct, IllustrativeBatch]]:
    return [(item, batch) for item in ALL for batch in item.batches]


def test_there_are_eleven_products_with_eleven_slugs_and_keys() -> None:
    assert len(ALL) == 11
    assert len({item.slug for item in ALL}) == 11
    assert len({item.product.key for item in ALL}) == 11
    assert tuple(item.slug for item in ALL) == ORDER


def test_every_data_file_is_a_product_of_the_list() -> None:
    files = {
        file.name.removesuffix(".toml")
        for file in resources.files("ocop.trace.illustrative").joinpath("data").iterdir()
    }
    assert files == set(ORDER)


@each_product
def test_every_product_is_marked_illustrative(item: IllustrativeProduct) -> None:
    assert item.product.illustrative


@each_product
def test_bad_states_fall_on_names_that_say_they_are_invented(item: IllustrativeProduct) -> None:
    bad = any(b.expected_code in BAD_CODES or b.expected_stars in BAD_STARS for b in item.batches)
    if bad:
        assert item.invented
    if item.invented:
        assert "hư cấu" in item.producer.name
        assert "hư cấu" in item.product.texts["vi"].name
        assert "invented" in item.product.texts["en"].name
        assert "hư cấu" in item.producer.place.detail


@each_product
def test_decisions_authorities_and_tellers_say_what_they_are(item: IllustrativeProduct) -> None:
    for certificate in item.product.certificates:
        assert certificate.decision_no.startswith("DEMO-")
        assert "(minh họa)" in certificate.authority
    for lang, story in item.product.stories.items():
        mark = {
            "vi": "hư cấu" if item.invented else "bản minh họa",
            "en": "invented" if item.invented else "illustration",
        }
        assert mark[lang] in story.teller


def test_two_four_star_products_belong_to_one_cooperative() -> None:
    pair = [item for item in ALL if item.producer.slug == "htx-huong-van-tra"]
    assert len(pair) == 2
    assert pair[0].producer == pair[1].producer
    assert pair[0].producer.kind is ProducerKind.COOPERATIVE
    assert [item.product.certificates[0].stars for item in pair] == [4, 4]


def test_a_producer_group_sells_without_a_gtin() -> None:
    assert any(i.producer.kind is ProducerKind.GROUP and i.product.key.startswith("P/") for i in ALL)


def test_merged_communes_keep_their_former_address() -> None:
    merged = [i for i in ALL if i.producer.place.commune and i.producer.place.formerly]
    assert any(i.slug == "oi-son-duong" for i in merged)


@pytest.mark.parametrize("stars", ["valid", "expiring", "expired", "withdrawn", "potential", "none"])
def test_every_star_answer_without_a_chip_is_shown(stars: str) -> None:
    assert any(batch.expected_stars == stars for _, batch in outcomes())


@pytest.mark.parametrize("code", ["code_issued", "recalled", "withdrawn", "not_released"])
def test_every_code_answer_of_a_batch_is_shown(code: str) -> None:
    assert any(batch.expected_code == code for _, batch in outcomes())


def test_potential_and_expired_five_stars_are_shown() -> None:
    certificates = [(i, c) for i in ALL for c in i.product.certificates]
    assert any(c.stars == 5 and c.potential for _, c in certificates)
    assert any(c.stars == 5 and c.valid_to < TODAY and i.invented for i, c in certificates)


def test_an_expired_star_covers_one_batch_made_in_time_and_one_made_after() -> None:
    expired = NAMED["gom-ben-may"]
    end = expired.product.certificates[0].valid_to
    assert sorted(batch.made <= end for batch in expired.batches) == [False, True]


def test_the_right_maker_with_the_wrong_product_names_the_certified_one() -> None:
    shown = [i for i in ALL if i.product.other_certified]
    assert len(shown) == 1
    assert not shown[0].product.certificates
    assert {batch.expected_stars for batch in shown[0].batches} == {"none"}


def test_one_code_stands_for_a_whole_batch() -> None:
    whole = [b for _, b in outcomes() if b.level is Level.BATCH]
    assert len(whole) == 1
    assert (whole[0].count, whole[0].sample) == (0, 0)


def test_acts_and_expected_codes_agree() -> None:
    expected = {
        BatchAct.RELEASED: "code_issued",
        BatchAct.NOT_RELEASED: "not_released",
        BatchAct.RECALLED: "recalled",
        BatchAct.WITHDRAWN: "withdrawn",
    }
    for _, batch in outcomes():
        assert batch.expected_code == expected[batch.act]
        if batch.act in {BatchAct.RECALLED, BatchAct.WITHDRAWN}:
            assert batch.reason["vi"]
            assert batch.reason["en"]
        assert bool(batch.advice) == (batch.act is BatchAct.RECALLED)


def test_lots_fit_the_grammar_and_are_unique_in_their_product() -> None:
    for item in ALL:
        lots = [batch.lot for batch in item.batches]
        assert len(set(lots)) == len(lots)
        assert all(re.fullmatch(r"[A-Z0-9-]{1,20}", lot) for lot in lots)


def test_the_item_shown_is_one_of_its_batch() -> None:
    assert all(1 <= b.sample <= b.count for _, b in outcomes() if b.level is Level.ITEM)


@each_product
def test_gtins_are_gs1_demonstration_numbers_with_a_right_check_digit(item: IllustrativeProduct) -> None:
    key = item.product.key
    if key.startswith("P/"):
        return
    assert re.fullmatch(r"0952\d{10}", key)
    weighted = sum(int(d) * (3 if place % 2 == 0 else 1) for place, d in enumerate(reversed(key[:-1])))
    assert int(key[-1]) == -weighted % 10


@each_product
def test_own_codes_have_a_right_check_character(item: IllustrativeProduct) -> None:
    key = item.product.key
    if not key.startswith("P/"):
        return
    letters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    product = 36
    for letter in key[2:-1]:
        total = (product + letters.index(letter)) % 36 or 36
        product = total * 2 % 37
    assert (product + letters.index(key[-1])) % 36 == 1
    assert re.fullmatch(r"P/[0-9A-HJKMNP-TV-Z]{8}", key)


def test_a_province_that_became_a_city_is_one_from_that_day_and_its_old_decisions_are_not() -> None:
    said = {
        day: next(item for item in products(day) if item.slug == "oi-son-duong")
        for day in (date(2026, 8, 31), date(2026, 9, 1))
    }
    assert [item.producer.place.province for item in said.values()] == [
        "tỉnh Quảng Ninh",
        "thành phố Quảng Ninh",
    ]
    today = said[date(2026, 9, 1)].product
    assert today.texts["vi"].origin == "Phường Hoành Bồ, thành phố Quảng Ninh"
    assert today.texts["en"].origin == "Hoành Bồ ward, Quảng Ninh city"
    assert today.certificates[0].authority == "Ủy ban nhân dân tỉnh Quảng Ninh (minh họa)"
    assert NAMED["gia-vi-bun-bo-bep-gio"].product.texts["vi"].origin == "Thành phố Huế"


@each_product
def test_places_are_named_by_code(item: IllustrativeProduct) -> None:
    place = item.producer.place
    assert re.fullmatch(r"\d{2}", place.province_code)
    assert re.match(r"(tỉnh|thành phố) ", place.province)
    assert bool(place.commune_code) == bool(place.commune)
    if place.commune_code:
        assert re.fullmatch(r"\d{5}", place.commune_code)
        assert re.match(r"(xã|phường|đặc khu) ", place.commune)


@each_product
def test_both_languages_are_complete(item: IllustrativeProduct) -> None:
    product = item.product
    assert set(product.texts) == set(product.stories) == {"vi", "en"}
    for name in ProductText.__dataclass_fields__:
        filled = {lang: bool(getattr(text, name)) for lang, text in product.texts.items()}
        assert filled["vi"] == filled["en"], name
        assert filled["vi"] or name == "shelf_life"
    for story in product.stories.values():
        assert story.title
        assert story.lead
        assert story.land
        assert all(story.answers)
        assert 3 <= len(story.steps) <= 6
    for by_lang in (product.seal, product.chip_place, *(sign.text for sign in product.signs)):
        assert all(by_lang[lang] for lang in ("vi", "en"))
    assert len(product.signs) == 3


@each_product
def test_a_vietnamese_story_has_120_to_250_words(item: IllustrativeProduct) -> None:
    assert 120 <= len(story_words(item, "vi")) <= 250


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_no_two_stories_share_their_words(lang: str) -> None:
    def shingles(item: IllustrativeProduct) -> set[tuple[str, ...]]:
        words = story_words(item, lang)
        return set(zip(words, words[1:], words[2:], words[3:], strict=False))

    for place, first in enumerate(ALL):
        for second in ALL[place + 1 :]:
            shared = shingles(first) & shingles(second)
            assert len(shared) <= 3, (first.slug, second.slug, shared)


@each_product
def test_no_text_claims_what_nobody_may_claim(item: IllustrativeProduct) -> None:
    for text in texts_in(item):
        lowered = text.lower()
        assert not [word for word in FORBIDDEN if re.search(rf"(?<!\w){re.escape(word)}(?!\w)", lowered)], (
            text
        )


@each_product
def test_texts_are_composed_unicode_without_stray_space(item: IllustrativeProduct) -> None:
    for text in texts_in(item):
        assert text == text.strip()
        assert "  " not in text
        assert not re.search(r"[\u0300-\u036f]", text)


@each_product
def test_pictures_are_one_hero_three_signs_and_one_for_each_step(item: IllustrativeProduct) -> None:
    steps = len(item.product.stories["vi"].steps)
    names = ["hero", "sign-1", "sign-2", "sign-3", *(f"step-{n}" for n in range(1, steps + 1))]
    assert [picture.id for picture in item.pictures] == names
    for picture in item.pictures:
        assert all(picture.alt[lang] for lang in ("vi", "en"))
        assert picture.kind is PictureKind(picture.id.partition("-")[0])


@settings(max_examples=60, deadline=None)
@given(DAYS)
@example(date(2028, 2, 29))
@example(date(2027, 1, 1))
@example(date(2026, 6, 15))
@example(date(2027, 12, 31))
def test_dates_are_sensible_on_any_day(today: date) -> None:
    for item in products(today):
        for certificate in item.product.certificates:
            assert certificate.decision_date == certificate.valid_from < today
            assert months_after(certificate.valid_to, -36) == certificate.decision_date
            assert str(certificate.decision_date.year) in certificate.decision_no
            if certificate.state is CertificateState.WITHDRAWN:
                assert certificate.closed_on is not None
                assert certificate.decision_date < certificate.closed_on < today
        for batch in item.batches:
            assert today - timedelta(days=400) < batch.made < today
            assert batch.expiry is None or batch.expiry > today
            assert all(event.on <= batch.made for event in batch.events)
            held_stars_at = judged(item, today)
            assert batch.expected_stars == held_stars_at


def judged(item: IllustrativeProduct, today: date) -> str:
    """The star answer by its plain rule, as a stranger would reckon it."""
    if not item.product.certificates:
        return "none"
    certificate = item.product.certificates[0]
    if certificate.state is CertificateState.WITHDRAWN:
        return "withdrawn"
    if certificate.valid_to < today:
        return "expired"
    if certificate.potential:
        return "potential"
    return "expiring" if (certificate.valid_to - today).days < 30 else "valid"


def test_the_same_day_gives_the_same_products() -> None:
    assert products(TODAY) == ALL


@given(st.dates(date(1990, 1, 1), date(2090, 1, 1)), st.integers(-600, 600))
def test_months_are_counted_on_the_calendar(start: date, months: int) -> None:
    moved = months_after(start, months)
    assert (moved.year * 12 + moved.month) - (start.year * 12 + start.month) == months
    assert moved.day == start.day or (moved.day < start.day and (moved + timedelta(days=1)).day == 1)


def test_a_misspelt_entry_is_refused_with_its_place() -> None:
    table = Table("oi", tomllib.loads("[place]\nnmae = 'x'"))
    with pytest.raises(ContentError, match=r"oi: place\.name: expected a text, got None"):
        table.table("place").text("name")
    place = Table("oi", {"name": "x", "nmae": "y"}, "place")
    place.text("name")
    with pytest.raises(ContentError, match="oi: place: expected no further entries, got nmae"):
        place.close()


@pytest.mark.parametrize(
    ("read", "expected"),
    [
        ("number", "a whole number"),
        ("flag", "true or false"),
        ("texts", "a list of texts"),
        ("tables", "a list of tables"),
        ("table", "a table"),
    ],
)  # fmt: skip
def test_an_entry_of_another_type_is_refused(read: str, expected: str) -> None:
    with pytest.raises(ContentError, match=expected):
        getattr(Table("oi", {"entry": "text"}), read)("entry")
