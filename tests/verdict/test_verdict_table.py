"""The table of answers, held against a second reading of the same rules written the other way round.

`expected` collects every answer whose own condition holds and lets the published order choose; the product
walks its table from the top. Both see every combination of signature, carrier, chip, tap and batch.
"""

import itertools
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from ocop.trace.facts import Batch, Certificate, Level, Product, Recall, Withdrawal
from ocop.trace.signing.evidence import Signature
from ocop.trace.signing.token import Carrier
from ocop.trace.verdict import (
    TABLE,
    CodeAnswer,
    Evidence,
    Fact,
    Reason,
    StarAnswer,
    Tap,
    ThingAnswer,
    VerdictError,
    asserts,
    judge,
    without_code,
)

NOW = datetime(2026, 11, 23, 3, 42, tzinfo=UTC)
EARLIER = NOW - timedelta(days=30)
ORDER = [
    "cannot_say", "not_issued", "recalled", "withdrawn", "key_withdrawn", "not_released", "copied_chip",
    "already_used", "code_issued_often", "chip_answered", "chip_known", "chip_silent", "code_issued", "no_code",
]  # fmt: skip
GOOD_STAR = Certificate(4, "1/QĐ-UBND", date(2024, 5, 13), "UBND tỉnh", date(2024, 5, 13), date(2027, 5, 12))
PRODUCT = Product("09521234543213", ("09521234543213",), 3, {}, certificates=(GOOD_STAR,))


def batch(**changes: object) -> Batch:
    fields: dict[str, object] = {
        "key": "09521234543213", "lot": "L2609A", "level": Level.ITEM, "first": 1, "last": 300, "issuer": "htx",
        "key_number": 7, "position": 4, "made": date(2026, 9, 1), "issued_at": EARLIER, "released_at": EARLIER,
    }  # fmt: skip
    return Batch(**(fields | changes))  # type: ignore[arg-type]


RECALL = Recall(EARLIER, "quá hạn", "Xin mang trả lại nơi bán")
BATCHES: tuple[Batch | None, ...] = (
    None,
    *(
        batch(recall=recall, withdrawals=withdrawals, key_withdrawn=key, released_at=released)
        for recall, withdrawals, key, released in itertools.product(
            (None, RECALL),
            ((), (Withdrawal(1, 300, EARLIER),), (Withdrawal(10, 20, EARLIER),)),
            (False, True),
            (EARLIER, None),
        )
    ),
)


def combinations() -> Iterator[tuple[Evidence, Batch | None]]:
    """Everything that the types allow, whether a scan can bring it about or not."""
    for signature, carrier, presented, tap, lot, serial, often, fault in itertools.product(
        Signature, (None, *Carrier), (False, True), Tap, BATCHES, ("000012", "000301"), (False, True),
        (False, True),
    ):  # fmt: skip
        yield (
            Evidence(signature, carrier, serial, presented, tap, EARLIER, often=often, our_fault=fault),
            lot,
        )


def reachable(evidence: Evidence) -> bool:
    """Whether the numbered steps of a verification can end in this evidence."""
    chip = evidence.carrier in (Carrier.STATIC, Carrier.SUN)
    if evidence.signature in (Signature.NONE, Signature.MALFORMED):
        return evidence.carrier is None and not evidence.presented and evidence.tap is Tap.NONE
    if evidence.carrier is None or (evidence.presented and not chip):
        return False
    if evidence.carrier is not Carrier.SUN and evidence.tap is not Tap.NONE:
        return False
    if evidence.carrier is Carrier.SUN:
        shown = evidence.tap not in (Tap.NONE, Tap.FALSE_MAC, Tap.RECEIPT)
        return evidence.presented is shown and (shown or evidence.signature is not Signature.BOUND_ONLY)
    return evidence.presented or evidence.signature is not Signature.BOUND_ONLY


