"""What must never verify: the whole negative set, each with the step that stops it."""

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from ocop.trace.gs1.identifier import Identifier
from ocop.trace.signing.evidence import Signature, check
from ocop.trace.signing.token import Carrier, Token, TokenError, decode, message, nfc_text, read_token, sign

REALM = "ocop.example/tag"
UID = bytes.fromhex("04de5f1eacc040")
GROUP_ORDER = 2**252 + 27742317777372353535851937790883648493
NEVER = {Signature.FALSE, Signature.UNKNOWN_KEY}


def printed(world: Any, item: Identifier) -> Token:
    return sign(world.signer, REALM, Carrier.PRINT, item.key, item.lot, item.serial)


def judged(world: Any, item: Identifier, token: Token, realm: str = REALM, **uids: bytes | None) -> Signature:
    return check(world.state, realm, item, token, **uids)


def test_the_untouched_code_holds(world: Any) -> None:
    assert judged(world, world.item(), printed(world, world.item())) is Signature.HOLDS
    assert judged(world, world.item(""), printed(world, world.item(""))) is Signature.HOLDS


@pytest.mark.parametrize("carrier", [Carrier.PRINT, Carrier.STATIC])
def test_no_single_flipped_bit_of_536_is_ever_right(world: Any, carrier: Carrier) -> None:
    item = world.item()
    uid = None if carrier is Carrier.PRINT else UID
    data = sign(world.signer, REALM, carrier, item.key, item.lot, item.serial, uid).encode()
    assert judged(world, item, decode(data), bound=uid) is Signature.HOLDS
    outcomes: Counter[str] = Counter()
    for bit in range(536):
        flipped = bytearray(data)
        flipped[bit // 8] ^= 0x80 >> bit % 8
        try:
            token = decode(bytes(flipped))
        except TokenError as error:
            outcomes[error.code] += 1
            continue
        assert nfc_text(token) != nfc_text(decode(data))
        signature = judged(world, item, token, bound=uid)
        assert signature in NEVER, bit
        outcomes[signature] += 1
    # Two of the four carriers' single bits lead to another carrier; for 0x11 one leads to the refused 3.
    carriers = 0 if carrier is Carrier.PRINT else 1
    assert outcomes == Counter(version=4, algorithm=2, unknown_key=16, false=514 - carriers, carrier=carriers)


@pytest.mark.parametrize("field", ["key", "lot", "serial"])
def test_every_character_of_the_identifier_counts(world: Any, field: str) -> None:
    item = world.item()
    token = printed(world, item)
    text = getattr(item, field)
    for place, letter in enumerate(text):
        if letter == "/":
            continue
        other = "1" if letter != "1" else "2"
        changed = replace(item, **{field: text[:place] + other + text[place + 1 :]})
        assert judged(world, changed, token) in NEVER, changed


def test_a_character_more_or_less_counts(world: Any) -> None:
    token = printed(world, world.item())
    for serial in ("00012", "0000012", "000012A", ""):
        assert judged(world, world.item(serial), token) is Signature.FALSE
    for lot in ("L2609", "L2609AA"):
        assert judged(world, world.item(lot=lot), token) is Signature.FALSE


def test_the_boundary_between_lot_and_serial_cannot_be_shifted(world: Any) -> None:
    token = printed(world, world.item("7K3", lot="L2609A"))
    assert judged(world, world.item("A7K3", lot="L2609"), token) is Signature.FALSE
    assert judged(world, world.item("K3", lot="L2609A7"), token) is Signature.FALSE


@pytest.mark.parametrize(
    "realm", ["ocop.example/tah", "ocop.example/ta", "demo.invalid/tag", "OCOP.example/tag"]
)
def test_a_code_of_another_realm_is_not_ours(world: Any, realm: str) -> None:
    assert judged(world, world.item(), printed(world, world.item()), realm) is Signature.FALSE


def test_the_carrier_is_signed(world: Any) -> None:
    item = world.item()
    token = printed(world, item)
    for carrier in (Carrier.STATIC, Carrier.SUN):
        swapped = replace(token, carrier=carrier)
        for uids in ({}, {"presented": UID}, {"bound": UID}, {"presented": UID, "bound": UID}):
            assert judged(world, item, swapped, **uids) is Signature.FALSE, (carrier, uids)
    chip = sign(world.signer, REALM, Carrier.STATIC, item.key, item.lot, item.serial, UID)
    for carrier in (Carrier.PRINT, Carrier.SUN):
        assert (
            judged(world, item, replace(chip, carrier=carrier), presented=UID, bound=UID) is Signature.FALSE
        )


def test_another_issuers_key_signs_nothing_of_ours(world: Any) -> None:
    item = world.item()
    theirs = sign(world.other, REALM, Carrier.PRINT, item.key, item.lot, item.serial)
    assert judged(world, item, theirs) is Signature.UNKNOWN_KEY
    renumbered = replace(theirs, key_number=world.signer.number)
    assert judged(world, item, renumbered) is Signature.FALSE
    forged = message(REALM, Carrier.PRINT, world.signer.number, item.key, item.lot, item.serial)
    assert judged(world, item, replace(renumbered, signature=world.other.sign(forged))) is Signature.FALSE


def test_a_second_signature_cannot_be_made_from_one(world: Any) -> None:
    """S + L, S + 2L … are the same point but not the same number (RFC 8032, 5.1.7)."""
    item = world.item()
    token = printed(world, item)
    scalar = int.from_bytes(token.signature[32:], "little")
    for factor in (1, 2, 4, 8):
        moved = scalar + factor * GROUP_ORDER
        if moved < 2**256:
            twin = token.signature[:32] + moved.to_bytes(32, "little")
            assert judged(world, item, replace(token, signature=twin)) is Signature.FALSE


@pytest.mark.parametrize("signature", [bytes(64), b"\x01" + bytes(63), b"\xff" * 64])
def test_special_signatures_hold_for_nothing(world: Any, signature: bytes) -> None:
    assert judged(world, world.item(), Token(Carrier.PRINT, 7, signature)) is Signature.FALSE


def test_a_code_read_from_either_text_is_the_same_code(world: Any, golden: dict[str, Any]) -> None:
    """The golden code is another realm's and another key's here: well-formed and not ours."""
    case = next(found for found in golden["cases"] if found["name"] == "print")
    assert read_token(case["nfc"]) == read_token(case["qr"])
    item = Identifier(golden["id"], golden["lot"], golden["serial"])
    assert judged(world, item, read_token(case["nfc"])) is Signature.FALSE
