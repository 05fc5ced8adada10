"""Quotas of the bodies that sign: how many codes each may have a year, and how many it has."""

from ocop.trace.api.rooms.office_common import (
    Problems,
    done,
    number_of,
    page,
    scope_of,
    text_of,
    today_of,
    tried,
    where_issuer,
)
from ocop.trace.api.rooms.routes import Route
from ocop.trace.api.rooms.visit import Answer, Visit
from ocop.trace.pages.rooms.base import EMPTY, FieldState
from ocop.trace.pages.rooms.office_views import Field, OfficeForm, Section
from ocop.trace.registry import quotas, tables
from ocop.trace.registry.quotas import Holder
from ocop.trace.rights import Right, Where, may
from ocop.trace.text import format_number, sort_key
from sqlalchemy import select
from sqlmodel import col


def issuers(visit: Visit, state: FieldState = EMPTY, state_of: str = "") -> Answer:
    """Every issuer of the scope with its quota of this year."""
    scope = scope_of(visit)
    query = select(tables.Issuer)
    if scope.province:
        query = query.where(col(tables.Issuer.province_code) == scope.province)
    found = sorted(visit.session.scalars(query), key=lambda row: (sort_key(row.name), row.code))
    hint = visit.say("office.quotas.hint" if found else "office.quotas.none")
    sections = [Section(text=(hint,)), *(_section(visit, row) for row in found)]
    return page(visit, visit.say("office.quotas"), *sections, state=state, state_of=state_of)


def set_quota(visit: Visit) -> Answer:
    """How many codes an issuer may have a year."""
    query = select(tables.Issuer).where(col(tables.Issuer.code) == visit.params["issuer"])
    row = visit.session.scalars(query).one()

    def act() -> Answer:
        enter_quota(visit, Holder.ISSUER, row)
        return done("/office/quotas", "office.done.saved")

    return tried(visit, act, lambda state: issuers(visit, state, f"/office/quotas/{row.code}"))


def enter_quota(visit: Visit, holder: Holder, row: tables.Issuer | tables.Producer) -> None:
    """Enter what the form of `quota_section` says, with its line in the log. Raises Problems."""
    year, codes = number_of(visit, "year") or 0, number_of(visit, "codes", needed=False)
    if year not in range(today_of(visit).year, 2201):
        raise Problems(year="office.wrong.year")
    reason = text_of(visit, "reason", most=1000)
    quotas.set_quota(visit.session, holder, row.id or 0, from_year=year, codes=codes,
                     by=visit.actor.name, at=visit.now, reason=reason)  # fmt: skip
    maker = row.id if holder is Holder.PRODUCER else None
    visit.note("quota.set", f"{row.name}: {codes} / {year}", reason, for_producer=maker)


def _section(visit: Visit, row: tables.Issuer) -> Section:
    allowed = may(visit.actor, Right.QUOTA_SET, Where(None, row.province_code, None)).allowed
    return quota_section(visit, Holder.ISSUER, row, row.name, f"/office/quotas/{row.code}", allowed=allowed)


def quota_section(
    visit: Visit,
    holder: Holder,
    row: tables.Issuer | tables.Producer,
    title: str,
    action: str,
    *,
    allowed: bool,
) -> Section:
    """How many codes this year, how many of them are used, and the form that changes it."""
    year = today_of(visit).year
    found = quotas.standing(visit.session, holder, row.id or 0, year)
    codes = visit.say("office.quota.none") if found.codes is None else format_number(found.codes, visit.lang)
    facts = ((visit.say("office.quota.year", year=str(year)), codes),
             (visit.say("office.quota.used"), format_number(found.used, visit.lang)))  # fmt: skip
    form = OfficeForm(action, (
        Field("number", "year", visit.say("office.quota.from"), str(year), required=True),
        Field("number", "codes", visit.say("office.quota.codes"), hint=visit.say("office.quota.hint")),
        Field("text", "reason", visit.say("office.reason"), most=1000),
    ), visit.say("office.save"), heading=visit.say("office.quota.change"), fold=True, quiet=True)  # fmt: skip
    return Section(title=title, facts=facts, forms=(form,) if allowed else ())


ROUTES: tuple[Route, ...] = (
    Route("GET", "/office/quotas", Right.FIGURES_SEE, issuers),
    Route("POST", "/office/quotas/{issuer}", Right.QUOTA_SET, set_quota, where=where_issuer),
)
