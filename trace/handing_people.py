"""The people of a maker change: who leaves, who comes (floor 3).

    change = Change(leavers=(7,), wanted=Wanted("Trần Văn Nam", "0912 345 678", Grant(Role.PRODUCER, 3)))
    done = change_people(session, producer_id, change, By("chị Hà", now, "giám đốc nghỉ hưu"), fresh=token)
    done.link                                   # the end of the new one's link, shown once

The maker itself stays as it is: products, stories, batches, chips, consents. With the people who leave end all open
invitations and all helping ("Làm giúp"), because the old ones gave them; the new one agrees anew. What a leaver allowed
to be shown stays while she allows it; the office ends it here when she says so (`consents`).
"""

from dataclasses import dataclass

from ocop.trace import doors_invitations, handing_closing, handing_ending
from ocop.trace.doors_invitations import Wanted
from ocop.trace.handing_ending import Ended
from ocop.trace.registry.editing import LONG, words
from ocop.trace.registry.errors import BadValue
from ocop.trace.registry.ledger_store import By, open_ledger
from ocop.trace.registry.makers import refuse_closed
from ocop.trace.registry.store import bump_facts
from ocop.trace.withdrawing import NothingToDo
from sqlmodel import Session


@dataclass(frozen=True, slots=True)
class Change:
    """Who leaves (numbers of people), who comes (None: those who stay go on), which consents end with it."""

    leavers: tuple[int, ...]
    wanted: Wanted | None = None
    consents: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Changed:
    """Who left by name, what ended, and the end of the new one's link, empty without one."""

    left: tuple[str, ...]
    ended: Ended
    link: str = ""


def change_people(
    session: Session, producer_id: int, change: Change, by: By, *, by_id: int | None = None, fresh: bytes
) -> Changed:
    """Change them. Raises BadValue (`leavers`, `new`, name, phone), NothingToDo, MakerClosed, StoreError."""
    words("reason", by.reason, LONG, needed=True)
    open_ledger(session)
    session.expire_all()
    refuse_closed(session, producer_id)
    if not change.leavers:
        raise BadValue("leavers", "at least one who leaves", "none", "to let somebody in, invite them")
    people = {person.id or 0: person.name for person in handing_ending.people_of(session, producer_id)}
    leaving = [number for number in change.leavers if number in people]
    if not leaving:
        raise NothingToDo("expected somebody who works for this producer, got people who left already")
    if change.wanted is None and len(leaving) == len(people):
        raise BadValue(
            "new", "somebody who comes, or one who stays", "nobody", "a maker without people is closed"
        )
    ended = handing_ending.end_doors(session, producer_id, by.at, only=leaving)
    if change.consents:
        ended += handing_ending.end_consents(session, producer_id, by.at, change.consents)
        bump_facts(session)
    wish = handing_closing.wish_of(session, producer_id)
    if wish is not None and wish.person_id in leaving:
        handing_closing.end_wish(session, producer_id, by.at)
    link = ""
    if change.wanted is not None:
        link = doors_invitations.invite(
            session, change.wanted, by=by.actor, by_id=by_id, now=by.at, fresh=fresh
        )
    return Changed(tuple(people[number] for number in leaving), ended, link)
