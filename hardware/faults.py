"""What PC/SC reports when something is wrong, as an error class, a sentence and what to do about it.

The codes are those of winscard.h (Microsoft) and pcsclite.h (pcsc-lite), the same numbers on both; below
0x10000 they are Windows system errors, which drivers pass on there. nfcpy reports `errno` of the operating
system. A code that is not in the table is a reader that does not work, named by its number.

Worked example: `fault(0x8010001D)` -> NoReader, "Dịch vụ đọc thẻ (pcscd) không chạy.", with the command to start it.
"""

import errno
import sys
from dataclasses import dataclass
from typing import Final

from ocop.hardware.reader import ChipLost, NoReader, ReaderError, ReaderGone, ReaderTaken

_SERVICE: Final = (
    "Linux: cài pcscd rồi chạy `sudo systemctl start pcscd.socket`",
    "Windows: mở services.msc, bật dịch vụ “Smart Card” (SCardSvr); dịch vụ này tự tắt khi rút đầu đọc cuối cùng",
)
_PLUG: Final = (
    "cắm đầu đọc; nếu đã cắm, cài trình điều khiển: sudo apt install libccid (hoặc libacsccid1)",
    "cắm đầu đọc; nếu đã cắm, cài trình điều khiển của hãng rồi xem mục “Smart card readers” trong Device Manager",
)
_RIGHTS: Final = (
    "tài khoản này chưa được dùng đầu đọc: chạy tại máy (không qua ssh) hoặc thêm quy tắc polkit cho "
    "org.debian.pcsc-lite.access_pcsc và access_card",
    "chạy bằng tài khoản đang đăng nhập tại máy; phiên Remote Desktop không thấy đầu đọc của máy này",
)
_TAKEN: Final = (
    "đóng chương trình đang dùng đầu đọc (nfcpy, scdaemon của GnuPG, phần mềm chữ ký số) rồi thử lại",
    "đóng phần mềm chữ ký số, phần mềm thử của hãng, cửa sổ ocop-station khác rồi thử lại",
)
_AGAIN: Final = ("cắm lại đầu đọc, máy tự làm tiếp", "cắm lại đầu đọc, máy tự làm tiếp")


@dataclass(frozen=True, slots=True)
class Fault:
    """One row: which class, which sentence, what to do on Linux and on Windows."""

    error: type[ReaderError]
    sentence: str
    hints: tuple[str, str]


_NO_SERVICE: Final = Fault(NoReader, "Dịch vụ đọc thẻ (pcscd, Smart Card) không chạy.", _SERVICE)
_NO_READER: Final = Fault(NoReader, "Không thấy đầu đọc nào.", _PLUG)
_NO_RIGHTS: Final = Fault(NoReader, "Không được phép dùng đầu đọc.", _RIGHTS)
_IN_USE: Final = Fault(ReaderTaken, "Đầu đọc đang bị chương trình khác giữ.", _TAKEN)
_GONE: Final = Fault(ReaderGone, "Đầu đọc vừa bị rút ra.", _AGAIN)
_STOPPED: Final = Fault(ReaderGone, "Dịch vụ đọc thẻ vừa dừng.", _SERVICE)
_LOST: Final = Fault(ChipLost, "Chip rời đầu đọc giữa chừng.", ("đặt lại đúng con chip ấy",) * 2)

FAULTS: Final = {
    0x8010001D: _NO_SERVICE,  # SCARD_E_NO_SERVICE
    0x8010001E: _STOPPED,  # SCARD_E_SERVICE_STOPPED
    0x80100012: _STOPPED,  # SCARD_P_SHUTDOWN
    0x80100003: _STOPPED,  # SCARD_E_INVALID_HANDLE: the service was started anew since
    0x8010002E: _NO_READER,  # SCARD_E_NO_READERS_AVAILABLE
    0x80100009: _GONE,  # SCARD_E_UNKNOWN_READER
    0x80100017: _GONE,  # SCARD_E_READER_UNAVAILABLE
    0x8010006A: _NO_RIGHTS,  # SCARD_W_SECURITY_VIOLATION: polkit said no
    0x80100027: _NO_RIGHTS,  # SCARD_E_NO_ACCESS
    0x8010000B: _IN_USE,  # SCARD_E_SHARING_VIOLATION
    0x80100069: _LOST,  # SCARD_W_REMOVED_CARD
    0x80100068: _LOST,  # SCARD_W_RESET_CARD
    0x80100067: _LOST,  # SCARD_W_UNPOWERED_CARD
    0x80100066: _LOST,  # SCARD_W_UNRESPONSIVE_CARD
    0x8010000C: _LOST,  # SCARD_E_NO_SMARTCARD
    0x80100016: _LOST,  # SCARD_E_NOT_TRANSACTED
    0x8010002F: _LOST,  # SCARD_E_COMM_DATA_LOST
    0x80100013: _LOST,  # SCARD_F_COMM_ERROR
    31: _LOST,  # ERROR_GEN_FAILURE
    121: _LOST,  # ERROR_SEM_TIMEOUT
    1117: _LOST,  # ERROR_IO_DEVICE
    5: _NO_RIGHTS,  # ERROR_ACCESS_DENIED
    6: _STOPPED,  # ERROR_INVALID_HANDLE
    22: _GONE,  # ERROR_BAD_COMMAND
    1167: _GONE,  # ERROR_DEVICE_NOT_CONNECTED
}
ERRNO: Final = {
    errno.EACCES: _NO_RIGHTS,
    errno.EPERM: _NO_RIGHTS,
    errno.EBUSY: _IN_USE,
    errno.ENODEV: _NO_READER,
    errno.EIO: _GONE,
    errno.ENOENT: _NO_READER,
}


def fault(code: int, windows: bool = sys.platform == "win32") -> ReaderError:
    """The error for a PC/SC return code (signed or not)."""
    code &= 0xFFFFFFFF
    row = FAULTS.get(code, Fault(ReaderGone, f"Đầu đọc báo lỗi 0x{code:08X}.", _AGAIN))
    return _made(row, windows)


def system_fault(number: int | None, windows: bool = sys.platform == "win32") -> ReaderError:
    """The error for an `errno`."""
    row = ERRNO.get(number or 0, Fault(ReaderGone, f"Đầu đọc báo lỗi hệ thống {number}.", _AGAIN))
    return _made(row, windows)


def _made(row: Fault, windows: bool) -> ReaderError:
    return ChipLost(row.sentence) if row.error is ChipLost else row.error(row.sentence, row.hints[windows])
