"""Taps of chips, spent by a thread with group commit; and the secret under their receipts (floor 2).

    writer = TapWriter(store)
    spent = await writer.spent(Spend(chip_id, counter, now))     # durable when it answers
    writer.close()

All taps that wait go into one transaction, so many at once cost one durable commit. Freshness is decided by one
conditional UPDATE, and by nothing that was read before it: of any number of equal taps in any number of processes,
the database lets exactly one raise the counter. On SQLite the taps of many chips share one such statement, each row
under its own condition. Taps are taken in the order of their chips, so that two processes never wait for each other.
"""

import asyncio
import json
import logging
import queue
import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

from ocop.trace.registry.columns import utc_text
from ocop.trace.registry.direct import DirectSqlite
from ocop.trace.registry.errors import RegistryError, StoreError, StoreUnreachable
from ocop.trace.registry.store import BUSY_SECONDS, Store, bump_facts
from ocop.trace.registry.tables_chips import ON_AN_ITEM, Chip, ReceiptKey
from sqlalchemy import Connection, Table, bindparam, func, select, text, update
from sqlmodel import Session

LOG = logging.getLogger("ocop.trace")
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
_MAY_RISE = f"chip.id = tap.id AND {ON_AN_ITEM} AND (chip.counter < tap.next OR chip.counter IS NULL)"
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


@lru_cache
def _rising(most: int) -> tuple[str, str]:
    """Of up to `most` chips at once: which may rise, and from what; and their rise. Rows of three values each, where
    what is left over is NULL. That nobody else writes between the two is what BEGIN IMMEDIATE is for.
    """
    rows = ",".join(["(?,?,?)"] * most)
    taps = f"(SELECT column1 AS id, column2 AS next, column3 AS at FROM (VALUES {rows})) AS tap"  # noqa: S608 - constants
    return (
        # One value for all chips: each row that is fetched by itself hands the interpreter over and waits for it.
        f"SELECT json_group_array(json_array(chip.id, chip.counter)) FROM {taps} CROSS JOIN chip ON {_MAY_RISE}",  # noqa: S608
        "UPDATE chip SET counter_before = chip.counter, counter = tap.next, counter_at = tap.at"  # noqa: S608
        f" FROM {taps} WHERE {_MAY_RISE}",
    )


Told = Callable[[Spent | StoreError], None]


class _Call(NamedTuple):
    """Who asked in a turn of an event loop, and is called there."""

    loop: asyncio.AbstractEventLoop
    told: Told


_Answer = Future[Spent] | _Call
_Asked = tuple[Spend, _Answer]


