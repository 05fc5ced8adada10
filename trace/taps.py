"""What a chip's link shows beside its signature: the chip, its MAC, and the receipt of its tap (floor 3).

Steps (5), (6) and (9) of the verification, for the two carriers with a chip:

    carrier  in the link     what is looked at
    static   s m             the UID in `m` is compared; the counter beside it is a statistic and decides nothing
    SUN      s m c           the MAC, under the generations recorded for the chip; then the counter is spent
    SUN      s               our receipt of a tap, else the chip is silent
    SUN      s m             no chip of ours writes that: malformed

The signature is checked first, because it costs the asker nothing to make us look for a chip; a MAC then is
right or false (`Tap.UNSPENT`, `Tap.FALSE_MAC`), and only a right one of the chip on this very item may be spent.

    shown = look(link, bindings, signature_of, find, master)      # Shown(Signature.HOLDS, presented=True, UNSPENT …)
    shown = shown.after(spent)                                    # FRESH, USED or FLOOR_UNKNOWN

A chip that was replaced or given up still has a link that we signed: it answers `withdrawn`, with the day on which
that happened; while no other chip has the number it does not say that the chip was replaced.

**Receipt.** Spending answers with a redirect to the address without `m` and `c`, so that sharing or reloading
the page shows no used counter. A cookie says for 15 minutes that the chip answered for this reader:
`<counter, 6 hex>-<seconds since 1970>-<rise, 2 digits>-<MAC, 32 hex>`, the MAC being BLAKE2b with our secret as its
key (RFC 7693) over all that, the item's path and the binding.
"""

import hmac
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import Final, NamedTuple

from ocop.trace.facts import BoundChip
from ocop.trace.registry.taps import Spend, Spent
from ocop.trace.scanned import Scanned
from ocop.trace.signing.evidence import Signature
from ocop.trace.signing.token import Carrier
from ocop.trace.tags import sun
from ocop.trace.tags.secure import diversify
from ocop.trace.tags.sun import FalseMac
from ocop.trace.verdict_ids import Tap

RECEIPT_TIME: Final = timedelta(minutes=15)
COOKIE: Final = "tap"
SUN_KEY: Final = 2
MOST_JUMP: Final = 99
_MAC_SIZE = 16
_RECEIPT = re.compile(rb"([0-9A-F]{6})-([0-9]{1,12})-([0-9]{2})-([0-9a-f]{32})")

Bindings = Mapping[int, tuple[BoundChip, ...]]


class Shown(NamedTuple):
    """What a link with a chip's token showed. `chip` is the binding it is of, None when that is not known."""

    signature: Signature
    presented: bool = False
    chip: BoundChip | None = None
    tap: Tap = Tap.NONE
    tap_at: datetime | None = None
    tap_jump: int = 1
    tap_is_last: bool = False
    replaced_at: datetime | None = None
    voided_at: datetime | None = None

    @property
    def ended_at(self) -> datetime | None:
        """When the chip was taken off this item; None for one that is on it."""
        return self.replaced_at or self.voided_at

    def spend(self, counter: int | None, at: datetime) -> Spend | None:
        """What has to be written for this tap before it is answered; None when nothing is."""
        if self.chip is None or self.tap is not Tap.UNSPENT:
            return None
        return Spend(self.chip.id, counter, at, self.chip.state == "reserved")

    def after(self, spent: Spent, counter: int) -> "Shown":
        """The same, once its counter was spent or found to be spent."""
        if spent.fresh and spent.before is not None:
            return self._replace(tap=Tap.FRESH, tap_at=spent.at, tap_jump=counter - spent.before)
        if spent.fresh:
            return self._replace(tap=Tap.FLOOR_UNKNOWN)
        if spent.ended:
            return self
        return self._replace(tap=Tap.USED, tap_at=spent.at, tap_is_last=spent.is_last)


