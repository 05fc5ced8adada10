"""`make bench`: every figure beside its floor and its textbook version; a table, and `bench/out/bench.json`."""

import json
import platform
from pathlib import Path

from bench import labels, pages, station, sun, taps, web

OUT = Path(__file__).parent / "out"


def main() -> None:
    """Run all parts and write the JSON file."""
    found = {
        "machine": {"cpu": platform.processor() or platform.machine(), "python": platform.python_version()}
    }
    for name, part in (
        ("scan page", web),
        ("labels", labels),
        ("story page", pages),
        ("SUN check", sun),
        ("taps", taps),
        ("station", station),
    ):
        print(f"== {name}", flush=True)
        found[name] = part.run()
        print(json.dumps(found[name], indent=1, ensure_ascii=False), flush=True)
    OUT.mkdir(exist_ok=True)
    (OUT / "bench.json").write_text(json.dumps(found, indent=1, ensure_ascii=False))
    print(f"written to {OUT / 'bench.json'}")


if __name__ == "__main__":
    main()
