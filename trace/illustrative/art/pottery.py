"""Gốm Bến Mây, hư cấu: jade crackle glaze, bare clay, kiln fire."""

from math import cos, pi, radians, sin

from ocop.trace.illustrative.art.canvas import Canvas, Colour, mix
from ocop.trace.illustrative.art.motifs import boards, fire, table
from ocop.trace.illustrative.art.shapes import Outline, Point, box, mirrored, oval, placed, smooth

JADE = ("#b9d3bd", "#6f9f8f")
CLAY = ("#d9b48a", "#a87a52")


def _profile(at: Point, height: float, shape: str) -> Outline:
    """The right half of a vase that stands at `at`."""
    x, y = at
    forms = {
        "plum": [
            (0.13, 1.0),
            (0.11, 0.94),
            (0.12, 0.9),
            (0.3, 0.78),
            (0.34, 0.62),
            (0.26, 0.35),
            (0.17, 0.1),
            (0.18, 0.0),
        ],
        "gourd": [
            (0.1, 1.0),
            (0.07, 0.9),
            (0.08, 0.78),
            (0.12, 0.62),
            (0.3, 0.38),
            (0.34, 0.22),
            (0.26, 0.06),
            (0.22, 0.0),
        ],
        "bowl": [(0.34, 1.0), (0.3, 0.93), (0.38, 0.74), (0.44, 0.5), (0.36, 0.2), (0.22, 0.05), (0.23, 0.0)],
    }
    half = [(x + height * dx, y - height * dy) for dx, dy in forms[shape]]
    return smooth(half, steps=6)


def crackle(c: Canvas, inside: Outline, count: int, colour: Colour, width: float) -> None:
    """A net of cracks within an outline: lines between neighbours of a jittered lattice."""
    left, right = min(x for x, _ in inside), max(x for x, _ in inside)
    upper, lower = min(y for _, y in inside), max(y for _, y in inside)
    rows = max(3, round(count * (lower - upper) / max(right - left, 1)))
    dx, dy = (right - left) / count, (lower - upper) / rows
    knots = [
        [
            (left + (i + c.random(-0.42, 0.42)) * dx, upper + (j + c.random(-0.42, 0.42)) * dy)
            for i in range(count + 1)
        ]
        for j in range(rows + 1)
    ]
    for j in range(rows + 1):
        for i in range(count + 1):
            for i2, j2 in ((i + 1, j), (i, j + 1)):
                if i2 <= count and j2 <= rows and c.random(0, 1) < 0.8:
                    a, b = knots[j][i], knots[j2][i2]
                    if _within(inside, a) and _within(inside, b):
                        middle = (
                            (a[0] + b[0]) / 2 + c.random(-0.12, 0.12) * dx,
                            (a[1] + b[1]) / 2 + c.random(-0.12, 0.12) * dy,
                        )
                        c.line([a, middle, b], width, colour)


def _within(outline: Outline, at: Point) -> bool:
    """Whether `at` lies inside `outline` (even-odd rule)."""
    inside = False
    for (x0, y0), (x1, y1) in zip(outline, [*outline[1:], outline[0]], strict=True):
        if (y0 > at[1]) != (y1 > at[1]) and at[0] < (x1 - x0) * (at[1] - y0) / (y1 - y0) + x0:
            inside = not inside
    return inside


def vase(
    c: Canvas, at: Point, height: float, shape: str, colours: tuple[Colour, Colour] = JADE, cracks: int = 9
) -> None:
    """A glazed vase with its bare foot; `cracks` = 0 leaves it raw."""
    half = _profile(at, height, shape)
    body = mirrored(half, at[0])
    wide = max(x for x, _ in half) - at[0]
    mouth, foot = half[0][0] - at[0], half[-1][0] - at[0]
    c.veil(oval((at[0] + wide * 0.3, at[1]), wide * 1.1, height * 0.045), "#1d1410", 0.5, blur=1.6)
    c.cut(body, *colours, shadow=1.2)
    if cracks:
        crackle(c, body, cracks, mix(colours[1], "#3a4a40", 0.55), 0.17)
    c.shade(
        body, box(at[0] + wide * 0.4, at[1] - height, at[0] + wide * 1.3, at[1]), "#15352f", 0.45, wide * 0.22
    )
    c.shade(
        body,
        box(at[0] - wide * 0.7, at[1] - height * 0.85, at[0] - wide * 0.45, at[1] - height * 0.3),
        "#ffffff",
        0.55,
        wide * 0.09,
    )
    ring = mirrored([(at[0] + foot * 1.02, at[1] - height * 0.03), (at[0] + foot * 0.94, at[1])], at[0])
    c.cut(ring, *CLAY)
    lip, depth = ("#7a4a2a", ("#2b3a35", "#4d635b")) if cracks else (colours[1], ("#6b4a30", "#96704c"))
    c.cut(oval((at[0], at[1] - height), mouth, mouth * 0.26), mix(colours[0], lip, 0.55), lip)
    c.cut(oval((at[0], at[1] - height * 0.998), mouth * 0.84, mouth * 0.19), *depth)


