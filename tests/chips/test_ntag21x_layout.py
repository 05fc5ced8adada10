"""NTAG213/215/216: the memory map, the configuration and the writing plan."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ocop.trace.tags.errors import BadAnswer, WrongChip
from ocop.trace.tags.link import Content
from ocop.trace.tags.ndef import NdefError
from ocop.trace.tags.ntag21x import (
    FACTORY_CONFIG,
    MODELS,
    NTAG213,
    NTAG215,
    NTAG216,
    Config,
    Locks,
    Model,
    content,
    image,
    parse_uid,
    parse_version,
)

h = bytes.fromhex


@pytest.mark.parametrize(
    ("model", "user", "dynamic", "cfg0", "last"),
    [(NTAG213, 144, 0x28, 0x29, 0x2C), (NTAG215, 504, 0x82, 0x83, 0x86), (NTAG216, 888, 0xE2, 0xE3, 0xE6)],
)
def test_the_memory_map_is_the_datasheets(
    model: Model, user: int, dynamic: int, cfg0: int, last: int
) -> None:
    assert (model.user_bytes, model.dynamic_lock, model.cfg0, model.last) == (user, dynamic, cfg0, last)


@pytest.mark.parametrize(
    ("answer", "model"),
    [("0004040201000F03", NTAG213), ("0004040201001103", NTAG215), ("0004040201001303", NTAG216)],
)
def test_each_model_says_its_version(answer: str, model: Model) -> None:
    assert parse_version(h(answer)) is model


@pytest.mark.parametrize(
    "answer", ["", "00", "000404020100", "0004030101000B03", "0004040201001104", "00" * 9]
)
def test_a_copy_or_another_type_is_refused_with_a_sentence(answer: str) -> None:
    with pytest.raises(WrongChip, match=r"expected (the chip to say its version|an NTAG215 or NTAG216)"):
        parse_version(h(answer))


def test_an_ntag213_is_too_small_and_the_sentence_says_so(base: str) -> None:
    with pytest.raises(WrongChip, match="at most 137 bytes"):
        image(NTAG213, base)


def test_the_uid_is_read_with_its_check_bytes() -> None:
    # Check bytes by ISO 14443-3: 88 ^ uid0..2, and the exclusive or of uid3..6.
    assert parse_uid(h("04de5f0d1eacc040320000")) == h("04de5f1eacc040")
    for wrong in ("04de5f0c1eacc04032", "04de5f0d1eacc04033", "04de5f0d1eacc040"):
        with pytest.raises(BadAnswer):
            parse_uid(h(wrong))


def test_the_factory_configuration_is_read() -> None:
    assert FACTORY_CONFIG.auth0 == 0xFF
    assert (FACTORY_CONFIG.mirror, FACTORY_CONFIG.counter, FACTORY_CONFIG.locked) == (0, False, False)


@given(st.binary(min_size=8, max_size=8))
def test_every_configuration_comes_back_with_its_reserved_bits(pages: bytes) -> None:
    assert Config.decode(pages).encode() == pages


def test_the_worked_example_of_the_module_holds() -> None:
    made = image(NTAG215, "https://" + "h" * 7 + "?s=" + "A" * 90)
    assert made.mirror_at == 110
    assert made.config(FACTORY_CONFIG).encode()[:4] == h("e4001f02")


@pytest.mark.parametrize("model", [NTAG215, NTAG216])
def test_the_mirror_stands_on_its_zeros_and_ends_inside_the_memory(model: Model, base: str) -> None:
    made = image(model, base)
    assert made.mirror_at is not None
    assert made.data[made.mirror_at :] == b"00000000000000x000000\xfe"
    config = made.config(FACTORY_CONFIG)
    assert ((config.mirror_page - 4) * 4 + config.mirror_byte) == made.mirror_at
    assert (config.mirror, config.counter, config.auth0, config.protect_reading) == (3, True, 2, False)
    assert config.attempts == 0


def test_a_chip_written_without_mirror_keeps_its_link_as_it_is(base: str) -> None:
    made = image(NTAG215, base, mirror=False)
    assert (made.link, made.static, made.mirror_at) == (base, base, None)
    assert made.config(FACTORY_CONFIG).mirror == 0


@given(st.integers(1, 300), st.sampled_from([NTAG215, NTAG216]))
def test_the_writing_plan_empties_first_and_shows_the_link_last(length: int, model: Model) -> None:
    made = image(model, "https://" + "h" * length + "?s=")
    pages = made.pages()
    assert pages[0] == (4, h("0300fe00"))
    assert pages[-1][0] == 4
    memory = bytearray(model.user_bytes)
    for number, data in pages[:-1]:
        memory[(number - 4) * 4 : (number - 3) * 4] = data
        assert content(bytes(memory)) == Content()
    memory[0:4] = pages[-1][1]
    assert content(bytes(memory)).link == made.link  # type: ignore[union-attr]


def test_a_link_beyond_the_capability_container_is_refused() -> None:
    image(NTAG215, "https://" + "h" * 456 + "?s=")
    with pytest.raises(NdefError, match="at most 496 bytes for an NTAG215, got 497"):
        image(NTAG215, "https://" + "h" * 457 + "?s=")


@pytest.mark.parametrize(
    ("static", "dynamic", "model", "pages"),
    [("0000", "000000", NTAG215, set()), ("0800", "000000", NTAG215, {3}), ("1080", "000000", NTAG215, {4, 15}),
     ("0700", "0000ff", NTAG215, set()), ("0000", "0100bd", NTAG213, {16, 17}),
     ("0000", "8000bd", NTAG215, {128, 129}), ("0000", "0020bd", NTAG216, set(range(224, 226)))],
)  # fmt: skip
def test_lock_bits_name_their_pages(static: str, dynamic: str, model: Model, pages: set[int]) -> None:
    assert Locks.decode(model, h(static), h(dynamic)).pages == pages


def test_reading_goes_on_until_the_link_is_whole() -> None:
    assert content(h("030bd101"), whole=False) is None
    assert content(bytes(16), whole=False) is None
    assert content(bytes(504)) == Content()
    assert content(b"\x03\x09" + b"\xd1" * 4) == Content(garbled=True)


@given(st.binary(max_size=100), st.booleans())
def test_any_memory_is_judged_without_an_error(memory: bytes, whole: bool) -> None:
    content(memory, whole)


def test_the_models_are_three() -> None:
    assert [model.name for model in MODELS] == ["NTAG213", "NTAG215", "NTAG216"]
