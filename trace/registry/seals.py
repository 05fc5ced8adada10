"""`chips` entries of the ledger: the root over the UIDs that are bound in a batch (floor 2).

    seal(open_ledger(session), session, key, lot, by)     # in the transaction of an act: release, the end of a plan
    seal_changed(store.begin, store.read, by)              # [("09521234543213", "L2609A")], each in its own transaction

A root stands for the UIDs of the chips that are bound, `reserved` or `live`, in the order of their numbers: a reserved
one counts, since its link may be out, and its first tap makes it live without asking anybody.

There is no root for each chip. One is entered when it would differ from the batch's last one, and only then:

- just before a batch is released, so what goes on sale is sealed as it is at that moment;
- when the last open plan of a batch is closed;
- once a day by a running service, and by `ocop-trace chips seal`, for every batch whose chips changed since.

So a chip that was bound in the studio or by a phone, without a plan, is under a root a day later at the latest. What
goes off a batch needs no root to be known: it has its own `withdraw` entry at once.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from itertools import groupby

from ocop.trace.registry.ledger_store import By, Entered, Ledger, open_ledger, replay
from ocop.trace.registry.stations import BOUND
from ocop.trace.registry.tables_chips import Chip
from ocop.trace.signing.entries import ChipsEntry
from ocop.trace.signing.merkle import root
from sqlmodel import Session, col, select

Place = tuple[str, str]
"""(identifier's key, lot)."""
Transaction = Callable[[], AbstractContextManager[Session]]
_AT_ONCE = 5000


def seal(ledger: Ledger, session: Session, key: str, lot: str, by: By) -> Entered | None:
    """Enter the root of a batch's chips, or None when the last one is still right. Raises `EntryRefused`."""
    batch = ledger.state.batch(key, lot)
    if batch is None:
        return None
    # Read behind the ledger's lock: of two that seal at once, the second sees what the first entered.
    wanted = select(Chip.uid).where(Chip.key == key, Chip.lot == lot, col(Chip.state).in_(BOUND))
    bound = list(session.execute(wanted.order_by(col(Chip.number))).scalars())
    if not _differs(batch.chips_root, bound):
        return None
    return ledger.enter(ChipsEntry(at=by.second, id=key, lot=lot, root=root(bound)), by)


def unsealed(session: Session) -> list[Place]:
    """Batches whose chips are not those that the ledger's last root stands for, in order."""
    last = {(each.id, each.lot): each.chips_root for each in replay(session).every_batch()}
    sealed = {place for place, found in last.items() if found is not None}
    wanted = select(Chip.key, Chip.lot, Chip.uid).where(col(Chip.state).in_(BOUND))
    ordered = wanted.order_by(col(Chip.key), col(Chip.lot), col(Chip.number))
    rows = session.execute(ordered.execution_options(yield_per=_AT_ONCE))
    changed: set[Place] = set()
    for place, chips in groupby(rows, key=lambda row: (row[0], row[1])):
        sealed.discard(place)
        if place in last and _differs(last[place], [uid for _, _, uid in chips]):
            changed.add(place)
    # What is left of those had chips once and has none any more.
    changed.update(place for place in sealed if _differs(last[place], []))
    return sorted(changed)


def seal_changed(begin: Transaction, read: Transaction, by: By) -> list[Place]:
    """Enter a root for each batch whose chips changed; returns those. Raises `StoreError`, `EntryRefused`."""
    with read() as session:
        places = unsealed(session)
    done = []
    for key, lot in places:
        with begin() as session:  # commit point: a batch's root
            if seal(open_ledger(session), session, key, lot, by) is not None:
                done.append((key, lot))
    return done


def _differs(last: bytes | None, bound: list[bytes]) -> bool:
    """Whether a root is due. A batch that never had a chip needs none."""
    return last != root(bound) and bool(last is not None or bound)
