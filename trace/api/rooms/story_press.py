"""What the press sees of a product, shown to its maker before and after the consent is given.

GET /studio/products/{key}/press      the page of `/press/{key}`; nothing can be taken along from here
"""

from ocop.trace.api.press import sizes_in
from ocop.trace.api.rooms.routes import Route, where_product
from ocop.trace.api.rooms.story_common import key_of
from ocop.trace.api.rooms.visit import Answer, AsBuyer, Visit
from ocop.trace.pages.press_page import press_view
from ocop.trace.registry import press
from ocop.trace.registry.errors import Unknown
from ocop.trace.rights import Right
from ocop.trace.verdict_stars import civil_day


def seen(visit: Visit) -> Answer:
    """The page as it would stand today, portraits left out that nobody gave to the press."""
    key, service, day = key_of(visit), visit.service, civil_day(visit.now)
    scanner = service.scanner
    found = press.shown(visit.session, key, scanner.version, scanner.state, day, visit.now)
    if found is None:
        raise Unknown("published story", key)
    view = press_view(
        found.facts, visit.lang, service.settings.public_url, day, sizes_in(service), preview=True
    )
    return AsBuyer(service.renderer.page(view))


ROUTES: tuple[Route, ...] = (
    Route("GET", "/studio/products/{key}/press", Right.STORY_SEE, seen, where_product),
)
