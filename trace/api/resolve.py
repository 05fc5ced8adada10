"""The resolver: `/01/…` and `/P/…` answer 307 to the story page. It judges nothing and records nothing.

The query string is passed on byte for byte. A valid link to something that isn't in the register is 404, except
that a link with a code goes on to the story page, where it is told that the code is not ours.
"""

from ocop.trace.api.http import Header, Reply, Request
from ocop.trace.api.problems import Wrong, refuse
from ocop.trace.api.service import Service
from ocop.trace.gs1.digital_link import LinkError
from ocop.trace.registry.store import StoreError
from ocop.trace.scanned import NotServed, Scanned, read

ALLOW: Header = (b"allow", b"GET, HEAD, OPTIONS")
# Anybody's page may ask where a link leads: the answer holds no secret and reads no cookie.
CORS: tuple[Header, ...] = (
    (b"access-control-allow-origin", b"*"),
    (b"access-control-allow-methods", b"GET, HEAD, OPTIONS"),
    (b"access-control-max-age", b"86400"),
)


def resolve(service: Service, request: Request) -> Reply:
    """Where a scanned link leads."""
    if request.method == "OPTIONS":
        return Reply(204, (ALLOW, *CORS))
    if request.method not in {"GET", "HEAD"}:
        return refuse(service, request, Wrong.METHOD, allow=ALLOW)
    try:
        scanned = read(request.raw_path, request.query)
    except NotServed as error:
        if error.coded:
            return _on_to_story(request, request.raw_path)
        return refuse(service, request, Wrong.UNKNOWN, error)
    except LinkError as error:
        return refuse(service, request, Wrong.LINK, error)
    if not scanned.has_code and not _is_known(service, scanned):
        return refuse(service, request, Wrong.UNKNOWN)
    return _on_to_story(request, scanned.identifier.path.encode("ascii"))


def _is_known(service: Service, scanned: Scanned) -> bool:
    try:
        return service.scanner.is_known(scanned.identifier)
    except StoreError:
        # Not knowing is no reason to lose a reader: the story page says that we can't check now.
        return True


def _on_to_story(request: Request, path: bytes) -> Reply:
    location = b"/story" + path + (b"?" + request.query if request.query else b"")
    return Reply(307, ((b"location", location), (b"cache-control", b"no-cache"), *CORS))
