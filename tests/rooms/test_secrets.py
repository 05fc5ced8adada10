"""Numbers as people write them, passphrases with the entropy that is stated, words that can be typed anywhere."""

import math
import secrets
from datetime import UTC, datetime

import pytest
from ocop.trace import doors, doors_cards, doors_phone, doors_secrets
from ocop.trace.doors_secrets import PAIRS, QUALITIES, THINGS
from ocop.trace.registry.errors import BadValue


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("0912345678", "+84912345678"),
        (" 0912 345 678 ", "+84912345678"),
        ("0912.345.678", "+84912345678"),
        ("0912-345-678", "+84912345678"),
        ("(+84) 912 345 678", "+84912345678"),
        ("+84 (0) 912 345 678", "+84912345678"),
        ("84912345678", "+84912345678"),
        ("0084 912345678", "+84912345678"),
        ("01623456789", "+84323456789"),
        ("024 3825 5555", "+842438255555"),
    ],
)  # fmt: skip
def test_a_number_is_one_however_it_is_written(typed, number):
    assert doors_phone.normal(typed) == number
    assert doors_phone.normal(doors_phone.shown(number)) == number


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "0",
        "091234567",
        "09123456789",
        "+1 202 555 0100",
        "0112345678",
        "09123a5678",
        "٠٩١٢٣٤٥٦٧٨",
        "0" * 500,
    ],
)
def test_what_is_no_number_of_viet_nam_is_refused(typed):
    with pytest.raises(BadValue, match="phone"):
        doors_phone.normal(typed)


def test_a_made_passphrase_has_48_bits_and_no_two_pairs_are_typed_alike():
    pairs = {doors_secrets.plain(thing + quality) for thing in THINGS for quality in QUALITIES}
    assert len(pairs) == len(THINGS) * len(QUALITIES) == 4096
    assert math.log2(len(pairs)) * PAIRS == 48
    assert all(pair.isascii() and pair.isalpha() for pair in pairs)


def test_every_draw_is_of_the_whole_list():
    asked = []
    doors_secrets.make(lambda most: asked.append(most) or 0)
    assert asked == [len(THINGS), len(QUALITIES)] * PAIRS


@pytest.mark.parametrize("typed", ["TRÂU xanh", "trau  xanh", "trau,xanh", "Trâu Xanh.", "trauxanh"])
def test_a_made_passphrase_is_compared_by_its_letters(typed):
    assert doors_secrets.plain(typed) == "trauxanh"


def test_a_hash_tells_its_parameters_and_another_is_made_anew():
    hashed = doors_secrets.hash_secret("trauxanh")
    assert hashed.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert not doors_secrets.is_old(hashed)
    assert doors_secrets.is_old(hashed.replace("t=2", "t=1"))
    assert doors_secrets.matches(hashed, "Trâu xanh", generated=True)
    assert not doors_secrets.matches(hashed, "Trâu xanh", generated=False)
    assert not doors_secrets.matches("", "nobody's", generated=False), "nobody has no passphrase"


@pytest.mark.parametrize(
    "own", ["mái nhà tranh có khói chiều", "correct horse battery", "x7#kQ!p2Lm9z", "ba con trâu đi qua đê"]
)
def test_a_good_own_passphrase_is_taken(own):
    assert doors_secrets.check_own(own, "Nguyễn Thị Hoa", "0912345678") == own


def test_a_code_of_a_card_has_65_bits():
    assert len(set(doors_cards.ALPHABET)) ** doors_cards.LENGTH == 2**65


def test_a_code_is_spent_once(store):
    now = datetime(2026, 11, 23, tzinfo=UTC)
    with store.begin() as session:
        person = doors.add_person(session, "Hoa", "0912345678", now, handle=secrets.token_bytes(32)).id
        codes = doors_cards.new_card(session, person, now, draw=secrets.randbelow)
        assert doors_cards.use_code(
            session, person, codes[0].lower().replace("1", "l").replace("0", "o"), now
        )
        assert not doors_cards.use_code(session, person, codes[0], now)
        assert doors_cards.codes_left(session, person) == 7
