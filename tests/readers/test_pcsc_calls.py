"""What is asked of winscard, call by call, and what its answers mean: which reader, which chip, how often, let go."""

from typing import Any

import pytest
from ocop.hardware import pcsc
from ocop.hardware.reader import ChipLost, Family, NoChip, NoReader, ReaderError, ReaderGone, ReaderTaken
from smartcard import scard

NAME = "ACS ACR122U PICC Interface"
UID = "04DE5F1EACC040"
TYPE_2, TYPE_4 = "3B8F8001804F0CA0000003060300030000000068", "3B8180018080"
CLASSIC = "3B8F8001804F0CA000000306030001000000006A"
OK, NO = "9000", "6300"
READ, WRITE, VERSION = bytes.fromhex("3004"), bytes.fromhex("A204AABBCCDD"), b"\x60"
PASSWORD = bytes.fromhex("1B70773031")
FAILURES = [(0x80100017, ReaderGone), (0x8010001E, ReaderGone), (0x80100069, ChipLost)]


class Winscard:
    """The module `smartcard.scard`, by a script: `answers` to what is transmitted, the UID asked for aside; `codes` of
    the other calls; `held` are the connections that are open, `contexts` the contexts.
    """

    def __init__(self, atr: str = TYPE_2, name: str = NAME) -> None:
        self.atr, self.names, self.uids = atr, [name], [UID]
        self.answers: list[str] = []
        self.sent: list[str] = []
        self.codes: dict[str, int] = {}
        self.state = scard.SCARD_STATE_PRESENT
        self.held, self.contexts, self.reconnected, self.protocols = 0, 0, 0, [1, 2]
        self.said: list[int] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(scard, name)

    def SCardEstablishContext(self, scope: int) -> tuple[int, int]:
        code = self.codes.get("establish", 0)
        self.contexts += not code
        return code, 7

    def SCardReleaseContext(self, context: int) -> int:
        self.contexts -= 1
        return 0

    def SCardListReaders(self, context: int, groups: list[str]) -> tuple[int, list[str]]:
        return self.codes.get("list", 0), self.names

    def SCardGetStatusChange(self, context: int, milliseconds: int, states: Any) -> Any:
        assert milliseconds >= 0
        return self.codes.get("status", 0), [(self.names[0], self.state, list(bytes.fromhex(self.atr)))]

    def SCardConnect(self, context: int, name: str, mode: int, protocols: int) -> tuple[int, int, int]:
        code = self.codes.get("connect", 0)
        self.held += not code
        return code, 1, self.protocols[0]

    def SCardReconnect(self, card: int, mode: int, protocols: int, how: int) -> tuple[int, int]:
        self.reconnected += 1
        return self.codes.get("reconnect", 0), self.protocols[-1]

    def SCardDisconnect(self, card: int, disposition: int) -> int:
        self.held -= 1
        return 0

    def SCardTransmit(self, card: int, protocol: int, apdu: list[int]) -> tuple[int, list[int]]:
        self.said.append(protocol)
        if code := self.codes.get("transmit", 0):
            return code, []
        if bytes(apdu) == pcsc.GET_UID:
            uid = self.uids.pop(0) if len(self.uids) > 1 else self.uids[0]
            return 0, list(bytes.fromhex(uid + OK if uid else NO))
        self.sent.append(bytes(apdu).hex().upper())
        return 0, list(bytes.fromhex(self.answers.pop(0)))


@pytest.fixture
def card(monkeypatch: pytest.MonkeyPatch) -> Winscard:
    made = Winscard()
    monkeypatch.setattr(pcsc, "scard", made)
    return made


def on(card: Winscard) -> pcsc.PcscReader:
    reader = pcsc.open_reader("", "vi")
    reader.wait_for_chip(0)
    return reader


# --- which reader


@pytest.mark.parametrize(
    ("wanted", "names", "chosen"),
    [
        ("", ["ACR1252 Dual Reader SAM 0", "ACR1252 Dual Reader PICC 0"], 1),
        ("", ["ACR1281 1S Dual Reader ICC 0", "ACR1281 1S Dual Reader PICC 0"], 1),
        ("", ["Gemalto PC Twin Reader 0", "HID OMNIKEY 5022 CL 0"], 1),
        ("", ["Gemalto PC Twin Reader 0", "Alcor Micro AU9560 0"], 0),
        ("acr1252 picc", ["ACS ACR122U PICC 0", "ACS ACR1252 Dual Reader PICC 0"], 1),
        ("acr122 01", ["ACS ACR122U PICC Interface 00 00", "ACS ACR122U PICC Interface 01 00"], 1),
        ("sam", ["ACR1252 Dual Reader PICC 0", "ACR1252 Dual Reader SAM 0"], 1),
    ],
    ids=["no SAM", "no contact slot", "contactless first", "what there is", "all words", "second", "by name"],
)
def test_the_reader_is_the_one_that_is_meant(
    card: Winscard, wanted: str, names: list[str], chosen: int
) -> None:
    card.names = names
    assert pcsc.open_reader(wanted, "vi").name == names[chosen]
    assert card.contexts == 1


