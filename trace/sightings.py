"""Who counts as a scan, and which codes are scanned unusually often (floor 1, pure: time and salt are arguments).

**A scan** is a GET of a story page that a person caused from outside: `Sec-Fetch-Site` is `none` or absent (a
camera, a scanner, an app, a typed address), it is no prefetch and no preview robot. A link on our own pages, a
language switch, a link on another web site are not. The same network, browser family and item count once in
30 minutes. See W3C Fetch Metadata Request Headers, and the Fetch standard for `Sec-Purpose`.

**Often.** One label copied onto many packs shows as one item number met by many separate networks. A network
is the /24 of an IPv4 address or the /48 of an IPv6 address; no place is derived from it, because the
addresses of phones carry little geography. The window is one day from 03:00 to 03:00 at UTC+07:00, when
fewest people scan. A code is often from the moment when `THRESHOLD` networks met it within such a day until
the end of the next day.

Links pasted in a chat or a public post are opened in the same in-app browsers (Zalo, Facebook …) that people
also scan with, and nothing in the request tells one from the other. So networks seen through them count for
at most `RELAYED_LIMIT` of the threshold: a family chat or a post that many people open never makes a code
suspicious by itself. `tests/verdict/test_sightings_simulation.py` is where both figures come from; there,
1 of about 70,000 honest items ever alarms, and labels copied onto 4,000 packs that sell within two weeks are
nearly always noticed, onto 2,000 every second time, onto 500 never. Batch codes and items marked as display
are left to the verdict.

**What is kept.** A network is kept as a mark: 31 bits of BLAKE2b over item and network under the day's key,
and one bit that says in-app browser. The key steps forward through a one-way function every day and the old
one is forgotten, so that yesterday's marks can be counted but no longer be tried against addresses, and no
mark can be compared between two items or two days. Per item and day at most THRESHOLD marks.

**Several workers** share marks through the registry: `take_marks` hands out what is new here, as rows
(item, day, mark), unique together; `absorb` takes in rows of the others, in any order and any number of
times. The rows of today and yesterday are the whole state: a restarted worker absorbs them and is as wise as
before; older rows can be deleted. All workers start from the same (salt, day): whoever keeps it replaces it
every day by `step` and deletes the old one.

    s = Sightings(salt, day_of(1795400000))
    s.see("09521234543213/L2609A/000012", network("14.161.7.9"), "chrome", 1795400000)
    -> Seen(counted=True, often=False); the same again within 30 minutes: Seen(counted=False, often=False)

Memory: at most two times `items` / 2 items and two times `visits` / 2 visits; when a half is full the older
half is dropped, so the items that nobody has met for longest are forgotten first.
"""

import re
from collections.abc import Iterable
from functools import lru_cache
from hashlib import blake2b
from ipaddress import AddressValueError, IPv6Address
from typing import Generic, NamedTuple, TypeVar

_K = TypeVar("_K")
_V = TypeVar("_V")

THRESHOLD = 20
RELAYED_LIMIT = 8
QUIET_SECONDS = 30 * 60
ITEMS = 200_000
VISITS = 100_000
RELAYED = frozenset({"zalo", "facebook", "messenger", "instagram", "tiktok", "line", "wechat", "viber"})
ROBOT = "robot"
SALT_SIZE = 32

_DAY = 86_400
_DAY_OFFSET = 4 * 3600  # 03:00 at UTC+07:00 is 20:00 UTC
_MARK_SIZE = 4
_AGENT_LIMIT = 512

