"""The public pages beside the story page: catalogue, product, help, typed number, thanks, pictures."""

import re
from collections.abc import Callable, Mapping
from typing import NamedTuple
from urllib.parse import parse_qs, quote

from ocop.trace.answering import look_up
from ocop.trace.api.back import came_from, way_back
from ocop.trace.api.http import NO_STORE, PRIVATE, SAFE, Header, Reply, Request, form_fields
from ocop.trace.api.problems import Wrong, refuse
from ocop.trace.api.service import Service
from ocop.trace.api.sound import PATH as SOUND
from ocop.trace.api.sound import sound
from ocop.trace.facts import Lang
from ocop.trace.gs1.check import check_digit
from ocop.trace.gs1.digital_link import LinkError
from ocop.trace.gs1.identifier import Identifier
from ocop.trace.pages.phrases import negotiate, phrases
from ocop.trace.pages.render import static_files
from ocop.trace.pages.site_pages import (
    about_view,
    catalogue_view,
    follow_view,
    thanks_view,
)
from ocop.trace.pages.site_views import Search
from ocop.trace.pages.story_page import product_view
from ocop.trace.pages.views import item_values
from ocop.trace.registry import catalogue, feedback
from ocop.trace.registry.catalogue import Query
from ocop.trace.registry.media import media_file
from ocop.trace.registry.showing import Use, picture_use
from ocop.trace.scanned import Scanned, read, read_uri
from ocop.trace.sightings import network
from ocop.trace.verdict import without_code
from ocop.trace.verdict_ids import Reason
from ocop.trace.verdict_stars import civil_day
from sqlmodel import Session

PAGE_SIZE = 24
TALES = 4
MAX_FORM = 16 * 1024
AGENT = 200
PUBLIC: Header = (b"cache-control", b"public, max-age=60")
OF_THINGS: Header = (b"cache-control", b"private, max-age=3600")
OF_PEOPLE: Header = (b"cache-control", b"private, no-cache")
AN_HOUR: Header = (b"cache-control", b"public, max-age=3600")
PROVINCE = re.compile(r"[0-9]{2}", re.ASCII)
GTIN = re.compile(r"[0-9]{8}|[0-9]{12,14}", re.ASCII)
CODE = re.compile(r"(?:P/?)?([0-9A-HJKMNP-TV-Z]{8})", re.ASCII)
HOST_BEFORE = re.compile(r"\A[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+(?::[0-9]+)?(?=/)", re.ASCII)
MEDIA = re.compile(rb"/media/([0-9a-f]{64})-([0-9]{2,5})\.(webp|jpg)")

STATIC = static_files()


class Asked(NamedTuple):
    """What a form asks for: an act to be committed in a thread (None: nothing), and the answer once it is."""

    reply: Reply
    act: Callable[[Session], object] | None = None
    look: Callable[[], Reply] | None = None
    """Works in a thread, with transactions of its own, and makes the answer, which then stands for `reply`."""


def language(request: Request) -> Lang:
    """The reader's language: what the link says, else what the browser prefers."""
    chosen = parse_qs(request.query.decode("latin-1")).get("lang", [""])[-1]
    return negotiate(request.text(b"accept-language"), chosen or None)


def home(service: Service, request: Request) -> Reply:
    """The catalogue; reads the database, so it runs in a thread, after the loop has refreshed the scanner."""
    asked = {k: v[-1] for k, v in parse_qs(request.query.decode("latin-1")).items()}
    search = Search(
        query=asked.get("q", "")[:100].strip(),
        province=asked.get("province", "") if PROVINCE.fullmatch(asked.get("province", "")) else "",
        group=_number(asked.get("group"), 1, 6),
        stars=_number(asked.get("stars"), 3, 5),
        page=_number(asked.get("page"), 1, 10_000) or 1,
    )
    version, day = service.scanner.version, civil_day(service.clock())
    state = service.scanner.state
    query = Query(search.query, search.province, search.group, search.stars, search.page, PAGE_SIZE)
    with service.store.read() as session:
        found = catalogue.find(session, query, version, state, day)
        tales = () if search.narrowed else catalogue.with_stories(session, version, state, day, TALES)
        provinces = catalogue.provinces(session)
    view = catalogue_view(
        language(request),
        service.settings.public_url,
        day,
        tales=tales,
        products=found.products,
        found=found.total,
        search=search,
        provinces=provinces,
        page_size=PAGE_SIZE,
    )
    return Reply(200, (*service.page_headers, PUBLIC), service.renderer.page(view))


