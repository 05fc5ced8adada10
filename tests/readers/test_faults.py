"""What is told for each code of each system: a class, a sentence, and something to do."""

import errno
from collections.abc import Callable
from typing import Any

import pytest
from ocop.hardware import readers
from ocop.hardware.faults import ERRNO, FAULTS, LIBRARIES, fault, missing, system_fault
from ocop.hardware.reader import ChipLost, NoReader, NotAChip, ReaderError, ReaderGone, ReaderTaken

# (code, what it is called, class, words of the hint on Linux, words of the hint on Windows)
TOLD = [
    (0x8010001D, "SCARD_E_NO_SERVICE", NoReader, "systemctl enable --now pcscd.socket", "services.msc"),
    (
        0x8010001E,
        "SCARD_E_SERVICE_STOPPED",
        ReaderGone,
        "cắm lại đầu đọc",
        "tự dừng khi rút đầu đọc cuối cùng",
    ),
    (0x80100003, "SCARD_E_INVALID_HANDLE", ReaderGone, "pcscd", "cắm lại đầu đọc"),
    (0x8010002E, "SCARD_E_NO_READERS_AVAILABLE", NoReader, "libccid", "Device Manager"),
    (0x80100017, "SCARD_E_READER_UNAVAILABLE", ReaderGone, "cắm lại", "cắm lại"),
    (0x8010006A, "SCARD_W_SECURITY_VIOLATION", NoReader, "polkit", "Remote Desktop"),
    (0x8010000B, "SCARD_E_SHARING_VIOLATION", ReaderTaken, "scdaemon", "phần mềm chữ ký số"),
    (0x80100069, "SCARD_W_REMOVED_CARD", ChipLost, "đặt lại", "đặt lại"),
    (0x80100016, "SCARD_E_NOT_TRANSACTED", ChipLost, "đặt lại", "đặt lại"),
    (1167, "ERROR_DEVICE_NOT_CONNECTED", ReaderGone, "cắm lại", "cắm lại"),
    (0x80100012, "SCARD_E_SYSTEM_CANCELLED", ReaderGone, "pcscd", "cắm lại đầu đọc"),
    (0x80100018, "SCARD_P_SHUTDOWN", ReaderGone, "pcscd", "cắm lại đầu đọc"),
    (0x80100009, "SCARD_E_UNKNOWN_READER", ReaderGone, "cắm lại", "cắm lại"),
    (0x80100027, "SCARD_E_NO_ACCESS", NoReader, "polkit", "Remote Desktop"),
    (0x80100065, "SCARD_W_UNSUPPORTED_CARD", NotAChip, "lấy con khác", "lấy con khác"),
    (0x80100031, "SCARD_E_SERVER_TOO_BUSY", ReaderGone, "restart pcscd", "services.msc"),
    (0x8010001A, "SCARD_E_READER_UNSUPPORTED", NoReader, "libacsccid1", "ACS Unified Driver"),
    (5, "ERROR_ACCESS_DENIED", NoReader, "polkit", "Remote Desktop"),
    (121, "ERROR_SEM_TIMEOUT", ChipLost, "đặt lại", "đặt lại"),
]
# Codes that are told in the very words of one above: what happened to the person at the reader is the same.
KIN = {
    0x8010001E: (0x80100003, 0x80100012, 0x80100002, 0x80100001, 0x80100018, 0x8010002B, 0x80100014, 0x80100007, 6),
    0x80100017: (0x80100009, 22, 1167),
    0x8010006A: (0x80100027, 5),
    0x80100069: (0x80100068, 0x80100067, 0x80100066, 0x8010000C, 0x80100010, 0x8010000F, 0x80100016, 0x8010002F,
                 0x80100013, 0x8010000A, 31, 121, 1117),
    0x80100065: (0x8010000D, 0x80100015, 0x8010001C),
    0x80100031: (0x80100006,),
    0x8010001A: (0x80100019, 0x8010001B, 0x8010001F, 0x80100022),
}  # fmt: skip
SYSTEM_KIN = {
    errno.EACCES: (errno.EPERM,),
    errno.ENODEV: (errno.ENXIO, errno.ENOENT),
    errno.EIO: (errno.EPIPE, errno.ETIMEDOUT),
}
KINDS = ("SCARD_E_", "SCARD_F_", "SCARD_W_", "SCARD_P_")
NOT_ASKED_FOR = {
    f"SCARD_{name}"
    for name in (
        "E_BAD_SEEK", "E_CANT_DISPOSE", "E_CERTIFICATE_UNAVAILABLE", "E_DIR_NOT_FOUND", "E_FILE_NOT_FOUND",
        "E_ICC_CREATEORDER", "E_ICC_INSTALLATION", "E_INSUFFICIENT_BUFFER", "E_INVALID_CHV", "E_INVALID_PARAMETER",
        "E_INVALID_TARGET", "E_INVALID_VALUE", "E_NO_DIR", "E_NO_FILE", "E_NO_KEY_CONTAINER",
        "E_NO_SUCH_CERTIFICATE", "E_WRITE_TOO_MANY", "W_CANCELLED_BY_USER", "W_CARD_NOT_AUTHENTICATED",
        "W_CHV_BLOCKED", "W_EOF", "W_WRONG_CHV",
    )
}  # fmt: skip
SYSTEM = [
    (errno.EACCES, NoReader, "udev", "Zadig"),
    (errno.EPERM, NoReader, "udev", "Zadig"),
    (errno.EBUSY, ReaderTaken, "modprobe -r pn533_usb", "đóng chương trình"),
    (errno.ENODEV, NoReader, "pn533_usb", "ACS Unified Driver"),
    (errno.EIO, ReaderGone, "cắm lại", "cắm lại"),
]


