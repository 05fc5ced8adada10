"""What a report says of a chip on the reader: its maker's signature, its link, and whether it answered just now."""

from datetime import UTC, datetime
from typing import Any

import pytest
from ocop.hardware.reader import ChipLost
from ocop.hardware.simulator import blank_21x, blank_424
from ocop.trace.provisioning_chips import replace_chip, void_chip
from ocop.trace.registry.ledger_store import By
from ocop.trace.registry.store import mark_restored
from ocop.trace.tags.ndef import encode_uri, to_type4
from ocop.trace.tags.ntag21x import NTAG215
from ocop.trace.tags.plan import Kind

BY = By("anh Tín", datetime(2026, 11, 23, 4, 5, 6, tzinfo=UTC))
MADE = {Kind.NTAG424: lambda seed: blank_424(seed), Kind.NTAG21X: lambda seed: blank_21x(NTAG215, seed)}
families = pytest.mark.parametrize("family", list(Kind))


class Heard:
    """A chip whose answers are written down, and which refuses commands that begin with `refuses`."""

    def __init__(self, chip: Any, refuses: bytes = b"-") -> None:
        self.chip, self.refuses = chip, refuses
        self.answers: list[bytes] = []

    def activate(self) -> None:
        self.chip.activate()

    def transceive(self, command: bytes) -> bytes:
        refused = command.startswith(self.refuses)
        self.answers.append(b"\x91\x1c" if refused else self.chip.transceive(command))
        return self.answers[-1]


class Says:
    """A chip that gives `said` to commands that begin with `to`, from the `nth` such command on."""

    def __init__(self, chip: Any, to: str, said: str, nth: int = 1) -> None:
        self.chip, self.to, self.said, self.left = chip, bytes.fromhex(to), bytes.fromhex(said), nth

    def activate(self) -> None:
        self.chip.activate()

    def transceive(self, command: bytes) -> bytes:
        self.left -= command.startswith(self.to)
        return self.said if command.startswith(self.to) and self.left <= 0 else self.chip.transceive(command)


class Parrot:
    """A chip that says again what another one said, whatever it is asked."""

    def __init__(self, answers: list[bytes]) -> None:
        self.answers = list(answers)

    def activate(self) -> None:
        """It needs no power."""

    def transceive(self, command: bytes) -> bytes:
        return self.answers.pop(0)


def look(workshop: Any, chip: Any, family: Kind) -> Any:
    return workshop.write(None, chip, kind="inspect", family=family)


@families
def test_a_blank_chip_of_nobody_is_original_and_unknown(workshop: Any, family: Kind) -> None:
    seen = look(workshop, MADE[family](b"blank"), family)
    assert (seen.state, seen.number, seen.link) == ("unknown", None, "")
    assert (seen.report["original"], seen.report["live"], seen.report["signature"]) == (True, None, "")
    assert workshop.bindings() == []


@families
def test_a_chip_of_ours_is_told_with_its_number_and_proof(workshop: Any, family: Kind) -> None:
    chip = MADE[family](b"ours")
    written = workshop.write(workshop.plan(family), chip, family=family)
    assert written.report["original"] is True
    seen = look(workshop, chip, family)
    assert (seen.state, seen.number, seen.uid) == ("live", 1, chip.uid)
    assert seen.report["live"] is (True if family is Kind.NTAG424 else None)
    # Read back once when it was written, and looked at now.
    assert seen.report["counter"] == (2 if family is Kind.NTAG424 else None)
    assert (seen.report["original"], seen.report["signature"], seen.report["lot"]) == (
        True,
        "holds",
        "L2609A",
    )


@families
def test_a_copy_with_another_makers_signature_is_reported_and_not_refused(
    workshop: Any, family: Kind
) -> None:
    chip = MADE[family](b"copy")
    chip.signature = bytes(len(chip.signature))
    seen = look(workshop, chip, family)
    assert (seen.state, seen.report["original"]) == ("unknown", False)


def test_a_chip_that_lost_our_key_is_not_live(workshop: Any) -> None:
    chip = blank_424(b"ours")
    workshop.write(workshop.plan(), chip)
    copy = blank_424(b"ours")
    seen = look(workshop, copy, Kind.NTAG424)
    assert (seen.state, seen.report["live"], seen.report["original"]) == ("live", False, True)


def test_a_chip_of_ours_that_still_has_the_factorys_keys_proves_nothing(workshop: Any) -> None:
    chip = blank_424(b"ours")
    with pytest.raises(ChipLost):
        workshop.write(workshop.plan(), chip, cut=(24, 4))
    assert (chip.keys[3].version, chip.files[2].settings.sdm is not None) == (0, True)
    seen = look(workshop, chip, Kind.NTAG424)
    assert (seen.state, seen.number, seen.report["live"]) == ("reserved", 1, None), "half written is no fake"


