"""Master keys of chips, by generation, in the keystore (floor 2).

A master is 16 random bytes; every key of every chip follows from one (`tags.secure.diversify`), so none of those is
ever stored. A new generation is for the chips written from now on; chips that are out keep theirs for life, so a
master is never taken away. Its file has the discipline of all keys (see `keystore`):

    SUN-MASTER.<generation>.key     "OCOPKEY1" | nonce[12] | AES-256-GCM(KEK, master[16]) with its tag[16]

    masters = Masters(keystore)
    masters.add()                   # 1, then 2 ...
    masters.key(1)                  # 16 bytes, opened once
    masters.check()                 # at the start of a service: all open, none zero or one byte repeated
"""

import re
import secrets
from collections.abc import Iterable
from typing import Final

from ocop.trace.registry.keystore import KeyMissing, Keystore, KeystoreError
from ocop.trace.tags.secure import KEY_LENGTH, SecureError, check_master

PURPOSE: Final = "SUN-MASTER"
MAX_GENERATION: Final = 255
_FILE: Final = re.compile(rf"{PURPOSE}\.([0-9]{{3}})\.key")


class WeakMaster(KeystoreError):
    """A master key that everyone could guess."""


class NoMoreMasters(KeystoreError):
    """All 255 generations are in use."""


class Masters:
    """The master keys of one keystore. Threads may share it."""

    def __init__(self, keystore: Keystore) -> None:
        self._keystore = keystore
        self._keys: dict[int, bytes] = {}

    def generations(self) -> tuple[int, ...]:
        """The generations that have a file, in order. Raises KeystoreUnusable."""
        return generations_in(self._keystore.files())

    def key(self, generation: int) -> bytes:
        """The master of a generation. Raises KeyMissing, KeyDamaged, WeakMaster, KeystoreUnusable."""
        master = self._keys.get(generation)
        if master is None:
            master = self._load(generation)
            self._keys[generation] = master
        return master

    def add(self) -> int:
        """Make the next generation; on disk when this returns. Raises NoMoreMasters, KeystoreError."""
        generation = max(self.generations(), default=0) + 1
        if generation > MAX_GENERATION:
            raise NoMoreMasters(
                f"expected at most {MAX_GENERATION} generations of master keys, got all in use"
            )
        self._keystore.keep(_name(generation), _about(generation), secrets.token_bytes(KEY_LENGTH))
        self.key(generation)
        return generation

    def check(self) -> None:
        """Open every master. Raises KeyDamaged, WeakMaster (also for one that stands twice), KeystoreUnusable."""
        seen: dict[bytes, int] = {}
        for generation in self.generations():
            earlier = seen.setdefault(self.key(generation), generation)
            if earlier != generation:
                raise WeakMaster(
                    f"chip master of generation {generation}: expected a key of its own, got that of generation"
                    f" {earlier}"
                )

    def _load(self, generation: int) -> bytes:
        master = self._keystore.kept(_name(generation), _about(generation), KEY_LENGTH)
        if master is None:
            raise KeyMissing(
                f"expected the chip master of generation {generation} in {self._keystore.folder}, got no file;"
                " bring it back from a backup, or make the first with `ocop-trace chips master add`"
            )
        try:
            check_master(master)
        except SecureError as error:
            raise WeakMaster(f"chip master of generation {generation}: {error}") from None
        return master


def generations_in(names: Iterable[str]) -> tuple[int, ...]:
    """The generations among the names of a keystore's files, in order."""
    found = (_FILE.fullmatch(name) for name in names)
    return tuple(sorted(int(match[1]) for match in found if match))


def _name(generation: int) -> str:
    return f"{PURPOSE}.{generation:03d}.key"


def _about(generation: int) -> dict[str, str | int]:
    return {"alg": "AES-128", "generation": generation, "purpose": PURPOSE, "v": 1}
