"""Vải thiều Lục Ngạn: ripe red, leaf green, the cool hour before sunrise."""

from math import cos, radians, sin

from ocop.trace.illustrative.art.canvas import Canvas, mix
from ocop.trace.illustrative.art.motifs import basket, boards, cloth, hill, moon, plant_leaf, scatter, sun
from ocop.trace.illustrative.art.shapes import Outline, Point, box, oval, placed, smooth

LEAF = ("#6f9f4a", "#2f6136")
RED = ("#e2574c", "#a81f2d")


def _scale(at: Point, wide: float, tall: float) -> Outline:
    """A six-sided scale of the skin."""
    x, y = at
    return [
        (x, y - tall), (x + wide, y - tall * 0.45), (x + wide, y + tall * 0.45), (x, y + tall),
        (x - wide, y + tall * 0.45), (x - wide, y - tall * 0.45),
    ]  # fmt: skip


def fruit(c: Canvas, at: Point, r: float, shadow: float = 0.5, scales: int = 5) -> None:
    """One lychee: red, with flat scales in rows and a soft gleam."""
    body = oval(at, r, r * 1.06)
    c.cut(body, *RED, shadow=shadow)
    pale, dark = mix(RED[0], "#ffb09a", 0.3), mix(RED[1], "#3a0610", 0.2)
    step = 150 / (2 * scales)
    for row in range(-scales, scales + 1):
        y = sin(radians(row * 84 / (scales + 0.5)))
        half = (1 - y * y) ** 0.5
        for k in range(2 * scales + row % 2):
            turn = radians(-75 + step * (k + 0.5 - 0.5 * (row % 2)))
            wide, tall = r * half * cos(turn) * radians(step) * 0.46, r * half * 0.8 / scales
            spot = (at[0] + r * half * sin(turn), at[1] + r * 1.03 * y)
            tone = mix(*RED, 0.5 + 0.5 * y)
            c.cut(_scale(spot, wide, tall), mix(tone, dark, 0.55))
            c.cut(
                _scale((spot[0] - wide * 0.12, spot[1] - tall * 0.16), wide * 0.78, tall * 0.74),
                mix(tone, pale, 0.45),
            )
    c.shade(body, oval((at[0] + r * 0.5, at[1] + r * 0.6), r, r * 0.8), "#4a0512", 0.5, r * 0.22)
    c.veil(
        oval((at[0] - r * 0.36, at[1] - r * 0.42), r * 0.26, r * 0.16, -30),
        "#ffe0d4",
        0.5,
        blur=max(0.3, r * 0.06),
    )


def cluster(c: Canvas, at: Point, r: float, shadow: float = 0.5) -> None:
    """A hanging cluster below its bough."""
    x, y = at
    spots = [
        (-1.5, 1.6),
        (1.5, 1.5),
        (0, 1.2),
        (-2.4, 3.0),
        (2.5, 2.9),
        (-0.8, 2.9),
        (0.9, 3.1),
        (-1.7, 4.4),
        (1.7, 4.4),
        (0, 4.7),
        (0.1, 6.1),
    ]
    for dx, dy in spots:
        c.line(
            smooth([(x, y), (x + dx * r * 0.4, y + dy * r * 0.5), (x + dx * r, y + dy * r)]),
            r * 0.1,
            "#7a5a35",
        )
    for dx, dy in spots:
        fruit(c, (x + dx * r, y + dy * r), r, shadow, 4)


def spray(c: Canvas, at: Point, size: float, angles: tuple[float, ...]) -> None:
    """Leaves that fan out from one place."""
    for angle in angles:
        plant_leaf(c, at, size, size * 0.28, angle, *LEAF, bend=0.1 if angle < 90 else -0.1, shadow=0.6)


def _tree(c: Canvas, at: Point, r: float) -> None:
    """A round orchard tree whose red shows at its edges."""
    for dx, dy, share in ((-0.75, 0.15, 0.75), (0.75, 0.15, 0.75), (0, -0.3, 1.0)):
        crown = (at[0] + dx * r, at[1] + dy * r)
        c.cut(oval(crown, r * share, r * share * 0.85), mix("#6b9f48", "#4a8440", c.random(0, 1)), "#2f6438")
    for _ in range(16):
        turn, reach = radians(c.random(10, 170)), c.random(0.55, 1.15)
        c.dot((at[0] + r * reach * cos(turn), at[1] + r * 0.62 * reach * sin(turn)), r * 0.08, "#d5493c")