@families
def test_a_chip_that_was_replaced_or_given_up_says_so(workshop: Any, family: Kind) -> None:
    plan, one, two = workshop.plan(family), MADE[family](b"one"), MADE[family](b"two")
    workshop.write(plan, one, family=family)
    workshop.write(plan, two, family=family)
    with workshop.store.begin() as session:
        replace_chip(session, one.uid, BY)
        void_chip(session, two.uid, BY)
    assert [look(workshop, chip, family).state for chip in (one, two)] == ["replaced", "void"]
    # The number that is free again gets the next chip, and never two.
    assert workshop.write(plan, MADE[family](b"three"), family=family).number == 1
    assert look(workshop, one, family).report["signature"] != "holds"


def test_answers_that_a_chip_gave_once_prove_nothing_when_they_are_said_again(workshop: Any) -> None:
    chip = blank_424(b"ours")
    workshop.write(workshop.plan(), chip)
    heard = Heard(chip)
    assert look(workshop, heard, Kind.NTAG424).report["live"] is True
    again = look(workshop, Parrot(heard.answers), Kind.NTAG424)
    assert (again.state, again.number, again.report["live"]) == ("live", 1, False)


def test_only_the_key_of_the_challenge_makes_a_chip_live(workshop: Any) -> None:
    chip = blank_424(b"ours")
    workshop.write(workshop.plan(), chip)
    chip.keys[3].value = bytes(range(16))
    assert look(workshop, chip, Kind.NTAG424).report["live"] is False


def test_a_copy_under_the_keys_that_everyone_knows_is_not_live_whatever_it_answers(workshop: Any) -> None:
    chip, copy = blank_424(b"ours"), blank_424(b"ours")
    workshop.write(workshop.plan(), chip)
    copy.files = chip.files
    seen = look(workshop, copy, Kind.NTAG424)
    assert (seen.state, seen.report["live"], seen.report["signature"]) == ("live", False, "holds")


def test_a_chip_that_listens_to_nobody_for_a_while_is_not_called_false(workshop: Any) -> None:
    chip = blank_424(b"ours")
    workshop.write(workshop.plan(), chip)
    chip.keys[3].waiting = 5
    seen = look(workshop, chip, Kind.NTAG424)
    assert (seen.state, seen.report["live"], seen.report["original"]) == ("live", None, True)


def test_a_chip_that_keeps_its_makers_signature_to_itself_is_neither_original_nor_a_copy(
    workshop: Any,
) -> None:
    mute = Heard(blank_424(b"blank"), refuses=b"\x90\x3c")
    seen = look(workshop, mute, Kind.NTAG424)
    assert (seen.state, seen.report["original"], seen.report["live"]) == ("unknown", None, None)


@families
def test_the_link_of_a_chip_of_ours_on_another_chip_is_told(workshop: Any, family: Kind) -> None:
    ours, copy = MADE[family](b"ours"), MADE[family](b"copy")
    link = encode_uri(workshop.write(workshop.plan(family), ours, family=family).link)
    if family is Kind.NTAG424:
        copy.files[2].write(0, to_type4(link, 256))
    else:
        tlv = bytes([3, len(link)]) + link + b"\xfe"
        copy.memory[16 : 16 + len(tlv)] = tlv
    seen = look(workshop, copy, family)
    assert (seen.state, seen.number, seen.report["signature"]) == ("unknown", None, "bound_only")


@families
def test_a_chip_that_was_bound_twice_is_told_by_its_last_binding(workshop: Any, family: Kind) -> None:
    plan, chip = workshop.plan(family), MADE[family](b"again")
    workshop.write(plan, chip, family=family)
    workshop.write(plan, chip, kind="void", family=family)
    workshop.write(plan, MADE[family](b"other"), family=family)
    assert workshop.write(plan, chip, family=family).number == 2
    seen = look(workshop, chip, family)
    assert (seen.state, seen.number, seen.report["bindings"]) == ("live", 2, 2)
    assert seen.report["signature"] == "holds"
    assert seen.report["live"] is (True if family is Kind.NTAG424 else None), (
        "by the keys of its last binding"
    )


def test_a_damaged_code_in_a_link_is_told_as_what_is_wrong_with_it(workshop: Any) -> None:
    ours, copy = blank_424(b"ours"), blank_424(b"copy")
    link = workshop.write(workshop.plan(), ours).link
    at = link.index("?s=") + 3
    found = []
    for changed in (
        link[: at + 89] + link[at + 90 :],
        link[: at + 50] + ("A" if link[at + 50] != "A" else "B") + link[at + 51 :],
        f"{link[:at]}Ev__{link[at + 4 :]}",  # key 65535, which nobody was ever given
    ):
        copy.files[2].write(0, to_type4(encode_uri(changed), 256))
        found.append(look(workshop, copy, Kind.NTAG424).report["signature"])
    assert found == ["s_length", "false", "unknown_key"]
    with workshop.store.begin() as session:
        mark_restored(session, BY.at, 300)
    assert look(workshop, copy, Kind.NTAG424).report["signature"] == "unknown_key_after_restore"


