"""The usual scan, by the short way: one more item of a batch that was just shown to somebody else.

On a market day nearly all scans are alike: a printed code and nothing else in the query, of an item of a batch whose
page was rendered a moment ago, with the plainest answer of all (`code_issued`, no reason beside it). Between two
of them only serial, signature, visitor and time differ. So the full way (`story.answer`) leaves a `Lane` for the batch
behind whenever it gave that answer, and the next such scan needs no new judgement, only what can differ:

    is it such a request?          path stem and languages are bytes seen before; serial and code match
    does the store still say so?   `Scanner.current`, as on the full way; an act drops all lanes
    is it still the same day?      stars and use-by dates are judged by civil day
    is the serial of the batch?    its range; a batch with chips, withdrawn or display items gets no lane
    does the signature hold?       Ed25519 over M with this serial, as `signing.evidence.check` does
    is it scanned too often?       `Sightings.see`, as on the full way

Any other answer than yes, and the full way decides: nothing is ever refused or accused here. A test sends the same
requests both ways and compares bytes, rows and memory.
"""

import re
from collections.abc import Callable, Sized
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import lru_cache
from typing import NamedTuple

from ocop.trace.api.http import Request
from ocop.trace.facts import Batch, Level
from ocop.trace.pages.phrases import Phrases
from ocop.trace.pages.render import PreparedPage
from ocop.trace.registry.errors import StoreError
from ocop.trace.registry.scans import ScanRow
from ocop.trace.scanning import Judged, Kept, Scanner
from ocop.trace.sightings import Seen, Sightings, browser_family, network
from ocop.trace.signing.keys import Verifier
from ocop.trace.signing.token import SIGNATURE_SIZE, Carrier, message
from ocop.trace.verdict_ids import CodeAnswer
from ocop.trace.verdict_stars import CIVIL

KEPT_LANES = 4096
LONGEST_LANGUAGES = 200
SIGNATURE_BITS = 8 * SIGNATURE_SIZE
_SIGNATURE = (1 << SIGNATURE_BITS) - 1
_STORY = len(b"/story")
_TARGET = re.compile(
    rb"(/story(?:/01/[0-9]{14}|/P/[0-9A-Z]{8})/10/[A-Z0-9-]{1,20}/21/)([0-9]{6})\?(s=([0-9]{162}))"
)
# Headers of a browser that fetches ahead of a person's wish: what they say is read on the full way.
_AHEAD = frozenset({b"sec-purpose", b"purpose", b"x-purpose", b"x-moz"})
_SERIAL = "000000"
PRINT = "print"


class Usual(NamedTuple):
    """A request that looks like a usual scan. `name` is what its lane is kept under."""

    name: tuple[bytes, bytes]
    stem: bytes
    serial: bytes
    query: bytes
    digits: bytes
    agent: bytes


@dataclass(frozen=True, slots=True)
class Lane:
    """What all usual scans of one batch in one language share.

    `head` is the token above its signature as a number (version, algorithm, carrier, key number); `before` and
    `after` are M around the serial; `since` and `until` bound the civil day on which the answer holds.
    """

    since: datetime
    until: datetime
    first: int
    last: int
    head: int
    before: bytes
    after: bytes
    verifier: Verifier
    key: str
    lot: str
    code: str
    stars: str
    item: str
    words: Phrases
    page: PreparedPage


class Short(Exception):
    """The short way ends here, and the visit is counted already: what was seen goes on along the full way."""

    def __init__(self, seen: Seen) -> None:
        super().__init__("scanned often")
        self.seen = seen


