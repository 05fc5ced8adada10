"""The style keeps its promises without a browser: contrast, sizes, spacing, nothing from elsewhere."""

import re
from pathlib import Path

import pytest
from ocop.trace.pages import render

CSS = (Path(render.__file__).parent / "templates" / "style.css").read_text("utf-8")
PAIRS = [
    ("ink", "paper"), ("ink", "sheet"), ("soft", "paper"), ("soft", "sheet"), ("lacquer", "paper"),
    ("lacquer", "sheet"), ("on-lacquer", "lacquer"), ("alarm-ink", "alarm"), ("caution-ink", "caution"),
    ("unsure-ink", "unsure"), ("answered-ink", "answered"), ("gold", "sheet"),
]  # fmt: skip


def palette(dark):
    blocks = re.findall(r":root \{(.*?)\}", CSS, re.S)
    colours = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", blocks[0]))
    return colours | dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", blocks[1])) if dark else colours


def luminance(colour):
    """WCAG 2.2, relative luminance."""
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize(("front", "back"), PAIRS)
def test_text_stands_out_from_its_ground(front, back, dark):
    colours = palette(dark)
    assert contrast(colours[front], colours[back]) >= 4.5


def test_the_recall_stands_out_in_both_schemes():
    back, front = re.search(r"#recalled \{ background: (#\w{6}); color: (#\w{6})", CSS).groups()
    assert contrast(front, back) >= 7


def test_no_text_is_smaller_than_seventeen_points_and_lines_stand_apart():
    assert "html { font-size: 106.25%" in CSS  # 17 of the browser's 16
    sizes = re.findall(r"(?:font-size|font):[^;]*?([\d.]+)rem", CSS)
    assert sizes
    assert min(map(float, sizes)) >= 1
    heights = [float(height) for height in re.findall(r"line-height: ([\d.]+)", CSS)]
    heights += [float(height) for height in re.findall(r"font:[^;]*?rem/([\d.]+)", CSS)]
    digits_only = {1.2, 1.4}  # the number of a step; the one big heading
    assert all(height >= 1.5 or height in digits_only for height in heights)


def test_nothing_is_fetched_by_the_style():
    assert "url(" not in CSS
    assert "@import" not in CSS
    assert "@font-face" not in CSS


def test_motion_is_only_for_those_who_want_it():
    outside = re.sub(r"@media \(prefers-reduced-motion: no-preference\) \{.*?\} \}", "", CSS, flags=re.S)
    assert "transition" not in outside
    assert "animation" not in outside


def test_no_green_in_the_palette_of_answers():
    """Green means "safe" to a reader; no answer can say that."""
    for dark in (False, True):
        for name in ("alarm", "caution", "unsure", "answered", "gold"):
            red, green, blue = (int(palette(dark)[name][i : i + 2], 16) for i in (1, 3, 5))
            assert not (green > red and green > blue), name
