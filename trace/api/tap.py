"""The tap of a chip, on the story page: spent before it is answered, and answered at an address without it.

    GET /story/…?s=…&m=…&c=…    right MAC, counter risen: committed, then 303 to /story/…?s=… with a receipt
    GET /story/…?s=…            with the receipt: `chip_answered` and its time; without: `chip_silent`

So a reload, the way back, a restored tab or a shared address never show a used counter. What nobody taps with
(HEAD, prefetch, declared robots) spends nothing. When the commit fails, nobody can know whether the tap is fresh:
`cannot_say`. When the reply is lost after it, the next try meets the calm form of `already_used`, and whoever
holds the receipt of that very counter is sent on as before.
"""

import logging
from collections.abc import Callable
from datetime import datetime
from http.cookies import CookieError, SimpleCookie

from ocop.trace.api.http import NO_STORE, SAFE, Reply, Request
from ocop.trace.api.problems import Wrong, refuse
from ocop.trace.api.service import Service
from ocop.trace.api.usual_taps import Ready, Tapped
from ocop.trace.facts import BoundChip
from ocop.trace.registry.errors import StoreError
from ocop.trace.registry.keystore import KeystoreError
from ocop.trace.registry.taps import Spend, Spent
from ocop.trace.scanned import Scanned, read
from ocop.trace.scanning import Judged, Visit
from ocop.trace.sightings import ROBOT, browser_family, network
from ocop.trace.signing.evidence import Signature
from ocop.trace.signing.token import nfc_text
from ocop.trace.taps import COOKIE, RECEIPT_TIME, Receipt, Shown
from ocop.trace.verdict_ids import CodeAnswer, Tap

LOG = logging.getLogger("ocop.trace")
STORY = b"/story"
_SENT_ON = (NO_STORE, *SAFE)
_COOKIE = COOKIE.encode("ascii")
_TERMS = b"; Max-Age=%d; HttpOnly; SameSite=Lax" % RECEIPT_TIME.total_seconds()
_SECURE_TERMS = _TERMS + b"; Secure"
Answer = Callable[[Service, Request, Judged], Reply]
Record = Callable[[Service, Request, Judged], None]


async def tap(
    service: Service,
    request: Request,
    scanned: Scanned,
    visit: Visit | None,
    answer: Answer,
    record: Record,
) -> Reply:
    """One view of the link of a chip; `answer` records and shows what was judged, `record` does the first alone."""
    now = service.clock()
    try:
        shown = service.scanner.look(scanned)
        receipt = _receipt(service, request, scanned, shown)
        if receipt is not None and shown.chip is not None and scanned.counter == receipt.counter:
            return _go_on(service, scanned, shown.chip, receipt)
        if scanned.uid is None:
            shown = _with_receipt(shown, receipt)
        else:
            shown = await _spent(service, request, scanned, shown)
    except (StoreError, KeystoreError):
        return answer(service, request, service.scanner.at_fault(scanned, now))
    judged = service.scanner.judge(scanned, now, visit, shown=shown)
    return _told(service, request, judged, shown, answer, record)


def _told(
    service: Service, request: Request, judged: Judged, shown: Shown, answer: Answer, record: Record
) -> Reply:
    """What a tap that was spent, or needed no spending, is answered with."""
    scanned, fresh = judged.scanned, shown.tap is Tap.FRESH
    if not fresh or shown.chip is None or judged.verdict.code is CodeAnswer.CANNOT_SAY:
        return answer(service, request, judged)
    record(service, request, judged)
    service.chip_lanes.learn(request, judged)
    receipt = Receipt(scanned.counter or 0, shown.tap_at or judged.verdict.at, shown.tap_jump)
    return _go_on(service, scanned, shown.chip, receipt)


