"""For the press, over HTTP. Whatever stands here stands on a consent that is asked for anew at each request.

    GET /press                      stories that may be used, newest first          ?page=2
    GET /press/feed.atom            the same as a feed (RFC 4287); conditional GET
    GET /press/09521234543213       one story: text, pictures, credit, stars of today; /press/P-4VTR0QB4 without GTIN
    GET …/story-vi.txt              its text in one language
    GET …/captions.txt              captions and credits of its pictures
    GET …/<name>.jpg                the large clean file of one of its pictures, credit inside; 404 for any other

A story without consent, taken down or never told answers like an address that never was (404). One with a recalled
lot keeps its page, which then begins with the recall, and is recommended nowhere. All functions ask the database, so
they run in a thread, after the loop has refreshed the scanner.
"""

import hashlib
import re
from collections.abc import Callable
from urllib.parse import parse_qs

from ocop.trace.api.http import PRIVATE, SAFE, Header, Reply, Request
from ocop.trace.api.problems import Wrong, refuse
from ocop.trace.api.service import Service
from ocop.trace.api.since import http_date, unchanged
from ocop.trace.api.site import language
from ocop.trace.facts import Lang, ProductFacts
from ocop.trace.pages.press_page import (
    Told,
    captions_plain,
    credited,
    feed_view,
    photos_of,
    press_list_view,
    press_view,
    story_plain,
)
from ocop.trace.pages.views import scrub
from ocop.trace.registry import press as registry
from ocop.trace.registry.media import print_file, print_size
from ocop.trace.registry.press import Offered
from ocop.trace.text import fold
from ocop.trace.verdict_stars import civil_day

PAGE_SIZE = 24
FEED_SIZE = 50
MAX_PAGE = 10_000
ONE = re.compile(rb"/press/([0-9]{14}|P-[0-9A-Z]{8})(?:/([A-Za-z0-9.-]{1,80}))?", re.ASCII)
STORY = re.compile(r"story-([A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*)\.txt", re.ASCII)
PICTURE = re.compile(r"([0-9a-f]{64})\.jpg", re.ASCII)
PLAIN: Header = (b"content-type", b"text/plain; charset=utf-8")
JPEG: Header = (b"content-type", b"image/jpeg")
ATOM: Header = (b"content-type", b"application/atom+xml; charset=utf-8")
ASK_AGAIN: Header = (b"cache-control", b"no-cache")


def press(service: Service, request: Request) -> Reply:
    """Any page below `/press`."""
    if request.raw_path == b"/press":
        return _list(service, request)
    if request.raw_path == b"/press/feed.atom":
        return _feed(service, request)
    match = ONE.fullmatch(request.raw_path)
    if match is None:
        return refuse(service, request, Wrong.UNKNOWN)
    key = match[1].decode("ascii").replace("P-", "P/")
    scanner, day = service.scanner, civil_day(service.clock())
    with service.store.read() as session:
        found = registry.offered(session, key, scanner.version, scanner.state, day)
    if found is None:
        return refuse(service, request, Wrong.UNKNOWN)
    if match[2] is not None:
        return _file(service, request, found, match[2].decode("ascii"))
    view = press_view(found.facts, language(request), service.settings.public_url, day, sizes_in(service))
    return Reply(200, (*service.page_headers, PRIVATE), service.renderer.page(view))


def sizes_in(service: Service) -> Callable[[str], tuple[int, int, int] | None]:
    """What `press_view` asks for: how large the file for print of a picture is."""
    return lambda name: print_size(service.settings.data, name)


def _list(service: Service, request: Request) -> Reply:
    asked = parse_qs(request.query.decode("latin-1")).get("page", ["1"])[-1]
    page = int(asked) if re.fullmatch(r"[1-9][0-9]{0,4}", asked, re.ASCII) else 1
    offset = (min(page, MAX_PAGE) - 1) * PAGE_SIZE
    told, more = _newest(service, offset, PAGE_SIZE)
    day = civil_day(service.clock())
    view = press_list_view(
        [one.facts for one in told], language(request), service.settings.public_url, day, page=page, more=more
    )
    return Reply(200, (*service.page_headers, PRIVATE), service.renderer.page(view))


