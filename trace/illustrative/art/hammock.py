"""Võng gai Giai Xuân: straw-coloured fibre, ramie green, clay shade."""

from itertools import pairwise
from math import hypot

from ocop.trace.illustrative.art.canvas import Canvas, Colour, mix
from ocop.trace.illustrative.art.motifs import boards, cloth, hill, plant_leaf, sun
from ocop.trace.illustrative.art.shapes import Point, box, leaf, oval, placed, smooth

STRAW = "#e3c583"


def rope(c: Canvas, path: list[Point], width: float, colour: Colour = STRAW, twist: float = 1.1) -> None:
    """A twisted cord: a stroke with slanting strands laid on it."""
    c.line([(x + width * 0.15, y + width * 0.25) for x, y in path], width, mix(colour, "#3a2410", 0.6))
    c.line(path, width, colour)
    total = _length(path)
    strands = max(2, int(total / (width * twist)))
    for k in range(strands):
        (x0, y0), (x1, y1) = (
            _along(path, k / strands),
            _along(path, min(1.0, k / strands + 0.85 * width / total)),
        )
        dx, dy = x1 - x0, y1 - y0
        size = max((dx * dx + dy * dy) ** 0.5, 1e-6)
        nx, ny = -dy / size * width * 0.42, dx / size * width * 0.42
        c.line(
            [(x0 + nx, y0 + ny), (x1 - nx, y1 - ny)],
            width * min(0.16, 0.3 * twist),
            mix(colour, "#6b4a22", 0.5),
        )


def _length(path: list[Point]) -> float:
    return sum(hypot(b[0] - a[0], b[1] - a[1]) for a, b in pairwise(path))


def _along(path: list[Point], share: float) -> Point:
    """The point at `share` of a path's steps."""
    spot = share * (len(path) - 1)
    i = min(int(spot), len(path) - 2)
    t = spot - i
    return path[i][0] + (path[i + 1][0] - path[i][0]) * t, path[i][1] + (path[i + 1][1] - path[i][1]) * t


def ramie(c: Canvas, at: Point, height: float, lean: float = 0.0) -> None:
    """A ramie plant: a stem with broad leaves, pale below."""
    stem = smooth([at, (at[0] + lean * 0.4, at[1] - height * 0.5), (at[0] + lean, at[1] - height)])
    c.taper(stem, height * 0.03, height * 0.015, "#6b7f3f")
    for k in range(7):
        spot = _along(stem, 0.25 + 0.75 * k / 6)
        side = 1 if k % 2 else -1
        size = height * (0.34 - 0.022 * k)
        angle = -20 if side > 0 else 200
        plant_leaf(
            c, spot, size, size * 0.6, angle, "#8fb565", "#45763c", bend=0.12 * side, shadow=0.4, veins=3
        )


def hero(c: Canvas) -> None:
    """A hammock between two posts, hills behind."""
    c.sky("#f9e6bd", "#f3d9a4", "#e8cf9c")
    sun(c, (98, 22), 6, "#f4b15c", "#fff6da")
    hill(c, 44, 8, 2.3, 0.9, "#c9c79b", "#b9bd8c")
    hill(c, 54, 6, 1.9, 2.8, "#9db070", "#86a05e")
    hill(c, 66, 4, 1.4, 4.6, "#749550", "#5b8043")
    for foot in (34, 46, 58, 72, 84, 97):
        ramie(c, (foot, 76 + c.random(-2, 2)), 17, c.random(-2, 2))
    c.cut(box(-2, 76, c.w + 2, 102), "#c59a68", "#8d663f", shadow=0.6)
    for k in range(1, 4):
        c.line([(-2, 76 + k * 7), (c.w + 2, 76 + k * 7)], 0.25, "#7d5836")
    c.veil(oval((67, 92), 46, 4), "#2a1a0c", 0.4, blur=2.5)
    _sling(c, (17, 30), (c.w - 17, 30), 46)
    for x in (10, c.w - 18):
        c.cut(box(x, -2, x + 8, 100), "#8d5f3c", "#5f3d25", shadow=1.6)
        c.veil(box(x + 1, -2, x + 2.4, 100), "#ffffff", 0.16)
        for dy in (-1.6, 0, 1.6):
            rope(c, [(x - 0.8, 29 + dy), (x + 8.8, 30 + dy)], 1.3)
    c.cut(box(-2, -2, c.w + 2, 6), "#a87a4c", "#7d5530", shadow=1.2)
    for k in range(70):
        x = k * 2.0 - 2
        c.cut(
            [(x, 5), (x + 2.4, 5), (x + 2.0, 9 + c.random(0, 4)), (x + 0.4, 8 + c.random(0, 4))],
            "#c9a360",
            "#a07c42",
        )


