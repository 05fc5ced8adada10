"""Requests about personal data: filed by anybody, worked through by an office before their day (floor 3).

    number = follow_number(secrets.token_bytes(8))
    file(session, Given("delete", "Nguyễn Thị Hoa", "Xin xóa số điện thoại của tôi", province="40"), number, now)
    for one in cases(session, Scope("40")): print(one.number, one.kind, one.due, one.state)
    take(session, officer, one.number, now)                                  # in two working days
    settle(session, officer, one.number, "Đã xóa số điện thoại ngày 24/11/2026.", now)
    look_up(session, number)                                                 # what its sender reads

A request is `new` until somebody takes it, then `working`, and ends as `done` or `refused`, always with words. Its
time may be made longer once, before it is over, with a reason. Nothing is deleted by any of it: what a request asks
for is done in its own place (`erasing`) and leaves its own lines. A request that names no province belongs to the
national office and the operator. The days are those of `deadlines`.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from ocop.trace import deadlines
from ocop.trace.answering import mark_of, read_number
from ocop.trace.certifying import NotYours, Officer, Scope, Step
from ocop.trace.registry import erasures, tables
from ocop.trace.registry.editing import lang_tag, words
from ocop.trace.registry.errors import BadValue, Conflict, Unknown
from ocop.trace.text import civil_date
from sqlalchemy import select
from sqlmodel import Session, col

NEW, WORKING, DONE, REFUSED = "new", "working", "done", "refused"
# What asks for something to go: an officer may carry it out from there.
ERASES = frozenset({"delete", "withdraw", "restrict", "object"})
LIMIT = 2_000
MOST = 500


@dataclass(frozen=True, slots=True)
class Given:
    """What somebody asks: one of `deadlines.KINDS`, their name, what it is about, how to reach them if they like."""

    kind: str
    name: str
    words: str
    contact: str = ""
    province: str = ""
    lang: str = "vi"
    person_id: int | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """One request, its two days, and where the work on it stands; steps are the newest first."""

    number: int
    kind: str
    name: str
    contact: str
    words: str
    lang: str
    province: str
    person_id: int | None
    filed_at: datetime
    acknowledge_by: date
    done_by: date
    longer: bool
    state: str
    steps: tuple[Step, ...]

    @property
    def closed(self) -> bool:
        """Whether the work has ended."""
        return self.state in {DONE, REFUSED}

    @property
    def due(self) -> date:
        """The day that comes next: to take it up while it is new, then to carry it out."""
        return min(self.acknowledge_by, self.done_by) if self.state == NEW else self.done_by

    @property
    def officer(self) -> str:
        """Who took it, empty while nobody has."""
        return next((step.officer for step in self.steps if step.state == "taken"), "")

    @property
    def answer(self) -> str:
        """The newest words to its sender."""
        return next((step.words for step in self.steps if step.words), "")


def file(session: Session, given: Given, number: str, now: datetime) -> int:
    """Keep a request under the number its sender was given; returns its row. Raises BadValue."""
    if given.kind not in deadlines.KINDS:
        raise BadValue("kind", " or ".join(deadlines.KINDS), given.kind)
    if given.province and not (len(given.province) == 2 and given.province.isdigit()):
        raise BadValue("province", "a code of two digits, or none", given.province)
    row = tables.DataRequest(
        mark=mark_of(read_number(number)),
        kind=given.kind,
        person_id=given.person_id,
        name=words("name", given.name, needed=True),
        contact=words("contact", given.contact),
        words=words("words", given.words, LIMIT, needed=True),
        lang=lang_tag(given.lang),
        province_code=given.province,
        filed_at=now,
    )
    session.add(row)
    session.flush()
    return row.id or 0


def look_up(session: Session, typed: str) -> Case | None:
    """The request with that number; None when there is none."""
    number = read_number(typed)
    if not number:
        return None
    query = select(tables.DataRequest).where(col(tables.DataRequest.mark) == mark_of(number))
    found = _cases(session, session.scalars(query).all())
    return found[0] if found else None


def of_person(session: Session, person_id: int) -> list[Case]:
    """The requests that somebody sent while signed in, the newest first. At most 500."""
    query = select(tables.DataRequest).where(col(tables.DataRequest.person_id) == person_id)
    return _cases(
        session, session.scalars(query.order_by(col(tables.DataRequest.id).desc()).limit(MOST)).all()
    )


def cases(session: Session, scope: Scope, *, closed: bool = False) -> list[Case]:
    """Open requests, the one that is due first before the others; `closed`: those, the newest first. At most 500."""
    row = tables.DataRequest
    query = select(row).where(col(row.closed_at).is_not(None) if closed else col(row.closed_at).is_(None))
    if scope.province:
        query = query.where(col(row.province_code) == scope.province)
    order = col(row.closed_at).desc() if closed else col(row.filed_at)
    found = _cases(session, session.scalars(query.order_by(order).limit(MOST)).all())
    return found if closed else sorted(found, key=lambda one: (one.due, one.number))


def case(session: Session, scope: Scope, number: int) -> Case:
    """One request. Raises Unknown, also for another place's."""
    row = session.get(tables.DataRequest, number)
    if row is None or (scope.province and row.province_code != scope.province):
        raise Unknown("request", number)
    return _cases(session, [row])[0]


