"""What is kept of a closed producer, for heirs and for the archive: its own people can't come in any more.

GET   /office/producers/{producer}/data     what it is, and the form
POST  /office/producers/{producer}/data     one ZIP of `handing_export`, after a fresh proof; logged with the reason

While a producer is at work its people take it away themselves (`maker_data`), and the office can't.
"""

from ocop.trace import handing_export
from ocop.trace.api.rooms.maker_data import packed_for
from ocop.trace.api.rooms.office_common import Problems, done, one_of, page, text_of, tried
from ocop.trace.api.rooms.office_ending import maker_of
from ocop.trace.api.rooms.routes import Route, where_producer
from ocop.trace.api.rooms.visit import Answer, Visit
from ocop.trace.pages.rooms.base import EMPTY, FieldState
from ocop.trace.pages.rooms.office_views import Field, OfficeForm, Section
from ocop.trace.registry import tables
from ocop.trace.rights import Right


def look(visit: Visit, state: FieldState = EMPTY) -> Answer:
    """What may be taken, and the form that asks for whom."""
    maker = maker_of(visit)
    if maker.closed_at is None:
        return _at_work(maker)
    here = f"/office/producers/{maker.slug}"
    parts = _parts(visit, maker)
    options = tuple((part, visit.say("makerdata.take.part", part=part, parts=len(parts))) for part in parts)
    number = Field("select", "part", visit.say("handing.take.part"), parts[0], options=options, required=True)
    fields = (
        number if len(parts) > 1 else Field("hidden", "part", value=parts[0]),
        Field("area", "reason", visit.say("handing.take.reason"), hint=visit.say("handing.take.reason.hint"),
              required=True, most=1000),
    )  # fmt: skip
    take = Section(
        text=(
            visit.say("handing.take.who"),
            *(visit.say(f"makerdata.take.{what}") for what in ("what", "care")),
            *([visit.say("makerdata.take.parts")] if len(parts) > 1 else []),
        ),
        forms=(OfficeForm(f"{here}/data", fields, visit.say("handing.take.yes")),),
        links=((visit.say("office.no"), here),),
    )
    title = visit.say("makerdata.title", name=maker.name)
    return page(visit, title, take, state=state, state_of=f"{here}/data")


def take(visit: Visit) -> Answer:
    """One part, with its line in the log."""
    maker = maker_of(visit)
    if maker.closed_at is None:
        return _at_work(maker)

    def act() -> Answer:
        part = one_of(visit, "part", _parts(visit, maker))
        reason = text_of(visit, "reason", needed="office.need.reason", most=1000)
        found = packed_for(visit, maker, int(part), reason)
        if found is None:
            raise Problems(part="office.wrong.choice")
        return found

    return tried(visit, act, lambda state: look(visit, state))


def _parts(visit: Visit, maker: tables.Producer) -> tuple[str, ...]:
    count = handing_export.part_count(visit.session, visit.service.settings.data, maker.id or 0)
    return tuple(str(part) for part in range(1, count + 1))


def _at_work(maker: tables.Producer) -> Answer:
    return done(f"/office/producers/{maker.slug}", "handing.take.at_work", {"name": maker.name})


ROUTES: tuple[Route, ...] = (
    Route("GET", "/office/producers/{producer}/data", Right.PRODUCER_END, look, where=where_producer),
    Route("POST", "/office/producers/{producer}/data", Right.PRODUCER_END, take, where=where_producer,
          step_up=True),
)  # fmt: skip
