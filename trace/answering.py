"""A reader's report and the number by which the reader finds out what came of it (floor 3).

The number is 12 characters of Crockford's alphabet, 60 random bits, `7K3M-9X2P-Q4TD`: nothing can be counted by it,
and no number leads to a neighbour. Only its SHA-256 is kept, so whoever reads the database can't look anything up by
numbers; who loses the number can't be found, because nobody is known.

    number = follow_number(secrets.token_bytes(8))
    keep_report(session, given, number, now)
    look_up(session, "7k3m 9x2p q4td")        # Followed(state="answered", words="…"), or None

>>> follow_number(bytes(8)), read_number("o1Il-0000-0000")
('0000-0000-0000', '011100000000')
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from ocop.trace.gs1.identifier import CROCKFORD
from ocop.trace.registry import feedback, tables
from sqlmodel import Session, col, select

LENGTH = 12
MEANT = str.maketrans({"O": "0", "I": "1", "L": "1"})
NEW, CLOSED = "new", "closed"
STATES = (NEW, "working", "answered", CLOSED)


@dataclass(frozen=True, slots=True)
class Followed:
    """Where a report stands (`STATES`), since when, and the office's words to whoever reported."""

    state: str
    since: datetime
    words: str = ""


def follow_number(fresh: bytes) -> str:
    """A number made of 8 random bytes."""
    bits = int.from_bytes(fresh[:8], "big")
    text = "".join(CROCKFORD[bits >> 5 * place & 31] for place in range(LENGTH))
    return f"{text[:4]}-{text[4:8]}-{text[8:]}"


def read_number(typed: str) -> str:
    """The characters of a number as people type it; empty when it is none."""
    text = "".join(letter for letter in typed[:60].upper() if letter.isalnum()).translate(MEANT)
    return text if len(text) == LENGTH and set(text) <= set(CROCKFORD) else ""


def keep_report(
    session: Session, given: feedback.ReportGiven, number: str, now: datetime, *, photo: bytes = b""
) -> None:
    """Keep a report under its number. Raises BadValue."""
    report = feedback.add_report(session, given, now, photo=photo)
    session.add(tables.ReportFollow(mark=mark_of(read_number(number)), report_id=report))
    session.flush()


def look_up(session: Session, typed: str) -> Followed | None:
    """What came of the report with that number; None when there is none."""
    number = read_number(typed)
    known = session.get(tables.ReportFollow, mark_of(number)) if number else None
    report = session.get(tables.Report, known.report_id) if known is not None else None
    if report is None:
        return None
    steps = session.exec(
        select(tables.ReportStep)
        .where(col(tables.ReportStep.report_id) == report.id)
        .order_by(col(tables.ReportStep.id).desc())
    ).all()
    answer = next((step.words for step in steps if step.state == "answered"), "")
    if report.closed_at is not None:
        return Followed(CLOSED, report.closed_at, answer)
    return Followed(steps[0].state, steps[0].at, answer) if steps else Followed(NEW, report.at)


def mark_of(number: str) -> bytes:
    """What is kept of a number as `read_number` gives it."""
    return hashlib.sha256(number.encode("ascii")).digest()
