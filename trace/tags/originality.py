"""Originality: NXP signs the UID of every chip it makes (READ_SIG). The check says who made the *UID*.

Sources: AN11350 (NTAG21x), AN12196 rev 1.8 section 7 and AN11350's method (NTAG 424 DNA); SEC 2 for the curves.

ECDSA without a hash, the UID itself is the number that is signed:

    NTAG21x         secp128r1, signature 32 bytes  (r 16, s 16)
    NTAG 424 DNA    secp224r1, signature 56 bytes  (r 28, s 28)

A signature is static and can be copied together with its UID, so a good one never proves that the chip in
front of us is that chip; a false one proves that it is none of NXP's.

No common library still has secp128r1, so the few lines of curve arithmetic stand here, for both curves. They
handle public data only: nothing here needs to be, or is, constant-time.

Worked example: NTAG215 UID 04AB87F2CA1190 with the signature
67B1750BCCEB1174F9A33BF20E0226551A6366939B31F949848C3C087350FA90 is NXP's; the UID ..91 with it is not.
"""

from dataclasses import dataclass
from typing import Final

from ocop.trace.tags.errors import WrongChip

Point = tuple[int, int] | None
"""An affine point, None at infinity."""
Jacobian = tuple[int, int, int]
"""(X, Y, Z) for the affine (X/Z², Y/Z³): no inversion until the end. Z = 0 at infinity."""
_INFINITY: Final = (1, 1, 0)


class NotOriginal(WrongChip):
    """The signature over the UID is not the maker's."""


@dataclass(frozen=True, slots=True)
class Curve:
    """A short Weierstrass curve y² = x³ - 3x + b over a prime field, of prime order `n`, with generator."""

    size: int
    p: int
    b: int
    n: int
    generator: tuple[int, int]

    def holds(self, point: tuple[int, int]) -> bool:
        """Whether the point lies on the curve, with both coordinates reduced."""
        x, y = point
        return 0 <= x < self.p and 0 <= y < self.p and (y * y - (x * x * x - 3 * x + self.b)) % self.p == 0

    def multiply(self, factor: int, point: tuple[int, int]) -> Point:
        """`factor` times the point."""
        return self.combine(factor, point, 0, point)

    def combine(self, first: int, point: tuple[int, int], second: int, other: tuple[int, int]) -> Point:
        """`first` times `point` plus `second` times `other`, bit by bit for both at once (Shamir)."""
        both = self._affine(self._add((*point, 1), other))
        total = _INFINITY
        for bit in range(max(first.bit_length(), second.bit_length()) - 1, -1, -1):
            total = self._double(total)
            chosen = (None, point, other, both)[(first >> bit & 1) + 2 * (second >> bit & 1)]
            if chosen is not None:
                total = self._add(total, chosen)
        return self._affine(total)

    def _affine(self, point: Jacobian) -> Point:
        x, y, z = point
        if z == 0:
            return None
        inverse = pow(z, -1, self.p)
        return x * inverse**2 % self.p, y * inverse**3 % self.p

    def _double(self, point: Jacobian) -> Jacobian:
        (x, y, z), p = point, self.p
        zz, yy = z * z % p, y * y % p
        xyy = x * yy % p
        slope = 3 * (x - zz) * (x + zz) % p
        x3 = (slope * slope - 8 * xyy) % p
        return x3, (slope * (4 * xyy - x3) - 8 * yy * yy) % p, 2 * y * z % p

    def _add(self, first: Jacobian, second: tuple[int, int]) -> Jacobian:
        (x, y, z), p = first, self.p
        if z == 0:
            return (*second, 1)
        zz = z * z % p
        h, r = (second[0] * zz - x) % p, (second[1] * z * zz - y) % p
        if h == 0:
            return self._double(first) if r == 0 else _INFINITY
        hh = h * h % p
        hhh, v = h * hh % p, x * hh % p
        x3 = (r * r - hhh - 2 * v) % p
        return x3, (r * (v - x3) - y * hhh) % p, z * h % p

    def verifies(self, public: tuple[int, int], message: int, r: int, s: int) -> bool:
        """ECDSA verification of an unhashed message number."""
        if not (1 <= r < self.n and 1 <= s < self.n and self.holds(public)):
            return False
        inverse = pow(s, -1, self.n)
        u1, u2 = message * inverse % self.n, r * inverse % self.n
        point = self.combine(u1, self.generator, u2, public)
        return point is not None and point[0] % self.n == r


