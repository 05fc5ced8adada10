"""What the system reports when something is wrong with a reader, as an error class, a sentence and what to do.

The codes of PC/SC are those of winscard.h (Microsoft) and pcsclite.h (pcsc-lite), the same numbers on both; below
0x10000 they are Windows system errors, which drivers pass on there. nfcpy reports `errno` of the operating
system. A code that is not in a table is a reader that does not work, named by its number.

Worked example: `fault(0x8010001D, "vi", windows=False)` -> NoReader, "Dịch vụ đọc thẻ (pcscd) không chạy.", with the
command that starts it as its hint.
"""

import errno
import sys
from dataclasses import dataclass
from typing import Final

from ocop.hardware.reader import ChipLost, NoReader, NotAChip, ReaderError, ReaderGone, ReaderTaken

WINDOWS: Final = sys.platform == "win32"


@dataclass(frozen=True, slots=True)
class Fault:
    """One row. Each language has a sentence and what to do on Linux and on Windows."""

    error: type[ReaderError]
    vi: tuple[str, str, str]
    en: tuple[str, str, str]


NO_SERVICE: Final = Fault(
    NoReader,
    (
        "Dịch vụ đọc thẻ của máy không chạy.",
        "cài và bật pcscd: sudo apt install pcscd libccid && sudo systemctl enable --now pcscd.socket",
        "mở services.msc, bật dịch vụ “Smart Card” (SCardSvr) và đặt tự khởi động; nếu dịch vụ tự tắt thì cắm đầu "
        "đọc trước rồi thử lại",
    ),
    (
        "The smart card service of this computer is not running.",
        "install and start pcscd: sudo apt install pcscd libccid && sudo systemctl enable --now pcscd.socket",
        "open services.msc and start “Smart Card” (SCardSvr), start type automatic; if it stops by itself, plug in "
        "the reader first and try again",
    ),
)
STOPPED: Final = Fault(
    ReaderGone,
    (
        "Dịch vụ đọc thẻ của máy vừa dừng.",
        "cắm lại đầu đọc; nếu vẫn vậy: sudo systemctl restart pcscd.socket",
        "dịch vụ “Smart Card” của Windows tự dừng khi rút đầu đọc cuối cùng: cắm lại đầu đọc, máy tự làm tiếp",
    ),
    (
        "The smart card service of this computer has just stopped.",
        "plug the reader in again; if that is not enough: sudo systemctl restart pcscd.socket",
        "Windows stops its “Smart Card” service when the last reader is unplugged: plug it in again, the rest "
        "happens by itself",
    ),
)
NO_READER: Final = Fault(
    NoReader,
    (
        "Không thấy đầu đọc nào.",
        "cắm đầu đọc; nếu đã cắm, cài trình điều khiển: sudo apt install libccid (ACS: libacsccid1), và chặn mô-đun "
        "pn533 giữ mất ACR122U: echo 'blacklist pn533_usb' | sudo tee /etc/modprobe.d/ocop.conf, rồi rút ra cắm lại",
        "cắm đầu đọc; nếu đã cắm, cài trình điều khiển của hãng (ACS: “ACS Unified Driver”) rồi xem mục “Smart card "
        "readers” trong Device Manager",
    ),
    (
        "No reader was found.",
        "plug it in; if it is, install its driver: sudo apt install libccid (ACS: libacsccid1), and keep the module "
        "pn533 off an ACR122U: echo 'blacklist pn533_usb' | sudo tee /etc/modprobe.d/ocop.conf, then plug it in again",
        "plug it in; if it is, install the maker's driver (ACS: “ACS Unified Driver”) and look under “Smart card "
        "readers” in the Device Manager",
    ),
)
BUSY: Final = Fault(
    ReaderGone,
    (
        "Dịch vụ đọc thẻ của máy đang quá tải hoặc hết bộ nhớ.",
        "đóng bớt chương trình rồi thử lại; nếu vẫn vậy: sudo systemctl restart pcscd.socket",
        "đóng bớt chương trình rồi thử lại; nếu vẫn vậy, khởi động lại dịch vụ “Smart Card” trong services.msc",
    ),
    (
        "The smart card service of this computer is overloaded or out of memory.",
        "close other programs and try again; if that is not enough: sudo systemctl restart pcscd.socket",
        "close other programs and try again; if that is not enough, restart “Smart Card” in services.msc",
    ),
)
BAD_DRIVER: Final = Fault(
    NoReader,
    (
        "Trình điều khiển của đầu đọc không làm được việc này.",
        "cài trình điều khiển mới: sudo apt install libccid (ACS: libacsccid1), rồi rút ra cắm lại; chỉ cắm một đầu "
        "đọc cùng loại",
        "cài trình điều khiển của hãng (ACS: “ACS Unified Driver”) thay cho trình của Windows, rồi rút ra cắm lại",
    ),
    (
        "The reader's driver can't do this.",
        "install a newer driver: sudo apt install libccid (ACS: libacsccid1), and plug the reader in again; one reader "
        "of a kind at a time",
        "install the maker's driver (ACS: “ACS Unified Driver”) in place of that of Windows, and plug it in again",
    ),
)
NOT_A_CHIP: Final = Fault(
    NotAChip,
    (
        "Đầu đọc không nhận ra chip này.",
        *("đặt đúng một con chip giữa đầu đọc; vẫn vậy thì lấy con khác",) * 2,
    ),
    (
        "The reader does not know this chip.",
        *("put one chip on the middle; if that does not help, take another",) * 2,
    ),
)
NO_RIGHTS: Final = Fault(
    NoReader,
    (
        "Tài khoản này không được phép dùng đầu đọc.",
        "chạy ngay tại máy (không qua ssh), hoặc thêm quy tắc polkit cho org.debian.pcsc-lite.access_pcsc và "
        "org.debian.pcsc-lite.access_card",
        "chạy bằng tài khoản đang đăng nhập tại máy: phiên Remote Desktop không thấy đầu đọc của máy này",
    ),
    (
        "This account may not use the reader.",
        "work at the machine itself (not over ssh), or add a polkit rule for org.debian.pcsc-lite.access_pcsc and "
        "org.debian.pcsc-lite.access_card",
        "use the account that is logged in at the machine: a Remote Desktop session does not see its readers",
    ),
)
NO_USB_RIGHTS: Final = Fault(
    NoReader,
    (
        "Tài khoản này không được phép mở cổng USB của đầu đọc.",
        'thêm quy tắc udev rồi cắm lại: echo \'SUBSYSTEM=="usb", ATTR{idVendor}=="072f", TAG+="uaccess"\' | sudo tee '
        "/etc/udev/rules.d/70-ocop.rules (072f là ACS; hãng khác xem lsusb)",
        "thay trình điều khiển của đầu đọc bằng WinUSB (chương trình Zadig), hoặc dùng đường PC/SC: --reader auto",
    ),
    (
        "This account may not open the reader's USB port.",
        'add a udev rule and plug it in again: echo \'SUBSYSTEM=="usb", ATTR{idVendor}=="072f", TAG+="uaccess"\' | '
        "sudo tee /etc/udev/rules.d/70-ocop.rules (072f is ACS; for others see lsusb)",
        "replace the reader's driver by WinUSB (the program Zadig), or go by PC/SC: --reader auto",
    ),
)
IN_USE: Final = Fault(
    ReaderTaken,
    (
        "Đầu đọc đang bị chương trình khác giữ.",
        "đóng chương trình ấy (cửa sổ ocop-station khác, scdaemon của GnuPG, phần mềm chữ ký số) rồi thử lại",
        "đóng phần mềm chữ ký số, phần mềm thử của hãng, cửa sổ ocop-station khác rồi thử lại",
    ),
    (
        "Another program holds the reader.",
        "close it (another ocop-station, GnuPG's scdaemon, signing software) and try again",
        "close signing software, the maker's test program, another ocop-station, and try again",
    ),
)
USB_IN_USE: Final = Fault(
    ReaderTaken,
    (
        "Đầu đọc đang bị chương trình khác hoặc nhân Linux giữ.",
        "dừng pcscd (sudo systemctl stop pcscd.socket pcscd) và gỡ mô-đun của nhân: sudo modprobe -r pn533_usb pn533; "
        "hoặc dùng đường PC/SC: --reader auto",
        "đóng chương trình đang dùng đầu đọc rồi thử lại, hoặc dùng đường PC/SC: --reader auto",
    ),
    (
        "Another program, or Linux itself, holds the reader.",
        "stop pcscd (sudo systemctl stop pcscd.socket pcscd) and unload the kernel's module: sudo modprobe -r "
        "pn533_usb pn533; or go by PC/SC: --reader auto",
        "close the program that uses the reader and try again, or go by PC/SC: --reader auto",
    ),
)
GONE: Final = Fault(
    ReaderGone,
    ("Đầu đọc vừa bị rút ra.", *("cắm lại đầu đọc, máy tự làm tiếp",) * 2),
    ("The reader was unplugged.", *("plug it in again, the rest happens by itself",) * 2),
)
LOST: Final = Fault(
    ChipLost,
    ("Chip rời đầu đọc giữa chừng.", *("đặt lại đúng con chip ấy",) * 2),
    ("The chip left the reader too early.", *("put the same chip back",) * 2),
)
LIBRARIES: Final = {
    "smartcard": Fault(
        NoReader,
        (
            "Chưa cài pyscard, phần nối với đầu đọc qua PC/SC.",
            "sudo apt install pcscd libccid swig gcc libpcsclite-dev python3-dev rồi chạy: make pcsc",
            "chạy: pip install pyscard",
        ),
        (
            "pyscard, the way to readers on PC/SC, is not installed.",
            "sudo apt install pcscd libccid swig gcc libpcsclite-dev python3-dev, then: make pcsc",
            "run: pip install pyscard",
        ),
    ),
    "nfc": Fault(
        NoReader,
        ("Chưa cài nfcpy.", *('chạy: pip install "ocop-trace[station]"',) * 2),
        ("nfcpy is not installed.", *('run: pip install "ocop-trace[station]"',) * 2),
    ),
}

