"""Gia vị bún bò Bếp Gió, hư cấu: annatto red, lemongrass green, Huế violet."""

from math import cos, radians, sin

from ocop.trace.illustrative.art.canvas import Canvas, mix
from ocop.trace.illustrative.art.motifs import bowl, cloth, fire, jar, scatter, steam, table
from ocop.trace.illustrative.art.shapes import Point, box, leaf, mirrored, oval, placed, smooth

VIOLET = "#7a4f8f"
OIL = ("#f0722a", "#b02d14")


def stalk(c: Canvas, at: Point, length: float, angle: float, width: float = 5.0) -> None:
    """A stalk of lemongrass: pale bulb, green blades."""
    shape = [
        (0, -0.42),
        (0.12, -0.5),
        (0.5, -0.3),
        (1.0, -0.14),
        (1.0, 0.14),
        (0.5, 0.3),
        (0.12, 0.5),
        (0, 0.42),
    ]
    body = placed([(x * length, y * width) for x, y in shape], at, angle)
    c.cut(body, "#dfe6ae", "#93b25a", shadow=0.9)
    c.cut(placed(oval((0, 0), width * 0.14, width * 0.42), at, angle), "#f3e4dc", "#c99aa8")
    for k in range(4):
        y = (-0.24 + 0.16 * k) * width
        c.line(
            placed([(length * 0.04, y), (length * 0.5, y * 0.7), (length * 0.98, y * 0.35)], at, angle),
            0.22,
            "#7d9a4a",
        )


def chilli(c: Canvas, at: Point, size: float, angle: float) -> None:
    """A red chilli with its green stalk."""
    body = placed(
        smooth(
            [(0, -0.13), (0.35, -0.15), (0.8, -0.02), (1.0, 0.14), (0.75, 0.1), (0.3, 0.14), (0, 0.12)],
            closed=True,
        ),
        at,
        angle,
        size,
    )
    c.cut(body, "#e2402f", "#a11420", shadow=0.6)
    c.line(placed([(0.12, -0.07), (0.6, -0.03)], at, angle, size), size * 0.03, "#ff9a82")
    c.taper(
        placed([(0.02, 0), (-0.12, -0.02), (-0.24, -0.1)], at, angle, size),
        size * 0.09,
        size * 0.05,
        "#5f8a3a",
    )


def shallot(c: Canvas, at: Point, size: float, angle: float) -> None:
    """A violet shallot."""
    body = placed(
        smooth(
            [
                (0, -1),
                (0.16, -0.6),
                (0.62, -0.1),
                (0.56, 0.5),
                (0, 0.78),
                (-0.56, 0.5),
                (-0.62, -0.1),
                (-0.16, -0.6),
            ],
            closed=True,
        ),
        at,
        angle,
        size,
    )
    c.cut(body, "#c76f95", "#7d2f5a", shadow=0.8)
    for x in (-0.36, -0.12, 0.12, 0.36):
        c.line(
            placed(smooth([(x * 0.2, -0.85), (x, 0), (x * 0.5, 0.68)]), at, angle, size),
            size * 0.03,
            "#8f3f68",
        )
    c.veil(placed(oval((-0.26, 0), 0.1, 0.26, 12), at, angle, size), "#ffffff", 0.45)


def spice_jar(c: Canvas, at: Point, width: float, height: float) -> None:
    """The eight-sided jar: oil above, lemongrass below, violet paper on the lid."""
    jar(c, at, width, height, ("#e8622a", "#8f2414"), VIOLET, edges=True)
    x, y = at
    c.veil(
        box(x - width * 0.48, y - height * 0.72, x + width * 0.48, y - height * 0.56, 0.5), "#ffb04a", 0.55
    )
    for _ in range(30):
        px, py = x + c.random(-0.42, 0.42) * width, y - height * c.random(0.06, 0.5)
        c.line(
            [(px, py), (px + c.random(-1, 1) * width * 0.05, py + width * 0.03)],
            0.22,
            mix("#f6e7a0", "#d98a3a", c.random(0, 1)),
        )


