"""Sầu riêng Cồn Nắng, hư cấu: gold flesh, thorn green, an evening river."""

from math import cos, pi, radians, sin

from ocop.trace.illustrative.art.canvas import Canvas, Colour, mix
from ocop.trace.illustrative.art.motifs import boards, cloth, plant_leaf, sun
from ocop.trace.illustrative.art.shapes import Outline, Point, box, oval, placed, smooth

HUSK = ("#a9a852", "#5f6a2c")
FLESH = ("#fbdc72", "#e3a92f")


def thorny(c: Canvas, at: Point, rx: float, ry: float, angle: float = 0.0, rows: int = 9) -> None:
    """A whole durian: thorns in rows, the rim thorny too."""
    rim = []
    for k in range(72):
        a = radians(k * 5)
        out = 1.0 if k % 2 else 1.07
        rim.append((rx * out * cos(a), ry * out * sin(a)))
    body = placed(rim, at, angle)
    c.cut(body, *HUSK, shadow=1.6)
    for row in range(-rows, rows + 1):
        y = row / (rows + 0.4)
        half = (1 - y * y) ** 0.5
        count = max(2, round(rows * 1.25 * half))
        for i in range(count):
            x = half * sin(radians(-76 + 152 * (i + (0.5 if row % 2 else 0.0)) / count))
            size = rx / rows * 0.95
            lean = x * size * 0.5
            base = (x * rx, y * ry)
            tip = (base[0] + lean, base[1] + y * size * 0.4 - size * 0.2)
            left, right = (
                (base[0] - size * 0.5, base[1] + size * 0.4),
                (base[0] + size * 0.5, base[1] + size * 0.4),
            )
            top = (base[0], base[1] - size * 0.5)
            c.cut(placed([left, top, tip], at, angle), mix(HUSK[0], "#f0eca0", 0.35 - 0.2 * x))
            c.cut(placed([tip, top, right], at, angle), mix(HUSK[1], "#2f3a12", 0.25 + 0.15 * x))
            c.cut(placed([left, tip, right], at, angle), mix(*HUSK, 0.4 + 0.2 * x))
    c.shade(body, placed(oval((rx * 0.5, ry * 0.5), rx, ry * 0.8), at, angle), "#1d2408", 0.5, rx * 0.2)


def segment(c: Canvas, at: Point, size: float, angle: float, shadow: float = 0.6) -> None:
    """One plump segment of flesh, lightly wrinkled."""
    shape = placed(
        smooth(
            [
                (-1, 0),
                (-0.72, -0.42),
                (-0.1, -0.52),
                (0.6, -0.42),
                (1, 0.02),
                (0.62, 0.44),
                (-0.05, 0.5),
                (-0.7, 0.42),
            ],
            closed=True,
        ),
        at,
        angle,
        size,
    )
    c.cut(shape, *FLESH, shadow=shadow)
    c.shade(shape, placed(oval((0.15, 0.42), 0.9, 0.3), at, angle, size), "#8f5a08", 0.45, size * 0.12)
    for k in range(5):
        y = -0.3 + k * 0.15
        fold = smooth([(-0.6 + 0.1 * (k % 2), y + 0.02), (-0.1, y - 0.05), (0.5 - 0.1 * (k % 3), y + 0.03)])
        c.line(placed(fold, at, angle, size), size * 0.018, mix(FLESH[1], "#a86f12", 0.3))
    c.veil(placed(oval((-0.25, -0.26), 0.36, 0.08, -4), at, angle, size), "#ffffff", 0.55, blur=size * 0.03)


def opened(c: Canvas, at: Point, size: float, angle: float = 0.0) -> None:
    """Half a durian from inside: husk, white pith, segments in their chambers."""
    rim: Outline = []
    for k in range(64):
        a = radians(k * 360 / 64)
        out = 1.0 if k % 2 else 1.075
        rim.append((size * out * cos(a), size * 0.8 * out * sin(a)))
    c.cut(placed(rim, at, angle), *HUSK, shadow=2)
    c.cut(placed(oval((0, 0), size * 0.92, size * 0.72), at, angle), "#f6eed2", "#dccb98")
    for dy in (-0.34, 0.02, 0.38):
        wide = 0.74 if abs(dy) > 0.2 else 0.86
        c.cut(placed(oval((0, dy * size), size * wide * 0.92, size * 0.185), at, angle), "#cdb877", "#efe3ba")
        for dx in (-0.5, 0.5):
            spot = placed([(dx * wide * size * 0.88, dy * size - size * 0.02)], at, angle)[0]
            segment(c, spot, size * 0.38 * (wide + 0.1), angle + dx * 6)