FAULTS: Final = {
    0x8010001D: NO_SERVICE,  # SCARD_E_NO_SERVICE
    0x8010001E: STOPPED,  # SCARD_E_SERVICE_STOPPED
    0x80100012: STOPPED,  # SCARD_E_SYSTEM_CANCELLED: somebody logged off, or the machine shuts down
    0x80100003: STOPPED,  # SCARD_E_INVALID_HANDLE: the service was started anew since
    0x80100002: STOPPED,  # SCARD_E_CANCELLED: its end cancels what waits
    0x80100001: STOPPED,  # SCARD_F_INTERNAL_ERROR: pcscd was killed while it was asked
    0x8010002E: NO_READER,  # SCARD_E_NO_READERS_AVAILABLE
    0x80100009: GONE,  # SCARD_E_UNKNOWN_READER
    0x80100017: GONE,  # SCARD_E_READER_UNAVAILABLE
    0x8010006A: NO_RIGHTS,  # SCARD_W_SECURITY_VIOLATION: polkit said no
    0x80100027: NO_RIGHTS,  # SCARD_E_NO_ACCESS
    0x8010000B: IN_USE,  # SCARD_E_SHARING_VIOLATION
    0x80100069: LOST,  # SCARD_W_REMOVED_CARD
    0x80100068: LOST,  # SCARD_W_RESET_CARD
    0x80100067: LOST,  # SCARD_W_UNPOWERED_CARD
    0x80100066: LOST,  # SCARD_W_UNRESPONSIVE_CARD
    0x8010000C: LOST,  # SCARD_E_NO_SMARTCARD
    0x80100010: LOST,  # SCARD_E_NOT_READY
    0x8010000F: LOST,  # SCARD_E_PROTO_MISMATCH: the chip went while its protocol was agreed on
    0x80100016: LOST,  # SCARD_E_NOT_TRANSACTED
    0x8010002F: LOST,  # SCARD_E_COMM_DATA_LOST
    0x80100013: LOST,  # SCARD_F_COMM_ERROR
    0x8010000A: LOST,  # SCARD_E_TIMEOUT: a wait for a chip that ends is no fault, `pcsc` says so itself
    0x8010000D: NOT_A_CHIP,  # SCARD_E_UNKNOWN_CARD
    0x80100015: NOT_A_CHIP,  # SCARD_E_INVALID_ATR
    0x8010001C: NOT_A_CHIP,  # SCARD_E_CARD_UNSUPPORTED
    0x80100065: NOT_A_CHIP,  # SCARD_W_UNSUPPORTED_CARD
    0x80100018: STOPPED,  # SCARD_P_SHUTDOWN
    0x8010002B: STOPPED,  # SCARD_E_UNKNOWN_RES_MNG
    0x80100014: STOPPED,  # SCARD_F_UNKNOWN_ERROR
    0x80100007: STOPPED,  # SCARD_F_WAITED_TOO_LONG
    0x80100006: BUSY,  # SCARD_E_NO_MEMORY
    0x80100031: BUSY,  # SCARD_E_SERVER_TOO_BUSY
    0x80100019: BAD_DRIVER,  # SCARD_E_PCI_TOO_SMALL
    0x8010001A: BAD_DRIVER,  # SCARD_E_READER_UNSUPPORTED
    0x8010001B: BAD_DRIVER,  # SCARD_E_DUPLICATE_READER
    0x8010001F: BAD_DRIVER,  # SCARD_E_UNSUPPORTED_FEATURE, SCARD_E_UNEXPECTED in pcsc-lite
    0x80100022: BAD_DRIVER,  # SCARD_E_UNSUPPORTED_FEATURE
    31: LOST,  # ERROR_GEN_FAILURE
    121: LOST,  # ERROR_SEM_TIMEOUT
    1117: LOST,  # ERROR_IO_DEVICE
    5: NO_RIGHTS,  # ERROR_ACCESS_DENIED
    6: STOPPED,  # ERROR_INVALID_HANDLE
    22: GONE,  # ERROR_BAD_COMMAND
    1167: GONE,  # ERROR_DEVICE_NOT_CONNECTED
}
ERRNO: Final = {
    errno.EACCES: NO_USB_RIGHTS,
    errno.EPERM: NO_USB_RIGHTS,
    errno.EBUSY: USB_IN_USE,
    errno.ENODEV: NO_READER,
    errno.ENXIO: NO_READER,
    errno.ENOENT: NO_READER,
    errno.EIO: GONE,
    errno.EPIPE: GONE,
    errno.ETIMEDOUT: GONE,
}


