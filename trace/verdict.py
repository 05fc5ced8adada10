"""The verdict: what a scan lets us say, as three answers and never one tick (floor 1, pure).

    code    is this a code of ours, and what has happened to it?
    thing   may the page describe the thing in the reader's hand?
    stars   which OCOP star holds today?

`judge` maps evidence (what the link, the signature and the chip showed), facts (what the registry knows)
and the time to one `Verdict`. It holds ids, dates and facts and no words: pages choose words by it.

The code is judged by `TABLE` (`ocop.trace.verdict_table`), read from the top: the first rule whose condition
holds gives the answer, and the rules of the same answer next to it add their reasons. Two ideas order it. What
could blame somebody wrongly comes first: a fault of ours is `cannot_say`, before anything else is said. Then
the loudest warning wins: whoever holds a recalled jar must read that before they read that the code was
scanned often.

- `recalled` is about the lot and needs no code: it is also the answer of a page without one. Below
  `cannot_say` and `not_issued` the code is not ours to speak about, yet the lot's recall is still handed
  out as `Verdict.recall`, and a page shows it whenever it is there.
- A right signature over a batch that we do not know (`signed_but_unknown`), or over an item that its batch
  does not have (`not_in_batch`), can only come from a lost row or a stolen key: `Verdict.alarm`.
- Release, withdrawal and recall are acts, not appointments: they count from the moment they are known, so
  that two machines whose clocks differ by a second never disagree.
- A chip that has just answered is no copy of a label: `code_issued_often` gives way to it and stays as the
  reason `scanned_often`. It never concerns batch codes and items marked as display.
- Credit (photo, name, stars) is lent to no thing whose code does not hold, whatever the code's answer is.

Days are civil dates at UTC+07:00. `valid_to` is inclusive; its last 30 days are `expiring`.

Worked example: on 23/11/2026 at 10:42 somebody scans the printed code of box 12 of 300 of a lot that is on
sale; the signature holds; the tea has 4 stars until 12/05/2027:

    judge(Evidence(Signature.HOLDS, Carrier.PRINT, "000012"), product, batch, now)
    -> code code_issued, thing shown, number 12, stars valid, reasons valid_when_made

Had the tea's box carried a chip, `chip_expected` would be a reason; were the lot recalled, the code's answer
would be `recalled`, and thing and stars the same.
"""

from datetime import date, datetime
from typing import NamedTuple

from .facts import Batch, Certificate, Level, Product, Recall, Withdrawal
from .signing.evidence import Signature
from .verdict_ids import CodeAnswer, Fact, Reason, StarAnswer, Tap, ThingAnswer
from .verdict_stars import CANNOT_SAY, NOT_SHOWN, Stars, VerdictError, civil_day, product_stars, stars_on
from .verdict_table import TABLE, Case, Evidence, Rule, answer_code

__all__ = [
    "TABLE",
    "CodeAnswer",
    "Evidence",
    "Fact",
    "Reason",
    "Rule",
    "StarAnswer",
    "Stars",
    "Tap",
    "ThingAnswer",
    "Verdict",
    "VerdictError",
    "asserts",
    "civil_day",
    "judge",
    "product_stars",
    "stars_on",
    "without_code",
]

SERIAL_DIGITS = 6


class Verdict(NamedTuple):
    """The three answers and everything that a page needs to word them.

    `number` is the item's number when its batch has it, else None. `since` belongs to the code's answer: the
    time of the recall, of the withdrawal, of the tap. `certificate` is the one that `stars` speaks of.
    `recall` is the lot's recall, to be shown whatever `code` is. `day` is the civil day of the judgement.
    """

    code: CodeAnswer
    code_reasons: tuple[Reason, ...]
    since: datetime | None
    recall: Recall | None
    withdrawal: Withdrawal | None
    thing: ThingAnswer
    number: int | None
    past_use_by: bool
    stars: StarAnswer
    star_reasons: tuple[Reason, ...]
    certificate: Certificate | None
    at: datetime
    day: date

    @property
    def alarm(self) -> bool:
        """Whether the operator must hear of it: something right was signed that we never entered."""
        return Reason.SIGNED_BUT_UNKNOWN in self.code_reasons or Reason.NOT_IN_BATCH in self.code_reasons


_HIDING = frozenset(
    {CodeAnswer.CANNOT_SAY, CodeAnswer.NOT_ISSUED, CodeAnswer.KEY_WITHDRAWN, CodeAnswer.COPIED_CHIP}
)


