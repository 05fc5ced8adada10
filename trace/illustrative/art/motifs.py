"""Things that several subjects share: hills, boughs, steam, bowls, jars, fires (floor 1).

Each takes the canvas first and lays its papers from back to front.
"""

from collections.abc import Sequence
from math import cos, pi, radians, sin

from ocop.trace.illustrative.art.canvas import Canvas, Colour, mix
from ocop.trace.illustrative.art.shapes import Outline, Point, box, leaf, midrib, mirrored, oval, smooth


def ridge(c: Canvas, base: float, height: float, waves: float, phase: float) -> Outline:
    """The outline of a range of hills whose crest swings around `base`, down to the lower edge."""
    crest = []
    for i in range(41):
        t = i / 40
        y = base - height * (
            0.6 * sin(waves * pi * t + phase) + 0.4 * sin(2.3 * waves * pi * t + 1.7 * phase)
        )
        crest.append((-2 + t * (c.w + 4), y))
    return [*crest, (c.w + 2, 102), (-2, 102)]


def hill(
    c: Canvas, base: float, height: float, waves: float, phase: float, top: Colour, bottom: Colour
) -> None:
    """One range of hills as a sheet of paper."""
    c.cut(ridge(c, base, height, waves, phase), top, bottom, shadow=0.8)


def sun(c: Canvas, at: Point, radius: float, colour: Colour, halo: Colour) -> None:
    """A disc with light around it."""
    c.glow(at, radius * 3.6, halo, 0.75)
    c.cut(oval(at, radius, radius), mix(colour, "#ffffff", 0.25), colour)


def moon(c: Canvas, at: Point, radius: float, colour: Colour = "#fdf1cf") -> None:
    """A full moon with faint seas."""
    c.glow(at, radius * 2.6, colour, 0.4)
    c.cut(oval(at, radius, radius), mix(colour, "#ffffff", 0.4), colour)
    for dx, dy, r in ((-0.3, -0.2, 0.22), (0.25, 0.15, 0.3), (-0.1, 0.45, 0.14)):
        c.veil(oval((at[0] + dx * radius, at[1] + dy * radius), r * radius, r * radius), "#d8b978", 0.28)


