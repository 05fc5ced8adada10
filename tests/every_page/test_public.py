"""What everybody may read, on a phone and on a desk: a path for each door of `api.app.PAGES`."""

from typing import Any

import pytest
from ocop.trace.api.app import FORMS, PAGES

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
KEY, ITEM = "09521234543213", "01/09521234543213/10/L1234567890123456789/21/000012"
PATHS = {
    b"": ("/", "/?q=tra&province=40&group=2&stars=4", "/?q=nothing+of+the+kind"),
    b"products": (f"/products/{KEY}", "/products/P/4VTR0QB4"),
    b"about": ("/about",),
    b"typed": (f"/typed?number={KEY}+L2609C+12",),
    b"report": (f"/report/{ITEM}",),
    b"follow": ("/follow",),
    b"press": ("/press", f"/press/{KEY}"),
    b"story": (f"/story/{ITEM}",),
}
FILES = {b"media", b"static"}
LOOKS = [{}, {"viewport": {"width": 1280, "height": 900}, "color_scheme": "dark", "locale": "en-GB"}]


def test_no_door_to_the_public_is_forgotten() -> None:
    assert set(PATHS) | FILES == set(PAGES) | {b"story"}
    assert set(FORMS) - set(PATHS) == {b"thanks"}


@pytest.mark.parametrize("look", LOOKS, ids=["phone", "desk in the dark"])
@pytest.mark.parametrize("door", PATHS, ids=lambda door: door.decode() or "catalogue")
def test_every_public_page_is_sound(door: bytes, look: dict[str, Any], full_eyes: Any) -> None:
    eye = full_eyes.of(None, **look)
    for path in PATHS[door]:
        assert eye.at(path) + eye.by_keyboard() == [], path


def test_a_scanned_code_is_sound_in_every_tone(full_eyes: Any) -> None:
    eye, link = full_eyes.of(None), full_eyes.world.link
    assert eye.at(link) == []
    assert eye.page.locator(".answers .code").get_attribute("id") == "code_issued"
    assert eye.at(link[:-1] + ("1" if link[-1] != "1" else "2")) == []
    assert eye.page.locator(".answers .code").get_attribute("id") == "not_issued"


def test_what_is_not_there_is_said_in_the_house(full_eyes: Any) -> None:
    eye = full_eyes.of(None)
    for path in ("/nothing", "/products/09521234543299", "/press/09521234543299", "/media/x"):
        assert eye.at(path, status=404) == [], path
