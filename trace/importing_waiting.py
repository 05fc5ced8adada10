"""Lines of a list that are another province's: kept with their decision until that office takes them (floor 3).

    keep(session, plan.waits, by)                    # a `decision_line` each, state `waiting`
    settle(session, plan.lines, ids, by)             # lines that waited here, and that this list now certifies

A ministry's decision, or a list copied from a neighbour's, names goods of many provinces. An office writes its own
alone; the others' lines are not lost: they stand in "Chờ cơ quan tỉnh …" with their decision, and the office there
accepts or refuses each (`certifying.claim_line`, `refuse_line`), or brings the same list itself, which settles them.

A line is known by its province, decision, maker and product, names compared as everywhere (`sheets.cells.same_name`);
brought twice, also by two offices, it waits once. A line without a rank has no decision to wait with: it is left out.
"""

from collections.abc import Sequence
from datetime import date

from ocop.trace.importing_lines import Record
from ocop.trace.importing_plan import Planned
from ocop.trace.registry import editing, tables
from ocop.trace.registry.editing import words
from ocop.trace.registry.ledger_store import By
from ocop.trace.sheets.cells import same_name
from ocop.trace.text import fold
from sqlalchemy import func, select
from sqlmodel import Session, col

LineName = tuple[str, str, date, str, str]
"""Province, folded number and day of the decision, maker, product with its net content."""


def line_name(province: str, number: str, day: date, producer: str, product: str) -> LineName:
    """What tells one line of a decision from another."""
    return province, fold(number), day, same_name(producer), same_name(product)


def name_of(record: Record) -> LineName | None:
    """The name of a record with a certificate."""
    one = record.certificate
    if one is None:
        return None
    return line_name(
        record.place.province_code, one.decision_no, one.decision_date, record.producer, printed(record)
    )


def printed(record: Record) -> str:
    """The product as a line of a decision names it: `Trà Ví Dụ (200 g)`."""
    return f"{record.product} ({record.net})" if record.net else record.product


def known_lines(session: Session) -> dict[LineName, int]:
    """The stars of every line that any office has entered, whatever became of it."""
    query = select(tables.DecisionLine, tables.Decision).join(
        tables.Decision, col(tables.Decision.id) == col(tables.DecisionLine.decision_id)
    )
    return {_name(line, decision): line.stars for line, decision in session.execute(query)}


def keep(session: Session, records: Sequence[Record], by: By) -> None:
    """Keep lines for the offices of their provinces, each with the next free number of its decision."""
    decisions: dict[tuple[object, ...], int] = {}
    last: dict[int, int] = {}
    rows = []
    for record in records:
        one = record.certificate
        if one is None:
            continue
        paper = (one.decision_no, one.decision_date, one.authority)
        if paper not in decisions:
            decisions[paper] = editing.decision_row(session, one).id or 0
            last.setdefault(decisions[paper], last_line(session, decisions[paper]))
        decision = decisions[paper]
        last[decision] += 1
        rows.append(
            tables.DecisionLine(
                decision_id=decision,
                line=last[decision],
                province_code=record.place.province_code,
                producer=words("producer", record.producer, needed=True),
                product=words("product", printed(record), 2 * editing.SHORT + 3, needed=True),
                stars=one.stars,
                potential=one.potential,
                valid_from=one.valid_from,
                valid_to=one.valid_to,
                entered_by=by.actor,
                entered_at=by.at,
            )
        )
    session.add_all(rows)
    session.flush()


def settle(session: Session, lines: Sequence[Planned], ids: dict[int, int], by: By) -> None:
    """Lines that waited for this office and that its own list says too, with the same stars, wait no more."""
    provinces = {line.record.place.province_code for line in lines}
    query = (
        select(tables.DecisionLine, tables.Decision)
        .join(tables.Decision, col(tables.Decision.id) == col(tables.DecisionLine.decision_id))
        .where(
            col(tables.DecisionLine.state) == "waiting",
            col(tables.DecisionLine.province_code).in_(sorted(provinces)),
        )
    )
    waiting = {_name(row, paper): (row, paper) for row, paper in session.execute(query)}
    for line in lines:
        one, name = line.record.certificate, name_of(line.record)
        if one is None or name not in waiting:
            continue
        row, paper = waiting[name]
        found = session.scalars(
            select(tables.Certificate).where(
                col(tables.Certificate.decision_id) == paper.id,
                col(tables.Certificate.product_id) == ids[line.product],
            )
        ).first()
        if found is not None and (found.stars, found.potential) == (row.stars, row.potential):
            row.state, row.certificate_id = "entered", found.id
            row.entered_by, row.entered_at = by.actor, by.at
            session.add(row)
    session.flush()


def last_line(session: Session, decision_id: int) -> int:
    """The highest number that a line or a certificate of a decision has."""
    highest = (
        session.scalar(select(func.max(col(number))).where(col(owner) == decision_id)) or 0
        for number, owner in (
            (tables.Certificate.line, tables.Certificate.decision_id),
            (tables.DecisionLine.line, tables.DecisionLine.decision_id),
        )
    )
    return max(highest)


def _name(line: tables.DecisionLine, decision: tables.Decision) -> LineName:
    return line_name(line.province_code, decision.number, decision.signed_on, line.producer, line.product)
