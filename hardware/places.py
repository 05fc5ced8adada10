"""Where the station keeps its things and which server it works for.

| what | where, first found |
|---|---|
| folder of the station | `--folder`, `OCOP_STATION_FOLDER`, else `station/` in `OCOP_DATA` (default `var/`) |
| server | `--server`, `OCOP_SERVER`, else `url` of `station.json` |
| token | `--token`, `OCOP_STATION_TOKEN`, else `token` of `station.json` |

`station.json` is `{"url", "token", "name"}`, in the folder of the station or in `OCOP_DATA`. A token is a
password: where others of this computer may read the file (POSIX), the station says so and goes on; and it travels in
plain over http, which is therefore for loopback and private addresses only. In the folder lie `journal.db` (never
delete it before a batch is done), `report.jsonl` and, where the reader is simulated, `tray/`.

Worked example: `find_line({}, Path("var"), "", "")` reads `var/station.json`.
"""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from ocop.hardware.phrases_troubles import Trouble, trouble
from ocop.trace.gs1.uri import is_private_host

FILE: Final = "station.json"


class NotSetUp(Trouble):
    """The station doesn't know its server, or not rightly."""


@dataclass(frozen=True, slots=True)
class Line:
    """The server's address and our token for it; `open_file` is where the token lies when others may read it."""

    url: str
    token: str = field(repr=False)
    open_file: Path | None = None

    def warning(self, lang: str) -> str:
        """What to do about `open_file`, in Vietnamese or English; empty when there is nothing to do."""
        return trouble("open_file", lang, file=self.open_file)[0] if self.open_file else ""


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
        source = None
        url, secret = server or environ.get("OCOP_SERVER", ""), token or environ.get("OCOP_STATION_TOKEN", "")
        if not (url and secret):
            kept, source = self._kept()
            # A token belongs to the server it was made for: an address given by hand gets no token of the file.
            if url and str(kept.get("url", "")).rstrip("/") != url.rstrip("/"):
                kept = {}
            source = source if not secret and kept.get("token") else None
            url, secret = url or str(kept.get("url", "")), secret or str(kept.get("token", ""))
        line = _checked(url.strip(), secret.strip())
        return replace(line, open_file=source if source and _others_may_read(source) else None)

    def _kept(self) -> tuple[Mapping[str, Any], Path | None]:
        """What the file says, and which file that is."""
        for path in (self.folder / FILE, self.data / FILE):
            try:
                found = json.loads(path.read_text("utf-8"))
            except FileNotFoundError:
                continue
            except (OSError, ValueError) as error:
                raise NotSetUp("set_up_file", path=path, said=error) from error
            if not isinstance(found, dict):
                raise NotSetUp("set_up_object", path=path)
            return found, path
        return {}, None


def _others_may_read(path: Path) -> bool:
    """Whether group or others may read or change it; on Windows its rights say nothing of that."""
    return os.name == "posix" and bool(path.stat().st_mode & 0o077)


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
    if parts.scheme == "http" and not is_private_host(parts.hostname or ""):
        raise NotSetUp("not_private", host=(parts.hostname or "")[:80])
    if not token.isascii() or any(sign.isspace() for sign in token):
        raise NotSetUp("no_token_signs")
    return Line(url.rstrip("/"), token)
