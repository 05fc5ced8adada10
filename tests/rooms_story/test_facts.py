"""Product facts page by page, what is missing in plain ids, consents that really end."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from ocop.trace import facts, issuing_keys, storytelling, storytelling_consents
from ocop.trace import storytelling_facts as pages
from ocop.trace.registry import ledger_store, reads, tables, telling
from ocop.trace.registry.errors import BadValue, Conflict, Unknown
from ocop.trace.registry.ledger_store import By
from ocop.trace.registry.store import Store, read_meta
from ocop.trace.signing.ledger import State
from ocop.trace.storytelling_complete import PLACES, completeness, next_steps
from sqlalchemy import select

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
KEY = "09521234543213"
BY = By("Cô Vân", NOW)


def product(store: Store, key: str = KEY) -> facts.Product:
    with store.read() as session:
        return pages.product_of(session, key).product


def save(store: Store, page: str, seen: str | None = None, **changes: str) -> pages.Edited:
    values = pages.page_values(product(store), page)
    given = values | {name.replace("__", "."): text for name, text in changes.items()}
    with store.begin() as session:
        return pages.save_page(session, KEY, page, given, seen=seen or pages.digest(values), by=BY)


def test_a_page_changes_its_own_words_and_no_others(tea: Store) -> None:
    before = product(tea)
    edited = save(
        tea, "keeping", storage__vi="Nơi khô mát", storage__en="Keep dry", standards="VietGAP\n\nTCVN 9740"
    )
    after = product(tea)
    assert (edited.clash, edited.values["storage.en"]) == (False, "Keep dry")
    assert after.standards == ("VietGAP", "TCVN 9740")
    assert after.texts["en"] == facts.ProductText(name=before.texts["vi"].name, storage="Keep dry")
    assert after.texts["vi"] == replace(before.texts["vi"], storage="Nơi khô mát")


def test_english_words_that_are_all_taken_away_leave_no_english(tea: Store) -> None:
    save(tea, "basics", name__en="Hương Vân tea")
    assert product(tea).texts["en"].name == "Hương Vân tea"
    save(tea, "basics", name__en="")
    assert "en" not in product(tea).texts


def test_the_second_of_two_writes_nothing_and_sees_both(tea: Store) -> None:
    seen = pages.digest(pages.page_values(product(tea), "basics"))
    save(tea, "basics", brand="Hương Vân")
    second = save(tea, "basics", seen=seen, brand="Vân Hương")
    assert (second.clash, second.values["brand"]) == (True, "Hương Vân")
    assert product(tea).brand == "Hương Vân"
    assert save(tea, "basics", seen=second.seen, brand="Vân Hương").clash is False


@pytest.mark.parametrize(
    ("page", "changes", "what"),
    [
        ("basics", {"name__vi": "  "}, "name.vi"),
        ("basics", {"group": "7"}, "group"),
        ("basics", {"net__vi": "x" * 201}, "net.vi"),
        ("signs", {"sign-1__en": "Embossed lid"}, "sign-1.vi"),
        ("keeping", {"standards": "\n".join("abcdefghijklmnopqrstuvwxyz")}, "standards"),
        ("making", {"origin__vi": "a\x07"}, "origin.vi"),
    ],
)
def test_what_does_not_fit_is_refused_by_field(
    page: str, changes: dict[str, str], what: str, tea: Store
) -> None:
    before = product(tea)
    with pytest.raises(BadValue) as caught:
        save(tea, page, **changes)
    assert caught.value.what == what
    assert product(tea) == before


def test_there_is_no_other_page(tea: Store) -> None:
    with pytest.raises(Unknown, match="known page"):
        save(tea, "prices")


def test_a_sign_keeps_its_close_up_and_needs_words_first(tea: Store) -> None:
    photo = facts.Photo("a" * 64, ((360, 270),))
    with tea.begin() as session:
        telling.save_photo(session, photo)
    with pytest.raises(BadValue, match="words of the sign before its picture"), tea.begin() as session:
        pages.set_product_photo(session, KEY, "sign-1", photo, BY)
    save(tea, "signs", **{"sign-1__vi": "Nắp in nổi", "seal__vi": "tem giấy qua nắp"})
    with tea.begin() as session:
        pages.set_product_photo(session, KEY, "sign-1", photo, BY)
        pages.set_product_photo(session, KEY, "hero", photo, BY)
    save(tea, "signs", **{"sign-1__vi": "Nắp in nổi chữ Vân"})
    kept = product(tea)
    assert kept.signs == (facts.RecognitionSign({"vi": "Nắp in nổi chữ Vân"}, photo),)
    assert (kept.photo, kept.seal) == (photo, {"vi": "tem giấy qua nắp"})


def test_a_product_without_a_bar_code_gets_a_code_and_one_with_it_keeps_it(tea: Store) -> None:
    with tea.begin() as session:
        code = pages.new_product(session, 1, name="Chè búp", net="100 g", group=2, gtin="", by=BY)
        gtin = pages.new_product(session, 1, name="Chè lam", net="", group=1, gtin="893 614 123 456 6", by=BY)
    assert code.startswith("P/")
    assert gtin == "08936141234566"
    assert product(tea, code).texts["vi"] == facts.ProductText(name="Chè búp", net="100 g")
    with pytest.raises(Conflict, match="a GTIN that no product has yet"), tea.begin() as session:
        pages.new_product(session, 1, name="Khác", net="", group=1, gtin="8936141234566", by=BY)


@pytest.mark.parametrize(
    "typed", ["8936141234567", "123", "abc", "2012345678900", "89361412345671234", "０8936141234567"]
)
def test_a_gtin_is_never_invented(typed: str) -> None:
    with pytest.raises(BadValue) as caught:
        pages.gtin_of(typed)
    assert caught.value.what == "gtin"


def test_a_new_product_is_signed_for_by_whoever_signs_for_her_others(tea: Store) -> None:
    with tea.begin() as session:
        issuing_keys.add_issuer(session, "htx-huong-van-tra", "HTX Hương Vân Trà", "19", BY, [KEY])
        key = pages.new_product(session, 1, name="Chè búp", net="", group=2, gtin="", by=BY)
        assert ledger_store.replay(session).holders(key) == ("htx-huong-van-tra",)


def test_what_is_missing_is_named_and_each_has_a_place(tea: Store) -> None:
    with tea.read() as session:
        loaded = pages.product_of(session, KEY)
    panel = completeness(loaded.product, loaded.producer)
    assert panel.missing == ("photo", "legal_id", "origin", "standards", "storage", "ingredients", "shelf_life",
                             "warnings", "signs")  # fmt: skip
    assert (panel.done, panel.of) == (3, 12)
    assert set(panel.missing) <= set(PLACES)
    bowl = completeness(replace(loaded.product, group=5), loaded.producer)
    assert "ingredients" not in bowl.missing


def test_the_next_step_is_the_most_useful_one(tea: Store) -> None:
    def steps() -> tuple[str, ...]:
        with tea.read() as session:
            loaded = pages.product_of(session, KEY)
            drafts = {"vi": storytelling.open_draft(session, KEY, "vi")}
        return next_steps(loaded.product, loaded.producer, drafts)

    assert steps()[0] == "story.tell"
    told = storytelling.Told(title="Chè của mẹ", answers=("Mẹ dạy.", "", "", "", ""))
    with tea.begin() as session:
        storytelling.save_words(session, KEY, "vi", told, seen=0, by=storytelling.By("Vân", NOW))
    assert steps()[:2] == ("story.publish", "story.photos")
    with tea.begin() as session:
        storytelling.publish(session, KEY, "vi", seen=1, by=storytelling.By("Vân", NOW))
    assert steps()[:2] == ("story.photos", "photo")


def phone(store: Store) -> str:
    with store.read() as session:
        found = reads.product_facts(session, KEY, 1, State())
    assert found is not None
    return found.producer.phone


def test_what_was_allowed_is_shown_and_gone_when_it_is_taken_back(tea: Store) -> None:
    assert phone(tea) == ""
    with tea.begin() as session:
        storytelling_consents.give(
            session, "htx-huong-van-tra", "phone", person="Vân", proof="giấy ký", at=NOW
        )
        version = read_meta(session).facts_version
    assert phone(tea) == "0912 345 678"
    later = NOW + timedelta(days=1)
    with tea.begin() as session:
        (standing,) = storytelling_consents.consents(session, 1)
        storytelling_consents.take_back(session, 1, standing.id, at=later)
        session.expire_all()
        assert read_meta(session).facts_version > version
    assert phone(tea) == ""
    with tea.read() as session:
        (ended,) = storytelling_consents.consents(session, 1)
    assert (ended.person, ended.proof, ended.withdrawn_at) == ("Vân", "giấy ký", later)


def test_one_persons_consent_is_not_anothers(tea: Store) -> None:
    with tea.begin() as session:
        for person in ("Vân", "Hoa"):
            storytelling_consents.give(
                session, "htx-huong-van-tra", "phone", person=person, proof="x", at=NOW
            )
        first = storytelling_consents.consents(session, 1)[0]
        storytelling_consents.take_back(session, 1, first.id, at=NOW)
    assert phone(tea) != "", "the other still stands"
    with pytest.raises(Unknown), tea.begin() as session:
        storytelling_consents.take_back(session, 2, first.id, at=NOW)


@pytest.mark.parametrize(
    ("item", "person", "proof", "what"),
    [("face", "Vân", "x", "item"), ("voice", " ", "x", "person"), ("voice", "Vân", "", "proof")],
)
def test_a_consent_has_a_person_a_thing_and_a_proof(
    item: str, person: str, proof: str, what: str, tea: Store
) -> None:
    with pytest.raises(BadValue) as caught, tea.begin() as session:
        storytelling_consents.give(session, "htx-huong-van-tra", item, person=person, proof=proof, at=NOW)
    assert caught.value.what == what
    with tea.read() as session:
        assert session.scalars(select(tables.Consent)).all() == []
