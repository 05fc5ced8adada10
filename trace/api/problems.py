"""What goes wrong for whoever asks, in one table: status and sentence; JSON for programs, a page for people.

API paths get `application/problem+json` (RFC 9457) with `title`, `status`, `detail`, `expected`, `got` and `hint`;
page paths get a plain page with the same sentence, below words in the reader's language. Nothing of ours leaks: no
stack trace, no file name, no text of a driver.
"""

import json
from enum import Enum

from ocop.trace.api.http import NO_STORE, SAFE, Header, Reply, Request
from ocop.trace.api.service import Service
from ocop.trace.gs1.digital_link import LinkError
from ocop.trace.pages.phrases import negotiate
from ocop.trace.pages.site_pages import message_view
from ocop.trace.pages.site_views import Problem

PROBLEM: Header = (b"content-type", b"application/problem+json")
API_PATHS = (b"/api/", b"/healthz", b"/.well-known/", b"/openapi.json")
SHOWN = 80


class Wrong(Enum):
    """Kinds of trouble: status, what was expected, and what to do about it."""

    LINK = (400, "a link of this service", "scan the code again or type the number on the label")
    FORM = (400, "a form as this service sends it", "go back, load the page again and send it once")
    ORIGIN = (403, "a form sent from a page of this service", "open the page at its own address")
    UNKNOWN = (404, "an address of this service", "scan the code again or type the number on the label")
    METHOD = (405, "another method, see the header Allow", "")
    TOO_LARGE = (413, "a shorter text", "at most 1,000 characters, and a picture of at most 10 MB")
    TOO_LONG = (414, "an address of at most 2,048 bytes", "scan the code again")
    TOO_MANY = (429, "fewer requests from one network", "wait a minute and try again")
    FAULT = (500, "an answer", "try again; this says nothing about the goods")
    PREFETCH = (503, "a person's wish: pages that judge a code are not fetched ahead", "open the page")
    UNAVAILABLE = (503, "an answer of the database", "try again; this says nothing about the goods")
    AWAY = (503, "an answer of the service", "try again; this says nothing about the goods")

    @property
    def status(self) -> int:
        """The HTTP status."""
        return self.value[0]

    def problem(self, error: LinkError | None = None, got: str = "") -> Problem:
        """The sentence, with the door's own words where it had some."""
        _, expected, hint = self.value
        if error is not None:
            return Problem(self.name.lower(), error.expected, _shown(error.got), error.hint or hint)
        return Problem(self.name.lower(), expected, _shown(got), hint)


def _shown(got: str) -> str:
    return got if len(got) <= SHOWN else got[: SHOWN - 1] + "…"


def is_api(request: Request) -> bool:
    """Whether a program asks."""
    return request.raw_path.startswith(API_PATHS)


def problem_json(status: int, problem: Problem) -> Reply:
    """The problem as RFC 9457 JSON."""
    detail = f"expected {problem.expected}" + (f", got {problem.got!r}" if problem.got else "")
    fields = {
        "title": problem.title,
        "status": status,
        "detail": detail,
        "expected": problem.expected,
        "got": problem.got,
        "hint": problem.hint,
    }
    body = json.dumps({k: v for k, v in fields.items() if v != ""}, ensure_ascii=False).encode()
    return Reply(status, (PROBLEM, NO_STORE, *SAFE), body)


def refuse(
    service: Service,
    request: Request,
    wrong: Wrong,
    error: LinkError | None = None,
    *,
    allow: Header | None = None,
    got: str = "",
) -> Reply:
    """The answer to a request that can't be served."""
    problem = wrong.problem(error, got)
    more: tuple[Header, ...] = (allow,) if allow else ()
    if wrong.status in {429, 503}:
        more = (*more, (b"retry-after", b"60" if wrong.status == 429 else b"5"))
    if is_api(request):
        reply = problem_json(wrong.status, problem)
    else:
        lang = negotiate(request.text(b"accept-language"), None)
        view = message_view(wrong.status, lang, service.settings.public_url, problem)
        reply = Reply(wrong.status, (*service.page_headers, NO_STORE), service.renderer.page(view))
    return reply._replace(headers=(*reply.headers, *more))