def hero(c: Canvas) -> None:
    """A ripe branch before the hills of June."""
    c.sky("#bfe0e0", "#e6efd0", "#f7eec4")
    sun(c, (22, 20), 7, "#f7c25a", "#fffbe2")
    hill(c, 58, 8, 2.0, 0.5, "#b3cda0", "#9dc08a")
    hill(c, 66, 6, 2.7, 2.4, "#86b06a", "#6f9f58")
    for row in range(6):
        base, r = 70 + row * 6.4, 1.7 + row * 0.6
        hill(c, base, 1.6, 1.5, row, mix("#9cc472", "#6b9f4e", row / 6), "#5a8f45")
        for x in range(-2, int(c.w) + 6, int(r * 3.4) + 1):
            _tree(c, (x + (row % 2) * r * 1.7, base - r * 0.3), r)
    bough = smooth([(c.w + 4, -6), (112, 6), (92, 12), (70, 12), (52, 18)])
    c.taper(bough, 3.4, 1.0, "#6b4a2f")
    spray(c, (100, 10), 32, (150, 100, 60, 200))
    spray(c, (72, 12), 30, (165, 205, 120, 240))
    spray(c, (54, 17), 26, (200, 150, 110))
    cluster(c, (102, 12), 5.4)
    cluster(c, (70, 14), 6.6, 0.8)


def sign_skin(c: Canvas) -> None:
    """Sign 1: red skin with low bumps."""
    c.sky("#f3ecd2", "#cfdca8")
    plant_leaf(c, (6, 22), 60, 22, -8, *LEAF, shadow=1)
    plant_leaf(c, (96, 14), 46, 18, 150, *LEAF, shadow=1)
    c.taper([(54, -4), (52, 18)], 2.4, 1.8, "#7a5a35")
    fruit(c, (51, 56), 38, 2.2, 8)


def sign_flesh(c: Canvas) -> None:
    """Sign 2: clear white flesh under an opened skin."""
    cloth(c, "#dfe9d0", "#bfd3a6", "#6f8f58")
    fruit(c, (26, 30), 19, 1.5, 6)
    c.veil(oval((60, 90), 32, 6), "#1d1410", 0.4, blur=2)
    body = oval((58, 60), 31, 33)
    c.cut(body, "#fffefa", "#dcd9d4", shadow=1.6)
    c.shade(body, oval((72, 76), 26, 24), "#a9a29c", 0.5, 6)
    c.veil(oval((46, 46), 9, 5, -35), "#ffffff", 0.9, blur=1.4)
    cup = smooth(
        [
            (26, 62),
            (34, 74),
            (46, 70),
            (58, 78),
            (70, 71),
            (82, 76),
            (90, 62),
            (86, 84),
            (72, 96),
            (52, 98),
            (34, 90),
        ],
        closed=True,
    )
    c.cut(cup, *RED, shadow=1.0)
    for place in scatter(c, (58, 86), 24, 7, 40):
        c.line(oval(place, 1.6, 1.3, 0, 200, 340), 0.3, "#f08a78")


def sign_stone(c: Canvas) -> None:
    """Sign 3: small stones beside a halved fruit."""
    cloth(c, "#f3e6cb", "#dcc69c", "#8f7445")
    c.cut(oval((40, 44), 34, 35), *RED, shadow=1.8)
    c.cut(oval((40, 44), 31, 32), "#fffdf8", "#e4e0da")
    c.cut(oval((40, 45), 9, 13), "#8a4a26", "#4f2410", shadow=0.6)
    c.veil(oval((37, 40), 2, 4, 15), "#ffffff", 0.6, blur=0.6)
    for x, y, r, turn in ((78, 34, 8, 20), (80, 62, 5.4, -20), (62, 84, 3.0, 0), (36, 90, 6.4, 60)):
        c.cut(oval((x, y), r * 0.72, r, turn), "#8f5029", "#451f0d", shadow=1.0)
        c.veil(oval((x - r * 0.2, y - r * 0.35), r * 0.14, r * 0.3, turn), "#ffe6cc", 0.7, blur=0.5)


