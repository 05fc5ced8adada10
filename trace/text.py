"""Vietnamese text: normal form, search key, order, and how dates, numbers, money and phones are written (floor 0).

==============  ===================  ====================================================================
what            Vietnamese           rule
==============  ===================  ====================================================================
date            02/09/2026           day/month/year, two digits each (civil date at UTC+07:00)
time            10:42                24 hours, at UTC+07:00
number          1.234.567,5          point between thousands, comma before decimals
money           450.000 ₫            whole dong, no-break space (U+00A0) before the sign
phone           0912 345 678         mobile 4-3-3; Hà Nội and TP. HCM 3-4-4; other landlines 4-3-4
==============  ===================  ====================================================================

Other languages follow CLDR's medium forms; a language that isn't known here gets ISO 8601 and plain digits with a
point, which nobody can misread.

Order (`sort_key`) is that of Vietnamese dictionaries: syllable by syllable, letters first in the alphabet
a ă â b c d đ e ê g h i k l m n o ô ơ p q r s t u ư v x y (f j w z where Latin has them), then the tone of the
syllable: level, huyền, hỏi, ngã, sắc, nặng. Because the tone belongs to the syllable, "Hòa" and "Hoà" are equal.
Numbers come before letters, by their value.

>>> fold("Trà Hương Vân"), fold("Khánh Hoà") == fold("KHÁNH HÒA")
('tra huong van', True)
>>> sorted(["bà con", "bảo", "ba", "bá"], key=sort_key)
['ba', 'bà con', 'bá', 'bảo']
>>> sorted(["Nguyễn Văn Ý", "Trần Thị Ánh", "Lê An"], key=person_key)
['Lê An', 'Trần Thị Ánh', 'Nguyễn Văn Ý']
"""

import re
import unicodedata
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal

VIETNAM = timezone(timedelta(hours=7), "UTC+07:00")
"""The one civil time of Viet Nam since 1975; there is no daylight saving."""

_ALPHABET = "aăâbcdđeêfghijklmnoôơpqrstuưvwxyz"
_RANK = {letter: rank for rank, letter in enumerate(_ALPHABET, start=0x80)}
_TONES = {"\u0300": 1, "\u0309": 2, "\u0303": 3, "\u0301": 4, "\u0323": 5}
_MARKS = re.compile("[\u0300-\u036f]")
_WORD = re.compile("[\\w\u0300-\u036f]+")
_DIGITS = re.compile(r"[0-9]+", re.ASCII)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_DATES = {
    "vi": "{day:02}/{month:02}/{year:04}",
    "en": "{day} {name} {year}",
    "fr": "{day:02}/{month:02}/{year:04}",
    "ja": "{year}年{month}月{day}日",
    "ko": "{year}년 {month}월 {day}일",
    "ru": "{day:02}.{month:02}.{year:04}",
    "zh": "{year}年{month}月{day}日",
}
# Between thousands, before decimals: a no-break space for Russian, a narrow one for French.
_SEPARATORS = {
    "vi": (".", ","),
    "en": (",", "."),
    "fr": ("\u202f", ","),
    "ja": (",", "."),
    "ko": (",", "."),
    "ru": ("\u00a0", ","),
    "zh": (",", "."),
}
_SIGN_FIRST = frozenset({"en", "ja", "ko", "zh"})
_NUMBER = re.compile(r"(?:\+?84|0)([0-9]{9,10})", re.ASCII)
_PUNCTUATION = re.compile(r"[\s().\u2010-\u2015-]+")

Searchable = tuple[tuple[tuple[int, ...], int], ...]
"""A key of `sort_key`: for each syllable the ranks of its letters, then its tone."""


class TextError(Exception):
    """A value that can't be written: a moment without a time zone, or a number that is none."""


def nfc(text: str) -> str:
    """The text in normal form C, as it is stored and shown: one code point for each letter with its marks."""
    return unicodedata.normalize("NFC", text)


def fold(text: str) -> str:
    """The key by which text is found: lower case, without marks, đ as d, one space between words.

    Spellings that differ in marks, in the place of a tone (hòa, hoà), in case or in normal form fall together.
    Marks of other scripts (dakuten, Hangul) stay.
    """
    bare = _MARKS.sub("", unicodedata.normalize("NFD", text.casefold().replace("đ", "d")))
    return " ".join(nfc(bare).split())


