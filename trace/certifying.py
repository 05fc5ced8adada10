"""What an office decides: decisions with their lines and papers, certificates, products certified beside (floor 3).

    officer = Officer("chị Hà", "Chi cục Phát triển nông thôn Thái Nguyên", Scope("19"))
    paper = Paper("303/QĐ-UBND", date(2026, 2, 4), "UBND tỉnh Thái Nguyên")
    entered = enter_decision(session, officer, paper, lines, now)
    claim_line(session, officer, line_id, "09521234543213", now)            # this paper's line 12 is that product
    attach(session, officer, entered.decision_id, document, now)            # the PDF, already on disk
    close_certificate(session, officer, certificate_id, CertificateState.WITHDRAWN, "ngừng sản xuất", today)

One decision is one shared record: number, day and authority name it, whoever enters it first. A ministry's decision
has lines of many provinces; each line waits until the office of its own province says which product of the
register it is. An officer of one province never enters a line of another. The office enters what the paper says:
nothing is derived from it, `suggest_valid_to` is a suggestion.

A certificate that was entered is never deleted: it is suspended or withdrawn with its reason, and restored.
"""

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from ocop.trace import facts
from ocop.trace.facts import CertificateState
from ocop.trace.registry import editing, tables
from ocop.trace.registry.documents import Document
from ocop.trace.registry.editing import LONG, words
from ocop.trace.registry.errors import BadValue, Conflict, Unknown
from ocop.trace.registry.store import bump_facts
from sqlalchemy import ColumnElement, func, select
from sqlmodel import Session, col

VALID_MONTHS = 36
MAX_LINES = 1_000


class NotYours(Conflict):
    """A thing of another province: the sentence says whose."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Where an office looks: everywhere, one province, or one commune of it."""

    province: str = ""
    commune: str = ""

    def conditions(self) -> list[ColumnElement[bool]]:
        """What `Producer` must fulfil."""
        wanted = []
        if self.province:
            wanted.append(col(tables.Producer.province_code) == self.province)
        if self.commune:
            wanted.append(col(tables.Producer.commune_code) == self.commune)
        return wanted

    def covers(self, province: str, commune: str = "") -> bool:
        """Whether a place lies in it."""
        return (not self.province or self.province == province) and (
            not self.commune or self.commune == commune
        )


@dataclass(frozen=True, slots=True)
class Officer:
    """Who acts, for which office, where."""

    name: str
    office: str
    scope: Scope = Scope()


@dataclass(frozen=True, slots=True)
class Step:
    """One step of an office's work on a report or a request."""

    state: str
    words: str
    officer: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Paper:
    """What names a decision. The authority is history: it may be abolished today."""

    number: str
    signed_on: date
    authority: str


@dataclass(frozen=True, slots=True)
class Line:
    """One line as the paper prints it. With `key` the entering office says which product it is."""

    line: int
    province_code: str
    producer: str
    product: str
    stars: int
    valid_from: date
    valid_to: date
    potential: bool = False
    key: str = ""


@dataclass(frozen=True, slots=True)
class EnteredDecision:
    """What came of it: lines that are certificates now, lines that wait for an office."""

    decision_id: int
    entered: int
    waiting: int


def suggest_valid_to(signed_on: date, months: int = VALID_MONTHS) -> date:
    """The last day of a certificate that runs `months` from the day of its decision.

    >>> suggest_valid_to(date(2024, 2, 29)), suggest_valid_to(date(2026, 1, 1))
    (datetime.date(2027, 2, 27), datetime.date(2028, 12, 31))
    """
    count = signed_on.year * 12 + signed_on.month - 1 + months
    year, month = count // 12, count % 12 + 1
    day = min(signed_on.day, monthrange(year, month)[1])
    return date(year, month, day) - timedelta(days=1)


