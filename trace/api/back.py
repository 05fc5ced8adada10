"""The way back from thanks and reports: to the very page that the reader came from, spending and telling nothing.

A reader who checked a code and then thanks the maker wants that page again, not one that says "no code was checked".
Where they came from is in the Referer of their own browser, which our policy sends to our own pages alone. Of it only
two things are taken, each held against its form: `s` of a story page of the same item, or the product's page. Chip data
(`m`, `c`) never comes along, so no counter is asked again: after a tap the clean address and its receipt show the
answer, and a scan of the same network within half an hour is one scan. `s` stands in this reader's answer only, which
nothing keeps (`no-store`). A browser that sends no Referer leads back to the item's page without a code.

    came_from(service, request, what)             's=EAAHuDc…', 'product' or ''
    way_back(what, "vi", "s=EAAHuDc…")            '/story/01/…/21/000012?s=EAAHuDc…&lang=vi'
"""

import re
from urllib.parse import urlsplit

from ocop.trace.api.http import Request
from ocop.trace.api.service import Service
from ocop.trace.facts import Lang
from ocop.trace.gs1.identifier import Identifier
from ocop.trace.pages.views import PRODUCTS, STORY

PRODUCT = "product"
_CODE = re.compile(r"s=[A-Za-z0-9_-]{1,200}", re.ASCII)
_CODES = ("s", "m", "c")


def came_from(service: Service, request: Request, what: Identifier) -> str:
    """Which page about `what` sent the reader here: its code, `product`, or nothing that can be said."""
    try:
        page = urlsplit(request.text(b"referer"))
    except ValueError:
        return ""
    if page.netloc != request.text(b"host") and not service.settings.is_own_host(page.netloc):
        return ""
    if page.path == f"{PRODUCTS}{what.key}" and not what.lot:
        return PRODUCT
    codes = [part for part in page.query.split("&") if part.partition("=")[0] in _CODES]
    return checked(codes[0]) if page.path == f"{STORY}{what.path}" and len(codes) == 1 else ""


def checked(came: str) -> str:
    """What a form brought back, if it is what `came_from` says."""
    return came if came == PRODUCT or _CODE.fullmatch(came) else ""


def way_back(what: Identifier, lang: Lang, came: str) -> str:
    """The address of that page."""
    if came == PRODUCT:
        return f"{PRODUCTS}{what.key}?lang={lang}"
    return f"{STORY}{what.path}?{came}&lang={lang}" if came else f"{STORY}{what.path}?lang={lang}"
