"""The child that decodes pictures, so that a hostile one can hurt nobody else (floor 2).

`python -m ocop.trace.registry.media_child` reads jobs from standard input and answers on standard output, one after
the other, until its input ends. A job is 4 bytes of length (big-endian) and the picture; an answer is 4 bytes of
length and JSON, followed by the files that the JSON lists, one behind the other:

    {"sizes": [[360, 270], [720, 540]], "files": [["print.jpg", 81234], ["360.webp", 9120], …]}
    {"refused": "expected at most 24,000,000 pixels, got 30,000 x 30,000 …", "why": "large"}

It runs under limits of memory and of processor time a picture; when it dies, the parent says that the picture was
too much. What comes out is drawn anew from pixels: no metadata, no profile, nothing that stood behind the picture
in its file (phones append video there, attackers archives) survives.
"""

import io
import json
import resource
import struct
import sys
from collections.abc import Callable
from typing import IO

from PIL import Image, ImageCms, ImageFilter, ImageOps, UnidentifiedImageError

MAX_PIXELS = 24_000_000
MIN_SIDE = 200
MEMORY = 1 << 30
CPU_SECONDS = 20
PRINT_SIDE = 4096
# Width of a web size -> most bytes of one file of it. 720 is what a phone loads first.
WEB_SIZES = {360: 25_000, 720: 60_000, 1200: 150_000}
QUALITIES = (80, 68, 52, 36, 24)
MAGIC = {"JPEG": b"\xff\xd8\xff", "PNG": b"\x89PNG\r\n\x1a\n", "WEBP": b"RIFF"}


class RefusedError(Exception):
    """A picture that is not taken: a sentence, and `why` in one word (see `BadPicture`)."""

    def __init__(self, text: str, why: str) -> None:
        self.why = why
        super().__init__(text)


def format_of(content: bytes) -> str:
    """`JPEG`, `PNG` or `WEBP` by the first bytes; anything else is refused by name where it is known."""
    for name, magic in MAGIC.items():
        if content.startswith(magic) and (name != "WEBP" or content[8:12] == b"WEBP"):
            return name
    head = content[:512].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    known = {b"<svg": "SVG", b"<?xml": "XML or SVG", b"<!doctype": "HTML", b"<html": "HTML", b"gif8": "GIF",
             b"%pdf": "PDF", b"pk": "a ZIP archive", b"bm": "BMP", b"ii*": "TIFF", b"mm\x00*": "TIFF"}  # fmt: skip
    got = next((name for start, name in known.items() if head.startswith(start)), "another kind of file")
    heif = content[4:8] == b"ftyp"
    if heif:
        got = "HEIC, AVIF or a video"
    raise RefusedError(
        f"expected a JPEG, PNG or WebP picture, got {got}; save it as JPEG and send it again",
        "heic" if heif else "kind",
    )


def decode(content: bytes) -> Image.Image:
    """The picture as upright sRGB pixels on white. Raises RefusedError."""
    kind = format_of(content)
    Image.MAX_IMAGE_PIXELS = None  # checked here, before a pixel is decoded
    try:
        image = Image.open(io.BytesIO(content), formats=[kind])
        width, height = image.size
        if width * height > MAX_PIXELS:
            raise RefusedError(
                f"expected at most {MAX_PIXELS:,} pixels, got {width:,} x {height:,}; make the picture smaller",
                "large",
            )
        if min(width, height) < MIN_SIDE:
            raise RefusedError(
                f"expected at least {MIN_SIDE} pixels each way, got {width} x {height}", "small"
            )
        if kind != "JPEG" and getattr(image, "n_frames", 1) > 1:
            raise RefusedError("expected one picture, got an animation; save one frame of it", "moving")
        image.load()
        return _plain(ImageOps.exif_transpose(image))
    except RefusedError:
        raise
    except MemoryError as error:
        raise RefusedError(
            "expected a picture that can be opened, got one that needs too much memory", "large"
        ) from error
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, ArithmeticError, LookupError, EOFError,
            struct.error, Image.DecompressionBombError) as error:  # fmt: skip
        said = str(error).split(" in <")[0] or type(error).__name__
        raise RefusedError(
            f"expected a whole {kind} picture, got a damaged one ({said}); send it again", "damaged"
        ) from error


