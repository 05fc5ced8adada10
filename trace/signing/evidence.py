"""What a code's signature shows: steps (4) to (6) of the verification.

The steps are numbered for the whole product: (1) exactly one `s`, its length, alphabet and canonical form;
(2) version, algorithm, carrier (both in `token.py`); (3) the identifier's grammar (`gs1`); (4) the key;
(5) the chip's UID; (6) the signature; (7) batch, level, range, release; (8) withdrawal, recall, key state;
(9) the SUN counter (all in `verdict.py`). Here a judgement is made, so nothing is raised: `check` returns
what the signature shows, and the verdict makes words of it.

A chip's token names its UID inside the signed message, not in the token. Two UIDs may be known: the one that
the chip `presented` in this scan (for SUN only after its MAC held), and the one that we have `bound` to the
item. All cases of a chip's token:

    presented  bound  signature holds over   answer
    none       none   nothing to try         FALSE; UNBOUND after a restore, which loses bindings
    none       B      B                      HOLDS
    none       B      neither                FALSE
    P          none   P                      UNBOUND: a stolen key must not bless a thief's own chip
    P          none   nothing                FALSE
    B          B      B                      HOLDS
    B          B      nothing                FALSE
    P          B      P                      BOUND_ONLY: signed for P, but this item's chip is B
    P          B      B                      BOUND_ONLY: B's link, shown by another chip
    P          B      neither                FALSE

The first line is FALSE because a chip's token is only ever signed after its UID has been stored: with nothing
stored there is no chip of ours, and a printed code with two bits of its carrier changed must not become
"we can't say". A printed token has one message; UIDs shown with it are ignored.

Last, a batch is signed with the key it was entered under, and with no other. A signature that holds by another key
of the identifier was never made by us: else a thief of a withdrawn key could still make codes for the batches of the
key after it. It is FALSE; after a restore UNKNOWN_KEY_AFTER_RESTORE, since the lot may have been issued before under
a key that verifies only.

Example: a printed code of item 000012 with the key of the identifier's holder and nothing changed -> HOLDS;
one digit of `s` changed -> FALSE, or UNKNOWN_KEY if the digit was one of the key number's.
"""

from enum import StrEnum
from typing import Protocol

from .ledger import State
from .records import KeyRecord
from .token import Carrier, Token, message


class Signature(StrEnum):
    """What the signature of a scanned code shows."""

    NONE = "none"
    """There is no code: a shared link, a typed number."""
    MALFORMED = "malformed"
    """`s` is no token (steps 1 and 2); the door says so, `check` never does."""
    UNKNOWN_KEY = "unknown_key"
    """No holder of the identifier ever had a key of that number."""
    UNKNOWN_KEY_AFTER_RESTORE = "unknown_key_after_restore"
    """The same in a store restored from a backup: the key may be one of those that were lost."""
    FALSE = "false"
    """The signature holds over none of the messages it could be for, or is not by the key of its batch."""
    HOLDS = "holds"
    """It holds; for a chip's token over the UID bound to the item, and no other chip was presented."""
    BOUND_ONLY = "bound_only"
    """It holds, but the chip presented is not the one bound to the item."""
    UNBOUND = "unbound"
    """It holds for the chip presented, but no chip is bound to the item."""


class Names(Protocol):
    """What is read of an identifier: its `id`, lot and serial (`ocop.trace.gs1.identifier.Identifier`)."""

    @property
    def key(self) -> str: ...

    @property
    def lot(self) -> str: ...

    @property
    def serial(self) -> str: ...


def check(
    state: State,
    realm: str,
    identifier: Names,
    token: Token | None,
    presented: bytes | None = None,
    bound: bytes | None = None,
    *,
    restored: bool = False,
) -> Signature:
    """What `token` shows about `identifier` under the trust state.

    `presented` and `bound` are UIDs of 7 bytes. `restored` says that the store came from a backup.
    Raises nothing for a token from `read_token`, an identifier from `gs1` and UIDs of 7 bytes.
    """
    if token is None:
        return Signature.NONE
    # (4) The key: by the identifier's holders, past and present, and the key number. Nothing in the token
    # chooses an algorithm or an issuer.
    record = state.keys_for(identifier.key, token.key_number)
    if record is None:
        return Signature.UNKNOWN_KEY_AFTER_RESTORE if restored else Signature.UNKNOWN_KEY
    shown = _shown(record, realm, identifier, token, presented, bound, restored=restored)
    batch = state.batch(identifier.key, identifier.lot)
    if shown is Signature.FALSE or batch is None or batch.key_number == token.key_number:
        return shown
    return Signature.UNKNOWN_KEY_AFTER_RESTORE if restored else Signature.FALSE


def _shown(
    record: KeyRecord,
    realm: str,
    identifier: Names,
    token: Token,
    presented: bytes | None,
    bound: bytes | None,
    *,
    restored: bool,
) -> Signature:
    def holds(uid: bytes | None) -> bool:
        signed = message(
            realm, token.carrier, token.key_number, identifier.key, identifier.lot, identifier.serial, uid
        )
        return record.verifier.holds(token.signature, signed)

    # (5) The UIDs that the message can have been signed with. Print has none.
    if token.carrier is Carrier.PRINT:
        return Signature.HOLDS if holds(None) else Signature.FALSE
    if presented is None and bound is None:
        return Signature.UNBOUND if restored else Signature.FALSE
    # (6) The signature: over what was presented, else over what is bound.
    if presented is not None and holds(presented):
        if bound is None:
            return Signature.UNBOUND
        return Signature.HOLDS if presented == bound else Signature.BOUND_ONLY
    if bound is not None and bound != presented and holds(bound):
        return Signature.HOLDS if presented is None else Signature.BOUND_ONLY
    return Signature.FALSE


def signed_by_withdrawn_key(state: State, identifier: Names, token: Token) -> bool:
    """Whether a code has lost its credit with its key: all but those of batches entered before the cutoff."""
    record = state.keys_for(identifier.key, token.key_number)
    if record is None or record.cutoff is None:
        return False
    batch = state.batch(identifier.key, identifier.lot)
    return batch is None or batch.key_number != token.key_number or batch.position >= record.cutoff
