"""Documents of decisions: PDF files kept under the digest of their content (floor 2).

    document = keep_document(data, content)          # checked, on disk
    content = read_document(data, document.name)     # whole and unchanged, or StoreBroken

    OCOP_DATA/documents/ab/<name>.pdf                `name` is the SHA-256 of the file in hex

A document is a PDF of 1 to 20,000,000 bytes: it begins with `%PDF-1.x` or `%PDF-2.0` at its very first byte (so it
is no page, script or archive with a PDF behind it), names its cross-reference (`startxref`) and ends with `%%EOF`
within its last 1,024 bytes (ISO 32000-2, 7.5.2 and 7.5.5). It is never opened, drawn or sent as a page: whoever
serves it does so as an attachment. Files never change; they are written under another name, flushed and renamed.
"""

import hashlib
import os
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path

from ocop.trace.registry.errors import BadValue, StoreBroken, StoreFull, StoreUnreachable, Unknown

MAX_BYTES = 20_000_000
FOLDER = "documents"
NAME = re.compile(r"[0-9a-f]{64}", re.ASCII)
_HEAD = re.compile(rb"%PDF-(?:1\.[0-7]|2\.0)[\r\n \t%]")
_TAIL = 1024
_NO_ROOM = {28, 122}  # ENOSPC, EDQUOT


@dataclass(frozen=True, slots=True)
class Document:
    """A document on disk."""

    name: str
    size: int


def check_pdf(content: bytes) -> None:
    """Return if `content` may be kept, else raise BadValue."""
    what = "document"
    if not content:
        raise BadValue(what, "a PDF file", "an empty file", "choose the file again")
    if len(content) > MAX_BYTES:
        hint = "scan it in black and white, or with 200 dots per inch"
        raise BadValue(what, f"at most {MAX_BYTES:,} bytes", f"{len(content):,} bytes", hint)
    if not _HEAD.match(content):
        raise BadValue(what, "a PDF file", "a file of another kind", "save or scan the decision as a PDF")
    tail = content[-_TAIL:].rstrip(b"\r\n\t \x00")
    if b"startxref" not in tail or not tail.endswith(b"%%EOF"):
        raise BadValue(what, "a whole PDF file", "one that ends too early", "send it again")


def keep_document(data: Path, content: bytes) -> Document:
    """Take in one PDF. Raises BadValue, StoreFull, StoreUnreachable; then nothing was left behind."""
    check_pdf(content)
    name = hashlib.sha256(content).hexdigest()
    target = document_file(data, name)
    if not target.exists():
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            _write(target, content)
        except OSError as error:
            if error.errno in _NO_ROOM:
                raise StoreFull from error
            raise StoreUnreachable(f"{target.parent}: {error.strerror}") from error
    return Document(name, len(content))


def read_document(data: Path, name: str) -> bytes:
    """The bytes of a document. Raises Unknown, StoreBroken (the file is not what it was), StoreUnreachable."""
    target = document_file(data, name)
    try:
        content = target.read_bytes()
    except FileNotFoundError:
        raise Unknown("document", name) from None
    except OSError as error:
        raise StoreUnreachable(f"{target}: {error.strerror}") from error
    if hashlib.sha256(content).hexdigest() != name:
        raise StoreBroken(f"another content in the document {name[:12]}…")
    return content


def document_file(data: Path, name: str) -> Path:
    """Where a document lies. Raises Unknown for what can't be a name."""
    if not NAME.fullmatch(name):
        raise Unknown("document", name[:80])
    return data / FOLDER / name[:2] / f"{name}.pdf"


def _write(target: Path, content: bytes) -> None:
    handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=".new-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(target)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    folder = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
