"""Outlines as lists of points (floor 1, pure): curves, leaves, petals, placing.

A point is (x, y) in canvas units: the picture is 100 high, y grows downwards. Angles are degrees, clockwise.
"""

from collections.abc import Sequence
from functools import lru_cache
from math import cos, pi, radians, sin

Point = tuple[float, float]
Outline = list[Point]


def smooth(points: Sequence[Point], closed: bool = False, steps: int = 8) -> Outline:
    """A Catmull-Rom curve through `points`."""
    pts = list(points)
    around = [pts[-1], *pts, pts[0], pts[1]] if closed else [pts[0], *pts, pts[-1]]
    curve: Outline = []
    for a, b, c, d in zip(around, around[1:], around[2:], around[3:], strict=False):
        for step in range(steps):
            t = step / steps
            weights = (
                t * (t * (2 - t) - 1) / 2,
                (t * t * (3 * t - 5) + 2) / 2,
                t * (t * (4 - 3 * t) + 1) / 2,
                t * t * (t - 1) / 2,
            )
            x = sum(w * p[0] for w, p in zip(weights, (a, b, c, d), strict=True))
            curve.append((x, sum(w * p[1] for w, p in zip(weights, (a, b, c, d), strict=True))))
    if not closed:
        curve.append(pts[-1])
    return curve


def placed(points: Sequence[Point], at: Point, angle: float = 0.0, scale: float = 1.0) -> Outline:
    """`points` scaled, turned and moved so that their origin lies at `at`."""
    c, s = cos(radians(angle)) * scale, sin(radians(angle)) * scale
    return [(at[0] + x * c - y * s, at[1] + x * s + y * c) for x, y in points]


def oval(
    at: Point, rx: float, ry: float, angle: float = 0.0, start: float = 0.0, end: float = 360.0
) -> Outline:
    """An ellipse, or its arc from `start` to `end` (degrees, 0 = right, 90 = down)."""
    arc = _arc(start, end)
    if not angle:
        return [(at[0] + rx * x, at[1] + ry * y) for x, y in arc]
    return placed([(rx * x, ry * y) for x, y in arc], at, angle)


@lru_cache(maxsize=256)
def _arc(start: float, end: float) -> tuple[Point, ...]:
    """A piece of the unit circle, a point every five degrees."""
    count = max(8, int(abs(end - start) / 5))
    turns = [radians(start + (end - start) * i / count) for i in range(count + 1)]
    return tuple((cos(turn), sin(turn)) for turn in turns)


def leaf(at: Point, length: float, width: float, angle: float, bend: float = 0.0) -> Outline:
    """A leaf from its stalk at `at`, pointing along `angle`; `bend` curves the tip sideways."""
    rim = [(t, sin(pi * t**0.8) * (1 - 0.25 * t)) for t in (i / 12 for i in range(13))]
    upper = [(t * length, -w * width / 2 + bend * length * t * t) for t, w in rim]
    lower = [(t * length, w * width / 2 + bend * length * t * t) for t, w in reversed(rim)]
    return placed(upper + lower, at, angle)


def midrib(at: Point, length: float, angle: float, bend: float = 0.0, reach: float = 0.9) -> Outline:
    """The middle line of a `leaf` with the same arguments."""
    return placed([(t * length, bend * length * t * t) for t in (reach * i / 8 for i in range(9))], at, angle)


def mirrored(half: Sequence[Point], axis: float) -> Outline:
    """A symmetric outline: `half` from top to bottom on the right of x = `axis`, and its mirror image."""
    return [*half, *((2 * axis - x, y) for x, y in reversed(half))]


def box(left: float, top: float, right: float, bottom: float, corner: float = 0.0) -> Outline:
    """A rectangle, with rounded corners when `corner` > 0."""
    if not corner:
        return [(left, top), (right, top), (right, bottom), (left, bottom)]
    corners = (
        (right - corner, top + corner, -90),
        (right - corner, bottom - corner, 0),
        (left + corner, bottom - corner, 90),
        (left + corner, top + corner, 180),
    )
    return [p for x, y, a in corners for p in oval((x, y), corner, corner, 0, a, a + 90)]
