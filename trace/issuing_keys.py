"""Issuers and their keys: registering a body that signs, giving it identifiers, making its keys (floor 3).

    with store.begin() as session:
        add_issuer(session, "htx-ben-may", "HTX Bến Mây", "40", by, keys=["09521234543213"])
    key = add_key(store.begin, keystore, "htx-ben-may", by)

`add_key` has two commit points. `file`: the private key is in the keystore, on disk. `entered`: the ledger and
the row know its public half; the issuer's older keys retire. A key that was cut off between the two has signed
nothing, and the next `add_key` takes its file. Numbers go up by one for the whole deployment; after a restore
they start above the gap that `restore` left.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass

from ocop.trace.gs1.errors import LinkError
from ocop.trace.gs1.identifier import identifier
from ocop.trace.registry import editing
from ocop.trace.registry.errors import BadValue, RegistryError, Unknown
from ocop.trace.registry.keystore import Keystore
from ocop.trace.registry.ledger_store import By, Entered, open_ledger
from ocop.trace.registry.store import read_meta
from ocop.trace.registry.tables_issue import IdentifierAssignment, Issuer, SigningKey
from ocop.trace.signing.entries import ED25519, IssuerEntry, KeyEntry
from ocop.trace.signing.keys import NumbersUsedUp, next_number
from ocop.trace.signing.ledger import State
from sqlmodel import Session, col, select, update

MAX_IDS = 2000
MAX_CODE = 40


@dataclass(frozen=True, slots=True)
class AddedKey:
    """A new key of an issuer; it enters the issuer's batches from now on."""

    issuer: str
    number: int
    public: bytes
    position: int


def add_issuer(
    session: Session,
    code: str,
    name: str,
    province_code: str,
    by: By,
    keys: Sequence[str] = (),
    *,
    known: State | None = None,
) -> Entered:
    """Register a body that signs, with the identifiers it holds from the start.

    Raises `BadValue`, `Conflict` (registered already), `EntryRefused`, `StoreError`.
    """
    row = editing.add_issuer(session, code, name, province_code, by.at)
    return _assign(session, row, keys, by, known)


def assign(
    session: Session, issuer: str, keys: Sequence[str], by: By, *, known: State | None = None
) -> Entered:
    """Give identifiers to a registered issuer; past holders stay good for the codes they signed.

    Raises `BadValue`, `Unknown`, `EntryRefused` (it holds one already, key numbers would collide), `StoreError`.
    """
    if not keys:
        raise BadValue("identifiers", "at least one", "none")
    return _assign(session, _issuer(session, issuer), keys, by, known)


def add_key(
    begin: Callable[[], AbstractContextManager[Session]],
    keystore: Keystore,
    issuer: str,
    by: By,
    *,
    known: State | None = None,
) -> AddedKey:
    """Make the issuer's next key. Raises `Unknown`, `KeystoreError`, `RegistryError`, `StoreError`."""
    with begin() as session:
        row = _issuer(session, issuer)
        ledger = open_ledger(session, known)
        highest = max((key.number for key in ledger.state.every_key()), default=None)
        try:
            number = next_number(highest, read_meta(session).key_floor)
        except NumbersUsedUp as error:
            raise RegistryError(str(error)) from None
        signer = keystore.generate(issuer, number)  # commit point: file
        entry = KeyEntry(at=by.second, issuer=issuer, key=number, alg=ED25519, pk=signer.public)
        position = ledger.enter(entry, by).position
        session.execute(
            update(SigningKey)
            .where(col(SigningKey.issuer_id) == row.id, col(SigningKey.state) == "active")
            .values(state="retired")
        )
        session.add(
            SigningKey(
                issuer_id=row.id or 0,
                number=number,
                public=signer.public,
                position=position,
                created_at=by.second,
            )
        )
        session.flush()
    # commit point: entered
    return AddedKey(issuer, number, signer.public, position)


def first_key(
    begin: Callable[[], AbstractContextManager[Session]], keystore: Keystore, key: str, by: By
) -> AddedKey | None:
    """The first key of whoever holds the identifier `key`, so that a first batch needs no operator; None when the
    holder has or had one. A key that was withdrawn is never replaced by itself: that is an operator's act.

    Raises `KeystoreError`, `RegistryError`, `StoreError`.
    """
    with begin() as session:
        holders = open_ledger(session).state.holders(key)
        if not holders:
            return None
        row = _issuer(session, holders[-1])
        if (
            session.execute(select(SigningKey.number).where(SigningKey.issuer_id == row.id)).first()
            is not None
        ):
            return None
    return add_key(begin, keystore, holders[-1], by)


def issuer_code(slug: str) -> str:
    """The code of a maker's own issuer: the slug, as far as a code of an issuer goes."""
    return slug[:MAX_CODE].rstrip("-")


def _assign(session: Session, row: Issuer, keys: Sequence[str], by: By, known: State | None) -> Entered:
    ids = tuple(sorted(set(keys)))
    if len(ids) > MAX_IDS:
        raise BadValue("identifiers", f"at most {MAX_IDS} in one act", len(ids))
    for key in ids:
        try:
            identifier(key)
        except LinkError as error:
            raise BadValue("identifier", error.expected, error.got, error.hint) from None
    entered = open_ledger(session, known).enter(IssuerEntry(at=by.second, issuer=row.code, ids=ids), by)
    session.add_all(
        IdentifierAssignment(key=key, issuer_id=row.id or 0, position=entered.position) for key in ids
    )
    session.flush()
    return entered


def _issuer(session: Session, code: str) -> Issuer:
    row: Issuer | None = session.execute(select(Issuer).where(Issuer.code == code)).scalars().first()
    if row is None:
        raise Unknown("issuer", code, "register it first")
    return row
