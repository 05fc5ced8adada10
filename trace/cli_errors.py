"""From an exception to an exit code and sentences: one table for every command."""

import errno
import logging

from ocop.trace.cli_common import Refused
from ocop.trace.gs1.digital_link import LinkError
from ocop.trace.keeping import BadBackup, InTheWay
from ocop.trace.pages.labels_stock import LabelError
from ocop.trace.registering import BadFile
from ocop.trace.registry.erasures import BadErasures
from ocop.trace.registry.errors import (
    AlreadyCreated,
    BadPicture,
    BadValue,
    NewerSchema,
    NotCreated,
    OldSchema,
    RegistryError,
    StoreError,
    Unknown,
    WrongRealm,
)
from ocop.trace.registry.keystore import BadSecret, KeystoreError
from ocop.trace.settings import BadSettings
from ocop.trace.tags.errors import ChipError
from ocop.trace.tags.qr import QRError

LOG = logging.getLogger("ocop.trace")

# The first class that fits decides.
CODES: tuple[tuple[type[BaseException], int], ...] = (
    (BadSettings, 3),
    (LinkError, 3),
    (QRError, 3),
    (LabelError, 3),
    (BadFile, 3),
    (BadValue, 3),
    (BadPicture, 3),
    (BadBackup, 3),
    (BadErasures, 3),
    (BadSecret, 3),
    (Unknown, 3),
    (ChipError, 3),
    (InTheWay, 4),
    (NotCreated, 4),
    (AlreadyCreated, 4),
    (OldSchema, 4),
    (NewerSchema, 4),
    (WrongRealm, 4),
    (StoreError, 5),
    (KeystoreError, 5),
    (RegistryError, 4),
)
SYSTEM = {
    errno.ENOSPC: "expected room on the disk, got none; free some and try again",
    errno.EACCES: "expected permission",
    errno.EROFS: "expected a disk that can be written",
    errno.ENOENT: "expected a file or folder",
    errno.ENOTDIR: "expected a folder",
    errno.EEXIST: "expected a folder",
    errno.EISDIR: "expected a file",
    errno.EPERM: "expected permission",
    errno.EDQUOT: "expected room on the disk, got none; free some and try again",
    errno.EADDRNOTAVAIL: "expected an address of this machine; look with `ip address`, or leave --host out",
    errno.EADDRINUSE: "expected a free port, got one in use; choose another with --port",
}


def code_and_text(error: BaseException) -> tuple[int, str, str]:
    """Exit code, sentence and hint (may be empty) for whatever ended a command."""
    if isinstance(error, Refused):
        return error.code, str(error), error.hint
    for kind, code in CODES:
        if isinstance(error, kind):
            text, _, hint = str(error).partition("\n")
            return code, text, hint.removeprefix("hint: ")
    if isinstance(error, OSError):
        known = SYSTEM.get(error.errno or 0, "expected to use a file or address")
        where = f": {error.filename}" if error.filename else ""
        return 5, f"{known}{where} ({error.strerror})", ""
    LOG.debug("unexpected", exc_info=error)
    return (
        5,
        f"a fault of ours: {type(error).__name__}: {error}",
        "nothing half done was kept; please report it",
    )
