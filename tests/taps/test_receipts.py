"""A receipt is our word for one tap of one chip on one item, under our secret, for fifteen minutes."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from ocop.trace.facts import BoundChip
from ocop.trace.taps import Receipt, Receipts

NOW = datetime(2026, 11, 23, 4, 5, 6, tzinfo=UTC)
PATH = b"/01/09521234543213/10/L2609A/21/000001"
CHIP = BoundChip(7, bytes.fromhex("04015f1eacc040"), "sun", "full", "live", 1, 1)
OURS, TAP = Receipts(bytes(range(32))), Receipt(0x2A, NOW, 3)
VALUE = OURS.write(PATH, CHIP, TAP)


def test_a_receipt_comes_back_as_it_was_written() -> None:
    assert OURS.read(VALUE, PATH, CHIP, NOW) == TAP


def test_a_receipt_is_good_for_nothing_else() -> None:
    assert Receipts(bytes(32)).read(VALUE, PATH, CHIP, NOW) is None, "under another secret"
    assert OURS.read(VALUE, PATH[:-1] + b"2", CHIP, NOW) is None, "on another item"
    assert OURS.read(VALUE, PATH, replace(CHIP, id=8), NOW) is None, "of the chip that took its place"


@pytest.mark.parametrize("part", ["counter", "time", "rise", "mac"])
def test_no_part_of_a_receipt_can_be_altered(part: str) -> None:
    counter, at, rise, mac = VALUE.split(b"-")
    altered = {
        "counter": (b"00002B", at, rise, mac),
        "time": (counter, b"%d" % (int(at) + 1), rise, mac),
        "rise": (counter, at, b"01", mac),
        "mac": (counter, at, rise, (b"0" if mac[:1] != b"0" else b"1") + mac[1:]),
    }[part]
    assert OURS.read(b"-".join(altered), PATH, CHIP, NOW) is None


@pytest.mark.parametrize(
    ("seconds", "good"), [(-61, False), (-60, True), (900, True), (901, False)],
)  # fmt: skip
def test_a_receipt_holds_for_fifteen_minutes_and_a_clock_that_is_a_minute_behind(
    seconds: int, good: bool
) -> None:
    assert (OURS.read(VALUE, PATH, CHIP, NOW + timedelta(seconds=seconds)) is not None) is good