def look(
    link: Scanned,
    bindings: Bindings,
    signature_of: Callable[[bytes | None, bytes | None], Signature],
    find: Callable[[bytes], BoundChip | None],
    master: Callable[[int], bytes],
) -> Shown:
    """What a link with a chip's token shows.

    `bindings` are those of its lot; `signature_of` checks the signature for a presented and a bound UID; `find`
    gives the binding that a UID has anywhere now. Raises what `find` and `master` raise.
    """
    if link.fault or (link.uid is not None and link.mac is None and _is_sun(link)):
        return Shown(Signature.MALFORMED)
    history = bindings.get(link.identifier.number or 0, ())
    there = history[0] if history and history[0].holds else None
    # A token of one carrier is never signed for a chip of the other: a stolen key would make a chip that need not
    # answer of one that must.
    now = there if there is not None and (there.carrier == "sun") is _is_sun(link) else None
    signature = signature_of(link.uid, now.uid if now else None)
    if signature is Signature.HOLDS:
        return _of_chip(link, Shown(signature, link.uid is not None, now), master)
    for old in history:
        if not old.holds and signature_of(link.uid, old.uid) is Signature.HOLDS:
            return _of_ended(link, old, there, master)
    if signature is Signature.BOUND_ONLY and _is_sun(link) and link.uid is not None:
        stranger = find(link.uid)
        if stranger is None or not _mac_is_right(link, stranger, master):
            return Shown(signature, tap=Tap.FALSE_MAC)
        return Shown(signature, presented=True, chip=stranger)
    return Shown(signature, presented=link.uid is not None and not _is_sun(link))


def _is_sun(link: Scanned) -> bool:
    return link.token is not None and link.token.carrier is Carrier.SUN


def _of_chip(link: Scanned, shown: Shown, master: Callable[[int], bytes]) -> Shown:
    """The chip on this item, as far as its signature goes."""
    if not _is_sun(link) or link.uid is None or shown.chip is None:
        return shown
    if not _mac_is_right(link, shown.chip, master):
        return shown._replace(presented=False, tap=Tap.FALSE_MAC)
    return shown._replace(tap=Tap.UNSPENT)


def _of_ended(link: Scanned, old: BoundChip, now: BoundChip | None, master: Callable[[int], bytes]) -> Shown:
    """A chip that was on this item before: replaced, or given up while nothing took its place."""
    if _is_sun(link) and link.uid is not None and not _mac_is_right(link, old, master):
        return Shown(Signature.HOLDS, chip=old, tap=Tap.FALSE_MAC)
    if old.state == "replaced" or now is not None:
        return Shown(Signature.HOLDS, link.uid is not None, old, replaced_at=old.ended_at)
    return Shown(Signature.HOLDS, link.uid is not None, old, voided_at=old.ended_at)


def _mac_is_right(link: Scanned, chip: BoundChip, master: Callable[[int], bytes]) -> bool:
    if chip.carrier != "sun" or link.uid != chip.uid or link.counter is None or link.mac is None:
        return False
    try:
        check_sun(chip, link.counter, link.mac, master)
    except FalseMac:
        return False
    return True


def check_sun(chip: BoundChip, counter: int, mac: bytes, master: Callable[[int], bytes]) -> None:
    """Return if `mac` is what this chip answers at `counter`, by its recorded generations and no other.

    Raises FalseMac, and what `master` raises.
    """
    generation = chip.master_generation
    key = diversify(master(generation), chip.uid, SUN_KEY, generation, chip.chip_generation)
    sun.check(key, chip.uid, counter, mac)


class Receipt(NamedTuple):
    """Our word that a chip answered with a fresh counter, and when."""

    counter: int
    at: datetime
    jump: int


class Receipts:
    """Writes and reads receipts under one secret of 32 bytes. Paths and values are bytes as they come over the wire."""

    __slots__ = ("_keyed",)

    def __init__(self, secret: bytes) -> None:
        self._keyed = blake2b(key=secret, digest_size=_MAC_SIZE)

    def write(self, path: bytes, chip: BoundChip, receipt: Receipt) -> bytes:
        """The value of the cookie for the item at `path`."""
        stamp, jump = int(receipt.at.timestamp()), min(receipt.jump, MOST_JUMP)
        body = b"%06X-%d-%02d" % (receipt.counter, stamp, jump)
        return b"%b-%b" % (body, self._mac(path, chip, body))

    def read(self, value: bytes, path: bytes, chip: BoundChip, now: datetime) -> Receipt | None:
        """The receipt in a cookie, None for one that is not ours, of another item or chip, or too old."""
        match = _RECEIPT.fullmatch(value)
        if match is None or not hmac.compare_digest(self._mac(path, chip, value[:-33]), match[4]):
            return None
        at = datetime.fromtimestamp(int(match[2]), UTC)
        if not timedelta(seconds=-60) <= now - at <= RECEIPT_TIME:
            return None
        return Receipt(int(match[1], 16), at, int(match[3]))

    def _mac(self, path: bytes, chip: BoundChip, body: bytes) -> bytes:
        mac = self._keyed.copy()
        mac.update(b"OCOP-TAP/2\n%b\n%d\n%b" % (path, chip.id, body))
        return mac.hexdigest().encode()
