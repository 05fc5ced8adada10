"""Every page of the rooms with the longest names in everything, on a phone: from the table of routes, so that none is
forgotten."""

from typing import Any

import pytest
from ocop.trace.api.rooms.table import ROUTES
from ocop.trace.rights import Role

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
GETS = [route for route in ROUTES if route.method == "GET"]


@pytest.mark.parametrize("route", GETS, ids=lambda route: route.path)
def test_every_page_is_sound_on_a_phone(route: Any, full_eyes: Any, routes: Any) -> None:
    eye = full_eyes.of(routes.who(route, full_eyes.world))
    paths = routes.paths(route, full_eyes.world)
    assert paths, f"tests/every_page/conftest.py lacks a value for a name in {route.path}"
    for path in paths:
        if route.path in routes.files:
            got = eye.context.request.get(full_eyes.world.origin + path)
            assert (got.status, got.headers["content-type"].startswith("text/html")) == (200, False), path
            continue
        assert eye.at(path) + eye.by_keyboard() == [], path


def test_a_letter_prints_without_the_ways_to_go(full_eyes: Any) -> None:
    eye = full_eyes.another()
    eye.context.add_cookies([full_eyes.world.served.cookie(full_eyes.world.people[Role.PROVINCE])])
    eye.page.goto(f"{full_eyes.world.origin}/office/calendar/1/letter")
    eye.page.emulate_media(media="print")
    assert eye.page.locator(".letter").is_visible()
    assert not eye.page.locator("nav.rooms").first.is_visible()