def enter_decision(
    session: Session, officer: Officer, paper: Paper, lines: Sequence[Line], now: datetime
) -> EnteredDecision:
    """Keep a decision and its lines; those with a product of the officer's own province take effect at once.

    A line number that is there already with the same words is left as it is; with other words it is a Conflict.
    Raises BadValue, Conflict, Unknown, NotYours.
    """
    if not lines or len(lines) > MAX_LINES:
        raise BadValue("lines", f"1 to {MAX_LINES} lines of the decision", len(lines))
    decision = _decision(session, paper)
    known = {
        row.line: row
        for row in session.scalars(
            select(tables.DecisionLine).where(col(tables.DecisionLine.decision_id) == decision.id)
        )
    }
    entered = 0
    for line in lines:
        row = _line_row(officer, decision.id or 0, line, now)
        before = known.get(line.line)
        if before is not None:
            _refuse_other_words(before, row)
            continue
        known[line.line] = row
        session.add(row)
        session.flush()
        if line.key:
            claim_line(session, officer, row.id or 0, line.key, now)
            entered += 1
    return EnteredDecision(decision.id or 0, entered, sum(row.state == "waiting" for row in known.values()))


def claim_line(
    session: Session, officer: Officer, line_id: int, key: str, now: datetime
) -> tables.Certificate:
    """This line is the product with `key`: its certificate stands from now on.

    Raises Unknown, NotYours, Conflict (the line doesn't wait any more), BadValue (the product is another province's).
    """
    row = _waiting(session, officer, line_id)
    product = editing.product_row(session, key)
    maker = session.get_one(tables.Producer, product.producer_id)
    if maker.province_code != row.province_code:
        raise BadValue(
            "product", f"one of province {row.province_code}", f"{key}, of province {maker.province_code}"
        )
    decision = session.get_one(tables.Decision, row.decision_id)
    certificate = editing.save_certificate(
        session,
        product.key,
        facts.Certificate(
            stars=row.stars,
            decision_no=decision.number,
            decision_date=decision.signed_on,
            authority=decision.authority,
            valid_from=row.valid_from,
            valid_to=row.valid_to,
            potential=row.potential,
        ),
        line=row.line if _free(session, row) else 0,
    )
    row.state, row.certificate_id = "entered", certificate.id
    row.entered_by, row.entered_at = officer.name, now
    session.add(row)
    session.flush()
    bump_facts(session)
    return certificate


def refuse_line(session: Session, officer: Officer, line_id: int, note: str, now: datetime) -> None:
    """This line stays without a product, and why. Raises Unknown, NotYours, Conflict, BadValue."""
    row = _waiting(session, officer, line_id)
    row.note = words("reason", note, LONG, needed=True)
    row.state, row.entered_by, row.entered_at = "refused", officer.name, now
    session.add(row)
    session.flush()


def attach(session: Session, officer: Officer, decision_id: int, document: Document, now: datetime) -> None:
    """The PDF of a decision, already on disk. The same file a second time changes nothing. Raises Unknown."""
    if session.get(tables.Decision, decision_id) is None:
        raise Unknown("decision", decision_id)
    query = select(tables.DecisionDocument).where(
        col(tables.DecisionDocument.decision_id) == decision_id,
        col(tables.DecisionDocument.name) == document.name,
    )
    if session.scalars(query).first() is None:
        row = tables.DecisionDocument(
            decision_id=decision_id,
            name=document.name,
            size=document.size,
            added_by=officer.name,
            added_at=now,
        )
        session.add(row)
        session.flush()


def close_certificate(
    session: Session,
    officer: Officer,
    certificate_id: int,
    state: CertificateState,
    reason: str,
    on: date,
) -> tables.Certificate:
    """Suspend or withdraw a certificate from `on`; IN_FORCE restores it. `reason` is shown to everybody.

    Raises Unknown, NotYours, BadValue, Conflict (it is so already).
    """
    row = own_certificate(session, officer, certificate_id)
    if row.state == state:
        raise Conflict(f"expected a certificate that is not {state}, got one that is so already", "state")
    if on < row.valid_from:
        raise BadValue("day", f"{row.valid_from} or later", str(on))
    row.reason = words("reason", reason, LONG, needed=True)
    row.state = str(state)
    row.closed_on = None if state is CertificateState.IN_FORCE else on
    if state is CertificateState.IN_FORCE:
        row.reason = ""
    session.add(row)
    session.flush()
    bump_facts(session)
    return row