def plant_leaf(
    c: Canvas, at: Point, length: float, width: float, angle: float, top: Colour, bottom: Colour,
    bend: float = 0.08, shadow: float = 0.5, veins: int = 5,
) -> None:  # fmt: skip
    """A leaf with its midrib and side veins, and a gleam on one half."""
    outline = leaf(at, length, width, angle, bend)
    c.cut(outline, top, bottom, shadow)
    pale = mix(top, "#ffffff", 0.35)
    rib = midrib(at, length, angle, bend)
    half = outline[: len(outline) // 2] + list(reversed(midrib(at, length, angle, bend, 1.0)))
    c.veil(half, "#ffffff", 0.13)
    c.taper(rib, length * 0.022, length * 0.008, pale)
    for i in range(1, veins + 1):
        start = rib[min(len(rib) - 2, i * (len(rib) - 1) // (veins + 1))]
        for side in (-1, 1):
            reach = width * 0.36 * (1 - 0.5 * i / (veins + 1))
            c.line([start, _polar(start, reach, angle + side * 48)], max(0.12, length * 0.007), pale)


def _polar(at: Point, distance: float, angle: float) -> Point:
    return at[0] + distance * cos(radians(angle)), at[1] + distance * sin(radians(angle))


def steam(
    c: Canvas, at: Point, height: float, strands: int = 3, colour: Colour = "#ffffff", strength: float = 0.5
) -> None:
    """Soft wavering bands that rise from `at`."""
    for i in range(strands):
        x = at[0] + (i - (strands - 1) / 2) * height * 0.22
        tall = height * (1.0 - 0.18 * abs(i - (strands - 1) / 2))
        left, right = [], []
        for j in range(13):
            t = j / 12
            swing = height * 0.07 * sin(2 * pi * t + i * 1.9)
            wide = height * 0.045 * sin(pi * t) + 0.15
            left.append((x + swing - wide, at[1] - t * tall))
            right.append((x + swing + wide, at[1] - t * tall))
        c.veil(left + right[::-1], colour, strength, blur=height * 0.02)


def table(c: Canvas, y: float, top: Colour, bottom: Colour) -> None:
    """A table top of boards from `y` down, with a lit edge."""
    c.cut(box(-2, y, c.w + 2, 102), top, bottom, shadow=0.8)
    c.line([(-2, y), (c.w + 2, y)], 0.6, mix(top, "#ffffff", 0.35))
    for i in range(1, 4):
        seam = y + (100 - y) * (i / 4) ** 1.3
        c.line([(-2, seam), (c.w + 2, seam)], 0.18 + 0.08 * i, mix(top, bottom, 0.9))


def boards(c: Canvas, top: Colour, bottom: Colour, count: int = 5) -> None:
    """A wooden ground seen from above."""
    c.sky(top, bottom)
    for i in range(1, count):
        x = c.w * i / count
        c.line([(x, -2), (x, 102)], 0.35, mix(bottom, "#000000", 0.25))
        c.line([(x + 0.45, -2), (x + 0.45, 102)], 0.15, mix(top, "#ffffff", 0.3))
    for _ in range(count * 5):
        x, y, long = c.random(0, c.w), c.random(-5, 100), c.random(8, 26)
        bow = c.random(-0.6, 0.6)
        grain = smooth([(x, y), (x + bow, y + long / 2), (x, y + long)])
        c.line(grain, 0.16, mix(bottom, "#000000", 0.12))


def cloth(c: Canvas, top: Colour, bottom: Colour, thread: Colour) -> None:
    """A woven ground: faint threads in two directions."""
    c.sky(top, bottom)
    for i in range(0, 101, 3):
        c.line([(-1, i), (c.w + 1, i)], 0.12, mix(top, thread, 0.35))
    for i in range(0, int(c.w) + 1, 3):
        c.line([(i, -1), (i, 101)], 0.12, mix(bottom, thread, 0.3))


def bowl(
    c: Canvas,
    at: Point,
    radius: float,
    depth: float,
    colours: tuple[Colour, Colour],
    inside: Colour,
    tilt: float = 0.3,
) -> None:
    """A bowl from the side: `at` is the middle of its rim; `tilt` is how much of the inside is seen."""
    x, y = at
    c.veil(oval((x + radius * 0.1, y + depth * 1.02), radius * 0.75, depth * 0.12), "#1d1410", 0.45, blur=1.2)
    side = [(x + radius * (1 - (t / 10) ** 2.6 * 0.6), y + depth * t / 10) for t in range(11)]
    body = mirrored([*side], x)
    c.cut(box(x - radius * 0.36, y + depth * 0.94, x + radius * 0.36, y + depth * 1.06, 0.6), colours[1])
    c.cut(body, *colours, shadow=1.0)
    dark = [(x + radius * 0.25, y), (x + radius, y), (x + radius, y + depth), (x - radius * 0.2, y + depth)]
    c.shade(body, dark, "#000000", 0.2, radius * 0.16)
    c.cut(oval(at, radius, radius * tilt), mix(colours[0], "#ffffff", 0.4), colours[0])
    c.cut(oval(at, radius * 0.95, radius * tilt * 0.9), mix(inside, "#000000", 0.25), inside)


def pan(c: Canvas, at: Point, radius: float, glowing: Colour = "#ff9a3c") -> None:
    """An iron pan over a fire, seen from a little above; its inside is left for what lies in it."""
    x, y = at
    fire(c, (x, y + radius * 0.92), radius * 0.95, glowing)
    side = [(x + radius * (1 - (t / 10) ** 3 * 0.7), y + radius * 0.62 * t / 10) for t in range(11)]
    c.cut(mirrored(side, x), "#4a4542", "#26211f", shadow=1.0)
    c.cut(oval(at, radius * 1.04, radius * 0.4), "#5d5652", "#37312e", shadow=0.6)
    c.cut(oval(at, radius * 0.97, radius * 0.36), "#221e1c", "#3b3431")


def fire(c: Canvas, at: Point, width: float, colour: Colour = "#ff9a3c") -> None:
    """Flames and logs."""
    x, y = at
    c.glow((x, y - width * 0.1), width * 1.5, colour, 0.55, squash=0.6)
    for turn, dx in ((8, -0.25), (-10, 0.22), (4, 0.0)):
        log = oval((x + dx * width, y + width * 0.08), width * 0.55, width * 0.07, turn)
        c.cut(log, "#6b4632", "#3d261a", shadow=0.5)
    heights = [c.random(0.75, 1.2) for _ in range(5)]
    for share, shade in ((1.0, "#d9481f"), (0.72, "#f28a2b"), (0.42, "#ffd45e")):
        for i in range(5):
            fx = x + (i - 2) * width * 0.22
            tall = width * (0.5 - 0.07 * abs(i - 2)) * share * heights[i]
            lick = [
                (fx - width * 0.1 * share, y), (fx - width * 0.1 * share, y - tall * 0.45),
                (fx + width * (0.12 * heights[i] - 0.1), y - tall), (fx + width * 0.12 * share, y - tall * 0.35),
                (fx + width * 0.1 * share, y),
            ]  # fmt: skip
            c.cut(smooth(lick, closed=True), shade)


def jar(
    c: Canvas,
    at: Point,
    width: float,
    height: float,
    colours: tuple[Colour, Colour],
    cap: Colour,
    edges: bool = False,
) -> None:
    """A jar that stands at `at` (middle of its foot), closed with tied paper or leaf in the colour `cap`."""
    x, y = at
    w, h = width / 2, height
    c.veil(oval((x + w * 0.2, y), w * 1.15, h * 0.06), "#1d1410", 0.5, blur=1.2)
    half = [
        (x + w * 0.72, y - h),
        (x + w * 0.74, y - h * 0.9),
        (x + w, y - h * 0.78),
        (x + w, y - h * 0.08),
        (x + w * 0.9, y),
    ]
    body = mirrored(half, x)
    c.cut(body, *colours, shadow=1.0)
    c.shade(body, box(x + w * 0.35, y - h, x + w * 1.1, y), "#000000", 0.24, w * 0.22)
    c.veil(box(x - w * 0.8, y - h * 0.74, x - w * 0.66, y - h * 0.14, 0.3), "#ffffff", 0.4)
    if edges:
        for share in (-0.45, 0.45):
            c.line(
                [(x + w * share, y - h * 0.8), (x + w * share, y - h * 0.01)],
                0.22,
                mix(colours[1], "#ffffff", 0.3),
            )
    skirt: list[Point] = [(x - w * 0.82, y - h * 0.98)]
    for i in range(9):
        skirt.append((x - w * 0.98 + w * 1.96 * i / 8, y - h * (0.82 if i % 2 else 0.86)))
    skirt.append((x + w * 0.82, y - h * 0.98))
    c.cut(skirt, cap, mix(cap, "#000000", 0.2), shadow=0.5)
    c.cut(oval((x, y - h * 1.0), w * 0.84, h * 0.07), mix(cap, "#ffffff", 0.2), cap)
    c.line([(x - w * 0.84, y - h * 0.94), (x, y - h * 0.92), (x + w * 0.84, y - h * 0.94)], 0.5, "#f6ead2")


def basket(c: Canvas, at: Point, width: float, depth: float, colour: Colour = "#c99a58") -> None:
    """A woven basket; `at` is the middle of its rim. Lay its contents first, they show above the rim."""
    x, y = at
    w = width / 2
    half = [(x + w, y), (x + w * 0.94, y + depth * 0.5), (x + w * 0.78, y + depth)]
    c.cut(mirrored(half, x), mix(colour, "#ffffff", 0.15), mix(colour, "#3a2412", 0.35), shadow=1.2)
    rows = 7
    for r in range(rows):
        t0 = r / rows
        wide = w * (1 - 0.06 * t0 - 0.16 * t0 * t0) * 0.97
        count = 14
        for i in range(count):
            left = x - wide + 2 * wide * i / count
            tone = mix(colour, "#ffe9b8" if (i + r) % 2 else "#5a3a1c", 0.3)
            tile = box(
                left + 0.12,
                y + depth * t0 + 0.25,
                left + 2 * wide / count - 0.12,
                y + depth * (t0 + 1 / rows) - 0.2,
                0.4,
            )
            c.cut(tile, tone)
    c.cut(
        box(x - w * 1.03, y - depth * 0.05, x + w * 1.03, y + depth * 0.07, depth * 0.05),
        mix(colour, "#ffffff", 0.3),
        colour,
        shadow=0.5,
    )


def scatter(c: Canvas, at: Point, rx: float, ry: float, count: int) -> Sequence[Point]:
    """`count` places within an ellipse, from back to front, so that things overlap as in a heap."""
    places: list[Point] = []
    while len(places) < count:
        dx, dy = c.random(-1, 1), c.random(-1, 1)
        if dx * dx + dy * dy <= 1:
            places.append((at[0] + dx * rx, at[1] + dy * ry))
    return sorted(places, key=lambda place: place[1])