def _plain(image: Image.Image) -> Image.Image:
    profile = image.info.get("icc_profile")
    if profile and image.mode in {"RGB", "RGBA", "L", "CMYK"}:
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            to = "RGBA" if image.mode == "RGBA" else "RGB"
            image = (
                ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode=to)
                or image
            )
        except (ImageCms.PyCMSError, OSError):
            pass  # a broken profile: the colours are taken as they stand
    if image.mode in {"RGBA", "LA", "PA"} or "transparency" in image.info:
        layer = image.convert("RGBA")
        white = Image.new("RGBA", layer.size, "white")
        image = Image.alpha_composite(white, layer)
    # A new image from the pixels alone: `info` (EXIF, XMP, comments, profile) stays behind.
    clean = Image.new("RGB", image.size)
    clean.paste(image.convert("RGB"))
    return clean


def encode(image: Image.Image) -> tuple[list[tuple[int, int]], list[tuple[str, bytes]]]:
    """The sizes made and all files: `print.jpg`, and `<width>.webp` and `<width>.jpg` for each size."""
    large = image.copy()
    large.thumbnail((PRINT_SIDE, PRINT_SIDE), Image.Resampling.LANCZOS)
    files = [("print.jpg", _jpeg(large, 92, progressive=False))]
    sizes: list[tuple[int, int]] = []
    widths = [width for width in WEB_SIZES if width <= image.width] or [image.width]
    for width in reversed(widths):
        height = max(1, round(image.height * width / image.width))
        # From the next larger one: one pass over the big picture instead of three.
        large = large.resize((width, height), Image.Resampling.LANCZOS, reducing_gap=3.0)
        most = WEB_SIZES.get(width, WEB_SIZES[360])
        files.append((f"{width}.webp", _within(large, most, _webp)))
        files.append((f"{width}.jpg", _within(large, most, _jpeg)))
        sizes.append((width, height))
    return sizes[::-1], files


def _within(image: Image.Image, most: int, encode_as: Callable[[Image.Image, int], bytes]) -> bytes:
    """The best quality whose file has at most `most` bytes; pure noise is softened until it fits."""
    for quality in QUALITIES:
        content = encode_as(image, quality)
        if len(content) <= most:
            return content
    radius = 1
    while len(content) > most and radius < 64:
        content = encode_as(image.filter(ImageFilter.GaussianBlur(radius)), QUALITIES[-1])
        radius *= 2
    return content


def _webp(image: Image.Image, quality: int) -> bytes:
    out = io.BytesIO()
    image.save(out, "WEBP", quality=quality, method=2)
    return out.getvalue()


def _jpeg(image: Image.Image, quality: int, *, progressive: bool = True) -> bytes:
    out = io.BytesIO()
    image.save(out, "JPEG", quality=quality, optimize=True, progressive=progressive)
    return out.getvalue()


def serve(jobs: IO[bytes], answers: IO[bytes]) -> None:
    """Answer jobs until there are no more."""
    while len(head := jobs.read(4)) == 4:
        content = jobs.read(int.from_bytes(head, "big"))
        used = resource.getrusage(resource.RUSAGE_SELF)
        spent = int(used.ru_utime + used.ru_stime) + 1
        resource.setrlimit(resource.RLIMIT_CPU, (spent + CPU_SECONDS, resource.RLIM_INFINITY))
        files: list[tuple[str, bytes]] = []
        try:
            sizes, files = encode(decode(content))
            said: dict[str, object] = {"sizes": sizes, "files": [(name, len(data)) for name, data in files]}
        except RefusedError as error:
            said = {"refused": str(error), "why": error.why}
        except MemoryError:
            files, said = (
                [],
                {
                    "refused": "expected a picture of usual size, got one that needs too much memory",
                    "why": "large",
                },
            )
        answer = json.dumps(said).encode()
        answers.write(len(answer).to_bytes(4, "big") + answer)
        for _, data in files:
            answers.write(data)
        answers.flush()


def main() -> None:
    """Set the limits, then serve."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    serve(sys.stdin.buffer, sys.stdout.buffer)


if __name__ == "__main__":
    main()
