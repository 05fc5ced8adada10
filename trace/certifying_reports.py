"""Working through what consumers report (floor 3).

    for case in cases(session, Scope("19")): print(case.number, case.kind, case.state)
    take(session, officer, number, now)                                     # working: "chị Hà đang xem"
    answer(session, officer, number, "Đã hỏi cơ sở: tem in lỗi, đã đổi.", now)   # what its sender reads
    close(session, officer, number, "Cơ sở đã thu về 12 hộp", now)              # erases the contact

A report is `new` until somebody takes it, then `working`, `answered`, `closed`; closing ends it. Each step stays. A
report about a product belongs to the office of its maker's province; one about a code that nobody knows belongs to
the national office and the operator.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from ocop.trace.certifying import NotYours, Officer, Scope, Step
from ocop.trace.registry import feedback, tables
from ocop.trace.registry.editing import words
from ocop.trace.registry.errors import Conflict, Unknown
from sqlalchemy import Select, and_, select
from sqlmodel import Session, col

NEW = "new"
LIMIT = 2_000
MOST = 500


@dataclass(frozen=True, slots=True)
class Case:
    """One report, what it is about, and where the work on it stands."""

    number: int
    key: str
    lot: str
    serial: int
    product: str
    producer: str
    kind: str
    lang: str
    words: str
    contact: str
    at: datetime
    state: str
    outcome: str
    steps: tuple[Step, ...]
    place: str = ""
    photo: bool = False


def cases(session: Session, scope: Scope, *, closed: bool = False) -> list[Case]:
    """Open reports, the oldest first; with `closed` the closed ones, the newest first. At most 500."""
    order = col(tables.Report.at).desc() if closed else col(tables.Report.at)
    done = col(tables.Report.closed_at)
    query = _reports(scope).where(done.is_not(None) if closed else done.is_(None)).order_by(order).limit(MOST)
    return _cases(session, query)


def every(session: Session, scope: Scope) -> Iterator[Case]:
    """All reports, open and closed, in the order in which they came, some hundred at a time."""
    after = 0
    while True:
        query = (
            _reports(scope).where(col(tables.Report.id) > after).order_by(col(tables.Report.id)).limit(MOST)
        )
        found = _cases(session, query)
        yield from found
        if len(found) < MOST:
            return
        after = found[-1].number


def case(session: Session, scope: Scope, number: int) -> Case:
    """One report. Raises Unknown, also for another place's."""
    row = session.execute(_reports(scope).where(col(tables.Report.id) == number)).first()
    if row is None:
        raise Unknown("report", number)
    report, name, maker = row
    return _case(
        report, name, maker, _steps(session, [number])[number], _private(session, [number]).get(number)
    )


def photo(session: Session, scope: Scope, number: int) -> bytes:
    """The photograph that came with a report, a JPEG. Raises Unknown, also for another place's."""
    case(session, scope, number)
    row = session.get(tables.ReportPrivate, number)
    if row is None or row.photo is None:
        raise Unknown("photograph of the report", number)
    return row.photo


def take(session: Session, officer: Officer, number: int, now: datetime) -> None:
    """The officer looks into it. Raises Unknown, NotYours, Conflict."""
    found = _open(session, officer, number)
    if found.state == "working":
        raise Conflict(
            f"expected a report that nobody works on, got one of {found.steps[0].officer}", "state"
        )
    _step(session, officer, number, "working", "", now)


def answer(session: Session, officer: Officer, number: int, text: str, now: datetime) -> None:
    """Words for whoever reported. Raises Unknown, NotYours, Conflict, BadValue."""
    _open(session, officer, number)
    _step(session, officer, number, "answered", words("answer", text, LIMIT, needed=True), now)


def close(session: Session, officer: Officer, number: int, outcome: str, now: datetime) -> None:
    """What came of it; contact, place and photograph are erased. Raises Unknown, NotYours, Conflict, BadValue."""
    _open(session, officer, number)
    feedback.close_report(session, number, outcome=outcome, now=now)
    _step(session, officer, number, "closed", words("outcome", outcome, LIMIT, needed=True), now)


def _open(session: Session, officer: Officer, number: int) -> Case:
    try:
        found = case(session, officer.scope, number)
    except Unknown:
        if session.get(tables.Report, number) is None:
            raise
        raise NotYours(f"expected a report of your own place, got {number}") from None
    if found.state == "closed":
        raise Conflict(f"expected an open report, got {number}, closed already", "state")
    return found


def _step(session: Session, officer: Officer, number: int, state: str, text: str, now: datetime) -> None:
    name = words("officer", officer.name, needed=True)
    session.add(tables.ReportStep(report_id=number, state=state, words=text, officer=name, at=now))
    session.flush()


Lines = Select[tables.Report, str, tables.Producer]


def _reports(scope: Scope) -> Lines:
    return (
        select(tables.Report, col(tables.ProductText.name), tables.Producer)
        .join(tables.ProductKey, col(tables.ProductKey.key) == col(tables.Report.key), isouter=True)
        .join(tables.Product, col(tables.Product.id) == col(tables.ProductKey.product_id), isouter=True)
        .join(
            tables.ProductText,
            and_(
                col(tables.ProductText.product_id) == col(tables.Product.id),
                col(tables.ProductText.lang) == "vi",
            ),
            isouter=True,
        )
        .join(tables.Producer, col(tables.Producer.id) == col(tables.Product.producer_id), isouter=True)
        .where(*scope.conditions())
    )


def _cases(session: Session, query: Lines) -> list[Case]:
    found = list(session.execute(query))
    steps = _steps(session, [report.id or 0 for report, *_ in found])
    private = _private(session, [report.id or 0 for report, *_ in found])
    return [
        _case(report, name, maker, steps[report.id or 0], private.get(report.id or 0))
        for report, name, maker in found
    ]


def _private(session: Session, numbers: list[int]) -> dict[int, tuple[str, bool]]:
    """Place, and whether there is a photograph: a list never loads the pictures themselves."""
    query = select(
        col(tables.ReportPrivate.report_id),
        col(tables.ReportPrivate.place),
        col(tables.ReportPrivate.photo).is_not(None),
    ).where(col(tables.ReportPrivate.report_id).in_(numbers))
    return {number: (place, bool(there)) for number, place, there in session.execute(query)}


def _steps(session: Session, numbers: list[int]) -> dict[int, tuple[Step, ...]]:
    found: dict[int, list[Step]] = defaultdict(list)
    query = select(tables.ReportStep).where(col(tables.ReportStep.report_id).in_(numbers))
    for row in session.scalars(query.order_by(col(tables.ReportStep.id).desc())):
        found[row.report_id].append(Step(row.state, row.words, row.officer, row.at))
    return defaultdict(tuple, {number: tuple(steps) for number, steps in found.items()})


def _case(
    report: tables.Report,
    name: str | None,
    maker: tables.Producer | None,
    steps: tuple[Step, ...],
    private: tuple[str, bool] | None,
) -> Case:
    state = "closed" if report.closed_at else steps[0].state if steps else NEW
    return Case(
        number=report.id or 0,
        key=report.key,
        lot=report.lot,
        serial=report.serial,
        product=name or "",
        producer=maker.name if maker else "",
        kind=report.kind,
        lang=report.lang,
        words=report.words,
        contact=report.contact,
        at=report.at,
        state=state,
        outcome=report.outcome,
        steps=steps,
        place=private[0] if private else "",
        photo=bool(private and private[1]),
    )
