"""Random histories: replayed from bytes they give the same state, and a changed byte doesn't pass unseen."""

from datetime import UTC, date, datetime
from functools import cache

from hypothesis import given, settings
from hypothesis import strategies as st
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

AT = datetime(2026, 9, 1, 2, 0, tzinfo=UTC)
ISSUERS = ("a", "b", "c")
IDS = ("09521234543213", "P/4VTR0QB4")


@cache
def public(number: int) -> bytes:
    return Signer.from_seed("x", number, bytes((number * 5 + n) & 0xFF for n in range(32))).public


names, ids = st.sampled_from(ISSUERS), st.sampled_from(IDS)
lots, numbers = st.sampled_from(("L1", "L2")), st.integers(1, 4)
serials, indices, why = st.integers(0, 6), st.integers(0, 40), st.just(Why.OTHER)
at = st.just(AT)
acts: st.SearchStrategy[Entry] = st.one_of(
    st.builds(IssuerEntry, at=at, issuer=names, ids=st.sets(ids).map(lambda found: tuple(sorted(found)))),
    st.builds(KeyEntry, at=at, issuer=names, key=numbers, alg=st.just(ED25519), pk=numbers.map(public)),
    st.builds(
        BatchEntry, at=at, issuer=names, key=numbers, id=ids, lot=lots, level=st.sampled_from(("item", "batch")),
        first=serials, last=serials, made=st.just(date(2026, 9, 1)),
    ),
    st.builds(ReleaseEntry, at=at, id=ids, lot=lots),
    st.builds(ChipsEntry, at=at, id=ids, lot=lots, root=st.just(bytes(32))),
    st.builds(WithdrawEntry, at=at, id=ids, lot=lots, first=serials, last=serials, why=why),
    st.builds(WithdrawChipEntry, at=at, id=ids, lot=lots, uid=st.just(bytes(7)), why=why),
    st.builds(RecallEntry, at=at, id=ids, lot=lots, why=why),
    st.builds(UndoEntry, at=at, of=indices, why=why),
    st.builds(KeyWithdrawEntry, at=at, issuer=names, key=numbers, cutoff=indices, why=why),
)  # fmt: skip
# A history begins with something to act on, or most of what is drawn would be refused.
START: list[Entry] = [
    IssuerEntry(at=AT, issuer="a", ids=IDS),
    KeyEntry(at=AT, issuer="a", key=1, alg=ED25519, pk=public(1)),
    BatchEntry(
        at=AT, issuer="a", key=1, id=IDS[0], lot="L1", level="item", first=1, last=5, made=date(2026, 9, 1)
    ),
]


def picture(state: State) -> object:
    """Everything the state says about the names used here."""
    return (
        state.size,
        state.issuers,
        [(name, state.ids_of(name)) for name in ISSUERS],
        [(k, state.holders(k)) for k in IDS],
        [(k.issuer, k.number, k.position, k.active, k.cutoff, k.verifier.public) for k in state.every_key()],
        list(state.every_batch()),
        [state.standing(n) for n in range(state.size)],
    )


def lived(drawn: list[Entry]) -> tuple[State, list[Entry]]:
    """The state after all of the drawn acts that the rules allow, and those acts."""
    state, history = State(), []
    for entry in [*START, *drawn]:
        if not refusal(state, state.size, entry):
            history.append(entry)
    return state, history


@given(st.lists(acts, max_size=40))
def test_replayed_from_bytes_a_history_gives_the_same_state(drawn: list[Entry]) -> None:
    state, history = lived(drawn)
    assert picture(replay(map(encode, history))) == picture(state)
    half = replay(map(encode, history[: len(history) // 2]))
    for index in range(half.size, len(history)):
        half.apply_bytes(index, encode(history[index]))
    assert picture(half) == picture(state)


@given(st.lists(acts, max_size=40))
def test_a_live_history_keeps_its_promises(drawn: list[Entry]) -> None:
    state, history = lived(drawn)
    assert state.size == len(history)
    for batch in state.every_batch():
        record = state.keys_for(batch.id, batch.key_number)
        assert record is not None
        assert record.issuer == batch.issuer in state.holders(batch.id)
        assert record.position < batch.position
        assert batch.key_withdrawn == (record.cutoff is not None and batch.position >= record.cutoff)
        assert (batch.released_at is None) == (batch.release_position is None)
    for name in state.issuers:
        assert sum(key.active for key in state.every_key() if key.issuer == name) <= 1
    for key_id in IDS:
        used = [
            key.number
            for holder in set(state.holders(key_id))
            for key in state.every_key()
            if key.issuer == holder
        ]
        assert len(used) == len(set(used)), "one number, one key, among all who ever held it"


@given(st.lists(acts, min_size=5, max_size=30), st.data())
@settings(max_examples=200)
def test_a_changed_byte_anywhere_is_refused_or_shows(drawn: list[Entry], data: st.DataObject) -> None:
    state, history = lived(drawn)
    stored = [bytearray(encode(entry)) for entry in history]
    index = data.draw(st.integers(0, len(stored) - 1))
    place = data.draw(st.integers(0, len(stored[index]) - 1))
    stored[index][place] ^= data.draw(st.integers(1, 255))
    blamed, changed = replayed(list(map(bytes, stored)))
    if blamed is not None:
        assert blamed >= index, "what came before the change is not blamed"
    else:
        assert [encode(entry) for entry in history] != stored
        assert changed.size == state.size


def replayed(stored: list[bytes]) -> tuple[int | None, State]:
    """The index of the entry that was refused, if any, and the state so far."""
    state = State()
    for index, data in enumerate(stored):
        try:
            state.apply_bytes(index, data)
        except LedgerError as error:
            return error.index, state
    return None, state


@given(st.lists(acts, min_size=10, max_size=30), st.data())
def test_an_entry_left_out_moves_every_later_position(drawn: list[Entry], data: st.DataObject) -> None:
    _, history = lived(drawn)
    gone = data.draw(st.integers(0, len(history) - 2))
    state = State()
    for index, entry in enumerate(history):
        if index == gone:
            continue
        if index > gone:
            assert refusal(state, index, entry) == "gap"
            return
        state.apply(index, entry)


def refusal(state: State, index: int, entry: Entry) -> str:
    try:
        state.apply(index, entry)
    except LedgerError as error:
        return error.rule
    return ""
