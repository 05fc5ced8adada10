"""Identifiers: one path each, and nothing else passes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ocop.trace.gs1.check import check_character, check_digit
from ocop.trace.gs1.identifier import (
    CODE_BITS,
    CROCKFORD,
    Identifier,
    LinkError,
    identifier,
    item_serial,
    new_product_code,
    product_code,
)

GTIN = "09521234543213"
CODE = "P/4VTR0QB4"
gtins = st.from_regex(r"[0-9]{13}", fullmatch=True).map(lambda d: d + check_digit(d))
codes = st.integers(0, (1 << CODE_BITS) - 1).map(lambda bits: "P/" + new_product_code(bits))
parts = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-", min_size=1, max_size=20)
identifiers = st.one_of(
    st.builds(identifier, gtins | codes),
    st.builds(identifier, gtins | codes, parts),
    st.builds(identifier, gtins | codes, parts, parts),
)


def code_of(key: str, lot: str = "", serial: str = "") -> str:
    with pytest.raises(LinkError) as caught:
        identifier(key, lot, serial)
    return caught.value.code


@pytest.mark.parametrize(
    ("made", "path"),
    [
        (identifier(GTIN), f"/01/{GTIN}"),
        (identifier(GTIN, "L2609A"), f"/01/{GTIN}/10/L2609A"),
        (identifier(GTIN, "L2609A", "000012"), f"/01/{GTIN}/10/L2609A/21/000012"),
        (identifier(CODE, "L1", "7K3M9X2PQ4TD"), "/P/4VTR0QB4/10/L1/21/7K3M9X2PQ4TD"),
    ],
)
def test_the_path_is_the_one_of_the_format(made: Identifier, path: str) -> None:
    assert made.path == path


@given(identifiers, identifiers)
def test_two_identifiers_never_share_a_path(one: Identifier, other: Identifier) -> None:
    assert (one.path == other.path) == (one == other)


def test_batch_and_product_drop_what_is_finer() -> None:
    item = identifier(CODE, "L1", "000012")
    assert item.batch == identifier(CODE, "L1")
    assert item.product == identifier(CODE)


@pytest.mark.parametrize(
    ("serial", "number"),
    [
        ("000001", 1), ("000012", 12), ("999999", 999_999), ("000000", None), ("12", None), ("0000012", None),
        ("00001A", None), ("-00012", None), ("", None),
    ],
)  # fmt: skip
def test_only_six_digits_from_one_on_are_an_item_number(serial: str, number: int | None) -> None:
    assert Identifier(GTIN, "L1", serial).number == number


@given(st.integers(1, 999_999))
def test_an_item_number_survives_its_serial(number: int) -> None:
    assert identifier(GTIN, "L1", item_serial(number)).number == number


@pytest.mark.parametrize("number", [0, -1, 1_000_000])
def test_an_item_number_outside_the_range_is_refused(number: int) -> None:
    with pytest.raises(LinkError, match="expected an item number from 1 to 999999"):
        item_serial(number)


@pytest.mark.parametrize(
    "key",
    ["", "9521234543213", "0952123454321٣", "09521234543213\n", "X/4VTR0QB4", "P", "/01/09521234543213"],
)
def test_what_is_no_gtin_is_refused(key: str) -> None:
    assert code_of(key) == "gtin"


def test_a_wrong_check_digit_names_the_right_one() -> None:
    with pytest.raises(
        LinkError, match="expected check digit 3 at the end of the GTIN, got '09521234543210'"
    ):
        identifier("09521234543210")


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("4vtr0qb4", "code_case"), ("4VTR0QB5", "code_check"), ("4VTRQ0B4", "code_check"), ("4VTR0QB", "code"),
        ("4VTR0QB44", "code"), ("4VTROQB4", "code"), ("", "code"), ("4VTR0QB4\n", "code"), ("../4VTR0", "code"),
    ],
)  # fmt: skip
def test_what_is_no_product_code_is_refused(code: str, error: str) -> None:
    assert code_of(f"P/{code}") == error


@pytest.mark.parametrize("part", ["l1", "A" * 21, "A B", "A.B", "..", ".", "A/B", "Lô", "A_B", "A\n", "%41"])
def test_a_lot_or_serial_of_other_characters_is_refused(part: str) -> None:
    assert code_of(GTIN, part) == "lot"
    assert code_of(GTIN, "L1", part) == "serial"


def test_a_serial_without_a_lot_is_refused() -> None:
    assert code_of(GTIN, "", "000012") == "lot_missing"


def test_a_body_whose_check_character_is_mixed_up_by_people_is_not_handed_out() -> None:
    bodies = ["".join(CROCKFORD[n >> shift & 31] for shift in range(30, -1, -5)) for n in range(2_000)]
    refused = [body for body in bodies if check_character(body) in "ILOU"]
    assert 0.05 < len(refused) / len(bodies) < 0.2  # 4 of 36 check characters
    for body in bodies:
        if body in refused:
            with pytest.raises(LinkError, match="whose check character is not I, L, O or U"):
                product_code(body)
        else:
            assert set(product_code(body)) <= set(CROCKFORD)


@pytest.mark.parametrize("body", ["4VTR0Q", "4VTR0QBB", "4vtr0qb", "4VTROQB", "4VTR0Q\n"])
def test_a_body_outside_the_alphabet_is_refused(body: str) -> None:
    with pytest.raises(LinkError) as caught:
        product_code(body)
    assert caught.value.code == "code"


@given(st.integers(0, (1 << CODE_BITS) - 1))
def test_random_bits_give_a_valid_code_and_always_the_same(bits: int) -> None:
    code = new_product_code(bits)
    assert new_product_code(bits) == code
    assert product_code(code[:7]) == code
    assert identifier(f"P/{code}").path == f"/P/{code}"


def test_the_last_body_gives_way_to_the_first() -> None:
    assert len(new_product_code((1 << CODE_BITS) - 1)) == 8


@pytest.mark.parametrize("bits", [-1, 1 << CODE_BITS])
def test_bits_that_do_not_fit_are_refused(bits: int) -> None:
    with pytest.raises(LinkError, match="expected an integer of 35 bits"):
        new_product_code(bits)


def test_the_errors_sentence_gives_expected_got_and_hint_on_printable_ascii() -> None:
    sentence, hint = str(LinkError("x", "one thing", "lô\r\n" + "A" * 500, "do this")).split("\n")
    assert sentence.startswith(r"expected one thing, got 'l\xf4\r\nAAA")
    assert len(sentence) < 120
    assert hint == "hint: do this"