def _sling(c: Canvas, left: Point, right: Point, sag: float) -> None:
    """The net itself: two hems and diamonds between them, gathered at both ends."""
    count, rows = 34, 9

    def knot(i: int, row: float) -> Point:
        t = i / count
        x = left[0] + (right[0] - left[0]) * t
        belly = 4 * t * (1 - t)
        return x, left[1] + sag * belly - belly**0.8 * 24 * (1 - row / rows)

    back = [knot(i, 0) for i in range(count + 1)]
    front = [knot(i, rows) for i in range(count + 1)]
    c.veil([*back, *reversed(front)], "#7a5628", 0.35)
    for i in range(count):
        for row in range(rows):
            if (i + row) % 2 == 0:
                continue
            a, b = knot(i, row), knot(i + 1, row + 1)
            c.line([a, b], 0.55, mix(STRAW, "#a8803f", 0.25 + 0.04 * row))
            a, b = knot(i, row + 1), knot(i + 1, row)
            c.line([a, b], 0.55, mix(STRAW, "#fff1cc", 0.25))
    rope(c, back, 1.2, "#cba55f")
    rope(c, front, 1.6, "#efd699")


def sign_fibre(c: Canvas) -> None:
    """Sign 1: evenly twisted cords from near."""
    c.sky("#8a6a48", "#5f452d")
    for k in range(-4, 8):
        y = 4 + k * 13
        rope(
            c,
            smooth([(-6, y + 26), (30, y + 16), (66, y + 4), (106, y - 10)]),
            11.5,
            mix(STRAW, "#c9a15c", (k % 3) / 4),
            0.42,
        )
    c.veil(box(-5, -5, 105, 22), "#ffffff", 0.16, blur=8)


def sign_mesh(c: Canvas) -> None:
    """Sign 2: diamond meshes."""
    c.sky("#6f9160", "#4f7549")
    for k in range(-4, 9):
        for strand in (-1.5, 0, 1.5):
            rope(c, [(k * 17 + strand, -6), (k * 17 + 56 + strand, 106)], 1.9, "#d9b871", 1.2)
    for k in range(-1, 12):
        for strand in (-1.5, 0, 1.5):
            rope(c, [(k * 17 + strand, -6), (k * 17 - 56 + strand, 106)], 1.9, "#ecd49a", 1.2)
    for row in range(8):
        for k in range(-1, 8):
            at = (17 * (k + 0.5 * (row % 2)), -6 + 17.0 * row)
            c.cut(oval(at, 4.6, 4.2), "#f3dfae", "#c9a35c", shadow=0.6)
            for turn in (-28, 28):
                c.line(placed([(-3.2, 0), (3.2, 0)], at, turn), 0.4, "#a8803f")


def sign_loop(c: Canvas) -> None:
    """Sign 3: the plaited end loop on a peg."""
    boards(c, "#a07850", "#75532f", 4)
    c.cut(oval((50, 24), 7, 7), "#5f3d22", "#3a2412", shadow=1.6)
    ring = oval((50, 33), 15, 19)
    for off in (2.4, 0.0, -2.4):
        rope(
            c,
            [(50 + (x - 50) * (1 + off / 15), 33 + (y - 33) * (1 + off / 19)) for x, y in ring],
            3.4,
            mix(STRAW, "#c49a52", 0.2 + off / 12),
            0.8,
        )
    for k in range(11):
        x = 50 + (k - 5) * 2.0
        rope(
            c,
            smooth([(50 + (k - 5) * 1.1, 52), (x, 66), (50 + (k - 5) * 9, 106)]),
            2.2,
            mix(STRAW, "#c49a52", (k % 3) / 4),
            1.0,
        )
    for k in range(4):
        rope(c, oval((50, 51 + k * 3.2), 9.5, 2.2, 0, -10, 190), 3.2, mix("#f0d9a0", "#c49a52", k / 6), 0.7)


