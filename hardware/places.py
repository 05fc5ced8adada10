"""Where the station keeps its things and which server it works for.

| what | where, first found |
|---|---|
| folder of the station | `--folder`, `OCOP_STATION_FOLDER`, else `station/` in `OCOP_DATA` (default `var/`) |
| server | `--server`, `OCOP_SERVER`, else `url` of `station.json` |
| token | `--token`, `OCOP_STATION_TOKEN`, else `token` of `station.json` |

`station.json` is `{"url", "token", "name"}`, in the folder of the station or in `OCOP_DATA`. A token is a
password: the file should be readable by its owner only. In the folder lie `journal.db` (never delete it before a
batch is done), `report.jsonl` and, where the reader is simulated, `tray/`.

Worked example: `find_line({}, Path("var"), "", "")` reads `var/station.json`.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from ocop.hardware.phrases_troubles import Trouble

FILE: Final = "station.json"


class NotSetUp(Trouble):
    """The station doesn't know its server, or not rightly."""


@dataclass(frozen=True, slots=True)
class Line:
    """The server's address and our token for it."""

    url: str
    token: str


@dataclass(frozen=True, slots=True)
class Places:
    """The folders, and what lies in the station's own."""

    data: Path
    folder: Path

    @classmethod
    def find(cls, environ: Mapping[str, str], folder: Path | None) -> "Places":
        """From the command line and the environment."""
        data = Path(environ.get("OCOP_DATA") or "var")
        own = folder or Path(environ.get("OCOP_STATION_FOLDER") or data / "station")
        return cls(data, own)

    @property
    def journal(self) -> Path:
        """What was begun on which chip."""
        return self.folder / "journal.db"

    @property
    def report(self) -> Path:
        """The last word on each chip, one JSON object a line."""
        return self.folder / "report.jsonl"

    @property
    def tray(self) -> Path:
        """Simulated chips."""
        return self.folder / "tray"

    def line(self, environ: Mapping[str, str], server: str, token: str) -> Line:
        """The server and the token. Raises NotSetUp."""
        url, secret = server or environ.get("OCOP_SERVER", ""), token or environ.get("OCOP_STATION_TOKEN", "")
        if not (url and secret):
            kept = self._kept()
            # A token belongs to the server it was made for: an address given by hand gets no token of the file.
            if url and str(kept.get("url", "")).rstrip("/") != url.rstrip("/"):
                kept = {}
            url, secret = url or str(kept.get("url", "")), secret or str(kept.get("token", ""))
        return _checked(url.strip(), secret.strip())

    def _kept(self) -> Mapping[str, Any]:
        for path in (self.folder / FILE, self.data / FILE):
            try:
                found = json.loads(path.read_text("utf-8"))
            except FileNotFoundError:
                continue
            except (OSError, ValueError) as error:
                raise NotSetUp("set_up_file", path=path, said=error) from error
            if not isinstance(found, dict):
                raise NotSetUp("set_up_object", path=path)
            return found
        return {}


def _checked(url: str, token: str) -> Line:
    if not url or not token:
        raise NotSetUp("no_token" if url else "no_server", file=FILE)
    try:
        parts = urlsplit(url)
        known = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        known = False
    if not known:
        raise NotSetUp("no_address", url=repr(url[:80]), file=FILE)
    if not token.isascii() or any(sign.isspace() for sign in token):
        raise NotSetUp("no_token_signs")
    return Line(url.rstrip("/"), token)
