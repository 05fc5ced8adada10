"""Help: short pages with drawn pictures, one thing a page (floor 1, frozen values).

`TOPICS` is the one table: a topic's path and the pictures of its steps, in order. The words of step n of a topic are
the message `help.<topic>.<n>`; the drawings are macros of `rooms/help_pictures.html`.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from ocop.trace.pages.rooms.base import RoomBase

TOPICS: Mapping[str, tuple[str, ...]] = {
    "story": ("talk", "camera", "phone_page", "people_two"),
    "print": ("sheet", "scan", "stick", "press"),
    "buy": ("chip", "chip_small", "tin", "pot", "laptop"),
    "chip": ("number", "tap", "stick_chip", "pot", "tap_check"),
    "people": ("invite", "phone_page", "people_two", "door"),
    "end": ("talk", "take", "shut", "scan", "hand_on", "office"),
}
PATHS: Mapping[str, str] = {
    "story": "ke-chuyen",
    "print": "in-tem",
    "buy": "mua-chip",
    "chip": "gan-chip",
    "people": "moi-nguoi",
    "end": "nghi-hoac-sang-ten",
}


@dataclass(frozen=True, slots=True)
class HelpStep:
    """A picture (the macro's name) and what it tells."""

    picture: str
    text: str


@dataclass(frozen=True, slots=True)
class HelpView:
    """One topic, or all of them: `steps` is empty on the page that lists them."""

    base: RoomBase
    lead: str
    steps: tuple[HelpStep, ...]
    others: tuple[tuple[str, str], ...]


TEMPLATES: dict[type, str] = {HelpView: "rooms/help.html"}
