"""The keystore: private keys in files, encrypted, and nowhere else (floor 2).

One folder. `keystore.json` says how the key-encryption key (KEK, 32 bytes) is had and lets a wrong one be told
from a damaged file; every private key is a file of its own:

    keystore.json           {"format": "ocop-trace-keystore/1", "kdf": "argon2id" or "file", its settings, "check"}
    <issuer>.<number>.key   "OCOPKEY1" | nonce[12] | AES-256-GCM(KEK, seed[32]) with its tag[16]: 68 bytes

The additional data of AES-GCM (NIST SP 800-38D) is purpose, issuer, number, algorithm and version, so a file
that was copied or renamed to another issuer or number does not open. A passphrase becomes the KEK by Argon2id
(RFC 9106, section 4, second recommendation: 64 MiB, 3 passes, 4 lanes); a key file holds the 32 bytes as they
are.

Files are 0600, the folder 0700. A key is written under another name, forced to disk, renamed, and the folder
forced to disk, all under a lock: a key is there whole or not at all, and is never written over.

    keystore = create(folder, Passphrase("…"))          # or open_keystore, once it exists
    keystore.generate("htx-ben-may", 7)                 # durable when it returns
    signer = keystore.signer("htx-ben-may", 7)          # opened once, then in memory

Everything that can go wrong is a `KeystoreError` of its own class, with a sentence.
"""

import fcntl
import json
import os
import re
import secrets
import unicodedata
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from ocop.trace.signing.keys import (
    SEED_SIZE,
    Keyring,
    Signer,
    SigningKeyError,
    UnknownSigner,
    WeakKey,
    check_seed,
)

FORMAT: Final = "ocop-trace-keystore/1"
HEADER: Final = "keystore.json"
KEK_SIZE: Final = 32
NONCE_SIZE: Final = 12
_MAGIC: Final = b"OCOPKEY1"
_FILE_SIZE: Final = len(_MAGIC) + NONCE_SIZE + SEED_SIZE + 16
_CHECKED: Final = b"ocop-trace keystore check"
_ISSUER: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_KEY_FILE: Final = re.compile(r"([a-z0-9][a-z0-9-]{0,39})\.([0-9]{5})\.key")
_ARGON2: Final = {"iterations": 3, "lanes": 4, "memory_kib": 65_536}
# A header from elsewhere must not make us fill the memory or compute for an hour.
_ARGON2_LIMITS: Final = {"iterations": 20, "lanes": 16, "memory_kib": 1_048_576}


class KeystoreError(Exception):
    """Base of everything that can be wrong with the keystore."""


class NoKeystore(KeystoreError):
    """There is no keystore in the folder."""


class KeystoreExists(KeystoreError):
    """There is one already."""


class WrongSecret(KeystoreError):
    """Passphrase or key file are not the ones this keystore was made with."""


class BadSecret(KeystoreError):
    """A passphrase or key file that no keystore can be made with or opened by."""


class KeyMissing(KeystoreError):
    """The file of one private key is not there."""


class KeyDamaged(KeystoreError):
    """A file of the keystore was changed, cut, or belongs to another issuer or number."""


class KeystoreBusy(KeystoreError):
    """Another process is writing."""


class KeystoreUnusable(KeystoreError):
    """The disk refuses: no room, no permission, an input or output error."""


@dataclass(frozen=True, slots=True, repr=False)
class Passphrase:
    """A secret that a person types."""

    text: str

    def __post_init__(self) -> None:
        if len(self.text) < 8:
            raise BadSecret(f"expected a passphrase of at least 8 characters, got {len(self.text)}")


@dataclass(frozen=True, slots=True)
class KeyFile:
    """A secret in a file of 32 bytes."""

    path: Path


Secret = Passphrase | KeyFile