def _branch(c: Canvas, path: list[Point], width: float, blossoms: int) -> None:
    """A bare branch with red blossom."""
    limb = smooth(path)
    c.taper(limb, width, width * 0.35, "#4f3222")
    for k in range(blossoms):
        at = limb[int((k + 1.5) * len(limb) / (blossoms + 2))]
        at = (at[0] + c.random(-3.5, 3.5), at[1] + c.random(-3.5, 3.5))
        size = c.random(1.5, 2.6)
        for petal in range(5):
            turn = radians(petal * 72 + k * 20)
            c.cut(oval((at[0] + size * 0.7 * cos(turn), at[1] + size * 0.7 * sin(turn)), size * 0.62, size * 0.62),
                  "#d9483b", "#b22f2f", shadow=0.12)  # fmt: skip
        c.dot(at, size * 0.28, "#f7cf6a")


def hero(c: Canvas) -> None:
    """Three vases on a shelf."""
    c.sky("#efdfc6", "#dcc19b", "#c9a67b")
    c.glow((34, 20), 60, "#fff7e4", 0.8)
    table(c, 80, "#8d5c39", "#553219")
    _branch(c, [(58, 26), (66, 14), (82, 12), (100, 2), (112, 6)], 1.5, 11)
    _branch(c, [(60, 26), (56, 12), (44, 6), (36, -2)], 1.1, 6)
    vase(c, (96, 84), 44, "bowl", ("#c3d6b0", "#7f9f78"), 11)
    vase(c, (27, 84), 58, "gourd", ("#bcd0cf", "#6f9aa0"), 9)
    vase(c, (60, 90), 66, "plum", JADE, 10)


def sign_crackle(c: Canvas) -> None:
    """Sign 1: the net of cracks, finer towards the neck."""
    c.sky("#a9c9b3", "#86b09f", "#6a9788")
    crackle(c, box(-4, -4, 104, 36), 17, "#3f5f55", 0.34)
    crackle(c, box(-6, 34, 106, 106), 9, "#35544b", 0.5)
    c.veil(box(8, -5, 24, 105), "#ffffff", 0.4, blur=5)
    c.veil(box(78, -5, 110, 105), "#12302a", 0.5, blur=9)


def sign_foot(c: Canvas) -> None:
    """Sign 2: the bare foot with its spiral and mark."""
    boards(c, "#b98a5e", "#8d6340", 4)
    c.cut(oval((50, 50), 42, 42), *JADE, shadow=2.4)
    crackle(c, oval((50, 50), 42, 42), 11, "#4f6f63", 0.22)
    c.cut(oval((50, 50), 33, 33), "#e3c39b", "#b98d62", shadow=0.8)
    c.cut(oval((50, 50), 27, 27), "#b28a60", "#d9b68c")
    spiral = [(50 + t * 0.27 * cos(t / 3.4), 50 + t * 0.27 * sin(t / 3.4)) for t in range(88)]
    c.line(smooth(spiral, steps=3), 0.6, "#94683f")
    c.line(oval((50, 50), 9, 9, -60, 20, 160), 1.5, "#5f3b20")
    c.line([(50 + 9 * cos(radians(a)), 50 + 9 * sin(radians(a))) for a in (-40, 100)], 0.8, "#5f3b20")
    for place in _grains(c):
        c.dot(place, c.random(0.15, 0.4), mix("#8a6038", "#f0d9b4", c.random(0, 1)))


def _grains(c: Canvas) -> list[Point]:
    """Grains of bare clay on the ring of the foot."""
    return [
        (50 + r * cos(a), 50 + r * sin(a))
        for r, a in ((c.random(27.5, 32.5), c.random(0, 2 * pi)) for _ in range(160))
    ]


def sign_lip(c: Canvas) -> None:
    """Sign 3: the thin brown rim."""
    c.sky("#efdfc6", "#cda97c")
    half = smooth([(78, 34), (72, 46), (70, 60), (84, 82), (106, 108)])
    body = mirrored(half, 50)
    c.cut(body, "#c0d8c2", "#7fae9d", shadow=2.0)
    crackle(c, body, 13, "#4f6f63", 0.26)
    c.shade(body, box(68, 20, 120, 110), "#15352f", 0.5, 6)
    c.veil(box(26, 50, 31, 98, 2), "#ffffff", 0.45, blur=1.5)
    c.cut(oval((50, 34), 28, 11), "#9a5f34", "#6b3d1f", shadow=0.8)
    c.cut(oval((50, 34.6), 25.4, 9.2), "#24352f", "#54736a")


