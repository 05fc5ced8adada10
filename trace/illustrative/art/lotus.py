"""Mứt sen Đìa Gió, hư cấu: pink on teal water, straw and sugar white."""

from math import cos, pi, radians, sin

from ocop.trace.illustrative.art.canvas import Canvas, Colour, mix
from ocop.trace.illustrative.art.motifs import cloth, jar, pan, scatter, sun, table
from ocop.trace.illustrative.art.shapes import Point, box, oval, placed, smooth

PAD = ("#7fb08a", "#2f6f63")


def pad(c: Canvas, at: Point, rx: float, ry: float, colours: tuple[Colour, Colour] = PAD) -> None:
    """A floating leaf with its notch and rays."""
    rim = oval(at, rx, ry, 0, 100, 440)
    c.cut([*rim, at], *colours, shadow=0.7)
    pale = mix(colours[0], "#ffffff", 0.3)
    for k in range(11):
        a = radians(110 + k * 32)
        c.taper([at, (at[0] + rx * 0.86 * cos(a), at[1] + ry * 0.86 * sin(a))], rx * 0.03, rx * 0.01, pale)


def flower(c: Canvas, at: Point, size: float, opened: float = 1.0) -> None:
    """A lotus seen from the side; `opened` 0 is a bud."""
    petal = smooth(
        [(0, 0), (-0.24, -0.34), (-0.2, -0.74), (0, -1.0), (0.2, -0.74), (0.24, -0.34)], closed=True
    )
    layers = (
        (5, 66, 0.86, "#e88aa4", "#c9557c"),
        (4, 46, 0.96, "#f2a3b6", "#d76a8e"),
        (3, 24, 1.0, "#f8c2cb", "#e58aa4"),
    )
    for count, spread, tall, tip, base in layers:
        for k in range(count):
            turn = (k - (count - 1) / 2) / max(1, (count - 1) / 2) * spread * max(opened, 0.16)
            c.cut(placed(petal, at, turn, size * tall), tip, base, shadow=size * 0.018)
    for turn in (-38, 38):
        c.cut(
            placed(petal, at, turn * max(opened, 0.2), size * 0.62), "#fbd6da", "#e88aa4", shadow=size * 0.02
        )


def pod(c: Canvas, at: Point, r: float, holes: int = 9) -> None:
    """A seed pod from above."""
    c.cut(oval(at, r, r), "#b9c977", "#78924a", shadow=1.2)
    c.cut(oval(at, r * 0.92, r * 0.92), "#a3b863", "#c5d388")
    spots = [(0.0, 0.0)] if holes < 9 else [(0.18, 0.1), (-0.2, -0.06)]
    for ring, count in ((0.46, 5), (0.74, holes)):
        spots += [
            (ring * cos(2 * pi * k / count + ring), ring * sin(2 * pi * k / count + ring))
            for k in range(count)
        ]
    for x, y in spots:
        spot = (at[0] + x * r, at[1] + y * r)
        c.cut(oval(spot, r * 0.125, r * 0.125), "#5f7438")
        c.cut(oval((spot[0], spot[1] - r * 0.01), r * 0.095, r * 0.1), "#e2e8b4", "#a9b872")


def seed(c: Canvas, at: Point, r: float, turn: float = 0.0, hole: bool = True) -> None:
    """A candied seed with the hole its germ left."""
    body = oval(at, r * 0.86, r, turn)
    c.cut(body, "#fffaf0", "#d9c8a6", shadow=r * 0.1)
    c.shade(body, oval((at[0] + r * 0.4, at[1] + r * 0.5), r * 0.8, r * 0.7), "#8f7648", 0.45, r * 0.2)
    c.veil(oval((at[0] - r * 0.3, at[1] - r * 0.4), r * 0.2, r * 0.13, -30), "#ffffff", 0.9)
    if hole:
        c.cut(placed(oval((0, -0.62), 0.13, 0.09), at, turn, r), "#6b5330")


