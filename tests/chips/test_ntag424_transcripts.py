"""The NTAG 424 DNA dialogue against what NXP's note and real chips said, byte for byte."""

from collections.abc import Callable
from typing import Any

import pytest
from ocop.hardware.simulator import SimulatedReader, blank_424
from ocop.trace.tags import ntag424_commands as do
from ocop.trace.tags.dialogue import Dialogue, Exchange, drive
from ocop.trace.tags.ndef import encode_uri, to_type4
from ocop.trace.tags.ntag424 import FileSettings, Ins, Sdm, native
from ocop.trace.tags.originality import NTAG424
from ocop.trace.tags.secure import MacMismatch, Session, cbc_decrypt

h = bytes.fromhex
Vectors = Callable[[str], Any]


def replay(dialogue: Dialogue[Any], *pairs: tuple[str, str]) -> Any:
    """Drives a dialogue against recorded (command, answer) pairs; each command must be the recorded one."""
    recorded = list(pairs)

    def transceive(command: bytes) -> bytes:
        expected, answer = recorded.pop(0)
        assert command.hex().upper() == expected.upper()
        return h(answer)

    result = drive(dialogue, transceive)
    assert not recorded
    return result


def session_of(v: dict[str, Any]) -> Session:
    return Session(h(v.get("enc", "00" * 16)), h(v["mac"]), h(v["ti"]), v["counter"])


@pytest.mark.parametrize("index", [0, 1])
def test_first_authentication_says_what_the_note_says(vectors: Vectors, index: int) -> None:
    v = vectors("an12196")["sessions"][index]
    session = replay(
        do.authenticate(v["key_number"], h(v["key"]), lambda n: h(v["rnd_a"])[:n]),
        (f"9071000002{v['key_number']:02x}0000", v["challenge"] + "91AF"),
        (f"90AF000020{v['proof']}00", v["answer"] + "9100"),
    )
    assert session == Session(h(v["enc"]), h(v["mac"]), h(v["ti"]), 0)


def test_a_further_authentication_keeps_transaction_and_counter(vectors: Vectors) -> None:
    v = vectors("an12196")["sessions"][2]
    earlier = Session(bytes(16), bytes(16), h(v["ti"]), 1)
    session = replay(
        do.authenticate_again(earlier, 0, h(v["key"]), lambda n: h(v["rnd_a"])[:n]),
        ("90770000010000", v["challenge"] + "91AF"),
        (f"90AF000020{v['proof']}00", v["answer"] + "9100"),
    )
    assert session == Session(h(v["enc"]), h(v["mac"]), h(v["ti"]), 1)


def test_first_authentication_with_a_real_chip(vectors: Vectors) -> None:
    v = vectors("ntag424_captures")["first"]
    session = replay(
        do.authenticate(0, bytes(16), lambda n: h(v["rnd_a"])[:n]),
        ("9071000002000000", v["challenge"] + "91AF"),
        (f"90AF000020{v['proof']}00", v["answer"] + "9100"),
    )
    assert session.ti == h(v["ti"])


def test_the_signature_of_a_real_chip_is_read_in_a_session_and_fits(vectors: Vectors) -> None:
    v = vectors("ntag424_captures")["read_signature"]
    rnd_b = cbc_decrypt(bytes(16), bytes(16), h(v["challenge"]))
    session = Session.derive(bytes(16), h(v["rnd_a"]), rnd_b, h(v["ti"]), v["counter"])
    signature = replay(do.read_signature(session), (v["command"], v["answer"]))
    assert len(signature) == 56
    known = [s["uid"] for s in vectors("originality")["ntag424"] if h(s["signature"]) == signature]
    for uid in known:
        NTAG424.check(h(uid), signature)
    assert session.counter == v["counter"] + 1


