"""The verb of a scan: from what was scanned to the three answers, without a database on the usual way (floor 3).

A `Scanner` belongs to one worker. It keeps the replayed ledger, the facts of the batches scanned lately and the
store's `facts_version`. Before a judgement it asks for that version, which costs microseconds; when an act has
raised it, the new ledger entries are replayed and the kept facts are dropped, so that a withdrawal shows on the
next scan in every worker. Requests that one turn of the event loop takes up arrived before that turn, so one
question a turn is as good as one a request: `each_turn`.

The numbered steps are those of `docs/formats.md`, "Verification": (1) to (3) are `scanned.read`, (4) to (6)
`signing.evidence.check`, (7) to (9) `verdict.judge`; what a chip adds is in `taps`. `judge` spends no tap: whoever
may do that calls `look`, spends, and hands in what was shown.

When the database can't be asked, nobody can know what was withdrawn: the answer is `cannot_say`, never an
old one and never a guess.

>>> judged = scanner.judge(scanned.read(b"/01/09521234543213/10/L2609A/21/000012", b"s=EAA…"), now)
>>> judged.verdict.code, judged.verdict.stars
(<CodeAnswer.CODE_ISSUED: 'code_issued'>, <StarAnswer.VALID: 'valid'>)
"""

from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime
from typing import Generic, NamedTuple, TypeVar

from ocop.trace.facts import BatchFacts, BoundChip, Level, ProductFacts
from ocop.trace.gs1.identifier import Identifier
from ocop.trace.registry import chips, ledger_store
from ocop.trace.registry.errors import StoreError, StoreReplaced
from ocop.trace.registry.keystore import KeyMissing, KeystoreError
from ocop.trace.registry.reads import batch_facts, product_facts
from ocop.trace.registry.store import Store
from ocop.trace.registry.watch import FactsWatch
from ocop.trace.scanned import Scanned
from ocop.trace.sightings import Seen, Sightings
from ocop.trace.signing.evidence import Signature, check
from ocop.trace.signing.ledger import State
from ocop.trace.signing.token import Carrier
from ocop.trace.taps import Shown, look
from ocop.trace.verdict import Evidence, Verdict, judge

KEPT_BATCHES = 4096
KEPT_PRODUCTS = 4096
NOT_SEEN = Seen(counted=False, often=False)
MALFORMED = Shown(Signature.MALFORMED)

Value = TypeVar("Value")


class Kept(Generic[Value]):
    """The values asked for last, at most `limit` of them."""

    __slots__ = ("_limit", "_values")

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._values: OrderedDict[object, Value] = OrderedDict()

    def get(self, key: object) -> Value | None:
        """The value, now the youngest; None when it isn't kept."""
        value = self._values.get(key)
        if value is not None:
            self._values.move_to_end(key)
        return value

    def put(self, key: object, value: Value) -> None:
        """Keep a value; the oldest one goes when there are too many."""
        self._values[key] = value
        if len(self._values) > self._limit:
            self._values.popitem(last=False)

    def clear(self) -> None:
        """Keep nothing."""
        self._values.clear()

    def __len__(self) -> int:
        return len(self._values)


class Visit(NamedTuple):
    """Who came, as far as counting needs it: network (see `sightings.network`) and browser family."""

    network: bytes | None
    family: str


class Judged(NamedTuple):
    """One scan with its answers. `batch` is None for an unknown lot, then `product` may still be known.

    `counted` says whether it is a new scan of something in the register; `family` is the visitor's browser.
    """

    scanned: Scanned
    verdict: Verdict
    batch: BatchFacts | None = None
    product: ProductFacts | None = None
    counted: bool = False
    family: str = ""

    @property
    def facts(self) -> BatchFacts | ProductFacts | None:
        """What is known of the thing, as near to it as possible."""
        return self.batch or self.product


def no_masters(generation: int) -> bytes:
    """The masters of a scanner that was given none."""
    raise KeyMissing(
        f"expected the chip master of generation {generation}, got no keystore that is open here"
    )


