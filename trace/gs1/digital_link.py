"""GS1 Digital Link URIs and the house's own `/P/` form: parse, check, canonical form (floor 0).

    https://id.example.vn/shop/01/09521234543213/10/L2609A/21/000012?17=261231&s=EAAH…
    \\_____ host _______/\\stem/\\_____ key ____/\\__ qualifiers ____/ \\attribute/ \\extension/

1. The path is read as received: it is split at `/` first, then each segment is decoded exactly once, so `%2F` is
   a slash inside a value, `%252F` the three characters `%2F`, and `+` a plus. One trailing slash is tolerated.
2. From the right end, pairs of segments are walked until one begins with a primary key: the rightmost key wins,
   whatever precedes it is the stem.
3. What follows the key are its qualifiers, each once and in the order of the standard.
4. In the query (split at `&`; `+` is a space) a key made of digits is an application identifier and must be a
   data attribute that does not belong in the path; each at most once. Everything else is an extension, kept in
   order, decoded once and never judged: a broken `s` or a stray tracking parameter does not break a link.
5. Every value is checked by the table (`ai.py`), then which of them stand together.

Canonical form: `https://id.gs1.org`, key and qualifiers, then the attributes in the order received, with
everything but A-Z a-z 0-9 - . _ ~ escaped; extensions and fragment are dropped. Of a `/P/` link it is the path.

Sources: GS1 Digital Link Standard: URI Syntax, release 1.4; GS1-Conformant Resolver Standard, 2.13 (trailing
slash); RFC 3986. Not read: compressed links and the alphabetic names (`/gtin/`) that release 1.3 removed; both
are recognised and refused with a hint.

>>> link = parse_uri("https://id.example.vn/01/09521234543213/10/A%2f1?17=261231&s=x")
>>> link.elements
{'01': '09521234543213', '10': 'A/1', '17': '261231'}
>>> link.canonical
'https://id.gs1.org/01/09521234543213/10/A%2F1?17=261231'
>>> served(parse_target(b"/P/4VTR0QB4/10/L1/21/000012", b"")).number
12
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import quote

from ocop.trace.gs1.ai import AI, AIS, HOUSE, check_associations, find
from ocop.trace.gs1.errors import LinkError
from ocop.trace.gs1.identifier import Identifier, identifier, item_serial, new_product_code, product_code
from ocop.trace.gs1.unread import no_key
from ocop.trace.gs1.uri import decode_segments, query_pairs, split_uri, strict_value

__all__ = [
    "DigitalLink",
    "Identifier",
    "LinkError",
    "carries_token",
    "fast_identifier",
    "identifier",
    "item_serial",
    "new_product_code",
    "parse_target",
    "parse_uri",
    "product_code",
    "served",
]

CANONICAL = "https://id.gs1.org"
_DIGITS = re.compile(r"[0-9]+", re.ASCII)
_SERVED = frozenset({"10", "21"})
_FAST = re.compile(
    rb"/(?:01/([0-9]{14})|(P/[0-9A-HJKMNP-TV-Z]{8}))(?:/10/([A-Z0-9-]{1,20})(?:/21/([A-Z0-9-]{1,20}))?)?"
)


@dataclass(frozen=True, slots=True)
class DigitalLink:
    """A valid link, taken apart.

    Attributes:
        elements: AI to decoded value: the key, its qualifiers in path order, then attributes as received.
        key: the AI of the primary key, or `P`.
        qualifiers: the AIs in the path after the key, in order.
        attributes: the AIs in the query, in order.
        extensions: every other pair of the query, (key, value), decoded once, in order.
        stem: the path before the key, as received, without a trailing slash; empty when there is none.
        host: host and port in lower case; empty for a bare target.
    """

    elements: dict[str, str]
    key: str
    qualifiers: tuple[str, ...] = ()
    attributes: tuple[str, ...] = ()
    extensions: tuple[tuple[str, str], ...] = ()
    stem: str = ""
    host: str = ""
    path: str = field(init=False)

    def __post_init__(self) -> None:
        pairs = "".join(f"/{ai}/{quote(self.elements[ai], safe='')}" for ai in (self.key, *self.qualifiers))
        object.__setattr__(self, "path", pairs)

    @property
    def canonical(self) -> str:
        """The canonical URI (`https://id.gs1.org/…`); for the house's own key, which has none, the path."""
        pairs = [f"{ai}={quote(self.elements[ai], safe='')}" for ai in self.attributes]
        tail = f"{self.path}?{'&'.join(pairs)}" if pairs else self.path
        return tail if self.key == HOUSE else CANONICAL + tail


def parse_uri(uri: str) -> DigitalLink:
    """The link of a whole `http:` or `https:` URI.

    Raises:
        LinkError: for whatever is no valid GS1 Digital Link URI and no link of the house.
    """
    host, path, query = split_uri(uri)
    return _parse(path, query, host)


