"""A reader reports something suspicious: words, and if they like a photograph, a place and a contact.

    GET  /report/01/…      the form          POST  keep it; the answer names a number to follow it by

The photograph is decoded in a child under limits, drawn anew without what the phone wrote into it, and lies beside the
report until that is closed; only the office that works on the report sees it. One photograph at a time is decoded by a
worker, so that a crowd can't keep it from its pages. A photograph that can't be opened is no reason to lose what was
written: the form comes back with every word.
"""

import secrets
from collections.abc import Mapping

from ocop.trace.answering import follow_number, keep_report
from ocop.trace.api.back import came_from, checked, way_back
from ocop.trace.api.http import NO_STORE, BodyTooLarge, Reply, Request, form_fields
from ocop.trace.api.problems import Wrong, refuse
from ocop.trace.api.service import Service
from ocop.trace.api.site import MAX_FORM, Asked, form_language, language, of_form
from ocop.trace.facts import Lang
from ocop.trace.gs1.identifier import Identifier
from ocop.trace.pages.site_pages import REPORT_KINDS, report_view, reported_view
from ocop.trace.registry.errors import BadPicture
from ocop.trace.registry.feedback import ReportGiven
from ocop.trace.registry.media import MAX_BYTES, web_copy
from ocop.trace.sightings import network

FIELDS = ("lang", "kind", "text", "place", "contact", "from")
MAX_REPORT = MAX_BYTES + 2 * MAX_FORM
MULTIPART = b"multipart/form-data"
MOST = {"text": 1000, "place": 200, "contact": 200}
PATIENCE = 5.0


def report_form(service: Service, request: Request) -> Reply:
    """The form for something suspicious."""
    what = of_form(request, "/report").identifier
    return _form(service, request, language(request), came_from(service, request, what))


def _form(
    service: Service,
    request: Request,
    lang: Lang,
    came: str,
    typed: Mapping[str, str] | None = None,
) -> Reply:
    """The form; with `typed` it is shown again because of its photograph."""
    scanned = of_form(request, "/report")
    facts = service.scanner.judge(scanned, service.clock()).facts if typed is None else None
    what = scanned.identifier
    view = report_view(facts, lang, service.settings.public_url, what.path, back=way_back(what, lang, came),
                       came=came, typed=typed)  # fmt: skip
    status = 200 if typed is None else 422
    return Reply(status, (*service.page_headers, NO_STORE), service.renderer.page(view))


def report(service: Service, request: Request, body: bytes) -> Asked:
    """Keep a report; the answer names a number by which its reader, and nobody else, can follow it."""
    what = of_form(request, "/report").identifier
    fields, photo = _read(request, body)
    lang, now = form_language(request, fields), service.clock()
    if fields.get("kind") not in REPORT_KINDS:
        return Asked(refuse(service, request, Wrong.FORM, got=f"kind {fields.get('kind', '')}"))
    if any(len(fields.get(name, "")) > most for name, most in MOST.items()):
        return Asked(refuse(service, request, Wrong.TOO_LARGE))
    if not service.reports.allows(network(service.client(request)), int(now.timestamp())):
        return Asked(refuse(service, request, Wrong.TOO_MANY))
    given, number = _given(what, lang, fields), follow_number(secrets.token_bytes(8))
    came = checked(fields.get("from", ""))
    view = reported_view(
        lang, service.settings.public_url, what.path, number, back=way_back(what, lang, came)
    )
    reply = Reply(200, (*service.page_headers, NO_STORE), service.renderer.page(view))
    if not photo:
        return Asked(reply, lambda session: keep_report(session, given, number, now))

    def work() -> Reply:
        if not service.darkroom.acquire(timeout=PATIENCE):
            return refuse(service, request, Wrong.UNAVAILABLE)
        try:
            copy = web_copy(photo)
        except BadPicture:
            return _form(service, request, lang, came, fields)
        finally:
            service.darkroom.release()
        with service.store.begin() as session:
            keep_report(session, given, number, now, photo=copy)
        return reply

    return Asked(reply, look=work)


def _read(request: Request, body: bytes) -> tuple[dict[str, str], bytes]:
    """Fields and photograph. A field that is doubled or unknown is dropped whole. Raises BadForm, BodyTooLarge."""
    kind = request.headers.get(b"content-type", b"")
    if not kind.lower().startswith(MULTIPART):
        if len(body) > MAX_FORM:
            raise BodyTooLarge(MAX_FORM)
        return form_fields(body, FIELDS), b""
    # Multipart is what the rooms read; the scan path alone never loads its parser.
    from ocop.trace.api.rooms.forms import read_form

    form = read_form(kind, body)
    fields = {name: form.fields[name][0] for name in FIELDS if len(form.fields.get(name, ())) == 1}
    photo = form.file("photo")
    return fields, photo.content if photo is not None else b""


def _given(what: Identifier, lang: Lang, fields: Mapping[str, str]) -> ReportGiven:
    given = {name: value.replace("\r\n", "\n").replace("\r", "\n").strip() for name, value in fields.items()}
    return ReportGiven(
        key=what.key,
        kind=fields["kind"],
        lang=lang,
        lot=what.lot,
        serial=what.number or 0,
        words=given.get("text", ""),
        contact=given.get("contact", ""),
        place=given.get("place", ""),
    )
