"""What a scan needs of the registry: the facts of one batch, or of one product (floor 2).

The ledger decides what may be trusted: `batch_facts` takes the batch as the replayed ledger knows it and adds
what the registry has words for. Nothing a row says can release a batch, or take back a withdrawal or recall.

    entered = state.batch("09521234543213", "L2609A")     # ocop.trace.signing.ledger
    facts = batch_facts(session, entered, version)        # one BatchFacts for every item of the batch
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from ocop.trace import facts
from ocop.trace.registry import chips, tables
from ocop.trace.registry.products import Loaded, load, maker, photos, rows
from ocop.trace.signing.ledger import BatchState, State
from ocop.trace.text import fold
from sqlalchemy import select
from sqlmodel import Session, col


def batch_facts(
    session: Session, entered: BatchState, version: int, *, on: date | None = None
) -> facts.BatchFacts | None:
    """Everything a scan of any item of a batch needs; None when the registry lost the batch's row.

    `on` is the day on which another product's star must hold to be named.
    """
    query = select(tables.Batch).where(
        col(tables.Batch.key) == entered.id, col(tables.Batch.lot) == entered.lot
    )
    row = session.scalars(query).first()
    if row is None:
        return None
    loaded = load(session, [row.product_id], on=on)[0]
    return facts.BatchFacts(
        version, loaded.product, _made_by(session, row, loaded), _batch(session, row, entered)
    )


def product_facts(
    session: Session, key: str, version: int, state: State, *, on: date | None = None
) -> facts.ProductFacts | None:
    """What a page without a code needs, by any key that ever worked; None for an unknown key."""
    known = session.get(tables.ProductKey, key)
    if known is None:
        return None
    loaded = load(session, [known.product_id], on=on)[0]
    recalls = recalls_of(session, [known.product_id], state).get(known.product_id, {})
    return facts.ProductFacts(version, loaded.product, loaded.producer, recalls)


def recalls_of(session: Session, ids: Iterable[int], state: State) -> dict[int, dict[str, facts.Recall]]:
    """The lots of these products that are called back, by product and lot."""
    recalled = [
        (row.product_id, entered)
        for row in rows(session, tables.Batch, tables.Batch.product_id, ids)
        if (entered := state.batch(row.key, row.lot)) is not None and entered.recall is not None
    ]
    acts = _acts(session, (entered.recall.position for _, entered in recalled if entered.recall))
    found: dict[int, dict[str, facts.Recall]] = {}
    for product_id, entered in recalled:
        recall = _recall(entered, acts)
        if recall is not None:
            found.setdefault(product_id, {})[entered.lot] = recall
    return found


def _made_by(session: Session, row: tables.Batch, loaded: Loaded) -> facts.Producer:
    """Who made the batch, called as on the day of its issue. The story and the press are those of today's maker."""
    today = loaded.producer
    if row.producer_id is None or row.producer_id == loaded.maker_id:
        # Another spelling of the same name is a correction and no other name.
        same = not row.maker or fold(row.maker) == fold(today.name)
        return today if same else replace(today, name=row.maker, renamed=today.name)
    then = maker(session, row.producer_id)
    return replace(then, name=row.maker or then.name, successor=today.name, press=False)


def _batch(session: Session, row: tables.Batch, entered: BatchState) -> facts.Batch:
    positions = [withdrawn.position for withdrawn in entered.withdrawals]
    acts = _acts(session, [*positions, *([entered.recall.position] if entered.recall else [])])
    bound = chips.bindings(session, entered.id, entered.lot)
    return facts.Batch(
        key=entered.id,
        lot=entered.lot,
        level=facts.Level(entered.level),
        first=entered.first,
        last=entered.last,
        issuer=entered.issuer,
        key_number=entered.key_number,
        position=entered.position,
        made=entered.made,
        issued_at=entered.entered_at,
        expiry=row.expiry,
        name=row.name,
        net=row.net,
        photo=photos(session, [row.photo]).get(row.photo or ""),
        seal=row.seal,
        released_at=entered.released_at,
        key_withdrawn=entered.key_withdrawn,
        withdrawals=tuple(
            facts.Withdrawal(w.first, w.last, w.at, acts[w.position].reason if w.position in acts else "")
            for w in entered.withdrawals
        ),
        recall=_recall(entered, acts),
        display=_display(session, row.id or 0),
        chips={
            n: has[0].uid for n, has in bound.items() if has[0].state == "live" and has[0].mirror == "full"
        },
        bindings=bound,
        events=_events(session, row.id or 0),
    )


def _acts(session: Session, positions: Iterable[int]) -> dict[int, tables.Act]:
    found = rows(session, tables.Act, tables.Act.position, positions)
    return {act.position: act for act in found if act.position is not None}


def _recall(entered: BatchState, acts: dict[int, tables.Act]) -> facts.Recall | None:
    """The recall with its words; a recall without an act (a damaged registry) is still a recall."""
    if entered.recall is None:
        return None
    act = acts.get(entered.recall.position)
    return facts.Recall(entered.recall.at, act.reason if act else "", act.advice if act else "")


def _display(session: Session, batch_id: int) -> tuple[tuple[int, int], ...]:
    found = rows(session, tables.SerialRange, tables.SerialRange.batch_id, [batch_id])
    return tuple(sorted((r.first, r.last) for r in found if r.kind == "display" and r.undone_id is None))


def _events(session: Session, batch_id: int) -> tuple[facts.StageEvent, ...]:
    found = rows(session, tables.BatchEvent, tables.BatchEvent.batch_id, [batch_id])
    return tuple(
        facts.StageEvent(event.step, event.on_day, event.place_code)
        for event in sorted(found, key=lambda event: event.line)
    )
