"""Answer 3: which star holds on which day, at every boundary."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ocop.trace.facts import Certificate, CertificateState, Product
from ocop.trace.verdict import (
    Reason,
    StarAnswer,
    VerdictError,
    civil_day,
    product_stars,
    stars_on,
    without_code,
)

FOUR = Certificate(
    4, "12/QĐ-UBND", date(2024, 5, 13), "UBND tỉnh", valid_from=date(2024, 5, 13), valid_to=date(2027, 5, 12)
)
NEXT = replace(
    FOUR, stars=3, decision_no="9/QĐ-UBND", valid_from=date(2027, 4, 1), valid_to=date(2030, 3, 31)
)
AIM = replace(FOUR, stars=5, potential=True, valid_from=date(2026, 6, 1), valid_to=date(2026, 12, 31))
LEAP = replace(FOUR, valid_from=date(2025, 3, 1), valid_to=date(2028, 2, 29))
SUSPENDED = replace(FOUR, state=CertificateState.SUSPENDED, closed_on=date(2026, 3, 1))
WITHDRAWN = replace(FOUR, state=CertificateState.WITHDRAWN, closed_on=date(2026, 3, 1))


def product(*certificates: Certificate, other: str = "") -> Product:
    return Product(
        "09521234543213", ("09521234543213",), 3, {}, certificates=certificates, other_certified=other
    )


@pytest.mark.parametrize(
    ("utc", "answer"),
    [
        ("2024-05-12T16:59:59+00:00", "none"),
        ("2024-05-12T17:00:00+00:00", "valid"),
        ("2027-04-12T16:59:59+00:00", "valid"),
        ("2027-04-12T17:00:00+00:00", "expiring"),
        ("2027-05-12T16:59:59+00:00", "expiring"),
        ("2027-05-12T17:00:00+00:00", "expired"),
        ("2027-05-12T23:59:59+07:00", "expiring"),
        ("2027-05-13T00:00:00+07:00", "expired"),
        ("2027-05-12T12:30:00-05:00", "expired"),
    ],
)
def test_a_star_begins_and_ends_at_midnight_in_viet_nam(utc: str, answer: str) -> None:
    assert without_code(product(FOUR), None, datetime.fromisoformat(utc)).stars == answer


def test_the_last_30_days_are_expiring_and_the_last_day_is_one_of_them() -> None:
    answers = [stars_on((FOUR,), FOUR.valid_to - timedelta(days=n)).answer for n in range(-1, 32)]
    assert answers == ["expired"] + ["expiring"] * 30 + ["valid"] * 2


@pytest.mark.parametrize(
    ("day", "answer"),
    [
        (date(2028, 1, 30), "valid"),
        (date(2028, 1, 31), "expiring"),
        (date(2028, 2, 28), "expiring"),
        (date(2028, 2, 29), "expiring"),
        (date(2028, 3, 1), "expired"),
    ],
)
def test_a_certificate_to_the_leap_day_holds_on_the_leap_day(day: date, answer: str) -> None:
    assert stars_on((LEAP,), day).answer == answer


@pytest.mark.parametrize(
    ("certificates", "day", "answer", "stars"),
    [
        ((), date(2026, 11, 23), "none", None),
        ((FOUR,), date(2026, 11, 23), "valid", 4),
        ((FOUR, NEXT), date(2027, 3, 31), "valid", 4),
        ((FOUR, NEXT), date(2027, 4, 20), "valid", 3),
        ((NEXT, FOUR), date(2027, 4, 20), "valid", 3),
        ((FOUR, NEXT), date(2030, 4, 1), "expired", 3),
        ((AIM,), date(2026, 11, 23), "potential", 5),
        ((AIM,), date(2026, 12, 31), "potential", 5),
        ((AIM,), date(2027, 1, 1), "none", None),
        ((replace(AIM, state=CertificateState.WITHDRAWN, closed_on=date(2026, 7, 1)),), date(2026, 11, 23), "none",
         None),
        ((FOUR, AIM), date(2026, 11, 23), "valid", 4),
        ((SUSPENDED,), date(2026, 2, 28), "valid", 4),
        ((SUSPENDED,), date(2026, 3, 1), "suspended", 4),
        ((SUSPENDED,), date(2027, 5, 13), "expired", 4),
        ((WITHDRAWN,), date(2026, 2, 28), "valid", 4),
        ((WITHDRAWN,), date(2026, 3, 1), "withdrawn", 4),
        ((WITHDRAWN,), date(2027, 5, 13), "withdrawn", 4),
        ((replace(WITHDRAWN, closed_on=None),), date(2024, 5, 13), "withdrawn", 4),
        ((replace(SUSPENDED, closed_on=None),), date(2024, 5, 13), "suspended", 4),
        ((WITHDRAWN, replace(FOUR, stars=3, valid_to=date(2026, 12, 31))), date(2026, 11, 23), "valid", 3),
        ((replace(FOUR, valid_from=date(2027, 1, 1)),), date(2026, 11, 23), "none", None),
    ],
)  # fmt: skip
def test_the_certificate_in_force_that_lasts_longest_speaks_else_the_one_that_lasted_longest(
    certificates: tuple[Certificate, ...], day: date, answer: str, stars: int | None
) -> None:
    judged = stars_on(certificates, day)
    assert judged.answer == answer
    assert (judged.certificate.stars if judged.certificate else None) == stars


@pytest.mark.parametrize(
    ("certificates", "day", "made", "answer", "reasons"),
    [
        ((FOUR,), date(2026, 11, 23), date(2024, 5, 13), "valid", ("valid_when_made",)),
        ((FOUR,), date(2026, 11, 23), date(2024, 5, 12), "valid", ("not_valid_when_made",)),
        ((FOUR,), date(2027, 6, 1), date(2027, 5, 12), "expired", ("valid_when_made",)),
        ((FOUR,), date(2027, 6, 1), date(2027, 5, 13), "expired", ("not_valid_when_made",)),
        ((SUSPENDED,), date(2026, 11, 23), date(2026, 2, 28), "suspended", ("valid_when_made",)),
        ((SUSPENDED,), date(2026, 11, 23), date(2026, 3, 1), "suspended", ("not_valid_when_made",)),
        ((WITHDRAWN,), date(2026, 11, 23), date(2026, 2, 28), "withdrawn", ("valid_when_made",)),
        ((FOUR, NEXT), date(2028, 1, 1), date(2026, 1, 1), "valid", ("valid_when_made",)),
        ((FOUR, NEXT), date(2031, 1, 1), date(2026, 1, 1), "expired", ("valid_when_made",)),
        ((AIM,), date(2026, 11, 23), date(2026, 9, 1), "potential", ()),
        ((), date(2026, 11, 23), date(2026, 9, 1), "none", ()),
        ((replace(FOUR, valid_to=date(2026, 10, 1)), AIM), date(2026, 11, 23), None, "expired",
         ("potential_aimed_at",)),
        ((FOUR, AIM), date(2026, 11, 23), None, "valid", ()),
        ((replace(FOUR, valid_from=date(2027, 1, 1)),), date(2026, 11, 23), None, "none", ("not_yet_in_force",)),
    ],
)  # fmt: skip
def test_the_day_when_the_goods_were_made_is_judged_beside_today(
    certificates: tuple[Certificate, ...], day: date, made: date | None, answer: str, reasons: tuple[str, ...]
) -> None:
    judged = stars_on(certificates, day, made)
    assert (judged.answer, judged.reasons) == (answer, reasons)


def test_a_star_of_another_product_is_named_only_where_this_one_has_none() -> None:
    today = date(2026, 11, 23)
    assert product_stars(product(other="Trà Hương Vân"), today).reasons == (Reason.OTHER_PRODUCT_CERTIFIED,)
    assert product_stars(product(FOUR, other="Trà Hương Vân"), today).reasons == ()
    assert product_stars(product(AIM, other="Trà Hương Vân"), today).reasons == ()
    assert product_stars(None, today).answer is StarAnswer.CANNOT_SAY


def test_the_later_decision_speaks_when_two_certificates_end_on_one_day() -> None:
    later = replace(FOUR, stars=5, decision_date=date(2025, 1, 1))
    for certificates in ((FOUR, later), (later, FOUR)):
        assert stars_on(certificates, date(2026, 11, 23)).certificate is later


def test_a_civil_day_needs_a_time_zone() -> None:
    assert civil_day(datetime(2026, 11, 22, 17, 0, tzinfo=UTC)) == date(2026, 11, 23)
    with pytest.raises(VerdictError, match="expected a time with its zone"):
        civil_day(datetime(2026, 11, 22, 17, 0))


days = st.dates(date(2022, 1, 1), date(2030, 12, 31))
held = st.lists(
    st.builds(
        Certificate, st.integers(3, 5), st.just("1"), days, st.just("x"), days, days,
        st.sampled_from(CertificateState), st.booleans(), st.just(""), st.none() | days,
    ),
    max_size=5,
)  # fmt: skip


@given(held, days, st.permutations(range(5)))
def test_the_order_of_the_certificates_changes_no_answer(
    certificates: list[Certificate], day: date, order: list[int]
) -> None:
    # Certificates that end on one day by one decision day are one paper: the register has no two of them.
    distinct = list({(c.valid_to, c.decision_date): c for c in certificates}.values())
    shuffled = [distinct[n] for n in order if n < len(distinct)]
    assert stars_on(distinct, day, day) == stars_on(shuffled, day, day)


@given(held, days)
def test_a_star_in_force_has_a_certificate_that_covers_the_day(
    certificates: list[Certificate], day: date
) -> None:
    judged = stars_on(certificates, day)
    if judged.answer in (StarAnswer.VALID, StarAnswer.EXPIRING):
        paper = judged.certificate
        assert paper is not None
        assert paper.valid_from <= day <= paper.valid_to
        assert not paper.potential
        assert paper.state is CertificateState.IN_FORCE or (
            paper.closed_on is not None and paper.closed_on > day
        )
    else:
        covering = [c for c in certificates if not c.potential and c.state is CertificateState.IN_FORCE]
        assert not any(c.valid_from <= day <= c.valid_to for c in covering)
