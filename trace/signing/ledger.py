"""The trust state: what follows from replaying the ledger from its first entry.

The ledger is a gapless sequence of entries (`entries.py`); an entry's place is its index, counted from 0 and
called its position. There is no other trust list. `State.apply` takes one entry after the other and refuses
with `LedgerError`, naming index and rule, whatever could not have happened:

    gap             the index is the number of entries before it
    form            the bytes are one entry in canonical form
    issuer-unknown  keys, batches and identifiers belong to a registered issuer
    issuer-known    a second `issuer` entry assigns something
    id-held         an identifier isn't assigned to whom it belongs already
    key-used        a key number is used once among all issuers that ever held an identifier in common
    key-known       a public key is entered once
    key-weak        a public key is one that only its owner can sign with
    key-unknown     the issuer has that key
    key-retired     only the issuer's newest key enters batches
    key-withdrawn   a withdrawn key enters none; its cutoff may only move down
    cutoff          above the key's own position, at most the index of the withdrawal
    id-not-held     a batch is entered by the present holder of its identifier
    batch-known     (id, lot) is one batch for ever
    batch-unknown   acts on batches come after them
    range           item level 1..999999 in order, batch level 0..0; a withdrawal lies inside its batch
    released        a batch that is open isn't opened again
    recalled        a batch that is called back isn't called back again
    chips-level     chips are bound in batches of level item
    chip-withdrawn  a chip is withdrawn once
    undo            what is taken back is a release, withdraw or recall that still stands

Position decides, never `at`: a clock may have been wrong, and a thief writes what he likes. A withdrawn key
has a cutoff; batches at lower positions stay good, for what a thief can sign about them is only what exists.

An identifier may go to another issuer. Past holders stay on its list, so codes signed by them stay good.
A release that is undone is a hold; the batch can be released again.
Example: after [issuer htx-ben-may with 09521234543213, key 7, batch L2609A, release], `size` is 4 and
`batch("09521234543213", "L2609A").release_position` 3. What a query returns is frozen and never changes.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any, Final

from .entries import (
    ITEM,
    MAX_SERIAL,
    BatchEntry,
    ChipsEntry,
    Entry,
    EntryError,
    IssuerEntry,
    KeyEntry,
    KeyWithdrawEntry,
    RecallEntry,
    ReleaseEntry,
    UndoEntry,
    WithdrawChipEntry,
    WithdrawEntry,
    parse,
)
from .keys import Verifier, WeakKey, check_public
from .records import BatchState, KeyRecord, Recalled, Withdrawn

__all__ = ["BatchState", "KeyRecord", "LedgerError", "Recalled", "State", "Withdrawn", "replay"]


_OnBatch = ReleaseEntry | ChipsEntry | WithdrawEntry | WithdrawChipEntry | RecallEntry


class LedgerError(Exception):
    """An entry that breaks a rule of the ledger. `index` and `rule` name where and which."""

    def __init__(self, index: int, rule: str, text: str) -> None:
        super().__init__(f"ledger entry {index}: {rule}: {text}")
        self.index = index
        self.rule = rule
        self.text = text


class _Issuer:
    """What the rules need to know of one issuer: its key numbers in order, and all ids it ever held."""

    __slots__ = ("held", "numbers")

    def __init__(self, numbers: Iterable[int] = (), held: Iterable[str] = ()) -> None:
        self.numbers = list(numbers)
        self.held = set(held)


class State:
    """The trust state after the first `size` entries; see the module's rules. Empty when made."""

    __slots__ = (
        "_batches",
        "_by_key",
        "_holders",
        "_issuers",
        "_keys",
        "_publics",
        "_standing",
        "_users",
        "size",
    )

    def __init__(self) -> None:
        self.size = 0
        self._issuers: dict[str, _Issuer] = {}
        self._holders: dict[str, tuple[str, ...]] = {}
        self._keys: dict[tuple[str, int], KeyRecord] = {}
        self._users: dict[int, tuple[str, ...]] = {}
        self._publics: set[bytes] = set()
        self._batches: dict[tuple[str, str], BatchState] = {}
        self._by_key: dict[tuple[str, int], list[tuple[str, str]]] = {}
        self._standing: dict[int, tuple[str, str]] = {}

    # What the scan path asks.

    def keys_for(self, key_id: str, number: int) -> KeyRecord | None:
        """Key `number` of whoever holds or ever held the identifier; the rules leave at most one."""
        for issuer in self._holders.get(key_id, ()):
            record = self._keys.get((issuer, number))
            if record is not None:
                return record
        return None

    def batch(self, key_id: str, lot: str) -> BatchState | None:
        """The batch (id, lot), or None when none was ever entered."""
        return self._batches.get((key_id, lot))

    # What the acts ask.

    @property
    def issuers(self) -> tuple[str, ...]:
        """All registered issuers, in order of registration."""
        return tuple(self._issuers)

    def holders(self, key_id: str) -> tuple[str, ...]:
        """Past and present holders of an identifier, the present one last; empty when it was never assigned."""
        return self._holders.get(key_id, ())

    def ids_of(self, issuer: str) -> tuple[str, ...]:
        """The identifiers the issuer holds now, sorted."""
        known = self._issuers.get(issuer)
        held = known.held if known else ()
        return tuple(sorted(key_id for key_id in held if self._holders[key_id][-1] == issuer))

    def key(self, issuer: str, number: int) -> KeyRecord | None:
        """The issuer's key of that number."""
        return self._keys.get((issuer, number))

    def active_key(self, issuer: str) -> KeyRecord | None:
        """The key the issuer may enter batches with, or None."""
        known = self._issuers.get(issuer)
        if known is None or not known.numbers:
            return None
        record = self._keys[issuer, known.numbers[-1]]
        return record if record.active else None

    def every_key(self) -> Iterator[KeyRecord]:
        """All keys, in order of entry."""
        return iter(tuple(self._keys.values()))

    def every_batch(self) -> Iterator[BatchState]:
        """All batches, in order of entry."""
        return iter(tuple(self._batches.values()))

    def batches_of_key(self, issuer: str, number: int) -> tuple[BatchState, ...]:
        """The batches entered under one key, in order of entry."""
        return tuple(self._batches[name] for name in self._by_key.get((issuer, number), ()))

    def standing(self, position: int) -> BatchState | None:
        """The batch whose release, withdrawal or recall at `position` still stands, or None."""
        name = self._standing.get(position)
        return self._batches[name] if name else None

    # Replay.

    def fork(self) -> "State":
        """An independent copy, to try entries that may yet be given up with their transaction."""
        copy = State()
        copy.size = self.size
        copy._issuers = {k: _Issuer(i.numbers, i.held) for k, i in self._issuers.items()}
        copy._holders = dict(self._holders)
        copy._keys = dict(self._keys)
        copy._users = dict(self._users)
        copy._publics = set(self._publics)
        copy._batches = dict(self._batches)
        copy._by_key = {key: list(names) for key, names in self._by_key.items()}
        copy._standing = dict(self._standing)
        return copy

    def apply_bytes(self, index: int, data: bytes) -> Entry:
        """Apply the entry that `data` encodes and return it. Raises `LedgerError`; the state is then as before."""
        try:
            entry = parse(data)
        except EntryError as error:
            raise LedgerError(index, "form", str(error)) from None
        self.apply(index, entry)
        return entry

    def apply(self, index: int, entry: Entry) -> None:
        """Take in the entry at `index`. Raises `LedgerError`; the state is then as before."""
        if index != self.size:
            raise LedgerError(index, "gap", f"expected index {self.size}, got {index}")
        _HANDLERS[type(entry)](self, index, entry)
        self.size += 1

    def _issuer(self, index: int, entry: IssuerEntry) -> None:
        name = entry.issuer
        known = self._issuers.get(name)
        if known and not entry.ids:
            raise LedgerError(index, "issuer-known", f"{name} is registered and nothing is assigned to it")
        for key_id in entry.ids:
            holders = self._holders.get(key_id, ())
            if holders and holders[-1] == name:
                raise LedgerError(index, "id-held", f"{key_id} is {name}'s already")
            for other in holders:
                shared = set(self._issuers[other].numbers).intersection(known.numbers if known else ())
                if other != name and shared:
                    raise LedgerError(
                        index,
                        "key-used",
                        f"{name} and {other}, a holder of {key_id}, both have key {min(shared)}",
                    )
        known = self._issuers.setdefault(name, _Issuer())
        known.held.update(entry.ids)
        for key_id in entry.ids:
            self._holders[key_id] = (*self._holders.get(key_id, ()), name)

    def _key(self, index: int, entry: KeyEntry) -> None:
        issuer = self._known_issuer(index, entry.issuer)
        for other in self._users.get(entry.key, ()):
            if other == entry.issuer or not issuer.held.isdisjoint(self._issuers[other].held):
                raise LedgerError(
                    index, "key-used", f"key {entry.key} is {other}'s, for identifiers they share"
                )
        if entry.pk in self._publics:
            raise LedgerError(index, "key-known", f"the public key of key {entry.key} was entered before")
        try:
            check_public(entry.pk)
        except WeakKey as error:
            raise LedgerError(index, "key-weak", str(error)) from None
        if issuer.numbers:
            newest = (entry.issuer, issuer.numbers[-1])
            self._keys[newest] = replace(self._keys[newest], active=False)
        issuer.numbers.append(entry.key)
        self._users[entry.key] = (*self._users.get(entry.key, ()), entry.issuer)
        self._publics.add(entry.pk)
        record = KeyRecord(entry.issuer, entry.key, index, Verifier(entry.pk), entry.at)
        self._keys[entry.issuer, entry.key] = record

    def _key_withdraw(self, index: int, entry: KeyWithdrawEntry) -> None:
        name = (entry.issuer, entry.key)
        record = self._known_key(index, *name)
        if not record.position < entry.cutoff <= index:
            raise LedgerError(
                index,
                "cutoff",
                f"expected a cutoff from {record.position + 1} to {index}, got {entry.cutoff}",
            )
        if record.cutoff is not None and entry.cutoff >= record.cutoff:
            raise LedgerError(index, "key-withdrawn", f"key {entry.key} is withdrawn from {record.cutoff} on")
        self._keys[name] = replace(record, active=False, cutoff=entry.cutoff)
        for batch in self._by_key.get(name, ()):
            if self._batches[batch].position >= entry.cutoff:
                self._change(self._batches[batch], key_withdrawn=True)

    def _batch(self, index: int, entry: BatchEntry) -> None:
        self._known_issuer(index, entry.issuer)
        record = self._known_key(index, entry.issuer, entry.key)
        if record.withdrawn:
            raise LedgerError(index, "key-withdrawn", f"key {entry.key} of {entry.issuer} is withdrawn")
        if not record.active:
            raise LedgerError(index, "key-retired", f"{entry.issuer} has a newer key than {entry.key}")
        if self._holders.get(entry.id, ("",))[-1] != entry.issuer:
            raise LedgerError(index, "id-not-held", f"{entry.id} isn't {entry.issuer}'s")
        if (entry.id, entry.lot) in self._batches:
            raise LedgerError(index, "batch-known", f"lot {entry.lot} of {entry.id} was entered before")
        lowest, highest = (1, MAX_SERIAL) if entry.level == ITEM else (0, 0)
        if not lowest <= entry.first <= entry.last <= highest:
            raise LedgerError(
                index,
                "range",
                f"level {entry.level}: expected {lowest}..{highest}, got {entry.first}..{entry.last}",
            )
        self._by_key.setdefault((entry.issuer, entry.key), []).append((entry.id, entry.lot))
        self._batches[entry.id, entry.lot] = BatchState(
            entry.id, entry.lot, index, entry.issuer, entry.key, entry.level, entry.first, entry.last,
            entry.made, entry.at,
        )  # fmt: skip

    def _release(self, index: int, entry: ReleaseEntry) -> None:
        batch = self._known_batch(index, entry)
        if batch.released_at is not None:
            raise LedgerError(
                index, "released", f"lot {batch.lot} of {batch.id} is open since {batch.released_at}"
            )
        self._act(index, self._change(batch, release_position=index, released_at=entry.at))

    def _chips(self, index: int, entry: ChipsEntry) -> None:
        batch = self._known_batch(index, entry)
        self._items_only(index, batch)
        self._change(batch, chips_root=entry.root)

    def _withdraw(self, index: int, entry: WithdrawEntry) -> None:
        batch = self._known_batch(index, entry)
        if not batch.first <= entry.first <= entry.last <= batch.last:
            raise LedgerError(
                index,
                "range",
                f"expected serials in {batch.first}..{batch.last}, got {entry.first}..{entry.last}",
            )
        act = Withdrawn(index, entry.at, entry.why, entry.first, entry.last)
        self._act(index, self._change(batch, withdrawals=(*batch.withdrawals, act)))

    def _withdraw_chip(self, index: int, entry: WithdrawChipEntry) -> None:
        batch = self._known_batch(index, entry)
        self._items_only(index, batch)
        if any(act.uid == entry.uid for act in batch.chip_withdrawals):
            raise LedgerError(index, "chip-withdrawn", f"chip {entry.uid.hex()} is withdrawn already")
        act = Withdrawn(index, entry.at, entry.why, uid=entry.uid)
        self._act(index, self._change(batch, chip_withdrawals=(*batch.chip_withdrawals, act)))

    def _recall(self, index: int, entry: RecallEntry) -> None:
        batch = self._known_batch(index, entry)
        if batch.recall is not None:
            raise LedgerError(index, "recalled", f"lot {batch.lot} of {batch.id} is called back already")
        self._act(index, self._change(batch, recall=Recalled(index, entry.at, entry.why)))

    def _undo(self, index: int, entry: UndoEntry) -> None:
        batch = self.standing(entry.of)
        if batch is None:
            raise LedgerError(
                index,
                "undo",
                f"expected a release, withdraw or recall that still stands, got entry {entry.of}",
            )
        del self._standing[entry.of]
        changed: dict[str, Any] = {
            "withdrawals": tuple(act for act in batch.withdrawals if act.position != entry.of),
            "chip_withdrawals": tuple(act for act in batch.chip_withdrawals if act.position != entry.of),
        }
        if batch.release_position == entry.of:
            changed |= {"release_position": None, "released_at": None}
        if batch.recall and batch.recall.position == entry.of:
            changed["recall"] = None
        self._change(batch, **changed)

    def _act(self, index: int, batch: BatchState) -> None:
        self._standing[index] = (batch.id, batch.lot)

    def _change(self, batch: BatchState, **changed: Any) -> BatchState:
        new = self._batches[batch.id, batch.lot] = replace(batch, **changed)
        return new

    def _known_issuer(self, index: int, issuer: str) -> _Issuer:
        try:
            return self._issuers[issuer]
        except KeyError:
            raise LedgerError(index, "issuer-unknown", f"{issuer} was never registered") from None

    def _known_key(self, index: int, issuer: str, number: int) -> KeyRecord:
        try:
            return self._keys[issuer, number]
        except KeyError:
            raise LedgerError(index, "key-unknown", f"{issuer} has no key {number}") from None

    def _known_batch(self, index: int, entry: _OnBatch) -> BatchState:
        try:
            return self._batches[entry.id, entry.lot]
        except KeyError:
            raise LedgerError(
                index, "batch-unknown", f"no lot {entry.lot} of {entry.id} was entered"
            ) from None

    def _items_only(self, index: int, batch: BatchState) -> None:
        if batch.level != ITEM:
            raise LedgerError(
                index, "chips-level", f"lot {batch.lot} of {batch.id} has one code and no chips"
            )


_HANDLERS: Final[dict[type[Entry], Callable[[State, int, Any], None]]] = {
    IssuerEntry: State._issuer,
    KeyEntry: State._key,
    KeyWithdrawEntry: State._key_withdraw,
    BatchEntry: State._batch,
    ReleaseEntry: State._release,
    ChipsEntry: State._chips,
    WithdrawEntry: State._withdraw,
    WithdrawChipEntry: State._withdraw_chip,
    RecallEntry: State._recall,
    UndoEntry: State._undo,
}


def replay(entries: Iterable[bytes]) -> State:
    """The state after all entries, given as their stored bytes in order. Raises `LedgerError`."""
    state = State()
    for index, data in enumerate(entries):
        state.apply_bytes(index, data)
    return state
