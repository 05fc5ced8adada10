"""The token on one item: 67 bytes that say who signed, and the bytes that were signed (format version 1).

    token = b0 | k1 k2 | sig[64]
    b0    bits 7..4 version = 1; bits 3..2 algorithm, 0 = Ed25519; bits 1..0 carrier,
          0 = print, 1 = static NFC chip, 2 = SUN chip; every other value is refused
    k1 k2 key number, big-endian, never reused among all issuers that ever held the identifier
    sig   Ed25519 (RFC 8032) over
    M     = "OCOP-TAG" 01 | L realm | b0 k1 k2 | L id | L lot | L serial | L ext

`L x` is one length byte followed by x. All text is ASCII. `realm` names the deployment, so that codes of a
test system never pass in another one. `id` is the 14 digits of a GTIN or `P/` and a product code; `lot` is
1..20 of [A-Z0-9-]; `serial` likewise, or empty for the code of a whole batch. `ext` is empty for print and
`01 07` followed by the 7 bytes of the chip's UID for the two kinds of chip. M is made of decoded values,
never of URL text: host, escapes and letter case of a link don't matter.

The same 67 bytes have two text forms, both the value of the query key `s`, both good for every carrier:

    NFC   base64url (RFC 4648, section 5) without padding: 90 characters, the 4 spare bits 0
    QR    the big-endian integer in decimal, zero-padded to 162 digits (a QR code packs digits densely)

Example: seed 9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60 (RFC 8032, 7.1, TEST 1; public,
so refused as a real key), realm ocop.example/tag, key 7, GTIN 09521234543213, lot L2609A, serial
7K3M9X2PQ4TD, print:

    M     4f434f502d54414701106f636f702e6578616d706c652f7461671000070e30393532313233343534333231330
          64c32363039410c374b334d395832505134544400
    token 100007b8373e7875f930205f4a34fd1dafcf69f1880748eaa76ffdbe8e12cbcabfa2cafaf482fe4df0618a6a
          ec3e5043f3d0b1d0bad6cca2ba03dfd4a0d4222bade807
    NFC   EAAHuDc-eHX5MCBfSjT9Ha_PafGIB0jqp2_9vo4Sy8q_osr69IL-TfBhimrsPlBD89Cx0LrWzKK6A9_UoNQiK63oBw
    QR    0140592091107671525967704248159199887757362812551377062111606246863590391426878326743917533
          25607593053857961426594196970766587404373703100991211430958234675832839

A signature is no identifier: what a code names is (id, lot, serial).
"""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from enum import IntEnum
from typing import Protocol

SIZE = 67
NFC_CHARACTERS = 90
QR_DIGITS = 162
KEY_NUMBERS = 1 << 16
SIGNATURE_SIZE = 64
UID_SIZE = 7

_VERSION = 1
_ED25519 = 0
_LABEL = b"OCOP-TAG\x01"
_LIMIT = 1 << (8 * SIZE)
_NFC = re.compile(r"[A-Za-z0-9_-]{90}")
_QR = re.compile(r"[0-9]{162}")
_KEY = re.compile(r"[0-9]{14}|P/[0-9A-Z]{8}")
_PART = re.compile(r"[A-Z0-9-]{1,20}")
_REALM = re.compile(r"[!-~]{1,255}")
_UID_EXTENSION = b"\x09\x01\x07"


class Carrier(IntEnum):
    """What carries the token: a printed code, a chip that always answers the same, a chip with SUN."""

    PRINT = 0
    STATIC = 1
    SUN = 2


# A lookup by index is several times faster than the enum's own call, and this is on the scan path.
_CARRIERS = (Carrier.PRINT, Carrier.STATIC, Carrier.SUN)


class TokenError(Exception):
    """A value of `s` that is no token of version 1. `code` is a short fixed id, see `READ_ERRORS`."""

    def __init__(self, code: str, expected: str, got: str) -> None:
        super().__init__(f"expected {expected}, got {got}")
        self.code = code
        self.expected = expected
        self.got = got


READ_ERRORS = frozenset(
    {"s_length", "s_alphabet", "s_not_canonical", "s_range", "version", "algorithm", "carrier"}
)


class MessageError(Exception):
    """A value that can't stand in a signed message. `field` names it."""

    def __init__(self, field: str, expected: str, got: str) -> None:
        super().__init__(f"{field}: expected {expected}, got {got}")
        self.field = field
        self.expected = expected
        self.got = got


class Signs(Protocol):
    """What `sign` needs of a key: its number and an Ed25519 signature of 64 bytes."""

    @property
    def number(self) -> int: ...

    def sign(self, message: bytes) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Token:
    """A well-formed token. Well-formed says nothing about whether the signature holds."""

    carrier: Carrier
    key_number: int
    signature: bytes

    def encode(self) -> bytes:
        """The 67 bytes. Raises `MessageError` when a field can't be written."""
        if len(self.signature) != SIGNATURE_SIZE:
            raise MessageError("signature", f"{SIGNATURE_SIZE} bytes", f"{len(self.signature)} bytes")
        return _header(self.carrier, self.key_number) + self.signature


