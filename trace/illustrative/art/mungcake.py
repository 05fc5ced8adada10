"""Bánh đậu xanh Trăng Rơm, hư cấu: moon yellow on night blue, with lacquer red."""

from math import cos, radians, sin

from ocop.trace.illustrative.art.canvas import Canvas, Colour, mix
from ocop.trace.illustrative.art.motifs import boards, bowl, cloth, fire, moon, scatter, steam, table
from ocop.trace.illustrative.art.shapes import Outline, Point, box, oval, placed, smooth

CAKE = ("#f7dd8a", "#d9ad45")
RED = ("#c9402f", "#8a1f1c")


def crescent(at: Point, r: float) -> Outline:
    """The half moon pressed on a cake."""
    outer = oval(at, r, r, -35, 80, 280)
    inner = oval((at[0] + r * 0.42, at[1] - r * 0.3), r * 0.86, r * 0.86, -35, 258, 102)
    return [*outer, *inner]


def cake(c: Canvas, at: Point, size: float, depth: float = 0.5) -> None:
    """A square cake seen from above the front: top, front side, a half moon on top."""
    x, y = at
    top = [
        (x - size, y),
        (x - size * 0.72, y - size * 0.72),
        (x + size * 1.05, y - size * 0.72),
        (x + size, y),
    ]
    front = [
        (x - size, y),
        (x + size, y),
        (x + size, y + size * depth * 1.6),
        (x - size, y + size * depth * 1.6),
    ]
    c.cut(front, "#e3ba55", "#b98a30", shadow=size * 0.08)
    c.cut(top, "#fbe9aa", "#f0cf72")
    mark = crescent((0, 0), 0.36)
    c.cut(
        placed([(px * 1.3, py * 0.62) for px, py in mark], (x + size * 0.03, y - size * 0.36), 0, size),
        "#d9a840",
    )
    c.line([(x - size, y), (x + size, y)], size * 0.025, "#fff3c4")


def bean(c: Canvas, at: Point, r: float, turn: float, colour: Colour) -> None:
    """A mung bean with its white eye."""
    c.cut(
        oval(at, r * 1.25, r, turn),
        mix(colour, "#ffffff", 0.2),
        mix(colour, "#000000", 0.25),
        shadow=r * 0.12,
    )
    c.line(placed([(-0.3, -0.5), (0.3, -0.5)], at, turn, r), r * 0.2, "#f7f3dc")


def hero(c: Canvas) -> None:
    """Cakes on a plate before the moon."""
    c.sky("#1d2748", "#2f3a63", "#4a4470")
    c.cut(box(12, 4, 92, 62), "#182242", "#3d4a7d", shadow=0.5)
    moon(c, (44, 26), 14)
    for _ in range(40):
        c.dot((c.random(13, 91), c.random(5, 52)), c.random(0.1, 0.26), "#f6efd6")
    c.veil(oval((64, 40), 22, 2.2), "#aab4dc", 0.35, blur=1.4)
    c.veil(oval((28, 47), 18, 1.8), "#aab4dc", 0.3, blur=1.4)
    for x in (12, 52, 92):
        c.cut(box(x - 1.4, 2, x + 1.4, 64), "#7d3a2a", "#552218", shadow=0.5)
    c.cut(box(9, 1, 95, 5), "#8f4631", "#6a2f20", shadow=0.5)
    for k in range(6):
        c.line(
            smooth([(94 + k * 8, -2), (98 + k * 7, 20), (96 + k * 8, 44)]),
            0.5,
            mix("#3d4068", "#2a2f55", k / 6),
        )
    table(c, 62, "#7d3f2c", "#43190f")
    c.veil(oval((58, 90), 50, 6), "#1d0c08", 0.5, blur=2)
    c.cut(oval((58, 82), 50, 13), "#e9eef2", "#9fb0c4", shadow=1.4)
    c.cut(oval((58, 81), 45, 10.6), "#c4d0de", "#f6f9fb")
    for row, (y, count) in enumerate(((72, 4), (80, 4))):
        for k in range(count):
            cake(c, (36 + k * 14 + row * 2, y), 6.6)
    for k in range(3):
        cake(c, (44 + k * 14, 65.5), 6.4)
    _pot(c, (114, 70), 13)
    bowl(c, (97, 80), 6.6, 8, ("#dfe6ee", "#8f9fb8"), "#c9b245", 0.34)
    steam(c, (97, 78), 14, 2, "#dfe6ff", 0.4)


