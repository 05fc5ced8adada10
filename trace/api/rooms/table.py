"""All routes of the rooms, in one table: one line for each module of them."""

from ocop.trace.api.rooms import (
    asking,
    batch_chips,
    batch_labels,
    batch_scans,
    batches,
    door,
    help,
    helping,
    imports,
    maker_data,
    me,
    office,
    own,
    passkeys,
    people,
    story,
    story_press,
)
from ocop.trace.api.rooms.routes import Route

ROUTES: tuple[Route, ...] = (
    *door.ROUTES,
    *passkeys.ROUTES,
    *me.ROUTES,
    *own.ROUTES,
    *helping.ROUTES,
    *people.ROUTES,
    *office.ROUTES,
    *imports.ROUTES,
    *help.ROUTES,
    *asking.ROUTES,
    *story.ROUTES,
    *story_press.ROUTES,
    *maker_data.ROUTES,
    *batches.ROUTES,
    *batch_labels.ROUTES,
    *batch_chips.ROUTES,
    *batch_scans.ROUTES,
)
