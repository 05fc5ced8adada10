"""Tranh lá bồ đề Sinh Dược: golden veins on deep indigo and teal."""

from itertools import pairwise
from math import cos, pi, radians, sin

from ocop.trace.illustrative.art.canvas import Canvas, Colour, mix
from ocop.trace.illustrative.art.motifs import boards, cloth, scatter
from ocop.trace.illustrative.art.shapes import Outline, Point, box, oval, placed, smooth

GOLD = "#e9c46a"
_HALF = [
    (0.0, 0.0), (-0.05, -0.1), (0.02, -0.24), (0.14, -0.35), (0.3, -0.4), (0.46, -0.36),
    (0.6, -0.24), (0.7, -0.11), (0.78, -0.05), (0.88, -0.02), (1.0, 0.0),
]  # fmt: skip


def _half_width(t: float) -> float:
    """Half the width of a leaf of length 1 at `t` along its midrib."""
    for (x0, y0), (x1, y1) in pairwise(_HALF[1:]):
        if x0 <= t <= x1:
            return -(y0 + (y1 - y0) * (t - x0) / (x1 - x0))
    return 0.0


def outline(at: Point, size: float, angle: float) -> Outline:
    """A bodhi leaf of length `size` from its stalk at `at`, with its long drip tip."""
    half = smooth(_HALF, steps=6)
    return placed([*half, *((x, -y) for x, y in reversed(half))], at, angle, size)


def veins(
    c: Canvas, at: Point, size: float, angle: float, colour: Colour, fine: int = 9, weight: float = 1.0
) -> None:
    """The net of a leaf: midrib, arched side veins, and the cells between them, no two alike."""
    net = mix(colour, "#000000", 0.12)
    sides = [_side_vein(i / fine) for i in range(fine)]
    for sign in (-1, 1):
        ribs = [[(x, sign * y) for x, y in side] for side in sides]
        for a, b in pairwise(ribs):
            _cells(c, a, b, (at, angle, size), net, weight)
        for rib in ribs:
            c.taper(placed(rib, at, angle, size), size * 0.011 * weight, size * 0.004 * weight, colour)
    rim = outline(at, size, angle)
    c.line([*rim, rim[0]], size * 0.007 * weight, colour)
    spine = placed([(t / 10, 0) for t in range(11)], at, angle, size)
    c.taper(spine, size * 0.02 * weight, size * 0.005 * weight, mix(colour, "#ffffff", 0.25))
    c.taper(
        placed([(0, 0), (-0.1, 0.02), (-0.2, 0.06)], at, angle, size),
        size * 0.02 * weight,
        size * 0.016,
        colour,
    )


def _side_vein(share: float) -> list[Point]:
    """One side vein from the midrib to the rim, arching towards the tip (lower side, leaf of length 1)."""
    root = 0.01 + 0.8 * share**1.15
    end = -0.02 + 0.98 * share**0.95
    reach = _half_width(end) * 0.985
    return [(root + (end - root) * t**1.25, reach * t) for t in (i / 8 for i in range(9))]


def _cells(
    c: Canvas,
    a: list[Point],
    b: list[Point],
    place: tuple[Point, float, float],
    colour: Colour,
    weight: float,
) -> None:
    """Cross veins between two side veins, with a wandering line in the middle."""
    at, angle, size = place
    middle = []
    for i in range(len(a)):
        t = c.random(0.35, 0.65)
        middle.append((a[i][0] * (1 - t) + b[i][0] * t, a[i][1] * (1 - t) + b[i][1] * t))
    c.line(placed(middle, at, angle, size), size * 0.003 * weight, colour)
    for i in range(len(a) - 1):
        for rail in (a, b):
            for _ in range(2):
                t, u = c.random(0, 1), c.random(0, 1)
                start = (
                    rail[i][0] + (rail[i + 1][0] - rail[i][0]) * t,
                    rail[i][1] + (rail[i + 1][1] - rail[i][1]) * t,
                )
                end = (
                    middle[i][0] + (middle[i + 1][0] - middle[i][0]) * u,
                    middle[i][1] + (middle[i + 1][1] - middle[i][1]) * u,
                )
                c.line(placed([start, end], at, angle, size), size * 0.0024 * weight, colour)


def _leaf(
    c: Canvas, at: Point, size: float, angle: float, colour: Colour, fine: int = 8, haze: float = 0.16
) -> None:
    """A skeleton leaf that lets the ground through."""
    shape = outline(at, size, angle)
    c.veil([(x + size * 0.02, y + size * 0.035) for x, y in shape], "#05070f", 0.5, blur=size * 0.02)
    c.veil(shape, colour, haze)
    veins(c, at, size, angle, colour, fine)


def hero(c: Canvas) -> None:
    """A great golden leaf, small ones around it."""
    c.sky("#1d2b4a", "#173a4a", "#0f2233")
    c.glow((c.w * 0.5, 46), 70, "#3f7f86", 0.6)
    for at, size, angle, tone in (
        ((10, 30), 34, 30, "#b8705a"), ((c.w - 8, 22), 34, 140, "#7fb5a0"), ((c.w - 22, 92), 32, -150, "#c98f4e"),
        ((14, 96), 30, -35, "#86a8bd"),
    ):  # fmt: skip
        _leaf(c, at, size, angle, tone, 5, 0.1)
    _leaf(c, (c.w * 0.5, 10), 84, 90, GOLD, 10, 0.2)
    for place in scatter(c, (c.w / 2, 50), c.w / 2, 48, 60):
        c.dot(place, c.random(0.1, 0.35), "#f3dfae")


