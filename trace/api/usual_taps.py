"""The usual tap and the page it leads to, by the short way: one more chip of a batch whose chips were just tapped.

As `usual` is for printed codes, so is this for the links of SUN chips. The full way (`tap`) leaves a `ChipLane` behind
when a chip answered with nothing else to say, and for the same batch these need no new judgement:

    GET /story/…?s=…&m=…&c=…     without a cookie: `tapped` checks all but the counter; `tap` spends it
    GET /story/…?s=…             with the receipt of a tap as the only cookie: `page` answers

What is looked at is what can differ between two of them, in the order of the verification:

    is it such a request?          the bytes of its target; headers that tell nothing more
    does the store still say so?   `Scanner.current`; an act drops all lanes
    is it still the same day?      stars and use-by dates are judged by civil day
    whose chip is it?              the serial is of the batch, its present chip is live and has the UID of the link
    does the signature hold?       Ed25519 over M with this serial and UID, as `signing.evidence.check` does
    does the chip answer?          the MAC under the chip's own key and recorded generations; or our receipt
    is it scanned too often?       `Sightings.see`; a page that has to say so is the full way's

Any other answer than yes, and the full way decides: nothing is refused or accused here.
"""

import re
from base64 import urlsafe_b64decode
from binascii import a2b_hex
from collections.abc import Callable, Sized
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import NamedTuple

from ocop.trace.api.http import Request
from ocop.trace.api.usual import Short, languages_of, times_of
from ocop.trace.facts import Batch, BoundChip, Level
from ocop.trace.pages.phrases import Phrases, clock, negotiate
from ocop.trace.pages.render import PreparedPage
from ocop.trace.registry.errors import StoreError
from ocop.trace.registry.keystore import KeystoreError
from ocop.trace.registry.scans import ScanRow
from ocop.trace.scanning import Judged, Kept, Scanner
from ocop.trace.sightings import ROBOT, Sightings, browser_family, network
from ocop.trace.signing.keys import Verifier
from ocop.trace.signing.token import UID_SIZE, Carrier, message, nfc_text
from ocop.trace.tags.sun import FalseMac
from ocop.trace.taps import COOKIE, Receipts, check_sun
from ocop.trace.verdict_ids import CodeAnswer
from ocop.trace.verdict_stars import CIVIL
from ocop.trace.verdict_table import USUAL_JUMP

KEPT_LANES = 4096
KEPT_SIGNATURES = 1024
HEAD = 4
"""Characters of a token before its signature: 3 bytes, so that the two don't share one."""
_TARGET = re.compile(
    rb"(/story((?:/01/[0-9]{14}|/P/[0-9A-Z]{8})/10/[A-Z0-9-]{1,20}/21/))([0-9]{6})"
    rb"\?(s=([A-Za-z0-9_-]{4})([A-Za-z0-9_-]{85}[AQgw]))"
    rb"(?:&m=([0-9A-F]{14})x([0-9A-F]{6})&c=([0-9A-F]{16}))?"
)
_COOKIE = re.compile(rb"%b=([0-9A-Za-z-]{1,100})" % COOKIE.encode())
_SERIAL = "000000"
_NO_UID = bytes(UID_SIZE)
_CHANNEL = "nfc"


class Tapped(NamedTuple):
    """A request that looks like a usual tap (then `uid`, `counter` and `mac` are there) or like the page after it
    (then `receipt` is). `stem` is the path up to the serial, `path` that of the item without `/story`.
    """

    stem: bytes
    path: bytes
    serial: bytes
    query: bytes
    head: bytes
    signature: bytes
    languages: bytes
    family: str
    uid: bytes = b""
    counter: int = 0
    mac: bytes = b""
    receipt: bytes = b""


@dataclass(frozen=True, slots=True)
class ChipLane:
    """What all usual taps of one batch share.

    `head` is the token's text above its signature; `before` and `after` are M around the serial, up to the UID; `since`
    and `until` bound the civil day on which the answer holds.
    """

    since: datetime
    until: datetime
    batch: Batch
    head: bytes
    before: bytes
    after: bytes
    verifier: Verifier
    stars: str
    item: str