class Keystore:
    """An opened keystore. Threads may share it."""

    def __init__(self, folder: Path, kek: bytes) -> None:
        self.folder = folder
        self._cipher = AESGCM(kek)
        self._ring = Keyring()

    def names(self) -> tuple[tuple[str, int], ...]:
        """(issuer, number) of every key file, sorted."""
        try:
            found = [_KEY_FILE.fullmatch(path.name) for path in self.folder.iterdir()]
        except OSError as error:
            raise _unusable(self.folder, error) from error
        return tuple(sorted((match[1], int(match[2])) for match in found if match))

    def signer(self, issuer: str, number: int) -> Signer:
        """The signer of that name. Raises `KeyMissing`, `KeyDamaged`, `KeystoreUnusable`."""
        try:
            return self._ring.signer(issuer, number)
        except UnknownSigner:
            signer = self._load(issuer, number)
            self._ring.add(signer)
            return signer

    def generate(self, issuer: str, number: int) -> Signer:
        """A new random key under that name, on disk when this returns.

        A name that has a file already keeps it: an act that made the file and was cut off before the ledger
        knew of the key has used it for nothing, so its key is as good as new.
        """
        path = self._path(issuer, number)
        with _locked(self.folder):
            if not path.exists():
                _write(path, self._sealed(issuer, number, secrets.token_bytes(SEED_SIZE)))
        return self.signer(issuer, number)

    def files(self) -> tuple[str, ...]:
        """The names of all files in the keystore. Raises `KeystoreUnusable`."""
        try:
            return tuple(sorted(path.name for path in self.folder.iterdir()))
        except OSError as error:
            raise _unusable(self.folder, error) from error

    def keep(self, name: str, about: Mapping[str, str | int], secret: bytes) -> None:
        """Another kind of secret in a file of its own, unless that file is there; on disk when this returns."""
        with _locked(self.folder):
            if not (self.folder / name).exists():
                nonce = secrets.token_bytes(NONCE_SIZE)
                sealed = self._cipher.encrypt(nonce, secret, _canonical(dict(about)))
                _write(self.folder / name, _MAGIC + nonce + sealed)

    def kept(self, name: str, about: Mapping[str, str | int], size: int) -> bytes | None:
        """What `keep` kept, None without a file. Raises `KeyDamaged`, `KeystoreUnusable`."""
        path, length = self.folder / name, len(_MAGIC) + NONCE_SIZE + size + 16
        data = _read(path, length)
        if data is None:
            return None
        nonce, sealed = data[len(_MAGIC) :][:NONCE_SIZE], data[len(_MAGIC) + NONCE_SIZE :]
        try:
            if len(data) != length or not data.startswith(_MAGIC):
                raise InvalidTag
            return self._cipher.decrypt(nonce, sealed, _canonical(dict(about)))
        except InvalidTag:
            raise KeyDamaged(
                f"expected {path} as it was written, got a file that was changed or belongs to another key; "
                "bring it back from a backup"
            ) from None

    def _load(self, issuer: str, number: int) -> Signer:
        path = self._path(issuer, number)
        data = _read(path, _FILE_SIZE)
        if data is None:
            raise KeyMissing(
                f"expected the private key {number} of {issuer} in {path}, got no file; "
                "bring it back from a backup, or make a new key with `ocop-trace key add`"
            )
        nonce, sealed = data[len(_MAGIC) :][:NONCE_SIZE], data[len(_MAGIC) + NONCE_SIZE :]
        try:
            if len(data) != _FILE_SIZE or not data.startswith(_MAGIC):
                raise InvalidTag
            seed = self._cipher.decrypt(nonce, sealed, _about(issuer, number))
            return Signer.from_seed(issuer, number, seed)
        except (InvalidTag, SigningKeyError):
            raise KeyDamaged(
                f"expected the private key {number} of {issuer} in {path}, got a file that was changed or "
                "belongs to another key; bring it back from a backup"
            ) from None

    def _sealed(self, issuer: str, number: int, seed: bytes) -> bytes:
        nonce = secrets.token_bytes(NONCE_SIZE)
        return _MAGIC + nonce + self._cipher.encrypt(nonce, seed, _about(issuer, number))

    def _path(self, issuer: str, number: int) -> Path:
        if not _ISSUER.fullmatch(issuer) or not 0 <= number < 65_536:
            raise KeyMissing(f"expected an issuer and a key number, got {issuer!r:.60} and {number}")
        return self.folder / f"{issuer}.{number:05d}.key"


def create(folder: Path, secret: Secret) -> Keystore:
    """A new, empty keystore in `folder`. Raises `KeystoreExists`, `BadSecret`, `KeystoreUnusable`."""
    header: dict[str, Any] = {"format": FORMAT, "kdf": "file"}
    if isinstance(secret, Passphrase):
        header |= {"kdf": "argon2id", "salt": secrets.token_hex(16), **_ARGON2}
    kek = _kek(header, secret)
    nonce = secrets.token_bytes(NONCE_SIZE)
    header["check"] = (nonce + AESGCM(kek).encrypt(nonce, _CHECKED, _canonical(header))).hex()
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise _unusable(folder, error) from error
    with _locked(folder):
        if (folder / HEADER).exists():
            raise KeystoreExists(f"expected no keystore in {folder}, got one; it is kept as it is")
        _write(folder / HEADER, _canonical(header) + b"\n")
    return Keystore(folder, kek)


def open_keystore(folder: Path, secret: Secret) -> Keystore:
    """The keystore in `folder`. Raises `NoKeystore`, `WrongSecret`, `KeyDamaged`, `BadSecret`, `KeystoreUnusable`."""
    header = _header(folder)
    if (header["kdf"] == "argon2id") != isinstance(secret, Passphrase):
        wanted = "a passphrase" if header["kdf"] == "argon2id" else "the file of the key-encryption key"
        raise WrongSecret(f"expected {wanted} for the keystore in {folder}, got the other kind of secret")
    kek = _kek(header, secret)
    check = bytes.fromhex(header.pop("check"))
    try:
        AESGCM(kek).decrypt(check[:NONCE_SIZE], check[NONCE_SIZE:], _canonical(header))
    except InvalidTag:
        raise WrongSecret(
            f"expected the secret that the keystore in {folder} was made with, got another one "
            f"(or {HEADER} was changed)"
        ) from None
    return Keystore(folder, kek)


