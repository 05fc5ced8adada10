"""What a signature shows: every row of the table of chips, keys of past holders, the restored store."""

from datetime import UTC, datetime
from itertools import product
from typing import Any

import pytest
from ocop.trace.signing.entries import (
    ED25519,
    BatchEntry,
    IssuerEntry,
    KeyEntry,
    KeyWithdrawEntry,
    Why,
)  # fmt: skip
from ocop.trace.signing.evidence import Signature, check, signed_by_withdrawn_key
from ocop.trace.signing.keys import Signer
from ocop.trace.signing.token import Carrier, Token, sign

REALM = "ocop.example/tag"
AT = datetime(2026, 10, 1, tzinfo=UTC)
P, B = bytes.fromhex("04de5f1eacc040"), bytes.fromhex("04958caa5c5e80")
CHIPS = (Carrier.STATIC, Carrier.SUN)


def signed(world: Any, carrier: Carrier, uid: bytes | None = None, signer: Signer | None = None) -> Token:
    item = world.item()
    return sign(signer or world.signer, REALM, carrier, item.key, item.lot, item.serial, uid)


def see(world: Any, token: Token | None, *uids: bytes | None, restored: bool = False) -> Signature:
    presented, bound = uids
    return check(world.state, REALM, world.item(), token, presented, bound, restored=restored)


@pytest.mark.parametrize("carrier", CHIPS)
@pytest.mark.parametrize(
    ("presented", "bound", "over", "answer"),
    [
        (None, None, P, Signature.FALSE),
        (None, B, B, Signature.HOLDS),
        (None, B, P, Signature.FALSE),
        (P, None, P, Signature.UNBOUND),
        (P, None, B, Signature.FALSE),
        (B, B, B, Signature.HOLDS),
        (B, B, P, Signature.FALSE),
        (P, B, P, Signature.BOUND_ONLY),
        (P, B, B, Signature.BOUND_ONLY),
        (P, B, bytes(7), Signature.FALSE),
    ],
)
def test_every_row_of_the_table_of_chips(
    world: Any, carrier: Carrier, presented: bytes | None, bound: bytes | None, over: bytes, answer: Signature
) -> None:
    assert see(world, signed(world, carrier, over), presented, bound) is answer


def test_a_printed_code_ignores_chips(world: Any) -> None:
    token = signed(world, Carrier.PRINT)
    for presented, bound in product((None, P), (None, B)):
        assert see(world, token, presented, bound) is Signature.HOLDS


def test_no_code_is_no_code(world: Any) -> None:
    assert see(world, None, P, B) is Signature.NONE


def test_a_stolen_key_blesses_no_chip_that_was_never_bound(world: Any) -> None:
    for carrier, bound in product(CHIPS, (None, B)):
        assert see(world, signed(world, carrier, P), P, bound) is not Signature.HOLDS


def test_after_a_restore_what_was_lost_is_not_called_false(world: Any) -> None:
    newer = Signer.from_seed(world.signer.issuer, 9, bytes(range(32)))
    unknown = signed(world, Carrier.PRINT, signer=newer)
    assert see(world, unknown, None, None) is Signature.UNKNOWN_KEY
    assert see(world, unknown, None, None, restored=True) is Signature.UNKNOWN_KEY_AFTER_RESTORE
    assert see(world, signed(world, Carrier.STATIC, P), None, None, restored=True) is Signature.UNBOUND
    altered = Token(Carrier.PRINT, world.signer.number, bytes(64))
    assert see(world, altered, None, None, restored=True) is Signature.FALSE


def test_less_evidence_never_makes_a_signature_hold_better(world: Any) -> None:
    """Taking a UID away leaves HOLDS only where the signature is over the bound chip."""
    for carrier, presented, bound, over in product(CHIPS, (None, P, B), (None, P, B), (P, B)):
        token = signed(world, carrier, over)
        if see(world, token, presented, bound) is Signature.HOLDS:
            continue
        for less in {(None, bound), (presented, None), (None, None)}:
            if see(world, token, *less) is Signature.HOLDS:
                assert bound == over
                assert less == (None, bound)