def _feed(service: Service, request: Request) -> Reply:
    """The feed. Its language is the link's alone: what fetches feeds for people has no language of its own."""
    now, version, scanner = service.clock(), service.scanner.version, service.scanner
    told, _ = _newest(service, 0, FEED_SIZE)
    created = service.store.check(scanner.realm).created_at
    lang: Lang = "en" if parse_qs(request.query.decode("latin-1")).get("lang", [""])[-1] == "en" else "vi"
    shown = [Told(one.facts, one.since, one.first_key) for one in told]
    view = feed_view(shown, lang, service.settings.public_url, scanner.realm, created)
    body = service.renderer.page(view)
    tag, since = _tag(body), service.seen.since(version, now)
    headers: tuple[Header, ...] = (ATOM, (b"etag", tag), ASK_AGAIN, *SAFE)
    if since is not None:
        headers = (*headers, (b"last-modified", http_date(since)))
    return Reply(304, headers) if unchanged(request, tag, since, now) else Reply(200, headers, body)


def _newest(service: Service, offset: int, limit: int) -> tuple[list[Offered], bool]:
    scanner, day = service.scanner, civil_day(service.clock())
    with service.store.read() as session:
        return registry.newest(session, scanner.version, scanner.state, day, offset=offset, limit=limit)


def _file(service: Service, request: Request, found: Offered, name: str) -> Reply:
    """A text or a picture to take along."""
    facts = scrub(found.facts)
    stem = _stem(facts)
    if match := STORY.fullmatch(name):
        story = facts.product.stories.get(match[1])
        if story is None:
            return refuse(service, request, Wrong.UNKNOWN)
        text = story_plain(facts, story, service.settings.public_url)
        return _kept(PLAIN, f"{stem}-{match[1]}.txt", f"{text}\n".encode())
    names = [photo.name for photo, _ in photos_of(facts)]
    if name == "captions.txt":
        files = [f"{stem}-{number}.jpg" for number in range(1, len(names) + 1)]
        text = captions_plain(facts, language(request), service.settings.public_url, files)
        return _kept(PLAIN, f"{stem}-captions.txt", text.encode())
    picture = PICTURE.fullmatch(name)
    if picture is None or picture[1] not in names:
        return refuse(service, request, Wrong.UNKNOWN)
    try:
        content = print_file(service.settings.data, picture[1]).read_bytes()
    except OSError:
        return refuse(service, request, Wrong.UNKNOWN)
    content = credited(content, facts, language(request), service.settings.public_url, picture[1])
    tag: Header = (b"etag", _tag(content))
    if unchanged(request, tag[1], None, service.clock()):
        return Reply(304, (tag, PRIVATE, *SAFE))
    return _kept(JPEG, f"{stem}-{names.index(picture[1]) + 1}.jpg", content, tag)


def _kept(kind: Header, filename: str, content: bytes, *more: Header) -> Reply:
    """A file for the reader's disk; its name is ASCII, which every system keeps (RFC 6266)."""
    disposition = f'attachment; filename="{filename}"'.encode("ascii")
    return Reply(200, (kind, (b"content-disposition", disposition), PRIVATE, *SAFE, *more), content)


def _stem(facts: ProductFacts) -> str:
    """What files of this product are called: its Vietnamese name without marks."""
    words = re.sub(r"[^a-z0-9]+", "-", fold(facts.product.texts["vi"].name)).strip("-")
    return words[:60].strip("-") or "ocop"


def _tag(body: bytes) -> bytes:
    return b'"%s"' % hashlib.sha256(body).hexdigest()[:32].encode("ascii")
