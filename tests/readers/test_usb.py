"""nfcpy's readers on USB, of which no machine here has one: how they are found, and what they say of chips."""

import errno
from typing import Any

import nfc
import nfc.clf
import nfc.clf.transport
import nfc.tag.tt4
import pytest
from ocop.hardware import usb
from ocop.hardware.reader import ChipLost, Family, NoChip, NoReader, ReaderError, ReaderGone, ReaderTaken
from ocop.hardware.usb import NfcpyReader

ACR122, RCS380, MOUSE = (0x072F, 0x2200), (0x054C, 0x06C1), (0x046D, 0xC077)
UID, OTHER = bytes.fromhex("04de5f1eacc040"), bytes.fromhex("04aaaaaaaaaaaa")


@pytest.fixture
def plugged(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Says what is plugged in and what opening each path raises; gives the paths that were opened."""

    def put(found: list[tuple[int, int, Any, Any]], **errors: Exception) -> list[str]:
        tried: list[str] = []

        class Front:
            device = "a reader"

            def open(self, path: str) -> bool:
                tried.append(path)
                error = errors.get(path.replace(":", "_"))
                if error is not None:
                    raise error
                return path != "tty:NONE"

        monkeypatch.setattr(nfc.clf.transport.USB, "find", lambda path: found)
        monkeypatch.setattr(nfc, "ContactlessFrontend", Front)
        return tried

    return put


def test_every_reader_that_nfcpy_knows_is_listed_by_its_place_and_nothing_else(plugged: Any) -> None:
    plugged([(*MOUSE, 1, 2), (*ACR122, 1, 15), (*RCS380, "002", "003")])
    assert usb.reader_names("vi") == ["usb:001:015", "usb:002:003"]
    plugged([(*MOUSE, 1, 2)])
    with pytest.raises(NoReader):
        usb.reader_names("vi")


def test_the_first_reader_that_opens_is_taken(plugged: Any) -> None:
    tried = plugged([(*ACR122, 1, 5), (*RCS380, 1, 6)], usb_001_005=OSError(errno.EBUSY, "busy"))
    assert usb.open_reader("usb", "vi").name == "a reader (usb:001:006)"
    assert tried == ["usb:001:005", "usb:001:006"]


def test_the_reason_of_the_first_is_told_when_none_opens(plugged: Any) -> None:
    held, forbidden = OSError(errno.EBUSY, "busy"), OSError(errno.EACCES, "no")
    plugged([(*ACR122, 1, 5), (*RCS380, 1, 6)], usb_001_005=held, usb_001_006=forbidden)
    with pytest.raises(ReaderTaken):
        usb.open_reader("usb", "vi")


@pytest.mark.parametrize("error", [ValueError("no path"), TypeError("no path")])
def test_a_path_that_nfcpy_can_not_read_is_no_reader(plugged: Any, error: Exception) -> None:
    plugged([], usb_x=error)
    with pytest.raises(NoReader):
        usb.open_reader("usb:x", "vi")
    with pytest.raises(NoReader):
        usb.open_reader("tty:NONE", "vi")


class Front:
    """A reader whose looks follow a script: a chip, None for nothing, an error. The last goes on for ever."""

    device = "scripted"

    def __init__(self, *looks: Any) -> None:
        self.looks, self.closed, self.exchanged = list(looks), 0, []  # type: ignore[var-annotated]

    def sense(self, wanted: Any) -> Any:
        found = self.looks.pop(0) if len(self.looks) > 1 else self.looks[0]
        if isinstance(found, Exception):
            raise found
        return found

    def exchange(self, command: bytes, seconds: float) -> bytes:
        self.exchanged.append(bytes(command))
        raise nfc.clf.TimeoutError

    def close(self) -> None:
        self.closed += 1


def target(sel_res: bytes | None = b"\x00", uid: bytes = UID) -> Any:
    marks = {} if sel_res is None else {"sel_res": sel_res}
    return nfc.clf.RemoteTarget("106A", sdd_res=uid, **marks)


def reader_of(*looks: Any) -> tuple[NfcpyReader, Front]:
    front = Front(*looks)
    return NfcpyReader(front, "usb:001:005", "vi"), front


@pytest.mark.parametrize(
    ("sel_res", "family"),
    [(b"\x00", Family.TYPE_2), (b"\x04", Family.TYPE_2), (b"\x08", Family.OTHER), (b"\x18", Family.OTHER),
     (b"\x40", Family.OTHER), (None, Family.OTHER)],
    ids=["NTAG21x", "NTAG21x, UID not complete", "Classic 1K", "Classic 4K", "phone", "nothing said"],
)  # fmt: skip
def test_only_what_says_that_it_is_one_is_an_ntag21x(sel_res: bytes | None, family: Family) -> None:
    assert reader_of(target(sel_res))[0].wait_for_chip(0).family is family


def test_another_chip_in_its_place_is_a_chip_that_was_lost_and_hears_nothing() -> None:
    reader, front = reader_of(target(), target(uid=OTHER))
    reader.wait_for_chip(0)
    for _ in range(2):
        with pytest.raises(ChipLost):
            reader.reactivate()
    with pytest.raises(ChipLost):
        reader.transceive(b"\x60")
    assert front.exchanged == []


@pytest.mark.parametrize(
    ("number", "kind"),
    [(errno.EIO, ReaderGone), (errno.ETIMEDOUT, ReaderGone), (errno.EPIPE, ReaderGone), (errno.ENODEV, NoReader),
     (None, ReaderGone), (errno.EDOM, ReaderGone)],
)  # fmt: skip
def test_a_reader_that_is_unplugged_is_told_and_is_no_chip_that_went(
    number: int | None, kind: type[ReaderError]
) -> None:
    error = OSError(number, "gone") if number else OSError("gone")
    for ask in (lambda reader: reader.wait_for_chip(0), lambda reader: reader.wait_for_removal(0)):
        reader, _ = reader_of(error)
        with pytest.raises(kind) as caught:
            ask(reader)
        assert not isinstance(caught.value, ChipLost)
        assert number or "errno None" in caught.value.sentence


def test_a_chip_that_stays_is_not_removed() -> None:
    reader, _ = reader_of(target())
    assert reader.wait_for_removal(0) is False
    assert reader_of(None)[0].wait_for_removal(0) is True


def test_an_ntag424_that_goes_while_it_is_activated_is_not_there_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    tags: list[Any] = [nfc.tag.tt4.Type4TagCommandError(nfc.tag.TIMEOUT_ERROR), nfc.clf.TransmissionError()]

    def activated(front: Any, found: Any) -> Any:
        raise tags.pop(0)

    monkeypatch.setattr(nfc.tag.tt4, "Type4ATag", activated)
    for _ in range(2):
        reader, _ = reader_of(target(b"\x20"))
        with pytest.raises(NoChip):
            reader.wait_for_chip(0)
    assert tags == []


def test_a_chip_is_not_spoken_to_as_the_one_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nfc.tag.tt4, "Type4ATag", lambda front, found: object())
    reader, front = reader_of(target(b"\x20"), target(uid=OTHER))
    assert reader.wait_for_chip(0).family is Family.TYPE_4
    assert reader.wait_for_chip(0).uid == OTHER
    assert reader.transceive(b"\x60") == b""
    assert front.exchanged == [b"\x60"]


def test_nothing_is_said_to_a_chip_that_was_not_seen_or_through_a_reader_that_was_let_go() -> None:
    reader, front = reader_of(target())
    with pytest.raises(ChipLost):
        reader.transceive(b"\x60")
    reader.close()
    reader.close()
    assert front.closed == 1
    with pytest.raises(NoReader):
        reader.wait_for_chip(0)
    assert front.exchanged == []
