"""The number on a label: what a handheld scanner types, or a person.

    number_on("https://demo.invalid/P/4VTR0QB4/10/L1/21/000012?s=01..", {"L1"}) == 12
    number_on("12", {"L1"}) == 12

A scanner types the whole link of the QR and Enter. Its lot must be one that is being written: a label of the next
pallet would else put a chip on the wrong goods. A number typed by hand cannot be checked so; the server
still refuses one that the plan does not have or that has its chip.
"""

from collections.abc import Collection

from ocop.trace.gs1.digital_link import parse_uri, served
from ocop.trace.gs1.errors import LinkError

MAX_TEXT = 2048


class LabelNotRead(ValueError):
    """Neither a number nor the link of an item."""


class OtherLot(ValueError):
    """The link of an item of a lot that is not being written."""


def number_on(text: str, lots: Collection[str]) -> int:
    """The item's number, 1 to 999,999. Raises LabelNotRead, OtherLot."""
    text = text.strip()
    if text.isascii() and text.isdigit() and 1 <= len(text) <= 6 and int(text) > 0:
        return int(text)
    try:
        found = served(parse_uri(text[:MAX_TEXT]))
    except LinkError as error:
        raise LabelNotRead(text[:80]) from error
    if found is None or found.number is None:
        raise LabelNotRead(text[:80])
    if found.lot not in lots:
        raise OtherLot(found.lot)
    return found.number