class TapWriter:
    """The taps of one worker on their way to the store."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._waiting: queue.SimpleQueue[list[_Asked] | None] = queue.SimpleQueue()
        self._gathered: dict[asyncio.AbstractEventLoop, list[_Asked]] = {}
        self._direct = DirectSqlite(store.file, BUSY_SECONDS) if store.file else None
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="tap-writer", daemon=True)
        self._thread.start()

    def spend(self, tap: Spend) -> "Future[Spent]":
        """Spend a tap; the future answers once that is on disk, or raises StoreError."""
        answer: Future[Spent] = Future()
        if self._closed:
            answer.set_exception(StoreUnreachable("the service is stopping"))
        else:
            self._waiting.put([(tap, answer)])
        return answer

    def spent(self, tap: Spend) -> "asyncio.Future[Spent]":
        """The same for the running event loop, to be awaited."""
        answer: asyncio.Future[Spent] = asyncio.get_running_loop().create_future()

        def told(said: Spent | StoreError) -> None:
            if answer.done():
                return  # whoever waited has gone away
            if isinstance(said, Spent):
                answer.set_result(said)
            else:
                answer.set_exception(said)

        self.then(tap, told)
        return answer

    def then(self, tap: Spend, told: Told) -> None:
        """Spend a tap, and call `told` on the running event loop with what became of it, once that is on disk.

        The loop is woken once for all taps of a commit. What one turn of it asks for is handed over together: the
        first of many taps at once would else be committed alone, while the others wait for the disk to come back.
        """
        loop = asyncio.get_running_loop()
        if self._closed:
            loop.call_soon(told, StoreUnreachable("the service is stopping"))
        elif (gathered := self._gathered.get(loop)) is not None:
            gathered.append((tap, _Call(loop, told)))
        else:
            self._gathered[loop] = [(tap, _Call(loop, told))]
            loop.call_soon(self._hand_over, loop)

    def _hand_over(self, loop: asyncio.AbstractEventLoop) -> None:
        self._waiting.put(self._gathered.pop(loop))

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
                if self._direct:
                    self._direct.close()
                return

    def _take(self) -> tuple[list[_Asked], bool]:
        first = self._waiting.get()
        if first is None:
            return [], True
        taken = first
        while len(taken) < MOST_AT_ONCE:
            try:
                some = self._waiting.get_nowait()
            except queue.Empty:
                return taken, False
            if some is None:
                return taken, True
            taken += some
        return taken, False

    def _answer(self, taken: list[_Asked]) -> None:
        taken.sort(key=lambda one: one[0].chip)
        try:
            risen = rise_all(self._direct, [tap for tap, _ in taken]) if self._direct else {}
            _tell([(taken[place][1], spent) for place, spent in risen.items()])
            rest = [one for place, one in enumerate(taken) if place not in risen]
            if not rest:
                return
            taken = rest
            with self._store.begin() as session:
                found = spend_all(session, (tap for tap, _ in taken))
        except RegistryError as error:
            said = error if isinstance(error, StoreError) else StoreUnreachable(str(error))
            _tell([(answer, said) for _, answer in taken])
            return
        _tell([(answer, spent) for (_, answer), spent in zip(taken, found, strict=True)])


def _still_wanted(answer: _Answer) -> bool:
    return isinstance(answer, _Call) or answer.set_running_or_notify_cancel()


def _tell(found: list[tuple[_Answer, Spent | StoreError]]) -> None:
    """Hand over what became of each tap: to a thread at once, to an event loop in one call of its own."""
    loops: dict[asyncio.AbstractEventLoop, list[tuple[Told, Spent | StoreError]]] = defaultdict(list)
    for answer, said in found:
        if isinstance(answer, _Call):
            loops[answer.loop].append((answer.told, said))
        elif isinstance(said, Spent):
            answer.set_result(said)
        else:
            answer.set_exception(said)
    for loop, told in loops.items():
        with suppress(RuntimeError):  # a loop that is closed: nobody waits any more
            loop.call_soon_threadsafe(_call_all, told)


def _call_all(found: list[tuple[Told, Spent | StoreError]]) -> None:
    for told, said in found:
        try:
            told(said)
        except Exception:
            # One page that fails must not leave whoever tapped in the same commit without an answer.
            LOG.exception("a tap that was spent was not answered")


def rise_all(direct: DirectSqlite, taps: Sequence[Spend]) -> dict[int, Spent]:
    """Spend the first tap of each chip that has counted before, all in one statement, and commit.

    Returns what became of those that are fresh, by their place in `taps`. All others are left as they were, to be
    spent one by one: a second tap of a chip, one that is not fresh, one that makes its binding live, one of a chip
    beyond the first `MOST_AT_ONCE`. Raises RegistryError; then nothing was spent.
    """
    first: dict[int, int] = {}
    for place, tap in enumerate(taps):
        if tap.counter is not None and not tap.reserved and len(first) < MOST_AT_ONCE:
            first.setdefault(tap.chip, place)
    if not first:
        return {}
    asked = [taps[place] for place in first.values()]
    most = 1 << (len(asked) - 1).bit_length()  # a few sizes, so that a statement is there already
    given = [value for tap in asked for value in (tap.chip, tap.counter, utc_text(tap.at))]
    given += [None] * (3 * most - len(given))
    which, rise = _rising(most)
    with direct.begin() as connection:
        rising = json.loads(connection.execute(which, given).fetchone()[0])
        if connection.execute(rise, given).rowcount != len(rising):
            raise StoreUnreachable("a counter that rose between two statements of one transaction")
    return {first[chip]: Spent(True, before, taps[first[chip]].at) for chip, before in rising}


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


def _spend(connection: Connection, tap: Spend) -> Spent:
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


def _promote(connection: Connection, tap: Spend) -> bool:
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