class Ready(NamedTuple):
    """A tap with everything right but its counter, which is not spent yet."""

    lane: ChipLane
    chip: BoundChip


class _Page(NamedTuple):
    lane: ChipLane
    words: Phrases
    page: PreparedPage


class ChipLanes:
    """The lanes of one worker for the links of chips."""

    __slots__ = ("_held", "_kept", "_master", "_pages", "_receipts", "_record", "_scanner", "_sightings")

    def __init__(
        self,
        scanner: Scanner,
        sightings: Sightings,
        record: Callable[[ScanRow], None],
        receipts: Receipts,
        master: Callable[[int], bytes],
    ) -> None:
        self._scanner, self._sightings, self._record = scanner, sightings, record
        self._receipts, self._master = receipts, master
        self._kept: Kept[ChipLane] = Kept(KEPT_LANES)
        self._pages: Kept[_Page] = Kept(KEPT_LANES)
        # What held a moment ago holds: the page after a tap has the tap's own signature.
        self._held: Kept[bool] = Kept(KEPT_SIGNATURES)
        scanner.on_change(self._forget)

    def _forget(self) -> None:
        self._kept.clear()
        self._pages.clear()

    def learn(self, request: Request, judged: Judged) -> None:
        """Leave a lane behind if this was a usual tap, answered by its chip."""
        tapped = of_request(request)
        if tapped is not None and tapped.uid and (lane := self._lane(judged)) is not None:
            self._kept.put(tapped.stem, lane)

    def learn_page(self, request: Request, judged: Judged, words: Phrases, page: PreparedPage) -> None:
        """Leave a lane behind if this was the page after a usual tap."""
        tapped = of_request(request)
        if tapped is None or tapped.uid or judged.verdict.code_reasons:
            return
        if (lane := self._lane(judged)) is not None:
            self._pages.put((tapped.stem, tapped.languages), _Page(lane, words, page))

    def tapped(self, link: Tapped, at: datetime) -> Ready | None:
        """The chip whose tap this is, with everything right but the counter, which the caller spends. None: the full
        way must decide, and nothing has been done.
        """
        lane = self._kept.get(link.stem)
        if lane is None or not self.is_current(link, lane) or not lane.since <= at < lane.until:
            return None
        if link.family == ROBOT:
            return None
        chip = self._chip(lane, link)
        if chip is None or chip.uid != link.uid:
            return None
        try:
            check_sun(chip, link.counter, link.mac, self._master)
        except (FalseMac, KeystoreError):
            return None
        return Ready(lane, chip)

    def is_current(self, link: Tapped, lane: ChipLane) -> bool:
        """Whether what a lane says is still so: asked of the store."""
        try:
            self._scanner.current()
        except StoreError:
            return False
        return self._kept.get(link.stem) is lane

    def count(self, link: Tapped, lane: ChipLane, at: datetime, client: str) -> None:
        """Count and record a tap that was spent."""
        family = link.family
        name = lane.item + link.serial.decode()
        if self._sightings.see(name, network(client), family, int(at.timestamp())).counted:
            lang = negotiate(link.languages.decode("latin-1"), None)
            self._record(_row(lane, link, at, lang, family))

    def page(self, link: Tapped, at: datetime, client: str) -> bytes | None:
        """The page after a usual tap, for whoever holds its receipt; None when the full way must decide.

        Raises Short when the item has been scanned often.
        """
        name = (link.stem, link.languages)
        if (kept := self._pages.get(name)) is None:
            return None
        try:
            self._scanner.current()
        except StoreError:
            return None
        lane = kept.lane
        if kept is not self._pages.get(name) or not lane.since <= at < lane.until:
            return None
        chip = self._chip(lane, link)
        receipt = self._receipts.read(link.receipt, link.path, chip, at) if chip is not None else None
        if receipt is None or receipt.jump > USUAL_JUMP:
            return None
        family, second = link.family, int(at.timestamp())
        seen = self._sightings.see(lane.item + link.serial.decode(), network(client), family, second)
        if seen.often:
            raise Short(seen)
        if seen.counted:
            self._record(_row(lane, link, at, kept.words.lang, family))
        now, stamp = times_of(kept.words, second)
        # In the order of `ItemValues`; nothing but the `&` needs to be escaped in these.
        return kept.page.fill_escaped((
            b"%d" % int(link.serial), link.serial, link.path, link.query + b"&amp;", now, stamp,
            kept.words.day_of(receipt.at).encode(), clock(receipt.at).encode(),
        ))  # fmt: skip

    def _chip(self, lane: ChipLane, link: Tapped) -> BoundChip | None:
        """The live SUN chip on the item of a link whose signature holds for it."""
        batch, number = lane.batch, int(link.serial)
        if link.head != lane.head or not batch.first <= number <= batch.last:
            return None
        history = batch.bindings.get(number)
        if not history or history[0].state != "live" or history[0].carrier != "sun":
            return None
        chip, verifier = history[0], lane.verifier
        signed = b"%b%b%b%b" % (lane.before, link.serial, lane.after, chip.uid)
        name = (verifier.public, link.signature, signed)
        if self._held.get(name):
            return chip
        if not verifier.holds(link.signature, signed):
            return None
        self._held.put(name, True)
        return chip

    def _lane(self, judged: Judged) -> ChipLane | None:
        scanned, verdict, facts = judged.scanned, judged.verdict, judged.batch
        token, what = scanned.token, scanned.identifier
        if facts is None or token is None or token.carrier is not Carrier.SUN:
            return None
        if verdict.code is not CodeAnswer.CHIP_ANSWERED or not _alike(facts.batch):
            return None
        record = self._scanner.state.keys_for(what.key, token.key_number)
        if record is None:
            return None
        realm, carrier = self._scanner.realm, token.carrier
        whole = message(realm, carrier, token.key_number, what.key, what.lot, _SERIAL, _NO_UID)
        before, found, after = whole.removesuffix(_NO_UID).rpartition(_SERIAL.encode())
        if not found:
            return None
        midnight = datetime.combine(verdict.day, time(), CIVIL).astimezone(
            UTC
        )  # times of one zone compare faster
        return ChipLane(
            midnight, midnight + timedelta(days=1), facts.batch, nfc_text(token)[:HEAD].encode(), before, after,
            record.verifier, verdict.stars.value, f"{what.key}/{what.lot}/",
        )  # fmt: skip


