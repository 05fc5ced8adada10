"""Taps of chips, spent by a thread with group commit; and the secret under their receipts (floor 2).

    writer = TapWriter(store)
    spent = await writer.spent(Spend(chip_id, counter, now))     # durable when it answers
    writer.close()

All taps that wait go into one transaction, so many at once cost one durable commit. Freshness is decided by one
conditional UPDATE, and by nothing that was read before it: of any number of equal taps in any number of processes,
the database lets exactly one raise the counter. Taps are taken in the order of their chips, so that two processes
never wait for each other.
"""

import asyncio
import queue
import threading
from collections import defaultdict
from collections.abc import Iterable
from concurrent.futures import Future
from contextlib import suppress
from datetime import datetime
from typing import Any, NamedTuple, Union

from ocop.trace.registry.errors import RegistryError, StoreError, StoreUnreachable
from ocop.trace.registry.store import Store, bump_facts
from ocop.trace.registry.tables_chips import ON_AN_ITEM, Chip, ReceiptKey
from sqlalchemy import Table, bindparam, func, select, text, update
from sqlmodel import Session

MOST_AT_ONCE = 500
CLOSE_SECONDS = 6.0
_CHIP: Table = Chip.metadata.tables["chip"]
_MINE = (_CHIP.c.id == bindparam("chip"), text(ON_AN_ITEM))
# Made once: building a statement costs as much as carrying it out.
_RISE = (
    update(_CHIP)
    .where(*_MINE, (_CHIP.c.counter < bindparam("next")) | _CHIP.c.counter.is_(None))
    .values(counter_before=_CHIP.c.counter, counter=bindparam("next"), counter_at=bindparam("at"))
    .returning(_CHIP.c.counter_before)
)
_LAST = select(_CHIP.c.counter, _CHIP.c.counter_at).where(*_MINE)


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


_Answer = Union[Future[Spent], "asyncio.Future[Spent]"]
_Asked = tuple[Spend, _Answer]


class TapWriter:
    """The taps of one worker on their way to the store."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._waiting: queue.SimpleQueue[_Asked | None] = queue.SimpleQueue()
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

    def spent(self, tap: Spend) -> "asyncio.Future[Spent]":
        """The same for the running event loop, which is woken once for all taps of a commit."""
        answer: asyncio.Future[Spent] = asyncio.get_running_loop().create_future()
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
            taken = [one for one in taken if _still_wanted(one[1])]
            if taken:
                self._answer(taken)
            if last:
                return

    def _take(self) -> tuple[list[_Asked], bool]:
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

    def _answer(self, taken: list[_Asked]) -> None:
        taken.sort(key=lambda one: one[0].chip)
        try:
            with self._store.begin() as session:
                found = spend_all(session, (tap for tap, _ in taken))
        except RegistryError as error:
            said = error if isinstance(error, StoreError) else StoreUnreachable(str(error))
            _tell([(answer, said) for _, answer in taken])
            return
        _tell([(answer, spent) for (_, answer), spent in zip(taken, found, strict=True)])


def _still_wanted(answer: _Answer) -> bool:
    if isinstance(answer, asyncio.Future):
        return not answer.cancelled()
    return answer.set_running_or_notify_cancel()


def _tell(found: list[tuple[_Answer, Spent | StoreError]]) -> None:
    """Hand over what became of each tap: to a thread at once, to an event loop in one call of its own."""
    loops: dict[asyncio.AbstractEventLoop, list[tuple[_Answer, Spent | StoreError]]] = defaultdict(list)
    for answer, said in found:
        if isinstance(answer, asyncio.Future):
            loops[answer.get_loop()].append((answer, said))
        else:
            _settle([(answer, said)])
    for loop, told in loops.items():
        with suppress(RuntimeError):  # a loop that is closed: nobody waits any more
            loop.call_soon_threadsafe(_settle, told)


def _settle(found: list[tuple[_Answer, Spent | StoreError]]) -> None:
    for answer, said in found:
        if answer.done():
            continue
        if isinstance(said, Spent):
            answer.set_result(said)
        else:
            answer.set_exception(said)


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
    row = connection.execute(_RISE, {"chip": tap.chip, "next": tap.counter, "at": tap.at}).first()
    if row is not None:
        return Spent(True, row[0], tap.at)
    last = connection.execute(_LAST, {"chip": tap.chip}).first()
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
