"""What goes wrong in the rooms, as pages: one table from the registry's errors to status and words."""

import logging

from ocop.trace.api.problems import Wrong
from ocop.trace.api.rooms.nav import home_of
from ocop.trace.api.rooms.visit import Page, Refusal, Visit
from ocop.trace.pages.rooms.base import ProblemView
from ocop.trace.registry.errors import BadPicture, BadValue, Conflict, RegistryError, StoreError, Unknown
from ocop.trace.registry.makers import MakerClosed

LOG = logging.getLogger("ocop.trace")
SHOWN = 80


def wrong(visit: Visit, kind: Wrong, *, got: str = "") -> Page:
    """The page of one kind of trouble."""
    problem = kind.problem(got=got)
    name = kind.name.lower()
    title, detail = visit.say(f"rooms.wrong.{name}"), visit.say(f"rooms.wrong.{name}.detail")
    view = ProblemView(
        visit.base_view(title), detail, problem.expected, problem.got, problem.hint, *_way_out(visit)
    )
    return Page(view, kind.status)


def _way_out(visit: Visit) -> tuple[str, str]:
    """Where this person's day begins, else the door; with its label."""
    if visit.signed is None:
        return "/door", visit.say("door.sign_in")
    return home_of(visit.actor, visit.index), visit.say("rooms.home")


def of(visit: Visit, error: RegistryError) -> Page:
    """The page of an error that a handler let go."""
    if isinstance(error, Unknown):
        return wrong(visit, Wrong.UNKNOWN)
    if isinstance(error, StoreError):
        LOG.error("%s", error)
        return wrong(visit, Wrong.UNAVAILABLE)
    if isinstance(error, BadValue):
        return _said(visit, 422, "value", f"{error.what}: {error.expected}", str(error.got), error.hint)
    if isinstance(error, BadPicture):
        return _said(visit, 422, "picture", str(error))
    if isinstance(error, MakerClosed):
        return _said(visit, 409, "closed", "")
    if isinstance(error, Conflict):
        return _said(visit, 409, "conflict", "" if error.rule else str(error))
    LOG.error("%s", error)
    return wrong(visit, Wrong.FAULT)


def _said(visit: Visit, status: int, name: str, expected: str, got: str = "", hint: str = "") -> Page:
    title, detail = visit.say(f"rooms.wrong.{name}"), visit.say(f"rooms.wrong.{name}.detail")
    return Page(
        ProblemView(visit.base_view(title), detail, expected, got[:SHOWN], hint, *_way_out(visit)), status
    )


def refusal(visit: Visit, answer: Refusal) -> Page:
    """The page of a handler's own "no"."""
    words = visit.say(answer.sentence, **answer.values)
    back, label = (answer.back, visit.say("rooms.go_on")) if answer.back else _way_out(visit)
    view = ProblemView(visit.base_view(visit.say("rooms.refused")), words, back=back, back_label=label)
    return Page(view, answer.status)


def stale(visit: Visit) -> Page:
    """A form that does not carry this browser's secret: an old tab, cookies shut off, or another site's."""
    title = visit.say("rooms.wrong.stale")
    view = ProblemView(
        visit.base_view(title), visit.say("rooms.wrong.stale.detail"), "", "", "", *_way_out(visit)
    )
    return Page(view, 403)