CHALLENGE, PROOF, FIRST_MORE = "90710000", "90af0000", 3
"""The commands of a challenge; two frames of the version begin as its second one does."""


@pytest.mark.parametrize("to", [CHALLENGE, PROOF], ids=["challenge", "proof"])
@pytest.mark.parametrize("said", ["6300", "91ad", "91ca", "91ee", "6f00", "9140"])
def test_a_chip_that_was_lifted_or_made_to_wait_is_never_called_false(shop: Any, to: str, said: str) -> None:
    chip = blank_424(b"ours")
    shop.write(shop.plan(), chip)
    seen = look(shop, Says(chip, to, said, FIRST_MORE if to == PROOF else 1), Kind.NTAG424)
    assert (seen.state, seen.report["live"], seen.report["original"]) == ("live", None, True)


@pytest.mark.parametrize(
    ("to", "said"),
    [
        (CHALLENGE, "91ae"), (CHALLENGE, "00" * 15 + "91af"), (CHALLENGE, "9100"), (CHALLENGE, "00" * 40 + "91af"),
        (PROOF, "91ae"), (PROOF, "9100"), (PROOF, "00" * 32 + "9100"), (PROOF, "00" * 7 + "9100"),
    ],
)  # fmt: skip
def test_a_wrong_key_or_junk_for_an_answer_is_reported_as_not_live(shop: Any, to: str, said: str) -> None:
    chip = blank_424(b"ours")
    shop.write(shop.plan(), chip)
    seen = look(shop, Says(chip, to, said, FIRST_MORE if to == PROOF else 1), Kind.NTAG424)
    assert (seen.state, seen.report["live"], seen.report["original"]) == ("live", False, True)


def test_what_fails_after_the_proof_takes_nothing_from_it(shop: Any) -> None:
    chip = blank_424(b"ours")
    shop.write(shop.plan(), chip)
    seen = look(shop, Says(chip, "90f60000", "6300"), Kind.NTAG424)
    assert (seen.report["live"], seen.report["counter"]) == (True, None)


def test_a_chip_half_written_or_taken_back_is_not_called_false(workshop: Any) -> None:
    plan, chip = workshop.plan(), blank_424(b"ours")
    with pytest.raises(ChipLost):
        workshop.write(plan, chip, cut=(24, 0))
    seen = look(workshop, chip, Kind.NTAG424)
    assert (seen.state, seen.report["live"]) == ("reserved", None)
    workshop.write(plan, chip)
    workshop.write(None, chip, kind="void")
    seen = look(workshop, chip, Kind.NTAG424)
    assert (seen.state, seen.report["live"]) == ("void", None)


def test_a_424_whose_file_is_closed_gets_its_report(workshop: Any) -> None:
    chip = blank_424(b"ours")
    workshop.write(workshop.plan(), chip)
    seen = look(workshop, Says(chip, "00b00000", "6982"), Kind.NTAG424)
    assert (seen.state, seen.number, seen.link) == ("live", 1, "")
    assert (seen.report["original"], seen.report["live"]) == (True, True)


def test_a_copy_that_does_not_say_its_type_gets_its_report(workshop: Any) -> None:
    chip = blank_21x(NTAG215, b"ours")
    link = workshop.write(workshop.plan(Kind.NTAG21X), chip, family=Kind.NTAG21X).link
    chip.says_version = False
    seen = look(workshop, chip, Kind.NTAG21X)
    assert (seen.state, seen.number, seen.uid) == ("live", 1, chip.uid)
    assert seen.link.partition("&m=")[0] == link.partition("&m=")[0]
    assert (seen.report["type"], seen.report["locked"], seen.report["original"]) == ("", None, True)
    for told in (
        "",
        "00",
        "00" * 31,
        "00" * 33,
    ):  # no signature, a refusal, one that was torn: none of it is a false one
        seen = look(workshop, Says(chip, "3c00", told), Kind.NTAG21X)
        assert (seen.report["original"], seen.report["signature"]) == (None, "holds")


@pytest.mark.parametrize("first", [4, 40, 0x83], ids=["link", "half of it", "configuration"])
def test_a_chip_that_may_not_be_read_gets_its_report(workshop: Any, first: int) -> None:
    chip = blank_21x(NTAG215, b"ours")
    workshop.write(workshop.plan(Kind.NTAG21X), chip, family=Kind.NTAG21X)
    chip.memory[NTAG215.cfg0 * 4 + 3] = first
    chip.memory[NTAG215.cfg0 * 4 + 4] |= 0x80
    seen = look(workshop, chip, Kind.NTAG21X)
    assert (seen.state, seen.number, seen.report["original"]) == ("live", 1, True)
    assert (seen.link != "", seen.report["type"]) == (first > 50, "ntag215")