def step_throw(c: Canvas) -> None:
    """Step 1: raw clay on the wheel."""
    c.sky("#ecdab9", "#dcc096", "#c9a476")
    table(c, 90, "#96704c", "#6b4a30")
    c.veil(oval((68, 95), 52, 5), "#1d1410", 0.5, blur=2)
    c.cut(box(56, 82, 80, 104), "#6b4a33", "#3f2a1c")
    c.cut(oval((68, 84), 46, 12), "#5d4230", "#3d2a1d", shadow=1.4)
    c.cut(oval((68, 80), 46, 12), "#a98660", "#84623f", shadow=0.6)
    for r in (40, 32, 26):
        c.line(oval((68, 80), r, r * 0.26), 0.3, "#c9a67c")
    vase(c, (68, 82), 60, "plum", ("#e6cdb0", "#b38c68"), 0)
    profile = _profile((68, 82), 60, "plum")
    for x, y in profile[14:-4:3]:
        c.line(oval((68, y), (x - 68) * 0.97, 2.2, 0, 12, 168), 0.25, "#a07a56")
    for x, y in ((18, 98), (119, 97)):
        c.cut(
            smooth([(x - 12, y), (x - 9, y - 9), (x, y - 12), (x + 10, y - 8), (x + 12, y)], closed=True),
            "#dcbf9c",
            "#a88058",
            shadow=1.0,
        )


def step_glaze(c: Canvas) -> None:
    """Step 2: ash glaze poured over the vase."""
    c.sky("#d6dfd0", "#b3c4b0", "#8ea58f")
    table(c, 84, "#9a7452", "#6b4a30")
    c.cut(box(24, 82, 112, 92, 3), "#6f4f38", "#4a3222", shadow=1.4)
    vase(c, (68, 84), 58, "plum", ("#e6cdb0", "#b38c68"), 0)
    flow = [
        (60, 28), (76, 28), (84, 36), (89, 46), (88, 60), (84, 66), (82, 57), (79, 70), (75, 60), (71, 74), (66, 61),
        (62, 68), (58, 58), (54, 66), (50, 54), (48, 44), (54, 34),
    ]  # fmt: skip
    shape = smooth(flow, closed=True)
    c.cut(shape, "#dbe8d4", "#a9c6b2", shadow=0.4)
    c.shade(shape, box(78, 20, 96, 80), "#3f6a5c", 0.4, 3)
    c.taper(smooth([(98, 8), (84, 12), (74, 20), (68, 30)]), 5.0, 3.0, "#dbe8d4")
    ladle = mirrored([(22, 0), (20, 8), (12, 14), (0, 15)], 0)
    c.cut(placed(ladle, (104, 4), 18, 0.8), "#8a5f3d", "#5a3a22", shadow=1.0)


def step_fire(c: Canvas) -> None:
    """Step 3: the kiln at night."""
    c.sky("#1b2038", "#2f2a3d", "#4a3230")
    for _ in range(40):
        c.dot((c.random(0, c.w), c.random(0, 45)), c.random(0.1, 0.28), "#f3e6c4")
    kiln = smooth([(10, 96), (14, 56), (34, 30), (68, 20), (102, 30), (120, 56), (124, 96)])
    c.glow((67, 78), 66, "#ff8a3a", 0.5)
    c.cut([*kiln, (124, 104), (10, 104)], "#a8623c", "#6b3620", shadow=2)
    for row in range(9):
        y = 32 + row * 8
        for x in range(-1, 12):
            left = 8 + x * 11 + (row % 2) * 5.5
            if _within([*kiln, (124, 104), (10, 104)], (left + 1, y)) and _within(
                [*kiln, (124, 104), (10, 104)], (left + 10, y + 6)
            ):
                c.cut(box(left, y, left + 10.2, y + 7.2, 0.7), mix("#b56b42", "#7d4126", c.random(0, 1)))
    arch = [(46, 98), (46, 70), *oval((67, 68), 21, 20, 0, 180, 360), (88, 70), (88, 98)]
    c.cut(arch, "#2a120a", "#5a1f0c", shadow=0.4)
    c.glow((67, 84), 26, "#ffb04a", 0.9)
    for x, h, s in ((56, 15, "plum"), (67, 19, "gourd"), (78, 14, "bowl")):
        vase(c, (x, 90), h, s, ("#ffb566", "#d9622b"), 0)
    fire(c, (67, 97), 36)
    for _ in range(26):
        c.dot((c.random(48, 88), c.random(8, 60)), c.random(0.15, 0.4), "#ffc46a")


SCENES = {
    "hero": hero, "sign-1": sign_crackle, "sign-2": sign_foot, "sign-3": sign_lip,
    "step-1": step_throw, "step-2": step_glaze, "step-3": step_fire,
}  # fmt: skip
