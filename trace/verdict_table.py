"""The table of answer 1 of the verdict: rules in the order of precedence, and how it is read (floor 1, pure).

A rule exists for some signatures and carriers and holds under a condition. The first rule that holds gives
the answer; neighbours of the same answer that hold too add their reasons. Why the order is as it is stands in
`ocop.trace.verdict`.

    evidence                                              rules that hold, from the top       answer
    signature holds, print, batch known and on sale       code_issued                         code_issued
    the same, item 12 of the batch carries a chip         code_issued (chip_expected), …      code_issued
    the same, batch recalled and scanned often            recalled, code_issued_often, …      recalled
    signature false, batch recalled                       not_issued, recalled                not_issued
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from .facts import Batch, Level, Withdrawal
from .signing.evidence import Signature
from .signing.token import Carrier
from .verdict_ids import CodeAnswer, Reason, Tap

JUST_NOW = timedelta(minutes=10)
USUAL_JUMP = 20


class Evidence(NamedTuple):
    """What one scan showed.

    `serial` is the serial as scanned, empty for a batch code. `presented` says that a chip's UID was shown
    (for SUN: under its MAC). `tap_at` is the time of this tap (fresh, receipt) or of the first use of its
    counter (used); `tap_jump` how far the counter rose; `tap_is_last` that a used counter is the last one
    spent. `replaced_at` is when the chip that signed was replaced on this item, `voided_at` when it was given up
    there. `often` comes from
    `ocop.trace.sightings`. The three flags after it say that we are not able or not entitled to judge.
    `key_number` is the number in the token: a batch is vouched for by the key that entered it and by no other.
    """

    signature: Signature
    carrier: Carrier | None = None
    serial: str = ""
    presented: bool = False
    tap: Tap = Tap.NONE
    tap_at: datetime | None = None
    tap_jump: int = 1
    tap_is_last: bool = False
    replaced_at: datetime | None = None
    voided_at: datetime | None = None
    often: bool = False
    our_fault: bool = False
    list_too_old: bool = False
    foreign_host: bool = False
    key_number: int | None = None


@dataclass(slots=True)
class Case:
    """What a rule looks at beside signature and carrier. `number` is None when the batch has no such item."""

    evidence: Evidence
    batch: Batch | None
    number: int | None
    withdrawal: Withdrawal | None
    now: datetime


class Rule(NamedTuple):
    """One line of the table: the answer, the reason it gives (None: it needs none), and when it holds.

    `signatures` and `carriers` say for which evidence the rule exists at all; `holds` is the rest.
    """

    answer: CodeAnswer
    reason: Reason | None
    signatures: tuple[Signature, ...]
    carriers: tuple[Carrier | None, ...]
    holds: Callable[[Case], bool]


_Line = tuple[CodeAnswer, Reason | None, Callable[[Case], bool]]


def _not_entered(case: Case) -> bool:
    """No such batch was entered under the key that signed."""
    if case.batch is None:
        return True
    number = case.evidence.key_number
    return number is not None and number != case.batch.key_number


def _answered(case: Case) -> bool:
    """The chip answered for this very link: just now, or within its receipt."""
    tap = case.evidence.tap
    return (tap is Tap.FRESH and case.evidence.presented) or tap is Tap.RECEIPT


def _used_just_now(case: Case) -> bool:
    evidence = case.evidence
    if evidence.tap is not Tap.USED or not evidence.tap_is_last or evidence.tap_at is None:
        return False
    return case.now - evidence.tap_at <= JUST_NOW


def _cancels_all(case: Case) -> bool:
    gone, batch = case.withdrawal, case.batch
    return gone is not None and batch is not None and gone.first <= batch.first and batch.last <= gone.last


def _often(case: Case) -> bool:
    batch, number = case.batch, case.number
    if not case.evidence.often or batch is None or number is None or batch.level is not Level.ITEM:
        return False
    return not any(first <= number <= last for first, last in batch.display)


def _always(_: Case) -> bool:
    return True


_A, _R, _S = CodeAnswer, Reason, Signature
_ANY = tuple(Signature)
_SIGNED = (Signature.HOLDS, Signature.BOUND_ONLY)
_HOLDS = (Signature.HOLDS,)
_ALL = (None, *Carrier)
_SUN = (Carrier.SUN,)
_STATIC = (Carrier.STATIC,)

TABLE: tuple[Rule, ...] = (
    Rule(_A.CANNOT_SAY, _R.OUR_FAULT, _ANY, _ALL, lambda c: c.evidence.our_fault),
    Rule(_A.CANNOT_SAY, _R.LIST_TOO_OLD, _ANY, _ALL, lambda c: c.evidence.list_too_old),
    Rule(_A.CANNOT_SAY, _R.FOREIGN_HOST, _ANY, _ALL, lambda c: c.evidence.foreign_host),
    Rule(_A.CANNOT_SAY, _R.KEY_UNKNOWN_AFTER_RESTORE, (_S.UNKNOWN_KEY_AFTER_RESTORE,), _ALL, _always),
    Rule(_A.CANNOT_SAY, _R.CHIP_NOT_REGISTERED, (_S.UNBOUND,), _ALL, _always),
    Rule(_A.CANNOT_SAY, _R.SIGNED_BUT_UNKNOWN, _SIGNED, _ALL, _not_entered),
    Rule(_A.CANNOT_SAY, _R.TAP_NOT_SPENT, _SIGNED, _SUN, lambda c: c.evidence.tap is Tap.UNSPENT),
    Rule(_A.NOT_ISSUED, _R.MALFORMED, (_S.MALFORMED,), _ALL, _always),
    Rule(_A.NOT_ISSUED, _R.KEY_NEVER_GIVEN, (_S.UNKNOWN_KEY,), _ALL, _always),
    Rule(_A.NOT_ISSUED, _R.SIGNATURE_FALSE, (_S.FALSE,), _ALL, _always),
    Rule(_A.NOT_ISSUED, _R.MAC_FALSE, _ANY, _ALL, lambda c: c.evidence.tap is Tap.FALSE_MAC),
    Rule(_A.NOT_ISSUED, _R.NOT_IN_BATCH, _SIGNED, _ALL, lambda c: c.number is None),
    Rule(_A.RECALLED, None, _ANY, _ALL, lambda c: c.batch is not None and c.batch.recall is not None),
    Rule(_A.WITHDRAWN, _R.CHIP_REPLACED, _SIGNED, _ALL, lambda c: c.evidence.replaced_at is not None),
    Rule(_A.WITHDRAWN, _R.BATCH_CANCELLED, _SIGNED, _ALL, _cancels_all),
    Rule(_A.WITHDRAWN, _R.CODE_CANCELLED, _SIGNED, _ALL, lambda c: c.evidence.voided_at is not None),
    Rule(
        _A.WITHDRAWN,
        _R.CODE_CANCELLED,
        _SIGNED,
        _ALL,
        lambda c: c.withdrawal is not None and not _cancels_all(c),
    ),
    Rule(_A.KEY_WITHDRAWN, None, _SIGNED, _ALL, lambda c: c.batch is not None and c.batch.key_withdrawn),
    Rule(
        _A.NOT_RELEASED,
        None,
        _SIGNED,
        _ALL,
        lambda c: c.batch is not None and c.batch.released_at is None,
    ),
    Rule(_A.COPIED_CHIP, None, (_S.BOUND_ONLY,), _ALL, _always),
    Rule(_A.ALREADY_USED, _R.TAPPED_JUST_NOW, _HOLDS, _SUN, _used_just_now),
    Rule(_A.ALREADY_USED, None, _HOLDS, _SUN, lambda c: c.evidence.tap is Tap.USED),
    Rule(_A.CODE_ISSUED_OFTEN, None, _HOLDS, (None, Carrier.PRINT, Carrier.STATIC), _often),
    Rule(_A.CODE_ISSUED_OFTEN, None, _HOLDS, _SUN, lambda c: _often(c) and not _answered(c)),
    Rule(_A.CHIP_ANSWERED, _R.SCANNED_OFTEN, _HOLDS, _SUN, lambda c: _often(c) and _answered(c)),
    Rule(
        _A.CHIP_ANSWERED,
        _R.TAP_TIME_UNKNOWN,
        _HOLDS,
        _SUN,
        lambda c: c.evidence.tap_jump > USUAL_JUMP and _answered(c),
    ),
    Rule(_A.CHIP_ANSWERED, None, _HOLDS, _SUN, _answered),
    Rule(_A.CHIP_KNOWN, None, _HOLDS, _STATIC, lambda c: c.evidence.presented),
    Rule(_A.CHIP_SILENT, _R.TAP_FLOOR_UNKNOWN, _HOLDS, _SUN, lambda c: c.evidence.tap is Tap.FLOOR_UNKNOWN),
    Rule(_A.CHIP_SILENT, None, _HOLDS, _SUN, _always),
    Rule(
        _A.CODE_ISSUED,
        _R.CHIP_EXPECTED,
        _HOLDS,
        _ALL,
        lambda c: c.batch is not None and c.number in c.batch.chips,
    ),
    Rule(_A.CODE_ISSUED, None, _HOLDS, _ALL, _always),
    Rule(_A.NO_CODE, None, _ANY, _ALL, _always),
)

# A scan meets only the rules that exist for its signature and carrier: the same table, read by column.
_COLUMNS: Mapping[tuple[Signature, Carrier | None], tuple[_Line, ...]] = {
    (signature, carrier): tuple(
        (rule.answer, rule.reason, rule.holds)
        for rule in TABLE
        if signature in rule.signatures and carrier in rule.carriers
    )
    for signature in Signature
    for carrier in _ALL
}


def answer_code(case: Case) -> tuple[CodeAnswer, tuple[Reason, ...]]:
    """Read the table from the top; neighbours of the first rule that holds add their reasons."""
    answer: CodeAnswer | None = None
    reasons: tuple[Reason, ...] = ()
    for candidate, reason, holds in _COLUMNS[case.evidence.signature, case.evidence.carrier]:
        if answer is not None and candidate is not answer:
            break
        if holds(case):
            answer = candidate
            if reason is not None:
                reasons += (reason,)
    return answer or CodeAnswer.NO_CODE, reasons
