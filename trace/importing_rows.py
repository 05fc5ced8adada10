"""The rows of an import, kind after kind: makers, products, certificates (floor 3).

    made = makers(session, plan.lines)                        # rows by slug, gaps of known makers filled
    ids = products(session, plan.lines, made, by.at)          # row ids by the numbers of the plan
    certificates(session, plan.lines, ids)

A list writes thousands of rows while others wait for the database (`store.BUSY_SECONDS`), so each kind goes out in
one flush; `registry.editing` asks the database several questions for each thing. The rows are the same as those of
`editing.save_producer`, `save_product` and `save_certificate`, which a test compares.
"""

import secrets
from collections.abc import Iterable, Sequence
from datetime import datetime

from ocop.trace.facts import LegalId, Producer, ProducerKind
from ocop.trace.gs1.identifier import CODE_BITS, new_product_code
from ocop.trace.importing_plan import Planned
from ocop.trace.registry import editing, tables
from ocop.trace.registry.editing import words
from sqlalchemy import func, select
from sqlmodel import Session, col

AT_ONCE = 500
"""So many values go into one question to the database."""


def makers(session: Session, lines: Sequence[Planned]) -> dict[str, tables.Producer]:
    """Write what the list knows of makers; returns the rows of all that get something, by slug."""
    rows = _known(session, {line.slug for line in lines if line.changes and not line.new_producer})
    new = {line.slug: line for line in lines if line.new_producer}
    for slug, line in new.items():
        rows[slug] = tables.Producer(**editing.producer_values(_producer(line)))
    for line in lines:
        for name in line.fills:
            if name in {"phone", "website"}:
                setattr(rows[line.slug], name, line.record.phone if name == "phone" else line.record.website)
    session.add_all(rows.values())
    session.flush()
    ids = [(line.slug, one) for line in new.values() for one in _producer(line).legal_ids]
    ids += [(line.slug, LegalId(name, line.record.tax_code if name == "mst" else line.record.coop_code))
            for line in lines for name in line.fills if name in {"mst", "ma_htx"}]  # fmt: skip
    session.add_all(
        tables.LegalId(
            producer_id=rows[slug].id or 0, kind=one.kind, value=words("legal id", one.value, 40, needed=True)
        )
        for slug, one in ids
    )
    session.flush()
    return rows


def products(
    session: Session, lines: Sequence[Planned], made: dict[str, tables.Producer], now: datetime
) -> dict[int, int]:
    """Write the new products; returns the row of each product of the plan by its number there."""
    new = [line for line in lines if line.new_product]
    codes = iter(_new_codes(session, sum(not line.key for line in new)))
    rows: list[tables.Product] = []
    for line in new:
        key = line.key or next(codes)
        editing.check_key(key)
        maker, record = made[line.slug], line.record
        row = tables.Product(
            producer_id=maker.id or 0, key=key, group_no=record.group, brand=words("brand", record.brand)
        )
        name = words("name (vi)", record.product, needed=True)
        row.search, row.sort = editing.index_of(row, maker, (name,), (key,))
        rows.append(row)
    session.add_all(rows)
    session.flush()
    session.add_all(tables.ProductKey(key=row.key, product_id=row.id or 0, since=now) for row in rows)
    session.add_all(
        tables.ProductText(
            product_id=row.id or 0,
            lang="vi",
            name=words("name (vi)", line.record.product, needed=True),
            net=words("net", line.record.net),
        )
        for line, row in zip(new, rows, strict=True)
    )
    session.flush()
    brought = {line.product: row.id or 0 for line, row in zip(new, rows, strict=True)}
    return {line.product: brought.get(line.product, line.product) for line in lines}


def certificates(session: Session, lines: Sequence[Planned], ids: dict[int, int]) -> None:
    """Write the new certificates, each with the next free line of its decision."""
    decisions: dict[tuple[object, ...], int] = {}
    last: dict[int, int] = {}
    rows = []
    for line in lines:
        one = line.record.certificate
        if one is None or not line.new_certificate:
            continue
        editing.check_certificate(one)
        paper = (one.decision_no, one.decision_date, one.authority)
        if paper not in decisions:
            decisions[paper] = editing.decision_row(session, one).id or 0
            last.setdefault(decisions[paper], _last_line(session, decisions[paper]))
        decision = decisions[paper]
        last[decision] += 1
        rows.append(
            tables.Certificate(
                decision_id=decision,
                line=last[decision],
                product_id=ids[line.product],
                stars=one.stars,
                potential=one.potential,
                valid_from=one.valid_from,
                valid_to=one.valid_to,
            )
        )
    session.add_all(rows)
    session.flush()


def _known(session: Session, slugs: set[str]) -> dict[str, tables.Producer]:
    found: dict[str, tables.Producer] = {}
    for some in _portions(sorted(slugs)):
        query = select(tables.Producer).where(col(tables.Producer.slug).in_(some))
        found |= {row.slug: row for row in session.scalars(query)}
    return found


def _new_codes(session: Session, count: int) -> list[str]:
    """So many product codes that nobody has."""
    codes: dict[str, None] = {}
    while len(codes) < count:
        fresh = {f"P/{new_product_code(secrets.randbits(CODE_BITS))}" for _ in range(count - len(codes))}
        for some in _portions(sorted(fresh - codes.keys())):
            query = select(col(tables.ProductKey.key)).where(col(tables.ProductKey.key).in_(some))
            taken = set(session.scalars(query))
            codes |= dict.fromkeys(code for code in some if code not in taken)
    return list(codes)


def _portions(values: Sequence[str]) -> Iterable[Sequence[str]]:
    return (values[start : start + AT_ONCE] for start in range(0, len(values), AT_ONCE))


def _last_line(session: Session, decision_id: int) -> int:
    query = select(func.max(col(tables.Certificate.line))).where(
        col(tables.Certificate.decision_id) == decision_id
    )
    return session.scalar(query) or 0


def _producer(line: Planned) -> Producer:
    record = line.record
    ids = (LegalId("mst", record.tax_code), LegalId("ma_htx", record.coop_code))
    return Producer(
        slug=line.slug,
        name=record.producer,
        kind=ProducerKind(record.kind),
        place=record.place,
        legal_ids=tuple(one for one in ids if one.value),
        phone=record.phone,
        website=record.website,
    )
