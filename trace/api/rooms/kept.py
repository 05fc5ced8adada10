"""A form whose proof ran out while it was filled in: nothing that was typed is lost.

Ten minutes after the last proof a form that asks for one is not acted on. Its fields travel, hidden, through the page
that asks for the proof and come back with a button that sends them on to where they were going:

    POST /office/people (name, role, place)  →  the proof, `kept` in it  →  "Gửi tiếp"  →  POST /office/people

They stay in that person's own browser; the server keeps nothing. A form with a passphrase or a passkey's answer is
never carried, nor are files (the form says which are missing), nor more than `MOST` bytes: then, as for a form in
which nothing was typed, the proof leads back to the page that the form came from.
"""

import json
from dataclasses import dataclass

from ocop.trace.api.rooms.routes import Route
from ocop.trace.api.rooms.visit import Visit
from ocop.trace.pages.rooms.door_views import KeptForm

MOST = 24 * 1024
SECRETS = frozenset({"passphrase", "credential"})


@dataclass(frozen=True, slots=True)
class Kept:
    """Where a form was going, and its fields in their order."""

    path: str
    fields: tuple[tuple[str, str], ...]

    @property
    def shown(self) -> KeptForm:
        """As the pages carry it."""
        text = json.dumps([self.path, self.fields], ensure_ascii=False, separators=(",", ":"))
        return KeptForm(self.path, self.fields, text)


def keep(visit: Visit) -> Kept | None:
    """The form of this visit; None when nothing was typed, or when it must not or can't be carried."""
    if visit.request.method != "POST" or SECRETS & visit.form.fields.keys():
        return None
    fields = tuple(
        (name, value)
        for name, values in visit.form.fields.items()
        if name != "csrf"
        for value in values
    )  # fmt: skip
    if not any(value for _, value in fields):
        return None
    kept = Kept(visit.request.raw_path.decode("latin-1"), fields)
    return kept if len(kept.shown.text.encode()) <= MOST else None


def read(visit: Visit, text: str) -> Kept | None:
    """What `shown` wrote, when it goes to a form of ours that asks for a proof; None for anything else."""
    if not text or len(text.encode()) > MOST:
        return None
    try:
        path, pairs = json.loads(text)
        fields = tuple((name, value) for name, value in pairs)
    except (ValueError, TypeError, RecursionError):
        return None
    if not isinstance(path, str) or not all(isinstance(part, str) for pair in fields for part in pair):
        return None
    route = _route(visit, path)
    return Kept(path, fields) if route is not None and route.step_up else None


def _route(visit: Visit, path: str) -> Route | None:
    try:
        raw = path.encode("ascii")
    except UnicodeEncodeError:
        return None
    if not path.startswith("/") or path.startswith("//") or not path.isprintable():
        return None
    return visit.index.find("POST", raw)[0]
