"""Voice clips over HTTP: whole or by one range (RFC 9110, 14), never cached beyond a question.

A phone asks for `bytes=0-` first and then for the rest; Safari plays nothing without 206. A clip is answered only
while a story or a draft holds it and, once it was published, while somebody's consent to "voice" stands: when that is
taken back the file is gone here at the same moment as from the pages, so nothing may keep it without asking
(`no-cache` and an entity tag).
"""

import re

from ocop.trace.api.http import SAFE, Header, Reply, Request
from ocop.trace.api.problems import Wrong, refuse
from ocop.trace.api.service import Service
from ocop.trace.registry.showing import may_be_heard
from ocop.trace.registry.voice import MEDIA_TYPE, voice_file

PATH = re.compile(rb"/media/([0-9a-f]{64}\.m4a)")
_RANGE = re.compile(r"bytes=([0-9]{0,10})-([0-9]{0,10})", re.ASCII)
_CACHE = (b"cache-control", b"private, no-cache")


def sound(service: Service, request: Request, name: str) -> Reply:
    """The clip with this name, or 404 when there is none that may be heard."""
    with service.store.read() as session:
        allowed = may_be_heard(session, name)
    try:
        content = voice_file(service.settings.data, name).read_bytes() if allowed else b""
    except OSError:
        content = b""
    if not content:
        return refuse(service, request, Wrong.UNKNOWN)
    tag = b'"%s"' % name.partition(".")[0].encode()
    headers: tuple[Header, ...] = (
        (b"content-type", MEDIA_TYPE.encode()),
        (b"accept-ranges", b"bytes"),
        (b"etag", tag),
        _CACHE,
        *SAFE,
    )
    if request.headers.get(b"if-none-match") == tag:
        return Reply(304, headers)
    asked = request.text(b"range")
    if not asked or request.method != "GET" or request.headers.get(b"if-range", tag) != tag:
        return Reply(200, headers, content)
    span = span_of(asked, len(content))
    if span is None:
        return Reply(200, headers, content)
    start, end = span
    if start >= end:
        return Reply(416, (*headers, (b"content-range", b"bytes */%d" % len(content))))
    place = b"bytes %d-%d/%d" % (start, end - 1, len(content))
    return Reply(206, (*headers, (b"content-range", place)), content[start:end])


def span_of(asked: str, size: int) -> tuple[int, int] | None:
    """The stretch that a Range header asks of `size` bytes; None when it is to be ignored; empty when it lies outside.

    >>> span_of("bytes=0-", 10), span_of("bytes=-3", 10), span_of("bytes=12-", 10), span_of("bytes=0-1,4-5", 10)
    ((0, 10), (7, 10), (12, 10), None)
    """
    match = _RANGE.fullmatch(asked.strip())
    if match is None or match[1] == match[2] == "":
        return None
    if match[1] == "":
        length = int(match[2])
        return (size - min(length, size), size) if length else (size, size)
    start = int(match[1])
    end = min(int(match[2]) + 1, size) if match[2] else size
    if match[2] and int(match[2]) < start:
        return None
    return start, end
