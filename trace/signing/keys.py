"""Ed25519 keys in memory: signers, verifiers, key numbers (RFC 8032, 5.1: strict, S < L).

A key belongs to an issuer, the body that signs, and has a number from 0 to 65,535 that stands in every
token. Numbers are never reused, so a number is a name for ever; `next_number` gives them out in one row for
the whole deployment and leaves a gap of 256 after a restore, because keys made after the backup may have
signed codes that are out in the world.

A key that others can know is refused as one of ours: zero, one byte repeated, a seed of a published test
vector; a public key also when it is a point of small order, for which anyone can make signatures. `Signer`
checks the seed, the ledger the public key (`check_public`); `Verifier` is RFC 8032 and nothing else.

    signer = Signer.from_seed("htx-ben-may", 7, seed)
    Verifier(signer.public).check(signer.sign(b"M"), b"M")       nothing, or raises BadSignature

Signing is `cryptography`'s. Checking is libsodium's (PyNaCl), which does it in half the time of OpenSSL, and checking
is the largest part of a scan (`docs/adr/0004-libsodium-checks-signatures.md`). Both follow RFC 8032, and libsodium also
refuses a key or an R of small order, which no signature of ours has.
"""

from collections.abc import Iterable, Iterator

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from nacl.bindings import crypto_sign_open
from nacl.exceptions import BadSignatureError

from .token import KEY_NUMBERS, SIGNATURE_SIZE

SEED_SIZE = 32
PUBLIC_SIZE = 32
RESTORE_GAP = 256