class UsualTap:
    """A tap in which `ChipLanes.tapped` found everything right but its counter; see `usual_taps`."""

    __slots__ = ("_answer", "_at", "_done", "_link", "_ready", "_record", "_request", "_service")

    def __init__(
        self,
        service: Service,
        request: Request,
        link: Tapped,
        ready: Ready,
        at: datetime,
        answer: Answer,
        record: Record,
    ) -> None:
        self._service, self._request, self._link, self._ready, self._at = service, request, link, ready, at
        self._answer, self._record = answer, record

    async def answered(self) -> Reply:
        """The answer, once its counter is spent."""
        try:
            said: Spent | StoreError = await self._service.taps.spent(self._spend())
        except StoreError as error:
            said = error
        return self._reply(said)

    def then(self, done: Callable[[Reply], None]) -> None:
        """The same for whoever does not await: `done` is called with it, see `http.Later`."""
        self._done = done
        self._service.taps.then(self._spend(), self._heard)

    def _spend(self) -> Spend:
        return Spend(self._ready.chip.id, self._link.counter, self._at)

    def _heard(self, said: Spent | StoreError) -> None:
        try:
            reply = self._reply(said)
        except Exception:
            LOG.exception("a fault of ours on %s", self._request.raw_path.decode("latin-1"))
            reply = refuse(self._service, self._request, Wrong.FAULT)
        self._done(reply)

    def _reply(self, said: Spent | StoreError) -> Reply:
        """The answer, now that it is known what became of the counter."""
        service, request, link, at = self._service, self._request, self._link, self._at
        if isinstance(said, StoreError):
            return self._answer(service, request, service.scanner.at_fault(_read(request), at))
        lane, chip = self._ready
        client = service.client(request)
        if said.fresh and said.before is not None and service.chip_lanes.is_current(link, lane):
            service.chip_lanes.count(link, lane, at, client)
            receipt = Receipt(link.counter, at, link.counter - said.before)
            return _sent_on(service, link.path, chip, receipt, link.query)
        shown = Shown(Signature.HOLDS, presented=True, chip=chip, tap=Tap.UNSPENT).after(said, link.counter)
        judged = service.scanner.judge(_read(request), at, Visit(network(client), link.family), shown=shown)
        return _told(service, request, judged, shown, self._answer, self._record)


def _read(request: Request) -> Scanned:
    return read(request.raw_path[len(STORY) :], request.query)


def _may_spend(request: Request) -> bool:
    return request.method == "GET" and browser_family(request.text(b"user-agent")) != ROBOT


async def _spent(service: Service, request: Request, scanned: Scanned, shown: Shown) -> Shown:
    """What was shown, after its counter was spent where it may be. Raises StoreError."""
    chip, at = shown.chip, service.clock()
    if chip is None or not _may_spend(request):
        return shown
    if chip.carrier == "static" and chip.state == "reserved" and shown.signature is Signature.HOLDS:
        # Its counter proves nothing, so nobody waits for this.
        service.taps.spend(Spend(chip.id, None, at, reserved=True))
    wanted = shown.spend(scanned.counter, at)
    if wanted is None or scanned.counter is None:
        return shown
    return shown.after(await service.taps.spent(wanted), scanned.counter)


def _receipt(service: Service, request: Request, scanned: Scanned, shown: Shown) -> Receipt | None:
    """The reader's receipt for the chip on this item, if the link is one of its own."""
    sent = request.headers.get(b"cookie")
    if sent is None or shown.chip is None or shown.signature is not Signature.HOLDS or shown.ended_at:
        return None
    if shown.tap is Tap.FALSE_MAC:
        return None
    try:
        morsel = SimpleCookie(sent.decode("latin-1")).get(COOKIE)
    except CookieError:
        return None
    if morsel is None:
        return None
    value, path = morsel.value.encode("ascii", "replace"), scanned.identifier.path.encode("ascii")
    return service.receipts.read(value, path, shown.chip, service.clock())


def _with_receipt(shown: Shown, receipt: Receipt | None) -> Shown:
    if receipt is None:
        return shown
    return shown._replace(tap=Tap.RECEIPT, tap_at=receipt.at, tap_jump=receipt.jump)


def _go_on(service: Service, scanned: Scanned, chip: BoundChip, receipt: Receipt) -> Reply:
    """To the address of the item without the tap, with a receipt for it."""
    token = "" if scanned.token is None else nfc_text(scanned.token)
    query = f"s={token}" + (f"&lang={scanned.lang}" if scanned.lang else "")
    return _sent_on(service, scanned.identifier.path.encode("ascii"), chip, receipt, query.encode("ascii"))


def _sent_on(service: Service, path: bytes, chip: BoundChip, receipt: Receipt, query: bytes) -> Reply:
    location = b"/story%b?%b" % (path, query)
    terms = _SECURE_TERMS if service.settings.public_url.startswith("https:") else _TERMS
    cookie = b"%b=%b; Path=/story%b%b" % (_COOKIE, service.receipts.write(path, chip, receipt), path, terms)
    return Reply(303, _SENT_ON, own=((b"location", location), (b"set-cookie", cookie)))
