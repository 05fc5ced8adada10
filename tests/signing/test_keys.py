"""Keys: what is refused, what a signature is, how numbers are given out."""

import json
import os
from pathlib import Path

import pytest
from ocop.trace.signing.keys import (
    BadSignature,
    Keyring,
    NumbersUsedUp,
    Signer,
    SigningKeyError,
    UnknownSigner,
    Verifier,
    WeakKey,
    check_public,
    next_number,
)

VECTORS = Path(__file__).resolve().parents[1] / "vectors"
CASES = json.loads((VECTORS / "ed25519.json").read_text())["cases"]
PRIME = 2**255 - 19
GOLDEN = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"
RFC_8032_SEEDS = [
    GOLDEN,
    "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
    "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
    "f5e5767cf153319517630f226876b86c8160cc583bc013744c6bf255f5cc0ee5",
    "833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42",
]


def seed() -> bytes:
    return os.urandom(32)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['tcId']} {case['attack'][:30]}")
def test_wycheproof_cases_are_judged_right(case: dict[str, str]) -> None:
    verifier = Verifier(bytes.fromhex(case["public"]))
    signature, message = bytes.fromhex(case["signature"]), bytes.fromhex(case["message"])
    assert verifier.holds(signature, message) == case["holds"]
    if case["holds"]:
        verifier.check(signature, message)
    else:
        with pytest.raises(BadSignature):
            verifier.check(signature, message)


@pytest.mark.parametrize("bad", RFC_8032_SEEDS)
def test_a_published_test_key_is_no_key_of_ours(bad: str) -> None:
    with pytest.raises(WeakKey, match="published test key"):
        Signer.from_seed("htx", 1, bytes.fromhex(bad))


@pytest.mark.parametrize("bad", [bytes(32), b"\x01" * 32, b"\xff" * 32])
def test_one_byte_repeated_is_no_key(bad: bytes) -> None:
    with pytest.raises(WeakKey, match="one byte repeated"):
        Signer.from_seed("htx", 1, bad)


@pytest.mark.parametrize("size", [0, 31, 33, 64])
def test_a_seed_has_32_bytes(size: int) -> None:
    with pytest.raises(WeakKey, match=f"got {size}"):
        Signer.from_seed("htx", 1, os.urandom(size))


def small_order_points() -> list[bytes]:
    """The eight points of small order, computed: L times any point (RFC 8032, 5.1)."""
    order = 2**252 + 27742317777372353535851937790883648493
    d = -121665 * pow(121666, -1, PRIME) % PRIME

    def add(one: tuple[int, int], two: tuple[int, int]) -> tuple[int, int]:
        (x1, y1), (x2, y2) = one, two
        k = d * x1 * x2 * y1 * y2 % PRIME
        x = (x1 * y2 + x2 * y1) * pow(1 + k, -1, PRIME) % PRIME
        return x, (y1 * y2 + x1 * x2) * pow(1 - k, -1, PRIME) % PRIME

    def times(factor: int, point: tuple[int, int]) -> tuple[int, int]:
        result = (0, 1)
        while factor:
            result = add(result, point) if factor & 1 else result
            point, factor = add(point, point), factor >> 1
        return result

    found: set[tuple[int, int]] = set()
    for y in range(2, 12):
        square = (y * y - 1) * pow(d * y * y + 1, -1, PRIME) % PRIME
        x = pow(square, (PRIME + 3) // 8, PRIME)
        x = x if (x * x - square) % PRIME == 0 else x * pow(2, (PRIME - 1) // 4, PRIME) % PRIME
        if (x * x - square) % PRIME == 0:
            found |= {times(n, times(order, (x, y))) for n in range(8)}
    assert len(found) == 8
    return [(y | (x & 1) << 255).to_bytes(32, "little") for x, y in found]


def test_a_point_of_small_order_is_no_public_key() -> None:
    for point in small_order_points():
        with pytest.raises(WeakKey, match="small order"):
            check_public(point)


def test_a_public_key_has_one_encoding() -> None:
    with pytest.raises(WeakKey, match="canonical"):
        check_public((PRIME + 3).to_bytes(32, "little"))
    with pytest.raises(WeakKey, match="canonical"):
        check_public(b"\xff" * 32)
    with pytest.raises(WeakKey, match="got 31"):
        check_public(bytes(31))


def test_a_fresh_key_is_fine_in_both_halves() -> None:
    signer = Signer.from_seed("htx", 7, seed())
    check_public(signer.public)
    Verifier(signer.public).check(signer.sign(b"M"), b"M")


def test_signing_is_deterministic_and_says_nothing_of_the_secret() -> None:
    secret = seed()
    signer = Signer.from_seed("htx", 7, secret)
    assert signer.sign(b"M") == signer.sign(b"M")
    assert secret.hex() not in repr(signer)
    assert repr(signer) == "Signer('htx', 7)"


@pytest.mark.parametrize("number", [-1, 65536])
def test_a_key_number_has_16_bits(number: int) -> None:
    with pytest.raises(SigningKeyError, match="from 0 to 65535"):
        Signer.from_seed("htx", number, seed())


def test_a_keyring_holds_one_key_for_each_name() -> None:
    one, other = Signer.from_seed("htx", 7, seed()), Signer.from_seed("htx", 7, seed())
    ring = Keyring([one])
    ring.add(one)
    assert ring.signer("htx", 7) is one
    assert list(ring) == [one]
    with pytest.raises(SigningKeyError, match="got a second one"):
        ring.add(other)
    with pytest.raises(UnknownSigner, match="private key 8 of issuer htx"):
        ring.signer("htx", 8)
    with pytest.raises(UnknownSigner):
        ring.signer("other", 7)


@pytest.mark.parametrize(
    ("highest", "floor", "number"),
    [(None, 0, 1), (0, 0, 1), (7, 0, 8), (7, 263, 263), (263, 263, 264), (None, 256, 256)],
)
def test_numbers_go_up_by_one_and_leave_the_gap_of_a_restore(
    highest: int | None, floor: int, number: int
) -> None:
    assert next_number(highest, floor) == number


def test_numbers_end_with_a_sentence() -> None:
    assert next_number(65534) == 65535
    for highest, floor in ((65535, 0), (65300, 65536)):
        with pytest.raises(NumbersUsedUp, match="none is left"):
            next_number(highest, floor)
