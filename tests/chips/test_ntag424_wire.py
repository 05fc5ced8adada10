"""The NTAG 424 DNA's settings, template, version and status words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ocop.trace.tags import ntag424
from ocop.trace.tags.errors import BadAnswer, ChipError, WrongChip
from ocop.trace.tags.link import AlreadyWritten, Content, static_part
from ocop.trace.tags.ndef import NdefError, decode_uri, encode_uri, from_type4
from ocop.trace.tags.ntag424 import FREE, FileSettings, Sdm, StatusError, Version, accepted, template

offset = st.integers(0, 255)
nibble = st.integers(0, 15)


@st.composite
def all_settings(draw: st.DrawFn) -> FileSettings:
    """Any settings whose offsets stand exactly where they apply."""
    uid, counter, enc = draw(st.booleans()), draw(st.booleans()), draw(st.booleans())
    meta, file = draw(st.sampled_from([0, 4, FREE, 15])), draw(st.sampled_from([0, 2, 15]))
    macs, plain = file != 15, meta == FREE
    enc = enc and macs
    sdm = Sdm(
        meta, file, draw(nibble), uid, counter,
        uid_offset=draw(offset) if uid and plain else None,
        counter_offset=draw(offset) if counter and plain else None,
        picc_offset=draw(offset) if meta < 5 else None,
        mac_input_offset=draw(offset) if macs else None,
        enc_offset=draw(offset) if enc else None, enc_length=draw(offset) if enc else None,
        mac_offset=draw(offset) if macs else None,
        limit=draw(st.none() | st.integers(0, 0xFFFFFF)),
    )  # fmt: skip
    with_sdm = draw(st.booleans())
    return FileSettings(draw(st.integers(0, 3)), *(draw(nibble) for _ in range(4)), sdm if with_sdm else None)


@given(all_settings(), st.integers(0, 0xFFFFFF))
def test_settings_come_back_as_they_were(settings: FileSettings, size: int) -> None:
    assert FileSettings.decode(settings.encode()) == settings
    assert FileSettings.decode_full(settings.encode_full(size)) == (settings, size)


@given(st.binary(max_size=40))
def test_any_bytes_are_settings_or_our_error(data: bytes) -> None:
    for decode in (FileSettings.decode, FileSettings.decode_full):
        try:
            decode(data)
        except BadAnswer:
            continue


def test_an_offset_that_applies_and_is_missing_is_refused() -> None:
    with pytest.raises(ChipError, match="expected uid_offset in these settings, got none"):
        FileSettings(
            0, FREE, 0, 0, 0, Sdm(FREE, 2, 3, counter_offset=1, mac_input_offset=1, mac_offset=1)
        ).encode()


def test_factory_settings_are_those_of_the_datasheet() -> None:
    assert ntag424.FACTORY_NDEF.encode_full(256).hex() == "0000e0ee000100"


def test_the_template_puts_each_mirror_on_its_zeros(base: str) -> None:
    made = template(base)
    sdm = made.settings.sdm
    assert sdm is not None
    assert sdm.uid_offset is not None
    assert sdm.counter_offset is not None
    assert sdm.mac_offset is not None
    assert made.file[sdm.uid_offset :][:21] == b"00000000000000x000000"
    assert made.file[sdm.counter_offset :][:6] == b"000000"
    assert made.file[sdm.mac_offset - 3 :] == b"&c=" + b"0" * 16
    assert sdm.mac_input_offset == sdm.mac_offset
    assert decode_uri(from_type4(made.file) or b"") == made.link
    assert made.static == base


def test_after_the_settings_only_key_0_writes_and_everyone_reads(base: str) -> None:
    settings = template(base).settings
    assert (settings.read, settings.write, settings.read_write, settings.change) == (FREE, 0, 0, 0)


def test_host_and_path_of_113_characters_fit_and_114_do_not() -> None:
    token = "?s=" + "A" * 90
    assert len(template("https://" + "h" * 113 + token).file) == 256
    with pytest.raises(NdefError, match="use a shorter address"):
        template("https://" + "h" * 114 + token)


@pytest.mark.parametrize("base", ["https://a.vn/x", "https://a.vn/x?s=A&m=1", "https://a.vn/x?s=A&c=1"])
def test_a_link_without_code_or_with_tap_data_makes_no_template(base: str) -> None:
    with pytest.raises(ChipError, match="with its code and without tap data"):
        template(base)


def test_every_status_word_has_its_sentence_and_its_hint() -> None:
    for status, (name, hint) in ntag424.STATUS.items():
        with pytest.raises(StatusError) as caught:
            accepted(status.to_bytes(2, "big"), "changing key 2")
        assert caught.value.status == status
        assert (
            str(caught.value)
            == f"changing key 2: expected the chip to accept, got {status:04X} {name} ({hint})"
        )


@pytest.mark.parametrize(
    ("status", "error"),
    [(0x91AE, ntag424.AuthenticationFailed), (0x91AD, ntag424.AuthenticationDelayed),
     (0x919D, ntag424.NotPermitted), (0x6982, ntag424.NotPermitted), (0x911E, ntag424.IntegrityFailed)],
)  # fmt: skip
def test_status_words_that_are_answered_differently_have_their_own_class(
    status: int, error: type[StatusError]
) -> None:
    with pytest.raises(error):
        accepted(status.to_bytes(2, "big"), "x")


def test_an_unknown_status_is_still_a_sentence() -> None:
    with pytest.raises(StatusError, match="got 91FF unknown status"):
        accepted(b"\x91\xff", "x")


@pytest.mark.parametrize("answer", [b"", b"\x91"])
def test_an_answer_without_a_status_word_is_refused(answer: bytes) -> None:
    with pytest.raises(BadAnswer, match="with a status word"):
        accepted(answer, "x")


@pytest.mark.parametrize(
    "frames",
    [("04010100021605", "04010100021605", "00" * 14), ("04040830001105", "04040201021105", "00" * 13),
     ("", "", ""), ("04040830001305", "04040201021105", "00" * 14)],
)  # fmt: skip
def test_another_chips_version_is_a_wrong_chip(frames: tuple[str, str, str]) -> None:
    with pytest.raises(WrongChip):
        Version.decode(*map(bytes.fromhex, frames))


def test_only_empty_chips_and_named_links_may_be_written_over(base: str) -> None:
    ours = Content(f"{base}&m=04DE5F1EACC040x00003D&c=94EED9EE65337086")
    Content().check_may_become(base)
    ours.check_may_become(base)
    ours.check_may_become("https://new", replaces=base)
    Content(garbled=True).check_may_become(base, resuming=True)
    for content, resuming in (
        (Content("https://bank.example/"), True),
        (Content(garbled=True), False),
        (ours, True),
    ):
        with pytest.raises(AlreadyWritten):
            content.check_may_become("https://new", resuming=resuming)
    assert static_part(ours.link or "") == base


def test_content_that_is_no_link_is_told_from_an_empty_chip() -> None:
    assert Content.of(None) == Content.of(b"") == Content()
    assert Content.of(bytes.fromhex("d101055402656e6869")) == Content(garbled=True)
    assert Content.of(encode_uri("https://a.vn/x")).link == "https://a.vn/x"
