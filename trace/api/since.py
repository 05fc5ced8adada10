"""Since when this worker answers as it does: what Last-Modified may say, and when "not modified" is true.

The rows keep no time for everything that changes what is offered (a story taken down, a lot called back), but each
such act moves the version of the facts. So the moment counts at which this worker first saw the version it answers
from: never earlier than the change itself, whichever worker is asked next. HTTP counts whole seconds, so within the
first second of a version no moment is told at all; whoever holds one then, holds an older answer (RFC 9110, 8.8.2.2).

    seen = Seen()
    since = seen.since(version, now)                 # None within the first second
    unchanged(request, tag, since, now)              # 304?  RFC 9110, 13.2.2
"""

import threading
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime

from ocop.trace.api.http import Request

SECOND = timedelta(seconds=1)


class Seen:
    """The version of the facts seen last and the moment at which it was new. Threads may share it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._version = -1
        self._at: datetime | None = None

    def since(self, version: int, now: datetime) -> datetime | None:
        """The moment, in whole seconds, from which `version` is known; None while that is less than a second."""
        with self._lock:
            if self._at is None or version != self._version or now < self._at:
                self._version, self._at = version, now
            at = self._at
        return at.replace(microsecond=0) if now - at >= SECOND else None


def http_date(moment: datetime) -> bytes:
    """`Mon, 23 Nov 2026 03:00:00 GMT` (RFC 9110, 5.6.7)."""
    return format_datetime(moment.astimezone(UTC), usegmt=True).encode("ascii")


def unchanged(request: Request, tag: bytes, since: datetime | None, now: datetime) -> bool:
    """Whether the caller holds this very answer: by its entity tag, else by the moment it was modified."""
    tags = request.headers.get(b"if-none-match")
    if tags is not None:
        return any(one.strip().removeprefix(b"W/") in {tag, b"*"} for one in tags.split(b","))
    held = _moment(request.text(b"if-modified-since"))
    return held is not None and since is not None and since <= held <= now


def _moment(text: str) -> datetime | None:
    if not text:
        return None
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError):
        return None
    return moment if moment.tzinfo is not None else None
