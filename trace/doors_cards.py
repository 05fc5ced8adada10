"""The printed card: eight codes, each opens once when the passphrase is lost (floor 3).

A code is 13 digits and letters of Crockford's base 32 in groups of four (65 bits), so its SHA-256 is enough at rest.
A new card ends the old one. `hold`: after a recovery by the office nothing dear may be done for 72 hours, in
which the true owner can object.
"""

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta

from ocop.trace.registry import tables
from sqlalchemy import delete, func, select, update
from sqlmodel import Session, col

CODES, LENGTH = 8, 13
HOLD = timedelta(hours=72)
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_READ_AS = str.maketrans("OILU", "011V")


def new_card(
    session: Session, person_id: int, now: datetime, *, draw: Callable[[int], int]
) -> tuple[str, ...]:
    """Eight new codes as they are printed; `draw(n)` draws evenly from 0..n-1."""
    session.execute(delete(tables.RecoveryCode).where(col(tables.RecoveryCode.person_id) == person_id))
    codes = tuple("".join(ALPHABET[draw(32)] for _ in range(LENGTH)) for _ in range(CODES))
    session.add_all(
        tables.RecoveryCode(person_id=person_id, code_hash=_hash(code), made_at=now) for code in codes
    )
    session.flush()
    return tuple("-".join((code[:4], code[4:8], code[8:])) for code in codes)


def use_code(session: Session, person_id: int, typed: str, now: datetime) -> bool:
    """Spend a code; case, spaces, hyphens and look-alike letters are forgiven."""
    plain = "".join(letter for letter in typed.upper().translate(_READ_AS) if letter.isalnum())
    done = session.connection().execute(
        update(tables.RecoveryCode)
        .where(
            col(tables.RecoveryCode.person_id) == person_id,
            col(tables.RecoveryCode.code_hash) == _hash(plain),
            col(tables.RecoveryCode.used_at).is_(None),
        )
        .values(used_at=now)
    )
    return done.rowcount == 1


def codes_left(session: Session, person_id: int) -> int:
    """How many codes of the card are unused."""
    query = select(func.count()).select_from(tables.RecoveryCode)
    query = query.where(
        col(tables.RecoveryCode.person_id) == person_id, col(tables.RecoveryCode.used_at).is_(None)
    )
    return int(session.execute(query).scalar_one())


def forget_keys(session: Session, person_id: int) -> None:
    """Take away every passkey and code: whoever had them is not let in again."""
    session.execute(delete(tables.Credential).where(col(tables.Credential.person_id) == person_id))
    session.execute(delete(tables.RecoveryCode).where(col(tables.RecoveryCode.person_id) == person_id))


def hold(session: Session, person_id: int, now: datetime) -> None:
    """Nothing dear for 72 hours."""
    row = session.get_one(tables.Person, person_id)
    row.held_until = now + HOLD
    session.add(row)
    session.flush()


def _hash(code: str) -> bytes:
    return hashlib.sha256(f"card {code}".encode()).digest()
