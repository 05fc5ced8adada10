"""A full disk, a killed process, a damaged picture folder: a sentence, nothing half done, and the next try works."""

import resource
import signal
import subprocess
import sys
from contextlib import contextmanager

import pytest
from ocop.trace.registry.media import Pictures, print_file
from ocop.trace.registry.voice import keep_voice, voice_file
from PIL import Image

GTIN = "09521234543213"
FULL = 20_000


@contextmanager
def full_disk():
    """No file of this process may grow beyond 20,000 bytes: what a full disk is to it."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (FULL, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)


def noisy() -> bytes:
    import io

    out = io.BytesIO()
    Image.effect_noise((900, 700), 80).convert("RGB").save(out, "JPEG", quality=95)
    return out.getvalue()


def test_a_picture_that_finds_no_room_leaves_everything_as_it_was(room, maker):
    path, sent = f"/studio/products/{GTIN}/story/vi/photo/step-1", {"photo": ("x.jpg", noisy())}
    with full_disk():
        got = maker.post(path, {}, sent)
    assert got.status == 503
    assert "Traceback" not in got.text
    assert not list((room.data / "media").rglob("[0-9a-f]*.jpg")), "a name that exists is whole"
    assert room.rows("SELECT count(*) FROM photo") == [(0,)]
    assert room.rows("SELECT count(*) FROM audit_entry") == [(0,)]
    assert maker.post(path, {}, sent).status == 200, "with room again it works"


def test_words_that_find_no_room_are_not_half_kept(room, maker):
    path = f"/studio/products/{GTIN}/story/vi/draft"
    assert maker.post(path, {"title": "Một", "seen": "0"}).status == 200
    with full_disk():
        got = maker.post(path, {"title": "Hai", "answer-1": "x" * 3000, "seen": "1"})
    assert got.status == 503
    assert room.rows("SELECT revision FROM story_draft") == [(1,)]
    assert maker.post(path, {"title": "Hai", "answer-1": "x" * 3000, "seen": "1"}).status == 200


KILLED = """
import os, signal, sys
from pathlib import Path
data, what, step = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
from ocop.trace.registry import media, voice
left = [step]
def killing(real):
    def call(*arguments, **named):
        left[0] -= 1
        if left[0] < 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return real(*arguments, **named)
    return call
os.fsync, os.replace = killing(os.fsync), killing(os.replace)
content = (data / "sent").read_bytes()
if what == "voice":
    voice.keep_voice(data, content)
else:
    media.keep_photo(data, content)
"""


@pytest.mark.parametrize("step", [0, 1, 2])
def test_a_kill_while_a_voice_is_written_leaves_no_half_clip(step, tone, tmp_path):
    (tmp_path / "sent").write_bytes(tone(2))
    done = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path), "voice", str(step)], check=False)
    assert done.returncode == -signal.SIGKILL
    clip = keep_voice(tmp_path, (tmp_path / "sent").read_bytes())
    kept = list(tmp_path.joinpath("media").rglob("*.m4a"))
    assert kept == [voice_file(tmp_path, clip.name)]
    assert kept[0].stat().st_size == clip.size


@pytest.mark.parametrize("step", [0, 1, 4, 9, 10])
def test_a_kill_while_a_picture_is_written_leaves_no_half_picture(step, drawn, tmp_path):
    (tmp_path / "sent").write_bytes(drawn())
    done = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path), "picture", str(step)], check=False)
    assert done.returncode == -signal.SIGKILL
    for file in tmp_path.joinpath("media").rglob("[0-9a-f]*.*"):
        with Image.open(file) as whole:
            whole.load()
    with Pictures(tmp_path) as pictures:
        photo = pictures.keep((tmp_path / "sent").read_bytes())
    assert print_file(tmp_path, photo.name).exists()