@pytest.mark.parametrize(("wanted", "name"), [("ACR1252", NAME), ("", "ACR1252 Dual Reader SAM 0")])
def test_where_none_is_meant_those_that_are_there_are_named_and_nothing_is_kept(
    card: Winscard, wanted: str, name: str
) -> None:
    card.names = [name]
    with pytest.raises(NoReader) as caught:
        pcsc.open_reader(wanted, "vi")
    assert f"({name})" in caught.value.hint
    assert card.contexts == 0


@pytest.mark.parametrize("code", [0, 0x8010002E - 2**32, 0x8010001D])
def test_no_readers_is_no_reader_in_whatever_way_it_is_said(card: Winscard, code: int) -> None:
    card.names, card.codes = [], {"list": code}
    for ask in (pcsc.reader_names, lambda lang: pcsc.open_reader("", lang)):
        with pytest.raises(NoReader):
            ask("vi")
    assert card.contexts == 0


def test_a_code_counts_also_beside_names(card: Winscard) -> None:
    card.codes = {"list": 0x8010001E}
    with pytest.raises(ReaderGone):
        pcsc.reader_names("vi")
    card.codes = {"establish": 0x8010001D}
    with pytest.raises(NoReader):
        pcsc.reader_names("vi")
    assert card.contexts == 0


# --- which chip


@pytest.mark.parametrize(
    ("atr", "family"), [(TYPE_2, Family.TYPE_2), (CLASSIC, Family.OTHER), (TYPE_4, Family.TYPE_4)]
)
def test_the_kind_of_chip_is_what_the_atr_says(card: Winscard, atr: str, family: Family) -> None:
    card.atr = atr
    assert pcsc.open_reader("", "vi").wait_for_chip(0).family is family


def test_a_chip_that_gives_another_random_number_each_time_is_still_the_same(card: Winscard) -> None:
    card.atr, card.uids = TYPE_4, ["08AABBCC", "08DDEEFF", "08112233"]
    on(card).reactivate()
    card.uids = [UID, "04AAAAAAAAAAAA"]
    reader = on(card)
    with pytest.raises(ChipLost):
        reader.reactivate()


@pytest.mark.parametrize("state", ["UNKNOWN", "UNAVAILABLE", "IGNORE"])
@pytest.mark.parametrize("chip", [0, scard.SCARD_STATE_PRESENT])
def test_a_reader_that_is_unplugged_while_it_waits_is_gone(card: Winscard, state: str, chip: int) -> None:
    reader = pcsc.open_reader("", "vi")
    card.state = getattr(scard, f"SCARD_STATE_{state}") | chip
    for wait in (reader.wait_for_chip, reader.wait_for_removal):
        with pytest.raises(ReaderGone, match="vừa bị rút ra"):
            wait(0)


@pytest.mark.parametrize(("code", "kind"), FAILURES)
@pytest.mark.parametrize("call", ["status", "connect", "transmit", "reconnect"])
def test_whatever_call_fails_says_why(card: Winscard, call: str, code: int, kind: type[ReaderError]) -> None:
    reader = on(card) if call in ("transmit", "reconnect") else pcsc.open_reader("", "vi")
    card.codes, card.answers = {call: code}, [NO]
    with pytest.raises(kind) as caught:
        reader.transceive(VERSION) if call in ("transmit", "reconnect") else reader.wait_for_chip(0)
    assert type(caught.value) is kind


def test_a_reader_that_does_not_say_which_chip_lies_there_has_none(card: Winscard) -> None:
    card.uids = [""]
    with pytest.raises(ChipLost):
        on(card)