def judge(evidence: Evidence, product: Product | None, batch: Batch | None, now: datetime) -> Verdict:
    """The three answers about one scan, or about a page without a code (`Signature.NONE`).

    `product` is what the identifier names, `batch` its lot if the link names one that we know; `now` has a
    time zone. About 6 µs. Raises `VerdictError` when `now` has none.
    """
    day = civil_day(now)
    number = None if batch is None else _number(evidence.serial, batch)
    withdrawal = _withdrawal(batch, number)
    case = Case(evidence, batch, number, withdrawal, now)
    code, reasons = answer_code(case)
    thing = _thing(code, evidence.signature, product, batch)
    stars = NOT_SHOWN
    if thing is ThingAnswer.SHOWN or thing is ThingAnswer.INTRODUCED:
        stars = product_stars(product, day, None if batch is None else batch.made)
    elif code not in _HIDING and product is None:
        stars = CANNOT_SAY
    return Verdict(
        code=code,
        code_reasons=reasons,
        since=_since(code, case),
        recall=None if batch is None else batch.recall,
        withdrawal=withdrawal if code is CodeAnswer.WITHDRAWN else None,
        thing=thing,
        number=number if batch is not None and batch.level is Level.ITEM else None,
        past_use_by=_past_use_by(thing, batch, day),
        stars=stars.answer,
        star_reasons=stars.reasons,
        certificate=stars.certificate,
        at=now,
        day=day,
    )


def without_code(product: Product | None, batch: Batch | None, now: datetime, serial: str = "") -> Verdict:
    """The verdict of a page without a code: catalogue, shared link, typed number. Raises `VerdictError`."""
    return judge(Evidence(Signature.NONE, serial=serial), product, batch, now)


def _number(serial: str, batch: Batch) -> int | None:
    """The item's number if this batch has it; 0 for the code of a batch-level batch; else None."""
    if batch.level is Level.BATCH:
        return 0 if not serial else None
    if len(serial) != SERIAL_DIGITS or not (serial.isascii() and serial.isdigit()):
        return None
    number = int(serial)
    return number if batch.first <= number <= batch.last else None


def _withdrawal(batch: Batch | None, number: int | None) -> Withdrawal | None:
    """The first act that cancelled this item."""
    if batch is None or number is None or not batch.withdrawals:
        return None
    acts = (act for act in batch.withdrawals if act.first <= number <= act.last)
    return min(acts, key=lambda act: act.at, default=None)


def _thing(
    code: CodeAnswer, signature: Signature, product: Product | None, batch: Batch | None
) -> ThingAnswer:
    """Credit goes only to a thing whose code holds, or to a product where no code was shown at all."""
    if product is None:
        return ThingAnswer.NOTHING
    if code in _HIDING:
        return ThingAnswer.ONLY_NAME_IN_REGISTER
    if signature is Signature.NONE:
        return ThingAnswer.INTRODUCED
    if signature is Signature.HOLDS and batch is not None and not batch.key_withdrawn:
        return ThingAnswer.SHOWN
    return ThingAnswer.ONLY_NAME_IN_REGISTER


def _since(code: CodeAnswer, case: Case) -> datetime | None:
    if code is CodeAnswer.CODE_ISSUED:
        return None
    if code is CodeAnswer.RECALLED and case.batch is not None and case.batch.recall is not None:
        return case.batch.recall.at
    if code is CodeAnswer.WITHDRAWN:
        withdrawn = case.withdrawal.at if case.withdrawal is not None else None
        return case.evidence.replaced_at or withdrawn or case.evidence.voided_at
    if code is CodeAnswer.ALREADY_USED or code is CodeAnswer.CHIP_ANSWERED:
        return case.evidence.tap_at
    return None


def _past_use_by(thing: ThingAnswer, batch: Batch | None, day: date) -> bool:
    """The use-by date is inclusive. Said only where the thing or its lot is described at all."""
    described = thing is ThingAnswer.SHOWN or thing is ThingAnswer.INTRODUCED
    return described and batch is not None and batch.expiry is not None and day > batch.expiry


_VOUCHED = frozenset(
    {
        CodeAnswer.ALREADY_USED,
        CodeAnswer.CODE_ISSUED_OFTEN,
        CodeAnswer.CHIP_ANSWERED,
        CodeAnswer.CHIP_KNOWN,
        CodeAnswer.CHIP_SILENT,
        CodeAnswer.CODE_ISSUED,
    }
)


def asserts(verdict: Verdict) -> frozenset[Fact]:
    """What a verdict makes a reader believe of the thing in their hand: the yardstick of every wording.

    Taking support away (code, chip, fresh tap, batch, release, product, certificate) and adding bad news
    (false signature, other chip, used counter, recall, withdrawal, many networks, a fault of ours) never
    adds a fact. A star on a page without a code is the product's, not the thing's.
    """
    facts: set[Fact] = set()
    if verdict.code in _VOUCHED:
        facts |= {Fact.ISSUED, Fact.RELEASED}
    if verdict.code is CodeAnswer.CHIP_ANSWERED or verdict.code is CodeAnswer.CHIP_KNOWN:
        facts.add(Fact.BOUND)
    if verdict.code is CodeAnswer.CHIP_ANSWERED:
        facts.add(Fact.FRESH)
    if verdict.thing is ThingAnswer.SHOWN:
        facts.add(Fact.DESCRIBED)
        if verdict.stars is StarAnswer.VALID or verdict.stars is StarAnswer.EXPIRING:
            facts.add(Fact.STAR_IN_FORCE)
    return frozenset(facts)