def step_cut(c: Canvas) -> None:
    """Step 1: clusters under the last moonlight."""
    c.sky("#22305a", "#4a4f7d", "#c9879a", "#f2b48a")
    moon(c, (108, 18), 7)
    for _ in range(50):
        c.dot((c.random(0, c.w), c.random(0, 40)), c.random(0.1, 0.26), "#f3eed8")
    hill(c, 74, 7, 2.1, 1.0, "#4d5a6b", "#3a4a55")
    hill(c, 86, 5, 1.6, 3.0, "#2f4a44", "#22382f")
    c.taper(smooth([(-4, 4), (24, 14), (52, 18), (78, 26)]), 3.2, 1.0, "#4a3526")
    spray(c, (30, 16), 28, (20, 70, 130, -20))
    spray(c, (60, 20), 26, (10, 60, 120, -30))
    c.glow((58, 52), 40, "#ffd98a", 0.5)
    cluster(c, (36, 18), 5.6)
    cluster(c, (66, 24), 5.0)


def step_cool(c: Canvas) -> None:
    """Step 2: fruit in cold water."""
    boards(c, "#9aa79a", "#6f7f78", 6)
    c.cut(oval((67, 52), 56, 43), "#d5dadb", "#98a3a6", shadow=2.4)
    c.cut(oval((67, 52), 52, 39.5), "#4f93a3", "#8fc9cf")
    for place in scatter(c, (67, 54), 40, 28, 46):
        fruit(c, place, c.random(4.8, 6), 0.4, 4)
    c.veil(oval((67, 52), 52, 39.5), "#8fd0dc", 0.22)
    for x, y, r in ((40, 36, 9), (88, 44, 12), (60, 70, 8), (100, 62, 6)):
        c.line(oval((x, y), r, r * 0.55, 0, 190, 330), 0.4, "#e8fbfb")
        c.line(oval((x, y), r * 0.6, r * 0.32, 0, 190, 330), 0.3, "#e8fbfb")
    plant_leaf(c, (92, 24), 20, 7, 30, *LEAF, shadow=0.4)


def step_pack(c: Canvas) -> None:
    """Step 3: a full basket, its card tied to the handle."""
    c.sky("#fbe9c4", "#f3d49a", "#d9b070")
    boards_edge = box(-2, 78, c.w + 2, 102)
    c.cut(boards_edge, "#a87a4a", "#7a5430", shadow=0.8)
    c.line(oval((67, 52), 40, 46, 0, 180, 360), 3.0, "#a87a3f")
    c.line(oval((67, 52), 40, 46, 0, 180, 360), 1.0, "#d9b070")
    for angle in (200, 225, 320, 345, 180, 0):
        plant_leaf(c, (67 + 34 * cos(radians(angle)), 46), 24, 8, angle, *LEAF, shadow=0.6)
    c.cut(oval((67, 54), 44, 9), "#6b4a28")
    for place in scatter(c, (67, 48), 38, 10, 70):
        fruit(c, place, c.random(5, 6.2), 0.5, 4)
    basket(c, (67, 54), 92, 38)
    c.line(smooth([(96, 22), (102, 32), (106, 42)]), 0.5, "#8a6a3c")
    c.cut(placed(box(-8, 0, 8, 22, 1), (107, 41), 10), "#fffaf0", "#efe2c8", shadow=1.2)
    for k in range(4):
        c.line(placed([(-5, 6 + k * 3.6), (5 - k, 6 + k * 3.6)], (107, 41), 10), 0.5, "#b0906a")


SCENES = {
    "hero": hero, "sign-1": sign_skin, "sign-2": sign_flesh, "sign-3": sign_stone,
    "step-1": step_cut, "step-2": step_cool, "step-3": step_pack,
}  # fmt: skip
