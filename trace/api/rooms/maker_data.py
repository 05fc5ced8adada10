"""A maker's own data, and the wish to stop, in the studio.

GET  /studio/producers/{producer}/data                 what may be taken away, how to stop
POST /studio/producers/{producer}/data/file/{part}     one ZIP of `handing_export`, after a fresh proof
POST /studio/producers/{producer}/data/stop            ask the office to close; asked again it changes the words
POST /studio/producers/{producer}/data/go-on           take the wish back
"""

from ocop.trace import handing_closing, handing_export
from ocop.trace.api.rooms.asking import plain
from ocop.trace.api.rooms.office_common import Problems, done, text_of, tried
from ocop.trace.api.rooms.office_ending import help_link, maker_of
from ocop.trace.api.rooms.routes import Route, where_producer
from ocop.trace.api.rooms.visit import Answer, Download, Visit
from ocop.trace.pages.phrases import phrases
from ocop.trace.pages.rooms.base import EMPTY, FieldState
from ocop.trace.pages.rooms.office_views import Field, OfficeForm, Section
from ocop.trace.registry import tables
from ocop.trace.registry.errors import Unknown
from ocop.trace.registry.makers import MakerClosed
from ocop.trace.rights import Right

README = 7
MOST = 1000


def page(visit: Visit, state: FieldState = EMPTY) -> Answer:
    """What may be taken away, and what stopping means."""
    maker = maker_of(visit)
    here = f"/studio/producers/{maker.slug}/data"
    parts = handing_export.part_count(visit.session, visit.service.settings.data, maker.id or 0)
    take = Section(
        title=visit.say("makerdata.take"),
        text=tuple(visit.say(f"makerdata.take.{what}") for what in ("what", "parts", "care")),
        forms=tuple(
            OfficeForm(f"{here}/file/{part}", (), visit.say("makerdata.take.part", part=part, parts=parts),
                       quiet=part > 1)
            for part in range(1, parts + 1)
        ),
    )  # fmt: skip
    back = Section(links=((visit.say("makerdata.back"), "/studio"),))
    title = visit.say("makerdata.title", name=maker.name)
    return plain(
        visit, title, take, _stop(visit, maker.id or 0, here), back, state=state, state_of=f"{here}/stop"
    )


def _stop(visit: Visit, number: int, here: str) -> Section:
    """What ends and what stays, and the wish."""
    text = tuple(visit.say(f"makerdata.stop.{what}") for what in ("who", "ends", "stays", "soon"))
    wish = handing_closing.wish_of(visit.session, number)
    if wish is not None:
        day = visit.words.day_of(wish.asked_at)
        go_on = OfficeForm(f"{here}/go-on", (), visit.say("makerdata.stop.back"), quiet=True)
        return Section(title=visit.say("makerdata.stop"), warning=visit.say("makerdata.stop.waits", day=day),
                       quote=wish.words, lang="vi", text=text, forms=(go_on,), links=(help_link(visit),))  # fmt: skip
    fields = (
        Field("area", "words", visit.say("makerdata.stop.words"), hint=visit.say("makerdata.stop.words.hint"),
              most=MOST),
        Field("check", "sure", visit.say("makerdata.stop.sure"), required=True),
    )  # fmt: skip
    form = OfficeForm(f"{here}/stop", fields, visit.say("makerdata.stop.ask"), danger=True, fold=True,
                      heading=visit.say("makerdata.stop.ask"))  # fmt: skip
    return Section(title=visit.say("makerdata.stop"), text=text, forms=(form,), links=(help_link(visit),))


def take_away(visit: Visit) -> Answer:
    """One part of everything that is kept of this maker."""
    part = visit.number("part")
    found = packed_for(visit, maker_of(visit), part)
    if found is None:
        raise Unknown("part", part)
    return found


def packed_for(visit: Visit, maker: tables.Producer, part: int, reason: str = "") -> Download | None:
    """One part as a download, with its line in the log; None for a number that there isn't."""
    vi = phrases("vi")
    lines = (vi.say(f"makerdata.readme.{number}") for number in range(1, README + 1))
    data = visit.service.settings.data
    content = handing_export.packed(
        visit.session, data, maker.id or 0, part, visit.now, readme="\r\n".join(lines) + "\r\n"
    )
    if content is None:
        return None
    visit.note("producer.take", f"{maker.name}: {part}", reason, maker.id)
    return Download(f"du-lieu-{maker.slug}-{visit.now:%Y-%m-%d}-{part}.zip", "application/zip", content)


def stop(visit: Visit) -> Answer:
    """Ask the office to close the maker."""
    maker = maker_of(visit)
    name, number, slug = maker.name, maker.id or 0, maker.slug

    def act() -> Answer:
        said = text_of(visit, "words", most=MOST)
        if visit.form.one("sure") != "1":
            raise Problems(sure="handing.need.sure")
        try:
            handing_closing.ask(visit.session, number, visit.actor.person_id, said, visit.now)
        except MakerClosed:
            raise Problems(sure="handing.wrong.closed") from None
        # Her own words lie in the wish alone, from where they can be erased; the log keeps what it has for good.
        visit.note("producer.wish", name, for_producer=number)
        return done(f"/studio/producers/{slug}/data", "makerdata.stop.sent")

    return tried(visit, act, lambda state: page(visit, state))


def go_on(visit: Visit) -> Answer:
    """Take the wish back."""
    maker = maker_of(visit)
    if handing_closing.end_wish(visit.session, maker.id or 0, visit.now):
        visit.note("producer.wish.end", maker.name, for_producer=maker.id)
    return done(f"/studio/producers/{maker.slug}/data", "makerdata.stop.taken")


ROUTES: tuple[Route, ...] = (
    Route("GET", "/studio/producers/{producer}/data", Right.PRODUCER_OWN, page, where=where_producer),
    Route("POST", "/studio/producers/{producer}/data/file/{part}", Right.PRODUCER_OWN, take_away,
          where=where_producer, step_up=True),
    Route("POST", "/studio/producers/{producer}/data/stop", Right.PRODUCER_OWN, stop, where=where_producer,
          step_up=True),
    Route("POST", "/studio/producers/{producer}/data/go-on", Right.PRODUCER_OWN, go_on, where=where_producer),
)  # fmt: skip
