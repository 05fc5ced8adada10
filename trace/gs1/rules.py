"""What a GS1 value must be beyond its length and alphabet (floor 0).

A rule takes one component of a value, whose alphabet and length already fit (`ai.py`), and says whether it holds.
`RULES` gives each rule its name, as used in the table of `ai.py`, and the words for people.

Dates are YYMMDD of this century or the last, by GS1's sliding window; a year is a leap year when its two digits
divide by four, which holds for every year the window can mean until 2100. Source of all rules: GS1 General
Specifications, chapter 3.

>>> RULES["date0"].holds("260200"), RULES["date"].holds("260229")
(True, False)
"""

import re
from calendar import monthrange
from collections.abc import Callable
from typing import NamedTuple

from ocop.trace.gs1.check import check_digit, check_pair, iban_remainder
from ocop.trace.gs1.codes import COUNTRIES, COUNTRIES_ALPHA_2, CURRENCIES

_ESCAPES = re.compile(r"(?:[^%]|%[0-9A-Fa-f]{2})*", re.ASCII)
_IBAN = re.compile(r"[A-Z]{2}[0-9]{2}[0-9A-Z]{1,30}", re.ASCII)
_PREFIX = re.compile(r"[0-9]{4}", re.ASCII)
_LEAP_YEAR, _COMMON_YEAR = 2024, 2023


class Rule(NamedTuple):
    """A rule and how to say it: "expected AI 17 …, with `words`"."""

    holds: Callable[[str], bool]
    words: str


def _digit(value: str) -> bool:
    return check_digit(value[:-1]) == value[-1]


def _pair(value: str) -> bool:
    return len(value) > 2 and check_pair(value[:-2]) == value[-2:]


def _day(year_is_leap: bool, month: str, day: str, least: int) -> bool:
    if not 1 <= int(month) <= 12:
        return False
    last = monthrange(_LEAP_YEAR if year_is_leap else _COMMON_YEAR, int(month))[1]
    return least <= int(day) <= last


def _date(value: str) -> bool:
    return _day(int(value[:2]) % 4 == 0, value[2:4], value[4:], 1)


def _date_or_month(value: str) -> bool:
    return _day(int(value[:2]) % 4 == 0, value[2:4], value[4:], 0)


def _full_date(value: str) -> bool:
    year = int(value[:4])
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return _day(leap, value[4:6], value[6:], 1)


def _below(limit: int) -> Callable[[str], bool]:
    return lambda value: int(value) < limit


def _one_of(values: str) -> Callable[[str], bool]:
    allowed = frozenset(values.split())
    return lambda value: value in allowed


def _time(value: str) -> bool:
    return int(value[:2]) < 24 and int(value[2:]) < 60


def _pieces(value: str) -> bool:
    return 1 <= int(value[:2]) <= int(value[2:])


def _sequence(value: str) -> bool:
    place, slash, total = value[0], value[1], value[2]
    return slash == "/" and place in "123456789" and total in "123456789" and place <= total


def _iban(value: str) -> bool:
    return bool(_IBAN.fullmatch(value)) and value[:2] in COUNTRIES_ALPHA_2 and iban_remainder(value) == 1


def _media(value: str) -> bool:
    return 1 <= int(value) <= 10 or int(value) >= 80


RULES: dict[str, Rule] = {
    "check_digit": Rule(_digit, "a right check digit at the end"),
    "check_pair": Rule(_pair, "a right pair of check characters at the end"),
    "prefix": Rule(lambda v: bool(_PREFIX.match(v)), "a GS1 Company Prefix (digits) at the start"),
    "date": Rule(_date, "a date YYMMDD"),
    "date0": Rule(_date_or_month, "a date YYMMDD (day 00: the whole month)"),
    "fulldate": Rule(_full_date, "a date YYYYMMDD"),
    "time": Rule(_time, "a time HHMM"),
    "hour": Rule(_below(24), "hours 00 to 23"),
    "sixty": Rule(_below(60), "minutes or seconds 00 to 59"),
    "country": Rule(COUNTRIES.__contains__, "a country of ISO 3166-1 numeric (704 is Viet Nam)"),
    "country999": Rule(
        lambda v: v == "999" or v in COUNTRIES, "a country of ISO 3166-1 numeric, or 999 for several"
    ),
    "country2": Rule(COUNTRIES_ALPHA_2.__contains__, "a country of ISO 3166-1 alpha-2"),
    "currency": Rule(CURRENCIES.__contains__, "a currency of ISO 4217 numeric (704 is the dong)"),
    "escapes": Rule(lambda v: bool(_ESCAPES.fullmatch(v)), "whole percent escapes inside the text"),
    "latitude": Rule(lambda v: int(v) <= 1_800_000_000, "a latitude from 0 to 1800000000"),
    "longitude": Rule(lambda v: int(v) <= 3_600_000_000, "a longitude from 0 to 3600000000"),
    "yesno": Rule(_one_of("0 1"), "0 (no) or 1 (yes)"),
    "minus": Rule(_one_of("-"), "a hyphen for a temperature below zero"),
    "importer": Rule(
        lambda v: v == "_" or v == "-" or v.isalnum(), "an importer index of A-Z, a-z, 0-9, - or _"
    ),
    "media": Rule(_media, "a media type 01 to 10 or 80 to 99"),
    "sex": Rule(_one_of("0 1 2 9"), "0, 1, 2 or 9 (ISO/IEC 5218)"),
    "sequence": Rule(_sequence, "a place in a sequence like 1/2"),
    "nonzero": Rule(lambda v: int(v) != 0, "a value that is not zero"),
    "zero": Rule(_one_of("0"), "a leading 0"),
    "winding": Rule(_one_of("0 1 9"), "a winding direction 0, 1 or 9"),
    "pieces": Rule(_pieces, "piece and total like 0102, the piece not above the total"),
    "noleadingzero": Rule(lambda v: v == "0" or v[0] != "0", "no leading zero"),
    "iban": Rule(_iban, "an IBAN with right check digits"),
}
