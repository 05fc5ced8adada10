"""The story page: what a person sees after a scan. It judges, records and renders, without JavaScript.

A page is prepared once per batch, language and shape of the verdict, then filled for each scan; the signature
check is the largest part of what is left. The link of a chip takes its own way: see `tap`.
A scan or tap that is like many before it takes a shorter one: see `usual` and `usual_taps`.

What is not a scan is not counted: HEAD, prefetch (503, nothing spent), previews, reloads, language switches, links
shared from another page (`sightings.is_scan`).
"""

import logging
from collections.abc import Awaitable
from datetime import datetime

from ocop.trace.api import usual_taps
from ocop.trace.api.http import NO_STORE, PRIVATE, Later, Reply, Request
from ocop.trace.api.problems import Wrong, refuse
from ocop.trace.api.service import Service
from ocop.trace.api.tap import STORY, UsualTap, tap
from ocop.trace.api.usual import Short, Usual, of_request
from ocop.trace.api.usual_taps import Tapped
from ocop.trace.facts import Lang
from ocop.trace.gs1.digital_link import LinkError
from ocop.trace.pages.phrases import negotiate, phrases
from ocop.trace.pages.render import PreparedPage
from ocop.trace.pages.story_page import page_key, product_view, story_view
from ocop.trace.pages.views import SLOTS, item_values
from ocop.trace.registry.scans import ScanRow
from ocop.trace.scanned import NotServed, Scanned, read
from ocop.trace.scanning import Judged, Visit
from ocop.trace.sightings import browser_family, is_prefetch, is_scan, network
from ocop.trace.signing.evidence import Signature
from ocop.trace.signing.token import Carrier
from ocop.trace.verdict import Evidence, judge
from ocop.trace.verdict_ids import CodeAnswer, Reason

LOG = logging.getLogger("ocop.trace")
ALLOW = (b"allow", b"GET, HEAD")
RETRY = (b"retry-after", b"5")


def story(service: Service, request: Request) -> Reply | Awaitable[Reply]:
    """One view of a story page; for a chip with a counter, something to wait for."""
    if request.method not in {"GET", "HEAD"}:
        return refuse(service, request, Wrong.METHOD, allow=ALLOW)
    at = service.clock()
    usual = of_request(request)
    if usual is not None and (short := usual_answer(service, request, usual)) is not None:
        return short
    link = usual_taps.of_request(request) if usual is None else None
    if link is not None and (beaten := _beaten(service, request, link, at)) is not None:
        return beaten
    pairs = request.scope["headers"]
    if is_prefetch(pairs):
        return refuse(service, request, Wrong.PREFETCH)
    try:
        scanned = read(request.raw_path[len(STORY) :], request.query)
    except NotServed as error:
        if not error.coded:
            return refuse(service, request, Wrong.UNKNOWN, error)
        return _stranger(service, request)
    except LinkError as error:
        return refuse(service, request, Wrong.LINK, error)
    visit = None
    if is_scan(request.method, pairs):
        visit = Visit(network(service.client(request)), browser_family(request.text(b"user-agent")))
    token = scanned.token
    if token is not None and token.carrier is not Carrier.PRINT:
        return tap(service, request, scanned, visit, answer, record)
    return answer(service, request, service.scanner.judge(scanned, at, visit))


def usual_answer(service: Service, request: Request, usual: Usual) -> Reply | None:
    """The answer to a usual scan; None when the whole way must be gone."""
    at = service.clock()
    try:
        page = service.lanes.answer(usual, at, service.client(request))
    except Short as counted:
        often = read(request.raw_path[len(STORY) :], request.query)
        who = Visit(None, browser_family(request.text(b"user-agent")))
        return answer(service, request, service.scanner.judge(often, at, who, seen=counted.seen))
    return None if page is None else Reply(200, service.story_headers, page)


def receipt_page(service: Service, request: Request, link: Tapped) -> Reply | None:
    """The page after a usual tap; None when the whole way must be gone."""
    try:
        page = service.chip_lanes.page(link, service.clock(), service.client(request))
    except Short:
        return (
            None  # the visit was counted; the full way finds that it was, and shows what else there is to say
        )
    return None if page is None else Reply(200, service.tap_headers, page)


def tap_at_once(service: Service, request: Request, link: Tapped) -> Later | None:
    """The answer to a usual tap, once its counter is spent; None when the whole way must be gone, and then nothing was
    done.
    """
    usual = _usual_tap(service, request, link, service.clock())
    return None if usual is None else usual.then


