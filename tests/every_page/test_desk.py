"""The same pages on a desk, at night, in English; and on a phone whose browser runs no script."""

from typing import Any

import pytest
from ocop.trace.api.rooms.table import ROUTES

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
DESK = {"viewport": {"width": 1280, "height": 900}, "color_scheme": "dark", "lang": "en"}
# A button that only a script can answer; a form that nothing sends.
DEAD = """() => {
  const seen = e => e.checkVisibility({ visibilityProperty: true });
  const idle = [...document.querySelectorAll('button[type=button], [role=button]')].filter(seen);
  const sends = form => [...form.elements].some(e => e.matches('button:not([type=button])') && seen(e));
  const mute = [...document.forms].filter(form => seen(form) && !sends(form));
  return [...idle, ...mute].map(e => e.outerHTML.slice(0, 120));
}"""


def pages() -> list[Any]:
    return [route for route in ROUTES if route.method == "GET"]


@pytest.mark.parametrize("route", pages(), ids=lambda route: route.path)
def test_every_page_is_sound_on_a_desk_in_the_dark_in_english(
    route: Any, full_eyes: Any, routes: Any
) -> None:
    if route.path in routes.files:
        return
    eye = full_eyes.of(routes.who(route, full_eyes.world, others=True), **DESK)
    for path in routes.paths(route, full_eyes.world):
        assert eye.at(path) == [], path
        if not path.endswith("/preview"):
            assert eye.page.locator("html").get_attribute("lang") == "en", path


@pytest.mark.parametrize("route", pages(), ids=lambda route: route.path)
def test_no_page_shows_what_only_a_script_can_answer(route: Any, full_eyes: Any, routes: Any) -> None:
    if route.path in routes.files:
        return
    eye = full_eyes.of(routes.who(route, full_eyes.world), java_script_enabled=False)
    for path in routes.paths(route, full_eyes.world):
        eye.page.goto(full_eyes.world.origin + path)
        assert eye.page.evaluate(DEAD) == [], path