def boat(c: Canvas, at: Point, size: float) -> None:
    """A narrow wooden boat."""
    hull = smooth([(-1.1, -0.16), (-0.7, 0.06), (0, 0.14), (0.7, 0.06), (1.1, -0.16)])
    c.veil(oval((at[0], at[1] + size * 0.16), size, size * 0.08), "#0d2b33", 0.4, blur=1)
    c.cut(placed([*hull, (0.8, -0.06), (-0.8, -0.06)], at, 0, size), "#8d5c3a", "#4f3120", shadow=0.6)
    c.cut(placed(oval((0, -0.055), 0.82, 0.06), at, 0, size), "#5f3d26")
    c.line(placed([(0.5, -0.02), (0.95, -0.8)], at, 0, size), size * 0.035, "#6b452c")


def _water(c: Canvas, y: float, count: int, colour: Colour) -> None:
    for _ in range(count):
        x, line = c.random(-5, c.w), y + (100 - y) * c.random(0, 1) ** 1.3
        long = 3 + 14 * (line - y) / (100 - y)
        c.line([(x, line), (x + long, line)], 0.15 + 0.3 * (line - y) / (100 - y), colour)


def hero(c: Canvas) -> None:
    """The pond in the flood season."""
    c.sky("#f6b99a", "#fbdcb0", "#cfe3cf", "#6faeab")
    sun(c, (c.w * 0.3, 26), 7, "#f2925f", "#fff1d2")
    c.veil(box(-5, 38, c.w + 5, 43), "#5f8f86", 0.5, blur=1.5)
    c.cut(box(-2, 42, c.w + 2, 102), "#8fc3b8", "#1f5f66")
    c.veil(box(c.w * 0.24, 42, c.w * 0.36, 100), "#ffe2b8", 0.4, blur=4)
    _water(c, 43, 70, "#bfe0d2")
    for x in range(-2, int(c.w) + 4, 5):
        c.cut(
            smooth([(x - 4, 43), (x - 2, 39 - c.random(0, 2)), (x + 2, 39.5 - c.random(0, 2)), (x + 5, 43)]),
            "#4f8277",
        )
    boat(c, (96, 54), 15)
    for x, y, s in ((60, 15, 4), (70, 10, 3.2), (79, 13, 3.6), (90, 8, 2.8), (98, 14, 2.4)):
        wing = smooth([(-1, -0.35), (-0.5, -0.45), (0, 0), (0.5, -0.5), (1, -0.4)])
        c.line(placed(wing, (x, y), 0, s), 0.55, "#ffffff")
    for place in scatter(c, (66, 74), 70, 24, 30):
        size = 2.5 + 10 * ((place[1] - 46) / 54)
        pad(
            c,
            place,
            size * 1.25,
            size * 0.5,
            (mix("#9cc79c", "#5f9f7c", c.random(0, 1)), mix("#3f8270", "#225a54", c.random(0, 1))),
        )
    stems = (
        ((112, 108), (110, 66), 15, 0.75),
        ((44, 108), (42, 62), 24, 1.0),
        ((74, 112), (77, 78), 19, 0.9),
        ((20, 108), (15, 72), 14, 0.25),
    )
    for root, top, size, opened in stems:
        c.taper(
            smooth([root, ((root[0] + top[0]) / 2 + 1.5, (root[1] + top[1]) / 2), top]), 1.3, 0.9, "#3f7a5a"
        )
        flower(c, top, size, opened)


def sign_seeds(c: Canvas) -> None:
    """Sign 1: whole seeds in a thin coat of sugar."""
    cloth(c, "#8fb5a8", "#6f9a8f", "#35645c")
    c.cut(oval((50, 54), 44, 41), "#c98a52", "#8a5630", shadow=2)
    c.cut(oval((50, 54), 39, 36), "#6f4426", "#a06a3c")
    for place in scatter(c, (50, 52), 31, 27, 54):
        seed(c, place, c.random(6.2, 7.4), c.random(-60, 60))
    for _ in range(60):
        c.dot((c.random(14, 86), c.random(20, 88)), c.random(0.15, 0.35), "#fffaf0")


def sign_hole(c: Canvas) -> None:
    """Sign 2: the small hole through a seed, a bamboo pick beside it."""
    cloth(c, "#f2e3c6", "#dcc79c", "#8f7443")
    seed(c, (44, 52), 30, 24)
    seed(c, (80, 80), 12, -30)
    c.cut(placed(box(0, -0.9, 62, 0.9, 0.8), (46, 32), -42), "#d9b46a", "#a87a35", shadow=0.8)
    c.cut(
        placed([(-0.6, -0.4), (2.4, -0.4), (5, 0.1), (2.4, 0.6), (-0.6, 0.5)], (80, 30), 20, 1.6),
        "#7d9a45",
        "#4f6f30",
        shadow=0.5,
    )


