"""Passkeys: making one, and opening by one (WebAuthn Level 3, through the library `webauthn`; floor 3).

User verification and a discoverable credential are asked for and checked; the origin is our printed address and
nothing else. A challenge belongs to one browser and one purpose, lives five minutes and is spent by its first
answer, right or wrong. A sign counter that doesn't rise, where it ever was above zero, is refused: somebody has
a copy of the key. No attestation is asked for.
"""

import ipaddress
import json
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from ocop.trace.registry import tables
from ocop.trace.registry.editing import words
from ocop.trace.registry.errors import Conflict, Unknown
from sqlalchemy import delete, select
from sqlmodel import Session, col
from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import base64url_to_bytes, options_to_json_dict
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

LIVES = timedelta(minutes=5)
MOST_KEYS = 10
REQUIRED = UserVerificationRequirement.REQUIRED


class PasskeyRefused(Exception):
    """An answer that does not open; the reason is for the log."""


def passkeys_work(public_url: str) -> bool:
    """Whether browsers make passkeys for this address: a name over https, or this very machine."""
    parts = urlsplit(public_url)
    host = parts.hostname or ""
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return parts.scheme == "https" or host == "localhost" or host.endswith(".localhost")
    return False


def registration(
    session: Session, person: tables.Person, holder: bytes, origin: str, now: datetime, *, challenge: bytes
) -> dict[str, Any]:
    """What `navigator.credentials.create` is asked for."""
    rp = urlsplit(origin).hostname or ""
    known = session.scalars(
        select(tables.Credential).where(col(tables.Credential.person_id) == person.id)
    ).all()
    if len(known) >= MOST_KEYS:
        raise Conflict(f"expected at most {MOST_KEYS} passkeys, got one more", "passkeys")
    options = generate_registration_options(
        rp_id=rp,
        rp_name=rp,
        user_name=person.phone or person.name,
        user_display_name=person.name,
        user_id=person.handle,
        challenge=challenge,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED,
            require_resident_key=True,
            user_verification=REQUIRED,
        ),
        exclude_credentials=[PublicKeyCredentialDescriptor(id=row.credential_id) for row in known],
    )
    _ask(session, holder, "register", challenge, now)
    return dict(options_to_json_dict(options))


def register(
    session: Session, person_id: int, holder: bytes, answer: str, origin: str, name: str, now: datetime
) -> None:
    """Keep a new passkey. Raises PasskeyRefused, Conflict when it is known already."""
    challenge = _spend(session, holder, "register", now)
    try:
        done = verify_registration_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=urlsplit(origin).hostname or "",
            expected_origin=origin,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError) as error:
        raise PasskeyRefused(str(error)) from error
    known = select(col(tables.Credential.id)).where(
        col(tables.Credential.credential_id) == done.credential_id
    )
    if session.execute(known).first() is not None:
        raise Conflict("expected a new passkey, got a known one", "passkey")
    session.add(
        tables.Credential(
            person_id=person_id,
            credential_id=done.credential_id,
            public_key=done.credential_public_key,
            sign_count=done.sign_count,
            name=words("name", name, needed=True),
            created_at=now,
        )
    )
    session.flush()


def question(
    session: Session,
    holder: bytes,
    origin: str,
    purpose: str,
    now: datetime,
    *,
    challenge: bytes,
    person_id: int | None = None,
) -> dict[str, Any]:
    """What `navigator.credentials.get` is asked for; for one person only, when it is known who it must be."""
    allowed = []
    if person_id is not None:
        query = select(tables.Credential).where(col(tables.Credential.person_id) == person_id)
        allowed = [PublicKeyCredentialDescriptor(id=row.credential_id) for row in session.scalars(query)]
    options = generate_authentication_options(
        rp_id=urlsplit(origin).hostname or "",
        challenge=challenge,
        allow_credentials=allowed,
        user_verification=REQUIRED,
    )
    _ask(session, holder, purpose, challenge, now)
    return dict(options_to_json_dict(options))


def open_by(session: Session, holder: bytes, purpose: str, answer: str, origin: str, now: datetime) -> int:
    """Whose passkey answered; its counter is kept. Raises PasskeyRefused."""
    challenge = _spend(session, holder, purpose, now)
    row = _credential(session, answer)
    try:
        done = verify_authentication_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=urlsplit(origin).hostname or "",
            expected_origin=origin,
            credential_public_key=row.public_key,
            credential_current_sign_count=row.sign_count,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError) as error:
        raise PasskeyRefused(str(error)) from error
    row.sign_count, row.used_at = done.new_sign_count, now
    session.add(row)
    session.flush()
    return row.person_id


def _credential(session: Session, answer: str) -> tables.Credential:
    try:
        raw = base64url_to_bytes(json.loads(answer)["id"])
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise PasskeyRefused("an answer that is none") from error
    row = session.scalars(
        select(tables.Credential).where(col(tables.Credential.credential_id) == raw)
    ).first()
    if row is None:
        raise PasskeyRefused("an unknown passkey")
    return row


def _ask(session: Session, holder: bytes, purpose: str, challenge: bytes, now: datetime) -> None:
    session.execute(delete(tables.Ceremony).where(col(tables.Ceremony.made_at) < now - LIVES))
    session.execute(
        delete(tables.Ceremony).where(
            col(tables.Ceremony.holder) == holder, col(tables.Ceremony.purpose) == purpose
        )
    )
    session.add(tables.Ceremony(holder=holder, purpose=purpose, challenge=challenge, made_at=now))
    session.flush()


def _spend(session: Session, holder: bytes, purpose: str, now: datetime) -> bytes:
    row = session.get(tables.Ceremony, (holder, purpose))
    if row is None or now - row.made_at > LIVES:
        raise PasskeyRefused("no question of ours, or an old one")
    challenge = row.challenge
    session.delete(row)
    session.flush()
    return challenge


def listed(session: Session, person_id: int) -> list[tables.Credential]:
    """The passkeys of a person."""
    query = select(tables.Credential).where(col(tables.Credential.person_id) == person_id)
    return list(session.scalars(query.order_by(col(tables.Credential.id))))


def remove(session: Session, person_id: int, number: int) -> str:
    """Take one away; returns its name. Raises Unknown for anybody else's."""
    row = session.get(tables.Credential, number)
    if row is None or row.person_id != person_id:
        raise Unknown("passkey", number)
    name = row.name
    session.delete(row)
    session.flush()
    return name
