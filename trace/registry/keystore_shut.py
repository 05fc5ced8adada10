"""A keystore that this process could not open: whatever asks for a key is told why (floor 2).

    keystore = ShutKeystore(folder, "expected …, got …")
    keystore.signer("htx-ben-may", 7)        # KeystoreShut: expected …, got …

So a service whose keystore opens with a passphrase starts, judges printed codes, and says in one sentence why it
signs nothing and checks no tap. The sentence is shown to whoever asks: it names no file.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import NoReturn

from ocop.trace.registry.keystore import Keystore, KeystoreError
from ocop.trace.signing.keys import Signer


class KeystoreShut(KeystoreError):
    """The keystore is not open in this process."""


class ShutKeystore(Keystore):
    """In the place of an opened keystore. Every use raises KeystoreShut with the same sentence."""

    def __init__(self, folder: Path, reason: str) -> None:
        self.folder, self.reason = folder, reason

    def names(self) -> tuple[tuple[str, int], ...]:
        """Raises KeystoreShut."""
        self._refuse()

    def signer(self, issuer: str, number: int) -> Signer:
        """Raises KeystoreShut."""
        del issuer, number
        self._refuse()

    def generate(self, issuer: str, number: int) -> Signer:
        """Raises KeystoreShut."""
        del issuer, number
        self._refuse()

    def files(self) -> tuple[str, ...]:
        """Raises KeystoreShut."""
        self._refuse()

    def keep(self, name: str, about: Mapping[str, str | int], secret: bytes) -> None:
        """Raises KeystoreShut."""
        del name, about, secret
        self._refuse()

    def kept(self, name: str, about: Mapping[str, str | int], size: int) -> bytes | None:
        """Raises KeystoreShut."""
        del name, about, size
        self._refuse()

    def _refuse(self) -> NoReturn:
        raise KeystoreShut(self.reason)