def _toppings(c: Canvas, at: Point, rx: float, ry: float) -> None:
    x, y = at
    for k in range(13):
        y0 = y + ry * (-0.55 + 0.09 * k)
        wave = [(x + rx * t, y0 + ry * 0.1 * sin(t * 9 + k)) for t in (-0.6, -0.4, -0.2, 0, 0.2, 0.4, 0.55)]
        c.line(smooth(wave), ry * 0.085, mix("#fffaf0", "#e9dcc0", k / 13))
    for dx, dy, turn in ((-0.38, -0.15, 12), (-0.05, -0.42, -14), (0.3, -0.22, 30)):
        slab = placed(
            smooth(
                [(-1, -0.3), (-0.2, -0.46), (0.9, -0.3), (1, 0.24), (0.1, 0.44), (-0.9, 0.3)], closed=True
            ),
            (x + dx * rx, y + dy * ry),
            turn,
            rx * 0.25,
        )
        c.cut(slab, "#a8624a", "#6f3628", shadow=0.4)
        for k in range(3):
            c.line(
                placed(
                    [(-0.7, -0.14 + k * 0.16), (0.7, -0.16 + k * 0.16)],
                    (x + dx * rx, y + dy * ry),
                    turn,
                    rx * 0.25,
                ),
                0.25,
                "#d9a48a",
            )
    for place in scatter(c, (x + rx * 0.1, y + ry * 0.28), rx * 0.6, ry * 0.36, 26):
        c.line(oval(place, rx * 0.03, rx * 0.02), rx * 0.014, mix("#a9cf6a", "#5f9a3f", c.random(0, 1)))
    for dx, dy in ((-0.5, 0.3), (-0.42, 0.42), (0.5, 0.2), (0.58, 0.06)):
        c.cut(
            leaf((x + dx * rx, y + dy * ry), rx * 0.22, rx * 0.11, -20 + dx * 60),
            "#7fb550",
            "#3f7a38",
            shadow=0.3,
        )
    for dx, dy in ((0.16, 0.1), (-0.16, 0.3), (0.36, 0.42), (-0.3, 0.1)):
        c.line(oval((x + dx * rx, y + dy * ry), rx * 0.05, rx * 0.032), rx * 0.025, "#d9301f")


def hero(c: Canvas) -> None:
    """A steaming bowl with its makings."""
    c.sky("#f3c48a", "#e79a63", "#c9694a")
    c.glow((60, 30), 60, "#ffe9b8", 0.6)
    table(c, 60, "#7d4630", "#4a2518")
    spice_jar(c, (113, 72), 24, 38)
    stalk(c, (4, 76), 48, -24, 6)
    stalk(c, (2, 82), 50, -16, 6)
    bowl(c, (58, 58), 42, 32, ("#f7f0e2", "#cdbb9c"), "#d9622b", 0.4)
    for k in range(14):
        x = 58 + (k - 6.5) * 5.4
        c.line(
            smooth(
                [
                    (x, 76.5 - abs(k - 6.5) * 0.5),
                    (x + 1.4, 78.5 - abs(k - 6.5) * 0.5),
                    (x + 2.8, 76.5 - abs(k - 6.5) * 0.5),
                ]
            ),
            0.6,
            "#5f6fae",
        )
    c.cut(oval((58, 59), 38, 14.6), *OIL)
    _toppings(c, (58, 58.5), 37, 13.5)
    for place in scatter(c, (58, 60), 34, 12, 26):
        c.line(oval(place, 0.9, 0.5), 0.2, "#ffc46a")
    steam(c, (58, 50), 42, 4, strength=0.45)
    chilli(c, (88, 90), 13, -14)
    chilli(c, (96, 94), 12, 12)
    shallot(c, (18, 92), 6, -20)


def sign_oil(c: Canvas) -> None:
    """Sign 1: clear oil above chopped lemongrass."""
    c.sky("#f6e3c0", "#e3bf8a")
    half = [(80, -4), (84, 10), (84, 104)]
    body = mirrored(half, 50)
    c.cut(body, "#ffb35a", "#e2621f", shadow=1.8)
    c.cut(box(16, 36, 84, 104), "#c9471d", "#7d2010")
    for place in scatter(c, (50, 72), 33, 32, 190):
        end = (place[0] + c.random(-3.4, 3.4), place[1] + c.random(-1.6, 1.6))
        c.line([place, end], c.random(0.35, 0.8), mix("#f6e9a6", "#d98a35", c.random(0, 1)))
    for place in scatter(c, (50, 70), 32, 30, 44):
        c.cut(oval(place, 1.0, 0.7, c.random(0, 180)), mix("#e2402f", "#8f1518", c.random(0, 1)))
    c.line([(16, 36), (84, 36)], 0.7, "#ffd08a")
    for x, y, r in ((34, 22, 1.6), (62, 16, 1.1), (48, 28, 0.9), (70, 27, 1.4)):
        c.line(oval((x, y), r, r), 0.25, "#ffe6b4")
    c.veil(box(22, -4, 28, 104), "#ffffff", 0.35, blur=1.2)
    c.veil(box(74, -4, 84, 104), "#4a1208", 0.4, blur=2.5)


