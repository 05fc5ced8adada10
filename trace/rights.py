"""Who may do what to whose things: one table, deny by default (floor 1, pure).

A person holds grants: one role, somewhere. A right is allowed when a grant's role has it in `TABLE` and the grant
reaches the thing: everywhere, the grant's province, its commune, or its producer. What nobody owns (`NOWHERE`:
a list, a figure) is reached by whoever has the right at all; the reader of such a page narrows it with `Actor.reach`.

A person who **helps** a maker ("Làm giúp") has, for that time, only `HELPER` rights, and only at that maker's:
no issuing, no going on sale, no consents, no keys to the house.

>>> office = Actor(7, "Lê Thị Mai", (Grant(Role.PROVINCE, province="40"),))
>>> may(office, Right.STORY_CHECK, Where(3, "40", "17357")).allowed
True
>>> may(office, Right.STORY_CHECK, Where(3, "19", "05443"))
Decision(allowed=False, reason='elsewhere')
>>> may(office, Right.BATCH_ISSUE, Where(3, "40", "17357")).reason
'not_your_role'
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple


class Role(StrEnum):
    """What a person is to the programme."""

    OPERATOR = "operator"
    NATIONAL = "national"
    PROVINCE = "province"
    COMMUNE = "commune"
    PRODUCER = "producer"
    INSPECTOR = "inspector"
    STATION = "station"


class Right(StrEnum):
    """What may be done."""

    OWN = "own"
    HELP_OUT = "help.out"
    STORY_SEE = "story.see"
    STORY_EDIT = "story.edit"
    STORY_CHECK = "story.check"
    PRODUCT_EDIT = "product.edit"
    CONSENT_KEEP = "consent.keep"
    BATCH_SEE = "batch.see"
    BATCH_OPEN = "batch.open"
    BATCH_ISSUE = "batch.issue"
    BATCH_RELEASE = "batch.release"
    LABELS_PRINT = "labels.print"
    CHIPS_WRITE = "chips.write"
    SCANS_SEE = "scans.see"
    PRODUCER_SEE = "producer.see"
    PRODUCER_EDIT = "producer.edit"
    PRODUCER_END = "producer.end"
    PRODUCER_OWN = "producer.own"
    CERTIFICATE_EDIT = "certificate.edit"
    ACT = "act"
    QUOTA_SET = "quota.set"
    REPORT_WORK = "report.work"
    IMPORT_RUN = "import.run"
    FIGURES_SEE = "figures.see"
    LISTS_EXPORT = "lists.export"
    AUDIT_SEE = "audit.see"
    PEOPLE_INVITE = "people.invite"
    PEOPLE_RECOVER = "people.recover"
    REQUEST_WORK = "request.work"


class Where(NamedTuple):
    """Whom a thing belongs to. All empty: nobody in particular."""

    producer_id: int | None = None
    province: str | None = None
    commune: str | None = None


NOWHERE = Where()


class Grant(NamedTuple):
    """One role held somewhere: a producer's at one producer, a commune officer's at one commune, and so on."""

    role: Role
    producer_id: int | None = None
    province: str | None = None
    commune: str | None = None

    def reaches(self, where: Where) -> bool:
        """Whether the thing lies where this role is held. What nobody owns lies everywhere."""
        if where == NOWHERE or self.role in {Role.OPERATOR, Role.NATIONAL}:
            return True
        if self.role is Role.PRODUCER:
            return self.producer_id is not None and self.producer_id == where.producer_id
        if self.role in {Role.COMMUNE, Role.STATION} and self.commune:
            return self.commune == where.commune
        if self.role is Role.STATION and self.producer_id is not None:
            return self.producer_id == where.producer_id
        return bool(self.province) and self.province == where.province


class Decision(NamedTuple):
    """Allowed or not, and why not: `nobody`, `not_your_role`, `elsewhere`, `only_helping`; empty when allowed."""

    allowed: bool
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts. `helping`: the producer for whom this person acts right now, else None."""

    person_id: int
    name: str
    grants: tuple[Grant, ...] = ()
    helping: int | None = None

    @property
    def roles(self) -> frozenset[Role]:
        """Every role held anywhere."""
        return frozenset(grant.role for grant in self.grants)

    @property
    def producers(self) -> tuple[int, ...]:
        """The producers that this person belongs to, or the one they help now."""
        if self.helping is not None:
            return (self.helping,)
        own = (grant.producer_id for grant in self.grants if grant.role is Role.PRODUCER)
        return tuple(producer for producer in own if producer is not None)

    def reach(self, right: Right) -> tuple[Grant, ...]:
        """The grants that carry `right`: whoever lists things keeps to what these reach."""
        if self.helping is not None:
            return (Grant(Role.PRODUCER, self.helping),) if right in HELPER else ()
        return tuple(grant for grant in self.grants if right in TABLE[grant.role])


_MAKER_SEES = {Right.STORY_SEE, Right.BATCH_SEE, Right.SCANS_SEE, Right.PRODUCER_SEE}
_EVERYBODY = {Right.OWN, Right.HELP_OUT}
_OFFICE_SEES = {Right.STORY_SEE, Right.BATCH_SEE, Right.PRODUCER_SEE, Right.FIGURES_SEE}
_OFFICE = {
    *_EVERYBODY,
    *_OFFICE_SEES,
    Right.STORY_CHECK,
    Right.PRODUCT_EDIT,
    Right.PRODUCER_EDIT,
    Right.PRODUCER_END,
    Right.CERTIFICATE_EDIT,
    Right.ACT,
    Right.QUOTA_SET,
    Right.REPORT_WORK,
    Right.IMPORT_RUN,
    Right.LISTS_EXPORT,
    Right.AUDIT_SEE,
    Right.PEOPLE_INVITE,
    Right.PEOPLE_RECOVER,
    Right.REQUEST_WORK,
}