def is_keystore(folder: Path) -> bool:
    """Whether `folder` holds a keystore."""
    return (folder / HEADER).is_file()


def needs_passphrase(folder: Path) -> bool:
    """Whether the keystore in `folder` opens with a passphrase (else with a key file). Raises as `open_keystore`."""
    return bool(_header(folder)["kdf"] == "argon2id")


def new_key_file(path: Path) -> KeyFile:
    """A new random key-encryption key in a file (0600). Raises `KeystoreExists`, `KeystoreUnusable`."""
    if path.exists():
        raise KeystoreExists(
            f"expected no file at {path}, got one; it may be the only copy of a key, so it stays"
        )
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _unusable(path.parent, error) from error
    _write(path, secrets.token_bytes(KEK_SIZE))
    return KeyFile(path)


def _header(folder: Path) -> dict[str, Any]:
    data = _read(folder / HEADER, 4096)
    if data is None:
        raise NoKeystore(f"expected a keystore in {folder}, got none; make one with `ocop-trace init`")
    try:
        header = json.loads(data)
        fine = isinstance(header, dict) and header["format"] == FORMAT and _well_formed(header)
    except (ValueError, KeyError, TypeError, RecursionError):
        fine = False
    if not fine:
        raise KeyDamaged(
            f"expected {HEADER} of {FORMAT} in {folder}, got a file that was changed; use a backup"
        )
    return dict(header)


def _well_formed(header: dict[str, Any]) -> bool:
    names = {"format", "kdf", "check"} | ({"salt", *_ARGON2} if header["kdf"] == "argon2id" else set())
    if set(header) != names or header["kdf"] not in ("argon2id", "file"):
        return False
    if len(bytes.fromhex(header["check"])) != NONCE_SIZE + len(_CHECKED) + 16:
        return False
    if header["kdf"] == "file":
        return True
    limited = all(type(header[n]) is int and 1 <= header[n] <= limit for n, limit in _ARGON2_LIMITS.items())
    return (
        limited and header["memory_kib"] >= 8 * header["lanes"] and len(bytes.fromhex(header["salt"])) == 16
    )


def _kek(header: dict[str, Any], secret: Secret) -> bytes:
    if isinstance(secret, Passphrase):
        kdf = Argon2id(
            salt=bytes.fromhex(header["salt"]),
            length=KEK_SIZE,
            iterations=header["iterations"],
            lanes=header["lanes"],
            memory_cost=header["memory_kib"],
        )
        return kdf.derive(unicodedata.normalize("NFC", secret.text).encode("utf-8", "surrogateescape"))
    data = _read(secret.path, KEK_SIZE)
    if data is None:
        raise BadSecret(f"expected the key-encryption key in {secret.path}, got no file")
    if len(data) != KEK_SIZE:
        raise BadSecret(f"expected {KEK_SIZE} bytes in {secret.path}, got {len(data)} or more")
    try:
        check_seed(data)
    except WeakKey as error:
        raise BadSecret(f"{secret.path}: {error}") from None
    return data


def _about(issuer: str, number: int) -> bytes:
    """AES-GCM's additional data: what the key is for and whose it is."""
    return _canonical({"alg": "Ed25519", "issuer": issuer, "key": number, "purpose": "OCOP-TAG", "v": 1})


def _canonical(values: dict[str, Any]) -> bytes:
    return json.dumps(values, sort_keys=True, separators=(",", ":")).encode("ascii")


def _read(path: Path, size: int) -> bytes | None:
    """At most `size` + 1 bytes of a file, None when there is none."""
    try:
        with path.open("rb") as file:
            return file.read(size + 1)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _unusable(path, error) from error


def _write(path: Path, data: bytes) -> None:
    """The whole file or none of it, 0600, on disk when this returns."""
    part = path.with_name(f".{path.name}.part")
    try:
        file = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(file, "wb") as out:
            out.write(data)
            out.flush()
            os.fsync(out.fileno())
        part.rename(path)
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        raise _unusable(path, error) from error


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    try:
        lock = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise _unusable(folder, error) from error
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise KeystoreBusy(
                f"expected to be alone in {folder}, got another program writing; try again"
            ) from None
        yield
    finally:
        os.close(lock)


def _unusable(path: Path, error: OSError) -> KeystoreUnusable:
    return KeystoreUnusable(
        f"expected to use {path}, got: {error.strerror}; nothing was lost, check disk and owner"
    )
