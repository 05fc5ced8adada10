"""The ledger's rules: each with the act that breaks it, and the state that stays as it was."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from ocop.trace.signing.entries import (
    ED25519,
    BatchEntry,
    ChipsEntry,
    Entry,
    IssuerEntry,
    KeyEntry,
    KeyWithdrawEntry,
    RecallEntry,
    ReleaseEntry,
    UndoEntry,
    Why,
    WithdrawChipEntry,
    WithdrawEntry,
    encode,
)
from ocop.trace.signing.keys import Signer
from ocop.trace.signing.ledger import LedgerError, State, replay

AT = datetime(2026, 9, 2, tzinfo=UTC)
GTIN, CODE, LOT = "09521234543213", "P/4VTR0QB4", "L2609A"
OURS, THEIRS = "htx-ben-may", "to-lang-chua"
UID = bytes.fromhex("04de5f1eacc040")


def public(number: int) -> bytes:
    return Signer.from_seed("x", number, bytes((number + n) & 0xFF for n in range(32))).public


def issuer(name: str = OURS, *ids: str) -> Entry:
    return IssuerEntry(at=AT, issuer=name, ids=ids)


def key(number: int, name: str = OURS, pk: bytes | None = None) -> Entry:
    return KeyEntry(at=AT, issuer=name, key=number, alg=ED25519, pk=public(number) if pk is None else pk)


def batch(lot: str = "L2", number: int = 7, name: str = OURS, **changed: Any) -> Entry:
    values = {"id": GTIN, "level": "item", "first": 1, "last": 300, "made": date(2026, 9, 1)} | changed
    return BatchEntry(at=AT, issuer=name, key=number, lot=lot, **values)


def release(lot: str = LOT) -> Entry:
    return ReleaseEntry(at=AT, id=GTIN, lot=lot)


def withdraw(first: int = 1, last: int = 300, lot: str = LOT) -> Entry:
    return WithdrawEntry(at=AT, id=GTIN, lot=lot, first=first, last=last, why=Why.LABELS_LOST)


def chip(lot: str = LOT) -> Entry:
    return WithdrawChipEntry(at=AT, id=GTIN, lot=lot, uid=UID, why=Why.CHIP_REPLACED)


def recall(lot: str = LOT) -> Entry:
    return RecallEntry(at=AT, id=GTIN, lot=lot, why=Why.SAFETY)


def undo(of: int) -> Entry:
    return UndoEntry(at=AT, of=of, why=Why.MISTAKE)


def lose_key(number: int = 7, cutoff: int = 5, name: str = OURS) -> Entry:
    return KeyWithdrawEntry(at=AT, issuer=name, key=number, cutoff=cutoff, why=Why.KEY_LOST)


def add(state: State, *entries: Entry) -> State:
    for entry in entries:
        state.apply(state.size, entry)
    return state


# The `world` fixture: 0 issuer, 1 key 7, 2 other issuer, 3 key 8, 4 batch L2609A, 5 release.
BROKEN: dict[str, tuple[list[Entry], Entry]] = {
    "issuer-unknown": ([], key(9, "nobody")),
    "issuer-unknown for a batch": ([], batch(name="nobody")),
    "issuer-known": ([], issuer(OURS)),
    "id-held": ([], issuer(OURS, GTIN)),
    "key-used by itself": ([], key(7, pk=public(9))),
    "key-used when an identifier moves": (
        [issuer("third"), key(7, "third", public(9))],
        issuer("third", GTIN),
    ),
    "key-used by a past holder": ([issuer(THEIRS, GTIN)], key(7, THEIRS, public(9))),
    "key-known": ([key(9)], key(10, pk=public(9))),
    "key-weak": ([], key(9, pk=bytes(32))),
    "key-unknown": ([], batch(number=9)),
    "key-unknown for a withdrawal": ([], lose_key(9)),
    "key-retired": ([key(9)], batch(number=7)),
    "key-withdrawn": ([lose_key()], batch()),
    "key-withdrawn twice": ([lose_key()], lose_key()),
    "cutoff above the ledger": ([], lose_key(cutoff=7)),
    "cutoff below the key": ([], lose_key(cutoff=1)),
    "id-not-held": ([], batch(id=CODE)),
    "id-not-held by a past holder": ([issuer(THEIRS, GTIN)], batch()),
    "id-not-held by anybody": ([], batch(id="00000000000000")),
    "batch-known": ([], batch(LOT)),
    "batch-known under a newer key": ([key(9)], batch(LOT, 9)),
    "batch-unknown": ([], release("L9")),
    "batch-unknown for a withdrawal": ([], withdraw(lot="L9")),
    "batch-unknown for a recall": ([], recall("L9")),
    "range from 0": ([], batch(first=0)),
    "range backwards": ([], batch(first=2, last=1)),
    "range of a batch code": ([], batch(level="batch", first=0, last=1)),
    "range beyond the batch": ([], withdraw(300, 301)),
    "range before the batch": ([], withdraw(0, 1)),
    "released": ([], release()),
    "recalled": ([recall()], recall()),
    "chips-level": ([batch("B", level="batch", first=0, last=0)], chip("B")),
    "chips-level for a root": (
        [batch("B", level="batch", first=0, last=0)],
        ChipsEntry(at=AT, id=GTIN, lot="B", root=bytes(32)),
    ),
    "chip-withdrawn": ([chip()], chip()),
    "undo of a batch": ([], undo(4)),
    "undo of a key": ([], undo(1)),
    "undo of what comes": ([], undo(6)),
    "undo twice": ([undo(5)], undo(5)),
    "undo of an undo": ([undo(5)], undo(6)),
    "undo of a withdrawn key": ([lose_key()], undo(6)),
}


def picture(state: State) -> Any:
    """Everything that can be asked of a state."""
    return (
        state.size,
        state.issuers,
        [(name, state.ids_of(name), state.active_key(name)) for name in state.issuers],
        [(k, state.holders(k)) for k in (GTIN, CODE)],
        [(k.issuer, k.number, k.position, k.active, k.cutoff) for k in state.every_key()],
        list(state.every_batch()),
        [state.standing(n) for n in range(state.size + 2)],
        [state.batches_of_key(k.issuer, k.number) for k in state.every_key()],
    )


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_rule_is_named_and_changes_nothing(world: Any, name: str) -> None:
    before, entry = BROKEN[name]
    state = add(world.state, *before)
    seen = picture(state)
    with pytest.raises(LedgerError) as caught:
        state.apply(state.size, entry)
    assert caught.value.rule == name.split(" ")[0]
    assert caught.value.index == state.size == 6 + len(before)
    assert str(caught.value).startswith(f"ledger entry {state.size}: {caught.value.rule}: ")
    assert picture(state) == seen
    state.apply(state.size, issuer("after"))


@pytest.mark.parametrize("index", [0, 5, 7, -1])
def test_positions_have_no_gap(world: Any, index: int) -> None:
    with pytest.raises(LedgerError, match=f"gap: expected index 6, got {index}"):
        world.state.apply(index, issuer("third"))


def test_bytes_that_are_no_entry_are_named_by_index(world: Any) -> None:
    with pytest.raises(LedgerError, match="ledger entry 6: form: ") as caught:
        world.state.apply_bytes(6, encode(release("L9")) + b" ")
    assert caught.value.rule == "form"


def test_a_batch_lives_through_release_hold_withdrawal_and_recall(world: Any) -> None:
    state = world.state
    look: Callable[[], Any] = lambda: state.batch(GTIN, LOT)  # noqa: E731
    assert (look().position, look().release_position, look().first, look().last) == (4, 5, 1, 300)
    add(state, undo(5))
    assert look().released_at is None, "undone, a release is a hold"
    add(state, release(), withdraw(1, 10), withdraw(5, 20), recall(), chip())
    assert look().release_position == 7
    assert [look().withdrawn(n) and look().withdrawn(n).position for n in (1, 7, 20, 21)] == [8, 8, 9, None]
    assert (look().recall.position, look().recall.why) == (10, Why.SAFETY)
    assert [act.uid for act in look().chip_withdrawals] == [UID]
    add(state, undo(8), undo(10), undo(11))
    assert [look().withdrawn(n) and look().withdrawn(n).position for n in (1, 7, 21)] == [None, 9, None]
    assert (look().recall, look().chip_withdrawals) == (None, ())
    assert look().release_position == 7
    add(state, recall(), chip())


def test_a_batch_code_is_withdrawn_as_a_whole(world: Any) -> None:
    state = add(world.state, batch("B", level="batch", first=0, last=0), withdraw(0, 0, "B"))
    assert state.batch(GTIN, "B").withdrawn(0).position == 7


def test_a_key_is_found_by_every_identifier_its_issuer_ever_held(world: Any) -> None:
    state = world.state
    assert state.keys_for(GTIN, 7).issuer == OURS
    assert state.keys_for(CODE, 7) is None
    assert state.keys_for("00000000000000", 7) is None
    add(state, issuer(THEIRS, GTIN))
    assert state.holders(GTIN) == (OURS, THEIRS)
    assert (state.ids_of(OURS), state.ids_of(THEIRS)) == ((), (GTIN, CODE))
    assert state.keys_for(GTIN, 7).issuer == OURS
    assert state.keys_for(GTIN, 8).issuer == THEIRS
    add(state, batch("L3", 8, THEIRS), release("L3"), withdraw(1, 2), issuer(OURS, GTIN), batch("L4"))
    assert state.holders(GTIN) == (OURS, THEIRS, OURS)


def test_the_newest_key_enters_batches_and_older_ones_still_verify(world: Any) -> None:
    state = add(world.state, key(9))
    assert state.active_key(OURS).number == 9
    assert (state.key(OURS, 7).active, state.key(OURS, 7).withdrawn) == (False, False)
    add(state, lose_key(9, 7))
    assert state.active_key(OURS) is None, "an older key does not come back"
    add(state, key(10), batch(number=10))
    assert [b.lot for b in state.batches_of_key(OURS, 10)] == ["L2"]


def test_a_cutoff_is_judged_by_position_and_moves_down_only(world: Any) -> None:
    state = add(world.state, batch("L2"), batch("L3"))
    claimed = AT - timedelta(days=3650)
    state.apply(8, BatchEntry(at=claimed, issuer=OURS, key=7, id=GTIN, lot="L4", level="item", first=1, last=2,
                              made=date(2016, 1, 1)))  # fmt: skip
    lost: Callable[[], list[str]] = lambda: [b.lot for b in state.every_batch() if b.key_withdrawn]  # noqa: E731
    add(state, lose_key(cutoff=8))
    assert lost() == ["L4"], "an old date does not save what came late"
    add(state, lose_key(cutoff=7))
    assert lost() == ["L3", "L4"]
    with pytest.raises(LedgerError, match="key-withdrawn"):
        add(state, lose_key(cutoff=8))
    assert state.key(OURS, 7).cutoff == 7


def test_unshared_identifiers_may_share_a_key_number(world: Any) -> None:
    state = add(world.state, issuer("third", "00000000000000"), key(7, "third", public(9)))
    assert state.keys_for("00000000000000", 7).issuer == "third"
    assert state.keys_for(GTIN, 7).issuer == OURS


def test_a_fork_lives_apart(world: Any) -> None:
    state, seen = world.state, picture(world.state)
    fork = state.fork()
    assert picture(fork) == seen
    add(fork, issuer(THEIRS, GTIN), key(9, THEIRS), batch("L3", 9, THEIRS), undo(5), recall(), lose_key())
    assert picture(state) == seen
    add(state, key(10), batch(number=10))
    assert fork.keys_for(GTIN, 10) is None
    assert picture(replay([])) == picture(State())
