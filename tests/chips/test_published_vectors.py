"""What others published about the chips' cryptography, also where our chips use less of it: AES is one for all.

LRP is left out, because nothing here speaks it.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ocop.trace.tags import secure, sun
from ocop.trace.tags.originality import NTAG21X, NTAG424
from ocop.trace.tags.secure import Session

h = bytes.fromhex
Vectors = Callable[[str], Any]
VECTORS = Path(__file__).resolve().parent.parent / "vectors"
TAPS = json.loads((VECTORS / "sun_encrypted.json").read_text("utf-8"))["taps"]
taps = pytest.mark.parametrize("v", TAPS, ids=lambda v: v["name"])


def mirrored(v: dict[str, Any]) -> bytes:
    """UID and counter as they enter the session keys."""
    counter = b"" if v["counter"] is None else v["counter"].to_bytes(3, "little")
    return h(v["uid"]) + counter


def session_key(v: dict[str, Any], label: str) -> bytes:
    return secure.cmac(h(v["file_key"]), (h(label + "00010080") + mirrored(v)).ljust(16, b"\x00"))


def full_mac(v: dict[str, Any]) -> bytes:
    said = v["enc"].upper() + v["separator"] if "enc" in v else ""
    return secure.cmac(session_key(v, "3cc3"), said.encode())


@taps
def test_the_data_of_a_published_tap_is_deciphered(v: dict[str, Any]) -> None:
    plain = secure.cbc_decrypt(h(v["meta_key"]), bytes(16), h(v["picc"]))
    assert plain[:1] == h(v["tag"])
    assert plain[1:].startswith(mirrored(v))
    assert plain == h(v.get("plain", plain.hex()))


@taps
def test_the_mac_of_a_published_tap_is_reached(v: dict[str, Any]) -> None:
    assert session_key(v, "3cc3") == h(v.get("session_mac", session_key(v, "3cc3").hex()))
    assert full_mac(v) == h(v.get("full", full_mac(v).hex()))
    assert secure.truncated(full_mac(v)) == h(v["mac"])
    if v["uid"] and v["counter"] is not None:
        if "enc" in v:
            with pytest.raises(sun.FalseMac):
                sun.check(h(v["file_key"]), h(v["uid"]), v["counter"], h(v["mac"]))
        else:
            sun.check(h(v["file_key"]), h(v["uid"]), v["counter"], h(v["mac"]))


@pytest.mark.parametrize("v", [v for v in TAPS if "enc" in v], ids=lambda v: v["name"])
def test_the_file_of_a_published_tap_is_deciphered(v: dict[str, Any]) -> None:
    key = session_key(v, "c33c")
    assert key == h(v.get("session_enc", key.hex()))
    iv = secure.ecb_encrypt(key, v["counter"].to_bytes(3, "little") + bytes(13))
    assert iv == h(v.get("iv", iv.hex()))
    assert secure.cbc_decrypt(key, iv, h(v["enc"])) == h(v["file"])


def test_a_published_false_mac_is_another_one(vectors: Vectors) -> None:
    refused = vectors("sun_encrypted")["refused"]
    (v,) = (v for v in TAPS if v["name"] == refused["of"])
    assert secure.truncated(full_mac(v)) != h(refused["mac"])


def test_both_session_keys_of_a_tap_are_those_of_the_application_note(vectors: Vectors) -> None:
    v = vectors("sun")["session_keys"]
    tail = h("00010080") + h(v["uid"]) + v["counter"].to_bytes(3, "little")
    assert secure.cmac(h(v["key"]), h("c33c") + tail) == h(v["enc"])
    assert secure.cmac(h(v["key"]), h("3cc3") + tail) == h(v["mac"])


def doubled(value: bytes) -> bytes:
    number = int.from_bytes(value, "big") << 1
    return (number % 2**128 ^ (0x87 if number >> 128 else 0)).to_bytes(16, "big")


def test_the_subkeys_of_the_note_on_diversification_are_reached(vectors: Vectors) -> None:
    v = vectors("an10922")["intermediate"]
    assert secure.ecb_encrypt(h(v["master"]), bytes(16)) == h(v["l"])
    assert doubled(h(v["l"])) == h(v["k1"])
    assert doubled(h(v["k1"])) == h(v["k2"]) == secure._subkey2(h(v["master"]))


def test_a_published_tree_of_keys_is_reached_by_cmac_alone(vectors: Vectors) -> None:
    v = vectors("cmac")
    issuer, uid = h(v["issuer"]), h(v["uid"])
    card = secure.cmac(issuer, h("2d003f75") + uid + v["version"].to_bytes(4, "little"))
    assert card == h(v["card_key"])
    assert secure.cmac(issuer, h("2d003f77")) == h(v["k1"])
    assert secure.cmac(issuer, h("2d003f7b") + uid) == h(v["id"])
    for name, label in (("k0", "2d003f76"), ("k2", "2d003f78"), ("k3", "2d003f79"), ("k4", "2d003f7a")):
        assert secure.cmac(card, h(label)) == h(v[name])


FULL = ["write_ndef", "change_file_settings", "write_proprietary", "random_id", "get_card_uid"]


def of_note(vectors: Vectors) -> list[dict[str, Any]]:
    note = vectors("an12196")
    return [*(note[name] for name in FULL), *note["change_keys"]]


def test_every_iv_of_the_application_note_is_reached(vectors: Vectors) -> None:
    seen = 0
    for v in of_note(vectors):
        session = Session(h(v["enc"]), h(v["mac"]), h(v["ti"]), v["counter"])
        if "iv" in v:
            assert session.encrypt_command(b"x") == secure.cbc_encrypt(
                h(v["enc"]), h(v["iv"]), secure.pad(b"x")
            )
            seen += 1
        if "answer_iv" in v:
            session.counter += 1
            ciphertext = h(v["answer"])[:16]
            plain = secure.cbc_decrypt(h(v["enc"]), h(v["answer_iv"]), ciphertext)
            assert plain == h(v["uid"]) + b"\x80" + bytes(8)
            assert session.decrypt_answer(ciphertext) == h(v["uid"])
            seen += 1
    assert seen == 6


def test_every_session_of_the_application_note_opens_its_own_challenge(vectors: Vectors) -> None:
    for v in vectors("an12196")["sessions"]:
        proof = secure.cbc_decrypt(h(v["key"]), bytes(16), h(v["proof"]))
        assert proof == h(v["rnd_a"]) + secure.rotated(h(v["rnd_b"]))
        answer = secure.cbc_decrypt(h(v["key"]), bytes(16), h(v["answer"]))
        assert secure.rotated(h(v["rnd_a"])) in answer
        if v["first"]:
            assert answer[:4] == h(v["ti"])


def test_every_chip_key_of_the_formats_document_holds() -> None:
    text = (VECTORS.parent.parent / "docs/formats.md").read_text("utf-8")
    assert secure.diversify(h("00112233445566778899aabbccddeeff"), h("04de5f1eacc040"), 2, 1, 1).hex() in text
    for key, uid, counter in (("00" * 16, "041E3C8A2D6B80", 6),
                              ("b45775776cb224c75bcde7ca3704e933", "04996C6A926980", 3)):  # fmt: skip
        assert f"| {key} | {uid} | {counter:06d} | {sun.mac(h(key), h(uid), counter).hex().upper()} |" in text


def test_a_published_signature_fits_its_uid_and_no_other(vectors: Vectors) -> None:
    for family, maker, count in (("ntag21x", NTAG21X, 1), ("ntag424", NTAG424, 3)):
        found = vectors("originality")[family]
        assert len(found) == count
        for v in found:
            uid = h(v["uid"])
            assert maker.made(uid, h(v["signature"]))
            assert not maker.made(uid[:-1] + bytes([uid[-1] ^ 1]), h(v["signature"]))


@pytest.mark.parametrize("name", ["mac-over-the-uid-alone", "mac-over-the-counter-alone"])
def test_a_mac_that_is_refused_is_a_right_one_over_less(vectors: Vectors, name: str) -> None:
    """So that refusing it means something."""
    (v,) = (v for v in vectors("sun")["refused"] if v["name"] == name)
    part = h(v["uid"]) if "uid" in name else v["counter"].to_bytes(3, "little")
    key = secure.cmac(h(v["key"]), (h("3cc300010080") + part).ljust(16, b"\x00"))
    assert secure.truncated(secure.cmac(key, b"")) == h(v["mac"])
