"""The pictures of the rooms in `docs/pictures`, joined from those that the whole day keeps.

OCOP_PICTURES=/tmp/day .venv/bin/pytest tests/rooms_day && .venv/bin/python -m bench.pictures /tmp/day
"""

import sys
from pathlib import Path

from PIL import Image

TARGET = Path(__file__).parents[1] / "docs" / "pictures"
SHOWN = {
    "studio": ("studio-story", "studio-labels", "studio-batch", "studio-scans"),
    "office": ("office-check", "office-preview"),
}
HEIGHT, GAP, GROUND, QUALITY = 740, 16, (255, 255, 255), 60


def joined(paths: list[Path]) -> Image.Image:
    """The pictures side by side, each `HEIGHT` pixels high."""
    pictures = [Image.open(path).convert("RGB") for path in paths]
    scaled = [one.resize((round(one.width * HEIGHT / one.height), HEIGHT)) for one in pictures]
    width = sum(one.width for one in scaled) + GAP * (len(scaled) - 1)
    sheet, left = Image.new("RGB", (width, HEIGHT), GROUND), 0
    for one in scaled:
        sheet.paste(one, (left, 0))
        left += one.width + GAP
    return sheet


def main() -> int:
    """Write the pictures; the first argument is the folder that the day filled."""
    if len(sys.argv) != 2:
        print("usage: python -m bench.pictures FOLDER", file=sys.stderr)
        return 2
    for name, parts in SHOWN.items():
        target = TARGET / f"{name}.webp"
        joined([Path(sys.argv[1]) / f"{part}.png" for part in parts]).save(target, quality=QUALITY, method=6)
        print(f"{target.relative_to(Path.cwd())} {target.stat().st_size:,} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
