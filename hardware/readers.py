"""Which readers there are, and the one a name means.

| `--reader` | means |
|---|---|
| `auto` (default) | the first contactless reader of PC/SC, else the first that nfcpy drives |
| `sim` | the simulated reader with its tray of chips |
| `usb`, `usb:001:005`, `udp:127.0.0.1:54321`, `tty:USB0` | a path of nfcpy |
| anything else | the PC/SC reader whose name has these words |

Both libraries are optional; what is missing is told with the line that installs it.

Worked example: `open_reader("ACR122U", "vi")` -> a `PcscReader`.
"""

import sys
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Final

from ocop.hardware.faults import missing
from ocop.hardware.reader import NoReader, Reader, ReaderError

PCSC, NFCPY = "pcsc", "nfcpy"
NFCPY_PATHS: Final = ("usb", "udp", "tty", "com")
SIM: Final = "sim"


@dataclass(frozen=True, slots=True)
class Found:
    """One way to readers and what stands behind it: names, or why there are none."""

    way: str
    names: tuple[str, ...]
    problem: ReaderError | None = None


def list_readers(lang: str, windows: bool = sys.platform == "win32") -> list[Found]:
    """All readers by PC/SC and by nfcpy. Never raises a ReaderError: it is part of the answer."""
    found = []
    for way in (PCSC, NFCPY):
        try:
            found.append(Found(way, tuple(_module(way, lang, windows).reader_names(lang))))
        except ReaderError as error:
            found.append(Found(way, (), error))
    return found


def open_reader(wanted: str, lang: str, windows: bool = sys.platform == "win32") -> Reader:
    """The reader of that name; see the module. Raises ReaderError."""
    if wanted.partition(":")[0] in NFCPY_PATHS:
        return _opened(NFCPY, wanted, lang, windows)
    if wanted != "auto":
        return _opened(PCSC, wanted, lang, windows)
    try:
        return _opened(PCSC, "", lang, windows)
    except NoReader as error:
        try:
            return _opened(NFCPY, "usb", lang, windows)
        except NoReader:
            # PC/SC is the way that most readers want, so what is wrong there is the better advice.
            raise error from None


def _opened(way: str, name: str, lang: str, windows: bool) -> Reader:
    reader: Reader = _module(way, lang, windows).open_reader(name, lang)
    return reader


def _module(way: str, lang: str, windows: bool) -> Any:
    package, module = {PCSC: ("smartcard", "pcsc"), NFCPY: ("nfc", "usb")}[way]
    try:
        return import_module(f"ocop.hardware.{module}")
    except ImportError as error:
        raise missing(package, lang, windows) from error
