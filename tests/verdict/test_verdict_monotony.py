"""Less support, or more bad news, never makes a verdict assert more.

`asserts` says what a reader comes to believe of the thing in their hand: issued, released, bound, fresh,
described, star in force. The moves are listed here; every state with a signature that holds is tried with
every move, and hypothesis walks chains of moves through random facts. (States without such a signature
assert nothing at all: test_verdict_table.)
"""

import itertools
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

from hypothesis import given
from hypothesis import strategies as st
from ocop.trace.facts import Batch, Certificate, CertificateState, Level, Product, Recall, Withdrawal
from ocop.trace.signing.evidence import Signature
from ocop.trace.signing.token import Carrier
from ocop.trace.verdict import Evidence, Fact, Tap, asserts, judge

NOW = datetime(2026, 11, 23, 3, 42, tzinfo=UTC)
TODAY = date(2026, 11, 23)
FOUR = Certificate(4, "1/QĐ-UBND", date(2024, 5, 13), "UBND tỉnh", date(2024, 5, 13), date(2027, 5, 12))


class State(NamedTuple):
    evidence: Evidence
    product: Product | None
    batch: Batch | None


Move = Callable[[State], State]


def facts_of(state: State) -> frozenset[Fact]:
    return asserts(judge(state.evidence, state.product, state.batch, NOW))


def evidence_with(**changes: object) -> Move:
    return lambda s: s._replace(evidence=s.evidence._replace(**changes))  # type: ignore[arg-type]


def batch_with(**changes: object) -> Move:
    return lambda s: s if s.batch is None else s._replace(batch=replace(s.batch, **changes))


def certificates_with(change: Callable[[tuple[Certificate, ...]], tuple[Certificate, ...]]) -> Move:
    return lambda s: (
        s
        if s.product is None
        else s._replace(product=replace(s.product, certificates=change(s.product.certificates)))
    )


def only_if(condition: Callable[[State], bool], move: Move) -> Move:
    return lambda s: move(s) if condition(s) else s


def _tapped(state: State) -> bool:
    return state.evidence.tap in (Tap.FRESH, Tap.RECEIPT)


def _usable(state: State) -> bool:
    return state.evidence.tap not in (Tap.FALSE_MAC, Tap.UNSPENT)


LESS_SUPPORT: dict[str, Move] = {
    "no code": evidence_with(signature=Signature.NONE, carrier=None, presented=False, tap=Tap.NONE),
    "no chip shown": evidence_with(presented=False),
    "no chip bound": only_if(lambda s: s.evidence.presented, evidence_with(signature=Signature.UNBOUND)),
    "no tap": only_if(_tapped, evidence_with(tap=Tap.NONE)),
    "a tap without floor": only_if(_tapped, evidence_with(tap=Tap.FLOOR_UNKNOWN)),
    "a tap nobody counted": only_if(_tapped, evidence_with(tap=Tap.UNSPENT)),
    "no serial": evidence_with(serial=""),
    "no batch": lambda s: s._replace(batch=None),
    "no release": batch_with(released_at=None),
    "no chips": batch_with(chips={}),
    "no product": lambda s: s._replace(product=None),
    "no certificate": certificates_with(lambda c: ()),
    "one certificate less": certificates_with(lambda c: c[1:]),
    "the last certificate less": certificates_with(lambda c: c[:-1]),
    "only an aim": certificates_with(lambda c: tuple(replace(x, potential=True) for x in c)),
}
MORE_BAD_NEWS: dict[str, Move] = {
    "a fault of ours": evidence_with(our_fault=True),
    "an old list": evidence_with(list_too_old=True),
    "a foreign host": evidence_with(foreign_host=True),
    "a false signature": evidence_with(signature=Signature.FALSE),
    "a malformed code": evidence_with(signature=Signature.MALFORMED),
    "an unknown key": evidence_with(signature=Signature.UNKNOWN_KEY),
    "an unknown key after a restore": evidence_with(signature=Signature.UNKNOWN_KEY_AFTER_RESTORE),
    "another chip": evidence_with(signature=Signature.BOUND_ONLY, presented=True),
    "a false MAC": evidence_with(tap=Tap.FALSE_MAC),
    "a used counter": only_if(_usable, evidence_with(tap=Tap.USED)),
    "a chip taken off": evidence_with(replaced_at=NOW),
    "a chip given up": evidence_with(voided_at=NOW),
    "many networks": evidence_with(often=True),
    "another number": evidence_with(serial="000999"),
    "another key": evidence_with(key_number=8),
    "a recall": batch_with(recall=Recall(NOW, "", "")),
    "a withdrawal": batch_with(withdrawals=(Withdrawal(0, 300, NOW),)),
    "a withdrawn key": batch_with(key_withdrawn=True),
    "withdrawn stars": certificates_with(
        lambda c: tuple(replace(x, state=CertificateState.WITHDRAWN, closed_on=TODAY) for x in c)
    ),
    "suspended stars": certificates_with(
        lambda c: tuple(replace(x, state=CertificateState.SUSPENDED, closed_on=TODAY) for x in c)
    ),
    "stars that ended": certificates_with(
        lambda c: tuple(replace(x, valid_to=min(x.valid_to, TODAY - timedelta(days=1))) for x in c)
    ),
}
MOVES = LESS_SUPPORT | MORE_BAD_NEWS