def _number(text: str | None, least: int, most: int) -> int:
    """The number in a query, 0 when it is none that we know."""
    if not text or not re.fullmatch(r"[0-9]{1,5}", text, re.ASCII):
        return 0
    return int(text) if least <= int(text) <= most else 0


def product(service: Service, request: Request) -> Reply:
    """A product without a code: a shared link, a card of the catalogue."""
    key = request.raw_path.decode("latin-1").removeprefix("/products/").rstrip("/")
    try:
        scanned = read(b"/01/" + key.encode() if GTIN.fullmatch(key) else b"/" + key.encode("latin-1"), b"")
    except LinkError as error:
        return refuse(service, request, Wrong.UNKNOWN, error)
    facts = service.scanner.product(scanned.identifier.key)
    if facts is None or scanned.identifier.lot:
        return refuse(service, request, Wrong.UNKNOWN)
    lang = language(request)
    verdict = without_code(facts.product, None, service.clock())
    values = item_values(phrases(lang), verdict, path=scanned.identifier.path, query="")
    view = product_view(facts, verdict, lang, service.settings.public_url, values)
    return Reply(200, (*service.page_headers, PRIVATE), service.renderer.page(view))


def about(service: Service, request: Request) -> Reply:
    """How to read the answers, and what is counted."""
    view = about_view(language(request), service.settings.public_url)
    return Reply(200, (*service.page_headers, PUBLIC), service.renderer.page(view))


def typed(service: Service, request: Request) -> Reply:
    """A number typed from a label leads to its page, which says that no code was checked."""
    asked = parse_qs(request.query.decode("latin-1"), encoding="utf-8")
    number = asked.get("number", [""])[-1].strip()
    try:
        what = read_typed(number)
    except LinkError as error:
        return refuse(service, request, Wrong.LINK, error)
    location = f"/story{what.path}?lang={quote(language(request))}"
    return Reply(303, ((b"location", location.encode("ascii")), NO_STORE))


def read_typed(number: str) -> Identifier:
    """The identifier in what people type: a link, a path, a GTIN or a code, then lot and serial if they like.

    Spaces between groups of digits, brackets around application identifiers, lower case and a missing leading
    zero are forgiven; a wrong check digit is not. Any code in a pasted link is dropped: a typed number shows a
    page, it checks nothing. Raises LinkError.
    """
    text = number.strip()
    if "://" in text:
        return read_uri(text).identifier
    text = HOST_BEFORE.sub("", text.partition("?")[0])
    parts = [part for part in re.split(r"[\s/,;()]+", text.upper()) if part]
    if parts and parts[0] == "01":
        parts = parts[1:]
    if parts and parts[0] == "P":
        parts = parts[1:]
    parts = _grouped(parts)
    head = parts[0].replace("-", "") if parts else ""
    rest = parts[1:]
    if "10" in rest or "21" in rest:
        rest = [part for index, part in enumerate(rest) if index % 2 or part not in {"10", "21"}]
    if GTIN.fullmatch(head):
        path = f"/01/{head.zfill(14)}"
    elif match := CODE.fullmatch(head):
        path = f"/P/{match[1]}"
    else:
        hint = "such as 09521234543213, or 4VTR0QB4 L2609A 000012"
        raise LinkError("typed", "the number on the label", number[:80], hint)
    for name, part in zip(("10", "21"), rest[:2], strict=False):
        path += f"/{name}/{part.zfill(6) if name == '21' and part.isdigit() else part}"
    return read(path.encode("utf-8", "replace"), b"").identifier


def _grouped(parts: list[str]) -> list[str]:
    """The parts, with a GTIN that was typed in groups, as it is printed below a bar code, as one part."""
    if parts and GTIN.fullmatch(parts[0]):
        return parts
    for count in range(2, len(parts) + 1):
        head = "".join(parts[:count])
        if GTIN.fullmatch(head) and check_digit(head[:-1]) == head[-1]:
            return [head, *parts[count:]]
    return parts