class Lanes:
    """The lanes of one worker, keyed by the bytes of path stem and `Accept-Language`."""

    __slots__ = ("_kept", "_record", "_scanner", "_sightings")

    def __init__(self, scanner: Scanner, sightings: Sightings, record: Callable[[ScanRow], None]) -> None:
        self._scanner, self._sightings, self._record = scanner, sightings, record
        self._kept: Kept[Lane] = Kept(KEPT_LANES)
        scanner.on_change(self._kept.clear)

    def learn(self, request: Request, judged: Judged, words: Phrases, page: PreparedPage) -> None:
        """Leave a lane behind if this was a usual scan."""
        usual = of_request(request)
        if usual is None or (lane := self._lane(judged, words, page)) is None:
            return
        self._kept.put(usual.name, lane)

    def answer(self, usual: Usual, at: datetime, client: str) -> bytes | None:
        """The page of a usual scan at the moment `at`, counted and recorded; None when the full way must decide.

        Raises Short when the item has been scanned often.
        """
        name = usual.name
        if (lane := self._kept.get(name)) is None:
            return None
        try:
            self._scanner.current()
        except StoreError:
            return None
        # An act that was noticed just now has dropped the lane that is in our hand.
        if lane is not self._kept.get(name) or not lane.since <= at < lane.until:
            return None
        serial, code = usual.serial, int(usual.digits)
        number = int(serial)
        if code >> SIGNATURE_BITS != lane.head or not lane.first <= number <= lane.last:
            return None
        signature = (code & _SIGNATURE).to_bytes(SIGNATURE_SIZE, "big")
        if not lane.verifier.holds(signature, b"%b%b%b" % (lane.before, serial, lane.after)):
            return None
        family, second = browser_family(usual.agent.decode("latin-1")), int(at.timestamp())
        seen = self._sightings.see(lane.item + serial.decode(), network(client), family, second)
        if seen.often:
            raise Short(seen)
        if seen.counted:
            self._record(
                ScanRow(lane.key, lane.lot, number, at, lane.code, lane.stars, PRINT, lane.words.lang, family)
            )
        now, stamp = times_of(lane.words, second)
        # In the order of `ItemValues`; nothing but the `&` needs to be escaped in these.
        path, query = usual.stem[_STORY:] + serial, usual.query + b"&amp;"
        return lane.page.fill_escaped((b"%d" % number, serial, path, query, now, stamp, b"", b""))

    def _lane(self, judged: Judged, words: Phrases, page: PreparedPage) -> Lane | None:
        scanned, verdict, facts = judged.scanned, judged.verdict, judged.batch
        token, what = scanned.token, scanned.identifier
        if facts is None or token is None or token.carrier is not Carrier.PRINT:
            return None
        if verdict.code is not CodeAnswer.CODE_ISSUED or verdict.code_reasons or not _alike(facts.batch):
            return None
        record = self._scanner.state.keys_for(what.key, token.key_number)
        if record is None:
            return None
        whole = message(self._scanner.realm, token.carrier, token.key_number, what.key, what.lot, _SERIAL)
        before, found, after = whole.rpartition(_SERIAL.encode())
        if not found:
            return None
        midnight = datetime.combine(verdict.day, time(), CIVIL).astimezone(
            UTC
        )  # times of one zone compare faster
        head = int.from_bytes(token.encode()[:-SIGNATURE_SIZE], "big")
        return Lane(
            midnight, midnight + timedelta(days=1), facts.batch.first, facts.batch.last, head, before, after,
            record.verifier, what.key, what.lot, verdict.code.value, verdict.stars.value,
            f"{what.key}/{what.lot}/", words, page,
        )  # fmt: skip


def of_request(request: Request) -> Usual | None:
    """What looks like a first scan of a printed item code, by the bytes of a request alone; else None."""
    if request.method != "GET":
        return None
    # A header sent twice shows in the pairs only.
    return usual_scan(b"%b?%b" % (request.raw_path, request.query), request.scope["headers"], request.headers)


def usual_scan(target: bytes, pairs: Sized, headers: dict[bytes, bytes]) -> Usual | None:
    """As `of_request`, of a GET's target and its headers: as `pairs` were sent, and looked up by lower-case name."""
    found = _TARGET.fullmatch(target)
    if found is None or (languages := languages_of(pairs, headers)) is None:
        return None
    stem, serial, query, digits = found.groups()
    return Usual((stem, languages), stem, serial, query, digits, headers.get(b"user-agent", b""))


def languages_of(pairs: Sized, headers: dict[bytes, bytes]) -> bytes | None:
    """The languages that a visitor asks for; None when the headers tell more than those of a usual visit."""
    if (
        len(headers) != len(pairs)
        or not headers.keys().isdisjoint(_AHEAD)
        or headers.get(b"sec-fetch-site", b"none") != b"none"
    ):
        return None
    languages = headers.get(b"accept-language", b"")
    return None if len(languages) > LONGEST_LANGUAGES else languages


@lru_cache(maxsize=64)
def times_of(words: Phrases, second: int) -> tuple[bytes, bytes]:
    """The time of an answer as a reader and as a machine wants it, of every scan of that second."""
    at = datetime.fromtimestamp(second, UTC)
    return words.moment(at).encode(), at.isoformat(timespec="seconds").encode()


def _alike(batch: Batch) -> bool:
    """Whether all items of a batch are judged alike."""
    exceptions = batch.withdrawals or batch.display or batch.chips or batch.bindings
    return batch.level is Level.ITEM and not exceptions