def _pot(c: Canvas, at: Point, size: float) -> None:
    x, y = at
    c.veil(oval((x + 2, y + size * 0.85), size * 1.1, size * 0.16), "#12060a", 0.5, blur=1.4)
    c.line(oval((x, y - size * 0.7), size * 0.72, size * 0.8, 0, 180, 360), size * 0.12, "#6f86b0")
    c.cut(
        smooth(
            [
                (x - size * 0.8, y - size * 0.1),
                (x - size * 1.4, y - size * 0.5),
                (x - size * 1.5, y - size * 0.44),
                (x - size * 1.2, y + size * 0.2),
                (x - size * 0.8, y + size * 0.4),
            ],
            closed=True,
        ),
        "#dfe8f2",
        "#8fa2c2",
    )
    body = oval(at, size, size * 0.86)
    c.cut(body, "#f2f6fa", "#93a6c6", shadow=0.8)
    c.shade(body, oval((x + size * 0.5, y + size * 0.5), size * 0.8, size * 0.6), "#2a3a63", 0.45, size * 0.2)
    for k in range(5):
        a = radians(k * 72 - 90)
        c.cut(oval((x + size * 0.26 * cos(a), y + size * 0.26 * sin(a)), size * 0.14, size * 0.14), "#4f6fae")
    c.cut(oval((x, y - size * 0.8), size * 0.46, size * 0.13), "#dfe8f2", "#a9bad4")
    c.dot((x, y - size * 0.96), size * 0.1, "#6f86b0")


def sign_moon(c: Canvas) -> None:
    """Sign 1: crisp edges, a half moon pressed on top."""
    cloth(c, "#7d2f2c", "#5a1d1e", "#d98a5a")
    c.cut(box(20, 22, 80, 82, 1.5), *CAKE, shadow=2.4)
    c.cut(box(20, 22, 80, 24.4, 1), "#fff3c4")
    c.cut(box(77.6, 23, 80, 82, 1), "#b98a30")
    c.cut(crescent((48, 54), 20), "#c99a3a", "#e3bd62")
    c.cut([(x - 0.9, y - 0.9) for x, y in crescent((48.6, 54.6), 18.4)], "#efcf7a", "#f7e09a")
    for place in scatter(c, (50, 52), 28, 28, 150):
        c.dot(place, c.random(0.12, 0.3), mix("#c9962f", "#fff3c4", c.random(0, 1)))


def sign_broken(c: Canvas) -> None:
    """Sign 2: the sandy inside of a broken cake."""
    cloth(c, "#33406b", "#222c52", "#8f9bcc")
    left: Outline = [(10, 32), (44, 28), (42, 40), (47, 50), (41, 62), (45, 74), (12, 78)]
    right: Outline = [(60, 26), (92, 30), (90, 78), (58, 74), (54, 62), (60, 50), (55, 40)]
    for half in (left, right):
        c.cut(half, *CAKE, shadow=2)
    for edge, sign in ((left[1:6], -1), (right[3:7] + right[:1], 1)):
        for x, y in smooth(edge, steps=26):
            for _ in range(5):
                depth = c.random(0, 6)
                c.dot(
                    (x + sign * depth, y + c.random(-1, 1)),
                    c.random(0.3, 0.8),
                    mix("#fff1bd", "#d3a441", c.random(0, 1)),
                )
    for place in scatter(c, (51, 82), 24, 9, 70):
        c.dot(place, c.random(0.25, 1.0), mix("#fbe6a4", "#cf9f3c", c.random(0, 1)))


def _bar(c: Canvas, at: Point, angle: float, size: float) -> None:
    """Ten cakes in foil, the end folded like a fan."""
    body = placed(box(-1, -0.2, 1, 0.2, 0.03), at, angle, size)
    c.cut(body, "#f3f4f6", "#a9afba", shadow=1.4)
    for k in range(1, 10):
        x = -1 + k * 0.2
        c.line(placed([(x, -0.2), (x, 0.2)], at, angle, size), 0.22, "#9aa1ae")
        c.line(placed([(x + 0.03, -0.18), (x + 0.03, 0.18)], at, angle, size), 0.16, "#ffffff")
    c.cut(placed(box(-0.5, -0.21, 0.5, 0.21), at, angle, size), *RED)
    c.cut(placed(crescent((0, 0), 0.12), at, angle, size), "#f7d678")
    for side in (-1, 1):
        for k in range(6):
            y0, y1 = -0.2 + k * 0.0667, -0.2 + (k + 1) * 0.0667
            fold = [(side * 1.0, y0), (side * 1.16, y0 * 0.35), (side * 1.16, y1 * 0.35), (side * 1.0, y1)]
            c.cut(placed(fold, at, angle, size), "#dfe2e8" if k % 2 else "#b4bac6")