def _palm(c: Canvas, foot: Point, height: float, lean: float, tone: Colour) -> None:
    trunk = smooth([foot, (foot[0] + lean * 0.3, foot[1] - height * 0.5), (foot[0] + lean, foot[1] - height)])
    c.taper(trunk, height * 0.045, height * 0.025, tone)
    for angle in (-170, -140, -105, -70, -35, -8, 20, 160):
        frond = smooth([(0, 0), (0.45, -0.1), (0.8, 0.0), (1.0, 0.22)])
        sign = 1 if -90 <= angle <= 90 else -1
        path = placed([(x, y * sign) for x, y in frond], trunk[-1], angle, height * 0.42)
        c.taper(path, height * 0.02, height * 0.006, tone)
        for k in range(2, len(path) - 1, 2):
            for side in (-1, 1):
                end = placed([(height * 0.06, side * height * 0.055)], path[k], angle + sign * k * 1.4)[0]
                c.line([path[k], end], height * 0.012, tone)


def hero(c: Canvas) -> None:
    """An opened fruit by the evening river."""
    c.sky("#7a5a8a", "#d9838a", "#f6b56f", "#fbd98f")
    sun(c, (96, 40), 9, "#f9a24f", "#fff0b8")
    c.cut(box(-2, 52, c.w + 2, 102), "#f0b878", "#6f5a80")
    c.veil(box(89, 52, 103, 80), "#fff2c4", 0.55, blur=2.5)
    for _ in range(46):
        y = 53 + 30 * c.random(0, 1) ** 1.5
        x = c.random(-5, c.w)
        c.line([(x, y), (x + c.random(4, 14), y)], 0.3, "#fbd9a0")
    bank = [(-2, 46), (20, 47), (46, 50), (70, 52), (70, 54), (-2, 57)]
    c.cut(smooth(bank, closed=True), "#4f4a5f", "#3a3548")
    for x, h, lean in ((6, 34, 5), (20, 28, -3), (32, 38, 6), (47, 24, 3)):
        _palm(c, (x, 50), h, lean, "#3d3850")
    c.cut(smooth([(100, 58), (108, 62), (120, 62), (129, 57)]), "#4a3a48")
    c.cut(box(110, 54, 119, 59, 1), "#5a4654")
    c.cut(box(-2, 86, c.w + 2, 102), "#8a5a3a", "#5a3822", shadow=1.2)
    c.line([(-2, 86), (c.w + 2, 86)], 0.6, "#b98558")
    thorny(c, (108, 76), 20, 21, 8, 8)
    opened(c, (50, 70), 32, -5)
    segment(c, (84, 91), 11, 6)


def sign_segment(c: Canvas) -> None:
    """Sign 1: thick golden segments."""
    c.sky("#efe2b8", "#d9c484")
    c.cut(oval((50, 52), 50, 42, -18), "#f7f0d8", "#dccb98", shadow=2)
    c.cut(oval((50, 52), 45, 34, -18), "#cdb877", "#f1e7c4")
    segment(c, (42, 36), 29, -14, 1.2)
    segment(c, (58, 64), 33, -22, 1.4)


def _tray(c: Canvas, at: Point, w: float, h: float, full: bool = True) -> None:
    """A white tray with five ribs, a round of banana leaf and segments."""
    x, y = at
    c.cut(box(x - w, y - h, x + w, y + h, h * 0.24), "#ffffff", "#d6dade", shadow=1.8)
    c.cut(box(x - w * 0.88, y - h * 0.84, x + w * 0.88, y + h * 0.84, h * 0.2), "#d9dee2", "#f6f8f9")
    for k in range(5):
        rx = x - w * 0.7 + k * w * 0.35
        c.line([(rx, y - h * 0.74), (rx, y + h * 0.74)], h * 0.05, "#c3cad0")
    c.cut(oval(at, w * 0.66, h * 0.66), "#7fae54", "#3f7a38", shadow=0.5)
    for k in range(-6, 7):
        c.line(
            [
                (x - w * 0.06 + k * w * 0.09, y - h * 0.5 * (1 - (k / 8) ** 2)),
                (x + k * w * 0.09, y + h * 0.5 * (1 - (k / 8) ** 2)),
            ],
            0.2,
            "#a9cf7d",
        )
    if full:
        segment(c, (x, y - h * 0.26), w * 0.5, -4)
        segment(c, (x + w * 0.02, y + h * 0.26), w * 0.52, 5)


