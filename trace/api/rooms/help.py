"""Help, open to everybody: short pages with pictures, so that a helper can send one by Zalo.

GET /help            all topics
GET /help/{topic}    one of them: `ke-chuyen`, `in-tem`, `mua-chip`, `gan-chip`, `moi-nguoi`,
                     `nghi-hoac-sang-ten`
"""

from ocop.trace.api.rooms.routes import Route
from ocop.trace.api.rooms.visit import Answer, Page, Visit
from ocop.trace.pages.rooms.help_views import PATHS, TOPICS, HelpStep, HelpView
from ocop.trace.registry.errors import Unknown


def topics(visit: Visit) -> Answer:
    """All topics."""
    base = visit.base_view(visit.say("help.title"))
    return Page(HelpView(base, visit.say("help.lead"), (), _ways(visit)))


def topic(visit: Visit) -> Answer:
    """One topic. Raises Unknown."""
    name = next((name for name, path in PATHS.items() if path == visit.params["topic"]), "")
    if not name:
        raise Unknown("help page", visit.params["topic"])
    steps = tuple(
        HelpStep(picture, visit.say(f"help.{name}.{number}"))
        for number, picture in enumerate(TOPICS[name], 1)
    )
    base = visit.base_view(visit.say(f"help.{name}"))
    return Page(HelpView(base, visit.say(f"help.{name}.lead"), steps, _ways(visit, without=name)))


def _ways(visit: Visit, without: str = "") -> tuple[tuple[str, str], ...]:
    return (
        *((visit.say(f"help.{name}"), f"/help/{path}") for name, path in PATHS.items() if name != without),
        (visit.say("request.title"), "/help/du-lieu"),
    )


ROUTES: tuple[Route, ...] = (
    Route("GET", "/help", None, topics),
    Route("GET", "/help/{topic}", None, topic),
)