def test_who_wakes_after_the_end_of_a_wait_does_not_wait_for_ever(
    card: Winscard, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader, times = pcsc.open_reader("", "vi"), iter([0.0, 5.0, 5.0, 5.0])
    card.state, card.codes = scard.SCARD_STATE_EMPTY, {"status": pcsc.TIMEOUT}
    monkeypatch.setattr(pcsc.time, "monotonic", lambda: next(times))
    with pytest.raises(NoChip):
        reader.wait_for_chip(1)


def test_nothing_is_said_to_a_chip_that_was_not_seen(card: Winscard) -> None:
    with pytest.raises(ChipLost):
        pcsc.open_reader("", "vi").transceive(VERSION)
    reader = on(card)
    reader.wait_for_removal(0)
    with pytest.raises(ChipLost):
        reader.transceive(VERSION)
    assert card.sent == []


# --- once or twice


@pytest.mark.parametrize(
    ("command", "answers", "found"),
    [
        (READ, ["00" * 15 + OK, "11" * 16 + OK], "11" * 16),
        (VERSION, ["00" + OK, "D543000004040201001103" + OK], "0004040201001103"),
        (READ, [NO, "11" * 16 + OK], "11" * 16),
        (READ, [NO, NO], "00"),
        (WRITE, [OK], "0A"),
        (WRITE, [NO], "00"),
        (PASSWORD, ["D54301" + OK], ""),
        (PASSWORD, [NO], ""),
        (b"", [], ""),
    ],
    ids=["garbled READ", "garbled GET_VERSION", "READ not heard", "READ refused", "WRITE", "WRITE refused",
         "wrong password", "password not heard", "nothing"],
)  # fmt: skip
def test_what_only_reads_is_asked_twice_at_most_and_what_writes_or_tries_a_password_once(
    card: Winscard, command: bytes, answers: list[str], found: str
) -> None:
    reader = on(card)
    card.answers = list(answers)
    assert reader.transceive(command).hex().upper() == found
    assert (len(card.sent), card.answers) == (len(answers), [])


@pytest.mark.parametrize(
    ("command", "answers"),
    [(READ, ["00" * 15 + OK] * 2), (PASSWORD, ["8008" + OK]), (VERSION, [""]), (WRITE, [""])],
    ids=["garbled twice", "garbled password", "no status word", "no status word of a write"],
)
def test_what_is_no_answer_is_a_chip_that_went(card: Winscard, command: bytes, answers: list[str]) -> None:
    reader = on(card)
    card.answers = [*answers, OK, OK]
    with pytest.raises(ChipLost) as caught:
        reader.transceive(command)
    assert caught.value.hint == "đặt lại đúng con chip ấy"
    assert len(card.sent) == len(answers)


def test_a_write_that_went_well_is_not_looked_into_and_one_that_did_not_is(card: Winscard) -> None:
    reader = on(card)
    card.answers = [OK, NO]
    reader.transceive(WRITE)
    assert card.reconnected == 0
    reader.transceive(WRITE)
    assert card.reconnected == 1


def test_a_chip_that_goes_while_it_is_asked_again_has_gone(card: Winscard) -> None:
    reader = on(card)
    card.answers, card.uids = [NO, NO], [UID, ""]
    with pytest.raises(ChipLost):
        reader.transceive(READ)


def test_an_ntag424s_answer_is_its_own_and_the_readers_is_looked_into(card: Winscard) -> None:
    card.atr = TYPE_4
    reader = on(card)
    card.answers = ["919D", NO]
    assert (reader.transceive(bytes(4)).hex(), card.reconnected) == ("919d", 0)
    assert (reader.transceive(bytes(4)).hex(), card.reconnected) == ("6300", 1)


def test_after_a_reactivation_the_chip_is_spoken_to_as_was_agreed_then(card: Winscard) -> None:
    reader = on(card)
    card.said.clear()
    reader.reactivate()
    assert set(card.said) == {2}


@pytest.mark.parametrize(
    ("name", "begun"), [("HID OMNIKEY 5022", True), (NAME, False), ("ACS ACR1252", False)]
)
def test_a_transparent_session_is_begun_where_there_is_one_and_again_when_the_chip_was_off(
    card: Winscard, name: str, begun: bool
) -> None:
    card.names, card.answers = [name], [OK, OK]
    reader = on(card)
    assert card.sent == ["FFC2000002810000"] * begun
    reader.reactivate()
    assert card.sent == ["FFC2000002810000"] * 2 * begun


# --- let go


def test_chip_and_service_are_let_go_once(card: Winscard) -> None:
    reader = on(card)
    assert (card.held, card.contexts) == (1, 1)
    reader.wait_for_chip(0)
    assert card.held == 1, "the connection of before was let go"
    card.state = scard.SCARD_STATE_EMPTY
    assert reader.wait_for_removal(0)
    assert card.held == 0
    card.state = scard.SCARD_STATE_PRESENT
    reader.wait_for_chip(0)
    reader.close()
    reader.close()
    assert (card.held, card.contexts) == (0, 0)
    pcsc.reader_names("vi")
    assert card.contexts == 0


def test_a_chip_that_could_not_be_had_is_not_held(card: Winscard) -> None:
    card.codes = {"connect": 0x8010000B}
    reader = pcsc.PcscReader(7, NAME, "vi", lambda seconds: None)
    with pytest.raises(ReaderTaken):
        reader.wait_for_chip(0)
    reader.close()
    assert card.held == 0