def take(session: Session, officer: Officer, number: int, now: datetime, *, others: bool = False) -> None:
    """Its sender is told that it has come in and who works on it; `others` hold the data too.

    Raises Unknown, NotYours, Conflict.
    """
    row = _open(session, officer, number)
    if case(session, Scope(), number).state != NEW:
        raise Conflict(f"expected a request that nobody works on, got {number}", "state")
    row.others = others
    _step(session, officer, row, "taken", "", now)


def answer(session: Session, officer: Officer, number: int, text: str, now: datetime) -> None:
    """Words for whoever asked. Raises Unknown, NotYours, Conflict, BadValue."""
    row = _open(session, officer, number)
    _step(session, officer, row, "answered", words("answer", text, LIMIT, needed=True), now)


def lengthen(session: Session, officer: Officer, number: int, why: str, now: datetime) -> date:
    """More time, once and before it is over; returns the new last day. Raises Unknown, NotYours, Conflict, BadValue."""
    row = _open(session, officer, number)
    before = case(session, Scope(), number)
    if before.longer or civil_date(now) > before.done_by:
        raise Conflict("expected a request whose time is not over and was not made longer yet", "time")
    row.longer_at = now
    _step(session, officer, row, "longer", words("why", why, LIMIT, needed=True), now)
    return case(session, Scope(), number).done_by


def settle(
    session: Session, officer: Officer, number: int, text: str, now: datetime, *, refused: bool = False
) -> None:
    """The end of it: what was done, or why not. The contact goes. Raises Unknown, NotYours, Conflict, BadValue."""
    row = _open(session, officer, number)
    said = words("outcome", text, LIMIT, needed=True)
    row.outcome, row.contact, row.closed_at = REFUSED if refused else DONE, "", now
    _step(session, officer, row, row.outcome, said, now)
    erasures.add(session, erasures.Entry("request", number, erasures.mark_of(row), now))


def _open(session: Session, officer: Officer, number: int) -> tables.DataRequest:
    row = session.get(tables.DataRequest, number)
    if row is None:
        raise Unknown("request", number)
    if officer.scope.province and row.province_code != officer.scope.province:
        raise NotYours(f"expected a request of your own place, got {number}")
    if row.closed_at is not None:
        raise Conflict(f"expected an open request, got {number}, closed already", "state")
    return row


def _step(
    session: Session, officer: Officer, row: tables.DataRequest, state: str, text: str, now: datetime
) -> None:
    name = words("officer", officer.name, needed=True)
    session.add(row)
    session.add(tables.DataRequestStep(request_id=row.id or 0, state=state, words=text, officer=name, at=now))
    session.flush()


def _cases(session: Session, rows: Sequence[tables.DataRequest]) -> list[Case]:
    steps: dict[int, list[Step]] = defaultdict(list)
    query = select(tables.DataRequestStep).where(
        col(tables.DataRequestStep.request_id).in_([row.id for row in rows])
    )
    for step in session.scalars(query.order_by(col(tables.DataRequestStep.id).desc())):
        steps[step.request_id].append(Step(step.state, step.words, step.officer, step.at))
    return [_case(row, tuple(steps[row.id or 0])) for row in rows]


def _case(row: tables.DataRequest, steps: tuple[Step, ...]) -> Case:
    filed, longer = civil_date(row.filed_at), row.longer_at is not None
    return Case(
        number=row.id or 0,
        kind=row.kind,
        name=row.name,
        contact=row.contact,
        words=row.words,
        lang=row.lang,
        province=row.province_code,
        person_id=row.person_id,
        filed_at=row.filed_at,
        acknowledge_by=deadlines.acknowledge_by(filed),
        done_by=deadlines.done_by(row.kind, filed, others=row.others, longer=longer),
        longer=longer,
        state=row.outcome or (WORKING if any(step.state == "taken" for step in steps) else NEW),
        steps=steps,
    )