def sort_key(text: str) -> Searchable:
    """The key by which text is ordered, see the module's docstring. Punctuation doesn't count."""
    decomposed = unicodedata.normalize("NFD", text.lower())
    return tuple(_syllable(word) for word in _WORD.findall(decomposed))


def person_key(name: str) -> tuple[Searchable, Searchable]:
    """The key by which people are listed: the given name, which stands last, then family and middle names."""
    family, _, given = nfc(name).strip().rpartition(" ")
    return sort_key(given), sort_key(family)


def civil_date(moment: datetime) -> date:
    """The date in Viet Nam at that moment.

    Raises:
        TextError: the moment has no time zone.
    """
    return _local(moment).date()


def format_date(day: date | datetime, lang: str = "vi") -> str:
    """A civil date, or the date in Viet Nam of a moment: "02/09/2026", in English "2 Sep 2026".

    Raises:
        TextError: the moment has no time zone.
    """
    if isinstance(day, datetime):
        day = civil_date(day)
    layout = _DATES.get(_language(lang), "{year:04}-{month:02}-{day:02}")
    return layout.format(day=day.day, month=day.month, year=day.year, name=_MONTHS[day.month - 1])


def format_time(moment: datetime) -> str:
    """The time in Viet Nam at that moment, "10:42", the same in every language.

    Raises:
        TextError: the moment has no time zone.
    """
    local = _local(moment)
    return f"{local.hour:02}:{local.minute:02}"


def format_number(value: int | float | Decimal, lang: str = "vi") -> str:
    """A number with its own decimals, none added and none rounded away: "1.234.567,5".

    Raises:
        TextError: not a finite number.
    """
    exact = value if isinstance(value, int | Decimal) else Decimal(repr(value))
    if isinstance(exact, Decimal) and not exact.is_finite():
        raise TextError(f"expected a finite number, got {value}")
    whole, point, decimals = (
        f"{exact:,f}".partition(".") if isinstance(exact, Decimal) else (f"{exact:,}", "", "")
    )
    if isinstance(value, float):
        decimals = decimals.rstrip("0")
    thousands, comma = _SEPARATORS.get(_language(lang), ("", "."))
    return whole.replace(",", thousands) + (comma + decimals if point and decimals else "")


def format_money(dong: int, lang: str = "vi") -> str:
    """An amount of whole dong: "450.000 ₫", in English "₫450,000"."""
    number = format_number(dong, lang)
    if _language(lang) in _SIGN_FIRST:
        return f"-₫{number[1:]}" if dong < 0 else f"₫{number}"
    return f"{number}\u00a0₫"


def phone(text: str) -> str:
    """A Vietnamese phone number in groups: "0912 345 678"; what is none comes back as it was, trimmed."""
    match = _NUMBER.fullmatch(_PUNCTUATION.sub("", text))
    if match is None:
        return text.strip()
    digits = "0" + match[1]
    if len(digits) == 10 and digits[1] in "35789":
        sizes = (4, 7)
    elif len(digits) == 11 and digits[:3] in ("024", "028"):
        sizes = (3, 7)
    elif len(digits) == 11 and digits[1] == "2":
        sizes = (4, 7)
    else:
        return text.strip()
    return f"{digits[: sizes[0]]} {digits[sizes[0] : sizes[1]]} {digits[sizes[1] :]}"


def _local(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise TextError(f"expected a moment with a time zone, got {moment.isoformat()}")
    return moment.astimezone(VIETNAM)


def _language(tag: str) -> str:
    return tag.partition("-")[0].lower()


def _syllable(word: str) -> tuple[tuple[int, ...], int]:
    """The ranks of a syllable's letters and the tone that one of them carries; `word` is in normal form D."""
    if _DIGITS.fullmatch(word):
        number = word.lstrip("0")
        return (0, len(number), *map(ord, number)), 0
    tone = max((_TONES.get(character, 0) for character in word), default=0)
    letters = nfc("".join(character for character in word if character not in _TONES))
    return tuple(_RANK.get(letter, ord(letter)) for letter in letters), tone
