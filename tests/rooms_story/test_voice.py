"""Voice clips: short, small, without a trace of the phone; hostile files are refused with a sentence."""

import hashlib
import os
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from ocop.trace.registry import voice
from ocop.trace.registry.errors import BadSound, NoEncoder
from ocop.trace.registry.voice import keep_voice, seconds_of, voice_file

Tone = Callable[..., bytes]


@pytest.mark.parametrize("form", ["webm", "ogg", "wav", "mp3", "adts", "caf"])
def test_whatever_a_phone_records_becomes_one_small_form(form: str, tone: Tone, tmp_path: Path) -> None:
    clip = keep_voice(tmp_path, tone(3, form))
    kept = voice_file(tmp_path, clip.name).read_bytes()
    assert (clip.media_type, clip.seconds, clip.size) == ("audio/mp4", 3, len(kept))
    assert clip.name == f"{hashlib.sha256(kept).hexdigest()}.m4a"
    assert kept[4:8] == b"ftyp"


def test_a_recording_with_its_index_at_the_end_is_read(tone: Tone, tmp_path: Path) -> None:
    made = tmp_path / "made.m4a"
    subprocess.run(
        ["ffmpeg", "-loglevel", "error", "-f", "lavfi", "-i", "sine=duration=2", str(made)], check=True
    )
    assert keep_voice(tmp_path, made.read_bytes()).seconds == 2


def test_a_minute_fits_and_more_is_refused_kindly(tone: Tone, tmp_path: Path) -> None:
    clip = keep_voice(tmp_path, tone(60, "mp3"))
    assert clip.seconds == 60
    assert clip.size <= 250_000
    with pytest.raises(BadSound, match="expected at most 60 seconds") as caught:
        keep_voice(tmp_path, tone(62, "mp3"))
    assert caught.value.why == "long"


def test_nothing_of_the_phone_is_left(tone: Tone, tmp_path: Path) -> None:
    marks = {
        "title": "SECRETPLACE",
        "location": "+21.0285+105.8542/",
        "comment": "SECRETPLACE",
        "encoder": "SECRET",
    }
    sent = tone(2, "ogg", **marks)
    assert b"SECRETPLACE" in sent
    kept = voice_file(tmp_path, keep_voice(tmp_path, sent).name).read_bytes()
    assert b"SECRET" not in kept
    assert b"105.85" not in kept


def test_the_same_recording_is_kept_once(tone: Tone, tmp_path: Path) -> None:
    sent = tone(2)
    assert keep_voice(tmp_path, sent) == keep_voice(tmp_path, sent)
    assert len(list(tmp_path.rglob("*.m4a"))) == 1


HOSTILE = {
    "nothing": (b"", "empty"),
    "text": (b"xin chao " * 100, "kind"),
    "a playlist that names a file": (b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n", "kind"),
    "a list of files": (b"ffconcat version 1.0\nfile /etc/passwd\n", "kind"),
    "a page": (b"<!doctype html><script>alert(1)</script>", "kind"),
    "a program": (b"\x7fELF" + bytes(600), "kind"),
    "a WebM head and noise": (b"\x1aE\xdf\xa3" + os.urandom(4000), "damaged"),
    "an MP4 head and a playlist": (b"\0\0\0\x18ftypM4A \0\0\0\0#EXTM3U\nfile:///etc/passwd\n", "damaged"),
    "an Ogg head and nothing": (b"OggS", "damaged"),
    "more than 12 MB": (b"ID3" + bytes(12_000_000), "large"),
    "ID3 and a page behind it": (b"ID3\x03\0\0\0\0\0\0<html>" * 40, "damaged"),
}


@pytest.mark.parametrize("name", list(HOSTILE))
def test_what_is_no_recording_is_refused(name: str, tmp_path: Path) -> None:
    content, why = HOSTILE[name]
    with pytest.raises(BadSound) as caught:
        keep_voice(tmp_path, content)
    assert caught.value.why == why
    assert list(tmp_path.iterdir()) == []


def test_a_picture_with_sound_behind_it_gives_the_sound_alone(
    tone: Tone, drawn: Tone, tmp_path: Path
) -> None:
    with pytest.raises(BadSound, match="another kind of file"):
        keep_voice(tmp_path, drawn() + tone(2))
    polyglot = tone(2, "mp3") + b"<script>alert(1)</script>PK\x03\x04"
    kept = voice_file(tmp_path, keep_voice(tmp_path, polyglot).name).read_bytes()
    assert b"script" not in kept
    assert b"PK\x03\x04" not in kept


def test_a_cut_off_recording_is_kept_as_far_as_it_goes_or_refused(tone: Tone, tmp_path: Path) -> None:
    whole = tone(5)
    for end in (200, len(whole) // 2, len(whole) - 10):
        try:
            clip = keep_voice(tmp_path, whole[:end])
        except BadSound:
            continue
        assert 1 <= clip.seconds <= 5


def test_without_the_program_the_story_does_without(tone: Tone, tmp_path: Path, monkeypatch) -> None:
    sent = tone(1)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert voice.encoder() is None
    with pytest.raises(NoEncoder, match="install the package ffmpeg"):
        keep_voice(tmp_path, sent)


def test_a_full_disk_leaves_nothing_behind(tone: Tone, tmp_path: Path) -> None:
    """The writing process may write no file beyond 5,000 bytes: what a full disk is to it."""
    (tmp_path / "sent").write_bytes(tone(3))
    code = (
        "import resource, signal, sys, tempfile; from pathlib import Path;"
        "from ocop.trace.registry import voice; from ocop.trace.registry.errors import StoreFull;"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
        "data = Path(sys.argv[1]); made = voice._encode(voice.encoder(), 'matroska', (data / 'sent').read_bytes());"
        "voice._encode = lambda *_: made;"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (5000, 5000))\n"
        "try: voice.keep_voice(data, (data / 'sent').read_bytes())\n"
        "except StoreFull: print('full')"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert done.stdout.strip() == "full", done.stderr
    assert [path for path in tmp_path.rglob("*") if path.is_file() and path.name != "sent"] == []


def test_the_child_lives_under_limits(tmp_path: Path) -> None:
    """A program in ffmpeg's place sees what it may use: 1 GB of memory, half a minute, files of 600 KB, no network."""
    shown = tmp_path / "shown"
    program = tmp_path / "ffmpeg"
    program.write_text(f'#!/bin/sh\n(ulimit -v; ulimit -t; ulimit -f; echo "$@"; env) > {shown}\n')
    program.chmod(0o755)
    with pytest.raises(BadSound):
        voice._encode(str(program), "ogg", b"OggS")
    memory, seconds, blocks, call, *environment = shown.read_text().splitlines()
    assert (int(memory), int(seconds)) == (1 << 20, 30)
    assert int(blocks) * 512 <= 600_000
    for wanted in (
        "-protocol_whitelist file",
        "-format_whitelist ogg",
        "-f ogg",
        "-map_metadata -1",
        "-nostdin",
    ):
        assert wanted in call
    assert {line.partition("=")[0] for line in environment} <= {"PATH", "PWD", "_", "OLDPWD", "SHLVL"}


def test_the_length_is_read_from_the_file_itself() -> None:
    with pytest.raises(BadSound, match="with a length"):
        seconds_of(b"\0\0\0\x08moov" + bytes(20))
    assert resource.getrlimit(resource.RLIMIT_CORE) is not None