def resubmitted(
    session: Session, officer: Officer, certificate_id: int, on: date | None, today: date
) -> None:
    """The renewal dossier was handed in on that day (None takes it back). Raises Unknown, NotYours, BadValue."""
    row = own_certificate(session, officer, certificate_id)
    if on is not None and not row.valid_from <= on <= today:
        raise BadValue("day", f"{row.valid_from} to {today}", str(on), "a day on which it has been handed in")
    row.resubmitted_on = on
    session.add(row)
    session.flush()
    bump_facts(session)


def name_other_certified(session: Session, officer: Officer, key: str, name: str) -> None:
    """The maker's certified product that is not in this register; empty takes it back. Raises Unknown, NotYours."""
    product = editing.product_row(session, key)
    _own_place(officer, session.get_one(tables.Producer, product.producer_id))
    product.other_certified = words("other certified product", name)
    session.add(product)
    session.flush()
    bump_facts(session)


def own_certificate(session: Session, officer: Officer, certificate_id: int) -> tables.Certificate:
    """A certificate in the officer's scope. Raises Unknown, NotYours."""
    row = session.get(tables.Certificate, certificate_id)
    if row is None:
        raise Unknown("certificate", certificate_id)
    product = session.get_one(tables.Product, row.product_id)
    _own_place(officer, session.get_one(tables.Producer, product.producer_id))
    return row


def _own_place(officer: Officer, maker: tables.Producer) -> None:
    if not officer.scope.covers(maker.province_code, maker.commune_code):
        raise NotYours(f"expected a producer of your own place, got {maker.name} of {maker.province}")


def _decision(session: Session, paper: Paper) -> tables.Decision:
    number = words("decision number", paper.number, needed=True)
    authority = words("authority", paper.authority, needed=True)
    query = select(tables.Decision).where(
        col(tables.Decision.number) == number,
        col(tables.Decision.signed_on) == paper.signed_on,
        col(tables.Decision.authority) == authority,
    )
    row = session.scalars(query).first()
    if row is None:
        row = tables.Decision(number=number, signed_on=paper.signed_on, authority=authority)
        session.add(row)
        session.flush()
    return row


def _line_row(officer: Officer, decision_id: int, line: Line, now: datetime) -> tables.DecisionLine:
    if not 1 <= line.line <= 100_000:
        raise BadValue("line", "1 and up", line.line)
    if not editing.DIGITS_2.fullmatch(line.province_code):
        raise BadValue(f"line {line.line}: province code", "2 digits", line.province_code)
    if line.stars not in {3, 4, 5}:
        raise BadValue(f"line {line.line}: stars", "3, 4 or 5", line.stars)
    if line.valid_to < line.valid_from:
        raise BadValue(f"line {line.line}: valid to", f"{line.valid_from} or later", str(line.valid_to))
    return tables.DecisionLine(
        decision_id=decision_id,
        line=line.line,
        province_code=line.province_code,
        producer=words(f"line {line.line}: producer", line.producer, needed=True),
        product=words(f"line {line.line}: product", line.product, needed=True),
        stars=line.stars,
        potential=line.potential,
        valid_from=line.valid_from,
        valid_to=line.valid_to,
        entered_by=officer.name,
        entered_at=now,
    )


def _refuse_other_words(before: tables.DecisionLine, row: tables.DecisionLine) -> None:
    same = ("province_code", "producer", "product", "stars", "potential", "valid_from", "valid_to")
    other = [name for name in same if getattr(before, name) != getattr(row, name)]
    if other:
        raise Conflict(
            f"expected line {row.line} as {before.entered_by} entered it, got another {', '.join(other)};"
            " a line of a decision is entered once",
            "line",
        )


def _waiting(session: Session, officer: Officer, line_id: int) -> tables.DecisionLine:
    row = session.get(tables.DecisionLine, line_id)
    if row is None:
        raise Unknown("line of a decision", line_id)
    if not officer.scope.covers(row.province_code):
        raise NotYours(
            f"expected a line of province {officer.scope.province}, got one of {row.province_code}"
        )
    if row.state != "waiting":
        raise Conflict(f"expected a line that waits, got one that {row.entered_by} has settled", "line")
    return row


def _free(session: Session, row: tables.DecisionLine) -> bool:
    """Whether no certificate has the line's number in its decision."""
    query = select(func.count()).where(
        col(tables.Certificate.decision_id) == row.decision_id, col(tables.Certificate.line) == row.line
    )
    return not session.scalar(query)