_PURPOSE_HEADERS = frozenset({b"sec-purpose", b"purpose", b"x-purpose", b"x-moz"})
_OCTET = "(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_DOTTED = re.compile(rf"{_OCTET}\.{_OCTET}\.{_OCTET}\.(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])")
_IPV4 = ord("4")
_IPV4_INSIDE = frozenset({bytes(10) + b"\xff\xff", bytes.fromhex("0064ff9b") + bytes(8)})
# Declared robots and link previewers; an undeclared one is counted like a person. CUBOT makes phones.
_ROBOTS = (
    "bot", "crawl", "spider", "preview", "facebookexternalhit", "facebookcatalog", "meta-external",
    "whatsapp/", "slurp", "embedly", "lighthouse", "mediapartners",
)  # fmt: skip
# The first token found in the user agent names the family: apps first, engines that others imitate last.
_FAMILIES = (
    ("zalo", "zalo"), ("messenger", "messenger"), ("fban/messenger", "messenger"), ("fb_iab", "facebook"),
    ("fban", "facebook"), ("fbav", "facebook"), ("instagram", "instagram"), ("bytedance", "tiktok"),
    ("tiktok", "tiktok"), ("musical_ly", "tiktok"), (" line/", "line"), ("micromessenger", "wechat"),
    ("viber", "viber"), ("coc_coc", "coccoc"), ("samsungbrowser", "samsung"), ("edg", "edge"),
    ("opr/", "opera"), ("opera", "opera"), ("ucbrowser", "uc"), ("miuibrowser", "miui"),
    ("fxios", "firefox"), ("firefox", "firefox"), ("crios", "chrome"), ("chrome", "chrome"),
    ("safari", "safari"),
)  # fmt: skip


class SightingsError(Exception):
    """Sightings that were set up wrongly: a fault of the caller, never of a scan."""


class Seen(NamedTuple):
    """What one view was: whether it counts as a new scan, and whether the item is met unusually often."""

    counted: bool
    often: bool


class Mark(NamedTuple):
    """One row to share: on `day` (see `day_of`) `item` was met by the network that `mark` stands for.

    `mark` is a whole number below 2**32; its lowest bit says that the network came through an in-app browser.
    """

    item: str
    day: int
    mark: int


def is_scan(method: str, headers: Iterable[tuple[bytes, bytes]]) -> bool:
    """Whether a request for a story page can be a scan. `headers` are ASGI's pairs with lower-case names.

    A robot is told by its user agent: see `browser_family`.
    """
    if method != "GET":
        return False
    for name, value in headers:
        if name == b"sec-fetch-site":
            if value.strip().lower() != b"none":
                return False
        elif name in _PURPOSE_HEADERS and _is_ahead(value):
            return False
    return True


def is_prefetch(headers: Iterable[tuple[bytes, bytes]]) -> bool:
    """Whether a browser fetches this ahead of a person's wish: to be answered 503 and `no-store`."""
    return any(name in _PURPOSE_HEADERS and _is_ahead(value) for name, value in headers)


def _is_ahead(purpose: bytes) -> bool:
    lowered = purpose.lower()
    return b"prefetch" in lowered or b"prerender" in lowered or b"preview" in lowered


def browser_family(user_agent: str) -> str:
    """The browser's family, one of a few words; `robot` for declared robots, `other` for what is unknown."""
    return _family(user_agent[:_AGENT_LIMIT])


@lru_cache(maxsize=1024)
def _family(user_agent: str) -> str:
    lowered = user_agent.lower().replace("cubot", "")
    if any(word in lowered for word in _ROBOTS):
        return ROBOT
    for token, family in _FAMILIES:
        if token in lowered:
            return family
    return "other"


@lru_cache(maxsize=64)
def _family_bits(family: str) -> int:
    """What tells the visits of one browser family from those of another: 64 bits."""
    return int.from_bytes(blake2b(family.encode(), digest_size=8).digest(), "big")


def network(address: str) -> bytes | None:
    """The network of an IP address: `4` and 3 bytes (/24), or `6` and 6 bytes (/48). None for what is no address.

    An IPv4 address inside IPv6 (mapped, or translated by NAT64's 64:ff9b::/96) counts as IPv4, so that one
    phone is one network on both roads.
    """
    if (dotted := _DOTTED.fullmatch(address)) is not None:
        # What nearly every address is, without the price of `ipaddress`.
        first, second, third = map(int, dotted.groups())
        return bytes((_IPV4, first, second, third))
    try:
        packed = IPv6Address(address.partition("%")[0]).packed
    except AddressValueError:
        return None
    if packed[:12] in _IPV4_INSIDE:
        return b"4" + packed[12:15]
    return b"6" + packed[:6]


