"""Ổi Sơn Dương: fresh green, paper-bag cream, morning blue."""

from math import cos, radians, sin

from ocop.trace.illustrative.art.canvas import Canvas, mix
from ocop.trace.illustrative.art.motifs import basket, cloth, hill, plant_leaf, scatter, sun
from ocop.trace.illustrative.art.shapes import Outline, Point, box, oval, placed, smooth

LEAF = ("#86ae58", "#3f7442")
SKIN = ("#d8e58a", "#8fb648")
_PEAR = [
    (0, -1),
    (0.22, -0.92),
    (0.36, -0.6),
    (0.62, -0.1),
    (0.74, 0.36),
    (0.56, 0.8),
    (0.16, 0.96),
    (0, 0.97),
]


def pear(at: Point, size: float, angle: float = 0.0) -> Outline:
    """The outline of a pear guava, `size` from its middle to its stalk."""
    half = smooth(_PEAR)
    return placed([*half, *((-x, y) for x, y in reversed(half))], at, angle, size)


def fruit(c: Canvas, at: Point, size: float, angle: float = 0.0, shadow: float = 0.8) -> None:
    """A whole fruit with its small crown."""
    body = pear(at, size, angle)
    c.cut(body, *SKIN, shadow=shadow)
    c.shade(body, placed(oval((0.5, 0.5), 0.6, 0.9), at, angle, size), "#3f6a1c", 0.5, size * 0.18)
    c.veil(
        placed(oval((-0.3, -0.05), 0.13, 0.4, 14), at, angle, size),
        "#ffffff",
        0.5,
        blur=max(0.3, size * 0.05),
    )
    for _ in range(int(size * 3)):
        x, y = c.random(-0.55, 0.55), c.random(-0.3, 0.8)
        if x * x / 0.36 + (y - 0.25) ** 2 / 0.4 < 1:
            c.dot(placed([(x, y)], at, angle, size)[0], size * 0.012, "#b9cc66")
    crown = placed(
        [
            (0.14 * cos(radians(a)) * (1 if a % 60 else 1.6), 0.95 + 0.07 * sin(radians(a)))
            for a in range(0, 360, 30)
        ],
        at,
        angle,
        size,
    )
    c.cut(crown, "#7d8a45", "#5f6a30")


def bagged(c: Canvas, at: Point, size: float, angle: float = 0.0) -> None:
    """A fruit in its paper bag."""
    bag = placed(
        [
            (-0.3, -0.95),
            (0.3, -0.95),
            (0.42, -0.7),
            (0.84, 0.1),
            (0.86, 0.98),
            (-0.86, 0.98),
            (-0.84, 0.1),
            (-0.42, -0.7),
        ],
        at,
        angle,
        size,
    )
    c.cut(bag, "#f7ecd0", "#d9c190", shadow=0.9)
    c.veil(pear(placed([(0, 0.1)], at, angle, size)[0], size * 0.82, angle), "#a9c25c", 0.3, blur=size * 0.06)
    for fold in (((-0.2, -0.9), (-0.4, 0.9)), ((0.18, -0.9), (0.46, 0.9)), ((0.0, -0.9), (0.05, 0.2))):
        c.line(placed(fold, at, angle, size), size * 0.02, "#c4aa74")
    c.line(placed([(-0.36, -0.76), (0.36, -0.76)], at, angle, size), size * 0.09, "#a8643a")


def bough(c: Canvas, path: list[Point], width: float, leaves: float, count: int) -> None:
    """A bough with pairs of leaves."""
    limb = smooth(path)
    c.taper(limb, width, width * 0.35, "#8a6a4c")
    for k in range(count):
        at = limb[int((k + 0.6) * len(limb) / (count + 0.4))]
        for angle in (-50 + 14 * (k % 3), 130 - 16 * (k % 2)):
            plant_leaf(
                c,
                at,
                leaves * c.random(0.85, 1.1),
                leaves * 0.42,
                angle,
                *LEAF,
                bend=0.08,
                shadow=0.6,
                veins=6,
            )


def hero(c: Canvas) -> None:
    """A heavy branch, gardens under the hills."""
    c.sky("#a9d3e0", "#d9ecd8", "#f6f2cc")
    sun(c, (112, 18), 6, "#f9cf6a", "#fffbe0")
    hill(c, 46, 15, 2.1, 0.6, "#8fb9b0", "#a9cbb4")
    hill(c, 56, 9, 2.8, 2.2, "#7fae8a", "#8fbb88")
    c.veil(box(-5, 58, c.w + 5, 64), "#f9fbe6", 0.7, blur=3)
    for row in range(6):
        base = 67 + row * 6.2
        hill(c, base, 1.2, 1.4, row, mix("#a3c878", "#6fa352", row / 6), "#6f9f4c")
        r = 1.4 + row * 0.55
        for x in range(-2, int(c.w) + 6, int(r * 3.6) + 1):
            at = (x + (row % 2) * r * 1.6, base - r * 0.4)
            for dx, dy, share in ((-0.7, 0.1, 0.75), (0.7, 0.1, 0.75), (0, -0.35, 1.0)):
                c.cut(
                    oval((at[0] + dx * r, at[1] + dy * r), r * share, r * share * 0.85),
                    mix("#6fa850", "#4f8a44", c.random(0, 1)),
                    "#35703c",
                )
    bough(c, [(-4, 8), (24, 14), (50, 10), (78, 20), (96, 16)], 3.6, 24, 6)
    for x, y, s, turn in ((24, 18, 17, 5), (84, 22, 15, -5)):
        c.taper([(x, y - 3), (x, y + 4)], 1.4, 1.0, "#7d8a4c")
        fruit(c, (x, y + 3 + s), s, turn, 1.2)
    c.taper([(54, 12), (54, 22)], 1.4, 1.0, "#7d8a4c")
    fruit(c, (54, 41), 20, -3, 1.4)
    c.taper([(103, 16), (103, 22)], 1.2, 0.9, "#7d8a4c")
    bough(c, [(92, 16), (104, 17), (118, 12)], 1.8, 17, 3)
    bagged(c, (104, 36), 13, 4)


