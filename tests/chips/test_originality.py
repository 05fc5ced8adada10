"""Who made the UID: real signatures fit, changed ones do not, and the arithmetic agrees with pyca's."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils
from hypothesis import given, settings
from hypothesis import strategies as st
from ocop.hardware.simulator import sign_uid, simulated_maker
from ocop.trace.tags.originality import NTAG21X, NTAG424, SECP128R1, SECP224R1, Curve, Maker, NotOriginal

h = bytes.fromhex
MAKERS = [("ntag21x", NTAG21X), ("ntag424", NTAG424)]


@pytest.mark.parametrize(("family", "maker"), MAKERS)
def test_signatures_of_real_chips_fit(vectors: Callable[[str], Any], family: str, maker: Maker) -> None:
    for v in vectors("originality")[family]:
        maker.check(h(v["uid"]), h(v["signature"]))


@pytest.mark.parametrize(("family", "maker"), MAKERS)
def test_a_signature_does_not_fit_another_uid(
    vectors: Callable[[str], Any], family: str, maker: Maker
) -> None:
    v = vectors("originality")[family][0]
    uid = bytearray(h(v["uid"]))
    uid[-1] ^= 1
    with pytest.raises(NotOriginal, match="one that does not fit"):
        maker.check(bytes(uid), h(v["signature"]))


@pytest.mark.parametrize(("family", "maker"), MAKERS)
@pytest.mark.parametrize("part", ["r", "s"])
@pytest.mark.parametrize("value", ["zero", "order", "more"])
def test_numbers_out_of_range_are_refused(
    vectors: Callable[[str], Any], family: str, maker: Maker, part: str, value: str
) -> None:
    v, size = vectors("originality")[family][0], maker.curve.size
    number = {"zero": 0, "order": maker.curve.n, "more": 2 ** (8 * size) - 1}[value].to_bytes(size, "big")
    signature = h(v["signature"])
    changed = number + signature[size:] if part == "r" else signature[:size] + number
    with pytest.raises(NotOriginal):
        maker.check(h(v["uid"]), changed)


@pytest.mark.parametrize("size", [0, 31, 33, 56])
def test_a_signature_of_another_length_is_refused(size: int) -> None:
    with pytest.raises(NotOriginal, match=f"32 bytes, got {size}"):
        NTAG21X.check(bytes(7), bytes(size))


def test_a_public_key_off_the_curve_verifies_nothing(vectors: Callable[[str], Any]) -> None:
    v = vectors("originality")["ntag21x"][0]
    off = replace(NTAG21X, public=(NTAG21X.public[0], NTAG21X.public[1] ^ 1))
    with pytest.raises(NotOriginal):
        off.check(h(v["uid"]), h(v["signature"]))


@pytest.mark.parametrize("curve", [SECP128R1, SECP224R1])
def test_a_signature_by_a_point_off_the_curve_is_none(curve: Curve) -> None:
    """The arithmetic never looks at b, so on another curve it goes through: only the check of the point stops it."""
    off = (curve.generator[0], curve.generator[1] ^ 1)
    point = curve.multiply(5, off)
    assert point is not None
    r = point[0] % curve.n
    assert not curve.verifies(off, 0, r, r * pow(5, -1, curve.n) % curve.n)
    assert not curve.holds((curve.generator[0] + curve.p, curve.generator[1])), "coordinates are reduced"


@pytest.mark.parametrize("curve", [SECP128R1, SECP224R1])
def test_a_sum_at_infinity_is_no_signature(curve: Curve) -> None:
    public, message = curve.multiply(2, curve.generator), 0x04AB87F2CA1190
    assert public is not None
    assert not curve.verifies(public, message, -message * pow(2, -1, curve.n) % curve.n, 1)


@pytest.mark.parametrize(("family", "maker"), MAKERS)
def test_a_uid_with_a_zero_before_it_is_another_one(
    vectors: Callable[[str], Any], family: str, maker: Maker
) -> None:
    v = vectors("originality")[family][0]
    assert not maker.made(b"\x00" + h(v["uid"]), h(v["signature"]))


@pytest.mark.parametrize("curve", [SECP128R1, SECP224R1])
def test_the_curves_are_the_published_ones(curve: Curve) -> None:
    assert curve.holds(curve.generator)
    assert curve.multiply(curve.n, curve.generator) is None
    assert curve.multiply(curve.n - 1, curve.generator) == (curve.generator[0], curve.p - curve.generator[1])


@pytest.mark.parametrize("curve", [SECP128R1, SECP224R1])
def test_sums_of_equal_and_of_opposite_points_come_out_right(curve: Curve) -> None:
    g = curve.generator
    opposite = (g[0], curve.p - g[1])
    assert curve.combine(1, g, 1, g) == curve.multiply(2, g)
    assert curve.combine(5, g, 6, g) == curve.multiply(11, g)
    assert curve.combine(1, g, 1, opposite) is None
    assert curve.combine(5, g, 2, opposite) == curve.multiply(3, g)


@settings(max_examples=15, deadline=None)
@given(st.binary(min_size=7, max_size=7), st.booleans())
def test_our_arithmetic_and_pyca_agree_on_secp224r1(uid: bytes, altered: bool) -> None:
    maker, signature = simulated_maker(SECP224R1), sign_uid(SECP224R1, uid)
    if altered:
        signature = signature[:-1] + bytes([signature[-1] ^ 1])
    r, s = int.from_bytes(signature[:28], "big"), int.from_bytes(signature[28:], "big")
    public = ec.EllipticCurvePublicNumbers(*maker.public, ec.SECP224R1()).public_key()
    ours = theirs = True
    try:
        maker.check(uid, signature)
    except NotOriginal:
        ours = False
    try:
        public.verify(
            utils.encode_dss_signature(r, s),
            uid.rjust(28, b"\x00"),
            ec.ECDSA(utils.Prehashed(hashes.SHA224())),
        )
    except Exception:  # noqa: BLE001 any refusal of the other implementation
        theirs = False
    assert ours == theirs == (not altered)


def test_a_simulated_chip_never_passes_for_nxps() -> None:
    uid = h("04aabbccddeeff")
    for curve, maker in ((SECP128R1, NTAG21X), (SECP224R1, NTAG424)):
        simulated_maker(curve).check(uid, sign_uid(curve, uid))
        with pytest.raises(NotOriginal):
            maker.check(uid, sign_uid(curve, uid))