def make_batch(
    recalled: bool, withdrawn: bool, key: bool, released: bool, level: Level = Level.ITEM
) -> Batch:
    first, last = (1, 300) if level is Level.ITEM else (0, 0)
    return Batch(
        "09521234543213", "L2609A", level, first, last, "htx", 7, 4, date(2026, 9, 1), NOW,
        released_at=NOW if released else None, key_withdrawn=key,
        withdrawals=(Withdrawal(first, last, NOW),) if withdrawn else (),
        recall=Recall(NOW, "", "") if recalled else None,
        chips={12: b"\x04" * 7},
    )  # fmt: skip


def make_product(certificates: tuple[Certificate, ...]) -> Product:
    return Product("09521234543213", ("09521234543213",), 3, {}, certificates=certificates)


def states() -> Iterator[State]:
    for carrier, presented, tap, often, acts, level in itertools.product(
        Carrier, (False, True), Tap, (False, True), itertools.product((False, True), repeat=4), Level
    ):
        serial = "000012" if level is Level.ITEM else ""
        evidence = Evidence(Signature.HOLDS, carrier, serial, presented, tap, NOW, often=often)
        yield State(evidence, make_product((FOUR,)), make_batch(*acts, level))


def test_no_single_move_adds_a_fact() -> None:
    tried = facts = 0
    for state in states():
        before = facts_of(state)
        for name, move in MOVES.items():
            after = facts_of(move(state))
            assert after <= before, (name, state, after - before)
            tried += 1
            facts += len(before)
    assert tried > 50_000
    assert facts > 50_000, "most states assert nothing: the property would be empty"


def test_every_fact_can_be_asserted_and_every_move_can_take_one_away() -> None:
    every = list(states())
    assert frozenset[Fact]().union(*map(facts_of, every)) == frozenset(Fact)
    idle = {"no chips", "the last certificate less", "many networks"}
    for name, move in MOVES.items():
        takes = any(facts_of(move(state)) < facts_of(state) for state in every)
        assert takes or name in idle, name


days = st.dates(date(2022, 1, 1), date(2030, 12, 31))
certificates = st.builds(
    Certificate,
    stars=st.integers(3, 5),
    decision_no=st.just("1"),
    decision_date=days,
    authority=st.just("x"),
    valid_from=days,
    valid_to=days,
    state=st.sampled_from(CertificateState),
    potential=st.booleans(),
    closed_on=st.none() | days,
)
scans = st.builds(
    Evidence,
    signature=st.just(Signature.HOLDS),
    carrier=st.sampled_from(Carrier),
    serial=st.sampled_from(["000012", "000001", "000301", ""]),
    presented=st.booleans(),
    tap=st.sampled_from(Tap),
    tap_at=st.none() | st.just(NOW),
    tap_jump=st.integers(1, 50),
    often=st.booleans(),
)
batches = st.builds(
    make_batch, st.booleans(), st.booleans(), st.booleans(), st.booleans(), st.sampled_from(Level)
)


@given(
    scans, st.lists(certificates, max_size=4), batches, st.lists(st.sampled_from(sorted(MOVES)), max_size=4)
)
def test_no_chain_of_moves_adds_a_fact(
    evidence: Evidence, held: list[Certificate], lot: Batch, names: list[str]
) -> None:
    state = State(evidence, make_product(tuple(held)), lot)
    for name in names:
        after = MOVES[name](state)
        if state.evidence.signature is not Signature.HOLDS and name not in LESS_SUPPORT:
            after = after._replace(evidence=after.evidence._replace(signature=state.evidence.signature))
        assert facts_of(after) <= facts_of(state), name
        state = after
