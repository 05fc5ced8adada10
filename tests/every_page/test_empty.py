"""Every page that a house with next to nothing in it has, on a phone; and each says so in words."""

from typing import Any

import pytest
from ocop.trace.api.rooms.table import ROUTES
from ocop.trace.rights import Role

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
# Nobody has told anything that a journalist could be shown.
NOT_YET = {"/studio/products/{key}/press"}
GETS = [route for route in ROUTES if route.method == "GET"]


@pytest.mark.parametrize("route", GETS, ids=lambda route: route.path)
def test_every_page_is_sound_with_nothing_in_it(route: Any, empty_eyes: Any, routes: Any) -> None:
    if route.path in routes.files:
        return
    eye = empty_eyes.of(routes.who(route, empty_eyes.world))
    for path in routes.paths(route, empty_eyes.world):
        assert eye.at(path, status=404 if route.path in NOT_YET else 200) == [], path


@pytest.mark.parametrize(
    ("role", "path"),
    [
        (Role.PRODUCER, "/studio/batches"),
        (Role.PRODUCER, "/studio/products/09521234543213/batches"),
        (Role.PRODUCER, "/studio/producers/htx-huong-van-tra/consents"),
        (Role.PROVINCE, "/office/calendar"),
        (Role.PROVINCE, "/office/decisions"),
        (Role.PROVINCE, "/office/decisions/waiting"),
        (Role.PROVINCE, "/office/reports"),
        (Role.PROVINCE, "/office/requests"),
        (Role.PROVINCE, "/office/stories"),
    ],
)
def test_a_list_without_a_line_says_so(role: Role, path: str, empty_eyes: Any) -> None:
    eye = empty_eyes.of(role)
    eye.page.goto(empty_eyes.world.origin + path)
    assert eye.page.locator(".empty").first.inner_text().strip() != ""