def sign_jar(c: Canvas) -> None:
    """Sign 3: a low stoneware jar under a dried lotus leaf."""
    c.sky("#dbe8da", "#b4cfc0")
    table(c, 78, "#8f6a48", "#5f4129")
    jar(c, (50, 88), 58, 56, ("#c9a57c", "#8a6240"), "#8f8a4a")
    for k in range(9):
        a = radians(200 + k * 17.5)
        c.line([(50, 32), (50 + 27 * cos(a), 34 - 6 * sin(a) * -1)], 0.3, "#c9c484")
    c.line([(50, 30), (50, 42)], 0.8, "#e6d3a0")
    c.cut(box(46, 37, 54, 43, 1), "#fff8ea", "#eadcbc", shadow=0.5)


def step_pick(c: Canvas) -> None:
    """Step 1: pods in a boat under the last stars."""
    c.sky("#1f3552", "#3f6a80", "#d79a8a", "#f3c69a")
    for _ in range(45):
        c.dot((c.random(0, c.w), c.random(0, 34)), c.random(0.1, 0.25), "#f6efd6")
    c.cut(box(-2, 50, c.w + 2, 102), "#7fa8a5", "#1d4a55")
    _water(c, 51, 50, "#a9cfc8")
    for place in scatter(c, (66, 60), 70, 7, 14):
        pad(c, place, 6, 2.2, ("#5f9482", "#2c5f5c"))
    hull = smooth([(6, 66), (26, 82), (66, 90), (108, 82), (130, 62)])
    c.veil(oval((68, 90), 56, 5), "#0d2b33", 0.5, blur=2)
    for x, y, r in (
        (38, 68, 10),
        (58, 64, 11),
        (80, 66, 11),
        (100, 66, 9),
        (48, 74, 10),
        (70, 74, 11),
        (91, 75, 10),
    ):
        c.taper([(x, y), (x + 3, y - r * 1.7)], 1.2, 0.9, "#5f7a3f")
        pod(c, (x, y), r)
    c.cut([*hull, (120, 71), (66, 79), (16, 73)], "#9a683f", "#53341f", shadow=1.6)
    c.line([(15, 73), (66, 79.5), (121, 70.5)], 1.2, "#c08a55")


def step_peel(c: Canvas) -> None:
    """Step 2: a pod, green seeds, peeled seeds."""
    cloth(c, "#7fa595", "#5f877a", "#2f5a50")
    pod(c, (38, 50), 30, 11)
    for place in scatter(c, (98, 28), 22, 15, 15):
        c.cut(oval(place, 4.2, 5.2, c.random(-60, 60)), "#a9be62", "#6b8a3a", shadow=0.6)
    c.cut(oval((98, 74), 28, 19), "#e9dcc2", "#b9a27c", shadow=1.6)
    c.cut(oval((98, 73), 25, 16), "#a98c62", "#d9c49c")
    for place in scatter(c, (98, 72), 18, 9, 22):
        seed(c, place, 5, c.random(-60, 60))


def step_candy(c: Canvas) -> None:
    """Step 3: seeds turned in sugar over a low fire."""
    c.sky("#f3dfba", "#dcb684", "#8f6242")
    pan(c, (c.w / 2, 48), 45, "#ffb85a")
    c.cut(oval((c.w / 2, 49), 40, 14), "#e8cf94", "#c9a45c")
    for place in scatter(c, (c.w / 2, 48), 33, 8.5, 48):
        seed(c, place, 4.6, c.random(-60, 60), hole=False)
    paddle = placed(box(0, -1.4, 60, 1.4, 1.2), (78, 46), -46)
    c.cut(paddle, "#b9854f", "#80552c", shadow=0.8)


SCENES = {
    "hero": hero, "sign-1": sign_seeds, "sign-2": sign_hole, "sign-3": sign_jar,
    "step-1": step_pick, "step-2": step_peel, "step-3": step_candy,
}  # fmt: skip