def sign_tray(c: Canvas) -> None:
    """Sign 2: the tray with its banana leaf."""
    cloth(c, "#c9d6dc", "#a3b7c2", "#5f7a8a")
    _tray(c, (50, 51), 40, 38)


def sign_stone(c: Canvas) -> None:
    """Sign 3: a segment cut across: a flat stone in thick flesh."""
    cloth(c, "#f0e2bd", "#d8c08a", "#8f7238")
    c.cut(oval((50, 50), 40, 32, -10), "#fbdc72", "#dda02a", shadow=2)
    c.cut(oval((50, 50), 37, 29, -10), "#fff0b4", "#f6d878")
    c.cut(oval((50, 51), 15, 7, -10), "#b9784a", "#7d4522", shadow=0.5)
    c.cut(oval((50, 51), 12.4, 4.8, -10), "#e9cfa8", "#c9a57a")
    for k in range(26):
        a = 2 * pi * k / 26
        c.line([(50 + 18 * cos(a), 50 + 11 * sin(a)), (50 + 33 * cos(a), 50 + 25 * sin(a))], 0.22, "#eec95e")
    c.cut(oval((80, 86), 9, 4.4, 14), "#b9784a", "#6f3c1c", shadow=0.8)


def step_knock(c: Canvas) -> None:
    """Step 1: fruit on its tree."""
    c.sky("#dcecc8", "#a9cf9a", "#6f9f6a")
    for _ in range(40):
        c.glow((c.random(0, c.w), c.random(0, 100)), c.random(4, 10), "#f3f7c4", 0.22)
    c.taper(smooth([(c.w + 4, 22), (96, 18), (58, 14), (-4, 20)]), 7, 5, "#6b4f36")
    for x, angle in ((10, 110), (22, 70), (40, 130), (70, 60), (88, 115), (116, 75), (126, 120)):
        plant_leaf(c, (x, 17), 26, 8, angle, "#7f9f4a", "#3f6a32", shadow=0.7)
    for x, top, r in ((42, 18, 19), (94, 20, 23)):
        c.taper([(x, top), (x, top + 14)], 2.4, 1.8, "#6b5a35")
        thorny(c, (x, top + 12 + r * 1.1), r, r * 1.15, 0, 8)
    c.line(smooth([(60, 10), (67, 40), (72, 46)]), 0.7, "#e9dcae")


def step_open(c: Canvas) -> None:
    """Step 2: the opened husk, segments taken out by hand."""
    boards(c, "#b58a5c", "#86603a", 6)
    opened(c, (56, 48), 42, -8)
    segment(c, (112, 32), 15, 70)
    segment(c, (112, 70), 15, 110)
    c.cut(placed(box(0, -2, 20, 2, 1.4), (18, 92), -4), "#6b452c", "#45291a", shadow=0.8)
    c.cut(
        placed([(20, -2.4), (48, -2.4), (54, 1.6), (20, 2.4)], (18, 92), -4), "#e3e6e8", "#a9b0b6", shadow=0.8
    )


def _flake(c: Canvas, at: Point, size: float, colour: Colour) -> None:
    for k in range(6):
        a = radians(k * 60)
        tip = (at[0] + size * cos(a), at[1] + size * sin(a))
        c.line([at, tip], size * 0.09, colour)
        for turn in (-40, 40):
            b = a + radians(turn)
            mid = (at[0] + size * 0.58 * cos(a), at[1] + size * 0.58 * sin(a))
            c.line([mid, (mid[0] + size * 0.3 * cos(b), mid[1] + size * 0.3 * sin(b))], size * 0.07, colour)


def step_freeze(c: Canvas) -> None:
    """Step 3: trays in the cold."""
    c.sky("#dcebf2", "#a9c9dc", "#7fa6c2")
    for y in (47, 94):
        c.cut(box(-2, y, c.w + 2, y + 4), "#eef5f8", "#b9ced9", shadow=1.0)
    for x, y in ((36, 26), (98, 26), (36, 73), (98, 73)):
        _tray(c, (x, y), 25, 19)
    for _ in range(16):
        _flake(c, (c.random(2, c.w - 2), c.random(2, 98)), c.random(1.5, 4), "#ffffff")
    c.veil(box(-5, 84, c.w + 5, 105), "#ffffff", 0.5, blur=5)


SCENES = {
    "hero": hero, "sign-1": sign_segment, "sign-2": sign_tray, "sign-3": sign_stone,
    "step-1": step_knock, "step-2": step_open, "step-3": step_freeze,
}  # fmt: skip
