"""AES-128 as the NTAG 424 DNA uses it: CMAC, AN10922 diversification, the EV2 session.

Sources: NXP NT4H2421Gx rev 3.0 ("DS") section 9.1, AN12196 rev 1.8, AN10922, NIST SP 800-38B.

- CMAC is always AES-128. **MACt**, what travels, is the bytes 1, 3, 5 .. 15 of it.
- **Diversified key** (AN10922, AES-128): CMAC(K, 01 || M), where 01 || M is padded to 32 bytes even when it
  would fit one block. Plain CMAC is the same thing only when M has 16 to 31 bytes, so M here always has 17:
  `UID 7 || D2760000850101 || key no. || master generation || chip generation`.
- **Session keys** from the challenges of the reader (RndA) and the chip (RndB), in wire order:
  SV = A55A00010080 || A[0:2] || A[2:8] xor B[0:6] || B[6:16] || A[8:16], ENC = CMAC(K, SV), and the same
  with 5AA5 for MAC.
- **Command MAC** over INS || CmdCtr (2, LSB first) || TI || header || ciphertext; **response MAC** over
  SW2 || CmdCtr + 1 || TI || ciphertext. SW2 is the real one: Read_Sig answers 9190.
- **Full mode**: AES-CBC, always padded with 80 00..; IV = E(ENC, label || TI || CmdCtr || 0^8), label A55A
  for a command, 5AA5 (with CmdCtr + 1) for its answer.

Worked example: K 00112233445566778899aabbccddeeff, UID 04de5f1eacc040, key 2, generations 1 and 1 gives
1750dca96058148aefd74a0de9d81953.
"""

import hmac
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final
from zlib import crc32

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.cmac import CMAC
from ocop.trace.tags.errors import BadAnswer, ChipError

KEY_LENGTH: Final = 16
UID_LENGTH: Final = 7
MAC_LENGTH: Final = 8
FACTORY_KEY: Final = bytes(KEY_LENGTH)
APPLICATION: Final = bytes.fromhex("d2760000850101")
PASSWORD_SLOT: Final = 0xF0
"""Stands where the key number stands, so that no NTAG 424 key can ever equal an NTAG21x password source."""
_COMMAND, _ANSWER = b"\xa5\x5a", b"\x5a\xa5"


class SecureError(ChipError):
    """A key, UID or field of the wrong size, or a master key that everyone could guess."""


class MacMismatch(BadAnswer):
    """A MAC, padding or echoed challenge does not match: wrong key, or the bytes were changed on the way."""


def cmac(key: bytes, message: bytes) -> bytes:
    """AES-128 CMAC, 16 bytes. Raises SecureError for a key of any other size."""
    _check_key(key)
    mac = CMAC(algorithms.AES(key))
    mac.update(message)
    return mac.finalize()


@lru_cache(16)
def _of_master(key: bytes) -> CMAC:
    """A CMAC under one of the few keys that all others come from. Setting one up costs four times what it computes."""
    _check_key(key)
    return CMAC(algorithms.AES(key))


def _check_key(key: bytes) -> None:
    if len(key) != KEY_LENGTH:
        raise SecureError(f"expected an AES key of {KEY_LENGTH} bytes, got {len(key)}")


def truncated(mac: bytes) -> bytes:
    """MACt: every second byte of a CMAC, beginning with the second."""
    return mac[1::2]


def an10922(master: bytes, diversification: bytes) -> bytes:
    """The AES-128 key of AN10922 for an input M of 1 to 31 bytes. Raises SecureError."""
    if not 1 <= len(diversification) <= 31:
        raise SecureError(f"expected a diversification input of 1 to 31 bytes, got {len(diversification)}")
    if len(diversification) >= 16:
        mac = _of_master(master).copy()
        mac.update(b"\x01" + diversification)
        return mac.finalize()
    # One block or less: AN10922 still pads to two, which CMAC would not. Undo CMAC's own subkey choice by
    # running the two blocks as CBC with the last one masked by K2.
    padded = (b"\x01" + diversification + b"\x80").ljust(32, b"\x00")
    second = bytes(a ^ b for a, b in zip(padded[16:], _subkey2(master), strict=True))
    return cbc_encrypt(master, bytes(16), padded[:16] + second)[16:]


def _subkey2(key: bytes) -> bytes:
    value = int.from_bytes(ecb_encrypt(key, bytes(16)), "big")
    for _ in range(2):
        value = (value << 1 & (1 << 128) - 1) ^ (0x87 if value >> 127 else 0)
    return value.to_bytes(16, "big")


def check_master(master: bytes) -> None:
    """Raises SecureError for a master key of the wrong size, or made of one repeated byte (zero included)."""
    if len(master) != KEY_LENGTH:
        raise SecureError(f"expected a master key of {KEY_LENGTH} bytes, got {len(master)}")
    if len(set(master)) == 1:
        raise SecureError("expected a random master key, got one byte repeated", "make a new one")


def diversify(
    master: bytes, uid: bytes, key_number: int, master_generation: int, chip_generation: int
) -> bytes:
    """The key of one slot of one chip. Generations are 1..255. Raises SecureError."""
    if len(uid) != UID_LENGTH:
        raise SecureError(f"expected a UID of {UID_LENGTH} bytes, got {len(uid)}")
    if not (1 <= master_generation <= 255 and 1 <= chip_generation <= 255):
        raise SecureError(f"expected generations of 1 to 255, got {master_generation} and {chip_generation}")
    if not (0 <= key_number <= 4 or key_number == PASSWORD_SLOT):
        raise SecureError(f"expected a key number of 0 to 4, got {key_number}")
    tail = bytes([key_number, master_generation, chip_generation])
    return an10922(master, uid + APPLICATION + tail)


