"""Check digits and characters against published examples."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ocop.trace.gs1.check import ALPHABET_36, check_character, check_digit, check_pair, iban_remainder


@pytest.mark.parametrize(
    "number",
    [
        "09521234543213",  # GS1's example range 952
        "09506000134352",  # GS1's demonstration product
        "4006381333931",  # the EAN-13 of many tutorials
        "395201234567890123",  # an SSCC
        "9520123456788",  # a GLN
        "73513537",  # the EAN-8 of many tutorials
    ],
)
def test_a_published_number_ends_in_its_check_digit(number: str) -> None:
    assert check_digit(number[:-1]) == number[-1]


@given(st.from_regex(r"[0-9]{13}", fullmatch=True), st.integers(0, 12), st.integers(1, 9))
def test_one_wrong_digit_always_changes_the_check_digit(digits: str, place: int, by: int) -> None:
    wrong = digits[:place] + str((int(digits[place]) + by) % 10) + digits[place + 1 :]
    assert check_digit(wrong) != check_digit(digits)


# GS1 Barcode Syntax Dictionary, unit tests of the linter csumalpha.
PAIRS = """1987654Ad4X4bL5ttr2310c2K 12345678901234567890123NT 12345_ABCDEFGHIJKLMCP 12345_NOPQRSTUVWXYZDN
12345_abcdefghijklmN3 12345_nopqrstuvwxyzP2 12345_!"%&'()*+,-./LC 12345_0123456789:;<=>?62 7907665Bm8v2AB
149512464PM+GH 53395376X1:nST 23956qk1&dB!23 57453Uq3qA<H67 00000!HV 99999zzzzzzzzzzzzzzzzzzT2 22 !22"""


@pytest.mark.parametrize("value", PAIRS.split())
def test_a_published_gmn_ends_in_its_check_pair(value: str) -> None:
    assert check_pair(value[:-2]) == value[-2:]


def test_the_designs_product_code_has_its_check_character() -> None:
    assert check_character("4VTR0QB") == "4"


def test_isos_example_has_its_check_character() -> None:
    # ISO 7064:2003, hybrid system MOD 37,36, as used by the Global Release Identifier standard (GRid).
    assert check_character("A12425GABC1234002") == "M"


@given(st.text(ALPHABET_36, min_size=7, max_size=7), st.integers(0, 6), st.sampled_from(ALPHABET_36))
def test_one_wrong_character_always_changes_the_check_character(body: str, place: int, other: str) -> None:
    wrong = body[:place] + other + body[place + 1 :]
    assert (check_character(wrong) == check_character(body)) == (wrong == body)


def test_the_registrys_example_iban_is_right_and_a_changed_one_is_not() -> None:
    # ISO 13616 registry, United Kingdom.
    assert iban_remainder("GB29NWBK60161331926819") == 1
    assert iban_remainder("GB29NWBK60161331926818") != 1
