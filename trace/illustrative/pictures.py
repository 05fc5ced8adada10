"""Drawing one picture of one illustrative product (floor 1, deterministic).

    draw("tra-huong-van-nom-tom", "hero")    -> an RGB image of 1600 × 1200
    draw("tra-huong-van-nom-tom", "sign-2")  -> 800 × 800
    draw("tra-huong-van-nom-tom", "step-1")  -> 1200 × 900

The same arguments give the same pixels on every run.
"""

from collections.abc import Callable, Mapping
from zlib import crc32

from ocop.trace.illustrative.art import (
    bodhi,
    durian,
    guava,
    hammock,
    lotus,
    lychee,
    mungcake,
    noodle,
    pottery,
    tea,
)
from ocop.trace.illustrative.art.canvas import Canvas
from ocop.trace.illustrative.content import SIZES
from ocop.trace.illustrative.model import PictureError, PictureKind
from PIL import Image

Scene = Callable[[Canvas], None]

SCENES: Mapping[str, Mapping[str, Scene]] = {
    "tra-huong-van-nom-tom": tea.NOM_TOM,
    "tra-huong-van-moc-cau": tea.MOC_CAU,
    "tranh-la-bo-de-sinh-duoc": bodhi.SCENES,
    "gom-ben-may": pottery.SCENES,
    "vai-thieu-luc-ngan": lychee.SCENES,
    "vong-gai-giai-xuan": hammock.SCENES,
    "gia-vi-bun-bo-bep-gio": noodle.SCENES,
    "mut-sen-dia-gio": lotus.SCENES,
    "oi-son-duong": guava.SCENES,
    "sau-rieng-con-nang": durian.SCENES,
    "banh-dau-xanh-trang-rom": mungcake.SCENES,
}


def draw(product_slug: str, picture_id: str) -> Image.Image:
    """The picture `picture_id` of the product `product_slug`, an RGB image of its kind's size.

    Raises:
        PictureError: the product or the picture does not exist.
    """
    scene = SCENES.get(product_slug, {}).get(picture_id)
    if scene is None:
        raise PictureError(product_slug, picture_id)
    canvas = Canvas(
        SIZES[PictureKind(picture_id.partition("-")[0])], crc32(f"{product_slug}/{picture_id}".encode())
    )
    scene(canvas)
    return canvas.finish()
