"""The drawn pictures: all there, of their size, the same every time, marked, and light enough for a slow network."""

import hashlib
from io import BytesIO

import numpy as np
import pytest
from ocop.trace.illustrative import PictureError, PictureKind, draw
from ocop.trace.illustrative.content import ORDER, SIZES
from ocop.trace.illustrative.pictures import SCENES
from PIL import Image

NAMES = ("hero", "sign-1", "sign-2", "sign-3", "step-1", "step-2", "step-3")
FIRST_PHOTO_BYTES = 60_000


def digest(image: Image.Image) -> str:
    return hashlib.sha256(image.tobytes()).hexdigest()


def test_every_product_has_every_picture() -> None:
    assert set(SCENES) == set(ORDER)
    assert all(tuple(scenes) == NAMES for scenes in SCENES.values())


def test_no_picture_is_used_twice() -> None:
    scenes = [scene for product in SCENES.values() for scene in product.values()]
    assert len(set(scenes)) == len(scenes) == 77


@pytest.mark.parametrize("slug", ORDER)
def test_a_hero_is_of_its_size_and_light_at_the_width_of_a_phone(slug: str) -> None:
    image = draw(slug, "hero")
    assert (image.mode, image.size) == ("RGB", (1600, 1200))
    light = BytesIO()
    image.resize((720, 540), Image.Resampling.LANCZOS).save(light, "WEBP", quality=75)
    assert light.tell() <= FIRST_PHOTO_BYTES
    assert np.asarray(image).std() > 20, "a picture shows something"


@pytest.mark.parametrize("slug", ORDER)
@pytest.mark.parametrize("name", ["sign-2", "step-3"])
def test_close_ups_and_steps_are_of_their_size_and_marked(slug: str, name: str) -> None:
    image = draw(slug, name)
    assert image.size == SIZES[PictureKind(name.partition("-")[0])]
    strip = np.asarray(image)[-image.height // 12 :, -image.width // 4 :].reshape(-1, 3).astype(int)
    paper = (abs(strip - (255, 250, 240)).sum(axis=1) == 0).mean()
    ink = (abs(strip - (74, 52, 40)).sum(axis=1) == 0).mean()
    assert paper > 0.1, "the strip of the label"
    assert ink > 0.005, "its words"


def test_the_same_picture_comes_out_every_time() -> None:
    for slug, name in (("tra-huong-van-nom-tom", "sign-1"), ("vai-thieu-luc-ngan", "step-2")):
        assert digest(draw(slug, name)) == digest(draw(slug, name))


def test_the_order_of_drawing_changes_nothing() -> None:
    alone = digest(draw("oi-son-duong", "sign-3"))
    draw("mut-sen-dia-gio", "sign-1")
    assert digest(draw("oi-son-duong", "sign-3")) == alone


@pytest.mark.parametrize(
    ("slug", "name"), [("nothing", "hero"), ("oi-son-duong", "sign-9"), ("", ""), ("oi-son-duong", "../hero")]
)
def test_a_picture_that_does_not_exist_is_refused(slug: str, name: str) -> None:
    with pytest.raises(PictureError, match="no picture"):
        draw(slug, name)