def sign_scent(c: Canvas) -> None:
    """Sign 2: the open jar from above, lemongrass beside it."""
    cloth(c, "#e9d0a6", "#d0ac72", "#8a6430")
    c.cut(oval((48, 54), 36, 36), "#f7f3ea", "#cfc6b4", shadow=2.2)
    c.cut(oval((48, 54), 31, 31), *OIL)
    for place in scatter(c, (48, 55), 25, 24, 110):
        c.line(
            [place, (place[0] + c.random(-2.4, 2.4), place[1] + c.random(-2.4, 2.4))],
            0.5,
            mix("#f6e9a6", "#e29a3f", c.random(0, 1)),
        )
    for place in scatter(c, (48, 55), 26, 25, 26):
        c.line(oval(place, 1.4, 1.2), 0.22, "#ffcf7d")
    c.veil(oval((38, 40), 9, 4, -35), "#ffe9c4", 0.5, blur=1.2)
    stalk(c, (70, 94), 66, -62, 6)
    stalk(c, (80, 98), 62, -66, 6)


def sign_lid(c: Canvas) -> None:
    """Sign 3: the eight-sided jar with its tied paper."""
    c.sky("#e3d3ea", "#bfa3cc")
    table(c, 80, "#8d5f43", "#5a3826")
    spice_jar(c, (50, 90), 50, 72)


def step_chop(c: Canvas) -> None:
    """Step 1: lemongrass, chilli, shallots on a board."""
    cloth(c, "#b9685a", "#96473f", "#e0a488")
    c.cut(box(14, 12, 118, 90, 5), "#e0b27a", "#b07d46", shadow=2.2)
    for k in range(7):
        c.line(smooth([(16, 20 + k * 11), (60, 18 + k * 11 + (k % 3)), (116, 21 + k * 11)]), 0.25, "#a8743c")
    for k in range(4):
        stalk(c, (24 + k * 2, 26 + k * 9), 62, -3 + k, 6.4)
    for place in scatter(c, (100, 42), 12, 14, 44):
        c.line(oval(place, 1.5, 1.1, c.random(0, 90)), 0.5, mix("#e6ecb8", "#a9c06a", c.random(0, 1)))
    for k, (x, y) in enumerate(((30, 72), (42, 78), (34, 84))):
        chilli(c, (x, y), 17, -10 + 12 * k)
    for x, y, turn in ((76, 76, -20), (88, 80, 30), (100, 74, 5), (108, 82, -40)):
        shallot(c, (x, y), 7, turn)


def step_cook(c: Canvas) -> None:
    """Step 2: the pot over a low fire."""
    c.sky("#4a2f45", "#7d4450", "#c9764f")
    c.glow((67, 92), 60, "#ff9a4a", 0.6, 0.6)
    fire(c, (67, 94), 50)
    body = mirrored([(104, 42), (104, 66), (98, 80), (86, 86)], 67)
    c.cut(body, "#a9aeb4", "#5f646c", shadow=1.4)
    c.shade(body, box(84, 40, 110, 90), "#1d1f24", 0.5, 6)
    c.veil(box(38, 48, 43, 78, 2), "#ffffff", 0.4, blur=1.2)
    for x in (28, 106):
        c.line(oval((x, 56), 5, 6, 0, 0, 360), 2.0, "#7d828a")
    c.cut(oval((67, 42), 38, 11), "#c9ced4", "#8a9098", shadow=0.5)
    c.cut(oval((67, 42.4), 35, 9.4), *OIL)
    for place in scatter(c, (67, 42.5), 30, 7, 60):
        c.line(
            oval(place, c.random(0.6, 1.8), c.random(0.4, 0.9)),
            0.25,
            mix("#ffcf7d", "#f08a3a", c.random(0, 1)),
        )
    c.taper([(80, 42), (104, 4)], 1.6, 2.6, "#8a5a35")
    steam(c, (60, 36), 30, 4, "#ffe6cc", 0.35)


def step_fill(c: Canvas) -> None:
    """Step 3: filled jars in a row, thread and paper."""
    c.sky("#efdcf0", "#cfb0d6", "#a684b4")
    table(c, 66, "#96664a", "#5f3c29")
    for x in (24, 67, 110):
        spice_jar(c, (x, 76), 30, 50)
    c.cut(placed(box(-9, -6, 9, 6, 0.5), (36, 90), 8), VIOLET, "#5a3570", shadow=0.8)
    c.cut(oval((86, 90), 7, 5), "#fffaf0", "#d9cdb4", shadow=0.8)
    for k in range(5):
        a = radians(k * 36)
        c.line([(86 - 6 * cos(a), 90 - 4 * sin(a)), (86 + 6 * cos(a), 90 + 4 * sin(a))], 0.25, "#b9a888")


SCENES = {
    "hero": hero, "sign-1": sign_oil, "sign-2": sign_scent, "sign-3": sign_lid,
    "step-1": step_chop, "step-2": step_cook, "step-3": step_fill,
}  # fmt: skip