def sign_foil(c: Canvas) -> None:
    """Sign 3: foil bars with folded ends."""
    cloth(c, "#e9d3a0", "#cfae6c", "#8f6a2c")
    for y, angle in ((24, -8), (50, 4), (76, -5)):
        _bar(c, (50, y), angle, 36)


def step_roast(c: Canvas) -> None:
    """Step 1: beans in a pan over a low fire, some split and yellow."""
    c.sky("#f0d9ac", "#d8a968", "#8a5532")
    fire(c, (67, 92), 52, "#ff8a3a")
    c.cut(oval((67, 56), 52, 27), "#5a5350", "#2a2523", shadow=2)
    c.cut(oval((67, 54), 48, 23), "#26211f", "#453d39")
    c.cut(box(116, 50, 140, 56, 2), "#6b4a33", "#45301f", shadow=0.8)
    for place in scatter(c, (67, 54), 40, 17, 190):
        tone = mix("#6f8f3a", "#e3c45a", 1.0 if c.random(0, 1) > 0.72 else c.random(0, 0.35))
        bean(c, place, 2.1, c.random(0, 180), tone)
    steam(c, (67, 40), 30, 3, strength=0.35)


def step_stir(c: Canvas) -> None:
    """Step 2: golden dough stirred in a bowl, sugar and oil beside it."""
    cloth(c, "#8a3a35", "#652525", "#dc9a6a")
    c.cut(oval((56, 52), 44, 43), "#eef2f6", "#a9b6c6", shadow=2.4)
    c.cut(oval((56, 52), 38, 37), "#d9a840", "#f6dc8a")
    swirl = [(56 + t * 0.42 * cos(t / 6.2), 52 + t * 0.41 * sin(t / 6.2)) for t in range(84)]
    for k, tone in enumerate(("#c9962f", "#fbeab0")):
        c.line([(x + k * 1.2, y - k * 1.2) for x, y in smooth(swirl, steps=2)], 1.5 - k * 0.6, tone)
    c.cut(placed(oval((0, 0), 5, 9), (62, 46), 38), "#b07a42", "#80522a", shadow=0.8)
    c.taper([(66, 40), (100, 2)], 2.2, 3.0, "#a06c38")
    c.cut(oval((114, 34), 13, 13), "#f6f8fa", "#c4cdd8", shadow=1.4)
    c.cut(
        smooth([(103, 36), (108, 28), (115, 25), (121, 29), (125, 36), (114, 42)], closed=True),
        "#ffffff",
        "#dfe3e6",
    )
    c.cut(oval((114, 74), 11, 11), "#f6f8fa", "#c4cdd8", shadow=1.4)
    c.cut(oval((114, 74), 8.6, 8.6), "#f3d050", "#d9a92a")
    c.veil(oval((111, 71), 2.6, 1.3, -30), "#ffffff", 0.8)


def step_press(c: Canvas) -> None:
    """Step 3: the wooden mould, fresh squares, foil."""
    boards(c, "#6a3326", "#471d15", 6)
    c.cut(placed(box(-26, -26, 26, 26, 2), (38, 48), -6), "#b98450", "#835528", shadow=2.2)
    c.cut(placed(box(-6, 26, 6, 48, 3), (38, 48), -6), "#a8733f", "#754a22", shadow=1.4)
    for i in range(3):
        for j in range(3):
            cell = placed(
                box(-22 + i * 15.2, -22 + j * 15.2, -8.6 + i * 15.2, -8.6 + j * 15.2, 0.8), (38, 48), -6
            )
            c.cut(cell, "#5f3a1a", "#8a5a2c")
            if i + j != 4:
                spot = placed([(-15.3 + i * 15.2, -15.3 + j * 15.2)], (38, 48), -6)[0]
                c.cut(placed(box(-6, -6, 6, 6, 0.6), spot, -6), *CAKE)
                c.cut(crescent(spot, 3.6), "#c99a3a")
    for i in range(3):
        for j in range(2):
            x, y = 84 + i * 17, 24 + j * 18
            c.cut(box(x, y, x + 13, y + 13, 0.6), *CAKE, shadow=1.0)
            c.cut(crescent((x + 6.2, y + 6.8), 3.8), "#c99a3a")
    _bar(c, (104, 74), -6, 21)


SCENES = {
    "hero": hero, "sign-1": sign_moon, "sign-2": sign_broken, "sign-3": sign_foil,
    "step-1": step_roast, "step-2": step_stir, "step-3": step_press,
}  # fmt: skip
