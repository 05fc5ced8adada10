"""The identifiers this service serves: a product, a batch of it, one item of that batch (floor 0).

An identifier has one path, and a path one identifier:

    with a GTIN      /01/<gtin14>/10/<lot>/21/<serial>
    without one      /P/<code>/10/<lot>/21/<serial>

- `gtin14` is 14 digits with a right check digit.
- `code` is 7 characters of Crockford's base32 (0-9, A-Z without I, L, O, U; upper case) and one check
  character over them by ISO 7064 MOD 37,36. Bodies whose check character would be I, L, O or U are never
  handed out, so a code holds none of the letters that people mix up.
- `lot` and `serial` are 1 to 20 characters of A-Z, 0-9 and hyphen. Either part may be absent from the right:
  a serial needs its lot.

`key` is the first part as it stands in the signed message (`docs/formats.md`): the 14 digits, or `P/` and the
code. Items are numbered 1 to 999,999 and their serials are written with six digits, so a page can say
"số 12/300".

>>> item = identifier("09521234543213", "L2609A", item_serial(12))
>>> item.path, item.number
('/01/09521234543213/10/L2609A/21/000012', 12)
>>> item.batch.path
'/01/09521234543213/10/L2609A'
>>> identifier("P/" + product_code("4VTR0QB")).path
'/P/4VTR0QB4'
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from ocop.trace.gs1.check import check_character, check_digit
from ocop.trace.gs1.errors import LinkError

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""The alphabet of a product code's body, in the order of its values (Douglas Crockford, "Base 32")."""

CODE_BITS = 35
MAX_ITEM = 999_999

_GTIN = re.compile(r"[0-9]{14}", re.ASCII)
_CODE = re.compile(f"[{CROCKFORD}]{{8}}", re.ASCII)
_BODY = re.compile(f"[{CROCKFORD}]{{7}}", re.ASCII)
_PART = re.compile(r"[A-Z0-9-]{1,20}", re.ASCII)
_NUMBER = re.compile(r"[0-9]{6}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Identifier:
    """What a link names. Make one with `identifier()`, which checks it; the fields here are taken as right."""

    key: str
    lot: str = ""
    serial: str = ""

    @property
    def path(self) -> str:
        """The canonical path, e.g. `/P/4VTR0QB4/10/L1/21/000012`; it needs no escapes."""
        path = f"/{self.key}" if self.key[0] == "P" else f"/01/{self.key}"
        if self.lot:
            path += f"/10/{self.lot}"
        return f"{path}/21/{self.serial}" if self.serial else path

    @property
    def batch(self) -> "Identifier":
        """The same without the serial."""
        return Identifier(self.key, self.lot)

    @property
    def product(self) -> "Identifier":
        """The same without lot and serial."""
        return Identifier(self.key)

    @property
    def number(self) -> int | None:
        """The item's number 1..999,999; None without a serial or when the serial isn't one we issue."""
        if not _NUMBER.fullmatch(self.serial):
            return None
        return int(self.serial) or None


def identifier(key: str, lot: str = "", serial: str = "") -> Identifier:
    """The checked identifier.

    Args:
        key: 14 digits of a GTIN, or `P/` and a product code of 8 characters.
        lot: 1 to 20 of A-Z, 0-9, `-`; empty for the product as a whole.
        serial: as `lot`; empty for the batch as a whole.

    Raises:
        LinkError: `gtin`, `check_digit`, `code`, `code_case`, `code_check`, `lot`, `serial`, `lot_missing`.
    """
    _check_key(key)
    if lot:
        _check_part("lot", lot)
    if serial:
        _check_part("serial", serial)
        if not lot:
            raise LinkError("lot_missing", "a lot before the serial", serial, "write /10/<lot>/21/<serial>")
    return Identifier(key, lot, serial)


def item_serial(number: int) -> str:
    """The serial of item `number`, six digits.

    Raises:
        LinkError: `item_number` when the number is outside 1..999,999.
    """
    if not 1 <= number <= MAX_ITEM:
        raise LinkError("item_number", "an item number from 1 to 999999", str(number), "split the batch")
    return f"{number:06d}"


def product_code(body: str) -> str:
    """The product code of a body: the 7 characters and their check character.

    Raises:
        LinkError: `code` for a body outside the alphabet, `code_unusable` when its check is I, L, O or U.
    """
    if not _BODY.fullmatch(body):
        raise LinkError("code", f"7 characters of {CROCKFORD}", body)
    check = check_character(body)
    if check not in CROCKFORD:
        raise LinkError("code_unusable", "a body whose check character is not I, L, O or U", body + check)
    return body + check


def new_product_code(random_bits: int) -> str:
    """The product code made of 35 random bits; the bits come from the caller (`secrets.randbits(CODE_BITS)`).

    A body that may not be handed out gives way to the next one, so the same bits always give the same code.
    The caller asks its register whether the code is taken and comes back with other bits.

    Raises:
        LinkError: `random_bits` when the number doesn't fit in 35 bits.
    """
    if not 0 <= random_bits < 1 << CODE_BITS:
        raise LinkError("random_bits", f"an integer of {CODE_BITS} bits", str(random_bits))
    while (check := check_character(body := _body(random_bits))) not in CROCKFORD:
        random_bits = (random_bits + 1) % (1 << CODE_BITS)
    return body + check


def _body(bits: int) -> str:
    return "".join(CROCKFORD[bits >> shift & 31] for shift in range(30, -1, -5))


# A scan asks about the same few products again and again; the answer depends on the key alone.
@lru_cache(maxsize=4096)
def _check_key(key: str) -> None:
    if key[:2] == "P/":
        _check_code(key[2:])
    elif not _GTIN.fullmatch(key):
        raise LinkError("gtin", "a GTIN of 14 digits", key, "pad a shorter GTIN with zeros on the left")
    elif (digit := check_digit(key[:13])) != key[13]:
        raise LinkError("check_digit", f"check digit {digit} at the end of the GTIN", key, "type it again")


def _check_code(code: str) -> None:
    if not _CODE.fullmatch(code):
        if _CODE.fullmatch(code.upper()):
            raise LinkError("code_case", "a product code in upper case", code, f"write {code.upper()}")
        raise LinkError("code", f"a product code of 8 characters of {CROCKFORD}", code)
    if check_character(code[:7]) != code[7]:
        hint = "one character differs from what was issued; type it again"
        raise LinkError("code_check", "a product code with its right check character", code, hint)


def _check_part(name: str, value: str) -> None:
    if not _PART.fullmatch(value):
        hint = "lower case, spaces and marks are not used here"
        raise LinkError(name, f"a {name} of 1 to 20 characters of A-Z, 0-9 and hyphen", value, hint)