def media(service: Service, request: Request) -> Reply:
    """A re-encoded picture while something shown or drafted holds it. Clips: `sound`.

    Its name is the digest of its content, so it never changes; but what was taken away or is no longer consented to
    must be gone everywhere. So no cache that many people share keeps it, a reader's own one keeps it for an hour, and
    a portrait not without asking.
    """
    if clip := SOUND.fullmatch(request.raw_path):
        return sound(service, request, clip[1].decode())
    match = MEDIA.fullmatch(request.raw_path)
    if match is None:
        return refuse(service, request, Wrong.UNKNOWN)
    name = match[1].decode()
    with service.store.read() as session:
        use = picture_use(session, name)
    if use is Use.NONE:
        return refuse(service, request, Wrong.UNKNOWN)
    tag: Header = (b"etag", b'"%s"' % b"-".join(match.groups()))
    how = OF_PEOPLE if use is Use.PERSON else OF_THINGS
    if request.headers.get(b"if-none-match") == tag[1]:
        return Reply(304, (tag, how, *SAFE))
    try:
        content = media_file(service.settings.data, name, int(match[2]), match[3].decode()).read_bytes()
    except OSError:
        return refuse(service, request, Wrong.UNKNOWN)
    kind = b"image/webp" if match[3] == b"webp" else b"image/jpeg"
    return Reply(200, ((b"content-type", kind), tag, how, *SAFE), content)


def static(service: Service, request: Request) -> Reply:
    """The few files of our own beside the pages."""
    found = STATIC.get(request.raw_path.decode("latin-1").removeprefix("/static/"))
    if found is None:
        return refuse(service, request, Wrong.UNKNOWN)
    content, media_type = found
    return Reply(200, ((b"content-type", media_type.encode()), AN_HOUR, *SAFE), content)


def thanks(service: Service, request: Request, body: bytes) -> Asked:
    """One thank-you to the maker: a count and a language, no text, no account."""
    scanned = of_form(request, "/thanks")
    lang = form_language(request, form_fields(body, {"lang"}))
    judged = service.scanner.judge(scanned, service.clock())
    facts, what = judged.facts, scanned.identifier
    if facts is None:
        fault = Reason.OUR_FAULT in judged.verdict.code_reasons
        return Asked(refuse(service, request, Wrong.UNAVAILABLE if fault else Wrong.UNKNOWN))
    if not facts.producer.reads_thanks:
        # From a page that was open when that changed: nobody would read it.
        return Asked(refuse(service, request, Wrong.UNKNOWN))
    who, now = network(service.client(request)), int(service.clock().timestamp())
    if not service.thanks.allows(who, now):
        return Asked(refuse(service, request, Wrong.TOO_MANY))
    view = thanks_view(
        facts.producer.name,
        lang,
        service.settings.public_url,
        what.path,
        back=way_back(what, lang, came_from(service, request, what)),
    )
    reply = Reply(200, (*service.page_headers, NO_STORE), service.renderer.page(view))
    agent = request.text(b"user-agent")[:AGENT]
    if not service.thanked.allows((who, agent, what), now):
        return Asked(reply)
    return Asked(reply, lambda session: feedback.add_thanks(session, what.key, what.lot, lang))


def follow_form(service: Service, request: Request) -> Reply:
    """The form for the number of a report."""
    if request.raw_path != b"/follow":
        return refuse(service, request, Wrong.UNKNOWN)
    view = follow_view(language(request), service.settings.public_url)
    return Reply(200, (*service.page_headers, NO_STORE), service.renderer.page(view))


def follow(service: Service, request: Request, body: bytes) -> Asked:
    """Where a report stands. The number comes in the body, so that no log and no history keeps it."""
    form = follow_form(service, request)
    if form.status != 200:
        return Asked(form)
    fields = form_fields(body, {"lang", "number"})
    lang, now = form_language(request, fields), service.clock()
    if not service.reports.allows(("follow", network(service.client(request))), int(now.timestamp())):
        return Asked(refuse(service, request, Wrong.TOO_MANY))

    def look() -> Reply:
        with service.store.read() as session:
            found = look_up(session, fields.get("number", ""))
        origin = service.settings.public_url
        view = (
            follow_view(lang, origin, "unknown")
            if found is None
            else follow_view(lang, origin, found.state, found.since, found.words)
        )
        return Reply(200, (*service.page_headers, NO_STORE), service.renderer.page(view))

    return Asked(form, look=look)


def of_form(request: Request, prefix: str) -> Scanned:
    """What a form below `prefix` is about. Raises LinkError."""
    return read(request.raw_path[len(prefix) :], b"")


def form_language(request: Request, fields: Mapping[str, str]) -> Lang:
    """The language that a form was written in."""
    return negotiate(request.text(b"accept-language"), fields.get("lang") or None)