def parse_target(raw_path: bytes, query: bytes) -> DigitalLink:
    """The link of a request target: the path as received on the wire, and the query without its `?`.

    Raises:
        LinkError: as `parse_uri`.
    """
    return _parse(raw_path, query, "")


def served(link: DigitalLink) -> Identifier | None:
    """The identifier that a valid link means here, or None when it is one this service doesn't serve.

    Served are GTINs and the house's codes at the root, with lots and serials as this service issues them. A
    consumer product variant (22) or third-party serial (235) beside them changes nothing of what is named, but
    such a link is none of ours: `carries_token` is false for it.
    """
    if link.stem or link.key not in ("01", HOUSE):
        return None
    key = link.elements[link.key]
    try:
        return identifier(
            key if link.key == "01" else f"P/{key}",
            *(link.elements[ai] if ai in link.qualifiers else "" for ai in ("10", "21")),
        )
    except LinkError:
        return None


def carries_token(link: DigitalLink) -> bool:
    """Whether a signed code can stand in this link: no other qualifier than lot and serial."""
    return _SERVED.issuperset(link.qualifiers)


def fast_identifier(raw_path: bytes) -> Identifier | None:
    """What `served(parse_target(raw_path, b""))` gives for a path in our own canonical form, several times faster.

    None means nothing: the path may still be valid, and the general parser has to say.
    """
    match = _FAST.fullmatch(raw_path)
    if match is None:
        return None
    gtin, code, lot, serial = match.groups(b"")
    try:
        return identifier((gtin or code).decode("ascii"), lot.decode("ascii"), serial.decode("ascii"))
    except LinkError:
        return None


def _parse(path: bytes, query: bytes, host: str) -> DigitalLink:
    segments = decode_segments(path)
    start = _key_position(segments)
    codes, values = segments[start::2], segments[start + 1 :: 2]
    elements = _path_elements(codes, values)
    attributes, extensions = _query_elements(query, codes[0], codes[1:])
    check_associations((*elements, *attributes))
    stem = b"/".join(path.split(b"/")[: start + 1]).decode("ascii")
    return DigitalLink(
        elements=elements | attributes,
        key=codes[0],
        qualifiers=tuple(codes[1:]),
        attributes=tuple(attributes),
        extensions=extensions,
        stem=stem,
        host=host,
    )


def _key_position(segments: Sequence[str]) -> int:
    """The index of the rightmost primary key, counted in pairs from the end."""
    for index in range(len(segments) - 2, -1, -2):
        entry = find(segments[index])
        if entry is not None and entry.key:
            return index
    raise no_key(segments)


def _path_elements(codes: Sequence[str], values: Sequence[str]) -> dict[str, str]:
    key = AIS[codes[0]]
    for code in codes[1:]:
        if not any(code in order for order in key.orders):
            raise _misplaced(key, code)
    if not key.takes_in_order(tuple(codes[1:])):
        orders = " or ".join(", ".join(order) for order in key.orders)
        raise LinkError(
            "order", f"after AI {key.code} each of {orders} once and in this order", "/".join(codes)
        )
    for code, value in zip(codes, values, strict=True):
        AIS[code].check(value)
    elements = dict(zip(codes, values, strict=True))
    if key.code == HOUSE:
        identifier(f"P/{values[0]}", elements.get("10", ""), elements.get("21", ""))
    return elements


def _misplaced(key: AI, code: str) -> LinkError:
    entry = find(code)
    if entry is None:
        return LinkError("unknown_ai", f"a qualifier of AI {key.code} in the path", code)
    hint = f"AI {code} belongs in the query: ?{code}=…" if entry.attribute else ""
    return LinkError("qualifier", f"a qualifier of AI {key.code} in the path", code, hint)


def _query_elements(
    query: bytes, key: str, qualifiers: Sequence[str]
) -> tuple[dict[str, str], tuple[tuple[str, str], ...]]:
    attributes: dict[str, str] = {}
    extensions: list[tuple[str, str]] = []
    for name, value, raw in query_pairs(query):
        if value is None or not _DIGITS.fullmatch(name):
            extensions.append((name, value or ""))
            continue
        _check_attribute(name, key, qualifiers, attributes)
        attributes[name] = strict_value(raw)
        AIS[name].check(attributes[name])
    return attributes, tuple(extensions)


def _check_attribute(name: str, key: str, qualifiers: Sequence[str], seen: dict[str, str]) -> None:
    entry = find(name)
    if entry is None:
        hint = "a query key of digits only is read as a GS1 application identifier"
        raise LinkError("unknown_ai", "an application identifier in the query", name, hint)
    if name == key or name in qualifiers or name in seen:
        raise LinkError("repeated_ai", f"AI {name} once", name)
    if not entry.attribute:
        raise LinkError("not_attribute", "a data attribute in the query", name)
    if AIS[key].takes((*qualifiers, name)):
        raise LinkError(
            "belongs_in_path", f"AI {name} in the path", f"?{name}=", f"write /{name}/… in the path"
        )
