"""The one door for everything scanned: a raw path and query become an identifier, a token and chip data (floor 1).

    /01/09521234543213/10/L2609A/21/000012 ? s=EAAH… & m=04DE5F1EACC040x00002A & c=94EED9EE65337086 & lang=en
    \\_____________ identifier ____________/    token   chip UID and tap counter   SUN MAC             language

A path that is no valid identifier is refused (`LinkError`), one that is valid but none of ours too (`NotServed`).
What a code says beside its identifier never raises: whatever is wrong with `s`, `m` or `c` becomes `fault`, a
short id, and the verdict makes "not issued" of any fault. The keys are compared after decoding, once, so `%73=`
is an `s`, and two of them are two.

================================  =====================================================================
fault                             when
================================  =====================================================================
`two_s` `two_m` `two_c`           the key stands there more than once
`s_length` `s_alphabet` …         `s` is no token of version 1 (`signing.token.READ_ERRORS`)
`m_form`                          `m` is not 14 upper-case hex digits, `x`, 6 upper-case hex digits
`c_form`                          `c` is not 16 upper-case hex digits
`c_without_m`                     a MAC without what it authenticates
`token_on_other_qualifier`        `s`, `m` or `c` beside an AI of the path that is neither lot nor serial
`token_without_lot`               `s`, `m` or `c` on a page about a product: what is signed has a lot
================================  =====================================================================

`m` and `c` are what NXP's tags mirror into their link (AN12196, 3.3 to 3.4): the counter counts up from 0.

>>> scanned = read(b"/01/09521234543213/10/L2609A/21/000012", b"lang=en&s=abc")
>>> scanned.identifier.number, scanned.token, scanned.fault, scanned.lang
(12, None, 's_length', 'en')
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

from ocop.trace.gs1.digital_link import (
    DigitalLink,
    Identifier,
    LinkError,
    carries_token,
    fast_identifier,
    parse_target,
    served,
)
from ocop.trace.gs1.uri import split_link
from ocop.trace.signing.token import Token, TokenError, read_token

# Queries without escapes and GS1 attributes, as our own codes and chips have them: no need for the general parser.
_PRINTED = re.compile(rb"s=([0-9]{162})")
_PLAIN_QUERY = re.compile(rb"(?:[a-z]+=[A-Za-z0-9_-]*(?:&|\Z))*")
_MIRROR = re.compile(r"([0-9A-F]{14})x([0-9A-F]{6})", re.ASCII)
_MAC = re.compile(r"[0-9A-F]{16}", re.ASCII)
_LANG = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*", re.ASCII)


class NotServed(LinkError):
    """A valid link to something this service doesn't keep: another key, or a lot it would never have issued.

    `coded` says whether the link carries a code (`s`, `m` or `c`): such a link claims to be ours and isn't.
    """

    def __init__(self, link: DigitalLink, *, coded: bool) -> None:
        expected = (
            "a GTIN or product code with a lot and serial of A-Z, 0-9 and hyphen, as this service issues them"
        )
        super().__init__("not_served", expected, link.stem + link.path)
        self.coded = coded


@dataclass(frozen=True, slots=True)
class Scanned:
    """What a scanned link says. Well-formed, not yet judged.

    Attributes:
        identifier: what the link names.
        token: the token of `s`; None without `s` or with a fault in it.
        fault: why the code in the link can be none of ours; empty when there is none, and without a code.
        uid: the 7 bytes of the chip's UID that `m` presents.
        counter: the tap counter that `m` presents.
        mac: the 8 bytes of `c`.
        host: host and port of a whole link, in lower case; empty for a request target.
        lang: the language tag asked for in the query; empty when there is none.
    """

    identifier: Identifier
    token: Token | None = None
    fault: str = ""
    uid: bytes | None = None
    counter: int | None = None
    mac: bytes | None = None
    host: str = ""
    lang: str = ""

    @property
    def has_code(self) -> bool:
        """Whether the link carries a code at all, good or bad."""
        return self.token is not None or bool(self.fault) or self.uid is not None


def read(raw_path: bytes, query: bytes) -> Scanned:
    """What the request target says: the path as received on the wire, the query without its `?`.

    Raises:
        LinkError: the path is no valid identifier (or a GS1 attribute in the query is none).
        NotServed: it is valid, but not one that this service could have issued.
    """
    found = fast_identifier(raw_path)
    if found is not None and found.lot and (printed := _PRINTED.fullmatch(query)):
        # The usual scan: a printed code and nothing else in the query.
        token, fault = _token([printed[1].decode("ascii")])
        return Scanned(found, token, fault)
    if found is not None and _PLAIN_QUERY.fullmatch(query):
        return _with_code(found, _collect(_plain_pairs(query)), other_qualifier=False)
    link = parse_target(raw_path, query)
    code = _collect(link.extensions)
    identifier = served(link)
    if identifier is None:
        raise NotServed(link, coded=bool(code.s or code.m or code.c))
    return _with_code(identifier, code, other_qualifier=not carries_token(link))


def read_uri(uri: str) -> Scanned:
    """What a whole link says, however it came here: typed, pasted, or read from a picture.

    Raises:
        LinkError: no `http:` or `https:` link, or as `read`.
        NotServed: as `read`.
    """
    host, path, query = split_link(uri)
    return replace(read(path, query), host=host)


class _Code(NamedTuple):
    """The values of each of the service's own keys in the query, in order."""

    s: list[str]
    m: list[str]
    c: list[str]
    lang: list[str]


