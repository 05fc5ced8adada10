"""Whoever tells is named only while somebody agreed to be quoted; taking it back really unpublishes the name."""

import pytest
from ocop.trace.registry.products import may_be_named

GTIN = "09521234543213"
STORY, CONSENTS = f"/studio/products/{GTIN}/story/vi", "/studio/producers/htx-huong-van-tra/consents"
NAME = "Cô Nguyễn Thị Vân kể"


def agree(maker, item: str, person: str = "Nguyễn Thị Vân") -> str:
    before = maker.get(CONSENTS).text.count("/end")
    given = {"item": item, "person": person, "proof": "ký giấy 02/11", "agreed": "1"}
    assert maker.post(CONSENTS, given).status == 303
    return f"{CONSENTS}/{before + 1}/end"


def seen(room) -> list[bool]:
    """Whether the name is on the product's page, for the press, and in the text to take along."""
    reader = room.client()
    pages = (f"/products/{GTIN}", f"/press/{GTIN}", f"/press/{GTIN}/story-vi.txt")
    return [NAME in reader.get(page).words for page in pages]


def test_a_name_is_shown_by_consent_alone_and_gone_with_it(room, maker, tell):
    assert tell(maker, "publish", teller=NAME).status == 303
    press = agree(maker, "press")
    assert seen(room) == [False, False, False]
    assert NAME not in maker.get(f"{STORY}/preview").words
    assert "Tên người kể chưa hiện ra" in maker.get(STORY).words
    quote = agree(maker, "quote")
    assert seen(room) == [True, True, True]
    assert NAME in maker.get(f"{STORY}/preview").words
    assert "Tên người kể chưa hiện ra" not in maker.get(STORY).words
    assert maker.post(quote).status == 303
    assert seen(room) == [False, False, False]
    assert NAME not in maker.get(f"{STORY}/preview").words
    assert maker.post(press).status == 303


def test_to_be_quoted_on_the_page_is_not_to_be_quoted_in_a_newspaper(room, maker, tell):
    assert tell(maker, "publish", teller=NAME).status == 303
    agree(maker, "press", "Lê Văn Ba")
    agree(maker, "quote")
    assert seen(room) == [True, False, False]


@pytest.mark.parametrize(
    ("quotes", "named"),
    [
        ([], False),
        ([("Nguyễn Thị Vân", True)], True),
        ([("Lê Văn Ba", True)], True),
        ([("Nguyễn Thị Vân", False)], False),
        ([("nguyen thi van", False), ("Lê Văn Ba", True)], False),
        ([("Lê Văn Ba", False), ("Nguyễn Thị Vân", True)], True),
        ([("Nguyễn Thị Vân", False), ("Nguyễn Thị Vân", True)], True),
    ],
    ids=str,
)
def test_who_is_named_and_took_it_back_is_not_named_by_anothers_consent(quotes, named):
    assert may_be_named(NAME, quotes) is named
