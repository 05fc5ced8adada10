"""Answer 3 of the verdict: which OCOP star a product holds on a civil day (floor 1, pure).

A certificate is one line of one decision, for one product, and says its last day itself (`valid_to`,
inclusive; 36 months are a habit of the paper, not a rule here). A star is judged on the day of the scan, and
beside it on the day when the goods were made, because jars outlive certificates.

    certificates                                on        answer
    4 stars, 13/05/2024 to 12/05/2027           12/04/27  valid
                                                13/04/27  expiring: 30 days are left, today counted
                                                12/05/27  expiring: the last day is inclusive
                                                13/05/27  expired
    the same, suspended on 01/03/2026           01/03/26  suspended
    the same, and 3 stars to 30/06/2029         23/11/26  valid, 3 stars: the paper that lasts longest
    potential 5 stars to 31/12/2026, no other   23/11/26  potential
    none, but the maker's other tea has stars   23/11/26  none, other_product_certified

Days are civil dates at UTC+07:00.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta, timezone
from typing import NamedTuple

from .facts import Certificate, CertificateState, Product
from .verdict_ids import Reason, StarAnswer

CIVIL = timezone(timedelta(hours=7), "UTC+07:00")
EXPIRING_DAYS = 30
_EXPIRING = timedelta(days=EXPIRING_DAYS)
_WHEN_MADE = (Reason.VALID_WHEN_MADE,)
_NOT_WHEN_MADE = (Reason.NOT_VALID_WHEN_MADE,)


class VerdictError(Exception):
    """A judgement that was asked for wrongly: a fault of the caller, never of a scanned link."""


class Stars(NamedTuple):
    """Answer 3 on its own: for the catalogue and for pages without a code."""

    answer: StarAnswer
    reasons: tuple[Reason, ...]
    certificate: Certificate | None


def civil_day(now: datetime) -> date:
    """The civil date at UTC+07:00. Raises `VerdictError` for a time without a zone."""
    if now.tzinfo is None:
        raise VerdictError(f"expected a time with its zone, got {now.isoformat()}: pass datetime.now(UTC)")
    return now.astimezone(CIVIL).date()


NOT_SHOWN = Stars(StarAnswer.NOT_SHOWN, (), None)
CANNOT_SAY = Stars(StarAnswer.CANNOT_SAY, (), None)


def product_stars(product: Product | None, day: date, made: date | None = None) -> Stars:
    """Answer 3 for a product: `stars_on` its certificates, and a star next door named as such."""
    if product is None:
        return CANNOT_SAY
    stars = stars_on(product.certificates, day, made)
    if stars.answer is StarAnswer.NONE and product.other_certified:
        return stars._replace(reasons=(*stars.reasons, Reason.OTHER_PRODUCT_CERTIFIED))
    return stars


def stars_on(certificates: Sequence[Certificate], day: date, made: date | None = None) -> Stars:
    """The star that these certificates of one product give on a civil day.

    The certificate in force that lasts longest speaks; with none in force, the one that lasted longest tells
    why. A potential counts only for a product that never held a star: an aim must not cover an expired one.
    `made`, the day when the goods were made, adds `valid_when_made` or `not_valid_when_made`.
    """
    started, in_force = [], []
    for certificate in certificates:
        if certificate.valid_from <= day and not certificate.potential:
            started.append(certificate)
            if _in_force(certificate, day):
                in_force.append(certificate)
    if not started:
        return _never_held(certificates, day)
    best = _lasting(in_force or started)
    reasons: tuple[Reason, ...] = ()
    if made is not None:
        reasons = _WHEN_MADE if _in_force(best, made) or _any_in_force(started, made) else _NOT_WHEN_MADE
    if not in_force and _any_in_force([c for c in certificates if c.potential], day):
        reasons += (Reason.POTENTIAL_AIMED_AT,)
    return Stars(_standing(best, day), reasons, best)


def _lasting(certificates: Sequence[Certificate]) -> Certificate:
    """The one that lasts longest; of two that end on one day, the later decision."""
    if len(certificates) == 1:
        return certificates[0]
    return max(certificates, key=lambda c: (c.valid_to, c.decision_date))


def _any_in_force(certificates: Sequence[Certificate], day: date) -> bool:
    return any(_in_force(c, day) for c in certificates)


def _never_held(certificates: Sequence[Certificate], day: date) -> Stars:
    aims = [c for c in certificates if c.potential and _in_force(c, day)]
    if aims:
        return Stars(StarAnswer.POTENTIAL, (), _lasting(aims))
    coming = any(not c.potential and c.state is CertificateState.IN_FORCE for c in certificates)
    return Stars(StarAnswer.NONE, (Reason.NOT_YET_IN_FORCE,) if coming else (), None)


def _in_force(certificate: Certificate, day: date) -> bool:
    if not certificate.valid_from <= day <= certificate.valid_to:
        return False
    return certificate.state is CertificateState.IN_FORCE or not _closed(certificate, day)


def _closed(certificate: Certificate, day: date) -> bool:
    """Whether one that is suspended or withdrawn now was so by that day; always, where no day is known."""
    return certificate.closed_on is None or certificate.closed_on <= day


def _standing(certificate: Certificate, day: date) -> StarAnswer:
    """The answer of the one certificate that speaks. An expired suspension is an expiry, a withdrawal stays."""
    closed = certificate.state is not CertificateState.IN_FORCE and _closed(certificate, day)
    if closed and certificate.state is CertificateState.WITHDRAWN:
        return StarAnswer.WITHDRAWN
    if day > certificate.valid_to:
        return StarAnswer.EXPIRED
    if closed:
        return StarAnswer.SUSPENDED
    return StarAnswer.EXPIRING if certificate.valid_to - day < _EXPIRING else StarAnswer.VALID