def expected(evidence: Evidence, lot: Batch | None) -> str:
    """The answer by the published order of all answers that apply."""
    signature, tap = evidence.signature.name, evidence.tap.name
    sun = evidence.carrier is Carrier.SUN
    right = signature in ("HOLDS", "BOUND_ONLY")
    inside = lot is not None and evidence.serial == "000012"
    answered = sun and (tap == "RECEIPT" or (tap == "FRESH" and evidence.presented))
    applies = {
        "cannot_say": evidence.our_fault
        or signature in ("UNBOUND", "UNKNOWN_KEY_AFTER_RESTORE")
        or (right and lot is None)
        or (right and sun and tap == "UNSPENT"),
        "not_issued": signature in ("MALFORMED", "UNKNOWN_KEY", "FALSE")
        or tap == "FALSE_MAC"
        or (right and not inside),
        "recalled": lot is not None and lot.recall is not None,
        "withdrawn": right and lot is not None and len(lot.withdrawals) > 0,
        "key_withdrawn": right and lot is not None and lot.key_withdrawn,
        "not_released": right and lot is not None and lot.released_at is None,
        "copied_chip": signature == "BOUND_ONLY",
        "already_used": right and sun and tap == "USED",
        "code_issued_often": right and evidence.often and not answered,
        "chip_answered": right and answered,
        "chip_known": right and evidence.carrier is Carrier.STATIC and evidence.presented,
        "chip_silent": right and sun,
        "code_issued": right,
        "no_code": True,
    }
    return next(answer for answer in ORDER if applies[answer])


def test_the_table_gives_one_answer_for_every_combination_and_it_is_the_expected_one() -> None:
    seen: Counter[str] = Counter()
    possible = 0
    for evidence, lot in combinations():
        verdict = judge(evidence, PRODUCT, lot, NOW)
        assert verdict.code == expected(evidence, lot), (evidence, lot)
        if reachable(evidence):
            possible += 1
            seen[verdict.code] += 1
    assert possible >= 2_000
    assert set(seen) == set(ORDER)


def test_only_a_sun_chip_can_give_chip_answered_and_only_that_answer_asserts_freshness() -> None:
    for evidence, lot in combinations():
        verdict = judge(evidence, PRODUCT, lot, NOW)
        if evidence.carrier is not Carrier.SUN:
            assert verdict.code != "chip_answered", (evidence, lot)
        assert (Fact.FRESH in asserts(verdict)) is (verdict.code == "chip_answered")
        if Fact.BOUND in asserts(verdict):
            assert verdict.code in ("chip_answered", "chip_known")


def test_nothing_that_could_lend_credit_is_shown_unless_the_signature_holds() -> None:
    hiding = {"not_issued", "copied_chip", "key_withdrawn", "cannot_say"}
    for evidence, lot in combinations():
        verdict = judge(evidence, PRODUCT, lot, NOW)
        if verdict.code in hiding:
            assert verdict.thing is ThingAnswer.ONLY_NAME_IN_REGISTER
            assert (verdict.stars, verdict.certificate) == (StarAnswer.NOT_SHOWN, None)
        if evidence.signature is not Signature.HOLDS:
            assert asserts(verdict) == frozenset(), (evidence, lot)
        if verdict.thing is ThingAnswer.SHOWN:
            assert verdict.number == 12


def test_the_recall_of_a_lot_is_handed_out_with_every_answer() -> None:
    for evidence, lot in combinations():
        verdict = judge(evidence, PRODUCT, lot, NOW)
        assert verdict.recall is (None if lot is None else lot.recall)


def test_the_rules_of_the_table_stand_in_the_published_order() -> None:
    assert [answer for answer, _ in itertools.groupby(rule.answer for rule in TABLE)] == ORDER
    assert list(CodeAnswer) == ORDER


HOLDS = Evidence(Signature.HOLDS, Carrier.PRINT, "000012")
SUN = Evidence(Signature.HOLDS, Carrier.SUN, "000012", True, Tap.FRESH, NOW)
BATCH_CODE = batch(level=Level.BATCH, first=0, last=0)


