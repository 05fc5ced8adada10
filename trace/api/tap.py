"""The tap of a chip, on the story page: spent before it is answered, and answered at an address without it.

    GET /story/…?s=…&m=…&c=…    right MAC, counter risen: committed, then 303 to /story/…?s=… with a receipt
    GET /story/…?s=…            with the receipt: `chip_answered` and its time; without: `chip_silent`

So a reload, the way back, a restored tab or a shared address never show a used counter. What nobody taps with
(HEAD, prefetch, declared robots) spends nothing. When the commit fails, nobody can know whether the tap is fresh:
`cannot_say`. When the reply is lost after it, the next try meets the calm form of `already_used`, and whoever
holds the receipt of that very counter is sent on as before.
"""

from collections.abc import Callable
from http.cookies import CookieError, SimpleCookie

from ocop.trace.api.http import NO_STORE, SAFE, Header, Reply, Request
from ocop.trace.api.service import Service
from ocop.trace.registry.errors import StoreError
from ocop.trace.registry.keystore import KeystoreError
from ocop.trace.registry.taps import Spend
from ocop.trace.scanned import Scanned
from ocop.trace.scanning import Judged, Visit
from ocop.trace.sightings import ROBOT, browser_family
from ocop.trace.signing.evidence import Signature
from ocop.trace.signing.token import nfc_text
from ocop.trace.taps import COOKIE, RECEIPT_TIME, Receipt, Shown
from ocop.trace.verdict_ids import CodeAnswer, Tap

Answer = Callable[[Service, Request, Judged], Reply]


async def tap(
    service: Service,
    request: Request,
    scanned: Scanned,
    visit: Visit | None,
    answer: Answer,
    record: Callable[[Service, Request, Judged], None],
) -> Reply:
    """One view of the link of a chip; `answer` records and shows what was judged, `record` does the first alone."""
    now = service.clock()
    try:
        shown = service.scanner.look(scanned)
        receipt = _receipt(service, request, scanned, shown)
        if receipt is not None and scanned.counter == receipt.counter:
            return _go_on(service, scanned, shown, receipt)
        if scanned.uid is None:
            shown = _with_receipt(shown, receipt)
        else:
            shown = await _spent(service, request, scanned, shown)
    except (StoreError, KeystoreError):
        return answer(service, request, service.scanner.at_fault(scanned, now))
    judged = service.scanner.judge(scanned, now, visit, shown=shown)
    if shown.tap is Tap.FRESH and judged.verdict.code is not CodeAnswer.CANNOT_SAY:
        record(service, request, judged)
        return _go_on(
            service, scanned, shown, Receipt(scanned.counter or 0, shown.tap_at or now, shown.tap_jump)
        )
    return answer(service, request, judged)


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
    return service.receipts.read(morsel.value, scanned.identifier.path, shown.chip, service.clock())


def _with_receipt(shown: Shown, receipt: Receipt | None) -> Shown:
    if receipt is None:
        return shown
    return shown._replace(tap=Tap.RECEIPT, tap_at=receipt.at, tap_jump=receipt.jump)


def _go_on(service: Service, scanned: Scanned, shown: Shown, receipt: Receipt) -> Reply:
    """To the address of the item without the tap, with a receipt for it."""
    path = f"/story{scanned.identifier.path}"
    token = "" if scanned.token is None else nfc_text(scanned.token)
    address = f"{path}?s={token}" + (f"&lang={scanned.lang}" if scanned.lang else "")
    headers: list[Header] = [(b"location", address.encode("ascii")), NO_STORE, *SAFE]
    if shown.chip is not None:
        value = service.receipts.write(scanned.identifier.path, shown.chip, receipt)
        headers.append((b"set-cookie", _cookie(service, path, value).encode("ascii")))
    return Reply(303, tuple(headers))


def _cookie(service: Service, path: str, value: str) -> str:
    secure = "; Secure" if service.settings.public_url.startswith("https:") else ""
    age = int(RECEIPT_TIME.total_seconds())
    return f"{COOKIE}={value}; Path={path}; Max-Age={age}; HttpOnly; SameSite=Lax{secure}"
