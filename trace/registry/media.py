"""Pictures: taken in, drawn anew, kept under the digest of their content (floor 2).

    with Pictures(data) as pictures:                       # one child process for many pictures
        photo = pictures.keep(content, alt={"vi": "Hộp trà"})
    save_photo(session, photo)                             # the row; the files are on disk already

A picture is a JPEG, PNG or WebP of at most 10 MB and 24 million pixels. It is decoded in a child process under
limits (`media_child.py`); what is kept is drawn anew from its pixels, upright, in sRGB, without any metadata:

    OCOP_DATA/media/ab/<name>.jpg          large and clean, for print (longest side at most 4,096)
    OCOP_DATA/media/ab/<name>-<width>.webp 360, 720, 1200 wide, as far as the picture reaches
    OCOP_DATA/media/ab/<name>-<width>.jpg  the same for browsers without WebP

`name` is the SHA-256 of the print file in hex, `ab` its first two digits. A file never changes; whether it may be
given out does, and `showing.py` says so each time. Files are written under another name, flushed to disk and renamed:
a name that exists is whole, and the print file is renamed last, so where it exists all of them do. Refusals are
`BadPicture` with a sentence.
"""

import errno
import hashlib
import json
import os
import select
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple

from ocop.trace.facts import Lang, Photo
from ocop.trace.registry.errors import BadPicture, StoreFull, StoreUnreachable

MAX_BYTES = 10_000_000
SECONDS = 30.0
ANSWER_MOST = 64_000
FILES_MOST = 60_000_000
HEADERS = 4096  # of our own files: what stands before their pixels is a few hundred bytes
CHILD = "ocop.trace.registry.media_child"
TOO_MUCH = (
    "expected a picture of usual size, got one that is too much to open; make it smaller and send it again"
)


def media_file(data: Path, name: str, width: int, extension: str) -> Path:
    """Where the file of a web size lies: `extension` is `webp` or `jpg`."""
    return data / "media" / name[:2] / f"{name}-{width}.{extension}"


def print_file(data: Path, name: str) -> Path:
    """Where the large clean file for print lies."""
    return data / "media" / name[:2] / f"{name}.jpg"


def kept_bytes(data: Path, name: str) -> int:
    """How many bytes all files of a picture take."""
    return sum(file.stat().st_size for file in print_file(data, name).parent.glob(f"{name}*"))


class PrintSize(NamedTuple):
    """The size of a file for print: pixels each way, and bytes."""

    width: int
    height: int
    size: int


def print_size(data: Path, name: str) -> PrintSize | None:
    """How large the file for print is, from its frame header (ITU-T T.81, B.2.2); None when there is no such file."""
    try:
        with print_file(data, name).open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            head = file.read(HEADERS)
    except OSError:
        return None
    at = 2
    while at + 9 <= len(head) and head[at] == 0xFF:
        marker, length = head[at + 1], int.from_bytes(head[at + 2 : at + 4], "big")
        if 0xC0 <= marker <= 0xCF and marker not in {0xC4, 0xC8, 0xCC}:
            height, width = (int.from_bytes(head[at + n : at + n + 2], "big") for n in (5, 7))
            return PrintSize(width, height, size)
        at += 2 + length
    return None


def keep_photo(data: Path, content: bytes, *, alt: Mapping[Lang, str] | None = None) -> Photo:
    """Take in one picture. Raises BadPicture, StoreError."""
    with Pictures(data) as pictures:
        return pictures.keep(content, alt=alt)


def web_copy(content: bytes) -> bytes:
    """The picture drawn anew as one JPEG, at most 1,200 pixels wide and 150 KB; nothing is written to disk.

    Raises BadPicture.
    """
    with Pictures(Path()) as pictures:
        sizes, files = pictures.redrawn(content)
    return files[f"{sizes[-1][0]}.jpg"]