class Scanner:
    """Judges scans for one worker of the deployment named `realm`. It belongs to one thread, the event loop's:
    a second one could put facts back into memory that an act has just made old.
    """

    def __init__(
        self,
        store: Store,
        realm: str,
        sightings: Sightings,
        *,
        restored: bool,
        master: Callable[[int], bytes] = no_masters,
    ) -> None:
        """`master` gives the master key of a generation of chips; it may raise KeystoreError."""
        self._store = store
        self._sightings = sightings
        self._realm = realm
        self._restored = restored
        self._master = master
        self._watch: FactsWatch = store.watch_facts()
        self._state = State()
        self._version = -1
        self._batches: Kept[BatchFacts] = Kept(KEPT_BATCHES)
        self._products: Kept[ProductFacts] = Kept(KEPT_PRODUCTS)
        self._on_change: list[Callable[[], None]] = []
        self._soon: Callable[[Callable[[], None]], object] | None = None
        self._asked = False

    def close(self) -> None:
        """Give back the connection that watches the store."""
        self._watch.close()

    def on_change(self, told: Callable[[], None]) -> None:
        """Call `told` whenever an act has changed the facts."""
        self._on_change.append(told)

    def each_turn(self, soon: Callable[[Callable[[], None]], object]) -> None:
        """Ask the store at most once a turn of the event loop that this is called on; `soon` is its `call_soon`."""
        self._soon = soon

    def refresh(self) -> int:
        """Bring ledger and facts up to the store's version and return it. Raises StoreError."""
        version = self._watched()
        if version != self._version:
            if self._version < 0:
                self._restored = self._store.check(self._realm).restored_at is not None
            with self._store.read() as session:
                # The version first: an act that lands while we read shows up as a change next time.
                ledger_store.replay(session, self._state)
            self._batches.clear()
            self._products.clear()
            for told in self._on_change:
                told()
            self._version = version
        return version

    def _watched(self) -> int:
        try:
            return self._watch.version()
        except StoreReplaced:
            # Nothing that was learnt from the file before holds, and no connection to it may be used again.
            self._store.close()
            self._state, self._version = State(), -1
            return self._watch.version()

    def current(self) -> int:
        """As `refresh`, but what this turn of the loop has asked already is not asked again."""
        if self._asked:
            return self._version
        version = self.refresh()
        if self._soon is not None:
            self._asked = True
            self._soon(self._forget_turn)
        return version

    def _forget_turn(self) -> None:
        self._asked = False

    @property
    def realm(self) -> str:
        """The name of the deployment, which every signature is over."""
        return self._realm

    @property
    def version(self) -> int:
        """The store's version at the last refresh."""
        return self._version

    @property
    def state(self) -> State:
        """The trust state as of the last refresh."""
        return self._state

    def is_known(self, what: Identifier) -> bool:
        """Whether the product of an identifier is in the register. Raises StoreError."""
        return self.product(what.key) is not None

    def product(self, key: str) -> ProductFacts | None:
        """What is known of a product, by any key that ever worked. Raises StoreError."""
        version = self.current()
        kept = self._products.get(key)
        if kept is None and self._state.holders(key):
            with self._store.read() as session:
                kept = product_facts(session, key, version, self._state)
            if kept is not None:
                self._products.put(key, kept)
        return kept

    def batch(self, what: Identifier) -> BatchFacts | None:
        """What is known of a lot. Raises StoreError."""
        version = self.current()
        name = (what.key, what.lot)
        kept = self._batches.get(name)
        if kept is None and (entered := self._state.batch(*name)) is not None:
            with self._store.read() as session:
                kept = batch_facts(session, entered, version)
            if kept is not None:
                self._batches.put(name, kept)
        return kept

    def judge(
        self,
        scanned: Scanned,
        now: datetime,
        visit: Visit | None = None,
        *,
        foreign_host: bool = False,
        shown: Shown | None = None,
        seen: Seen | None = None,
    ) -> Judged:
        """The three answers about one scan. `visit` is None for views that are no scans; `seen` says that the visit
        was counted already, and what came of it.

        `shown` is what `look` has found and what became of it; without it a right tap is `tap_not_spent`. Never
        raises for what was scanned or for a broken store.
        """
        what, token = scanned.identifier, scanned.token
        try:
            batch = self.batch(what) if what.lot else None
            product = self.product(what.key) if batch is None else None
            if shown is None:
                shown = self._shown(scanned, batch)
        except (StoreError, KeystoreError):
            return self.at_fault(scanned, now)
        signature = shown.signature
        if seen is None:
            seen = self._see(scanned, signature, visit, now, batch) if batch or product else NOT_SEEN
        evidence = Evidence(
            signature=signature,
            carrier=token.carrier if token else None,
            serial=what.serial,
            presented=shown.presented,
            tap=shown.tap,
            tap_at=shown.tap_at,
            tap_jump=shown.tap_jump,
            tap_is_last=shown.tap_is_last,
            replaced_at=shown.replaced_at,
            voided_at=shown.voided_at,
            often=seen.often,
            foreign_host=foreign_host,
            key_number=token.key_number if token else None,
        )
        if batch is not None:
            verdict = judge(evidence, batch.product, batch.batch, now)
        else:
            verdict = judge(evidence, product.product if product else None, None, now)
        return Judged(scanned, verdict, batch, product, seen.counted, visit.family if visit else "")

    def _see(
        self,
        scanned: Scanned,
        signature: Signature,
        visit: Visit | None,
        now: datetime,
        batch: BatchFacts | None,
    ) -> Seen:
        """Count a visit. Only an item's code whose signature holds can make that item one that is met often."""
        what = scanned.identifier
        name = f"{what.key}/{what.lot}/{what.serial}"
        seconds = int(now.timestamp())
        if signature is Signature.HOLDS and batch is not None and batch.batch.level is Level.ITEM:
            if visit is None:
                return Seen(False, self._sightings.often(name, seconds))
            return self._sightings.see(name, visit.network, visit.family, seconds)
        if visit is None or not scanned.has_code:
            return NOT_SEEN
        # The code of a batch, or a false one: it counts as a scan, once, and leaves no mark.
        return Seen(self._sightings.count(name, visit.network, visit.family, seconds), often=False)

    def at_fault(self, scanned: Scanned, now: datetime) -> Judged:
        """What is said when the answer failed on our side: nothing about the code."""
        evidence = Evidence(Signature.NONE, serial=scanned.identifier.serial, our_fault=True)
        return Judged(scanned, judge(evidence, None, None, now))

    def look(self, scanned: Scanned) -> Shown:
        """What the link of a chip shows, nothing spent. Raises StoreError, KeystoreError."""
        what = scanned.identifier
        return self._shown(scanned, self.batch(what) if what.lot else None)

    def _shown(self, scanned: Scanned, batch: BatchFacts | None) -> Shown:
        if scanned.fault:
            return MALFORMED
        token = scanned.token
        if token is not None and token.carrier is not Carrier.PRINT:
            bindings = batch.batch.bindings if batch is not None else {}
            return look(
                scanned,
                bindings,
                lambda presented, bound: self._signature(scanned, presented, bound),
                self._chip,
                self._master,
            )
        return Shown(self._signature(scanned))

    def _chip(self, uid: bytes) -> BoundChip | None:
        with self._store.read() as session:
            row = chips.by_uid(session, uid)
            return None if row is None else chips.fact(row)

    def _signature(
        self, scanned: Scanned, presented: bytes | None = None, bound: bytes | None = None
    ) -> Signature:
        return check(
            self._state,
            self._realm,
            scanned.identifier,
            scanned.token,
            presented,
            bound,
            restored=self._restored,
        )
