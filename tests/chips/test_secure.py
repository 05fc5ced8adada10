"""AES as the chip does it, against the figures of NXP's notes and of real chips."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ocop.trace.tags import secure
from ocop.trace.tags.secure import MacMismatch, SecureError, Session

h = bytes.fromhex
Vectors = Callable[[str], Any]
keys = st.binary(min_size=16, max_size=16)


def test_the_note_on_diversification_is_met(vectors: Vectors) -> None:
    v = vectors("an10922")["intermediate"]
    assert secure.an10922(h(v["master"]), h(v["input"])) == h(v["key"])


def test_a_short_input_is_padded_to_two_blocks_unlike_plain_cmac(vectors: Vectors) -> None:
    v = vectors("an10922")["short_input"]
    assert secure.an10922(h(v["master"]), h(v["input"])) == h(v["key"])
    assert secure.cmac(h(v["master"]), b"\x01" + h(v["input"])) == h(v["plain_cmac"])


def test_the_products_own_check_value_holds(vectors: Vectors) -> None:
    v = vectors("an10922")["chip_key"]
    got = secure.diversify(
        h(v["master"]), h(v["uid"]), v["key_number"], v["master_generation"], v["chip_generation"]
    )
    assert got == h(v["key"])


def test_every_part_of_the_diversification_changes_the_key() -> None:
    master, uid = bytes(range(16)), h("04de5f1eacc040")
    made = [
        secure.diversify(master, uid, n, m, c) for n in range(5) for m in (1, 2, 255) for c in (1, 2, 255)
    ]
    made += [
        secure.diversify(master, h("04de5f1eacc041"), 0, 1, 1),
        secure.diversify(bytes(15) + b"\x01", uid, 0, 1, 1),
    ]
    assert len(set(made)) == len(made)


def test_no_password_comes_from_a_key_of_the_other_family() -> None:
    master, uid = bytes(range(16)), h("04de5f1eacc040")
    pwd, pack = secure.password(master, uid, 1, 1)
    assert (len(pwd), len(pack)) == (4, 2)
    assert pwd not in {secure.diversify(master, uid, n, 1, 1)[:4] for n in range(5)}


@pytest.mark.parametrize(
    ("uid", "number", "generations", "said"),
    [("04de5f1eacc0", 2, (1, 1), "UID of 7 bytes, got 6"), ("04de5f1eacc040", 5, (1, 1), "0 to 4, got 5"),
     ("04de5f1eacc040", 2, (0, 1), "generations of 1 to 255, got 0 and 1"),
     ("04de5f1eacc040", 2, (1, 256), "got 1 and 256")],
)  # fmt: skip
def test_a_field_out_of_range_makes_no_key(
    uid: str, number: int, generations: tuple[int, int], said: str
) -> None:
    with pytest.raises(SecureError, match=said):
        secure.diversify(bytes(range(16)), h(uid), number, *generations)


@pytest.mark.parametrize("master", [bytes(16), b"\xff" * 16, b"A" * 16, bytes(15), bytes(17), b""])
def test_a_master_that_everyone_could_guess_is_refused(master: bytes) -> None:
    with pytest.raises(SecureError):
        secure.check_master(master)


def test_a_random_master_is_taken() -> None:
    secure.check_master(bytes(range(16)))


@pytest.mark.parametrize("size", [0, 15, 17, 24, 32])
def test_only_aes_128_makes_a_mac(size: int) -> None:
    with pytest.raises(SecureError, match=f"16 bytes, got {size}"):
        secure.cmac(bytes(size), b"")


@pytest.mark.parametrize("index", range(3))
def test_the_sessions_of_the_application_note_are_reached(vectors: Vectors, index: int) -> None:
    v = vectors("an12196")["sessions"][index]
    session = Session.derive(h(v["key"]), h(v["rnd_a"]), h(v["rnd_b"]), h(v["ti"]))
    assert session.enc_key == h(v["enc"])
    assert session.mac_key == h(v["mac"])
    assert secure.cbc_decrypt(h(v["key"]), bytes(16), h(v["challenge"])) == h(v["rnd_b"])


def test_the_command_iv_of_the_application_note_is_reached(vectors: Vectors) -> None:
    v = vectors("an12196")["command_iv"]
    session = Session(h(v["enc"]), bytes(16), h(v["ti"]), v["counter"])
    assert session.encrypt_command(bytes(15)) == secure.cbc_encrypt(
        h(v["enc"]), h(v["iv"]), bytes(15) + b"\x80"
    )


@given(keys, keys, st.binary(min_size=4, max_size=4), st.integers(0, 0xFFFF), st.binary(max_size=200))
def test_both_sides_of_a_session_understand_each_other(
    enc: bytes, mac: bytes, ti: bytes, n: int, data: bytes
) -> None:
    session = Session(enc, mac, ti, n)
    assert session.decrypt_command(session.encrypt_command(data)) == data
    assert session.decrypt_answer(session.encrypt_answer(data)) == data
    assert session.check_answer(0x00, data + session.answer_mac(0x00, data)) == data


@given(keys, st.binary(max_size=60), st.integers(0, 8 * 8 - 1))
def test_one_changed_bit_of_an_answer_is_noticed(key: bytes, data: bytes, bit: int) -> None:
    session = Session(key, key, b"TI..", 3)
    mac = bytearray(session.answer_mac(0, data))
    mac[bit // 8] ^= 1 << bit % 8
    with pytest.raises(MacMismatch):
        session.check_answer(0, data + bytes(mac))


def test_the_status_byte_is_under_the_answers_mac() -> None:
    session = Session(bytes(16), bytes(16), bytes(4), 1)
    with pytest.raises(MacMismatch):
        session.check_answer(0x00, b"x" + session.answer_mac(0x90, b"x"))


@pytest.mark.parametrize("padded", ["", "00" * 16, "80" + "00" * 16, "7f" + "00" * 15, "80" * 15 + "01"])
def test_wrong_padding_is_refused(padded: str) -> None:
    with pytest.raises(MacMismatch):
        secure.unpad(h(padded))


def test_half_a_block_is_refused() -> None:
    with pytest.raises(MacMismatch, match="16 bytes, got 15"):
        secure.cbc_decrypt(bytes(16), bytes(16), bytes(15))


def test_the_checksum_of_a_new_key_is_the_one_of_the_application_note(vectors: Vectors) -> None:
    v = vectors("an12196")["change_keys"][0]
    assert secure.key_crc(h(v["new"])) == h(v["crc"])
