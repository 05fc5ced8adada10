"""What a story page weighs: HTML and style compressed, its first photo, and that nothing comes from elsewhere."""

import gzip
import json
import os
import re
import subprocess
import urllib.request
from typing import Any

from bench.servers import BIN, free_port, scratch, serving

LIMITS = {"compressed_bytes": 30_000, "photo_bytes": 60_000, "foreign_requests": 0}
LOADED = re.compile(
    r"""(?:src|srcset|poster)="([^"]+)"|<link[^>]+rel="(?:stylesheet|preload|icon)"[^>]+href="([^"]+)\""""
)


def run() -> dict[str, Any]:
    """The largest page of all illustrative codes, and the largest first photo."""
    with scratch() as folder:
        port = free_port()
        env = {"OCOP_DATA": str(folder / "data"), "OCOP_PUBLIC_URL": f"http://127.0.0.1:{port}"}
        out = subprocess.run([BIN / "ocop-trace", "demo", "--json"], check=True, capture_output=True, text=True,
                             env={**os.environ, **env}).stdout  # fmt: skip
        serve = [str(BIN / "ocop-trace"), "serve", "--port", str(port)]
        with serving(serve, port, env, "/healthz") as server:
            weighed = [_weigh(server.url, json.loads(line)["link"]) for line in out.splitlines()]
    found = {name: max(one[name] for one in weighed) for name in weighed[0]}
    return {**found, "limits": LIMITS, "met": all(found[name] <= limit for name, limit in LIMITS.items())}


def _weigh(origin: str, link: str) -> dict[str, int]:
    with urllib.request.urlopen(link) as answer:
        page = answer.read()
    loaded = [one or two for one, two in LOADED.findall(page.decode())]
    files = [entry.split()[0] for each in loaded for entry in each.split(",")]
    photos = [file for file in files if file.endswith("-720.webp")]
    photo = urllib.request.urlopen(origin + photos[0]).read() if photos else b""
    return {
        "compressed_bytes": len(gzip.compress(page, 6)),
        "raw_bytes": len(page),
        "photo_bytes": len(photo),
        "foreign_requests": sum(not file.startswith("/") for file in files),
    }


def main() -> None:
    """Print the figures."""
    print(json.dumps(run(), indent=1))


if __name__ == "__main__":
    main()
