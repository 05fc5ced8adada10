"""All routes of the office, in one tuple for the table of the rooms."""

from ocop.trace.api.rooms import (
    office_acts,
    office_calendar,
    office_decisions,
    office_desk,
    office_ending,
    office_erasing,
    office_handing,
    office_home,
    office_makers,
    office_products,
    office_quotas,
    office_requests,
    office_stories,
    office_taking,
    office_waiting,
)
from ocop.trace.api.rooms.routes import Route

ROUTES: tuple[Route, ...] = (
    *office_home.ROUTES,
    *office_desk.ROUTES,
    *office_stories.ROUTES,
    *office_calendar.ROUTES,
    *office_decisions.ROUTES,
    *office_waiting.ROUTES,
    *office_products.ROUTES,
    *office_makers.ROUTES,
    *office_ending.ROUTES,
    *office_handing.ROUTES,
    *office_taking.ROUTES,
    *office_quotas.ROUTES,
    *office_requests.ROUTES,
    *office_erasing.ROUTES,
    *office_acts.ROUTES,
)