@pytest.mark.parametrize(("code", "name", "kind", "linux", "windows"), TOLD, ids=[row[1] for row in TOLD])
def test_a_code_of_pcsc_says_what_is_wrong_and_what_to_do(
    code: int, name: str, kind: type, linux: str, windows: str
) -> None:
    assert type(fault(code, "vi", windows=False)) is kind, name
    assert linux in fault(code, "vi", windows=False).hint
    assert windows in fault(code, "vi", windows=True).hint


@pytest.mark.parametrize(
    ("number", "kind", "linux", "windows"), SYSTEM, ids=[errno.errorcode[r[0]] for r in SYSTEM]
)
def test_an_errno_says_what_is_wrong_and_what_to_do(
    number: int, kind: type, linux: str, windows: str
) -> None:
    assert type(system_fault(number, "vi", windows=False)) is kind
    assert linux in system_fault(number, "vi", windows=False).hint
    assert windows in system_fault(number, "vi", windows=True).hint


@pytest.mark.parametrize("windows", [False, True])
@pytest.mark.parametrize(
    ("tell", "kin", "rows", "table"),
    [(fault, KIN, TOLD, FAULTS), (system_fault, SYSTEM_KIN, SYSTEM, ERRNO)],
    ids=["pcsc", "errno"],
)
def test_codes_that_mean_the_same_are_told_alike_and_none_is_left_out(
    tell: Callable[..., ReaderError], kin: dict[int, tuple[int, ...]], rows: Any, table: Any, windows: bool
) -> None:
    for first, others in kin.items():
        told = tell(first, "vi", windows=windows)
        for code in others:
            found = tell(code, "vi", windows=windows)
            assert (type(found), str(found)) == (type(told), str(told)), hex(code)
    named = {row[0] for row in rows}
    assert {*kin} <= named
    assert table.keys() == named.union(*kin.values())


def test_every_code_that_pcsc_can_give_about_readers_is_listed() -> None:
    """What is left are codes of certificates, PINs and card files, which nothing here asks for, and of wrong calls."""
    scard = pytest.importorskip("smartcard.scard")
    named = {name: value & 0xFFFFFFFF for name, value in vars(scard).items() if name.startswith(KINDS)}
    assert len(named) > 40
    assert {name for name, code in named.items() if code not in FAULTS} == NOT_ASKED_FOR


def test_windows_gives_its_codes_with_a_sign() -> None:
    assert fault(0x8010001D - 2**32).sentence == fault(0x8010001D).sentence


def test_a_code_nobody_knows_is_named_by_its_number_and_is_waited_for() -> None:
    assert type(fault(0x80109999)) is type(system_fault(999)) is ReaderGone
    assert fault(0x80109999).sentence == "Đầu đọc báo lỗi 0x80109999."
    assert "errno 999" in system_fault(999, "en").sentence


@pytest.mark.parametrize("windows", [False, True])
def test_every_row_is_whole_in_both_languages(windows: bool) -> None:
    every = [*FAULTS.values(), *ERRNO.values(), *LIBRARIES.values()]
    for row in every:
        assert all(row.vi), row
        assert all(row.en), row
        assert row.vi[0] != row.en[0]
    for package, words in (("smartcard", "pyscard"), ("nfc", "nfcpy")):
        told = missing(package, "en", windows)
        assert (words in told.sentence, bool(told.hint)) == (True, True)
    for tell, table in ((fault, FAULTS), (system_fault, ERRNO)):
        for code, row in table.items():
            assert tell(code, "en", windows).sentence == row.en[0]
            assert tell(code, "vi", windows).sentence == row.vi[0]


def test_what_is_listed_is_readers_or_the_reason_why_there_are_none() -> None:
    found = readers.list_readers("en")
    assert [one.way for one in found] == ["pcsc", "nfcpy"]
    for one in found:
        assert bool(one.names) != bool(one.problem)
        assert one.problem is None or one.problem.hint
