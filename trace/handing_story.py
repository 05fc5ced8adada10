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
    revisions stay on record and are not shown. Returns how many languages changed.
    """
    query = select(tables.Story).where(col(tables.Story.product_id) == product.id)
    by_lang: dict[str, list[tables.Story]] = {}
    for row in session.scalars(query.order_by(col(tables.Story.revision))):
        by_lang.setdefault(row.lang, []).append(row)
    return sum(_one(session, rows, kept, today) for rows in by_lang.values())


def _one(session: Session, rows: list[tables.Story], kept: frozenset[str], today: date) -> bool:
    published = [row for row in rows if row.state == StoryState.PUBLISHED]
    if not published:
        return False
    shown = max(published, key=lambda row: (row.checked_on is not None, row.revision))
    changes = _without(shown, kept)
    # An edit that waits to be checked would be shown one day, people and all.
    if not changes and not any(_without(row, kept) for row in published):
        return False
    for row in published:
        row.state = str(StoryState.DRAFT)
        session.add(row)
    steps = list(session.scalars(select(tables.StoryStep).where(col(tables.StoryStep.story_id) == shown.id)))
    if not (shown.lead or shown.land or steps or (shown.answers != NO_ANSWERS and "answers" not in changes)):
        session.flush()
        return True
    values = shown.model_dump(exclude={"id"}) | changes
    unread = {"checked_by": "", "checked_on": None, "updated_on": today} if changes else {}
    values |= {"revision": rows[-1].revision + 1, "state": str(StoryState.PUBLISHED)} | unread
    made = tables.Story(**values)
    session.add(made)
    session.flush()
    session.add_all(
        tables.StoryStep(story_id=made.id or 0, line=step.line, text=step.text, photo=step.photo)
        for step in steps
    )
    session.flush()
    return True


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