@pytest.mark.parametrize(
    ("evidence", "lot", "code", "reasons"),
    [
        (HOLDS, batch(), "code_issued", ()),
        (HOLDS, batch(chips={12: b"\x04" * 7}), "code_issued", ("chip_expected",)),
        (HOLDS, batch(chips={13: b"\x04" * 7}), "code_issued", ()),
        (HOLDS._replace(serial=""), batch(), "not_issued", ("not_in_batch",)),
        (HOLDS._replace(serial="12"), batch(), "not_issued", ("not_in_batch",)),
        (HOLDS._replace(serial="00012A"), batch(), "not_issued", ("not_in_batch",)),
        (HOLDS._replace(serial="٠٠٠٠١٢"), batch(), "not_issued", ("not_in_batch",)),
        (HOLDS._replace(serial="000000"), batch(), "not_issued", ("not_in_batch",)),
        (HOLDS._replace(serial=""), BATCH_CODE, "code_issued", ()),
        (HOLDS._replace(serial="000000"), BATCH_CODE, "not_issued", ("not_in_batch",)),
        (HOLDS._replace(serial="", often=True), BATCH_CODE, "code_issued", ()),
        (HOLDS._replace(often=True), batch(), "code_issued_often", ()),
        (HOLDS._replace(often=True), batch(display=((12, 12),)), "code_issued", ()),
        (HOLDS._replace(often=True), batch(display=((1, 11), (13, 20))), "code_issued_often", ()),
        (HOLDS, None, "cannot_say", ("signed_but_unknown",)),
        (HOLDS._replace(key_number=7), batch(), "code_issued", ()),
        (HOLDS._replace(key_number=8), batch(), "cannot_say", ("signed_but_unknown",)),
        (HOLDS._replace(key_number=8), batch(key_withdrawn=True, recall=RECALL), "cannot_say", ("signed_but_unknown",)),
        (HOLDS._replace(foreign_host=True), batch(), "cannot_say", ("foreign_host",)),
        (HOLDS._replace(list_too_old=True), batch(), "cannot_say", ("list_too_old",)),
        (HOLDS._replace(our_fault=True, list_too_old=True), None, "cannot_say",
         ("our_fault", "list_too_old", "signed_but_unknown")),
        (HOLDS._replace(replaced_at=NOW), batch(), "withdrawn", ("chip_replaced",)),
        (HOLDS._replace(voided_at=NOW), batch(), "withdrawn", ("code_cancelled",)),
        (HOLDS, batch(withdrawals=(Withdrawal(1, 300, NOW),)), "withdrawn", ("batch_cancelled",)),
        (HOLDS, batch(withdrawals=(Withdrawal(12, 12, NOW),)), "withdrawn", ("code_cancelled",)),
        (HOLDS, batch(withdrawals=(Withdrawal(2, 300, NOW),)), "withdrawn", ("code_cancelled",)),
        (HOLDS, batch(withdrawals=(Withdrawal(1, 299, NOW),)), "withdrawn", ("code_cancelled",)),
        (HOLDS, batch(withdrawals=(Withdrawal(1, 11, NOW), Withdrawal(13, 300, NOW))), "code_issued", ()),
        (HOLDS._replace(serial=""), batch(level=Level.BATCH, first=0, last=0,
                                          withdrawals=(Withdrawal(0, 0, NOW),)), "withdrawn", ("batch_cancelled",)),
        (SUN, batch(), "chip_answered", ()),
        (SUN._replace(tap_jump=20), batch(), "chip_answered", ()),
        (SUN._replace(tap_jump=21), batch(), "chip_answered", ("tap_time_unknown",)),
        (SUN._replace(often=True), batch(), "chip_answered", ("scanned_often",)),
        (SUN._replace(tap=Tap.RECEIPT, presented=False), batch(), "chip_answered", ()),
        (SUN._replace(tap=Tap.FLOOR_UNKNOWN), batch(), "chip_silent", ("tap_floor_unknown",)),
        (SUN._replace(tap=Tap.UNSPENT), batch(), "cannot_say", ("tap_not_spent",)),
        (SUN._replace(tap=Tap.UNSPENT, signature=Signature.FALSE), batch(), "not_issued", ("signature_false",)),
        (SUN._replace(tap=Tap.FALSE_MAC, presented=False), batch(), "not_issued", ("mac_false",)),
        (SUN._replace(tap=Tap.USED), batch(), "already_used", ()),
        (SUN._replace(tap=Tap.USED, tap_is_last=True, tap_at=NOW - timedelta(minutes=10)), batch(),
         "already_used", ("tapped_just_now",)),
        (SUN._replace(tap=Tap.USED, tap_is_last=True, tap_at=NOW - timedelta(seconds=601)), batch(),
         "already_used", ()),
        (SUN._replace(tap=Tap.USED, tap_is_last=False, tap_at=NOW), batch(), "already_used", ()),
    ],
)  # fmt: skip
def test_a_scan_gets_its_answer_with_its_reasons(
    evidence: Evidence, lot: Batch | None, code: str, reasons: tuple[str, ...]
) -> None:
    verdict = judge(evidence, PRODUCT, lot, NOW)
    assert (verdict.code, verdict.code_reasons) == (code, reasons)