def sign_net(c: Canvas) -> None:
    """Sign 1: the net of veins from near."""
    c.sky("#16324a", "#0f2436")
    c.glow((50, 40), 60, "#4a8d94", 0.6)
    _leaf(c, (-22, -16), 172, 45, GOLD, 13, 0.16)


def sign_tip(c: Canvas) -> None:
    """Sign 2: the drop-shaped tip."""
    c.sky("#3a2233", "#211428")
    c.glow((60, 70), 60, "#9c5a52", 0.6)
    _leaf(c, (12, -52), 148, 76, "#f0c987", 11, 0.16)


def sign_join(c: Canvas) -> None:
    """Sign 3: two leaves whose edges overlap."""
    c.sky("#efe4cc", "#d9c7a2")
    for at, angle, tone in (((-6, 20), 30, "#a8552f"), ((108, 30), 152, "#3f6f63")):
        shape = outline(at, 98, angle)
        c.veil(shape, tone, 0.3)
        veins(c, at, 98, angle, tone, 10)


def step_soak(c: Canvas) -> None:
    """Step 1: leaves in jars of water."""
    boards(c, "#8d7a63", "#5f4f40", 6)
    for i, (x, y, r) in enumerate(((42, 50, 38), (106, 34, 25), (110, 86, 22))):
        c.cut(oval((x, y), r, r), "#8a5a3c", "#5c3824", shadow=2.2)
        c.cut(oval((x, y), r * 0.86, r * 0.86), "#2d4a46", "#4f7a70")
        c.shade(
            oval((x, y), r * 0.86, r * 0.86),
            oval((x - r * 0.3, y - r * 0.5), r, r * 0.6),
            "#0b1a18",
            0.5,
            r * 0.12,
        )
        for k in range(3):
            turn = 20 + k * 120 + i * 40
            at = (x + r * 0.08 * cos(radians(turn)), y + r * 0.08 * sin(radians(turn)))
            shape = outline(at, r * 0.68, turn)
            c.cut(shape, mix("#8fa05a", "#b59a55", k / 3), mix("#5f7a45", "#7d6a38", k / 3), shadow=0.4)
            veins(c, at, r * 0.68, turn, "#cfd08a", 7)
        c.line(oval((x + r * 0.1, y + r * 0.1), r * 0.7, r * 0.66, 0, 200, 250), 0.4, "#cfe6df")
        c.line(oval((x, y), r * 0.78, r * 0.76, 0, 20, 60), 0.4, "#9cc4ba")


def step_dry(c: Canvas) -> None:
    """Step 2: cleaned veins hanging to dry, a soft brush below."""
    c.sky("#f2e6cb", "#e2cda4", "#cbb083")
    c.line(smooth([(-2, 14), (c.w / 2, 19), (c.w + 2, 14)], steps=20), 0.5, "#8a6a44")
    for i, tone in enumerate(("#8a5f2c", "#9c7434", "#7d5628", "#a07a3c")):
        x = 20.0 + i * 31
        y = 14 + 5 * sin(pi * x / c.w)
        shape = outline((x, y + 7), 37, 88 + (i % 2) * 5)
        c.veil([(px + 0.8, py + 1.4) for px, py in shape], "#6b4a22", 0.22, blur=0.8)
        c.veil(shape, "#f7e9c4", 0.5)
        veins(c, (x, y + 7), 37, 88 + (i % 2) * 5, tone, 9, 1.2)
        c.cut(box(x - 1.2, y - 2.5, x + 1.2, y + 5, 0.8), "#d9a866", "#a87a42", shadow=0.4)
    c.cut(placed(box(0, -1.6, 52, 1.6, 1.5), (34, 88), -8), "#b0703f", "#7d4a28", shadow=1.2)
    c.cut(placed(box(48, -3, 58, 3, 0.6), (34, 88), -8), "#d9d2c4", "#a8a090", shadow=0.6)
    for k in range(24):
        c.line(
            placed([(57, -2.8 + k * 0.24), (72 + c.random(-1, 1), -3.8 + k * 0.33)], (34, 88), -8),
            0.22,
            "#f7efdd",
        )


def step_piece(c: Canvas) -> None:
    """Step 3: the picture in its frame: a tree of dyed leaves."""
    cloth(c, "#c9b79a", "#a8936f", "#6f5c40")
    c.cut(box(22, 6, 112, 94), "#6b3f26", "#42240f", shadow=2.4)
    c.cut(box(26, 10, 108, 90), "#8a5633", "#6b3f26")
    c.cut(box(28.5, 12.5, 105.5, 87.5), "#f8f0dc", "#ead9b8")
    c.taper(smooth([(66, 86), (65, 70), (69, 56), (66, 40)]), 3.6, 1.4, "#5a3a24")
    for end in ((46, 46), (88, 44), (54, 30), (80, 28)):
        c.taper(smooth([(66, 62), ((66 + end[0]) / 2, 52), end]), 1.8, 0.7, "#5a3a24")
    tones = ("#b8482f", "#d9813a", "#e0b04a", "#7d9a4a", "#3f7f73", "#9c3f4a")
    for i, (x, y) in enumerate(scatter(c, (66, 38), 29, 19, 30)):
        angle = c.random(40, 140)
        tone = tones[i % len(tones)]
        shape = outline((x, y - 6), 15, angle)
        c.veil(shape, tone, 0.55)
        veins(c, (x, y - 6), 15, angle, mix(tone, "#3a1d10", 0.35), 5, 1.4)


SCENES = {
    "hero": hero, "sign-1": sign_net, "sign-2": sign_tip, "sign-3": sign_join,
    "step-1": step_soak, "step-2": step_dry, "step-3": step_piece,
}  # fmt: skip