def of_request(request: Request) -> Tapped | None:
    """What looks like a usual tap or the page after it, by the bytes of a request alone; else None."""
    if request.method != "GET":
        return None
    return usual_link(b"%b?%b" % (request.raw_path, request.query), request.scope["headers"], request.headers)


def usual_link(target: bytes, pairs: Sized, headers: dict[bytes, bytes]) -> Tapped | None:
    """As `of_request`, of a GET's target and its headers: as `pairs` were sent, and looked up by lower-case name."""
    found = _TARGET.fullmatch(target)
    if found is None or (languages := languages_of(pairs, headers)) is None:
        return None
    stem, path, serial, query, head, signature, uid, counter, mac = found.groups()
    cookie = headers.get(b"cookie")
    receipt = None if cookie is None else _COOKIE.fullmatch(cookie)
    if (uid and cookie is not None) or (not uid and receipt is None):
        return None
    signed, agent = urlsafe_b64decode(signature + b"=="), headers.get(b"user-agent", b"").decode("latin-1")
    shared = (stem, path + serial, serial, query, head, signed, languages, browser_family(agent))
    if uid:
        return Tapped(*shared, a2b_hex(uid), int(counter, 16), a2b_hex(mac))
    return Tapped(*shared, receipt=receipt[1] if receipt else b"")


def _row(lane: ChipLane, link: Tapped, at: datetime, lang: str, family: str) -> ScanRow:
    answer, batch = CodeAnswer.CHIP_ANSWERED.value, lane.batch
    return ScanRow(batch.key, batch.lot, int(link.serial), at, answer, lane.stars, _CHANNEL, lang, family)


def _alike(batch: Batch) -> bool:
    """Whether the items of a batch are judged alike, but for their chips."""
    return batch.level is Level.ITEM and not batch.withdrawals and not batch.display