def move_to_other(world: Any) -> None:
    world.state.apply(
        world.state.size, IssuerEntry(at=AT, issuer=world.other.issuer, ids=(world.item().key,))
    )


def test_codes_of_a_past_holder_stay_good(world: Any) -> None:
    token = signed(world, Carrier.PRINT)
    move_to_other(world)
    assert see(world, token, None, None) is Signature.HOLDS


def test_a_right_signature_by_another_key_than_the_batchs_is_not_ours(world: Any) -> None:
    """The present holder's key over the past holder's batch; a withdrawn key over its successor's batch."""
    move_to_other(world)
    token = signed(world, Carrier.PRINT, signer=world.other)
    assert see(world, token, None, None) is Signature.FALSE
    assert see(world, token, None, None, restored=True) is Signature.UNKNOWN_KEY_AFTER_RESTORE
    elsewhere = world.item(lot="L9")
    unknown = sign(world.other, REALM, Carrier.PRINT, elsewhere.key, elsewhere.lot, elsewhere.serial)
    assert check(world.state, REALM, elsewhere, unknown) is Signature.HOLDS, (
        "of no batch: the verdict's alarm"
    )


def test_a_thief_of_a_withdrawn_key_makes_no_codes_for_the_batches_after_it(world: Any) -> None:
    state, key = world.state, world.item().key
    newer = Signer.from_seed(world.signer.issuer, 9, bytes(range(32)))
    for entry in (
        KeyWithdrawEntry(at=AT, issuer=newer.issuer, key=7, cutoff=state.size, why=Why.KEY_LOST),
        KeyEntry(at=AT, issuer=newer.issuer, key=9, alg=ED25519, pk=newer.public),
        BatchEntry(at=AT, issuer=newer.issuer, key=9, id=key, lot="L2", level="item", first=1, last=9,
                   made=AT.date()),
    ):  # fmt: skip
        state.apply(state.size, entry)
    item = world.item("000003", lot="L2")
    ours = sign(newer, REALM, Carrier.PRINT, item.key, item.lot, item.serial)
    stolen = sign(world.signer, REALM, Carrier.PRINT, item.key, item.lot, item.serial)
    assert check(state, REALM, item, ours) is Signature.HOLDS
    assert check(state, REALM, item, stolen) is Signature.FALSE


def test_a_withdrawn_key_keeps_what_was_entered_before_its_cutoff(world: Any) -> None:
    state, key = world.state, world.item().key
    batch = BatchEntry(
        at=AT,
        issuer=world.signer.issuer,
        key=7,
        id=key,
        lot="L2",
        level="item",
        first=1,
        last=9,
        made=AT.date(),
    )
    cutoff = state.size
    state.apply(state.size, batch)
    early, late, never = (world.item(lot=lot) for lot in ("L2609A", "L2", "L3"))
    token = signed(world, Carrier.PRINT)
    assert not any(signed_by_withdrawn_key(state, item, token) for item in (early, late, never))
    state.apply(
        state.size,
        KeyWithdrawEntry(at=AT, issuer=world.signer.issuer, key=7, cutoff=cutoff, why=Why.KEY_LOST),
    )
    assert [signed_by_withdrawn_key(state, item, token) for item in (early, late, never)] == [
        False,
        True,
        True,
    ]
    assert state.batch(key, "L2609A").key_withdrawn is False
    assert state.batch(key, "L2").key_withdrawn is True


def test_a_retired_key_still_verifies(world: Any) -> None:
    token = signed(world, Carrier.PRINT)
    newer = Signer.from_seed(world.signer.issuer, 9, bytes(range(32)))
    entry = KeyEntry(at=AT, issuer=newer.issuer, key=9, alg=ED25519, pk=newer.public)
    world.state.apply(world.state.size, entry)
    assert see(world, token, None, None) is Signature.HOLDS