# RFC 8032, section 7.1: TEST 1 (also this format's golden key), TEST 2, 3, 1024 and SHA(abc); seed: public.
_PUBLISHED = {
    bytes.fromhex(seed): bytes.fromhex(public)
    for seed, public in (
        (
            "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
            "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        ),
        (
            "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
            "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        ),
        (
            "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
            "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        ),
        (
            "f5e5767cf153319517630f226876b86c8160cc583bc013744c6bf255f5cc0ee5",
            "278117fc144c72340f67d0f2316e8386ceffbf2b2428c9c51fef7c597f1d426e",
        ),
        (
            "833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42",
            "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
        ),
    )
}
_PRIME = 2**255 - 19
# The y coordinates of the eight points whose order divides 8 on edwards25519 (RFC 8032, 5.1).
_SMALL_ORDER_Y = frozenset(
    {
        0,
        1,
        _PRIME - 1,
        2707385501144840649318225287225658788936804267575313519463743609750303402022,
        55188659117513257062467267217118295137698188065244968500265048394206261417927,
    }
)


class SigningKeyError(Exception):
    """Base of everything that can be wrong with a key."""


class WeakKey(SigningKeyError):
    """Key material that others know or can guess."""


class BadSignature(SigningKeyError):
    """The signature is not this key's over this message."""


class UnknownSigner(SigningKeyError):
    """No such private key is in the keyring."""


class NumbersUsedUp(SigningKeyError):
    """All 65,536 key numbers have been given out."""


class Signer:
    """The private half of one key of one issuer. The secret never leaves the object."""

    __slots__ = ("_private", "issuer", "number", "public")

    def __init__(self, issuer: str, number: int, private: Ed25519PrivateKey) -> None:
        self.issuer = issuer
        self.number = check_number(number)
        self.public = private.public_key().public_bytes_raw()
        self._private = private

    @classmethod
    def from_seed(cls, issuer: str, number: int, seed: bytes) -> "Signer":
        """Signer from the 32 bytes of RFC 8032's private key. Raises `WeakKey`."""
        check_seed(seed)
        return cls(issuer, number, Ed25519PrivateKey.from_private_bytes(seed))

    def sign(self, message: bytes) -> bytes:
        """The Ed25519 signature (64 bytes) over `message`; deterministic."""
        return self._private.sign(message)

    def __repr__(self) -> str:
        return f"Signer({self.issuer!r}, {self.number})"


class Verifier:
    """The public half of a key: RFC 8032, 5.1.7, with S < L."""

    __slots__ = ("public",)

    def __init__(self, public: bytes) -> None:
        if len(public) != PUBLIC_SIZE:
            raise WeakKey(f"expected a public key of {PUBLIC_SIZE} bytes, got {len(public)}")
        self.public = public

    def check(self, signature: bytes, message: bytes) -> None:
        """Return if `signature` (64 bytes) holds over `message`, else raise `BadSignature`."""
        if not self.holds(signature, message):
            raise BadSignature("the signature does not hold over this message")

    def holds(self, signature: bytes, message: bytes) -> bool:
        """Whether `signature` holds over `message`: for callers that go on after a false one."""
        if len(signature) != SIGNATURE_SIZE:
            return False  # libsodium takes both in one piece, and would not see where one ends
        try:
            crypto_sign_open(signature + message, self.public)
        except BadSignatureError:
            return False
        return True


class Keyring:
    """The signers a process may use, by issuer and number."""

    __slots__ = ("_signers",)

    def __init__(self, signers: Iterable[Signer] = ()) -> None:
        self._signers: dict[tuple[str, int], Signer] = {}
        for signer in signers:
            self.add(signer)

    def add(self, signer: Signer) -> None:
        """Take in a signer. Raises `SigningKeyError` when the number already names another key."""
        known = self._signers.setdefault((signer.issuer, signer.number), signer)
        if known.public != signer.public:
            raise SigningKeyError(
                f"expected one key under number {signer.number} of issuer {signer.issuer}, got a second one"
            )

    def signer(self, issuer: str, number: int) -> Signer:
        """The signer of that name. Raises `UnknownSigner`."""
        try:
            return self._signers[issuer, number]
        except KeyError:
            raise UnknownSigner(
                f"expected the private key {number} of issuer {issuer}, got none: is its file in the keystore?"
            ) from None

    def __len__(self) -> int:
        return len(self._signers)

    def __iter__(self) -> Iterator[Signer]:
        return iter(self._signers.values())


def check_number(number: int) -> int:
    """The number itself if it is one a key can have. Raises `SigningKeyError`."""
    if not 0 <= number < KEY_NUMBERS:
        raise SigningKeyError(f"expected a key number from 0 to {KEY_NUMBERS - 1}, got {number}")
    return number


def next_number(highest: int | None, floor: int = 0) -> int:
    """The number for a new key, given the highest known one (None: there is no key yet); the first is 1.

    `floor` is 0, or what the last restore set: `RESTORE_GAP` above the highest number in the backup, so that
    numbers which the lost part of the ledger gave out are not given out again. Raises `NumbersUsedUp`.
    """
    number = max((highest or 0) + 1, floor)
    if number >= KEY_NUMBERS:
        raise NumbersUsedUp(f"expected a free key number below {KEY_NUMBERS}, got {number}: none is left")
    return number


def check_seed(seed: bytes) -> None:
    """Return if `seed` can be a private key that nobody else knows, else raise `WeakKey`."""
    if len(seed) != SEED_SIZE:
        raise WeakKey(f"expected a private key of {SEED_SIZE} bytes, got {len(seed)}")
    if len(set(seed)) == 1:
        raise WeakKey("expected a random private key, got one byte repeated: make a new key")
    if seed in _PUBLISHED:
        raise WeakKey("expected a secret private key, got a published test key: make a new key")


def check_public(public: bytes) -> None:
    """Return if `public` can be a public key to trust, else raise `WeakKey`."""
    if len(public) != PUBLIC_SIZE:
        raise WeakKey(f"expected a public key of {PUBLIC_SIZE} bytes, got {len(public)}")
    y = int.from_bytes(public, "little") & (2**255 - 1)
    if y >= _PRIME:
        raise WeakKey(
            "expected the canonical encoding of a public key, got a coordinate of at least 2^255-19"
        )
    if y in _SMALL_ORDER_Y:
        raise WeakKey("expected a public key of full order, got a point of small order")
    if public in _PUBLISHED.values():
        raise WeakKey("expected a key of our own, got the public half of a published test key")
