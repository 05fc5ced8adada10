"""People, what opens their doors, what they agreed to, and the log of what was done (floor 2).

No secret is kept that could be used: passphrases as Argon2id, tokens of links, sessions and recovery cards as
SHA-256 of at least 64 random bits, passkeys as public keys. Counted tries carry a keyed digest of a number or address,
never the address itself, and are forgotten after a day.
"""

from datetime import datetime
from typing import ClassVar

from ocop.trace.registry.columns import Big, Blob, Code, Flag, Json, Utc, Words
from ocop.trace.registry.tables_base import Row, one_of, rules
from ocop.trace.rights import Role
from sqlalchemy import Index, Integer, text
from sqlmodel import Field

ROLES = tuple(str(role) for role in Role)
PURPOSES = ("register", "sign_in", "again")


class Person(Row, table=True):
    """Somebody who signs in by phone number. `held_until`: after a recovery nothing dear may be done before then."""

    __tablename__ = "person"
    __table_args__: ClassVar = rules(
        name="name <> ''",
        open="closed_at IS NOT NULL OR phone IS NOT NULL",
        handle="length(handle) = 32",
    )
    id: int | None = Field(default=None, primary_key=True, sa_type=Integer)
    name: str = Field(sa_type=Words)
    phone: str | None = Field(default=None, sa_type=Code, unique=True)
    handle: bytes = Field(sa_type=Blob, unique=True)
    lang: str = Field(default="vi", sa_type=Code)
    secret: str = Field(default="", sa_type=Code, repr=False)
    secret_generated: bool = Field(default=False, sa_type=Flag)
    secret_at: datetime | None = Field(default=None, sa_type=Utc)
    held_until: datetime | None = Field(default=None, sa_type=Utc)
    created_at: datetime = Field(sa_type=Utc)
    closed_at: datetime | None = Field(default=None, sa_type=Utc)


class RoleGrant(Row, table=True):
    """One role of one person, held at a producer, a commune, a province or everywhere; ended, never deleted."""

    __tablename__ = "role_grant"
    __table_args__: ClassVar = rules(
        role=one_of("role", *ROLES),
        producer="role <> 'producer' OR producer_id IS NOT NULL",
        province="role <> 'province' OR length(province) = 2",
        commune="role <> 'commune' OR length(commune) = 5",
    )
    id: int | None = Field(default=None, primary_key=True, sa_type=Integer)
    person_id: int = Field(foreign_key="person.id", index=True, sa_type=Integer)
    role: str = Field(sa_type=Code)
    producer_id: int | None = Field(default=None, foreign_key="producer.id", index=True, sa_type=Integer)
    province: str | None = Field(default=None, sa_type=Code)
    commune: str | None = Field(default=None, sa_type=Code)
    given_by: str = Field(sa_type=Words)
    given_at: datetime = Field(sa_type=Utc)
    ended_at: datetime | None = Field(default=None, sa_type=Utc)


class Credential(Row, table=True):
    """A passkey: its public key and the last sign counter it showed."""

    __tablename__ = "credential"
    __table_args__: ClassVar = rules(counter="sign_count >= 0")
    id: int | None = Field(default=None, primary_key=True, sa_type=Integer)
    person_id: int = Field(foreign_key="person.id", index=True, sa_type=Integer)
    credential_id: bytes = Field(sa_type=Blob, unique=True)
    public_key: bytes = Field(sa_type=Blob)
    sign_count: int = Field(sa_type=Big)
    transports: list[str] = Field(default_factory=list, sa_type=Json)
    name: str = Field(sa_type=Words)
    created_at: datetime = Field(sa_type=Utc)
    used_at: datetime | None = Field(default=None, sa_type=Utc)


class RecoveryCode(Row, table=True):
    """One code of a printed card; a new card takes the place of the old one."""

    __tablename__ = "recovery_code"
    __table_args__: ClassVar = rules(code="length(code_hash) = 32")
    id: int | None = Field(default=None, primary_key=True, sa_type=Integer)
    person_id: int = Field(foreign_key="person.id", index=True, sa_type=Integer)
    code_hash: bytes = Field(sa_type=Blob)
    made_at: datetime = Field(sa_type=Utc)
    used_at: datetime | None = Field(default=None, sa_type=Utc)


class Invitation(Row, table=True):
    """A one-time link that makes a person or gives a known one another role; with `recovers`, a way back in."""

    __tablename__ = "invitation"
    __table_args__: ClassVar = rules(
        link="length(token_hash) = 32",
        role=one_of("role", *ROLES, ""),
        purpose="(role = '') = (recovers IS NOT NULL)",
        order="expires_at > made_at",
    )
    id: int | None = Field(default=None, primary_key=True, sa_type=Integer)
    token_hash: bytes = Field(sa_type=Blob, unique=True)
    name: str = Field(sa_type=Words)
    phone: str = Field(default="", sa_type=Code)
    role: str = Field(default="", sa_type=Code)
    producer_id: int | None = Field(default=None, foreign_key="producer.id", index=True, sa_type=Integer)
    province: str | None = Field(default=None, sa_type=Code)
    commune: str | None = Field(default=None, sa_type=Code)
    recovers: int | None = Field(default=None, foreign_key="person.id", sa_type=Integer)
    made_by: str = Field(sa_type=Words)
    made_by_id: int | None = Field(default=None, foreign_key="person.id", sa_type=Integer)
    made_at: datetime = Field(sa_type=Utc)
    expires_at: datetime = Field(sa_type=Utc)
    used_at: datetime | None = Field(default=None, sa_type=Utc)
    used_by: int | None = Field(default=None, foreign_key="person.id", sa_type=Integer)
    ended_at: datetime | None = Field(default=None, sa_type=Utc)


