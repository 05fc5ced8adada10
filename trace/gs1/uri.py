"""URIs taken apart without interpreting them: scheme, host, segments, query pairs (floor 0).

RFC 3986 decides which characters may stand where. Path and GS1 values are read strictly; the values of other
query keys are read as far as they go, because they are none of our business here.

>>> decode_segments(b"/01/09521234543213/10/A%2FB")
('01', '09521234543213', '10', 'A/B')
>>> [(name, value) for name, value, _ in query_pairs(b"%73=a%zz&lang")]
[('s', 'a%zz'), ('lang', None)]
"""

import ipaddress
import re
from collections.abc import Iterator
from urllib.parse import unquote_to_bytes

from ocop.trace.gs1.errors import LinkError

_URI = re.compile(r"[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]+", re.ASCII)
_LINK = re.compile(
    r"(https?)://([^/?#]*)([^?#]*)(?:\?([^#]*))?(?:#.*)?", re.ASCII | re.IGNORECASE | re.DOTALL
)
_DEFAULT_PORTS = {"http": ":80", "https": ":443"}
_HOST = re.compile(r"(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{0,5})?", re.ASCII)
_SEGMENT = re.compile(rb"(?:[A-Za-z0-9\-._~:@!$&'()*+,;=]|%[0-9A-Fa-f]{2})*")
_QUERY_VALUE = re.compile(rb"(?:[A-Za-z0-9\-._~:@!$'()*+,;=/?]|%[0-9A-Fa-f]{2})*")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_ESCAPE_HINT = "write % and two hexadecimal digits; a percent sign itself is %25"


def split_uri(uri: str) -> tuple[str, bytes, bytes]:
    """Host, raw path and raw query of an absolute `http:` or `https:` URI, as `split_link`, strictly.

    Raises:
        LinkError: `uri`, `scheme` or `host`.
    """
    if not _URI.fullmatch(uri):
        hint = "no spaces; letters with marks are written as percent escapes of UTF-8"
        raise LinkError("uri", "a URI of the characters of RFC 3986", uri, hint)
    return split_link(uri)


def split_link(text: str) -> tuple[str, bytes, bytes]:
    """Host, raw path and raw query of a link as people paste it: only scheme and host are judged here.

    The host is in lower case, with its port unless it is the scheme's own. A fragment is dropped. Characters
    outside ASCII become UTF-8.

    Raises:
        LinkError: `scheme` or `host`.
    """
    match = _LINK.fullmatch(text)
    if match is None:
        raise LinkError("scheme", "an absolute URI that begins with https://", text)
    scheme, host, path, query = match.groups("")
    if not _HOST.fullmatch(host):
        raise LinkError(
            "host", "a host name, with a port at most", host, "a user name before @ is not allowed"
        )
    host = host.lower().removesuffix(":").removesuffix(_DEFAULT_PORTS[scheme.lower()])
    return host, path.encode("utf-8", "surrogatepass"), query.encode("utf-8", "surrogatepass")


def decode_segments(path: bytes) -> tuple[str, ...]:
    """The segments of a path, each decoded exactly once; one trailing slash is dropped.

    Raises:
        LinkError: `path`, `escape`, `raw_character`, `utf8`, `control` or `dot_segment`.
    """
    if path[:1] != b"/":
        raise LinkError("path", "a path that begins with a slash", _latin(path))
    body = path[1:-1] if len(path) > 1 and path.endswith(b"/") else path[1:]
    return tuple(_decode_segment(segment) for segment in body.split(b"/"))


def query_pairs(query: bytes) -> Iterator[tuple[str, str | None, bytes]]:
    """The pairs of a query in order: key, value (None without `=`), and the value as received.

    Key and value are decoded once and leniently: `+` is a space, a broken escape stays as it is, broken UTF-8
    becomes U+FFFD. `strict_value` reads the third part without leniency.
    """
    for pair in query.split(b"&"):
        if pair:
            name, equals, value = pair.partition(b"=")
            yield _lenient(name), _lenient(value) if equals else None, value


def strict_value(raw: bytes) -> str:
    """A query value decoded once.

    Raises:
        LinkError: `escape`, `raw_character`, `utf8` or `control`.
    """
    if not _QUERY_VALUE.fullmatch(raw):
        raise _unfit(raw)
    return _text(unquote_to_bytes(raw.replace(b"+", b" ")))


def _lenient(raw: bytes) -> str:
    return unquote_to_bytes(raw.replace(b"+", b" ")).decode("utf-8", "replace")


def _decode_segment(raw: bytes) -> str:
    if not _SEGMENT.fullmatch(raw):
        raise _unfit(raw)
    text = _text(unquote_to_bytes(raw)) if b"%" in raw else raw.decode("ascii")
    if text in (".", ".."):
        raise LinkError("dot_segment", "a path without . and .. segments", text)
    return text


def _text(raw: bytes) -> str:
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        raise LinkError("utf8", "percent escapes of UTF-8", _latin(raw)) from None
    if _CONTROL.search(text):
        raise LinkError("control", "no control characters", text)
    return text


def _unfit(raw: bytes) -> LinkError:
    stray = re.search(rb"[^A-Za-z0-9\-._~:@!$&'()*+,;=/?%]", raw)
    if stray:
        return LinkError("raw_character", "percent escapes for such characters", _latin(stray.group()))
    return LinkError("escape", "whole percent escapes", _latin(raw), _ESCAPE_HINT)


def _latin(raw: bytes) -> str:
    return raw.decode("latin-1")


def is_private_host(host: str) -> bool:
    """Whether `host` is loopback, a private address, or a name that never leaves the house (`localhost`)."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        address = ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    return address.is_loopback or address.is_private


def is_loopback_host(host: str) -> bool:
    """Whether `host` can be reached from this machine only."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
