"""NDEF: what a phone must find, and what hostile memory must not do."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ocop.trace.tags.errors import ChipError
from ocop.trace.tags.ndef import (
    PREFIXES,
    CapabilityContainer,
    ControlTlv,
    NdefError,
    Truncated,
    decode_uri,
    encode_uri,
    from_type4,
    read_type2,
    to_type2,
    to_type4,
    type2_offset,
)

links = st.text(st.characters(min_codepoint=0x21, exclude_characters="\x7f", exclude_categories=["Cs"]), min_size=1,
                max_size=400)  # fmt: skip


def test_the_worked_example_of_the_module_is_what_is_written() -> None:
    message = encode_uri("https://a.vn/x")
    assert message.hex() == "d101075504612e766e2f78"
    assert to_type2(message).hex() == "030bd101075504612e766e2f78fe"
    assert to_type4(message, 256).hex() == "000bd101075504612e766e2f78"


def test_the_file_of_the_application_note_is_written(vectors: Callable[[str], Any]) -> None:
    # AN12196 prints 005E in its text; the bytes it sends have the right 0051.
    link = vectors("an12196")["write_ndef"]["url"]
    assert to_type4(encode_uri(link), 256).startswith(
        bytes.fromhex("0051d1014d5504") + b"choose.url.com/ntag424?e=0"
    )


def test_the_longest_prefix_is_taken() -> None:
    assert encode_uri("https://www.a.vn")[4] == 0x02
    assert encode_uri("http://a.vn")[4] == 0x03
    assert encode_uri("urn:epc:id:sgtin:1")[4] == 0x1E
    assert PREFIXES[0x23] == "urn:nfc:"


def test_query_characters_stay_as_they_are() -> None:
    link = "https://a.vn/x?s=%41&m=0x0"
    assert decode_uri(encode_uri(link)) == link


@given(links)
def test_every_link_comes_back(link: str) -> None:
    message = encode_uri(link)
    assert decode_uri(message) == link
    assert read_type2(to_type2(message) + b"\x00" * 9)[0] == message
    assert from_type4(to_type4(message, 4096) + b"junk") == message


@pytest.mark.parametrize("length", [254, 255, 256, 300])
def test_long_messages_get_the_three_byte_length_at_255(length: int) -> None:
    tlv = to_type2(bytes(length))
    assert type2_offset(bytes(length)) == (2 if length < 255 else 4)
    assert tlv[type2_offset(bytes(length)) :] == bytes(length) + b"\xfe"
    assert read_type2(tlv)[0] == bytes(length)


def test_lock_and_memory_control_blocks_are_stepped_over_and_kept() -> None:
    # The factory memory of an NTAG213 begins with a lock control TLV.
    area = bytes.fromhex("0103a00c34000203101112fd01770300fe")
    message, controls = read_type2(area)
    assert message == b""
    assert controls == (ControlTlv(1, bytes.fromhex("a00c34")), ControlTlv(2, bytes.fromhex("101112")))


def test_a_terminator_before_a_message_is_an_empty_tag() -> None:
    assert read_type2(b"\x00\x00\xfe\x03\x01\xff") == (None, ())


@pytest.mark.parametrize("area", ["", "00", "03", "03ff", "03ff00", "0305d101", "03ffffff00", "0103a0"])
def test_memory_that_ends_too_early_is_said_to_be_truncated(area: str) -> None:
    with pytest.raises(Truncated):
        read_type2(bytes.fromhex(area))


def test_a_control_block_of_another_length_is_refused() -> None:
    with pytest.raises(NdefError, match="of 3 bytes, got 2"):
        read_type2(bytes.fromhex("0102a00cfe"))


@pytest.mark.parametrize(
    "message",
    ["", "d1", "d10100", "d1010055", "d101015524", "d101025504", "d1010355046161ff", "91010355046161",
     "d2010355046161", "d9010355046161", "d1020355046161", "d101035404616100", "d1010255040000", "d101025504ff",
     "c10100000003550461", "f1010355046161"],
)  # fmt: skip
def test_a_message_that_is_not_one_link_is_refused(message: str) -> None:
    with pytest.raises(NdefError):
        decode_uri(bytes.fromhex(message))


@given(st.binary(max_size=80))
def test_hostile_memory_raises_nothing_but_our_error(memory: bytes) -> None:
    for codec in (decode_uri, read_type2, from_type4, CapabilityContainer.decode):
        with suppress(ChipError):
            codec(memory)


@pytest.mark.parametrize("link", ["", "a b", "https://a\n", "https://a\x7f", "https://\ud800"])
def test_a_text_that_is_no_link_is_not_written(link: str) -> None:
    with pytest.raises(NdefError):
        encode_uri(link)


def test_a_link_that_does_not_fit_says_how_much_would() -> None:
    with pytest.raises(NdefError, match="at most 254 bytes for this chip, got a message of 255"):
        to_type4(bytes(255), 256)


def test_nlen_zero_is_empty_and_nlen_beyond_the_file_is_an_error() -> None:
    assert from_type4(bytes(256)) is None
    with pytest.raises(NdefError, match="expected 9 bytes after NLEN, got 1"):
        from_type4(b"\x00\x09x")


def test_the_capability_container_of_a_type_4_tag_is_read() -> None:
    cc = CapabilityContainer.decode(
        bytes.fromhex("001720010000ff0406e104010000000506e10500808283") + bytes(9)
    )
    assert (cc.file_id, cc.file_size, cc.read_access, cc.write_access) == (0xE104, 256, 0, 0)
    with pytest.raises(NdefError, match="0406"):
        CapabilityContainer.decode(bytes.fromhex("000f20010000ff0506e10401000000"))
