"""Vietnamese telephone numbers as people write them, to one form (floor 3, pure).

>>> normal("0912 345 678"), normal("+84 (0) 912.345.678"), normal("0084912345678")
('+84912345678', '+84912345678', '+84912345678')
>>> normal("0162 345 6789")                              # eleven digits, before 2018
'+84323456789'
>>> shown("+84912345678")
'0912 345 678'
"""

import re

from ocop.trace.registry.errors import BadValue

MOBILE = re.compile(r"[35789][0-9]{8}", re.ASCII)
FIXED = re.compile(r"2[0-9]{8,9}", re.ASCII)
# The change of 2018: five digits of old mobile numbers became four.
_OLD = {
    "162": "32", "163": "33", "164": "34", "165": "35", "166": "36", "167": "37", "168": "38", "169": "39",
    "120": "70", "121": "79", "122": "77", "126": "76", "128": "78", "123": "83", "124": "84", "125": "85",
    "127": "81", "129": "82", "186": "56", "188": "58", "199": "59",
}  # fmt: skip


def normal(text: str) -> str:
    """The number in E.164. Raises BadValue."""
    digits = re.sub(r"[\s.()\-\u2010-\u2015]", "", text)
    plus = digits.startswith("+")
    digits = digits.removeprefix("+")
    if not (digits.isascii() and digits.isdigit()):
        raise BadValue("phone", "a telephone number", text[:40], "such as 0912 345 678")
    if not plus and digits.startswith("00"):
        digits, plus = digits[2:], True
    if plus or (digits.startswith("84") and len(digits) >= 11):
        if not digits.startswith("84"):
            raise BadValue("phone", "a number of Viet Nam (+84)", text[:40], "such as 0912 345 678")
        digits = digits[2:]
    local = digits.removeprefix("0")
    if len(local) == 10 and local[:3] in _OLD:
        local = _OLD[local[:3]] + local[3:]
    if not (MOBILE.fullmatch(local) or FIXED.fullmatch(local)):
        raise BadValue("phone", "a telephone number", text[:40], "such as 0912 345 678")
    return f"+84{local}"


def shown(phone: str) -> str:
    """The number as it is written at home, in groups."""
    local = "0" + phone.removeprefix("+84")
    return f"{local[:4]} {local[4:7]} {local[7:]}" if len(local) == 10 else local