def password(master: bytes, uid: bytes, master_generation: int, chip_generation: int) -> tuple[bytes, bytes]:
    """(PWD, PACK) of an NTAG21x, 4 and 2 bytes, from the same masters. Raises SecureError."""
    key = diversify(master, uid, PASSWORD_SLOT, master_generation, chip_generation)
    return key[:4], key[4:6]


def ecb_encrypt(key: bytes, block: bytes) -> bytes:
    """One AES block, used for IVs only."""
    return Cipher(algorithms.AES(key), modes.ECB()).encryptor().update(block)  # noqa: S305 the chip's IV rule


def cbc_encrypt(key: bytes, iv: bytes, data: bytes) -> bytes:
    """AES-CBC without padding; `data` is a multiple of 16 bytes."""
    return Cipher(algorithms.AES(key), modes.CBC(iv)).encryptor().update(data)


def cbc_decrypt(key: bytes, iv: bytes, data: bytes) -> bytes:
    """The inverse of `cbc_encrypt`. Raises MacMismatch when `data` is not a multiple of 16 bytes."""
    if len(data) % 16:
        raise MacMismatch(f"expected whole cipher blocks of 16 bytes, got {len(data)} bytes")
    return Cipher(algorithms.AES(key), modes.CBC(iv)).decryptor().update(data)


def pad(data: bytes) -> bytes:
    """ISO 9797-1 method 2: 80, then zeros to a whole block; a full block gets another one."""
    return data + b"\x80" + bytes(-(len(data) + 1) % 16)


def unpad(data: bytes) -> bytes:
    """The inverse of `pad`. Raises MacMismatch."""
    body = data.rstrip(b"\x00")
    if not body.endswith(b"\x80") or len(data) - len(body) > 15:
        raise MacMismatch("expected the padding 80 00.. after decryption, got other bytes")
    return body[:-1]


def rotated(challenge: bytes) -> bytes:
    """The challenge, turned left by one byte."""
    return challenge[1:] + challenge[:1]


def key_crc(key: bytes) -> bytes:
    """The CRC32 of a new key as ChangeKey wants it: JAMCRC (no final complement), least byte first."""
    return (crc32(key) ^ 0xFFFFFFFF).to_bytes(4, "little")


def same(expected: bytes, got: bytes) -> bool:
    """Constant-time comparison."""
    return hmac.compare_digest(expected, got)


@dataclass(slots=True)
class Session:
    """One EV2 session: keys, transaction identifier `ti` (4 bytes), and the number of commands so far."""

    enc_key: bytes = field(repr=False)
    mac_key: bytes = field(repr=False)
    ti: bytes
    counter: int = 0

    @classmethod
    def derive(cls, key: bytes, rnd_a: bytes, rnd_b: bytes, ti: bytes, counter: int = 0) -> "Session":
        """The session that both sides reach from the two challenges of 16 bytes each."""
        mixed = bytes(a ^ b for a, b in zip(rnd_a[2:8], rnd_b[:6], strict=True))
        tail = b"\x00\x01\x00\x80" + rnd_a[:2] + mixed + rnd_b[6:] + rnd_a[8:]
        return cls(cmac(key, _COMMAND + tail), cmac(key, _ANSWER + tail), ti, counter)

    def command_mac(self, ins: int, payload: bytes) -> bytes:
        """MACt of a command whose header and (en)ciphered data are `payload`, before the counter moves."""
        return self._mac(ins, payload)

    def answer_mac(self, sw2: int, payload: bytes) -> bytes:
        """MACt of an answer, after the counter has moved."""
        return self._mac(sw2, payload)

    def encrypt_command(self, data: bytes) -> bytes:
        """Command data in full mode, before the counter moves; no data stays no data."""
        return cbc_encrypt(self.enc_key, self._iv(_COMMAND), pad(data)) if data else b""

    def decrypt_command(self, data: bytes) -> bytes:
        """What the chip does with the data of a command. Raises MacMismatch."""
        return unpad(cbc_decrypt(self.enc_key, self._iv(_COMMAND), data)) if data else b""

    def encrypt_answer(self, data: bytes) -> bytes:
        """What the chip does with the data of its answer, after the counter has moved."""
        return cbc_encrypt(self.enc_key, self._iv(_ANSWER), pad(data)) if data else b""

    def decrypt_answer(self, data: bytes) -> bytes:
        """Answer data in full mode, after the counter has moved. Raises MacMismatch."""
        return unpad(cbc_decrypt(self.enc_key, self._iv(_ANSWER), data)) if data else b""

    def check_answer(self, sw2: int, answer: bytes) -> bytes:
        """The payload of an answer that ends in its MACt. Raises MacMismatch."""
        payload, mac = answer[:-MAC_LENGTH], answer[-MAC_LENGTH:]
        if not same(self.answer_mac(sw2, payload), mac):
            raise MacMismatch("expected the answer's MAC of this session, got another one")
        return payload

    def _mac(self, first: int, payload: bytes) -> bytes:
        head = bytes([first]) + self.counter.to_bytes(2, "little") + self.ti
        return truncated(cmac(self.mac_key, head + payload))

    def _iv(self, label: bytes) -> bytes:
        return ecb_encrypt(self.enc_key, label + self.ti + self.counter.to_bytes(2, "little") + bytes(8))