def step_strip(c: Canvas) -> None:
    """Step 1: ramie and fibre hung to dry."""
    c.sky("#f6e7c2", "#e4d3a0", "#b9c486")
    hill(c, 72, 5, 1.7, 1.3, "#9db56a", "#7a9a50")
    for foot, tall in ((10, 66), (24, 52), (36, 60)):
        ramie(c, (foot, 100), tall, (20 - foot) * 0.2)
    c.cut(box(50, 16, 130, 19, 1.4), "#9a6f45", "#6f4c2c", shadow=0.8)
    for post in (54, 124):
        c.cut(box(post, 14, post + 3, 102), "#8d653f", "#5f4226", shadow=0.8)
    for k in range(6):
        x = 63 + k * 10.6
        tone = mix("#f3e3b6", "#d2b06a", c.random(0, 0.8))
        tail = 66 + c.random(-4, 6)
        c.cut(
            smooth(
                [
                    (x - 4, 15),
                    (x + 4, 15),
                    (x + 4.6, 45),
                    (x + 3, tail + 8),
                    (x, tail + 14),
                    (x - 3, tail + 8),
                    (x - 4.6, 45),
                ],
                closed=True,
            ),
            tone,
            mix(tone, "#a8803f", 0.5),
            shadow=1.0,
        )
        for s in range(9):
            sx = x - 3.4 + s * 0.85
            c.line(
                smooth([(sx, 17), (sx + c.random(-0.6, 0.6), 44), (x + (sx - x) * 0.7, tail + 8)]),
                0.18,
                mix(tone, "#8a6430", 0.5),
            )


def step_twist(c: Canvas) -> None:
    """Step 2: balls of thread."""
    cloth(c, "#a3583f", "#7d3d2c", "#e0b07a")
    for x, y, r in ((40, 40, 25), (92, 34, 20), (78, 74, 22), (30, 84, 15)):
        c.cut(oval((x, y), r, r), "#f0d9a0", "#b88d48", shadow=2.2)
        for k in range(7):
            turn = k * 27 + x
            for off in range(-4, 5):
                start = 200 if off > 0 else 20
                thread = oval((x, y), r * 0.97, r * abs(off) * 0.18 + 0.3, turn, start, start + 140)
                c.line(thread, 0.3, mix("#c9a055", "#8a6430", c.random(0, 1)))
        c.shade(oval((x, y), r, r), oval((x + r * 0.5, y + r * 0.6), r, r * 0.8), "#3a2410", 0.5, r * 0.2)
    rope(c, smooth([(58, 92), (78, 97), (100, 88), (118, 94), (138, 84)]), 1.2)
    rope(c, smooth([(112, 38), (122, 50), (118, 64), (128, 76)]), 1.2)


def step_weave(c: Canvas) -> None:
    """Step 3: the net growing from its loop."""
    c.sky("#e9d2a6", "#c79f6c", "#94683f")
    c.cut(box(-2, 8, c.w + 2, 14), "#7d5434", "#553620", shadow=1.4)
    c.cut(oval((67, 14), 4, 5), "#3a2412")
    for off in (1.2, -0.6):
        rope(c, [(67 + (x - 67) * (1 + off / 9), y) for x, y in oval((67, 22), 8, 11)], 2.4)
    count, rows = 14, 9

    def knot(row: int, k: int) -> Point:
        """Row by row the net widens and its meshes grow; odd rows lie between the even ones."""
        share = (k + 0.5 * (row % 2)) / count - 0.5
        return 67 + 2 * share * (5 + row * 6.6), 34 + row * 7 - 10 * abs(share) ** 2 * row / rows * 4

    for row in range(rows):
        for k in range(count + 1):
            sides = (k, k - 1) if row % 2 == 0 else (k, k + 1)
            for other in sides:
                inside = 0 <= other <= count - (1 - row % 2) and k <= count - row % 2
                if inside:
                    rope(c, [knot(row, k), knot(row + 1, other)], 1.1, mix(STRAW, "#f7e6b8", 0.3))
    c.cut(leaf((124, 66), 24, 5, -150, 0), "#8d5f38", "#5f3d22", shadow=0.8)


SCENES = {
    "hero": hero, "sign-1": sign_fibre, "sign-2": sign_mesh, "sign-3": sign_loop,
    "step-1": step_strip, "step-2": step_twist, "step-3": step_weave,
}  # fmt: skip
