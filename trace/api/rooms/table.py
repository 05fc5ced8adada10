"""All routes of the rooms, in one table: one line for each module of them."""

from ocop.trace.api.rooms import door, me, passkeys
from ocop.trace.api.rooms.routes import Route

ROUTES: tuple[Route, ...] = (
    *door.ROUTES,
    *passkeys.ROUTES,
    *me.ROUTES,
)
