"""`GET /api/v1/verify?u=<link>`: judges a link for a program. It counts nothing and spends nothing.

A malformed or altered code is 200 with `not_issued`; a bad identifier is 400; a valid one that nobody here issued
is 404, unless it carries a code, which then is not ours. A link to another address than ours is
`cannot_say` with `foreign_host`: who prints it may show anything there.
"""

from datetime import datetime
from typing import Any

from ocop.trace.facts import Certificate
from ocop.trace.scanned import NotServed, Scanned, read_uri
from ocop.trace.scanning import Judged, Scanner
from ocop.trace.settings import Settings
from ocop.trace.signing.evidence import Signature
from ocop.trace.verdict import Evidence, Verdict, judge
from ocop.trace.verdict_ids import Reason, ThingAnswer

DESCRIBED = frozenset({ThingAnswer.SHOWN, ThingAnswer.INTRODUCED})


def verify(scanner: Scanner, settings: Settings, link: str, now: datetime) -> dict[str, Any] | None:
    """The answers about a link as a JSON object; None when nothing here has that identifier.

    Raises LinkError for a bad identifier.
    """
    judged = judge_link(scanner, settings, link, now)
    if judged is None:
        return None
    if isinstance(judged, Verdict):
        return answers(judged)
    return {**answers(judged.verdict), **_about(judged.scanned, judged)}


def judge_link(scanner: Scanner, settings: Settings, link: str, now: datetime) -> Judged | Verdict | None:
    """What is known of a whole link: judged, a bare verdict for a code on a foreign identifier, or None."""
    try:
        scanned = read_uri(link)
    except NotServed as error:
        if not error.coded:
            return None
        return judge(Evidence(Signature.MALFORMED), None, None, now)
    foreign = bool(scanned.host) and not settings.is_own_host(scanned.host)
    judged = scanner.judge(scanned, now, foreign_host=foreign)
    fault = Reason.OUR_FAULT in judged.verdict.code_reasons
    if not scanned.has_code and judged.facts is None and not fault and not foreign:
        return None
    return judged


def answers(verdict: Verdict) -> dict[str, Any]:
    """The three answers by their ids, with what belongs to them."""
    found: dict[str, Any] = {
        "code": verdict.code.value,
        "thing": verdict.thing.value,
        "stars": verdict.stars.value,
        "reasons": [reason.value for reason in (*verdict.code_reasons, *verdict.star_reasons)],
        "at": verdict.at.isoformat(timespec="seconds"),
    }
    if verdict.since is not None:
        found["since"] = verdict.since.isoformat(timespec="seconds")
    if verdict.recall is not None:
        recall = verdict.recall
        found["recall"] = {
            "since": recall.at.isoformat(timespec="seconds"),
            "reason": recall.reason,
            "advice": recall.advice,
        }
    if verdict.certificate is not None:
        found["certificate"] = _certificate(verdict.certificate)
    if verdict.past_use_by:
        found["past_use_by"] = True
    return found


def _certificate(paper: Certificate) -> dict[str, Any]:
    return {
        "stars": paper.stars,
        "potential": paper.potential,
        "decision": paper.decision_no,
        "authority": paper.authority,
        "valid_from": paper.valid_from.isoformat(),
        "valid_to": paper.valid_to.isoformat(),
    }


def _about(scanned: Scanned, judged: Judged) -> dict[str, Any]:
    """Which thing: its identifier always, its names only where the answer lends them."""
    what, verdict, facts = scanned.identifier, judged.verdict, judged.facts
    found: dict[str, Any] = {"id": what.path}
    if scanned.fault:
        found["fault"] = scanned.fault
    if verdict.number is not None and judged.batch is not None:
        found["number"] = verdict.number
        found["count"] = judged.batch.batch.count
    if facts is not None and verdict.thing in DESCRIBED:
        found["product"] = facts.product.texts["vi"].name
        found["producer"] = facts.producer.name
        found["illustrative"] = facts.product.illustrative
    return found
