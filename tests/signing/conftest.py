"""Keys and small ledgers for the tests of signing."""

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from ocop.trace.gs1.identifier import Identifier
from ocop.trace.signing.entries import ED25519, BatchEntry, IssuerEntry, KeyEntry, ReleaseEntry
from ocop.trace.signing.keys import Signer
from ocop.trace.signing.ledger import State

VECTORS = Path(__file__).resolve().parents[1] / "vectors"
AT = datetime(2026, 9, 1, 2, 0, tzinfo=UTC)
MADE = date(2026, 9, 1)
REALM = "ocop.example/tag"
GTIN = "09521234543213"
CODE = "P/4VTR0QB4"
LOT = "L2609A"
UID = bytes.fromhex("04de5f1eacc040")


@dataclass(frozen=True)
class GoldenSigner:
    """The published key of the golden vectors: signs here, but no keyring takes it."""

    private: Ed25519PrivateKey
    number: int

    def sign(self, message: bytes) -> bytes:
        return self.private.sign(message)


@dataclass(frozen=True)
class World:
    """Two issuers with a key and an identifier each; the first has entered lot L2609A, 300 items."""

    state: State
    signer: Signer
    other: Signer

    def item(self, serial: str = "000012", key: str = GTIN, lot: str = LOT) -> Identifier:
        return Identifier(key, lot, serial)


def signer_of(issuer: str, number: int) -> Signer:
    """The same key every time, and one that isn't published."""
    return Signer.from_seed(
        issuer, number, bytes((number * 7 + n * 13 + len(issuer)) & 0xFF for n in range(32))
    )


@pytest.fixture(scope="session")
def golden() -> dict[str, Any]:
    """The golden vectors."""
    found: dict[str, Any] = json.loads((VECTORS / "token.json").read_text())
    return found


@pytest.fixture(scope="session")
def golden_signer(golden: dict[str, Any]) -> GoldenSigner:
    """The key of the golden vectors."""
    return GoldenSigner(
        Ed25519PrivateKey.from_private_bytes(bytes.fromhex(golden["seed"])), golden["key_number"]
    )


@pytest.fixture
def world() -> World:
    """A trust state to verify against."""
    signer, other = signer_of("htx-ben-may", 7), signer_of("to-lang-chua", 8)
    state = State()
    entries = [
        IssuerEntry(at=AT, issuer=signer.issuer, ids=(GTIN,)),
        KeyEntry(at=AT, issuer=signer.issuer, key=signer.number, alg=ED25519, pk=signer.public),
        IssuerEntry(at=AT, issuer=other.issuer, ids=(CODE,)),
        KeyEntry(at=AT, issuer=other.issuer, key=other.number, alg=ED25519, pk=other.public),
        BatchEntry(at=AT, issuer=signer.issuer, key=7, id=GTIN, lot=LOT, level="item", first=1, last=300, made=MADE),
        ReleaseEntry(at=AT, id=GTIN, lot=LOT),
    ]  # fmt: skip
    for index, entry in enumerate(entries):
        state.apply(index, entry)
    return World(state, signer, other)