def decode(data: bytes) -> Token:
    """Token from its 67 bytes. Raises `TokenError`: `s_length`, `version`, `algorithm` or `carrier`."""
    if len(data) != SIZE:
        raise TokenError("s_length", f"{SIZE} bytes", f"{len(data)} bytes")
    first = data[0]
    if first >> 4 != _VERSION:
        raise TokenError("version", f"format version {_VERSION}", str(first >> 4))
    if first >> 2 & 3 != _ED25519:
        raise TokenError("algorithm", f"algorithm {_ED25519} (Ed25519)", str(first >> 2 & 3))
    if first & 3 >= len(_CARRIERS):
        raise TokenError("carrier", "carrier 0 (print), 1 (static chip) or 2 (SUN chip)", str(first & 3))
    return Token(_CARRIERS[first & 3], data[1] << 8 | data[2], data[3:])


def read_token(s: str) -> Token:
    """Token from either text form; steps (1) and (2) of the verification.

    Raises `TokenError` with one of `READ_ERRORS`. There is exactly one text of each form for each token:
    whatever would have to be normalised is refused.
    """
    if len(s) == NFC_CHARACTERS:
        return decode(_bytes_of_nfc(s))
    if len(s) == QR_DIGITS:
        return decode(_bytes_of_qr(s))
    raise TokenError("s_length", f"{NFC_CHARACTERS} characters or {QR_DIGITS} digits", f"{len(s)} characters")


def nfc_text(token: Token) -> str:
    """The 90 characters of base64url that a chip carries."""
    return urlsafe_b64encode(token.encode()).rstrip(b"=").decode("ascii")


def qr_text(token: Token) -> str:
    """The 162 decimal digits that a printed code carries."""
    return f"{int.from_bytes(token.encode(), 'big'):0{QR_DIGITS}d}"


def message(
    realm: str, carrier: Carrier, key_number: int, key: str, lot: str, serial: str, uid: bytes | None = None
) -> bytes:
    """M, the bytes that are signed for one item (or, with an empty serial, for a whole batch).

    `key` is the identifier's `id`; `uid` the 7 bytes of the chip that carries the token, None for print.
    Raises `MessageError`: the format leaves no room for a value that is too long or of another alphabet,
    and a token bound to a chip without its UID (or a printed one with a UID) does not exist.
    """
    if not _REALM.fullmatch(realm):
        raise MessageError("realm", "1 to 255 printable ASCII characters", repr(realm[:40]))
    if not _KEY.fullmatch(key):
        raise MessageError("id", "14 digits, or P/ and 8 characters", repr(key[:40]))
    if not _PART.fullmatch(lot):
        raise MessageError("lot", "1 to 20 of A-Z, 0-9 and -", repr(lot[:40]))
    if serial and not _PART.fullmatch(serial):
        raise MessageError("serial", "nothing, or 1 to 20 of A-Z, 0-9 and -", repr(serial[:40]))
    return b"".join(
        (
            _LABEL,
            _counted(realm),
            _header(carrier, key_number),
            _counted(key),
            _counted(lot),
            _counted(serial),
            _extension(carrier, uid),
        )
    )


def sign(
    signer: Signs, realm: str, carrier: Carrier, key: str, lot: str, serial: str, uid: bytes | None = None
) -> Token:
    """The token of one item, signed with `signer`. Deterministic: the same item has the same token."""
    signed = message(realm, carrier, signer.number, key, lot, serial, uid)
    return Token(carrier, signer.number, signer.sign(signed))


def _bytes_of_nfc(s: str) -> bytes:
    if not _NFC.fullmatch(s):
        raise TokenError("s_alphabet", "only A-Z a-z 0-9 - _ (base64url without padding)", repr(s))
    data = urlsafe_b64decode(s + "==")
    if urlsafe_b64encode(data)[:NFC_CHARACTERS] != s.encode("ascii"):
        raise TokenError("s_not_canonical", "the 4 spare bits to be 0", f"{s[-1]!r} as the last character")
    return data


def _bytes_of_qr(s: str) -> bytes:
    if not _QR.fullmatch(s):
        raise TokenError("s_alphabet", "only the digits 0-9", repr(s))
    number = int(s)
    if number >= _LIMIT:
        raise TokenError("s_range", f"a number below 2^{8 * SIZE}", f"{s[:8]}…")
    return number.to_bytes(SIZE, "big")


def _header(carrier: Carrier, key_number: int) -> bytes:
    if not 0 <= key_number < KEY_NUMBERS:
        raise MessageError("key number", f"0 to {KEY_NUMBERS - 1}", str(key_number))
    return bytes((_VERSION << 4 | _ED25519 << 2 | carrier, key_number >> 8, key_number & 0xFF))


def _counted(text: str) -> bytes:
    return bytes((len(text),)) + text.encode("ascii")


def _extension(carrier: Carrier, uid: bytes | None) -> bytes:
    if carrier is Carrier.PRINT:
        if uid is not None:
            raise MessageError("uid", "none on a printed code", f"{len(uid)} bytes")
        return b"\x00"
    if uid is None or len(uid) != UID_SIZE:
        got = "none" if uid is None else f"{len(uid)} bytes"
        raise MessageError("uid", f"the {UID_SIZE} bytes of the chip's UID", got)
    return _UID_EXTENSION + uid
