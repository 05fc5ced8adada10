"""Voice clips: taken in, encoded anew, kept under the digest of their content (floor 2).

    clip = keep_voice(data, content)
    save_clip(session, clip)                               # the row; the file is on disk already

A clip is what a phone records or sends: WebM, MP4 (M4A, 3GP), Ogg, WAV, MP3, AAC, AMR or CAF of at most 12 MB. Its
kind is told by its first bytes and never guessed: `ffmpeg` gets that one demuxer, may open nothing but the one file
(no network, no playlists, no files named inside), decodes a short list of codecs and runs under limits of memory,
time and file size (`voice_child.py`). What comes out is mono AAC in an MP4 file, the one form that every phone
plays, without a tag, chapter or picture of what came in:

    OCOP_DATA/media/ab/<digest>.m4a       at most 60 seconds, at most 250,000 bytes

`name` is the file's name, `<digest>.m4a`; the digest is the SHA-256 of the file. Where `ffmpeg` is not installed
`keep_voice` raises `NoEncoder` and nothing else changes: a story can do without a voice.
"""

import hashlib
import re
import shutil
import struct
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ocop.trace.registry.errors import BadSound, NoEncoder, StoreFull
from ocop.trace.registry.media import write_files

MAX_BYTES = 12_000_000
MAX_SECONDS = 60
MAX_KEPT = 250_000
MIN_SECONDS = 1
PATIENCE = 60.0
PROGRAM = "ffmpeg"
MEDIA_TYPE = "audio/mp4"
CHILD = "ocop.trace.registry.voice_child"
NAME = re.compile(r"[0-9a-f]{64}\.m4a", re.ASCII)


@dataclass(frozen=True, slots=True)
class Clip:
    """A kept clip: file name, MIME type, whole seconds (at least 1), bytes."""

    name: str
    media_type: str
    seconds: int
    size: int


def voice_file(data: Path, name: str) -> Path:
    """Where the file of a clip lies. Raises ValueError for what is no name of one."""
    if not NAME.fullmatch(name):
        raise ValueError(f"expected the name of a clip, got {name!r}")
    return data / "media" / name[:2] / name


def encoder() -> str | None:
    """The program that encodes clips, or None where it is not installed."""
    return shutil.which(PROGRAM)


def keep_voice(data: Path, content: bytes) -> Clip:
    """Take in one clip. Raises BadSound, NoEncoder, StoreError."""
    if not content:
        raise BadSound("expected a recording, got an empty file; record it again", "empty")
    if len(content) > MAX_BYTES:
        raise BadSound(
            f"expected at most {MAX_BYTES:,} bytes, got {len(content):,}; send a shorter recording", "large"
        )
    demuxer = demuxer_of(content)
    program = encoder()
    if program is None:
        raise NoEncoder
    encoded = _encode(program, demuxer, content)
    seconds = seconds_of(encoded)
    if seconds > MAX_SECONDS + 0.5:
        raise BadSound(
            f"expected at most {MAX_SECONDS} seconds, got a longer recording; say it in fewer words", "long"
        )
    if seconds < MIN_SECONDS:
        raise BadSound(f"expected at least {MIN_SECONDS} second, got {seconds:.1f}; hold the button while you speak",
                       "empty")  # fmt: skip
    name = f"{hashlib.sha256(encoded).hexdigest()}.m4a"
    target = voice_file(data, name)
    if target.exists():
        target.touch()  # sent again: it counts as new, so that nothing sweeps it away
    else:
        write_files(target.parent, {name: encoded})
    return Clip(name, MEDIA_TYPE, min(MAX_SECONDS, max(1, round(seconds))), len(encoded))


def demuxer_of(content: bytes) -> str:
    """The demuxer for a recording, by its first bytes. Raises BadSound."""
    head = content[:12]
    if head.startswith(b"\x1aE\xdf\xa3"):
        return "matroska"
    if head[4:8] == b"ftyp":
        return "mov"
    if head.startswith(b"RIFF") and head[8:12] == b"WAVE":
        return "wav"
    for start, name in ((b"OggS", "ogg"), (b"ID3", "mp3"), (b"#!AMR", "amr"), (b"caff", "caf")):
        if head.startswith(start):
            return name
    if len(head) > 1 and head[0] == 0xFF and head[1] & 0xF6 == 0xF0:
        return "aac"
    if len(head) > 1 and head[0] == 0xFF and head[1] & 0xE0 == 0xE0:
        return "mp3"
    raise BadSound(
        "expected a recording (WebM, MP4, Ogg, WAV, MP3, AAC, AMR), got another kind of file; record it again",
        "kind",
    )


def _encode(program: str, demuxer: str, content: bytes) -> bytes:
    """The recording as the child made it. Raises BadSound, StoreError."""
    with tempfile.TemporaryDirectory(prefix="ocop-voice-") as name:
        folder = Path(name)
        source, target = folder / "source", folder / "clip.m4a"
        try:
            source.write_bytes(content)
        except OSError as error:
            raise StoreFull from error
        command = [sys.executable, "-m", CHILD, program, demuxer, str(source), str(target)]
        try:
            done = subprocess.run(
                command,
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env={"PYTHONPATH": ":".join(filter(None, sys.path))},
                timeout=PATIENCE,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise BadSound("expected a usual recording, got one that took too long; record it again",
                           "damaged") from error  # fmt: skip
        encoded = target.read_bytes() if target.exists() else b""
        if done.returncode or not encoded or len(encoded) > MAX_KEPT:
            raise BadSound(
                "expected a whole recording with sound in it, got a damaged one; record it again", "damaged"
            )
        return encoded


def seconds_of(mp4: bytes) -> float:
    """How long an MP4 file plays, from its movie header (ISO/IEC 14496-12, 8.2.2). Raises BadSound."""
    for kind, start, end in _boxes(mp4, 0, len(mp4)):
        if kind != b"moov":
            continue
        for inner, body, _ in _boxes(mp4, start, end):
            if inner == b"mvhd" and mp4[body : body + 1] == b"\0":
                scale, length = struct.unpack_from(">II", mp4, body + 12)
                if scale:
                    return float(length / scale)
    raise BadSound("expected a recording with a length, got none; record it again", "damaged")


def _boxes(content: bytes, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """(type, start of body, end) of the boxes in a stretch of an MP4 file that we encoded ourselves."""
    while start + 8 <= end:
        size = int.from_bytes(content[start : start + 4], "big")
        if size < 8:
            return
        yield content[start + 4 : start + 8], start + 8, min(end, start + size)
        start += size