def _usual_tap(service: Service, request: Request, link: Tapped, at: datetime) -> UsualTap | None:
    ready = service.chip_lanes.tapped(link, at)
    return None if ready is None else UsualTap(service, request, link, ready, at, answer, record)


def _beaten(
    service: Service, request: Request, link: Tapped, at: datetime
) -> Reply | Awaitable[Reply] | None:
    """The answer to the link of a chip by the short way, if that can be gone."""
    if not link.uid:
        return receipt_page(service, request, link)
    usual = _usual_tap(service, request, link, at)
    return None if usual is None else usual.answered()


def record(service: Service, request: Request, judged: Judged) -> None:
    """Remember a scan whose page is shown elsewhere: where a fresh tap is sent on to."""
    if judged.counted:
        lang = negotiate(request.text(b"accept-language"), judged.scanned.lang or None)
        _record(service, judged, lang)


def answer(service: Service, request: Request, judged: Judged) -> Reply:
    """Record what was judged and show it."""
    scanned = judged.scanned
    if judged.verdict.alarm:
        _alarm(service, judged)
    if not scanned.has_code and judged.facts is None and not _our_fault(judged):
        return refuse(service, request, Wrong.UNKNOWN)
    lang = negotiate(request.text(b"accept-language"), scanned.lang or None)
    if judged.counted:
        _record(service, judged, lang)
    return _page(service, request, judged, lang)


def _alarm(service: Service, judged: Judged) -> None:
    """Tell the operator of a right signature over something that was never entered, once an hour a batch."""
    what, token = judged.scanned.identifier, judged.scanned.token
    if token is not None and service.alarms.allows((what.key, what.lot), int(judged.verdict.at.timestamp())):
        LOG.error(
            "a right signature of key %d over what the ledger does not hold: %s lot %s number %s; a row was lost or "
            "the key was stolen",
            token.key_number, what.key, what.lot, what.serial or "-",
        )  # fmt: skip


def _our_fault(judged: Judged) -> bool:
    return Reason.OUR_FAULT in judged.verdict.code_reasons


def _stranger(service: Service, request: Request) -> Reply:
    """A code on an identifier that we could never have issued: not ours, whatever it says."""
    verdict = judge(Evidence(Signature.MALFORMED), None, None, service.clock())
    lang = negotiate(request.text(b"accept-language"), None)
    values = item_values(phrases(lang), verdict, path="", query="s=0")
    view = story_view(None, verdict, lang, service.settings.public_url, values)
    return Reply(200, (*service.page_headers, PRIVATE), service.renderer.page(view))


def _page(service: Service, request: Request, judged: Judged, lang: Lang) -> Reply:
    what = judged.scanned.identifier
    key = (what.key, what.lot if judged.batch else "", lang, page_key(judged.verdict))
    page = service.pages.get(key)
    if page is None:
        page = _prepare(service, judged, lang)
        if judged.facts is not None:
            service.pages.put(key, page)
    service.lanes.learn(request, judged, phrases(lang), page)
    service.chip_lanes.learn_page(request, judged, phrases(lang), page)
    values = item_values(phrases(lang), judged.verdict, path=what.path, query=request.query.decode("latin-1"))
    body = page.fill(values)
    if _our_fault(judged):
        return Reply(503, (*service.page_headers, NO_STORE, RETRY), body)
    if judged.scanned.uid is not None or judged.verdict.code is CodeAnswer.CHIP_ANSWERED:
        return Reply(200, service.tap_headers, body)
    return Reply(200, service.story_headers, body)


def _prepare(service: Service, judged: Judged, lang: Lang) -> PreparedPage:
    origin = service.settings.public_url
    if judged.batch is None and judged.product is not None and judged.verdict.code is CodeAnswer.NO_CODE:
        return service.renderer.prepare(product_view(judged.product, judged.verdict, lang, origin, SLOTS))
    return service.renderer.prepare(story_view(judged.batch, judged.verdict, lang, origin))


def _channel(scanned: Scanned) -> str:
    return "nfc" if scanned.token is not None and scanned.token.carrier else "print"


def _record(service: Service, judged: Judged, lang: Lang) -> None:
    """Remember a scan of something in the register: what was scanned and answered, never by whom or where."""
    what, verdict = judged.scanned.identifier, judged.verdict
    service.record(
        ScanRow(
            key=what.key,
            lot=what.lot,
            serial=what.number or 0,
            at=verdict.at,
            code=verdict.code.value,
            stars=verdict.stars.value,
            channel=_channel(judged.scanned),
            lang=lang,
            browser=judged.family,
        )
    )
