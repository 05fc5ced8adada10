"""What readers give back: thanks to a maker, reports to the office (floor 2).

add_thanks(session, key, lot, lang="en")
thanks_of(session, key) -> {"vi": 31, "en": 4}           # the maker reads how many, and in which languages
number = add_report(session, ReportGiven(...), now)
close_report(session, number, outcome="…", now=now)      # erases contact, place, photograph
"""

from dataclasses import dataclass
from datetime import datetime

from ocop.trace.registry import erasures, tables
from ocop.trace.registry.editing import lang_tag, words
from ocop.trace.registry.erasures import Entry, mark_of
from ocop.trace.registry.errors import BadValue, Unknown
from sqlalchemy import func, select, text
from sqlmodel import Session, col

REPORT_KINDS = ("same_number", "not_alike", "seal", "stars", "quality", "other")


@dataclass(frozen=True, slots=True)
class ReportGiven:
    """What a reader reports: about which item (serial 0: none), of which kind, in words of their own."""

    key: str
    kind: str
    lang: str
    lot: str = ""
    serial: int = 0
    words: str = ""
    contact: str = ""
    place: str = ""


def add_thanks(session: Session, key: str, lot: str, lang: str) -> None:
    """One more thank-you. The row is a counter: nothing tells who gave it."""
    session.execute(
        text(
            "INSERT INTO thanks (key, lot, lang, count) VALUES (:key, :lot, :lang, 1)"
            " ON CONFLICT (key, lot, lang) DO UPDATE SET count = thanks.count + 1"
        ),
        {"key": key, "lot": lot, "lang": lang_tag(lang)},
    )


def thanks_of(session: Session, key: str, lot: str = "") -> dict[str, int]:
    """How many thanked, by reading language, most first; of one lot or of all."""
    count = func.sum(col(tables.Thanks.count))
    query = select(col(tables.Thanks.lang), count).where(col(tables.Thanks.key) == key)
    if lot:
        query = query.where(col(tables.Thanks.lot) == lot)
    found = session.execute(query.group_by(col(tables.Thanks.lang)).order_by(count.desc()))
    return {lang: int(number) for lang, number in found}


def add_report(session: Session, given: ReportGiven, now: datetime, *, photo: bytes = b"") -> int:
    """Keep a report and return its number. `photo` is a JPEG of our own making (`media.web_copy`)."""
    if given.kind not in REPORT_KINDS:
        raise BadValue("report", " or ".join(REPORT_KINDS), given.kind)
    row = tables.Report(
        key=given.key,
        lot=given.lot,
        serial=given.serial,
        at=now,
        kind=given.kind,
        lang=lang_tag(given.lang),
        words=words("report", given.words, 2_000),
        contact=words("contact", given.contact),
    )
    session.add(row)
    session.flush()
    place = words("place", given.place)
    if place or photo:
        session.add(tables.ReportPrivate(report_id=row.id or 0, place=place, photo=photo or None))
        session.flush()
    return row.id or 0


def close_report(session: Session, number: int, *, outcome: str, now: datetime) -> None:
    """An office has dealt with a report: what came of it stays; contact, place and photograph go."""
    row = session.get(tables.Report, number)
    if row is None:
        raise Unknown("report", number)
    private = session.get(tables.ReportPrivate, number)
    if private is not None:
        session.delete(private)
    row.outcome, row.contact, row.closed_at = words("outcome", outcome, 2_000, needed=True), "", now
    session.add(row)
    session.flush()
    erasures.add(session, Entry("report", number, mark_of(row), now))
