"""Check digits, check characters and character sets (floor 0).

======================  ===============================================  =====================================
function                used for                                         source
======================  ===============================================  =====================================
`check_digit`           GTIN, SSCC, GLN, GSIN, GSRN, GDTI, GCN, GRAI     GS1 General Specifications, 7.9
`check_pair`            GMN (AI 8013)                                    GS1 General Specifications, GMN
`check_character`       the house's product code `/P/`                   ISO 7064 hybrid system MOD 37,36
`iban_remainder`        IBAN (AI 8007)                                   ISO 13616, ISO 7064 MOD 97-10
======================  ===============================================  =====================================

Arguments are characters of the named set: callers have matched the set before (`ai.py`, `identifier.py`), so
nothing here raises for content.

>>> check_digit("952123454321"), check_digit("0952123454321")
('3', '3')
>>> check_pair("1987654Ad4X4bL5ttr2310c")
'2K'
>>> check_character("4VTR0QB")
'4'
"""

CSET_82 = "!\"%&'()*+,-./0123456789:;<=>?ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"
"""The GS1 AI encodable character set 82, in the order of its values (General Specifications, figure 7.11-1)."""

CSET_39 = "#-/0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
"""The GS1 AI encodable character set 39 (figure 7.11-2)."""

CSET_64 = "-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz="
"""The GS1 file-safe, URI-safe base64 set 64 (figure 7.11-3), with its padding character."""

ALPHABET_36 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
"""The alphabet of MOD 37,36, in the order of its values."""

_CSET_32 = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
_PRIMES = (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83)


def check_digit(digits: str) -> str:
    """The GS1 check digit that follows `digits` (ASCII digits): weights 3, 1, 3 … from the right, modulo 10."""
    values = digits.encode("ascii")
    odd = sum(values[-1::-2]) - 48 * len(values[-1::-2])
    even = sum(values[-2::-2]) - 48 * len(values[-2::-2])
    return str(-(3 * odd + even) % 10)


def check_pair(body: str) -> str:
    """The two check characters that follow `body` (CSET 82, at most 23 characters).

    Each character's value times the prime of its distance from the right end (2, 3, 5 …), summed modulo 1021;
    the ten bits of the sum are two values of five bits.
    """
    total = sum(CSET_82.index(c) * p for c, p in zip(reversed(body), _PRIMES, strict=False)) % 1021
    return _CSET_32[total >> 5] + _CSET_32[total & 31]


def check_character(body: str) -> str:
    """The ISO 7064 MOD 37,36 check character (0-9, A-Z) that follows `body` (0-9, A-Z)."""
    product = 36
    for character in body:
        total = (product + ALPHABET_36.index(character)) % 36 or 36
        product = total * 2 % 37
    return ALPHABET_36[(37 - product) % 36]


def iban_remainder(iban: str) -> int:
    """The remainder of an IBAN (0-9, A-Z, at least 4 characters) modulo 97; a right one gives 1."""
    return int("".join(str(int(c, 36)) for c in iban[4:] + iban[:4])) % 97
