"""Trà Hương Vân: dawn greens for the single buds, amber and fire for the hooked leaf."""

from math import sin

from ocop.trace.illustrative.art.canvas import Canvas, Colour, mix
from ocop.trace.illustrative.art.motifs import (
    basket,
    boards,
    bowl,
    cloth,
    hill,
    pan,
    plant_leaf,
    scatter,
    steam,
    sun,
    table,
)
from ocop.trace.illustrative.art.shapes import Point, box, leaf, mirrored, oval, placed, smooth

GREEN = ("#9dbb5c", "#4f7f3c")
LIQUOR = ("#e6df7a", "#c5bf4a")


def sprig(c: Canvas, at: Point, size: float, angle: float, shadow: float = 0.5) -> None:
    """A bud and two leaves on a stalk; `at` is where it was nipped off."""
    stalk = smooth(placed([(0, 0), (0.25, 0.03), (0.5, 0)], at, angle, size))
    c.taper(stalk, size * 0.05, size * 0.03, "#7d9d45")
    tip = stalk[-1]
    plant_leaf(c, stalk[len(stalk) // 2], size * 0.6, size * 0.24, angle + 42, *GREEN, 0.12, shadow)
    plant_leaf(c, tip, size * 0.55, size * 0.2, angle - 36, "#b4cf6d", "#669a48", -0.12, shadow)
    plant_leaf(c, tip, size * 0.48, size * 0.11, angle + 4, "#dbe79a", "#a3c25b", 0.05, shadow, veins=0)


def hook(c: Canvas, at: Point, size: float, angle: float, colour: Colour) -> None:
    """One rolled tea leaf: a slim curl, pointed at both ends, with a pale edge."""
    bend = c.random(0.12, 0.3)
    spine = smooth(placed([(0, 0), (0.3, -bend), (0.62, -bend), (0.86, 0.02)], at, angle, size), steps=4)
    last = len(spine) - 1
    girth = [size * 0.075 * (0.25 + sin(3.14 * min(1.0, 0.08 + i / last)) ** 0.7) for i in range(len(spine))]
    upper = [(x - g * 0.5, y - g) for (x, y), g in zip(spine, girth, strict=True)]
    lower = [(x + g * 0.5, y + g) for (x, y), g in zip(spine, girth, strict=True)]
    c.cut(
        [*upper, *((x + size * 0.02, y + size * 0.05) for x, y in reversed(lower))],
        mix(colour, "#000000", 0.55),
    )
    c.cut([*upper, *reversed(lower)], colour)
    c.line([(x - g * 0.15, y - g * 0.35) for (x, y), g in zip(spine[1:-2], girth[1:-2], strict=True)],
           size * 0.022, mix(colour, "#ffffff", 0.42))  # fmt: skip


def heap(
    c: Canvas, at: Point, rx: float, ry: float, count: int, size: float, tones: tuple[Colour, Colour]
) -> None:
    """Many rolled leaves on one another."""
    for place in scatter(c, at, rx, ry, count):
        hook(c, place, size * c.random(0.8, 1.2), c.random(0, 360), mix(tones[0], tones[1], c.random(0, 1)))


def _rows(c: Canvas, base: float, count: int, phase: float, dark: Colour, light: Colour) -> None:
    """Rows of bushes that follow a slope, larger towards the viewer."""
    for row in range(count):
        t = row / count
        y0 = base + (102 - base) * t**1.35
        radius = 1.3 + 3.6 * t
        x = -4.0
        while x < c.w + 5:
            y = y0 + (3 + 9 * t) * sin(x / 24 + phase + 0.35 * row)
            lit = mix(dark, light, 0.25 + 0.6 * c.random(0.3, 1.0) * (1 - 0.3 * t))
            c.cut(oval((x, y), radius * 1.35, radius, 0, 180, 360), lit, mix(lit, dark, 0.8))
            x += radius * 1.7
        xs = [q / 2 for q in range(-8, int(c.w * 2) + 8, 6)]
        crest = [(x, y0 + radius * 0.5 + (3 + 9 * t) * sin(x / 24 + phase + 0.35 * row)) for x in xs]
        c.veil([*crest, *((x, y + radius * 0.5) for x, y in reversed(crest))], "#14301f", 0.35)


def nom_hero(c: Canvas) -> None:
    """Rows of tea at sunrise."""
    c.sky("#f7c99a", "#fbe3bd", "#fdf2d8")
    sun(c, (c.w * 0.68, 30), 6.5, "#f49b5b", "#fff3d0")
    hill(c, 42, 9, 2.2, 0.4, "#d9b9a4", "#e6cdb0")
    hill(c, 47, 7, 2.9, 2.0, "#b4b08a", "#cfc69a")
    c.veil(box(-5, 48, c.w + 5, 56), "#fff6df", 0.8, blur=3)
    hill(c, 54, 5, 1.7, 4.1, "#8fa667", "#a6b56f")
    c.veil(box(-5, 57, c.w + 5, 62), "#fff6df", 0.5, blur=3)
    hill(c, 62, 4, 1.3, 1.0, "#5f8a45", "#3c6a37")
    _rows(c, 62, 9, 0.6, "#2c5a33", "#a8c860")
    sprig(c, (c.w * 0.1, 108), 46, -68, 1.2)
    sprig(c, (c.w * 0.235, 106), 30, -82, 1.0)


def nom_dry(c: Canvas) -> None:
    """Sign 1: slim grey-green leaves on a white dish."""
    cloth(c, "#e9d9bd", "#d8c3a0", "#8f7650")
    c.cut(oval((50, 53), 43, 40), "#ffffff", "#e4ddd0", shadow=2.0)
    c.cut(oval((50, 53), 35, 32), "#efe8db", "#fbf7ee")
    heap(c, (50, 53), 26, 23, 190, 11, ("#5d7057", "#98a78f"))


def nom_cup(c: Canvas) -> None:
    """Sign 2: a clear liquor poured into a cup, seen from above."""
    cloth(c, "#d9e0c8", "#bac9a2", "#6f8a58")
    c.cut(oval((52, 56), 41, 41), "#d7b98a", "#a97c4d", shadow=2.2)
    c.cut(oval((52, 56), 33, 33), "#ffffff", "#e6e6dc", shadow=1.4)
    c.cut(oval((52, 56), 28.5, 28.5), "#c8cf7a", "#e7e48f")
    c.cut(oval((52, 57), 26.5, 26), *LIQUOR)
    c.shade(oval((52, 57), 26.5, 26), oval((60, 68), 26, 22), "#8f9a2e", 0.45, 6)
    for r in (7, 12, 17):
        c.line(oval((44, 50), r, r * 0.92), 0.35, "#f6f3b8")
    c.veil(oval((62, 44), 8, 4, -30), "#ffffff", 0.5, blur=1)
    c.taper(smooth([(18, -4), (30, 14), (40, 32), (44, 50)]), 4.6, 2.6, "#e9e48a")
    c.taper(smooth([(17, -4), (29, 14), (39.3, 32), (43.3, 50)]), 1.2, 0.6, "#fbf9d2")


def nom_box(c: Canvas) -> None:
    """Sign 3: the ivory box with one bud and two leaves."""
    c.sky("#cfdcb5", "#a9c08a")
    table(c, 74, "#b98a58", "#8a5f38")
    c.veil(oval((54, 88), 36, 5), "#1d1410", 0.5, blur=2)
    c.cut([(76, 30), (86, 24), (86, 80), (76, 87)], "#d9cdb2", "#bfae8c")
    c.cut(box(22, 30, 76, 87), "#fbf5e4", "#eee2c6", shadow=1.0)
    c.cut([(22, 30), (34, 24), (86, 24), (76, 30)], "#fffdf5", "#f4ecd8")
    c.line([*box(26, 34, 72, 83, 1), (72, 35)], 0.5, "#b79c62")
    sprig(c, (46, 76), 38, -84, 0.3)
    for x in range(5):
        c.cut(oval((41 + x * 4, 79.5), 0.8, 0.8), "#c64a32")


def nom_pick(c: Canvas) -> None:
    """Step 1: a sprig with dew before a basket."""
    c.sky("#f6deb6", "#dbe3b4", "#a9c37c")
    sun(c, (c.w * 0.2, 20), 7, "#f7b06c", "#fff6dc")
    hill(c, 52, 7, 1.9, 0.6, "#b7c98b", "#8fb066")
    _rows(c, 62, 6, 2.4, "#33663a", "#9cc25c")
    for place in scatter(c, (96, 62), 19, 5, 26):
        sprig(c, place, 12, c.random(-130, -50), 0.2)
    basket(c, (96, 63), 46, 28)
    sprig(c, (28, 104), 62, -72, 1.4)
    for x, y in ((39, 62), (47, 51), (26, 52), (52, 63)):
        c.cut(oval((x, y), 1.2, 1.3), "#ffffff", "#bfe0d8", shadow=0.2)


def nom_pan(c: Canvas) -> None:
    """Step 2: leaves turned in a hot pan."""
    c.sky("#e7c596", "#c78c5a", "#7d4d33")
    pan(c, (c.w / 2, 50), 44)
    for place in scatter(c, (c.w / 2, 49), 33, 9, 90):
        c.cut(
            leaf(place, c.random(6, 9), 2.6, c.random(0, 360), 0.1),
            mix("#8fb44e", "#5b8a3c", c.random(0, 1)),
            shadow=0.12,
        )
    for x, y, turn in ((48, 22, 20), (62, 14, -30), (78, 24, 60), (88, 16, 10), (70, 30, 140)):
        plant_leaf(c, (x, y), 9, 3, turn, *GREEN, shadow=0.3, veins=0)
    steam(c, (c.w / 2, 44), 34, 4, strength=0.35)


def nom_pack(c: Canvas) -> None:
    """Step 3: sifted tea in a tray, boxes beside it."""
    boards(c, "#d9b889", "#b98d5b", 7)
    c.cut(oval((46, 52), 38, 38), "#d9b067", "#a87a3a", shadow=2.0)
    c.cut(oval((46, 52), 34.5, 34.5), "#b88c4c", "#e0bd7c")
    for k in range(-5, 6):
        c.line(
            [
                (46 + k * 6, 52 - (34 * 34 - (k * 6) ** 2) ** 0.5),
                (46 + k * 6, 52 + (34 * 34 - (k * 6) ** 2) ** 0.5),
            ],
            0.25,
            "#9a7136",
        )
        c.line(
            [
                (46 - (34 * 34 - (k * 6) ** 2) ** 0.5, 52 + k * 6),
                (46 + (34 * 34 - (k * 6) ** 2) ** 0.5, 52 + k * 6),
            ],
            0.25,
            "#9a7136",
        )
    heap(c, (46, 52), 24, 23, 150, 7, ("#5d7057", "#8fa083"))
    for y in (12, 54):
        c.cut(box(94, y, 124, y + 34), "#fffaf0", "#eadfc4", shadow=1.6)
        sprig(c, (108, y + 28), 21, -86, 0.2)


def moc_hero(c: Canvas) -> None:
    """A pot and two cups before a window on the hills."""
    c.sky("#7a4a30", "#5e3524")
    c.cut(box(20, 6, c.w - 20, 62), "#f9e2b0", "#f3c98a", shadow=0.8)
    sun(c, (c.w * 0.62, 26), 6, "#f2a35c", "#fff1c8")
    for base, top, bottom, phase in (
        (42, "#c9b384", "#d8c591", 0.3),
        (50, "#98a562", "#a9b26c", 2.2),
        (56, "#5f8245", "#40662f", 4.0),
    ):
        crest = [(float(x), base - 5 * sin(x / 15 + phase)) for x in range(20, int(c.w) - 19, 3)]
        c.cut([*crest, (c.w - 20, 62), (20, 62)], top, bottom, shadow=0.4)
    for x in (20, c.w / 2, c.w - 20):
        c.cut(box(x - 1.6, 4, x + 1.6, 64), "#8d5a38", "#6a3f27", shadow=0.6)
    c.cut(box(17, 3, c.w - 17, 7), "#9a653f", "#7a4a2d", shadow=0.6)
    table(c, 62, "#a8703f", "#6d4325")
    _pot(c, (52, 68), 22)
    for x in (88, 110):
        bowl(c, (x, 70), 9.5, 11, ("#b06a43", "#7d4328"), "#d8b23e", 0.34)
        steam(c, (x, 68), 20, 2, strength=0.4)
    heap(c, (26, 92), 11, 3.4, 46, 5, ("#3c4a35", "#77845f"))


def _pot(c: Canvas, at: Point, size: float) -> None:
    """A round brown teapot."""
    x, y = at
    c.veil(oval((x + 3, y + size * 0.78), size * 1.2, size * 0.16), "#1d1410", 0.5, blur=2)
    c.line(oval((x - size * 0.98, y), size * 0.42, size * 0.42, 0, 60, 300), size * 0.14, "#8a4a2c")
    spout = [(0.7, -0.1), (1.05, -0.2), (1.3, -0.62), (1.5, -0.6), (1.3, 0.0), (0.8, 0.42)]
    c.cut(smooth(placed(spout, at, 0, size), closed=True), "#a75b37", "#7b3f25", shadow=0.6)
    body = oval(at, size, size * 0.78)
    c.cut(body, "#b96a41", "#6f3821", shadow=1.2)
    c.shade(body, oval((x + size * 0.5, y + size * 0.5), size * 0.9, size * 0.6), "#2b1209", 0.5, size * 0.18)
    c.veil(
        oval((x - size * 0.42, y - size * 0.34), size * 0.26, size * 0.12, -30),
        "#ffe6cf",
        0.55,
        blur=size * 0.04,
    )
    c.cut(oval((x, y - size * 0.7), size * 0.48, size * 0.14), "#c57a4f", "#8c4c2e", shadow=0.5)
    c.cut(oval((x, y - size * 0.9), size * 0.12, size * 0.12), "#c57a4f", "#8c4c2e", shadow=0.4)


def moc_dry(c: Canvas) -> None:
    """Sign 1: dark hooked leaves, large."""
    cloth(c, "#f0dcb4", "#dcbf8c", "#8f6a35")
    heap(c, (50, 54), 38, 36, 130, 19, ("#2f3d2b", "#6f7d57"))


def moc_wet(c: Canvas) -> None:
    """Sign 2: a bud between two opened leaves on a saucer."""
    cloth(c, "#e2cda6", "#c9ab7b", "#7e5f35")
    c.cut(oval((50, 52), 44, 42), "#fdfbf4", "#ddd3c0", shadow=2.2)
    c.cut(oval((50, 52), 35, 33), "#ede6d6", "#faf6ea")
    c.veil(oval((50, 56), 30, 26), "#b9b04a", 0.3, blur=3)
    sprig(c, (42, 84), 66, -78, 1.0)


def moc_pack(c: Canvas) -> None:
    """Sign 3: the brown pack with a green band of four lines."""
    c.sky("#f0d6a4", "#d8ad70")
    table(c, 78, "#8f5e37", "#5f3a21")
    c.veil(oval((54, 90), 32, 4), "#1d1410", 0.5, blur=2)
    half = [(72, 16), (74, 24), (77, 50), (78, 88)]
    c.cut(mirrored(half, 50), "#b98753", "#8d5f36", shadow=1.6)
    c.cut(box(27, 10, 73, 19), "#c89a66", "#a87a49", shadow=0.6)
    for y in (12.5, 16):
        c.line([(28, y), (72, y)], 0.35, "#8a6038")
    c.cut([(24.2, 44), (75.8, 44), (77, 66), (23, 66)], "#6f9a49", "#4b7535")
    for i in range(4):
        c.line([(24 - i * 0.2, 48 + i * 4.6), (76 + i * 0.2, 48 + i * 4.6)], 1.0, "#dfe9b4")
    c.cut(oval((50, 32), 8, 8), "#f7ecd2", "#e7d5ae")
    sprig(c, (48, 38), 11, -80, 0.1)
    c.veil([(30, 20), (36, 20), (32, 86), (26, 86)], "#ffffff", 0.16, blur=1)


def moc_wither(c: Canvas) -> None:
    """Step 1: bamboo trays of leaves in the shade."""
    boards(c, "#a98f63", "#7d6642", 6)
    for x, y, r in ((34, 34, 30), (98, 30, 27), (70, 82, 31)):
        c.cut(oval((x, y), r, r), "#e5c27e", "#b58945", shadow=2.0)
        c.cut(oval((x, y), r * 0.9, r * 0.9), "#c9a25c", "#ebcf93")
        for k in range(1, 5):
            c.line(oval((x, y), r * 0.18 * k + 1, r * 0.18 * k + 1), 0.25, "#a98043")
        for place in scatter(c, (x, y), r * 0.74, r * 0.74, 58):
            c.cut(
                leaf(place, c.random(6, 9), 2.7, c.random(0, 360), 0.1),
                mix("#a8c767", "#54813d", c.random(0, 1)),
                shadow=0.15,
            )


def moc_fire(c: Canvas) -> None:
    """Step 2: the pan over a strong fire, at night."""
    c.sky("#2d2430", "#4a2f2c", "#6e3a26")
    c.glow((c.w / 2, 84), 70, "#ff8a3a", 0.6, 0.7)
    pan(c, (c.w / 2, 48), 46, "#ffb04a")
    heap(c, (c.w / 2, 47), 33, 9, 130, 7, ("#3f4e34", "#8a9660"))
    steam(c, (c.w / 2, 40), 32, 4, "#ffe3c2", 0.28)


def moc_taste(c: Canvas) -> None:
    """Step 3: three tasting cups, a spoon and a pinch of tea."""
    cloth(c, "#efe3cb", "#dcc9a6", "#94764a")
    for i, tone in enumerate(("#d9d46a", "#cfc04e", "#c2a93c")):
        x = 28 + i * 38
        c.cut(oval((x, 40), 17.5, 17.5), "#ffffff", "#dfd8ca", shadow=1.8)
        c.cut(oval((x, 40), 14, 14), mix(tone, "#ffffff", 0.3), tone)
        c.shade(oval((x, 40), 14, 14), oval((x + 5, 46), 13, 11), "#5f5a14", 0.35, 3)
        c.veil(oval((x - 5, 34), 4, 2, -30), "#ffffff", 0.6, blur=0.6)
        heap(c, (x, 80), 9, 5, 26, 5, ("#3c4a35", "#77845f"))
    c.cut(oval((118, 72), 5, 7, 20), "#e8e4da", "#b9b2a2", shadow=0.8)
    c.taper([(116, 78), (108, 98)], 1.8, 1.2, "#cfc8b8")


NOM_TOM = {
    "hero": nom_hero, "sign-1": nom_dry, "sign-2": nom_cup, "sign-3": nom_box,
    "step-1": nom_pick, "step-2": nom_pan, "step-3": nom_pack,
}  # fmt: skip
MOC_CAU = {
    "hero": moc_hero, "sign-1": moc_dry, "sign-2": moc_wet, "sign-3": moc_pack,
    "step-1": moc_wither, "step-2": moc_fire, "step-3": moc_taste,
}  # fmt: skip