def test_a_right_signature_over_what_was_never_entered_alarms_the_operator() -> None:
    assert judge(HOLDS, PRODUCT, None, NOW).alarm
    assert judge(HOLDS._replace(serial="000301"), PRODUCT, batch(), NOW).alarm
    assert judge(HOLDS._replace(key_number=8), PRODUCT, batch(), NOW).alarm
    assert not judge(HOLDS, PRODUCT, batch(), NOW).alarm
    assert not judge(HOLDS._replace(signature=Signature.FALSE), PRODUCT, None, NOW).alarm


def test_since_is_the_time_of_the_act_that_the_answer_speaks_of() -> None:
    early, late = Withdrawal(1, 300, EARLIER, "in lỗi"), Withdrawal(12, 12, NOW)
    verdict = judge(HOLDS, PRODUCT, batch(withdrawals=(late, early)), NOW)
    assert (verdict.since, verdict.withdrawal) == (EARLIER, early)
    assert judge(HOLDS, PRODUCT, batch(recall=RECALL), NOW).since == RECALL.at
    assert judge(HOLDS._replace(replaced_at=EARLIER), PRODUCT, batch(), NOW).since == EARLIER
    assert judge(SUN._replace(tap=Tap.USED, tap_at=EARLIER), PRODUCT, batch(), NOW).since == EARLIER
    assert judge(HOLDS, PRODUCT, batch(), NOW).since is None


def test_a_page_without_a_code_introduces_the_product_and_judges_no_thing() -> None:
    verdict = without_code(PRODUCT, None, NOW)
    assert (verdict.code, verdict.thing, verdict.stars) == ("no_code", "introduced", "valid")
    assert (verdict.star_reasons, asserts(verdict)) == ((), frozenset())
    assert without_code(PRODUCT, batch(), NOW, "000012").number == 12
    assert without_code(PRODUCT, batch(), NOW, "000999").number is None
    assert without_code(PRODUCT, batch(released_at=None, key_withdrawn=True), NOW).code == "no_code"
    assert without_code(PRODUCT, batch(recall=RECALL), NOW).code == "recalled"


def test_an_unknown_product_is_nothing_and_its_star_cannot_be_said() -> None:
    verdict = without_code(None, None, NOW)
    assert (verdict.code, verdict.thing, verdict.stars) == ("no_code", "nothing", "cannot_say")
    verdict = judge(HOLDS._replace(signature=Signature.UNKNOWN_KEY), None, None, NOW)
    assert (verdict.code, verdict.thing, verdict.stars) == ("not_issued", "nothing", "not_shown")


@pytest.mark.parametrize(
    ("utc", "past"),
    [("2026-11-22T16:59:59+00:00", False), ("2026-11-22T17:00:00+00:00", True)],
)
def test_the_use_by_day_ends_at_midnight_in_viet_nam(utc: str, past: bool) -> None:
    now = datetime.fromisoformat(utc)
    lot = batch(expiry=date(2026, 11, 22))
    assert judge(HOLDS, PRODUCT, lot, now).past_use_by is past
    assert without_code(PRODUCT, lot, now).past_use_by is past
    assert not judge(HOLDS._replace(signature=Signature.FALSE), PRODUCT, lot, now).past_use_by


def test_a_time_without_a_zone_is_refused_with_a_sentence() -> None:
    with pytest.raises(VerdictError, match="expected a time with its zone, got 2026-11-23T10:42:00"):
        judge(HOLDS, PRODUCT, batch(), datetime(2026, 11, 23, 10, 42))


def test_every_reason_of_the_code_is_given_by_some_rule() -> None:
    stars = {"valid_when_made", "not_valid_when_made", "not_yet_in_force", "potential_aimed_at",
             "other_product_certified"}  # fmt: skip
    assert {rule.reason for rule in TABLE} - {None} == set(Reason) - stars
