"""A sheet of coloured paper to cut and lay on one another (floor 1, deterministic).

Units: a picture is 100 high and `Canvas.w` wide (133.3 for 4:3), whatever its pixels. Shapes are drawn at
twice the size and halved at the end, which smooths their edges. What makes the style: every cut shape may
have its own gradient from top to bottom and a soft shadow; a gentle grain lies over the whole sheet, weak
enough that a hero picture stays light as WebP; and "Minh họa" stands in a corner.

    c = Canvas((1600, 1200), seed=1)
    c.sky("#fbe3c0", "#f6b98a")
    c.cut(oval((50, 50), 20, 20), "#c8442e", "#8d2a20", shadow=1.0)
    image = c.finish()
"""

from collections.abc import Sequence
from functools import cache
from itertools import pairwise

import numpy as np
from fontpkg_be_vietnam_pro import ROOT
from ocop.trace.illustrative.art.shapes import Outline, Point
from PIL import Image, ImageChops, ImageColor, ImageDraw, ImageFilter, ImageFont

Colour = str | tuple[int, int, int]
Rgb = tuple[int, int, int]

OVERSAMPLING = 2
SHRINK = 8
TILE = 24
GRAIN = 2.2
GREY = 128
LABEL = "Minh họa"


def rgb(colour: Colour) -> Rgb:
    """A colour as three bytes."""
    if isinstance(colour, tuple):
        return colour
    red, green, blue = ImageColor.getrgb(colour)[:3]
    return red, green, blue


def mix(a: Colour, b: Colour, t: float) -> Rgb:
    """The colour that is `t` of the way from `a` to `b`."""
    (r0, g0, b0), (r1, g1, b1) = rgb(a), rgb(b)
    return round(r0 + (r1 - r0) * t), round(g0 + (g1 - g0) * t), round(b0 + (b1 - b0) * t)


