"""SUN: real taps are accepted, everything else is not, and lengths are fixed."""

import json
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ocop.trace.tags import sun
from ocop.trace.tags.secure import SecureError, cmac
from ocop.trace.tags.sun import FalseMac, Mirror, SunError

h = bytes.fromhex
SUN = json.loads((Path(__file__).resolve().parent.parent / "vectors/sun.json").read_text())


@pytest.mark.parametrize("v", SUN["accepted"], ids=lambda v: f"{v['uid']}-{v['counter']}")
def test_a_tap_of_a_real_chip_is_accepted(v: dict[str, Any]) -> None:
    sun.check(h(v["key"]), h(v["uid"]), v["counter"], h(v["mac"]))


@pytest.mark.parametrize("v", SUN["refused"], ids=lambda v: v["name"])
def test_a_tap_is_refused(v: dict[str, Any]) -> None:
    with pytest.raises(FalseMac):
        sun.check(h(v["key"]), h(v["uid"]), v["counter"], h(v["mac"]))


def test_the_session_key_is_the_one_of_the_application_note(vectors: Callable[[str], Any]) -> None:
    v = vectors("sun")["session_keys"]
    vector = b"\x3c\xc3\x00\x01\x00\x80" + h(v["uid"]) + v["counter"].to_bytes(3, "little")
    assert cmac(h(v["key"]), vector) == h(v["mac"])
    assert sun.mac(h(v["key"]), h(v["uid"]), v["counter"]) == cmac(h(v["mac"]), b"")[1::2]


@pytest.mark.parametrize("uid", ["", "041E3C8A2D6B", "041E3C8A2D6B8000", "041E3C8A"])
def test_a_uid_of_another_length_is_refused(uid: str) -> None:
    with pytest.raises(SecureError, match="UID of 7 bytes"):
        sun.check(bytes(16), h(uid), 0, bytes(8))


@pytest.mark.parametrize("counter", [-1, 0x1000000])
def test_a_counter_out_of_range_is_refused(counter: int) -> None:
    with pytest.raises(SunError, match="0 to 16777215"):
        sun.mac(bytes(16), bytes(7), counter)


def test_the_mirror_is_read_most_significant_first() -> None:
    assert Mirror.parse("041E3C8A2D6B80x00003D") == Mirror(h("041e3c8a2d6b80"), 61)


@pytest.mark.parametrize(
    "text",
    ["", "041E3C8A2D6B80", "041E3C8A2D6B80x06", "041E3C8A2D6B80x0000006", "041e3c8a2d6b80x000006",
     "041E3C8A2D6B80X000006", "041E3C8A2D6B80x000006\n", " 041E3C8A2D6B80x000006", "041E3C8A2D6B8٠x000006",
     "041E3C8A2D6B80x00000G", "041E3C8A2D6B80x000006x000006", "é" * 21],
)  # fmt: skip
def test_a_mirror_of_any_other_shape_is_refused(text: str) -> None:
    with pytest.raises(SunError, match="14 upper-case hex digits"):
        Mirror.parse(text)


@pytest.mark.parametrize(
    "text", ["", "94EED9EE6533708", "94EED9EE653370866", "94eed9ee65337086", "94EED9EE6533708٦"]
)
def test_a_mac_of_any_other_shape_is_refused(text: str) -> None:
    with pytest.raises(SunError, match="16 upper-case hex digits"):
        sun.parse_mac(text)


@given(st.binary(min_size=7, max_size=7), st.integers(0, 0xFFFFFF))
def test_a_mirror_comes_back_as_it_was(uid: bytes, counter: int) -> None:
    mirror = Mirror(uid, counter)
    assert Mirror.parse(mirror.text()) == mirror
    assert len(mirror.text()) == sun.MIRROR_LENGTH


@given(st.text(max_size=40))
def test_any_text_is_a_mirror_or_our_error(text: str) -> None:
    for parse in (Mirror.parse, sun.parse_mac):
        with suppress(SunError):
            parse(text)


@given(
    st.binary(min_size=16, max_size=16),
    st.binary(min_size=7, max_size=7),
    st.integers(0, 0xFFFFFE),
    st.integers(0, 63),
)
def test_a_tap_fits_its_own_key_uid_and_counter_only(key: bytes, uid: bytes, counter: int, bit: int) -> None:
    good = sun.mac(key, uid, counter)
    sun.check(key, uid, counter, good)
    flipped = bytearray(good)
    flipped[bit // 8] ^= 1 << bit % 8
    other_uid = bytes([uid[0] ^ 1]) + uid[1:]
    for wrong in (
        (key, uid, counter + 1, good),
        (key, other_uid, counter, good),
        (key, uid, counter, bytes(flipped)),
    ):
        with pytest.raises(FalseMac):
            sun.check(*wrong)