class Recovery(Row, table=True):
    """One officer says that a person lost the way in, a second one agrees; only then there is a link."""

    __tablename__ = "recovery"
    __table_args__: ClassVar = rules(
        two="agreed_by IS NULL OR agreed_by <> asked_by",
        agreed="(agreed_by IS NULL) = (agreed_at IS NULL)",
        reason="reason <> ''",
    )
    id: int | None = Field(default=None, primary_key=True, sa_type=Integer)
    person_id: int = Field(foreign_key="person.id", index=True, sa_type=Integer)
    reason: str = Field(sa_type=Words)
    asked_by: int = Field(foreign_key="person.id", sa_type=Integer)
    asked_at: datetime = Field(sa_type=Utc)
    agreed_by: int | None = Field(default=None, foreign_key="person.id", sa_type=Integer)
    agreed_at: datetime | None = Field(default=None, sa_type=Utc)
    ended_at: datetime | None = Field(default=None, sa_type=Utc)


class RoomSession(Row, table=True):
    """One signed-in browser. The cookie holds 256 random bits, this row their SHA-256."""

    __tablename__ = "room_session"
    __table_args__: ClassVar = rules(cookie="length(token_hash) = 32", order="seen_at >= made_at")
    id: int | None = Field(default=None, primary_key=True, sa_type=Integer)
    person_id: int = Field(foreign_key="person.id", index=True, sa_type=Integer)
    token_hash: bytes = Field(sa_type=Blob, unique=True)
    browser: str = Field(sa_type=Words)
    made_at: datetime = Field(sa_type=Utc)
    seen_at: datetime = Field(sa_type=Utc)
    proved_at: datetime | None = Field(default=None, sa_type=Utc)
    idle_minutes: int = Field(sa_type=Integer)
    helping: int | None = Field(default=None, foreign_key="producer.id", sa_type=Integer)
    ended_at: datetime | None = Field(default=None, sa_type=Utc)


class Ceremony(Row, table=True):
    """The challenge given to one browser for one purpose, spent by the first answer."""

    __tablename__ = "ceremony"
    __table_args__: ClassVar = rules(purpose=one_of("purpose", *PURPOSES))
    holder: bytes = Field(sa_type=Blob, primary_key=True)
    purpose: str = Field(sa_type=Code, primary_key=True)
    challenge: bytes = Field(sa_type=Blob, repr=False)
    made_at: datetime = Field(sa_type=Utc)


class Tried(Row, table=True):
    """One counted try (of a sign-in, a card, a link), so that all workers share the limits."""

    __tablename__ = "tried"
    __table_args__: ClassVar = rules(Index("ix_tried_kind_who_at", "kind", "who", "at"))
    id: int | None = Field(default=None, primary_key=True, sa_type=Big)
    kind: str = Field(sa_type=Code)
    who: bytes = Field(sa_type=Blob)
    at: datetime = Field(sa_type=Utc, index=True)


class HelpConsent(Row, table=True):
    """A maker agreed that this person helps ("Làm giúp") until a day; how she agreed stands in `proof`."""

    __tablename__ = "help_consent"
    __table_args__: ClassVar = rules(
        Index(
            "uq_help_consent_standing",
            "person_id",
            "producer_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
        agreed="agreed_by <> '' AND proof <> ''",
        order="until > given_at",
    )
    id: int | None = Field(default=None, primary_key=True, sa_type=Integer)
    person_id: int = Field(foreign_key="person.id", index=True, sa_type=Integer)
    producer_id: int = Field(foreign_key="producer.id", index=True, sa_type=Integer)
    agreed_by: str = Field(sa_type=Words)
    proof: str = Field(sa_type=Words)
    entered_by: int = Field(foreign_key="person.id", sa_type=Integer)
    given_at: datetime = Field(sa_type=Utc)
    until: datetime = Field(sa_type=Utc)
    ended_at: datetime | None = Field(default=None, sa_type=Utc)


class AuditEntry(Row, table=True):
    """One line of the log; `digest` covers the line and the digest before it. Lines are added, nothing else."""

    __tablename__ = "audit_entry"
    __table_args__: ClassVar = rules(
        position="position >= 0",
        before="length(before) = 32",
        digest="length(digest) = 32",
        what="what <> ''",
    )
    position: int = Field(primary_key=True, sa_type=Big, sa_column_kwargs={"autoincrement": False})
    at: datetime = Field(sa_type=Utc)
    actor_id: int | None = Field(default=None, foreign_key="person.id", index=True, sa_type=Integer)
    actor: str = Field(sa_type=Words)
    what: str = Field(sa_type=Code)
    about: str = Field(sa_type=Words)
    why: str = Field(default="", sa_type=Words)
    producer_id: int | None = Field(default=None, foreign_key="producer.id", index=True, sa_type=Integer)
    helping: bool = Field(default=False, sa_type=Flag)
    before: bytes = Field(sa_type=Blob)
    digest: bytes = Field(sa_type=Blob, unique=True)
