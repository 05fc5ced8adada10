"""The ways from room to room that a person has: one line each, shown when the right is there and the page too."""

from typing import NamedTuple

from ocop.trace.api.rooms.routes import Index
from ocop.trace.pages.phrases import Phrases
from ocop.trace.pages.rooms.base import NavItem
from ocop.trace.rights import Actor, Right, may


class Way(NamedTuple):
    """A path, its message and the right that opens it; with the right `instead` another way leads there."""

    href: str
    label: str
    right: Right
    instead: Right | None = None

    def leads(self, actor: Actor) -> bool:
        """Whether it is one of this person's ways."""
        if self.instead is not None and may(actor, self.instead).allowed:
            return False
        return may(actor, self.right).allowed


WAYS: tuple[Way, ...] = (
    Way("/studio", "rooms.nav.studio", Right.STORY_EDIT),
    Way("/office", "rooms.nav.office", Right.FIGURES_SEE),
    # An inspector has no office, but works through what buyers report.
    Way("/office/reports", "office.tab.reports", Right.REPORT_WORK, instead=Right.FIGURES_SEE),
    Way("/office/import", "import.title", Right.IMPORT_RUN),
    Way("/office/people", "rooms.nav.people", Right.PEOPLE_INVITE),
    Way("/office/audit", "rooms.nav.audit", Right.AUDIT_SEE),
    Way("/me", "rooms.nav.me", Right.OWN),
)


def nav_of(actor: Actor | None, words: Phrases, path: str, index: Index) -> tuple[NavItem, ...]:
    """What stands in the navigation of this person's pages."""
    if actor is None:
        return ()
    ways = [way for way in WAYS if index.knows(way.href) and way.leads(actor)]
    current = max((way.href for way in ways if f"{path}/".startswith(f"{way.href}/")), key=len, default="")
    return tuple(NavItem(words.say(way.label), way.href, way.href == current) for way in ways)


def home_of(actor: Actor, index: Index) -> str:
    """Where this person's day begins."""
    return next((way.href for way in WAYS if index.knows(way.href) and way.leads(actor)), "/me")