def _plain_pairs(query: bytes) -> Iterator[tuple[str, str]]:
    for pair in query.decode("ascii").split("&"):
        name, equals, value = pair.partition("=")
        if equals:
            yield name, value


def _collect(pairs: Iterable[tuple[str, str]]) -> _Code:
    found: dict[str, list[str]] = {name: [] for name in _Code._fields}
    for name, value in pairs:
        if name in found:
            found[name].append(value)
    return _Code(**found)


def _with_code(identifier: Identifier, code: _Code, *, other_qualifier: bool) -> Scanned:
    lang = code.lang[-1] if code.lang and _LANG.fullmatch(code.lang[-1]) else ""
    if not (code.s or code.m or code.c):
        return Scanned(identifier, lang=lang)
    fault = _fault_of_place(identifier, code, other_qualifier)
    if fault:
        return Scanned(identifier, fault=fault, lang=lang)
    token, token_fault = _token(code.s)
    uid, counter, mirror_fault = _mirror(code.m)
    mac, mac_fault = _mac(code.c)
    fault = token_fault or mirror_fault or mac_fault
    return Scanned(identifier, token, fault, uid, counter, mac, lang=lang)


def _fault_of_place(identifier: Identifier, code: _Code, other_qualifier: bool) -> str:
    for name, values in (("s", code.s), ("m", code.m), ("c", code.c)):
        if len(values) > 1:
            return f"two_{name}"
    if other_qualifier:
        return "token_on_other_qualifier"
    if not identifier.lot:
        return "token_without_lot"
    return "c_without_m" if code.c and not code.m else ""


def _token(values: list[str]) -> tuple[Token | None, str]:
    if not values:
        return None, ""
    try:
        return read_token(values[0]), ""
    except TokenError as error:
        return None, error.code


def _mirror(values: list[str]) -> tuple[bytes | None, int | None, str]:
    if not values:
        return None, None, ""
    match = _MIRROR.fullmatch(values[0])
    if match is None:
        return None, None, "m_form"
    return bytes.fromhex(match[1]), int(match[2], 16), ""


def _mac(values: list[str]) -> tuple[bytes | None, str]:
    if not values:
        return None, ""
    return (bytes.fromhex(values[0]), "") if _MAC.fullmatch(values[0]) else (None, "c_form")