class Canvas:
    """One picture in the making. `rng` is seeded: the same picture comes out every time."""

    def __init__(self, size: tuple[int, int], seed: int) -> None:
        self.size = size
        self.w = 100.0 * size[0] / size[1]
        self.h = 100.0
        self.rng = np.random.default_rng(seed)
        self._scale = size[1] * OVERSAMPLING / 100
        self._image = Image.new("RGB", (size[0] * OVERSAMPLING, size[1] * OVERSAMPLING))
        self._pen = ImageDraw.Draw(self._image)

    def random(self, low: float, high: float) -> float:
        """A number from `low` to `high`."""
        return float(self.rng.uniform(low, high))

    def sky(self, *colours: Colour) -> None:
        """Fill the sheet with colours blending from top to bottom."""
        self._image.paste(_gradient(self._image.size, *colours))

    def cut(self, outline: Outline, top: Colour, bottom: Colour | None = None, shadow: float = 0.0) -> None:
        """Lay a cut shape on the sheet; `shadow` is how far it stands off the paper, in units."""
        points = self._pixels(outline)
        if shadow:
            self._shadow(points, shadow)
        if bottom is None:
            self._pen.polygon(points, fill=rgb(top))
            return
        left, upper, right, lower = self._bounds(points)
        if right <= left or lower <= upper:
            return
        mask = Image.new("1", (right - left, lower - upper))
        ImageDraw.Draw(mask).polygon([(x - left, y - upper) for x, y in points], fill=1)
        height = max(y for _, y in points) - min(y for _, y in points)
        span = (
            (upper - min(y for _, y in points)) / max(height, 1),
            (lower - min(y for _, y in points)) / max(height, 1),
        )
        fill = _gradient(mask.size, mix(top, bottom, span[0]), mix(top, bottom, min(span[1], 1.0)))
        self._image.paste(fill, (left, upper), mask)

    def line(self, path: Sequence[Point], width: float, colour: Colour) -> None:
        """A stroke with round ends along `path`."""
        points = self._pixels(path)
        pixels = max(1, round(width * self._scale))
        self._pen.line(points, fill=rgb(colour), width=pixels, joint="curve")
        radius = pixels / 2
        if pixels > 3:
            for x, y in (points[0], points[-1]):
                self._pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=rgb(colour))

    def taper(self, path: Sequence[Point], start: float, end: float, colour: Colour) -> None:
        """A stroke whose width changes from `start` to `end`."""
        last = max(1, len(path) - 1)
        for i, (a, b) in enumerate(pairwise(path)):
            self.line((a, b), start + (end - start) * i / last, colour)

    def dot(self, at: Point, radius: float, colour: Colour) -> None:
        """A filled circle."""
        (x, y), r = self._pixels([at])[0], radius * self._scale
        self._pen.ellipse((x - r, y - r, x + r, y + r), fill=rgb(colour))

    def glow(
        self, at: Point, radius: float, colour: Colour, strength: float = 0.6, squash: float = 1.0
    ) -> None:
        """Light (or shade) that fades from `at` to nothing at `radius`; `squash` flattens it."""
        (x, y), rx = self._pixels([at])[0], int(radius * self._scale)
        ry = max(1, int(rx * squash))
        mask = _disc().resize((2 * rx, 2 * ry), Image.Resampling.BILINEAR)
        mask = mask.point([round(v * strength) for v in range(256)])
        self._image.paste(rgb(colour), (int(x) - rx, int(y) - ry), mask)

    def veil(self, outline: Outline, colour: Colour, strength: float, blur: float = 0.0) -> None:
        """A see-through shape, blurred by `blur` units: mist, steam, a gleam, the shade of an edge."""
        points = self._pixels(outline)
        if blur:
            self._soft(points, colour, strength, blur)
            return
        left, upper, right, lower = self._bounds(points)
        mask = Image.new("L", (max(1, right - left), max(1, lower - upper)))
        ImageDraw.Draw(mask).polygon([(x - left, y - upper) for x, y in points], fill=round(255 * strength))
        self._image.paste(rgb(colour), (left, upper), mask)

    def shade(self, outline: Outline, inner: Outline, colour: Colour, strength: float, blur: float) -> None:
        """A veil of the shape `inner` that stays inside `outline`: the dark side of a round thing."""
        points, inside = self._pixels(outline), self._pixels(inner)
        left, upper, right, lower = self._bounds(points)
        if right - left < SHRINK or lower - upper < SHRINK:
            return
        size = (right - left, lower - upper)
        soft = Image.new("L", (size[0] // SHRINK + 1, size[1] // SHRINK + 1))
        spots = [((x - left) / SHRINK, (y - upper) / SHRINK) for x, y in inside]
        ImageDraw.Draw(soft).polygon(spots, fill=round(255 * strength))
        soft = soft.filter(ImageFilter.GaussianBlur(blur * self._scale / SHRINK))
        hard = Image.new("L", size)
        ImageDraw.Draw(hard).polygon([(x - left, y - upper) for x, y in points], fill=255)
        mask = ImageChops.multiply(soft.resize(size, Image.Resampling.BILINEAR), hard)
        self._image.paste(rgb(colour), (left, upper), mask)

    def finish(self) -> Image.Image:
        """The picture at its size, with grain and its label."""
        image = self._image.reduce(OVERSAMPLING)
        image = ImageChops.add(image, _grain(image.size), 1, -GREY)
        _label(image)
        return image

    def _pixels(self, outline: Sequence[Point]) -> list[Point]:
        return [(x * self._scale, y * self._scale) for x, y in outline]

    def _bounds(self, points: Sequence[Point], margin: int = 0) -> tuple[int, int, int, int]:
        xs, ys = [x for x, _ in points], [y for _, y in points]
        return (
            max(0, int(min(xs)) - margin),
            max(0, int(min(ys)) - margin),
            min(self._image.width, int(max(xs)) + 2 + margin),
            min(self._image.height, int(max(ys)) + 2 + margin),
        )

    def _shadow(self, points: list[Point], off: float) -> None:
        shift = off * self._scale
        moved = [(x + shift * 0.35, y + shift) for x, y in points]
        self._soft(moved, "#1d1410", 0.34, off * 0.8, covered=points)

    def _soft(
        self,
        points: list[Point],
        colour: Colour,
        strength: float,
        blur: float,
        covered: list[Point] | None = None,
    ) -> None:
        """Blend a blurred shape in, computed small. What a paper laid on it covers need not be blended."""
        left, upper, right, lower = self._bounds(points, round(2.5 * blur * self._scale))
        if right - left < SHRINK or lower - upper < SHRINK:
            return
        small = Image.new("L", ((right - left) // SHRINK + 1, (lower - upper) // SHRINK + 1))
        spots = [((x - left) / SHRINK, (y - upper) / SHRINK) for x, y in points]
        ImageDraw.Draw(small).polygon(spots, fill=round(255 * strength))
        small = small.filter(ImageFilter.GaussianBlur(blur * self._scale / SHRINK))
        seen = small
        if covered and min(small.size) > TILE:
            cover = Image.new("L", small.size, 255)
            spots = [((x - left) / SHRINK, (y - upper) / SHRINK) for x, y in covered]
            ImageDraw.Draw(cover).polygon(spots, fill=0)
            seen = ImageChops.darker(small, cover.filter(ImageFilter.MaxFilter(5)))
        self._blend_tiles(small, seen, colour, (left, upper))

    def _blend_tiles(
        self, small: Image.Image, seen: Image.Image, colour: Colour, at: tuple[int, int]
    ) -> None:
        """Blend `colour` in by the small mask, leaving out the tiles where nothing of it is seen."""
        for y in range(0, small.height, TILE):
            for x in range(0, small.width, TILE):
                area = (x, y, min(x + TILE, small.width), min(y + TILE, small.height))
                if seen.crop(area).getbbox() is None:
                    continue
                size = (area[2] - x) * SHRINK, (area[3] - y) * SHRINK
                mask = small.resize(size, Image.Resampling.BILINEAR, box=area)
                self._image.paste(rgb(colour), (at[0] + x * SHRINK, at[1] + y * SHRINK), mask)


def _gradient(size: tuple[int, int], *colours: Colour) -> Image.Image:
    strip = np.array([rgb(colour) for colour in colours], dtype=np.float32)
    stops = np.linspace(0, len(colours) - 1, 256)
    column = np.stack([np.interp(stops, range(len(colours)), strip[:, i]) for i in range(3)], axis=1)
    image = Image.fromarray(np.rint(column).astype(np.uint8).reshape(256, 1, 3))
    return image.resize((1, size[1]), Image.Resampling.BILINEAR).resize(size, Image.Resampling.NEAREST)


@cache
def _disc() -> Image.Image:
    """A disc that fades smoothly from its middle to its rim."""
    y, x = np.mgrid[-1:1:256j, -1:1:256j]
    light = np.clip(1 - np.hypot(x, y), 0, 1)
    return Image.fromarray(np.rint(255 * light * light * (3 - 2 * light)).astype(np.uint8))


@cache
def _grain(size: tuple[int, int]) -> Image.Image:
    """Noise around the middle grey."""
    noise = np.random.default_rng(7).normal(0, 1, (size[1] // 2 + 1, size[0] // 2 + 1)).astype(np.float32)
    soft = Image.fromarray(noise).resize(size, Image.Resampling.BICUBIC)
    level = np.clip(np.rint(np.asarray(soft) * GRAIN), -12, 12) + GREY
    return Image.merge("RGB", (Image.fromarray(level.astype(np.uint8)),) * 3)


@cache
def _font(pixels: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(ROOT / "files" / "BeVietnamPro-SemiBold.ttf", pixels)


def _label(image: Image.Image) -> None:
    """ "Minh họa" on a small strip of paper in the lower right corner."""
    pixels = round(image.height / 38)
    font = _font(pixels)
    _, upper, right, lower = font.getbbox(LABEL)
    pad = round(pixels * 0.5)
    x, y = image.width - int(right) - 3 * pad, image.height - int(lower) - 3 * pad
    strip = (x - pad, y + int(upper) - pad, x + int(right) + pad, y + int(lower) + pad)
    pen = ImageDraw.Draw(image)
    pen.rounded_rectangle(strip, radius=pad, fill=(255, 250, 240))
    pen.text((x, y), LABEL, font=font, fill=(74, 52, 40))