SECP128R1: Final = Curve(
    16,
    0xFFFFFFFDFFFFFFFFFFFFFFFFFFFFFFFF,
    0xE87579C11079F43DD824993C2CEE5ED3,
    0xFFFFFFFE0000000075A30D1B9038A115,
    (0x161FF7528B899B2D0C28607CA52C5B86, 0xCF5AC8395BAFEB13C02DA292DDED7A83),
)
SECP224R1: Final = Curve(
    28,
    2**224 - 2**96 + 1,
    0xB4050A850C04B3ABF54132565044B0B7D7BFD8BA270B39432355FFB4,
    0xFFFFFFFFFFFFFFFFFFFFFFFFFFFF16A2E0B8F03E13DD29455C5C2A3D,
    (
        0xB70E0CBD6BB4BF7F321390B94A03C1D356C21122343280D6115C1D21,
        0xBD376388B5F723FB4C22DFE6CD4375A05A07476444D5819985007E34,
    ),
)


@dataclass(frozen=True, slots=True)
class Maker:
    """A maker's public key for one family of chips, and where it is published."""

    curve: Curve
    public: tuple[int, int]
    source: str

    def check(self, uid: bytes, signature: bytes) -> None:
        """Raises NotOriginal unless `signature` is this maker's over `uid` (7 bytes)."""
        size = self.curve.size
        if len(signature) != 2 * size:
            raise NotOriginal(f"expected a signature of {2 * size} bytes, got {len(signature)}")
        r, s = int.from_bytes(signature[:size], "big"), int.from_bytes(signature[size:], "big")
        if len(uid) != 7 or not self.curve.verifies(self.public, int.from_bytes(uid, "big"), r, s):
            raise NotOriginal(
                f"expected the maker's signature over UID {uid.hex().upper()}, got one that does not fit",
                "this chip may be a copy; do not use it",
            )

    def made(self, uid: bytes, signature: bytes) -> bool:
        """Whether `signature` is this maker's over `uid`: a judgement, where `check` refuses."""
        try:
            self.check(uid, signature)
        except NotOriginal:
            return False
        return True


NTAG21X: Final = Maker(
    SECP128R1,
    (0x494E1A386D3D3CFE3DC10E5DE68A499B, 0x1C202DB5B132393E89ED19FE5BE8BC61),
    "NXP AN11350",
)
NTAG424: Final = Maker(
    SECP224R1,
    (
        0x8A9B380AF2EE1B98DC417FECC263F8449C7625CECE82D9B916C992DA,
        0x209D68422B81EC20B65A66B5102A61596AF3379200599316A00A1410,
    ),
    "NXP AN12196",
)

# Whose private key everyone can read in the simulator: worth nothing, and only for stores of the demo realm.
SIMULATED_21X: Final = Maker(
    SECP128R1,
    (0x3CE087CC180B1888400DAD42F23E3176, 0x8878D6C1A6A6A3625AEDC93032173BF3),
    "simulated chips, worth nothing",
)
SIMULATED_424: Final = Maker(
    SECP224R1,
    (
        0xDEF36B8EDF0261A596DC66E4C9E417B7E335175B4AAE60B4A81D56D9,
        0x38AA1A8EAD937A9AB84CCC4E020BFC2AFFC2E1D2C837F4AD52348004,
    ),
    "simulated chips, worth nothing",
)
