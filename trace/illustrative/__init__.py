"""Eleven illustrative products, their stories and their drawn pictures (floor 1).

They let a fresh installation be looked at before anything real is in it: every answer that needs no chip
can be met on them. `products(today)` gives the values, `draw(slug, picture_id)` draws one picture.

The rule they follow: names of real producers appear only in good or neutral states; every expired, withdrawn,
recalled or missing thing belongs to an invented name that says so ("Gốm Bến Mây, hư cấu"); decision numbers
begin with `DEMO-`; GTINs come from GS1's demonstration prefix 952; every product has `illustrative=True`; no
sentence is put into the mouth of a real person; pictures are drawn and carry the words "Minh họa".
"""

from typing import TYPE_CHECKING

from ocop.trace.illustrative.content import ContentError, products
from ocop.trace.illustrative.model import (
    BatchAct,
    IllustrativeBatch,
    IllustrativeProduct,
    Picture,
    PictureError,
    PictureKind,
)

if TYPE_CHECKING:
    from PIL import Image

__all__ = [
    "BatchAct",
    "ContentError",
    "IllustrativeBatch",
    "IllustrativeProduct",
    "Picture",
    "PictureError",
    "PictureKind",
    "draw",
    "products",
]


def draw(product_slug: str, picture_id: str) -> "Image.Image":
    """See `pictures.draw`, which is loaded when the first picture is drawn: most commands draw none."""
    from ocop.trace.illustrative.pictures import draw as draw_now

    return draw_now(product_slug, picture_id)