def test_the_signatures_status_9190_is_under_its_mac(vectors: Vectors) -> None:
    v = vectors("ntag424_captures")["read_signature"]
    rnd_b = cbc_decrypt(bytes(16), bytes(16), h(v["challenge"]))
    session = Session.derive(bytes(16), h(v["rnd_a"]), rnd_b, h(v["ti"]), v["counter"])
    with pytest.raises(MacMismatch):
        replay(do.read_signature(session), (v["command"], v["answer"][:-2] + "00"))


@pytest.mark.parametrize("source", ["an12196", "ntag424_captures"])
def test_the_version_is_read_in_three_frames(vectors: Vectors, source: str) -> None:
    v = vectors(source)["version"]
    version = replay(
        do.get_version(), *zip(["9060000000", "90AF000000", "90AF000000"], v["frames"], strict=True)
    )
    assert version.uid == h(v["uid"])
    assert not version.random_id


def test_mac_mode_and_file_settings_of_the_note(vectors: Vectors) -> None:
    v = vectors("an12196")["get_file_settings"]
    settings, size = replay(do.get_file_settings(session_of(v), 2), (v["command"], v["answer"]))
    assert size == 256
    sdm = Sdm(meta_read=0, file_read=0, counter_read=0xE, picc_offset=0x1F, mac_input_offset=0x44,
              enc_offset=0x44, enc_length=0x20, mac_offset=0x6A)  # fmt: skip
    assert settings == FileSettings(mode=0, read=0xE, write=0xE, read_write=0xE, change=0xE, sdm=sdm)
    assert settings.encode_full(size) == h(v["answer"])[:-10]


def test_writing_the_ndef_file_in_full_mode_as_the_note_does(vectors: Vectors) -> None:
    v = vectors("an12196")["write_ndef"]
    data = to_type4(encode_uri(v["url"]), 256).ljust(128, b"\x00")
    replay(do.write_data_full(session_of(v), 2, 0, data), (v["command"], v["answer"]))


def test_writing_the_proprietary_file_as_the_note_does(vectors: Vectors) -> None:
    v = vectors("an12196")["write_proprietary"]
    replay(do.write_data_full(session_of(v), 3, 0, h(v["data"])), (v["command"], v["answer"]))


def test_changing_the_file_settings_as_the_note_does(vectors: Vectors) -> None:
    v = vectors("an12196")["change_file_settings"]
    sdm = Sdm(
        meta_read=2, file_read=1, counter_read=1, picc_offset=0x20, mac_input_offset=0x43, mac_offset=0x43
    )
    settings = FileSettings(mode=0, read=0xE, write=0, read_write=0, change=0, sdm=sdm)
    assert settings.encode() == h(v["settings"])
    assert FileSettings.decode(h(v["settings"])) == settings
    replay(do.change_file_settings(session_of(v), 2, settings), (v["command"], v["answer"]))


@pytest.mark.parametrize("index", [0, 1])
def test_changing_keys_as_the_note_does(vectors: Vectors, index: int) -> None:
    v = vectors("an12196")["change_keys"][index]
    replay(
        do.change_key(session_of(v), v["number"], h(v["old"]), h(v["new"]), v["version"]),
        (v["command"], v["answer"]),
    )


def test_configuration_and_uid_in_full_mode_as_the_note_does(vectors: Vectors) -> None:
    v = vectors("an12196")["random_id"]
    replay(do.full(session_of(v), Ins.SET_CONFIGURATION, b"\x00", b"\x02", "x"), (v["command"], v["answer"]))
    v = vectors("an12196")["get_card_uid"]
    assert replay(do.get_card_uid(session_of(v)), (v["command"], v["answer"])) == h(v["uid"])


def test_an_answer_with_one_wrong_bit_is_refused(vectors: Vectors) -> None:
    v = vectors("an12196")["get_card_uid"]
    for at in (0, 15, 16, 23):
        answer = bytearray(h(v["answer"]))
        answer[at] ^= 1
        with pytest.raises(MacMismatch):
            replay(do.get_card_uid(session_of(v)), (v["command"], answer.hex()))


