"""Taps of chips, spent by a thread with group commit; and the secret under their receipts (floor 2).

    writer = TapWriter(store)
    spent = await asyncio.wrap_future(writer.spend(Spend(chip_id, counter, now)))     # durable when it answers
    writer.close()

All taps that wait go into one transaction, so many at once cost one durable commit. Freshness is decided by one
conditional UPDATE, and by nothing that was read before it: of any number of equal taps in any number of processes,
the database lets exactly one raise the counter. Taps are taken in the order of their chips, so that two processes
never wait for each other.
"""

import queue
import threading
from collections.abc import Iterable
from concurrent.futures import Future
from datetime import datetime
from typing import Any, NamedTuple

from ocop.trace.registry.errors import RegistryError, StoreError, StoreUnreachable
from ocop.trace.registry.store import Store, bump_facts
from ocop.trace.registry.tables_chips import ON_AN_ITEM, Chip, ReceiptKey
from sqlalchemy import Table, func, select, text, update
from sqlmodel import Session

MOST_AT_ONCE = 500
CLOSE_SECONDS = 6.0
_CHIP: Table = Chip.metadata.tables["chip"]


class Spend(NamedTuple):
    """One tap whose MAC is right. `counter` None: a chip without a counter that counts, which only answered."""

    chip: int
    counter: int | None
    at: datetime
    reserved: bool = False


class Spent(NamedTuple):
    """What became of it: fresh (then `before` is the counter it rose from, None when that was lost), or not.

    A tap that is not fresh has the time of the first use of its counter where that is the last one spent, else
    None. `ended` says that the chip has been taken off its item meanwhile.
    """

    fresh: bool
    before: int | None = None
    at: datetime | None = None
    is_last: bool = False
    ended: bool = False


class TapWriter:
    """The taps of one worker on their way to the store."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._waiting: queue.SimpleQueue[tuple[Spend, Future[Spent]] | None] = queue.SimpleQueue()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="tap-writer", daemon=True)
        self._thread.start()

    def spend(self, tap: Spend) -> "Future[Spent]":
        """Spend a tap; the future answers once that is on disk, or raises StoreError."""
        answer: Future[Spent] = Future()
        if self._closed:
            answer.set_exception(StoreUnreachable("the service is stopping"))
        else:
            self._waiting.put((tap, answer))
        return answer

    def close(self) -> None:
        """Answer what waits and stop."""
        self._closed = True
        self._waiting.put(None)
        self._thread.join(CLOSE_SECONDS)

    def _run(self) -> None:
        while True:
            taken, last = self._take()
            # A request that has gone away needs no answer, and its tap stays unspent.
            taken = [one for one in taken if one[1].set_running_or_notify_cancel()]
            if taken:
                self._answer(taken)
            if last:
                return

    def _take(self) -> tuple[list[tuple[Spend, "Future[Spent]"]], bool]:
        first = self._waiting.get()
        if first is None:
            return [], True
        taken = [first]
        while len(taken) < MOST_AT_ONCE:
            try:
                one = self._waiting.get_nowait()
            except queue.Empty:
                return taken, False
            if one is None:
                return taken, True
            taken.append(one)
        return taken, False

    def _answer(self, taken: list[tuple[Spend, "Future[Spent]"]]) -> None:
        taken.sort(key=lambda one: one[0].chip)
        try:
            with self._store.begin() as session:
                found = spend_all(session, (tap for tap, _ in taken))
        except RegistryError as error:
            said = error if isinstance(error, StoreError) else StoreUnreachable(str(error))
            for _, answer in taken:
                answer.set_exception(said)
            return
        for (_, answer), spent in zip(taken, found, strict=True):
            answer.set_result(spent)


def spend_all(session: Session, taps: Iterable[Spend]) -> list[Spent]:
    """Spend taps in their order; the caller commits."""
    connection = session.connection()
    found: list[Spent] = []
    promoted = False
    for tap in taps:
        found.append(_spend(connection, tap))
        if tap.reserved and (found[-1].fresh or tap.counter is None):
            promoted |= _promote(connection, tap)
    if promoted:
        bump_facts(session)
    return found


def _spend(connection: Any, tap: Spend) -> Spent:
    if tap.counter is None:
        return Spent(fresh=False)
    on_an_item, counter = text(ON_AN_ITEM), _CHIP.c.counter
    risen = (
        update(_CHIP)
        .where(_CHIP.c.id == tap.chip, on_an_item, (counter < tap.counter) | counter.is_(None))
        .values(counter_before=counter, counter=tap.counter, counter_at=tap.at)
        .returning(_CHIP.c.counter_before)
    )
    row = connection.execute(risen).first()
    if row is not None:
        return Spent(True, row[0], tap.at)
    last = connection.execute(
        select(counter, _CHIP.c.counter_at).where(_CHIP.c.id == tap.chip, on_an_item)
    ).first()
    if last is None:
        return Spent(False, ended=True)
    is_last = last[0] == tap.counter
    return Spent(False, at=last[1] if is_last else None, is_last=is_last)


def _promote(connection: Any, tap: Spend) -> bool:
    """The first answer of a chip makes its binding live. Whether it did."""
    live = (
        update(_CHIP)
        .where(_CHIP.c.id == tap.chip, _CHIP.c.state == "reserved")
        .values(state="live", verified_at=func.coalesce(_CHIP.c.verified_at, tap.at))
    )
    return bool(connection.execute(live).rowcount)


def receipt_secret(session: Session, *, fresh: bytes) -> bytes:
    """The secret (32 bytes) under receipts that all workers share; `fresh` is kept when there is none yet."""
    session.execute(
        text("INSERT INTO receipt_key (id, secret) VALUES (1, :secret) ON CONFLICT DO NOTHING"),
        {"secret": fresh},
    )
    return session.get_one(ReceiptKey, 1).secret
