"""Raw commands for an NTAG21x through each kind of reader."""

import pytest
from ocop.hardware.pcsc_type2 import Door, Garbled, door_of, unwrap, wrap

VERSION = "0004040201001103"


@pytest.mark.parametrize(
    ("name", "door"),
    [
        ("ACS ACR122U PICC Interface 00 00", Door.PN532),
        ("ACS ACR122 0", Door.PN532),
        ("ACS ACR1222 1S CL Reader PICC 0", Door.BARE),
        ("ACS ACR1581 1S Dual Reader PICC 0", Door.BARE),
        ("ACS ACR1252 1S CL Reader [ACR1252 Reader PICC] 00 00", Door.BARE),
        ("HID Global OMNIKEY 5022 Smart Card Reader 0", Door.TRANSPARENT),
    ],
)
def test_a_reader_is_known_by_its_name(name: str, door: Door) -> None:
    assert door_of(name) is door


@pytest.mark.parametrize(
    ("door", "command", "apdu", "answer", "found"),
    [
        (Door.PN532, "60", "FF00000003D44260", f"D54300{VERSION}9000", VERSION),
        (Door.PN532, "1B52840008", "FF00000007D4421B52840008", "D54300800800009000", "80080000"),
        (Door.PN532, "60", "FF00000003D44260", "D543019000", ""),
        (Door.PN532, "60", "FF00000003D44260", "D5430155669000", ""),  # what came with an error is none
        (
            Door.PN532,
            "60",
            "FF00000003D44260",
            f"D543C0{VERSION}9000",
            VERSION,
        ),  # two flags stand beside the error
        (Door.PN532, "60", "FF00000003D44260", "6300", ""),
        (Door.BARE, "60", "FF0000000160", f"{VERSION}9000", VERSION),
        (Door.BARE, "60", "FF0000000160", "6300", ""),
        (Door.TRANSPARENT, "60", "FFC200010395016000", f"C0030090009708{VERSION}9000", VERSION),
        (Door.TRANSPARENT, "60", "FFC200010395016000", "C0030064019000", ""),
        (Door.PN532, "3A0406", "FF00000005D4423A0406", f"D54300{'5A' * 12}9000", "5A" * 12),
        # an answer that is shorter than it says, and one whose bytes look like the tag of an answer
        (Door.TRANSPARENT, "60", "FFC200010395016000", "C003009000970800049000", ""),
        (
            Door.TRANSPARENT,
            "60",
            "FFC200010395016000",
            f"C003970100 9708{VERSION}9000".replace(" ", ""),
            VERSION,
        ),
        (Door.PN532, "3004", "FFB0000410", "00" * 16 + "9000", "00" * 16),
        (Door.BARE, "3004", "FFB0000410", "6300", "00"),
        (Door.PN532, "A204AABBCCDD", "FFD6000404AABBCCDD", "9000", "0A"),
        (Door.BARE, "A204AABBCCDD", "FFD6000404AABBCCDD", "6300", "00"),
    ],
)
def test_a_command_goes_out_and_its_answer_comes_back(
    door: Door, command: str, apdu: str, answer: str, found: str
) -> None:
    raw = bytes.fromhex(command)
    assert wrap(door, raw).hex().upper() == apdu
    assert unwrap(door, raw, bytes.fromhex(answer)).hex().upper() == found


@pytest.mark.parametrize(
    ("door", "command", "answer"),
    [
        (Door.BARE, "3A0406", "00" * 14 + "9000"),  # an answer that is too long by two
        (Door.PN532, "3004", "00" * 15 + "9000"),
        (Door.PN532, "60", "0004040201001103" + "9000"),  # not the PN532's
        (Door.PN532, "60", "D5439000"),  # without what it says of itself
        (Door.BARE, "60", ""),
    ],
)
def test_an_answer_of_the_wrong_shape_is_not_taken_for_one(door: Door, command: str, answer: str) -> None:
    with pytest.raises(Garbled):
        unwrap(door, bytes.fromhex(command), bytes.fromhex(answer))
