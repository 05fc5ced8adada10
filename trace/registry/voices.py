"""What readers send back: thanks as a count, reports as they were written (floor 2)."""

from datetime import datetime

from ocop.trace.gs1.identifier import Identifier
from ocop.trace.registry.tables_scans import Report, Thanks
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, select


def add_thanks(session: Session, what: Identifier, lang: str) -> None:
    """One more thank-you for the maker of a lot, in the language it was read in."""
    insert = postgresql.insert if session.connection().dialect.name == "postgresql" else sqlite.insert
    one = insert(Thanks).values(key=what.key, lot=what.lot, lang=lang, count=1)
    session.execute(
        one.on_conflict_do_update(
            index_elements=["key", "lot", "lang"], set_={"count": col(Thanks.count) + one.excluded.count}
        )
    )


def thanks_of(session: Session, key: str) -> dict[str, int]:
    """How many thanks a product got, by reading language."""
    counts: dict[str, int] = {}
    for row in session.exec(select(Thanks).where(col(Thanks.key) == key)):
        counts[row.lang] = counts.get(row.lang, 0) + row.count
    return counts


def add_report(
    session: Session,
    what: Identifier,
    at: datetime,
    *,
    kind: str,
    lang: str,
    words: str = "",
    place: str = "",
    contact: str = "",
) -> None:
    """Keep a report for the office. `place` is where the reader says it was; it joins the words."""
    said = "\n".join(part for part in (words.strip(), place.strip()) if part)
    session.add(
        Report(
            key=what.key,
            lot=what.lot,
            serial=what.number or 0,
            at=at,
            kind=kind,
            lang=lang,
            words=said,
            contact=contact.strip(),
        )
    )
    session.flush()