def sign_shape(c: Canvas) -> None:
    """Sign 1: the pear shape."""
    c.sky("#eef4d6", "#cfe0a6")
    c.glow((50, 50), 60, "#ffffff", 0.6)
    c.taper([(50, -4), (50, 16)], 2.6, 1.8, "#7d8a4c")
    plant_leaf(c, (50, 8), 44, 18, 20, *LEAF, shadow=1.2, veins=7)
    plant_leaf(c, (50, 8), 44, 18, 160, *LEAF, bend=-0.08, shadow=1.2, veins=7)
    fruit(c, (50, 54), 40, 0, 2.2)


def sign_skin(c: Canvas) -> None:
    """Sign 2: clear skin out of its bag."""
    cloth(c, "#dcead0", "#b9d0a6", "#6f8f5c")
    bagged(c, (33, 52), 34, -8)
    fruit(c, (68, 58), 32, 10, 2)


def sign_cut(c: Canvas) -> None:
    """Sign 3: a halved fruit: thick white flesh, small core."""
    cloth(c, "#f6e6c4", "#dfc894", "#8f7440")
    c.cut(pear((50, 48), 42), *SKIN, shadow=2.4)
    c.cut(pear((50, 48.6), 39.4), "#fffef4", "#e9efcf")
    core = pear((50, 57), 20)
    c.cut(core, "#f7f6dc", "#e6eac0")
    for k in range(46):
        a = radians(k * 137.5)
        r = 3 + 11.5 * ((k % 23) / 23)
        spot = (50 + r * 0.8 * cos(a), 60 + r * sin(a))
        c.cut(oval(spot, 1.1, 0.8, k * 40), "#e9d49a", "#b99a55", shadow=0.15)
    c.shade(pear((50, 48.6), 39.4), oval((78, 66), 22, 34), "#b4c07a", 0.5, 5)


def step_thin(c: Canvas) -> None:
    """Step 1: young fruit on the branch, shears beside it."""
    c.sky("#d6ecd6", "#b4d6a6", "#8fbb80")
    for _ in range(24):
        c.glow((c.random(0, c.w), c.random(0, 100)), c.random(5, 12), "#f7fbd6", 0.25)
    bough(c, [(-4, 22), (30, 26), (62, 20), (96, 30), (c.w + 4, 24)], 3.4, 26, 6)
    for x, y, s in ((26, 30, 9), (50, 26, 10), (78, 28, 9), (100, 32, 10)):
        c.taper([(x, y - 3), (x, y + 4)], 1.2, 0.8, "#7d8a4c")
        fruit(c, (x, y + 3 + s), s, 0, 0.8)
    for side, turn in ((1, 24), (-1, -6)):
        c.cut(
            placed(
                smooth([(0, -1.8), (-16, -2.6), (-31, 0.4 * side), (-16, 2.6), (0, 1.8)], closed=True),
                (76, 76),
                turn,
            ),
            "#e6eaec",
            "#a3adb4",
            shadow=0.9,
        )
        grip = placed(smooth([(0, 0), (14, 6 * side), (32, 5 * side)]), (76, 76), turn)
        c.taper(grip, 3.6, 4.6, "#c9482f")
    c.cut(oval((76, 76), 2.6, 2.6), "#8a939a", "#5f676e", shadow=0.4)


def step_bag(c: Canvas) -> None:
    """Step 2: every fruit in a bag."""
    c.sky("#cfe6ea", "#dcebc4", "#a9c987")
    hill(c, 84, 5, 1.8, 0.5, "#9cc07a", "#7da85c")
    bough(c, [(-4, 12), (34, 18), (70, 12), (104, 20), (c.w + 4, 14)], 3.6, 24, 7)
    for x, y, s, turn in ((22, 20, 16, -3), (54, 18, 18, 4), (88, 20, 17, -4), (117, 20, 14, 3)):
        c.taper([(x, y - 4), (x, y + 4)], 1.3, 0.9, "#7d8a4c")
        bagged(c, (x, y + 3 + s), s, turn)
    bagged(c, (40, 72), 14, 6)


def step_pick(c: Canvas) -> None:
    """Step 3: fruit laid on leaves in a basket."""
    c.sky("#fbf3d6", "#efe0ac", "#cdbb7c")
    c.cut(box(-2, 80, c.w + 2, 102), "#b98d5a", "#8a633a", shadow=0.8)
    c.cut(oval((67, 52), 46, 10), "#7a5a32")
    for k in range(12):
        plant_leaf(c, (67 + (k - 5.5) * 7, 50), 20, 8, -90 + (k - 5.5) * 14, *LEAF, shadow=0.5)
    for i, place in enumerate(scatter(c, (67, 46), 34, 7, 15)):
        fruit(c, place, 11, -30 + (i * 47) % 60, 0.8)
    basket(c, (67, 54), 98, 36, "#cfa564")
    fruit(c, (16, 86), 10, 70)
    plant_leaf(c, (108, 94), 18, 7, -14, *LEAF, shadow=0.6)


SCENES = {
    "hero": hero, "sign-1": sign_shape, "sign-2": sign_skin, "sign-3": sign_cut,
    "step-1": step_thin, "step-2": step_bag, "step-3": step_pick,
}  # fmt: skip