def day_of(now: int) -> int:
    """The number of the day, from 03:00 to 03:00 at UTC+07:00, in which a Unix time lies."""
    return (now + _DAY_OFFSET) // _DAY


def step(salt: bytes) -> bytes:
    """The salt of the next day (32 bytes). There is no way back: whoever steps deletes the old one."""
    return blake2b(b"next day", digest_size=SALT_SIZE, key=salt).digest()


class _Halves(Generic[_K, _V]):
    """A dictionary of bounded size: when its young half is full, the older half is forgotten."""

    __slots__ = ("_limit", "_old", "_young")

    def __init__(self, size: int) -> None:
        self._limit = max(1, size // 2)
        self._young: dict[_K, _V] = {}
        self._old: dict[_K, _V] = {}

    def get(self, key: _K) -> _V | None:
        value = self._young.get(key)
        return self._old.get(key) if value is None else value

    def put(self, key: _K, value: _V) -> None:
        if len(self._young) >= self._limit:
            self.turn()
        self._young[key] = value

    def turn(self) -> None:
        self._old, self._young = self._young, {}

    def __len__(self) -> int:
        return len(self._young) + len(self._old)


class _Day:
    """What one day saw: the marks of each item, and the items that reached the threshold."""

    __slots__ = ("_full", "_relayed_limit", "marks", "often")

    def __init__(self, items: int, threshold: int, relayed_limit: int) -> None:
        self._full = threshold * _MARK_SIZE
        self._relayed_limit = relayed_limit
        self.marks: _Halves[bytes, bytes] = _Halves(items)
        self.often: set[bytes] = set()

    def add(self, item: bytes, mark: int) -> bool:
        """Take in one mark; whether it told anything new. Once an item is often nothing more is kept of it."""
        if item in self.often:
            return False
        known = self.marks.get(item) or b""
        relayed = mark & 1
        if known:
            if _holds(known, mark & ~1) or (relayed and _holds(known, mark)):
                return False
            if relayed and sum(byte & 1 for byte in known[3::_MARK_SIZE]) >= self._relayed_limit:
                return False
            if not relayed:
                known = _without(known, mark | 1)
        known += mark.to_bytes(_MARK_SIZE, "big")
        self.marks.put(item, known)
        if len(known) >= self._full:
            self.often.add(item)
        return True


def _holds(known: bytes, mark: int) -> bool:
    return _place(known, mark) >= 0


def _without(known: bytes, mark: int) -> bytes:
    at = _place(known, mark)
    return known if at < 0 else known[:at] + known[at + _MARK_SIZE :]


def _place(known: bytes, mark: int) -> int:
    """Where a mark stands among the marks, or -1: a hit across two marks is none."""
    wanted = mark.to_bytes(_MARK_SIZE, "big")
    at = known.find(wanted)
    while at % _MARK_SIZE and at > 0:
        at = known.find(wanted, at + 1)
    return at


class Sightings:
    """The memory of one worker. Every call takes the time as Unix seconds; a clock that steps back is harmless.

    `salt` (32 random bytes) and the day it belongs to come from whoever all workers share them with.
    """

    __slots__ = (
        "_day", "_items", "_new", "_now", "_rules", "_salt", "_today", "_turned", "_visits", "_yesterday",
    )  # fmt: skip

    def __init__(
        self,
        salt: bytes,
        day: int,
        *,
        items: int = ITEMS,
        visits: int = VISITS,
        threshold: int = THRESHOLD,
        relayed_limit: int = RELAYED_LIMIT,
    ) -> None:
        """Raises `SightingsError` for a salt of another length."""
        if len(salt) != SALT_SIZE:
            raise SightingsError(f"expected a salt of {SALT_SIZE} random bytes, got {len(salt)}")
        self._salt = salt
        self._day = day
        self._items = items
        self._rules = (threshold, relayed_limit)
        self._visits: _Halves[int, int] = _Halves(visits)
        self._now = 0
        self._turned = 0
        self._today = self._new_day()
        self._yesterday = self._new_day()
        self._new: list[Mark] = []

    @property
    def state(self) -> tuple[bytes, int]:
        """The salt in use and its day, to be kept for workers that start later, in place of the old ones."""
        return self._salt, self._day

    def see(self, item: str, network: bytes | None, family: str, now: int) -> Seen:
        """One scan (see `is_scan`) of an item by a network and a browser family. About 3 µs.

        `item` is `key/lot/serial` of a code whose signature holds, so that nobody can fill the memory with
        items that don't exist. `network` None (no usable address) counts as a scan, but marks nothing.
        """
        digest = self._first(item, network, family, now)
        key = item.encode()
        if digest is None:
            return Seen(False, self._is_often(key))
        if network is not None:
            mark = int.from_bytes(digest[:_MARK_SIZE], "big") & ~1 | (family in RELAYED)
            if self._today.add(key, mark) and len(self._new) < self._items:
                self._new.append(Mark(item, self._day, mark))
        return Seen(True, self._is_often(key))

    def count(self, name: str, network: bytes | None, family: str, now: int) -> bool:
        """Whether a view of what is no item of ours (a false code, a batch code) is a new scan. Marks nothing."""
        return self._first(name, network, family, now) is not None

    def _first(self, name: str, network: bytes | None, family: str, now: int) -> bytes | None:
        """The digest of a visit (8 bytes) that is the first one in half an hour, else None."""
        self._pass_time(now)
        if family == ROBOT:
            return None
        digest = blake2b(b"\0".join((name.encode(), network or b"")), digest_size=8, key=self._salt).digest()
        # A whole number of 60 bits is the smallest object that can name a visit, and there are many of them.
        visit = (int.from_bytes(digest, "big") ^ _family_bits(family)) >> 4
        last = self._visits.get(visit)
        if last is not None and now - last < QUIET_SECONDS:
            return None
        self._visits.put(visit, self._now)
        return digest

    def often(self, item: str, now: int) -> bool:
        """Whether an item is met unusually often, for views that don't count."""
        self._pass_time(now)
        return self._is_often(item.encode())

    @property
    def untold(self) -> int:
        """How many marks `take_marks` would give."""
        return len(self._new)

    def take_marks(self) -> list[Mark]:
        """What this worker learnt since the last call, to be shared."""
        taken, self._new = self._new, []
        return taken

    def absorb(self, marks: Iterable[Mark], now: int) -> None:
        """Learn what other workers, or this one before a restart, learnt. Raises `SightingsError`."""
        self._pass_time(now)
        for item, day, mark in marks:
            if not 0 <= mark < 1 << 8 * _MARK_SIZE:
                raise SightingsError(f"expected a mark below 2**32, got {mark} for item {item}")
            if day == self._day:
                self._today.add(item.encode(), mark)
            elif day == self._day - 1:
                self._yesterday.add(item.encode(), mark)

    def _is_often(self, item: bytes) -> bool:
        return item in self._today.often or item in self._yesterday.often

    def _new_day(self) -> _Day:
        return _Day(self._items // 2, *self._rules)

    def _pass_time(self, now: int) -> None:
        if now == self._now:
            return
        self._now = now  # one object for all visits of a second
        if now - self._turned >= QUIET_SECONDS:
            self._visits.turn()
            self._turned = now
        day = (now + _DAY_OFFSET) // _DAY
        if day <= self._day:
            return
        self._yesterday = self._today if day == self._day + 1 else self._new_day()
        self._today = self._new_day()
        for _ in range(day - self._day):
            self._salt = step(self._salt)
        self._day = day