class Pictures:
    """Takes in pictures through one child process, which is started when it is needed. Threads may share it."""

    def __init__(self, data: Path, *, seconds: float = SECONDS) -> None:
        self._data, self._seconds = data, seconds
        self._child: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()

    def __enter__(self) -> "Pictures":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the child."""
        with self._lock:
            self._end()

    def keep(
        self,
        content: bytes,
        *,
        alt: Mapping[Lang, str] | None = None,
        caption: Mapping[Lang, str] | None = None,
    ) -> Photo:
        """Take in one picture and return its value. Raises BadPicture, StoreError."""
        sizes, files = self.redrawn(content)
        name = hashlib.sha256(files["print.jpg"]).hexdigest()
        _write_all(self._data, name, files)
        return Photo(name, sizes, dict(alt or {}), dict(caption or {}))

    def redrawn(self, content: bytes) -> tuple[tuple[tuple[int, int], ...], dict[str, bytes]]:
        """The sizes, smallest first, and every file of a picture by its name, before they are kept anywhere.

        Raises BadPicture.
        """
        if len(content) > MAX_BYTES:
            raise BadPicture(
                f"expected at most {MAX_BYTES:,} bytes, got {len(content):,}; make the picture smaller",
                "large",
            )
        if not content:
            raise BadPicture("expected a picture, got an empty file; send it again", "empty")
        with self._lock:
            return self._redraw(content)

    def _redraw(self, content: bytes) -> tuple[tuple[tuple[int, int], ...], dict[str, bytes]]:
        child = self._child or self._start()
        self._child = child
        deadline = time.monotonic() + self._seconds
        try:
            return self._ask(child, content, deadline)
        except _GoneError:
            self._end()
            raise BadPicture(TOO_MUCH, "large") from None
        except BadPicture:
            raise
        except BaseException:
            self._end()  # interrupted in the middle of an answer: the next one needs a fresh child
            raise

    def _ask(
        self, child: subprocess.Popen[bytes], content: bytes, deadline: float
    ) -> tuple[tuple[tuple[int, int], ...], dict[str, bytes]]:
        feeder = threading.Thread(target=_feed, args=(child, content), daemon=True)
        feeder.start()
        length = int.from_bytes(_read(child, 4, deadline), "big")
        if length > ANSWER_MOST:
            raise _GoneError
        said: dict[str, Any] = json.loads(_read(child, length, deadline))
        if "refused" in said:
            feeder.join()
            raise BadPicture(str(said["refused"]), str(said["why"]))
        if sum(size for _, size in said["files"]) > FILES_MOST:
            raise _GoneError
        files = {str(name): _read(child, size, deadline) for name, size in said["files"]}
        feeder.join()
        return tuple((int(width), int(height)) for width, height in said["sizes"]), files

    def _start(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-m", CHILD],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={"PATH": os.defpath, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        )

    def _end(self) -> None:
        if self._child is not None:
            self._child.kill()
            self._child.wait()
            for pipe in (self._child.stdin, self._child.stdout):
                if pipe is not None:
                    pipe.close()
            self._child = None


class _GoneError(Exception):
    """The child died or took too long."""


def _feed(child: subprocess.Popen[bytes], content: bytes) -> None:
    """Write a job; a child that died meanwhile is noticed by the reader."""
    try:
        if child.stdin is not None:
            child.stdin.write(len(content).to_bytes(4, "big") + content)
            child.stdin.flush()
    except (OSError, ValueError):
        return


def _read(child: subprocess.Popen[bytes], count: int, deadline: float) -> bytes:
    if child.stdout is None:
        raise _GoneError
    pipe, parts = child.stdout.fileno(), []
    while count:
        left = deadline - time.monotonic()
        if left <= 0 or not select.select([pipe], [], [], left)[0]:
            raise _GoneError
        part = os.read(pipe, min(count, 1 << 20))
        if not part:
            raise _GoneError
        parts.append(part)
        count -= len(part)
    return b"".join(parts)


def _write_all(data: Path, name: str, files: dict[str, bytes]) -> None:
    if print_file(data, name).exists():
        # Sent again: it counts as new, so that nothing sweeps it away before its draft is saved.
        print_file(data, name).touch()
        return
    folder = print_file(data, name).parent
    ordered = sorted(files.items())  # "print.jpg" sorts behind the widths
    write_files(
        folder,
        {(f"{name}.jpg" if kind == "print.jpg" else f"{name}-{kind}"): content for kind, content in ordered},
    )


def write_files(folder: Path, files: Mapping[str, bytes], mode: int = 0o644) -> None:
    """Write files into a folder, in their order, each whole or not at all. Raises StoreFull, StoreUnreachable."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            _write(folder / name, content, mode)
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}:
            raise StoreFull from error
        raise StoreUnreachable(f"{folder}: {error.strerror}") from error


def _write(target: Path, content: bytes, mode: int) -> None:
    handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=".new-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, mode)  # noqa: PTH101 - a name, not a Path
        os.replace(temporary, target)  # noqa: PTH105
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