def test_a_chip_that_echoes_another_challenge_is_refused(vectors: Vectors) -> None:
    v = vectors("an12196")["sessions"][0]
    with pytest.raises(MacMismatch, match="prove the key"):
        replay(
            do.authenticate(0, h(v["key"]), lambda n: h(v["rnd_a"])[:n]),
            ("9071000002000000", v["challenge"] + "91AF"),
            (f"90AF000020{v['proof']}00", v["answer"][:-32] + "00" * 16 + "9100"),
        )


def test_the_note_makes_a_whole_chip(vectors: Vectors) -> None:
    """Tables 14, 18, 19, 20, 22, 24, 26 and 27 as one dialogue, in the note's own order."""
    a = vectors("an12196")
    first, third, again = a["sessions"]
    challenges = [h(first["rnd_a"]), h(third["rnd_a"]), h(again["rnd_a"])]

    def chance(count: int) -> bytes:
        return challenges.pop(0)[:count]

    def whole() -> Dialogue[int]:
        zero = bytes(16)
        session = yield from do.authenticate(0, zero, chance)
        data = to_type4(encode_uri(a["write_ndef"]["url"]), 256).ljust(128, b"\x00")
        yield from do.write_data_full(session, 2, 0, data)
        settings = FileSettings.decode(h(a["change_file_settings"]["settings"]))
        yield from do.change_file_settings(session, 2, settings)
        session = yield from do.authenticate(3, zero, chance)
        yield from do.write_data_full(session, 3, 0, h(a["write_proprietary"]["data"]))
        # Table 25 writes the capability container in plain in between.
        yield from do.plain(session, CC_WRITE, "closing the container")
        session = yield from do.authenticate_again(session, 0, zero, chance)
        for v in a["change_keys"]:
            yield from do.change_key(session, v["number"], zero, h(v["new"]), v["version"])
        return session.counter

    def pair(v: dict[str, Any]) -> tuple[str, str]:
        return v["command"], v["answer"]

    def proof(v: dict[str, Any]) -> tuple[str, str]:
        return f"90AF000020{v['proof']}00", v["answer"] + "9100"

    counter = replay(
        whole(),
        ("9071000002000000", first["challenge"] + "91AF"), proof(first),
        pair(a["write_ndef"]), pair(a["change_file_settings"]),
        ("9071000002030000", third["challenge"] + "91AF"), proof(third),
        pair(a["write_proprietary"]), (CC_WRITE.hex(), "9100"),
        ("90770000010000", again["challenge"] + "91AF"), proof(again),
        pair(a["change_keys"][0]), pair(a["change_keys"][1]),
    )  # fmt: skip
    assert counter == 3


# AN12196 table 25.
CC_WRITE = h("908D000019010E0000120000FF0506E10500808283000000000000000000")


def test_the_recorded_personalisation_of_a_simulated_chip_stays_as_it_is(vectors: Vectors, desk: Any) -> None:
    v = vectors("ntag424_personalisation")
    result = replay(desk().provision_424(h(v["seed"])), *map(tuple, v["exchanges"]))
    assert (result.uid.hex(), result.counter, result.key_version) == (v["uid"], 1, 1)


def test_frames_without_data_have_no_length_byte() -> None:
    assert native(Ins.GET_VERSION).hex() == "9060000000"
    assert native(Ins.GET_KEY_VERSION, b"\x02").hex() == "90640000010200"


def test_every_exchange_says_what_it_is_for(desk: Any) -> None:
    steps: list[Exchange] = []
    drive(desk().provision_424(), SimulatedReader(blank_424(b"1")).transceive, journal=steps.append)
    order = list(dict.fromkeys(e.step.value for e in steps if e.step.changes))
    assert order == ["write", "settings", "key_1", "key_2", "key_3", "key_4", "key_0"]
