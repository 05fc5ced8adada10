"""A story without the people in it: what goes along when a product gets another maker (floor 3)."""

from datetime import date

from ocop.trace.facts import StoryState
from ocop.trace.registry import tables
from sqlalchemy import select
from sqlmodel import Session, col

NO_ANSWERS = ["", "", "", "", ""]


def leave_people_out(session: Session, product: tables.Product, kept: frozenset[str], today: date) -> int:
    """In each language the story that is shown gives way to one without what nobody agreed to hand over.

    `kept` are the items that people agreed to anew: `portrait`, `voice`, `quote` (their own words, and their name). A
    story that holds nothing else is left as it is, checked or not; one of which nothing remains is taken down. Older
    revisions stay on record and are not shown. The newest one never has people in it either, shown or not: the new
    maker's draft begins with it. Returns how many languages changed.
    """
    query = select(tables.Story).where(col(tables.Story.product_id) == product.id)
    by_lang: dict[str, list[tables.Story]] = {}
    for row in session.scalars(query.order_by(col(tables.Story.revision))):
        by_lang.setdefault(row.lang, []).append(row)
    return sum(_one(session, rows, kept, today) for rows in by_lang.values())


def _one(session: Session, rows: list[tables.Story], kept: frozenset[str], today: date) -> bool:
    published = [row for row in rows if row.state == StoryState.PUBLISHED]
    # An edit that waits to be checked would be shown one day, people and all.
    if not any(_without(row, kept) for row in published):
        return _begin_anew(session, rows, kept, today)
    shown = max(published, key=lambda row: (row.checked_on is not None, row.revision))
    changes = _without(shown, kept)
    for row in published:
        row.state = str(StoryState.DRAFT)
        session.add(row)
    steps = _steps(session, shown)
    if not (shown.lead or shown.land or steps or (shown.answers != NO_ANSWERS and "answers" not in changes)):
        session.flush()
        _begin_anew(session, rows, kept, today)
        return True
    unread = {"checked_by": "", "checked_on": None, "updated_on": today} if changes else {}
    changes |= {"revision": rows[-1].revision + 1, "state": str(StoryState.PUBLISHED)} | unread
    _next(session, shown, changes)
    return True


def _begin_anew(session: Session, rows: list[tables.Story], kept: frozenset[str], today: date) -> bool:
    """A revision that nobody is shown behind the newest one, where that has people in it who stay behind."""
    changes = _without(rows[-1], kept)
    if not changes:
        return False
    changes |= {"revision": rows[-1].revision + 1, "state": str(StoryState.DRAFT)}
    _next(session, rows[-1], changes | {"checked_by": "", "checked_on": None, "updated_on": today})
    return True


def _next(session: Session, row: tables.Story, changes: dict[str, object]) -> None:
    made = tables.Story(**(row.model_dump(exclude={"id"}) | changes))
    session.add(made)
    session.flush()
    session.add_all(
        tables.StoryStep(story_id=made.id or 0, line=step.line, text=step.text, photo=step.photo)
        for step in _steps(session, row)
    )
    session.flush()


def _steps(session: Session, row: tables.Story) -> list[tables.StoryStep]:
    return list(session.scalars(select(tables.StoryStep).where(col(tables.StoryStep.story_id) == row.id)))


def _without(row: tables.Story, kept: frozenset[str]) -> dict[str, object]:
    """What has to change in a revision."""
    changes: dict[str, object] = {}
    if "portrait" not in kept and row.portrait:
        changes["portrait"] = None
    if "voice" not in kept and row.voice:
        changes |= {"voice": None, "transcript": ""}
    if "quote" not in kept and (row.teller or any(row.answers)):
        changes |= {"teller": "", "answers": list(NO_ANSWERS)}
    return changes
