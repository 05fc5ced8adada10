"""The table of application identifiers and the rules it names."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ocop.trace.gs1.ai import AI, AIS, HOUSE, check_associations, find
from ocop.trace.gs1.check import CSET_82
from ocop.trace.gs1.errors import LinkError
from ocop.trace.gs1.rules import RULES
from ocop.trace.gs1.table import TABLE

# GS1-Conformant Resolver Standard, description file schema 1.2: supportedPrimaryKeys.
RESOLVER_KEYS = """
00 01 253 255 401 402 410 411 412 413 414 415 417 8003 8004 8006 8010 8013 8017 8018
"""


def entry(code: str) -> AI:
    found = find(code)
    assert found is not None
    return found


def error_of(code: str, value: str) -> str:
    try:
        entry(code).check(value)
    except LinkError as error:
        return error.code
    return ""


def test_the_keys_are_those_of_the_resolver_standard_and_the_houses_own() -> None:
    assert {code for code, ai in AIS.items() if ai.key} == {*RESOLVER_KEYS.split(), HOUSE}


def test_every_ai_named_by_a_row_exists() -> None:
    for ai in AIS.values():
        named = {code for groups in ai.needs for group in groups for code in group}
        assert named | ai.excludes | {code for order in ai.orders for code in order} <= set(AIS), ai.code


def test_every_rule_is_used_and_every_rule_used_exists() -> None:
    assert {r for ai in AIS.values() for c in ai.components for r in c.rules} == set(RULES)


def test_no_ai_is_listed_twice_and_every_row_is_read() -> None:
    assert len(AIS) == 537
    assert all(line.count("|") == 3 for line in TABLE.strip().splitlines())


def test_a_key_cannot_need_what_its_links_cannot_hold() -> None:
    for ai in AIS.values():
        for groups in ai.needs if ai.key else ():
            assert any(group <= {code for order in ai.orders for code in order} for group in groups)


@pytest.mark.parametrize(
    ("code", "value", "error"),
    [
        ("17", "261231", ""), ("17", "260200", ""), ("17", "260230", "date0"), ("17", "261301", "date0"),
        ("17", "260001", "date0"), ("17", "000229", ""), ("17", "010229", "date0"), ("17", "2612", "length"),
        ("7006", "260200", "date"), ("7007", "260101260131", ""), ("7007", "2601012601", "length"),
        ("7003", "2612312359", ""), ("7003", "2612312400", "time"), ("7003", "2612312360", "time"),
        ("8008", "26123123", ""), ("8008", "2612312359", ""), ("8008", "261231235960", "sixty"),
        ("8008", "26123124", "hour"), ("7250", "19000228", ""), ("7250", "19000229", "fulldate"),
        ("7250", "20000229", ""), ("7251", "199912312359", ""),
        ("3103", "000500", ""), ("3103", "0005", "length"), ("3103", "00050A", "charset"),
        ("422", "704", ""), ("422", "999", "country"), ("7030", "999X", ""), ("4307", "VN", ""),
        ("4307", "vn", "country2"), ("423", "704156", ""), ("423", "70415", "length"), ("423", "704000", "country"),
        ("3910", "704450000", ""), ("3910", "000450000", "currency"), ("4309", "02790858483015297971", ""),
        ("4309", "18000000013600000001", "latitude"), ("4309", "18000000003600000001", "longitude"),
        ("4321", "1", ""), ("4321", "2", "yesno"), ("4330", "001000-", ""), ("4330", "001000+", "minus"),
        ("7040", "1ABC", ""), ("7040", "1AB_", ""), ("7040", "1AB*", "importer"), ("7241", "10", ""),
        ("7241", "11", "media"), ("7241", "80", ""), ("7252", "9", ""), ("7252", "3", "sex"), ("7258", "1/2", ""),
        ("7258", "2/1", "sequence"), ("7258", "1-2", "sequence"), ("7258", "0/2", "sequence"),
        ("8001", "00010000100010", "nonzero"), ("8001", "00010000100110", ""), ("8001", "00010000100120", "winding"),
        ("8003", "19520123456788", "zero"), ("8003", "09520123456788", ""), ("8003", "09520123456789", "check_digit"),
        ("8006", "095201234567880102", ""), ("8006", "095201234567880302", "pieces"),
        ("8006", "095201234567880001", "pieces"), ("8011", "42", ""), ("8011", "042", "noleadingzero"),
        ("8007", "GB29NWBK60161331926819", ""), ("8007", "GB29NWBK60161331926818", "iban"),
        ("8007", "XX29", "iban"), ("8010", "9520ABC#-/", ""), ("8010", "9520abc", "charset"),
        ("8010", "952ABC", "prefix"), ("8013", "1987654Ad4X4bL5ttr2310c2K", ""), ("8013", "12", "prefix"),
        ("8030", "a-_Z09", ""), ("8030", "a+b", "charset"), ("4300", "A%20B", ""), ("4300", "A%2", "escapes"),
        ("00", "395201234567890123", ""), ("00", "395201234567890124", "check_digit"), ("10", "", "empty"),
        ("21", "A" * 21, "length"), ("10", "A B", "charset"), ("10", "A~B", "charset"), ("10", "A\n", "charset"),
    ],
)  # fmt: skip
def test_a_value_is_right_or_the_broken_rule_is_named(code: str, value: str, error: str) -> None:
    assert error_of(code, value) == error


def test_an_alphanumeric_value_may_hold_all_of_cset_82() -> None:
    assert len(CSET_82) == 82
    assert [c for c in map(chr, range(0x250)) if error_of("10", c) == ""] == sorted(CSET_82)


def test_a_numeric_value_holds_ascii_digits_only() -> None:
    assert error_of("01", "٠٩٥٢١٢٣٤٥٤٣٢١٣") == "charset"
    assert error_of("01", "０９５２１２３４５４３２１３") == "charset"


@given(st.sampled_from(sorted(AIS)), st.text(max_size=40))
def test_any_text_is_right_or_a_link_error(code: str, value: str) -> None:
    error_of(code, value)


@given(st.data(), st.sampled_from(sorted(AIS)))
def test_values_of_the_right_shape_only_break_rules(data: st.DataObject, code: str) -> None:
    value = data.draw(st.from_regex(entry(code).pattern, fullmatch=True))
    assert error_of(code, value) in {"", *RULES}


@pytest.mark.parametrize(
    ("codes", "error"),
    [
        ("01 10 21 17", ""), ("01 3103", ""), ("01 3103 3102", "invalid_pair"), ("01 37", "invalid_pair"),
        ("00 02 37", ""), ("00 10", "missing_pair"), ("01 250", "missing_pair"), ("01 21 250", ""),
        ("415", "missing_pair"), ("415 8020", ""), ("01 8030", "missing_pair"), ("01 21 8030", ""),
        ("00 8030", ""), ("8018 7258", "missing_pair"), ("8018 7258 7259", ""), ("01 3920", "missing_pair"),
        ("01 3920 3103", ""), ("P 10 17", ""), ("P 37", "invalid_pair"), ("255 3940", ""),
        ("255 3940 3941", "invalid_pair"), ("255 01", "invalid_pair"),
    ],
)  # fmt: skip
def test_ais_stand_together_or_the_pair_is_named(codes: str, error: str) -> None:
    if not error:
        check_associations(codes.split())
        return
    with pytest.raises(LinkError) as caught:
        check_associations(codes.split())
    assert caught.value.code == error


def test_the_order_of_qualifiers_is_the_standards() -> None:
    gtin = entry("01")
    assert gtin.takes_in_order(("22", "10", "21"))
    assert gtin.takes_in_order(("22", "21"))
    assert gtin.takes_in_order(())
    assert gtin.takes_in_order(("235",))
    for wrong in (("21", "10"), ("10", "10"), ("10", "235"), ("254",)):
        assert not gtin.takes_in_order(wrong)


def test_an_error_says_what_the_ai_is_and_what_it_needs() -> None:
    with pytest.raises(LinkError) as caught:
        entry("17").check("261301")
    expected = "AI 17 (USE BY or EXPIRY) of 6 digits, with a date YYMMDD (day 00: the whole month)"
    assert str(caught.value) == f"expected {expected}, got '261301'"