def fault(code: int, lang: str = "vi", windows: bool = WINDOWS) -> ReaderError:
    """The error for a PC/SC return code (signed or not)."""
    code &= 0xFFFFFFFF
    return told(FAULTS.get(code) or _unknown(f"0x{code:08X}"), lang, windows)


def system_fault(number: int | None, lang: str = "vi", windows: bool = WINDOWS) -> ReaderError:
    """The error for an `errno`."""
    return told(ERRNO.get(number or 0) or _unknown(f"errno {number}"), lang, windows)


def missing(package: str, lang: str = "vi", windows: bool = WINDOWS) -> ReaderError:
    """The error for a library that is not installed: `smartcard` (pyscard) or `nfc` (nfcpy)."""
    return told(LIBRARIES[package], lang, windows)


def told(row: Fault, lang: str, windows: bool = WINDOWS) -> ReaderError:
    """The row as an error in that language, for that system."""
    sentence, linux, microsoft = row.en if lang == "en" else row.vi
    hint = microsoft if windows else linux
    made = row.error(sentence) if issubclass(row.error, ChipLost) else row.error(sentence, hint)
    made.hint = hint
    return made


def _unknown(named: str) -> Fault:
    return Fault(
        ReaderGone,
        (f"Đầu đọc báo lỗi {named}.", *GONE.vi[1:]),
        (f"The reader reports {named}.", *GONE.en[1:]),
    )
