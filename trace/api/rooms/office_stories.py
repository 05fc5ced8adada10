"""Reading stories: the queue, one story with what is copied and what needs a paper, checked or sent back."""

from ocop.trace import certifying_stories
from ocop.trace.api.rooms.office_common import (
    done,
    number_in,
    officer_of,
    page,
    product_href,
    scope_of,
    text_of,
    today_of,
    tried,
    where_story,
)
from ocop.trace.api.rooms.routes import Route
from ocop.trace.api.rooms.visit import Answer, Visit
from ocop.trace.certifying_likeness import claims_day
from ocop.trace.certifying_stories import Reading
from ocop.trace.pages.rooms.base import EMPTY, FieldState
from ocop.trace.pages.rooms.office_views import Field, Marked, OfficeForm, Section, Table
from ocop.trace.registry import tables
from ocop.trace.rights import Right


def stories(visit: Visit) -> Answer:
    """What waits to be read, the longest waiting first."""
    found = certifying_stories.unread(visit.session, scope_of(visit, Right.STORY_CHECK))
    rows = tuple(
        (
            (one.title, f"/office/stories/{one.story_id}"),
            one.product,
            one.producer,
            visit.words.date(one.updated_on),
            visit.say(_state(edited=one.edited, returned=one.returned)),
        )
        for one in found
    )
    names = (
        "office.col.title",
        "office.col.product",
        "office.col.producer",
        "office.col.told",
        "office.col.state",
    )
    table = Table(visit.say("office.stories.found", n=len(rows)), tuple(visit.say(name) for name in names), rows,
                  visit.say("office.stories.none"))  # fmt: skip
    return page(
        visit, visit.say("office.stories"), Section(text=(visit.say("office.stories.hint"),), table=table)
    )


def story(visit: Visit, state: FieldState = EMPTY) -> Answer:
    """One story as its maker told it, with everything that helps to read it."""
    number = number_in(visit.params, "story")
    reading = certifying_stories.open_story(
        visit.session, scope_of(visit, Right.STORY_CHECK), number, visit.service.samples
    )
    told = reading.waiting
    facts = (
        (visit.say("office.col.product"), told.product),
        (visit.say("office.col.producer"), told.producer),
        (visit.say("office.col.told"), visit.words.date(told.updated_on)),
        (visit.say("office.story.revision"), str(told.revision)),
    )
    warning = "" if reading.newest else visit.say("office.story.old")
    head = Section(
        facts=facts, warning=warning, links=((visit.say("office.story.product"), product_href(told.key)),)
    )
    sections = [head, _flags(visit, reading), _copies(visit, reading)]
    sections += [
        Section(
            title=visit.say(_part(part.name), n=part.name.rpartition("-")[2]), quote=part.text, lang=told.lang
        )
        for part in reading.parts
    ]
    sections += [_readings(visit, reading)] if reading.readings else []
    if reading.newest and not reading.checked:
        sections.append(_decide(visit, number))
    return page(visit, told.title, *sections, state=state, state_of=f"/office/stories/{number}/return")


def check(visit: Visit) -> Answer:
    """This story was read and is right as far as the office can tell."""
    number = number_in(visit.params, "story")
    officer = officer_of(visit, Right.STORY_CHECK)
    certifying_stories.check(visit.session, officer, number, today_of(visit), visit.now)
    title, maker = _about(visit, number)
    visit.note("story.check", title, for_producer=maker)
    return done("/office/stories", "office.done.checked", {"title": title})


def send_back(visit: Visit) -> Answer:
    """Words for the maker; the story stays as it is."""
    number = number_in(visit.params, "story")

    def act() -> Answer:
        note = text_of(visit, "note", needed="office.need.note", most=2000)
        certifying_stories.send_back(
            visit.session, officer_of(visit, Right.STORY_CHECK), number, note, visit.now
        )
        title, maker = _about(visit, number)
        visit.note("story.return", title, note, for_producer=maker)
        return done("/office/stories", "office.done.returned", {"title": title})

    return tried(visit, act, lambda state: story(visit, state))


def _flags(visit: Visit, reading: Reading) -> Section:
    marked = tuple(
        Marked(
            flag.sentence[: flag.start],
            flag.sentence[flag.start : flag.end],
            flag.sentence[flag.end :],
            visit.say(f"office.flag.{flag.claim.kind}"),
        )
        for part in reading.parts
        for flag in part.flags
    )
    year, month, day = claims_day().split("-")
    hint = visit.say("office.flags.hint" if marked else "office.flags.none", day=f"{day}/{month}/{year}")
    return Section(title=visit.say("office.flags"), text=(hint,), marked=marked, lang=reading.waiting.lang)


def _copies(visit: Visit, reading: Reading) -> Section:
    names = ("office.col.alike", "office.col.producer")
    rows = tuple(
        (
            (
                visit.say("office.copies.percent", percent=copy.percent, product=copy.product),
                f"/office/stories/{copy.story_id}",
            ),
            visit.say("office.copies.same") if copy.same_maker else copy.producer,
        )
        for copy in reading.copies
    )
    table = Table(visit.say("office.copies"), tuple(visit.say(name) for name in names), rows)
    hint = visit.say("office.copies.hint" if rows else "office.copies.none")
    return Section(text=(hint,), table=table, title="" if rows else visit.say("office.copies"))


def _readings(visit: Visit, reading: Reading) -> Section:
    rows = tuple(
        (
            visit.words.moment(one.at),
            visit.say(f"office.reading.{one.outcome}"),
            one.reader,
            one.office,
            one.words,
        )
        for one in reading.readings
    )
    names = ("office.col.when", "office.col.state", "office.col.who", "office.col.office", "office.col.words")
    table = Table(visit.say("office.readings"), tuple(visit.say(name) for name in names), rows)
    return Section(table=table)


def _decide(visit: Visit, number: int) -> Section:
    right = OfficeForm(f"/office/stories/{number}/check", (), visit.say("office.story.check"))
    back = OfficeForm(f"/office/stories/{number}/return", (
        Field("area", "note", visit.say("office.story.note"), hint=visit.say("office.story.note.hint"), required=True,
              most=2000),
    ), visit.say("office.story.return"), heading=visit.say("office.story.return.heading"), quiet=True,
        fold=True)  # fmt: skip
    text = (visit.say("office.story.check.hint"),)
    return Section(title=visit.say("office.story.decide"), text=text, forms=(right, back))


def _state(*, edited: bool, returned: bool) -> str:
    if returned:
        return "office.story.returned"
    return "office.story.edited" if edited else "office.story.new"


def _part(name: str) -> str:
    stem = name.partition("-")[0]
    return f"office.part.{stem}"


def _about(visit: Visit, number: int) -> tuple[str, int]:
    row = visit.session.get_one(tables.Story, number)
    return row.title, visit.session.get_one(tables.Product, row.product_id).producer_id


ROUTES: tuple[Route, ...] = (
    Route("GET", "/office/stories", Right.STORY_CHECK, stories),
    Route("GET", "/office/stories/{story}", Right.STORY_CHECK, story, where=where_story),
    Route("POST", "/office/stories/{story}/check", Right.STORY_CHECK, check, where=where_story),
    Route("POST", "/office/stories/{story}/return", Right.STORY_CHECK, send_back, where=where_story),
)
