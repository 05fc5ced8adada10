"""The token: golden vectors, both text forms, and every way a text can be no token."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ocop.trace.signing.token import (
    NFC_CHARACTERS,
    QR_DIGITS,
    READ_ERRORS,
    Carrier,
    MessageError,
    Token,
    TokenError,
    decode,
    message,
    nfc_text,
    qr_text,
    read_token,
    sign,
)

BASE64URL = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
tokens = st.builds(
    Token, st.sampled_from(Carrier), st.integers(0, 65535), st.binary(min_size=64, max_size=64)
)
parts = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-", min_size=1, max_size=20)
keys = st.one_of(st.from_regex(r"[0-9]{14}", fullmatch=True), st.from_regex(r"P/[0-9A-Z]{8}", fullmatch=True))
items = st.tuples(
    st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=40),
    st.integers(0, 65535), keys, parts, st.one_of(st.just(""), parts),
    st.one_of(st.none(), st.binary(min_size=7, max_size=7)),
)  # fmt: skip


def case(golden: dict[str, Any], name: str) -> dict[str, Any]:
    return next(found for found in golden["cases"] if found["name"] == name)


@pytest.mark.parametrize("name", ["print", "static chip"])
def test_the_golden_vectors_hold_byte_for_byte(golden: dict[str, Any], golden_signer: Any, name: str) -> None:
    vector = case(golden, name)
    uid = bytes.fromhex(vector["uid"]) if vector["uid"] else None
    carrier = Carrier(vector["carrier"])
    of = (golden["id"], golden["lot"], golden["serial"], uid)
    assert message(golden["realm"], carrier, golden["key_number"], *of).hex() == vector["message"]
    token = sign(golden_signer, golden["realm"], carrier, *of)
    assert vector["token"] in (None, token.encode().hex())
    assert (nfc_text(token), qr_text(token)) == (vector["nfc"], vector["qr"])
    assert read_token(vector["nfc"]) == read_token(vector["qr"]) == token


@given(tokens)
def test_both_text_forms_bring_every_token_back(token: Token) -> None:
    assert decode(token.encode()) == token
    assert read_token(nfc_text(token)) == token
    assert read_token(qr_text(token)) == token
    assert (len(token.encode()), len(nfc_text(token)), len(qr_text(token))) == (67, NFC_CHARACTERS, QR_DIGITS)
    assert qr_text(token).startswith("0")


texts = st.one_of(
    st.text(max_size=200),
    st.text(BASE64URL, min_size=90, max_size=90),
    st.text("0123456789", min_size=162, max_size=162),
)


def read_code(read: Callable[[], Token]) -> str:
    """The code of the error, or nothing."""
    try:
        read()
    except TokenError as error:
        return error.code
    return ""


@given(texts)
def test_any_text_is_a_token_that_writes_itself_or_a_token_error(text: str) -> None:
    code = read_code(lambda: read_token(text))
    if code:
        assert code in READ_ERRORS
    else:
        token = read_token(text)
        assert text in (nfc_text(token), qr_text(token))


@given(items, items)
def test_two_items_never_have_the_same_message(one: Any, other: Any) -> None:
    def signed(item: Any) -> bytes:
        realm, number, key, lot, serial, uid = item
        carrier = Carrier.PRINT if uid is None else Carrier.STATIC
        return message(realm, carrier, number, key, lot, serial, uid)

    assert (signed(one) == signed(other)) == (one == other)


def code_of(text: str) -> str:
    with pytest.raises(TokenError) as caught:
        read_token(text)
    return caught.value.code


@pytest.fixture
def nfc(golden: dict[str, Any]) -> str:
    return str(case(golden, "print")["nfc"])


@pytest.fixture
def qr(golden: dict[str, Any]) -> str:
    return str(case(golden, "print")["qr"])


def test_one_character_less_or_more_is_a_wrong_length(nfc: str, qr: str) -> None:
    for text in (nfc[:-1], nfc + "A", "", qr[:-1], qr + "0", "0" + qr):
        assert code_of(text) == "s_length"


def test_padding_is_refused(nfc: str) -> None:
    assert code_of(nfc + "==") == "s_length"
    assert code_of(nfc[:-2] + "==") == "s_alphabet"
    assert code_of(nfc[:-1] + "=") == "s_alphabet"


@pytest.mark.parametrize("character", ["+", "/", " ", "\n", "%", ".", "é", "１", "\x00", "\ud800"])
def test_characters_outside_base64url_are_refused(nfc: str, character: str) -> None:
    assert code_of(nfc[:40] + character + nfc[41:]) == "s_alphabet"
    assert code_of(nfc[:-1] + character) == "s_alphabet"


@pytest.mark.parametrize("character", ["٣", "３", "²", "-", "+", " ", "_", "a", "\n", "\ud800"])
def test_only_the_ten_ascii_digits_are_digits(qr: str, character: str) -> None:
    for place in (0, 80, 161):
        assert code_of(qr[:place] + character + qr[place + 1 :]) == "s_alphabet"


def test_spare_bits_must_be_zero(nfc: str) -> None:
    last = BASE64URL.index(nfc[-1])
    assert last & 15 == 0, "4 spare bits"
    for spare in range(1, 16):
        assert code_of(nfc[:-1] + BASE64URL[last + spare]) == "s_not_canonical"


def test_a_number_of_537_bits_is_refused() -> None:
    assert code_of(f"{2**536:0162d}") == "s_range"
    assert code_of("9" * 162) == "s_range"
    assert code_of(f"{2**536 - 1:0162d}") == "version", "the highest one that fits has another version"


def test_an_inserted_22_is_refused(qr: str) -> None:
    """A decimal form without a fixed length would take `s=22…` as the same number modulo something."""
    assert code_of("22" + qr) == "s_length"
    assert code_of("22" + qr[2:]) == "version"


def test_only_version_1_algorithm_0_and_carriers_0_to_2_exist() -> None:
    for first in range(256):
        wanted = "version" if first >> 4 != 1 else "algorithm" if first >> 2 & 3 else ""
        wanted = wanted or ("carrier" if first & 3 == 3 else "")
        assert read_code(partial(decode, bytes([first]) + bytes(66))) == wanted, hex(first)
    for first, carrier in ((0x10, Carrier.PRINT), (0x11, Carrier.STATIC), (0x12, Carrier.SUN)):
        assert decode(bytes([first]) + bytes(66)).carrier is carrier


@pytest.mark.parametrize("size", [0, 3, 66, 68])
def test_other_sizes_are_no_token(size: int) -> None:
    with pytest.raises(TokenError, match="expected 67 bytes"):
        decode(b"\x10" + bytes(size)[1:] if size else b"")


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"realm": ""}, "realm"),
        ({"realm": "a" * 256}, "realm"),
        ({"realm": "ví dụ"}, "realm"),
        ({"key_number": 65536}, "key number"),
        ({"key_number": -1}, "key number"),
        ({"key": "9521234543213"}, "id"),
        ({"key": "p/4VTR0QB4"}, "id"),
        ({"key": "P/4VTR0QB"}, "id"),
        ({"lot": ""}, "lot"),
        ({"lot": "l2609a"}, "lot"),
        ({"lot": "L" * 21}, "lot"),
        ({"lot": "L2609A\n"}, "lot"),
        ({"serial": "0" * 21}, "serial"),
        ({"serial": "00.12"}, "serial"),
        ({"uid": bytes(7)}, "uid"),
        ({"carrier": Carrier.STATIC}, "uid"),
        ({"carrier": Carrier.SUN, "uid": bytes(4)}, "uid"),
        ({"carrier": Carrier.SUN, "uid": bytes(8)}, "uid"),
    ],
)
def test_a_value_without_room_in_the_format_is_refused(changed: dict[str, Any], field: str) -> None:
    fine: dict[str, Any] = {
        "realm": "ocop.example/tag", "carrier": Carrier.PRINT, "key_number": 7, "key": "09521234543213",
        "lot": "L2609A", "serial": "000012", "uid": None,
    }  # fmt: skip
    message(**fine)
    with pytest.raises(MessageError) as caught:
        message(**fine | changed)
    assert caught.value.field == field


def test_a_token_that_cannot_be_written_says_why() -> None:
    with pytest.raises(MessageError, match="expected 64 bytes, got 63 bytes"):
        Token(Carrier.PRINT, 7, bytes(63)).encode()
    with pytest.raises(MessageError, match="expected 0 to 65535, got 65536"):
        Token(Carrier.PRINT, 65536, bytes(64)).encode()