TABLE: Mapping[Role, frozenset[Right]] = {
    # Keeps the service running: lets offices in and reads the log. Makers' goods are not the operator's business, but
    # a report about a code that is in no province's register must reach somebody.
    Role.OPERATOR: frozenset(
        {*_EVERYBODY, *_OFFICE_SEES, Right.AUDIT_SEE, Right.PEOPLE_INVITE, Right.PEOPLE_RECOVER,
         Right.REQUEST_WORK, Right.LISTS_EXPORT, Right.REPORT_WORK}
    ),
    # The ministry reads; provinces decide. Reports that no province gets are its own.
    Role.NATIONAL: frozenset(
        {*_EVERYBODY, *_OFFICE_SEES, Right.LISTS_EXPORT, Right.AUDIT_SEE, Right.PEOPLE_INVITE, Right.REPORT_WORK,
         Right.REQUEST_WORK}
    ),
    Role.PROVINCE: frozenset(_OFFICE),
    # Helps and reports; does not certify, withdraw, set quotas, close a maker or change who works for it.
    Role.COMMUNE: frozenset(
        {*_EVERYBODY, *_OFFICE_SEES, Right.STORY_CHECK, Right.PRODUCER_EDIT, Right.REPORT_WORK,
         Right.PEOPLE_INVITE, Right.PEOPLE_RECOVER}
    ),
    Role.PRODUCER: frozenset(
        {*_EVERYBODY, *_MAKER_SEES, Right.STORY_EDIT, Right.PRODUCT_EDIT, Right.CONSENT_KEEP, Right.BATCH_OPEN,
         Right.BATCH_ISSUE, Right.BATCH_RELEASE, Right.LABELS_PRINT, Right.CHIPS_WRITE, Right.PEOPLE_INVITE,
         Right.PRODUCER_OWN}
    ),
    Role.INSPECTOR: frozenset({Right.OWN, Right.STORY_SEE, Right.BATCH_SEE, Right.PRODUCER_SEE, Right.REPORT_WORK}),
    Role.STATION: frozenset({Right.OWN, Right.BATCH_SEE, Right.CHIPS_WRITE}),
}  # fmt: skip

HELPER = frozenset(
    {*_MAKER_SEES, Right.OWN, Right.HELP_OUT, Right.STORY_EDIT, Right.PRODUCT_EDIT, Right.BATCH_OPEN,
     Right.LABELS_PRINT, Right.CHIPS_WRITE}
)  # fmt: skip

# Shut for 72 hours after an account was recovered: what a thief would do first.
HELD = frozenset(
    {Right.BATCH_ISSUE, Right.BATCH_RELEASE, Right.CONSENT_KEEP, Right.PEOPLE_INVITE, Right.PEOPLE_RECOVER,
     Right.CERTIFICATE_EDIT, Right.ACT, Right.QUOTA_SET, Right.PRODUCER_END, Right.PRODUCER_OWN}
)  # fmt: skip

# The right to know that a thing is there at all: who lacks it is told "not found", who has it is told "not you".
SEEING: Mapping[Right, Right] = {
    Right.STORY_EDIT: Right.STORY_SEE,
    Right.STORY_CHECK: Right.STORY_SEE,
    Right.PRODUCT_EDIT: Right.STORY_SEE,
    Right.BATCH_OPEN: Right.BATCH_SEE,
    Right.BATCH_ISSUE: Right.BATCH_SEE,
    Right.BATCH_RELEASE: Right.BATCH_SEE,
    Right.LABELS_PRINT: Right.BATCH_SEE,
    Right.CHIPS_WRITE: Right.BATCH_SEE,
    Right.CONSENT_KEEP: Right.PRODUCER_SEE,
    Right.PRODUCER_EDIT: Right.PRODUCER_SEE,
    Right.PRODUCER_END: Right.PRODUCER_SEE,
    Right.PRODUCER_OWN: Right.PRODUCER_SEE,
    Right.CERTIFICATE_EDIT: Right.PRODUCER_SEE,
    Right.ACT: Right.BATCH_SEE,
    Right.QUOTA_SET: Right.PRODUCER_SEE,
}


def may(actor: Actor | None, right: Right, where: Where = NOWHERE) -> Decision:
    """Whether `actor` may do this to that. Nothing that is not in `TABLE` is allowed."""
    if actor is None:
        return Decision(False, "nobody")
    if right is Right.OWN:
        # Also who has no role any more: to leave, to take one's data along and to close one's account needs none.
        return Decision(True)
    if actor.helping is not None:
        if right not in HELPER:
            return Decision(False, "only_helping")
        reached = where == NOWHERE or where.producer_id == actor.helping
        return Decision(reached, "" if reached else "elsewhere")
    grants = actor.reach(right)
    if not grants:
        return Decision(False, "not_your_role")
    reached = any(grant.reaches(where) for grant in grants)
    return Decision(reached, "" if reached else "elsewhere")


def sees(actor: Actor | None, right: Right, where: Where = NOWHERE) -> bool:
    """Whether `actor` may know that the thing is there, though not do `right` to it."""
    return may(actor, SEEING.get(right, right), where).allowed
